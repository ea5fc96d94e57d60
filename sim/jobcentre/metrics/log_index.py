"""An event log as quick look-ups: columns by kind, days and hours, read once and shared by all tallies."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.events import Event, EventLog, Presence
from jobcentre.model.log_passes import KINDS, first_rows, sort_by_kind

DAY_SECONDS = 86_400
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
MICRO = 1e6
SMALL = 2**16

_STRETCH = (ev.TIME, ev.COACH, ev.START)
#: Columns of the largest kinds that tallies use, which are read at once: of all other kinds it is every column.
USED = {
    Event.BOOKED: (ev.TIME, ev.CUSTOMER, ev.GROUP, ev.A, ev.B, ev.C, ev.E, ev.F, ev.G),
    Event.CONVERSATION: (*_STRETCH, ev.GROUP, ev.B, ev.C, ev.D, ev.E, ev.G),
    Event.ADMIN: (*_STRETCH, ev.GROUP, ev.A, ev.B),
    Event.TASK_MADE: (ev.A,),
    Event.IDLE: _STRETCH,
}
#: The same by kind as `sort_by_kind` takes it.
_WANTED = np.tile(np.arange(ev.WIDTH, dtype=np.int64), (KINDS, 1))
for _kind, _columns in USED.items():
    _WANTED[_kind] = [*_columns, *[-1] * (ev.WIDTH - len(_columns))]

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


class Rows:
    """Some rows of a log in the order written; `rows[column]` is read when first asked for, where it is not there, and kept."""

    def __init__(self, log: np.ndarray, which: np.ndarray, end_day: int, columns: dict[int, np.ndarray]) -> None:
        self._log = log
        self._which = which
        self._end_day = end_day
        self._columns = columns

    def __len__(self) -> int:
        return len(self._which)

    def __getitem__(self, column: int) -> np.ndarray:
        if column not in self._columns:
            self._columns[column] = self._log[:, column][self._which]
        return self._columns[column]

    def only(self, chosen: np.ndarray) -> Rows:
        """The chosen rows."""
        return Rows(self._log, self._which[chosen], self._end_day, {column: values[chosen] for column, values in self._columns.items()})

    @property
    def day(self) -> np.ndarray:
        """Day on which each row was written."""
        return self[ev.TIME] // DAY_SECONDS

    @property
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


class LogIndex:
    """One log, read lazily: every table is made when first asked for and kept.

    `room` is memory of at least the size of the log, for columns that nobody reads when the next index is made in it.
    """

    def __init__(self, log: EventLog, given: MeasureWith, room: np.ndarray | None = None) -> None:
        self.given = given
        self.groups = log.group_names
        self._log = np.ascontiguousarray(log.rows, dtype=np.int32)
        self._bounds = np.zeros(KINDS + 1, dtype=np.int64)
        first_rows(self._log, self._bounds)
        self._by_kind = np.empty(len(self._log), dtype=np.int32)
        room = np.empty(self._log.size, dtype=np.int32) if room is None else room[: self._log.size]
        self._columns = room.reshape(self._log.shape[::-1])
        sort_by_kind(self._log, self._bounds.copy(), _WANTED, self._by_kind, self._columns)
        self._rows: dict[Event, Rows] = {}
        self._made: dict[Callable[[LogIndex], object], object] = {}
        office = self._which(Event.OFFICE)
        if len(office) != 1:
            raise ValueError("the event log has no row OFFICE, or more than one")
        self.office = log.rows[office[0]]
        self.start_day = int(self.office[ev.START]) // DAY_SECONDS  # first counted
        self.end_day = int(self.office[ev.SERIAL]) // DAY_SECONDS  # of the run
        self.until_day = self.end_day  # first no longer counted
        self._whole: LogIndex | None = None  # of which this is a view; no circle, which would keep the log in memory
        self.round_the_clock = self.office[ev.GROUP] == 1

    def of(self, kind: Event) -> Rows:
        """All rows of one kind in the order written."""
        if kind not in self._rows:
            inside = slice(self._bounds[kind], self._bounds[kind + 1])
            columns = {column: self._columns[column, inside] for column in USED.get(kind, range(ev.WIDTH))}
            self._rows[kind] = Rows(self._log, self._which(kind), self.end_day, columns)
        return self._rows[kind]

    def _which(self, kind: Event) -> np.ndarray:
        return self._by_kind[self._bounds[kind] : self._bounds[kind + 1]]

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
        return Stays(entered[ev.COACH], entered.day, last_day, entered[ev.A], np.asarray(weekdays))


def stable_order(numbers: np.ndarray) -> np.ndarray:
    """Order by whole numbers from 0, equal ones as they stand."""
    # numpy sorts 16 bits by counting, which is many times faster
    small = numbers.max(initial=0) < SMALL
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")
