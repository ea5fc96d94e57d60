"""The one loop: a procedure names the runs that it wants, those that are missing are made, and each is kept as it ends."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from jobcentre.model import ENGINES, Engine, prepare
from jobcentre.model.precompile import can_keep, is_precompiled, precompile, watch_compiling
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import ScenarioProvider
from jobcentre.runs.folder import events_file
from jobcentre.runs.interruption import shielded
from jobcentre.runs.locks import locked, make_folder, write_atomically
from jobcentre.runs.store import Run, RunLocation
from jobcentre.runs.worker import WorkerOptions, run_all, run_key_at
from jobcentre.scenario import Scenario, load

if TYPE_CHECKING:
    from jobcentre.runs.cluster import TlsFiles


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
    where = f"kept in {found['kept_in']}" if found["kept_in"] else "not kept: `jobcentre doctor` says why"
    return f"Compiled for the {engines} engine{'s' * (len(found['compiled']) > 1)} in {found['seconds']:.0f} s; {where}"


#: Seconds for which finished runs wait for others, so that one write to the disk serves several.
TOGETHER = 0.2
#: Batches of workers to expect in that time, below which nothing waits.
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
    note: Callable[[str], None] = lambda _text: None
    responses: bool = False  # also with the other responses to strain
    by_week: bool = True  # with a table by week of each run
    workers: int = 1  # processes that make runs, here or on a cluster
    cluster: str | None = None  # address of a scheduler; none: on this machine
    cluster_tls: TlsFiles | None = None  # with which to connect; none: as Dask is configured
    shared: Path | None = None  # folder of a store that experiments share
    retry_failed: bool = True  # runs that failed in an earlier command
    parquet: bool = False  # the table of metrics as Parquet as well


def outdated_text(outdated: int, measured_anew: int) -> str:
    """What becomes of stored runs that were measured by other metrics than today's."""
    runs = "1 stored run was" if outdated == 1 else f"{outdated:,} stored runs were"
    return (
        f"{runs} measured by another version of the metrics: {measured_anew:,} can be measured anew from kept event logs, "
        "the rest is made again where it is wanted."
    )


class RunSink(Protocol):
    """The receiver of runs: says which are missing, and takes those that end; `logs` holds kept logs that only need measuring."""

    logs: dict[RunId, tuple[Path, str]]

    def missing(self, wanted: Iterable[RunId]) -> list[RunId]:
        """Those of the wanted runs that are still to be made."""
        ...

    def add(self, runs: Sequence[Run]) -> None:
        """Receives finished runs."""
        ...


class KeptRuns:
    """The runs in a folder's store: which are there, what they gave, and where those that end are kept.

    Without `keys` a run is stored under its location at once. With them, as a sweep has them, it is stored by its run key alone, and the
    locations are written at the end. A run that failed counts as missing if it is to be tried again, once by each command.
    """

    def __init__(
        self, folder: Path, provider: ScenarioProvider, how: ExecutionOptions, keys: Mapping[RunLocation, str] | None = None
    ) -> None:
        self._folder, self._provider, self._how, self._named = folder, provider, how, keys is None
        self._keys: Mapping[RunLocation, str] = keys or {}
        self._runs: dict[RunLocation, dict[int, Run]] = {}
        self._there: dict[str | RunLocation, set[int]] = {}
        self.logs: dict[RunId, tuple[Path, str]] = {}
        if (folder / store.FILE).exists():  # nothing is written where somebody only asks what is missing
            with store.opened(folder) as opened:
                self._there.update(store.finished_runs(opened, failed=not how.retry_failed).items())
                self._keys = store.locations(opened) if keys is None else keys
                outdated = store.outdated_runs(opened)
            if outdated:
                self.logs = self._kept_logs(outdated)
                measured_anew = len({(self._keys[run.location], run.run) for run in self.logs})
                how.note(outdated_text(sum(map(len, outdated.values())), measured_anew))

    def missing(self, wanted: Iterable[RunId]) -> list[RunId]:
        """Those that are still to be made, which then count as taken: none is named twice, although it may be wanted again.

        What the shared store has is copied, and is not missing.
        """
        missing = []
        for run in wanted:
            there = self._there.setdefault(self._keys.get(run.location, run.location), set())
            if run.run not in there:
                there.add(run.run)
                missing.append(run)
        return missing if self._how.shared is None else self._take_shared(self._how.shared, missing)

    def add(self, runs: Sequence[Run]) -> None:
        """Keeps finished runs, also in the store that experiments share."""
        # a run over which a process died does not say what its run key is
        runs = [run if run.run_key else run._replace(run_key=run_key_at(self._provider, run.location)) for run in runs]
        with store.opened(self._folder) as opened:
            for run in runs:
                self._save(opened, run)
        if self._how.shared is not None:
            with store.opened(self._how.shared) as opened:
                for run in runs:
                    if run.failure is None and run.run_key:
                        store.save(opened, run, named=False)

    def at(self, scenario: str, point: int = 0) -> Mapping[int, Run]:
        """The runs of a scenario at a point by their number, in its order, failed ones too; without their tables by week."""
        location = (scenario, "", point)
        if location not in self._runs:
            with store.opened(self._folder) as opened:
                self._runs[location] = {run.run: run.without_tables() for run in store.read(opened, scenario, point)}
        return dict(sorted(self._runs[location].items()))

    def _kept_logs(self, outdated: Mapping[str, Mapping[int, str]]) -> dict[RunId, tuple[Path, str]]:
        """The logs in the folder of runs that were measured by other metrics than today's."""
        there = {file.name for file in self._folder.glob("events/*.parquet")}
        logs: dict[RunId, tuple[Path, str]] = {}
        for location, key in self._keys.items() if there else ():
            scenario, site, point = location
            for run, digest in outdated.get(key, {}).items():
                file = events_file(self._folder, scenario, run, point, site)
                if file.name in there:
                    logs[RunId(scenario, run, point, site)] = (file, digest)
        return logs

    def _save(self, opened: store.Store, run: Run) -> None:
        store.save(opened, run, self._named)
        if run.location in self._runs:
            self._runs[run.location][run.run] = run.without_tables()

    def _take_shared(self, shared: Path, missing: Sequence[RunId]) -> list[RunId]:
        """Copies what the shared store has; gives what is left to make."""
        by_location: dict[RunLocation, list[RunId]] = {}
        for run_id in missing:
            by_location.setdefault(run_id.location, []).append(run_id)
        make_folder(shared)
        by_week = self._how.by_week
        taken: set[RunId] = set()
        for location, wanted in by_location.items():
            key = self._provider.at(location).run_key
            with store.opened(shared) as opened:
                shared_runs = {run.run: run for run in store.read_run_key(opened, key, location)}
            with store.opened(self._folder) as opened:
                for run_id in wanted:
                    run = shared_runs.get(run_id.run)
                    if run is not None and run.failure is None and (run.weekly or run_id.point or not by_week):
                        self._save(opened, run if by_week else run.without_tables())
                        taken.add(run_id)
        return [run_id for run_id in missing if run_id not in taken]


class PassedOnRuns:
    """A receiver that keeps no run and hands each to a function; so every run is missing."""

    def __init__(self, add: Callable[[Sequence[Run]], None]) -> None:
        self.add = add
        self.logs: dict[RunId, tuple[Path, str]] = {}

    def missing(self, wanted: Iterable[RunId]) -> list[RunId]:
        """All of them."""
        return list(wanted)


Answer = TypeVar("Answer")
#: Names the runs it needs next, and returns an answer in the end. When it resumes, all runs that it named are there.
Procedure = Generator[Iterable[RunId], None, Answer]


def fixed_set(wanted: Iterable[RunId]) -> Procedure[None]:
    """The procedure that needs these runs, whatever their results."""
    yield wanted


class Work(NamedTuple, Generic[Answer]):
    """The runs of a study: where their scenarios come from, the procedure that names them, their receiver, and the most there can be."""

    provider: ScenarioProvider
    procedure: Procedure[Answer]
    runs: RunSink
    at_most: int


def execute(work: Work[Answer], how: ExecutionOptions) -> tuple[int, Answer]:
    """Makes the runs that a procedure wants and that are missing; gives how many it made and the procedure's answer.

    Runs are handed on as they end, so an interruption loses none that is finished. Workers stay over all that the procedure wants.
    """
    provider, procedure, runs, _ = work
    todo: deque[RunId] = deque()
    waiting: list[Run] = []
    planned = done = failed = 0
    answers: list[Answer] = []
    added_at = heard_at = time.monotonic()
    between = TOGETHER  # seconds from one answer of a worker to the next, of late

    def advance() -> None:
        nonlocal planned
        while not answers and done == planned:
            try:
                missing = runs.missing(next(procedure))
            except StopIteration as end:
                answers.append(end.value)
            else:
                planned += len(missing)
                todo.extend(missing)

    def add() -> None:
        nonlocal done, failed, added_at
        if waiting:
            with shielded():  # else runs that were just kept would be kept once more below
                runs.add(tuple(waiting))
                done += len(waiting)
                failed += sum(run.failure is not None for run in waiting)
                waiting.clear()
            added_at = time.monotonic()
            how.progress(done, planned, failed)

    def hear(finished: Sequence[Run]) -> None:
        nonlocal heard_at, between
        now = time.monotonic()
        between, heard_at = 0.8 * between + 0.2 * (now - heard_at), now
        waiting.extend(finished)
        # where the next answer may be long in coming nothing waits for it, nor where the procedure waits
        if done + len(waiting) == planned or now - added_at >= TOGETHER or between > TOGETHER / FEWEST:
            add()
        advance()

    advance()
    if todo and how.cluster is None:
        precompile_for_workers(provider.at(todo[0].location).scenario, how.jobs, how.engine)
    how.progress(0, planned)
    try:
        run_all(
            provider, todo, WorkerOptions(how.engine, by_week=how.by_week, logs=runs.logs), hear, jobs=how.jobs,
            cluster=how.cluster, cluster_tls=how.cluster_tls, note=how.note,
        )  # fmt: skip
    finally:
        add()
    return done, answers[0]


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


def keep_logs(folder: Path, provider: ScenarioProvider, chosen: Mapping[RunId, str], how: ExecutionOptions) -> None:
    """Makes runs once more whose log is to be kept and is not there yet, on this machine; they must have these digests."""
    files = {one: events_file(folder, one.scenario, one.run, one.point, one.site) for one in chosen}

    def keep(runs: Sequence[Run]) -> None:
        for run in runs:
            run_id = RunId(run.scenario, run.run, run.point, run.site)
            if run.digest != chosen[run_id]:
                reason = run.failure or f"its log has the digest {run.digest} and had {chosen[run_id]}"
                raise RuntimeError(f"run {run.run} of {run.scenario} was not the same when made again: {reason}")
            with locked(folder):  # two commands may write the same file
                write_atomically(files[run_id], run.packed_log)

    left = [one for one, file in files.items() if not file.exists()]
    run_all(provider, left, WorkerOptions(how.engine, logs_only=True), keep, jobs=how.jobs)
