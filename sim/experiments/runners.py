"""Where runs are made: in this process, or in several of this machine. Results do not depend on where, or on the order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from typing import NamedTuple

from sim.metrics import MeasureWith, measure_and_weekly, measure_with
from sim.model import Engine, Inputs, play, prepare
from sim.scenario import Scenario
from sim.store import Run

OnRun = Callable[[Run], None]

#: Runs handed out per process: enough that none waits for work, few enough that little is lost when one dies.
AHEAD = 2
#: Seconds between looks at the keyboard, which on Windows cannot interrupt a wait.
PATIENCE = 0.25
#: Characters of a failure's message that are kept: that of a compiler runs to pages.
LONGEST_FAILURE = 300


class Wanted(NamedTuple):
    """One run to make."""

    scenario: str
    run: int


def run_many(
    scenarios: Mapping[str, Scenario],
    wanted: Iterable[Wanted],
    *,
    seed: int,
    jobs: int,
    engine: Engine,
    on_run: OnRun,
    keep_log: bool = False,
) -> None:
    """Makes the wanted runs and hands each to `on_run` as it ends; `jobs` 0 makes them in this process.

    A run that fails is handed over with its failure. An interruption stops the other processes at once and is raised.
    """
    todo = deque(wanted)
    if jobs == 0:
        make = maker(scenarios, seed, engine, keep_log)
        for one in todo:
            on_run(make(one))
        return
    while todo:
        flying: dict[Future[Run], Wanted] = {}
        pool = new_pool(min(jobs, len(todo)), (dict(scenarios), seed, engine, keep_log))
        try:
            _drain(pool, todo, flying, jobs, on_run)
            pool.shutdown()
        except BrokenProcessPool:
            for scenario, run in flying.values():
                on_run(Run(scenario, run, failure="the process that made this run died (out of memory?)"))
        except BaseException:
            _stop(pool)
            raise


def maker(scenarios: Mapping[str, Scenario], seed: int, engine: Engine, keep_log: bool) -> Callable[[Wanted], Run]:
    """What simulates and measures one run; any error becomes the run's failure. A scenario is prepared once."""
    ready: dict[str, tuple[Inputs, MeasureWith]] = {}

    def make(wanted: Wanted) -> Run:
        name, run = wanted
        try:
            if name not in ready:
                ready[name] = prepare(scenarios[name]), measure_with(scenarios[name])
            inputs, given = ready[name]
            log = play(inputs, seed, run, engine)
            measured, by_week = measure_and_weekly(log, given)
            text = by_week.to_csv(index=False, lineterminator="\n")
            return Run(name, run, log.digest, measured, text, None, log if keep_log else None)
        except Exception as error:
            words = " ".join(str(error).split())
            return Run(name, run, failure=f"{type(error).__name__}: {words[:LONGEST_FAILURE]}")

    return make


def default_jobs() -> int:
    """One process per core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _drain(pool: ProcessPoolExecutor, todo: deque[Wanted], flying: dict[Future[Run], Wanted], jobs: int, on_run: OnRun) -> None:
    most = 1  # the first run may have to compile: all workers at once would do it once each
    while todo or flying:
        while todo and len(flying) < most:
            with _interruption_deferred():
                flying[pool.submit(work, todo[0])] = todo[0]
            todo.popleft()
        for future in wait(flying, timeout=PATIENCE, return_when=FIRST_COMPLETED).done:
            run = future.result()
            del flying[future]
            on_run(run)
            most = AHEAD * jobs


def new_pool(workers: int, given: tuple[Mapping[str, Scenario], int, Engine, bool]) -> ProcessPoolExecutor:
    """Processes that make runs by `work`; given are scenarios, seed, engine and whether to keep logs."""
    # never fork: a copy of a process with compiled code and threads may hang
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        # it and all it begins inherit deafness to the keyboard, with which this process alone has to deal
        resource_tracker.ensure_running()  # which would end the deafness too early
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=given)


@contextmanager
def _interruption_deferred() -> Iterator[None]:
    """An interruption from the keyboard is raised at the end of the block: a process half begun would complain on the screen."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


def _stop(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)


_make: Callable[[Wanted], Run]


def _begin(scenarios: Mapping[str, Scenario], seed: int, engine: Engine, keep_log: bool) -> None:
    global _make
    _make = maker(scenarios, seed, engine, keep_log)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def work(wanted: Wanted) -> Run:
    """Makes a run in a process of a pool."""
    return _make(wanted)
