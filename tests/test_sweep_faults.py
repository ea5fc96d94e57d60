# ruff: noqa: F811 - fixtures of other files
"""What may befall a sweep besides being killed: full disks, two commands at once, spoiled and shared stores, failed runs; and more of it."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_model import model  # noqa: F401 - a fixture
from small_disk import small_disk  # noqa: F401 - a fixture

import cli
from sim import store
from sim.experiments import runners
from sim.outputs import read_events

pytestmark = [pytest.mark.cli, pytest.mark.skipif(sys.platform != "linux", reason="signals, locks and disks are those of Linux")]

ROOT = Path(cli.__file__).parent
AXIS = "demand.unscheduled_per_post_day"
#: Of the real model, in milliseconds a run.
SHORT = ("sweep", "mg1", "--weeks", "2", "--quiet")
#: Of the made-up model.
FAKE = ("sweep", "oxford_before", "--jobs", "0", "--json")
COACHES = ("--set", "coaches=20,22")


def varied(*values):
    return "--set", f"{AXIS}={','.join(map(str, values))}"


def start(*words, cwd):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *words],
        cwd=cwd,
        env=environment,
        text=True,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )


def ended(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def contents(folder):
    """All that must be equal byte for byte."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", store.LOCK)
    }


def the_folder(place):
    (folder,) = (path.parent for path in place.rglob("manifest.json"))
    return folder


def made_by(folder):
    """Runs that each command of a folder made."""
    return [one["runs_made"] for one in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["commands"]]


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stored(folder):
    """Digests by point and run; the file must be sound."""
    with store.opened(folder) as opened:
        assert opened.execute("pragma integrity_check").fetchone() == ("ok",)
        return store.digests(opened)


def stored_runs(place):
    for file in place.rglob(store.FILE):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection, contextlib.suppress(sqlite3.Error):
            return int(connection.execute("select count(*) from run").fetchone()[0])
    return -1


def wait_for(happened):
    for _ in range(20_000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 200 s")


def refusal(called):
    """The message of a command that was refused."""
    status, out, _ = called
    assert status == 2, out
    return json.loads(out)["error"]["message"]


# --- the same bytes, wherever runs are made ----------------------------------------------------------------------------


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_bytes(jobcentre, tmp_path):
    found = {}
    for jobs in ("0", "1", "2"):
        status, _, err = jobcentre(*SHORT, *varied(100, 104), "--runs", "25", "--jobs", jobs, "--events", "--out", jobs)
        assert (status, err) == (0, "")
        found[jobs] = contents(tmp_path / jobs)
    assert found["0"] == found["1"] == found["2"]
    assert len([name for name in found["0"] if name.endswith(".parquet")]) == 50


# --- more of it --------------------------------------------------------------------------------------------------------


def test_more_runs_and_more_points_make_only_what_is_missing(jobcentre, tmp_path, model):
    made = []
    for words in (
        ("--set", "coaches=20,22", "--runs", "3"),
        ("--set", "coaches=20,22", "--runs", "5"),
        ("--set", "coaches=20,22,24", "--runs", "5"),
        ("--set", "coaches=24,21,20", "--runs", "4"),
        ("--set", "coaches=20,22", "--runs", "3"),
    ):
        status, out, _ = jobcentre(*FAKE, *words)
        assert status == 0, out
        made.append(json.loads(out)["made"])
    assert made == [6, 4, 5, 4, 0]
    folder = the_folder(tmp_path)
    assert made_by(folder) == made
    assert len({*model.calls}) <= 5
    assert {(row["point"], row["value"]) for row in rows(folder, "points.csv")} == {("1", "20"), ("2", "22")}
    assert {row["run"] for row in rows(folder, "metrics.csv")} == {"0", "1", "2"}


def test_a_grid_with_an_added_value_uses_all_runs_there_are(jobcentre, tmp_path, model):
    grid = ("--set", "appointments_per_day=20,24", "--runs", "3")
    assert jobcentre(*FAKE, "--set", "coaches=20,22", *grid)[0] == 0
    before = stored(the_folder(tmp_path))
    status, out, _ = jobcentre(*FAKE, "--set", "coaches=20,21,22", *grid)
    assert (status, json.loads(out)["made"]) == (0, 6)
    after = stored(the_folder(tmp_path))
    # points 3 and 4 (22 coaches) are now 5 and 6
    moved = {1: 1, 2: 2, 3: 5, 4: 6}
    assert {(name, moved[point], run): digest for (name, point, run), digest in before.items()}.items() <= after.items()
    assert len(after) == 18


def test_more_runs_give_the_tables_of_as_many_at_once_but_for_the_kind_of_interval(jobcentre, tmp_path, model):
    for words in (("--runs", "3", "--out", "turns"), ("--runs", "8", "--out", "turns"), ("--runs", "8", "--out", "once")):
        assert jobcentre(*FAKE, *COACHES, *words)[0] == 0
    turns, once = the_folder(tmp_path / "turns"), the_folder(tmp_path / "once")
    assert (turns / "metrics.csv").read_bytes() == (once / "metrics.csv").read_bytes()
    assert {row["kind"] for row in rows(once, "summary.csv")} == {"fixed"}
    assert {row["kind"] for row in rows(turns, "summary.csv")} == {"anytime"}  # results were looked at before


def test_a_log_is_never_that_of_another_point_that_had_its_number_before(jobcentre, tmp_path, model):
    """Of points 20, 22 the second is the worst; of 20, 21, 22 point 2 is another one."""
    for values in ("20,22", "20,21,22", "21,22,23", "20,22"):
        assert jobcentre(*FAKE, "--set", f"coaches={values}", "--runs", "3", "--events")[0] == 0
        folder = the_folder(tmp_path)
        kept = {path.name: read_events(path).digest for path in folder.glob("events/*.parquet")}
        points = range(1, len(values.split(",")) + 1)
        digests = stored(folder)
        assert kept == {
            f"oxford_before-point{point:05d}-run{run:05d}.parquet": digests["oxford_before", point, run]
            for point in points
            for run in range(3)
        }


def test_a_log_is_that_of_the_point_in_the_real_model(jobcentre, tmp_path):
    seen = set()
    for values in ((100, 108), (100, 104, 108)):
        assert jobcentre(*SHORT, *varied(*values), "--runs", "2", "--jobs", "0", "--events")[0] == 0
        folder = the_folder(tmp_path)
        digests = stored(folder)
        for path in folder.glob("events/*.parquet"):
            point, run = (int(word) for word in re.fullmatch(r"mg1-point(\d+)-run(\d+)\.parquet", path.name).groups())
            assert read_events(path).digest == digests["mg1", point, run]
            seen.add(read_events(path).digest)
    assert len(seen) == 6


# --- failed runs -------------------------------------------------------------------------------------------------------


def test_failed_runs_stay_until_they_are_to_be_tried_again(jobcentre, tmp_path, model):
    model.failing = {1}
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "4")
    told = json.loads(out)
    assert (status, told["made"], told["failed"], told["done"]) == (1, 8, 2, 6)
    failed = [row for row in rows(the_folder(tmp_path), "metrics.csv") if row["metric"] == "run_failed"]
    assert [(row["point"], row["run"]) for row in failed] == [("1", "1"), ("2", "1")]
    model.failing = set()
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "4")
    assert (status, json.loads(out)["made"], json.loads(out)["failed"]) == (1, 0, 2)
    model.calls.clear()
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "4", "--retry-failed")
    assert (status, json.loads(out)["made"], json.loads(out)["failed"]) == (0, 2, 0)
    assert {run for _, run in model.calls if run == 1} == {1}
    assert not [row for row in rows(the_folder(tmp_path), "metrics.csv") if row["metric"] == "run_failed"]
    retried = contents(tmp_path / "outputs")
    assert jobcentre(*FAKE, *COACHES, "--runs", "4", "--out", "anew")[0] == 0
    anew = contents(tmp_path / "anew")
    assert {name: retried[name] for name in anew} == anew
    assert all("/events/" in name for name in retried.keys() - anew.keys())  # logs of example runs of before


def test_runs_that_fail_again_are_told_again_and_nothing_else_is_made(jobcentre, tmp_path, model):
    model.failing = {0, 2}
    assert jobcentre(*FAKE, *COACHES, "--runs", "3")[0] == 1
    model.calls.clear()
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "3", "--retry-failed")
    assert (status, json.loads(out)["made"], json.loads(out)["failed"]) == (1, 4, 4)
    assert sorted({run for _, run in model.calls}) == [0, 2]
    assert "the office vanished" in (the_folder(tmp_path) / "sweep.json").read_text(encoding="utf-8")


def dies_over_run_2(block):
    if 2 in [wanted.run for wanted in block]:
        os.kill(os.getpid(), signal.SIGKILL)
    return runners.make_block(runners._make, block)


@pytest.mark.parametrize("command", ["sweep", "run"])
def test_a_run_over_which_processes_die_has_failed_and_hides_no_other(jobcentre, tmp_path, monkeypatch, command):
    monkeypatch.setattr(runners, "work", dies_over_run_2)
    words = (
        command,
        "mg1",
        "--weeks",
        "2",
        "--runs",
        "6",
        "--jobs",
        "1",
        "--json",
        *(varied(100, 104) if command == "sweep" else ("--no-responses",)),
    )
    status, out, _ = jobcentre(*words)
    assert status == 1, out
    folder = the_folder(tmp_path)
    points = ["1", "2"] if command == "sweep" else ["0"]
    failed = [(row["point"], row["run"]) for row in rows(folder, "metrics.csv") if row["metric"] == "run_failed"]
    assert failed == [(point, "2") for point in points]
    assert {(row["point"], row["run"]) for row in rows(folder, "metrics.csv")} == {
        (point, str(run)) for point in points for run in range(6)
    }
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    status, out, _ = jobcentre(*words, *(["--retry-failed"] if command == "sweep" else []))
    assert status == 0, out
    assert made_by(folder)[-1] == len(points)
    assert not [row for row in rows(folder, "metrics.csv") if row["metric"] == "run_failed"]


# --- a store that is shared --------------------------------------------------------------------------------------------


def test_nothing_is_made_twice_between_experiments_that_share_a_store(jobcentre, tmp_path, model):
    shared = ("--store", "shared")
    assert jobcentre(*FAKE, *COACHES, "--runs", "4", *shared)[0] == 0
    model.calls.clear()
    others = {
        "another folder": ((*FAKE, *COACHES, "--runs", "4", *shared, "--out", "other"), 0),
        "one value more": ((*FAKE, "--set", "coaches=20,22,24", "--runs", "4", *shared, "--out", "more"), 4),
        "another way of choosing points": ((*FAKE, *COACHES, "--sampling", "list", "--runs", "4", *shared), 0),
        "figures beside it": ((*FAKE, *COACHES, "--set", "appointments_per_day=20", "--runs", "4", *shared), 8),
        "another seed": ((*FAKE, *COACHES, "--runs", "4", "--seed", "2", *shared), 8),
        "more runs": ((*FAKE, *COACHES, "--runs", "6", *shared, "--out", "six"), 4),
    }
    for name, (words, made) in others.items():
        status, out, err = jobcentre(*words)
        assert (status, err) == (0, ""), out
        assert made_by(tmp_path / json.loads(out)["folder"])[-1] == made, name
    (other,) = (tmp_path / "other").iterdir()
    assert contents(other) == contents(tmp_path / "outputs" / other.name)
    for folder in (tmp_path / "shared", tmp_path / "other"):
        assert not list(folder.rglob("*.new"))


def test_failed_runs_are_not_shared(jobcentre, tmp_path, model):
    model.failing = {1}
    assert jobcentre(*FAKE, *COACHES, "--runs", "3", "--store", "shared")[0] == 1
    model.failing = set()
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "3", "--store", "shared", "--out", "other")
    assert (status, json.loads(out)["made"], json.loads(out)["failed"]) == (0, 2, 0)


SPOILED = {
    "words": b"these are words, and no database at all\n" * 50,
    "half of it": None,
    "another database": "alien",
    "tables of before": "old",
}


def spoil(file, how):
    if how == "half of it":
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
    elif isinstance(SPOILED[how], bytes):
        file.write_bytes(SPOILED[how])
    else:
        file.unlink()
        with contextlib.closing(sqlite3.connect(file)) as made, made:
            made.execute("create table run (mine integer)")
            made.execute(f"pragma user_version = {1 if how == 'tables of before' else store.VERSION}")


@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("which", ["own", "shared"])
def test_a_spoiled_store_is_named_with_what_to_do_and_left_as_it_is(jobcentre, tmp_path, model, which, how):
    words = (*FAKE, *COACHES, "--runs", "6", "--store", "shared")
    assert jobcentre(*words)[0] == 0
    file = (the_folder(tmp_path) if which == "own" else tmp_path / "shared") / store.FILE
    spoil(file, how)
    spoiled = file.read_bytes()
    more = ("--out", "other") if which == "shared" else ("--runs", "9")
    message = refusal(jobcentre(*words, *more))
    assert str(file.relative_to(tmp_path)) in message
    assert "delete the folder" in message
    assert file.read_bytes() == spoiled
    if which == "shared":
        assert not list((tmp_path / "other").rglob("*.csv"))


@pytest.mark.parametrize("which", ["own", "shared"])
def test_a_store_that_another_program_has_locked_is_named(jobcentre, tmp_path, model, which):
    words = (*FAKE, *COACHES, "--runs", "3", "--store", "shared")
    assert jobcentre(*words)[0] == 0
    file = (the_folder(tmp_path) if which == "own" else tmp_path / "shared") / store.FILE
    more = ("--out", "other") if which == "shared" else ("--runs", "5")
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("begin exclusive")
        message = refusal(jobcentre(*words, *more))
    assert str(file.relative_to(tmp_path)) in message
    assert "another program has locked it" in message
    status, out, _ = jobcentre(*words, *more)
    assert (status, json.loads(out)["failed"]) == (0, 0)


@pytest.mark.parametrize("which", ["own", "shared"])
def test_a_folder_that_another_command_keeps_to_itself_is_not_waited_for_for_ever(jobcentre, tmp_path, monkeypatch, model, which):
    monkeypatch.setattr(store, "PATIENCE", 0.2)
    words = (*FAKE, *COACHES, "--runs", "3", "--store", "shared")
    assert jobcentre(*words)[0] == 0
    lock = (the_folder(tmp_path) if which == "own" else tmp_path / "shared") / store.LOCK
    more = ("--out", "other") if which == "shared" else ("--runs", "5")
    with lock.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        message = refusal(jobcentre(*words, *more))
    assert str(lock.relative_to(tmp_path)) in message
    assert "end that command" in message
    assert jobcentre(*words, *more)[0] == 0


# --- interrupted -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["0", "2"])
@pytest.mark.parametrize("after", [0, 30])
def test_ctrl_c_stops_at_once_with_nothing_half_written(tmp_path, jobs, after):
    words = ("sweep", "mg1", "--weeks", "2", *varied(100, 104), "--runs", "4000", "--jobs", jobs, "--json")
    process = start(*words, cwd=tmp_path)
    try:
        wait_for(lambda: stored_runs(tmp_path) >= after)
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        status, out, err = ended(process)  # comes back only when no process holds the pipes any more
        assert time.monotonic() - begun < 2
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (status, err) == (130, "")
    assert json.loads(out)["error"]["kind"] == "interrupted"
    assert stored_runs(tmp_path) >= after
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {store.FILE, store.LOCK}


def test_an_interruption_keeps_what_is_finished(jobcentre, tmp_path, model):
    model.interrupt_at = 3
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "5")
    assert (status, json.loads(out)["error"]["kind"]) == (130, "interrupted")
    assert not list(tmp_path.rglob("*.csv"))
    model.interrupt_at = None
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "5")
    assert (status, json.loads(out)["made"]) == (0, 7)
    gone_on = contents(tmp_path / "outputs")
    assert jobcentre(*FAKE, *COACHES, "--runs", "5", "--out", "anew")[0] == 0
    assert contents(tmp_path / "anew") == gone_on


# --- two commands at once ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_equal_commands_at_once_share_a_folder(jobcentre, tmp_path):
    words = (*SHORT, *varied(100, 104), "--runs", "40")
    both = [start(*words, "--jobs", jobs, "--out", "shared", cwd=tmp_path) for jobs in ("1", "2")]
    assert [ended(process)[::2] for process in both] == [(0, ""), (0, "")]
    assert jobcentre(*words, "--jobs", "0", "--out", "alone")[0] == 0
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")
    assert len(made_by(the_folder(tmp_path / "shared"))) == 2


OTHERS = {
    "other points": ((*varied(100, 104), "--runs", "40"), (*varied(104, 108), "--runs", "40")),
    "other numbers of runs": ((*varied(100, 104), "--runs", "40"), (*varied(100, 104), "--runs", "20")),
}


@pytest.mark.slow
@pytest.mark.parametrize("which", OTHERS)
def test_two_commands_with_different_questions_at_once_share_a_folder(jobcentre, tmp_path, which):
    both = [start(*SHORT, *words, "--jobs", "1", "--out", "shared", cwd=tmp_path) for words in OTHERS[which]]
    assert [ended(process)[::2] for process in both] == [(0, ""), (0, "")]
    folder = the_folder(tmp_path / "shared")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    last = manifest["commands"][-1]["command_line"]
    assert len(manifest["commands"]) == 2
    # what is there is wholly that of the command that ended last, the report too
    (words,) = [words for words in OTHERS[which] if all(word in last for word in words)]
    assert jobcentre(*SHORT, *words, "--jobs", "0", "--out", "alone")[0] == 0
    alone = the_folder(tmp_path / "alone")
    mine, its = contents(folder), contents(alone)
    if which == "other points":  # where there are no more runs than asked for before, intervals are as they are alone
        assert {name: mine[name] for name in its if name != store.FILE} == {name: its[name] for name in its if name != store.FILE}
    assert mine["metrics.csv"] == its["metrics.csv"]
    assert stored(alone).items() <= stored(folder).items()
    assert json.loads(mine["sweep.json"])["runs"] == manifest["runs"]["mg1"] / 2
    assert jobcentre("report", str(folder))[0] == 0, "tables and manifest belong together"
    # nothing is lost: either command finds all its runs, and puts its own tables there
    for words in OTHERS[which]:
        status, _, err = jobcentre(*SHORT, *words, "--jobs", "0", "--out", "shared")
        assert (status, err) == (0, "")
        assert made_by(folder)[-1] == 0
        assert jobcentre(*SHORT, *words, "--jobs", "0", "--out", "-".join(words[1:]))[0] == 0
        assert (folder / "metrics.csv").read_bytes() == (the_folder(tmp_path / "-".join(words[1:])) / "metrics.csv").read_bytes()


def test_tables_that_another_command_replaces_are_written_again(jobcentre, tmp_path, model, monkeypatch):
    """The other command comes just when ours keeps the logs of its example runs, with fewer runs of the same points."""
    from sim.experiments.sweeps import carry_out

    keep_logs, came = carry_out.keep_logs, []

    def keep(folder, *rest):
        if not came:
            came.append(folder)
            assert jobcentre(*FAKE, *COACHES, "--runs", "3")[0] == 0
        keep_logs(folder, *rest)

    monkeypatch.setattr(carry_out, "keep_logs", keep)
    assert jobcentre(*FAKE, *COACHES, "--runs", "5")[0] == 0
    folder = the_folder(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == {"oxford_before": 10}
    assert len({row["run"] for row in rows(folder, "metrics.csv")}) == 5
    assert made_by(folder) == [0, 10]
    assert jobcentre("report", str(folder))[0] == 0


# --- a disk that fills -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_disk_stops_a_sweep_and_room_lets_it_go_on(jobcentre, small_disk, tmp_path):
    words = ("sweep", "mg1", "--weeks", "2", *varied(100, 104), "--runs", "400", "--jobs", "2", "--json")
    status, out, err = ended(start(*words, "--out", str(small_disk / "outputs"), cwd=tmp_path))
    assert (status, err) == (2, ""), out
    assert "make room and give the same command again" in json.loads(out)["error"]["message"]
    kept = stored_runs(small_disk / "outputs")
    assert 0 < kept
    assert not list(small_disk.rglob("*.new"))
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    status, out, err = ended(start(*words, "--out", str(small_disk / "outputs"), cwd=tmp_path))
    assert (status, err) == (0, "")
    assert json.loads(out)["made"] == 800 - kept
    assert jobcentre(*words, "--out", "alone")[0] == 0
    assert contents(small_disk / "outputs") == contents(tmp_path / "alone")
