"""Does what is missing of an experiment, and writes its folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sim import store
from sim.experiments.memory import jobs_that_fit
from sim.experiments.provenance import provenance
from sim.experiments.runners import Wanted, run_many
from sim.model import Engine, prepare
from sim.model.warm import can_keep, is_warm, warm
from sim.outputs import Experiment, events_file, write_events, write_results
from sim.results import Results, chosen_for_events
from sim.stats.intervals import Kind
from sim.store import Run

Progress = Callable[[int, int], None]


class How(NamedTuple):
    """How runs are made; none of it changes a result. `progress` is told of finished runs and of how many."""

    jobs: int
    engine: Engine
    all_events: bool = False
    command_line: Sequence[str] = ()
    progress: Progress = lambda _done, _of: None


def carry_out(asked: Experiment, runs: int, how: How) -> Results:
    """Makes the runs that are not there yet, writes the folder and gives the runs asked for; interrupted, it keeps what is finished."""
    begun = dt.datetime.now(dt.UTC)
    how = how._replace(jobs=jobs_that_fit(asked.scenarios, runs, how.jobs))
    store.make_folder(asked.folder)
    with store.opened(asked.folder) as opened:
        there = store.digests(opened)
    missing = [Wanted(name, run) for run in range(runs) for name in asked.scenarios if (name, run) not in there]
    _make(asked, missing, how)
    _keep_events(asked, how)
    with store.opened(asked.folder) as opened:
        store.looked(opened, runs)
    store.settle(asked.folder)
    # what is written must be what is stored: nobody may add a run in between
    with store.opened(asked.folder) as opened:
        kind: Kind = "fixed" if store.looks(opened) == [runs] else "anytime"
        results = Results({name: store.read(opened, name) for name in asked.scenarios}, kind)
        if len(results.first(runs).all) < runs * len(asked.scenarios):
            raise store.StoreError(
                asked.folder / store.FILE, "finished runs have been taken away while this command ran", store.SAME_COMMAND
            )
        write_results(asked, results, {**provenance(), "command": _command(how, begun, len(missing))})
    return results.first(runs)


def _make(asked: Experiment, missing: Sequence[Wanted], how: How) -> None:
    done = 0
    if missing and how.jobs and not is_warm(how.engine) and can_keep():  # else every process would compile for itself
        warm(prepare(asked.scenarios[missing[0].scenario]), how.engine)
    how.progress(0, len(missing))

    def keep(run: Run) -> None:
        nonlocal done
        with store.opened(asked.folder) as opened:
            store.save(opened, run)
        done += 1
        how.progress(done, len(missing))

    run_many(asked.scenarios, missing, seed=asked.seed, jobs=how.jobs, engine=how.engine, on_run=keep)


def _keep_events(asked: Experiment, how: How) -> None:
    """Makes the runs whose log is to be kept once more: which they are is known only when all are done."""
    with store.opened(asked.folder) as opened:
        found = {name: store.read(opened, name) for name in asked.scenarios}
        digests = store.digests(opened)
    wanted = []
    for name, mine in found.items():
        chosen = {run.run for run in mine if run.failure is None} if how.all_events else set(chosen_for_events(mine).values())
        wanted += [Wanted(name, run) for run in sorted(chosen) if not events_file(asked.folder, name, run).exists()]

    def keep(run: Run) -> None:
        if run.log is None or run.digest != digests[run.scenario, run.run]:
            reason = run.failure or f"its log has the digest {run.digest} and had {digests[run.scenario, run.run]}"
            raise RuntimeError(f"run {run.run} of {run.scenario} was not the same when made again: {reason}")
        with store.opened(asked.folder):  # whoever writes here keeps everybody else out
            write_events(events_file(asked.folder, run.scenario, run.run), run.log)

    run_many(asked.scenarios, wanted, seed=asked.seed, jobs=how.jobs, engine=how.engine, on_run=keep, keep_log=True)


def _command(how: How, begun: dt.datetime, made: int) -> dict[str, Any]:
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
