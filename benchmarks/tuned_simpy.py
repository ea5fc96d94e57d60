"""The reference workload in SimPy, written for speed: a process per coach, and random numbers drawn in blocks beforehand.

A yardstick for speed, not part of the product. The workload is that of plain_simpy.py, which says it in words. Coaches
never meet, so each counts for itself; a coach waits only for the next slot or the end of a piece of work.
Use: tuned_simpy.py RUNS FIRST_SEED; one line of JSON for each run.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator, Iterator
from itertools import chain, cycle, islice
from math import log, log1p, sqrt
from typing import Any

import numpy as np
import simpy

DAY, OPENS, OPEN = 86_400.0, 32_400.0, 27_000.0
COACHES, DAYS, SLOTS, STOCK = 23, 250, 18, 143
SHARES, MEETING, FAILED = (0.40, 0.35, 0.25), (600.0, 1200.0, 1800.0), (0.08, 0.12, 0.20)
STARTS_PER_COACH_DAY, LEAVES, ADMIN = 1.09, 1 / 13, 300.0
FIRST, AGAIN, REBOOK = 1, 10, 5
BLOCK = 4096
BEYOND = 400  # days after the last to which a full diary may push a booking

Draw = Callable[[], Any]
Diary = list[list[list[int]]]


def drawn(block: Callable[[int], np.ndarray]) -> Draw:
    """Gives the function that draws the next number, from blocks of thousands."""

    def blocks() -> Iterator[list[Any]]:
        while True:
            yield block(BLOCK).tolist()

    return chain.from_iterable(blocks()).__next__


def durations(rng: np.random.Generator, mean: float, cv: float) -> Draw:
    """Lognormal durations by mean and coefficient of variation."""
    variance = log1p(cv * cv)
    return drawn(lambda n: rng.lognormal(log(mean) - variance / 2, sqrt(variance), n))


class Office:
    """Counts what happened, when each coach has finished the year."""

    def __init__(self, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = rng = np.random.default_rng(seed)
        self.held = self.failed = 0
        self.waited = self.worked = 0.0
        self.group = drawn(lambda n: rng.choice(3, n, p=SHARES))
        self.meeting = [durations(rng, mean, 0.4) for mean in MEETING]
        self.fails = [drawn(lambda n, p=p: rng.random(n) < p) for p in FAILED]  # type: ignore[misc]
        self.admin = durations(rng, ADMIN, 0.5)
        self.leaves = drawn(lambda n: rng.random(n) < LEAVES)
        self.diaries: Diary = [[[] for _ in range(DAYS + BEYOND)] for _ in range(COACHES)]  # a customer is no more than a group

    def starts(self) -> Generator[simpy.Event, object, None]:
        """New customers each morning, to the coaches in turn."""
        turns = cycle(self.diaries)
        for day, number in enumerate(self.rng.poisson(STARTS_PER_COACH_DAY * COACHES, DAYS).tolist()):
            for diary in islice(turns, number):
                book(diary, day + FIRST, self.group())
            yield self.env.timeout(DAY)

    def coach(self, diary: list[list[int]]) -> Generator[simpy.Event, object, None]:
        """A coach's year: whoever waits first, then admin, and the next slot when there is neither."""
        env, timeout = self.env, self.env.timeout
        meeting, fails, admin, leaves = self.meeting, self.fails, self.admin, self.leaves
        slot_length = OPEN / SLOTS
        held = failed = 0
        waited = worked = 0.0
        for day in range(DAYS):
            now = slot = day * DAY + OPENS  # all times are kept here: env.now costs a call
            yield timeout(now - env.now)
            booked, seen, with_me = diary[day], 0, -1
            number = len(booked)
            queue: list[tuple[int, float]] = []
            todo: list[float] = []
            first = task = 0
            while True:
                while seen < number and slot <= now:
                    group = booked[seen]
                    if fails[group]():
                        failed += 1
                        book(diary, day + REBOOK, group)
                    else:
                        queue.append((group, slot))
                    seen += 1
                    slot += slot_length
                if with_me >= 0:
                    todo.append(admin())
                    if not leaves():
                        book(diary, day + AGAIN, with_me)
                    with_me = -1
                if first < len(queue):
                    with_me, came = queue[first]
                    first += 1
                    held += 1
                    waited += now - came
                    lasts = meeting[with_me]()
                elif task < len(todo):
                    lasts = todo[task]
                    task += 1
                elif seen < number:
                    yield timeout(slot - now)
                    now = slot
                    continue
                else:
                    break
                worked += lasts
                yield timeout(lasts)
                now += lasts
        self.held += held
        self.failed += failed
        self.waited += waited
        self.worked += worked

    def run(self) -> dict[str, float]:
        """Simulates the year and gives its outcome."""
        for number in range(STOCK * COACHES):
            book(self.diaries[number // STOCK], number % STOCK % AGAIN, self.group())
        self.env.process(self.starts())
        for diary in self.diaries:
            self.env.process(self.coach(diary))
        self.env.run()
        busy = self.worked / (OPEN * COACHES * DAYS)
        return {"held": self.held, "failed": self.failed, "wait_minutes": self.waited / 60 / self.held, "busy_share": busy}


def book(diary: list[list[int]], day: int, group: int) -> None:
    """Books the first free slot from a day on."""
    while len(diary[day]) >= SLOTS:
        day += 1
    diary[day].append(group)


if __name__ == "__main__":
    runs, first_seed = (int(word) for word in sys.argv[1:])
    for seed in range(first_seed, first_seed + runs):
        begun = time.perf_counter()
        print(json.dumps(Office(seed).run() | {"seconds": time.perf_counter() - begun}), flush=True)
