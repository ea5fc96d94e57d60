"""Each coach's presence on the day, and the bookings of absent coaches, which colleagues cover or the office cancels."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import CancelReason, Presence, Task
from jobcentre.model.log_writers import log_cancelled, log_covered
from jobcentre.model.state import GONE, TRAINED, Office
from jobcentre.model.steps.booking import cap_on, fits, forget_booking, mark, release
from jobcentre.model.steps.leave_and_courses import DAY_OFF, presence_on
from jobcentre.model.steps.primitives import DAY, ring_of
from jobcentre.model.steps.tasks import make_task

WAITS_UNTRIED = 2  # customers["waiting"]: due today, not yet tried


@jit
def know_absence(office: Office, now: int) -> None:
    """Sets each coach's presence and daily cap, resets the counts of the day, and closes the diaries of coaches on long sick leave."""
    coaches, days = office.coaches, office.days
    today = now // DAY
    after_open = today == 0 or days["open"][today - 1] == 1  # else overtime goes on from what was worked at home
    for post in range(len(coaches)):
        if coaches["spell"][post] >= 0:
            day_of_spell = days["index"][today] - days["index"][coaches["spell_start"][post]] + 1
            if day_of_spell >= office.fig["diary_absence_block_days"][0]:
                coaches["diary_closed"][post] = 1
        coaches["presence"][post] = presence_on(office, post, today) if office.now["working"][0] == 1 else DAY_OFF
        bookable = coaches["presence"][post] == Presence.PRESENT and coaches["state"][post] == TRAINED
        coaches["cap"][post] = cap_on(office, post, today) if bookable else 0
        coaches["worked"][post], coaches["lunch_worked"][post] = 0, 0
        if after_open:
            coaches["overtime"][post] = 0
        coaches["rushed"][post], coaches["held"][post], coaches["contacts"][post] = 0, 0, 0
        coaches["lunch_until"][post], coaches["met"][post] = -1, 0


@jit
def cover_or_cancel(office: Office, now: int) -> None:
    """Bookings of absent coaches, in order of start, go to present colleagues or are cancelled by the office."""
    for post in range(len(office.coaches)):
        if office.coaches["presence"][post] != Presence.PRESENT:
            _cancel_leftovers(office, post, now)
            for slot in range(len(office.slots)):
                cell = office.diary[ring_of(office, now // DAY), post, slot]
                if cell > 0 and office.customers["slot"][cell - 1] == slot:
                    _cover_or_cancel_one(office, post, cell - 1, now)


@jit
def _cancel_leftovers(office: Office, post: int, now: int) -> None:
    """Cancels what is left of yesterday's agenda, in an office open round the clock."""
    coaches = office.coaches
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        customer = office.agenda[post, i]
        if office.customers["today"][customer] < GONE:
            office.customers["today"][customer] = GONE
            _cancel(office, post, customer, now)
            forget_booking(office, customer)
    coaches["agenda_i"][post], coaches["agenda_n"][post] = 0, 0


@jit
def _cover_or_cancel_one(office: Office, post: int, customer: int, now: int) -> None:
    colleague = _colleague(office, customer, now) if office.fig["diary_cover"][0] == 1 else -1
    if colleague >= 0:
        _hand_over(office, post, customer, colleague, now)
        return
    _cancel(office, post, customer, now)
    release(office, customer, True)


@jit
def _cancel(office: Office, post: int, customer: int, now: int) -> None:
    """Cancelled by the office: due today, and tried with those who wait for a start."""
    customers = office.customers
    log_cancelled(office, now, post, customer, CancelReason.ABSENCE)
    make_task(office, customers["coach"][customer], Task.CANCELLED, customer, now, 0)
    customers["due"][customer], customers["waiting"][customer] = now // DAY, WAITS_UNTRIED


@jit
def _colleague(office: Office, customer: int, now: int) -> int:
    """The present coach free at the booked start, below cap and cover extras, with fewest booked; -1: none."""
    coaches, customers = office.coaches, office.customers
    today = now // DAY
    ring = ring_of(office, today)
    best, fewest = -1, 1 << 30
    for post in range(len(coaches)):
        booked = office.counts["booked"][ring, post]
        if booked >= fewest or coaches["presence"][post] != Presence.PRESENT or coaches["state"][post] != TRAINED:
            continue
        most = coaches["cap"][post] + office.fig["diary_cover_extra_appointments"][0]
        if booked < most and fits(office, post, today, customers["slot"][customer], customers["n_slots"][customer]):
            best, fewest = post, booked
    return best


@jit
def _hand_over(office: Office, post: int, customer: int, colleague: int, now: int) -> None:
    customers = office.customers
    ring = ring_of(office, now // DAY)
    slot, n = customers["slot"][customer], customers["n_slots"][customer]
    mark(office, post, ring, slot, n, 0)
    mark(office, colleague, ring, slot, n, customer + 1)
    office.counts["booked"][ring, post] -= 1
    office.counts["booked"][ring, colleague] += 1
    customers["with"][customer], customers["cover"][customer] = colleague, 1
    log_covered(office, now, colleague, customer, post)
