"""What the command select prints: its document, its table, its notes."""

from __future__ import annotations

from typing import Any

from jobcentre.metrics import BY_NAME
from jobcentre.report.tables import PER_CENT, Rows, format_value
from jobcentre.runs.folder import Experiment, json_ready
from jobcentre.studies.selection import Selected


def selected_document(found: Selected, asked: Experiment, max_runs: int, engine: str) -> dict[str, Any]:
    """What `select --json` prints."""
    return {
        **found.question.plan,
        "max_runs": max_runs,
        "seed": asked.seed,
        "engine": engine,
        "folder": str(asked.folder),
        "decided": found.decided,
        "selected": found.left[0] if found.decided else None,
        "left": found.left,
        "runs": found.runs,
        "statement": statement(found),
        "scenarios": json_ready(found.rows),
        "failed": [{"scenario": run.scenario, "point": run.point, "run": run.run, "message": run.failure} for run in found.failed],
    }


def selected_cells(found: Selected) -> Rows:
    """One row per scenario."""
    unit = BY_NAME[found.question.metric].unit
    kept = "selected" if found.decided else "left"
    gone = (kept if row.left else f"dropped after {row.eliminated_at_run} runs, behind {row.eliminated_by}" for row in found.rows)
    return [(row.scenario, str(row.runs), format_value(row.mean, unit), what) for row, what in zip(found.rows, gone, strict=True)]


def selected_notes(found: Selected) -> list[str]:
    """What must be said beside the answer."""
    said = [f"Run {run.run} of {run.scenario} failed and is left out everywhere: {run.failure}" for run in found.failed]
    said.append(
        "For chance between runs only; doubt about the figures themselves is not in it. Means are those of the runs' own values "
        "(summary.csv has sum over sum), and are no fair estimates: the runs ended because of them."
    )
    said.append("Coaches in the model are numbers: results must not be used to judge or predict a named member of staff.")
    return said


def statement(found: Selected) -> str:
    """What may be said of the scenario selected, or which ones are left."""
    question = found.question
    declared = BY_NAME[question.metric]
    label, many = declared.label.lower(), len(found.rows)
    zone = format_value(question.indifference, declared.unit, signed=True).lstrip("+")
    if declared.unit not in PER_CENT and "pound" not in declared.unit:
        zone += f" {declared.unit}"
    if found.decided:
        return (
            f"With {100 * question.confidence:g} % probability {found.left[0]} is the best of these {many} in {label} "
            f"({question.better} is better), or within {zone} of the best. This takes the values of runs for about normal."
        )
    left = ", ".join(found.left)
    if not any(row.runs for row in found.rows):
        return f"Not decided: none of {found.runs} runs has a value of {label} in every scenario. Left: {left}."
    return f"Not decided after {found.runs} runs: {len(found.left)} of {many} scenarios are left ({left}). More --max-runs go on from here."
