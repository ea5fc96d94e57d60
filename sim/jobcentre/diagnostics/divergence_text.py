"""Where the two engines part, in words: the rows, what both wrote before, and both offices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from jobcentre.diagnostics.divergence import Divergence, FieldDifference, Snapshot, Verification
from jobcentre.diagnostics.event_text import differing_columns, moment_of, sentence
from jobcentre.diagnostics.office_text import office_facts, step_text
from jobcentre.model import ENGINES
from jobcentre.model import events as ev

LAST_SHARED = 5
NOT_A_CUSTOMER = (ev.Event.OFFICE, ev.Event.COACH_DAY)


def outcome(one: Verification) -> str:
    """One line on a scenario whose runs are equal."""
    runs = f"{one.runs} run{'s' * (one.runs != 1)}"
    stopped = "".join(f"; {text}" for text in dict.fromkeys(one.stopped))
    return f"{one.scenario}: {runs}, {one.rows:,} rows, equal{f' ({len(one.stopped)} stopped alike{stopped})' if one.stopped else ''}"


def verify_document(found: Sequence[Verification], seed: int) -> dict[str, Any]:
    """What `verify --json` prints."""
    scenarios = [
        {
            "scenario": one.scenario, "runs": one.runs, "rows": one.rows, "equal": one.divergence is None, "digests": one.digests,
            "stopped": one.stopped, "parting": None if one.divergence is None else divergence_document(one.divergence),
        }
        for one in found
    ]  # fmt: skip
    return {"seed": seed, "equal": all(one.divergence is None for one in found), "scenarios": scenarios}


def divergence_text(parting: Divergence) -> str:
    """The whole account, as plain text."""
    lines = [f"{parting.scenario}, seed {parting.seed}, run {parting.run}: {_headline(parting)}", ""]
    lines += [f"the {engine} engine: {text}" for engine, text in own_rows(parting).items()]
    rows = [row for engine in ENGINES if (row := parting.row_of(engine)) is not None]
    if len(rows) == len(ENGINES):
        lines += ["", "Columns that differ (compiled | simpy):"]
        lines += [f"  {name}: {mine} | {theirs}" for name, mine, theirs in differing_columns(rows[0], rows[1])]
    if parting.row > 0:
        lines += ["", f"What both wrote last about {_about(parting)}:", *(f"  {text}" for text in shared_before(parting))]
    told = side_by_side(parting)
    if told:
        lines += ["", "Both offices just before that row (compiled | simpy where they differ):"]
        lines += [f"  {name}: {mine}" if mine == theirs else f"  {name}: {mine} | {theirs}" for name, (mine, theirs) in told.items()]
    lines += ["", *_silent_differences(parting), *_not_as_the_source_says(parting)]
    return "\n".join(lines).rstrip() + "\n"


def divergence_document(parting: Divergence) -> dict[str, Any]:
    """The account as values for JSON."""
    return {
        "scenario": parting.scenario, "seed": parting.seed, "run": parting.run,
        "row": parting.row if parting.row >= 0 else None,
        "engines": own_rows(parting),
        "stopped": {engine: parting.runs[engine].stopped or None for engine in ENGINES},
        "offices": {name: dict(zip(ENGINES, pair, strict=True)) for name, pair in side_by_side(parting).items()},
        "differences": [one._asdict() for one in parting.differences],
        "text": divergence_text(parting),
    }  # fmt: skip


def own_rows(parting: Divergence) -> dict[str, str]:
    """What each engine wrote at the row, or how it ended."""
    said: dict[str, str] = {}
    for engine in ENGINES:
        played, row = parting.runs[engine], parting.row_of(engine)
        text = f"its log ends after {len(played.log.rows):,} rows" if row is None else sentence(row, *_names(parting))
        said[engine] = text + (f"; {played.stopped}" if played.stopped else "")
    return said


def shared_before(parting: Divergence) -> list[str]:
    """The last rows, equal in both logs, about the coaches and customers concerned."""
    rows = parting.runs["compiled"].log.rows[: parting.row]
    coaches, customers = _concerned(parting)
    # two kinds hold something else in the customer's column
    about = np.isin(rows[:, ev.CUSTOMER], customers) & ~np.isin(rows[:, ev.KIND], NOT_A_CUSTOMER)
    about |= np.isin(rows[:, ev.COACH], coaches)
    return [sentence(row, *_names(parting)) for row in rows[about][-LAST_SHARED:]] or ["nothing"]


def side_by_side(parting: Divergence) -> dict[str, tuple[str, str]]:
    """Facts on both offices just before the row, by name; none where the office was only being set up."""
    found = []
    for engine in ENGINES:
        moment = parting.moments[engine]
        if moment is None:
            return {}
        found.append(_moment(moment, parting))
    return {name: (found[0].get(name, "–"), found[1].get(name, "–")) for name in dict.fromkeys([*found[0], *found[1]])}


def _moment(moment: Snapshot, parting: Divergence) -> dict[str, str]:
    coaches, customers = _concerned(parting)
    groups, first = _names(parting)
    step = step_text(moment.step, moment.post) if moment.step else "none: the log has ended"
    return {
        "clock": moment_of(moment.now, first),
        "next step": step,
        **office_facts(moment.office, coaches, customers, groups, first),
    }


def _headline(parting: Divergence) -> str:
    if parting.row >= 0:
        return f"the engines part at row {parting.row:,} of the log"
    one, other = (parting.runs[engine].stopped for engine in ENGINES)
    if one != other:
        return "the logs are equal, but the engines do not end alike: " + " | ".join(text or "ended" for text in (one, other))
    return "the logs are equal, but the engines leave different offices"


def _silent_differences(parting: Divergence) -> list[str]:
    when = "At the start of that day" if parting.row >= 0 else "At the end"
    if not parting.differences:
        return [f"{when} both offices were the same in every field."]
    return [f"{when} the offices differed already (compiled | simpy):", *(f"  {_difference(one)}" for one in parting.differences)]


def _difference(one: FieldDifference) -> str:
    return f"{one.what}{list(one.place) if one.place else ''}: {one.compiled} | {one.simpy}"


def _not_as_the_source_says(parting: Divergence) -> list[str]:
    """Told where an engine, played again from its source, does not write its own row."""
    lines = []
    for engine in ENGINES:
        moment, own = parting.moments[engine], parting.row_of(engine)
        if moment is None:
            continue
        again = moment.row
        if (again is None) == (own is None) and (again is None or own is None or np.array_equal(again, own)):
            continue
        text = "nothing" if again is None else sentence(again, *_names(parting))
        other = parting.row_of("simpy" if engine == "compiled" else "compiled")
        alike = again is not None and other is not None and np.array_equal(again, other)
        lines += [
            "",
            f"Played again from its source, step by step, the {engine} engine does not write its own row but "
            + ("that of the other engine." if alike else f"this: {text}"),
            "So the compiled code that ran is not what the source says: most likely it was compiled from older sources (a stale cache).",
            "Delete the folder of compiled code (JOBCENTRE_CACHE_DIR, or jobcentre in the user's cache folder) and verify again.",
        ]
    return lines


def _concerned(parting: Divergence) -> tuple[list[int], list[int]]:
    rows = [row for engine in ENGINES if (row := parting.row_of(engine)) is not None]
    coaches = sorted({int(row[ev.COACH]) for row in rows} - {-1})
    customers = sorted({int(row[ev.CUSTOMER]) for row in rows if row[ev.KIND] not in NOT_A_CUSTOMER} - {-1})
    return coaches, customers


def _about(parting: Divergence) -> str:
    coaches, customers = _concerned(parting)
    return ", ".join([*(f"coach {coach}" for coach in coaches), *(f"customer {customer}" for customer in customers)]) or "the office"


def _names(parting: Divergence) -> tuple[tuple[str, ...], dt.date]:
    log = parting.runs["compiled"].log
    return log.group_names, dt.date.fromisoformat(log.first_day)
