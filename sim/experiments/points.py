"""What a point of an experiment changes in a scenario: the response to strain, or the assumed figures."""

from __future__ import annotations

from sim.experiments.doubt import FIRST_SET, with_drawn_figures
from sim.experiments.responses import with_response
from sim.scenario import Scenario


def at_point(scenario: Scenario, point: int, seed: int) -> Scenario:
    """The scenario at a point: 0 as it is, then one for each response to strain, from `FIRST_SET` on sets of drawn figures."""
    if point == 0:
        return scenario
    return with_response(scenario, point) if point < FIRST_SET else with_drawn_figures(scenario, seed, point - FIRST_SET)
