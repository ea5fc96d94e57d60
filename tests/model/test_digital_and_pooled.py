"""Reviews that pass without a coach do so one by one on their due days, and groups are booked with whom they should be."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, EventLog, How
from support.log_checks import check_log
from support.short_scenarios import ordinary

pytestmark = pytest.mark.rules

DAY = 86_400
EVERY = 10
#: One group whose reviews are all of low need and fortnightly; nobody is complex, and few leave.
REVIEWED = {
    "period.weeks": 12, "groups.searching.complex_share": 0, "groups.searching.exits.into_work.per_month": 0.3,
    "groups.searching.exits.health_worsens.per_month": 0.1, "groups.searching.plans.fortnightly.share": 1.0,
    "groups.searching.plans.weekly.share": 0.0, "groups.searching.plans.fortnightly.phases.early.every_days": EVERY,
    "groups.searching.plans.fortnightly.phases.later.every_days": EVERY, "groups.searching.plans.fortnightly.phases.early.low_need": True,
    "groups.searching.plans.fortnightly.phases.later.low_need": True,
}  # fmt: skip


@cache
def log_of(share: float) -> EventLog:
    """A log with so large a share of reviews without a coach."""
    log = play(prepare(ordinary(**REVIEWED, **{"policies.digital.share": share})), 1, 0)
    assert check_log(log) == []
    return log


def rows_of(log: EventLog, *kinds: Event) -> np.ndarray:
    return log.rows[np.isin(log.rows[:, ev.KIND], kinds)]


@pytest.mark.parametrize("share", [0.5, 0.95, 1.0])
def test_a_review_without_a_coach_passes_on_its_due_day(share: float) -> None:
    digital = rows_of(log_of(share), Event.DIGITAL)
    assert len(digital) > 300
    assert np.array_equal(digital[:, ev.TIME], DAY * digital[:, ev.F])


def test_one_review_at_a_time_passes_while_the_customer_is_here() -> None:
    """With a share of 1, two reviews of a customer lie an interval apart, and nobody has one after leaving."""
    log = log_of(1.0)
    digital, out = rows_of(log, Event.DIGITAL), rows_of(log, Event.CUSTOMER_OUT)
    working = {int(day): number for number, day in enumerate(rows_of(log, Event.DAY)[rows_of(log, Event.DAY)[:, ev.A] == 1][:, ev.D])}
    left = dict(zip(out[:, ev.CUSTOMER].tolist(), out[:, ev.TIME].tolist(), strict=True))
    gaps = set()
    for customer in np.unique(digital[:, ev.CUSTOMER]).tolist():
        days = digital[digital[:, ev.CUSTOMER] == customer][:, ev.F]
        gaps |= set(np.diff([working[day] for day in days.tolist()]).tolist())
        assert digital[digital[:, ev.CUSTOMER] == customer][-1, ev.TIME] < left.get(customer, 1 << 40)
    assert EVERY in gaps
    assert min(gaps) >= EVERY


def test_whoever_leaves_before_a_review_without_a_coach_no_longer_needs_it() -> None:
    """Each customer who leaves while nothing is booked had a due date, and it ends as no longer needed."""
    log = log_of(1.0)
    out, ended = rows_of(log, Event.CUSTOMER_OUT), rows_of(log, Event.NOT_NEEDED)
    only_due = ended[ended[:, ev.SERIAL] == -1]
    assert len(only_due) > 20
    assert set(zip(only_due[:, ev.CUSTOMER], only_due[:, ev.TIME], strict=True)) <= set(
        zip(out[:, ev.CUSTOMER], out[:, ev.TIME], strict=True)
    )
    assert np.all(only_due[:, ev.F] * DAY >= only_due[:, ev.TIME])


def test_the_share_is_that_of_the_reviews_of_low_need() -> None:
    """Each time a review is due a number is drawn: from the fourth week on half of them pass without a coach, within chance."""
    booked = rows_of(log_of(0.5), Event.BOOKED)
    with_coach = np.sum((booked[:, ev.B] == EVERY) & (booked[:, ev.TIME] > 20 * DAY))
    without = np.sum(rows_of(log_of(0.5), Event.DIGITAL)[:, ev.TIME] > 20 * DAY)
    both = with_coach + without
    assert both > 1000
    assert abs(without / both - 0.5) < 3 * np.sqrt(0.25 / both)


def booked_with(rule: str, **values: Any) -> EventLog:
    full = {"diary.appointments_per_day": 14, "period.weeks": 6, "groups.searching.booked_with": rule}
    return play(prepare(ordinary(**full, **values)), 1, 0)


@pytest.mark.parametrize(("rule", "any_coach", "seen"), [
    ("own_first", True, {How.OWN, How.COLLEAGUE}), ("own_first", False, {How.OWN, How.OWN_LATE}),
    ("own_only", True, {How.OWN, How.OWN_LATE}), ("pooled", False, {How.COLLEAGUE}),
])  # fmt: skip
def test_groups_are_booked_by_their_rule_whatever_the_office_allows(rule: str, any_coach: bool, seen: set[How]) -> None:
    log = booked_with(rule, **{"diary.any_coach": any_coach})
    booked = rows_of(log, Event.BOOKED)
    group = log.group_names.index("searching")
    ways = set(booked[booked[:, ev.GROUP] == group][:, ev.E].tolist())
    assert seen <= ways
    assert ways <= seen | {How.OWN_LATE}


def test_a_pool_takes_the_earliest_day_and_then_the_coach_with_fewest_booked() -> None:
    """Ordinary booking waits for the own coach within the tolerance; a pool books nobody later than that would."""
    late = [rows_of(booked_with(rule), Event.BOOKED)[:, ev.F].mean() for rule in ("pooled", "own_first", "own_only")]
    assert late == sorted(late)
    assert late[0] < late[1]


def test_the_rule_may_differ_from_group_to_group() -> None:
    log = booked_with("pooled", **{"groups.waiting.booked_with": "own_only"})
    booked = rows_of(log, Event.BOOKED)
    ways = [set(booked[booked[:, ev.GROUP] == group][:, ev.E].tolist()) for group in range(2)]
    assert How.OWN not in ways[log.group_names.index("searching")]
    assert How.COLLEAGUE not in ways[log.group_names.index("waiting")]
