"""`jobcentre select`: only those left get runs, the same answer however it is made, and what it says and writes."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.metrics.measure import WeeklyTable
from jobcentre.stats.kn import select
from support.fake_model import model  # noqa: F401 - a fixture
from support.notation import faults_of_page
from support.places import ROOT, python_path

pytestmark = pytest.mark.cli

#: Scenarios of the fake model: mean of the overloaded share, and how much it varies beside the luck that all share.
MEANS = {"calm": (0.30, 0.06), "busy": (0.33, 0.06), "frantic": (0.60, 0.02)}
NO_WEEKS = WeeklyTable(np.empty(0), (), np.empty((0, 0)), np.empty((0, 0)))
ASK = ("--metric", "overloaded_share", "--indifference", "0.02", "--jobs", "0")


def value_of(name, run):
    """What the fake model gives as the overloaded share; 0 out of 0 in run 7 of one scenario."""
    mean, spread = MEANS[name]
    luck = np.random.default_rng([run, 0]).normal(0, 0.05)
    return mean + luck + np.random.default_rng([run, 1 + list(MEANS).index(name)]).normal(0, spread)


@pytest.fixture
def office(model, monkeypatch, tmp_path):  # noqa: F811
    """The fake model with values that vary, and its scenario files in the current folder."""

    def measure(log, name):
        run = int(log.rows[0, 1])
        every = {(metric, None): (1.0, 1.0) for metric in HEADLINES}
        every["overloaded_share", None] = (0.0, 0.0) if (name, run) == ("busy", 7) else (10 * value_of(name, run), 10.0)
        return every

    monkeypatch.setattr("jobcentre.runs.worker.measure_with", lambda scenario: scenario.name)
    monkeypatch.setattr("jobcentre.runs.worker.measure", measure)
    monkeypatch.setattr("jobcentre.runs.worker.measure_all", lambda log, name: (measure(log, name), {}, NO_WEEKS))
    for name in MEANS:
        (tmp_path / f"{name}.yaml").write_text(f"title: A {name} office\nextends: oxford_before\n", encoding="utf-8")
    return model


@pytest.fixture
def chosen(jobcentre, office):
    """Asks for the best of the three and gives the document."""

    def ask(*words, status=0):
        code, out, err = jobcentre("select", *(f"{name}.yaml" for name in MEANS), *ASK, *words, "--json")
        assert (code, err) == (status, ""), out
        return json.loads(out)

    return ask


def rows_of(folder, name="selection.csv"):
    with (Path(folder) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {
        path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file() and path.name not in ("manifest.json", ".lock")
    }


def expected(runs=1000, first_runs=20):
    """The procedure on what the fake model gives."""
    values = np.array([[np.nan if (name, run) == ("busy", 7) else value_of(name, run) for name in MEANS] for run in range(runs)])
    return select(values, 0.02, "lower", 0.95, first_runs)


NO_PLACE = {"folder": "", "report": ""}


def test_the_scenario_selected_is_that_of_the_procedure(chosen):
    document, want = chosen(), expected()
    assert (want.left, len(want.eliminated)) == ((0,), 2)
    assert 30 < want.runs < 1000  # else nothing below is put to the test
    assert (document["decided"], document["selected"], document["left"], document["runs"]) == (True, "calm", ["calm"], want.runs)
    for place, row in enumerate(document["scenarios"]):
        gone = want.eliminated.get(place)
        assert row["scenario"] == list(MEANS)[place]
        assert row["runs"] == want.used[place]
        assert row["mean"] == pytest.approx(want.means[place], abs=1e-12)
        assert (row["eliminated_at_run"], row["eliminated_by"]) == ((gone.runs, list(MEANS)[gone.by]) if gone else (None, None))
    assert {"metric", "better", "indifference", "confidence", "first_runs", "max_runs", "seed", "engine", "folder", "statement"} <= set(
        document
    )
    assert "With 95 % probability calm is the best of these 3 in overloaded coach-days" in document["statement"]
    assert "or within 2.0 points of the best" in document["statement"]
    assert "about normal" in document["statement"]


def test_runs_are_made_only_for_those_left(chosen, office):
    document = chosen()
    made = {name: [run for one, run in office.calls if one == name] for name in MEANS}
    assert made["frantic"] == list(range(30))  # gone after run 21, with which the first stage ended: run 7 has no value
    assert made["calm"] == made["busy"] == list(range(len(made["calm"])))
    assert document["runs"] <= len(made["calm"]) < document["runs"] + max(10, document["runs"] / 4)


def test_the_folder_holds_the_runs_on_which_the_answer_rests(chosen):
    document = chosen()
    folder, runs = Path(document["folder"]), document["runs"]
    assert folder.name.startswith("select-calm-")
    assert {path.name for path in folder.iterdir() if path.name != ".lock"} == {
        "experiment.json", "manifest.json", "scenarios", "metrics.csv", "summary.csv", "selection.csv", "selection.json", "report.html",
        "runs.sqlite",
    }  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {name: len(mine) for name, mine in manifest["digests"].items()} == {"calm": runs, "busy": runs, "frantic": 21}
    assert json.loads((folder / "selection.json").read_text(encoding="utf-8"))["left"] == ["calm"]
    assert manifest["intervals"] == "anytime"
    rows = rows_of(folder)
    assert [(row["scenario"], row["eliminated_at_run"], row["left"]) for row in rows] == [
        ("calm", "", "True"), ("busy", str(runs), "False"), ("frantic", "21", "False")
    ]  # fmt: skip
    values = [
        float(row["value"])
        for row in rows_of(folder, "metrics.csv")
        if (row["scenario"], row["metric"], row["run"]) not in [("calm", "overloaded_share", "7")]
        and row["scenario"] == "calm"
        and row["metric"] == "overloaded_share"
    ]
    assert float(rows[0]["mean"]) == pytest.approx(np.mean(values))  # without run 7, which another has no value for
    assert {(row["kind"], row["low"]) for row in rows_of(folder, "summary.csv") if row["scenario"] == "frantic"} == {("anytime", "")}


def test_the_same_command_again_makes_nothing_and_gives_the_same(chosen, office):
    first = chosen()
    before, made = contents(first["folder"]), len(office.calls)
    assert chosen() == first
    assert len(office.calls) == made
    assert contents(first["folder"]) == before


@pytest.mark.parametrize("at", [3, 25, 45])
def test_after_an_interruption_it_goes_on_to_the_same_bytes(chosen, office, at, tmp_path):
    office.interrupt_at = at
    assert chosen("--out", "again", status=130)["error"]["kind"] == "interrupted"
    office.interrupt_at = None
    before = list(office.calls)
    again = chosen("--out", "again")
    assert len(set(office.calls)) == len(office.calls)  # none is made twice
    assert len(before) > 0
    straight = chosen("--out", "straight")
    assert contents(again["folder"]) == contents(straight["folder"])
    assert again | NO_PLACE == straight | NO_PLACE


def test_the_turns_in_which_runs_are_made_do_not_matter(chosen, monkeypatch):
    usual = chosen("--out", "usual")
    monkeypatch.setattr("jobcentre.studies.selection.TURN_RUNS", 1)
    monkeypatch.setattr("jobcentre.studies.selection.TURN_SHARE", 0.0)
    single = chosen("--out", "single")
    monkeypatch.setattr("jobcentre.studies.selection.TURN_RUNS", 150)
    large = chosen("--out", "large")
    for other in (single, large):
        assert other | NO_PLACE == usual | NO_PLACE
        for name in ("selection.csv", "metrics.csv", "summary.csv"):
            assert contents(other["folder"])[name] == contents(usual["folder"])[name]


def test_where_the_runs_end_first_it_says_which_are_left_and_more_runs_go_on(chosen, office):
    document = chosen("--max-runs", "25")
    assert (document["decided"], document["selected"], document["left"], document["runs"]) == (False, None, ["calm", "busy"], 25)
    assert "Not decided after 25 runs: 2 of 3 scenarios are left (calm, busy)" in document["statement"]
    more = chosen()
    assert more["folder"] == document["folder"]
    assert len(set(office.calls)) == len(office.calls)
    assert (more["selected"], more["runs"]) == ("calm", expected().runs)


def test_other_questions_have_other_folders(chosen):
    folders = {
        chosen(*words)["folder"] for words in [(), ("--max-runs", "30"), ("--confidence", "0.9"), ("--first-runs", "10"), ("--seed", "2")]
    }
    assert len(folders) == 4  # the number of runs at most changes none of those made


def test_failed_runs_are_left_out_everywhere_and_give_1(chosen, office):
    office.failing = {4}
    document = chosen(status=1)
    assert [(row["scenario"], row["run"]) for row in document["failed"]] == [(name, 4) for name in MEANS]
    assert document["scenarios"][0]["runs"] == document["runs"] - 2  # runs 4 and 7
    office.failing = set()
    assert chosen()["failed"] == []  # the same command tries them again


def test_a_metric_without_a_value_ends_after_the_first_stage(chosen, office, monkeypatch):
    monkeypatch.setattr("jobcentre.runs.worker.measure", lambda log, _: {(name, None): (0.0, 0.0) for name in HEADLINES})
    document = chosen()
    assert (document["decided"], document["runs"], len(office.calls)) == (False, 20, 60)
    assert "none of 20 runs has a value" in document["statement"]


def test_the_screen_shows_what_became_of_each(jobcentre, office):
    status, out, _ = jobcentre("select", *(f"{name}.yaml" for name in MEANS), *ASK)
    assert status == 0
    for words in (
        "selected",
        "after 21 runs, behind calm",
        "With 95 % probability calm",
        "no fair estimates",
        "named member of staff",
        "Results: outputs",
    ):
        assert words in out
    assert "fair" not in jobcentre("select", *(f"{name}.yaml" for name in MEANS), *ASK, "--quiet")[1]


def test_without_an_indifference_it_is_the_difference_that_matters(chosen, jobcentre):
    words = [f"{name}.yaml" for name in MEANS]
    document = json.loads(jobcentre("select", *words, "--metric", "appointments_held_per_coach_day", "--jobs", "0", "--json")[1])
    assert (document["better"], document["indifference"]) == ("higher", 0.5)
    # all are the same in every run: the first stays
    assert (document["selected"], document["runs"]) == ("calm", 20)


def test_reproduce_makes_the_runs_again(chosen, jobcentre, office):
    folder = chosen()["folder"]
    office.calls.clear()
    status, out, _ = jobcentre("reproduce", folder, "--jobs", "0", "--json")
    document = json.loads(out)
    assert (status, document["equal"], document["runs"]["made"]) == (0, True, len(office.calls))
    assert len(rows_of(folder)) == 3


def test_the_report_says_what_the_command_says(chosen, jobcentre):
    document = chosen()
    folder = Path(document["folder"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", page)))
    assert document["statement"] in text
    for row in document["scenarios"]:
        assert f'<data value="{row["runs"]}" data-of="selection|{row["scenario"]}|runs">' in page
    assert "dropped after 21 runs, behind calm" in text
    assert faults_of_page(page) == []
    before = contents(folder)
    assert jobcentre("report", document["folder"])[0] == 0
    assert contents(folder) == before


def test_a_report_is_drawn_only_from_what_was_written(chosen, jobcentre):
    folder = chosen()["folder"]
    Path(folder, "selection.json").write_text("{}", encoding="utf-8")
    status, out, _ = jobcentre("report", folder, "--json")
    assert (status, "is not as it was written" in json.loads(out)["error"]["message"]) == (2, True)


def test_a_dry_run_says_how_many_runs_there_may_be_and_makes_none(chosen, office):
    document = chosen("--dry-run")
    assert (document["planned"], document["done"], document["missing"]) == (60, 0, 60)
    assert document["planned_at_most"] == 3000
    assert not Path(document["folder"]).exists()
    chosen()
    assert [chosen("--dry-run")[key] for key in ("planned", "done", "missing")] == [60, 60, 0]


BAD = {
    "one scenario": ("oxford_before", "--metric", "overloaded_share"),
    "no metric": ("oxford_before", "oxford_surge_step"),
    "unknown metric": ("oxford_before", "oxford_surge_step", "--metric", "overloadd_share"),
    "metric without direction": ("oxford_before", "oxford_surge_step", "--metric", "cost_per_year_pounds"),
    "indifference 0": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--indifference", "0"),
    "indifference nan": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--indifference", "nan"),
    "points for a share": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--indifference", "2"),
    "confidence in per cent": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--confidence", "95"),
    "blind confidence": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--confidence", "0.5"),
    "few first runs": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--first-runs", "4"),
    "fewer at most": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--max-runs", "19"),
    "no such engine": ("oxford_before", "oxford_surge_step", "--metric", "overloaded_share", "--engine", "steam"),
    "no such scenario": ("oxford_before", "oxford_surge_stop", "--metric", "overloaded_share"),
    "other weeks": ("oxford_before", "way_to_work", "--metric", "overloaded_share"),
}
SAYS = {
    "unknown metric": "did you mean `overloaded_share`?",
    "metric without direction": "choose one with a better direction",
    "points for a share": "0.02 is 2 points",
    "confidence in per cent": "such as 0.95",
    "one scenario": "two or more",
}


@pytest.mark.parametrize("what", BAD)
def test_bad_words_give_2_say_the_fix_and_write_nothing(jobcentre, office, tmp_path, what):
    before = set(tmp_path.iterdir())
    status, out, err = jobcentre("select", *BAD[what], "--json")
    assert (status, err, office.calls) == (2, "", [])
    assert SAYS.get(what, "") in json.loads(out)["error"]["message"]
    assert set(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_processes_and_engines_give_equal_bytes_with_the_real_model(tmp_path):
    for name, contacts in (("one", 20.3), ("other", 20), ("third", 28)):
        text = f"title: Another\nextends: diary\ndemand: {{unscheduled_per_post_day: {{value: {contacts}, why: a trial}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    words = [
        "select",
        "one.yaml",
        "other.yaml",
        "third.yaml",
        "--metric",
        "unscheduled_wait_minutes",
        "--indifference",
        "0.2",
        "--weeks",
        "2",
    ]
    found = {}
    for way, more in {"one": ("--jobs", "1"), "two": ("--jobs", "2"), "none": ("--jobs", "0", "--engine", "simpy")}.items():
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *words, "--max-runs", "60", "--json", "--out", way, *more],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": python_path()}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        found[way] = (contents(tmp_path / document["folder"]), document["left"], document["runs"])
    assert found["one"] == found["two"] == found["none"]
    assert 20 < found["one"][2]
    assert "third" not in found["one"][1]
