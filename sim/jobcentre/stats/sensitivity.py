"""Sensitivity of an outcome to inputs: Sobol' indices for each random seed apart, and Morris's screening.

Sobol' (1993), Saltelli et al. (2010), Morris (1991), Campolongo et al. (2007). Random numbers are keyed, so that a seed makes the model a
deterministic function of its inputs: indices are worked out within each seed, and differ between seeds by chance alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc, sobol_indices

from jobcentre.stats.exact import t_quantile

Floats = NDArray[np.float64]
LEVEL = 0.95
LEVELS = 4  # of each input in Morris's design


class Index(NamedTuple):
    """A share of variance: its mean over seeds with the 95 % interval of that mean; None with a single seed."""

    mean: float
    low: float | None
    high: float | None


class Design(NamedTuple):
    """Saltelli's design: two samples, and for each group the first with that group's columns from the second."""

    first: Floats
    second: Floats
    mixed: list[Floats]

    @property
    def points(self) -> Floats:
        """All points, one sample after the other."""
        return np.concatenate([self.first, self.second, *self.mixed])

    def indices(self, values: Floats) -> tuple[Floats, Floats]:
        """First-order and total indices of each group from the values at the points."""
        number = len(self.first)
        parts = values.reshape(-1, 1, number) - values.mean()
        if not values.std():  # nothing to divide
            return np.zeros(len(self.mixed)), np.zeros(len(self.mixed))
        mixed = parts[2:] if len(self.mixed) > 1 else np.concatenate([parts[2:], parts[2:]])  # which of one group makes no sense
        found = sobol_indices(func={"f_A": parts[0], "f_B": parts[1], "f_AB": mixed}, n=number)
        return found.first_order[: len(self.mixed)], found.total_order[: len(self.mixed)]


def saltelli(dimensions: int, groups: Sequence[Sequence[int]], number: int, seed: int) -> Design:
    """A design of `number` points in each sample, which must be a power of 2; groups are columns that move together."""
    sampler = qmc.Sobol(2 * dimensions, scramble=True, rng=np.random.default_rng(seed))
    both = np.asarray(sampler.random_base2(int(math.log2(number))))
    first, second = both[:, :dimensions], both[:, dimensions:]
    mixed = []
    for group in groups:
        one = first.copy()
        one[:, list(group)] = second[:, list(group)]
        mixed.append(one)
    return Design(first, second, mixed)


def over_seeds(values: Floats) -> list[Index]:
    """The mean of each column over seeds, with the interval that their spread gives."""
    seeds = len(values)
    means = values.mean(axis=0)
    if seeds < 2:
        return [Index(float(mean), None, None) for mean in means]
    halves = t_quantile(LEVEL, seeds - 1) * values.std(axis=0, ddof=1) / math.sqrt(seeds)
    return [Index(float(mean), float(mean - half), float(mean + half)) for mean, half in zip(means, halves, strict=True)]


def share_of_chance(values: Floats, again: Floats) -> float:
    """The share of variance that is chance, from values at the same points with other random numbers."""
    total = float(np.concatenate([values, again]).var(ddof=1))
    return min(1.0, float(((values - again) ** 2).mean()) / 2 / total) if total > 0 else 0.0


def morris(dimensions: int, trajectories: int, seed: int) -> tuple[Floats, NDArray[np.intp]]:
    """Points of so many trajectories, each a point and then one input moved after the other; and which input each step moves."""
    rng = np.random.default_rng(seed)
    step = LEVELS / (2 * (LEVELS - 1))
    lower = np.arange(LEVELS // 2) / (LEVELS - 1)
    points, moved = [], []
    for _ in range(trajectories):
        at, order = rng.choice(lower, dimensions), rng.permutation(dimensions)
        signs = rng.choice([-1.0, 1.0], dimensions)
        at = np.where(signs < 0, at + step, at)
        points.append(at.copy())
        for column in order:
            at[column] += signs[column] * step
            points.append(at.copy())
        moved.append(order)
    return np.array(points), np.array(moved)


class Effect(NamedTuple):
    """What moving an input over half of its range does: the mean of absolute effects, the mean with its standard error."""

    absolute: float
    mean: float
    error: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the mean differs from 0 by more than two standard errors: what differs by chance alone has no direction."""
        return abs(self.mean) > 2 * self.error > 0


def effects(points: Floats, moved: NDArray[np.intp], values: Floats) -> list[Effect]:
    """The elementary effect of each input over all trajectories, per half of its range."""
    trajectories, dimensions = moved.shape
    found = np.full((trajectories, dimensions), np.nan)
    for number, order in enumerate(moved):
        first = number * (dimensions + 1)
        for step, column in enumerate(order):
            before, after = first + step, first + step + 1
            way = points[after, column] - points[before, column]
            found[number, column] = 0.5 * (values[after] - values[before]) / way
    told = []
    for column in found.T:
        known = column[np.isfinite(column)]
        error = float(known.std(ddof=1)) / math.sqrt(len(known)) if len(known) > 1 else math.inf
        told.append(Effect(float(np.abs(known).mean()) if len(known) else 0.0, float(known.mean()) if len(known) else 0.0, error))
    return told
