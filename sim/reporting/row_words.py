"""Any row of an event log as a sentence with its moment, and its columns by what they mean."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.model import events as ev
from sim.model.events import FIELDS, STRETCHES, Event, Presence, Spell
from sim.reporting.trace_words import DAY, clock, in_words, minutes, task_name

_PLAIN: dict[Event, str] = {
    Event.OFFICE: "the office is set up with {customer} posts",
    Event.CHANGE: "dated figures change: period {a}",
    Event.FLEXIBILITY_ON: "flexibilities begin",
    Event.FLEXIBILITY_OFF: "flexibilities end",
    Event.COACH_IN: "coach {coach} comes to post {serial}",
    Event.TRAINED: "coach {coach} is trained",
    Event.NOTICE: "coach {coach} gives notice; the first day not worked is day {a}",
    Event.COACH_OUT: "coach {coach} leaves post {serial}",
    Event.VACANCY_OPEN: "post {serial} is vacant",
    Event.VACANCY_FILLED: "the vacancy of post {serial} is filled",
    Event.RELIEF_ON: "relief of coach {coach} begins",
    Event.RELIEF_OFF: "relief of coach {coach} ends",
    Event.COURSE_DONE: "coach {coach} has finished the course",
    Event.CONTACT_IN: "unscheduled contact {serial} arrives",
    Event.TURNED_AWAY: "unscheduled contact {serial} is turned away",
}


def sentence(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    """A row with its moment: `Monday 4 October 2021, 10:32:05: coach 3 ends …`."""
    return f"{moment_of(int(row[ev.TIME]), first)}: {told(row, groups, first)}"


def moment_of(second: int, first: dt.date) -> str:
    """A second of the run as date and time of day."""
    date = first + dt.timedelta(days=second // DAY)
    return f"{date:%A} {date.day} {date:%B %Y}, {clock(second)}"


def told(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    """What a row says, with the coach and the customer it is about."""
    kind = Event(row[ev.KIND])
    coach, customer, a = int(row[ev.COACH]), int(row[ev.CUSTOMER]), int(row[ev.A])
    if kind in STRETCHES:
        return f"coach {coach} ends {minutes(int(row[ev.TIME] - row[ev.START]))} of this: {in_words(row, groups, first)}"
    if kind == Event.DAY:
        return f"day {row[ev.D]} begins, {'a working day' if a == 1 else 'not a working day'}"
    if kind == Event.SICK:
        return f"coach {coach} falls sick ({Spell(a).name.lower()} spell)"
    if kind == Event.RETURN:
        return f"coach {coach} is back from a {Spell(a).name.lower()} spell, {row[ev.B]} working days lost"
    if kind == Event.COACH_DAY:
        strain = f"{row[ev.E] / 1e6:.6f}"
        return f"the day of coach {coach} closes ({Presence(a).name.lower()}): worked {minutes(int(row[ev.C]))}, strain {strain}"
    if kind in (Event.TASK_MADE, Event.TASK_MOVED):
        about = f", customer {customer}" if customer >= 0 else ""
        return f"admin task {row[ev.SERIAL]} {'comes' if kind == Event.TASK_MADE else 'is moved'} to coach {coach}: {task_name(a)}{about}"
    if kind in _PLAIN:
        return _PLAIN[kind].format(**dict(zip(ev.COLUMNS, row.tolist(), strict=True)))
    words = in_words(row, groups, first)
    about = "" if customer < 0 or f"customer {customer}" in words else f"customer {customer}: "
    return about + words if about or coach < 0 or f"coach {coach}" in words else f"coach {coach}: {words}"


def columns_apart(one: np.ndarray, other: np.ndarray) -> list[tuple[str, int, int]]:
    """The columns in which two rows differ, named by what they hold where both are of one kind."""
    names = FIELDS[Event(one[ev.KIND])] if one[ev.KIND] == other[ev.KIND] else {}
    apart = []
    for column, mine, theirs in zip(ev.COLUMNS, one.tolist(), other.tolist(), strict=True):
        if mine != theirs:
            apart.append((f"{column} ({names[column]})" if column in names else column, mine, theirs))
    return apart
