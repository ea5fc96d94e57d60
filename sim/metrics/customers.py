"""Tallies of customers: how many, how they leave, how they move."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import DAY_SECONDS, MONTH_DAYS, Facts
from sim.metrics.tally import Tally, by_day, count, of_group
from sim.model import events as ev
from sim.model.events import Event, ExitCause


def customer_days(facts: Facts) -> Tally:
    """Customers on the caseload, by day and group."""
    groups, days = max(1, len(facts.groups)), facts.end_day
    change = np.zeros(groups * (days + 1))
    arrived, left, moved = (facts.of(kind) for kind in (Event.CUSTOMER_IN, Event.CUSTOMER_OUT, Event.CUSTOMER_MOVED))
    for rows, column, sign in ((arrived, ev.GROUP, 1.0), (left, ev.GROUP, -1.0), (moved, ev.GROUP, 1.0), (moved, ev.C, -1.0)):
        day = np.clip(rows[:, ev.TIME] // DAY_SECONDS, 0, days)
        known = rows[:, column] >= 0
        cell = rows[known, column].astype(np.int64) * (days + 1) + day[known]
        change += sign * np.bincount(cell, minlength=len(change))
    here = np.cumsum(change.reshape(groups, days + 1), axis=1)[:, :days]
    return of_group(np.tile(np.arange(days), groups), np.repeat(np.arange(groups), days), here.ravel())


def customer_months(facts: Facts) -> Tally:
    """Months on the caseload of all customers: calendar days ÷ 30.4375."""
    tally = customer_days(facts)
    return Tally(tally.day, tally.amount / MONTH_DAYS, tally.group)


def days(facts: Facts) -> Tally:
    """Days of the run."""
    return by_day(np.arange(facts.end_day))


def posts_by_day(facts: Facts) -> Tally:
    """Posts of the office on each day."""
    return by_day(np.arange(facts.end_day), float(facts.office[ev.CUSTOMER]))


def into_work(facts: Facts) -> Tally:
    """Customers who leave the caseload for work."""
    return _caused(facts, "into_work")


def stopped_contact(facts: Facts) -> Tally:
    """Customers who stop voluntary contact."""
    return _caused(facts, "stops_contact")


def _caused(facts: Facts, cause: str) -> Tally:
    rows = facts.of(Event.CUSTOMER_OUT)
    mine = np.zeros(len(rows), dtype=bool)
    for number, group in enumerate(facts.groups):
        causes = facts.given.causes.get(group, ())
        if cause in causes:
            mine |= (rows[:, ev.GROUP] == number) & (rows[:, ev.A] == causes.index(cause))
    return count(rows[mine])


def moves(facts: Facts) -> Tally:
    """Customers who move to another group, by the group they leave."""
    rows = facts.of(Event.CUSTOMER_MOVED)
    return of_group(rows[:, ev.TIME] // DAY_SECONDS, rows[:, ev.C])


def decided(facts: Facts) -> Tally:
    """Stays in a group that end with a decision, by that group."""
    moved, left = facts.of(Event.CUSTOMER_MOVED), facts.of(Event.CUSTOMER_OUT)
    moved = moved[moved[:, ev.A] == ExitCause.DECISION]
    left = left[(left[:, ev.A] == ExitCause.NO_SUPPORT) & np.isin(left[:, ev.GROUP], np.unique(moved[:, ev.C]))]
    rows, groups = np.concatenate([moved, left]), np.concatenate([moved[:, ev.C], left[:, ev.GROUP]])
    return of_group(rows[:, ev.TIME] // DAY_SECONDS, groups)


def weeks_before_decision(facts: Facts) -> Tally:
    """Weeks spent in the groups that wait for a decision."""
    tally, waiting = customer_days(facts), decided(facts).group
    assert tally.group is not None
    assert waiting is not None
    inside = np.isin(tally.group, np.unique(waiting))
    return Tally(tally.day[inside], tally.amount[inside] / 7.0, tally.group[inside])


def starts(facts: Facts) -> Tally:
    """Customers who join the caseload after the start of the run."""
    rows = facts.of(Event.CUSTOMER_IN)
    return count(rows[rows[:, ev.A] != 0])
