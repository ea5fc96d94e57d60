"""Two bookings at one start, and booked customers seen by whoever is free: days worked out by hand, on both engines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import simulate
from jobcentre.model.events import Event, Flag, How
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


def run_in_which(scenario: Scenario, happens: Callable[[np.ndarray], bool]) -> int:
    """The first run on whose first day something happens that is left to chance."""
    for run in range(60):
        rows = simulate(scenario, seed=1, run=run).rows
        if happens(rows[rows[:, ev.TIME] < 86_400]):
            return run
    pytest.fail("in none of 60 runs does the day go so")


def rows_by_hand(*rows: tuple[int, ...]) -> list[list[int]]:
    """Rows of the one coach from nine on, behind the second and the kind filled up to the width of a log; at the end the hours with nothing to do."""
    done = max(second for second, kind, *_ in rows if kind == Event.CONVERSATION)
    worked = sum(second - start for second, kind, _, _, start, *_ in rows if kind == Event.CONVERSATION)
    noon, one, five, midnight = 12 * 3600, 13 * 3600, 17 * 3600, 86_400
    rest: list[tuple[int, ...]] = [
        (noon, Event.IDLE, -1, -1, done, -1),
        (one, Event.LUNCH, -1, -1, noon, -1),
        (five, Event.IDLE, -1, -1, one, -1),
        (midnight, Event.COACH_DAY, 22, -1, 0, 0, 0, 7 * 3600, worked, 0, 0, 0, 0),
    ]
    filled = [[second, int(kind), 0, *others] for second, kind, *others in [*rows, *rest]]
    return [row + [-1] * (ev.WIDTH - len(row)) for row in filled]


def found_rows(scenario: Scenario, run: int, engine: str) -> list[list[int]]:
    rows = simulate(scenario, seed=1, run=run, engine=engine).rows
    first = rows[(rows[:, ev.TIME] >= NINE) & (rows[:, ev.TIME] <= 86_400) & (rows[:, ev.KIND] != Event.DAY)]
    return [[int(value) for value in row] for row in first]


def held(customer: int, start: int, booking: int, flags: int = 0, late: int = 0) -> tuple[int, ...]:
    """A conversation of half an hour with somebody booked for nine."""
    return (start + HALF, Event.CONVERSATION, customer, 0, start, booking, HALF, HALF, 0, flags, NINE, 0, late)


def booked_again(second: int, customer: int, booking: int, day: int) -> tuple[int, ...]:
    """The next booking, for nine on its due day."""
    return (second, Event.BOOKED, customer, 0, day * 86_400 + NINE, booking, HALF, 1, day, 0, How.OWN, 0)


HALF_PAST, TEN = NINE + HALF, NINE + 2 * HALF


@pytest.mark.parametrize("engine", ENGINES)
def test_the_second_of_two_is_seen_after_the_first(engine: str) -> None:
    """Half an hour each: the second waits for half an hour; both are booked again for nine the next day."""
    by_hand = rows_by_hand(
        held(0, NINE, 0), booked_again(HALF_PAST, 0, 2, 1), held(1, HALF_PAST, 1), booked_again(TEN, 1, 3, 1),
    )  # fmt: skip
    assert found_rows(load("two_at_one_start"), 0, engine) == by_hand


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("minutes", [0, 10])
def test_the_second_is_seen_at_once_when_the_first_does_not_come(minutes: int, engine: str) -> None:
    """The first is given up after so many minutes, and is due again a week later; the second is not kept until then."""
    scenario = vary(load("two_at_one_start"), {"groups.searching.failed_share": 0.5, "conversation.wait_before_failed_minutes": minutes})
    run = run_in_which(scenario, lambda rows: rows[rows[:, ev.KIND] == Event.FAILED, ev.CUSTOMER].tolist() == [0])
    given_up = NINE + 60 * minutes
    by_hand = rows_by_hand(
        (given_up, Event.FAILED, 0, 0, NINE, 0, HALF, 500_000, 0, 0, -1, 0), booked_again(given_up, 0, 2, 7),
        held(1, NINE, 1), booked_again(HALF_PAST, 1, 3, 1),
    )  # fmt: skip
    assert found_rows(scenario, run, engine) == by_hand


@pytest.mark.parametrize("engine", ENGINES)
def test_the_second_goes_first_when_the_first_is_late(engine: str) -> None:
    """The first comes four minutes late and finds the other seen; it is the late one who waits, for 26 minutes."""
    late = {"groups.searching.late_share": 0.5, "conversation.late_minutes": {"mean": 4, "cv": 0, "family": "constant"}}
    scenario = vary(load("two_at_one_start"), late)

    def only_the_first_is_late(rows: np.ndarray) -> bool:
        came = rows[rows[:, ev.KIND] == Event.CONVERSATION]
        return dict(zip(came[:, ev.CUSTOMER].tolist(), came[:, ev.G].tolist(), strict=True)) == {0: 240, 1: 0}

    by_hand = rows_by_hand(
        held(1, NINE, 1), booked_again(HALF_PAST, 1, 2, 1), held(0, HALF_PAST, 0, Flag.LATE, 240), booked_again(TEN, 0, 3, 1),
    )  # fmt: skip
    assert found_rows(scenario, run_in_which(scenario, only_the_first_is_late), engine) == by_hand


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
