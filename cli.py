"""The command line: the list of commands, and those that make results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from sim.console.choosing_commands import select
from sim.console.command import Command, Group, command
from sim.console.decision_commands import staffing
from sim.console.log_commands import diff_runs, reproduce, trace, verify
from sim.console.machine_commands import bench, doctor
from sim.console.options import (
    AsJson,
    Cluster,
    DryRun,
    Engine,
    Events,
    FailIf,
    File,
    Jobs,
    MaxRuns,
    Out,
    Parquet,
    PrecisionWanted,
    Quiet,
    Responses,
    Runs,
    Seed,
    Sets,
    SharedStore,
    Sites,
    Strict,
    Target,
    TipsOver,
    Weeks,
)
from sim.console.printing import CHECK_FAILED, DONE, INTERRUPTED, print_json, print_results, say_error, say_judged
from sim.console.scenario_commands import check, init, scenarios, schema, show
from sim.console.streams import flush, ready_streams
from sim.console.sweep_commands import sweep

if TYPE_CHECKING:
    from sim.experiments.making import How
    from sim.experiments.precision import Precision
    from sim.scenario import Scenario

# Commands that draw a report stand here, the others by their subject in sim/console.
# Heavy imports stand inside the commands: `jobcentre --help` has to answer at once.


@command("jobcentre run oxford_before --runs 50 --set diary.appointments_per_day=27")
def run(
    file: File,
    runs: Runs = None,
    precision: PrecisionWanted = None,
    max_runs: MaxRuns = 1600,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    sets: Sets = None,
    weeks: Weeks = None,
    events: Events = False,
    responses: Responses = True,
    target: Target = None,
    fail_if: FailIf = None,
    strict: Strict = False,
    sites: Sites = None,
    tips_over: TipsOver = None,
    dry_run: DryRun = False,
    cluster: Cluster = None,
    shared: SharedStore = None,
    parquet: Parquet = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Runs one scenario. Shows its headline metrics with intervals and keeps all of them in a folder."""
    from sim.reporting.documents import run_document

    how_many = _Runs(runs, precision or [], max_runs)
    gate = _Gate(target or [], fail_if or [], strict)
    where = _Where(jobs, engine, out, cluster, shared, parquet)
    nation = _Nation(sites, tips_over, dry_run)
    return _make(_Ask([file], how_many, seed, where, sets, weeks, events, responses, gate, nation, as_json, quiet), run_document)


@command("jobcentre compare oxford_before oxford_surge_step surge_with_early_relief --runs 50")
def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The scenario that the others are compared with.")],
    options: Annotated[list[str], typer.Argument(metavar="OPTION...", help="Scenarios to compare with it.")],
    runs: Runs = None,
    precision: PrecisionWanted = None,
    max_runs: MaxRuns = 1600,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    sets: Sets = None,
    weeks: Weeks = None,
    events: Events = False,
    responses: Responses = True,
    target: Target = None,
    fail_if: FailIf = None,
    strict: Strict = False,
    sites: Sites = None,
    tips_over: TipsOver = None,
    dry_run: DryRun = False,
    cluster: Cluster = None,
    shared: SharedStore = None,
    parquet: Parquet = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Compares options with a base. All use the same random numbers: paired differences and verdicts."""
    from sim.reporting.documents import comparison_document

    files, how_many = [base, *options], _Runs(runs, precision or [], max_runs)
    gate = _Gate(target or [], fail_if or [], strict)
    where = _Where(jobs, engine, out, cluster, shared, parquet)
    nation = _Nation(sites, tips_over, dry_run)
    return _make(_Ask(files, how_many, seed, where, sets, weeks, events, responses, gate, nation, as_json, quiet), comparison_document)


@command("jobcentre report outputs/compare-oxford_before-1a2b3c4d5e")
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A results folder, as run and compare make it.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Draws the report of a results folder again. It is one HTML file, made from what is saved there alone."""
    from sim.experiments.words import refused
    from sim.reporting.report.page import write_report
    from sim.reporting.report.saved import NotAFolder

    try:
        path = write_report(folder)
    except NotAFolder as error:
        raise refused(str(folder), str(error), "name a folder that jobcentre run, compare or staffing has made") from error
    if as_json:
        print_json({"folder": str(folder), "report": str(path)})
    elif not quiet:
        print(f"Report: {path}")
    return DONE


# In the order of the list of commands.
COMMANDS = (
    run,
    compare,
    sweep,
    staffing,
    select,
    report,
    init,
    check,
    scenarios,
    show,
    schema,
    trace,
    verify,
    diff_runs,
    reproduce,
    bench,
    doctor,
)

app = typer.Typer(
    cls=Group,
    help="Simulates the work coaches of a UK jobcentre: load, missed appointments, sickness and leaving.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for one in COMMANDS:
    app.command(cls=Command)(one)


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    given = list(sys.argv[1:] if words is None else words)
    try:
        ready_streams()
        status = app(args=given or ["--help"], prog_name="jobcentre", standalone_mode=False)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = say_error(error, "--json" in given)
    sys.exit(status or DONE)


class _Runs(NamedTuple):
    """How many runs: a number, or as many as a precision takes."""

    number: int | None
    precision: list[str]
    most: int


class _Gate(NamedTuple):
    """Conditions that decide the exit status."""

    targets: list[str]
    fail_if: list[str]
    strict: bool


class _Where(NamedTuple):
    """Where and how runs are made and kept; none of it changes a result."""

    jobs: int | None
    engine: str
    out: Path
    cluster: str | None
    shared: Path | None
    parquet: bool


class _Nation(NamedTuple):
    """A table of offices, if scenarios are to be played in all of them."""

    sites: str | None
    tips_over: str | None
    dry_run: bool


class _Ask(NamedTuple):
    """What `run` and `compare` were asked."""

    files: list[str]
    runs: _Runs
    seed: int
    where: _Where
    sets: list[str] | None
    weeks: int | None
    events: bool
    responses: bool
    gate: _Gate
    nation: _Nation
    as_json: bool
    quiet: bool


def _make(ask: _Ask, document: Callable[..., dict[str, Any]]) -> int:
    """Makes the runs and prints them; everything is read and checked before anything is written."""
    from sim.console.sweep_commands import workers_for
    from sim.experiments.asking import engine_of, scenarios_of
    from sim.experiments.making import How
    from sim.experiments.precision import number_of_runs
    from sim.experiments.runners import default_jobs
    from sim.reporting.progress import progress

    engine, (number, precision) = engine_of(ask.where.engine), number_of_runs(*ask.runs)
    scenarios = scenarios_of(ask.files, ask.sets or (), ask.weeks)
    jobs = default_jobs() if ask.where.jobs is None else ask.where.jobs
    told = progress(ask.quiet, workers_for(ask.where.cluster, jobs))
    how = How(
        jobs, engine, ask.events, ["jobcentre", *sys.argv[1:]], told, ask.responses, cluster=ask.where.cluster, shared=ask.where.shared,
        retry_failed=True, parquet=ask.where.parquet,
    )  # fmt: skip
    if ask.nation.sites is not None:
        return _make_nation(ask, scenarios, number if precision is None else None, how)
    if ask.nation.tips_over or ask.nation.dry_run:
        from sim.experiments.words import refused

        raise refused("--tips-over" if ask.nation.tips_over else "--dry-run", "is for a table of offices", "give --sites as well")
    return _make_office(ask, scenarios, number, precision, how, document)


def _make_nation(ask: _Ask, scenarios: dict[str, Scenario], number: int | None, how: How) -> int:
    from sim.console.nation_run import NationAsked, run_nation
    from sim.experiments.words import refused

    if number is None:
        raise refused("--precision", "is not there for a table of offices", "give --runs")
    sites, tips_over, dry_run = ask.nation
    gate = ask.gate
    asked = NationAsked(str(sites), tips_over, gate.targets, gate.fail_if, gate.strict, dry_run, ask.as_json, ask.quiet)
    return run_nation(asked, scenarios, number, ask.seed, ask.where.out, how)


def _make_office(
    ask: _Ask, scenarios: dict[str, Scenario], number: int, precision: Precision | None, how: How, document: Callable[..., dict[str, Any]]
) -> int:
    from sim.experiments.carry_out import carry_out
    from sim.experiments.conditions import conditions_of, judge
    from sim.experiments.precision import how_far, words
    from sim.outputs import experiment
    from sim.reporting.documents import facts_of
    from sim.reporting.progress import tell_of_model
    from sim.reporting.report.page import write_report
    from sim.settled import steadiness

    targets = conditions_of(ask.gate.targets, "--target", scenarios)
    forbidden = conditions_of(ask.gate.fail_if, "--fail-if", scenarios)
    first = next(iter(scenarios))
    asked = experiment(first if len(scenarios) == 1 else f"compare-{first}", scenarios, ask.seed, ask.where.out)
    tell_of_model(ask.quiet)
    results = carry_out(asked, number, how, precision)
    runs = len(next(iter(results.runs.values())))
    drawn = write_report(asked.folder)
    summaries, steady = results.summaries(), steadiness(results, scenarios)
    judged = judge(targets, forbidden, summaries)
    reached = how_far(results, precision) if precision else []
    if ask.as_json:
        facts = facts_of(asked.folder, drawn, runs, ask.seed, how.engine, results, judged, steady)
        print_json(document(results, summaries, facts | ({"precision": reached} if precision else {})))
    else:
        print_results(asked, drawn, results, summaries, steady, runs, ask.seed, ask.quiet)
        if precision and not ask.quiet:
            print(words(reached, runs, precision.most_runs))
    return CHECK_FAILED if say_judged(judged, ask.gate.strict, ask.quiet) or results.failed else DONE


if __name__ == "__main__":
    main()
