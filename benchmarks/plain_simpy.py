"""The reference workload as most people would write it in SimPy: a process per customer, a resource per coach.

A yardstick for speed, not part of the product. It knows only this workload: 23 coaches, 250 days of 09:00 to 16:30, 18
appointments of 25 minutes a day, customers in three groups (mean meeting 10, 20 and 30 minutes) who fail to attend with
8, 12 and 20 %, leave for good after a meeting with probability 1 ÷ 13, and come back after 10 days, or 5 after a
failure; each meeting makes one admin task of 5 minutes on average, done when nobody waits. It writes no log.
Use: plain_simpy.py RUNS FIRST_SEED; one line of JSON for each run.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator

import numpy as np
import simpy

DAY, OPENS, CLOSES = 86_400, 32_400, 59_400
COACHES, DAYS, SLOTS, STOCK = 23, 250, 18, 143
SHARES, MEETING, FAILED = (0.40, 0.35, 0.25), (600.0, 1200.0, 1800.0), (0.08, 0.12, 0.20)
STARTS_PER_COACH_DAY, LEAVES, ADMIN = 1.09, 1 / 13, 300.0

Wait = Generator[simpy.Event, object, None]


def lognormal(rng: np.random.Generator, mean: float, cv: float) -> float:
    """A lognormal duration by mean and coefficient of variation."""
    variance = np.log1p(cv * cv)
    return float(rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance)))


class Coach:
    """A coach: somebody to be seen by, and a diary of so many slots a day."""

    def __init__(self, env: simpy.Environment) -> None:
        self.desk = simpy.PriorityResource(env)
        self.booked = [0] * (DAYS + 300)

    def next_slot(self, due: int) -> tuple[int, int]:
        """Day and second of the first free slot from the due day on."""
        while self.booked[due] == SLOTS:
            due += 1
        self.booked[due] += 1
        return due, due * DAY + OPENS + (self.booked[due] - 1) * ((CLOSES - OPENS) // SLOTS)


class Office:
    """Counts what happened."""

    def __init__(self, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = np.random.default_rng(seed)
        self.coaches = [Coach(self.env) for _ in range(COACHES)]
        self.held = self.failed = 0
        self.waited = self.worked = 0.0

    def customer(self, coach: Coach, due: int) -> Wait:
        """A customer comes back again and again, until they leave for good."""
        group = int(self.rng.choice(3, p=SHARES))
        while True:
            due, second = coach.next_slot(due)
            if due >= DAYS:
                return
            yield self.env.timeout(second - self.env.now)
            if self.rng.random() < FAILED[group]:
                self.failed += 1
                due += 5
                continue
            with coach.desk.request(priority=0) as turn:
                yield turn
                self.held += 1
                self.waited += self.env.now - second
                yield self.work(lognormal(self.rng, MEETING[group], 0.4))
            self.env.process(self.admin(coach))
            if self.rng.random() < LEAVES:
                return
            due += 10

    def admin(self, coach: Coach) -> Wait:
        """One task, after everybody who is there."""
        with coach.desk.request(priority=1) as turn:
            yield turn
            yield self.work(lognormal(self.rng, ADMIN, 0.5))

    def work(self, seconds: float) -> simpy.Timeout:
        """A piece of work, counted when it begins."""
        self.worked += seconds
        return self.env.timeout(seconds)

    def starts(self) -> Wait:
        """New customers each morning, to the coaches in turn."""
        turn = 0
        for day in range(DAYS):
            for _ in range(self.rng.poisson(STARTS_PER_COACH_DAY * COACHES)):
                self.env.process(self.customer(self.coaches[turn % COACHES], day + 1))
                turn += 1
            yield self.env.timeout(DAY)

    def run(self) -> dict[str, float]:
        """Simulates the year and gives its outcome."""
        for number in range(STOCK * COACHES):
            self.env.process(self.customer(self.coaches[number // STOCK], number % STOCK % 10))
        self.env.process(self.starts())
        self.env.run(until=DAYS * DAY)
        busy = self.worked / ((CLOSES - OPENS) * COACHES * DAYS)
        return {"held": self.held, "failed": self.failed, "wait_minutes": self.waited / 60 / self.held, "busy_share": busy}


if __name__ == "__main__":
    runs, first_seed = (int(word) for word in sys.argv[1:])
    for seed in range(first_seed, first_seed + runs):
        begun = time.perf_counter()
        print(json.dumps(Office(seed).run() | {"seconds": time.perf_counter() - begun}), flush=True)
