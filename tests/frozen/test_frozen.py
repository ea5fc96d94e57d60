"""Frozen results: the digest and a few metrics of every scenario file over five weeks.

They say that something changed, not that it is wrong: `pytest -m frozen --refresh-frozen` writes them anew, and the
difference is reviewed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobcentre.metrics import measure, measure_with
from jobcentre.model import play, prepare
from support.places import FROZEN
from support.shortened import FILES, shortened

pytestmark = pytest.mark.frozen

METRICS = (
    "appointments_per_coach_day", "failed_to_attend_share", "missed_share", "load_mean", "overloaded_share", "strain_mean", "caseload_mean",
    "leavers", "unscheduled_wait_minutes",
)  # fmt: skip


def result(file: Path) -> dict[str, object]:
    """What is frozen of a scenario: seed 1, run 0."""
    scenario = shortened(file)
    log = play(prepare(scenario), 1, 0)
    measured = measure(log, measure_with(scenario))
    parts = {name: measured[name, None] for name in METRICS}
    return {
        "rows": len(log.rows),
        "digest": log.digest,
        "metrics": {name: round(over / under, 9) for name, (over, under) in parts.items() if under > 0},
    }


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_results_are_as_frozen(file: Path, refresh_frozen: bool) -> None:
    path = FROZEN / f"{file.stem}.json"
    found = result(file)
    if refresh_frozen:
        FROZEN.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    frozen = json.loads(path.read_text(encoding="utf-8"))
    assert found["metrics"] == pytest.approx(frozen["metrics"], rel=1e-6, abs=1e-9)
    assert (found["rows"], found["digest"]) == (frozen["rows"], frozen["digest"])


def test_no_result_is_kept_of_a_scenario_that_is_gone(refresh_frozen: bool) -> None:
    known = {file.stem for file in FILES}
    gone = [path for path in FROZEN.glob("*.json") if path.stem not in known]
    for path in gone if refresh_frozen else []:
        path.unlink()
    assert [path.name for path in gone if path.exists()] == []
