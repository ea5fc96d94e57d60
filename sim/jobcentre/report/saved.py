"""A results folder as tidy tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from jobcentre.metrics import BY_NAME, Metric
from jobcentre.runs.documents import read_object
from jobcentre.runs.manifest import NAME as MANIFEST
from jobcentre.runs.manifest import Manifest, experiment_of, read_manifest
from jobcentre.runs.requests import FILE as EXPERIMENT
from jobcentre.runs.requests import ExperimentRecord, SweepRequest, VariedInput
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Scenario, load_kept
from jobcentre.scenario.errors import usage_error

TEXT = dict.fromkeys(("group", "metric", "scenario", "office", "region"), "string")
RUN = ("scenario", "run")
SUMMARY = ("scenario", "metric", "group", "mean", "low", "high")
RESPONSES = ("response", "scenario", "metric", "mean", "low", "high", "difference", "difference_low", "difference_high", "verdict", "n")
STEADINESS = (
    "scenario", "metric", "warmup_weeks", "mser_weeks", "settled", "shift", "shift_low", "shift_high", "change", "low", "high", "drifts",
)  # fmt: skip
BEST = ("metric", "scenario", "may_be_best", "worse_than", "judged")
NUMBERS = {"mean", "low", "high", "difference", "difference_low", "difference_high", "numerator", "denominator", "run", "week", "point"} | {
    "mser_weeks", "shift", "shift_low", "shift_high", "change",
}  # fmt: skip


class SavedFolder(NamedTuple):
    """A finished results folder: what was asked, what was made, and the scenarios that were played, the base first."""

    folder: Path
    experiment: ExperimentRecord
    manifest: Manifest
    scenarios: dict[str, Scenario]

    def table(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """A table of the folder."""
        return read_table(self.folder / f"{name}.csv", columns)

    def document(self, name: str, keys: Mapping[str, type]) -> dict[str, Any]:
        """The answer that a study has written, of which values of `keys` have these types."""
        if name not in self.manifest.files:
            raise usage_error(str(self.folder / name), f"is none of the files that {MANIFEST} names", SAME_COMMAND)
        return read_object(self.folder / name, keys)


def open_folder(folder: Path) -> SavedFolder:
    """The folder, if its files are those that were written; ScenarioError with the reason where no report can be drawn from them."""
    manifest = read_manifest(folder / MANIFEST)
    for name, digest in manifest.files.items():
        if name.endswith((".csv", ".yaml", ".json")):
            path = folder / name
            if not path.is_file():
                raise usage_error(str(path), "is missing", SAME_COMMAND)
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise usage_error(str(path), "is not as it was written", SAME_COMMAND)
    scenarios = {name: load_kept(folder / "scenarios" / f"{name}.yaml") for name in manifest.scenarios}
    return SavedFolder(folder, experiment_of(folder, manifest), manifest, scenarios)


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A table as saved; a group that is not given (all customers together) is an empty text."""
    try:
        table = pd.read_csv(path, encoding="utf-8", dtype=TEXT, keep_default_na=False, na_values=[""])
    except FileNotFoundError as error:
        raise usage_error(str(path), "is missing", SAME_COMMAND) from error
    except ValueError as error:
        raise usage_error(str(path), f"is not a table ({error})", SAME_COMMAND) from error
    if missing := [column for column in columns if column not in table]:
        raise usage_error(str(path), f"has no column `{missing[0]}`", SAME_COMMAND)
    for column in NUMBERS & set(table):
        if len(table) and not pd.api.types.is_numeric_dtype(table[column]):
            raise usage_error(str(path), f"has something else than numbers in its column `{column}`", SAME_COMMAND)
    if "group" in table:
        table["group"] = table["group"].fillna("")
    return table


@dataclass(frozen=True)
class Saved:
    """What a results folder holds. Scenarios stand in the order in which they were asked for, the base first."""

    folder: Path
    manifest: Manifest
    scenarios: dict[str, Scenario]
    summary: pd.DataFrame  # one row per scenario, metric and group: mean, low, high
    metrics: pd.DataFrame  # one row per scenario, point, run, metric and group: numerator, denominator
    weekly: pd.DataFrame  # one row per scenario, run, week and metric: numerator, denominator
    steadiness: pd.DataFrame  # one row per scenario and metric that is told by week
    differences: pd.DataFrame | None  # one row per option and metric with a better direction, and per headline
    responses: pd.DataFrame | None  # one row per response to strain and scenario
    best: pd.DataFrame | None  # one row per headline metric and scenario: whether it may be the best

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
        saved.table("summary", SUMMARY),
        saved.table("metrics", (*RUN, "point", "metric", "group", "numerator", "denominator")),
        saved.table("weekly", (*RUN, "week", "metric", "numerator", "denominator")),
        saved.table("steadiness", STEADINESS),
        saved.table("differences", ("option", "metric", "difference", "low", "high", "verdict", "n", "headline")) if several else None,
        saved.table("responses", RESPONSES) if saved.manifest.points else None,
        saved.table("best", BEST) if "best.csv" in saved.manifest.files else None,
    )


Value = float | str
#: Units that say nothing beside a value.
NO_UNITS = ("", "ratio", "share", "as the figure")
SWEEP_SUMMARY = ("scenario", "point", "group", "metric", "mean", "low", "high", "n")
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
    tables = _tables(folder / "summary.csv", list(saved.scenarios), request.metrics, len(points))
    return SavedSweep(folder, saved.manifest, request, saved.scenarios, axes, points, tables)


def _axis(axis: VariedInput) -> SavedAxis:
    return SavedAxis(axis.name, axis.label, axis.unit, tuple(_value(axis.is_numeric, value) for value in axis.values), axis.is_numeric)


def _value(is_numeric: bool, value: Any) -> Value:
    """A number, or a choice as a text; true and false as scenario files write them."""
    return float(value) if is_numeric else str(value).lower() if isinstance(value, bool) else str(value)


def _tables(path: Path, scenarios: list[str], metrics: list[str], points: int) -> dict[tuple[str, str], pd.DataFrame]:
    table = read_table(path, SWEEP_SUMMARY)
    shown = table[(table["group"] == "") & table["metric"].isin(metrics)]
    parts = {key: part.set_index("point")[["mean", "low", "high", "n"]] for key, part in shown.groupby(["scenario", "metric"], sort=False)}
    none = pd.DataFrame(columns=["mean", "low", "high", "n"], dtype=float)
    found = {}
    for scenario, metric in product(scenarios, metrics):
        part = parts.get((scenario, metric), none)
        if part.index.has_duplicates:
            raise usage_error(str(path), f"holds a point of {scenario} twice", SAME_COMMAND)
        if not part.index.isin(range(1, points + 1)).all():
            raise usage_error(str(path), f"holds points of {scenario} that are not in {EXPERIMENT}", SAME_COMMAND)
        found[scenario, metric] = part.sort_index()
    return found
