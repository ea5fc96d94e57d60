"""Predictive distributions of counts over runs, and where an observed count falls."""

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats.prediction import placement, predict, probability_at_least

LEAVERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]  # in order: 1 1 2 3 3 4 5 5 6 9


def test_quantiles_are_values_that_runs_had():
    found = predict(LEAVERS, quantiles=(0.1, 0.25, 0.5, 0.75, 1.0))
    assert found.quantiles == ((0.1, 1), (0.25, 2), (0.5, 3), (0.75, 5), (1.0, 9))
    assert found.mean.mean == pytest.approx(3.9)
    assert found.mean.low < 3.9 < found.mean.high
    assert found.mean.n == 10


def test_no_runs_predict_nothing():
    assert predict([]) is None
    assert placement([], 3) is None
    assert probability_at_least([], 3).mean is None


@pytest.mark.parametrize(("threshold", "share"), [(0, 1.0), (5, 0.4), (5.5, 0.2), (10, 0.0)])
def test_probability_of_reaching_a_threshold(threshold, share):
    found = probability_at_least(LEAVERS, threshold)
    assert found.mean == pytest.approx(share)
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_probability_has_wilsons_limits():
    # 15 of 23, as published for resignations in one team: 44.9 to 81.2 %.
    found = probability_at_least([15] * 15 + [2] * 8, 15)
    assert (found.low, found.high) == pytest.approx((0.449, 0.812), abs=0.0005)
    assert found.method == "Wilson"


@pytest.mark.parametrize(
    ("observed", "below", "equal", "above"), [(5, 0.6, 0.2, 0.2), (0, 0.0, 0.0, 1.0), (9, 0.9, 0.1, 0.0), (7, 0.9, 0.0, 0.1)]
)
def test_an_observed_count_has_its_mid_p_percentile(observed, below, equal, above):
    found = placement(LEAVERS, observed)
    assert (found.below, found.equal, found.above) == pytest.approx((below, equal, above))
    assert found.percentile == pytest.approx(below + equal / 2)
    assert found.low <= found.percentile <= found.high


def test_mirroring_mirrors_the_percentile():
    found, mirrored = placement(LEAVERS, 5), placement([-x for x in LEAVERS], -5)
    assert mirrored.percentile == pytest.approx(1 - found.percentile)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_four_runs_place_without_limits():
    found = placement([1, 2, 3, 4], 3)
    assert (found.percentile, found.low, found.high) == (0.625, None, None)


def test_anytime_uses_the_runs_of_the_last_look():
    values = np.concatenate([np.zeros(25), np.full(20, 9)])
    found = placement(values, 5, intervals="anytime")
    assert (found.n, found.percentile) == (25, 1.0)
    assert predict(values, quantiles=(1.0,), intervals="anytime").quantiles == ((1.0, 0),)
    assert predict(values, quantiles=(1.0,)).quantiles == ((1.0, 9),)


@pytest.mark.parametrize("values", [[1, np.inf], [[1, 2], [3, 4]]])
def test_anything_but_one_finite_value_per_run_is_refused(values):
    with pytest.raises(ValueError, match="finite value per run"):
        placement(values, 1)


@pytest.mark.theory
def test_percentiles_of_observations_from_the_same_distribution_average_one_half():
    """Mid-p percentiles have mean ½ exactly; 1,000 observations, standard error below 0.0092, four of them allowed."""
    rng = np.random.default_rng(21)
    runs = rng.poisson(3, 20000)
    percentiles = [placement(runs, value).percentile for value in rng.poisson(3, 1000)]
    assert np.mean(percentiles) == pytest.approx(0.5, abs=0.037)


@pytest.mark.theory
def test_poisson_runs_give_poisson_quantiles_and_tail():
    """100,000 runs; P(X >= 8) for mean 4 is 5.113 %, so the limits (99.99 %) must hold it."""
    runs = np.random.default_rng(22).poisson(4, 100_000)
    found = predict(runs)
    assert [value for _, value in found.quantiles] == [stats.poisson.ppf(share, 4) for share in (0.025, 0.25, 0.5, 0.75, 0.975)]
    tail = probability_at_least(runs, 8, level=0.9999)
    assert tail.low <= stats.poisson.sf(7, 4) <= tail.high
    assert tail.high - tail.low < 0.006
