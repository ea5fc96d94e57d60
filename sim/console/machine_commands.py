"""Commands about the machine the model runs on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.console.command import command
from sim.console.options import AsJson, Out, Quiet, Seed
from sim.console.printing import CHECK_FAILED, DONE, print_json, print_table


@command("jobcentre bench --rounds 12 --full")
def bench(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The scenario whose year is timed.")] = "baseline",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in which all take their turn; 6 are the fewest for a verdict.")] = 6,
    full: Annotated[bool, typer.Option("--full", help="Also plain SimPy, two processes, 230 and 2,300 coaches: minutes.")] = False,
    seed: Seed = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Measures the speed on this machine. Both engines beside programs in C and SimPy, as ratios with intervals."""
    from sim.experiments import bench as timed
    from sim.reporting.progress import tell_of_model
    from sim.scenario import load

    scenario = load(file)
    tell_of_model(quiet)
    found = timed.bench(scenario, rounds, seed, full, lambda text: None if quiet else print(text, file=sys.stderr))
    if as_json:
        print_json(found)
    else:
        header = ("what", "ratio", "interval", "rounds", "target", "verdict")
        print_table(f"Speed as ratios: {found['scenario']}, seed {seed}", header, timed.ratio_rows(found))
        print_table("Median times", ("what", "time"), timed.second_rows(found))
        if not quiet:
            print("\n".join(timed.notes(found)))
    return DONE


@command("jobcentre doctor --warm")
def doctor(
    warm: Annotated[bool, typer.Option("--warm", help="Also compile the model for both engines now.")] = False,
    out: Out = Path("outputs"),
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what does not work.")] = False,
) -> int:
    """Says what works on this machine and what does not. Exit status 1 if something is missing that runs need."""
    from sim.experiments.doctor import OK, findings, works
    from sim.reporting.progress import compiling

    found = findings(out)
    warmed, said = None, ""
    if warm and works(found):
        from sim.experiments.warming import warm_all, warmed_words

        warmed = warm_all(compiling(quiet))
        found, said = findings(out), warmed_words(warmed)
    if as_json:
        # not print_json, which needs packages that may be missing
        print(json.dumps({"works": works(found), "findings": [one._asdict() for one in found], "warmed": warmed}, indent=2))
    else:
        for one in found:
            if one.state != OK or not quiet:
                print(f"{one.what:<16}{one.state:<10}{one.words}" + (f"; to do: {one.advice}" if one.advice else ""))
        if said and not quiet:
            print(said)
    return DONE if works(found) else CHECK_FAILED
