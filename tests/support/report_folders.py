"""Results folders from which tests draw reports: a real comparison of three scenarios, and a single run."""

from __future__ import annotations

import pytest

from jobcentre.report.page import write_report
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import experiment
from jobcentre.scenario import load
from jobcentre.studies import uncertainty
from jobcentre.studies.compare import run_comparison
from jobcentre.studies.conditions import conditions_of
from jobcentre.studies.levers import lever_of, values_of
from jobcentre.studies.staffing import run_staffing, staffing_request
from jobcentre.studies.staffing_search import StaffingQuestion

RUNS = 5
#: Over all weeks, for too few are counted from the change on.
SHORT = {"period.weeks": "18", "period.warmup_weeks": "8", "period.measured_from": "2021-09-06"}
NAMES = ("oxford_before", "oxford_surge_step", "surge_with_early_relief")


def scenarios_of(names=NAMES, **figures):
    loaded = [load(name, SHORT | figures) for name in names]
    return {scenario.name: scenario for scenario in loaded}


def made(out, names, runs=RUNS, responses=True, **figures):
    asked = experiment("of-tests", scenarios_of(names, **figures), 1, out)
    run_comparison(asked, runs, ExecutionOptions(jobs=0, engine="compiled", responses=responses))
    write_report(asked.folder)
    return asked.folder


@pytest.fixture(scope="session")
def comparison(tmp_path_factory):
    """A folder with a comparison of three scenarios; tests only read it."""
    return made(tmp_path_factory.mktemp("comparison"), NAMES)


@pytest.fixture(scope="session")
def uncertain(tmp_path_factory):
    """A folder with a comparison of two scenarios, and what could reverse it; tests only read it."""
    asked = experiment("of-tests", scenarios_of(NAMES[1:]), 1, tmp_path_factory.mktemp("uncertain"))
    how = ExecutionOptions(jobs=0, engine="compiled", responses=True)
    run_comparison(asked, RUNS, how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uncertainty, "INPUTS", 3)
        uncertainty.run_uncertainty(asked, 20, how)
    write_report(asked.folder)
    return asked.folder


@pytest.fixture(scope="session")
def single(tmp_path_factory):
    """A folder with one scenario and few runs; tests only read it."""
    return made(tmp_path_factory.mktemp("single"), NAMES[:1], runs=3)


SMALL_TEAM = {"period.weeks": "4", "period.warmup_weeks": "2", "demand.posts": "4", "office.coaches": "4", "office.establishment": "4"}
ASKED = ("overloaded_share<=0.4", "missed_share@searching<=0.3")


def staffed(out, span="2:7", lever="coaches", targets=ASKED, probability=0.6, runs=10, sets=10, responses=True, base="baseline"):
    """The folder of a staffing question about a small team."""
    scenario = load(base, SMALL_TEAM)
    chosen = lever_of(lever, None)
    values = values_of(span, chosen, scenario)
    conditions = conditions_of(targets, "--target", {scenario.name: scenario})
    question = StaffingQuestion(scenario.name, chosen, values if chosen.more_is_generous else values[::-1], conditions, probability)
    asked = staffing_request(question, scenario, 1, out)
    run_staffing(asked, runs, 200, sets, 5, ExecutionOptions(jobs=0, engine="compiled", responses=responses))
    write_report(asked.experiment.folder)
    return asked.experiment.folder


@pytest.fixture(scope="session")
def staffing(tmp_path_factory):
    """A folder with the answer to a staffing question, in doubt and with other responses; tests only read it."""
    return staffed(tmp_path_factory.mktemp("staffing"))


@pytest.fixture(scope="session")
def out_of_reach(tmp_path_factory):
    """A folder in which no number of appointments a day will do; tests only read it."""
    return staffed(
        tmp_path_factory.mktemp("staffing"), "10:22:6", "appointments_per_day", ("overloaded_share<=0.01",), sets=0, responses=False
    )
