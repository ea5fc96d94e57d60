"""How many runs a wanted precision takes, judged from a pilot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from jobcentre.stats.interim_looks import look
from jobcentre.stats.intervals import (
    FEWEST_RUNS,
    Aggregation,
    Kind,
    as_ratio,
    count_limits,
    dispersion,
    mean_limits,
    share_limits,
    skewness,
    spread_of,
    wilson,
)

MOST_RUNS = 10_000_000
Limits = Callable[[int, float], tuple[float, float]]


def runs_needed(
    numerator: ArrayLike,
    denominator: ArrayLike,
    aggregation: Aggregation,
    half_width: float,
    level: float = 0.95,
    intervals: Kind = "fixed",
    *,
    share: bool = False,
) -> int | None:
    """The fewest runs with which the interval is expected to be no wider than twice `half_width`.

    Takes the scatter of the pilot's runs as the truth. None when the pilot is too small to say, or when more than ten
    million runs would be needed. With *anytime* the answer is the number of runs of a look.
    """
    if half_width <= 0:
        raise ValueError(f"a half width must be above 0, not {half_width}")
    limits = expected_limits(numerator, denominator, aggregation, share=share)
    if limits is None:
        return None

    def narrow(runs: int, inner_level: float) -> bool:
        low, high = limits(runs, inner_level)
        return high - low <= 2 * half_width

    if intervals == "anytime":
        looks = (look(number, level) for number in range(1, MOST_RUNS.bit_length()))
        return next((at.runs for at in looks if at.runs <= MOST_RUNS and narrow(at.runs, at.level)), None)
    if not narrow(MOST_RUNS, level):
        return None
    too_few, enough = FEWEST_RUNS - 1, MOST_RUNS
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if narrow(middle, level) else (middle, enough)
    return enough


def expected_limits(numerator: ArrayLike, denominator: ArrayLike, aggregation: Aggregation, *, share: bool = False) -> Limits | None:
    """The interval to expect from so many runs at such a level if all went on like the pilot; None if the pilot cannot say."""
    top, bottom = as_ratio(numerator, denominator, aggregation)
    spread = spread_of(top, bottom)
    if spread is None or spread.pseudo_values is None or spread.runs < FEWEST_RUNS:
        return None
    pilot, estimate = len(top), spread.estimate
    present, freedom = spread.runs / pilot, (spread.freedom + 1) / pilot
    scatter, lopsided = float(spread.pseudo_values.std(ddof=1)), skewness(spread.pseudo_values)
    events, exposure, overdispersion = float(top.mean()), float(bottom.mean()), dispersion(top, bottom)

    def limits(runs: int, level: float) -> tuple[float, float]:
        free = max(runs * freedom - 1, 1.0)
        if aggregation == "run_share":
            return wilson(estimate * present * runs, present * runs, level)
        if aggregation == "count":
            return count_limits(events * runs, exposure * runs, overdispersion, free, level)
        error, skew = scatter / float(np.sqrt(runs)), lopsided / float(np.sqrt(runs))
        if share:
            return share_limits(estimate, error, free, skew, max(round(present * runs), 1), level)
        return mean_limits(estimate, error, free, skew, level)

    return limits
