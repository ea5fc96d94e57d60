"""Named changes as scenario files give them: read file by file, each over those of its parent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jobcentre.scenario.changes import MOST_DAYS, NOT_GIVEN, Change
from jobcentre.scenario.errors import Problem, did_you_mean
from jobcentre.scenario.evidence import Evidence, SeparatedInputs, strip
from jobcentre.scenario.field_types import Distribution, date_of
from jobcentre.scenario.schema_paths import figure_path, is_ambiguous, node_at
from jobcentre.scenario.yaml_file import Node, from_plain, leaves, plain, scalar

KEYS = ("date", "over_days", "why", "set")
SECTION = "changes"
PREFIX = f"{SECTION}."
#: The change that a table of offices makes of the empty posts of each.
SITE_POSTS = "site_posts"
NAME = "[A-Za-z][A-Za-z0-9_-]{0,39}"
#: Text here, but yes or no to programs that read YAML 1.1, in letters of any size.
YES_OR_NO = ("y", "n", "yes", "no", "on", "off")


class Layer(NamedTuple):
    """What one file says of changes; `why` is the reason where it gives none, as on a command line."""

    scenario: str
    node: Node
    why: str = ""


class ChangeHistory(NamedTuple):
    """From which scenario a change comes, what others override in it, and which removes it."""

    name: str
    scenario: str
    overrides: tuple[tuple[str, tuple[str, ...]], ...] = ()
    removed_by: str | None = None


@dataclass(slots=True)
class _Draft:
    """A change by the files read so far; `places` are the nodes of its keys and of its figures."""

    node: Node
    date: dt.date | None = None
    over_days: int = 1
    why: str = ""
    set: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    places: dict[str, Node] = field(default_factory=dict)


def read_changes(layers: Iterable[Layer], problems: list[Problem], known: Sequence[Change] = ()) -> tuple[list[Change], dict[str, Node]]:
    """Changes by date and then by first appearance, and for each a node that knows the lines of its keys and figures.

    `known` are changes over which the layers are laid.
    """
    drafts = {one.name: _Draft(Node({}, "", None), one.date, one.over_days, one.why, dict(one.set), dict(one.evidence)) for one in known}
    for layer in layers:
        for name, item in _items(layer, [*drafts], problems):
            path = PREFIX + name
            if wrong := wrong_with_change_name(name):
                problems.append(Problem(item.file, item.line, path, f"`{name}` cannot name a change: it {wrong}", _better_name(name)))
            elif item.value is None and name in drafts:
                del drafts[name]
            elif item.value is None:
                message = f"`{name}` is set to null, which removes it, but no parent has such a change"
                problems.append(Problem(item.file, item.line, path, message, _which(name, drafts)))
            elif not item.is_mapping:
                problems.append(Problem(item.file, item.line, path, "should hold date, why and set"))
            elif not item.children and name in drafts:
                hint = "name what in it is to change, or leave it out; `null` in its place removes it"
                problems.append(Problem(item.file, item.line, path, "is empty, which changes nothing", hint))
            elif layer.why and name not in drafts and not {"date", "set"} <= item.children.keys():
                problems.append(Problem(item.file, item.line, path, f"`{layer.scenario}` has no change `{name}`", _which(name, drafts)))
            else:
                drafts[name] = _overridden(drafts.get(name, _Draft(item)), item, layer, path, problems)
    changes = [change for name, draft in drafts.items() if (change := _finished(name, draft, problems))]
    places = {name: Node(draft.places, draft.node.file, draft.node.line) for name, draft in drafts.items()}
    return sorted(changes, key=lambda change: change.date), places


def history(layers: Iterable[Layer]) -> list[ChangeHistory]:
    """What has become of every change, removed ones included, in order of first appearance."""
    there: dict[str, ChangeHistory] = {}
    gone: list[ChangeHistory] = []
    for scenario, node, _ in layers:
        for name, item in node.children.items():
            before = there.get(name)
            if item.value is None and before is not None:
                gone.append(there.pop(name)._replace(removed_by=scenario))
            elif before is not None:
                there[name] = before._replace(overrides=(*before.overrides, (scenario, _keys_of(item))))
            elif item.value is not None:
                there[name] = ChangeHistory(name, scenario)
    return [*there.values(), *gone]


def layers_of(values: Mapping[str, Any], file: str, scenario: str, why: str) -> list[Layer]:
    """Layers from values by dotted path, such as `changes.surge.date` or `changes.surge.set.diary.cover`; whole changes come first."""
    whole: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for dotted, value in values.items():
        name, _, rest = dotted.removeprefix(PREFIX).partition(".")
        key, _, path = rest.partition(".")
        if not rest:
            whole[name] = value
        elif path:
            parts.setdefault(name, {}).setdefault(key, {})[path] = value
        else:
            parts.setdefault(name, {})[key] = value
    return [Layer(scenario, from_plain(changes, file), why) for changes in (whole, parts)]


def wrong_with_change_name(name: str) -> str | None:
    """Why a change cannot be called so, if it cannot."""
    if "." in name:
        return "holds a dot, which parts the keys of a path"
    if name == SITE_POSTS:
        return "is kept for the posts of a table of offices"
    if not name[:1].isalpha() or not isinstance(scalar(name), str):
        return "is not text that begins with a letter"
    if name.lower() in YES_OR_NO:
        return "is read as yes or no by other programs"
    return None if re.fullmatch(NAME, name, re.ASCII) else "holds more than 40 characters, or others than letters, digits, _ and -"


def free_name(figures: Iterable[str], taken: Collection[str]) -> str:
    """A name for a change after the first figure it sets, with a number where that is taken.

    A last key that the schema has in several places is told with the key above it.
    """
    *_, above, last = ("", *next(iter(figures), "change").split("."))
    name = f"{above}_{last}" if above and (is_ambiguous(last) or last in Distribution.model_fields) else last
    name = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:36]
    if wrong_with_change_name(name):
        name = "change"
    return next(one for one in (name, *(f"{name}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def named_items(items: Sequence[Node], taken: Collection[str] = ()) -> dict[str, Node]:
    """The changes of a list, the form before format 2, under names made for them."""
    named: dict[str, Node] = {}
    for item in items:
        named[free_name(figures_of(item), {*taken, *named})] = item
    return named


def figures_of(item: Node) -> list[str]:
    """Dotted paths of the figures that a change in a file sets."""
    values = item.children.get("set")
    return list(_figures(values, "", SeparatedInputs(""))[0]) if values is not None else []


def _keys_of(item: Node) -> tuple[str, ...]:
    """What a file gives of a change, its reason left out."""
    return tuple(
        key for name in item.children for key in ([f"set.{path}" for path in figures_of(item)] if name == "set" else [name]) if key != "why"
    )


def _which(name: str, known: Collection[str]) -> str:
    """The change probably meant, or all there are."""
    return did_you_mean(name, known) or f"changes: {', '.join(known) or 'none'}"


def _better_name(name: str) -> str:
    better = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:30]
    return f"call it for example `{f'change_{better}' if wrong_with_change_name(better) else better}`"


def _items(layer: Layer, inherited: Collection[str], problems: list[Problem]) -> Iterable[tuple[str, Node]]:
    """The changes of one file by name."""
    node, upgrade = layer.node, f"run `jobcentre upgrade {layer.node.file}`"
    if isinstance(node.value, tuple):
        message = "is a list; since format 2 each change stands under a name of its own"
        problems.append(Problem(node.file, node.line, SECTION, message, upgrade))
    elif node.value is None and inherited:
        message = f"is empty and says nothing of the changes that this file inherits: {', '.join(inherited)}"
        hint = f"delete the line to keep them; to remove them write `name: null` for each, or {upgrade}"
        problems.append(Problem(node.file, node.line, SECTION, message, hint))
    elif node.value is not None and not node.is_mapping:
        message = "should hold changes, each under its name"
        problems.append(Problem(node.file, node.line, SECTION, message, "begin each with a line `name:`, and below it `date: …`"))
    return node.children.items()


def _overridden(parent: _Draft, item: Node, layer: Layer, path: str, problems: list[Problem]) -> _Draft:
    """The parent's change with what this file says of it."""
    for key, child in item.children.items():
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or "known: " + ", ".join(KEYS)
            problems.append(Problem(child.file, child.line, f"{path}.{key}", f"`{key}` is not known here", hint))
    why, out = _why(item, path, problems), SeparatedInputs(layer.scenario)
    figures, places = _figures(item.children.get("set", Node({}, item.file, item.line)), why or layer.why, out)
    problems += out.problems
    moved = bool(parent.set) and ("date" in item.children or "over_days" in item.children)
    if (out.bare or moved) and not layer.why and "why" not in item.children:
        problems.append(Problem(item.file, item.line, f"{path}.why", "does not say why", "add a line `why: …` beside `date`"))
    draft = _Draft(item, parent.date, parent.over_days, why or parent.why, dict(parent.set), dict(parent.evidence))
    draft.places = parent.places | item.children | places
    if "date" in item.children:
        draft.date = _date(item.children["date"], path, problems)
    if "over_days" in item.children:
        draft.over_days = _over_days(item.children["over_days"], path, problems)
    if "set" in item.children and not figures:
        problems.append(_names_no_figure(item.children["set"], path))
    for key, value in figures.items():
        _set_figure(draft, key, value, path, problems)
    # what was taken out of the change needs no evidence
    draft.evidence |= {path: known for path, known in out.evidence.items() if any(f"{key}.".startswith(f"{path}.") for key in draft.set)}
    return draft


def _set_figure(draft: _Draft, key: str, value: Any, path: str, problems: list[Problem]) -> None:
    """One figure over that of the parent; null takes away what it cannot be the value of."""
    spot = node_at(key.split("."))
    over = [known for known in draft.set if known == key or (value is None and known.startswith(f"{key}."))]
    for known in over:
        draft.evidence.pop(".".join(figure_path((*known.split("."),))), None)
    if value is not None or spot is None or (spot.kind == "figure" and spot.optional):
        draft.set[key] = value
        return
    for known in over:
        del draft.set[known]
    if not over:
        at = draft.places[key]
        message = "is set to null, which takes it out of the change, but no parent's change sets it"
        problems.append(Problem(at.file, at.line, f"{path}.set.{key}", message, did_you_mean(key, draft.set) or "give it a value"))


def _finished(name: str, draft: _Draft, problems: list[Problem]) -> Change | None:
    """The change, or None if what all files say of it is not enough."""
    path, at = PREFIX + name, draft.node
    if "date" not in draft.places and draft.date is None:
        problems.append(Problem(at.file, at.line, f"{path}.date", "`date` is missing", "add `date: YYYY-MM-DD`"))
    if not draft.set and not any(f"{problem.path}.".startswith(f"{path}.set.") for problem in problems):
        problems.append(_names_no_figure(draft.places.get("set", at), path))
    if draft.date is None or not draft.set:
        return None
    reasons = dict.fromkeys(one.why or one.note for one in draft.evidence.values())
    why = draft.why or " ".join(reasons).strip() or NOT_GIVEN
    return Change(draft.date, draft.set, draft.over_days, why, draft.evidence, name)


def _names_no_figure(at: Node, path: str) -> Problem:
    return Problem(at.file, at.line, f"{path}.set", "names no figure", "add `set:` with lines such as `diary.appointments_per_day: 27`")


def _figures(values: Node, why: str, out: SeparatedInputs) -> tuple[dict[str, Any], dict[str, Node]]:
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


def _why(item: Node, path: str, problems: list[Problem]) -> str:
    node = item.children.get("why")
    if node is None:
        return ""
    if not isinstance(node.value, str) or not node.value.strip():
        problems.append(Problem(node.file, node.line, f"{path}.why", "`why` should be a sentence"))
        return ""
    return node.value.strip()


def _date(node: Node, path: str, problems: list[Problem]) -> dt.date | None:
    try:
        return date_of(node.value)
    except ValueError as error:
        problems.append(Problem(node.file, node.line, f"{path}.date", str(error)))
        return None


def _over_days(node: Node, path: str, problems: list[Problem]) -> int:
    if isinstance(node.value, int) and not isinstance(node.value, bool) and 1 <= node.value <= MOST_DAYS:
        return node.value
    message = f"should be a whole number of calendar days from 1 to {MOST_DAYS}"
    problems.append(Problem(node.file, node.line, f"{path}.over_days", message, "leave it out, or write 1, for a change at once"))
    return 1
