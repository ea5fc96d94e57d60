"""Commands that show whether runs and this machine are right."""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from jobcentre.commands.options import AsJson, Engine, Jobs, Out, Quiet, Seed, Sets, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_json
from jobcentre.commands.printing import print_json_text, print_out


@command("jobcentre trace oxford_before --run 0 --coach 3 --date 2021-11-08")
def trace(
    source: Annotated[str, typer.Argument(metavar="RUN", help="An event log kept in a run folder (.parquet), or a scenario.")],
    coach: Annotated[int | None, typer.Option(min=0, help="A coach by number; with --date.")] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day to show.")] = None,
    customer: Annotated[int | None, typer.Option(min=0, help="A customer by number: a year of appointments.")] = None,
    number: Annotated[int, typer.Option("--run", min=0, help="Which run of a scenario.")] = 0,
    seed: Seed = 1,
    engine: Engine = "compiled",
    sets: Sets = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Shows a coach's day or a customer's year. It is read from the event log of a run."""
    from jobcentre.commands.progress import announce_compiling
    from jobcentre.diagnostics.trace import TraceError, coach_day, customer_year
    from jobcentre.scenario.errors import usage_error
    from jobcentre.studies.request import date_of, log_of

    if customer is not None and coach is None and date is None:
        page_of = functools.partial(customer_year, customer=customer)
    elif customer is None and coach is not None and date is not None:
        page_of = functools.partial(coach_day, coach=coach, date=date_of(date))
    else:
        raise usage_error("--coach", "what is to be shown?", "give --coach with --date, or --customer")
    if not source.endswith(".parquet"):
        announce_compiling(quiet)
    log = log_of(source, number, seed, engine, sets or ())
    try:
        page = page_of(log)
    except TraceError as error:
        raise usage_error(source, str(error)) from error
    if as_json:
        print_json({"digest": log.digest, **page.as_data()})
    else:
        print_out(page.as_text(), end="")
    return DONE


@command("jobcentre verify oxford_before oxford_surge_step --runs 2")
def verify(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="Scenario files, or bare names of some.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All scenario files.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Number of runs of each scenario.")] = 2,
    seed: Seed = 1,
    weeks: Annotated[int | None, typer.Option(min=1, help="Counted weeks; later changes are left out.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Plays runs on both engines and compares the logs row by row. Where they part it tells the first event and both offices."""
    from jobcentre.commands.progress import announce_compiling, progress
    from jobcentre.diagnostics.divergence_text import divergence_text, outcome, verify_document
    from jobcentre.diagnostics.verify import scenarios_to_verify, verified

    scenarios = scenarios_to_verify(files or (), every, weeks)
    announce_compiling(quiet)
    results = []
    for result in verified(scenarios, seed, runs, progress(quiet)):
        results.append(result)
        if result.divergence is not None and not as_json:
            print_out(divergence_text(result.divergence))
        elif not (as_json or quiet):
            print_out(outcome(result))
    if as_json:
        print_json(verify_document(results, seed))
    return CHECK_FAILED if any(result.divergence for result in results) else DONE


@command("jobcentre diff-runs oxford_before oxford_surge_step --run 0")
def diff_runs(
    first: Annotated[str, typer.Argument(metavar="A", help="An event log kept in a run folder (.parquet), or a scenario.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another log or scenario.")],
    number: Annotated[int, typer.Option("--run", min=0, max=2**32 - 1, help="Which run of a scenario.")] = 0,
    seed: Seed = 1,
    engine: Engine = "compiled",
    sets: Sets = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Tells the first event at which two runs differ. Exit status 0 if they are equal, 1 if not."""
    from jobcentre.commands.progress import announce_compiling
    from jobcentre.diagnostics.diff_runs import difference_document, difference_text, first_difference_of_runs

    if not (first.endswith(".parquet") and second.endswith(".parquet")):
        announce_compiling(quiet)
    difference = first_difference_of_runs((first, second), number, seed, engine, sets or ())
    if as_json:
        print_json(difference_document(difference, seed, number))
    elif not (quiet and difference.equal):
        print_out(difference_text(difference), end="")
    return DONE if difference.equal else CHECK_FAILED


@command("jobcentre reproduce outputs/oxford_before-0123456789 --runs 10")
def reproduce(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="A results folder, wherever it is, or its manifest.json.")],
    runs: Annotated[int | None, typer.Option(min=1, help="Only the first so many runs of each scenario.")] = None,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Makes the runs of a results folder again and compares. Exit status 1 if a run or a file differs; the folder is only read."""
    from jobcentre.commands.progress import announce_compiling, progress
    from jobcentre.diagnostics.reproduce import as_document, reproduction_text, version_differences, versions_text
    from jobcentre.diagnostics.reproduce import reproduce as made_again
    from jobcentre.runs.manifest import read_manifest
    from jobcentre.runs.worker import default_jobs
    from jobcentre.studies.request import engine_of

    chosen, saved = engine_of(engine), read_manifest(manifest)
    others = version_differences(saved)
    if not (as_json or quiet):
        for line in versions_text(saved, others):
            print_out(line)
    announce_compiling(quiet)
    folder = manifest if manifest.is_dir() else manifest.parent
    outcome = made_again(folder, saved, runs, default_jobs() if jobs is None else jobs, chosen, progress(quiet))
    if as_json:
        print_json(as_document(outcome, saved, others, chosen))
    elif not (quiet and outcome.equal):
        for line in reproduction_text(outcome, saved):
            print_out(line)
    return DONE if outcome.equal else CHECK_FAILED


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
    import subprocess

    from jobcentre.scenario.errors import usage_error

    root = Path(__file__).resolve().parents[3]
    if not (root / "benchmarks").is_dir():
        raise usage_error("bench", "the benchmarks are not part of the installed package", "run it from a clone of the source")
    arguments = [file, "--rounds", str(rounds), "--seed", str(seed), *["--full"] * full, *["--json"] * as_json, *["--quiet"] * quiet]
    search_path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], env=os.environ | {"PYTHONPATH": search_path}, check=False
    ).returncode


@command("jobcentre doctor --warm")
def doctor(
    warm: Annotated[bool, typer.Option("--warm", help="Also compile the model for both engines now.")] = False,
    out: Out = Path("outputs"),
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what does not work.")] = False,
) -> int:
    """Says what works on this machine and what does not. Exit status 1 if something is missing that runs need."""
    from jobcentre.commands.progress import compiling
    from jobcentre.diagnostics.doctor import OK, checks, works

    findings = checks(out)
    warmed, compiled_text = None, ""
    if warm and works(findings):
        from jobcentre.runs.execute import precompile_all, precompiled_text

        warmed = precompile_all(compiling(quiet))
        findings, compiled_text = checks(out), precompiled_text(warmed)
    if as_json:
        # not print_json, which needs packages that may be missing
        document = {"works": works(findings), "findings": [finding._asdict() for finding in findings], "warmed": warmed}
        print_json_text(json.dumps(document, indent=2))
    else:
        for finding in findings:
            if finding.state != OK or not quiet:
                print_out(f"{finding.what:<16}{finding.state:<10}{finding.text}" + (f"; to do: {finding.advice}" if finding.advice else ""))
        if compiled_text and not quiet:
            print_out(compiled_text)
    return DONE if works(findings) else CHECK_FAILED
