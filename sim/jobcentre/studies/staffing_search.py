"""The staffing question: which values of a lever meet all targets in enough office-years, and which do not.

All values meet the same customers with the same luck. A coarse grid finds where the answer lies, which is then refined; only values that
are not yet decided get more runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobcentre.metrics import BY_NAME
from jobcentre.runs.execute import Procedure
from jobcentre.runs.results import columns, value_of
from jobcentre.runs.store import Key, Run
from jobcentre.stats.comparisons import Measure, compare
from jobcentre.stats.exact import clopper_pearson, fewer, runs_that_show
from jobcentre.stats.fixed_sequence import CountsAtLook, SequenceResult, sequence_result
from jobcentre.stats.interim_looks import look
from jobcentre.stats.intervals import Interval, Kind, interval
from jobcentre.studies.conditions import Condition
from jobcentre.studies.levers import Lever

#: Values of the grid that are tried first.
COARSE = 7
COST = "cost_per_year_pounds"
#: What customers get: whoever does less is less overloaded, and no target need say so.
CONTACT = "contact_minutes_share"
ERROR = 0.05


@dataclass(frozen=True)
class StaffingQuestion:
    """The question: values by generosity, the least generous first, and the probability with which all targets are to be met."""

    scenario: str
    lever: Lever
    values: Sequence[float]
    targets: Sequence[Condition]
    probability: float


class LookPlan(NamedTuple):
    """At which numbers of runs is looked, and the level of each look; *fixed* has one.

    `asked` is a number of runs that was asked for, and `seen` says that results of the same runs were seen with another number.
    """

    kind: Kind
    looks: Sequence[tuple[int, float]]
    runs_requested: int | None = None
    seen: bool = False


class Candidate(NamedTuple):
    """A value that was tried: its runs, how many met all targets and each of them, and its cost.

    Runs that failed, or have no value, count as not meeting a target.
    """

    value: float
    runs: int
    met: int
    probability: float
    low: float
    high: float
    level: float
    state: str  # enough, not_enough, unclear
    each: tuple[float, ...]
    means: tuple[Interval, ...]
    cost: Interval
    contact: Interval
    failed: int  # runs that failed
    without: tuple[int, ...]  # runs that have no value by which each target could be judged


class Step(NamedTuple):
    """The extra cost of a value over the next, paired over the same office-years; in pounds a year."""

    value: float
    than: float
    more: float | None
    low: float | None
    high: float | None
    runs: int


class Violation(NamedTuple):
    """Two values next to each other where the more generous one meets the targets less often, and how surprising that is."""

    value: float
    better_than: float
    p: float


@dataclass(frozen=True)
class StaffingAnswer:
    """The answer: it lies between `low` and `high`, None where that end is outside the range of values.

    `undecided` are the values that cannot be told from the wanted chance; `reachable` is None where that is not shown either way.
    """

    low: float | None
    high: float | None
    reachable: bool | None
    candidates: Sequence[Candidate]
    violations: Sequence[Violation]
    undecided: Sequence[float]
    step: Step | None  # from the last value that is not enough to the first that is


#: Wants so many runs of values (by place in the order of generosity) and gives them when they are there.
RunsOfValues = Callable[[Sequence[int], int], Procedure[Mapping[int, Sequence[Run]]]]


def plan_of(runs: int | None, most_runs: int) -> LookPlan:
    """One look at a number of runs chosen beforehand, or looks at 25, 50, 100 … up to the most."""
    if runs is not None:
        return LookPlan("fixed", [(runs, 1 - ERROR)])
    problems = []
    number = 1
    while (at := look(number, 1 - ERROR)).runs <= most_runs:
        problems.append((at.runs, at.level))
        number += 1
    return LookPlan("anytime", problems)


def takes_for_enough(plan: LookPlan, probability: float) -> tuple[int, int] | None:
    """Runs that "enough" takes if every run meets the targets, as a number chosen beforehand and as a look; None if the plan has them."""
    if any(runs >= runs_that_show(probability, level) for runs, level in plan.looks):
        return None
    number = 1
    while (at := look(number, 1 - ERROR)).runs < runs_that_show(probability, at.level):
        number += 1
    return runs_that_show(probability, 1 - ERROR), at.runs


def search(question: StaffingQuestion, plan: LookPlan, runs: RunsOfValues) -> Procedure[StaffingAnswer]:
    """Tries values until each is decided or the runs are used up; gives the result."""
    tried = _coarse(len(question.values))
    met: dict[int, NDArray[np.bool_]] = {}
    runs_by_value: dict[int, Sequence[Run]] = {}
    levels: dict[int, float] = {}
    looks: list[CountsAtLook] = []
    for number, level in plan.looks:
        now: dict[int, tuple[int, int]] = {}
        while missing := [index for index in _open(looks, tried, question.probability) if index not in now]:
            brought = yield from runs(missing, number)
            for index, new_runs in brought.items():
                runs_by_value[index], levels[index] = new_runs, level
                met[index] = np.array([all_met(run, question.targets) for run in new_runs], dtype=bool)
                now[index] = int(met[index].sum()), len(new_runs)
            tried = sorted({*tried, *_between(met, [*looks, CountsAtLook(now, level)], tried, question.probability)})
        looks.append(CountsAtLook(now, level))
    shown = sequence_result(looks, tried, question.probability)
    candidates = [_candidate(question, index, runs_by_value[index], met[index], levels[index], shown, plan.kind) for index in tried]
    step = None
    if shown.enough is not None and shown.not_enough is not None:
        step = _step(question, shown.enough, shown.not_enough, runs_by_value, plan.kind)
    low, high, reachable = _ends(question, shown)
    undecided = [candidate.value for candidate in candidates if candidate.state == "unclear"]
    return StaffingAnswer(low, high, reachable, candidates, _violations(question, tried, met), undecided, step)


def search_among(
    question: StaffingQuestion, plan: LookPlan, runs: Callable[[Sequence[int], int], Mapping[int, Sequence[Run]]]
) -> StaffingAnswer:
    """The answer of the search where all runs are there already."""

    def brought(indices: Sequence[int], number: int) -> Procedure[Mapping[int, Sequence[Run]]]:
        yield ()
        return runs(indices, number)

    procedure = search(question, plan, brought)
    while True:
        try:
            next(procedure)
        except StopIteration as end:
            answer: StaffingAnswer = end.value
            return answer


def _open(looks: Sequence[CountsAtLook], tried: Sequence[int], probability: float) -> list[int]:
    """The values that earlier looks have not decided."""
    shown = sequence_result(looks, tried, probability)
    return [index for index in tried if state_of(index, shown) == "unclear"]


def _between(met: Mapping[int, NDArray[np.bool_]], looks: Sequence[CountsAtLook], tried: Sequence[int], probability: float) -> set[int]:
    """Gives the values to try next: towards the probability by halving, then all between the decided ones."""
    below = [index for index in tried if met[index].mean() < probability]
    above = [index for index in tried if not below or index > below[-1]]
    if below and above and above[0] - below[-1] > 1:
        return {(above[0] + below[-1]) // 2}
    shown = sequence_result(looks, tried, probability)
    if shown.enough is None or shown.not_enough is None:
        return set()
    return set(range(shown.not_enough + 1, shown.enough)) - set(tried)


def _coarse(values: int) -> list[int]:
    """Places of a coarse grid with both ends."""
    if values <= COARSE + 1:
        return list(range(values))
    step = ceil((values - 1) / (COARSE - 1))
    return sorted({*range(0, values, step), values - 1})


def all_met(run: Run, targets: Sequence[Condition]) -> bool:
    """Whether an office-year meets all targets; one that failed does not show that it does."""
    return run.failure is None and all(_met(run, target) for target in targets)


def _met(run: Run, target: Condition) -> bool:
    return run.failure is None and target.met_by(_value(run, target))


def _value(run: Run, target: Condition) -> float | None:
    return value_of(run.metrics.get(target.key, (0.0, 0.0)))


def state_of(index: int, shown: SequenceResult) -> str:
    """Gives the state of a value: enough, not enough, or unclear."""
    if shown.enough is not None and index >= shown.enough:
        return "enough"
    return "not_enough" if shown.not_enough is not None and index <= shown.not_enough else "unclear"


def _candidate(
    question: StaffingQuestion, index: int, runs: Sequence[Run], met: NDArray[np.bool_], level: float, shown: SequenceResult, kind: Kind
) -> Candidate:
    good = [run for run in runs if run.failure is None]
    number = int(met.sum())
    low, high = clopper_pearson(number, len(runs), level)
    each = tuple(sum(_met(run, target) for run in runs) / len(runs) for target in question.targets)
    means = tuple(_mean(good, target.key, kind) for target in question.targets)
    cost, contact = (_mean(good, (metric, None), kind) for metric in (COST, CONTACT))
    without = tuple(sum(_value(run, target) is None for run in good) for target in question.targets)
    state = state_of(index, shown)
    counted = len(runs), number, number / len(runs)
    return Candidate(question.values[index], *counted, low, high, level, state, each, means, cost, contact, len(runs) - len(good), without)


def _mean(runs: Sequence[Run], key: Key, kind: Kind) -> Interval:
    declared = BY_NAME[key[0]]
    return interval(*columns(runs, key), declared.aggregation, intervals=kind, share=declared.share)


def _violations(question: StaffingQuestion, tried: Sequence[int], met: Mapping[int, NDArray[np.bool_]]) -> list[Violation]:
    """Gives neighbouring values of which the more generous is significantly worse, all pairs together at 5 %."""
    violations = []
    pairs = list(pairwise(tried))
    for index, next_index in pairs:
        runs = min(len(met[index]), len(met[next_index]))
        p = fewer(met[next_index][:runs], met[index][:runs])
        if p <= ERROR / len(pairs):
            violations.append(Violation(question.values[next_index], question.values[index], p))
    return violations


def _step(question: StaffingQuestion, index: int, next_index: int, runs_by_value: Mapping[int, Sequence[Run]], kind: Kind) -> Step:
    pairs = [
        pair for pair in zip(runs_by_value[index], runs_by_value[next_index], strict=False) if all(run.failure is None for run in pair)
    ]
    option, base = ({COST: columns([pair[side] for pair in pairs], (COST, None))} for side in (0, 1))
    (difference,) = compare(base, {"": option}, [Measure(COST, BY_NAME[COST].aggregation)], intervals=kind)
    return Step(question.values[index], question.values[next_index], difference.difference, difference.low, difference.high, difference.n)


def _ends(question: StaffingQuestion, shown: SequenceResult) -> tuple[float | None, float | None, bool | None]:
    """The least and the most generous value that may be the answer, and whether one is in the range."""
    if shown.not_enough == len(question.values) - 1:
        return None, None, False
    low = question.values[0 if shown.not_enough is None else shown.not_enough + 1]
    return (low, question.values[shown.enough], True) if shown.enough is not None else (low, None, None)
