"""Spearman's rank correlation with its interval: how steadily one figure rises with another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from sim.stats.quantiles import normal_quantile

#: Fewer pairs carry no interval. From 10 to 256 normal pairs it covered 94 to 97 % (2,000 tries each), and from 92 % on at a rho of 0.97.
FEWEST_PAIRS = 10


class RankCorrelation(NamedTuple):
    """Spearman's correlation of the ranks over so many pairs, from −1 to 1, with its limits (None: too few pairs)."""

    rho: float
    low: float | None
    high: float | None
    pairs: int


def rank_correlation(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> RankCorrelation | None:
    """The rank correlation of two columns; nothing where one of them does not vary.

    Limits are those of Bonett and Wright (2000): Fisher's transformation with the variance (1 + rho² ÷ 2) ÷ (pairs − 3). They take the
    pairs as drawn independently.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"two columns of one length are needed, not {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("ranks need finite numbers")
    pairs = len(first)
    if pairs < 2 or (first == first[0]).all() or (second == second[0]).all():
        return None
    # ranks are multiples of a half: the bounds take away rounding alone
    rho = float(np.clip(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1], -1.0, 1.0))
    if pairs < FEWEST_PAIRS:
        return RankCorrelation(rho, None, None, pairs)
    if 1 - abs(rho) < 1e-12:  # Fisher's transformation has no end
        return RankCorrelation(float(np.sign(rho)), float(np.sign(rho)), float(np.sign(rho)), pairs)
    half = normal_quantile(level) * float(np.sqrt((1 + rho**2 / 2) / (pairs - 3)))
    centre = float(np.arctanh(rho))
    return RankCorrelation(rho, float(np.tanh(centre - half)), float(np.tanh(centre + half)), pairs)
