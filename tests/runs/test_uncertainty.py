"""Sets of assumed figures drawn from their ranges: which figures move, how far, and that every value of a lever meets the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from jobcentre.runs.experiment import scenario_at_point
from jobcentre.runs.variants import FIRST_SET, drawn_inputs, drawn_values, with_drawn_inputs
from jobcentre.scenario import Change, Evidence, load, vary, with_change
from jobcentre.studies.levers import lever_of, values_of, with_value

SURGE = "oxford_surge_step"  # with dated changes, some of them assumed
WHOLES = (".channels.", ".plans.", ".referrals_to.")


@cache
def scenario(name):
    return load(name)


@cache
def drawn(name, number, seed=1):
    return with_drawn_inputs(scenario(name), seed, number)


def plain(one):
    return one.settings.model_dump(mode="json")


def at(data, path):
    for key in path.split("."):
        data = data[key]
    return data


def middle(value):
    return value["mean"] if isinstance(value, dict) else value


def assumed(evidence):
    return {path: said for path, said in evidence.items() if said.quality == "assumed" and said.range is not None}


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def leaves(data, path=()):
    if isinstance(data, dict):
        return {found: value for key, inner in data.items() for found, value in leaves(inner, (*path, key)).items()}
    return {".".join(path): data}


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_only_assumed_figures_move(name):
    before, after = leaves(plain(scenario(name))), leaves(plain(drawn(name, 3)))
    assert before.keys() == after.keys()
    moved = {path for path in before if before[path] != after[path]}
    allowed = assumed(scenario(name).evidence)
    assert len(moved) > 100
    for path in moved:
        assert path in allowed or path.removesuffix(".mean") in allowed, path


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_every_assumed_number_with_a_range_is_drawn(name):
    one = scenario(name)
    numbers = {path for path in assumed(one.evidence) if is_number(middle(at(plain(one), path)))}
    numbers |= {path for change in one.changes for path in assumed(change.evidence) if is_number(change.set[path])}
    assert set(drawn_inputs(one)) == numbers
    assert len(numbers) > 100


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_figures_lie_in_their_ranges(name):
    for number in range(8):
        figures = plain(drawn(name, number))
        for path, said in assumed(scenario(name).evidence).items():
            value = middle(at(figures, path))
            if is_number(value) and not any(whole in path for whole in WHOLES):
                assert said.range[0] <= value <= said.range[1], path


def test_parts_of_a_whole_still_add_to_one():
    for number in range(8):
        for group in plain(drawn("baseline", number))["groups"].values():
            assert sum(group["channels"][name] for name in ("face_to_face", "telephone", "video")) == pytest.approx(1)
            if group["plans"]:
                assert sum(plan["share"] for plan in group["plans"].values()) == pytest.approx(1)
            if group["referrals_to"]:
                assert sum(group["referrals_to"].values()) == pytest.approx(1)


def test_whole_numbers_stay_whole():
    path = "diary.booking_horizon_days"
    said = scenario("baseline").evidence[path]
    found = {at(plain(drawn("baseline", number)), path) for number in range(20)}
    assert all(isinstance(value, int) for value in found)
    assert found <= set(range(int(said.range[0]), int(said.range[1]) + 1))
    assert len(found) > 3


def test_both_ends_of_a_range_of_whole_numbers_are_drawn():
    base = scenario("baseline")
    said = base.evidence["diary.booking_horizon_days"]
    narrow = Evidence(said.source, said.quality, (9, 10), said.note)
    one = _only(base, {"diary.booking_horizon_days": narrow})
    assert {at(plain(with_drawn_inputs(one, 1, number)), "diary.booking_horizon_days") for number in range(24)} == {9, 10}


def test_assumed_figures_of_dated_changes_move():
    base = scenario(SURGE)
    ranges = {path: said.range for change in base.changes for path, said in assumed(change.evidence).items()}
    assert ranges
    found = {path: set() for path in ranges}
    for number in range(8):
        after = drawn(SURGE, number)
        assert [change.date for change in after.changes] == [change.date for change in base.changes]
        for old, new in zip(base.changes, after.changes, strict=True):
            for path, value in new.set.items():
                if path in ranges and path in assumed(old.evidence):
                    low, high = ranges[path]
                    assert low <= value <= high
                    found[path].add(value)
                else:
                    assert value == old.set[path]
    assert all(len(values) > 2 for values in found.values())


def test_the_same_set_is_the_same_and_another_is_another():
    one = drawn_values(scenario("baseline"), 1, 3)
    assert one == drawn_values(load("baseline"), 1, 3)
    for other in (drawn_values(scenario("baseline"), 1, 4), drawn_values(scenario("baseline"), 2, 3)):
        assert np.mean([one[path] != other[path] for path in one]) > 0.9  # a few whole numbers may come out the same


LEVERS = [
    (SURGE, "coaches", "16:46:15"),
    (SURGE, "appointments_per_day", "8:26:9"),
    (SURGE, "demand.starts_factor", "1:2:0.5"),
    (SURGE, "diary.protected_admin_minutes", "0:240:120"),
    ("baseline", "days_to_hire", "10:130:60"),
    ("baseline", "admin.factor", "0.5:1.5:0.5"),
]


@pytest.mark.parametrize(("name", "lever", "span"), LEVERS, ids=[lever for _, lever, _ in LEVERS])
def test_every_value_of_a_lever_meets_the_same_figures_and_is_not_drawn_itself(name, lever, span):
    chosen = lever_of(lever, None)
    values = values_of(span, chosen, scenario(name))
    for number in range(3):
        figures = []
        for value in values:
            after = with_drawn_inputs(with_value(scenario(name), chosen, value), 1, number)
            dated = [change.set[path] for change in after.changes for path in chosen.paths if path in change.set]
            assert dated in ([], [value])
            if not dated:
                assert {at(plain(after), path) for path in chosen.paths} == {value}
            rest = leaves(plain(after)) | {f"{change.date} {path}": new for change in after.changes for path, new in change.set.items()}
            figures.append({path: new for path, new in rest.items() if not path.endswith(chosen.paths)})
        assert figures[0] == figures[1] == figures[2]


def test_a_lever_is_not_among_the_drawn_figures():
    for name, lever in (("baseline", "admin.factor"), (SURGE, "demand.starts_factor")):
        base, chosen = scenario(name), lever_of(lever, None)
        assert lever in drawn_inputs(base)
        one = with_value(base, chosen, 1.5)
        dated = any(lever in change.set for change in base.changes)
        # what a dated lever is before its date is still in doubt, if it is assumed
        assert (lever in drawn_inputs(one)) == (dated and lever in assumed(base.evidence))


def test_a_drawn_figure_does_not_depend_on_other_figures():
    """A set of a scenario with one figure fewer in doubt, and one of another value, has all others as they were."""
    base = scenario("baseline")
    before = drawn_values(base, 1, 5)
    settled = drawn_values(vary(base, {"admin.factor": 1.1}), 1, 5)
    assert set(before) - set(settled) == {"admin.factor"}
    assert all(settled[path] == before[path] for path in settled)


def test_figures_of_one_set_are_drawn_independently():
    """Over 60 sets no two of ten figures go together more than chance explains."""
    base = scenario("baseline")
    single = [path for path in drawn_inputs(base) if not any(whole in path for whole in WHOLES)][:10]
    one = _only(base, {path: base.evidence[path] for path in single})
    sets = [drawn_values(one, 1, number) for number in range(60)]
    table = np.array([[float(values[path]) for path in single] for values in sets])
    together = np.corrcoef(table.T)[np.triu_indices(len(single), 1)]
    assert np.abs(together).max() < 0.5  # 45 pairs, each with a standard error of 0.13


def test_means_over_many_sets_are_near_the_middle_of_the_ranges():
    base = scenario("baseline")
    single = [path for path in drawn_inputs(base) if not any(whole in path for whole in WHOLES)][::12]
    one = _only(base, {path: base.evidence[path] for path in single})
    sets = [drawn_values(one, 1, number) for number in range(150)]
    assert len(single) > 8
    for path in single:
        low, high = base.evidence[path].range
        error = (high - low) / 12**0.5 / 150**0.5
        assert np.mean([values[path] for values in sets]) == pytest.approx((low + high) / 2, abs=4 * error), path


def test_a_set_that_does_not_fit_together_is_drawn_anew_where_it_does_not():
    """Two figures of which one must be below the other, with ranges that overlap."""
    base = vary(scenario("baseline"), {"policies.flexibilities.lower": 100, "policies.flexibilities.upper": 150})
    unsure = {
        f"policies.flexibilities.{end}": Evidence("assumed", "assumed", (90, 160), "a trial") for end in ("lower", "upper")
    }  # fmt: skip
    one = _only(base, {**unsure, "admin.factor": base.evidence["admin.factor"]})
    alone = _only(base, {"admin.factor": base.evidence["admin.factor"]})
    for number in range(12):
        values = drawn_values(one, 1, number)
        assert 90 <= values["policies.flexibilities.lower"] <= values["policies.flexibilities.upper"] <= 160
        assert values["admin.factor"] == drawn_values(alone, 1, number)["admin.factor"]


def test_a_point_is_the_scenario_a_response_or_a_set():
    base = scenario("baseline")
    assert scenario_at_point(base, 0, 1) is base
    assert scenario_at_point(base, 1, 1).settings.strain.response == "low"
    assert scenario_at_point(base, FIRST_SET + 2, 1).settings == with_drawn_inputs(base, 1, 2).settings
    assert scenario_at_point(base, FIRST_SET + 2, 2).settings != with_drawn_inputs(base, 1, 2).settings


def test_what_is_told_of_a_set_is_what_is_drawn():
    """Of a figure that is drawn at the start and set to a known value from a date on, the drawn value is told."""
    base = scenario("baseline")
    path = "diary.booking_horizon_days"
    one = with_change(base, Change(base.settings.period.start + dt.timedelta(days=7), {path: 45}, 1, "a trial"))
    assert drawn_values(one, 1, 2)[path] == at(plain(with_drawn_inputs(one, 1, 2)), path) != 45


def _only(base, evidence):
    return replace(base, evidence=evidence)
