"""How often intervals from few runs hold the truth, which is the value of the whole pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sim.experiments.statistics_study.pool import Pool
from sim.metrics import BY_NAME
from sim.stats.anytime import look
from sim.stats.intervals import Floats, Interval, as_ratio, interval, wilson
from sim.store import Key

RUNS = (20, 25, 50, 100, 200)
LOOKS = 5
ENOUGH = 0.93
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


def coverage(pool: Pool, keys: Sequence[Key], runs: int, samples: int, seed: int, find: Callable[[Key], Finds] | None = None) -> list[Covered]:
    """Coverage of the fixed intervals from samples of so many runs of the pool, without replacement within a sample."""
    found = {key: (find or product)(key) for key in keys}
    counts = {key: [0, 0, 0, 0.0] for key in keys}
    truths = {key: truth(pool, key) for key in keys}
    columns = {key: pool.of(key) for key in keys}
    for chosen in _samples(pool.runs, runs, samples, seed):
        for key in keys:
            top, bottom = columns[key]
            where, width = _side(found[key](top[chosen], bottom[chosen]), truths[key])
            counts[key][where] += 1
            counts[key][3] += width
    return [Covered(key, runs, samples, *(int(n) for n in counts[key][:3]), counts[key][3] / samples) for key in keys]


def coverage_of_all_looks(pool: Pool, keys: Sequence[Key], samples: int, seed: int, looks: int = LOOKS) -> list[Covered]:
    """Share of sequences of growing runs in which no look's anytime interval misses the truth; the width is that of the last."""
    counts = {key: [0, 0, 0, 0.0] for key in keys}
    truths = {key: truth(pool, key) for key in keys}
    columns = {key: pool.of(key) for key in keys}
    most = look(looks).runs
    for chosen in _samples(pool.runs, most, samples, seed):
        for key in keys:
            top, bottom = (column[chosen] for column in columns[key])
            declared, worst, width = BY_NAME[key[0]], 0, 0.0
            for number in range(1, looks + 1):
                n = look(number).runs
                seen = interval(top[:n], bottom[:n], declared.aggregation, intervals="anytime", share=declared.share)
                where, width = _side(seen, truths[key])
                worst = worst or where
            counts[key][worst] += 1
            counts[key][3] += width
    return [Covered(key, most, samples, *(int(n) for n in counts[key][:3]), counts[key][3] / samples) for key in keys]


def runs_needed(rows: Sequence[Covered], key: Key) -> int | None:
    """The fewest runs tried from which on the share is always enough; None if not even the most are."""
    needed = None
    for row in sorted((row for row in rows if row.key == key), key=lambda row: -row.runs):
        if row.share < ENOUGH:
            break
        needed = row.runs
    return needed


def product(key: Key) -> Finds:
    """The interval that the program gives for a metric."""
    declared = BY_NAME[key[0]]
    return lambda top, bottom: interval(top, bottom, declared.aggregation, share=declared.share)


def _side(found: Interval, true: float) -> tuple[int, float]:
    """0 where the interval holds the truth, 1 where it lies too low or there is none, 2 where it lies too high; its width."""
    if found.low is None or found.high is None:
        return 1, 0.0
    return 1 if found.high < true else 2 if found.low > true else 0, found.high - found.low


def _samples(pool: int, runs: int, samples: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng([seed, runs])
    for _ in range(samples):
        yield rng.choice(pool, runs, replace=False)
