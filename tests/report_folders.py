"""Results folders from which tests draw reports: a real comparison of three scenarios, and a single run."""

from __future__ import annotations

import pytest

from sim.experiments.carry_out import How, carry_out
from sim.outputs import experiment
from sim.reporting.report.page import write_report
from sim.scenario import load

RUNS = 5
SHORT = {"period.weeks": "18", "period.warmup_weeks": "8"}
NAMES = ("oxford_before", "oxford_surge_step", "surge_with_early_relief")


def made(out, names, runs=RUNS, responses=True, **figures):
    loaded = [load(name, SHORT | figures) for name in names]
    scenarios = {scenario.name: scenario for scenario in loaded}
    asked = experiment("of-tests", scenarios, 1, out)
    carry_out(asked, runs, How(jobs=0, engine="compiled", responses=responses))
    write_report(asked.folder)
    return asked.folder


@pytest.fixture(scope="session")
def comparison(tmp_path_factory):
    """A folder with a comparison of three scenarios; tests only read it."""
    return made(tmp_path_factory.mktemp("comparison"), NAMES)


@pytest.fixture(scope="session")
def single(tmp_path_factory):
    """A folder with one scenario and few runs; tests only read it."""
    return made(tmp_path_factory.mktemp("single"), NAMES[:1], runs=3)
