"""What a sweep may vary: names, values, and what a value really changes in a scenario."""

from __future__ import annotations

import datetime as dt

import pytest

from jobcentre.scenario import ScenarioError, load, periods
from jobcentre.scenario.schema_paths import all_figures
from jobcentre.studies.levers import KNOWN, InvalidAxis, axis_of, lever_of, value_on, with_value
from jobcentre.studies.sweep_plan import at_point

SURGE = dt.date(2021, 11, 1)
CAP = "diary.appointments_per_day"


def leaves(data, path=()):
    if isinstance(data, dict):
        return {found: one for key, inner in data.items() for found, one in leaves(inner, (*path, key)).items()}
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return {found: one for place, inner in enumerate(data, start=1) for found, one in leaves(inner, (*path, str(place))).items()}
    return {"/".join(path): data}


def differing(before, after):
    old, new = leaves(before.resolved()), leaves(after.resolved())
    return {path: new.get(path) for path in old | new if old.get(path) != new.get(path)}


def refused(scenario, axes, values):
    with pytest.raises(ScenarioError) as error:
        at_point(scenario, axes, values)
    return error.value.problems


@pytest.fixture(scope="module")
def surge():
    return load("oxford_surge_step")


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label", "unit", "kind"),
    [
        ("coaches", "Coaches", "coaches", "whole"),
        ("appointments_per_day", "Appointments a day at most", "appointments per coach-day", "whole"),
        ("protected_admin_minutes", "Protected minutes a day", "minutes", "whole"),
        ("days_to_hire", "Working days to hire", "working days", "number"),
        (CAP, "Most bookings of one coach on one day", "appointments per coach-day", "whole"),
        ("admin.factor", "Factor on the minutes of every admin task except journal messages", "ratio", "number"),
        ("hiring.days_to_hire.mean", "Working days from vacancy to a newcomer's first day: mean", "working days", "number"),
        ("conversation.late_minutes.mean", "How late the late are: mean", "minutes", "number"),
        ("groups.lcw.need.mean", "Minutes a conversation needs, as a ratio to its planned minutes: mean (lcw)", "ratio", "number"),
        ("diary.template", "Order in which starts are offered", "choice", "choice"),
        ("diary.cover", "Whether present colleagues take the bookings of an absent coach", "yes or no", "yes or no"),
        ("office.opens", "Customers are seen from", "time", "time"),
        ("period.start", "First counted date (a Monday)", "date", "date"),
        (f"changes.surge.set.{CAP}", "Most bookings of one coach on one day, in the change `surge`", "appointments per coach-day", "whole"),
        ("changes.demand.date", "Date of the change `demand`", "date", "date"),
        ("changes.our_own.over_days", "Days over which the change `our_own` acts", "calendar days", "whole"),
    ],
)
def test_a_name_is_read(name, label, unit, kind):
    axis = axis_of(name)
    assert (axis.name, axis.label, axis.unit, axis.kind) == (name, label, unit, kind)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("coachs", "did you mean `coaches`?"),
        ("diary.apointments_per_day", "did you mean `appointments_per_day`?"),
        ("zzz", "give the path of a figure, or one of coaches"),
        ("", "there is no such figure"),
        ("diary", "is not a single figure"),
        ("groups.lcw", "is not a single figure"),
        ("hiring.days_to_hire", "vary `hiring.days_to_hire.mean` or `hiring.days_to_hire.cv`"),
        ("office.open_days", "is a list, which a sweep cannot vary"),
        ("changes", "write changes.NAME.set.PATH"),
        ("changes[0].date", "changes have names: `jobcentre upgrade FILE`"),
        ("changes.surge", "write changes.NAME.set.PATH"),
        ("changes.surge.why", "write changes.NAME.set.PATH"),
        ("changes.1.date", "write changes.NAME.set.PATH"),
        ("changes.surge.set.admin.faktor", "did you mean `factor`?"),
        ("changes.surge.set.hiring.days_to_hire", "vary `changes.surge.set.hiring.days_to_hire.mean`"),
        ("changes.surge.date ", "write changes.NAME.set.PATH"),
    ],
)
def test_a_name_of_nothing_is_refused(name, words):
    with pytest.raises(InvalidAxis) as error:
        axis_of(name)
    assert words in f"{error.value.message}; {error.value.suggestion}"


def test_every_single_figure_of_the_schema_can_be_varied_or_is_a_list():
    refused_as = {}
    for path, spot in all_figures():
        name = ".".join(path).replace("*", "any")
        for one in [f"{name}.mean", f"{name}.cv"] if spot.kind == "distribution" else [name]:
            try:
                axis_of(one)
            except InvalidAxis as unfit:
                refused_as[one] = unfit.message
    assert refused_as == {"office.open_days": "is a list, which a sweep cannot vary"}


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("coaches", 18.0, 18),
        ("admin.factor", 1, 1.0),
        ("diary.cover", False, False),
        ("office.opens", "9:00", "09:00"),
        ("period.start", "2023-10-02", "2023-10-02"),
        ("diary.template", "earliest", "earliest"),
        ("groups.lcw.label", "A label, with a comma", "A label, with a comma"),
    ],
)
def test_equal_values_look_equal(name, given, value):
    found = value_on(axis_of(name), given)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("coaches", 18.5, "is 18.5 but must be a whole number"),
        ("coaches", True, "is true but must be a number"),
        ("coaches", "18-30", "write a list as [18, 23, 27], a range as 18:30 or 18:30:2"),
        ("coaches", [1], "is a list but must be a number"),
        ("coaches", None, "has no value"),
        ("coaches", float("nan"), "an ordinary number"),
        ("coaches", 10**29, "an ordinary number"),
        ("admin.factor", float("inf"), "an ordinary number"),
        ("diary.cover", "yes", "is 'yes' but must be true or false"),
        ("diary.cover", 1, "is 1 but must be true or false"),
        ("diary.template", "spraed", "did you mean `spread`?"),
        ("diary.template", {"a": 1}, "is a section but must be text"),
        ("office.opens", "25:00", "is not a time of day"),
        ("office.opens", 900, "a time of day is written"),
        ("period.start", "2023-02-30", "no such date"),
    ],
)
def test_a_value_of_another_kind_is_refused(name, given, words):
    with pytest.raises(InvalidAxis) as error:
        value_on(axis_of(name), given)
    assert words in f"{error.value.message}; {error.value.suggestion}"


# --- what a value changes --------------------------------------------------------------------------------------------


def test_a_figure_is_set_from_the_start_and_nothing_else(surge):
    after = at_point(surge, ["admin.held_minutes"], [5.0])
    assert differing(surge, after) == {"admin/held_minutes": 5.0}
    assert after.name == surge.name
    assert {settings.admin.held_minutes for _, settings in periods(after)} == {5.0}


def test_a_figure_of_a_dated_change_is_changed_there_only(surge):
    after = at_point(surge, [f"changes.surge.set.{CAP}"], [24])
    assert differing(surge, after) == {f"changes/surge/set/{CAP}": 24}
    told = [(date, settings.diary.appointments_per_day) for date, settings in periods(after)]
    assert told == [(periods(surge)[0][0], 22), (SURGE, 24)]


def test_the_date_of_a_change_is_moved_and_the_names_of_the_others_stay(surge):
    """The surge goes behind the others, and the demand stays where it was."""
    later = dt.date(2022, 1, 3)
    after = at_point(surge, ["changes.surge.date", "changes.demand.set.demand.starts_factor"], ["2022-01-03", 1.3])
    told = {date: (settings.diary.appointments_per_day, settings.demand.starts_factor) for date, settings in periods(after)}
    assert list(told.values()) == [(22, 1.0), (22, 1.3), (27, 1.3)]
    assert list(told)[1:] == [SURGE, later]


def test_a_change_is_stretched(surge):
    """From 22 to 27 in 5 days: one more each day."""
    after = at_point(surge, ["changes.surge.over_days"], [5])
    caps = [settings.diary.appointments_per_day for _, settings in periods(after)]
    assert caps == [22, 23, 24, 25, 26, 27]
    assert periods(after)[5][0] == SURGE + dt.timedelta(days=4)


def test_a_lever_acts_from_the_change_that_sets_its_figure_else_from_the_start(surge):
    before = load("oxford_before")
    assert differing(surge, at_point(surge, ["appointments_per_day"], [20])) == {f"changes/surge/set/{CAP}": 20}
    assert differing(before, at_point(before, ["appointments_per_day"], [20])) == {"diary/appointments_per_day": 20}
    coaches = at_point(surge, ["coaches"], [30])
    assert differing(surge, coaches) == {"office/coaches": 30, "office/establishment": 30}
    assert coaches.name == surge.name


@pytest.mark.parametrize("lever", KNOWN)
@pytest.mark.parametrize("name", ["baseline", "oxford_surge_step"])
def test_a_lever_changes_what_it_changes_where_staffing_is_asked_for(lever, name):
    base = load(name)
    ours, theirs = at_point(base, [lever], [20]), with_value(base, lever_of(lever, None), 20)
    assert periods(ours) == periods(theirs)
    assert ours.name == base.name != theirs.name


def test_a_choice_a_yes_and_a_time_are_set(surge):
    after = at_point(surge, ["diary.template", "diary.cover", "office.lunch_start"], ["earliest", False, "12:30"])
    assert differing(surge, after) == {"diary/template": "earliest", "diary/cover": False, "office/lunch_start": "12:30"}


def test_figures_that_fit_only_together_are_set_together():
    """Shares of channels add to one: set one by one, none of them could change."""
    base = load("baseline")
    axes = ["groups.lcw.channels.face_to_face", "groups.lcw.channels.telephone"]
    assert at_point(base, axes, [0.45, 0.5]).settings.groups["lcw"].channels.telephone == 0.5
    assert refused(base, axes[:1], [0.45])


def test_what_was_known_of_a_figure_does_not_hold_for_another_value(surge):
    """The doubt about assumed figures would draw it anew."""
    assert surge.changes[1].evidence["demand.starts_factor"].range == (1.0, 1.4)
    after = at_point(surge, ["changes.demand.set.demand.starts_factor", "admin.held_minutes"], [1.3, 5.0])
    assert after.changes[1].evidence["demand.starts_factor"].range is None
    assert after.evidence["admin.held_minutes"].range is None
    assert after.changes[2].evidence == surge.changes[2].evidence


def test_the_scenario_itself_is_not_changed(surge):
    before = surge.resolved()
    at_point(surge, ["coaches", f"changes.surge.set.{CAP}", "changes.surge.date"], [30, 20, "2022-01-03"])
    assert surge.resolved() == before


@pytest.mark.parametrize(
    ("axes", "values", "path", "words"),
    [
        (["coaches", "office.coaches"], [20, 21], "office.coaches", "sets what `coaches` sets as well"),
        (
            ["appointments_per_day", f"changes.surge.set.{CAP}"],
            [20, 21],
            f"changes.surge.set.{CAP}",
            "sets what `appointments_per_day` sets",
        ),
        (["changes.surge_2.date"], ["2021-11-01"], "changes.surge_2.date", "`oxford_surge_step` has no change `surge_2`"),
        (["changes.demand.set.admin.factor"], [1.1], "changes.demand.set.admin.factor", "vary `changes.admin.set.admin.factor`"),
        (["changes.surge.set.admin.cv"], [0.6], "changes.surge.set.admin.cv", f"it sets {CAP}"),
        (["changes.surge.date"], ["2031-01-01"], "changes.surge.date", "lies outside the simulated time"),
        (["changes.surge.date"], ["2021-02-30"], "changes.surge.date", "no such date"),
        (["changes.surge.over_days"], [0], "changes.surge.over_days", "from 1 to 3660"),
        (["changes.surge.over_days"], ["5"], "changes.surge.over_days", "a whole number of calendar days"),
        ([f"changes.surge.set.{CAP}"], [500], f"changes.surge.set.{CAP}", "must be at most 400"),
        (["coaches"], [5000], "office.coaches", "must be at most 4000"),
        (["groups.lcv.failed_share"], [0.1], "groups.lcv", "did you mean `lcw`?"),
        (["coachs"], [20], "coachs", "did you mean `coaches`?"),
    ],
)
def test_values_that_do_not_fit_are_refused(surge, axes, values, path, words):
    problems = refused(surge, axes, values)
    assert any(one.path == path and words in str(one) for one in problems), problems


def test_a_scenario_without_changes_says_so():
    (problem,) = refused(load("baseline"), ["changes.surge.date"], ["2023-11-01"])
    assert problem.message == "`baseline` has no change `surge`"


def test_posts_that_change_at_a_date_are_not_turned_by_the_lever(tmp_path):
    path = tmp_path / "grows.yaml"
    text = "title: A\nextends: oxford_before\nchanges: {surge: {date: 2021-11-01, why: More., set: {office.establishment: 30}}}\n"
    path.write_text(text, encoding="utf-8")
    (problem,) = refused(load(path), ["coaches"], [24])
    assert problem.suggestion == "vary `changes.surge.set.office.establishment`"
