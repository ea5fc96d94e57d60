"""A tally: amounts added up by day of the run, and where it applies by customer group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from jobcentre.metrics.log_index import LogIndex, Rows, cells


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums of amounts; those of days outside the run are left out."""

    total: np.ndarray  # by day, shape (days,)
    groups: np.ndarray | None = None  # by group and day, shape (groups, days); none: no breakdown by group

    def __add__(self, other: Tally) -> Tally:
        if self.groups is None or other.groups is None:
            return Tally(self.total + other.total)
        return Tally(self.total + other.total, self.groups + other.groups)

    def __mul__(self, factor: float | np.ndarray) -> Tally:
        """All amounts times a factor, which may differ from day to day."""
        return Tally(self.total * factor, None if self.groups is None else self.groups * factor)

    def __truediv__(self, divisor: float) -> Tally:
        return Tally(self.total / divisor, None if self.groups is None else self.groups / divisor)


def of_groups(groups: np.ndarray) -> Tally:
    """A tally of sums by group and day."""
    return Tally(groups.sum(axis=0), groups)


def of_sums(sums: np.ndarray) -> Tally:
    """A tally of whole numbers by day and customer group (0: none), as a pass over the log adds them up."""
    amounts = np.ascontiguousarray(sums.T, dtype=np.float64)
    return Tally(amounts.sum(axis=0), amounts[1:])


def by_day(facts: LogIndex, day: np.ndarray, amount: np.ndarray | None = None) -> Tally:
    """Amounts by day, without groups; no amount counts 1."""
    return Tally(_sums(facts, cells(day, -1, facts.end_day), amount, 1)[0])


def of_group(facts: LogIndex, day: np.ndarray, group: np.ndarray, amount: np.ndarray | None = None) -> Tally:
    """Amounts by day and group; no amount counts 1, and what has no group (-1) is in the total only."""
    return _of_cells(facts, cells(day, group, facts.end_day), amount)


def count(facts: LogIndex, rows: Rows, amount: np.ndarray | None = None) -> Tally:
    """Rows of an event log, each on the day it was written, by the customer's group."""
    return _of_cells(facts, rows.cell, amount)


def count_marked(facts: LogIndex, rows: Rows, chosen: np.ndarray) -> Tally:
    """Marked rows, each on the day it was written, by the customer's group."""
    return _of_cells(facts, rows.cell[chosen])


def _of_cells(facts: LogIndex, cell: np.ndarray, amount: np.ndarray | None = None) -> Tally:
    sums = _sums(facts, cell, amount, len(facts.groups) + 1)
    return Tally(sums.sum(axis=0), sums[1:])


def _sums(facts: LogIndex, cell: np.ndarray, amount: np.ndarray | None, lines: int) -> np.ndarray:
    """Sums by line and day of the run."""
    days = facts.end_day + 2
    return np.bincount(cell, amount, lines * days).reshape(lines, days)[:, 1:-1].astype(np.float64)


def together(facts: LogIndex, *adds: Callable[[LogIndex], Tally]) -> Tally:
    """Several tallies of one log as one."""
    return sum_of([facts.once(amount) for amount in adds])


def sum_of(tallies: Sequence[Tally]) -> Tally:
    """Several tallies as one; groups are kept if all have them."""
    return reduce(Tally.__add__, tallies)
