"""The minute ledger: where the minutes of coaches' working days go, by activity and by band (contracted, lunch, overtime)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from jobcentre.metrics.daily_sums import Tally
from jobcentre.metrics.log_index import LogIndex
from jobcentre.model.events import Task
from jobcentre.model.log_passes import ALL_BANDS, AT_LUNCH, KINDS_OF_TIME, OVERTIME

LUNCH_WORKED_SECONDS = 300

#: Activities inside contracted hours; together they are the contracted day.
ACTIVITIES = {
    "conversation": "Conversations",
    "admin": "Admin",
    "safeguarding": "Safeguarding",
    "unscheduled": "Unscheduled contacts",
    "waiting": "Waiting for a booked customer",
    "turnaround": "Turnaround between customers",
    "meeting": "Team meeting",
    "training_others": "Training newcomers",
    "idle": "Free",
}
_OF_TASK = {Task.SAFEGUARDING: "safeguarding", Task.TRAINING_OTHERS: "training_others"}
#: The activity of each line of the sums of time: idle time, which is no work, is the first.
_OF_LINE = (*(kind.name.lower() for kind in KINDS_OF_TIME), *(_OF_TASK.get(task, "admin") for task in Task))


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
    by_line = facts.seconds.transpose(1, 2, 0)  # by line, band and day
    seconds = {activity: sum(by_line[line] for line, own in enumerate(_OF_LINE) if own == activity) for activity in ACTIVITIES}
    worked = by_line[1:].sum(axis=0) / 60
    return _Ledger(
        conversation=Tally(seconds["conversation"][ALL_BANDS] / 60),
        worked=Tally(worked[ALL_BANDS]),
        overtime=Tally(worked[OVERTIME]),
        lunch=Tally(worked[AT_LUNCH]),
        lunches=Tally((facts.seconds_in_lunch > LUNCH_WORKED_SECONDS).sum(axis=1).astype(np.float64)),
        contracted={activity: Tally((bands[ALL_BANDS] - bands[AT_LUNCH] - bands[OVERTIME]) / 60) for activity, bands in seconds.items()},
    )
