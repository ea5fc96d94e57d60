"""Tallies of appointments: what became of them, how late, how rushed, with whom."""

from __future__ import annotations

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, count, count_marked, of_groups, of_sums, together
from jobcentre.metrics.log_index import LogIndex, stable_order
from jobcentre.model import events as ev
from jobcentre.model import log_passes as passes
from jobcentre.model.events import Event, Flag

THIRD = 3
#: Kinds of event that tell of customers' plans, in the order in which they count at one second.
_OF_PLANS = (Event.CUSTOMER_IN, Event.BOOKED, Event.PAUSED, Event.CUSTOMER_MOVED, Event.CUSTOMER_OUT)


def _of_conversations(facts: LogIndex, what: int) -> Tally:
    return of_sums(facts.conversations[:, :, what])


def _of_bookings(facts: LogIndex, what: int) -> Tally:
    return of_sums(facts.bookings[:, :, what])


def held(facts: LogIndex) -> Tally:
    """Appointments held."""
    return _of_conversations(facts, passes.HELD)


def failed(facts: LogIndex) -> Tally:
    """Appointments the customer failed to attend."""
    return count(facts, facts.of(Event.FAILED))


def office_cancelled(facts: LogIndex) -> Tally:
    """Appointments cancelled by the office."""
    return count(facts, facts.of(Event.CANCELLED))


def not_offered(facts: LogIndex) -> Tally:
    """Due dates for which no start could be found."""
    return count(facts, facts.of(Event.NOT_OFFERED))


def walked_out(facts: LogIndex) -> Tally:
    """Appointments to which the customer came and did not wait for the coach."""
    return count(facts, facts.of(Event.WALKED_OUT))


def kept_by_office(facts: LogIndex) -> Tally:
    """Appointments that the office kept until their start: held, failed or walked out of."""
    return together(facts, held, failed, walked_out)


def missed_by_office(facts: LogIndex) -> Tally:
    """Appointments missed by the office's fault: cancelled, not offered, or begun too late for the customer."""
    return together(facts, office_cancelled, not_offered, walked_out)


def missed(facts: LogIndex) -> Tally:
    """Appointments failed, walked out of, cancelled by the office or not offered."""
    return together(facts, failed, missed_by_office)


def due(facts: LogIndex) -> Tally:
    """Appointments due: held or missed."""
    return together(facts, held, missed)


def failed_after_failed(facts: LogIndex) -> Tally:
    """Appointments failed by customers who had failed the last time."""
    rows = facts.of(Event.FAILED)
    return count_marked(facts, rows, rows[ev.D] & Flag.LAST_FAILED != 0)


def ended_after_failed(facts: LogIndex) -> Tally:
    """Appointments held or failed of customers who had failed the last time."""
    return together(facts, failed_after_failed, _held_after_failed)


def _held_after_failed(facts: LogIndex) -> Tally:
    return _of_conversations(facts, passes.AFTER_FAILED)


def failed_after_held(facts: LogIndex) -> Tally:
    """Appointments failed by customers whose last appointment was held."""
    rows = facts.of(Event.FAILED)
    return count_marked(facts, rows, rows[ev.D] & (Flag.HAS_LAST | Flag.LAST_FAILED) == Flag.HAS_LAST)


def ended_after_held(facts: LogIndex) -> Tally:
    """Appointments held or failed of customers whose last appointment was held."""
    return together(facts, failed_after_held, _held_after_held)


def _held_after_held(facts: LogIndex) -> Tally:
    return _of_conversations(facts, passes.AFTER_HELD)


def third_failures(facts: LogIndex) -> Tally:
    """Failures to attend that are a customer's third in a row."""
    rows = facts.of(Event.FAILED)
    order = stable_order(rows[ev.CUSTOMER])
    place = np.arange(len(order))
    first = rows[ev.D][order] & Flag.LAST_FAILED == 0
    in_a_row = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    return count_marked(facts, rows, order[in_a_row == THIRD])


def began_late(facts: LogIndex) -> Tally:
    """Appointments held that began more than five minutes after the customer was there and due."""
    return _of_conversations(facts, passes.BEGAN_LATE)


def began_very_late(facts: LogIndex) -> Tally:
    """Appointments held that began more than fifteen minutes after the customer was there and due."""
    return _of_conversations(facts, passes.BEGAN_VERY_LATE)


def rearranged(facts: LogIndex) -> Tally:
    """Appointments rearranged by the customer."""
    return count(facts, facts.of(Event.REARRANGED))


def bookings_ended(facts: LogIndex) -> Tally:
    """Bookings held, failed, walked out of, cancelled by the office or rearranged."""
    return together(facts, kept_by_office, office_cancelled, rearranged)


def rearranged_that_day(facts: LogIndex) -> Tally:
    """Appointments rearranged by the customer on their day, so that the slot is lost."""
    rows = facts.of(Event.REARRANGED)
    return count_marked(facts, rows, rows[ev.B] == 1)


def bookings_of_the_day(facts: LogIndex) -> Tally:
    """Bookings that coaches present had on the day: kept until their start, or rearranged that day."""
    return together(facts, kept_by_office, rearranged_that_day)


def booked(facts: LogIndex) -> Tally:
    """Bookings made."""
    return _of_bookings(facts, passes.MADE)


def booked_late(facts: LogIndex) -> Tally:
    """Bookings found only beyond the days in which the customer should be seen."""
    return _of_bookings(facts, passes.LATE)


def days_late(facts: LogIndex) -> Tally:
    """Working days from the due day to the day booked."""
    return _of_bookings(facts, passes.DAYS_LATE)


def rushed(facts: LogIndex) -> Tally:
    """Appointments held that were cut by more than the share that counts as rushed."""
    return _of_conversations(facts, passes.RUSHED)


def minutes_needed(facts: LogIndex) -> Tally:
    """Minutes that the conversations held needed."""
    return _of_conversations(facts, passes.NEEDED) / 60


def minutes_unmet(facts: LogIndex) -> Tally:
    """Minutes needed but cut."""
    return _of_conversations(facts, passes.UNMET) / 60


def minutes_held(facts: LogIndex) -> Tally:
    """Minutes of conversation with customers in booked appointments, by group."""
    return _of_conversations(facts, passes.LASTED) / 60


def minutes_waited(facts: LogIndex) -> Tally:
    """Minutes that customers who came waited beyond the booked start, or beyond their own late arrival."""
    return _of_conversations(facts, passes.WAITED) / 60


def same_coach(facts: LogIndex) -> Tally:
    """Appointments held with the coach of the last one held."""
    return _of_conversations(facts, passes.SAME_COACH)


def has_last(facts: LogIndex) -> Tally:
    """Appointments held that were not the customer's first in the run."""
    return _of_conversations(facts, passes.HAS_LAST)


def covered(facts: LogIndex) -> Tally:
    """Appointments held by a colleague as cover."""
    return _of_conversations(facts, passes.COVERED)


def by_telephone(facts: LogIndex) -> Tally:
    """Appointments held by telephone."""
    return _of_conversations(facts, passes.BY_TELEPHONE)


def by_video(facts: LogIndex) -> Tally:
    """Appointments held by video."""
    return _of_conversations(facts, passes.BY_VIDEO)


def back_to_back(facts: LogIndex) -> Tally:
    """Conversations that follow the coach's previous one at once, but for the turnaround."""
    return _of_conversations(facts, passes.BACK_TO_BACK)


def turned_away(facts: LogIndex) -> Tally:
    """Unscheduled contacts still waiting when the office closed."""
    return by_day(facts, facts.of(Event.TURNED_AWAY).day)


def contacts_served(facts: LogIndex) -> Tally:
    """Unscheduled contacts served."""
    return by_day(facts, facts.of(Event.UNSCHEDULED).day)


def turned_away_with_priority(facts: LogIndex) -> Tally:
    """Unscheduled contacts with priority who were turned away or gave up."""
    rows = [facts.of(kind) for kind in (Event.TURNED_AWAY, Event.ABANDONED)]
    first, second = (by_day(facts, own.day[own[ev.A] == 1]) for own in rows)
    return first + second


def contacts_with_priority(facts: LogIndex) -> Tally:
    """Unscheduled contacts with priority who came."""
    rows = facts.of(Event.CONTACT_IN)
    return by_day(facts, rows.day[rows[ev.B] == 1])


def abandoned(facts: LogIndex) -> Tally:
    """Unscheduled contacts who gave up waiting."""
    return by_day(facts, facts.of(Event.ABANDONED).day)


def contacts_ended(facts: LogIndex) -> Tally:
    """Unscheduled contacts served, turned away or gone unserved."""
    return together(facts, contacts_served, turned_away, abandoned)


def chases(facts: LogIndex) -> Tally:
    """Messages and calls of customers who chase overdue work."""
    calls = facts.of(Event.CONTACT_IN)
    return by_day(facts, facts.of_chasing().day) + by_day(facts, calls.day[calls[ev.CUSTOMER] >= 0])


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
    place, end = np.array([facts.bounds(kind) for kind in _OF_PLANS]).T.copy()
    out = facts.of(Event.CUSTOMER_OUT)
    customers = 1 + max(int(facts.of(kind)[ev.CUSTOMER].max(initial=0)) for kind in _OF_PLANS)
    out_day = np.full(customers, facts.end_day, dtype=np.int64)
    out_day[out[ev.CUSTOMER]] = out.day
    sums = np.zeros((4, len(facts.groups) + 1, facts.end_day))
    passes.add_plans(facts.copies, place, end, out_day, sums)
    spread = np.cumsum(sums[passes.BEGINS] - sums[passes.ENDS], axis=1) * np.diff(facts.work_before)
    return of_groups((spread + sums[passes.WHOLE] / 60 - sums[passes.HALF] / 120)[1:])
