"""Sentences of a sweep: where each metric is best and worst, what moves it, and how far to trust that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import Metric
from jobcentre.metrics.windows import untested_reason
from jobcentre.report import sweep_analysis as found
from jobcentre.report.comparison_text import FEW_RUNS
from jobcentre.report.elements import Number, as_input, interval, of_metric, sentence, title, whole
from jobcentre.report.saved import SAMPLES, SavedAxis, SavedSweep
from jobcentre.report.sweep_names import (
    at_edge,
    at_point_text,
    letters_of,
    lower,
    plain_value,
    point_text,
    scenario_label,
    stretched,
    with_unit,
)
from jobcentre.report.tables import PER_CENT
from jobcentre.scenario import Scenario
from jobcentre.stats.exact import RankCorrelation
from jobcentre.stats.intervals import FEWEST_RUNS

#: Metrics in the answer; the table has the rest.
ANSWERED_METRICS, ANSWERED_SCENARIOS, LISTED_FAILURES = 2, 3, 20


def answer(sweep: SavedSweep) -> Markup:
    """The answer: the first metrics of each scenario."""
    sentences = []
    for metric in sweep.metrics[:ANSWERED_METRICS]:
        if len(sweep.scenarios) == 1:
            sentences.append(sentence("<b>{}</b>: {}", metric.label, _metric_sentence(sweep, next(iter(sweep.scenarios)), metric)))
            continue
        sentences.append(sentence("<b>{}</b>", metric.label))
        sentences += [
            sentence("{} – {}", scenario_label(sweep, scenario), _metric_sentence(sweep, scenario, metric))
            for scenario in list(sweep.scenarios)[:ANSWERED_SCENARIOS]
        ]
    if len(sweep.scenarios) > ANSWERED_SCENARIOS or len(sweep.metrics) > ANSWERED_METRICS:
        sentences.append(sentence('All others: <a href="#ends">best and worst, metric by metric</a>.'))
    return Markup("<br>").join(sentences)


def caution(sweep: SavedSweep) -> Markup:
    """Writes the cautions that go with the answer."""
    sentences = []
    if table := sweep.request.table:
        offices = whole(table.offices, "offices")
        sentences.append(
            sentence("All numbers are of the nation as a whole: {} offices of the table {} added up.", offices, as_input(table.name))
        )
    sentences.append(
        sentence(
            "Each interval is for itself: of {} about {} miss. They cover chance between runs only. Of the many points the best looks "
            "better than it is, and the worst worse, since chance helped to pick them: before its number is quoted, run the point "
            "again with another seed. “Best” and “most” hold within the ranges that were asked about.",
            as_input("100"), as_input("5"),
        )
    )  # fmt: skip
    fewest = sweep.fewest_runs
    if fewest < FEW_RUNS:
        sentences.append(
            sentence(
                "{} a point {} few: intervals are rough, and there are none below {}. Make {} or more before a number is quoted.",
                _many(fewest, "run", "fewest_runs"), "is" if fewest == 1 else "are", as_input(FEWEST_RUNS), as_input("50"),
            )
        )  # fmt: skip
    if reason := untested_reason(sweep.scenarios):
        sentences.append(sentence("{}: all numbers mix the time before it with that after it.", as_input(reason.capitalize())))
    if failed := sweep.manifest.failed:
        sentences.append(sentence("{} failed and {} left out.", _many(len(failed), "run", "failed"), "is" if len(failed) == 1 else "are"))
    return Markup(" ").join(sentences)


def ends_lead(sweep: SavedSweep) -> Markup:
    """Explains the table of best and worst."""
    judged = (
        "What moves a metric most is judged by how far its average lies apart between the values of a figure, averaged over all values of "
        "the others, within the ranges that were asked about. It is called certain only where the intervals leave no other figure."
        if sweep.is_grid and len(sweep.axes) > 1
        else "What a metric goes with most is judged by rank correlation over the points: how steadily it rises or falls with a figure."
        if sweep.is_sample
        else "The figures of a list change together: what each of them does by itself cannot be told from it."
        if len(sweep.axes) > 1
        else ""
    )
    return sentence(
        "Means over runs at {} with their {} intervals, each for itself. A point cannot be told from the best where the two intervals "
        "overlap. That is a cautious judgement: points met the same customers with the same luck, so a comparison of two of them can "
        "tell more. {}",
        _many(len(sweep.points), "point", "points"), as_input("95 %"), judged,
    )  # fmt: skip


def ends_header(sweep: SavedSweep) -> list[object]:
    """Header of the table of best and worst points."""
    header: list[object] = ["Metric", "Best", "Worst", "Cannot be told from the best"]
    if len(sweep.axes) > 1 and _judged(sweep):
        header.append("Goes most with" if sweep.is_sample else "Moved most by")
    return header


def ends_row(sweep: SavedSweep, scenario: str, metric: Metric) -> list[object]:
    """Gives one metric of one scenario: best, worst, what is close to the best, what moves it."""
    letter = letters_of(sweep)[scenario]
    name = sentence("{}<br>{}", metric.label, letter) if letter else metric.label
    at = found.ends(sweep, scenario, metric)
    header = ends_header(sweep)
    if at is None:
        return [name, "no value", *["–"] * (len(header) - 2)]
    labels = ("best, lowest", "worst, highest") if metric.better == "lower" else ("best, highest", "worst, lowest")
    labels = labels if metric.better else ("lowest", "highest")
    if at.best == at.worst or len(at.alike) == at.points - 1:
        same = sentence("the same at all points with a value: {}", value_at(sweep, scenario, metric, at.best))
        return [name, same, *["–"] * (len(header) - 2)]
    best, worst = (
        sentence("{}: {}<br>{}", word, value_at(sweep, scenario, metric, point), point_text(sweep, point))
        for word, point in zip(labels, (at.best, at.worst), strict=True)
    )
    if at.alike:
        best = sentence("{}<br>and {} alike", best, _many(len(at.alike), "other point", "alike", scenario, metric.name))
    elif edge := at_edge(sweep, at.best):
        best = sentence("{}<br>{}", best, edge)
    close = _count_of(sweep, at.close, at.points - 1, "close", scenario, metric.name)
    if not at.decided:
        close = sentence("{}, nor can best and worst be told apart", close)
    row: list[object] = [name, best, worst, close]
    return [*row, moved(sweep, scenario, metric)] if len(header) > len(row) else row


def moved(sweep: SavedSweep, scenario: str, metric: Metric) -> Markup | str:
    """Which figure moves a metric most, and whether these runs show it."""
    if sweep.is_sample:
        return _goes_with(sweep, scenario, metric)
    every = found.moves(sweep, scenario, metric.name)
    if not every:
        return "not judged: some points have no value"
    first = every[0]
    text = sentence("{}: {}", first.axis.label, average_ends(first, scenario, metric))
    if first.least is None:
        return sentence("{} (too few runs to judge)", text)
    if first.least <= 0:
        return "no figure is shown to move it"
    if len(every) > 1 and not found.moves_most_for_certain(every):
        return sentence("{} (not certain: {} may move it as much)", text, _others(every))
    return text


def average_ends(move: found.Move, scenario: str, metric: Metric) -> Markup:
    """The lowest and the highest average over the values of a figure."""
    low, high = (
        of_metric(value, metric.name, "average", scenario, metric.name, move.axis.name, plain_value(at))
        for value, at in ((move.lowest, move.lowest_at), (move.highest, move.highest_at))
    )
    return sentence(
        "average from {} at {} to {} at {}", low, as_input(plain_value(move.lowest_at)), high, as_input(plain_value(move.highest_at))
    )


def limit_sentence(sweep: SavedSweep, scenario: str, metric: Metric, limit: float) -> Markup:
    """Names the points at which the interval of a metric is above a limit, and those below it."""
    at = found.sides(sweep, scenario, metric.name, limit)
    parts = {"above": at.above, "below": at.below, "cannot be told": at.unclear}
    total = sum(map(len, parts.values()))
    for word, points in parts.items():
        if len(points) == total:
            return sentence("{} at all {} points with a value", word, _limit(len(points), scenario, metric, word))
    if len(sweep.axes) == 1:
        sentences = [sentence("{} {}", word, _where(sweep, points)) for word, points in parts.items() if points]
    else:
        sentences = [sentence("{} at {}", word, _limit(len(points), scenario, metric, word)) for word, points in parts.items() if points]
    of = Markup() if len(sweep.axes) == 1 else sentence(" of {} points", whole(total, "limit", scenario, metric.name, "all"))
    return sentence("{}{}", Markup("; ").join(sentences), of)


def worse_sentence(sweep: SavedSweep, scenario: str, metric: Metric) -> Markup | None:
    """Counts the points that are worse than the best by more than matters."""
    at = found.ends(sweep, scenario, metric)
    worse = found.materially_worse(sweep, scenario, metric, at.best) if at else None
    if at is None or worse is None:
        return None
    matters = as_input(str(_matters(metric)))
    if not worse:
        return sentence("{}: no point is shown to be worse than the best by more than {}.", metric.label, matters)
    if len(sweep.axes) == 1:
        return sentence("{}: more than {} worse than the best {}.", metric.label, matters, _where(sweep, worse))
    count = _count_of(sweep, worse, at.points - 1, "worse", scenario, metric.name)
    return sentence("{}: more than {} worse than the best at {}.", metric.label, matters, count)


def frontier(sweep: SavedSweep, scenario: str, metric: Metric, limit: float, along: int, across: int) -> list[list[object]]:
    """For each value of one figure, the values of the other at which the metric lies above and below a limit."""
    at = found.sides(sweep, scenario, metric.name, limit)
    rows = []
    for value in sweep.axes[across].values:
        cells: list[object] = [as_input(with_unit(sweep.axes[across], value))]
        for points in at:
            here = [sweep.points[point][along] for point in points if sweep.points[point][across] == value]
            cells.append(as_input(stretched(sweep.axes[along], here)) if here else "–")
        rows.append(cells)
    return rows


def value_at(sweep: SavedSweep, scenario: str, metric: Metric, point: int) -> Markup:
    """A metric at a point with its interval."""
    row = sweep.tables[scenario, metric.name].loc[point]
    mean, low, high = (of_metric(row[stat], metric.name, "at", scenario, point, metric.name, stat) for stat in ("mean", "low", "high"))
    return sentence("{} {}", mean, interval(low, high))


def correlation(scenario: str, metric: Metric, axis: SavedAxis, rank: RankCorrelation) -> Markup:
    """A rank correlation with its interval."""
    stats = (("rho", rank.rho), ("low", rank.low), ("high", rank.high))
    parts = [_two_digits(value, "rank", scenario, metric.name, axis.name, stat) for stat, value in stats]
    return sentence("{} {}", parts[0], interval(parts[1], parts[2]))


def notes(sweep: SavedSweep) -> list[Markup]:
    """Explains how the sweep was made and how to read it."""
    runs, sampling = sweep.request.runs, sweep.request.sampling.replace("_", " ")
    method = "every value of each figure with every value of the others" if sweep.is_grid else sampling
    sampled = sentence(" (seed of the sampling in the plan)") if sweep.request.sampling in SAMPLES else ""
    sentences = [
        sentence("{}: {}{}; {} of each, seed {}.", _many(len(sweep.points), "point", "points"), method, sampled, as_input(_plural(runs, "run")),
            as_input(sweep.manifest.seed)),
        sentence("Kind of interval: {}; {} level, each for itself.", _KINDS.get(sweep.manifest.intervals, sweep.manifest.intervals), as_input("95 %")),
        sentence("Intervals cover chance between runs only, not doubt about the figures that go in."),
        sentence("summary.csv beside this report holds every metric at every point, points.csv what the points are, metrics.csv every run."),
    ]  # fmt: skip
    failed = sweep.manifest.failed
    for failure in failed[:LISTED_FAILURES]:
        where = (failure.run, failure.point, failure.scenario, failure.message)
        sentences.append(sentence("Run {} at point {} of {} failed and is left out: {}.", *map(as_input, where)))
    if len(failed) > LISTED_FAILURES:
        sentences.append(sentence("{} more failed: see manifest.json.", _many(len(failed) - LISTED_FAILURES, "run", "failed_more")))
    return sentences


def heading(sweep: SavedSweep) -> str:
    """Gives the heading of the sweep."""
    first: Scenario = next(iter(sweep.scenarios.values()))
    return " ".join(sweep.request.title.split()) or f"Sweep of {title(first)}"


_KINDS = {
    "fixed": "fixed – the number of runs was chosen before any result was seen",
    "anytime": "anytime – runs were added after a look at the results; the interval of a point holds at every look together",
}


def _metric_sentence(sweep: SavedSweep, scenario: str, metric: Metric) -> Markup:
    """Writes best, worst and what moves one metric of one scenario as a sentence."""
    at = found.ends(sweep, scenario, metric)
    if at is None:
        return Markup("no point has a value.")
    if at.best == at.worst or len(at.alike) == at.points - 1:
        return sentence("{} at every point.", value_at(sweep, scenario, metric, at.best))
    low, high = ("lowest", "highest") if metric.better != "higher" else ("highest", "lowest")
    good, bad = (f"best (the {low})", f"worst (the {high})") if metric.better else (low, high)
    edge = sentence(", {}", at_edge(sweep, at.best)) if at_edge(sweep, at.best) and not at.alike else Markup()
    more = sentence(" and at {} alike", _many(len(at.alike), "other point", "alike", scenario, metric.name)) if at.alike else Markup()
    text = sentence(
        "{} {} {}{}; {} {} {}.",
        good, value_at(sweep, scenario, metric, at.best), at_point_text(sweep, at.best), more or edge,
        bad, value_at(sweep, scenario, metric, at.worst), at_point_text(sweep, at.worst),
    )  # fmt: skip
    limit = found.LIMITS.get(metric.name)
    if limit is not None:
        text = sentence("{} Half of coach-days: {}.", text, limit_sentence(sweep, scenario, metric, limit))
    if not at.decided:
        return sentence("{} These runs cannot tell the two apart.", text)
    if len(sweep.axes) == 1 or not _judged(sweep):
        return text
    lead = "It goes most with" if sweep.is_sample else "It is moved most by"
    movement = moved(sweep, scenario, metric)
    return (
        sentence("{} {} {}.", text, lead, lower(movement))
        if isinstance(movement, Markup)
        else sentence("{} {}.", text, movement.capitalize())
    )


def _goes_with(sweep: SavedSweep, scenario: str, metric: Metric) -> Markup | str:
    every = found.ranks(sweep, scenario, metric.name)
    if not every:
        return "nothing: it does not vary, or has too few values"
    axis, rank = every[0]
    text = sentence("{}: rank correlation {}", axis.label, correlation(scenario, metric, axis, rank))
    if rank.low is None or rank.high is None:
        return sentence("{}, too few points to judge", text)
    if rank.low <= 0 <= rank.high:
        return "no figure is shown to go with it"
    if len(every) > 1 and not found.clearly_strongest(every):
        return sentence("{}, not certain to be the strongest", text)
    return text


def _judged(sweep: SavedSweep) -> bool:
    return sweep.is_grid or sweep.is_sample


def _others(every: Sequence[found.Move]) -> str:
    first = cast(float, every[0].least)
    return " and ".join(lower(move.axis.label) for move in every[1:] if move.most is None or move.most >= first)


def _where(sweep: SavedSweep, points: Sequence[int]) -> Markup:
    """Values of the only figure as stretches."""
    axis = sweep.axes[0]
    here = [sweep.points[point][0] for point in points]
    if len(here) == 1:
        return sentence("with {}", as_input(with_unit(axis, here[0], sweep)))
    return sentence("with {}", as_input(f"{stretched(axis, here)} {axis.unit if axis.has_unit else ''}".strip()))


def _count_of(sweep: SavedSweep, points: Sequence[int], of: int, *which: str) -> Markup:
    others = sentence("{} other {}", whole(of, "others", *which[1:]), "point" if of == 1 else "points")
    return sentence("{} of {}", whole(len(points), *which), others)


def _limit(count: int, scenario: str, metric: Metric, word: str) -> Number:
    return whole(count, "limit", scenario, metric.name, word)


def _many(count: int, singular: str, *of: str) -> Markup:
    return sentence("{} {}", whole(count, *of), singular if count == 1 else f"{singular}s")


def _plural(count: int, singular: str) -> str:
    return f"{count:,} {singular if count == 1 else f'{singular}s'}"


def _matters(metric: Metric) -> str:
    if metric.unit in PER_CENT:
        return f"{100 * metric.matters:g} percentage points{' a year' if PER_CENT[metric.unit] else ''}"
    return f"£{metric.matters:,.10g}" if "pound" in metric.unit else f"{metric.matters:g} ({metric.unit})"


def _two_digits(value: float | None, *of: str) -> Number | str:
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:.2f}"
    return Number(float(value), "0.00" if text == "-0.00" else text, of)
