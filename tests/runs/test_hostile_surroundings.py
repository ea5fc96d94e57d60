"""Hostile surroundings, in processes of their own: streams, encodings, homes, disks that fill, processes that are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from jobcentre.runs import store
from support.places import ROOT, python_path
from support.same_bytes import contents
from support.small_disk import small_disk  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.cli,
    pytest.mark.skipif(sys.platform != "linux", reason="shells, signals and devices are those of Linux"),
    pytest.mark.slow,
]

TINY = "run diary --runs 3 --weeks 2 --jobs 0"
TITLE = "Café £ 😀 ħ"


class Row(NamedTuple):
    """A shell line in which `J` is the command; exit status, words on standard output and on standard error; the environment."""

    name: str
    line: str
    status: int
    out: str = ""
    err: str = ""
    environment: dict[str, str | None] = {}  # noqa: RUF012 - never changed


ROWS = [
    Row("standard output closed", f"J {TINY} >&-", 0),
    Row("standard error closed", f"J {TINY} 2>&-", 0, "Results: outputs"),
    Row("standard input closed", f"J {TINY} <&-", 0, "Results: outputs"),
    Row("all closed", f"J {TINY} <&- >&- 2>&-", 0),
    Row("all closed, two processes", "J run diary --runs 3 --weeks 2 --jobs 2 <&- >&- 2>&-", 0),
    Row("an error with all closed", "J run nobody <&- >&- 2>&-", 2),
    Row("an error with standard error closed", "J run nobody 2>&-", 2),
    Row("output to a full device", "J scenarios > /dev/full", 2, "", "No space left on device"),
    Row("a document to a full device", "J scenarios --json > /dev/full", 2),
    Row("help to a full device", "J run --help > /dev/full", 2, "", "No space left on device"),
    Row("all to a full device", "J scenarios > /dev/full 2>&1", 2),
    Row("errors to a full device", "J run nobody 2> /dev/full", 2),
    *[
        Row(f"a reader that goes: {words}", f"J {words} | true; exit ${{PIPESTATUS[0]}}", 141)
        for words in (
            "--help", "scenarios", "scenarios --json", "show baseline", TINY, f"{TINY} --json",
            "trace diary --customer 1", "doctor",
        )
    ],
    Row("ASCII alone", f"J {TINY}", 0, "\\xa340,000", "", {"PYTHONIOENCODING": "ascii"}),
    Row("cp1252", "J scenarios", 0, "\\U0001f600", "", {"PYTHONIOENCODING": "cp1252:strict"}),
    Row("an error in ASCII", "J run './Café😀.yaml'", 2, "", "\\xe9", {"PYTHONIOENCODING": "ascii"}),
    Row("the plainest locale", "J scenarios", 0, "oxford_before", "", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Row("a German locale", TINY.replace("run", "J run", 1), 0, "0.0 %", "", {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati"}),
    Row("a Turkish locale", TINY.replace("run", "J run", 1), 0, "0.0 %", "", {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns"}),
    Row("no such locale or time zone", "J scenarios", 0, "oxford_before", "", {"LC_ALL": "xx_YY", "TZ": "Nowhere/At_All"}),
    Row("no home", f"J {TINY}", 0, "Results: outputs", "", {"HOME": None, "XDG_CACHE_HOME": None}),
    Row("a home that is not there", "J scenarios", 0, "oxford_before", "", {"HOME": "/nowhere/at/all"}),
    Row("the smallest environment", f"env -i PATH=/usr/bin:/bin PYTHONPATH={python_path()} NUMBA_DISABLE_JIT= {sys.executable} {ROOT / 'cli.py'} scenarios", 0, "oxford_before"),
    Row("a terminal of one column", "J scenarios", 0, "oxford", "", {"COLUMNS": "1", "TERM": "dumb"}),
    Row("without assertions", f"J {TINY}", 0, "Results: outputs", "", {"PYTHONOPTIMIZE": "2"}),
    Row("the current folder gone", "mkdir gone && cd gone && rmdir ../gone && J scenarios", 2, "", "the current folder is not there any more"),
    Row("the current folder gone, a document", "mkdir gone && cd gone && rmdir ../gone && J scenarios --json", 2, "the current folder is not there any more"),
    Row("a file of results no larger than 8 kB", f"ulimit -f 8; J {TINY} --json", 2, "there is no room for it"),
    Row("too little memory", "ulimit -v 1500000; J run baseline --runs 2 --set office.coaches=1000 --set demand.posts=1000 --jobs 0 --json", 2, "one run takes about"),
]  # fmt: skip


def environment(changes: dict[str, str | None]) -> dict[str, str]:
    changed = {"PYTHONPATH": python_path(), "NO_COLOR": "1", "PYTHONIOENCODING": None} | changes
    return {name: value for name, value in (os.environ | changed).items() if value is not None}


def shell(line: str, cwd: Path, changes: dict[str, str | None] = {}) -> subprocess.CompletedProcess[bytes]:  # noqa: B006 - never changed
    given = f'J() {{ "{sys.executable}" "{ROOT / "cli.py"}" "$@"; }}\n{line}'
    return subprocess.run(["bash", "-c", given], cwd=cwd, env=environment(changes), capture_output=True, timeout=300, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_in_hostile_surroundings(tmp_path: Path, row: Row) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "strange.yaml").write_text(f"title: {TITLE}\nextends: diary\n", encoding="utf-8")
    done = shell(row.line, tmp_path, row.environment)
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert done.returncode == row.status, (out, err)
    assert row.out in out
    assert row.err in err
    assert "Traceback" not in out + err
    assert "Exception ignored" not in err
    if row.status == 2 and "--json" in row.line and "/dev/full" not in row.line:
        assert set(json.loads(out)["error"]) == {"kind", "message", "file", "line"}
    if TINY in row.line and row.status in (0, 141):
        (folder,) = (tmp_path / "outputs").iterdir()
        assert (folder / "manifest.json").is_file(), "whatever becomes of the output, the results are there"


# --- killed, and again ------------------------------------------------------------------------------------------------


def start(*words: str, cwd: Path) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    command = [sys.executable, str(ROOT / "cli.py"), *words]
    return subprocess.Popen(command, cwd=cwd, env=environment({}), stdout=pipe, stderr=pipe, start_new_session=True)


def stored_runs(outputs: Path) -> int:
    """Runs in the store; -1 while there is none."""
    for file in outputs.rglob(store.FILE):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection, contextlib.suppress(sqlite3.Error):
            return int(connection.execute("select count(*) from run").fetchone()[0])
    return -1


RUN = ("run", "diary", "--runs", "60", "--weeks", "2", "--events", "--no-responses")


#: What kills the command, its processes, and after how many finished runs; -1: as soon as it has begun.
BLOWS = [
    (signal.SIGKILL, "0", 0), (signal.SIGKILL, "0", 25), (signal.SIGKILL, "2", 1), (signal.SIGKILL, "2", 60),
    (signal.SIGTERM, "2", 25), (signal.SIGINT, "2", -1), (signal.SIGINT, "2", 60),
]  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    """The bytes of the results when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(*RUN, "--jobs", "0", cwd=folder).wait(300) == 0
    return contents(folder / "outputs")


@pytest.mark.slow
@pytest.mark.parametrize(("blow", "jobs", "wanted"), BLOWS)
def test_killed_at_any_moment_the_same_command_goes_on_to_the_same_bytes(tmp_path, undisturbed, blow, jobs, wanted) -> None:
    process = start(*RUN, "--jobs", jobs, cwd=tmp_path)
    for _ in range(6000):
        if wanted == -1 or stored_runs(tmp_path / "outputs") >= wanted or process.poll() is not None:
            break
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, blow)
    status = process.wait(60)
    assert status in ((130, 0) if blow == signal.SIGINT and wanted > -1 else (-blow, 0, 128 + blow, 1))
    kept = stored_runs(tmp_path / "outputs")
    assert kept >= wanted or wanted == 60
    again = start(*RUN, "--jobs", jobs, cwd=tmp_path)
    _, err = again.communicate(timeout=300)
    assert (again.returncode, err) == (0, b""), err
    assert contents(tmp_path / "outputs") == undisturbed
    manifest = json.loads(next((tmp_path / "outputs").rglob("manifest.json")).read_text(encoding="utf-8"))
    assert manifest["commands"][-1]["runs_made"] == 60 - max(kept, 0), "what was finished is not made again"


@pytest.mark.slow
def test_two_commands_for_more_and_fewer_runs_on_one_folder(tmp_path) -> None:
    many, few = (
        start(*RUN[:2], "--runs", "100", "--weeks", "2", cwd=tmp_path),
        start(*RUN[:2], "--runs", "50", "--weeks", "2", cwd=tmp_path),
    )
    for process in (many, few):
        _, err = process.communicate(timeout=300)
        assert (process.returncode, err) == (0, b"")
    (folder,) = (tmp_path / "outputs").iterdir()
    with store.opened(folder) as opened:
        assert [run.run for run in store.read(opened, "diary")] == list(range(100))
        assert opened.execute("pragma integrity_check").fetchone() == ("ok",)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == {"diary": 100}
    assert {tuple(command["command_line"][3:5]) for command in manifest["commands"]} == {("--runs", "100"), ("--runs", "50")}
    assert not list(folder.rglob("*.new"))


# --- a disk that fills ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_disk_stops_the_runs_and_room_lets_them_go_on(small_disk, undisturbed, tmp_path) -> None:  # noqa: F811
    words = (*RUN, "--jobs", "2", "--out", str(small_disk / "outputs"))
    process = start(*words, "--json", cwd=tmp_path)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (2, b""), out
    assert "make room and give the same command again" in json.loads(out)["error"]["message"]
    kept = stored_runs(small_disk / "outputs")
    assert 0 < kept
    assert not list(small_disk.rglob("*.new"))
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    process = start(*words, cwd=tmp_path)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, b"")
    assert contents(small_disk / "outputs") == undisturbed
    manifest = json.loads(next(small_disk.rglob("manifest.json")).read_text(encoding="utf-8"))
    assert manifest["commands"][-1]["runs_made"] == 60 - kept


@pytest.mark.slow
def test_a_place_that_may_only_be_read_is_named(small_disk, tmp_path) -> None:  # noqa: F811
    """As the superuser too: a disk mounted for reading only."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    process = start("run", "diary", "--runs", "2", "--weeks", "2", "--jobs", "0", "--out", str(small_disk), "--json", cwd=tmp_path)
    out, _ = process.communicate(timeout=300)
    error = json.loads(out)["error"]
    assert (process.returncode, error["kind"]) == (2, "file")
    assert "choose another folder with --out" in error["message"]
