"""Tallies of coaches' working days: load, overtime, lunch, admin and conversations."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import DAY_SECONDS, MICRO, Facts
from sim.metrics.tally import Tally, by_day, count, together
from sim.model import events as ev
from sim.model.events import Event, Task

FORTNIGHT_DAYS = 10
LUNCH_WORKED_SECONDS = 300
_UNPAID = (Event.IDLE, Event.LUNCH)


def _day_of(rows: np.ndarray) -> np.ndarray:
    return rows[:, ev.START] // DAY_SECONDS


def coach_days(facts: Facts) -> Tally:
    """Coach-days present and trained."""
    return by_day(_day_of(facts.coach_days))


def loaded_coach_days(facts: Facts) -> Tally:
    """Coach-days present and trained with contracted minutes."""
    return by_day(_day_of(facts.loaded_days[0]))


def load(facts: Facts) -> Tally:
    """Load of each coach-day: work and counted backlog over contracted time."""
    rows, loads = facts.loaded_days
    return by_day(_day_of(rows), loads)


def overloaded(facts: Facts) -> Tally:
    """Coach-days with a load above one."""
    rows, loads = facts.loaded_days
    return by_day(_day_of(rows[loads > 1]))


def contracted_minutes(facts: Facts) -> Tally:
    """Contracted minutes of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(_day_of(rows), rows[:, ev.B] / 60)


def appointments_offered(facts: Facts) -> Tally:
    """Daily caps of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(_day_of(rows), rows[:, ev.CUSTOMER].clip(0))


def admin_carried_hours(facts: Facts) -> Tally:
    """Hours of admin left at the close of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(_day_of(rows), rows[:, ev.D] / 3600)


def conversation_minutes(facts: Facts) -> Tally:
    """Minutes of conversation in booked appointments, in any band."""
    pieces = facts.pieces
    mine = pieces.kind == Event.CONVERSATION
    return by_day(pieces.day[mine], pieces.seconds[mine] / 60)


def worked_minutes(facts: Facts) -> Tally:
    """Minutes of work done in any band; idle time and lunch taken are not work."""
    pieces = facts.pieces
    mine = ~np.isin(pieces.kind, _UNPAID)
    return by_day(pieces.day[mine], pieces.seconds[mine] / 60)


def overtime_minutes(facts: Facts) -> Tally:
    """Minutes of work after coaches' hours."""
    pieces = facts.pieces
    mine = (pieces.overtime > 0) & ~np.isin(pieces.kind, _UNPAID)
    return by_day(pieces.day[mine], pieces.overtime[mine] / 60)


def lunches_worked(facts: Facts) -> Tally:
    """Coach-days with at least five minutes of work inside lunch."""
    pieces = facts.pieces
    mine = (pieces.lunch > 0) & ~np.isin(pieces.kind, _UNPAID)
    days = facts.end_day + 1
    coach_day, which = np.unique(pieces.coach[mine] * days + pieces.day[mine], return_inverse=True)
    seconds = np.bincount(which, weights=pieces.lunch[mine], minlength=len(coach_day))
    return by_day(coach_day[seconds > LUNCH_WORKED_SECONDS] % days)


def back_to_back(facts: Facts) -> Tally:
    """Conversations that begin at the second at which the coach's previous conversation ended."""
    rows = facts.of(Event.CONVERSATION)
    rows = rows[np.lexsort((rows[:, ev.START], rows[:, ev.COACH]))]
    follows = (rows[1:, ev.COACH] == rows[:-1, ev.COACH]) & (rows[1:, ev.START] == rows[:-1, ev.TIME])
    return count(rows[1:][follows])


def worst_fortnight(facts: Facts) -> Tally:
    """Largest mean load over ten consecutive coach-days in the counted period, one amount per coach."""
    rows, loads = facts.loaded_days
    inside = facts.counted(_day_of(rows))
    rows, loads = rows[inside], loads[inside]
    order = np.lexsort((rows[:, ev.START], rows[:, ev.COACH]))
    coach, loads, day = rows[order, ev.COACH], loads[order], _day_of(rows)[order]
    if len(coach) < FORTNIGHT_DAYS:
        return by_day(np.empty(0, dtype=np.int64))
    sums = np.concatenate(([0.0], np.cumsum(loads)))
    means = (sums[FORTNIGHT_DAYS:] - sums[:-FORTNIGHT_DAYS]) / FORTNIGHT_DAYS
    whole = coach[FORTNIGHT_DAYS - 1 :] == coach[: len(means)]
    means, coach, day = means[whole], coach[: len(whole)][whole], day[: len(whole)][whole]
    coaches, first, which = np.unique(coach, return_index=True, return_inverse=True)
    largest = np.full(len(coaches), -np.inf)
    np.maximum.at(largest, which, means)
    return by_day(day[first], largest)


def coaches_with_fortnight(facts: Facts) -> Tally:
    """Coaches with at least ten coach-days in the counted period."""
    return by_day(worst_fortnight(facts).day)


def strain(facts: Facts) -> Tally:
    """Strain at the close of each working day of every coach in post."""
    rows = facts.of(Event.COACH_DAY)
    return by_day(_day_of(rows), rows[:, ev.E] / MICRO)


def coach_days_in_post(facts: Facts) -> Tally:
    """Working days of every coach in post, present or not."""
    return by_day(_day_of(facts.of(Event.COACH_DAY)))


def tasks_lapsed(facts: Facts) -> Tally:
    """Admin tasks never done because they grew too old or the coach left."""
    rows = facts.of(Event.TASK_LAPSED)
    return count(rows[rows[:, ev.D] != 2])


def tasks_finished(facts: Facts) -> Tally:
    """Admin tasks finished."""
    rows = facts.of(Event.ADMIN)
    return count(rows[rows[:, ev.B] == 1])


def tasks_ended(facts: Facts) -> Tally:
    """Admin tasks finished or lapsed undone."""
    return together(tasks_finished(facts), tasks_lapsed(facts))


def _safeguarding_due(facts: Facts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Serial, due day and group of the safeguarding tasks still needed when their due day ended."""
    made, lapsed = facts.of(Event.TASK_MADE), facts.of(Event.TASK_LAPSED)
    made = made[made[:, ev.A] == Task.SAFEGUARDING]
    early = lapsed[lapsed[:, ev.TIME] // DAY_SECONDS <= lapsed[:, ev.C]]
    made = made[~np.isin(made[:, ev.SERIAL], early[:, ev.SERIAL])]
    return made[:, ev.SERIAL], made[:, ev.C], made[:, ev.GROUP]


def safeguarding_due(facts: Facts) -> Tally:
    """Safeguarding tasks by the day they were due, unless no longer needed by then."""
    _, due, group = _safeguarding_due(facts)
    return Tally(due, np.ones(len(due)), group)


def safeguarding_late(facts: Facts) -> Tally:
    """Safeguarding tasks not finished by the end of the day they were due."""
    serial, due, group = _safeguarding_due(facts)
    done = facts.of(Event.ADMIN)
    in_time = done[(done[:, ev.B] == 1) & ((done[:, ev.TIME] - 1) // DAY_SECONDS <= done[:, ev.D])]
    late = ~np.isin(serial, in_time[:, ev.SERIAL])
    return Tally(due[late], np.ones(int(late.sum())), group[late])
