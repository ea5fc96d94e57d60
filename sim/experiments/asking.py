"""Loads what a command line asks for; all that is wrong is told as problems, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from sim.experiments.memory import jobs_that_fit
from sim.experiments.words import figures_of, refused, told_of_weeks
from sim.model import Engine, simulate
from sim.model.events import EventLog
from sim.outputs import read_events
from sim.scenario import Problem, Scenario, ScenarioError, load

MOST_RUNS = 2**32  # different ones: the number of a run has 32 bits


def scenarios_of(files: Sequence[str], sets: Sequence[str] = (), weeks: int | None = None) -> dict[str, Scenario]:
    """The scenarios by name, in their order, with figures set on the command line; they count the same weeks."""
    values = figures_of(sets, weeks)
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            scenario = load(file, values)
        except ScenarioError as error:
            problems += error.problems if weeks is None else told_of_weeks(error.problems, values.keys() - {"period.weeks"})
            continue
        for other in found:
            # some systems do not tell large letters from small ones: the files of one would replace those of the other
            if other.casefold() == scenario.name.casefold():
                also = f", and another `{other}`" * (other != scenario.name)
                problems.append(
                    Problem(
                        scenario.file, None, "", f"a scenario called `{scenario.name}` is given twice{also}", "rename one of the two files"
                    )
                )
        found[scenario.name] = scenario
    problems += _other_weeks(found)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return found


def engine_of(name: str) -> Engine:
    """The engine of that name."""
    if name not in get_args(Engine):
        raise refused("--engine", f"there is no engine `{name}`", f"choose {' or '.join(get_args(Engine))}")
    return cast(Engine, name)


def store_of(folder: Path | None) -> Path | None:
    """The folder of a store that experiments share, if it is one or can be made; asked before anything is written."""
    if folder is not None:
        above = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        if not above.is_dir():
            raise refused("--store", f"`{above}` is not a folder", "name a folder, which is made if it is not there")
        if not os.access(above, os.W_OK):
            raise refused("--store", f"you lack the right to write to `{above}`", "name a folder that you may write to")
    return folder


def log_of(source: str, run: int, seed: int, engine: str, sets: Sequence[str] = ()) -> EventLog:
    """The event log kept in a file, or that of a scenario's run, made again."""
    if not source.endswith(".parquet"):
        if run >= MOST_RUNS:
            raise refused("--run", f"{run} is not the number of a run", f"they go from 0 to {MOST_RUNS - 1}")
        chosen, scenario = engine_of(engine), load(source, figures_of(sets))
        jobs_that_fit({scenario.name: scenario})
        return simulate(scenario, seed=seed, run=run, engine=chosen)
    if not Path(source).is_file():
        raise refused(source, "there is no such file")
    try:
        return read_events(Path(source))
    except ValueError as error:
        raise refused(source, str(error)) from error


def _other_weeks(scenarios: dict[str, Scenario]) -> list[Problem]:
    if not scenarios:
        return []
    base, *options = scenarios.values()
    want = base.settings.period
    return [
        Problem(
            option.file,
            None,
            "period",
            f"counts {option.settings.period.weeks} weeks from {option.settings.period.start}, "
            f"`{base.name}` {want.weeks} weeks from {want.start}: they cannot be compared",
            "give both the same period",
        )
        for option in options
        if (option.settings.period.start, option.settings.period.weeks) != (want.start, want.weeks)
    ]
