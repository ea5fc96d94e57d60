"""The page on memory: what the command needs for sweeps of more and more runs, and what keeping a run costs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from jobcentre.metrics import measure, measure_with
from jobcentre.model import play, prepare
from jobcentre.runs import store
from jobcentre.runs.store import Run
from jobcentre.scenario import load
from validation.pages import SEED, table

ROOT = Path(__file__).parents[1]
RUNS = 50  # of each point, as many as a plan gets unless it says so
TENS = (100, 10, 1)
SHORT = ("--weeks", "2", "--quiet", "--json")
PROGRAM = """
import json, re, resource, sys, time
import cli
begun = time.perf_counter()
try:
    cli.main(sys.argv[1:])
except SystemExit as ended:
    # not ru_maxrss: a new process inherits that of the one that started it
    peak = re.search(r"VmHWM:\\\\s+(\\\\d+)", open("/proc/self/status").read())[1]
    processor = resource.getrusage(resource.RUSAGE_SELF)
    told = [int(ended.code or 0), int(peak) * 1024, time.perf_counter() - begun, processor.ru_utime + processor.ru_stime]
    print("\\\\n" + json.dumps(told), flush=True)
""".replace("\\\\", "\\")
#: Characters of the longest bar.
WIDTH = 40
#: Seconds of a run with which the cost of keeping one is compared.
USUAL_RUN = 0.4
KEPT = 200


class Peak(NamedTuple):
    """The peak memory of a command."""

    runs: int
    bytes: int
    seconds: float
    processor: float  # seconds, without those of the processes that made the runs


def memory_page(runs: int = 10_000) -> str:
    """The page; the largest sweep has so many runs."""
    sweeps = [peak_of_sweep(max(1, runs // part // RUNS)) for part in TENS]
    run = peak_of(("run", "diary", "--runs", str(runs), "--no-responses", *SHORT), runs)
    return page_of(sweeps, run, keeping(1), keeping(2))


def page_of(sweeps: list[Peak], run: Peak, alone: tuple[float, float], together: tuple[float, float]) -> str:
    """The page."""
    growth = (sweeps[-1].bytes - sweeps[0].bytes) / max(1, sweeps[-1].runs - sweeps[0].runs)
    longest = max(peak.bytes for peak in (*sweeps, run))
    return "\n\n".join([
        "# The memory of sweeps",
        f"Made by `python -m validation memory`: the most memory that the process of the command ever held (`VmHWM`), without the processes that "
        "make its runs, each of which needs what one run needs. Runs of `diary` over two weeks, a few thousandths of a second each; "
        f"{RUNS} runs of each point.",
        table(["sweep of", "points", "peak", "seconds", "processor", ""], [
            [f"{peak.runs:,} runs", str(peak.runs // RUNS), _size(peak.bytes), f"{peak.seconds:.0f}", f"{peak.processor:.1f} s", _bar(peak.bytes, longest)]
            for peak in sweeps
        ]),
        f"{growth / 1000:.1f} kB a run: its place, its digest and a line in the manifest stay until the end; its metrics are read point by point (the report grows with points). "
        "*Processor* is the time of the command's own process, with start, tables and report.",
        "## `run` for comparison",
        f"`jobcentre run diary --runs {run.runs}` makes its tables, and its report by week, of all runs at once: a peak of {_size(run.bytes)}, "
        f"{run.seconds:.0f} seconds. It refuses more runs than there is memory for before anything is made.",
        "## What keeping a run costs",
        f"A run of the baseline has {len(_measured())} values. To keep it takes {_milliseconds(alone)} where each is kept alone, and "
        f"{_milliseconds(together)} where two come together, as runs of {USUAL_RUN:g} seconds do: {100 * together[0] / USUAL_RUN:.1f} % of such a run in "
        "processor time. The rest is waiting for the disk, while other processes make the next runs; where a command makes its runs itself "
        "(`--jobs 0`), it keeps them once a second.",
    ]) + "\n"  # fmt: skip


def peak_of_sweep(points: int, runs: int = RUNS) -> Peak:
    """Measures the peak memory of a sweep over a number of points."""
    sampled = ("--set", "admin.factor=0.7:1.3", "--sampling", "latin_hypercube", "--points", str(points))
    return peak_of(("sweep", "diary", *sampled, "--runs", str(runs), *SHORT), points * runs)


def peak_of(arguments: tuple[str, ...], runs: int, before: str = "") -> Peak:
    """Measures the peak memory of a command in a process of its own; `before` is what the program does first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", before + PROGRAM, *arguments]
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "sim"), str(ROOT)])},
            capture_output=True,
            text=True,
            check=True,
        )
    status, peak, seconds, processor = json.loads(done.stdout.splitlines()[-1])
    if status or not re.search(rf'"(made|runs)": {runs}\b', done.stdout):
        raise RuntimeError(f"{' '.join(arguments)} ended with {status}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return Peak(runs, peak, seconds, processor)


def keeping(together: int) -> tuple[float, float]:
    """Seconds of processor time, and in all, that it takes to keep a run where so many are kept at once."""
    measured = _measured()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        processor, begun = time.process_time(), time.perf_counter()
        for first in range(0, KEPT, together):
            with store.opened(folder) as opened:
                for run in range(first, first + together):
                    store.save(opened, Run("baseline", run, "0" * 64, measured, run_key="one", point=1))
        return (time.process_time() - processor) / KEPT, (time.perf_counter() - begun) / KEPT


def _measured() -> dict[tuple[str, str | None], tuple[float, float]]:
    scenario = load("baseline", {"period.weeks": 2})
    return measure(play(prepare(scenario), SEED, 0, "compiled"), measure_with(scenario))


def _milliseconds(spent: tuple[float, float]) -> str:
    return f"{1000 * spent[0]:.1f} ms of processor time ({1000 * spent[1]:.0f} ms in all)"


def _bar(value: float, longest: float) -> str:
    return "█" * round(WIDTH * value / longest)


def _size(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"
