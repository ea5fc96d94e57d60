"""The waiting list for a start, reviews without a coach, and the filling of free slots."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import How
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_given_up
from jobcentre.model.rules.contact_plans import slots_needed
from jobcentre.model.state import Office
from jobcentre.model.steps.absence import WAITS_UNTRIED
from jobcentre.model.steps.booking import (
    NO_SLOT,
    WITHOUT_COACH,
    book,
    cap_on,
    find_slot,
    pass_without_coach,
    prepare_next,
    release,
    search,
    wait_for_start,
)
from jobcentre.model.steps.primitives import DAY, add_working_days, ring_of, sort_first

CUSTOMER_BITS = 28


@jit
def try_waiting(office: Office, now: int) -> None:
    """Tries everybody who waits for a start, oldest due date first; the day of the try that succeeds is a new due date.

    Reviews due today that need no coach pass in the same order.
    """
    customers = office.customers
    today = now // DAY
    n = 0
    for i in range(office.now["active"][0]):
        customer = office.active[i]
        waiting = customers["waiting"][customer]
        if waiting > 0 or (waiting == WITHOUT_COACH and customers["due"][customer] <= today):
            office.scratch[n] = (customers["due"][customer] << CUSTOMER_BITS) | customer
            n += 1
    sort_first(office.scratch, n)
    for i in range(n):
        customer = office.scratch[i] & ((1 << CUSTOMER_BITS) - 1)
        if customers["waiting"][customer] == WITHOUT_COACH:
            pass_without_coach(office, customer, now)
            continue
        due = customers["due"][customer]
        customers["due"][customer] = max(due, today)
        prepare_next(office, customer, now)
        if not search(office, customer, now, today):
            customers["due"][customer] = due
            if customers["waiting"][customer] == WAITS_UNTRIED:
                wait_for_start(office, customer, now)


@jit
def fill_slots(office: Office, now: int) -> None:
    """Offers slots still free some days ahead to customers called in, earliest due date first (M13)."""
    fig, customers = office.fig, office.customers
    target = fig["diary_fill_target_share"][0]
    if target <= 0.0:
        return
    day = add_working_days(office, now // DAY, fig["diary_fill_notice_days"][0])
    n = 0
    for i in range(office.now["active"][0]):
        customer = office.active[i]
        if customers["booked_day"][customer] > day and customers["due"][customer] > day and _may_be_called(office, customer, day):
            office.scratch[n] = (customers["due"][customer] << CUSTOMER_BITS) | customer
            n += 1
    sort_first(office.scratch, n)
    for i in range(n):
        _call_in(office, office.scratch[i] & ((1 << CUSTOMER_BITS) - 1), day, target, now)


@jit
def _may_be_called(office: Office, customer: int, day: int) -> bool:
    """Of a group that is called in, with a coach, and not seen shortly before that day."""
    customers, index = office.customers, office.days["index"]
    if office.groups["fills_gaps"][0, customers["group"][customer]] == 0 or customers["coach"][customer] < 0:
        return False
    seen = customers["seen_day"][customer]
    return seen < 0 or index[day] - index[seen] >= office.fig["diary_fill_spacing_days"][0]


@jit
def _call_in(office: Office, customer: int, day: int, target: float, now: int) -> None:
    """Brings a booking forward to a free slot of the own coach, while the day is below its target."""
    customers = office.customers
    own = customers["coach"][customer]
    booked = office.counts["booked"][ring_of(office, day), own]
    if booked >= target * cap_on(office, own, day):
        return
    before = (
        customers["phase"][customer],
        customers["in_phase"][customer],
        customers["every"][customer],
        customers["first"][customer],
        customers["planned"][customer],
    )
    prepare_next(office, customer, now)
    n = slots_needed(customers["planned"][customer], seconds(office.fig["office_slot_minutes"][0]))
    slot = find_slot(office, own, day, n)
    if slot == NO_SLOT:  # the booking made stays as it is
        (
            customers["phase"][customer],
            customers["in_phase"][customer],
            customers["every"][customer],
            customers["first"][customer],
            customers["planned"][customer],
        ) = before
        return
    log_given_up(office, now, customers["with"][customer], customer)
    release(office, customer, False)
    customers["due"][customer] = day
    book(office, customer, own, day, slot, n, How.FILLED, now)
