"""The share of all sets of inputs whose probability reaches a target, estimated from a few runs of each of some sets."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.special as special
from numpy.typing import ArrayLike, NDArray

from jobcentre.stats.exact import normal_quantile

Floats = NDArray[np.float64]
MEANS, SPREADS = 240, 60
EDGE = 0.0005


class ShareOfSets(NamedTuple):
    """Estimates the share of sets whose probability reaches the target, and the mean probability over all sets; each with its interval."""

    share: float
    low: float
    high: float
    mean: float
    mean_low: float
    mean_high: float
    sets: int


def share_of_sets(met: ArrayLike, runs: int, probability: float, level: float = 0.95) -> ShareOfSets:
    """From how many of `runs` runs of each set met the targets.

    The probabilities of the sets are taken to follow a beta distribution, which may heap up at 0 and 1; its likelihood is worked
    out on a grid. The best point gives the estimates, and all points that the data make less likely than it by no more than half
    the square of the normal quantile give the limits (profile likelihood), so that "every run of every set" does not mean 100 %.
    Sets that fall into camps follow no beta distribution, and then the limits of the share may lie too low or too high; the mean is safer.
    Counting sets whose few runs all met the targets would be wrong: with five runs a set that reaches 0.85 does that in 44 of 100 cases.
    """
    counts = np.asarray(met, dtype=np.int64)
    if counts.ndim != 1 or not len(counts) or runs < 1 or counts.min() < 0 or counts.max() > runs:
        raise ValueError(f"one number from 0 to {runs} per set is needed")
    likelihood = np.bincount(counts, minlength=runs + 1) @ _log_chances(runs)
    best = int(likelihood.argmax())
    likely = likelihood >= likelihood[best] - normal_quantile(level) ** 2 / 2
    means, shares = _grid()[0], _reaching(probability)
    low, high, mean_low, mean_high = (float(end(values[likely])) for values in (shares, means) for end in (np.min, np.max))
    return ShareOfSets(float(shares[best]), low, high, float(means[best]), mean_low, mean_high, len(counts))


@cache
def _grid() -> tuple[Floats, Floats, Floats]:
    """Means of the beta distributions looked at, and both their parameters."""
    means = special.expit(np.linspace(special.logit(EDGE), special.logit(1 - EDGE), MEANS))
    spreads = special.expit(np.linspace(special.logit(0.002), special.logit(0.995), SPREADS))
    mean, spread = (axis.ravel() for axis in np.meshgrid(means, spreads))
    total = 1 / spread - 1
    return mean, mean * total, (1 - mean) * total


@cache
def _log_chances(runs: int) -> Floats:
    """Log of the chance of each number of runs (rows) for each distribution of the grid (columns)."""
    _, a, b = _grid()
    numbers = np.arange(runs + 1)[:, None]
    ways = special.gammaln(runs + 1) - special.gammaln(numbers + 1) - special.gammaln(runs - numbers + 1)
    chances: Floats = ways + special.betaln(numbers + a, runs - numbers + b) - special.betaln(a, b)
    return chances


@cache
def _reaching(probability: float) -> Floats:
    """The share of sets at or above a probability for each distribution of the grid."""
    _, a, b = _grid()
    shares: Floats = special.betaincc(a, b, probability)
    return shares
