"""For every scenario file and several seeds the reference engine and the compiled one write the same log, row for row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.model import play, prepare
from tests.shortened import FILES, shortened

pytestmark = pytest.mark.engines

SEEDS = (1, 2**63 + 12345)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_both_engines_write_the_same_log(file: Path, record_property) -> None:
    inputs = prepare(shortened(file))
    rows = 0
    for seed in SEEDS:
        compiled, reference = play(inputs, seed, 0, "compiled"), play(inputs, seed, 0, "reference")
        same = min(len(compiled.rows), len(reference.rows))
        apart = np.flatnonzero((compiled.rows[:same] != reference.rows[:same]).any(axis=1))
        assert len(apart) == 0, f"seed {seed}: row {apart[0]} is {compiled.rows[apart[0]]} compiled, {reference.rows[apart[0]]} reference"
        assert len(compiled.rows) == len(reference.rows)
        assert compiled.digest == reference.digest
        rows += len(compiled.rows)
    record_property("rows", rows)
    print(f"{file.stem}: {len(SEEDS)} seeds, {rows:,} rows, equal")


def test_the_second_seed_gives_another_log() -> None:
    """Otherwise equal digests would prove little."""
    inputs = prepare(shortened(next(path for path in FILES if path.stem == "baseline")))
    assert len({play(inputs, seed, run).digest for seed in SEEDS for run in (0, 1)}) == 4


def test_the_same_inputs_can_be_played_again() -> None:
    """A run changes nothing that the next run of the same inputs reads."""
    inputs = prepare(shortened(next(path for path in FILES if path.stem == "oxford_surge_step")))
    digests = [play(inputs, 1, 0, engine).digest for engine in ("compiled", "reference", "compiled")]
    assert len(set(digests)) == 1
