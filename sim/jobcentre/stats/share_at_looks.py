"""Exact tests of a share against a wanted one that may be looked at several times while runs are added.

A group sequential test of a count (Jennison & Turnbull 1999, chapter 12) with error spending (Lan & DeMets 1983): up to each look it may
have spent so much of its error, and what a look leaves over because counts are whole numbers the next ones have. The chance to cross
its bound for the first time at a look comes from the exact distribution of the counts of all runs that have not crossed before. If the true
share is the wanted one, the chance that any look is ever wrong in one direction is therefore at most half of all error; if it lies
beyond, a wrong crossing is rarer still. With a single look the limits are those of Clopper and Pearson.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.special as special
from numpy.typing import NDArray

from jobcentre.stats.exact import clopper_pearson
from jobcentre.stats.intervals import Floats

#: Runs and level of each look; the k-th may spend 1 − its level, half of it in either direction.
Looks = tuple[tuple[int, float], ...]
#: Until a limit is known to within a millionth.
HALVINGS = 20


class Bounds(NamedTuple):
    """What one look shows: so many successes or more that the share is reached, so many or fewer that it is not.

    Bounds that no count can reach are above all runs, or below 0.
    """

    runs: int
    reached: int
    missed: int


@lru_cache(maxsize=1024)
def bounds(looks: Looks, share: float) -> tuple[Bounds, ...]:
    """The bounds of all looks against a wanted share."""
    reached, failures = _upper(looks, share), _upper(looks, 1 - share)
    return tuple(Bounds(runs, up, runs - down) for (runs, _), up, down in zip(looks, reached, failures, strict=True))


def shown(met: NDArray[np.bool_], looks: Looks, share: float) -> bool | None:
    """Whether runs in their order show that a share is reached (True) or that it is not (False): what the first look says that can tell."""
    for look in bounds(looks, share):
        if look.runs > len(met):
            break
        count = int(np.count_nonzero(met[: look.runs]))
        if count >= look.reached or count <= look.missed:
            return count >= look.reached
    return None


@lru_cache(maxsize=100_000)
def limits(met: int, looks: Looks, share: float) -> tuple[float, float]:
    """The shares that so many successes at the last of these looks do not speak against.

    Bounds in whole numbers do not rise quite evenly with the share. Of several limits it is the one nearest to the wanted share, so that it
    is excluded just where the test says so.
    """
    runs = looks[-1][0]
    if len(looks) == 1:
        return clopper_pearson(met, runs, looks[0][1])
    low = 0.0 if met == 0 else _turn(lambda tried: met >= _upper(looks, tried)[-1], share)
    high = 1.0 if met == runs else 1 - _turn(lambda tried: runs - met >= _upper(looks, tried)[-1], 1 - share)
    return low, high


def _turn(excluded: Callable[[float], bool], near: float) -> float:
    """The share up to which shares are excluded, on the right side of one of them."""
    low, high = (near, 1.0) if excluded(near) else (0.0, near)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excluded(middle) else (low, middle)
    return low


def _upper(looks: Looks, share: float) -> list[int]:
    """The fewest successes at each look that are too many for a share."""
    found, before, left = [], 0, 0.0
    alive: Floats = np.ones(1)  # chance of each number of successes without having crossed a bound
    for runs, level in looks:
        left += (1 - level) / 2
        alive = np.convolve(alive, _chances(runs - before, share))
        at_least = np.cumsum(alive[::-1])[::-1]
        bound = int(np.count_nonzero(at_least > left))
        left -= float(at_least[bound]) if bound < len(at_least) else 0.0
        found.append(bound if bound < len(at_least) else runs + 1)
        alive, before = alive[:bound], runs
    return found


def _chances(runs: int, share: float) -> Floats:
    """The binomial distribution."""
    successes = np.arange(runs + 1)
    ways = special.gammaln(runs + 1) - special.gammaln(successes + 1) - special.gammaln(runs - successes + 1)
    return np.asarray(np.exp(ways + special.xlogy(successes, share) + special.xlog1py(runs - successes, -share)))
