"""A sweep as it is asked for: everything is checked, and known by what determines it, before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.experiments.blocks import Wanted
from sim.experiments.sweeps.axes import axis_of
from sim.experiments.sweeps.plan import Plan, check_points
from sim.experiments.sweeps.plan_file import is_plan, read_plan
from sim.experiments.sweeps.plan_words import OPTION, Asked, plan_of_words, with_words
from sim.experiments.sweeps.worlds import Swept
from sim.experiments.words import refused
from sim.outputs import Experiment, experiment
from sim.scenario import Problem, Scenario, ScenarioError
from sim.scenario.site import ESTABLISHMENT, SAID_BY, Site
from sim.scenario.sites import read_sites
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


def asked_plan(
    words: Sequence[str],
    sets: Sequence[str],
    runs: int | None,
    sampling: str | None,
    points: int | None,
    sampling_seed: int | None,
    metrics: Sequence[str],
    sites: str | None,
) -> Asked:
    """The plan of a command line: that of a file, with what the command line says instead, or scenarios that `--set` varies."""
    if len(words) == 1 and is_plan(words[0]):
        if metrics:
            raise refused("--metric", "stands beside a plan file, which has `metrics`", "write them there")
        plan = read_plan(words[0])
        if sites is not None:
            plan = replace(plan, sites=sites, file=OPTION if plan.sites is None else plan.file)
        return with_words(plan, sets, runs, sampling, points, sampling_seed)
    if found := next((word for word in words if is_plan(word)), None):
        raise refused(found, "is a plan, and stands beside others", "give one plan, or scenarios")
    return plan_of_words(words, sets, runs, sampling, points, metrics, sites, sampling_seed)


def sites_for(plan: Plan, scenarios: Sequence[Scenario]) -> list[Site]:
    """The offices of a plan's table; none without one. ScenarioError where the plan varies what the table says."""
    if plan.sites is None:
        return []
    table = read_sites(plan.sites, scenarios, Path(plan.file).parent)
    said = {*SAID_BY, ESTABLISHMENT, *table.columns, *(f"groups.{name}.stock_per_post" for name in table.columns)}
    for name in plan.axes:
        if clash := said.intersection(axis_of(name).figures):
            message = f"varies {sorted(clash)[0]}, which the table of offices says of each"
            raise ScenarioError([Problem(plan.file, None, name, message, "vary another figure, or leave the table out")])
    return list(table.sites)


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
