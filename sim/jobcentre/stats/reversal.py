"""What could reverse an order: which inputs go with a difference, where it changes sign, and how often each option is best."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobcentre.stats.comparisons import Better
from jobcentre.stats.exact import t_quantile

Floats = NDArray[np.float64]
LEVEL, FEWEST_RUNS = 0.95, 5
#: The order of two options at other inputs: surely the other way round, not told apart, or as it was.
Turns = Literal["yes", "perhaps", "no"]


class MeanDifference(NamedTuple):
    """A difference over paired runs with its 95 % interval; None below five runs."""

    mean: float
    low: float | None
    high: float | None

    @property
    def sign(self) -> int:
        """Its sign if the interval decides it, else 0."""
        return sign_of(self.low, self.high)


def sign_of(low: float | None, high: float | None) -> int:
    """The sign of all that an interval holds; 0 if it holds 0, or if there is none."""
    if low is None or high is None:
        return 0
    return 1 if low > 0 else -1 if high < 0 else 0


def mean_difference(first: Floats, second: Floats, level: float = LEVEL) -> MeanDifference:
    """How much larger the second is, run by run; runs without a value in one of the two are left out."""
    both = np.isfinite(first) & np.isfinite(second)
    differences = second[both] - first[both]
    runs = differences.size
    if runs < FEWEST_RUNS:
        return MeanDifference(float(differences.mean()) if runs else 0.0, None, None)
    mean, half = float(differences.mean()), t_quantile(level, runs - 1) * float(differences.std(ddof=1)) / math.sqrt(runs)
    return MeanDifference(mean, mean - half, mean + half)


def turns(before: MeanDifference, after: MeanDifference, change: MeanDifference) -> Turns:
    """Whether the order of two options is another at other inputs; without an order there is nothing to turn.

    `change` is the paired change of the difference: where it does not go against the order for certain, nothing turns.
    """
    if before.sign == 0 or change.sign != -before.sign or after.sign == before.sign:
        return "no"
    return "yes" if after.sign == -before.sign else "perhaps"


def switching_place(before: float, after: float) -> float | None:
    """Which part of the way lies behind where a difference changes its sign, on a straight line; None if it does not."""
    return before / (before - after) if before * after < 0 else None


def explained(places: Floats, differences: Floats) -> Floats:
    """The share of the variance of the differences that goes with each column of the places, each for itself: squared correlations."""
    kept = np.isfinite(differences)
    x, y = places[kept] - places[kept].mean(axis=0), differences[kept] - differences[kept].mean()
    spread = (x**2).sum(axis=0) * (y**2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = (x.T @ y) ** 2 / spread
    return np.where(spread > 0, squared, 0.0)


class BestInDraws(NamedTuple):
    """In how many draws an option is best, in how many nearly so, and what it costs to have chosen it: mean and worst regret."""

    best: int
    acceptable: int
    draws: int
    mean_regret: float
    worst_regret: float


def best_in_draws(values: Floats, better: Better, matters: float) -> list[BestInDraws]:
    """The same for each column; an option is acceptable if it is worse than the best by no more than what matters."""
    kept = values[np.isfinite(values).all(axis=1)]
    losses = kept if better == "lower" else -kept
    regret = losses - losses.min(axis=1, keepdims=True)
    return [
        BestInDraws(
            int((column == 0).sum()), int((column <= matters).sum()), len(column),
            float(column.mean()) if len(column) else 0.0, float(column.max()) if len(column) else 0.0,
        )
        for column in regret.T
    ]  # fmt: skip
