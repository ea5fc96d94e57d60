"""Short scenarios that between them visit every kind of event and every branch of the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.events import Event, EventLog
from jobcentre.scenario import Change, Scenario, load, vary, with_change
from support.places import SMALL

ROUND_THE_CLOCK: dict[str, Any] = {
    "office.open_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "office.bank_holidays": "none", "office.opens": "00:00",
    "office.closes": "24:00", "office.coach_start": "00:00", "office.coach_finish": "24:00", "office.lunch_minutes": 0,
    "office.meeting_minutes": 0,
}  # fmt: skip
TINY = {"period.warmup_weeks": 0, "period.weeks": 3, "period.reference_date": None, "office.coaches": 3, "demand.posts": 3}
LEAVES_SOON = {"responses.central.base_leaving_per_year": 12, "leaving.notice_days": 4, "hiring.days_to_hire.mean": 1,
               "hiring.taught_days": 2, "hiring.consolidation_days": 1, "hiring.ramp_days": 6}  # fmt: skip
FALLS_ILL = {"sickness.short.per_year": 20, "sickness.long.per_year": 10, "responses.central.base_stress_per_year": 15,
             "sickness.long.days.mean": 6, "sickness.stress_days.mean": 4}  # fmt: skip


@cache
def _base(name: str) -> Scenario:
    return load(SMALL if name == "small" else name)


def _small(**values: Any) -> Scenario:
    return vary(_base("small"), TINY | _dotted(values))


def _baseline(**values: Any) -> Scenario:
    return vary(_base("baseline"), TINY | _dotted(values))


def _dotted(values: dict[str, Any]) -> dict[str, Any]:
    return {path.replace("__", "."): value for path, value in values.items()}


def _from(scenario: Scenario, date: str, **values: Any) -> Scenario:
    return with_change(scenario, Change(dt.date.fromisoformat(date), _dotted(values), 1, "tried"))


def _busy_customers() -> Scenario:
    """Customers of every group who move, stop, pause, rearrange and call."""
    values: dict[str, Any] = {f"groups.{group}.exits.into_work.per_month": 1.0 for group in ("searching", "pre_wca", "lcw", "lcwra")}
    values |= {f"groups.{group}.complex_share": 0.6 for group in ("searching", "pre_wca", "lcw", "lcwra")}
    values |= {f"groups.{group}.referral_share": 0.5 for group in ("searching", "pre_wca", "lcw", "lcwra")}
    values |= {
        "groups.searching.exits.health_worsens.per_month": 2.0,
        "groups.lcw.exits.health_worsens.per_month": 2.0,
        "groups.pre_wca.decision.after_days.mean": 6,
        "groups.lcwra.keeps_contact_share": 0.5,
        "groups.lcwra.exits.stops_contact.per_month": 2.0,
        "groups.lcwra.volunteers_per_month": 0.2,
        "groups.searching.channels.face_to_face": 0.4,
        "groups.searching.channels.telephone": 0.4,
        "groups.searching.channels.video": 0.2,
        "groups.searching.rearranged_share": 0.3,
        "groups.searching.referral_pauses_contact_share": 0.5,
        "conversation.safeguarding_share_complex": 0.5,
        "conversation.contact_elasticity": 0.5,
        "conversation.rapport_full_after": 1,
        "conversation.rapport_failed_factor": 0.5,
        "conversation.rapport_stops_factor": 0.5,
        "conversation.referral_follow_up_days": 3,
        "policies.reminders.on": True,
        "hiring.mental_health_effect": 0.3,
        "policies.digital.share": 0.5,
    }
    return vary(_base("baseline"), TINY | values)


def _coaches_come_and_go(fixed: dict[str, Any] | None = None, **values: Any) -> Scenario:
    start = {"period.weeks": 10, "period.start": "2023-12-11"}
    return vary(_base("small"), TINY | start | LEAVES_SOON | FALLS_ILL | (fixed or {}) | _dotted(values))


def _overloaded() -> Scenario:
    """Too much of everything: late starts, worked lunches, overtime, lapsed admin, walk-ins turned away."""
    return _small(
        admin__factor=3, admin__lapse_days=2, office__coaches=2, period__weeks=4, diary__appointments_per_day=40,
        demand__unscheduled_per_post_day=20, groups__searching__need__mean=1.5, responses__central__form="linear",
        diary__booking_horizon_days=1, diary__own_coach_tolerance_days=0, diary__any_coach=False, conversation__late_minutes__mean=8,
        conversation__safeguarding_share_complex=0.6, groups__searching__complex_share=0.8, admin__shortest_useful_gap_minutes=6,
    )  # fmt: skip


def _managed() -> Scenario:
    """Each policy on, then each off again from a date."""
    scenario = _coaches_come_and_go(
        policies__flexibilities__trigger="caseload", policies__flexibilities__upper=100, policies__flexibilities__lower=90,
        policies__flexibilities__interval_factor=1.5, policies__flexibilities__minutes_factor=0.8, policies__relief__policy="early_warning",
        policies__relief__strain_mark=0.05, policies__relief__backlog_mark_minutes=120, policies__relief__until_share=0.9,
        policies__relief__return_days=3, policies__outreach__coaches=1, policies__outreach__days_per_week=1, policies__training__coaches_per_week=1,
        policies__training__notice_days=2, hiring__mental_health_course_week=1, hiring__mental_health_trained_share=0.3,
        diary__fill_target_share=1, groups__waiting__fills_gaps=True, diary__protected_admin_minutes=60, policies__relief__return_protection=0.5,
        responses__central__base_leaving_per_year=3,
    )  # fmt: skip
    scenario = _from(scenario, "2024-01-09", policies__relief__policy="after_breakdown", policies__flexibilities__trigger="delay",
                     policies__flexibilities__upper=0.5, policies__flexibilities__lower=0.4, diary__protected_admin_start="14:00")  # fmt: skip
    return _from(scenario, "2024-02-06", policies__flexibilities__trigger="off", policies__outreach__coaches=0, hiring__policy="freeze")


def _round_the_clock() -> Scenario:
    """Coaches who fall ill and leave in the middle of a piece of work, and more admin than can be done."""
    return _coaches_come_and_go(
        ROUND_THE_CLOCK, diary__appointments_per_day=100, demand__unscheduled_per_post_day=12, period__weeks=4, diary__cover=False,
        admin__factor=4, admin__lapse_days=2,
    )  # fmt: skip


def _seen_past_midnight() -> Scenario:
    """Bookings in the last hour of the day only, customers late, and coaches away the next day."""
    return _coaches_come_and_go(
        ROUND_THE_CLOCK, diary__appointments_per_day=100, diary__protected_admin_minutes=1380, diary__protected_admin_start="00:00",
        demand__unscheduled_per_post_day=5, period__weeks=3, conversation__wait_before_failed_minutes=60, conversation__late_minutes__mean=20,
        groups__searching__late_share=0.8, groups__searching__need__mean=2, diary__template="earliest",
        groups__searching__exits__into_work__per_month=2, office__slot_minutes=10,  # fewer places in the diary to look at
    )  # fmt: skip


def _late_at_finish() -> Scenario:
    """Customers who are still awaited when the coach's day is over, with overtime and with too little backlog for it."""
    return _small(
        office__closes="17:00", office__coach_finish="17:00", conversation__wait_before_failed_minutes=30, conversation__late_minutes__mean=25,
        groups__searching__late_share=0.7, admin__overtime_threshold_minutes=20, admin__overtime_cap_minutes=10,
        diary__appointments_per_day=60, office__first_year_share=1, period__weeks=4, diary__protected_admin_minutes=420,
        diary__protected_admin_start="09:00",
    )  # fmt: skip


def _safeguarding() -> Scenario:
    """Urgent tasks for some coaches while contacts wait for any, and leavers who leave some behind."""
    return _coaches_come_and_go(
        groups__searching__complex_share=0.5, conversation__safeguarding_share_complex=0.4, demand__unscheduled_per_post_day=40, period__weeks=8, admin__safeguarding_minutes=40,
        hiring__trainer_minutes_per_day=200, groups__searching__plans__fortnightly__phases__later__every_days=5,
    )  # fmt: skip


def _contact_at_every_second() -> Scenario:
    """So many short contacts that some come in the very second in which lunch or the coaches' day ends or begins."""
    return _small(
        office__opens="11:00", office__closes="12:00", office__coach_start="11:00", office__coach_finish="11:50", office__lunch_start="11:20",
        office__lunch_minutes=5, office__meeting_minutes=5, demand__unscheduled_per_post_day=600, demand__unscheduled_minutes__mean=0.02,
        groups__searching__stock_per_post=2, groups__waiting__stock_per_post=0, period__weeks=1,
        groups__searching__plans__weekly__phases__first__minutes=10,
    )  # fmt: skip


def _meeting_over_bookings() -> Scenario:
    """From a date on the team meets at the hour of bookings already made: they are seen first, and end as the others' meeting does."""
    thirty = {f"groups__searching__plans__{phase}__minutes": 30 for phase in (
        "weekly__phases__first", "weekly__phases__later", "fortnightly__phases__early", "fortnightly__phases__later")}  # fmt: skip
    scenario = _small(
        **thirty, office__opens="08:40", office__meeting_minutes=0, groups__searching__need__cv=0, groups__searching__failed_share=0,
        groups__searching__late_share=0, groups__searching__complex_share=0, groups__searching__stock_per_post=45, demand__posts=1,
        demand__unscheduled_per_post_day=100, demand__unscheduled_minutes__mean=45, diary__any_coach=False, diary__template="earliest",
        groups__searching__rearranged_share=0.6,
    )  # fmt: skip
    return _from(scenario, "2023-10-09", office__meeting_minutes=30)


def _work_until_midnight() -> Scenario:
    """A late office whose overtime would run into the next day: it ends with the day."""
    return _small(
        office__opens="15:00", office__closes="23:30", office__coach_start="15:00", office__coach_finish="23:30", office__lunch_start="18:00",
        admin__factor=5, admin__overtime_cap_minutes=120, admin__overtime_threshold_minutes=0, period__weeks=1,
    )  # fmt: skip


def _nobody_to_take_customers() -> Scenario:
    """One coach who is soon away for long: customers wait without a coach until one comes."""
    return _coaches_come_and_go(
        office__coaches=1, demand__posts=1, diary__absence_block_days=1, diary__short_notice_days=1, hiring__days_to_hire__mean=8
    )


#: Each scenario by name, made when asked for.
SHORT: dict[str, Callable[[], Scenario]] = {
    "ordinary": lambda: _small(),
    "all groups, digital": lambda: _baseline(policies__digital__share=0.5, policies__digital__minutes=3),
    "busy customers": _busy_customers,
    "coaches come and go": _coaches_come_and_go,
    "part time, intake": lambda: _coaches_come_and_go(office__part_time_share=0.7, hiring__policy="intake", hiring__intake_every_weeks=2,
                                                      diary__cover=False, office__establishment=5),
    "overloaded": _overloaded,
    "managed": _managed,
    "early warning": lambda: _coaches_come_and_go(
        policies__relief__policy="early_warning", policies__relief__strain_mark=0.2, policies__relief__backlog_mark_minutes=200,
        policies__relief__until_share=0.9, period__weeks=6),
    "digital only": lambda: _baseline(policies__digital__share=1, policies__digital__minutes=0, period__weeks=2),
    "own coaches and a pool": lambda: _small(
        groups__searching__booked_with="pooled", groups__waiting__booked_with="own_only", diary__any_coach=False, diary__appointments_per_day=14),
    "safeguarding": _safeguarding,
    "contact at every second": _contact_at_every_second,
    "meeting over bookings": _meeting_over_bookings,
    "round the clock": _round_the_clock,
    "round the clock, quiet": lambda: _coaches_come_and_go(
        ROUND_THE_CLOCK, groups__searching__stock_per_post=3, demand__unscheduled_per_post_day=1, period__weeks=3),
    "seen past midnight": _seen_past_midnight,
    "late at finish": _late_at_finish,
    "specialists": lambda: _coaches_come_and_go(
        office__coaches=6, office__establishment=6, office__specialist_share=0.34, groups__searching__complex_share=0.5,
        responses__central__base_leaving_per_year=3,
    ),
    "specialists apart": lambda: _coaches_come_and_go(
        office__coaches=6, office__establishment=6, office__specialist_share=0.34, groups__waiting__to_specialists=True,
        responses__central__base_leaving_per_year=3,
    ),
    "movements": lambda: _coaches_come_and_go(
        office__coaches=5, office__establishment=6, movements__some_leave={"date": "2024-01-06", "leave": 2, "contagious": True}, movements__old_leave={"date": "2023-12-13", "leave": 1, "service": "over_a_year"},
        movements__two_lent={"date": "2023-12-29", "join": 2, "until": "2024-01-19", "absent": 1}, movements__one_new={"date": "2024-01-10", "join": 1, "trained": False},
        movements__more={"date": "2024-01-10", "customers": {"searching": 30, "waiting": -5}}, movements__the_new_go={"date": "2024-02-01", "leave": 1, "service": "under_a_year"},
        movements__nobody_left={"date": "2024-02-12", "leave": 6, "customers": {"waiting": -500}}, hiring__days_to_hire__mean=5,
        movements__nor_any_more={"date": "2024-02-12", "leave": 6}, hiring__leave_days_per_year=60,
        movements__all_lent={"date": "2024-01-15", "absent": 6, "until": "2024-02-09"},
        movements__and_more={"date": "2024-01-16", "absent": 6, "until": "2024-02-09"},
    ),
    "breakdowns and refusals": lambda: _coaches_come_and_go(
        office__coaches=6, office__establishment=7, office__part_timers=2, office__part_time_days=2, strain__slow_half_life_days=10,
        strain__slow_at_start=0.02, sickness__frailty_cv=1.2, sickness__short_strain_ceiling=3, sickness__long_mental_share=0.5,
        sickness__breakdown__mark=0.04, sickness__breakdown__days__mean=4, sickness__breakdown__again_below_share=0.95,
        leaving__contagion_per_leaver=2, leaving__contagion_peak_days=5, leaving__contagion_days=20, leaving__after_stress_at_once=True,
        leaving__after_stress_factor=5, leaving__office_cv=0.5, policies__relief__policy="refused", policies__relief__refused_factor=2,
        hiring__at_once=1, hiring__mental_health_course_paused_from="2023-06-01", hiring__mental_health_course_paused_to="2024-01-20",
        office__first_year_share=0.5, responses__central__base_leaving_per_year=3, admin__factor=3,
    ),
    "only complex customers": lambda: _coaches_come_and_go(
        office__coaches=6, office__establishment=6, office__specialist_share=0.5, groups__searching__complex_share=1,
        groups__waiting__complex_share=1, responses__central__base_leaving_per_year=2,
    ),
    "protected time all day": lambda: _small(
        office__coaches=6, diary__protected_admin_minutes=30, diary__protected_windows=5, demand__unscheduled_per_post_day=8,
    ),
    "nobody writes and all fail": lambda: _small(
        groups__searching__messages_per_week=0, groups__waiting__messages_per_week=0, groups__searching__failed_share=1,
        groups__searching__rearranged_share=0, period__weeks=2,
    ),
    "leaving while a customer is called in": lambda: _coaches_come_and_go(
        ROUND_THE_CLOCK, conversation__turnaround_minutes=50, diary__appointments_per_day=100, demand__unscheduled_per_post_day=3,
        demand__unscheduled_patience_minutes=400, demand__unscheduled_patience_cv=1, period__weeks=6,
    ),
    "concerns before walk-ins": lambda: _small(
        office__coaches=4, conversation__safeguarding_share=0.5, demand__unscheduled_per_post_day=20, period__weeks=3,
    ),
    "two at one start, whoever is free": lambda: _small(
        office__coaches=4, diary__bookings_per_start=2, diary__seen_by="whoever_is_free", diary__appointments_per_day=40,
        groups__searching__late_share=0.5, conversation__patience_minutes=20, conversation__patience_cv=0.5,
        conversation__reading_in_minutes=5, conversation__turnaround_minutes=2, demand__unscheduled_places=1,
        demand__unscheduled_per_post_day=12, demand__unscheduled_peak_factor=2, demand__unscheduled_monday_factor=2,
    ),
    "claims end, calls come too late": lambda: _small(
        attendance__ends_claim_after=2, groups__searching__failed_share=0.6, admin__decision_minutes=20, admin__decision_share=0.5,
        admin__decision_after_days=0, admin__lapse_days=1, admin__factor=4, conversation__channel_kept_share=0.5, period__weeks=5,
    ),
    "claims end as coaches leave": lambda: _coaches_come_and_go(
        attendance__ends_claim_after=1, groups__searching__failed_share=0.4, groups__waiting__failed_share=0.4, period__weeks=6,
    ),
    "contacts of half a year": lambda: _small(
        office__coaches=1, office__establishment=1, demand__posts=1, period__weeks=30, conversation__contact_elasticity=0.5,
        groups__searching__usual_contacts_first_13_weeks=10, groups__searching__usual_contacts_13_weeks=6,
    ),
    "face to face": lambda: _small(groups__searching__channels={"face_to_face": 1, "telephone": 0, "video": 0}),
    "work until midnight": _work_until_midnight,
    "nobody to take customers": _nobody_to_take_customers,
    "no coach": lambda: _small(office__coaches=0, office__establishment=0),
    "cap 0": lambda: _small(diary__appointments_per_day=0),
}  # fmt: skip


#: What a log may show besides its kinds of event: (event, column) and the values that must be seen.
VALUES: dict[str, tuple[Event, int, tuple[int, ...]]] = {
    "Task": (Event.TASK_MADE, ev.A, tuple(ev.Task)),
    "Task done": (Event.ADMIN, ev.A, tuple(ev.Task)),
    "Presence": (Event.COACH_DAY, ev.A, tuple(ev.Presence)),
    "Spell": (Event.SICK, ev.A, tuple(ev.SpellKind)),
    "How": (Event.BOOKED, ev.E, tuple(ev.How)),
    "CameFrom": (Event.CUSTOMER_IN, ev.A, tuple(ev.CameFrom)),
    "AssignedBy": (Event.ASSIGNED, ev.A, tuple(ev.AssignedBy)),
    "CANCELLED by absence, by a leaver": (Event.CANCELLED, ev.B, (0, 1)),
    "REARRANGED in time, on the day": (Event.REARRANGED, ev.B, (0, 1)),
    "TASK_LAPSED too old, coach left": (Event.TASK_LAPSED, ev.D, (0, 1)),
    "RETURN, cut by leaving": (Event.RETURN, ev.C, (0, 1)),
    "RELIEF_ON phased return, early warning": (Event.RELIEF_ON, ev.A, (1, 2)),
    "TURNED_AWAY at closing, for want of a place": (Event.TURNED_AWAY, ev.B, (0, 1)),
    "ADMIN unfinished, finished": (Event.ADMIN, ev.B, (0, 1)),
    "COACH_IN untrained, trained": (Event.COACH_IN, ev.C, (0, 1)),
    "Cause of CUSTOMER_OUT": (Event.CUSTOMER_OUT, ev.A, (0, 1, 2, 9, 10)),
    "Cause of CUSTOMER_MOVED": (Event.CUSTOMER_MOVED, ev.A, (1, 2, 8)),
}


def visited(log: EventLog) -> dict[str, dict[str, int]]:
    """How often a log shows each kind of event, each bit of Flag, and each of the values above."""
    rows = log.rows
    flags = rows[rows[:, ev.KIND] == Event.CONVERSATION][:, ev.D]
    counts = {
        "Event": {kind.name: int(np.sum(rows[:, ev.KIND] == kind)) for kind in Event},
        "Flag": {flag.name: int(np.sum(flags & flag > 0)) for flag in ev.Flag},
    }
    for what, (kind, column, values) in VALUES.items():
        shown = rows[rows[:, ev.KIND] == kind][:, column]
        counts[what] = {getattr(value, "name", str(value)): int(np.sum(shown == value)) for value in values}
    return counts


def ordinary(**values: Any) -> Scenario:
    """The small office with figures by dotted path."""
    return vary(_base("small"), TINY | values)
