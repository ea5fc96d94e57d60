"""Interruptions from the keyboard that do not get lost.

Python raises one wherever the program happens to be. Some code written in C drops whatever is raised within it, such as numpy when it
asks a member of an enumeration for an attribute, which runs code in Python: then the command would go on as if Ctrl-C had not been pressed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_requested = False  # since `capture` began
_deferred = False  # whether one would wait for the end of a block
_waiting = False  # whether one does


@contextmanager
def capture() -> Iterator[None]:
    """Raises an interruption as usual and remembers it for `raise_if_requested`; any error after one counts as an interruption."""
    global _requested
    if not _raises():
        yield
        return
    before = signal.signal(signal.SIGINT, _raise)
    try:
        yield
    except Exception as error:
        if _requested:
            raise KeyboardInterrupt from error
        raise
    finally:
        _requested = False
        signal.signal(signal.SIGINT, before)


def raise_if_requested() -> None:
    """Raises again an interruption that came since `capture` began; called between runs and while waiting."""
    if _requested or _waiting:
        raise KeyboardInterrupt


@contextmanager
def shielded() -> Iterator[None]:
    """Delays an interruption to the end of the block, for a short step that must not be left half done."""
    global _deferred, _waiting
    if _deferred or not _raises():
        yield
        return
    _deferred = True
    before = signal.signal(signal.SIGINT, _wait)
    try:
        yield
    finally:
        interrupted, _deferred, _waiting = _waiting, False, False
        signal.signal(signal.SIGINT, before)
        if interrupted and callable(before):
            before(signal.SIGINT, None)


def _raises() -> bool:
    """Whether an interruption is raised here: not in other threads, and not where a script ignores the signal."""
    return threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT))


def _raise(_number: int, _frame: Any) -> None:
    global _requested
    _requested = True
    raise KeyboardInterrupt


def _wait(_number: int, _frame: Any) -> None:
    global _waiting
    _waiting = True
