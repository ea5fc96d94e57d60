"""What may be varied: levers that meet targets, and the axes of a sweep."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple, get_args, get_origin

from jobcentre.scenario import Problem, Scenario, ScenarioError, vary
from jobcentre.scenario.changes import MOST_DAYS
from jobcentre.scenario.errors import did_you_mean, usage_error
from jobcentre.scenario.field_types import clock, date_of, seconds_of_day, whole_number
from jobcentre.scenario.files import wrong_with_name
from jobcentre.scenario.named_changes import NAME as CHANGE_NAME
from jobcentre.scenario.numbers import PointNumber, how_to_write
from jobcentre.scenario.schema_paths import SchemaNode, node_at, number_limits, suggest
from jobcentre.scenario.yaml_file import scalar

Value = int | float | str | bool
Kind = Literal["whole", "number", "yes or no", "choice", "text", "time", "date"]
#: The largest input; whole numbers up to it are exact in samples.
MOST = 1e15

_DATED = re.compile(rf"changes\.({CHANGE_NAME})\.(date|over_days|set\.(.+))\Z", re.ASCII)
_NUMBERED = re.compile(r"changes\[[0-9]+\]")
_HOW_DATED = "write changes.NAME.set.PATH, changes.NAME.date or changes.NAME.over_days"


class InvalidAxis(ValueError):
    """A faulty name or value, raised before its file and line are known."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


class Axis(NamedTuple):
    """An input or lever that is varied; `figures` are the paths it sets, in the change of this name or, without one, wherever they act."""

    name: str
    label: str
    unit: str
    kind: Kind
    figures: tuple[str, ...]
    change: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it has values between two others, so that a range makes sense."""
        return self.kind in ("whole", "number")


@lru_cache(maxsize=1024)
def axis_of(name: str) -> Axis:
    """Gives the axis of a name; Unfit if it names nothing that can be varied."""
    if name in KNOWN:
        lever = KNOWN[name]
        node = _figure(lever.paths[0], name)
        return Axis(name, lever.many[0].upper() + lever.many[1:], _unit(lever.paths[0], node), _kind(node), lever.paths)
    if re.match(r"changes\b", name):
        return _dated(name)
    node = _figure(name, name)
    return Axis(name, _label(name, node), _unit(name, node), _kind(node), (name,), choices=_choices(node))


def value_on(axis: Axis, value: object) -> Value:
    """A value as this axis has it, so that equal values look equal; Unfit if it is of another kind."""
    if value is None:
        raise InvalidAxis("has no value", "give a value, or leave it out")
    if axis.is_number:
        number = number_on(axis, value)
        if wrong := beyond_limits(axis.figures, number):
            raise InvalidAxis(wrong)
        return number
    if axis.kind == "yes or no":
        if isinstance(value, bool):
            return value
        raise InvalidAxis(f"is {_shown(value)} but must be true or false")
    try:
        if axis.kind == "time":
            return clock(seconds_of_day(value))
        if axis.kind == "date":
            return date_of(value).isoformat()
    except ValueError as error:
        raise InvalidAxis(str(error)) from None
    if not isinstance(value, str):
        raise InvalidAxis(
            f"is {_shown(value)} but must be text", f"write it in quotes: '{value}'" if isinstance(value, int | float) else None
        )
    if axis.kind == "choice" and value not in axis.choices:
        raise InvalidAxis(f"is {_shown(value)} but must be one of {', '.join(axis.choices)}", did_you_mean(value, axis.choices))
    return value


def beyond_limits(paths: Sequence[str], number: float) -> str | None:
    """Says which limit of the figures at some paths a number is beyond, if it is; without a path it is the days of a change."""
    of_days = {"ge": 1.0, "le": float(MOST_DAYS)}
    for limits in [number_limits(node) for path in paths if (node := node_at(path.split(".")))] or [of_days]:
        shown = f"is {number:.15g} but must be"
        if "ge" in limits and number < limits["ge"]:
            return f"{shown} at least {limits['ge']:.15g}"
        if "gt" in limits and number <= limits["gt"]:
            return f"{shown} above {limits['gt']:.15g}"
        if "le" in limits and number > limits["le"]:
            return f"{shown} at most {limits['le']:.15g}"
    return None


def in_two_ways(paths: Sequence[str], value: float) -> str | None:
    """Says how to write a number such as 40.000, where the figures at some paths can also have the one without its point."""
    if not isinstance(value, PointNumber):
        return None
    limits = [number_limits(node) for path in paths if (node := node_at(path.split(".")))]
    low = max((limit.get("ge", limit.get("gt", -math.inf)) for limit in limits), default=-math.inf)
    return value.refused(whole=False, low=low, high=min((limit.get("le", math.inf) for limit in limits), default=math.inf))


def with_values(scenario: Scenario, values: Mapping[str, Value]) -> Scenario:
    """The scenario with values by name of the axis, its name kept; ScenarioError if they do not fit it or each other."""
    placed: dict[str, Value] = {}
    by: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        try:
            for target in _targets(axis_of(name), scenario):
                if target in by:
                    raise InvalidAxis(f"sets what `{by[target]}` sets as well", "vary one of the two")
                by[target], placed[target] = name, value
        except InvalidAxis as unfit:
            problems.append(Problem(scenario.file, None, name, unfit.message, unfit.suggestion))
    if problems:
        raise ScenarioError(problems)
    return vary(scenario, placed)


def _targets(axis: Axis, scenario: Scenario) -> list[str]:
    """The paths to which a value of this axis goes in a scenario."""
    changes = {change.name: change for change in scenario.changes}
    if axis.change:
        if axis.change not in changes:
            hint = did_you_mean(axis.change, changes) or "`jobcentre show FILE changes` lists them"
            raise InvalidAxis(f"`{scenario.name}` has no change `{axis.change}`", hint)
        change = changes[axis.change]
        if axis.figures and axis.figures[0] not in change.set:
            hint = _elsewhere(axis.figures[0], scenario) or f"it sets {', '.join(change.set)}"
            raise InvalidAxis(f"`{change.name}` of `{scenario.name}`, a change of {change.date}, does not set it", hint)
        return [axis.name]
    if axis.name not in KNOWN:
        return [axis.figures[0]]
    dated = _dated_places(axis.figures, scenario)
    if axis.name == COACHES and dated:
        raise InvalidAxis(f"`{scenario.name}` changes `{dated[0].partition('.set.')[2]}` at a date", f"vary `{dated[0]}`")
    return dated or list(axis.figures)


def _elsewhere(path: str, scenario: Scenario) -> str | None:
    places = _dated_places([path], scenario)
    return f"vary `{places[0]}`" if places else None


def _dated_places(paths: Sequence[str], scenario: Scenario) -> list[str]:
    """Where dated changes set some figures."""
    return [f"changes.{change.name}.set.{path}" for path in paths for change in scenario.changes if path in change.set]


def _dated(name: str) -> Axis:
    match = _DATED.match(name)
    if match is None:
        hint = "changes have names: `jobcentre upgrade FILE` writes them into an older plan" if _NUMBERED.match(name) else _HOW_DATED
        raise InvalidAxis("is nothing of a dated change", hint)
    change, part, path = match[1], match[2], match[3]
    if part == "date":
        return Axis(name, f"Date of the change `{change}`", "date", "date", (), change)
    if part == "over_days":
        return Axis(name, f"Days over which the change `{change}` acts", "calendar days", "whole", (), change)
    node = _figure(path, name)
    return Axis(name, f"{_label(path, node)}, in the change `{change}`", _unit(path, node), _kind(node), (path,), change, _choices(node))


def _figure(path: str, name: str) -> SchemaNode:
    """Gives the single input at a path; Unfit if there is none, or if a sweep cannot vary it."""
    keys = path.split(".")
    node = node_at(keys)
    if node is None:
        hint = suggest(keys) or did_you_mean(name, KNOWN) or f"give the path of a figure, or one of {', '.join(KNOWN)}"
        raise InvalidAxis("there is no such figure", hint)
    if node.kind == "distribution":
        raise InvalidAxis("is a distribution, not a single figure", f"vary `{name}.mean` or `{name}.cv`")
    if node.kind != "figure":
        raise InvalidAxis("is not a single figure", "name one figure of it; `jobcentre show` lists them")
    if get_origin(node.inner) is tuple:
        raise InvalidAxis("is a list, which a sweep cannot vary", "make a scenario file for each, and sweep over the scenarios")
    return node


def _kind(node: SchemaNode) -> Kind:
    if node.unit in ("time", "date"):
        return "time" if node.unit == "time" else "date"
    if get_origin(node.inner) is Literal:
        return "choice"
    kinds: dict[object, Kind] = {int: "whole", float: "number", bool: "yes or no"}
    return kinds.get(node.inner, "text")


def _choices(node: SchemaNode) -> tuple[str, ...]:
    return get_args(node.inner) if get_origin(node.inner) is Literal else ()


def _label(path: str, node: SchemaNode) -> str:
    """Describes an input, with the names of the rows it belongs to."""
    keys = path.split(".")
    label, above = _description_of(node), node_at(keys[:-1])
    if above is not None and above.kind == "distribution":
        label = f"{_description_of(above)}: {label[0].lower()}{label[1:]}"
    rows = [key for index, key in enumerate(keys) if (node_at(keys[:index]) or node).kind == "rows"]
    return f"{label} ({', '.join(rows)})" if rows else label


def _description_of(node: SchemaNode) -> str:
    return str(node.field.description) if node.field else ""


def _unit(path: str, node: SchemaNode) -> str:
    """Gives the unit of an input; the unit of a mean is in the name of its distribution."""
    if node.unit != "as the figure":
        return node.unit
    name = path.split(".")[-2]
    return "minutes" if "minutes" in name else "working days" if "days" in name else "ratio"


def number_on(axis: Axis, value: object) -> int | float:
    """A number of the kind of this axis, within its limits or not; Unfit if it is none."""
    whole = axis.kind == "whole"
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write a list as [18, 23, 27], a range as 18:30 or 18:30:2" if isinstance(value, str) else None
        plain = how_to_write(value, whole) if isinstance(value, str) else None
        raise InvalidAxis(f"is {_shown(value)} but must be a number", f"{plain}; {hint}" if plain else hint)
    if not abs(value) <= MOST:  # nor is NaN
        raise InvalidAxis(f"is {value:g} but must be an ordinary number")
    if not whole:
        if wrong := in_two_ways(axis.figures, value):
            raise InvalidAxis(wrong)
        return float(value) + 0.0  # -0.0 is 0
    try:
        number = whole_number(value)
    except ValueError as error:
        raise InvalidAxis(str(error)) from None
    if number != int(number):
        raise InvalidAxis(f"is {value:.15g} but must be a whole number")
    return int(number)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return "a section" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


MOST_VALUES = 500
COACHES = "coaches"


class Lever(NamedTuple):
    """A lever by its name; `paths` are the inputs it sets.

    `more_is_generous` says at which end coaches and customers have it best, as far as is known before: there the search begins.
    """

    name: str
    paths: tuple[str, ...]
    more_is_generous: bool
    one: str
    many: str


KNOWN = {
    lever.name: lever
    for lever in (
        Lever(COACHES, ("office.coaches", "office.establishment"), True, "coach", "coaches"),
        Lever("appointments_per_day", ("diary.appointments_per_day",), False, "appointment a day at most", "appointments a day at most"),
        Lever("protected_admin_minutes", ("diary.protected_admin_minutes",), True, "protected minute a day", "protected minutes a day"),
        Lever("days_to_hire", ("hiring.days_to_hire.mean",), False, "working day to hire", "working days to hire"),
    )
}


def lever_of(name: str, highest: bool | None) -> Lever:
    """Gives the lever of a name, or makes one for a single input; `highest` looks for the highest value that is enough, not the lowest."""
    if name in KNOWN:
        lever = KNOWN[name]
    else:
        node = node_at(name.split("."))
        if node is None or node.kind != "figure":
            hint = suggest(name.split(".")) or f"choose {', '.join(KNOWN)}, or the path of a figure"
            raise usage_error("--lever", f"there is no lever `{name}`", hint)
        lever = Lever(name, (name,), True, name, name)
    return lever if highest is None else lever._replace(more_is_generous=not highest)


def values_of(text: str | None, lever: Lever, scenario: Scenario) -> list[float]:
    """Gives the values to choose from, rising: the range `LOW:HIGH` or `LOW:HIGH:STEP`, else the usual range of the lever."""
    if text is None:
        return _usual(lever, scenario)
    parts = text.split(":")
    fix = "write LOW:HIGH or LOW:HIGH:STEP, such as 18:40 or 0:240:30"
    try:
        low, high, step = (_ordinary(part, lever) for part in (*parts, "1")[:3]) if 2 <= len(parts) <= 3 else (math.nan,) * 3
    except ValueError as error:
        raise usage_error("--range", f"`{text}` is not a range: {error}", fix) from None
    if not (step > 0 and low <= high):
        raise usage_error("--range", f"`{text}` is not a range", fix)
    for end in (low, high):
        if wrong := beyond_limits(lever.paths, end):
            raise usage_error("--range", f"`{text}`: {lever.name} {wrong}")
    if (steps := (high - low) / step + 1e-9) >= MOST_VALUES:
        raise usage_error("--range", f"`{text}` has more than {MOST_VALUES} values", "take a larger step")
    values = [round(low + step_number * step, 10) for step_number in range(math.floor(steps) + 1)]
    if len(set(values)) < len(values):
        raise usage_error("--range", f"the values of `{text}` cannot be told from each other", "take a larger step")
    return values


def _ordinary(text: str, lever: Lever) -> float:
    """A number of a range; ValueError if it is none."""
    number = scalar(text.strip())
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ValueError(how_to_write(text, whole=False) or f"`{text.strip()}` is no number")
    if wrong := in_two_ways(lever.paths, number):
        raise ValueError(wrong)
    return float(number)


def with_value(scenario: Scenario, lever: Lever, value: float) -> Scenario:
    """Gives the scenario with the lever at a value: from the dates of changes that set the input, else from the start."""
    number = int(value) if float(value).is_integer() else value
    dated = _dated_places(lever.paths, scenario)
    if lever.name == COACHES and dated:
        raise usage_error(
            "--lever", f"`{scenario.name}` changes `office.establishment` at a date", "turn that: --lever office.establishment"
        )
    name = f"{scenario.name}-{lever.name.split('.')[-1]}-{number}"
    if wrong := wrong_with_name(name):
        raise usage_error("--lever", f"`{name}` cannot be a name: it {wrong}", "choose a shorter name for the scenario file")
    try:
        return replace(vary(scenario, dict.fromkeys(dated or lever.paths, number)), name=name)
    except ScenarioError as error:
        raise usage_error(
            "--range", f"{lever.name} cannot be {number}: {error.problems[0].message}", error.problems[0].suggestion
        ) from error


def since(scenario: Scenario, lever: Lever) -> str:
    """From when the lever acts, in words."""
    dates = sorted(change.date for change in scenario.changes if set(change.set) & set(lever.paths))
    return f"from {dates[0].isoformat()} on" if dates else "from the start"


def _usual(lever: Lever, scenario: Scenario) -> list[float]:
    settings = scenario.settings
    if lever.name == COACHES:
        now = max(settings.office.coaches, 2)
        return [float(value) for value in range(max(1, round(0.7 * now)), 2 * now + 1)]
    if lever.name == "appointments_per_day":
        most = max([27, settings.diary.appointments_per_day, *(int(change.set.get(lever.paths[0], 0)) for change in scenario.changes)])
        return [float(value) for value in range(8, most + 1)]
    if lever.name == "protected_admin_minutes":
        return [float(value) for value in range(0, 241, 15)]
    if lever.name == "days_to_hire":
        return [float(value) for value in range(10, 131, 10)]
    raise usage_error("--range", f"nothing is usual for `{lever.name}`", "give --range LOW:HIGH or LOW:HIGH:STEP")
