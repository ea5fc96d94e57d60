"""Requests of a command line or a caller, read and checked before anything is written."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

from jobcentre.metrics.windows import first_change, too_few_weeks, with_reference_date
from jobcentre.model import Engine, simulate
from jobcentre.model.events import EventLog
from jobcentre.runs.event_logs import read_events
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.scenario import Problem, Scenario, ScenarioError, load
from jobcentre.scenario.errors import usage_error

WINDOW_INPUTS = ("period.measured_from", "period.measured_to")


def inputs_from_options(sets: Sequence[str], weeks: int | None = None, window: str | None = None) -> dict[str, object]:
    """Values by path from words such as `diary.appointments_per_day=27`; a window is FROM:TO, two dates."""
    values: dict[str, object] = {}
    for text in sets:
        path, equals, value = (part.strip() for part in text.partition("="))
        if not (path and equals and value):
            raise usage_error("--set", f"`{text}` is not a figure and its value", "write path=value, such as diary.appointments_per_day=27")
        if path in values:
            raise usage_error("--set", f"`{path}` is set twice")
        values[path] = value
    if weeks is not None:
        if "period.weeks" in values:
            raise usage_error("--weeks", "`period.weeks` is set as well", "give one of them")
        values["period.weeks"] = weeks
    if window is not None:
        dates = window.split(":")
        if len(dates) != len(WINDOW_INPUTS):
            raise usage_error("--window", f"`{window}` is not a first and a last date", "write it as 2021-11-01:2022-10-30")
        for path, date in zip(WINDOW_INPUTS, dates, strict=True):
            if path in values:
                raise usage_error("--window", f"`{path}` is set as well", "give one of them")
            values[path] = date_of(date.strip(), "--window").isoformat()
    return values


def weeks_problems(problems: Sequence[Problem], without: Iterable[Problem] = (), also_set: Container[str] = ()) -> list[Problem]:
    """Problems under --weeks; those that were not there without it name that option, unless the input was set as well."""
    before = {problem.path for problem in without}
    told = []
    for problem in problems:
        if problem.path and problem.path not in before and problem.path not in also_set:
            hint = problem.suggestion
            if problem.path.endswith("date"):
                hint = f"count more weeks, or give another date: --set {problem.path}=YYYY-MM-DD"
            problem = problem._replace(file="--weeks", line=None, suggestion=hint)
        told.append(problem)
    return told


def _problems_of(file: str, values: Mapping[str, object]) -> list[Problem]:
    try:
        load(file, values)
    except ScenarioError as error:
        return error.problems
    return []


def date_of(text: str, option: str = "--date") -> dt.date:
    """The date of an option."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise usage_error(option, f"`{text}` is not a date", "write it as YYYY-MM-DD") from error


MOST_RUNS = 2**32  # different ones: the number of a run has 32 bits


def scenarios_of(
    files: Sequence[str], sets: Sequence[str] = (), weeks: int | None = None, window: str | None = None
) -> dict[str, Scenario]:
    """Loads the scenarios by name, in order, with inputs set on the command line; all count the same weeks."""
    values = inputs_from_options(sets, weeks, window)
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in files:
        try:
            scenarios.append(load(file, values))
        except ScenarioError as error:
            found = error.problems
            if weeks is not None:
                others = {path: value for path, value in values.items() if path != "period.weeks"}
                found = weeks_problems(found, _problems_of(file, others), others)
            problems += found if window is None else [_of_window(problem) for problem in found]
    return by_name(scenarios, problems)


def _of_window(problem: Problem) -> Problem:
    """A problem of the dates that --window gives, as one of that option."""
    if problem.path not in WINDOW_INPUTS:
        return problem
    return problem._replace(file="--window", line=None, suggestion="give a first and a last date inside the counted weeks")


def by_name(scenarios: Iterable[Scenario], problems: Iterable[Problem] = ()) -> dict[str, Scenario]:
    """The scenarios by name, in their order; ScenarioError where two have one name or count other weeks, or with these problems."""
    scenarios_by_name: dict[str, Scenario] = {}
    problems = list(problems)
    for scenario in scenarios:
        for name in scenarios_by_name:
            # some systems do not tell large letters from small ones: the files of one would replace those of the other
            if name.casefold() == scenario.name.casefold():
                also = f", and another `{name}`" * (name != scenario.name)
                problems.append(
                    Problem(
                        scenario.file, None, "", f"a scenario called `{scenario.name}` is given twice{also}", "rename one of the two files"
                    )
                )
        scenarios_by_name[scenario.name] = scenario
    problems += _other_weeks(scenarios_by_name)
    problems += _other_dates(scenarios_by_name)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return _with_one_date(scenarios_by_name)


def refuse_too_few_weeks(scenarios: Iterable[Scenario]) -> None:
    """ScenarioError where headlines would mix the time before a change with a short one after it: no answer can rest on them."""
    for scenario in scenarios:
        if reason := too_few_weeks(scenario):
            fix = "count more weeks, or say over which dates with --window FROM:TO"
            raise usage_error("--weeks", f"`{scenario.name}` has {reason}: an answer would mix the time before it with that after it", fix)


def _with_one_date(scenarios: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """The same with the date of the change that all have in common, so that all are measured and followed over the same time."""
    given = (one.settings.period.reference_date for one in scenarios.values())
    date = next((date for date in given if date is not None), None) or first_change(scenarios.values())
    return dict(scenarios) if date is None else {name: with_reference_date(one, date) for name, one in scenarios.items()}


def _other_dates(scenarios: Mapping[str, Scenario]) -> list[Problem]:
    """Scenarios that give other dates of the change than the first that gives one."""
    given = {one.name: one.settings.period.reference_date for one in scenarios.values() if one.settings.period.reference_date is not None}
    first = next(iter(given), None)
    return [
        Problem(
            scenarios[name].file, None, "period.reference_date",
            f"is {date}, in `{first}` {given[first]}: they would be measured over different times",
            f"give all one date: --set period.reference_date={given[first]}",
        )
        for name, date in given.items()
        if first is not None and date != given[first]
    ]  # fmt: skip


def engine_of(name: str) -> Engine:
    """The engine of that name."""
    if name not in get_args(Engine):
        raise usage_error("--engine", f"there is no engine `{name}`", f"choose {' or '.join(get_args(Engine))}")
    return cast(Engine, name)


def store_of(folder: Path | None) -> Path | None:
    """Checks the folder of a store that experiments share, before anything is written."""
    if folder is not None:
        above = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
        if not above.is_dir():
            raise usage_error("--store", f"`{above}` is not a folder", "name a folder, which is made if it is not there")
        if not os.access(above, os.W_OK):
            raise usage_error("--store", f"you lack the right to write to `{above}`", "name a folder that you may write to")
    return folder


def log_of(source: str, run: int, seed: int, engine: str, sets: Sequence[str] = ()) -> EventLog:
    """The event log kept in a file, or that of a scenario's run, made again."""
    if not source.endswith(".parquet"):
        return simulated(load(source, inputs_from_options(sets)), run, seed, engine)
    if not Path(source).is_file():
        raise usage_error(source, "there is no such file")
    try:
        return read_events(Path(source))
    except ValueError as error:
        raise usage_error(source, str(error)) from error


def simulated(scenario: Scenario, run: int, seed: int, engine: str) -> EventLog:
    """The event log of a scenario's run; ScenarioError if there is no such run or engine, or no memory for it."""
    if not 0 <= run < MOST_RUNS:
        raise usage_error("--run", f"{run} is not the number of a run", f"they go from 0 to {MOST_RUNS - 1}")
    chosen = engine_of(engine)
    jobs_that_fit({scenario.name: scenario})
    return simulate(scenario, seed=seed, run=run, engine=chosen)


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
