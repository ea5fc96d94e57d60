"""Settling and drift against hand calculation, theory, and real runs that must warn and must not."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

from jobcentre.metrics import BY_NAME
from jobcentre.report.warmup import warnings
from jobcentre.runs.results import RunResults, Steadiness, steadiness
from jobcentre.runs.store import PackedText, Run
from jobcentre.scenario import load
from jobcentre.stats.warmup import change_over_runs, drift, mser_weeks, shift
from support import count_steadiness
from support.report_folders import made

ONE_RUN = 1


def cut_of(*values):
    """MSER's cut for the values of weeks of one run, each of weight 1."""
    return mser_weeks([values], np.ones((ONE_RUN, len(values))))


def by_run(rng, runs, weeks, noise=1.0):
    return rng.normal(10, noise, (runs, weeks)), np.ones((runs, weeks))


# Settling.


@pytest.mark.theory
def test_a_cut_worked_out_by_hand():
    """8, 4, then 1 and 3 in turn, five times: the sum of squares about the mean ÷ the square of the number of weeks, by cut.

    All 12: sum 32, squares 4² + 8² + 5·1 + 5·9 = 130, less 32²/12 gives 44.67; ÷ 144 = 0.310.
    From the second: sum 24, squares 66, less 24²/11 gives 13.64; ÷ 121 = 0.1127. From the third: 10 ÷ 100 = 0.1, the least.
    From the fourth: sum 19, squares 49, less 19²/9 gives 8.89; ÷ 81 = 0.1097; later ones are larger still (1 ÷ number of weeks, or nearly).
    """
    assert cut_of(8, 4, *(1, 3) * 5) == 2
    assert 44 + 2 / 3 == pytest.approx(130 - 32**2 / 12)
    # a first week of 4 alone: 13.64 ÷ 121 against 10 ÷ 100
    assert cut_of(4, *(1, 3) * 5) == 1
    # and of 3.5: 10 + (10/11) · 1.5² = 12.05, ÷ 121 = 0.0996 < 0.1: better kept
    assert cut_of(3.5, *(1, 3) * 5) == 0


@pytest.mark.theory
@pytest.mark.parametrize("late", [1, 4, 9])
def test_a_step_is_cut_where_it_is(late):
    assert cut_of(*[9.0] * late, *[2.0] * (20 - late)) == late


@pytest.mark.theory
def test_a_cut_in_the_second_half_is_no_answer():
    assert cut_of(*[9.0] * 10, *[2.0] * 10) == 10
    assert cut_of(*[9.0] * 11, *[2.0] * 9) is None
    assert cut_of(*range(40)) is None  # what rises for ever never settles


def test_few_weeks_say_nothing():
    assert cut_of(*[2.0] * 9) is None
    assert cut_of(*[2.0] * 10) == 0


def test_what_never_moves_has_settled_at_once_whatever_is_rounded():
    tenths = np.full((3, 60), 0.1) * np.arange(1, 61)
    assert mser_weeks(tenths, np.tile(np.arange(1, 61) * 1.0, (3, 1))) == 0


def test_weeks_with_nothing_to_report_weigh_nothing():
    top, bottom = np.array([[9.0] * 3 + [2.0] * 17]), np.ones((1, 20))
    top[0, [1, 8, 12]], bottom[0, [1, 8, 12]] = 0.0, 0.0
    assert mser_weeks(top, bottom) == 3
    assert mser_weeks(top, np.zeros((1, 20))) is None


@pytest.mark.theory
def test_a_week_of_three_days_weighs_three_fifths():
    """Days of 1 and 3 in turn, put into weeks of five and of three days, weigh in the mean as they would by themselves."""
    days = np.array([5, 5, 5, 3, 5, 5, 4, 5, 5, 5, 5, 5], dtype=np.float64)
    value = np.array([8, 2, 3, 9, 2, 3, 2, 2, 3, 2, 3, 2], dtype=np.float64)

    def statistic(cut):
        w, v = days[cut:], value[cut:]
        mean = (w * v).sum() / w.sum()
        return (w * (v - mean) ** 2).sum() / w.sum() ** 2

    assert mser_weeks([value * days], [days]) == min(range(8), key=statistic)


@pytest.mark.theory
def test_runs_are_averaged_before_they_are_cut():
    """Two runs whose steps mirror each other have a flat mean: settled at once, though neither run is flat."""
    up, down = [0.0] * 4 + [2.0] * 16, [4.0] * 4 + [2.0] * 16
    assert mser_weeks([up, down], np.ones((2, 20))) == 0
    assert mser_weeks([up, up], np.ones((2, 20))) == 4


@pytest.mark.theory
def test_white_noise_keeps_nearly_all_weeks():
    """Without a start to leave out the statistic is least at the whole series unless luck is large: half of all series are cut by a tenth at most."""
    rng = np.random.default_rng(7)
    cuts = [mser_weeks(*by_run(rng, 20, 80)) for _ in range(300)]
    assert np.median([80 if cut is None else cut for cut in cuts]) <= 8
    assert np.mean([cut is None or cut > 26 for cut in cuts]) < 0.1


@pytest.mark.theory
def test_a_known_start_is_left_out():
    """AR(1) with 0.5, begun 20 above its mean: what is left of the start halves every week, so it sinks into the noise after seven.

    The noise of a week is 1/√(1 - 0.25) = 1.155, of a mean of 50 runs 0.163; MSER stops about where the start no longer shows in it.
    """
    rng = np.random.default_rng(3)
    cuts = []
    for _ in range(60):
        runs = np.empty((50, 80))
        at = np.full(50, 20.0)
        for week in range(80):
            runs[:, week] = 100 + at
            at = 0.5 * at + rng.normal(0, 1, 50)
        cuts.append(mser_weeks(runs, np.ones_like(runs)))
    shows = math.log(20 / 0.163, 2)  # weeks until the start equals the noise: 6.9
    known = [cut for cut in cuts if cut is not None]
    assert len(known) >= 50  # now and then MSER cuts late in mere noise
    assert min(known) >= math.floor(shows) - 2
    assert np.median(known) <= math.ceil(shows) + 3


# Drift.


@pytest.mark.theory
def test_a_straight_line_rises_by_its_slope_times_its_length():
    weeks, runs = 20, 6
    top = np.tile(5 + 0.25 * np.arange(weeks), (runs, 1))
    found = drift(top, np.ones_like(top), 1.0)
    assert (found.mean, found.low, found.high) == pytest.approx((5.0, 5.0, 5.0))
    assert found.beyond is True
    assert drift(top, np.ones_like(top), 5.1).beyond is False


@pytest.mark.theory
def test_the_interval_is_students_over_runs():
    """Slopes 1, 2, 3, 4 and 5 over ten weeks: rises 10 to 50, mean 30, standard error √(250/5) = 7.071, t(4) at 95 % is 2.776."""
    top = np.outer([1.0, 2, 3, 4, 5], np.arange(10))
    found = drift(top, np.ones_like(top), 1.0)
    assert found.mean == pytest.approx(30)
    assert found.high - found.mean == pytest.approx(2.776445 * math.sqrt(50), rel=1e-6)
    assert found.n == 5


@pytest.mark.theory
def test_short_weeks_weigh_less_and_empty_ones_nothing():
    rng = np.random.default_rng(5)
    bottom = rng.integers(1, 6, (8, 15)).astype(float)
    bottom[2, 4] = bottom[5, 9] = 0.0
    top = np.where(bottom > 0, bottom * rng.normal(4, 1, (8, 15)), 0.0)
    runs = {run: {week: (top[run, week], bottom[run, week]) for week in range(15)} for run in range(8)}
    expected = count_steadiness.with_limits(count_steadiness.rises(runs, 15), 1)
    assert drift(top, bottom, 0.1)[:3] == pytest.approx(expected)


def test_below_five_runs_or_ten_weeks_nothing_is_said():
    line = np.tile(np.arange(12.0), (4, 1))
    assert drift(line, np.ones_like(line), 0.1)[1:4] == (None, None, None)
    short = np.tile(np.arange(9.0), (8, 1))
    assert drift(short, np.ones_like(short), 0.1).beyond is None


@pytest.mark.theory
def test_a_season_that_dips_is_no_drift():
    """A Christmas of three weeks far below the rest, early in the year: its line rises by more than matters, and it is no drift."""
    rng = np.random.default_rng(2)
    top = rng.normal(10, 0.1, (50, 52))
    top[:, 3:6] -= 5
    found = drift(top, np.ones_like(top), 0.5)
    assert found.low > 0.5  # the line alone would warn
    assert found.beyond is False
    top += np.arange(52) / 26  # and what drifts by 2 as well is found all the same
    assert drift(top, np.ones_like(top), 0.5).beyond is True


@pytest.mark.theory
def test_a_step_in_the_middle_is_a_drift():
    top = np.random.default_rng(4).normal(0, 0.2, (20, 40)) + np.repeat([0.0, 1.0], 20)
    found = drift(top, np.ones_like(top), 0.5)
    assert found.beyond is True
    assert found.mean == pytest.approx(1.5, abs=0.1)  # 1.5 of the step: 12 Σ(x - x̄)y ÷ n² = 12 · ½ · ½ · ½


@pytest.mark.slow
@pytest.mark.theory
@pytest.mark.parametrize("runs", [5, 20])
def test_flat_noise_hardly_ever_warns(runs):
    """12 flat metrics whose weeks hang together, with nothing too small to matter: of 400 scenarios at most 5 % warn of anything.

    At 5 % there would be 20; 33 has a chance of 0.3 % then.
    """
    rng = np.random.default_rng(runs)
    level, warned = 1 - 0.05 / 24, 0
    for _ in range(400):
        said = False
        for _ in range(12):
            steps = rng.normal(0, 1, (runs, 78))
            for week in range(1, 78):
                steps[:, week] += 0.7 * steps[:, week - 1]
            ones = np.ones_like(steps)
            cut = mser_weeks(10 + steps, ones)
            late = cut is not None and cut > 26 and shift(steps[:, 26:], ones[:, 26:], cut - 26, 0.0, level).beyond
            said = said or bool(late) or drift(steps[:, 26:], ones[:, 26:], 0.0, level).beyond is True
        warned += said
    assert warned <= 33


# What is said of runs.


def scenario_of(warmup, weeks, **more):
    return load(
        "oxford_surge_step" if more.pop("changes", False) else "baseline", {"period.warmup_weeks": str(warmup), "period.weeks": str(weeks)}
    )


def results_of(scenario, shape, runs=8, metric="load_mean", noise=0.001):
    """Results of runs whose metric has this value in each week, from the first of the warm-up."""
    rng = np.random.default_rng(1)
    first = -scenario.settings.period.warmup_weeks
    made_runs = []
    for run in range(runs):
        apart = rng.normal(0, noise)  # a run lies higher or lower as a whole: the mean of runs keeps its shape
        lines = [f"{first + at},{metric},{value + apart},1.0" for at, value in enumerate(shape)]
        made_runs.append(Run(scenario.name, run, "d", {}, PackedText.of("\n".join(["week,metric,numerator,denominator", *lines]))))
    return RunResults({scenario.name: made_runs}, "fixed")


def only(rows):
    (row,) = rows
    return row


def test_a_warm_up_that_is_too_short_is_told_with_both_numbers():
    scenario = scenario_of(5, 40)
    row = only(steadiness(results_of(scenario, [0.2] * 9 + [0.8] * 36), {scenario.name: scenario}))
    assert (row.mser_weeks, row.settled, row.looked_weeks) == (9, "no", 45)
    assert row.shift == pytest.approx(0.06, abs=0.002)  # 4 of the 40 counted weeks lie 0.6 too low
    (said, *_) = warnings([row])
    assert "the first 4 counted weeks still settle: period.warmup_weeks is 5, MSER-5 asks for 9" in said


def test_a_later_cut_that_moves_nothing_is_no_warning():
    scenario = scenario_of(5, 40)
    row = only(steadiness(results_of(scenario, [0.79] * 9 + [0.8] * 36), {scenario.name: scenario}))
    assert (row.mser_weeks, row.settled, row.drifts) == (9, "late", "no")
    assert warnings([row]) == []


def test_a_long_enough_warm_up_is_settled():
    scenario = scenario_of(12, 40)
    row = only(steadiness(results_of(scenario, [0.2] * 9 + [0.8] * 43), {scenario.name: scenario}))
    assert (row.mser_weeks, row.settled, row.shift, row.drifts) == (9, "yes", None, "no")


def test_only_the_time_before_a_dated_change_must_settle():
    scenario = scenario_of(12, 40, changes=True)
    before = 8  # 1 November is eight weeks after 6 September
    row = only(steadiness(results_of(scenario, [0.2] * 3 + [0.5] * (9 + before) + [0.9] * 32), {scenario.name: scenario}))
    assert (row.looked_weeks, row.mser_weeks, row.settled, row.drifts) == (20, 3, "yes", "yes")
    (said,) = warnings([row])
    assert "drifts while it is counted" in said
    assert "its own figures change after 8 of them" in said


def test_a_change_soon_after_the_start_is_looked_at_with_the_rest():
    scenario = scenario_of(1, 40, changes=True)  # nine weeks before the change are too few
    row = only(steadiness(results_of(scenario, [0.2] * 9 + [0.8] * 32), {scenario.name: scenario}))
    assert (row.looked_weeks, row.mser_weeks) == (41, 9)


def test_few_runs_say_nothing_of_drift():
    scenario = scenario_of(12, 40)
    row = only(steadiness(results_of(scenario, np.linspace(0, 1, 52), runs=4), {scenario.name: scenario}))
    assert (row.drifts, row.low, row.high) == ("unknown", None, None)
    assert warnings([row]) == []


def test_failed_runs_and_runs_without_a_table_are_left_out():
    scenario = scenario_of(12, 40)
    results = results_of(scenario, np.linspace(0, 1, 52))
    more = [Run(scenario.name, 8, failure="stopped"), Run(scenario.name, 9, "d")]
    found = steadiness(RunResults({scenario.name: [*results.runs[scenario.name], *more]}, "fixed"), {scenario.name: scenario})
    assert found == steadiness(results, {scenario.name: scenario})
    assert steadiness(RunResults({scenario.name: more}, "fixed"), {scenario.name: scenario}) == []


def test_anytime_intervals_use_the_runs_of_the_last_look():
    values = np.random.default_rng(1).normal(0, 1, 40)
    fixed, anytime = change_over_runs(values[:25], 0.1, 0.95, "fixed"), change_over_runs(values, 0.1, 0.95, "anytime")
    assert (anytime.n, anytime.mean) == (25, fixed.mean)
    assert anytime.high - anytime.low > fixed.high - fixed.low


# Real runs.


def rows_of(folder):
    with (folder / "steadiness.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def surge(tmp_path_factory):
    return made(tmp_path_factory.mktemp("surge"), ("oxford_before", "oxford_surge_step"), runs=6, responses=False)


@pytest.mark.slow
def test_the_surge_drifts_and_what_was_before_it_does_not(surge):
    drifting = {(row["scenario"], row["metric"]) for row in rows_of(surge) if row["drifts"] == "yes"}
    assert ("oxford_surge_step", "overloaded_share") in drifting
    assert ("oxford_surge_step", "load_mean") in drifting
    assert ("oxford_before", "overloaded_share") not in drifting


@pytest.mark.slow
def test_what_is_saved_follows_from_the_weekly_tables(surge):
    tables, rows = count_steadiness.weekly(surge), rows_of(surge)
    assert list(rows[0]) == list(Steadiness._fields)
    assert len(rows) == 2 * 13
    for row in rows:
        runs = tables[row["scenario"], row["metric"]]
        warmup, end = count_steadiness.weeks_looked_at(surge, row["scenario"])
        assert (int(row["warmup_weeks"]), int(row["looked_weeks"])) == (8, 8 + end)
        cut = count_steadiness.mser(runs, -warmup, end)
        assert row["mser_weeks"] == ("" if cut is None else str(cut))
        limits = count_steadiness.with_limits(count_steadiness.rises(runs, 18), 26)
        assert [float(row[column]) for column in ("change", "low", "high")] == pytest.approx(limits, rel=1e-7, abs=1e-9)
        if row["drifts"] == "yes":
            assert max(limits[1], -limits[2]) > BY_NAME[row["metric"]].matters


@pytest.mark.slow
def test_the_baseline_gives_no_warning(tmp_path, jobcentre):
    status, out, _ = jobcentre("run", "baseline", "--runs", "10", "--no-responses", "--jobs", "1", "--out", str(tmp_path))
    assert (status, "while it is counted" in out, "still settle" in out) == (0, False, False)


@pytest.mark.slow
def test_the_surge_warns_on_the_screen_and_in_json(tmp_path, jobcentre):
    import json

    words = ("run", "oxford_surge_step", "--runs", "6", "--weeks", "18", "--no-responses", "--jobs", "1", "--out", str(tmp_path))
    _, out, _ = jobcentre(*words)
    document = json.loads(jobcentre(*words, "--json")[1])
    (said,) = document["warnings"]
    assert said in " ".join(out.split())  # folded to the width
    assert said.startswith("oxford_surge_step drifts while it is counted: overloaded coach-days by +")
    assert {row["metric"] for row in document["steadiness"]} >= {"overloaded_share", "leaving_rate_per_year"}
