"""Figures of a scenario beside what is known about them, and two scenarios beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.scenario import Evidence, Scenario
from sim.scenario.paths import spot_at

DASH = "—"


def figure_rows(scenario: Scenario, path: str) -> list[dict[str, Any]]:
    """The figure at a path, or those below it: value, unit and evidence; none if the scenario has no such place."""
    rows = []
    for here, value in flat(scenario.settings.model_dump(mode="json")).items():
        if here == path or here.startswith(path + "."):
            said = _said(scenario, here)
            rows.append(
                {
                    "path": here,
                    "value": value,
                    "unit": spot.unit if (spot := spot_at(here.split("."))) else "",
                    "quality": said.quality or "",
                    "source": ", ".join(said.source),
                    "range": f"{said.range[0]:g} to {said.range[1]:g}" if said.range else "",
                    "why": said.why or said.note,
                }
            )
    return rows


def difference_rows(scenario: Scenario, other: Scenario, path: str | None = None) -> list[dict[str, Any]]:
    """The figures and changes in which a scenario differs from another, and why; None where one of them has no such figure."""
    mine, theirs = _everything(scenario), _everything(other)
    rows = []
    for here in dict.fromkeys([*mine, *theirs]):
        value, why = mine.get(here, (None, ""))
        other_value, other_why = theirs.get(here, (None, ""))
        wanted = path is None or here.split(" from ")[0] == path or here.startswith(path + ".")
        if wanted and value != other_value:
            rows.append({"path": here, "value": value, "other": other_value, "why": why or other_why})
    return rows


def difference_cells(scenario: Scenario, other: Scenario, path: str | None = None) -> list[tuple[str, ...]]:
    """The same as cells of a table: `none` for a figure without a value, a dash where a scenario has no such figure or change."""
    mine, theirs = _everything(scenario), _everything(other)
    return [
        (row["path"], _cell(row["path"], theirs), _cell(row["path"], mine), row["why"]) for row in difference_rows(scenario, other, path)
    ]


def figure_cells(scenario: Scenario, path: str) -> list[tuple[str, ...]]:
    """Figures as cells of a table. A figure given without source or quality says whose it is, not what is known of its parent's."""
    cells: list[tuple[str, ...]] = []
    for row in figure_rows(scenario, path):
        said = _said(scenario, row["path"])
        own = f"own figure of {said.scenario}" if said.scenario else DASH
        source = row["source"] or (DASH if said.quality else own)
        value = "none" if row["value"] is None else str(row["value"])
        cells.append((row["path"], value, row["unit"], row["quality"] or DASH, source, row["range"] or DASH, row["why"]))
    return cells


def value_at(scenario: Scenario, path: str) -> Any:
    """The figure at a dotted path, as plain data; a distribution is a mapping."""
    place: Any = scenario.resolved()
    for key in path.split("."):
        place = place[key]
    return place


def in_words(value: Any) -> str:
    """A figure as its file has it."""
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {in_words(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def flat(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested settings as dotted paths."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            found |= flat(value, here)
        else:
            found[here] = value
    return found


def _everything(scenario: Scenario) -> dict[str, tuple[Any, str]]:
    """Value and reason of every figure at the start, and of every dated change."""
    found = {path: (value, _said(scenario, path).why) for path, value in flat(scenario.settings.model_dump(mode="json")).items()}
    for change in scenario.changes:
        over = f" over {change.over_days} days" if change.over_days > 1 else ""
        found |= {f"{path} from {change.date}{over}": (value, change.why) for path, value in change.set.items()}
    return found


def _cell(path: str, figures: Mapping[str, tuple[Any, str]]) -> str:
    if path not in figures:
        return DASH
    value = figures[path][0]
    return "none" if value is None else str(value)


def _said(scenario: Scenario, path: str) -> Evidence:
    """What is known about a figure; a distribution's parts share what is said of it."""
    return scenario.evidence.get(path) or scenario.evidence.get(path.rpartition(".")[0]) or Evidence()
