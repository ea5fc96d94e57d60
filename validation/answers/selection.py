"""How often `select` takes a scenario that is farther from the best than the indifference, on samples of real runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jobcentre.runs.results import value_of
from jobcentre.runs.store import Run
from jobcentre.studies.selection import RunsByScenario, SelectionQuestion, answer_of
from validation.answers.resampling import Wrong, together

MAX_RUNS = 1000


class Chosen(NamedTuple):
    """What was selected, over all samples; an answer that leaves several is never wrong."""

    wrong: Wrong
    best: int  # answers that are the best scenario itself
    undecided: int
    runs: float  # mean number of runs of all scenarios together
    longest: float  # mean number of runs of the scenario that had most


def true_means(made: Mapping[str, Sequence[Run]], metric: str) -> dict[str, float]:
    """The mean of the runs' own values over the whole pool, which is what the procedure compares."""
    return {name: float(np.mean([value for run in mine if (value := _value(run, metric)) is not None])) for name, mine in made.items()}


def selections(made: Mapping[str, Sequence[Run]], question: SelectionQuestion, samples: int, seed: int, max_runs: int = MAX_RUNS) -> Chosen:
    """The program's answers to a question on samples of the pools."""
    behind = how_far_behind(true_means(made, question.metric), question)
    wrong = best = undecided = runs = longest = 0
    for drawn in together(made, max_runs, samples, seed):
        found: RunsByScenario = {name: dict(enumerate(mine)) for name, mine in drawn.items()}
        answer, _ = answer_of(found, question, max_runs)
        runs += sum(row.runs for row in answer.rows)
        longest += max(row.runs for row in answer.rows)
        if not answer.decided:
            undecided += 1
            continue
        (name,) = answer.left
        wrong += behind[name] > question.indifference
        best += behind[name] == 0
    return Chosen(Wrong(wrong, samples), best, undecided, runs / samples, longest / samples)


def how_far_behind(true: Mapping[str, float], question: SelectionQuestion) -> dict[str, float]:
    """By how much each scenario is truly worse than the best."""
    best = max(true.values()) if question.better == "higher" else min(true.values())
    return {name: abs(value - best) for name, value in true.items()}


def _value(run: Run, metric: str) -> float | None:
    return value_of(run.metrics.get((metric, None), (0.0, 0.0)))
