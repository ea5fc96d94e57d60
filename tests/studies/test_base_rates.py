"""Base rates set so that a scenario gives its targets, and the files that say what the targets are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobcentre.runs.execute import ExecutionOptions
from jobcentre.scenario import ScenarioError, load
from jobcentre.studies.base_rates import fit_base_rates, rewritten
from jobcentre.studies.targets import Target, baseline_targets, figures_set, read_targets

SHORT = {"period.weeks": 26, "period.warmup_weeks": 0}
HERE = ExecutionOptions(jobs=0, engine="compiled")
RATE = "responses.constant.base_leaving_per_year"
HALF_AS_MANY = Target("leaving", "leaving_rate_per_year", (None,), "", 0.2, 0.3, ("C1",), "", 0.25, ("responses.constant.base_leaving*",))
OFFICE = """\
# our own office
format: 2
title: Half as many leave
extends: headcount
question: How many leave?
period: {warmup_weeks: 0, weeks: 26, why: Short.}
responses:
  constant:
    base_leaving_per_year: {value: 0.5, source: assumed, quality: derived, range: [0.1, 1.0]}  # to be set
"""
TARGETS = """\
format: 2
title: Ours
targets:
  leaving: {metric: leaving_rate_per_year, value: 0.25, range: [0.2, 0.3], source: C1, sets: responses.constant.base_leaving_per_year}
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    file = tmp_path / "our_office.yaml"
    file.write_text(OFFICE)
    return file


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    file = tmp_path / "ours.yaml"
    file.write_text(TARGETS)
    return file


def test_a_constant_hazard_is_set_to_the_rate_that_is_wanted() -> None:
    # strain does nothing in `headcount`: a hazard of h per year of 253 working days gives h notices a coach-year in post
    fitted = fit_base_rates(load("headcount", {"period.weeks": 104, "period.warmup_weeks": 0}), [HALF_AS_MANY], 20, 2, 1, HERE)
    assert [one.path for one in fitted] == [RATE]
    assert fitted[0].before == 0.5
    outcome = fitted[0].outcome
    assert outcome.low is not None
    assert outcome.high is not None
    assert outcome.low < 0.25 < outcome.high
    assert fitted[0].after == pytest.approx(0.25, rel=3 * (outcome.high - outcome.low) / 0.25)


def test_a_fit_is_the_same_when_made_again() -> None:
    first, again = (fit_base_rates(load("headcount", SHORT), [HALF_AS_MANY], 10, 1, 7, HERE) for _ in range(2))
    assert first == again


def test_the_baseline_names_a_rate_of_every_row_of_responses() -> None:
    baseline = load("baseline")
    rows = list(baseline.settings.responses)
    named = {path for target in baseline_targets() for path in figures_set(target, baseline)}
    assert {f"responses.{row}.base_{what}_per_year" for row in rows for what in ("leaving", "stress")} <= named
    assert all(baseline.evidence[path].quality == "derived" for path in named)


def test_rates_are_written_into_the_text_and_nothing_else_changes(office: Path) -> None:
    fitted = fit_base_rates(load(office), [HALF_AS_MANY], 10, 1, 1, HERE)
    after = rewritten(load(office), fitted).after
    assert after == OFFICE.replace("value: 0.5", f"value: {fitted[0].after:g}")


def test_a_rate_that_another_file_gives_is_not_written(office: Path) -> None:
    office.write_text(OFFICE.partition("responses:")[0])
    fitted = fit_base_rates(load(office), [HALF_AS_MANY], 10, 1, 1, HERE)
    with pytest.raises(ScenarioError, match="is not given in this file"):
        rewritten(load(office), fitted)


def test_a_rate_outside_its_range_is_not_written(office: Path) -> None:
    office.write_text(OFFICE.replace("[0.1, 1.0]", "[0.45, 0.6]"))
    fitted = fit_base_rates(load(office), [HALF_AS_MANY], 10, 1, 1, HERE)
    with pytest.raises(ScenarioError, match=r"lies outside its range 0\.45 to 0\.6"):
        rewritten(load(office), fitted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": ("serching",)}, "there is no group `serching`"),
        ({"sets": ("office.coaches",)}, "is a count and no base rate"),
        ({"sets": ("groups.searching.late_share",)}, "is measured, which nothing here may move"),
    ],
)
def test_what_a_fit_may_not_do_is_refused_before_any_run(change: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        fit_base_rates(load("baseline"), [HALF_AS_MANY._replace(**change)], 10, 1, 1, HERE)


def test_a_rate_without_any_outcome_cannot_be_set() -> None:
    scenario = load("headcount", {RATE: 0, **SHORT})
    with pytest.raises(ScenarioError, match="leaving_rate_per_year is 0"):
        fit_base_rates(scenario, [HALF_AS_MANY], 10, 1, 1, HERE)


@pytest.mark.parametrize(
    ("wrong", "instead", "message"),
    [
        ("metric: leaving_rate_per_year", "metric: leaving_rate_per_yaer", "did you mean `leaving_rate_per_year`"),
        ("range: [0.2, 0.3]", "range: [0.3, 0.2]", "should be two numbers, the lower first"),
        ("value: 0.25, ", "", "needs the value that the metric is to have"),
        ("value: 0.25", "value: much", "should be a number"),
        ("metric: leaving_rate_per_year, value: 0.25", "metric: failed_to_attend_share, value: 1.5", "is no share"),
        ("source: C1", "sauce: C1", "`sauce` is not known here"),
        ("source: C1", "source: [1]", "should be a text or a list of texts"),
    ],
)
def test_what_is_wrong_with_targets_is_told_with_file_and_line(targets: Path, wrong: str, instead: str, message: str) -> None:
    targets.write_text(TARGETS.replace(wrong, instead))
    with pytest.raises(ScenarioError) as caught:
        read_targets(targets)
    assert any(message in str(problem) and problem.file == str(targets) and problem.line == 4 for problem in caught.value.problems)


def test_the_command_shows_rates_and_writes_them_only_when_told_to(jobcentre, office: Path, targets: Path) -> None:
    options = ["fit-base-rates", str(office), "--targets", str(targets), "--runs", "10", "--rounds", "1", "--jobs", "0"]
    status, out, _ = jobcentre(*options)
    assert status == 0
    assert RATE in out
    assert office.read_text() == OFFICE
    status, out, _ = jobcentre(*options, "--write", "--json")
    assert status == 0
    assert load(office).settings.responses["constant"].base_leaving_per_year == json.loads(out)["rates"][0]["after"]


def test_the_command_writes_nothing_where_a_target_names_no_figure(jobcentre, office: Path, targets: Path) -> None:
    targets.write_text(TARGETS.replace("sets: responses.constant", "sets: responses.nobody"))
    status, _, err = jobcentre("fit-base-rates", str(office), "--targets", str(targets), "--runs", "10", "--write", "--jobs", "0")
    assert status == 2
    assert "no target sets a figure" in err
    assert office.read_text() == OFFICE
