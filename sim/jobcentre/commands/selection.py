"""The command select."""

from __future__ import annotations

from typing import Annotated

import typer

from jobcentre.commands.options import Execution, ScenarioOptions, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_expected, print_json
from jobcentre.commands.printing import print_prose, print_table


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
    *,
    inputs: ScenarioOptions,
    execution: Execution,
) -> int:
    """Selects the best of several scenarios in one metric. Those that fall behind get no further runs."""
    from jobcentre.report.page import write_report
    from jobcentre.report.selection import notes, rows_of, statement
    from jobcentre.scenario.errors import usage_error
    from jobcentre.studies.request import scenarios_of
    from jobcentre.studies.selection import document, question_of, select_best, selection_of, selection_work

    if len(files) < 2:
        raise usage_error(files[0], "is the only scenario", "give two or more to choose from")
    question = question_of(metric, len(files), indifference, confidence, first_runs, max_runs)
    scenarios = scenarios_of(files, inputs.sets or (), inputs.weeks, inputs.window)
    request = selection_of(scenarios, question, inputs.seed, execution.out)
    options = execution.options()
    about = {"seed": inputs.seed, "engine": options.engine, "folder": str(request.folder)}
    if execution.dry_run:
        return print_expected(selection_work(request, question, max_runs, options), options, about, execution.as_json)
    selected = select_best(request, question, max_runs, options)
    report, answer = write_report(request.folder), document(selected, max_runs)
    if execution.as_json:
        print_json({**about, "report": str(report), "statement": statement(answer), **answer})
    else:
        header = ("scenario", "runs", "mean of runs", "what became of it")
        print_table(f"{selected.runs} runs, seed {inputs.seed}", header, rows_of(answer))
        print_prose([statement(answer)])
        if not execution.quiet:
            print_prose([*notes(answer), f"Results: {request.folder}", f"Report: {report}"])
    return CHECK_FAILED if selected.failed else DONE
