"""How long a sweep will take, from runs that are made to be timed and not kept."""

from __future__ import annotations

import time
from typing import NamedTuple

from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, precompile_for_workers
from jobcentre.runs.worker import WorkerOptions, run_function
from jobcentre.studies.sweep import kept_runs
from jobcentre.studies.sweep_request import Sweep

#: Runs that are timed, spread over what is missing: points and offices differ.
TIMED = 4
#: What two processes on one machine lose to each other, roughly (docs/results/sweeps.md).
SLOWER_TOGETHER = 1.15


class Expected(NamedTuple):
    """Runs in all, those that are there, those still to make, seconds for one of them and, roughly, for all."""

    planned: int
    done: int
    missing: int
    seconds_a_run: float | None
    seconds: float


def expected(sweep: Sweep, how: ExecutionOptions, workers: int) -> Expected:
    """What a sweep would do; writes nothing but compiled code."""
    missing = kept_runs(sweep, how._replace(shared=None)).missing(sweep.run_ids())
    done = sweep.planned - len(missing)
    if not missing:
        return Expected(sweep.planned, done, 0, None, 0.0)
    precompile_for_workers(sweep.worlds.at(missing[0].place).scenario, 1, how.engine)
    make = run_function(sweep.worlds, WorkerOptions(how.engine, by_week=False))
    chosen = [missing[number * (len(missing) - 1) // (TIMED - 1)] for number in range(TIMED)]
    first = chosen[0]
    make(RunId(first.scenario, first.run, first.point, first.site))  # what a process does once is not a run's
    begun = time.perf_counter()
    for one in dict.fromkeys(chosen):
        make(one)
    each = (time.perf_counter() - begun) / len(set(chosen))
    return Expected(
        sweep.planned, done, len(missing), each, len(missing) * each * (SLOWER_TOGETHER if workers > 1 else 1) / max(workers, 1)
    )
