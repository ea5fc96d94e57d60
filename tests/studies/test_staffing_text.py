"""What is said at the ends of a staffing question: too few runs, the end of the range, runs that failed, results seen before."""

import numpy as np
import pytest
from scipy import stats

from jobcentre.report import staffing_text as words
from jobcentre.report.elements import plain
from jobcentre.runs import locks
from jobcentre.runs.folder import Experiment
from jobcentre.runs.store import Run
from jobcentre.scenario import load
from jobcentre.stats.exact import runs_that_show
from jobcentre.studies.conditions import read_condition
from jobcentre.studies.levers import lever_of
from jobcentre.studies.staffing import StaffingResult, StaffingStudy, _plan, document
from jobcentre.studies.staffing_search import StaffingQuestion, plan_of, search_among, takes_for_enough
from support.fake_model import model  # noqa: F401 - a fixture

OVERLOADED, COST = ("overloaded_share", None), ("cost_per_year_pounds", None)


def made_up(place, number, met, failing=0, without=0):
    """An office-year: the first so many of those that meet the targets have failed, or have no value."""
    metrics = {OVERLOADED: (0.2 if met else 0.3, 1.0), COST: (1000.0 * place + number % 7 * (place + 1), 1.0)}
    if number < without:
        metrics[OVERLOADED] = (0.0, 0.0)
    return Run("made up", number, "", metrics, failure="it broke" if number < failing else None)


def answered(chances, plan, probability=0.9, lever="coaches", **of_runs):
    """The answer where each value meets the target with a chance and all values share one luck."""
    luck = np.random.default_rng(3).random(5000)
    chosen = lever_of(lever, None)
    values = [20.0 + place for place in range(len(chances))]
    in_order = values if chosen.more_is_generous else values[::-1]
    question = StaffingQuestion("made up", chosen, in_order, [read_condition("overloaded_share<=0.25", "--target")], probability)

    def runs(places, number):
        return {place: [made_up(place, run, luck[run] < chances[place], **of_runs) for run in range(number)] for place in places}

    answer = search_among(question, plan, runs)
    asked = StaffingStudy(question, load("baseline"), Experiment(None, {}, 1, ""), [])
    return answer, document(StaffingResult(asked, plan, answer, {}, None, 0))


def said(told):
    return " ".join(plain(line) for line in (words.headline(told), *words.reasons(told), *words.notes(told)))


@pytest.mark.parametrize(
    ("probability", "level", "runs"),
    # by hand: 0.9^35 = 0.02503 and 0.9^36 = 0.02253, around 0.025; 0.99^367 = 0.02501; 0.5^5 = 0.03125, 0.5^6 = 0.015625
    [(0.9, 0.95, 36), (0.99, 0.95, 368), (0.5, 0.95, 6), (0.9, 1 - 0.05 / 2, 42), (0.9, 1 - 0.05 / 6, 53), (0.9, 1 - 0.05 / 12, 59)],
)
def test_the_fewest_runs_that_show_a_probability_if_all_do(probability, level, runs):
    assert runs_that_show(probability, level) == runs
    assert probability**runs <= (1 - level) / 2 < probability ** (runs - 1)


@pytest.mark.parametrize(
    ("plan", "probability", "takes"),
    [
        (plan_of(35, 35), 0.9, (36, 50)),  # 0.9^25 is above 0.0125, 0.9^50 below 0.0167
        (plan_of(36, 36), 0.9, None),
        (plan_of(None, 49), 0.9, (36, 50)),
        (plan_of(None, 50), 0.9, None),
        (plan_of(50, 50), 0.99, (368, 400)),
    ],
)
def test_runs_that_enough_takes(plan, probability, takes):
    assert takes_for_enough(plan, probability) == takes


@pytest.mark.parametrize("plan", [plan_of(None, 49), plan_of(30, 30)])
def test_too_few_runs_to_show_enough_are_said_with_how_many_it_takes(plan):
    _, told = answered([1.0] * 4, plan)
    assert told["enough_takes"] == {"runs": 36, "max_runs": 50}
    assert "for 90 % it takes --runs 36 or more, chosen before anything is seen, or --max-runs 50 or more" in said(told)


def test_where_runs_suffice_nothing_is_said_of_how_many_it_takes():
    _, told = answered([0.5, 0.9, 0.92], plan_of(None, 200))
    assert told["reachable"] is None
    assert "it takes" not in said(told)


@pytest.mark.parametrize(
    ("lever", "start"),
    [
        ("coaches", "20 coaches: the fewest of those asked about with which"),
        ("appointments_per_day", "23 appointments a day at most: the highest of those asked about with which"),
    ],
)
def test_the_end_of_the_range_is_the_fewest_of_those_asked_about_only(lever, start):
    assert said(answered([1.0] * 4, plan_of(None, 100), lever=lever)[1]).startswith(start)


def test_within_the_range_the_fewest_is_meant_without_that():
    assert said(answered([0.2, 0.2, 1.0], plan_of(None, 100))[1]).startswith("22 coaches: the fewest with which")


def test_a_value_that_would_be_enough_by_itself_is_not_said_to_be_near_the_wanted_chance():
    """More coaches do worse here: 50 of 50 at 21 coaches, while nobody can tell of 22 and 23."""
    _, told = answered([0.3, 1.0, 0.93, 0.93], plan_of(None, 200))
    row = next(row for row in told["candidates"] if row["value"] == 21)
    assert row["state"] == "unclear"
    assert row["low"] > 0.9
    assert "(92.1 to 100.0): enough by itself, but not shown of all that are more generous." in said(told)
    assert said(told).count("by itself, but") == 1


def test_runs_that_failed_or_have_no_value_are_told_where_they_count_as_not_met():
    _, told = answered([0.2, 1.0], plan_of(40, 40), failing=4, without=7)
    for row in told["candidates"]:
        assert row["failed"] == 4
        assert [one["without_value"] for one in row["targets"]] == [3]
    assert told["candidates"][1]["met"] == 33
    text = "Office-years with 21 coaches that count as not meeting the targets: 4 that failed, 3 without a value for overloaded coach-days"
    assert text in said(told)
    assert "that count as not meeting" not in said(answered([0.2, 1.0], plan_of(40, 40))[1])


def test_levels_and_kind_stand_with_the_answer():
    fixed, anytime = (said(answered([0.2, 1.0], plan)[1]) for plan in (plan_of(40, 40), plan_of(None, 100)))
    assert "hold with 95 % from 40 office-years. Those of means and costs hold with 95 % (fixed)." in fixed
    assert "hold with 97.5 % from 25, 96.67 % from 50 office-years. Those of means and costs hold with 95 % (anytime)." in anytime


def test_what_a_step_costs_has_an_interval_that_allows_for_looks():
    """The costs of two values differ by 1,000 to 1,006 pounds over 25 runs: Student's interval at the level of the first look."""
    answer, _ = answered([0.2, 0.2, 1.0], plan_of(None, 100))
    assert answer.step.runs == 25  # as many as the value that is not enough got
    differences = 1000.0 + np.arange(25) % 7
    half = stats.t.ppf(1 - 0.05 / 4, 24) * differences.std(ddof=1) / 5
    assert answer.step.more == pytest.approx(differences.mean())
    assert (answer.step.high - answer.step.low) / 2 >= half * (1 - 1e-9)


def looked_at(folder, *numbers):
    locks.make_folder(folder)
    plans = [_plan(folder, runs, 200) for runs in numbers]
    return plans[-1]


def test_a_number_of_runs_after_another_was_seen_is_not_one_chosen_beforehand(tmp_path):
    first = looked_at(tmp_path / "first", 40, 40)
    assert (first.kind, first.seen) == ("fixed", False)
    more = looked_at(tmp_path / "more", 40, 60)
    assert (more.kind, more.seen, [runs for runs, _ in more.looks]) == ("anytime", True, [25, 50])
    few = looked_at(tmp_path / "few", 10, 20)
    assert (few.kind, few.seen) == ("fixed", True)
    assert looked_at(tmp_path / "looks", None, None).seen is False
    assert looked_at(tmp_path / "looks", None, 100).seen is True


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (
            plan_of(20, 20)._replace(runs_requested=20, seen=True),
            "it was not chosen beforehand, so that what is said holds with less than 95 %",
        ),
        (
            plan_of(None, 60)._replace(runs_requested=60, seen=True),
            "they count as looks, and those after the last look up to 60 are not used",
        ),
    ],
)
def test_results_seen_before_with_another_number_are_told(plan, text):
    assert text in said(answered([0.2, 1.0], plan)[1])
    assert text not in said(answered([0.2, 1.0], plan._replace(seen=False))[1])


@pytest.mark.cli
@pytest.mark.parametrize(
    ("more", "told"),
    [(("--runs", "35"), True), (("--max-runs", "49"), True), (("--runs", "36"), False), (("--runs", "35", "--quiet"), False)],
)
def test_the_command_says_before_it_begins_that_there_are_too_few_runs(jobcentre, model, monkeypatch, more, told):  # noqa: F811
    def as_little_as_can_be(log, given):
        return {("missed_share", None): (1.0, 4.0), COST: (1.0, 1.0)}

    monkeypatch.setattr("jobcentre.runs.worker.measure", as_little_as_can_be)
    ask = ("staffing", "oxford_before", "--target", "missed_share<=0.5", "--range", "24:25", "--jobs", "0", "--no-responses")
    status, _, error = jobcentre(*ask, *more)
    assert status == 0
    assert ("0.9 takes --runs 36 or more, or --max-runs 50 or more" in error) == told
    assert jobcentre(*ask, *more, "--json")[2] == ""
