"""Each mechanism of the surge off in turn: which figures switch it off, and what a zero effect would mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from jobcentre.scenario import Scenario, vary
from jobcentre.scenario.field_types import Section
from jobcentre.scenario.policies import declared_off, off_values
from jobcentre.scenario.schema import Settings


class Mechanism(NamedTuple):
    """One mechanism and how to switch it off: starting figures, and figures dropped from dated changes."""

    name: str
    off: Mapping[str, Any]
    undone: tuple[str, ...] = ()  # prefixes of figures whose dated changes are dropped
    each_group: Mapping[str, Any] = {}
    each_row_of: str = ""  # whose rows are removed from each group
    why_none: str = ""  # where the mechanism is off already: why no effect is expected


#: Mechanisms whose input's name does not say what they are.
NAMES = {
    "office.specialist_share": "specialists for complex customers",
    "demand.unscheduled_patience_minutes": "walk-ins who give up",
    "demand.unscheduled_priority_share": "walk-ins with priority",
    "demand.unscheduled_peak_factor": "more walk-ins after opening",
    "demand.unscheduled_monday_factor": "more walk-ins on Mondays",
    "diary.bookings_per_start": "two bookings at one start",
    "diary.seen_by": "booked customers seen by whoever is free",
    "diary.protected_windows": "protected time in windows",
    "conversation.reading_in_minutes": "reading in by a new coach",
    "conversation.channel_kept_share": "customers' own channel",
    "conversation.contact_elasticity": "contacts on moves into work",
    "conversation.catch_up_share": "brevity of coaches who are behind",
    "conversation.turnaround_minutes": "turnaround between customers",
    "conversation.patience_minutes": "booked customers who walk out",
    "conversation.safeguarding_share": "concerns about customers who are not complex",
    "attendance.waiting_ratio": "waiting beyond the plan, on attendance",
    "attendance.last_failed_ratio": "the last failure, on attendance",
    "attendance.call_open_ratio": "a follow-up not done, on attendance",
    "attendance.poor_meeting_ratio": "a rushed or late meeting, on attendance",
    "attendance.called_in_ratio": "being called in, on attendance",
    "attendance.new_coach_ratio": "a new coach, on attendance",
    "attendance.first_remote_ratio": "the first remote appointment, on attendance",
    "attendance.by_choice_ratio": "contact by choice, on attendance",
    "attendance.ends_claim_after": "claims that end after failures",
    "admin.decision_minutes": "referrals to a decision maker",
    "admin.overtime_cap_cv": "coaches' own limits on overtime",
    "admin.home_share": "work at home",
    "admin.safeguarding_gap_minutes": "an undisturbed gap for safeguarding",
    "admin.safeguarding_first": "safeguarding behind walk-ins and not in overtime",
    "admin.chase_per_overdue_week": "chasing of overdue admin",
    "strain.backlog_weight": "pressure of unfinished admin",
    "sickness.frailty_cv": "unequal proneness to sickness",
    "sickness.short_strain_ceiling": "strain on short spells",
    "leaving.after_stress_at_once": "leaving during a stress spell",
    "leaving.office_cv": "offices that differ in leaving",
}
UNKNOWN = "off in every scenario: no size is known"
WHY_NONE = {
    "conversation.rapport_failed_factor": UNKNOWN,
    "hiring.mental_health_effect": UNKNOWN,
    "diary.protected_windows": "no time is protected in the surge",
    "diary.bookings_per_start": "off in every scenario but one that asks for it",
    "diary.seen_by": "off in every scenario",
    "attendance.by_choice_ratio": UNKNOWN,
    "attendance.ends_claim_after": UNKNOWN,
}
POLICIES_OFF = off_values()
MECHANISMS = (
    Mechanism("strain on leaving and stress spells", {"strain.response": "constant"}),
    Mechanism("contagion of notices", {"leaving.contagion_per_leaver": 0.0}),
    Mechanism("contagion that builds up and fades", {"leaving.contagion_peak_days": None}),
    Mechanism("slow strain, and breakdowns with it", {"strain.slow_half_life_days": None, "sickness.breakdown.mark": None}),
    Mechanism("breakdowns", {"sickness.breakdown.mark": None}),
    Mechanism("after-effect of a stress spell", {"leaving.after_stress_factor": 1.0}),
    Mechanism("more leaving in the first year", {"leaving.first_year_factor": 1.0}),
    Mechanism("replacing leavers", {"hiring.policy": "freeze"}),
    Mechanism("colleagues' time for newcomers", {"hiring.trainer_minutes_per_day": 0.0}),
    Mechanism("ramp of newcomers", {"hiring.ramp_days": 0}),
    Mechanism("ordinary sickness", {"sickness.short.per_year": 0.0, "sickness.long.per_year": 0.0}),
    Mechanism("annual leave", {"hiring.leave_days_per_year": 0.0}),
    Mechanism("phased return", POLICIES_OFF["relief"]),
    Mechanism("less support in the surge", {}, ("strain.support",)),
    Mechanism("more admin per task in the surge", {}, ("admin.factor",)),
    Mechanism("filling of free slots", {}, ("diary.fill_target_share",)),
    Mechanism("more starts in the surge", {}, ("demand.starts_factor",)),
    Mechanism("weekly reviews in the surge", {}, ("groups.searching.plans",)),
    Mechanism("cap of 27", {}, ("diary.appointments_per_day",)),
    Mechanism("worked lunch", {"admin.lunch_worked_minutes": 0.0}),
    Mechanism("overtime", {"admin.overtime_cap_minutes": 0.0}),
    Mechanism(
        "pressure of overtime, lunch and rushed talk",
        {"strain.overtime_weight": 0.0, "strain.lunch_weight": 0.0, "strain.rushed_weight": 0.0},
    ),
    Mechanism("backlog counted in load", {"strain.backlog_counted_minutes": 0.0}),
    Mechanism("lapsing of old admin", {"admin.lapse_days": 520}),
    Mechanism("coaches' own sensitivity", {"strain.sensitivity_cv": 0.0}),
    Mechanism("journal messages", {}, each_group={"messages_per_week": 0.0}),
    Mechanism("unscheduled contacts", {"demand.unscheduled_per_post_day": 0.0}),
    Mechanism("team meeting", {"office.meeting_minutes": 0.0}),
    Mechanism("failing to attend", {}, each_group={"failed_share": 0.0}),
    Mechanism("customers' own propensity to fail", {"conversation.attendance_cv": 0.0}),
    Mechanism("coming late", {}, each_group={"late_share": 0.0}),
    Mechanism("rearranging", {}, each_group={"rearranged_share": 0.0}),
    Mechanism("referrals", {}, each_group={"referral_share": 0.0}),
    Mechanism("kinds of referral", {}, each_row_of="referrals_to"),
    Mechanism("complex customers", {}, each_group={"complex_share": 0.0}),
    Mechanism("cutting conversations short", {"conversation.grace_minutes": 240.0, "conversation.overrun_limit_minutes": 240.0}),
    Mechanism("covering for absent colleagues", {"diary.cover": False}),
    Mechanism("booking with any coach", {"diary.any_coach": False}),
    # rules that say at the input itself at which value they are off
    *(
        Mechanism(NAMES.get(path, path.split(".")[-1].replace("_", " ")), {path: value}, (path,), why_none=WHY_NONE.get(path, ""))
        for name, field in Settings.model_fields.items()
        if name != "policies" and isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        for path, value in declared_off(name, field.annotation)
    ),
)

#: The policies that are off in the surge.
OTHER_POLICIES = tuple(Mechanism(f"policy {name}", off, tuple(off)) for name, off in POLICIES_OFF.items() if name != "relief")


def ablations(scenario: Scenario) -> tuple[Mechanism, ...]:
    """The mechanisms, and each other policy that the scenario has on at the start or from a date."""
    return MECHANISMS + tuple(policy for policy in OTHER_POLICIES if _is_ever_on(policy, scenario))


def _is_ever_on(policy: Mechanism, scenario: Scenario) -> bool:
    dated = {path for change in scenario.changes for path in change.set}
    return any(attrgetter(path)(scenario.settings) != value or path in dated for path, value in policy.off.items())


def without(scenario: Scenario, mechanism: Mechanism) -> Scenario:
    """The scenario with one mechanism off from the start, and never switched on by a dated change."""
    off = dict(mechanism.off)
    for group in scenario.settings.groups:
        off |= {f"groups.{group}.{name}": value for name, value in mechanism.each_group.items()}
        if mechanism.each_row_of:
            rows = getattr(scenario.settings.groups[group], mechanism.each_row_of)
            off |= {f"groups.{group}.{mechanism.each_row_of}.{row}": None for row in rows}
    changes = []
    for change in scenario.changes:
        kept = {path: value for path, value in change.set.items() if not path.startswith(mechanism.undone or ("\0",))}
        if kept:
            changes.append(replace(change, set=kept))
    return replace(vary(scenario, off), changes=tuple(changes))
