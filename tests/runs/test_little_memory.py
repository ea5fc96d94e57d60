"""Too little memory is no fault of the program: it is said how much is needed, with exit status 2, and nothing is left half written."""

from __future__ import annotations

import errno
import json
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from jobcentre.commands.output import OUR_ERROR, REFUSED, print_error
from jobcentre.runs.batches import RunId
from jobcentre.runs.machine import RUN_BYTES, address_space, is_lack_of_memory
from jobcentre.runs.memory import free_bytes
from jobcentre.runs.store import Run
from jobcentre.runs.worker import WorkerOptions, run_all
from support.places import ROOT
from support.same_bytes import contents
from support.small_processes import environment

resource = pytest.importorskip("resource", reason="there are no such limits on Windows")
pytestmark = pytest.mark.cli
MB = 1_000_000
LIMITS = [150, 200, 300, 400, 450, 500, 600, 700, 1000]
RUN = ("run", "diary", "--runs", "2", "--jobs")
TOO_LOW = [((*RUN, "0"), limit) for limit in LIMITS] + [
    (words, limit) for words in ((*RUN, "2"), ("check", "diary"), ("doctor",)) for limit in (LIMITS[0], 450, LIMITS[-1])
]
FOUR_RUNS = ("run", "diary", "--runs", "4", "--weeks", "2")


def limited(megabytes, cwd, *words):
    limit = megabytes * MB
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *words], cwd=cwd, env=environment(None), capture_output=True, text=True, check=False,
        timeout=300, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("words", "limit"), TOO_LOW, ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value))
def test_a_limit_that_is_too_low_is_told_before_anything_is_written(tmp_path, limit, words):
    status, out, err = limited(limit, tmp_path, *words)
    assert (status, out) == (REFUSED, "")
    assert f"the limit of {limit / 1000:.2f} GB of address space is too low" in err
    assert "ulimit -v" in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory):
    """The contents of the folder without a limit."""
    folder = tmp_path_factory.mktemp("unlimited")
    subprocess.run([sys.executable, str(ROOT / "cli.py"), *FOUR_RUNS], cwd=folder, env=environment(None), check=True, capture_output=True)
    return contents(folder / "outputs")


@pytest.mark.slow
@pytest.mark.parametrize("more", [10, 50, 100, 200, 400])
@pytest.mark.parametrize("jobs", ["0", "2"])
def test_above_the_limit_all_is_made_or_memory_is_named(tmp_path, unlimited, more, jobs):
    """The estimate need not be right for every system; whatever it lets through ends well or with the reason."""
    status, _, err = limited(address_space() // MB + more, tmp_path, *FOUR_RUNS, "--jobs", jobs)
    assert status in (0, REFUSED), err
    if status == REFUSED:
        assert "memory" in err
    else:
        assert contents(tmp_path / "outputs") == unlimited


@pytest.mark.slow
def test_the_limit_that_is_advised_is_enough(tmp_path):
    _, _, err = limited(300, tmp_path, "run", "baseline")
    advised = int(err.split("ulimit -v ")[1].split(")")[0]) * 1024
    for jobs in ("0", "2"):
        assert limited(advised // MB, tmp_path, "run", "baseline", "--runs", "2", "--jobs", jobs, "--quiet")[0] == 0


@pytest.mark.slow
def test_help_needs_no_more_than_python(tmp_path):
    status, out, _ = limited(300, tmp_path, "--help")
    assert status == 0
    assert "Usage" in out


def test_a_limit_leaves_what_is_above_the_programs_own(monkeypatch):
    monkeypatch.setattr("jobcentre.runs.memory.free_memory", lambda: 100_000 * MB)
    monkeypatch.setattr("jobcentre.runs.memory.address_limit", lambda: address_space() + 1000 * MB)
    assert 1000 * MB < free_bytes() < 1500 * MB
    monkeypatch.setattr("jobcentre.runs.memory.address_limit", lambda: None)
    assert free_bytes() == 100_000 * MB


def led_to(cause, error):
    error.__cause__ = cause
    return error


def numpy_error():
    with pytest.raises(MemoryError) as raised:
        np.empty(2**50)
    return raised.value


LACK = {
    "Python": lambda: MemoryError(),
    "numpy": numpy_error,
    "system": lambda: OSError(errno.ENOMEM, "Cannot allocate memory"),
    "fork": lambda: BlockingIOError(errno.ENOMEM, "Cannot allocate memory"),
    "thread": lambda: RuntimeError("can't start new thread"),
    "library": lambda: ImportError("libscipy_openblas.so: failed to map segment from shared object"),
    "library, long": lambda: ImportError("x.so: cannot allocate memory in static TLS block"),
    "compiler": lambda: RuntimeError("LLVM ERROR: out of memory"),
    "arrow": lambda: led_to(MemoryError("malloc of size 64 failed"), RuntimeError("could not be written")),
    "behind another": lambda: led_to(led_to(MemoryError(), ValueError("b")), RuntimeError("a")),
}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("lack", LACK)
def test_lack_of_memory_says_how_much_is_needed(lack, as_json, capsys):
    error = LACK[lack]()
    assert is_lack_of_memory(error)
    assert print_error(error, as_json) == REFUSED
    out, err = capsys.readouterr()
    message = json.loads(out)["error"]["message"] if as_json else err
    assert f"{RUN_BYTES // MB} MB in each process" in message
    assert "--jobs" in message
    assert "ulimit -v" in message
    assert "Traceback" not in err


@pytest.mark.parametrize("error", [RuntimeError("memory of an elephant"), ImportError("no module named x"), OSError(errno.ENOSPC, "full"),
                                   sqlite3.OperationalError("no such table"), KeyError("memory")])  # fmt: skip
def test_other_errors_are_what_they_are(error, capsys):
    assert not is_lack_of_memory(error)
    assert print_error(error, False) == (REFUSED if isinstance(error, OSError) else OUR_ERROR)


class Fails:
    """Scenarios of which one asks for more memory than there is; the error is made where it is raised, else it would lose its cause."""

    def __init__(self, lack):
        self.lack = lack

    def at(self, location):
        raise LACK[self.lack]() if self.lack else ValueError("another")


@pytest.mark.parametrize(
    ("lack", "jobs"), [*((lack, 0) for lack in LACK), *(pytest.param(lack, 1, marks=pytest.mark.slow) for lack in ("numpy", "arrow"))]
)
def test_a_run_without_memory_has_not_failed_but_ends_the_command(lack, jobs):
    kept: list[Run] = []
    with pytest.raises(MemoryError, match="run 1 of a had too little memory"):
        run_all(Fails(lack), [RunId("a", 1)], WorkerOptions("compiled"), kept.extend, jobs=jobs)
    assert kept == []
    run_all(Fails(""), [RunId("a", 1)], WorkerOptions("compiled"), kept.extend, jobs=0)
    assert [run.failure for run in kept] == ["ValueError: another"]
