"""The report of run and compare, section by section."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.metrics.time_use import ACTIVITIES
from jobcentre.metrics.windows import headline_window, untested_reason
from jobcentre.report import chart_data as series
from jobcentre.report import charts
from jobcentre.report.comparison_tables import also_worse, best_blocks, other_windows
from jobcentre.report.comparison_text import (
    SIGNS,
    change,
    difference,
    effect,
    followed,
    mean,
    runs,
    verdict,
    with_interval,
)
from jobcentre.report.elements import (
    Chart,
    Number,
    Panels,
    ReportSection,
    Table,
    as_input,
    dates_of,
    day,
    followed_for,
    followed_from,
    interval,
    label,
    letters,
    number,
    of_metric,
    scenario_label,
    sentence,
    whole,
)
from jobcentre.report.saved import Saved
from jobcentre.report.tables import PER_CENT, WINDOW_TEXT, named
from jobcentre.stats.comparisons import verdict_text
from jobcentre.stats.intervals import Interval

OVER_TIME = {
    "overloaded_share": "Overloaded coach-days",
    "missed_share": "Missed appointments",
    "leavers": "Notices given since counting began",
}
LEDGER = {f"{activity}_minutes_per_coach_day": name for activity, name in ACTIVITIES.items()} | {
    "lunch_worked_minutes_per_coach_day": "Work in lunch",
    "overtime_minutes_per_coach_day": "Overtime",
}
MISSED_PARTS = ("missed_share", "failed_to_attend_share", "office_cancelled_share", "not_offered_share")


def options(saved: Saved) -> ReportSection:
    """Gives the section on the headline metrics of each scenario and the differences from the base."""
    header: list[object] = ["Figure", *(scenario_label(saved, name) for name in saved.scenarios)]
    rows: list[list[object]] = []
    for metric in HEADLINES:
        cells: list[object] = [named(metric), with_interval(saved, saved.base, metric)]
        for option in saved.options:
            outcome = difference(saved, option, metric)["verdict"]
            mark = sentence(
                '<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>',
                outcome,
                SIGNS[outcome],
                verdict(saved, option, metric),
            )
            cells.append(sentence("{}<br>change {}<br>{}", mean(saved, option, metric), change(saved, option, metric), mark))
        rows.append(cells)
    if not saved.options:
        lead = sentence("Means over {}{}. Brackets hold 95 % intervals for chance between runs.", runs(saved), measured_over(saved))
        return ReportSection("figures", "The headline figures", lead, [Table("Headline figures", header, rows), *other_windows(saved)])
    lead = sentence(
        "Every option met the same customers with the same luck in {}. All figures are those{}. Brackets hold 95 % intervals. Those of the changes hold for the whole table together: in about "
        "95 of 100 such tables none is wrong; those of the base hold one by one. “Too close to call” means that these runs cannot tell. "
        "Workload and service are to be read together: whoever does less is less overloaded.", runs(saved), measured_over(saved),
    )  # fmt: skip
    worse = also_worse(saved)
    listed = Markup("<ul>{}</ul>").format(Markup("").join(sentence("<li>{}</li>", effect(saved, option)) for option in saved.options))
    return ReportSection(
        "options",
        "The options side by side",
        lead,
        [
            listed,
            Table("Headline figures: base, options and changes from the base", header, rows),
            *worse,
            *best_blocks(saved),
            *other_windows(saved),
        ],
    )


def measured_over(saved: Saved) -> Markup:
    """The dates over which headlines are taken."""
    window = headline_window(saved.scenarios[saved.base])
    return sentence(" from {} to {}, {}", as_input(day(window.first)), as_input(day(window.last)), WINDOW_TEXT[window.name])


def what_is_compared(saved: Saved) -> ReportSection:
    """Gives the question of each scenario and the dates of its changes."""
    parts = []
    first_letter: dict[tuple[dt.date, str], str] = {}  # who first gave a reason for a date
    for name, scenario in saved.scenarios.items():
        items = []
        for date, whys in dates_of(scenario):
            before = sorted({first_letter[date, reason] for reason in whys if (date, reason) in first_letter})
            new = [reason for reason in dict.fromkeys(whys) if (date, reason) not in first_letter]
            first_letter |= {(date, reason): letters(saved)[name] for reason in new}
            same = f"As in {' and '.join(before)}. " if before else ""
            items.append(sentence("<li><b>{}</b>: {}{}</li>", day(date), same, " ".join(new)))
        dated = (
            Markup('<ol class="changes">{}</ol>').format(Markup("").join(items)) if items else Markup("<p>Nothing changes at a date.</p>")
        )
        parts.append(sentence("<h3>{}</h3><p>{}</p>{}", scenario_label(saved, name), scenario.question or scenario.context, dated))
    period = saved.scenarios[saved.base].settings.period
    weeks = "one week" if period.weeks == 1 else f"{period.weeks} weeks"
    lead = sentence(
        "Counted: {} from {}. Ids in brackets, such as (M13), are entries of the evidence list in the project’s scenarios/sources.yaml.",
        weeks,
        day(period.start),
    )
    return ReportSection(
        "scenarios",
        "What is simulated",
        sentence('<span class="given">{}</span>', lead),
        [Markup('<div class="given">{}</div>').format(Markup("").join(parts))],
    )


def over_time(saved: Saved) -> ReportSection:
    """Overload, missed appointments and notices in blocks of four weeks, with the spread of runs."""
    blocks = []
    for metric, heading in OVER_TIME.items():
        table = series.over_time(saved, metric)
        if table.empty:
            continue
        percent = BY_NAME[metric].unit in PER_CENT
        top = 1.08 * float(max(table["high"].max(), table["mean"].max())) or 1.0
        base = table[table["scenario"] == saved.base]
        panels = []
        for index, (name, scenario) in enumerate(saved.scenarios.items()):
            scenario_rows = table[table["scenario"] == name]
            if scenario_rows.empty:
                continue
            ends = [_period(scenario_rows.iloc[i], name, metric) for i in (0, -1)]
            way = "{}: {} by the end" if metric == "leavers" else "{}: {} in the first four weeks, {} in the last"
            title = sentence(way, scenario_label(saved, name), *(ends[1:] if metric == "leavers" else ends))
            base_rows = base if index and not base.empty else None
            hue = charts.colour(index, bool(saved.options))
            dates = [date for date, _ in dates_of(scenario)]
            figure = charts.over_time(scenario_rows, base_rows, metric, hue, top, dates, percent)
            about = f"{heading} by four weeks. Line: mean of runs. Shaded: all but a tenth of the runs at each end." + (
                " Dotted: the base." if index else ""
            )
            panels.append(Chart(f"{metric}-{index}", title, figure, about))
        header: list[object] = ["Four weeks from", *(letters(saved)[name] or "mean and range" for name in saved.scenarios)]
        rows = []
        for starts in dict.fromkeys(table["from"]):
            cells: list[object] = [sentence('<span class="given">{}</span>', day(starts))]
            for name in saved.scenarios:
                scenario_rows = table[(table["scenario"] == name) & (table["from"] == starts)]
                cells.append(
                    sentence(
                        "{}, range {} to {}", *(_period(scenario_rows.iloc[0], name, metric, stat) for stat in ("mean", "low", "high"))
                    )
                    if len(scenario_rows)
                    else "–"
                )
            rows.append(cells)
        caption = f"{heading}: mean, and range of all but a tenth of the runs at each end"
        blocks.append(Panels(heading, panels, Table(caption, header, rows, folded=True)))
    lead = (
        "Each line is the mean of all runs; a tenth of the runs lies above the shaded part and a tenth below. "
        + ("The dotted line is the base. " if saved.options else "")
        + "Dashed lines with a number are the dated changes listed above, in their order."
    )
    return ReportSection("time", "Over time", lead, blocks)


def ledger(saved: Saved) -> ReportSection:
    """Gives the section on the minutes of a coach's day."""
    table = series.minutes(saved, list(LEDGER))
    labels = {name: letter or " " for name, letter in letters(saved).items()}
    figure = charts.ledger(table, labels, LEDGER)
    parts = {"Admin in contracted hours": "admin_minutes_per_coach_day", "overtime": "overtime_minutes_per_coach_day"}
    sentences = [
        sentence(
            "{}: {} minutes",
            heading,
            Markup(", ").join(sentence("{} {}", letters(saved)[name], mean(saved, name, metric)) for name in saved.scenarios),
        )
        for heading, metric in parts.items()
    ]
    rows = [[heading, *(with_interval(saved, name, metric) for name in saved.scenarios)] for metric, heading in LEDGER.items()]
    rows.append(["Contracted day", *(with_interval(saved, name, "contracted_minutes_per_coach_day") for name in saved.scenarios)])
    header = ["Minutes per coach-day", *(scenario_label(saved, name) for name in saved.scenarios)]
    about = "One bar per scenario: the activities of contracted hours, then work in lunch and overtime."
    chart = Chart("ledger", Markup("; ").join(sentences), figure, about)
    lead = "Mean minutes of a day of a coach present and trained. All activities up to “Free” make up the contracted day; work in lunch and overtime come on top."
    return ReportSection(
        "ledger", "Where a coach’s minutes go", lead, [chart, Table("Minutes of a coach’s day", header, rows, folded=True)]
    )


def who_is_missed(saved: Saved) -> ReportSection:
    """Missed appointments by customer group."""
    table = series.by_group(saved, "missed_share")
    names = list(saved.scenarios)
    base = saved.scenarios[saved.base].settings
    group_labels = {group: one.label for group, one in base.groups.items()} | {
        group: group for group in table["group"] if group not in base.groups
    }
    worst = table[table["scenario"] == saved.base].sort_values("mean").tail(1)
    group = worst["group"].iloc[0] if len(worst) else ""
    sentences = [
        sentence("{}: {}", letters(saved)[name] or "missed", mean(saved, name, "missed_share", group=group)) for name in names if group
    ]
    title = sentence("Most often missed: {} ({})", group_labels.get(group, ""), Markup(", ").join(sentences)) if group else "Nobody was due"
    figure = charts.groups(table, names, letters(saved), {group: label(one) for group, one in group_labels.items()}, "missed_share")
    rows = [
        [f"{group_labels[one]}: {BY_NAME[part].label.lower()}", *(with_interval(saved, name, part, one) for name in names)]
        for one in dict.fromkeys(table["group"])
        for part in MISSED_PARTS
    ]
    header = ["Group and part", *(scenario_label(saved, name) for name in names)]
    lead = (
        "Missed appointments are those that the customer failed to attend, that the office cancelled, or for which no start could be offered. "
        "The share who failed to attend is of appointments held or failed, the others of appointments due."
    )
    about = "One mark per scenario in each customer group, with its 95 % interval."
    return ReportSection(
        "missed",
        "Who is missed",
        lead,
        [Chart("groups", title, figure, about), Table("Missed appointments by customer group", header, rows, folded=True)],
    )


def leavers(saved: Saved) -> ReportSection:
    """Leavers under a low, central and high response to strain."""
    table = saved.responses
    if table is None:
        lead = "These results hold runs with one response to strain only. Statements about leavers need three: make the results again without --no-responses."
        return ReportSection("leavers", "Leavers at three responses to strain", lead)
    names = list(saved.scenarios)
    rows = []
    for response in dict.fromkeys(table["response"]):
        cells: list[object] = [f"{response} response"]
        for name in names:
            row = table[(table["response"] == response) & (table["scenario"] == name)].iloc[0]
            cell = sentence("{} {}", _response(row, "mean"), interval(_response(row, "low"), _response(row, "high")))
            if isinstance(row["verdict"], str):
                text = "no change" if row["verdict"] == "identical" else sentence(
                    "change {} {}", _response(row, "difference"), interval(_response(row, "difference_low"), _response(row, "difference_high"))
                )  # fmt: skip
                cell = sentence("{}<br>{}<br>{}", cell, text, verdict_text(row["verdict"], row["n"], untested_reason(saved.scenarios)))
            cells.append(cell)
        rows.append(cells)
    ends = [
        sentence("{}: {}", letters(saved)[name] or "leavers", Markup(" / ").join(sentence("{}", _response(row, "mean")) for _, row in table[table["scenario"] == name].iterrows()))
        for name in names
    ]  # fmt: skip
    title = sentence("Leavers at a low / central / high response – {}", Markup("; ").join(ends))
    figure = charts.responses(table, names, letters(saved))
    lead = sentence(
        "How strongly strain makes coaches leave is not known: ordinary load does not show it. So every scenario was also run with a lower and a "
        "higher response, each set so that ordinary load gives the same yearly leaving (what differs there is chance). "
        "Counted are coaches in post {} who give notice {}. The intervals of the changes hold together for this table, which is a second one beside the options.",
        as_input(followed_from(saved)), as_input(followed_for(saved)),
    )  # fmt: skip
    rows.append(
        [sentence("Coaches in post {}, mean over runs", as_input(followed_from(saved))), *(followed(saved, name) for name in names)]
    )
    header = ["Response to strain", *(scenario_label(saved, name) for name in names)]
    about = "One mark per scenario at each response to strain, with its 95 % interval."
    return ReportSection(
        "leavers",
        "Leavers at three responses to strain",
        lead,
        [Chart("responses", title, figure, about), Table("Coaches who give notice, by response to strain", header, rows)],
    )


def tail(saved: Saved) -> ReportSection:
    """The worst fortnight, the runs that tip over, and leavers run by run."""
    worst, left = series.worst_windows(saved, series.FORTNIGHT_WEEKS), series.leavers_by_run(saved)
    labels = {name: letter or " " for name, letter in letters(saved).items()}
    weeks, half = series.TIPPED_WEEKS, f"{100 * series.TIPPED_SHARE:.0f} %"
    spans = {"quarter": series.worst_windows(saved, weeks), "tipped": series.last_weeks(saved, weeks)}
    if saved.scenarios[saved.base].settings.period.weeks < weeks:
        spans = {kind: table.iloc[:0] for kind, table in spans.items()}
    rows = []
    for name in saved.scenarios:
        values, counts = worst[worst["scenario"] == name]["worst"], left[left["scenario"] == name]["leavers"]
        rows.append(
            [
                scenario_label(saved, name),
                *(
                    number(value, "share", "fortnight", name, stat)
                    for value, stat in ((_median(values), "median"), (_most(values), "worst"))
                ),
                *(
                    _share_of_runs(series.above(saved, table[table["scenario"] == name].iloc[:, 2]), kind, name)
                    for kind, table in spans.items()
                ),
                *(_count(value, "leavers_in_run", name, stat) for value, stat in ((_median(counts), "median"), (_most(counts), "worst"))),
            ]
        )
    header = [
        "Scenario", "Worst fortnight: coach-days overloaded, median over runs", "in the worst run", as_input(f"Runs with {weeks} weeks in a row above {half}"),
        as_input(f"Runs above {half} in their last {weeks} weeks: tipped over"), "Leavers, median over runs", "in the worst run",
    ]  # fmt: skip
    lead = sentence(
        '<span class="given">A mean can describe nobody: a team may hold or tip over. A run counts as tipped over when more than {} of coach-days are overloaded '
        "in its last {} weeks: it has not come back (a definition of this report, not a measured threshold). The median is the lower one of two in the middle.</span>",
        half, weeks,
    )  # fmt: skip
    blocks: list[Chart | Table | Markup | Panels] = [Table("The tail", header, rows)]
    if len(worst):
        figure = charts.runs(worst, "worst", "worst_fortnight", labels, True, "coach-days overloaded in the worst fortnight")
        blocks.append(Chart("fortnights", "The worst fortnight of every run", figure, "One dot per run and scenario: its worst fortnight."))
    if len(left):
        figure = charts.runs(left, "leavers", "leavers_of_run", labels, False, "coaches who give notice")
        blocks.append(Chart("leavers-by-run", "Leavers in every run", figure, "One dot per run and scenario: its leavers."))
    blocks.append(_every_run(saved, worst, left))
    return ReportSection("tail", "The tail: worst fortnight, and runs that tip over", lead, blocks)


SECTIONS: tuple[Callable[[Saved], ReportSection], ...] = (options, what_is_compared, over_time, ledger, who_is_missed, leavers, tail)


def _every_run(saved: Saved, worst: pd.DataFrame, left: pd.DataFrame) -> Table:
    fortnights = {(row["scenario"], row["run"]): row["worst"] for _, row in worst.iterrows()}
    leavers_ = {(row["scenario"], row["run"]): row["leavers"] for _, row in left.iterrows()}
    rows: list[list[object]] = []
    for run in sorted({run for _, run in [*fortnights, *leavers_]}):
        cells: list[object] = [sentence('<span class="given">run {}</span>', run)]
        for name in saved.scenarios:
            share = number(fortnights.get((name, run)), "share", "worst_fortnight", name, run)
            cells.append(sentence("{}; {}", share, _count(leavers_.get((name, run)), "leavers_of_run", name, run)))
        rows.append(cells)
    header = ["Run", *(letters(saved)[name] or "result" for name in saved.scenarios)]
    return Table("Worst fortnight (coach-days overloaded) and leavers of every run", header, rows, folded=True, long=True)


def _period(row: pd.Series, name: str, metric: str, stat: str = "mean") -> Number | str:
    return of_metric(row[stat], metric, "period", name, metric, row["block"], stat)


def _response(row: pd.Series, stat: str) -> Number | str:
    return of_metric(row[stat], row["metric"], "response", row["response"], row["scenario"], stat, signed=stat.startswith("difference"))


def _share_of_runs(share: Interval | None, kind: str, name: str) -> object:
    if share is None:
        return "too few weeks counted"
    middle, low, high = (number(getattr(share, stat), "share", kind, name, stat) for stat in ("mean", "low", "high"))
    return sentence("{} {}", middle, interval(low, high))


def _count(value: float | None, *of: object) -> Number | str:
    return "–" if value is None else whole(int(value), *of)


def _median(values: pd.Series) -> float | None:
    """The lower median: a value that some run had."""
    return None if values.empty else float(values.sort_values().iloc[(len(values) - 1) // 2])


def _most(values: pd.Series) -> float | None:
    return None if values.empty else float(values.max())
