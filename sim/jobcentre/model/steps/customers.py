"""Customers' journeys: exits, moves between groups, rearrangements, arrivals."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import AssignedBy, CameFrom, ExitCause, Task
from jobcentre.model.log_writers import log_assigned, log_customer_in, log_customer_moved, log_customer_out, log_not_needed, log_rearranged
from jobcentre.model.random_numbers import GROUP_BITS, NUMBER_BITS, NUMBER_LIMIT, Stream, customer_who, poisson, quantile
from jobcentre.model.state import AWAY, CUSTOMERS_FULL, GONE, HERE, NUMBERS_FULL, SEEN, Office
from jobcentre.model.steps.booking import book_again, release, seek
from jobcentre.model.steps.caseload import NO_COACH, coach_for
from jobcentre.model.steps.caseload_exits import open_ways_out, way_out
from jobcentre.model.steps.primitives import DAY, add_working_days, days_drawn, draw, happens, look_on, sort_first, working_day_from
from jobcentre.model.steps.tasks import FOLLOW_UP, make_task

ORDER_PLACES = 1 << 32  # so many that two hardly ever draw the same
VOLUNTEER_NUMBERS = 1 << 20  # volunteers' numbers of a day begin here, so that starts do not shift them
DECISION, NO_SUPPORT = int(ExitCause.DECISION), int(ExitCause.NO_SUPPORT)


@jit
def enter_group(office: Office, customer: int, group: int, day: int) -> None:
    """Settles what the new group brings: plan, ways out, decision."""
    customers = office.customers
    who, entered = customers["who"][customer], customers["groups_entered"][customer]
    customers["group"][customer], customers["entered"][customer] = group, day
    customers["phase"][customer], customers["in_phase"][customer], customers["booked_phase"][customer] = 0, 0, -1
    u = draw(office, Stream.PLAN, who, entered)
    plan = 0
    while u >= office.plans["cumulative_share"][0, group, plan]:
        plan += 1
    customers["plan"][customer] = plan
    open_ways_out(office, customer)
    customers["decision_day"][customer] = -1
    if office.groups["decision_after_days_mean"][0, group] > 0.0:
        u = draw(office, Stream.DECISION_DAYS, who, entered)
        days = days_drawn(
            office, office.groups["decision_after_days_mean"][0, group], office.groups["decision_after_days_table"][0, group], u
        )
        customers["decision_day"][customer] = add_working_days(office, working_day_from(office, max(day, 0)), days)
        look_on(office, customer, customers["decision_day"][customer])


@jit
def journeys(office: Office, now: int) -> None:
    """Exits, moves and rearrangements that become known today, customer by customer; sums up what messages to expect."""
    state, customers, coaches = office.now, office.customers, office.coaches
    today = now // DAY
    for post in range(len(coaches)):
        coaches["message_mean"][post], coaches["message_none"][post] = 0.0, 1.0
    messages = _messages_come(office)
    kept = 0
    for i in range(state["active"][0]):
        customer = office.active[i]
        if customers["status"][customer] != HERE:
            continue  # whose claim ended during the day before
        if office.next_look[customer] <= today:
            if _has_a_day(office, customer, today):
                _journey(office, customer, today, now)
                if customers["status"][customer] != HERE:
                    continue
            _foresee_look(office, customer, today)
        office.active[kept] = customer
        kept += 1
        own = customers["coach"][customer] if messages else NO_COACH
        if own >= 0:
            group = customers["group"][customer]
            coaches["message_mean"][own] += office.groups["message_mean"][0, group]
            coaches["message_none"][own] *= office.groups["message_none"][0, group]
    state["active"][0] = kept


@jit
def _has_a_day(office: Office, customer: int, today: int) -> bool:
    """Whether anything of the customer's journey may become known today."""
    customers = office.customers
    if customers["exit_day"][customer] <= today or 0 <= customers["decision_day"][customer] <= today:
        return True
    return customers["follow_up_day"][customer] == today or customers["rearrange_day"][customer] == today


@jit
def _foresee_look(office: Office, customer: int, today: int) -> None:
    """Settles when next to look at the customer, once what becomes known today is done."""
    customers = office.customers
    office.next_look[customer] = customers["exit_day"][customer]
    if customers["decision_day"][customer] >= 0:
        look_on(office, customer, customers["decision_day"][customer])
    if customers["follow_up_day"][customer] > today:
        look_on(office, customer, customers["follow_up_day"][customer])
    if customers["rearrange_day"][customer] > today:
        look_on(office, customer, customers["rearrange_day"][customer])


@jit
def _messages_come(office: Office) -> bool:
    """Whether anybody can write a message today."""
    if office.now["working"][0] == 0:
        return False
    for group in range(office.groups.shape[1]):
        if office.groups["message_mean"][0, group] > 0.0:
            return True
    return False


@jit
def _journey(office: Office, customer: int, today: int, now: int) -> None:
    customers = office.customers
    cause = way_out(office, customer, today)
    if 0 <= customers["booked_day"][customer] < today:
        return  # still being seen, in an office open round the clock; the journey goes on tomorrow
    if cause >= 0:
        group = customers["group"][customer]
        to = office.exits["to"][0, group, cause]
        if to < 0:
            leave_caseload(office, customer, cause, now)
        else:
            _move(office, customer, to, cause, now)
    elif customers["decision_day"][customer] >= 0 and customers["decision_day"][customer] <= today:
        _decision(office, customer, now)
    if customers["status"][customer] != HERE:
        return
    if customers["follow_up_day"][customer] == today:
        customers["follow_up_day"][customer] = -1
        make_task(office, customers["coach"][customer], Task.REFERRAL, customer, now, FOLLOW_UP)
    if customers["booked_day"][customer] >= 0 and customers["rearrange_day"][customer] == today:
        _rearrange(office, customer, today, now)


@jit
def end_booking(office: Office, customer: int, now: int) -> None:
    """The appointment is no longer needed."""
    customers = office.customers
    has = customers["booked_day"][customer] >= 0
    start = customers["start"][customer] if has else -1
    post = customers["with"][customer] if has else customers["coach"][customer]
    if has or customers["waiting"][customer] <= 0:  # a review to pass without a coach is due as well
        log_not_needed(office, now, post, customer, start)
    if has:
        release(office, customer, False)
    customers["waiting"][customer] = 0


@jit
def leave_caseload(office: Office, customer: int, cause: int, now: int) -> None:
    """The customer is no longer on the caseload."""
    customers = office.customers
    own = customers["coach"][customer]
    end_booking(office, customer, now)
    if customers["today"][customer] != SEEN:
        customers["today"][customer] = GONE
    customers["status"][customer] = AWAY
    if own >= 0:
        office.coaches["caseload"][own] -= 1
    log_customer_out(office, now, own, customer, cause)


@jit
def _decision(office: Office, customer: int, now: int) -> None:
    """A Work Capability Assessment decision (F7): the customer moves, or stays where they are with a new start."""
    customers = office.customers
    group = customers["group"][customer]
    u = draw(office, Stream.DECISION_TO, customers["who"][customer], customers["groups_entered"][customer])
    to = 0
    while u >= office.decide[0, group, to]:
        to += 1
    _move(office, customer, to, DECISION, now)


@jit
def _move(office: Office, customer: int, to: int, cause: int, now: int) -> None:
    """To another group; a booking stays, the new plan starts after it. Without support there, contact ends (M17)."""
    customers = office.customers
    former = customers["group"][customer]
    customers["groups_entered"][customer] += 1
    if (
        draw(office, Stream.KEPT, customers["who"][customer], customers["groups_entered"][customer])
        >= office.groups["keeps_contact_share"][0, to]
    ):
        leave_caseload(office, customer, NO_SUPPORT, now)
        return
    enter_group(office, customer, to, now // DAY)
    log_customer_moved(office, now, customers["coach"][customer], customer, cause, former)


@jit
def _rearrange(office: Office, customer: int, today: int, now: int) -> None:
    """The customer rearranges: in good time the slot is free again, on the day it is lost (E12)."""
    customers = office.customers
    on_the_day = customers["booked_day"][customer] == today
    post, due = customers["with"][customer], customers["rearrange_due"][customer]
    log_rearranged(office, now, post, customer, 1 if on_the_day else 0)
    make_task(office, customers["coach"][customer], Task.REARRANGED, customer, now, 0)
    release(office, customer, on_the_day)
    book_again(office, customer, due, now, today + 1)


@jit
def new_customers(office: Office, now: int) -> None:
    """New customers and volunteers of a working day, one after the other in an order that is drawn."""
    day = now // DAY
    n = 0
    for group in range(office.groups.shape[1]):
        own = office.groups["number"][0, group]
        count = 0
        for post in range(office.fig["demand_posts"][0]):
            who = (own << 16) | post
            count += poisson(
                draw(office, Stream.STARTS, who, day), office.groups["starts_mean"][0, group], office.groups["starts_none"][0, group]
            )
        n = put_in_line(office, n, group, day, 0, count)
        count = 0
        if office.groups["volunteers_mean"][0, group] > 0.0:
            for post in range(office.fig["demand_posts"][0]):
                who = (own << 16) | post
                count += poisson(
                    draw(office, Stream.VOLUNTEERS, who, day),
                    office.groups["volunteers_mean"][0, group],
                    office.groups["volunteers_none"][0, group],
                )
        n = put_in_line(office, n, group, day, VOLUNTEER_NUMBERS, count)
    sort_first(office.scratch, n)
    for i in range(n):
        group, number = group_in_line(office, i), number_in_line(office, i)
        why = CameFrom.NEW_START if number < VOLUNTEER_NUMBERS else CameFrom.VOLUNTEER
        arrive(office, group, day, number, why, now)


@jit
def put_in_line(office: Office, n: int, group: int, day: int, first: int, count: int) -> int:
    """Adds customers of a group, by their numbers of a day, to the `n` whose order is drawn; gives how many there are then."""
    if n + count > len(office.scratch) or first + count > NUMBER_LIMIT:
        office.now["failure"][0] = CUSTOMERS_FULL
        return n
    for number in range(first, first + count):
        who = customer_who(office.groups["number"][0, group], day, number)
        place = int(draw(office, Stream.ORDER, who, 0) * ORDER_PLACES)
        office.scratch[n] = (((place << GROUP_BITS) | group) << NUMBER_BITS) | number
        n += 1
    return n


@jit
def group_in_line(office: Office, i: int) -> int:
    """The group of somebody in the drawn order."""
    return (office.scratch[i] >> NUMBER_BITS) & ((1 << GROUP_BITS) - 1)


@jit
def number_in_line(office: Office, i: int) -> int:
    """The number of somebody in the drawn order."""
    return office.scratch[i] & ((1 << NUMBER_BITS) - 1)


@jit
def new_customer(office: Office, group: int, day: int, number: int) -> int:
    """A row for a new customer, with what they bring: identity, complexity, propensity; -1 when there is no room."""
    state, customers = office.now, office.customers
    customer = state["customers"][0]
    if number >= NUMBER_LIMIT:
        state["failure"][0] = NUMBERS_FULL
        return -1
    if customer >= len(customers):
        state["failure"][0] = CUSTOMERS_FULL
        return -1
    state["customers"][0] = customer + 1
    office.active[state["active"][0]] = customer
    state["active"][0] += 1
    who = customer_who(office.groups["number"][0, group], day, number)
    customers["status"][customer], customers["who"][customer], customers["coach"][customer] = HERE, who, NO_COACH
    customers["last_id"][customer], customers["booked_day"][customer], customers["booking"][customer] = -1, -1, -1
    customers["rearrange_day"][customer], customers["follow_up_day"][customer], customers["with"][customer] = -1, -1, -1
    customers["today"][customer], customers["held_week"][customer], customers["seen_day"][customer] = GONE, -1, -1
    customers["complex"][customer] = 1 if happens(office, Stream.COMPLEX, who, 0, office.groups["complex_share"][0, group]) else 0
    customers["propensity"][customer] = quantile(office.tables, 1, draw(office, Stream.PROPENSITY, who, 0))
    return customer


@jit
def arrive(office: Office, group: int, day: int, number: int, why: CameFrom, now: int) -> None:
    """A customer comes: gets a coach, makes work, and is booked."""
    customers = office.customers
    customer = new_customer(office, group, day, number)
    if customer < 0:
        return
    enter_group(office, customer, group, day)
    join_caseload(office, customer, coach_for(office, customer), day, number, why, now)
    make_task(office, customers["coach"][customer], Task.NEW_CLAIM, customer, now, 0)
    seek(office, customer, add_working_days(office, day, office.fig["diary_first_due_days"][0]), now, day)


@jit
def join_caseload(office: Office, customer: int, post: int, day: int, number: int, why: CameFrom, now: int) -> None:
    """The customer is on the caseload, with a coach if there is one."""
    office.customers["coach"][customer] = post
    if post >= 0:
        office.coaches["caseload"][post] += 1
    log_customer_in(office, now, post, customer, why, day, number)
    log_assigned(office, now, post, customer, AssignedBy.START, NO_COACH)
