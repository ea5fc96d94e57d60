"""Files and command lines from a generator: never an error of ours, nothing written when refused, and what is accepted means the same again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest

from jobcentre.scenario import Scenario, ScenarioError, load, to_yaml
from support.hostile_generator import command_line, write

pytestmark = [pytest.mark.cli, pytest.mark.slow]

#: HOSTILE_CASES=5000 tries so many.
CASES = int(os.environ.get("HOSTILE_CASES", "300"))
BATCH = 50


def changes_of(scenario: Scenario) -> list[tuple[object, ...]]:
    return [(one.date, one.over_days, dict(one.set)) for one in scenario.changes]


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("batch", range(-(-CASES // BATCH)))
def test_what_is_generated_is_done_or_refused_with_its_place(jobcentre, tmp_path: Path, batch: int) -> None:
    chance = Random(batch)
    files = [write(tmp_path, chance, number) for number in range(10)]
    for _ in range(BATCH):
        words = command_line(chance, [file.name for file in files])
        before = listing(tmp_path)
        status, out, err = jobcentre(*words)
        assert status in (0, 1, 2), (words, status, out[-2000:], err[-2000:])
        if status == 2:
            assert listing(tmp_path) == before, words
            said = json.loads(out)["error"]["message"] if "--json" in words and '"error"' in out else out + err
            assert said.strip(), words


@pytest.mark.parametrize("batch", range(-(-CASES // BATCH)))
def test_a_file_is_refused_by_name_or_means_the_same_when_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.chdir(tmp_path)
    chance, accepted, refused = Random(10_000 + batch), 0, 0
    for number in range(BATCH):
        file = write(tmp_path, chance, number)
        try:
            scenario = load(file)
        except ScenarioError as error:
            refused += all(problem.file and problem.message for problem in error.problems)
            continue
        accepted += 1
        again = tmp_path / "again.yaml"
        again.write_text(to_yaml(scenario.resolved()), encoding="utf-8")
        second = load(again)
        assert second.settings == scenario.settings, file.read_text(encoding="utf-8")
        assert [(one.date, one.over_days, dict(one.set)) for one in second.changes] == [
            (one.date, one.over_days, dict(one.set)) for one in scenario.changes
        ]
    assert accepted + refused == BATCH, "a problem has no place or no message"
    assert min(accepted, refused) > 0, "the generator tries only one kind"
