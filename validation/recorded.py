"""Workers that answer with a recorded run instead of making one: what then remains is the work of the command itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from jobcentre.runs import worker
from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import ScenarioProvider
from jobcentre.runs.store import Run
from jobcentre.runs.worker import WorkerOptions, run_function, run_key_at
from jobcentre.studies import sweep


def answer_with_recorded(seconds: float) -> None:
    """From now on workers of this process make run 0 of one scenario and answer with it for all others, `seconds` each."""
    worker._begin = _Recorded(seconds)
    sweep.keep_logs = lambda *_: None  # they would not have the digests of the answers in other offices


class _Recorded:
    """What a worker does at its start; it is sent there, and so stands in a module."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, provider: ScenarioProvider, options: WorkerOptions) -> None:
        make = run_function(provider, options)

        def first(run_id: RunId) -> Run:
            return make(run_id._replace(run=0))._replace(run=run_id.run)

        worker._make = first if options.logs_only else _answers(first, provider, self.seconds)


def _answers(first: Callable[[RunId], Run], provider: ScenarioProvider, seconds: float) -> Callable[[RunId], Run]:
    known: list[Run] = []
    keys: dict[object, str] = {}

    def answer(run_id: RunId) -> Run:
        if not known:
            known.append(first(run_id))
        begun = time.perf_counter()
        location = run_id.location
        if location not in keys:
            keys[location] = run_key_at(provider, location)
        scenario, site, point = location
        run = known[0]._replace(scenario=scenario, run=run_id.run, site=site, point=point, run_key=keys[location])
        time.sleep(max(0.0, seconds - (time.perf_counter() - begun)))
        return run

    return answer
