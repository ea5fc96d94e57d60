"""Calibration on a small office whose truth is known: it is covered, a wrong one is ruled out, and files and commands say so."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from jobcentre.runs.draws import drawn_values, uncertain_inputs, with_values
from jobcentre.runs.ensemble import Ensemble, read_ensemble, with_member, write_ensemble
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.experiment import PlacedScenarios, Switch
from jobcentre.runs.folder import experiment
from jobcentre.runs.run_key import run_key
from jobcentre.scenario import Evidence, ScenarioError, load, to_yaml, vary
from jobcentre.studies.base_rates import runs_of
from jobcentre.studies.calibration import Question, run_calibration
from jobcentre.studies.targets import baseline_targets, read_targets
from jobcentre.studies.validation import validate
from support.places import SMALL

HOW = ExecutionOptions(jobs=0, engine="compiled")
WALK_INS, FAILED, IDLE = "demand.unscheduled_per_post_day", "groups.searching.failed_share", "money.hire_pounds"
TRUTH = {WALK_INS: 4.0, FAILED: 0.25}


def unsure():
    """The small office with two inputs that its year tells of, and one that it does not."""
    ranges = {WALK_INS: (1.0, 6.0), FAILED: (0.05, 0.4), IDLE: (1000.0, 9000.0)}
    small = vary(load(SMALL), {"period.weeks": 12})
    return replace(small, evidence={path: Evidence(("assumed",), "assumed", ends, note="a trial") for path, ends in ranges.items()})


@pytest.fixture(scope="module")
def own_year(tmp_path_factory):
    """What the office saw if the truth is true, as CSV; one line is kept back."""
    office = with_values(unsure(), TRUTH, uncertain_inputs(unsure()))
    made = runs_of({"small": office}, 1, 103, HOW)["small"]
    rows = [("metric", "group", "value", "use")]
    for metric, group, use in (
        ("failed_to_attend_share", "searching", "fit"), ("unscheduled_minutes_per_coach_day", "", "fit"), ("missed_share", "", "test")
    ):  # fmt: skip
        top, bottom = made[0].metrics[metric, group or None]
        rows.append((metric, group, repr(top / bottom), use))
    path = tmp_path_factory.mktemp("year") / "our_year.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(scope="module")
def calibrated(own_year, tmp_path_factory):
    question = Question(read_targets(own_year), waves=2, points=64, runs=4, screened=3, members=60, discrepancy=0.02)
    asked = experiment("calibrate-small", {"small": unsure()}, 5, tmp_path_factory.mktemp("calibrated"), {"points": 64})
    said = []
    found = run_calibration(asked, question, HOW, said.append)
    return asked, question, found, said


def test_the_truth_lies_among_the_members_and_they_are_nearer_to_it_than_the_range(calibrated):
    _, _, found, _ = calibrated
    for path, true in TRUTH.items():
        values = np.array([member[found.inputs.index(path)] for member in found.members])
        low, high = np.quantile(values, (0.01, 0.99))
        assert low <= true <= high
        one = uncertain_inputs(unsure())[path]
        assert values.std() < 0.6 * (one.high - one.low) / 12**0.5  # that of the prior
        assert path in found.narrowed


def test_an_input_that_the_year_does_not_tell_of_keeps_its_prior(calibrated):
    _, _, found, _ = calibrated
    values = np.sort([member[found.inputs.index(IDLE)] for member in found.members])
    evenly = 1000 + 8000 * (np.arange(60) + 0.5) / 60
    assert np.max(np.abs(values - evenly)) < 8000 * 1.36 / 60**0.5  # Kolmogorov and Smirnov, 5 %
    assert IDLE not in found.narrowed


def test_each_wave_and_each_target_is_told(calibrated):
    asked, question, found, said = calibrated
    assert len(said) == len(found.waves) == 2
    assert found.waves[0].left > found.waves[1].left * 0.2 > 0
    assert all(error < 0.9 for wave in found.waves for error in wave.emulated.values())
    assert {one.name: one.use for one in found.targets} == {target.name: target.use for target in question.targets}
    for one in found.targets:
        assert one.run_low <= one.observed <= one.run_high, one.name  # the one that was kept back too
    assert not (asked.folder / "ensemble.json").exists()  # which is the command's


def test_the_same_again_makes_no_run_and_gives_the_same(calibrated):
    asked, question, found, _ = calibrated
    made = []
    again = run_calibration(asked, question, HOW._replace(progress=lambda done, of, failed=0: made.append(of)), lambda _: None)
    assert set(made) == {0}
    assert again == found


def test_without_a_target_to_fit_to_there_is_nothing_to_do(calibrated):
    asked, question, _, _ = calibrated
    tests = tuple(target._replace(use="test") for target in question.targets)
    with pytest.raises(ScenarioError, match="none is to be fitted to"):
        run_calibration(asked, replace(question, targets=tests), HOW, print)


def test_an_ensemble_is_read_as_it_was_written_and_members_go_round(calibrated, tmp_path):
    _, _, found, _ = calibrated
    path = tmp_path / "ensemble.json"
    write_ensemble(found, path)
    assert read_ensemble(path, [unsure()]) == found
    first, again = (with_member(unsure(), found, number, 1) for number in (0, 60))
    assert first.settings == again.settings
    assert first.settings.demand.unscheduled_per_post_day == found.values(0)[WALK_INS]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"members": [[1.0]]}, "should have one value for each of `inputs`"),
        ({"inputs": [WALK_INS, WALK_INS, IDLE]}, "should name each input once"),
        ({"members": []}, "members"),
        ({"format": 2}, "format"),
    ],
)
def test_a_spoiled_ensemble_is_refused_with_its_place(calibrated, tmp_path, change, wrong):
    _, _, found, _ = calibrated
    path = tmp_path / "ensemble.json"
    path.write_text(json.dumps(found.model_dump() | change))
    with pytest.raises(ScenarioError, match=wrong):
        read_ensemble(path, [unsure()])


def test_an_ensemble_of_other_inputs_is_refused(calibrated, tmp_path):
    _, _, found, _ = calibrated
    path = tmp_path / "ensemble.json"
    write_ensemble(found.model_copy(update={"inputs": ["admin.cv", "admin.factor", "strain.support"]}), path)
    with pytest.raises(ScenarioError, match="holds no uncertain input of small"):
        read_ensemble(path, [unsure()])


def test_validation_tells_tests_and_fits_apart(calibrated, own_year):
    _, _, found, _ = calibrated
    judged = validate(unsure(), read_targets(own_year), found, 30, 1, HOW)
    assert [one.target.use for one in judged] == ["test", "fit", "fit"]
    assert all(one.inside for one in judged)
    wrong = validate(vary(unsure(), {WALK_INS: 1.0, FAILED: 0.05}), read_targets(own_year), None, 30, 1, HOW)
    missed = [one for one in wrong if one.target.use == "fit" and not one.inside]
    assert len(missed) == 2
    assert all(one.short < 0 for one in missed)  # fewer walk-ins, fewer failures


def test_a_published_mean_is_judged_by_its_range(own_year):
    target = read_targets(own_year)[0]._replace(one_year=False)
    runs = 20
    mean = validate(unsure(), [target], None, runs, 1, HOW)[0].mean.mean
    for low, high, short in ((mean - 0.1, mean + 0.1, 0.0), (mean + 0.2, mean + 0.3, -0.2), (mean - 0.3, mean - 0.2, 0.2)):
        (one,) = validate(unsure(), [target._replace(low=low, high=high)], None, runs, 1, HOW)
        assert one.short == pytest.approx(short)
        assert one.inside == (short == 0)


WRONG_YEARS = {
    "metric,value\nmissed_sahre,0.1\n": ("metric", "missed_share"),
    "metric,value\nmissed_share,eleven\n": ("value", "is not a number"),
    "metric,value\nmissed_share,11\n": ("value", "per cent sign"),
    "metric,value,low,high\nload_mean,0.9,1,2\n": ("value", "lies outside"),
    "metric,group,value\noverloaded_share,lcw,0.1\n": ("group", "is not told by customer group"),
    "metric,value,use\nmissed_share,0.1,tset\n": ("use", "did you mean `test`"),
    "metric,amount\nmissed_share,0.1\n": ("amount", "is not known here"),
    "metric\nmissed_share\n": ("value", "is missing"),
    "metric,value\nmissed_share,1,850\n": ("", "more cells than there are columns"),
    "metric,value,value\nmissed_share,0.1,0.2\n": ("value", "stands there twice"),
    "metric,value,high\nmissed_share,0.1,5\n": ("value", "is no share"),
    "metric,value\n": ("", "holds no target"),
    "metric,value\nmissed_share,0.1\nmissed_share,0.2\n": ("missed_share", "stands there twice"),
}


@pytest.mark.parametrize("text", WRONG_YEARS, ids=[wrong for _, wrong in WRONG_YEARS.values()])
def test_what_is_wrong_with_a_year_is_told_with_its_line(text, tmp_path):
    path = tmp_path / "year.csv"
    path.write_text(text)
    column, wrong = WRONG_YEARS[text]
    with pytest.raises(ScenarioError) as caught:
        read_targets(path)
    problem = caught.value.problems[0]
    assert problem.path == column
    assert wrong in str(caught.value)


def test_a_year_from_a_spreadsheet_of_another_country_is_read(tmp_path):
    path = tmp_path / "year.csv"
    path.write_text("sep=;\nMetric;Value;Low;High\nmissed_share;18,5%;17%;20%\n", encoding="utf-8-sig")
    (target,) = read_targets(path)
    assert (target.value, target.low, target.high, target.use, target.one_year) == (0.185, 0.17, 0.2, "fit", True)


def test_tests_of_the_baseline_are_told_apart_from_fits():
    targets = baseline_targets()
    assert {target.name for target in targets if target.use == "test"} == {
        "days_lost", "failed_to_attend", "conversations", "wait_for_decision", "appointments"
    }  # fmt: skip
    assert all(target.use == "fit" for target in targets if target.sets)


def test_a_placed_scenario_has_its_inputs_where_the_design_says_and_switches_by_thirds():
    base = load("baseline")
    switch = Switch("form", ({}, {"strain.response": "low"}, {"strain.response": "high"}))
    places = np.array([[0.25, 0.1], [np.nan, 0.5], [0.5, 0.9]])
    provider = PlacedScenarios({"baseline": base}, 1, ("admin.factor",), places, (switch,))
    one = uncertain_inputs(base)["admin.factor"]
    found = [provider.at(("baseline", "", point)).scenario.settings for point in range(provider.first, provider.first + 3)]
    assert [each.admin.factor for each in found] == pytest.approx([one.at(0.25), one.value, one.at(0.5)])
    assert [each.strain.response for each in found] == ["central", "low", "high"]


def test_a_prior_and_what_it_is_drawn_with_survive_the_results_folder(tmp_path):
    base = load("baseline")
    path = tmp_path / "kept.yaml"
    path.write_text(to_yaml(base.resolved(with_evidence=True)))
    again = uncertain_inputs(load(path))
    assert again == uncertain_inputs(base)
    assert run_key(load(path), 1) == run_key(base, 1)


def test_dated_inputs_lie_where_a_member_puts_their_address_and_others_are_drawn():
    """An ensemble of the baseline knows nothing of the size of a surge, and something of the admin of an ordinary office."""
    baseline, surge = load("baseline"), load("oxford_surge_step")
    factor = uncertain_inputs(baseline)["admin.factor"]
    one = _ensemble(["admin.factor"], [[factor.at(0.3)]])
    there = with_member(surge, one, 0, 7)
    dated = uncertain_inputs(surge)["changes.admin.set.admin.factor"]
    change = next(change for change in there.changes if change.name == "admin")
    assert there.settings.admin.factor == factor.at(0.3)
    assert change.set["admin.factor"] == pytest.approx(dated.at(0.3), rel=1e-4)
    starts = [next(each for each in with_member(surge, one, number, 7).changes if each.name == "demand") for number in (0, 1)]
    assert (
        starts[0].set["demand.starts_factor"]
        != starts[1].set["demand.starts_factor"]
        == pytest.approx(drawn_values(surge, 7, 1)["changes.demand.set.demand.starts_factor"])
    )


def _ensemble(inputs, members):
    return Ensemble(
        format=1, kind="ensemble", scenario="baseline", seed=1, inputs=inputs, members=members, discrepancy=0, waves=[], targets=[],
        narrowed={}, notes=[],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("members", "inputs", "wrong"),
    [
        ([[99.0]], [WALK_INS], r"`members\[0\]` has 99 for demand.unscheduled_per_post_day, outside its range"),
        ([[2.0], [-1.0]], [WALK_INS], r"`members\[1\]` has -1"),
        ([[2.0, 1.0]], [WALK_INS, "no.such"], "`no.such` is no input"),
    ],
)
def test_members_that_are_none_of_this_scenario_are_refused_before_any_run(members, inputs, wrong, tmp_path):
    path = tmp_path / "ensemble.json"
    write_ensemble(_ensemble(inputs, members), path)
    with pytest.raises(ScenarioError, match=wrong):
        read_ensemble(path, [unsure()])


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ("{metric: load_mean, range: [0.1, .inf], source: A1}", "ordinary numbers"),
        ("{metric: load_mean, range: [0.1, 1e300], source: A1}", "ordinary numbers"),
        ("{metric: load_mean, range: [0.1, 0.2], value: 0.5, source: A1}", "lies outside"),
        ("{metric: missed_share, range: [-3, 12], source: A1}", "is no share"),
        ("{metric: sick_days_per_coach_year, group: searching, range: [1, 2], source: A1}", "is not told by customer group"),
        ("{metric: load_mean, range: [0.1, 1], source: A1, use: both}", "should be one of fit, test"),
    ],
)
def test_what_is_wrong_with_a_target_is_told(entry, wrong, tmp_path):
    path = tmp_path / "targets.yaml"
    path.write_text(f"format: 2\ntitle: A trial\ntargets:\n  one: {entry}\n")
    with pytest.raises(ScenarioError, match=wrong) as caught:
        read_targets(path)
    assert caught.value.problems[0].line == 4


@pytest.mark.cli
@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (("draw", "CERTAIN"), "has no uncertain input"),
        (("calibrate", "CERTAIN", "--targets", "YEAR"), "has no uncertain input"),
        (("sensitivity", "CERTAIN"), "has no uncertain input"),
        (("calibrate", "UNSURE", "--targets", "TESTS"), "none is to be fitted to"),
        (("sensitivity", "UNSURE", "--points", "24"), "no power of 2"),
    ],
)
def test_what_cannot_be_done_is_refused_by_a_dry_run_as_well_and_nothing_is_written(jobcentre, tmp_path, command, wrong):
    files = {"CERTAIN": "certain.yaml", "UNSURE": "unsure.yaml", "YEAR": "year.csv", "TESTS": "tests.csv"}
    certain = replace(load(SMALL), evidence={})
    (tmp_path / "certain.yaml").write_text(to_yaml(certain.resolved(with_evidence=True)))
    (tmp_path / "unsure.yaml").write_text(to_yaml(unsure().resolved(with_evidence=True)))
    (tmp_path / "year.csv").write_text("metric,value\nload_mean,0.9\n")
    (tmp_path / "tests.csv").write_text("metric,value,use\nload_mean,0.9,test\n")
    before = sorted(tmp_path.iterdir())
    words = [str(tmp_path / files[word]) if word in files else word for word in command]
    for more in ((), ("--dry-run",))[: 1 if command[0] == "draw" else 2]:
        status, _, err = jobcentre(*words, *more, "--out", str(tmp_path / "out"))
        assert (status, wrong in err) == (2, True), err
        assert sorted(tmp_path.iterdir()) == before
