"""The door: customers due now turn up or do not, contacts arrive, and the clock wakes coaches who sleep.

The day's instants are packed into whole numbers that sort by second, post and customer: (second, post, customer). Two
posts above all others stand for unscheduled contacts and for the clock.
"""

from __future__ import annotations

from jobcentre.model.choices import SeenBy
from jobcentre.model.compiling import jit
from jobcentre.model.events import Presence, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.random_numbers import Stream, poisson
from jobcentre.model.state import AGENDA_FULL, EXPECTED, GONE, MESSAGES_FULL, OFF, SLEEPING, THERE, TRAINED, Office
from jobcentre.model.steps.attendance import draw_attendance, fail_to_attend, walk_out
from jobcentre.model.steps.coach_day import wake
from jobcentre.model.steps.primitives import DAY, draw, ring_of, sort_first, window_of
from jobcentre.model.steps.tasks import MESSAGES_A_DAY, make_task
from jobcentre.model.steps.walk_ins import contact_arrives, contact_gives_up, protected_until, sleeper_for, somebody_waits, turn_away
from jobcentre.model.steps.working_time import attendance_known_at, first_there, second_of_day

POST_SHIFT, SECOND_SHIFT = 22, 34
CONTACT, CLOCK = 4095, 4094  # posts are below 4001
LEAVES = 1 << (POST_SHIFT - 1)  # beside a contact's number, when patience ends
START, OPENING, LUNCH, LUNCH_END, CLOSING, FINISH, WEEKEND, PROTECTED_END = range(8)  # what the clock says
NOTHING = -1  # no further instant today


@jit
def _note(office: Office, second: int, post: int, customer: int) -> None:
    """Writes an instant down among those still to be sorted."""
    n = min(office.now["door_unsorted"][0], len(office.scratch) - 1)  # that many do not fit through the door: see `_sort_in`
    office.scratch[n] = (second << SECOND_SHIFT) | (post << POST_SHIFT) | customer
    office.now["door_unsorted"][0] = n + 1


@jit
def _note_start(office: Office, second: int, post: int, customer: int) -> None:
    """Writes a booked start down behind those before it; they come in order."""
    state = office.now
    if state["door_n"][0] >= len(office.door):
        state["failure"][0] = AGENDA_FULL
        return
    office.door[state["door_n"][0]] = (second << SECOND_SHIFT) | (post << POST_SHIFT) | customer
    state["door_n"][0] += 1


@jit
def prepare_door(office: Office, now: int) -> None:
    """Writes today's agendas and the instants of the day, with those left over from yesterday."""
    state, fig = office.now, office.fig
    state["door_unsorted"][0] = 0
    for i in range(state["door_i"][0], state["door_n"][0]):
        office.scratch[state["door_unsorted"][0]] = office.door[i] - (DAY << SECOND_SHIFT)
        state["door_unsorted"][0] += 1
    state["door_i"][0], state["door_n"][0] = 0, 0
    _write_agendas(office, now)
    for i in range(state["contacts_n"][0]):
        if office.contacts["state"][i] == 0:
            _note(office, office.contacts["arrived"][i] - now, CONTACT, i)
        leaves = office.contacts["leaves"][i] - now
        if 0 <= leaves < DAY:
            _note(office, leaves, CONTACT, i | LEAVES)
    if state["working"][0] == 1:
        _note(office, fig["office_coach_start"][0], CLOCK, START)
        _note(office, fig["office_opens"][0], CLOCK, OPENING)
        if fig["office_round_the_clock"][0] == 0:
            _note(office, fig["office_lunch_start"][0], CLOCK, LUNCH)
            _note(office, fig["office_lunch_end"][0], CLOCK, LUNCH_END)
            _note(office, fig["office_closes"][0], CLOCK, CLOSING)
            _note(office, fig["office_coach_finish"][0], CLOCK, FINISH)
            if seconds(fig["diary_protected_admin_minutes"][0]) > 0:
                for window in range(fig["diary_protected_windows"][0]):
                    _note(office, min(protected_until(office, window), DAY - 1), CLOCK, PROTECTED_END)
    elif fig["admin_home_weekend_minutes"][0] > 0.0 and fig["office_round_the_clock"][0] == 0:
        _note(office, fig["office_coach_finish"][0], CLOCK, WEEKEND)
    sort_first(office.scratch, state["door_unsorted"][0])
    _sort_in(office)


@jit
def _sort_in(office: Office) -> None:
    """Sorts the other instants of the day into the booked starts, from the last one down."""
    state = office.now
    starts, others = state["door_n"][0], state["door_unsorted"][0]
    if starts + others >= len(office.door):
        state["failure"][0] = AGENDA_FULL
        return
    state["door_n"][0] = starts + others
    while others > 0:
        if starts > 0 and office.door[starts - 1] > office.scratch[others - 1]:
            starts -= 1
            office.door[starts + others] = office.door[starts]
        else:
            others -= 1
            office.door[starts + others] = office.scratch[others]


@jit
def _write_agendas(office: Office, now: int) -> None:
    """Lists each post's bookings of today by start, behind customers still to be dealt with, and draws who comes.

    Slot by slot, and in each slot by post: so all booked starts come in the order in which they are at the door.
    """
    coaches = office.coaches
    for post in range(len(coaches)):
        _keep_unseen(office, post)
    ring = ring_of(office, now // DAY)
    for i in range(len(office.slots)):
        slot = office.slots["by_start"][i]
        for post in range(len(coaches)):
            cell = office.diary[ring, post, slot]
            if cell <= 0 or office.customers["slot"][cell - 1] != slot:
                continue  # no booking begins here
            n = coaches["agenda_n"][post]
            if n >= office.agenda.shape[1]:
                office.now["failure"][0] = AGENDA_FULL
                return
            office.agenda[post, n] = cell - 1
            coaches["agenda_n"][post] = n + 1
            draw_attendance(office, post, cell - 1)
            _expect(office, post, cell - 1, now)


@jit
def _keep_unseen(office: Office, post: int) -> None:
    """Leaves on the agenda only the customers still to be dealt with."""
    coaches = office.coaches
    n = 0
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        if office.customers["today"][office.agenda[post, i]] < GONE:
            office.agenda[post, n] = office.agenda[post, i]
            n += 1
    coaches["agenda_i"][post], coaches["agenda_n"][post] = 0, n


@jit
def _expect(office: Office, post: int, customer: int, now: int) -> None:
    """Notes the instants at which something may happen about a booking of today."""
    customers = office.customers
    second = customers["start"][customer] - now
    _note_start(office, second, post, customer)
    settled = attendance_known_at(office, customer) - now
    if settled > second:
        _note(office, settled, post, customer)
    leaves = customers["leaves_at"][customer] - now
    if 0 <= leaves < DAY:
        _note(office, leaves, post, customer)


@jit
def next_at_door(office: Office) -> int:
    """The second (from the start of the run) of the next instant today, or NOTHING."""
    state = office.now
    if state["door_i"][0] >= state["door_n"][0]:
        return NOTHING
    return (office.door[state["door_i"][0]] >> SECOND_SHIFT) + state["day"][0] * DAY


@jit
def open_door(office: Office, now: int) -> int:
    """Everything at the door at this instant; returns the next instant, or NOTHING."""
    state = office.now
    second = now - state["day"][0] * DAY
    while state["door_i"][0] < state["door_n"][0]:
        key = office.door[state["door_i"][0]]
        if key >> SECOND_SHIFT != second:
            break
        state["door_i"][0] += 1
        post, what = (key >> POST_SHIFT) & 4095, key & ((1 << POST_SHIFT) - 1)
        if post == CLOCK:
            _strike(office, what, now)
        elif post == CONTACT:
            if what & LEAVES:
                contact_gives_up(office, what & ~LEAVES, now)
                continue
            sleeper = contact_arrives(office, what, now)
            if sleeper >= 0:
                wake(office, sleeper, now)
        else:
            _booked_customer(office, post, what, now)
    return next_at_door(office)


@jit
def _booked_customer(office: Office, post: int, customer: int, now: int) -> None:
    """At a booked start, a late arrival, the end of the wait for somebody who does not come, or that of a customer's patience."""
    customers, coaches = office.customers, office.coaches
    if customers["today"][customer] == EXPECTED and attendance_known_at(office, customer) <= now:
        if customers["comes"][customer] == 1:
            customers["today"][customer] = THERE
            if office.fig["diary_seen_by"][0] == SeenBy.WHOEVER_IS_FREE:
                _wake_colleague(office, post, customer, now)
        else:
            fail_to_attend(office, post, customer, now)
    elif customers["today"][customer] == THERE and customers["leaves_at"][customer] == now:
        walk_out(office, post, customer, now)
    if coaches["doing"][post] == SLEEPING:
        wake(office, post, now)


@jit
def _wake_colleague(office: Office, post: int, customer: int, now: int) -> None:
    """Wakes a colleague who sleeps and has time for the customer, unless the coach of the booking sleeps and sees them at once."""
    if office.coaches["doing"][post] == SLEEPING and first_there(office, post, now) == customer:
        return
    sleeper = sleeper_for(office, office.customers["planned"][customer], now)
    if sleeper >= 0:
        wake(office, sleeper, now)


@jit
def _strike(office: Office, what: int, now: int) -> None:
    """Start, opening, lunch, closing, finish, and the end of protected time for those who then find somebody waiting."""
    coaches = office.coaches
    if what == OPENING:
        for post in range(len(coaches)):
            if coaches["state"][post] == TRAINED:
                _messages(office, post, now)
    if what == CLOSING:
        turn_away(office, now)
    for post in range(len(coaches)):
        if what == WEEKEND:
            if coaches["state"][post] == TRAINED and coaches["own_home"][post] > 0.0 and coaches["spell"][post] < 0:
                wake(office, post, now)
            continue
        if what == PROTECTED_END:
            over = second_of_day(office, now) == protected_until(office, window_of(office, post))
            if over and coaches["doing"][post] == SLEEPING and somebody_waits(office):
                wake(office, post, now)
            continue
        starts = (
            what == START
            and coaches["doing"][post] == OFF
            and coaches["presence"][post] == Presence.PRESENT
            and coaches["state"][post] == TRAINED
        )
        if starts or coaches["doing"][post] == SLEEPING:
            wake(office, post, now)


@jit
def _messages(office: Office, post: int, now: int) -> None:
    """Journal messages and to-dos of the caseload, summed per coach and day, and those of customers who chase; each a task."""
    coaches = office.coaches
    day = now // DAY
    count, chased = 0, coaches["chased_by"][post]
    if coaches["message_mean"][post] > 0.0:
        count = poisson(draw(office, Stream.JOURNAL, post, day), coaches["message_mean"][post], coaches["message_none"][post])
        if coaches["message_none"][post] <= 0.0:
            count = MESSAGES_A_DAY + 1
    if count + chased > MESSAGES_A_DAY:
        office.now["failure"][0] = MESSAGES_FULL
        return
    for j in range(count + chased):
        make_task(office, post, Task.JOURNAL if j < count else Task.CHASED, -1, now, day * MESSAGES_A_DAY + j)
    coaches["chased_by"][post] = 0
