"""An event log as quick look-ups: rows by kind, days and hours, read once and shared by all tallies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.model import events as ev
from sim.model.events import Event, EventLog, Presence

DAY_SECONDS = 86_400
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
MICRO = 1e6
MANY_ROWS = 30_000


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
    """Stretches of coaches' time, cut at midnight, with the seconds that lie in lunch and after finish."""

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


class Facts:
    """One log, read lazily: every table is made when first asked for and kept."""

    def __init__(self, log: EventLog, given: MeasureWith) -> None:
        self.given = given
        self.groups = log.group_names
        self._rows = log.rows
        kinds = log.rows[:, ev.KIND].astype(np.uint8)
        self._order = np.argsort(kinds, kind="stable").astype(np.int32)
        self._bounds = np.concatenate(([0], np.cumsum(np.bincount(kinds, minlength=256))))
        self._kept: dict[int, np.ndarray] = {}
        office = self.of(Event.OFFICE)
        if len(office) != 1:
            raise ValueError("the event log has no row OFFICE, or more than one")
        self.office = office[0]
        self.start_day = int(self.office[ev.START]) // DAY_SECONDS
        self.end_day = int(self.office[ev.SERIAL]) // DAY_SECONDS
        self.round_the_clock = self.office[ev.GROUP] == 1

    def of(self, kind: Event) -> np.ndarray:
        """All rows of one kind in the order written, shape (n, 14)."""
        if kind in self._kept:
            return self._kept[kind]
        rows = self._rows[self._order[self._bounds[kind] : self._bounds[kind + 1]]]
        if len(rows) < MANY_ROWS:  # the largest kinds are looked at once or twice, and keeping them would hold the log twice
            self._kept[kind] = rows
        return rows

    def counted(self, day: np.ndarray) -> np.ndarray:
        """Which of these days lie in the counted period."""
        return (day >= self.start_day) & (day < self.end_day)

    @cached_property
    def work_before(self) -> np.ndarray:
        """Working days before each day, shape (end_day + 1,)."""
        working = np.zeros(self.end_day + 1, dtype=np.int64)
        rows = self.of(Event.DAY)
        day = rows[:, ev.D]
        inside = (day >= 0) & (day < self.end_day)
        working[day[inside] + 1] = rows[inside, ev.A]
        return np.cumsum(working)

    @cached_property
    def figures_index(self) -> np.ndarray:
        """Which of the money given is in force on each day, the first on the first day, shape (end_day,)."""
        index = np.zeros(self.end_day, dtype=np.int64)
        rows = self.of(Event.DAY)
        inside = (rows[:, ev.D] >= 0) & (rows[:, ev.D] < self.end_day)
        index[rows[inside, ev.D]] = rows[inside, ev.B] - rows[:1, ev.B]
        return np.clip(index, 0, len(self.given.money) - 1)

    def price(self, field: str, day: np.ndarray) -> np.ndarray:
        """A cost figure as in force on each of these days."""
        prices = np.array([getattr(money, field) for money in self.given.money], dtype=np.float64)
        in_force: np.ndarray = prices[self.figures_index[np.clip(day, 0, max(0, self.end_day - 1))]]
        return in_force

    @cached_property
    def open_weekdays(self) -> int:
        """How many days a week the office is open."""
        rows = self.of(Event.DAY)
        ordinals = rows[rows[:, ev.A] == 1, ev.C]
        return max(1, len(np.unique(ordinals % 7)))

    @cached_property
    def coach_days(self) -> np.ndarray:
        """Rows COACH_DAY of coaches present and trained."""
        rows = self.of(Event.COACH_DAY)
        present: np.ndarray = rows[rows[:, ev.A] == Presence.PRESENT]
        return present

    @cached_property
    def loaded_days(self) -> tuple[np.ndarray, np.ndarray]:
        """Coach-days that have a load (present, trained, contracted minutes), and their loads."""
        rows = self.coach_days
        rows = rows[rows[:, ev.B] > 0]
        backlog = np.minimum(rows[:, ev.D], self.given.counted_backlog_seconds)
        return rows, (rows[:, ev.C] + backlog) / rows[:, ev.B]

    @cached_property
    def stays(self) -> Stays:
        """Time in post of each coach; one still here stays until the run ends."""
        entered, left = self.of(Event.COACH_IN), self.of(Event.COACH_OUT)
        gone = np.full(int(entered[:, ev.COACH].max(initial=0)) + 1, self.end_day, dtype=np.int64)
        gone[left[:, ev.COACH]] = left[:, ev.TIME] // DAY_SECONDS
        last_day = gone[entered[:, ev.COACH]]
        bits = entered[:, ev.D]
        weekdays = sum((bits >> shift) & 1 for shift in range(8))
        return Stays(entered[:, ev.COACH], entered[:, ev.TIME] // DAY_SECONDS, last_day, entered[:, ev.A], np.asarray(weekdays))

    @cached_property
    def pieces(self) -> Pieces:
        """All stretches of coaches' time, cut at midnight."""
        rows = np.concatenate([self.of(kind)[:, [ev.KIND, ev.COACH, ev.START, ev.TIME]] for kind in ev.STRETCHES])
        kind, coach, start, end = rows.T  # 32 bits are enough for seconds, and half the memory
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


def second_of(date: dt.date, first_day: dt.date) -> int:
    """Second of a run at which a date begins."""
    return (date - first_day).days * DAY_SECONDS
