"""What a count is predicted to be in one year of one office, and where an observed count falls in that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobcentre.stats.intervals import FEWEST_RUNS, Interval, Kind, interval, runs_and_level, wilson

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


@dataclass(frozen=True)
class Prediction:
    """A predictive distribution over runs: the mean with its interval, and quantiles as (share of runs, value)."""

    mean: Interval
    quantiles: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Placement:
    """The position of an observed value among the runs: shares of runs below, equal and above.

    `percentile` is the mid-p percentile, below + half of equal, as a share; `low` and `high` are its limits from the
    finite number of runs, None from too few.
    """

    observed: float
    below: float
    equal: float
    above: float
    percentile: float
    low: float | None
    high: float | None
    n: int
    level: float
    kind: Kind


def predict(values: ArrayLike, quantiles: Sequence[float] = QUANTILES, level: float = 0.95, intervals: Kind = "fixed") -> Prediction | None:
    """Gives the distribution of a count over runs, or None without runs; every quantile is the value of a run."""
    runs = _per_run(values)
    if len(runs) == 0:
        return None
    mean = interval(runs, np.ones_like(runs), "count", level, intervals)
    limits = np.quantile(runs[: mean.n], quantiles, method="inverted_cdf")
    return Prediction(mean, tuple((float(share), float(value)) for share, value in zip(quantiles, limits, strict=True)))


def probability_at_least(values: ArrayLike, threshold: float, level: float = 0.95, intervals: Kind = "fixed") -> Interval:
    """The probability that a run reaches the threshold, with Wilson limits."""
    runs = _per_run(values)
    return interval((runs >= threshold).astype(np.float64), np.ones_like(runs), "run_share", level, intervals)


def placement(values: ArrayLike, observed: float, level: float = 0.95, intervals: Kind = "fixed") -> Placement | None:
    """Places an observed value in the predictive distribution; None without runs.

    The limits are Wilson's for the percentile as a share of runs, which are slightly wide where many runs equal the
    observed value.
    """
    runs = _per_run(values)
    if len(runs) == 0:
        return None
    used, inner_level = runs_and_level(len(runs), level, intervals)
    runs = runs[:used]
    below, equal = float((runs < observed).mean()), float((runs == observed).mean())
    percentile = below + equal / 2
    low, high = None, None
    if inner_level is not None and used >= FEWEST_RUNS:
        low, high = wilson(percentile * used, used, inner_level)
    return Placement(observed, below, equal, float((runs > observed).mean()), percentile, low, high, used, level, intervals)


def _per_run(values: ArrayLike) -> NDArray[np.float64]:
    runs = np.asarray(values, dtype=np.float64)
    if runs.ndim != 1 or not np.isfinite(runs).all():
        raise ValueError("one finite value per run is needed")
    return runs
