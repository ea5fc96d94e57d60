"""Sweeps as commands in tests: how they are begun and ended, and what their folders hold."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sqlite3
import subprocess
import sys
import time

from jobcentre.runs import store
from support.fake_model import model  # noqa: F401 - a fixture
from support.places import ROOT, python_path
from support.small_disk import small_disk  # noqa: F401 - a fixture

AXIS = "demand.unscheduled_per_post_day"
#: Of the real model, in milliseconds a run.
SHORT = ("sweep", "mg1", "--weeks", "2", "--quiet")
#: Of the made-up model.
FAKE = ("sweep", "oxford_before", "--jobs", "0", "--json")
COACHES = ("--set", "coaches=20,22")


def varied(*values):
    return "--set", f"{AXIS}={','.join(map(str, values))}"


def start(*words, cwd):
    environment = os.environ | {"PYTHONPATH": python_path(), "NO_COLOR": "1"}
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
