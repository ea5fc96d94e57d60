"""The plan of a sweep: scenarios, what is varied in them, the points, and how many runs of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.experiments.sweeps.axes import KNOWN, Unfit, Value, axis_of, with_values
from sim.experiments.sweeps.sampling import SAMPLES, Column, Given, Sampling, column, points_of, wrong_with_count
from sim.scenario import Problem, Scenario, ScenarioError

RUNS = 50
MOST_RUNS = 100_000
MOST_SEED = 2**64 - 1
MOST_PROBLEMS = 20
_MOST_SHOWN = 4


@dataclass(frozen=True)
class Plan:
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
    given: tuple[Given, ...] = ()

    def axes_told(self) -> list[dict[str, Any]]:
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
    given: Sequence[Given], sampling: Sampling, count: int | None, seed: int, at: Callable[[str], tuple[str, int | None, str]]
) -> tuple[Column, ...]:
    """The points of what is given of each axis; ScenarioError holds all problems. `at` says where a key of the plan stands."""
    problems: list[Problem] = []
    columns: list[Column] = []
    for one in given:
        try:
            columns.append(column(one, sampling))
        except Unfit as unfit:
            problems.append(Problem(one.file, one.line, one.path, unfit.message, unfit.suggestion))
    wrong = wrong_with_count(count, sampling)
    if wrong is not None:
        problems.append(Problem(*at("points"), wrong.message, wrong.suggestion))
    if not problems:
        try:
            return points_of(columns, given, sampling, count or 0, seed)
        except Unfit as unfit:
            problems.append(Problem(*at("figures"), unfit.message, unfit.suggestion))
    raise ScenarioError(problems)


def check_points(plan: Plan, scenarios: Sequence[Scenario], tell: Callable[[float], None] = lambda share: None) -> list[Problem]:
    """What is wrong with the points, found by making the scenario of every one: so many problems, then how many more.

    It takes about 5 milliseconds a point and scenario; `tell` hears which share is done.
    """
    first: dict[tuple[str, str, str], tuple[int, Problem]] = {}
    often: Counter[tuple[str, str, str]] = Counter()
    for place, scenario in enumerate(scenarios):
        for number, values in enumerate(plan.points, start=1):
            try:
                at_point(scenario, plan.axes, values)
            except ScenarioError as error:
                for problem in error.problems:
                    key = (scenario.name, problem.path, problem.message)
                    first.setdefault(key, (number, problem))
                    often[key] += 1
            tell((place + number / len(plan.points)) / len(scenarios))
    found = [_told(plan, name, *one, often[name, path, message]) for (name, path, message), one in first.items()]
    more = len(found) - MOST_PROBLEMS
    if more <= 0:
        return found
    last = Problem(plan.file, None, "figures", f"{more:,} more problem{'s' * (more > 1)} of this kind", "correct these first")
    return [*found[:MOST_PROBLEMS], last]


def notes(plan: Plan, scenarios: Sequence[Scenario]) -> list[str]:
    """What a plan may not mean as it stands: figures that a dated change sets later, points that are drawn twice."""
    told = []
    for axis in map(axis_of, plan.axes):
        if axis.change or axis.name in KNOWN:
            continue
        lever = next((one.name for one in KNOWN.values() if axis.name in one.paths), None)
        for scenario in scenarios:
            for number, change in enumerate(scenario.changes, start=1):
                if axis.name in change.set:
                    later = f"{_shown(change.set[axis.name])} from {change.date} on"
                    later += "" if change.over_days == 1 else f", reached on {change.last_day}"
                    other = f" or the lever `{lever}`" if lever else ""
                    told.append(
                        f"`{axis.name}` is varied from the start, but `{scenario.name}` sets it to {later}: "
                        f"to vary that, name `changes[{number}].set.{axis.name}`{other}"
                    )
    again = len(plan.points) - len(set(plan.points))
    if again:
        told.append(f"{again} of {len(plan.points)} points repeat another; their runs are the same runs")
    return told


def _told(plan: Plan, name: str, number: int, problem: Problem, often: int) -> Problem:
    """A problem of a point's scenario as one of the plan, on the line of the axis that it is about."""
    exactly = (one for one in plan.given if one.axis.name == problem.path)
    by = next(exactly, next((one for one in plan.given if _is_about(one, problem.path)), None))
    file, line, path = (by.file, by.line, by.path) if by else (plan.file, None, "figures")
    values = [f"{axis} {_shown(value)}" for axis, value in zip(plan.axes, plan.points[number - 1], strict=True)]
    point = ", ".join(values[:_MOST_SHOWN]) + ", …" * (len(values) > _MOST_SHOWN)
    said = problem.message if by and problem.path == by.axis.name else f"{problem.path}: {problem.message}"
    also = f"; the same at {often} points" if often > 1 else ""
    return Problem(file, line, path, f"`{name}` cannot be at point {number} ({point}): {said}{also}", problem.suggestion)


def _is_about(given: Given, path: str) -> bool:
    """Whether a path of a scenario is what an axis sets, or lies above or below it."""
    plain = path.partition(".set.")[2] or path
    return any(plain == figure or figure.startswith(plain + ".") or plain.startswith(figure + ".") for figure in given.axis.figures)


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
