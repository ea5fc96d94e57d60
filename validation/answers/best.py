"""How often a table of which scenarios may be the best leaves the best one out, on samples of real runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.stats.best import indistinguishable_from_best
from jobcentre.stats.comparisons import Measure, RunValues, paired
from jobcentre.stats.exact import t_quantile
from jobcentre.stats.intervals import Kind, runs_and_level, standard_error
from validation.answers.resampling import Wrong, places
from validation.statistics.coverage import truth
from validation.statistics.pool import Pool

#: The metrics of the table: the headlines that have a better direction.
METRICS = tuple(name for name in HEADLINES if BY_NAME[name].better)
LEVEL = 0.95

Scenarios = Mapping[str, Mapping[str, RunValues]]


class LeftOut(NamedTuple):
    """Tables that leave the best of some metric out, at any look; how often at each look for the first time, and for each metric."""

    tables: Wrong
    first_at: tuple[int, ...]
    by_metric: Mapping[str, int]


def true_order(pools: Mapping[str, Pool], metric: str) -> list[tuple[str, float]]:
    """The scenarios with their values over the whole pools, the best first."""
    true_values = [(name, truth(pool, (metric, None))) for name, pool in pools.items()]
    return sorted(true_values, key=lambda pair: pair[1], reverse=BY_NAME[metric].better == "higher")


def left_out(
    pools: Mapping[str, Pool], runs: Sequence[int], kind: Kind, samples: int, seed: int,
    metrics: Sequence[str] = METRICS, level: float = LEVEL,
) -> LeftOut:  # fmt: skip
    """Tables of the metrics at each of these numbers of runs; `level` is that of the whole table."""
    best = {metric: true_order(pools, metric)[0][0] for metric in metrics}
    (pool_runs,) = {pool.runs for pool in pools.values()}
    first, by_metric, wrong = [0] * len(runs), dict.fromkeys(metrics, 0), 0
    for chosen in places(pool_runs, runs[-1], samples, seed):
        drawn = sample(pools, chosen, metrics)
        at = {metric: _first_without(drawn, metric, best[metric], runs, kind, len(metrics), level) for metric in metrics}
        looks = [look for look in at.values() if look is not None]
        for metric in metrics:
            by_metric[metric] += at[metric] is not None
        if looks:
            wrong += 1
            first[min(looks)] += 1
    return LeftOut(Wrong(wrong, samples), tuple(first), by_metric)


def sizes(pools: Mapping[str, Pool], runs: int, samples: int, seed: int, metrics: Sequence[str] = METRICS) -> dict[str, float]:
    """The mean number of scenarios that may be the best in each metric, from tables as the program makes them."""
    (pool_runs,) = {pool.runs for pool in pools.values()}
    counts = dict.fromkeys(metrics, 0)
    for chosen in places(pool_runs, runs, samples, seed):
        for row in indistinguishable_from_best(sample(pools, chosen, metrics), [measure_of(metric) for metric in metrics]):
            counts[row.metric] += row.may_be_best
    return {metric: count / samples for metric, count in counts.items()}


def sample(pools: Mapping[str, Pool], chosen: Sequence[int], metrics: Sequence[str]) -> dict[str, dict[str, RunValues]]:
    """These runs of every scenario."""
    sampled: dict[str, dict[str, RunValues]] = {}
    for name, pool in pools.items():
        sampled[name] = {metric: (top[chosen], bottom[chosen]) for metric in metrics for top, bottom in [pool.of((metric, None))]}
    return sampled


def measure_of(metric: str) -> Measure:
    """What the table must know of a metric."""
    declared = BY_NAME[metric]
    return Measure(metric, declared.aggregation, declared.better, declared.matters)


def is_left_out(drawn: Scenarios, metric: str, best: str, kind: Kind, of_metrics: int, level: float = LEVEL) -> bool:
    """Whether the set of a metric is without the best scenario, in a table of so many metrics.

    A table of one metric with this metric's share of the error says the same as its row of the whole table. It is made only where
    some scenario leads the best one by more than a single one-sided t asks for, which is never more than the table asks for: that
    changes nothing and spares nearly all of the time.
    """
    own_level = 1 - (1 - level) / of_metrics
    if not _seems_beaten(drawn, metric, best, kind, own_level):
        return False
    rows = indistinguishable_from_best(drawn, [measure_of(metric)], own_level, kind)
    return not next(row.may_be_best for row in rows if row.scenario == best)


def _first_without(
    drawn: Scenarios, metric: str, best: str, runs: Sequence[int], kind: Kind, of_metrics: int, level: float
) -> int | None:  # fmt: skip
    """The place of the first number of runs at which the best scenario is left out."""
    for place, number in enumerate(runs):
        so_far = {name: {metric: _first(values[metric], number)} for name, values in drawn.items()}
        if is_left_out(so_far, metric, best, kind, of_metrics, level):
            return place
    return None


def _seems_beaten(drawn: Scenarios, metric: str, best: str, kind: Kind, level: float) -> bool:
    measure, sign = measure_of(metric), 1.0 if BY_NAME[metric].better == "higher" else -1.0
    used, inner_level = runs_and_level(len(np.asarray(drawn[best][metric][0])), level, kind)
    if inner_level is None:
        return False
    for name in drawn:
        pair = paired(name, drawn[name], drawn[best], measure, used) if name != best else None
        if pair is None or pair.pseudo_values is None or pair.difference is None or sign * pair.difference <= 0:
            continue
        # a little less than the table asks for, so that rounding cannot decide
        if sign * pair.difference > 0.999999 * t_quantile(2 * inner_level - 1, pair.freedom) * standard_error(pair.pseudo_values):
            return True
    return False


def _first(values: RunValues, runs: int) -> RunValues:
    return np.asarray(values[0])[:runs], np.asarray(values[1])[:runs]


def gap(order: Sequence[tuple[str, float]]) -> float:
    """How far the second is behind the best."""
    (first, second), *_ = pairwise(value for _, value in order)
    return abs(second - first)
