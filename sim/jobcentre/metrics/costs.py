"""Tallies of money: salaries, overtime, sickness, hiring and reminders."""

from __future__ import annotations

import numpy as np

from jobcentre.metrics.appointments import booked
from jobcentre.metrics.coaches import sick_days, spans
from jobcentre.metrics.daily_sums import Tally, by_day, together
from jobcentre.metrics.log_index import YEAR_DAYS, LogIndex
from jobcentre.metrics.time_use import overtime_minutes
from jobcentre.model import events as ev
from jobcentre.model.events import Event, Presence


def years(facts: LogIndex) -> Tally:
    """Years of the run: calendar days ÷ 365.25."""
    return Tally(np.full(facts.end_day, 1 / YEAR_DAYS))


def salaries(facts: LogIndex) -> Tally:
    """Salaries of all coaches in post, part-time ones in proportion to their days, per calendar day."""
    stays = facts.stays
    share = np.minimum(1.0, stays.weekdays / facts.open_weekdays)
    return spans(facts, stays.first_day, stays.last_day, share) * facts.price("salary_pounds") / YEAR_DAYS


def overtime(facts: LogIndex) -> Tally:
    """Overtime at cost."""
    return facts.once(overtime_minutes) / 60 * facts.price("overtime_pounds_per_hour")


def hiring(facts: LogIndex) -> Tally:
    """Cost of advertising, selecting and vetting newcomers."""
    return by_day(facts, facts.of(Event.VACANCY_FILLED).day) * facts.price("hire_pounds")


def reminders(facts: LogIndex) -> Tally:
    """Cost of reminders, one for each booking made while they are sent."""
    return facts.once(booked) * facts.price("reminder_pounds")


def everything(facts: LogIndex) -> Tally:
    """All costs: salaries, overtime, hiring and reminders."""
    return together(facts, salaries, overtime, hiring, reminders)


def _salary_of_days(facts: LogIndex, days: Tally) -> Tally:
    """Salary of whole working days of full-time coaches, at open weekdays × 365.25 ÷ 7 working days a year."""
    return days * (facts.price("salary_pounds") / (facts.open_weekdays * YEAR_DAYS / 7))


def sickness(facts: LogIndex) -> Tally:
    """Salary of days lost to sickness; it is part of the salaries."""
    return _salary_of_days(facts, facts.once(sick_days))


def training(facts: LogIndex) -> Tally:
    """Salary of newcomers' days in training and of all course days; it is part of the salaries."""
    rows = facts.of(Event.COACH_DAY)
    chosen = (rows[ev.A] == Presence.IN_TRAINING) | (rows[ev.A] == Presence.COURSE)
    return _salary_of_days(facts, by_day(facts, rows.start_day[chosen]))
