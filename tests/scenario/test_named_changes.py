"""Named changes: a file overrides, adds or removes single ones of its parent, and the commands say which."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from jobcentre.runs.run_key import run_key
from jobcentre.scenario import Change, Scenario, ScenarioError, check_file, load, vary, with_change
from support.scenario_texts import variant, write

pytestmark = pytest.mark.rules

CAP = "diary.appointments_per_day"
PARENT = f"""changes:
  later:
    date: 2023-10-16
    why: A later one.
    set: {{strain.support: 0.8, office.establishment: 5}}
  surge:
    date: 2023-10-09
    why: More appointments.
    set:
      {CAP}: {{value: 27, source: A2, quality: testimony, range: [24, 27]}}
      sickness.short.days: {{mean: 4}}
  admin:
    date: 2023-10-09
    over_days: 3
    why: More admin.
    set: {{admin.factor: 1.25}}
"""


def child(folder: Path, changes: str, parent: str = PARENT) -> Path:
    variant(folder, parent, "first.yaml")
    return write(folder, f"title: A child\nextends: first\nchanges:\n{changes}", "child.yaml")


def dated(scenario: Scenario) -> list[tuple[str, str, int, dict[str, object]]]:
    return [(one.name, one.date.isoformat(), one.over_days, dict(one.set)) for one in scenario.changes]


def the(scenario: Scenario, name: str) -> Change:
    return next(one for one in scenario.changes if one.name == name)


def test_a_child_inherits_what_it_does_not_name(tmp_path: Path) -> None:
    loaded = load(child(tmp_path, "  more: {date: 2023-10-23, why: Own., set: {admin.cv: 0.5}}\n"))
    assert [name for name, *_ in dated(loaded)] == ["surge", "admin", "later", "more"]
    assert the(loaded, "surge").evidence[CAP].scenario == "first"
    assert the(loaded, "more").evidence["admin.cv"].scenario == "child"


def test_a_child_overrides_the_date_alone(tmp_path: Path) -> None:
    loaded = load(child(tmp_path, "  surge: {date: 2023-10-23, why: Later than announced.}\n"))
    assert dated(loaded)[-1] == ("surge", "2023-10-23", 1, {CAP: 27, "sickness.short.days.mean": 4})
    assert the(loaded, "surge").why == "Later than announced."
    assert the(loaded, "surge").evidence[CAP].source == ("A2",)


def test_a_child_overrides_over_days_alone(tmp_path: Path) -> None:
    loaded = load(child(tmp_path, "  surge: {over_days: 4, why: Little by little.}\n"))
    assert dated(loaded) == [
        ("surge", "2023-10-09", 4, {CAP: 27, "sickness.short.days.mean": 4}),
        ("admin", "2023-10-09", 3, {"admin.factor": 1.25}),
        ("later", "2023-10-16", 1, {"strain.support": 0.8, "office.establishment": 5}),
    ]
    known = the(loaded, "surge").evidence[CAP]
    assert (known.source, known.quality, known.range, known.scenario) == (("A2",), "testimony", (24, 27), "first")


def test_figures_are_merged_one_by_one_in_the_parents_order(tmp_path: Path) -> None:
    body = f"  surge: {{why: Otherwise., set: {{admin.cv: 0.5, sickness: {{short: {{days: {{mean: 5}}}}}}, {CAP}: 25}}}}\n"
    surge = the(load(child(tmp_path, body)), "surge")
    assert list(surge.set.items()) == [(CAP, 25), ("sickness.short.days.mean", 5), ("admin.cv", 0.5)]
    assert (surge.evidence[CAP].source, surge.evidence[CAP].range, surge.evidence[CAP].scenario) == ((), None, "child")


def test_null_takes_a_figure_out_where_null_is_no_value_of_it(tmp_path: Path) -> None:
    loaded = load(child(tmp_path, f"  surge: {{why: Cap stays., set: {{{CAP}: null}}}}\n"))
    assert the(loaded, "surge").set == {"sickness.short.days.mean": 4}
    assert CAP not in the(loaded, "surge").evidence
    loaded = load(child(tmp_path, "  surge: {why: Sickness stays., set: {sickness.short: null}}\n"))
    assert the(loaded, "surge").set == {CAP: 27}


def test_null_is_the_value_where_a_figure_can_have_it(tmp_path: Path) -> None:
    body = "  later: {why: As many as coaches., set: {office.establishment: null}}\n"
    assert the(load(child(tmp_path, body)), "later").set == {"strain.support": 0.8, "office.establishment": None}


def test_null_removes_a_change_and_a_grandchild_may_use_its_name_again(tmp_path: Path) -> None:
    removed = child(tmp_path, "  surge: null\n")
    assert [name for name, *_ in dated(load(removed))] == ["admin", "later"]
    body = f"title: Again\nextends: child\nchanges: {{surge: {{date: 2023-10-09, why: Again., set: {{{CAP}: 24}}}}}}\n"
    again = load(write(tmp_path, body, "again.yaml"))
    assert dated(again)[1] == ("surge", "2023-10-09", 1, {CAP: 24}), "it appears after the admin of its day"


def test_changes_stand_by_date_and_then_by_first_appearance(tmp_path: Path) -> None:
    """`later` appears first of all, so it comes first when it moves to the day of the others."""
    loaded = load(
        child(tmp_path, "  own: {date: 2023-10-09, why: Own., set: {admin.cv: 0.5}}\n  later: {date: 2023-10-09, why: Sooner.}\n")
    )
    assert [name for name, *_ in dated(loaded)] == ["later", "surge", "admin", "own"]


REFUSED = [
    ("  surge: {date: 2023-10-23}\n", 4, "changes.surge.why", "does not say why"),
    (f"  surge: {{set: {{{CAP}: 25}}}}\n", 4, "changes.surge.why", "does not say why"),
    ("  surg: null\n", 4, "changes.surg", "no parent has such a change"),
    ("  other: {why: x, set: {admin.cv: 0.5}}\n", 4, "changes.other.date", "`date` is missing"),
    ("  surge: {why: x, set: {admin.cv: null}}\n", 4, "changes.surge.set.admin.cv", "no parent's change sets it"),
    (f"  surge: {{why: x, set: {{{CAP}: null, sickness: null}}}}\n", 4, "changes.surge.set", "names no figure"),
    ("  surge: {why: x, set: 5}\n", 4, "changes.surge.set", "names no figure"),
    ("  admin: {date: 2024-10-23, why: x}\n", 4, "changes.admin.date", "lies outside the simulated time"),
]


@pytest.mark.parametrize(("changes", "line", "path", "words"), REFUSED, ids=[row[0].strip() for row in REFUSED])
def test_what_is_wrong_after_merging_is_found_in_the_child(tmp_path: Path, changes: str, line: int, path: str, words: str) -> None:
    file = child(tmp_path, changes)
    (problem,) = check_file(file)
    assert (problem.file, problem.line, problem.path) == (str(file), line, path)
    assert words in problem.message


WELL = "{date: 2023-10-09, why: x, set: {admin.cv: 0.5}}"
NAMES = [
    ("su.rge", "su.rge", "holds a dot", "`su_rge`"),
    ("5", "5", "is not text that begins with a letter", "`change_5`"),
    ("'5'", "5", "is not text that begins with a letter", "`change_5`"),
    ("2023-10-09", "2023-10-09", "is not text that begins with a letter", "`change_2023-10-09`"),
    ("true", "true", "is not text that begins with a letter", "`change_true`"),
    ("null", "null", "is not text that begins with a letter", "`change_null`"),
    ("yes", "yes", "is read as yes or no", "`change_yes`"),
    ("'yes'", "yes", "is read as yes or no", "`change_yes`"),
    ("No", "No", "is read as yes or no", "`change_No`"),
    ("ON", "ON", "is read as yes or no", "`change_ON`"),
    ("off", "off", "is read as yes or no", "`change_off`"),
    ("y", "y", "is read as yes or no", "`change_y`"),
    ("site_posts", "site_posts", "is kept for the posts of a table of offices", "`change_site_posts`"),
    ("more posts", "more posts", "others than letters, digits, _ and -", "`more_posts`"),
    ("x" * 41, "x" * 41, "holds more than 40 characters", f"`{'x' * 30}`"),
]  # fmt: skip


@pytest.mark.parametrize("value", [WELL, "null"], ids=["a change", "null"])
@pytest.mark.parametrize(("written", "name", "words", "better"), NAMES, ids=[row[0] for row in NAMES])
def test_what_cannot_name_a_change_is_refused(tmp_path: Path, written: str, name: str, words: str, better: str, value: str) -> None:
    file = child(tmp_path, f"  own: {{date: 2023-10-23, why: x, set: {{admin.cv: 0.6}}}}\n  {written}: {value}\n")
    (problem,) = check_file(file)
    assert (problem.file, problem.line, problem.path) == (str(file), 5, f"changes.{name}")
    assert words in problem.message
    assert better in (problem.suggestion or "")


@pytest.mark.parametrize("name", ["x" * 40, "a-b", "only", "yes2", "once", "set", "date", "why"])
def test_other_words_can_name_a_change(tmp_path: Path, name: str) -> None:
    assert dated(load(child(tmp_path, f"  {name}: {WELL}\n")))[2] == (name, "2023-10-09", 1, {"admin.cv": 0.5})


FIXES = [
    ("  surg: null\n", "did you mean `surge`?"),
    ("  qqq: null\n", "changes: later, surge, admin"),
    ("  other: {why: x, set: {admin.cv: 0.5}}\n", "add `date: YYYY-MM-DD`"),
    ("  surge: {over_days: 4}\n", "add a line `why: …`"),
    ("  surge: {why: x, over_days: 0}\n", "leave it out, or write 1"),
    ("  surge: {why: x, dat: 2023-10-16}\n", "did you mean `date`?"),
    ("  surge: {why: x, set: {}}\n", "add `set:`"),
]


@pytest.mark.parametrize(("changes", "fix"), FIXES, ids=[row[0].strip() for row in FIXES])
def test_what_a_child_cannot_say_comes_with_a_fix(tmp_path: Path, changes: str, fix: str) -> None:
    file = child(tmp_path, changes)
    (problem,) = check_file(file)
    assert (problem.file, problem.line) == (str(file), 4)
    assert fix in (problem.suggestion or "")


def test_a_change_that_was_removed_lends_no_date(tmp_path: Path) -> None:
    child(tmp_path, "  surge: null\n")
    again = write(tmp_path, f"title: Again\nextends: child\nchanges:\n  surge:\n    why: Again.\n    set: {{{CAP}: 24}}\n", "again.yaml")
    (problem,) = check_file(again)
    assert (problem.file, problem.line, problem.path) == (str(again), 4, "changes.surge.date")
    assert problem.suggestion == "add `date: YYYY-MM-DD`"


def test_a_wrong_value_of_the_parent_is_found_in_the_parent(tmp_path: Path) -> None:
    file = child(tmp_path, "  surge: {date: 2023-10-23, why: Later.}\n", PARENT.replace("admin.factor: 1.25", "admin.factor: -1"))
    (problem,) = check_file(file)
    assert (Path(problem.file).name, problem.path) == ("first.yaml", "changes.admin.set.admin.factor")


def test_an_empty_line_of_changes_does_not_drop_those_of_the_parent_unsaid(tmp_path: Path) -> None:
    file = child(tmp_path, "")
    (problem,) = check_file(file)
    assert (problem.file, problem.line, problem.path) == (str(file), 3, "changes")
    assert "later, surge, admin" in problem.message
    assert "delete the line to keep them" in (problem.suggestion or "")
    assert f"`jobcentre upgrade {file}`" in (problem.suggestion or "")


def test_an_empty_line_of_changes_without_any_to_inherit_is_fine(tmp_path: Path) -> None:
    assert load(child(tmp_path, "", parent="")).changes == ()


def test_a_list_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    file = child(tmp_path, f"  - {WELL}\n")
    (problem,) = check_file(file)
    assert (problem.file, problem.line, problem.path) == (str(file), 3, "changes")
    assert problem.suggestion == f"run `jobcentre upgrade {file}`"


# --- set elsewhere ---------------------------------------------------------------------------------------------------


def test_a_command_line_and_the_library_vary_one_change(tmp_path: Path) -> None:
    file = child(tmp_path, "  later: null\n")
    values = {"changes.surge.date": "2023-10-23", f"changes.surge.set.{CAP}": 25, "changes.admin": None}
    expected = [("surge", "2023-10-23", 1, {CAP: 25, "sickness.short.days.mean": 4})]
    assert dated(load(file, {key: "null" if value is None else str(value) for key, value in values.items()})) == expected
    assert dated(load(file).with_inputs(values, why="A trial.")) == expected
    assert dated(vary(load(file), values)) == expected
    assert the(load(file, values), "surge").why == "More appointments."


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("changes.surg.date", "2023-10-23", "did you mean `surge`?"),
        ("changes.surge.date", "soon", "a date is written YYYY-MM-DD"),
        ("changes.surge.set.admin.facter", "2", "did you mean `factor`?"),
        ("changes.surge.over_days", "0", "from 1 to 3660"),
        ("changes.surge.whi", "x", "did you mean `why`?"),
        ("changes.later", "null", "no parent has such a change"),
    ],
)
def test_what_is_wrong_on_a_command_line_is_told(tmp_path: Path, path: str, value: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(child(tmp_path, "  later: null\n"), {path: value})
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, path.startswith(problem.path)) == ("--set", None, True)
    assert words in str(problem)


def test_a_change_of_a_program_is_named_after_what_it_sets() -> None:
    scenario = load("baseline")
    for month, path in ((1, CAP), (2, CAP), (3, "hiring.days_to_hire.mean")):
        scenario = with_change(scenario, Change(dt.date(2024, month, 1), {path: 20}))
    assert [one.name for one in scenario.changes] == ["appointments_per_day", "appointments_per_day_2", "days_to_hire_mean"]
    with pytest.raises(ScenarioError, match="is the name of another change"):
        with_change(scenario, Change(dt.date(2024, 4, 1), {CAP: 21}, name="appointments_per_day"))


# --- keys of runs ----------------------------------------------------------------------------------------------------


def key(file: Path, sets: dict[str, object] | None = None) -> str:
    return run_key(load(file, sets), 7)


SAME = [
    "  surge: {why: The same day., date: 2023-10-09}\n",
    "  admin: {why: As many days., over_days: 3}\n",
    f"  surge: {{why: The same cap., set: {{{CAP}: {{value: 27, source: A4, quality: measured}}}}}}\n",
    "  surge: {why: All of it., date: 2023-10-09, over_days: 1, set: {sickness: {short: {days: {mean: 4}}}, diary: {appointments_per_day: 27}}}\n",
    "  later: {why: Another reason.}\n",
]
OTHER = [
    "  surge: {why: x, date: 2023-10-10}\n",
    "  admin: {why: x, over_days: 4}\n",
    f"  surge: {{why: x, set: {{{CAP}: 26}}}}\n",
    f"  surge: {{why: x, set: {{{CAP}: null}}}}\n",
    "  surge: null\n",
    "  own: {date: 2023-10-23, why: x, set: {admin.cv: 0.5}}\n",
]


@pytest.mark.parametrize(("changes", "same"), [*((one, True) for one in SAME), *((one, False) for one in OTHER)])
def test_runs_are_shared_where_a_child_gives_the_same_values_and_only_there(tmp_path: Path, changes: str, same: bool) -> None:
    file = child(tmp_path, changes)
    assert check_file(file) == []
    assert (key(file) == key(tmp_path / "first.yaml")) is same


def test_runs_are_shared_by_a_child_a_command_line_and_the_library(tmp_path: Path) -> None:
    file = child(tmp_path, f"  surge: {{date: 2023-10-23, why: Later., set: {{{CAP}: 25}}}}\n")
    parent, values = tmp_path / "first.yaml", {"changes.surge.date": "2023-10-23", f"changes.surge.set.{CAP}": 25}
    assert key(file) == key(parent, dict(values)) == run_key(load(parent).with_inputs(values, why="A trial."), 7)
    assert key(file) != key(parent)
