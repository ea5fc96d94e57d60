"""How a scenario is altered at a point: another response to strain, or inputs drawn from their ranges."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jobcentre.scenario import Evidence, Scenario, ScenarioError, vary
from jobcentre.scenario.groups import Group, parts_of_one

PATH = "strain.response"
#: Points at which scenarios are also played with other responses to strain.
POINT_OF_RESPONSE = {"low": 1, "central": 2, "high": 3}
RESPONSE_OF_POINT = {point: response for response, point in POINT_OF_RESPONSE.items()}


def response_points(scenario: Scenario) -> list[int]:
    """Points that stand for the responses which a scenario does not have itself; none where dated changes choose it."""
    return sorted(set(points_by_response(scenario).values()) - {0})


def points_by_response(scenario: Scenario) -> Mapping[str, int]:
    """Gives the point of each response to strain; 0 is the scenario as it is."""
    if any(path == PATH or path.startswith("responses") for change in scenario.changes for path in change.set):
        return {}
    responses, own_response = scenario.settings.responses, scenario.settings.strain.response
    return {name: 0 if name == own_response else point for name, point in POINT_OF_RESPONSE.items() if name in responses}


def with_response(scenario: Scenario, point: int) -> Scenario:
    """The scenario with the response that a point stands for."""
    return vary(scenario, {PATH: RESPONSE_OF_POINT[point]})


#: The point of the first draw; points below it are responses to strain.
FIRST_SET = 1000
MOST_ROUNDS = 200


def drawn_inputs(scenario: Scenario) -> list[str]:
    """Gives the paths of assumed inputs with a range, also in dated changes."""
    initial = [path for path, evidence in scenario.evidence.items() if _is_drawn(_value(_plain(scenario), path), evidence)]
    dated = [path for change in scenario.changes for path, evidence in change.evidence.items() if _is_drawn(change.set.get(path), evidence)]
    return list(dict.fromkeys([*initial, *dated]))


def with_drawn_inputs(scenario: Scenario, seed: int, number: int) -> Scenario:
    """Gives the scenario with the draw of this number; RuntimeError if no draw is consistent."""
    plain = _plain(scenario)
    drawn = {path: evidence for path, evidence in scenario.evidence.items() if _is_drawn(_value(plain, path), evidence)}
    rounds = dict.fromkeys(drawn, 0)
    changes = tuple(
        replace(change, set={path: _drawn(value, change.evidence.get(path), path, seed, number, 0) for path, value in change.set.items()})
        for change in scenario.changes
    )
    with_drawn_changes = replace(scenario, changes=changes)
    for _ in range(MOST_ROUNDS):
        values = {path: _drawn(_value(plain, path), evidence, path, seed, number, rounds[path]) for path, evidence in drawn.items()}
        try:
            return vary(with_drawn_changes, _adding_to_one(scenario.settings.groups, values))
        except ScenarioError as error:
            # inputs in the section of the inconsistent one are redrawn, the others stay
            sections = {".".join(problem.path.split(".")[:-1]) + "." for problem in error.problems}
            redrawn = [path for path in drawn if any(path.startswith(section) for section in sections)]
            if not redrawn:
                raise
            for path in redrawn:
                rounds[path] += 1
    raise RuntimeError(f"no set of assumed figures of {scenario.name} fits together after {MOST_ROUNDS} draws")


def drawn_values(scenario: Scenario, seed: int, number: int) -> dict[str, Any]:
    """Gives the drawn inputs by path; the mean of a distribution. Those of dated changes come last."""
    variant = with_drawn_inputs(scenario, seed, number)
    plain = _plain(variant)
    dated = {path: value for change in variant.changes for path, value in change.set.items() if _is_drawn(value, change.evidence.get(path))}
    values = {path: dated.get(path, _value(plain, path)) for path in drawn_inputs(scenario)}
    return {path: value["mean"] if isinstance(value, Mapping) else value for path, value in values.items()}


def _is_drawn(value: Any, evidence: Evidence | None) -> bool:
    if evidence is None or evidence.quality != "assumed" or evidence.range is None:
        return False
    number = value.get("mean") if isinstance(value, Mapping) else value
    return isinstance(number, int | float) and not isinstance(number, bool)


def _drawn(value: Any, evidence: Evidence | None, path: str, seed: int, number: int, redraw: int) -> Any:
    """Draws an input from its range at its own address, so that other inputs do not move it; a distribution keeps its shape."""
    if evidence is None or not _is_drawn(value, evidence) or evidence.range is None:
        return value
    low, high = evidence.range
    rng = np.random.default_rng([seed, number, redraw, zlib.crc32(path.encode())])
    if isinstance(value, int):
        return int(rng.integers(int(np.ceil(low)), int(np.floor(high)), endpoint=True))
    drawn = float(rng.uniform(low, high))
    return {**value, "mean": drawn} if isinstance(value, Mapping) else drawn


def _adding_to_one(groups: Mapping[str, Group], values: Mapping[str, Any]) -> dict[str, Any]:
    """Scales drawn shares so that those which must add to one do."""
    scaled = dict(values)
    for group, settings in groups.items():
        for parts in parts_of_one(settings):
            shares = {".".join(("groups", group, *parts.place(name))): share for name, share in parts.shares.items()}
            drawn = [path for path in shares if path in values]
            left = 1.0 - sum(share for path, share in shares.items() if path not in values)
            total = sum(values[path] for path in drawn)
            scaled |= {path: left * values[path] / total if total > 0 else left / len(drawn) for path in drawn}
    return scaled


def _plain(scenario: Scenario) -> dict[str, Any]:
    data: dict[str, Any] = scenario.settings.model_dump(mode="json")
    return data


def _value(plain: Mapping[str, Any], path: str) -> Any:
    value: Any = plain
    for key in path.split("."):
        value = value[key]
    return value
