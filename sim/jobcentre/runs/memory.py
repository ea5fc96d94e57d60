"""Estimates the memory that runs take, and refuses what does not fit before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from jobcentre.model import prepare
from jobcentre.model.capacity import expected_rows
from jobcentre.model.state import office_bytes
from jobcentre.runs.machine import address_limit, address_space, free_memory
from jobcentre.scenario import Problem, Scenario, ScenarioError

#: Bytes of a process after a run of next to nothing; measured, like the next.
PROCESS_BYTES = 250_000_000
#: Bytes for each row of a run's log: the log itself, its growth, and what metrics make of it (94 to 127 measured).
BYTES_A_ROW = 130
#: Bytes that the tables take for each finished run, and for each of its weeks (measured): they are made of all runs at once.
BYTES_A_RUN, BYTES_A_WEEK = 250_000, 13_000
#: Where the system does not tell how much memory there is.
USUAL_MEMORY = 16_000_000_000


def run_bytes(scenario: Scenario) -> int:
    """Memory that a process takes for runs of a scenario, roughly."""
    # a figure that moves day by day is never larger than at one end: the days between need not be worked out
    at_once = tuple(replace(change, over_days=1) for change in scenario.changes)
    inputs = prepare(replace(scenario, changes=at_once))
    return PROCESS_BYTES + office_bytes(inputs) + int(BYTES_A_ROW * expected_rows(inputs))


def results_bytes(scenario: Scenario, runs: int, points: int = 1) -> int:
    """Memory that the tables of so many runs at each point take, roughly; only the first point has a table by week."""
    return runs * (points * BYTES_A_RUN + BYTES_A_WEEK * scenario.settings.period.weeks)


def jobs_that_fit(scenarios: Mapping[str, Scenario], runs: int = 1, jobs: int = 0, points: int = 1) -> int:
    """Gives the number of processes: at most `jobs`, the runs, and what fits in memory; ScenarioError if not even one fits."""
    return min(processes_that_fit(scenarios, jobs, runs, points), runs * points * len(scenarios))


def processes_that_fit(scenarios: Mapping[str, Scenario], jobs: int, runs: int = 0, points: int = 1) -> int:
    """Gives the number of processes: at most `jobs` and what fits in memory.

    ScenarioError if not even one fits, or the tables of so many runs do not.
    """
    free = free_bytes()
    most = 0
    problems = []
    for scenario in scenarios.values():
        needed = run_bytes(scenario)
        most = max(most, needed)
        if needed > free:
            advice = "fewer coaches, customers or weeks, or longer slots"
            problems.append(
                Problem(scenario.file, None, "", f"one run takes about {_size(needed)} of memory, {_size(free)} are free", advice)
            )
    tables = sum(results_bytes(scenario, runs, points) for scenario in scenarios.values())
    if not problems and tables > free:
        message = f"the tables of {runs} runs take about {_size(tables)} of memory, {_size(free)} are free"
        problems.append(Problem("--runs", None, "", message, "fewer runs"))
    if problems:
        raise ScenarioError(problems)
    return min(jobs, max(1, int((free - PROCESS_BYTES) // most))) if most else jobs


def free_bytes() -> int:
    """Gives the bytes that may still be allocated: free memory, else all memory, else the usual; less under a resource limit."""
    free = free_memory()
    if free is None:
        names = ("SC_PHYS_PAGES", "SC_PAGE_SIZE")
        known = hasattr(os, "sysconf") and set(names) <= set(os.sysconf_names)
        free = os.sysconf(names[0]) * os.sysconf(names[1]) if known else USUAL_MEMORY
    limit = address_limit()
    if limit is not None:  # of which much is taken by what is never used
        free = min(free, max(limit - address_space() + PROCESS_BYTES, 0))
    return free


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
