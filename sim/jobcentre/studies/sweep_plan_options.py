"""Plans from command-line options: values, lists and ranges, alone or overriding those of a plan file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import did_you_mean, usage_error
from jobcentre.scenario.yaml_file import scalar, value_of
from jobcentre.studies.levers import KNOWN, Axis, InvalidAxis, axis_of, value_on
from jobcentre.studies.request import inputs_from_options
from jobcentre.studies.sweep_plan import MOST_RUNS, MOST_SEED, RUNS, SweepPlan, points_from
from jobcentre.studies.sweep_sampling import SAMPLINGS, AxisInput, Sampling, span_of

OPTION = "--set"
_MOST_NAMED = 3


class PlanRequest(NamedTuple):
    """A plan and the inputs set at all its points, which `jobcentre.scenario.load` takes."""

    plan: SweepPlan
    fixed: dict[str, object]


def plan_from_options(
    scenarios: Sequence[str],
    sets: Sequence[str],
    runs: int | None = None,
    sampling: str | None = None,
    points: int | None = None,
    metrics: Sequence[str] = (),
    sites: str | None = None,
    sampling_seed: int | None = None,
) -> PlanRequest:
    """Makes a plan without a file; a single value of an input is set at all points, one of a lever or dated change is a held axis."""
    if not scenarios:
        raise usage_error("sweep", "names no scenario", "give one, or a plan file")
    names = [Path(name).stem for name in scenarios]
    if again := next((name for name in names if names.count(name) > 1), None):
        raise usage_error("sweep", f"two scenarios are called `{again}`", "give each once")
    for metric in metrics:
        if metric not in BY_NAME:
            raise usage_error("--metric", f"there is no metric `{metric}`", did_you_mean(metric, BY_NAME))
    axis_inputs, fixed = _read(sets, ())
    if not axis_inputs:
        hint = "give a range such as --set coaches=18:30:2, or a list such as --set diary.appointments_per_day=18,23,27"
        raise usage_error(OPTION, "no figure has more than one value", hint)
    axes = ", ".join(axis_input.axis.name for axis_input in axis_inputs[:_MOST_NAMED]) + ", …" * (len(axis_inputs) > _MOST_NAMED)
    plan = SweepPlan(
        f"sweep-{names[0]}", OPTION, f"{', '.join(names)} over {axes}", "", tuple(scenarios), "grid", (), (),
        RUNS, tuple(metrics) or HEADLINES, sites, 1, tuple(axis_inputs),
    )  # fmt: skip
    return PlanRequest(_made(plan, runs, sampling, points, sampling_seed), fixed)


def with_options(
    plan: SweepPlan,
    sets: Sequence[str],
    runs: int | None = None,
    sampling: str | None = None,
    points: int | None = None,
    sampling_seed: int | None = None,
) -> PlanRequest:
    """Overrides a plan from the command line: values of its axes are replaced, others become axes or are set at all points."""
    axis_inputs, fixed = _read(sets, plan.axes)
    new = {axis_input.axis.name: axis_input for axis_input in axis_inputs}
    kept_inputs = [new.pop(axis_input.axis.name, axis_input) for axis_input in plan.given]
    if points is None and plan.sampling == (sampling or plan.sampling) and plan.sampling not in ("grid", "list"):
        points = len(plan.points)
    return PlanRequest(_made(replace(plan, given=(*kept_inputs, *new.values())), runs, sampling, points, sampling_seed), fixed)


def _made(plan: SweepPlan, runs: int | None, sampling: str | None, count: int | None, seed: int | None) -> SweepPlan:
    """The plan with its points, and with these in place of its own."""
    chosen = plan.sampling if sampling is None else _sampling(sampling)
    runs = plan.runs if runs is None else _within(runs, 1, MOST_RUNS, "--runs")
    seed = plan.sampling_seed if seed is None else _within(seed, 0, MOST_SEED, "--sampling-seed")
    points = points_from(plan.given, chosen, count, seed, lambda key: (OPTION if key == "figures" else f"--{key}", None, ""))
    axes = tuple(axis_input.axis.name for axis_input in plan.given)
    return replace(plan, sampling=chosen, runs=runs, sampling_seed=seed, axes=axes, points=points)


def _sampling(text: str) -> Sampling:
    for method in SAMPLINGS:
        if method == text:
            return method
    raise usage_error(
        "--sampling", f"`{text}` is no way of choosing points", did_you_mean(text, SAMPLINGS) or f"one of {', '.join(SAMPLINGS)}"
    )


def _within(value: int, low: int, high: int, option: str) -> int:
    if not low <= value <= high:
        raise usage_error(option, f"is {value} but should be from {low:,} to {high:,}")
    return value


def _read(sets: Sequence[str], axes: Sequence[str]) -> tuple[list[AxisInput], dict[str, object]]:
    """Separates varied inputs from those set at all points; a single value of one of the `axes` holds it."""
    axis_inputs: list[AxisInput] = []
    fixed: dict[str, object] = {}
    problems: list[Problem] = []
    for name, text in inputs_from_options(sets).items():
        try:
            axis_input = _given(name, str(text), name in axes)
        except InvalidAxis as unfit:
            problems.append(Problem(OPTION, None, name, unfit.message, unfit.suggestion))
            continue
        if axis_input is None:
            fixed[name] = text
        else:
            axis_inputs.append(axis_input._replace(file=OPTION, path=name))
    if problems:
        raise ScenarioError(problems)
    return axis_inputs, fixed


def _given(name: str, text: str, is_axis: bool) -> AxisInput | None:
    """Gives the axis input of an option; None if it sets one input to one value, which `load` reads and checks."""
    try:
        axis = axis_of(name)
    except InvalidAxis:
        if name.startswith("changes") or _looks_like_several(text):
            raise
        return None
    if axis.is_number and ":" in text:
        return AxisInput(axis, span=span_of(text, axis))
    values = _values(axis, text)
    if values is not None:
        return AxisInput(axis, values=tuple(value_on(axis, value) for value in values))
    if is_axis or axis.change or name in KNOWN:
        return AxisInput(axis, values=(value_on(axis, _scalar(text)),), is_held=True)
    return None


def _looks_like_several(text: str) -> bool:
    """Whether a value of an input that cannot be varied was meant as a range or list; `{…}` and `[…]` may be plain values."""
    return text[:1] not in ("[", "{") and ("," in text or ":" in text)


def _values(axis: Axis, text: str) -> list[Any] | None:
    """The values of a list, in brackets or with commas; a free text may have commas of its own. None if it is no list."""
    if text.startswith("["):
        try:
            return list(value_of(text))
        except ValueError as error:
            raise InvalidAxis(str(error)) from None
    if "," not in text or axis.kind == "text":
        return None
    return [_scalar(part) for part in text.split(",")]


def _scalar(text: str) -> Any:
    try:
        return scalar(text.strip())
    except ValueError as error:
        raise InvalidAxis(str(error)) from None
