"""Quantiles of the few distributions that intervals need, and the logit."""

from __future__ import annotations

import scipy.special as special


def normal_quantile(level: float) -> float:
    """The z with which a two-sided normal interval has this level."""
    return float(special.ndtri(0.5 + level / 2))


def t_quantile(level: float, freedom: float) -> float:
    """The t with which a two-sided Student interval has this level; `freedom` need not be whole."""
    return float(special.stdtrit(freedom, 0.5 + level / 2))


def poisson_limits(count: float, level: float) -> tuple[float, float]:
    """Exact limits for the mean of a Poisson count; `count` need not be whole (Garwood 1936)."""
    tail = (1 - level) / 2
    low = float(special.chdtri(2 * count, 1 - tail)) / 2 if count > 0 else 0.0
    return low, float(special.chdtri(2 * count + 2, tail)) / 2


def logit(share: float) -> float:
    """Log odds of a share."""
    return float(special.logit(share))


def logistic(log_odds: float) -> float:
    """The share with these log odds."""
    return float(special.expit(log_odds))
