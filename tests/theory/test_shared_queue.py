"""Booked customers of three coaches in one queue or three: the mean wait against an exact chain, and nobody beside an idle coach.

Half an hour apart, all starts are booked; half of the customers come, and each takes an hour. So who comes at a start is binomial, and whoever
is seen at a start is there at the next one and gone at the one after: a chain of how many wait and how many are halfway gives the wait.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict

import numpy as np
import pytest
from theory.test_queues import check

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.theory

SEED, RUNS = 20231002, 300
COACHES, STARTS, COMES, SLOT, NEED = 3, 6, 0.5, 1800, 3600
SHARED, APART = "whoever_is_free", "booked_coach"


def starts_waited(servers: int, comes: float, starts: int) -> float:
    """Expected number of starts that all customers of a morning wait, with one queue for the servers, a booking each at every start."""
    chances = [math.comb(servers, n) * comes**n * (1 - comes) ** (servers - n) for n in range(servers + 1)]
    state, waited, start = {(0, 0): 1.0}, 0.0, 0
    while start < starts or any(waiting for waiting, _ in state):
        following: dict[tuple[int, int], float] = defaultdict(float)
        for (waiting, halfway), chance in state.items():
            for come, share in enumerate(chances if start < starts else [1.0]):
                seen = min(servers - halfway, waiting + come)
                left = waiting + come - seen
                waited += chance * share * left
                following[left, seen] += chance * share
        state, start = following, start + 1
    return waited


def mean_wait(servers: int) -> float:
    """Seconds that each customer who comes waits, with a queue for so many coaches."""
    return SLOT * starts_waited(servers, COMES, STARTS) / (servers * COMES * STARTS)


def test_the_chain_gives_values_worked_out_otherwise() -> None:
    """Two starts by hand; one coach for long is Geo/D/1, where λ E[S(S − 1)] ÷ 2(1 − ρ) starts are waited: 0.3 × 2 ÷ 2(1 − 0.6) = 0.75."""
    assert starts_waited(1, 0.5, 2) == pytest.approx(1 / 4)  # both come
    assert starts_waited(2, 0.5, 2) == pytest.approx(2 * 1 / 16 + 1 / 8 + 1 / 8)  # two and two come, two and one, one and two
    for_long = [starts_waited(1, 0.3, starts) for starts in (300, 600)]
    assert (for_long[1] - for_long[0]) / (300 * 0.3) == pytest.approx(0.75, rel=1e-3)


@functools.cache
def logs(seen_by: str) -> tuple[np.ndarray, ...]:
    inputs = prepare(vary(load("shared_queue"), {"diary.seen_by": seen_by}))
    return tuple(play(inputs, SEED, run).rows for run in range(RUNS))


def of(rows: np.ndarray, kind: Event) -> np.ndarray:
    return rows[rows[:, ev.KIND] == kind]


@pytest.mark.parametrize("seen_by", [SHARED, APART])
def test_arrivals_and_service_are_as_given(seen_by: str) -> None:
    """Each start of each coach has one booking, half of them come, and all take an hour."""
    came = []
    for rows in logs(seen_by):
        booked = of(rows, Event.BOOKED)
        booked = booked[booked[:, ev.START] < rows[0, ev.SERIAL]]
        days = int(np.sum(of(rows, Event.DAY)[:, ev.A] == 1))
        assert len(booked) == len(np.unique(booked[:, [ev.COACH, ev.START]], axis=0)) == days * COACHES * STARTS
        held = of(rows, Event.CONVERSATION)
        assert set(held[:, ev.TIME] - held[:, ev.START]) == {NEED}
        came.append(len(held) / len(booked))
    check(np.array(came), COMES, 0.005)


@pytest.mark.parametrize(("seen_by", "servers"), [(SHARED, COACHES), (APART, 1)])
def test_the_mean_wait_is_that_of_one_queue_or_of_three(seen_by: str, servers: int) -> None:
    waits = []
    for rows in logs(seen_by):
        held, days = of(rows, Event.CONVERSATION), np.sum(of(rows, Event.DAY)[:, ev.A] == 1)
        waits.append(np.sum(held[:, ev.START] - held[:, ev.E]) / (days * COACHES * STARTS * COMES))
    check(np.array(waits), mean_wait(servers), 0.03)


def test_whoever_waits_in_one_queue_finds_all_coaches_busy() -> None:
    """At every start at which somebody goes on waiting, all three are seeing somebody."""
    for rows in logs(SHARED):
        held = of(rows, Event.CONVERSATION)
        busy: dict[int, int] = defaultdict(int)
        for start in held[:, ev.START].tolist():
            busy[start] += 1
            busy[start + SLOT] += 1
        for there, start in held[:, [ev.E, ev.START]].tolist():
            assert all(busy[start_before] == COACHES for start_before in range(there, start, SLOT))


def test_both_engines_write_the_same_log() -> None:
    inputs = prepare(vary(load("shared_queue"), {"period.weeks": 2}))
    assert play(inputs, SEED, 0).digest == play(inputs, SEED, 0, "simpy").digest
