"""Where runs are made: in this process, or in several of this machine. Results do not depend on where, or on the order."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sim.experiments.points import at_point
from sim.experiments.workers import Question, Worker, answers
from sim.metrics import MeasureWith, measure, measure_and_weekly, measure_with
from sim.model import Engine, Inputs, play, prepare
from sim.scenario import Scenario
from sim.store import Run

OnRun = Callable[[Run], None]

#: Runs handed out per process: enough that none waits for work, few enough that little is lost when one dies.
AHEAD = 2
#: Processes that may die over a run before it counts as failed: one may be killed by chance.
DEATHS = 2
#: Characters of a failure's message that are kept: that of a compiler runs to pages.
LONGEST_FAILURE = 300


class Wanted(NamedTuple):
    """One run to make."""

    scenario: str
    run: int
    point: int = 0


def run_many(
    scenarios: Mapping[str, Scenario],
    wanted: Iterable[Wanted],
    *,
    seed: int,
    jobs: int,
    engine: Engine,
    on_run: OnRun,
    keep_log: bool = False,
    by_week: bool = True,
) -> None:
    """Makes the wanted runs and hands each to `on_run` as it ends; `jobs` 0 makes them in this process.

    A run that fails is handed over with its failure. An interruption stops the other processes at once and is raised.
    To wanted runs that are given as a deque `on_run` may add more; those made are taken away from it.
    """
    todo = wanted if isinstance(wanted, deque) else deque(wanted)
    if jobs == 0:
        make = maker(scenarios, seed, engine, keep_log, by_week)
        while todo:
            on_run(make(todo.popleft()))
        return
    given = (dict(scenarios), seed, engine, keep_log, by_week)
    workers: list[Worker] = []
    try:
        _make_in(workers, todo, lambda: new_worker(given), jobs, on_run)
        for worker in workers:
            worker.end()
    except BaseException:
        for worker in workers:
            worker.kill()
        raise


def maker(
    scenarios: Mapping[str, Scenario], seed: int, engine: Engine, keep_log: bool = False, by_week: bool = True
) -> Callable[[Wanted], Run]:
    """What simulates and measures one run; any error becomes the run's failure. A scenario is prepared once.

    Of points beside the scenario as it is no table by week is made.
    """
    ready: dict[tuple[str, int], tuple[Inputs, MeasureWith]] = {}

    def make(wanted: Wanted) -> Run:
        name, run, point = wanted
        try:
            if (name, point) not in ready:
                scenario = at_point(scenarios[name], point, seed)
                ready[name, point] = prepare(scenario), measure_with(scenario)
            inputs, given = ready[name, point]
            log = play(inputs, seed, run, engine)
            if point or not by_week:
                return Run(name, run, log.digest, measure(log, given), "", None, log if keep_log else None, point)
            measured, weekly = measure_and_weekly(log, given)
            text = weekly.to_csv(index=False, lineterminator="\n")
            return Run(name, run, log.digest, measured, text, None, log if keep_log else None)
        except Exception as error:
            words = " ".join(str(error).split())
            return Run(name, run, failure=f"{type(error).__name__}: {words[:LONGEST_FAILURE]}", point=point)

    return make


def default_jobs() -> int:
    """One process per core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _make_in(workers: list[Worker], todo: deque[Wanted], new: Callable[[], Worker], jobs: int, on_run: OnRun) -> None:
    """Makes all there is to do. A worker that dies is replaced, and its run tried once more; the first run is made alone."""
    deaths: Counter[Wanted] = Counter()
    _hand_out(workers, todo, new, 1, 1)  # it may have to compile: all workers at once would do it once each
    for worker, question, run, died in answers(workers):
        if died:
            workers.remove(worker)
            worker.kill()
            wanted = question.given
            deaths[wanted] += 1
            todo.extendleft(asked.given for asked in reversed(worker.asked))
            if deaths[wanted] < DEATHS:
                todo.appendleft(wanted)
            else:
                on_run(Run(wanted.scenario, wanted.run, failure="two processes died over this run (out of memory?)", point=wanted.point))
        else:
            on_run(run)
        _hand_out(workers, todo, new, jobs, AHEAD)


def _hand_out(workers: list[Worker], todo: deque[Wanted], new: Callable[[], Worker], jobs: int, ahead: int) -> None:
    for most in range(1, ahead + 1):
        while todo and len(workers) < jobs:
            workers.append(new())
            workers[-1].ask(Question(work, todo.popleft()))
        for worker in workers:
            while todo and len(worker.asked) < most:
                worker.ask(Question(work, todo.popleft()))


def new_worker(given: tuple[Mapping[str, Scenario], int, Engine, bool, bool]) -> Worker:
    """A process that makes runs by `work`; given are scenarios, seed, engine, whether to keep logs and to make tables by week."""
    return Worker(_begin, given)


_make: Callable[[Wanted], Run]


def _begin(scenarios: Mapping[str, Scenario], seed: int, engine: Engine, keep_log: bool, by_week: bool) -> None:
    global _make
    _make = maker(scenarios, seed, engine, keep_log, by_week)


def work(wanted: Wanted) -> Run:
    """Makes a run in a process begun for it."""
    return _make(wanted)
