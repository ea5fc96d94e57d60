"""Movements on a date: nothing before it changes, as many go and come as were named, and whoever is lent goes back."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pytest

from jobcentre.metrics import measure, measure_with
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import AssignedBy, CameFrom, Event, EventLog, ExitCause, LeavingCause, Presence
from jobcentre.scenario import Scenario, ScenarioError, load, vary
from support.log_checks import check_log

pytestmark = pytest.mark.rules

DAY = 86_400
SATURDAY, MONDAY, UNTIL = "2024-03-02", dt.date(2024, 3, 4), dt.date(2024, 5, 31)
MOVED: dict[str, dict[str, Any]] = {
    "four leave": {"leave": 4},
    "two of under a year leave": {"leave": 2, "service": "under_a_year"},
    "two are lent": {"join": 2, "until": str(UNTIL)},
    "two come to be trained": {"join": 2, "trained": False},
    "three are away": {"absent": 3, "until": str(UNTIL)},
    "customers move in and out": {"customers": {"searching": 300, "pre_wca": -50}},
    "all of it": {"leave": 2, "join": 1, "absent": 1, "until": str(UNTIL), "customers": {"lcw": -20, "searching": 40}},
}


@cache
def office() -> Scenario:
    """The baseline, over a few weeks less."""
    return vary(load("baseline"), {"period.warmup_weeks": 4, "period.weeks": 36, "office.coaches": 12, "demand.posts": 12})


@cache
def log_of(name: str = "") -> EventLog:
    """The office with a movement on a Saturday, so that it takes place on the Monday after it."""
    scenario = office()
    if name:
        scenario = vary(scenario, {"movements.it": {"date": SATURDAY, **MOVED[name]}})
    log = play(prepare(scenario), 3, 0)
    assert check_log(log) == []
    return log


def day_number(date: dt.date) -> int:
    return (date - prepare(office()).first_day).days


def of(log: EventLog, kind: Event, day: int | None = None) -> np.ndarray:
    rows = log.rows[log.rows[:, ev.KIND] == kind]
    return rows if day is None else rows[rows[:, ev.TIME] == day * DAY]


@pytest.mark.parametrize("name", MOVED)
def test_rows_before_the_day_are_those_without_the_movement(name: str) -> None:
    begin = day_number(MONDAY) * DAY
    before, ordinary = (log.rows[log.rows[:, ev.TIME] < begin] for log in (log_of(name), log_of()))
    assert np.array_equal(before, ordinary)
    assert not np.array_equal(log_of(name).rows[: len(ordinary) + 2000], log_of().rows[: len(ordinary) + 2000])


def test_four_leave_that_morning_and_their_posts_are_filled_again() -> None:
    log, day = log_of("four leave"), day_number(MONDAY)
    gone = of(log, Event.NOTICE, day)
    gone = gone[gone[:, ev.C] == LeavingCause.MOVEMENT]
    assert len(gone) == len(set(gone[:, ev.COACH])) == 4
    assert set(gone[:, ev.COACH]) <= set(of(log, Event.COACH_OUT, day)[:, ev.COACH])
    assert set(gone[:, ev.SERIAL]) <= set(of(log, Event.VACANCY_OPEN, day)[:, ev.SERIAL])
    handed = of(log, Event.ASSIGNED, day)
    handed = handed[handed[:, ev.A] == AssignedBy.LEAVER]
    assert set(handed[:, ev.B]) <= set(gone[:, ev.COACH])
    assert len(set(handed[:, ev.B])) >= 3, "one of them may be in training"
    assert not set(handed[:, ev.COACH]) & set(gone[:, ev.COACH]), "nobody goes to a coach who is gone"
    measured = measure(log, measure_with(office()))
    assert measured["left_by_movement", None] == (4, 1)
    assert measured["leavers", None][0] == np.sum(
        of(log, Event.NOTICE)[of(log, Event.NOTICE)[:, ev.TIME] >= log.rows[0, ev.START], ev.C] != 4
    )


def test_only_coaches_with_under_a_years_service_leave_where_that_is_asked() -> None:
    log, day = log_of("two of under a year leave"), day_number(MONDAY)
    service = {int(row[ev.COACH]): int(row[ev.A]) for row in of(log, Event.COACH_IN)}
    gone = of(log, Event.NOTICE, day)
    gone = gone[gone[:, ev.C] == LeavingCause.MOVEMENT]
    assert 0 < len(gone) <= 2
    assert all(day - service[int(coach)] < 365 for coach in gone[:, ev.COACH])


def test_whoever_is_lent_works_at_once_and_goes_back_without_notice() -> None:
    log, day, last = log_of("two are lent"), day_number(MONDAY), day_number(UNTIL)
    came = of(log, Event.COACH_IN, day)
    lent = set(came[came[:, ev.F] == 1, ev.COACH])
    assert len(lent) == 2
    held = of(log, Event.CONVERSATION)
    held = held[np.isin(held[:, ev.COACH], list(lent))]
    assert held[:, ev.TIME].min() < (day + 14) * DAY
    out = of(log, Event.COACH_OUT)
    out = out[np.isin(out[:, ev.COACH], list(lent))]
    assert set(out[:, ev.TIME] // DAY) == {last + 1}
    assert not set(of(log, Event.NOTICE)[:, ev.COACH]) & lent
    given = of(log, Event.ASSIGNED)
    late = given[np.isin(given[:, ev.COACH], list(lent)) & (given[:, ev.TIME] // DAY > last - 28)]
    assert len(late) == 0, "no new customers in the weeks before they go"
    posts = {int(row[ev.SERIAL]) for row in of(log, Event.VACANCY_OPEN)}
    assert max(posts, default=0) < 12, "nobody is sought for the place of somebody who was lent"


def test_lent_coaches_are_there_for_as_many_coach_days_as_the_calendar_says() -> None:
    """From Monday 4 March to Friday 31 May 2024 there are 89 days: two are 178 days of a coach."""
    with_them, without = (measure(log, measure_with(office()))["coaches_in_post", None] for log in (log_of("two are lent"), log_of()))
    extra = with_them[0] - without[0]
    leavers = [of(log, Event.NOTICE)[:, [ev.TIME, ev.SERIAL]].tolist() for log in (log_of("two are lent"), log_of())]
    if leavers[0] == leavers[1]:
        assert extra == 178


def test_who_comes_to_be_trained_is_trained_first() -> None:
    log, day = log_of("two come to be trained"), day_number(MONDAY)
    came = of(log, Event.COACH_IN, day)
    new = came[(came[:, ev.F] == 1) & (came[:, ev.C] == 0), ev.COACH]
    assert len(new) == 2
    trained = of(log, Event.TRAINED)
    assert set(new) <= set(trained[:, ev.COACH])
    held = of(log, Event.CONVERSATION)
    first = {int(coach): int(held[held[:, ev.COACH] == coach, ev.TIME].min()) for coach in new}
    ended = {int(row[ev.COACH]): int(row[ev.TIME]) for row in trained}
    assert all(first[coach] >= ended[coach] for coach in first)


def test_three_are_away_until_they_come_back() -> None:
    log, day, last = log_of("three are away"), day_number(MONDAY), day_number(UNTIL)
    closes = of(log, Event.COACH_DAY)
    away = closes[closes[:, ev.A] == Presence.POSTED]
    assert set(away[:, ev.START] // DAY) <= set(range(day, last + 1))
    counts = np.unique(away[:, ev.COACH], return_counts=True)
    assert len(counts[0]) == 3
    at_work = closes[np.isin(closes[:, ev.COACH], counts[0]) & (closes[:, ev.A] == Presence.PRESENT)]
    inside = (at_work[:, ev.START] // DAY >= day) & (at_work[:, ev.START] // DAY <= last)
    assert not inside.any()
    assert (at_work[:, ev.START] // DAY > last).any()


def test_customers_move_in_and_out_and_nobody_is_lost() -> None:
    log, day = log_of("customers move in and out"), day_number(MONDAY)
    came, went = of(log, Event.CUSTOMER_IN, day), of(log, Event.CUSTOMER_OUT, day)
    assert np.sum((came[:, ev.A] == CameFrom.MOVEMENT) & (came[:, ev.GROUP] == 0)) == 300
    assert np.sum((went[:, ev.A] == ExitCause.MOVEMENT) & (went[:, ev.GROUP] == 1)) == 50
    identities = of(log, Event.CUSTOMER_IN)[:, [ev.GROUP, ev.D, ev.E]]
    assert len(np.unique(identities, axis=0)) == len(identities)
    # whoever starts in the usual way that day is who would have started without the movement
    usual = came[came[:, ev.A] == CameFrom.NEW_START][:, [ev.GROUP, ev.D, ev.E]]
    ordinary = of(log_of(), Event.CUSTOMER_IN, day)
    assert np.array_equal(usual, ordinary[ordinary[:, ev.A] == CameFrom.NEW_START][:, [ev.GROUP, ev.D, ev.E]])


@pytest.mark.parametrize(
    ("movement", "message"),
    [
        ({"date": "2031-01-06", "leave": 1}, "movements.it.date: 2031-01-06 lies outside the 52 counted weeks"),
        ({"date": SATURDAY, "leave": 24}, "movements.it.leave: is 24, more than the office has coaches"),
        ({"date": SATURDAY, "absent": 24, "until": str(UNTIL)}, "movements.it.absent: is 24, more than the office has coaches"),
        ({"date": SATURDAY, "join": 2, "until": "2031-01-06"}, "movements.it.until: 2031-01-06 lies outside"),
        ({"date": SATURDAY, "join": 2, "until": "2024-03-01"}, "movements.it.until: is 2024-03-01, before the date"),
        ({"date": SATURDAY, "absent": 2}, "movements.it.until: is missing: whoever is away comes back"),
        ({"date": SATURDAY, "leave": 2, "until": str(UNTIL)}, "movements.it.until: is given, but nobody joins or is away"),
        ({"date": SATURDAY, "customers": {"serching": 5}}, "movements.it.customers.serching: there is no group `serching`"),
        ({"date": SATURDAY, "customers": {"searching": 2.5}}, "movements.it.customers.searching: is 2.5 but must be a whole number"),
        ({"leave": 2}, "movements.it.date"),
    ],
)  # fmt: skip
def test_a_movement_that_cannot_be_is_refused(movement: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as error:
        vary(load("baseline"), {"movements.it": movement})
    assert message in str(error.value)


def test_more_coaches_than_an_instant_can_put_in_order_are_refused() -> None:
    """Each has twelve bits there: 23 posts and 4,073 who join fit, one more would take the turn of somebody else."""
    many = {f"movements.m{number}": {"date": SATURDAY, "join": 1000} for number in range(4)}
    vary(load("baseline"), {**many, "movements.last": {"date": SATURDAY, "join": 73}})
    with pytest.raises(ScenarioError) as error:
        vary(load("baseline"), {**many, "movements.last": {"date": SATURDAY, "join": 74}})
    assert "movements.last.join: with it 23 posts and 4,074 who join are more than the 4,096 coaches" in str(error.value)
