"""The report of a staffing question: the answer, the chance by value, what it costs, and what it rests on."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from jobcentre.report import charts
from jobcentre.report import staffing_text as words
from jobcentre.report.elements import Chart, Page, Panels, ReportSection, Table, sentence, title
from jobcentre.report.evidence import provenance_sentences
from jobcentre.report.saved import open_folder
from jobcentre.runs.answers import StaffingDocument
from jobcentre.runs.manifest import Manifest

FILE = "staffing.json"


def staffing_page(folder: Path) -> Page:
    """The page of a folder that `jobcentre staffing` has made."""
    saved = open_folder(folder)
    doc = saved.document(FILE, StaffingDocument).model_dump(by_alias=True)
    scenario = next(iter(saved.scenarios.values()))
    sections = [_why(doc), _by_value(doc), _trade_off(doc), _responses(doc), _doubted(doc), _made(doc, saved.manifest)]
    heading = sentence('How many {} will do? <span class="given">{}</span>', doc["unit"][1], title(scenario))
    return Page(
        heading,
        scenario.question or scenario.context,
        words.headline(doc),
        words.over_responses(doc) or "",
        [one for one in sections if one.id],
    )


def _why(doc: words.Doc) -> ReportSection:
    lead = sentence("Tried were {} to {}, changed {}, on the same customers with the same luck.", words.as_input(f"{doc['values'][0]:g}"),
               words.amount(doc, doc["values"][-1]), words.as_input(doc["acts"]))  # fmt: skip
    return ReportSection("why", "What is shown", lead, [_list(words.reasons(doc))])


def _by_value(doc: words.Doc) -> ReportSection:
    figure = charts.chances(doc["candidates"], doc["probability"], doc["unit"][1], "")
    chart = Chart(
        "chances", words.headline(doc), figure,
        f"Share of office-years that meet all targets, by {doc['unit'][1]}, with its interval; the line is the wanted share.",
    )  # fmt: skip
    table = Table("Values that were tried", words.header(doc), [words.row_of(row) for row in doc["candidates"]])
    lead = sentence(
        "Each mark is the share of office-years that meet all targets. Brackets and bars hold the limits on which the decision "
        "rests, which are wider the more looks there were."
    )
    return ReportSection("values", "The chance of meeting the targets", lead, [chart, table])


def _trade_off(doc: words.Doc) -> ReportSection:
    panels = []
    for place, text in enumerate(doc["targets"]):
        rows = [row for row in doc["candidates"] if row["targets"][place]["mean"] is not None and row["cost"] is not None]
        figure = charts.trade_off(rows, place, text, doc["unit"][1])
        about = (
            f"Cost a year to the right, the mean of the metric upwards, one mark for each number of {doc['unit'][1]}; a line at the target."
        )
        panels.append(Chart(f"trade-off-{place}", sentence("Cost against {}", words.named(text)), figure, about))
    table = Table("Cost and means by value", words.means_header(doc), [words.means_of(row) for row in doc["candidates"]], folded=True)
    lead = "What it costs to come closer to each target: salaries, overtime, hiring and reminders, but not what missed contact costs."
    return ReportSection("trade-off", "What it costs", lead, [Panels("Cost against each target", panels, table)])


def _responses(doc: words.Doc) -> ReportSection:
    if len(doc["responses"]) < 2:
        return ReportSection("", "", "")
    blocks: list[Markup | Table] = []
    for response, told in doc["responses"].items():
        own = told["candidates"] == doc["candidates"]
        of = "" if own else response
        blocks.append(sentence("<h3>{} response</h3><p>{}</p>", response.capitalize(), words.headline(doc, told)))
        if not own:
            blocks.append(
                Table(
                    f"Values tried with a {response} response",
                    words.header(doc),
                    [words.row_of(row, of) for row in told["candidates"]],
                    folded=True,
                )
            )
    lead = sentence(
        "How strongly strain makes coaches leave is not known: ordinary load does not show it. The question was answered anew for a low, a "
        "central and a high response."
    )
    return ReportSection("responses", "The answer by response to strain", lead, blocks)


def _doubted(doc: words.Doc) -> ReportSection:
    told = words.uncertainty_sentences(doc)
    if not told:
        return ReportSection("", "", "")
    return ReportSection("doubt", "Doubt about the assumed figures", told[0], [_list(told[1:])])


def _made(doc: words.Doc, manifest: Manifest) -> ReportSection:
    return ReportSection("made", "How this was made, and how to read it", "", [_list([*words.notes(doc), *provenance_sentences(manifest)])])


def _list(items: list[Markup]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))
