"""Makes the runs that are missing and keeps each as it ends."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from jobcentre.model import ENGINES, Engine, prepare
from jobcentre.model.precompile import can_keep, is_precompiled, precompile, watch_compiling
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import PlainScenarios, ScenarioProvider
from jobcentre.runs.folder import Experiment, events_file, write_events
from jobcentre.runs.interruption import shielded
from jobcentre.runs.store import Run, RunLocation
from jobcentre.runs.worker import WorkerOptions, run_all, run_key_at
from jobcentre.scenario import Scenario, load


def precompile_all(tell: Callable[[float], None]) -> dict[str, Any]:
    """Compiles what is not there yet; gives seconds, which engines were compiled, where the code is kept, why there is none."""
    watch_compiling(tell)
    inputs = prepare(load("baseline"))
    found = {engine: precompile(inputs, engine) for engine in ENGINES}
    compiled = [engine for engine, one in found.items() if one.compiled]
    last = list(found.values())[-1]
    seconds = sum(one.seconds for one in found.values())
    return {"seconds": round(seconds, 3), "compiled": compiled, "kept_in": last.kept_in, "why_plain": last.why_plain}


def precompile_for_workers(scenario: Scenario, jobs: int, engine: Engine) -> None:
    """Compiles before several processes begin, where they can read what was compiled: else each would compile for itself."""
    if jobs and not is_precompiled(engine) and can_keep():
        precompile(prepare(scenario), engine)


def precompiled_text(found: dict[str, Any]) -> str:
    """What was done, in a sentence."""
    if found["why_plain"]:
        return f"Nothing was compiled: {found['why_plain']}"
    if not found["compiled"]:
        return "Nothing had to be compiled: all was there already"
    engines = " and ".join(found["compiled"])
    where = f"kept in {found['kept_in']}" if found["kept_in"] else "not kept: no folder can be written"
    return f"Compiled for the {engines} engine{'s' * (len(found['compiled']) > 1)} in {found['seconds']:.0f} s; {where}"


#: Seconds for which finished runs wait for others where hundreds of workers make them: the disk takes as long for many as for one.
TOGETHER = 0.2
#: Answers to expect in that time, for it to be worth it.
FEWEST = 5


class Progress(Protocol):
    """What is told of finished runs, of how many there will be, and how many of those finished have failed."""

    def __call__(self, done: int, of: int, failed: int = 0, /) -> None:
        """Tells of it."""
        ...


def silent(done: int, of: int, failed: int = 0, /) -> None:
    """Tells nothing."""


class ExecutionOptions(NamedTuple):
    """How runs are made; none of it changes a result."""

    jobs: int
    engine: Engine
    all_events: bool = False
    command_line: Sequence[str] = ()
    progress: Progress = silent
    responses: bool = False  # also with the other responses to strain
    by_week: bool = True  # with a table by week of each run
    cluster: str | None = None  # address of a scheduler; none: on this machine
    shared: Path | None = None  # folder of a store that experiments share
    retry_failed: bool = False  # of a sweep; elsewhere failed runs are always tried again
    parquet: bool = False  # the table of metrics as Parquet as well


def run_missing(folder: Path, worlds: ScenarioProvider, missing: Sequence[RunId], how: ExecutionOptions, named: bool = True) -> int:
    """Makes these runs, in their order, and keeps them; says how many it made. Those in the shared store are taken from there.

    They are found under their names only if they are kept with them.
    """
    left = missing if how.shared is None else _take_shared(folder, how.shared, worlds, missing, how.by_week, named)
    if left and how.cluster is None:
        precompile_for_workers(worlds.at(left[0].place).scenario, how.jobs, how.engine)
    how.progress(0, len(left))
    done = failed = 0
    waiting: list[Run] = []
    kept_at = heard_at = time.monotonic()
    between = TOGETHER  # seconds from one answer to the next, of late

    def keep() -> None:
        nonlocal done, failed, kept_at
        if not waiting:
            return
        with shielded():
            with store.opened(folder) as opened:
                for run in waiting:
                    store.save(opened, run, named)
            if how.shared is not None:
                _share(how.shared, waiting)
            done += len(waiting)
            failed += sum(run.failure is not None for run in waiting)
            waiting.clear()
        kept_at = time.monotonic()
        how.progress(done, len(left), failed)

    def hear(runs: Sequence[Run]) -> None:
        nonlocal heard_at, between
        now = time.monotonic()
        between, heard_at = 0.8 * between + 0.2 * (now - heard_at), now
        # a run over which a process died does not say of which world it is
        waiting.extend(run if run.world else run._replace(world=run_key_at(worlds, run.place)) for run in runs)
        # where the next answer may be long in coming nothing waits for it
        if now - kept_at >= TOGETHER or between > TOGETHER / FEWEST:
            keep()

    try:
        run_all(worlds, left, WorkerOptions(how.engine, by_week=how.by_week), hear, jobs=how.jobs, cluster=how.cluster)
    finally:
        keep()
    return len(left)


def command_record(how: ExecutionOptions, begun: dt.datetime, made: int) -> dict[str, Any]:
    """What the manifest says of a command that ends now."""
    ended = dt.datetime.now(dt.UTC)
    return {
        "command_line": list(how.command_line),
        "engine": how.engine,
        "jobs": how.jobs,
        "runs_made": made,
        "began": begun.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun).total_seconds(), 3),
    }


def keep_logs(folder: Path, worlds: ScenarioProvider, chosen: Mapping[RunId, str], how: ExecutionOptions) -> None:
    """Makes runs once more whose log is to be kept and is not there yet, on this machine; they must have these digests."""
    left = [one for one in chosen if not events_file(folder, one.scenario, one.run, one.point, one.site).exists()]

    def keep(runs: Sequence[Run]) -> None:
        for run in runs:
            digest = chosen[RunId(run.scenario, run.run, run.point, run.site)]
            if run.log is None or run.digest != digest:
                reason = run.failure or f"its log has the digest {run.digest} and had {digest}"
                raise RuntimeError(f"run {run.run} of {run.scenario} was not the same when made again: {reason}")
            with store.locked(folder):  # two commands may write the same file
                write_events(events_file(folder, run.scenario, run.run, run.point, run.site), run.log)

    run_all(worlds, left, WorkerOptions(how.engine, keep_log=True), keep, jobs=how.jobs)


def _take_shared(folder: Path, shared: Path, worlds: ScenarioProvider, missing: Sequence[RunId], by_week: bool, named: bool) -> list[RunId]:
    """Copies what the shared store has; gives what is left to make."""
    by_place: dict[RunLocation, list[RunId]] = {}
    for one in missing:
        by_place.setdefault(one.place, []).append(one)
    store.make_folder(shared)
    taken: set[RunId] = set()
    for place, wanted in by_place.items():
        world = worlds.at(place).hash
        with store.opened(shared) as opened:
            there = {run.run: run for run in store.read_run_key(opened, world, place)}
        with store.opened(folder) as opened:
            for one in wanted:
                run = there.get(one.run)
                if run is not None and run.failure is None and (run.weekly or one.point or not by_week):
                    store.save(opened, run if by_week else run._replace(weekly=""), named)
                    taken.add(one)
    return [one for one in missing if one not in taken]


def _share(shared: Path, runs: Iterable[Run]) -> None:
    """Keeps runs for other experiments, under no name."""
    with store.opened(shared) as opened:
        for run in runs:
            if run.failure is None and run.world:
                store.save(opened, run, named=False)


#: Runs of scenarios as they are (point 0), by scenario and number. Failed ones are in it once they were tried by this
#: command, so that none is tried for ever.
Found = dict[str, dict[int, Run]]
#: From what is there, which grows, to what is wanted in each turn; of a turn all is there before the next is asked for.
Procedure = Callable[[Found], Iterator[Sequence[RunId]]]


def run_adaptively(asked: Experiment, how: ExecutionOptions, turns: Procedure) -> int:
    """Makes what each turn wants and is not there yet, and keeps it in the experiment's store; gives how many were made.

    The processes stay over all turns. Interrupted, it keeps what is finished, and the same turns go on from there.
    """
    store.make_folder(asked.folder)
    found = runs_in_folder(asked)
    coming = turns(found)
    todo: deque[RunId] = deque()
    done = planned = 0

    def next_turn() -> None:
        nonlocal planned
        while done == planned and (wanted := next(coming, None)) is not None:
            missing = [one for one in wanted if one.run not in found[one.scenario]]
            planned += len(missing)
            todo.extend(missing)

    def keep(runs: Sequence[Run]) -> None:
        nonlocal done
        with shielded(), store.opened(asked.folder) as opened:
            for run in runs:
                store.save(opened, run)
        for run in runs:
            found[run.scenario][run.run] = run
        done += len(runs)
        next_turn()
        how.progress(done, planned)

    next_turn()
    if todo:
        precompile_for_workers(asked.scenarios[todo[0].scenario], how.jobs, how.engine)
        how.progress(0, planned)
        run_all(PlainScenarios(asked.scenarios, asked.seed), todo, WorkerOptions(how.engine, by_week=False), keep, jobs=how.jobs)
    return done


def runs_in_folder(asked: Experiment) -> Found:
    """The runs of the store that ended well."""
    with store.opened(asked.folder) as opened:
        return runs_in_store(opened, asked)


def runs_in_store(opened: store.Store, asked: Experiment, failed: bool = False) -> Found:
    """The runs of an open store, those that ended well or also failed ones."""
    return {
        name: {run.run: run._replace(weekly="") for run in store.read(opened, name) if failed or run.failure is None}
        for name in asked.scenarios
    }
