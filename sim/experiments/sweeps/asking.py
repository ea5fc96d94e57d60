"""A sweep as it is asked for: everything is checked, and known by what determines it, before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.experiments.blocks import Wanted
from sim.experiments.sweeps.plan import Plan, check_points
from sim.experiments.sweeps.worlds import Swept
from sim.outputs import Experiment, experiment
from sim.scenario import Scenario, ScenarioError
from sim.scenario.sites import Site
from sim.store import Place


@dataclass(frozen=True)
class Sweep:
    """Scenarios at points, in the scenarios' own office or in those of a table; `hashes` says which world is where."""

    experiment: Experiment
    worlds: Swept
    points: Sequence[int]
    hashes: Mapping[Place, str]
    runs: int
    plan: Plan | None = None
    sites_name: str | None = None

    @property
    def sites(self) -> list[Site]:
        """The offices of the table; none: the scenarios' own."""
        return list(self.worlds.sites.values())

    @property
    def planned(self) -> int:
        """Runs in all, those of every office."""
        return len(self.hashes) * self.runs

    def cells(self) -> Iterator[tuple[str, int]]:
        """Scenarios and points in the order of tables."""
        return ((name, point) for name in self.experiment.scenarios for point in self.points)

    def wanted(self) -> Iterator[Wanted]:
        """All runs, point by point, those of one office behind each other."""
        for point in self.points:
            for name in self.experiment.scenarios:
                for site in self.worlds.sites or ("",):
                    yield from (Wanted(name, run, point, site) for run in range(self.runs))


def sweep_of(plan: Plan, scenarios: Mapping[str, Scenario], sites: Sequence[Site], seed: int, out: Path) -> Sweep:
    """The sweep of a plan; ScenarioError where a point does not fit. Its folder stays the same with more points or runs."""
    if problems := check_points(plan, list(scenarios.values())):
        raise ScenarioError(problems)
    worlds = Swept(scenarios, seed, plan.axes, plan.points, {site.office: site for site in sites})
    decides: dict[str, Any] = {"sampling": plan.sampling, "axes": list(plan.axes), "sites": _digest(sites)}
    if plan.sampling in ("latin_hypercube", "sobol"):
        decides["sampling_seed"] = plan.sampling_seed
    asked = experiment(plan.name if plan.name.startswith("sweep-") else f"sweep-{plan.name}", scenarios, seed, out, decides)
    points = range(1, len(plan.points) + 1)
    return Sweep(asked, worlds, points, _hashes(worlds, scenarios, points), plan.runs, plan, plan.sites)


def nation_of(
    name: str, scenarios: Mapping[str, Scenario], sites: Sequence[Site], sites_name: str, runs: int, seed: int, out: Path
) -> Sweep:
    """Scenarios as they are in every office of a table."""
    worlds = Swept(scenarios, seed, sites={site.office: site for site in sites})
    asked = experiment(name, scenarios, seed, out, {"sites": _digest(sites)})
    return Sweep(asked, worlds, [0], _hashes(worlds, scenarios, [0]), runs, None, sites_name)


def _hashes(worlds: Swept, scenarios: Mapping[str, Scenario], points: Sequence[int]) -> dict[Place, str]:
    places = [(name, site, point) for name in scenarios for point in points for site in worlds.sites or ("",)]
    return {place: worlds.at(place).hash for place in places}


def _digest(sites: Sequence[Site]) -> str | None:
    """What the table says, in whatever order."""
    if not sites:
        return None
    rows = sorted([site.office, site.region, dict(site.figures)] for site in sites)
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
