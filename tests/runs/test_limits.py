"""What is read of a results folder and what is not: other files, links, pipes, sizes, and stored values that were altered."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobcentre.model import events as ev
from jobcentre.report import declared
from jobcentre.runs import documents, locks, store
from jobcentre.runs.event_logs import read_events
from support.fake_model import model  # noqa: F401 - a fixture
from support.foreign_folders import hash_again
from support.same_bytes import contents

pytestmark = pytest.mark.cli

RUN = ("run", "oxford_before", "--runs", "3", "--jobs", "0", "--no-responses", "--json")
#: The commands that read a folder.
READERS = [("report",), ("reproduce", "--runs", "1", "--jobs", "0")]
posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are those of POSIX systems")


@pytest.fixture
def folder(jobcentre, model):  # noqa: F811
    """A results folder of the made-up model."""
    return Path(json.loads(jobcentre(*RUN)[1])["folder"])


def refused(called):
    """The message with which a command was refused."""
    status, out, err = called
    assert (status, err) == (2, ""), out
    return json.loads(out)["error"]["message"]


def execute(folder, *statements):
    with closing(sqlite3.connect(folder / store.FILE)) as connection, connection:
        for statement, *values in statements:
            connection.execute(statement, values)


def packed(size):
    """A table by week that is small as it is kept and unfolds to so many bytes."""
    return zlib.compress(b"week,metric,numerator,denominator\n" + b"0" * size, 9)


#: Each leaves the digests of the runs as they are; what is said of run 1.
ALTERED = {
    "a numerator": [("update value set numerator = numerator + 1 where run = 1",)],
    "the last bit of a numerator": [("update value set numerator = numerator * (1 + 2.5e-16) where run = 1 and numerator > 0",)],
    "a denominator": [("update value set denominator = 2 * denominator where run = 1",)],
    "a text for a number": [("update value set numerator = 'many' where run = 1",)],
    "no number": [("update value set numerator = 9e999 where run = 1",)],
    "a value less": [("delete from value where run = 1 and quantity = 1",)],
    "no values": [("delete from value where run = 1",)],
    "values of another run": [("delete from value where run = 1",), ("update value set run = 1 where run = 2",)],
    "another digest": [("update run set digest = 'x' where run = 1",)],
    "weeks that differ": [("update weekly set packed = ? where run = 1", zlib.compress(b"week,value\n0,7\n"))],
    "no weeks": [("delete from weekly where run = 1",)],
    "weeks as text": [("update weekly set packed = 'x' where run = 1",)],
    "weeks that are cut": [("update weekly set packed = substr(packed, 1, length(packed) - 5) where run = 1",)],
    "weeks with an end of their own": [("update weekly set packed = cast(packed || x'00' as blob) where run = 1",)],
    "weeks that are a bomb": [("update weekly set packed = ? where run = 1", packed(store.MOST_WEEKLY_BYTES))],
    "no checksum": [("update run set checksum = '' where run = 1",)],
}  # fmt: skip


@pytest.mark.parametrize("statements", ALTERED.values(), ids=ALTERED)
def test_a_stored_run_that_was_altered_is_told(jobcentre, model, folder, statements) -> None:  # noqa: F811
    execute(folder, *statements)
    before = contents(folder, ())
    model.calls.clear()
    message = refused(jobcentre(*RUN))
    assert str(folder / store.FILE) in message
    assert any(words in message for words in ("run 1 of oxford_before", "values of run", "of another kind than declared"))
    assert "delete the folder" in message
    assert model.calls == []
    assert contents(folder, ()) == before


def test_a_bomb_is_not_unfolded(tmp_path, monkeypatch) -> None:
    seen = []
    unpack = zlib.decompressobj

    class Counted:
        def __init__(self):
            self.inner = unpack()

        def decompress(self, text, most):
            found = self.inner.decompress(text, most)
            seen.append(len(found))
            return found

        def __getattr__(self, name):
            return getattr(self.inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    with store.opened(tmp_path) as opened:
        store.save(
            opened, store.Run("one", 0, "d", weekly=store.PackedText(packed(4 * store.MOST_WEEKLY_BYTES)), windows=store.PackedText.of("x"))
        )
    with pytest.raises(locks.StoreError, match="larger than"), store.opened(tmp_path) as opened:
        store.read(opened, "one")
    assert seen == [store.MOST_WEEKLY_BYTES]


OTHER_TABLES = {
    "a table more": "create table more (a)",
    "a rule more": "create trigger more after insert on run begin delete from value; end",
    "an index that forbids": "create unique index more on value (numerator)",
    "another view": "drop view metric",
}


@pytest.mark.parametrize("statement", OTHER_TABLES.values(), ids=OTHER_TABLES)
def test_a_store_with_other_tables_is_told(jobcentre, folder, statement) -> None:
    if "unique" in statement:
        execute(folder, ("delete from value",))
    execute(folder, (statement,))
    assert "runs.sqlite: is damaged, or none of ours: it has other tables" in refused(jobcentre(*RUN))


def test_a_store_of_an_earlier_version_is_told(jobcentre, folder) -> None:
    execute(folder, (f"pragma user_version = {store.VERSION - 1}",))
    assert "was made by another version of this tool" in refused(jobcentre(*RUN))


# --- what stands where this tool keeps a file -------------------------------------------------------------------------


def folder_at(path):
    path.mkdir()


def link_at(path):
    path.with_name("elsewhere").write_bytes(b"")
    path.symlink_to("elsewhere")


def loop_at(path):
    path.symlink_to(path.name)


def broken_link_at(path):
    path.symlink_to("nowhere")


def pipe_at(path):
    os.mkfifo(path)


STANDS = {"a folder": folder_at, "a link": link_at, "a named pipe": pipe_at}


@posix
@pytest.mark.parametrize("name", locks.LOCKS)
@pytest.mark.parametrize(("kind", "make"), [*STANDS.items(), ("a link", loop_at), ("a link", broken_link_at)])
def test_what_stands_in_the_place_of_a_lock_is_told(jobcentre, folder, name, kind, make) -> None:
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    if name == locks.TURN:
        with pytest.raises(locks.StoreError, match=f"is {kind} where this tool keeps a file of its own"), locks.write_turn(folder):
            raise AssertionError
        return
    assert refused(jobcentre(*RUN)) == f"{folder / name}: is {kind} where this tool keeps a file of its own (delete it)"
    assert refused(jobcentre("report", str(folder), "--json")).startswith(f"{folder / name}: is {kind} where this tool")


READ = ("manifest.json", "experiment.json", "metrics.csv", "scenarios/oxford_before.yaml")


@posix
@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("make", [*STANDS.values(), loop_at, broken_link_at])
@pytest.mark.parametrize("command", READERS)
def test_what_is_no_file_is_not_waited_for(jobcentre, folder, name, make, command) -> None:
    (folder / name).unlink()
    make(folder / name)
    status, out, err = jobcentre(*command, str(folder), "--json")
    assert (status in (1, 2), err) == (True, ""), out
    assert Path(name).name in out


@posix
@pytest.mark.parametrize("how", ["file", "folder"])
@pytest.mark.parametrize("command", READERS)
def test_a_link_that_leads_out_of_the_folder_is_not_followed(jobcentre, folder, tmp_path, how, command) -> None:
    outside = tmp_path / "outside"
    within = folder / ("scenarios" if how == "folder" else "summary.csv")
    within.rename(outside)
    within.symlink_to(outside)
    status, out, err = jobcentre(*command, str(folder), "--json")
    assert (status in (1, 2), err) == (True, "")
    assert "is a link that leads out of the folder" in out


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "a/../../secret.csv", "C:\\secret.csv", "..", "a\0b", "\ud800.csv"])
@pytest.mark.parametrize("command", READERS)
def test_a_name_that_leads_out_of_the_folder_is_told(jobcentre, folder, name, command) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][name] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert str(path) in refused(jobcentre(*command, str(folder), "--json"))


# --- sizes ------------------------------------------------------------------------------------------------------------


def huge(path, size):
    """A file of this size that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


FOREIGN = ("film.mkv", "more.csv", "scenarios/film.yaml", "events/film.parquet", "deep/er/film.bin")


def test_files_of_others_are_neither_read_nor_named(jobcentre, model, folder, monkeypatch) -> None:  # noqa: F811
    for name in FOREIGN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        huge(folder / name, 20_000_000_000)
    hashed = []
    usual = documents.sha256_of
    monkeypatch.setattr("jobcentre.runs.folder.sha256_of", lambda file: hashed.append(file.relative_to(folder).as_posix()) or usual(file))
    assert jobcentre(*RUN[:3], "4", *RUN[4:])[0] == 0
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"metrics.csv", "summary.csv", "runs.sqlite", "report.html", "scenarios/oxford_before.yaml"} <= set(manifest["files"])
    assert not {*FOREIGN} & {*hashed, *manifest["files"]}
    assert jobcentre("report", str(folder), "--json")[0] == 0


LARGEST = {
    "manifest.json": documents.MOST_MANIFEST_BYTES, "experiment.json": documents.MOST_BYTES, "summary.csv": documents.MOST_KEPT_BYTES,
}  # fmt: skip


@pytest.mark.parametrize(("name", "most"), LARGEST.items())
@pytest.mark.parametrize("command", READERS)
def test_a_file_beyond_the_limit_is_not_read(jobcentre, folder, monkeypatch, name, most, command) -> None:
    monkeypatch.setattr("jobcentre.report.saved.sha256_of", lambda file: hashes[file.relative_to(folder).as_posix()])
    monkeypatch.setattr("jobcentre.diagnostics.reproduce.sha256_of", lambda file: hashes[file.relative_to(folder).as_posix()])
    hashes = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    huge(folder / name, most + 1)
    status, out, err = jobcentre(*command, str(folder), "--json")
    assert (status in (1, 2), err) == (True, ""), out
    assert f"is too large: {most + 1:,} bytes" in out


def test_a_table_that_is_read_as_a_whole_has_a_limit_of_its_own(jobcentre, folder, monkeypatch) -> None:
    monkeypatch.setattr("jobcentre.report.saved.MOST_TABLE_BYTES", 100)
    assert "summary.csv: is too large" in refused(jobcentre("report", str(folder), "--json"))


def test_tables_that_are_read_in_pieces_have_a_limit_that_no_runs_of_ours_reach(jobcentre, folder, monkeypatch) -> None:
    """Ten thousand runs of a year and a half have three thousand million bytes of weeks, which a report has to read."""
    monkeypatch.setattr("jobcentre.report.saved.MOST_IN_PIECES_BYTES", 100)
    assert "metrics.csv: is too large" in refused(jobcentre("report", str(folder), "--json"))
    assert declared.MOST_IN_PIECES_BYTES > 20 * 3e9


def test_a_log_of_too_many_rows_is_not_unpacked(tmp_path, monkeypatch) -> None:
    """Equal rows take next to no room: a file of some megabytes holds more of them than there is memory for."""
    monkeypatch.setattr("jobcentre.runs.event_logs.MOST_ROWS", 10)
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    pq.write_table(pa.table({name: pa.array([1] * 11, pa.int32()) for name in ev.COLUMNS}), tmp_path / "log.parquet")
    with pytest.raises(ValueError, match="it has 11 rows, and at most 10 are read"):
        read_events(tmp_path / "log.parquet")


# --- the cases of before -----------------------------------------------------------------------------------------------


def test_a_table_is_told_by_line_and_column(jobcentre, folder) -> None:
    path = folder / "summary.csv"
    header, first, second, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([header, first, second.replace("oxford_before", "elsewhere", 1), *rest, first]), encoding="utf-8")
    hash_again(folder, path)
    message = refused(jobcentre("report", str(folder), "--json"))
    assert message.startswith(f"{path}:3: scenario: should be one of the words that are known here, not `elsewhere` (")
    path.write_text("".join([header, first, second, *rest, first]), encoding="utf-8")
    hash_again(folder, path)
    assert f"{path}:{len(rest) + 4}: tells of oxford_before, 0, " in refused(jobcentre("report", str(folder), "--json"))


def test_an_option_whose_runs_all_fail_has_a_report(jobcentre, model, monkeypatch, tmp_path) -> None:  # noqa: F811
    usual = type(model).play

    def play(self, scenario, seed, run, engine):
        if scenario.name == "worse":
            raise ZeroDivisionError("the office vanished")
        return usual(self, scenario, seed, run, engine)

    monkeypatch.setattr("jobcentre.runs.worker.play", play.__get__(model))
    (tmp_path / "worse.yaml").write_text("title: Worse\nextends: oxford_before\n", encoding="utf-8")
    status, out, err = jobcentre("compare", "oxford_before", "worse.yaml", "--runs", "3", "--jobs", "0", "--json")
    assert (status, err) == (1, ""), out
    assert "not tested: fewer than 5 runs" in Path(json.loads(out)["report"]).read_text(encoding="utf-8")


def test_a_table_without_the_rows_that_runs_give_is_told(jobcentre, folder) -> None:
    for name in ("summary.csv", "metrics.csv", "weekly.csv"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole.splitlines(keepends=True)[0])
        hash_again(folder, folder / name)
        assert f"{folder / name}: has no rows" in refused(jobcentre("report", str(folder), "--json"))
        (folder / name).write_bytes(whole)
        hash_again(folder, folder / name)


def test_the_manifest_names_a_file_by_what_it_holds(folder) -> None:
    named = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in named.items())
