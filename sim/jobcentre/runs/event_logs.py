"""Event logs kept as Parquet: written, and read with all checked on which their readers rely."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobcentre.model import events as ev
from jobcentre.model.events import COLUMNS, AssignedBy, CameFrom, Event, EventLog, ExitCause, How, Presence, SpellKind, Task
from jobcentre.runs.locks import write_atomically

#: Columns of a log that rise or vary too much for a dictionary: a third smaller this way.
LOG_ENCODINGS = {"time": "DELTA_BINARY_PACKED", "start": "BYTE_STREAM_SPLIT", "serial": "BYTE_STREAM_SPLIT", "customer": "PLAIN"}
#: Rows of a log that is read; a year of 2,300 coaches has a tenth of it.
MOST_ROWS = 100_000_000
MOST_FOOTER_BYTES = 1_000_000
DAY_SECONDS = 86_400
#: Days of a log, before and after the first; those of an appointment that is due lie within them.
MOST_DAYS = 100_000
FIRST_YEAR, LAST_YEAR = 1900, 2200

Limits = tuple[int, int]
DAYS: Limits = (-MOST_DAYS, MOST_DAYS)
SECONDS: Limits = (-1, 10_000_000)  # of a piece of work


def _of(values: type[IntEnum], *more: int) -> Limits:
    numbers = [*(int(value) for value in values), *more]
    return min(numbers), max(numbers)


#: What columns hold that are looked up or become dates, by kind of event; all others are only shown.
LIMITS: Mapping[Event, Mapping[int, Limits]] = {
    Event.DAY: {ev.D: DAYS},
    Event.SICK: {ev.A: _of(SpellKind)},
    Event.RETURN: {ev.A: _of(SpellKind)},
    Event.COACH_DAY: {ev.A: _of(Presence), ev.GROUP: _of(SpellKind, ev.NONE)},
    Event.CUSTOMER_IN: {ev.A: _of(CameFrom), ev.F: DAYS},
    Event.CUSTOMER_OUT: {ev.A: _of(ExitCause, 0)},
    Event.CUSTOMER_MOVED: {ev.A: _of(ExitCause, 0)},
    Event.ASSIGNED: {ev.A: _of(AssignedBy, ev.NONE)},
    Event.BOOKED: {ev.A: SECONDS, ev.C: DAYS, ev.E: _of(How)},
    Event.CONVERSATION: {ev.A: SECONDS, ev.B: SECONDS, ev.C: SECONDS, ev.F: DAYS, ev.G: SECONDS},
    Event.NOT_OFFERED: {ev.F: DAYS},
    Event.DIGITAL: {ev.F: DAYS},
    Event.PAUSED: {ev.A: DAYS},
    Event.TASK_MADE: {ev.A: _of(Task), ev.C: DAYS},
    Event.ADMIN: {ev.A: _of(Task), ev.D: DAYS, ev.E: SECONDS},
    Event.TASK_LAPSED: {ev.A: _of(Task), ev.D: (ev.NONE, 2)},
    Event.TASK_MOVED: {ev.A: _of(Task)},
}
#: Columns that hold a group by its place in `group_names`, where a row cannot be without one.
GROUPS: Mapping[Event, tuple[int, ...]] = {
    Event.CUSTOMER_IN: (ev.GROUP,), Event.CUSTOMER_OUT: (ev.GROUP,), Event.CUSTOMER_MOVED: (ev.GROUP, ev.C),
}  # fmt: skip
#: Of these the column `group` holds something else.
NO_GROUP = (Event.OFFICE, Event.COACH_DAY)


def write_events(path: Path, log: EventLog) -> None:
    """Keeps an event log as Parquet."""
    write_atomically(path, packed(log))


def packed(log: EventLog) -> bytes:
    """An event log as the content of a Parquet file, one column per column of the log."""
    columns = [np.ascontiguousarray(log.rows[:, i]) for i in range(len(COLUMNS))]
    # not pa.array, which imports pandas
    arrays = [pa.Array.from_buffers(pa.int32(), len(column), [None, pa.py_buffer(column)]) for column in columns]
    table = pa.table(arrays, names=list(COLUMNS))
    about = {"group_names": json.dumps(log.group_names), "first_day": log.first_day}
    sink = io.BytesIO()
    repeats = [name for name in COLUMNS if name not in LOG_ENCODINGS]
    how = {"compression": "zstd", "compression_level": 3, "use_dictionary": repeats, "column_encoding": LOG_ENCODINGS}
    pq.write_table(table.replace_schema_metadata(about), sink, **how)
    return sink.getvalue()


def read_events(path: Path) -> EventLog:
    """The event log kept in a Parquet file; raises ValueError with what is wrong where it is not one that a run has written."""
    log = read_log(path)
    if wrong := _wrong(log):
        raise ValueError(f"is not an event log kept by this tool ({wrong})")
    return log


def read_log(path: Path) -> EventLog:
    """The same without a look at what the rows hold: for a file whose digest is known."""
    try:
        with pq.ParquetFile(path, thrift_string_size_limit=MOST_FOOTER_BYTES, thrift_container_size_limit=MOST_FOOTER_BYTES) as file:
            schema, many = file.schema_arrow, file.metadata.num_rows
            if many > MOST_ROWS:
                raise ValueError(f"it has {many:,} rows, and at most {MOST_ROWS:,} are read")
            if any(schema.field(name).type != pa.int32() for name in COLUMNS):
                raise ValueError("its columns are not whole numbers of 32 bits")
            table = file.read(list(COLUMNS))
        if any(table.column(name).null_count for name in COLUMNS):
            raise ValueError("its columns are not whole numbers of 32 bits")
        about = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        rows = np.column_stack([table.column(name).to_numpy() for name in COLUMNS]).astype(np.int32)
        groups = json.loads(about["group_names"])
        if not (isinstance(groups, list) and all(isinstance(name, str) for name in groups)):
            raise ValueError("its groups have no names")
        "".join(groups).encode()
        return EventLog(rows, tuple(groups), dt.date.fromisoformat(about["first_day"]).isoformat())
    except (KeyError, ValueError, RecursionError, OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno:  # of the file itself; Arrow has some without a number
            raise
        raise ValueError(f"is not an event log kept by this tool ({(str(error) or 'it is damaged').splitlines()[0]})") from error


def _wrong(log: EventLog) -> str:
    """What a reader of the rows would stumble over, of the first row that holds it; empty where there is nothing."""
    rows, groups, first = log.rows, len(log.group_names), dt.date.fromisoformat(log.first_day)
    if not groups or any(not name for name in log.group_names):
        return "it has no groups, or one without a name"
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        return f"its first day is {first}, which lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
    if not len(rows):
        return "it has no rows"
    kinds = rows[:, ev.KIND]
    if unknown := np.setdiff1d(kinds, [int(kind) for kind in Event]).tolist():
        return f"it holds events of a kind that is not known here ({unknown[0]})"
    offices = np.flatnonzero(kinds == Event.OFFICE)
    if offices.tolist() != [0]:
        return "it does not begin with its one row of the office"
    end = int(rows[0, ev.SERIAL])
    if not 0 < end <= MOST_DAYS * DAY_SECONDS or not 0 <= rows[0, ev.START] <= end:
        return "row 0 has no end of the run, or counting begins after it"
    checks: list[tuple[np.ndarray, int, Limits]] = [
        (np.ones(len(rows), dtype=bool), ev.TIME, (0, end)),
        (np.ones(len(rows), dtype=bool), ev.COACH, (ev.NONE, 2**31 - 1)),
        (~np.isin(kinds, NO_GROUP), ev.GROUP, (ev.NONE, groups - 1)),
        (np.isin(kinds, ev.STRETCHES), ev.START, (0, end)),
        (kinds == Event.CONVERSATION, ev.E, (0, end)),
        (kinds == Event.OFFICE, ev.D, (0, DAY_SECONDS)),
        (kinds == Event.OFFICE, ev.E, (ev.NONE, DAY_SECONDS)),
        (kinds == Event.OFFICE, ev.F, (ev.NONE, DAY_SECONDS)),
    ]
    checks += [(kinds == kind, column, limits) for kind, own in LIMITS.items() for column, limits in own.items()]
    checks += [(kinds == kind, column, (0, groups - 1)) for kind, columns in GROUPS.items() for column in columns]
    for which, column, (least, most) in checks:
        outside = which & ((rows[:, column] < least) | (rows[:, column] > most))
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            kind = Event(rows[row, ev.KIND]).name
            return f"row {row}, {kind}: {COLUMNS[column]} is {rows[row, column]}, and should be from {least} to {most}"
    return ""
