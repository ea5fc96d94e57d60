"""The whole state of an office at one moment, as structured arrays.

`coaches` has one row per post: the coach who holds it, or a vacancy. Customers are rows for life; -1 means
none. The diary is a ring of days, one cell per slot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jobcentre.model.capacity import room_for, room_for_run, rows_of_a_day, sizes_of
from jobcentre.model.compiling import COMPILES, jit
from jobcentre.model.inputs import MAX_EXITS, Inputs, posts_of
from jobcentre.scenario.schema import WEEK

VACANT, IN_TRAINING, TRAINED = 0, 1, 2  # coaches["state"]
OFF, FREE, SLEEPING = 0, 1, 2  # coaches["doing"]; other values are the Event of the stretch of work
EXPECTED, THERE, GONE, SEEN = 0, 1, 2, 3  # customers["today"]
NOBODY, HERE, AWAY = 0, 1, 2  # customers["status"]: AWAY has left for good
NO_FAILURE, LOG_FULL, TASKS_FULL, CUSTOMERS_FULL, CONTACTS_FULL, AGENDA_FULL, NUMBERS_FULL, MESSAGES_FULL, DIARY_FULL = range(9)
FAILURES = (
    "", "the event log of one day is full", "too many admin tasks at once", "too many customers arrived in one day",
    "too many unscheduled contacts in one day", "too many bookings for one coach in one day",
    "an identity or occasion number exceeded its range",
    "more than 512 messages to one coach in one day: the caseload is too large, or too many customers chase unfinished admin",
    "a booking lies further ahead than a diary holds",
)  # fmt: skip

#: Whole numbers in large tables: 32 bits hold them all, and an office stays in the processor's cache. Compiled code reckons
#: with 64 bits in between; plain Python would not, and gets them in the tables too.
WHOLE = "i4" if COMPILES else "i8"

#: A row of a coach or a customer fills whole lines of the processor's cache, and fields that are looked at together share a
#: line: in an office of hundreds of coaches a run takes as long as its lines take to arrive.
CACHE_LINE = 64  # bytes
BYTE, SHORT = ("i1", "i2") if COMPILES else ("i8", "i8")

COACH = np.dtype(
    [
        # who can be given customers, bookings and contacts
        ("ramp", "f8"),
        *[(name, BYTE) for name in ("state", "diary_closed", "weekdays", "presence", "relief", "mental_health", "met", "doing")],
        *[(name, SHORT) for name in ("contacts", "rushed", "held", "course_day", "chased_by", "urgent_late")],
        *[(name, WHOLE) for name in (
            "caseload", "notice_day", "last_day", "cap", "ramp_from", "holder", "id", "agenda_i", "agenda_n", "urgent_head",
            "dealt",
            # what the coach does now
            "began", "until", "customer", "task", "contact", "need", "cut", "turn", "counted_from", "worked", "urgent_tail", "task_head",
            "task_tail", "backlog", "contact_arrived", "contact_planned", "ready_for", "talk_ended",
            # the rest of today
            "lunch_until", "lunch_worked", "overtime",
            # coming, sickness, leaving, relief
            "service_day", "train_end", "vacant_since", "hire_day", "vacancies", "spell", "spell_start",
            "spell_return", "spells_short", "spells_long", "spells_stress", "spells_broken", "after_until",
            "relief_until",
        )],
        *[(name, BYTE) for name in ("armed", "breaks", "relieved", "cause", "mental_spell", "broken")],
        *[(name, "f8") for name in (
            "sensitivity", "own_overtime", "own_home", "strain", "slow_strain", "pressure", "frailty", "mark", "week_leaving",
            "week_stress", "message_mean",
            "message_none", "leave_sum", "leave_limit", "short_sum", "short_limit", "long_sum", "long_limit", "stress_sum",
            "stress_limit",
        )],
    ],
    align=True,
)  # fmt: skip

CUSTOMER = np.dtype(
    [
        # what becomes known on a day, and the booking
        *[(name, WHOLE) for name in ("exit_day", "decision_day", "follow_up_day", "rearrange_day", "booked_day", "due", "coach")],
        *[(name, SHORT) for name in ("group", "slot", "n_slots")],
        *[(name, BYTE) for name in ("status", "waiting", "today", "cover", "first")],
        *[(name, WHOLE) for name in ("start", "with", "booking", "planned", "occasions", "seen_day")],
        # who it is, and the plan
        ("who", "i8"), ("propensity", "f8"),
        *[(name, WHOLE) for name in ("last_id", "leaves_at")],
        *[(name, SHORT) for name in (
            "lateness", "rapport", "chased_week", "every", "in_phase", "entered", "groups_entered", "added_until", "held_week",
            "rearrange_due", "plan", "phase", "booked_phase", "late_days",
        )],
        *[(name, BYTE) for name in (
            "comes", "complex", "called_in", "failed_in_a_row", "calls_open", "last_poor", "remote", "channel", "referred_to",
        )],
    ],
    align=True,
)  # fmt: skip
TASK = np.dtype(
    [
        (name, WHOLE)
        for name in ("serial", "kind", "customer", "made", "due", "planned", "need", "done", "begun", "next", "previous", "post")
    ],
    align=True,
)
CONTACT = np.dtype(
    [(name, WHOLE) for name in ("serial", "customer", "arrived", "leaves", "planned", "need", "priority", "state")], align=True
)  # state: 0 to come, 1 waiting, 2 served or gone
DAY_COUNT = np.dtype([("booked", WHOLE)], align=True)
LISTS = np.dtype(
    [
        ("turn", "i8"),  # by place: posts given a turn at the instant now["turn_at"]
        ("asleep", "i8"),  # by place: posts put to sleep, and some that have been woken since
        ("turn_listed", "i8"),  # by post: the instant for which it stands in the first list
        ("asleep_listed", "i8"),  # by post: 1 if it stands in the second
    ],
    align=True,
)

NOW = np.dtype(
    [(name, "i8") for name in (
        "seed_low", "seed_high", "run", "day", "working", "rows", "failure", "next_coach", "customers", "active", "next_task",
        "next_booking", "next_contact", "free_task", "open_tasks", "door_i", "door_n", "door_unsorted",
        "contacts_n", "contacts_first", "woken",
        "turn_at", "turns", "asleep", "dealt_at",
        "notices", "flexible", "late_days", "late_bookings", "period", "counted_from", "end", "window", "ring_mask",
        "day_rows", "day_arrivals", "pending",
        "open_days", "run_days", "posts",
    )]
    + [("open_share", "f8"), ("leaving_here", "f8"), ("recent_notices", "f8")],
    align=True,
)  # fmt: skip


class Arrays(NamedTuple):
    """The state of one office, with today's figures in row 0 of the input arrays."""

    fig: np.ndarray
    groups: np.ndarray
    exits: np.ndarray
    plans: np.ndarray
    phases: np.ndarray
    decide: np.ndarray
    referral_shares: np.ndarray
    referrals: np.ndarray
    tables: np.ndarray
    days: np.ndarray
    day_of: np.ndarray
    slots: np.ndarray  # (S,)
    elastic: np.ndarray  # (1+K, ELASTICITY_POINTS)
    movements: np.ndarray  # (M,)
    moved: np.ndarray  # (M, G)
    now: np.ndarray  # (1,)
    coaches: np.ndarray  # (P,)
    blank: np.ndarray  # (1,) a coach's row before anything has happened
    leave: np.ndarray  # (P, D) int8: Presence code of a day set beforehand for the holder of the post
    customers: np.ndarray  # (N,)
    sums: np.ndarray  # (N, MAX_EXITS) hazard summed so far of each way out of the group
    limits: np.ndarray  # (N, MAX_EXITS) threshold of each
    held: np.ndarray  # (N, 13) int16: appointments held in each of the last 13 weeks
    active: np.ndarray  # (N,) customers on the caseload, by number
    next_look: np.ndarray  # (N,) int32: day before which nothing of the customer's journey becomes known; perhaps too early
    diary: np.ndarray  # (R, P, S) int32: customer + 1 in every slot of a booking, -1 where a slot is lost
    counts: np.ndarray  # (R, P) DAY_COUNT: the posts of a day side by side, since all of them may be looked through
    agenda: np.ndarray  # (P, A) customers booked today, by start
    tasks: np.ndarray
    contacts: np.ndarray
    door: np.ndarray  # (M,) packed instants of today: see steps/arrivals.py
    wake: np.ndarray  # (P,) posts to wake after this step
    lists: np.ndarray  # (P,) posts with a turn at this instant and posts asleep, so that nobody has to be searched for
    recent: np.ndarray  # (64,) working-day index of the latest notices
    scratch: np.ndarray  # (N,) keys for sorting
    log: np.ndarray  # (L, WIDTH) int32: rows written so far, and room


#: What steps are given: the arrays above by name (sim/jobcentre/model/compiling/handle.py).
Office = Arrays


def new_office(inputs: Inputs, seed: int, run: int) -> Arrays:
    """An empty office at the first second of day 0; `steps.start` fills it."""
    size = sizes_of(inputs)
    posts, people, window = size.posts, size.people, size.window
    now = np.zeros(1, NOW)
    now["seed_low"], now["seed_high"], now["run"] = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, run
    now["counted_from"], now["end"] = inputs.counted_from * 86400, inputs.run_days * 86400
    now["run_days"], now["window"], now["free_task"], now["day"] = inputs.run_days, window, 0, -1
    now["posts"] = posts_of(inputs.settings[0], inputs.fig)
    now["ring_mask"] = size.ring - 1
    now["open_share"] = float(np.mean(inputs.days["open"][: inputs.run_days]))
    now["open_days"] = sum(1 << WEEK.index(day) for day in inputs.settings[0].office.open_days)
    tasks = np.zeros(size.tasks, TASK)
    tasks["next"] = np.append(np.arange(1, size.tasks), -1)
    now["day_rows"], now["day_arrivals"] = size.day_rows, size.day_arrivals
    office = Arrays(
        fig=inputs.fig.copy(),
        groups=inputs.groups.copy(),
        exits=inputs.exits.copy(),
        plans=inputs.plans.copy(),
        phases=inputs.phases.copy(),
        decide=inputs.decide.copy(),
        referral_shares=inputs.referral_shares.copy(),
        referrals=inputs.referrals.copy(),
        tables=inputs.tables,
        days=inputs.days,
        day_of=inputs.day_of,
        slots=inputs.slots.copy(),
        elastic=inputs.elastic.copy(),
        movements=inputs.movements,
        moved=inputs.moved,
        now=now,
        coaches=_in_lines(posts, COACH),
        blank=_blank_coach(),
        leave=np.zeros((posts, len(inputs.days)), np.int8),
        customers=_in_lines(people, CUSTOMER),
        sums=np.zeros((people, MAX_EXITS)),
        limits=np.zeros((people, MAX_EXITS)),
        held=np.zeros((people, 13), np.int16),
        active=np.zeros(people, np.int64),
        next_look=np.zeros(people, np.int32),
        diary=np.zeros((size.ring, posts, size.slots), np.int32),
        counts=np.zeros((size.ring, posts), DAY_COUNT),
        agenda=np.full((posts, size.agenda), -1, np.int64),
        tasks=tasks,
        contacts=np.zeros(size.contacts, CONTACT),
        door=np.zeros(size.instants, np.int64),
        wake=np.zeros(posts, np.int64),
        lists=np.full(posts, -1, LISTS),
        recent=np.full(64, -(10**6), np.int64),
        scratch=np.zeros(max(people, size.instants), np.int64),
        log=room_for_run(size),
    )
    office.coaches[:] = office.blank
    return office


def office_bytes(inputs: Inputs) -> int:
    """Bytes of the arrays that `new_office` would make, without making them; the log apart, which is used as far as it is written."""
    size = sizes_of(inputs)
    a_post = COACH.itemsize + size.days + size.ring * (4 * size.slots + DAY_COUNT.itemsize) + 8 * size.agenda + 8 + LISTS.itemsize
    a_person = CUSTOMER.itemsize + 2 * 8 * MAX_EXITS + 2 * 13 + 8 + 4
    work = size.tasks * TASK.itemsize + size.contacts * CONTACT.itemsize + 8 * (size.instants + max(size.people, size.instants))
    return size.posts * a_post + size.people * a_person + work


def _in_lines(rows: int, dtype: np.dtype) -> np.ndarray:
    """Zeros that begin at a line of the processor's cache, so that fields side by side are fetched together."""
    memory = np.zeros(rows * dtype.itemsize + CACHE_LINE, np.uint8)
    begin = -memory.ctypes.data % CACHE_LINE
    return memory[begin : begin + rows * dtype.itemsize].view(dtype)


def _grown(table: np.ndarray, rows: int) -> np.ndarray:
    larger = _in_lines(rows, table.dtype)
    larger[: len(table)] = table
    return larger


def _blank_coach() -> np.ndarray:
    """A row whose "none" fields hold -1."""
    row = np.zeros(1, COACH)
    for name in (
        "id", "course_day", "notice_day", "last_day", "vacant_since", "hire_day", "spell", "after_until", "relief_until",
        "urgent_head", "urgent_tail", "task_head", "task_tail", "turn", "lunch_until", "dealt", "customer", "task", "contact",
        "ready_for", "talk_ended",
    ):  # fmt: skip
        row[name] = -1
    row["ramp"] = 1.0
    return row


@jit
def is_ready(office: Office) -> bool:
    """Whether nothing has failed and no array can fill on the next day."""
    now = office.now
    if now["failure"][0] != NO_FAILURE or now["customers"][0] + now["day_arrivals"][0] > len(office.customers):
        return False
    return now["rows"][0] + now["day_rows"][0] <= len(office.log) and 2 * now["open_tasks"][0] <= len(office.tasks)


def with_room(office: Arrays) -> Arrays:
    """The office with room for another day in every array that can fill."""
    now = office.now
    if len(office.customers) < int(now["customers"][0] + now["day_arrivals"][0]):
        more = len(office.customers)
        office = office._replace(
            customers=_grown(office.customers, 2 * more),
            sums=np.concatenate([office.sums, np.zeros((more, MAX_EXITS))]),
            limits=np.concatenate([office.limits, np.zeros((more, MAX_EXITS))]),
            held=np.concatenate([office.held, np.zeros((more, 13), np.int16)]),
            active=np.concatenate([office.active, np.zeros(more, np.int64)]),
            next_look=np.concatenate([office.next_look, np.zeros(more, np.int32)]),
            scratch=np.zeros(max(len(office.scratch), 2 * more), np.int64),
        )
        now["day_rows"] = rows_of_a_day(len(office.coaches), len(office.customers), len(office.slots), len(office.contacts))
    if 2 * int(now["open_tasks"][0]) > len(office.tasks):
        office = office._replace(tasks=_more_tasks(office))
    rows = int(now["rows"][0])
    needed = rows + int(now["day_rows"][0])
    if len(office.log) < needed:
        log = room_for(needed + needed // 2)
        log[:rows] = office.log[:rows]
        office = office._replace(log=log)
    return office


def _more_tasks(office: Arrays) -> np.ndarray:
    """Twice as many rows for tasks; the new ones stand in front of the list of free rows."""
    room = len(office.tasks)
    new = np.zeros(room, TASK)
    new["next"] = np.append(np.arange(room + 1, 2 * room), office.now["free_task"][0])
    office.now["free_task"] = room
    return np.concatenate([office.tasks, new])
