"""The compiled engine: one heap of (second, step, post); it waits, and calls steps in the SimPy engine's order."""

from __future__ import annotations

import numpy as np

from jobcentre.model.compiling import jit
from jobcentre.model.run import RunInProgress
from jobcentre.model.state import Office, is_ready
from jobcentre.model.steps.arrivals import NOTHING, open_door
from jobcentre.model.steps.coach_day import ASLEEP, end_work, take_work
from jobcentre.model.steps.office_day import begin_day
from jobcentre.model.steps.primitives import DAY

POST_BITS = 12
ORDER_BITS = 14  # step and post
POST_MASK = (1 << POST_BITS) - 1
WORK_ENDS, DOOR, TAKES_WORK = 1, 2, 3


@jit
def _key(second: int, step: int, post: int) -> int:
    return (second << ORDER_BITS) | (step << POST_BITS) | post


@jit
def _push(heap: np.ndarray, size: int, second: int, step: int, post: int) -> int:
    """Adds an event; returns the heap's new size."""
    key = _key(second, step, post)
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= key:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = key
    return size + 1


@jit
def _replace_first(heap: np.ndarray, size: int, key: int) -> None:
    """Puts an event in the place of the first and moves it to where it belongs."""
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size:
            child += int(heap[child + 1] < heap[child])  # added, not jumped over: which of the two is smaller cannot be foreseen
        if heap[child] >= key:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = key


@jit
def _without_first(heap: np.ndarray, size: int) -> int:
    """Removes the first event; returns the heap's new size."""
    size -= 1
    _replace_first(heap, size, heap[size])
    return size


@jit
def _push_woken(office: Office, heap: np.ndarray, size: int, now: int) -> int:
    for i in range(office.now["woken"][0]):
        size = _push(heap, size, now, TAKES_WORK, office.wake[i])
    office.now["woken"][0] = 0
    return size


@jit
def play_day(office: Office, heap: np.ndarray, size: int, midnight: int) -> int:
    """Plays one day from its first second; returns the number of events left for the next."""
    end = midnight + DAY
    at = begin_day(office, midnight)
    if midnight >= office.now["end"][0]:
        return 0
    size = _push_woken(office, heap, size, midnight)
    if at != NOTHING and at < end:
        size = _push(heap, size, at, DOOR, 0)
    while size > 0 and heap[0] >> ORDER_BITS < end:
        key = heap[0]  # stays first until it is over: what it leads to takes its place, without a way down and up again
        now, step, post = key >> ORDER_BITS, (key >> POST_BITS) & 3, key & POST_MASK
        if step == DOOR:
            until = open_door(office, now)
            size = _push_woken(office, heap, size, now)
            if until >= end:
                until = NOTHING
        elif step == WORK_ENDS:
            end_work(office, post, now)
            step, until = TAKES_WORK, now
        else:
            step, until = WORK_ENDS, take_work(office, post, now)
        if until in (NOTHING, ASLEEP):
            size = _without_first(heap, size)
        else:
            _replace_first(heap, size, _key(until, step, post))
    return size


@jit
def play_days(office: Office, heap: np.ndarray, first: int, last: int) -> int:
    """Plays day after day until one lacks room or the last is over; returns the day that is next."""
    day = first
    while True:
        office.now["pending"][0] = play_day(office, heap, office.now["pending"][0], day * DAY)
        day += 1
        if day > last or not is_ready(office):
            return day


def play(run: RunInProgress) -> None:
    """Plays the whole run."""
    heap = np.zeros(2 * run.posts + 8, np.int64)
    day = 0
    while day <= run.days:  # the last only closes the day before
        run.make_room()
        day = play_days(run.office, heap, day, run.days)
    run.make_room()
