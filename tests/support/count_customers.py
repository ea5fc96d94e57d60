"""Counts customers while the engine plays: who is on the caseload each day, how they come, move and leave, and what their plans promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from jobcentre.model.inputs import Inputs
from support.engine_watch import DAY, Tallies

HERE = 1  # customers["status"]
EXITS = 8  # causes below this number are the group's own ways out


class Promise(NamedTuple):
    """What a customer's plan promises: the first appointment in full, then so much a working day."""

    first_due: int
    first_group: int
    first_seconds: int
    spread_from: int  # day
    seconds: int
    every: int


class Customers:
    """Who is on the caseload."""

    def __init__(self, tallies: Tallies, inputs: Inputs) -> None:
        self.tallies, self.inputs = tallies, inputs
        self.promises: dict[int, Promise] = {}
        self.pausing = False

    def begin_day(self, office: Any, now: int) -> Iterator[None]:
        if now > 0:
            self._spread_promises(office, now // DAY - 1)
        yield
        if now >= office.now["end"][0]:
            return
        known = office.customers[: int(office.now["customers"][0])]
        here = np.bincount(known["group"][known["status"] == HERE], minlength=len(self.inputs.group_names))
        for group, settings in enumerate(self.inputs.settings[0].groups.values()):
            self.tallies.add("customer days", now // DAY, int(here[group]), group)
            if settings.decision is not None:
                self.tallies.add("days before a decision", now // DAY, int(here[group]), group)
        self.tallies.add("days", now // DAY)
        self.tallies.add("posts", now // DAY, int(office.now["posts"][0]))
        self.tallies.add("eased days", now // DAY, int(office.now["flexible"][0]))

    def new_customers(self, office: Any, now: int) -> Iterator[None]:
        first = int(office.now["customers"][0])
        yield
        for group in office.customers["group"][first : int(office.now["customers"][0])]:
            self.tallies.add("starts", now // DAY, 1, group)

    def _journey(self, office: Any, customer: int, today: int, now: int) -> Iterator[None]:
        customers = office.customers
        group = int(customers["group"][customer])
        yield
        if customers["status"][customer] == HERE and customers["group"][customer] != group:
            self.tallies.add("moves", today, 1, group)

    def _decision(self, office: Any, customer: int, now: int) -> Iterator[None]:
        self.tallies.add("decisions", now // DAY, 1, office.customers["group"][customer])
        yield

    def leave_caseload(self, office: Any, customer: int, cause: int, now: int) -> Iterator[None]:
        group = int(office.customers["group"][customer])
        assert office.customers["status"][customer] == HERE
        if cause < EXITS:
            ways_out = list(self.inputs.settings[0].groups[self.inputs.group_names[group]].exits)
            self.tallies.add(f"left: {ways_out[cause]}", now // DAY, 1, group)
        yield
        assert office.customers["status"][customer] != HERE
        self._end_promise(customer, group, now // DAY)

    # --- what plans promise -------------------------------------------------------------------------------------------

    def book(self, office: Any, customer: int, post: int, day: int, slot: int, n: int, how: int, now: int) -> Iterator[None]:
        yield
        customers = office.customers
        due, group, seconds, every = (int(customers[field][customer]) for field in ("due", "group", "planned", "every"))
        known = self.promises.get(customer) or Promise(due, group, seconds, due, seconds, every)
        self.promises[customer] = known._replace(seconds=seconds, every=every)

    def book_after_held(self, office: Any, customer: int, now: int, pause: int) -> Iterator[None]:
        self.pausing = pause > 0
        yield

    def seek(self, office: Any, customer: int, due: int, now: int, earliest: int) -> Iterator[None]:
        if self.pausing:
            self.promises[customer] = self.promises[customer]._replace(spread_from=due)
        self.pausing = False
        yield

    def _spread_promises(self, office: Any, day: int) -> None:
        """A working day that is over adds to what everybody on the caseload was promised."""
        if not self.inputs.days["open"][day]:
            return
        for customer, promise in self.promises.items():
            if day >= promise.spread_from:
                group = office.customers["group"][customer]
                self.tallies.add("promised seconds", day, promise.seconds / max(1, promise.every), group)

    def _end_promise(self, customer: int, group: int, day: int) -> None:
        promise = self.promises.pop(customer, None)
        if promise is not None and promise.first_due < day:
            self._count_first(promise)
            self.tallies.add("promised seconds", day, -promise.seconds / 2, group)

    def _count_first(self, promise: Promise) -> None:
        self.tallies.add("promised seconds", promise.first_due, promise.first_seconds, promise.first_group)

    def finish_counting(self) -> None:
        """First appointments of those who are still here."""
        for promise in self.promises.values():
            self._count_first(promise)
