"""The command line: the list of commands, and those that make results."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jobcentre.commands.base_rates import fit_base_rates
from jobcentre.commands.calibration import calibrate, draw, sensitivity, validate
from jobcentre.commands.diagnose import bench, diff_runs, doctor, reproduce, trace, verify
from jobcentre.commands.options import AsJson, Command, CommandList, CompareOptions, File, Quiet, RunOptions, command, current_names
from jobcentre.commands.output import DONE, INTERRUPTED, close_streams, flush, print_error, print_json, ready_streams
from jobcentre.commands.printing import print_err, print_line
from jobcentre.commands.progress import stop_lines
from jobcentre.commands.run import make_runs
from jobcentre.commands.scenarios import check, init, scenarios, schema, show, upgrade
from jobcentre.commands.selection import select
from jobcentre.commands.staffing import staffing
from jobcentre.commands.sweep import sweep
from jobcentre.runs.interruption import ENDING, capture

# Heavy imports stand inside the commands: `jobcentre --help` has to answer at once.


@command("jobcentre run oxford_before --runs 50 --set diary.appointments_per_day=27")
def run(file: File, options: RunOptions) -> int:
    """Runs one scenario. Shows its headline metrics with intervals and keeps all of them in a folder."""
    return make_runs([file], options)


@command("jobcentre compare oxford_before oxford_surge_step surge_with_early_relief --runs 50")
def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The scenario that the others are compared with.")],
    others: Annotated[list[str], typer.Argument(metavar="OPTION...", help="Scenarios to compare with it.")],
    options: CompareOptions,
) -> int:
    """Compares options with a base. All use the same random numbers: paired differences and verdicts."""
    return make_runs([base, *others], options, options.draws if options.uncertainty else 0, options.ensemble)


@command("jobcentre report outputs/compare-oxford_before-1a2b3c4d5e")
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A results folder, as run and compare make it.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Draws the report of a results folder again. It is one HTML file, made from what is saved there alone."""
    from jobcentre.report.page import write_report

    path = write_report(folder)
    if as_json:
        print_json({"folder": str(folder), "report": str(path)})
    elif not quiet:
        print_line(f"Report: {path}")
    return DONE


@command("jobcentre assurance outputs/compare-oxford_before-1a2b3c4d5e")
def assurance(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A results folder of run or compare.")],
    by_hand: Annotated[
        Path | None, typer.Option("--by-hand", metavar="FILE.yaml", help="What only people can say; else assurance.yaml in the folder.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Writes the assurance of an analysis. STRESS-DES, a log by stage, registers of assumptions, data and decisions, and the test plan."""
    import datetime as dt

    from jobcentre.report import assurance as made
    from jobcentre.runs.locks import write_atomically

    file = folder / made.BY_HAND if by_hand is None else by_hand
    begun = by_hand is None and not file.exists()
    said = made.ByHand({}, None, (), {}) if begun else made.read_by_hand(file)
    text = made.assurance(folder, said)
    write_atomically(folder / made.FILE, text.encode())
    if begun:  # after all that can go wrong: nothing is written for a folder that is none
        write_atomically(file, made.TEMPLATE.encode())
    late = made.overdue(said, dt.datetime.now(dt.UTC).date())
    empty = made.empty_fields(text)
    if as_json:
        print_json({"folder": str(folder), "file": str(folder / made.FILE), "by_hand": str(file), "empty": empty, "overdue": late})
    elif not quiet:
        for sentence in late:
            print_err(f"warning: {sentence}")
        print_line(f"Assurance: {folder / made.FILE}; {empty} places are empty, to be written in {file}")
    return DONE


#: New objects between two garbage collections: what is loaded at the start stays, and 700 are too few for it.
MANY_OBJECTS = 50_000
# In the order of the list of commands.
COMMANDS = (
    run,
    compare,
    sweep,
    staffing,
    select,
    fit_base_rates,
    draw,
    calibrate,
    validate,
    sensitivity,
    report,
    assurance,
    init,
    check,
    upgrade,
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


def application(commands: Sequence[Callable[..., int]], about: str) -> typer.Typer:
    """The command line with these commands; a single one needs no name."""
    app = typer.Typer(
        cls=CommandList,
        help=about,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for function in commands:
        app.command(cls=Command)(function)
    return app


app = application(COMMANDS, "Simulates the work coaches of a UK jobcentre: load, missed appointments, sickness and leaving.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_application(app, "jobcentre", arguments)


def run_application(app: typer.Typer, name: str, arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs an application and ends the process with its exit status."""
    argument_list = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        gc.set_threshold(MANY_OBJECTS)
    try:
        ready_streams()
        with capture(ENDING):
            status = app(
                args=current_names(argument_list) or (["--help"] if len(app.registered_commands) > 1 else []),
                prog_name=name,
                standalone_mode=False,
            )
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = print_error(error, "--json" in argument_list)
    finally:
        stop_lines()
    close_streams()
    if arguments is None:
        gc.freeze()  # the process ends: to look for what could be freed would take a tenth of a short run
    sys.exit(status or DONE)
