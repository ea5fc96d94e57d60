"""Metrics of customers, contact and money against values worked out by hand."""

from __future__ import annotations

import pytest

from jobcentre.metrics import MeasureWith, UnitCosts, measure, weekly
from jobcentre.model.events import Event, EventLog, ExitCause, Presence, SpellKind, Task
from support.logs import LogBuilder, at

pytestmark = pytest.mark.rules


def parts(log: EventLog, name: str, group: str | None = None, given: MeasureWith | None = None) -> tuple[float, float]:
    return measure(log, given or MeasureWith())[name, group]


def test_caseload_exits_and_moves_are_per_customer_month() -> None:
    log = LogBuilder(days=100, posts=4)
    log.coach_in(0).customer_in(0).customer_in(1).customer_in(2, group=1)
    log.add(Event.CUSTOMER_MOVED, at(20, 0), customer=1, group=1, a=1, b=0, c=0)
    log.add(Event.CUSTOMER_OUT, at(50, 0), customer=0, group=0, a=1).add(Event.CUSTOMER_OUT, at(60, 0), customer=2, group=1, a=0)
    given = MeasureWith(causes={"searching": ("closes_claim", "into_work"), "lcw": ("into_work",)})
    made, month = log.log(), 365.25 / 12
    assert parts(made, "caseload_mean") == (50 + 20 + 80 + 60, 100)
    assert parts(made, "caseload_mean", "searching") == (70, 100)
    assert parts(made, "caseload_per_post") == (210, 400)
    assert parts(made, "into_work_per_month_share", given=given) == pytest.approx((2, 210 / month))
    assert parts(made, "into_work_per_month_share", "searching", given) == pytest.approx((1, 70 / month))
    assert parts(made, "moves_per_month_share", "searching") == pytest.approx((1, 70 / month))
    assert parts(made, "disengaged_per_month_share", given=given)[0] == 0


def test_eased_days_run_from_the_day_the_rule_is_turned_on_to_the_day_before_it_is_turned_off() -> None:
    log = LogBuilder(days=28, counted_from=7)
    log.add(Event.FLEXIBILITY_ON, at(4, 0)).add(Event.FLEXIBILITY_OFF, at(9, 0)).add(Event.FLEXIBILITY_ON, at(21, 0))
    made = log.log()
    assert parts(made, "flexibility_share") == (2 + 7, 21)  # days 7 and 8, and 21 to the end
    week = weekly(made, MeasureWith())
    assert week[week.metric == "flexibility_share"][["week", "numerator", "denominator"]].values.tolist() == [
        [-1, 3, 7],
        [0, 2, 7],
        [1, 0, 7],
        [2, 7, 7],
    ]
    assert parts(LogBuilder(days=7).log(), "flexibility_share") == (0, 7)


def test_a_decision_that_leaves_a_customer_in_the_group_is_a_decision_and_no_move() -> None:
    log = LogBuilder(days=14)
    log.coach_in(0).customer_in(0).customer_in(1)
    log.add(Event.CUSTOMER_MOVED, at(3, 0), customer=0, group=0, a=ExitCause.DECISION, b=0, c=0)
    log.add(Event.CUSTOMER_MOVED, at(7, 0), customer=1, group=1, a=ExitCause.DECISION, b=0, c=0)
    made = log.log()
    assert parts(made, "moves_per_month_share")[0] == 1
    assert parts(made, "moves_per_month_share", "searching")[0] == 1
    assert parts(made, "decision_wait_weeks", "searching") == pytest.approx((3, 2))
    assert parts(made, "caseload_mean", "searching") == (14 + 7, 14)
    assert parts(made, "caseload_mean", "lcw") == (7, 14)


def test_weeks_before_a_decision_count_where_none_has_come_yet() -> None:
    log = LogBuilder(days=14)
    log.coach_in(0).customer_in(0).customer_in(1, group=1)
    made, waits = log.log(), MeasureWith(decided=("lcw",))
    assert parts(made, "decision_wait_weeks", given=waits) == pytest.approx((2, 0))
    assert parts(made, "decision_wait_weeks", "lcw", waits) == pytest.approx((2, 0))
    assert parts(made, "decision_wait_weeks", "searching", waits) == (0, 0)
    assert parts(made, "decision_wait_weeks") == (0, 0)  # from such a log alone nobody can tell


def test_contact_held_over_contact_promised_is_one_when_every_meeting_is_held_in_time() -> None:
    log = LogBuilder(days=29)
    for day in range(29):
        log.day(day)
    log.coach_in(0).customer_in(0)
    log.booked(0, at(7, 9), 1, planned=3000, every=5)
    log.held(at(7, 9), at(7, 9, 50), 1).booked(at(7, 9, 50), at(14, 9), 2, planned=600, every=5)
    log.held(at(14, 9), at(14, 9, 10), 2).booked(at(14, 9, 10), at(21, 9), 3, planned=600, every=5)
    log.held(at(21, 9), at(21, 9, 10), 3).booked(at(21, 9, 10), at(28, 9), 4, planned=600, every=5)
    log.held(at(28, 9), at(28, 9, 10), 4)
    over, under = parts(log.log(), "contact_minutes_share")
    # promised: 50 on day 7, then 10 for each of three weeks, and 2 for the last Monday
    assert (over, under) == pytest.approx((80, 50 + 30 + 2))


def test_a_move_shares_the_promise_between_groups_and_a_pause_or_exit_stops_it() -> None:
    log = LogBuilder(days=42)
    for day in range(42):
        log.day(day)
    log.coach_in(0).customer_in(0).customer_in(1)
    log.booked(0, at(0, 9), 1, planned=600, every=5).booked(0, at(0, 9), 2, customer=1, planned=600, every=5)
    log.add(Event.CUSTOMER_MOVED, at(7, 0), customer=0, group=1, a=1, b=0, c=0).add(Event.CUSTOMER_OUT, at(21, 0), customer=0, group=1, a=0)
    log.add(Event.PAUSED, at(7, 0), customer=1, group=0, a=35)
    made = log.log()
    # first customer: 10 on day 0 and 10 in week 1 (searching), 20 in weeks 2 and 3 less 5 on leaving (lcw)
    # second: 10 on day 0 and 10 in week 1, none in weeks 2 to 5, 10 in week 6
    assert parts(made, "contact_minutes_share", "searching")[1] == pytest.approx(20 + 20 + 10)
    assert parts(made, "contact_minutes_share", "lcw")[1] == pytest.approx(15)
    assert parts(made, "contact_minutes_share")[1] == pytest.approx(65)


def test_contact_held_is_as_promised_on_average_over_stays_of_any_length() -> None:
    """One customer for each length of stay from 1 to 60 working days, met every 5 working days and always in time."""
    log = LogBuilder(days=100)
    for day in range(100):
        log.day(day)
    working = [day for day in range(100) if day % 7 < 5]
    stays = [(length, working[length]) for length in range(1, 61)]
    for customer, (_, left) in enumerate(stays):
        log.customer_in(customer)
        for number, due in enumerate(working[::5]):
            if due >= left:
                break
            booking = 100 * customer + number
            log.booked(at(due - 3, 0) if number else 0, at(due, 9), booking, customer=customer).held(
                at(due, 9), at(due, 9, 10), booking, customer=customer
            )
        log.add(Event.CUSTOMER_OUT, at(left, 0), customer=customer, group=0, a=0)
    # a stay of n days has ⌈n ÷ 5⌉ meetings of 10 minutes; the plan gives 10 + 2 n − 5
    held = sum(10 * -(-length // 5) for length, _ in stays)
    promised = sum(10 + 2 * length - 5 for length, _ in stays)
    assert parts(log.log(), "contact_minutes_share") == pytest.approx((held, promised))
    assert held == pytest.approx(promised, rel=0.02)


def test_costs_follow_time_in_post_days_a_week_and_the_figures_in_force() -> None:
    log = LogBuilder(days=28)
    for day in range(28):
        log.day(day, figures=1 if day < 14 else 2)
    log.coach_in(0).coach_in(1, weekdays=0b00111)
    log.admin(at(0, 17), at(0, 18), 1, Task.JOURNAL, 0, 1, 3600).add(Event.VACANCY_FILLED, at(20, 0), serial=2, start=0)
    log.booked(at(20, 9), at(21, 9), 1).held(at(21, 9), at(21, 9, 10), 1).close(1, presence=Presence.SICK, spell=SpellKind.SHORT)
    given = MeasureWith(money=(UnitCosts(36525, 20, 1000, 0), UnitCosts(73050, 20, 2000, 0.1)))
    made, years = log.log(), 28 / 365.25
    salaries = 1.6 * 14 * 100 + 1.6 * 14 * 200
    assert parts(made, "salary_cost_per_year_pounds", given=given) == pytest.approx((salaries, years))
    assert parts(made, "overtime_cost_per_year_pounds", given=given)[0] == pytest.approx(20)
    assert parts(made, "hiring_cost_per_year_pounds", given=given)[0] == pytest.approx(2000)
    assert parts(made, "cost_per_year_pounds", given=given)[0] == pytest.approx(salaries + 20 + 2000 + 0.1)
    assert parts(made, "cost_per_appointment_held_pounds", given=given)[1] == 1
    assert parts(made, "sickness_cost_per_year_pounds", given=given)[0] == pytest.approx(36525 / (5 * 365.25 / 7))
