"""Strain, sickness, leaving, hiring and money: the figures about coaches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobcentre.scenario.field_types import Date, Distribution, Number, Section, Whole, figure


class Strain(Section):
    """From load to strain."""

    response: str = figure("Which row of `responses` is in force", "text", fixed=True)
    backlog_counted_minutes: Number = figure("Most minutes of backlog counted in load", "minutes", low=0, high=10000)
    sustainable_load: Number = figure("Load above which pressure begins", "ratio", low=0, high=5)
    half_life_days: Number = figure("Half-life of strain", "calendar days", above=0, high=1000)
    slow_half_life_days: Number | None = figure(
        "Half-life of slow strain, which decides leaving and breakdowns; none: leaving goes by strain, and nobody breaks down",
        "calendar days",
        above=0,
        high=2000,
        default=None,
    )
    slow_at_start: Number = figure(
        "Slow strain of coaches at the start, times their own sensitivity", "strain", low=0, high=10, fixed=True, default=0.0
    )
    backlog_weight: Number = figure(
        "Pressure per contracted day of unfinished admin, without a limit of its own",
        "pressure per day",
        low=0,
        high=5,
        off=0.0,
        default=0.0,
    )
    lunch_weight: Number = figure("Pressure of a day on which lunch is worked", "pressure", low=0, high=5)
    rushed_weight: Number = figure("Pressure when every conversation is rushed", "pressure", low=0, high=5)
    overtime_weight: Number = figure("Pressure per hour of overtime", "pressure per hour", low=0, high=5)
    safeguarding_weight: Number = figure("Pressure of a day with safeguarding work late", "pressure", low=0, high=5)
    sensitivity_cv: Number = figure("Spread of coaches' own sensitivity (mean 1)", "ratio", low=0, high=3, fixed=True)
    support: Number = figure("Support by managers and colleagues; pressure is divided by it", "ratio", above=0, high=5)
    pressure_limit: Number = figure("Most pressure of one day", "pressure", above=0, high=20)
    crisis_strain: Number = figure("Strain that counts as a crisis", "strain", above=0, high=20)


class Response(Section):
    """How strain acts on stress spells and leaving, with the base rates derived for it at the baseline."""

    form: Literal["hill", "linear"] = figure("Saturating (Hill) or linear in strain", "choice", fixed=True)
    half_effect: Number = figure("Strain at which half of the effect is reached (hill)", "strain", low=0.001, high=10, fixed=True)
    leaving_ceiling: Number = figure(
        "Most that strain multiplies leaving (hill), or 1 + slope (linear)", "ratio", low=1, high=100, fixed=True
    )
    stress_ceiling: Number = figure(
        "Most that strain multiplies stress spells (hill), or 1 + slope (linear)", "ratio", low=1, high=100, fixed=True
    )
    base_leaving_per_year: Number = figure(
        "Leaving without strain, first-year and other factors, per year of 253 working days in post",
        "per coach-year",
        low=0,
        high=20,
        fixed=True,
    )
    base_stress_per_year: Number = figure(
        "Stress spells without strain, per 225 days at work", "per coach-year at work", low=0, high=20, fixed=True
    )


class Spell(Section):
    """One kind of sickness."""

    per_year: Number = figure("Spells per 225 days at work", "per coach-year at work", low=0, high=100)
    days: Distribution = figure("Working days lost by a spell", "distribution")


class Breakdown(Section):
    """A long stress spell of a coach whose slow strain passes their own mark."""

    mark: Number | None = figure(
        "Slow strain at which half of all coaches break down; none: nobody does", "strain", above=0, high=20, fixed=True, default=None
    )
    mark_cv: Number = figure("Spread of coaches' own marks (lognormal)", "ratio", low=0, high=3, fixed=True, default=0.5)
    again_below_share: Number = figure(
        "Nobody breaks down again before slow strain has fallen below this share of their mark", "share", low=0, high=1, default=0.8
    )
    days: Distribution = figure(
        "Working days lost by a breakdown", "distribution", default=Distribution(mean=40, cv=0.8, family="lognormal")
    )


class Sickness(Section):
    """Sickness absence."""

    frailty_cv: Number = figure(
        "Spread of coaches' own proneness to short and long spells (mean 1, gamma); 0: all are alike",
        "ratio",
        low=0,
        high=3,
        fixed=True,
        off=0.0,
        default=0.0,
    )
    short_strain_ceiling: Number = figure(
        "Most that strain multiplies short spells; 1: no effect", "ratio", low=1, high=100, off=1.0, default=1.0
    )
    long_mental_share: Number = figure(
        "Share of long spells that are of mental ill-health, without any other effect", "share", low=0, high=1, default=0.0
    )
    short: Spell = figure("Short ordinary spells", "rows", fixed=True)
    long: Spell = figure("Long ordinary spells", "rows", fixed=True)
    stress_days: Distribution = figure("Working days lost by a stress spell", "distribution")
    breakdown: Breakdown = Field(default_factory=Breakdown, description="Stress spells of coaches who have carried too much for too long")


class Leaving(Section):
    """Leaving the post."""

    first_year_factor: Number = figure("Leaving in the first year of service ÷ later", "ratio", low=0, high=20)
    contagion_per_leaver: Number = figure("Extra leaving for each colleague's notice in the window", "share", low=0, high=5)
    contagion_days: Whole = figure("Window in which a colleague's notice counts", "working days", low=1, high=260)
    contagion_peak_days: Whole | None = figure(
        "Working days until a colleague's notice counts in full, whence it fades to the end of the window; none: in full all along",
        "working days",
        low=1,
        high=259,
        default=None,
    )
    contagion_most: Whole = figure("Most notices that count", "notices", low=0, high=64)
    after_stress_factor: Number = figure("Leaving after a stress spell without relief ÷ otherwise", "ratio", low=0, high=20)
    after_stress_days: Whole = figure("How long that lasts", "working days", low=0, high=520)
    after_stress_at_once: bool = figure("Whether that begins with the spell and not with the return", "yes or no", off=False, default=False)
    office_cv: Number = figure(
        "Spread of leaving between offices alike in all else, such as by their managers (mean 1, gamma); 0: none",
        "ratio",
        low=0,
        high=3,
        fixed=True,
        off=0.0,
        default=0.0,
    )
    notice_days: Whole = figure("Notice period", "working days", low=1, high=260)


class Hiring(Section):
    """Filling vacancies and training newcomers."""

    policy: Literal["replace", "freeze", "intake"] = figure("Replace leavers, freeze recruitment, or take on only at intakes", "choice")
    intake_every_weeks: Whole = figure("Weeks between intakes (policy `intake`)", "weeks", low=1, high=104)
    days_to_hire: Distribution = figure("Working days from vacancy to a newcomer's first day", "distribution")
    at_once: Whole | None = figure(
        "Vacancies for which the office can select and vet at the same time; none: no limit", "vacancies", low=1, high=4000, default=None
    )
    taught_days: Whole = figure("Taught training days", "working days", low=0, high=260)
    consolidation_days: Whole = figure("Consolidation days after the taught part", "working days", low=0, high=260)
    ramp_days: Whole = figure("Working days from the end of training to full capacity", "working days", low=0, high=520)
    ramp_from: Number = figure("Capacity on the first day after training", "share", above=0, high=1)
    trainer_minutes_per_day: Number = figure("Minutes a day a colleague gives to each newcomer in training", "minutes", low=0, high=480)
    mental_health_course_week: Whole = figure(
        "Week of service in which a newcomer takes the mental-health course", "weeks", low=1, high=104
    )
    mental_health_course_days: Whole = figure("Length of that course; 0: none", "working days", low=0, high=20)
    mental_health_trained_share: Number = figure("Share of coaches trained at the start", "share", low=0, high=1, fixed=True)
    mental_health_course_paused_from: Date | None = figure(
        "Whoever joins from this date on does not get the course; none: it was never paused", "date", fixed=True, default=None
    )
    mental_health_course_paused_to: Date | None = figure("The last such date", "date", fixed=True, default=None)
    mental_health_effect: Number = figure(
        "Share by which a trained coach lowers failed and cut-short appointments of health customers; 0: none",
        "share",
        low=0,
        high=1,
        off=0.0,
    )
    leave_days_per_year: Number = figure("Annual leave", "working days", low=0, high=120, fixed=True)
    leave_in_weeks_share: Number = figure("Share of leave taken in whole weeks", "share", low=0, high=1, fixed=True)


class Money(Section):
    """Costs."""

    salary_pounds: Number = figure("Salary with on-costs of a full-time coach", "pounds per year", low=0, high=1e6)
    overtime_pounds_per_hour: Number = figure("Overtime at cost", "pounds per hour", low=0, high=1000)
    hire_pounds: Number = figure("Advertising, selection and vetting of one newcomer", "pounds", low=0, high=1e6)
    reminder_pounds: Number = figure("One reminder", "pounds", low=0, high=100)
