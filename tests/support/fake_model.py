"""A model so small that everything it gives can be worked out by hand: for tests of folders and of the command line.

In run r, r of 10 coach-days are overloaded and 2 of 20 appointments missed; a scenario called `worse` has one overloaded
coach-day more. `calls` lists the runs made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.metrics.measure import WeeklyTable
from jobcentre.model import events as ev
from jobcentre.model.events import EventLog
from jobcentre.runs.run_key import run_key

OFFICE_COACH_DAYS = 10.0
OF_APPOINTMENTS = (2.0, 20.0)


@dataclass
class FakeModel:
    """Stands in for the engines; `failing` runs raise, and run `interrupt_at` is interrupted from the keyboard."""

    calls: list[tuple[str, int]] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    interrupt_at: int | None = None
    salt: int = 0

    def play(self, scenario, seed, run, engine):
        if run == self.interrupt_at:
            raise KeyboardInterrupt
        self.calls.append((scenario.name, run))
        if run in self.failing:
            raise ZeroDivisionError("the office vanished")
        more = int(scenario.name == "worse")
        rows = np.full((2, ev.WIDTH), -1, dtype=np.int32)
        rows[0, :4] = (seed % 1000, run, more, self.salt)
        return EventLog(rows, ("searching", "health"), "2023-01-02")

    def measure(self, log, given):
        return self.measure_all(log, given)[0]

    def measure_all(self, log, given):
        run, more = int(log.rows[0, 1]), int(log.rows[0, 2])
        measured = {(name, None): (1.0, 1.0) for name in HEADLINES}
        measured["overloaded_share", None] = (float(run + more), OFFICE_COACH_DAYS)
        measured["missed_share", None] = OF_APPOINTMENTS
        measured["missed_share", "health"] = (1.0, 4.0)
        weekly = WeeklyTable(np.array([0]), ("overloaded_share",), np.array([[float(run)]]), np.array([[10.0]]))
        return measured, {}, weekly


@pytest.fixture
def model(monkeypatch) -> FakeModel:
    fake = FakeModel()
    for name in ("play", "measure_all", "measure"):
        monkeypatch.setattr(f"jobcentre.runs.worker.{name}", getattr(fake, name))
    monkeypatch.setattr("jobcentre.runs.worker.prepare", lambda scenario: scenario)
    monkeypatch.setattr("jobcentre.runs.worker.measure_with", lambda scenario: None)
    # here the name decides what a run gives, which it never does
    monkeypatch.setattr("jobcentre.runs.experiment.run_key", lambda scenario, seed: f"{scenario.name} {run_key(scenario, seed)}")
    return fake
