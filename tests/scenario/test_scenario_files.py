"""The scenario files fit together: every one loads, stocks can be kept, and variants differ only where they say."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest
from scipy import integrate, stats

from jobcentre.metrics import BY_NAME
from jobcentre.scenario.field_types import Distribution
from jobcentre.scenario.load import check_file, load, periods
from jobcentre.scenario.schema import Settings
from support.places import SCENARIOS

FILES = sorted(path for folder in (SCENARIOS, SCENARIOS / "theory") for path in folder.glob("*.yaml") if path.stem != "sources")
SURGES = sorted(path.stem for path in SCENARIOS.glob("surge_with_*.yaml"))
WORKING_DAYS_A_MONTH = 253 / 12
#: What the catalogue of scenarios asks for; each id is answered by at least one file.
CATALOGUE = ["S0", "S0b", *(f"S{number}" for number in range(1, 38))]
#: Files that change who comes, so that starts are not those of the baseline.
OTHER_CUSTOMERS = {
    "caseload_100",
    "caseload_109",
    "caseload_250",
    "baseline_2026",
    "high_health_share_site",
    "low_health_share_site",
    "wca_backlog_up",
}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_scenario_file_is_in_order(file: Path) -> None:
    assert check_file(file) == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_variant_says_what_it_should_move_and_against_what(file: Path) -> None:
    scenario = load(file)
    if file.stem == "baseline":
        assert scenario.compared_with is None
        return
    assert scenario.compared_with is not None
    assert scenario.moves
    assert {metric.partition(".")[0] for metric in scenario.moves} <= set(BY_NAME)
    groups = {group for metric in scenario.moves if (group := metric.partition(".")[2])}
    assert groups <= set(scenario.settings.groups)
    assert scenario.question


def test_every_id_of_the_catalogue_is_answered_by_a_file() -> None:
    answered = {load(path).catalogue for path in FILES} - {""}
    assert answered == set(CATALOGUE)


def dated_changes(name: str) -> bool:
    return bool(load(SCENARIOS / f"{name}.yaml").changes)


@pytest.mark.parametrize("name", [path.stem for path in FILES if path.parent == SCENARIOS and dated_changes(path.stem)])
def test_a_dated_surge_is_compared_over_the_same_weeks(name: str) -> None:
    """Counting starts 8 weeks before the first change of the two and ends 52 weeks after it, in both."""
    scenario = load(name)
    assert scenario.compared_with is not None
    other = load(scenario.compared_with)
    period, first_change = scenario.settings.period, min(change.date for change in (*scenario.changes, *other.changes))
    assert period == other.settings.period
    assert first_change - period.start == dt.timedelta(weeks=8)
    assert period.weeks == 60
    assert period.reference_date == first_change


@pytest.mark.parametrize("name", SURGES)
def test_surge_variants_hold_every_change_of_the_surge(name: str) -> None:
    """Each variant inherits the surge and adds one thing."""
    surge, variant = load("oxford_surge_step"), load(name)
    said = [(one.date, one.over_days, one.set) for one in surge.changes]
    assert [(one.date, one.over_days, one.set) for one in variant.changes[:-1]] == said
    assert {path.split(".")[1].split("_")[0] for path in variant.changes[-1].set} in ({"protected"}, {"relief"})


def test_the_surge_is_the_sum_of_cap_demand_admin_and_support() -> None:
    surge, cap, demand = (load(name) for name in ("oxford_surge_step", "surge_cap_only", "surge_demand_only"))
    both = [one.set for one in (*cap.changes, *demand.changes)]
    assert [one.set for one in surge.changes[:2]] == both
    assert [one.set for one in surge.changes[2:]] == [{"admin.factor": 1.25}, {"strain.support": 0.7}]
    assert cap.settings == demand.settings == surge.settings == load("oxford_before").settings


def test_the_surge_asks_for_27_appointments_from_november_2021() -> None:
    before, after = periods(load("oxford_surge_step"))
    assert (before[1].diary.appointments_per_day, after[1].diary.appointments_per_day) == (22, 27)
    assert after[0] == dt.date(2021, 11, 1)
    assert after[1].policies.relief.policy == "after_breakdown"


def test_way_to_work_ends_where_it_began() -> None:
    entries = periods(load("way_to_work"))
    assert [date for date, _ in entries][1:] == [dt.date(2022, 1, 31), dt.date(2022, 7, 1)]
    assert entries[0][1] == entries[-1][1]


@pytest.mark.parametrize("name", ["surge_low_response", "surge_high_response"])
def test_other_responses_change_nothing_else(name: str) -> None:
    surge, variant = load("oxford_surge_step"), load(name)
    changed = surge.settings.strain.model_copy(update={"response": variant.settings.strain.response})
    assert variant.settings == surge.settings.model_copy(update={"strain": changed})
    assert name == f"surge_{variant.settings.strain.response}_response"


# --- stocks that can be kept -----------------------------------------------------------------------------------------


def undecided_share(after: Distribution, exits_per_month: float) -> float:
    """Share of entrants who leave for other reasons before their decision, by numerical integration of a lognormal."""
    mean, sigma = after.mean / WORKING_DAYS_A_MONTH, math.sqrt(math.log(1 + after.cv**2))
    density = stats.lognorm(sigma, scale=mean / math.exp(sigma**2 / 2)).pdf
    decided, _ = integrate.quad(lambda months: math.exp(-exits_per_month * months) * density(months), 0, 60)
    return float(1 - decided)


def direct_starts(settings: Settings) -> dict[str, float]:
    """Starts per post and month that keep each stock, less what comes from other groups and from volunteers."""
    needed: dict[str, float] = {}
    coming = dict.fromkeys(settings.groups, 0.0)
    for name, group in settings.groups.items():
        rate = sum(one.per_month for one in group.exits.values())
        leaving = group.stock_per_post * rate
        decided = 0.0
        if group.decision:
            share = undecided_share(group.decision.after_days, rate)
            decided = leaving / share * (1 - share)
        needed[name] = leaving + decided - group.without_contact_per_post * group.volunteers_per_month
        for one in group.exits.values():
            if one.to:
                coming[one.to] += group.stock_per_post * one.per_month
        for to, part in (group.decision.to if group.decision else {}).items():
            coming[to] += decided * part
    return {name: needed[name] - coming[name] * settings.groups[name].keeps_contact_share for name in settings.groups}


ORDINARY = [path.stem for path in FILES if path.parent == SCENARIOS and path.stem != "reference_workload"]


@pytest.mark.parametrize("name", ORDINARY)
def test_no_stock_needs_negative_starts(name: str) -> None:
    assert min(direct_starts(load(name).settings).values()) >= 0


@pytest.mark.parametrize("name", [name for name in ORDINARY if name not in OTHER_CUSTOMERS])
def test_as_many_start_as_in_the_baseline(name: str) -> None:
    starts = direct_starts(load(name).settings)
    assert starts["searching"] == pytest.approx(14.03, abs=0.02)
    assert starts["pre_wca"] == pytest.approx(1.41, abs=0.05)
    assert starts["lcw"] == pytest.approx(0.10, abs=0.02)


def test_a_longer_queue_for_decisions_is_entered_by_as_many() -> None:
    assert direct_starts(load("wca_backlog_up").settings)["pre_wca"] == pytest.approx(
        direct_starts(load("baseline").settings)["pre_wca"], abs=0.01
    )


@pytest.mark.parametrize("name", ["high_health_share_site", "low_health_share_site"])
def test_sites_differ_in_mix_and_not_in_number(name: str) -> None:
    """7,200,000 customers of 17,160 coaches: seen, without contact, and the baseline's 298 of 420 without a health condition."""
    site, ordinary = load(name).settings.groups, load("baseline").settings.groups
    health = sum(group.stock_per_post + group.without_contact_per_post for group in site.values() if group.health)
    others = (7_200_000 / 17_160 - 122) * site["searching"].stock_per_post / ordinary["searching"].stock_per_post
    assert health + others == pytest.approx(420, abs=1)
    assert health / (health + others) == pytest.approx({"high_health_share_site": 0.52, "low_health_share_site": 0.24}[name], abs=0.002)


def test_practice_is_that_of_the_baseline() -> None:
    assert load("awcs_as_practised").settings == load("baseline").settings


@pytest.mark.parametrize(("name", "short"), [("national_shortfall_10_9", 0.109), ("national_shortfall_13_2", 0.132)])
def test_shortfalls_are_within_half_a_coach(name: str, short: float) -> None:
    settings = load(name).settings
    assert settings.demand.posts == load("two_teams").settings.demand.posts
    assert settings.office.coaches == round(settings.demand.posts * (1 - short))
    assert settings.office.establishment is None


@pytest.mark.parametrize(("months", "days"), [(3, 91), (6, 182), (12, 364)])
def test_ramps_end_where_the_step_does(months: int, days: int) -> None:
    ramp, step = load(f"surge_ramped_{months}_months"), load("oxford_surge_step")
    assert {one.over_days for one in ramp.changes} == {days}
    assert periods(ramp)[-1][1] == periods(step)[-1][1]
    caps = [settings.diary.appointments_per_day for _, settings in periods(ramp)]
    assert caps == sorted(caps)
    assert set(caps) == set(range(22, 28))


def test_few_customers_of_lcwra_start_directly() -> None:
    assert direct_starts(load("baseline").settings)["lcwra"] == pytest.approx(0.01, abs=0.005)


# --- theory ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "utilisation"), [("mm1", 0.75), ("mmc", 0.75), ("md1", 0.75), ("mg1", 0.75)])
def test_queues_are_open_round_the_clock_at_a_known_utilisation(name: str, utilisation: float) -> None:
    settings = load(name).settings
    office, demand = settings.office, settings.demand
    assert (office.opens, office.closes, office.coach_start, office.coach_finish, office.lunch_minutes) == (0, 86400, 0, 86400, 0)
    assert (len(office.open_days), office.bank_holidays) == (7, "none")
    work = demand.unscheduled_per_post_day * demand.posts * demand.unscheduled_minutes.mean
    assert work / (1440 * office.coaches) == pytest.approx(utilisation)
    assert sum(group.stock_per_post + (group.arrivals_per_post_day or 0) for group in settings.groups.values()) == 0


def test_nobody_fails_falls_ill_or_leaves_when_everything_is_off() -> None:
    settings = load("everything_off").settings
    for group in settings.groups.values():
        assert group.failed_share == group.rearranged_share == group.late_share == group.messages_per_week == 0
        assert (group.exits, group.decision) == ({}, None)
        assert (group.need.mean, group.need.cv) == (1, 0)
    response = settings.responses[settings.strain.response]
    assert response.base_leaving_per_year == response.base_stress_per_year == 0
    assert settings.sickness.short.per_year == settings.sickness.long.per_year == 0
    assert settings.hiring.leave_days_per_year == 0


def test_the_reference_workload_is_the_one_it_is_compared_with() -> None:
    """250 days become 252; 143 customers, 1.09 starts and 13 meetings a customer are kept."""
    settings = load("reference_workload").settings
    assert settings.office.coaches == settings.demand.posts == 23
    assert settings.period.weeks * 7 == 252
    assert (settings.office.closes - settings.office.opens) // 60 == 450 == 18 * settings.office.slot_minutes
    assert sum(group.stock_per_post for group in settings.groups.values()) == pytest.approx(143)
    assert sum(group.arrivals_per_post_day or 0 for group in settings.groups.values()) == pytest.approx(1.09)
    for group in settings.groups.values():
        failed, daily = group.failed_share, group.exits["leaves"].per_month / (365.25 / 12)
        extra = 5 * failed / (1 - failed)
        meetings = math.exp(-daily * (1 + extra)) / (1 - math.exp(-daily * (10 + extra)))
        assert meetings == pytest.approx(13, abs=0.02)
    means = [group.plans["one"].phases["all"].minutes * group.need.mean for group in settings.groups.values()]
    assert means == [10, 20, 30]
