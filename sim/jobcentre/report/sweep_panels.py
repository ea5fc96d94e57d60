"""The charts of a sweep metric by metric, each with a table of its numbers, in no more bytes than a page may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import Metric
from jobcentre.report import sweep_analysis as found
from jobcentre.report import sweep_charts as charts
from jobcentre.report import sweep_text as words
from jobcentre.report.elements import Chart, Panels, ReportSection, Table, as_input, interval, of_metric, sentence
from jobcentre.report.saved import SavedAxis, SavedSweep, Value
from jobcentre.report.sweep_names import at_point_text, letters_of, plain_value, scenario_label
from jobcentre.report.tables import named

#: Marks of all charts together, and bytes of all tables and charts: with plotly's bundle the page stays below 2 MB.
MOST_MARKS, MOST_CHARTS, MOST_BYTES = 20_000, 40, 600_000
MARK_BYTES, CELL_BYTES, ROW_BYTES = 24, 320, 60
#: Most values of a line, and most dots on a map, that can be distinguished.
MOST_ON_LINE, MOST_DOTS = 150, 60
MOST_ROWS = 400
MOST_CLOUDS, MOST_CLOUD_MARKS = 4, 16_000


class Drawn(NamedTuple):
    """The values of a figure that are drawn, and every which of all they are."""

    values: list[Value]
    every: int


def panels_of(sweep: SavedSweep) -> list[Panels | Markup]:
    """The charts of every shown metric."""
    drawn = _drawn_metrics(sweep)
    if sweep.is_grid and len(sweep.axes) > 1:
        blocks = [block for metric in drawn for block in _maps(sweep, metric)]
    elif _is_line(sweep):
        blocks = [block for metric in drawn for block in _lines(sweep, metric)]
    else:
        blocks = [block for metric in drawn for block in _clouds(sweep, metric)]
    if len(drawn) < len(sweep.metrics):
        blocks.append(Markup("<p>Charts of further metrics are left out, so that this page stays small; summary.csv holds them.</p>"))
    return blocks


def _is_line(sweep: SavedSweep) -> bool:
    return len(sweep.axes) == 1 and not sweep.is_sample


def _drawn_metrics(sweep: SavedSweep) -> list[Metric]:
    """Gives the metrics that have charts."""
    each = 1 if _is_line(sweep) else len(sweep.scenarios) if sweep.is_grid else min(MOST_CLOUDS, len(sweep.axes))
    return sweep.metrics[: max(1, MOST_CHARTS // each)]


def rank_table(sweep: SavedSweep) -> ReportSection:
    """Rank correlations of every metric with every figure, the strongest first."""
    rows: list[list[object]] = []
    for metric in sweep.metrics:
        for scenario in sweep.scenarios:
            for axis, correlation in found.ranks(sweep, scenario, metric.name):
                letter = letters_of(sweep)[scenario]
                name = sentence("{}{}: {}", metric.label, f", {letter}" if letter else "", axis.label)
                rows.append([name, words.correlation(scenario, metric, axis, correlation), _way(correlation.low, correlation.high)])
    if not rows:
        return ReportSection("", "", "")
    lead = sentence(
        "Spearman’s rank correlation is {} where a metric always rises with a figure, {} where it always falls, and near {} where "
        "nothing steady is seen; what first rises and then falls is missed. Brackets are {} limits (Bonett and Wright), each for itself: "
        "of {} about {} miss. They take the points as drawn independently. Chance between runs at a point makes correlations smaller.",
        *map(as_input, ("1", "-1", "0", "95 %", "100", "5")),
    )  # fmt: skip
    header = ["Metric and figure", "Rank correlation", "Shown"]
    return ReportSection("moves", "What each metric goes with", lead, [Table("Rank correlations, the strongest first", header, rows)])


def _way(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "too few points"
    return "rises with it" if low > 0 else "falls with it" if high < 0 else "not shown"


def _lines(sweep: SavedSweep, metric: Metric) -> list[Panels | Markup]:
    axis, letters = sweep.axes[0], letters_of(sweep)
    drawn = _thinned(sweep, max(1, MOST_MARKS // MOST_ON_LINE))[0]
    tables = {}
    for scenario in sweep.scenarios:
        table = sweep.table(scenario, metric.name)
        table = table.assign(value=[sweep.points[int(point)][0] for point in table.index])
        tables[scenario] = table[table["value"].isin(drawn.values)].sort_values("value", key=lambda column: column.map(axis.place))
    limit = found.LIMITS.get(metric.name)
    highs = [float(table[["mean", "high"]].max(axis=None)) for table in tables.values() if len(table)]
    figure = charts.lines(axis, tables, letters, metric, limit if limit and highs and max(highs) > limit else None, drawn.values)
    about = (
        f"{metric.label} upwards, {axis.label} to the right, a line with intervals for each scenario. {charts.better(metric).capitalize()}."
    )
    chart = Chart(f"line-{metric.name}", _headline(sweep, metric, list(sweep.scenarios)), figure, f"{about}{_every(sweep, [drawn])}")
    return [Panels(named(metric.name), [chart], _table(sweep, metric)), *_thin(sweep, [drawn])]


def _maps(sweep: SavedSweep, metric: Metric) -> list[Panels | Markup]:
    indices = found.strongest(sweep, metric.name, 2)
    # figures with fewer values go across, so that cells stay wide enough on a narrow screen
    indices.sort(key=lambda index: len(sweep.axes[index].values))
    drawn = _thinned(sweep, len(sweep.metrics) * len(sweep.scenarios), indices)
    averaged = len(sweep.axes) > 2
    cells = {
        scenario: _averaged_cells(sweep, scenario, metric, indices, drawn) if averaged else _cells(sweep, scenario, metric, indices, drawn)
        for scenario in sweep.scenarios
    }
    means = [cell.mean for scenario_cells in cells.values() for cell in scenario_cells]
    if not means:
        return [
            sentence(
                "<h3>{}</h3><p>No value at any point.</p>"
                if not averaged
                else "<h3>{}</h3><p>Not averaged: some points have no value.</p>",
                named(metric.name),
            )
        ]
    across, up = (sweep.axes[index] for index in indices)
    panels = []
    for order, (scenario, scenario_cells) in enumerate(cells.items()):
        kind = f"pair|{scenario}|{metric.name}|{across.name}|{up.name}" if averaged else f"at|{scenario}|{metric.name}"
        figure = charts.heat_map(scenario_cells, (across, drawn[0].values), (up, drawn[1].values), metric, (min(means), max(means)), kind)
        over = " Averaged over all values of the other figures." if averaged else ""
        about = (
            f"Map: {across.label} to the right, {up.label} upwards, the darker the higher {metric.label}; {charts.better(metric)}.{over}"
            f"{_every(sweep, drawn)}"
        )
        title = scenario_label(sweep, scenario) if averaged else _headline(sweep, metric, [scenario])
        panels.append(Chart(f"map-{metric.name}-{order}", title, figure, about))
    table = _pair_table(sweep, metric, indices) if averaged else _table(sweep, metric)
    return [Panels(named(metric.name), panels, table), *_thin(sweep, drawn)]


def _clouds(sweep: SavedSweep, metric: Metric) -> list[Panels | Markup]:
    indices = found.strongest(sweep, metric.name, MOST_CLOUDS) if sweep.is_sample else list(range(min(MOST_CLOUDS, len(sweep.axes))))
    keep = max(50, MOST_CLOUD_MARKS // (len(_drawn_metrics(sweep)) * len(sweep.scenarios) * len(indices)))
    tables = {scenario: sweep.table(scenario, metric.name) for scenario in sweep.scenarios}
    means = pd.concat([table["mean"] for table in tables.values()])
    if means.empty:
        return [sentence("<h3>{}</h3><p>No value at any point.</p>", named(metric.name))]
    margin = 0.05 * float(means.max() - means.min()) or 0.05 * abs(float(means.max())) or 1.0
    ends = (charts.short(float(means.min()) - margin), charts.short(float(means.max()) + margin))
    panels = []
    for index in indices:
        axis = sweep.axes[index]
        clouds = {
            scenario: table.iloc[:keep].assign(value=[sweep.points[int(point)][index] for point in table.index[:keep]])
            for scenario, table in tables.items()
        }
        figure = charts.cloud(axis, clouds, letters_of(sweep), metric, ends)
        about = f"{metric.label} upwards, {axis.label} to the right, one mark for each point. {charts.better(metric).capitalize()}."
        panels.append(Chart(f"cloud-{metric.name}-{index}", _cloud_title(sweep, metric, axis), figure, about))
    sentences = []
    if len(indices) < len(sweep.axes):
        which = "that go with it most are drawn" if sweep.is_sample else "that stand first in the plan are drawn"
        sentences.append(sentence("Of {} figures the {} {}.", as_input(len(sweep.axes)), as_input(len(indices)), which))
    if keep < len(sweep.points):
        sentences.append(
            sentence(
                "Drawn are the first {} of {} points, which lie scattered over the whole range.",
                *map(as_input, (keep, f"{len(sweep.points):,}")),
            )
        )
    note = [sentence("<p>{}</p>", Markup(" ").join(sentences))] if sentences else []
    return [Panels(named(metric.name), panels, _table(sweep, metric)), *note]


def _cloud_title(sweep: SavedSweep, metric: Metric, axis: SavedAxis) -> Markup:
    if not sweep.is_sample:
        return as_input(axis.label)
    parts = []
    for scenario in sweep.scenarios:
        letter = letters_of(sweep)[scenario]
        for other_axis, rank in found.ranks(sweep, scenario, metric.name):
            if other_axis == axis:
                parts.append(sentence("{}{}", f"{letter} " if letter else "", words.correlation(scenario, metric, axis, rank)))
    return sentence("{}: rank correlation {}", as_input(axis.label), Markup("; ").join(parts)) if parts else as_input(axis.label)


def _headline(sweep: SavedSweep, metric: Metric, scenarios: Sequence[str]) -> Markup:
    """The ends of a metric, scenario by scenario."""
    parts = []
    for scenario in scenarios:
        at, letter = found.ends(sweep, scenario, metric), letters_of(sweep)[scenario]
        if at is None:
            parts.append(sentence("{}no value", f"{letter}: " if letter else ""))
            continue
        first, second = (
            of_metric(sweep.tables[scenario, metric.name]["mean"][point], metric.name, "at", scenario, point, metric.name, "mean")
            for point in (at.best, at.worst)
        )
        parts.append(
            sentence(
                "{}{} {}, {} {}",
                f"{letter}: " if letter else "",
                first,
                at_point_text(sweep, at.best),
                second,
                at_point_text(sweep, at.worst),
            )
        )
    return Markup("; ").join(parts)


def _cells(sweep: SavedSweep, scenario: str, metric: Metric, indices: Sequence[int], drawn: Sequence[Drawn]) -> list[charts.Cell]:
    table, at = sweep.table(scenario, metric.name), found.ends(sweep, scenario, metric)
    columns, rows = ({value: number for number, value in enumerate(each_axis.values)} for each_axis in drawn)
    marks = {}
    if at and at.best != at.worst and not at.alike:
        marks = dict.fromkeys(at.close if len(at.close) <= MOST_DOTS else (), "close") | {at.best: "best"}
    cells = []
    for point, mean in zip(table.index, table["mean"], strict=True):
        across, up = (sweep.points[int(point)][index] for index in indices)
        if across in columns and up in rows:
            cells.append(charts.Cell(str(point), columns[across], rows[up], float(mean), marks.get(int(point), "")))
    return cells


def _averaged_cells(sweep: SavedSweep, scenario: str, metric: Metric, indices: Sequence[int], drawn: Sequence[Drawn]) -> list[charts.Cell]:
    table = found.averages(sweep, scenario, metric.name, indices)
    columns, rows = ({value: number for number, value in enumerate(each_axis.values)} for each_axis in drawn)
    return [
        charts.Cell(f"{plain_value(across)}|{plain_value(up)}", columns[across], rows[up], float(mean))
        for (across, up), mean in zip(table.index, table["mean"], strict=True)
        if across in columns and up in rows
    ]


def _thinned(sweep: SavedSweep, charts_: int, indices: Sequence[int] = (0,)) -> list[Drawn]:
    """The values that are drawn: all, or every so many, so that all charts together have no more marks than a page may."""
    every = 1
    while charts_ * _product(-(-len(sweep.axes[index].values) // every) for index in indices) > MOST_MARKS:
        every += 1
    return [Drawn(list(sweep.axes[index].values[::every]), every if len(sweep.axes[index].values) > 1 else 1) for index in indices]


def _every(sweep: SavedSweep, drawn: Sequence[Drawn]) -> str:
    return " Only some of the many values are drawn; summary.csv holds all." if any(each_axis.every > 1 for each_axis in drawn) else ""


def _thin(sweep: SavedSweep, drawn: Sequence[Drawn]) -> list[Markup]:
    return [sentence("<p>{}</p>", _every(sweep, drawn).strip())] if _every(sweep, drawn) else []


def _product(of: object) -> int:
    product = 1
    for factor in of:  # type: ignore[attr-defined]
        product *= factor
    return product


def _table(sweep: SavedSweep, metric: Metric) -> Table:
    """Every point with its mean and interval; of too many the best."""
    rows, most = [], most_rows(sweep)
    tables = {scenario: sweep.table(scenario, metric.name) for scenario in sweep.scenarios}
    points = sorted({int(point) for table in tables.values() for point in table.index})
    cut = len(points) > most
    if cut:
        middle = pd.concat([table["mean"] for table in tables.values()]).groupby(level=0).mean()
        order = middle.sort_values(ascending=metric.better != "higher", kind="stable")
        points = [int(point) for point in order.index[:most]]
    for point in points:
        cells: list[object] = [as_input(f"{point}"), *map(as_input, map(plain_value, sweep.points[point]))]
        for scenario, table in tables.items():
            cells.append(words.value_at(sweep, scenario, metric, point) if point in table.index else "–")
        rows.append(cells)
    header: list[object] = ["Point", *(as_input(axis.label) for axis in sweep.axes)]
    header += [letters_of(sweep)[scenario] or named(metric.name) for scenario in sweep.scenarios]
    caption = f"{named(metric.name)} at each point, with intervals"
    if cut:
        first = "best" if metric.better else "lowest"
        caption = f"{named(metric.name)}: the {first} points of many, by the mean over scenarios; summary.csv holds all"
    return Table(caption, header, rows, folded=True, long=len(rows) > 60)


def most_rows(sweep: SavedSweep) -> int:
    """Rows that a table of points may have, so that the page stays small."""
    metrics = len(_drawn_metrics(sweep))
    clouds = 1 if sweep.is_grid or _is_line(sweep) else min(MOST_CLOUDS, len(sweep.axes))
    marks = min(MOST_MARKS, metrics * len(sweep.scenarios) * len(sweep.points) * clouds)
    cells = sum(CELL_BYTES + 3 * len(scenario) for scenario in sweep.scenarios)
    row = metrics * (cells + (len(sweep.axes) + 1) * ROW_BYTES)
    return max(10, min(MOST_ROWS, (MOST_BYTES - marks * MARK_BYTES) // row))


def _pair_table(sweep: SavedSweep, metric: Metric, indices: Sequence[int]) -> Table:
    """Averages over all figures but two."""
    across, up = (sweep.axes[index] for index in indices)
    rows: list[list[object]] = []
    tables = {scenario: found.averages(sweep, scenario, metric.name, indices) for scenario in sweep.scenarios}
    most = most_rows(sweep)
    pairs = list(dict.fromkeys(pair for table in tables.values() for pair in table.index))
    for pair in pairs[:most]:
        cells: list[object] = [as_input(plain_value(pair[0])), as_input(plain_value(pair[1]))]
        for scenario, table in tables.items():
            if pair not in table.index:
                cells.append("–")
                continue
            row = table.loc[pair]
            of = ("pair", scenario, metric.name, across.name, up.name, *map(plain_value, pair))
            mean, low, high = (of_metric(row[stat], metric.name, *of, stat) for stat in ("mean", "low", "high"))
            cells.append(sentence("{} {}", mean, interval(low, high)))
        rows.append(cells)
    header = [
        as_input(across.label),
        as_input(up.label),
        *(letters_of(sweep)[scenario] or named(metric.name) for scenario in sweep.scenarios),
    ]
    caption = f"{named(metric.name)} averaged over the other figures, with averaged limits; summary.csv holds every point"
    return Table(caption, header, rows, folded=True, long=len(rows) > 60)
