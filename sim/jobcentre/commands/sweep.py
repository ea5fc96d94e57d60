"""The command sweep, and what a dry run says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobcentre.commands.options import (
    AsJson,
    Cluster,
    DryRun,
    Engine,
    Events,
    Jobs,
    Out,
    Parquet,
    Quiet,
    RetryFailed,
    Seed,
    SharedStore,
    Sites,
    Weeks,
    command,
)
from jobcentre.commands.output import CHECK_FAILED, DONE, print_json, print_table

if TYPE_CHECKING:
    from jobcentre.runs.results import Summary
    from jobcentre.studies.sweep_plan import SweepPlan


def workers_for(cluster: str | None, jobs: int) -> int:
    """How many processes make runs; a cluster must be there, with the same versions."""
    if cluster is None:
        return max(jobs, 1)
    from jobcentre.runs.cluster import workers_of

    return workers_of(cluster)


def print_expected(told: dict[str, Any], as_json: bool) -> None:
    """Says what a sweep would do."""
    if as_json:
        print_json(told)
        return
    each = "" if told["seconds_a_run"] is None else f", about {told['seconds_a_run']:.2f} s each"
    print(f"{told['planned']} runs: {told['done']} are there, {told['missing']} to make{each}")
    seconds = told["seconds"]
    how_long = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
    print(
        f"About {how_long} with {told['workers']} process{'es' * (told['workers'] > 1)}, from runs timed just now\nFolder: {told['folder']}"
    )


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
    sets: Varied = None,
    runs: Runs = None,
    sampling: Sampling = None,
    points: Points = None,
    sampling_seed: SamplingSeed = None,
    metric: Metrics = None,
    sites: Sites = None,
    dry_run: DryRun = False,
    retry_failed: RetryFailed = False,
    parquet: Parquet = False,
    cluster: Cluster = None,
    shared: SharedStore = None,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    weeks: Weeks = None,
    events: Events = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Runs scenarios at many points. A plan file or --set says which figures are varied; the same command goes on where it stopped."""
    from jobcentre.commands.progress import announce_compiling, progress
    from jobcentre.report.page import FILE as REPORT
    from jobcentre.report.page import write_report
    from jobcentre.runs.execute import ExecutionOptions
    from jobcentre.runs.worker import default_jobs
    from jobcentre.studies.request import engine_of, scenarios_of, store_of
    from jobcentre.studies.sweep import run_sweep
    from jobcentre.studies.sweep_estimate import expected
    from jobcentre.studies.sweep_plan import notes
    from jobcentre.studies.sweep_request import requested_plan, sweep_of, table_of

    chosen_engine = engine_of(engine)
    asked, fixed = requested_plan(plan, sets or (), runs, sampling, points, sampling_seed, metric or (), sites)
    scenarios = scenarios_of(asked.scenarios, [f"{path}={value}" for path, value in fixed.items()], weeks)
    table = table_of(asked, list(scenarios.values()))
    wanted = sweep_of(asked, scenarios, table, seed, out)
    if not quiet:
        for note in notes(asked, list(scenarios.values())):
            print(f"note: {note}", file=sys.stderr)
    kept = store_of(shared)
    workers = workers_for(cluster, default_jobs() if jobs is None else jobs)
    announce_compiling(quiet)
    how = ExecutionOptions(
        default_jobs() if jobs is None else jobs, chosen_engine, events, ["jobcentre", *sys.argv[1:]], progress(quiet, workers),
        cluster=cluster, shared=kept, retry_failed=retry_failed, parquet=parquet,
    )  # fmt: skip
    folder = wanted.experiment.folder
    about = {"folder": str(folder), "seed": seed, "engine": chosen_engine, "points": len(asked.points), "runs": wanted.runs}
    if dry_run:
        coming = expected(wanted, how, workers)
        print_expected({**about, **coming._asdict(), "workers": workers}, as_json)
        return DONE
    done = run_sweep(wanted, how, write_report)
    report = folder / REPORT
    told = {**about, "planned": done.planned, "done": done.planned - done.failed, "failed": done.failed, "made": done.made}
    if as_json:
        print_json({**told, "intervals": done.kind, "report": str(report)})
    else:
        _print_points(asked, done.summaries)
        if not quiet:
            _print_end(told, done.kind, report)
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
    for (name, point), mine in list(cells.items())[:MOST_ROWS]:
        values = [str(value) for value in plan.points[point - 1]]
        rows.append([*([name] if several else []), *values, *(mine.get(metric, "") for metric in metrics)])
    print_table(plan.title, header, rows)
    if len(cells) > MOST_ROWS or len(plan.metrics) > MOST_METRICS:
        rest = f"The first {len(rows)} of {len(cells)} rows" if len(cells) > MOST_ROWS else "All points"
        print(f"{rest} in {len(metrics)} of {len(plan.metrics)} metrics; more in summary.csv and the report")


def _print_end(told: dict[str, Any], kind: str, report: Path) -> None:
    print(
        f"{told['runs']} runs of each of {told['points']} points, seed {told['seed']}. 95 % intervals ({kind}) for chance between "
        "runs only, each for itself: of 100 about 5 miss."
    )
    if told["failed"]:
        print(f"{told['failed']} runs failed and are left out; metrics.csv says which, --retry-failed tries them again")
    print("Coaches in the model are numbers: results must not be used to judge or predict a named member of staff.")
    print(f"Results: {told['folder']}\nReport: {report}")
