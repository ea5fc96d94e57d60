"""The finished runs of one experiment, in one SQLite file that several processes may write to at the same time.

Every access holds the lock of the folder. The file is rewritten in a canonical form when an experiment ends, so that
equal runs give equal bytes, in whatever order and by however many workers they were made.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sim.model.events import EventLog

FILE = "runs.sqlite"
LOCK = ".lock"

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


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The store of a folder, made when absent, with everybody else kept out; commits when the block ends well."""
    with _locked(folder / LOCK):
        connection = sqlite3.connect(folder / FILE)
        try:
            connection.executescript(SCHEMA)
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
        runs[run].metrics[metric, group or None] = (top, bottom)
    for run, packed in store.execute(f"select run, packed from weekly {where}", key):
        runs[run] = runs[run]._replace(weekly=zlib.decompress(packed).decode())
    return list(runs.values())


def looks(store: sqlite3.Connection) -> list[int]:
    """The numbers of runs at which results were shown, smallest first."""
    return [runs for (runs,) in store.execute("select runs from look order by runs")]


def looked(store: sqlite3.Connection, runs: int) -> None:
    """Records that results of so many runs were shown."""
    store.execute("insert or ignore into look values (?)", (runs,))


def settle(folder: Path) -> None:
    """Rewrites the store so that its bytes depend on nothing but what it holds."""
    new = folder / f".{FILE}.new"
    with _locked(folder / LOCK):
        new.unlink(missing_ok=True)
        connection = sqlite3.connect(new)
        try:
            connection.executescript(SCHEMA)
            connection.execute("attach ? as old", (str(folder / FILE),))
            with connection:
                for table in TABLES:
                    # by the primary key, which is how tables without row numbers and those with one number are kept
                    connection.execute(f"insert into main.{table} select * from old.{table}")
        finally:
            connection.close()
        os.replace(new, folder / FILE)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        # closing the file gives the lock back, also when the process is killed
        yield
