"""Tallies of coaches' working days: load, overtime, lunch, admin and conversations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.metrics.facts import DAY_SECONDS, MICRO, Facts, Rows, stable_order
from sim.metrics.tally import Tally, by_day, count_marked, of_group, together
from sim.model import events as ev
from sim.model.events import Event, Task

FORTNIGHT_DAYS = 10
LUNCH_WORKED_SECONDS = 300


def coach_days(facts: Facts) -> Tally:
    """Coach-days present and trained."""
    return by_day(facts, facts.coach_days.start_day)


def loaded_coach_days(facts: Facts) -> Tally:
    """Coach-days present and trained with contracted minutes."""
    return by_day(facts, facts.loaded_days[0].start_day)


def load(facts: Facts) -> Tally:
    """Load of each coach-day: work and counted backlog over contracted time."""
    rows, loads = facts.loaded_days
    return by_day(facts, rows.start_day, loads)


def overloaded(facts: Facts) -> Tally:
    """Coach-days with a load above one."""
    rows, loads = facts.loaded_days
    return by_day(facts, rows.start_day[loads > 1])


def contracted_minutes(facts: Facts) -> Tally:
    """Contracted minutes of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.B]) / 60


def appointments_offered(facts: Facts) -> Tally:
    """Daily caps of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.CUSTOMER].clip(0))


def admin_carried_hours(facts: Facts) -> Tally:
    """Hours of admin left at the close of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.D]) / 3600


def conversation_minutes(facts: Facts) -> Tally:
    """Minutes of conversation in booked appointments, in any band."""
    return facts.once(_ledger).conversation


def worked_minutes(facts: Facts) -> Tally:
    """Minutes of work done in any band."""
    return facts.once(_ledger).worked


def overtime_minutes(facts: Facts) -> Tally:
    """Minutes of work after coaches' hours."""
    return facts.once(_ledger).overtime


def lunches_worked(facts: Facts) -> Tally:
    """Coach-days with at least five minutes of work inside lunch."""
    return facts.once(_ledger).lunches


class _Ledger(NamedTuple):
    """Minutes of coaches' work, and lunches worked; idle time and lunch taken are not work."""

    conversation: Tally
    worked: Tally
    overtime: Tally
    lunches: Tally


def _ledger(facts: Facts) -> _Ledger:
    kind, coach, start, end = _stretches(facts)
    day, last = start // DAY_SECONDS, np.maximum(end - 1, start) // DAY_SECONDS
    if np.any(last > day):
        kind, coach, start, end, day = _cut_at_midnight(kind, coach, start, end, day, last)
    seconds, talk = end - start, kind == Event.CONVERSATION
    start, end = start - day * DAY_SECONDS, end - day * DAY_SECONDS
    conversation, worked = by_day(facts, day[talk], seconds[talk]), by_day(facts, day, seconds)
    if facts.round_the_clock:
        nothing = Tally(np.zeros(facts.end_day))
        return _Ledger(conversation / 60, worked / 60, nothing, nothing)
    lunch_start, finish = int(facts.office[ev.E]), int(facts.office[ev.D])
    lunch_end = lunch_start + max(0, int(facts.office[ev.F]))
    late = end > finish
    overtime = by_day(facts, day[late], end[late] - np.maximum(start[late], finish))
    inside = (start < lunch_end) & (end > lunch_start)
    lunch = np.minimum(end[inside], lunch_end) - np.maximum(start[inside], lunch_start)
    days = facts.end_day + 1
    of_coach_day = np.bincount(coach[inside] * days + day[inside], weights=lunch)
    lunches = by_day(facts, np.flatnonzero(of_coach_day > LUNCH_WORKED_SECONDS) % days)
    return _Ledger(conversation / 60, worked / 60, overtime / 60, lunches)


def _stretches(facts: Facts) -> tuple[np.ndarray, ...]:
    """Kind, coach, start and end of each stretch of work."""
    work = {kind: facts.of(kind) for kind in ev.STRETCHES if kind not in (Event.IDLE, Event.LUNCH)}
    kind = np.repeat(np.array(list(work), dtype=np.uint8), [len(rows) for rows in work.values()])
    return kind, *(np.concatenate([rows[column] for rows in work.values()]) for column in (ev.COACH, ev.START, ev.TIME))


def _cut_at_midnight(
    kind: np.ndarray, coach: np.ndarray, start: np.ndarray, end: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Kind, coach, start, end and day of the pieces of stretches from a first to a last day."""
    parts = last - first + 1
    kind, coach, start, end, first = (np.repeat(column, parts) for column in (kind, coach, start, end, first))
    day = first + np.arange(len(first)) - np.repeat(np.cumsum(parts) - parts, parts)
    return kind, coach, np.maximum(start, day * DAY_SECONDS), np.minimum(end, (day + 1) * DAY_SECONDS), day


def back_to_back(facts: Facts) -> Tally:
    """Conversations that begin at the second at which the coach's previous conversation ended."""
    rows = facts.of(Event.CONVERSATION)
    order = stable_order(rows[ev.COACH])
    coach, start, end = (rows[column][order] for column in (ev.COACH, ev.START, ev.TIME))
    follows = (coach[1:] == coach[:-1]) & (start[1:] == end[:-1])
    return count_marked(facts, rows, order[1:][follows])


def worst_fortnight(facts: Facts) -> Tally:
    """Largest mean load over ten consecutive coach-days in the counted period, one amount per coach."""
    return by_day(facts, *facts.once(_worst_fortnights))


def coaches_with_fortnight(facts: Facts) -> Tally:
    """Coaches with at least ten coach-days in the counted period."""
    return by_day(facts, facts.once(_worst_fortnights)[0])


def _worst_fortnights(facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """Each coach's first day with a whole fortnight, and largest mean load over one."""
    rows, loads = facts.loaded_days
    inside = facts.counted(rows.start_day)
    rows, loads = rows.only(inside), loads[inside]
    order = stable_order(rows[ev.COACH])
    coach, loads, day = rows[ev.COACH][order], loads[order], rows.start_day[order]
    if len(coach) < FORTNIGHT_DAYS:
        return np.empty(0, dtype=np.int64), np.empty(0)
    sums = np.concatenate(([0.0], np.cumsum(loads)))
    means = (sums[FORTNIGHT_DAYS:] - sums[:-FORTNIGHT_DAYS]) / FORTNIGHT_DAYS
    whole = coach[FORTNIGHT_DAYS - 1 :] == coach[: len(means)]
    means, coach, day = means[whole], coach[: len(whole)][whole], day[: len(whole)][whole]
    coaches, first, which = np.unique(coach, return_index=True, return_inverse=True)
    largest = np.full(len(coaches), -np.inf)
    np.maximum.at(largest, which, means)
    return day[first], largest


def strain(facts: Facts) -> Tally:
    """Strain at the close of each working day of every coach in post."""
    rows = facts.of(Event.COACH_DAY)
    return by_day(facts, rows.start_day, rows[ev.E]) / MICRO


def coach_days_in_post(facts: Facts) -> Tally:
    """Working days of every coach in post, present or not."""
    return by_day(facts, facts.of(Event.COACH_DAY).start_day)


def tasks_lapsed(facts: Facts) -> Tally:
    """Admin tasks never done because they grew too old or the coach left."""
    rows = facts.of(Event.TASK_LAPSED)
    return count_marked(facts, rows, rows[ev.D] != 2)


def tasks_finished(facts: Facts) -> Tally:
    """Admin tasks finished."""
    rows = facts.of(Event.ADMIN)
    return count_marked(facts, rows, rows[ev.B] == 1)


def tasks_ended(facts: Facts) -> Tally:
    """Admin tasks finished or lapsed undone."""
    return together(facts, tasks_finished, tasks_lapsed)


def _safeguarding_due(facts: Facts) -> Rows:
    """Rows TASK_MADE of the safeguarding tasks still needed when their due day ended."""
    made, lapsed = (_safeguarding(facts.of(kind)) for kind in (Event.TASK_MADE, Event.TASK_LAPSED))
    early = lapsed[ev.SERIAL][lapsed.day <= lapsed[ev.C]]
    return made.only(~np.isin(made[ev.SERIAL], early))


def _safeguarding(rows: Rows) -> Rows:
    return rows.only(rows[ev.A] == Task.SAFEGUARDING)


def safeguarding_due(facts: Facts) -> Tally:
    """Safeguarding tasks by the day they were due, unless no longer needed by then."""
    tasks = facts.once(_safeguarding_due)
    return of_group(facts, tasks[ev.C], tasks[ev.GROUP])


def safeguarding_late(facts: Facts) -> Tally:
    """Safeguarding tasks not finished by the end of the day they were due."""
    tasks, done = facts.once(_safeguarding_due), _safeguarding(facts.of(Event.ADMIN))
    in_time = (done[ev.B] == 1) & ((done[ev.TIME] - 1) // DAY_SECONDS <= done[ev.D])
    late = ~np.isin(tasks[ev.SERIAL], done[ev.SERIAL][in_time])
    return of_group(facts, tasks[ev.C][late], tasks[ev.GROUP][late])
