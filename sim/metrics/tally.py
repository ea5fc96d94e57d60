"""A tally: amounts with the day, and where it applies the customer group, they belong to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.metrics.facts import DAY_SECONDS
from sim.model import events as ev


class Tally(NamedTuple):
    """Amounts to be added up over days and groups; arrays of equal length."""

    day: np.ndarray
    amount: np.ndarray
    group: np.ndarray | None = None  # none: no breakdown by group


def by_day(day: np.ndarray, amount: np.ndarray | float = 1.0) -> Tally:
    """A tally without groups; a single amount is repeated."""
    return Tally(day, np.broadcast_to(np.asarray(amount, dtype=np.float64), day.shape))


def count(rows: np.ndarray, amount: np.ndarray | float = 1.0) -> Tally:
    """Rows of an event log, each on the day it was written, by the customer's group."""
    return of_group(rows[:, ev.TIME] // DAY_SECONDS, rows[:, ev.GROUP], amount)


def of_group(day: np.ndarray, group: np.ndarray, amount: np.ndarray | float = 1.0) -> Tally:
    """A tally by group; a single amount is repeated."""
    return Tally(day, np.broadcast_to(np.asarray(amount, dtype=np.float64), day.shape), group)


def together(*tallies: Tally) -> Tally:
    """Several tallies as one; groups are kept if all have them."""
    groups = [tally.group for tally in tallies if tally.group is not None]
    return Tally(
        np.concatenate([tally.day for tally in tallies]),
        np.concatenate([tally.amount for tally in tallies]),
        np.concatenate(groups) if len(groups) == len(tallies) else None,
    )
