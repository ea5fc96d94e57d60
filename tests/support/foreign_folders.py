"""Results folders as others may hand them over: one of each kind, and a generator that spoils a file of one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobcentre.model import events as ev

OFFICES = "# SYNTHETIC: made up.\noffice,region,posts,coaches\nMill Lane,west,3,3\nHigh Street,east,2,2\n"
FEW = ("--weeks", "3", "--set", "period.warmup_weeks=2", "--seed", "3", "--jobs", "0", "--quiet", "--json")
TEAM = ("--set", "demand.posts=4", "--set", "office.coaches=4", "--set", "office.establishment=4")
NAMES = ("baseline", "remote_first", "caseload_100")
#: The commands that make one folder of each kind.
MADE_BY = {
    "comparison": ("compare", *NAMES, *TEAM, *FEW, "--runs", "3"),
    "run": ("run", "baseline", *TEAM, *FEW, "--runs", "2", "--no-responses"),
    "sweep": ("sweep", *NAMES[:2], "--set", "coaches=2,3", "--set", "admin.factor=0.8,1.2", "--set", "demand.posts=4", *FEW, "--runs", "2"),
    "nation": ("compare", *NAMES[:2], "--sites", "ours.csv", *FEW, "--runs", "2"),
    "selection": ("select", *NAMES, *TEAM, *FEW, "--metric", "overloaded_share", "--first-runs", "10", "--max-runs", "12"),
    "staffing": (
        "staffing", "baseline", *TEAM, *FEW, "--target", "overloaded_share<=0.4", "--target", "missed_share@searching<=0.9",
        "--probability", "0.6", "--range", "2:6:2", "--runs", "5", "--uncertain", "--draws", "10",
    ),
}  # fmt: skip
CELLS = (
    "", "x", "nan", "inf", "-inf", "1e400", "1e308", "-1e308", "-1", "-0", "0", "1", "2", "1.5", "1000000000000000000", "9" * 40, "True", "None",
    "ünï", "\x00", "\x1b[31m", "a,b", 'a"b', "a\nb", "../x", "=1+1", "searching", "overloaded_share", "1_000", "0x10", "2021-01-01", "x" * 5000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 1.5, 1e308, -1e308, 10**18, 10**40, float("nan"), float("inf"), "", "x", "1", "overloaded_share", "\x1b[31m",
    "\ud800", "../x", "/etc/passwd", "x" * 5000, [], {}, [1], ["x"], [[]], [None], {"x": 1}, {"1": {"2": 3}}, "2021-01-01", "0" * 64,
)  # fmt: skip
NUMBERS = (-(2**31), -2, -1, 0, 1, 7, 9, 99, 86_400, 10**6, 2**31 - 1)
DAYS = ("9999-12-31", "0001-01-01", "1899-12-31", "2021-02-30", "x", "", "20210906")


def spoil(file: Path, chance: Random) -> str:
    """Spoils a file by its kind; gives what was done."""
    by_kind = {".csv": _csv, ".json": _json, ".parquet": _parquet}
    how = by_kind[file.suffix] if file.suffix in by_kind and chance.random() < 0.85 else _bytes
    done = how(file, chance)
    return f"{file.name}: {done}"


def hash_again(folder: Path, file: Path) -> None:
    """Has the manifest name the file as it is now: who alters a folder can do so."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][file.relative_to(folder).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")


def damage(content: bytearray, how: str, place: int, flips: Sequence[int], chance: Random) -> None:
    """Cuts off, changes single bits of, adds to or blanks the content of a file."""
    if how == "cut":
        del content[place:]
    elif how == "flip":
        for _ in range(chance.choice(flips)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif how == "insert":
        content[place:place] = chance.randbytes(chance.choice((1, 3, 100)))
    else:
        content[place : place + 100] = bytes(len(content[place : place + 100]))


def _bytes(file: Path, chance: Random) -> str:
    content = bytearray(file.read_bytes())
    how = chance.choice(("cut", "empty", "flip", "flip", "insert", "zeros"))
    place = chance.randrange(len(content)) if content else 0
    if how == "empty":
        content.clear()
    else:
        damage(content, how, place, (1, 1, 5, 50), chance)
    file.write_bytes(content)
    return f"bytes: {how} at {place}"


def _csv(file: Path, chance: Random) -> str:
    with file.open(encoding="utf-8", newline="") as text:
        table = list(csv.reader(text))
    if len(table) < 2:
        return _bytes(file, chance)
    how, change = chance.choice(list(TABLES.items()))
    row, column, cell = chance.randrange(1, len(table)), chance.randrange(len(table[0])), chance.choice(CELLS)
    if chance.random() < 0.2:
        cell = chance.choice(table)[column]
    done = f"{how}, row {row + 1}, {table[0][column]} {cell[:20]!r}"
    changed = change([list(one) for one in table], row, column, cell, chance)
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows(changed)
    file.write_text(sink.getvalue(), encoding="utf-8", newline="")
    return done


def _cell(table, row, column, cell, chance):
    table[row][column] = cell
    return table


def _column(table, row, column, cell, chance):
    return [table[0], *([*one[:column], cell, *one[column + 1 :]] for one in table[1:])]


def _swapped(table, row, column, cell, chance):
    other = chance.randrange(len(table[0]))
    table[0][column], table[0][other] = table[0][other], table[0][column]
    return table


#: What becomes of a table, its header first, by a row, a column and a cell.
TABLES = {
    "no rows": lambda table, row, column, cell, chance: table[:1],
    "row twice": lambda table, row, column, cell, chance: [*table, table[row]],
    "no row": lambda table, row, column, cell, chance: [*table[:row], *table[row + 1 :]],
    "cell": _cell,
    "another cell": _cell,
    "a cell": _cell,
    "column": _column,
    "without": lambda table, row, column, cell, chance: [[*one[:column], *one[column + 1 :]] for one in table],
    "column twice": lambda table, row, column, cell, chance: [[*one, one[column]] for one in table],
    "renamed": lambda table, row, column, cell, chance: _cell(table, 0, column, cell, chance),
    "named as another": lambda table, row, column, cell, chance: _cell(table, 0, column, chance.choice(table[0]), chance),
    "shuffled": lambda table, row, column, cell, chance: [table[0], *chance.sample(table[1:], len(table) - 1)],
    "swapped": _swapped,
    "longer": lambda table, row, column, cell, chance: [*table[:row], [*table[row], cell], *table[row + 1 :]],
    "shorter": lambda table, row, column, cell, chance: [*table[:row], table[row][:column], *table[row + 1 :]],
    "only": lambda table, row, column, cell, chance: [table[0], *(one for one in table[1:] if one[column] == table[row][column])],
    "none of": lambda table, row, column, cell, chance: [table[0], *(one for one in table[1:] if one[column] != table[row][column])],
    "all text": lambda table, row, column, cell, chance: [table[0], *(["x" for _ in one] for one in table[1:])],
}


def _json(file: Path, chance: Random) -> str:
    content = json.loads(file.read_text(encoding="utf-8"))
    places = list(_places(content))
    # the many digests of files and runs are one place among others
    by_shape: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for one in places:
        by_shape.setdefault(tuple(str(part) if not isinstance(part, int) else "#" for part in one[:3]), []).append(one)
    place = chance.choice(by_shape[chance.choice(list(by_shape))])
    holder = content
    for part in place[:-1]:
        holder = holder[part]
    how = chance.choice(("value", "value", "value", "value", "gone", "other", "more", "twice", "deep"))
    value = chance.choice(VALUES)
    if how == "gone":
        del holder[place[-1]]
    elif how == "twice" and isinstance(holder, list):
        holder.append(holder[place[-1]])
    elif how == "more" and isinstance(holder, dict):
        holder[str(chance.choice(("x", "-1", "0", "7", "99999999999", "../x", "\ud800")))] = value
    else:
        if how == "other":
            value = content
            for part in chance.choice(places):
                value = value[part]
            value = deepcopy(value)
        elif how == "deep":
            value = []
            for _ in range(chance.choice((50, 400, 900))):
                value = [value]
        holder[place[-1]] = value
    file.write_text(json.dumps(content), encoding="utf-8")
    return f"{how} at {'.'.join(map(str, place))[:80]}: {str(value)[:30]!r}"


def _places(content: Any, above: tuple[Any, ...] = ()) -> Any:
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from _places(value, (*above, key))


def _parquet(file: Path, chance: Random) -> str:
    table = pq.read_table(file)
    rows = np.column_stack([table.column(name).to_numpy() for name in ev.COLUMNS])
    column, value = chance.randrange(ev.WIDTH), chance.choice(NUMBERS)
    # each kind as often as any other
    row = chance.choice(np.flatnonzero(rows[:, ev.KIND] == chance.choice(np.unique(rows[:, ev.KIND]).tolist())).tolist())
    about = dict(table.schema.metadata)
    how = chance.choice([*["cell"] * 8, *ROWS, *COLUMNS, "first day", "groups", "about", "about"])
    if how == "cell":
        rows[row, column] = value
    elif how in ROWS:
        rows = ROWS[how](rows, row, column, value)
    arrays = {name: pa.array(np.ascontiguousarray(rows[:, place]), pa.int32()) for place, name in enumerate(ev.COLUMNS)}
    if how in COLUMNS:
        COLUMNS[how](arrays, ev.COLUMNS[column])
    elif how == "first day":
        about[b"first_day"] = chance.choice(DAYS).encode()
    elif how == "groups":
        about[b"group_names"] = chance.choice(GROUP_NAMES)
    elif how == "about":
        about = {name: text for name, text in about.items() if chance.random() < 0.5}
    pq.write_table(pa.table(arrays).replace_schema_metadata(about), file)
    return f"{how}, row {row}, {ev.COLUMNS[column]} {value}"


def _kinds(rows, row, column, value):
    rows[row:, ev.KIND] = value
    return rows


def _whole_column(rows, row, column, value):
    rows[:, column] = value
    return rows


ROWS = {
    "column": _whole_column,
    "no rows": lambda rows, row, column, value: rows[:0],
    "kinds": _kinds,
    "office twice": lambda rows, row, column, value: np.concatenate([rows[:1], rows]),
    "reversed": lambda rows, row, column, value: rows[::-1],
    "shuffled": lambda rows, row, column, value: rows[np.random.default_rng(row).permutation(len(rows))],
    "no office": lambda rows, row, column, value: rows[1:],
    "ends": lambda rows, row, column, value: rows[: row + 1],
}
COLUMNS = {
    "without": lambda arrays, name: arrays.pop(name),
    "wider": lambda arrays, name: arrays.update({name: arrays[name].cast(pa.int64())}),
    "text": lambda arrays, name: arrays.update({name: arrays[name].cast(pa.string())}),
    "nulls": lambda arrays, name: arrays.update({name: pa.array([None, *arrays[name].to_pylist()[1:]], pa.int32())}),
    "renamed": lambda arrays, name: arrays.update({"x": arrays.pop(name)}),
    "other": lambda arrays, name: (arrays.clear(), arrays.update(a=pa.array(["x", "y"]))),
}
GROUP_NAMES = [
    *(json.dumps(one).encode() for one in ([], [""], [1], {}, "searching", ["searching"], [["x"]], None, ["\ud800"] * 4)), b"x", b"\xff", b"[" * 5000,
]  # fmt: skip
