"""Who is there, who breaks down and who leaves why: rebuilt from the log, or counted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, LeavingCause, Presence, SpellKind
from jobcentre.scenario import Scenario, load, vary
from support.log_checks import check_log
from support.short_scenarios import ordinary

pytestmark = pytest.mark.rules

DAY = 86_400
HALF_LIFE, MARK, AGAIN = 10, 0.05, 0.9
#: Too much work for four coaches who all have the same mark; nobody is ill for another reason.
BREAKING = {
    "period.weeks": 60, "office.coaches": 4, "demand.posts": 5, "admin.factor": 2, "strain.slow_half_life_days": HALF_LIFE,
    "sickness.breakdown.mark": MARK, "sickness.breakdown.mark_cv": 0, "sickness.breakdown.again_below_share": AGAIN,
    "sickness.breakdown.days.mean": 12, "sickness.short.per_year": 0, "sickness.long.per_year": 0,
    "responses.central.base_stress_per_year": 0, "responses.central.base_leaving_per_year": 0,
}  # fmt: skip


def of(rows: np.ndarray, kind: Event) -> np.ndarray:
    return rows[rows[:, ev.KIND] == kind]


def breakdowns_foretold(rows: np.ndarray, coach: int) -> Iterator[int]:
    """Days on which a coach must break down, from the pressure of each day in the log."""
    days = of(rows, Event.COACH_DAY)
    mine = {int(row[ev.START]) // DAY: row for row in days[days[:, ev.COACH] == coach]}
    away = {int(row[ev.START]) // DAY: int(row[ev.TIME]) // DAY for row in of(rows, Event.RETURN) if row[ev.COACH] == coach}
    kept = 0.5 ** (1 / HALF_LIFE)
    slow, armed, due, ill_until = 0.0, True, False, -1
    for day in range(int(rows[:, ev.TIME].max()) // DAY):
        row = mine.get(day)
        if row is not None and due and day >= ill_until and row[ev.A] in (Presence.PRESENT, Presence.SICK):
            yield day
            due, ill_until = False, away.get(day, 1 << 30)
        slow = slow * kept + (row[ev.F] / 1e6 if row is not None else 0.0) * (1 - kept)
        assert abs(slow - MARK) > 2e-6, "too near to tell"
        if armed and slow >= MARK:
            due, armed = True, False
        elif not armed and slow < AGAIN * MARK:
            armed = True


def test_a_coach_breaks_down_on_the_day_at_work_after_slow_strain_has_passed_the_mark() -> None:
    log = play(prepare(ordinary(**BREAKING)), 1, 0)
    assert check_log(log) == []
    sick = of(log.rows, Event.SICK)
    assert len(sick) == 8, "two of each coach"
    assert np.all(sick[:, ev.A] == SpellKind.STRESS)
    assert np.all(sick[:, ev.C] == 1)
    for coach in range(4):
        assert list(breakdowns_foretold(log.rows, coach)) == list(sick[sick[:, ev.COACH] == coach, ev.TIME] // DAY)


def test_nobody_breaks_down_without_a_mark_or_without_slow_strain() -> None:
    for off in ({"sickness.breakdown.mark": None}, {"sickness.breakdown.mark": None, "strain.slow_half_life_days": None}):
        assert len(of(play(prepare(ordinary(**BREAKING | off)), 1, 0).rows, Event.SICK)) == 0


def first_coaches(scenario: Scenario, run: int) -> np.ndarray:
    return of(play(prepare(vary(scenario, {"period.weeks": 1})), 1, run).rows, Event.COACH_IN)


@pytest.mark.parametrize(("figures", "number"), [({"office.part_timers": 2}, 2), ({"office.part_time_share": 2 / 14}, 2), ({}, 0)])
def test_part_timers_are_a_number_in_every_run(figures: dict[str, float], number: int) -> None:
    scenario = vary(load("baseline"), {"office.coaches": 14, "demand.posts": 14, "period.warmup_weeks": 0, **figures})
    weekdays = [[bin(row[ev.D]).count("1") for row in first_coaches(scenario, run)[:14]] for run in range(12)]
    assert [sum(days == 3 for days in own) for own in weekdays] == [number] * 12


def test_posts_work_part_time_whatever_the_number_of_coaches() -> None:
    """Of 10, 11 … 20 coaches always a quarter, rounded, and those of fewer are among those of more."""
    part_time = []
    for coaches in range(10, 21):
        scenario = vary(load("baseline"), {"office.coaches": coaches, "period.warmup_weeks": 0, "office.part_time_share": 0.25})
        rows = first_coaches(scenario, 0)[:coaches]
        part_time.append({int(row[ev.SERIAL]) for row in rows if bin(row[ev.D]).count("1") == 3})
        assert len(part_time[-1]) == int(coaches / 4 + 0.5)
    assert all(fewer <= more for fewer, more in pairwise(part_time))


def test_the_share_under_a_years_service_holds_on_the_reference_date() -> None:
    """The surge lies 34 weeks after the first day; 40 offices of 23 are 920 coaches, and the share lies within three standard errors."""
    scenario = load("oxford_surge_step")
    inputs = prepare(scenario)
    change = (scenario.settings.period.reference_date - inputs.first_day).days
    assert change > 7 * 30
    share = scenario.settings.office.first_year_share
    services = np.concatenate([of(play(inputs, 1, run).rows[:200], Event.COACH_IN)[:23, ev.A] for run in range(40)])
    assert len(services) == 920
    assert np.mean(services > change - 365) == pytest.approx(share, abs=3 * (share * (1 - share) / 920) ** 0.5)
    assert np.all(services <= 0)


def test_who_joined_while_the_course_was_paused_is_not_trained() -> None:
    paused = {
        "hiring.mental_health_course_paused_from": "2000-01-01",
        "hiring.mental_health_trained_share": 1,
        "office.first_year_share": 0.5,
    }
    scenario = vary(load("baseline"), {"period.warmup_weeks": 0, **paused, "hiring.mental_health_course_paused_to": "2023-03-31"})
    rows = first_coaches(scenario, 0)[:23]
    last = (scenario.settings.hiring.mental_health_course_paused_to - prepare(scenario).first_day).days
    assert np.array_equal(rows[:, ev.E] == 0, rows[:, ev.A] <= last)
    assert 0 < np.sum(rows[:, ev.E]) < 23


#: Everybody is ill from stress several times a year, and leaving depends on nothing else.
ILL = {
    "period.weeks": 40, "office.coaches": 20, "demand.posts": 20, "responses.central.base_stress_per_year": 4, "sickness.stress_days.mean": 5,
    "sickness.stress_days.cv": 0, "responses.central.leaving_ceiling": 1, "leaving.contagion_per_leaver": 0, "leaving.first_year_factor": 1,
    "leaving.office_cv": 0, "leaving.after_stress_factor": 3, "leaving.after_stress_days": 30, "policies.relief.return_days": 10,
    "policies.relief.return_protection": 0.5, "policies.relief.refused_factor": 1.5, "leaving.after_stress_at_once": False,
    "responses.central.base_leaving_per_year": 0.01, "leaving.contagion_days": 40, "leaving.contagion_peak_days": None,
}  # fmt: skip


@pytest.mark.parametrize(("policy", "factor"), [("none", 3.0), ("after_breakdown", 2.0), ("refused", 4.5)])
def test_relief_decides_how_many_times_as_likely_a_coach_leaves_after_a_stress_spell(policy: str, factor: float) -> None:
    """Without relief three times, half of the excess with it, half as many again when it is refused; from the return on for 30 days."""
    rows = play(prepare(ordinary(**ILL, **{"policies.relief.policy": policy})), 1, 0).rows
    index = np.cumsum(of(rows, Event.DAY)[:, ev.A])  # working days up to and with each day
    closes, weeks, returns = of(rows, Event.COACH_DAY), of(rows, Event.COACH_WEEK), of(rows, Event.RETURN)
    returns = returns[returns[:, ev.A] == SpellKind.STRESS]
    gone = {int(row[ev.COACH]): int(row[ev.TIME]) // DAY for row in of(rows, Event.NOTICE)}
    plain = 0.01 / 253
    compared = 0
    for week in weeks:
        coach, last = int(week[ev.COACH]), int(week[ev.START]) // DAY
        back = returns[(returns[:, ev.COACH] == coach) & (returns[:, ev.TIME] // DAY <= last), ev.TIME] // DAY
        days = closes[(closes[:, ev.COACH] == coach) & (closes[:, ev.START] // DAY > last - 7) & (closes[:, ev.START] // DAY <= last)]
        expected = 0.0
        for day in days[:, ev.START] // DAY:
            since = [index[day] - index[one] for one in back if one <= day]
            expected += plain * (factor if since and min(since) < 30 else 1.0)
        if last < gone.get(coach, 1 << 30):
            assert week[ev.A] == pytest.approx(expected * 1e6, abs=0.51), (coach, last)
            compared += int(len(back) > 0)
    assert compared > 300


def test_leavers_have_the_cause_that_made_the_difference() -> None:
    """With no other part than illness's factor of 20, nine of ten who leave while it acts do so because of it."""
    rows = play(
        prepare(
            ordinary(
                **ILL
                | {"leaving.after_stress_factor": 20, "responses.central.base_leaving_per_year": 0.5, "policies.relief.policy": "none"}
            )
        ),
        1,
        0,
    ).rows
    given = of(rows, Event.NOTICE)
    assert len(given) > 5
    assert set(given[:, ev.C]) <= {LeavingCause.ORDINARY, LeavingCause.ILLNESS}
    assert np.mean(given[:, ev.C] == LeavingCause.ILLNESS) > 0.8
