"""The event log: kinds of event, columns and the digest.

One flat table of 32-bit whole numbers per run, one row per finished piece of work (start and end in one row) or change
of state, in the order things happened. `time` is the second at which the row was written (the end of a piece of work);
seconds count from midnight of the first simulated day. Fields that do not apply hold NONE. Columns `a` to `g` mean what
`FIELDS` says for each kind.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import xxhash

COLUMNS = ("time", "kind", "coach", "customer", "group", "start", "serial", "a", "b", "c", "d", "e", "f", "g")
WIDTH = len(COLUMNS)
NONE = -1  # a field that does not apply
TIME, KIND, COACH, CUSTOMER, GROUP, START, SERIAL, A, B, C, D, E, F, G = range(WIDTH)


class Event(IntEnum):
    """Kinds of event. Numbers are never reused; new kinds are added at the end of their block."""

    # the office
    OFFICE = 1  # first row of every log: the hours
    DAY = 2  # a day begins
    CHANGE = 3  # dated figures change
    FLEXIBILITY_ON = 4
    FLEXIBILITY_OFF = 5
    # coaches
    COACH_IN = 10
    TRAINED = 11
    SICK = 12
    RETURN = 13
    NOTICE = 14
    COACH_OUT = 15
    VACANCY_OPEN = 16
    VACANCY_FILLED = 17
    RELIEF_ON = 18
    RELIEF_OFF = 19
    COURSE_DONE = 20
    COACH_DAY = 21  # close of a coach's working day
    COACH_WEEK = 22  # close of a coach's week, or of the part of it before leaving
    # customers and bookings
    CUSTOMER_IN = 30
    CUSTOMER_OUT = 31
    CUSTOMER_MOVED = 32
    ASSIGNED = 33
    BOOKED = 34
    CONVERSATION = 35  # outcome: held
    FAILED = 36  # outcome: failed to attend
    CANCELLED = 37  # outcome: cancelled by the office
    NOT_OFFERED = 38  # outcome: no start could be found
    REARRANGED = 39  # by the customer
    NOT_NEEDED = 40  # the customer left or stopped contact
    GIVEN_UP = 41  # booking released by the office in good time; its due date stands
    DIGITAL = 42  # review handled without a coach
    COVERED = 43  # booking handed to a present colleague
    PAUSED = 44  # contact paused by a programme
    WALKED_OUT = 45  # outcome: the customer came and did not wait for the coach
    # tasks and unscheduled contacts
    TASK_MADE = 50
    ADMIN = 51  # a stretch of work on a task
    TASK_LAPSED = 52
    TASK_MOVED = 53
    CONTACT_IN = 54
    UNSCHEDULED = 55  # an unscheduled contact served
    TURNED_AWAY = 56
    ABANDONED = 57  # an unscheduled contact who has gone unserved
    # the rest of the minute ledger
    WAITING = 60  # coach waits for a booked customer
    MEETING = 61
    LUNCH = 62
    IDLE = 63
    TRAINING = 64  # a whole day in training or on a course
    POSTED = 65  # a whole day posted elsewhere
    TURNAROUND = 66  # notes opened and identity checked before the next customer


class Task(IntEnum):
    """Kinds of admin task."""

    HELD = 0
    FIRST_MEETING = 1
    FAILED = 2
    REARRANGED = 3
    CANCELLED = 4
    NEW_CLAIM = 5
    REFERRAL = 6
    SAFEGUARDING = 7
    JOURNAL = 8
    DIGITAL = 9
    TRAINING_OTHERS = 10
    CHASED = 11  # a message of a customer about work that is overdue
    DECISION = 12  # a referral to a decision maker after failing to attend


class Presence(IntEnum):
    """The presence of a coach in post on a working day."""

    PRESENT = 0
    LEAVE = 1
    SICK = 2
    DAY_OFF = 3  # not one of a part-time coach's days
    IN_TRAINING = 4
    POSTED = 5
    COURSE = 6


class SpellKind(IntEnum):
    """Kinds of sickness spell."""

    SHORT = 0
    LONG = 1
    STRESS = 2


class LeavingCause(IntEnum):
    """What made the difference when a coach gave notice, drawn in proportion to the parts of the chance."""

    ORDINARY = 0
    STRAIN = 1
    ILLNESS = 2  # a stress spell before
    CONTAGION = 3  # colleagues' notices
    MOVEMENT = 4  # a movement on a date, which is no notice of their own


class CameFrom(IntEnum):
    """Why a customer is on the caseload."""

    START_STOCK = 0
    NEW_START = 1
    VOLUNTEER = 2
    MOVEMENT = 3  # came with others on a date


class AssignedBy(IntEnum):
    """Why a customer has this coach."""

    START = 0
    LEAVER = 1
    NEWCOMER = 2
    PLACED = 3


class How(IntEnum):
    """Which search found the start of a booking."""

    OWN = 0
    COLLEAGUE = 1
    OWN_LATE = 2
    FILLED = 3


class CancelReason(IntEnum):
    """Why the office cancels a booking."""

    ABSENCE = 0
    LEAVER = 1


class LapseReason(IntEnum):
    """Why a task ends undone."""

    TOO_OLD = 0
    COACH_LEFT = 1


class ReliefReason(IntEnum):
    """Why a coach's diary is smaller."""

    NONE = 0
    PHASED_RETURN = 1
    EARLY_WARNING = 2


class Flag(IntEnum):
    """Bits in `d` of CONVERSATION, and of FAILED what was known beforehand."""

    RUSHED = 1
    COVER = 2
    SAME_COACH = 4  # as at the last appointment held; unset at the first ever
    FIRST_MEETING = 8
    COMPLEX = 16
    LATE = 32
    HAS_LAST = 64  # there was an earlier appointment held in this run
    TELEPHONE = 128
    VIDEO = 256
    REFERRAL = 512
    SAFEGUARDING = 1024
    LAST_FAILED = 2048  # the customer failed to attend the last time
    CALL_OPEN = 4096  # the follow-up of a failure is not done yet
    LAST_POOR = 8192  # the last meeting was rushed or began late
    CALLED_IN = 16384
    FIRST_REMOTE = 32768


REFERRAL_SHIFT = 16  # of the kind of referral (0: not told apart) in the bits of a conversation


class ExitCause(IntEnum):
    """`a` of CUSTOMER_OUT and CUSTOMER_MOVED: 0..3 are the group's exits in file order, then these."""

    DECISION = 8
    NO_SUPPORT = 9  # moved into a group but not kept in contact
    FAILED_TO_ATTEND = 10  # the claim ends after so many failures in a row
    MOVEMENT = 11  # moved out with others on a date


FIELDS: dict[Event, dict[str, str]] = {
    Event.OFFICE: {
        "customer": "posts at the start",
        "group": "1 if open round the clock (finish ends nothing)",
        "start": "first counted second",
        "serial": "second at which the run ends",
        "a": "coaches start, second of day",
        "b": "opens",
        "c": "closes",
        "d": "coaches finish",
        "e": "lunch starts",
        "f": "lunch seconds",
        "g": "slot seconds",
    },
    Event.DAY: {"a": "1 on a working day", "b": "index of the figures in force", "c": "proleptic ordinal of the date", "d": "day number"},
    Event.CHANGE: {"a": "index of the figures now in force"},
    Event.FLEXIBILITY_ON: {"a": "trigger × 1000"},
    Event.FLEXIBILITY_OFF: {"a": "trigger × 1000"},
    Event.COACH_IN: {
        "serial": "post",
        "a": "first day of service (day number, may be negative)",
        "b": "holder number of the post",
        "c": "1 if trained",
        "d": "bits of the weekdays worked (Monday 1)",
        "e": "1 if trained in mental health",
        "f": "1 if beside the posts, by a movement",
        "g": "day number that will be the first not worked, of those lent by a movement",
    },
    Event.TRAINED: {"serial": "post"},
    Event.SICK: {"serial": "post", "a": "Spell", "b": "number of the spell", "c": "1 if a breakdown", "d": "1 if of mental ill-health"},
    Event.RETURN: {
        "serial": "post",
        "start": "first second of the spell",
        "a": "Spell",
        "b": "working days lost",
        "c": "1 if cut by leaving",
        "d": "1 if of mental ill-health",
    },
    Event.NOTICE: {
        "serial": "post",
        "a": "last day number (the first not worked)",
        "b": "stress spells of this coach so far",
        "c": "LeavingCause",
    },
    Event.COACH_OUT: {"serial": "post"},
    Event.VACANCY_OPEN: {"serial": "post"},
    Event.VACANCY_FILLED: {"serial": "post", "start": "second at which the vacancy opened"},
    Event.RELIEF_ON: {"serial": "post", "a": "Relief"},
    Event.RELIEF_OFF: {"serial": "post"},
    Event.COURSE_DONE: {"serial": "post"},
    Event.COACH_DAY: {
        "serial": "post",
        "start": "first second of the day",
        "customer": "appointments offered (cap of the day; 0 when not bookable)",
        "group": "Spell when sick",
        "a": "Presence",
        "b": "contracted seconds",
        "c": "seconds of work done (waiting included, idle and lunch not)",
        "d": "planned seconds of admin not done",
        "e": "strain × 1 000 000",
        "f": "pressure × 1 000 000",
        "g": "safeguarding tasks past due",
    },
    Event.COACH_WEEK: {
        "serial": "post",
        "start": "first second of the last day",
        "a": "chance of giving notice, added up over the days, × 1 000 000",
        "b": "stress spells to be expected, added up over the days, × 1 000 000",
        "c": "slow strain × 1 000 000",
    },
    Event.CUSTOMER_IN: {
        "a": "CameFrom",
        "b": "plan",
        "c": "1 if complex",
        "d": "identity: day",
        "e": "identity: number that day",
        "f": "day of entering the group (may be negative)",
    },
    Event.CUSTOMER_OUT: {"a": "cause"},
    Event.CUSTOMER_MOVED: {"a": "cause", "b": "plan", "c": "former group"},
    Event.ASSIGNED: {"a": "AssignedBy", "b": "former coach"},
    Event.BOOKED: {
        "start": "start of the appointment",
        "serial": "booking",
        "a": "planned seconds",
        "b": "working days between appointments in the plan",
        "c": "due day",
        "d": "phase",
        "e": "How",
        "f": "working days late",
    },
    Event.CONVERSATION: {
        "serial": "booking",
        "a": "planned seconds",
        "b": "seconds needed",
        "c": "seconds unmet",
        "d": "Flag bits, and from bit 16 the kind of referral",
        "e": "booked start",
        "f": "due day",
        "g": "seconds the customer came late",
    },
    Event.FAILED: {
        "serial": "booking",
        "start": "booked start",
        "a": "planned seconds",
        "b": "chance of failing × 1 000 000",
        "c": "working days later than planned",
        "d": "Flag bits known beforehand",
        "f": "due day",
    },
    Event.WALKED_OUT: {
        "serial": "booking",
        "start": "booked start",
        "a": "planned seconds",
        "b": "seconds waited",
        "f": "due day",
    },
    Event.CANCELLED: {"serial": "booking", "start": "booked start", "a": "planned seconds", "b": "CancelReason", "f": "due day"},
    Event.NOT_OFFERED: {"f": "due day"},
    Event.REARRANGED: {
        "serial": "booking",
        "start": "booked start",
        "a": "planned seconds",
        "b": "1 if on the day (the slot is lost)",
        "f": "due day",
    },
    Event.NOT_NEEDED: {"serial": "booking (-1 if only due)", "start": "booked start", "f": "due day"},
    Event.GIVEN_UP: {"serial": "booking", "start": "booked start", "f": "due day"},
    Event.DIGITAL: {"f": "due day"},
    Event.COVERED: {"serial": "booking", "start": "booked start", "a": "former coach"},
    Event.PAUSED: {"a": "due day after the pause"},
    Event.TASK_MADE: {"serial": "task", "a": "Task", "b": "planned seconds", "c": "due day"},
    Event.ADMIN: {
        "serial": "task",
        "a": "Task",
        "b": "1 if finished",
        "c": "second at which it was made",
        "d": "due day",
        "e": "planned seconds of the task",
        "f": "1 if begun here",
    },
    Event.TASK_LAPSED: {"serial": "task", "a": "Task", "b": "planned seconds left", "c": "due day", "d": "LapseReason"},
    Event.TASK_MOVED: {"serial": "task", "a": "Task", "b": "former coach"},
    Event.CONTACT_IN: {
        "serial": "contact",
        "customer": "who chases overdue work; -1: nobody we know",
        "a": "planned seconds",
        "b": "1 with priority",
    },
    Event.UNSCHEDULED: {"serial": "contact", "a": "planned seconds", "c": "second of arrival"},
    Event.TURNED_AWAY: {"serial": "contact", "start": "second of arrival", "a": "1 with priority", "b": "1 if no place was free"},
    Event.ABANDONED: {"serial": "contact", "start": "second of arrival", "a": "1 with priority"},
    Event.WAITING: {},
    Event.TURNAROUND: {},
    Event.MEETING: {},
    Event.LUNCH: {},
    Event.IDLE: {},
    Event.TRAINING: {"serial": "post", "a": "contracted seconds of the day"},
    Event.POSTED: {"serial": "post", "a": "contracted seconds of the day"},
}

#: Kinds whose row is a stretch of a coach's time from `start` to `time`.
STRETCHES = (Event.CONVERSATION, Event.ADMIN, Event.UNSCHEDULED, Event.WAITING, Event.TURNAROUND, Event.MEETING, Event.LUNCH, Event.IDLE)


#: The algorithm of the digests of logs.
DIGEST = "xxh3-128"


class EventLog(NamedTuple):
    """The only output of a run: its rows, the names of the groups and the first day."""

    rows: np.ndarray  # shape (n, WIDTH), int32
    group_names: tuple[str, ...]
    first_day: str  # ISO date of day 0

    @property
    def digest(self) -> str:
        """Hash over the rows as little-endian 32-bit whole numbers, with the name of its algorithm.

        128 bits are strong enough against accident: among 10^12 logs two different ones share a digest with a chance below 10^-14.
        Against somebody who means to deceive no digest helps that is kept beside what it is of.
        """
        return f"{DIGEST}:{xxhash.xxh3_128_hexdigest(np.ascontiguousarray(self.rows, dtype='<i4').data)}"
