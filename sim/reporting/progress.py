"""One line on the terminal that tells how far the runs are."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

#: How many times as long a run takes as plain Python, roughly: measured on short and long scenarios.
TIMES_SLOWER = 200


def progress(quiet: bool) -> Callable[[int, int], None]:
    """What tells of finished runs on standard error, if that is a terminal."""
    begun = time.monotonic()

    def tell(done: int, of: int) -> None:
        if of and not quiet and sys.stderr.isatty():
            text = time_left(done, of, time.monotonic() - begun)
            print(f"\r{text:<50}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return tell


def tell_of_model(quiet: bool) -> None:
    """Says on standard error when the model is being compiled, or that it cannot be; for a command to call before its runs."""
    from sim.model.jit import WHY_PLAIN
    from sim.model.warm import tell_of_compiling

    tell_of_compiling(compiling(quiet))
    if WHY_PLAIN and not quiet:
        print(
            f"The model runs as plain Python, about {TIMES_SLOWER} times slower but with the same results: {WHY_PLAIN}. "
            "`jobcentre doctor` says what to do.",
            file=sys.stderr,
            flush=True,
        )


def time_left(done: int, of: int, seconds: float) -> str:
    """What a progress line says."""
    if done == 0:
        return f"0 of {of} runs"
    left = seconds / done * (of - done)
    return f"{done} of {of} runs, about {left:.0f} s left" if left < 90 else f"{done} of {of} runs, about {left / 60:.0f} min left"


def compiling(quiet: bool) -> Callable[[float], None]:
    """What tells of a compilation on standard error: one line, counting up on a terminal."""
    told = False

    def tell(share: float) -> None:
        nonlocal told
        if quiet or (told and not sys.stderr.isatty()):
            return
        text = "Compiling the model, once for each version of it on each machine"
        if sys.stderr.isatty():
            print(f"\r{text}: {100 * share:3.0f} %", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
        else:
            print(f"{text} ...", file=sys.stderr, flush=True)
        told = True

    return tell
