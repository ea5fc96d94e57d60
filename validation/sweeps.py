"""What handing out runs costs, how long the nation takes, and a sweep with its map: measured here, and what follows for more cores."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from jobcentre.metrics import BY_NAME
from jobcentre.runs import execute as making
from jobcentre.runs import store
from jobcentre.runs import worker as runners
from jobcentre.runs.batches import BatchQueue, RunId
from jobcentre.runs.cluster import make_on_cluster
from jobcentre.runs.execute import ExecutionOptions, precompile_all
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import MANIFEST
from jobcentre.runs.requests import SweepRequest, read_experiment
from jobcentre.runs.store import Run
from jobcentre.runs.worker import BatchResult, WorkerOptions, run_all, run_function
from jobcentre.scenario import load
from jobcentre.scenario.offices import read_sites
from jobcentre.studies.sweep import run_sweep
from jobcentre.studies.sweep_plan_file import read_plan, scenarios_of
from jobcentre.studies.sweep_request import nation_of, sweep_of
from validation.pages import SEED, table

#: Rounds in which the runners take turns, and runs of each in a round.
ROUNDS, RUNS = 5, 24
PLAN, TABLE, NATION = "coaches_by_appointments", "synthetic_646", "flexibility_by_trigger"
NATION_RUNS = 1
PROJECTED_CORES, PROJECTED_RUNS = (16, 256), 30
#: Runs that are kept together where hundreds of workers make them.
MANY = 50


class Cost(NamedTuple):
    """One way of making runs: its workers, seconds of the clock and seconds that its workers spent on runs, start-up left out."""

    name: str
    workers: int
    wall: float
    work: float
    runs: int

    @property
    def overhead(self) -> float:
        """Share of the workers' time that was not spent on runs."""
        return self.wall * self.workers / self.work - 1


def sweeps_page(rounds: int) -> str:
    """The page; sweep and nation are kept under outputs/, so that it goes on where it stopped."""
    precompile_all(lambda _share: None)
    out = Path("outputs") / "assurance"
    costs = runner_costs(rounds)
    keeping = keeping_seconds(2 * MANY, MANY)
    nation, planned = _nation(out)
    return "\n".join(
        [
            "# Sweeps: what they cost",
            "",
            "Made by `python -m validation sweeps`, on 2 cores. Times depend on the machine; overheads less.",
            "",
            *_runner_part(costs, keeping_seconds(MANY, 1), keeping),
            "",
            *_nation_part(nation, planned, costs, keeping),
            "",
            *sweep_part(_swept(out)),
            "",
        ]
    )


def runner_costs(rounds: int) -> list[Cost]:
    """Each runner in turn, round after round, on runs of an office of 23 coaches over a year."""
    scenario = load("baseline")
    provider = PlainScenarios({scenario.name: scenario}, SEED)
    ways: list[tuple[str, int]] = [("in the command's own process", 1), ("one process", 1), ("two processes", 2)]
    names = [*(name for name, _ in ways), "a Dask scheduler, one worker", "a Dask scheduler, two workers"]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    with cluster(1) as first, cluster(2) as second:
        for _ in range(rounds + 1):  # in the first, processes of the cluster read the compiled code
            for name, workers in ways:
                costs[name].append(_timed(name, workers, provider, None, 0 if name == ways[0][0] else workers))
            costs["a Dask scheduler, one worker"].append(_timed("a Dask scheduler, one worker", 1, provider, first, 0))
            costs["a Dask scheduler, two workers"].append(_timed("a Dask scheduler, two workers", 2, provider, second, 0))
    return [_together(repeats[1:]) for repeats in costs.values()]


def keeping_seconds(runs: int, together: int) -> float:
    """Measures the command's own time for a run made by a worker: saving it, several in a commit."""
    scenario = load("baseline")
    make = run_function(PlainScenarios({scenario.name: scenario}, SEED), WorkerOptions("compiled", by_week=False))
    single_run = make(RunId(scenario.name, 0))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        for first in range(0, runs, together):
            with store.opened(Path(folder)) as opened:
                for number in range(first, first + together):
                    store.save(opened, single_run._replace(run=number))
        return (time.perf_counter() - begun) / runs


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A Dask scheduler with workers on this machine; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1] / "sim"), str(Path(__file__).parents[1])])}
    command = [sys.executable, "-m", "dask"]
    address = f"tcp://127.0.0.1:{port}"
    begun = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for arguments in (
                ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
                ["worker", address, "--nthreads", "1", "--nworkers", str(workers), "--no-dashboard", "--local-directory", folder],
            ):
                silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                begun.append(subprocess.Popen([*command, *arguments], env=environment, start_new_session=True, **silent))
                time.sleep(3)
            yield address
        finally:
            for process in begun:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            for process in begun:
                process.wait(30)


def _timed(name: str, workers: int, provider: PlainScenarios, address: str | None, jobs: int) -> Cost:
    """From the first block that ends to the last; what processes need to begin is not in it."""
    scenario = next(iter(provider.scenarios))
    ends: list[float] = []
    work: list[float] = []

    def keep(runs: Sequence[Run]) -> None:
        if any(run.failure for run in runs):
            raise RuntimeError(runs[0].failure)
        ends.append(time.perf_counter())

    record_duration = BatchQueue.record_duration

    def listen(blocks: BatchQueue, block: Sequence[RunId], seconds: float) -> None:
        work.append(seconds)
        record_duration(blocks, block, seconds)

    todo = deque(RunId(scenario, run) for run in range(RUNS * workers + workers))
    options = WorkerOptions("compiled", by_week=False)
    with patch.object(BatchQueue, "record_duration", listen):  # which records how long each batch took its worker
        if address is not None:
            make_on_cluster(address, provider, todo, options, keep)
        elif jobs:
            run_all(provider, todo, options, keep, jobs=jobs)
        else:
            make = run_function(provider, options)
            while todo:
                batch_result: BatchResult = runners.run_batch(make, (todo.popleft(),))
                work.append(batch_result.seconds)
                keep(batch_result.runs)
    return Cost(name, workers, ends[-1] - ends[workers - 1], sum(work[workers:]), len(work) - workers)


def _together(costs: Sequence[Cost]) -> Cost:
    name, workers, *_ = costs[0]
    return Cost(name, workers, sum(cost.wall for cost in costs), sum(cost.work for cost in costs), sum(cost.runs for cost in costs))


def _runner_part(costs: Sequence[Cost], alone: float, keeping: float) -> list[str]:
    by_itself = costs[0].work / costs[0].runs
    rows = [
        [cost.name, str(cost.runs), f"{cost.work / cost.runs:.3f} s", f"{cost.wall / cost.runs:.3f} s", f"{100 * cost.overhead:+.1f} %"]
        for cost in costs
    ]
    head = ["runs are made", "blocks", "a block takes its worker", "one ends every", "overhead"]
    return [
        "## What handing out costs",
        "",
        f"Runs of the baseline (23 coaches, 78 weeks with the warm-up), {RUNS} to a worker in a round, the ways in turn. Overhead is the share of the "
        "workers' time that was not spent on runs, from the end of the first blocks on. Of two processes the second begins when the first has ended a block: "
        "its start, and the end, when one has nothing left to do, weigh much in so few runs. The two processes of this "
        f"machine slow each other: a block takes longer than alone ({by_itself:.3f} s). That is not overhead, but counts below.",
        "",
        table(head, rows),
        "",
        f"To keep a run takes the command itself {1000 * alone:.1f} ms on this disk if it is kept alone, and {1000 * keeping:.1f} ms if {MANY} are kept "
        f"together: runs that end within {making.TOGETHER} s of each other are.",
    ]


def _nation(out: Path) -> tuple[Path, int]:
    scenario = load(NATION)
    offices = read_sites(TABLE, [scenario])
    request = nation_of({scenario.name: scenario}, offices, NATION_RUNS, SEED, out)
    run_sweep(request, ExecutionOptions(runners.default_jobs(), "compiled"))
    return request.experiment.folder, request.planned


def _nation_part(folder: Path, planned: int, costs: Sequence[Cost], keeping: float) -> list[str]:
    took = took_of(folder)
    seconds, runs_made, jobs = took.seconds, took.runs, took.jobs
    each = seconds * jobs / runs_made  # seconds of a core
    slower = (costs[2].work / costs[2].runs) / (costs[1].work / costs[1].runs)
    handing = max(cost.overhead for cost in costs if "Dask" in cost.name)
    runs = planned // NATION_RUNS * PROJECTED_RUNS
    rows = []
    for cores in PROJECTED_CORES:
        shared = runs * each * (1 + max(handing, 0.0)) / cores
        rows.append([str(cores), f"{shared / 60:.1f} min", f"{runs * keeping / 60:.1f} min", f"{max(shared, runs * keeping) / 60:.1f} min"])
    return [
        "## The nation",
        "",
        f"`run {NATION} --sites {TABLE} --runs {NATION_RUNS}`: 646 offices, the warm-up and a year each. **{runs_made} runs on {jobs} cores in "
        f"{seconds / 60:.1f} minutes**, tables included: 646 offices in {seconds / NATION_RUNS / 60:.1f} minutes, "
        f"{each:.2f} s of a core for one office.",
        "",
        f"A **projection**, not a measurement, for {PROJECTED_RUNS} runs of 646 offices ({runs:,} runs): that time shared out over more cores, with the "
        f"overhead of the cluster as measured above, and at least what the command needs to keep the runs, {MANY} together. It takes for granted that "
        f"cores of other machines are as fast as these two at once (which slow each other by {100 * (slower - 1):.0f} % on this machine), and a network "
        "that carries some hundred kilobytes a second.",
        "",
        table(["cores", "the runs, shared out", "keeping them", "so at least"], rows),
        "",
        *_tails(folder),
    ]


def _tails(folder: Path) -> list[str]:
    rows = {row["figure"]: row for row in _rows(folder / "tails.csv") if not row["region"]}
    tip, eased = rows["share_of_offices_tip_over"], rows["share_of_offices_ever_eased"]

    def share(row: dict[str, str]) -> str:
        mean, low, high = (f"{100 * float(row[key]):.1f}" if row[key] else "" for key in ("value", "low", "high"))
        return f"{mean} % ({low} to {high})" if low and high else f"{mean} %"

    runs = int(tip["n"])

    return [
        f"What it gives, for offices that do not exist: {share(tip)} of offices tip over in a year (`{tip['metric']}`, a mark that is assumed), "
        f"{share(eased)} ease appointments at some time by the scenario's rule; more than half of jobcentres did so between September 2023 and "
        f"November 2024 (B6). The rule's thresholds are assumed, and were not set for this. From {runs} run{'s' * (runs > 1)} of the nation; "
        + ("intervals are for chance between runs only." if tip["low"] else "below 5 there is no interval."),
    ]


def _swept(out: Path) -> Path:
    """The folder of the sweep, whose runs are all there."""
    plan = read_plan(PLAN)
    request = sweep_of(plan, {scenario.name: scenario for scenario in scenarios_of(plan)}, None, SEED, out)
    run_sweep(request, ExecutionOptions(runners.default_jobs(), "compiled"))
    return request.experiment.folder


def sweep_part(folder: Path) -> list[str]:
    """What a sweep of two figures gave and took, from its folder alone."""
    experiment, took = read_experiment(folder), took_of(folder)
    plan = experiment.request
    assert isinstance(plan, SweepRequest)
    down, across = plan.axes
    lines = [
        f"## A sweep: {plan.title.lower()}",
        "",
        f"`sweep {experiment.name.removeprefix('sweep-')}`: {plan.question} {len(plan.points)} points of {plan.runs} runs, **{took.runs:,} runs in {took.seconds / 60:.0f} minutes** "
        f"of {took.commands} command{'s' * (took.commands > 1)} on {took.jobs} cores. Its report draws these tables as maps.",
    ]
    values: dict[str, dict[str, str]] = {}
    for row in _rows(folder / "points.csv"):
        values.setdefault(row["point"], {})[row["figure"]] = row["value"]
    for metric in plan.metrics[:2]:
        means = {row["point"]: float(row["mean"]) for row in _rows(folder / "summary.csv") if row["metric"] == metric and not row["group"]}
        cells = {(values[point][down.name], values[point][across.name]): mean for point, mean in means.items()}
        rows = [[str(low), *(f"{100 * cells[str(low), str(high)]:.0f}" for high in across.values)] for low in down.values]
        lines += ["", f"{BY_NAME[metric].label}, per cent, by {down.label.lower()} (down) and {across.label.lower()} (across):", ""]
        lines += [table([down.label, *map(str, across.values)], rows)]
    return [*lines, "", "Means over runs, for chance between runs only; their intervals are in `summary.csv` of the folder."]


class Took(NamedTuple):
    """The time of the commands that made a folder's runs."""

    commands: int
    runs: int
    seconds: float
    jobs: int


def took_of(folder: Path) -> Took:
    """Reads that time from the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    commands = [command for command in manifest["commands"] if command["runs_made"]]
    return Took(
        len(commands),
        sum(command["runs_made"] for command in commands),
        sum(command["seconds"] for command in commands),
        commands[-1]["jobs"],
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
