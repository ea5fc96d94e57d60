"""The part of the page on answers of `staffing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jobcentre.studies.levers import COACHES, KNOWN
from jobcentre.studies.staffing_search import LookPlan, StaffingQuestion, plan_of
from validation.answers.resampling import Wrong, as_runs
from validation.answers.staffing import Told, Wish, answers_text, chances, condition_of
from validation.pages import SEED, table
from validation.statistics.pool import Pool, Say

PROBABILITY = 0.9
FIXED_RUNS, MOST_RUNS = 100, 200


class Case(NamedTuple):
    """A question by what makes it easy or hard."""

    name: str
    wishes: tuple[Wish, ...]


CASES = (
    Case("steep, 6 is just enough", (Wish("overloaded_share", 0.905, 6),)),
    Case("steep, 6 is just not enough", (Wish("overloaded_share", 0.895, 6),)),
    Case("flat, 6 is just enough", (Wish("missed_share", 0.901, 6),)),
    Case("flat, 6 is just not enough", (Wish("missed_share", 0.899, 6),)),
    Case("two targets", (Wish("days_late_mean", 0.93, 7), Wish("missed_share", 0.93, 7))),
    Case("all values near, up and down", (Wish("sick_days_per_coach_year", 0.9, 6),)),
    Case("never, and all values near", (Wish("sick_days_per_coach_year", 0.899),)),
    Case("never, most coaches near", (Wish("same_coach_share", 0.899),)),
    Case("never, far from it", (Wish("overloaded_share", 0.5),)),
)


def staffing_part(pools: Mapping[float, Pool], samples: int, say: Say) -> Iterator[str]:
    """The true chances, and how often the answers are wrong and how much they tell."""
    plans = plan_of(FIXED_RUNS, FIXED_RUNS), plan_of(None, MOST_RUNS)
    true, counts, worth = [], [], []
    for case in CASES:
        say(f"staffing: {case.name}")
        question = StaffingQuestion(
            "small office", KNOWN[COACHES], list(pools), [condition_of(wish, pools) for wish in case.wishes], PROBABILITY
        )
        made = [as_runs(f"{value:g}", pool, [target.key for target in question.targets]) for value, pool in pools.items()]
        p = chances(question, made)
        least = next((value for place, value in enumerate(pools) if min(p[place:]) >= PROBABILITY), None)
        targets = " and ".join(f"`{target.metric}{target.sign}{target.value:.4g}`" for target in question.targets)
        true.append((case.name, targets, *(f"{one:.3f}" for one in p), "none" if least is None else f"{least:g}"))
        for plan in plans:
            told = answers_text(question, made, plan, samples, SEED)
            counts.append((case.name, _plan(plan), told))
            worth.append((case.name, _plan(plan), *_worth(told, samples)))
    yield (
        f"`jobcentre staffing --lever coaches --range {min(pools):g}:{max(pools):g} --probability {PROBABILITY:g}` on samples of the pools, by the "
        f"program's own search: a coarse grid, refinement, and looks at {', '.join(str(runs) for runs, _ in plans[1].looks)} runs (*anytime*), or "
        f"{FIXED_RUNS} runs a value (*fixed*). The limits of the targets were set so that questions are hard: so that the true chance of "
        f"meeting the target with some number of coaches lies a half or a tenth of a point above or below {PROBABILITY:g}. The true chances p(n), those of the whole pools, "
        f"and the true answer, the fewest coaches from which on all p(n) are at least {PROBABILITY:g}:"
    )
    yield table(("question", "targets", *(f"p({value:g})" for value in pools), "answer"), true)
    yield (
        f"{samples:,} samples of each question and plan. *Enough* is wrong where any number of coaches from the answer's upper end on, tried or not, is truly not "
        "enough; *not enough* where any below its lower end truly is, and that includes *not reachable*. Together at most 5 % may be wrong, each at most 2.5 %."
    )
    yield table(
        ("question", "runs", "anything is wrong", "*enough* is wrong", "*not enough* is wrong"),
        [(name, plan, str(told.anything), str(told.enough), str(told.not_enough)) for name, plan, told in counts],
    )
    yield _verdict([(f"{name} ({plan})", told.anything) for name, plan, told in counts])
    yield (
        "How much the answers tell: how many values may be the answer (mean, where it is not *not reachable*), how often it is one value, how often no value is "
        f"shown to be enough, how often *not reachable* is said, and the mean number of runs of all values together (all {len(pools)} values with {FIXED_RUNS} runs "
        f"each would be {len(pools) * FIXED_RUNS:,})."
    )
    yield table(("question", "runs", "values that may be it", "one value", "none shown enough", "not reachable", "runs in all"), worth)


def _worth(told: Told, samples: int) -> tuple[str, ...]:
    shares = (f"{100 * number / samples:.0f} %" for number in (told.one_value, told.open_ended, told.unreachable))
    return "–" if told.unreachable == samples else f"{told.width:.1f}", *shares, f"{told.runs:,.0f}"


def _plan(plan: LookPlan) -> str:
    if plan.kind == "fixed":
        return f"{plan.looks[0][0]}, *fixed*"
    return f"{plan.looks[0][0]} to {plan.looks[-1][0]}, *anytime*"


def _verdict(counts: list[tuple[str, Wrong]]) -> str:
    too_many = [name for name, wrong in counts if wrong.too_often]
    name, most = max(counts, key=lambda one: one[1].share)
    return f"Wrong more often than promised: {'; '.join(too_many) or 'none'}. Wrong most often: {name}, {most}."
