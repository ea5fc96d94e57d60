"""What a scenario's outcomes must come near, and which base rates are set by it: files of scenarios/targets/."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.results import columns
from jobcentre.runs.store import Run
from jobcentre.scenario import Problem, Scenario, ScenarioError
from jobcentre.scenario.csv_file import is_separator_line, rows_of, text_of, value_of
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.files import PACKAGE_SCENARIOS, TARGETS
from jobcentre.scenario.yaml_file import Node, plain, read
from jobcentre.stats.intervals import Interval, interval

_TEXTS, _LISTS = ("metric", "stated", "note", "use"), ("source", "group", "sets")
USES = ("fit", "test")
REACH = 1.96
_KEYS = (*_TEXTS, *_LISTS, "value", "range")


class Target(NamedTuple):
    """A range for one metric, of all or of some groups together, and the evidence it rests on.

    `sets` are patterns of paths: base rates that are set so that the metric is `value`.
    """

    name: str
    metric: str
    groups: tuple[str | None, ...]
    stated: str
    low: float
    high: float
    source: tuple[str, ...]
    note: str
    value: float | None = None
    sets: tuple[str, ...] = ()
    use: str = "fit"  # or a test: kept back when inputs are fitted
    one_year: bool = False  # observed in one office in one year, so that chance is in it

    @property
    def observed(self) -> float:
        """What was observed: the value, or the middle of the range."""
        return (self.low + self.high) / 2 if self.value is None else self.value

    @property
    def variance(self) -> float:
        """That of the observation, of which the range is taken to hold 95 in 100."""
        return ((self.high - self.low) / (2 * REACH)) ** 2

    def outcome(self, runs: Sequence[Run]) -> Interval:
        """The metric over runs, with its interval."""
        parts = [columns(runs, (self.metric, group)) for group in self.groups]
        over, under = (np.sum([part[side] for part in parts], axis=0) for side in (0, 1))
        declared = BY_NAME[self.metric]
        return interval(over, under, declared.aggregation, share=declared.share)


def baseline_targets() -> tuple[Target, ...]:
    """The targets of the baseline."""
    return read_targets(PACKAGE_SCENARIOS / TARGETS / "baseline.yaml")


def read_targets(path: Path) -> tuple[Target, ...]:
    """The targets of a file, YAML or an office's own year as CSV; ScenarioError with all that is wrong with it."""
    if path.suffix.lower() == ".csv":
        return _own_year(path)
    root, problems = read(path)
    if root is None or problems:
        raise ScenarioError(problems)
    node = root.children.get("targets")
    if node is None or not node.children:
        raise ScenarioError([Problem(str(path), 1, "targets", "no target is given", "write `targets:` and below it one entry for each")])
    targets = [_target(name, entry, problems) for name, entry in node.children.items()]
    if problems:
        raise ScenarioError(problems)
    return tuple(targets)


def figures_set(target: Target, scenario: Scenario) -> list[str]:
    """The figures that a target sets in a scenario, in its order."""
    return [path for path in _numbers(scenario.settings.model_dump()) if any(fnmatchcase(path, pattern) for pattern in target.sets)]


def _numbers(content: Any, above: str = "") -> Iterator[str]:
    """The paths of all numbers."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _numbers(value, f"{above}.{key}" if above else key)
    elif _is_number(content):
        yield above


def _target(name: str, entry: Node, problems: list[Problem]) -> Target:
    def complain(key: str, message: str, suggestion: str | None = None) -> None:
        at = entry.children.get(key, entry)
        problems.append(Problem(at.file, at.line, f"targets.{name}.{key}", message, suggestion))

    content = plain(entry) if entry.is_mapping else {}
    for key in content:
        if key not in _KEYS:
            complain(key, f"`{key}` is not known here", did_you_mean(key, _KEYS) or f"a target holds {', '.join(_KEYS)}")
    texts = dict.fromkeys(_TEXTS, "")
    for key in set(_TEXTS) & content.keys():
        if isinstance(content[key], str):
            texts[key] = content[key]
        else:
            complain(key, "should be text", "put it in quotes")
    lists: dict[str, tuple[str, ...]] = dict.fromkeys(_LISTS, ())
    for key in set(_LISTS) & content.keys():
        lists[key] = content[key] if isinstance(content[key], tuple) else (content[key],)
        if not all(isinstance(one, str) for one in lists[key]):
            complain(key, "should be a text or a list of texts")
            lists[key] = ()
    if texts["metric"] not in BY_NAME:
        hint = did_you_mean(texts["metric"], BY_NAME) or "docs/reference/metrics.md lists them"
        complain("metric", f"there is no metric `{texts['metric']}`", hint)
    ends = content.get("range")
    if not (isinstance(ends, tuple) and len(ends) == 2 and all(map(_is_number, ends)) and ends[0] <= ends[1]):
        complain("range", "should be two numbers, the lower first", "for example `range: [0.07, 0.10]`")
        ends = (0.0, 0.0)
    value = content.get("value")
    if value is not None and not _is_number(value):
        complain("value", "should be a number")
        value = None
    if lists["group"] and texts["metric"] in BY_NAME and not BY_NAME[texts["metric"]].by_group:
        complain("group", f"`{texts['metric']}` is not told by customer group", "leave it out")
    _check_span(texts["metric"], value, ends, complain)
    if lists["sets"] and not value:
        complain("sets", "needs the value that the metric is to have", "add `value:`, above 0")
    if not lists["source"]:
        complain("source", "should be an id such as A1, or a list of ids")
    return Target(
        name, texts["metric"], lists["group"] or (None,), texts["stated"], float(ends[0]), float(ends[1]), lists["source"], texts["note"],
        None if value is None else float(value), lists["sets"], _use(texts["use"], complain),
    )  # fmt: skip


def _check_span(metric: str, value: float | None, ends: Sequence[float], complain: Callable[[str, str, str | None], None]) -> None:
    """What a value and its range may be: finite, one inside the other, and of a share between 0 and 1."""
    numbers = [*ends, *([] if value is None else [value])]
    if not all(abs(number) <= _MOST for number in numbers):
        complain("range", "should be ordinary numbers", None)
    elif metric in BY_NAME and BY_NAME[metric].share and not all(0 <= number <= 1 for number in numbers):
        complain("value", "is no share", "give numbers between 0 and 1, or a per cent sign: 14.5%")
    elif value is not None and not ends[0] <= value <= ends[1]:
        complain("value", f"{value:g} lies outside {ends[0]:g} to {ends[1]:g}", "correct one of them")


def _use(text: str, complain: Callable[[str, str, str | None], None]) -> str:
    if text and text not in USES:
        complain("use", f"should be one of {', '.join(USES)}", did_you_mean(text, USES))
    return text or USES[0]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_COLUMNS = ("metric", "group", "value", "low", "high", "use")
_MOST_BYTES, _MOST = 1_000_000, 1e12


def _own_year(path: Path) -> tuple[Target, ...]:
    """What one office saw in one year: columns metric and value, and if wanted group, low, high and use."""
    text = text_of(path, _MOST_BYTES, "give a CSV file with the columns metric and value")
    first = next((line for line in text.splitlines() if line.strip() and not is_separator_line(line)), "")
    rows = [row for row in rows_of(text, path, first) if not is_separator_line(row.cells[0])]
    problems: list[Problem] = []
    header = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    for name in header:
        if name not in _COLUMNS:
            hint = did_you_mean(name, _COLUMNS) or f"a target has {', '.join(_COLUMNS)}"
            problems.append(Problem(str(path), 1, name, "is not known here", hint))
    problems += [Problem(str(path), 1, name, "stands there twice") for name in dict.fromkeys(header) if header.count(name) > 1]
    for row in rows[1:]:
        if any(cell.strip() for cell in row.cells[len(header) :]):
            problems.append(Problem(str(path), row.line, "", "has more cells than there are columns", "write decimals with a point"))
    if missing := [name for name in ("metric", "value") if name not in header]:
        problems.append(Problem(str(path), 1, missing[0], "is missing", "the first line names the columns, among them metric and value"))
    if not problems and len(rows) < 2:
        problems.append(Problem(str(path), 1, "", "holds no target", "write a line with a metric and its value for each"))
    if problems:
        raise ScenarioError(problems)
    targets = [_of_year(path, row.line, dict(zip(header, map(str.strip, row.cells), strict=False)), problems) for row in rows[1:]]
    twice = [target.name for number, target in enumerate(targets) if target.name in {one.name for one in targets[:number]}]
    problems += [Problem(str(path), None, name, "stands there twice", "keep one of the lines") for name in dict.fromkeys(twice)]
    if problems:
        raise ScenarioError(problems)
    return tuple(targets)


def _of_year(path: Path, line: int, cells: dict[str, str], problems: list[Problem]) -> Target:
    """One line; what is wrong with it is added to the problems."""

    def complain(column: str, message: str, suggestion: str | None = None) -> None:
        problems.append(Problem(str(path), line, column, message, suggestion))

    metric, group = cells.get("metric", ""), cells.get("group") or None
    if metric not in BY_NAME:
        complain("metric", f"there is no metric `{metric}`", did_you_mean(metric, BY_NAME) or "docs/reference/metrics.md lists them")
    elif group and not BY_NAME[metric].by_group:
        complain("group", f"`{metric}` is not told by customer group", "leave it empty")
    found: dict[str, float] = {}
    for column in ("value", "low", "high"):
        text = cells.get(column, "")
        if not text and column != "value":
            continue
        try:
            number = value_of(text, "number")
        except ValueError as error:
            complain(column, str(error))
            continue
        assert isinstance(number, int | float)
        found[column] = number / 100 if text.endswith("%") else float(number)
    value = found.get("value", 0.0)
    low, high = found.get("low", value), found.get("high", value)
    _check_span(metric, value, (low, high), complain)
    use = _use(cells.get("use", ""), complain)
    name = f"{metric}@{group}" if group else metric
    return Target(name, metric, (group,), cells.get("value", ""), low, high, (path.name,), "", value, (), use, one_year=True)
