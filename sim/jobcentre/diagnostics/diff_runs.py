"""The first event at which two runs differ, and what led to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from jobcentre.diagnostics.divergence import RunComparison, RunSide, Snapshot
from jobcentre.diagnostics.divergence_text import LAST_SHARED, NOT_A_CUSTOMER
from jobcentre.diagnostics.event_text import differing_columns, moment_of, sentence
from jobcentre.diagnostics.office_text import office_facts, step_text
from jobcentre.diagnostics.replay import moment_before, play_through
from jobcentre.diagnostics.verify import first_difference
from jobcentre.model import Engine, EventLog, Inputs, prepare
from jobcentre.model import events as ev
from jobcentre.scenario import load
from jobcentre.scenario.errors import usage_error
from jobcentre.studies.request import engine_of, inputs_from_options, log_of

_KINDS = np.array([int(kind) for kind in ev.Event])


def first_difference_of_runs(sources: tuple[str, str], run: int, seed: int, engine: str, sets: Sequence[str] = ()) -> RunComparison:
    """The first row at which two runs differ.

    A source is a kept event log (.parquet) or a scenario, whose run of this number and seed is made; of such a run the
    office just before that row is known too.
    """
    chosen = engine_of(engine)
    inputs = [None if _is_log(source) else prepare(load(source, inputs_from_options(sets))) for source in sources]
    logs: list[EventLog] = []
    ended: list[str] = []
    for source, given in zip(sources, inputs, strict=True):
        if given is None:
            logs.append(_known(source, log_of(source, run, seed, engine)))
            ended.append("")
        else:
            played = play_through(given, seed, run, chosen)
            logs.append(played.log)
            ended.append(played.stopped)
    row = first_difference(logs[0].rows, logs[1].rows)
    one, other = (
        RunSide(source, log, stopped, _moment(given, seed, run, chosen, row))
        for source, log, stopped, given in zip(sources, logs, ended, inputs, strict=True)
    )
    return RunComparison(row, one, other)


def _is_log(source: str) -> bool:
    return source.endswith(".parquet")


def _moment(inputs: Inputs | None, seed: int, run: int, engine: Engine, row: int) -> Snapshot | None:
    return None if inputs is None or row < 0 else moment_before(inputs, seed, run, engine, row)


def _known(source: str, log: EventLog) -> EventLog:
    """The log, if this version knows every kind of event in it."""
    unknown = np.setdiff1d(log.rows[:, ev.KIND], _KINDS)
    if len(unknown):
        message = f"holds events of a kind that is not known here ({unknown[0]})"
        raise usage_error(source, message, "it was kept by another version, or is no event log")
    return log


def difference_text(apart: RunComparison) -> str:
    """The whole account, as plain text."""
    if apart.equal:
        return f"Equal: {len(apart.one.log.rows):,} rows, digest {apart.one.log.digest}\n"
    sides = (apart.one, apart.other)
    lines = [f"A: {apart.one.name}", f"B: {apart.other.name}", "", *_headline(apart)]
    if apart.row >= 0:
        lines += ["", *(f"{letter}: {_said(side, apart.row)}" for letter, side in zip("AB", sides, strict=True))]
        apart_columns = _columns(apart)
        if apart_columns:
            lines += ["", "Columns that differ (A | B):", *(f"  {name}: {mine} | {theirs}" for name, mine, theirs in apart_columns)]
        about, before = shared_before(apart)
        if before:
            lines += ["", f"What both wrote last{about}:", *(f"  {text}" for text in before)]
        lines += _offices_in_text(apart)
    return "\n".join(lines) + "\n"


def difference_document(apart: RunComparison, seed: int, run: int) -> dict[str, Any]:
    """The account as values for JSON."""
    sides = {"a": apart.one, "b": apart.other}
    return {
        "equal": apart.equal, "row": apart.row if apart.row >= 0 else None, "seed": seed, "run": run,
        "runs": {
            letter: {
                "source": side.name, "rows": len(side.log.rows), "digest": side.log.digest, "stopped": side.stopped or None,
                "event": _said(side, apart.row) if apart.row >= 0 else None, "office": office(side, apart),
            }
            for letter, side in sides.items()
        },
        "columns": [{"column": name, "a": mine, "b": theirs} for name, mine, theirs in _columns(apart)],
        "before": shared_before(apart)[1] if apart.row > 0 else [],
        "text": difference_text(apart),
    }  # fmt: skip


def shared_before(apart: RunComparison) -> tuple[str, list[str]]:
    """Whom the last equal rows are about, and those rows; any, where none are about the coaches and customers concerned."""
    rows = apart.one.log.rows[: max(0, apart.row)]
    coaches, customers = _concerned(apart)
    about = np.isin(rows[:, ev.CUSTOMER], customers) & ~np.isin(rows[:, ev.KIND], NOT_A_CUSTOMER)
    about |= np.isin(rows[:, ev.COACH], coaches)
    names = ", ".join([*(f"coach {coach}" for coach in coaches), *(f"customer {customer}" for customer in customers)])
    found, who = (rows[about], f" about {names}") if about.any() else (rows, "")
    return who, [sentence(row, *_names(apart.one)) for row in found[-LAST_SHARED:]]


def office(side: RunSide, apart: RunComparison) -> dict[str, str]:
    """Facts on the office just before the row; none for a kept log."""
    if side.moment is None:
        return {}
    groups, first = _names(side)
    step = step_text(side.moment.step, side.moment.post) if side.moment.step else "none: the log has ended"
    about = office_facts(side.moment.office, *_concerned(apart), groups, first)
    return {"clock": moment_of(side.moment.now, first), "next step": step, **about}


def _headline(apart: RunComparison) -> list[str]:
    lines = []
    mine, theirs = apart.one, apart.other
    if apart.row >= 0:
        lines.append(f"The runs first differ at row {apart.row:,} of the log.")
    if mine.log.first_day != theirs.log.first_day:
        lines.append(f"They begin on different days: {mine.log.first_day} | {theirs.log.first_day}.")
    if mine.log.group_names != theirs.log.group_names:
        lines.append(f"Their customer groups differ: {', '.join(mine.log.group_names)} | {', '.join(theirs.log.group_names)}.")
    if mine.stopped != theirs.stopped:
        lines.append(f"They do not end alike: {mine.stopped or 'ended'} | {theirs.stopped or 'ended'}.")
    return lines


def _said(side: RunSide, row: int) -> str:
    if row >= len(side.log.rows):
        return f"its log ends after {len(side.log.rows):,} rows" + (f"; {side.stopped}" if side.stopped else "")
    return sentence(side.log.rows[row], *_names(side))


def _rows(apart: RunComparison) -> list[np.ndarray]:
    logs = (apart.one.log, apart.other.log)
    return [log.rows[apart.row] for log in logs if 0 <= apart.row < len(log.rows)]


def _columns(apart: RunComparison) -> Sequence[tuple[str, int, int]]:
    rows = _rows(apart)
    # of two kinds the columns hold different things
    return differing_columns(rows[0], rows[1]) if len(rows) == 2 and rows[0][ev.KIND] == rows[1][ev.KIND] else []


def _offices_in_text(apart: RunComparison) -> list[str]:
    mine, theirs = office(apart.one, apart), office(apart.other, apart)
    if not (mine or theirs):
        return []
    if not (mine and theirs):
        letter, known = ("A", mine) if mine else ("B", theirs)
        return ["", f"The office of {letter} just before that row:", *(f"  {name}: {text}" for name, text in known.items())]
    lines = ["", "Both offices just before that row (A | B where they differ):"]
    for name in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(name, "–"), theirs.get(name, "–")
        lines.append(f"  {name}: {one}" if one == other else f"  {name}: {one} | {other}")
    return lines


def _concerned(apart: RunComparison) -> tuple[list[int], list[int]]:
    rows = _rows(apart)
    coaches = sorted({int(row[ev.COACH]) for row in rows} - {-1})
    customers = sorted({int(row[ev.CUSTOMER]) for row in rows if row[ev.KIND] not in NOT_A_CUSTOMER} - {-1})
    return coaches, customers


def _names(side: RunSide) -> tuple[tuple[str, ...], dt.date]:
    return side.log.group_names, dt.date.fromisoformat(side.log.first_day)
