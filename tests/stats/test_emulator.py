"""Emulators: a function known in closed form, noise of known size, its coverage; implausibility and resampling by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from jobcentre.stats.emulator import Emulator, Prediction, implausibility, resampled

RUNS, NOISE = 3, 0.2


def truth(places):
    """Smooth, with an interaction and a straight part; most of the 20 inputs do nothing."""
    return np.sin(5 * places[:, 0]) + 2 * places[:, 1] * places[:, 2] + places[:, 3]


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(4)
    places = rng.random((240, 20))
    seen = truth(places)[:, None] + rng.normal(0, NOISE, (240, RUNS))
    return Emulator(places, seen.mean(axis=1), seen.var(axis=1, ddof=1), RUNS), places, seen


def test_the_inputs_that_do_something_are_found(fitted):
    assert {0, 1, 2, 3} <= set(fitted[0].active)


def test_predictions_are_near_and_their_intervals_cover_the_truth(fitted):
    new = np.random.default_rng(5).random((4000, 20))
    found = fitted[0].predict(new)
    away = found.mean - truth(new)
    assert np.sqrt(np.mean(away**2)) < 0.1  # the noise of a mean of three runs is 0.12, the spread of the function 0.8
    covered = np.mean(np.abs(away) < 1.96 * np.sqrt(found.variance))
    assert 0.88 < covered <= 1.0


def test_the_noise_of_a_run_is_found(fitted):
    found = fitted[0].predict(np.random.default_rng(6).random((500, 20)))
    assert np.sqrt(found.of_one_run.mean()) == pytest.approx(NOISE, rel=0.1)  # 480 degrees of freedom: 3 % is one standard error


def test_the_gradient_is_that_of_the_likelihood(fitted):
    one = fitted[0]
    at = one._parameters + 0.1
    by_steps = approx_fprime(at, lambda each: one._minus_log_likelihood(each, slice(None))[0], 1e-6)
    assert one._minus_log_likelihood(at, slice(None))[1] == pytest.approx(by_steps, abs=1e-3)


def test_more_data_with_the_same_parameters_come_nearer(fitted):
    one, places, seen = fitted
    rng = np.random.default_rng(7)
    more = rng.random((240, 20))
    seen_more = truth(more)[:, None] + rng.normal(0, NOISE, (240, RUNS))
    both = np.concatenate([seen, seen_more])
    joined = Emulator(np.concatenate([places, more]), both.mean(axis=1), both.var(axis=1, ddof=1), RUNS, like=one)
    new = rng.random((2000, 20))
    assert list(joined.active) == list(one.active)
    assert np.mean((joined.predict(new).mean - truth(new)) ** 2) < np.mean((one.predict(new).mean - truth(new)) ** 2)


def test_implausibility_adds_variances():
    """|5 − 2| ÷ √(1 + 4 + 4) = 1; with the variance of one run, 7, ÷ √16 = 0.75."""
    prediction = Prediction(np.array([2.0]), np.array([1.0]), np.array([7.0]))
    assert implausibility(5.0, prediction, 4.0, 4.0, False) == pytest.approx([1.0])
    assert implausibility(5.0, prediction, 4.0, 4.0, True) == pytest.approx([0.75])


def test_members_are_drawn_as_often_as_weights_say():
    counts = np.bincount(resampled(np.array([0.5, 0.0, 0.3, 0.2]), 10), minlength=4)
    assert list(counts) == [5, 0, 3, 2]
