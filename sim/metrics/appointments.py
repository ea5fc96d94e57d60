"""Tallies of appointments: what became of them, how late, how rushed, with whom."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import DAY_SECONDS, Facts
from sim.metrics.tally import Tally, by_day, count, of_group, together
from sim.model import events as ev
from sim.model.events import Event, Flag, How


def held(facts: Facts) -> Tally:
    """Appointments held."""
    return count(facts.of(Event.CONVERSATION))


def failed(facts: Facts) -> Tally:
    """Appointments the customer failed to attend."""
    return count(facts.of(Event.FAILED))


def office_cancelled(facts: Facts) -> Tally:
    """Appointments cancelled by the office."""
    return count(facts.of(Event.CANCELLED))


def not_offered(facts: Facts) -> Tally:
    """Due dates for which no start could be found."""
    return count(facts.of(Event.NOT_OFFERED))


def held_or_failed(facts: Facts) -> Tally:
    """Appointments held or failed."""
    return together(held(facts), failed(facts))


def missed(facts: Facts) -> Tally:
    """Appointments failed, cancelled by the office or not offered."""
    return together(failed(facts), office_cancelled(facts), not_offered(facts))


def due(facts: Facts) -> Tally:
    """Appointments due: held, failed, cancelled by the office or not offered."""
    return together(held(facts), missed(facts))


def rearranged(facts: Facts) -> Tally:
    """Appointments rearranged by the customer."""
    return count(facts.of(Event.REARRANGED))


def bookings_ended(facts: Facts) -> Tally:
    """Bookings held, failed, cancelled by the office or rearranged."""
    return together(held_or_failed(facts), office_cancelled(facts), rearranged(facts))


def bookings_of_the_day(facts: Facts) -> Tally:
    """Bookings that coaches present had on the day: held, failed, or rearranged that day."""
    moved = facts.of(Event.REARRANGED)
    return together(held_or_failed(facts), count(moved[moved[:, ev.B] == 1]))


def booked(facts: Facts) -> Tally:
    """Bookings made."""
    return count(facts.of(Event.BOOKED))


def booked_late(facts: Facts) -> Tally:
    """Bookings found only beyond the days in which the customer should be seen."""
    rows = facts.of(Event.BOOKED)
    return count(rows[rows[:, ev.E] == How.OWN_LATE])


def days_late(facts: Facts) -> Tally:
    """Working days from the due day to the day booked."""
    rows = facts.of(Event.BOOKED)
    return count(rows, rows[:, ev.F].clip(0))


def rushed(facts: Facts) -> Tally:
    """Appointments held that were cut by more than the share that counts as rushed."""
    return count(_flagged(facts, Flag.RUSHED))


def minutes_needed(facts: Facts) -> Tally:
    """Minutes that the conversations held needed."""
    rows = facts.of(Event.CONVERSATION)
    return count(rows, rows[:, ev.B] / 60)


def minutes_unmet(facts: Facts) -> Tally:
    """Minutes needed but cut."""
    rows = facts.of(Event.CONVERSATION)
    return count(rows, rows[:, ev.C] / 60)


def minutes_held(facts: Facts) -> Tally:
    """Minutes of conversation with customers in booked appointments, by group."""
    rows = facts.of(Event.CONVERSATION)
    return count(rows, (rows[:, ev.TIME] - rows[:, ev.START]) / 60)


def minutes_waited(facts: Facts) -> Tally:
    """Minutes that customers who came waited beyond the booked start, or beyond their own late arrival."""
    rows = facts.of(Event.CONVERSATION)
    ready = rows[:, ev.E] + rows[:, ev.G].clip(0)
    return count(rows, (rows[:, ev.START] - ready).clip(0) / 60)


def same_coach(facts: Facts) -> Tally:
    """Appointments held with the coach of the last one held."""
    return count(_flagged(facts, Flag.SAME_COACH | Flag.HAS_LAST))


def has_last(facts: Facts) -> Tally:
    """Appointments held that were not the customer's first in the run."""
    return count(_flagged(facts, Flag.HAS_LAST))


def covered(facts: Facts) -> Tally:
    """Appointments held by a colleague as cover."""
    return count(_flagged(facts, Flag.COVER))


def _flagged(facts: Facts, flags: int) -> np.ndarray:
    rows = facts.of(Event.CONVERSATION)
    mine: np.ndarray = rows[(rows[:, ev.D] & flags) == flags]
    return mine


def turned_away(facts: Facts) -> Tally:
    """Unscheduled contacts still waiting when the office closed."""
    return by_day(facts.of(Event.TURNED_AWAY)[:, ev.TIME] // DAY_SECONDS)


def contacts_served(facts: Facts) -> Tally:
    """Unscheduled contacts served."""
    return by_day(facts.of(Event.UNSCHEDULED)[:, ev.TIME] // DAY_SECONDS)


def contacts_ended(facts: Facts) -> Tally:
    """Unscheduled contacts served or turned away."""
    return together(contacts_served(facts), turned_away(facts))


def unscheduled_wait(facts: Facts) -> Tally:
    """Minutes that unscheduled contacts waited until served."""
    rows = facts.of(Event.UNSCHEDULED)
    return by_day(rows[:, ev.TIME] // DAY_SECONDS, (rows[:, ev.START] - rows[:, ev.C]) / 60)


def minutes_promised(facts: Facts) -> Tally:
    """Minutes that customers' plans would give over their days on the caseload, spread evenly between due days.

    The plan in force is that of the last booking (referral follow-ups apart). The first appointment counts in full on
    its due day; from then on each working day adds planned minutes ÷ interval, except while a programme pauses contact.
    Whoever leaves takes half an appointment off: on average half an interval has passed since the last one fell due.
    """
    rows = _plan_rows(facts)
    customer, group, kind = rows[:, ev.CUSTOMER], rows[:, ev.GROUP], rows[:, ev.KIND]
    begins = kind == Event.CUSTOMER_IN
    ends = np.append(customer[1:] != customer[:-1], True) | np.append(begins[1:], True)
    day = rows[:, ev.TIME] // DAY_SECONDS
    until = np.where(ends, facts.end_day, np.append(day[1:], facts.end_day))
    spell_start = _last_where(begins | np.append(True, customer[1:] != customer[:-1]))
    booking = _last_where(kind == Event.BOOKED)
    booking = np.where(booking >= spell_start, booking, -1)
    known = (booking >= 0) & (kind != Event.CUSTOMER_OUT)
    rate = np.where(known, rows[booking, ev.A] / 60 / np.maximum(1, rows[booking, ev.B]), 0.0)
    first = (kind == Event.BOOKED) & (np.append(-1, booking[:-1]) < spell_start)
    resumes = _last_where(first | (kind == Event.PAUSED))
    anchor = np.where(kind[resumes] == Event.PAUSED, rows[resumes, ev.A], rows[resumes, ev.C])
    begin = np.maximum(day, np.where(resumes >= spell_start, anchor, 0))
    spread = _spread(facts, begin, until, group, rate)
    lump = first & (rows[:, ev.C] < _out_day(facts, customer))
    leaves = (kind == Event.CUSTOMER_OUT) & (booking >= 0) & (rows[_last_where(first), ev.C] < day)
    whole = of_group(rows[lump, ev.C], group[lump], rows[lump, ev.A] / 60)
    return together(spread, whole, of_group(day[leaves], group[leaves], rows[booking[leaves], ev.A] / -120))


def _plan_rows(facts: Facts) -> np.ndarray:
    """Rows that set or end a customer's plan, by customer in the order of time."""
    booked_rows = facts.of(Event.BOOKED)
    kinds = (Event.CUSTOMER_IN, Event.PAUSED, Event.CUSTOMER_MOVED, Event.CUSTOMER_OUT)
    rows = np.concatenate([facts.of(kinds[0]), booked_rows[booked_rows[:, ev.G] != 1], *(facts.of(kind) for kind in kinds[1:])])
    return rows[np.lexsort((rows[:, ev.TIME], rows[:, ev.CUSTOMER]))]


def _last_where(mark: np.ndarray) -> np.ndarray:
    """Index of the last marked row at or before each row; -1 where there is none."""
    return np.maximum.accumulate(np.where(mark, np.arange(len(mark)), -1))


def _out_day(facts: Facts, customer: np.ndarray) -> np.ndarray:
    """Day on which each row's customer leaves the caseload; the end of the run for those still here."""
    out = facts.of(Event.CUSTOMER_OUT)
    day = np.full(int(customer.max(initial=0)) + 1, facts.end_day, dtype=np.int64)
    day[out[:, ev.CUSTOMER]] = out[:, ev.TIME] // DAY_SECONDS
    out_day: np.ndarray = day[customer]
    return out_day


def _spread(facts: Facts, begin: np.ndarray, until: np.ndarray, group: np.ndarray, rate: np.ndarray) -> Tally:
    """Rates per working day over half-open spans of days, added up per group and day."""
    begin, until = np.clip(begin, 0, facts.end_day), np.clip(until, 0, facts.end_day)
    use = (until > begin) & (rate > 0) & (group >= 0)
    groups, days = max(1, len(facts.groups)), facts.end_day
    change = np.zeros(groups * (days + 1))
    for at, sign in ((begin, 1.0), (until, -1.0)):
        cell = group[use].astype(np.int64) * (days + 1) + at[use]
        change += sign * np.bincount(cell, weights=rate[use], minlength=len(change))
    per_day = np.cumsum(change.reshape(groups, days + 1), axis=1)[:, :days] * np.diff(facts.work_before)
    return of_group(np.tile(np.arange(days), groups), np.repeat(np.arange(groups), days), per_day.ravel())
