"""What is played under a name: a scenario as it is, or with what a point of an experiment changes in it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from jobcentre.runs.draws import UNCERTAIN, with_drawn_inputs, with_places
from jobcentre.runs.run_key import run_key
from jobcentre.runs.store import RunLocation
from jobcentre.runs.variants import FIRST_DRAW, with_response
from jobcentre.scenario import Scenario, vary


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


class Switch(NamedTuple):
    """A structural choice of the model, by the inputs that say so; the first choice is the model as it is."""

    name: str
    choices: tuple[Mapping[str, object], ...]


#: Points of one design.
MOST_POINTS = 100_000


@dataclass(frozen=True)
class PlacedScenarios:
    """Scenarios at points of a design: rows of places in the ranges of uncertain inputs by address, then of switches.

    Where a place is no number the input stays as it is. Points are numbered from `first`, which follows from the places: runs of
    another design are not taken for those of this one.
    """

    scenarios: Mapping[str, Scenario]
    seed: int
    addresses: tuple[str, ...]
    places: NDArray[np.float64]
    switches: tuple[Switch, ...] = ()
    qualities: tuple[str, ...] = UNCERTAIN

    @cached_property
    def first(self) -> int:
        """The number of the first point: designs, of which 40,000 can be told apart, have numbers of their own."""
        return MOST_POINTS * (1 + zlib.crc32(np.ascontiguousarray(self.places).tobytes()) % 40_000)

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves a scenario at a point."""
        row = self.places[location[2] - self.first]
        places = {address: float(place) for address, place in zip(self.addresses, row, strict=False) if np.isfinite(place)}
        scenario = with_places(self.scenarios[location[0]], places, self.qualities)[1]
        for switch, place in zip(self.switches, row[len(self.addresses) :], strict=True):
            if np.isfinite(place):
                scenario = vary(scenario, switch.choices[min(int(place * len(switch.choices)), len(switch.choices) - 1)])
        return ResolvedScenario(scenario, self.seed)


def scenario_at_point(scenario: Scenario, point: int, seed: int) -> Scenario:
    """The scenario at a point: 0 as it is, then one for each response to strain, from `FIRST_DRAW` on draws."""
    if point == 0:
        return scenario
    return with_response(scenario, point) if point < FIRST_DRAW else with_drawn_inputs(scenario, seed, point - FIRST_DRAW)
