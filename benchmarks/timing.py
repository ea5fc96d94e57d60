"""Ratios of times taken in turn: rounds in shuffled order, an interval of the median ratio, and a verdict."""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from jobcentre.runs.interruption import raise_if_requested

#: What has its turn in every round: given the number of the round, the seconds of each thing it timed.
Turn = Callable[[int], Mapping[str, float]]
Times = Mapping[str, Sequence[float]]

CONFIDENCE = 0.95


class Target(NamedTuple):
    """The target of a ratio."""

    sense: Literal["at most", "at least"]
    limit: float

    def __str__(self) -> str:
        return f"{self.sense} {self.limit:g}"


class Ratio(NamedTuple):
    """A ratio to be told: times of one thing over those of another, times a factor."""

    name: str
    over: str
    under: str
    target: Target | None = None
    factor: float = 1.0


class Interval(NamedTuple):
    """Two of the values, and the probability that the median of their distribution lies between them."""

    low: float
    high: float
    confidence: float


def clocked(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call takes, and what it gives."""
    begun = time.perf_counter()
    value = function()
    return time.perf_counter() - begun, value


def taken_in_turn(turns: Sequence[Turn], rounds: int, say: Callable[[int], object] = lambda _: None) -> dict[str, list[float]]:
    """Seconds of everything, a value per round; each round has an order of its own, the same in every call."""
    taken: dict[str, list[float]] = {}
    for number in range(rounds):
        order = list(turns)
        random.Random(number).shuffle(order)
        for turn in order:
            raise_if_requested()
            gc.collect()
            for name, seconds in turn(number).items():
                taken.setdefault(name, []).append(seconds)
        say(number)
    return taken


def median_interval(values: Sequence[float]) -> Interval:
    """Interval of the median by order statistics: the narrowest with 95 %, or lowest to highest where there is none.

    As many values lie below the median as heads fall in as many tosses. Six values are the fewest that reach 95 %.
    """
    ordered, n = sorted(values), len(values)
    inside, depth = _confidence(n, 0), 0
    while 2 * (depth + 1) < n and _confidence(n, depth + 1) >= CONFIDENCE:
        depth += 1
        inside = _confidence(n, depth)
    return Interval(ordered[depth], ordered[n - 1 - depth], inside)


def verdict(interval: Interval, target: Target) -> str:
    """Whether the whole interval is within the target."""
    if interval.confidence < CONFIDENCE:
        return "not decided: fewer than 6 rounds"
    low, high = (interval.low, interval.high) if target.sense == "at most" else (-interval.high, -interval.low)
    limit = target.limit if target.sense == "at most" else -target.limit
    if high <= limit:
        return "met"
    return "not met" if low > limit else "not decided"


def ratio_text(ratio: Ratio, taken: Times) -> dict[str, Any] | None:
    """The ratio paired within rounds, or None where one of the two was not timed."""
    if not {ratio.over, ratio.under} <= taken.keys():
        return None
    values = [ratio.factor * a / b for a, b in zip(taken[ratio.over], taken[ratio.under], strict=True)]
    interval = median_interval(values)
    return {
        "what": ratio.name,
        "ratio": statistics.median(values),
        **interval._asdict(),
        "rounds": len(values),
        "target": str(ratio.target) if ratio.target else None,
        "verdict": verdict(interval, ratio.target) if ratio.target else None,
    }


def _confidence(n: int, depth: int) -> float:
    return 1.0 - 2.0 * sum(math.comb(n, heads) for heads in range(depth + 1)) / 2.0**n if n > 1 else 0.0
