"""The simpy engine and the compiled one write the same log and leave the same office: every file and dated change."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobcentre.model import play, prepare
from jobcentre.scenario import Scenario
from support.both_engines import equal
from support.shortened import FILES, shortened
from support.strategies import changing

pytestmark = pytest.mark.engines

SEEDS = (1, 2**63 + 12345)
CHANGING = 40


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_file(file: Path, record_property) -> None:
    scenario = shortened(file)
    rows = sum(equal(scenario, seed).rows for seed in SEEDS)
    assert rows > 0
    record_property("rows", rows)
    print(f"{file.stem}: {len(SEEDS)} seeds, {rows:,} rows, equal")


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
