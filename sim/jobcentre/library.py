"""What `import jobcentre as jc` offers: the studies of the command line as functions, with tables as pandas frames.

Nothing is printed. What cannot be used raises ScenarioError in the words of the command line, before anything is written.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jobcentre import metrics as measuring
from jobcentre import scenario as scenarios_room
from jobcentre.model.events import COLUMNS, FIELDS, Event, EventLog
from jobcentre.report.elements import plain
from jobcentre.report.page import write_report
from jobcentre.report.saved import saved_table
from jobcentre.report.staffing_text import headline
from jobcentre.runs.cluster import tls_files, workers_of
from jobcentre.runs.execute import ExecutionOptions as ExecutionOptions
from jobcentre.runs.folder import MANIFEST
from jobcentre.runs.interruption import capture
from jobcentre.runs.manifest import experiment_of, read_manifest
from jobcentre.runs.requests import read_experiment
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.offices import read_sites
from jobcentre.scenario.yaml_file import value_of
from jobcentre.studies import selection, staffing_search, sweep_plan, sweep_plan_options, sweep_request
from jobcentre.studies import staffing as staffing_study
from jobcentre.studies.compare import comparison_of
from jobcentre.studies.compare import run_comparison as run_comparison
from jobcentre.studies.conditions import conditions_of
from jobcentre.studies.levers import lever_of, values_of
from jobcentre.studies.precision import number_of_runs
from jobcentre.studies.request import by_name, engine_of, simulated, store_of
from jobcentre.studies.staffing import run_staffing as run_staffing
from jobcentre.studies.sweep import run_sweep as run_sweep

ScenarioLike = Scenario | str | Path
TlsPaths = tuple[str | Path, str | Path, str | Path]
Folder = str | Path | None
OUTPUTS = "outputs"
MOST_RUNS = 100_000
MOST_SEED = 2**64 - 1
MOST_JOBS = 1024
#: Runs of each draw of inputs, as in `jobcentre staffing --uncertain`.
RUNS_PER_DRAW = 5
#: Columns that mean the same in events of every kind.
_SHARED_COLUMNS = COLUMNS[:7]
_IDENTIFIERS = ("coach", "customer", "serial")


class _Place:
    """Where a call keeps its results folder; a temporary place goes with the last object that refers to this one."""

    def __init__(self, folder: Folder) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="jobcentre-")) if folder is None else Path(folder)
        if folder is None:
            weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(repr=False)
class Results:
    """A results folder; every table is read from it when it is asked for. A temporary folder goes when this object does."""

    folder: Path
    notes: list[str] = field(default_factory=list)
    place: _Place | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        """What manifest.json says: versions, seed, scenarios, digests of runs, files."""
        return dict(json.loads((self.folder / MANIFEST).read_text(encoding="utf-8")))

    @property
    def tables(self) -> list[str]:
        """Names of the tables in the folder."""
        return sorted(path.stem for path in self.folder.glob("*.csv"))

    def table(self, name: str) -> pd.DataFrame:
        """One table of the folder; ScenarioError where it has none of that name, or another than was written."""
        if name not in self.tables:
            raise usage_error(str(self.folder), f"holds no table `{name}`", f"it holds {', '.join(self.tables)}")
        table = saved_table(self.folder, name)
        for column in {"group", "region"} & set(table):
            table[column] = table[column].astype(object).replace("", np.nan)  # no value, as other columns have it
        return table

    @property
    def metrics(self) -> pd.DataFrame:
        """Every metric of every run, over the counted period."""
        return self.table("metrics")

    @property
    def summary(self) -> pd.DataFrame:
        """Every metric over all runs, with its interval."""
        return self.table("summary")

    @property
    def weekly(self) -> pd.DataFrame:
        """Metrics of every run by week; weeks of the warm-up are negative."""
        return self.table("weekly").assign(value=lambda rows: rows["numerator"] / rows["denominator"].where(rows["denominator"] != 0))

    @property
    def differences(self) -> pd.DataFrame:
        """Differences from the first scenario in the headline metrics, with intervals and verdicts."""
        return self.table("differences")

    def report(self) -> Path:
        """Draws the report, one HTML file, and gives its path."""
        return write_report(self.folder)

    def __repr__(self) -> str:
        about = self.manifest
        runs = ", ".join(f"{name} ({number} runs)" for name, number in about["runs"].items())
        notes = "".join(f"\nnote: {note}" for note in self.notes)
        request = read_experiment(self.folder).request
        kind = "run" if request.kind == "comparison" and len(about["runs"]) == 1 else request.kind
        return f"{kind.capitalize()}, seed {about['seed']}: {runs}\ntables: {', '.join(self.tables)}\nfolder: {self.folder}{notes}"


class StaffingResults(Results):
    """The answer of a staffing study."""

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as staffing.json has it."""
        return dict(json.loads((self.folder / staffing_study.FILE).read_text(encoding="utf-8")))

    @property
    def candidates(self) -> pd.DataFrame:
        """Every value tried, and whether it is enough."""
        return self.table("staffing")

    def __repr__(self) -> str:
        return f"{plain(headline(self.answer))}\nfolder: {self.folder}"


class Selection(Results):
    """The answer of a selection."""

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as selection.json has it."""
        return dict(json.loads((self.folder / selection.FILE).read_text(encoding="utf-8")))

    @property
    def left(self) -> list[str]:
        """Scenarios that may be the best; one once it is decided."""
        return list(self.answer["left"])

    @property
    def selected(self) -> str | None:
        """The scenario selected, if it is decided."""
        return self.left[0] if self.answer["decided"] else None

    @property
    def scenarios(self) -> pd.DataFrame:
        """What became of every scenario."""
        return self.table("selection")

    def __repr__(self) -> str:
        answer = f"Selected: {self.selected}" if self.selected else f"Not decided, left: {', '.join(self.left)}"
        return f"{answer} (best in {self.answer['metric']}, confidence {self.answer['confidence']:g})\nfolder: {self.folder}"


@dataclass(frozen=True, repr=False)
class SimulatedRun:
    """The event log of one run."""

    scenario: Scenario
    log: EventLog

    @property
    def digest(self) -> str:
        """Hash of the log: equal logs have equal digests."""
        return self.log.digest

    @property
    def table(self) -> pd.DataFrame:
        """One row an event, in the order in which they happened; `a` to `g` mean what `of_kind` calls them."""
        rows = pd.DataFrame(self.log.rows, columns=list(COLUMNS))
        midnight = pd.Timestamp(dt.date.fromisoformat(self.log.first_day))
        for name in ("time", "start"):
            seconds = rows[name]
            rows[name] = (midnight + pd.to_timedelta(seconds, unit="s")).where(seconds >= 0)
        kinds = {event.value: event.name.lower() for event in Event}
        rows["kind"] = pd.Categorical(rows["kind"].map(kinds), categories=list(kinds.values()))
        groups = np.array([*self.log.group_names, None], dtype=object)
        rows["group"] = pd.Categorical(groups[rows["group"].to_numpy()], categories=list(self.log.group_names))
        for name in _IDENTIFIERS:
            rows[name] = rows[name].astype("Int32").where(rows[name] >= 0)
        return rows

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The events of one kind, with the columns that this kind has, under their own names."""
        known = {event.name.lower(): event for event in Event}
        if kind not in known:
            raise usage_error("kind", f"there is no kind of event `{kind}`", f"one of {', '.join(known)}")
        names = FIELDS.get(known[kind], {})
        rows = self.table
        rows = rows[rows["kind"] == kind]
        always = [name for name in _SHARED_COLUMNS if name in names or rows[name].notna().any()]
        return rows[[*always, *(name for name in names if name not in always)]].rename(columns=names)

    def __repr__(self) -> str:
        return f"Log of a run of {self.scenario.name}: {len(self.log.rows):,} events from {self.log.first_day}\ndigest: {self.digest}"


def load(name_or_path: str | Path, inputs: Mapping[str, object] | None = None) -> Scenario:
    """The scenario of a file or bare name; `inputs` are set as `--set` does, by dotted path, and the name is kept."""
    return scenarios_room.load(name_or_path, inputs)


def simulate(scenario: ScenarioLike, seed: int = 1, run: int = 0, engine: str = "compiled") -> SimulatedRun:
    """Plays one run; the same scenario, seed and run always give the same log."""
    one = _scenario(scenario)
    return SimulatedRun(one, simulated(one, run, _within(seed, 0, MOST_SEED, "--seed"), engine))


def measure(log: SimulatedRun | EventLog, scenario: ScenarioLike | None = None) -> pd.DataFrame:
    """Every metric of a log over the counted period (columns group, metric, numerator, denominator, value)."""
    if isinstance(log, SimulatedRun):
        return measure(log.log, scenario or log.scenario)
    if scenario is None:
        raise usage_error("measure", "a bare event log says nothing of its scenario", "give the scenario as well")
    measured = measuring.measure(log, measuring.measure_with(_scenario(scenario)))
    return measuring.tidy({0: measured}).drop(columns="run")


def run(
    scenario: ScenarioLike, *, runs: int | None = None, precision: Sequence[str] = (), max_runs: int = 1600, seed: int = 1,
    jobs: int | None = None, engine: str = "compiled", folder: Folder = OUTPUTS, events: bool = False, responses: bool = True,
    store: Path | None = None, cluster: str | None = None, cluster_tls: TlsPaths | None = None,
    parquet: bool = False, sites: str | None = None, tips_over: str | None = None,
) -> Results:  # fmt: skip
    """Makes runs of one scenario; 50 unless their number or a precision is given. Its options are those of `compare`."""
    execution = _execution("run", jobs, engine, store, cluster, cluster_tls, events, responses, parquet)
    return _compare((scenario,), runs, precision, max_runs, seed, execution, folder, sites, tips_over)


def compare(
    base: ScenarioLike, *options: ScenarioLike, runs: int | None = None, precision: Sequence[str] = (), max_runs: int = 1600, seed: int = 1,
    jobs: int | None = None, engine: str = "compiled", folder: Folder = OUTPUTS, events: bool = False, responses: bool = True,
    store: Path | None = None, cluster: str | None = None, cluster_tls: TlsPaths | None = None,
    parquet: bool = False, sites: str | None = None, tips_over: str | None = None,
) -> Results:  # fmt: skip
    """Compares options with a base on the same random numbers.

    Runs are kept in a folder below `folder`, where the next call finds them; with None, in a temporary one. They are made in
    `jobs` processes, one per core unless given, 0 for none beside this one, or on the workers of a Dask `cluster`,
    with `cluster_tls` its authority, own certificate and key where it is encrypted.
    `responses` adds runs with the other responses to strain, `events` keeps all logs. With a table of offices (`sites`) the
    scenarios are run in each of them, and `tips_over` says when an office does not cope.
    """
    if not options:
        raise usage_error("compare", "there is nothing to compare the base with", "give at least one option, or use run")
    execution = _execution("compare", jobs, engine, store, cluster, cluster_tls, events, responses, parquet)
    return _compare((base, *options), runs, precision, max_runs, seed, execution, folder, sites, tips_over)


def select(
    *scenarios: ScenarioLike, metric: str, indifference: float | None = None, confidence: float = 0.95, first_runs: int = 20,
    max_runs: int = 1000, seed: int = 1, jobs: int | None = None, engine: str = "compiled", folder: Folder = OUTPUTS,
    store: Path | None = None, cluster: str | None = None, cluster_tls: TlsPaths | None = None,
) -> Selection:  # fmt: skip
    """Selects the best of several scenarios in one metric; those that fall behind get no further runs."""
    if len(scenarios) < 2:
        raise usage_error("select", "there is nothing to choose from", "give two or more scenarios")
    question = selection.question_of(metric, len(scenarios), indifference, confidence, first_runs, max_runs)
    chosen = by_name(map(_scenario, scenarios))
    execution, place = _execution("select", jobs, engine, store, cluster, cluster_tls), _Place(folder)
    asked = selection.selection_of(chosen, question, _within(seed, 0, MOST_SEED, "--seed"), place.path)
    with capture():
        selection.select_best(asked, question, max_runs, execution)
    return Selection(asked.folder, place=place)


def staffing(
    scenario: ScenarioLike, *, targets: Sequence[str], probability: float = 0.9, lever: str = "coaches", values: str | None = None,
    highest: bool | None = None, runs: int | None = None, max_runs: int = 200, draws: int = 0, seed: int = 1, jobs: int | None = None,
    engine: str = "compiled", folder: Folder = OUTPUTS, responses: bool = True, store: Path | None = None,
    cluster: str | None = None, cluster_tls: TlsPaths | None = None,
) -> StaffingResults:  # fmt: skip
    """Finds the fewest coaches, or the value of another lever, that meet all targets with a stated probability.

    `values` are LOW:HIGH or LOW:HIGH:STEP. With `draws` the assumed inputs are also drawn that often from their ranges.
    """
    base = _scenario(scenario)
    turned = lever_of(lever, highest)
    found = values_of(values, turned, base)
    if not 0.01 <= probability <= 0.999:
        raise usage_error("--probability", f"is {probability:g} but should be from 0.01 to 0.999")
    conditions = conditions_of(targets, "--target", {base.name: base})
    question = staffing_search.StaffingQuestion(
        base.name, turned, found if turned.more_is_generous else found[::-1], conditions, probability
    )
    if runs is not None:
        _within(runs, 5, MOST_RUNS, "--runs")
    execution, place = _execution("staffing", jobs, engine, store, cluster, cluster_tls, responses=responses), _Place(folder)
    asked = staffing_study.staffing_request(question, base, _within(seed, 0, MOST_SEED, "--seed"), place.path)
    with capture():
        run_staffing(asked, runs, _within(max_runs, 25, MOST_RUNS, "--max-runs"), draws, RUNS_PER_DRAW, execution)
    return StaffingResults(asked.experiment.folder, place=place)


def sweep(
    plan: ScenarioLike | Iterable[ScenarioLike], *, vary: Mapping[str, Any] | None = None, runs: int | None = None,
    metrics: Sequence[str] = (), sampling: str | None = None, points: int | None = None, sampling_seed: int | None = None,
    sites: str | None = None, seed: int = 1, jobs: int | None = None, engine: str = "compiled", folder: Folder = OUTPUTS,
    events: bool = False, retry_failed: bool = False, store: Path | None = None, cluster: str | None = None,
    cluster_tls: TlsPaths | None = None, parquet: bool = False,
) -> Results:  # fmt: skip
    """Runs scenarios at many points: those of a plan file, or those that `vary` makes of scenarios.

    `vary` has the values of each input or lever: a list, or a text such as "18:30:2"; a single value is set at all points.
    """
    asked_for = [plan] if isinstance(plan, Scenario | str | Path) else list(plan)
    sets = [f"{path}={_as_text(values)}" for path, values in (vary or {}).items()]
    if any(isinstance(one, Scenario) for one in asked_for):
        found = by_name(map(_scenario, asked_for))
        names = [f"{name}.yaml" for name in found]  # the name of a scenario may have dots, that of its file ends behind the last
        asked, fixed = sweep_plan_options.plan_from_options(names, sets, runs, sampling, points, metrics, sites, sampling_seed)
        asked = replace(asked, scenarios=tuple(found))
    else:
        words = [str(one) for one in asked_for]
        asked, fixed = sweep_request.requested_plan(words, sets, runs, sampling, points, sampling_seed, metrics, sites)
        found = by_name(scenarios_room.load(name) for name in asked.scenarios)
    inputs = {path: value_of(str(value)) for path, value in fixed.items()}
    if inputs:
        found = {name: one.with_inputs(inputs, why="set at all points", name=name) for name, one in found.items()}
    execution = _execution("sweep", jobs, engine, store, cluster, cluster_tls, events, parquet=parquet)._replace(retry_failed=retry_failed)
    table, place = sweep_request.table_of(asked, list(found.values())), _Place(folder)
    wanted = sweep_request.sweep_of(asked, found, table, _within(seed, 0, MOST_SEED, "--seed"), place.path)
    with capture():
        run_sweep(wanted, execution)
    return Results(wanted.experiment.folder, sweep_plan.notes(asked, list(found.values())), place)


def open_results(folder: str | Path) -> Results:
    """The results of a folder that a function of this package or the command line has made; ScenarioError where there are none."""
    place = Path(folder)
    kind = experiment_of(place, read_manifest(place / MANIFEST)).request.kind
    return {"staffing": StaffingResults, "selection": Selection}.get(kind, Results)(place)


def _compare(
    given: Sequence[ScenarioLike], runs: int | None, precision: Sequence[str], max_runs: int, seed: int, execution: ExecutionOptions,
    folder: Folder, sites: str | None, tips_over: str | None,
) -> Results:  # fmt: skip
    if runs is not None:
        _within(runs, 1, MOST_RUNS, "--runs")
    number, target = number_of_runs(runs, precision, _within(max_runs, 25, MOST_RUNS, "--max-runs"))
    scenarios, place = by_name(map(_scenario, given)), _Place(folder)
    _within(seed, 0, MOST_SEED, "--seed")
    if tips_over is not None and sites is None:
        raise usage_error("tips_over", "is for a table of offices", "give sites as well")
    if sites is None:
        comparison = comparison_of(scenarios, seed, place.path)
        with capture():
            run_comparison(comparison, number, execution, target)
        return Results(comparison.folder, place=place)
    if target is not None:
        raise usage_error("precision", "is not there for a table of offices", "give runs")
    condition = conditions_of([tips_over], "--tips-over", scenarios)[0] if tips_over else sweep_request.TIPS_OVER
    table = read_sites(sites, list(scenarios.values()))
    offices = sweep_request.nation_of(scenarios, table, number, seed, place.path, condition)
    with capture():
        run_sweep(offices, execution)
    return Results(offices.experiment.folder, list(table.notes[:1]), place)


def _execution(
    name: str, jobs: int | None, engine: str, store: Path | None, cluster: str | None, cluster_tls: TlsPaths | None,
    events: bool = False, responses: bool = False, parquet: bool = False,
) -> ExecutionOptions:  # fmt: skip
    processes = default_jobs() if jobs is None else _within(jobs, 0, MOST_JOBS, "--jobs")
    if cluster_tls is not None and cluster is None:
        raise usage_error("cluster_tls", "is for a cluster", "give its address as well")
    tls = tls_files(*map(Path, cluster_tls)) if cluster_tls is not None else None
    if cluster is not None:
        workers_of(cluster, tls)  # it must be there, with the same versions
    return ExecutionOptions(
        jobs=processes, engine=engine_of(engine), all_events=events, command_line=[f"jobcentre.{name}"], note=warnings.warn,
        responses=responses, cluster=cluster, cluster_tls=tls, shared=store_of(store), retry_failed=True, parquet=parquet,
    )  # fmt: skip


def _scenario(one: ScenarioLike) -> Scenario:
    return one if isinstance(one, Scenario) else load(one)


def _within(value: int, low: int, high: int, option: str) -> int:
    if not low <= value <= high:
        raise usage_error(option, f"is {value} but should be from {low:,} to {high:,}")
    return value


def _as_text(values: Any) -> str:
    """Values as `--set` takes them."""
    if isinstance(values, str):
        return values
    if isinstance(values, Iterable) and not isinstance(values, Mapping):
        values = [one.item() if isinstance(one, np.generic) else one for one in values]
    return json.dumps(values.item() if isinstance(values, np.generic) else values, default=str)
