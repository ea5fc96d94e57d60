"""The command line as scripts and people meet it: documents, exit statuses, and nothing written where something is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from jobcentre.commands import app
from support.fake_model import model  # noqa: F401 - a fixture
from support.places import ROOT

pytestmark = pytest.mark.cli

COMMANDS = (
    "run",
    "compare",
    "staffing",
    "select",
    "fit-base-rates",
    "draw",
    "calibrate",
    "validate",
    "sensitivity",
    "assurance",
    "report",
    "init",
    "upgrade",
    "check",
    "scenarios",
    "show",
    "schema",
    "trace",
    "verify",
    "diff-runs",
    "sweep",
    "reproduce",
    "bench",
    "doctor",
)
RUN = ("--jobs", "0", "--runs", "5")


def variant(folder, name, text="", parent="oxford_before"):
    path = folder / f"{name}.yaml"
    path.write_text(f"title: A variant\nextends: {parent}\n{text}", encoding="utf-8")
    return str(path)


# help


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_a_help_page_begins_with_an_example(jobcentre, command, flag):
    status, out, _ = jobcentre(command, flag)
    assert status == 0
    assert out.startswith(f"Example: jobcentre {command}")


def test_the_list_of_commands_is_shown_without_words_too(jobcentre):
    status, out, _ = jobcentre("--help")
    assert (status, jobcentre()[1]) == (0, out)
    assert out.startswith("Example: jobcentre ")
    listed = out[out.index("Commands:") :].split()
    assert set(COMMANDS) <= set(listed)


def test_help_loads_nothing_heavy():
    heavy = ("numpy", "pandas", "numba", "scipy", "pydantic", "yaml", "rich", "simpy", "pyarrow")
    code = f"import sys\nfrom jobcentre.commands import app\ntry: app.main(['--help'])\nexcept SystemExit: print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_examples_of_the_help_pages_are_understood(jobcentre):
    group = typer.main.get_command(app.app)
    assert set(group.commands) == set(COMMANDS)
    for command in (group, *group.commands.values()):
        words = command.example.split()
        assert words[0] == "jobcentre"
        assert words[1] == command.name or command is group
        assert jobcentre(*words[1:], "--help")[0] == 0


# what scripts rely on


def test_run_prints_one_document(jobcentre, model):  # noqa: F811
    status, out, err = jobcentre("run", "oxford_before", *RUN, "--seed", "7", "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert {"scenario", "runs", "seed", "engine", "folder", "digests", "metrics"} <= set(document)
    assert (document["scenario"], document["runs"], document["seed"], document["engine"]) == ("oxford_before", 5, 7, "compiled")
    assert len(set(document["digests"])) == 5
    overloaded = next(row for row in document["metrics"] if row["metric"] == "overloaded_share")
    assert set(overloaded) >= {"metric", "group", "mean", "low", "high", "unit", "method", "level", "n"}
    assert overloaded["mean"] == pytest.approx(0.2)  # 0 to 4 of 10 each
    assert (overloaded["group"], overloaded["unit"], overloaded["n"], overloaded["level"]) == (None, "share", 5, 0.95)
    health = next(row for row in document["metrics"] if row["group"] == "health")
    assert (health["metric"], health["mean"]) == ("missed_share", 0.25)
    assert Path(document["folder"], "manifest.json").is_file()


def test_compare_prints_one_document(jobcentre, model, tmp_path):  # noqa: F811
    worse = variant(tmp_path, "worse")
    status, out, _ = jobcentre("compare", "oxford_before", worse, *RUN, "--json")
    document = json.loads(out)
    assert status == 0
    assert list(document["scenarios"]) == ["oxford_before", "worse"]
    assert document["scenarios"]["worse"]["digests"] != document["scenarios"]["oxford_before"]["digests"]
    differences = {row["metric"]: row for row in document["differences"]}
    assert set(differences["missed_share"]) >= {"base", "option", "metric", "group", "difference", "low", "high", "verdict"}
    overloaded = differences["overloaded_share"]
    assert (overloaded["base"], overloaded["option"], overloaded["group"], overloaded["verdict"]) == (
        "oxford_before",
        "worse",
        None,
        "worse",
    )
    assert overloaded["difference"] == pytest.approx(0.1)
    assert differences["missed_share"]["verdict"] == "identical"


def test_compare_says_which_may_be_the_best_from_two_options_on(jobcentre, model, tmp_path):  # noqa: F811
    worse, same = variant(tmp_path, "worse"), variant(tmp_path, "same")
    document = json.loads(jobcentre("compare", "oxford_before", worse, *RUN, "--json")[1])
    assert document["best"] == []
    assert not Path(document["folder"], "best.csv").exists()
    document = json.loads(jobcentre("compare", "oxford_before", worse, same, *RUN, "--json")[1])
    best = {row["metric"]: row for row in document["best"]}
    assert best["overloaded_share"]["scenarios"] == ["oxford_before", "same"]
    assert best["missed_share"]["scenarios"] == ["oxford_before", "worse", "same"]
    assert "cost_per_year_pounds" not in best
    told = best["overloaded_share"]
    assert (told["judged"], told["n"], told["level"], told["kind"]) == (True, 5, 0.95, "fixed")
    rows = Path(document["folder"], "best.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "metric,scenario,may_be_best,worse_than,judged,n,level,method,kind"
    assert [row.split(",")[:5] for row in rows if row.startswith("overloaded_share")] == [
        ["overloaded_share", "oxford_before", "True", "", "True"],
        ["overloaded_share", "worse", "False", "oxford_before", "True"],
        ["overloaded_share", "same", "True", "", "True"],
    ]
    out = jobcentre("compare", "oxford_before", worse, same, *RUN)[1]
    assert "Not distinguishable from the best" in out
    assert "worse (oxford_before is better)" in out
    few = jobcentre("compare", "oxford_before", worse, same, "--jobs", "0", "--runs", "4", "--seed", "2")[1]
    assert "any: too few runs or no value" in few


def test_too_few_runs_have_no_interval(jobcentre, model):  # noqa: F811
    document = json.loads(jobcentre("run", "oxford_before", "--jobs", "0", "--runs", "4", "--json")[1])
    assert {(row["low"], row["high"]) for row in document["metrics"]} == {(None, None)}
    assert all(row["mean"] is not None for row in document["metrics"])


def test_tables_show_the_seed_the_means_and_the_verdicts(jobcentre, model, tmp_path):  # noqa: F811
    status, out, _ = jobcentre("compare", "oxford_before", variant(tmp_path, "worse"), *RUN)
    assert status == 0
    for words in ("seed 1", "Overloaded coach-days", "20.0 %", "30.0 %", "+10.0 points", "clearly worse", "identical", "Results: outputs"):
        assert words in out


def test_seeds_are_64_bits_and_0_is_one_of_them(jobcentre, model):  # noqa: F811
    folders = set()
    for seed in ("0", "1", str(2**64 - 1)):
        status, out, _ = jobcentre("run", "oxford_before", *RUN, "--seed", seed, "--json")
        assert status == 0
        assert str(json.loads(out)["seed"]) == seed
        folders.add(json.loads(out)["folder"])
    assert len(folders) == 3


@pytest.mark.parametrize("command", ["run", "verify"])
def test_what_is_wrong_with_weeks_is_told_of_that_option(jobcentre, command):
    status, out, _ = jobcentre(command, "oxford_surge_step", "--weeks", "5000", "--json")
    error = json.loads(out)["error"]
    assert (status, error["kind"], error["message"]) == (
        2, "command_line", "--weeks: period.weeks: is 5000 but must be at most 1040 (weeks)",
    )  # fmt: skip


def test_a_day_that_the_weeks_leave_out_is_told_with_what_to_do(jobcentre):
    words = ("run", "oxford_surge_step", "--weeks", "3", "--json")
    message = json.loads(jobcentre(*words)[1])["error"]["message"]
    assert message.startswith("--weeks: period.reference_date: 2021-11-01 lies outside the 3 counted weeks")
    assert "--set period.reference_date=" in message
    message = json.loads(jobcentre(*words, "--set", "period.reference_date=2030-01-01")[1])["error"]["message"]
    assert message.startswith("--set: period.reference_date: 2030-01-01 lies outside")


def test_figures_and_weeks_set_on_the_command_line_count(jobcentre, model):  # noqa: F811
    status, out, _ = jobcentre("run", "oxford_before", *RUN, "--set", "diary.appointments_per_day=27", "--weeks", "30", "--json")
    assert status == 0
    kept = Path(json.loads(out)["folder"], "scenarios", "oxford_before.yaml").read_text(encoding="utf-8")
    assert "appointments_per_day:\n    value: 27\n" in kept
    assert "\n  weeks:\n    value: 30\n" in kept


def test_a_kept_scenario_can_be_run_again(jobcentre, model):  # noqa: F811
    first = json.loads(jobcentre("run", "oxford_before", *RUN, "--json")[1])
    kept = Path(first["folder"], "scenarios", "oxford_before.yaml")
    again = json.loads(jobcentre("run", str(kept), *RUN, "--json")[1])
    assert again["folder"] == first["folder"]


def test_scenarios_are_listed(jobcentre):
    found = {row["name"]: row for row in json.loads(jobcentre("scenarios", "--json")[1])["scenarios"]}
    assert "oxford_before" in found
    assert found["oxford_before"]["title"]
    assert Path(found["oxford_before"]["path"]).is_file()


def test_problems_are_told_with_line_and_suggestion(jobcentre, tmp_path):
    wrong = variant(tmp_path, "wrong", "diary:\n  why: a trial\n  apointments_per_day: 27\n")
    status, out, _ = jobcentre("check", wrong, "oxford_before", "--json")
    (problem,) = json.loads(out)["problems"]
    assert status == 2
    assert (problem["file"], problem["line"]) == (wrong, 5)
    assert problem["path"] == "diary.apointments_per_day"
    assert "appointments_per_day" in problem["suggestion"]
    status, out, err = jobcentre("check", "oxford_before")
    assert (status, out.splitlines()[-1]) == (0, "1 file checked, nothing wrong")
    assert all(line.startswith("Compiling the model") for line in err.splitlines())


def test_a_figure_is_shown_with_what_is_known_of_it(jobcentre):
    (figure,) = json.loads(jobcentre("show", "baseline", "diary.appointments_per_day", "--json")[1])["figures"]
    assert set(figure) == {"path", "value", "unit", "quality", "source", "range", "why", "date", "reached", "change"}
    assert (figure["value"], figure["unit"]) == (22, "appointments per coach-day")
    assert figure["quality"]


def test_what_differs_is_shown_with_its_reason(jobcentre, tmp_path):
    other = variant(tmp_path, "other", "diary:\n  why: a trial\n  appointments_per_day: 20\n")
    (row,) = json.loads(jobcentre("show", other, "--diff", "oxford_before", "--json")[1])["differences"]
    assert (row["path"], row["value"], row["other"], row["why"]) == ("diary.appointments_per_day", 20, 22, "a trial")


def cells(out, path):
    """The cells of the row of a table that begins with this path; a long reason may go on below it."""
    rows = (re.split("  +", line.strip()) for line in out.splitlines())
    (row,) = (row for row in rows if row[0] == path)
    return row


@pytest.mark.usefixtures("wide")
def test_a_figure_without_a_value_is_shown_as_none_and_one_that_is_not_there_as_a_dash(jobcentre, tmp_path):
    text = "office: {coaches: {value: 20, why: Three left.}, establishment: {value: 20, why: None hired.}}\n"
    change = "changes: {fewer: {date: 2021-11-01, why: Fewer., set: {office.establishment: 19}}}\n"
    other = variant(tmp_path, "other", text + change, "oxford_before")
    out = jobcentre("show", other, "--diff", "oxford_before")[1]
    assert cells(out, "office.establishment")[:3] == ["office.establishment", "none", "20"]
    assert cells(out, "office.establishment from 2021-11-01")[1:3] == ["—", "19"]
    assert cells(jobcentre("show", "oxford_before", "office.establishment")[1], "office.establishment")[2] == "none"


@pytest.mark.usefixtures("wide")
def test_a_variants_figure_says_whose_it_is_and_not_what_is_known_of_its_parents(jobcentre, tmp_path):
    other = variant(tmp_path, "other", "office: {coaches: {value: 20, why: Three left.}}\n", "baseline")
    shown = cells(jobcentre("show", other, "office.coaches")[1], "office.coaches")
    assert shown == ["office.coaches", "the start", "20", "coaches", "—", "own figure of other", "—", "Three left."]
    assert cells(jobcentre("show", "baseline", "office.coaches")[1], "office.coaches")[4:7] == ["testimony", "A5", "10 to 60"]


@pytest.mark.parametrize("words", [("check", "oxford_before"), ("scenarios",), ("show", "oxford_before")])
def test_every_command_takes_the_common_options(jobcentre, words):
    status, out, err = jobcentre(*words, "--json", "--quiet", "--seed", "3", "--jobs", "1", "--out", "elsewhere")
    assert (status, err) == (0, "")
    assert isinstance(json.loads(out), dict)


# exit statuses


def test_the_former_name_of_an_engine_is_understood(jobcentre, model):  # noqa: F811
    status, out, err = jobcentre("run", "oxford_before", "--runs", "2", "--jobs", "0", "--engine", "reference", "--no-responses", "--json")
    assert (status, json.loads(out)["engine"]) == (0, "simpy")
    assert "note: the engine `reference` is now called `simpy`" in err.splitlines()


@pytest.mark.parametrize(
    ("condition", "status"), [("overloaded_share>0.0001", 1), ("overloaded_share>0.9", 0), ("missed_share <= 0.11", 1)]
)
def test_a_condition_decides_the_exit_status(jobcentre, model, condition, status):  # noqa: F811
    code, out, err = jobcentre("run", "oxford_before", *RUN, "--fail-if", condition, "--json")
    assert code == status
    assert bool(json.loads(out)["broken"]) == bool(status)
    assert bool(err) == bool(status)


def test_failed_runs_give_1(jobcentre, model):  # noqa: F811
    model.failing = {3}
    status, out, _ = jobcentre("run", "oxford_before", *RUN, "--json")
    assert status == 1
    document = json.loads(out)
    assert [(row["point"], row["run"]) for row in document["failed"]] == [(0, 3), (1, 3), (3, 3)]  # 1 and 3: low and high response
    assert document["digests"][3] is None


BAD = {
    "no words": ("run",),
    "no such command": ("runn", "oxford_before"),
    "no such option": ("run", "oxford_before", "--run", "3"),
    "no such scenario": ("run", "oxford_befor"),
    "no such file": ("run", "missing.yaml"),
    "a folder": ("run", "."),
    "no runs": ("run", "oxford_before", "--runs", "0"),
    "runs in words": ("run", "oxford_before", "--runs", "ten"),
    "negative seed": ("run", "oxford_before", "--seed", "-1"),
    "seed too large": ("run", "oxford_before", "--seed", str(2**64)),
    "negative jobs": ("run", "oxford_before", "--jobs", "-1"),
    "no such engine": ("run", "oxford_before", "--engine", "steam"),
    "no weeks": ("run", "oxford_before", "--weeks", "0"),
    "set without value": ("run", "oxford_before", "--set", "diary.appointments_per_day"),
    "set nothing": ("run", "oxford_before", "--set", "diary.appointments_per_day="),
    "set unknown": ("run", "oxford_before", "--set", "diary.apointments_per_day=27"),
    "set out of range": ("run", "oxford_before", "--set", "diary.appointments_per_day=-1"),
    "set no number": ("run", "oxford_before", "--set", "diary.appointments_per_day=.nan"),
    "set twice": ("run", "oxford_before", "--set", "office.coaches=3", "--set", "office.coaches=4"),
    "weeks twice": ("run", "oxford_before", "--weeks", "4", "--set", "period.weeks=5"),
    "condition unknown": ("run", "oxford_before", "--fail-if", "overloaded>0.2"),
    "condition without number": ("run", "oxford_before", "--fail-if", "overloaded_share>a"),
    "condition on a group that is not there": ("run", "oxford_before", "--fail-if", "missed_share@lcv>0.2"),
    "condition on no group": ("run", "oxford_before", "--fail-if", "leavers@lcw>2"),
    "target unknown": ("run", "oxford_before", "--target", "overloaded<0.2"),
    "runs and precision": ("run", "oxford_before", "--runs", "50", "--precision", "matters"),
    "precision unknown": ("run", "oxford_before", "--precision", "fine"),
    "precision of nothing": ("run", "oxford_before", "--precision", "0%"),
    "precision of two": ("run", "oxford_before", "--precision", "5%", "--precision", "matters"),
    "precision of no metric": ("run", "oxford_before", "--precision", "overloaded=0.01"),
    "fewer runs than the first look": ("run", "oxford_before", "--precision", "5%", "--max-runs", "24"),
    "condition of code": ("run", "oxford_before", "--fail-if", "__import__('os').getcwd()>0"),
    "compare with nothing": ("compare", "oxford_before"),
    "compare with itself": ("compare", "oxford_before", "oxford_before"),
    "compare other weeks": ("compare", "oxford_before", "way_to_work"),
    "second is wrong": ("compare", "oxford_before", "nothing_of_the_kind"),
    "show unknown figure": ("show", "oxford_before", "diary.apointments_per_day"),
    "trace what": ("trace", "oxford_before"),
    "trace two things": ("trace", "oxford_before", "--coach", "1", "--date", "2021-11-08", "--customer", "4"),
    "trace no date": ("trace", "oxford_before", "--coach", "1"),
    "trace bad date": ("trace", "oxford_before", "--coach", "1", "--date", "8/11/2021"),
    "trace no file": ("trace", "missing.parquet", "--customer", "1"),
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_bad_words_give_2_one_document_and_write_nothing(jobcentre, model, tmp_path, words):  # noqa: F811
    status, out, err = jobcentre(*words, "--json")
    error = json.loads(out)["error"]
    assert (status, err) == (2, "")
    assert set(error) == {"kind", "message", "file", "line"}
    assert error["message"]
    assert list(tmp_path.iterdir()) == []
    assert model.calls == []


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_bad_words_are_explained_without_a_traceback(jobcentre, model, words):  # noqa: F811
    status, out, err = jobcentre(*words)
    assert (status, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err


def test_all_problems_of_all_files_are_told(jobcentre, tmp_path):
    first = variant(tmp_path, "first", "diary:\n  why: a trial\n  apointments_per_day: 27\n")
    second = variant(tmp_path, "second", "office:\n  why: a trial\n  coaches: -3\n")
    status, _, err = jobcentre("compare", first, second)
    assert status == 2
    assert f"{first}:5" in err
    assert f"{second}:5" in err


def test_a_place_that_cannot_be_written_gives_2(jobcentre, model, tmp_path):  # noqa: F811
    (tmp_path / "occupied").write_text("a file, no folder", encoding="utf-8")
    status, out, _ = jobcentre("run", "oxford_before", *RUN, "--out", "occupied", "--json")
    assert status == 2
    assert json.loads(out)["error"]["kind"] == "file"
    assert model.calls == []


def test_an_error_of_ours_gives_3_and_says_how_to_report_it(jobcentre, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("we did not think of this")

    monkeypatch.setattr("jobcentre.studies.compare.run_comparison", broken)
    status, out, err = jobcentre("run", "oxford_before", *RUN)
    assert (status, out) == (3, "")
    assert "we did not think of this" in err
    assert "report" in err.splitlines()[-1]
    status, out, _ = jobcentre("run", "oxford_before", *RUN, "--json")
    assert (status, json.loads(out)["error"]["kind"]) == (3, "internal")


def test_an_interruption_gives_130_and_the_same_command_goes_on(jobcentre, model):  # noqa: F811
    model.interrupt_at = 3
    status, out, _ = jobcentre("run", "oxford_before", *RUN, "--json")
    assert (status, json.loads(out)["error"]["kind"]) == (130, "interrupted")
    assert [run for _, run in model.calls] == [0, 1, 2]
    model.interrupt_at = None
    assert jobcentre("run", "oxford_before", *RUN, "--json")[0] == 0
    assert [run for _, run in model.calls[3:5]] == [3, 4]
