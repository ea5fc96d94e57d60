"""What every step needs: drawing a number, days and today's hours."""

from __future__ import annotations

import numpy as np

from jobcentre.model.compiling import jit, jit_inline
from jobcentre.model.random_numbers import K_LIMIT, Stream, quantile, uniform
from jobcentre.model.state import NUMBERS_FULL, Office

DAY = 86400
NOT_DEALT = -1  # now["dealt_at"]: who gets which waiting contact is not known


@jit
def give_turn(office: Office, post: int, now: int) -> None:
    """The coach takes work at this instant; who does is also listed, so that nobody has to be searched for."""
    state, coaches = office.now, office.coaches
    coaches["turn"][post], coaches["dealt"][post], state["dealt_at"][0] = now, -1, NOT_DEALT
    if state["turn_at"][0] != now:
        state["turn_at"][0], state["turns"][0] = now, 0
    if office.lists["turn_listed"][post] != now:
        office.lists["turn_listed"][post] = now
        office.lists["turn"][state["turns"][0]] = post
        state["turns"][0] += 1


@jit
def look_on(office: Office, customer: int, day: int) -> None:
    """Something of the customer's journey may become known on that day: nobody need look at them before the first such day."""
    if day < office.next_look[customer]:
        office.next_look[customer] = day


@jit
def sort_first(keys: np.ndarray, n: int) -> None:
    """Sorts the first `n` whole numbers in place (Shell's method: short, and no room needed)."""
    gap = n // 2
    while gap > 0:
        for i in range(gap, n):
            key = keys[i]
            j = i
            while j >= gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key
        gap = 1 if gap == 2 else gap * 5 // 11


@jit_inline
def draw(office: Office, stream: Stream, who: int, k: int) -> float:
    """The uniform number at an address of this run."""
    now = office.now
    if k >= K_LIMIT or k < 0:
        now["failure"][0] = NUMBERS_FULL
        return 0.5
    return uniform(now["seed_low"][0], now["seed_high"][0], now["run"][0], stream, who, k)


@jit
def happens(office: Office, stream: Stream, who: int, k: int, share: float) -> bool:
    """Whether something of a given chance happens; what cannot happen needs no number."""
    return share > 0.0 and draw(office, stream, who, k) < share


@jit
def seconds_drawn(office: Office, mean_seconds: float, table: int, u: float) -> int:
    """A drawn duration in whole seconds, at least one."""
    return max(1, int(quantile(office.tables, table, u) * mean_seconds + 0.5))


@jit
def days_drawn(office: Office, mean_days: float, table: int, u: float) -> int:
    """A drawn number of whole days, at least one and at most a million, which is more than any run lasts."""
    return int(min(1_000_000.0, max(1.0, quantile(office.tables, table, u) * mean_days + 0.5)))


@jit
def add_working_days(office: Office, day: int, n: int) -> int:
    """The day `n` working days after `day`; a non-working day counts as the working day that follows it."""
    return office.day_of[min(office.days["index"][day] + n, len(office.day_of) - 1)]


@jit
def ring_of(office: Office, day: int) -> int:
    """The place of a day in the diary's ring."""
    return day & office.now["ring_mask"][0]


@jit
def working_day_from(office: Office, day: int) -> int:
    """`day` itself if the office works on it, else the next working day."""
    return add_working_days(office, day, 0)


@jit
def window_of(office: Office, post: int) -> int:
    """The window of protected admin time that belongs to a post, whoever holds it."""
    return post % office.fig["diary_protected_windows"][0]
