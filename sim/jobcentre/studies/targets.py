"""What a scenario's outcomes must come near, and which base rates are set by it: files of scenarios/targets/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.results import columns
from jobcentre.runs.store import Run
from jobcentre.scenario import Problem, Scenario, ScenarioError
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.files import PACKAGE_SCENARIOS, TARGETS
from jobcentre.scenario.yaml_file import Node, plain, read
from jobcentre.stats.intervals import Interval, interval

_TEXTS, _LISTS = ("metric", "stated", "note"), ("source", "group", "sets")
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
    """The targets of a file; ScenarioError with all that is wrong with it."""
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
    elif value is not None and texts["metric"] in BY_NAME and BY_NAME[texts["metric"]].share and not 0 < value < 1:
        complain("value", "is no share", "give a number between 0 and 1: 0.085 is 8.5 %")
    if lists["sets"] and not value:
        complain("sets", "needs the value that the metric is to have", "add `value:`, above 0")
    if not lists["source"]:
        complain("source", "should be an id such as A1, or a list of ids")
    return Target(
        name, texts["metric"], lists["group"] or (None,), texts["stated"], float(ends[0]), float(ends[1]), lists["source"], texts["note"],
        None if value is None else float(value), lists["sets"],
    )  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
