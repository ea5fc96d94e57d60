"""The command select: the options it reads, what it prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jobcentre.commands.options import AsJson, Engine, Jobs, Out, Quiet, Seed, Sets, Weeks, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_json, print_table
from jobcentre.metrics import BY_NAME
from jobcentre.report.tables import PER_CENT, Rows, shown
from jobcentre.runs.folder import Experiment, json_ready
from jobcentre.studies.selection import Selected


def selected_document(found: Selected, asked: Experiment, max_runs: int, engine: str) -> dict[str, Any]:
    """What `select --json` prints."""
    return {
        **found.question.plan,
        "max_runs": max_runs,
        "seed": asked.seed,
        "engine": engine,
        "folder": str(asked.folder),
        "decided": found.decided,
        "selected": found.left[0] if found.decided else None,
        "left": found.left,
        "runs": found.runs,
        "statement": statement(found),
        "scenarios": json_ready(found.rows),
        "failed": [{"scenario": run.scenario, "point": run.point, "run": run.run, "message": run.failure} for run in found.failed],
    }


def selected_cells(found: Selected) -> Rows:
    """One row per scenario."""
    unit = BY_NAME[found.question.metric].unit
    kept = "selected" if found.decided else "left"
    gone = (kept if row.left else f"dropped after {row.eliminated_at_run} runs, behind {row.eliminated_by}" for row in found.rows)
    return [(row.scenario, str(row.runs), shown(row.mean, unit), what) for row, what in zip(found.rows, gone, strict=True)]


def selected_notes(found: Selected) -> list[str]:
    """What must be said beside the answer."""
    said = [f"Run {run.run} of {run.scenario} failed and is left out everywhere: {run.failure}" for run in found.failed]
    said.append(
        "For chance between runs only; doubt about the figures themselves is not in it. Means are those of the runs' own values "
        "(summary.csv has sum over sum), and are no fair estimates: the runs ended because of them."
    )
    said.append("Coaches in the model are numbers: results must not be used to judge or predict a named member of staff.")
    return said


def statement(found: Selected) -> str:
    """What may be said of the scenario selected, or which ones are left."""
    question = found.question
    declared = BY_NAME[question.metric]
    label, many = declared.label.lower(), len(found.rows)
    zone = shown(question.indifference, declared.unit, signed=True).lstrip("+")
    if declared.unit not in PER_CENT and "pound" not in declared.unit:
        zone += f" {declared.unit}"
    if found.decided:
        return (
            f"With {100 * question.confidence:g} % probability {found.left[0]} is the best of these {many} in {label} "
            f"({question.better} is better), or within {zone} of the best. This takes the values of runs for about normal."
        )
    left = ", ".join(found.left)
    if not any(row.runs for row in found.rows):
        return f"Not decided: none of {found.runs} runs has a value of {label} in every scenario. Left: {left}."
    return f"Not decided after {found.runs} runs: {len(found.left)} of {many} scenarios are left ({left}). More --max-runs go on from here."


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
    from jobcentre.commands.progress import progress, tell_of_model
    from jobcentre.runs.execute import How
    from jobcentre.runs.folder import experiment
    from jobcentre.runs.worker import default_jobs
    from jobcentre.scenario.errors import refused, visible
    from jobcentre.studies.request import engine_of, scenarios_of
    from jobcentre.studies.selection import question_of, select_best

    if len(files) < 2:
        raise refused(files[0], "is the only scenario", "give two or more to choose from")
    question = question_of(metric, len(files), indifference, confidence, first_runs, max_runs)
    chosen, scenarios = engine_of(engine), scenarios_of(files, sets or (), weeks)
    asked = experiment(f"select-{next(iter(scenarios))}", scenarios, seed, out, question.plan)
    tell_of_model(quiet)
    how = How(default_jobs() if jobs is None else jobs, chosen, command_line=["jobcentre", *sys.argv[1:]], progress=progress(quiet))
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
