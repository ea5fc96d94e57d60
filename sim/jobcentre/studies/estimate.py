"""How long a study will take, from runs that are made to be timed and not kept."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, Work, precompile_for_workers
from jobcentre.runs.worker import WorkerOptions, run_function

#: Runs that are timed, spread over the missing ones: points and offices differ.
TIMED = 4
#: What two processes on one machine lose to each other, roughly (docs/results/sweeps.md).
SLOWER_TOGETHER = 1.15


class Expected(NamedTuple):
    """How many runs a study needs, how many exist, how many are missing, and roughly how long these take.

    Where results decide how many runs are made, `planned` counts those before the first look, and `planned_at_most` and
    `seconds_at_most` say how far it may go; elsewhere they say the same.
    """

    planned: int
    done: int
    missing: int
    seconds_a_run: float | None
    seconds: float
    planned_at_most: int
    seconds_at_most: float


def expected(work: Work[Any], options: ExecutionOptions) -> Expected:
    """Estimates the runs and the time of a study; writes nothing but compiled code."""
    run_ids = list(next(work.procedure))
    missing = work.runs.missing(run_ids)
    done, at_most = len(run_ids) - len(missing), max(work.at_most, len(run_ids))
    later = at_most - len(run_ids)
    if not missing and not later:
        return Expected(len(run_ids), done, 0, None, 0.0, at_most, 0.0)
    each = _seconds_a_run(work, missing or run_ids, options)
    at_once = each * (SLOWER_TOGETHER if options.workers > 1 else 1) / options.workers
    seconds = len(missing) * at_once
    return Expected(len(run_ids), done, len(missing), each, seconds, at_most, seconds + later * at_once)


def _seconds_a_run(work: Work[Any], runs: list[RunId], options: ExecutionOptions) -> float:
    precompile_for_workers(work.provider.at(runs[0].location).scenario, 1, options.engine)
    make = run_function(work.provider, WorkerOptions(options.engine, by_week=False))
    chosen = [runs[number * (len(runs) - 1) // (TIMED - 1)] for number in range(TIMED)]
    make(chosen[0])  # what a process does once is not a run's
    begun = time.perf_counter()
    for run in dict.fromkeys(chosen):
        make(run)
    return (time.perf_counter() - begun) / len(set(chosen))
