"""What is played at each point of a sweep, and in each office of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.experiments.points import World
from sim.experiments.sweeps.axes import Value
from sim.experiments.sweeps.plan import at_point
from sim.scenario import Scenario
from sim.scenario.site import Site, at_site, seed_of
from sim.store import Place


@dataclass(frozen=True)
class Swept:
    """Scenarios by name, the values of each point from point 1 on, offices by name; point 0 and no office: as the scenario is."""

    scenarios: Mapping[str, Scenario]
    seed: int
    axes: Sequence[str] = ()
    points: Sequence[Sequence[Value]] = ()
    sites: Mapping[str, Site] = field(default_factory=dict)

    def at(self, place: Place) -> World:
        """The world of a scenario, an office and a point; a point's changes are counted before the office's own is there."""
        name, site, point = place
        scenario, seed = self.scenarios[name], self.seed
        if point:
            scenario = at_point(scenario, self.axes, self.points[point - 1])
        if site:
            scenario, seed = at_site(scenario, self.sites[site]), seed_of(seed, site)
        return World(scenario, seed)
