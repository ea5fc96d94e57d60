"""Counts appointments and unscheduled contacts while the engine plays, from what customers, coaches and contacts are before and after steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from jobcentre.model.inputs import Inputs
from support.count_hours import CONVERSATION, TURNAROUND, UNSCHEDULED, Hours, Stretch
from support.engine_watch import DAY, Tallies

EXPECTED, THERE, GONE = 0, 1, 2  # customers["today"]
HERE = 1  # customers["status"]
CONTACT_WAITS = 1  # contacts["state"]
WAITS, WAITS_UNTRIED = 1, 2  # customers["waiting"]


class Appointments:
    """What becomes of every due date and booking, and of every unscheduled contact."""

    def __init__(self, tallies: Tallies, inputs: Inputs, hours: Hours) -> None:
        self.tallies, self.inputs, self.hours = tallies, inputs, hours
        self.working_days_before = np.append(0, np.cumsum(inputs.days["open"]))
        self.came: dict[int, int] = {}  # second at which a customer was there
        self.covered: set[int] = set()  # bookings handed to a colleague
        self.last_with: dict[int, tuple[int, int]] = {}  # coach of a customer's last meeting
        self.last_end: dict[tuple[int, int], int] = {}  # end of a coach's last conversation
        self.arrived: dict[int, int] = {}  # second at which a contact arrived
        self.outcomes: dict[int, list[str]] = {}  # held and failed, of each customer
        self.turnaround: dict[tuple[int, int], tuple[int, int]] = {}  # a coach's last

    def _add(self, name: str, office: Any, customer: int, now: int, amount: float = 1) -> None:
        self.tallies.add(name, now // DAY, amount, office.customers["group"][customer])

    # --- bookings -----------------------------------------------------------------------------------------------------

    def book(self, office: Any, customer: int, post: int, day: int, slot: int, n: int, how: int, now: int) -> Iterator[None]:
        serial = office.now["next_booking"][0]
        yield
        assert office.now["next_booking"][0] == serial + 1
        late = int(self.working_days_before[day] - self.working_days_before[office.customers["due"][customer]])
        self._add("booked", office, customer, now)
        self._add("days late", office, customer, now, late)
        if late > office.fig["diary_own_coach_tolerance_days"][0]:
            self._add("booked late", office, customer, now)

    def seek(self, office: Any, customer: int, due: int, now: int, earliest: int) -> Iterator[None]:
        yield
        if office.customers["waiting"][customer] == WAITS:
            self._add("not offered", office, customer, now)

    def _first_booking(self, office: Any, customer: int) -> Iterator[None]:
        yield
        if office.customers["waiting"][customer] == WAITS:
            self._add("not offered", office, customer, 0)

    def try_waiting(self, office: Any, now: int) -> Iterator[None]:
        untried = np.flatnonzero(office.customers["waiting"] == WAITS_UNTRIED)
        yield
        for customer in untried[office.customers["waiting"][untried] == WAITS]:
            self._add("not offered", office, customer, now)

    def cover_or_cancel(self, office: Any, now: int) -> Iterator[None]:
        customers = office.customers
        untried, colleague = customers["waiting"] == WAITS_UNTRIED, customers["with"].copy()
        booked = customers["booked_day"] == now // DAY
        yield
        for customer in np.flatnonzero((customers["waiting"] == WAITS_UNTRIED) & ~untried):
            self._add("cancelled", office, customer, now)
        self.covered.update(customers["booking"][booked & (customers["with"] != colleague)].tolist())

    def _leave(self, office: Any, post: int, now: int) -> Iterator[None]:
        customers = office.customers
        losing = np.flatnonzero((customers["with"] == post) & (customers["booked_day"] > now // DAY) & (customers["status"] == HERE))
        notice = self.working_days_before[customers["booked_day"][losing]] - self.working_days_before[now // DAY]
        yield
        for customer in losing[notice < office.fig["diary_short_notice_days"][0]]:
            self._add("cancelled", office, customer, now)

    def _journey(self, office: Any, customer: int, today: int, now: int) -> Iterator[None]:
        customers = office.customers
        booking, day = int(customers["booking"][customer]), int(customers["booked_day"][customer])
        yield
        if booking >= 0 and customers["status"][customer] == HERE and customers["booking"][customer] != booking:
            self._add("rearranged", office, customer, now)
            if day == today:
                self._add("rearranged that day", office, customer, now)

    # --- the day itself -----------------------------------------------------------------------------------------------

    def _booked_customer(self, office: Any, post: int, customer: int, now: int) -> Iterator[None]:
        before, group = office.customers["today"][customer], office.customers["group"][customer]
        yield
        after = office.customers["today"][customer]
        if (before, after) == (EXPECTED, THERE):
            self.came[customer] = now
        elif (before, after) == (EXPECTED, GONE):
            self.tallies.add("failed", now // DAY, 1, group)
            self._outcome("failed", customer, now, group)
            if self.outcomes[customer][-3:] == ["failed"] * 3 and self.outcomes[customer][-4:] != ["failed"] * 4:
                self.tallies.add("third failures", now // DAY, 1, group)
        elif (before, after) == (THERE, GONE):
            self.tallies.add("walked out", now // DAY, 1, group)

    def _outcome(self, outcome: str, customer: int, now: int, group: int) -> None:
        before = self.outcomes.setdefault(customer, [])
        if before:
            self.tallies.add(f"{outcome} after {before[-1]}", now // DAY, 1, group)
        before.append(outcome)

    def end_work(self, office: Any, post: int, now: int) -> Iterator[None]:
        ends = self.hours.now[post]
        if ends.doing == CONVERSATION:
            self._count_meeting(office, ends, now)
        elif ends.doing == TURNAROUND:
            self.turnaround[ends.who] = (ends.since, now)
        elif ends.doing == UNSCHEDULED:
            self.tallies.add("contacts served", now // DAY)
            self.tallies.add("contacts waited seconds", now // DAY, ends.since - self.arrived[ends.contact])
        yield

    def _count_meeting(self, office: Any, ends: Stretch, now: int) -> None:
        customer, seconds = ends.customer, now - ends.since
        amounts = {
            "held": 1,
            "held seconds": seconds,
            "needed seconds": ends.need,
            "unmet seconds": ends.need - seconds,
            "waited seconds": ends.since - self.came[customer],
            "rushed": int(int(office.coaches["cut"][ends.who[0]]) > office.fig["conversation_rushed_share"][0] * ends.need),
            "covered": int(int(office.customers["booking"][customer]) in self.covered),
            "seen before": int(customer in self.last_with),
            "same coach": int(self.last_with.get(customer) == ends.who),
            "back to back": int(self.last_end.get(ends.who) == self._free_until(ends)),
            "by telephone": int(office.customers["channel"][customer] == 1),
            "by video": int(office.customers["channel"][customer] == 2),
            "began late": int(ends.since - self.came[customer] > 5 * 60),
            "began very late": int(ends.since - self.came[customer] > 15 * 60),
        }
        for name, amount in amounts.items():
            self._add(name, office, customer, now, amount)
        self._outcome("held", customer, now, office.customers["group"][customer])
        self.last_with[customer], self.last_end[ends.who] = ends.who, now

    def _free_until(self, ends: Stretch) -> int:
        """When the coach turned to this customer."""
        began, ended = self.turnaround.get(ends.who, (-1, -1))
        return began if ended == ends.since else ends.since

    # --- unscheduled contacts -----------------------------------------------------------------------------------------

    def contact_arrives(self, office: Any, contact: int, now: int) -> Iterator[None]:
        yield
        assert office.contacts["state"][contact] == CONTACT_WAITS
        self.arrived[int(office.contacts["serial"][contact])] = now
        self.tallies.add("chases", now // DAY, int(office.contacts["customer"][contact] >= 0))
        self.tallies.add("priority", now // DAY, int(office.contacts["priority"][contact]))

    def _messages(self, office: Any, post: int, now: int) -> Iterator[None]:
        self.tallies.add("chases", now // DAY, int(office.coaches["chased_by"][post]))
        yield

    def turn_away(self, office: Any, now: int) -> Iterator[None]:
        waiting = np.flatnonzero(office.contacts["state"] == CONTACT_WAITS)
        rows = waiting[waiting < office.now["contacts_n"][0]]
        yield
        for row in rows:
            self.tallies.add("turned away", now // DAY)
            self.tallies.add("priority not served", now // DAY, int(office.contacts["priority"][row]))

    def contact_gives_up(self, office: Any, contact: int, now: int) -> Iterator[None]:
        before = office.contacts["state"][contact]
        yield
        if before == CONTACT_WAITS and office.contacts["state"][contact] != CONTACT_WAITS:
            self.tallies.add("gave up", now // DAY)
            self.tallies.add("priority not served", now // DAY, int(office.contacts["priority"][contact]))
