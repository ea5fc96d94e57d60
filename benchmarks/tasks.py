"""What the engines do when it is their turn to be timed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.log_cost import log_seconds
from benchmarks.timing import Turn, clocked
from jobcentre.metrics import measure, measure_all, measure_with
from jobcentre.model import Engine, play, prepare
from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.processes import TaskResult, Worker, WorkerTask, task_results
from jobcentre.runs.store import PackedText
from jobcentre.runs.worker import WorkerOptions, new_worker, run_batch_in_worker
from jobcentre.scenario import Scenario, vary

WEEK_DAYS = 7
#: Runs that each process makes in a turn of the workers.
RUNS_EACH = 3


def engine_turn(name: str, scenario: Scenario, seed: int, engine: Engine = "compiled", per: int = 1) -> Turn:
    """One run, its log in memory and not digested; the seconds are divided by `per`."""
    inputs = prepare(scenario)
    return lambda number: {name: clocked(lambda: play(inputs, seed, number, engine))[0] / per}


def log_turn(name: str, scenario: Scenario, seed: int) -> Turn:
    """Writing the log of one run again; the run itself is not timed."""
    inputs = prepare(scenario)
    rows = play(inputs, seed, 0).rows
    log_seconds(inputs, seed, 0, rows)  # compiles

    def turn(number: int) -> dict[str, float]:
        seconds = log_seconds(inputs, seed, 0, rows)
        return {name: seconds, f"{name}, per row": seconds / len(rows)}

    return turn


def measured_turn(name: str, scenario: Scenario, seed: int) -> Turn:
    """One run and what a worker makes of its log: all metrics and the table by week, packed, and the digest; metrics alone beside it."""
    inputs, measuring = prepare(scenario), measure_with(scenario)

    def turn(number: int) -> dict[str, float]:
        simulated, log = clocked(lambda: play(inputs, seed, number))
        metrics, _ = clocked(lambda: measure(log, measuring))
        tables, _ = clocked(lambda: PackedText.of(measure_all(log, measuring)[2].csv()))
        digest, _ = clocked(lambda: log.digest)
        return {
            name: simulated,
            f"{name}: metrics": metrics,
            f"{name}: metrics and table by week": tables,
            f"{name}: digest": digest,
            f"{name}, log and metrics": simulated + metrics,
            f"{name}, what is made of the log": tables + digest,
            f"{name}, all that a worker does": simulated + tables + digest,
        }

    turn(0)
    return turn


def at_scale(scenario: Scenario, coaches: int, weeks: int) -> Scenario:
    """The scenario for an office of so many coaches with the customers that belong to them."""
    size = {"office.coaches": coaches, "office.establishment": coaches, "demand.posts": coaches}
    return vary(scenario, weeks_in_all(weeks) | size)


def weeks_in_all(weeks: int) -> dict[str, Any]:
    """Changes that make a scenario run so many weeks, all of them counted."""
    return {"period.warmup_weeks": 0, "period.weeks": weeks, "period.reference_date": None}


def coach_days(coaches: int, weeks: int) -> int:
    """Days of all coaches, of the whole week: a constant share of them are worked."""
    return coaches * weeks * WEEK_DAYS


@contextmanager
def workers(scenario: Scenario, seed: int, number: int) -> Iterator[list[Worker]]:
    """Processes as those of `jobcentre run`, after two runs, so that start-up is over."""
    begun = [new_worker(PlainScenarios({scenario.name: scenario}, seed), WorkerOptions("compiled")) for _ in range(number)]
    try:
        for worker in begun:
            _make_runs([worker], scenario.name, 2)
        yield begun
    finally:
        for worker in begun:
            worker.kill()


def workers_turn(first: str, second: str, begun: list[Worker], scenario: Scenario) -> Turn:
    """The same number of runs in each process: in the first alone, then in all at once, or the other way round."""

    def turn(number: int) -> dict[str, float]:
        parts = [(first, begun[:1]), (second, begun)]
        return {name: clocked(partial(_make_runs, some, scenario.name, RUNS_EACH))[0] for name, some in parts[:: (-1) ** number]}

    return turn


def peak_megabytes(worker: Worker) -> float | None:
    """Most memory that a process has had, or None where the system does not tell."""
    worker.submit(WorkerTask(_own_peak))
    (answer,) = task_results([worker])
    peak: float | None = _value(answer)
    return peak


def _own_peak(_given: None) -> float | None:
    status = Path("/proc/self/status")
    # not ru_maxrss: a new process inherits that of the one that started it
    peak = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(peak[1]) * 1024 / 1e6 if peak else None


def _make_runs(begun: list[Worker], name: str, runs: int) -> None:
    for worker in begun:
        for run in range(runs):
            worker.submit(WorkerTask(run_batch_in_worker, (RunId(name, run),)))
    for answer in task_results(begun):
        for run in _value(answer).runs:
            if run.failure:
                raise RuntimeError(run.failure)


def _value(answer: TaskResult) -> Any:
    if answer.worker_lost:
        raise RuntimeError("a process of the bench died")
    return answer.value
