"""Diaries and booking: the search for a start, the booking, its release and the next due day."""

from __future__ import annotations

from jobcentre.model.choices import BookedWith, DiaryTemplate
from jobcentre.model.compiling import jit
from jobcentre.model.events import Event, How, Presence, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_booked, log_due, log_paused
from jobcentre.model.random_numbers import Stream
from jobcentre.model.rules.contact_plans import cap_of_day, next_due_index, phase_ends, ramp_share, slots_needed
from jobcentre.model.state import DIARY_FULL, TRAINED, Office
from jobcentre.model.steps.primitives import DAY, add_working_days, draw, happens, look_on, ring_of, window_of
from jobcentre.model.steps.tasks import make_task

NO_SLOT = -1
WITHOUT_COACH = -1  # customers["waiting"]: the review that is due passes without a coach on its due day


@jit
def cap_on(office: Office, post: int, day: int) -> int:
    """The most bookings that the coach may have on a day, as known now."""
    fig, coaches = office.fig, office.coaches
    since = office.days["index"][day] - coaches["ramp_from"][post]
    ramp = ramp_share(since, fig["hiring_ramp_days"][0], fig["hiring_ramp_from"][0]) if coaches["holder"][post] > 0 else 1.0
    relief = fig["policies_relief_diary_share"][0] if coaches["relief"][post] > 0 else 1.0
    return cap_of_day(fig["diary_appointments_per_day"][0], ramp, relief)


@jit
def can_be_booked(office: Office, post: int, day: int) -> bool:
    """Whether the coach's diary is open on a day: trained, at work then as far as known, not leaving before."""
    coaches, days = office.coaches, office.days
    if coaches["state"][post] != TRAINED or days["open"][day] == 0 or coaches["diary_closed"][post] == 1:
        return False
    if (coaches["weekdays"][post] >> days["weekday"][day]) & 1 == 0 or office.leave[post, day] != 0:
        return False
    last = coaches["last_day"][post]
    if last >= 0 and day >= last:
        return False
    return day != office.now["day"][0] or coaches["presence"][post] == Presence.PRESENT


@jit
def last_taken(office: Office, post: int, ring: int, slot: int, n: int) -> int:
    """The last of `n` slots from `slot` on that is taken, never bookable or past the end of the day; NO_SLOT if all are free."""
    end = office.slots["end"][slot]
    if slot + n > end:
        return end
    window = window_of(office, post)
    for i in range(slot + n - 1, slot - 1, -1):
        if office.diary[ring, post, i] != 0 or (office.slots["bookable"][i] >> window) & 1 == 0:
            return i
    return NO_SLOT


@jit
def fits(office: Office, post: int, day: int, slot: int, n: int) -> bool:
    """Whether `n` slots from `slot` on are bookable and free."""
    return last_taken(office, post, ring_of(office, day), slot, n) == NO_SLOT


@jit
def mark(office: Office, post: int, ring: int, slot: int, n: int, value: int) -> None:
    """Writes into the cells of `n` slots of a diary: customer + 1, -1 where the slot is lost, 0 where it is free again."""
    for i in range(slot, slot + n):
        office.diary[ring, post, i] = value


@jit
def find_slot(office: Office, post: int, day: int, n: int) -> int:
    """The first start that fits, in template order; NO_SLOT if the diary is closed, at its cap or full."""
    ring = ring_of(office, day)
    booked = office.counts["booked"][ring, post]
    if booked >= office.fig["diary_appointments_per_day"][0]:  # no cap is larger: most days in question are full
        return NO_SLOT
    if not can_be_booked(office, post, day) or booked >= cap_on(office, post, day):
        return NO_SLOT
    spread = office.fig["diary_template"][0] == DiaryTemplate.SPREAD
    taken = NO_SLOT
    for i in range(len(office.slots)):
        slot = office.slots["spread"][i] if spread else i
        if slot <= taken < slot + n:
            continue  # what stood in the way of the start before stands in the way of this one
        taken = last_taken(office, post, ring, slot, n)
        if taken == NO_SLOT:
            return slot
    return NO_SLOT


@jit
def flexible_seconds(office: Office, planned: int, first: int) -> int:
    """Planned seconds of an appointment, shortened while flexibilities are on (M12, B15)."""
    if office.now["flexible"][0] == 0:
        return planned
    if first == 1:
        return min(planned, seconds(office.fig["policies_flexibilities_first_meeting_minutes"][0]))
    return max(60, int(planned * office.fig["policies_flexibilities_minutes_factor"][0] + 0.5))


@jit
def prepare_next(office: Office, customer: int, now: int) -> None:
    """Sets the phase, length and interval of the customer's next appointment from today's figures."""
    customers = office.customers
    group, plan, phase = customers["group"][customer], customers["plan"][customer], customers["phase"][customer]
    rows = office.phases
    in_group = now // DAY - customers["entered"][customer]
    last = office.plans["n_phases"][0, group, plan] - 1
    while phase < last and phase_ends(
        customers["in_phase"][customer],
        rows["ends_after_appointments"][0, group, plan, phase],
        in_group,
        7.0 * rows["ends_after_weeks"][0, group, plan, phase],
    ):
        phase += 1
        customers["in_phase"][customer] = 0
    customers["phase"][customer] = phase
    first = rows["first_meeting"][0, group, plan, phase]
    every = rows["every_days"][0, group, plan, phase]
    if office.now["flexible"][0] == 1 and first == 0:
        every = int(every * office.fig["policies_flexibilities_interval_factor"][0] + 0.5)
    customers["every"][customer], customers["first"][customer] = every, first
    customers["planned"][customer] = flexible_seconds(office, seconds(rows["minutes"][0, group, plan, phase]), first)


@jit
def search(office: Office, customer: int, now: int, earliest: int) -> bool:
    """Looks for a start and books it: own coach within the tolerance, any coach, own coach up to the horizon.

    A group may keep to its own coaches, or be pooled: then any coach is looked for at once (M14).
    """
    fig, customers, days = office.fig, office.customers, office.days
    own = customers["coach"][customer]
    if own < 0:
        return False
    n = slots_needed(customers["planned"][customer], _slot_seconds(office))
    due = days["index"][customers["due"][customer]]
    tolerance, horizon = fig["diary_own_coach_tolerance_days"][0], fig["diary_booking_horizon_days"][0]
    begin = max(due, days["index"][earliest])
    end = min(due + max(tolerance, horizon), days["index"][min(now // DAY + office.now["window"][0], len(days)) - 1])
    by_rule = office.groups["booked_with"][0, customers["group"][customer]]
    if by_rule != BookedWith.POOLED:
        for index in range(begin, min(due + tolerance, end) + 1):
            slot = find_slot(office, own, office.day_of[index], n)
            if slot != NO_SLOT:
                book(office, customer, own, office.day_of[index], slot, n, How.OWN, now)
                return True
    if by_rule == BookedWith.POOLED or (by_rule == BookedWith.OWN_FIRST and fig["diary_any_coach"][0] == 1):
        for index in range(begin, min(due + tolerance, end) + 1):
            if _book_any(office, customer, office.day_of[index], n, now):
                return True
    for index in range(max(begin, due + tolerance + 1), end + 1):
        slot = find_slot(office, own, office.day_of[index], n)
        if slot != NO_SLOT:
            book(office, customer, own, office.day_of[index], slot, n, How.OWN_LATE, now)
            return True
    return False


@jit
def _slot_seconds(office: Office) -> int:
    return seconds(office.fig["office_slot_minutes"][0])


@jit
def _book_any(office: Office, customer: int, day: int, n: int, now: int) -> bool:
    """Books the coach with fewest bookings that day who has a start that fits."""
    best, best_slot, fewest = -1, NO_SLOT, 1 << 30
    for post in range(len(office.coaches)):
        booked = office.counts["booked"][ring_of(office, day), post]
        if booked < fewest:
            slot = find_slot(office, post, day, n)
            if slot != NO_SLOT:
                best, best_slot, fewest = post, slot, booked
    if best < 0:
        return False
    book(office, customer, best, day, best_slot, n, How.COLLEAGUE, now)
    return True


@jit
def book(office: Office, customer: int, post: int, day: int, slot: int, n: int, how: How, now: int) -> None:
    """Enters a booking in the diary; minutes and phase are frozen in it."""
    customers, state, days = office.customers, office.now, office.days
    if day - now // DAY > state["ring_mask"][0]:  # it would stand among the bookings of another day
        state["failure"][0] = DIARY_FULL
        return
    ring = ring_of(office, day)
    mark(office, post, ring, slot, n, customer + 1)
    office.counts["booked"][ring, post] += 1
    serial = state["next_booking"][0]
    state["next_booking"][0] = serial + 1
    customers["booking"][customer], customers["booked_day"][customer] = serial, day
    customers["slot"][customer], customers["n_slots"][customer], customers["with"][customer] = slot, n, post
    customers["start"][customer] = day * DAY + office.slots["second"][slot]
    customers["booked_phase"][customer], customers["waiting"][customer], customers["cover"][customer] = customers["phase"][customer], 0, 0
    customers["occasions"][customer] += 1
    late = days["index"][day] - days["index"][customers["due"][customer]]
    customers["late_days"][customer], customers["called_in"][customer] = late, 1 if how == How.FILLED else 0
    state["late_days"][0] += late
    state["late_bookings"][0] += 1
    log_booked(office, now, post, customer, how, late)
    _foresee_rearrangement(office, customer, day, now)


@jit
def _foresee_rearrangement(office: Office, customer: int, day: int, now: int) -> None:
    """Draws whether and when the customer will rearrange this booking (E12): 0 to 3 working days before it, each as likely."""
    customers, days = office.customers, office.days
    who, k = customers["who"][customer], customers["occasions"][customer]
    customers["rearrange_day"][customer] = -1
    if not happens(office, Stream.REARRANGE, who, k, office.groups["rearranged_share"][0, customers["group"][customer]]):
        return
    before = int(draw(office, Stream.REARRANGE_NOTICE, who, k) * 4.0)
    known = office.day_of[max(0, days["index"][day] - before)]
    earliest = now // DAY + 1
    if earliest <= day:
        customers["rearrange_day"][customer] = max(known, earliest)
        look_on(office, customer, customers["rearrange_day"][customer])
        customers["rearrange_due"][customer] = add_working_days(office, day, 1 + int(draw(office, Stream.REARRANGE_DUE, who, k) * 5.0))


@jit
def release(office: Office, customer: int, lost: bool) -> None:
    """Takes a booking out of the diary; a lost slot stays taken and counts against the cap."""
    customers = office.customers
    ring = ring_of(office, customers["booked_day"][customer])
    post, slot = customers["with"][customer], customers["slot"][customer]
    mark(office, post, ring, slot, customers["n_slots"][customer], -1 if lost else 0)
    if not lost:
        office.counts["booked"][ring, post] -= 1
    forget_booking(office, customer)


@jit
def forget_booking(office: Office, customer: int) -> None:
    """The customer has no booking any more; the diary is left as it is."""
    office.customers["booking"][customer] = -1
    office.customers["booked_day"][customer] = -1
    office.customers["rearrange_day"][customer] = -1


@jit
def seek(office: Office, customer: int, due: int, now: int, earliest: int) -> None:
    """Makes an appointment due and books it; if no start is found it is not offered and the customer waits."""
    customers = office.customers
    customers["due"][customer] = due
    prepare_next(office, customer, now)
    if _needs_no_coach(office, customer):
        customers["waiting"][customer] = WITHOUT_COACH
    elif not search(office, customer, now, max(earliest, now // DAY)):
        wait_for_start(office, customer, now)


@jit
def wait_for_start(office: Office, customer: int, now: int) -> None:
    """The due date is not offered, once; the customer is tried again each working day."""
    office.customers["waiting"][customer] = 1
    log_due(office, now, Event.NOT_OFFERED, customer)


@jit
def _needs_no_coach(office: Office, customer: int) -> bool:
    """Whether the review now due will pass without a coach: of low need, and drawn."""
    customers = office.customers
    share = office.fig["policies_digital_share"][0]
    group, plan = customers["group"][customer], customers["plan"][customer]
    low_need = office.phases["low_need"][0, group, plan, customers["phase"][customer]] == 1
    if share <= 0.0 or not low_need or customers["complex"][customer] == 1:
        return False
    customers["occasions"][customer] += 1
    return happens(office, Stream.DIGITAL, customers["who"][customer], customers["occasions"][customer], share)


@jit
def pass_without_coach(office: Office, customer: int, now: int) -> None:
    """The review due today passes without a coach; the next one becomes due."""
    customers = office.customers
    customers["waiting"][customer] = 0
    log_due(office, now, Event.DIGITAL, customer)
    make_task(office, customers["coach"][customer], Task.DIGITAL, customer, now, 0)
    prepare_next(office, customer, now)
    due = add_working_days(office, customers["due"][customer], customers["every"][customer])
    seek(office, customer, due, now, now // DAY + 1)


@jit
def book_after_held(office: Office, customer: int, now: int, pause: int) -> None:
    """Books the next appointment after one was held, `pause` working days later if a programme pauses contact."""
    customers, days = office.customers, office.days
    today = now // DAY
    old_due = customers["due"][customer]
    if customers["booked_phase"][customer] >= 0:
        customers["in_phase"][customer] += 1
    forget_booking(office, customer)
    prepare_next(office, customer, now)
    tolerance = office.fig["diary_own_coach_tolerance_days"][0]
    index = next_due_index(days["index"][old_due], days["index"][today], customers["every"][customer], tolerance)
    index = min(index, len(office.day_of) - 1)
    if pause > 0:
        index = min(max(index, days["index"][today] + pause), len(office.day_of) - 1)
        log_paused(office, now, customer, office.day_of[index])
    seek(office, customer, office.day_of[index], now, today + 1)


@jit
def book_again(office: Office, customer: int, due: int, now: int, earliest: int) -> None:
    """Books anew after a failure, a rearrangement or a cancellation."""
    forget_booking(office, customer)
    seek(office, customer, due, now, earliest)
