"""The tables of a sweep, written cell by cell: only the runs of one scenario at one point are in memory at a time."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from jobcentre.metrics import HEADLINES
from jobcentre.metrics.windows import untested_reason
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.folder import atomic_writer, best_csv, csv_text, differences_csv, to_parquet
from jobcentre.runs.locks import StoreError, write_atomically
from jobcentre.runs.results import CHOOSES_EVENTS, RunResults, Summary, metric_keys, summarise, value_of
from jobcentre.runs.store import Run, RunLocation
from jobcentre.scenario.yaml_file import to_yaml
from jobcentre.stats.intervals import Kind
from jobcentre.studies.nation import Nation, offices_csv, regions_csv, sites_csv, tails_csv
from jobcentre.studies.sweep_request import Sweep

METRICS = ("scenario", "point", "run", "group", "metric", "numerator", "denominator", "value")
FIRST, MEDIAN, WORST = "first", "median", "worst"


class WrittenTables(NamedTuple):
    """What tables were made of, and what the manifest says of it."""

    kind: Kind
    digests: dict[tuple[str, str, int, int], str]  # by scenario, office, point and run
    failed: list[Run]
    examples: dict[str, dict[str, RunId]]  # the first, the median and the worst run of each scenario
    summaries: list[Summary]
    manifest_entries: dict[str, Any]
    results: RunResults  # of the nation, where scenarios are compared in the offices of a table
    nations: Mapping[str, Nation]


def write_tables(opened: store.Store, sweep: Sweep, kind: Kind, parquet: bool) -> WrittenTables:
    """Writes all tables of a sweep whose runs are all there."""
    folder = sweep.experiment.folder
    shown = sweep.plan.metrics if sweep.plan else HEADLINES
    seen = _Seen()
    summaries: list[Summary] = []
    nations: dict[str, Nation] = {}
    whole: dict[str, Sequence[Run]] = {}
    with atomic_writer(folder / "metrics.csv") as long, atomic_writer(folder / "summary.csv") as short:
        rows, summary = _writer(long, METRICS), _writer(short, Summary._fields)
        for name, point in sweep.cells():
            runs = _cell(opened, sweep, (name, point), kind, seen, nations)
            rows.writerows(_metric_rows(runs))
            for one in summarise(name, runs, kind, point):
                summary.writerow(one)
                if one.group is None and one.metric in shown:
                    summaries.append(one)
            if sweep.plan is None:
                whole[name] = runs
    if parquet:
        to_parquet(folder / "metrics.csv")
    for name, scenario in sweep.experiment.scenarios.items():
        write_atomically(folder / "scenarios" / f"{name}.yaml", to_yaml(scenario.resolved(with_evidence=True)).encode())
    if sweep.plan is not None:
        write_atomically(folder / "points.csv", csv_text(("point", "figure", "value"), _points(sweep)).encode())
    results = RunResults(whole, kind, offices=max(len(sweep.sites), 1), untested=untested_reason(sweep.experiment.scenarios))
    for file, text in _nation_tables(sweep, results, nations).items():
        write_atomically(folder / file, text.encode())
    examples = seen.examples()
    told = _told(sweep, kind, seen, examples)
    return WrittenTables(kind, seen.digests, seen.failed, examples, summaries, told, results, nations)


class _Seen:
    """What is remembered of every run that went by: little, for there are many."""

    def __init__(self) -> None:
        self.digests: dict[tuple[str, str, int, int], str] = {}
        self.failed: list[Run] = []
        self.overloaded: dict[str, list[tuple[float, int, str, int]]] = {}  # by scenario: value, point, office, run

    def all_of(self, runs: Sequence[Run]) -> Sequence[Run]:
        """Remembers these, and gives them back."""
        for run in runs:
            if run.failure is not None:
                self.failed.append(run)
                continue
            self.digests[*run.location, run.run] = run.digest or ""
            value = value_of(run.metrics.get((CHOOSES_EVENTS, None), (0.0, 0.0))) or 0.0
            self.overloaded.setdefault(run.scenario, []).append((value, run.point, run.site, run.run))
        return runs

    def examples(self) -> dict[str, dict[str, RunId]]:
        """The first run of each scenario, the median one and the worst, by the share of overloaded coach-days."""
        found = {}
        for name, mine in self.overloaded.items():
            ranked = sorted(mine)
            worst = next(one for one in ranked if one[0] == ranked[-1][0])
            chosen = {FIRST: min(mine, key=lambda one: one[1:]), MEDIAN: ranked[(len(ranked) - 1) // 2], WORST: worst}
            found[name] = {what: RunId(name, run, point, site) for what, (_, point, site, run) in chosen.items()}
        return found


def _cell(opened: store.Store, sweep: Sweep, cell: tuple[str, int], kind: Kind, seen: _Seen, nations: dict[str, Nation]) -> Sequence[Run]:
    """The runs of a scenario at a point; with a table of offices those of the nation, of which `nations` receives the parts."""
    name, point = cell
    if sweep.table is None:
        return seen.all_of(_runs(opened, sweep, (name, "", point)))
    nation = Nation(sweep.sites, sweep.runs, sweep.tips_over, kind)
    for site in sweep.sites:
        nation.add(site, seen.all_of(_runs(opened, sweep, (name, site.office, point))))
    if sweep.plan is None:
        nations[name] = nation
    return nation.national_runs()


def _runs(opened: store.Store, sweep: Sweep, location: RunLocation) -> list[Run]:
    """Reads the runs of a location; StoreError where somebody has taken some away."""
    runs = store.read_run_key(opened, sweep.hashes[location], location, sweep.runs)
    if len(runs) < sweep.runs:
        file = sweep.experiment.folder / store.FILE
        raise StoreError(file, "finished runs have been taken away while this command ran", store.SAME_COMMAND)
    return runs


def _nation_tables(sweep: Sweep, results: RunResults, nations: Mapping[str, Nation]) -> dict[str, str]:
    """The tables of scenarios as they are in the offices of a table."""
    if sweep.table is None:
        return {}
    files = {"sites.csv": sites_csv(sweep.table)}
    if nations:
        files |= {"regions.csv": regions_csv(nations), "offices.csv": offices_csv(nations), "tails.csv": tails_csv(nations)}
    if len(results.runs) > 1:
        files["differences.csv"] = differences_csv(results)
    if best := results.best() if results.runs else []:
        files["best.csv"] = best_csv(best)
    return files


def _metric_rows(runs: Sequence[Run]) -> Iterator[tuple[Any, ...]]:
    keys = metric_keys(runs)
    for run in runs:
        if run.failure is not None:
            yield run.scenario, run.point, run.run, None, "run_failed", 1.0, 1.0, 1.0
        for key in keys:
            if key in run.metrics:
                yield run.scenario, run.point, run.run, key[1], key[0], *run.metrics[key], value_of(run.metrics[key])


def _points(sweep: Sweep) -> Iterator[tuple[int, str, Any]]:
    assert sweep.plan is not None
    for number, values in enumerate(sweep.plan.points, start=1):
        yield from ((number, axis, value) for axis, value in zip(sweep.plan.axes, values, strict=True))


def _told(sweep: Sweep, kind: Kind, seen: _Seen, examples: dict[str, dict[str, RunId]]) -> dict[str, Any]:
    """What the manifest says of the runs."""
    points: dict[str, dict[str, dict[str, str]]] = {}
    offices: dict[str, dict[str, dict[str, str]]] = {}
    for (name, site, point, run), digest in seen.digests.items():
        if site:
            of_place = offices.setdefault(name, {}).setdefault(f"{site}/{point}" if point else site, {})
        else:
            of_place = points.setdefault(name, {}).setdefault(str(point), {})
        of_place[str(run)] = digest
    runs = dict(Counter(name for name, *_ in seen.digests))
    if sweep.table is not None:
        # of the nation: a run of it in which an office failed has failed
        offices_of = Counter((name, point, run) for name, _, point, run in seen.digests)
        runs = dict(Counter(name for (name, _, _), number in offices_of.items() if number == len(sweep.sites)))
    return {
        "intervals": kind,
        "runs": {name: runs.get(name, 0) for name in sweep.experiment.scenarios},
        "digests": {name: {} for name in sweep.experiment.scenarios},  # of scenarios as they are, in their own office
        "points": points,
        "offices": offices,
        "failed": [_failure(run) for run in seen.failed],
        "events": {name: {what: _which(one) for what, one in mine.items()} for name, mine in examples.items()},
    }


def _which(one: RunId) -> dict[str, Any]:
    return {"point": one.point, "run": one.run} | ({"office": one.site} if one.site else {})


def _failure(run: Run) -> dict[str, Any]:
    office = {"office": run.site} if run.site else {}
    return {"scenario": run.scenario, "point": run.point, "run": run.run, **office, "message": run.failure}


def _writer(text: TextIO, header: Sequence[str]) -> Any:
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    return writer
