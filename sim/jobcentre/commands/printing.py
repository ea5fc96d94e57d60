"""What reaches the terminal: nothing else in the program writes there, and no text moves its cursor or sets its colours."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from jobcentre.terminal_text import in_one_line, visible

#: Columns of output that goes into a file or a pipe.
NARROW = 80
#: A cell wider than this is prose, which folds into lines of so many columns or more.
PROSE = 28
#: A number, its unit and its interval stay together: spaces in them end no line.
_WHOLE = re.compile(r"\([^()\n]{0,20}\d[^()\n]{0,20}\)|(?<=\d) (?=%|points)|(?<=[\d%s]) (?=\([-+]?£?\d)")
_HARD = "\0"  # stands for such a space
_GAP = "  "


def print_out(text: str, end: str = "\n") -> None:
    """Prints on standard output; characters that a terminal would obey are written out."""
    print(visible(text), end=end, flush=True)


def print_line(text: str) -> None:
    """Prints a line on standard output that no name in it can end."""
    print_out(in_one_line(text))


def print_err(text: str, end: str = "\n") -> None:
    """Prints on standard error; characters that a terminal would obey are written out."""
    print(visible(text), end=end, file=sys.stderr, flush=True)


def print_over(text: str, last: bool) -> None:
    """Prints a line on standard error over the one that is there; `last` ends it."""
    print("\r" + visible(text).replace("\n", " "), end="\n" if last else "", file=sys.stderr, flush=True)


def print_json_text(text: str) -> None:
    """Prints a JSON document, in which such characters are written out already."""
    print(text, flush=True)


def print_prose(lines: Sequence[str]) -> None:
    """Prints sentences, each on lines of its own no wider than the terminal, or than 80 columns; no word is cut."""
    for line in lines:
        print_out("\n".join(folded(in_one_line(line), width())))


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return max(shutil.get_terminal_size().columns, 20) if sys.stdout.isatty() else NARROW


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], keys: int = 1) -> None:
    """A table with its title; where the columns do not fit, each row becomes a block with a line for each column.

    The first `keys` columns name a row.
    """
    if title:
        print_prose([title, ""])
    cells = [["" if cell is None else visible(str(cell)) for cell in row] for row in rows]
    print_out("\n".join([*table_lines([visible(name) for name in header], cells, width(), keys), *[""] * bool(title)]))


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]], columns: int, keys: int = 1) -> list[str]:
    """The lines of a table no wider than so many columns, unless a single word is; words and numbers stay whole."""
    widths = _column_widths([header, *rows], columns)
    return _as_columns(header, rows, widths) if widths else _as_blocks(header, rows, columns, keys)


def folded(text: str, columns: int, indent: str = "") -> list[str]:
    """Text as lines broken at spaces alone; all but the first are indented."""
    kept = _WHOLE.sub(lambda found: found[0].replace(" ", _HARD), text)
    lead = re.match(" *", kept)
    assert lead is not None
    lines = textwrap.wrap(
        kept.strip(" "), columns, initial_indent=lead[0], subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_HARD, " ") for line in lines] or [""]


def _as_columns(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    lines = [*_row_lines(header, widths), _GAP.join("-" * width for width in widths)]
    blocks = [_row_lines(row, widths) for row in rows]
    apart = any(len(_row_lines(row[1:], widths[1:])) > 1 for row in rows if len(row) > 1)
    for number, block in enumerate(blocks):
        lines += [""] * (apart and number > 0) + block
    return lines


def _row_lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [[part for line in cell.split("\n") for part in folded(line, width)] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    return [
        _GAP.join(_padded(cell[line] if line < len(cell) else "", width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for line in range(height)
    ]


def _as_blocks(header: Sequence[str], rows: Sequence[Sequence[str]], columns: int, keys: int) -> list[str]:
    """Each row as a heading, the columns that name it, with a line for each of the others."""
    label_width = min(max((_shown(name) for name in header[keys:]), default=0), columns // 2 - 2)
    lines: list[str] = []
    for number, row in enumerate(rows):
        names = (
            [row[0]]
            if keys == 1 and not row[0][:1].isdigit()
            else [f"{name} {cell}".strip() for name, cell in zip(header[:keys], row[:keys], strict=True)]
        )
        lines += [""] * (number > 0) + folded(", ".join(names).replace("\n", " "), columns, "  ")
        for name, cell in zip(header[keys:], row[keys:], strict=True):
            if cell:
                lines += _labelled(name, cell, label_width, columns)
    return lines


def _labelled(name: str, cell: str, label_width: int, columns: int) -> list[str]:
    """A column's name and a cell beside it, or below it where they do not fit."""
    indent = " " * (2 + label_width + 2)
    if len(joined := folded(cell.replace("\n", ", "), columns - len(indent))) == 1:
        cell = joined[0]
    beside = [part for line in cell.split("\n") for part in folded(line, columns - len(indent))]
    if _shown(name) <= label_width and all(_shown(part) <= columns - len(indent) for part in beside):
        first, *others = beside
        return [f"  {_padded(name, label_width)}  {first}", *(indent + part for part in others)]
    below = [part for line in cell.split("\n") for part in folded(line, columns - 4)]
    return [*("  " + part for part in folded(name, columns - 2)), *("    " + part for part in below)]


def _column_widths(rows: Sequence[Sequence[str]], columns: int) -> list[int] | None:
    """How wide the columns are, or None where they do not fit; names of columns and prose fold, other cells do not."""
    wanted, floor = [], []
    for name, *cells in zip(*rows, strict=True):
        lines = [line for cell in cells for line in cell.split("\n")]
        longest = max(map(_shown, lines), default=0)
        word = max(_shown(part) for line in [name, *lines] for part in folded(line, 1))
        wanted.append(max(longest, _shown(name)))
        floor.append(max(word, min(longest, PROSE)))
    spare = columns - len(_GAP) * (len(floor) - 1) - sum(floor)
    if spare < 0:
        return None
    while spare and floor != wanted:
        for number, width in enumerate(wanted):
            if spare and floor[number] < width:
                floor[number] += 1
                spare -= 1
    return floor


def _shown(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - _shown(text))
