"""The schema by dotted path: what stands where, what may change, and what is near a mistyped path."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from pydantic.fields import FieldInfo

from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.field_types import Distribution, Section
from jobcentre.scenario.schema import Settings

Kind = Literal["section", "rows", "distribution", "figure"]
ANY_NAME = "*"
#: Places where a key may stand.
_MOST = 3


class SchemaNode(NamedTuple):
    """A place in the schema; `inner` is the section, or the type of the rows, or that of the figure.

    A section that is not `changeable` cannot come or go from a date; the figures in it say so for themselves.
    """

    kind: Kind
    inner: Any
    optional: bool
    field: FieldInfo | None
    changeable: bool

    @property
    def unit(self) -> str:
        """The unit of a figure; empty for what has none."""
        extra = self.field.json_schema_extra if self.field else None
        return str(extra.get("unit", "")) if isinstance(extra, dict) else ""

    @property
    def decided(self) -> bool:
        """Whether management decides it, so that nobody is in doubt about it."""
        extra = self.field.json_schema_extra if self.field else None
        return isinstance(extra, dict) and bool(extra.get("decided", False))


ROOT = SchemaNode("section", Settings, False, None, True)


def step(spot: SchemaNode, key: str) -> SchemaNode | None:
    """The place one key further down, if the schema has it."""
    if spot.kind in ("section", "distribution"):
        field = spot.inner.model_fields.get(key)
        if field is None:
            return None
        extra = field.json_schema_extra
        changeable = bool(extra.get("changeable", True)) if isinstance(extra, dict) else True
        inside = spot.changeable if spot.kind == "distribution" else True
        return _spot(field.annotation, field, changeable and inside)
    return _spot(spot.inner, spot.field, True) if spot.kind == "rows" else None


def node_at(path: Sequence[str]) -> SchemaNode | None:
    """The place at a path, if the schema has it."""
    spot: SchemaNode | None = ROOT
    for key in path:
        spot = step(spot, key) if spot else None
    return spot


def number_limits(spot: SchemaNode | None) -> dict[str, float]:
    """The limits that the schema declares for a number: `ge` and `le` are allowed, `gt` is not; of a distribution, those of its mean."""
    if spot is None or spot.kind == "distribution":
        spot = step(spot, "mean") if spot else None
    metadata = spot.field.metadata if spot is not None and spot.field else []
    return {key: getattr(one, key) for one in metadata for key in ("ge", "gt", "le") if getattr(one, key, None) is not None}


def figure_path(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the figure a path belongs to: a distribution is one figure."""
    spot = node_at(path[:-1])
    return path[:-1] if spot and spot.kind == "distribution" else path


def child_names(spot: SchemaNode) -> list[str]:
    """The keys that may stand below a section or a distribution."""
    return list(spot.inner.model_fields) if spot.kind in ("section", "distribution") else []


def all_figures(spot: SchemaNode = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], SchemaNode]]:
    """Every figure and distribution of the schema in order, with `*` for a row's name."""
    if spot.kind in ("figure", "distribution"):
        yield path, spot
        return
    for key in [ANY_NAME] if spot.kind == "rows" else child_names(spot):
        below = step(spot, key)
        if below is not None:
            yield from all_figures(below, (*path, key))


def suggest(path: Sequence[str]) -> str | None:
    """What was probably meant by a path the schema does not have."""
    spot: SchemaNode = ROOT
    for number, key in enumerate(path):
        below = step(spot, key)
        if below is None:
            elsewhere = _elsewhere(path[-1])
            return (elsewhere if number == len(path) - 1 else None) or did_you_mean(key, child_names(spot)) or elsewhere
        spot = below
    return None


def belongs(name: str) -> str | None:
    """Under which sections a key may stand, if the schema has it at all; NAME stands for that of a row."""
    above = [".".join(path[:-1]) for path in _places().get(name, ())]
    if not above:
        return None
    if "" in above:
        return f"`{name}` belongs at the top of the file"
    return f"`{name}` belongs under {_several(above)}"


def is_ambiguous(name: str) -> bool:
    """Whether several figures of the schema have this last key."""
    return len(_by_last_name().get(name, ())) > 1


@lru_cache(maxsize=1)
def _by_last_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, _ in all_figures():
        found.setdefault(path[-1], []).append(".".join(path))
    return found


@lru_cache(maxsize=1)
def _places() -> dict[str, list[tuple[str, ...]]]:
    """The paths of sections, rows and figures by their last key."""
    found: dict[str, list[tuple[str, ...]]] = {}

    def note(spot: SchemaNode, path: tuple[str, ...]) -> None:
        if path and path[-1] != ANY_NAME:
            found.setdefault(path[-1], []).append(tuple("NAME" if key == ANY_NAME else key for key in path))
        for key in [ANY_NAME] if spot.kind == "rows" else child_names(spot):
            if (below := step(spot, key)) is not None:
                note(below, (*path, key))

    note(ROOT, ())
    return found


def _elsewhere(name: str) -> str | None:
    places = [".".join(path) for path in _places().get(name, ())]
    return f"did you mean {_several(places)}?" if places else None


def _several(paths: Sequence[str]) -> str:
    """So many of some paths, and how many more there are."""
    told = [f"`{path}`" for path in paths[:_MOST]]
    more = len(paths) - len(told)
    return (
        ", ".join(told[:-1])
        + " or " * (len(told) > 1 and not more)
        + ", " * (len(told) > 1 and more > 0)
        + told[-1]
        + f" or {more} others" * (more > 0)
    )


def _spot(annotation: Any, field: FieldInfo | None, changeable: bool) -> SchemaNode:
    """A place from a type, looking through `Annotated` and `| None`."""
    optional = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            optional = True
            annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
        else:
            break
    if origin is dict:
        return SchemaNode("rows", typing.get_args(annotation)[1], optional, field, changeable)
    if isinstance(annotation, type) and issubclass(annotation, Distribution):
        return SchemaNode("distribution", annotation, optional, field, changeable)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return SchemaNode("section", annotation, optional, field, changeable)
    return SchemaNode("figure", annotation, optional, field, changeable)
