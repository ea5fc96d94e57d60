"""What must be warned of when results had not settled, or do not last: plain sentences, one scenario each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sim.metrics import BY_NAME
from sim.reporting.tables import shown
from sim.settled import Steadiness


def warnings(rows: Sequence[Steadiness]) -> list[str]:
    """A sentence for each scenario whose first counted weeks still settle, and for each that drifts while it is counted."""
    said = []
    for scenario, found in groupby(rows, key=lambda row: row.scenario):
        mine = list(found)
        if unsettled := [row for row in mine if row.settled == "no"]:
            said.append(_unsettled(scenario, unsettled))
        if drifting := [row for row in mine if row.drifts == "yes"]:
            said.append(_drifting(scenario, drifting))
    return said


def _unsettled(scenario: str, rows: Sequence[Steadiness]) -> str:
    latest = max(rows, key=lambda row: row.mser_weeks or 0)
    weeks = (latest.mser_weeks or 0) - latest.warmup_weeks
    begin = "the first counted week still settles" if weeks == 1 else f"the first {weeks} counted weeks still settle"
    moved = _by(latest.metric, latest.shift, latest.shift_low, latest.shift_high)
    return (
        f"{scenario}: {begin}: period.warmup_weeks is {latest.warmup_weeks}, MSER-5 asks for {latest.mser_weeks}. "
        f"Counting from there moves {_label(latest.metric)} by {moved}{_and_more(len(rows) - 1)}."
    )


def _drifting(scenario: str, rows: Sequence[Steadiness]) -> str:
    first = rows[0]
    moved, before = _by(first.metric, first.change, first.low, first.high), first.looked_weeks - first.warmup_weeks
    changes = f" (its own figures change after {before} of them)" if 0 < before < first.weeks else ""
    return (
        f"{scenario} drifts while it is counted: {_label(first.metric)} by {moved} over the {first.weeks} weeks{changes}"
        f"{_and_more(len(rows) - 1)}. Figures per year describe these weeks and would not stay as they are."
    )


def _label(metric: str) -> str:
    return BY_NAME[metric].label.lower()


def _and_more(others: int) -> str:
    return "" if not others else ", and one more figure" if others == 1 else f", and {others} more figures"


def _by(metric: str, mean: float | None, low: float | None, high: float | None) -> str:
    """A change with its interval in its unit."""
    declared = BY_NAME[metric]
    middle, bottom, top = (shown(value, declared.unit, signed=True) for value in (mean, low, high))
    unit = "" if " " in middle or "£" in middle or declared.unit == "ratio" else f" {declared.unit}"
    return f"{middle}{unit} (95 % interval {bottom.removesuffix(' points')} to {top.removesuffix(' points')})"
