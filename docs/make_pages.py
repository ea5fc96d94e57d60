"""The pages of docs/ that are made from the code: figures, scenarios, assumptions, metrics, commands, the picture of the rooms.

`python -m docs.make_pages` writes them; a test tells when they are out of date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import typer

from docs.layers import layers_svg
from jobcentre.commands.app import app
from jobcentre.metrics import METRICS
from jobcentre.report.evidence import value_at, value_text
from jobcentre.scenario import Scenario, load
from jobcentre.scenario.evidence import evidence_summary
from jobcentre.scenario.files import PACKAGE_SCENARIOS, scenario_files
from jobcentre.scenario.input_table import markdown
from jobcentre.scenario.schema_paths import node_at

FOLDER = Path(__file__).resolve().parent
_MADE = "Made by `make docs`; not written by hand."
_QUALITIES = {
    "measured": "official statistics, management information, a trial or a cohort",
    "reported": "audit, press, union or another second-hand summary",
    "policy": "a rule or an intention",
    "testimony": "what individuals said",
    "derived": "arithmetic on sourced figures, shown in the note",
    "assumed": "nobody has published it",
}


def scenarios_page() -> str:
    """Every scenario file: what it asks, what it extends, what it is compared with and what it should move."""
    own = [load(path) for path in scenario_files(PACKAGE_SCENARIOS) if path.parent == PACKAGE_SCENARIOS]
    catalogue = sorted((one for one in own if one.catalogue), key=lambda one: (_in_order(one.catalogue), _in_order(one.name)))
    beside = [one for one in own if not one.catalogue]
    theory = [load(path) for path in scenario_files(PACKAGE_SCENARIOS) if path.parent != PACKAGE_SCENARIOS]
    head = ("scenario", "what it is", "question or context", "extends", "compared with", "should move")
    return "\n\n".join([
        "# Scenario files",
        f"{_MADE} `jobcentre show NAME --diff PARENT` says what a file changes, and why. *Should move* is what the authors expected "
        "before any run, corrected only where a comment in the file says why; `same` means no difference that matters, and a metric "
        "with a group's name behind a dot is that of the group.",
        "## The catalogue",
        "The questions in order, S0 to S25; each has one file a variant. A file says its id under `catalogue`, and `jobcentre scenarios` "
        "lists it.",
        _table(("id", *head), [(one.catalogue, *_scenario_row(one)) for one in catalogue]),
        "## Beside the catalogue",
        "Cases that others are compared with, parts of the surge, Way to Work, and the workload for measuring speed.",
        _table(head, [_scenario_row(one) for one in beside]),
        "## In `scenarios/theory/`",
        "Cases with a known answer. They are ordinary scenario files, so that the model itself is tested and not a copy of it.",
        _table(head, [_scenario_row(one) for one in theory]),
    ]) + "\n"  # fmt: skip


def _in_order(name: str) -> list[str | int]:
    """A key that puts S9 before S10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _scenario_row(scenario: Scenario) -> Sequence[str]:
    moves = ", ".join(f"`{metric}` {way}" for metric, way in scenario.moves.items())
    parent = f"`{scenario.extends[0]}`" if scenario.extends else ""
    other = f"`{scenario.compared_with}`" if scenario.compared_with else ""
    return f"`{scenario.name}`", scenario.title, scenario.question, parent, other, moves


def assumptions_page() -> str:
    """What the baseline rests on: figures by quality, and each that is assumed."""
    scenario = load(PACKAGE_SCENARIOS / "baseline.yaml")
    summary = evidence_summary(scenario.evidence)
    counts = [(quality, str(summary.counts[quality]), meaning) for quality, meaning in _QUALITIES.items()]
    return "\n\n".join([
        "# What the baseline assumes",
        f"{_MADE} Of {summary.total} figures of `scenarios/baseline.yaml`, {len(summary.assumed)} are assumed: no source gives them, so a "
        "value and a range were chosen. A distribution counts as one figure.",
        _table(("quality", "figures", "meaning"), counts),
        "## The assumed figures",
        "The range is what the authors think possible; the note says why this value. Try another with `--set PATH=VALUE`.",
        _table(("figure", "value", "unit", "range", "note"), [_assumed(scenario, path) for path in summary.assumed]),
    ]) + "\n"  # fmt: skip


def metrics_page() -> str:
    """Every metric: what it means, in which unit, which way is better, and what matters."""
    rows = [
        (f"`{one.name}`", one.label, one.unit, one.definition, one.better or "", f"{one.matters:g}", "yes" if one.by_group else "")
        for one in METRICS
    ]
    return "\n\n".join([
        "# Metrics",
        f"{_MADE} {len(rows)} metrics, each worked out from the event log. *Matters* is the smallest difference that would matter, in the "
        "metric's unit; it is assumed. A metric with *by group* can be written with a customer group, as in `missed_share@lcw`.",
        _table(("metric", "label", "unit", "definition", "better", "matters", "by group"), rows),
    ]) + "\n"  # fmt: skip


def commands_page() -> str:
    """Every command: an example, what it does, its arguments and options."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return "\n\n".join(["# Commands", f"{_MADE} `jobcentre COMMAND -h` says the same.", *_commands(group)]) + "\n"


def _commands(group: typer.core.TyperGroup) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        example = getattr(command, "example", "")
        yield f"## {name}"
        if example:
            yield f"    {example}"
        yield " ".join((command.help or "").split())
        rows = [
            (", ".join(f"`{word}`" for word in (*one.opts, *one.secondary_opts)), " ".join((getattr(one, "help", None) or "").split()))
            for one in command.params
            if not getattr(one, "hidden", False)
        ]
        if rows:
            yield _table(("argument or option", "what it does"), rows)


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/figures.md": markdown,
    "reference/scenarios.md": scenarios_page,
    "reference/assumptions.md": assumptions_page,
    "reference/metrics.md": metrics_page,
    "reference/commands.md": commands_page,
    "layers.svg": layers_svg,
}


def _assumed(scenario: Scenario, path: str) -> Sequence[str]:
    said, spot = scenario.evidence[path], node_at(path.split("."))
    span = f"{said.range[0]:g} to {said.range[1]:g}" if said.range else ""
    return f"`{path}`", value_text(value_at(scenario, path)), spot.unit if spot else "", span, said.note


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows])


def main() -> None:
    """Writes the pages."""
    (FOLDER / "reference").mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
