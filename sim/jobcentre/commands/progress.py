"""What is told on standard error while a command works."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from jobcentre.commands.printing import print_err, print_over

#: Seconds between two lines on the progress in a file or a pipe.
BETWEEN_LINES = 60
#: How many times as long a run takes as plain Python, roughly: measured on short and long scenarios.
TIMES_SLOWER = 200


def progress(quiet: bool, cores: int = 0) -> Callable[..., None]:
    """Gives the progress display on standard error: one line that ends with the cores used, or in a file or a pipe one each minute."""
    begun = told = time.monotonic()

    def tell(done: int, of: int, failed: int = 0) -> None:
        nonlocal begun, told
        if done == 0:
            begun = time.monotonic()  # what came before, a compilation perhaps, is not the runs' own time
        if not of or quiet:
            return
        now = time.monotonic()
        seconds = now - begun
        text = time_left(done, of, seconds, failed) if done < of else all_done(of, seconds, failed, cores)
        if sys.stderr.isatty():
            print_over(f"{text:<78}", last=done == of)
        elif now - told >= BETWEEN_LINES:
            told = now
            print_err(text)

    return tell


def checking(quiet: bool, what: str) -> Callable[[float], None]:
    """Gives the display of a check that may take minutes, on standard error: from two seconds on, in a file or pipe once a minute."""
    begun = time.monotonic()
    due, shown = begun + 2, False

    def tell(share: float) -> None:
        nonlocal due, shown
        now = time.monotonic()
        if quiet or not (now >= due or (shown and share >= 1)):
            return
        terminal = sys.stderr.isatty()
        due, shown = now + (0.5 if terminal else 60), share < 1
        left = (now - begun) * (1 - share) / max(share, 1e-9)
        text = f"Checking {what}: {100 * share:.0f} %, about {left:.0f} s left"
        if terminal:
            print_over(f"{text:<78}", last=share >= 1)
        else:
            print_err(text)

    return tell


def note_printer(quiet: bool) -> Callable[[str], None]:
    """Gives the function that prints a note on standard error."""
    return lambda text: None if quiet else print_err(f"note: {text}")


def announce_compiling(quiet: bool) -> None:
    """Announces a compilation, or that none is possible, on standard error; called before the runs of a command."""
    from jobcentre.model.compiling import WHY_PLAIN
    from jobcentre.model.precompile import watch_compiling

    watch_compiling(compiling(quiet))
    if WHY_PLAIN and not quiet:
        print_err(
            f"The model runs as plain Python, about {TIMES_SLOWER} times slower but with the same results: {WHY_PLAIN}. "
            "`jobcentre doctor` says what to do."
        )


def time_left(done: int, of: int, seconds: float, failed: int = 0) -> str:
    """Writes the progress line."""
    if done == 0:
        return f"0 of {of} runs"
    left = seconds / done * (of - done)
    speed = done / max(seconds, 1e-9)
    how_long = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min" if left < 5400 else f"{left / 3600:.1f} h"
    return f"{done} of {of} runs, {speed:.2g} a second, about {how_long} left{_failures(failed)}"


def all_done(of: int, seconds: float, failed: int, cores: int) -> str:
    """Writes the last line."""
    each = seconds / of
    on = f" on {cores} core{'s' * (cores > 1)}" if cores else ""
    took = f"{each:.2f} s" if each >= 0.1 else f"{1000 * each:.1f} ms"
    return f"{of} run{'s' * (of > 1)}{on} in {seconds:.0f} s, one every {took}{_failures(failed)}"


def _failures(failed: int) -> str:
    return f", {failed} failed" if failed else ""


def compiling(quiet: bool) -> Callable[[float], None]:
    """Gives the display of a compilation on standard error: one line, counting up on a terminal."""
    from jobcentre.model.precompile import can_keep

    announced = False

    def tell(share: float) -> None:
        nonlocal announced
        if quiet or (announced and not sys.stderr.isatty()):
            return
        kept = can_keep()
        text = "Compiling the model, " + (
            "once for each version of it on each machine" if kept else "which every command does: no folder keeps it"
        )
        if sys.stderr.isatty():
            print_over(f"{text}: {100 * share:3.0f} %", last=share >= 1)
        else:
            print_err(f"{text} ...")
        announced = True

    return tell
