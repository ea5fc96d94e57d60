"""Tallies of coaches' working days: load, admin, strain and safeguarding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day, count_marked, of_group, of_sums, together
from jobcentre.metrics.log_index import DAY_SECONDS, MICRO, LogIndex, Rows, of_window, stable_order
from jobcentre.model import events as ev
from jobcentre.model import log_passes as passes
from jobcentre.model.events import Event, Task

AdminKinds = Literal["all", "notes", "calls", "messages"]
FORTNIGHT_DAYS = 10
#: Load and weeks in a row above which the probation service calls a caseload too high.
SUSTAINED_LOAD, SUSTAINED_WEEKS = 1.1, 4


def coach_days(facts: LogIndex) -> Tally:
    """Coach-days present and trained."""
    return by_day(facts, facts.coach_days.start_day)


def weeks_at_work(facts: LogIndex) -> Tally:
    """Coach-days present and trained, in weeks of five."""
    return facts.once(coach_days) / 5


def loaded_coach_days(facts: LogIndex) -> Tally:
    """Coach-days present and trained with contracted minutes."""
    return by_day(facts, facts.loaded_days[0].start_day)


def load(facts: LogIndex) -> Tally:
    """Load of each coach-day: work and counted backlog over contracted time."""
    rows, loads = facts.loaded_days
    return by_day(facts, rows.start_day, loads)


def overloaded(facts: LogIndex) -> Tally:
    """Coach-days with a load above one."""
    rows, loads = facts.loaded_days
    return by_day(facts, rows.start_day[loads > 1])


def contracted_minutes(facts: LogIndex) -> Tally:
    """Contracted minutes of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.B]) / 60


def appointments_offered(facts: LogIndex) -> Tally:
    """Daily caps of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.CUSTOMER].clip(0))


def admin_carried_hours(facts: LogIndex) -> Tally:
    """Hours of admin left at the close of coach-days present and trained."""
    rows = facts.coach_days
    return by_day(facts, rows.start_day, rows[ev.D]) / 3600


@of_window
def worst_fortnight(facts: LogIndex) -> Tally:
    """Largest mean load over ten consecutive coach-days in the counted period, one amount per coach."""
    return by_day(facts, *facts.once(_worst_fortnights))


@of_window
def coaches_with_fortnight(facts: LogIndex) -> Tally:
    """Coaches with at least ten coach-days in the counted period."""
    return by_day(facts, facts.once(_worst_fortnights)[0])


@of_window
def _worst_fortnights(facts: LogIndex) -> tuple[np.ndarray, np.ndarray]:
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


def coach_weeks(facts: LogIndex) -> Tally:
    """Weeks of coaches with at least one day at work, on the first such day."""
    return by_day(facts, facts.once(_weeks)[0])


def weeks_of_sustained_overload(facts: LogIndex) -> Tally:
    """Weeks of coaches that are at least the fourth in a row with a mean load above 1.1; weeks without a day at work are passed over."""
    days, in_a_row = facts.once(_weeks)
    return by_day(facts, days[in_a_row >= SUSTAINED_WEEKS])


def _weeks(facts: LogIndex) -> tuple[np.ndarray, np.ndarray]:
    """First day at work of each coach's weeks, and how many weeks in a row then had a mean load above the mark."""
    rows, loads = facts.loaded_days
    week = rows.start_day // 7
    order = stable_order(rows[ev.COACH])
    coach, week, loads, day = rows[ev.COACH][order], week[order], loads[order], rows.start_day[order]
    first = np.flatnonzero(np.diff(coach, prepend=-1) | np.diff(week, prepend=-1))
    sizes = np.diff(np.append(first, len(coach)))
    above = np.add.reduceat(loads, first) > SUSTAINED_LOAD * sizes if len(first) else np.zeros(0, dtype=bool)
    place = np.arange(len(first))
    broken = np.maximum.accumulate(np.where(~above, place, np.where(np.diff(coach[first], prepend=-1) != 0, place - 1, -1)))
    return day[first], place - broken


def strain(facts: LogIndex) -> Tally:
    """Strain at the close of each working day of every coach in post."""
    rows = facts.of(Event.COACH_DAY)
    return by_day(facts, rows.start_day, rows[ev.E]) / MICRO


def coach_days_in_post(facts: LogIndex) -> Tally:
    """Working days of every coach in post, present or not."""
    return by_day(facts, facts.of(Event.COACH_DAY).start_day)


def tasks_lapsed(facts: LogIndex) -> Tally:
    """Admin tasks never done because they grew too old or the coach left."""
    rows = facts.of(Event.TASK_LAPSED)
    return count_marked(facts, rows, rows[ev.D] != 2)


def tasks_finished(facts: LogIndex) -> Tally:
    """Admin tasks finished."""
    return of_sums(facts.tasks_finished)


def tasks_ended(facts: LogIndex) -> Tally:
    """Admin tasks finished or lapsed undone."""
    return together(facts, tasks_finished, tasks_lapsed)


def ended_of(kinds: AdminKinds) -> Callable[[LogIndex], Tally]:
    """What gives the admin tasks of some kinds that were finished or lapsed undone."""
    return _ENDED[kinds]


def late_of(kinds: AdminKinds) -> Callable[[LogIndex], Tally]:
    """What gives those of them that were finished after the day they were due, or lapsed undone."""
    return _LATE[kinds]


def _sums_of(kinds: tuple[Task, ...], *sums: int) -> Callable[[LogIndex], Tally]:
    return lambda facts: Tally(facts.tasks_ended[:, kinds, :][:, :, sums].sum(axis=(1, 2)).astype(np.float64))


_KINDS: dict[AdminKinds, tuple[Task, ...]] = {
    "all": tuple(Task),
    "notes": (Task.HELD, Task.FIRST_MEETING),
    "calls": (Task.FAILED,),
    "messages": (Task.JOURNAL, Task.CHASED),
}
_ENDED = {name: _sums_of(kinds, passes.FINISHED, passes.LAPSED) for name, kinds in _KINDS.items()}
_LATE = {name: _sums_of(kinds, passes.FINISHED_LATE, passes.LAPSED) for name, kinds in _KINDS.items()}


def _safeguarding_due(facts: LogIndex) -> Rows:
    """Rows TASK_MADE of the safeguarding tasks still needed when their due day ended."""
    tasks_made, lapsed = facts.of_safeguarding(Event.TASK_MADE), facts.of_safeguarding(Event.TASK_LAPSED)
    early = lapsed[ev.SERIAL][lapsed.day <= lapsed[ev.C]]
    return tasks_made.only(~np.isin(tasks_made[ev.SERIAL], early))


def safeguarding_due(facts: LogIndex) -> Tally:
    """Safeguarding tasks by the day they were due, unless no longer needed by then."""
    tasks = facts.once(_safeguarding_due)
    return of_group(facts, tasks[ev.C], tasks[ev.GROUP])


def safeguarding_late(facts: LogIndex) -> Tally:
    """Safeguarding tasks not finished by the end of the day they were due."""
    tasks, done = facts.once(_safeguarding_due), facts.of_safeguarding(Event.ADMIN)
    in_time = (done[ev.B] == 1) & ((done[ev.TIME] - 1) // DAY_SECONDS <= done[ev.D])
    late = ~np.isin(tasks[ev.SERIAL], done[ev.SERIAL][in_time])
    return of_group(facts, tasks[ev.C][late], tasks[ev.GROUP][late])
