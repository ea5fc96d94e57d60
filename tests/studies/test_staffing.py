"""The staffing command: its document, its folder, and that the same runs serve every question.

In the small office of these tests, run r needs 22, 23 or 24 coaches, a third of all runs each; with a low response to strain one
fewer, with a high response one more, and five more where the drawn `admin.factor` lies in the upper half of its range. Where it
has as many as it needs, 0.4 of coach-days are overloaded, else 0.6. A coach costs £40,000. Under appointments a day it needs
at most 40 less that number.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from jobcentre.runs import store
from jobcentre.runs.locks import LOCK
from jobcentre.scenario import load, periods
from jobcentre.studies.levers import lever_of, with_value
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli

TARGET = ("--target", "overloaded_share<=0.5")
ASK = ("staffing", "oxford_before", *TARGET, "--jobs", "0", "--no-responses", "--json")
NEEDS = {"low": -1, "central": 0, "high": 1}


@pytest.fixture
def office(model, monkeypatch):  # noqa: F811
    play, measure = model.play, model.measure
    model.scenarios = set()

    def needed(scenario, run):
        factor = scenario.settings.admin.factor
        return 22 + run % 3 + NEEDS[scenario.settings.strain.response] + (5 if factor > model.middle else 0)

    def with_office(scenario, seed, run, engine):
        log = play(scenario, seed, run, engine)
        model.scenarios.add(scenario.name)
        last = periods(scenario)[-1][1]
        enough = scenario.settings.office.coaches >= needed(scenario, run)
        if "appointments" in scenario.name:
            enough = last.diary.appointments_per_day <= 40 - needed(scenario, run)
        log.rows[1, :3] = (4 if enough else 6, scenario.settings.office.coaches, last.diary.appointments_per_day)
        return log

    def with_cost(log, given):
        more = {("overloaded_share", None): (float(log.rows[1, 0]), 10.0), ("cost_per_year_pounds", None): (40_000.0 * log.rows[1, 1], 1.0)}
        return measure(log, given) | more

    ready = store._create_tables

    def hasty(opened, file):
        """What is written need not be on the disk before the next run: here no power is cut."""
        ready(opened, file)
        opened.execute("pragma synchronous = off")

    monkeypatch.setattr("jobcentre.runs.store._create_tables", hasty)
    model.middle = sum(load("baseline").evidence["admin.factor"].range) / 2
    monkeypatch.setattr("jobcentre.runs.worker.play", with_office)
    monkeypatch.setattr("jobcentre.runs.worker.measure", with_cost)
    monkeypatch.setattr("jobcentre.runs.worker.measure_all", lambda log, given: pytest.fail("no table by week is wanted"))
    return model


def ask(jobcentre, *more, words=ASK):
    status, out, err = jobcentre(*words, *more)
    assert (status, err) == (0, "")
    return json.loads(out)


def table(document, name):
    with Path(document["folder"], name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder, but=("manifest.json", LOCK)):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file() and path.name not in but
    }


# the answer


def test_the_document(jobcentre, office):
    found = ask(jobcentre, "--runs", "36", "--range", "18:26")
    assert {"lever", "answer", "reachable", "candidates", "seed", "engine", "folder", "report", "targets", "probability"} <= set(found)
    assert (found["lever"], found["answer"], found["reachable"]) == ("coaches", [24, 24], True)
    assert (found["targets"], found["probability"], found["intervals"]) == (["overloaded_share<=0.5"], 0.9, "fixed")
    candidates = {row["value"]: row for row in found["candidates"]}
    assert list(candidates) == sorted(candidates)
    assert set(candidates) >= {18, 23, 24, 26}
    for value, row in candidates.items():
        assert {"value", "probability", "low", "high", "cost"} <= set(row)
        share = min(max(value - 21, 0), 3) / 3
        assert row["probability"] == pytest.approx(share)
        assert row["low"] <= share <= row["high"]
        assert row["cost"] == 40_000 * value
        assert row["state"] == ("enough" if value >= 24 else "not_enough")
    assert found["cost_step"] == pytest.approx({"value": 24, "than": 23, "more": 40_000, "low": 40_000, "high": 40_000, "runs": 36})
    assert found["violations"] == found["undecided"] == []
    assert found["doubt"] is None
    for name in ("manifest.json", "metrics.csv", "summary.csv", "staffing.json", "staffing.csv", "report.html", "runs.sqlite"):
        assert Path(found["folder"], name).is_file()
    told = json.loads(Path(found["folder"], "staffing.json").read_text(encoding="utf-8"))
    assert told == {key: value for key, value in found.items() if key in told}


def test_looks_are_the_rule_and_decided_values_get_no_more_runs(jobcentre, office):
    found = ask(jobcentre, "--range", "18:26")
    assert found["intervals"] == "anytime"
    runs = {row["value"]: row["runs"] for row in found["candidates"]}
    assert set(runs.values()) <= {25, 50, 100, 200}
    assert runs[18] == 25
    assert runs[24] > 25  # 25 of 25 does not show 0.9
    assert found["answer"] == [24, 24]


def test_values_that_cannot_be_told_are_named_and_the_answer_is_a_range(jobcentre, office):
    """With 0.7 wanted, the two thirds of 23 coaches cannot be told from it in 36 runs."""
    found = ask(jobcentre, "--runs", "36", "--range", "18:26", "--probability", "0.7")
    assert (found["answer"], found["undecided"], found["reachable"]) == ([23, 24], [23], True)
    words = [word for word in ASK if word != "--json"]
    said = " ".join(jobcentre(*words, "--runs", "36", "--range", "18:26", "--probability", "0.7")[1].split())
    assert said.startswith("23 or 24 coaches: the fewest with which at least 70 % of office-years have overloaded coach-days at most 50 %.")
    assert "Cannot be told from 70 %: with 23 coaches 24 of 36 office-years meet the targets, that is 67 % (49.0 to 81.4)." in said
    assert "Not enough: 22 coaches and fewer. With 22 coaches 12 of 36 office-years meet the targets." in said
    assert "Enough: 24 coaches and more." in said
    assert "must not be used to judge" in said


def test_not_reachable_is_said_with_the_reason_and_is_no_failure(jobcentre, office):
    """A target of staffing is a question; what scripts do with `reachable` is theirs."""
    found = ask(jobcentre, "--runs", "36", "--range", "18:22")
    assert (found["answer"], found["reachable"]) == ([None, None], False)
    said = " ".join(jobcentre(*[word for word in ASK if word != "--json"], "--runs", "36", "--range", "18:22")[1].split())
    assert said.startswith("Not reachable with 18 to 22 coaches: with none of these at least 90 % of office-years have")
    assert "Out of reach: with 22 coaches 33 % of office-years have overloaded coach-days at most 50 %." in said


def test_not_decided_is_said_where_no_value_is_shown_to_be_enough(jobcentre, office):
    found = ask(jobcentre, "--runs", "20", "--range", "20:30")
    assert (found["answer"][1], found["reachable"]) == (None, None)
    assert found["answer"][0] in (23, 24)
    said = " ".join(jobcentre(*[word for word in ASK if word != "--json"], "--runs", "20", "--range", "20:30")[1].split())
    assert said.startswith("Not decided: if any number will do, it is at least")
    # 0.9^n falls below 0.025 at 36 runs
    assert "even 20 of 20 office-years would not show 90 %" in said


def test_a_range_whose_least_value_is_enough_says_so(jobcentre, office):
    found = ask(jobcentre, "--runs", "36", "--range", "26:30")
    assert found["answer"] == [26, 26]
    said = " ".join(jobcentre(*[word for word in ASK if word != "--json"], "--runs", "36", "--range", "26:30")[1].split())
    assert "fewer than 26 coaches were not asked about" in said


@pytest.mark.parametrize(("span", "answer", "reachable"), [("24:24", [24, 24], True), ("22:22", [None, None], False)])
def test_a_range_of_one_value_asks_about_that(jobcentre, office, span, answer, reachable):
    found = ask(jobcentre, "--runs", "36", "--range", span)
    assert (found["answer"], found["reachable"], len(found["candidates"])) == (answer, reachable, 1)


def test_all_targets_must_be_met_in_the_same_office_year(jobcentre, office):
    # missed_share is 0.1 in every run
    assert ask(jobcentre, "--runs", "36", "--range", "22:25", "--target", "missed_share<=0.1")["answer"] == [24, 24]
    none = ask(jobcentre, "--runs", "36", "--range", "22:25", "--target", "missed_share<0.1")
    assert none["reachable"] is False
    row = none["candidates"][-1]
    assert ([one["met"] for one in row["targets"]], row["probability"]) == ([1.0, 0.0], 0.0)


def test_a_run_without_a_value_does_not_meet_a_target(jobcentre, office):
    assert ask(jobcentre, "--runs", "40", "--range", "24:25", "--target", "missed_share@lcw<=0.9")["reachable"] is False


def test_a_failed_run_counts_as_not_met_and_gives_1(jobcentre, office):
    office.failing = set(range(0, 36, 3))
    status, out, _ = jobcentre(*ASK, "--runs", "36", "--range", "24:26")
    found = json.loads(out)
    assert (status, found["reachable"]) == (1, False)
    assert {row["met"] for row in found["candidates"]} == {24}


def test_the_answer_is_given_for_each_response_to_strain(jobcentre, office):
    found = ask(jobcentre, "--runs", "36", "--range", "18:26", "--responses")
    assert {name: one["answer"] for name, one in found["responses"].items()} == {"low": [23, 23], "central": [24, 24], "high": [25, 25]}
    assert found["answer"] == [24, 24]
    assert {row["response"] for row in table(found, "staffing.csv")} == {"", "low", "high"}


def test_the_way_of_counting_can_be_turned_round(jobcentre, office):
    """The highest number that does, where more are thought to be worse: the least generous value is then the highest."""
    found = ask(jobcentre, "--runs", "36", "--range", "18:26", "--highest")
    assert found["more_is_generous"] is False
    assert (found["answer"], found["reachable"]) == ([None, 26], None)  # 18 coaches, now the most generous, are not enough
    assert found["violations"]  # and fewer coaches do worse: shown as falls


# levers


def test_appointments_a_day_act_from_the_date_of_the_surge(jobcentre, office):
    found = ask(
        jobcentre, "--runs", "36", "--lever", "appointments_per_day", "--range", "12:20", words=(ASK[0], "oxford_surge_step", *ASK[2:])
    )
    assert (found["lever"], found["acts"], found["more_is_generous"]) == ("appointments_per_day", "from 2021-11-01 on", False)
    assert found["answer"] == [16, 16]  # 40 less 24
    lever = lever_of("appointments_per_day", None)
    one = with_value(load("oxford_surge_step"), lever, 12)
    by_date = {date.isoformat(): settings.diary.appointments_per_day for date, settings in periods(one)}
    assert by_date["2021-11-01"] == 12
    assert next(iter(by_date.values())) == 22  # before it the cap is what it was


# the folder


def test_the_same_command_again_makes_no_run_and_the_same_files(jobcentre, office):
    words = ("--runs", "12", "--range", "20:26:2", "--responses", "--uncertain", "--draws", "10")
    first = ask(jobcentre, *words)
    before, made = contents(first["folder"]), len(office.calls)
    assert ask(jobcentre, *words) == first
    assert len(office.calls) == made
    assert contents(first["folder"]) == before


def test_other_targets_use_the_same_runs(jobcentre, office):
    first = ask(jobcentre, "--runs", "40", "--range", "20:26")
    made = len(office.calls)
    second = ask(
        jobcentre,
        "--runs",
        "40",
        "--range",
        "20:26",
        "--probability",
        "0.5",
        words=(*ASK[:2], "--target", "overloaded_share<=0.45", *ASK[4:]),
    )
    assert second["folder"] == first["folder"]
    assert len(office.calls) == made  # seven values are all tried at once
    assert second["answer"] != first["answer"]


def test_more_runs_add_only_those_that_are_missing_and_are_anytime(jobcentre, office):
    first = ask(jobcentre, "--runs", "30", "--range", "22:25")
    assert first["intervals"] == "fixed"
    office.calls.clear()
    more = ask(jobcentre, "--runs", "50", "--range", "22:25")
    assert (more["folder"], more["intervals"]) == (first["folder"], "anytime")
    assert min(run for _, run in office.calls) == 30


def test_an_interruption_keeps_what_is_finished_and_the_same_command_goes_on(jobcentre, office):
    words = ("--runs", "12", "--range", "22:24", "--responses")
    straight = ask(jobcentre, *words, "--out", "straight")
    office.calls.clear()
    office.interrupt_at = 7
    status, out, _ = jobcentre(*ASK, *words, "--out", "broken")
    assert (status, json.loads(out)["error"]["kind"]) == (130, "interrupted")
    done = len(office.calls)
    assert done > 0
    office.interrupt_at = None
    again = ask(jobcentre, *words, "--out", "broken")
    assert len(office.calls) == len(set(office.calls)) * 3  # each of three responses once, none twice
    assert contents(again["folder"]) == contents(straight["folder"])


def test_metrics_are_those_of_the_values_that_were_tried(jobcentre, office):
    found = ask(jobcentre, "--range", "18:26")
    tried = {f"oxford_before-coaches-{row['value']:g}": row["runs"] for row in found["candidates"]}
    counted = {}
    for row in table(found, "metrics.csv"):
        counted.setdefault(row["scenario"], set()).add(int(row["run"]))
    assert {name: len(runs) for name, runs in counted.items()} == tried
    assert {path.stem for path in Path(found["folder"], "scenarios").iterdir()} == set(tried)


# doubt about figures


def test_doubt_is_told_beside_the_answer(jobcentre, office):
    found = ask(jobcentre, "--runs", "36", "--range", "22:30:2", "--uncertain", "--draws", "30")
    assert found["answer"] == [24, 24]  # that of the scenario as it stands
    doubt = {row["value"]: row for row in found["doubt"]["values"]}
    assert (found["doubt"]["sets"], found["doubt"]["runs_each"]) == (30, 5)
    drawn = {int(row["point"]): float(row["value"]) for row in table(found, "points.csv") if row["figure"] == "admin.factor"}
    assert len(drawn) == 30
    hard = sum(value > office.middle for value in drawn.values()) / 30
    assert 0.2 < hard < 0.8
    # 24 coaches do in the sets that are not hard; 30 do in all
    assert doubt[24]["mean"] == pytest.approx(1 - hard, abs=0.12)
    assert doubt[24]["low"] < 1 - hard < doubt[24]["high"]
    assert doubt[30]["share"] > 0.95
    assert doubt[30]["low"] > 0.6


def test_every_value_meets_the_same_sets(jobcentre, office):
    found = ask(jobcentre, "--runs", "12", "--range", "24:30:2", "--uncertain", "--draws", "10")
    runs = {}
    for row in table(found, "metrics.csv"):
        if int(row["point"]) >= 1000:
            runs.setdefault(row["scenario"], set()).add((row["point"], row["run"]))
    assert len(runs) == len(found["doubt"]["values"])
    (same,) = {frozenset(one) for one in runs.values()}
    assert same == {(str(1000 + number), str(5 * number + run)) for number in range(10) for run in range(5)}


# what is refused

BAD = {
    "no target": ("staffing", "oxford_before"),
    "target unknown": ("staffing", "oxford_before", "--target", "overloaded<=0.1"),
    "target without a sign": ("staffing", "oxford_before", "--target", "overloaded_share"),
    "target of a group that is not there": ("staffing", "oxford_before", "--target", "missed_share@lcv<=0.1"),
    "no such scenario": ("staffing", "oxford_befor", *TARGET),
    "two scenarios": ("staffing", "oxford_before", "baseline", *TARGET),
    "probability 0": ("staffing", "oxford_before", *TARGET, "--probability", "0"),
    "probability 1": ("staffing", "oxford_before", *TARGET, "--probability", "1"),
    "probability in per cent": ("staffing", "oxford_before", *TARGET, "--probability", "90"),
    "probability nan": ("staffing", "oxford_before", *TARGET, "--probability", "nan"),
    "range of words": ("staffing", "oxford_before", *TARGET, "--range", "few:many"),
    "range downwards": ("staffing", "oxford_before", *TARGET, "--range", "30:20"),
    "range without an end": ("staffing", "oxford_before", *TARGET, "--range", "20:inf"),
    "range of four": ("staffing", "oxford_before", *TARGET, "--range", "1:2:3:4"),
    "range of one number": ("staffing", "oxford_before", *TARGET, "--range", "20"),
    "range without a step": ("staffing", "oxford_before", *TARGET, "--range", "20:30:0"),
    "range of a million": ("staffing", "oxford_before", *TARGET, "--range", "1:1000000"),
    "range without bounds": ("staffing", "oxford_before", *TARGET, "--range", "0:1e308:1e-300"),
    "range of one value many times": ("staffing", "oxford_before", *TARGET, "--lever", "admin.factor", "--range", "1:1.000000000001:1e-13"),
    "half a coach": ("staffing", "oxford_before", *TARGET, "--range", "20:30:0.5"),
    "fewer than no coaches": ("staffing", "oxford_before", *TARGET, "--range", "-5:5"),
    "lever unknown": ("staffing", "oxford_before", *TARGET, "--lever", "coach"),
    "lever that is a section": ("staffing", "oxford_before", *TARGET, "--lever", "admin", "--range", "1:2"),
    "lever that is a time": ("staffing", "oxford_before", *TARGET, "--lever", "office.opens", "--range", "1:2"),
    "lever that is a choice": ("staffing", "oxford_before", *TARGET, "--lever", "strain.response", "--range", "1:2"),
    "lever that is a distribution": ("staffing", "oxford_before", *TARGET, "--lever", "hiring.days_to_hire", "--range", "1:2"),
    "lever without a range": ("staffing", "oxford_before", *TARGET, "--lever", "admin.factor"),
    "lever beyond its limits": ("staffing", "oxford_before", *TARGET, "--lever", "groups.lcw.failed_share", "--range", "0:2"),
    "lever that ends before the changes": ("staffing", "oxford_surge_step", *TARGET, "--lever", "period.weeks", "--range", "1:3"),
    "four runs": ("staffing", "oxford_before", *TARGET, "--runs", "4"),
    "fewer runs than the first look": ("staffing", "oxford_before", *TARGET, "--max-runs", "24"),
    "nine sets": ("staffing", "oxford_before", *TARGET, "--uncertain", "--draws", "9"),
    "engine": ("staffing", "oxford_before", *TARGET, "--engine", "steam"),
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_bad_words_give_2_and_write_nothing(jobcentre, model, tmp_path, words):  # noqa: F811
    status, out, err = jobcentre(*words, "--json")
    assert (status, err) == (2, "")
    assert json.loads(out)["error"]["message"]
    status, out, err = jobcentre(*words)
    assert (status, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err
    assert (list(tmp_path.iterdir()), model.calls) == ([], [])


def test_former_names_are_understood_with_a_note(jobcentre):
    current = jobcentre("run", "diary", "--runs", "5", "--jobs", "0", "--weeks", "2", "--fail-if", "flexibility_share>0.5", "--json")
    former = jobcentre("run", "diary", "--runs", "5", "--jobs", "0", "--weeks", "2", "--fail-if", "eased_share>0.5", "--json")
    assert former[:2] == current[:2]
    assert "note: `eased_share` is now called `flexibility_share`" in former[2]
    status, _, err = jobcentre("staffing", "oxford_before", "--sets", "9")
    assert status == 2
    assert err.startswith("note: `--sets` is now called `--draws`\n")
