"""Runs as numbers: metrics with intervals, differences between scenarios, and whether the warm-up was long enough."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES, METRICS, is_total
from jobcentre.metrics.log_index import YEAR_DAYS
from jobcentre.metrics.windows import Window, windows_of
from jobcentre.runs.store import Key, Run
from jobcentre.scenario import Scenario
from jobcentre.stats.best import NotDistinguishable, indistinguishable_from_best
from jobcentre.stats.comparisons import Difference, Measure, RunValues, Verdict, compare, without_verdict
from jobcentre.stats.intervals import Floats, Kind, interval
from jobcentre.stats.warmup import FEWEST_WEEKS, METHOD, MeanChange, drift, mser_weeks, shift

CHOOSES_EVENTS = "overloaded_share"
BY_RESPONSE = "leavers_of_start"


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


class Leavers(NamedTuple):
    """Leavers of the start of one scenario under one response to strain, and how many more than in the base.

    The intervals of the differences hold together for all scenarios and responses.
    """

    response: str
    scenario: str
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    verdict: Verdict | None
    n: int
    level: float
    kind: Kind


@dataclass(frozen=True)
class RunResults:
    """Runs by scenario, the first being the base of comparisons; `kind` says how the number of runs came about.

    `by_response` holds the runs under each response to strain, where they were made. `tables` gives a scenario's runs one by one with their
    tables by week and windows, where those held here have none.
    """

    runs: Mapping[str, Sequence[Run]]
    kind: Kind
    by_response: Mapping[str, Mapping[str, Sequence[Run]]] = field(default_factory=dict)
    offices: int = 1  # added up in each run; a difference in a total matters as many times as much
    untested: str = ""  # why differences get no verdict
    tables: Callable[[str], Iterable[Run]] | None = None

    def with_tables(self, name: str) -> Iterator[Run]:
        """The runs of a scenario with their tables by week and windows."""
        wanted = {run.run for run in self.runs[name]}
        return (run for run in (self.tables or self.runs.__getitem__)(name) if run.run in wanted)

    @property
    def all(self) -> list[Run]:
        """The runs of all scenarios."""
        return [run for mine in self.runs.values() for run in mine]

    @property
    def failed(self) -> list[Run]:
        """Runs that did not end well, those under other responses too."""
        return [run for mine in self.by_point().values() for run in mine if run.failure is not None]

    def by_point(self) -> dict[str, list[Run]]:
        """All runs of each scenario in the order of points and runs."""
        every = [self.runs, *self.by_response.values()]
        found = {name: {(run.point, run.run): run for runs in every for run in runs[name]} for name in self.runs}
        return {name: [mine[key] for key in sorted(mine)] for name, mine in found.items()}

    def first(self, runs: int) -> RunResults:
        """The same with the first so many runs only."""

        def some(of: Mapping[str, Sequence[Run]]) -> dict[str, list[Run]]:
            return {name: [run for run in mine if run.run < runs] for name, mine in of.items()}

        by_response = {response: some(mine) for response, mine in self.by_response.items()}
        return replace(self, runs=some(self.runs), by_response=by_response)

    def leavers(self) -> list[Leavers]:
        """Leavers of the start under each response to strain, scenarios in their order within each."""
        declared = BY_NAME[BY_RESPONSE]
        shared = _ended_well(mine for runs in self.by_response.values() for mine in runs.values())
        measures = [Measure(name, declared.aggregation, declared.better, declared.matters) for name in self.by_response]
        values = {
            name: {response: columns(_chosen(runs[name], shared), (BY_RESPONSE, None)) for response, runs in self.by_response.items()}
            for name in self.runs
        }
        base, *options = values
        compared = self._compared(values[base], {name: values[name] for name in options}, measures) if options and shared else []
        beside = {(row.metric, row.option): row for row in compared}
        rows = []
        for response, runs in self.by_response.items():
            for name, mine in runs.items():
                found = interval(*columns(_chosen(mine), (BY_RESPONSE, None)), declared.aggregation, intervals=self.kind)
                other = beside.get((response, name))
                difference, low, high = (other.difference, other.low, other.high) if other else (None, None, None)
                own = (found.mean, found.low, found.high)
                verdict = other.verdict if other else None
                how = (found.n, found.level, found.kind)
                rows.append(Leavers(response, name, BY_RESPONSE, *own, difference, low, high, verdict, *how))
        return rows

    def summaries(self) -> dict[str, list[Summary]]:
        """Every metric of every scenario with its interval."""
        return {name: summarise(name, mine, self.kind) for name, mine in self.runs.items()}

    def differences(self, metrics: Sequence[str] = HEADLINES) -> list[Difference]:
        """Later scenarios against the first in the headline metrics, paired over the runs that ended well in all of them."""
        values = self._values(metrics)
        if len(values) < 2:
            return []
        base, *options = values
        return self._compared(values[base], {name: values[name] for name in options}, self._measures(metrics))

    def _compared(
        self, base: Mapping[str, RunValues], options: Mapping[str, Mapping[str, RunValues]], measures: Sequence[Measure]
    ) -> list[Difference]:
        rows = compare(base, options, measures, intervals=self.kind)
        return [without_verdict(row, self.untested) for row in rows] if self.untested else rows

    def other_differences(self) -> list[Difference]:
        """The same in all other metrics with a better direction; their intervals hold together, apart from those of the headlines."""
        return self.differences([metric.name for metric in METRICS if metric.better and metric.name not in HEADLINES])

    def also_worse(self) -> list[Difference]:
        """Harm outside the headlines: other metrics in which an option is clearly worse than the base."""
        return [row for row in self.other_differences() if row.verdict == "worse"]

    def best(self) -> list[NotDistinguishable]:
        """Which scenarios may be the best in each headline metric with a better direction; nothing for fewer than three scenarios."""
        values = self._values(HEADLINES)
        return indistinguishable_from_best(values, self._measures(HEADLINES), intervals=self.kind) if len(values) > 2 else []

    def _measures(self, metrics: Sequence[str]) -> list[Measure]:
        matters = {name: BY_NAME[name].matters * (self.offices if is_total(BY_NAME[name]) else 1) for name in metrics}
        return [Measure(name, BY_NAME[name].aggregation, BY_NAME[name].better, matters[name]) for name in metrics]

    def _values(self, metrics: Sequence[str]) -> dict[str, dict[str, RunValues]]:
        """Metrics of each scenario over the runs that ended well in all of them; nothing without such runs."""
        shared = _ended_well(self.runs.values())
        return {
            name: {metric: columns(_chosen(mine, shared), (metric, None)) for metric in metrics}
            for name, mine in self.runs.items()
            if shared
        }


def summarise(scenario: str, runs: Sequence[Run], kind: Kind, point: int = 0) -> list[Summary]:
    """Every metric over the runs that ended well, in the order in which metrics are declared, all customers first."""
    good = _chosen(runs)
    return [_summary(scenario, point, key, columns(good, key), kind) for key in metric_keys(good)]


def _summary(scenario: str, point: int, key: Key, values: RunValues, kind: Kind) -> Summary:
    metric, group = key
    declared = BY_NAME[metric]
    found = interval(*values, declared.aggregation, intervals=kind, share=declared.share)
    numbers = (found.mean, found.low, found.high, declared.unit, found.n, found.level, found.method, found.kind)
    return Summary(scenario, point, group, metric, *numbers)


class WindowSummary(NamedTuple):
    """A metric of all customers together in one of the windows over which each run is measured."""

    window: Window
    summary: Summary


def by_window(results: RunResults, scenarios: Mapping[str, Scenario]) -> list[WindowSummary]:
    """Every metric in every window, that of the headlines first."""
    rows = []
    for name in results.runs:
        pairs: dict[tuple[str, str], array[float]] = {}  # one after the other: there may be those of ten thousand runs
        for run in _ended(results.with_tables(name)):
            for line in run.windows.text().splitlines():
                window, metric, over, under = line.split(",")
                pairs.setdefault((window, metric), array("d")).extend((float(over), float(under)))
        dates = {window.name: window for window in windows_of(scenarios[name])}
        for (window, metric), values in pairs.items():
            rows.append(WindowSummary(dates[window], _summary(name, 0, (metric, None), (values[::2], values[1::2]), results.kind)))
    return rows


def _ended_well(scenarios: Iterable[Sequence[Run]]) -> set[int]:
    """Runs that ended well everywhere."""
    return set.intersection(*({run.run for run in mine if run.failure is None} for mine in scenarios))


def _ended(runs: Iterable[Run]) -> Iterator[Run]:
    """Those that ended well."""
    return (run for run in runs if run.failure is None)


def _chosen(runs: Sequence[Run], shared: set[int] | None = None) -> list[Run]:
    """The runs that ended well, or those that did so everywhere."""
    return [run for run in runs if (run.failure is None if shared is None else run.run in shared)]


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


LEVEL = 0.95
#: yes; later than the warm-up, but without moving the figure by as much as matters; no; nobody can tell.
Settled = Literal["yes", "late", "no", "unknown"]
Drifts = Literal["yes", "no", "unknown"]
#: A metric that has no table by week of its own: of which weekly metrics it takes the numerators, and what divides the second.
MADE_OF = {"leaving_rate_per_year": ("leavers", "coaches_in_post", YEAR_DAYS)}
#: Headline metrics that can be told by week, and what moves slowly below them.
LOOKED_AT = (
    *(name for name in HEADLINES if BY_NAME[name].weekly or name in MADE_OF),
    "strain_mean",
    "load_mean",
    "caseload_mean",
    "coaches_in_post",
)


class Steadiness(NamedTuple):
    """One metric of one scenario by its weeks.

    MSER-5 looked at the first `looked_weeks` and asks for a warm-up of `mser_weeks`. `shift` is how much the figure moves if counting
    begins then, where that is later than the warm-up; `change` the rise of a straight line over the counted weeks. All intervals of a
    scenario hold together.
    """

    scenario: str
    metric: str
    warmup_weeks: int
    looked_weeks: int
    mser_weeks: int | None
    settled: Settled
    shift: float | None
    shift_low: float | None
    shift_high: float | None
    weeks: int
    change: float | None
    low: float | None
    high: float | None
    drifts: Drifts
    n: int
    level: float
    method: str
    kind: Kind


def steadiness(results: RunResults, scenarios: Mapping[str, Scenario]) -> list[Steadiness]:
    """What can be said of every scenario in the metrics that its runs tell by week."""
    return [row for name in results.runs for row in _of_scenario(scenarios[name], results.with_tables(name), results.kind)]


def weeks_before_change(scenario: Scenario) -> int | None:
    """Whole counted weeks before the first dated change; None where there is none, or where it falls into the warm-up."""
    dates = [change.date for change in scenario.changes]
    weeks = (min(dates) - scenario.settings.period.start).days // 7 if dates else -1
    return weeks if 0 <= weeks < scenario.settings.period.weeks else None


def _of_scenario(scenario: Scenario, runs: Iterable[Run], kind: Kind) -> list[Steadiness]:
    period, tables = scenario.settings.period, _by_week(_ended(runs))
    tables = {metric: table for metric, table in tables.items() if table[0].shape[1] == period.warmup_weeks + period.weeks}
    # two questions are asked of each metric
    level = 1 - (1 - LEVEL) / max(1, 2 * len(tables))
    return [_of_metric(scenario, metric, *table, level, kind) for metric, table in tables.items()]


def _of_metric(scenario: Scenario, metric: str, top: Floats, bottom: Floats, level: float, kind: Kind) -> Steadiness:
    period, matters = scenario.settings.period, BY_NAME[metric].matters
    warmup, before = period.warmup_weeks, weeks_before_change(scenario)
    # a scenario that changes at a date is meant to change
    looked = warmup + before if before is not None and warmup + before >= FEWEST_WEEKS else warmup + period.weeks
    cut = mser_weeks(top[:, :looked], bottom[:, :looked])
    settled: Settled = "unknown" if cut is None else "yes"
    moved = MeanChange(None, None, None, None, 0)
    if cut is not None and cut > warmup:
        moved = shift(top[:, warmup:looked], bottom[:, warmup:looked], cut - warmup, matters, level, kind)
        settled = "no" if moved.beyond else "late"
    change = drift(top[:, warmup:], bottom[:, warmup:], matters, level, kind)
    drifts: Drifts = "unknown" if change.beyond is None else "yes" if change.beyond else "no"
    return Steadiness(
        scenario.name, metric, warmup, looked, cut, settled, moved.mean, moved.low, moved.high,
        period.weeks, change.mean, change.low, change.high, drifts, change.n, LEVEL, METHOD, kind,
    )  # fmt: skip


def _by_week(runs: Iterable[Run]) -> dict[str, tuple[Floats, Floats]]:
    """Numerators and denominators `[run, week]` of each metric that is looked at, from the first simulated week on."""
    wanted = {*LOOKED_AT, *(part for parts in MADE_OF.values() for part in parts[:2])}
    tables: dict[str, list[Floats]] = {}
    for run in runs:
        mine: dict[str, list[str]] = {}
        for line in run.weekly.text().splitlines()[1:]:
            _, metric, pair = line.split(",", 2)
            if metric in wanted:
                mine.setdefault(metric, []).append(pair)
        for metric, pairs in mine.items():
            tables.setdefault(metric, []).append(np.array(",".join(pairs).split(","), dtype=np.float64).reshape(-1, 2))
    found = {metric: np.stack(tables.pop(metric)) for metric in list(tables)}
    made: dict[str, tuple[Floats, Floats]] = {}
    for metric in LOOKED_AT:
        if metric in MADE_OF:
            over_of, under_of, divisor = MADE_OF[metric]
            if over_of in found and under_of in found:
                made[metric] = (found[over_of][:, :, 0], found[under_of][:, :, 0] / divisor)
        elif metric in found:
            made[metric] = (found[metric][:, :, 0], found[metric][:, :, 1])
    return made
