"""An event log as quick look-ups: rows by kind, days and hours, read once and shared by all tallies."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model import log_passes as passes
from jobcentre.model.events import Event, EventLog, Presence, Task

DAY_SECONDS = 86_400
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
MICRO = 1e6
SMALL = 2**16

Made = TypeVar("Made")
#: Tallies that depend on which days are counted, and not only on what happened on each.
OF_WINDOW: set[Callable[..., object]] = set()


def of_window(tally: Made) -> Made:
    """Marks a tally that depends on which days are counted."""
    OF_WINDOW.add(tally)  # type: ignore[arg-type]
    return tally


class DayWindow(NamedTuple):
    """Days of a run that are counted together, `end` being the first no longer counted."""

    name: str
    first: int
    end: int


class UnitCosts(NamedTuple):
    """Costs while one set of figures is in force."""

    salary_pounds: float = 0.0
    overtime_pounds_per_hour: float = 0.0
    hire_pounds: float = 0.0
    reminder_pounds: float = 0.0  # per booking; 0 while no reminders are sent


class MeasureWith(NamedTuple):
    """Figures that the metrics need beside the log."""

    counted_backlog_seconds: float = 0.0
    crisis_strain: float = float("inf")
    money: tuple[UnitCosts, ...] = (UnitCosts(),)  # by index of the figures in force
    causes: Mapping[str, tuple[str, ...]] = {}  # each group's exits in file order
    reference_second: int | None = None  # none: the first counted second
    windows: tuple[DayWindow, ...] = ()  # that of the headlines first; none: all counted days
    decided: tuple[str, ...] | None = None  # groups that wait for a decision; none: those from which the log shows one


class Stays(NamedTuple):
    """Each coach's time in post as days, from the first in post to the first no longer in post."""

    coach: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    service_day: np.ndarray  # first day of service
    weekdays: np.ndarray  # days a week
    supernumerary: np.ndarray  # whether beside the posts, by a movement


class Rows:
    """Some rows of a log in the order written; `rows[column]` is one of their columns."""

    def __init__(self, table: np.ndarray, end_day: int) -> None:
        self.table = table
        self._end_day = end_day

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, column: int) -> np.ndarray:
        return self.table[:, column]

    def only(self, chosen: np.ndarray) -> Rows:
        """The chosen rows."""
        return Rows(np.compress(chosen, self.table, axis=0), self._end_day)  # a quarter of the time of table[chosen]

    @cached_property
    def day(self) -> np.ndarray:
        """Day on which each row was written."""
        return self[ev.TIME] // DAY_SECONDS

    @cached_property
    def start_day(self) -> np.ndarray:
        """Day of each row's start."""
        return self[ev.START] // DAY_SECONDS

    @cached_property
    def cell(self) -> np.ndarray:
        """Cell of each row in a table of sums by customer group and the day on which it was written."""
        return cells(self.day, self[ev.GROUP], self._end_day)


def cells(day: np.ndarray, group: np.ndarray | int, end_day: int) -> np.ndarray:
    """Cells in a table with a line for no group (-1) and for each group, and a place for each day, for earlier and for later ones."""
    cell: np.ndarray = (group + 1) * (end_day + 2) + np.clip(day, -1, end_day) + 1
    return cell


def new_room(rows: int) -> np.ndarray:
    """Memory for rows of a log."""
    return np.empty((rows, ev.WIDTH), dtype=np.int32)


class LogIndex:
    """One log, read once: the sums of its largest kinds, and all other rows by kind. Every other table is made when asked for and kept.

    `room` gives memory in which no other index is read any longer.
    """

    def __init__(self, log: EventLog, given: MeasureWith, room: Callable[[int], np.ndarray] = new_room) -> None:
        self.given = given
        self.groups = log.group_names
        self._log = np.ascontiguousarray(log.rows, dtype=np.int32)
        counts = np.zeros(passes.KINDS, dtype=np.int64)
        coaches = passes.count_rows(self._log, counts)
        if counts[Event.OFFICE] != 1 or self._log[0, ev.KIND] != Event.OFFICE:
            raise ValueError("the event log does not begin with its one row OFFICE")
        self._begin = np.cumsum(counts) - counts
        self._end = self._begin.copy()
        self.office = self._log[0]
        self.start_day = int(self.office[ev.START]) // DAY_SECONDS  # first counted
        self.end_day = int(self.office[ev.SERIAL]) // DAY_SECONDS  # of the run
        self.until_day = self.end_day  # first no longer counted
        self._whole: LogIndex | None = None  # of which this is a view; no circle, which would keep the log in memory
        self._rows: dict[Event, Rows] = {}
        self._made: dict[Callable[[LogIndex], object], object] = {}
        self.copies = room(len(self._log))  # sorted by kind, with gaps: memory that is never written costs nothing
        groups = len(self.groups) + 1
        self.conversations = self._zeros(groups, passes.CONVERSATION_SUMS)
        self.bookings = self._zeros(groups, passes.BOOKING_SUMS)
        self.tasks_finished = self._zeros(groups)
        self.tasks_ended = self._zeros(len(Task), passes.TASK_SUMS)
        self.seconds = self._zeros(passes.TIME_LINES, passes.BANDS)
        self.seconds_in_lunch = self._zeros(coaches)
        passes.read_log(
            self._log, self._end, self.copies, self._hours(), self.conversations, self.bookings, self.tasks_finished,
            self.tasks_ended, self.seconds, self.seconds_in_lunch,
        )  # fmt: skip

    def _zeros(self, *more: int) -> np.ndarray:
        return np.zeros((self.end_day, *more), dtype=np.int64)

    def _hours(self) -> np.ndarray:
        """Seconds of the day at which coaches finish, and at which lunch begins and ends."""
        finish, lunch_start = int(self.office[ev.D]), int(self.office[ev.E])
        if self.office[ev.GROUP] == 1:  # open round the clock
            return np.array([DAY_SECONDS, lunch_start, lunch_start])
        return np.array([finish, lunch_start, lunch_start + max(0, int(self.office[ev.F]))])

    def of(self, kind: Event) -> Rows:
        """All rows of one kind in the order written; those of kinds that are only added up are looked for in the whole log."""
        if kind not in self._rows:
            rows = self._log[self._log[:, ev.KIND] == kind] if kind in passes.NOT_COPIED else self.copies[slice(*self.bounds(kind))]
            self._rows[kind] = Rows(rows, self.end_day)
        return self._rows[kind]

    def of_safeguarding(self, kind: Event) -> Rows:
        """The rows TASK_MADE, ADMIN or TASK_LAPSED of safeguarding."""
        rows = Rows(self.copies[slice(*self.bounds(kind))], self.end_day)
        return rows.only(rows[ev.A] == Task.SAFEGUARDING)

    def of_chasing(self) -> Rows:
        """The rows TASK_MADE of messages of customers who chase overdue work."""
        rows = Rows(self.copies[slice(*self.bounds(Event.TASK_MADE))], self.end_day)
        return rows.only(rows[ev.A] == Task.CHASED)

    def bounds(self, kind: Event) -> tuple[int, int]:
        """Where the copies of rows of a kind begin and end."""
        return int(self._begin[kind]), int(self._end[kind])

    def within(self, window: DayWindow) -> LogIndex:
        """The same log with other days counted; what does not depend on them is shared."""
        view = copy.copy(self)
        view.start_day, view.until_day, view._made, view._whole = window.first, window.end, {}, self._whole or self
        return view

    def once(self, make: Callable[[LogIndex], Made]) -> Made:
        """What is made of these facts, made once."""
        if self._whole is not None and make not in OF_WINDOW:
            return self._whole.once(make)
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    def counted(self, day: np.ndarray) -> np.ndarray:
        """Which of these days lie in the counted period."""
        return (day >= self.start_day) & (day < self.until_day)

    @cached_property
    def work_before(self) -> np.ndarray:
        """Working days before each day, shape (end_day + 1,)."""
        working = np.zeros(self.end_day + 1, dtype=np.int64)
        rows = self.of(Event.DAY)
        day = rows[ev.D]
        inside = (day >= 0) & (day < self.end_day)
        working[day[inside] + 1] = rows[ev.A][inside]
        return np.cumsum(working)

    @cached_property
    def figures_index(self) -> np.ndarray:
        """Which of the money given is in force on each day, the first on the first day, shape (end_day,)."""
        index = np.zeros(self.end_day, dtype=np.int64)
        rows = self.of(Event.DAY)
        day, figures = rows[ev.D], rows[ev.B]
        inside = (day >= 0) & (day < self.end_day)
        index[day[inside]] = figures[inside] - figures[:1]
        return np.clip(index, 0, len(self.given.money) - 1)

    def price(self, field: str) -> np.ndarray:
        """A cost figure as in force on each day, shape (end_day,)."""
        prices = np.array([getattr(money, field) for money in self.given.money], dtype=np.float64)
        in_force: np.ndarray = prices[self.figures_index]
        return in_force

    @cached_property
    def open_weekdays(self) -> int:
        """How many days a week the office is open."""
        rows = self.of(Event.DAY)
        ordinals = rows[ev.C][rows[ev.A] == 1]
        return max(1, len(np.unique(ordinals % 7)))

    @cached_property
    def coach_days(self) -> Rows:
        """Rows COACH_DAY of coaches present and trained."""
        rows = self.of(Event.COACH_DAY)
        return rows.only(rows[ev.A] == Presence.PRESENT)

    @cached_property
    def loaded_days(self) -> tuple[Rows, np.ndarray]:
        """Coach-days that have a load (present, trained, contracted minutes), and their loads."""
        rows = self.coach_days.only(self.coach_days[ev.B] > 0)
        backlog = np.minimum(rows[ev.D], self.given.counted_backlog_seconds)
        return rows, (rows[ev.C] + backlog) / rows[ev.B]

    @cached_property
    def stays(self) -> Stays:
        """Time in post of each coach; one still here stays until the run ends."""
        entered, left = self.of(Event.COACH_IN), self.of(Event.COACH_OUT)
        gone = np.full(int(entered[ev.COACH].max(initial=0)) + 1, self.end_day, dtype=np.int64)
        gone[left[ev.COACH]] = left.day
        last_day = gone[entered[ev.COACH]]
        bits = entered[ev.D]
        weekdays = sum((bits >> shift) & 1 for shift in range(8))
        return Stays(entered[ev.COACH], entered.day, last_day, entered[ev.A], np.asarray(weekdays), entered[ev.F] == 1)


def stable_order(numbers: np.ndarray) -> np.ndarray:
    """Order by whole numbers from 0, equal ones as they stand."""
    # numpy sorts 16 bits by counting, which is many times faster
    small = numbers.max(initial=0) < SMALL
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")
