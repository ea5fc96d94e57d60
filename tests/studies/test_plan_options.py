# ruff: noqa: F811 - a fixture of another file
"""Plans from words of a command line, alone and over those of a file."""

from __future__ import annotations

import pytest

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.scenario import load
from jobcentre.studies.sweep_plan import check_points
from jobcentre.studies.sweep_plan_file import read_plan
from jobcentre.studies.sweep_plan_options import plan_from_options, with_options
from support.plan_texts import CAP, HEAD, plan, problems_of  # noqa: F401 - a fixture among them


def test_ranges_and_lists_are_axes_and_single_values_are_not():
    words = [f"{CAP}=18:27:3", "coaches=20,22", "admin.factor=[0.8, 1.25]", "admin.cv=0.6", "hiring.days_to_hire={mean: 40}"]
    found, fixed = plan_from_options(["oxford_before"], words)
    assert (found.name, found.scenarios, found.runs) == ("sweep-oxford_before", ("oxford_before",), 50)
    assert found.axes == (CAP, "coaches", "admin.factor")
    assert len(found.points) == 4 * 2 * 2
    assert found.points[:2] == ((18, 20, 0.8), (18, 20, 1.25))
    assert fixed == {"admin.cv": "0.6", "hiring.days_to_hire": "{mean: 40}"}
    base = load("oxford_before", fixed)
    assert (base.settings.admin.cv, base.settings.hiring.days_to_hire.mean) == (0.6, 40)
    assert check_points(found, [base]) == []


def test_a_time_of_day_is_a_value_and_no_range():
    found, fixed = plan_from_options(["baseline"], ["coaches=20:21", "office.lunch_start=12:30", "office.opens=09:00,09:30"])
    assert found.points == ((20, "09:00"), (20, "09:30"), (21, "09:00"), (21, "09:30"))
    assert fixed == {"office.lunch_start": "12:30"}
    assert load("baseline", fixed).settings.office.lunch_start == 12 * 3600 + 30 * 60


def test_a_free_text_has_commas_of_its_own_and_a_list_of_days_is_one_value():
    _, fixed = plan_from_options(["baseline"], ["coaches=20:21", "groups.lcw.label=Limited, capability", "office.open_days=[mon, tue]"])
    assert fixed == {"groups.lcw.label": "Limited, capability", "office.open_days": "[mon, tue]"}


def test_a_single_value_of_a_lever_or_a_change_is_held():
    """Loading a scenario knows neither."""
    found, fixed = plan_from_options(["oxford_surge_step"], ["admin.cv=0.5,0.6", "coaches=30", f"changes.surge.set.{CAP}=24"])
    assert (fixed, found.points) == ({}, ((0.5, 30, 24), (0.6, 30, 24)))


def test_points_may_be_drawn_without_a_file():
    found, _ = plan_from_options(["baseline"], ["coaches=20:40", "admin.factor=0.8:1.25"], 7, "sobol", 8, sampling_seed=3)
    assert (found.runs, len(found.points), found.sampling_seed) == (7, 8, 3)


def test_the_same_points_come_from_a_file_and_from_words(plan):
    from_file = read_plan(plan(HEAD + "sampling: sobol\npoints: 16\nfigures: {coaches: 20:40, admin.factor: 0.8:1.25}\n"))
    from_words, _ = plan_from_options(["oxford_surge_step"], ["coaches=20:40", "admin.factor=0.8:1.25"], None, "sobol", 16)
    assert (from_words.axes, from_words.points) == (from_file.axes, from_file.points)


@pytest.mark.parametrize(
    ("words", "options", "place", "said"),
    [
        ([], {}, "--set", "no figure has more than one value"),
        (["admin.cv=0.6"], {}, "--set", "no figure has more than one value"),
        (["coaches=30"], {}, "--set", "varies nothing"),
        (["coaches"], {}, "--set", "is not a figure and its value"),
        (["coaches=20:21", "coaches=22:23"], {}, "--set", "set twice"),
        (["coachs=20:21"], {}, "--set", "did you mean `coaches`?"),
        (["coaches=30:20"], {}, "--set", "write 20:30"),
        (["coaches=20,"], {}, "--set", "has no value"),
        (["coaches=[]"], {}, "--set", "is an empty list"),
        (["coaches=[20"], {}, "--set", "not readable as YAML"),
        (["coaches=020,21"], {}, "--set", "begins with a zero"),
        (["diary.template=spread,late"], {}, "--set", "must be one of spread, earliest"),
        (["hiring.days_to_hire=10:20"], {}, "--set", "vary `hiring.days_to_hire.mean`"),
        (["changes.surge.dat=2021-11-01"], {}, "--set", "changes.NAME.date"),
        (["coaches=20:21"], {"runs": 0}, "--runs", "from 1 to 100,000"),
        (["coaches=20:21"], {"sampling": "sobl"}, "--sampling", "did you mean `sobol`?"),
        (["coaches=20:40"], {"sampling": "sobol"}, "--points", "is missing"),
        (["coaches=20:40"], {"sampling": "sobol", "points": 6}, "--points", "take 4 or 8"),
        (["coaches=20:40"], {"points": 8}, "--points", "does not go with sampling `grid`"),
        (["coaches=20:40"], {"metrics": ["missed_shar"]}, "--metric", "did you mean `missed_share`?"),
        (["coaches=20:40"], {"sampling_seed": -1}, "--sampling-seed", "from 0"),
    ],
)
def test_words_that_make_no_plan_are_refused(words, options, place, said):
    problems = problems_of(plan_from_options, ["baseline"], words, **options)
    assert [one for one in problems if one.file == place and said in str(one)], problems


def test_all_that_is_wrong_with_words_is_told_at_once():
    problems = problems_of(plan_from_options, ["baseline"], ["coachs=20:21", "admin.factor=2:1", "admin.cv=0.5,0.6"])
    assert [one.path for one in problems] == ["coachs", "admin.factor"]


def test_scenarios_of_one_name_are_refused_on_the_command_line_too():
    (problem,) = problems_of(plan_from_options, ["baseline", "scenarios/baseline.yaml"], ["coaches=20:21"])
    assert "two scenarios are called `baseline`" in problem.message


def test_words_stand_over_those_of_a_plan(plan):
    file = read_plan(plan(HEAD + "runs: 7\nfigures: {coaches: 20:22, admin.cv: [0.5, 0.6]}\n"))
    same, fixed = with_options(file, [])
    assert (same, fixed) == (file, {})
    other, fixed = with_options(file, ["coaches=30,31", "admin.factor=1.1", "diary.cover=true,false"], runs=9)
    assert (other.name, other.runs, other.axes) == ("ours", 9, ("coaches", "admin.cv", "diary.cover"))
    assert (len(other.points), other.points[0]) == (8, (30, 0.5, True))
    assert fixed == {"admin.factor": "1.1"}
    held, fixed = with_options(file, ["admin.cv=0.7"])
    assert (held.points, fixed) == (((20, 0.7), (21, 0.7), (22, 0.7)), {})


def test_a_sobol_sweep_is_extended_by_a_word(plan):
    file = read_plan(plan(HEAD + "sampling: sobol\npoints: 8\nsampling_seed: 5\nfigures: {coaches: 20:40, admin.cv: 0.3:0.8}\n"))
    more, _ = with_options(file, [], points=16)
    assert (len(more.points), more.points[:8]) == (16, file.points)
    assert with_options(file, [], runs=3).plan.points == file.points


def test_a_plan_that_words_turn_into_samples_says_on_which_line_it_cannot_be(plan):
    file = read_plan(plan(HEAD + "figures:\n  coaches: 20:22:2\n  admin.cv: 0:1\n"))
    (problem,) = problems_of(with_options, file, [], sampling="sobol", points=8)
    assert (problem.file, problem.line) == (file.file, 4)
    assert len(with_options(file, ["coaches=20:40"], sampling="sobol", points=8).plan.points) == 8


def test_metrics_shown_first_are_those_asked_for():
    assert set(HEADLINES) <= set(BY_NAME)
    assert plan_from_options(["baseline"], ["coaches=20:21"]).plan.metrics == HEADLINES
    assert plan_from_options(["baseline"], ["coaches=20:21"], metrics=["leavers"]).plan.metrics == ("leavers",)
