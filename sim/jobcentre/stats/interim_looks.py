"""When results may be looked at while runs are still being added."""

from __future__ import annotations

from typing import NamedTuple

FIRST_LOOK_RUNS = 25


class Look(NamedTuple):
    """One permitted look at the results: its number from 1, the runs it uses, the level of its intervals."""

    number: int
    runs: int
    level: float


def look(number: int, level: float = 0.95) -> Look:
    """The look with this number: 25, 50, 100 … runs, spending (1 − level)/(k(k + 1)) of the error at the k-th.

    These shares add up to 1 − level over all looks, so the chance that any look is ever wrong stays below it,
    whatever the rule by which somebody stops.
    """
    if number < 1:
        raise ValueError(f"looks are numbered from 1, not {number}")
    return Look(number, FIRST_LOOK_RUNS * 2 ** (number - 1), 1 - (1 - level) / (number * (number + 1)))


def last_look(runs: int, level: float = 0.95) -> Look | None:
    """Gives the latest look after this number of runs, or None before the first."""
    if runs < FIRST_LOOK_RUNS:
        return None
    return look((runs // FIRST_LOOK_RUNS).bit_length(), level)


def next_look(runs: int, level: float = 0.95) -> Look:
    """The first look that needs more than so many runs."""
    standing = last_look(runs, level)
    return look(standing.number + 1 if standing else 1, level)
