"""What commands print: tables, JSON documents, errors; and what exit statuses mean."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer.exceptions import TyperException

from sim.console.streams import PIPE_CLOSED, give_up_output
from sim.console.trouble import in_words
from sim.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from sim.experiments.conditions import Judged
    from sim.outputs import Experiment
    from sim.results import Results, Summary
    from sim.settled import Steadiness

DONE, CHECK_FAILED, REFUSED, OUR_ERROR, INTERRUPTED = 0, 1, 2, 3, 130


def print_results(
    asked: Experiment,
    report: Path,
    results: Results,
    summaries: Mapping[str, Sequence[Summary]],
    steady: Sequence[Steadiness],
    runs: int,
    seed: int,
    quiet: bool,
) -> None:
    """Headline metrics, differences from the base if there are options, and notes."""
    from sim.metrics import HEADLINES
    from sim.reporting.steady_words import warnings
    from sim.reporting.tables import best, by_response, different, measured, notes

    print_table(f"{runs} runs, seed {seed}", ("metric", *summaries), measured(summaries, HEADLINES))
    base, *options = summaries
    if options:
        title = f"Difference from {base}, paired run by run; the intervals hold for the whole table together"
        print_table(title, ("metric", *options), different(results.differences(), options))
    if may_be := results.best():
        print_table(
            "May be the best, by however little; with 95 % the best stands in every row",
            ("metric", "may be the best", "is not"),
            best(may_be),
        )
    if results.by_response:
        title = "Coaches of the start who give notice within 364 days, by how strongly they respond to strain"
        print_table(title, ("response", *summaries), by_response(results.leavers(), list(summaries)))
    if not quiet:
        print("\n".join([*notes(results, runs, warnings(steady)), f"Results: {asked.folder}", f"Report: {report}"]))


def say_judged(judged: Sequence[Judged], strict: bool, quiet: bool) -> bool:
    """Tells on standard error what results say of conditions; whether any of them fails."""
    failing = [one for one in judged if one.broken or (strict and one.unclear)]
    for one in judged:
        if one in failing or (one.unclear and not quiet):
            print(f"{'failed' if one in failing else 'warning'}: {one.words}", file=sys.stderr)
    return bool(failing)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table with its title; in a file or a pipe nothing is cut to the width of a screen."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if title:
        print(visible(title))
    console = Console(width=None if sys.stdout.isatty() else 200)
    table = Table(show_lines=any("\n" in str(cell) for row in rows for cell in row))
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    console.print(table)


def print_json(value: Any) -> None:
    """One JSON document."""
    from sim.outputs import json_ready

    print(json.dumps(json_ready(value), indent=2, allow_nan=False))


def say_error(error: BaseException, as_json: bool) -> int:
    """Tells what went wrong, in one document or in words, and gives the exit status."""
    if isinstance(error, BrokenPipeError | SystemExit):  # nobody listens any more, which the libraries end with; nothing is wrong
        give_up_output()
        return PIPE_CLOSED
    from sim.scenario.problems import ScenarioError

    status, file, line = REFUSED, None, None
    if isinstance(error, TyperException):
        kind, message = "command_line", f"{error.format_message()} (-h shows how it is used)"
    elif isinstance(error, ScenarioError):
        kind, message = ("command_line" if error.problems[0].file.startswith("--") else "scenario"), str(error)
        file, line = error.problems[0].file, error.problems[0].line
    elif isinstance(error, OSError):
        kind = "file"
        message, file = in_words(error)
    elif isinstance(error, KeyboardInterrupt):
        status, kind = INTERRUPTED, "interrupted"
        message = "interrupted; finished runs are kept, and the same command goes on from there"
    else:
        status, kind, message = OUR_ERROR, "internal", f"{type(error).__name__}: {error}"
    if status == OUR_ERROR and not as_json:
        import traceback

        traceback.print_exception(error)
        message = "This is an error of ours. Please report it with the lines above and the command line."
    if as_json:
        message = json.dumps({"error": {"kind": kind, "message": message, "file": file, "line": line}})
    try:
        print(message if as_json else visible(message), file=sys.stdout if as_json else sys.stderr, flush=True)
    except OSError:  # there is nowhere to say it
        give_up_output()
    return status
