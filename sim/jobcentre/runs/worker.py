"""Where runs are made: in this process, in several of this machine, or on a cluster. Results do not depend on where, or on the order."""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jobcentre.metrics import MeasureWith, measure, measure_all, measure_with
from jobcentre.model import Engine, Inputs, play, prepare
from jobcentre.model.events import EventLog
from jobcentre.model.precompile import is_precompiled
from jobcentre.runs.batches import SECONDS, Batch, BatchQueue, RunId
from jobcentre.runs.experiment import ScenarioProvider
from jobcentre.runs.interruption import raise_if_requested
from jobcentre.runs.machine import TooLittleMemory, is_lack_of_memory
from jobcentre.runs.processes import Worker, WorkerTask, task_results
from jobcentre.runs.store import PackedText, Run, RunLocation

if TYPE_CHECKING:
    from jobcentre.runs.cluster import TlsFiles

OnRuns = Callable[[Sequence[Run]], None]

#: Batches per process, running and queued: enough that none is idle, few enough that a lost worker loses little.
AHEAD = 2
#: Prepared scenarios that a process caches: as many as a comparison cycles through.
PREPARED = 48
#: Characters of a failure's message that are kept: that of a compiler runs to pages.
LONGEST_FAILURE = 300
#: How the failure of a run begins that would end well with more memory.
LACK_OF_MEMORY = "lack of memory: "


class WorkerOptions(NamedTuple):
    """Options that every worker gets."""

    engine: Engine
    by_week: bool = True  # with a table by week of each run of a scenario as it is
    logs: Mapping[RunId, tuple[Path, str]] = {}  # files of kept logs that only need measuring, and their digests
    logs_only: bool = False  # the runs were measured before: only their logs are wanted, packed


def run_all(
    provider: ScenarioProvider, run_ids: Iterable[RunId], options: WorkerOptions, on_runs: OnRuns, *, jobs: int,
    cluster: str | None = None, cluster_tls: TlsFiles | None = None, note: Callable[[str], None] = lambda _text: None,
) -> None:  # fmt: skip
    """Makes runs and passes them to `on_runs` as they end; `jobs` 0 makes them in this process, a cluster on its workers.

    A run that fails is passed on with its failure, but lack of memory is raised as TooLittleMemory. An interruption stops the
    other processes at once and is raised.
    If the run ids are a deque, `on_runs` may add more to it; those made are removed from it.
    """
    todo = run_ids if isinstance(run_ids, deque) else deque(run_ids)
    if not todo:
        return
    on_runs = _refusing_lack_of_memory(on_runs)
    if cluster is not None:
        from jobcentre.runs.cluster import make_on_cluster

        make_on_cluster(cluster, provider, todo, options, on_runs, cluster_tls, note)
    elif jobs == 0:
        _make_here(run_function(provider, options), todo, on_runs)
    else:
        _make_in_processes(provider, todo, options, on_runs, jobs)


def _refusing_lack_of_memory(on_runs: OnRuns) -> OnRuns:
    """Raises TooLittleMemory where a run has ended for lack of it, after the others were passed on: no fault of the run."""

    def pass_on(runs: Sequence[Run]) -> None:
        lacking = [run for run in runs if (run.failure or "").startswith(LACK_OF_MEMORY)]
        if others := [run for run in runs if not (run.failure or "").startswith(LACK_OF_MEMORY)]:
            on_runs(others)
        if lacking:
            raise TooLittleMemory(f"run {lacking[0].run} of {lacking[0].scenario} had too little memory ({lacking[0].failure})")

    return pass_on


def _make_here(make: Callable[[RunId], Run], todo: deque[RunId], on_runs: OnRuns) -> None:
    """Makes runs in this process and passes them on once a second, because saving costs the same for one as for many.

    An interruption loses no finished run.
    """
    finished: list[Run] = []
    since = time.monotonic()
    try:
        while todo:
            run = make(todo.popleft())
            raise_if_requested()  # who stops a run makes it fail
            finished.append(run)
            if not todo or time.monotonic() - since >= SECONDS:
                batch, finished = finished, []
                on_runs(batch)
                since = time.monotonic()
    except BaseException:
        if finished:
            on_runs(finished)
        raise


class Prepared(NamedTuple):
    """A resolved scenario, prepared for its runs."""

    inputs: Inputs
    measured: MeasureWith
    seed: int
    run_key: str


def run_function(provider: ScenarioProvider, options: WorkerOptions) -> Callable[[RunId], Run]:
    """Gives the function that simulates and measures one run; any error becomes the run's failure.

    Each scenario is prepared once. Runs at a design point get no weekly table.
    """
    ready: OrderedDict[RunLocation, Prepared] = OrderedDict()

    def prepared(location: RunLocation) -> Prepared:
        if location not in ready:
            resolved = provider.at(location)
            ready[location] = Prepared(prepare(resolved.scenario), measure_with(resolved.scenario), resolved.seed, resolved.run_key)
            if len(ready) > PREPARED:
                ready.popitem(last=False)
        ready.move_to_end(location)
        return ready[location]

    def make(run_id: RunId) -> Run:
        name, site, point = run_id.location
        try:
            office = prepared(run_id.location)
            log = _kept_log(*options.logs[run_id]) if run_id in options.logs else None
            log = log or play(office.inputs, office.seed, run_id.run, options.engine)
            if options.logs_only:
                from jobcentre.runs.event_logs import packed  # here: pyarrow starts a thread, and workers are forked

                return Run(name, run_id.run, log.digest, point=point, site=site, run_key=office.run_key, packed_log=packed(log))
            if point or not options.by_week:
                return Run(name, run_id.run, log.digest, measure(log, office.measured), point=point, site=site, run_key=office.run_key)
            measured, windows, weekly = measure_all(log, office.measured)
            by_window = "".join(f"{window},{metric},{over!r},{under!r}\n" for (window, metric), (over, under) in windows.items())
            tables = PackedText.of(weekly.csv()), PackedText.of(by_window)
            return Run(name, run_id.run, log.digest, measured, tables[0], None, point, site, office.run_key, tables[1])
        except Exception as error:
            message = " ".join(str(error).split())
            lack = LACK_OF_MEMORY if is_lack_of_memory(error) else ""
            failure = f"{lack}{type(error).__name__}: {message[:LONGEST_FAILURE]}"
            return Run(name, run_id.run, failure=failure, point=point, site=site, run_key=run_key_at(provider, run_id.location))

    return make


def _kept_log(file: Path, digest: str) -> EventLog | None:
    """Reads a kept event log; None if it cannot be read or has another digest."""
    from jobcentre.runs.event_logs import read_log  # here: pyarrow starts a thread, and workers are forked

    try:
        log = read_log(file)
    except (OSError, ValueError):
        return None
    return log if log.digest == digest else None


def default_jobs() -> int:
    """One process per core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_key_at(provider: ScenarioProvider, location: RunLocation) -> str:
    """Gives the run key of a location; empty where its scenario cannot be resolved."""
    try:
        return provider.at(location).run_key
    except Exception:
        return ""


class BatchResult(NamedTuple):
    """The runs of a batch and the seconds they took."""

    runs: list[Run]
    seconds: float


def run_batch(make: Callable[[RunId], Run], batch: Batch) -> BatchResult:
    """Makes the runs of a batch."""
    begun = time.perf_counter()
    runs = [make(run_id) for run_id in batch]
    return BatchResult(runs, time.perf_counter() - begun)


def _make_in_processes(provider: ScenarioProvider, todo: deque[RunId], options: WorkerOptions, on_runs: OnRuns, jobs: int) -> None:
    workers: list[Worker] = []
    try:
        first = jobs if is_precompiled(options.engine) else 1  # one compiles for all: at once each would do it for itself
        _make_in(workers, BatchQueue(todo, jobs), lambda: new_worker(provider, options), jobs, on_runs, first)
        for worker in workers:
            worker.end()
    except BaseException:
        for worker in workers:
            worker.kill()
        raise


def _make_in(workers: list[Worker], batches: BatchQueue, new: Callable[[], Worker], jobs: int, on_runs: OnRuns, first: int) -> None:
    """Makes all queued runs, the `first` of them before any other; a lost worker is replaced and its runs retried."""
    _hand_out(workers, batches, new, first, 1)
    for worker, task, batch_result, lost in task_results(workers):
        if lost:
            workers.remove(worker)
            worker.kill()
            for pending in reversed(worker.pending):
                batches.put_back(pending.argument)
            crashed = batches.retry_lost(task.argument)
            if crashed is not None:
                on_runs([crashed])
        else:
            batches.record_duration(task.argument, batch_result.seconds)
            on_runs(batch_result.runs)
        _hand_out(workers, batches, new, jobs, AHEAD)


def _hand_out(workers: list[Worker], batches: BatchQueue, new: Callable[[], Worker], jobs: int, ahead: int) -> None:
    for depth in range(1, ahead + 1):
        while batches and len(workers) < jobs:
            workers.append(new())
            workers[-1].submit(WorkerTask(run_batch_in_worker, batches.next()))
        for worker in workers:
            while batches and len(worker.pending) < depth:
                worker.submit(WorkerTask(run_batch_in_worker, batches.next()))


def new_worker(provider: ScenarioProvider, options: WorkerOptions) -> Worker:
    """Starts a process that makes batches of runs."""
    return Worker(_begin, (provider, options))


_make: Callable[[RunId], Run]


def _begin(provider: ScenarioProvider, options: WorkerOptions) -> None:
    global _make
    _make = run_function(provider, options)


def run_batch_in_worker(batch: Batch) -> BatchResult:
    """Makes the runs of a batch in a worker process."""
    return run_batch(_make, batch)
