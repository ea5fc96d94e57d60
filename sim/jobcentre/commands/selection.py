"""The command select."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jobcentre.commands.options import AsJson, Engine, Jobs, Out, Quiet, Seed, Sets, Weeks, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_json, print_table


@command(
    "jobcentre select oxford_surge_step surge_with_early_relief surge_with_protected_admin_90 --metric overloaded_share --indifference 0.02"
)
def select(
    files: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios to choose from, two or more.")],
    metric: Annotated[str, typer.Option(metavar="NAME", help="The metric in which one is to be best.")],
    indifference: Annotated[
        float | None,
        typer.Option(metavar="D", help="A difference that would not matter, in the metric's unit (0.02: 2 points). Else the metric's own."),
    ] = None,
    confidence: Annotated[float, typer.Option(metavar="SHARE", help="Probability that the one selected is as promised.")] = 0.95,
    first_runs: Annotated[int, typer.Option(max=100_000, help="Runs of every scenario before the first is dropped.")] = 20,
    max_runs: Annotated[int, typer.Option(max=100_000, help="Runs of a scenario at most, decided or not.")] = 1000,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    sets: Sets = None,
    weeks: Weeks = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Selects the best of several scenarios in one metric. Those that fall behind get no further runs."""
    from jobcentre.commands.progress import announce_compiling, progress
    from jobcentre.commands.selection_text import selected_cells, selected_document, selected_notes, statement
    from jobcentre.runs.execute import ExecutionOptions
    from jobcentre.runs.folder import experiment
    from jobcentre.runs.worker import default_jobs
    from jobcentre.scenario.errors import usage_error, visible
    from jobcentre.studies.request import engine_of, scenarios_of
    from jobcentre.studies.selection import question_of, select_best

    if len(files) < 2:
        raise usage_error(files[0], "is the only scenario", "give two or more to choose from")
    question = question_of(metric, len(files), indifference, confidence, first_runs, max_runs)
    chosen, scenarios = engine_of(engine), scenarios_of(files, sets or (), weeks)
    asked = experiment(f"select-{next(iter(scenarios))}", scenarios, seed, out, question.plan)
    announce_compiling(quiet)
    how = ExecutionOptions(
        default_jobs() if jobs is None else jobs, chosen, command_line=["jobcentre", *sys.argv[1:]], progress=progress(quiet)
    )
    found = select_best(asked, question, max_runs, how)
    if as_json:
        print_json(selected_document(found, asked, max_runs, chosen))
    else:
        header = ("scenario", "runs", "mean of runs", "what became of it")
        print_table(f"{found.runs} runs, seed {seed}", header, selected_cells(found))
        print(visible(statement(found)))
        if not quiet:
            print(visible("\n".join([*selected_notes(found), f"Results: {asked.folder}"])))
    return CHECK_FAILED if found.failed else DONE
