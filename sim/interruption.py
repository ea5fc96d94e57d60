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

_asked = False


@contextmanager
def heard() -> Iterator[None]:
    """Within it an interruption is raised as ever, and remembered for `insist`; what goes wrong after one counts as one."""
    global _asked
    if threading.current_thread() is not threading.main_thread():
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


def insist() -> None:
    """Raises an interruption that came since `heard` began, once more if need be; called between runs."""
    if _asked:
        raise KeyboardInterrupt


def _raise(_number: int, _frame: Any) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
