"""The command line: the list of commands, and those that make results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from sim.console.choosing_commands import select
from sim.console.command import Command, Group, command
from sim.console.decision_commands import staffing
from sim.console.log_commands import diff_runs, reproduce, trace, verify
from sim.console.machine_commands import bench, doctor
from sim.console.options import (
    AsJson,
    Engine,
    Events,
    FailIf,
    File,
    Jobs,
    MaxRuns,
    Out,
    PrecisionWanted,
    Quiet,
    Responses,
    Runs,
    Seed,
    Sets,
    Strict,
    Target,
    Weeks,
)
from sim.console.printing import CHECK_FAILED, DONE, INTERRUPTED, print_json, print_results, say_error
from sim.console.scenario_commands import check, init, scenarios, schema, show
from sim.console.streams import flush, ready_streams
from sim.console.sweep_commands import sweep

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
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Runs one scenario. Shows its headline metrics with intervals and keeps all of them in a folder."""
    from sim.reporting.documents import run_document

    how_many = _Runs(runs, precision or [], max_runs)
    gate = _Gate(target or [], fail_if or [], strict)
    return _make(_Ask([file], how_many, seed, jobs, engine, out, sets, weeks, events, responses, gate, as_json, quiet), run_document)


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
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Compares options with a base. All use the same random numbers: paired differences and verdicts."""
    from sim.reporting.documents import comparison_document

    files, how_many = [base, *options], _Runs(runs, precision or [], max_runs)
    gate = _Gate(target or [], fail_if or [], strict)
    return _make(_Ask(files, how_many, seed, jobs, engine, out, sets, weeks, events, responses, gate, as_json, quiet), comparison_document)


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


class _Ask(NamedTuple):
    """What `run` and `compare` were asked."""

    files: list[str]
    runs: _Runs
    seed: int
    jobs: int | None
    engine: str
    out: Path
    sets: list[str] | None
    weeks: int | None
    events: bool
    responses: bool
    gate: _Gate
    as_json: bool
    quiet: bool


def _make(ask: _Ask, document: Callable[..., dict[str, Any]]) -> int:
    """Makes the runs and prints them; everything is read and checked before anything is written."""
    from sim.experiments.asking import engine_of, scenarios_of
    from sim.experiments.carry_out import carry_out
    from sim.experiments.conditions import conditions_of, judge
    from sim.experiments.making import How
    from sim.experiments.precision import how_far, number_of_runs, words
    from sim.experiments.runners import default_jobs
    from sim.outputs import experiment
    from sim.reporting.documents import facts_of
    from sim.reporting.progress import progress, tell_of_model
    from sim.reporting.report.page import write_report
    from sim.settled import steadiness

    number, precision = number_of_runs(*ask.runs)
    scenarios = scenarios_of(ask.files, ask.sets or (), ask.weeks)
    targets = conditions_of(ask.gate.targets, "--target", scenarios)
    forbidden = conditions_of(ask.gate.fail_if, "--fail-if", scenarios)
    first = next(iter(scenarios))
    asked = experiment(first if len(scenarios) == 1 else f"compare-{first}", scenarios, ask.seed, ask.out)
    tell_of_model(ask.quiet)
    jobs = default_jobs() if ask.jobs is None else ask.jobs
    how = How(jobs, engine_of(ask.engine), ask.events, ["jobcentre", *sys.argv[1:]], progress(ask.quiet, jobs), ask.responses)
    results = carry_out(asked, number, how, precision)
    runs = len(next(iter(results.runs.values())))
    drawn = write_report(asked.folder)
    summaries, steady = results.summaries(), steadiness(results, scenarios)
    judged = judge(targets, forbidden, summaries)
    reached = how_far(results, precision) if precision else []
    if ask.as_json:
        facts = facts_of(asked.folder, drawn, runs, ask.seed, ask.engine, results, judged, steady)
        print_json(document(results, summaries, facts | ({"precision": reached} if precision else {})))
    else:
        print_results(asked, drawn, results, summaries, steady, runs, ask.seed, ask.quiet)
        if precision and not ask.quiet:
            print(words(reached, runs, precision.most_runs))
    failing = [one for one in judged if one.broken or (ask.gate.strict and one.unclear)]
    for one in judged:
        if one in failing or (one.unclear and not ask.quiet):
            print(f"{'failed' if one in failing else 'warning'}: {one.words}", file=sys.stderr)
    return CHECK_FAILED if failing or results.failed else DONE


if __name__ == "__main__":
    main()
