"""A results folder as tidy tables: all that a report is drawn from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.scenario import Scenario, load_kept

TEXT = {"group": "string", "metric": "string", "scenario": "string"}


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
    differences: pd.DataFrame | None  # one row per option and headline metric
    responses: pd.DataFrame | None  # one row per response to strain and scenario

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
    path = folder / "manifest.json"
    if not path.is_file():
        raise NotAFolder(f"{folder} holds no finished results: there is no manifest.json in it")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        names = list(manifest["scenarios"])
        return Saved(
            folder,
            manifest,
            {name: load_kept(folder / "scenarios" / f"{name}.yaml") for name in names},
            _table(folder / "summary.csv"),
            _table(folder / "metrics.csv"),
            _table(folder / "weekly.csv"),
            _table(folder / "differences.csv") if len(names) > 1 else None,
            _table(folder / "responses.csv") if manifest["points"] else None,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if type(error).__name__ == "ScenarioError":
            raise
        raise NotAFolder(f"{folder} cannot be read ({type(error).__name__}: {error}); make the results again") from error


def _table(path: Path) -> pd.DataFrame:
    """A table as saved; a group that is not given (all customers together) is an empty text."""
    table = pd.read_csv(path, encoding="utf-8", dtype=TEXT, keep_default_na=False, na_values=[""])
    if "group" in table:
        table["group"] = table["group"].fillna("")
    return table
