"""An event log as quick look-ups: columns by kind, days and hours, read once and shared by all tallies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from sim.model import events as ev
from sim.model.events import Event, EventLog, Presence

DAY_SECONDS = 86_400
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
MICRO = 1e6
SMALL = 2**16

Made = TypeVar("Made")


class Money(NamedTuple):
    """What things cost while one set of figures is in force."""

    salary_pounds: float = 0.0
    overtime_pounds_per_hour: float = 0.0
    hire_pounds: float = 0.0
    reminder_pounds: float = 0.0  # per booking; 0 while no reminders are sent


class MeasureWith(NamedTuple):
    """Figures that the metrics need beside the log."""

    counted_backlog_seconds: float = 0.0
    crisis_strain: float = float("inf")
    money: tuple[Money, ...] = (Money(),)  # by index of the figures in force
    causes: Mapping[str, tuple[str, ...]] = {}  # each group's exits in file order
    reference_second: int | None = None  # none: the first counted second


class Pieces(NamedTuple):
    """Stretches of coaches' work, cut at midnight, with the seconds that lie in lunch and after finish."""

    kind: np.ndarray
    coach: np.ndarray
    day: np.ndarray
    seconds: np.ndarray
    lunch: np.ndarray
    overtime: np.ndarray


class Stays(NamedTuple):
    """Each coach's time in post as days, from the first in post to the first no longer in post."""

    coach: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    service_day: np.ndarray  # first day of service
    weekdays: np.ndarray  # days a week


class Rows:
    """Some rows of a log in the order written; `rows[column]` is read from the log when first asked for and kept."""

    def __init__(self, cells: np.ndarray, first: np.ndarray) -> None:
        self._cells = cells  # of the whole log, row after row
        self._first = first  # where each of these rows begins
        self._columns: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._first)

    def __getitem__(self, column: int) -> np.ndarray:
        if column not in self._columns:
            # `take` is twice as quick as an index in brackets, and its mode "clip" spares a copy
            self._columns[column] = self._cells[column:].take(self._first, mode="clip")
        return self._columns[column]

    def only(self, mine: np.ndarray) -> Rows:
        """Those of the rows that are marked."""
        return Rows(self._cells, self._first[mine])

    @cached_property
    def day(self) -> np.ndarray:
        """Day on which each row was written."""
        return self[ev.TIME] // DAY_SECONDS

    @cached_property
    def start_day(self) -> np.ndarray:
        """Day of each row's start."""
        return self[ev.START] // DAY_SECONDS


class Facts:
    """One log, read lazily: every table is made when first asked for and kept."""

    def __init__(self, log: EventLog, given: MeasureWith) -> None:
        self.given = given
        self.groups = log.group_names
        self._cells = log.rows.reshape(-1)
        kinds = log.rows[:, ev.KIND].astype(np.uint8)
        self._first = np.argsort(kinds, kind="stable") * ev.WIDTH
        self._bounds = np.concatenate(([0], np.cumsum(np.bincount(kinds, minlength=256))))
        self._rows: dict[Event, Rows] = {}
        self._made: dict[Callable[[Facts], object], object] = {}
        office = self.of(Event.OFFICE)
        if len(office) != 1:
            raise ValueError("the event log has no row OFFICE, or more than one")
        self.office = np.array([office[column][0] for column in range(ev.WIDTH)])
        self.start_day = int(self.office[ev.START]) // DAY_SECONDS
        self.end_day = int(self.office[ev.SERIAL]) // DAY_SECONDS
        self.round_the_clock = self.office[ev.GROUP] == 1

    def of(self, kind: Event) -> Rows:
        """All rows of one kind in the order written."""
        if kind not in self._rows:
            self._rows[kind] = Rows(self._cells, self._first[self._bounds[kind] : self._bounds[kind + 1]])
        return self._rows[kind]

    def once(self, make: Callable[[Facts], Made]) -> Made:
        """What is made of these facts, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    def counted(self, day: np.ndarray) -> np.ndarray:
        """Which of these days lie in the counted period."""
        return (day >= self.start_day) & (day < self.end_day)

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
        return Stays(entered[ev.COACH], entered.day, last_day, entered[ev.A], np.asarray(weekdays))

    @cached_property
    def pieces(self) -> Pieces:
        """All stretches of coaches' work, cut at midnight; idle time and lunch taken are not work."""
        stretches = [self.of(kind) for kind in ev.STRETCHES if kind not in (Event.IDLE, Event.LUNCH)]
        kind, coach, start, end = (
            np.concatenate([rows[column] for rows in stretches]) for column in (ev.KIND, ev.COACH, ev.START, ev.TIME)
        )
        first, last = start // DAY_SECONDS, np.maximum(end - 1, start) // DAY_SECONDS
        if np.any(last > first):
            parts = last - first + 1
            kind, coach, start, end, first = (np.repeat(column, parts) for column in (kind, coach, start, end, first))
            within = np.arange(len(first)) - np.repeat(np.cumsum(parts) - parts, parts)
            first = first + within
            start = np.maximum(start, first * DAY_SECONDS)
            end = np.minimum(end, (first + 1) * DAY_SECONDS)
        return Pieces(kind, coach, first, end - start, *self._bands(start - first * DAY_SECONDS, end - first * DAY_SECONDS))

    def _bands(self, begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.round_the_clock:
            return np.zeros_like(begin), np.zeros_like(begin)
        lunch_start, finish = int(self.office[ev.E]), int(self.office[ev.D])
        lunch_end = lunch_start + max(0, int(self.office[ev.F]))
        lunch = np.clip(np.minimum(end, lunch_end) - np.maximum(begin, lunch_start), 0, None)
        return lunch, np.clip(end - np.maximum(begin, finish), 0, None)


def stable_order(numbers: np.ndarray) -> np.ndarray:
    """Order by whole numbers from 0, equal ones as they stand."""
    # numpy sorts 16 bits by counting, which is many times faster
    small = numbers.max(initial=0) < SMALL
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


def second_of(date: dt.date, first_day: dt.date) -> int:
    """Second of a run at which a date begins."""
    return (date - first_day).days * DAY_SECONDS
