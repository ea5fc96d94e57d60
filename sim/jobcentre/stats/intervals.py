"""From one numerator and one denominator per run to a mean with its interval.

A ratio is the sum of the numerators over the sum of the denominators, never the mean of the runs' ratios: runs with
little to report weigh little. Which interval belongs to which kind of metric was chosen by measured coverage
(tests/stats/test_intervals.py, docs/results/statistics.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobcentre.stats.exact import logistic, logit, normal_quantile, poisson_limits, t_quantile
from jobcentre.stats.interim_looks import last_look

Aggregation = Literal["ratio", "count", "run_share", "mean"]
Kind = Literal["fixed", "anytime"]
Floats = NDArray[np.float64]

FEWEST_RUNS = 5
FEW_RUNS = 20
ROUNDING = 1e-12  # relative: what is smaller is a rounding error, not a result

METHODS: dict[str, str] = {
    "ratio": "jackknife over runs, t lengthened for skewness",
    "count": "Poisson limits stretched by the dispersion of the runs",
    "run_share": "Wilson",
    "mean": "t over runs, lengthened for skewness",
}


@dataclass(frozen=True)
class Interval:
    """A mean over runs with its interval.

    `mean` is None when the denominators add up to nothing, `low` and `high` when there are too few runs. `n` is the
    number of runs used. `level` is what the interval promises: for *anytime* that it holds at every look together.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    level: float
    method: str
    kind: Kind


@dataclass(frozen=True)
class Spread:
    """A ratio of sums with its scatter between runs.

    `pseudo_values` are those of the leave-one-run-out jackknife, or None when some run holds the whole denominator;
    `runs` is the number of runs that have something in the denominator; `freedom` the degrees of freedom for t.
    """

    estimate: float
    pseudo_values: Floats | None
    runs: int
    freedom: float


def interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    aggregation: Aggregation,
    level: float = 0.95,
    intervals: Kind = "fixed",
    *,
    share: bool = False,
) -> Interval:
    """The mean of a metric over runs with its interval; arrays hold one value per run, in the order of runs.

    `share` says that a ratio or mean lies between 0 and 1 by nature; its limits then do too. Those of a ratio of
    amounts, none of which is negative, do not go below 0. With *anytime* only the
    runs of the last permitted look are used. Raises ValueError for arrays that no metric can have.
    """
    top, bottom = as_ratio(numerator, denominator, aggregation)
    runs, inner_level = runs_and_level(len(top), level, intervals)
    top, bottom = top[:runs], bottom[:runs]
    method = METHODS[aggregation] + (", logit scale" if share and aggregation in ("ratio", "mean") else "")
    spread = spread_of(top, bottom)
    if spread is None:
        return Interval(None, None, None, len(top), level, method, intervals)
    limits = None if inner_level is None else _limits(spread, top, bottom, aggregation, inner_level, share)
    low, high = limits or (None, None)
    return Interval(spread.estimate, low, high, len(top), level, method, intervals)


def runs_and_level(runs: int, level: float, intervals: Kind) -> tuple[int, float | None]:
    """Gives the number of runs that may be used and the level of an interval from them (None: no interval yet)."""
    if not 0 < level < 1:
        raise ValueError(f"a level must lie between 0 and 1, not {level}")
    if intervals == "fixed":
        return runs, level
    if intervals == "anytime":
        standing = last_look(runs, level)
        return (standing.runs, standing.level) if standing else (runs, None)
    raise ValueError(f"intervals are 'fixed' or 'anytime', not {intervals!r}")


def as_ratio(numerator: ArrayLike, denominator: ArrayLike, aggregation: Aggregation) -> tuple[Floats, Floats]:
    """Gives the numerators and denominators whose ratio of sums is the metric's mean over runs, whatever its aggregation."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if top.ndim != 1 or top.shape != bottom.shape:
        raise ValueError(f"one numerator and one denominator per run are needed, not shapes {top.shape} and {bottom.shape}")
    if not (np.isfinite(top).all() and np.isfinite(bottom).all()):
        raise ValueError("numerators and denominators must be finite numbers")
    if aggregation not in METHODS:
        raise ValueError(f"no aggregation is called {aggregation!r}; choose from {', '.join(METHODS)}")
    if (bottom < 0).any() or (aggregation == "count" and (top < 0).any()):
        raise ValueError("denominators and counts must not be negative")
    if aggregation in ("ratio", "count"):
        return top, bottom
    present = bottom > 0
    if aggregation == "run_share":
        return (present & (top > 0)).astype(np.float64), present.astype(np.float64)
    return np.divide(top, bottom, out=np.zeros_like(top), where=present), present.astype(np.float64)


def spread_of(top: Floats, bottom: Floats) -> Spread | None:
    """Ratio of sums and jackknife pseudo-values, or None when the denominators add up to 0."""
    total = float(bottom.sum())
    if total == 0:
        return None
    runs = int((bottom > 0).sum())
    estimate = float(top.sum()) / total
    # Runs of unequal weight count as fewer: with n − 1 degrees of freedom 10 very unequal runs covered 92 %.
    freedom = max(total**2 / float((bottom**2).sum()) - 1, 1.0)
    if (bottom >= total).any():
        return Spread(estimate, None, runs, freedom)
    residual = top - estimate * bottom
    residual[np.abs(residual) <= ROUNDING * np.abs(top)] = 0.0
    return Spread(estimate, estimate + (len(top) - 1) * residual / (total - bottom), runs, freedom)


def standard_error(pseudo_values: Floats) -> float:
    """Standard error of the mean of pseudo-values."""
    return float(pseudo_values.std(ddof=1)) / float(np.sqrt(len(pseudo_values)))


def dispersion(top: Floats, bottom: Floats) -> float:
    """Gives the index of dispersion of counts over runs (variance ÷ Poisson variance); 1 where no run has counts."""
    expected = top.sum() / bottom.sum() * bottom
    present = expected > 0
    if present.sum() < 2:
        return 1.0
    pearson = ((top - expected)[present] ** 2 / expected[present]).sum() / (present.sum() - 1)
    return float(pearson)


def skewness(pseudo_values: Floats) -> float:
    """Skewness of pseudo-values (0 where they do not differ)."""
    away = pseudo_values - pseudo_values.mean()
    second = float((away**2).mean())
    return float((away**3).mean()) / second**1.5 if second > 0 else 0.0


def reaches(level: float, freedom: float, skew: float) -> tuple[float, float]:
    """Gives the distances of the limits below and above a mean, in standard errors; `skew` is the skewness ÷ the root of the runs.

    Student's, and on the side of the long tail Hall's (1992), where that is farther: his transformation takes the skewness
    out of t, which otherwise misses on that side alone. The other side is not shortened, because the skewness of few runs may
    come from one of them: of 20 runs of very unequal weight Hall's limits on both sides covered 91 %, these 95 %.
    """
    student = t_quantile(level, freedom)
    return max(student, unskewed(student, skew)), max(student, -unskewed(-student, skew))


def unskewed(t: float, skew: float) -> float:
    """Inverts Hall's transformation: the quantile of t for a skewed sample, from that without skewness."""
    if abs(skew) < ROUNDING:
        return t
    return 3 / skew * (float(np.cbrt(1 + skew * (t - skew / 6))) - 1)


def mean_limits(estimate: float, error: float, freedom: float, skew: float, level: float) -> tuple[float, float]:
    """Student limits, lengthened for skewness."""
    below, above = reaches(level, freedom, skew)
    return estimate - below * error, estimate + above * error


def share_limits(estimate: float, error: float, freedom: float, skew: float, runs: int, level: float) -> tuple[float, float]:
    """Student limits, lengthened for skewness, on the logit scale, which keeps a share between 0 and 1.

    The logit takes part of a share's skewness out; what its curvature adds is 1.5 × its second derivative ÷ its first × the error.
    When no run has the event (or all have nothing else) nothing is known of how events cluster, so each run then counts
    as a single observation.
    """
    if estimate < -ROUNDING or estimate > 1 + ROUNDING:
        raise ValueError(f"a share must lie between 0 and 1, not {estimate}")
    if estimate <= ROUNDING or estimate >= 1 - ROUNDING:
        return wilson(runs * round(estimate), runs, level)
    centre, scaled = logit(estimate), error / (estimate * (1 - estimate))
    below, above = reaches(level, freedom, skew - 1.5 * (1 - 2 * estimate) * scaled)
    return logistic(centre - below * scaled), logistic(centre + above * scaled)


def count_limits(total: float, exposure: float, scatter: float, freedom: float, level: float) -> tuple[float, float]:
    """Limits for a mean count per unit of exposure: Garwood's for a count of `total` ÷ dispersion, times the dispersion.

    The dispersion is that of the runs (`scatter`), at least 1; above 1 it is widened by (t ÷ z)² because it is itself an
    estimate. In this form the limits never go below 0, and at a dispersion of 6 they cover a point more than Garwood's
    limits moved apart by the root of the dispersion.
    """
    stretched = total > 0 and scatter > 1 + ROUNDING
    widened = scatter * (t_quantile(level, freedom) / normal_quantile(level)) ** 2 if stretched else 1.0
    low, high = poisson_limits(total / widened, level)
    return widened * low / exposure, widened * high / exposure


def wilson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score limits for a share (Wilson 1927)."""
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a share")
    z2 = normal_quantile(level) ** 2
    centre = successes + z2 / 2
    half = float(np.sqrt(z2 * (successes * (trials - successes) / trials + z2 / 4)))
    low = 0.0 if successes == 0 else (centre - half) / (trials + z2)
    high = 1.0 if successes == trials else (centre + half) / (trials + z2)
    return low, high


def _limits(spread: Spread, top: Floats, bottom: Floats, aggregation: Aggregation, level: float, share: bool) -> tuple[float, float] | None:
    if spread.runs < FEWEST_RUNS or spread.pseudo_values is None:
        return None
    if aggregation == "run_share":
        return wilson(float(top.sum()), spread.runs, level)
    if aggregation == "count":
        return count_limits(float(top.sum()), float(bottom.sum()), dispersion(top, bottom), spread.freedom, level)
    error, skew = standard_error(spread.pseudo_values), skewness(spread.pseudo_values) / float(np.sqrt(len(top)))
    if share:
        return share_limits(spread.estimate, error, spread.freedom, skew, spread.runs, level)
    low, high = mean_limits(spread.estimate, error, spread.freedom, skew, level)
    # a ratio of amounts cannot be negative: what is cut off holds no possible value, so the coverage stays
    return (max(low, 0.0), high) if aggregation == "ratio" and (top >= 0).all() else (low, high)
