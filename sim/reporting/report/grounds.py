"""What a report rests on: the figures and how well they are known, and how the results were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sim.metrics import BY_NAME, HEADLINES
from sim.reporting.pages import difference_rows, in_words, value_at
from sim.reporting.report.blocks import Section, Table
from sim.reporting.report.names import called, letters
from sim.reporting.report.numbers import say, whole
from sim.reporting.report.saved import Saved
from sim.reporting.report.words import runs
from sim.reporting.tables import named, shown
from sim.scenario import Scenario
from sim.scenario.evidence_summary import evidence_summary
from sim.scenario.paths import spot_at

#: Differences beyond which only the scenario files tell all.
MOST_DIFFERENCES = 60
ABOUT = ("title", "question", "context")


def differing_figures(saved: Saved) -> Section:
    """Figures in which options differ from the base, and why."""
    if not saved.options:
        return Section("", "", "")
    tables = []
    for option in saved.options:
        rows = difference_rows(saved.scenarios[option], saved.scenarios[saved.base])
        cells = [
            [_given(row["path"]), _given(in_words(_of_base(saved, row))), _given(in_words(row["value"])), _given(row["why"])]
            for row in rows[:MOST_DIFFERENCES]
        ]
        if len(rows) > MOST_DIFFERENCES:
            cells.append([_given(f"and {len(rows) - MOST_DIFFERENCES} more: see the scenario files"), *[Markup()] * 3])
        letter = letters(saved)[option]
        tables.append(Table(f"What {called(saved, option)} changes", ["Figure", "Base", letter, "Why"], cells, folded=True))
    return Section(
        "changes",
        "What the options change",
        "Every figure in which an option differs from the base, with the reason its file gives.",
        tables,
    )


def _of_base(saved: Saved, row: dict[str, Any]) -> Any:
    """What the base has where an option has a figure: for a dated one that it does not change itself, its figure at the start."""
    if row["other"] is not None or " from " not in row["path"]:
        return row["other"]
    return value_at(saved.scenarios[saved.base], row["path"].partition(" from ")[0])


def meaning(saved: Saved) -> Section:
    """What the headline figures mean, and which differences matter."""
    lead = (
        "Load is work done that day, worked lunch and overtime included, and up to an hour of admin left over, divided by the contracted time. "
        "Above that it is too much for the day, so days of overload and free minutes on other days go together. "
        "The smallest differences that matter are assumed."
    )
    header = ["Figure", "What it means", "Direction", "Smallest difference that matters"]
    return Section("meaning", "What the figures mean", lead, [Table("Headline figures and their meaning", header, meaning_rows(HEADLINES))])


def meaning_rows(metrics: Sequence[str]) -> list[list[object]]:
    """Metrics with what they mean, one a row."""
    rows: list[list[object]] = []
    for metric in metrics:
        declared = BY_NAME[metric]
        better = {"lower": "lower is better", "higher": "higher is better", None: "neither is better as such"}[declared.better]
        rows.append(
            [named(metric), _given(declared.definition), better, _given(shown(declared.matters, declared.unit, signed=True).lstrip("+"))]
        )
    return rows


def assumed(saved: Saved) -> Section:
    """How well the figures are known, and all that are assumed."""
    rows = []
    for name, scenario in saved.scenarios.items():
        dated = {f"{path} from {change.date}": said for change in scenario.changes for path, said in change.evidence.items()}
        summary = evidence_summary({**scenario.evidence, **dated})
        rows.append([called(saved, name), whole(summary.total, "figures", name), whole(len(summary.assumed), "assumed", name)])
    base = saved.scenarios[saved.base]
    first = evidence_summary(base.evidence)
    listed = [_assumed(base, path) for path in first.assumed]
    lead = say(
        "{} of {} figures of the base are assumed: no source gives them, so a value and a range were chosen. The intervals in this report do not "
        "contain this doubt. Which of them could turn a result round is not worked out here.",
        whole(len(first.assumed), "assumed", saved.base), whole(first.total, "figures", saved.base),
    )  # fmt: skip
    return Section(
        "assumed", "Figures that are assumed", lead,
        [
            Table("Figures by scenario", ["Scenario", "Figures, those of dated changes too", "of these assumed"], rows),
            Table("The assumed figures of the base", ["Figure", "Value", "Thought possible", "What it is, and why this value"], listed, folded=True, long=True),
        ],
    )  # fmt: skip


def made(saved: Saved) -> Section:
    """How the results were made, and what must be known to read them."""
    manifest = saved.manifest
    items = [
        say("{} of each scenario, seed {}.", runs(saved), _given(manifest["seed"])),
        _kind(manifest["intervals"]),
        say("Intervals cover chance between runs only, not doubt about the figures that go in."),
        *how_made(manifest),
    ]
    listed = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))
    return Section("made", "How this was made, and how to read it", "", [listed])


def how_made(manifest: Mapping[str, Any]) -> list[Markup]:
    """What every report says of how its results were made."""
    return [
        *(say("Run {} of {} failed and is left out: {}.", _given(one["run"]), one["scenario"], _given(one["message"])) for one in manifest["failed"]),
        say("Results are made from the event log of each run; the same scenarios, seed and model give the same logs on any machine."),
        say("Program {} {}, model {}, experiment {}.", manifest["tool"]["name"], *map(_given, (manifest["tool"]["version"] or "", manifest["model_version"], manifest["experiment"]))),
        say("manifest.json beside this report holds the digest of every run and file; the command “jobcentre reproduce” makes all of it again and compares."),
        say("<strong>Coaches in the model are numbers. Results must not be used to judge or predict a named member of staff.</strong>"),
    ]  # fmt: skip


GROUNDS: tuple[Callable[[Saved], Section], ...] = (meaning, differing_figures, assumed, made)


def _kind(kind: str) -> Markup:
    if kind == "fixed":
        return say("Kind of interval: fixed – the number of runs was chosen before any result was seen. {} level.", _given("95 %"))
    return say(
        "Kind of interval: anytime – runs were added after a look at the results; the intervals hold at every look together. {} level.",
        _given("95 %"),
    )


def _assumed(scenario: Scenario, path: str) -> list[object]:
    said = scenario.evidence[path]
    value = value_at(scenario, path)
    spot = spot_at(path.split("."))
    about = " ".join(
        part
        for part in (f"{spot.field.description}." if spot and spot.field and spot.field.description else "", said.note, said.why)
        if part
    )
    unit = f" {spot.unit}" if spot and spot.unit and not isinstance(value, (dict, bool, str)) else ""
    between = f"{said.range[0]:g} to {said.range[1]:g}" if said.range else ""
    return [_given(path), _given(in_words(value) + unit), _given(between), _given(about)]


def _given(text: object) -> Markup:
    """Words and figures that were given, not results."""
    return say('<span class="given">{}</span>', text)
