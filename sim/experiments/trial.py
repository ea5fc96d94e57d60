"""What a scenario without faults should still be told: drifting stocks, and a cap that demand does not reach."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.experiments.memory import jobs_that_fit
from sim.metrics import measure_with, weekly
from sim.model import play, prepare
from sim.model.inputs import DAYS_PER_MONTH, derived_arrivals, stays
from sim.scenario import Scenario

BOOKED_ENOUGH = 0.9  # of the cap; below it, demand decides how full diaries are
DRIFT_TOLD = 0.01  # of a stock in a year
SETTLING_WEEKS = 8


def notes(scenario: Scenario, trial: bool = True) -> list[str]:
    """Notes on a scenario, in words; with a trial of one run (seed 1, run 0)."""
    return drifts(scenario) + (cap_notes(scenario) if trial else [])


def drifts(scenario: Scenario) -> list[str]:
    """Groups whose expected stock drifts by the figures at the start."""
    settings = scenario.settings
    inputs = prepare(scenario)
    open_share = float(np.mean(inputs.days["open"][: inputs.run_days]))
    derived = derived_arrivals(settings, open_share)
    said = []
    for place, (name, group) in enumerate(settings.groups.items()):
        stay, _ = stays(group, open_share)
        if group.stock_per_post <= 0 or not np.isfinite(stay):
            continue
        surplus = (float(inputs.groups["starts_mean"][1, place]) - derived[name]) * open_share
        yearly = surplus * stay * (1.0 - np.exp(-12 * DAYS_PER_MONTH / stay)) / group.stock_per_post
        if abs(yearly) >= DRIFT_TOLD:
            said.append(
                f"{scenario.name}: the stock of `{name}` drifts by {100 * yearly:+.0f} % in the first year, by the figures at the start"
            )
    return said


def cap_notes(scenario: Scenario) -> list[str]:
    """Whether less than nine tenths of the daily cap is booked, in one run, after the last change has settled."""
    jobs_that_fit({scenario.name: scenario})
    inputs = prepare(scenario)
    table = weekly(play(inputs, 1, 0), measure_with(scenario))
    last = max((change.date + dt.timedelta(days=change.over_days) for change in scenario.changes), default=None)
    first = 0 if last is None else (last - scenario.settings.period.start).days // 7 + SETTLING_WEEKS
    table = table[table["week"] >= min(first, scenario.settings.period.weeks - 1)]
    booked, offered = (table[table["metric"] == f"appointments_{name}_per_coach_day"]["numerator"].sum() for name in ("booked", "offered"))
    if offered <= 0 or booked / offered >= BOOKED_ENOUGH:
        return []
    return [
        f"{scenario.name}: in a trial run {100 * booked / offered:.0f} % of the appointments that diaries allow are booked: "
        "demand, not the cap, decides how full days are"
    ]
