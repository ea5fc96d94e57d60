"""A sweep as it is asked for: what is simulated at each point, and in each office of a table."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import ResolvedScenario
from jobcentre.runs.folder import Experiment, experiment
from jobcentre.runs.requests import NationRequest, OfficeTable, SweepRequest, VariedInput
from jobcentre.runs.store import RunLocation
from jobcentre.scenario import Problem, Scenario, ScenarioError, check_file
from jobcentre.scenario import files as find
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.offices import ESTABLISHMENT, OFFICE_INPUTS, Site, SiteTable, at_site, read_sites, seed_of
from jobcentre.studies.conditions import Condition, read_condition
from jobcentre.studies.levers import Value, axis_of
from jobcentre.studies.nation import TIPS_OVER as USUAL
from jobcentre.studies.sweep_plan import SweepPlan, at_point, check_points, outermost
from jobcentre.studies.sweep_plan_file import is_plan, read_plan
from jobcentre.studies.sweep_plan_options import OPTION, PlanRequest, plan_from_options, with_options


@dataclass(frozen=True)
class SweepScenarios:
    """Scenarios by name, the values of each point from point 1 on, offices by name; point 0 and no office: as the scenario is."""

    scenarios: Mapping[str, Scenario]
    seed: int
    axes: Sequence[str] = ()
    points: Sequence[Sequence[Value]] = ()
    sites: Mapping[str, Site] = field(default_factory=dict)

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves a scenario in an office at a point; a point's changes are counted before the office's own is there."""
        name, site, point = location
        scenario, seed = self.scenarios[name], self.seed
        if point:
            scenario = at_point(scenario, self.axes, self.points[point - 1])
        if site:
            scenario, seed = at_site(scenario, self.sites[site]), seed_of(seed, site)
        return ResolvedScenario(scenario, seed)


def scenarios_of_request(
    request: NationRequest | SweepRequest, scenarios: Mapping[str, Scenario], seed: int, sites: Iterable[Site]
) -> SweepScenarios:
    """What is played, when it is asked for and when it is made again."""
    by_name = {site.office: site for site in sites}
    if isinstance(request, NationRequest):
        return SweepScenarios(scenarios, seed, sites=by_name)
    return SweepScenarios(scenarios, seed, [axis.name for axis in request.axes], request.points, by_name)


#: Scenarios × points × offices, and the runs of them all.
MOST_PLACES, MOST_PLANNED = 500_000, 10_000_000
TIPS_OVER = read_condition(USUAL, "--tips-over")


@dataclass(frozen=True)
class Sweep:
    """Scenarios at points, in the scenarios' own office or in those of a table; `hashes` are the run keys by location."""

    experiment: Experiment
    request: NationRequest | SweepRequest
    provider: SweepScenarios
    points: Sequence[int]
    hashes: Mapping[RunLocation, str]
    runs: int
    plan: SweepPlan | None = None
    table: SiteTable | None = None
    tips_over: Condition = TIPS_OVER  # when an office-year counts as tipped over

    @property
    def sites(self) -> Sequence[Site]:
        """The offices of the table; none: the scenarios' own."""
        return self.table.sites if self.table else ()

    @property
    def planned(self) -> int:
        """Runs in all, those of every office."""
        return len(self.hashes) * self.runs

    def cells(self) -> Iterator[tuple[str, int]]:
        """Scenarios and points in the order of tables."""
        return ((name, point) for name in self.experiment.scenarios for point in self.points)

    def run_ids(self) -> Iterator[RunId]:
        """All runs, point by point, those of one office behind each other."""
        for point in self.points:
            for name in self.experiment.scenarios:
                for site in self.provider.sites or ("",):
                    yield from (RunId(name, run, point, site) for run in range(self.runs))


def requested_plan(
    words: Sequence[str],
    sets: Sequence[str],
    runs: int | None,
    sampling: str | None,
    points: int | None,
    sampling_seed: int | None,
    metrics: Sequence[str],
    sites: str | None,
) -> PlanRequest:
    """The plan of a command line: that of a file, with what the command line says instead, or scenarios that `--set` varies."""
    if len(words) == 1 and is_plan(words[0]):
        if metrics:
            raise usage_error("--metric", "stands beside a plan file, which has `metrics`", "write them there")
        plan = read_plan(words[0])
        if sites is not None:
            plan = replace(plan, sites=sites, file=OPTION if plan.sites is None else plan.file)
        return with_options(plan, sets, runs, sampling, points, sampling_seed)
    if found := next((word for word in words if is_plan(word)), None):
        raise usage_error(found, "is a plan, and stands beside others", "give one plan, or scenarios")
    try:
        return plan_from_options(words, sets, runs, sampling, points, metrics, sites, sampling_seed)
    except ScenarioError:
        wrong = [problem for word in words for problem in _wrong_with(word)]
        if wrong:  # a file that cannot be read may have been meant as a plan, which says what is varied
            raise ScenarioError(dict.fromkeys(wrong)) from None
        raise


def _wrong_with(word: str) -> list[Problem]:
    """What is wrong with a word that is no plan; a name may be meant as that of one."""
    if not (find.is_bare_name(word) and isinstance(find.locate(word), Problem)):
        return check_file(word)
    if (os.path.exists(word) or not word.strip()) and isinstance(place := find.locate(word), Problem):
        return [place]
    plans, scenarios = (place.suggestion for place in (find.locate_plan(word), find.locate(word)) if isinstance(place, Problem))
    near = plans if plans and plans.startswith("did you mean") else scenarios
    return [Problem(word, None, "", f"there is no plan and no scenario `{word}`", near)]


def table_of(plan: SweepPlan, scenarios: Sequence[Scenario]) -> SiteTable | None:
    """The offices of a plan's table; none without one. ScenarioError where the plan varies what the table says."""
    if plan.sites is None:
        return None
    table = read_sites(plan.sites, scenarios, Path(plan.file).parent)
    said = {*OFFICE_INPUTS, ESTABLISHMENT, *table.columns, *(f"groups.{name}.stock_per_post" for name in table.columns)}
    for name in plan.axes:
        if clash := said.intersection(axis_of(name).figures):
            message = f"varies {sorted(clash)[0]}, which the table of offices says of each"
            raise ScenarioError([Problem(plan.file, None, name, message, "vary another figure, or leave the table out")])
    return table


def sweep_of(
    plan: SweepPlan,
    scenarios: Mapping[str, Scenario],
    table: SiteTable | None,
    seed: int,
    out: Path,
    tell: Callable[[float], None] = lambda share: None,
) -> Sweep:
    """The sweep of a plan; ScenarioError where a point does not fit. Its folder stays the same with more points or runs.

    `tell` hears which share of the points has been looked at.
    """
    _check_size(len(scenarios), len(plan.points), table, plan.runs)
    request = SweepRequest(
        title=plan.title, question=plan.question, sampling=plan.sampling, sampling_seed=plan.sampling_seed,
        axes=[VariedInput(**axis) for axis in plan.axes_text()], points=[list(values) for values in plan.points], runs=plan.runs,
        metrics=list(plan.metrics), table=_office_table(table) if table else None,
    )  # fmt: skip
    provider = scenarios_of_request(request, scenarios, seed, table.sites if table else ())
    points = range(1, len(plan.points) + 1)
    try:
        for name in scenarios:
            for point in outermost(plan.points):
                provider.at((name, next(iter(provider.sites), ""), point))
        hashes = _hashes(provider, scenarios, points, tell)
    except ScenarioError as error:  # all that is wrong is told, in the words of the plan
        raise ScenarioError(check_points(plan, list(scenarios.values()), tell) or error.problems) from None
    decides: dict[str, Any] = {"sampling": plan.sampling, "axes": list(plan.axes), "sites": _digest(table)}
    if plan.sampling in ("latin_hypercube", "sobol"):
        decides["sampling_seed"] = plan.sampling_seed
    asked = experiment(plan.name if plan.name.startswith("sweep-") else f"sweep-{plan.name}", scenarios, seed, out, decides)
    return Sweep(asked, request, provider, points, hashes, plan.runs, plan, table)


def nation_of(
    scenarios: Mapping[str, Scenario],
    table: SiteTable,
    runs: int,
    seed: int,
    out: Path,
    tips_over: Condition = TIPS_OVER,
    tell: Callable[[float], None] = lambda share: None,
) -> Sweep:
    """Scenarios as they are in every office of a table; `tell` hears which share of the offices has been looked at."""
    _check_size(len(scenarios), 1, table, runs)
    first = next(iter(scenarios))
    name = f"{table.name}-{first}" if len(scenarios) == 1 else f"{table.name}-compare-{first}"
    request = NationRequest(runs=runs, table=_office_table(table), tips_over=str(tips_over))
    provider = scenarios_of_request(request, scenarios, seed, table.sites)
    asked = experiment(name, scenarios, seed, out, {"sites": _digest(table)})
    return Sweep(asked, request, provider, [0], _hashes(provider, scenarios, [0], tell), runs, None, table, tips_over)


def _hashes(
    provider: SweepScenarios, scenarios: Mapping[str, Scenario], points: Sequence[int], tell: Callable[[float], None]
) -> dict[RunLocation, str]:
    sites = provider.sites or ("",)
    hashes = {}
    for name, point, site in itertools.product(scenarios, points, sites):
        hashes[name, site, point] = provider.at((name, site, point)).run_key
        tell(len(hashes) / (len(scenarios) * len(points) * len(sites)))
    return hashes


def _check_size(scenarios: int, points: int, table: SiteTable | None, runs: int) -> None:
    """Refuses what could not be held in memory, before any of it is made."""
    offices = len(table.sites) if table else 1
    what = " × ".join(
        f"{number:,} {word}{'s' * (number > 1)}"
        for number, word in ((scenarios, "scenario"), (points, "point"), (offices, "office"), (runs, "run"))
        if number > 1
    )
    for number, most, word in (
        (scenarios * points * offices, MOST_PLACES, "places"),
        (scenarios * points * offices * runs, MOST_PLANNED, "runs"),
    ):
        if number > most:
            message = f"{what} make {number:,} {word}, more than {most:,}"
            raise usage_error("--runs" if word == "runs" else OPTION, message, "take fewer")


def _office_table(table: SiteTable) -> OfficeTable:
    return OfficeTable(name=table.name, offices=len(table.sites), notes=list(table.notes))


def _digest(table: SiteTable | None) -> str | None:
    """What the table says of its offices, in its order."""
    if table is None:
        return None
    rows = [[site.office, site.region, site.posts, site.coaches, dict(site.customers), dict(site.figures)] for site in table.sites]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
