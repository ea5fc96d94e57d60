"""Numbers as people read them, and tables as rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jobcentre.metrics import BY_NAME
from jobcentre.metrics.windows import headline_window
from jobcentre.runs.results import Leavers, RunResults, Summary
from jobcentre.runs.store import Run
from jobcentre.scenario import Scenario
from jobcentre.stats.best import NotDistinguishable
from jobcentre.stats.comparisons import Difference, verdict_text

Rows = list[tuple[str, ...]]
#: Units written in per cent, and the addition to the label.
PER_CENT = {"share": "", "share per year": "a year"}
NONE = "no interval"
#: The metric whose denominator is how many coaches are followed.
FOLLOWED = "leavers_of_start_share"
WINDOW_TEXT = {
    "whole": "all counted weeks",
    "from_change": "from the change on",
    "last_13_weeks": "the last 13 weeks",
    "own": "as asked for",
}
STAFF_NOTE = "Coaches in the model are numbers: results must not be used to judge or predict a named member of staff."
LEAVING = (
    "Leaving: what is known of ordinary load does not decide how strongly strain makes coaches leave. "
    "A statement about leavers needs a low, central and high response: leave out --no-responses."
)


def format_value(value: float | None, unit: str, *, signed: bool = False) -> str:
    """A number in its unit, never minus zero: shares in per cent, their differences in points; a dash where there is none.

    A rate a year may pass 100 %.
    """
    if value is None:
        return "–"
    sign = "+" if signed else ""
    if unit in PER_CENT:
        return f"{_signed(100 * value, sign, 1)} {'points' if signed else '%'}"
    if "pound" in unit:
        digits = 2 if abs(value) < 100 else 0
        return f"£{_signed(value, sign, digits)}".replace("£+", "+£").replace("£-", "-£")
    if unit == "coaches":
        return _signed(value, sign, 1)
    return _signed(value, sign, 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3)


def _signed(value: float, sign: str, digits: int) -> str:
    text = f"{value:{sign},.{digits}f}"
    return text.lstrip("+-") if not text.strip("+-0.,") else text


def with_interval(mean: float | None, low: float | None, high: float | None, unit: str, *, signed: bool = False) -> str:
    """Writes a number with its interval in brackets, or that it has none."""
    if mean is None:
        return "–"
    if low is None or high is None:
        return f"{format_value(mean, unit, signed=signed)} ({NONE})"
    ends = format_value(low, unit, signed=signed), format_value(high, unit, signed=signed)
    if unit in PER_CENT:
        ends = ends[0].partition(" ")[0], ends[1].partition(" ")[0]
    return f"{format_value(mean, unit, signed=signed)} ({ends[0]} to {ends[1]})"


def window_text(scenario: Scenario) -> str:
    """The dates over which headlines are taken, and what they are."""
    window = headline_window(scenario)
    return f"{window.first} to {window.last}, {WINDOW_TEXT[window.name]}"


def measured(summaries: Mapping[str, Sequence[Summary]], metrics: Iterable[str]) -> Rows:
    """One row per metric, one column per scenario, all customers together."""
    rows_by_name = {(name, row.metric): row for name, rows in summaries.items() for row in rows if row.group is None}
    rows: Rows = []
    for metric in metrics:
        cells = [_cell(rows_by_name.get((name, metric))) for name in summaries]
        rows.append((named(metric), *cells))
    return rows


def different(differences: Sequence[Difference], options: Sequence[str]) -> Rows:
    """One row per metric, one column per option: the difference with its interval and the verdict."""
    metrics = list(dict.fromkeys(row.metric for row in differences))
    rows_by_option = {(row.option, row.metric): row for row in differences}
    return [(named(metric), *(_difference(rows_by_option[option, metric]) for option in options)) for metric in metrics]


def also_worse(rows: Sequence[Difference], summaries: Mapping[str, Sequence[Summary]]) -> Rows:
    """One row per metric and option: the value of the base, that of the option, and the difference with its interval."""
    means = {(name, row.metric): row.mean for name, mine in summaries.items() for row in mine if row.group is None}
    base, table = next(iter(summaries)), []
    for row in rows:
        unit = BY_NAME[row.metric].unit
        values = (format_value(means[name, row.metric], unit) for name in (base, row.option))
        table.append((named(row.metric), row.option, *values, with_interval(row.difference, row.low, row.high, unit, signed=True)))
    return table


def best(rows: Sequence[NotDistinguishable]) -> Rows:
    """Gives one row per metric: the scenarios not distinguishable from the best, and the others, each with one that is better."""
    table: Rows = []
    for metric in dict.fromkeys(row.metric for row in rows):
        metric_rows = [row for row in rows if row.metric == metric]
        good = ", ".join(row.scenario for row in metric_rows if row.may_be_best)
        if not any(row.judged for row in metric_rows):
            good = "any: too few runs or no value"
        table.append(
            (
                BY_NAME[metric].label,
                good,
                "\n".join(f"{row.scenario} ({row.worse_than} is better)" for row in metric_rows if row.worse_than),
            )
        )
    return table


def by_response(leavers: Sequence[Leavers], runs: Mapping[str, Sequence[Run]]) -> Rows:
    """One row per response to strain, one column per scenario: leavers, and the difference from the base with its verdict; then of how many."""
    rows_by_response = {(row.response, row.scenario): row for row in leavers}
    rows = [
        (response, *(_leavers(rows_by_response[response, name]) for name in runs))
        for response in dict.fromkeys(row.response for row in leavers)
    ]
    counts = ([run.metrics[FOLLOWED, None][1] for run in mine if (FOLLOWED, None) in run.metrics] for mine in runs.values())
    return [*rows, ("coaches in post then", *("".join(head_count(each)) for each in counts))]


def head_count(counts: Sequence[float]) -> tuple[str, str]:
    """A head count over runs as a whole number, with a word before it where runs differ; a dash without runs."""
    if not counts:
        return "", "–"
    return "about " if len(set(counts)) > 1 else "", f"{sum(counts) / len(counts):,.0f}"


def named(metric: str) -> str:
    """Label of a metric with its unit."""
    declared = BY_NAME[metric]
    unit = PER_CENT.get(declared.unit, declared.unit)
    return f"{declared.label} ({unit})" if unit else declared.label


def notes(results: RunResults, runs: int, warnings: Sequence[str] = ()) -> list[str]:
    """Gives the notes below a table of results; `warnings` are about warm-up and drift."""
    lines = ["Intervals: 95 %, for chance between runs only; doubt about the figures themselves is not in them."]
    if results.kind == "anytime":
        lines.append("More runs were added after a look at the results: intervals use the runs up to the last of 25, 50, 100 … only.")
    elif runs < 20:
        lines.append(f"{runs} runs are few: below 20 an interval is rough, below 5 there is none.")
    lines += [f"Run {run.run} of {run.scenario} failed and is left out: {run.failure}" for run in results.failed]
    lines += warnings
    if not results.by_response:
        lines.append(LEAVING)
    lines.append(STAFF_NOTE)
    return lines


def _leavers(row: Leavers) -> str:
    text = with_interval(row.mean, row.low, row.high, BY_NAME[row.metric].unit)
    if row.verdict is None:
        return text
    if row.verdict == "identical":
        return f"{text}\nidentical"
    change = with_interval(row.difference, row.difference_low, row.difference_high, BY_NAME[row.metric].unit, signed=True)
    return f"{text}\n{change} {verdict_text(row.verdict, row.n)}"


def _cell(row: Summary | None) -> str:
    return "–" if row is None else with_interval(row.mean, row.low, row.high, row.unit)


def _difference(row: Difference) -> str:
    if row.verdict == "identical":
        return "identical"
    unit = BY_NAME[row.metric].unit
    return f"{with_interval(row.difference, row.low, row.high, unit, signed=True)}\n{row.better_text}"
