"""What none of the runs shows: differences between options are no surer than the number of runs allows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jobcentre.stats.comparisons import Measure, compare, unseen_share

SICKNESS = Measure("sickness", "mean", "lower", 0.5)
OTHERS = tuple(Measure(f"other {number}", "mean", "lower", 0.5) for number in range(9))


def told(base, option, measures=(SICKNESS,), **more):
    ones = np.ones(len(base))
    columns = [{measure.metric: (values, ones) for measure in measures} for values in (base, option)]
    return compare(columns[0], {"option": columns[1]}, measures, **more)[0]


def test_the_share_that_may_go_unseen_is_that_of_the_rule_of_three():
    # none of 100 runs: at most 3 in 100 have it, with 95 %, where one side and one row is asked
    assert unseen_share(100, 0.90) == pytest.approx(0.03, rel=0.02)
    for runs in (5, 20, 400):
        assert (1 - unseen_share(runs, 0.95, 10)) ** runs == pytest.approx(0.05 / 2 / 10)
    assert unseen_share(100_000, 0.95) < 1e-4


def test_an_interval_is_as_wide_as_an_unseen_event_of_one_standard_deviation_makes_it():
    base = np.array([6.0, 8.0, 7.0, 9.0, 5.0, 7.0, 8.0, 6.0])  # squares of deviations add up to 12
    option = base + 0.25 + np.array([1, -1, 1, -1, 1, -1, 1, -1]) * 1e-3
    found = told(base, option)
    half = (1 - 0.025 ** (1 / 8)) * math.sqrt(12 / 7)
    assert found.difference == pytest.approx(0.25)
    assert found.high - found.difference == pytest.approx(half, rel=2e-3)
    assert found.verdict == "unclear"
    assert told(base, option, for_unseen=False).verdict == "no_material_difference"


def test_where_runs_scatter_it_changes_nothing():
    rng = np.random.default_rng(4)
    base = rng.normal(8, 2, 50)
    option = base + rng.normal(0, 1, 50)
    assert told(base, option) == told(base, option, for_unseen=False)


def test_more_rows_leave_more_room_for_what_is_unseen():
    rng = np.random.default_rng(5)
    base = rng.normal(8, 2, 30)
    option = base + rng.normal(0, 0.01, 30)
    alone, among = told(base, option), told(base, option, (SICKNESS, *OTHERS))
    assert (among.high - among.low) / (alone.high - alone.low) == pytest.approx(
        unseen_share(30, 0.95, 10) / unseen_share(30, 0.95), rel=0.02
    )


@pytest.mark.parametrize("runs", [20, 50])
def test_rare_differences_are_missed_by_the_runs_alone_and_held_with_it(runs):
    """One run in fifty has a long spell under the option only; elsewhere the two hardly differ."""
    rng, share = np.random.default_rng(6), 0.02
    missed = {True: 0, False: 0}
    for _ in range(300):
        base = rng.normal(8, 2, runs)
        option = base + rng.normal(0, 0.01, runs) + 4.0 * (rng.random(runs) < share)
        for guarded in missed:
            found = told(base, option, for_unseen=guarded)
            missed[guarded] += not found.low <= 4.0 * share <= found.high
    nowhere = (1 - share) ** runs
    assert missed[False] / 300 > nowhere - 4 * math.sqrt(nowhere * (1 - nowhere) / 300)  # wherever no run shows it
    assert missed[True] / 300 <= 0.05
