"""Exact tests of a share that is looked at several times: bounds by hand, and that the error is kept at every look together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats.exact import clopper_pearson
from jobcentre.stats.share_at_looks import bounds, limits, shown
from jobcentre.studies.staffing_search import plan_of

LOOKS = tuple(plan_of(None, 200).looks)


def test_bounds_against_nine_tenths_by_hand():
    """Up to the second look 0.05 · (1/2 + 1/6) ÷ 2 = 0.0167 may be spent upwards; the first can spend none, for 0.9^25 = 0.072."""
    first, second, *_ = bounds(LOOKS, 0.9)
    assert first.reached == 26  # no count is enough
    assert 0.9**50 < 0.05 / 3 < stats.binom.sf(48, 50, 0.9)
    assert second.reached == 50
    assert stats.binom.cdf(18, 25, 0.9) < 0.0125 < stats.binom.cdf(19, 25, 0.9)
    assert first.missed == 18


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("most_runs", [25, 200, 800])
def test_no_look_is_wrong_in_more_than_half_of_the_error(share, most_runs):
    """The chance of crossing a bound at any look, by the exact path of counts in steps of one run."""
    looks = tuple(plan_of(None, most_runs).looks)
    for wrong in (lambda count, look: count >= look.reached, lambda count, look: count <= look.missed):
        alive, crossed = np.ones(1), 0.0
        found = {look.runs: look for look in bounds(looks, share)}
        for run in range(1, looks[-1][0] + 1):
            alive = np.append(alive, 0) * (1 - share) + np.insert(alive, 0, 0) * share
            if look := found.get(run):
                over = wrong(np.arange(run + 1), look)
                crossed += alive[over].sum()
                alive[over] = 0
        spent = sum(1 - level for _, level in looks) / 2
        assert crossed <= spent * (1 + 1e-9)


def test_one_look_is_clopper_and_pearson():
    for met in (0, 83, 84, 95, 96, 100):
        low, high = clopper_pearson(met, 100)
        assert limits(met, ((100, 0.95),), 0.9) == (low, high)
        reached = shown(np.arange(100) < met, ((100, 0.95),), 0.9)
        assert reached is (True if low >= 0.9 else False if high < 0.9 else None)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_limits_exclude_the_wanted_share_where_the_test_does(number):
    looks = LOOKS[:number]
    look = bounds(looks, 0.9)[-1]
    for met in range(look.runs + 1):
        low, high = limits(met, looks, 0.9)
        assert low <= met / look.runs <= high
        assert (low >= 0.9, high <= 0.9) == (met >= look.reached, met <= look.missed)


def test_what_the_first_look_shows_stays():
    met = np.ones(100, dtype=bool)
    met[60:] = False
    assert shown(met[:49], LOOKS, 0.9) is None
    assert shown(met, LOOKS, 0.9) is True  # 50 of 50; the fall behind it comes too late
    met[:10] = False
    assert shown(met, LOOKS, 0.9) is False  # 15 of 25
