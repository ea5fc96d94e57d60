"""What is played under a name: a scenario as it is, or with what a point of an experiment changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from jobcentre.runs.draws import with_drawn_inputs
from jobcentre.runs.run_key import run_key
from jobcentre.runs.store import RunLocation
from jobcentre.runs.variants import FIRST_DRAW, with_response
from jobcentre.scenario import Scenario


class ResolvedScenario(NamedTuple):
    """What determines runs, but for their numbers: a scenario with all its figures, and the seed of its random numbers."""

    scenario: Scenario
    seed: int

    @property
    def run_key(self) -> str:
        """The hash of all that decides its runs."""
        return run_key(self.scenario, self.seed)


class ScenarioProvider(Protocol):
    """What is played under each name; goes to the processes that make runs."""

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves a scenario in an office at a point."""
        ...


@dataclass(frozen=True)
class PlainScenarios:
    """Scenarios by name; points are those of `at_point`, and there are no tables of offices."""

    scenarios: Mapping[str, Scenario]
    seed: int

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves a scenario at a point."""
        name, _, point = location
        return ResolvedScenario(scenario_at_point(self.scenarios[name], point, self.seed), self.seed)


def scenario_at_point(scenario: Scenario, point: int, seed: int) -> Scenario:
    """The scenario at a point: 0 as it is, then one for each response to strain, from `FIRST_DRAW` on draws."""
    if point == 0:
        return scenario
    return with_response(scenario, point) if point < FIRST_DRAW else with_drawn_inputs(scenario, seed, point - FIRST_DRAW)
