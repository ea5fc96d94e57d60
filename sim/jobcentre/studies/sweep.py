"""Does what is missing of a sweep, and writes its folder; memory does not grow with the number of runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Work, command_record, execute, fixed_set, keep_logs
from jobcentre.runs.folder import begin, delete_logs, delete_unfinished, write_manifest
from jobcentre.runs.locks import locked, write_turn
from jobcentre.runs.machine import provenance
from jobcentre.runs.memory import processes_that_fit
from jobcentre.runs.results import RunResults, Summary
from jobcentre.stats.intervals import Kind
from jobcentre.studies.nation import Nation
from jobcentre.studies.sweep_request import Sweep
from jobcentre.studies.sweep_tables import WrittenTables, write_tables


class SweepResult(NamedTuple):
    """What came of a sweep; `summaries` are those of the metrics that are shown first."""

    planned: int
    made: int
    failed: int
    kind: Kind
    summaries: list[Summary]
    results: RunResults  # of the nation, where scenarios are played in the offices of a table
    nations: Mapping[str, Nation]


def sweep_work(sweep: Sweep, how: ExecutionOptions) -> Work[None]:
    """The runs of a sweep. They are known by their keys: another sweep may give the same names other points."""
    kept = KeptRuns(sweep.experiment.folder, sweep.provider, how, sweep.hashes)
    return Work(sweep.provider, fixed_set(sweep.run_ids()), kept, sweep.planned)


def run_sweep(sweep: Sweep, how: ExecutionOptions, draw: Callable[[Path], object] = lambda _folder: None) -> SweepResult:
    """Makes the runs that are not there yet, and writes the folder; interrupted, it keeps what is finished.

    Failed runs stay as they are unless they are to be tried again. `draw` draws the report of the folder, before another
    command can put its own tables there.
    """
    begun = dt.datetime.now(dt.UTC)
    asked = sweep.experiment
    how = how._replace(by_week=False, jobs=_jobs(sweep, how))
    begin(asked, sweep.request)
    number, _ = execute(sweep_work(sweep, how), how)
    with store.opened(asked.folder) as opened:
        store.record_look(opened, sweep.runs)
    written = _written(sweep, how, begun, number, draw)
    return SweepResult(sweep.planned, number, len(written.failed), written.kind, written.summaries, written.results, written.nations)


def _written(sweep: Sweep, how: ExecutionOptions, begun: dt.datetime, number: int, draw: Callable[[Path], object]) -> WrittenTables:
    """Writes all but the store's runs, in a turn of its own: which runs are examples is known only with the tables, and their logs
    take a while, in which no other command may put its tables there.
    """
    asked = sweep.experiment
    with write_turn(asked.folder):
        with store.opened(asked.folder) as opened:
            before = store.locations(opened)
            delete_logs(asked.folder, [location for location, run_key in before.items() if sweep.hashes.get(location) != run_key])
            store.assign_names(opened, sweep.hashes)
        store.rewrite_canonically(asked.folder)
        with store.opened(asked.folder) as opened:
            delete_unfinished(asked.folder)
            kind: Kind = "fixed" if store.looks(opened) == [sweep.runs] else "anytime"
            written = write_tables(opened, sweep, kind, how.parquet)
        keep_logs(asked.folder, sweep.provider, _logs(sweep, written, how), how)
        with locked(asked.folder):
            write_manifest(asked, sweep.request, written.manifest_entries, {**provenance(), "command": command_record(how, begun, number)})
            draw(asked.folder)
    return written


def _logs(sweep: Sweep, written: WrittenTables, how: ExecutionOptions) -> dict[RunId, str]:
    """Digests of the runs whose log is kept: example runs, or all."""
    chosen: Sequence[RunId] = [one for mine in written.examples.values() for one in mine.values()]
    if how.all_events:
        chosen = [one for one in sweep.run_ids() if (*one.location, one.run) in written.digests]
    return {one: written.digests[*one.location, one.run] for one in dict.fromkeys(chosen)}


def _jobs(sweep: Sweep, how: ExecutionOptions) -> int:
    """As many processes as have room for the runs that seem to need most."""
    locations = list(sweep.hashes)
    chosen = {locations[0], locations[-1]}
    if sweep.plan is not None:
        for axis in range(len(sweep.plan.axes)):
            ranked = sorted(locations, key=lambda location: _size(sweep, location, axis))
            chosen |= {ranked[0], ranked[-1]}
    elif sweep.sites:
        chosen |= {max(locations, key=lambda location: sweep.provider.sites[location[1]].posts)}
    scenarios = {"/".join(map(str, location)): sweep.provider.at(location).scenario for location in chosen}
    return processes_that_fit(scenarios, how.jobs)


def _size(sweep: Sweep, location: store.RunLocation, axis: int) -> float:
    assert sweep.plan is not None
    value = sweep.plan.points[location[2] - 1][axis]
    return float(value) if isinstance(value, int | float) else 0.0
