"""Whether the results of an experiment had settled when counting began, and whether they would last: one row per scenario and metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from sim.metrics import BY_NAME, HEADLINES
from sim.metrics.facts import YEAR_DAYS
from sim.results import Results
from sim.scenario import Scenario
from sim.stats.intervals import Floats, Kind
from sim.stats.steadiness import FEWEST_WEEKS, METHOD, Change, drift, mser_weeks, shift
from sim.store import Run

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


def steadiness(results: Results, scenarios: Mapping[str, Scenario]) -> list[Steadiness]:
    """What can be said of every scenario in the metrics that its runs tell by week."""
    return [row for name, runs in results.runs.items() for row in _of_scenario(scenarios[name], runs, results.kind)]


def weeks_before_change(scenario: Scenario) -> int | None:
    """Whole counted weeks before the first dated change; None where there is none, or where it falls into the warm-up."""
    dates = [change.date for change in scenario.changes]
    weeks = (min(dates) - scenario.settings.period.start).days // 7 if dates else -1
    return weeks if 0 <= weeks < scenario.settings.period.weeks else None


def _of_scenario(scenario: Scenario, runs: Sequence[Run], kind: Kind) -> list[Steadiness]:
    period, tables = scenario.settings.period, _by_week([run for run in runs if run.failure is None])
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
    moved = Change(None, None, None, None, 0)
    if cut is not None and cut > warmup:
        moved = shift(top[:, warmup:looked], bottom[:, warmup:looked], cut - warmup, matters, level, kind)
        settled = "no" if moved.beyond else "late"
    change = drift(top[:, warmup:], bottom[:, warmup:], matters, level, kind)
    drifts: Drifts = "unknown" if change.beyond is None else "yes" if change.beyond else "no"
    return Steadiness(
        scenario.name, metric, warmup, looked, cut, settled, moved.mean, moved.low, moved.high,
        period.weeks, change.mean, change.low, change.high, drifts, change.n, LEVEL, METHOD, kind,
    )  # fmt: skip


def _by_week(runs: Sequence[Run]) -> dict[str, tuple[Floats, Floats]]:
    """Numerators and denominators `[run, week]` of each metric that is looked at, from the first simulated week on."""
    wanted = {*LOOKED_AT, *(part for parts in MADE_OF.values() for part in parts[:2])}
    tables: dict[str, list[list[tuple[float, float]]]] = {}
    for run in runs:
        mine: dict[str, list[tuple[float, float]]] = {}
        for line in run.weekly.splitlines()[1:]:
            _, _, rest = line.partition(",")
            metric, _, pair = rest.partition(",")
            if metric in wanted:
                over, _, under = pair.partition(",")
                mine.setdefault(metric, []).append((float(over), float(under)))
        for metric, pairs in mine.items():
            tables.setdefault(metric, []).append(pairs)
    found = {metric: np.array(pairs, dtype=np.float64) for metric, pairs in tables.items()}
    made: dict[str, tuple[Floats, Floats]] = {}
    for metric in LOOKED_AT:
        if metric in MADE_OF:
            over_of, under_of, divisor = MADE_OF[metric]
            if over_of in found and under_of in found:
                made[metric] = (found[over_of][:, :, 0], found[under_of][:, :, 0] / divisor)
        elif metric in found:
            made[metric] = (found[metric][:, :, 0], found[metric][:, :, 1])
    return made
