"""Figures of a sweep: lines over one figure, maps over two, clouds of points over more.

`meta` of a trace says which entry of the saved tables its marks are, `ids` the point, or the values of an average. Cells of a large map
have no ids, which would take too many bytes: their place says which they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from jobcentre.metrics import Metric
from jobcentre.report.charts import DASHES, INK, SYMBOLS, colour, style
from jobcentre.report.elements import Number, label, of_metric
from jobcentre.report.saved import SavedAxis, Value
from jobcentre.report.tables import PER_CENT

#: From pale to dark in one hue, so that order is seen in grey and by everybody; the dark end is that of the other charts.
PALE_TO_DARK = ("#EEF4FA", "#BCD3E8", "#7FA9CF", "#3F79AC", "#12436D")
WHITE = "#FFFFFF"
#: Cells in which numbers can still be read.
MOST_PRINTED = 150
#: Columns from which on shares are printed without a decimal.
NARROW = 8
FEW_TICKS = 10
SHADES = 9  # steps of the colours: more could not be distinguished
CELL, MAP_EDGE = 27, 128
#: Full and open in turn: scenarios must differ in grey as well.
CLOUD_SYMBOLS = ("circle", "diamond-open", "x", "triangle-up-open", "square", "circle-open")
DIGITS = 5  # significant digits in a chart: no eye sees more, and the page stays small


class Cell(NamedTuple):
    """One cell of a map: places of its values, its mean, and how it is marked (best, close or nothing)."""

    id: str
    column: int
    row: int
    mean: float
    mark: str = ""


def lines(
    axis: SavedAxis,
    tables: Mapping[str, pd.DataFrame],
    letters: Mapping[str, str],
    metric: Metric,
    limit: float | None,
    values: Sequence[Value],
) -> go.Figure:
    """A metric over the values of one figure, a line with intervals for each scenario; tables have a row for each value drawn."""
    figure = go.Figure()
    for order, (name, table) in enumerate(tables.items()):
        hue = colour(order, False)
        x = [axis.place(value) for value in table["value"]]
        known = [pd.notna(low) and pd.notna(high) for low, high in zip(table["low"], table["high"], strict=True)]
        above = [short(high - mean) if ok else None for mean, high, ok in zip(table["mean"], table["high"], known, strict=True)]
        below = [short(mean - low) if ok else None for mean, low, ok in zip(table["mean"], table["low"], known, strict=True)]
        figure.add_trace(
            go.Scatter(
                x=x, y=[short(mean) for mean in table["mean"]], ids=[str(point) for point in table.index], meta=_at(name, metric),
                mode="lines+markers", line={"color": hue, "width": 2, "dash": DASHES[order % len(DASHES)]},
                marker={"color": hue, "size": 8, "symbol": SYMBOLS[order % len(SYMBOLS)]},
                error_y={"type": "data", "symmetric": False, "color": hue, "thickness": 1.5, "width": 4,
                         "array": above, "arrayminus": below},
                hovertemplate=f"{letters[name]} %{{x}}: %{{y:{_format(metric)}}}<extra></extra>",
            )
        )  # fmt: skip
    _name_ends(figure, axis, tables, letters)
    if limit is not None:
        figure.add_hline(y=limit, line={"color": INK, "width": 1, "dash": "dash"})
    style(figure, 340)
    figure.update_yaxes(rangemode="tozero", tickformat=_ticks(metric), tickprefix=_pounds(metric), title=_unit(metric))
    figure.update_xaxes(**{"title": titled(axis), "nticks": 12, "zeroline": False} | _places(axis, values))
    figure.update_layout(margin={"l": 12, "r": 48, "t": 14, "b": 48})
    return figure


def heat_map(
    cells: Sequence[Cell],
    across: tuple[SavedAxis, Sequence[Value]],
    up: tuple[SavedAxis, Sequence[Value]],
    metric: Metric,
    scale: tuple[float, float],
    meta: str,
) -> go.Figure:
    """A metric over two figures, a cell for each pair of values: the darker, the higher.

    Cells are bars, which the small bundle of plotly has; `scale` are the ends of the colours, the same for all scenarios.
    """
    figure = go.Figure()
    columns, rows = across[1], up[1]
    printed = len(columns) * len(rows) <= MOST_PRINTED
    low, high = scale
    shades = [_shade(cell.mean, low, high) for cell in cells]
    for shade in sorted(set(shades)):
        shaded = [cell for cell, shade_of_cell in zip(cells, shades, strict=True) if shade_of_cell == shade]
        figure.add_trace(
            go.Bar(
                x=[cell.column for cell in shaded], y=[1] * len(shaded), base=[cell.row for cell in shaded], width=1,
                ids=[cell.id for cell in shaded] if printed else None, customdata=[short(cell.mean) for cell in shaded], meta=meta,
                text=[printed_value(cell.mean, metric, len(columns)) for cell in shaded] if printed else None,
                textposition="inside", insidetextanchor="middle", textangle=0, constraintext="none",
                insidetextfont={"color": _ink(shade), "size": 11},
                marker={"color": _hue(shade), "line": {"width": 1 if printed else 0, "color": WHITE}},
                hovertemplate=f"%{{customdata:{_format(metric)}}}<extra></extra>",
            )
        )  # fmt: skip
    inks = [_ink(shade) for shade in shades]
    aside, up_by = (0.36, 0.7) if printed else (0.0, 0.5)
    for mark, symbol, size in (("best", "star", 11 if printed else 14), ("close", "circle", 5)):
        for ink in (INK, WHITE):
            marked = [cell for cell, shade_of_cell in zip(cells, inks, strict=True) if cell.mark == mark and shade_of_cell == ink]
            if marked:
                figure.add_trace(
                    go.Scatter(
                        x=[cell.column + aside for cell in marked], y=[cell.row + up_by for cell in marked], mode="markers",
                        ids=[cell.id for cell in marked], meta=f"{mark}|{meta}", hoverinfo="skip", cliponaxis=False,
                        marker={"symbol": symbol, "size": size, "color": ink},
                    )
                )  # fmt: skip
    style(figure, MAP_EDGE + max(4, len(rows)) * (CELL if printed else max(5, min(CELL, 480 // len(rows)))))
    figure.update_layout(barmode="overlay", bargap=0, margin={"l": 12, "r": 12, "t": 66, "b": 48}, uniformtext={"mode": False})
    _colour_bar(figure, metric, low, high)
    figure.update_xaxes(title=titled(across[0]), **_tick_texts(*across), range=[-0.5, len(columns) - 0.5])
    figure.update_yaxes(title=titled(up[0], max(18, min(40, 4 * len(rows)))), **_tick_texts(*up, middle=0.5), range=[0, len(rows)])
    return figure


def cloud(
    axis: SavedAxis, tables: Mapping[str, pd.DataFrame], letters: Mapping[str, str], metric: Metric, top: tuple[float, float]
) -> go.Figure:
    """Every point as a mark, a metric over one figure; columns value and mean, a table for each scenario."""
    figure = go.Figure()
    for order, (name, table) in enumerate(tables.items()):
        figure.add_trace(
            go.Scatter(
                x=[short(axis.place(value)) for value in table["value"]], y=[short(mean) for mean in table["mean"]], mode="markers",
                ids=[str(point) for point in table.index], meta=_at(name, metric), name=letters[name] or "mean",
                marker={"color": colour(order, False), "size": 6, "symbol": CLOUD_SYMBOLS[order % len(CLOUD_SYMBOLS)], "opacity": 0.8},
                hovertemplate=f"{letters[name]} %{{x}}: %{{y:{_format(metric)}}}<extra></extra>",
            )
        )  # fmt: skip
    style(figure, 250)
    several = len(tables) > 1
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False, "itemdoubleclick": False}
    figure.update_layout(showlegend=several, legend=legend, margin={"l": 44, "r": 12, "t": 34 if several else 14, "b": 48})
    figure.update_yaxes(range=list(top), tickformat=_ticks(metric), tickprefix=_pounds(metric))
    tick_text = _tick_texts(axis, axis.values) if not axis.numeric else {}
    figure.update_xaxes(**{"title": titled(axis), "nticks": 6, "zeroline": False} | tick_text)
    return figure


def better(metric: Metric) -> str:
    """The direction that is better."""
    return {"lower": "lower is better", "higher": "higher is better", None: "neither direction is better as such"}[metric.better]


def titled(axis: SavedAxis, width: int = 40) -> str:
    """An axis with its unit, on lines that fit a narrow chart."""
    return label(axis.titled, width)


def printed_value(value: float, metric: Metric, columns: int) -> str:
    """Writes a number short enough for a cell; the colour scale has the unit."""
    if metric.unit in PER_CENT:
        return f"{100 * value:.{0 if columns > NARROW else 1}f}"
    if "pound" in metric.unit and abs(value) >= 1000:
        return f"{value / 1e6:.2f}m" if abs(value) >= 1e6 else f"{value / 1000:.0f}k"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def short(value: float) -> float:
    """A number with as many digits as a chart needs."""
    return float(f"{value:.{DIGITS}g}")


def _at(scenario: str, metric: Metric) -> str:
    return f"at|{scenario}|{metric.name}"


def _tick_texts(axis: SavedAxis, values: Sequence[Value], middle: float = 0.0) -> dict[str, object]:
    """Ticks that say the values; few enough to be read."""
    step = max(1, -(-len(values) // 20))
    texts = [label(value) if isinstance(value, str) else f"{value:,.6g}" for value in values]
    return {
        "tickmode": "array",
        "tickvals": [start + middle for start in range(0, len(values), step)],
        "ticktext": texts[::step],
        "showgrid": False,
        "zeroline": False,
    }


def _name_ends(figure: go.Figure, axis: SavedAxis, tables: Mapping[str, pd.DataFrame], letters: Mapping[str, str]) -> None:
    """Places letters of scenarios at the ends of their lines, side by side where they would overlap."""
    ends = sorted((float(table["mean"].iloc[-1]), name) for name, table in tables.items() if len(table) and letters[name])
    near = 0.05 * max((float(table["mean"].max()) for table in tables.values() if len(table)), default=0.0)
    labels: list[list[tuple[float, str]]] = []
    for end in ends:
        if labels and end[0] - labels[-1][0][0] < near:
            labels[-1].append(end)
        else:
            labels.append([end])
    for together in labels:
        mean, name = together[len(together) // 2]
        figure.add_trace(
            go.Scatter(
                x=[axis.place(tables[name]["value"].iloc[-1])], y=[short(mean)], ids=[str(tables[name].index[-1])], meta=f"label|{name}",
                mode="text", text=["  " + ", ".join(sorted(letters[scenario] for _, scenario in together))], textposition="middle right",
                textfont={"color": INK, "size": 14}, hoverinfo="skip", cliponaxis=False,
            )
        )  # fmt: skip


def _places(axis: SavedAxis, values: Sequence[Value]) -> dict[str, object]:
    """Ticks at the values of a line, where they are few or words."""
    if not axis.numeric:
        return _tick_texts(axis, values)
    return {"tickmode": "array", "tickvals": [axis.place(value) for value in values]} if len(values) <= FEW_TICKS else {}


def _shade(value: float, low: float, high: float) -> int:
    """The step of the colours to which a value belongs."""
    return 0 if high == low else min(SHADES - 1, int(SHADES * (value - low) / (high - low)))


def _hue(shade: int) -> str:
    """The colour of a step."""
    at = shade / (SHADES - 1) * (len(PALE_TO_DARK) - 1)
    left = min(int(at), len(PALE_TO_DARK) - 2)
    pale, dark = (_rgb(PALE_TO_DARK[left + side]) for side in (0, 1))
    return "#" + "".join(f"{round(255 * (a + (b - a) * (at - left))):02X}" for a, b in zip(pale, dark, strict=True))


def _ink(shade: int) -> str:
    """Dark or white, whichever can be read on a step of the colours."""
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _rgb(_hue(shade))]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INK if (luminance + 0.05) / 0.053 >= 1.05 / (luminance + 0.05) else WHITE


def _colour_bar(figure: go.Figure, metric: Metric, low: float, high: float) -> None:
    """The steps of the colours above a map, with the values at both ends and between; plotly's own would need inline styles."""
    for shade in range(SHADES):
        figure.add_shape(
            type="rect", xref="paper", x0=shade / SHADES, x1=(shade + 1) / SHADES, yref="paper", ysizemode="pixel", yanchor=1, y0=22, y1=32,
            fillcolor=_hue(shade), line={"width": 0},
        )  # fmt: skip
    ends = ((0.0, "left", low), (0.5, "center", (low + high) / 2), (1.0, "right", high))
    for x, anchor, value in ends:
        text = of_metric(value, metric.name)
        figure.add_annotation(
            x=x, xref="paper", xanchor=anchor, y=1, yref="paper", yanchor="bottom", yshift=4, showarrow=False, font={"size": 11},
            text=text.text if isinstance(text, Number) else "",
        )  # fmt: skip
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=34,
        showarrow=False,
        font={"size": 12},
        text=_barred(metric),
    )


def _rgb(hue: str) -> tuple[float, float, float]:
    red, green, blue = (int(hue[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _format(metric: Metric) -> str:
    return ".1%" if metric.unit in PER_CENT else ",.0f" if "per year" in metric.unit and "pound" in metric.unit else ".3~g"


def _ticks(metric: Metric) -> str:
    return "~%" if metric.unit in PER_CENT else ".3~s" if "pound" in metric.unit else "~g"


def _pounds(metric: Metric) -> str:
    return "£" if "pound" in metric.unit else ""


def _unit(metric: Metric) -> str:
    return PER_CENT.get(metric.unit, metric.unit).removeprefix("a year") or ""


def _barred(metric: Metric) -> str:
    unit = "%" + (f" {PER_CENT[metric.unit]}" if PER_CENT[metric.unit] else "") if metric.unit in PER_CENT else metric.unit
    return f"{unit}; {better(metric)}"
