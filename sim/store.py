"""The finished runs of one experiment, in one SQLite file that several processes may write to at the same time.

Every access holds the lock of the folder. The file is rewritten in a canonical form when an experiment ends, so that
equal runs give equal bytes, in whatever order and by however many workers they were made.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sim.metrics import BY_NAME
from sim.model.events import EventLog

FILE = "runs.sqlite"
LOCK = ".lock"
VERSION = 1  # of the tables; 0: none yet
#: Seconds to wait for a command that has the folder: the tables of very many runs take minutes to write.
PATIENCE = 300.0

SAME_COMMAND = "give the same command again: it makes what is missing"
ANEW = "delete the folder to have all its runs made again, or put back a copy of this file"

Store = sqlite3.Connection
Key = tuple[str, str | None]  # metric, group (None: all customers together)

SCHEMA = """
create table if not exists run (
  scenario text not null, point integer not null, run integer not null, digest text, failure text,
  primary key (scenario, point, run)) without rowid;
create table if not exists metric (
  scenario text not null, point integer not null, run integer not null, metric text not null, "group" text not null,
  numerator real not null, denominator real not null,
  primary key (scenario, point, run, metric, "group")) without rowid;
create table if not exists weekly (
  scenario text not null, point integer not null, run integer not null, packed blob not null,
  primary key (scenario, point, run)) without rowid;
create table if not exists look (runs integer primary key);
"""
TABLES = ("run", "metric", "weekly", "look")


class Run(NamedTuple):
    """What is kept of one run; `failure` says why there is nothing else. `weekly` is CSV with a header."""

    scenario: str
    run: int
    digest: str | None = None
    metrics: dict[Key, tuple[float, float]] = {}  # noqa: RUF012 - never changed
    weekly: str = ""
    failure: str | None = None
    log: EventLog | None = None
    point: int = 0  # of a sweep; 0: the scenario as it is


class StoreError(OSError):
    """A file or folder of results that cannot be used, and what to do."""

    def __init__(self, file: Path, message: str, suggestion: str) -> None:
        super().__init__(errno.EIO, f"{message} ({suggestion})", str(file))


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it; StoreError where something else stands in the way."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise StoreError(folder, "has a name that is not UTF-8", "choose another folder with --out") from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for place in (folder, *folder.parents):
            if place.is_symlink() and not place.exists():
                target = os.readlink(place)
                raise StoreError(
                    place, f"is a link to {target}, which is not there", "make that folder, or choose another --out"
                ) from error
            if place.exists() and not place.is_dir():
                raise StoreError(place, "is a file where a folder is needed", "choose another folder with --out") from error
        raise


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The store of a folder, made when absent, with everybody else kept out; commits when the block ends well."""
    with locked(folder), _in_plain_words(folder / FILE):
        connection = sqlite3.connect(folder / FILE)
        try:
            _ready(connection, folder / FILE)
            with connection:
                yield connection
        finally:
            connection.close()


def save(store: sqlite3.Connection, run: Run) -> None:
    """Keeps one run in place of what was kept of it before."""
    key = (run.scenario, run.point, run.run)
    for table in ("run", "metric", "weekly"):
        store.execute(f"delete from {table} where scenario = ? and point = ? and run = ?", key)
    store.execute("insert into run values (?, ?, ?, ?, ?)", (*key, run.digest, run.failure))
    store.executemany(
        "insert into metric values (?, ?, ?, ?, ?, ?, ?)",
        [(*key, metric, group or "", float(top), float(bottom)) for (metric, group), (top, bottom) in run.metrics.items()],
    )
    store.execute("insert into weekly values (?, ?, ?, ?)", (*key, zlib.compress(run.weekly.encode())))


def digests(store: sqlite3.Connection) -> dict[tuple[str, int, int], str]:
    """Digest by scenario, point and run of the runs that ended well."""
    rows = store.execute("select scenario, point, run, digest from run where failure is null order by scenario, point, run")
    return {(scenario, point, run): digest for scenario, point, run, digest in rows}


def read(store: sqlite3.Connection, scenario: str, point: int = 0) -> list[Run]:
    """All runs of a scenario, failed ones too, in their order."""
    where, key = "where scenario = ? and point = ?", (scenario, point)
    runs = {
        run: Run(scenario, run, digest, {}, "", failure, point=point)
        for run, digest, failure in store.execute(f"select run, digest, failure from run {where} order by run", key)
    }
    for run, metric, group, top, bottom in store.execute(f'select run, metric, "group", numerator, denominator from metric {where}', key):
        if run not in runs or metric not in BY_NAME:
            raise sqlite3.DatabaseError(f"it holds the metric `{metric}` of run {run}, which nothing explains")
        runs[run].metrics[metric, group or None] = (top, bottom)
    for run, packed in store.execute(f"select run, packed from weekly {where}", key):
        try:
            runs[run] = runs[run]._replace(weekly=zlib.decompress(packed).decode())
        except (KeyError, zlib.error) as error:
            raise sqlite3.DatabaseError("a table by week is spoiled") from error
    return list(runs.values())


def looks(store: sqlite3.Connection) -> list[int]:
    """The numbers of runs at which results were shown, smallest first; 0 among them: results decided how many runs to make."""
    return [runs for (runs,) in store.execute("select runs from look order by runs")]


def looked(store: sqlite3.Connection, runs: int) -> None:
    """Records that results of so many runs were shown."""
    store.execute("insert or ignore into look values (?)", (runs,))


def settle(folder: Path) -> None:
    """Rewrites the store so that its bytes depend on nothing but what it holds."""
    new = folder / f".{FILE}.new"
    with locked(folder):
        for left in (new, new.with_name(f"{new.name}-journal")):
            left.unlink(missing_ok=True)
        with _in_plain_words(folder / FILE):
            connection = sqlite3.connect(new)
            try:
                _ready(connection, new)
                connection.execute("attach ? as old", (str(folder / FILE),))
                with connection:
                    for table in TABLES:
                        # by the primary key, which is how tables without row numbers and those with one number are kept
                        connection.execute(f"insert into main.{table} select * from old.{table}")
            finally:
                connection.close()
        os.replace(new, folder / FILE)


def _ready(store: sqlite3.Connection, file: Path) -> None:
    """Makes the tables if there are none."""
    (version,) = store.execute("pragma user_version").fetchone()
    if version not in (0, VERSION):
        raise StoreError(file, "was made by another version of this tool", ANEW)
    if version == 0:
        store.executescript(f"{SCHEMA} pragma user_version = {VERSION};")


@contextmanager
def _in_plain_words(file: Path) -> Iterator[None]:
    """Tells what the database says of a file that cannot be used; what only an error of ours can cause is left as it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            reason = "there is no room for it, or the disk failed"
            raise StoreError(file, f"{reason}: {error}", f"finished runs are kept; make room and {SAME_COMMAND}") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreError(file, "another program has locked it", f"close that program and {SAME_COMMAND}") from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
            raise StoreError(file, f"cannot be written: {error}", "choose another folder with --out") from error
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.InterfaceError):
            raise
        raise StoreError(file, f"is damaged, or none of ours: {error}", ANEW) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder to oneself; waits for another command that has it, but not for ever."""
    path = folder / LOCK
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            begun, pause = time.monotonic(), 0.001
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() - begun > PATIENCE:
                        message = f"another command has kept this folder to itself for {PATIENCE:.0f} seconds"
                        raise StoreError(path, message, "end that command, or choose another folder with --out") from None
                    time.sleep(pause)
                    pause = min(2 * pause, 0.05)
        # closing the file gives the lock back, also when the process is killed
        yield
