"""From the ranges and lists of the axes to the points of a sweep: grid, list, Latin hypercube, Sobol."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from jobcentre.scenario.numbers import how_to_write
from jobcentre.scenario.yaml_file import scalar
from jobcentre.studies.levers import MOST, Axis, InvalidAxis, Value, in_two_ways, number_on, value_on

Sampling = Literal["grid", "list", "latin_hypercube", "sobol"]
SAMPLINGS: tuple[Sampling, ...] = get_args(Sampling)
#: Those that draw a number of points between low and high.
SAMPLES = ("latin_hypercube", "sobol")
MOST_POINTS = 100_000
DIGITS = 10  # of drawn values, and those that tell two values apart

Column = tuple[Value, ...]


class Span(NamedTuple):
    """A range `LOW:HIGH` or `LOW:HIGH:STEP`, exact."""

    low: Decimal
    high: Decimal
    step: Decimal | None
    text: str


class AxisInput(NamedTuple):
    """The input of an axis: a range, a list, or one value that is held at all points; and where it was read."""

    axis: Axis
    span: Span | None = None
    values: Column = ()
    is_held: bool = False
    file: str = ""
    line: int | None = None
    path: str = ""


def span_of(text: str, axis: Axis) -> Span:
    """Reads a range from text; Unfit if it is none or has no extent."""
    parts = [_exact(part, text, axis) for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise _no_range(text)
    for place, part in enumerate(text.split(":")):
        try:  # before any value between the ends is made
            (value_on if place < 2 else number_on)(axis, scalar(part.strip()))
        except InvalidAxis as unfit:
            raise InvalidAxis(f"`{text}`: {unfit.message}", unfit.suggestion) from None
    low, high, step = parts[0], parts[1], parts[2] if len(parts) == 3 else None
    if low > high:
        again = f"{high}:{low}" + (f":{step}" if step is not None else "")
        raise InvalidAxis(f"`{text}` runs from high to low", f"write {again}")
    if step is not None and step <= 0:
        raise InvalidAxis(f"`{text}` has a step of {step}", "give a step above 0, or leave it out for steps of 1")
    if low == high:
        raise InvalidAxis(f"`{text}` holds one value", f"write {low} to hold it at all points")
    return Span(low, high, step, text)


def column(axis_input: AxisInput, sampling: Sampling) -> Column:
    """Gives the values of an axis, or low and high of samples; one value where it is held."""
    if axis_input.is_held:
        return axis_input.values
    if axis_input.span is None and not axis_input.values:
        raise InvalidAxis("is an empty list", "give values such as [18, 23, 27]")
    if sampling in SAMPLES:
        return _ends(axis_input, sampling)
    values = _steps(axis_input.span, axis_input.axis) if axis_input.span else axis_input.values
    if len(values) > MOST_POINTS:
        raise InvalidAxis(f"has {len(values):,} values, more than {MOST_POINTS:,}", "take fewer")
    if sampling == "grid" or axis_input.span:
        _checked_distinct(values)
    return values


def points_of(columns: Sequence[Column], axis_inputs: Sequence[AxisInput], sampling: Sampling, count: int, seed: int) -> tuple[Column, ...]:
    """The points in order, each with a value for each axis.

    The last axis of a grid moves fastest. Samples are drawn from `seed` alone. The first points of a larger Sobol sample are those of the
    smaller one; those of a Latin hypercube are not. Of a whole-number figure each number of the range is equally likely, so that
    two sampled points may be equal. They stay in the plan: each point stands for the same share of the ranges, which would tilt if some
    were left out, and equal points have equal runs, so that none is made twice.
    """
    if all(len(set(values)) == 1 for values in columns):
        raise InvalidAxis("varies nothing: every figure has one value", "give a range such as 18:30:2, or a list such as [18, 23, 27]")
    if sampling == "grid":
        size = math.prod(len(values) for values in columns)
        if size > MOST_POINTS:
            sizes = " × ".join(str(len(values)) for values in columns)
            hint = "take larger steps, fewer figures, or `sampling: sobol`"
            raise InvalidAxis(f"makes {sizes} = {size:,} points, more than {MOST_POINTS:,}", hint)
        return tuple(itertools.product(*columns))
    return (
        _listed(columns, axis_inputs)
        if sampling == "list"
        else _sampled(columns, [values.axis for values in axis_inputs], sampling, count, seed)
    )


def wrong_with_count(count: int | None, sampling: Sampling) -> InvalidAxis | None:
    """Why a number of points does not go with a kind of sampling, if it does not."""
    if sampling not in SAMPLES:
        hint = "leave it out, or choose `latin_hypercube` or `sobol`"
        return None if count is None else InvalidAxis(f"does not go with sampling `{sampling}`, which follows from the values", hint)
    if count is None:
        return InvalidAxis(f"is missing: sampling `{sampling}` needs a number of points", "such as 128")
    if not 1 <= count <= MOST_POINTS:
        return InvalidAxis(f"is {count} but must be from 1 to {MOST_POINTS:,}")
    if sampling == "sobol" and count & (count - 1):
        below = 1 << (count.bit_length() - 1)
        near = f"{below} or {2 * below}" if 2 * below <= MOST_POINTS else f"{below}"
        return InvalidAxis(
            f"is {count}, but Sobol points come in powers of two", f"take {near}, or `latin_hypercube`, which takes any number"
        )
    return None


def ten_digits(number: float) -> float:
    """A number with so many digits as are shown, so that it reads the same everywhere."""
    return float(f"{number:.{DIGITS}g}")


def _exact(part: str, text: str, axis: Axis) -> Decimal:
    try:
        value = scalar(part.strip())
    except ValueError as error:
        raise InvalidAxis(str(error)) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _no_range(text, how_to_write(part.strip(), axis.kind == "whole"))
    if not abs(value) <= MOST:
        raise InvalidAxis(f"`{text}`: {part.strip()} is not an ordinary number")
    if axis.kind == "number" and (wrong := in_two_ways(axis.figures, value)):
        raise InvalidAxis(wrong)
    return Decimal(repr(value))


def _no_range(text: str, number: str | None = None) -> InvalidAxis:
    return InvalidAxis(
        f"`{text}` is not a range", (f"{number}; " if number else "") + "write LOW:HIGH or LOW:HIGH:STEP, such as 18:30 or 18:30:2"
    )


def _steps(span: Span, axis: Axis) -> Column:
    """Gives the values of a range; the default step is 1."""
    step = Decimal(1) if span.step is None else span.step
    if span.high - span.low >= step * MOST_POINTS:
        raise InvalidAxis(f"`{span.text}` has more than {MOST_POINTS:,} values", "take a larger step")
    if span.high - span.low < step:
        wish = f":{float(span.high - span.low) / 5:.2g}" if axis.kind == "number" else ""
        example = f"{span.low}:{span.high}{wish}"
        raise InvalidAxis(f"`{span.text}` with a step of {step} holds one value", f"give a smaller step, such as {example}")
    count = int((span.high - span.low) / step) + 1
    return tuple(value_on(axis, _plain(span.low + step * step_number)) for step_number in range(count))


def _plain(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def _ends(axis_input: AxisInput, sampling: Sampling) -> Column:
    if axis_input.span is None:
        more = "" if axis_input.axis.is_number else "; what is not a number goes with `grid` and `list` only"
        raise InvalidAxis(f"is a list, but sampling `{sampling}` draws between low and high", f"write LOW:HIGH{more}")
    low, high, step, text = axis_input.span
    if step is not None:
        raise InvalidAxis(f"`{text}` has a step, but sampling `{sampling}` draws between low and high", f"write {low}:{high}")
    ends = tuple(value_on(axis_input.axis, _plain(end)) for end in (low, high))
    _checked_distinct(ends)
    return ends


def _checked_distinct(values: Column) -> None:
    """Checks that values differ, also as written; Unfit if two are equal."""
    seen: dict[Value, Value] = {}
    for value in values:
        key = ten_digits(value) if isinstance(value, float) else value
        if key in seen:
            same = seen[key] == value
            shown = str(value).lower() if isinstance(value, bool) else f"{value}"
            raise InvalidAxis(
                f"holds {shown} twice" if same else f"holds {seen[key]} and {shown}, which {DIGITS} digits do not tell apart",
                "delete one of the two" if same else "take values or steps further apart",
            )
        seen[key] = value


def _listed(columns: Sequence[Column], axis_inputs: Sequence[AxisInput]) -> tuple[Column, ...]:
    """Combines the lists position by position; a held value is repeated at each."""
    sizes = {
        values_of_axis.axis.name: len(values)
        for values_of_axis, values in zip(axis_inputs, columns, strict=True)
        if not values_of_axis.is_held
    }
    size = max(sizes.values())
    if len(set(sizes.values())) > 1:
        lengths = ", ".join(f"{name} has {length}" for name, length in sizes.items())
        hint = "values in the same place belong together; `sampling: grid` combines each with each"
        raise InvalidAxis(f"are lists of different length: {lengths}", hint)
    points = tuple(zip(*[values_of_axis if len(values_of_axis) > 1 else values_of_axis * size for values_of_axis in columns], strict=True))
    numbers: dict[Column, int] = {}
    for number, point in enumerate(points, start=1):
        if point in numbers:
            raise InvalidAxis(f"hold the same values in places {numbers[point]} and {number}", "delete one of the two from every list")
        numbers[point] = number
    return points


def _sampled(columns: Sequence[Column], axes: Sequence[Axis], sampling: Sampling, count: int, seed: int) -> tuple[Column, ...]:
    varied = [column for column, column_values in enumerate(columns) if len(column_values) == 2]
    ends = [[float(end) for end in columns[column]] for column in varied]
    if all(axes[column].kind == "whole" for column in varied):
        possible = math.prod(int(high) - int(low) + 1 for low, high in ends)
        if possible < count:
            raise InvalidAxis(
                f"hold {possible:,} different points, fewer than the {count:,} asked for", "take `sampling: grid`, or fewer points"
            )
    unit = _unit_points(sampling, len(varied), count, seed)
    drawn: list[Column] = [column_values * count for column_values in columns]
    for column, (low, high), shares in zip(varied, ends, unit.T, strict=True):
        if axes[column].kind == "whole":
            drawn[column] = tuple(min(int(low + math.floor(share * (high - low + 1))), int(high)) for share in shares.tolist())
            continue
        values = tuple(min(max(ten_digits(low + share * (high - low)), low), high) for share in shares.tolist())
        if len(set(values)) < count:
            name = axes[column].name
            raise InvalidAxis(
                f"`{name}` is too narrow for {count:,} points: {DIGITS} digits do not tell them apart", "widen it, or hold it"
            )
        drawn[column] = values
    return tuple(zip(*drawn, strict=True))


def _unit_points(sampling: Sampling, axes: int, count: int, seed: int) -> np.ndarray:
    """Points of the unit cube, one a row."""
    from scipy.stats import qmc

    sampler: Any = qmc.Sobol if sampling == "sobol" else qmc.LatinHypercube
    # the argument was renamed in scipy 1.15
    name = "rng" if "rng" in inspect.signature(sampler).parameters else "seed"
    drawn: np.ndarray = sampler(axes, scramble=True, **{name: np.random.default_rng(seed)}).random(count)
    return drawn
