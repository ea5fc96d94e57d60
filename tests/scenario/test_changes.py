"""Dated changes: from which date figures hold, and how they move."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Presence
from jobcentre.scenario import Change, Scenario, ScenarioError, check_file, load, periods, vary, with_change
from support.scenario_texts import SMALL, variant

pytestmark = pytest.mark.rules

FIRST = dt.date(2023, 9, 18)  # two weeks of warm-up before 2 October 2023
LAST = dt.date(2023, 10, 29)  # four counted weeks


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def small(*changes: Change) -> Scenario:
    scenario = load(SMALL)
    for change in changes:
        scenario = with_change(scenario, change)
    return scenario


def caps(scenario: Scenario) -> list[tuple[str, int]]:
    return [(date.isoformat(), settings.diary.appointments_per_day) for date, settings in periods(scenario)]


def test_without_changes_there_is_one_period_from_the_first_simulated_day() -> None:
    scenario = small()
    assert periods(scenario) == [(FIRST, scenario.settings)]


def test_a_step_acts_from_its_date() -> None:
    scenario = small(Change(day("2023-10-11"), {"diary.appointments_per_day": 27}))
    assert caps(scenario) == [("2023-09-18", 22), ("2023-10-11", 27)]


def test_a_change_on_the_first_day_leaves_one_period() -> None:
    assert caps(small(Change(FIRST, {"diary.appointments_per_day": 27}))) == [("2023-09-18", 27)]


def test_a_change_on_the_last_day_acts() -> None:
    assert caps(small(Change(LAST, {"diary.appointments_per_day": 27})))[-1] == ("2023-10-29", 27)


def test_a_ramp_moves_linearly_and_arrives_on_its_last_day() -> None:
    # 22 to 27 over five days: one more each day, from the first day on.
    scenario = small(Change(day("2023-10-02"), {"diary.appointments_per_day": 27}, over_days=5))
    assert caps(scenario) == [
        ("2023-09-18", 22), ("2023-10-02", 23), ("2023-10-03", 24), ("2023-10-04", 25), ("2023-10-05", 26), ("2023-10-06", 27),
    ]  # fmt: skip


def test_whole_numbers_are_rounded_half_up_on_the_way() -> None:
    # 22 to 23 over four days: 22.25, 22.5, 22.75, 23.
    up = small(Change(day("2023-10-02"), {"diary.appointments_per_day": 23}, over_days=4))
    assert [cap for _, cap in caps(up)[1:]] == [22, 23, 23, 23]
    # 22 to 21 over four days: 21.75, 21.5, 21.25, 21.
    down = small(Change(day("2023-10-02"), {"diary.appointments_per_day": 21}, over_days=4))
    assert [cap for _, cap in caps(down)[1:]] == [22, 22, 21, 21]


def test_a_number_moves_in_equal_parts() -> None:
    scenario = small(Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=4))
    assert [settings.admin.factor for _, settings in periods(scenario)] == pytest.approx([1, 1.25, 1.5, 1.75, 2], abs=1e-12)


def test_what_is_not_a_number_changes_on_the_first_day_of_a_ramp() -> None:
    scenario = small(Change(day("2023-10-02"), {"diary.cover": False, "diary.template": "earliest", "admin.factor": 2.0}, over_days=2))
    parts = periods(scenario)
    assert [(part.diary.cover, part.diary.template, part.admin.factor) for _, part in parts] == [
        (True, "spread", 1.0), (False, "earliest", 1.5), (False, "earliest", 2.0),
    ]  # fmt: skip


def test_a_later_change_starts_from_where_the_earlier_one_arrived() -> None:
    scenario = small(
        Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=2),
        Change(day("2023-10-04"), {"admin.factor": 4.0}, over_days=2),
    )
    assert [settings.admin.factor for _, settings in periods(scenario)] == pytest.approx([1, 1.5, 2, 3, 4], abs=1e-12)


def test_changes_of_other_figures_lie_on_top_of_a_ramp() -> None:
    scenario = small(
        Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=3),
        Change(day("2023-10-03"), {"diary.appointments_per_day": 27}),
    )
    assert [(part.diary.appointments_per_day, round(part.admin.factor, 9)) for _, part in periods(scenario)] == [
        (22, 1.0), (22, 1.333333333), (27, 1.666666667), (27, 2.0),
    ]  # fmt: skip


def test_a_ramp_that_outlasts_the_run_is_cut_at_its_end() -> None:
    parts = periods(small(Change(day("2023-10-28"), {"admin.factor": 2.0}, over_days=10)))
    assert [date for date, _ in parts] == [FIRST, day("2023-10-28"), day("2023-10-29")]
    assert parts[-1][1].admin.factor == pytest.approx(1.2)


def test_mean_and_spread_of_a_distribution_can_change() -> None:
    path = "groups.waiting.decision.after_days.mean"
    scenario = small(Change(day("2023-10-02"), {path: 150, "sickness.short.days.cv": 0.5}))
    decision = periods(scenario)[1][1].groups["waiting"].decision
    assert decision is not None
    assert decision.after_days.mean == 150
    assert periods(scenario)[1][1].sickness.short.days.cv == 0.5


def test_a_change_does_not_touch_the_settings_at_the_start() -> None:
    scenario = small(Change(day("2023-10-02"), {"admin.factor": 2.0}))
    assert scenario.settings == load(SMALL).settings


def test_varying_the_start_does_not_undo_a_change() -> None:
    scenario = vary(small(Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=2)), {"admin.factor": 1.5})
    assert [settings.admin.factor for _, settings in periods(scenario)] == pytest.approx([1.5, 1.75, 2.0])


def test_posts_may_be_cut_from_a_date_below_the_coaches_at_the_start() -> None:
    assert periods(small(Change(day("2023-10-02"), {"office.establishment": 3})))[1][1].office.establishment == 3


def test_a_figure_without_a_value_takes_one_at_once_but_cannot_move_to_it() -> None:
    with pytest.raises(ScenarioError, match="no value from which it could move"):
        small(Change(day("2023-10-02"), {"office.establishment": 8}, over_days=3))


REFUSED = [
    (Change(day("2023-09-17"), {"admin.factor": 2.0}), "outside the simulated time, 2023-09-18 to 2023-10-29"),
    (Change(day("2023-10-30"), {"admin.factor": 2.0}), "outside the simulated time"),
    (Change(day("2023-10-02"), {"office.slot_minutes": 10}), "cannot change from a date"),
    (Change(day("2023-10-02"), {"office.coaches": 10}), "cannot change from a date"),
    (Change(day("2023-10-02"), {"groups.waiting.need.family": "gamma"}), "cannot change from a date"),
    (Change(day("2023-10-02"), {"admin.facter": 2.0}), "did you mean `factor`?"),
    (Change(day("2023-10-02"), {"groups.wating.failed_share": 0.2}), "did you mean `waiting`?"),
    (Change(day("2023-10-02"), {"groups.waiting.need": 2.0}), "set `groups.waiting.need.mean`"),
    (Change(day("2023-10-02"), {"diary": 2.0}), "is not a single figure"),
    (Change(day("2023-10-02"), {"admin.factor": -2.0}), "must be at least 0"),
    (Change(day("2023-10-02"), {"admin.factor": "2"}), "must be a number"),
    (Change(day("2023-10-02"), {"diary.cover": 1}), "must be true or false"),
    (Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=0), "between 1 and 3660"),
    (Change(day("2023-10-02"), {"groups.searching.plans.weekly.share": 0.5}), "add to 1.25, not 1"),
    (Change(day("2023-10-02"), {"policies.flexibilities.lower": 200.0}), "above `upper`"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[words[:30] for _, words in REFUSED])
def test_changes_that_cannot_be_are_refused(change: Change, words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        small(change)
    assert [one for one in error.value.problems if words in str(one)], error.value


def test_two_plans_may_trade_shares() -> None:
    shares = {"groups.searching.plans.weekly.share": 1.0, "groups.searching.plans.fortnightly.share": 0.0}
    parts = periods(small(Change(day("2023-10-02"), shares, over_days=3)))
    assert [part.groups["searching"].plans["weekly"].share for _, part in parts] == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_a_change_while_a_ramp_of_the_same_figure_runs_is_refused() -> None:
    scenario = small(Change(day("2023-10-02"), {"admin.factor": 2.0}, over_days=5))
    with pytest.raises(ScenarioError, match="still moves it until 2023-10-06"):
        with_change(scenario, Change(day("2023-10-06"), {"admin.factor": 1.0}))
    assert len(with_change(scenario, Change(day("2023-10-07"), {"admin.factor": 1.0})).changes) == 2


def test_two_changes_of_one_figure_on_one_date_are_refused() -> None:
    with pytest.raises(ScenarioError, match="two changes of 2023-10-02 set it"):
        small(Change(day("2023-10-02"), {"admin.factor": 2.0}), Change(day("2023-10-02"), {"admin.factor": 3.0}))


@pytest.mark.parametrize("wrong", ["lots", ".inf", ".nan", "true", "null", "[1]", "-1"])
@pytest.mark.parametrize("path", ["admin.factor", "diary.appointments_per_day"])
def test_a_ramp_from_or_to_a_wrong_value_is_refused_once(tmp_path: Path, wrong: str, path: str) -> None:
    body = f"""changes:
  wrong: {{date: 2023-10-03, over_days: 3, why: Wrong., set: {{{path}: {wrong}}}}}
  right: {{date: 2023-10-09, over_days: 3, why: Right., set: {{{path}: 3}}}}
  never: {{date: 9999-12-31, over_days: 3, why: Never., set: {{{path}: 3}}}}
"""
    found = {(one.line, one.path) for one in check_file(variant(tmp_path, body))}
    assert found >= {(4, f"changes.wrong.set.{path}"), (6, "changes.never.date")}
    assert found <= {(4, f"changes.wrong.set.{path}"), (5, f"changes.right.set.{path}"), (6, "changes.never.date")}
    assert len(check_file(variant(tmp_path, body))) == len(found), "each place is named once"


def test_changes_in_a_file_are_read_in_order_of_date(tmp_path: Path) -> None:
    body = """changes:
  back:
    date: 2023-10-16
    why: Back again.
    set: {diary.appointments_per_day: 22}
  more:
    date: 2023-10-09
    over_days: 2
    why: More appointments.
    set:
      diary.appointments_per_day: {value: 26, source: A2, quality: testimony, range: [24, 27]}
      sickness: {short: {days: {mean: 4}}}
"""
    loaded = load(variant(tmp_path, body))
    assert [one.date.isoformat() for one in loaded.changes] == ["2023-10-09", "2023-10-16"]
    first = loaded.changes[0]
    assert first.set == {"diary.appointments_per_day": 26, "sickness.short.days.mean": 4}
    assert first.evidence["diary.appointments_per_day"].source == ("A2",)
    assert caps(loaded) == [("2023-09-18", 22), ("2023-10-09", 24), ("2023-10-10", 26), ("2023-10-16", 22)]


def test_a_problem_of_a_change_names_its_line_and_place(tmp_path: Path) -> None:
    body = """changes:
  late:
    date: 2024-10-16
    why: Too late.
    set: {diary.appointments_per_day: 22}
  more:
    date: 2023-10-09
    why: More appointments.
    set:
      admin.factor: 2
      office.slot_minutes: 10
"""
    found = [(one.line, one.path) for one in check_file(variant(tmp_path, body))]
    assert found == [(5, "changes.late.date"), (13, "changes.more.set.office.slot_minutes")]


def test_all_that_is_wrong_with_one_change_is_told(tmp_path: Path) -> None:
    body = """changes:
  fewer:
    date: 2023-10-09
    why: Fewer coaches.
    set:
      office.coaches: 3
      hiring.policy: frozen
      admin.facter: 2
      diary.appointments_per_day: 20
  late:
    date: 2033-10-09
    why: Too late.
    set:
      admin.factor: lots
"""
    found = [(one.line, one.path) for one in check_file(variant(tmp_path, body))]
    assert found == [
        (8, "changes.fewer.set.office.coaches"),
        (9, "changes.fewer.set.hiring.policy"),
        (10, "changes.fewer.set.admin.facter"),
        (13, "changes.late.date"),
        (16, "changes.late.set.admin.factor"),
    ]


def test_what_is_right_beside_a_mistyped_share_is_not_blamed(tmp_path: Path) -> None:
    body = """changes:
  shares:
    date: 2023-10-09
    why: A typo in one of two shares.
    set: {groups.searching.plans.weekly.share: 1.0, groups.searching.plans.fortnigtly.share: 0.0}
"""
    (problem,) = check_file(variant(tmp_path, body))
    assert "did you mean `fortnightly`?" in str(problem)


def test_fewer_coaches_from_a_date_are_told_the_nearest_way_and_it_works(tmp_path: Path) -> None:
    (problem,) = check_file(variant(tmp_path, "changes: {go: {date: 2023-10-16, why: Two go., set: {office.coaches: 2}}}\n"))
    named = dict(re.findall(r"`([a-z_.]+): (\w+)`", problem.suggestion or ""))
    assert named == {"policies.outreach.coaches": "2", "policies.outreach.days_per_week": "5", "hiring.policy": "freeze"}
    (more,) = check_file(variant(tmp_path, "changes: {more: {date: 2023-10-16, why: More., set: {office.coaches: 7}}}\n"))
    assert "`office.establishment: 7`" in str(more)
    values = {"policies.outreach.coaches": 2, "policies.outreach.days_per_week": 5, "hiring.policy": "freeze"}
    rows = play(prepare(small(Change(day("2023-10-16"), values))), 1, 0).rows
    days = rows[rows[:, ev.KIND] == Event.COACH_DAY]
    here = days[days[:, ev.A] == Presence.PRESENT]
    two = here[here[:, ev.SERIAL] < 2]
    change = (day("2023-10-16") - FIRST).days * 86_400
    assert (two[:, ev.START] < change).any()
    assert not (two[:, ev.START] >= change).any()
    assert (here[here[:, ev.SERIAL] >= 2][:, ev.START] >= change).any()
