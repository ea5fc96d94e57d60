"""Each mechanism off alone and on alone: both engines write the same log."""

from __future__ import annotations

from functools import cache, reduce

import pytest

from jobcentre.model import play, prepare
from jobcentre.scenario import Scenario, vary
from support.both_engines import equal
from support.short_scenarios import LEAVES_SOON
from support.shortened import FOLDER, shortened
from validation.ablation import MECHANISMS, Mechanism, without

pytestmark = pytest.mark.engines

#: Figures with which mechanisms that need a year act within weeks, and those without a known size act at all.
LIVELY = LEAVES_SOON | {
    "sickness.short.per_year": 8, "responses.central.base_leaving_per_year": 6, "responses.central.base_stress_per_year": 8,
    "sickness.stress_days.mean": 4, "leaving.contagion_per_leaver": 1, "admin.lapse_days": 2, "conversation.contact_elasticity": 1,
    "conversation.rapport_failed_factor": 0.5, "conversation.rapport_full_after": 1, "hiring.mental_health_effect": 0.5,
    "hiring.mental_health_trained_share": 0.5, "attendance.called_in_ratio": 10, "diary.protected_admin_minutes": 60,
    "diary.protected_windows": 2, "admin.home_threshold_minutes": 20, "admin.chase_per_overdue_week": 2, "conversation.patience_minutes": 10,
    "diary.bookings_per_start": 2, "diary.seen_by": "whoever_is_free", "attendance.ends_claim_after": 2, "attendance.by_choice_ratio": 5,
    "groups.lcw.compulsory": False, "sickness.breakdown.mark": 0.05, "sickness.breakdown.days.mean": 4, "sickness.short_strain_ceiling": 50,
    "leaving.office_cv": 1, "strain.slow_half_life_days": 10,
}  # fmt: skip


@cache
def lively_surge() -> Scenario:
    """The surge with relief, over five weeks in which much happens."""
    return vary(shortened(FOLDER / "surge_with_early_relief.yaml"), LIVELY)


#: Conditions of attendance are one rule with several ratios: one of them stands for all.
ALONE = [one for one in MECHANISMS if not one.name.endswith(", on attendance") or one.name.startswith("the last failure")]


@pytest.mark.parametrize("mechanism", ALONE, ids=lambda one: one.name)
def test_each_mechanism_alone(mechanism: Mechanism, record_property) -> None:
    """Off alone in a lively surge with every other on; then on alone, with every other off."""
    surge = lively_surge()
    others = [one for one in MECHANISMS if one is not mechanism]
    off, on = equal(without(surge, mechanism), 1), equal(reduce(without, others, surge), 1)
    assert off.digests != on.digests
    record_property("rows", off.rows + on.rows)
    print(f"{mechanism.name}: off alone and on alone, {off.rows + on.rows:,} rows, equal")


def test_the_mechanisms_act_within_these_weeks() -> None:
    """Otherwise switching them off would try nothing."""
    with_all = play(prepare(lively_surge()), 1, 0).digest
    silent = [one.name for one in MECHANISMS if play(prepare(without(lively_surge(), one)), 1, 0).digest == with_all]
    print(f"{len(MECHANISMS) - len(silent)} of {len(MECHANISMS)} mechanisms change the log")
    assert silent == []
