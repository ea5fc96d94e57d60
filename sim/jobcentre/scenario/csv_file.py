"""CSV files as spreadsheets of any country write them, and the numbers and dates in them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jobcentre.scenario.errors import Problem, ScenarioError
from jobcentre.scenario.field_types import date_of

_SPACES = re.compile("[\u0020\u00a0\u2009\u202f']")
_WHOLE = re.compile(r"[0-9]{1,9}\Z", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+\Z", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?\Z", re.ASCII)


def value_of(text: str, kind: str) -> int | float | dt.date:
    """The value of an answer; ValueError says what is wrong and how to write it."""
    text = text.strip()
    if kind == "date":
        return _date(text)
    return _whole(text) if kind == "whole" else _number(text)


def _whole(text: str) -> int:
    bare = _SPACES.sub("", text)
    if _WHOLE.match(bare):
        return int(bare)
    if re.fullmatch(r"[0-9]{1,9}[.,]0{1,2}", bare):  # a spreadsheet's 23.0
        return int(re.split("[.,]", bare)[0])
    if _THOUSANDS.match(bare) and len({*re.findall("[.,]", bare)}) == 1 and len(bare) < 12:
        return int(re.sub("[.,]", "", bare))  # 2,231 or 2.231: a whole number can mean nothing else
    raise ValueError(f"`{_short(text)}` is not a whole number: write it in digits, such as 23")


def _number(text: str) -> float:
    bare = _SPACES.sub("", text).removesuffix("%")
    if _THOUSANDS.match(bare):
        raise ValueError(f"`{_short(text)}` can be read in two ways: write it with a point and one or two digits behind it, such as 14.5")
    if not _DECIMAL.match(bare):
        raise ValueError(f"`{_short(text)}` is not a number: write it in digits, such as 14.5")
    return float(bare.replace(",", "."))


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
