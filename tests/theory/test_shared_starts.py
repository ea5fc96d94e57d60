"""Two bookings at one start, and booked customers seen by whoever is free: days worked out by hand, on both engines."""

from __future__ import annotations

import pytest

from jobcentre.model import events as ev
from jobcentre.model import simulate
from jobcentre.model.events import Event
from jobcentre.scenario import Scenario, load, vary

pytestmark = pytest.mark.theory

NINE, HALF, TEN_MINUTES = 9 * 3600, 1800, 600
SHORT = 1  # the group whose customers need ten minutes
ENGINES = ("compiled", "simpy")


def first_day(scenario: Scenario, run: int, engine: str) -> list[tuple[int, int, int, int]]:
    """(begin, end, coach, group) of each conversation of the first day, seconds counted from nine."""
    rows = simulate(scenario, seed=1, run=run, engine=engine).rows
    held = rows[(rows[:, ev.KIND] == Event.CONVERSATION) & (rows[:, ev.TIME] < 86_400)]
    return sorted((int(row[ev.START]) - NINE, int(row[ev.TIME]) - NINE, int(row[ev.COACH]), int(row[ev.GROUP])) for row in held)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_second_of_two_is_seen_after_the_first(engine: str) -> None:
    """Half an hour each: the second waits for half an hour."""
    assert first_day(load("two_at_one_start"), 0, engine) == [(0, HALF, 0, 0), (HALF, 2 * HALF, 0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_second_is_seen_at_once_when_the_first_does_not_come(engine: str) -> None:
    """One of the two comes four minutes late: the other is first, and it is the late one who waits, for 26 minutes."""
    late = {"groups.searching.late_share": 0.5, "conversation.late_minutes": {"mean": 4, "cv": 0, "family": "constant"}}
    scenario = vary(load("two_at_one_start"), late)
    for run in range(40):
        rows = simulate(scenario, seed=1, run=run, engine="compiled").rows
        held = rows[(rows[:, ev.KIND] == Event.CONVERSATION) & (rows[:, ev.TIME] < 86_400)]
        if sorted(held[:, ev.G].tolist()) == [0, 240] and held[0, ev.G] == 0:
            break
    else:
        pytest.fail("in none of 40 runs is one of the two late")
    assert first_day(scenario, run, engine) == [(0, HALF, 0, 0), (HALF, 2 * HALF, 0, 0)]
    assert held[1, ev.START] - held[1, ev.E] - held[1, ev.G] == 26 * 60


def test_no_second_booking_while_a_start_is_free() -> None:
    """With an hour of starts both customers have a start of their own."""
    wider = vary(load("two_at_one_start"), {"office.closes": "10:00"})
    assert first_day(wider, 0, "compiled") == [(0, HALF, 0, 0), (HALF, 2 * HALF, 0, 0)]
    rows = simulate(wider, seed=1, run=0).rows
    booked = rows[(rows[:, ev.KIND] == Event.BOOKED) & (rows[:, ev.START] < 86_400)]
    assert sorted((booked[:, ev.START] - NINE).tolist()) == [0, HALF]


@pytest.fixture(scope="module")
def parted() -> tuple[Scenario, int, int]:
    """A run in which one coach sees half an hour first and the other, who is free at ten past, waits in vain for theirs; that coach."""
    scenario = load("whoever_is_free")
    for run in range(60):
        rows = simulate(vary(scenario, {"diary.seen_by": "booked_coach"}), seed=1, run=run).rows
        today = rows[(rows[:, ev.TIME] < 86_400) & (rows[:, ev.TIME] >= NINE)]
        failed = today[today[:, ev.KIND] == Event.FAILED]
        first = today[(today[:, ev.KIND] == Event.CONVERSATION) & (today[:, ev.START] == NINE)]
        firsts = dict(zip(first[:, ev.COACH].tolist(), first[:, ev.GROUP].tolist(), strict=True))
        if len(failed) == 1 and firsts == {int(failed[0, ev.COACH]): SHORT, 1 - int(failed[0, ev.COACH]): 0}:
            return scenario, run, int(failed[0, ev.COACH])
    pytest.fail("in none of 60 runs does the day go so")


@pytest.mark.parametrize("engine", ENGINES)
def test_whoever_is_free_first_sees_who_waits(parted: tuple[Scenario, int, int], engine: str) -> None:
    """The colleague's second, of ten minutes, is booked for nine: seen at 9:10 by the coach who is free, or else at 9:30 by their own."""
    scenario, run, quick = parted
    other = 1 - quick
    by_hand = [(0, TEN_MINUTES, quick, SHORT), (0, HALF, other, 0)]
    assert first_day(scenario, run, engine) == sorted([*by_hand, (TEN_MINUTES, 2 * TEN_MINUTES, quick, SHORT)])
    alone = vary(scenario, {"diary.seen_by": "booked_coach"})
    assert first_day(alone, run, engine) == sorted([*by_hand, (HALF, HALF + TEN_MINUTES, other, SHORT)])


def test_who_is_taken_over_is_told(parted: tuple[Scenario, int, int]) -> None:
    """The log hands the booking over at 9:10."""
    scenario, run, quick = parted
    rows = simulate(scenario, seed=1, run=run).rows
    handed = rows[(rows[:, ev.KIND] == Event.COVERED) & (rows[:, ev.TIME] < 86_400)]
    assert [(int(row[ev.TIME]) - NINE, int(row[ev.COACH]), int(row[ev.A])) for row in handed] == [(TEN_MINUTES, quick, 1 - quick)]
