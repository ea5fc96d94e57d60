"""Text on a divergence of the two engines: the rows, the last rows before them, and both offices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from jobcentre.diagnostics.divergence import Divergence, FieldDifference, Snapshot, Verification
from jobcentre.diagnostics.event_text import differing_columns, moment_of, sentence
from jobcentre.diagnostics.office_text import office_facts, step_text
from jobcentre.model import ENGINES, EventLog
from jobcentre.model import events as ev

LAST_SHARED = 5
NOT_A_CUSTOMER = (ev.Event.OFFICE, ev.Event.COACH_DAY)


def concerned(rows: Sequence[np.ndarray]) -> tuple[list[int], list[int]]:
    """The coaches and customers of some rows."""
    coaches = sorted({int(row[ev.COACH]) for row in rows} - {-1})
    customers = sorted({int(row[ev.CUSTOMER]) for row in rows if row[ev.KIND] not in NOT_A_CUSTOMER} - {-1})
    return coaches, customers


def rows_about(rows: np.ndarray, coaches: list[int], customers: list[int]) -> np.ndarray:
    """The rows about any of these coaches and customers."""
    # two kinds hold something else in the customer's column
    about = np.isin(rows[:, ev.CUSTOMER], customers) & ~np.isin(rows[:, ev.KIND], NOT_A_CUSTOMER)
    chosen: np.ndarray = rows[about | np.isin(rows[:, ev.COACH], coaches)]
    return chosen


def people_text(coaches: list[int], customers: list[int]) -> str:
    """The numbers of coaches and customers as text."""
    return ", ".join([*(f"coach {coach}" for coach in coaches), *(f"customer {customer}" for customer in customers)])


def names_of(log: EventLog) -> tuple[tuple[str, ...], dt.date]:
    """The names of the groups and the first day, which sentences on a log need."""
    return log.group_names, dt.date.fromisoformat(log.first_day)


def outcome(verification: Verification) -> str:
    """One line on a scenario whose runs are equal."""
    runs = f"{verification.runs} run{'s' * (verification.runs != 1)}"
    messages = "".join(f"; {text}" for text in dict.fromkeys(verification.stopped))
    alike = f" ({len(verification.stopped)} stopped alike{messages})" if verification.stopped else ""
    return f"{verification.scenario}: {runs}, {verification.rows:,} rows, equal{alike}"


def verify_document(verifications: Sequence[Verification], seed: int) -> dict[str, Any]:
    """The document that `verify --json` prints."""
    scenarios = [
        {
            "scenario": verification.scenario, "runs": verification.runs, "rows": verification.rows,
            "equal": verification.divergence is None, "digests": verification.digests, "stopped": verification.stopped,
            "parting": None if verification.divergence is None else divergence_document(verification.divergence),
        }
        for verification in verifications
    ]  # fmt: skip
    return {"seed": seed, "equal": all(verification.divergence is None for verification in verifications), "scenarios": scenarios}


def divergence_text(divergence: Divergence) -> str:
    """The whole account, as plain text."""
    lines = [f"{divergence.scenario}, seed {divergence.seed}, run {divergence.run}: {_headline(divergence)}", ""]
    lines += [f"the {engine} engine: {text}" for engine, text in own_rows(divergence).items()]
    rows = [row for engine in ENGINES if (row := divergence.row_of(engine)) is not None]
    if len(rows) == len(ENGINES):
        lines += ["", "Columns that differ (compiled | simpy):"]
        lines += [f"  {name}: {compiled} | {simpy}" for name, compiled, simpy in differing_columns(rows[0], rows[1])]
    if divergence.row > 0:
        lines += ["", f"What both wrote last about {_about(divergence)}:", *(f"  {text}" for text in shared_before(divergence))]
    offices = side_by_side(divergence)
    if offices:
        lines += ["", "Both offices just before that row (compiled | simpy where they differ):"]
        lines += [
            f"  {name}: {compiled}" if compiled == simpy else f"  {name}: {compiled} | {simpy}"
            for name, (compiled, simpy) in offices.items()
        ]
    lines += ["", *_silent_differences(divergence), *_not_as_the_source_says(divergence)]
    return "\n".join(lines).rstrip() + "\n"


def divergence_document(divergence: Divergence) -> dict[str, Any]:
    """The account as values for JSON."""
    return {
        "scenario": divergence.scenario, "seed": divergence.seed, "run": divergence.run,
        "row": divergence.row if divergence.row >= 0 else None,
        "engines": own_rows(divergence),
        "stopped": {engine: divergence.runs[engine].stopped or None for engine in ENGINES},
        "offices": {name: dict(zip(ENGINES, pair, strict=True)) for name, pair in side_by_side(divergence).items()},
        "differences": [difference._asdict() for difference in divergence.differences],
        "text": divergence_text(divergence),
    }  # fmt: skip


def own_rows(divergence: Divergence) -> dict[str, str]:
    """The sentence for each engine's own row, or a note that its log has ended."""
    texts: dict[str, str] = {}
    for engine in ENGINES:
        played, row = divergence.runs[engine], divergence.row_of(engine)
        text = f"its log ends after {len(played.log.rows):,} rows" if row is None else sentence(row, *_names(divergence))
        texts[engine] = text + (f"; {played.stopped}" if played.stopped else "")
    return texts


def shared_before(divergence: Divergence) -> list[str]:
    """The last rows, equal in both logs, about the coaches and customers concerned."""
    rows = divergence.runs["compiled"].log.rows[: divergence.row]
    coaches, customers = _concerned(divergence)
    return [sentence(row, *_names(divergence)) for row in rows_about(rows, coaches, customers)[-LAST_SHARED:]] or ["nothing"]


def side_by_side(divergence: Divergence) -> dict[str, tuple[str, str]]:
    """Facts on both offices just before the row, by name; none where the office was only being set up."""
    facts = []
    for engine in ENGINES:
        moment = divergence.moments[engine]
        if moment is None:
            return {}
        facts.append(_moment(moment, divergence))
    return {name: (facts[0].get(name, "–"), facts[1].get(name, "–")) for name in dict.fromkeys([*facts[0], *facts[1]])}


def _moment(moment: Snapshot, divergence: Divergence) -> dict[str, str]:
    coaches, customers = _concerned(divergence)
    groups, first = _names(divergence)
    step = step_text(moment.step, moment.post) if moment.step else "none: the log has ended"
    return {
        "clock": moment_of(moment.now, first),
        "next step": step,
        **office_facts(moment.office, coaches, customers, groups, first),
    }


def _headline(divergence: Divergence) -> str:
    if divergence.row >= 0:
        return f"the engines part at row {divergence.row:,} of the log"
    compiled, simpy = (divergence.runs[engine].stopped for engine in ENGINES)
    if compiled != simpy:
        return "the logs are equal, but the engines do not end alike: " + " | ".join(text or "ended" for text in (compiled, simpy))
    return "the logs are equal, but the engines leave different offices"


def _silent_differences(divergence: Divergence) -> list[str]:
    when = "At the start of that day" if divergence.row >= 0 else "At the end"
    if not divergence.differences:
        return [f"{when} both offices were the same in every field."]
    return [
        f"{when} the offices differed already (compiled | simpy):",
        *(f"  {_difference(difference)}" for difference in divergence.differences),
    ]


def _difference(difference: FieldDifference) -> str:
    return f"{difference.what}{list(difference.place) if difference.place else ''}: {difference.compiled} | {difference.simpy}"


def _not_as_the_source_says(divergence: Divergence) -> list[str]:
    """A warning for each engine that does not write its own row when its run is repeated from source."""
    lines = []
    for engine in ENGINES:
        moment, own = divergence.moments[engine], divergence.row_of(engine)
        if moment is None:
            continue
        again = moment.row
        if (again is None) == (own is None) and (again is None or own is None or np.array_equal(again, own)):
            continue
        text = "nothing" if again is None else sentence(again, *_names(divergence))
        other_row = divergence.row_of("simpy" if engine == "compiled" else "compiled")
        alike = again is not None and other_row is not None and np.array_equal(again, other_row)
        lines += [
            "",
            f"Played again from its source, step by step, the {engine} engine does not write its own row but "
            + ("that of the other engine." if alike else f"this: {text}"),
            "So the compiled code that ran is not what the source says: most likely it was compiled from older sources (a stale cache).",
            "Delete the folder of compiled code (JOBCENTRE_CACHE_DIR, or jobcentre in the user's cache folder) and verify again.",
        ]
    return lines


def _concerned(divergence: Divergence) -> tuple[list[int], list[int]]:
    return concerned([row for engine in ENGINES if (row := divergence.row_of(engine)) is not None])


def _about(divergence: Divergence) -> str:
    return people_text(*_concerned(divergence)) or "the office"


def _names(divergence: Divergence) -> tuple[tuple[str, ...], dt.date]:
    return names_of(divergence.runs["compiled"].log)
