"""The report of a selection: the best scenario in one metric, when the others were eliminated, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.report import charts
from jobcentre.report.elements import Chart, Page, ReportSection, Table, as_input, label, of_metric, plain, sentence, title, whole
from jobcentre.report.evidence import meaning_rows, provenance_sentences
from jobcentre.report.saved import open_folder
from jobcentre.report.tables import PER_CENT, STAFF_NOTE, Rows, format_value
from jobcentre.runs.answers import SelectionDocument
from jobcentre.runs.manifest import Manifest
from jobcentre.runs.store import SAME_COMMAND
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import usage_error

FILE = "selection.json"
Document = Mapping[str, Any]  # as selection.json has it


def selection_page(folder: Path) -> Page:
    """The page of a folder that `jobcentre select` has made."""
    saved = open_folder(folder)
    document, scenarios = saved.document(FILE, SelectionDocument).model_dump(), saved.scenarios
    if {row["scenario"] for row in document["scenarios"]} != set(scenarios):
        raise usage_error(str(folder / FILE), "does not tell of the same scenarios as the manifest", SAME_COMMAND)
    heading = sentence(
        'Which of {} scenarios is the best? <span class="given">{}</span>', len(scenarios), BY_NAME[document["metric"]].label
    )
    sections = [_scenarios(document, scenarios, saved.table("summary")), _meaning(document), _made(document, saved.manifest)]
    return Page(heading, "", as_input(statement(document)), "", sections)


def statement(document: Document) -> str:
    """Names the selected scenario, or those that remain."""
    declared = BY_NAME[document["metric"]]
    metric, many, runs = declared.label.lower(), len(document["scenarios"]), document["runs"]
    if document["decided"]:
        return (
            f"With {100 * document['confidence']:g} % probability {document['selected']} is the best of these {many} in {metric} "
            f"({document['better']} is better), or within {_indifference(document)} of the best. "
            "This takes the values of runs for about normal."
        )
    remaining = ", ".join(document["left"])
    if not any(row["runs"] for row in document["scenarios"]):
        return f"Not decided: none of {runs} runs has a value of {metric} in every scenario. Left: {remaining}."
    return f"Not decided after {runs} runs: {len(document['left'])} of {many} scenarios are left ({remaining}). More --max-runs go on from here."


def rows_of(document: Document) -> Rows:
    """One row per scenario."""
    unit = BY_NAME[document["metric"]].unit
    return [
        (row["scenario"], str(row["runs"]), format_value(row["mean"], unit), _what_became_of(row, document))
        for row in document["scenarios"]
    ]


def notes(document: Document) -> list[str]:
    """Writes the notes that go with the answer."""
    failed = (f"Run {run['run']} of {run['scenario']} failed and is left out everywhere: {run['message']}" for run in document["failed"])
    return [
        *failed,
        "For chance between runs only. Not tested: which uncertain inputs could reverse this (jobcentre compare with --uncertainty).",
        "Means are those of the runs' own values "
        "(summary.csv has sum over sum), and are no fair estimates: the runs ended because of them.",
        STAFF_NOTE,
    ]


def _scenarios(document: Document, scenarios: Mapping[str, Scenario], summary: pd.DataFrame) -> ReportSection:
    metric = document["metric"]
    rows: list[list[object]] = []
    for row in document["scenarios"]:
        name = row["scenario"]
        runs, mean = whole(row["runs"], "selection", name, "runs"), of_metric(row["mean"], metric, "selection", name, "mean")
        rows.append([_name(scenarios[name]), runs, mean, _what_became_of(row, document)])
    table = Table("What became of each scenario", ["Scenario", "Runs", "Mean of runs", "What became of it"], rows)
    own = summary[(summary["metric"] == metric) & (summary["group"] == "")]
    labels = {name: label(plain(_name(scenario)), 26) for name, scenario in scenarios.items()}
    chart = Chart(
        "scenarios", sentence("{} by scenario", BY_NAME[metric].label), charts.scenarios(own, labels, metric),
        "The mean of each scenario over its own runs, with an interval that allows for the looks on the way.",
    )  # fmt: skip
    lead = (
        "All scenarios met the same customers with the same luck, run by run. One that had fallen behind another by more than chance "
        "explains got no further runs, so those dropped early have wide intervals, and with fewer than 25 runs none."
    )
    return ReportSection("scenarios", "The scenarios", lead, [table, chart])


def _meaning(document: Document) -> ReportSection:
    lead = sentence(
        "A difference of less than {} was taken not to matter. If the best is ahead by at least that much, it is selected with a probability of "
        "at least {} %; if others come closer, one that is within that distance of the best.",
        _indifference(document), f"{100 * document['confidence']:g}",
    )  # fmt: skip
    header = ["Figure", "What it means", "Direction", "Smallest difference that matters"]
    return ReportSection(
        "meaning", "What was asked", lead, [Table("The figure and its meaning", header, meaning_rows([document["metric"]]))]
    )


def _made(document: Document, manifest: Manifest) -> ReportSection:
    ended = sentence(
        "At most {} of each scenario were allowed; the last decision rests on {}.", _runs(document["max_runs"]), _runs(document["runs"])
    )
    sentences = [ended, *map(as_input, notes(document)[:-1]), *provenance_sentences(manifest)]
    listed = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in sentences))
    return ReportSection("made", "How this was made, and how to read it", "", [listed])


def _runs(runs: int) -> Markup:
    return sentence("{} run{}", runs, "s" * (runs != 1))


def _what_became_of(row: Mapping[str, Any], document: Document) -> str:
    if row["left"]:
        return "selected" if document["decided"] else "left"
    return f"dropped after {row['eliminated_at_run']} runs, behind {row['eliminated_by']}"


def _indifference(document: Document) -> str:
    unit = BY_NAME[document["metric"]].unit
    zone = format_value(document["indifference"], unit, signed=True).lstrip("+")
    return zone if unit in PER_CENT or "pound" in unit else f"{zone} {unit}"


def _name(scenario: Scenario) -> Markup:
    text = title(scenario)
    return as_input(scenario.name if text == scenario.name else f"{text} ({scenario.name})")
