"""Interruptions from the keyboard that do not get lost.

Python raises one wherever the program happens to be. Some code written in C drops whatever is raised within it, such as numpy when it
asks a member of an enumeration for an attribute, which runs code in Python: then the command would go on as if nobody had asked it to stop.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_asked = False  # since `capture` began
_deferred = False  # whether one would wait for the end of a block
_waiting = False  # whether one does


@contextmanager
def capture() -> Iterator[None]:
    """Within it an interruption is raised as ever, and remembered for `raise_if_requested`; what goes wrong after one counts as one."""
    global _asked
    if not _raises():
        yield
        return
    before = signal.signal(signal.SIGINT, _raise)
    try:
        yield
    except Exception as error:
        if _asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        _asked = False
        signal.signal(signal.SIGINT, before)


def raise_if_requested() -> None:
    """Raises an interruption that came since `capture` began, once more if need be; called between runs, and where one waits."""
    if _asked or _waiting:
        raise KeyboardInterrupt


@contextmanager
def shielded() -> Iterator[None]:
    """An interruption is raised at the end of the block: for what must not be left half done, and takes no time."""
    global _deferred, _waiting
    if _deferred or not _raises():
        yield
        return
    _deferred = True
    before = signal.signal(signal.SIGINT, _wait)
    try:
        yield
    finally:
        came, _deferred, _waiting = _waiting, False, False
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(signal.SIGINT, None)


def _raises() -> bool:
    """Whether an interruption is raised here: not in other threads, and not where all are ignored, as by jobs of a script."""
    return threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT))


def _raise(_number: int, _frame: Any) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt


def _wait(_number: int, _frame: Any) -> None:
    global _waiting
    _waiting = True
