"""How large the arrays of a run must be, and memory for its event log."""

from __future__ import annotations

import contextlib
import mmap
import weakref
from typing import NamedTuple

import numpy as np

from jobcentre.model.events import WIDTH
from jobcentre.model.inputs import Inputs, posts_of

#: Rows of the log that a coach's day usually takes: room for them is set aside at once, and costs nothing until written.
USUAL_ROWS = 130
#: But not more than this (1.3 GB of addresses). A log that outgrows its room is copied, and the system clears as much memory again.
MOST_ROWS_AHEAD = 24_000_000
#: Rows of the log, about: of a coach's day besides what is done for customers, and of each thing done for them.
COACH_ROWS, APPOINTMENT_ROWS, MESSAGE_ROWS, CONTACT_ROWS = 10, 7, 2, 3


class Sizes(NamedTuple):
    """Rows of the arrays that depend on the scenario."""

    posts: int
    people: int
    stock: int
    slots: int
    contacts: int
    agenda: int
    window: int
    ring: int
    tasks: int
    instants: int
    days: int
    day_rows: int
    day_arrivals: int
    rows_ahead: int


def sizes_of(inputs: Inputs) -> Sizes:
    """The sizes with which a run begins."""
    posts, settings = most_posts(inputs), inputs.settings[0]
    demand_posts = settings.demand.posts
    stock = sum(stock_of(group.stock_per_post, demand_posts) for group in settings.groups.values())
    daily = float(demand_posts * (inputs.groups["starts_mean"].sum(axis=1).max() + inputs.groups["volunteers_mean"].sum(axis=1).max()))
    people = int(stock + daily * 130 + _spare(daily) + 16) + int(inputs.moved.clip(0).sum())
    slots = max(len(inputs.slots), 1)
    contact_rate = float(inputs.fig["demand_unscheduled_per_post_day"].max()) * demand_posts
    contacts = int(2 * contact_rate + 12 * np.sqrt(contact_rate + 1) + 64) + _chasing(inputs, people)
    agenda = 2 * slots + 8
    window = _window(inputs)
    day_rows = rows_of_a_day(posts, people, slots, contacts)
    ahead = min(inputs.run_days * posts * USUAL_ROWS, MOST_ROWS_AHEAD)
    return Sizes(
        posts=posts,
        people=people,
        stock=stock,
        slots=slots,
        contacts=contacts,
        agenda=agenda,
        window=window,
        ring=1 << (window - 1).bit_length(),
        tasks=int(posts * 400 + people // 2 + 1000),
        instants=3 * posts * agenda + 2 * contacts + 16,
        days=len(inputs.days),
        day_rows=day_rows,
        day_arrivals=_arrivals_of_a_day(inputs),
        rows_ahead=ahead,
    )


def expected_rows(inputs: Inputs) -> float:
    """Rows of the log of a whole run, roughly: within a factor of two for an office that is not absurd."""
    fig, settings = inputs.fig, inputs.settings[0]
    open_days = int(inputs.days["open"][: inputs.run_days].sum())
    posts = most_posts(inputs)
    people = [stock_of(group.stock_per_post, settings.demand.posts) for group in settings.groups.values()]
    messages = float(np.dot(people, inputs.groups["message_mean"].max(axis=0)))
    # appointments of the last phase of each plan: those of earlier ones are more frequent, but soon over
    promised = sum(
        number * plan.share / max(list(plan.phases.values())[-1].every_days, 1)
        for number, group in zip(people, settings.groups.values(), strict=True)
        for plan in group.plans.values()
    )
    appointments = min(promised, posts * float(fig["diary_appointments_per_day"].max()))
    contacts = float(fig["demand_unscheduled_per_post_day"].max()) * settings.demand.posts
    a_day = posts * COACH_ROWS + appointments * APPOINTMENT_ROWS + messages * MESSAGE_ROWS + contacts * CONTACT_ROWS
    return open_days * a_day + sum(people)


def most_posts(inputs: Inputs) -> int:
    """Rows needed for coaches: posts that may ever be filled, and those who come beside them."""
    return posts_of(inputs.settings[0], inputs.fig) + int(inputs.movements["join"].sum())


def stock_of(per_post: float, posts: int) -> int:
    """Customers of a group at the start."""
    return int(per_post * posts + 0.5)


def rows_of_a_day(posts: int, people: int, slots: int, contacts: int) -> int:
    """Rows of the log that one day cannot exceed."""
    return posts * (12 * slots + 400) + 8 * people + 4 * contacts + 1000


def _spare(daily: float) -> int:
    """Room for one day's arrivals that is never exceeded in practice; checked all the same."""
    return int(2 * daily + 12 * np.sqrt(daily + 1) + 32)


def _window(inputs: Inputs) -> int:
    """Days a diary must hold: the longest time to a due day plus how far after it a booking may lie."""
    fig, phases = inputs.fig, inputs.phases
    factor = fig["policies_flexibilities_interval_factor"].max()
    longest = phases["every_days"].max() * factor + max(fig["diary_first_due_days"].max(), fig["diary_rebook_failed_days"].max(), 5)
    working = int(
        longest
        + fig["diary_booking_horizon_days"].max()
        + fig["diary_own_coach_tolerance_days"].max()
        + inputs.referrals["pause_days"].max()  # of every kind, those without a kind among them
    )
    open_days = inputs.day_of
    needed = int(np.max(open_days[working + 2 :] - open_days[: -(working + 2)])) + 10 if len(open_days) > working + 2 else len(inputs.days)
    return min(needed, len(inputs.days) - inputs.run_days)  # on the last day, too, the window ends within the calendar


def _arrivals_of_a_day(inputs: Inputs) -> int:
    """Customers that one day cannot exceed, whatever figures are in force."""
    rate = float(np.sum(inputs.groups["starts_mean"].max(axis=0) + inputs.groups["volunteers_mean"].max(axis=0)))
    return _spare(rate * int(inputs.fig["demand_posts"].max())) + int(inputs.moved.clip(0).sum())


def _chasing(inputs: Inputs, people: int) -> int:
    """Contacts of customers who chase overdue work that one day cannot exceed in practice; checked all the same."""
    chance = float(np.minimum(1.0, inputs.fig["admin_chase_per_overdue_week"] / 5.0 * inputs.fig["admin_chase_calls_share"]).max())
    return int(2 * people * chance + 12 * np.sqrt(people * chance))


ROW_BYTES = 4 * WIDTH
#: Memory that is kept for the next log, at most: one piece, of at most so many bytes.
KEPT_BYTES = 256 << 20

_free: list[mmap.mmap] = []


def room_for(rows: int) -> np.ndarray:
    """An array of at least so many rows, shape (n, WIDTH), int32, not cleared; views of it keep it."""
    needed = max(1, rows) * ROW_BYTES
    memory = _kept(needed) or _fresh(needed)
    log = np.frombuffer(memory, np.int32, len(memory) // ROW_BYTES * WIDTH)
    weakref.finalize(log, _give_back, memory)  # views refer to this very array, since its memory is not an array's
    return log.reshape(-1, WIDTH)


def room_for_run(size: Sizes) -> np.ndarray:
    """Room for the log of a whole run where the system grants it, else for a day: then it grows."""
    try:
        return room_for(size.day_rows + size.rows_ahead)
    except OSError:  # there are not so many addresses
        return room_for(size.day_rows)


def _kept(size: int) -> mmap.mmap | None:
    try:
        memory = _free.pop()
    except IndexError:  # nothing is kept, or another thread has just taken it
        return None
    if len(memory) >= size:
        return memory
    _give_back(memory)
    return None


def _fresh(size: int) -> mmap.mmap:
    if not hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size)
    # Python's default is memory that forked processes share: two of them would write into one log
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without large pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _give_back(memory: mmap.mmap) -> None:
    kept = _free[:1]  # the larger piece serves logs of either size
    if len(memory) <= KEPT_BYTES and (not kept or len(memory) >= len(kept[0])):
        _free[:] = [memory]
