"""Tallies of appointments: what became of them, how late, how rushed, with whom."""

from __future__ import annotations

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, count, count_marked, of_group, of_groups, together
from jobcentre.metrics.log_index import DAY_SECONDS, LogIndex, stable_order
from jobcentre.model import events as ev
from jobcentre.model.events import Event, Flag, How


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
    plan = _plan_rows(facts)
    customer, group, kind, day, due, seconds = (plan[key] for key in (ev.CUSTOMER, ev.GROUP, ev.KIND, ev.TIME, ev.C, ev.A))
    spell = (kind == Event.CUSTOMER_IN) | np.append(True, customer[1:] != customer[:-1])
    spell_start, booking = _last_where(spell), _last_where(kind == Event.BOOKED)
    known = booking >= spell_start
    first = (kind == Event.BOOKED) & ~(np.append(False, known[:-1]) & ~spell)
    resumes = _last_where(first | (kind == Event.PAUSED))
    anchor = np.where(kind == Event.PAUSED, seconds, due)[resumes]
    begin = np.maximum(day, np.where(resumes >= spell_start, anchor, 0))
    until = np.where(np.append(spell[1:], True), facts.end_day, np.roll(day, -1))
    rate = seconds[booking] / 60
    rate /= np.maximum(1, plan[ev.B])[booking]
    rate *= known & (kind != Event.CUSTOMER_OUT) & (until > begin)
    spread = _spread(facts, begin, until, group, rate)
    firsts = np.flatnonzero(first)
    lump = firsts[due[firsts] < _out_day(facts, customer[firsts])]
    leaves = np.flatnonzero((kind == Event.CUSTOMER_OUT) & known)
    leaves = leaves[due[firsts[np.searchsorted(firsts, leaves) - 1]] < day[leaves]]
    whole = of_group(facts, due[lump], group[lump], seconds[lump])
    half = of_group(facts, day[leaves], group[leaves], seconds[booking[leaves]])
    return spread + whole / 60 + half / -120


def _plan_rows(facts: LogIndex) -> dict[int, np.ndarray]:
    """Columns of the rows that set or end a customer's plan, by customer in the order of time; the time is a day."""
    kinds = (Event.CUSTOMER_IN, Event.BOOKED, Event.PAUSED, Event.CUSTOMER_MOVED, Event.CUSTOMER_OUT)
    parts = [facts.of(kind) for kind in kinds]
    columns = (ev.TIME, ev.CUSTOMER, ev.GROUP, ev.A, ev.B, ev.C, ev.G)
    plan = {column: np.concatenate([rows[column] for rows in parts]) for column in columns}
    plan[ev.KIND] = np.repeat(np.array(kinds, dtype=np.uint8), [len(rows) for rows in parts])
    order = np.argsort(plan[ev.TIME], kind="stable")
    order = order[stable_order(plan[ev.CUSTOMER][order])]
    follow_up = (plan[ev.KIND] == Event.BOOKED) & (plan.pop(ev.G) == 1)
    order = order[~follow_up[order]]
    plan[ev.TIME] //= DAY_SECONDS
    return {column: plan.pop(column)[order] for column in tuple(plan)}


def _last_where(mark: np.ndarray) -> np.ndarray:
    """Index of the last marked row at or before each row; -1 where there is none."""
    return np.maximum.accumulate(np.where(mark, np.arange(len(mark), dtype=np.int32), -1))


def _out_day(facts: LogIndex, customer: np.ndarray) -> np.ndarray:
    """Day on which each row's customer leaves the caseload; the end of the run for those still here."""
    out = facts.of(Event.CUSTOMER_OUT)
    last = max(customer.max(initial=0), out[ev.CUSTOMER].max(initial=0))
    day = np.full(last + 1, facts.end_day, dtype=np.int32)
    day[out[ev.CUSTOMER]] = out.day
    out_day: np.ndarray = day[customer]
    return out_day


def _spread(facts: LogIndex, begin: np.ndarray, until: np.ndarray, group: np.ndarray, rate: np.ndarray) -> Tally:
    """Rates per working day over half-open spans of days, added up per group and day."""
    starts, stops = of_group(facts, begin, group, rate).groups, of_group(facts, until, group, rate).groups
    assert starts is not None
    assert stops is not None
    return of_groups(np.cumsum(starts - stops, axis=1) * np.diff(facts.work_before))
