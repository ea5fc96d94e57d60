"""Exact limits of a share, and the exact test between two options on the same runs, against scipy and values worked out by hand."""

import itertools

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats.exact import clopper_pearson, fewer

LEVELS = (0.8, 0.95, 0.975, 0.9958333)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("trials", [1, 2, 5, 25, 100, 1600])
def test_limits_are_those_of_the_exact_binomial_test(trials, level):
    for successes in {0, 1, trials // 3, (9 * trials) // 10, trials - 1, trials}:
        wanted = stats.binomtest(successes, trials).proportion_ci(confidence_level=level, method="exact")
        assert clopper_pearson(successes, trials, level) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@pytest.mark.parametrize("trials", [1, 5, 30, 100])
def test_none_and_all_have_limits_in_closed_form(trials):
    # (1 − high)^n = α/2 where none of n meet it, low^n = α/2 where all do
    assert clopper_pearson(0, trials) == pytest.approx((0, 1 - 0.025 ** (1 / trials)))
    assert clopper_pearson(trials, trials) == pytest.approx((0.025 ** (1 / trials), 1))


def test_limits_by_hand():
    # 1 of 2: P(X ≥ 1) = 1 − (1 − p)² = 0.025 at the lower end, P(X ≤ 1) = 1 − p² = 0.025 at the upper
    assert clopper_pearson(1, 2) == pytest.approx((1 - 0.975**0.5, 0.975**0.5))
    # 97 of 100 is enough for 0.9 and 95 is not, as in the tables
    assert clopper_pearson(97, 100)[0] > 0.9 > clopper_pearson(95, 100)[0]


def test_the_limits_hold_the_truth_as_often_as_they_say_at_every_truth():
    """Each end is wrong with at most half of the error, summed over all outcomes."""
    trials, tail = 40, 0.025
    limits = [clopper_pearson(successes, trials) for successes in range(trials + 1)]
    for truth in np.linspace(0.005, 0.995, 199):
        chances = stats.binom.pmf(range(trials + 1), trials, truth)
        assert sum(chance for chance, (low, _) in zip(chances, limits, strict=True) if low > truth) <= tail + 1e-12
        assert sum(chance for chance, (_, high) in zip(chances, limits, strict=True) if high < truth) <= tail + 1e-12


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (0, 0), (1, 0), (0, -3)])
def test_what_is_no_share_is_refused(successes, trials):
    with pytest.raises(ValueError, match="is not a share"):
        clopper_pearson(successes, trials)


@pytest.mark.parametrize(("only_first", "only_second"), list(itertools.product((0, 1, 3, 10), (0, 1, 4, 12))))
def test_fewer_is_the_one_sided_exact_binomial_test_of_the_runs_that_differ(only_first, only_second):
    first = [True] * only_first + [False] * only_second + [True] * 7 + [False] * 3
    second = [False] * only_first + [True] * only_second + [True] * 7 + [False] * 3
    differing = only_first + only_second
    wanted = stats.binomtest(only_first, differing, 0.5, alternative="less").pvalue if differing else 1.0
    assert fewer(first, second) == pytest.approx(wanted, rel=1e-12)


def test_fewer_by_hand():
    # six runs differ and all of them for the second: (1/2)^6
    assert fewer([0, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 1]) == pytest.approx(1 / 64)
    # the other way round it is no surprise at all
    assert fewer([1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1]) == pytest.approx(1)


def test_fewer_of_runs_that_all_agree_shows_nothing():
    assert fewer([True, False], [True, False]) == 1
    assert fewer([], []) == 1


def test_fewer_needs_the_same_runs():
    with pytest.raises(ValueError, match="same runs"):
        fewer([True, False], [True])
