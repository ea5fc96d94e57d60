"""Draws of uncertain inputs: which inputs move, how far, and that every value of a lever meets the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from jobcentre.runs.draws import (
    UncertainInput,
    drawn_values,
    require_uncertain_inputs,
    uncertain_inputs,
    with_drawn_inputs,
    with_places,
    with_values,
)
from jobcentre.runs.experiment import scenario_at_point
from jobcentre.runs.variants import FIRST_DRAW
from jobcentre.scenario import Change, Evidence, ScenarioError, load, vary, with_change
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


def uncertain(evidence):
    """Evidence of inputs that are assumed or derived, have a range, and that management does not decide."""
    known = ("assumed", "derived")
    return {path: said for path, said in evidence.items() if said.quality in known and said.range is not None and not is_decided(path)}


def is_decided(path):
    """Patterns of this file's own: periods, posts, hours, caps, and what policies do, but not how well they work."""
    if path in (
        "office.first_year_share",
        "policies.relief.return_protection",
        "policies.relief.refused_factor",
        "policies.digital.minutes",
    ):
        return False
    own = ("diary.appointments_per_day", "diary.bookings_per_start", "diary.protected_admin_minutes", "diary.fill_target_share")
    return path.startswith(("period.", "office.", "policies.")) or path in (*own, "attendance.ends_claim_after")


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def leaves(data, path=()):
    if isinstance(data, dict):
        return {found: value for key, inner in data.items() for found, value in leaves(inner, (*path, key)).items()}
    return {".".join(path): data}


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_only_uncertain_inputs_move(name):
    before, after = leaves(plain(scenario(name))), leaves(plain(drawn(name, 3)))
    assert before.keys() == after.keys()
    moved = {path for path in before if before[path] != after[path]}
    allowed = uncertain(scenario(name).evidence)
    assert len(moved) > 100
    for path in moved:
        assert path in allowed or path.removesuffix(".mean") in allowed, path


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_every_uncertain_number_with_a_range_is_drawn(name):
    one = scenario(name)
    numbers = {path for path in uncertain(one.evidence) if is_number(middle(at(plain(one), path)))}
    numbers |= {
        f"changes.{change.name}.set.{path}" for change in one.changes for path in uncertain(change.evidence) if is_number(change.set[path])
    }
    assert set(uncertain_inputs(one)) == numbers
    assert len(numbers) > 100


@pytest.mark.parametrize("name", ["baseline", SURGE])
def test_figures_lie_in_their_ranges(name):
    for number in range(8):
        figures = plain(drawn(name, number))
        for path, said in uncertain(scenario(name).evidence).items():
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
    narrow = Evidence(said.source, said.quality, (9, 10), note=said.note)
    one = _only(base, {"diary.booking_horizon_days": narrow})
    assert {at(plain(with_drawn_inputs(one, 1, number)), "diary.booking_horizon_days") for number in range(24)} == {9, 10}


def test_uncertain_inputs_of_dated_changes_move():
    base = scenario(SURGE)
    ranges = {path: said.range for change in base.changes for path, said in uncertain(change.evidence).items()}
    assert ranges
    found = {path: set() for path in ranges}
    for number in range(8):
        after = drawn(SURGE, number)
        assert [change.date for change in after.changes] == [change.date for change in base.changes]
        for old, new in zip(base.changes, after.changes, strict=True):
            for path, value in new.set.items():
                if path in ranges and path in uncertain(old.evidence):
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
        assert lever in uncertain_inputs(base)
        one = with_value(base, chosen, 1.5)
        dated = any(lever in change.set for change in base.changes)
        # what a dated lever is before its date is still in doubt, if it is assumed
        assert (lever in uncertain_inputs(one)) == (dated and lever in uncertain(base.evidence))


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
    single = [path for path in uncertain_inputs(base) if not any(whole in path for whole in WHOLES)][:10]
    one = _only(base, {path: base.evidence[path] for path in single})
    sets = [drawn_values(one, 1, number) for number in range(60)]
    table = np.array([[float(values[path]) for path in single] for values in sets])
    together = np.corrcoef(table.T)[np.triu_indices(len(single), 1)]
    assert np.abs(together).max() < 0.5  # 45 pairs, each with a standard error of 0.13


def test_means_over_many_sets_are_near_the_middle_of_the_ranges():
    base = scenario("baseline")
    single = [
        path for path, one in uncertain_inputs(base).items() if one.prior == "uniform" and not any(whole in path for whole in WHOLES)
    ][::12]
    one = _only(base, {path: base.evidence[path] for path in single})
    sets = [drawn_values(one, 1, number) for number in range(150)]
    assert len(single) > 8
    for path in single:
        low, high = base.evidence[path].range
        error = (high - low) / 12**0.5 / 150**0.5
        assert np.mean([values[path] for values in sets]) == pytest.approx((low + high) / 2, abs=4 * error), path


def test_a_set_that_does_not_fit_together_is_drawn_anew_where_it_does_not():
    """Two inputs of which one must be below the other, with ranges that overlap."""
    ends = ("leaving.contagion_peak_days", "leaving.contagion_days")
    base = vary(scenario("baseline"), dict(zip(ends, (20, 150), strict=True)))
    unsure = dict.fromkeys(ends, Evidence("assumed", "assumed", (10, 160), note="a trial"))
    one = _only(base, {**unsure, "admin.factor": base.evidence["admin.factor"]})
    alone = _only(base, {"admin.factor": base.evidence["admin.factor"]})
    for number in range(12):
        values = drawn_values(one, 1, number)
        assert 10 <= values[ends[0]] <= values[ends[1]] <= 160
        assert values["admin.factor"] == drawn_values(alone, 1, number)["admin.factor"]


def test_a_point_is_the_scenario_a_response_or_a_set():
    base = scenario("baseline")
    assert scenario_at_point(base, 0, 1) is base
    assert scenario_at_point(base, 1, 1).settings.strain.response == "low"
    assert scenario_at_point(base, FIRST_DRAW + 2, 1).settings == with_drawn_inputs(base, 1, 2).settings
    assert scenario_at_point(base, FIRST_DRAW + 2, 2).settings != with_drawn_inputs(base, 1, 2).settings


def test_what_is_told_of_a_set_is_what_is_drawn():
    """Of a figure that is drawn at the start and set to a known value from a date on, the drawn value is told."""
    base = scenario("baseline")
    path = "diary.booking_horizon_days"
    one = with_change(base, Change(base.settings.period.start + dt.timedelta(days=7), {path: 45}, 1, "a trial"))
    assert drawn_values(one, 1, 2)[path] == at(plain(with_drawn_inputs(one, 1, 2)), path) != 45


def _only(base, evidence):
    return replace(base, evidence=evidence)


def an_input(value, low, high, prior, path="admin.factor"):
    return UncertainInput(path, "", value, low, high, prior, path, "assumed")


def test_quantiles_of_the_priors():
    """Uniform by proportion; triangular with the mode at 2 of 0 to 10 has 1/5 below it; lognormal has its median at the geometric mean."""
    assert an_input(2.0, 0.0, 10.0, "uniform").at(0.3) == pytest.approx(3.0)
    triangular = an_input(2.0, 0.0, 10.0, "triangular")
    assert [triangular.at(place) for place in (0.0, 0.05, 0.2, 1.0)] == pytest.approx([0.0, 1.0, 2.0, 10.0])
    assert triangular.at(0.8) == pytest.approx(10 - 16**0.5)  # (10 - x)² ÷ (10 × 8) = 0.2
    lognormal = an_input(3.0, 1.0, 16.0, "lognormal")
    assert [lognormal.at(place) for place in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 4.0, 16.0])
    # of a whole normal distribution 84.13 % lie below one standard deviation, which is ln 4 ÷ 1.95996
    assert lognormal.at((0.841345 - 0.025) / 0.95) == pytest.approx(4 * 4 ** (1 / 1.959964), rel=1e-4)


def test_whole_numbers_lie_in_their_range_under_every_prior():
    places = np.linspace(0, 1, 101)
    for prior in ("uniform", "triangular", "lognormal"):
        found = {an_input(3, 1, 6, prior).at(place) for place in places}
        assert found == set(range(1, 7))


def test_inputs_drawn_together_lie_at_the_same_place():
    base = scenario("baseline")
    inputs = uncertain_inputs(base)
    followers = [one for one in inputs.values() if one.address != one.path]
    assert len(followers) > 40
    ends = [one for one in followers if one.prior == "uniform" and not any(whole in one.path for whole in WHOLES)]
    for number in range(3):
        values = drawn_values(base, 1, number)
        for one in ends:
            leader = inputs[one.address]
            if isinstance(one.value, float):
                place = (values[one.name] - one.low) / (one.high - one.low)
                assert place == pytest.approx((values[leader.name] - leader.low) / (leader.high - leader.low)), one.name


def test_what_management_decides_is_not_drawn():
    base = scenario("baseline")
    moved = {one.path for one in uncertain_inputs(base).values()}
    assert not {path for path in moved if is_decided(path)}
    assert "policies.relief.return_protection" in moved


def test_a_share_that_is_moved_alone_has_the_others_make_room():
    """Telephone from 0.12 to 0.4: the other two channels share 0.6 as 0.85 to 0.03 does."""
    base = scenario("baseline")
    path = "groups.searching.channels.telephone"
    moved = with_values(base, {path: 0.4}, uncertain_inputs(base)).settings.groups["searching"].channels
    assert moved.telephone == pytest.approx(0.4)
    assert moved.face_to_face == pytest.approx(0.6 * 0.85 / 0.88)
    assert moved.video == pytest.approx(0.6 * 0.03 / 0.88)


def test_whatever_can_be_moved_to_an_end_alone_is_moved():
    """But a plan that is the only one, whose share is 1 whatever is drawn."""
    base = scenario("baseline")
    inputs = uncertain_inputs(base)
    still = []
    for name, one in inputs.items():
        found = []
        for end in (0.0, 1.0):
            try:
                found.append(at(plain(with_values(base, {name: one.at(end)}, inputs)), name))
            except ScenarioError:  # it contradicts another input
                found.append(None)
        if len(set(map(repr, found))) == 1 and one.low < one.high:
            still.append(name)
    assert still == ["groups.searching.plans.fortnightly.share"]


def test_the_place_of_a_value_is_found_again():
    for prior in ("uniform", "triangular", "lognormal"):
        one = an_input(3.0, 1.0, 16.0, prior)
        for place in (0.0, 0.1, 0.77, 1.0):
            assert one.place_of(one.at(place)) == pytest.approx(place, abs=1e-5)


def test_whole_numbers_that_do_not_fit_come_back_to_the_present_value():
    """An upper limit at which only the present value fits: the way back does not stop at one above it."""
    base = vary(scenario("baseline"), {"leaving.contagion_peak_days": 3, "leaving.contagion_days": 4})
    one = _only(base, {"leaving.contagion_peak_days": Evidence("assumed", "assumed", (3, 60), note="a trial")})
    values, there = with_places(one, {"leaving.contagion_peak_days": 1.0})
    assert values == {"leaving.contagion_peak_days": 3}
    assert there.settings.leaving.contagion_peak_days == 3


def test_chains_and_circles_of_inputs_drawn_with_each_other_lie_at_one_place():
    base, names = scenario("baseline"), ["admin.cv", "admin.factor", "strain.support"]
    for leaders in (["admin.factor", "strain.support", ""], ["admin.factor", "strain.support", "admin.cv"]):
        said = {name: replace(base.evidence[name], prior="uniform", drawn_with=leader) for name, leader in zip(names, leaders, strict=True)}
        inputs = uncertain_inputs(_only(base, said))
        assert len({one.address for one in inputs.values()}) == 1
        values = drawn_values(_only(base, said), 1, 2)
        assert len({round((values[name] - inputs[name].low) / (inputs[name].high - inputs[name].low), 9) for name in names}) == 1


def test_without_an_uncertain_input_there_is_nothing_to_draw():
    with pytest.raises(ScenarioError, match="has no uncertain input"):
        require_uncertain_inputs(_only(scenario("baseline"), {}))
