"""How precise results must be before no more runs are made.

No wish depends on a difference or on a metric near zero: a share of the mean never asks for more than half of the smallest
difference that matters, and in comparisons it is a share of the base's mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs.results import RunResults, columns
from jobcentre.scenario.errors import did_you_mean, usage_error
from jobcentre.scenario.numbers import number_of
from jobcentre.stats.interim_looks import FIRST_LOOK_RUNS, look
from jobcentre.stats.runs_needed import runs_needed

USUAL_RUNS = 50
MATTERS = "matters"
OPTION = "--precision"
EXAMPLES = "write matters, a share of the mean such as 5%, or a half-width such as overloaded_share=0.01"


class Precision(NamedTuple):
    """Half-widths that intervals must come down to, and the most runs to make for it.

    `own` holds those of single metrics; all other headline metrics must come down to half of what matters (`matters`), or to
    a share of the mean (`relative`), if one of these is given.
    """

    matters: bool
    relative: float | None
    own: Mapping[str, float]
    most_runs: int

    @property
    def metrics(self) -> list[str]:
        """The metrics that are waited for."""
        return [*HEADLINES, *(name for name in self.own if name not in HEADLINES)] if self.matters or self.relative else list(self.own)

    def targets(self, metric: str, mean: float) -> float:
        """The half-width that a metric with this mean must come down to."""
        if metric in self.own:
            return self.own[metric]
        half = BY_NAME[metric].matters / 2
        return max(half, self.relative * abs(mean)) if self.relative else half


class PrecisionStatus(NamedTuple):
    """The precision reached by a metric of a scenario, or its difference from the base; `runs` is the estimated total, if known."""

    scenario: str
    metric: str
    half_width: float | None
    target: float
    reached: bool
    runs: int | None


def read_precision(texts: Sequence[str], most_runs: int) -> Precision:
    """The wishes of `--precision`; ScenarioError where one cannot be understood."""
    if most_runs < FIRST_LOOK_RUNS:
        raise usage_error(
            "--max-runs", f"{most_runs} is below the {FIRST_LOOK_RUNS} runs of the first look", f"give at least {FIRST_LOOK_RUNS}"
        )
    matters, relative, own = False, None, dict[str, float]()
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        if equals:
            if name not in BY_NAME:
                raise usage_error(OPTION, f"no metric is called `{name}`", did_you_mean(name, BY_NAME) or EXAMPLES)
            own[name] = _number(number, text)
        elif name == MATTERS:
            matters = True
        elif name.endswith("%"):
            relative = _number(name[:-1], text) / 100
        else:
            raise usage_error(OPTION, f"`{text}` is not a precision", EXAMPLES)
    if matters and relative:
        raise usage_error(OPTION, "asks for what matters and for a share of the mean", "give one of them, and single metrics beside it")
    return Precision(matters, relative, own, most_runs)


def number_of_runs(runs: int | None, texts: Sequence[str], most_runs: int) -> tuple[int, Precision | None]:
    """Gives the number of runs, or the precision that decides it."""
    if texts and runs is not None:
        raise usage_error(
            "--runs", "is given with --precision, which decides how many runs are made", "give --max-runs, or leave out one of them"
        )
    return USUAL_RUNS if runs is None else runs, read_precision(texts, most_runs) if texts else None


def precision_status(results: RunResults, precision: Precision) -> list[PrecisionStatus]:
    """Gives the precision reached: of differences from the base where there are options, else of means."""
    base, *options = results.runs
    statuses = []
    means = {(row.metric): row for row in results.summaries()[base] if row.group is None}
    if not options:
        for metric in precision.metrics:
            row = means.get(metric)
            mean, low, high = (row.mean, row.low, row.high) if row else (None, None, None)
            statuses.append(_reached(base, metric, low, high, precision.targets(metric, mean or 0.0)))
        statuses = [status if status.reached else status._replace(runs=_runs_for(results, status)) for status in statuses]
    else:
        # the same table as is shown: its intervals hold together, however few metrics are waited for
        for difference in results.differences(tuple(dict.fromkeys((*HEADLINES, *precision.metrics)))):
            if difference.metric not in precision.metrics:
                continue
            row = means.get(difference.metric)
            target = precision.targets(difference.metric, (row.mean if row else None) or 0.0)
            statuses.append(_reached(difference.option, difference.metric, difference.low, difference.high, target))
    return statuses


def looks_up_to(runs: int) -> list[int]:
    """The numbers of runs at which results may be looked at."""
    numbers = range(1, runs.bit_length() + 1)
    return [look(number).runs for number in numbers if look(number).runs <= runs]


def is_precise(statuses: Sequence[PrecisionStatus], runs: int, precision: Precision) -> bool:
    """Whether no more runs are needed: all is reached, at the second look or a later one unless there is only the first.

    A few runs without the rare event that rules a metric look precise at the wrong place (docs/results/answers.md).
    """
    return all(status.reached for status in statuses) and (runs > FIRST_LOOK_RUNS or looks_up_to(precision.most_runs) == [FIRST_LOOK_RUNS])


def precision_text(statuses: Sequence[PrecisionStatus], runs: int, most_runs: int) -> str:
    """In words, whether the precision was reached."""
    missing = [status for status in statuses if not status.reached]
    if not missing:
        return f"Precision reached with {runs} runs."
    named = []
    for status in missing:
        half = "no interval" if status.half_width is None else f"± {status.half_width:.3g}"
        more = f", about {status.runs} runs would do" if status.runs else ""
        named.append(f"{status.scenario} {status.metric} {half} (wanted ± {status.target:.3g}{more})")
    return f"Precision not reached within {most_runs} runs (--max-runs): {'; '.join(named)}."


def _reached(scenario: str, metric: str, low: float | None, high: float | None, target: float) -> PrecisionStatus:
    if low is None or high is None:
        return PrecisionStatus(scenario, metric, None, target, False, None)
    half = (high - low) / 2
    return PrecisionStatus(scenario, metric, half, target, half <= target, None)


def _runs_for(results: RunResults, status: PrecisionStatus) -> int | None:
    declared = BY_NAME[status.metric]
    top, bottom = columns([run for run in results.runs[status.scenario] if run.failure is None], (status.metric, None))
    return runs_needed(top, bottom, declared.aggregation, status.target, intervals="anytime", share=declared.share)


def _number(text: str, whole: str) -> float:
    try:
        value = number_of(text)
    except ValueError as error:
        raise usage_error(OPTION, f"`{whole}`: {error}", EXAMPLES) from None
    if not 0 < value < math.inf:
        raise usage_error(OPTION, f"`{whole}` does not give a number above 0", EXAMPLES)
    return value
