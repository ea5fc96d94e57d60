"""The minute ledger: activities add up to the contracted day, bands to all work; hand-worked rows."""

from __future__ import annotations

import pytest

from jobcentre.metrics import measure, measure_with
from jobcentre.metrics.time_use import ACTIVITIES
from jobcentre.model import simulate
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.invariants

SHORT = {"period.start": "2021-11-22", "period.warmup_weeks": 4, "period.weeks": 8, "period.reference_date": None}


def total(measured, metric):
    return measured[metric, None][0]


@pytest.mark.parametrize("name", ["baseline", "oxford_surge_step", "diary", "full_diary", "hand_worked_day"])
def test_activities_add_up_to_the_contracted_day(name):
    scenario = (
        load(name)
        if name == "hand_worked_day"
        else vary(load(name), SHORT if name in ("baseline", "oxford_surge_step") else {"period.weeks": 4})
    )
    measured = measure(simulate(scenario, seed=3, run=1), measure_with(scenario))
    activities = {activity: total(measured, f"{activity}_minutes_per_coach_day") for activity in ACTIVITIES}
    assert min(activities.values()) >= 0
    assert sum(activities.values()) == pytest.approx(total(measured, "contracted_minutes_per_coach_day"), abs=1e-6)
    assert activities["conversation"] > 0


def test_work_in_all_bands_is_the_work_done():
    scenario = vary(load("oxford_surge_step"), SHORT)
    measured = measure(simulate(scenario, seed=3, run=1), measure_with(scenario))
    contracted = sum(total(measured, f"{activity}_minutes_per_coach_day") for activity in ACTIVITIES if activity != "idle")
    beyond = total(measured, "lunch_worked_minutes_per_coach_day") + total(measured, "overtime_minutes_per_coach_day")
    assert beyond > 0
    assert contracted + beyond == pytest.approx(total(measured, "work_time_share"), rel=1e-12)
