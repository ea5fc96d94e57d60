"""Passes over an event log in compiled code, for the metrics: rows by kind, coaches' seconds by band, minutes promised to customers.

They stand here and not with the metrics because the folder of compiled code is named after the model's sources alone.
"""

from __future__ import annotations

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.compiling import jit
from jobcentre.model.events import Event

DAY = 86_400
KINDS = 256

BOOKED, CUSTOMER_IN, CUSTOMER_OUT, PAUSED = int(Event.BOOKED), int(Event.CUSTOMER_IN), int(Event.CUSTOMER_OUT), int(Event.PAUSED)
KIND = int(ev.KIND)

#: Bands of a stretch of time, in the order of the sums.
ALL_BANDS, AT_LUNCH, OVERTIME = 0, 1, 2
#: Sums of customers' plans: rates that begin or end, and amounts on one day.
BEGINS, ENDS, WHOLE, HALF = 0, 1, 2, 3


@jit
def first_rows(log: np.ndarray, first: np.ndarray) -> None:
    """Sets at which place the rows of each kind begin when the log is sorted by kind; one place more than kinds."""
    for i in range(len(log)):
        first[log[i, KIND] + 1] += 1
    for kind in range(len(first) - 1):
        first[kind + 1] += first[kind]


@jit
def sort_by_kind(log: np.ndarray, place: np.ndarray, wanted: np.ndarray, which: np.ndarray, columns: np.ndarray) -> None:
    """Sorts a log by kind in the order written: the numbers of the rows, and of each kind the columns wanted, -1 where there are no more.

    `place` is where the next row of each kind goes.
    """
    for i in range(len(log)):
        kind = log[i, KIND]
        at = place[kind]
        place[kind] = at + 1
        which[at] = i
        for n in range(wanted.shape[1]):
            column = wanted[kind, n]
            if column < 0:
                break
            columns[column, at] = log[i, column]


@jit
def add_stretches(
    coaches: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    activities: np.ndarray,
    hours: np.ndarray,
    sums: np.ndarray,
    lunch: np.ndarray,
) -> None:
    """Adds up stretches of coaches' time in seconds by activity, band and day, and by coach and day inside lunch.

    `hours` are the second of the day at which coaches finish and those at which lunch begins and ends. A stretch over midnight
    counts on both days; days outside the sums are left out. Activity 0 is no work, and no lunch is worked in it.
    """
    finish, lunch_start, lunch_end = hours[0], hours[1], hours[2]
    days = sums.shape[2]
    for i in range(len(starts)):
        activity = activities[i]
        day = starts[i] // DAY
        midnight = day * DAY
        while True:
            start, end = max(starts[i] - midnight, 0), min(ends[i] - midnight, DAY)
            if 0 <= day < days:
                sums[activity, ALL_BANDS, day] += end - start
                if end > finish:
                    sums[activity, OVERTIME, day] += end - max(start, finish)
                if start < lunch_end and end > lunch_start:
                    inside = min(end, lunch_end) - max(start, lunch_start)
                    sums[activity, AT_LUNCH, day] += inside
                    if activity > 0:
                        lunch[coaches[i], day] += inside
            day += 1
            midnight += DAY
            if ends[i] <= midnight:
                break


@jit
def add_plans(plan: np.ndarray, order: np.ndarray, out_day: np.ndarray, sums: np.ndarray) -> None:
    """Adds up, by customer group and day, what customers' plans promise: see `minutes_promised`.

    `plan` has a line for kind, day, customer, group, seconds or day of resumption, interval and due day; `order` is that of time.
    """
    customers, days = len(out_day), sums.shape[2]
    open_row = np.full(customers, -1, np.int64)  # whose plan still lasts
    begins = np.zeros(customers, np.int64)
    anchor = np.zeros(customers, np.int64)
    booking = np.full(customers, -1, np.int64)
    first_due = np.zeros(customers, np.int64)
    for n in range(len(order) + customers):
        if n < len(order):
            row = order[n]
            customer = plan[2, row]
        else:  # all that is still open lasts until the run ends
            row = -1
            customer = n - len(order)
        kind = plan[0, row] if row >= 0 else CUSTOMER_IN
        day = plan[1, row] if row >= 0 else days
        if open_row[customer] >= 0 and booking[customer] >= 0:
            until = days if kind == CUSTOMER_IN else day
            begin = begins[customer]
            if until > begin:
                line = plan[3, open_row[customer]] + 1
                rate = plan[4, booking[customer]] / 60 / max(1, plan[5, booking[customer]])
                if begin < days:
                    sums[BEGINS, line, begin] += rate
                if until < days:
                    sums[ENDS, line, until] += rate
        if row < 0:
            continue
        if kind == CUSTOMER_IN:
            booking[customer] = -1
            anchor[customer] = 0
        group = plan[3, row] + 1
        if kind == BOOKED:
            if booking[customer] < 0:
                due = plan[6, row]
                anchor[customer] = first_due[customer] = due
                if due < out_day[customer] and 0 <= due < days:
                    sums[WHOLE, group, due] += plan[4, row]
            booking[customer] = row
        elif kind == PAUSED:
            anchor[customer] = plan[4, row]
        elif kind == CUSTOMER_OUT and booking[customer] >= 0 and first_due[customer] < day < days:
            sums[HALF, group, day] += plan[4, booking[customer]]
        begins[customer] = max(day, anchor[customer])
        open_row[customer] = -1 if kind == CUSTOMER_OUT else row


def compile_passes() -> None:
    """Compiles the passes, or reads them from disk, by a log without rows."""
    log, columns, numbers = np.empty((0, ev.WIDTH), np.int32), np.empty((ev.WIDTH, 0), np.int32), np.empty(0, np.int64)
    first = np.zeros(KINDS + 1, np.int64)
    first_rows(log, first)
    sort_by_kind(log, first, np.empty((KINDS, ev.WIDTH), np.int64), columns[0], columns)
    add_stretches(columns[0], columns[0], columns[0], numbers, first[:3], np.zeros((1, 3, 1), np.int64), np.zeros((1, 1), np.int64))
    add_plans(np.empty((7, 0), np.int32), numbers, numbers, np.zeros((4, 1, 1)))
