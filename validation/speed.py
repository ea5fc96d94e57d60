"""How fast the program is: the bench, the first and second start, and a year of the whole country, on this machine.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import bench as timed
from jobcentre.runs.machine import version_of
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import load
from validation.pages import SEED, say, table
from validation.scale import scale_sections

ROOT = Path(__file__).parents[1]
ROUNDS = 12
OFFICES, COACHES, WEEKS = 646, 26, 52
#: What a program does that uses the model as a library.
IN_PYTHON = "from jobcentre.model import simulate; from jobcentre.scenario import load; simulate(load('reference_workload'))"
ONE_RUN = ("run", "reference_workload", "--runs", "1", "--jobs", "0", "--quiet")
NATION = (
    "run", "baseline", "--runs", str(OFFICES), "--weeks", str(WEEKS), "--set", "period.warmup_weeks=0", "--no-responses", "--quiet",
    *(word for path in ("office.coaches", "office.establishment", "demand.posts") for word in ("--set", f"{path}={COACHES}")),
)  # fmt: skip


def command(*arguments: str, cache: Path, out: Path | None = None) -> float:
    """Seconds that a command of ours takes, in a process of its own."""
    return process(str(ROOT / "cli.py"), *arguments, *(["--out", str(out)] if out else []), cache=cache)


def process(*arguments: str, cache: Path) -> float:
    """Seconds that Python takes for something, from its start to its end."""
    environment = os.environ | {"JOBCENTRE_CACHE_DIR": str(cache), "PYTHONPATH": os.pathsep.join([str(ROOT / "sim"), str(ROOT)])}
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def starts(folder: Path) -> list[tuple[str, str]]:
    """Measures the start-up time on a fresh machine: nothing compiled, then all compiled."""
    cache = folder / "compiled"
    first = command(*ONE_RUN, cache=cache, out=folder / "first")
    again = [command(*ONE_RUN, cache=cache, out=folder / f"again{number}") for number in range(5)]
    in_python = [process("-c", IN_PYTHON, cache=cache) for _ in range(5)]
    simpy = command(*ONE_RUN, "--engine", "simpy", cache=cache, out=folder / "simpy")
    helped = [command("--help", cache=cache) for _ in range(5)]
    return [
        ("`jobcentre run reference_workload --runs 1`, nothing compiled", f"{first:.1f} s"),
        (
            "the same again, into another folder: three responses to strain, event logs, tables and report (median of 5)",
            f"{statistics.median(again):.2f} s",
        ),
        (
            "of that, what one run takes with its start: a Python process that imports `jobcentre.model` and plays it (median of 5)",
            f"{statistics.median(in_python):.2f} s",
        ),
        ("the same command with `--engine simpy`, whose steps are not yet compiled", f"{simpy:.1f} s"),
        ("`jobcentre --help` (median of 5)", f"{statistics.median(helped):.2f} s"),
    ]


def nation(folder: Path) -> str:
    """A year of as many offices as there are jobcentres, each one run of its own."""
    command(*ONE_RUN, cache=folder / "compiled", out=folder / "warm")
    seconds = command(*NATION, cache=folder / "compiled", out=folder / "nation")
    shown = " ".join(word for word in NATION if word != "--quiet")
    return (
        f"`jobcentre {shown}` on {default_jobs()} cores: **{seconds:.0f} s** from the command line to the finished folder, "
        f"{OFFICES / seconds:.1f} office-years a second. The offices are runs of one scenario with {COACHES} coaches; "
        "the full event log in memory, all metrics, weekly table, digest and store are included."
    )


def speed_page(rounds: int) -> str:
    """The page, from so many rounds of the bench."""
    measured = timed.bench(load("baseline"), rounds, SEED, True, say)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        waits, country = starts(folder), nation(folder)
    versions = ", ".join(f"{package} {version_of(package)}" for package in ("numba", "llvmlite", "numpy", "simpy"))
    return "\n\n".join([
        "# How fast it is",
        f"Measured on {_processor()}, {default_jobs()} cores, Python {platform.python_version()}, {versions}; "
        f"made by `python -m validation speed {rounds}`, which is part of `make assurance`. Ratios are of times taken in turn; "
        "seconds are medians and hold for this machine only.",
        table(("what", "ratio", "interval", "rounds", "target", "verdict"), timed.ratio_rows(measured)),
        "\n".join(f"- {note}" for note in timed.notes(measured)),
        "## Seconds",
        table(("what", "time"), timed.second_rows(measured)),
        "## The first start and the second",
        table(("what", "time"), waits),
        "## A year of the whole country",
        country,
        *scale_sections(),
    ]) + "\n"  # fmt: skip


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    )
    return names[0] if names else platform.processor() or platform.machine()
