"""By what a run is known: all that decides it, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from jobcentre.model import simulate
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.run_key import meaning, model_version, run_key
from jobcentre.scenario import Change, load, vary, with_change


@pytest.fixture(scope="module")
def office():
    return vary(
        load("oxford_surge_step"),
        {"period.start": "2021-10-11", "period.weeks": 5, "period.warmup_weeks": 1, "period.reference_date": None},
    )


def test_titles_reasons_and_names_do_not_count(office):
    other = replace(
        office, name="other", title="Another title", question="Why?", context="x", evidence={}, moves={}, compared_with=None, extends=(),
        changes=tuple(replace(change, why="for another reason", evidence={}) for change in office.changes),
    )  # fmt: skip
    assert run_key(other, 1) == run_key(office, 1)
    assert simulate(other).digest == simulate(office).digest  # and rightly so


@pytest.mark.parametrize(
    "change",
    [
        lambda one: vary(one, {"diary.appointments_per_day": 19}),
        lambda one: vary(one, {"strain.support": 0.987654321}),
        lambda one: vary(one, {"period.weeks": 4}),
        lambda one: replace(one, changes=one.changes[1:]),
        lambda one: replace(one, changes=tuple(replace(part, over_days=part.over_days + 1) for part in one.changes)),
        lambda one: replace(one, changes=tuple(replace(part, date=part.date + dt.timedelta(days=1)) for part in one.changes)),
        lambda one: with_change(one, Change(dt.date(2021, 10, 18), {"admin.factor": 1.01})),
    ],
)
def test_every_figure_and_every_dated_change_counts(office, change):
    assert run_key(change(office), 1) != run_key(office, 1)


def test_the_seed_and_the_model_count(office, monkeypatch):
    keys = {run_key(office, seed) for seed in (0, 1, 2, 2**64 - 1)}
    assert len(keys) == 4
    monkeypatch.setattr("jobcentre.runs.run_key.model_version", lambda: "another")
    assert run_key(office, 1) not in keys
    assert model_version() != "another"


def test_points_have_run_keys_of_their_own(office):
    provider = PlainScenarios({"one": office, "two": office}, 1)
    found = {
        place: provider.at(place).run_key
        for place in [("one", "", 0), ("one", "", 1), ("one", "", 3), ("one", "", 1000), ("one", "", 1001)]
    }
    assert len(set(found.values())) == 5
    assert provider.at(("two", "", 0)).run_key == found["one", "", 0]  # the same figures under another name are the same runs


SOURCE = '''"""A module."""

LIMIT = 3


def rule(value: int) -> str:
    """A rule."""
    if value > LIMIT:
        return f"{value} is above {LIMIT}"
    return " "
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another text,\nover two lines."""'),
        ('    """A rule."""\n', ""),
        ("LIMIT = 3\n", "# the most that is allowed\nLIMIT = 3  # a count\n"),
        ("rule(value: int)", "rule(\n    value: int\n)"),
        ("LIMIT = 3\n", "LIMIT = 3\n\n\n"),
    ],
)
def test_comments_docstrings_and_line_breaks_do_not_count(old, new):
    assert SOURCE.count(old) == 1
    assert meaning(SOURCE.replace(old, new)) == meaning(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("= 3", "= 4"), ("> LIMIT", ">= LIMIT"), ('" "', '"  "'), (" is above", " is  above"), ('    return " "', '        return " "')],
)
def test_what_a_module_does_counts(old, new):
    assert SOURCE.count(old) == 1
    assert meaning(SOURCE.replace(old, new)) != meaning(SOURCE)
