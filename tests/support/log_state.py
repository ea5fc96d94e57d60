"""The state of the office at each day's close, rebuilt from the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jobcentre.model import events as ev
from jobcentre.model.events import Event, EventLog

DAY = 86_400
LEAST_LEFT = 60  # an unfinished task counts at least this many seconds
ENDINGS = (Event.CONVERSATION, Event.FAILED, Event.WALKED_OUT, Event.CANCELLED, Event.REARRANGED, Event.NOT_NEEDED, Event.GIVEN_UP)


@dataclass
class CoachState:
    """One coach in post at a day's close."""

    post: int
    caseload: int = 0
    backlog: int = 0
    stated_backlog: int = 0  # as in the last COACH_DAY
    strain: float = 0.0


@dataclass
class CustomerState:
    """One customer on the caseload at a day's close; -1 means none."""

    group: int
    coach: int = -1
    booking: int = -1
    booked_start: int = -1
    booked_with: int = -1


@dataclass
class OfficeState:
    """Everything the log tells about a day's close; changed in place from one day to the next."""

    day: int = -1
    coaches: dict[int, CoachState] = field(default_factory=dict)
    customers: dict[int, CustomerState] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)  # coaches with a COACH_DAY for this day
    tasks: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # serial: coach, planned, worked


def state_at_close(log: EventLog, day: int) -> OfficeState:
    """The state at the close of a day: its tasks lapsed and its strain updated, nothing of the next day done."""
    for state in states(log):
        if state.day == day:
            return state
    raise ValueError(f"the log has no close of day {day}")


def states(log: EventLog) -> Iterator[OfficeState]:
    """The state at the close of each day in turn; the same object, so compare before going on."""
    state = OfficeState()
    rows = log.rows.tolist()
    cuts = _cuts(log)
    begin = 0
    for day, end in enumerate(cuts):
        state.day = day
        state.closed = []
        for row in rows[begin:end]:
            _apply(state, row)
        begin = end
        yield state


def _cuts(log: EventLog) -> list[int]:
    """For each day, the number of rows written up to its close."""
    rows = log.rows
    last_day = int(rows[0, ev.SERIAL]) // DAY
    closes: dict[int, int] = {}
    for i in (rows[:, ev.KIND] == Event.COACH_DAY).nonzero()[0].tolist():
        closes[int(rows[i, ev.START]) // DAY] = i + 1
    return [closes.get(day, int(rows[:, ev.TIME].searchsorted((day + 1) * DAY))) for day in range(last_day)]


def _left(task: tuple[int, int, int]) -> int:
    return max(task[1] - task[2], LEAST_LEFT)


def _drop_task(state: OfficeState, serial: int) -> tuple[int, int, int]:
    task = state.tasks.pop(serial)
    if task[0] in state.coaches:
        state.coaches[task[0]].backlog -= _left(task)
    return task


def _put_task(state: OfficeState, serial: int, task: tuple[int, int, int]) -> None:
    state.tasks[serial] = task
    if task[0] in state.coaches:
        state.coaches[task[0]].backlog += _left(task)


def _apply(state: OfficeState, row: list[int]) -> None:
    kind = row[ev.KIND]
    if kind in (Event.TASK_MADE, Event.ADMIN, Event.TASK_LAPSED, Event.TASK_MOVED):
        _apply_task(state, row)
    elif kind in (Event.COACH_IN, Event.COACH_OUT, Event.COACH_DAY):
        _apply_coach(state, row)
    elif kind in (Event.CUSTOMER_IN, Event.CUSTOMER_OUT, Event.CUSTOMER_MOVED, Event.ASSIGNED):
        _apply_customer(state, row)
    elif kind in (Event.BOOKED, Event.COVERED) or kind in ENDINGS:
        _apply_booking(state, row)


def _apply_task(state: OfficeState, row: list[int]) -> None:
    kind, serial, coach = row[ev.KIND], row[ev.SERIAL], row[ev.COACH]
    if kind == Event.TASK_MADE:
        _put_task(state, serial, (coach, row[ev.B], 0))
    elif serial in state.tasks:
        owner, planned, worked = _drop_task(state, serial)
        if kind == Event.TASK_MOVED:
            _put_task(state, serial, (coach, planned, worked))
        elif kind == Event.ADMIN and row[ev.B] != 1:
            _put_task(state, serial, (owner, planned, worked + row[ev.TIME] - row[ev.START]))


def _apply_coach(state: OfficeState, row: list[int]) -> None:
    kind, coach = row[ev.KIND], row[ev.COACH]
    if kind == Event.COACH_IN:
        state.coaches[coach] = CoachState(row[ev.SERIAL])
    elif kind == Event.COACH_OUT:
        state.coaches.pop(coach, None)
        for customer in state.customers.values():
            if customer.coach == coach:
                customer.coach = -1
    elif coach in state.coaches:
        state.closed.append(coach)
        state.coaches[coach].stated_backlog = row[ev.D]
        state.coaches[coach].strain = row[ev.E] / 1e6


def _apply_customer(state: OfficeState, row: list[int]) -> None:
    kind, customer = row[ev.KIND], row[ev.CUSTOMER]
    if kind == Event.CUSTOMER_IN:
        state.customers[customer] = CustomerState(row[ev.GROUP])
    elif kind == Event.CUSTOMER_MOVED:
        state.customers[customer].group = row[ev.GROUP]
    elif kind == Event.ASSIGNED:
        _give(state, customer, row[ev.COACH])
    else:
        _give(state, customer, -1)
        state.customers.pop(customer, None)


def _give(state: OfficeState, customer: int, coach: int) -> None:
    mine = state.customers.get(customer)
    if mine is None:
        return
    if mine.coach in state.coaches:
        state.coaches[mine.coach].caseload -= 1
    mine.coach = coach
    if coach in state.coaches:
        state.coaches[coach].caseload += 1


def _apply_booking(state: OfficeState, row: list[int]) -> None:
    mine = state.customers.get(row[ev.CUSTOMER])
    if mine is None:
        return
    if row[ev.KIND] == Event.BOOKED:
        mine.booking, mine.booked_start, mine.booked_with = row[ev.SERIAL], row[ev.START], row[ev.COACH]
    elif row[ev.KIND] == Event.COVERED and row[ev.SERIAL] == mine.booking:
        mine.booked_with = row[ev.COACH]
    elif row[ev.SERIAL] == mine.booking:
        mine.booking, mine.booked_start, mine.booked_with = -1, -1, -1
