"""The minute ledger: where the minutes of coaches' working days go, by activity and by band (contracted, lunch, overtime)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, sum_of
from jobcentre.metrics.log_index import DAY_SECONDS, LogIndex, Rows
from jobcentre.model import events as ev
from jobcentre.model.events import Event, Task

LUNCH_WORKED_SECONDS = 300

#: Activities inside contracted hours; together they are the contracted day.
ACTIVITIES = {
    "conversation": "Conversations",
    "admin": "Admin",
    "safeguarding": "Safeguarding",
    "unscheduled": "Unscheduled contacts",
    "waiting": "Waiting for a booked customer",
    "meeting": "Team meeting",
    "training_others": "Training newcomers",
    "idle": "Free",
}
_KINDS = {
    Event.CONVERSATION: "conversation",
    Event.UNSCHEDULED: "unscheduled",
    Event.WAITING: "waiting",
    Event.MEETING: "meeting",
    Event.IDLE: "idle",
}


class _Ledger(NamedTuple):
    """Minutes of coaches in all bands and by band, and days with lunch worked; idle time and lunch taken are not work."""

    conversation: Tally
    worked: Tally
    overtime: Tally
    lunch: Tally
    lunches: Tally
    contracted: Mapping[str, Tally]  # by activity


class _Seconds(NamedTuple):
    """Seconds of some stretches, in all bands and by band; numbers of coach-days with seconds inside lunch."""

    every: Tally
    contracted: Tally
    lunch: Tally
    overtime: Tally
    at_lunch: tuple[np.ndarray, np.ndarray]


def conversation_minutes(facts: LogIndex) -> Tally:
    """Minutes of conversation in booked appointments, in any band."""
    return facts.once(_ledger).conversation


def worked_minutes(facts: LogIndex) -> Tally:
    """Minutes of work done in any band."""
    return facts.once(_ledger).worked


def overtime_minutes(facts: LogIndex) -> Tally:
    """Minutes of work after coaches' hours."""
    return facts.once(_ledger).overtime


def lunch_worked_minutes(facts: LogIndex) -> Tally:
    """Minutes of work inside lunch."""
    return facts.once(_ledger).lunch


def lunches_worked(facts: LogIndex) -> Tally:
    """Coach-days with more than five minutes of work inside lunch."""
    return facts.once(_ledger).lunches


def minutes_of(activity: str) -> Callable[[LogIndex], Tally]:
    """What gives the contracted minutes of one activity."""
    return _OF_ACTIVITY[activity]


def _of_activity(activity: str) -> Callable[[LogIndex], Tally]:
    return lambda facts: facts.once(_ledger).contracted[activity]


_OF_ACTIVITY = {activity: _of_activity(activity) for activity in ACTIVITIES}


def _ledger(facts: LogIndex) -> _Ledger:
    by_activity = {activity: _seconds(facts, facts.of(kind)) for kind, activity in _KINDS.items()}
    admin = facts.of(Event.ADMIN)
    task = admin[ev.A]
    others = {"safeguarding": task == Task.SAFEGUARDING, "training_others": task == Task.TRAINING_OTHERS}
    others["admin"] = ~(others["safeguarding"] | others["training_others"])
    by_activity |= {activity: _seconds(facts, admin.only(chosen)) for activity, chosen in others.items()}
    work = [seconds for activity, seconds in by_activity.items() if activity != "idle"]
    coach_day, lunch = (np.concatenate([seconds.at_lunch[which] for seconds in work]) for which in (0, 1))
    taken = np.flatnonzero(np.bincount(coach_day, lunch) > LUNCH_WORKED_SECONDS) % (facts.end_day + 1)
    return _Ledger(
        by_activity["conversation"].every / 60,
        sum_of([seconds.every for seconds in work]) / 60,
        sum_of([seconds.overtime for seconds in work]) / 60,
        sum_of([seconds.lunch for seconds in work]) / 60,
        by_day(facts, taken),
        {activity: seconds.contracted / 60 for activity, seconds in by_activity.items()},
    )


def _seconds(facts: LogIndex, rows: Rows) -> _Seconds:
    coach, day, start, end = _cut_at_midnight(rows)
    finish, lunch_start = int(facts.office[ev.D]), int(facts.office[ev.E])
    lunch_end = lunch_start + max(0, int(facts.office[ev.F]))
    if facts.round_the_clock:
        finish, lunch_end = DAY_SECONDS, lunch_start
    every = by_day(facts, day, end - start)
    late, inside = end > finish, (start < lunch_end) & (end > lunch_start)
    overtime = by_day(facts, day[late], end[late] - np.maximum(start[late], finish))
    at_lunch = np.minimum(end[inside], lunch_end) - np.maximum(start[inside], lunch_start)
    lunch = by_day(facts, day[inside], at_lunch)
    contracted = Tally(every.total - lunch.total - overtime.total)
    return _Seconds(every, contracted, lunch, overtime, (coach[inside] * (facts.end_day + 1) + day[inside], at_lunch))


def _cut_at_midnight(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Coach, day, and first and last second of that day of the pieces of stretches of time."""
    coach, start, end, day = rows[ev.COACH], rows[ev.START], rows[ev.TIME], rows.start_day
    parts = np.maximum(end - 1, start) // DAY_SECONDS - day + 1
    if np.any(parts > 1):
        coach, start, end, day = (np.repeat(column, parts) for column in (coach, start, end, day))
        day = day + (np.arange(len(day)) - np.repeat(np.cumsum(parts) - parts, parts)).astype(day.dtype)
    midnight = day * DAY_SECONDS
    return coach, day, np.maximum(start - midnight, 0), np.minimum(end - midnight, DAY_SECONDS)
