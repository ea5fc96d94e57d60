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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from jobcentre.metrics import BY_NAME
from jobcentre.model.events import EventLog
from jobcentre.runs.interruption import raise_if_requested
from jobcentre.runs.run_key import metrics_version

FILE = "runs.sqlite"
LOCK = ".lock"  # while one reads or writes the store
TURN = ".turn"  # while one writes all that is made from it
LOCKS = (LOCK, TURN)
VERSION = 3  # of the tables; 0: none yet
#: Seconds to wait for a command that has the folder: the tables of very many runs take minutes to write.
PATIENCE = 300.0
#: The same for its turn to write: thousands of event logs may be written before.
PATIENCE_FOR_TURN = 7200.0
#: The same for a command that was interrupted and has only to keep what is finished.
WHILE_INTERRUPTED = 1.0

SAME_COMMAND = "give the same command again: it makes what is missing"
ANEW = "delete the folder to have all its runs made again, or put back a copy of this file"

Store = sqlite3.Connection
Key = tuple[str, str | None]  # metric, group (None: all customers together)
RunLocation = tuple[str, str, int]  # scenario, office (empty: the scenario's own), point

# What is simulated is a world, known by the hash of all that decides its runs; places say under which names it was asked for.
# `metric` shows values as one long table.
SCHEMA = """
create table if not exists world (id integer primary key, hash text not null unique);
create table if not exists place (
  scenario text not null, site text not null, point integer not null, world integer not null,
  primary key (scenario, site, point)) without rowid;
create table if not exists run (
  world integer not null, run integer not null, digest text, failure text, metrics_version text not null,
  primary key (world, run)) without rowid;
create table if not exists quantity (id integer primary key, metric text not null, "group" text not null, unique (metric, "group"));
create table if not exists value (
  world integer not null, run integer not null, quantity integer not null, numerator real not null, denominator real not null,
  primary key (world, run, quantity)) without rowid;
create table if not exists weekly (
  world integer not null, run integer not null, packed blob not null, primary key (world, run)) without rowid;
create table if not exists look (runs integer primary key);
create view if not exists metric as
  select scenario, site, point, run, metric, "group", numerator, denominator, numerator / nullif(denominator, 0.0) as value
  from place join value using (world) join quantity on quantity.id = value.quantity;
"""
#: How each table is copied so that its bytes depend on nothing but what it holds.
CANONICAL = (
    "insert into main.world select row_number() over (order by hash), hash from old.world",
    """insert into main.quantity select row_number() over (order by metric, "group"), metric, "group" from old.quantity""",
    "create temp table moved as select o.id as old, n.id as new from old.world o join main.world n using (hash)",
    """create temp table named as
       select o.id as old, n.id as new from old.quantity o join main.quantity n on n.metric = o.metric and n."group" = o."group" """,
    """insert into main.place select scenario, site, point, new from old.place join moved on moved.old = place.world
       order by scenario, site, point""",
    """insert into main.run select new, run, digest, failure, metrics_version from old.run join moved on moved.old = run.world
       order by new, run""",
    """insert into main.value select moved.new, run, named.new, numerator, denominator
       from old.value join moved on moved.old = value.world join named on named.old = value.quantity order by moved.new, run, named.new""",
    "insert into main.weekly select new, run, packed from old.weekly join moved on moved.old = weekly.world order by new, run",
    "insert into main.look select runs from old.look",
)


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
    site: str = ""  # an office of a table; empty: the scenario's own
    world: str = ""  # hash of what was simulated; empty where that could not be made

    @property
    def place(self) -> RunLocation:
        """Under which names it was asked for."""
        return self.scenario, self.site, self.point


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


def save(store: Store, run: Run, named: bool = True) -> None:
    """Keeps one run in place of what was kept of it before; it is found under its names only if it is kept with them."""
    world = _number_of(store, run.world or "/".join(map(str, run.place)))
    if named:
        store.execute("insert or replace into place values (?, ?, ?, ?)", (*run.place, world))
    key = (world, run.run)
    for table in ("run", "value", "weekly"):
        store.execute(f"delete from {table} where world = ? and run = ?", key)
    store.execute("insert into run values (?, ?, ?, ?, ?)", (*key, run.digest, run.failure, metrics_version()))
    numbers = _quantities(store, run.metrics)
    store.executemany(
        "insert into value values (?, ?, ?, ?, ?)",
        [(*key, numbers[quantity], float(top), float(bottom)) for quantity, (top, bottom) in run.metrics.items()],
    )
    if run.weekly:
        store.execute("insert into weekly values (?, ?, ?)", (*key, zlib.compress(run.weekly.encode())))


def assign_names(store: Store, worlds: Mapping[RunLocation, str]) -> None:
    """Says which worlds stand under which names from now on; others are kept without a name."""
    store.execute("delete from place")
    rows = [(*place, _number_of(store, world)) for place, world in worlds.items()]
    store.executemany("insert into place values (?, ?, ?, ?)", rows)


def locations(store: Store) -> dict[RunLocation, str]:
    """Which world stands under which names."""
    rows = store.execute("select scenario, site, point, hash from place join world on world.id = place.world")
    return {(scenario, site, point): world for scenario, site, point, world in rows}


def digests(store: Store) -> dict[tuple[str, int, int], str]:
    """Digest by scenario, point and run of the runs that ended well, where scenarios have their own office."""
    rows = store.execute(
        "select scenario, point, run, digest from place join run using (world) "
        "where site = '' and failure is null and metrics_version = ? order by scenario, point, run",
        (metrics_version(),),
    )
    return {(scenario, point, run): digest for scenario, point, run, digest in rows}


def finished_runs(store: Store, failed: bool = True) -> dict[str, set[int]]:
    """Runs that were made and measured by today's metrics, by run key; failed ones too unless said otherwise."""
    found: dict[str, set[int]] = {}
    query = "select hash, run from run join world on world.id = run.world where metrics_version = ?"
    for key, run in store.execute(query + ("" if failed else " and failure is null"), (metrics_version(),)):
        found.setdefault(key, set()).add(run)
    return found


def outdated_runs(store: Store) -> dict[str, dict[int, str]]:
    """Digests of the runs that were measured by other metrics than today's, by run key and number."""
    found: dict[str, dict[int, str]] = {}
    query = "select hash, run, digest from run join world on world.id = run.world where metrics_version != ? and failure is null"
    for key, run, digest in store.execute(query, (metrics_version(),)):
        found.setdefault(key, {})[run] = digest
    return found


def read(store: Store, scenario: str, point: int = 0, site: str = "") -> list[Run]:
    """All runs of a scenario, failed ones too, in their order."""
    world = _world_at(store, (scenario, site, point))
    return [] if world is None else read_run_key(store, world, (scenario, site, point))


def read_run_key(store: Store, world: str, place: RunLocation, fewer_than: int = 1 << 32) -> list[Run]:
    """The runs of a world under the names of a place, failed ones too, in their order; only what today's metrics have measured."""
    found = store.execute("select id from world where hash = ?", (world,)).fetchone()
    where, key = "where world = ? and run < ?", (found[0] if found else None, fewer_than)
    scenario, site, point = place
    runs: dict[int, Run] = {}
    outdated: set[int] = set()
    for run, digest, failure, version in store.execute(f"select run, digest, failure, metrics_version from run {where} order by run", key):
        if version == metrics_version():
            runs[run] = Run(scenario, run, digest, {}, "", failure, None, point, site, world)
        else:
            outdated.add(run)
    keys: dict[int, Key] = {number: (metric, group or None) for number, metric, group in store.execute("select * from quantity")}
    for run, quantity, top, bottom in store.execute(f"select run, quantity, numerator, denominator from value {where}", key):
        if run in outdated:
            continue
        if run not in runs or quantity not in keys:
            raise sqlite3.DatabaseError(f"it holds values of run {run}, which nothing explains")
        if keys[quantity][0] not in BY_NAME:
            raise sqlite3.DatabaseError(f"it holds the metric `{keys[quantity][0]}`, which nothing explains")
        runs[run].metrics[keys[quantity]] = (top, bottom)
    for run, packed in store.execute(f"select run, packed from weekly {where}", key):
        if run in outdated:
            continue
        try:
            runs[run] = runs[run]._replace(weekly=zlib.decompress(packed).decode())
        except (KeyError, zlib.error) as error:
            raise sqlite3.DatabaseError("a table by week is spoiled") from error
    return list(runs.values())


def looks(store: Store) -> list[int]:
    """The numbers of runs at which results were shown, smallest first; 0 among them: results decided how many runs to make."""
    return [runs for (runs,) in store.execute("select runs from look order by runs")]


def record_look(store: Store, runs: int) -> None:
    """Records that results of so many runs were shown."""
    store.execute("insert or ignore into look values (?)", (runs,))


def rewrite_canonically(folder: Path) -> None:
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
                    for step in CANONICAL:
                        connection.execute(step)
            finally:
                connection.close()
        os.replace(new, folder / FILE)


def _world_at(store: Store, place: RunLocation) -> str | None:
    """Which world stands under a name."""
    found = store.execute(
        "select hash from place join world on world.id = place.world where scenario = ? and site = ? and point = ?", place
    ).fetchone()
    return None if found is None else str(found[0])


def _number_of(store: Store, world: str) -> int:
    store.execute("insert or ignore into world (hash) values (?)", (world,))
    (number,) = store.execute("select id from world where hash = ?", (world,)).fetchone()
    return int(number)


def _quantities(store: Store, wanted: Iterable[Key]) -> dict[Key, int]:
    """The number of each metric and group; new ones are given one."""
    known = {(metric, group or None): number for number, metric, group in store.execute("select * from quantity")}
    for key in wanted:
        if key not in known:
            store.execute('insert into quantity (metric, "group") values (?, ?)', (key[0], key[1] or ""))
            (known[key],) = store.execute("select last_insert_rowid()").fetchone()
    return known


def _ready(store: Store, file: Path) -> None:
    """Makes the tables if there are none."""
    (version,) = store.execute("pragma user_version").fetchone()
    if version not in (0, VERSION):
        raise StoreError(file, "was made by another version of this tool", ANEW)
    if version == 0:
        store.executescript(f"{SCHEMA} pragma user_version = {VERSION};")


@contextmanager
def _in_plain_words(file: Path) -> Iterator[None]:
    """Tells what the database says of a file that cannot be used; what only an internal error can cause is left as it is."""
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
    """The folder to oneself; waits for another command that has it, but not for ever. Who has it already keeps it."""
    with _alone(folder / LOCK, PATIENCE, f"another command has kept this folder to itself for {PATIENCE:.0f} seconds"):
        yield


@contextmanager
def write_turn(folder: Path) -> Iterator[None]:
    """The only command that writes tables, logs and report of a folder, while others may go on keeping runs there.

    Without it two commands that ask different things of one folder could undo each other's tables for ever. It is taken before
    the lock, never while one has that.
    """
    with _alone(folder / TURN, PATIENCE_FOR_TURN, f"another command has been writing this folder for {PATIENCE_FOR_TURN:.0f} seconds"):
        yield


_ours: set[Path] = set()  # locks that this process has


@contextmanager
def _alone(path: Path, patience: float, too_long: str) -> Iterator[None]:
    """A lock file to oneself, given back at the end, also when the process is killed."""
    whole = path.resolve()
    if whole in _ours:
        yield
        return
    if path.is_dir():
        raise StoreError(path, "is a folder where this tool keeps a file of its own", "delete it")
    with path.open("a+b") as file:
        begun, pause = time.monotonic(), 0.001
        while not _taken(file):
            if time.monotonic() - begun > patience:
                raise StoreError(path, too_long, "end that command, or choose another folder with --out")
            if time.monotonic() - begun > WHILE_INTERRUPTED:
                raise_if_requested()
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        _ours.add(whole)
        try:
            yield
        finally:
            _ours.discard(whole)


def _taken(file: BinaryIO) -> bool:
    """Takes the lock of an open file if nobody has it; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
