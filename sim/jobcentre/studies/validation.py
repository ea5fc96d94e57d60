"""Validation: published figures beside what the model predicts, those it was fitted to and those kept back as tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.batches import RunId
from jobcentre.runs.ensemble import Ensemble, with_member
from jobcentre.runs.execute import ExecutionOptions, PassedOnRuns, Work, execute, fixed_set
from jobcentre.runs.experiment import ResolvedScenario
from jobcentre.runs.store import Run, RunLocation
from jobcentre.scenario import Scenario
from jobcentre.stats.intervals import Interval
from jobcentre.studies.targets import Target


class Judged(NamedTuple):
    """A target beside its prediction. `short` is by how much it is missed, 0 inside, in the metric's unit and with its sign.

    The mean is judged by the target's range; what one office saw in one year by the range of 95 in 100 simulated years.
    """

    target: Target
    mean: Interval
    run_low: float | None
    run_high: float | None
    short: float | None

    @property
    def inside(self) -> bool:
        """Whether the prediction agrees with the target."""
        return self.short == 0

    @property
    def within_chance(self) -> bool:
        """Whether it is missed by no more than the interval of the prediction allows."""
        low, high = self.mean.low, self.mean.high
        near = low is not None and high is not None and low <= self.target.high and high >= self.target.low
        return not self.inside and near and not self.target.one_year

    def row(self) -> dict[str, Any]:
        """The row of the JSON document."""
        target = self.target
        return {
            "name": target.name, "metric": target.metric, "groups": [group for group in target.groups if group], "use": target.use,
            "observed": target.observed, "low": target.low, "high": target.high, "one_year": target.one_year, "source": list(target.source),
            "predicted": self.mean.mean, "predicted_low": self.mean.low, "predicted_high": self.mean.high, "n": self.mean.n,
            "run_low": self.run_low, "run_high": self.run_high, "inside": self.inside, "within_chance": self.within_chance,
            "missed_by": self.short,
        }  # fmt: skip


@dataclass(frozen=True)
class EnsembleScenario:
    """A scenario with the member of an ensemble at each point; without one, as it is."""

    scenario: Scenario
    seed: int
    ensemble: Ensemble | None

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves the scenario at a point."""
        scenario = self.scenario if self.ensemble is None else with_member(self.scenario, self.ensemble, location[2], self.seed)
        return ResolvedScenario(scenario, self.seed)


def validation_work(scenario: Scenario, ensemble: Ensemble | None, runs: int, seed: int, made: list[Run]) -> Work[None]:
    """The runs of a validation, which are not kept: each with a member of its own."""
    wanted = [RunId(scenario.name, run, 0 if ensemble is None else run) for run in range(runs)]
    return Work(EnsembleScenario(scenario, seed, ensemble), fixed_set(wanted), PassedOnRuns(made.extend), len(wanted))


def validate(
    scenario: Scenario, targets: Sequence[Target], ensemble: Ensemble | None, runs: int, seed: int, how: ExecutionOptions
) -> list[Judged]:
    """Every target beside its prediction, those that are missed first; RuntimeError where a run failed."""
    made: list[Run] = []
    execute(validation_work(scenario, ensemble, runs, seed, made), how)
    made.sort(key=lambda run: run.run)
    for run in made:
        if run.failure is not None:
            raise RuntimeError(f"run {run.run} of {run.scenario}: {run.failure}")
    judged = [_judged(target, made) for target in targets]
    return sorted(judged, key=lambda one: (one.target.use == "fit", one.inside))


def _judged(target: Target, made: Sequence[Run]) -> Judged:
    mean = target.outcome(made)
    pairs = [[run.metrics.get((target.metric, group), (0.0, 0.0)) for group in target.groups] for run in made]
    values = [sum(top for top, _ in each) / sum(bottom for _, bottom in each) for each in pairs if sum(bottom for _, bottom in each)]
    if not values or mean.mean is None:
        return Judged(target, mean, None, None, None)
    run_low, run_high = (float(one) for one in np.quantile(values, (0.025, 0.975)))
    if target.one_year:  # the observation has its own chance, which that of the simulated years is like
        short = max(0.0, run_low - target.high) - max(0.0, target.low - run_high)
    else:
        short = max(0.0, mean.mean - target.high) - max(0.0, target.low - mean.mean)
    return Judged(target, mean, run_low, run_high, short)


def labelled(target: Target) -> str:
    """A target in words: the metric and the groups."""
    groups = [group for group in target.groups if group]
    return BY_NAME[target.metric].label + (f", {' + '.join(groups)}" if groups else "")
