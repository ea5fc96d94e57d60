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
    base_values, option_values = _pseudo_values(base, key), _pseudo_values(option, key)
    if base_values is None or option_values is None or not (np.ptp(base_values) > 0 or np.ptp(option_values) > 0):
        return None
    runs = len(base_values)
    rng = np.random.default_rng(seed)
    ratios = np.array([_ratio(base_values[chosen], option_values[chosen]) for chosen in rng.integers(0, runs, size=(RESAMPLES, runs))])
    low, high = np.nanquantile(ratios, (0.025, 0.975))
    return Reduction(_ratio(base_values, option_values), float(low), float(high))


def _ratio(first: Floats, second: Floats) -> float:
    separate = first.var(ddof=1) + second.var(ddof=1)
    return float((second - first).var(ddof=1) / separate) if separate > 0 else float("nan")


def _pseudo_values(pool: Pool, key: Key) -> Floats | None:
    spread = spread_of(*as_ratio(*pool.of(key), BY_NAME[key[0]].aggregation))
    return None if spread is None else spread.pseudo_values
