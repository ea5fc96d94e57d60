"""The plan of a sweep: scenarios, what is varied in them, the points, and how many runs of each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobcentre.scenario import Problem, Scenario, ScenarioError
from jobcentre.scenario.yaml_file import Node, plain
from jobcentre.studies.levers import KNOWN, InvalidAxis, Value, axis_of, with_values
from jobcentre.studies.sweep_sampling import SAMPLES, AxisInput, Column, Sampling, column, points_of, wrong_with_count


class Keys:
    """The keys of one plan file and the problems found so far."""

    def __init__(self, file: Path, root: Node) -> None:
        self.file, self.content = str(file), root.children
        self.folder = file.parent
        self.problems: list[Problem] = []

    def at(self, key: str) -> tuple[str, int | None, str]:
        """File, line and path of a key; of one that is missing, where it is asked for."""
        node = self.content.get(key) or (self.content.get("sampling") if key == "points" else None)
        return self.file, node.line if node else 1, key

    def complain(self, path: str, message: str, suggestion: str | None = None, line: int | None = None) -> None:
        """Notes a problem, on the line of the key unless another is given."""
        file, at, _ = self.at(path.partition(".")[0])
        self.problems.append(Problem(file, line or at, path, message, suggestion))

    def text(self, key: str) -> str:
        """One text; empty if it is not given."""
        node = self.content.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not node.value.strip():
            self.complain(key, f"`{key}` should be text", "write it after the colon, in quotes if it looks like a number")
            return ""
        return node.value.strip()

    def texts(self, key: str) -> list[tuple[str, int | None]]:
        """One text or a list of them, each with its line; a text given twice is a problem."""
        node = self.content.get(key)
        if node is None:
            return []
        items = node.value if isinstance(node.value, tuple) else (node,)
        found: list[tuple[str, int | None]] = []
        for item in items:
            if not isinstance(item.value, str) or not item.value.strip():
                self.complain(key, "should be a name or a list of names", f"such as `{key}: [one, another]`", item.line)
            elif item.value.strip() in [name for name, _ in found]:
                self.complain(key, f"names `{item.value.strip()}` twice", "delete one of the two", item.line)
            else:
                found.append((item.value.strip(), item.line))
        if not items:
            self.complain(key, "names nothing", f"name one or several, or leave `{key}` out" if key == "metrics" else "name one or several")
        return found

    def whole(self, key: str, low: int, high: int) -> int | None:
        """One whole number; None if it is not given, or not usable."""
        node = self.content.get(key)
        if node is None:
            return None
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            shown = str(plain(node)) if isinstance(value, int | float | str) else "no number"
            self.complain(key, f"is {shown[:40]} but should be a whole number from {low:,} to {high:,}")
            return None
        return value


RUNS = 50
MOST_RUNS = 100_000
MOST_SEED = 2**64 - 1
MOST_PROBLEMS = 20
#: Of many points, once something is wrong with one.
LOOKED_AT = 1000
_MOST_SHOWN = 4


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep runs; `points` holds the values of each point in the order of `axes`, `given` what they were made from."""

    name: str
    file: str
    title: str
    question: str
    scenarios: tuple[str, ...]
    sampling: Sampling
    axes: tuple[str, ...]
    points: tuple[Column, ...]
    runs: int
    metrics: tuple[str, ...]
    sites: str | None
    sampling_seed: int
    given: tuple[AxisInput, ...] = ()

    def axes_text(self) -> list[dict[str, Any]]:
        """Name, label and unit of each axis with its values: distinct and rising, or low and high where points are drawn between them."""
        told = []
        for place, one in enumerate(self.given):
            values = column(one, self.sampling)
            if self.sampling not in SAMPLES:
                values = tuple(sorted({point[place] for point in self.points}))
            told.append({"name": one.axis.name, "label": one.axis.label, "unit": one.axis.unit, "values": list(values)})
        return told


def at_point(scenario: Scenario, axes: Sequence[str], values: Sequence[Value]) -> Scenario:
    """The scenario with the values of a point, its name kept; ScenarioError if they do not fit."""
    return with_values(scenario, dict(zip(axes, values, strict=True)))


def points_from(
    given: Sequence[AxisInput], sampling: Sampling, count: int | None, seed: int, at: Callable[[str], tuple[str, int | None, str]]
) -> tuple[Column, ...]:
    """The points of what is given of each axis; ScenarioError holds all problems. `at` says where a key of the plan stands."""
    problems: list[Problem] = []
    columns: list[Column] = []
    for one in given:
        try:
            columns.append(column(one, sampling))
        except InvalidAxis as unfit:
            problems.append(Problem(one.file, one.line, one.path, unfit.message, unfit.suggestion))
    wrong = wrong_with_count(count, sampling)
    if wrong is not None:
        problems.append(Problem(*at("points"), wrong.message, wrong.suggestion))
    if not problems:
        try:
            return points_of(columns, given, sampling, count or 0, seed)
        except InvalidAxis as unfit:
            problems.append(Problem(*at("figures"), unfit.message, unfit.suggestion))
    raise ScenarioError(problems)


def outermost(points: Sequence[Column]) -> list[int]:
    """Numbers of the points at which an axis has its lowest or highest value: where anything does not fit, it mostly shows there."""
    numbers = {end: None for values in zip(*points, strict=True) for end in _ends(values)}
    return [place + 1 for place in numbers]


def _ends(values: Column) -> tuple[int, int]:
    """Where the lowest and the highest of some values stand first; of what has no order the first and the last."""
    places = range(len(values))
    try:
        return min(places, key=values.__getitem__), max(places, key=values.__getitem__)
    except TypeError:
        return 0, len(values) - 1


def check_points(plan: SweepPlan, scenarios: Sequence[Scenario], tell: Callable[[float], None] = lambda share: None) -> list[Problem]:
    """What is wrong with the points, found by making the scenario of every one: so many problems, then how many more.

    It takes about 5 milliseconds a point and scenario; `tell` hears which share is done. Of many points the outermost are looked at
    first, and so many more once something is wrong.
    """
    first: dict[tuple[str, str, str], tuple[int, Problem]] = {}
    often: Counter[tuple[str, str, str]] = Counter()
    numbers = range(1, len(plan.points) + 1)
    in_order = dict.fromkeys([*(outermost(plan.points) if len(numbers) > LOOKED_AT else []), *numbers])
    size = last = len(in_order) * len(scenarios)
    looked_at = 0
    for scenario, number in itertools.product(scenarios, in_order):
        try:
            at_point(scenario, plan.axes, plan.points[number - 1])
        except ScenarioError as error:
            last = last if first else min(last, looked_at + LOOKED_AT)
            for problem in error.problems:
                key = (scenario.name, problem.path, problem.message)
                first.setdefault(key, (number, problem))
                often[key] += 1
        looked_at += 1
        tell(looked_at / size)
        if looked_at >= last:
            break
    found = [_told(plan, name, *one, often[name, path, message], looked_at < size) for (name, path, message), one in first.items()]
    more = len(found) - MOST_PROBLEMS
    if more <= 0:
        return found
    rest = Problem(plan.file, None, "figures", f"{more:,} more problem{'s' * (more > 1)} of this kind", "correct these first")
    return [*found[:MOST_PROBLEMS], rest]


def notes(plan: SweepPlan, scenarios: Sequence[Scenario]) -> list[str]:
    """What a plan may not mean as it stands: figures that a dated change sets later, points that are drawn twice."""
    told = []
    for axis in map(axis_of, plan.axes):
        if axis.change or axis.name in KNOWN:
            continue
        lever = next((one.name for one in KNOWN.values() if axis.name in one.paths), None)
        for scenario in scenarios:
            for change in scenario.changes:
                if axis.name in change.set:
                    later = f"{_shown(change.set[axis.name])} from {change.date} on"
                    later += "" if change.over_days == 1 else f", reached on {change.last_day}"
                    other = f" or the lever `{lever}`" if lever else ""
                    told.append(
                        f"`{axis.name}` is varied from the start, but `{scenario.name}` sets it to {later}: "
                        f"to vary that, name `changes.{change.name}.set.{axis.name}`{other}"
                    )
    again = len(plan.points) - len(set(plan.points))
    if again:
        told.append(f"{again} of {len(plan.points)} points repeat another; their runs are the same runs")
    return told


def _told(plan: SweepPlan, name: str, number: int, problem: Problem, often: int, stopped: bool) -> Problem:
    """A problem of a point's scenario as one of the plan, on the line of the axis that it is about."""
    exactly = (one for one in plan.given if one.axis.name == problem.path)
    by = next(exactly, next((one for one in plan.given if _is_about(one, problem.path)), None))
    file, line, path = (by.file, by.line, by.path) if by else (plan.file, None, "figures")
    values = [f"{axis} {_shown(value)}" for axis, value in zip(plan.axes, plan.points[number - 1], strict=True)]
    point = ", ".join(values[:_MOST_SHOWN]) + ", …" * (len(values) > _MOST_SHOWN)
    said = problem.message if by and problem.path == by.axis.name else f"{problem.path}: {problem.message}"
    also = f"; the same at {often} points{' or more' * stopped}" if often > 1 else ""
    return Problem(file, line, path, f"`{name}` cannot be at point {number} ({point}): {said}{also}", problem.suggestion)


def _is_about(given: AxisInput, path: str) -> bool:
    """Whether a path of a scenario is what an axis sets, or lies above or below it."""
    plain = path.partition(".set.")[2] or path
    return any(plain == figure or figure.startswith(plain + ".") or plain.startswith(figure + ".") for figure in given.axis.figures)


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
