"""How a scenario is altered at a point: the responses to strain, each at a point of its own."""

from __future__ import annotations

from collections.abc import Mapping

from jobcentre.scenario import Scenario, vary

PATH = "strain.response"
#: Points at which scenarios are also played with other responses to strain.
POINT_OF_RESPONSE = {"low": 1, "central": 2, "high": 3}
#: The point of the first draw; points below it are responses to strain.
FIRST_DRAW = 1000
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
