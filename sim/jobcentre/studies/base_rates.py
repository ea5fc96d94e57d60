"""Sets base rates that nobody has published so that a scenario gives its targets, on common random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.metrics import BY_NAME
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, PassedOnRuns, Work, execute, fixed_set
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.store import Run
from jobcentre.scenario import Problem, Scenario, ScenarioError, vary
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.upgrade import Edit, Rewritten, edited, place_of
from jobcentre.scenario.yaml_file import text_of_file
from jobcentre.stats.intervals import Interval
from jobcentre.studies.targets import Target, figures_set

#: Significant digits of a rate: more would claim more than the runs show.
DIGITS = 3
RESPONSES = "responses."


class FittedRate(NamedTuple):
    """A base rate before and after, and the outcome that the fitted rates give over the runs."""

    path: str
    target: Target
    before: float
    after: float
    outcome: Interval


def fit_base_rates(
    scenario: Scenario, targets: Sequence[Target], runs: int, rounds: int, seed: int, how: ExecutionOptions
) -> list[FittedRate]:
    """Sets every base rate that a target names, in all rows of responses, in so many rounds; then measures once more.

    A rate moves by the ratio of target to outcome, a share by the ratio of odds. All rounds and rows use the same random
    numbers, so that what is left is the chance of these runs, which the intervals of the outcomes tell.
    """
    targets_by_path = {path: target for target in targets for path in figures_set(target, scenario)}
    if not targets_by_path:
        raise ScenarioError([Problem(scenario.file, None, "", "no target sets a figure of it", "give the figures in `sets:` of a target")])
    before = {path: _figure(scenario, path) for path in targets_by_path}
    if problems := [*_wrong_groups(scenario, targets), *_wrong_figures(scenario, before)]:
        raise ScenarioError(problems)
    rates, rows = dict(before), rows_of(scenario, targets)
    outcomes: dict[str, Interval] = {}
    for number in range(rounds + 1):
        tried = vary(scenario, rates)
        made = runs_of({row: vary(tried, {"strain.response": row}) for row in dict.fromkeys(rows.values())}, runs, seed, how)
        outcomes = {path: target.outcome(made[rows[path]]) for path, target in targets_by_path.items()}
        if number < rounds:
            rates = {path: _moved(path, rate, targets_by_path[path], outcomes[path]) for path, rate in rates.items()}
    return [FittedRate(path, targets_by_path[path], before[path], rates[path], outcomes[path]) for path in rates]


def rewritten(scenario: Scenario, fitted: Sequence[FittedRate]) -> Rewritten:
    """The scenario's file with the fitted rates in place of those of before; comments and layout stay."""
    path = Path(scenario.file)
    text = text_of_file(path)
    if isinstance(text, Problem):
        raise ScenarioError([text])
    edits: list[Edit] = []
    problems: list[Problem] = []
    for one in fitted:
        place, span = place_of(text, one.path), scenario.evidence[one.path].range if one.path in scenario.evidence else None
        if place is None:
            hint = "give it there with its source and range, or fit the file that gives it"
            problems.append(Problem(scenario.file, None, one.path, "is not given in this file", hint))
        elif span is not None and not span[0] <= one.after <= span[1]:
            message = f"would be {one.after:g}, which lies outside its range {span[0]:g} to {span[1]:g}"
            problems.append(Problem(scenario.file, None, one.path, message, "is the target right? Widen the range only for a reason"))
        else:
            edits.append(Edit(*place, f"{one.after:.{DIGITS}g}"))
    if problems:
        raise ScenarioError(problems)
    return Rewritten(path, text, edited(text, edits))


def rows_of(scenario: Scenario, targets: Sequence[Target]) -> dict[str, str]:
    """The row of responses in whose runs the outcome of each base rate is looked up: its own, or the one in force."""
    paths = [path for target in targets for path in figures_set(target, scenario)]
    return {path: path.split(".")[1] if path.startswith(RESPONSES) else scenario.settings.strain.response for path in paths}


def expected_work(scenario: Scenario, targets: Sequence[Target], runs: int, rounds: int, seed: int) -> Work[None]:
    """All runs of a fit, as work that can be told of and not done."""
    rows = dict.fromkeys(rows_of(scenario, targets).values())
    wanted = [RunId(row, run) for row in rows for run in range(runs * (rounds + 1))]
    return Work(PlainScenarios(dict.fromkeys(rows, scenario), seed), fixed_set(wanted), PassedOnRuns(lambda _: None), len(wanted))


def runs_of(scenarios: Mapping[str, Scenario], runs: int, seed: int, how: ExecutionOptions) -> dict[str, list[Run]]:
    """The first runs of scenarios, made and not kept, in their order; RuntimeError where one failed."""
    made: dict[str, list[Run]] = {name: [] for name in scenarios}

    def add(finished: Sequence[Run]) -> None:
        for run in finished:
            if run.failure is not None:
                raise RuntimeError(f"run {run.run} of {run.scenario}: {run.failure}")
            made[run.scenario].append(run)

    wanted = [RunId(name, run) for name in scenarios for run in range(runs)]
    execute(Work(PlainScenarios(scenarios, seed), fixed_set(wanted), PassedOnRuns(add), len(wanted)), how)
    return {name: sorted(own, key=lambda run: run.run) for name, own in made.items()}


def _wrong_groups(scenario: Scenario, targets: Sequence[Target]) -> Iterator[Problem]:
    """Groups of targets that the scenario has not."""
    known = scenario.settings.groups
    for target in targets:
        for group in target.groups if target.sets else ():
            if group is not None and group not in known:
                hint = did_you_mean(group, known) or f"there are {', '.join(known)}"
                yield Problem(scenario.file, None, f"targets.{target.name}.group", f"there is no group `{group}`", hint)


def _wrong_figures(scenario: Scenario, rates: Mapping[str, float]) -> Iterator[Problem]:
    """Figures that a fit may not set: whole numbers, and what is known."""
    for path, value in rates.items():
        quality = scenario.evidence[path].quality if path in scenario.evidence else None
        if value.is_integer() and value > 1:
            yield Problem(scenario.file, None, path, "is a count and no base rate", "name rates or shares in `sets:`")
        elif quality not in (None, "derived", "assumed"):
            yield Problem(
                scenario.file, None, path, f"is {quality}, which nothing here may move", "only derived and assumed figures are set"
            )


def _moved(path: str, rate: float, target: Target, outcome: Interval) -> float:
    """The rate that would give the target if the outcome were in proportion to it."""
    if not outcome.mean:
        hint = "make more runs, or begin with another value"
        raise ScenarioError([Problem(path, None, "", f"cannot be set: {target.metric} is 0 in these runs", hint)])
    assert target.value is not None
    if BY_NAME[target.metric].share:
        odds = _odds(rate) * _odds(target.value) / _odds(outcome.mean)
        moved = odds / (1.0 + odds)
    else:
        moved = rate * target.value / outcome.mean
    return float(f"{moved:.{DIGITS}g}")


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _figure(scenario: Scenario, path: str) -> float:
    place: Any = scenario.settings.model_dump()
    for key in path.split("."):
        place = place[key]
    return float(place)
