"""Whether intervals hold the truth at the number of runs at which `--precision` stops, on samples of real runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jobcentre.metrics import HEADLINES
from jobcentre.runs.results import RunResults
from jobcentre.runs.store import Run
from jobcentre.studies.precision import Precision, PrecisionStatus, is_precise, looks_up_to, precision_status
from validation.answers.resampling import Wrong, together
from validation.answers.similar_options import misses
from validation.statistics.coverage import truth
from validation.statistics.pool import Pool


class Stopped(NamedTuple):
    """Where commands stopped, over all samples, and what their intervals were worth there."""

    wrong: Mapping[str, Wrong]  # intervals that miss the truth at the end, by metric
    any_wrong: Wrong  # samples in which some interval does
    at: Mapping[int, Mapping[str, Wrong]]  # the same of those that stopped at each number of runs
    reached: int  # samples in which the precision was reached
    said: Mapping[str, int]  # what the first look said of the runs that would do, where it was not reached: as it came, fewer, more

    @property
    def runs(self) -> float:
        """Mean number of runs of each scenario."""
        return sum(runs * share for runs, share in self.ended.items())

    @property
    def ended(self) -> dict[int, float]:
        """Share of samples that ended at each number of runs."""
        return {runs: next(iter(of.values())).samples / self.any_wrong.samples for runs, of in self.at.items()}


def stops(
    made: Mapping[str, Sequence[Run]], true: Mapping[str, float], precision: Precision, samples: int, seed: int
) -> Stopped:  # fmt: skip
    """Commands that look, and stop, as the program does; every interval whose truth is given is judged where they stop."""
    looks = looks_up_to(precision.most_runs)
    ended, wrong, said = Counter[int](), Counter[tuple[int, str]](), Counter[str]()
    any_wrong = reached = 0
    for drawn in together(made, looks[-1], samples, seed):
        whole, first = RunResults(drawn, "anytime"), None
        for runs in looks:
            results = whole.first(runs)
            found = precision_status(results, precision)
            first = first or found
            if is_precise(found, runs, precision):
                reached += 1
                break
        missed = missing(results, true)
        ended[runs] += 1
        wrong.update((runs, metric) for metric in missed)
        any_wrong += bool(missed)
        if runs > looks[0] and (expected := _expected(first or [])) is not None:
            # whoever stopped at the last look may have needed more than that
            said["as it came" if min(expected, looks[-1]) == runs else "fewer" if expected < runs else "more"] += 1
    by_end = {runs: {metric: Wrong(wrong[runs, metric], ended[runs]) for metric in true} for runs in looks if ended[runs]}
    every = {metric: Wrong(sum(of[metric].wrong for of in by_end.values()), samples) for metric in true}
    return Stopped(every, Wrong(any_wrong, samples), by_end, reached, dict(said))


def missing(results: RunResults, true: Mapping[str, float]) -> list[str]:
    """The metrics whose interval in these results, or that of the difference from the base, misses the truth or is not there.

    Rows that say *identical* speak of these runs alone and miss nothing.
    """
    base, *options = results.runs
    if options:
        rows = results.differences(tuple(dict.fromkeys((*HEADLINES, *true))))
        return [row.metric for row in rows if row.metric in true and (row.low is None or misses(row, true[row.metric]))]
    return [
        row.metric
        for row in results.summaries()[base]
        if row.metric in true and (row.low is None or row.high is None or not row.low <= true[row.metric] <= row.high)
    ]


def truths(pools: Mapping[str, Pool], metrics: Sequence[str]) -> dict[str, float]:
    """The metrics over the whole pool, or the second one's difference from the first."""
    base, *options = pools.values()
    found = {metric: truth(base, (metric, None)) for metric in metrics}
    return {metric: truth(options[0], (metric, None)) - value for metric, value in found.items()} if options else found


def _expected(found: Sequence[PrecisionStatus]) -> int | None:
    """The runs that would do for all metrics, if the look says so of every one that is missing."""
    missing_ones = [one.runs for one in found if not one.reached]
    known = [runs for runs in missing_ones if runs is not None]
    return max(known) if known and len(known) == len(missing_ones) else None
