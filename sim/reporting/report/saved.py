"""A results folder as tidy tables: all that a report is drawn from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.scenario import Scenario, load_kept

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
KINDS = ("comparison", "staffing", "sweep", "nation")
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
    if kind == "selection":
        raise NotAFolder(f"{folder} holds a selection, of which there is no report: its answer is in selection.csv")
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
