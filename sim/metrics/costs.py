"""Tallies of money: salaries, overtime, sickness, hiring and reminders."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import DAY_SECONDS, YEAR_DAYS, Facts
from sim.metrics.people import sick_days
from sim.metrics.tally import Tally, by_day, together
from sim.metrics.work import overtime_minutes
from sim.model import events as ev
from sim.model.events import Event, Presence


def years(facts: Facts) -> Tally:
    """Years of the run: calendar days ÷ 365.25."""
    return by_day(np.arange(facts.end_day), 1 / YEAR_DAYS)


def salaries(facts: Facts) -> Tally:
    """Salaries of all coaches in post, part-time ones in proportion to their days, per calendar day."""
    stays = facts.stays
    share = np.minimum(1.0, stays.weekdays / facts.open_weekdays)
    change = np.zeros(facts.end_day + 1)
    for day, sign in ((stays.first_day, 1.0), (stays.last_day, -1.0)):
        change += sign * np.bincount(np.clip(day, 0, facts.end_day), weights=share, minlength=facts.end_day + 1)
    day = np.arange(facts.end_day)
    return Tally(day, np.cumsum(change)[: facts.end_day] * facts.price("salary_pounds", day) / YEAR_DAYS)


def overtime(facts: Facts) -> Tally:
    """Overtime at cost."""
    tally = overtime_minutes(facts)
    return Tally(tally.day, tally.amount / 60 * facts.price("overtime_pounds_per_hour", tally.day))


def hiring(facts: Facts) -> Tally:
    """Cost of advertising, selecting and vetting newcomers."""
    day = facts.of(Event.VACANCY_FILLED)[:, ev.TIME] // DAY_SECONDS
    return Tally(day, facts.price("hire_pounds", day))


def reminders(facts: Facts) -> Tally:
    """Cost of reminders, one for each booking made while they are sent."""
    day = facts.of(Event.BOOKED)[:, ev.TIME] // DAY_SECONDS
    return Tally(day, facts.price("reminder_pounds", day))


def everything(facts: Facts) -> Tally:
    """All costs: salaries, overtime, hiring and reminders."""
    return together(salaries(facts), overtime(facts), hiring(facts), reminders(facts))


def _salary_of_days(facts: Facts, day: np.ndarray) -> Tally:
    """Salary of whole working days of full-time coaches, at open weekdays × 365.25 ÷ 7 working days a year."""
    return Tally(day, facts.price("salary_pounds", day) / (facts.open_weekdays * YEAR_DAYS / 7))


def sickness(facts: Facts) -> Tally:
    """Salary of days lost to sickness; it is part of the salaries."""
    return _salary_of_days(facts, sick_days(facts).day)


def training(facts: Facts) -> Tally:
    """Salary of newcomers' days in training and of all course days; it is part of the salaries."""
    rows = facts.of(Event.COACH_DAY)
    mine = np.isin(rows[:, ev.A], (Presence.IN_TRAINING, Presence.COURSE))
    return _salary_of_days(facts, rows[mine, ev.START] // DAY_SECONDS)
