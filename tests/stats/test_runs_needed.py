"""How many runs a wanted precision takes."""

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats.interim_looks import last_look, look
from jobcentre.stats.intervals import interval
from jobcentre.stats.runs_needed import runs_needed

PILOT = np.array([1.0, 2, 3, 4, 5])  # variance 2.5


def half(runs, level=0.95, variance=2.5):
    return stats.t.ppf(0.5 + level / 2, runs - 1) * np.sqrt(variance / runs)


def test_a_mean_needs_the_fewest_runs_whose_t_interval_is_narrow_enough():
    found = runs_needed(PILOT, np.ones(5), "mean", 0.25)
    assert half(found) <= 0.25 < half(found - 1)


def test_anytime_answers_with_a_look():
    found = runs_needed(PILOT, np.ones(5), "mean", 0.25, intervals="anytime")
    standing = last_look(found)
    assert standing.runs == found
    before = look(standing.number - 1)
    assert half(found, standing.level) <= 0.25 < half(before.runs, before.level)


def test_a_share_of_runs_needs_what_wilson_says():
    # p = ½: half width = z / (2 sqrt(n + z²)) = 0.05, so n = (1.96 / 0.1)² − 1.96² = 380.3.
    assert runs_needed([0, 1] * 10, np.ones(20), "run_share", 0.05) == 381


def test_an_event_never_seen_still_needs_runs():
    # Nothing in n runs leaves 0 to 3.689 / n events a run: 2 × 0.01 wide at 184.4.
    assert runs_needed(np.zeros(20), np.ones(20), "count", 0.01) == 185
    # Wilson for 0 of n: z² / (n + z²) = 0.02, so n = 49 z² = 188.2.
    assert runs_needed(np.zeros(20), np.full(20, 500.0), "ratio", 0.01, share=True) == 189


def test_never_fewer_than_an_interval_takes():
    assert runs_needed(PILOT, np.ones(5), "mean", 100.0) == 5
    assert runs_needed(PILOT, np.ones(5), "mean", 100.0, intervals="anytime") == 25


@pytest.mark.parametrize("aggregation", ["ratio", "count", "run_share", "mean"])
@pytest.mark.parametrize("intervals", ["fixed", "anytime"])
def test_a_pilot_that_cannot_say_or_a_hopeless_wish_has_no_answer(aggregation, intervals):
    assert runs_needed(PILOT[:4], np.ones(4), aggregation, 0.1, intervals=intervals) is None
    assert runs_needed(PILOT, np.zeros(5), aggregation, 0.1, intervals=intervals) is None
    assert runs_needed([0, 1, 0, 3, 0], np.ones(5), aggregation, 1e-9, intervals=intervals) is None


def test_no_width_at_all_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        runs_needed(PILOT, np.ones(5), "mean", 0.0)


@pytest.mark.theory
@pytest.mark.parametrize(("aggregation", "share"), [("ratio", True), ("ratio", False), ("count", False), ("mean", False)])
def test_so_many_runs_do_give_the_wanted_width(aggregation, share):
    """A pilot of 400 clustered counts of 40; the width of the real thing within a tenth (its scatter estimate is that good)."""
    rng = np.random.default_rng(31)

    def draw(runs):
        return rng.binomial(40, rng.beta(2, 8, runs)).astype(float), np.full(runs, 1.0 if aggregation in ("count", "mean") else 40.0)

    wanted = 0.01 if aggregation == "ratio" else 0.4
    runs = runs_needed(*draw(400), aggregation, wanted, share=share)
    found = interval(*draw(runs), aggregation, share=share)
    assert runs > 400
    assert (found.high - found.low) / 2 == pytest.approx(wanted, rel=0.1)
