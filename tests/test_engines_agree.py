"""The reference engine and the compiled one write the same log and leave the same office: every file, mechanism and dated change."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.experiments.ablation import MECHANISMS, Mechanism, without
from sim.experiments.verifying import verify
from sim.model import play, prepare
from sim.parting import Verified
from sim.reporting.parting_words import in_text
from sim.scenario import Scenario
from tests.shortened import FILES, FOLDER, shortened
from tests.strategies import changing

pytestmark = pytest.mark.engines

SEEDS = (1, 2**63 + 12345)
CHANGING = 40


def equal(scenario: Scenario, seed: int, runs: int = 1) -> Verified:
    """The scenario verified; fails with the words of the parting."""
    found = verify(scenario, seed, runs)
    assert found.parting is None, in_text(found.parting)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_file(file: Path, record_property) -> None:
    scenario = shortened(file)
    rows = sum(equal(scenario, seed).rows for seed in SEEDS)
    record_property("rows", rows)
    print(f"{file.stem}: {len(SEEDS)} seeds, {rows:,} rows, equal")


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda one: one.name)
def test_each_mechanism_alone(mechanism: Mechanism, record_property) -> None:
    """Off alone in the surge with every other on; then on alone, with every other off."""
    surge = shortened(FOLDER / "surge_with_early_relief.yaml")
    others = [one for one in MECHANISMS if one is not mechanism]
    off, on = equal(without(surge, mechanism), 1), equal(reduce(without, others, surge), 1)
    assert off.digests != on.digests
    record_property("rows", off.rows + on.rows)
    print(f"{mechanism.name}: off alone and on alone, {off.rows + on.rows:,} rows, equal")


def test_the_mechanisms_act_within_these_weeks() -> None:
    """Otherwise switching them off would try nothing: most change the log, and so do all that are seen every day."""
    surge = shortened(FOLDER / "surge_with_early_relief.yaml")
    with_all = play(prepare(surge), 1, 0).digest
    silent = [one.name for one in MECHANISMS if play(prepare(without(surge, one)), 1, 0).digest == with_all]
    print(f"{len(MECHANISMS) - len(silent)} of {len(MECHANISMS)} mechanisms change the log; not: {', '.join(silent)}")
    assert len(silent) < len(MECHANISMS) / 3
    assert not {"failing to attend", "team meeting", "journal messages", "cap of 27", "ordinary sickness"} & set(silent)


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
    digests = [play(inputs, 1, 0, engine).digest for engine in ("compiled", "reference", "compiled")]
    assert len(set(digests)) == 1
