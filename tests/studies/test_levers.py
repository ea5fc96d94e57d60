"""Levers: which figures one sets, over which values, and from when."""

from __future__ import annotations

import pytest

from jobcentre.scenario import ScenarioError, load
from jobcentre.studies.levers import lever_of, values_of, with_value


@pytest.mark.parametrize(
    ("lever", "paths", "value"),
    [
        ("coaches", ("office.coaches", "office.establishment"), 25),
        ("appointments_per_day", ("diary.appointments_per_day",), 15),
        ("protected_admin_minutes", ("diary.protected_admin_minutes",), 60),
        ("days_to_hire", ("hiring.days_to_hire.mean",), 20),
        ("admin.factor", ("admin.factor",), 0.75),
        ("groups.lcw.failed_share", ("groups.lcw.failed_share",), 0.1),
    ],
)
def test_a_lever_sets_its_figures_and_nothing_else(lever, paths, value):
    base = load("oxford_before")
    before, after = base.resolved(), with_value(base, lever_of(lever, None), value).resolved()

    def leaves(data, path=()):
        if isinstance(data, dict):
            return {found: one for key, inner in data.items() for found, one in leaves(inner, (*path, key)).items()}
        return {".".join(path): data}

    old, new = leaves(before), leaves(after)
    assert {path for path in new if old.get(path) != new[path]} == set(paths)
    assert {new[path] for path in paths} == {value}


@pytest.mark.parametrize("lever", ["coaches", "appointments_per_day", "protected_admin_minutes", "days_to_hire"])
def test_known_levers_have_values_of_their_own_that_all_can_be(lever):
    chosen = lever_of(lever, None)
    for name in ("baseline", "oxford_surge_step"):
        base = load(name)
        values = values_of(None, chosen, base)
        assert values == sorted(set(values))
        assert len(values) > 5
        for value in (values[0], values[-1]):
            with_value(base, chosen, value)


def test_posts_that_change_at_a_date_are_a_lever_of_their_own(tmp_path):
    path = tmp_path / "grows.yaml"
    path.write_text(
        "title: A variant\nextends: oxford_before\nchanges: {more: {date: 2021-11-01, why: More., set: {office.establishment: 30}}}\n",
        encoding="utf-8",
    )
    base = load(path)
    with pytest.raises(ScenarioError) as refused:
        with_value(base, lever_of("coaches", None), 24)
    assert "--lever office.establishment" in refused.value.problems[0].suggestion
    one = with_value(base, lever_of("office.establishment", None), 27)
    assert one.changes[0].set == {"office.establishment": 27}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("18:21", [18, 19, 20, 21]),
        ("0:60:30", [0, 30, 60]),
        ("0:0.3:0.1", [0, 0.1, 0.2, 0.3]),
        ("5:5", [5]),
        ("1:2:5", [1]),
        ("0:2", [0, 1, 2]),
    ],
)
def test_a_range_has_these_values(text, values):
    assert values_of(text, lever_of("coaches", None), load("baseline")) == values
