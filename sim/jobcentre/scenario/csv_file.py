"""CSV files as spreadsheets of any country write them, and the numbers and dates in them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from jobcentre.scenario.errors import Problem, ScenarioError
from jobcentre.scenario.field_types import date_of
from jobcentre.scenario.numbers import how_to_write, readings, written

_LONGEST = 12


def value_of(text: str, kind: str) -> int | float | dt.date:
    """The value of an answer; ValueError says what is wrong and how to write it."""
    text = text.strip()
    if kind == "date":
        return _date(text)
    return _whole(text) if kind == "whole" else _number(text)


def _whole(text: str) -> int:
    number = _one_number(text, "a whole number", "23")
    if number != number.to_integral_value():
        raise ValueError(f"`{_short(text)}` is not a whole number: {how_to_write(text, whole=True)}")
    return int(number)  # also a spreadsheet's 23.0


def _number(text: str) -> float:
    return float(_one_number(text.removesuffix("%").rstrip(), "a number", "14.5"))


def _one_number(text: str, kind: str, example: str) -> Decimal:
    """The only number that a text can mean."""
    if re.fullmatch(rf"[0-9]{{1,{_LONGEST}}}\.[0-9]{{4,30}}", text):  # as a spreadsheet works it out: no thousands have so many digits
        return Decimal(text)
    found = readings(text) if text[:1] not in ("+", "-") and len(text) <= _LONGEST + 4 else ()
    if not found or found[-1] >= 10**_LONGEST:
        raise ValueError(f"`{_short(text)}` is not {kind}: write it in digits, such as {example}")
    if len(found) > 1:
        small, large = map(written, found)
        again = len(small.partition(".")[2]) == 3  # three decimals would be read in two ways again
        hint = how_to_write(text, whole=True) if kind == "a whole number" else f"write {small}{'0' * again} or {large}"
        raise ValueError(f"`{text}` can be read in two ways, as {small} and as {large}: {hint}")
    return found[0]


def _date(text: str) -> dt.date:
    try:
        return date_of(text)
    except ValueError as error:
        if "no such date" in str(error):
            raise
        two_ways = re.fullmatch(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}", text)
        wrong = "can be read in two ways" if two_ways else "is not a date"
        raise ValueError(f"`{_short(text)}` {wrong}: write the date as YYYY-MM-DD, such as 2023-10-02") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


DELIMITERS = (",", ";", "\t")
RESAVE = "save it from the spreadsheet as `CSV UTF-8`"


class CsvRow(NamedTuple):
    """A row and the line on which it ends."""

    line: int
    cells: list[str]


def text_of(file: Path, most_bytes: int, if_missing: str) -> str:
    """The text of an ordinary file, in UTF-8 or, as some spreadsheets save it, UTF-16 with its mark."""
    if not file.exists():
        raise csv_error(file, None, "there is no such file", if_missing)
    if not file.is_file():
        raise csv_error(file, None, "is not an ordinary file", "give a CSV file")
    with file.open("rb") as stream:
        data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise csv_error(file, None, f"is larger than {most_bytes // 1_000_000} MB", "is it the right file?")
    if data.startswith(b"PK"):
        raise csv_error(file, None, "is a workbook and not CSV", RESAVE)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if marked else data.count(b"\n", 0, error.start) + 1
        raise csv_error(file, line, "is not written in UTF-8", RESAVE) from error
    if "\0" in text:
        raise csv_error(file, text.count("\n", 0, text.index("\0")) + 1, "holds a NUL; it is not a text file", RESAVE)
    return text


def rows_of(text: str, file: Path, head: str, before: int = 0) -> Iterator[CsvRow]:
    """Rows without empty ones; the separator is that of the line of column names, which is `head`.

    `before` is how many lines of the file stand before the text.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield CsvRow(before + reader.line_num, cells)
    except csv.Error as error:
        hint = "look for a quotation mark that is not closed"
        raise csv_error(file, before + reader.line_num, f"is not readable as CSV: {error}", hint) from error


def is_separator_line(first_cell: str) -> bool:
    """Whether this begins a line `sep=;`, which spreadsheets write for themselves."""
    return first_cell.strip().lower().startswith("sep=")


def csv_error(file: Path, line: int | None, message: str, suggestion: str) -> ScenarioError:
    """A file that cannot be read at all."""
    return ScenarioError([Problem(str(file), line, "", message, suggestion)])
