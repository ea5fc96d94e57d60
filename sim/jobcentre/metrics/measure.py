"""From an event log to numbers: each metric's numerator and denominator, over the counted period or by week."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jobcentre.metrics.daily_sums import Tally
from jobcentre.metrics.definitions import METRICS, Adds
from jobcentre.metrics.log_index import LogIndex, MeasureWith, new_room
from jobcentre.model.events import EventLog

if TYPE_CHECKING:
    import pandas as pd

Measured = dict[tuple[str, str | None], tuple[float, float]]
WindowMeasures = dict[tuple[str, str], tuple[float, float]]  # by window and metric, all customers together
WEEKLY_COLUMNS = ("week", "metric", "numerator", "denominator")
COLUMNS = ("run", "group", "metric", "numerator", "denominator", "value")


class WeeklyTable(NamedTuple):
    """Numerators and denominators by metric and week, shape (metrics, weeks)."""

    weeks: np.ndarray
    metrics: tuple[str, ...]
    numerators: np.ndarray
    denominators: np.ndarray

    def frame(self) -> pd.DataFrame:
        """The table in long form."""
        import pandas as pd  # takes 65 MB, which a run that is only measured does not need

        columns = (
            np.tile(self.weeks, len(self.metrics)), np.repeat(self.metrics, len(self.weeks)).astype(object), self.numerators.ravel(),
            self.denominators.ravel(),
        )  # fmt: skip
        return pd.DataFrame(dict(zip(WEEKLY_COLUMNS, columns, strict=True)))

    def csv(self) -> str:
        """The table in long form as CSV, as pandas writes it."""
        weeks = self.weeks.tolist()
        lines = [
            f"{week},{metric},{over!r},{under!r}\n"
            for metric, numerators, denominators in zip(self.metrics, self.numerators.tolist(), self.denominators.tolist(), strict=True)
            for week, over, under in zip(weeks, numerators, denominators, strict=True)
        ]
        return ",".join(WEEKLY_COLUMNS) + "\n" + "".join(lines)


def measure(log: EventLog, given: MeasureWith) -> Measured:
    """Numerator and denominator of every metric in the window of the headlines, by (metric, group); group none: all together.

    The denominator of a count is 1.
    """
    facts = _index(log, given)
    return _measured(_headline(facts))


_used = threading.local()
MOST_ROOM = 1_500_000  # rows, as of an office of 30 coaches; more is given back


def _index(log: EventLog, given: MeasureWith) -> LogIndex:
    """The index of a log in the memory of the one before: to have it anew from the system takes longer than to copy the rows."""
    return LogIndex(log, given, _room)


def _room(rows: int) -> np.ndarray:
    room: np.ndarray | None = getattr(_used, "room", None)
    if room is None or len(room) < rows:
        room = new_room(rows)
        _used.room = room if rows <= MOST_ROOM else None
    return room


def weekly(log: EventLog, given: MeasureWith) -> pd.DataFrame:
    """Numerators and denominators by week (columns week, metric, numerator, denominator).

    Week 0 is the first counted week; weeks of the warm-up are negative. The denominator of a count is 1.
    """
    return _by_week(LogIndex(log, given)).frame()


def measure_all(log: EventLog, given: MeasureWith) -> tuple[Measured, WindowMeasures, WeeklyTable]:
    """The results of `measure`, those of every window, and those of `weekly`, from one index of the log."""
    facts = _index(log, given)
    measured = _measured(_headline(facts))
    windows: WindowMeasures = {}
    for window in given.windows:
        values = measured if window is given.windows[0] else _measured(facts.within(window), by_group=False)
        windows |= {(window.name, metric): pair for (metric, group), pair in values.items() if group is None}
    return measured, windows, _by_week(facts)


def _headline(facts: LogIndex) -> LogIndex:
    return facts.within(facts.given.windows[0]) if facts.given.windows else facts


def _measured(facts: LogIndex, by_group: bool = True) -> Measured:
    counted = slice(facts.start_day, facts.until_day)
    sums: dict[Adds | None, tuple[float, list[float]]] = {None: (1.0, [1.0] * len(facts.groups))}  # many metrics have the same divisor
    for metric in METRICS:
        for adds in (metric.over, metric.under):
            if adds is not None and adds not in sums:
                sums[adds] = _sums(facts.once(adds), counted, len(facts.groups) if by_group else 0)
    measured: Measured = {}
    for metric in METRICS:
        (over, over_groups), (under, under_groups) = sums[metric.over], sums[metric.under]
        measured[metric.name, None] = (over, under)
        if metric.by_group and by_group:
            for group, parts in zip(facts.groups, zip(over_groups, under_groups, strict=True), strict=True):
                measured[metric.name, group] = parts
    return measured


def _sums(tally: Tally, days: slice, groups: int) -> tuple[float, list[float]]:
    """Sums of all and of each group; amounts without a group hold for every group alike."""
    total = float(tally.total[days].sum())
    return total, [total] * groups if tally.groups is None else tally.groups[:groups, days].sum(axis=1).tolist()


def _by_week(facts: LogIndex) -> WeeklyTable:
    week_of_day = (np.arange(facts.end_day) - facts.start_day) // 7
    first = -(-facts.start_day // 7)
    weeks = np.arange(-first, max(0, -(-(facts.end_day - facts.start_day) // 7)))

    def sums(adds: Adds | None) -> np.ndarray:
        return np.ones(len(weeks)) if adds is None else np.bincount(week_of_day + first, facts.once(adds).total, len(weeks))

    chosen = [metric for metric in METRICS if metric.weekly]
    over, under = np.array([sums(metric.over) for metric in chosen]), np.array([sums(metric.under) for metric in chosen])
    return WeeklyTable(weeks, tuple(metric.name for metric in chosen), over, under)


def tidy(measured: Mapping[int, Measured]) -> pd.DataFrame:
    """Long table of measured runs (columns run, group, metric, numerator, denominator, value).

    The value is missing where the denominator is 0.
    """
    import pandas as pd

    rows = [
        (run, group, metric, over, under, over / under if under else float("nan"))
        for run, values in measured.items()
        for (metric, group), (over, under) in values.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
