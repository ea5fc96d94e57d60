"""Chance: a run is settled by scenario, seed and number, wherever and in whatever order it is made; no two runs are alike."""

from __future__ import annotations

import copy
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from jobcentre.metrics import measure, measure_with, weekly
from jobcentre.model import Inputs, play, prepare, simulate
from jobcentre.model.events import KIND, A, CameFrom, Event
from jobcentre.runs.batches import RunId
from jobcentre.runs.event_logs import read_events, write_events
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.store import Run
from jobcentre.runs.worker import WorkerOptions, run_all
from jobcentre.scenario import Change, Scenario, load, vary, with_change
from support.places import ROOT, python_path

pytestmark = pytest.mark.invariants

LAST_SEED = 2**64 - 1
LAST_RUN = 2**32 - 1
SIX = {"office.coaches": 6, "demand.posts": 6, "period.warmup_weeks": 1, "period.weeks": 3}
TWO = {"office.coaches": 2, "demand.posts": 2, "period.warmup_weeks": 0, "period.weeks": 1}


def six(**more: object) -> Scenario:
    return vary(load("baseline"), {**SIX, **more})


def digests(inputs: Inputs, addresses: Iterable[tuple[int, int]]) -> list[str]:
    return [play(inputs, seed, run).digest for seed, run in addresses]


# --- where and when a run is made does not matter ----------------------------------------------------------------------

SCRIPT = """
import contextlib, json, locale, os, sys, time
if hasattr(time, "tzset"):
    time.tzset()
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from jobcentre.model import play, prepare
from jobcentre.scenario import load, vary
inputs = prepare(vary(load("baseline"), json.loads(sys.argv[1])))
print(json.dumps([hash("work coach"), time.timezone, [play(inputs, 5, run).digest for run in range(3)]]))
"""
#: Time zones as POSIX writes them, which need no data files.
ELSEWHERE = {
    "plain": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC0"},
    "ASCII only": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "TZ": "UTC0"},
    "hash seed": {"PYTHONHASHSEED": "4242", "LC_ALL": "C", "TZ": "UTC0"},
    "German": {"PYTHONHASHSEED": "0", "LC_ALL": "de_DE.UTF-8", "TZ": "UTC0"},
    "New Zealand": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "NZST-12NZDT,M9.5.0,M4.1.0/3"},
}


def in_another_process(surroundings: dict[str, str]) -> tuple[int, int, list[str]]:
    """Hash of a text, offset of the time zone in seconds, and digests of runs 0 to 2 in a process of its own."""
    env = {**os.environ, **surroundings, "PYTHONPATH": python_path()}
    out = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(SIX)], cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=300
    )
    text_hash, offset, found = json.loads(out.stdout)
    return text_hash, offset, found


@pytest.fixture(scope="module")
def here() -> list[str]:
    return digests(prepare(six()), [(5, 0), (5, 1), (5, 2)])


def test_hash_seed_locale_and_time_zone_do_not_matter(here: list[str]) -> None:
    found = {name: in_another_process(surroundings) for name, surroundings in ELSEWHERE.items()}
    assert found["plain"][0] != found["hash seed"][0]
    if os.name == "posix":
        assert (found["plain"][1], found["New Zealand"][1]) == (0, -12 * 3600)
    assert {name: runs for name, (_, _, runs) in found.items()} == dict.fromkeys(ELSEWHERE, here)


@pytest.mark.parametrize("jobs", [0, 2])
def test_the_number_of_processes_and_keeping_events_do_not_matter(here: list[str], tmp_path: Path, jobs: int) -> None:
    done: dict[int, Run] = {}

    def keep(runs: Sequence[Run]) -> None:
        done.update({run.run: run for run in runs})

    wanted = [RunId("six", run) for run in (2, 0, 1)]
    for logs_only in (False, True):
        run_all(PlainScenarios({"six": six()}, 5), wanted, WorkerOptions("compiled", logs_only=logs_only), keep, jobs=jobs)
        assert [done[run].digest for run in range(3)] == here
    for run in range(3):
        (tmp_path / "log.parquet").write_bytes(done[run].packed_log)
        assert read_events(tmp_path / "log.parquet").digest == here[run]


def test_run_3_is_the_same_alone_after_0_to_2_and_before_them() -> None:
    alone = simulate(six(), seed=9, run=3).digest
    inputs = prepare(six())
    forwards = digests(inputs, [(9, run) for run in range(4)])
    backwards = digests(inputs, [(9, run) for run in reversed(range(4))])
    assert forwards[3] == alone
    assert backwards == forwards[::-1]


def test_runs_of_other_scenarios_in_between_do_not_matter() -> None:
    quiet, busy = prepare(six()), prepare(six(**{"demand.starts_factor": 2, "office.coaches": 9}))
    alone = digests(quiet, [(9, 0), (9, 1)])
    assert [log for run in range(2) for log in (play(quiet, 9, run).digest, play(busy, 9, run).digest)][::2] == alone


# --- no two runs are alike ----------------------------------------------------------------------------------------------


def test_no_two_runs_of_seeds_near_and_far_are_alike() -> None:
    """Seeds next to each other, 16 and 32 bits apart and at both ends; `seed + run` and cut-off seeds would coincide here."""
    seeds = [*range(12), 2**16, 2**16 + 1, 2**32, 2**32 + 1, 2**48, 2**63, LAST_SEED - 1, LAST_SEED]
    runs = [*range(12), 2**16, 2**31, LAST_RUN]
    found = digests(prepare(vary(load("baseline"), TWO)), [(seed, run) for seed in seeds for run in runs])
    assert len(set(found)) == len(seeds) * len(runs)


@pytest.mark.parametrize(("seed", "run"), [(0, 0), (0, 1), (1, 0), (LAST_SEED, 0), (0, LAST_RUN), (LAST_SEED, LAST_RUN)])
def test_every_corner_of_seeds_and_runs_gives_ordinary_luck(seed: int, run: int) -> None:
    """Starts of 40 working days (8 weeks without a bank holiday): Poisson with mean posts × days × rate, within 4 standard deviations."""
    rates = {"searching": 0.6, "pre_wca": 0.2, "lcw": 0.1, "lcwra": 0.05}
    scenario = six(**{"period.weeks": 7, **{f"groups.{group}.arrivals_per_post_day": rate for group, rate in rates.items()}})
    rows = simulate(scenario, seed, run).rows
    arrived = int(np.sum((rows[:, KIND] == Event.CUSTOMER_IN) & (rows[:, A] == CameFrom.NEW_START)))
    expected = 6 * 40 * 0.95
    assert abs(arrived - expected) < 4 * math.sqrt(expected)


@pytest.mark.parametrize(("seed", "run"), [(-1, 0), (2**64, 0), (0, -1), (0, 2**32)])
def test_a_seed_or_run_out_of_range_is_refused(seed: int, run: int) -> None:
    with pytest.raises(ValueError, match="must be a whole number from 0 to"):
        play(prepare(vary(load("baseline"), TWO)), seed, run)


# --- nothing a run is given or gives is changed ---------------------------------------------------------------------------


def frozen_copy(inputs: Inputs) -> dict[str, object]:
    return {name: copy.deepcopy(value) for name, value in inputs._asdict().items() if name != "calendar"}


def test_a_run_changes_neither_its_inputs_nor_its_scenario() -> None:
    change = Change(six().settings.period.start, {"diary.appointments_per_day": 10, "diary.protected_admin_minutes": 60}, over_days=5)
    scenario = with_change(six(), change)
    said, settings = scenario.resolved(with_evidence=True), scenario.settings.model_dump()
    inputs = prepare(scenario)
    before = frozen_copy(inputs)
    open_days, index = inputs.calendar.is_open.copy(), inputs.calendar.index.copy()
    play(inputs, 3, 0)
    assert (scenario.resolved(with_evidence=True), scenario.settings.model_dump()) == (said, settings)
    for name, value in before.items():
        now = getattr(inputs, name)
        same = now.tobytes() == value.tobytes() if isinstance(value, np.ndarray) else now == value
        assert same, f"a run changed inputs.{name}"
    assert np.array_equal(inputs.calendar.is_open, open_days)
    assert np.array_equal(inputs.calendar.index, index)


def test_two_runs_share_no_memory() -> None:
    inputs = prepare(six())
    first = play(inputs, 3, 0)
    digest = first.digest
    second = play(inputs, 3, 1)
    assert not np.shares_memory(first.rows, second.rows)
    assert first.digest == digest


def test_measuring_and_exporting_leave_the_log_alone(tmp_path: Path) -> None:
    scenario = six()
    given = measure_with(scenario)
    log = simulate(scenario, seed=3)
    digest, once = log.digest, measure(log, given)
    weekly(log, given)
    write_events(tmp_path / "events.parquet", log)
    assert log.digest == digest == read_events(tmp_path / "events.parquet").digest
    assert measure(log, given) == once
    assert simulate(scenario, seed=3).digest == digest
