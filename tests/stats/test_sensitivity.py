"""Sensitivity on functions with known indices, with noise that is keyed by the seed, and Morris's effects by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jobcentre.stats.sensitivity import effects, morris, over_seeds, saltelli, share_of_chance


def ishigami(places):
    x = np.pi * (2 * places - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_indices():
    """In closed form (Ishigami and Homma 1990), with a = 7 and b = 0.1."""
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return np.array([one, two, 0]) / whole, np.array([one + both, two, both]) / whole


def test_indices_of_a_known_function():
    design = saltelli(3, [[0], [1], [2]], 4096, 1)
    first, total = design.indices(ishigami(design.points))
    known_first, known_total = known_indices()
    assert first == pytest.approx(known_first, abs=0.02)
    assert total == pytest.approx(known_total, abs=0.02)


def test_columns_of_a_group_move_together():
    """Of a sum with variances 1 : 4 : 9 ÷ 12 the group of the last two has 13 of 14."""
    design = saltelli(3, [[0], [1, 2]], 4096, 2)
    first, total = design.indices(design.points @ np.array([1.0, 2.0, 3.0]))
    assert first == pytest.approx([1 / 14, 13 / 14], abs=0.01)
    assert total == pytest.approx(first, abs=0.01)


def test_each_seed_has_its_own_function_and_the_interval_covers_the_mean():
    """The weight of the first input depends on the seed: indices w² ÷ (w² + 1) have a known mean over seeds."""
    weights = [0.5, 1.0, 1.5, 2.0, 1.0, 0.5]
    rows = []
    for seed, weight in enumerate(weights):
        design = saltelli(2, [[0], [1]], 1024, seed)
        rows.append(design.indices(design.points @ np.array([weight, 1.0]))[0])
    (found, _) = over_seeds(np.array(rows))
    assert found.mean == pytest.approx(np.mean([w**2 / (w**2 + 1) for w in weights]), abs=0.01)
    assert found.low < found.mean < found.high
    spread = np.std([w**2 / (w**2 + 1) for w in weights], ddof=1)
    assert found.high - found.mean == pytest.approx(2.5706 * spread / 6**0.5, rel=0.05)  # t(0.975; 5)


def test_indices_agree_with_salib():
    salib_sample = pytest.importorskip("SALib.sample.sobol", reason="SALib is not installed")
    salib = pytest.importorskip("SALib.analyze.sobol")
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    points = salib_sample.sample(problem, 1024, calc_second_order=False, seed=1)
    theirs = salib.analyze(problem, ishigami(points), calc_second_order=False, seed=1)
    design = saltelli(3, [[0], [1], [2]], 1024, 1)
    first, total = design.indices(ishigami(design.points))
    assert first == pytest.approx(theirs["S1"], abs=0.05)
    assert total == pytest.approx(theirs["ST"], abs=0.05)


def test_the_share_of_chance():
    """A signal of variance 3 and noise of variance 1: a quarter is chance."""
    rng = np.random.default_rng(3)
    signal = rng.normal(0, 3**0.5, 20_000)
    once, again = (signal + rng.normal(0, 1, 20_000) for _ in range(2))
    assert share_of_chance(once, again) == pytest.approx(0.25, abs=0.01)
    assert share_of_chance(signal, signal) == 0


def test_trajectories_move_one_input_after_the_other_within_the_range():
    points, moved = morris(5, 7, 1)
    assert points.shape == (7 * 6, 5)
    assert points.min() >= 0 <= points.max() <= 1
    for number, order in enumerate(moved):
        assert sorted(order) == list(range(5))
        for step, column in enumerate(order):
            change = points[number * 6 + step + 1] - points[number * 6 + step]
            assert np.flatnonzero(change).tolist() == [column]
            assert abs(change[column]) == pytest.approx(2 / 3)


def test_effects_of_a_plane_and_of_noise_alone():
    """Of 6 x0 - 2 x1 over half of a range: 3 and -1 without error; of noise the mean has no direction."""
    points, moved = morris(3, 40, 2)
    noise = np.random.default_rng(1).normal(0, 1, len(points))
    plane = effects(points, moved, points @ np.array([6.0, -2.0, 0.0]))
    assert [one.mean for one in plane] == pytest.approx([3.0, -1.0, 0.0])
    assert [one.absolute for one in plane] == pytest.approx([3.0, 1.0, 0.0])
    assert not plane[2].beyond_noise
    noisy = effects(points, moved, points @ np.array([6.0, -2.0, 0.0]) + noise)
    assert noisy[0].beyond_noise
    assert noisy[2].absolute > 0.3  # which is noise, as its mean shows
    assert not noisy[2].beyond_noise
