"""Commands that make runs at many points."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.console.command import command
from sim.console.expected import print_expected, workers_for
from sim.console.options import (
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
)
from sim.console.printing import CHECK_FAILED, DONE, print_json, print_table

if TYPE_CHECKING:
    from sim.experiments.sweeps.plan import Plan
    from sim.results import Summary

Asked = Annotated[list[str], typer.Argument(metavar="PLAN", help="A plan file, or scenarios that --set varies.")]
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
    plan: Asked,
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
    from sim.experiments.asking import engine_of, scenarios_of, store_of
    from sim.experiments.making import How
    from sim.experiments.runners import default_jobs
    from sim.experiments.sweeps.asking import asked_plan, sweep_of, table_of
    from sim.experiments.sweeps.carry_out import carry_out_sweep
    from sim.experiments.sweeps.pilot import expected
    from sim.experiments.sweeps.plan import notes
    from sim.reporting.progress import progress, tell_of_model
    from sim.reporting.report.page import FILE as REPORT
    from sim.reporting.report.page import write_report

    chosen_engine = engine_of(engine)
    asked, fixed = asked_plan(plan, sets or (), runs, sampling, points, sampling_seed, metric or (), sites)
    scenarios = scenarios_of(asked.scenarios, [f"{path}={value}" for path, value in fixed.items()], weeks)
    table = table_of(asked, list(scenarios.values()))
    wanted = sweep_of(asked, scenarios, table, seed, out)
    if not quiet:
        for note in notes(asked, list(scenarios.values())):
            print(f"note: {note}", file=sys.stderr)
    kept = store_of(shared)
    workers = workers_for(cluster, default_jobs() if jobs is None else jobs)
    tell_of_model(quiet)
    how = How(
        default_jobs() if jobs is None else jobs, chosen_engine, events, ["jobcentre", *sys.argv[1:]], progress(quiet, workers),
        cluster=cluster, shared=kept, retry_failed=retry_failed, parquet=parquet,
    )  # fmt: skip
    folder = wanted.experiment.folder
    about = {"folder": str(folder), "seed": seed, "engine": chosen_engine, "points": len(asked.points), "runs": wanted.runs}
    if dry_run:
        coming = expected(wanted, how, workers)
        print_expected({**about, **coming._asdict(), "workers": workers}, as_json)
        return DONE
    done = carry_out_sweep(wanted, how, write_report)
    report = folder / REPORT
    told = {**about, "planned": done.planned, "done": done.planned - done.failed, "failed": done.failed, "made": done.made}
    if as_json:
        print_json({**told, "intervals": done.kind, "report": str(report)})
    else:
        _print_points(asked, done.summaries)
        if not quiet:
            _print_end(told, done.kind, report)
    return CHECK_FAILED if done.failed else DONE


def _print_points(plan: Plan, summaries: Sequence[Summary]) -> None:
    """One row per scenario and point, if they are few."""
    from sim.metrics import BY_NAME
    from sim.reporting.tables import with_interval

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
