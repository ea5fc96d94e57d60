"""The folder of a table of offices as tidy tables, and its numbers with what they are of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from sim.metrics import BY_NAME
from sim.reporting.report.names import letters_of, title
from sim.reporting.report.numbers import Number, interval, of_metric, say
from sim.reporting.report.saved import SUMMARY, NotAFolder, as_written, read_manifest, read_table
from sim.scenario import Scenario, load_kept

REGIONS = ("scenario", "region", "group", "metric", "mean", "low", "high")
OFFICES = (
    "scenario",
    "office",
    "region",
    "posts",
    "coaches",
    "runs",
    "failed",
    "overloaded_share",
    "tips_over_means",
    "tips_over",
    "eased_share",
)
TAILS = ("scenario", "region", "figure", "metric", "value", "low", "high")
DIFFERENCES = ("option", "metric", "difference", "low", "high", "verdict")
MADE_UP = "synthetic"
OVERLOADED = "overloaded_share"


@dataclass(frozen=True)
class SavedNation:
    """What the folder of a table of offices holds; scenarios stand in the order in which they were asked for, the base first."""

    manifest: dict[str, Any]
    scenarios: dict[str, Scenario]
    summary: pd.DataFrame  # the nation
    differences: pd.DataFrame | None
    regions: pd.DataFrame
    offices: pd.DataFrame
    tails: pd.DataFrame
    notes: list[str]  # at the top of the table of offices

    @property
    def base(self) -> str:
        """The scenario with which the others are compared."""
        return next(iter(self.scenarios))

    @property
    def options(self) -> list[str]:
        """The scenarios that are compared with the base."""
        return list(self.scenarios)[1:]

    @property
    def own_offices(self) -> pd.DataFrame:
        """Each office once."""
        return self.offices[self.offices["scenario"] == self.base]

    @property
    def region_names(self) -> list[str]:
        """Regions, those with most overload in the base first."""
        mine = self.regions[
            (self.regions["scenario"] == self.base) & (self.regions["metric"] == OVERLOADED) & (self.regions["group"] == "")
        ]
        means = dict(zip(mine["region"], mine["mean"].fillna(-1.0), strict=True))
        return sorted(dict.fromkeys(self.own_offices["region"]), key=lambda region: (-means.get(region, -1.0), region))

    @property
    def metrics(self) -> list[str]:
        """The metrics that are told of each office."""
        return [column for column in self.offices.columns if column in BY_NAME and column != "eased_share"]

    @property
    def condition(self) -> str:
        """When an office counts as tipped over."""
        return str(self.offices["tips_over_means"].iloc[0])

    @property
    def made_up(self) -> bool:
        """Whether the table says of itself that it is synthetic."""
        return any(MADE_UP in note.casefold() for note in self.notes) or all(
            str(name).casefold().startswith(MADE_UP) for name in self.own_offices["office"]
        )

    @property
    def letters(self) -> dict[str, str]:
        """What each scenario is called for short; a single one has no letter."""
        return letters_of(self.base, self.options)

    def called(self, name: str) -> str:
        """Letter and title of a scenario."""
        letter = self.letters[name]
        return f"{letter}: {self.title(name)}" if letter else self.title(name)

    def title(self, name: str) -> str:
        """The title of a scenario, with its name where two have the same."""
        text = title(self.scenarios[name])
        return f"{text} ({name})" if sum(title(one) == text for one in self.scenarios.values()) > 1 else text


def read_nation(folder: Path) -> SavedNation:
    """The results in a folder of a table of offices; NotAFolder with the reason where they cannot be read."""
    manifest = read_manifest(folder)
    as_written(folder, manifest)
    names = list(manifest["scenarios"])
    tables = {
        name: read_table(folder / f"{name}.csv", columns)
        for name, columns in {"summary": SUMMARY, "regions": REGIONS, "offices": OFFICES, "tails": TAILS}.items()
    }
    if set(tables["offices"]["scenario"]) != set(names):
        raise NotAFolder(f"{folder / 'offices.csv'} does not tell of the same scenarios as the manifest")
    tables["tails"]["region"] = tables["tails"]["region"].fillna("")
    differences = read_table(folder / "differences.csv", DIFFERENCES) if len(names) > 1 else None
    scenarios = {name: load_kept(folder / "scenarios" / f"{name}.yaml") for name in names}
    sites = folder / "sites.csv"
    if not sites.is_file():
        raise NotAFolder(f"{sites} is missing")
    lines = sites.read_text(encoding="utf-8").splitlines()
    notes = [line.lstrip("# ") for line in lines[: next((place for place, line in enumerate(lines) if not line.startswith("#")), 0)]]
    return SavedNation(manifest, scenarios, tables["summary"], differences, tables["regions"], tables["offices"], tables["tails"], notes)


def entry(table: pd.DataFrame, **wanted: str) -> dict[str, Any]:
    """The one row in which columns have these values; nothing where there is none."""
    chosen = table
    for column, value in wanted.items():
        chosen = chosen[chosen[column] == value]
    return {} if chosen.empty else dict(chosen.iloc[0])


def of_nation(saved: SavedNation, name: str, metric: str) -> Markup:
    """A metric of the nation with its interval."""
    row = entry(saved.summary, scenario=name, metric=metric, group="")
    return _with_interval(*(of_metric(row.get(stat), metric, "nation", name, metric, stat) for stat in ("mean", "low", "high")))


def of_region(saved: SavedNation, name: str, region: str, metric: str) -> Markup:
    """A metric of a region with its interval."""
    row = entry(saved.regions, scenario=name, region=region, metric=metric, group="")
    return _with_interval(*(of_metric(row.get(stat), metric, "region", name, region, metric, stat) for stat in ("mean", "low", "high")))


def offices_that(saved: SavedNation, name: str, figure: str, region: str = "") -> Markup:
    """How many offices do so in a run on average, with interval."""
    row = entry(saved.tails, scenario=name, region=region, figure=f"offices_{figure}")
    return _with_interval(*(_many(row.get(stat), "tail", name, region, f"offices_{figure}", stat) for stat in ("value", "low", "high")))


def quantile(saved: SavedNation, name: str, metric: str, percent: int) -> Number | str:
    """A quantile of the offices' own values."""
    figure = f"quantile_{percent:02}"
    row = entry(saved.tails, scenario=name, region="", figure=figure, metric=metric)
    return of_metric(row.get("value"), metric, "quantile", name, metric, figure)


def _many(value: float | None, *of: str) -> Number | str:
    return "–" if value is None or pd.isna(value) else Number(float(value), f"{value:,.1f}", of)


def _with_interval(middle: Number | str, low: Number | str, high: Number | str) -> Markup:
    return say("{} {}", middle, interval(low, high))
