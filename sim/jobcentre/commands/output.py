"""The output of commands: results, JSON documents, errors, progress; and the exit statuses."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from typer.exceptions import TyperException

from jobcentre.commands.printing import print_err, print_json_text, print_line, print_out, print_prose, print_table
from jobcentre.runs.machine import RUN_BYTES, AddressSpaceLimit, is_lack_of_memory
from jobcentre.terminal_text import in_one_line

if TYPE_CHECKING:
    from pathlib import Path

    from jobcentre.runs.answers import UncertaintyDocument
    from jobcentre.runs.execute import ExecutionOptions, Work
    from jobcentre.runs.folder import Experiment
    from jobcentre.runs.results import RunResults, Steadiness, Summary
    from jobcentre.studies.conditions import GateResult

#: What a program that a closed pipe ends gives to the shell: 128 and the number of that signal.
PIPE_CLOSED = 141


def ready_streams() -> None:
    """Opens closed streams, and escapes characters that an encoding lacks as `\\xa3`; the current folder must exist."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:  # else the next file opened, a store perhaps, would be taken for standard output
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
        elif name != "stdin" and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        os.getcwd()
    except OSError:
        raise FileNotFoundError("the current folder is not there any more: change into one that is") from None


def flush() -> None:
    """Has all that was printed arrive, or raises the reason."""
    sys.stdout.flush()


def give_up_output(stream: TextIO | None = None) -> None:
    """Discards output that could not be printed, so that Python does not try again at exit and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)


def close_streams() -> None:
    """Flushes the output streams, or discards what cannot be printed: else Python would try at exit and change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            give_up_output(stream)


_NO_ROOM = "finished runs are kept; make room and give the same command again"
_OTHER_PLACE = "choose another folder with --out"
_HELPS = {
    errno.ENOSPC: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: "you lack the right to write or read there",
    errno.EPERM: "you lack the right to write or read there",
    errno.EROFS: _OTHER_PLACE,
    errno.ENOTDIR: _OTHER_PLACE,
    errno.EEXIST: _OTHER_PLACE,
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "it, or the folder it should be in, is not there, or has been taken away",
    errno.EMFILE: "too many files are open; choose fewer --jobs",
    errno.ENOMEM: "there is no memory left; choose fewer --jobs",
    errno.EAGAIN: "the system allows no more of them; choose fewer --jobs, or --jobs 0",
} | ({errno.EDQUOT: _NO_ROOM} if hasattr(errno, "EDQUOT") else {})


def os_error_text(error: OSError) -> tuple[str, str | None]:
    """Describes an error of a file or the system, with the file."""
    file = str(error.filename) if error.filename else None
    advice = _HELPS.get(error.errno or 0)
    message = (error.strerror or str(error)) + (f" ({advice})" if advice else "")
    return in_one_line(f"{file}: {message}" if file else message), file


DONE, CHECK_FAILED, REFUSED, OUR_ERROR, INTERRUPTED = 0, 1, 2, 3, 130
#: What is said where another signal than that of Ctrl-C ended a command, by the exit status.
_INTERRUPTIONS = {143: "ended from outside (SIGTERM)", 129: "ended with its terminal (SIGHUP)"}


def print_results(
    request: Experiment,
    report: Path,
    results: RunResults,
    summaries: Mapping[str, Sequence[Summary]],
    steady: Sequence[Steadiness],
    runs: int,
    seed: int,
    quiet: bool,
    tested: UncertaintyDocument | None = None,
) -> None:
    """Headline metrics, differences from the base if there are options, what could reverse them, and notes."""
    from jobcentre.metrics import HEADLINES, reference_date
    from jobcentre.report.tables import best, by_response, different, measured, notes, window_text
    from jobcentre.report.uncertainty_text import not_tested, order_table
    from jobcentre.report.uncertainty_text import notes as uncertainty_notes
    from jobcentre.report.warmup import warnings
    from jobcentre.studies.uncertainty import seconds_for_uncertainty

    window = window_text(next(iter(request.scenarios.values())))
    print_table(f"{runs} runs, seed {seed}; {window}", ("metric", *summaries), measured(summaries, HEADLINES))
    base, *options = summaries
    if options:
        title = f"Difference from {base}, paired run by run; the intervals hold for the whole table together"
        print_table(title, ("metric", *options), different(results.differences(), options))
        print_also_worse(results, summaries)
    if may_be := results.best():
        print_table(
            "Not distinguishable from the best; with 95 % confidence every row includes the best scenario",
            ("metric", "may be the best", "is not"),
            best(may_be),
        )
    if results.by_response:
        date = min(map(reference_date, request.scenarios.values()))
        title = f"Coaches in post on {date} who give notice within 364 days, mean over runs, by how strongly they respond to strain"
        print_table(title, ("response", *summaries), by_response(results.leavers(), results.runs))
    about_order: list[str] = []
    if options and tested is not None:
        print_table("Does the order hold while uncertain inputs are drawn from their ranges?", *order_table(tested))
        about_order = uncertainty_notes(tested)
    elif options:
        about_order = [not_tested(seconds_for_uncertainty(request))]
    if not quiet:
        print_prose([*about_order, *notes(results, runs, warnings(steady)), f"Results: {request.folder}", f"Report: {report}"])


def print_also_worse(results: RunResults, summaries: Mapping[str, Sequence[Summary]]) -> None:
    """Prints the other metrics in which an option is clearly worse than the base, if there are any."""
    from jobcentre.report.tables import also_worse

    if rows := also_worse(results.also_worse(), summaries):
        title = "Also clearly worse, of all metrics that are no headlines; these intervals hold together as well"
        print_table(title, ("metric", "option", "base", "option's", "difference"), rows)


def print_gate_results(judged: Sequence[GateResult], strict: bool, quiet: bool) -> bool:
    """Prints on standard error which conditions are broken or unclear; gives whether any of them fails."""
    failing = [gate for gate in judged if gate.broken or (strict and gate.unclear)]
    for gate in judged:
        if gate in failing or (gate.unclear and not quiet):
            print_err(f"{'failed' if gate in failing else 'warning'}: {gate.text}")
    return bool(failing)


def print_expected(work: Work[Any], options: ExecutionOptions, about: Mapping[str, Any], as_json: bool) -> int:
    """Prints the plan of a study without making a run; gives the exit status."""
    from jobcentre.studies.estimate import expected

    coming = expected(work, options)
    if as_json:
        print_json({**about, **coming._asdict(), "workers": options.workers})
        return DONE
    each = "" if coming.seconds_a_run is None else f", about {coming.seconds_a_run:.2f} s each"
    shortest, longest = (_how_long(seconds) for seconds in (coming.seconds, coming.seconds_at_most))
    at_first = span = ""
    if coming.planned_at_most > coming.planned:  # results decide how many follow
        at_first, span = f" before the first look, {coming.planned_at_most:,} at most", f" to {longest}"
    print_out(f"{coming.planned:,} runs{at_first}: {coming.done:,} are there, {coming.missing:,} to make{each}")
    print_out(f"About {shortest}{span} with {options.workers} process{'es' * (options.workers > 1)}, from runs timed just now")
    print_line(f"Folder: {about['folder']}")
    return DONE


def _how_long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def print_json(value: Any) -> None:
    """One JSON document."""
    from jobcentre.runs.folder import json_ready

    print_json_text(json.dumps(json_ready(value), indent=2, allow_nan=False))


def print_error(error: BaseException, as_json: bool) -> int:
    """Prints an error as a JSON document or as text; gives the exit status."""
    if isinstance(error, BrokenPipeError | SystemExit):  # the reader of the pipe has gone, which is no error
        give_up_output()
        return PIPE_CLOSED
    if is_lack_of_memory(error):
        return _print_message("memory", lack_of_memory_text(error), as_json)
    from jobcentre.runs.interruption import last_signal
    from jobcentre.scenario.errors import ScenarioError

    status, file, line = REFUSED, None, None
    if isinstance(error, TyperException):
        kind, message = "command_line", f"{error.format_message()} (-h shows how it is used)"
    elif isinstance(error, ScenarioError):
        kind, message = ("command_line" if error.problems[0].file.startswith("--") else "scenario"), str(error)
        file, line = error.problems[0].file, error.problems[0].line
    elif isinstance(error, OSError):
        kind = "file"
        message, file = os_error_text(error)
    elif isinstance(error, KeyboardInterrupt):
        status, kind = 128 + last_signal(), "interrupted"
        message = f"{_INTERRUPTIONS.get(status, 'interrupted')}; finished runs are kept, and the same command goes on from there"
    else:
        status, kind, message = OUR_ERROR, "internal", f"{type(error).__name__}: {error}"
    if status == OUR_ERROR and not as_json:
        import traceback

        print_err("".join(traceback.format_exception(error)), end="")
        message = "Internal error. Please report it with the lines above and the command line."
    _print_message(kind, message, as_json, file, line)
    return status


def lack_of_memory_text(error: BaseException) -> str:
    """Says for what there is too little memory, how much is needed and what helps."""
    if isinstance(error, AddressSpaceLimit):
        return str(error)
    what = " ".join(str(error).split())
    needed = f"a year of 23 coaches takes about {RUN_BYTES / 1e6:.0f} MB in each process"
    return (
        f"there is too little memory{f' ({what})' if what else ''}: {needed};"
        " finished runs are kept (choose fewer --jobs, close other programs or raise the limit, ulimit -v)"
    )


def _print_message(kind: str, message: str, as_json: bool, file: str | None = None, line: int | None = None) -> int:
    if as_json:
        message = json.dumps({"error": {"kind": kind, "message": message, "file": file, "line": line}})
    try:
        (print_json_text if as_json else print_err)(message)
    except OSError:  # there is nowhere to say it
        give_up_output()
    return REFUSED
