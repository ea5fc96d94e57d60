"""A results folder as tidy tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from jobcentre.metrics import BY_NAME, Metric
from jobcentre.report.declared import (
    MOST_IN_PIECES_BYTES,
    MOST_TABLE_BYTES,
    SUMMARY,
    TABLES,
    Declared,
    of_points,
    read_table,
    read_undeclared,
)
from jobcentre.runs.answers import UncertaintyDocument
from jobcentre.runs.documents import MOST_BYTES, MOST_COUNT, Model, kept_file, read_document, sha256_of
from jobcentre.runs.manifest import NAME as MANIFEST
from jobcentre.runs.manifest import Manifest, experiment_of, read_manifest
from jobcentre.runs.requests import ExperimentRecord, SweepRequest, VariedInput
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Scenario, load_kept
from jobcentre.scenario.errors import usage_error

UNCERTAINTY = "uncertainty.json"
#: What a report reads.
READ = (".csv", ".yaml", ".json")
#: Metrics of which a report shows each run, and each week; there may be ten thousand runs, and the other rows are not kept in memory.
SHOWN_BY_RUN = ("leavers_of_start", "leavers_of_start_share")
SHOWN_BY_WEEK = ("overloaded_share", "missed_share", "leavers", "strain_mean", "caseload_mean")
#: Tables that have rows wherever a run ended well in all scenarios.
WITH_RUNS = ("summary", "metrics", "weekly", "differences", "responses", "regions", "offices", "tails")


class SavedFolder(NamedTuple):
    """A finished results folder: what was asked, what was made, and the scenarios that were played, the base first."""

    folder: Path
    experiment: ExperimentRecord
    manifest: Manifest
    scenarios: dict[str, Scenario]

    def file(self, name: str, most: int) -> Path:
        """A file that the manifest names, of at most so many bytes."""
        if name not in self.manifest.files:
            raise usage_error(str(self.folder / name), f"is none of the files that {MANIFEST} names", SAME_COMMAND)
        return kept_file(self.folder, name, most)

    def table(self, name: str, declared: Declared | None = None, metrics: Collection[str] | None = None) -> pd.DataFrame:
        """A table of the folder, or its rows of some metrics; it may be declared otherwise than that of scenarios beside each other."""
        path = self.file(f"{name}.csv", MOST_TABLE_BYTES if metrics is None else MOST_IN_PIECES_BYTES)
        table = read_table(path, declared or TABLES[name], list(self.scenarios), metrics)
        if _is_empty(path) and name in WITH_RUNS and set.intersection(*map(set, self.manifest.digests.values())):
            raise usage_error(str(path), "has no rows, and there are runs that ended well", SAME_COMMAND)
        return table

    def document(self, name: str, model: type[Model]) -> Model:
        """The answer that a study has written."""
        return read_document(self.file(name, MOST_BYTES), model)


def _is_empty(path: Path) -> bool:
    """Whether a table has no row below its header."""
    with path.open(encoding="utf-8") as file:
        return len(list(islice(file, 2))) < 2


def open_folder(folder: Path) -> SavedFolder:
    """The folder, if its files are those that were written; ScenarioError with the reason where no report can be drawn from them."""
    manifest = read_manifest(folder / MANIFEST)
    for name, digest in manifest.files.items():
        if name.endswith(READ) and sha256_of(kept_file(folder, name)) != digest:
            raise usage_error(str(folder / name), "is not as it was written", SAME_COMMAND)
    files = {name: f"scenarios/{name}.yaml" for name in manifest.scenarios}
    if other := [file for file in files.values() if file not in manifest.files]:
        raise usage_error(str(folder / other[0]), f"is none of the files that {MANIFEST} names", SAME_COMMAND)
    scenarios = {name: load_kept(folder / file) for name, file in files.items()}
    return SavedFolder(folder, experiment_of(folder, manifest), manifest, scenarios)


def saved_table(folder: Path, name: str) -> pd.DataFrame:
    """A table of any study, read as the commands read it; one of which they make no report is read as it is."""
    manifest = read_manifest(folder / MANIFEST)
    path, declared = kept_file(folder, f"{name}.csv", MOST_TABLE_BYTES), TABLES.get(name)
    if declared is None or not path.stat().st_size:
        return read_undeclared(path)
    if point := declared.columns.get("point"):  # a sweep has points, and doubt has draws
        declared = declared._replace(columns={**declared.columns, "point": point._replace(most=MOST_COUNT)})
    return read_table(path, declared, list(manifest.scenarios))


@dataclass(frozen=True)
class Saved:
    """What a results folder holds. Scenarios stand in the order in which they were asked for, the base first."""

    folder: Path
    manifest: Manifest
    scenarios: dict[str, Scenario]
    summary: pd.DataFrame  # one row per scenario, metric and group: mean, low, high
    metrics: pd.DataFrame  # one row per scenario, point, run, metric shown by run and group: numerator, denominator
    weekly: pd.DataFrame  # one row per scenario, run, week and metric shown by week: numerator, denominator
    steadiness: pd.DataFrame  # one row per scenario and metric that is told by week
    differences: pd.DataFrame | None  # one row per option and metric with a better direction, and per headline
    responses: pd.DataFrame | None  # one row per response to strain and scenario
    windows: pd.DataFrame | None  # one row per scenario, window and metric: mean, low, high
    best: pd.DataFrame | None  # one row per headline metric and scenario: whether it may be the best
    uncertainty: UncertaintyDocument | None  # what could reverse the comparison, if somebody asked

    @cached_property
    def means(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """The rows of the summary by scenario, metric and group."""
        return {(row["scenario"], row["metric"], row["group"]): row for row in self.summary.to_dict("records")}

    @property
    def base(self) -> str:
        """The scenario with which the others are compared."""
        return next(iter(self.scenarios))

    @property
    def options(self) -> list[str]:
        """The scenarios that are compared with the base."""
        return list(self.scenarios)[1:]

    @property
    def runs(self) -> int:
        """Runs that ended well, of the scenario with the fewest."""
        return min(self.manifest.runs.values())


def read_folder(folder: Path) -> Saved:
    """The results in a folder of run or compare."""
    saved = open_folder(folder)
    several = len(saved.scenarios) > 1
    return Saved(
        folder,
        saved.manifest,
        saved.scenarios,
        saved.table("summary"),
        saved.table("metrics", metrics=SHOWN_BY_RUN),
        saved.table("weekly", metrics=SHOWN_BY_WEEK),
        saved.table("steadiness"),
        saved.table("differences") if several else None,
        saved.table("responses") if saved.manifest.points else None,
        saved.table("windows") if "windows.csv" in saved.manifest.files else None,
        saved.table("best") if "best.csv" in saved.manifest.files else None,
        _uncertainty(saved),
    )


def _uncertainty(saved: SavedFolder) -> UncertaintyDocument | None:
    """What could reverse the comparison, of the scenarios of the folder."""
    if UNCERTAINTY not in saved.manifest.files:
        return None
    found = saved.document(UNCERTAINTY, UncertaintyDocument)
    told = {name for one in found.metrics for pair in one.pairs for name in (pair.first, pair.second)}
    told |= {row.scenario for one in found.metrics for row in one.best}
    if other := sorted(told - set(saved.scenarios)):
        raise usage_error(str(saved.folder / UNCERTAINTY), f"tells of `{other[0]}`, which is no scenario of this folder", SAME_COMMAND)
    return found


Value = float | str
#: Units that say nothing beside a value.
NO_UNITS = ("", "ratio", "share", "as the figure")
SAMPLES = ("latin_hypercube", "sobol")


@dataclass(frozen=True)
class SavedAxis:
    """A figure that is varied; `values` are all of a grid or list, the ends of a range that is sampled. Words stand in their order."""

    name: str
    label: str
    unit: str
    values: tuple[Value, ...]
    numeric: bool

    @property
    def has_unit(self) -> bool:
        """Whether the unit says more than the number and the label do."""
        return self.unit not in NO_UNITS

    @property
    def titled(self) -> str:
        """The label with the unit, unless it names the unit itself."""
        return f"{self.label} ({self.unit})" if self.has_unit and self.unit.lower() not in self.label.lower() else self.label

    def place(self, value: Value) -> float:
        """Where a value stands: numbers as they are, words by their place."""
        return float(value) if self.numeric else float(self.values.index(value))


@dataclass(frozen=True)
class SavedSweep:
    """What the folder of a sweep holds; a table has a row for each point of a scenario: mean, low, high, n."""

    folder: Path
    manifest: Manifest
    request: SweepRequest
    scenarios: dict[str, Scenario]
    axes: tuple[SavedAxis, ...]
    points: dict[int, tuple[Value, ...]]
    tables: dict[tuple[str, str], pd.DataFrame]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that are shown."""
        return [BY_NAME[name] for name in self.request.metrics]

    @property
    def is_grid(self) -> bool:
        """Whether every value of each figure meets every value of the others."""
        return self.request.sampling == "grid"

    @property
    def is_sample(self) -> bool:
        """Whether points are scattered over ranges."""
        return self.request.sampling in SAMPLES

    @property
    def fewest_runs(self) -> int:
        """Runs that ended well at the point with the fewest."""
        return min((int(table["n"].min()) for table in self.tables.values() if len(table)), default=0)

    def table(self, scenario: str, metric: str) -> pd.DataFrame:
        """Mean, low, high and n of each point that has a value."""
        return self.tables[scenario, metric].dropna(subset=["mean"])


def read_sweep(folder: Path) -> SavedSweep:
    """The results of a sweep."""
    saved = open_folder(folder)
    request = saved.experiment.request
    assert isinstance(request, SweepRequest)
    axes, numeric = tuple(map(_axis, request.axes)), [axis.is_numeric for axis in request.axes]
    points = {number: tuple(map(_value, numeric, values)) for number, values in enumerate(request.points, start=1)}
    tables = _tables(saved.table("summary", of_points(SUMMARY, len(points))), list(saved.scenarios), request.metrics)
    return SavedSweep(folder, saved.manifest, request, saved.scenarios, axes, points, tables)


def _axis(axis: VariedInput) -> SavedAxis:
    return SavedAxis(axis.name, axis.label, axis.unit, tuple(_value(axis.is_numeric, value) for value in axis.values), axis.is_numeric)


def _value(is_numeric: bool, value: Any) -> Value:
    """A number, or a choice as a text; true and false as scenario files write them."""
    return float(value) if is_numeric else str(value).lower() if isinstance(value, bool) else str(value)


def _tables(table: pd.DataFrame, scenarios: list[str], metrics: list[str]) -> dict[tuple[str, str], pd.DataFrame]:
    shown = table[(table["group"] == "") & table["metric"].isin(metrics)]
    parts = {key: part.set_index("point")[["mean", "low", "high", "n"]] for key, part in shown.groupby(["scenario", "metric"], sort=False)}
    none = pd.DataFrame(columns=["mean", "low", "high", "n"], dtype=float)
    return {key: parts.get(key, none).sort_index() for key in product(scenarios, metrics)}
