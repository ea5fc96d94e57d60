"""The virtual studies find an effect that is known, and count what the studies count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from validation.studies import aiken, borritz, dall_ora, hamidi, rauhala
from validation.studies.effects import Effect, Finding, odds_ratio, rate_ratio, risk_ratio
from validation.studies.offices import Offices

OFFICES, COACHES, DAYS = 40, 20, 60


def made_up(load: np.ndarray, strain: np.ndarray, spells: list[tuple[int, int, int, int]], gone: list[tuple[int, int]]) -> Offices:
    """Offices in which everybody is at work every day with the load of the office and a strain of their own; spells: office, coach, day, lost."""
    office, coach, day = (column.ravel() for column in np.meshgrid(range(len(load)), range(COACHES), range(DAYS), indexing="ij"))
    days = pd.DataFrame({"office": office, "coach": coach, "day": day, "present": True, "sick": False, "load": load[office]})
    days["strain"] = strain[office, coach]
    for where, who, first, lost in spells:
        away = (days["office"] == where) & (days["coach"] == who) & (days["day"] >= first) & (days["day"] < first + lost)
        days.loc[away, ["present", "sick"]] = [False, True]
    return Offices(
        days,
        pd.DataFrame(spells, columns=["office", "coach", "day", "lost"]),
        pd.DataFrame([(where, who, 1) for where, who in gone], columns=["office", "coach", "day"]),
        pd.DataFrame({"office": range(len(load)), "caseload": 100 * load / load.mean()}),
    )


def test_rauhala_counts_short_and_long_absences_where_load_is_high() -> None:
    """Twenty offices at 1.0 times the optimum with 4 short and 2 long spells each, twenty at 1.4 with 8 and 6: ratios 2 and 3, but for days lost."""
    load = np.repeat([0.9, 0.9 * 1.4], OFFICES // 2)
    spells = []
    for office in range(OFFICES):
        short, long = (4, 2) if office < OFFICES // 2 else (8, 6)
        spells += [(office, coach, 10, 2) for coach in range(short)] + [(office, COACHES - 1 - coach, 30, 5) for coach in range(long)]
    made = made_up(load, np.zeros((OFFICES, COACHES)), spells, [])
    short, long = rauhala.findings(made)
    assert short.ours.value == pytest.approx(2, rel=0.05)
    assert long.ours.value == pytest.approx(3, rel=0.05)
    assert short.ours.low < short.ours.value < short.ours.high
    more, high, ordinary = rauhala.days_more(made)
    assert (high, ordinary) == (20, 20)
    assert more == pytest.approx((8 * 2 + 6 * 5 - 4 * 2 - 2 * 5) / (COACHES * DAYS) * 253)


def test_hamidi_and_borritz_compare_people_by_their_strain() -> None:
    """A quarter is burnt out: of them half leave, of the others a quarter; days lost double with each standard deviation."""
    rng = np.random.default_rng(1)
    strain = rng.normal(size=(OFFICES, COACHES))
    cut = np.quantile(strain, 1 - hamidi.BURNT_OUT)
    gone = [(o, c) for o in range(OFFICES) for c in range(COACHES) if rng.random() < (0.5 if strain[o, c] >= cut else 0.25)]
    spells = [
        (o, c, int(day), 1) for o in range(OFFICES) for c in range(COACHES)
        for day in rng.choice(DAYS, size=min(DAYS, rng.poisson(np.exp(np.log(2) * strain[o, c]))), replace=False)
    ]  # fmt: skip
    made = made_up(np.full(OFFICES, 0.9), strain, spells, gone)
    (left,) = hamidi.findings(made)
    assert left.ours.low < 2 < left.ours.high
    days, times = borritz.findings(made)
    for one in (days, times):
        assert one.ours.value == pytest.approx(2, rel=0.1)


def test_aiken_asks_for_one_patient_more() -> None:
    """Log odds of burnout rise by 0.2 with each patient more: odds ratio 1.22."""
    rng = np.random.default_rng(2)
    load = rng.uniform(0.7, 1.3, OFFICES * 10)
    patients = (load / load.mean() - 1) * aiken.PATIENTS
    strain = 0.2 * patients[:, None] + rng.logistic(size=(len(load), COACHES))
    (found,) = aiken.findings(made_up(load, strain, [], []))
    assert found.ours.value == pytest.approx(np.exp(0.2), rel=0.05)


def test_dall_ora_asks_who_falls_ill_after_a_week_short_of_staff() -> None:
    """Spells that begin at random have nothing to do with colleagues who are away."""
    rng = np.random.default_rng(3)
    spells = [(o, c, int(rng.integers(10, DAYS)), int(rng.integers(1, 6))) for o in range(OFFICES) for c in range(COACHES)]
    (found,) = dall_ora.findings(made_up(np.full(OFFICES, 0.9), np.zeros((OFFICES, COACHES)), spells, []))
    assert found.ours.low < 1.02 < found.ours.high * 1.1


def test_effects_are_ratios_with_intervals() -> None:
    rng = np.random.default_rng(4)
    exposed = pd.DataFrame({"x": rng.integers(0, 2, 4000)})
    office, time = pd.Series(np.arange(4000) % 50), pd.Series(np.full(4000, 2.0))
    assert rate_ratio(pd.Series(rng.poisson(0.4 * 1.5 ** exposed["x"])), exposed, time, office, "x").value == pytest.approx(1.5, rel=0.1)
    chance = np.where(exposed["x"] == 1, 0.4, 0.2)
    event = pd.Series(rng.random(4000) < chance)
    assert risk_ratio(event, exposed, office, "x").value == pytest.approx(2, rel=0.1)
    assert odds_ratio(event, exposed, office, "x").value == pytest.approx(0.4 / 0.6 / (0.2 / 0.8), rel=0.15)


@pytest.mark.parametrize(
    ("ours", "fitted", "verdict"),
    [
        (Effect(1.5, 1.2, 1.8), False, "agrees"), (Effect(3, 2.5, 4), False, "stronger in the model"),
        (Effect(1, 0.9, 1.05), False, "weaker in the model"), (Effect(1.5, 1.2, 1.8), True, "agrees; set by it"),
    ],
)  # fmt: skip
def test_a_verdict_says_whether_intervals_meet(ours: Effect, fitted: bool, verdict: str) -> None:
    assert Finding("A", "D22", "", "", Effect(1.4, 1.1, 2.0), ours, fitted).verdict == verdict
