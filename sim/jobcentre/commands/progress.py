"""What is told on standard error while a command works."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from jobcentre.commands.printing import print_err, print_over

#: Seconds between two lines on the progress in a file or a pipe.
BETWEEN_LINES = 60
#: How many times as long a run takes as plain Python, roughly: measured on short and long scenarios.
TIMES_SLOWER = 200


def progress(quiet: bool, cores: int = 0, between: float = BETWEEN_LINES) -> Callable[..., None]:
    """Gives the progress display on standard error: one line that ends with the cores used, or in a file or a pipe one each minute."""
    begun = time.monotonic()
    lines = _TimedLines(between)

    def tell(done: int, of: int, failed: int = 0) -> None:
        nonlocal begun
        if done == 0:
            begun = time.monotonic()  # what came before, a compilation perhaps, is not the runs' own time
        if not of or quiet:
            return

        def text() -> str:
            seconds = time.monotonic() - begun
            return time_left(done, of, seconds, failed) if done < of else all_done(of, seconds, failed, cores)

        if sys.stderr.isatty():
            print_over(f"{text():<78}", last=done == of)
        else:
            lines.show(text, last=done == of)

    return tell


class _TimedLines:
    """Prints the newest text so often, whether or not anything is told meanwhile: a single run may last for hours."""

    def __init__(self, between: float) -> None:
        self._between, self._told = between, time.monotonic()
        self._lock = threading.Lock()
        self._text: Callable[[], str] | None = None  # none: nothing is awaited
        self._timer: threading.Timer | None = None

    def show(self, text: Callable[[], str], last: bool) -> None:
        """Takes a new text, which is printed when its time has come; after the last none is."""
        with self._lock:
            self._text = text
            self._print_if_due()
            if self._timer is None and not last:
                self._wait()
        if last:
            self.stop()

    def _print_if_due(self) -> None:
        if self._text is not None and time.monotonic() - self._told >= self._between:
            self._told = time.monotonic()
            print_err(self._text())

    def _wait(self) -> None:
        self._timer = threading.Timer(max(self._told + self._between - time.monotonic(), 0), self.ring)
        self._timer.daemon = True  # a command that ends waits for no line
        self._timer.start()
        _awaited.add(self)

    def ring(self) -> None:
        """Prints what was told last, and waits for the next time."""
        with self._lock:
            if self._timer is threading.current_thread():
                self._print_if_due()
                self._wait()

    def stop(self) -> None:
        """Prints nothing more."""
        with self._lock:
            self._text = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            _awaited.discard(self)


_awaited: set[_TimedLines] = set()


def stop_lines() -> None:
    """Ends what is printed once a minute: of a command that has ended, however it did, nothing more is said."""
    for lines in tuple(_awaited):
        lines.stop()


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
