"""One coach's day, written out by hand before it is played: scenarios/theory/hand_worked_day.yaml.

Customers 0 and 1 search for work, 2 awaits a decision and is complex, 3, 4 and 5 have limited capability and need half as
much again as planned, 6 and 7 do not come. All are due on the first day and are booked in this order at the first start
that fits, 35, 20, 40 and 20 minutes long, not across lunch (12:00 to 13:00):

    09:20 customer 0    09:55 customer 1    10:30 customer 2    10:50 customer 3    11:30 customer 6
    13:00 customer 4    13:40 customer 5    14:20 customer 7

(3 ends at 11:30, so that 4 does not fit before lunch; 6, with 20 minutes, does.)
"""

from __future__ import annotations

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Flag, Task
from jobcentre.scenario import load, vary
from support.log_checks import check_log

pytestmark = pytest.mark.theory

SEED = 411  # the order drawn is the one above, and customers 6 and 7, who fail to attend with a chance of 95 % each, both do
DAY, MINUTE = 86_400, 60
SEARCHING, PRE_WCA, LCW, LCWRA = range(4)
GROUP = (SEARCHING, SEARCHING, PRE_WCA, LCW, LCW, LCW, LCWRA, LCWRA)
PLANNED = (35, 35, 20, 40, 40, 40, 20, 20)


def at(clock: str, day: int = 0) -> int:
    hours, minutes = clock.split(":")
    return day * DAY + int(hours) * 3600 + int(minutes) * MINUTE


def row(time: int, kind: Event, customer: int = -1, start: int = -1, serial: int = -1, group: int = -1, **more: int) -> list[int]:
    rest = [more.get(name, -1) for name in "abcdefg"]
    return [time, int(kind), 0, customer, GROUP[customer] if customer >= 0 else group, start, serial, *rest]


def booked(now: str, customer: int, booking: int, day: int, start: str) -> list[int]:
    """A booking on its due day, one working day after the last one, with the own coach."""
    return row(
        at(now), Event.BOOKED, customer, at(start, day), booking, a=PLANNED[customer] * MINUTE, b=1, c=day, d=0, e=0, f=0
    )  # fmt: skip


def held(customer: int, due_at: str, start: str, end: str, need: int, unmet: int = 0, flags: int = 0, late: int = 0) -> list[int]:
    """A conversation; its booking has the customer's place in the order of booking, 0 to 7, as its number."""
    return row(
        at(end), Event.CONVERSATION, customer, at(start), customer,
        a=PLANNED[customer] * MINUTE, b=need * MINUTE, c=unmet * MINUTE, d=flags, e=at(due_at), f=0, g=late * MINUTE,
    )  # fmt: skip


def made(now: str, customer: int, task: int, kind: Task, minutes: int) -> list[int]:
    return row(at(now), Event.TASK_MADE, customer, -1, task, a=kind, b=minutes * MINUTE, c=1)


def admin(start: str, end: str, customer: int, task: int, kind: Task, made_at: str, minutes: int, begun: int, done: int) -> list[int]:
    return row(
        at(end), Event.ADMIN, customer, at(start), task,
        a=kind, b=done, c=at(made_at), d=1, e=minutes * MINUTE, f=begun,
    )  # fmt: skip


def failed(now: str, customer: int, start: str) -> list[int]:
    """Of the last group everybody fails; nothing else is known beforehand."""
    return row(at(now), Event.FAILED, customer, at(start), customer, a=PLANNED[customer] * MINUTE, b=1_000_000, c=0, d=0, f=0)


def stretch(kind: Event, start: str, end: str) -> list[int]:
    return row(at(end), kind, -1, at(start))


HELD, FAILED, CONCERN = Task.HELD, Task.FAILED, Task.SAFEGUARDING

EXPECTED = [
    stretch(Event.MEETING, "09:00", "09:20"),
    # Customer 0 needs 0.8 × 35 = 28 minutes. 45 minutes of admin begin and give way to 09:55: 7 done, 38 left.
    held(0, "09:20", "09:20", "09:48", need=28),
    made("09:48", 0, 0, HELD, 45),
    booked("09:48", 0, 8, 1, "09:20"),
    admin("09:48", "09:55", 0, 0, HELD, "09:48", 45, begun=1, done=0),
    held(1, "09:55", "09:55", "10:23", need=28),
    made("10:23", 1, 1, HELD, 45),
    booked("10:23", 1, 9, 1, "09:55"),
    admin("10:23", "10:30", 0, 0, HELD, "09:48", 45, begun=0, done=0),  # first in, first out; 31 left
    # Customer 2 is 4 minutes late: admin until then (27 left). Needs 0.9 × 20 = 18 minutes: 2 into customer 3's time.
    admin("10:30", "10:34", 0, 0, HELD, "09:48", 45, begun=0, done=0),
    held(2, "10:30", "10:34", "10:52", need=18, flags=Flag.COMPLEX | Flag.LATE | Flag.SAFEGUARDING, late=4),
    made("10:52", 2, 2, HELD, 54),  # complex: 45 × 1.2
    made("10:52", 2, 3, CONCERN, 24),  # 20 × 1.2, due the next working day
    booked("10:52", 2, 10, 1, "10:30"),
    # Customer 3 needs 1.5 × 40 = 60 minutes, but customer 6 is booked for 11:30 and 5 minutes are the grace:
    # cut at 11:35 after 43, 17 unmet, more than a fifth of the need: rushed.
    held(3, "10:50", "10:52", "11:35", need=60, unmet=17, flags=Flag.RUSHED),
    made("11:35", 3, 4, HELD, 45),
    booked("11:35", 3, 11, 1, "10:50"),
    # Nobody is there at 11:35; until customer 6 has failed at 11:40 the coach does admin, safeguarding first: 19 left.
    admin("11:35", "11:40", 2, 3, CONCERN, "10:52", 24, begun=1, done=0),
    failed("11:40", 6, "11:30"),
    made("11:40", 6, 5, FAILED, 30),
    booked("11:40", 6, 12, 2, "09:20"),  # due again two working days later
    admin("11:40", "11:59", 2, 3, CONCERN, "10:52", 24, begun=0, done=1),
    stretch(Event.IDLE, "11:59", "12:00"),  # a minute is no useful gap
    # At noon 27 + 45 + 54 + 45 + 30 = 201 minutes are left; free are 240 − 40 − 40 − 20 = 140, and the threshold is 30.
    admin("12:00", "12:25", 0, 0, HELD, "09:48", 45, begun=0, done=0),  # 25 minutes of lunch worked; 2 left
    stretch(Event.LUNCH, "12:25", "13:00"),
    # 60 needed, customer 5 booked for 13:40: cut at 13:45, 15 unmet, a quarter of the need.
    held(4, "13:00", "13:00", "13:45", need=60, unmet=15, flags=Flag.RUSHED),
    made("13:45", 4, 6, HELD, 45),
    booked("13:45", 4, 13, 1, "13:00"),  # on day 1, 11:30 to 12:10 would cross into lunch
    # Begun 5 minutes late; customer 7 is booked for 14:20: cut at 14:25 after 40.
    held(5, "13:40", "13:45", "14:25", need=60, unmet=20, flags=Flag.RUSHED),
    made("14:25", 5, 7, HELD, 45),
    booked("14:25", 5, 14, 1, "13:40"),
    admin("14:25", "14:27", 0, 0, HELD, "09:48", 45, begun=0, done=1),
    admin("14:27", "14:30", 1, 1, HELD, "10:23", 45, begun=1, done=0),  # broken off: customer 7 has failed
    failed("14:30", 7, "14:20"),
    made("14:30", 7, 8, FAILED, 30),
    booked("14:30", 7, 15, 2, "09:40"),  # after customer 6
    admin("14:30", "15:12", 1, 1, HELD, "10:23", 45, begun=0, done=1),
    admin("15:12", "16:06", 2, 2, HELD, "10:52", 54, begun=1, done=1),
    admin("16:06", "16:51", 3, 4, HELD, "11:35", 45, begun=1, done=1),
    admin("16:51", "17:00", 6, 5, FAILED, "11:40", 30, begun=1, done=0),  # finish: 21 left
    # At finish 21 + 45 + 45 + 30 = 141 minutes are left, above the threshold of 30: 20 minutes of overtime, the most.
    admin("17:00", "17:20", 6, 5, FAILED, "11:40", 30, begun=0, done=0),  # 1 left
]

WORKED = 3 * 60 - 1 + 25 + 4 * 60 + 20  # morning less a minute idle, lunch, afternoon, overtime: 464
BACKLOG = 1 + 45 + 45 + 30  # 121, of which 60 count
LOAD = (WORKED + 60) / 420  # 1.2476
# Lunch worked 0.1; 3 of 6 conversations rushed, 0.2 × ½; a third of an hour of overtime at 0.3; no concern left over.
# The coach's sensitivity is 1 and support 0.8.
PRESSURE = (LOAD - 0.9 + 0.1 + 0.2 * 3 / 6 + 0.3 * 20 / 60) / 0.8  # 0.8095
STRAIN = PRESSURE * (1 - 0.5 ** (1 / 7))  # from 0, with a half-life of 7 days: 0.0763


def test_the_signs_of_the_day_by_hand() -> None:
    assert (WORKED, BACKLOG) == (464, 121)
    assert LOAD == pytest.approx(1.247619, abs=1e-6)
    assert PRESSURE == pytest.approx(0.809524, abs=1e-6)
    assert STRAIN == pytest.approx(0.076319, abs=1e-6)


def first_day(engine: str) -> tuple[list[list[int]], list[list[int]]]:
    """Rows of the first day after the row that opens it, and those that close it."""
    rows = play(prepare(load("hand_worked_day")), SEED, 0, engine).rows  # type: ignore[arg-type]
    days = np.flatnonzero(rows[:, ev.KIND] == Event.DAY)
    today = rows[days[0] + 1 : days[1]]
    return today[today[:, ev.TIME] < DAY].tolist(), today[today[:, ev.TIME] == DAY].tolist()


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_every_row_of_the_day(engine: str) -> None:
    found, _ = first_day(engine)
    for one, wanted in zip(found, EXPECTED, strict=False):
        assert one == wanted
    assert len(found) == len(EXPECTED)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_close_of_the_day(engine: str) -> None:
    _, close = first_day(engine)
    assert close == [
        [
            DAY, int(Event.COACH_DAY), 0, 22, -1, 0, 0,
            0, 420 * MINUTE, WORKED * MINUTE, BACKLOG * MINUTE, round(STRAIN * 1e6), round(PRESSURE * 1e6), 0,
        ]
    ]  # fmt: skip


def test_the_bookings_the_day_began_with() -> None:
    rows = play(prepare(load("hand_worked_day")), SEED, 0).rows
    booked_rows = rows[(rows[:, ev.KIND] == Event.BOOKED) & (rows[:, ev.TIME] == 0)]
    starts = ("09:20", "09:55", "10:30", "10:50", "13:00", "13:40", "11:30", "14:20")
    assert booked_rows.tolist() == [booked("00:00", customer, customer, 0, start) for customer, start in enumerate(starts)]


def test_the_ledger_adds_up() -> None:
    """Minutes by activity make eight hours and twenty minutes, and follow one another without a gap."""
    kinds = (Event.MEETING, Event.CONVERSATION, Event.ADMIN, Event.IDLE, Event.LUNCH)
    found, _ = first_day("compiled")
    work = [one for one in found if one[ev.KIND] in [int(kind) for kind in kinds]]
    minutes = {kind: sum(one[ev.TIME] - one[ev.START] for one in work if one[ev.KIND] == kind) / MINUTE for kind in kinds}
    assert minutes == {
        Event.MEETING: 20,
        Event.CONVERSATION: 28 + 28 + 18 + 43 + 45 + 40,
        Event.ADMIN: 464 - 20 - 202,
        Event.IDLE: 1,
        Event.LUNCH: 35,
    }
    assert [one[ev.START] for one in work] == [at("09:00"), *[one[ev.TIME] for one in work[:-1]]]
    assert work[-1][ev.TIME] == at("17:20")


def test_nothing_is_wrong_with_the_whole_log() -> None:
    assert check_log(play(prepare(load("hand_worked_day")), SEED, 0)) == []


def test_the_next_booking_counts_as_booked_even_if_its_customer_already_waits() -> None:
    """Four appointments of 5 minutes from 13:00 on, 15 minutes needed each, a grace of 10, never below 1.

    The first runs to 13:15, 10 minutes into the second's time. From then on the next customer has always been waiting:
    at 13:15 the next start, 13:10, is 5 minutes past, so 10 − 5 = 5 minutes are left; again at 13:20. The last has none
    after it and gets 15.
    """
    figures = {
        "office.meeting_minutes": 20,
        "groups.searching.stock_per_post": 4,
        "groups.searching.need": {"mean": 3, "cv": 0, "family": "constant"},
        "groups.searching.plans.fortnightly.phases.later.minutes": 5,
        "groups.pre_wca.stock_per_post": 0,
        "groups.lcw.stock_per_post": 0,
        "groups.lcwra.stock_per_post": 0,
        "diary.protected_admin_minutes": 160,
        "diary.protected_admin_start": "09:20",
        "conversation.grace_minutes": 10,
        "conversation.shortest_minutes": 1,
    }
    rows = play(prepare(vary(load("hand_worked_day"), figures)), SEED, 0).rows
    talks = rows[(rows[:, ev.KIND] == Event.CONVERSATION) & (rows[:, ev.TIME] < DAY)]
    assert talks[:, ev.E].tolist() == [at(clock) for clock in ("13:00", "13:05", "13:10", "13:15")]
    assert talks[:, ev.START].tolist() == [at(clock) for clock in ("13:00", "13:15", "13:20", "13:25")]
    assert talks[:, ev.TIME].tolist() == [at(clock) for clock in ("13:15", "13:20", "13:25", "13:40")]
    assert talks[:, ev.C].tolist() == [0, 10 * MINUTE, 10 * MINUTE, 0]
