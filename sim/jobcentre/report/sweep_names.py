"""What points, axes and scenarios of a sweep are called."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import TypeVar

from markupsafe import Markup

from jobcentre.report import sweep_analysis as found
from jobcentre.report.elements import as_input, sentence, title
from jobcentre.report.saved import SavedAxis, SavedSweep, Value

Text = TypeVar("Text", bound=str)


#: Most inputs written out in a sentence; beyond it, the number of the point.
MOST_WRITTEN = 3


def letters_of(sweep: SavedSweep) -> dict[str, str]:
    """Gives the letters of scenarios in charts; a single one has none."""
    if len(sweep.scenarios) == 1:
        return dict.fromkeys(sweep.scenarios, "")
    many = [*ascii_uppercase, *(a + b for a in ascii_uppercase for b in ascii_uppercase)]
    return dict(zip(sweep.scenarios, many, strict=False))


def scenario_label(sweep: SavedSweep, scenario: str) -> str:
    """Letter and title of a scenario."""
    own, letter = sweep.scenarios[scenario], letters_of(sweep)[scenario]
    text = title(own)
    if sum(title(each) == text for each in sweep.scenarios.values()) > 1:
        text = f"{text} ({scenario})"
    return f"{letter}: {text}" if letter else text


def point_text(sweep: SavedSweep, point: int) -> Markup:
    """The values of a point in words."""
    if len(sweep.axes) > MOST_WRITTEN:
        return as_input(f"point {point}")
    pairs = zip(sweep.axes, sweep.points[point], strict=True)
    return as_input(" and ".join(with_unit(axis, value, sweep) for axis, value in pairs))


def at_point_text(sweep: SavedSweep, point: int) -> Markup:
    """Writes the location of a point as part of a sentence."""
    return sentence("{} {}", "at" if len(sweep.axes) > MOST_WRITTEN else "with", point_text(sweep, point))


def with_unit(axis: SavedAxis, value: Value, sweep: SavedSweep | None = None) -> str:
    """A value with its unit, or with the name of its figure where the unit does not say which it is."""
    shared = sweep is not None and sum(each.unit == axis.unit for each in sweep.axes) > 1
    if shared or not axis.has_unit or not axis.numeric:
        return f"{lower(axis.label)} {plain_value(value)}" if sweep is not None else plain_value(value)
    return f"{plain_value(value)} {axis.unit}"


def at_edge(sweep: SavedSweep, point: int) -> Markup:
    """Names the inputs at an end of their range at a point: beyond it there are no runs."""
    if sweep.is_sample or (not sweep.is_grid and len(sweep.axes) > 1):
        return Markup()
    edges = [
        axis for axis, value in zip(sweep.axes, sweep.points[point], strict=True)
        if axis.numeric and len(axis.values) > 2 and value in (axis.values[0], axis.values[-1])
    ]  # fmt: skip
    return sentence("at the end of the range of {}", " and ".join(lower(axis.label) for axis in edges)) if edges else Markup()


def plain_value(value: Value) -> str:
    """Marks a value as an input."""
    return value if isinstance(value, str) else f"{value:,.10g}"


def lower(text: Text) -> Text:
    """The same with the first letter small, unless the word is an abbreviation."""
    return text if text[1:2].isupper() else type(text)(text[:1].lower() + text[1:])


def stretched(axis: SavedAxis, here: Sequence[Value]) -> str:
    """Values of a figure as stretches without a gap."""
    ordered = [value for value in axis.values if value in here]
    if not axis.numeric:
        return ", ".join(map(plain_value, ordered))
    parts = found.stretches(ordered, axis.values)
    return ", ".join(plain_value(a) if a == b else f"{plain_value(a)} to {plain_value(b)}" for a, b in parts)
