"""How often intervals from few runs hold the truth, which is the value of the whole pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Key
from jobcentre.stats.exact import logistic, logit, t_quantile
from jobcentre.stats.interim_looks import look
from jobcentre.stats.intervals import Floats, Interval, as_ratio, interval, spread_of, standard_error, wilson
from validation.statistics.pool import Pool

RUNS = (20, 25, 50, 100, 200)
LOOKS = 5
ENOUGH = 0.93
Flags = NDArray[np.bool_]
#: The interval of a metric from numerators and denominators of some runs.
Finds = Callable[[Floats, Floats], Interval]


class Covered(NamedTuple):
    """How many of the samples of so many runs had an interval that holds the truth, and on which side the others missed."""

    key: Key
    runs: int
    samples: int
    held: int
    too_low: int
    too_high: int
    width: float  # mean width of the intervals

    @property
    def share(self) -> float:
        """Share of samples whose interval holds the truth; a sample without an interval does not."""
        return self.held / self.samples

    @property
    def limits(self) -> tuple[float, float]:
        """Wilson's limits of that share, from the finite number of samples."""
        return wilson(self.held, self.samples)


def truth(pool: Pool, key: Key) -> float:
    """The metric over the whole pool."""
    top, bottom = as_ratio(*pool.of(key), BY_NAME[key[0]].aggregation)
    return float(top.sum() / bottom.sum())


def coverage(
    pool: Pool, keys: Sequence[Key], runs: int, samples: int, seed: int, find: Callable[[Key], Finds] | None = None
) -> list[Covered]:
    """Coverage of the fixed intervals from samples of so many runs of the pool, without replacement within a sample."""
    return [_covered(pool, key, runs, samples, seed, _at_once((find or product)(key), truth(pool, key))) for key in keys]


def coverage_of_all_looks(pool: Pool, keys: Sequence[Key], samples: int, seed: int, looks: int = LOOKS) -> list[Covered]:
    """Share of sequences of growing runs in which no look's anytime interval misses the truth; the width is that of the last."""
    runs = look(looks).runs
    return [_covered(pool, key, runs, samples, seed, _at_all(key, truth(pool, key), looks)) for key in keys]


def runs_needed(rows: Sequence[Covered], key: Key) -> int | None:
    """The fewest runs tried from which on the share is always enough; None if not even the most are."""
    needed = None
    for row in sorted((row for row in rows if row.key == key), key=lambda row: -row.runs):
        if row.share < ENOUGH:
            break
        needed = row.runs
    return needed


def missed_by_events(pool: Pool, key: Key, event: Flags, runs: int, samples: int, seed: int, most: int = 3) -> list[tuple[int, int]]:
    """Samples, and those whose interval misses the truth, by how many of their runs have the event; the last is `most` or more."""
    (top, bottom), find, true = pool.of(key), product(key), truth(pool, key)
    counts = [[0, 0] for _ in range(most + 1)]
    rng = np.random.default_rng([seed, runs])
    for _ in range(samples):
        chosen = rng.choice(pool.runs, runs, replace=False)
        of_these = counts[min(int(event[chosen].sum()), most)]
        of_these[0] += 1
        of_these[1] += _side(find(top[chosen], bottom[chosen]), true)[0] != 0
    return [(all_, missed) for all_, missed in counts]


def product(key: Key) -> Finds:
    """The interval that the program gives for a metric."""
    declared = BY_NAME[key[0]]
    return lambda top, bottom: interval(top, bottom, declared.aggregation, share=declared.share)


def student(key: Key) -> Finds:
    """The same without lengthening for skewness: Student's t, on the logit scale for shares; for comparison."""
    declared = BY_NAME[key[0]]

    def find(top: Floats, bottom: Floats) -> Interval:
        estimate = product(key)(top, bottom)
        spread = spread_of(*as_ratio(top, bottom, declared.aggregation))
        if declared.aggregation == "count" or estimate.low is None or spread is None or spread.pseudo_values is None:
            return estimate
        half = t_quantile(estimate.level, spread.freedom) * standard_error(spread.pseudo_values)
        if not declared.share:
            return replace(estimate, low=spread.estimate - half, high=spread.estimate + half)
        if not 0 < spread.estimate < 1:
            return estimate
        centre, half = logit(spread.estimate), half / (spread.estimate * (1 - spread.estimate))
        return replace(estimate, low=logistic(centre - half), high=logistic(centre + half))

    return find


#: Of numerators and denominators: 0 if the truth is held, 1 if missed below or without an interval, 2 if missed above; the width.
Judges = Callable[[Floats, Floats], tuple[int, float]]


def _covered(pool: Pool, key: Key, runs: int, samples: int, seed: int, judge: Judges) -> Covered:
    top, bottom = pool.of(key)
    counts, widths = [0, 0, 0], 0.0
    rng = np.random.default_rng([seed, runs])  # the same samples for every metric and method
    for _ in range(samples):
        chosen = rng.choice(pool.runs, runs, replace=False)
        where, width = judge(top[chosen], bottom[chosen])
        counts[where] += 1
        widths += width
    return Covered(key, runs, samples, counts[0], counts[1], counts[2], widths / samples)


def _at_once(find: Finds, true: float) -> Judges:
    return lambda top, bottom: _side(find(top, bottom), true)


def _at_all(key: Key, true: float, looks: int) -> Judges:
    declared = BY_NAME[key[0]]

    def judge(top: Floats, bottom: Floats) -> tuple[int, float]:
        worst, width = 0, 0.0
        for number in range(1, looks + 1):
            runs = look(number).runs
            estimate = interval(top[:runs], bottom[:runs], declared.aggregation, intervals="anytime", share=declared.share)
            where, width = _side(estimate, true)
            worst = worst or where
        return worst, width

    return judge


def _side(estimate: Interval, true: float) -> tuple[int, float]:
    if estimate.low is None or estimate.high is None:
        return 1, 0.0
    return 1 if estimate.high < true else 2 if estimate.low > true else 0, estimate.high - estimate.low
