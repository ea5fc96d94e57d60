"""Random scenarios, ordinary and extreme, small enough to be played in a fraction of a second."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from hypothesis import strategies as st

from jobcentre.scenario import Change, Scenario, load, vary, with_change
from support.places import SMALL

BASES = ("small", "baseline", "everything_off")
GROUPS = {"small": ("searching", "waiting"), "baseline": ("searching", "pre_wca", "lcw", "lcwra"), "everything_off": ("searching",)}

#: Ordinary weeks, Christmas, Easter, 29 February, and the end of a year with two bank holidays in the first weeks.
STARTS = ("2023-10-02", "2023-12-18", "2024-03-25", "2024-02-26", "2024-12-30")

WHOLE_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HOURS: tuple[dict[str, Any], ...] = (
    {},
    {"opens": "00:00", "closes": "24:00", "coach_start": "00:00", "coach_finish": "24:00", "open_days": WHOLE_WEEK, "bank_holidays": "none",
     "lunch_minutes": 0, "lunch_start": "12:00", "meeting_minutes": 0},
    {"opens": "09:00", "closes": "10:00", "slot_minutes": 60},  # one slot
    {"opens": "08:00", "closes": "20:00"},  # open before and after the coaches' hours
    {"coach_start": "12:00", "coach_finish": "21:30", "opens": "12:00", "closes": "21:30", "lunch_start": "16:00"},
    {"lunch_minutes": 0},
    {"lunch_start": "08:40", "lunch_minutes": 30},  # lunch first thing
    {"lunch_start": "16:34", "lunch_minutes": 30},  # lunch last thing
    {"open_days": ["tue", "sat"], "part_time_days": 1},
    {"open_days": WHOLE_WEEK},
    {"slot_minutes": 1},
    {"slot_minutes": 45},
)  # fmt: skip

SHARE = st.sampled_from([0.0, 0.2, 0.7, 1.0])
RATE = st.sampled_from([0.0, 1.0, 8.0, 20.0])

#: Figures that a dated change may set as well as the start, each with values from nothing to absurd.
CHANGEABLE: dict[str, st.SearchStrategy[Any]] = {
    "office.meeting_minutes": st.sampled_from([0, 20, 90]),
    "demand.starts_factor": st.sampled_from([0, 1, 6]),
    "demand.unscheduled_per_post_day": st.sampled_from([0, 2, 40]),
    "demand.unscheduled_minutes.mean": st.sampled_from([0.1, 10, 90]),
    "diary.appointments_per_day": st.sampled_from([0, 1, 5, 22, 60]),
    "diary.template": st.sampled_from(["spread", "earliest"]),
    "diary.own_coach_tolerance_days": st.sampled_from([0, 3, 30]),
    "diary.booking_horizon_days": st.sampled_from([0, 1, 20, 60]),
    "diary.any_coach": st.booleans(),
    "diary.first_due_days": st.sampled_from([1, 5, 15]),
    "diary.rebook_failed_days": st.sampled_from([1, 3, 15]),
    "diary.cover": st.booleans(),
    "diary.cover_extra_appointments": st.sampled_from([0, 2, 50]),
    "diary.absence_block_days": st.sampled_from([1, 2, 5]),
    "diary.short_notice_days": st.sampled_from([0, 5, 30]),
    "diary.fill_target_share": SHARE,
    "diary.fill_spacing_days": st.sampled_from([1, 5]),
    "diary.fill_notice_days": st.sampled_from([1, 2, 8]),
    "conversation.wait_before_failed_minutes": st.sampled_from([0, 10, 60]),
    "conversation.late_minutes.mean": st.sampled_from([0.5, 5, 60]),
    "conversation.grace_minutes": st.sampled_from([0, 5, 200]),
    "conversation.shortest_minutes": st.sampled_from([0.1, 3, 30]),
    "conversation.complex_need_factor": st.sampled_from([0.1, 1.5, 8]),
    "conversation.safeguarding_share_complex": SHARE,
    "conversation.rapport_failed_factor": st.sampled_from([0, 1, 2]),
    "conversation.rapport_stops_factor": st.sampled_from([0, 1, 2]),
    "conversation.contact_elasticity": st.sampled_from([0, 0.5, 2]),
    "conversation.referral_pause_days": st.sampled_from([1, 10, 60]),
    "conversation.referral_follow_up_days": st.sampled_from([1, 3, 10]),
    "admin.factor": st.sampled_from([0, 1, 3, 10]),
    "admin.journal_minutes": st.sampled_from([0, 3, 60]),
    "admin.due_days": st.sampled_from([0, 1, 5]),
    "admin.lapse_days": st.sampled_from([1, 4, 20]),
    "admin.shortest_useful_gap_minutes": st.sampled_from([0, 2, 30]),
    "admin.lunch_threshold_minutes": st.sampled_from([0, 60]),
    "admin.lunch_worked_minutes": st.sampled_from([0, 30, 240]),
    "admin.overtime_threshold_minutes": st.sampled_from([0, 60]),
    "admin.overtime_cap_minutes": st.sampled_from([0, 60, 120]),
    "strain.sustainable_load": st.sampled_from([0, 0.9, 3]),
    "strain.half_life_days": st.sampled_from([0.5, 28]),
    "strain.support": st.sampled_from([0.1, 1]),
    "strain.pressure_limit": st.sampled_from([0.1, 2, 20]),
    "sickness.short.per_year": RATE,
    "sickness.long.per_year": RATE,
    "sickness.short.days.mean": st.sampled_from([0.2, 3, 30]),
    "leaving.first_year_factor": st.sampled_from([0, 1.5, 20]),
    "leaving.contagion_per_leaver": st.sampled_from([0, 0.1, 5]),
    "leaving.after_stress_days": st.sampled_from([0, 10]),
    "leaving.after_stress_at_once": st.booleans(),
    "sickness.short_strain_ceiling": st.sampled_from([1, 20]),
    "sickness.long_mental_share": SHARE,
    "sickness.breakdown.again_below_share": SHARE,
    "sickness.breakdown.days.mean": st.sampled_from([1, 5]),
    "leaving.notice_days": st.sampled_from([1, 3, 20]),
    "hiring.policy": st.sampled_from(["replace", "freeze", "intake"]),
    "hiring.intake_every_weeks": st.sampled_from([1, 2]),
    "hiring.days_to_hire.mean": st.sampled_from([1, 5, 60]),
    "hiring.taught_days": st.sampled_from([0, 1, 4]),
    "hiring.consolidation_days": st.sampled_from([0, 2]),
    "hiring.ramp_days": st.sampled_from([0, 5, 60]),
    "hiring.ramp_from": st.sampled_from([0.01, 0.5, 1]),
    "hiring.trainer_minutes_per_day": st.sampled_from([0, 30, 400]),
    "hiring.mental_health_course_week": st.sampled_from([1, 2]),
    "hiring.mental_health_course_days": st.sampled_from([0, 1, 3]),
    "hiring.mental_health_effect": SHARE,
    "policies.flexibilities.trigger": st.sampled_from(["off", "caseload", "delay"]),
    "policies.flexibilities.interval_factor": st.sampled_from([1, 2.5]),
    "policies.flexibilities.minutes_factor": st.sampled_from([0.01, 0.5, 1]),
    "policies.relief.policy": st.sampled_from(["none", "after_breakdown", "early_warning", "refused"]),
    "policies.relief.diary_share": SHARE,
    "policies.relief.return_days": st.sampled_from([0, 3, 20]),
    "policies.relief.return_protection": SHARE,
    "policies.relief.strain_mark": st.sampled_from([0.01, 0.3]),
    "policies.relief.until_share": SHARE,
    "policies.digital.share": SHARE,
    "policies.digital.minutes": st.sampled_from([0, 3]),
    "policies.outreach.coaches": st.sampled_from([0, 1, 6]),
    "policies.training.coaches_per_week": st.sampled_from([0, 1, 6]),
    "policies.training.notice_days": st.sampled_from([1, 5]),
    "policies.reminders.on": st.booleans(),
}

#: Figures that only the start of a scenario may set.
FIXED: dict[str, st.SearchStrategy[Any]] = {
    "office.part_time_share": SHARE,
    "office.first_year_share": SHARE,
    "leaving.office_cv": st.sampled_from([0, 0.5, 2]),
    "sickness.frailty_cv": st.sampled_from([0, 1.45, 3]),
    "sickness.breakdown.mark": st.sampled_from([None, 0.01, 0.2]),
    "office.part_timers": st.sampled_from([None, 0, 1]),
    "strain.slow_half_life_days": st.sampled_from([3, 40]),
    "leaving.contagion_peak_days": st.sampled_from([None, 1, 3]),
    "hiring.at_once": st.sampled_from([None, 1, 2]),
    "strain.sensitivity_cv": st.sampled_from([0, 2]),
    "responses.central.form": st.sampled_from(["hill", "linear"]),
    "responses.central.leaving_ceiling": st.sampled_from([1, 12, 100]),
    "responses.central.base_leaving_per_year": RATE,
    "responses.central.base_stress_per_year": RATE,
    "hiring.mental_health_trained_share": SHARE,
    "hiring.leave_days_per_year": st.sampled_from([0, 25, 110]),
    "hiring.leave_in_weeks_share": SHARE,
}

#: Figures of one group, at the start and from a date.
OF_A_GROUP: dict[str, st.SearchStrategy[Any]] = {
    "failed_share": SHARE,
    "late_share": SHARE,
    "complex_share": SHARE,
    "messages_per_week": st.sampled_from([0, 0.5, 20]),
    "referral_share": SHARE,
    "booked_with": st.sampled_from(["own_first", "own_only", "pooled"]),
    "referral_pauses_contact_share": SHARE,
    "keeps_contact_share": SHARE,
    "fills_gaps": st.booleans(),
    "to_specialists": st.booleans(),
    "stock_per_post": st.sampled_from([0, 3, 150]),
    "need.mean": st.sampled_from([0.05, 1, 6]),
    "need.cv": st.sampled_from([0, 0.4, 3]),
}

#: Plans of the small office: phases of other lengths that end within the simulated weeks.
PLANS: tuple[dict[str, Any], ...] = (
    {},
    {"groups.searching.plans.fortnightly.phases.early.ends_after.weeks": 2, "groups.searching.plans.fortnightly.phases.later.minutes": 30,
     "groups.searching.exits.into_work.per_month": 1.0, "groups.searching.fills_gaps": True, "diary.fill_target_share": 1.0},
    {"groups.searching.plans.fortnightly.phases.early.every_days": 1, "groups.searching.plans.fortnightly.phases.later.every_days": 260},
    {"groups.waiting.decision.after_days.mean": 3, "groups.searching.exits.health_worsens.per_month": 5.0},
)  # fmt: skip

PROTECTED: tuple[dict[str, Any], ...] = (
    {"diary.protected_admin_minutes": 60},
    {"diary.protected_admin_minutes": 90, "diary.protected_admin_start": "14:00"},
)


@cache
def base(name: str) -> Scenario:
    """A scenario to vary; `everything_off` has each mechanism off, so that a draw turns on one alone."""
    return load(SMALL if name == "small" else name)


def first_day(scenario: Scenario) -> dt.date:
    """The first simulated date."""
    period = scenario.settings.period
    return period.start - dt.timedelta(weeks=period.warmup_weeks)


def total_days(scenario: Scenario) -> int:
    """How many days are simulated."""
    return 7 * (scenario.settings.period.warmup_weeks + scenario.settings.period.weeks)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A small scenario: a base, its hours and size, some figures far from ordinary, and up to three dated changes."""
    name = draw(st.sampled_from(BASES))
    coaches, posts = draw(st.integers(0, 6)), draw(st.sampled_from([1, 2, 3, 6, 0]))
    values: dict[str, Any] = {
        "period.start": draw(st.sampled_from(STARTS)),
        "period.warmup_weeks": draw(st.integers(0, 2)),
        "period.weeks": draw(st.integers(1, 4)),
        "period.reference_date": None,
        "office.coaches": coaches,
        "demand.posts": posts,
        "office.establishment": draw(st.sampled_from([None, coaches, coaches + 1, coaches + 3])),
    }
    hours = draw(st.sampled_from(HOURS)) if name == "small" else {}
    values |= {f"office.{key}": value for key, value in hours.items()}
    values |= draw(_some(FIXED | CHANGEABLE, name))
    values |= draw(st.sampled_from(PLANS)) if name == "small" else {}
    if not hours and name != "everything_off":
        values |= draw(st.sampled_from([{}, *PROTECTED]))
    scenario = vary(base(name), _fitting(name, values, hours))
    for change in draw(_changes(scenario, name)):
        scenario = with_change(scenario, change)
    return scenario


@st.composite
def _some(draw: st.DrawFn, of: dict[str, st.SearchStrategy[Any]], name: str, dated: bool = False) -> dict[str, Any]:
    """Values of up to a dozen figures, and of up to four of one group."""
    paths = draw(st.lists(st.sampled_from(sorted(of)), max_size=12, unique=True))
    values = {path: draw(of[path]) for path in paths}
    group = draw(st.sampled_from(GROUPS[name]))
    keys = draw(st.lists(st.sampled_from(sorted(set(OF_A_GROUP) - ({"stock_per_post"} if dated else set()))), max_size=4, unique=True))
    values |= {f"groups.{group}.{key}": draw(OF_A_GROUP[key]) for key in keys}
    return _possible({path: value for path, value in values.items() if name != "everything_off" or not path.endswith(".cv")})


def _possible(values: dict[str, Any]) -> dict[str, Any]:
    """Without what the schema forbids together: people who both fail and rearrange, outreach on no days, marks in the wrong order or of no strain."""
    for path in [path for path in values if path.endswith(".failed_share")]:
        values[path.replace("failed_share", "rearranged_share")] = (1 - values[path]) / 2
    if values.get("sickness.breakdown.mark") is not None:
        values.setdefault("strain.slow_half_life_days", 3)
    if "policies.flexibilities.trigger" in values:
        low = {"caseload": 10, "delay": 0.1}.get(values["policies.flexibilities.trigger"], 50)
        values |= {"policies.flexibilities.lower": low, "policies.flexibilities.upper": 2 * low}
    if "policies.outreach.coaches" in values:
        values["policies.outreach.days_per_week"] = 1
    return values


def _fitting(name: str, values: dict[str, Any], hours: dict[str, Any]) -> dict[str, Any]:
    """The values, with what the chosen hours and the base rule out taken back."""
    if name == "everything_off":
        values = {path: value for path, value in values.items() if not path.startswith(("responses.", "office.meeting"))}
    if hours.get("coach_start") == "00:00" or hours.get("lunch_start") == "08:40":
        values.pop("office.meeting_minutes", None)
        values["office.meeting_minutes"] = 0
    return values


@st.composite
def _changes(draw: st.DrawFn, scenario: Scenario, name: str) -> list[Change]:
    """Changes at once on the first, the last or any simulated day, or a ramp."""
    first, days = first_day(scenario), total_days(scenario)
    dates = draw(st.lists(st.one_of(st.sampled_from([0, days - 1]), st.integers(0, days - 1)), max_size=3, unique=True))
    changes: list[Change] = []
    taken: set[str] = set()
    for day in sorted(dates):
        values = {path: value for path, value in draw(_some(CHANGEABLE, name, dated=True)).items() if path not in taken}
        values = {path: value for path, value in values.items() if not path.startswith(("office.meeting", "policies.flexibilities"))}
        if values:
            taken |= set(values)
            changes.append(Change(first + dt.timedelta(days=day), values, draw(st.sampled_from([1, 1, 4])), "drawn"))
    return changes


@st.composite
def changing(draw: st.DrawFn) -> Scenario:
    """A small office over five weeks with one to eight dated changes of a few figures each, at once or as ramps that may overlap."""
    name = draw(st.sampled_from(("small", "baseline")))
    values: dict[str, Any] = {"period.start": draw(st.sampled_from(STARTS)), "period.warmup_weeks": 1, "period.weeks": 4}
    values |= {"period.reference_date": None, "office.coaches": 4, "demand.posts": 4, "office.establishment": 5}
    values |= {"responses.central.base_leaving_per_year": draw(RATE), "responses.central.base_stress_per_year": draw(RATE)}
    scenario = vary(base(name), values)
    taken: set[str] = set()
    for day in sorted(draw(st.lists(st.integers(0, total_days(scenario) - 1), min_size=1, max_size=8, unique=True))):
        figures = {path: value for path, value in draw(_some(CHANGEABLE, name, dated=True)).items() if path not in taken}
        figures = {path: value for path, value in figures.items() if not path.startswith(("office.meeting", "policies.flexibilities"))}
        if figures:
            taken |= set(figures)
            date = first_day(scenario) + dt.timedelta(days=day)
            scenario = with_change(scenario, Change(date, figures, draw(st.sampled_from([1, 2, 5, 30])), "drawn"))
    return scenario
