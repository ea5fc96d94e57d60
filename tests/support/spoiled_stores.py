"""Stores of finished runs as accidents and strangers leave them: a generator that spoils one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from support.foreign_folders import damage

VALUES: tuple[Any, ...] = (
    0, 1, -1, 7, 2**31, 2**63 - 1, -(2**63), 0.5, -0.0, 1e308, float("inf"), "", "x", "1", "ünï", "\x00", "\x1b[31m", "baseline", b"", b"\xff\xfe",
    b"x" * 5000, "x" * 5000, None,
)  # fmt: skip
PAGE = 4096
STATEMENTS = (
    "drop table weekly", "drop view metric", "delete from run", "delete from run_key", "delete from quantity", "delete from value", "delete from location",
    "create table other (x)", "create index more on run (digest)", "alter table run add column more", "update run set metrics_version = 'x'",
    "create trigger t after insert on run begin delete from run; end", "insert into look values (-5)", "insert into look values (0)",
    "update run_key set hash = hash || 'x'", "update weekly set packed = zeroblob(50)", "update weekly set windows = x'789c'",
    "update value set numerator = denominator", "update run set failure = 'it failed'", "pragma user_version = 3", "pragma user_version = 99",
    "pragma journal_mode = wal", "pragma user_version = 0", "pragma application_id = 5",
)  # fmt: skip


def spoil_store(file: Path, chance: Random) -> str:
    """Spoils a store; gives what was done."""
    return chance.choice((_bytes, _bytes, _page, _cell, _cell, _statement, _schema, _other, _beside))(file, chance)


def _bytes(file: Path, chance: Random) -> str:
    content = bytearray(file.read_bytes())
    how = chance.choice(("cut", "header", "flip", "flip", "insert", "zeros"))
    place = chance.randrange(len(content))
    if how == "header":
        place = chance.randrange(100)
        content[place] = chance.randrange(256)
    else:
        damage(content, how, place, (1, 5, 50, 500), chance)
    file.write_bytes(content)
    return f"bytes: {how} at {place}"


def _page(file: Path, chance: Random) -> str:
    """Bytes at the head of a page, which say what kind it is and where its rows and those below it are."""
    content = bytearray(file.read_bytes())
    page = chance.randrange(len(content) // PAGE)
    head = page * PAGE + (100 if page == 0 else 0)
    how = chance.choice(("kind", "head", "pointers", "other"))
    if how == "kind":
        content[head] = chance.choice((2, 5, 10, 13, 0, 255))
    elif how == "other":
        other = chance.randrange(len(content) // PAGE)
        content[page * PAGE : (page + 1) * PAGE] = content[other * PAGE : (other + 1) * PAGE]
    else:
        place = head + chance.randrange(12) if how == "head" else head + 8 + chance.randrange(60)
        content[place] = chance.randrange(256)
    file.write_bytes(content)
    return f"page {page}: {how}"


def _cell(file: Path, chance: Random) -> str:
    """A cell of another value or another kind, in a table or in all its rows."""
    with closing(sqlite3.connect(file)) as store, store:
        tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table' order by name")]
        table = chance.choice(tables)
        columns = [row[1] for row in store.execute(f"pragma table_info({table})")]
        column, value = chance.choice(columns), chance.choice(VALUES)
        this_row = " and ".join(f'"{name}" is ?' for name in columns)
        found = list(store.execute(f"select * from {table}"))
        done = f"{table}.{column} = {str(value)[:20]!r}"
        try:
            if found and chance.random() < 0.7:
                store.execute(f'update {table} set "{column}" = ? where {this_row}', (value, *chance.choice(found)))
            else:
                store.execute(f'update or replace {table} set "{column}" = ?', (value,))
        except (sqlite3.Error, OverflowError):
            return f"{done} (refused)"
    return done


def _statement(file: Path, chance: Random) -> str:
    statement = chance.choice(STATEMENTS)
    with closing(sqlite3.connect(file)) as store, store:
        store.execute(statement)
    return statement


def _schema(file: Path, chance: Random) -> str:
    """Tables of the same names that hold no promise, so that any row may be in them."""
    with closing(sqlite3.connect(file)) as store, store:
        table = chance.choice([name for (name,) in store.execute("select name from sqlite_master where type = 'table' order by name")])
        store.execute("pragma writable_schema = on")
        old, new = chance.choice(((" not null", ""), (" unique", ""), ("integer", "text"), ("primary key", "unique"), ("table", "TABLE")))
        store.execute("update sqlite_master set sql = replace(sql, ?, ?) where name = ?", (old, new, table))
    return f"schema of {table}: {old} is {new}"


def _other(file: Path, chance: Random) -> str:
    contents = {
        "text": b"runs, kept elsewhere\n", "empty": b"", "random": chance.randbytes(9000), "zeros": bytes(8192),
        "header alone": file.read_bytes()[:100], "first page alone": file.read_bytes()[:PAGE],
    }  # fmt: skip
    what = chance.choice(sorted(contents))
    file.write_bytes(contents[what])
    return f"another file: {what}"


def _beside(file: Path, chance: Random) -> str:
    """A journal that belongs to nothing, which the database would roll back."""
    end, what = chance.choice(("-journal", "-wal", "-shm")), chance.choice(("text", "head", "folder"))
    beside = file.with_name(file.name + end)
    if what == "folder":
        beside.mkdir()
    else:
        head = (
            bytes.fromhex("d9d505f920a163d7")
            + (1).to_bytes(4)
            + chance.randbytes(4)
            + (3).to_bytes(4)
            + (512).to_bytes(4)
            + PAGE.to_bytes(4)
        )
        beside.write_bytes(b"text\n" if what == "text" else head.ljust(512, b"\0") + (1).to_bytes(4) + chance.randbytes(PAGE + 4))
    return f"{beside.name}: {what}"
