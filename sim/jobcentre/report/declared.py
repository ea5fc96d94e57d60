"""The tables of a results folder as declared: their columns, what each may hold, and what names a row once.

They are data from outside: whoever reads one has all that is wrong with it told by file, line, column and fix.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from jobcentre.metrics import BY_NAME
from jobcentre.runs.documents import MOST, MOST_COUNT, MOST_PROBLEMS
from jobcentre.runs.results import Drifts, Settled
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.runs.variants import POINT_OF_RESPONSE
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import usage_error
from jobcentre.stats.comparisons import Verdict

#: Of a table that is read as a whole.
MOST_TABLE_BYTES = 2_000_000_000
MOST_IN_PIECES_BYTES = 200_000_000_000  # ten thousand runs of a year and a half make three thousand million by week
ROWS = 50_000  # of a table that is read in pieces: with ten times as many ten thousand runs take 100 MB more, and no less time
#: Weeks before and after the first counted one.
MOST_WEEKS = 10_000


class Column(NamedTuple):
    """A column and what its cells may hold; `empty` cells may be where there is no value, an optional column need not be there."""

    kind: Literal["text", "number", "whole", "truth"]
    empty: bool = False
    least: float = -MOST
    most: float = MOST
    allowed: Collection[str] | None = None
    of: str = ""  # the folder says which words there are: scenarios, or options, which are all but the first
    optional: bool = False


TEXT, NUMBER = Column("text"), Column("number", empty=True)
SHARE = Column("number", empty=True, least=0.0, most=1.0)
COUNT = Column("whole", least=0, most=MOST_COUNT)
WEEK = Column("whole", least=-MOST_WEEKS, most=MOST_WEEKS)
SOME = Column("whole", least=0, most=MOST_WEEKS)
SCENARIO, OPTION = Column("text", of="scenarios"), Column("text", of="options")
METRIC = Column("text", allowed=BY_NAME)
GROUP = Column("text", empty=True)
ESTIMATE = {"mean": NUMBER, "low": NUMBER, "high": NUMBER}
POINT = Column("whole", least=0, most=0, optional=True)  # a sweep has others
PAIR = {"numerator": NUMBER._replace(empty=False), "denominator": Column("number", least=0.0)}
CHANGE = {"difference": NUMBER, "low": NUMBER, "high": NUMBER}
VERDICT = Column("text", allowed=get_args(Verdict))


class Declared(NamedTuple):
    """A table: its columns, those that together name each row once, and what other columns may be there by name.

    Of those of `full` a table with rows has every combination, of all scenarios or options there are.
    """

    columns: Mapping[str, Column]
    key: Sequence[str]
    full: Sequence[str] = ()
    others: Mapping[str, Column] = {}


SUMMARY = Declared(
    {"scenario": SCENARIO, "point": POINT, "group": GROUP, "metric": METRIC, **ESTIMATE, "n": COUNT._replace(optional=True)},
    ("scenario", "point", "group", "metric"),
)
TABLES: Mapping[str, Declared] = {
    "summary": SUMMARY,
    "metrics": Declared(
        {
            "scenario": SCENARIO, "point": Column("whole", least=0, most=max(POINT_OF_RESPONSE.values())), "run": COUNT, "group": GROUP,
            "metric": Column("text", allowed=(*BY_NAME, "run_failed")), **PAIR,
        },
        ("scenario", "point", "run", "group", "metric"),
    ),
    "weekly": Declared(
        {"scenario": SCENARIO, "point": POINT, "run": COUNT, "week": WEEK, "metric": METRIC, **PAIR}, ("scenario", "run", "week", "metric")
    ),
    "steadiness": Declared(
        {
            "scenario": SCENARIO, "metric": METRIC, "warmup_weeks": SOME, "mser_weeks": SOME._replace(empty=True),
            "settled": Column("text", allowed=get_args(Settled)), "shift": NUMBER, "shift_low": NUMBER, "shift_high": NUMBER,
            "change": NUMBER, "low": NUMBER, "high": NUMBER, "drifts": Column("text", allowed=get_args(Drifts)),
        },
        ("scenario", "metric"),
    ),
    "differences": Declared(
        {"option": OPTION, "metric": METRIC, **CHANGE, "verdict": VERDICT, "n": COUNT, "headline": Column("truth")},
        ("option", "metric"),
        ("option", "metric"),
    ),
    "responses": Declared(
        {
            "response": Column("text", allowed=POINT_OF_RESPONSE), "scenario": SCENARIO, "metric": METRIC, **ESTIMATE,
            "difference": NUMBER, "difference_low": NUMBER, "difference_high": NUMBER, "verdict": VERDICT._replace(empty=True), "n": COUNT,
        },
        ("response", "scenario", "metric"),
        ("response", "scenario"),
    ),
    "best": Declared(
        {"metric": METRIC, "scenario": SCENARIO, "may_be_best": Column("truth"), "worse_than": SCENARIO._replace(empty=True), "judged": Column("truth")},
        ("metric", "scenario"),
        ("metric", "scenario"),
    ),
    "windows": Declared(
        {"scenario": SCENARIO, "window": Column("text", allowed=("whole", "from_change", "last_13_weeks", "own")), "from": TEXT, "to": TEXT, "metric": METRIC, **ESTIMATE}, ("scenario", "window", "metric")
    ),
    "regions": Declared({"scenario": SCENARIO, "region": TEXT, "group": GROUP, "metric": METRIC, **ESTIMATE}, ("scenario", "region", "group", "metric")),
    "offices": Declared(
        {
            "scenario": SCENARIO, "office": TEXT, "region": TEXT, "posts": COUNT, "coaches": COUNT, "runs": COUNT, "failed": COUNT,
            "overloaded_share": NUMBER, "tips_over_means": TEXT, "tips_over": SHARE, "tips_over_low": SHARE, "tips_over_high": SHARE,
            "flexibility_share": NUMBER,
        },
        ("scenario", "office"),
        ("scenario", "office"),
        dict.fromkeys(BY_NAME, NUMBER),
    ),
    "tails": Declared(
        {
            "scenario": SCENARIO, "region": GROUP, "figure": TEXT, "metric": TEXT, "value": NUMBER, "low": NUMBER, "high": NUMBER,
        },
        ("scenario", "region", "figure", "metric"),
    ),
}  # fmt: skip


def of_points(declared: Declared, points: int) -> Declared:
    """The same table of a sweep over so many points."""
    columns = {**declared.columns, "point": Column("whole", least=1, most=points), "n": COUNT}
    return declared._replace(columns=columns)


def read_table(path: Path, declared: Declared, scenarios: Sequence[str], metrics: Collection[str] | None = None) -> pd.DataFrame:
    """A table as saved; empty cells of the group and region are empty texts. With `metrics` all is checked and the rows of these are kept.

    ScenarioError with what is wrong with it by line and column, at most so many.
    """
    columns = {**declared.others, **declared.columns}
    texts = {
        name: "string" if name in ("group", "metric", "scenario", "office", "region") else str
        for name, column in columns.items()
        if column.kind == "text"
    }
    kept = []
    first_line = 2
    for table in _pieces(path, texts, None if metrics is None else ROWS):
        _check(table, path, declared, columns, scenarios, first_line)
        first_line += len(table)
        _refuse_row_twice(table, path, declared)
        kept.append(table if metrics is None else table[table["metric"].isin(list(metrics))])
    table = kept[0] if len(kept) == 1 else pd.concat(kept)  # still with the places that rows have in the file
    _refuse_row_twice(table, path, declared)
    table = table.reset_index(drop=True)
    for name in {"group", "region"} & set(declared.columns) & set(table):
        table[name] = table[name].fillna("")
    return table


def _refuse_row_twice(table: pd.DataFrame, path: Path, declared: Declared) -> None:
    """ScenarioError where a row tells of the same as an earlier one, in the same piece or another."""
    key = [name for name in declared.key if name in table]
    places = np.flatnonzero(table.duplicated(key))
    if places.size:
        row = table.iloc[int(places[0])]
        what = ", ".join(str(row[name]) for name in key if pd.notna(row[name]))
        line = int(table.index[places[0]]) + 2
        raise ScenarioError([Problem(str(path), line, "", f"tells of {what} a second time", SAME_COMMAND)])


def _pieces(path: Path, texts: Mapping[str, Any], rows: int | None) -> Iterator[pd.DataFrame]:
    """The table, in pieces of so many rows if that is given."""
    how: dict[str, Any] = {"encoding": "utf-8", "dtype": texts, "keep_default_na": False, "na_values": [""], "skip_blank_lines": False}
    try:
        if rows is None:
            yield pd.read_csv(path, low_memory=False, **how)
        else:
            with pd.read_csv(path, low_memory=False, chunksize=rows, **how) as pieces:
                yield from pieces
    except ValueError as error:
        raise usage_error(str(path), f"is not a table ({error})", SAME_COMMAND) from error


def _check(
    table: pd.DataFrame, path: Path, declared: Declared, columns: Mapping[str, Column], scenarios: Sequence[str], first_line: int
) -> None:
    """ScenarioError with what is wrong with a table, or a piece of it that begins at a line."""
    if not isinstance(table.index, pd.RangeIndex):
        raise ScenarioError([Problem(str(path), 2, "", "has more cells than columns", SAME_COMMAND)])
    if twice := _named_twice(path):
        raise ScenarioError([Problem(str(path), 1, twice, "is there twice", SAME_COMMAND)])
    if missing := [name for name, column in declared.columns.items() if name not in table and not column.optional]:
        raise ScenarioError(Problem(str(path), 1, name, "is missing: there is no such column", SAME_COMMAND) for name in missing)
    of = {"scenarios": scenarios, "options": scenarios[1:]}
    problems: list[Problem] = []
    for name in [name for name in columns if name in table]:
        column = columns[name]
        column = column._replace(allowed=of[column.of]) if column.of else column
        problems += [Problem(str(path), row + first_line, name, message, SAME_COMMAND) for row, message in _wrong(table, name, column)]
    if not problems and declared.full and len(table):
        words = [of[columns[name].of] if columns[name].of else table[name].drop_duplicates() for name in declared.full]
        there = set(zip(*(table[name] for name in declared.full), strict=True))
        if gone := next((one for one in product(*words) if one not in there), None):
            problems.append(Problem(str(path), None, "", f"tells nothing of {', '.join(map(str, gone))}", SAME_COMMAND))
    if problems:
        raise ScenarioError(problems[:MOST_PROBLEMS])


def read_undeclared(path: Path) -> pd.DataFrame:
    """A table of which nothing is declared; ScenarioError where it is none. One without any line has no header either."""
    try:
        # a group may be called "NA"
        return pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values=[""]) if path.stat().st_size else pd.DataFrame()
    except ValueError as error:
        raise usage_error(str(path), f"is not a table ({error})", SAME_COMMAND) from error


def _named_twice(path: Path) -> str | None:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    return next((name for place, name in enumerate(header) if name in header[:place]), None)


def _wrong(table: pd.DataFrame, name: str, column: Column) -> Iterator[tuple[int, str]]:
    """Row, from 0, and message of the first cell of each kind of defect; makes the column numbers where it holds nothing else."""

    def first(wrong: pd.Series, message: str) -> Iterator[tuple[int, str]]:
        if (places := np.flatnonzero(wrong.to_numpy(dtype=bool))).size:
            yield int(places[0]), f"{message}, not `{str(table[name].iloc[places[0]])[:60]}`"

    cells = table[name]
    none = cells.isna()
    if not column.empty and none.any():
        yield int(np.flatnonzero(none)[0]), "has no value"
    if column.kind == "text":
        if column.allowed is not None:
            yield from first(~(none | cells.isin(list(column.allowed))), "should be one of the words that are known here")
        return
    if column.kind == "truth":
        if len(cells) and not pd.api.types.is_bool_dtype(cells):
            yield from first(~(none | cells.astype(str).isin(("True", "False"))), "should be True or False")
        return
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    if pd.api.types.is_bool_dtype(cells):
        values[:] = np.nan
    words = values.isna() & ~none
    if words.any():
        yield from first(words, "should be a number")
        return
    if not pd.api.types.is_numeric_dtype(cells):  # an empty table, or numbers beyond 64 bits
        table[name] = values
    whole = column.kind == "whole"
    limits = f"should be a {'whole ' * whole}number from {column.least:g} to {column.most:g}"
    inside = (values >= column.least) & (values <= column.most) & ((values == np.floor(values)) | (not whole))
    yield from first(~(none | inside), limits)
