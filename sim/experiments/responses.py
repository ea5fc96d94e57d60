"""Runs beside those asked for: the same people under a low, central and high response to strain.

What is known of ordinary load does not decide how strongly strain makes coaches leave, so no statement about leavers rests on
one response alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.results import POINT_OF_RESPONSE
from sim.scenario import Scenario, vary

PATH = "strain.response"
RESPONSE_OF_POINT = {point: response for response, point in POINT_OF_RESPONSE.items()}


def other_points(scenario: Scenario) -> list[int]:
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
