"""Tallies of appointments: what became of them, how late, how rushed, with whom."""

from __future__ import annotations

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, count, count_marked, of_groups, together
from jobcentre.metrics.log_index import DAY_SECONDS, LogIndex
from jobcentre.model import events as ev
from jobcentre.model.events import Event, Flag, How
from jobcentre.model.log_passes import BEGINS, ENDS, HALF, WHOLE, add_plans


def held(facts: LogIndex) -> Tally:
    """Appointments held."""
    return count(facts, facts.of(Event.CONVERSATION))


def failed(facts: LogIndex) -> Tally:
    """Appointments the customer failed to attend."""
    return count(facts, facts.of(Event.FAILED))


def office_cancelled(facts: LogIndex) -> Tally:
    """Appointments cancelled by the office."""
    return count(facts, facts.of(Event.CANCELLED))


def not_offered(facts: LogIndex) -> Tally:
    """Due dates for which no start could be found."""
    return count(facts, facts.of(Event.NOT_OFFERED))


def held_or_failed(facts: LogIndex) -> Tally:
    """Appointments held or failed."""
    return together(facts, held, failed)


def missed(facts: LogIndex) -> Tally:
    """Appointments failed, cancelled by the office or not offered."""
    return together(facts, failed, office_cancelled, not_offered)


def due(facts: LogIndex) -> Tally:
    """Appointments due: held, failed, cancelled by the office or not offered."""
    return together(facts, held, missed)


def rearranged(facts: LogIndex) -> Tally:
    """Appointments rearranged by the customer."""
    return count(facts, facts.of(Event.REARRANGED))


def bookings_ended(facts: LogIndex) -> Tally:
    """Bookings held, failed, cancelled by the office or rearranged."""
    return together(facts, held_or_failed, office_cancelled, rearranged)


def rearranged_that_day(facts: LogIndex) -> Tally:
    """Appointments rearranged by the customer on their day, so that the slot is lost."""
    rows = facts.of(Event.REARRANGED)
    return count_marked(facts, rows, rows[ev.B] == 1)


def bookings_of_the_day(facts: LogIndex) -> Tally:
    """Bookings that coaches present had on the day: held, failed, or rearranged that day."""
    return together(facts, held_or_failed, rearranged_that_day)


def booked(facts: LogIndex) -> Tally:
    """Bookings made."""
    return count(facts, facts.of(Event.BOOKED))


def booked_late(facts: LogIndex) -> Tally:
    """Bookings found only beyond the days in which the customer should be seen."""
    rows = facts.of(Event.BOOKED)
    return count_marked(facts, rows, rows[ev.E] == How.OWN_LATE)


def days_late(facts: LogIndex) -> Tally:
    """Working days from the due day to the day booked."""
    rows = facts.of(Event.BOOKED)
    return count(facts, rows, rows[ev.F].clip(0))


def rushed(facts: LogIndex) -> Tally:
    """Appointments held that were cut by more than the share that counts as rushed."""
    return _flagged(facts, Flag.RUSHED)


def minutes_needed(facts: LogIndex) -> Tally:
    """Minutes that the conversations held needed."""
    rows = facts.of(Event.CONVERSATION)
    return count(facts, rows, rows[ev.B]) / 60


def minutes_unmet(facts: LogIndex) -> Tally:
    """Minutes needed but cut."""
    rows = facts.of(Event.CONVERSATION)
    return count(facts, rows, rows[ev.C]) / 60


def minutes_held(facts: LogIndex) -> Tally:
    """Minutes of conversation with customers in booked appointments, by group."""
    rows = facts.of(Event.CONVERSATION)
    return count(facts, rows, rows[ev.TIME] - rows[ev.START]) / 60


def minutes_waited(facts: LogIndex) -> Tally:
    """Minutes that customers who came waited beyond the booked start, or beyond their own late arrival."""
    rows = facts.of(Event.CONVERSATION)
    ready = rows[ev.E] + rows[ev.G].clip(0)
    return count(facts, rows, (rows[ev.START] - ready).clip(0)) / 60


def same_coach(facts: LogIndex) -> Tally:
    """Appointments held with the coach of the last one held."""
    return _flagged(facts, Flag.SAME_COACH | Flag.HAS_LAST)


def has_last(facts: LogIndex) -> Tally:
    """Appointments held that were not the customer's first in the run."""
    return _flagged(facts, Flag.HAS_LAST)


def covered(facts: LogIndex) -> Tally:
    """Appointments held by a colleague as cover."""
    return _flagged(facts, Flag.COVER)


def _flagged(facts: LogIndex, flags: int) -> Tally:
    rows = facts.of(Event.CONVERSATION)
    return count_marked(facts, rows, (rows[ev.D] & flags) == flags)


def turned_away(facts: LogIndex) -> Tally:
    """Unscheduled contacts still waiting when the office closed."""
    return by_day(facts, facts.of(Event.TURNED_AWAY).day)


def contacts_served(facts: LogIndex) -> Tally:
    """Unscheduled contacts served."""
    return by_day(facts, facts.of(Event.UNSCHEDULED).day)


def contacts_ended(facts: LogIndex) -> Tally:
    """Unscheduled contacts served or turned away."""
    return together(facts, contacts_served, turned_away)


def unscheduled_wait(facts: LogIndex) -> Tally:
    """Minutes that unscheduled contacts waited until served."""
    rows = facts.of(Event.UNSCHEDULED)
    return by_day(facts, rows.day, rows[ev.START] - rows[ev.C]) / 60


def minutes_promised(facts: LogIndex) -> Tally:
    """Minutes that customers' plans would give over their days on the caseload, spread evenly between due days.

    The plan in force is that of the last booking (referral follow-ups apart). The first appointment counts in full on
    its due day; from then on each working day adds planned minutes ÷ interval, except while a programme pauses contact.
    Whoever leaves takes half an appointment off: on average half an interval has passed since the last one fell due.
    """
    kinds = (Event.CUSTOMER_IN, Event.BOOKED, Event.PAUSED, Event.CUSTOMER_MOVED, Event.CUSTOMER_OUT)
    parts = [facts.of(kind) for kind in kinds]
    columns = (ev.TIME, ev.CUSTOMER, ev.GROUP, ev.A, ev.B, ev.C, ev.G)
    time, *plan, of_referral = (np.concatenate([rows[column] for rows in parts]) for column in columns)
    kind = np.repeat(np.array(kinds, dtype=np.int32), [len(rows) for rows in parts])
    order = np.argsort(time, kind="stable")
    order = order[~((kind == Event.BOOKED) & (of_referral == 1))[order]]
    out = facts.of(Event.CUSTOMER_OUT)
    out_day = np.full(1 + int(plan[0].max(initial=0)), facts.end_day, dtype=np.int64)
    out_day[out[ev.CUSTOMER]] = out.day
    sums = np.zeros((4, len(facts.groups) + 1, facts.end_day))
    add_plans(np.stack([kind, time // DAY_SECONDS, *plan]), order, out_day, sums)
    spread = np.cumsum(sums[BEGINS] - sums[ENDS], axis=1) * np.diff(facts.work_before)
    return of_groups((spread + sums[WHOLE] / 60 - sums[HALF] / 120)[1:])
