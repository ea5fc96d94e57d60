"""How much of the luck in a difference the same random numbers take out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Key
from jobcentre.stats.intervals import Floats, as_ratio, spread_of
from validation.statistics.pool import Pool

RESAMPLES = 2000


class Reduction(NamedTuple):
    """Variance of a paired difference in shares of what it would be between independent runs, with a 95 % interval."""

    ratio: float
    low: float
    high: float

    @property
    def runs_spared(self) -> float:
        """How many times as many runs independent ones would take for an interval as wide."""
        return 1 / self.ratio if self.ratio > 0 else float("inf")


def reduction(base: Pool, option: Pool, key: Key, seed: int) -> Reduction | None:
    """What pairing does to one metric; None where it does not vary or cannot be told. The interval resamples pairs of runs."""
    one, other = _pseudo_values(base, key), _pseudo_values(option, key)
    if one is None or other is None or not (np.ptp(one) > 0 or np.ptp(other) > 0):
        return None
    runs = len(one)
    rng = np.random.default_rng(seed)
    ratios = np.array([_ratio(one[chosen], other[chosen]) for chosen in rng.integers(0, runs, size=(RESAMPLES, runs))])
    low, high = np.nanquantile(ratios, (0.025, 0.975))
    return Reduction(_ratio(one, other), float(low), float(high))


def _ratio(one: Floats, other: Floats) -> float:
    apart = one.var(ddof=1) + other.var(ddof=1)
    return float((other - one).var(ddof=1) / apart) if apart > 0 else float("nan")


def _pseudo_values(pool: Pool, key: Key) -> Floats | None:
    spread = spread_of(*as_ratio(*pool.of(key), BY_NAME[key[0]].aggregation))
    return None if spread is None else spread.pseudo_values
