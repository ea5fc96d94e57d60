"""Rows of an event log in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.events import (
    FIELDS,
    STRETCHES,
    AssignedBy,
    CameFrom,
    Event,
    ExitCause,
    Flag,
    How,
    LeavingCause,
    Presence,
    SpellKind,
    Task,
)

DAY = 86_400

ACTIVITIES: dict[Event, str] = {
    Event.CONVERSATION: "conversation",
    Event.ADMIN: "admin",
    Event.UNSCHEDULED: "unscheduled contact",
    Event.WAITING: "waiting for a customer",
    Event.TURNAROUND: "turnaround",
    Event.MEETING: "meeting",
    Event.LUNCH: "lunch",
    Event.IDLE: "idle",
}

_TASKS: dict[Task, str] = {
    Task.HELD: "after an appointment held",
    Task.FIRST_MEETING: "after a first meeting",
    Task.CHASED: "for a customer who asks about overdue work",
    Task.FAILED: "after a failure to attend",
    Task.REARRANGED: "for a rearranged appointment",
    Task.CANCELLED: "for a cancelled appointment",
    Task.NEW_CLAIM: "for a new claim",
    Task.REFERRAL: "for a referral",
    Task.DECISION: "to refer somebody who failed to attend to a decision maker",
    Task.SAFEGUARDING: "for a safeguarding concern",
    Task.JOURNAL: "for journal messages",
    Task.DIGITAL: "for a review without a coach",
    Task.TRAINING_OTHERS: "for training a newcomer",
}

_FOUND: dict[How, str] = {
    How.OWN: "with the own coach",
    How.COLLEAGUE: "with a colleague",
    How.OWN_LATE: "with the own coach, after the days in which the customer should be seen",
    How.FILLED: "to fill a free slot",
}

_ASSIGNED: dict[AssignedBy, str] = {
    AssignedBy.START: "from the start",
    AssignedBy.LEAVER: "because the former coach left",
    AssignedBy.NEWCOMER: "handed on to a newcomer",
    AssignedBy.PLACED: "placed with the coach",
}

_CAME: dict[CameFrom, str] = {
    CameFrom.START_STOCK: "already here at the start",
    CameFrom.NEW_START: "a new start",
    CameFrom.VOLUNTEER: "asked for contact",
    CameFrom.MOVEMENT: "moved in with others",
}

_LAPSED = ("too old", "the coach left", "the customer left")


def clock(second: int) -> str:
    """`HH:MM` of a second of the run, or `HH:MM:SS` within a minute."""
    hours, minutes, seconds = second % DAY // 3600, second % 3600 // 60, second % 60
    return f"{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def duration(seconds: int) -> str:
    """Minutes and seconds, `75:30`."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def minutes(seconds: int) -> str:
    """Minutes for reading, `12 min` or `12.5 min`."""
    return f"{seconds / 60:.1f}".removesuffix(".0") + " min"


def task_name(kind: int) -> str:
    """The purpose of a kind of admin task."""
    return _TASKS[Task(kind)]


def activity_of(kind: Event, task: int) -> str:
    """The ledger's activity of a stretch of time; `task` is the kind of task of a stretch of admin."""
    if kind == Event.ADMIN and task == Task.SAFEGUARDING:
        return "safeguarding"
    if kind == Event.ADMIN and task == Task.TRAINING_OTHERS:
        return "training others"
    return ACTIVITIES[kind]


def event_text(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    """One row as a phrase; `first` is the date of day 0."""
    teller = _TELLERS.get(Event(row[ev.KIND]))
    return teller(row, groups, first) if teller else ACTIVITIES[Event(row[ev.KIND])]


def _date(day: int, first: dt.date) -> str:
    date = first + dt.timedelta(days=day)
    return f"{date:%a} {date}"


def _when(second: int, first: dt.date) -> str:
    return f"{_date(second // DAY, first)} {clock(second)}"


def _who(row: np.ndarray, groups: tuple[str, ...]) -> str:
    if row[ev.CUSTOMER] < 0:
        return ""
    group = f" ({groups[row[ev.GROUP]]})" if row[ev.GROUP] >= 0 else ""
    return f"customer {row[ev.CUSTOMER]}{group}"


def _with(row: np.ndarray) -> str:
    return f" with coach {row[ev.COACH]}" if row[ev.COACH] >= 0 else ""


def _conversation(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    flags = int(row[ev.D])
    how = "by telephone" if flags & Flag.TELEPHONE else "by video" if flags & Flag.VIDEO else "face to face"
    kind = "first meeting" if flags & Flag.FIRST_MEETING else "conversation"
    held = int(row[ev.TIME] - row[ev.START])
    length = f"held {minutes(held)}: planned {minutes(int(row[ev.A]))}, needed {minutes(int(row[ev.B]))}"
    parts = [f"{kind} with {_who(row, groups)}, coach {row[ev.COACH]}, {how}, {length}"]
    if row[ev.C] > 0:
        parts.append(f"cut by {minutes(int(row[ev.C]))}" + (" (rushed)" if flags & Flag.RUSHED else ""))
    if flags & Flag.HAS_LAST and not flags & Flag.SAME_COACH:
        parts.append("another coach than the last time")
    if row[ev.START] > row[ev.E]:
        parts.append(f"booked for {clock(int(row[ev.E]))}")
    if row[ev.G] > 0:
        parts.append(f"customer {minutes(int(row[ev.G]))} late")
    over = int(row[ev.TIME] - max(row[ev.E] + row[ev.A], row[ev.START]))
    if over > 0:
        parts.append(f"overran by {minutes(over)}")
    for flag, text in (
        (Flag.COVER, "cover for a colleague"),
        (
            Flag.REFERRAL,
            "led to a referral" + (f" (row {flags >> ev.REFERRAL_SHIFT} of `referrals`)" if flags >> ev.REFERRAL_SHIFT else ""),
        ),
        (Flag.SAFEGUARDING, "raised a safeguarding concern"),
    ):
        if flags & flag:
            parts.append(text)
    return "; ".join(parts)


def _admin(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    who = f", {_who(row, groups)}" if row[ev.CUSTOMER] >= 0 else ""
    state = "finished" if row[ev.B] == 1 else "not finished"
    begun = "" if row[ev.F] == 1 else "continued, "
    return f"admin {task_name(int(row[ev.A]))}{who}: planned {minutes(int(row[ev.E]))}, made {_when(int(row[ev.C]), first)}, {begun}{state}"


def _unscheduled(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"unscheduled contact {row[ev.SERIAL]}: planned {minutes(int(row[ev.A]))}, waited {minutes(int(row[ev.START] - row[ev.C]))}"


def _waiting(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"waiting for {_who(row, groups) or 'a customer'}"


def _failed(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    why = [words for flag, words in _BEFOREHAND.items() if row[ev.D] & flag] if row[ev.D] > 0 else []
    if row[ev.C] > 0:
        why.append(f"{row[ev.C]} working days later than planned")
    chance = f" (a chance of {row[ev.B] / 1e6:.0%}{': ' if why else ''}{', '.join(why)})" if row[ev.B] >= 0 else ""
    return f"{_who(row, groups)} failed to attend the appointment of {clock(int(row[ev.START]))}{_with(row)}{chance}"


_BEFOREHAND = {
    Flag.LAST_FAILED: "failed the last time",
    Flag.CALL_OPEN: "not yet followed up",
    Flag.LAST_POOR: "the last meeting was rushed or began late",
    Flag.CALLED_IN: "called in at short notice",
    Flag.FIRST_REMOTE: "the first by telephone or video",
}


def _walked_out(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    appointment = f"the appointment of {clock(int(row[ev.START]))}{_with(row)}"
    return f"{_who(row, groups)} walked out after {minutes(int(row[ev.B]))}: {appointment} had not begun"


def _turnaround(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"getting ready for {_who(row, groups) or 'the next customer'}"


def _cancelled(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    why = "the coach left" if row[ev.B] == 1 else "the coach was absent"
    return f"appointment of {_who(row, groups)} on {_when(int(row[ev.START]), first)} cancelled by the office: {why}"


def _rearranged(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    lost = "; the slot is lost" if row[ev.B] == 1 else ""
    return f"{_who(row, groups)} rearranged the appointment of {_when(int(row[ev.START]), first)}{lost}"


def _covered(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    when = _when(int(row[ev.START]), first)
    return f"appointment of {_who(row, groups)} on {when} taken over by coach {row[ev.COACH]} from coach {row[ev.A]}"


def _booked(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    late = f", {row[ev.F]} working days late" if row[ev.F] > 0 else ""
    follow_up = ", to follow up a referral" if row[ev.G] == 1 else ""
    return (
        f"booked for {_when(int(row[ev.START]), first)} with coach {row[ev.COACH]} ({_FOUND[How(row[ev.E])]}): {minutes(int(row[ev.A]))},"
        f" due {_date(int(row[ev.C]), first)}{late}, phase {row[ev.D] + 1} of the plan (every {row[ev.B]} working days){follow_up}"
    )


def _not_offered(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"no start found for the appointment due {_date(int(row[ev.F]), first)}: not offered"


def _not_needed(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    booked = f"booking for {_when(int(row[ev.START]), first)}" if row[ev.SERIAL] >= 0 else "appointment due"
    return f"{booked} no longer needed"


def _given_up(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"booking for {_when(int(row[ev.START]), first)} released by the office"


def _digital(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"review due {_date(int(row[ev.F]), first)} handled without a coach"


def _paused(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"contact paused by a programme until {_date(int(row[ev.A]), first)}"


def _came(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"joins the caseload in group {groups[row[ev.GROUP]]} ({_CAME[CameFrom(row[ev.A])]}), plan {row[ev.B] + 1}"


_LEAVING = {
    LeavingCause.ORDINARY: "an ordinary leaver",
    LeavingCause.STRAIN: "because of strain",
    LeavingCause.ILLNESS: "after a stress spell",
    LeavingCause.CONTAGION: "because colleagues go",
}
_CAUSES: dict[int, str] = {
    ExitCause.DECISION: "decision",
    ExitCause.NO_SUPPORT: "no support wanted after a move",
    ExitCause.FAILED_TO_ATTEND: "the claim ends after failures to attend in a row",
    ExitCause.MOVEMENT: "moves out with others",
}


def _cause(cause: int) -> str:
    return _CAUSES.get(cause, f"exit {cause + 1} of the group")


def _left(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"leaves the caseload from group {groups[row[ev.GROUP]]} ({_cause(int(row[ev.A]))})"


def _moved(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"moves from group {groups[row[ev.C]]} to {groups[row[ev.GROUP]]} ({_cause(int(row[ev.A]))}), plan {row[ev.B] + 1}"


def _assigned(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    if row[ev.COACH] < 0:
        return "has no coach"
    former = f", before with coach {row[ev.B]}" if row[ev.B] >= 0 else ""
    return f"is with coach {row[ev.COACH]} ({_ASSIGNED[AssignedBy(row[ev.A])]}){former}"


def _lapsed(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"admin {task_name(int(row[ev.A]))} not done: {_LAPSED[max(0, row[ev.D])]}"


def _training(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"in training or on a course, {minutes(int(row[ev.A]))}"


def _posted(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    return f"posted elsewhere, {minutes(int(row[ev.A]))}"


_TELLERS: dict[Event, Callable[[np.ndarray, tuple[str, ...], dt.date], str]] = {
    Event.CONVERSATION: _conversation,
    Event.ADMIN: _admin,
    Event.UNSCHEDULED: _unscheduled,
    Event.WAITING: _waiting,
    Event.TURNAROUND: _turnaround,
    Event.FAILED: _failed,
    Event.WALKED_OUT: _walked_out,
    Event.CANCELLED: _cancelled,
    Event.REARRANGED: _rearranged,
    Event.COVERED: _covered,
    Event.BOOKED: _booked,
    Event.NOT_OFFERED: _not_offered,
    Event.NOT_NEEDED: _not_needed,
    Event.GIVEN_UP: _given_up,
    Event.DIGITAL: _digital,
    Event.PAUSED: _paused,
    Event.CUSTOMER_IN: _came,
    Event.CUSTOMER_OUT: _left,
    Event.CUSTOMER_MOVED: _moved,
    Event.ASSIGNED: _assigned,
    Event.TASK_LAPSED: _lapsed,
    Event.TRAINING: _training,
    Event.POSTED: _posted,
}


_PLAIN: dict[Event, str] = {
    Event.OFFICE: "the office is set up with {customer} posts",
    Event.CHANGE: "dated figures change: period {a}",
    Event.FLEXIBILITY_ON: "flexibilities begin",
    Event.FLEXIBILITY_OFF: "flexibilities end",
    Event.TRAINED: "coach {coach} is trained",
    Event.COACH_OUT: "coach {coach} leaves post {serial}",
    Event.VACANCY_OPEN: "post {serial} is vacant",
    Event.VACANCY_FILLED: "the vacancy of post {serial} is filled",
    Event.RELIEF_ON: "relief of coach {coach} begins",
    Event.RELIEF_OFF: "relief of coach {coach} ends",
    Event.COACH_WEEK: "the week of coach {coach} closes: its chances of notice add up to {a} in a million, slow strain {c} millionths",
    Event.COURSE_DONE: "coach {coach} has finished the course",
    Event.ABANDONED: "unscheduled contact {serial} gives up waiting",
}


def sentence(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    """A row with its moment: `Monday 4 October 2021, 10:32:05: coach 3 ends …`."""
    return f"{moment_of(int(row[ev.TIME]), first)}: {event_sentence(row, groups, first)}"


def moment_of(second: int, first: dt.date) -> str:
    """A second of the run as date and time of day."""
    date = first + dt.timedelta(days=second // DAY)
    return f"{date:%A} {date.day} {date:%B %Y}, {clock(second)}"


def event_sentence(row: np.ndarray, groups: tuple[str, ...], first: dt.date) -> str:
    """The sentence for a row, with its coach and customer."""
    kind = Event(row[ev.KIND])
    coach, customer, a = int(row[ev.COACH]), int(row[ev.CUSTOMER]), int(row[ev.A])
    if kind in STRETCHES:
        return f"coach {coach} ends {minutes(int(row[ev.TIME] - row[ev.START]))} of this: {event_text(row, groups, first)}"
    if kind == Event.DAY:
        return f"day {row[ev.D]} begins, {'a working day' if a == 1 else 'not a working day'}"
    if kind == Event.SICK:
        spell = "breakdown" if row[ev.C] == 1 else f"{SpellKind(a).name.lower()} spell"
        return f"coach {coach} falls sick ({spell}" + (", of mental ill-health)" if a == SpellKind.LONG and row[ev.D] == 1 else ")")
    if kind == Event.COACH_IN:
        if row[ev.F] != 1:
            return f"coach {coach} comes to post {row[ev.SERIAL]}"
        lent = f"; the first day not worked is day {row[ev.G]}" if row[ev.G] >= 0 else ""
        return f"coach {coach} comes beside the posts, in a movement of the scenario{lent}"
    if kind == Event.NOTICE and row[ev.C] == LeavingCause.MOVEMENT:
        return f"coach {coach} leaves in a movement of the scenario, without notice; the first day not worked is day {a}"
    if kind == Event.NOTICE:
        return f"coach {coach} gives notice ({_LEAVING[LeavingCause(row[ev.C])]}); the first day not worked is day {a}"
    if kind == Event.RETURN:
        return f"coach {coach} is back from a {SpellKind(a).name.lower()} spell, {row[ev.B]} working days lost"
    if kind == Event.COACH_DAY:
        strain = f"{row[ev.E] / 1e6:.6f}"
        return f"the day of coach {coach} closes ({Presence(a).name.lower()}): worked {minutes(int(row[ev.C]))}, strain {strain}"
    if kind == Event.CONTACT_IN:
        return f"unscheduled contact {row[ev.SERIAL]} arrives" + (f": customer {customer} asks about overdue work" if customer >= 0 else "")
    if kind == Event.TURNED_AWAY:
        return f"unscheduled contact {row[ev.SERIAL]} is turned away: {'no place is free' if row[ev.B] == 1 else 'the office closes'}"
    if kind in (Event.TASK_MADE, Event.TASK_MOVED):
        about = f", customer {customer}" if customer >= 0 else ""
        return f"admin task {row[ev.SERIAL]} {'comes' if kind == Event.TASK_MADE else 'is moved'} to coach {coach}: {task_name(a)}{about}"
    if kind in _PLAIN:
        return _PLAIN[kind].format(**dict(zip(ev.COLUMNS, row.tolist(), strict=True)))
    words = event_text(row, groups, first)
    about = "" if customer < 0 or f"customer {customer}" in words else f"customer {customer}: "
    return about + words if about or coach < 0 or f"coach {coach}" in words else f"coach {coach}: {words}"


def differing_columns(first: np.ndarray, second: np.ndarray) -> list[tuple[str, int, int]]:
    """The columns in which two rows differ, named by what they hold where both are of one kind."""
    names = FIELDS[Event(first[ev.KIND])] if first[ev.KIND] == second[ev.KIND] else {}
    apart = []
    for column, value, other_value in zip(ev.COLUMNS, first.tolist(), second.tolist(), strict=True):
        if value != other_value:
            apart.append((f"{column} ({names[column]})" if column in names else column, value, other_value))
    return apart
