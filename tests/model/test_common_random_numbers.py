"""Common chance: scenarios differ only by what differs between them, only from when it does, and only for whom."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from jobcentre.model import EventLog, play, prepare, simulate
from jobcentre.model import events as ev
from jobcentre.model.events import CameFrom, Event, Flag
from jobcentre.model.random_numbers import TABLE_WIDTH
from jobcentre.model.state import new_office
from jobcentre.model.steps.primitives import days_drawn
from jobcentre.scenario import Change, Scenario, load, vary, with_change
from jobcentre.scenario.schema_paths import node_at
from jobcentre.scenario.working_days import Calendar
from jobcentre.scenario.yaml_file import to_yaml

pytestmark = pytest.mark.invariants

DAY = 86_400
#: Six coaches, whose contact does not matter to when customers leave: else all that they do differently would be told in journeys.
SIX = {"conversation.contact_elasticity": 0, "office.coaches": 6, "demand.posts": 6, "period.warmup_weeks": 2, "period.weeks": 40}
BUSY = {"demand.starts_factor": 1.4, "office.coaches": 5}  # full diaries, so that waiting, lateness and cover are at stake
LEAVERS = {"responses.central.base_leaving_per_year": 1.0, "responses.central.base_stress_per_year": 0.5}


def six(**more: object) -> Scenario:
    return vary(load("baseline"), {**SIX, **more})


def rows_of(log: EventLog, *kinds: Event) -> np.ndarray:
    return log.rows[np.isin(log.rows[:, ev.KIND], kinds)]


# --- a policy that does nothing makes no difference ----------------------------------------------------------------------

NOTHING: dict[str, Mapping[str, Any]] = {
    "flexibilities never triggered by caseload": {"policies.flexibilities.trigger": "caseload", "policies.flexibilities.upper": 10_000},
    "flexibilities never triggered by delay": {"policies.flexibilities.trigger": "delay", "policies.flexibilities.upper": 10_000},
    "flexibilities off with other figures": {"policies.flexibilities.upper": 1, "policies.flexibilities.lower": 0},
    "early warning at marks never reached": {
        "policies.relief.policy": "early_warning",
        "policies.relief.strain_mark": 20,
        "policies.relief.backlog_mark_minutes": 1e6,
    },
    "no protected admin, at ten": {"diary.protected_admin_start": "10:00"},
    "no protected admin, within a slot": {"diary.protected_admin_start": "10:02"},
    "reminders that remind nobody": {"policies.reminders.on": True, "policies.reminders.failed_factor": 1},
    "reminders off with another factor": {"policies.reminders.failed_factor": 0.1},
    "no digital reviews, of other length": {"policies.digital.minutes": 30},
    "coaches posted elsewhere on no day": {"policies.outreach.coaches": 3},
    "nobody posted elsewhere on five days": {"policies.outreach.days_per_week": 5},
    "courses for nobody": {"policies.training.notice_days": 1},
    "no filling, with other figures": {"diary.fill_spacing_days": 1, "diary.fill_notice_days": 9, "groups.pre_wca.fills_gaps": True},
    "rapport without effect": {"conversation.rapport_full_after": 1},
    "usual contacts that matter to nothing": {"groups.searching.usual_contacts_13_weeks": 500},
    "intakes under another hiring policy": {"hiring.intake_every_weeks": 1},
    "an establishment of as many": {"office.establishment": 5},
    "other prices": {"money.salary_pounds": 1, "money.overtime_pounds_per_hour": 1, "money.hire_pounds": 1, "money.reminder_pounds": 1},
    "another mark of crisis": {"strain.crisis_strain": 0.1},
}


@pytest.fixture(scope="module")
def busy() -> Scenario:
    return six(**BUSY, **LEAVERS)


@pytest.fixture(scope="module")
def busy_log(busy: Scenario) -> EventLog:
    return simulate(busy, seed=4)


@pytest.mark.parametrize("values", NOTHING.values(), ids=NOTHING.keys())
def test_what_does_nothing_changes_nothing(busy: Scenario, busy_log: EventLog, values: Mapping[str, Any]) -> None:
    changed = vary(busy, values)
    assert changed.settings != busy.settings
    assert simulate(changed, seed=4).digest == busy_log.digest


FLEXIBLE = {"policies.flexibilities.trigger": "caseload", "policies.flexibilities.upper": 2, "policies.flexibilities.lower": 1}
IDLE: dict[str, tuple[Mapping[str, Any], Event, Event]] = {
    "flexibilities of no size": (
        {**FLEXIBLE, "policies.flexibilities.first_meeting_minutes": 50, "policies.flexibilities.interval_factor": 1},
        Event.FLEXIBILITY_ON,
        Event.FLEXIBILITY_OFF,
    ),
    "relief with a whole diary": (
        {"policies.relief.policy": "early_warning", "policies.relief.strain_mark": 0.01, "policies.relief.diary_share": 1},
        Event.RELIEF_ON,
        Event.RELIEF_OFF,
    ),
}


@pytest.mark.parametrize("name", IDLE)
def test_a_policy_of_no_size_leaves_only_its_own_rows(busy: Scenario, name: str) -> None:
    values, on, off = IDLE[name]
    without = vary(busy, {"policies.relief.policy": "none"})
    log = simulate(vary(without, values), seed=4)
    assert len(rows_of(log, on)) > 0
    assert np.array_equal(log.rows[~np.isin(log.rows[:, ev.KIND], (on, off))], simulate(without, seed=4).rows)


# --- a dated change does nothing before its date -------------------------------------------------------------------------

CHANGES: dict[str, Mapping[str, Any]] = {
    "a lower cap while later days are booked": {"diary.appointments_per_day": 8},
    "more protected admin": {"diary.protected_admin_minutes": 120, "diary.protected_admin_start": "13:00"},
    "contact plans": {
        "groups.searching.plans.fortnightly.phases.later.every_days": 60,
        "groups.lcw.plans.practised.phases.intensive.minutes": 60,
    },
    "a hiring freeze": {"hiring.policy": "freeze"},
    "a larger establishment": {"office.establishment": 9},
    "flexibilities opened": FLEXIBLE,
    "relief on early warning": {"policies.relief.policy": "early_warning", "policies.relief.strain_mark": 0.01},
    "filling": {"diary.fill_target_share": 1, "groups.pre_wca.fills_gaps": True, "diary.appointments_per_day": 60},
    "longer horizons": {"diary.booking_horizon_days": 260, "diary.own_coach_tolerance_days": 60, "conversation.referral_pause_days": 260},
    "shorter horizons": {"diary.booking_horizon_days": 5, "diary.own_coach_tolerance_days": 0},
    "more demand": {"demand.starts_factor": 5, "demand.unscheduled_per_post_day": 20},
    "other durations": {"groups.searching.need.mean": 2, "groups.searching.need.cv": 1, "admin.cv": 0.1, "sickness.short.days.mean": 9},
    "coaches posted elsewhere": {"policies.outreach.coaches": 2, "policies.outreach.days_per_week": 2},
}
RAMPS = ("a lower cap while later days are booked", "more protected admin", "contact plans", "longer horizons", "more demand")
WEEK_30 = dt.date(2023, 10, 2) + dt.timedelta(weeks=30)
SECOND_OF_WEEK_30 = (2 + 30) * 7 * DAY


def first_difference(one: EventLog, other: EventLog) -> int:
    """Number of the first row in which two logs differ."""
    n = min(len(one.rows), len(other.rows))
    unequal = np.any(one.rows[:n] != other.rows[:n], axis=1)
    return int(np.argmax(unequal)) if unequal.any() else n


def assert_same_until_change(before: EventLog, log: EventLog) -> None:
    """The first row that differs tells of the change, at the first second of its date."""
    first = first_difference(before, log)
    assert log.rows[first, ev.TIME] >= SECOND_OF_WEEK_30, f"differs from day {log.rows[first, ev.TIME] // DAY} on"
    assert (log.rows[first, ev.TIME], log.rows[first, ev.KIND]) == (SECOND_OF_WEEK_30, Event.CHANGE)
    kept = [one.rows[one.rows[:, ev.TIME] < SECOND_OF_WEEK_30] for one in (before, log)]
    assert np.array_equal(*kept)


@pytest.mark.parametrize(("name", "over_days"), [*((name, 1) for name in CHANGES), *((name, 20) for name in RAMPS)])
def test_a_change_from_week_30_leaves_weeks_1_to_29_row_for_row(busy: Scenario, busy_log: EventLog, name: str, over_days: int) -> None:
    log = simulate(with_change(busy, Change(WEEK_30, CHANGES[name], over_days)), seed=4)
    assert_same_until_change(busy_log, log)
    told = (Event.CHANGE, Event.DAY)
    rest = [one.rows[~np.isin(one.rows[:, ev.KIND], told)] for one in (busy_log, log)]
    assert not np.array_equal(*rest), "the change did nothing"


ADDS_UP = (
    ".face_to_face",
    ".telephone",
    ".video",
    ".to.searching",
    ".to.lcw",
    ".to.lcwra",
)
SHARES = r"groups\.\w+\.(plans\.\w+\.share|referrals_to\.\w+)"
GIVEN_LATER = {
    "office.establishment": 8,
    "diary.protected_admin_start": "10:00",
    **{f"groups.{group}.arrivals_per_post_day": 1 for group in ("searching", "pre_wca", "lcw", "lcwra")},
}


def another_value(path: str, value: Any) -> Any:
    """Some other value that the figure at this path may take; itself where it must add up to 1 with others."""
    spot = node_at(path.split("."))
    if spot is None or path.endswith(ADDS_UP) or re.fullmatch(SHARES, path):
        return value
    if value is None:
        return GIVEN_LATER.get(path)
    if isinstance(value, str):
        return next((option for option in get_args(spot.inner)[::-1] if option != value), value)
    if isinstance(value, bool | int):
        return not value if isinstance(value, bool) else value + 1
    return value * 0.8 if value else 0.1


def changeable_figures(scenario: Scenario, also_given_later: bool) -> dict[str, Any]:
    """Every figure that may change from a date, with another value; those not given at the start only if wanted."""
    found: dict[str, Any] = {}

    def look(path: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                look(f"{path}.{key}" if path else key, below)
            return
        spot = node_at(path.split("."))
        changeable = spot is not None and spot.kind == "figure" and spot.changeable and (also_given_later or path not in GIVEN_LATER)
        if changeable and another_value(path, value) != value:
            found[path] = another_value(path, value)

    look("", scenario.settings.model_dump(mode="json"))
    return found


@pytest.mark.parametrize("over_days", [1, 15])
def test_no_changeable_figure_is_known_before_its_date(busy: Scenario, busy_log: EventLog, over_days: int) -> None:
    """All of them change at once: if one of them acted early, the logs would part early."""
    figures = changeable_figures(busy, also_given_later=over_days == 1)
    assert len(figures) > 190
    log = simulate(with_change(busy, Change(WEEK_30, figures, over_days)), seed=4)
    assert_same_until_change(busy_log, log)


# --- customers' luck is their own ------------------------------------------------------------------------------------------

#: What may be compared of a customer: identity is (group of arrival, day, number that day).
Identity = tuple[int, int, int]


def arrivals_of(log: EventLog) -> dict[int, tuple[Identity, tuple[int, ...]]]:
    """By the number of a customer: identity, and (day, how they came, plan, complex, day of entering the group)."""
    found = {}
    for row in rows_of(log, Event.CUSTOMER_IN):
        identity = (int(row[ev.GROUP]), int(row[ev.D]), int(row[ev.E]))
        found[int(row[ev.CUSTOMER])] = identity, (int(row[ev.TIME]) // DAY, *(int(row[i]) for i in (ev.A, ev.B, ev.C, ev.F)))
    return found


def histories(log: EventLog, fields: Mapping[Event, tuple[int, ...]]) -> dict[Identity, list[tuple[int, ...]]]:
    """Of each customer what they brought and, in order, (day, kind, fields) of the chosen events."""
    who = arrivals_of(log)
    found: dict[Identity, list[tuple[int, ...]]] = {identity: [brought] for identity, brought in who.values()}
    for row in rows_of(log, *fields):
        kind = Event(row[ev.KIND])
        day = int(row[ev.TIME]) // DAY
        found[who[int(row[ev.CUSTOMER])][0]].append((day, int(kind), *(int(row[i]) for i in fields[kind])))
    return found


JOURNEY = {Event.CUSTOMER_OUT: (ev.GROUP, ev.A), Event.CUSTOMER_MOVED: (ev.GROUP, ev.A, ev.B, ev.C)}
DOUBLED = {"groups.searching.arrivals_per_post_day": 1.34}
ONCE = {"groups.searching.arrivals_per_post_day": 0.67}


def test_identities_are_unique() -> None:
    log = simulate(six(**DOUBLED), seed=6)
    who = arrivals_of(log)
    assert len({identity for identity, _ in who.values()}) == len(who) > 1000


def test_doubling_a_groups_arrivals_changes_nobody_elses_journey() -> None:
    once, doubled = (histories(simulate(six(**arrivals), seed=6), JOURNEY) for arrivals in (ONCE, DOUBLED))
    assert set(once) < set(doubled)
    assert {identity: doubled[identity] for identity in once} == once
    more = [identity for identity in doubled if identity not in once]
    assert {group for group, _, _ in more} == {0}
    started = sum(1 for group, day, _ in once if group == 0 and day >= 0)
    assert len(more) == pytest.approx(started, rel=0.15)  # as many again: about 600 ± 35


OTHER_OFFICES = ({"office.coaches": 12}, {"office.coaches": 3}, {"admin.factor": 3.0}, {"diary.appointments_per_day": 5})


@pytest.mark.parametrize("change", OTHER_OFFICES)
def test_coaches_admin_and_caps_change_no_customer(change: Mapping[str, Any]) -> None:
    """While journeys do not depend on contact, the same people come, move and go on the same days."""
    ordinary, other = (simulate(six(**values), seed=6) for values in ({}, change))
    assert ordinary.digest != other.digest
    assert histories(other, JOURNEY) == histories(ordinary, JOURNEY)


#: Nobody is away and everybody finds a start on the due day, so that customers do not compete for coaches' time.
ROOMY = {
    "office.coaches": 24, "period.weeks": 10, "diary.appointments_per_day": 400, "diary.own_coach_tolerance_days": 0,
    "sickness.short.per_year": 0, "sickness.long.per_year": 0, "hiring.leave_days_per_year": 0, "hiring.mental_health_course_days": 0,
    "responses.central.base_leaving_per_year": 0, "responses.central.base_stress_per_year": 0, "demand.unscheduled_per_post_day": 0,
    # neither delay nor late admin nor another coach bears on who comes
    "conversation.patience_minutes": 0, "attendance.call_open_ratio": 1, "attendance.poor_meeting_ratio": 1, "attendance.new_coach_ratio": 1,
}  # fmt: skip
LUCK = Flag.COMPLEX | Flag.LATE | Flag.TELEPHONE | Flag.VIDEO | Flag.REFERRAL | Flag.SAFEGUARDING | Flag.FIRST_MEETING


def appointments(log: EventLog) -> dict[Identity, list[tuple[int, ...]]]:
    """Each customer's appointments: day and outcome, with minutes needed, lateness and luck of those held."""
    rows = log.rows.copy()
    held = rows[:, ev.KIND] == Event.CONVERSATION
    rows[held, ev.D] &= int(LUCK)
    outcomes = {
        Event.CONVERSATION: (ev.A, ev.B, ev.D, ev.F, ev.G),
        Event.FAILED: (ev.A, ev.F),
        Event.REARRANGED: (ev.B, ev.F),
        Event.NOT_OFFERED: (ev.F,),
        Event.CANCELLED: (ev.F,),
        Event.PAUSED: (ev.A,),
        Event.NOT_NEEDED: (ev.F,),
    }
    return histories(log._replace(rows=rows), outcomes)


@pytest.mark.parametrize("change", [DOUBLED, {"office.coaches": 40}, {"admin.factor": 3.0}])
def test_where_nobody_competes_others_attend_the_same_appointments(change: Mapping[str, Any]) -> None:
    ordinary, other = (simulate(six(**{**ROOMY, **ONCE, **values}), seed=6) for values in ({}, change))
    for log in (ordinary, other):
        assert len(rows_of(log, Event.NOT_OFFERED, Event.CANCELLED)) == 0
        assert np.all(rows_of(log, Event.BOOKED)[:, ev.F] == 0)
    before, after = appointments(ordinary), appointments(other)
    assert {identity: after[identity] for identity in before} == before
    assert len(rows_of(ordinary, Event.FAILED)) > 500


# --- coaches' luck is their own ---------------------------------------------------------------------------------------------

#: Strain does nothing, nobody is replaced or in their first year: the hazard of leaving is the base rate alone.
BASE_RATE = {
    "strain.response": "constant", "leaving.contagion_per_leaver": 0, "leaving.after_stress_factor": 1, "leaving.first_year_factor": 1,
    "responses.constant.base_stress_per_year": 0, "hiring.policy": "freeze", "office.coaches": 12, "period.warmup_weeks": 0,
    "period.weeks": 100, "sickness.short.per_year": 0,
}  # fmt: skip


def notices(log: EventLog) -> dict[int, int]:
    """Day of notice by coach."""
    return {int(row[ev.COACH]): int(row[ev.TIME]) // DAY for row in rows_of(log, Event.NOTICE)}


def test_twice_the_base_rate_halves_the_working_days_to_each_coachs_notice() -> None:
    """A constant hazard h passes threshold x at the close of working day ⌈x ÷ h⌉, and ⌈⌈x ÷ h⌉ ÷ 2⌉ = ⌈x ÷ 2h⌉."""
    scenario = six(**BASE_RATE)
    calendar = Calendar(scenario.settings.period.start, 800, scenario.settings.office.open_days, "england")
    compared = 0
    for run in range(4):
        single, double = (
            notices(simulate(vary(scenario, {"responses.constant.base_leaving_per_year": rate}), seed=8, run=run)) for rate in (0.5, 1.0)
        )
        assert set(single) <= set(double)
        for coach, day in single.items():
            # notice is given on the working day after the threshold was passed
            assert calendar.index[double[coach]] == -(-int(calendar.index[day]) // 2)
        compared += len(single)
    assert compared > 20


#: Nobody goes before the end, no customer comes or goes: less support raises strain and touches nothing else.
SAME_WORK = {
    "office.coaches": 5, "leaving.notice_days": 260, "responses.central.base_leaving_per_year": 0.5,
    "responses.central.base_stress_per_year": 0, "policies.relief.policy": "none", "groups.lcwra.volunteers_per_month": 0,
    **{f"groups.{group}.arrivals_per_post_day": 0 for group in ("searching", "pre_wca", "lcw", "lcwra")},
}  # fmt: skip


def test_more_strain_from_the_same_work_brings_every_notice_no_later() -> None:
    supported, alone = (prepare(six(**{**SAME_WORK, "strain.support": support})) for support in (1.0, 0.5))
    earlier = compared = 0
    for run in range(12):
        calm, strained = notices(play(supported, 8, run)), notices(play(alone, 8, run))
        assert set(calm) <= set(strained)
        assert all(strained[coach] <= day for coach, day in calm.items())
        earlier += sum(strained[coach] < day for coach, day in calm.items()) + len(set(strained) - set(calm))
        compared += len(calm)
    assert compared > 10
    assert earlier > compared / 2


def test_what_a_coach_brings_does_not_depend_on_load_or_on_colleagues() -> None:
    """First day of service, weekdays and training of a coach belong to (post, holder of the post)."""

    def brought(log: EventLog) -> dict[tuple[int, int], tuple[int, ...]]:
        rows = rows_of(log, Event.COACH_IN)
        first = rows[rows[:, ev.B] == 0]
        found = {(int(row[ev.SERIAL]), 0): (int(row[ev.A]), int(row[ev.D]), int(row[ev.E])) for row in first}
        return found | {(int(row[ev.SERIAL]), int(row[ev.B])): (int(row[ev.D]), int(row[ev.E])) for row in rows[rows[:, ev.B] > 0]}

    part_time = {"office.part_time_share": 0.5, **LEAVERS}
    few, many = (brought(simulate(six(**part_time, **more), seed=2)) for more in ({}, {"office.coaches": 12, "demand.starts_factor": 2}))
    common = set(few) & set(many)
    assert len(few) - 6 > 3, "some posts have a second holder"
    assert len(common) > 6
    assert {who: many[who] for who in common} == {who: few[who] for who in common}


def test_the_same_run_is_the_same_on_a_prepared_scenario_and_afresh(busy: Scenario, busy_log: EventLog) -> None:
    assert play(prepare(busy), 4, 0).digest == busy_log.digest


# --- order ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [order for order in permutations(range(4)) if order != (0, 1, 2, 3)], ids=str)
def test_the_order_of_groups_in_a_file_decides_nothing(order: tuple[int, ...], tmp_path: Path) -> None:
    document = six(**{"period.weeks": 3}).resolved()
    files = [tmp_path / name for name in ("as_it_is.yaml", "otherwise.yaml")]
    groups = list(document["groups"].items())
    for file, rows in zip(files, (groups, [groups[i] for i in order]), strict=True):
        file.write_text(to_yaml({**document, "groups": dict(rows)}), encoding="utf-8")
    first, second = (simulate(load(file), seed=3) for file in files)
    assert second.group_names == first.group_names
    assert second.digest == first.digest


def test_whoever_comes_first_on_a_day_is_of_any_group(busy: Scenario) -> None:
    """Of the n who join on a day, m of a group, the first is of the group with the chance m ÷ n, whatever its number."""
    for stock in (True, False):
        above, variance = 0.0, 0.0
        for run in range(40 if stock else 4):
            rows = rows_of(play(prepare(busy), 4, run), Event.CUSTOMER_IN)
            rows = rows[(rows[:, ev.A] == CameFrom.START_STOCK) == stock]
            for day in np.unique(rows[:, ev.TIME] // DAY):
                groups = rows[rows[:, ev.TIME] // DAY == day][:, ev.GROUP]
                share = np.mean(groups == 0)
                above += float(groups[0] == 0) - share
                variance += share * (1 - share)
        assert variance > 5
        assert abs(above) < 4 * np.sqrt(variance)


@pytest.mark.parametrize("days", [1, 259, 2600, 2601, 10_920, 1_000_000])
def test_no_duration_in_days_is_cut(days: int) -> None:
    """A run lasts 1,560 weeks at most, which are 10,920 days."""
    inputs = prepare(six())
    constant = len(inputs.tables)
    office = new_office(inputs._replace(tables=np.vstack([inputs.tables, np.ones(TABLE_WIDTH)])), 1, 0)
    assert [days_drawn(office, float(days), constant, u) for u in (0.001, 0.5, 0.999)] == [days] * 3
