"""Does what is missing of an experiment, and writes its folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, command_record, keep_logs, run_missing
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import Experiment, write_results
from jobcentre.runs.machine import provenance
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.runs.results import POINT_OF_RESPONSE, Results, chosen_for_events
from jobcentre.runs.store import Run
from jobcentre.runs.variants import points_by_response, response_points
from jobcentre.stats.intervals import Kind
from jobcentre.studies.precision import Precision, is_precise, looks_up_to, precision_status


def run_comparison(asked: Experiment, runs: int, how: ExecutionOptions, precision: Precision | None = None) -> Results:
    """Makes the runs that are not there yet, writes the folder and gives the runs asked for; interrupted, it keeps what is finished.

    With a precision the runs are those of the look at which it is reached, or of the last look allowed.
    """
    begun = dt.datetime.now(dt.UTC)
    points = {name: [0, *(response_points(scenario) if how.responses else ())] for name, scenario in asked.scenarios.items()}
    most = looks_up_to(precision.most_runs)[-1] if precision else runs
    how = how._replace(jobs=jobs_that_fit(asked.scenarios, most, how.jobs, max(map(len, points.values()))))
    store.make_folder(asked.folder)
    made = 0
    if precision:
        runs, made = _until_precise(asked, precision, how)
    # what was asked for comes first, for somebody may stop before the end
    every = [RunId(name, run, point) for run in range(runs) for name, mine in points.items() for point in mine]
    made += run_missing_of(asked, sorted(every, key=lambda one: one.point > 0), how)
    _keep_events(asked, how)
    with store.opened(asked.folder) as opened:
        store.record_look(opened, runs)
    store.rewrite_canonically(asked.folder)
    # what is written must be what is stored: nobody may add a run in between
    with store.opened(asked.folder) as opened:
        kind: Kind = "fixed" if store.looks(opened) == [runs] else "anytime"
        results = _read(opened, asked, kind)
        if len(results.first(runs).all) < runs * len(asked.scenarios):
            raise store.StoreError(
                asked.folder / store.FILE, "finished runs have been taken away while this command ran", store.SAME_COMMAND
            )
        write_results(asked, results, {**provenance(), "command": command_record(how, begun, made)}, how.parquet)
    return results.first(runs)


def run_missing_of(asked: Experiment, wanted: Sequence[RunId], how: ExecutionOptions) -> int:
    """Makes those of the wanted runs that are not there yet, in their order; says how many it made. Failed ones are tried again."""
    with store.opened(asked.folder) as opened:
        there = store.digests(opened)
    missing = [one for one in wanted if (one.scenario, one.point, one.run) not in there]
    return run_missing(asked.folder, PlainScenarios(asked.scenarios, asked.seed), missing, how)


def _until_precise(asked: Experiment, precision: Precision, how: ExecutionOptions) -> tuple[int, int]:
    """The number of runs with which the results are precise, or the most allowed; and how many were made for it."""
    made, runs = 0, 0
    for runs in looks_up_to(precision.most_runs):
        made += run_missing_of(asked, [RunId(name, run) for run in range(runs) for name in asked.scenarios], how)
        with store.opened(asked.folder) as opened:
            store.record_look(opened, 0)  # before the look: whoever stops here has seen nothing, but may have been told to go on
            results = Results({name: store.read(opened, name) for name in asked.scenarios}, "anytime").first(runs)
        if is_precise(precision_status(results, precision), runs, precision):
            break
    return runs, made


def _read(opened: store.Store, asked: Experiment, kind: Kind) -> Results:
    """All that is stored; with the other responses where every scenario has their runs."""
    found: dict[str, dict[str, list[Run]]] = {}
    runs = {name: store.read(opened, name) for name in asked.scenarios}
    for response in POINT_OF_RESPONSE:
        points = {name: points_by_response(scenario).get(response) for name, scenario in asked.scenarios.items()}
        mine = {name: store.read(opened, name, point) if point else runs[name] for name, point in points.items() if point is not None}
        if mine and len(mine) == len(runs) and all(mine.values()):
            found[response] = mine
    return Results(runs, kind, found if len(found) > 1 else {})


def _keep_events(asked: Experiment, how: ExecutionOptions) -> None:
    """Makes the runs whose log is to be kept once more: which they are is known only when all are done."""
    with store.opened(asked.folder) as opened:
        found = {name: store.read(opened, name) for name in asked.scenarios}
        digests = store.digests(opened)
    wanted: dict[RunId, str] = {}
    for name, mine in found.items():
        chosen = {run.run for run in mine if run.failure is None} if how.all_events else set(chosen_for_events(mine).values())
        wanted |= {RunId(name, run): digests[name, 0, run] for run in sorted(chosen)}
    keep_logs(asked.folder, PlainScenarios(asked.scenarios, asked.seed), wanted, how)
