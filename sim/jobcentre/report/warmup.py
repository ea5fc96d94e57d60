"""Whether results had settled and last: charts, tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.report import chart_data as series
from jobcentre.report import charts
from jobcentre.report.elements import (
    Chart,
    Panels,
    ReportSection,
    Table,
    as_input,
    day,
    interval,
    letters,
    of_metric,
    scenario_label,
    sentence,
    whole,
)
from jobcentre.report.saved import Saved
from jobcentre.report.tables import PER_CENT, format_value, named
from jobcentre.runs.results import Steadiness


def warnings(rows: Sequence[Steadiness]) -> list[str]:
    """Writes a sentence for each scenario that is still settling in the first counted weeks, and for each that drifts."""
    texts = []
    for scenario, scenario_rows in groupby(rows, key=lambda row: row.scenario):
        own_rows = list(scenario_rows)
        if unsettled := [row for row in own_rows if row.settled == "no"]:
            texts.append(_unsettled(scenario, unsettled))
        if drifting := [row for row in own_rows if row.drifts == "yes"]:
            texts.append(_drifting(scenario, drifting))
    return texts


def _unsettled(scenario: str, rows: Sequence[Steadiness]) -> str:
    latest = max(rows, key=lambda row: row.mser_weeks or 0)
    weeks = (latest.mser_weeks or 0) - latest.warmup_weeks
    begin = "the first counted week still settles" if weeks == 1 else f"the first {weeks} counted weeks still settle"
    moved = _by(latest.metric, latest.shift, latest.shift_low, latest.shift_high)
    return (
        f"{scenario}: {begin}: period.warmup_weeks is {latest.warmup_weeks}, MSER-5 asks for {latest.mser_weeks}. "
        f"Counting from there moves {_label(latest.metric)} by {moved}{_and_more(len(rows) - 1)}."
    )


def _drifting(scenario: str, rows: Sequence[Steadiness]) -> str:
    first = rows[0]
    moved, before = _by(first.metric, first.change, first.low, first.high), first.looked_weeks - first.warmup_weeks
    changes = f" (its own figures change after {before} of them)" if 0 < before < first.weeks else ""
    return (
        f"{scenario} drifts while it is counted: {_label(first.metric)} by {moved} over the {first.weeks} weeks{changes}"
        f"{_and_more(len(rows) - 1)}. Figures per year describe these weeks and would not stay as they are."
    )


def _label(metric: str) -> str:
    return BY_NAME[metric].label.lower()


def _and_more(others: int) -> str:
    return "" if not others else ", and one more figure" if others == 1 else f", and {others} more figures"


def _by(metric: str, mean: float | None, low: float | None, high: float | None) -> str:
    """A change with its interval in its unit."""
    declared = BY_NAME[metric]
    middle, bottom, top = (format_value(value, declared.unit, signed=True) for value in (mean, low, high))
    unit = "" if " " in middle or "£" in middle or declared.unit == "ratio" else f" {declared.unit}"
    return f"{middle}{unit} (95 % interval {bottom.removesuffix(' points')} to {top.removesuffix(' points')})"


DRAWN = ("overloaded_share", "strain_mean", "caseload_mean")
#: Columns of a change, and the labels of their numbers.
RISE, SHIFT = ("change", "low", "high"), ("shift", "shift_low", "shift_high")


def steady(saved: Saved) -> ReportSection:
    """Gives the section on warm-up and drift: weekly charts and a table."""
    table = saved.steadiness
    if table.empty:
        return ReportSection("", "", "")
    lead = sentence(
        "A figure per year is worth no more than the weeks it is taken from. {} figures are looked at week by week. "
        "Had the office settled when counting began? {}, a usual rule, says how many weeks to leave out so that the rest "
        "tells the mean best. "
        "Do the counted weeks stay as they are? The rise or fall of a straight line through them says so. "
        "A warning is given where the whole interval lies beyond what matters, whichever four weeks are left out. "
        "The intervals of one scenario hold together.",
        whole(table["metric"].nunique(), "looked_at"), as_input("MSER-5"),
    )  # fmt: skip
    listed = [
        sentence("<li><b>{}</b>: {} {}</li>", scenario_label(saved, name), *_scenario_sentences(table[table["scenario"] == name], name))
        for name in saved.scenarios
    ]
    blocks: list[Markup | Panels | Table] = [Markup("<ul>{}</ul>").format(Markup("").join(listed))]
    drawn = [chart for metric in DRAWN if (chart := _drawn(saved, metric)) is not None]
    blocks.append(Panels("Week by week, from the first day of the warm-up", drawn, _table(saved)))
    blocks.append(_by_week(saved))
    return ReportSection("steady", "Had it settled, and does it last?", lead, blocks)


def _scenario_sentences(rows: pd.DataFrame, name: str) -> tuple[Markup, Markup]:
    """Writes the sentences on the warm-up and the counted weeks of one scenario."""
    warmup = as_input(f"{rows['warmup_weeks'].iloc[0]} weeks")
    late, unsettled = rows[rows["settled"] == "late"], rows[rows["settled"] == "no"]
    unknown = rows[rows["settled"] == "unknown"]
    warning = sentence(
        " {} cannot tell for {}, still wandering after half of the weeks it may look at.",
        as_input("MSER-5"),
        _figures(len(unknown), "settling", name, "unknown"),
    )
    if len(unsettled):
        worst = unsettled.sort_values("mser_weeks", kind="stable").iloc[-1]
        begun = sentence(
            "<strong>The first counted weeks still settle</strong> in {}. The warm-up is {}, {} asks for {}; "
            "counting from there moves {} by {}.",
            _figures(len(unsettled), "settling", name, "no"), warmup, as_input("MSER-5"), _cut(worst),
            _chart_label(worst["metric"]), _change(worst, *SHIFT),
        )  # fmt: skip
    elif len(late):
        begun = sentence(
            "For {} {} would leave out more than the warm-up of {}; "
            "counting that much later is not seen to move any by as much as matters.",
            _figures(len(late), "settling", name, "late"), as_input("MSER-5"), warmup,
        )  # fmt: skip
    else:
        begun = sentence("Nothing speaks against the warm-up of {}.", warmup)
    if len(unknown):
        begun += warning
    drifting = rows[rows["drifts"] == "yes"]
    if len(drifting):
        first = drifting.iloc[0]
        lasts = sentence(
            "<strong>It drifts while it is counted:</strong> {}, first of all {} by {}. "
            "Figures per year describe these weeks and would not stay as they are.",
            _figures(len(drifting), "drifting", name), _chart_label(first["metric"]), _change(first, *RISE),
        )  # fmt: skip
    elif (rows["drifts"] == "unknown").all():
        lasts = Markup("There are too few runs or weeks to tell whether the counted weeks drift.")
    else:
        lasts = Markup("No figure is seen to drift over the counted weeks by as much as matters.")
    return begun, lasts


def _drawn(saved: Saved, metric: str) -> Chart | None:
    """One metric by week in all scenarios."""
    table = series.by_week(saved, metric)
    rows = saved.steadiness[saved.steadiness["metric"] == metric]
    if table.empty or rows.empty:
        return None
    known = rows[rows["mser_weeks"].notna()]
    settled = {
        row["scenario"]: series.week_date(saved, row["mser_weeks"] - row["warmup_weeks"]) for row in known.to_dict("records")
    }  # fmt: skip
    figure = charts.by_week(table, letters(saved), metric, series.week_date(saved, 0), settled, BY_NAME[metric].unit in PER_CENT)
    cuts = [sentence("{} {}", letters(saved)[row["scenario"]], _cut(pd.Series(row))) for row in rows.to_dict("records")]
    title = sentence("{} settled after: {}", BY_NAME[metric].label, Markup(", ").join(cuts))
    about = (
        f"{BY_NAME[metric].label} by week, mean of all runs, from the first week of the warm-up. "
        "Upright line: counting begins. Dotted upright line: settled, as MSER-5 has it."
    )
    return Chart(f"steady-{metric}", title, figure, about)


def _by_week(saved: Saved) -> Table:
    """Gives the numbers of the charts, week by week and scenario by scenario."""
    cells_by_name: dict[object, dict[tuple[str, str], Markup]] = {}
    for metric in DRAWN:
        for row in series.by_week(saved, metric).to_dict("records"):
            shown = of_metric(row["mean"], metric, "span", row["scenario"], metric, row["first"], row["until"])
            cells_by_name.setdefault(row["from"], {})[row["scenario"], metric] = sentence("{}", shown)
    rows: list[list[object]] = []
    for date, cells in sorted(cells_by_name.items(), key=lambda item: str(item[0])):
        texts = [Markup("; ").join(cells.get((name, metric), Markup("–")) for metric in DRAWN) for name in saved.scenarios]
        rows.append([as_input(day(date)), *texts])  # type: ignore[arg-type]
    header: list[object] = ["From", *(letters(saved)[name] or "result" for name in saved.scenarios)]
    names = "; ".join(BY_NAME[metric].label.lower() for metric in DRAWN)
    return Table(f"Week by week, mean of all runs: {names}", header, rows, folded=True, long=True)


def _table(saved: Saved) -> Table:
    """Gives the table on every metric in every scenario."""
    rows_by_name = {(row["scenario"], row["metric"]): pd.Series(row) for row in saved.steadiness.to_dict("records")}
    rows: list[list[object]] = []
    for metric in dict.fromkeys(saved.steadiness["metric"]):
        cells: list[object] = [named(metric)]
        for name in saved.scenarios:
            row = rows_by_name.get((name, metric))
            cells.append("–" if row is None else _cell(row))
        rows.append(cells)
    header: list[object] = ["Figure", *(scenario_label(saved, name) for name in saved.scenarios)]
    caption = "When each figure had settled, what counting from then on would change, and its change over the counted weeks"
    return Table(caption, header, rows, folded=True)


def _cell(row: pd.Series) -> Markup:
    moved = sentence("; counted from then: {}", _change(row, *SHIFT)) if row["settled"] in ("late", "no") else Markup()
    drifts = {"yes": "drifts", "no": "no drift seen", "unknown": "nobody can tell"}[row["drifts"]]
    matters = BY_NAME[row["metric"]].matters
    if row["drifts"] == "no" and (row["low"] > matters or row["high"] < -matters):
        drifts = "no drift: a few weeks in a row make all of it"
    return sentence("settled after: {}{}<br>over the counted weeks: {}<br>{}", _cut(row), moved, _change(row, *RISE), drifts)


def _cut(row: pd.Series) -> Markup | str:
    """The weeks that MSER-5 leaves out."""
    weeks = row["mser_weeks"]
    if pd.isna(weeks):
        return "cannot tell"
    return sentence("{} {}", whole(int(weeks), "settled", row["scenario"], row["metric"]), "week" if weeks == 1 else "weeks")


def _change(row: pd.Series, *columns: str) -> Markup:
    """A change and its interval."""
    ends = [of_metric(row[column], row["metric"], "steady", row["scenario"], row["metric"], column, signed=True) for column in columns]
    return sentence("{} {}", ends[0], interval(*ends[1:]))


def _figures(count: int, *of: object) -> Markup:
    return sentence("{} {}", whole(count, *of), "figure" if count == 1 else "figures")


def _chart_label(metric: str) -> str:
    return named(metric)[0].lower() + named(metric)[1:]
