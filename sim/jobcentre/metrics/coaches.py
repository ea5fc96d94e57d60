"""Tallies of coaches in post: leaving, sickness, vacancies, strain in crisis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jobcentre.metrics.daily_sums import Tally, by_day
from jobcentre.metrics.log_index import DAY_SECONDS, MICRO, YEAR_DAYS, LogIndex, Rows, of_window
from jobcentre.model import events as ev
from jobcentre.model.events import Event, LeavingCause, Presence, SpellKind

FOLLOWED_DAYS = 364
SHORT_SHARE = 0.15
_MISSING = (Presence.SICK, Presence.IN_TRAINING, Presence.POSTED, Presence.COURSE)
NEW_DAYS = 365


def spans(facts: LogIndex, first: np.ndarray, last: np.ndarray, amount: np.ndarray | None = None) -> Tally:
    """One amount for each day of half-open spans of days; no amount counts 1."""
    first, last = np.clip(first, 0, facts.end_day), np.clip(last, 0, facts.end_day)
    entering, leaving = (np.bincount(day, weights=amount, minlength=facts.end_day + 1) for day in (first, last))
    return Tally(np.cumsum(entering - leaving)[: facts.end_day].astype(np.float64))


def coach_calendar_days(facts: LogIndex) -> Tally:
    """Calendar days in post of all coaches."""
    return spans(facts, facts.stays.first_day, facts.stays.last_day)


def coach_years(facts: LogIndex) -> Tally:
    """Years in post of all coaches: calendar days ÷ 365.25."""
    return facts.once(coach_calendar_days) / YEAR_DAYS


def new_coach_days(facts: LogIndex) -> Tally:
    """Calendar days in post of coaches in their first year of service."""
    stays = facts.stays
    return spans(facts, stays.first_day, np.clip(stays.service_day + NEW_DAYS, stays.first_day, stays.last_day))


def post_days(facts: LogIndex) -> Tally:
    """Calendar days of posts, each from its first coach or vacancy on, and of coaches beside the posts."""
    entered, stays = facts.of(Event.COACH_IN), facts.stays
    kinds = (entered.only(entered[ev.F] != 1), facts.of(Event.VACANCY_OPEN))
    day, post = np.concatenate([rows.day for rows in kinds]), np.concatenate([rows[ev.SERIAL] for rows in kinds])
    order = np.argsort(day, kind="stable")
    _, first = np.unique(post[order], return_index=True)
    posts = spans(facts, day[order][first], np.full(len(first), facts.end_day))
    return posts + spans(facts, stays.first_day[stays.supernumerary], stays.last_day[stays.supernumerary])


def vacant_days(facts: LogIndex) -> Tally:
    """Calendar days on which posts stand empty."""
    posts, filled = facts.once(post_days), facts.once(coach_calendar_days)
    return Tally((posts.total - filled.total).clip(0))


def _notices(facts: LogIndex) -> Rows:
    """Notices of coaches' own."""
    rows = facts.of(Event.NOTICE)
    return rows.only(rows[ev.C] != LeavingCause.MOVEMENT)


def notices(facts: LogIndex) -> Tally:
    """Notices given by coaches."""
    return by_day(facts, facts.once(_notices).day)


def notices_after_stress(facts: LogIndex) -> Tally:
    """Notices given by coaches who had had a stress spell."""
    rows = facts.once(_notices)
    return by_day(facts, rows.day[rows[ev.B] > 0])


def notices_because_of(cause: LeavingCause) -> Callable[[LogIndex], Tally]:
    """Notices of which that made the difference."""

    def tally(facts: LogIndex) -> Tally:
        rows = facts.of(Event.NOTICE)
        return by_day(facts, rows.day[rows[ev.C] == cause])

    return tally


def expected_notices(facts: LogIndex) -> Tally:
    """Chances of giving notice, added up by week and placed on its last day."""
    rows = facts.of(Event.COACH_WEEK)
    return by_day(facts, rows.start_day, rows[ev.A]) / MICRO


def expected_stress_spells(facts: LogIndex) -> Tally:
    """Stress spells to be expected, added up by week and placed on its last day."""
    rows = facts.of(Event.COACH_WEEK)
    return by_day(facts, rows.start_day, rows[ev.B]) / MICRO


def working_days(facts: LogIndex) -> Tally:
    """Days on which the office is open."""
    rows = facts.of(Event.DAY)
    return by_day(facts, rows.day[rows[ev.A] == 1])


def days_short_of_staff(facts: LogIndex) -> Tally:
    """Working days on which more than 15 % of posts are without a coach at work for another reason than annual leave or a day off."""
    rows = facts.of(Event.COACH_DAY)
    missing = by_day(facts, rows.start_day[np.isin(rows[ev.A], _MISSING)]).total + facts.once(vacant_days).total
    short = missing > SHORT_SHARE * facts.once(post_days).total
    return Tally(short * facts.once(working_days).total)


def _reference_day(facts: LogIndex) -> int:
    second = facts.given.reference_second
    return facts.start_day if second is None else second // DAY_SECONDS


def _at_start(facts: LogIndex, chosen: np.ndarray) -> Tally:
    """The number of marked ones, placed on the first counted day."""
    return by_day(facts, np.full(np.count_nonzero(chosen), facts.start_day))


@of_window
def start_coaches(facts: LogIndex) -> Tally:
    """Coaches in post on the reference date, placed on the first counted day."""
    return _at_start(facts, _start(facts))


def _start(facts: LogIndex) -> np.ndarray:
    """Which stays are of coaches in post on the reference date, those beside the posts left out."""
    day, stays = _reference_day(facts), facts.stays
    here: np.ndarray = (stays.first_day <= day) & (stays.last_day > day) & ~stays.supernumerary
    return here


@of_window
def start_leavers(facts: LogIndex) -> Tally:
    """Coaches in post on the reference date who give notice within 364 days, placed on the first counted day."""
    day, rows = _reference_day(facts), facts.once(_notices)
    in_time = (rows.day >= day) & (rows.day < day + FOLLOWED_DAYS)
    return _at_start(facts, in_time & np.isin(rows[ev.COACH], facts.stays.coach[_start(facts)]))


def _sick_days(facts: LogIndex) -> Rows:
    rows = facts.of(Event.COACH_DAY)
    return rows.only(rows[ev.A] == Presence.SICK)


def sick_days(facts: LogIndex) -> Tally:
    """Working days of coaches' sickness spells."""
    return by_day(facts, facts.once(_sick_days).start_day)


def sick_days_stress(facts: LogIndex) -> Tally:
    """Working days of stress spells."""
    rows = facts.once(_sick_days)
    return by_day(facts, rows.start_day[rows[ev.GROUP] == SpellKind.STRESS])


def sick_days_short(facts: LogIndex) -> Tally:
    """Working days of short spells."""
    rows = facts.once(_sick_days)
    return by_day(facts, rows.start_day[rows[ev.GROUP] == SpellKind.SHORT])


def sick_days_long(facts: LogIndex) -> Tally:
    """Working days of long spells and of stress spells."""
    rows = facts.once(_sick_days)
    return by_day(facts, rows.start_day[rows[ev.GROUP] != SpellKind.SHORT])


def _ended_long(facts: LogIndex) -> Rows:
    rows = facts.of(Event.RETURN)
    return rows.only(rows[ev.A] != SpellKind.SHORT)


def long_spell_days(facts: LogIndex) -> Tally:
    """Working days lost by long and stress spells that ended, on the day they began."""
    rows = facts.once(_ended_long)
    return by_day(facts, rows.start_day, rows[ev.B])


def long_spell_days_mental(facts: LogIndex) -> Tally:
    """Those of mental ill-health."""
    rows = facts.once(_ended_long)
    return by_day(facts, rows.start_day, rows[ev.B] * (rows[ev.D] == 1))


def sick_days_ordinary(facts: LogIndex) -> Tally:
    """Working days of ordinary spells, short and long."""
    rows = facts.once(_sick_days)
    return by_day(facts, rows.start_day[rows[ev.GROUP] != SpellKind.STRESS])


def stress_spells(facts: LogIndex) -> Tally:
    """Stress spells begun."""
    rows = facts.of(Event.SICK)
    return by_day(facts, rows.day[rows[ev.A] == SpellKind.STRESS])


def breakdowns(facts: LogIndex) -> Tally:
    """Stress spells begun because slow strain had passed the coach's mark."""
    rows = facts.of(Event.SICK)
    return by_day(facts, rows.day[rows[ev.C] == 1])


@of_window
def start_coaches_ill(facts: LogIndex) -> Tally:
    """Coaches in post on the reference date with a stress spell begun within 364 days, placed on the first counted day."""
    day, rows, stays = _reference_day(facts), facts.of(Event.SICK), facts.stays
    in_time = (rows[ev.A] == SpellKind.STRESS) & (rows.day >= day) & (rows.day < day + FOLLOWED_DAYS)
    return _at_start(facts, _start(facts) & np.isin(stays.coach, rows[ev.COACH][in_time]))


def slow_strain(facts: LogIndex) -> Tally:
    """Slow strain at the close of each coach's week, on its last day."""
    rows = facts.of(Event.COACH_WEEK)
    return by_day(facts, rows.start_day, rows[ev.C]) / MICRO


def coach_weeks_closed(facts: LogIndex) -> Tally:
    """Weeks of coaches in post, each on its last day."""
    return by_day(facts, facts.of(Event.COACH_WEEK).start_day)


@of_window
def coaches_with_stress_spell(facts: LogIndex) -> Tally:
    """First stress spell of each coach in each counted year of 364 days."""
    rows = facts.of(Event.SICK)
    chosen = (rows[ev.A] == SpellKind.STRESS) & facts.counted(rows.day)
    day, coach = rows.day[chosen], rows[ev.COACH][chosen].astype(np.int64)
    year = (day - facts.start_day) // FOLLOWED_DAYS
    _, first = np.unique(coach * (year.max(initial=0) + 1) + year, return_index=True)
    return by_day(facts, day[first])


def _completed_stress(facts: LogIndex) -> Rows:
    rows = facts.of(Event.RETURN)
    return rows.only((rows[ev.A] == SpellKind.STRESS) & (rows[ev.C] != 1))


def stress_spells_completed(facts: LogIndex) -> Tally:
    """Stress spells that ended with a return to work, on the day they began."""
    return by_day(facts, facts.once(_completed_stress).start_day)


def stress_spell_days(facts: LogIndex) -> Tally:
    """Working days lost by stress spells that ended with a return, on the day they began."""
    rows = facts.once(_completed_stress)
    return by_day(facts, rows.start_day, rows[ev.B])


@of_window
def coaches_throughout(facts: LogIndex) -> Tally:
    """Coaches in post during the whole counted period, placed on its first day."""
    return _at_start(facts, _throughout(facts))


@of_window
def coaches_never_sick(facts: LogIndex) -> Tally:
    """Coaches in post during the whole counted period without a day of sickness in it, placed on its first day."""
    rows = facts.once(_sick_days)
    sick = rows[ev.COACH][facts.counted(rows.start_day)]
    return _at_start(facts, _throughout(facts) & ~np.isin(facts.stays.coach, sick))


def _throughout(facts: LogIndex) -> np.ndarray:
    whole: np.ndarray = (facts.stays.first_day <= facts.start_day) & (facts.stays.last_day >= facts.until_day)
    return whole


@of_window
def coaches_seen(facts: LogIndex) -> Tally:
    """Coaches in post on at least one counted working day, on their first."""
    rows = facts.of(Event.COACH_DAY)
    return _first_of_each_coach(facts, rows.only(facts.counted(rows.start_day)))


@of_window
def coaches_in_crisis(facts: LogIndex) -> Tally:
    """Coaches whose strain passed the crisis level in the counted period, on the first such day."""
    rows = facts.of(Event.COACH_DAY)
    inside = facts.counted(rows.start_day)
    return _first_of_each_coach(facts, rows.only(inside & (rows[ev.E] / MICRO > facts.given.crisis_strain)))


def _first_of_each_coach(facts: LogIndex, rows: Rows) -> Tally:
    _, first = np.unique(rows[ev.COACH], return_index=True)
    return by_day(facts, rows.start_day[first])


def vacancies_filled(facts: LogIndex) -> Tally:
    """Vacancies filled."""
    return by_day(facts, facts.of(Event.VACANCY_FILLED).day)


def days_to_fill(facts: LogIndex) -> Tally:
    """Calendar days from the opening of each vacancy to its filling."""
    rows = facts.of(Event.VACANCY_FILLED)
    return by_day(facts, rows.day, (rows[ev.TIME] - rows[ev.START]) / DAY_SECONDS)


def training_days(facts: LogIndex) -> Tally:
    """Working days of newcomers in training."""
    rows = facts.of(Event.COACH_DAY)
    return by_day(facts, rows.start_day[rows[ev.A] == Presence.IN_TRAINING])
