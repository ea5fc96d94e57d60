"""Places that cannot be written, spoiled results, and hostile surroundings: the right answer to each stands in a row.

What is nobody's fault in the input has a clear message and status 2 when a place or a file cannot be used, 141 when the
reader of the output has gone, 130 when interrupted. What is finished is kept, and the same command goes on to the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from jobcentre.commands.output import os_error_text
from jobcentre.runs import locks, store
from support.fake_model import model  # noqa: F401 - a fixture
from support.same_bytes import contents

pytestmark = pytest.mark.cli

RUN = ("run", "oxford_before", "--runs", "5", "--jobs", "0")


# --- places -----------------------------------------------------------------------------------------------------------


PLACES = {
    "a file": (lambda place: place.write_text("a file", encoding="utf-8"), "place", "is a file where a folder is needed"),
    "below a file": (lambda place: place.write_text("a file", encoding="utf-8"), "place/deeper", "is a file where a folder is needed"),
    "a link that leads nowhere": (lambda place: place.symlink_to("nowhere"), "place", "is a link to nowhere, which is not there"),
    "below such a link": (lambda place: place.symlink_to("nowhere"), "place/deeper", "is a link to nowhere, which is not there"),
    "a link to itself": (lambda place: place.symlink_to("place"), "place", "place"),
    "a link to a file": (lambda place: (place.with_name("file").touch(), place.symlink_to("file")), "place", "is a file where a folder is needed"),
    "below a device": (lambda place: None, "/dev/null/x", "/dev/null: is a file where a folder is needed"),
    "what the system keeps": (lambda place: None, "/proc/x", "/proc/x"),
    "a name that is too long": (lambda place: None, "x" * 300, "choose a shorter name"),
    "a name that is not UTF-8": (lambda place: None, "a\udcff", "not UTF-8"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="the places are those of Linux")
@pytest.mark.parametrize(("make", "out", "told"), PLACES.values(), ids=PLACES)
def test_a_place_that_cannot_be_used_is_named_with_what_to_do(jobcentre, model, tmp_path, make, out, told) -> None:  # noqa: F811
    make(tmp_path / "place")
    before = sorted(path.name for path in tmp_path.iterdir())
    status, said, err = jobcentre(*RUN, "--out", out, "--json")
    error = json.loads(said)["error"]
    assert (status, err, error["kind"]) == (2, "", "file")
    assert told in error["message"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert model.calls == []


def test_a_link_to_a_folder_is_as_good_as_the_folder(jobcentre, model, tmp_path) -> None:  # noqa: F811
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert jobcentre(*RUN, "--out", "link")[0] == 0
    (found,) = (tmp_path / "real").iterdir()
    assert (found / "manifest.json").is_file()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG, errno.ENOENT, errno.EMFILE, errno.ENOMEM])
def test_what_a_system_complains_of_has_advice(code) -> None:
    words, file = os_error_text(OSError(code, os.strerror(code), "results/x"))
    assert words.startswith(f"results/x: {os.strerror(code)} (")
    assert file == "results/x"


@pytest.mark.parametrize("at", range(12))
def test_a_disk_that_fills_at_any_write_loses_nothing(jobcentre, model, monkeypatch, tmp_path, at) -> None:  # noqa: F811
    """The file of this number cannot be written; with room again, the same command gives the bytes of one never disturbed."""
    assert jobcentre(*RUN, "--out", "whole")[0] == 0
    real, written = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) == at + 1:
            real(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, data)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        status, out, _ = jobcentre(*RUN, "--out", "torn", "--json")
    if len(written) <= at:
        assert status == 0
    else:
        assert status == 2
        assert "make room and give the same command again" in json.loads(out)["error"]["message"]
    (torn,), (whole,) = (tmp_path / "torn").iterdir(), (tmp_path / "whole").iterdir()
    assert not list(torn.rglob("*.new"))
    model.calls.clear()
    assert jobcentre(*RUN, "--out", "torn")[0] == 0
    if at:  # the first write says what is asked, before any run is made
        assert [run for _, run in model.calls if run in (1, 3)] == [], "finished runs are not made again, but for their logs"
    assert contents(torn) == contents(whole)


@pytest.mark.parametrize("error", [EOFError(), OSError(errno.EAGAIN, "a process could not be started")])
def test_processes_that_cannot_be_started_are_told_with_advice(jobcentre, monkeypatch, error) -> None:
    def no_more(_process):
        raise error

    monkeypatch.setattr(
        "multiprocessing.context.ForkServerProcess.start" if sys.platform != "win32" else "multiprocessing.context.SpawnProcess.start",
        no_more,
    )
    status, out, _ = jobcentre(*RUN[:-1], "2", "--json")
    assert status == 2
    assert "a process could not be started (the system allows no more of them; choose fewer --jobs" in json.loads(out)["error"]["message"]


# --- spoiled results --------------------------------------------------------------------------------------------------


def sql(text):
    def spoil(folder: Path) -> None:
        with contextlib.closing(sqlite3.connect(folder / store.FILE)) as connection:
            connection.executescript(text)

    return spoil


def cut(share):
    def spoil(folder: Path) -> None:
        whole = (folder / store.FILE).read_bytes()
        (folder / store.FILE).write_bytes(whole[: int(share * len(whole))])

    return spoil


def written(text: bytes):
    return lambda folder: (folder / store.FILE).write_bytes(text)


SPOILED = {
    "words": (written(b"not a database, but long enough to be looked at" * 100), "is damaged, or none of ours"),
    "zeros": (written(bytes(8192)), "is damaged, or none of ours"),
    "cut in half": (cut(0.5), "is damaged, or none of ours"),
    "cut in its first page": (cut(0.01), "is damaged, or none of ours"),
    "another version": (sql("pragma user_version = 77"), "was made by another version of this tool"),
    "another program's": (sql("drop table run; create table run (a)"), "is damaged, or none of ours"),
    "without a table": (sql("drop view metric; drop table value"), "is damaged, or none of ours"),
    "a table by week that is none": (sql("update weekly set packed = x'00'"), "is damaged, or none of ours"),
    "a metric that nobody knows": (sql("update quantity set metric = 'happiness' where metric = 'missed_share'"), "`happiness`"),
    "a folder": (lambda folder: ((folder / store.FILE).unlink(), (folder / store.FILE).mkdir()), "runs.sqlite"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "told"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_store_is_named_and_left_as_it_is(jobcentre, model, spoil, told) -> None:  # noqa: F811
    folder = Path(json.loads(jobcentre(*RUN, "--json")[1])["folder"])
    spoil(folder)
    before = contents(folder)
    model.calls.clear()
    status, out, err = jobcentre(*RUN, "--json")
    error = json.loads(out)["error"]
    assert (status, err, error["kind"], error["file"]) == (2, "", "file", str(folder / store.FILE)), error
    assert told in error["message"]
    assert "delete the folder" in error["message"] or "choose another folder" in error["message"]
    assert model.calls == []
    assert contents(folder) == before


MANIFESTS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b'{"commands": 5}',
    b'{"commands": null}',
    b"\xff\xfe",
    b'{"commands": {"a": 1}}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("text", MANIFESTS, ids=[str(text[:20]) for text in MANIFESTS])
def test_a_spoiled_manifest_is_written_anew(jobcentre, model, text) -> None:  # noqa: F811
    folder = Path(json.loads(jobcentre(*RUN, "--json")[1])["folder"])
    before = contents(folder)
    (folder / "manifest.json").write_bytes(text)
    assert jobcentre(*RUN)[0] == 0
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in before.items()}
    assert manifest["commands"][-1]["runs_made"] == 0
    assert contents(folder) == before


def test_tables_that_are_gone_or_spoiled_are_made_anew_from_the_store(jobcentre, model) -> None:  # noqa: F811
    folder = Path(json.loads(jobcentre(*RUN, "--json")[1])["folder"])
    before = contents(folder)
    (folder / "metrics.csv").unlink()
    (folder / "summary.csv").write_bytes(b"\xff")
    (folder / ".weekly.csv.99999.new").write_bytes(b"half of")
    (folder / "events" / ".left.parquet.99999.new").write_bytes(b"half of")
    for log in sorted((folder / "events").iterdir())[1:]:
        log.unlink()
    assert jobcentre(*RUN)[0] == 0
    assert contents(folder) == before


def test_runs_taken_away_meanwhile_are_missed(jobcentre, model, monkeypatch) -> None:  # noqa: F811
    play = model.play
    monkeypatch.setattr("jobcentre.runs.worker.SECONDS", 0.0)  # each run is kept by itself
    monkeypatch.setattr("jobcentre.runs.execute.TOGETHER", 0.0)

    def thief(scenario, seed, run, engine):
        if run == 3:
            next(Path("outputs").rglob(store.FILE)).unlink()
        return play(scenario, seed, run, engine)

    monkeypatch.setattr("jobcentre.runs.worker.play", thief)
    status, out, _ = jobcentre(*RUN, "--json")
    assert status == 2
    assert "have been taken away while this command ran" in json.loads(out)["error"]["message"]
    assert not list(Path("outputs").rglob("*.csv"))


def test_a_folder_taken_away_meanwhile_is_missed(jobcentre, model, monkeypatch) -> None:  # noqa: F811
    import shutil

    def thief(scenario, seed, run, engine):
        shutil.rmtree("outputs")
        return model.play(scenario, seed, run, engine)

    monkeypatch.setattr("jobcentre.runs.worker.play", thief)
    status, out, _ = jobcentre(*RUN, "--json")
    error = json.loads(out)["error"]
    assert (status, error["kind"], "has been taken away" in error["message"]) == (2, "file", True)
    assert not Path("outputs").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="locks are others there")
def test_a_folder_that_another_command_keeps_is_waited_for_and_then_named(jobcentre, model, monkeypatch) -> None:  # noqa: F811
    import fcntl

    folder = Path(json.loads(jobcentre(*RUN, "--json")[1])["folder"])
    monkeypatch.setattr(locks, "PATIENCE", 0.3)
    with (folder / locks.LOCK).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        begun = time.monotonic()
        status, out, _ = jobcentre(*RUN, "--json")
        assert 0.3 <= time.monotonic() - begun < 5
    assert status == 2
    assert "another command has kept this folder to itself" in json.loads(out)["error"]["message"]
    assert jobcentre(*RUN)[0] == 0


def test_a_store_that_another_program_has_locked_is_named(jobcentre, model, monkeypatch) -> None:  # noqa: F811
    folder = Path(json.loads(jobcentre(*RUN, "--json")[1])["folder"])
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file, **given: connect(file, timeout=0.1, **given))
    with contextlib.closing(connect(folder / store.FILE)) as other:
        other.execute("begin exclusive")
        status, out, _ = jobcentre(*RUN, "--json")
    assert status == 2
    assert "another program has locked it (close that program" in json.loads(out)["error"]["message"]
