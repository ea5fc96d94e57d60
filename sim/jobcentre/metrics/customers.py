"""Tallies of customers: how many, how they leave, how they move."""

from __future__ import annotations

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, count, count_marked, of_group, of_groups
from jobcentre.metrics.log_index import MONTH_DAYS, LogIndex
from jobcentre.model import events as ev
from jobcentre.model.events import CameFrom, Event, ExitCause


def customer_days(facts: LogIndex) -> Tally:
    """Customers on the caseload, by day and group."""
    arrived, left, moved = (facts.of(kind) for kind in (Event.CUSTOMER_IN, Event.CUSTOMER_OUT, Event.CUSTOMER_MOVED))
    change = count(facts, arrived) + count(facts, left) * -1 + count(facts, moved) + of_group(facts, moved.day, moved[ev.C]) * -1
    assert change.groups is not None
    return of_groups(np.cumsum(change.groups, axis=1))


def customer_months(facts: LogIndex) -> Tally:
    """Months on the caseload of all customers: calendar days ÷ 30.4375."""
    return facts.once(customer_days) / MONTH_DAYS


def thousand_customer_months(facts: LogIndex) -> Tally:
    """Thousands of months on the caseload of all customers."""
    return facts.once(customer_months) / 1000


def weeks(facts: LogIndex) -> Tally:
    """Weeks of the run."""
    return facts.once(days) / 7


def days(facts: LogIndex) -> Tally:
    """Days of the run."""
    return Tally(np.ones(facts.end_day))


def posts_by_day(facts: LogIndex) -> Tally:
    """Posts of the office on each day."""
    return Tally(np.full(facts.end_day, float(facts.office[ev.CUSTOMER])))


def eased_days(facts: LogIndex) -> Tally:
    """Days on which the flexibility rule is on; it is turned on and off before the day's work begins."""
    on, off = by_day(facts, facts.of(Event.FLEXIBILITY_ON).day), by_day(facts, facts.of(Event.FLEXIBILITY_OFF).day)
    return Tally(np.cumsum(on.total - off.total))


def into_work(facts: LogIndex) -> Tally:
    """Customers who leave the caseload for work."""
    return _caused(facts, "into_work")


def stopped_contact(facts: LogIndex) -> Tally:
    """Customers who stop voluntary contact."""
    return _caused(facts, "stops_contact")


def _caused(facts: LogIndex, cause: str) -> Tally:
    rows = facts.of(Event.CUSTOMER_OUT)
    chosen = np.zeros(len(rows), dtype=bool)
    for number, group in enumerate(facts.groups):
        causes = facts.given.causes.get(group, ())
        if cause in causes:
            chosen |= (rows[ev.GROUP] == number) & (rows[ev.A] == causes.index(cause))
    return count_marked(facts, rows, chosen)


def moves(facts: LogIndex) -> Tally:
    """Customers who move to another group, by the group they leave; a decision may also leave them where they are."""
    rows = facts.of(Event.CUSTOMER_MOVED)
    elsewhere = rows[ev.C] != rows[ev.GROUP]
    return of_group(facts, rows.day[elsewhere], rows[ev.C][elsewhere])


def decided(facts: LogIndex) -> Tally:
    """Stays in a group that end with a decision, by that group.

    Of those who lose contact on a move, the log does not say whether a decision moved them: all who leave such a group count.
    """
    moved, left = facts.of(Event.CUSTOMER_MOVED), facts.of(Event.CUSTOMER_OUT)
    by_decision = moved[ev.A] == ExitCause.DECISION
    unsupported = (left[ev.A] == ExitCause.NO_SUPPORT) & np.isin(left[ev.GROUP], _waiting(facts))
    return of_group(facts, moved.day[by_decision], moved[ev.C][by_decision]) + count_marked(facts, left, unsupported)


def _waiting(facts: LogIndex) -> np.ndarray:
    """The groups that wait for a decision."""
    if facts.given.decided is not None:
        return np.array([facts.groups.index(group) for group in facts.given.decided], dtype=np.int64)
    moved = facts.of(Event.CUSTOMER_MOVED)
    return np.unique(moved[ev.C][moved[ev.A] == ExitCause.DECISION])


def weeks_before_decision(facts: LogIndex) -> Tally:
    """Weeks spent in the groups that wait for a decision."""
    here = facts.once(customer_days).groups
    assert here is not None
    waits = np.isin(np.arange(len(here)), _waiting(facts))
    return of_groups(here * waits[:, None]) / 7


def starts(facts: LogIndex) -> Tally:
    """Customers who join the caseload after the start of the run, one by one and not in a movement."""
    rows = facts.of(Event.CUSTOMER_IN)
    return count_marked(facts, rows, np.isin(rows[ev.A], (CameFrom.NEW_START, CameFrom.VOLUNTEER)))
