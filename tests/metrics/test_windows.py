"""Over which dates metrics are taken together: from the change on, all counted weeks, the last thirteen, or those asked for."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobcentre.metrics import METRICS, measure, measure_all, measure_with
from jobcentre.metrics.log_index import OF_WINDOW, DayWindow, LogIndex, MeasureWith
from jobcentre.metrics.windows import Window, headline_window, reference_date, too_few_weeks, windows_of, with_reference_date
from jobcentre.model import EventLog, play, prepare
from jobcentre.runs.results import RunResults
from jobcentre.runs.store import Run
from jobcentre.scenario import Scenario, ScenarioError, load, vary
from jobcentre.studies.conditions import evaluate_conditions, read_condition
from jobcentre.studies.request import by_name
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.rules

START, CHANGE, LAST = dt.date(2021, 9, 6), dt.date(2021, 11, 1), dt.date(2022, 10, 30)  # 60 weeks, the change after 8 of them


def surge(**inputs: object) -> Scenario:
    return load("oxford_surge_step", {f"period.{name}": value for name, value in inputs.items()})


# --- dates ------------------------------------------------------------------------------------------------------------


def test_headlines_are_taken_from_the_change_on() -> None:
    assert windows_of(surge()) == (
        Window("from_change", CHANGE, LAST),
        Window("whole", START, LAST),
        Window("last_13_weeks", dt.date(2022, 8, 1), LAST),
    )


@pytest.mark.parametrize(("weeks", "name"), [(8 + 26, "from_change"), (8 + 25, "whole")])
def test_twenty_six_weeks_must_be_left(weeks: int, name: str) -> None:
    scenario = surge(weeks=weeks)
    assert headline_window(scenario).name == name
    assert {window.name for window in windows_of(scenario)} == {"whole", "from_change", "last_13_weeks"}
    assert too_few_weeks(scenario) == ("" if name == "from_change" else "fewer than 26 weeks from the change on 2021-11-01")


def test_without_a_change_all_weeks_count() -> None:
    scenario = load("baseline")
    assert [window.name for window in windows_of(scenario)] == ["whole", "last_13_weeks"]
    assert (reference_date(scenario), too_few_weeks(scenario)) == (scenario.settings.period.start, "")


def test_a_change_before_counting_is_none() -> None:
    """What changes in the warm-up has changed when counting begins."""
    open_date = vary(surge(), {"period.reference_date": None})
    scenario = replace(open_date, changes=tuple(replace(change, date=dt.date(2021, 8, 2)) for change in open_date.changes))
    assert reference_date(scenario) == START
    assert headline_window(scenario).name == "whole"


def test_dates_asked_for_come_first_and_need_no_26_weeks() -> None:
    scenario = surge(weeks=20, measured_from="2021-09-13", measured_to="2021-12-05")
    assert headline_window(scenario) == Window("own", dt.date(2021, 9, 13), dt.date(2021, 12, 5))
    assert too_few_weeks(scenario) == ""
    assert headline_window(surge(measured_from="2022-01-03")) == Window("own", dt.date(2022, 1, 3), LAST)


@pytest.mark.parametrize(
    "inputs", [{"measured_from": "2021-09-05"}, {"measured_to": "2022-10-31"}, {"measured_from": "2022-03-01", "measured_to": "2022-02-01"}]
)
def test_dates_outside_the_counted_weeks_are_refused(inputs: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match="measured_"):
        surge(**inputs)


# --- the same dates for all scenarios of a comparison -------------------------------------------------------------------


def test_the_first_change_of_any_is_the_date_of_all() -> None:
    later = replace(vary(surge(), {"changes.surge.date": "2021-12-06"}), name="later")
    plain = replace(vary(load("oxford_before"), {"period.reference_date": None}), name="plain")
    found = by_name([plain, later, surge()])
    assert {reference_date(scenario) for scenario in found.values()} == {CHANGE}
    assert {headline_window(scenario) for scenario in found.values()} == {Window("from_change", CHANGE, LAST)}


def test_a_date_given_counts_for_all() -> None:
    given = dt.date(2021, 10, 4)
    found = by_name([vary(surge(), {"period.reference_date": None}), replace(with_reference_date(surge(), given), name="given")])
    assert {reference_date(scenario) for scenario in found.values()} == {given}


def test_two_dates_given_are_refused() -> None:
    one, other = (replace(with_reference_date(surge(), dt.date(2021, month, 1)), name=f"from_{month}") for month in (10, 11))
    with pytest.raises(ScenarioError, match=r"from_11|2021-10-01") as refused:
        by_name([one, other])
    assert "--set period.reference_date=2021-10-01" in str(refused.value)


# --- what is measured ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played() -> tuple[EventLog, MeasureWith]:
    scenario = vary(surge(weeks=40), {"office.coaches": 8, "demand.posts": 8, "responses.central.base_leaving_per_year": 0.6})
    return play(prepare(scenario), 2, 0), measure_with(scenario)


def test_whatever_is_shared_is_as_if_worked_out_afresh(played: tuple[EventLog, MeasureWith]) -> None:
    log, given = played
    whole = LogIndex(log, given)
    for window in (*given.windows, DayWindow("own", whole.start_day + 10, whole.start_day + 101)):
        shared, fresh = whole.within(window), LogIndex(log, given)
        fresh.start_day, fresh.until_day = window.first, window.end
        for metric in METRICS:
            for adds in (metric.over, metric.under):
                if adds is not None:
                    one, other = (facts.once(adds).total[window.first : window.end].sum() for facts in (shared, fresh))
                    assert one == other, (metric.name, window.name)


def test_parts_of_the_counted_weeks_add_up(played: tuple[EventLog, MeasureWith]) -> None:
    """What happens on days adds up over days; what is known only of a whole window is marked."""
    log, given = played
    whole = LogIndex(log, given)
    middle = whole.start_day + 77
    parts = [whole.within(DayWindow("", *days)) for days in ((whole.start_day, middle), (middle, whole.until_day))]
    for metric in METRICS:
        for adds in (metric.over, metric.under):
            if adds is not None and adds not in OF_WINDOW:
                total, *others = (facts.once(adds).total[facts.start_day : facts.until_day].sum() for facts in (whole, *parts))
                assert np.isclose(sum(others), total, rtol=1e-12), metric.name


def test_the_headlines_are_those_of_the_first_window(played: tuple[EventLog, MeasureWith]) -> None:
    log, given = played
    measured, windows, _ = measure_all(log, given)
    assert measured == measure(log, given)
    assert {(metric, pair) for (window, metric), pair in windows.items() if window == "from_change"} == {
        (metric, pair) for (metric, group), pair in measured.items() if group is None
    }
    assert (
        windows["whole", "overloaded_share"][1]
        > windows["from_change", "overloaded_share"][1]
        > windows["last_13_weeks", "overloaded_share"][1]
    )


# --- no verdict where too few weeks are left ------------------------------------------------------------------------------


def test_without_enough_weeks_nothing_is_judged() -> None:
    reason = "fewer than 26 weeks from the change on 2021-11-01"
    values = {"one": 0.2, "two": 0.4}
    runs = {
        name: [Run(name, run, "", {("overloaded_share", None): (value + run / 1000, 1.0)}) for run in range(6)]
        for name, value in values.items()
    }
    judged, untested = (RunResults(runs, "fixed", untested=text) for text in ("", reason))
    found = {row.metric: row for row in untested.differences(("overloaded_share",))}["overloaded_share"]
    assert judged.differences(("overloaded_share",))[0].verdict == "worse"
    assert (found.verdict, found.better_text) == ("not_tested", f"not tested: {reason}")
    assert found.difference == pytest.approx(0.2)
    (gate,) = evaluate_conditions([read_condition("overloaded_share<=0.3", "--target")], [], {"two": untested.summaries()["two"]}, reason)
    assert (gate.broken, gate.unclear) == (False, True)
    assert reason in gate.text


# --- on the command line ------------------------------------------------------------------------------------------------


def test_the_window_is_told_and_has_a_folder_of_its_own(jobcentre, model) -> None:  # noqa: F811
    words = ("run", "oxford_surge_step", "--jobs", "0", "--runs", "5", "--no-responses")
    status, out, _ = jobcentre(*words, "--json")
    usual = json.loads(out)
    assert (status, usual["window"]) == (0, {"name": "from_change", "from": "2021-11-01", "to": "2022-10-30"})
    made = len(model.calls)
    status, out, _ = jobcentre(*words, "--json", "--window", "2021-12-06:2022-03-06")
    own = json.loads(out)
    assert (status, own["window"]) == (0, {"name": "own", "from": "2021-12-06", "to": "2022-03-06"})
    assert own["folder"] != usual["folder"]
    assert len(model.calls) == 2 * made


def test_dates_outside_the_counted_weeks_are_one_mistake_each() -> None:
    """Their order is told only where both lie inside."""
    with pytest.raises(ScenarioError) as told:
        surge(measured_from="2023-01-01", measured_to="2021-01-01")
    assert [problem.path for problem in told.value.problems] == ["period.measured_from", "period.measured_to"]
    assert all("lies outside" in problem.message for problem in told.value.problems)
    with pytest.raises(ScenarioError, match="comes after measured_to"):
        surge(measured_from="2022-03-01", measured_to="2022-02-01")


@pytest.mark.parametrize(
    "window", ["2021-12-06", "2021-12-06:", "2021-12-06:2022-02-30", "2021-01-01:2022-01-01", "2022-02-01:2022-01-01", "a:b:c"]
)
def test_no_window_is_told_with_its_option(jobcentre, window: str) -> None:
    status, out, err = jobcentre("run", "oxford_surge_step", "--window", window)
    assert (status, out) == (2, "")
    assert "--window" in err


@pytest.mark.parametrize(
    "words",
    [
        ("staffing", "oxford_surge_step", "--target", "overloaded_share<=0.25"),
        ("select", "oxford_before", "oxford_surge_step", "--metric", "overloaded_share"),
    ],
)
def test_what_would_answer_asks_for_more_weeks(jobcentre, words, tmp_path) -> None:
    status, out, err = jobcentre(*words, "--weeks", "20", "--dry-run")
    assert (status, out) == (2, "")
    assert "fewer than 26 weeks from the change on 2021-11-01" in err
    assert "--window" in err
    assert list(tmp_path.iterdir()) == []
    assert jobcentre(*words, "--weeks", "20", "--window", "2021-11-01:2022-01-02", "--dry-run")[0] == 0
    assert jobcentre(*words, "--weeks", "34", "--dry-run")[0] == 0


def test_a_sweep_says_that_its_numbers_mix_two_times(jobcentre, model) -> None:  # noqa: F811
    words = ("sweep", "oxford_surge_step", "--set", "coaches=22,23", "--runs", "2", "--jobs", "0")
    for weeks, mixed in (("20", True), ("34", False)):
        status, out, err = jobcentre(*words, "--weeks", weeks)
        report = Path(re.search(r"Report: (\S+)", out)[1]).read_text(encoding="utf-8")
        assert status == 0
        assert ("note: fewer than 26 weeks from the change on 2021-11-01" in err) == mixed
        assert ("numbers mix the time before it" in report) == mixed
