"""Writes the rows of a finished log once more, in the way the steps write them: to measure what the log costs."""

from __future__ import annotations

import numpy as np

from sim.model.events import COACH, CUSTOMER, GROUP, KIND, SERIAL, START, TIME, A, B, C, D, E, F, G
from sim.model.jit import jit
from sim.model.state import Office
from sim.model.steps.common import details, record


@jit
def write_again(office: Office, rows: np.ndarray) -> None:
    """Writes these rows into an office's log."""
    for i in range(len(rows)):
        row = rows[i]
        record(office, row[TIME], row[KIND], row[COACH], row[CUSTOMER], row[GROUP], row[START], row[SERIAL])
        details(office, row[A], row[B], row[C], row[D], row[E], row[F], row[G])
