"""Reads the rows of a CSV file as spreadsheets of several countries save it: with a mark at the start, in UTF-16, with semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.scenario.problems import Problem, ScenarioError

DELIMITERS = (",", ";", "\t")
RESAVE = "save it from the spreadsheet as `CSV UTF-8`"


class Row(NamedTuple):
    """A row and the line on which it ends."""

    line: int
    cells: list[str]


def text_of(file: Path, most_bytes: int, if_missing: str) -> str:
    """The text of an ordinary file, in UTF-8 or, as some spreadsheets save it, UTF-16 with its mark."""
    if not file.exists():
        raise refused(file, None, "there is no such file", if_missing)
    if not file.is_file():
        raise refused(file, None, "is not an ordinary file", "give a CSV file")
    with file.open("rb") as stream:
        data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise refused(file, None, f"is larger than {most_bytes // 1_000_000} MB", "is it the right file?")
    if data.startswith(b"PK"):
        raise refused(file, None, "is a workbook and not CSV", RESAVE)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if marked else data.count(b"\n", 0, error.start) + 1
        raise refused(file, line, "is not written in UTF-8", RESAVE) from error
    if "\0" in text:
        raise refused(file, text.count("\n", 0, text.index("\0")) + 1, "holds a NUL; it is not a text file", RESAVE)
    return text


def rows_of(text: str, file: Path, head: str, before: int = 0) -> Iterator[Row]:
    """Rows without empty ones; the separator is that of the line of column names, which is `head`.

    `before` is how many lines of the file stand before the text.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(before + reader.line_num, cells)
    except csv.Error as error:
        hint = "look for a quotation mark that is not closed"
        raise refused(file, before + reader.line_num, f"is not readable as CSV: {error}", hint) from error


def tells_separator(first_cell: str) -> bool:
    """Whether this begins a line `sep=;`, which spreadsheets write for themselves."""
    return first_cell.strip().lower().startswith("sep=")


def refused(file: Path, line: int | None, message: str, suggestion: str) -> ScenarioError:
    """A file that cannot be read at all."""
    return ScenarioError([Problem(str(file), line, "", message, suggestion)])
