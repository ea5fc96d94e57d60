"""Standard input and output as they should be: open, and able to take any character."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

#: What a program that a closed pipe ends gives to the shell: 128 and the number of that signal.
PIPE_CLOSED = 141


def ready_streams() -> None:
    """Opens what was closed, and has characters that an encoding lacks written as `\\xa3`; the current folder must be there."""
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
    """Drops what could not be printed, so that the end of the program does not try again and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)


def settle_streams() -> None:
    """Has what is left to be printed arrive, or drops it: else the end of the program would try, and give a status of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            give_up_output(stream)
