"""Every metric, declared once: its name, its meaning and the two tallies it divides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jobcentre.metrics import appointments as app
from jobcentre.metrics import coaches as people
from jobcentre.metrics import costs, customers
from jobcentre.metrics import time_use as ledger
from jobcentre.metrics import workload as work
from jobcentre.metrics.daily_sums import Tally
from jobcentre.metrics.log_index import LogIndex
from jobcentre.model.events import LeavingCause

Aggregation = Literal["ratio", "count"]
Better = Literal["lower", "higher"]
Adds = Callable[[LogIndex], Tally]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; its value is the sum of `over` ÷ the sum of `under` (a count has no `under`)."""

    name: str
    label: str
    unit: str
    definition: str
    better: Better | None
    matters: float  # smallest difference that matters, in the metric's unit (assumed)
    over: Adds
    under: Adds | None
    aggregation: Aggregation
    share: bool = False  # lies in 0..1
    by_group: bool = False
    weekly: bool = False

    @property
    def largest(self) -> float:
        """The largest value it can have; infinite where there is no limit. None is negative."""
        return 1.0 if self.share else _LARGEST.get(self.unit, math.inf)

    @property
    def is_proportion(self) -> bool:
        """Whether it can be written in per cent."""
        return self.unit in ("share", "share per year", "per customer-month")


_LARGEST = {"minutes per coach-day": 24 * 60.0, "working days per coach-year": 366.0}


# fmt: off
def _share(
    name: str, label: str, definition: str, better: Better | None, matters: float,
    over: Adds, under: Adds, by_group: bool = False, weekly: bool = True,
) -> Metric:
    return Metric(name, label, "share", definition, better, matters, over, under, "ratio", True, by_group, weekly)


def _ratio(
    name: str, label: str, unit: str, definition: str, better: Better | None, matters: float,
    over: Adds, under: Adds, by_group: bool = False, weekly: bool = False,
) -> Metric:
    return Metric(name, label, unit, definition, better, matters, over, under, "ratio", False, by_group, weekly)


def _rate(
    name: str, label: str, unit: str, definition: str, better: Better | None, matters: float, over: Adds, under: Adds,
) -> Metric:
    """A count per unit of exposure, whose interval cannot fall below 0."""
    return Metric(name, label, unit, definition, better, matters, over, under, "count")


def _mean(
    name: str, label: str, unit: str, definition: str, better: Better | None, matters: float,
    over: Adds, under: Adds, by_group: bool = False, weekly: bool = True,
) -> Metric:
    """A ratio that is also told by week unless said otherwise."""
    return _ratio(name, label, unit, definition, better, matters, over, under, by_group, weekly)


def _count(
    name: str, label: str, unit: str, definition: str, better: Better | None, matters: float,
    over: Adds, by_group: bool = False, weekly: bool = True,
) -> Metric:
    return Metric(name, label, unit, definition, better, matters, over, None, "count", False, by_group, weekly)


_PRESENT = "coach-days present and trained"
_YEAR = "working days per coach-year"

_OVERLOAD = (
    _share("overloaded_share", "Overloaded coach-days", f"Share of {_PRESENT} with a load above 1.",
        "lower", 0.02, work.overloaded, work.loaded_coach_days),
    _mean("load_mean", "Load", "ratio", f"Mean load of {_PRESENT}: work done and counted backlog ÷ contracted time.",
        "lower", 0.02, work.load, work.loaded_coach_days),
    _mean("worst_fortnight_load", "Worst fortnight", "ratio",
        "Largest mean load over ten consecutive days at work of each coach, averaged over coaches.",
        "lower", 0.03, work.worst_fortnight, work.coaches_with_fortnight, weekly=False),
    _mean("strain_mean", "Strain", "strain", "Mean strain at the close of the working days of all coaches in post.",
        "lower", 0.02, work.strain, work.coach_days_in_post),
    _mean("slow_strain_mean", "Slow strain", "strain", "Mean slow strain at the close of the weeks of all coaches in post.",
        "lower", 0.02, people.slow_strain, people.coach_weeks_closed),
    _share("crisis_share", "Coaches in crisis", "Share of coaches in post at any time whose strain passed the crisis level.",
        "lower", 0.05, people.coaches_in_crisis, people.coaches_seen, weekly=False),
    _mean("overtime_minutes_per_coach_day", "Overtime", "minutes per coach-day", f"Minutes worked after finish ÷ {_PRESENT}.",
        "lower", 2.0, ledger.overtime_minutes, work.coach_days),
    _mean("hours_beyond_contract_per_week", "Hours beyond contract", "hours per coach and week",
        f"Hours of work inside lunch, after finish and on days on which the office is closed, per five {_PRESENT}.",
        "lower", 0.5, ledger.hours_beyond_contract, work.weeks_at_work),
    _share("sustained_overload_share", "Weeks of sustained overload",
        "Share of coaches' weeks at work that are at least the fourth in a row with a mean load above 1.1.",
        "lower", 0.02, work.weeks_of_sustained_overload, work.coach_weeks),
    _share("lunch_worked_share", "Lunch worked", f"Share of {_PRESENT} with more than 5 minutes of work inside lunch.",
        "lower", 0.05, ledger.lunches_worked, work.coach_days),
    _mean("admin_carried_hours_per_coach", "Admin carried over", "hours per coach-day",
        f"Planned hours of admin not done at the close, mean of {_PRESENT}.",
        "lower", 0.5, work.admin_carried_hours, work.coach_days),
    _share("admin_lapsed_share", "Admin not done",
        "Share of admin tasks ended that lapsed undone: too old, or left behind by a coach.",
        "lower", 0.01, work.tasks_lapsed, work.tasks_ended),
    _share("late_admin_share", "Admin late", "Share of admin tasks ended that were finished after the day they were due, or never.",
        "lower", 0.02, work.late_of("all"), work.ended_of("all")),
    _share("late_notes_share", "Notes late",
        "Share of admin tasks after an appointment held that were finished after the day they were due, or never.",
        "lower", 0.02, work.late_of("notes"), work.ended_of("notes")),
    _share("late_calls_share", "Calls after failing late",
        "Share of calls after a failure to attend that were finished after the day they were due, or never.",
        "lower", 0.02, work.late_of("calls"), work.ended_of("calls")),
    _share("late_messages_share", "Messages late", "Share of journal messages answered after the day they were due, or never.",
        "lower", 0.02, work.late_of("messages"), work.ended_of("messages")),
    _share("back_to_back_share", "Back to back",
        "Share of conversations that follow the coach's previous one at once, but for the turnaround.",
        "lower", 0.05, app.back_to_back, app.held),
    _share("conversation_time_share", "Time in conversations",
        f"All minutes of conversation in appointments ÷ contracted minutes of {_PRESENT}.",
        None, 0.03, ledger.conversation_minutes, work.contracted_minutes),
    _ratio("work_time_share", "Time at work done", "ratio", f"Minutes of work in all bands ÷ contracted minutes of {_PRESENT}.",
        None, 0.02, ledger.worked_minutes, work.contracted_minutes, weekly=True),
    _mean("appointments_per_coach_day", "Appointments", "per coach-day", f"Appointments held, failed or walked out of ÷ {_PRESENT}.",
        None, 0.5, app.kept_by_office, work.coach_days),
    _mean("appointments_offered_per_coach_day", "Appointments offered", "per coach-day", f"Daily caps ÷ {_PRESENT}.",
        None, 0.5, work.appointments_offered, work.coach_days),
    _mean("appointments_booked_per_coach_day", "Appointments booked", "per coach-day",
        f"Bookings of the day (held, failed, walked out of, rearranged that day) ÷ {_PRESENT}.",
        None, 0.5, app.bookings_of_the_day, work.coach_days),
    _mean("appointments_due_per_coach_day", "Appointments due", "per coach-day", f"Appointments due ÷ {_PRESENT}.",
        None, 0.5, app.due, work.coach_days),
    _mean("appointments_held_per_coach_day", "Appointments held", "per coach-day", f"Appointments held ÷ {_PRESENT}.",
        "higher", 0.5, app.held, work.coach_days),
)

_LEDGER = (
    *(
        _mean(f"{activity}_minutes_per_coach_day", label, "minutes per coach-day",
            f"Contracted minutes on this activity ({label.lower()}) ÷ {_PRESENT}; the activities together are the contracted day.",
            None, 5.0, ledger.minutes_of(activity), work.coach_days, weekly=False)
        for activity, label in ledger.ACTIVITIES.items()
    ),
    _mean("lunch_worked_minutes_per_coach_day", "Work in lunch", "minutes per coach-day",
        f"Minutes of work inside lunch ÷ {_PRESENT}.", "lower", 2.0, ledger.lunch_worked_minutes, work.coach_days, weekly=False),
    _mean("contracted_minutes_per_coach_day", "Contracted day", "minutes per coach-day",
        f"Contracted minutes ÷ {_PRESENT}.", None, 5.0, work.contracted_minutes, work.coach_days, weekly=False),
)

_MISSED = (
    _share("missed_share", "Missed appointments",
        "Share of due appointments failed, walked out of, cancelled by the office or not offered.",
        "lower", 0.01, app.missed, app.due, by_group=True),
    _mean("missed_per_coach_day", "Missed a coach-day", "per coach-day", f"Missed appointments ÷ {_PRESENT}.",
        "lower", 0.25, app.missed, work.coach_days),
    _ratio("missed_per_week", "Missed a week", "per week", "Missed appointments of the office ÷ weeks.",
        "lower", 10.0, app.missed, customers.weeks),
    _share("missed_by_office_share", "Missed, by the office",
        "Share of due appointments that the office cancelled, could not offer, or began too late for the customer to wait.",
        "lower", 0.01, app.missed_by_office, app.due, by_group=True),
    _share("failed_to_attend_share", "Failed to attend", "Failed ÷ (held + failed + walked out of).",
        "lower", 0.01, app.failed, app.kept_by_office, by_group=True),
    _share("failed_after_failed_share", "Failed after failing", "Failed ÷ (held + failed) of customers who had failed the last time.",
        "lower", 0.02, app.failed_after_failed, app.ended_after_failed, by_group=True),
    _share("failed_after_held_share", "Failed after attending",
        "Failed ÷ (held + failed) of customers whose last appointment was held.",
        "lower", 0.01, app.failed_after_held, app.ended_after_held, by_group=True),
    _ratio("third_failures_per_1000_customer_months", "Third failures in a row", "per 1,000 customer-months",
        "Failures to attend that are a customer's third in a row ÷ customer-months on the caseload.",
        "lower", 1.0, app.third_failures, customers.thousand_customer_months, by_group=True),
    _share("walked_out_share", "Walked out", "Share of due appointments to which the customer came and did not wait for the coach.",
        "lower", 0.005, app.walked_out, app.due, by_group=True),
    _share("late_start_share", "Begun late",
        "Share of appointments held that began more than 5 minutes after the customer was there and due.",
        "lower", 0.03, app.began_late, app.held, by_group=True),
    _share("very_late_start_share", "Begun very late",
        "Share of appointments held that began more than 15 minutes after the customer was there and due.",
        "lower", 0.01, app.began_very_late, app.held, by_group=True),
    _share("office_cancelled_share", "Cancelled by the office", "Share of due appointments cancelled by the office.",
        "lower", 0.01, app.office_cancelled, app.due, by_group=True),
    _share("not_offered_share", "Not offered", "Share of due appointments for which no start could be found.",
        "lower", 0.01, app.not_offered, app.due, by_group=True),
    _share("rearranged_share", "Rearranged",
        "Share of bookings ended (held, failed, walked out of, cancelled by the office, rearranged) that the customer rearranged.",
        None, 0.01, app.rearranged, app.bookings_ended, by_group=True),
    _share("offered_late_share", "Offered late", "Share of bookings found only after the days in which the customer should be seen.",
        "lower", 0.02, app.booked_late, app.booked, by_group=True),
    _mean("days_late_mean", "Days late", "working days", "Mean working days from the due day to the day booked, over all bookings.",
        "lower", 0.25, app.days_late, app.booked, by_group=True),
    _share("rushed_share", "Rushed conversations", "Share of appointments held that were cut by more than the share that counts as rushed.",
        "lower", 0.02, app.rushed, app.held, by_group=True),
    _share("minutes_unmet_share", "Minutes unmet", "Share of the minutes that conversations needed which were cut.",
        "lower", 0.01, app.minutes_unmet, app.minutes_needed, by_group=True),
    _ratio("contact_minutes_share", "Contact held of that planned", "share",
        "Minutes held ÷ minutes the plan would give over the customers' days in the group.",
        "higher", 0.02, app.minutes_held, app.minutes_promised, by_group=True, weekly=True),
    _share("same_coach_share", "Same coach", "Share of appointments held with the coach of the customer's last one held.",
        "higher", 0.03, app.same_coach, app.has_last, by_group=True),
    _share("telephone_share", "By telephone", "Share of appointments held that were held by telephone.",
        None, 0.02, app.by_telephone, app.held, by_group=True),
    _share("video_share", "By video", "Share of appointments held that were held by video.",
        None, 0.02, app.by_video, app.held, by_group=True),
    _share("covered_share", "Covered", "Share of appointments held by a colleague as cover.",
        None, 0.01, app.covered, app.held, by_group=True),
    _mean("appointment_wait_minutes", "Wait of customers", "minutes",
        "Mean minutes from the booked start, or a later arrival, to the start of the conversation.",
        "lower", 1.0, app.minutes_waited, app.held, by_group=True),
    _share("turned_away_share", "Turned away", "Share of unscheduled contacts still waiting at closing.",
        "lower", 0.01, app.turned_away, app.contacts_ended),
    _share("abandoned_share", "Gave up waiting", "Share of unscheduled contacts who went before a coach was free.",
        "lower", 0.01, app.abandoned, app.contacts_ended),
    _share("priority_not_served_share", "With priority, not served",
        "Share of unscheduled contacts with priority who were turned away or gave up.",
        "lower", 0.01, app.turned_away_with_priority, app.contacts_with_priority),
    _mean("unscheduled_wait_minutes", "Wait of unscheduled contacts", "minutes",
        "Mean minutes from arrival to service of the contacts served.",
        "lower", 2.0, app.unscheduled_wait, app.contacts_served),
    _mean("chases_per_coach_day", "Chasing", "per coach-day", f"Messages and calls of customers about work that is overdue ÷ {_PRESENT}.",
        "lower", 0.25, app.chases, work.coach_days),
    _share("safeguarding_late_share", "Safeguarding late", "Share of safeguarding tasks not finished by the end of their due day.",
        "lower", 0.02, work.safeguarding_late, work.safeguarding_due, by_group=True),
)

_ATTRITION = (
    _count("leavers", "Leavers", "coaches", "Notices given by coaches.", "lower", 1.0, people.notices),
    _count("left_by_movement", "Left by a movement", "coaches", "Coaches whom a movement of the scenario takes away; they gave no notice.",
        None, 1.0, people.notices_because_of(LeavingCause.MOVEMENT)),
    _rate("leaving_rate_per_year", "Leaving rate", "share per year", "Notices given ÷ coach-years in post.",
        "lower", 0.02, people.notices, people.coach_years),
    _ratio("expected_leaving_rate_per_year", "Expected leaving", "share per year",
        "Chances of giving notice, added up day by day ÷ coach-years in post: the leaving rate with less of chance in it.",
        "lower", 0.02, people.expected_notices, people.coach_years, weekly=True),
    _count("leavers_of_start", "Leavers of the start", "coaches", "Coaches in post on the reference date who give notice within 364 days.",
        "lower", 1.0, people.start_leavers, weekly=False),
    _share("leavers_of_start_share", "Leavers of the start, share",
        "Share of coaches in post on the reference date who give notice within 364 days.",
        "lower", 0.04, people.start_leavers, people.start_coaches, weekly=False),
    _share("leavers_with_stress_share", "Leavers with a stress spell", "Share of notices given by coaches who had had a stress spell.",
        "lower", 0.05, people.notices_after_stress, people.notices, weekly=False),
    *(
        _share(f"leavers_by_{cause}_share", f"Leavers, by {label}",
            f"Share of notices of which {what} made the difference, in proportion to its part of the chance that day.",
            None, 0.05, people.notices_because_of(of), people.notices, weekly=False)
        for cause, of, label, what in (
            ("strain", LeavingCause.STRAIN, "strain", "strain"),
            ("illness", LeavingCause.ILLNESS, "illness", "a stress spell before"),
            ("contagion", LeavingCause.CONTAGION, "contagion", "colleagues' notices"),
        )
    ),
    _rate("breakdowns_per_coach_year", "Breakdowns", "spells per coach-year",
        "Stress spells begun because slow strain had passed the coach's own mark ÷ coach-years in post.",
        "lower", 0.01, people.breakdowns, people.coach_years),
    _share("ill_of_start_share", "Ill of the start",
        "Share of coaches in post on the reference date with a stress spell begun within 364 days.",
        "lower", 0.04, people.start_coaches_ill, people.start_coaches, weekly=False),
    _count("stress_spells", "Stress spells", "spells", "Stress spells begun.", "lower", 1.0, people.stress_spells),
    _ratio("expected_stress_spells_per_coach_year", "Expected stress spells", "spells per coach-year",
        "Stress spells to be expected, added up day by day ÷ coach-years in post.",
        "lower", 0.01, people.expected_stress_spells, people.coach_years, weekly=True),
    _rate("stress_spell_share_per_year", "Coaches with a stress spell", "share per year",
        "Coaches with at least one stress spell begun in a year of 364 days ÷ coach-years in post.",
        "lower", 0.01, people.coaches_with_stress_spell, people.coach_years),
    _mean("stress_days_per_spell", "Length of stress spells", "working days",
        "Mean working days lost by stress spells begun in the period and ended by a return.",
        "lower", 2.0, people.stress_spell_days, people.stress_spells_completed, weekly=False),
    _ratio("sick_days_per_coach_year", "Days lost to sickness", _YEAR, "Working days of sickness spells ÷ coach-years in post.",
        "lower", 0.5, people.sick_days, people.coach_years, weekly=True),
    _ratio("sick_days_short_per_coach_year", "Days lost, short", _YEAR, "Working days of short spells ÷ coach-years in post.",
        "lower", 0.5, people.sick_days_short, people.coach_years, weekly=True),
    _ratio("sick_days_long_per_coach_year", "Days lost, long", _YEAR, "Working days of long and stress spells ÷ coach-years in post.",
        "lower", 0.5, people.sick_days_long, people.coach_years, weekly=True),
    _share("mental_share_of_long_absence", "Mental ill-health in long absence",
        "Share of the working days lost by long and stress spells that ended which were of mental ill-health.",
        None, 0.05, people.long_spell_days_mental, people.long_spell_days, weekly=False),
    _ratio("sick_days_ordinary_per_coach_year", "Days lost, ordinary", _YEAR, "Working days of ordinary spells ÷ coach-years in post.",
        "lower", 0.5, people.sick_days_ordinary, people.coach_years, weekly=True),
    _ratio("sick_days_stress_per_coach_year", "Days lost, stress", _YEAR, "Working days of stress spells ÷ coach-years in post.",
        "lower", 0.5, people.sick_days_stress, people.coach_years, weekly=True),
    _share("no_sickness_share", "Never sick", "Share of coaches in post during the whole counted period without a day lost to sickness.",
        "higher", 0.05, people.coaches_never_sick, people.coaches_throughout, weekly=False),
    _share("short_of_staff_share", "Days short of staff",
        "Share of working days on which more than 15 % of posts are empty or their coach is sick, in training or posted elsewhere.",
        "lower", 0.05, people.days_short_of_staff, people.working_days),
    _share("vacancy_share", "Vacancies",
        "Share of post-days on which the post stands empty; a post counts from its first coach or vacancy on.",
        "lower", 0.02, people.vacant_days, people.post_days),
    _mean("days_to_fill_mean", "Time to fill", "calendar days",
        "Mean calendar days from the opening of a vacancy to the newcomer's first day.",
        "lower", 7.0, people.days_to_fill, people.vacancies_filled, weekly=False),
    _share("new_coaches_share", "New coaches", "Share of days in post of coaches with under a year's service.",
        None, 0.03, people.new_coach_days, people.coach_calendar_days),
    _mean("coaches_in_post", "Coaches in post", "coaches", "Mean number of coaches in post, those in training included.",
        None, 0.5, people.coach_calendar_days, customers.days),
)

_CUSTOMERS = (
    _ratio("into_work_per_month_share", "Into work", "per customer-month",
        "Customers who leave the caseload for work ÷ customer-months (30.4375 days) on the caseload.",
        "higher", 0.002, customers.into_work, customers.customer_months, by_group=True, weekly=True),
    _ratio("disengaged_per_month_share", "Stopped contact", "per customer-month",
        "Customers who stop voluntary contact ÷ customer-months on the caseload.",
        "lower", 0.002, customers.stopped_contact, customers.customer_months, by_group=True),
    _ratio("moves_per_month_share", "Moves between groups", "per customer-month",
        "Moves to another group ÷ customer-months on the caseload of the group left.",
        None, 0.005, customers.moves, customers.customer_months, by_group=True),
    _ratio("decision_wait_weeks", "Time before a decision", "weeks",
        "Customer-weeks in groups that wait for a Work Capability Assessment decision ÷ decisions.",
        None, 1.0, customers.weeks_before_decision, customers.decided, by_group=True),
    _mean("caseload_mean", "Caseload", "customers", "Mean number of customers on the caseload.",
        None, 20.0, customers.customer_days, customers.days, by_group=True),
    _mean("caseload_per_post", "Caseload per post", "customers per post", "Customers on the caseload ÷ posts of the office.",
        None, 2.0, customers.customer_days, customers.posts_by_day),
    _ratio("caseload_per_coach", "Caseload per coach", "customers per coach", "Customers on the caseload ÷ coaches in post.",
        "lower", 2.0, customers.customer_days, people.coach_calendar_days, weekly=True),
    _share("flexibility_share", "Days of eased appointments",
        "Share of days on which appointments were eased because of high caseload or delay.",
        None, 0.05, customers.eased_days, customers.days),
    _count("starts", "Starts", "customers", "Customers who join the caseload, but for those of a movement.",
        None, 20.0, customers.starts, by_group=True),
)

_MONEY = (
    _mean("cost_per_year_pounds", "Cost a year", "pounds per year", "Salaries, overtime, hiring and reminders ÷ years.",
        None, 10_000.0, costs.everything, costs.years, weekly=False),
    _mean("salary_cost_per_year_pounds", "Salaries a year", "pounds per year", "Salaries with on-costs of coaches in post ÷ years.",
        "lower", 10_000.0, costs.salaries, costs.years, weekly=False),
    _mean("overtime_cost_per_year_pounds", "Overtime a year", "pounds per year", "Overtime at cost ÷ years.",
        "lower", 2_000.0, costs.overtime, costs.years, weekly=False),
    _mean("hiring_cost_per_year_pounds", "Hiring a year", "pounds per year", "Advertising, selection and vetting of newcomers ÷ years.",
        "lower", 2_000.0, costs.hiring, costs.years, weekly=False),
    _mean("sickness_cost_per_year_pounds", "Sickness a year", "pounds per year",
        "Salary of days lost to sickness ÷ years; part of the salaries.",
        "lower", 5_000.0, costs.sickness, costs.years, weekly=False),
    _mean("training_cost_per_year_pounds", "Training a year", "pounds per year",
        "Salary of days in training and on courses ÷ years; part of the salaries.",
        "lower", 5_000.0, costs.training, costs.years, weekly=False),
    _ratio("cost_per_appointment_held_pounds", "Cost of an appointment", "pounds per appointment held",
        "Salaries, overtime, hiring and reminders ÷ appointments held.",
        "lower", 0.5, costs.everything, app.held),
)
# fmt: on

METRICS: tuple[Metric, ...] = _OVERLOAD + _LEDGER + _MISSED + _ATTRITION + _CUSTOMERS + _MONEY

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}

#: What a metric of an office as a whole is divided by: time, which is the same for any number of offices.
_TIMES = (customers.days, customers.weeks, costs.years)


def is_total(metric: Metric) -> bool:
    """Whether values of several offices add up to that of all: counts, and amounts of an office per time, but no shares of time.

    All other metrics are numerators of all ÷ denominators of all.
    """
    return metric.under is None or (metric.under in _TIMES and not metric.share)


#: Headline metrics, unless a scenario chooses others.
HEADLINES = (
    "overloaded_share",
    "overtime_minutes_per_coach_day",
    "missed_share",
    "rushed_share",
    # what relief and caps cost customers: without these the option that does least would look best
    "appointments_held_per_coach_day",
    "contact_minutes_share",
    "days_late_mean",
    "leaving_rate_per_year",
    "sick_days_per_coach_year",
    "cost_per_year_pounds",
)
