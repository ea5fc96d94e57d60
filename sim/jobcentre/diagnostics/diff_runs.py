"""The first event at which two runs differ, and what led to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jobcentre.diagnostics.divergence import RunComparison, RunSide, Snapshot
from jobcentre.diagnostics.divergence_text import LAST_SHARED, concerned, names_of, people_text, rows_about
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
    for source, prepared in zip(sources, inputs, strict=True):
        if prepared is None:
            logs.append(_known(source, log_of(source, run, seed, engine)))
            ended.append("")
        else:
            played = play_through(prepared, seed, run, chosen)
            logs.append(played.log)
            ended.append(played.stopped)
    row = first_difference(logs[0].rows, logs[1].rows)
    first, second = (
        RunSide(source, log, stopped, _moment(prepared, seed, run, chosen, row))
        for source, log, stopped, prepared in zip(sources, logs, ended, inputs, strict=True)
    )
    return RunComparison(row, first, second)


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


def difference_text(comparison: RunComparison) -> str:
    """The whole account, as plain text."""
    if comparison.equal:
        return f"Equal: {len(comparison.one.log.rows):,} rows, digest {comparison.one.log.digest}\n"
    sides = (comparison.one, comparison.other)
    lines = [f"A: {comparison.one.name}", f"B: {comparison.other.name}", "", *_headline(comparison)]
    if comparison.row >= 0:
        lines += ["", *(f"{letter}: {_event_of(side, comparison.row)}" for letter, side in zip("AB", sides, strict=True))]
        apart_columns = _columns(comparison)
        if apart_columns:
            lines += ["", "Columns that differ (A | B):", *(f"  {name}: {value_a} | {value_b}" for name, value_a, value_b in apart_columns)]
        about, before = shared_before(comparison)
        if before:
            lines += ["", f"What both wrote last{about}:", *(f"  {text}" for text in before)]
        lines += _offices_in_text(comparison)
    return "\n".join(lines) + "\n"


def difference_document(comparison: RunComparison, seed: int, run: int) -> dict[str, Any]:
    """The account as values for JSON."""
    sides = {"a": comparison.one, "b": comparison.other}
    return {
        "equal": comparison.equal, "row": comparison.row if comparison.row >= 0 else None, "seed": seed, "run": run,
        "runs": {
            letter: {
                "source": side.name, "rows": len(side.log.rows), "digest": side.log.digest, "stopped": side.stopped or None,
                "event": _event_of(side, comparison.row) if comparison.row >= 0 else None, "office": office(side, comparison),
            }
            for letter, side in sides.items()
        },
        "columns": [{"column": name, "a": value_a, "b": value_b} for name, value_a, value_b in _columns(comparison)],
        "before": shared_before(comparison)[1] if comparison.row > 0 else [],
        "text": difference_text(comparison),
    }  # fmt: skip


def shared_before(comparison: RunComparison) -> tuple[str, list[str]]:
    """The last equal rows about the coaches and customers of the first different row, and a phrase that names them; else any rows."""
    rows = comparison.one.log.rows[: max(0, comparison.row)]
    coaches, customers = concerned(_rows(comparison))
    about = rows_about(rows, coaches, customers)
    shared, about_whom = (about, f" about {people_text(coaches, customers)}") if len(about) else (rows, "")
    return about_whom, [sentence(row, *names_of(comparison.one.log)) for row in shared[-LAST_SHARED:]]


def office(side: RunSide, comparison: RunComparison) -> dict[str, str]:
    """Facts on the office just before the row; none for a kept log."""
    if side.moment is None:
        return {}
    groups, first = names_of(side.log)
    step = step_text(side.moment.step, side.moment.post) if side.moment.step else "none: the log has ended"
    about = office_facts(side.moment.office, *concerned(_rows(comparison)), groups, first)
    return {"clock": moment_of(side.moment.now, first), "next step": step, **about}


def _headline(comparison: RunComparison) -> list[str]:
    lines = []
    a, b = comparison.one, comparison.other
    if comparison.row >= 0:
        lines.append(f"The runs first differ at row {comparison.row:,} of the log.")
    if a.log.first_day != b.log.first_day:
        lines.append(f"They begin on different days: {a.log.first_day} | {b.log.first_day}.")
    if a.log.group_names != b.log.group_names:
        lines.append(f"Their customer groups differ: {', '.join(a.log.group_names)} | {', '.join(b.log.group_names)}.")
    if a.stopped != b.stopped:
        lines.append(f"They do not end alike: {a.stopped or 'ended'} | {b.stopped or 'ended'}.")
    return lines


def _event_of(side: RunSide, row: int) -> str:
    if row >= len(side.log.rows):
        return f"its log ends after {len(side.log.rows):,} rows" + (f"; {side.stopped}" if side.stopped else "")
    return sentence(side.log.rows[row], *names_of(side.log))


def _rows(comparison: RunComparison) -> list[np.ndarray]:
    logs = (comparison.one.log, comparison.other.log)
    return [log.rows[comparison.row] for log in logs if 0 <= comparison.row < len(log.rows)]


def _columns(comparison: RunComparison) -> Sequence[tuple[str, int, int]]:
    rows = _rows(comparison)
    # of two kinds the columns hold different things
    return differing_columns(rows[0], rows[1]) if len(rows) == 2 and rows[0][ev.KIND] == rows[1][ev.KIND] else []


def _offices_in_text(comparison: RunComparison) -> list[str]:
    facts_a, facts_b = office(comparison.one, comparison), office(comparison.other, comparison)
    if not (facts_a or facts_b):
        return []
    if not (facts_a and facts_b):
        letter, known = ("A", facts_a) if facts_a else ("B", facts_b)
        return ["", f"The office of {letter} just before that row:", *(f"  {name}: {text}" for name, text in known.items())]
    lines = ["", "Both offices just before that row (A | B where they differ):"]
    for name in dict.fromkeys([*facts_a, *facts_b]):
        a, b = facts_a.get(name, "–"), facts_b.get(name, "–")
        lines.append(f"  {name}: {a}" if a == b else f"  {name}: {a} | {b}")
    return lines
