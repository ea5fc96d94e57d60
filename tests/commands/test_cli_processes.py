"""The command line in processes of its own, with the real model: equal bytes, shared folders, interruption, closed pipes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from support.places import ROOT, python_path

pytestmark = pytest.mark.cli

TINY = ("run", "diary", "--runs", "6", "--weeks", "2", "--json")


def environment():
    return os.environ | {"PYTHONPATH": python_path(), "NO_COLOR": "1"}


def start(*words, cwd):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *words],
        cwd=cwd,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.mark.slow
def test_workers_engines_and_places_give_equal_bytes(tmp_path):
    ways = {"one": ("--jobs", "1"), "two": ("--jobs", "2"), "none": ("--jobs", "0", "--engine", "simpy")}
    contents = {}
    for name, words in ways.items():
        (tmp_path / name).mkdir()
        status, out, err = ended(start(*TINY, *words, cwd=tmp_path / name))
        assert (status, err) == (0, "")
        folder = tmp_path / name / json.loads(out)["folder"]
        contents[name] = {
            str(path.relative_to(tmp_path / name)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }
    assert contents["one"] == contents["two"] == contents["none"]


@pytest.mark.slow
def test_two_processes_at_once_share_a_folder(tmp_path):
    both = [start(*TINY, "--jobs", "1", cwd=tmp_path) for _ in range(2)]
    (first, out, _), (second, other, _) = (ended(process) for process in both)
    assert (first, second) == (0, 0)
    assert json.loads(out)["digests"] == json.loads(other)["digests"]
    assert json.loads(out)["metrics"] == json.loads(other)["metrics"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
@pytest.mark.parametrize("after", ["the folder", "some runs"])
def test_ctrl_c_stops_at_once_and_leaves_no_process(tmp_path, after):
    process = start("run", "diary", "--runs", "5000", "--jobs", "2", "--json", cwd=tmp_path)
    try:
        wait_for(lambda: stored_runs(tmp_path) >= (0 if after == "the folder" else 2))
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
        status, out, err = ended(process)  # comes back only when no process holds the pipes any more
        assert time.monotonic() - begun < 4  # the database would wait for five where an interrupted commit was left open
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (status, err) == (130, "")
    assert json.loads(out)["error"]["kind"] == "interrupted"
    assert stored_runs(tmp_path) >= (0 if after == "the folder" else 2)
    assert not list(tmp_path.rglob("*.csv"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
@pytest.mark.parametrize("whole_group", [False, True], ids=["the command", "all its processes"])
@pytest.mark.parametrize(
    ("words", "jobs"), [(("run", "diary"), "0"), (("sweep", "diary", "--set", "coaches=2,3"), "2")], ids=["run", "sweep"]
)
@pytest.mark.parametrize(("number", "status", "said"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGHUP, 129, "SIGHUP")])
def test_a_signal_ends_a_command_as_ctrl_c_does(tmp_path, number, status, said, words, jobs, whole_group):
    command = (*words, "--weeks", "2", "--jobs", jobs, "--runs")
    process = start(*command, "5000", cwd=tmp_path)
    try:
        wait_for(lambda: stored_runs(tmp_path) >= 2)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        ended_with, out, err = ended(process)  # comes back only when no process holds the pipes any more
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (ended_with, out) == (status, "")
    (line,) = [line for line in err.splitlines() if said in line]
    assert line.endswith("finished runs are kept, and the same command goes on from there")
    assert "Traceback" not in err
    kept = stored_runs(tmp_path)
    assert kept >= 2
    assert failures(tmp_path) == 0
    assert ended(start(*command, "3", "--json", cwd=tmp_path))[0] == 0
    assert stored_runs(tmp_path) >= kept


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGHUP")
def test_a_command_under_nohup_outlives_its_terminal(tmp_path):
    process = subprocess.Popen(
        ["nohup", sys.executable, str(ROOT / "cli.py"), "run", "diary", "--weeks", "2", "--runs", "200", "--jobs", "0", "--json"],
        cwd=tmp_path, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: stored_runs(tmp_path) >= 2)
    os.kill(process.pid, signal.SIGHUP)
    assert ended(process)[0] == 0


def failures(folder):
    (file,) = folder.rglob("runs.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute("select count(*) from run where failure is not null").fetchone()[0]


def stored_runs(folder):
    """Runs in the store below a folder; -1 while there is none."""
    found = list(folder.rglob("runs.sqlite"))
    if not found:
        return -1
    with contextlib.closing(sqlite3.connect(found[0])) as connection:
        try:
            return connection.execute("select count(*) from run").fetchone()[0]
        except sqlite3.OperationalError:  # its tables are being made
            return -1


def wait_for(happened):
    for _ in range(2000):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 200 s")


def test_output_goes_into_a_pipe_that_closes(tmp_path):
    process = start("show", "oxford_before", cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) != 3
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()


def test_a_run_loads_nothing_that_only_other_commands_need(tmp_path):
    heavy = ("scipy.stats", "scipy.optimize", "distributed", "simpy", "jobcentre.report.sweep", "jobcentre.report.nation")
    code = f"import sys\nfrom jobcentre.commands import app\ntry: app.main({[*TINY, '--jobs', '0']})\nexcept SystemExit: print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment(), check=True)
    assert done.stdout.splitlines()[-1] == "[]"
