"""How fast both engines are on this machine, as ratios of times taken in turn."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from sim.model import Engine, play, prepare
from sim.scenario import Scenario

PLAIN = "plain SimPy program"
PLAIN_FILE = Path(__file__).parents[2] / "benchmarks" / "plain_simpy.py"
WORKLOAD = "reference_workload"


def time_engines(scenario: Scenario, runs: int, seed: int) -> dict[str, Any]:
    """Seconds of one run with each engine, taken in turn after one run each that compiles, and ratios round by round.

    On the reference workload the program that most people would write takes its turn too. Ratios are those of times of
    the same round: (lowest, median, highest).
    """
    inputs = prepare(scenario)
    programs: dict[str, Callable[[int], object]] = {engine: _engine(inputs, seed, engine) for engine in get_args(Engine)}
    if scenario.name == WORKLOAD and PLAIN_FILE.exists():
        programs[PLAIN] = _plain_program()
    for program in programs.values():
        program(0)
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for run in range(runs):
        for name, program in programs.items():
            begun = time.perf_counter()
            program(run)
            taken[name].append(time.perf_counter() - begun)
    found: dict[str, Any] = {
        "scenario": scenario.name,
        "runs": runs,
        "seconds_per_run": {name: statistics.median(times) for name, times in taken.items()},
        "ratio": statistics.median(_ratios(taken["reference"], taken["compiled"])),
        "reference_to_compiled": _span(taken["reference"], taken["compiled"]),
    }
    if PLAIN in taken:
        found["reference_to_plain"] = _span(taken["reference"], taken[PLAIN])
        found["compiled_to_plain"] = _span(taken["compiled"], taken[PLAIN])
    return found


def _engine(inputs: Any, seed: int, engine: Engine) -> Callable[[int], object]:
    return lambda run: play(inputs, seed, run, engine)


def _plain_program() -> Callable[[int], object]:
    spec = importlib.util.spec_from_file_location("plain_simpy", PLAIN_FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda run: module.Office(run).run()


def _ratios(over: list[float], under: list[float]) -> list[float]:
    return [a / max(b, 1e-9) for a, b in zip(over, under, strict=True)]


def _span(over: list[float], under: list[float]) -> list[float]:
    ratios = _ratios(over, under)
    return [round(value, 3) for value in (min(ratios), statistics.median(ratios), max(ratios))]
