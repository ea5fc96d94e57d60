"""`jobcentre doctor`: what works here, what does not and what to do about it; and compiling ahead."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from jobcentre.diagnostics import doctor
from jobcentre.diagnostics.doctor import LIMITED, MISSING, NOT_HERE, OK
from jobcentre.model import compiling as jit
from jobcentre.runs.machine import free_memory
from jobcentre.runs.worker import default_jobs
from support.places import python_path
from support.small_processes import ROOT, environment, obey_permissions

pytestmark = pytest.mark.cli
WHAT = ["Python", "packages", "processor cores", "memory", "results", "model", "compiled code", "C compiler", "browser", "cluster"]


@pytest.fixture
def there(jobcentre):
    """The findings as a document, by what they are on, with the exit status."""

    def call(*words):
        status, out, _ = jobcentre("doctor", "--json", *words)
        document = json.loads(out)
        assert document["works"] == (status == 0)
        return status, {one["what"]: one for one in document["findings"]}

    return call


def process(given, cwd, *words, before_exec=None):
    program = [sys.executable, str(ROOT / "cli.py"), "doctor", *words]
    return subprocess.run(program, capture_output=True, text=True, env=given, cwd=cwd, check=False, preexec_fn=before_exec)


def findings_of(done):
    return {one["what"]: one for one in json.loads(done.stdout)["findings"]}


def test_here_everything_works_that_runs_need(there):
    status, found = there()
    assert status == 0
    assert list(found) == WHAT
    assert {found[what]["state"] for what in ("Python", "packages", "processor cores", "results", "model")} == {OK}
    assert platform.python_version() in found["Python"]["text"]
    assert f"numpy {np.__version__}" in found["packages"]["text"]
    assert found["processor cores"]["text"].startswith(f"{default_jobs()} usable")
    assert str(jit.CACHE.folder) in found["compiled code"]["text"]


def test_one_line_each_and_quiet_tells_only_what_does_not_work(jobcentre, there):
    status, out, err = jobcentre("doctor")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line[:16].strip() for line in lines] == WHAT
    assert [line[16:26].strip() for line in lines] == [one["state"] for one in there()[1].values()]
    quiet = jobcentre("doctor", "--quiet")[1].splitlines()
    assert quiet == [line for line in lines if line[16:26].strip() != OK]


def test_what_is_missing_says_what_to_do(there, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    status, found = there()
    assert status == 0  # none of it is needed for runs
    for what in ("C compiler", "browser", "cluster"):
        assert found[what]["state"] == NOT_HERE
        assert found[what]["advice"]


def test_programs_on_the_path_are_found(there, monkeypatch, tmp_path):
    for name in ("gcc", "chromium"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    _, found = there()
    assert (found["C compiler"]["text"], found["browser"]["text"]) == (str(tmp_path / "gcc"), str(tmp_path / "chromium"))


@pytest.mark.parametrize(
    ("package", "module"), [("pandas", "pandas"), ("numpy", "numpy"), ("PyYAML", "yaml"), ("scipy", "scipy"), ("simpy", "simpy")]
)
def test_a_package_that_cannot_be_imported_is_missing(tmp_path, package, module):
    """Whatever is missing, the doctor itself answers."""
    (tmp_path / f"{module}.py").write_text("raise ImportError('made for another Python')")
    given = environment(tmp_path / "kept") | {"PYTHONPATH": python_path(tmp_path)}
    for words in ((), ("--warm",)):
        done = process(given, tmp_path, "--json", *words)
        assert done.returncode == 1, done.stderr
        found = findings_of(done)
        assert (found[package]["state"], found[package]["advice"] != "") == (MISSING, True)
        assert "made for another Python" in found[package]["text"]
        assert json.loads(done.stdout)["warmed"] is None


def test_without_numba_runs_are_slow_but_nothing_is_missing(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('made for another Python')")
    done = process(environment(tmp_path / "kept") | {"PYTHONPATH": python_path(tmp_path)}, tmp_path, "--json", "--warm")
    found = findings_of(done)
    assert done.returncode == 0
    assert {found[what]["state"] for what in ("numba", "model")} == {LIMITED}
    assert "made for another Python" in found["model"]["text"]
    assert "compiled code" not in found
    warmed = json.loads(done.stdout)["warmed"]
    assert (warmed["compiled"], warmed["kept_in"]) == ([], "")
    assert "made for another Python" in warmed["why_plain"]


def test_an_old_package_is_told(there, monkeypatch):
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["simpy>=99.1", "numpy>=2.0", 'pytest>=99; extra == "dev"'])
    status, found = there()
    assert status == 1
    assert found["simpy"]["state"] == MISSING
    assert found["simpy"]["text"].endswith("is older than 99.1")
    assert "numpy" not in found


def test_an_old_python_is_told(there, monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    status, found = there()
    assert (status, found["Python"]["state"]) == (1, MISSING)


def test_results_that_cannot_be_written_are_told(there, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    status, found = there("--out", str(tmp_path / "file" / "below"))
    assert (status, found["results"]["state"]) == (1, MISSING)
    assert there("--out", str(tmp_path / "not" / "there" / "yet"))[0] == 0
    assert not (tmp_path / "not").exists()
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    status, found = there()
    assert (status, found["results"]["state"]) == (1, MISSING)
    assert "1.0 MB" in found["results"]["text"]


def test_little_memory_is_told(there, monkeypatch):
    monkeypatch.setattr(doctor, "free_memory", lambda: 399_999_999)
    status, found = there()
    assert (status, found["memory"]["state"]) == (0, LIMITED)
    monkeypatch.setattr(doctor, "free_memory", lambda: 1_300_000_000)
    assert "enough for 3 runs at once" in there()[1]["memory"]["text"]
    monkeypatch.setattr(doctor, "free_memory", lambda: None)
    assert there()[1]["memory"]["state"] == OK


def test_memory_is_the_machines_or_less_in_a_control_group(tmp_path):
    assert free_memory(tmp_path) is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:  9000000 kB\nMemFree:  10 kB\nMemAvailable:   2000000 kB\n")
    assert free_memory(tmp_path) == 2_048_000_000
    group = tmp_path / "sys" / "fs" / "cgroup"
    group.mkdir(parents=True)
    (group / "memory.current").write_text("400000000\n")
    for limit, free in (("max", 2_048_000_000), ("1000000000", 600_000_000), ("90000000000", 2_048_000_000), ("300000000", 0)):
        (group / "memory.max").write_text(f"{limit}\n")
        assert free_memory(tmp_path) == free


@pytest.mark.skipif(sys.platform == "win32", reason="permissions differ there")
def test_the_place_of_compiled_code_is_told(tmp_path):
    kept = tmp_path / "kept"
    cold = findings_of(process(environment(kept), tmp_path, "--json"))["compiled code"]
    assert cold["state"] == OK
    assert "writable, 0.0 MB" in cold["text"]
    assert cold["text"].count("not compiled yet") == 2
    assert "--warm" in cold["advice"]
    (kept / os.listdir(kept)[0] / "jobcentre.model.other-0.code").write_bytes(b"")
    (kept / os.listdir(kept)[0]).chmod(0o555)
    read_only = findings_of(process(environment(kept), tmp_path, "--json", before_exec=obey_permissions))["compiled code"]
    assert read_only["state"] == LIMITED
    assert "read only" in read_only["text"]
    (tmp_path / "file").touch()
    nowhere = process(environment(tmp_path / "file"), tmp_path, "--json")
    assert nowhere.returncode == 0
    assert findings_of(nowhere)["compiled code"]["state"] == LIMITED


@pytest.mark.slow
def test_warm_compiles_ahead_for_both_engines(tmp_path):
    kept = tmp_path / "kept"
    first = process(environment(kept), tmp_path, "--warm")
    assert (first.returncode, first.stderr.count("Compiling the model")) == (0, 1)
    last = first.stdout.splitlines()[-1]
    assert last.startswith("Compiled for the compiled and simpy engines in ")
    assert last.endswith(f"kept in {kept / os.listdir(kept)[0]}")
    assert "compiled engine ready, simpy engine ready" in first.stdout
    again = process(environment(kept), tmp_path, "--warm", "--json")
    assert (again.returncode, again.stderr) == (0, "")
    warmed = json.loads(again.stdout)["warmed"]
    assert warmed["compiled"] == []
    assert warmed["kept_in"] == str(kept / os.listdir(kept)[0])
    runs = "from jobcentre.model import *; from jobcentre.model.compiling import CACHE; from jobcentre.scenario import load\n"
    runs += "for engine in ('compiled', 'simpy'): simulate(load('diary'), engine=engine)\nprint(CACHE.saved)"
    done = subprocess.run([sys.executable, "-c", runs], capture_output=True, text=True, env=environment(kept), cwd=ROOT, check=True)
    assert done.stdout == "[]\n"  # nothing was left to compile
