# ruff: noqa: F811 - a fixture of another file
"""Plans of sweeps: the files of the program, the page about them, what is refused, and on which line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.scenario import load
from jobcentre.scenario.files import PACKAGE_SCENARIOS, plan_files
from jobcentre.studies.sweep_plan import MOST_PROBLEMS, check_points, notes
from jobcentre.studies.sweep_plan_file import check_plan_file, is_plan, read_plan, scenarios_of
from support.places import ROOT
from support.plan_texts import CAP, HEAD, plan, problems_of  # noqa: F401 - a fixture among them
from support.scenario_texts import SMALL

PAGE = ROOT / "docs" / "how-to" / "sweep.md"
SHIPPED = sorted((PACKAGE_SCENARIOS / "plans").glob("*.yaml"))


# --- plans of the program --------------------------------------------------------------------------------------------


def test_the_program_has_plans():
    assert {path.stem for path in SHIPPED} >= {"first_sweep", "coaches_by_appointments", "admin_doubt"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_plan_of_the_program_is_fit_to_run(path):
    assert is_plan(path)
    assert check_plan_file(path) == []
    found = read_plan(path)
    assert found.question.endswith("?")
    assert notes(found, scenarios_of(found)) == []
    assert f"`{path.stem}`" in PAGE.read_text(encoding="utf-8")


def test_the_first_sweep_is_small_and_the_one_over_coaches_is_not():
    first, large = read_plan("first_sweep"), read_plan("coaches_by_appointments")
    assert (len(first.points), first.runs, len(first.axes)) == (6, 5, 2)
    assert (len(large.points) >= 100, large.runs) == (True, 50)


def test_doubt_about_admin_stays_within_the_ranges_of_the_baseline():
    known, found = load("baseline").evidence, read_plan("admin_doubt")
    for told in found.axes_text():
        assert (known[told["name"]].quality, tuple(told["values"])) == ("assumed", known[told["name"]].range)


def test_points_of_the_other_plans_lie_within_what_sources_say():
    """17 appointments a day are the fewest of A1, 27 those of A2."""
    known = load("baseline").evidence
    for name in ("first_sweep", "coaches_by_appointments"):
        coaches, caps = zip(*read_plan(name).points, strict=True)
        low, high = known["office.coaches"].range
        assert low <= min(coaches) <= max(coaches) <= high
        assert 17 <= min(caps) <= max(caps) <= 27


def test_plans_travel_with_the_program():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["sim/jobcentre"], "force-include": {"scenarios": "jobcentre/scenarios"}}


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_example_of_the_page_is_the_plan_it_says(plan):
    text = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    path = plan(example)
    assert check_plan_file(path) == []
    found = read_plan(path)
    assert "4 × 3 = 12 points are made in each of the two scenarios, each with 20 runs" in text
    assert (len(found.points), len(found.scenarios), found.runs) == (12, 2, 20)
    assert found.points[:4] == ((20, 17, 1.0), (20, 22, 1.0), (20, 27, 1.0), (24, 17, 1.0))


def test_the_page_has_every_key():
    from jobcentre.studies.sweep_plan_file import KEYS

    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8").split("## What may be varied")[0], re.MULTILINE)
    assert sorted(rows) == sorted(KEYS)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_what_is_not_given_is_usual(plan):
    found = read_plan(plan(HEAD + "figures: {coaches: 20:22}\n", "our_plan.yaml"))
    assert (found.name, found.title, found.question) == ("our_plan", "A trial", "")
    assert (found.sampling, found.runs, found.sampling_seed, found.sites) == ("grid", 50, 1, None)
    assert (found.metrics, found.scenarios) == (HEADLINES, ("oxford_surge_step",))
    assert (found.axes, found.points) == (("coaches",), ((20,), (21,), (22,)))


def test_what_is_given_is_read(plan):
    text = (
        "title: A\nquestion: Why?\nscenarios: baseline\nruns: 7\nsampling: sobol\npoints: 16\nsampling_seed: 0\n"
        "metrics: missed_share\nsites: synthetic_646\nfigures:\n  coaches: 20:30\n  admin.factor: 0.8:1.25\n  diary.cover: false\n"
    )
    found = read_plan(plan(text))
    assert (found.question, found.scenarios, found.runs, found.sampling_seed) == ("Why?", ("baseline",), 7, 0)
    assert (found.metrics, found.sites, len(found.points)) == (("missed_share",), "synthetic_646", 16)
    assert [told["values"] for told in found.axes_text()] == [[20, 30], [0.8, 1.25], [False]]


def test_times_dates_and_choices_stand_in_grids_and_lists(plan):
    text = (
        "title: A\nscenarios: [oxford_surge_step]\nsampling: list\nfigures:\n  office.lunch_start: [12:00, 12:30]\n"
        "  changes.surge.date: [2021-11-01, 2022-02-01]\n  diary.template: [spread, earliest]\n  diary.cover: [true, false]\n"
    )
    path = plan(text)
    assert read_plan(path).points == (("12:00", "2021-11-01", "spread", True), ("12:30", "2022-02-01", "earliest", False))
    assert check_plan_file(path) == []


def test_values_of_an_axis_are_told_in_rising_order(plan):
    found = read_plan(plan(HEAD + "sampling: list\nfigures:\n  coaches: [30, 20, 20]\n  admin.factor: [1, 1.2, 0.9]\n"))
    assert [told["values"] for told in found.axes_text()] == [[20, 30], [0.9, 1.0, 1.2]]
    first = found.axes_text()[0]
    assert (first["name"], first["label"], first["unit"]) == ("coaches", "Coaches", "coaches")


def test_scenarios_are_sought_beside_the_plan_first(tmp_path, plan, monkeypatch):
    """Also where a plan has the name of a scenario, and where the program is started elsewhere."""
    (tmp_path / "home" / "scenarios").mkdir(parents=True)
    (tmp_path / "home" / "scenarios" / "ours.yaml").write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    text = "title: A\nscenarios: [{}]\nfigures: {{admin.factor: [0.9, 1]}}\n"
    own = plan(text.format("ours, baseline"), "home/scenarios/plans/ours.yaml")
    assert [Path(name).name for name in read_plan(own).scenarios] == ["ours.yaml", "baseline"]
    assert [one.title for one in scenarios_of(read_plan(own))] == [load(SMALL).title, load("baseline").title]
    by_path = plan(text.format("../ours.yaml"), "home/scenarios/plans/by_path.yaml")
    assert load(read_plan(by_path).scenarios[0]).title == load(SMALL).title
    monkeypatch.chdir(tmp_path / "home")
    assert read_plan("ours").scenarios == ("ours", "baseline")
    same = plan(text.format("baseline"), "apart/baseline.yaml")
    assert read_plan(same).scenarios == ("baseline",)


def test_a_bare_name_finds_a_plan_here_before_that_of_the_program(tmp_path, plan, monkeypatch):
    assert read_plan("first_sweep").file == str(PACKAGE_SCENARIOS / "plans" / "first_sweep.yaml") or Path("scenarios").is_dir()
    plan(HEAD + "figures: {coaches: 20:22}\n", "scenarios/plans/first_sweep.yaml")
    monkeypatch.chdir(tmp_path)
    assert len(read_plan("first_sweep").points) == 3
    assert [path.stem for path in plan_files()].count("first_sweep") == 1
    (problem,) = problems_of(read_plan, "first_sweap")
    assert (problem.message, problem.suggestion) == ("there is no plan `first_sweap`", "did you mean `first_sweep`?")
    (problem,) = problems_of(read_plan, "plans/nowhere.yaml")
    assert "there is no such file" in problem.message


def test_a_plan_is_told_from_a_scenario(plan):
    assert [is_plan(name) for name in ("first_sweep", "baseline", "nothing_of_the_kind")] == [True, False, False]
    assert not is_plan(PACKAGE_SCENARIOS / "oxford_surge_step.yaml")
    assert is_plan(str(plan("title: A\nscenarios: [baseline]\n")))
    assert is_plan(plan("titel: A\nfigurs: {}\n", "scenarios/plans/mistyped.yaml"))
    assert not is_plan(plan("title: A\nextends: baseline\n", "scenarios/plans/scenario.yaml"))
    assert not is_plan(plan("title: A\n"))
    assert not is_plan("nowhere.yaml")


# --- what is refused, on which line ----------------------------------------------------------------------------------

TWO = "figures:\n  coaches: 20:22\n  admin.factor: [0.9, 1]\n"

BAD = [
    # the file
    ("", 1, "is empty"),
    ("- a\n- b\n", 1, "is not a plan"),
    ("title: A\n  x: 1\n", 2, "not readable as YAML"),
    (HEAD + "title: B\n" + TWO, 3, "`title` is given twice"),
    # keys
    ("scenarios: [baseline]\n" + TWO, 1, "`title` is missing"),
    ("title: 5\nscenarios: [baseline]\n" + TWO, 1, "`title` should be text"),
    ("title: A\n" + TWO, 1, "`scenarios` is missing"),
    ("title: A\nscenarios: [baseline]\n", 1, "`figures` is missing"),
    (HEAD + "figurs: {}\n" + TWO, 3, "did you mean `figures`?"),
    (HEAD + "seed: 3\n" + TWO, 3, "given on the command line"),
    (HEAD + "coaches: 20:22\n" + TWO, 3, "stands under `figures:`"),
    (HEAD + "zzz: 20\n" + TWO, 3, "known: format, title, question"),
    (HEAD + "figures: []\n", 3, "should hold lines of `name: values`"),
    (HEAD + "figures: {}\n", 3, "should hold lines of `name: values`"),
    (HEAD + "figures: 20\n", 3, "should hold lines of `name: values`"),
    # scenarios
    ("title: A\nscenarios: [baseline,\n  oxfrod_before]\n" + TWO, 3, "did you mean `oxford_before`?"),
    ("title: A\nscenarios: [baseline, baseline]\n" + TWO, 2, "names `baseline` twice"),
    ("title: A\nscenarios: []\n" + TWO, 2, "names nothing"),
    ("title: A\nscenarios: [5]\n" + TWO, 2, "should be a name or a list of names"),
    ("title: A\nscenarios: {a: b}\n" + TWO, 2, "should be a name or a list of names"),
    ("title: A\nscenarios: [nowhere/a.yaml]\n" + TWO, 2, "there is no file `nowhere/a.yaml`"),
    ("title: A\nscenarios: [first_sweep]\n" + TWO, 2, "there is no scenario `first_sweep`"),
    # metrics
    (HEAD + "metrics: [missed_shar]\n" + TWO, 3, "did you mean `missed_share`?"),
    (HEAD + "metrics: []\n" + TWO, 3, "names nothing"),
    (HEAD + "metrics: [missed_share,\n  missed_share]\n" + TWO, 4, "twice"),
    # numbers
    (HEAD + "runs: 0\n" + TWO, 3, "is 0 but should be a whole number from 1 to 100,000"),
    (HEAD + "runs: -5\n" + TWO, 3, "is -5 but"),
    (HEAD + "runs: 2.5\n" + TWO, 3, "is 2.5 but"),
    (HEAD + "runs: .nan\n" + TWO, 3, "is nan but"),
    (HEAD + "runs: true\n" + TWO, 3, "whole number"),
    (HEAD + "runs: [5]\n" + TWO, 3, "is no number but"),
    (HEAD + "runs: 1000000000000\n" + TWO, 3, "whole number from 1 to 100,000"),
    (HEAD + "sampling_seed: -1\n" + TWO, 3, "should be a whole number from 0"),
    (HEAD + "sampling: sobol\npoints: 10000000\nfigures: {coaches: 20:40}\n", 4, "from 1 to 100,000"),
    (HEAD + "sampling: latin_hypercube\npoints: 0\nfigures: {coaches: 20:40}\n", 4, "is 0 but should be"),
    (HEAD + "sampling: sobol\npoints: 100\nfigures: {coaches: 20:40}\n", 4, "take 64 or 128"),
    (HEAD + "sampling: sobol\nfigures: {coaches: 20:40}\n", 3, "is missing: sampling `sobol` needs a number of points"),
    (HEAD + "points: 8\n" + TWO, 3, "does not go with sampling `grid`"),
    (HEAD + "sampling: sobl\npoints: 8\nfigures: {coaches: 20:40}\n", 3, "did you mean `sobol`?"),
    # figures
    (HEAD + "figures:\n  coachs: 20:22\n", 4, "did you mean `coaches`?"),
    (HEAD + "figures:\n  coaches: 30:20\n", 4, "write 20:30"),
    (HEAD + "figures:\n  coaches: 20:30:0\n", 4, "has a step of 0"),
    (HEAD + "figures:\n  coaches: .nan:30\n", 4, "not an ordinary number"),
    (HEAD + "figures:\n  coaches: [20,\n    .nan]\n", 5, "value 2 is nan"),
    (HEAD + "figures:\n  coaches: [20,\n    many]\n", 5, "value 2 is 'many' but must be a number"),
    (HEAD + "figures:\n  coaches: [20, 21, 20]\n", 4, "holds 20 twice"),
    (HEAD + "figures:\n  coaches: []\n", 4, "is an empty list"),
    (HEAD + "figures:\n  coaches:\n", 4, "has no value"),
    (HEAD + "figures:\n  coaches: {low: 20}\n", 4, "is a section but must be a number"),
    (HEAD + "figures:\n  coaches: 20, 22\n", 4, "write a list as [18, 23, 27]"),
    (HEAD + "figures:\n  coaches: 20\n", 3, "varies nothing"),
    (HEAD + "figures:\n  diary.template: spread:earliest\n", 4, "must be one of spread, earliest"),
    (HEAD + "figures:\n  changes[0].date: [2021-11-01]\n", 4, "changes have names"),
    (HEAD + "sampling: list\nfigures:\n  coaches: [20, 21]\n  admin.factor: [1]\n", 4, "coaches has 2, admin.factor has 1"),
    (HEAD + "sampling: sobol\npoints: 8\nfigures:\n  coaches: 20:40:2\n", 6, "write 20:40"),
    (HEAD + "figures:\n  coaches: 0:999\n  demand.posts: 0:999\n", 3, "1000 × 1000 = 1,000,000 points"),
    # points in their scenarios
    (HEAD + "figures:\n  admin.cv: [0.5, 0.6]\n  coaches: [20, 5000]\n", 5, "at most 4000"),
    (HEAD + "figures:\n  changes.nine.date: [2021-11-01, 2021-12-01]\n", 4, "has no change `nine`"),
    (HEAD + "figures:\n  coaches: 20:22\n  office.coaches: 20:22\n", 5, "sets what `coaches` sets as well"),
    (HEAD + f"figures:\n  changes.surge.set.{CAP}: [20, 500]\n", 4, "must be at most 400"),
    (HEAD + "figures:\n  groups.lcv.failed_share: [0.1, 0.2]\n", 4, "did you mean `lcw`?"),
]


@pytest.mark.parametrize(("text", "line", "words"), BAD, ids=[words for _, _, words in BAD])
def test_what_is_wrong_is_told_with_its_line(plan, text, line, words):
    path = plan(text)
    problems = check_plan_file(path)
    assert [one for one in problems if words in str(one) and one.line == line], "\n".join(map(str, problems))
    assert {one.file for one in problems} == {str(path)}


def test_all_that_is_wrong_is_told_at_once_in_order_of_line(plan):
    text = (
        "titel: A\nscenarios: [oxfrod]\nruns: 0\nmetrics: [missed]\nsampling: sobol\npoints: 100\n"
        "figures:\n  coaches: 30:20\n  admn.factor: 1:2\n  admin.cv: [0.5, 0.6]\n"
    )
    problems = problems_of(read_plan, plan(text))
    assert [one.line for one in problems] == [1, 1, 2, 3, 4, 8, 9]
    text = "title: A\nscenarios: [baseline]\nsampling: sobol\npoints: 100\nfigures:\n  admin.factor: 1:2:0.5\n  admin.cv: [0.5, 0.6]\n"
    assert [one.line for one in problems_of(read_plan, plan(text))] == [4, 6, 7]


def test_two_scenarios_of_one_name_are_refused(plan):
    here = plan(SMALL.read_text(encoding="utf-8"), "here/baseline.yaml")
    problems = problems_of(read_plan, plan(f"title: A\nscenarios: [baseline, {here}]\n" + TWO))
    assert "two scenarios are called `baseline`" in problems[0].message


def test_what_is_wrong_with_a_scenario_is_told_with_its_own_file(plan):
    scenario = plan("title: A\nextends: baseline\ndiary: {coverr: true, why: A trial.}\n", "wrong.yaml")
    (problem,) = check_plan_file(plan("title: A\nscenarios: [wrong]\n" + TWO))
    assert (problem.file, problem.line) == (str(scenario), 3)


def test_the_name_of_a_plan_must_be_a_name(plan):
    assert "begins with `=`" in problems_of(read_plan, plan(HEAD + TWO, "=1.yaml"))[0].message


# --- points in their scenarios ---------------------------------------------------------------------------------------


def test_a_problem_at_many_points_is_told_once_with_the_first(plan):
    """3 of 9 points protect more than any bookable day has: 1,440 minutes are within the figure's own limit."""
    path = plan(HEAD + "figures:\n  admin.factor: [0.9, 1, 1.1]\n  protected_admin_minutes: [0, 60, 1440]\n")
    (problem,) = check_plan_file(path)
    assert (problem.line, problem.path) == (5, "figures.protected_admin_minutes")
    assert "at point 3 (admin.factor 0.9, protected_admin_minutes 1440)" in problem.message
    assert "the same at 3 points" in problem.message


def test_of_many_problems_so_many_are_told_and_how_many_more(plan):
    """30 numbers of minutes above those of a bookable day are 30 problems."""
    problems = check_plan_file(plan(HEAD + "figures:\n  protected_admin_minutes: 1411:1440\n"))
    told = [one for one in problems if one.line == 4]
    assert len(told) == MOST_PROBLEMS == 20
    assert problems[:-1] == told
    assert problems[-1].message == "10 more problems of this kind"


def test_the_share_that_is_checked_is_told(plan):
    found = read_plan(plan("title: A\nscenarios: [baseline, oxford_before]\nfigures: {coaches: [20, 21]}\n"))
    shares: list[float] = []
    assert check_points(found, scenarios_of(found), shares.append) == []
    assert shares == [0.25, 0.5, 0.75, 1.0]


def test_a_figure_that_a_change_sets_later_is_noted(plan):
    found = read_plan(plan(f"title: A\nscenarios: [baseline, oxford_surge_step]\nfigures: {{{CAP}: 20:24, admin.factor: [0.9, 1]}}\n"))
    cap, factor = notes(found, scenarios_of(found))
    assert cap == (
        f"`{CAP}` is varied from the start, but `oxford_surge_step` sets it to 27 from 2021-11-01 on: "
        f"to vary that, name `changes.surge.set.{CAP}` or the lever `appointments_per_day`"
    )
    assert factor.endswith("sets it to 1.25 from 2021-11-01 on: to vary that, name `changes.admin.set.admin.factor`")


def test_a_lever_is_not_noted_and_points_drawn_twice_are(plan):
    text = HEAD + "sampling: latin_hypercube\npoints: 16\nsampling_seed: 3\nfigures: {coaches: 20:23, appointments_per_day: 20:23}\n"
    found = read_plan(plan(text))
    (note,) = notes(found, scenarios_of(found))
    assert note == f"{16 - len(set(found.points))} of 16 points repeat another; their runs are the same runs"
