"""Metrics against values worked out by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from jobcentre.metrics import BY_NAME, HEADLINES, METRICS, MeasureWith, measure, measure_all, tidy, weekly
from jobcentre.model.events import WIDTH, Event, EventLog, Flag, How, Presence, SpellKind, Task
from support.logs import DAY, LogBuilder, at

pytestmark = pytest.mark.rules

SCRIPT_NAMES = [
    "overloaded_share", "load_mean", "overtime_minutes_per_coach_day", "lunch_worked_share", "admin_carried_hours_per_coach",
    "back_to_back_share", "conversation_time_share", "appointments_per_coach_day", "missed_share", "failed_to_attend_share",
    "office_cancelled_share", "not_offered_share", "offered_late_share", "days_late_mean", "rushed_share", "contact_minutes_share",
    "same_coach_share", "turned_away_share", "safeguarding_late_share", "leavers", "leaving_rate_per_year", "leavers_with_stress_share",
    "stress_spell_share_per_year", "stress_days_per_spell", "sick_days_per_coach_year", "no_sickness_share", "vacancy_share",
    "unscheduled_wait_minutes", "into_work_per_month_share", "cost_per_year_pounds", "leavers_of_start", "crisis_share", "strain_mean",
    "admin_lapsed_share",
]  # fmt: skip


def value(log: EventLog, name: str, group: str | None = None, given: MeasureWith | None = None) -> float:
    over, under = measure(log, given or MeasureWith())[name, group]
    return over / under


def parts(log: EventLog, name: str, group: str | None = None, given: MeasureWith | None = None) -> tuple[float, float]:
    return measure(log, given or MeasureWith())[name, group]


def week() -> LogBuilder:
    """One coach and one customer; the days of one week are open."""
    builder = LogBuilder()
    builder.day(0).coach_in(0).customer_in(0)
    return builder


def test_every_name_that_scripts_rely_on_is_declared_once() -> None:
    assert set(SCRIPT_NAMES) <= set(BY_NAME)
    assert len(BY_NAME) == len(METRICS)
    assert set(HEADLINES) <= set(BY_NAME)


def test_each_metric_says_what_it_is_in_one_sentence() -> None:
    for metric in METRICS:
        assert metric.definition.endswith("."), metric.name
        assert metric.definition.count(". ") == 0, metric.name
        assert metric.matters > 0, metric.name
        assert metric.under is not None or metric.aggregation == "count", metric.name


def test_missed_share_counts_failed_cancelled_and_not_offered_but_not_rearranged_or_no_longer_needed() -> None:
    log = week()
    log.held(at(0, 9), at(0, 9, 10), 1).failed(at(0, 10, 10), at(0, 10), 2)
    log.add(Event.CANCELLED, at(1, 0), customer=0, group=0, start=at(1, 9), serial=3, a=600, b=0, f=1)
    log.add(Event.NOT_OFFERED, at(1, 0), customer=0, group=0, f=1)
    log.add(Event.REARRANGED, at(1, 0), customer=0, group=0, start=at(1, 9), serial=4, a=600, b=1, f=1)
    log.add(Event.NOT_NEEDED, at(1, 0), customer=0, group=0, serial=5, start=at(1, 9), f=1)
    made = log.log()
    assert parts(made, "missed_share") == (3, 4)
    assert parts(made, "missed_share", "searching") == (3, 4)
    assert parts(made, "missed_share", "lcw") == (0, 0)
    assert parts(made, "failed_to_attend_share") == (1, 2)
    assert parts(made, "office_cancelled_share") == (1, 4)
    assert parts(made, "not_offered_share") == (1, 4)
    assert parts(made, "rearranged_share") == (1, 4)


def test_outcomes_outside_the_counted_period_do_not_count() -> None:
    log = LogBuilder(days=14, counted_from=7)
    log.held(at(6, 9), at(6, 9, 10), 1).held(at(7, 0), at(7, 0, 10), 2).held(at(13, 23), at(13, 23, 59), 3).held(
        at(13, 23, 59), 14 * DAY, 4
    )
    assert value(log.log(), "missed_share") == 0
    assert parts(log.log(), "missed_share")[1] == 2


def test_load_is_work_and_counted_backlog_over_contracted_time_and_overloaded_means_above_one() -> None:
    log = week()
    contracted = 7 * 3600
    log.close(0, worked=contracted).close(1, worked=contracted, backlog=100_000).close(2, worked=contracted // 2, backlog=1800)
    log.close(3, presence=Presence.SICK, spell=SpellKind.SHORT, backlog=10**6).close(4, presence=Presence.IN_TRAINING, backlog=10**6)
    given = MeasureWith(counted_backlog_seconds=3600)
    assert parts(log.log(), "overloaded_share", given=given) == (1, 3)
    assert value(log.log(), "load_mean", given=given) == pytest.approx((1 + (1 + 1 / 7) + (0.5 + 0.5 / 7)) / 3)
    assert value(log.log(), "admin_carried_hours_per_coach") == pytest.approx((100_000 + 1800) / 3600 / 3)


def test_the_last_day_of_the_warm_up_is_closed_in_the_counted_period_but_does_not_count() -> None:
    log = LogBuilder(days=14, counted_from=7)
    log.close(6, worked=9999999, strain=5.0).close(7, worked=0).close(13, worked=0)
    assert parts(log.log(), "overloaded_share") == (0, 2)
    assert value(log.log(), "strain_mean") == 0


def test_time_in_lunch_and_after_finish_is_split_off_to_the_second() -> None:
    log = week()
    log.held(at(0, 11, 50), at(0, 12, 5), 1).close(0)
    log.admin(at(1, 11, 58), at(1, 12, 5, 1), 1, Task.JOURNAL, 0, 0, 600).close(1)
    log.stretch(Event.LUNCH, at(2, 12), at(2, 13)).held(at(2, 16, 50), at(2, 17, 5), 2)
    log.admin(at(2, 17, 5), at(2, 17, 30), 2, Task.JOURNAL, 0, 0, 600).stretch(Event.IDLE, at(2, 17, 30), at(2, 17, 40)).close(2)
    made = log.log()
    assert parts(made, "lunch_worked_share") == (1, 3)
    assert parts(made, "overtime_minutes_per_coach_day") == (30, 3)
    assert value(made, "conversation_time_share") == pytest.approx((15 + 15) / (3 * 420))


def test_an_office_open_round_the_clock_cuts_pieces_at_midnight_and_has_no_overtime() -> None:
    log = LogBuilder(days=3, counted_from=1, round_the_clock=True)
    log.held(at(0, 23), at(2, 1), 1)
    for day in range(3):
        log.close(day, contracted=DAY)
    made = log.log()
    assert parts(made, "conversation_time_share") == (25 * 60, 2 * 24 * 60)
    assert parts(made, "overtime_minutes_per_coach_day") == (0, 2)


def test_back_to_back_means_the_second_at_which_the_coachs_previous_conversation_ended() -> None:
    log = week()
    log.held(at(0, 9), at(0, 9, 10), 1).held(at(0, 9, 10), at(0, 9, 20), 2, coach=1).held(at(0, 9, 10), at(0, 9, 25), 3)
    log.held(at(0, 9, 26), at(0, 9, 40), 4)
    assert parts(log.log(), "back_to_back_share") == (1, 4)


def test_appointments_per_coach_day_counts_held_and_failed_over_days_present() -> None:
    log = week()
    log.held(at(0, 9), at(0, 9, 10), 1).held(at(0, 10), at(0, 10, 10), 2).failed(at(0, 11, 10), at(0, 11), 3)
    log.close(0, cap=20).close(1, cap=22).close(2, presence=Presence.LEAVE, cap=0)
    log.add(Event.REARRANGED, at(1, 0), customer=0, group=0, start=at(1, 9), serial=4, a=600, b=1, f=1)
    log.add(Event.REARRANGED, at(1, 0), customer=0, group=0, start=at(4, 9), serial=5, a=600, b=0, f=4)
    log.add(Event.CANCELLED, at(2, 0), customer=0, group=0, start=at(2, 9), serial=6, a=600, b=0, f=2)
    assert parts(log.log(), "appointments_per_coach_day") == (3, 2)
    assert parts(log.log(), "appointments_booked_per_coach_day") == (4, 2)
    assert parts(log.log(), "appointments_due_per_coach_day") == (4, 2)
    assert parts(log.log(), "appointments_held_per_coach_day") == (2, 2)
    assert parts(log.log(), "appointments_offered_per_coach_day") == (42, 2)


def test_quality_of_conversations_by_group() -> None:
    log = week()
    log.held(at(0, 9), at(0, 9, 10), 1, unmet=600, flags=Flag.RUSHED | Flag.HAS_LAST | Flag.SAME_COACH)
    log.held(at(0, 9, 32), at(0, 9, 42), 2, booked=at(0, 9, 20), late=120, group=1, flags=Flag.HAS_LAST | Flag.COVER)
    log.held(at(0, 10), at(0, 10, 10), 3, flags=0)
    made = log.log()
    assert parts(made, "rushed_share") == (1, 3)
    assert parts(made, "rushed_share", "lcw") == (0, 1)
    assert parts(made, "minutes_unmet_share") == (10, 40)
    assert parts(made, "same_coach_share") == (1, 2)
    assert parts(made, "covered_share", "lcw") == (1, 1)
    assert parts(made, "appointment_wait_minutes") == (10, 3)


def test_bookings_offered_late_are_those_found_beyond_the_tolerance() -> None:
    log = week()
    log.booked(0, at(1, 9), 1, late=1, how=How.OWN).booked(0, at(4, 9), 2, late=3, how=How.OWN_LATE).booked(0, at(0, 9), 3)
    assert parts(log.log(), "offered_late_share") == (1, 3)
    assert parts(log.log(), "days_late_mean") == (4, 3)


def test_unscheduled_contacts_are_served_or_turned_away() -> None:
    log = week()
    log.add(Event.UNSCHEDULED, at(0, 9, 40), coach=0, start=at(0, 9, 30), serial=1, a=600, c=at(0, 9, 18))
    log.add(Event.TURNED_AWAY, at(0, 17), serial=2, start=at(0, 16)).add(Event.TURNED_AWAY, at(1, 17), serial=3, start=at(1, 16))
    assert parts(log.log(), "turned_away_share") == (2, 3)
    assert parts(log.log(), "unscheduled_wait_minutes") == (12, 1)


def test_safeguarding_is_late_unless_finished_by_the_end_of_its_due_day() -> None:
    log = week()
    made = at(0, 9)
    for serial in range(1, 5):
        log.task(made, serial, Task.SAFEGUARDING, 1800, due=1, group=0)
    log.admin(at(1, 9), at(1, 9, 30), 1, Task.SAFEGUARDING, made, 1, 1800, group=0)
    log.admin(at(1, 16, 50), at(1, 17), 2, Task.SAFEGUARDING, made, 1, 1800, finished=0, group=0)
    log.admin(at(2, 9), at(2, 9, 30), 2, Task.SAFEGUARDING, made, 1, 1800, begun=0, group=0)
    log.add(Event.TASK_LAPSED, at(1, 0), coach=0, group=0, serial=3, a=Task.SAFEGUARDING, b=1800, c=1, d=2)
    assert parts(log.log(), "safeguarding_late_share") == (2, 3)


def test_admin_not_done_leaves_out_tasks_of_customers_who_left() -> None:
    log = week()
    log.admin(at(0, 9), at(0, 9, 5), 1, Task.JOURNAL, 0, 1, 300).admin(at(0, 9, 5), at(0, 9, 10), 2, Task.JOURNAL, 0, 1, 600, finished=0)
    for serial, why in ((3, 0), (4, 1), (5, 2)):
        log.add(Event.TASK_LAPSED, at(1, 0), coach=0, serial=serial, a=Task.JOURNAL, b=300, c=0, d=why)
    assert parts(log.log(), "admin_lapsed_share") == (2, 3)


def test_leaving_rate_is_notices_over_years_in_post() -> None:
    log = LogBuilder(days=730, counted_from=365)
    log.coach_in(0).coach_in(1).coach_in(2, day=548, post=2)
    log.add(Event.NOTICE, at(300, 0), coach=1, a=400, b=0).add(Event.COACH_OUT, at(400, 0), coach=1, serial=1)
    log.add(Event.NOTICE, at(500, 0), coach=0, a=600, b=1).add(Event.COACH_OUT, at(600, 0), coach=0, serial=0)
    years = (35 + 235 + 182) / 365.25
    assert parts(log.log(), "leaving_rate_per_year") == pytest.approx((1, years))
    assert parts(log.log(), "leavers") == (1, 1)
    assert parts(log.log(), "leavers_with_stress_share") == (1, 1)
    assert value(log.log(), "coaches_in_post") == pytest.approx((35 + 235 + 182) / 365)


def test_leavers_of_start_are_those_in_post_on_the_reference_date_who_give_notice_within_364_days() -> None:
    log = LogBuilder(days=600, counted_from=100)
    for coach in range(5):
        log.coach_in(coach)
    log.coach_in(5, day=210)
    for coach, day in ((0, 190), (1, 200), (2, 563), (3, 564), (5, 300)):
        log.add(Event.NOTICE, at(day, 0), coach=coach, a=day + 20, b=0)
    given = MeasureWith(reference_second=200 * DAY)
    assert parts(log.log(), "leavers_of_start", given=given) == (2, 1)
    assert parts(log.log(), "leavers_of_start_share", given=given) == (2, 5)
    assert parts(log.log(), "leavers_of_start") == (2, 1)  # counted from day 100 to day 463: coaches 0 and 1, not 5


def test_sickness() -> None:
    log = LogBuilder(days=364)
    log.coach_in(0).coach_in(1).coach_in(2)
    log.add(Event.SICK, at(3, 0), coach=0, serial=0, a=SpellKind.STRESS, b=1).add(
        Event.SICK, at(3, 0), coach=1, serial=1, a=SpellKind.SHORT, b=1
    )
    for day in (3, 4, 7):
        log.close(day, coach=0, presence=Presence.SICK, spell=SpellKind.STRESS)
    log.close(3, coach=1, presence=Presence.SICK, spell=SpellKind.SHORT).close(4, coach=1, presence=Presence.LEAVE).close(3, coach=2)
    log.add(Event.RETURN, at(8, 0), coach=0, serial=0, start=at(3, 0), a=SpellKind.STRESS, b=3, c=0)
    log.add(Event.SICK, at(20, 0), coach=0, serial=0, a=SpellKind.STRESS, b=2)
    log.add(Event.RETURN, at(30, 0), coach=0, serial=0, start=at(20, 0), a=SpellKind.STRESS, b=8, c=1)
    made, years = log.log(), 3 * 364 / 365.25
    assert parts(made, "sick_days_per_coach_year") == pytest.approx((4, years))
    assert parts(made, "sick_days_stress_per_coach_year")[0] == 3
    assert parts(made, "sick_days_ordinary_per_coach_year")[0] == 1
    assert parts(made, "stress_days_per_spell") == (3, 1)
    assert parts(made, "stress_spell_share_per_year") == pytest.approx((1, years))
    assert parts(made, "stress_spells") == (2, 1)
    assert parts(made, "no_sickness_share") == (1, 3)


def test_a_spell_begun_in_the_warm_up_has_no_length_in_the_counted_period() -> None:
    log = LogBuilder(days=14, counted_from=7)
    log.add(Event.RETURN, at(9, 0), coach=0, serial=0, start=at(2, 0), a=SpellKind.STRESS, b=5, c=0)
    assert parts(log.log(), "stress_days_per_spell") == (0, 0)


def test_a_post_is_vacant_from_the_leavers_last_day_until_the_newcomers_first() -> None:
    log = LogBuilder(days=100, posts=2)
    log.coach_in(0).coach_in(1)
    log.add(Event.VACANCY_OPEN, at(10, 0), serial=1).add(Event.COACH_OUT, at(30, 0), coach=1, serial=1)
    log.add(Event.VACANCY_FILLED, at(55, 0), coach=2, serial=1, start=at(10, 0)).coach_in(2, day=55, post=1, service=55, trained=0)
    made = log.log()
    assert parts(made, "vacancy_share") == (25, 200)
    assert parts(made, "days_to_fill_mean") == (45, 1)
    assert parts(made, "new_coaches_share") == (45, 175)


def test_crisis_is_passed_by_coaches_in_post_at_any_time() -> None:
    log = week()
    log.close(0, coach=0, strain=0.5).close(0, coach=1, strain=0.2).close(1, coach=0, strain=0.4).close(
        1, coach=2, presence=Presence.SICK, strain=0.6
    )
    assert parts(log.log(), "crisis_share", given=MeasureWith(crisis_strain=0.45)) == (2, 3)
    assert value(log.log(), "strain_mean") == pytest.approx(1.7 / 4)


def test_the_worst_fortnight_is_the_largest_mean_of_ten_days_at_work() -> None:
    log = LogBuilder(days=28)
    loads = [1.0] * 5 + [2.0] * 7
    for day, load in enumerate(loads):
        log.close(day, coach=0, worked=int(load * 25200)).close(day, coach=1, worked=12600)
    log.close(0, coach=2, worked=10**6)
    assert parts(log.log(), "worst_fortnight_load") == pytest.approx(((3 * 1 + 7 * 2) / 10 + 0.5, 2))


def test_weekly_numbers_add_up_to_the_whole_and_the_warm_up_has_negative_weeks() -> None:
    log = LogBuilder(days=28, counted_from=7)
    for booking, day in enumerate((3, 8, 15, 16, 22)):
        log.held(at(day, 9), at(day, 9, 10), booking)
    log.failed(at(15, 10), at(15, 10), 9)
    made = log.log()
    table = weekly(made, MeasureWith())
    mine = table[table.metric == "failed_to_attend_share"].set_index("week")
    assert mine.denominator.to_dict() == {-1: 1, 0: 1, 1: 3, 2: 1}
    assert mine.numerator.to_dict() == {-1: 0, 0: 0, 1: 1, 2: 0}
    assert (mine.numerator.loc[0:].sum(), mine.denominator.loc[0:].sum()) == parts(made, "failed_to_attend_share")
    assert set(table.metric) == {metric.name for metric in METRICS if metric.weekly}


def test_one_look_at_the_log_gives_what_two_give() -> None:
    log = LogBuilder(days=28, counted_from=7)
    log.coach_in(0).customer_in(0).held(at(8, 9), at(8, 9, 10), 1).failed(at(15, 10), at(15, 10), 2).close(8).close(15, worked=9999)
    made = log.log()
    measured, _, by_week = measure_all(made, MeasureWith())
    assert measured == measure(made, MeasureWith())
    assert by_week.frame().equals(weekly(made, MeasureWith()))
    assert by_week.csv() == by_week.frame().to_csv(index=False, lineterminator="\n")
    assert measured["missed_share", None] == (1, 2)


def test_what_has_no_group_counts_in_the_total_only() -> None:
    log = week().failed(at(0, 10), at(0, 10), 1)
    log.add(Event.NOT_OFFERED, at(1, 0), customer=0, f=1)
    made = log.log()
    assert parts(made, "missed_share") == (2, 2)
    assert [parts(made, "missed_share", group) for group in ("searching", "lcw")] == [(1, 1), (0, 0)]


def test_a_safeguarding_task_due_after_the_run_does_not_count() -> None:
    log = week().task(at(6, 9), 1, Task.SAFEGUARDING, 1800, due=6, group=1).task(at(6, 9), 2, Task.SAFEGUARDING, 1800, due=7, group=0)
    made = log.log()
    assert parts(made, "safeguarding_late_share") == (1, 1)
    assert parts(made, "safeguarding_late_share", "lcw") == (1, 1)
    assert parts(made, "safeguarding_late_share", "searching") == (0, 0)


def test_the_tidy_table_has_no_value_where_the_denominator_is_nought() -> None:
    log = week().held(at(0, 9), at(0, 9, 10), 1).log()
    table = tidy({7: measure(log, MeasureWith())})
    chosen = table[table.metric == "missed_share"].set_index("group")
    assert list(table.columns) == ["run", "group", "metric", "numerator", "denominator", "value"]
    assert set(table.run) == {7}
    assert chosen.loc["searching", "value"] == 0
    assert np.isnan(chosen.loc["lcw", "value"])


def test_shares_lie_between_nought_and_one_in_any_log() -> None:
    rng = np.random.default_rng(3)
    log = LogBuilder(days=21)
    for day in range(21):
        log.day(day)
    for coach in range(3):
        log.coach_in(coach)
    for number in range(300):
        start = at(int(rng.integers(21)), int(rng.integers(9, 18)), int(rng.integers(60)))
        kind = rng.integers(4)
        if kind == 0:
            log.failed(start, start, number)
        else:
            log.held(
                start,
                start + int(rng.integers(60, 1200)),
                number,
                coach=int(rng.integers(3)),
                unmet=int(rng.integers(300)),
                flags=int(rng.integers(2048)),
            )
        log.close(start // DAY, coach=int(rng.integers(3)), worked=int(rng.integers(40_000)), strain=float(rng.random()))
    measured = measure(log.log(), MeasureWith(crisis_strain=0.5))
    shares = [metric.name for metric in METRICS if metric.share and metric.name not in ("conversation_time_share", "lunch_worked_share")]
    for name in shares:
        over, under = measured[name, None]
        assert 0 <= over <= max(under, 0), name


def test_a_log_without_its_first_row_is_refused() -> None:
    with pytest.raises(ValueError, match="OFFICE"):
        measure(EventLog(np.zeros((0, WIDTH), dtype=np.int32), ("a",), "2023-09-04"), MeasureWith())


def test_a_large_log_is_measured_quickly() -> None:
    rng = np.random.default_rng(1)
    size, days = 700_000, 546
    rows = np.full((size, WIDTH), -1, dtype=np.int32)
    kinds = np.array(
        [Event.ADMIN] * 6 + [Event.IDLE] * 3 + [Event.CONVERSATION] * 3 + [Event.BOOKED] * 3 + [Event.TASK_MADE] * 4 + [Event.FAILED]
    )
    rows[:, 1] = rng.choice(kinds, size)
    rows[:, 0] = np.sort(rng.integers(0, days * DAY, size))
    rows[:, 5] = rows[:, 0] - 300
    rows[:, 2], rows[:, 3], rows[:, 4] = rng.integers(0, 23, size), rng.integers(0, 4000, size), rng.integers(0, 2, size)
    rows[:, 6], rows[:, 7:] = np.arange(size), rng.integers(0, 500, (size, 7))
    office = LogBuilder(days=days, counted_from=182).log().rows
    log = EventLog(np.concatenate([office, rows]), ("searching", "lcw"), "2023-09-04")
    begun = time.perf_counter()
    measured = measure(log, MeasureWith())
    assert measured["missed_share", None][1] > 0
    assert time.perf_counter() - begun < 2.0
