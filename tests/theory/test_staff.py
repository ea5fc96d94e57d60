"""Staff as ordinary scenarios: constant hazards, fixed times and nobody to see, compared with formulas.

Intervals are at 99.9 % over independent runs with one seed. Hazards add up day by day, so that a constant hazard h a day
passes its threshold on the morning after k days with chance (1 − exp(−h)) exp(−(k − 1)h): a geometric number of days with
mean 1 ÷ (1 − exp(−h)), and not 1 ÷ h.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import stats

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Presence, SpellKind
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.theory

SEED = 11
DAY = 86_400
NOTICE_DAYS, DAYS_TO_HIRE = 20, 40


def runs_of(name: str, runs: int, **figures: object) -> Iterator[np.ndarray]:
    scenario = load(name)
    inputs = prepare(vary(scenario, figures) if figures else scenario)
    for run in range(runs):
        yield play(inputs, SEED, run).rows


def of(rows: np.ndarray, kind: Event) -> np.ndarray:
    return rows[rows[:, ev.KIND] == kind]


def check(values: list[float], expected: float, narrow: float) -> None:
    """The 99.9 % t interval over runs holds the expected value and is no wider, each way, than `narrow` of it."""
    half = float(stats.t.ppf(0.9995, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
    assert half <= narrow * expected, "the test has lost its power"
    assert abs(float(np.mean(values)) - expected) <= half, (float(np.mean(values)), half, expected)


def check_ratio(over: list[float], under: list[float], expected: float, narrow: float) -> None:
    """As `check`, for a ratio of sums over runs: over − expected × under has mean 0."""
    scale = float(np.mean(under))
    check([expected + (y - expected * x) / scale for y, x in zip(over, under, strict=True)], expected, narrow)


# --- leavers ----------------------------------------------------------------------------------------------------------

LEAVER_RUNS, COACHES, MORNINGS = 600, 23, 259
DAILY = 0.5 / 253
LEAVES = 1 - math.exp(-MORNINGS * DAILY)  # 0.4006


@functools.cache
def notices() -> list[np.ndarray]:
    """Per run, the working day (from 0) of the notice of each first holder who gave one within 364 days."""
    found = []
    for rows in runs_of("leavers", LEAVER_RUNS):
        mine = of(rows, Event.NOTICE)
        days = mine[mine[:, ev.COACH] < COACHES, ev.TIME] // DAY
        found.append(days // 7 * 5 + days % 7)  # no holidays: five working days a week from a Monday on
    return found


def test_leavers_of_23_are_binomial() -> None:
    """Exact chances of 0 to 23 leavers against 600 runs, by chi-square at 99.9 %: a share of 0.37 or 0.43 would fail."""
    counts = np.array([len(days) for days in notices()])
    chances = stats.binom.pmf(np.arange(COACHES + 1), COACHES, LEAVES)
    low, high = 5, 13  # beyond these the cells are pooled, so that each expects 15 or more
    cells = np.clip(np.arange(COACHES + 1), low, high) - low
    expected = np.bincount(cells, weights=chances) * LEAVER_RUNS
    assert expected.min() > 15
    seen = np.bincount(np.clip(counts, low, high) - low, minlength=len(expected))
    assert stats.chisquare(seen, expected).pvalue > 0.001


def test_mean_and_variance_of_leavers_are_binomial() -> None:
    """The variance is where dependence between coaches would show: it must lie within a fifth of n p q."""
    counts = np.array([len(days) for days in notices()], dtype=float)
    mean, variance = COACHES * LEAVES, COACHES * LEAVES * (1 - LEAVES)
    z = (counts.mean() - mean) / math.sqrt(variance / LEAVER_RUNS)
    assert abs(z) < stats.norm.ppf(0.9995)
    dispersion = float(np.sum((counts - mean) ** 2) / variance)
    low, high = stats.chi2.ppf([0.0005, 0.9995], LEAVER_RUNS)
    assert low < dispersion < high
    assert high / LEAVER_RUNS < 1.21


def test_notices_come_at_a_constant_rate() -> None:
    """Days of notice in ten parts of equal chance; the first possible day is the second."""
    days = np.concatenate(notices())
    assert days.min() >= 1
    assert days.max() <= MORNINGS
    starts = np.arange(1, MORNINGS + 1)
    chances = np.exp(-DAILY * (starts - 1)) * (1 - math.exp(-DAILY)) / LEAVES
    cells = np.minimum((np.cumsum(chances) - chances / 2) * 10, 9.999).astype(int)
    expected = np.bincount(cells, weights=chances) * len(days)
    seen = np.bincount(cells[days - 1], minlength=10)
    assert stats.chisquare(seen, expected).pvalue > 0.001


# --- headcount --------------------------------------------------------------------------------------------------------

IN_POST = 1 / (1 - math.exp(-DAILY)) + NOTICE_DAYS  # working days from joining to the last: 506.5 + 20
EMPTY = DAYS_TO_HIRE - NOTICE_DAYS


def test_a_post_is_vacant_from_the_last_day_to_forty_days_after_notice() -> None:
    """Exactly, for every vacancy of a run: notice, last day 20 working days later, newcomer another 20 later."""
    rows = next(runs_of("headcount", 1))
    working = of(rows, Event.DAY)
    index = np.cumsum(working[:, ev.A]) - 1  # working days up to and with each day
    seen = 0
    for post in range(100):
        mine = rows[rows[:, ev.SERIAL] == post]
        day = {
            kind: index[of(mine, kind)[:, ev.TIME] // DAY] for kind in (Event.NOTICE, Event.VACANCY_OPEN, Event.COACH_OUT, Event.COACH_IN)
        }
        assert list(day[Event.VACANCY_OPEN]) == list(day[Event.NOTICE])
        left = day[Event.COACH_OUT]
        assert list(left) == list(day[Event.NOTICE][: len(left)] + NOTICE_DAYS)
        joined = day[Event.COACH_IN][1:]  # after the first holder
        assert list(joined) == list(left[: len(joined)] + EMPTY)
        seen += len(joined)
    assert seen > 150


def test_mean_vacancies_are_the_leaving_rate_times_the_time_vacant() -> None:
    """Little's law over 100 posts: one leaves every 506.5 + 20 + 20 = 546.5 days of a post, for 20 days: 3.66 vacancies.

    The interval is under 5 % either way: a vacancy longer by two days of 20 would fail.
    """
    vacancies, rates = [], []
    for rows in runs_of("headcount", 30):
        begin = int(rows[0, ev.START])
        days = of(rows, Event.DAY)
        working = int(np.sum(days[days[:, ev.TIME] >= begin, ev.A]))
        closes, given = of(rows, Event.COACH_DAY), of(rows, Event.NOTICE)
        vacancies.append(100 - np.sum(closes[:, ev.START] >= begin) / working)
        rates.append(np.sum(given[:, ev.TIME] >= begin) / working)
    check(rates, 100 / (IN_POST + EMPTY), 0.05)
    check(vacancies, 100 * EMPTY / (IN_POST + EMPTY), 0.05)


# --- sickness and leave -----------------------------------------------------------------------------------------------

SICK_RUNS = 24
PER_DAY_AT_WORK = {SpellKind.SHORT: 2 / 225, SpellKind.LONG: 1 / 225, SpellKind.STRESS: 1 / 225}


def mean_whole_days(mean: float, cv: float) -> float:
    """Mean of a lognormal number of days rounded to whole days, at least one."""
    sigma = math.sqrt(math.log1p(cv * cv))
    days = stats.lognorm(sigma, scale=mean * math.exp(-sigma * sigma / 2))
    n = np.arange(1, 2600)
    return float(1 + np.sum(days.sf(n + 0.5)))


SPELL_DAYS = {SpellKind.SHORT: mean_whole_days(4, 0.8), SpellKind.LONG: mean_whole_days(30, 0.7), SpellKind.STRESS: 20.0}


@functools.cache
def sickness() -> tuple[list[float], dict[SpellKind, list[float]], dict[SpellKind, list[float]]]:
    """Per run: coach-days at work, spells begun and coach-days lost by kind, all after the warm-up."""
    at_work: list[float] = []
    begun: dict[SpellKind, list[float]] = {kind: [] for kind in SpellKind}
    lost: dict[SpellKind, list[float]] = {kind: [] for kind in SpellKind}
    for rows in runs_of("sickness", SICK_RUNS):
        begin = int(rows[0, ev.START])
        days, spells = of(rows, Event.COACH_DAY), of(rows, Event.SICK)
        days, spells = days[days[:, ev.START] >= begin], spells[spells[:, ev.TIME] >= begin]
        at_work.append(float(np.sum(days[:, ev.A] == Presence.PRESENT)))
        for kind in SpellKind:
            begun[kind].append(float(np.sum(spells[:, ev.A] == kind)))
            lost[kind].append(float(np.sum((days[:, ev.A] == Presence.SICK) & (days[:, ev.GROUP] == kind))))
    return at_work, begun, lost


@pytest.mark.parametrize("kind", list(SpellKind))
def test_spells_per_day_at_work_are_as_given(kind: SpellKind) -> None:
    """Each kind has its own clock, which stands still while the coach is away: 1 − exp(−rate) spells a day at work."""
    at_work, begun, _ = sickness()
    check_ratio(begun[kind], at_work, 1 - math.exp(-PER_DAY_AT_WORK[kind]), 0.06)


@pytest.mark.parametrize("kind", list(SpellKind))
def test_days_lost_are_spells_times_their_length(kind: SpellKind) -> None:
    at_work, _, lost = sickness()
    check_ratio(lost[kind], at_work, (1 - math.exp(-PER_DAY_AT_WORK[kind])) * SPELL_DAYS[kind], 0.08)


def test_the_length_of_spells_is_that_drawn_in_whole_days() -> None:
    """4 and 30 days on average, before rounding to whole days of one or more adds a little to the short ones."""
    assert SPELL_DAYS[SpellKind.SHORT] == pytest.approx(4.01, abs=0.02)
    assert SPELL_DAYS[SpellKind.LONG] == pytest.approx(30.0, abs=0.01)


def test_leave_is_taken_at_its_yearly_rate() -> None:
    """25 days of 253 working days, whole weeks and single days together."""
    on_leave, in_post = [], []
    for rows in runs_of("sickness", SICK_RUNS, **{"hiring.leave_days_per_year": 25}):
        days = of(rows, Event.COACH_DAY)
        on_leave.append(float(np.sum(days[:, ev.A] == Presence.LEAVE)))
        in_post.append(float(len(days)))
    check_ratio(on_leave, in_post, 25 / 253, 0.04)


# --- one vacancy at a time --------------------------------------------------------------------------------------------

ONE_AT_A_TIME = {
    "hiring.at_once": 1, "hiring.days_to_hire": {"mean": 12, "cv": 1, "family": "exponential"}, "leaving.notice_days": 1,
    "responses.constant.base_leaving_per_year": 0.084, "period.weeks": 600,
}  # fmt: skip
POSTS = 100


@functools.cache
def vacancies_in_turn() -> tuple[list[float], list[float]]:
    """Per run, the mean number of open vacancies and the mean working days for which one is selected and vetted for."""
    opened, lengths = [], []
    for rows in runs_of("headcount", 60, **ONE_AT_A_TIME):
        days, filled = of(rows, Event.DAY), of(rows, Event.VACANCY_FILLED)
        index = np.cumsum(days[:, ev.A])
        begun, done = index[filled[:, ev.START] // DAY], index[filled[:, ev.TIME] // DAY]
        order = np.lexsort((filled[:, ev.SERIAL], begun))
        begun, done = begun[order], done[order]
        assert np.all(np.diff(done) > 0), "one after the other, in the order in which they opened"
        lengths.append(float(np.mean(done[1:] - np.maximum(begun[1:], done[:-1]))))
        opened.append(float(np.sum(done - begun)) / float(index[-1]))
    return opened, lengths


def test_one_vacancy_at_a_time_is_filled_in_the_time_drawn() -> None:
    """Exponential with mean 12 in whole days of one or more: 12.02."""
    expected = 1 + sum(math.exp(-(n + 0.5) / 12) for n in range(1, 400))
    check(vacancies_in_turn()[1], expected, 0.05)


def test_vacancies_that_wait_for_each_other_are_a_queue_with_one_server() -> None:
    """M/M/1 with 100 posts as its source: 0.66 open on average, where with no limit it would be 0.40."""
    leaves, fills = 1 - math.exp(-0.084 / 253), 1 / 12
    chances = [1.0]
    for n in range(POSTS):
        chances.append(chances[-1] * (POSTS - n) * leaves / fills)
    expected = sum(n * chance for n, chance in enumerate(chances)) / sum(chances)
    assert expected == pytest.approx(0.64, abs=0.01)
    check(vacancies_in_turn()[0], expected, 0.15)


# --- unequal coaches and offices --------------------------------------------------------------------------------------

PRONE_RUNS, PRONE_CV, PRONE_DAYS, SHORT_A_DAY = 60, 1.45, 250, 1.5 / 225


def test_as_many_are_never_sick_as_unequal_proneness_says() -> None:
    """Gamma proneness of mean 1 makes (1 + cv² × days × rate) to the power −1 ÷ cv², 0.49, where exp(−days × rate) is 0.19."""
    only_short = {"sickness.frailty_cv": PRONE_CV, "sickness.short.per_year": 1.5, "sickness.long.per_year": 0,
                  "responses.constant.base_stress_per_year": 0, "period.warmup_weeks": 0, "period.weeks": 51}  # fmt: skip
    never = []
    for rows in runs_of("sickness", PRONE_RUNS, **only_short):
        spells, index = of(rows, Event.SICK), np.cumsum(of(rows, Event.DAY)[:, ev.A])
        days = index[spells[:, ev.TIME] // DAY] - 1  # hazards of so many days at work came before
        never.append(1 - len(np.unique(spells[days <= PRONE_DAYS, ev.COACH])) / 50)
    expected = (1 + PRONE_CV**2 * PRONE_DAYS * SHORT_A_DAY) ** (-1 / PRONE_CV**2)
    assert expected == pytest.approx(0.49, abs=0.01)
    check(never, expected, 0.08)


OFFICE_CV = 0.6


def test_offices_that_differ_in_leaving_spread_leavers_beyond_the_binomial() -> None:
    """The office's factor is gamma: mean and variance of leavers are those of a binomial whose chance is mixed over it."""
    counts = np.array(
        [
            np.sum(of(rows, Event.NOTICE)[:, ev.COACH] < COACHES)
            for rows in runs_of("leavers", LEAVER_RUNS, **{"leaving.office_cv": OFFICE_CV})
        ],
        dtype=float,
    )
    shape = 1 / OFFICE_CV**2
    u = (np.arange(20_000) + 0.5) / 20_000
    chance = 1 - np.exp(-MORNINGS * DAILY * stats.gamma.ppf(u, shape, scale=1 / shape))
    mean = COACHES * float(chance.mean())
    variance = COACHES * float(np.mean(chance * (1 - chance))) + COACHES**2 * float(chance.var())
    assert variance / (mean * (1 - mean / COACHES)) == pytest.approx(3.4, abs=0.2), "well beyond the binomial"
    assert abs(counts.mean() - mean) / math.sqrt(variance / LEAVER_RUNS) < stats.norm.ppf(0.9995)
    assert counts.var(ddof=1) == pytest.approx(variance, rel=0.2)
