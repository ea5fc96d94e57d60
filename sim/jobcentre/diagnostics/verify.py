"""Both engines on the same runs: whether they write the same log and leave the same office, and where they part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from jobcentre.diagnostics.divergence import Divergence, EngineRun, Verification
from jobcentre.diagnostics.replay import DAY, differences, moment_before, office_at, play_through
from jobcentre.model import ENGINES, Engine, Inputs, prepare
from jobcentre.model import events as ev
from jobcentre.model.precompile import trust_only
from jobcentre.runs.interruption import raise_if_requested
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.scenario import Problem, Scenario, ScenarioError, find_scenarios, load, vary
from jobcentre.scenario.errors import usage_error
from jobcentre.studies.request import weeks_problems


def scenarios_to_verify(files: Sequence[str], every: bool = False, weeks: int | None = None) -> list[Scenario]:
    """The scenarios of these files, or of all scenario files. All problems are told together.

    Over other counted weeks, if wanted, without the dated changes that come later.
    """
    if bool(files) == every:
        raise usage_error("FILE", "which scenarios are to be verified?", "give scenario files, or --all")
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in [str(one.path) for one in find_scenarios()] if every else files:
        try:
            scenario = load(file)
        except ScenarioError as error:
            problems += error.problems
            continue
        try:
            scenarios.append(scenario if weeks is None else _over(scenario, weeks))
        except ScenarioError as error:
            problems += weeks_problems(error.problems)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    for scenario in scenarios:
        jobs_that_fit({scenario.name: scenario})
    return scenarios


def _over(scenario: Scenario, weeks: int) -> Scenario:
    end = scenario.settings.period.start + dt.timedelta(weeks=weeks)
    kept = tuple(change for change in scenario.changes if change.date < end)
    return vary(replace(scenario, changes=kept), {"period.weeks": weeks, "period.reference_date": None})


def verified(
    scenarios: Sequence[Scenario], seed: int, runs: int, tell: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Verification]:
    """Verifies one scenario after the other; `tell` hears how many runs of how many are done.

    Kept code is used for the compiled engine only: the simpy engine's steps are compiled from the sources, so that
    stale code cannot agree with itself.
    """
    trust_only("compiled")
    of = len(scenarios) * runs
    tell(0, of)
    for place, scenario in enumerate(scenarios):
        yield verify(scenario, seed, runs)
        tell((place + 1) * runs, of)


def verify(scenario: Scenario, seed: int, runs: int) -> Verification:
    """Plays runs 0, 1, … on both engines, up to the first run on which they part."""
    inputs = prepare(scenario)
    rows = 0
    digests: list[str] = []
    stopped: list[str] = []
    for run in range(runs):
        raise_if_requested()
        played = {engine: play_through(inputs, seed, run, engine) for engine in ENGINES}
        rows += min(len(one.log.rows) for one in played.values())
        digests.append(played["compiled"].log.digest)
        parting = _parting(scenario.name, inputs, seed, run, played)
        if parting is not None:
            return Verification(scenario.name, run + 1, rows, tuple(digests), tuple(stopped), parting)
        if played["compiled"].stopped:
            stopped.append(played["compiled"].stopped)
    return Verification(scenario.name, runs, rows, tuple(digests), tuple(stopped), None)


def first_difference(first: np.ndarray, second: np.ndarray) -> int:
    """The first row at which two logs differ, or -1; where one goes on, the first row of the rest."""
    same = min(len(first), len(second))
    apart = np.flatnonzero((first[:same] != second[:same]).any(axis=1))
    if len(apart):
        return int(apart[0])
    return -1 if len(first) == len(second) else same


def _parting(name: str, inputs: Inputs, seed: int, run: int, played: dict[Engine, EngineRun]) -> Divergence | None:
    compiled, simpy = (played[engine] for engine in ENGINES)
    row = first_difference(compiled.log.rows, simpy.log.rows)
    if row < 0:
        left = differences(compiled.office, simpy.office)
        if not left and compiled.stopped == simpy.stopped:
            return None
        return Divergence(name, seed, run, -1, played, dict.fromkeys(ENGINES), tuple(left))
    day = min(int(one.log.rows[row, ev.TIME]) // DAY for one in played.values() if row < len(one.log.rows))
    before = [office_at(inputs, seed, run, engine, day) for engine in ENGINES]
    moments = {engine: moment_before(inputs, seed, run, engine, row) for engine in ENGINES}
    return Divergence(name, seed, run, row, played, moments, tuple(differences(*before)))
