"""Conditions on metrics: how they are read, and what intervals say of them, as a target and as a limit."""

from __future__ import annotations

import itertools
import json
import operator
import re

import pytest

from jobcentre.metrics import METRICS
from jobcentre.runs.results import Summary
from jobcentre.scenario import ScenarioError, load
from jobcentre.studies.conditions import Condition, conditions_of, evaluate_conditions, read_condition
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli

RUN = ("run", "oxford_before", "--jobs", "0", "--runs", "5", "--no-responses")


@pytest.mark.parametrize(
    ("text", "metric", "group", "sign", "value"),
    [
        ("overloaded_share<=0.10", "overloaded_share", None, "<=", 0.1),
        ("overloaded_share <= 10%", "overloaded_share", None, "<=", 0.1),
        ("missed_share@pre_wca<15 %", "missed_share", "pre_wca", "<", 0.15),
        (" missed_share @ lcw > .2 ", "missed_share", "lcw", ">", 0.2),
        ("leavers>=1e1", "leavers", None, ">=", 10),
        ("cost_per_year_pounds<=1234567.5", "cost_per_year_pounds", None, "<=", 1234567.5),
        ("strain_mean>-0", "strain_mean", None, ">", 0),
        ("leaving_rate_per_year>120%", "leaving_rate_per_year", None, ">", 1.2),
        ("contact_minutes_share<=110%", "contact_minutes_share", None, "<=", 1.1),
    ],
)
def test_a_condition_is_read(text, metric, group, sign, value):
    found = read_condition(text, "--target")
    assert (found.metric, found.group, found.sign, found.value) == (metric, group, sign, pytest.approx(value))
    assert read_condition(str(found), "--target") == found  # what is told of it says the same, with all digits
    assert found.key == (metric, group)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("overloaded_share>20", "means 2,000 % (write 20% or 0.2)"),
        ("failed_to_attend_share<=18.5", "means 1,850 % (write 18.5% or 0.185)"),
        ("leaving_rate_per_year>20", "write 20% or 0.2"),
        ("overloaded_share<=150%", "never above 100 %"),
        ("overtime_minutes_per_coach_day<=10%", "not in per cent"),
    ],
)
def test_a_limit_outside_what_the_metric_can_be_is_refused_with_what_was_meant(text, meant):
    with pytest.raises(ScenarioError, match=re.escape(meant)):
        read_condition(text, "--fail-if")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_no_condition_that_all_results_meet_or_none(metric):
    """Every possible result is 0 or more, a share of a whole at most 1, minutes of a day at most 1,440, days of a year at most 366."""
    most = {"minutes per coach-day": 1440.0, "working days per coach-year": 366.0}.get(metric.unit, 1.0 if metric.share else 1e9)
    results = [0.0, most / 3, most]
    holds = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
    for sign, limit in itertools.product(holds, (-5.0, 0.0, most / 7, most / 2, most, 2 * most, 20.0, 400.0, 2000.0)):
        if metric.is_proportion and limit > 1:
            continue  # refused for another reason
        all_alike = len({holds[sign](result, limit) for result in results}) == 1 and not (most == 1e9 and limit >= most)
        if all_alike:
            with pytest.raises(ScenarioError, match="says nothing"):
                read_condition(f"{metric.name}{sign}{limit:.12f}", "--target")
        else:
            assert read_condition(f"{metric.name}{sign}{limit:.12f}", "--target").value == pytest.approx(limit, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("overloaded_share=0.1", "is not a condition"),
        ("overloaded_share==0.1", "is not a condition"),
        ("overloaded_share<>0.1", "is not a condition"),
        ("overloaded_share", "is not a condition"),
        ("0.1>=overloaded_share", "is not a condition"),
        ("overloaded_share<=nan", "is not a condition"),
        ("overloaded_share<=1e999", "is not a condition"),
        ("overloaded_share<=1.2.3", "is not a condition"),
        ("overloaded_share<=0.1 or leavers<3", "is not a condition"),
        ("missed_share[lcw]<=0.1", "is not a condition"),
        ("missed_share@<=0.1", "is not a condition"),
        ("overloadd_share<=0.1", "did you mean `overloaded_share`"),
        ("overloaded_share@lcw<=0.1", "is not told by customer group"),
        ("", "is not a condition"),
    ],
)
def test_what_is_no_condition_is_refused_in_words(text, said):
    with pytest.raises(ScenarioError) as refused:
        read_condition(text, "--fail-if")
    (problem,) = refused.value.problems
    assert said in f"{problem.message} {problem.suggestion}"
    assert problem.file == "--fail-if"


def test_a_group_that_a_scenario_does_not_have_is_refused():
    scenarios = {"oxford_before": load("oxford_before")}
    assert conditions_of(["missed_share@lcw<=0.2"], "--target", scenarios)[0].group == "lcw"
    with pytest.raises(ScenarioError) as refused:
        conditions_of(["missed_share@lcv<=0.2"], "--target", scenarios)
    assert "lcw" in refused.value.problems[0].suggestion


@pytest.mark.parametrize(
    ("sign", "value", "met"),
    [("<=", 0.2, True), ("<", 0.2, False), (">=", 0.2, True), (">", 0.2, False), ("<", 0.21, True), (">", 0.19, True), ("<=", 0.19, False)],
)
def test_a_value_meets_a_condition(sign, value, met):
    assert Condition("missed_share", None, sign, value).met_by(0.2) is met


def test_no_value_meets_no_condition():
    assert not any(Condition("missed_share", None, sign, 0.5).met_by(None) for sign in ("<", "<=", ">", ">="))


def row(mean, low, high, group=None):
    return Summary("one", 0, group, "missed_share", mean, low, high, "share", 50, 0.95, "", "fixed")


def judged(option, condition, *found):
    wanted = [read_condition(condition, "--x")]
    targets, forbidden = (wanted, []) if option == "target" else ([], wanted)
    (one,) = evaluate_conditions(targets, forbidden, {"one": found})
    return one


@pytest.mark.parametrize(
    ("option", "condition", "broken", "unclear"),
    # the interval is 0.1 to 0.2; its ends count as the sign says
    [
        ("target", "missed_share<=0.2", False, False),
        ("target", "missed_share<0.2", False, True),
        ("target", "missed_share<=0.15", False, True),
        ("target", "missed_share<=0.1", False, True),
        ("target", "missed_share<0.1", True, False),
        ("target", "missed_share<=0.05", True, False),
        ("target", "missed_share>0.05", False, False),
        ("target", "missed_share>0.25", True, False),
        ("fail_if", "missed_share>0.05", True, False),
        ("fail_if", "missed_share>0.1", False, True),
        ("fail_if", "missed_share>=0.1", True, False),
        ("fail_if", "missed_share>0.15", False, True),
        ("fail_if", "missed_share>0.2", False, False),
        ("fail_if", "missed_share>0.3", False, False),
        ("fail_if", "missed_share<0.3", True, False),
    ],
)
def test_the_whole_interval_decides(option, condition, broken, unclear):
    found = judged(option, condition, row(0.14, 0.1, 0.2))
    assert (found.broken, found.unclear) == (broken, unclear)
    assert "0.14" in found.text
    assert str(found.condition) in found.text
    assert ("cannot tell" in found.text) == unclear


def test_without_an_interval_nothing_is_certain():
    for option in ("target", "fail_if"):
        found = judged(option, "missed_share<=0.5", row(0.14, None, None))
        assert (found.broken, found.unclear) == (False, True)
        assert "too few runs" in found.text


@pytest.mark.parametrize("found", [(), (row(None, None, None),)], ids=["no row", "no value"])
def test_a_metric_without_a_value_passes_no_gate(found):
    for option in ("target", "fail_if"):
        one = judged(option, "missed_share<=0.5", *found)
        assert (one.broken, one.unclear) == (True, False)
        assert "has no value" in one.text


def test_a_group_is_judged_by_its_own_interval():
    found = judged("fail_if", "missed_share@lcw>0.2", row(0.5, 0.4, 0.6), row(0.1, 0.05, 0.15, "lcw"))
    assert (found.broken, found.mean) == (False, 0.1)


def test_every_scenario_is_judged():
    wanted = [read_condition("missed_share<=0.3", "--target")]
    found = evaluate_conditions(wanted, wanted, {"one": [row(0.14, 0.1, 0.2)], "two": [row(0.5, 0.4, 0.6)]})
    assert [(one.scenario, one.option, one.broken) for one in found] == [
        ("one", "target", False),
        ("one", "fail_if", True),
        ("two", "target", True),
        ("two", "fail_if", False),
    ]


# as a gate of the command line: 0 to 4 of 10 coach-days are overloaded, 0.2 with an interval of about 0.004 to 0.4


@pytest.fixture
def grouped(model, monkeypatch):  # noqa: F811
    """The small model with 1 of 4 appointments missed in the group `lcw`."""
    measure = model.measure_all

    def with_group(log, given):
        measured, windows, weekly = measure(log, given)
        return measured | {("missed_share", "lcw"): (1.0, 4.0)}, windows, weekly

    monkeypatch.setattr("jobcentre.runs.worker.measure_all", with_group)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--target", "overloaded_share<=0.9"), 0, ""),
        (("--target", "overloaded_share<=0.0001"), 1, "failed"),
        (("--target", "overloaded_share<=20%"), 0, "warning"),
        (("--target", "overloaded_share<=0.2", "--strict"), 1, "failed"),
        (("--target", "overloaded_share<=0.9", "--strict"), 0, ""),
        (("--fail-if", "overloaded_share>0.0001"), 1, "failed"),
        (("--fail-if", "overloaded_share>0.2"), 0, "warning"),
        (("--fail-if", "overloaded_share>0.2", "--strict"), 1, "failed"),
        (("--fail-if", "overloaded_share>0.9"), 0, ""),
        (("--fail-if", "missed_share@lcw<=0.25"), 1, "failed"),
        (("--fail-if", "missed_share@lcw<0.25"), 0, ""),
        (("--target", "overloaded_share<=0.9", "--fail-if", "missed_share>=0.1"), 1, "failed"),
        (("--target", "missed_share@pre_wca<=0.9"), 1, "has no value"),
    ],
)
def test_the_gate(jobcentre, grouped, words, status, said):
    code, out, err = jobcentre(*RUN, *words, "--json")
    document = json.loads(out)
    assert code == status
    assert said in err
    assert bool(err) == bool(said)
    assert bool(document["broken"]) == (status == 1 and "--strict" not in words)
    asked = [text for option, text in itertools.pairwise(words) if option != "--strict" and text.count("_share")]
    assert len(document["conditions"]) == len(asked)
    for one in document["conditions"]:
        assert {"scenario", "option", "condition", "mean", "low", "high", "state", "broken", "unclear"} <= set(one)
    quiet = jobcentre(*RUN, *words, "--json", "--quiet")
    assert (quiet[0], json.loads(quiet[1])["conditions"]) == (status, document["conditions"])
    assert bool(quiet[2]) == (status == 1)  # what fails is told even then


def test_a_gate_on_a_comparison_is_held_against_every_scenario(jobcentre, model, tmp_path):  # noqa: F811
    (tmp_path / "worse.yaml").write_text("title: A variant\nextends: oxford_before\n", encoding="utf-8")
    words = ("compare", "oxford_before", str(tmp_path / "worse.yaml"), *RUN[2:], "--fail-if", "overloaded_share>0.1")
    status, out, err = jobcentre(*words, "--json")
    found = {one["scenario"]: (one["state"], one["broken"]) for one in json.loads(out)["conditions"]}
    assert found == {"oxford_before": ("unclear", False), "worse": ("holds", True)}
    assert (status, "warning: oxford_before" in err, "failed: worse" in err) == (1, True, True)
