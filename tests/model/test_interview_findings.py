"""What customers of the Additional Work Coach Support said in interviews, in the log of an ordinary office: docs/interviews.md."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from jobcentre.model import EventLog, simulate
from jobcentre.model import events as ev
from jobcentre.model.events import REFERRAL_SHIFT, Event, ExitCause, Flag
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.invariants

MANY = 300  # rows that a statement is made of, at least
GROUPS = ("searching", "pre_wca", "lcw", "lcwra")
HEALTH = GROUPS[1:]


@cache
def ordinary() -> EventLog:
    """Two years of the baseline, with ten times as many volunteers so that there are enough of them to count."""
    return simulate(vary(load("baseline"), {"period.weeks": 104, "groups.lcwra.volunteers_per_month": 0.0047}), seed=3)


def rows(kind: Event, *groups: str) -> np.ndarray:
    log = ordinary()
    found = log.rows[log.rows[:, ev.KIND] == kind]
    return found[np.isin(found[:, ev.GROUP], [GROUPS.index(group) for group in groups])] if groups else found


def booked_lengths(group: str) -> set[tuple[int, int]]:
    """Minutes and working days between appointments of what was booked."""
    found = rows(Event.BOOKED, group)
    counted = {
        pair: int(np.sum((found[:, ev.A] == 60 * pair[0]) & (found[:, ev.B] == pair[1])))
        for pair in set(zip(found[:, ev.A] // 60, found[:, ev.B], strict=True))
    }
    return {(int(minutes), int(days)) for (minutes, days), n in counted.items() if n >= 20}


def odds_by(flag: Flag, also: Flag = Flag.HAS_LAST) -> tuple[float, float]:
    """Odds of failing with and without a flag, of those who have been seen before."""
    failed, held = (
        found[found[:, ev.D] & also == also][:, ev.D] & flag == flag for found in (rows(Event.FAILED), rows(Event.CONVERSATION))
    )
    assert min(failed.sum(), held.sum()) >= MANY
    return failed.sum() / held.sum(), (~failed).sum() / (~held).sum()


def test_support_follows_distance_from_work_and_health_and_not_the_group() -> None:
    """Before a decision from 30 minutes a fortnight down to ten a month; a meeting of 22 minutes comes first (findings 3, 4, 5, 10)."""
    assert {(30, 10), (25, 15), (10, 22), (22, 22)} <= booked_lengths("pre_wca")


def test_a_review_comes_before_support() -> None:
    """Nobody awaiting a decision has support before an appointment of the first phase was held (finding 10)."""
    booked = rows(Event.BOOKED, "pre_wca")
    met = {int(row[ev.CUSTOMER]) for row in booked if row[ev.D] == 0}
    came = rows(Event.CUSTOMER_IN, "pre_wca")
    new = {int(row[ev.CUSTOMER]) for row in came if row[ev.A] == 1}
    later = {int(row[ev.CUSTOMER]) for row in booked if row[ev.D] > 0} & new
    assert len(later) > 50
    assert later <= met


def test_contact_steps_down_after_a_first_phase() -> None:
    """30 minutes a fortnight and then 20 a month; voluntary contact more at first, then every six weeks or ten minutes (6, 7, 8)."""
    assert {(30, 10), (20, 22)} <= booked_lengths("lcw")
    assert {(30, 20), (20, 30), (10, 30)} <= booked_lengths("lcwra")


def test_a_customers_channel_is_mostly_the_same() -> None:
    """Of two health appointments that follow each other nine in ten and more are by the same channel; drawn anew it would be under half (13)."""
    held = rows(Event.CONVERSATION, *HEALTH)
    held = held[np.argsort(held[:, ev.CUSTOMER], kind="stable")]
    channel = held[:, ev.D] & (Flag.TELEPHONE | Flag.VIDEO)
    next_one = held[1:, ev.CUSTOMER] == held[:-1, ev.CUSTOMER]
    same = (channel[1:] == channel[:-1])[next_one]
    assert len(same) >= MANY
    assert same.mean() > 0.85
    assert np.mean(channel[:, None] == channel[None, :500]) < 0.55


def test_health_customers_rearrange_more_often() -> None:
    """At short notice, and more often than jobseekers do (16)."""
    shares = []
    for groups in (("searching",), HEALTH):
        moved, ended = len(rows(Event.REARRANGED, *groups)), sum(len(rows(kind, *groups)) for kind in (Event.CONVERSATION, Event.FAILED))
        assert moved >= MANY
        shares.append(moved / (moved + ended))
    assert shares[1] > 1.3 * shares[0]


def test_another_coach_has_to_read_in_and_more_customers_fail() -> None:
    """With another coach the conversation needs more and the odds of failing are higher (17, 18)."""
    held = rows(Event.CONVERSATION)
    seen = held[held[:, ev.D] & Flag.HAS_LAST > 0]
    ordinary_review = (seen[:, ev.A] == 600) & (seen[:, ev.D] & (Flag.COMPLEX | Flag.FIRST_MEETING) == 0)
    other = seen[:, ev.D] & Flag.SAME_COACH == 0
    more = seen[ordinary_review & other][:, ev.B].mean() - seen[ordinary_review & ~other][:, ev.B].mean()
    assert more / 60 == pytest.approx(4.0, abs=0.3)  # conversation.reading_in_minutes
    same, others = odds_by(Flag.SAME_COACH)
    assert others > same


def test_who_was_seen_in_haste_or_late_fails_more_often() -> None:
    """The next appointment after a rushed or late one (19), and one seen later than planned (20), is missed more often."""
    after, without = odds_by(Flag.LAST_POOR)
    assert after > without
    failed = rows(Event.FAILED)
    late, in_time = failed[failed[:, ev.C] >= 3], failed[failed[:, ev.C] <= 0]
    assert len(late) >= 20
    assert late[:, ev.B].mean() > in_time[:, ev.B].mean()  # the chance of failing of those who did


def test_health_customers_are_sent_to_health_services_and_help_with_money_most() -> None:
    """Signposting is most of it, then money and purchases; advisers and programmes are rare (24, 25, 26, 29, 30)."""
    held = rows(Event.CONVERSATION, *HEALTH)
    kinds = held[held[:, ev.D] & Flag.REFERRAL > 0][:, ev.D] >> REFERRAL_SHIFT
    names = list(load("baseline").settings.referrals)
    share = {name: np.mean(kinds == 1 + place) for place, name in enumerate(names)}
    assert len(kinds) >= MANY
    assert share["health"] > share["money"] > share["purchase"] > share["programme"] > 0
    assert share["disability_adviser"] + share["access_to_work"] + share["programme"] < 0.2
    assert len(kinds) / len(held) > 0.08


def test_a_programme_pauses_contact() -> None:
    """Months without an appointment after some referrals (31)."""
    assert len(rows(Event.PAUSED)) > 50


def test_most_who_move_beyond_work_related_activity_lose_contact() -> None:
    """Support ends with that decision for nine in ten (34)."""
    out, moved = rows(Event.CUSTOMER_OUT), rows(Event.CUSTOMER_MOVED, "lcwra")
    ended = int(np.sum(out[:, ev.A] == ExitCause.NO_SUPPORT))
    assert ended >= MANY
    assert ended / (ended + len(moved)) == pytest.approx(0.925, abs=0.03)


def test_a_small_minority_leaves_for_work() -> None:
    """Of health customers about one in a hundred a month, of jobseekers eight (41)."""
    first = list(load("baseline").settings.groups["lcw"].exits).index("into_work")
    out = rows(Event.CUSTOMER_OUT, "lcw")
    days = 22 * 23 * (26 + 104) * 7  # the stock and the length of the run
    assert np.sum(out[:, ev.A] == first) / (days / 30.4375) == pytest.approx(0.01, abs=0.002)


def test_a_coach_makes_time_when_more_is_needed() -> None:
    """A conversation that needs more than planned runs on, up to a quarter of an hour into the next booking (45)."""
    held = rows(Event.CONVERSATION)
    needs_more = held[held[:, ev.B] > held[:, ev.A] + 120]
    lasted = needs_more[:, ev.TIME] - needs_more[:, ev.START]
    assert len(needs_more) >= MANY
    assert np.mean(lasted > needs_more[:, ev.A]) > 0.8
