"""Every scenario moves the metrics that its file says, against the scenario it is compared with, in runs with the same luck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from scipy import stats

from jobcentre.metrics import measure_with
from jobcentre.metrics.definitions import BY_NAME, Adds
from jobcentre.metrics.log_index import LogIndex
from jobcentre.model import play, prepare
from jobcentre.scenario import Scenario, load
from support.places import SCENARIOS

pytestmark = [pytest.mark.rules, pytest.mark.slow]

SEED = 1
LEVEL = 0.99
FILES = sorted(path for path in (SCENARIOS).glob("*.yaml") if path.stem != "sources")
read = cache(load)
VARIANTS = [path.stem for path in FILES if read(path.stem).compared_with]
RUNS = 5
#: Over other weeks, or with other people, there is no common luck, and that nothing matters takes more runs to show. How long posts stand
#: empty matters to two leavers a year only, and automation of failing to little of a coach's time.
RUNS_OF = {
    "way_to_work_before": 48,
    "fta_automation": 16,
    "low_health_share_site": 16,
    "mental_health_training_before": 112,
    "two_teams": 24,
    "slow_recruitment": 24,
    "fast_recruitment": 24,
}


def runs_of(variant: str) -> int:
    return RUNS_OF.get(variant, RUNS)


def looked_at(name: str) -> tuple[set[str], int]:
    """Metrics looked at in a scenario and runs needed: for itself, and for the scenarios compared with it."""
    involved = [variant for variant in VARIANTS if name in (variant, read(variant).compared_with)]
    return {metric for variant in involved for metric in read(variant).moves}, max(map(runs_of, involved))


def total(facts: LogIndex, adds: Adds | None, group: str) -> float:
    if adds is None:
        return 1.0
    tally = adds(facts)
    days = tally.total
    if group:
        assert tally.groups is not None, group
        days = tally.groups[facts.groups.index(group)]
    return float(days[facts.start_day : facts.end_day].sum())


@cache
def values_of(name: str) -> dict[str, np.ndarray]:
    """One value per run of each metric looked at; `metric.group` is that of one group."""
    scenario = read(name)
    inputs, given = prepare(scenario), measure_with(scenario)
    wanted, runs = looked_at(name)
    found: dict[str, list[float]] = {metric: [] for metric in wanted}
    for run in range(runs):
        facts = LogIndex(play(inputs, SEED, run), given)
        for metric in wanted:
            whole, _, group = metric.partition(".")
            declared = BY_NAME[whole]
            found[metric].append(total(facts, declared.over, group) / total(facts, declared.under, group))
    return {metric: np.array(values) for metric, values in found.items()}


def difference(scenario: Scenario, base: Scenario, metric: str) -> tuple[float, float, float]:
    """Mean difference, its standard error and degrees of freedom: paired over the same weeks, else of two samples (Welch)."""
    mine, others = (values_of(name)[metric][: runs_of(scenario.name)] for name in (scenario.name, base.name))
    if scenario.settings.period == base.settings.period:
        paired = mine - others
        return float(paired.mean()), float(paired.std(ddof=1)) / math.sqrt(len(paired)), len(paired) - 1
    a, b = mine.var(ddof=1) / len(mine), others.var(ddof=1) / len(others)
    freedom = (a + b) ** 2 / (a**2 / (len(mine) - 1) + b**2 / (len(others) - 1))
    return float(mine.mean() - others.mean()), math.sqrt(a + b), float(freedom)


def not_shown(scenario: Scenario, base: Scenario) -> Iterator[str]:
    """Stated moves that the runs do not show, one-sided, with 99 %; `same` means less than the smallest difference that matters."""
    for metric, way in scenario.moves.items():
        mean, error, freedom = difference(scenario, base, metric)
        reach = float(stats.t.ppf(LEVEL, freedom)) * error
        shown = {"up": mean - reach > 0, "down": mean + reach < 0, "same": abs(mean) + reach < BY_NAME[metric.partition(".")[0]].matters}
        if not shown[way]:
            yield f"{metric} {way}: {mean:+.4g} ± {reach:.2g}"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_scenario_moves_what_it_says(name: str) -> None:
    scenario = read(name)
    assert scenario.compared_with is not None
    assert list(not_shown(scenario, read(scenario.compared_with))) == []


def test_every_scenario_but_the_baseline_is_looked_at() -> None:
    assert len(VARIANTS) == len(FILES) - 1 > 10
