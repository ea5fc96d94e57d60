"""What may be said about a jobcentre, and how it is loaded and checked."""

from sim.scenario.changes import Change
from sim.scenario.evidence import Evidence
from sim.scenario.loading import Scenario, check_file, find_scenarios, load, load_kept, periods, vary, with_change
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.yaml12 import to_yaml

__all__ = [
    "Change",
    "Evidence",
    "Problem",
    "Scenario",
    "ScenarioError",
    "check_file",
    "find_scenarios",
    "load",
    "load_kept",
    "periods",
    "to_yaml",
    "vary",
    "with_change",
]
