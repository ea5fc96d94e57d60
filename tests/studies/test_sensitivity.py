"""Sensitivity of a real outcome: an input that decides it has all of the variance, one without effect none, and chance is told apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import experiment
from jobcentre.scenario import Evidence, ScenarioError, load, vary
from jobcentre.studies.sensitivity import FILE, SensitivityQuestion, mechanism_of, run_sensitivity
from support.places import SMALL

HOW = ExecutionOptions(jobs=0, engine="compiled")
FAILED, PRICE = "groups.searching.failed_share", "money.hire_pounds"
QUESTION = SensitivityQuestion("failed_to_attend_share", "input", 32, 3, 4)


def asked(out, question, qualities=("assumed", "derived"), scenarios=("small",), **inputs):
    small = vary(load(SMALL), {"period.weeks": 8, **inputs})
    ranges = {FAILED: (0.05, 0.4), PRICE: (1000.0, 9000.0)}
    evidence = {
        path: Evidence((quality,), quality, ends, note="a trial") for (path, ends), quality in zip(ranges.items(), qualities, strict=True)
    }  # fmt: skip
    made = {name: replace(small, name=name, evidence=evidence) for name in scenarios}
    return experiment("sensitivity-small", made, 2, out, question._asdict())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    one = asked(tmp_path_factory.mktemp("sensitivity"), QUESTION)
    return one, run_sensitivity(one, QUESTION, HOW, lambda _: None)


def test_the_input_that_decides_an_outcome_has_its_variance(found):
    _, answer = found
    by_name = {one.name: one for one in answer.factors}
    assert answer.factors[0].name == FAILED
    assert by_name[FAILED].first.low < 1 < by_name[FAILED].first.high + 0.1
    assert by_name[FAILED].total.mean == pytest.approx(1, abs=0.25)
    # money changes nothing that happens, so with keyed random numbers its index is nothing and not nearly so
    assert by_name[PRICE].first.mean == by_name[PRICE].total.mean == 0


def test_chance_is_told_apart(found):
    """Failing from 5 to 40 % has a standard deviation of ten points; a year of eight weeks one of about two: 4 % of the variance."""
    _, answer = found
    assert 0.0 < answer.chance < 0.15
    assert answer.spread == pytest.approx(0.10, abs=0.04)


def test_the_answer_stands_in_the_folder_and_costs_no_run_again(found):
    one, answer = found
    told = json.loads((one.folder / FILE).read_text())
    assert told["factors"][0]["name"] == FAILED
    assert told["share_of_chance"] == answer.chance
    made = []
    again = run_sensitivity(one, QUESTION, HOW._replace(progress=lambda done, of, failed=0: made.append(of)), lambda _: None)
    assert set(made) == {0}
    assert again == answer


def test_a_difference_between_equal_scenarios_has_no_variance(tmp_path):
    one = asked(tmp_path, QUESTION, scenarios=("a", "b"))
    answer = run_sensitivity(one, QUESTION, HOW, lambda _: None)
    assert (answer.mean, answer.spread, answer.chance) == (0, 0, 0)


def test_by_quality_published_inputs_count_too(tmp_path):
    question = QUESTION._replace(by="quality")
    one = asked(tmp_path, question, qualities=("reported", "assumed"))
    answer = run_sensitivity(one, question, HOW, lambda _: None)
    shares = {factor.name: factor.total.mean for factor in answer.factors}
    assert set(shares) == {"published", "assumed", "structure"}
    assert shares["published"] > 0.7 > shares["assumed"]


def test_points_are_a_power_of_two(tmp_path):
    question = QUESTION._replace(points=24)
    with pytest.raises(ScenarioError, match="no power of 2"):
        run_sensitivity(asked(tmp_path, question), question, HOW, lambda _: None)
    assert not list(tmp_path.iterdir())


def test_mechanisms_are_sections_and_groups():
    assert mechanism_of("admin.factor") == "admin"
    assert mechanism_of("groups.lcw.exits.into_work.per_month") == "groups.lcw"
