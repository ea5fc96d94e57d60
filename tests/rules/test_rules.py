"""The rules, one table of cases each, for a policy person to read. Times are in seconds unless a name says otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobcentre.model.choices import ResponseForm
from jobcentre.model.events import Task
from jobcentre.model.rules import admin, attendance, conversation, strain, walk_ins
from jobcentre.model.rules import contact_plans as contact

pytestmark = pytest.mark.rules

MINUTE = 60


# --- contact plans and diaries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "held", "every", "tolerance", "next_due", "because"),
    [
        (100, 100, 10, 3, 110, "held on the due day: one interval later"),
        (100, 102, 10, 3, 110, "two days late, within the tolerance: the rhythm is kept"),
        (100, 103, 10, 3, 110, "the last day within the tolerance"),
        (100, 104, 10, 3, 114, "a day beyond the tolerance: counted from the day held"),
        (100, 103, 5, 3, 106, "kept rhythm would leave 2 days; half of 5, rounded up, is 3"),
        (100, 103, 4, 3, 105, "half of 4 is 2"),
        (100, 101, 1, 3, 102, "daily: the day after"),
        (100, 100, 1, 0, 101, "daily, on time"),
        (100, 101, 10, 0, 111, "no tolerance: any lateness counts from the day held"),
        (100, 140, 10, 3, 150, "a full diary shows as lateness, not as a burst of meetings"),
        (100, 98, 10, 3, 110, "called in early: the rhythm is kept"),
    ],
)
def test_when_the_next_appointment_is_due(due: int, held: int, every: int, tolerance: int, next_due: int, because: str) -> None:
    assert contact.next_due_index(due, held, every, tolerance) == next_due, because


@given(st.integers(0, 1000), st.integers(0, 60), st.integers(1, 130), st.integers(0, 30))
def test_half_an_interval_always_lies_between_two_appointments(due: int, late: int, every: int, tolerance: int) -> None:
    held = due + late
    assert contact.next_due_index(due, held, every, tolerance) - held >= math.ceil(every / 2)


@pytest.mark.parametrize(
    ("held_in_phase", "appointments", "days_in_group", "days", "ends"),
    [
        (0, 1, 0, 0.0, False),  # the first meeting is still to come
        (1, 1, 0, 0.0, True),  # it was held
        (5, 6, 400, 0.0, False),
        (6, 6, 0, 0.0, True),
        (0, 0, 90, 91.0, False),  # 13 weeks are 91 days
        (0, 0, 91, 91.0, True),
        (99, 0, 9999, 0.0, False),  # a phase without an end
    ],
)
def test_when_a_phase_of_a_plan_ends(held_in_phase: int, appointments: int, days_in_group: int, days: float, ends: bool) -> None:
    assert contact.phase_ends(held_in_phase, appointments, days_in_group, days) == ends


@pytest.mark.parametrize(("planned_minutes", "slots"), [(1, 1), (5, 1), (5.5, 2), (10, 2), (50, 10), (51, 11)])
def test_an_appointment_takes_whole_slots_of_five_minutes(planned_minutes: float, slots: int) -> None:
    assert contact.slots_needed(int(planned_minutes * MINUTE), 5 * MINUTE) == slots


@pytest.mark.parametrize(
    ("appointments", "ramp", "relief", "cap"),
    [
        (22, 1.0, 1.0, 22),
        (22, 0.5, 1.0, 11),  # a newcomer on the first day
        (27, 0.5, 1.0, 13),  # 13.5, rounded down
        (27, 0.5, 0.5, 6),  # 6.75, rounded down
        (22, 0.04, 1.0, 1),  # 0.88: at least 1 if the office books at all
        (0, 1.0, 1.0, 0),
        (10, 0.7, 1.0, 7),  # 10 × 0.7 is 7 in spite of binary fractions
        (3, 1 / 3, 1.0, 1),
    ],
)
def test_how_many_bookings_a_day_may_hold(appointments: int, ramp: float, relief: float, cap: int) -> None:
    assert contact.cap_of_day(appointments, ramp, relief) == cap


@pytest.mark.parametrize(
    ("days", "ramp_days", "ramp_from", "share"),
    [(0, 65, 0.5, 0.5), (13, 65, 0.5, 0.6), (64, 65, 0.5, 0.5 + 0.5 * 64 / 65), (65, 65, 0.5, 1.0), (900, 65, 0.5, 1.0), (0, 0, 0.5, 1.0)],
)
def test_a_newcomers_capacity_grows_in_a_straight_line(days: int, ramp_days: int, ramp_from: float, share: float) -> None:
    assert contact.ramp_share(days, ramp_days, ramp_from) == pytest.approx(share, abs=1e-12)


# --- conversations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("need", "until_next", "lasts", "because"),
    [
        (10, 10, 10, "as planned"),
        (8, 10, 8, "done early"),
        (15, 10, 15, "runs into the grace of 5 minutes and is not cut"),
        (16, 10, 15, "cut after the grace"),
        (40, 10, 15, "cut after the grace, however much is needed"),
        (10, 0, 5, "the next customer is due now: the grace is all there is"),
        (10, -3, 3, "the next is 3 minutes past due: 2 minutes of grace are left, but 3 are the shortest"),
        (10, -60, 3, "far behind: the shortest conversation"),
        (2, -60, 2, "nobody is kept longer than needed"),
    ],
)
def test_how_long_a_conversation_lasts(need: int, until_next: int, lasts: int, because: str) -> None:
    """Minutes; grace 5, shortest 3."""
    seconds = conversation.conversation_seconds(need * MINUTE, until_next * MINUTE, 5 * MINUTE, 3 * MINUTE)
    assert seconds == lasts * MINUTE, because


def test_nothing_lasts_no_time() -> None:
    assert conversation.conversation_seconds(0, 100, 0, 0) == 1
    assert conversation.conversation_seconds(600, -900, 300, 0) == 1


@pytest.mark.parametrize(
    ("need", "unmet", "rushed"), [(600, 0, False), (600, 119, False), (600, 120, False), (600, 121, True), (1, 1, True)]
)
def test_rushed_is_cut_by_more_than_a_fifth_of_the_need(need: int, unmet: int, rushed: bool) -> None:
    assert conversation.is_rushed(unmet, need, 0.2) == rushed


# --- attendance -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "ratios", "chance", "because"),
    [
        (0.20, 1.0, 0.20, "nothing bears on it"),
        (0.20, 1.5, 3 / 11, "odds of 1 to 4 become 1.5 to 4"),
        (0.20, 0.5, 1 / 9, "odds of 1 to 4 become 1 to 8"),
        (0.50, 4.0, 0.80, "even odds become 4 to 1"),
        (0.90, 1e6, 1 - 1 / 9_000_001, "near certainty, never past it"),
        (0.00, 3.0, 0.00, "nobody fails"),
        (1.00, 0.5, 1.00, "everybody fails"),
    ],
)
def test_the_chance_of_failing_to_attend(group: float, ratios: float, chance: float, because: str) -> None:
    assert attendance.failed_chance(group, ratios) == pytest.approx(chance, abs=1e-12), because


@pytest.mark.parametrize(("late_days", "ratio"), [(0, 1.0), (5, 1.4**0.5), (10, 1.4), (20, 1.96), (60, 1.96), (-3, 1.0)])
def test_waiting_beyond_the_plan_raises_the_odds_day_by_day_up_to_twenty(late_days: int, ratio: float) -> None:
    assert attendance.waiting_ratio(late_days, 1.4**0.1) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("need", "behind", "share", "brief"), [(600, False, 0.15, 600), (600, True, 0.15, 510), (600, True, 0.0, 600), (1, True, 0.9, 1)]
)
def test_who_is_behind_is_brief(need: int, behind: bool, share: float, brief: int) -> None:
    assert conversation.brief_seconds(need, behind, share) == brief


def test_unfinished_admin_presses_in_proportion_to_the_days_it_would_take() -> None:
    assert strain.backlog_pressure(2 * 26640, 26640, 0.05) == pytest.approx(0.1)
    assert strain.backlog_pressure(0, 26640, 0.05) == 0


@pytest.mark.parametrize(
    ("unhurried", "full_after", "level"), [(0, 5, 0.0), (2, 5, 0.4), (5, 5, 1.0), (9, 5, 1.0), (0, 1, 0.0), (1, 1, 1.0)]
)
def test_rapport_grows_with_unhurried_appointments(unhurried: int, full_after: int, level: float) -> None:
    assert attendance.rapport_level(unhurried, full_after) == pytest.approx(level)


# --- admin ------------------------------------------------------------------------------------------------------------


REFERRAL_MINUTES = 6.0


def figures() -> np.ndarray:
    """Admin minutes of each kind, an admin factor of 1.25 and twice as much for complex customers."""
    values = {
        "admin_held_minutes": 4, "admin_first_meeting_minutes": 20, "admin_failed_minutes": 9, "admin_rearranged_minutes": 3,
        "admin_cancelled_minutes": 5, "admin_new_claim_minutes": 7, "admin_safeguarding_minutes": 30,
        "admin_decision_minutes": 12, "admin_journal_minutes": 2, "hiring_trainer_minutes_per_day": 30.01, "policies_digital_minutes": 1,
    }  # fmt: skip
    record = np.zeros(1, [(name, "f8") for name in values] + [("admin_factor", "f8"), ("admin_complex_factor", "f8")])
    for name, value in values.items():
        record[name] = value
    record["admin_factor"], record["admin_complex_factor"] = 1.25, 2.0
    return record


@pytest.mark.parametrize(
    ("kind", "ordinary", "of_complex"),
    [
        (Task.HELD, 300, 600),
        (Task.FIRST_MEETING, 1500, 3000),
        (Task.FAILED, 675, 1350),
        (Task.REARRANGED, 225, 450),
        (Task.CANCELLED, 375, 750),
        (Task.NEW_CLAIM, 525, 1050),
        (Task.REFERRAL, 450, 900),
        (Task.SAFEGUARDING, 2250, 4500),
        (Task.DECISION, 900, 1800),
        (Task.DIGITAL, 75, 150),
        (Task.JOURNAL, 120, 120),  # messages follow their own figure
        (Task.CHASED, 120, 120),
        (Task.TRAINING_OTHERS, 1801, 1801),
    ],
)
def test_how_much_admin_each_occasion_makes(kind: Task, ordinary: int, of_complex: int) -> None:
    assert admin.planned_seconds(figures(), int(kind), 0, REFERRAL_MINUTES) == ordinary
    assert admin.planned_seconds(figures(), int(kind), 1, REFERRAL_MINUTES) == of_complex


def test_every_kind_of_task_has_a_length() -> None:
    assert {Task(kind) for kind in range(13)} == set(Task)
    assert all(admin.planned_seconds(figures(), int(kind), 0, REFERRAL_MINUTES) > 0 for kind in Task)


@pytest.mark.parametrize(("weeks", "usual"), [(0, 0), (6.5, 5.5), (13, 11), (19.5, 8.5), (26, 6), (400, 6)])
def test_how_many_contacts_are_usual(weeks: float, usual: float) -> None:
    """Eleven in the first 13 weeks and six in 13 weeks thereafter; between them the window holds a part of each."""
    assert contact.usual_contacts(weeks, 11.0, 6.0) == pytest.approx(usual)


@pytest.mark.parametrize(
    ("u", "second"),
    [(0.0, 0), (0.25, 3600), (0.5, 7200), (0.75, 7200 + 7200), (0.999999, 21599)],
)
def test_when_walk_ins_come(u: float, second: int) -> None:
    """Six hours, in the first two of which twice as many come an hour: half of all."""
    assert walk_ins.second_of_arrival(u, 6 * 3600, 2 * 3600, 2.0) == pytest.approx(second, abs=1)
    assert walk_ins.second_of_arrival(u, 6 * 3600, 2 * 3600, 1.0) == int(u * 6 * 3600)


@pytest.mark.parametrize(("planned", "done", "left"), [(600, 0, 600), (600, 540, 60), (600, 541, 60), (600, 900, 60), (30, 0, 60)])
def test_an_unfinished_task_counts_a_minute_at_least(planned: int, done: int, left: int) -> None:
    assert admin.left_of_task(planned, done) == left


@pytest.mark.parametrize(
    ("backlog", "free_today", "threshold", "worked"),
    [
        (0, 0, 0, False),
        (90, 60, 30, False),  # exactly what fits and the threshold
        (91, 60, 30, True),
        (200, 200, 0, False),  # all of it fits into the afternoon
    ],
)
def test_when_lunch_is_worked(backlog: int, free_today: int, threshold: int, worked: bool) -> None:
    """Minutes of backlog against the minutes still free today and a threshold."""
    assert admin.lunch_is_worked(backlog * MINUTE, free_today * MINUTE, threshold * MINUTE) == worked


@pytest.mark.parametrize(
    ("backlog", "past_finish", "works"),
    [(30, 0, False), (31, 0, True), (31, 59, True), (31, 60, False), (999, 60, False), (999, 61, False), (0, 0, False)],
)
def test_when_a_coach_works_on_after_finish(backlog: int, past_finish: int, works: bool) -> None:
    """Minutes; above a threshold of 30, up to a cap of 60."""
    assert admin.works_on(backlog * MINUTE, 30 * MINUTE, past_finish * MINUTE, 60 * MINUTE) == works


@pytest.mark.parametrize(("past_due", "lapsed"), [(-1, False), (0, False), (19, False), (20, True), (21, True)])
def test_admin_lapses_twenty_working_days_after_it_was_due(past_due: int, lapsed: bool) -> None:
    assert admin.has_lapsed(past_due, 20) == lapsed


# --- load, pressure, strain -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worked", "backlog", "load"),
    [
        (444, 0, 1.0),  # a full day with nothing left is not overloaded
        (444, 30, 474 / 444),
        (444, 60, 504 / 444),
        (444, 500, 504 / 444),  # backlog counts up to an hour
        (222, 0, 0.5),
        (534, 0, 534 / 444),  # lunch and overtime worked
        (0, 0, 0.0),
    ],
)
def test_load_is_work_done_and_left_over_by_contracted_time(worked: int, backlog: int, load: float) -> None:
    """Minutes; a day of 444."""
    assert strain.load_of_day(worked * MINUTE, backlog * MINUTE, 60 * MINUTE, 444 * MINUTE) == pytest.approx(load, abs=1e-12)


def test_a_day_without_contracted_time_has_no_load() -> None:
    assert strain.load_of_day(100, 100, 100, 0) == 0.0


@pytest.mark.parametrize(
    ("load", "others", "sensitivity", "support", "pressure"),
    [
        (0.9, 0.0, 1.0, 1.0, 0.0),  # load up to the sustainable leaves no mark
        (0.5, 0.0, 1.0, 1.0, 0.0),
        (1.1, 0.0, 1.0, 1.0, 0.2),
        (1.1, 0.3, 1.0, 1.0, 0.5),
        (0.5, 0.3, 1.0, 1.0, 0.3),  # a worked lunch counts on a light day too
        (1.1, 0.3, 2.0, 1.0, 1.0),
        (1.1, 0.3, 1.0, 0.5, 1.0),  # half the support, twice the pressure
        (1.1, 0.3, 4.0, 0.5, 2.0),  # at most the limit
    ],
)
def test_pressure_of_a_day(load: float, others: float, sensitivity: float, support: float, pressure: float) -> None:
    assert strain.pressure_of_day(load, 0.9, others, sensitivity, support, 2.0) == pytest.approx(pressure, abs=1e-12)


def test_strain_halves_in_its_half_life_and_rises_half_way_in_as_long() -> None:
    kept = 0.5 ** (1 / 28)
    falling, rising = 0.8, 0.0
    for _ in range(28):
        falling, rising = strain.next_strain(falling, 0.0, kept), strain.next_strain(rising, 2.0, kept)
    assert falling == pytest.approx(0.4, abs=1e-12)
    assert rising == pytest.approx(1.0, abs=1e-12)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_strain_never_exceeds_the_largest_pressure(pressures: list[float]) -> None:
    level = 0.0
    for pressure in pressures:
        level = strain.next_strain(level, pressure, 0.5 ** (1 / 14))
    assert 0.0 <= level <= max(pressures) + 1e-12


@pytest.mark.parametrize(
    ("level", "hill", "linear"),
    [
        (0.0, 1.0, 1.0),  # no strain, no effect
        (0.25, 1 + 11 * 0.2, 1 + 11 * 0.25),  # 0.0625 ÷ (0.25 + 0.0625) = 0.2
        (0.5, 6.5, 6.5),  # half of the effect at the strain of half effect
        (1.0, 1 + 11 * 0.8, 12.0),  # 1 ÷ 1.25 = 0.8
        (2.0, 1 + 11 * 16 / 17, 23.0),  # saturating below its ceiling of 12; linear goes on
    ],
)
def test_what_strain_does_to_a_hazard(level: float, hill: float, linear: float) -> None:
    assert strain.effect(level, ResponseForm.HILL, 12.0, 0.5) == pytest.approx(hill, abs=1e-12)
    assert strain.effect(level, ResponseForm.LINEAR, 12.0, 0.5) == pytest.approx(linear, abs=1e-12)


@given(st.floats(0, 20), st.floats(0.01, 10), st.floats(1, 100))
def test_the_saturating_form_lies_between_1_and_its_ceiling(level: float, half_effect: float, ceiling: float) -> None:
    assert 1.0 <= strain.effect(level, ResponseForm.HILL, ceiling, half_effect) <= ceiling + 1e-9


@pytest.mark.parametrize("form", [ResponseForm.HILL, ResponseForm.LINEAR])
def test_a_ceiling_of_1_is_no_effect(form: int) -> None:
    assert strain.effect(3.7, form, 1.0, 0.5) == 1.0


def test_the_hazard_of_leaving_is_the_product_of_its_causes() -> None:
    """0.0759 a year of 253 days is 0.0003 a day; first year × 1.5, strain × 2, two notices × 1.2, after a stress spell × 3."""
    assert strain.daily_leaving(0.0759, 253.0, 1.0, 1.0, 1.0, 1.0) == pytest.approx(0.0003, abs=1e-15)
    assert strain.daily_leaving(0.0759, 253.0, 1.5, 2.0, 1.2, 3.0) == pytest.approx(0.00324, abs=1e-15)


@pytest.mark.parametrize(("notices", "factor"), [(0, 1.0), (1, 1.1), (5, 1.5), (6, 1.5), (23, 1.5)])
def test_colleagues_notices_are_contagious_up_to_five(notices: int, factor: float) -> None:
    assert strain.contagion_factor(notices, 0.1, 5) == pytest.approx(factor, abs=1e-12)


@pytest.mark.parametrize(("days", "counts"), [(0, 0.0), (25, 0.5), (50, 1.0), (73, 0.5), (96, 0.0), (500, 0.0)])
def test_a_notice_counts_more_and_more_up_to_its_peak_and_fades(days: int, counts: float) -> None:
    assert strain.contagion_of(days, 50, 96) == pytest.approx(counts, abs=1e-12)


@pytest.mark.parametrize(("days", "counts"), [(0, 1.0), (39, 1.0), (40, 0.0)])
def test_without_a_peak_a_notice_counts_in_full_for_the_whole_window(days: int, counts: float) -> None:
    assert strain.contagion_of(days, -1, 40) == counts


@pytest.mark.parametrize(
    ("u", "cause"),
    # 1 ordinary, 1 more by strain, 4 more by illness, 3 more by contagion: 9 parts in all
    [(0.0, 0), (0.11, 0), (0.12, 1), (0.22, 1), (0.23, 2), (0.66, 2), (0.67, 3), (0.999, 3)],
)
def test_the_cause_of_leaving_is_drawn_by_what_each_part_adds(u: float, cause: int) -> None:
    assert strain.cause_of_leaving(u, strain_effect=2.0, contagion=1.5, after_stress=3.0) == cause
