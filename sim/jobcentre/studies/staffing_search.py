"""The staffing question: which values of a lever meet all targets in enough office-years, and which do not.

All values meet the same customers with the same luck. A coarse grid with few runs finds where the answer lies, which is then refined. More
runs get only the values at which a chain of tests stands (jobcentre.stats.fixed_sequence): no others can change the answer.
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
from jobcentre.stats.exact import fewer, runs_that_show
from jobcentre.stats.fixed_sequence import SequenceResult, sequence_result
from jobcentre.stats.interim_looks import FIRST_LOOK_RUNS, look
from jobcentre.stats.intervals import Interval, Kind, interval
from jobcentre.stats.share_at_looks import Looks, bounds, limits, shown
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
    """At which numbers of runs is looked, and the level of each look, which says what it may spend of the error; *fixed* has one.

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
    if _can_show_enough(plan, probability):
        return None
    most_runs = FIRST_LOOK_RUNS
    while not _can_show_enough(plan_of(None, most_runs), probability):
        most_runs *= 2
    return runs_that_show(probability, 1 - ERROR), most_runs


def _can_show_enough(plan: LookPlan, probability: float) -> bool:
    return any(look.reached <= look.runs for look in bounds(tuple(plan.looks), probability))


class _Tried:
    """The values that were tried, by place in the order of generosity, with their runs and what these show."""

    def __init__(self, question: StaffingQuestion, looks: Looks) -> None:
        self.question, self.looks = question, looks
        self.runs: dict[int, Sequence[Run]] = {}
        self.met: dict[int, NDArray[np.bool_]] = {}
        self.reached: dict[int, bool | None] = {}

    def take(self, new_runs: Mapping[int, Sequence[Run]]) -> None:
        """Takes in all runs of some values."""
        for place, runs in new_runs.items():
            self.runs[place] = runs
            self.met[place] = np.array([all_met(run, self.question.targets) for run in runs], dtype=bool)
            self.reached[place] = shown(self.met[place], self.looks, self.question.probability)

    @property
    def places(self) -> list[int]:
        """In order of generosity."""
        return sorted(self.runs)

    @property
    def result(self) -> SequenceResult:
        """Where the chains end."""
        return sequence_result(self.reached)

    def looks_of(self, place: int) -> Looks:
        """The looks that a value has had."""
        return tuple(look for look in self.looks if look[0] <= len(self.runs[place]))

    def next_runs(self, place: int) -> int:
        """How many runs the next look at a value takes, 0 after the last."""
        had = len(self.looks_of(place)) if place in self.runs else 0
        return self.looks[had][0] if had < len(self.looks) else 0

    def next_values(self) -> list[int]:
        """The values that need runs: at first towards the probability by halving, then where the chains stand, then beside their ends."""
        places, shares = self.places, {place: float(met.mean()) for place, met in self.met.items()}
        below = [place for place in places if shares[place] < self.question.probability]
        above = [place for place in places if not below or place > below[-1]]
        if below and above and above[0] - below[-1] > 1:
            return [(above[0] + below[-1]) // 2]
        ends = self.result
        down = max((place for place in places if ends.enough is None or place < ends.enough), default=None)
        up = min((place for place in places if ends.not_enough is None or place > ends.not_enough), default=None)
        standing = {place for place in (down, up) if place is not None and self.reached[place] is None}
        if more := sorted(place for place in standing if self.next_runs(place)):
            return more
        if ends.enough is None or ends.not_enough is None:
            return []
        return sorted({ends.enough - 1, ends.not_enough + 1} - set(places))


def search(question: StaffingQuestion, plan: LookPlan, runs: RunsOfValues, first: Sequence[int] = ()) -> Procedure[StaffingAnswer]:
    """Tries values until the answer is decided or the runs are used up; begins with a coarse grid, or with the places `first`."""
    tried = _Tried(question, tuple(plan.looks))
    wanted = list(first) or _coarse(len(question.values))
    while wanted:
        numbers = {place: tried.next_runs(place) for place in wanted}
        for number in sorted(set(numbers.values())):
            tried.take((yield from runs([place for place in wanted if numbers[place] == number], number)))
        wanted = tried.next_values()
    shown_by_all = tried.result
    candidates = [_candidate(tried, place, shown_by_all, plan.kind) for place in tried.places]
    step = None
    if shown_by_all.enough is not None and shown_by_all.not_enough is not None:
        step = _step(question, shown_by_all.enough, shown_by_all.not_enough, tried.runs, plan.kind)
    low, high, reachable = _ends(question, shown_by_all)
    undecided = [candidate.value for candidate in candidates if candidate.state == "unclear"]
    return StaffingAnswer(low, high, reachable, candidates, _violations(question, tried.places, tried.met), undecided, step)


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


def _coarse(values: int) -> list[int]:
    """Places of a coarse grid with both ends."""
    if values <= COARSE + 1:
        return list(range(values))
    step = ceil((values - 1) / (COARSE - 1))
    return sorted({*range(0, values, step), values - 1})


def near(question: StaffingQuestion, answer: StaffingAnswer) -> list[int]:
    """Places to begin with where the answer to nearly the same question is known: both ends, and from what is not enough to what is.

    None where it has no such values.
    """
    if answer.step is None:
        return []
    tried = sorted(question.values.index(one.value) for one in answer.candidates)
    low, high = question.values.index(answer.step.than), question.values.index(answer.step.value)
    return [place for place in tried if place in (tried[0], tried[-1]) or low <= place <= high]


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


def _candidate(tried: _Tried, place: int, shown_by_all: SequenceResult, kind: Kind) -> Candidate:
    question, runs, looks = tried.question, tried.runs[place], tried.looks_of(place)
    good = [run for run in runs if run.failure is None]
    number = int(tried.met[place].sum())
    low, high = limits(number, looks, question.probability)
    level = 1 - sum(1 - level for _, level in looks)
    each = tuple(sum(_met(run, target) for run in runs) / len(runs) for target in question.targets)
    means = tuple(_mean(good, target.key, kind) for target in question.targets)
    cost, contact = (_mean(good, (metric, None), kind) for metric in (COST, CONTACT))
    without = tuple(sum(_value(run, target) is None for run in good) for target in question.targets)
    state = state_of(place, shown_by_all)
    counted = len(runs), number, number / len(runs)
    return Candidate(question.values[place], *counted, low, high, level, state, each, means, cost, contact, len(runs) - len(good), without)


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
