"""What writing the event log costs."""

from __future__ import annotations

import statistics

import numpy as np

from benchmarks.timing import clocked
from jobcentre.model import EventLog, Inputs
from jobcentre.model.compiling import jit
from jobcentre.model.events import COACH, CUSTOMER, GROUP, KIND, SERIAL, START, TIME, A, B, C, D, E, F, G
from jobcentre.model.log_writers import new_row
from jobcentre.model.run import RunInProgress
from jobcentre.model.state import Office
from jobcentre.model.steps.primitives import DAY


@jit
def write_again(office: Office, rows: np.ndarray) -> None:
    """Writes these rows into an office's log."""
    for i in range(len(rows)):
        row = rows[i]
        new = office.log[new_row(office, row[TIME], row[KIND], row[COACH], row[CUSTOMER], row[GROUP], row[START], row[SERIAL])]
        new[A], new[B], new[C], new[D], new[E], new[F], new[G] = row[A], row[B], row[C], row[D], row[E], row[F], row[G]


TRIES = 3


def rewrite(inputs: Inputs, seed: int, run: int, rows: np.ndarray) -> tuple[float, EventLog]:
    """Writes the rows of a finished run into the log of a fresh one, day by day; seconds and the log.

    Making the office is not timed. The seconds hold reading the given rows, and columns `a` to `g` of rows that have none, so they are
    rather too many; but memory is that of an earlier log wherever the engine would have used it again too.
    """
    fresh = RunInProgress(inputs, seed, run)
    already = int(fresh.state.now["rows"][0])  # those of the start, which making the office wrote
    ends = np.searchsorted(rows[:, TIME], np.arange(1, fresh.days + 2) * DAY)
    ends[-1] = len(rows)

    def write_all() -> EventLog:
        begin = already
        for end in ends:
            fresh.make_room()
            write_again(fresh.office, rows[begin:end])
            begin = int(end)
        return fresh.log()

    return clocked(write_all)


def log_seconds(inputs: Inputs, seed: int, run: int, rows: np.ndarray) -> float:
    """Seconds that writing the rows takes: with the rows, less the same days without any; the median of a few tries."""
    return statistics.median(rewrite(inputs, seed, run, rows)[0] - rewrite(inputs, seed, run, rows[:0])[0] for _ in range(TRIES))
