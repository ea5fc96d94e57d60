"""The package as Python users meet it: ten functions, tables, and the same folders as the command line."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import jobcentre as jc
from jobcentre.model.events import Event
from jobcentre.scenario import ScenarioError
from support.places import python_path
from support.same_bytes import contents

pytestmark = pytest.mark.library

WEEKS = {"period.weeks": 2}
NAMES = {"load", "simulate", "measure", "run", "compare", "select", "staffing", "sweep", "report", "open_results"}
UNGUARDED = """
import jobcentre as jc
base = jc.load("diary", {"period.weeks": 2})
results = jc.run(base, runs=4, jobs=2, responses=False)
print(len(results.metrics.query("metric == 'overloaded_share'")))
"""


@pytest.fixture(scope="module")
def base():
    return jc.load("diary", WEEKS)


@pytest.fixture(scope="module")
def fuller(base):
    return base.with_inputs({"diary.appointments_per_day": 9}, why="a fuller diary")


@pytest.fixture(scope="module")
def compared(base, fuller):
    return jc.compare(base, fuller, runs=5, jobs=0, folder=None)


def run_script(text, folder):
    (folder / "script.py").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": python_path()}
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


# --- the package ------------------------------------------------------------------------------------------------------


def test_ten_names():
    assert set(jc.__all__) == NAMES
    assert all(callable(getattr(jc, name)) for name in NAMES)


def test_importing_the_package_loads_none_of_the_large_libraries(tmp_path):
    text = "import sys, jobcentre\nprint(sorted({'numpy', 'pandas', 'numba', 'pydantic', 'jobcentre.library'} & set(sys.modules)))"
    assert run_script(text, tmp_path).stdout == "[]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="scripts begin processes in the same way there, and slowly")
def test_a_script_without_a_main_guard_makes_runs_in_processes(tmp_path):
    ended = run_script(UNGUARDED, tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "4\n", "")


def test_nothing_is_printed(base, capfd):
    jc.run(base, runs=2, jobs=2, folder=None).report()
    assert capfd.readouterr() == ("", "")


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_inputs_make_another_scenario_with_a_name_of_its_own(base):
    once, again = (base.with_inputs({"diary.appointments_per_day": 9}, why="a fuller diary") for _ in range(2))
    assert once == again
    assert once.name == "diary-appointments_per_day-9"
    assert once.settings.diary.appointments_per_day == 9
    assert once.evidence["diary.appointments_per_day"].why == "a fuller diary"
    assert base.with_inputs({"diary.appointments_per_day": 9}, why="so", name="fuller").name == "fuller"


def test_inputs_that_make_no_name_of_a_file_get_a_hash(base):
    made = base.with_inputs({"office.opens": "09:30"}, why="later")
    other = base.with_inputs({"office.opens": "09:20"}, why="later")
    assert made.name.startswith("diary-")
    assert ":" not in made.name
    assert made.name != other.name


def test_a_wrong_input_is_refused_in_the_words_of_the_command_line(base, jobcentre):
    with pytest.raises(ScenarioError) as refused:
        base.with_inputs({"diary.appointments_per_dya": 9}, why="a slip")
    status, _, said = jobcentre("run", "diary", "--set", "diary.appointments_per_dya=9")
    problem = refused.value.problems[0]
    assert status == 2
    assert problem.message in said
    assert problem.suggestion in said


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda one: jc.compare(one), "nothing to compare"),
        (lambda one: jc.compare(one, one), "`diary` is given twice"),
        (lambda one: jc.compare(one, one.with_inputs({"period.weeks": 3}, why="longer")), "they cannot be compared"),
        (lambda one: jc.run(one, runs=0), "--runs: is 0 but should be from 1 to 100,000"),
        (lambda one: jc.run(one, runs=2, seed=-1), "--seed: is -1"),
        (lambda one: jc.run(one, engine="fast"), "there is no engine `fast`"),
        (lambda one: jc.run("oxford_befor"), "did you mean `oxford_before`"),
        (lambda one: jc.simulate(one, run=-1), "-1 is not the number of a run"),
        (lambda one: jc.select(one, metric="overloaded_share"), "nothing to choose from"),
        (lambda one: jc.sweep(one, vary={"diary.appointments_per_day": 7}), "no figure has more than one value"),
        (lambda one: jc.staffing(one, targets=["overloaded_share<=0.1"], probability=1), "--probability: is 1"),
        (lambda one: jc.open_results("."), "holds no finished results"),
        (lambda one: jc.report("."), "holds no finished results"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(base, call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as refused:
        call(base)
    assert words in str(refused.value)
    assert not list(tmp_path.iterdir())


# --- results ----------------------------------------------------------------------------------------------------------


def test_the_command_line_finds_the_runs_of_the_library(jobcentre, tmp_path):
    """In the folder of the same name, with the same bytes, and makes none again."""
    results = jc.compare(jc.load("diary", WEEKS), jc.load("md1", WEEKS), runs=3, jobs=0)
    tables = contents(results.folder, ("manifest.json", "report.html", "runs.sqlite", ".lock"))
    status, said, _ = jobcentre("compare", "diary", "md1", "--runs", "3", "--weeks", "2", "--jobs", "0", "--quiet", "--json")
    assert status == 0
    assert Path(json.loads(said)["folder"]).resolve() == results.folder.resolve()
    assert [command["runs_made"] > 0 for command in results.manifest["commands"]] == [True, False]
    csv = {name for name in tables if name.endswith(".csv")}
    after = contents(results.folder, ())
    assert csv >= {"metrics.csv", "summary.csv", "differences.csv", "weekly.csv"}
    assert {name: after[name] for name in csv} == {name: tables[name] for name in csv}


def test_the_same_call_makes_no_run_twice_and_more_runs_add_to_them(base, tmp_path):
    made = [jc.run(base, runs=runs, jobs=0, responses=False, folder=tmp_path) for runs in (2, 2, 3)]
    assert len({results.folder for results in made}) == 1
    assert [command["runs_made"] for command in made[0].manifest["commands"]] == [2, 0, 1]


def test_tables_of_a_comparison(compared, base, fuller):
    assert set(compared.differences["option"]) == {fuller.name}
    assert set(compared.summary["scenario"]) == {base.name, fuller.name}
    runs = compared.metrics.query("metric == 'overloaded_share' and point == 0 and group.isna()")
    assert list(runs["run"]) == 2 * [0, 1, 2, 3, 4]
    weekly = compared.weekly.query("metric == 'overloaded_share' and week >= 0")
    assert len(weekly) == 2 * 5 * WEEKS["period.weeks"]
    assert weekly["value"].between(0, 1).all()
    with pytest.raises(ScenarioError, match="holds no table `nothing`"):
        compared.table("nothing")


def test_a_comparison_shows_itself_in_a_few_lines(compared, base, fuller):
    shown = repr(compared).splitlines()
    assert shown[0] == f"Comparison, seed 1: {base.name} (5 runs), {fuller.name} (5 runs)"
    assert len(shown) == 3


def test_the_report_is_drawn_when_it_is_asked_for(compared):
    drawn = compared.report()
    assert drawn.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert jc.report(compared.folder) == drawn


def test_a_temporary_folder_goes_with_its_results(base):
    results = jc.run(base, runs=2, jobs=0, responses=False, folder=None)
    folder = results.folder
    assert folder.is_dir()
    del results
    assert not folder.parent.exists()


def test_a_sweep_varies_inputs_of_scenarios(base, tmp_path):
    swept = jc.sweep(base, vary={"diary.appointments_per_day": [7, 8], "office.slot_minutes": 5}, runs=2, jobs=0, folder=tmp_path)
    assert list(swept.table("points")["value"]) == [7, 8]
    assert set(swept.summary["point"]) == {1, 2}
    assert type(jc.open_results(swept.folder)) is type(swept)


def test_a_selection_says_which_is_left(base, fuller):
    found = jc.select(base, fuller, metric="overloaded_share", first_runs=5, max_runs=10, jobs=0, folder=None)
    assert set(found.left) <= {base.name, fuller.name}
    assert list(found.scenarios["scenario"]) == [base.name, fuller.name]
    assert (found.selected is None) == (len(found.left) > 1)
    assert type(jc.open_results(found.folder)) is type(found)
    assert len(repr(found).splitlines()) == 2


def test_a_staffing_answer_has_every_value_tried(base):
    found = jc.staffing(base, targets=["overloaded_share<=0.99"], values="1:2", runs=5, jobs=0, folder=None, responses=False)
    assert list(found.candidates["value"]) == [1, 2]
    assert found.answer["targets"] == ["overloaded_share<=0.99"]
    assert type(jc.open_results(found.folder)) is type(found)


# --- one run ----------------------------------------------------------------------------------------------------------


def test_the_table_of_a_log_has_words_and_dates(base):
    log = jc.simulate(base, seed=1, run=0)
    table = log.table
    assert len(table) == len(log.log.rows)
    assert table["kind"].iloc[0] == "office"
    assert set(table["kind"]) <= {event.name.lower() for event in Event}
    first = dt.date.fromisoformat(log.log.first_day)
    assert table["time"].iloc[0] == pd.Timestamp(first)
    held = table[table["kind"] == "conversation"]
    assert (held["start"] < held["time"]).all()
    assert held["time"].dt.day_of_week.between(0, 4).all()
    assert set(held["group"]) <= set(base.settings.groups)
    assert not held["coach"].isna().any()
    assert log.digest == jc.simulate(base, seed=1, run=0).digest != jc.simulate(base, seed=1, run=1).digest


def test_events_of_one_kind_have_columns_of_their_own(base):
    booked = jc.simulate(base).of_kind("booked")
    assert {"time", "booking", "start of the appointment", "planned seconds", "due day"} <= set(booked.columns)
    assert (booked["planned seconds"] > 0).all()
    with pytest.raises(ScenarioError, match="no kind of event `nothing`"):
        jc.simulate(base).of_kind("nothing")


def test_metrics_of_a_log_are_those_of_the_run(base, compared):
    measured = jc.measure(jc.simulate(base, seed=1, run=3))
    kept = compared.metrics.query("scenario == 'diary' and point == 0 and run == 3")
    both = measured.merge(kept, on=["group", "metric"], suffixes=("", "_kept"))
    assert len(both) == len(kept)
    assert (both["numerator"] == both["numerator_kept"]).all()
    assert (both["denominator"] == both["denominator_kept"]).all()


OFFICES = "office,region,posts,coaches\nA,north,4,4\nB,south,6,5\n"


def test_a_table_of_offices_gives_what_the_command_line_gives(jobcentre, tmp_path):
    """The two commands share the experiment, so the second finds all runs, and the tables are the same files."""
    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    results = jc.run("baseline", sites=str(tmp_path / "offices.csv"), runs=2, jobs=0, folder=tmp_path / "out", responses=False)
    assert {"offices", "regions", "tails"} <= set(results.tables)
    assert list(results.table("offices")["office"].unique()) == ["A", "B"]
    status, out, _ = jobcentre(
        "run", "baseline", "--sites", str(tmp_path / "offices.csv"), "--runs", "2", "--jobs", "0", "--out", str(tmp_path / "out"), "--json"
    )
    document = json.loads(out)
    assert (status, document["made"], Path(document["folder"])) == (0, 0, results.folder)


def test_what_is_for_a_table_of_offices_is_refused_without_one(base):
    with pytest.raises(ScenarioError, match="give sites as well"):
        jc.run(base, tips_over="overloaded_share>0.5")


# --- tables from elsewhere ---------------------------------------------------------------------------------------------


def line_of(text, number, change):
    lines = text.splitlines(keepends=True)
    lines[number] = change(lines[number])
    return "".join(lines)


@pytest.mark.parametrize(
    ("name", "spoiled", "told"),
    [
        ("summary", lambda text: line_of(text, 0, lambda line: line.replace("low", "lower")), "summary.csv:1: low: is missing"),
        ("summary", lambda text: line_of(text, 2, lambda line: line.replace(",", ",x", 1)), "summary.csv:3: "),
        ("metrics", lambda text: line_of(text, 3, lambda line: line.replace(",0,", ",x,", 1)), "metrics.csv:4: point: should be a number"),
        ("weekly", lambda text: text + text.splitlines()[-1] + "\n", "a second time"),
        ("differences", lambda _: "option,metric\n\"", "differences.csv: is not a table"),
        ("points", lambda _: "a,b\n\"", "points.csv: is not a table"),
    ],
)  # fmt: skip
def test_a_spoiled_table_is_told_as_the_commands_tell_it(compared, tmp_path, name, spoiled, told):
    folder = Path(shutil.copytree(compared.folder, tmp_path / "spoiled"))
    file = folder / f"{name}.csv"
    file.write_text(spoiled(file.read_text(encoding="utf-8") if file.exists() else ""), encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(told)):
        jc.open_results(folder).table(name)
