"""Charts: each is a function from a tidy table to a plotly figure, without reading or writing anything.

`ids` of a trace say of each value which entry of the saved tables it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from jobcentre.metrics import BY_NAME
from jobcentre.report.tables import PER_CENT
from jobcentre.runs.answers import OrderOfTwo, TriedInput

# The palette of the Government Analysis Function for categories, dark grey for the base.
GREY, COLOURS = "#3D3D3D", ("#12436D", "#28A197", "#801650", "#F46A25", "#A285D1", "#2073BC")
PALE, INK = "#D9D9D9", "#0B0C0C"
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "hexagon", "star")
DASHES = ("solid", "dash", "dashdot", "longdash", "dot")
FONT = "Arial, Helvetica, sans-serif"
ROW, EDGE = 58, 90
#: Colour and hatching of the ledger's parts: they must differ in grey as well.
PARTS = (
    ("#12436D", ""), ("#28A197", ""), ("#801650", "-"), ("#F46A25", "/"), ("#A285D1", ""), ("#2073BC", "."), ("#3D3D3D", "+"), ("#E8E8E8", ""),
    ("#F9B387", ""), ("#D4351C", ""), ("#85994B", "x"),
)  # fmt: skip
SHORTEST_LABELLED_MINUTES = 22


def colour(index: int, first_is_base: bool = True) -> str:
    """The colour of a scenario by its place."""
    if first_is_base and index == 0:
        return GREY
    return COLOURS[(index - first_is_base) % len(COLOURS)]


def over_time(
    table: pd.DataFrame, base: pd.DataFrame | None, metric: str, hue: str, top: float, changes: Sequence[dt.date], percent: bool
) -> go.Figure:
    """One scenario's metric in blocks of weeks: the mean, the middle eight tenths of runs, the base's mean for comparison.

    A share holds for its whole block, a count stands at the block's end. `top` ends the axis, the same for all scenarios; lines mark
    dates on which figures change.
    """
    figure = go.Figure()

    def line(of: pd.DataFrame, stat: str, **how: object) -> None:
        x, values = [day.isoformat() for day in of["from" if percent else "until"]], list(of[stat])
        ids = [f"period|{scenario}|{metric}|{block}|{stat}" for scenario, block in zip(of["scenario"], of["block"], strict=True)]
        if percent:  # the last block ends where the next would begin
            x, values, ids = [*x, of["until"].iloc[-1].isoformat()], [*values, values[-1]], [*ids, f"{ids[-1]}|end"]
        shape = {"shape": "hv" if percent else "linear"}
        figure.add_trace(go.Scatter(x=x, y=values, ids=ids, mode="lines", **how | {"line": how["line"] | shape}))  # type: ignore[operator]

    pale = f"rgba({int(hue[1:3], 16)},{int(hue[3:5], 16)},{int(hue[5:7], 16)},0.22)"
    line(table, "high", line={"width": 0}, hoverinfo="skip")
    line(table, "low", line={"width": 0}, fill="tonexty", fillcolor=pale, hoverinfo="skip")
    if base is not None:
        line(base, "mean", line={"color": GREY, "width": 1.5, "dash": "dot"}, hoverinfo="skip")
    line(table, "mean", line={"color": hue, "width": 3})
    for number, date in enumerate(changes, 1):
        figure.add_vline(x=date.isoformat(), line={"color": INK, "width": 1, "dash": "dash"})
        figure.add_annotation(x=date.isoformat(), y=1, yref="paper", text=str(number), showarrow=False, xanchor="left", yanchor="bottom")
    style(figure, 230)
    figure.update_yaxes(range=[0, top], tickformat=".0%" if percent else "~g")
    figure.update_xaxes(tickformat="%b\n%Y", nticks=5, type="date")
    figure.update_layout(margin={"l": 44, "r": 12, "t": 18, "b": 40})
    return figure


def by_week(
    table: pd.DataFrame, letters: Mapping[str, str], metric: str, begins: dt.date, settled: Mapping[str, dt.date], percent: bool
) -> go.Figure:
    """A metric's mean over runs by week, a line per scenario; columns scenario, first, until, from, mean.

    Lines from top to bottom mark the week in which counting begins, and each at which a scenario has settled.
    """
    figure, top = go.Figure(), 1.15 * float(table["mean"].max()) or 1.0
    for index, (name, letter) in enumerate(letters.items()):
        rows, hue = table[table["scenario"] == name], colour(index, len(letters) > 1)
        x, ids = (
            [day.isoformat() for day in rows["from"]],
            [f"span|{name}|{metric}|{a}|{b}" for a, b in zip(rows["first"], rows["until"], strict=True)],
        )
        look = {"color": hue, "width": 2, "dash": DASHES[index % len(DASHES)]}
        figure.add_trace(
            go.Scatter(
                x=x, y=list(rows["mean"]), ids=ids, mode="lines", line=look, hovertemplate=f"{letter or 'mean'}: %{{y}}<extra></extra>"
            )
        )
        if letter and x:
            figure.add_trace(
                go.Scatter(
                    x=x[-1:], y=list(rows["mean"])[-1:], mode="text", text=[f" {letter}"], textposition="middle right", ids=[f"label|{ids[-1]}"],
                    textfont={"color": INK, "size": 12}, hoverinfo="skip", cliponaxis=False,
                )
            )  # fmt: skip
    for name, date in settled.items():
        figure.add_trace(
            go.Scatter(
                x=[date.isoformat()] * 2, y=[0, top], ids=[f"settled|{name}|{metric}"] * 2, mode="lines", hoverinfo="skip",
                line={"color": INK, "width": 1.5, "dash": "dot"},
            )
        )  # fmt: skip
    figure.add_vline(x=begins.isoformat(), line={"color": INK, "width": 1.5})
    marks = {begins: "counted from here"}
    for date in sorted(set(settled.values())):
        letters_here = " ".join(letters[name] for name, group in settled.items() if group == date)
        marks[date] = (
            f"{marks[date]}, settled"
            if date in marks
            else f"settled ({letters_here})"
            if letters_here and len(set(settled.values())) > 1
            else "settled"
        )
    for index, (date, text) in enumerate(sorted(marks.items())):  # words that would meet stand above each other
        figure.add_annotation(
            x=date.isoformat(),
            y=1 + 0.09 * (index % 3),
            yref="paper",
            text=text,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 11},
        )
    style(figure, 250)
    figure.update_yaxes(range=[0, top], tickformat=".0%" if percent else "~g")
    figure.update_xaxes(tickformat="%b\n%Y", nticks=5, type="date")
    figure.update_layout(margin={"l": 44, "r": 40 if len(letters) > 1 else 12, "t": 20 + 20 * min(3, len(marks)), "b": 40})
    return figure


def ledger(table: pd.DataFrame, labels: Mapping[str, str], activities: Mapping[str, str]) -> go.Figure:
    """Minutes of a coach-day as one bar per scenario; columns scenario, metric, mean."""
    figure = go.Figure()
    for (metric, label), (hue, hatch) in zip(activities.items(), PARTS, strict=True):
        rows = table[table["metric"] == metric].set_index("scenario").reindex(list(labels))
        values = [float(value) for value in rows["mean"].fillna(0)]
        figure.add_trace(
            go.Bar(
                name=label, y=list(labels.values()), x=values, orientation="h",
                ids=[f"mean|{name}|{metric}|" for name in labels],
                marker={"color": hue, "line": {"color": "#FFFFFF", "width": 1}, "pattern": {"shape": hatch, "fgcolor": "#FFFFFF", "fillmode": "overlay", "size": 6}},
                text=[f"{value:.0f}" if value >= SHORTEST_LABELLED_MINUTES else "" for value in values], textposition="inside",
                insidetextanchor="middle", textangle=0, textfont={"color": INK if hue in ("#E8E8E8", "#F9B387", "#A285D1", "#28A197", "#F46A25") else "#FFFFFF"},
                hovertemplate=f"{label}: %{{x:.0f}} minutes<extra></extra>",
            )
        )  # fmt: skip
    style(figure, ROW * len(labels) + EDGE + 100)
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "y": -0.22, "yref": "container", "yanchor": "bottom", "traceorder": "normal"},
    )
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 0, "xref": "container", "yref": "container", "yanchor": "bottom"}, margin={"b": 150}
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title="minutes per coach-day", rangemode="tozero")
    return figure


def groups(
    table: pd.DataFrame, names: Sequence[str], letters: Mapping[str, str], group_labels: Mapping[str, str], metric: str
) -> go.Figure:
    """A share by customer group, one mark with its interval per scenario; columns scenario, group, mean, low, high."""
    rows = table.assign(
        row=table["group"].map(group_labels), id=[f"mean|{name}|{metric}|{group}" for name, group in _pairs(table, "group")]
    )
    figure = _by_row(rows, names, letters)
    figure.update_xaxes(tickformat=".0%")
    return figure


def scenarios(table: pd.DataFrame, labels: Mapping[str, str], metric: str) -> go.Figure:
    """The mean of a metric with its interval, one row per scenario; columns scenario, mean, low, high."""
    rows = table.assign(row=[labels[name] for name in table["scenario"]], id=[f"mean|{name}|{metric}" for name in table["scenario"]])
    figure = go.Figure()
    _marks(figure, list(rows["row"]), rows["mean"], rows["low"], rows["high"], "", 0, list(rows["id"]), 1)
    style(figure, (ROW + 30) * len(rows) + EDGE)
    figure.update_yaxes(range=[len(rows) - 0.4, -0.6])
    unit = BY_NAME[metric].unit
    figure.update_xaxes(rangemode="tozero", tickformat=".0%" if unit in PER_CENT else "~g", title="" if unit in PER_CENT else unit)
    return figure


def responses(table: pd.DataFrame, names: Sequence[str], letters: Mapping[str, str]) -> go.Figure:
    """Leavers of each scenario under each response to strain; columns response, scenario, mean, low, high."""
    ids = [f"response|{response}|{name}|mean" for name, response in _pairs(table, "response")]
    figure = _by_row(table.assign(row=[f"{response} response" for response in table["response"]], id=ids), names, letters)
    figure.update_xaxes(title="coaches who give notice")
    return figure


STATES = {"not_enough": ("#801650", "x"), "unclear": ("#F46A25", "diamond"), "enough": ("#12436D", "circle")}


def chances(rows: Sequence[Mapping[str, Any]], probability: float, unit: str, response: str) -> go.Figure:
    """Draws the share of office-years that meet all targets by value of a lever, with limits; rows as in staffing.json."""
    figure = go.Figure()
    for state, (hue, symbol) in STATES.items():
        rows_in_state = [row for row in rows if row["state"] == state]
        if not rows_in_state:
            continue
        shares = [row["probability"] for row in rows_in_state]
        figure.add_trace(
            go.Scatter(
                x=[row["value"] for row in rows_in_state], y=shares, mode="markers", name=state.replace("_", " ").replace("unclear", "cannot be told"),
                ids=[f"staffing|{response}|{row['value']:g}|probability" for row in rows_in_state],
                marker={"color": hue, "size": 10, "symbol": symbol},
                error_y={
                    "type": "data", "symmetric": False, "color": hue, "thickness": 1.5, "width": 4,
                    "array": [row["high"] - row["probability"] for row in rows_in_state], "arrayminus": [row["probability"] - row["low"] for row in rows_in_state],
                },
                hovertemplate=f"%{{x:g}} {unit}: %{{y:.0%}}<extra></extra>",
            )
        )  # fmt: skip
    figure.add_hline(y=probability, line={"color": INK, "width": 1, "dash": "dash"})
    style(figure, 340)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_yaxes(range=[-0.02, 1.03], tickformat=".0%")
    figure.update_xaxes(title=unit, nticks=12)
    return figure


def trade_off(rows: Sequence[Mapping[str, Any]], index: int, target: str, unit: str) -> go.Figure:
    """The mean of a target's metric against cost, one labelled mark a value, with the target as a line; rows as in staffing.json."""
    figure = go.Figure()
    name, number = next(target.split(sign) for sign in ("<=", ">=", "<", ">") if sign in target)
    percent = BY_NAME[name.partition("@")[0]].unit in PER_CENT
    values = [row["targets"][index]["mean"] for row in rows]
    figure.add_trace(
        go.Scatter(
            x=[row["cost"] for row in rows], y=values, mode="lines+markers+text", text=[f"{row['value']:g}" for row in rows],
            textposition="top center", ids=[f"staffing||{row['value']:g}|mean_{index + 1}" for row in rows],
            marker={"color": COLOURS[0], "size": 7}, line={"color": COLOURS[0], "width": 1.5}, textfont={"color": INK, "size": 12},
            hovertemplate=f"%{{text}} {unit}<extra></extra>", cliponaxis=False,
        )
    )  # fmt: skip
    figure.add_hline(y=float(number), line={"color": INK, "width": 1, "dash": "dash"})
    style(figure, 300)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%" if percent else "~g")
    figure.update_xaxes(title="cost a year", tickprefix="£", tickformat=".3s", nticks=5)
    return figure


def tornado(pair: OrderOfTwo, inputs: Sequence[TriedInput], names: Sequence[str], metric: str) -> go.Figure:
    """One bar per input from the difference at the low end of its range to that at the high end; a line where nothing differs."""
    figure = go.Figure()
    rows, of = names, f"uncertainty|{metric}|{pair.first}|{pair.second}"
    now = pair.difference.mean
    for end, hue in (("at_low", COLOURS[0]), ("at_high", COLOURS[3])):
        reached = [getattr(one, end).mean for one in inputs]
        figure.add_trace(
            go.Bar(
                y=list(rows), x=[value - now for value in reached], base=now, orientation="h", marker={"color": hue}, name=end.replace("at_", "at its ") + " end",
                ids=[f"{of}|{one.path}|{end}|mean" for one in inputs], customdata=reached, hovertemplate="%{y}: %{customdata}<extra></extra>",
            )
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": INK, "width": 1.5})
    figure.add_vline(x=now, line={"color": GREY, "width": 1, "dash": "dot"})
    style(figure, 26 * len(rows) + EDGE + 40)
    figure.update_layout(barmode="overlay", showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_yaxes(autorange="reversed")
    unit = BY_NAME[metric].unit
    figure.update_xaxes(tickformat="+.0%" if unit in PER_CENT else "+~g", nticks=6)
    return figure


def _pairs(table: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    return zip(table["scenario"], table[column], strict=True)


def _by_row(table: pd.DataFrame, names: Sequence[str], letters: Mapping[str, str]) -> go.Figure:
    """One mark with its interval per scenario in each row; columns scenario, row, id, mean, low, high."""
    figure = go.Figure()
    for index, name in enumerate(names):
        rows = table[table["scenario"] == name]
        _marks(figure, list(rows["row"]), rows["mean"], rows["low"], rows["high"], letters[name], index, list(rows["id"]), len(names))
    style(figure, (24 + 15 * len(names)) * max(1, table["row"].nunique()) + EDGE)
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(scattermode="group", showlegend=False)
    return figure


def runs(table: pd.DataFrame, value: str, kind: str, labels: Mapping[str, str], percent: bool, axis: str) -> go.Figure:
    """Draws every run as a dot, one row per scenario, stacking equal runs. Columns scenario, run and `value`."""
    figure = go.Figure()
    for row_number, name in enumerate(labels):
        rows = table[table["scenario"] == name].sort_values([value, "run"])
        step = 0.02 if percent else 1
        counts: dict[int, int] = {}
        heights = []
        for amount in rows[value]:
            bin_ = round(amount / step)
            heights.append(counts.get(bin_, 0))
            counts[bin_] = heights[-1] + 1
        tallest = max([*heights, 5])
        y = [row_number - 0.35 * height / tallest for height in heights]
        figure.add_trace(
            go.Scatter(
                x=list(rows[value]), y=y, mode="markers", ids=[f"{kind}|{name}|{run}" for run in rows["run"]],
                marker={"color": colour(row_number, len(labels) > 1), "size": 7, "symbol": SYMBOLS[row_number % len(SYMBOLS)], "line": {"width": 0.5, "color": "#FFFFFF"}},
                hovertemplate="%{x:.0%}<extra></extra>" if percent else "%{x}<extra></extra>",
            )
        )  # fmt: skip
    style(figure, (ROW + 14) * len(labels) + EDGE)
    figure.update_xaxes(title=axis, tickformat=".0%" if percent else "~g")
    most = float(table[value].max())
    figure.update_xaxes(range=[-0.03, 1.05] if percent else [-0.5, max(most, 1.0) + 0.5])
    figure.update_yaxes(
        range=[len(labels) - 0.7, -0.6], tickvals=list(range(len(labels))), ticktext=list(labels.values()), showgrid=False, zeroline=False
    )
    return figure


def _marks(
    figure: go.Figure,
    rows: Sequence[str],
    mean: pd.Series,
    low: pd.Series,
    high: pd.Series,
    letter: str,
    index: int,
    ids: Sequence[str],
    of: int,
) -> None:
    """Draws marks with intervals, each with the letter of its scenario."""
    hue = colour(index, of > 1)
    known = [pd.notna(a) and pd.notna(b) and m > 0 for m, a, b in zip(mean, low, high, strict=True)]
    figure.add_trace(
        go.Scatter(
            y=list(rows), x=list(mean), mode="markers", ids=list(ids), name=letter, orientation="h", offsetgroup=letter or "one",
            marker={"color": hue, "size": 9, "symbol": SYMBOLS[index % len(SYMBOLS)]},
            error_x={
                "type": "data", "symmetric": False, "color": hue, "thickness": 1.5, "width": 3,
                "array": [b - m if ok else None for m, b, ok in zip(mean, high, known, strict=True)],
                "arrayminus": [m - a if ok else None for m, a, ok in zip(mean, low, known, strict=True)],
            },
            hovertemplate=f"{letter or 'mean'}: %{{x}}<extra></extra>",
        )
    )  # fmt: skip
    if letter:
        ends = [float(b) if ok else float(m) for m, b, ok in zip(mean, high, known, strict=True)]
        figure.add_trace(
            go.Scatter(
                y=list(rows), x=ends, mode="text", text=[f"  {letter}"] * len(ends), textposition="middle right", orientation="h",
                offsetgroup=letter, textfont={"color": INK, "size": 12}, hoverinfo="skip", ids=[f"label|{mark_id}" for mark_id in ids], cliponaxis=False,
            )
        )  # fmt: skip


def style(figure: go.Figure, height: int) -> None:
    """Applies the common style of all charts."""
    figure.update_layout(
        template="none", height=height, font={"family": FONT, "size": 13, "color": INK}, showlegend=False, hovermode="closest",
        margin={"l": 8, "r": 24, "t": 12, "b": 48}, paper_bgcolor="#FFFFFF", plot_bgcolor="#FFFFFF", dragmode=False, uniformtext={"minsize": 11, "mode": "hide"},
    )  # fmt: skip
    figure.update_xaxes(automargin=True, gridcolor=PALE, zerolinecolor="#B1B4B6", fixedrange=True)
    figure.update_yaxes(automargin=True, gridcolor=PALE, zerolinecolor="#B1B4B6", fixedrange=True)
