"""Where runs are made: in this process, in several of this machine, or on a cluster. Results do not depend on where, or on the order."""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jobcentre.metrics import MeasureWith, measure, measure_and_weekly, measure_with
from jobcentre.model import Engine, Inputs, play, prepare
from jobcentre.model.events import EventLog
from jobcentre.runs.batches import SECONDS, Batch, BatchQueue, RunId
from jobcentre.runs.experiment import ScenarioProvider
from jobcentre.runs.folder import read_events
from jobcentre.runs.interruption import raise_if_requested
from jobcentre.runs.processes import Task, Worker, task_results
from jobcentre.runs.store import Run, RunLocation

OnRuns = Callable[[Sequence[Run]], None]

#: Blocks handed out per process: enough that none waits for work, few enough that little is lost when one dies.
AHEAD = 2
#: Prepared worlds that a process keeps: as many as a comparison goes through in turn.
PREPARED = 48
#: Characters of a failure's message that are kept: that of a compiler runs to pages.
LONGEST_FAILURE = 300


class WorkerOptions(NamedTuple):
    """How runs are made; given to every process that makes some."""

    engine: Engine
    keep_log: bool = False
    by_week: bool = True  # with a table by week of each run of a scenario as it is
    logs: Mapping[RunId, tuple[Path, str]] = {}


def run_all(
    worlds: ScenarioProvider, wanted: Iterable[RunId], how: WorkerOptions, on_runs: OnRuns, *, jobs: int, cluster: str | None = None
) -> None:
    """Makes the wanted runs and hands them to `on_runs` as they end; `jobs` 0 makes them in this process, a cluster on its workers.

    A run that fails is handed over with its failure. An interruption stops the other processes at once and is raised.
    To wanted runs that are given as a deque `on_runs` may add more; those made are taken away from it.
    """
    todo = wanted if isinstance(wanted, deque) else deque(wanted)
    if not todo:
        return
    if cluster is not None:
        from jobcentre.runs.cluster import make_on_cluster

        make_on_cluster(cluster, worlds, todo, how, on_runs)
    elif jobs == 0:
        _make_here(run_function(worlds, how), todo, on_runs)
    else:
        _make_in_processes(worlds, todo, how, on_runs, jobs)


def _make_here(make: Callable[[RunId], Run], todo: deque[RunId], on_runs: OnRuns) -> None:
    """Hands runs over once a second: the disk takes a few hundredths to keep any number. An interruption loses none that is finished."""
    finished: list[Run] = []
    since = time.monotonic()
    try:
        while todo:
            run = make(todo.popleft())
            raise_if_requested()  # who stops a run makes it fail
            finished.append(run)
            if not todo or time.monotonic() - since >= SECONDS:
                given, finished = finished, []
                on_runs(given)
                since = time.monotonic()
    except BaseException:
        if finished:
            on_runs(finished)
        raise


class Prepared(NamedTuple):
    """A world as its runs need it."""

    inputs: Inputs
    measured: MeasureWith
    seed: int
    world: str


def run_function(worlds: ScenarioProvider, how: WorkerOptions) -> Callable[[RunId], Run]:
    """What simulates and measures one run; any error becomes the run's failure. A world is prepared once.

    Of points beside the scenario as it is no table by week is made.
    """
    ready: OrderedDict[RunLocation, Prepared] = OrderedDict()

    def prepared(place: RunLocation) -> Prepared:
        if place not in ready:
            world = worlds.at(place)
            ready[place] = Prepared(prepare(world.scenario), measure_with(world.scenario), world.seed, world.hash)
            if len(ready) > PREPARED:
                ready.popitem(last=False)
        ready.move_to_end(place)
        return ready[place]

    def make(wanted: RunId) -> Run:
        name, site, point = wanted.place
        try:
            office = prepared(wanted.place)
            log = _kept_log(*how.logs[wanted]) if wanted in how.logs else None
            log = log or play(office.inputs, office.seed, wanted.run, how.engine)
            kept = log if how.keep_log else None
            if point or not how.by_week:
                return Run(name, wanted.run, log.digest, measure(log, office.measured), "", None, kept, point, site, office.world)
            measured, weekly = measure_and_weekly(log, office.measured)
            text = weekly.to_csv(index=False, lineterminator="\n")
            return Run(name, wanted.run, log.digest, measured, text, None, kept, point, site, office.world)
        except Exception as error:
            words = " ".join(str(error).split())
            failure = f"{type(error).__name__}: {words[:LONGEST_FAILURE]}"
            return Run(name, wanted.run, failure=failure, point=point, site=site, world=run_key_at(worlds, wanted.place))

    return make


def _kept_log(file: Path, digest: str) -> EventLog | None:
    """The log in a file; None where it is not the one with this digest, or not to be read from here."""
    try:
        log = read_events(file)
    except (OSError, ValueError):
        return None
    return log if log.digest == digest else None


def default_jobs() -> int:
    """One process per core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_key_at(worlds: ScenarioProvider, place: RunLocation) -> str:
    """The hash of a world whose run failed; empty where it is the world that cannot be made."""
    try:
        return worlds.at(place).hash
    except Exception:
        return ""


class BatchResult(NamedTuple):
    """The runs of a block, and how long they took."""

    runs: list[Run]
    seconds: float


def run_batch(make: Callable[[RunId], Run], block: Batch) -> BatchResult:
    """Makes the runs of a block."""
    begun = time.perf_counter()
    runs = [make(one) for one in block]
    return BatchResult(runs, time.perf_counter() - begun)


def _make_in_processes(worlds: ScenarioProvider, todo: deque[RunId], how: WorkerOptions, on_runs: OnRuns, jobs: int) -> None:
    workers: list[Worker] = []
    try:
        _make_in(workers, BatchQueue(todo, jobs), lambda: new_worker(worlds, how), jobs, on_runs)
        for worker in workers:
            worker.end()
    except BaseException:
        for worker in workers:
            worker.kill()
        raise


def _make_in(workers: list[Worker], blocks: BatchQueue, new: Callable[[], Worker], jobs: int, on_runs: OnRuns) -> None:
    """Makes all there is to do. A worker that dies is replaced, and its runs tried once more; the first run is made alone."""
    _hand_out(workers, blocks, new, 1, 1)  # it may have to compile: all workers at once would do it once each
    for worker, question, made, died in task_results(workers):
        if died:
            workers.remove(worker)
            worker.kill()
            for asked in reversed(worker.asked):
                blocks.back(asked.given)
            failed = blocks.died(question.given)
            if failed is not None:
                on_runs([failed])
        else:
            blocks.took(question.given, made.seconds)
            on_runs(made.runs)
        _hand_out(workers, blocks, new, jobs, AHEAD)


def _hand_out(workers: list[Worker], blocks: BatchQueue, new: Callable[[], Worker], jobs: int, ahead: int) -> None:
    for most in range(1, ahead + 1):
        while blocks and len(workers) < jobs:
            workers.append(new())
            workers[-1].ask(Task(run_batch_in_worker, blocks.next()))
        for worker in workers:
            while blocks and len(worker.asked) < most:
                worker.ask(Task(run_batch_in_worker, blocks.next()))


def new_worker(worlds: ScenarioProvider, how: WorkerOptions) -> Worker:
    """A process that makes blocks of runs by `work`."""
    return Worker(_begin, (worlds, how))


_make: Callable[[RunId], Run]


def _begin(worlds: ScenarioProvider, how: WorkerOptions) -> None:
    global _make
    _make = run_function(worlds, how)


def run_batch_in_worker(block: Batch) -> BatchResult:
    """Makes the runs of a block in a process begun for it."""
    return run_batch(_make, block)
