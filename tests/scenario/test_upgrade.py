"""`jobcentre upgrade`: older files say the same afterwards, and keep their comments."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jobcentre.runs.run_key import run_key
from jobcentre.scenario import Scenario, ScenarioError, check_file, load, load_kept, to_yaml
from jobcentre.scenario.load import _named
from jobcentre.scenario.named_changes import Layer, read_changes
from jobcentre.scenario.yaml_file import read
from jobcentre.studies.sweep_plan_file import check_plan_file, read_plan
from jobcentre.studies.upgrade_files import upgraded as rewritten
from jobcentre.studies.upgrade_files import write
from support.places import ROOT

pytestmark = pytest.mark.cli

OLD = "c415305"
CAP = "diary.appointments_per_day"
PARENT = f"""# What the office is asked.
title: A surge   # in one step
extends: oxford_before

changes:
  # First the cap.
  - date: 2021-11-01
    why: >
      More, and
      # no comment
    set:
      {CAP}: 27   # a day
  - why: Less support.
    set: {{strain.support: 0.7}}
    date: 2021-11-01
  - # to the end
    date: 2022-03-07
    why: Back again.
    over_days: 5
    set: {{{CAP}: 22}}
"""
CHILDREN = {
    "written out": (
        f"changes:\n- date: 2021-11-01\n  why: The same.\n  set:\n    {CAP}: 25\n# at the margin\n- {{date: 2022-01-03, why: Own., set: {{admin.factor: 1.1}}}}\n",
        ["appointments_per_day", "factor"],
        {"appointments_per_day": 25},
    ),
    "in another order": (
        f"changes: [{{date: 2021-11-01, why: x, set: {{strain.support: 0.8}}}}, {{date: 2021-11-01, why: y, set: {{{CAP}: 26}}}}]\n",
        ["support_2", "appointments_per_day_3"],
        {},
    ),
    "at once instead of slowly": (
        f"changes:\n  - {{date: 2021-11-01, why: x, set: {{{CAP}: 27}}}}\n  - {{date: 2022-03-07, why: y, set: {{{CAP}: 22}}}}\n",
        ["appointments_per_day_3", "appointments_per_day_4"],
        {},
    ),
    "none": ("changes: []\n", [], {}),
    "empty": ("changes:\n", [], {}),
    "inherited": ("", ["appointments_per_day", "support", "appointments_per_day_2"], {}),
}


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def old_changes(path: Path) -> list[tuple[str, int, str, list[tuple[str, Any]]]]:
    """The changes of an older file by its own list, or that of the nearest parent which has one."""
    root, _ = read(path)
    assert root is not None
    if "changes" not in root.children:
        parent = root.children["extends"].value
        return old_changes(path.with_name(f"{parent}.yaml")) if (path.parent / f"{parent}.yaml").exists() else []
    node = root.children["changes"]
    changes, _ = read_changes([Layer(path.stem, _named(node))] if node.value else [], [])
    return [(str(one.date), one.over_days, one.why, list(one.set.items())) for one in changes]


def new_changes(scenario: Scenario) -> list[tuple[str, int, str, list[tuple[str, Any]]]]:
    return [(str(one.date), one.over_days, one.why, list(one.set.items())) for one in scenario.changes]


@pytest.mark.parametrize("kind", CHILDREN)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_child_says_the_same_afterwards(tmp_path: Path, kind: str, line_end: str) -> None:
    body, names, _ = CHILDREN[kind]
    put(tmp_path, "parent.yaml", PARENT.replace("\n", line_end))
    path = put(tmp_path, "child.yaml", f"title: A child\nextends: parent\n{body}".replace("\n", line_end))
    before = old_changes(path)
    write(rewritten([str(path)]))
    assert check_file(path) == []
    scenario = load(path)
    assert new_changes(scenario) == before
    assert [one.name for one in scenario.changes] == names
    assert path.read_bytes().count(b"\r") == (path.read_bytes().count(b"\n") if line_end == "\r\n" else 0)


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    path = put(tmp_path, "parent.yaml", PARENT)
    write(rewritten([str(path)]))
    assert (
        path.read_text(encoding="utf-8")
        == f"""# What the office is asked.
format: 2
title: A surge   # in one step
extends: oxford_before

changes:
  # First the cap.
  appointments_per_day:
    date: 2021-11-01
    why: >
      More, and
      # no comment
    set:
      {CAP}: 27   # a day
  support:
    why: Less support.
    set: {{strain.support: 0.7}}
    date: 2021-11-01
  appointments_per_day_2: # to the end
    date: 2022-03-07
    why: Back again.
    over_days: 5
    set: {{{CAP}: 22}}
"""
    )


def test_a_change_left_out_is_removed_and_a_list_at_the_margin_is_indented(tmp_path: Path) -> None:
    put(tmp_path, "parent.yaml", PARENT)
    path = put(tmp_path, "child.yaml", f"title: A child\nextends: parent\n{CHILDREN['written out'][0]}")
    write(rewritten([str(path)]))
    assert (
        path.read_text(encoding="utf-8")
        == f"""format: 2
title: A child
extends: parent
changes:
  support: null
  appointments_per_day_2: null
  appointments_per_day:
    date: 2021-11-01
    why: The same.
    set:
      {CAP}: 25
# at the margin
  factor: {{date: 2022-01-03, why: Own., set: {{admin.factor: 1.1}}}}
"""
    )


def test_nothing_is_written_for_a_trial_or_a_second_time(tmp_path: Path, jobcentre) -> None:  # type: ignore[no-untyped-def]
    path = put(tmp_path, "parent.yaml", PARENT)
    status, out, _ = jobcentre("upgrade", "parent.yaml", "--dry-run")
    assert (status, path.read_text(encoding="utf-8")) == (0, PARENT)
    assert "\n+  appointments_per_day:\n" in out
    status, out, _ = jobcentre("upgrade", "parent.yaml", "--json")
    assert (status, [one["path"] for one in json.loads(out)["files"]]) == (0, ["parent.yaml"])
    _, out, _ = jobcentre("upgrade", "parent.yaml")
    assert out == "Nothing to change: all files are of the present format\n"


REFUSED = {
    "not readable": "title: [A\n",
    "a change that is none": "title: A\nextends: oxford_before\nchanges:\n  - 2021-11-01\n",
    "a newer format": "format: 3\ntitle: A\nextends: oxford_before\n",
    "no parent": "title: A\nextends: nobody\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_of_several_files_none_is_written_if_one_is_refused(tmp_path: Path, jobcentre, text: str) -> None:  # type: ignore[no-untyped-def]
    good, bad = put(tmp_path, "good.yaml", PARENT), put(tmp_path, "bad.yaml", text)
    status, out, err = jobcentre("upgrade", "good.yaml", "bad.yaml")
    assert (status, out) == (2, "")
    assert err
    assert (good.read_text(encoding="utf-8"), bad.read_text(encoding="utf-8")) == (PARENT, text)


def test_an_older_file_is_refused_with_the_command_that_helps(tmp_path: Path, jobcentre) -> None:  # type: ignore[no-untyped-def]
    put(tmp_path, "parent.yaml", PARENT)
    status, _, err = jobcentre("run", "parent.yaml")
    assert status == 2
    assert "parent.yaml:5: changes: is a list" in err
    assert "run `jobcentre upgrade parent.yaml`" in err


def test_a_results_folder_of_before_is_still_read(tmp_path: Path) -> None:
    scenario = load("oxford_surge_step")
    data = scenario.resolved(with_evidence=True)
    data["changes"] = list(data["changes"].values())
    data.pop("format")
    kept = load_kept(put(tmp_path, "oxford_surge_step.yaml", to_yaml(data)))
    assert new_changes(kept) == new_changes(scenario)
    assert run_key(kept, 1) == run_key(scenario, 1)


# --- plans and answers -----------------------------------------------------------------------------------------------

PLAN = (
    f"title: A plan\nscenarios: [parent, other]\nfigures:\n  changes[1].set.{CAP}: [20, 27]   # first\n  'changes[2].date': [2021-11-08]\n"
)


def test_numbers_in_a_plan_become_names(tmp_path: Path) -> None:
    put(tmp_path, "parent.yaml", PARENT)
    put(tmp_path, "other.yaml", "title: Other\nextends: parent\n")
    path = put(tmp_path, "plan.yaml", PLAN)
    with pytest.raises(ScenarioError, match="jobcentre upgrade"):
        read_plan(path)
    write(rewritten([str(path)]))
    after = path.read_text(encoding="utf-8")
    assert f"  changes.appointments_per_day.set.{CAP}: [20, 27]   # first\n  'changes.support.date': [2021-11-08]\n" in after
    assert check_plan_file(path) == []


def test_a_number_that_means_different_changes_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "parent.yaml", PARENT)
    put(tmp_path, "other.yaml", PARENT.replace(f"{CAP}: 27", "diary.cover: false"))
    path = put(tmp_path, "plan.yaml", PLAN)
    with pytest.raises(ScenarioError, match="is not the same change in all scenarios of the plan"):
        rewritten([str(path)])


def test_answers_need_no_rewriting(tmp_path: Path, jobcentre) -> None:  # type: ignore[no-untyped-def]
    path = put(tmp_path, "answers.csv", "question,answer\ncoaches,20\n")
    assert jobcentre("upgrade", "answers.csv") == (0, "Nothing to change: all files are of the present format\n", "")
    assert path.read_text(encoding="utf-8") == "question,answer\ncoaches,20\n"


# --- this repository before -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_file_of_before_loads_after_an_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = subprocess.run(["git", "archive", "--format=zip", OLD, "scenarios"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("the history is not here")
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
        files.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    folder = Path("scenarios")
    scenarios = [path for path in sorted([*folder.glob("*.yaml"), *folder.glob("theory/*.yaml")]) if path.stem != "sources"]
    plans = sorted(folder.glob("plans/*.yaml"))
    write(rewritten([str(path) for path in [*scenarios, *plans]]))
    assert [problem for path in scenarios for problem in check_file(path)] == []
    assert [problem for path in plans for problem in check_plan_file(path)] == []
    assert rewritten([str(path) for path in [*scenarios, *plans]]) == []
