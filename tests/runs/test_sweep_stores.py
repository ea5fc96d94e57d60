# ruff: noqa: F811 - fixtures of other files
"""Stores of sweeps: shared between experiments, spoiled, locked; and failed runs in them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sqlite3
import sys

import pytest

from jobcentre.runs import locks, store
from jobcentre.runs import worker as runners
from support.fake_model import model  # noqa: F401 - a fixture
from support.same_bytes import contents
from support.sweep_commands import (  # noqa: F401
    AXIS,
    COACHES,
    FAKE,
    ROOT,
    SHORT,
    ended,
    made_by,
    refusal,
    rows,
    start,
    stored,
    stored_runs,
    the_folder,
    varied,
    wait_for,
)

pytestmark = [
    pytest.mark.cli,
    pytest.mark.skipif(sys.platform != "linux", reason="signals, locks and disks are those of Linux"),
    pytest.mark.slow,
]

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
    assert "the office vanished" in (the_folder(tmp_path) / "manifest.json").read_text(encoding="utf-8")


def dies_over_run_2(block):
    if 2 in [wanted.run for wanted in block]:
        os.kill(os.getpid(), signal.SIGKILL)
    return runners.run_batch(runners._make, block)


@pytest.mark.parametrize("command", ["sweep", "run"])
def test_a_run_over_which_processes_die_has_failed_and_hides_no_other(jobcentre, tmp_path, monkeypatch, command):
    monkeypatch.setattr(runners, "run_batch_in_worker", dies_over_run_2)
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
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    words = (*FAKE, *COACHES, "--runs", "3", "--store", "shared")
    assert jobcentre(*words)[0] == 0
    lock = (the_folder(tmp_path) if which == "own" else tmp_path / "shared") / locks.LOCK
    more = ("--out", "other") if which == "shared" else ("--runs", "5")
    with lock.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        message = refusal(jobcentre(*words, *more))
    assert str(lock.relative_to(tmp_path)) in message
    assert "end that command" in message
    assert jobcentre(*words, *more)[0] == 0
