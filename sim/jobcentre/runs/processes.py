"""Worker processes that carry out tasks, each with a pipe of its own: a lost worker loses only its own tasks.

A queue that all share, as pools have it, stays locked for ever when a process is killed while it writes into it.
"""

from __future__ import annotations

import errno
import json
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

from jobcentre.runs.interruption import ENDING, raise_if_requested, shielded

#: Seconds between checks for Ctrl-C, which on Windows cannot interrupt a wait.
PATIENCE = 0.25
#: Seconds that a worker outlives SIGTERM, if it is not ended before.
GRACE = 1
#: What the fork server imports, from where this process has it.
PRELOADED = "jobcentre.runs.preload"
#: The variable with the values of others before.
PUT_BACK = "JOBCENTRE_PUT_BACK"


class WorkerTask(NamedTuple):
    """A module-level function and its argument."""

    function: Callable[[Any], Any]
    argument: Any = None


class TaskResult(NamedTuple):
    """The result of a task; `worker_lost` if the process died before it had one."""

    worker: Worker
    task: WorkerTask
    value: Any
    worker_lost: bool = False


class Worker:
    """A process that carries out tasks in order; it starts with `initializer(*arguments)`."""

    def __init__(self, initializer: Callable[..., None], arguments: Sequence[Any] = ()) -> None:
        with _without_main(), shielded():  # a process half begun would complain on the screen
            context = _context()
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=_serve, args=(theirs, initializer, tuple(arguments)), daemon=True)
            try:
                self.process.start()
            except EOFError:  # the process that begins others has died
                raise OSError(errno.EAGAIN, "a process could not be started") from None
            theirs.close()
        self.pending: deque[WorkerTask] = deque()

    def submit(self, task: WorkerTask) -> None:
        """Sends a task; if the process is dead already, its result will show it."""
        self.pending.append(task)
        try:
            self.pipe.send(task)
        except OSError:
            return

    def end(self) -> None:
        """Ends the process after its current task."""
        self.pipe.close()
        self.process.join()

    def kill(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.end()

    def _receive(self) -> TaskResult:
        """Waits for the result of the oldest pending task."""
        try:
            value = self.pipe.recv()
        except (EOFError, OSError):
            return TaskResult(self, self.pending.popleft(), None, worker_lost=True)
        return TaskResult(self, self.pending.popleft(), value)


def task_results(workers: Sequence[Worker]) -> Iterator[TaskResult]:
    """Yields results as they come until no task is pending; tasks and workers may be added and removed meanwhile.

    A lost worker yields no more results: its unfinished tasks stay in `pending`.
    """
    dead: set[Worker] = set()
    while busy := {worker.pipe: worker for worker in workers if worker.pending and worker not in dead}:
        raise_if_requested()
        ready: Iterable[Any] = wait(list(busy), timeout=PATIENCE)
        for pipe in ready:
            result = busy[pipe]._receive()
            if result.worker_lost:
                dead.add(result.worker)
            yield result


def start_fork_server() -> None:
    """Starts the process from which workers are forked, so that it imports what they need while this one goes on; once only."""
    with shielded():
        _context()


def _context() -> Any:
    # never fork this process: a copy of one with compiled code and threads may hang
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        # the fork server and its children inherit the blocked signals: only this process handles them, even where all are sent them
        resource_tracker.ensure_running()  # which would unblock the signal too early
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            if sys.platform == "linux" and not sys.flags.ignore_environment:  # elsewhere libraries of the system may start threads
                places = os.pathsep.join(os.path.abspath(place) for place in sys.path)
                with _environment(PYTHONPATH=places, OPENBLAS_NUM_THREADS="1"):
                    forkserver.set_forkserver_preload([PRELOADED])
                    forkserver.ensure_running()
            else:
                forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return context


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Variables of a process started in the block, which puts back what they were before: its children are to have none of these."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables | {PUT_BACK: json.dumps(before)})
    try:
        yield
    finally:
        put_back_environment()


def put_back_environment() -> None:
    """Gives variables the values that they had before, where they were set for the process from which workers are forked."""
    for name, value in json.loads(os.environ.pop(PUT_BACK, "{}")).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


_starting = threading.Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    """Hides the origin of `__main__`: a new process would import it again and rerun a script without a main guard.

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


def _serve(pipe: Connection, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    for one in ENDING:
        signal.signal(one, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_soon)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    initializer(*arguments)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(task.function(task.argument))


def _end_soon(_number: int, _frame: Any) -> None:
    """Ends this process a little later: where all processes are sent the signal, the one that gave the task is to end it, not miss it."""
    threading.Timer(GRACE, os._exit, (1,)).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
