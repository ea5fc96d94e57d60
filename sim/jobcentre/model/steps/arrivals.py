"""The door: customers due now turn up or do not, contacts arrive, and the clock wakes coaches who sleep.

The day's instants are packed into whole numbers that sort by second, post and customer: (second, post, customer). Two
posts above all others stand for unscheduled contacts and for the clock.
"""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import Presence, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_failed
from jobcentre.model.random_numbers import Stream, poisson
from jobcentre.model.rules.attendance import failed_share
from jobcentre.model.state import AGENDA_FULL, EXPECTED, GONE, OFF, SLEEPING, TASKS_FULL, THERE, TRAINED, Office
from jobcentre.model.steps.booking import book_again
from jobcentre.model.steps.caseload_exits import rapport_of
from jobcentre.model.steps.coach_day import TELEPHONE, VIDEO, channel_of, wake
from jobcentre.model.steps.primitives import DAY, add_working_days, draw, happens, ring_of, seconds_drawn, sort_first
from jobcentre.model.steps.tasks import MESSAGES_A_DAY, make_task
from jobcentre.model.steps.walk_ins import contact_arrives, turn_away
from jobcentre.model.steps.working_time import attendance_known_at

POST_SHIFT, SECOND_SHIFT = 22, 34
CONTACT, CLOCK = 4095, 4094  # posts are below 4001
START, OPENING, LUNCH, LUNCH_END, CLOSING, FINISH = range(6)  # what the clock says
NOTHING = -1  # no further instant today


@jit
def _note(office: Office, second: int, post: int, customer: int) -> None:
    """Writes an instant down among those still to be sorted."""
    n = office.now["door_unsorted"][0]
    if n >= len(office.scratch):
        office.now["failure"][0] = AGENDA_FULL
        return
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
    if state["working"][0] == 1:
        _note(office, fig["office_coach_start"][0], CLOCK, START)
        _note(office, fig["office_opens"][0], CLOCK, OPENING)
        if fig["office_round_the_clock"][0] == 0:
            _note(office, fig["office_lunch_start"][0], CLOCK, LUNCH)
            _note(office, fig["office_lunch_end"][0], CLOCK, LUNCH_END)
            _note(office, fig["office_closes"][0], CLOCK, CLOSING)
            _note(office, fig["office_coach_finish"][0], CLOCK, FINISH)
    sort_first(office.scratch, state["door_unsorted"][0])
    _sort_in(office)


@jit
def _sort_in(office: Office) -> None:
    """Sorts the other instants of the day into the booked starts, from the last one down."""
    state = office.now
    starts, others = state["door_n"][0], state["door_unsorted"][0]
    if starts + others > len(office.door):
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
    for slot in range(len(office.slots)):
        for post in range(len(coaches)):
            cell = office.diary[ring, post, slot]
            if cell <= 0 or (slot > 0 and office.diary[ring, post, slot - 1] == cell):
                continue  # no booking begins here
            n = coaches["agenda_n"][post]
            if n >= office.agenda.shape[1]:
                office.now["failure"][0] = AGENDA_FULL
                return
            office.agenda[post, n] = cell - 1
            coaches["agenda_n"][post] = n + 1
            _draw_attendance(office, post, cell - 1, now)


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
def _draw_attendance(office: Office, post: int, customer: int, now: int) -> None:
    fig, groups, customers = office.fig, office.groups, office.customers
    group, who, k = customers["group"][customer], customers["who"][customer], customers["occasions"][customer]
    channel = channel_of(office, customer)
    by_channel = groups["channels_failed_factor_telephone"][0, group] if channel == TELEPHONE else 1.0
    if channel == VIDEO:
        by_channel = groups["channels_failed_factor_video"][0, group]
    reminder = fig["policies_reminders_failed_factor"][0] if fig["policies_reminders_on"][0] == 1 else 1.0
    trained = (
        fig["hiring_mental_health_effect"][0] if office.coaches["mental_health"][post] == 1 and groups["health"][0, group] == 1 else 0.0
    )
    share = failed_share(
        groups["failed_share"][0, group],
        customers["propensity"][customer],
        by_channel,
        reminder,
        rapport_of(office, customer),
        fig["conversation_rapport_failed_factor"][0],
        trained,
    )
    customers["today"][customer], customers["lateness"][customer] = EXPECTED, 0
    customers["comes"][customer] = 0 if happens(office, Stream.ATTEND, who, k, share) else 1
    if customers["comes"][customer] == 1 and happens(office, Stream.LATE, who, k, groups["late_share"][0, group]):
        late = seconds_drawn(
            office,
            60.0 * fig["conversation_late_minutes_mean"][0],
            fig["conversation_late_minutes_table"][0],
            draw(office, Stream.LATE_BY, who, k),
        )
        customers["lateness"][customer] = late
        if late >= seconds(fig["conversation_wait_before_failed_minutes"][0]):
            customers["comes"][customer] = 0
    second = customers["start"][customer] - now
    _note_start(office, second, post, customer)
    settled = attendance_known_at(office, customer) - now
    if settled > second:
        _note(office, settled, post, customer)


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
            sleeper = contact_arrives(office, what, now)
            if sleeper >= 0:
                wake(office, sleeper, now)
        else:
            _booked_customer(office, post, what, now)
    return next_at_door(office)


@jit
def _booked_customer(office: Office, post: int, customer: int, now: int) -> None:
    """At a booked start, a late arrival, or the end of the wait for somebody who does not come."""
    customers, coaches = office.customers, office.coaches
    if customers["today"][customer] == EXPECTED and attendance_known_at(office, customer) <= now:
        if customers["comes"][customer] == 1:
            customers["today"][customer] = THERE
        else:
            _fails_to_attend(office, post, customer, now)
    if coaches["doing"][post] == SLEEPING:
        wake(office, post, now)


@jit
def _fails_to_attend(office: Office, post: int, customer: int, now: int) -> None:
    customers = office.customers
    customers["today"][customer], customers["seen_day"][customer] = GONE, now // DAY
    log_failed(office, now, post, customer)
    make_task(office, post, Task.FAILED, customer, now, 0)
    today = now // DAY
    book_again(office, customer, add_working_days(office, today, office.fig["diary_rebook_failed_days"][0]), now, today + 1)


@jit
def _strike(office: Office, what: int, now: int) -> None:
    """Start, opening, lunch, closing and finish."""
    coaches = office.coaches
    if what == OPENING:
        for post in range(len(coaches)):
            if coaches["state"][post] == TRAINED:
                _messages(office, post, now)
    if what == CLOSING:
        turn_away(office, now)
    for post in range(len(coaches)):
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
    """Journal messages and to-dos of the caseload, summed per coach and day, each a task."""
    coaches = office.coaches
    if coaches["message_mean"][post] <= 0.0:
        return
    day = now // DAY
    count = poisson(draw(office, Stream.JOURNAL, post, day), coaches["message_mean"][post], coaches["message_none"][post])
    if count > MESSAGES_A_DAY or coaches["message_none"][post] <= 0.0:
        office.now["failure"][0] = TASKS_FULL
        return
    for j in range(count):
        make_task(office, post, Task.JOURNAL, -1, now, day * MESSAGES_A_DAY + j)
