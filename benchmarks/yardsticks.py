"""The yardsticks: programs of benchmarks/ that play the reference workload, built where need be and run on their own."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.timing import Turn

FOLDER = Path(__file__).parent
HEAP, TUNED, PLAIN = "C heap", "tuned SimPy", "plain SimPy"
FILES = {HEAP: "heap.c", TUNED: "tuned_simpy.py", PLAIN: "plain_simpy.py"}
#: Runs in one turn. A C run is as short as a hiccup of the machine, hence the median of several.
RUNS = {HEAP: 7, TUNED: 1, PLAIN: 1}
#: No fused operations, so that the same bits come out everywhere.
FLAGS = ("-O3", "-ffp-contract=off")

Outcome = dict[str, float]


class NotHere(RuntimeError):
    """A yardstick that this machine cannot have, and why."""


def command_of(peer: str, folder: Path) -> list[str]:
    """The words that start a peer; the C program is built in the folder first."""
    source = FOLDER / FILES[peer]
    if not source.exists():
        raise NotHere(f"{peer}: {source} is not part of this installation")
    return [str(_built(source, folder))] if source.suffix == ".c" else [sys.executable, str(source)]


def outcomes(command: Sequence[str], runs: int, first_seed: int) -> list[Outcome]:
    """Makes runs in one process and gives seconds, held, failed, wait_minutes and busy_share of each."""
    done = subprocess.run([*command, str(runs), str(first_seed)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def peer_turn(peer: str, folder: Path, seed: int) -> Turn:
    """A turn that runs the peer in a process of its own; the seconds are those it tells of itself, median of its runs."""
    command, runs = command_of(peer, folder), RUNS[peer]
    return lambda number: {peer: statistics.median(outcome["seconds"] for outcome in outcomes(command, runs, seed + number * runs))}


def _built(source: Path, folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotHere(f"{HEAP}: there is no C compiler here (neither `cc` nor `gcc`)")
    program = folder / source.stem
    done = subprocess.run([compiler, *FLAGS, "-o", str(program), str(source), "-lm"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"{HEAP}: `{compiler}` cannot build it: {' '.join(done.stderr.split())[:300]}")
    return program
