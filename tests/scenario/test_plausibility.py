"""Notes on figures that no rule forbids: far outside their range, out of proportion, never left, without effect."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobcentre.scenario import Scenario, find_scenarios, load
from jobcentre.scenario.plausibility import doubts

RANGED = {path: said.range for path, said in load("baseline").evidence.items() if said.range is not None}
#: Textbook cases, and a workload for timing, have figures that no office has.
NO_OFFICES = ("theory", "reference_workload")


def noted(scenario: Scenario) -> str:
    return "\n".join(doubts(scenario))


@pytest.mark.parametrize("path", sorted(RANGED))
def test_a_figure_far_outside_its_range_is_noted_with_the_range(path: str) -> None:
    """Every figure with a range: a value further beyond an end than the range is wide is noted, the ends are not."""
    low, high = RANGED[path]
    base = load("baseline")
    far = round(high + 2 * (high - low) + abs(high) + 1)
    one = with_value(base, path, far)
    assert f"{path} is {far:g}, far outside the range of its evidence, {low:g} to {high:g}" in noted(one)
    for end in (low, high):
        assert f"{path} is" not in noted(with_value(base, path, end))  # of whole numbers also where an end is none


def with_value(scenario: Scenario, path: str, value: float) -> Scenario:
    """The scenario with a number put in without any check: what is noted does not depend on what is allowed."""
    *sections, name = path.split(".")
    chain = [scenario.settings]
    for key in sections:
        chain.append(chain[-1][key] if isinstance(chain[-1], dict) else getattr(chain[-1], key))
    new = value
    for holder, key in zip(reversed(chain), reversed([*sections, name]), strict=True):
        old = holder[key] if isinstance(holder, dict) else getattr(holder, key)
        if hasattr(old, "mean") and not hasattr(new, "mean"):
            new = old.model_copy(update={"mean": new})
        if isinstance(old, int) and not isinstance(new, dict) and not hasattr(new, "model_copy"):
            new = int(new)
        new = {**holder, key: new} if isinstance(holder, dict) else holder.model_copy(update={key: new})
    return replace(scenario, settings=new)


def test_no_scenario_of_an_office_is_doubted() -> None:
    found = {
        one.path.stem: doubts(load(one.path)) for one in find_scenarios() if not {one.path.parent.name, one.path.stem} & set(NO_OFFICES)
    }
    assert len(found) > 30
    assert {name: notes for name, notes in found.items() if notes} == {}


def test_coaches_and_posts_out_of_proportion() -> None:
    inputs = {"office.coaches": 1400, "office.establishment": 1400, "demand.posts": 14}
    assert "office.coaches is 1400 for the customers of 14 posts (demand.posts)" in noted(load("baseline", inputs))
    assert "demand.posts" not in noted(load("baseline", {"office.coaches": 28, "office.establishment": 28, "demand.posts": 14}))


def test_a_group_without_a_way_out() -> None:
    closed = load("baseline", {f"groups.lcw.exits.{name}.per_month": 0 for name in load("baseline").settings.groups["lcw"].exits})
    assert "groups.lcw has no way out" in noted(closed)
    assert "no way out" not in noted(load("baseline"))


@pytest.mark.parametrize(
    ("path", "value", "switch"),
    [
        ("policies.reminders.failed_factor", 0.72, {"policies.reminders.on": True}),
        ("policies.digital.minutes", 33, {"policies.digital.share": 0.1}),
        ("policies.outreach.days_per_week", 4, {"policies.outreach.coaches": 1}),
        ("policies.training.notice_days", 9, {"policies.training.coaches_per_week": 1}),
        ("policies.flexibilities.interval_factor", 3, {"policies.flexibilities.trigger": "delay"}),
    ],
)
def test_a_figure_without_effect_because_its_switch_is_off(path: str, value: float, switch: dict[str, object]) -> None:
    ((name, _),) = switch.items()
    assert f"{path} has no effect: {name} is" in noted(load("baseline", {path: value}))
    assert f"{path} has no effect" not in noted(load("baseline", {path: value, **switch}))


def test_a_dated_value_far_outside_says_from_when() -> None:
    surge = load("oxford_surge_step", {"changes.surge.set.diary.appointments_per_day": 90})
    assert "diary.appointments_per_day is 90 from 2021-11-01 on, far outside the range" in noted(surge)
