"""Compiling ahead of the first run, and what can be said about compiled code here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jobcentre.model.compiling import CACHE, FUNCTIONS, WHY_PLAIN
from jobcentre.model.inputs import Inputs
from jobcentre.model.log_passes import PASSES, compile_passes
from jobcentre.model.run import RunInProgress

if TYPE_CHECKING:
    from jobcentre.model import Engine

#: Passes over a log, of which the metrics of either engine's runs are made.
_PASSES = tuple(f"log_passes.{name}" for name in PASSES)
#: What each engine calls from Python, and is therefore kept as machine code; the third is the largest.
ENTRIES = {
    "compiled": ("state.is_ready", "steps.start.start_office", "compiled_engine.play_days", *_PASSES),
    "simpy": (
        "state.is_ready", "steps.start.start_office", "steps.office_day.begin_day", "steps.arrivals.open_door",
        "steps.coach_day.end_work", "steps.coach_day.take_work", *_PASSES,
    ),
}  # fmt: skip
#: Share of the time to compile that is over when all functions are intermediate code; the rest is one long optimisation.
PARTS_SHARE = 0.6

Watcher = Callable[[float], None]


class CompiledState(NamedTuple):
    """The state of compiled code on this machine."""

    seconds: float  # that it took to have it
    compiled: bool  # whether anything had to be compiled
    kept_in: str  # the folder; empty where compiled code cannot be kept
    why_plain: str  # why nothing is compiled at all; empty where it is


def is_precompiled(engine: Engine) -> bool:
    """Whether nothing has to be compiled before the first run, or nothing can be."""
    return bool(WHY_PLAIN) or (CACHE is not None and all(CACHE.holds(_full_name(entry)) for entry in ENTRIES[engine]))


def _full_name(entry: str) -> str:
    return f"jobcentre.model.{entry}"


def trust_only(engine: Engine) -> None:
    """From now on this process reads from disk only what this engine runs; the other engine is compiled from its sources."""
    if CACHE is not None:
        CACHE.trusted = frozenset(_full_name(entry) for entry in ENTRIES[engine])


def can_keep() -> bool:
    """Whether the next process will find the code that this one compiles."""
    return CACHE is not None and CACHE.writable


def watch_compiling(watcher: Watcher) -> None:
    """Reports the progress of every later compilation in this process as a share from 0 to 1."""
    if WHY_PLAIN:
        return
    from jobcentre.model.compiling.linking import watchers

    largest = {_full_name(entries[2]) for entries in ENTRIES.values()}

    def tell(parts_made: int, entry: str) -> None:
        if entry in largest:
            watcher(1.0)
        elif not entry:
            watcher(PARTS_SHARE * min(1.0, parts_made / len(FUNCTIONS)))

    watchers[:] = [tell]


def precompile(inputs: Inputs, engine: Engine = "compiled") -> CompiledState:
    """Compiles what an engine needs, or reads it from disk, by playing the first moments of a run that is thrown away."""
    begun, before = time.perf_counter(), _compiled_so_far()
    run = RunInProgress(inputs, 0, 0)
    run.make_room()
    if engine == "compiled":
        from jobcentre.model import compiled_engine

        compiled_engine.play_days(run.office, np.zeros(2 * run.posts + 8, np.int64), 0, 0)
    else:
        from jobcentre.model import simpy_engine

        simpy_engine.begin_day(run.office, 0)
        simpy_engine.open_door(run.office, 0)
        simpy_engine.take_work(run.office, 0, 0)
        simpy_engine.end_work(run.office, 0, 0)
    compile_passes()
    kept_in = str(CACHE.folder) if CACHE is not None and CACHE.writable else ""
    return CompiledState(time.perf_counter() - begun, _compiled_so_far() > before, kept_in, WHY_PLAIN)


def _compiled_so_far() -> int:
    if WHY_PLAIN:
        return 0
    from jobcentre.model.compiling import linking as parts

    return parts.machine_code_made()
