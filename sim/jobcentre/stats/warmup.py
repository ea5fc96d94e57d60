"""Whether a weekly series has settled when counting begins, and whether it drifts over the counted weeks.

Settling: MSER-5 (White 1997; White, Cobb and Spratt 2000), on the mean over runs of each week (Welch's idea). MSER-5 is MSER on the means
of five observations; an office's observations are its working days, and a week has five of them, so the values of weeks are those means.
A week with bank holidays has fewer days: its value is numerator ÷ denominator, and it weighs by its denominator, as its days would.

Drift: a straight line through the counted weeks of each run (least squares). Its rise over all of them is one number per run, of whose mean
Student's interval is known however the weeks of one run hang together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobcentre.stats.exact import t_quantile
from jobcentre.stats.intervals import FEWEST_RUNS, ROUNDING, Floats, Kind, runs_and_level, standard_error

METHOD = "MSER-5 on means over runs; least squares by run, t over runs, Bonferroni"
#: Fewest weeks for a statement.
FEWEST_WEEKS = 10
#: MSER is smallest by chance where hardly anything is left to judge by.
LAST_WEEKS = 5
#: Weeks in a row that may be left out without removing a drift: a Christmas, or one bad month, is none.
LEFT_OUT_WEEKS = 4


class MeanChange(NamedTuple):
    """The mean over runs of a change, with its interval; `beyond` is whether the whole interval exceeds what matters, None if unknown."""

    mean: float | None
    low: float | None
    high: float | None
    beyond: bool | None
    n: int


def mser_weeks(numerator: ArrayLike, denominator: ArrayLike) -> int | None:
    """Gives the weeks to truncate at the start by MSER-5; `[run, week]`, from the first simulated week on.

    None where it cannot tell: fewer than ten weeks with something to report, or a cut in the second half, which its authors hold invalid.
    """
    every, under = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    top, bottom = every.sum(axis=0), under.sum(axis=0)
    defined = bottom > 0
    if defined.sum() < FEWEST_WEEKS:
        return None
    value = np.where(defined, _ratio(top, bottom), 0.0)
    best, at = np.inf, 0
    for cut in range(len(top)):
        weights = bottom[cut:]
        if (weights > 0).sum() < LAST_WEEKS:
            break
        mean = top[cut:].sum() / weights.sum()
        deviations = value[cut:] - mean
        deviations[np.abs(deviations) <= ROUNDING * abs(mean)] = 0.0
        # with equal weights the sum of squares ÷ the square of the number of weeks, which is MSER
        statistic = float((weights * deviations**2).sum() / weights.sum() ** 2)
        if statistic < best * (1 - ROUNDING):
            best, at = statistic, cut
    return at if at <= len(top) / 2 else None


def drift(numerator: ArrayLike, denominator: ArrayLike, matters: float, level: float = 0.95, intervals: Kind = "fixed") -> MeanChange:
    """Tests the rise of a line over the counted weeks, `[run, week]`; beyond what matters whichever four weeks in a row are left out."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if top.shape[1] < FEWEST_WEEKS:
        return MeanChange(None, None, None, None, 0)
    rises = _rises(top, bottom)
    change = change_over_runs(rises[:, 0], matters, level, intervals)
    if change.beyond and change.mean is not None:
        sign = np.sign(change.mean)
        stands = [change_over_runs(sign * rise, matters, level, intervals) for rise in rises.T[1:]]
        return change._replace(beyond=all(stand.beyond and stand.mean is not None and stand.mean > 0 for stand in stands))
    return change


def shift(
    numerator: ArrayLike, denominator: ArrayLike, first: int, matters: float, level: float = 0.95, intervals: Kind = "fixed"
) -> MeanChange:
    """Tests how much a metric moves when its first counted weeks are left out too, `[run, week]`."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    counted, later = (_ratio(top[:, week:].sum(axis=1), bottom[:, week:].sum(axis=1)) for week in (0, first))
    return change_over_runs(later - counted, matters, level, intervals)


def change_over_runs(changes: Floats, matters: float, level: float, intervals: Kind) -> MeanChange:
    """Gives the mean of one change per run (NaN: the run has none) with Student's interval, and whether it exceeds what matters."""
    used, inner_level = runs_and_level(len(changes), level, intervals)
    known = changes[:used][~np.isnan(changes[:used])]
    if len(known) == 0:
        return MeanChange(None, None, None, None, 0)
    mean = float(known.mean())
    if len(known) < FEWEST_RUNS or inner_level is None:
        return MeanChange(mean, None, None, None, len(known))
    half = t_quantile(inner_level, len(known) - 1) * standard_error(known)
    low, high = mean - half, mean + half
    return MeanChange(mean, low, high, low > matters or high < -matters, len(known))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)


def _rises(top: Floats, bottom: Floats) -> NDArray[np.float64]:
    """Gives the rise of each run's straight line over all weeks, then without each block of weeks in a row, `[run, block]`.

    A week weighs by its denominator in all runs together; a run's weeks without denominator are left out.
    """
    weeks = top.shape[1]
    weight = np.where(bottom > 0, bottom.sum(axis=0), 0.0)
    value = np.where(bottom > 0, _ratio(top, bottom), 0.0)
    at = np.arange(weeks) - (weeks - 1) / 2
    counted = weight > 0

    def left(amount: Floats) -> Floats:
        total = np.cumsum(np.pad(amount, ((0, 0), (1, 0))), axis=1)
        blocks = total[:, LEFT_OUT_WEEKS:] - total[:, :-LEFT_OUT_WEEKS]
        return total[:, -1:] - np.pad(blocks, ((0, 0), (1, 0)))

    ones, x, y, xx, xy, present = (
        left(amount) for amount in (weight, weight * at, weight * value, weight * at**2, weight * at * value, counted.astype(np.float64))
    )
    enough = present >= LAST_WEEKS
    ones = np.where(enough, ones, 1.0)
    slope = np.divide(xy - x * y / ones, xx - x * x / ones, out=np.full(ones.shape, np.nan), where=enough)
    rise = slope * weeks
    largest = np.abs(value).max(axis=1, keepdims=True)
    return np.where(np.abs(rise) <= weeks * ROUNDING * largest, 0.0, rise)
