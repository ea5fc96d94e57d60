"""The reference table of all figures, generated from the schema."""

from __future__ import annotations

import typing
from typing import Any

from jobcentre.scenario.field_types import Distribution
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import ROOT, SchemaNode, all_figures, child_names, number_limits, step

_INTRODUCTION = """# Figures

Every figure a scenario may give, generated from the schema. `*` stands for the name of a row, which a scenario chooses
(a group, an exit, a plan, a phase, a response). A figure marked *start* is given once; all others can also change from a
date. A distribution is written `{mean: …, cv: …, family: …}`, its mean in the unit shown; families: FAMILIES. For the families
`constant`, `exponential` and `table` the cv is not used.

Wherever a figure stands there may be `{value: …, source: …, quality: …, range: [low, high], note: …, why: …}` instead. A
scenario that `extends` another gives only what differs: sections are merged, values, lists and such forms replace, a
`changes` are overridden, added or removed one by one, and a row or change set to null is removed. Each figure that differs has a `why`, of its own
or of the section around it.
"""


def markdown() -> str:
    """All figures as Markdown: one table for each section of a scenario, with path, meaning, unit and limits."""
    families = ", ".join(f"`{name}`" for name in typing.get_args(Distribution.model_fields["family"].annotation))
    parts = [_INTRODUCTION.replace("FAMILIES", families)]
    for name in child_names(ROOT):
        below = step(ROOT, name)
        if below is not None:
            parts.append(f"## {name}\n\n{_heading(name, below)}\n\n{_table(name, below)}\n")
    return "\n".join(parts)


def limits(spot: SchemaNode) -> str:
    """What a figure may be, in words."""
    choices = _choices(spot.inner)
    if choices:
        words = ", ".join(f"`{choice}`" for choice in choices)
    elif spot.inner is bool:
        words = "true or false"
    elif spot.unit == "time":
        words = "00:00 to 24:00"
    else:
        words = _number_limits(spot)
    return words + (" or none" if spot.optional else "")


def _heading(name: str, spot: SchemaNode) -> str:
    field = Settings.model_fields[name]
    text = field.description or (spot.inner.__doc__ if spot.kind == "section" else "") or name
    return text.strip().splitlines()[0].rstrip(".") + "."


def _table(name: str, spot: SchemaNode) -> str:
    lines = ["| figure | meaning | unit | limits | |", "| --- | --- | --- | --- | --- |"]
    for path, figure in all_figures(spot, (name,)):
        meaning = (figure.field.description if figure.field else "") or ""
        when = "" if figure.changeable else "start"
        lines.append(f"| `{'.'.join(path)}` | {_safe(meaning)} | {_safe(figure.unit)} | {_safe(limits(figure))} | {when} |")
    return "\n".join(lines)


def _safe(text: str) -> str:
    return text.replace("|", "\\|")


def _choices(inner: Any) -> tuple[str, ...]:
    """The words of a choice, or of the items of a list of choices."""
    if typing.get_origin(inner) is tuple:
        inner = typing.get_args(inner)[0]
    return typing.get_args(inner) if typing.get_origin(inner) is typing.Literal else ()


def _number_limits(spot: SchemaNode) -> str:
    """Lower and upper limit as the schema declares them."""
    if spot.kind == "distribution":
        return "mean above 0"
    found = number_limits(spot)
    low = f"above {found['gt']:,.15g}" if "gt" in found else f"{found['ge']:,.15g}" if "ge" in found else ""
    high = f"{found['le']:,.15g}" if "le" in found else ""
    if low and high:
        return f"{low}, at most {high}" if "gt" in found else f"{low} to {high}"
    return low or (f"at most {high}" if high else "")
