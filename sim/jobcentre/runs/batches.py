"""Blocks of runs: what is handed to a process at once, so that handing out costs next to nothing and little is lost with a process."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

from jobcentre.runs.store import Run, RunLocation

#: Seconds that a block should take: a thousand times what it costs to hand it out, and no more than may be lost.
SECONDS = 1.0
MOST_RUNS = 100
#: Processes that may die over a run before it counts as failed: one may be killed by chance.
DEATHS = 2


class RunId(NamedTuple):
    """One run to make."""

    scenario: str
    run: int
    point: int = 0
    site: str = ""

    @property
    def place(self) -> RunLocation:
        """Under which names it is asked for."""
        return self.scenario, self.site, self.point


Batch = tuple[RunId, ...]


def worker_lost_failure(one: RunId, what: str) -> Run:
    """The failed run over which something died."""
    return Run(one.scenario, one.run, failure=f"{what} died over this run (out of memory?)", point=one.point, site=one.site)


class BatchQueue:
    """Cuts what there is to do into blocks, of so many seconds or as long as `parts` workers may still share."""

    def __init__(self, todo: deque[RunId], parts: int, seconds: float = SECONDS) -> None:
        self.todo, self.parts, self.seconds = todo, max(parts, 1), seconds
        self._seconds: float | None = None  # a run takes, of late
        self._deaths: Counter[RunId] = Counter()  # in whatever company

    def __bool__(self) -> bool:
        return bool(self.todo)

    def next(self) -> Batch:
        """The next runs; one if it is not known how long runs take, or if a process has died over it."""
        most = 1
        if self._seconds is not None and not self._deaths[self.todo[0]]:
            most = min(MOST_RUNS, int(self.seconds / max(self._seconds, 1e-6)), len(self.todo) // (2 * self.parts))
        block = [self.todo.popleft()]
        while len(block) < most and self.todo and not self._deaths[self.todo[0]]:
            block.append(self.todo.popleft())
        return tuple(block)

    def took(self, block: Sequence[RunId], seconds: float) -> None:
        """Learns how long runs take."""
        each = seconds / len(block)
        self._seconds = each if self._seconds is None else 0.5 * (self._seconds + each)

    def died(self, block: Batch) -> Run | None:
        """Puts back what a process died over, to be made one by one; the failed run if it was alone and not the first to die over it."""
        self._deaths.update(block)
        if len(block) == 1 and self._deaths[block[0]] >= DEATHS:
            return worker_lost_failure(block[0], "two processes")
        self.back(block)
        return None

    def back(self, block: Batch) -> None:
        """Puts back what was never begun, or not ended."""
        self.todo.extendleft(reversed(block))
