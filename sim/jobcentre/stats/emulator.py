"""Emulators of a simulation's outcome: a Gaussian process on the inputs that matter, and history matching by implausibility.

Kennedy and O'Hagan (2001); Craig, Goldstein, Seheult and Smith (1997). The mean is emulated from noisy means of replications, whose
variance is emulated apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from jobcentre.stats.reversal import explained

Floats = NDArray[np.float64]
#: Inputs on which one outcome is emulated.
MOST_ACTIVE = 10
#: Places from which parameters are fitted.
MOST_FITTED = 300
#: Implausibility from which on a point is ruled out (Pukelsheim's three standard deviations).
CUT = 3.0
_JITTER = 1e-8


class Prediction(NamedTuple):
    """What an emulator says at points: the mean, its own variance, and the variance of one replication there."""

    mean: Floats
    variance: Floats
    of_one_run: Floats


class Emulator:
    """An outcome as a function of places in the unit cube: a linear part, a smooth part and noise, of the inputs that explain most."""

    def __init__(self, places: Floats, means: Floats, variances: Floats, runs: int, like: Emulator | None = None) -> None:
        """Fits to the mean and variance of the runs at each place; the number of runs is the same everywhere.

        With another emulator its inputs and parameters are kept, and these data are only added.
        """
        if like is None:
            strongest = np.argsort(-explained(places, means), kind="stable")
            self.active = np.sort(strongest[: min(MOST_ACTIVE, places.shape[1])])
        else:
            self.active = like.active
        self._centre, self._scale = float(means.mean()), float(means.std()) or 1.0
        self._x, self._y = places[:, self.active] - 0.5, (means - self._centre) / self._scale
        self._noise = self._fit_noise(variances)
        self._at_places = self._of_one_run(self._x) / runs / self._scale**2
        self._parameters: Floats = self._fitted() if like is None else like._parameters
        kernel = self._kernel(self._parameters, self._x, self._x)
        self._factor = linalg.cho_factor(kernel + self._own(self._parameters, slice(None)), lower=True)
        self._weights = linalg.cho_solve(self._factor, self._y)

    def _fitted(self) -> Floats:
        """The parameters of largest likelihood, from some of the places if there are many."""
        start = np.concatenate([np.log([0.7, 0.4, 0.1]), np.zeros(len(self.active))])
        limits = [(-6.0, 3.0)] * 2 + [(-7.0, 1.0)] + [(-1.6, 2.5)] * len(self.active)
        some = slice(None, None, -(-len(self._y) // MOST_FITTED))
        found = optimize.minimize(self._minus_log_likelihood, start, (some,), "L-BFGS-B", jac=True, bounds=limits, options={"maxiter": 60})
        return np.asarray(found.x)

    def predict(self, places: Floats) -> Prediction:
        """The outcome at places."""
        x = places[:, self.active] - 0.5
        across = self._kernel(self._parameters, x, self._x)
        solved = linalg.cho_solve(self._factor, across.T)
        linear, smooth, _ = np.exp(2 * self._parameters[:3])
        own = 1.0 + linear * (x**2).sum(axis=1) + smooth
        variance = np.maximum(own - (across * solved.T).sum(axis=1), 0.0)
        return Prediction(
            self._centre + self._scale * (across @ self._weights), self._scale**2 * variance, self._of_one_run(x)
        )  # fmt: skip

    def _kernel(self, parameters: Floats, first: Floats, second: Floats) -> Floats:
        linear, smooth, _ = np.exp(2 * parameters[:3])
        lengths = np.exp(parameters[3:])
        a, b = first / lengths, second / lengths
        squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
        return np.asarray(1.0 + linear * first @ second.T + smooth * np.exp(-0.5 * np.maximum(squared, 0.0)))

    def _own(self, parameters: Floats, some: slice) -> Floats:
        """What each mean has for itself: the noise of its runs, and what inactive inputs do."""
        return np.diag(self._at_places[some] + float(np.exp(2 * parameters[2])) + _JITTER)

    def _minus_log_likelihood(self, parameters: Floats, some: slice) -> tuple[float, Floats]:
        """With its gradient, half the trace of (K⁻¹ - αα') times the derivative of K."""
        x, y = self._x[some], self._y[some]
        linear, smooth, nugget = np.exp(2 * parameters[:3])
        lengths = np.exp(parameters[3:])
        squares = [((x[:, [k]] - x[:, k]) / lengths[k]) ** 2 for k in range(x.shape[1])]
        near = smooth * np.exp(-0.5 * sum(squares))
        try:
            factor = linalg.cho_factor(1.0 + linear * x @ x.T + near + self._own(parameters, some), lower=True)
        except linalg.LinAlgError:
            return 1e12, np.zeros(len(parameters))
        weights = linalg.cho_solve(factor, y)
        value = 0.5 * y @ weights + np.log(np.diag(factor[0])).sum()
        rest = linalg.cho_solve(factor, np.eye(len(y))) - np.outer(weights, weights)
        gradient = [(rest * (x @ x.T)).sum() * linear, (rest * near).sum(), np.trace(rest) * nugget]
        gradient += [0.5 * (rest * near * square).sum() for square in squares]
        return float(value), np.array(gradient)

    def _fit_noise(self, variances: Floats) -> Floats:
        """The logarithm of the variance of a run as a straight line in the active inputs, held back where variances say little."""
        usable = variances > 0
        if usable.sum() <= 2 * len(self.active):
            return np.concatenate([[np.log(max(float(variances.mean()), 1e-300))], np.zeros(len(self.active))])
        lines = np.column_stack([np.ones(usable.sum()), self._x[usable]])
        keep = np.diag([0.0, *[0.1 * usable.sum()] * len(self.active)])
        slopes = np.linalg.solve(lines.T @ lines + keep, lines.T @ np.log(variances[usable]))
        fitted = np.exp(lines @ slopes)
        slopes[0] += np.log(variances.mean() / (fitted.mean() * usable.mean()))  # a mean of logarithms lies too low
        return np.asarray(slopes)

    def _of_one_run(self, x: Floats) -> Floats:
        return np.asarray(np.exp(self._noise[0] + x @ self._noise[1:]))


def implausibility(observed: float, prediction: Prediction, of_observation: float, of_model: float, of_one_run: bool) -> Floats:
    """How many standard deviations an observation lies from what is predicted: of emulator, observation, model and, of one year, chance."""
    variance = prediction.variance + of_observation + of_model + (prediction.of_one_run if of_one_run else 0.0)
    return np.asarray(np.abs(observed - prediction.mean) / np.sqrt(np.maximum(variance, 1e-300)))


def resampled(weights: Floats, number: int) -> list[int]:
    """Places of so many members, each about as often as its weight says: systematic resampling from the middle of each step."""
    total = np.cumsum(weights / weights.sum())
    return [int(one) for one in np.minimum(np.searchsorted(total, (np.arange(number) + 0.5) / number), len(weights) - 1)]
