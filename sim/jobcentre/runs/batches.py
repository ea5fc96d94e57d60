"""Batches of runs: large enough that sending one costs next to nothing, small enough that a lost worker loses little."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

from jobcentre.runs.store import Run, RunLocation

#: Seconds that a batch should take: a thousand times the cost of sending it, and no more than may be lost.
SECONDS = 1.0
MOST_RUNS = 100
#: Workers that may be lost during a run before it counts as crashed: one may be killed by chance.
DEATHS = 2


class RunId(NamedTuple):
    """One run to make."""

    scenario: str
    run: int
    point: int = 0
    site: str = ""

    @property
    def location(self) -> RunLocation:
        """The scenario, office and point of the run."""
        return self.scenario, self.site, self.point


Batch = tuple[RunId, ...]


def worker_lost_failure(run_id: RunId, worker: str) -> Run:
    """Gives the crashed run during which workers were lost."""
    return Run(run_id.scenario, run_id.run, failure=f"{worker} died over this run (out of memory?)", point=run_id.point, site=run_id.site)


class BatchQueue:
    """Divides the run ids to do into batches of a set duration, smaller where `parts` workers have to share the rest."""

    def __init__(self, todo: deque[RunId], parts: int, seconds: float = SECONDS) -> None:
        self.todo, self.parts, self.seconds = todo, max(parts, 1), seconds
        self._seconds: float | None = None  # moving average for one run
        self._deaths: Counter[RunId] = Counter()  # workers lost during a batch with this run

    def __bool__(self) -> bool:
        return bool(self.todo)

    def next(self) -> Batch:
        """Gives the next batch; a single run while durations are unknown, or after a worker was lost during it."""
        largest = 1
        if self._seconds is not None and not self._deaths[self.todo[0]]:
            largest = min(MOST_RUNS, int(self.seconds / max(self._seconds, 1e-6)), len(self.todo) // (2 * self.parts))
        batch = [self.todo.popleft()]
        while len(batch) < largest and self.todo and not self._deaths[self.todo[0]]:
            batch.append(self.todo.popleft())
        return tuple(batch)

    def record_duration(self, batch: Sequence[RunId], seconds: float) -> None:
        """Updates the moving average of the duration of a run."""
        each = seconds / len(batch)
        self._seconds = each if self._seconds is None else 0.5 * (self._seconds + each)

    def retry_lost(self, batch: Batch) -> Run | None:
        """Requeues the runs of a lost worker one by one; gives the crashed run where a single run has lost its second worker."""
        self._deaths.update(batch)
        if len(batch) == 1 and self._deaths[batch[0]] >= DEATHS:
            return worker_lost_failure(batch[0], "two processes")
        self.put_back(batch)
        return None

    def put_back(self, batch: Batch) -> None:
        """Requeues a batch that was not finished."""
        self.todo.extendleft(reversed(batch))
