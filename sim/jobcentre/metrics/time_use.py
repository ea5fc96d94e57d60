"""The minute ledger: where the minutes of coaches' working days go, by activity and by band (contracted, lunch, overtime)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from jobcentre.metrics.daily_sums import Tally
from jobcentre.metrics.log_index import DAY_SECONDS, LogIndex
from jobcentre.model import events as ev
from jobcentre.model.events import Event, Task
from jobcentre.model.log_passes import ALL_BANDS, AT_LUNCH, OVERTIME, add_stretches

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

#: Numbers of the activities in sums: idle time, which is no work, is number 0.
_NUMBER = {activity: number for number, activity in enumerate(sorted(ACTIVITIES, key=lambda activity: activity != "idle"))}
_OF_TASK = np.full(1 + max(Task), _NUMBER["admin"])
_OF_TASK[Task.SAFEGUARDING], _OF_TASK[Task.TRAINING_OTHERS] = _NUMBER["safeguarding"], _NUMBER["training_others"]


class _Ledger(NamedTuple):
    """Minutes of coaches in all bands and by band, and days with lunch worked; idle time and lunch taken are not work."""

    conversation: Tally
    worked: Tally
    overtime: Tally
    lunch: Tally
    lunches: Tally
    contracted: Mapping[str, Tally]  # by activity


def conversation_minutes(facts: LogIndex) -> Tally:
    """Minutes of conversation in booked appointments, in any band."""
    return facts.once(_ledger).conversation


def worked_minutes(facts: LogIndex) -> Tally:
    """Minutes of work done in any band."""
    return facts.once(_ledger).worked


def overtime_minutes(facts: LogIndex) -> Tally:
    """Minutes of work after coaches' hours."""
    return facts.once(_ledger).overtime


def hours_beyond_contract(facts: LogIndex) -> Tally:
    """Hours of work inside lunch, after finish and on days on which the office is closed."""
    ledger = facts.once(_ledger)
    return (ledger.lunch + ledger.overtime) / 60


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
    finish, lunch_start = int(facts.office[ev.D]), int(facts.office[ev.E])
    lunch_end = lunch_start + max(0, int(facts.office[ev.F]))
    if facts.round_the_clock:
        finish, lunch_end = DAY_SECONDS, lunch_start
    hours = np.array([finish, lunch_start, lunch_end], dtype=np.int64)
    parts = [facts.of(kind) for kind in (*_KINDS, Event.ADMIN)]
    coaches = 1 + max((int(rows[ev.COACH].max(initial=0)) for rows in parts), default=0)
    seconds = np.zeros((len(ACTIVITIES), 3, facts.end_day), dtype=np.int64)
    at_lunch = np.zeros((coaches, facts.end_day), dtype=np.int64)
    for kind, rows in zip((*_KINDS, Event.ADMIN), parts, strict=True):
        activity = _OF_TASK[rows[ev.A].clip(0, len(_OF_TASK) - 1)] if kind == Event.ADMIN else np.full(len(rows), _NUMBER[_KINDS[kind]])
        add_stretches(rows[ev.COACH], rows[ev.START], rows[ev.TIME], activity, hours, seconds, at_lunch)
    worked = seconds[1:].sum(axis=0) / 60
    contracted = (seconds[:, ALL_BANDS] - seconds[:, AT_LUNCH] - seconds[:, OVERTIME]) / 60
    return _Ledger(
        conversation=Tally(seconds[_NUMBER["conversation"], ALL_BANDS] / 60),
        worked=Tally(worked[ALL_BANDS]),
        overtime=Tally(worked[OVERTIME]),
        lunch=Tally(worked[AT_LUNCH]),
        lunches=Tally((at_lunch > LUNCH_WORKED_SECONDS).sum(axis=0).astype(np.float64)),
        contracted={activity: Tally(contracted[number]) for activity, number in _NUMBER.items()},
    )
