"""Interruptions that do not get lost: Ctrl-C, and for a command also the signals that end it or its terminal.

Python raises one wherever the program happens to be. Some code written in C drops whatever is raised within it, such as numpy when it
asks a member of an enumeration for an attribute, which runs code in Python: then the command would go on as if Ctrl-C had not been pressed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

#: Signals that end a command as Ctrl-C does; Windows has no SIGHUP.
ENDING: tuple[signal.Signals, ...] = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_requested = 0  # the signal that came since `capture` began
_deferred = False  # whether one would wait for the end of a block
_waiting = 0  # the one that does
_last = int(signal.SIGINT)


@contextmanager
def capture(signals: Sequence[signal.Signals] = (signal.SIGINT,)) -> Iterator[None]:
    """Raises an interruption as usual and remembers it for `raise_if_requested`; any error after one counts as an interruption."""
    global _requested, _last
    with _handled([one for one in signals if _is_raised(one)], _raise) as handled:
        if not handled:
            yield
            return
        _last = int(signal.SIGINT)
        try:
            yield
        except Exception as error:
            if _requested:
                raise KeyboardInterrupt from error
            raise
        finally:
            _requested = 0


def last_signal() -> int:
    """The number of the signal that interrupted the last command; that of Ctrl-C if none did."""
    return _last


def raise_if_requested() -> None:
    """Raises again an interruption that came since `capture` began; called between runs and while waiting."""
    if _requested or _waiting:
        raise KeyboardInterrupt


@contextmanager
def shielded() -> Iterator[None]:
    """Delays an interruption to the end of the block, for a short step that must not be left half done."""
    global _deferred, _waiting
    if _deferred or threading.current_thread() is not threading.main_thread():
        yield
        return
    _deferred = True
    before = {one: signal.getsignal(one) for one in ENDING if callable(signal.getsignal(one))}
    try:
        with _handled(list(before), _wait):
            yield
    finally:
        number, _deferred, _waiting = _waiting, False, 0
        if number and callable(handler := before[signal.Signals(number)]):
            handler(number, None)


@contextmanager
def _handled(signals: Sequence[signal.Signals], handler: Any) -> Iterator[bool]:
    """Has signals handled so within the block; false if there are none."""
    with ExitStack() as stack:
        for one in signals:
            stack.callback(signal.signal, one, signal.signal(one, handler))
        yield bool(signals)


def _is_raised(one: signal.Signals) -> bool:
    """Whether a signal is to interrupt here: not in other threads, and not where a script ignores it (as nohup does)."""
    if threading.current_thread() is not threading.main_thread():
        return False
    handler = signal.getsignal(one)
    return callable(handler) or (one != signal.SIGINT and handler is signal.SIG_DFL)


def _raise(number: int, _frame: Any) -> None:
    global _requested, _last
    _requested = _last = number
    raise KeyboardInterrupt


def _wait(number: int, _frame: Any) -> None:
    global _waiting
    _waiting = number
