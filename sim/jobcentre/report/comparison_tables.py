"""Tables beside the headline figures of a comparison: other dates, harm outside the headlines, and which may be the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.metrics.windows import Window, untested_reason, windows_of
from jobcentre.report.comparison_text import change, mean
from jobcentre.report.elements import Table, as_input, day, interval, letters, of_metric, scenario_label, sentence
from jobcentre.report.saved import Saved
from jobcentre.report.tables import WINDOW_TEXT, named

#: Metrics with a sentence; the table has all.
HEADLINE_METRICS = ("overloaded_share", "missed_share")


def other_windows(saved: Saved) -> list[Markup | Table]:
    """The headline metrics over the other dates over which each run is measured, a table for each."""
    if saved.windows is None:
        return []
    first, *others = windows_of(saved.scenarios[saved.base])
    if len(others) < 2 and first.name == "whole":
        return []
    reason = untested_reason(saved.scenarios)
    about = sentence("<p>There is no verdict: {}. Read the figures from the change on beside those of all weeks.</p>", as_input(reason))
    return [*([about] if reason else []), *(_over(saved, window, folded=not reason) for window in others)]


def _over(saved: Saved, window: Window, folded: bool) -> Table:
    """The headline metrics over the dates of one window."""
    assert saved.windows is not None
    rows_by_key = {(row["scenario"], row["metric"]): row for row in saved.windows.to_dict("records") if row["window"] == window.name}
    rows: list[list[object]] = []
    for metric in HEADLINES:
        cells = []
        for name in saved.scenarios:
            row = rows_by_key.get((name, metric), {})
            parts = [of_metric(row.get(end), metric, "window", name, window.name, metric, end) for end in ("mean", "low", "high")]
            cells.append(sentence("{} {}", parts[0], interval(*parts[1:])))
        rows.append([named(metric), *cells])
    dates = as_input(f"{WINDOW_TEXT[window.name]}, {day(window.first)} to {day(window.last)}")
    header: list[object] = ["Figure", *(scenario_label(saved, name) for name in saved.scenarios)]
    return Table(sentence("Headline figures: {}", dates), header, rows, folded=folded)


def also_worse(saved: Saved) -> list[Markup | Table]:
    """Other metrics in which an option is clearly worse than the base."""
    assert saved.differences is not None
    return worse_blocks(
        (
            named(metric),
            letters(saved)[option],
            mean(saved, saved.base, metric),
            sentence("{}<br>change {}", mean(saved, option, metric), change(saved, option, metric)),
        )
        for option, metric in worse_metrics(saved.differences)
    )


def worse_metrics(differences: pd.DataFrame) -> list[tuple[str, str]]:
    """Gives options and the metrics outside the headlines in which they are clearly worse than the base."""
    rows = differences[differences["headline"].ne(True) & (differences["verdict"] == "worse")]
    return list(zip(rows["option"], rows["metric"], strict=True))


def worse_blocks(rows: Iterable[Sequence[object]]) -> list[Markup | Table]:
    """Gives a paragraph and a table of metric, option, base and option's value with the change; a sentence where there are none."""
    table = [list(row) for row in rows]
    if not table:
        return [Markup("<p>In no other figure of which lower or higher is better is an option clearly worse than the base.</p>")]
    about = Markup(
        "<p>Beyond the headline figures, these are clearly worse under an option. Every figure of which lower or higher is better was "
        "looked at, and their intervals hold together.</p>"
    )
    return [about, Table("Also clearly worse", ["Figure", "Option", "Base", "Under the option"], table)]


def best_blocks(saved: Saved) -> list[Markup | Table]:
    """A paragraph and a table; nothing where there are too few scenarios."""
    if saved.best is None:
        return []
    rows_by_metric = {
        metric: metric_rows
        for metric in dict.fromkeys(saved.best["metric"])
        if len(metric_rows := saved.best[saved.best["metric"] == metric])
    }
    rows = [[BY_NAME[metric].label, *_cells(saved, metric_rows)] for metric, metric_rows in rows_by_metric.items()]
    sentences = Markup(" ").join(
        _sentence(saved, metric, rows_by_metric[metric]) for metric in HEADLINE_METRICS if metric in rows_by_metric
    )
    about = sentence(
        "<p>Options are also compared with each other: a scenario may be the best in a figure unless another is shown to be better, "
        "however slightly. In about 95 of 100 such tables every row names the best. {}</p>",
        sentences,
    )
    return [about, Table("Which may be the best", ["Figure", "May be the best", "Shown not to be the best, with one that is better"], rows)]


def _cells(saved: Saved, metric_rows: pd.DataFrame) -> tuple[str, str]:
    if not metric_rows["judged"].any():
        return "any: too few runs, or no value", "–"
    short = letters(saved)
    others = metric_rows[~metric_rows["may_be_best"]]
    texts = (f"{short[row['scenario']]} ({short[row['worse_than']]} is better)" for row in others.to_dict("records"))
    return ", ".join(short[name] for name in metric_rows[metric_rows["may_be_best"]]["scenario"]), ", ".join(texts) or "–"


def _sentence(saved: Saved, metric: str, metric_rows: pd.DataFrame) -> str:
    """Writes a row of the table as a sentence."""
    label = BY_NAME[metric].label.lower()
    good, others = (_listed(saved, list(metric_rows[metric_rows["may_be_best"] == may]["scenario"])) for may in (True, False))
    if not metric_rows["judged"].any():
        return f"On {label} these runs cannot tell which is the best."
    if not others:
        return f"On {label} {good} cannot be told apart."
    if metric_rows["may_be_best"].sum() == 1:
        return f"On {label} {good} is the best."
    return f"On {label} {good} cannot be told apart; {others} {'is' if (~metric_rows['may_be_best']).sum() == 1 else 'are'} not the best."


def _listed(saved: Saved, names: Sequence[str]) -> str:
    labels = ["the base" if name == saved.base else letters(saved)[name] for name in names]
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
