"""Rank correlation: by hand, against scipy, and how often its limits hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats.exact import FEWEST_PAIRS, rank_correlation


def test_by_hand():
    """Ranks 1 to 5 against 2, 1, 4, 3, 5: squared differences 1, 1, 1, 1, 0, so 1 − 6 × 4 ÷ (5 × 24)."""
    told = rank_correlation([10, 20, 30, 40, 50], [0.2, 0.1, 7, 3, 1000])
    assert told.rho == pytest.approx(0.8)
    assert (told.low, told.high, told.pairs) == (None, None, 5)


def test_equal_values_share_their_ranks():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 5, 40), rng.integers(0, 4, 40)
    assert rank_correlation(x, y).rho == pytest.approx(stats.spearmanr(x, y).statistic)


def test_limits_by_the_formula():
    """12 pairs of which neighbours changed places: rho = 1 − 6 × 12 ÷ (12 × 143)."""
    x = np.arange(12.0)
    y = x.reshape(6, 2)[:, ::-1].ravel()
    rho = 1 - 72 / 1716
    half = 1.959963984540054 * math.sqrt((1 + rho**2 / 2) / 9)
    told = rank_correlation(x, y)
    assert told.rho == pytest.approx(rho)
    assert (told.low, told.high) == pytest.approx((math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)))


@pytest.mark.parametrize("way", [1, -1])
def test_what_always_rises_or_falls(way):
    told = rank_correlation(range(20), [way * math.exp(one) for one in range(20)])
    assert told == (way, way, way, 20)


def test_what_does_not_vary_has_none():
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None
    assert rank_correlation([1, 2, 3], [4, 4, 4]) is None
    assert rank_correlation([1], [2]) is None


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2, 3]), ([[1], [2]], [[1], [2]]), ([1, math.nan], [1, 2])])
def test_what_cannot_be_ranked_is_refused(x, y):
    with pytest.raises(ValueError, match=r"columns of one length|finite"):
        rank_correlation(x, y)


@pytest.mark.parametrize(("pairs", "r"), [(FEWEST_PAIRS, 0.3), (64, 0.0), (64, 0.6), (256, 0.9)])
def test_limits_hold_as_often_as_they_say(pairs, r):
    """True rank correlation of normal pairs: 6 ÷ pi × arcsin(r ÷ 2)."""
    rng, true, tries = np.random.default_rng(1), 6 / math.pi * math.asin(r / 2), 1000
    held = 0
    for _ in range(tries):
        x, z = rng.standard_normal((2, pairs))
        told = rank_correlation(x, r * x + math.sqrt(1 - r * r) * z)
        held += told.low <= true <= told.high
    assert held / tries > 0.935  # two standard errors below 95 %
