"""Where nothing can be compiled the model runs as plain Python: the same logs, and the command line says so once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from jobcentre.model import compiling as jit
from jobcentre.model import play, prepare
from support.places import python_path
from support.short_scenarios import ordinary
from support.small_processes import ROOT, environment, start, told

pytestmark = [pytest.mark.engines, pytest.mark.cli]
DIGESTS = """
import json
import os
from jobcentre.model import play, prepare
from jobcentre.model.compiling import CACHE, COMPILES, WHY_PLAIN
from jobcentre.model.precompile import can_keep, is_precompiled, precompile
from support.short_scenarios import ordinary
inputs = prepare(ordinary())
digests = [play(inputs, 1, 0, engine).digest for engine in ("compiled", "simpy")]
warmth = precompile(inputs)
print(json.dumps({"digests": digests, "why": WHY_PLAIN, "compiles": COMPILES, "cache": CACHE is not None, "keeps": can_keep(),
                  "compiled": warmth.compiled, "kept_in": warmth.kept_in, "why_warm": warmth.why_plain}))
"""
BROKEN = {
    "missing": ("raise ModuleNotFoundError(\"No module named 'numba'\")", "ModuleNotFoundError: No module named 'numba'"),
    "not for this Python": ("raise ImportError('Numba needs NumPy 2.4 or less')", "ImportError: Numba needs NumPy 2.4 or less"),
    "not for this processor": ("raise OSError('could not load libllvmlite.so')", "OSError: could not load libllvmlite.so"),
    "something else of that name": ("", "AttributeError: "),
}


@pytest.fixture
def without_numba(tmp_path):
    """The environment of a process that finds a broken numba first."""

    def given(broken, **more):
        (tmp_path / "numba").mkdir()
        (tmp_path / "numba" / "__init__.py").write_text(BROKEN[broken][0], encoding="utf-8")
        return environment(tmp_path / "kept", **more) | {"PYTHONPATH": python_path(tmp_path)}

    return given


@pytest.fixture(scope="module")
def digest():
    assert jit.COMPILES
    return play(prepare(ordinary()), 1, 0).digest


def check(found, digest, why):
    assert found["digests"] == [digest, digest]
    assert why in found["why"]
    assert found["why_warm"] == found["why"]
    assert not any(found[name] for name in ("compiles", "cache", "keeps", "compiled", "kept_in"))


@pytest.mark.parametrize("broken", BROKEN)
def test_without_numba_the_log_is_the_same(without_numba, digest, broken):
    check(told(start(DIGESTS, without_numba(broken))), digest, BROKEN[broken][1])


def test_switched_off_the_log_is_the_same(tmp_path, digest):
    check(told(start(DIGESTS, environment(tmp_path, NUMBA_DISABLE_JIT="1"))), digest, "NUMBA_DISABLE_JIT")
    assert list(tmp_path.iterdir()) == []


# --- what the command line says ---------------------------------------------------------------------------------------


def command(given, cwd, *words):
    done = subprocess.run([sys.executable, str(ROOT / "cli.py"), *words], capture_output=True, text=True, env=given, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("jobs", ["0", "2"])
def test_a_run_without_numba_says_so_once(without_numba, tmp_path, jobs):
    words = ("run", "diary", "--runs", "2", "--weeks", "1", "--jobs", jobs, "--json")
    done = command(without_numba("missing"), tmp_path, *words)
    (line,) = done.stderr.splitlines()
    assert "plain Python" in line
    assert "200 times slower" in line
    assert BROKEN["missing"][1] in line
    assert len(json.loads(done.stdout)["digests"]) == 2


@pytest.mark.parametrize(
    "words",
    [("run", "diary", "--runs", "1", "--jobs", "0", "--weeks", "1"), ("compare", "diary", "caseload", "--runs", "1", "--jobs", "0", "--weeks", "1"),
     ("verify", "diary", "--runs", "1", "--weeks", "1"), ("trace", "hand_worked_day", "--customer", "0"),
     ("check", "diary")],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_command_that_plays_runs_says_so(jobcentre, monkeypatch, words):
    monkeypatch.setattr("jobcentre.diagnostics.verify.verified", lambda *given: [])  # which would compile
    _, _, before = jobcentre(*words)
    assert "plain Python" not in before
    monkeypatch.setattr(jit, "WHY_PLAIN", "the test says so")
    status, _, err = jobcentre(*words)
    assert status == 0
    assert err.count("plain Python") == 1
    assert "times slower" in err
    assert "the test says so" in err
    _, _, quiet = jobcentre(*words, "--quiet")
    assert quiet == ""


@pytest.mark.parametrize(
    "words", [("scenarios",), ("show", "diary", "office.coaches"), ("check", "diary", "--no-trial")], ids=lambda words: words[0]
)
def test_commands_that_play_nothing_say_nothing(jobcentre, monkeypatch, words):
    monkeypatch.setattr(jit, "WHY_PLAIN", "the test says so")
    status, _, err = jobcentre(*words)
    assert (status, err) == (0, "")
