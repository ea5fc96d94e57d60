"""Assurance of an analysis as one Markdown file: STRESS-DES, a log by stages of the AQuA Book, registers and dates of review.

All is made from a results folder but for what only people can say, which stands in one file of their own. Checklist: Monks et al.
(2019), Strengthening the reporting of empirical simulation studies. Stages: HM Treasury (2015), the AQuA Book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.report.evidence import value_at, value_text
from jobcentre.report.saved import UNCERTAINTY, SavedFolder, open_folder
from jobcentre.report.uncertainty_text import finding, input_name, next_to_find_out
from jobcentre.runs.answers import UncertaintyDocument
from jobcentre.scenario import Evidence, Problem, Scenario, ScenarioError
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.evidence import evidence_summary, load_sources, publications_of
from jobcentre.scenario.yaml_file import Node, plain, read

FILE, BY_HAND = "assurance.md", "assurance.yaml"
EMPTY = "**(empty: to be written in assurance.yaml)**"
#: What only people can say, and what it is.
TEXTS = {
    "purpose": "What decision this analysis is for, and what it is not for",
    "commissioner": "Who asked for it, and who decides by it",
    "analysts": "Who made it, by role",
    "approved_by": "Who has checked it and when, by role",
    "limits": "What whoever decides must know that the model leaves out",
    "access": "Where model and results can be had",
}
TEMPLATE = "\n".join(
    [
        "# What only people can say of this analysis; `jobcentre assurance` makes all the rest. Dates are written YYYY-MM-DD.",
        "written: ",
        *(f"{key}:  # {what}" for key, what in TEXTS.items()),
        "decisions: []  # for example - {date: 2026-01-31, decision: 'Use the surge in one step', why: '…', review: 2027-01-31}",
        "reviews: {}  # by publication id or input, for example A2: 2027-01-31 or admin.factor: 2026-06-30",
        "",
    ]
)


class Decision(NamedTuple):
    """A decision on the analysis."""

    date: dt.date
    decision: str
    why: str
    review: dt.date | None


class ByHand(NamedTuple):
    """What people have written."""

    texts: Mapping[str, str]
    written: dt.date | None
    decisions: tuple[Decision, ...]
    reviews: Mapping[str, dt.date]


def read_by_hand(path: Path) -> ByHand:
    """What people have written; ScenarioError with all that is wrong with it."""
    root, problems = read(path)
    if root is None or problems:
        raise ScenarioError(problems)
    if not root.is_mapping:
        raise ScenarioError([Problem(str(path), 1, "", "should hold keys and their values", "begin with the file that `assurance` writes")])
    content: dict[str, Any] = plain(root)
    known = ("written", *TEXTS, "decisions", "reviews")
    for key, kind, what in (("decisions", tuple, "a list"), ("reviews", dict, "keys with dates")):
        if content.get(key) is not None and not isinstance(content[key], kind):
            problems.append(Problem(str(path), root.children[key].line, key, f"should be {what}"))
            content[key] = kind()
    for key in content:
        if key not in known:
            hint = did_you_mean(key, known) or f"it holds {', '.join(known)}"
            problems.append(Problem(str(path), root.children[key].line, key, "is not known here", hint))
    texts = {key: str(content[key]) for key in TEXTS if content.get(key) is not None}
    decisions = [_decision(root, number, one, problems) for number, one in enumerate(content.get("decisions") or ())]
    reviews = {str(key): _date(root, "reviews", str(key), value, problems) for key, value in (content.get("reviews") or {}).items()}
    written = _date(root, "written", "", content.get("written"), problems)
    if problems:
        raise ScenarioError(problems)
    dated = {key: due for key, due in reviews.items() if due is not None}
    return ByHand(texts, written, tuple(one for one in decisions if one is not None), dated)


def _date(root: Node, key: str, below: str, value: Any, problems: list[Problem]) -> dt.date | None:
    try:
        return None if value is None else dt.date.fromisoformat(str(value))
    except ValueError:
        place = f"{key}.{below}" if below else key
        problems.append(Problem(root.file, root.children[key].line, place, f"{value!r} is not a date", "write it as YYYY-MM-DD"))
        return None


def _decision(root: Node, number: int, one: Any, problems: list[Problem]) -> Decision | None:
    if not isinstance(one, dict) or not {"date", "decision"} <= set(one) <= {"date", "decision", "why", "review"}:
        message = "should hold date, decision, and if wanted why and review"
        problems.append(Problem(root.file, root.children["decisions"].line, f"decisions[{number}]", message))
        return None
    at, review = (_date(root, "decisions", f"{number}.{key}", one.get(key), problems) for key in ("date", "review"))
    return None if at is None else Decision(at, str(one["decision"]), str(one.get("why") or ""), review)


def overdue(by_hand: ByHand, today: dt.date) -> list[str]:
    """What is past its date of review, a sentence each."""
    late = [f"{key} was to be reviewed by {due}" for key, due in by_hand.reviews.items() if due < today]
    return late + [
        f"the decision “{one.decision}” was to be reviewed by {one.review}"
        for one in by_hand.decisions
        if one.review and one.review < today
    ]


def assurance(folder: Path, by_hand: ByHand) -> str:
    """The file, from a results folder and what people have written."""
    saved = open_folder(folder)
    found = saved.document(UNCERTAINTY, UncertaintyDocument) if UNCERTAINTY in saved.manifest.files else None
    parts = [_head(saved, by_hand), _stress(saved, by_hand, found), _stages(saved, by_hand, found), _decisions(by_hand)]
    parts += [_assumptions(saved), _data(saved, by_hand), _test_plan(saved, found)]
    return "\n\n".join(parts) + "\n"


def empty_fields(text: str) -> int:
    """How many places are still to be written by people."""
    return text.count(EMPTY)


def _said(by_hand: ByHand, key: str) -> str:
    return by_hand.texts.get(key) or EMPTY


def _head(saved: SavedFolder, by_hand: ByHand) -> str:
    manifest = saved.manifest
    names = ", ".join(f"`{name}` ({one.title})" for name, one in saved.scenarios.items())
    return "\n".join(
        [
            "# Assurance of an analysis",
            "",
            f"Scenarios: {names}. Runs: {', '.join(f'{name} {number}' for name, number in manifest.runs.items())}; seed {manifest.seed}. "
            f"Made with {manifest.tool.name} {manifest.tool.version or ''}, commit {manifest.commit or 'not recorded'}, model {manifest.model_version}, "
            f"metrics {manifest.metrics_version}, Python {manifest.python}.",
            f"Experiment {manifest.experiment}. Written by people: {by_hand.written or EMPTY}.",
        ]
    )


def _stress(saved: SavedFolder, by_hand: ByHand, found: UncertaintyDocument | None) -> str:
    """Every item of STRESS-DES."""
    base = next(iter(saved.scenarios.values()))
    period = base.settings.period
    questions = "; ".join(f"`{name}`: {one.question or one.context}" for name, one in saved.scenarios.items())
    changes = "; ".join(
        f"`{name}`: " + ", ".join(f"{one.date} {one.why}" for one in scenario.changes)
        for name, scenario in saved.scenarios.items()
        if scenario.changes
    )
    groups = ", ".join(one.label for one in base.settings.groups.values())
    packages = ", ".join(f"{name} {version}" for name, version in saved.manifest.packages.items())
    summary = evidence_summary(base.evidence)
    counts = ", ".join(f"{count} {quality}" for quality, count in summary.counts.items())
    items = [
        ("1.1 Purpose of the model", _said(by_hand, "purpose")),
        ("1.2 Model outputs", f"{', '.join(BY_NAME[name].label for name in HEADLINES)}; all {len(BY_NAME)} metrics are defined in docs/reference/metrics.md"),
        ("1.3 Experimentation aims", questions),
        ("2.1 Base model overview", "docs/model.md: customers arrive, are booked, seen or missed; coaches work, tire, fall ill, leave and are replaced"),
        ("2.2 Base model logic", "docs/model.md, section by section with the place in the code of each mechanism"),
        ("2.3 Scenario logic", changes or "No input changes at a date"),
        ("2.4 Algorithms", "Order of an instant, search for a start in diaries, drawn times: docs/model.md and docs/engines.md"),
        ("2.5.1 Entities", f"Customers ({groups}), work coaches, appointments, admin tasks, unscheduled contacts"),
        ("2.5.2 Activities", "Conversations, admin, safeguarding, meetings, training, leave and sickness"),
        ("2.5.3 Resources", f"{base.settings.office.coaches} work coaches at the start, in {base.settings.demand.posts} posts' worth of demand; diaries of {base.settings.office.slot_minutes} minutes a slot"),
        ("2.5.4 Queues", "Diaries by starts offered; walk-ins with patience and priority; admin by due date; vacancies"),
        ("2.5.5 Entry and exit points", "Claims and moves between groups; work, closed claims, end of contact; hiring and notice"),
        ("3.1 Data sources", f"{len(_ids(saved))} published findings are used: the data log below"),
        ("3.2 Pre-processing", "Arithmetic of each derived input stands in its note: the data log below"),
        ("3.3 Input parameters", f"{summary.total} inputs of the base: {counts}; docs/reference/figures.md declares them with units and limits"),
        ("3.4 Assumptions", "The assumptions log below"),
        ("4.1 Initialisation", f"A warm-up of {period.warmup_weeks} weeks from stocks in balance; whether it was long enough: steadiness.csv"),
        ("4.2 Run length", f"{period.weeks} weeks counted from {period.start}"),
        ("4.3 Estimation approach", f"{min(saved.manifest.runs.values())} replications, {saved.manifest.intervals} intervals at 95 %; common random numbers between scenarios"),
        ("5.1 Software", packages),
        ("5.2 Random sampling", f"Philox, keyed by seed {saved.manifest.seed}, run, purpose and person: docs/engines.md"),
        ("5.3 Model execution", "Discrete events in two engines that give the same log, which `jobcentre verify` shows"),
        ("5.4 System", saved.manifest.system),
        ("6.1 Code access", _said(by_hand, "access")),
    ]  # fmt: skip
    if found is not None:
        items.append(("Uncertainty of inputs", f"{found.inputs} inputs, {found.draws} draws: the test plan below"))
    return "\n".join(["## STRESS-DES", "", *_table(("item", "answer"), items)])


def _stages(saved: SavedFolder, by_hand: ByHand, found: UncertaintyDocument | None) -> str:
    commands = "; ".join(f"{one.get('began')}: `{_line(one)}`" for one in saved.manifest.commands)
    open_input = next_to_find_out(found) if found else None
    rows = [
        ("Engagement and scoping", f"Purpose: {_said(by_hand, 'purpose')}. Commissioner: {_said(by_hand, 'commissioner')}."),
        ("Design", f"Scenarios with reasons in scenarios/ of the folder. Analysts: {_said(by_hand, 'analysts')}."),
        ("Analysis", f"Commands, with the time at which each began: {commands}. Digests of every run and file: manifest.json."),
        (
            "Delivery and sign-off",
            f"Limits: {_said(by_hand, 'limits')}. Checked: {_said(by_hand, 'approved_by')}. Multi-use model: each new use needs a purpose of its own.",
        ),
        ("Next to find out", input_name(open_input) if open_input else "not tested: `jobcentre compare ... --uncertainty`"),
    ]
    return "\n".join(["## Log by stage (AQuA Book)", "", *_table(("stage", "record"), rows)])


def _decisions(by_hand: ByHand) -> str:
    rows = [(str(one.date), one.decision, one.why, str(one.review or "–")) for one in by_hand.decisions]
    return "\n".join(["## Decisions log", "", *(_table(("date", "decision", "why", "review by"), rows) if rows else [EMPTY])])


def _assumptions(saved: SavedFolder) -> str:
    rows = []
    for name, path, value, one in _evidence(saved):
        if one.quality == "assumed":
            span = f"{one.range[0]:g} to {one.range[1]:g}" if one.range else "–"
            rows.append((name, f"`{path}`", value, span, one.prior if one.range else "–", one.note or one.why))
    header = ("scenario", "input", "value", "range", "prior", "why")
    return "\n".join(["## Assumptions log", "", f"{len(rows)} inputs are assumed.", "", *_table(header, rows)])


def _data(saved: SavedFolder, by_hand: ByHand) -> str:
    rows = []
    publications = load_sources()
    for name, path, value, one in _evidence(saved):
        if one.quality in (None, "assumed"):
            continue
        sources = "; ".join(
            f"{source}: {', '.join(f'{found.title} ({found.publisher}, {found.date})' for found in publications_of(source, publications)) or 'not in scenarios/sources.yaml'}"
            for source in one.source
        )
        dues = [str(by_hand.reviews[key]) for key in (path, *one.source) if key in by_hand.reviews]
        rows.append((name, f"`{path}`", value, one.quality or "", sources, one.note, min(dues, default="no date")))
    header = ("scenario", "input", "value", "quality", "source", "note", "review by")
    return "\n".join(["## Data log", "", *_table(header, rows)])


def _test_plan(saved: SavedFolder, found: UncertaintyDocument | None) -> str:
    failed = len(saved.manifest.failed)
    rows = [
        (
            "Runs can be made again",
            "`jobcentre reproduce manifest.json`",
            "digests of every run are in the manifest; result not recorded here",
        ),
        ("Both engines agree", "`jobcentre verify FILE...`", "result not recorded here"),
        ("Runs ended well", "manifest.json", "all" if not failed else f"{failed} failed"),
        ("Files are as written", "SHA-256 of each in manifest.json", "checked when this was made"),
        ("Warm-up and drift", "steadiness.csv", "see the report"),
        ("Predictions against published figures", "`jobcentre validate`", "docs/results/baseline.md of the version used"),
        ("Uncertain inputs", "`jobcentre compare ... --uncertainty`", "below" if found else "not tested"),
    ]
    lines = ["## Test plan with results", "", *_table(("what", "how", "result"), rows)]
    if found is not None:
        lines += ["", *(f"- {finding(one, pair)}" for one in found.metrics for pair in one.pairs)]
    return "\n".join(lines)


def _evidence(saved: SavedFolder) -> list[tuple[str, str, str, Evidence]]:
    """Inputs with what is known of each: all of the first scenario, and those in which others differ from it."""
    found: list[tuple[str, str, str, Evidence]] = []
    first: Scenario | None = None
    for name, scenario in saved.scenarios.items():
        for path, one in scenario.evidence.items():
            value = value_text(value_at(scenario, path))
            if first is None or path not in first.evidence or value_text(value_at(first, path)) != value:
                found.append((name, path, value, one))
        for change in scenario.changes:
            found += [(name, path, f"{value_text(change.set.get(path))} from {change.date}", one) for path, one in change.evidence.items()]
        first = first or scenario
    return found


def _ids(saved: SavedFolder) -> set[str]:
    return {source for _, _, _, one in _evidence(saved) for source in one.source} - {"assumed"}


def _line(command: Mapping[str, Any]) -> str:
    words = command.get("command_line") or []
    return " ".join(map(str, words)) if isinstance(words, list) else str(words)


def _table(header: tuple[str, ...], rows: list[Any]) -> list[str]:
    def cell(value: object) -> str:
        return str(value).replace("|", "\\|").replace("\n", " ")

    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
