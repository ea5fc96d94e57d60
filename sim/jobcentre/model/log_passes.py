"""Passes over an event log in compiled code, for the metrics.

They stand here and not with the metrics because the folder of compiled code is named after the model's sources alone.
"""

from __future__ import annotations

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.compiling import jit
from jobcentre.model.events import Event, Flag, How, Task

DAY = 86_400
KINDS = 256
NEVER = 2**40  # seconds, beyond any run

#: Names of the passes, which are kept as machine code.
PASSES = ("count_rows", "read_log", "add_plans")
#: Sums of conversations and of bookings, in the order of the sums.
(
    HELD, NEEDED, UNMET, LASTED, WAITED, BEGAN_LATE, BEGAN_VERY_LATE, RUSHED, SAME_COACH, HAS_LAST, COVERED, BACK_TO_BACK, AFTER_FAILED,
    AFTER_HELD, BY_TELEPHONE, BY_VIDEO,
) = range(16)  # fmt: skip
MADE, LATE, DAYS_LATE = range(3)
CONVERSATION_SUMS, BOOKING_SUMS = 16, 3
#: Sums of tasks of each kind that ended.
FINISHED, FINISHED_LATE, LAPSED = range(3)
TASK_SUMS = 3
#: Lines of the sums of coaches' time: these kinds of event, then each task. In the first no work is done.
KINDS_OF_TIME = (Event.IDLE, Event.CONVERSATION, Event.UNSCHEDULED, Event.WAITING, Event.TURNAROUND, Event.MEETING)
OF_TASKS, TIME_LINES = len(KINDS_OF_TIME), len(KINDS_OF_TIME) + len(Task)
#: Seconds that a customer who is there waits until a conversation has begun late, and very late.
LATE_START, VERY_LATE_START = 300, 900
#: Bands of a stretch of time, in the order of the sums.
ALL_BANDS, AT_LUNCH, OVERTIME = 0, 1, 2
BANDS = 3
#: Sums of customers' plans: rates that begin or end, and amounts on one day.
BEGINS, ENDS, WHOLE, HALF = 0, 1, 2, 3

#: Kinds with so many rows that they are added up and not copied; of the first two the rows of safeguarding and of chasing are.
NOT_COPIED = (Event.TASK_MADE, Event.ADMIN, Event.CONVERSATION, Event.IDLE)

_RUSHED, _COVER, _HAS_LAST, _SAME_COACH = int(Flag.RUSHED), int(Flag.COVER), int(Flag.HAS_LAST), int(Flag.SAME_COACH | Flag.HAS_LAST)
_LAST_FAILED, _TELEPHONE, _VIDEO = int(Flag.LAST_FAILED), int(Flag.TELEPHONE), int(Flag.VIDEO)
_SUPERFLUOUS = 2  # why a task lapsed that was no longer needed


@jit
def count_rows(log: np.ndarray, counts: np.ndarray) -> int:
    """Counts the rows of each kind; gives the number of coaches."""
    last_coach = -1
    for i in range(len(log)):
        counts[log[i, ev.KIND]] += 1
        last_coach = max(last_coach, log[i, ev.COACH])
    return last_coach + 1


@jit
def read_log(
    log: np.ndarray, place: np.ndarray, copies: np.ndarray, hours: np.ndarray, conversations: np.ndarray, bookings: np.ndarray,
    tasks_finished: np.ndarray, tasks_ended: np.ndarray, seconds: np.ndarray, lunch: np.ndarray,
) -> None:  # fmt: skip
    """Reads a log once: copies rows sorted by kind, those of one kind as they were written, and adds up the kinds with most rows.

    `place` is that of the next row of each kind. Sums are by day, then customer group (0: none), line of time or coach; days outside
    them are left out. `hours` are the second of the day at which coaches finish and those at which lunch begins and ends.
    """  # one pass, because most of the time goes into fetching the log from memory
    last_end = np.full(lunch.shape[1], -1, np.int64)  # of each coach's last conversation
    for i in range(len(log)):
        kind = int(log[i, ev.KIND])  # uncompiled, one of numpy is ten times as slow to compare
        if _is_copied(kind, log[i, ev.A]):
            at = place[kind]
            place[kind] = at + 1
            for column in range(ev.WIDTH):  # a slice takes four times as long
                copies[at, column] = log[i, column]
        if kind == Event.CONVERSATION:
            _add_conversation(log, i, last_end, conversations)
        elif kind == Event.ADMIN:
            _add_task_finished(log, i, tasks_finished, tasks_ended)
            _add_stretch(log, i, OF_TASKS + min(max(log[i, ev.A], 0), TIME_LINES - OF_TASKS - 1), hours, seconds, lunch)
        elif kind == Event.BOOKED:
            _add_booking(log, i, bookings)
        elif kind == Event.TASK_LAPSED:
            _add_task_lapsed(log, i, tasks_ended)
        elif kind == Event.TURNAROUND and last_end[log[i, ev.COACH]] == log[i, ev.START]:
            last_end[log[i, ev.COACH]] = log[i, ev.TIME]  # it belongs to the conversation that follows
        for line in range(OF_TASKS):
            if kind == KINDS_OF_TIME[line]:
                _add_stretch(log, i, line, hours, seconds, lunch)


@jit
def _is_copied(kind: int, task: int) -> bool:
    if kind == Event.TASK_MADE or kind == Event.ADMIN:
        return bool(task == Task.SAFEGUARDING or task == Task.CHASED)
    return bool(kind != Event.CONVERSATION and kind != Event.IDLE)


@jit
def _add_conversation(log: np.ndarray, i: int, last_end: np.ndarray, sums: np.ndarray) -> None:
    start, end, coach, flags = log[i, ev.START], log[i, ev.TIME], log[i, ev.COACH], log[i, ev.D]
    back_to_back = start == last_end[coach]
    last_end[coach] = end
    day, group = end // DAY, log[i, ev.GROUP] + 1
    if day < len(sums):
        sums[day, group, HELD] += 1
        sums[day, group, NEEDED] += log[i, ev.B]
        sums[day, group, UNMET] += log[i, ev.C]
        sums[day, group, LASTED] += end - start
        waited = max(start - log[i, ev.E] - max(log[i, ev.G], 0), 0)
        sums[day, group, WAITED] += waited
        sums[day, group, BEGAN_LATE] += waited > LATE_START
        sums[day, group, BEGAN_VERY_LATE] += waited > VERY_LATE_START
        sums[day, group, RUSHED] += flags & _RUSHED == _RUSHED
        sums[day, group, SAME_COACH] += flags & _SAME_COACH == _SAME_COACH
        sums[day, group, HAS_LAST] += flags & _HAS_LAST == _HAS_LAST
        sums[day, group, COVERED] += flags & _COVER == _COVER
        sums[day, group, BACK_TO_BACK] += back_to_back
        sums[day, group, AFTER_FAILED] += flags & _LAST_FAILED == _LAST_FAILED
        sums[day, group, AFTER_HELD] += flags & (_HAS_LAST | _LAST_FAILED) == _HAS_LAST
        sums[day, group, BY_TELEPHONE] += flags & _TELEPHONE == _TELEPHONE
        sums[day, group, BY_VIDEO] += flags & _VIDEO == _VIDEO


@jit
def _add_booking(log: np.ndarray, i: int, sums: np.ndarray) -> None:
    day, group = log[i, ev.TIME] // DAY, log[i, ev.GROUP] + 1
    if day < len(sums):
        sums[day, group, MADE] += 1
        sums[day, group, LATE] += log[i, ev.E] == How.OWN_LATE
        sums[day, group, DAYS_LATE] += max(log[i, ev.F], 0)


@jit
def _add_task_finished(log: np.ndarray, i: int, by_group: np.ndarray, by_task: np.ndarray) -> None:
    day, group, task = log[i, ev.TIME] // DAY, log[i, ev.GROUP] + 1, log[i, ev.A]
    if day < len(by_group) and log[i, ev.B] == 1:
        by_group[day, group] += 1
        by_task[day, task, FINISHED] += 1
        by_task[day, task, FINISHED_LATE] += (log[i, ev.TIME] - 1) // DAY > log[i, ev.D]  # a day's last second belongs to it


@jit
def _add_task_lapsed(log: np.ndarray, i: int, by_task: np.ndarray) -> None:
    day = log[i, ev.TIME] // DAY
    if day < len(by_task):
        by_task[day, log[i, ev.A], LAPSED] += log[i, ev.D] != _SUPERFLUOUS


@jit
def _add_stretch(log: np.ndarray, i: int, line: int, hours: np.ndarray, seconds: np.ndarray, lunch: np.ndarray) -> None:
    """Adds a stretch of a coach's time; over midnight it counts on both days."""
    finish, lunch_start, lunch_end = hours[0], hours[1], hours[2]
    day = log[i, ev.START] // DAY
    midnight = day * DAY
    while True:
        start, end = max(log[i, ev.START] - midnight, 0), min(log[i, ev.TIME] - midnight, DAY)
        if 0 <= day < len(seconds):
            seconds[day, line, ALL_BANDS] += end - start
            if end > finish:
                seconds[day, line, OVERTIME] += end - max(start, finish)
            if start < lunch_end and end > lunch_start:
                inside = min(end, lunch_end) - max(start, lunch_start)
                seconds[day, line, AT_LUNCH] += inside
                if line > 0:
                    lunch[day, log[i, ev.COACH]] += inside
        day += 1
        midnight += DAY
        if log[i, ev.TIME] <= midnight:
            break


@jit
def add_plans(rows: np.ndarray, place: np.ndarray, end: np.ndarray, out_day: np.ndarray, sums: np.ndarray) -> None:
    """Adds up, by customer group (0: none) and day, what customers' plans promise: see `minutes_promised`.

    The rows are sorted by kind; those of each kind that tells of plans stand from `place`, which moves, to `end`. They are taken in
    the order of time, at one second in that of the kinds given.
    """
    customers, days = len(out_day), sums.shape[2]
    open_row = np.full(customers, -1, np.int64)  # whose plan still lasts
    begins = np.zeros(customers, np.int64)
    anchor = np.zeros(customers, np.int64)
    booking = np.full(customers, -1, np.int64)
    first_due = np.zeros(customers, np.int64)
    time = np.empty(len(place), np.int64)  # of the next row of each kind
    for n in range(len(place)):
        time[n] = rows[place[n], ev.TIME] if place[n] < end[n] else NEVER
    still_open = 0
    while still_open < customers:
        first = _earliest(time)
        if time[first] < NEVER:
            row = place[first]
            place[first] = row + 1
            time[first] = rows[row + 1, ev.TIME] if row + 1 < end[first] else NEVER
            customer, kind, day = rows[row, ev.CUSTOMER], rows[row, ev.KIND], rows[row, ev.TIME] // DAY
            if kind == Event.BOOKED and rows[row, ev.G] == 1:  # for a referral: it is no part of the plan
                continue
        else:  # all that is still open lasts until the run ends
            row, customer, kind, day = -1, still_open, 0, days
            still_open += 1
        if open_row[customer] >= 0 and booking[customer] >= 0:
            _add_rate(rows, open_row[customer], booking[customer], begins[customer], day, sums)
        if row < 0:
            continue
        if kind == Event.CUSTOMER_IN:
            booking[customer] = -1
            anchor[customer] = 0
        group = rows[row, ev.GROUP] + 1
        if kind == Event.BOOKED:
            if booking[customer] < 0:
                due = rows[row, ev.C]
                anchor[customer] = first_due[customer] = due
                if due < out_day[customer] and 0 <= due < days:
                    sums[WHOLE, group, due] += rows[row, ev.A]
            booking[customer] = row
        elif kind == Event.PAUSED:
            anchor[customer] = rows[row, ev.A]
        elif kind == Event.CUSTOMER_OUT and booking[customer] >= 0 and first_due[customer] < day < days:
            sums[HALF, group, day] += rows[booking[customer], ev.A]
        begins[customer] = max(day, anchor[customer])
        open_row[customer] = -1 if kind == Event.CUSTOMER_OUT else row


@jit
def _earliest(time: np.ndarray) -> int:
    first = 0
    for n in range(1, len(time)):  # argmin takes longer
        if time[n] < time[first]:
            first = n
    return first


@jit
def _add_rate(rows: np.ndarray, open_row: int, booking: int, begin: int, until: int, sums: np.ndarray) -> None:
    """Adds minutes per working day of the plan that a booking tells, for the days from `begin`."""
    days = sums.shape[2]
    if until > begin:
        group = rows[open_row, ev.GROUP] + 1
        rate = rows[booking, ev.A] / 60 / max(1, rows[booking, ev.B])
        if begin < days:
            sums[BEGINS, group, begin] += rate
        if until < days:
            sums[ENDS, group, until] += rate


def compile_passes() -> None:
    """Compiles the passes, or reads them from disk, by a log without rows."""
    log, numbers = np.empty((0, ev.WIDTH), np.int32), np.zeros(KINDS, np.int64)
    line, table, cube = numbers[:0], numbers[:0].reshape(0, 0), numbers[:0].reshape(0, 0, 0)
    count_rows(log, numbers)
    read_log(log, numbers, log, numbers, cube, cube, table, cube, cube, table)
    add_plans(log, line, line, line, np.zeros((4, 1, 1)))
