"""Many runs of a small office, kept as numerators and denominators: the population that the study draws from."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from jobcentre.metrics import MeasureWith, measure, measure_with
from jobcentre.model import Inputs, play, prepare
from jobcentre.model.compiling.code_cache import bases
from jobcentre.runs.locks import write_atomically
from jobcentre.runs.processes import Worker, WorkerTask, task_results
from jobcentre.runs.run_key import model_version
from jobcentre.runs.store import Key
from jobcentre.scenario import Scenario, load, vary
from jobcentre.stats.intervals import Floats

COACHES, WARMUP_WEEKS, WEEKS = 4, 4, 22
#: Runs made and kept at a time: an interruption loses no more than one block per process.
BLOCK = 500
#: Added to every group's own number, which is part of each customer's address for chance and of nothing else.
RENUMBERED = 20
Say = Callable[[str], object]


@dataclass(frozen=True)
class Pool:
    """Numerators and denominators of every metric; `values[run, key, 0 or 1]`."""

    keys: tuple[Key, ...]
    values: Floats

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.values)

    def of(self, key: Key) -> tuple[Floats, Floats]:
        """Numerators and denominators of one metric, one per run."""
        both = self.values[:, self.keys.index(key)]
        return both[:, 0], both[:, 1]


def small(name: str) -> Scenario:
    """A scenario with few coaches over half a year; its dated changes stay where they are."""
    posts = dict.fromkeys(("office.coaches", "office.establishment", "demand.posts"), COACHES)
    return vary(load(name), {**posts, "period.warmup_weeks": WARMUP_WEEKS, "period.weeks": WEEKS})


def renumbered(scenario: Scenario) -> Scenario:
    """The same office, in which every customer has another fate by chance while coaches keep theirs."""
    numbers = {f"groups.{name}.number": group.number + RENUMBERED for name, group in scenario.settings.groups.items()}
    return vary(scenario, numbers)


def pool(scenario: Scenario, seed: int, runs: int, jobs: int, say: Say = lambda _: None, block_of: int = BLOCK) -> Pool:
    """The first so many runs, read from the cache where they are there; with `jobs` 0 missing ones are made in this process."""
    folder = folder_of(scenario, seed)
    blocks = [range(start, min(start + block_of, runs)) for start in range(0, runs, block_of)]
    stored = {block: kept for block in blocks if (kept := _kept(folder, block)) is not None}
    missing = [block for block in blocks if block not in stored]
    for done, (block, new_pool) in enumerate(_made(scenario, seed, missing, jobs), 1):
        _keep(folder, block, new_pool)
        stored[block] = new_pool
        say(f"{done} of {len(missing)} blocks of runs")
    return Pool(stored[blocks[0]].keys, np.concatenate([stored[block].values for block in blocks]))


def folder_of(scenario: Scenario, seed: int) -> Path:
    """Where the runs of a scenario are kept, in the cache folder of this machine; named after all that decides what they give."""
    key = json.dumps({"scenario": scenario.resolved(), "seed": seed, "model": model_version()}, sort_keys=True, default=str)
    return next(bases()) / "pools" / hashlib.sha256(key.encode()).hexdigest()[:16]


def _made(scenario: Scenario, seed: int, blocks: list[range], jobs: int) -> Iterator[tuple[range, Pool]]:
    """Blocks as they are finished."""
    if jobs == 0:
        _begin(scenario, seed)
        yield from map(_block, blocks)
        return
    workers = [Worker(_begin, (scenario, seed)) for _ in range(min(jobs, len(blocks)))]
    todo = list(reversed(blocks))
    try:
        for worker in workers:
            worker.submit(WorkerTask(_block, todo.pop()))
        for answer in task_results(workers):
            if answer.worker_lost:
                raise RuntimeError("a process died while making runs (out of memory?)")
            if todo:
                answer.worker.submit(WorkerTask(_block, todo.pop()))
            yield answer.value
    finally:
        for worker in workers:
            worker.kill()


_ready: tuple[Inputs, MeasureWith, int]


def _begin(scenario: Scenario, seed: int) -> None:
    global _ready
    _ready = prepare(scenario), measure_with(scenario), seed


def _block(block: range) -> tuple[range, Pool]:
    inputs, measuring, seed = _ready
    runs = [measure(play(inputs, seed, run, "compiled"), measuring) for run in block]
    keys = tuple(runs[0])
    return block, Pool(keys, np.array([[run[key] for key in keys] for run in runs], dtype=np.float64))


def _file(folder: Path, block: range) -> Path:
    return folder / f"{block.start:06d}-{len(block)}.npz"


def _keep(folder: Path, block: range, new_pool: Pool) -> None:
    sink = io.BytesIO()
    names = np.array([f"{metric} {group or ''}" for metric, group in new_pool.keys])
    np.savez_compressed(sink, keys=names, values=new_pool.values)
    write_atomically(_file(folder, block), sink.getvalue())


def _kept(folder: Path, block: range) -> Pool | None:
    """A block from the cache, or None where it is not there or cannot be read."""
    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), np.load(_file(folder, block), allow_pickle=False) as kept:
        names = [str(name).split(" ") for name in kept["keys"]]
        return Pool(tuple((metric, group or None) for metric, group in names), kept["values"])
    return None
