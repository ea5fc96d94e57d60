"""The best of several systems with an indifference zone: the fully sequential procedure KN of Kim and Nelson (2001).

From S.-H. Kim and B. L. Nelson, A fully sequential procedure for indifference-zone selection in simulation, ACM TOMACS 11
(2001) 251–273, with c = 1. A first stage of n0 runs of all k systems gives S²(i, l), the variance of the difference of
two systems run by run, and η = ½((2α/(k − 1))^(−2/(n0 − 1)) − 1), h² = 2η(n0 − 1). From then on after every run each
system left is compared with each other one left: i goes when its mean falls below that of l by more than
W(r) = max(0, δ/(2r) · (h² S²(i, l)/δ² − r)). The procedure ends when one is left. If runs are independent and normal, and
the best is at least δ better than all others, it is left with at least the confidence; whether the systems share
random numbers does not matter. Where others are nearer than δ, one within δ of the best is left with that confidence.

Beyond the paper: once W is 0, of systems with the same mean the one given first stays. (For normal runs this has no
chance; systems that are the same in every run would otherwise go on for ever.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jobcentre.stats.comparisons import Better
from jobcentre.stats.intervals import Floats

FEWEST_FIRST_RUNS = 5


class Eliminated(NamedTuple):
    """When a system was eliminated and which systems beat it; `by` is the best of those."""

    runs: int
    by: int


@dataclass(frozen=True)
class KnState:
    """The state after some runs: the remaining systems, and when each other one was eliminated.

    `runs` is how many runs in order were looked at; `used` those of each system that entered the decision (a run that
    some system left has no value for enters nowhere) and `means` their means (None without any).
    """

    runs: int
    left: tuple[int, ...]
    eliminated: dict[int, Eliminated]
    used: tuple[int, ...]
    means: tuple[float | None, ...]

    @property
    def decided(self) -> bool:
        """Whether one system is left."""
        return len(self.left) == 1


def select(values: Floats, indifference: float, better: Better, confidence: float = 0.95, first_runs: int = 20) -> KnState:
    """KN over `values[run, system]` in the order of runs; after the decision no further run is looked at.

    A value that is no number means that the run gave none. What stands behind a system's elimination is not read.
    """
    systems = values.shape[1]
    check(systems, indifference, confidence, first_runs)
    signed = values if better == "higher" else -values
    h2 = 2 * eta(systems, confidence, first_runs) * (first_runs - 1)
    remaining = list(range(systems))
    eliminated: dict[int, Eliminated] = {}
    used, sums = np.zeros(systems, dtype=int), np.zeros(systems)
    first: list[Floats] = []
    variances: Floats | None = None
    runs = 0
    for row in signed:
        if len(remaining) == 1:
            break
        runs += 1
        if not np.isfinite(row[remaining]).all():
            continue
        used[remaining] += 1
        sums[remaining] += row[remaining]
        if variances is None:
            first.append(row)
            if len(first) < first_runs:
                continue
            variances = variances_of_differences(np.array(first))
        gone = _screened(remaining, sums, int(used[remaining[0]]), h2 * variances, indifference)
        for system, by in gone.items():
            eliminated[system] = Eliminated(runs, by)
        remaining = [system for system in remaining if system not in gone]
    sign = 1.0 if better == "higher" else -1.0
    means = tuple(sign * float(total) / int(count) if count else None for total, count in zip(sums, used, strict=True))
    return KnState(runs, tuple(remaining), eliminated, tuple(int(count) for count in used), means)


def check(systems: int, indifference: float, confidence: float, first_runs: int) -> None:
    """Raises ValueError where the procedure is not defined."""
    if systems < 2:
        raise ValueError("there must be two or more to choose from")
    if not (np.isfinite(indifference) and indifference > 0):
        raise ValueError(f"the indifference must be above 0, not {indifference}")
    if not 1 / systems < confidence < 1:
        raise ValueError(f"the confidence must lie between 1/{systems} (a blind choice) and 1, not {confidence}")
    if first_runs < FEWEST_FIRST_RUNS:
        raise ValueError(f"the first stage needs {FEWEST_FIRST_RUNS} or more runs, not {first_runs}")


def eta(systems: int, confidence: float, first_runs: int) -> float:
    """The η of the paper, for c = 1."""
    return float(((2 * (1 - confidence) / (systems - 1)) ** (-2 / (first_runs - 1)) - 1) / 2)


def variances_of_differences(first: Floats) -> Floats:
    """S²(i, l) over the runs of the first stage, `first[run, system]`."""
    return np.asarray((first[:, :, None] - first[:, None, :]).var(axis=0, ddof=1))


def _screened(remaining: list[int], sums: Floats, runs: int, h2_variances: Floats, indifference: float) -> dict[int, int]:
    """Gives the systems eliminated after this number of runs, each with the best of the systems that beat it."""
    here = np.array(remaining)
    behind = (sums[here][None, :] - sums[here][:, None]) / runs
    margin = np.maximum(0.0, indifference / (2 * runs) * (h2_variances[np.ix_(here, here)] / indifference**2 - runs))
    tied = (margin == 0) & (behind == 0) & (here[None, :] < here[:, None])
    ahead = np.where((behind > margin) | tied, behind, -1.0)
    return {system: remaining[int(row.argmax())] for system, row in zip(remaining, ahead, strict=True) if row.max() >= 0}
