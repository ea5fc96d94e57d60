"""What may be turned to meet targets: a figure, or several that belong together, over a range of values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sim.experiments.words import refused
from sim.scenario import Change, Scenario, ScenarioError, vary
from sim.scenario.names import wrong_with_name
from sim.scenario.paths import spot_at, suggest

MOST_VALUES = 500
COACHES = "coaches"


class Lever(NamedTuple):
    """A lever by its name; `paths` are the figures it sets.

    `more_is_generous` says at which end coaches and customers have it best, as far as is known before: there the search begins.
    """

    name: str
    paths: tuple[str, ...]
    more_is_generous: bool
    one: str
    many: str


KNOWN = {
    lever.name: lever
    for lever in (
        Lever(COACHES, ("office.coaches", "office.establishment"), True, "coach", "coaches"),
        Lever("appointments_per_day", ("diary.appointments_per_day",), False, "appointment a day at most", "appointments a day at most"),
        Lever("protected_admin_minutes", ("diary.protected_admin_minutes",), True, "protected minute a day", "protected minutes a day"),
        Lever("days_to_hire", ("hiring.days_to_hire.mean",), False, "working day to hire", "working days to hire"),
    )
}


def lever_of(name: str, highest: bool | None) -> Lever:
    """The lever of that name, or one for any single figure; `highest` asks for the highest value that does, not the lowest."""
    if name in KNOWN:
        lever = KNOWN[name]
    else:
        spot = spot_at(name.split("."))
        if spot is None or spot.kind != "figure":
            hint = suggest(name.split(".")) or f"choose {', '.join(KNOWN)}, or the path of a figure"
            raise refused("--lever", f"there is no lever `{name}`", hint)
        lever = Lever(name, (name,), True, name, name)
    return lever if highest is None else lever._replace(more_is_generous=not highest)


def values_of(text: str | None, lever: Lever, scenario: Scenario) -> list[float]:
    """The values from which to choose, rising: those of `LOW:HIGH` or `LOW:HIGH:STEP`, else what is usual for the lever."""
    if text is None:
        return _usual(lever, scenario)
    parts = text.split(":")
    try:
        low, high, step = (float(part) for part in (*parts, "1")[:3]) if 2 <= len(parts) <= 3 else (math.nan,) * 3
    except ValueError:
        low, high, step = (math.nan,) * 3
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(step) and step > 0 and low <= high):
        raise refused("--range", f"`{text}` is not a range", "write LOW:HIGH or LOW:HIGH:STEP, such as 18:40 or 0:240:30")
    if (steps := (high - low) / step + 1e-9) >= MOST_VALUES:
        raise refused("--range", f"`{text}` has more than {MOST_VALUES} values", "take a larger step")
    values = [round(low + place * step, 10) for place in range(math.floor(steps) + 1)]
    if len(set(values)) < len(values):
        raise refused("--range", f"the values of `{text}` cannot be told from each other", "take a larger step")
    return values


def with_value(scenario: Scenario, lever: Lever, value: float) -> Scenario:
    """The scenario with the lever at a value: where dated changes set the figure, from those dates on, else from the start."""
    number = int(value) if float(value).is_integer() else value
    dated = {path for change in scenario.changes for path in change.set}
    if lever.name == COACHES and "office.establishment" in dated:
        raise refused("--lever", f"`{scenario.name}` changes `office.establishment` at a date", "turn that: --lever office.establishment")
    changes = tuple(with_figures(change, {path: number for path in lever.paths if path in change.set}) for change in scenario.changes)
    name = f"{scenario.name}-{lever.name.split('.')[-1]}-{number}"
    if wrong := wrong_with_name(name):
        raise refused("--lever", f"`{name}` cannot be a name: it {wrong}", "choose a shorter name for the scenario file")
    values = {path: number for path in lever.paths if path not in dated}
    try:
        return replace(vary(replace(scenario, changes=changes), values), name=name)
    except ScenarioError as error:
        raise refused("--range", f"{lever.name} cannot be {number}: {error.problems[0].message}", error.problems[0].suggestion) from error


def with_figures(change: Change, values: Mapping[str, Any]) -> Change:
    """A dated change with other values of figures it sets."""
    # what was known of the old values does not hold for these, which nobody may draw anew
    known = {path: said for path, said in change.evidence.items() if path not in values}
    return replace(change, set={**change.set, **values}, evidence=known)


def since(scenario: Scenario, lever: Lever) -> str:
    """From when the lever acts, in words."""
    dates = sorted(change.date for change in scenario.changes if set(change.set) & set(lever.paths))
    return f"from {dates[0].isoformat()} on" if dates else "from the start"


def _usual(lever: Lever, scenario: Scenario) -> list[float]:
    settings = scenario.settings
    if lever.name == COACHES:
        now = max(settings.office.coaches, 2)
        return [float(value) for value in range(max(1, round(0.7 * now)), 2 * now + 1)]
    if lever.name == "appointments_per_day":
        most = max([27, settings.diary.appointments_per_day, *(int(change.set.get(lever.paths[0], 0)) for change in scenario.changes)])
        return [float(value) for value in range(8, most + 1)]
    if lever.name == "protected_admin_minutes":
        return [float(value) for value in range(0, 241, 15)]
    if lever.name == "days_to_hire":
        return [float(value) for value in range(10, 131, 10)]
    raise refused("--range", f"nothing is usual for `{lever.name}`", "give --range LOW:HIGH or LOW:HIGH:STEP")
