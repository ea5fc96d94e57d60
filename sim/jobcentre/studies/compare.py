"""Compares scenarios: makes the runs that are missing and writes the results folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from jobcentre.metrics.windows import untested_reason
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Procedure, Work, command_record, execute, keep_logs
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import Experiment, begin, experiment, write_results
from jobcentre.runs.locks import StoreError
from jobcentre.runs.machine import provenance
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.runs.requests import ComparisonRequest, RequestedPrecision
from jobcentre.runs.results import RunResults, chosen_for_events
from jobcentre.runs.store import Run
from jobcentre.runs.variants import POINT_OF_RESPONSE, points_by_response, response_points
from jobcentre.scenario import Scenario
from jobcentre.stats.intervals import Kind
from jobcentre.studies.precision import Precision, is_precise, looks_up_to, precision_status


def run_comparison(asked: Experiment, runs: int, how: ExecutionOptions, precision: Precision | None = None) -> RunResults:
    """Makes the runs that are not there yet, writes the folder and gives the runs asked for; interrupted, it keeps what is finished.

    With a precision the runs are those of the look at which it is reached, or of the last look allowed.
    """
    begun = dt.datetime.now(dt.UTC)
    points, most = _points(asked, how), _most_runs(runs, precision)
    how = how._replace(jobs=jobs_that_fit(asked.scenarios, most, how.jobs, max(map(len, points.values()))))
    request = ComparisonRequest(
        runs=None if precision else runs,
        precision=RequestedPrecision(**precision._asdict()) if precision else None,
        responses=how.responses,
    )
    begin(asked, request)
    made, runs = execute(comparison_work(asked, runs, how, precision), how)
    _keep_events(asked, how)
    with store.opened(asked.folder) as opened:
        store.record_look(opened, runs)
    store.rewrite_canonically(asked.folder)
    # what is written must be what is stored: nobody may add a run in between
    with store.opened(asked.folder) as opened:
        # fixed only if nobody has looked at another number of runs
        kind: Kind = "fixed" if store.looks(opened) == [runs] else "anytime"
        results = _read(opened, asked, kind)
        if len(results.first(runs).all) < runs * len(asked.scenarios):
            raise StoreError(asked.folder / store.FILE, "finished runs have been taken away while this command ran", store.SAME_COMMAND)
        write_results(asked, request, results, {**provenance(), "command": command_record(how, begun, made)}, how.parquet)
    return results.first(runs)


def comparison_of(scenarios: Mapping[str, Scenario], seed: int, out: Path) -> Experiment:
    """The experiment of one scenario, or of options beside a base, and its folder below `out`."""
    first = next(iter(scenarios))
    return experiment(first if len(scenarios) == 1 else f"compare-{first}", scenarios, seed, out)


def comparison_work(asked: Experiment, runs: int, how: ExecutionOptions, precision: Precision | None = None) -> Work[int]:
    """The runs of a comparison; the answer is their number."""
    provider, points = PlainScenarios(asked.scenarios, asked.seed), _points(asked, how)
    kept = KeptRuns(asked.folder, provider, how)
    at_most = _most_runs(runs, precision) * sum(map(len, points.values()))
    return Work(provider, _wanted(asked, runs, precision, points, kept), kept, at_most)


def _points(asked: Experiment, how: ExecutionOptions) -> dict[str, list[int]]:
    """The points at which each scenario is played: as it is, and with the responses to strain that it does not have itself."""
    return {name: [0, *(response_points(scenario) if how.responses else ())] for name, scenario in asked.scenarios.items()}


def _most_runs(runs: int, precision: Precision | None) -> int:
    return looks_up_to(precision.most_runs)[-1] if precision else runs


def _wanted(
    asked: Experiment, runs: int, precision: Precision | None, points: Mapping[str, Sequence[int]], kept: KeptRuns
) -> Procedure[int]:
    """The runs of all scenarios at their points; as many as were asked for, or as it takes to be precise. Their number is the answer."""
    if precision:
        runs = yield from _until_precise(asked, precision, kept)
    # scenarios as they are come first, for somebody may stop before the end
    every = [RunId(name, run, point) for run in range(runs) for name, own in points.items() for point in own]
    yield sorted(every, key=lambda run: run.point > 0)
    return runs


def _until_precise(asked: Experiment, precision: Precision, kept: KeptRuns) -> Procedure[int]:
    """The runs of each look, until results are precise or the most runs are made."""
    runs = 0
    for runs in looks_up_to(precision.most_runs):
        yield [RunId(name, run) for run in range(runs) for name in asked.scenarios]
        with store.opened(asked.folder) as opened:
            store.record_look(opened, 0)  # from here on results decide how many runs are made, even if somebody stops now
        results = RunResults({name: list(kept.at(name).values()) for name in asked.scenarios}, "anytime").first(runs)
        if is_precise(precision_status(results, precision), runs, precision):
            break
    return runs


def _read(opened: store.Store, asked: Experiment, kind: Kind) -> RunResults:
    """All that is stored; with the other responses where every scenario has their runs. Tables by week are left to be read run by run."""
    found: dict[str, dict[str, list[Run]]] = {}
    runs = {name: _without_tables(opened, name) for name in asked.scenarios}
    for response in POINT_OF_RESPONSE:
        points = {name: points_by_response(scenario).get(response) for name, scenario in asked.scenarios.items()}
        mine = {name: _without_tables(opened, name, point) if point else runs[name] for name, point in points.items() if point is not None}
        if mine and len(mine) == len(runs) and all(mine.values()):
            found[response] = mine
    by_response = found if len(found) > 1 else {}
    return RunResults(runs, kind, by_response, untested=untested_reason(asked.scenarios), tables=partial(_with_tables, asked.folder))


def _without_tables(opened: store.Store, name: str, point: int = 0) -> list[Run]:
    return [run.without_tables() for run in store.each(opened, name, point)]


def _with_tables(folder: Path, name: str) -> Iterator[Run]:
    with store.reading(folder) as opened:
        yield from store.each(opened, name)


def _keep_events(asked: Experiment, how: ExecutionOptions) -> None:
    """Makes the runs whose log is to be kept once more: which they are is known only when all are done."""
    with store.opened(asked.folder) as opened:
        found = {name: _without_tables(opened, name) for name in asked.scenarios}
        digests = store.digests(opened)
    wanted: dict[RunId, str] = {}
    for name, mine in found.items():
        chosen = {run.run for run in mine if run.failure is None} if how.all_events else set(chosen_for_events(mine).values())
        wanted |= {RunId(name, run): digests[name, 0, run] for run in sorted(chosen)}
    keep_logs(asked.folder, PlainScenarios(asked.scenarios, asked.seed), wanted, how)
