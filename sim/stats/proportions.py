"""Exact statements on a share of runs: Clopper and Pearson's limits, and McNemar's test between two options on the same runs."""

from __future__ import annotations

from math import ceil, log

import numpy as np
import scipy.special as special
from numpy.typing import ArrayLike


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact limits of a share (Clopper & Pearson 1934); each end is wrong with at most half of 1 − level."""
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} of {trials} is not a share")
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(special.betaincinv(successes + 1, trials - successes, 1 - tail))
    return low, high


def runs_that_show(probability: float, level: float) -> int:
    """The fewest runs whose limits lie at or above a probability if all of them meet a condition; fewer can never show it."""
    runs = max(1, ceil(log((1 - level) / 2) / log(probability) - 1e-9))
    return runs if clopper_pearson(runs, runs, level)[0] >= probability else runs + 1


def fewer(met: ArrayLike, other: ArrayLike) -> float:
    """How surprising it is that the first meets a condition in so many fewer of the same runs, if it were at least as likely to.

    The one-sided exact p of McNemar (1947): among the runs in which only one of the two meets it, either is as likely.
    """
    first, second = np.asarray(met, dtype=bool), np.asarray(other, dtype=bool)
    if first.shape != second.shape:
        raise ValueError(f"the same runs are needed, not {first.shape} and {second.shape}")
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(special.bdtr(only_first, only_first + only_second, 0.5))
