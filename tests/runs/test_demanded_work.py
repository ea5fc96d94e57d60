"""Work asked for beside contracted hours: sums by hand, what is noted, and that no scenario of an office is."""

from __future__ import annotations

import math

import pytest

from jobcentre.model.inputs import derived_arrivals
from jobcentre.runs.demanded_work import contracted_minutes, demanded_minutes, work_notes
from jobcentre.scenario import find_scenarios, load, vary
from jobcentre.studies.sanity_checks import notes

#: Textbook cases have customers or coaches that no office has.
NO_OFFICES = "theory"


def test_work_of_the_hand_worked_day() -> None:
    """Planned minutes × need + 45 of admin each, every day: 2 × 73, 1 × 63, 3 × 105, 2 × 65; one coach has 420 minutes."""
    settings = load("hand_worked_day").settings
    asked = demanded_minutes(settings, derived_arrivals(settings, 5 / 7), 5 / 7, 7)
    assert {name: round(minutes, 6) for name, minutes in asked.items()} == {
        "unscheduled": 0, "searching": 146, "pre_wca": 63, "lcw": 315, "lcwra": 130,
    }  # fmt: skip
    assert contracted_minutes(settings) == 420


def test_work_of_unscheduled_contacts_alone() -> None:
    settings = load("mm1").settings
    assert sum(demanded_minutes(settings, {"searching": 0.0}, 1.0, 100).values()) == 1080  # 108 of 10 minutes
    assert contracted_minutes(settings) == 1440


def test_work_of_a_plan_with_phases() -> None:
    """97 customers a post, who stay 30.4375 ÷ 0.15 days: 7 days to the first meeting, 13 weeks from there to fortnightly ones."""
    base = load("baseline")
    settings, stay = base.settings, 365.25 / 12 / 0.15
    usual = derived_arrivals(settings, 5 / 7)
    in_first = 1 - math.exp(-7 / stay)
    in_early = math.exp(-7 / stay) - math.exp(-(7 + 91) / stay)
    meetings = in_first * (50 + 20) / 5 + in_early * (10 + 3) / 5 + (1 - in_first - in_early) * (10 + 3) / 10
    by_hand = 23 * (97 * (meetings + 0.25 / 5 * 2) + usual["searching"] * 4)
    assert demanded_minutes(settings, usual, 5 / 7, 364)["searching"] == pytest.approx(by_hand)


def test_part_time_coaches_have_fewer_hours_and_posts_that_may_be_filled_count() -> None:
    """Twenty coaches, half on 3 of 5 days, 444 minutes a day: 20 × 444 × 0.8; with 30 posts 30 × 444 × 0.8."""
    inputs = {"office.coaches": 20, "office.establishment": 20, "office.part_time_share": 0.5, "office.part_time_days": 3}
    assert contracted_minutes(load("baseline", inputs).settings) == pytest.approx(20 * 444 * 0.8)
    assert contracted_minutes(load("baseline", {**inputs, "office.establishment": 30}).settings) == pytest.approx(30 * 444 * 0.8)


@pytest.mark.parametrize(
    "inputs",
    [
        {"demand.starts_factor": 5, "period.weeks": 104},
        {"demand.unscheduled_per_post_day": 120},
        {"groups.searching.stock_per_post": 600},
        {"groups.searching.messages_per_week": 40},
        {"groups.searching.plans.fortnightly.phases.later.minutes": 200},
        {"admin.held_minutes": 90},
        {"office.coaches": 8, "office.establishment": 8, "hiring.policy": "freeze", "groups.searching.need.mean": 2},
    ],
)
def test_far_more_work_than_hours_is_noted(inputs: dict[str, object]) -> None:
    (note,) = work_notes(vary(load("baseline"), inputs))
    assert note.startswith("baseline: the work asked for is about ")
    assert "times what contracted hours allow" in note
    assert note in notes(vary(load("baseline"), inputs), trial=False)


def test_far_less_work_than_hours_is_noted_unless_diaries_are_filled() -> None:
    many = vary(load("baseline"), {"office.coaches": 115, "office.establishment": 115})
    (note,) = work_notes(many)
    assert "% of what contracted hours allow" in note
    assert work_notes(vary(many, {"diary.fill_target_share": 0.9})) == []


def test_no_coaches_at_all_get_no_second_note() -> None:
    assert work_notes(vary(load("baseline"), {"office.coaches": 0, "office.establishment": 0})) == []


def test_work_from_a_date_on_is_noted_with_it_once_it_is_there() -> None:
    surge = {"changes.surge.set.demand.unscheduled_per_post_day": 200}
    (note,) = work_notes(load("oxford_surge_step", surge))
    assert "asked for from 2021-11-01 on is about" in note
    (note,) = work_notes(load("surge_ramped_3_months", surge))
    assert "asked for from 2022-01-" in note


def test_no_scenario_of_an_office_is_noted() -> None:
    found = {one.path.stem: work_notes(load(one.path)) for one in find_scenarios() if one.path.parent.name != NO_OFFICES}
    assert len(found) > 30
    assert {name: said for name, said in found.items() if said} == {}
