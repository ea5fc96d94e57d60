"""Commands that answer a manager's question by trying values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jobcentre.commands.options import Execution, File, Responses, ScenarioOptions, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_expected, print_json
from jobcentre.commands.printing import print_err, print_prose, print_table

Targets = Annotated[
    list[str],
    typer.Option("--target", metavar="CONDITION", help='What an office-year must meet: "overloaded_share<=0.10"; may be repeated.'),
]
Probability = Annotated[float, typer.Option(min=0.01, max=0.999, help="Share of office-years that must meet all targets.")]
LeverName = Annotated[
    str,
    typer.Option(
        "--lever", help="coaches, appointments_per_day, protected_admin_minutes, days_to_hire, or the path of any figure (with --range)."
    ),
]
Range = Annotated[str | None, typer.Option("--range", metavar="LOW:HIGH[:STEP]", help="Values from which to choose.")]
Highest = Annotated[bool | None, typer.Option("--highest/--lowest", help="Look for the highest value that does, or for the lowest.")]
FixedRuns = Annotated[
    int | None, typer.Option(min=5, max=100_000, help="A number of runs for every value, chosen beforehand (fixed intervals).")
]
MostRuns = Annotated[
    int, typer.Option(min=25, max=100_000, help="Without --runs: values not decided get more runs, at 25, 50, 100 ... up to this.")
]
Uncertain = Annotated[bool, typer.Option("--uncertain", help="Also draw the assumed figures from their ranges.")]
SetsDrawn = Annotated[
    int, typer.Option("--draws", min=10, max=10_000, help="Draws of the assumed figures with --uncertain, each with 5 runs.")
]

RUNS_EACH = 5


@command('jobcentre staffing oxford_surge_step --target "overloaded_share<=0.25" --probability 0.9')
def staffing(
    file: File,
    target: Targets,
    probability: Probability = 0.9,
    lever: LeverName = "coaches",
    span: Range = None,
    highest: Highest = None,
    runs: FixedRuns = None,
    max_runs: MostRuns = 200,
    uncertain: Uncertain = False,
    drawn: SetsDrawn = 40,
    responses: Responses = True,
    *,
    inputs: ScenarioOptions,
    execution: Execution,
) -> int:
    """Finds the fewest coaches that meet targets with a stated probability. Or the value of another lever that does."""
    from jobcentre.report.page import write_report
    from jobcentre.studies.conditions import conditions_of
    from jobcentre.studies.levers import lever_of, values_of
    from jobcentre.studies.request import scenarios_of
    from jobcentre.studies.staffing import document, run_staffing, staffing_request, staffing_work
    from jobcentre.studies.staffing_search import StaffingQuestion, plan_of, takes_for_enough

    scenarios = scenarios_of([file], inputs.sets or (), inputs.weeks, inputs.window)
    ((name, base),) = scenarios.items()
    chosen = lever_of(lever, highest)
    values = values_of(span, chosen, base)
    in_order = values if chosen.more_is_generous else values[::-1]
    question = StaffingQuestion(name, chosen, in_order, conditions_of(target, "--target", scenarios), probability)
    request = staffing_request(question, base, inputs.seed, execution.out)
    plan = plan_of(runs, max_runs)
    takes = takes_for_enough(plan, probability)
    if takes and not execution.quiet and not execution.as_json:
        print_err(
            f"With so few runs no value can be shown to be enough, even if all of them meet the targets: {probability:.10g} takes "
            f"--runs {takes[0]} or more, or --max-runs {takes[1]} or more."
        )
    options, draws = execution.options(responses), drawn if uncertain else 0
    about = {"seed": inputs.seed, "engine": options.engine, "folder": str(request.experiment.folder)}
    if execution.dry_run:
        return print_expected(staffing_work(request, plan, draws, RUNS_EACH, options), options, about, execution.as_json)
    outcome = run_staffing(request, runs, max_runs, draws, RUNS_EACH, options)
    report = write_report(request.experiment.folder)
    answer = document(outcome)
    if execution.as_json:
        print_json({**about, "report": str(report), **answer})
    else:
        _print(answer, execution.quiet, request.experiment.folder, report)
    return CHECK_FAILED if outcome.failed else DONE


def _print(document: dict[str, Any], quiet: bool, folder: Path, report: Path) -> None:
    from jobcentre.report import staffing_text as words
    from jobcentre.report.elements import plain
    from jobcentre.report.tables import STAFF_NOTE

    over = words.over_responses(document)
    for line in (words.headline(document), *words.reasons(document), *([over] if over else []), *words.uncertainty_sentences(document)):
        print_prose([plain(line)])
    print_prose([""])
    rows = [[plain(cell) for cell in words.row_of(row)] for row in document["candidates"]]
    print_table(f"Values tried, changed {document['acts']}", [plain(cell) for cell in words.header(document)], rows)
    if not quiet:
        print_prose([*(plain(line) for line in words.notes(document)), STAFF_NOTE, f"Results: {folder}", f"Report: {report}"])
