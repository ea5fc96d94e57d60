"""The JSON Schema of scenario files as people write them, for editors; generated from the schema of the figures.

It says what may stand where, with which limits. What only the whole scenario can tell (shares that add to one, a change
that says why, a parent that exists) is left to `jobcentre check`.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from jobcentre.scenario.changes import MOST_DAYS
from jobcentre.scenario.document import AROUND, CATALOGUE_ID, DIRECTIONS, FORMAT
from jobcentre.scenario.evidence import PRIORS, QUALITIES
from jobcentre.scenario.field_types import Section
from jobcentre.scenario.input_table import limits
from jobcentre.scenario.named_changes import KEYS, SITE_POSTS, YES_OR_NO
from jobcentre.scenario.named_changes import NAME as CHANGE_NAME
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import ANY_NAME, ROOT, SchemaNode, child_names, step

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1, "pattern": "\\S"}
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_TIME = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
_NAME = "[A-Za-z0-9_-]{1,40}"
#: A row's name: never a word that has a meaning of its own beside rows or values.
_ROW = f"^(?!(?:value|why)$){_NAME}$"
_AROUND_TEXTS = {
    "format": "The form in which the file is written; left out, it is this one",
    "title": "What this scenario is, in a few words",
    "catalogue": "Id of the scenario catalogue that this file answers, such as S13",
    "question": "The question it answers",
    "context": "Where it stands, instead of a question or beside it",
    "extends": "The scenario from which it differs: a bare name, or a path from this file's folder",
    "compared_with": "The scenario its results are to be set beside",
    "moves": "What the authors expect before any run: metrics that go up, go down or stay the same",
    "changes": "Figures that change from a date, each change under a name; one of the parent is overridden key by key, or removed by null",
    "why": "The reason for every figure here that differs from the parent and gives none itself",
}
_EVIDENCE_TEXTS = {
    "source": "Ids of publications (sources.yaml), `assumed`, or whose own figure it is",
    "quality": "How well it is known",
    "range": "What is thought possible: the lower end, the upper end",
    "prior": "How likely the values in the range are: all alike, the given value most of all, or in proportion",
    "drawn_with": "The figure that is drawn at the same place in its own range",
    "note": "The arithmetic, or what to know about it",
    "why": "Why it differs from the parent scenario",
}
#: Words that cannot name a change.
NOT_NAMES = (*YES_OR_NO, "null", "true", "false", SITE_POSTS)


def json_schema() -> Schema:
    """The whole schema, draft 2020-12."""
    definitions: dict[str, Schema] = {"form": _form(), "change": {}}
    sections = {name: _place(below, definitions) for name, below in _children(ROOT)}
    needed = [name for name in sections if Settings.model_fields[name].is_required()]
    definitions["change"] = _change()
    around = {name: _around(name) for name in AROUND}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of the jobcentre simulation",
        "type": "object",
        "properties": around | sections,
        "required": ["title"],
        "additionalProperties": False,
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": ["title", *needed], "properties": {"changes": {"additionalProperties": {"required": ["date", "set"]}}}},
        "$defs": definitions,
    }


def _around(name: str) -> Schema:
    """What stands beside the figures of a scenario."""
    about: Schema = {"description": _AROUND_TEXTS[name]}
    if name == "moves":
        return about | {"type": "object", "additionalProperties": {"enum": list(DIRECTIONS)}}
    if name == "changes":
        change = {"if": {"not": {"type": "null"}}, "then": {"$ref": "#/$defs/change"}}
        words = "|".join(
            SITE_POSTS if word == SITE_POSTS else "".join(f"[{letter}{letter.upper()}]" for letter in word) for word in NOT_NAMES
        )
        names = {"propertyNames": {"not": {"pattern": f"^(?:{words})$"}}, "patternProperties": {f"^{CHANGE_NAME}$": change}}
        return about | {"type": ["object", "null"], **names, "additionalProperties": False}
    if name == "format":
        return about | {"const": FORMAT}
    if name == "catalogue":
        return about | _TEXT | {"pattern": f"^{CATALOGUE_ID}$"}
    return about | _TEXT


def _children(spot: SchemaNode) -> Iterator[tuple[str, SchemaNode]]:
    for name in child_names(spot):
        below = step(spot, name)
        if below is not None:
            yield name, below


def _place(spot: SchemaNode, definitions: dict[str, Schema]) -> Schema:
    """What may stand at a place: it, or a form with its value."""
    about: Schema = {"description": text} if (text := _description(spot)) else {}
    if spot.kind == "section":
        return about | _or_none({"$ref": _section(spot.inner, definitions)}, spot)
    if spot.kind == "rows":
        return about | _or_none(_or_form(_rows(spot, definitions), {"required": ["value"]}), spot)
    if spot.kind == "distribution":
        plain = _or_form({"$ref": _section(spot.inner, definitions)}, {"required": ["value"]})
        return about | _or_none(plain, spot)
    return about | _or_form(_figure(spot), {"type": "object"})


def _or_form(plain: Schema, form: Schema) -> Schema:
    """A value by itself, or a form around it where the condition holds."""
    whole = {"allOf": [{"$ref": "#/$defs/form"}], "properties": {"value": plain}}
    return {"if": {"type": "object"} | form, "then": whole, "else": plain}


def _or_none(plain: Schema, spot: SchemaNode) -> Schema:
    return {"if": {"not": {"type": "null"}}, "then": plain} if spot.optional else plain


def _section(section: type[BaseModel], definitions: dict[str, Schema]) -> str:
    """The reference to a section's definition, which is made once."""
    name, reference = section.__name__, f"#/$defs/{section.__name__}"
    if name not in definitions:
        definitions[name] = {}  # a place kept, so that the order is that of the schema
        content: Schema = {}
        for key, below in _children(SchemaNode("section", section, False, None, True)):
            content[key] = _place(below, definitions)
            if below.kind == "figure":
                definitions[f"{name}.{key}"], content[key] = content[key], _of_section(name, key)
        plain: Schema = {"type": "object", "properties": content | {"why": _why()}, "additionalProperties": False}
        # a distribution's form is made where it stands
        definitions[name] = _or_form(plain, {"required": ["value"]}) if issubclass(section, Section) and "mean" not in content else plain
    return reference


def _of_section(section: str, name: str) -> Schema:
    """The reference to a figure's definition, used in its section and in changes."""
    return {"$ref": f"#/$defs/{section}.{name}"}


def _rows(spot: SchemaNode, definitions: dict[str, Schema]) -> Schema:
    inside = step(spot, ANY_NAME)
    row = {"if": {"not": {"type": "null"}}, "then": _place(inside._replace(field=None), definitions)} if inside is not None else {}
    return {
        "type": "object",
        "properties": {"why": _why()},
        "patternProperties": {_ROW: row},
        "additionalProperties": False,
    }


def _figure(spot: SchemaNode) -> Schema:
    """A single figure by itself."""
    inner, unit = spot.inner, spot.unit
    if typing.get_origin(inner) is tuple:
        part = SchemaNode("figure", typing.get_args(inner)[0], False, None, True)
        schema: Schema = {"type": "array", "items": _figure(part)} | ({"minItems": 1, "uniqueItems": True} if unit == "weekdays" else {})
    elif typing.get_origin(inner) is typing.Literal:
        schema = {"enum": list(typing.get_args(inner))}
    elif typing.get_origin(inner) is typing.Annotated:
        return _figure(spot._replace(inner=typing.get_args(inner)[0]))
    elif inner is bool:
        schema = {"type": "boolean"}
    elif unit == "date":
        schema = {"type": "string", "format": "date", "pattern": _DATE}
    elif unit == "time":
        schema = {"type": "string", "pattern": _TIME}
    elif inner in (int, float):
        schema = {"type": "integer" if inner is int else "number"} | _limits(spot)
    else:
        schema = {"type": "string"}
    if spot.optional and "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]} if spot.optional else schema


def _limits(spot: SchemaNode) -> Schema:
    names = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum"}
    found: Schema = {}
    for one in spot.field.metadata if spot.field else []:
        found |= {name: getattr(one, key) for key, name in names.items() if getattr(one, key, None) is not None}
    return found


def _description(spot: SchemaNode) -> str:
    """Meaning, unit and limits, as an editor shows them."""
    meaning = (spot.field.description if spot.field else "") or ""
    if not meaning and spot.kind == "section":
        meaning = (spot.inner.__doc__ or "").strip().splitlines()[0].rstrip(".")
    parts = [meaning]
    if spot.unit and spot.unit not in ("rows", "distribution", "choice", "text", "yes or no"):
        parts.append(f"Unit: {spot.unit}")
    if spot.kind == "figure" and (words := limits(spot)):
        parts.append(f"May be: {words}")
    if spot.kind == "figure" and spot.field is not None and not spot.changeable:
        parts.append("Given at the start; cannot change from a date")
    return ". ".join(part for part in parts if part)


def _form() -> Schema:
    said: dict[str, Schema] = {
        "source": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
        "quality": {"enum": list(QUALITIES)},
        "range": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "prior": {"enum": list(PRIORS)},
        "drawn_with": {"type": "string", "minLength": 1},
        "note": _TEXT,
        "why": _TEXT,
    }
    texts = {"value": {"description": "The figure itself"}} | {name: {"description": _EVIDENCE_TEXTS[name]} | said[name] for name in said}
    return {"type": "object", "properties": texts, "required": ["value"], "additionalProperties": False}


def _why() -> Schema:
    return {"description": _AROUND_TEXTS["why"]} | _TEXT


def _change() -> Schema:
    """One dated change; dotted paths of figures are spelled out so that an editor can offer them."""
    named: dict[str, Schema] = {}
    patterns: dict[str, Schema] = {}
    _targets(ROOT, (), named, patterns)
    said = {
        "date": {"description": "The first day of the new values", "type": "string", "format": "date", "pattern": _DATE},
        "over_days": {
            "description": "Calendar days over which numbers move linearly; 1: at once", "type": "integer", "minimum": 1, "maximum": MOST_DAYS,
        },
        "why": {"description": "The reason for the change"} | _TEXT,
        "set": {
            "description": "New values by dotted path, such as `diary.appointments_per_day: 27`",
            "type": "object", "properties": named, "patternProperties": patterns, "additionalProperties": False, "minProperties": 1,
        },
    }  # fmt: skip
    return {
        "type": "object",
        "properties": {key: said[key] for key in KEYS},
        "additionalProperties": False,
    }


def _targets(spot: SchemaNode, path: tuple[str, ...], named: dict[str, Schema], patterns: dict[str, Schema]) -> None:
    """Every figure below a place that can change from a date, by dotted path; below rows the paths are patterns."""
    for name in [ANY_NAME] if spot.kind == "rows" else child_names(spot):
        below = step(spot, name)
        if below is None or (below.kind == "figure" and not below.changeable):
            continue
        here = (*path, name)
        if below.kind != "figure":
            place: Schema = {"description": "Several figures below this place, as in a section", "type": "object"}
        elif spot.kind == "rows":
            place = {"description": _description(below)} | _or_form(_figure(below), {"type": "object"})
        else:
            place = _of_section(spot.inner.__name__, name)
        if ANY_NAME in here:
            patterns["^" + r"\.".join(_NAME if key == ANY_NAME else re.escape(key) for key in here) + "$"] = place
        else:
            named[".".join(here)] = place
        if below.kind != "figure":
            _targets(below, here, named, patterns)
