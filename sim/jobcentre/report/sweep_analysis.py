"""The findings of a sweep: the ends of each metric, the points not distinguishable from them, and the input that moves it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from jobcentre.metrics import Metric
from jobcentre.report.saved import SavedAxis, SavedSweep, Value
from jobcentre.stats.exact import RankCorrelation, rank_correlation

#: Where a share of coach-days tips an office over: a definition of the reports, not a measured threshold.
LIMITS = {"overloaded_share": 0.5}


class Ends(NamedTuple):
    """The points with the best and the worst mean (lowest and highest where neither is better).

    `alike` are other points with the very mean of the best; `close` those others whose interval overlaps that of the best.
    """

    best: int
    worst: int
    alike: tuple[int, ...]
    close: tuple[int, ...]
    points: int
    decided: bool  # whether the intervals of best and worst lie apart


class Move(NamedTuple):
    """The range of a metric's average over the values of one input, each averaged over all values of the others.

    `least` and `most` hold whatever the correlation between points: an average of correlated means is no less certain than they are.
    """

    axis: SavedAxis
    lowest_at: Value
    highest_at: Value
    lowest: float
    highest: float
    least: float | None
    most: float | None

    @property
    def span(self) -> float:
        """From the lowest to the highest average."""
        return self.highest - self.lowest


class Sides(NamedTuple):
    """Points by where their whole interval lies: above a limit, below it, or neither."""

    above: tuple[int, ...]
    below: tuple[int, ...]
    unclear: tuple[int, ...]


def ends(sweep: SavedSweep, scenario: str, metric: Metric) -> Ends | None:
    """Gives the best and the worst point of a metric; nothing where no point has a value."""
    table = sweep.table(scenario, metric.name)
    if table.empty:
        return None
    lowest, highest = int(table["mean"].idxmin()), int(table["mean"].idxmax())
    best, worst = (highest, lowest) if metric.better == "higher" else (lowest, highest)
    mean = table["mean"]
    alike = tuple(int(point) for point in table.index[mean == mean[best]] if point != best)
    close = overlapping(table, best)
    return Ends(best, worst, alike, close, len(table), best != worst and worst not in close)


def overlapping(table: pd.DataFrame, point: int) -> tuple[int, ...]:
    """Gives other points whose interval overlaps that of a point, or that have none."""
    low, high = table["low"][point], table["high"][point]
    separate = (table["low"] > high) | (table["high"] < low)
    return tuple(int(number) for number in table.index[~separate] if number != point)


def materially_worse(sweep: SavedSweep, scenario: str, metric: Metric, best: int) -> tuple[int, ...] | None:
    """Gives points whose whole interval is worse than that of the best by more than matters."""
    table = sweep.table(scenario, metric.name)
    if metric.better is None or pd.isna(table["low"][best]):
        return None
    if metric.better == "lower":
        worse = table["low"] - table["high"][best] > metric.matters
    else:
        worse = table["low"][best] - table["high"] > metric.matters
    return tuple(int(point) for point in table.index[worse])


def sides(sweep: SavedSweep, scenario: str, metric: str, limit: float) -> Sides:
    """Which points lie above a limit and which below, as far as their intervals say."""
    table = sweep.table(scenario, metric)
    above, below = table["low"] > limit, table["high"] < limit
    parts = (table.index[above], table.index[below], table.index[~above & ~below])
    return Sides(*(tuple(int(point) for point in part) for part in parts))


def averages(sweep: SavedSweep, scenario: str, metric: str, indices: Sequence[int]) -> pd.DataFrame:
    """Mean, low and high averaged over all points with the same values of these figures; empty unless every point has a value."""
    table = sweep.table(scenario, metric)
    if len(table) < len(sweep.points):
        return table.iloc[:0]
    keys = [[sweep.points[int(point)][index] for point in table.index] for index in indices]
    # an average over points of which some lack an interval has none
    return table[["mean", "low", "high"]].groupby(keys, sort=False).agg(lambda column: column.mean(skipna=False))


def moves(sweep: SavedSweep, scenario: str, metric: str) -> list[Move]:
    """Gives the main effect of each input of a grid on a metric, the largest first."""
    all_moves = []
    for index, axis in enumerate(sweep.axes):
        table = averages(sweep, scenario, metric, [index])
        if table.empty or len(table) < 2:
            continue
        low, high = table["mean"].idxmin(), table["mean"].idxmax()
        least, most = table["low"][high] - table["high"][low], table["high"][high] - table["low"][low]
        limits = (None, None) if pd.isna(least) or pd.isna(most) else (float(least), float(most))
        all_moves.append(Move(axis, low, high, float(table["mean"][low]), float(table["mean"][high]), *limits))
    return sorted(all_moves, key=lambda move: -move.span)


def moves_most_for_certain(all_moves: Sequence[Move]) -> bool:
    """Whether the first of several figures moves the metric by more than any other, whatever the intervals leave open."""
    first, *others = all_moves
    if first.least is None:
        return False
    return all(rival.most is not None and first.least > rival.most for rival in others)


def ranks(sweep: SavedSweep, scenario: str, metric: str) -> list[tuple[SavedAxis, RankCorrelation]]:
    """Gives the rank correlation of a metric with each input over the points, the strongest first."""
    table = sweep.table(scenario, metric)
    correlations = []
    for index, axis in enumerate(sweep.axes):
        at = [axis.place(sweep.points[int(point)][index]) for point in table.index]
        correlation = rank_correlation(at, table["mean"]) if at else None
        if correlation is not None:
            correlations.append((axis, correlation))
    return sorted(correlations, key=lambda pair: -abs(pair[1].rho))


def clearly_strongest(correlations: Sequence[tuple[SavedAxis, RankCorrelation]]) -> bool:
    """Whether the interval of the first correlation is farther from 0 than all others."""
    (_, first), *others = correlations
    if first.low is None or first.high is None or first.low <= 0 <= first.high:
        return False
    least = min(abs(first.low), abs(first.high))
    return all(entry.low is not None and entry.high is not None and max(abs(entry.low), abs(entry.high)) < least for _, entry in others)


def strongest(sweep: SavedSweep, metric: str, most: int) -> list[int]:
    """Places of the figures that matter most to a metric over all scenarios, in the order of the plan."""
    weights = dict.fromkeys(range(len(sweep.axes)), 0.0)
    of = {axis.name: index for index, axis in enumerate(sweep.axes)}
    for scenario in sweep.scenarios:
        if sweep.is_grid:
            for move in moves(sweep, scenario, metric):
                weights[of[move.axis.name]] += move.span
        else:
            for axis, correlation in ranks(sweep, scenario, metric):
                weights[of[axis.name]] += abs(correlation.rho)
    return sorted(sorted(weights, key=lambda index: -weights[index])[:most])


def stretches(values: Sequence[Value], all_values: Sequence[Value]) -> list[tuple[Value, Value]]:
    """Values as stretches without a gap, each by its first and last."""
    indices = sorted(all_values.index(value) for value in values)
    breaks = [0, *(number + 1 for number, (a, b) in enumerate(pairwise(indices)) if b > a + 1), len(indices)]
    return [(all_values[indices[a]], all_values[indices[b - 1]]) for a, b in pairwise(breaks) if b > a]
