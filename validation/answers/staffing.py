"""How often the answer to a staffing question says something wrong, on samples of real office-years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Run
from jobcentre.stats.intervals import Floats
from jobcentre.studies.conditions import Condition
from jobcentre.studies.staffing_search import LookPlan, StaffingAnswer, StaffingQuestion, all_met, search_among
from validation.answers.resampling import Wrong, places
from validation.statistics.pool import Pool


class Wish(NamedTuple):
    """A target by what it leads to: the limit that so large a share of office-years meets with so many coaches.

    Without a number of coaches it is the limit that no number of coaches meets in a larger share.
    """

    metric: str
    share: float
    coaches: int | None = None


class Told(NamedTuple):
    """What the answers to one question were worth, over all samples."""

    anything: Wrong
    enough: Wrong
    not_enough: Wrong
    unreachable: int  # answers that no value will do
    one_value: int  # answers that are a single value
    open_ended: int  # answers that show no value to be enough, nor that none is
    width: float  # mean number of values that may be the answer, where not *not reachable*
    runs: float  # mean number of runs of all values together


def condition_of(wish: Wish, pools: Mapping[float, Pool]) -> Condition:
    """The target of a wish."""
    lower = BY_NAME[wish.metric].better == "lower"
    wanted = pools.values() if wish.coaches is None else [pools[wish.coaches]]
    limits = [_limit(_values(pool, wish.metric), wish.share, lower, wish.coaches is None) for pool in wanted]
    return Condition(wish.metric, None, "<=" if lower else ">=", min(limits) if lower else max(limits))


def chances(question: StaffingQuestion, made: Sequence[Sequence[Run]]) -> list[float]:
    """The true chance of meeting all targets with each value: that of the whole pool."""
    return [float(np.mean([all_met(run, question.targets) for run in mine])) for mine in made]


def answers_text(question: StaffingQuestion, made: Sequence[Sequence[Run]], plan: LookPlan, samples: int, seed: int) -> Told:
    """The answers of the program's own search to samples of the pools; `made` are their runs in order of generosity."""
    true = chances(question, made)
    enough = not_enough = either = unreachable = one_value = open_ended = runs = 0
    widths = []
    for chosen in places(len(made[0]), plan.looks[-1][0], samples, seed):
        answer = search_among(question, plan, lambda asked, number, chosen=chosen: _of(made, asked, chosen[:number]))  # type: ignore[misc]
        wrong = wrongly_enough(question, true, answer), wrongly_not_enough(question, true, answer)
        enough, not_enough, either = enough + wrong[0], not_enough + wrong[1], either + any(wrong)
        runs += sum(one.runs for one in answer.candidates)
        if answer.reachable is False:
            unreachable += 1
            continue
        widths.append(width(question, answer))
        one_value += answer.high is not None and widths[-1] == 1
        open_ended += answer.high is None
    mean_width = float(np.mean(widths)) if widths else 0.0
    counts = Wrong(either, samples), Wrong(enough, samples), Wrong(not_enough, samples)
    return Told(*counts, unreachable, one_value, open_ended, mean_width, runs / samples)


def wrongly_enough(question: StaffingQuestion, true: Sequence[float], answer: StaffingAnswer) -> bool:
    """Whether a value that is said to be enough, tried or not, is not."""
    if answer.high is None:
        return False
    return any(p < question.probability for p in true[question.values.index(answer.high) :])


def wrongly_not_enough(question: StaffingQuestion, true: Sequence[float], answer: StaffingAnswer) -> bool:
    """Whether a value that is said not to be enough, tried or not, is; *not reachable* says so of all."""
    end = len(true) if answer.low is None else question.values.index(answer.low)
    return any(p >= question.probability for p in true[:end])


def width(question: StaffingQuestion, answer: StaffingAnswer) -> int:
    """How many values may be the answer; without an upper end all from the lower one on."""
    assert answer.low is not None  # it is not only where nothing is reachable
    high = len(question.values) - 1 if answer.high is None else question.values.index(answer.high)
    return high - question.values.index(answer.low) + 1


def _of(made: Sequence[Sequence[Run]], asked: Sequence[int], chosen: Sequence[int]) -> dict[int, list[Run]]:
    return {place: [made[place][number] for number in chosen] for place in asked}


def _values(pool: Pool, metric: str) -> Floats:
    """A run's value is its numerator divided by its denominator, as targets judge it; no number where it has none."""
    top, bottom = pool.of((metric, None))
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom != 0))


def _limit(values: Floats, share: float, lower: bool, at_most: bool) -> float:
    """The value that this share of runs reaches; where more have just that value, and no more may, the next stricter one.

    A run without a value reaches none.
    """
    strict_first = np.sort(np.where(np.isnan(values), np.inf, values if lower else -values))
    place = ceil(round(share * len(values), 6))
    limit = strict_first[place - 1]
    if at_most and np.searchsorted(strict_first, limit, "right") > place and strict_first[0] < limit:
        limit = strict_first[np.searchsorted(strict_first, limit) - 1]
    return float(limit if lower else -limit)
