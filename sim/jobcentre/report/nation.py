"""The nation and its regions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.metrics.windows import untested_reason
from jobcentre.report import charts
from jobcentre.report.comparison_tables import worse_blocks, worse_metrics
from jobcentre.report.comparison_text import SIGNS
from jobcentre.report.elements import (
    Chart,
    Number,
    Page,
    ReportSection,
    Table,
    as_input,
    interval,
    label,
    letters_of,
    number,
    of_metric,
    sentence,
    title,
    whole,
)
from jobcentre.report.evidence import provenance_sentences
from jobcentre.report.saved import open_folder
from jobcentre.report.tables import named
from jobcentre.runs.manifest import Manifest
from jobcentre.runs.requests import NationRequest
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import usage_error
from jobcentre.stats.comparisons import verdict_text

MADE_UP = "synthetic"
OVERLOADED = "overloaded_share"


@dataclass(frozen=True)
class SavedNation:
    """What the folder of a table of offices holds; scenarios stand in the order in which they were asked for, the base first."""

    manifest: Manifest
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
        return [column for column in self.offices.columns if column in BY_NAME and column != "flexibility_share"]

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
    """The results in a folder of a table of offices."""
    saved = open_folder(folder)
    request = saved.experiment.request
    assert isinstance(request, NationRequest)
    summary, regions, offices, tails = (saved.table(name) for name in ("summary", "regions", "offices", "tails"))
    differences = saved.table("differences") if len(saved.scenarios) > 1 else None
    if offices.empty:
        raise usage_error(str(folder / "offices.csv"), "has no rows", SAME_COMMAND)
    own = offices[offices["scenario"] == next(iter(saved.scenarios))]
    if other := set(regions["region"]) - set(own["region"]):
        raise usage_error(str(folder / "regions.csv"), f"tells of {min(other)}, where no office of offices.csv is", SAME_COMMAND)
    return SavedNation(saved.manifest, saved.scenarios, summary, differences, regions, offices, tails, request.table.notes)


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
    return sentence("{} {}", middle, interval(low, high))


QUANTILES = {5: "One in twenty is below", 25: "A quarter below", 50: "Half below", 75: "A quarter above", 95: "One in twenty above"}
MOST_LISTED = 20
#: Scenarios that a chart can hold.
MOST_DRAWN = 7


def nation_page(folder: Path) -> Page:
    """The page of a folder in which a table of offices was played."""
    saved = read_nation(folder)
    sections = [_nation(saved), _regions(saved), _spread(saved), _listed(saved), _made(saved)]
    base = saved.scenarios[saved.base]
    heading = sentence(
        'In {} offices together: <span class="given">{}</span>', whole(len(saved.own_offices), "offices"), saved.title(saved.base)
    )
    return Page(heading, base.question or base.context, _answer(saved), _caution(saved), sections)


def _answer(saved: SavedNation) -> Markup:
    """What a manager takes away: the nation, how many offices tip over, regions, and what the mean hides."""
    told = [_of_scenario(saved, saved.base, "")]
    told += [_of_scenario(saved, name, f"{saved.called(name)}: ") for name in saved.options]
    return Markup(" ").join([*told, *_range_of_regions(saved), _hidden(saved)])


def _of_scenario(saved: SavedNation, name: str, before: str) -> Markup:
    return sentence(
        "{}{} of coach-days are overloaded in all offices together, and {} of the {} offices tip over in a year.",
        as_input(before), of_nation(saved, name, OVERLOADED), offices_that(saved, name, "tip_over"), whole(len(saved.own_offices), "offices"),
    )  # fmt: skip


def _range_of_regions(saved: SavedNation) -> list[Markup]:
    mine = saved.regions[
        (saved.regions["scenario"] == saved.base) & (saved.regions["metric"] == OVERLOADED) & (saved.regions["group"] == "")
    ]
    mine = mine.dropna(subset=["mean"]).sort_values(["mean", "region"])
    if len(mine) < 2:
        return []
    best, worst = str(mine["region"].iloc[0]), str(mine["region"].iloc[-1])
    return [
        sentence(
            "Regions range from {} in {} to {} in {}.",
            of_region(saved, saved.base, best, OVERLOADED), as_input(best), of_region(saved, saved.base, worst, OVERLOADED), as_input(worst),
        )
    ]  # fmt: skip


def _hidden(saved: SavedNation) -> Markup:
    low, high = (quantile(saved, saved.base, OVERLOADED, percent) for percent in (5, 95))
    return sentence("The average hides a spread: one office in twenty has fewer than {}, one in twenty more than {}.", low, high)


def _caution(saved: SavedNation) -> Markup:
    told = []
    if saved.made_up:
        told.append(sentence("<strong>The table of offices says that it is synthetic: no office or region in it is a real one.</strong>"))
    told.append(
        sentence(
            "Each office has its own posts, coaches and customers, whatever a scenario's title says. An office tips over in a run that has "
            "{}; that mark is assumed. Intervals of so many offices together are narrow because chance cancels out; doubt about the "
            "figures that go in does not, and is not in them.",
            as_input(saved.condition),
        )
    )  # fmt: skip
    return Markup(" ").join(told)


def _nation(saved: SavedNation) -> ReportSection:
    header: list[object] = ["Figure", *(as_input(saved.called(name)) for name in saved.scenarios)]
    rows = [
        [named(metric), of_nation(saved, saved.base, metric), *(_option(saved, name, metric) for name in saved.options)]
        for metric in [*saved.metrics, "coaches_in_post", "caseload_mean"]
    ]
    lead = sentence(
        "What belongs to an office as a whole – money, coaches, customers – is the total of all offices; of all else it is the average, in "
        "which large offices weigh more. {}Brackets hold {} intervals for chance between runs.",
        "A difference of totals matters that would matter if it came from every office. " if saved.options else "",
        as_input("95 %"),
    )  # fmt: skip
    return ReportSection("nation", "All offices together", lead, [Table("All offices together", header, rows), *_also_worse(saved)])


def _also_worse(saved: SavedNation) -> list[Markup | Table]:
    """Other metrics in which an option is clearly worse than the base."""
    if saved.differences is None:
        return []
    return worse_blocks(
        (named(metric), as_input(saved.called(option)), of_nation(saved, saved.base, metric), _option(saved, option, metric))
        for option, metric in worse_metrics(saved.differences)
    )


def _option(saved: SavedNation, name: str, metric: str) -> Markup:
    """The nation under an option, and how it differs from the base."""
    own = of_nation(saved, name, metric)
    row = entry(saved.differences, option=name, metric=metric) if saved.differences is not None else {}
    if not row:
        return own
    if row["verdict"] == "identical":
        return sentence("{}<br>no change", own)
    parts = (of_metric(row[stat], metric, "change", name, metric, stat, signed=True) for stat in ("difference", "low", "high"))
    middle, low, high = parts
    changed = sentence("{}<br>change {} {}", own, middle, interval(low, high))
    found = row["verdict"]
    mark = '<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>'
    return sentence(
        "{}<br>{}", changed, sentence(mark, found, SIGNS[found], verdict_text(found, row["n"], untested_reason(saved.scenarios)))
    )


def _regions(saved: SavedNation) -> ReportSection:
    drawn = list(saved.scenarios)[:MOST_DRAWN]
    table = saved.regions[(saved.regions["metric"] == OVERLOADED) & (saved.regions["group"] == "")].dropna(subset=["mean"])
    table = table[table["scenario"].isin(drawn)].assign(group=table["region"])
    labels = {region: label(region) for region in saved.region_names}
    table = table.sort_values("group", key=lambda column: column.map(list(labels).index), kind="stable")
    about = "Overloaded coach-days by region, a mark with its interval for each scenario; the table below has its numbers."
    chart = Chart("regions", "Overloaded coach-days by region", charts.groups(table, drawn, saved.letters, labels, OVERLOADED), about)
    header = [
        "Region", *(["Scenario"] if saved.options else []), "Offices", "Posts", "Coaches at the start", named(OVERLOADED),
        named("missed_share"), named("leaving_rate_per_year"), "Offices that tip over", "Offices that ease appointments",
    ]  # fmt: skip
    rows = [_region_row(saved, region, name) for region in saved.region_names for name in saved.scenarios]
    lead = "Posts are those that customers need. The first and the last of many regions owe their place in part to chance."
    return ReportSection("regions", "By region", lead, [chart, Table("By region", header, rows)])


def _region_row(saved: SavedNation, region: str, name: str) -> list[object]:
    mine = saved.own_offices[saved.own_offices["region"] == region]
    return [
        as_input(region),
        *([saved.letters[name]] if saved.options else []),
        whole(len(mine), "offices_of", region),
        whole(int(mine["posts"].sum()), "posts", region),
        whole(int(mine["coaches"].sum()), "coaches", region),
        *(of_region(saved, name, region, metric) for metric in (OVERLOADED, "missed_share", "leaving_rate_per_year")),
        offices_that(saved, name, "tip_over", region),
        offices_that(saved, name, "ever_eased", region),
    ]


def _spread(saved: SavedNation) -> ReportSection:
    drawn = list(saved.scenarios)[:MOST_DRAWN]
    table = saved.offices.dropna(subset=[OVERLOADED])
    dots = table[table["scenario"].isin(drawn)].assign(run=table["office"])
    titles = {name: label(saved.called(name)) for name in drawn}
    figure = charts.runs(dots, OVERLOADED, "office", titles, True, "overloaded coach-days of an office")
    about = "Every office as a dot by its share of overloaded coach-days over all its runs; the file offices.csv has their numbers."
    header: list[object] = ["Figure", *(["Scenario"] if saved.options else []), *QUANTILES.values()]
    rows = [
        [
            named(metric),
            *([saved.letters[name]] if saved.options else []),
            *(quantile(saved, name, metric, percent) for percent in QUANTILES),
        ]
        for metric in saved.metrics
        for name in saved.scenarios
    ]
    lead = "Each office by its own figure over all its runs: what the average of all offices hides."
    blocks = (Chart("offices", "Offices differ", figure, about), Table("Figures of offices", header, rows))
    return ReportSection("spread", "How offices differ", lead, blocks)


def _listed(saved: SavedNation) -> ReportSection:
    """The offices that tip over in most of their runs, under each scenario."""
    blocks: list[Markup | Table] = []
    for name in saved.scenarios:
        mine = saved.offices[(saved.offices["scenario"] == name) & (saved.offices["tips_over"] > 0)]
        mine = mine.sort_values(["tips_over", OVERLOADED, "office"], ascending=[False, False, True])
        if mine.empty:
            blocks.append(sentence("<p>Under {} no office tips over in any run.</p>", as_input(f"“{saved.called(name)}”")))
            continue
        header = [
            "Office",
            "Region",
            "Posts",
            "Coaches at the start",
            "Runs in which it tips over",
            named(OVERLOADED),
            "Days of eased appointments",
        ]
        caption = f"Offices that tip over most: {saved.called(name)}" if saved.options else "Offices that tip over most"
        blocks.append(
            Table(caption, header, [_office_row(name, row) for _, row in mine.head(MOST_LISTED).iterrows()], folded=bool(saved.options))
        )
        more = len(mine) - MOST_LISTED
        if more > 0:
            blocks.append(sentence("<p>{} more tip over in some run: offices.csv has all.</p>", whole(more, "more_tip", name)))
    lead = "By the share of their runs in which they tip over, with its interval. The first of many owe their place in part to chance."
    return ReportSection("offices-list", "Offices that tip over most", lead, blocks)


def _office_row(name: str, row: pd.Series) -> list[object]:
    of = ("office", name, row["office"])
    tips = [number(row[column], "share", *of, column) for column in ("tips_over", "tips_over_low", "tips_over_high")]
    return [
        as_input(row["office"]),
        as_input(row["region"]),
        whole(int(row["posts"]), *of, "posts"),
        whole(int(row["coaches"]), *of, "coaches"),
        sentence("{} {}", tips[0], interval(tips[1], tips[2])),
        of_metric(row[OVERLOADED], OVERLOADED, *of, OVERLOADED),
        of_metric(row["flexibility_share"], "flexibility_share", *of, "flexibility_share"),
    ]


def _made(saved: SavedNation) -> ReportSection:
    runs, seed = min(saved.manifest.runs.values()), str(saved.manifest.seed)
    items = [
        sentence("All offices together are one run of the whole, of which {} ended well.", whole(runs, "runs")),
        sentence("Seed {}; each office has random numbers of its own, the same under every scenario.", as_input(seed)),
        sentence("Kind of interval: {}.", saved.manifest.intervals),
        sentence("Offices are independent of each other: nobody moves between them, and no bad month hits all of them at once."),
        *provenance_sentences(saved.manifest),
    ]  # fmt: skip
    listed = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))
    notes = Table("What the table of offices says of itself", ["Note"], [[as_input(note)] for note in saved.notes], folded=True)
    return ReportSection("made", "How this was made, and how to read it", "", [listed, *([notes] if saved.notes else [])])
