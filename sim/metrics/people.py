"""Tallies of coaches in post: leaving, sickness, vacancies, strain in crisis."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import DAY_SECONDS, MICRO, YEAR_DAYS, Facts
from sim.metrics.tally import Tally, by_day
from sim.model import events as ev
from sim.model.events import Event, Presence, Spell

FOLLOWED_DAYS = 364
NEW_DAYS = 365


def _written(rows: np.ndarray) -> Tally:
    return by_day(rows[:, ev.TIME] // DAY_SECONDS)


def _spans(facts: Facts, first: np.ndarray, last: np.ndarray, amount: np.ndarray | float = 1.0) -> Tally:
    """One amount for each day of the run: the sum over half-open spans of days."""
    first, last = np.clip(first, 0, facts.end_day), np.clip(last, 0, facts.end_day)
    weights = np.broadcast_to(np.asarray(amount, dtype=np.float64), first.shape)
    entering, leaving = (np.bincount(day, weights=weights, minlength=facts.end_day + 1) for day in (first, last))
    return Tally(np.arange(facts.end_day), np.cumsum(entering - leaving)[: facts.end_day])


def _scaled(tally: Tally, factor: float) -> Tally:
    return Tally(tally.day, tally.amount * factor, tally.group)


def coach_calendar_days(facts: Facts) -> Tally:
    """Calendar days in post of all coaches."""
    return _spans(facts, facts.stays.first_day, facts.stays.last_day)


def coach_years(facts: Facts) -> Tally:
    """Years in post of all coaches: calendar days ÷ 365.25."""
    return _scaled(coach_calendar_days(facts), 1 / YEAR_DAYS)


def new_coach_days(facts: Facts) -> Tally:
    """Calendar days in post of coaches in their first year of service."""
    stays = facts.stays
    return _spans(facts, stays.first_day, np.clip(stays.service_day + NEW_DAYS, stays.first_day, stays.last_day))


def post_days(facts: Facts) -> Tally:
    """Calendar days of posts, each from its first coach or vacancy on."""
    rows = np.concatenate([facts.of(Event.COACH_IN), facts.of(Event.VACANCY_OPEN)])
    rows = rows[np.argsort(rows[:, ev.TIME], kind="stable")]
    _, first = np.unique(rows[:, ev.SERIAL], return_index=True)
    day = rows[first, ev.TIME] // DAY_SECONDS
    return _spans(facts, day, np.full(len(day), facts.end_day))


def vacant_days(facts: Facts) -> Tally:
    """Calendar days on which posts stand empty."""
    posts, filled = post_days(facts), coach_calendar_days(facts)
    return Tally(posts.day, (posts.amount - filled.amount).clip(0))


def notices(facts: Facts) -> Tally:
    """Notices given by coaches."""
    return _written(facts.of(Event.NOTICE))


def notices_after_stress(facts: Facts) -> Tally:
    """Notices given by coaches who had had a stress spell."""
    rows = facts.of(Event.NOTICE)
    return _written(rows[rows[:, ev.B] > 0])


def _reference_day(facts: Facts) -> int:
    second = facts.given.reference_second
    return facts.start_day if second is None else second // DAY_SECONDS


def start_coaches(facts: Facts) -> Tally:
    """Coaches in post on the reference date, placed on the first counted day."""
    day = _reference_day(facts)
    here = (facts.stays.first_day <= day) & (facts.stays.last_day > day)
    return by_day(np.full(int(here.sum()), facts.start_day))


def start_leavers(facts: Facts) -> Tally:
    """Coaches in post on the reference date who give notice within 364 days, placed on the first counted day."""
    day, rows, stays = _reference_day(facts), facts.of(Event.NOTICE), facts.stays
    noticed = rows[:, ev.TIME] // DAY_SECONDS
    rows = rows[(noticed >= day) & (noticed < day + FOLLOWED_DAYS)]
    here = (stays.first_day <= day) & (stays.last_day > day)
    leaving = np.isin(rows[:, ev.COACH], stays.coach[here])
    return by_day(np.full(int(leaving.sum()), facts.start_day))


def _sick_days(facts: Facts) -> np.ndarray:
    rows = facts.of(Event.COACH_DAY)
    sick: np.ndarray = rows[rows[:, ev.A] == Presence.SICK]
    return sick


def sick_days(facts: Facts) -> Tally:
    """Working days of coaches' sickness spells."""
    return by_day(_sick_days(facts)[:, ev.START] // DAY_SECONDS)


def sick_days_stress(facts: Facts) -> Tally:
    """Working days of stress spells."""
    rows = _sick_days(facts)
    return by_day(rows[rows[:, ev.GROUP] == Spell.STRESS, ev.START] // DAY_SECONDS)


def sick_days_ordinary(facts: Facts) -> Tally:
    """Working days of ordinary spells, short and long."""
    rows = _sick_days(facts)
    return by_day(rows[rows[:, ev.GROUP] != Spell.STRESS, ev.START] // DAY_SECONDS)


def stress_spells(facts: Facts) -> Tally:
    """Stress spells begun."""
    rows = facts.of(Event.SICK)
    return _written(rows[rows[:, ev.A] == Spell.STRESS])


def coaches_with_stress_spell(facts: Facts) -> Tally:
    """First stress spell of each coach in each counted year of 364 days."""
    rows = facts.of(Event.SICK)
    day = rows[:, ev.TIME] // DAY_SECONDS
    mine = (rows[:, ev.A] == Spell.STRESS) & facts.counted(day)
    day, coach = day[mine], rows[mine, ev.COACH].astype(np.int64)
    year = (day - facts.start_day) // FOLLOWED_DAYS
    _, first = np.unique(coach * (year.max(initial=0) + 1) + year, return_index=True)
    return by_day(day[first])


def _completed_stress(facts: Facts) -> np.ndarray:
    rows = facts.of(Event.RETURN)
    completed: np.ndarray = rows[(rows[:, ev.A] == Spell.STRESS) & (rows[:, ev.C] != 1)]
    return completed


def stress_spells_completed(facts: Facts) -> Tally:
    """Stress spells that ended with a return to work, on the day they began."""
    return by_day(_completed_stress(facts)[:, ev.START] // DAY_SECONDS)


def stress_spell_days(facts: Facts) -> Tally:
    """Working days lost by stress spells that ended with a return, on the day they began."""
    rows = _completed_stress(facts)
    return by_day(rows[:, ev.START] // DAY_SECONDS, rows[:, ev.B])


def coaches_throughout(facts: Facts) -> Tally:
    """Coaches in post during the whole counted period, placed on its first day."""
    return by_day(np.full(len(_throughout(facts)), facts.start_day))


def coaches_never_sick(facts: Facts) -> Tally:
    """Coaches in post during the whole counted period without a day of sickness in it, placed on its first day."""
    rows = _sick_days(facts)
    rows = rows[facts.counted(rows[:, ev.START] // DAY_SECONDS)]
    well = ~np.isin(_throughout(facts), rows[:, ev.COACH])
    return by_day(np.full(int(well.sum()), facts.start_day))


def _throughout(facts: Facts) -> np.ndarray:
    stays = facts.stays
    coaches: np.ndarray = stays.coach[(stays.first_day <= facts.start_day) & (stays.last_day >= facts.end_day)]
    return coaches


def coaches_seen(facts: Facts) -> Tally:
    """Coaches in post on at least one counted working day, on their first."""
    rows = facts.of(Event.COACH_DAY)
    return _first_of_each_coach(rows[facts.counted(rows[:, ev.START] // DAY_SECONDS)])


def coaches_in_crisis(facts: Facts) -> Tally:
    """Coaches whose strain passed the crisis level in the counted period, on the first such day."""
    rows = facts.of(Event.COACH_DAY)
    inside = facts.counted(rows[:, ev.START] // DAY_SECONDS)
    return _first_of_each_coach(rows[inside & (rows[:, ev.E] / MICRO > facts.given.crisis_strain)])


def _first_of_each_coach(rows: np.ndarray) -> Tally:
    _, first = np.unique(rows[:, ev.COACH], return_index=True)
    return by_day(rows[first, ev.START] // DAY_SECONDS)


def vacancies_filled(facts: Facts) -> Tally:
    """Vacancies filled."""
    return _written(facts.of(Event.VACANCY_FILLED))


def days_to_fill(facts: Facts) -> Tally:
    """Calendar days from the opening of each vacancy to its filling."""
    rows = facts.of(Event.VACANCY_FILLED)
    return by_day(rows[:, ev.TIME] // DAY_SECONDS, (rows[:, ev.TIME] - rows[:, ev.START]) / DAY_SECONDS)


def training_days(facts: Facts) -> Tally:
    """Working days of newcomers in training."""
    rows = facts.of(Event.COACH_DAY)
    return by_day(rows[rows[:, ev.A] == Presence.IN_TRAINING, ev.START] // DAY_SECONDS)
