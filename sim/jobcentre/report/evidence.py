"""The basis of a report: inputs with their sources, and how results were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.report.comparison_text import runs
from jobcentre.report.elements import ReportSection, Table, as_input, letters, scenario_label, sentence, whole
from jobcentre.report.saved import Saved
from jobcentre.report.tables import format_value, named
from jobcentre.runs.demanded_work import work_notes
from jobcentre.runs.manifest import Manifest
from jobcentre.scenario import ChangeHistory, Evidence, Scenario
from jobcentre.scenario.evidence import EvidenceSummary, evidence_summary
from jobcentre.scenario.plausibility import doubts
from jobcentre.scenario.schema_paths import node_at

DASH = "—"


def figure_rows(scenario: Scenario, path: str) -> list[dict[str, Any]]:
    """Gives the input at a path, or the inputs below it: value, unit and evidence; none if the path does not exist.

    The row of its value at the start has no date; one for each dated change of it follows, with the day on which its value is reached.
    """
    rows = []
    for here, value in flat(scenario.settings.model_dump(mode="json")).items():
        if here == path or here.startswith(path + "."):
            rows.append(_figure_row(here, value, _evidence_at(scenario, here)))
            for change in scenario.changes:
                if here in change.set:
                    evidence = change.evidence.get(here) or change.evidence.get(here.rpartition(".")[0]) or Evidence(why=change.why)
                    row = _figure_row(here, change.set[here], evidence)
                    rows.append(row | {"date": change.date, "reached": change.last_day, "change": change.name})
    return rows


def _figure_row(path: str, value: Any, evidence: Evidence) -> dict[str, Any]:
    return {
        "path": path,
        "value": value,
        "unit": node.unit if (node := node_at(path.split("."))) else "",
        "quality": evidence.quality or "",
        "source": ", ".join(evidence.source),
        "range": f"{evidence.range[0]:g} to {evidence.range[1]:g}" if evidence.range else "",
        "why": evidence.why or evidence.note,
        "date": None,
        "reached": None,
        "change": "",
    }


def change_text(change: ChangeHistory) -> str:
    """Says from which file a change comes, which files override something of it, and which removes it."""
    overrides = [f"{scenario} overrides {', '.join(keys) or 'its reason'}" for scenario, keys in change.overrides]
    removed = [f"{change.removed_by} removes it"] if change.removed_by else []
    return f"{change.name}: {'; '.join([f'from {change.scenario}', *overrides, *removed])}"


def difference_rows(scenario: Scenario, second: Scenario, path: str | None = None) -> list[dict[str, Any]]:
    """The figures and changes in which a scenario differs from another, and why; None where one of them has no such figure."""
    own, theirs = _everything(scenario), _everything(second)
    rows = []
    for here in dict.fromkeys([*own, *theirs]):
        value, reason = own.get(here, (None, ""))
        other_value, other_why = theirs.get(here, (None, ""))
        selected = path is None or here.split(" from ")[0] == path or here.startswith(path + ".")
        if selected and value != other_value:
            rows.append({"path": here, "value": value, "other": other_value, "why": reason or other_why})
    return rows


def difference_cells(scenario: Scenario, second: Scenario, path: str | None = None) -> list[tuple[str, ...]]:
    """The same as cells of a table: `none` for a figure without a value, a dash where a scenario has no such figure or change."""
    own, theirs = _everything(scenario), _everything(second)
    return [
        (row["path"], _cell(row["path"], theirs), _cell(row["path"], own), row["why"]) for row in difference_rows(scenario, second, path)
    ]


def figure_cells(scenario: Scenario, path: str, start: str = "the start") -> list[tuple[str, ...]]:
    """Gives inputs as cells of a table; an input set without source or quality has its own note, not the evidence of its parent."""
    cells: list[tuple[str, ...]] = []
    for row in figure_rows(scenario, path):
        own = DASH
        if row["date"] is None and (evidence := _evidence_at(scenario, row["path"])).scenario and not evidence.quality:
            own = f"own figure of {evidence.scenario}"
        value = "none" if row["value"] is None else str(row["value"])
        cells.append(
            (
                row["path"],
                _from(row) if row["date"] else start,
                value,
                row["unit"],
                row["quality"] or DASH,
                row["source"] or own,
                row["range"] or DASH,
                row["why"],
            )
        )
    return cells


def _from(row: Mapping[str, Any]) -> str:
    """From when a value holds, and in which change it is set."""
    days = f"{row['date']}" if row["reached"] == row["date"] else f"{row['date']} day by day until {row['reached']}"
    return f"{days} ({row['change']})"


def value_at(scenario: Scenario, path: str) -> Any:
    """The figure at a dotted path, as plain data; a distribution is a mapping."""
    node: Any = scenario.resolved()
    for key in path.split("."):
        node = node[key]
    return node


def value_text(value: Any) -> str:
    """A figure as its file has it."""
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_text(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def flat(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested settings as dotted paths."""
    values: dict[str, Any] = {}
    for key, value in settings.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            values |= flat(value, here)
        else:
            values[here] = value
    return values


def _everything(scenario: Scenario) -> dict[str, tuple[Any, str]]:
    """Value and reason of every figure at the start, and of every dated change."""
    values = {path: (value, _evidence_at(scenario, path).why) for path, value in flat(scenario.settings.model_dump(mode="json")).items()}
    for change in scenario.changes:
        over = f" over {change.over_days} days" if change.over_days > 1 else ""
        values |= {f"{path} from {change.date}{over}": (value, change.why) for path, value in change.set.items()}
    return values


def _cell(path: str, figures: Mapping[str, tuple[Any, str]]) -> str:
    if path not in figures:
        return DASH
    value = figures[path][0]
    return "none" if value is None else str(value)


def _evidence_at(scenario: Scenario, path: str) -> Evidence:
    """Gives the evidence of an input; the parts of a distribution share its evidence."""
    return scenario.evidence.get(path) or scenario.evidence.get(path.rpartition(".")[0]) or Evidence()


#: Differences beyond which only the scenario files tell all.
MOST_DIFFERENCES = 60
ABOUT = ("title", "question", "context")


def differing_figures(saved: Saved) -> ReportSection:
    """Figures in which options differ from the base, and why."""
    if not saved.options:
        return ReportSection("", "", "")
    tables = []
    for option in saved.options:
        rows = difference_rows(saved.scenarios[option], saved.scenarios[saved.base])
        cells = [
            [as_input(row["path"]), as_input(value_text(_of_base(saved, row))), as_input(value_text(row["value"])), as_input(row["why"])]
            for row in rows[:MOST_DIFFERENCES]
        ]
        if len(rows) > MOST_DIFFERENCES:
            cells.append([as_input(f"and {len(rows) - MOST_DIFFERENCES} more: see the scenario files"), *[Markup()] * 3])
        letter = letters(saved)[option]
        tables.append(Table(f"What {scenario_label(saved, option)} changes", ["Figure", "Base", letter, "Why"], cells, folded=True))
    return ReportSection(
        "changes",
        "What the options change",
        "Every figure in which an option differs from the base, with the reason its file gives.",
        tables,
    )


def _of_base(saved: Saved, row: dict[str, Any]) -> Any:
    """Gives the base's value of an input of an option; for a dated one without a change in the base, its value at the start."""
    if row["other"] is not None or " from " not in row["path"]:
        return row["other"]
    return value_at(saved.scenarios[saved.base], row["path"].partition(" from ")[0])


def meaning(saved: Saved) -> ReportSection:
    """Gives the definitions of the headline metrics and the differences that matter."""
    lead = (
        "Load is work done that day, worked lunch and overtime included, and up to an hour of admin left over, divided by the contracted time. "
        "Above that it is too much for the day, so days of overload and free minutes on other days go together. "
        "The smallest differences that matter are assumed."
    )
    header = ["Figure", "What it means", "Direction", "Smallest difference that matters"]
    return ReportSection(
        "meaning", "What the figures mean", lead, [Table("Headline figures and their meaning", header, meaning_rows(HEADLINES))]
    )


def meaning_rows(metrics: Sequence[str]) -> list[list[object]]:
    """Gives metrics with their definitions, one a row."""
    rows: list[list[object]] = []
    for metric in metrics:
        declared = BY_NAME[metric]
        better = {"lower": "lower is better", "higher": "higher is better", None: "neither is better as such"}[declared.better]
        rows.append(
            [
                named(metric),
                as_input(declared.definition),
                better,
                as_input(format_value(declared.matters, declared.unit, signed=True).lstrip("+")),
            ]
        )
    return rows


def assumed(saved: Saved) -> ReportSection:
    """Gives the quality of the inputs, and all that are assumed."""
    rows = []
    for name, scenario in saved.scenarios.items():
        summary = _summary(scenario)
        rows.append([scenario_label(saved, name), whole(summary.total, "figures", name), whole(len(summary.assumed), "assumed", name)])
    base = saved.scenarios[saved.base]
    first = _summary(base)
    listed = [_assumed(base, path) for path in evidence_summary(base.evidence).assumed]
    lead = sentence(
        "{} of {} figures of the base are assumed: no source gives them, so a value and a range were chosen. The intervals in this report do not "
        "contain this doubt. Which of them could turn an order round is what “What could reverse this” says.",
        whole(len(first.assumed), "assumed", saved.base), whole(first.total, "figures", saved.base),
    )  # fmt: skip
    return ReportSection(
        "assumed", "Figures that are assumed", lead,
        [
            *_doubts(saved),
            Table("Figures by scenario", ["Scenario", "Figures, those of dated changes too", "of these assumed"], rows),
            Table("The assumed figures of the base", ["Figure", "Value", "Thought possible", "What it is, and why this value"], listed, folded=True, long=True),
        ],
    )  # fmt: skip


def _summary(scenario: Scenario) -> EvidenceSummary:
    """What is known of the inputs, those of dated changes too."""
    dated = {f"{path} from {change.date}": evidence for change in scenario.changes for path, evidence in change.evidence.items()}
    return evidence_summary({**scenario.evidence, **dated})


def _doubts(saved: Saved) -> list[Markup]:
    """What of the scenarios is probably not meant."""
    found = [text for scenario in saved.scenarios.values() for text in doubts(scenario) + work_notes(scenario)]
    if not found:
        return []
    items = Markup("").join(sentence("<li>{}</li>", as_input(text)) for text in found)
    return [Markup("<p>Look at these again:</p><ul>{}</ul>").format(items)]


def provenance_section(saved: Saved) -> ReportSection:
    """Explains how the results were made and how to read them."""
    manifest = saved.manifest
    items = [
        sentence("{} of each scenario, seed {}.", runs(saved), as_input(manifest.seed)),
        _kind(manifest.intervals),
        sentence("Intervals cover chance between runs only, not doubt about the figures that go in."),
        *provenance_sentences(manifest),
    ]
    listed = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))
    return ReportSection("made", "How this was made, and how to read it", "", [listed])


def provenance_sentences(manifest: Manifest) -> list[Markup]:
    """Explains how results were made, the same in every report."""
    return [
        *(sentence("Run {} of {} failed and is left out: {}.", as_input(failure.run), failure.scenario, as_input(failure.message)) for failure in manifest.failed),
        sentence("Results are made from the event log of each run; the same scenarios, seed and model give the same logs on any machine."),
        sentence("Program {} {}, model {}, experiment {}.", manifest.tool.name, *map(as_input, (manifest.tool.version or "", manifest.model_version, manifest.experiment))),
        sentence("manifest.json beside this report holds the digest of every run and file; the command “jobcentre reproduce” makes all of it again and compares."),
        sentence("<strong>Coaches in the model are numbers. Results must not be used to judge or predict a named member of staff.</strong>"),
    ]  # fmt: skip


EVIDENCE_SECTIONS: tuple[Callable[[Saved], ReportSection], ...] = (meaning, differing_figures, assumed, provenance_section)


def _kind(kind: str) -> Markup:
    if kind == "fixed":
        return sentence("Kind of interval: fixed – the number of runs was chosen before any result was seen. {} level.", as_input("95 %"))
    return sentence(
        "Kind of interval: anytime – runs were added after a look at the results; the intervals hold at every look together. {} level.",
        as_input("95 %"),
    )


def _assumed(scenario: Scenario, path: str) -> list[object]:
    evidence = scenario.evidence[path]
    value = value_at(scenario, path)
    node = node_at(path.split("."))
    about = " ".join(
        part
        for part in (f"{node.field.description}." if node and node.field and node.field.description else "", evidence.note, evidence.why)
        if part
    )
    unit = f" {node.unit}" if node and node.unit and not isinstance(value, (dict, bool, str)) else ""
    between = f"{evidence.range[0]:g} to {evidence.range[1]:g}" if evidence.range else ""
    return [as_input(path), as_input(value_text(value) + unit), as_input(between), as_input(about)]
