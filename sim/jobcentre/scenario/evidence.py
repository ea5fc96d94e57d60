"""What is known of inputs: the evidence of each, the list of publications, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jobcentre.scenario.errors import Problem, ScenarioError, did_you_mean
from jobcentre.scenario.files import PACKAGE_SCENARIOS, SOURCES
from jobcentre.scenario.numbers import PointNumber
from jobcentre.scenario.schema_paths import figure_path, node_at, number_limits, suggest
from jobcentre.scenario.yaml_file import Node, NodePath, leaves, plain, read

FORM = ("value", "source", "quality", "range", "prior", "drawn_with", "note", "why")
QUALITIES = ("measured", "reported", "policy", "testimony", "derived", "assumed")
#: How likely the values in a range are: all alike, the given value most of all, or in proportion rather than in distance.
PRIORS = ("uniform", "triangular", "lognormal")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a figure comes from; `source` holds ids of publications or `assumed`, `scenario` names the file that gave it.

    `prior` says how likely the values in the range are; the figure named by `drawn_with` lies at the same place in its own range.
    """

    source: tuple[str, ...] = ()
    quality: str | None = None
    range: tuple[float, float] | None = None
    prior: str = "uniform"
    drawn_with: str = ""
    note: str = ""
    why: str = ""
    scenario: str = ""

    @property
    def is_full(self) -> bool:
        """Whether source and quality are given."""
        return bool(self.source) and self.quality is not None


@dataclass(slots=True)
class SeparatedInputs:
    """Figures without what is said about them; `bare` are the figures for which the file gives no reason."""

    scenario: str
    evidence: dict[str, Evidence] = field(default_factory=dict)
    bare: list[tuple[NodePath, Node]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, node: Node, path: NodePath, message: str, suggestion: str | None = None) -> None:
        """Notes a problem at a node."""
        self.problems.append(Problem(node.file, node.line, ".".join(path), message, suggestion))


def strip(node: Node, path: NodePath, why: str, out: SeparatedInputs) -> Node:
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
    prior = "" if said.prior == "uniform" else said.prior
    form |= {"quality": said.quality, "prior": prior, "drawn_with": said.drawn_with, "note": said.note, "why": said.why}
    return {key: form[key] for key in FORM if key == "value" or form.get(key)}


def merged(parent: Mapping[str, Evidence], variant: Mapping[str, Evidence], tree: Node) -> dict[str, Evidence]:
    """The evidence of a parent, replaced where a variant gives its own, for the figures that still exist."""
    below = tuple(f"{path}." for path in variant)
    kept = {path: said for path, said in parent.items() if path not in variant and not path.startswith(below)}
    return {path: said for path, said in (kept | dict(variant)).items() if _exists(tree, path)}


def _exists(tree: Node, path: str) -> bool:
    for key in path.split("."):
        children = tree.children
        if key not in children:
            return False
        tree = children[key]
    return True


def _is_form_without_value(node: Node) -> bool:
    keys = set(node.children)
    return bool(keys - {"why"}) and keys <= set(FORM)


def _strip_form(node: Node, path: NodePath, why: str, out: SeparatedInputs) -> Node:
    """The value of a form; its evidence is noted for every figure in it."""
    for key, child in node.children.items():
        if key not in FORM:
            torn = "a text with a comma stands in quotes inside braces" if child.value is None else None
            hint = torn or did_you_mean(key, FORM) or f"a figure holds {', '.join(FORM[:-1])} and {FORM[-1]}"
            out.complain(child, (*path, key), f"`{key}` is not known beside a value", hint)
    if "value" not in node.children:
        out.complain(node, path, "has no `value`", "add `value:` beside source, quality and range")
        return Node(None, node.file, node.line)
    value = node.children["value"]
    said = _evidence(node, path, why, out)
    spot = node_at(path)
    if spot is not None and spot.kind == "figure" and "value" in value.children:
        out.complain(value, path, "holds a second `value:` within the first", "write the figure itself behind `value:`")
    inner = SeparatedInputs(out.scenario)
    content = strip(value, path, "", inner)
    out.problems += inner.problems
    if spot is None or spot.kind in ("figure", "distribution") or not content.is_mapping:
        out.evidence[".".join(path)] = said
    else:
        for below, _ in leaves(content, path):
            out.evidence[".".join(figure_path(below))] = said
    out.evidence.update(inner.evidence)
    if not (said.why or "why" in node.children or said.is_full):
        out.bare.append((path, node))
    return Node(content.value, node.file, node.line, whole=content.is_mapping)


def _evidence(node: Node, path: NodePath, why: str, out: SeparatedInputs) -> Evidence:
    return Evidence(
        source=_source(node, path, out),
        quality=_quality(node, path, out),
        range=_range(node, path, out),
        prior=_prior(node, path, out),
        drawn_with=_drawn_with(node, path, out),
        note=_text(node, "note", path, out),
        why=_text(node, "why", path, out) or why,
        scenario=out.scenario,
    )


def _text(node: Node, key: str, path: NodePath, out: SeparatedInputs) -> str:
    child = node.children.get(key)
    if child is None:
        return ""
    if not isinstance(child.value, str) or not child.value.strip():
        out.complain(child, (*path, key), f"`{key}` should be a sentence", "write it in words, in quotes if it holds a colon")
        return ""
    return child.value.strip()


def _source(node: Node, path: NodePath, out: SeparatedInputs) -> tuple[str, ...]:
    child = node.children.get("source")
    if child is None:
        return ()
    ids: tuple[Any, ...] = plain(child) if isinstance(child.value, tuple) else (child.value,)
    named = tuple(one.strip() for one in ids if isinstance(one, str) and one.strip())
    if not ids or len(named) < len(ids):
        out.complain(child, (*path, "source"), "`source` should be an id such as A1, a list of ids, or `assumed`")
    return named


def _quality(node: Node, path: NodePath, out: SeparatedInputs) -> str | None:
    child = node.children.get("quality")
    if child is None:
        return None
    if child.value not in QUALITIES:
        hint = did_you_mean(str(child.value), QUALITIES)
        out.complain(child, (*path, "quality"), f"`quality` should be one of {', '.join(QUALITIES)}", hint)
        return None
    return str(child.value)


def _prior(node: Node, path: NodePath, out: SeparatedInputs) -> str:
    """How likely the values in the range are."""
    child = node.children.get("prior")
    if child is None:
        return PRIORS[0]
    if child.value not in PRIORS:
        hint = did_you_mean(str(child.value), PRIORS)
        out.complain(child, (*path, "prior"), f"`prior` should be one of {', '.join(PRIORS)}", hint)
        return PRIORS[0]
    ends = plain(node.children["range"]) if "range" in node.children else None
    if not isinstance(ends, tuple) or len(ends) != 2:
        out.complain(child, (*path, "prior"), "is of no use without a range", "add `range:`, or leave it out")
    elif child.value == "lognormal" and _is_number(ends[0]) and ends[0] <= 0:
        out.complain(child, (*path, "prior"), "`lognormal` needs a range above 0", "correct the range, or take another prior")
    return str(child.value)


def _drawn_with(node: Node, path: NodePath, out: SeparatedInputs) -> str:
    """The figure at whose place in its range this one lies in its own."""
    leader = _text(node, "drawn_with", path, out)
    spot = node_at(leader.split(".")) if leader else None
    if leader and (spot is None or spot.kind not in ("figure", "distribution") or leader == ".".join(path)):
        hint = suggest(leader.split(".")) or "give the dotted path of another figure"
        out.complain(node.children["drawn_with"], (*path, "drawn_with"), f"`{leader}` is not the path of another figure", hint)
        return ""
    return leader


def _range(node: Node, path: NodePath, out: SeparatedInputs) -> tuple[float, float] | None:
    """The range of a number, which must hold its value."""
    child = node.children.get("range")
    if child is None:
        return None
    ends: Any = plain(child)
    if not isinstance(ends, tuple) or len(ends) != 2 or not all(_is_number(end) for end in ends) or not ends[0] <= ends[1]:
        out.complain(child, (*path, "range"), "`range` should be two numbers, the lower first", "for example `range: [5, 8]`")
        return None
    for end in ends:
        if isinstance(end, PointNumber) and (wrong := end.refused(whole=False)):
            out.complain(child, (*path, "range"), wrong)
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
    limits = number_limits(node_at(path))
    for end in ends:
        if not limits.get("ge", end) <= end <= limits.get("le", end) or end <= limits.get("gt", end - 1):
            out.complain(child, (*path, "range"), f"{end:g} is no value that this input may have", "narrow the range")
            break
    return float(ends[0]), float(ends[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """Figures by quality, and the paths of those that nobody has published or for which only a reason is given."""

    counts: Mapping[str, int]
    assumed: tuple[str, ...]
    reason_only: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many figures there are."""
        return sum(self.counts.values()) + len(self.reason_only)


def evidence_summary(evidence: Mapping[str, Evidence]) -> EvidenceSummary:
    """The summary of what is said about figures, by dotted path."""
    by_quality = {quality: [path for path, said in evidence.items() if said.quality == quality] for quality in QUALITIES}
    return EvidenceSummary(
        counts={quality: len(paths) for quality, paths in by_quality.items()},
        assumed=tuple(by_quality["assumed"]),
        reason_only=tuple(path for path, said in evidence.items() if said.quality is None),
    )


@dataclass(frozen=True, slots=True)
class PublishedNumbers:
    """What a publication gives under one id: single numbers or states by name, or spans as pairs."""

    numbers: Mapping[str, Any]
    unit: str
    quality: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; `read_as` says whether the report, an excerpt or a press summary was read."""

    key: str
    title: str
    publisher: str
    date: str
    url: str | None
    read_as: str
    gives: Mapping[str, PublishedNumbers]


def sources_file() -> Path:
    """The list of publications that belongs to the program's own scenarios."""
    return PACKAGE_SCENARIOS / f"{SOURCES}.yaml"


@lru_cache(maxsize=4)
def load_sources(path: Path | None = None) -> Mapping[str, Publication]:
    """Publications by key; ScenarioError if the file cannot be read, KeyError or TypeError if an entry is not as it should be."""
    node, problems = read(path or sources_file())
    if node is None or problems:
        raise ScenarioError(problems)
    return {key: _publication(key, entry) for key, entry in plain(node)["sources"].items()}


def publications_of(source: str, publications: Mapping[str, Publication]) -> list[Publication]:
    """The publications that give something under an id, in order of the file."""
    return [one for one in publications.values() if source in one.gives]


def published_numbers(sources: Iterable[str], publications: Mapping[str, Publication]) -> list[Any]:
    """All numbers, spans and states that publications give under some ids."""
    return [number for source in sources for one in publications_of(source, publications) for number in one.gives[source].numbers.values()]


def _publication(key: str, entry: dict[str, Any]) -> Publication:
    gives = {source: PublishedNumbers(**given) for source, given in entry["gives"].items()}
    return Publication(**(entry | {"key": key, "gives": gives}))
