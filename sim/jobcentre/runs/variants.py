"""How a scenario is altered at a point: another response to strain, or inputs drawn from their ranges."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jobcentre.runs.results import POINT_OF_RESPONSE
from jobcentre.scenario import Evidence, Scenario, ScenarioError, vary

PATH = "strain.response"
RESPONSE_OF_POINT = {point: response for response, point in POINT_OF_RESPONSE.items()}


def response_points(scenario: Scenario) -> list[int]:
    """Points that stand for the responses which a scenario does not have itself; none where dated changes choose it."""
    return sorted(set(points_by_response(scenario).values()) - {0})


def points_by_response(scenario: Scenario) -> Mapping[str, int]:
    """The point at which a scenario is played with each response; 0 is the scenario as it is."""
    if any(path == PATH or path.startswith("responses") for change in scenario.changes for path in change.set):
        return {}
    there, own = scenario.settings.responses, scenario.settings.strain.response
    return {name: 0 if name == own else point for name, point in POINT_OF_RESPONSE.items() if name in there}


def with_response(scenario: Scenario, point: int) -> Scenario:
    """The scenario with the response that a point stands for."""
    return vary(scenario, {PATH: RESPONSE_OF_POINT[point]})


#: The point of the first set of figures; points below it are responses to strain.
FIRST_SET = 1000
MOST_ROUNDS = 200
CHANNELS = ("face_to_face", "telephone", "video")


def drawn_inputs(scenario: Scenario) -> list[str]:
    """Paths of the assumed figures that have a range, those of dated changes included."""
    mine = [path for path, said in scenario.evidence.items() if _is_drawn(_value(_plain(scenario), path), said)]
    dated = [path for change in scenario.changes for path, said in change.evidence.items() if _is_drawn(change.set.get(path), said)]
    return list(dict.fromkeys([*mine, *dated]))


def with_drawn_inputs(scenario: Scenario, seed: int, number: int) -> Scenario:
    """The scenario with the set of figures of this number; RuntimeError if no set can be found that fits together."""
    plain = _plain(scenario)
    drawn = {path: said for path, said in scenario.evidence.items() if _is_drawn(_value(plain, path), said)}
    rounds = dict.fromkeys(drawn, 0)
    changes = tuple(
        replace(change, set={path: _drawn(value, change.evidence.get(path), path, seed, number, 0) for path, value in change.set.items()})
        for change in scenario.changes
    )
    found = replace(scenario, changes=changes)
    for _ in range(MOST_ROUNDS):
        values = {path: _drawn(_value(plain, path), said, path, seed, number, rounds[path]) for path, said in drawn.items()}
        try:
            return vary(found, _parts_of_wholes(plain, values))
        except ScenarioError as error:
            # those beside the figure that does not fit are drawn anew, the others stay
            sections = {".".join(problem.path.split(".")[:-1]) + "." for problem in error.problems}
            again = [path for path in drawn if any(path.startswith(section) for section in sections)]
            if not again:
                raise
            for path in again:
                rounds[path] += 1
    raise RuntimeError(f"no set of assumed figures of {scenario.name} fits together after {MOST_ROUNDS} draws")


def drawn_values(scenario: Scenario, seed: int, number: int) -> dict[str, Any]:
    """The drawn figures of a set, by path; of a distribution its mean. What is drawn of dated changes comes last."""
    found = with_drawn_inputs(scenario, seed, number)
    plain = _plain(found)
    dated = {path: value for change in found.changes for path, value in change.set.items() if _is_drawn(value, change.evidence.get(path))}
    values = {path: dated.get(path, _value(plain, path)) for path in drawn_inputs(scenario)}
    return {path: value["mean"] if isinstance(value, Mapping) else value for path, value in values.items()}


def _is_drawn(value: Any, said: Evidence | None) -> bool:
    if said is None or said.quality != "assumed" or said.range is None:
        return False
    middle = value.get("mean") if isinstance(value, Mapping) else value
    return isinstance(middle, int | float) and not isinstance(middle, bool)


def _drawn(value: Any, said: Evidence | None, path: str, seed: int, number: int, again: int) -> Any:
    """A figure from its range, by its own address: other figures do not move it. A distribution keeps its shape."""
    if said is None or not _is_drawn(value, said) or said.range is None:
        return value
    low, high = said.range
    rng = np.random.default_rng([seed, number, again, zlib.crc32(path.encode())])
    if isinstance(value, int):
        return int(rng.integers(int(np.ceil(low)), int(np.floor(high)), endpoint=True))
    one = float(rng.uniform(low, high))
    return {**value, "mean": one} if isinstance(value, Mapping) else one


def _parts_of_wholes(plain: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with drawn parts of a whole divided by their sum, so that with the parts that are not drawn they make 1."""
    scaled = dict(values)
    for group, figures in plain["groups"].items():
        channels = {f"groups.{group}.channels.{name}": figures["channels"][name] for name in CHANNELS}
        plans = {f"groups.{group}.plans.{name}.share": plan["share"] for name, plan in figures["plans"].items()}
        for whole in (channels, plans):
            drawn = [path for path in whole if path in values]
            left = 1.0 - sum(share for path, share in whole.items() if path not in values)
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
