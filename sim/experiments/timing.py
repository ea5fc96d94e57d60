"""How fast both engines are on this machine."""

from __future__ import annotations

import statistics
import time
from typing import Any, get_args

from sim.model import Engine, play, prepare
from sim.scenario import Scenario


def time_engines(scenario: Scenario, runs: int, seed: int) -> dict[str, Any]:
    """Median seconds of one run with each engine after one that compiles, and reference ÷ compiled."""
    inputs = prepare(scenario)
    seconds: dict[str, float] = {}
    for engine in get_args(Engine):
        play(inputs, seed, 0, engine)
        taken = []
        for run in range(runs):
            begun = time.perf_counter()
            play(inputs, seed, run, engine)
            taken.append(time.perf_counter() - begun)
        seconds[engine] = statistics.median(taken)
    return {
        "scenario": scenario.name,
        "runs": runs,
        "seconds_per_run": seconds,
        "ratio": seconds["reference"] / max(seconds["compiled"], 1e-9),
    }
