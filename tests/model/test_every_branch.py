"""The short scenarios visit every kind of event and every branch, and give the same logs as plain Python, checked and compiled.

Each form of the code needs a process of its own: plain Python under coverage, and compiled with every index checked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobcentre.model import play, prepare
from jobcentre.model.events import Event
from support.log_checks import check_log
from support.places import ROOT
from support.short_scenarios import SHORT, VALUES

pytestmark = [pytest.mark.engines, pytest.mark.slow]

FOLDERS = ("rules", "steps")
LONGEST = 900  # seconds


def in_a_process(command: list[str], **environment: str) -> dict[str, Any]:
    """What support.play_short prints in a process with these environment variables."""
    ran = subprocess.run(
        [sys.executable, *command, "-m", "support.play_short"], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=LONGEST
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-4000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The one pass as plain Python, under coverage: what was played, and what of the model was run."""
    folder = tmp_path_factory.mktemp("coverage")
    data, report = folder / "data", folder / "report.json"
    include = ",".join(str(ROOT / "sim" / "jobcentre" / "model" / name / "*") for name in FOLDERS)
    played = in_a_process(["-m", "coverage", "run", "--branch", f"--data-file={data}", f"--include={include}"], NUMBA_DISABLE_JIT="1")
    command = [sys.executable, "-m", "coverage", "json", f"--data-file={data}", "-o", str(report)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LONGEST)
    assert played["settings"]["plain"]
    return played | {"files": json.loads(report.read_text(encoding="utf-8"))["files"]}


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    """Digests of the compiled form, in this process."""
    return {name: play(prepare(make()), 1, 0).digest for name, make in SHORT.items()}


def digests(played: dict[str, Any]) -> dict[str, str]:
    return {name: one["digest"] for name, one in played["scenarios"].items()}


def rows(played: dict[str, Any]) -> int:
    return sum(one["rows"] for one in played["scenarios"].values())


def test_plain_python_writes_the_same_logs(plain: dict[str, Any], compiled: dict[str, str]) -> None:
    assert digests(plain) == compiled
    print(f"plain Python: {len(compiled)} scenarios, {rows(plain):,} rows in {plain['seconds']} s, equal")


def test_no_index_lies_outside_its_array(compiled: dict[str, str]) -> None:
    """Compiled with NUMBA_BOUNDSCHECK an index outside stops the process; unchecked it would be silent."""
    checked = in_a_process([], NUMBA_BOUNDSCHECK="1")
    assert checked["settings"]["checked"]
    assert digests(checked) == compiled
    print(f"bounds checked: {len(compiled)} scenarios, {rows(checked):,} rows in {checked['seconds']} s, equal")


@pytest.mark.parametrize("name", SHORT)
def test_short_scenarios_are_in_order_on_both_engines(name: str, compiled: dict[str, str]) -> None:
    inputs = prepare(SHORT[name]())
    log = play(inputs, 1, 0, "simpy")
    assert check_log(log, inputs) == []
    assert log.digest == compiled[name]


def test_every_kind_of_event_and_every_value_is_seen(plain: dict[str, Any]) -> None:
    seen: dict[str, Counter[str]] = {}
    for one in plain["scenarios"].values():
        for what, counts in one["visited"].items():
            seen.setdefault(what, Counter()).update(counts)
    for what, counts in seen.items():
        print(f"{what}: {', '.join(f'{name} {number:,}' for name, number in counts.items())}")
    never = [f"{what}: {name}" for what, counts in seen.items() for name, number in counts.items() if number == 0]
    assert never == []
    assert set(seen) == {"Event", "Flag", *VALUES}
    assert len(seen["Event"]) == len(Event)


def test_every_branch_of_rules_and_steps_is_visited(plain: dict[str, Any]) -> None:
    missed, lines, branches = [], 0, 0
    for file, found in sorted(plain["files"].items()):
        lines += found["summary"]["num_statements"]
        branches += found["summary"]["num_branches"]
        missed += [f"{Path(file).as_posix()}:{line}" for line in found["missing_lines"]]
        missed += [f"{Path(file).as_posix()}:{begin} never goes to {end}" for begin, end in found["missing_branches"]]
    print(f"{lines:,} lines and {branches:,} branches in {len(plain['files'])} files, {len(missed)} not visited")
    assert "\n".join(missed) == ""
    known = {path.relative_to(ROOT).as_posix() for name in FOLDERS for path in (ROOT / "sim" / "jobcentre" / "model" / name).glob("*.py")}
    assert {Path(file).as_posix() for file in plain["files"]} == known


def test_full_arrays_stop_plain_runs_as_well(plain: dict[str, Any]) -> None:
    assert [what for what, message in plain["stopped"].items() if not message.startswith("the run stopped on day")] == []
    assert all(plain["moments"].values()), plain["moments"]
