"""What could reverse a comparison: an order that is known to turn, an order that cannot, and every number once more from the stored runs."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from jobcentre.runs.draws import uncertain_inputs
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import experiment
from jobcentre.runs.manifest import read_manifest
from jobcentre.runs.variants import FIRST_DRAW
from jobcentre.scenario import Evidence, ScenarioError, load, vary
from jobcentre.studies import uncertainty
from jobcentre.studies.compare import run_comparison
from jobcentre.studies.uncertainty import Moved, UncertainScenarios, run_uncertainty
from support.places import SMALL

HOW = ExecutionOptions(jobs=0, engine="compiled")
CAP, WALK_INS = "admin.overtime_cap_minutes", "demand.unscheduled_per_post_day"
OVERTIME = "overtime_minutes_per_coach_day"


def unsure(scenario, name, ranges):
    """The scenario with these inputs uncertain, and no others."""
    evidence = {path: Evidence(("assumed",), "assumed", ends, note="a trial") for path, ends in ranges.items()}
    return replace(scenario, name=name, evidence=evidence)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """A busy office with overtime up to 60 minutes, which nobody is sure of, beside one in which it is known to end at 30."""
    base = vary(load(SMALL), {"demand.posts": 24, "period.warmup_weeks": 8, CAP: 60, "admin.overtime_cap_cv": 0})
    walk_ins = {WALK_INS: (1.9, 2.1)}
    scenarios = {"base": unsure(base, "base", {CAP: (0.0, 90.0), **walk_ins}), "option": unsure(vary(base, {CAP: 30}), "option", walk_ins)}
    one = experiment("compare-base", scenarios, 3, tmp_path_factory.mktemp("turned"))
    run_comparison(one, 6, HOW)
    return one, run_uncertainty(one, 20, HOW)


def in_overtime(found):
    (pair,) = next(one for one in found.metrics if one.metric == OVERTIME).pairs
    return pair


def stored(one, metric):
    """Values from the store, by scenario, point and run, read without the code under test."""
    with sqlite3.connect(one.folder / "runs.sqlite") as store:
        rows = store.execute(
            'select scenario, point, run, numerator, denominator from value join location using (run_key) join quantity on quantity.id = quantity '
            'where metric = ? and "group" = ?', (metric, ""),
        )  # fmt: skip
        return {(scenario, point, run): top / bottom for scenario, point, run, top, bottom in rows if bottom}


def test_an_input_that_turns_the_order_is_found_with_the_value_at_which_it_does(turned):
    _, found = turned
    pair = in_overtime(found)
    assert pair.difference.sign == -1
    (turning,) = pair.turned_by
    assert turning.path == CAP
    # overtime is the cap on nearly every day of both, so the order turns where the caps are alike
    assert turning.switching_value == pytest.approx(30, abs=2)
    assert turning.at_low.low > 0 > turning.at_high.high
    assert pair.find_out == CAP


def test_an_input_without_effect_on_the_order_turns_nothing(turned):
    _, found = turned
    other = next(one for one in in_overtime(found).inputs if one.path == WALK_INS)
    assert other.turns == "no"
    assert other.share < in_overtime(found).inputs[0].share


def test_every_number_follows_from_the_stored_runs(turned):
    one, found = turned
    values = stored(one, OVERTIME)
    pair = in_overtime(found)

    def differences(points):
        return np.array([values["option", point, run] - values["base", point, run] for point, run in points])

    assert pair.difference.mean == pytest.approx(differences([(0, run) for run in range(10)]).mean())
    drawn = differences([(FIRST_DRAW + number, number) for number in range(20)])
    assert (pair.same_order, pair.draws) == ((drawn < 0).sum(), 20)
    for tried in pair.inputs:
        for end, told in enumerate((tried.at_low, tried.at_high)):
            assert told.mean == pytest.approx(differences([(point_of(one, tried.path, end), run) for run in range(10)]).mean())
    best = {row.scenario: row for row in next(each for each in found.metrics if each.metric == OVERTIME).best}
    assert best["option"].best == (drawn <= 0).sum()
    assert best["option"].mean_regret == pytest.approx(np.maximum(drawn, 0).mean())


def point_of(one, path, end):
    provider = UncertainScenarios(one.scenarios, one.seed)
    return provider.point_of([Moved(provider.addresses.index(path), end)])


def test_the_answer_stands_in_the_folder_and_costs_no_run_again(turned):
    one, found = turned
    told = json.loads((one.folder / uncertainty.FILE).read_text())
    assert told == json.loads(found.model_dump_json())
    assert uncertainty.FILE in read_manifest(one.folder).files
    before = (one.folder / "runs.sqlite").read_bytes()
    made, said = [], []
    again = run_uncertainty(one, 20, HOW._replace(progress=lambda done, of, failed=0: made.append(of), note=said.append))
    assert said[0].startswith("Expected leaving over 20 draws: option lower than base in ")
    assert made[-1] == 0
    assert again == found
    assert (one.folder / "runs.sqlite").read_bytes() == before


def test_a_point_is_what_it_says(turned):
    one, _ = turned
    provider = UncertainScenarios(one.scenarios, one.seed)
    both = [Moved(provider.addresses.index(WALK_INS), 0), Moved(provider.addresses.index(CAP), 1)]
    for name, cap in (("base", 90.0), ("option", 30.0)):
        there = provider.at((name, "", provider.point_of(both))).scenario.settings
        assert (there.demand.unscheduled_per_post_day, there.admin.overtime_cap_minutes) == (1.9, cap)
    assert sorted(provider.moved_at(provider.point_of(both))) == sorted(both)
    alone = provider.at(("base", "", provider.point_of(both[:1]))).scenario.settings
    assert (alone.demand.unscheduled_per_post_day, alone.admin.overtime_cap_minutes) == (1.9, 60.0)


def test_an_end_that_contradicts_another_input_is_gone_to_as_far_as_it_can_be():
    """The peak of contagion must lie before its end: of a way from 50 to 200 with an end at 130, half is possible."""
    base = vary(load("baseline"), {"leaving.contagion_days": 130, "leaving.contagion_peak_days": 50})
    one = replace(base, evidence={"leaving.contagion_peak_days": Evidence(("assumed",), "assumed", (35, 200))})
    provider = UncertainScenarios({"base": one}, 1)
    there = provider.at(("base", "", provider.point_of([Moved(0, 1)]))).scenario
    assert there.settings.leaving.contagion_peak_days == 125
    assert list(uncertain_inputs(one)) == ["leaving.contagion_peak_days"]


def test_a_single_scenario_has_no_order(tmp_path):
    one = experiment("run-base", {"base": load(SMALL)}, 1, tmp_path)
    with pytest.raises(ScenarioError, match="needs options whose order could turn"):
        run_uncertainty(one, 20, HOW)
    assert not list(tmp_path.iterdir())
