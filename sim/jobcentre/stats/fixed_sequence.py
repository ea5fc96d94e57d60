"""Which values of a lever are enough: the chance p of meeting all targets against a wanted probability, value by value.

Values stand in order of generosity, the least generous first. "Enough" is tested from the most generous downwards and "not enough"
from the least generous upwards; each chain ends at the first value that fails its test. Tested in an order that was fixed beforehand,
each chain may use its whole level at every value (Maurer, Hothorn & Lehmacher 1995): its first false rejection must be at
one value, the most generous one that is not enough, or the least generous one that is. That value must be among those
tested. Where the runs decide which values are, a chain may meet another one first: harmless if in every run more generous values do no
worse, for then nothing is taken for enough where that one would not be. With no luck in common up to 4.4 of 100 were wrong, not 2.5.

With looks, the k-th look spends α/(k(k + 1)) of the error (jobcentre.stats.interim_looks), and what was shown at an earlier look
stays shown: a chain goes on from where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jobcentre.stats.exact import clopper_pearson


class CountsAtLook(NamedTuple):
    """Runs that met all targets, and all runs, of each value at one look; `level` is that of the look.

    A value that is not there was not looked at.
    """

    met: Mapping[int, tuple[int, int]]
    level: float


class SequenceResult(NamedTuple):
    """The result: values from `enough` on are enough (None: none is), values up to `not_enough` are not (None: none).

    Both are places in the order of generosity.
    """

    enough: int | None
    not_enough: int | None


def sequence_result(looks: Sequence[CountsAtLook], indices: Sequence[int], probability: float) -> SequenceResult:
    """Combines the looks at these values, which must be all that were ever looked at, in rising order.

    Each end of an interval has half of a look's error, one for each chain; so both statements hold together at the level of all looks.
    """
    down, up = list(reversed(indices)), list(indices)
    for look in looks:
        while down and _limits(look, down[0])[0] >= probability:
            down.pop(0)
        while up and _limits(look, up[0])[1] < probability:
            up.pop(0)
    enough = indices[len(down)] if len(down) < len(indices) else None
    not_enough = indices[len(indices) - len(up) - 1] if len(up) < len(indices) else None
    return SequenceResult(enough, not_enough)


def _limits(look: CountsAtLook, index: int) -> tuple[float, float]:
    return clopper_pearson(*look.met[index], look.level) if index in look.met else (0.0, 1.0)
