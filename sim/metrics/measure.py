"""From an event log to numbers: each metric's numerator and denominator, over the counted period or by week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.declared import METRICS, Adds
from sim.metrics.facts import Facts, MeasureWith
from sim.metrics.tally import Tally
from sim.model.events import EventLog

if TYPE_CHECKING:
    import pandas as pd

Measured = dict[tuple[str, str | None], tuple[float, float]]
COLUMNS = ("run", "group", "metric", "numerator", "denominator", "value")


def measure(log: EventLog, given: MeasureWith) -> Measured:
    """Numerator and denominator of every metric over the counted period, by (metric, group); group none: all together.

    The denominator of a count is 1.
    """
    facts = Facts(log, given)
    totals: dict[Adds, float] = {}
    groups: dict[Adds, np.ndarray] = {}
    in_groups = _used(by_group=True)
    for adds in _used():  # one tally at a time: together they are larger than the log
        tally = adds(facts)
        totals[adds] = _total(facts, tally)
        if adds in in_groups:
            groups[adds] = _by_group(facts, tally)
    measured: Measured = {}
    for metric in METRICS:
        measured[metric.name, None] = (totals[metric.over], 1.0 if metric.under is None else totals[metric.under])
        if metric.by_group:
            for number, group in enumerate(log.group_names):
                below = 1.0 if metric.under is None else float(groups[metric.under][number])
                measured[metric.name, group] = (float(groups[metric.over][number]), below)
    return measured


def weekly(log: EventLog, given: MeasureWith) -> pd.DataFrame:
    """Numerators and denominators by week (columns week, metric, numerator, denominator).

    Week 0 is the first counted week; weeks of the warm-up are negative. The denominator of a count is 1.
    """
    import pandas as pd  # takes 65 MB, which a run that is only measured does not need

    facts = Facts(log, given)
    first = -(-facts.start_day // 7)
    weeks = np.arange(-first, max(0, -(-(facts.end_day - facts.start_day) // 7)))
    sums = {adds: _by_week(facts, adds(facts), first, len(weeks)) for adds in _used(weekly=True)}
    ones = np.ones(len(weeks))
    parts = []
    for metric in METRICS:
        if metric.weekly:
            under = ones if metric.under is None else sums[metric.under]
            parts.append(pd.DataFrame({"week": weeks, "metric": metric.name, "numerator": sums[metric.over], "denominator": under}))
    return pd.concat(parts, ignore_index=True)


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


def _used(*, by_group: bool = False, weekly: bool = False) -> set[Adds]:
    """The tallies that metrics with these breakdowns use."""
    chosen = [metric for metric in METRICS if metric.by_group >= by_group and metric.weekly >= weekly]
    return {adds for metric in chosen for adds in (metric.over, metric.under) if adds is not None}


def _total(facts: Facts, tally: Tally) -> float:
    return float(tally.amount[facts.counted(tally.day)].sum())


def _by_group(facts: Facts, tally: Tally) -> np.ndarray:
    """Sum of each group; amounts without a group hold for every group alike."""
    groups = len(facts.groups)
    if tally.group is None:
        return np.full(groups, _total(facts, tally))
    mine = facts.counted(tally.day) & (tally.group >= 0)
    return np.bincount(tally.group[mine], weights=tally.amount[mine], minlength=groups)


def _by_week(facts: Facts, tally: Tally, first: int, weeks: int) -> np.ndarray:
    week = (tally.day - facts.start_day) // 7 + first
    inside = (tally.day < facts.end_day) & (week >= 0) & (week < weeks)
    return np.bincount(week[inside], weights=tally.amount[inside], minlength=weeks)
