"""Tallies of coaches' working days: load, overtime, lunch, admin and conversations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.metrics.facts import DAY_SECONDS, MICRO, Facts, Rows, stable_order
from sim.metrics.tally import Tally, by_day, count_marked, of_group, sum_of, together
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
    worked = {kind: _seconds_worked(facts, facts.of(kind)) for kind in ev.STRETCHES if kind not in (Event.IDLE, Event.LUNCH)}
    seconds, overtime = sum_of([parts[0] for parts in worked.values()]), sum_of([parts[1] for parts in worked.values()])
    coach_day, lunch = (np.concatenate([parts[2][which] for parts in worked.values()]) for which in (0, 1))
    taken = np.flatnonzero(np.bincount(coach_day, lunch) > LUNCH_WORKED_SECONDS) % (facts.end_day + 1)
    return _Ledger(worked[Event.CONVERSATION][0] / 60, seconds / 60, overtime / 60, by_day(facts, taken))


def _seconds_worked(facts: Facts, rows: Rows) -> tuple[Tally, Tally, tuple[np.ndarray, np.ndarray]]:
    """Seconds of these stretches of work and those after finish; numbers of coach-days with seconds inside lunch."""
    coach, day, start, end = _cut_at_midnight(rows)
    finish, lunch_start = int(facts.office[ev.D]), int(facts.office[ev.E])
    lunch_end = lunch_start + max(0, int(facts.office[ev.F]))
    if facts.round_the_clock:
        finish, lunch_end = DAY_SECONDS, lunch_start
    seconds = by_day(facts, day, end - start)
    late, inside = end > finish, (start < lunch_end) & (end > lunch_start)
    overtime = by_day(facts, day[late], end[late] - np.maximum(start[late], finish))
    lunch = np.minimum(end[inside], lunch_end) - np.maximum(start[inside], lunch_start)
    return seconds, overtime, (coach[inside] * (facts.end_day + 1) + day[inside], lunch)


def _cut_at_midnight(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Coach, day, and first and last second of that day of the pieces of stretches of time."""
    coach, start, end, day = rows[ev.COACH], rows[ev.START], rows[ev.TIME], rows.start_day
    parts = np.maximum(end - 1, start) // DAY_SECONDS - day + 1
    if np.any(parts > 1):
        coach, start, end, day = (np.repeat(column, parts) for column in (coach, start, end, day))
        day = day + (np.arange(len(day)) - np.repeat(np.cumsum(parts) - parts, parts)).astype(day.dtype)
    midnight = day * DAY_SECONDS
    return coach, day, np.maximum(start - midnight, 0), np.minimum(end - midnight, DAY_SECONDS)


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
    finished = rows[ev.B] == 1
    return of_group(facts, rows.day[finished], rows[ev.GROUP][finished])


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
