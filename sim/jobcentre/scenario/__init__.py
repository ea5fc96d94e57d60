"""What is assumed: scenario files, what they extend, and every input with its evidence."""

from jobcentre.scenario.changes import Change
from jobcentre.scenario.errors import Problem, ScenarioError
from jobcentre.scenario.evidence import Evidence
from jobcentre.scenario.load import (
    Scenario,
    change_history,
    check_file,
    find_scenarios,
    in_force,
    load,
    load_kept,
    periods,
    vary,
    with_change,
)
from jobcentre.scenario.named_changes import ChangeHistory
from jobcentre.scenario.yaml_file import to_yaml

__all__ = [
    "Change",
    "ChangeHistory",
    "Evidence",
    "Problem",
    "Scenario",
    "ScenarioError",
    "change_history",
    "check_file",
    "find_scenarios",
    "in_force",
    "load",
    "load_kept",
    "periods",
    "to_yaml",
    "vary",
    "with_change",
]
