"""The finished runs of one experiment, in one SQLite file that several processes may write to at the same time.

Every access holds the lock of the folder. The file is rewritten in a canonical form when an experiment ends, so that
equal runs give equal bytes, in whatever order and by however many workers they were made.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.metrics import BY_NAME
from jobcentre.runs.locks import StoreError, locked
from jobcentre.runs.run_key import metrics_version

FILE = "runs.sqlite"
VERSION = 5  # of the tables; 0: none yet
#: Of the table by week of one run, unpacked.
MOST_WEEKLY_BYTES = 50_000_000
SAME_COMMAND = "give the same command again: it makes what is missing"
ANEW = "delete the folder to have all its runs made again, or put back a copy of this file"

Store = sqlite3.Connection
Key = tuple[str, str | None]  # metric, group (None: all customers together)
RunLocation = tuple[str, str, int]  # scenario, office (empty: the scenario's own), point

# A run key is the hash of all that decides a run; `location` says under which scenario, office and point it is found.
# `metric` shows values as one long table.
SCHEMA = """
create table if not exists run_key (id integer primary key, hash text not null unique);
create table if not exists location (
  scenario text not null, site text not null, point integer not null, run_key integer not null,
  primary key (scenario, site, point)) without rowid;
create table if not exists run (
  run_key integer not null, run integer not null, digest text, failure text, metrics_version text not null,
  checksum text not null,
  primary key (run_key, run)) without rowid;
create table if not exists quantity (id integer primary key, metric text not null, "group" text not null, unique (metric, "group"));
create table if not exists value (
  run_key integer not null, run integer not null, quantity integer not null, numerator real not null, denominator real not null,
  primary key (run_key, run, quantity)) without rowid;
create table if not exists weekly (
  run_key integer not null, run integer not null, packed blob not null, windows blob not null, primary key (run_key, run)) without rowid;
create table if not exists look (runs integer primary key);
create view if not exists metric as
  select scenario, site, point, run, metric, "group", numerator, denominator, numerator / nullif(denominator, 0.0) as value
  from location join value using (run_key) join quantity on quantity.id = value.quantity;
"""
#: Copies each table in a fixed order, so that equal contents have equal bytes.
CANONICAL = (
    "insert into main.run_key select row_number() over (order by hash), hash from old.run_key",
    """insert into main.quantity select row_number() over (order by metric, "group"), metric, "group" from old.quantity""",
    "create temp table moved as select o.id as old, n.id as new from old.run_key o join main.run_key n using (hash)",
    """create temp table named as
       select o.id as old, n.id as new from old.quantity o join main.quantity n on n.metric = o.metric and n."group" = o."group" """,
    """insert into main.location select scenario, site, point, new from old.location join moved on moved.old = location.run_key
       order by scenario, site, point""",
    """insert into main.run select new, run, digest, failure, metrics_version, checksum from old.run join moved on moved.old = run.run_key
       order by new, run""",
    """insert into main.value select moved.new, run, named.new, numerator, denominator
       from old.value join moved on moved.old = value.run_key join named on named.old = value.quantity
       order by moved.new, run, named.new""",
    "insert into main.weekly select new, run, packed, windows from old.weekly join moved on moved.old = weekly.run_key order by new, run",
    "insert into main.look select runs from old.look",
)


class PackedText(bytes):
    """A text compressed, as it is stored and held in memory: there may be one of each of ten thousand runs."""

    @classmethod
    def of(cls, text: str) -> PackedText:
        """Compresses a text."""
        return cls(zlib.compress(text.encode(), 1)) if text else cls()

    def text(self) -> str:
        """The text; ValueError where this is spoiled, or would be larger than any table by week."""
        if not self:
            return ""
        try:
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(self, MOST_WEEKLY_BYTES)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        if not unpacking.eof or unpacking.unused_data:
            raise ValueError(f"it is cut short, or larger than {MOST_WEEKLY_BYTES:,} bytes")
        return text.decode()


NO_TEXT = PackedText()


class Quantities(Mapping[Key, tuple[float, float]]):
    """Numerators and denominators by metric and group, a tenth of the size of a dictionary: runs share the places of their keys."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[Key, int], values: array[float]) -> None:
        self._places, self._values = places, values

    def __getitem__(self, key: Key) -> tuple[float, float]:
        place = 2 * self._places[key]
        return self._values[place], self._values[place + 1]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return repr(dict(self))


class Run(NamedTuple):
    """The record of one run; `failure` is the error of a run without results.

    `weekly` is CSV with a header, `windows` without one: window, metric, numerator, denominator.
    """

    scenario: str
    run: int
    digest: str | None = None
    metrics: Mapping[Key, tuple[float, float]] = {}
    weekly: PackedText = NO_TEXT
    failure: str | None = None
    point: int = 0  # of a sweep; 0: the scenario as it is
    site: str = ""  # an office of a table; empty: the scenario's own
    run_key: str = ""  # hash of what was simulated; empty where that could not be made
    windows: PackedText = NO_TEXT
    packed_log: bytes = b""  # of a run that is made again for its log

    @property
    def location(self) -> RunLocation:
        """The scenario, office and point under which it is found."""
        return self.scenario, self.site, self.point

    def without_tables(self) -> Run:
        """The same without its table by week and its windows."""
        return self._replace(weekly=NO_TEXT, windows=NO_TEXT)


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """Opens the store of a folder under its lock, creating it when absent; commits when the block ends without an error."""
    with locked(folder), _explain_errors(folder / FILE):
        if (folder / FILE).exists() and not (folder / FILE).is_file():
            raise StoreError(folder / FILE, "is not an ordinary file", ANEW)
        connection = sqlite3.connect(folder / FILE)
        try:
            _create_tables(connection, folder / FILE)
            with connection:
                yield connection
        finally:
            connection.close()


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """Opens the store of a folder to read what it holds now, without its lock."""
    file = folder / FILE
    with _explain_errors(file), closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def save(store: Store, run: Run, named: bool = True) -> None:
    """Saves one run, replacing an earlier one; with `named` it is also found by its scenario, office and point."""
    key_id = _run_key_id(store, run.run_key or "/".join(map(str, run.location)))
    if named:
        store.execute("insert or replace into location values (?, ?, ?, ?)", (*run.location, key_id))
    run_row = (key_id, run.run)
    for table in ("run", "value", "weekly"):
        store.execute(f"delete from {table} where run_key = ? and run = ?", run_row)
    store.execute("insert into run values (?, ?, ?, ?, ?, ?)", (*run_row, run.digest, run.failure, metrics_version(), checksum(run)))
    quantity_ids = _quantities(store, run.metrics)
    store.executemany(
        "insert into value values (?, ?, ?, ?, ?)",
        [(*run_row, quantity_ids[quantity], float(top), float(bottom)) for quantity, (top, bottom) in run.metrics.items()],
    )
    if run.weekly:
        store.execute("insert into weekly values (?, ?, ?, ?)", (*run_row, run.weekly, run.windows))


def checksum(run: Run) -> str:
    """SHA-256 over all that is stored of a run, whatever the order of its metrics."""
    told = hashlib.sha256(repr((run.run, run.digest, run.failure, len(run.weekly), len(run.windows))).encode())
    told.update(run.weekly)
    told.update(run.windows)
    for (metric, group), (top, bottom) in sorted(run.metrics.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        told.update(f"{metric}\0{group or ''}\0".encode() + struct.pack("<2d", top + 0.0, bottom + 0.0))  # a store has no -0.0
    return told.hexdigest()


def assign_names(store: Store, run_keys: Mapping[RunLocation, str]) -> None:
    """Replaces all locations by these run keys; runs with another key stay in the store without a location."""
    store.execute("delete from location")
    rows = [(*location, _run_key_id(store, run_key)) for location, run_key in run_keys.items()]
    store.executemany("insert into location values (?, ?, ?, ?)", rows)


def locations(store: Store) -> dict[RunLocation, str]:
    """Gives the run key of each location."""
    query = "select scenario, site, point, hash from location join run_key on run_key.id = location.run_key"
    rows = _select(store, query, (), (str, str, int, str))
    return {(scenario, site, point): run_key for scenario, site, point, run_key in rows}


def digests(store: Store) -> dict[tuple[str, int, int], str]:
    """Digest by scenario, point and run of the runs that ended well, where scenarios have their own office."""
    query = (
        "select scenario, point, run, digest from location join run using (run_key) "
        "where site = '' and failure is null and metrics_version = ? order by scenario, point, run"
    )
    rows = _select(store, query, (metrics_version(),), (str, int, int, str))
    return {(scenario, point, run): digest for scenario, point, run, digest in rows}


def finished_runs(store: Store, failed: bool = True) -> dict[str, set[int]]:
    """Gives the numbers of the runs that today's metrics have measured, by run key; with `failed` also of those that failed."""
    runs_by_key: dict[str, set[int]] = {}
    query = "select hash, run from run join run_key on run_key.id = run.run_key where metrics_version = ?"
    for key, run in _select(store, query + ("" if failed else " and failure is null"), (metrics_version(),), (str, int)):
        runs_by_key.setdefault(key, set()).add(run)
    return runs_by_key


def outdated_runs(store: Store) -> dict[str, dict[int, str]]:
    """Gives the digests of runs that another version of the metrics has measured, by run key and number."""
    digests_by_key: dict[str, dict[int, str]] = {}
    query = "select hash, run, digest from run join run_key on run_key.id = run.run_key where metrics_version != ? and failure is null"
    for key, run, digest in _select(store, query, (metrics_version(),), (str, int, str)):
        digests_by_key.setdefault(key, {})[run] = digest
    return digests_by_key


def read(store: Store, scenario: str, point: int = 0, site: str = "") -> list[Run]:
    """All runs of a scenario, failed ones too, in their order."""
    return list(each(store, scenario, point, site))


def each(store: Store, scenario: str, point: int = 0, site: str = "") -> Iterator[Run]:
    """The same one by one, for whoever does not keep them: their tables by week take most of the memory."""
    run_key = _run_key_at(store, (scenario, site, point))
    if run_key is not None:
        yield from _each(store, run_key, (scenario, site, point))


def read_run_key(store: Store, run_key: str, location: RunLocation, fewer_than: int = 1 << 32) -> list[Run]:
    """Reads the runs with a run key that today's metrics have measured, failed ones too, in order; gives them the names of a location."""
    return list(_each(store, run_key, location, fewer_than))


def _each(store: Store, run_key: str, location: RunLocation, fewer_than: int = 1 << 32) -> Iterator[Run]:
    row = next(_select(store, "select id from run_key where hash = ?", (run_key,), (int,)), None)
    where, parameters = "where run_key = ? and run < ?", (row[0] if row else None, fewer_than)
    scenario, site, point = location
    of_runs = _select(
        store, f"select run, digest, failure, metrics_version, checksum from run {where} order by run", parameters,
        (int, str | None, str | None, str, str),
    )  # fmt: skip
    query = f"select run, quantity, numerator, denominator from value {where} order by run, quantity"
    of_values = _Parts(_select(store, query, parameters, (int, int, float, float)), "values")
    query = f"select run, packed, windows from weekly {where} order by run"
    of_tables = _Parts(_select(store, query, parameters, (int, bytes, bytes)), "a table by week")
    quantities = _named_quantities(store)
    places: dict[tuple[int, ...], Mapping[Key, int]] = {}
    for run, digest, failure, version, kept in of_runs:
        values, tables = of_values.of(run), of_tables.of(run)
        if version != metrics_version():
            continue
        ids = tuple(quantity for _, quantity, _, _ in values)
        if ids not in places:
            if not quantities.keys() >= set(ids):
                raise sqlite3.DatabaseError(f"it holds values of run {run}, which nothing explains")
            places[ids] = {quantities[number]: place for place, number in enumerate(ids)}
            if unknown := [metric for metric, _ in places[ids] if metric not in BY_NAME]:
                raise sqlite3.DatabaseError(f"it holds the metric `{unknown[0]}`, which nothing explains")
        metrics = Quantities(places[ids], array("d", chain.from_iterable((top, bottom) for _, _, top, bottom in values)))
        weekly, windows = (_sound(PackedText(one), run, scenario) for one in tables[0][1:]) if tables else (NO_TEXT, NO_TEXT)
        one = Run(scenario, run, digest, metrics, weekly, failure, point, site, run_key, windows)
        if checksum(one) != kept:
            raise sqlite3.DatabaseError(f"run {run} of {scenario} is not as it was stored")
        yield one
    of_values.end()
    of_tables.end()


class _Parts:
    """Rows of runs, in order of the runs, that are asked for run by run."""

    def __init__(self, rows: Iterator[Any], what: str) -> None:
        self._groups, self._what = groupby(rows, itemgetter(0)), what
        self._next = self._read()

    def _read(self) -> tuple[int, list[Any]] | None:
        found = next(self._groups, None)
        return None if found is None else (found[0], list(found[1]))

    def of(self, run: int) -> list[Any]:
        """Those of a run; DatabaseError where some of an earlier one are left."""
        if self._next is None or self._next[0] > run:
            return []
        number, rows = self._next
        self._next = self._read()
        if number != run:
            raise sqlite3.DatabaseError(f"it holds {self._what} of run {number}, which nothing explains")
        return rows

    def end(self) -> None:
        """DatabaseError where some are left."""
        if self._next is not None:
            raise sqlite3.DatabaseError(f"it holds {self._what} of run {self._next[0]}, which nothing explains")


def _sound(packed: PackedText, run: int, scenario: str) -> PackedText:
    try:
        packed.text()
    except ValueError as error:
        raise sqlite3.DatabaseError(f"the table by week of run {run} of {scenario} is spoiled: {error}") from None
    return packed


def looks(store: Store) -> list[int]:
    """The numbers of runs at which results were shown, smallest first; 0 among them: results decided how many runs to make."""
    return [runs for (runs,) in _select(store, "select runs from look order by runs", (), (int,))]


def record_look(store: Store, runs: int) -> None:
    """Records an interim look after this number of runs."""
    store.execute("insert or ignore into look values (?)", (runs,))


def rewrite_canonically(folder: Path) -> None:
    """Rewrites the store in a fixed order, so that equal contents have equal bytes."""
    new = folder / f".{FILE}.new"
    with locked(folder):
        for left in (new, new.with_name(f"{new.name}-journal")):
            left.unlink(missing_ok=True)
        with _explain_errors(folder / FILE):
            connection = sqlite3.connect(new)
            try:
                _create_tables(connection, new)
                connection.execute("attach ? as old", (str(folder / FILE),))
                with connection:
                    for step in CANONICAL:
                        connection.execute(step)
            finally:
                connection.close()
        os.replace(new, folder / FILE)


def _run_key_at(store: Store, location: RunLocation) -> str | None:
    """Gives the run key of a location; None where there is none."""
    row = store.execute(
        "select hash from location join run_key on run_key.id = location.run_key where scenario = ? and site = ? and point = ?", location
    ).fetchone()
    return None if row is None else str(row[0])


def _run_key_id(store: Store, run_key: str) -> int:
    store.execute("insert or ignore into run_key (hash) values (?)", (run_key,))
    (number,) = store.execute("select id from run_key where hash = ?", (run_key,)).fetchone()
    return int(number)


def _select(store: Store, query: str, parameters: tuple[Any, ...], kinds: Sequence[Any]) -> Iterator[Any]:
    """The rows of a query, whose cells are of these kinds: a column of SQLite takes any."""
    for row in store.execute(query, parameters):
        if not all(map(isinstance, row, kinds)):
            raise sqlite3.DatabaseError(f"it holds {row!r:.80}, which is of another kind than declared")
        yield row


def _named_quantities(store: Store) -> dict[int, Key]:
    """Gives metric and group by their id."""
    rows = _select(store, 'select id, metric, "group" from quantity', (), (int, str, str))
    return {number: (metric, group or None) for number, metric, group in rows}


def _quantities(store: Store, keys: Iterable[Key]) -> dict[Key, int]:
    """Gives the id of each metric and group, adding those that are new."""
    numbers = {key: number for number, key in _named_quantities(store).items()}
    for key in keys:
        if key not in numbers:
            store.execute('insert into quantity (metric, "group") values (?, ?)', (key[0], key[1] or ""))
            (numbers[key],) = store.execute("select last_insert_rowid()").fetchone()
    return numbers


def _create_tables(store: Store, file: Path) -> None:
    """Makes the tables if there are none."""
    (version,) = store.execute("pragma user_version").fetchone()
    if version not in (0, VERSION):
        raise StoreError(file, "was made by another version of this tool", ANEW)
    if version == 0:
        store.executescript(f"{SCHEMA} pragma user_version = {VERSION};")
    if _tables(store) != _our_tables():
        raise sqlite3.DatabaseError("it has other tables")


def _tables(store: Store) -> list[tuple[str, str]]:
    return list(store.execute("select name, sql from sqlite_master where sql is not null order by name"))


@cache
def _our_tables() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(SCHEMA)
        return _tables(empty)


@contextmanager
def _explain_errors(file: Path) -> Iterator[None]:
    """Turns errors of the database into a StoreError that says what to do; where the file is sound, errors of ours pass through."""
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            reason = "there is no room for it, or the disk failed"
            raise StoreError(file, f"{reason}: {error}", f"finished runs are kept; make room and {SAME_COMMAND}") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreError(file, "another program has locked it", f"close that program and {SAME_COMMAND}") from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
            raise StoreError(file, f"cannot be written: {error}", "choose another folder with --out") from error
        ours = not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError)
        if ours and _is_sound(file):
            raise
        raise StoreError(file, f"is damaged, or none of ours: {error}", ANEW) from error


def _is_sound(file: Path) -> bool:
    """Whether every index and every row is as the tables promise; of many runs it takes seconds, so only an error asks."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as store:
            return [row[0] for row in store.execute("pragma integrity_check(1)")] == ["ok"]
    except (sqlite3.Error, UnicodeDecodeError):
        return False
