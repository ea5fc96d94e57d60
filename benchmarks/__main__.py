"""`python -m benchmarks`: measures the speed on this machine; `jobcentre bench` calls it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from benchmarks.bench import bench, notes, ratio_rows, second_rows
from jobcentre.commands.app import application, run_application
from jobcentre.commands.options import AsJson, Quiet, Seed, command
from jobcentre.commands.output import DONE, print_json, print_table
from jobcentre.commands.progress import announce_compiling
from jobcentre.scenario import load


@command("python -m benchmarks --rounds 12 --full")
def main(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The scenario whose year is timed.")] = "baseline",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in which all take their turn; 6 are the fewest for a verdict.")] = 6,
    full: Annotated[bool, typer.Option("--full", help="Also plain SimPy, two processes, 230 and 2,300 coaches: minutes.")] = False,
    seed: Seed = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Measures the speed on this machine. Both engines beside programs in C and SimPy, as ratios with intervals."""
    scenario = load(file)
    announce_compiling(quiet)
    measured = bench(scenario, rounds, seed, full, lambda text: None if quiet else print(text, file=sys.stderr))
    if as_json:
        print_json(measured)
    else:
        header = ("what", "ratio", "interval", "rounds", "target", "verdict")
        print_table(f"Speed as ratios: {measured['scenario']}, seed {seed}", header, ratio_rows(measured))
        print_table("Median times", ("what", "time"), second_rows(measured))
        if not quiet:
            print("\n".join(notes(measured)))
    return DONE


if __name__ == "__main__":
    run_application(application([main], "Measures the speed on this machine."), "python -m benchmarks")
