"""What happens: a scenario, a seed and the number of a run give an event log."""

from __future__ import annotations

from typing import Literal

from jobcentre.model.events import EventLog
from jobcentre.model.inputs import Inputs, make_inputs
from jobcentre.model.run import RunInProgress, RunStopped
from jobcentre.scenario import Scenario

Engine = Literal["simpy", "compiled"]
#: In the order in which they are shown.
ENGINES: tuple[Engine, Engine] = ("compiled", "simpy")

__all__ = ["ENGINES", "Engine", "EventLog", "Inputs", "RunStopped", "play", "prepare", "simulate"]


def prepare(scenario: Scenario) -> Inputs:
    """The scenario's figures as arrays, to be used for many runs."""
    return make_inputs(scenario)


def play(inputs: Inputs, seed: int, run: int, engine: Engine = "compiled") -> EventLog:
    """Plays one run of a prepared scenario on an engine; raises RunStopped when it cannot go on."""
    current_run = RunInProgress(inputs, seed, run)
    if engine == "simpy":
        from jobcentre.model import simpy_engine

        simpy_engine.play(current_run)
    else:
        from jobcentre.model import compiled_engine

        compiled_engine.play(current_run)
    return current_run.log()


def simulate(scenario: Scenario, seed: int = 1, run: int = 0, engine: Engine = "compiled") -> EventLog:
    """Plays one run of a scenario: the same scenario, seed and run always give the same log."""
    return play(prepare(scenario), seed, run, engine)
