"""The command sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobcentre.commands.options import KeepingExecution, RetryFailed, Seed, Sites, Weeks, Window, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_expected, print_json
from jobcentre.commands.printing import print_err, print_prose, print_table
from jobcentre.commands.progress import checking

if TYPE_CHECKING:
    from jobcentre.runs.results import Summary
    from jobcentre.studies.sweep_plan import SweepPlan


PlanOrScenarios = Annotated[list[str], typer.Argument(metavar="PLAN", help="A plan file, or scenarios that --set varies.")]
Varied = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUES", help="18:27:3 or 18,23,27 varies a figure, one value sets it everywhere; may be repeated."
    ),
]
Runs = Annotated[int | None, typer.Option(min=1, max=100_000, help="Runs of each point; those of the plan, or 50, unless given.")]
Sampling = Annotated[str | None, typer.Option(metavar="KIND", help="grid (all combinations), list, latin_hypercube or sobol.")]
Points = Annotated[int | None, typer.Option(min=1, help="Number of points of latin_hypercube or sobol.")]
SamplingSeed = Annotated[int | None, typer.Option(min=0, help="Chooses other points of latin_hypercube or sobol.")]
Metrics = Annotated[list[str] | None, typer.Option("--metric", metavar="NAME", help="Shown first in the report; may be repeated.")]
#: Of the table on the screen.
MOST_ROWS, MOST_METRICS = 40, 4


@command("jobcentre sweep coaches_by_appointments --dry-run")
def sweep(
    plan: PlanOrScenarios,
    execution: KeepingExecution,
    *,
    sets: Varied = None,
    runs: Runs = None,
    sampling: Sampling = None,
    points: Points = None,
    sampling_seed: SamplingSeed = None,
    metric: Metrics = None,
    sites: Sites = None,
    retry_failed: RetryFailed = False,
    seed: Seed = 1,
    weeks: Weeks = None,
    window: Window = None,
) -> int:
    """Runs scenarios at many points. A plan file or --set says which figures are varied; the same command goes on where it stopped."""
    from jobcentre.metrics.windows import headline_window, untested_reason
    from jobcentre.report.page import FILE as REPORT
    from jobcentre.report.page import write_report
    from jobcentre.studies.request import scenarios_of
    from jobcentre.studies.sweep import run_sweep, sweep_work
    from jobcentre.studies.sweep_plan import notes
    from jobcentre.studies.sweep_request import requested_plan, sweep_of, table_of

    swept, fixed = requested_plan(plan, sets or (), runs, sampling, points, sampling_seed, metric or (), sites)
    scenarios = scenarios_of(swept.scenarios, [f"{path}={value}" for path, value in fixed.items()], weeks, window)
    table = table_of(swept, list(scenarios.values()))
    request = sweep_of(swept, scenarios, table, seed, execution.out, checking(execution.quiet, f"{len(swept.points):,} points"))
    if not execution.quiet:
        for note in notes(swept, list(scenarios.values())):
            print_err(f"note: {note}")
        if reason := untested_reason(scenarios):
            print_err(f"note: {reason}: all numbers mix the time before it with that after it; count more weeks, or say --window FROM:TO")
    options = execution.options(retry_failed=retry_failed)
    folder = request.experiment.folder
    about = {"folder": str(folder), "seed": seed, "engine": options.engine, "points": len(swept.points), "runs": request.runs} | {
        "window": headline_window(next(iter(scenarios.values()))).document
    }
    if execution.dry_run:
        return print_expected(sweep_work(request, options), options, about, execution.as_json)
    done = run_sweep(request, options, write_report)
    report = folder / REPORT
    document = {**about, "planned": done.planned, "done": done.planned - done.failed, "failed": done.failed, "made": done.made}
    if execution.as_json:
        print_json({**document, "intervals": done.kind, "report": str(report)})
    else:
        _print_points(swept, done.summaries)
        if not execution.quiet:
            _print_end(document, done.kind, report)
    return CHECK_FAILED if done.failed else DONE


def _print_points(plan: SweepPlan, summaries: Sequence[Summary]) -> None:
    """One row per scenario and point, if they are few."""
    from jobcentre.metrics import BY_NAME
    from jobcentre.report.tables import with_interval

    metrics, several = plan.metrics[:MOST_METRICS], len(plan.scenarios) > 1
    cells: dict[tuple[str, int], dict[str, str]] = {}
    for row in summaries:
        cells.setdefault((row.scenario, row.point), {})[row.metric] = with_interval(row.mean, row.low, row.high, row.unit)
    header = [*(["scenario"] if several else []), *plan.axes, *(BY_NAME[name].label for name in metrics)]
    rows = []
    for (name, point), cells_of_point in list(cells.items())[:MOST_ROWS]:
        values = [str(value) for value in plan.points[point - 1]]
        rows.append([*([name] if several else []), *values, *(cells_of_point.get(metric, "") for metric in metrics)])
    print_table(plan.title, header, rows, keys=len(header) - len(metrics))
    if len(cells) > MOST_ROWS or len(plan.metrics) > MOST_METRICS:
        rest = f"The first {len(rows)} of {len(cells)} rows" if len(cells) > MOST_ROWS else "All points"
        print_prose([f"{rest} in {len(metrics)} of {len(plan.metrics)} metrics; more in summary.csv and the report"])


def _print_end(document: dict[str, Any], kind: str, report: Path) -> None:
    from jobcentre.report.tables import STAFF_NOTE

    lines = [
        f"{document['runs']} runs of each of {document['points']} points, seed {document['seed']}. 95 % intervals ({kind}) for chance "
        "between runs only, each for itself: of 100 about 5 miss."
    ]
    if document["failed"]:
        lines.append(f"{document['failed']} runs failed and are left out; metrics.csv says which, --retry-failed tries them again")
    print_prose([*lines, STAFF_NOTE, f"Results: {document['folder']}", f"Report: {report}"])
