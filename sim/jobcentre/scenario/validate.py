"""Makes settings from plain values and says in plain words what is wrong with them."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError

from jobcentre.scenario import checks as consistency
from jobcentre.scenario.errors import Complaint, did_you_mean
from jobcentre.scenario.numbers import how_to_write
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import ROOT, belongs, child_names, node_at, suggest

_MANY = 3
MOST_PROBLEMS = 200


class Built(NamedTuple):
    """Settings, or None with what is wrong."""

    settings: Settings | None
    complaints: list[Complaint]


def build(data: dict[str, Any], at_start: bool = True) -> Built:
    """Settings from plain values (times as HH:MM, dates as YYYY-MM-DD), with all checks."""
    settings, complaints = _read(data)
    if settings is not None:
        complaints = list(consistency.check(settings, at_start))
    return Built(None if complaints else settings, complaints)


def wrong_values(data: dict[str, Any]) -> list[Complaint]:
    """What is wrong with single figures, whether or not they fit together."""
    return _read(data).complaints


def _read(data: dict[str, Any]) -> Built:
    try:
        return Built(Settings.model_validate(data), [])
    except ValidationError as error:
        found = [_plain_words(one, data) for one in error.errors(include_url=False)[:MOST_PROBLEMS]]
        return Built(None, _one_for_a_row(list(dict.fromkeys(found)), data))


def _plain_words(error: Any, data: dict[str, Any]) -> Complaint:
    """One of pydantic's complaints as path and sentence."""
    names = [part for part in error["loc"] if part != "[key]"]
    index = next((place for place, part in enumerate(names) if isinstance(part, int)), len(names))
    path = tuple(str(part) for part in names[:index])
    prefix = f"item {names[index] + 1} " if index < len(names) else ""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Complaint(path, f"`{path[-1]}` is not known here", belongs(path[-1]) or suggest(path) or _allowed(path))
    if kind == "missing":
        return Complaint(path, _missing(path), None)
    if value is None:
        return Complaint(path, f"{prefix}has no value", "write one after the colon, or delete the line to inherit it")
    message, hint = _words(kind, value, context, path)
    return Complaint(path, prefix + (message or str(error["msg"]).removeprefix("Value error, ")), hint)


def _one_for_a_row(complaints: list[Complaint], data: dict[str, Any]) -> list[Complaint]:
    """Several figures missing from one row, or one where the row is called as a figure is, become one complaint: it is probably mistyped."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for one in complaints:
        row_of = node_at(one.path[:-2])
        if one.message.startswith(f"`{one.path[-1]}` is missing") and row_of is not None and row_of.kind == "rows":
            missing.setdefault(one.path[:-1], []).append(one.path[-1])
    missing = {row: names for row, names in missing.items() if len(names) >= _MANY or belongs(row[-1])}
    found = [one for one in complaints if one.path[-1] not in missing.get(one.path[:-1], ())]
    for row, names in missing.items():
        others = [name for name in _at(data, row[:-1]) if name != row[-1]]
        hint = belongs(row[-1]) or did_you_mean(row[-1], others) or "a new row gives all its figures"
        found.append(Complaint(row, f"lacks {', '.join(names)}", hint))
    return found


def _at(data: dict[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _words(kind: str, value: Any, context: dict[str, Any], path: tuple[str, ...]) -> tuple[str, str | None]:
    shown = _shown(value)
    limits = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le"), "greater_than": ("above", "gt")}
    if kind in limits:
        words, key = limits[kind]
        return f"is {shown} but must be {words} {context[key]:.15g}{_unit(path)}", None
    if kind == "finite_number":
        return f"is {shown} but must be an ordinary number", None
    if kind in ("float_type", "int_type", "int_from_float", "float_parsing", "int_parsing"):
        return _not_a_number(value, shown, whole=kind.startswith("int"), path=path)
    if kind == "bool_type":
        return f"is {shown} but must be true or false", "YAML 1.2 knows only true and false, not yes or no" if isinstance(
            value, str
        ) else None
    if kind == "string_type":
        return f"is {shown} but must be text", f"write it in quotes: '{value}'" if not isinstance(value, dict | tuple) else None
    if kind == "literal_error":
        allowed = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"is {shown} but must be one of {', '.join(allowed)}", did_you_mean(str(value), allowed)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return _not_a_section(shown, path)
    if kind == "tuple_type":
        return f"is {shown} but must be a list", "write it in square brackets: [a, b]"
    if kind in ("too_short", "too_long"):
        if kind == "too_short" and context["min_length"] == 1:
            return "has no entries", "give at least one"
        return (
            f"has fewer than {context['min_length']} entries" if kind == "too_short" else f"has more than {context['max_length']} entries",
            None,
        )
    return "", None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, float):
        return f"{value:.15g}"
    text = str(value) if isinstance(value, int) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _not_a_number(value: Any, shown: str, whole: bool, path: tuple[str, ...]) -> tuple[str, str | None]:
    wanted = "a whole number" if whole else "a number"
    hint = None
    if isinstance(value, str):
        hint = how_to_write(value, whole) or "numbers stand without quotes, units or commas"
    elif isinstance(value, dict):
        hint = f"it may hold {', '.join(child_names(spot))}" if (spot := node_at(path)) and child_names(spot) else None
    return f"is {shown} but must be {wanted}{_unit(path)}", hint


def _not_a_section(shown: str, path: tuple[str, ...]) -> tuple[str, str | None]:
    spot = node_at(path)
    if spot and spot.kind == "distribution":
        return f"is {shown} but must be a distribution", "write {mean: …, cv: …, family: …}"
    names = child_names(spot) if spot else []
    above = node_at(path[:-1])
    if above is not None and above.kind == "rows" and (hint := belongs(path[-1])):
        return f"is {shown} but must be a section", hint
    return (
        f"is {shown} but must be a section",
        f"with {', '.join(names[:6])}{' …' if len(names) > 6 else ''}" if names else "with a name for each row",
    )


def _unit(path: tuple[str, ...]) -> str:
    spot = node_at(path)
    return f" ({spot.unit})" if spot and spot.unit else ""


def _missing(path: tuple[str, ...]) -> str:
    spot = node_at(path)
    meaning = spot.field.description if spot and spot.field else None
    return f"`{path[-1]}` is missing" + (f" ({meaning[0].lower()}{meaning[1:]})" if meaning else "")


def _allowed(path: tuple[str, ...]) -> str | None:
    spot = node_at(path[:-1]) if len(path) > 1 else ROOT
    names = child_names(spot) if spot else []
    return f"known here: {', '.join(names)}" if names and len(names) <= 16 else None
