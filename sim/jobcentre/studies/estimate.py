"""How long a study will take, from runs that are made to be timed and not kept."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, Work, precompile_for_workers
from jobcentre.runs.worker import WorkerOptions, run_function

#: Runs that are timed, spread over what is missing: points and offices differ.
TIMED = 4
#: What two processes on one machine lose to each other, roughly (docs/results/sweeps.md).
SLOWER_TOGETHER = 1.15


class Expected(NamedTuple):
    """Runs that are wanted whatever they give, those that are there, those still to make, seconds for one and, roughly, for all.

    Where results decide how many runs are made, `planned` are those before the first look; with what follows there are
    `planned_at_most`, which take `seconds_at_most`.
    """

    planned: int
    done: int
    missing: int
    seconds_a_run: float | None
    seconds: float
    planned_at_most: int
    seconds_at_most: float


def expected(work: Work[Any], how: ExecutionOptions) -> Expected:
    """What a study would do; writes nothing but compiled code."""
    wanted = list(next(work.procedure))
    missing = work.runs.missing(wanted)
    done, at_most = len(wanted) - len(missing), max(work.at_most, len(wanted))
    later = at_most - len(wanted)
    if not missing and not later:
        return Expected(len(wanted), done, 0, None, 0.0, at_most, 0.0)
    each = _seconds_a_run(work, missing or wanted, how)
    at_once = each * (SLOWER_TOGETHER if how.workers > 1 else 1) / how.workers
    seconds = len(missing) * at_once
    return Expected(len(wanted), done, len(missing), each, seconds, at_most, seconds + later * at_once)


def _seconds_a_run(work: Work[Any], runs: list[RunId], how: ExecutionOptions) -> float:
    precompile_for_workers(work.worlds.at(runs[0].place).scenario, 1, how.engine)
    make = run_function(work.worlds, WorkerOptions(how.engine, by_week=False))
    chosen = [runs[number * (len(runs) - 1) // (TIMED - 1)] for number in range(TIMED)]
    make(chosen[0])  # what a process does once is not a run's
    begun = time.perf_counter()
    for run in dict.fromkeys(chosen):
        make(run)
    return (time.perf_counter() - begun) / len(set(chosen))
