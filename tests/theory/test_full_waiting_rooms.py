"""Queues in which some give up, go before others or find no place, as ordinary scenarios against their formulas.

As in `test_queues.py`: one figure of each run, a 99.9 % t interval over runs that must hold the value of the formula and be narrow.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from theory.test_queues import check, erlang_c

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.theory

SEED, SERVICE = 20231002, 600.0


def with_patience(servers: int, arrivals: float, service: float, survival: stats.rv_continuous) -> tuple[float, float]:
    """Share who give up, and mean wait of all who come, in M/M/c+G (Baccelli and Hebuterne 1981, in the form of Zeltyn and Mandelbaum 2005).

    (1 + (λ − cμ) J) ÷ (E + λJ) and λ K ÷ (E + λJ), with J = ∫ exp(λ H(x) − cμ x) dx, K the same integral of H(x) times that,
    H(x) = ∫ P(patience > u) du from 0 to x, and E the sum of (λ/μ)^j ÷ j! for j < c, over its last term.
    """
    rate, offered = servers / service, arrivals * service
    x = np.linspace(0.0, 40 * survival.mean(), 400_001)
    h = integrate.cumulative_trapezoid(survival.sf(x), x, initial=0.0)
    weight = np.exp(arrivals * h - rate * x)
    j, k = float(integrate.trapezoid(weight, x)), float(integrate.trapezoid(h * weight, x))
    terms = [offered**n / math.factorial(n) for n in range(servers)]
    e = sum(terms) / terms[-1]
    return (1.0 + (arrivals - rate) * j) / (e + arrivals * j), arrivals * k / (e + arrivals * j)


def erlang_b(servers: int, offered: float, places: int = 0) -> float:
    """Share who find all servers busy and all places taken in M/M/c/(c + places); without places it is Erlang B."""
    weight = [offered**n / math.factorial(n) for n in range(servers + 1)]
    weight += [weight[-1] * (offered / servers) ** n for n in range(1, places + 1)]
    return weight[-1] / sum(weight)


def test_the_formulas_give_values_worked_out_otherwise() -> None:
    """Exponential patience as a chain of births and deaths, and P(gives up) = mean wait ÷ mean patience; Erlang B by its recursion."""
    arrivals, leaves = 3 / SERVICE, 1 / 900
    weights = [1.0]
    for n in range(1, 200):
        weights.append(weights[-1] * arrivals / (min(n, 3) / SERVICE + max(n - 3, 0) * leaves))
    total = sum(weights)
    by_chain = sum(max(n - 3, 0) * leaves * weight for n, weight in enumerate(weights)) / total / arrivals
    gives_up, wait = with_patience(3, arrivals, SERVICE, stats.expon(scale=900))
    assert gives_up == pytest.approx(by_chain, rel=1e-4)
    assert wait == pytest.approx(900 * by_chain, rel=1e-4)
    blocked = 1.0
    for servers in (1, 2, 3):
        blocked = 2.25 * blocked / (servers + 2.25 * blocked)
    assert erlang_b(3, 2.25) == pytest.approx(blocked)
    assert erlang_b(3, 2.25, places=400) == pytest.approx(0.0, abs=1e-9)


@functools.cache
def logs(name: str, runs: int) -> tuple[np.ndarray, ...]:
    """Rows of walk-ins of each run who came after the warm-up."""
    inputs, found = prepare(load(name)), []
    for run in range(runs):
        rows = play(inputs, SEED, run).rows
        kinds = np.isin(rows[:, ev.KIND], [Event.CONTACT_IN, Event.UNSCHEDULED, Event.ABANDONED, Event.TURNED_AWAY])
        found.append(rows[kinds & (rows[:, ev.TIME] >= rows[0, ev.START])])
    return tuple(found)


def share(name: str, runs: int, kind: Event) -> np.ndarray:
    """Of those who came, how many ended in this way, run by run."""
    return np.array([np.sum(rows[:, ev.KIND] == kind) / np.sum(rows[:, ev.KIND] == Event.CONTACT_IN) for rows in logs(name, runs)])


#: Lognormal patience, mean 15 minutes and spread 1: σ² = ln 2 and the median is the mean ÷ √2.
PATIENCE = stats.lognorm(s=math.sqrt(math.log(2)), scale=900 / math.sqrt(2))


def test_who_gives_up() -> None:
    check(share("abandonment", 60, Event.ABANDONED), with_patience(3, 3 / SERVICE, SERVICE, PATIENCE)[0], 0.02)


def test_how_long_the_impatient_wait() -> None:
    """All who come, those seen and those who give up."""
    waits = []
    for rows in logs("abandonment", 60):
        served, gone = (rows[rows[:, ev.KIND] == kind] for kind in (Event.UNSCHEDULED, Event.ABANDONED))
        waits.append(np.mean(np.concatenate([served[:, ev.START] - served[:, ev.C], gone[:, ev.TIME] - gone[:, ev.START]])))
    check(np.array(waits), with_patience(3, 3 / SERVICE, SERVICE, PATIENCE)[1], 0.02)


@pytest.mark.parametrize(("name", "places", "narrow"), [("no_places", 0, 0.02), ("two_places", 2, 0.04)])
def test_who_finds_no_place(name: str, places: int, narrow: float) -> None:
    check(share(name, 100, Event.TURNED_AWAY), erlang_b(3, 2.25, places), narrow)


def test_who_has_priority_waits_less() -> None:
    """Cobham 1954: W₀ ÷ (1 − ρ₁) and W₀ ÷ (1 − ρ₁)(1 − ρ), with W₀ = λ E[S²] ÷ 2 = ρ S for exponential service."""
    waits: dict[bool, list[float]] = {True: [], False: []}
    for rows in logs("priority", 120):
        came, served = rows[rows[:, ev.KIND] == Event.CONTACT_IN], rows[rows[:, ev.KIND] == Event.UNSCHEDULED]
        first = set(came[came[:, ev.B] == 1][:, ev.SERIAL].tolist())
        has = np.array([serial in first for serial in served[:, ev.SERIAL].tolist()])
        wait = served[:, ev.START] - served[:, ev.C]
        for priority in (True, False):
            waits[priority].append(float(wait[has == priority].mean()))
    rest = 0.75 * SERVICE
    check(np.array(waits[True]), rest / (1 - 0.225), 0.02)
    check(np.array(waits[False]), rest / (1 - 0.225) / 0.25, 0.04)


def test_a_hundred_coaches_leave_nobody_waiting_beside_an_idle_one() -> None:
    """Two who come in one second wake two coaches: the chance of waiting is that of Erlang C.

    Who waits does so for 100 seconds on average, so that one wait in a hundred is shorter than a second, and may be none in whole seconds.
    """
    waits = [
        np.mean(served[:, ev.START] > served[:, ev.C])
        for rows in logs("hundred_coaches", 40)
        if len(served := rows[rows[:, ev.KIND] == Event.UNSCHEDULED])
    ]
    check(np.array(waits), erlang_c(100, 94.0), 0.05)


@pytest.mark.parametrize("name", ["abandonment", "priority", "no_places", "two_places", "hundred_coaches"])
def test_both_engines_write_the_same_log(name: str) -> None:
    inputs = prepare(vary(load(name), {"period.warmup_weeks": 0, "period.weeks": 1}))
    assert play(inputs, SEED, 0).digest == play(inputs, SEED, 0, "simpy").digest
