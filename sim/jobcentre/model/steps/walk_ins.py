"""Unscheduled contacts: they arrive through the day, wait in one queue, and go to the coach free for them."""

from __future__ import annotations

from jobcentre.model.choices import SeenBy
from jobcentre.model.compiling import jit
from jobcentre.model.events import NONE, Event, Presence
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_contact_in, log_covered, log_not_served
from jobcentre.model.random_numbers import Stream, poisson
from jobcentre.model.rules.admin import chase_chance
from jobcentre.model.rules.walk_ins import second_of_arrival
from jobcentre.model.state import CONTACTS_FULL, EXPECTED, FREE, SLEEPING, THERE, Office
from jobcentre.model.steps.primitives import DAY, draw, seconds_drawn, sort_first, window_of
from jobcentre.model.steps.tasks import urgent_task
from jobcentre.model.steps.working_time import awaited, first_there, next_stop, second_of_day

TO_COME, WAITING, SERVED = 0, 1, 2  # contacts["state"]
CUSTOMER_MARK = 1 << 27  # beside the number of a customer, where otherwise a post stands
CHASE_DRAWS = 4  # addresses of a customer and day
NEVER_LEAVES = -1  # contacts["leaves"]
MONDAY = 0  # days["weekday"]
PEAK = 2 * 3600  # seconds after opening in which walk-ins may be more
PER_POST = 1024  # most contacts of one post on one day
POST_BITS = 12  # of a number that sorts coaches by contacts served, then by post
POST_MASK = (1 << POST_BITS) - 1


@jit
def draw_contacts(office: Office, now: int) -> None:
    """Draws today's unscheduled contacts, behind those still waiting from the day before (offices open round the clock)."""
    fig, state, contacts = office.fig, office.now, office.contacts
    kept = _keep_waiting(office)
    if state["working"][0] == 0:
        return
    day = now // DAY
    mean, none = fig["unscheduled_mean"][0], fig["unscheduled_none"][0]
    if office.days["weekday"][day] == MONDAY:
        mean, none = fig["unscheduled_monday_mean"][0], fig["unscheduled_monday_none"][0]
    span = fig["office_closes"][0] - fig["office_opens"][0]
    n = 0
    for post in range(fig["demand_posts"][0]):
        count = min(poisson(draw(office, Stream.UNSCHEDULED_COUNT, post, day), mean, none), PER_POST)
        for j in range(count):
            if kept + n >= len(contacts):
                state["failure"][0] = CONTACTS_FULL
                return
            address = day * PER_POST + j
            u = draw(office, Stream.UNSCHEDULED_TIME, post, address)
            second = fig["office_opens"][0] + second_of_arrival(u, span, PEAK, fig["demand_unscheduled_peak_factor"][0])
            office.scratch[n] = (second << 40) | (post << 12) | j
            n += 1
    n = _chase(office, kept, n, now)
    sort_first(office.scratch, n)
    for i in range(n):
        post, j = (office.scratch[i] >> 12) & 0xFFFFFFF, office.scratch[i] & 0xFFF
        row = kept + i
        chased = post & CUSTOMER_MARK != 0
        customer = post & ~CUSTOMER_MARK if chased else -1
        contacts["serial"][row], contacts["customer"][row] = state["next_contact"][0], customer
        state["next_contact"][0] += 1
        contacts["arrived"][row] = now + (office.scratch[i] >> 40)
        contacts["planned"][row] = int(60.0 * fig["demand_unscheduled_minutes_mean"][0] + 0.5)
        if chased:
            who, address = office.customers["who"][customer], CHASE_DRAWS * day
            u = draw(office, Stream.CHASE_NEED, who, address)
            v, w = draw(office, Stream.CHASE_NEED, who, address + 1), draw(office, Stream.CHASE_NEED, who, address + 2)
        else:
            u = draw(office, Stream.UNSCHEDULED_NEED, post, day * PER_POST + j)
            v = draw(office, Stream.UNSCHEDULED_PATIENCE, post, day * PER_POST + j)
            w = draw(office, Stream.UNSCHEDULED_PRIORITY, post, day * PER_POST + j)
        contacts["leaves"][row] = NEVER_LEAVES
        if fig["demand_unscheduled_patience_minutes"][0] > 0.0:
            patience = seconds_drawn(
                office, 60.0 * fig["demand_unscheduled_patience_minutes"][0], fig["demand_unscheduled_patience_table"][0], v
            )
            contacts["leaves"][row] = contacts["arrived"][row] + patience
        contacts["priority"][row] = 1 if w < fig["demand_unscheduled_priority_share"][0] else 0
        contacts["need"][row] = seconds_drawn(
            office, 60.0 * fig["demand_unscheduled_minutes_mean"][0], fig["demand_unscheduled_minutes_table"][0], u
        )
        contacts["state"][row] = TO_COME
    state["contacts_n"][0] = kept + n


@jit
def _chase(office: Office, kept: int, n: int, now: int) -> int:
    """Customers about whom something is overdue chase it, once a week at most: some write, others come or call (M26).

    Messages are put down for the coach, who finds them at opening; calls are added to the `n` contacts of the day, whose number it gives.
    """
    fig, coaches, tasks = office.fig, office.coaches, office.tasks
    chance = chase_chance(fig["admin_chase_per_overdue_week"][0])
    if chance <= 0.0:
        return n
    day, week = now // DAY, now // (7 * DAY)
    span = fig["office_closes"][0] - fig["office_opens"][0]
    for post in range(len(coaches)):
        coaches["chased_by"][post] = 0
        for queue in range(2):
            t = coaches["urgent_head"][post] if queue == 0 else coaches["task_head"][post]
            while t >= 0:
                customer = tasks["customer"][t]
                overdue = customer >= 0 and tasks["due"][t] < day and office.customers["chased_week"][customer] != week + 1
                if overdue and draw(office, Stream.CHASE, office.customers["who"][customer], CHASE_DRAWS * day) < chance:
                    office.customers["chased_week"][customer] = week + 1  # 0: never
                    writes = draw(office, Stream.CHASE, office.customers["who"][customer], CHASE_DRAWS * day + 1)
                    if writes >= fig["admin_chase_calls_share"][0] or kept + n >= len(office.contacts):  # or the lines are engaged
                        coaches["chased_by"][post] += 1
                    else:
                        u = draw(office, Stream.CHASE, office.customers["who"][customer], CHASE_DRAWS * day + 2)
                        office.scratch[n] = (fig["office_opens"][0] + int(u * span) << 40) | ((CUSTOMER_MARK | customer) << 12)
                        n += 1
                t = tasks["next"][t]
    return n


@jit
def _keep_waiting(office: Office) -> int:
    """Moves contacts not yet served to the front; the number kept."""
    state, contacts = office.now, office.contacts
    kept = 0
    for i in range(state["contacts_first"][0], state["contacts_n"][0]):
        if contacts["state"][i] == WAITING:
            contacts[kept] = contacts[i]
            kept += 1
    state["contacts_first"][0], state["contacts_n"][0] = 0, kept
    return kept


@jit
def contact_arrives(office: Office, contact: int, now: int) -> int:
    """A contact joins the queue if there is a place; the sleeping coach who would serve them, or -1."""
    contacts, places = office.contacts, office.fig["demand_unscheduled_places"][0]
    contacts["state"][contact] = WAITING
    log_contact_in(office, now, contact)
    sleeper = sleeper_for(office, contacts["planned"][contact], now)
    if sleeper < 0 and places >= 0 and _who_wait(office) > places:
        contacts["state"][contact] = SERVED
        log_not_served(office, now, Event.TURNED_AWAY, contact, 1)
    return sleeper


@jit
def _who_wait(office: Office) -> int:
    """How many contacts wait."""
    state, n = office.now, 0
    for i in range(state["contacts_first"][0], state["contacts_n"][0]):
        if office.contacts["state"][i] == WAITING:
            n += 1
    return n


@jit
def sleeper_for(office: Office, planned: int, now: int) -> int:
    """Of the coaches who sleep and may serve, the one who has served fewest today; those no longer asleep leave the list.

    A coach who was woken at this instant already has a turn in it.
    """
    state, coaches = office.now, office.coaches
    best, fewest, i = -1, 1 << 30, 0
    while i < state["asleep"][0]:
        post = office.lists["asleep"][i]
        if coaches["doing"][post] != SLEEPING:
            office.lists["asleep_listed"][post] = 0
            state["asleep"][0] -= 1
            office.lists["asleep"][i] = office.lists["asleep"][state["asleep"][0]]
            continue
        if _is_before(office, post, best, fewest) and _may_serve(office, post, planned, now) and coaches["turn"][post] != now:
            best, fewest = post, coaches["contacts"][post]
        i += 1
    return best


@jit
def _is_before(office: Office, post: int, best: int, fewest: int) -> bool:
    """Whether a coach has served fewer than the best so far, or as many and holds the lower post."""
    served = office.coaches["contacts"][post]
    return served < fewest or (served == fewest and post < best)


@jit
def _may_serve(office: Office, post: int, planned: int, now: int) -> bool:
    """Whether the coach is at work and free for the planned time before the next booking, outside protected time."""
    coaches, fig = office.coaches, office.fig
    if fig["office_round_the_clock"][0] == 0:
        second = second_of_day(office, now)
        if second < fig["office_coach_start"][0] or second >= fig["office_coach_finish"][0]:
            return False
        if fig["office_lunch_start"][0] <= second < fig["office_lunch_end"][0]:
            return False
        if coaches["met"][post] == 0 and seconds(fig["office_meeting_minutes"][0]) > 0:
            return False
        if _in_protected_time(office, post, second, planned):
            return False
    if coaches["presence"][post] != Presence.PRESENT or first_there(office, post, now) >= 0 or awaited(office, post, now) >= 0:
        return False
    gap = next_stop(office, post, now) - now
    if gap < planned:
        return False
    useful = gap >= seconds(fig["admin_shortest_useful_gap_minutes"][0])
    return not (useful and urgent_task(office, post, gap, fig["admin_safeguarding_first"][0] == 1) >= 0)  # which would come first


@jit
def protected_from(office: Office, window: int) -> int:
    """Second of the day at which protected admin time begins in a window; a day's length when there is none.

    The windows in order: at the time given or the end of the day, before lunch, after it, at opening, in the middle of the afternoon.
    """
    fig = office.fig
    length = seconds(fig["diary_protected_admin_minutes"][0])
    if length <= 0:
        return DAY
    end = min(fig["office_closes"][0], fig["office_coach_finish"][0])
    if window == 0 and fig["diary_protected_admin_start"][0] >= 0:
        return fig["diary_protected_admin_start"][0]
    if window == 0:
        return end - length
    if window == 1:
        return fig["office_lunch_start"][0] - length
    if window == 2:
        return fig["office_lunch_end"][0]
    if window == 3:
        return max(fig["office_opens"][0], fig["office_coach_start"][0] + seconds(fig["office_meeting_minutes"][0]))
    return (fig["office_lunch_end"][0] + end - length) // 2


@jit
def protected_until(office: Office, window: int) -> int:
    """Second of the day at which protected admin time ends in a window; beyond the day when there is none."""
    return protected_from(office, window) + seconds(office.fig["diary_protected_admin_minutes"][0])


@jit
def somebody_waits(office: Office) -> bool:
    """Whether anybody may be waiting for a coach of any post."""
    return _who_wait(office) > 0 or office.fig["diary_seen_by"][0] == SeenBy.WHOEVER_IS_FREE


@jit
def _in_protected_time(office: Office, post: int, second: int, planned: int) -> bool:
    window = window_of(office, post)
    return second + planned > protected_from(office, window) and second < protected_until(office, window)


@jit
def contact_for(office: Office, post: int, now: int) -> int:
    """The waiting contact that goes to this coach at this instant, or -1.

    Waiting contacts are dealt out in order of arrival, those with priority first, among all coaches free at this instant,
    each to the one who has served fewest today. The first who asks deals for all, until another coach gets a turn; the
    outcome does not depend on who asks first.
    """
    state, contacts, coaches = office.now, office.contacts, office.coaches
    while state["contacts_first"][0] < state["contacts_n"][0] and contacts["state"][state["contacts_first"][0]] == SERVED:
        state["contacts_first"][0] += 1
    first = state["contacts_first"][0]
    if first >= state["contacts_n"][0] or contacts["state"][first] == TO_COME:
        return -1
    if state["dealt_at"][0] != now:
        _deal_contacts(office, post, now)
        state["dealt_at"][0] = now
    return coaches["dealt"][post]


@jit
def _deal_contacts(office: Office, post: int, now: int) -> None:
    """Deals the waiting contacts out among the coach who asks and all others with a turn at this instant."""
    state, contacts, coaches = office.now, office.contacts, office.coaches
    n = _line_up(office, post, now)
    for priority in range(1, -1, -1):
        place, planned = 0, -1
        for i in range(state["contacts_first"][0], state["contacts_n"][0]):
            if contacts["state"][i] == TO_COME:
                break
            if contacts["state"][i] != WAITING or contacts["priority"][i] != priority:
                continue
            if contacts["planned"][i] != planned:  # who has no room for one may have room for another
                place, planned = 0, contacts["planned"][i]
            while place < n and not _takes(office, office.scratch[place] & POST_MASK, planned, now):
                place += 1
            if place == n:
                break
            coaches["dealt"][office.scratch[place] & POST_MASK] = i


@jit
def _line_up(office: Office, post: int, now: int) -> int:
    """Writes down the coach who asks and the others free at this instant, who has served fewest today first; their number."""
    state, coaches = office.now, office.coaches
    coaches["dealt"][post] = -1
    office.scratch[0] = (coaches["contacts"][post] << POST_BITS) | post
    n = 1
    for j in range(state["turns"][0] if state["turn_at"][0] == now else 0):
        q = office.lists["turn"][j]
        if q != post and coaches["turn"][q] == now and (coaches["doing"][q] == FREE or coaches["doing"][q] == SLEEPING):
            coaches["dealt"][q] = -1
            office.scratch[n] = (coaches["contacts"][q] << POST_BITS) | q
            n += 1
    sort_first(office.scratch, n)
    return n


@jit
def _takes(office: Office, post: int, planned: int, now: int) -> bool:
    """Whether a coach in line has no contact yet and may serve this one."""
    return office.coaches["dealt"][post] < 0 and _may_serve(office, post, planned, now)


@jit
def waits_for_colleague(office: Office, post: int, now: int) -> int:
    """Of the booked customers who wait for a busy colleague, the one booked first whom this coach has time for; -1: none."""
    coaches, customers = office.coaches, office.customers
    best = -1
    for q in range(len(coaches)):
        customer = _waits_for(office, post, q, now) if q != post else -1
        if customer >= 0 and (best < 0 or customers["start"][customer] < customers["start"][best]):
            best = customer
    return best


@jit
def _waits_for(office: Office, post: int, q: int, now: int) -> int:
    """Of those who wait for `q`, the first this coach has time for; whom `q` sees at this instant does not wait. -1: none."""
    coaches, customers = office.coaches, office.customers
    seen_now = first_there(office, q, now) if _sees_next(office, q, now) else -1
    for i in range(coaches["agenda_i"][q], coaches["agenda_n"][q]):
        customer = office.agenda[q, i]
        if customers["today"][customer] == THERE and customer != seen_now and _may_serve(office, post, customers["planned"][customer], now):
            return customer
        if customers["today"][customer] == EXPECTED and customers["start"][customer] > now:
            return -1
    return -1


@jit
def _sees_next(office: Office, q: int, now: int) -> bool:
    """Whether a coach takes work later in this instant and is not about to see somebody whose notes are open."""
    coaches = office.coaches
    takes_turn = coaches["turn"][q] == now and (coaches["doing"][q] == FREE or coaches["doing"][q] == SLEEPING)
    return takes_turn and coaches["ready_for"][q] < 0 and coaches["presence"][q] == Presence.PRESENT


@jit
def take_over(office: Office, post: int, customer: int, now: int) -> None:
    """The customer is seen by this coach instead of the one booked."""
    customers = office.customers
    former = customers["with"][customer]
    customers["with"][customer], customers["cover"][customer] = post, 1
    log_covered(office, now, post, customer, former)


@jit
def contact_gives_up(office: Office, contact: int, now: int) -> None:
    """A contact whose patience has ended goes, if still waiting."""
    contacts = office.contacts
    if contacts["state"][contact] == WAITING and contacts["leaves"][contact] == now:
        contacts["state"][contact] = SERVED
        log_not_served(office, now, Event.ABANDONED, contact, NONE)


@jit
def turn_away(office: Office, now: int) -> None:
    """At closing, contacts still waiting are turned away."""
    state, contacts = office.now, office.contacts
    for i in range(state["contacts_first"][0], state["contacts_n"][0]):
        if contacts["state"][i] == WAITING:
            contacts["state"][i] = SERVED
            log_not_served(office, now, Event.TURNED_AWAY, i, 0)
    state["contacts_first"][0] = state["contacts_n"][0]
