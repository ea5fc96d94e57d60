"""Records of a comparison of two runs: the first row that differs, and both offices at that moment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jobcentre.model import Engine, EventLog
from jobcentre.model.state import Arrays


class EngineRun(NamedTuple):
    """The log of a run on one engine, its final office, and the message if it stopped."""

    log: EventLog
    stopped: str
    office: Arrays


class Snapshot(NamedTuple):
    """An office just before the step that writes a row, and that row as the replay wrote it."""

    step: str  # the step's name; empty when the engine's log ends before that row
    post: int  # -1: a step of the whole office
    now: int
    office: Arrays
    row: np.ndarray | None


class FieldDifference(NamedTuple):
    """One field of the office that the engines hold differently."""

    what: str
    place: tuple[int, ...]
    compiled: object
    simpy: object


class Divergence(NamedTuple):
    """The first row at which the logs differ (-1: none), and both offices at that moment."""

    scenario: str
    seed: int
    run: int
    row: int
    runs: dict[Engine, EngineRun]
    moments: dict[Engine, Snapshot | None]  # None: the row is one of those of setting up the office
    differences: tuple[FieldDifference, ...]  # between the offices at the start of that day, or at the end where the logs are equal

    def row_of(self, engine: Engine) -> np.ndarray | None:
        """The engine's own row at which they part; None where its log has ended."""
        rows = self.runs[engine].log.rows
        return rows[self.row] if 0 <= self.row < len(rows) else None


class Verification(NamedTuple):
    """A scenario played by both engines."""

    scenario: str
    runs: int  # runs compared, up to the first that parts
    rows: int  # rows compared, each counted once
    digests: tuple[str, ...]  # of the compiled engine's logs
    stopped: tuple[str, ...]  # messages with which both engines stopped alike
    divergence: Divergence | None


class RunSide(NamedTuple):
    """One of two runs that are compared."""

    name: str  # the file or the scenario
    log: EventLog
    stopped: str  # the message if the run stopped
    moment: Snapshot | None  # None: a kept log, from which no office can be made, or a row of setting up the office


class RunComparison(NamedTuple):
    """The first row at which two runs differ; -1 if all rows are equal."""

    row: int
    one: RunSide
    other: RunSide

    @property
    def equal(self) -> bool:
        """Whether the logs say the same: the rows, the names of groups and the date of the first day."""
        return self.row < 0 and self.one.log[1:] == self.other.log[1:] and self.one.stopped == self.other.stopped
