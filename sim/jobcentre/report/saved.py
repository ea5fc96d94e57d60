"""A results folder as tidy tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from jobcentre.metrics import BY_NAME, Metric
from jobcentre.scenario import Scenario, load_kept

TEXT = dict.fromkeys(("group", "metric", "scenario", "office", "region"), "string")
RUN = ("scenario", "run")
SUMMARY = ("scenario", "metric", "group", "mean", "low", "high")
RESPONSES = ("response", "scenario", "metric", "mean", "low", "high", "difference", "difference_low", "difference_high", "verdict")
STEADINESS = (
    "scenario", "metric", "warmup_weeks", "mser_weeks", "settled", "shift", "shift_low", "shift_high", "change", "low", "high", "drifts",
)  # fmt: skip
BEST = ("metric", "scenario", "may_be_best", "worse_than", "judged")
NUMBERS = {"mean", "low", "high", "difference", "difference_low", "difference_high", "numerator", "denominator", "run", "week", "point"} | {
    "mser_weeks", "shift", "shift_low", "shift_high", "change",
}  # fmt: skip
#: Kinds of experiment of which there is a report; the first is that of run and compare.
KINDS = ("comparison", "staffing", "sweep", "nation", "selection")
#: What a report needs of the manifest.
MANIFEST = {
    "scenarios": dict, "runs": dict, "points": dict, "failed": list, "tool": dict, "files": dict, "intervals": str, "model_version": str,
    "experiment": str, "seed": int,
}  # fmt: skip


class NotAFolder(ValueError):
    """A folder from which no report can be drawn."""


@dataclass(frozen=True)
class Saved:
    """What a results folder holds. Scenarios stand in the order in which they were asked for, the base first."""

    folder: Path
    manifest: dict[str, Any]
    scenarios: dict[str, Scenario]
    summary: pd.DataFrame  # one row per scenario, metric and group: mean, low, high
    metrics: pd.DataFrame  # one row per scenario, point, run, metric and group: numerator, denominator
    weekly: pd.DataFrame  # one row per scenario, run, week and metric: numerator, denominator
    steadiness: pd.DataFrame  # one row per scenario and metric that is told by week
    differences: pd.DataFrame | None  # one row per option and headline metric
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
        return min(self.manifest["runs"].values())


def read_folder(folder: Path) -> Saved:
    """The results in a folder; NotAFolder with the reason where they cannot be read."""
    manifest = read_manifest(folder)
    names = list(manifest["scenarios"])
    as_written(folder, manifest)
    return Saved(
        folder,
        manifest,
        {name: load_kept(folder / "scenarios" / f"{name}.yaml") for name in names},
        read_table(folder / "summary.csv", SUMMARY),
        read_table(folder / "metrics.csv", (*RUN, "point", "metric", "group", "numerator", "denominator")),
        read_table(folder / "weekly.csv", (*RUN, "week", "metric", "numerator", "denominator")),
        read_table(folder / "steadiness.csv", STEADINESS),
        read_table(folder / "differences.csv", ("option", "metric", "difference", "low", "high", "verdict")) if len(names) > 1 else None,
        read_table(folder / "responses.csv", RESPONSES) if manifest["points"] else None,
        read_table(folder / "best.csv", BEST) if "best.csv" in manifest["files"] else None,
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; NotAFolder where there are no finished results."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise NotAFolder(f"{folder} holds no finished results: there is no manifest.json in it")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotAFolder(f"{path} is not readable as JSON ({error})") from error
    for key, kind in MANIFEST.items():
        if not isinstance(manifest, dict) or not isinstance(manifest.get(key), kind):
            raise NotAFolder(f"{path} does not say `{key}` as it should")
    kind = manifest.get("kind", "comparison")
    if kind not in KINDS:
        raise NotAFolder(f"{folder} holds results of the kind {kind!r}, of which there is no report")
    if not manifest["scenarios"] or set(manifest["runs"]) != set(manifest["scenarios"]):
        raise NotAFolder(f"{path} does not say `runs` of each of its scenarios")
    return dict(manifest)


def as_written(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raises NotAFolder where a file from which the report is drawn is not the one that was written."""
    for name, digest in manifest["files"].items():
        if name.endswith((".csv", ".yaml", ".json")):
            path = folder / name
            if not path.is_file():
                raise NotAFolder(f"{path} is missing; the command that made the results makes it again")
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise NotAFolder(f"{path} is not as it was written; the command that made the results makes it again")


def read_table(path: Path, columns: tuple[str, ...], text: tuple[str, ...] = ()) -> pd.DataFrame:
    """A table as saved, these columns as text; a group that is not given (all customers together) is an empty text."""
    try:
        table = pd.read_csv(path, encoding="utf-8", dtype=TEXT | dict.fromkeys(text, "string"), keep_default_na=False, na_values=[""])
    except FileNotFoundError as error:
        raise NotAFolder(f"{path} is missing") from error
    except ValueError as error:
        raise NotAFolder(f"{path} is not a table ({error})") from error
    if missing := [column for column in columns if column not in table]:
        raise NotAFolder(f"{path} has no column `{missing[0]}`")
    for column in NUMBERS & set(table):
        if len(table) and not pd.api.types.is_numeric_dtype(table[column]):
            raise NotAFolder(f"{path} has something else than numbers in its column `{column}`")
    if "group" in table:
        table["group"] = table["group"].fillna("")
    return table


FILE = "sweep.json"
Value = float | str
#: Units that say nothing beside a value.
NO_UNITS = ("", "ratio", "share", "as the figure")
#: What a report needs of the document.
DOCUMENT = {
    "name": str, "title": str, "question": str, "sampling": str, "axes": list, "scenarios": list, "points": int, "runs": int,
    "metrics": list, "intervals": str, "failed": list,
}  # fmt: skip
AXIS = {"name": str, "label": str, "values": list}
FAILED = {"scenario": str, "point": int, "run": int, "message": str}
SWEEP_SUMMARY = ("scenario", "point", "group", "metric", "mean", "low", "high", "n")
SAMPLINGS = ("grid", "list", "latin_hypercube", "sobol")
SAMPLES = ("latin_hypercube", "sobol")


@dataclass(frozen=True)
class Axis:
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
class Sweep:
    """What the folder of a sweep holds; a table has a row for each point of a scenario: mean, low, high, n."""

    folder: Path
    manifest: dict[str, Any]
    doc: dict[str, Any]
    scenarios: dict[str, Scenario]
    axes: tuple[Axis, ...]
    points: dict[int, tuple[Value, ...]]
    tables: dict[tuple[str, str], pd.DataFrame]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that are shown."""
        return [BY_NAME[name] for name in self.doc["metrics"]]

    @property
    def is_grid(self) -> bool:
        """Whether every value of each figure meets every value of the others."""
        return self.doc["sampling"] == "grid"

    @property
    def is_sample(self) -> bool:
        """Whether points are scattered over ranges."""
        return self.doc["sampling"] in SAMPLES

    @property
    def fewest_runs(self) -> int:
        """Runs that ended well at the point with the fewest."""
        return min((int(table["n"].min()) for table in self.tables.values() if len(table)), default=0)

    def table(self, scenario: str, metric: str) -> pd.DataFrame:
        """Mean, low, high and n of each point that has a value."""
        return self.tables[scenario, metric].dropna(subset=["mean"])


def read_sweep(folder: Path) -> Sweep:
    """The results of a sweep; NotAFolder with the reason where they cannot be read."""
    manifest = read_manifest(folder)
    as_written(folder, manifest)
    doc = _document(folder, manifest)
    scenarios = {name: load_kept(folder / "scenarios" / f"{name}.yaml") for name in doc["scenarios"]}
    axes = tuple(_axis(folder / FILE, one) for one in doc["axes"])
    points = _points(folder / "points.csv", axes, doc["points"])
    return Sweep(folder, manifest, doc, scenarios, axes, points, _tables(folder / "summary.csv", doc, list(points)))


def _document(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    path = folder / FILE
    try:
        doc = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise NotAFolder(f"{path} is missing or not readable ({error}); the command that made the results makes it again") from error
    if FILE not in manifest["files"]:
        raise NotAFolder(f"{path} is none of the files that the manifest names; the command that made the results makes it again")
    _says(path, doc, DOCUMENT)
    for one in doc["failed"]:
        _says(path, one, FAILED, "failed")
    if not doc["scenarios"] or set(doc["scenarios"]) != set(manifest["scenarios"]):
        raise NotAFolder(f"{path} does not name the `scenarios` of the manifest")
    if doc["sampling"] not in SAMPLINGS:
        raise NotAFolder(f"{path} has a `sampling` that is none of {', '.join(SAMPLINGS)}")
    if not doc["metrics"] or any(not isinstance(name, str) or name not in BY_NAME for name in doc["metrics"]):
        raise NotAFolder(f"{path} does not say `metrics` as it should")
    sites = doc.get("sites")
    if sites is not None:
        _says(path, sites, {"name": str, "offices": int}, "sites")
    if not doc["axes"] or doc["points"] < 1:
        raise NotAFolder(f"{path} says of no figure that it was varied")
    return dict(doc)


def _says(path: Path, part: object, keys: Mapping[str, type], within: str = "") -> None:
    for key, kind in keys.items():
        if not isinstance(part, dict) or not isinstance(part.get(key), kind) or isinstance(part[key], bool):
            raise NotAFolder(f"{path} does not say `{f'{within}.' if within else ''}{key}` as it should")


def _axis(path: Path, one: object) -> Axis:
    _says(path, one, AXIS, "axes")
    assert isinstance(one, dict)
    if not one["values"]:
        raise NotAFolder(f"{path} gives no values of `{one['name']}`")
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in one["values"])
    values = tuple(float(value) if numeric else _word(value) for value in one["values"])
    return Axis(one["name"], one["label"], one.get("unit") or "", values, numeric)


def _word(value: object) -> str:
    """A choice as a text; true and false as scenario files write them."""
    return str(value).lower() if isinstance(value, bool) or str(value) in ("True", "False") else str(value)


def _points(path: Path, axes: tuple[Axis, ...], expected: int) -> dict[int, tuple[Value, ...]]:
    table = read_table(path, ("point", "figure", "value"), text=("figure", "value"))
    found: dict[int, dict[str, object]] = {}
    for point, figure, value in zip(table["point"], table["figure"], table["value"], strict=True):
        found.setdefault(int(point), {})[str(figure)] = value
    points = {}
    try:
        for point in sorted(found):
            points[point] = tuple(_value(axis, found[point][axis.name]) for axis in axes)
    except (KeyError, ValueError) as error:
        raise NotAFolder(f"{path} does not give each figure of each point as {FILE} says it was varied ({error})") from error
    if list(points) != list(range(1, expected + 1)):
        raise NotAFolder(f"{path} holds {len(points)} points where {FILE} says {expected}")
    return points


def _value(axis: Axis, value: object) -> Value:
    if axis.numeric:
        return float(str(value))
    word = _word(value)
    if word not in axis.values:
        raise ValueError(f"{axis.name} {word}")
    return word


def _tables(path: Path, doc: Mapping[str, Any], points: list[int]) -> dict[tuple[str, str], pd.DataFrame]:
    table = read_table(path, SWEEP_SUMMARY)
    shown = table[(table["group"] == "") & table["metric"].isin(doc["metrics"])]
    parts = {key: part.set_index("point")[["mean", "low", "high", "n"]] for key, part in shown.groupby(["scenario", "metric"], sort=False)}
    none = pd.DataFrame(columns=["mean", "low", "high", "n"], dtype=float)
    found = {}
    for scenario in doc["scenarios"]:
        for metric in doc["metrics"]:
            part = parts.get((scenario, metric), none)
            if part.index.has_duplicates:
                raise NotAFolder(f"{path} holds a point of {scenario} twice")
            if not part.index.isin(points).all():
                raise NotAFolder(f"{path} holds points of {scenario} that are not in points.csv")
            found[scenario, metric] = part.sort_index()
    return found
