"""Reads the `changes:` of a scenario file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sim.scenario.changes import MOST_DAYS, NOT_SAID, Change
from sim.scenario.evidence import Stripped, strip
from sim.scenario.fields import date_of
from sim.scenario.nodes import Node, leaves, plain
from sim.scenario.problems import Problem, did_you_mean

KEYS = ("date", "over_days", "why", "set")
MOST_CHANGES = 300


def read_changes(node: Node | None, scenario: str, problems: list[Problem]) -> tuple[list[Change], list[tuple[int, Node]]]:
    """Changes in order of date, and for each its place in the file and a node that knows the lines of its figures."""
    if node is None or node.value is None:
        return [], []
    if not isinstance(node.value, tuple):
        problems.append(Problem(node.file, node.line, "changes", "should be a list", "begin each change with `- date: …`"))
        return [], []
    if len(node.value) > MOST_CHANGES:
        message = f"holds {len(node.value)} changes, more than {MOST_CHANGES}"
        problems.append(Problem(node.file, node.line, "changes", message, "let `over_days` move a figure day by day"))
        return [], []
    found: list[tuple[Change, int, Node]] = []
    for number, item in enumerate(node.value, start=1):
        change = _change(item, f"changes[{number}]", scenario, problems)
        if change is not None:
            found.append((change[0], number, change[1]))
    found.sort(key=lambda one: one[0].date)
    return [change for change, _, _ in found], [(number, at) for _, number, at in found]


def _change(item: Node, path: str, scenario: str, problems: list[Problem]) -> tuple[Change, Node] | None:
    """One change, or None if it cannot be understood."""
    if not item.is_mapping:
        problems.append(Problem(item.file, item.line, path, "should hold date, why and set"))
        return None
    for key, child in item.children.items():
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or "known: " + ", ".join(KEYS)
            problems.append(Problem(child.file, child.line, f"{path}.{key}", f"`{key}` is not known here", hint))
    date, over_days = _date(item, path, problems), _over_days(item, path, problems)
    why = item.children.get("why")
    if why is not None and not (isinstance(why.value, str) and why.value.strip()):
        problems.append(Problem(why.file, why.line, f"{path}.why", "`why` should be a sentence"))
    reason = why.value.strip() if why is not None and isinstance(why.value, str) else ""
    values = item.children.get("set")
    if values is None or not values.children:
        at = values or item
        problems.append(
            Problem(at.file, at.line, f"{path}.set", "names no figure", "add `set:` with lines such as `diary.appointments_per_day: 27`")
        )
        return None
    out = Stripped(scenario)
    figures, lines = _figures(values, reason, out)
    problems += out.problems
    if why is None and out.bare:
        problems.append(Problem(item.file, item.line, f"{path}.why", "does not say why", "add a line `why: …` beside `date`"))
    if date is None:
        return None
    reason = reason or " ".join(dict.fromkeys(one.why or one.note for one in out.evidence.values())).strip() or NOT_SAID
    return Change(date, figures, over_days, reason, out.evidence), Node(item.children | lines, item.file, item.line)


def _figures(values: Node, why: str, out: Stripped) -> tuple[dict[str, Any], dict[str, Node]]:
    """Target values by dotted path of the single figure, and the lines they stand on."""
    figures: dict[str, Any] = {}
    lines: dict[str, Node] = {}
    for dotted, child in values.children.items():
        path = tuple(dotted.split("."))
        for below, leaf in leaves(strip(child, path, why, out), path):
            key = ".".join(below)
            if key in figures:
                out.complain(leaf, below, "is set twice in this change", "keep one of the two")
            figures[key] = plain(leaf)
            lines[key] = Node(leaf.value, child.file, leaf.line or child.line)
    return figures, lines


def _date(item: Node, path: str, problems: list[Problem]) -> dt.date | None:
    node = item.children.get("date")
    if node is None:
        problems.append(Problem(item.file, item.line, f"{path}.date", "`date` is missing", "add `date: YYYY-MM-DD`"))
        return None
    try:
        return date_of(node.value)
    except ValueError as error:
        problems.append(Problem(node.file, node.line, f"{path}.date", str(error)))
        return None


def _over_days(item: Node, path: str, problems: list[Problem]) -> int:
    node = item.children.get("over_days")
    if node is None:
        return 1
    if not isinstance(node.value, int) or isinstance(node.value, bool) or not 1 <= node.value <= MOST_DAYS:
        message = f"should be a whole number of calendar days from 1 to {MOST_DAYS}"
        problems.append(Problem(node.file, node.line, f"{path}.over_days", message, "leave it out for a change at once"))
        return 1
    return node.value
