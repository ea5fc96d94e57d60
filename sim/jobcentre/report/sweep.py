"""The report of a sweep, section by section."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from jobcentre.metrics import Metric
from jobcentre.report import sweep_analysis as found
from jobcentre.report import sweep_text as words
from jobcentre.report.elements import Page, ReportSection, Table, as_input, sentence
from jobcentre.report.evidence import meaning_rows, provenance_sentences
from jobcentre.report.saved import SavedAxis, SavedSweep, read_sweep
from jobcentre.report.sweep_names import (
    MOST_WRITTEN,
    letters_of,
    plain_value,
    scenario_label,
)
from jobcentre.report.sweep_panels import panels_of, rank_table

#: Rows of the table of averages, and of a table that is open at first.
MOST_SPANS, MOST_OPEN = 400, 12


def sweep_page(folder: Path) -> Page:
    """The page of a folder that `jobcentre sweep` has made."""
    sweep = read_sweep(folder)
    sections = [_ends(sweep), _limits(sweep), _every_point(sweep), _moves(sweep), _varied(sweep), _meaning(sweep), _made(sweep)]
    question = sweep.request.question or next(iter(sweep.scenarios.values())).question
    return Page(
        as_input(words.heading(sweep)), question, words.answer(sweep), words.caution(sweep), [section for section in sections if section.id]
    )


def _ends(sweep: SavedSweep) -> ReportSection:
    rows = [words.ends_row(sweep, scenario, metric) for metric in sweep.metrics for scenario in sweep.scenarios]
    table = Table("Best and worst points", words.ends_header(sweep), rows)
    return ReportSection("ends", "Best and worst, metric by metric", words.ends_lead(sweep), [*_key(sweep), table, *_points_named(sweep)])


def _limits(sweep: SavedSweep) -> ReportSection:
    """Gives the section on thresholds, and on points worse than the best by more than matters."""
    blocks: list[Markup | Table] = []
    for metric in sweep.metrics:
        limit = found.LIMITS.get(metric.name)
        if limit is None:
            continue
        blocks.append(sentence("<h3>{} above or below half</h3>", metric.label))
        blocks.append(
            _list(
                [
                    sentence("{}: {}.", scenario_label(sweep, scenario), words.limit_sentence(sweep, scenario, metric, limit))
                    for scenario in sweep.scenarios
                ]
            )
        )
        blocks += [
            _frontier(sweep, scenario, metric, limit) for scenario in sweep.scenarios if _has_frontier(sweep, scenario, metric, limit)
        ]
    for scenario in sweep.scenarios:
        sentences = [text for metric in sweep.metrics if (text := words.worse_sentence(sweep, scenario, metric)) is not None]
        if sentences:
            blocks.append(sentence("<h3>Worse than the best by what matters{}</h3>", _of(sweep, scenario)))
            blocks.append(_list(sentences))
    if not blocks:
        return ReportSection("", "", "")
    lead = (
        "Only what whole intervals show is told, each point for itself. More than half of coach-days overloaded is where reports say "
        "that an office tips over: a definition, not a measured threshold. The smallest differences that matter are assumed."
    )
    return ReportSection("limits", "Where it passes a limit that matters", lead, blocks)


def _has_frontier(sweep: SavedSweep, scenario: str, metric: Metric, limit: float) -> bool:
    """Whether a table by two inputs is more useful than a sentence: points lie on more than one side."""
    return sweep.is_grid and len(sweep.axes) == 2 and sum(map(bool, found.sides(sweep, scenario, metric.name, limit))) > 1


def _frontier(sweep: SavedSweep, scenario: str, metric: Metric, limit: float) -> Table:
    every = found.moves(sweep, scenario, metric.name)
    along = sweep.axes.index(every[0].axis) if every else 0
    axis, second_axis = sweep.axes[along], sweep.axes[1 - along]
    name = _titled(axis)
    header: list[object] = [
        _titled(second_axis),
        *(sentence("{}: {}", name, word) for word in ("above half", "below half", "cannot be told")),
    ]
    return Table(
        f"{metric.label}: above and below half{_of(sweep, scenario)}",
        header,
        words.frontier(sweep, scenario, metric, limit, along, 1 - along),
        folded=len(second_axis.values) > MOST_OPEN,
    )


def _every_point(sweep: SavedSweep) -> ReportSection:
    return ReportSection("points", "Every metric over the range", _points_lead(sweep), [*_key(sweep), *panels_of(sweep)])


def _points_lead(sweep: SavedSweep) -> str:
    if sweep.is_grid and len(sweep.axes) > 1:
        over = "" if len(sweep.axes) == 2 else " Shown are the two figures that move a metric most, averaged over all values of the others."
        marks = (
            " A star marks the best mean, a dot those whose interval overlaps its interval, unless these are very many."
            if len(sweep.axes) == 2
            else ""
        )
        return f"The darker a cell, the higher the mean; colours of a metric mean the same in all scenarios.{over}{marks}"
    if len(sweep.axes) == 1 and not sweep.is_sample:
        return "Marks are means over runs, bars their intervals, each for itself. A dashed line marks half of coach-days."
    return (
        "Every mark is a point: its mean over runs, without its interval. In one chart a single figure is told apart, "
        "while all others vary too: the scatter is theirs and that of chance."
    )


def _moves(sweep: SavedSweep) -> ReportSection:
    """Which figure moves a metric, in full."""
    if sweep.is_sample:
        return rank_table(sweep)
    if not sweep.is_grid or len(sweep.axes) < 2:
        return ReportSection("", "", "")
    rows: list[list[object]] = []
    for metric in sweep.metrics:
        for scenario in sweep.scenarios:
            for move in found.moves(sweep, scenario, metric.name):
                name = sentence("{}{}: {}", metric.label, _of(sweep, scenario), move.axis.label)
                shown = "no interval" if move.least is None else "yes" if move.least > 0 else "no"
                rows.append([name, words.average_ends(move, scenario, metric), shown])
    if not rows:
        return ReportSection("", "", "")
    lead = (
        "The average of a metric at each value of a figure, over all values of the others: the lowest and the highest. It depends on the "
        "ranges that were asked about. “Shown” means that the averaged intervals of the two lie apart, which holds however points "
        "depend on each other; it is told of each figure for itself, with values picked for lying farthest apart."
    )
    header = ["Metric and figure", "Lowest and highest average", "Shown"]
    return ReportSection("moves", "What moves each metric", lead, [Table("Averages by figure", header, rows[:MOST_SPANS], folded=True)])


def _varied(sweep: SavedSweep) -> ReportSection:
    rows: list[list[object]] = []
    for axis in sweep.axes:
        values = [axis.values[0], axis.values[-1]] if sweep.is_sample or len(axis.values) > 40 else list(axis.values)
        joined = (" to " if len(values) < len(axis.values) or sweep.is_sample else ", ").join(map(plain_value, values))
        rows.append([as_input(axis.label), as_input(axis.name), as_input(joined), as_input(axis.unit or "–")])
    titles = _list([scenario_label(sweep, scenario) for scenario in sweep.scenarios])
    header = ["Figure", "Its name", "Values", "Unit"]
    return ReportSection(
        "varied",
        "What was varied",
        "All other figures are those of the scenario:",
        [titles, Table("Figures that were varied", header, rows)],
    )


def _meaning(sweep: SavedSweep) -> ReportSection:
    header = ["Metric", "What it means", "Direction", "Smallest difference that matters"]
    table = Table("Metrics and their meaning", header, meaning_rows([metric.name for metric in sweep.metrics]))
    lead = "Workload, service and cost are to be read together: whoever does less is less overloaded."
    return ReportSection("meaning", "What the metrics mean", lead, [table])


def _made(sweep: SavedSweep) -> ReportSection:
    items = [*words.notes(sweep), *provenance_sentences(sweep.manifest.model_copy(update={"failed": []}))]
    return ReportSection("made", "How this was made, and how to read it", "", [_list(items)])


def _points_named(sweep: SavedSweep) -> list[Table]:
    """The values of the points that sentences call by their number."""
    if len(sweep.axes) <= MOST_WRITTEN:
        return []
    every = [found.ends(sweep, scenario, metric) for metric in sweep.metrics for scenario in sweep.scenarios]
    named = sorted({point for at in every if at for point in (at.best, at.worst)})
    rows = [[as_input(f"point {point}"), *map(as_input, map(plain_value, sweep.points[point]))] for point in named]
    return [Table("Values of the points named above", ["Point", *map(_titled, sweep.axes)], rows, folded=True)]


def _key(sweep: SavedSweep) -> list[Markup]:
    """Which letter is which scenario."""
    return [] if len(sweep.scenarios) == 1 else [_list([scenario_label(sweep, scenario) for scenario in sweep.scenarios])]


def _of(sweep: SavedSweep, scenario: str) -> str:
    letter = letters_of(sweep)[scenario]
    return f", {letter}" if letter else ""


def _titled(axis: SavedAxis) -> Markup:
    return as_input(axis.titled)


def _list(items: list[Markup] | list[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(sentence("<li>{}</li>", item) for item in items))
