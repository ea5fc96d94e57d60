"""Files and command lines from a generator: never an error of ours, nothing written when refused, and what is accepted means the same again."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from jobcentre.scenario import Scenario, ScenarioError, load
from jobcentre.scenario.offices import read_sites
from jobcentre.studies.nation import sites_csv
from support.hostile_generator import OFFICES, command_line, write
from support.refusals import noted, own

pytestmark = [pytest.mark.cli, pytest.mark.slow]

#: Files, and command lines; HOSTILE_CASES=5000 tries so many files.
CASES = int(os.environ.get("HOSTILE_CASES", "300"))
COMMAND_LINES = int(os.environ.get("HOSTILE_COMMAND_LINES", "300"))
BATCH = 50


def meaning(scenario: Scenario) -> tuple[Any, ...]:
    """All that decides about a scenario's results."""
    return scenario.settings, [(one.name, one.date, one.over_days, dict(one.set)) for one in scenario.changes]


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a folder, with size and time of change."""
    return {path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.parametrize("batch", range(-(-COMMAND_LINES // BATCH)))
def test_what_is_generated_is_done_or_refused_with_its_place(jobcentre, raised, tmp_path: Path, batch: int) -> None:
    chance = Random(batch)
    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    files = [write(tmp_path, chance, number) for number in range(10)]
    for number in range(BATCH):
        words = command_line(chance, [file.name for file in files])
        before, begun, _ = listing(tmp_path), time.monotonic(), raised.clear()
        status, out, err = jobcentre(*words)
        noted("command lines", f"{batch} {number}", status, time.monotonic() - begun, words)
        assert status in (0, 1, 2), (words, status, out[-2000:], err[-2000:])
        if status == 2:
            assert listing(tmp_path) == before, words
            said = json.loads(out)["error"]["message"] if "--json" in words and '"error"' in out else out + err
            assert said.strip(), words
            assert all(map(own, raised)), (words, raised)
            assert raised or words[0] == "check", words  # which prints problems


def show(jobcentre, file: Path, number: int) -> tuple[int, str]:
    """A scenario that is shown, as text or JSON, means the same when that is read."""
    status, out, err = jobcentre("show", file.name, *["--json"] * (number % 2))
    if status == 0:
        again = file.parent / "again.yaml"
        again.write_text(out, encoding="utf-8")
        assert meaning(load(again)) == meaning(load(file)), file.read_text(encoding="utf-8")
        again.unlink()
    return status, out + err


def check(jobcentre, file: Path, number: int) -> tuple[int, str]:
    """A plan that is checked has its problems told with their places."""
    status, out, err = jobcentre("check", file.name, "--no-trial", "--json")
    problems = json.loads(out)["problems"] if status in (0, 2) else []
    assert all(problem["file"] and problem["message"] for problem in problems)
    assert bool(problems) == (status == 2)
    return status, out + err


def tabulate(jobcentre, file: Path, number: int) -> tuple[int, str]:
    """A table of offices means the same as a results folder keeps it."""
    baseline = load("baseline")
    try:
        table = read_sites(file.name, [baseline])
    except ScenarioError as error:
        return (2 if own(error) else 3), str(error)
    again = file.parent / "again.csv"
    again.write_text(sites_csv(table), encoding="utf-8", newline="")
    assert [replace(site, line=0) for site in read_sites(again, [baseline]).sites] == [replace(site, line=0) for site in table.sites]
    again.unlink()
    return 0, ""


@pytest.mark.parametrize("batch", range(-(-CASES // BATCH)))
def test_a_file_is_refused_by_name_or_means_the_same_when_written_again(jobcentre, raised, tmp_path: Path, batch: int) -> None:
    chance, statuses = Random(10_000 + batch), []
    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    for number in range(BATCH):
        file = write(tmp_path, chance, number)
        kind, read = {"s": ("scenarios", show), "p": ("plans", check), "t": ("tables", tabulate)}[file.name[0]]
        before, begun, _ = listing(tmp_path), time.monotonic(), raised.clear()
        status, said = read(jobcentre, file, number)
        noted(kind, f"{batch} {number}", status, time.monotonic() - begun, [file.name])
        assert status in (0, 2), (file.read_bytes(), said)
        assert all(map(own, raised)), (file.read_bytes(), raised)
        assert status == 0 or file.name in said, (file.read_bytes(), said)
        assert listing(tmp_path) == before, file.read_bytes()
        statuses.append(status)
    assert {0, 2} == {*statuses}, "the generator tries only one kind"
