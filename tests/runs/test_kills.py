"""Sweeps that are killed at random moments, at the start, in the runs, in the tables and in the report, go on to the same bytes."""

from __future__ import annotations

import sys

import pytest

from validation.crash_recovery import PLANNED, SWEEP, contents, kills, page_of, stored_runs, undisturbed

pytestmark = [pytest.mark.cli, pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc are those of Linux")]

KILLS = 4  # each blow once; docs/results/kills.md has a hundred


def test_kills_at_random_moments_and_every_sweep_goes_on_to_the_same_bytes(tmp_path) -> None:
    found = list(kills(KILLS, tmp_path, seed=14))
    assert len(found) == KILLS
    for one in found:
        assert (one.status_again, one.said_again) == (0, ""), one
        assert one.identical, one
        assert one.stored + one.made_again == PLANNED, one  # what was finished is not made again
        assert one.sound, one
    assert min(one.share for one in found) < 0.4 < 0.6 < max(one.share for one in found)
    page = page_of(found)
    assert f"**{KILLS} of {KILLS} came to the same bytes" in page


def test_a_difference_would_be_seen(tmp_path) -> None:
    """One that was changed afterwards in one byte is not the same."""
    alone = undisturbed(1, tmp_path)
    assert stored_runs(tmp_path) == stored_runs(tmp_path, left=True) == PLANNED
    assert {name.split("/")[-1] for name in alone.contents} >= {"runs.sqlite", "report.html", "metrics.csv", "manifest.json"}
    assert SWEEP[0] == "sweep"
    (table,) = tmp_path.rglob("summary.csv")
    table.write_bytes(table.read_bytes().replace(b"0", b"1", 1))
    assert contents(tmp_path) != alone.contents
    (table.parent / ".left.new").write_bytes(b"")
    assert any(name.endswith(".left.new") for name in contents(tmp_path))
