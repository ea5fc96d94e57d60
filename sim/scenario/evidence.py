"""Separates what a file says about its figures (source, quality, range, why) from the figures themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.nodes import Node, Path, leaves, plain
from sim.scenario.paths import figure_path, spot_at
from sim.scenario.problems import Problem, did_you_mean

FORM = ("value", "source", "quality", "range", "note", "why")
QUALITIES = ("measured", "reported", "policy", "testimony", "derived", "assumed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a figure comes from; `source` holds ids of publications or `assumed`, `scenario` names the file that gave it."""

    source: tuple[str, ...] = ()
    quality: str | None = None
    range: tuple[float, float] | None = None
    note: str = ""
    why: str = ""
    scenario: str = ""

    @property
    def is_full(self) -> bool:
        """Whether source and quality are given."""
        return bool(self.source) and self.quality is not None


@dataclass(slots=True)
class Stripped:
    """Figures without what is said about them; `bare` are the figures for which the file gives no reason."""

    scenario: str
    evidence: dict[str, Evidence] = field(default_factory=dict)
    bare: list[tuple[Path, Node]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, node: Node, path: Path, message: str, suggestion: str | None = None) -> None:
        """Notes a problem at a node."""
        self.problems.append(Problem(node.file, node.line, ".".join(path), message, suggestion))


def strip(node: Node, path: Path, why: str, out: Stripped) -> Node:
    """The figures below a node as plain values; what is said about them goes to `out`."""
    if "value" in node.children or _is_form_without_value(node):
        return _strip_form(node, path, why, out)
    if node.is_mapping:
        why = _text(node, "why", path, out) or why
        content = {key: strip(child, (*path, key), why, out) for key, child in node.children.items() if key != "why"}
        return Node(content, node.file, node.line, node.whole)
    if why:
        out.evidence[".".join(figure_path(path))] = Evidence(why=why, scenario=out.scenario)
    else:
        out.bare.append((path, node))
    return node


def as_form(value: Any, said: Evidence) -> dict[str, Any]:
    """A figure with what is known about it, as a file writes it."""
    form: dict[str, Any] = {"value": value}
    if said.source:
        form["source"] = said.source[0] if len(said.source) == 1 else list(said.source)
    if said.range is not None:
        form["range"] = list(said.range)
    form |= {"quality": said.quality, "note": said.note, "why": said.why}
    return {key: form[key] for key in FORM if key == "value" or form.get(key)}


def merged(parent: Mapping[str, Evidence], variant: Mapping[str, Evidence], tree: Node) -> dict[str, Evidence]:
    """The evidence of a parent, replaced where a variant gives its own, for the figures that still exist."""
    kept = {
        path: said for path, said in parent.items() if not any(path == own or path.startswith(own + ".") for own in _above(path, variant))
    }
    return {path: said for path, said in (kept | dict(variant)).items() if _exists(tree, path)}


def _above(path: str, paths: Mapping[str, Evidence]) -> list[str]:
    """The paths in a mapping that are a path or lie above it."""
    keys = path.split(".")
    return [above for above in (".".join(keys[: n + 1]) for n in range(len(keys))) if above in paths]


def _exists(tree: Node, path: str) -> bool:
    for key in path.split("."):
        if key not in tree.children:
            return False
        tree = tree.children[key]
    return True


def _is_form_without_value(node: Node) -> bool:
    keys = set(node.children)
    return bool(keys - {"why"}) and keys <= set(FORM)


def _strip_form(node: Node, path: Path, why: str, out: Stripped) -> Node:
    """The value of a form; its evidence is noted for every figure in it."""
    for key, child in node.children.items():
        if key not in FORM:
            torn = "a text with a comma stands in quotes inside braces" if child.value is None else None
            hint = torn or did_you_mean(key, FORM) or "a figure holds value, source, quality, range, note and why"
            out.complain(child, (*path, key), f"`{key}` is not known beside a value", hint)
    if "value" not in node.children:
        out.complain(node, path, "has no `value`", "add `value:` beside source, quality and range")
        return Node(None, node.file, node.line)
    value = node.children["value"]
    said = _evidence(node, path, why, out)
    inner = Stripped(out.scenario)
    content = strip(value, path, "", inner)
    out.problems += inner.problems
    spot = spot_at(path)
    if spot is None or spot.kind in ("figure", "distribution") or not content.is_mapping:
        out.evidence[".".join(path)] = said
    else:
        for below, _ in leaves(content, path):
            out.evidence[".".join(figure_path(below))] = said
    out.evidence.update(inner.evidence)
    if not (said.why or "why" in node.children or said.is_full):
        out.bare.append((path, node))
    return Node(content.value, node.file, node.line, whole=content.is_mapping)


def _evidence(node: Node, path: Path, why: str, out: Stripped) -> Evidence:
    return Evidence(
        source=_source(node, path, out),
        quality=_quality(node, path, out),
        range=_range(node, path, out),
        note=_text(node, "note", path, out),
        why=_text(node, "why", path, out) or why,
        scenario=out.scenario,
    )


def _text(node: Node, key: str, path: Path, out: Stripped) -> str:
    child = node.children.get(key)
    if child is None:
        return ""
    if not isinstance(child.value, str) or not child.value.strip():
        out.complain(child, (*path, key), f"`{key}` should be a sentence", "write it in words, in quotes if it holds a colon")
        return ""
    return child.value.strip()


def _source(node: Node, path: Path, out: Stripped) -> tuple[str, ...]:
    child = node.children.get("source")
    if child is None:
        return ()
    ids: tuple[Any, ...] = plain(child) if isinstance(child.value, tuple) else (child.value,)
    named = tuple(one.strip() for one in ids if isinstance(one, str) and one.strip())
    if not ids or len(named) < len(ids):
        out.complain(child, (*path, "source"), "`source` should be an id such as A1, a list of ids, or `assumed`")
    return named


def _quality(node: Node, path: Path, out: Stripped) -> str | None:
    child = node.children.get("quality")
    if child is None:
        return None
    if child.value not in QUALITIES:
        hint = did_you_mean(str(child.value), QUALITIES)
        out.complain(child, (*path, "quality"), f"`quality` should be one of {', '.join(QUALITIES)}", hint)
        return None
    return str(child.value)


def _range(node: Node, path: Path, out: Stripped) -> tuple[float, float] | None:
    """The range of a number, which must hold its value."""
    child = node.children.get("range")
    if child is None:
        return None
    ends: Any = plain(child)
    if not isinstance(ends, tuple) or len(ends) != 2 or not all(_is_number(end) for end in ends) or not ends[0] <= ends[1]:
        out.complain(child, (*path, "range"), "`range` should be two numbers, the lower first", "for example `range: [5, 8]`")
        return None
    value = plain(node.children["value"])
    middle = value.get("mean") if isinstance(value, dict) else value
    if _is_number(middle) and not ends[0] <= middle <= ends[1]:
        out.complain(
            child,
            (*path, "range"),
            f"the value {middle:g} lies outside its range {ends[0]:g} to {ends[1]:g}",
            "correct the value or the range",
        )
    return float(ends[0]), float(ends[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300
