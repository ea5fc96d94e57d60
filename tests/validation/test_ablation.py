"""The ablation study switches every policy off by the value that the policy itself declares."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from jobcentre.scenario import load, vary
from jobcentre.scenario.policies import Policies, off_values
from validation.ablation import MECHANISMS, OTHER_POLICIES, POLICIES_OFF, ablations, without

pytestmark = pytest.mark.invariants
#: As docs/model.md describes the policies: none of these does anything.
OFF = {
    "policies.flexibilities.trigger": "off", "policies.relief.policy": "none", "policies.digital.share": 0.0,
    "policies.outreach.coaches": 0, "policies.training.coaches_per_week": 0, "policies.reminders.on": False,
}  # fmt: skip
ON = {
    "policies.flexibilities.trigger": "delay", "policies.relief.policy": "early_warning", "policies.digital.share": 0.1,
    "policies.outreach.coaches": 2, "policies.training.coaches_per_week": 1, "policies.reminders.on": True,
}  # fmt: skip


def test_every_policy_declares_one_off_value() -> None:
    assert list(off_values()) == list(Policies.model_fields)
    assert [len(off) for off in off_values().values()] == [1] * len(Policies.model_fields)
    assert {path: value for off in off_values().values() for path, value in off.items()} == OFF


def test_the_ablation_uses_every_off_value() -> None:
    all_on = vary(load("oxford_surge_step"), ON)
    used = [dict(one.off) for one in ablations(all_on)]
    assert all(used.count(off) == 1 for off in POLICIES_OFF.values())


def test_a_policy_that_is_off_in_the_surge_has_no_row_of_its_own() -> None:
    assert ablations(load("oxford_surge_step")) == MECHANISMS


def test_a_policy_switched_on_from_a_date_is_switched_off_too() -> None:
    surge = load("oxford_surge_step")
    first = surge.changes[0]
    dated = replace(
        surge, changes=(*surge.changes, replace(first, date=first.date + dt.timedelta(days=1), set={"policies.reminders.on": True}))
    )
    (reminders,) = ablations(dated)[len(MECHANISMS) :]
    assert reminders in OTHER_POLICIES
    assert without(dated, reminders).changes == surge.changes
    assert without(dated, reminders).settings.policies.reminders.on is False
