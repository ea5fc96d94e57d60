"""Processes that answer questions, each with a pipe of its own: one that dies takes nothing along but what it was doing.

A queue that all share, as pools have it, stays locked for ever when a process is killed while it writes into it.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from jobcentre.runs.interruption import raise_if_requested, shielded

#: Seconds between looks at the keyboard, which on Windows cannot interrupt a wait.
PATIENCE = 0.25


class Task(NamedTuple):
    """A function of a module and what it is given."""

    function: Callable[[Any], Any]
    given: Any = None


class TaskResult(NamedTuple):
    """What a worker says to a question; `died` if it died over it instead."""

    worker: Worker
    question: Task
    value: Any
    died: bool = False


class Worker:
    """A process that answers the questions put to it, one after the other; it begins with `begin(*given)`."""

    def __init__(self, begin: Callable[..., None], given: Sequence[Any] = ()) -> None:
        with _without_main(), shielded():  # a process half begun would complain on the screen
            context = _context()
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=_serve, args=(theirs, begin, tuple(given)), daemon=True)
            try:
                self.process.start()
            except EOFError:  # the process that begins others has died
                raise OSError(errno.EAGAIN, "a process could not be started") from None
            theirs.close()
        self.asked: deque[Task] = deque()

    def ask(self, question: Task) -> None:
        """Puts a question; the process may be dead already, which its answer will tell."""
        self.asked.append(question)
        try:
            self.pipe.send(question)
        except OSError:
            return

    def end(self) -> None:
        """Ends the process when it has answered what it is at."""
        self.pipe.close()
        self.process.join()

    def kill(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.end()

    def _hear(self) -> TaskResult:
        """The answer to the oldest question; waits for it."""
        try:
            value = self.pipe.recv()
        except (EOFError, OSError):
            return TaskResult(self, self.asked.popleft(), None, died=True)
        return TaskResult(self, self.asked.popleft(), value)


def task_results(workers: Sequence[Worker]) -> Iterator[TaskResult]:
    """Answers as they come, until nothing is being asked any more; questions may be put meanwhile, and workers come and go.

    Nothing more is heard of a worker that died: what it leaves unanswered stays in its `asked`.
    """
    dead: set[Worker] = set()
    while busy := {worker.pipe: worker for worker in workers if worker.asked and worker not in dead}:
        raise_if_requested()
        ready: Iterable[Any] = wait(list(busy), timeout=PATIENCE)
        for pipe in ready:
            answer = busy[pipe]._hear()
            if answer.died:
                dead.add(answer.worker)
            yield answer


def _context() -> Any:
    # never fork: a copy of a process with compiled code and threads may hang
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        # it and all it begins inherit deafness to the keyboard, with which this process alone has to deal
        resource_tracker.ensure_running()  # which would end the deafness too early
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    return context


_starting = threading.Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    """Hides where `__main__` comes from: a new process would import it again, and a script without a main guard start all over.

    No worker needs it, as what workers call stands in modules.
    """
    main = sys.modules["__main__"]
    with _starting:
        hidden = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
        try:
            for name in hidden:
                setattr(main, name, None)
            yield
        finally:
            for name, value in hidden.items():
                setattr(main, name, value)


def _serve(pipe: Connection, begin: Callable[..., None], given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*given)
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        pipe.send(question.function(question.given))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
