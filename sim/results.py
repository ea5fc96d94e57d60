"""Results of an experiment: runs as numbers, metrics with intervals, differences between scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.metrics import BY_NAME, HEADLINES
from sim.stats.comparisons import Difference, Measure, compare
from sim.stats.intervals import Kind, interval
from sim.store import Key, Run

CHOOSES_EVENTS = "overloaded_share"


class Summary(NamedTuple):
    """One metric of one scenario over its runs."""

    scenario: str
    point: int
    group: str | None
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    level: float
    method: str
    kind: Kind


@dataclass(frozen=True)
class Results:
    """Runs by scenario, the first being the base of comparisons; `kind` says how the number of runs came about."""

    runs: Mapping[str, Sequence[Run]]
    kind: Kind

    @property
    def all(self) -> list[Run]:
        """The runs of all scenarios."""
        return [run for mine in self.runs.values() for run in mine]

    @property
    def failed(self) -> list[Run]:
        """Runs that did not end well."""
        return [run for run in self.all if run.failure is not None]

    def first(self, runs: int) -> Results:
        """The same with the first so many runs only."""
        return Results({name: [run for run in mine if run.run < runs] for name, mine in self.runs.items()}, self.kind)

    def summaries(self) -> dict[str, list[Summary]]:
        """Every metric of every scenario with its interval."""
        return {name: summarise(name, mine, self.kind) for name, mine in self.runs.items()}

    def differences(self) -> list[Difference]:
        """Later scenarios against the first in the headline metrics, paired over the runs that ended well in all of them."""
        shared = set.intersection(*({run.run for run in mine if run.failure is None} for mine in self.runs.values()))
        measures = [Measure(name, BY_NAME[name].aggregation, BY_NAME[name].better, BY_NAME[name].matters) for name in HEADLINES]
        values = {
            name: {metric: columns([run for run in mine if run.run in shared], (metric, None)) for metric in HEADLINES}
            for name, mine in self.runs.items()
        }
        base, *options = values
        return compare(values[base], {name: values[name] for name in options}, measures, intervals=self.kind) if options and shared else []


def summarise(scenario: str, runs: Sequence[Run], kind: Kind, point: int = 0) -> list[Summary]:
    """Every metric over the runs that ended well, in the order in which metrics are declared, all customers first."""
    good = [run for run in runs if run.failure is None]
    rows = []
    for metric, group in metric_keys(good):
        declared = BY_NAME[metric]
        top, bottom = columns(good, (metric, group))
        found = interval(top, bottom, declared.aggregation, intervals=kind, share=declared.share)
        values = (found.mean, found.low, found.high, declared.unit, found.n, found.level, found.method, found.kind)
        rows.append(Summary(scenario, point, group, metric, *values))
    return rows


def metric_keys(runs: Iterable[Run]) -> list[Key]:
    """The metrics and groups that the runs have, in the order of declaration, all customers before single groups."""
    place = {name: number for number, name in enumerate(BY_NAME)}
    return sorted({key for run in runs for key in run.metrics}, key=lambda key: (place[key[0]], key[1] or ""))


def columns(runs: Sequence[Run], key: Key) -> tuple[list[float], list[float]]:
    """Numerators and denominators of one metric, one per run; 0 and 0 for a run without it."""
    pairs = [run.metrics.get(key, (0.0, 0.0)) for run in runs]
    return [top for top, _ in pairs], [bottom for _, bottom in pairs]


def chosen_for_events(runs: Sequence[Run]) -> dict[str, int]:
    """The runs whose log is always kept: the first, the median and the worst by the share of overloaded coach-days."""
    ranked = sorted((value_of(run.metrics.get((CHOOSES_EVENTS, None), (0.0, 0.0))) or 0.0, run.run) for run in runs if run.failure is None)
    if not ranked:
        return {}
    worst = min(run for value, run in ranked if value == ranked[-1][0])
    return {"first": min(run for _, run in ranked), "median": ranked[(len(ranked) - 1) // 2][1], "worst": worst}


def value_of(pair: tuple[float, float]) -> float | None:
    """Numerator ÷ denominator, None where that is nothing."""
    return pair[0] / pair[1] if pair[1] else None
