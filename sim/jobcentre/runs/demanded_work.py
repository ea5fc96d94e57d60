"""Notes where the work that customers ask for is far from what the coaches' contracted hours allow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jobcentre.model.inputs import derived_arrivals, stays
from jobcentre.scenario import Scenario, periods
from jobcentre.scenario.groups import Group, Plan
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.working_days import Calendar

#: Work asked for ÷ contracted hours beyond which, and below which, one of the two is probably mistyped.
#: An office with 250 customers a coach, as `caseload_250` shows it, asks for 2.1 times and is meant.
FAR_ABOVE, FAR_BELOW = 2.5, 0.2


def work_notes(scenario: Scenario) -> list[str]:
    """Notes on the first dates from which far more, or far less, is asked for than the contracted hours allow."""
    period = scenario.settings.period
    parts = periods(scenario)
    run_days = 7 * (period.warmup_weeks + period.weeks)
    office = scenario.settings.office
    open_share = float(np.mean(Calendar(parts[0][0], run_days, office.open_days, office.bank_holidays).is_open[:run_days]))
    if not open_share:
        return []
    usual_starts = derived_arrivals(scenario.settings, open_share)
    notes: dict[bool, str] = {}
    for date, settings in parts:
        if any(change.date <= date < change.last_day for change in scenario.changes):
            continue  # on its way to what is meant
        allowed = contracted_minutes(settings)
        asked = sum(demanded_minutes(settings, usual_starts, open_share, run_days).values())
        filled = settings.diary.fill_target_share > 0  # customers are called in until the diaries are full
        above, below = asked > FAR_ABOVE * allowed > 0, asked < FAR_BELOW * allowed and not filled
        if (above or below) and above not in notes:
            when = "" if date == parts[0][0] else f" from {date} on"
            share = f"{asked / allowed:.1f} times" if above else f"{100 * asked / allowed:.0f} % of"
            notes[above] = (
                f"{scenario.name}: the work asked for{when} is about {share} what contracted hours allow, "
                f"{asked:,.0f} minutes a working day for {allowed:,.0f} of {posts_of(settings)} coaches: is a figure mistyped?"
            )
    return list(notes.values())


def contracted_minutes(settings: Settings) -> float:
    """Contracted minutes of an open day if every post is filled and nobody is away."""
    office = settings.office
    day = (office.coach_finish - office.coach_start) / 60 - office.lunch_minutes
    away = office.part_time_share * (1 - min(office.part_time_days / max(len(office.open_days), 1), 1))
    return posts_of(settings) * day * (1 - away)


def posts_of(settings: Settings) -> int:
    """Coaches at the start, or the posts that may and will be filled, whichever are more."""
    filled = 0 if settings.hiring.policy == "freeze" else settings.office.establishment or 0
    return max(settings.office.coaches, filled)


def demanded_minutes(settings: Settings, usual_starts: Mapping[str, float], open_share: float, run_days: int) -> dict[str, float]:
    """Minutes of work that each group, and unscheduled contacts, ask for on an open day, with the admin that is certain to follow."""
    demand, admin = settings.demand, settings.admin
    asked = {"unscheduled": demand.posts * demand.unscheduled_per_post_day * demand.unscheduled_minutes.mean}
    constant = derived_arrivals(settings, open_share)
    for name, group in settings.groups.items():
        starts = usual_starts[name] if group.arrivals_per_post_day is None else group.arrivals_per_post_day
        starts = max(starts, 0.0) * demand.starts_factor
        customers = _customers(group, (starts - constant[name]) * open_share, open_share, run_days)
        journal = group.messages_per_week / 7 / open_share * admin.journal_minutes
        meetings = sum(plan.share * _meeting_minutes(plan, group, settings, open_share) for plan in group.plans.values())
        asked[name] = demand.posts * (customers * (journal + meetings) + starts * admin.factor * admin.new_claim_minutes)
    return asked


def _customers(group: Group, surplus: float, open_share: float, run_days: int) -> float:
    """Customers per post, at the start or at the end of the run, whichever are more; the surplus is that of a calendar day."""
    stay, _ = stays(group, open_share)
    grown = surplus * (stay * -np.expm1(-run_days / stay) if np.isfinite(stay) else run_days)
    return group.stock_per_post + max(float(grown), 0.0)


def _meeting_minutes(plan: Plan, group: Group, settings: Settings, open_share: float) -> float:
    """Minutes a customer asks for on an open day, where stays are exponential: a phase weighs as many as are in it."""
    stay, _ = stays(group, open_share)
    admin, digital = settings.admin, settings.policies.digital
    total, begun = 0.0, 0.0
    for place, phase in enumerate(plan.phases.values(), 1):
        end = phase.ends_after
        days = (
            np.inf
            if end is None or place == len(plan.phases)
            else 7 * end.weeks
            if end.weeks
            else (end.appointments or 0) * phase.every_days / open_share
        )
        share_in_it = np.exp(-begun / stay) - np.exp(-(begun + days) / stay) if np.isfinite(stay) else float(days == np.inf)
        followed = admin.first_meeting_minutes if phase.first_meeting else admin.held_minutes
        minutes = phase.minutes * group.need.mean + admin.factor * followed
        if phase.low_need:
            minutes += digital.share * (digital.minutes - minutes)
        total += share_in_it * minutes / phase.every_days
        begun += days
    return float(total)
