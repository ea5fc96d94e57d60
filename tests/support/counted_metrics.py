"""Which counts, kept inside the engine, each metric's numerator and denominator must equal."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

YEAR, MONTH = 365.25, 365.25 / 12
#: Counts that are sums of decimals; all others are whole numbers of events, days or seconds.
DECIMAL = ("load", "worst fortnight", "promised seconds", "salaries", "pounds")


class Sum(NamedTuple):
    """The sum of some counts, in a larger unit: so many of the counted make one."""

    names: tuple[str, ...]
    per: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether what is summed are whole numbers."""
        return not any(name.endswith(DECIMAL) for name in self.names)


def of(*names: str, per: float = 1.0) -> Sum:
    """A sum of counts."""
    return Sum(names, per)


ENDED = ("held", "failed", "cancelled")
DUE = of(*ENDED, "walked out", "not offered")
KEPT = of("held", "failed", "walked out")
MISSED = of("failed", "walked out", "cancelled", "not offered")
PRESENT = of("coach days present")
CONTRACTED = of("contracted seconds", per=60)
YEARS = of("coach days in post", per=YEAR)
MONTHS = of("customer days", per=MONTH)
RUN_YEARS = of("days", per=YEAR)
COSTS = of("salaries", "overtime pounds", "hiring pounds", "reminders pounds")
ACTIVITIES = ("conversation", "admin", "safeguarding", "unscheduled", "waiting", "turnaround", "meeting", "training others", "idle")

#: Every metric: numerator and denominator (none: a count).
COUNTS: dict[str, tuple[Sum, Sum | None]] = {
    # overload
    "overloaded_share": (of("overloaded"), PRESENT),
    "load_mean": (of("load"), PRESENT),
    "worst_fortnight_load": (of("worst fortnight"), of("coaches with a fortnight")),
    "strain_mean": (of("strain in millionths", per=1e6), of("coach days")),
    "slow_strain_mean": (of("slow strain in millionths", per=1e6), of("coach weeks closed")),
    "crisis_share": (of("coaches in crisis"), of("coaches seen")),
    "overtime_minutes_per_coach_day": (of("overtime seconds", per=60), PRESENT),
    "hours_beyond_contract_per_week": (of("lunch worked seconds", "overtime seconds", per=3600), of("coach days present", per=5)),
    "sustained_overload_share": (of("weeks of sustained overload"), of("coach weeks")),
    "lunch_worked_share": (of("lunches worked"), PRESENT),
    "admin_carried_hours_per_coach": (of("backlog seconds", per=3600), PRESENT),
    "admin_lapsed_share": (of("tasks lapsed"), of("tasks lapsed", "tasks finished")),
    "late_admin_share": (of("all late"), of("all ended")),
    "late_notes_share": (of("notes late"), of("notes ended")),
    "late_calls_share": (of("calls late"), of("calls ended")),
    "late_messages_share": (of("messages late"), of("messages ended")),
    "back_to_back_share": (of("back to back"), of("held")),
    "conversation_time_share": (of("conversation seconds", per=60), CONTRACTED),
    "work_time_share": (of("worked seconds", per=60), CONTRACTED),
    "appointments_per_coach_day": (KEPT, PRESENT),
    "appointments_offered_per_coach_day": (of("offered"), PRESENT),
    "appointments_booked_per_coach_day": (of("held", "failed", "walked out", "rearranged that day"), PRESENT),
    "appointments_due_per_coach_day": (DUE, PRESENT),
    "appointments_held_per_coach_day": (of("held"), PRESENT),
    # the minute ledger
    **{
        f"{activity.replace(' ', '_')}_minutes_per_coach_day": (of(f"{activity} contracted seconds", per=60), PRESENT)
        for activity in ACTIVITIES
    },
    "lunch_worked_minutes_per_coach_day": (of("lunch worked seconds", per=60), PRESENT),
    "contracted_minutes_per_coach_day": (CONTRACTED, PRESENT),
    # missed
    "missed_share": (MISSED, DUE),
    "missed_per_coach_day": (MISSED, PRESENT),
    "missed_per_week": (MISSED, of("days", per=7)),
    "missed_by_office_share": (of("cancelled", "not offered", "walked out"), DUE),
    "failed_to_attend_share": (of("failed"), KEPT),
    "failed_after_failed_share": (of("failed after failed"), of("failed after failed", "held after failed")),
    "failed_after_held_share": (of("failed after held"), of("failed after held", "held after held")),
    "third_failures_per_1000_customer_months": (of("third failures"), of("customer days", per=1000 * MONTH)),
    "walked_out_share": (of("walked out"), DUE),
    "late_start_share": (of("began late"), of("held")),
    "very_late_start_share": (of("began very late"), of("held")),
    "office_cancelled_share": (of("cancelled"), DUE),
    "not_offered_share": (of("not offered"), DUE),
    "rearranged_share": (of("rearranged"), of(*ENDED, "walked out", "rearranged")),
    "offered_late_share": (of("booked late"), of("booked")),
    "days_late_mean": (of("days late"), of("booked")),
    "rushed_share": (of("rushed"), of("held")),
    "minutes_unmet_share": (of("unmet seconds", per=60), of("needed seconds", per=60)),
    "contact_minutes_share": (of("held seconds", per=60), of("promised seconds", per=60)),
    "same_coach_share": (of("same coach"), of("seen before")),
    "telephone_share": (of("by telephone"), of("held")),
    "video_share": (of("by video"), of("held")),
    "covered_share": (of("covered"), of("held")),
    "appointment_wait_minutes": (of("waited seconds", per=60), of("held")),
    "turned_away_share": (of("turned away"), of("turned away", "gave up", "contacts served")),
    "abandoned_share": (of("gave up"), of("turned away", "gave up", "contacts served")),
    "priority_not_served_share": (of("priority not served"), of("priority")),
    "unscheduled_wait_minutes": (of("contacts waited seconds", per=60), of("contacts served")),
    "chases_per_coach_day": (of("chases"), PRESENT),
    "safeguarding_late_share": (of("safeguarding late"), of("safeguarding due")),
    # attrition
    "leavers": (of("notices"), None),
    "left_by_movement": (of("left by movement"), None),
    "leaving_rate_per_year": (of("notices"), YEARS),
    "expected_leaving_rate_per_year": (of("expected notices in millionths", per=1e6), YEARS),
    "leavers_of_start": (of("leavers of the start"), None),
    "leavers_of_start_share": (of("leavers of the start"), of("coaches of the start")),
    "leavers_with_stress_share": (of("notices after stress"), of("notices")),
    **{f"leavers_by_{cause}_share": (of(f"notices by {cause}"), of("notices")) for cause in ("strain", "illness", "contagion")},
    "breakdowns_per_coach_year": (of("breakdowns"), YEARS),
    "ill_of_start_share": (of("ill of the start"), of("coaches of the start")),
    "stress_spells": (of("stress spells"), None),
    "expected_stress_spells_per_coach_year": (of("expected stress spells in millionths", per=1e6), YEARS),
    "stress_spell_share_per_year": (of("coaches with a stress spell"), YEARS),
    "stress_days_per_spell": (of("stress spell days"), of("stress spells completed")),
    "sick_days_per_coach_year": (of("sick days"), YEARS),
    "sick_days_short_per_coach_year": (of("short sick days"), YEARS),
    "sick_days_long_per_coach_year": (of("long sick days"), YEARS),
    "mental_share_of_long_absence": (of("long spell days, mental"), of("long spell days")),
    "sick_days_ordinary_per_coach_year": (of("ordinary sick days"), YEARS),
    "sick_days_stress_per_coach_year": (of("sick days of stress"), YEARS),
    "no_sickness_share": (of("never sick"), of("coaches throughout")),
    "short_of_staff_share": (of("days short of staff"), of("working days")),
    "vacancy_share": (of("vacant days"), of("post days")),
    "days_to_fill_mean": (of("days to fill"), of("vacancies filled")),
    "new_coaches_share": (of("new coach days"), of("coach days in post")),
    "coaches_in_post": (of("coach days in post"), of("days")),
    # customers
    "into_work_per_month_share": (of("left: into_work"), MONTHS),
    "disengaged_per_month_share": (of("left: stops_contact"), MONTHS),
    "moves_per_month_share": (of("moves"), MONTHS),
    "decision_wait_weeks": (of("days before a decision", per=7), of("decisions")),
    "caseload_mean": (of("customer days"), of("days")),
    "caseload_per_post": (of("customer days"), of("posts")),
    "caseload_per_coach": (of("customer days"), of("coach days in post")),
    "flexibility_share": (of("eased days"), of("days")),
    "starts": (of("starts"), None),
    # money
    "cost_per_year_pounds": (COSTS, RUN_YEARS),
    "salary_cost_per_year_pounds": (of("salaries"), RUN_YEARS),
    "overtime_cost_per_year_pounds": (of("overtime pounds"), RUN_YEARS),
    "hiring_cost_per_year_pounds": (of("hiring pounds"), RUN_YEARS),
    "sickness_cost_per_year_pounds": (of("sickness pounds"), RUN_YEARS),
    "training_cost_per_year_pounds": (of("training pounds"), RUN_YEARS),
    "cost_per_appointment_held_pounds": (COSTS, of("held")),
}

#: Denominators that hold for every group alike.
WITHOUT_GROUPS = ("days",)


class Counted:
    """The counts of one run."""

    def __init__(self, counts: dict[str, list[list[float]]], groups: tuple[str, ...], first: int, end: int) -> None:
        self.groups, self.first, self.end = groups, first, end
        self._by_day: dict[str, np.ndarray] = {name: self._table(found) for name, found in counts.items()}

    def _table(self, found: list[list[float]]) -> np.ndarray:
        """Sums by group (the first line is for no group) and day of the run; of what lies outside the run nothing is kept."""
        table = np.zeros((len(self.groups) + 1, self.end))
        for group, day, amount in found:
            if 0 <= day < self.end:
                table[int(group) + 1, int(day)] += amount
        return table

    def by_day(self, what: Sum, group: str | None = None) -> np.ndarray:
        """Sum by day, of one group or of all."""
        tables = [self._by_day[name] for name in what.names if name in self._by_day]
        total: Any = sum(tables, np.zeros((len(self.groups) + 1, self.end)))
        if group is None or what.names[0] in WITHOUT_GROUPS:
            return np.asarray(total.sum(axis=0))
        return np.asarray(total[1 + self.groups.index(group)])

    def total(self, what: Sum, group: str | None = None) -> float:
        """Sum over the counted period, in what was counted."""
        return float(self.by_day(what, group)[self.first :].sum())

    def weeks(self, what: Sum) -> np.ndarray:
        """Sums by week, the first counted one beginning on the first counted day."""
        days = np.append(np.zeros(-self.first % 7), self.by_day(what))
        return np.asarray(days.reshape(-1, 7).sum(axis=1))


def differences(measured: np.ndarray, counted: np.ndarray, what: Sum) -> np.ndarray:
    """Where parts of a metric differ from what was counted: whole numbers by anything, decimals by more than their last digits."""
    expected = counted / what.per
    apart = np.abs(measured - expected) > 1e-9 * np.maximum(np.abs(expected), 1.0)
    if what.whole:
        apart |= np.round(measured * what.per) != counted
    return np.flatnonzero(apart)
