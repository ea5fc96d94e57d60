"""The simpy engine and the compiled one write the same log and leave the same office: every file, mechanism and dated change."""

from __future__ import annotations

from functools import cache, reduce
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobcentre.diagnostics.divergence import Verification
from jobcentre.diagnostics.divergence_text import divergence_text
from jobcentre.diagnostics.verify import verify
from jobcentre.model import play, prepare
from jobcentre.scenario import Scenario, vary
from support.short_scenarios import LEAVES_SOON
from support.shortened import FILES, FOLDER, shortened
from support.strategies import changing
from validation.ablation import MECHANISMS, Mechanism, without

pytestmark = pytest.mark.engines

SEEDS = (1, 2**63 + 12345)
CHANGING = 40
#: Figures with which mechanisms that need a year act within weeks, and those without a known size act at all.
LIVELY = LEAVES_SOON | {
    "sickness.short.per_year": 8, "responses.central.base_leaving_per_year": 6, "responses.central.base_stress_per_year": 8,
    "sickness.stress_days.mean": 4, "leaving.contagion_per_leaver": 1, "admin.lapse_days": 2, "conversation.contact_elasticity": 1,
    "conversation.rapport_failed_factor": 0.5, "conversation.rapport_full_after": 1, "hiring.mental_health_effect": 0.5,
    "hiring.mental_health_trained_share": 0.5, "attendance.called_in_ratio": 10, "diary.protected_admin_minutes": 60,
    "diary.protected_windows": 2, "admin.home_threshold_minutes": 20, "admin.chase_per_overdue_week": 2, "conversation.patience_minutes": 10,
}  # fmt: skip


def equal(scenario: Scenario, seed: int, runs: int = 1) -> Verification:
    """The scenario verified; fails with the words of the parting."""
    found = verify(scenario, seed, runs)
    assert found.divergence is None, divergence_text(found.divergence)
    return found


@cache
def lively_surge() -> Scenario:
    """The surge with relief, over five weeks in which much happens."""
    return vary(shortened(FOLDER / "surge_with_early_relief.yaml"), LIVELY)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_file(file: Path, record_property) -> None:
    scenario = shortened(file)
    rows = sum(equal(scenario, seed).rows for seed in SEEDS)
    assert rows > 0
    record_property("rows", rows)
    print(f"{file.stem}: {len(SEEDS)} seeds, {rows:,} rows, equal")


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


@pytest.mark.slow
def test_dated_changes_and_ramps(record_property) -> None:
    """Up to eight changes of many figures at once or over days, overlapping in time."""
    rows, changes = [], []

    @settings(max_examples=CHANGING, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(scenario=changing(), seed=st.sampled_from([0, 7, 2**64 - 1]))
    def drawn(scenario: Scenario, seed: int) -> None:
        changes.extend(scenario.changes)
        rows.append(equal(scenario, seed).rows)

    drawn()
    ramps = [one for one in changes if one.over_days > 1]
    record_property("rows", sum(rows))
    print(f"dated changes: {len(rows)} scenarios, {len(changes)} changes, {len(ramps)} of them ramps, {sum(rows):,} rows, equal")
    assert len(ramps) > len(rows) / 2
    assert len(changes) - len(ramps) > len(rows) / 4


def test_the_second_seed_gives_another_log() -> None:
    """Otherwise equal digests would prove little."""
    inputs = prepare(shortened(next(path for path in FILES if path.stem == "baseline")))
    assert len({play(inputs, seed, run).digest for seed in SEEDS for run in (0, 1)}) == 4


def test_the_same_inputs_can_be_played_again() -> None:
    """A run changes nothing that the next run of the same inputs reads."""
    inputs = prepare(shortened(next(path for path in FILES if path.stem == "oxford_surge_step")))
    digests = [play(inputs, 1, 0, engine).digest for engine in ("compiled", "simpy", "compiled")]
    assert len(set(digests)) == 1
