"""Files of an earlier format are rewritten so that they mean what they meant; nothing else in them moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobcentre.scenario import load
from jobcentre.studies.sweep_plan_file import read_plan

PARENT = """\
# A comment at the top.
title: Ours   # and one beside a key
extends: oxford_before
changes:
  # The first change.
  - date: 2021-11-01
    over_days: 14
    why: A cap.
    set:
      diary.appointments_per_day: 27  # from 22
  - date: 2021-12-01
    why: Admin.
    set: {admin.factor: 1.2}
"""
CHILD = """\
title: A child
extends: parent.yaml
changes:
- date: 2021-11-08
  why: Another cap, at once.
  set:
    diary.appointments_per_day: 25
"""
PARENT_AFTER = """\
# A comment at the top.
format: 2
title: Ours   # and one beside a key
extends: oxford_before
changes:
  # The first change.
  appointments_per_day:
    date: 2021-11-01
    over_days: 14
    why: A cap.
    set:
      diary.appointments_per_day: 27  # from 22
  factor:
    date: 2021-12-01
    why: Admin.
    set: {admin.factor: 1.2}
"""


@pytest.fixture
def old_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("parent.yaml").write_text(PARENT, encoding="utf-8")
    Path("child.yaml").write_text(CHILD, encoding="utf-8")


def changes_of(name):
    return [(change.date.isoformat(), change.over_days, dict(change.set)) for change in load(Path(name)).changes]


def test_a_list_is_refused_with_the_command_that_rewrites_it(jobcentre, old_files):
    status, out, _ = jobcentre("check", "child.yaml", "--json")
    problems = json.loads(out)["problems"]
    assert status == 2
    assert {(Path(one["file"]).name, one["line"], one["suggestion"]) for one in problems} == {
        ("parent.yaml", 4, "run `jobcentre upgrade parent.yaml`"), ("child.yaml", 3, "run `jobcentre upgrade child.yaml`")
    }  # fmt: skip


def test_comments_and_layout_stay_and_parents_come_along(jobcentre, old_files):
    status, out, _ = jobcentre("upgrade", "child.yaml")
    assert (status, out.splitlines()[-1]) == (0, "2 files rewritten")
    assert Path("parent.yaml").read_text(encoding="utf-8") == PARENT_AFTER
    assert "-  - date: 2021-11-01\n+  appointments_per_day:\n+    date: 2021-11-01\n" in out


def test_a_child_means_what_it_meant_although_it_now_inherits(jobcentre, old_files):
    """The list of the child replaced that of its parent: no admin from December, and the cap at once and not over 14 days."""
    jobcentre("upgrade", "child.yaml")
    assert changes_of("child.yaml") == [("2021-11-08", 1, {"diary.appointments_per_day": 25})]
    assert changes_of("parent.yaml") == [
        ("2021-11-01", 14, {"diary.appointments_per_day": 27}), ("2021-12-01", 1, {"admin.factor": 1.2})
    ]  # fmt: skip
    assert "factor: null" in Path("child.yaml").read_text(encoding="utf-8")


def test_a_second_time_there_is_nothing_to_change(jobcentre, old_files):
    jobcentre("upgrade", "child.yaml")
    before = {name: Path(name).read_bytes() for name in ("parent.yaml", "child.yaml")}
    status, out, _ = jobcentre("upgrade", "child.yaml", "parent.yaml")
    assert (status, out) == (0, "Nothing to change: all files are of the present format\n")
    assert {name: Path(name).read_bytes() for name in before} == before


def test_a_dry_run_shows_the_difference_and_writes_nothing(jobcentre, old_files):
    status, out, _ = jobcentre("upgrade", "child.yaml", "--dry-run", "--json")
    document = json.loads(out)
    assert (status, document["written"], [Path(one["path"]).name for one in document["files"]]) == (0, False, ["parent.yaml", "child.yaml"])
    assert "+format: 2\n" in document["files"][0]["difference"]
    assert Path("parent.yaml").read_text(encoding="utf-8") == PARENT


def test_one_file_that_cannot_be_rewritten_leaves_all_as_they_are(jobcentre, old_files):
    Path("broken.yaml").write_text("title: x\nextends: oxford_before\nchanges: [1, 2]\n", encoding="utf-8")
    status, _, err = jobcentre("upgrade", "child.yaml", "broken.yaml")
    assert (status, "broken.yaml:3" in err, "a change should hold date" in err) == (2, True, True)
    assert Path("parent.yaml").read_text(encoding="utf-8") == PARENT


def test_a_link_stays_a_link_and_a_file_keeps_its_permissions(jobcentre, old_files):
    Path("parent.yaml").chmod(0o640)
    Path("link.yaml").symlink_to("parent.yaml")
    assert jobcentre("upgrade", "link.yaml", "--quiet")[0] == 0
    assert Path("link.yaml").is_symlink()
    assert (Path("parent.yaml").read_text(encoding="utf-8"), Path("parent.yaml").stat().st_mode & 0o777) == (PARENT_AFTER, 0o640)


def test_if_one_file_cannot_be_written_none_is(jobcentre, old_files, monkeypatch):
    """The parent is written first; there is no room for the child."""
    write_bytes = Path.write_bytes

    def full(path, data):
        if "child" in path.name:
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert jobcentre("upgrade", "child.yaml")[0] != 0
    assert (Path("parent.yaml").read_text(encoding="utf-8"), Path("child.yaml").read_text(encoding="utf-8")) == (PARENT, CHILD)
    assert sorted(path.name for path in Path().iterdir()) == ["child.yaml", "parent.yaml"]


@pytest.mark.parametrize("given", ["3", "0.5", "two", "[2]"])
def test_another_format_is_refused(jobcentre, tmp_path, given):
    Path("new.yaml").write_text(f"format: {given}\ntitle: x\nextends: baseline\n", encoding="utf-8")
    status, out, _ = jobcentre("check", "new.yaml")
    assert (status, out.startswith("new.yaml:1: format: is ")) == (2, True)


def test_a_plan_names_the_change_of_a_number(jobcentre, old_files):
    Path("plan.yaml").write_text(
        "title: A plan\nscenarios: parent.yaml\nfigures:\n  changes[2].set.admin.factor: [1.1, 1.3]  # admin\n  changes[1].date: [2021-11-01]\n",
        encoding="utf-8",
    )
    status, out, _ = jobcentre("upgrade", "plan.yaml")
    assert (status, out.splitlines()[-1]) == (0, "2 files rewritten")
    assert "  changes.factor.set.admin.factor: [1.1, 1.3]  # admin\n" in Path("plan.yaml").read_text(encoding="utf-8")
    assert read_plan(Path("plan.yaml")).axes == ("changes.factor.set.admin.factor", "changes.appointments_per_day.date")


def test_a_number_that_is_no_change_of_the_scenario_is_told(jobcentre, old_files):
    Path("plan.yaml").write_text("title: A plan\nscenarios: parent.yaml\nfigures:\n  changes[3].date: [2021-11-01]\n", encoding="utf-8")
    status, _, err = jobcentre("upgrade", "plan.yaml")
    assert (status, "`changes[3].date` is not the same change in all scenarios of the plan" in err) == (2, True)
    assert "changes[3]" in Path("plan.yaml").read_text(encoding="utf-8")


def test_a_write_protected_file_is_refused_and_none_is_written(jobcentre, old_files):
    Path("child.yaml").chmod(0o444)
    status, _, err = jobcentre("upgrade", "child.yaml")
    assert (status, "child.yaml: is write-protected" in err) == (2, True)
    assert (Path("parent.yaml").read_text(encoding="utf-8"), Path("child.yaml").read_text(encoding="utf-8")) == (PARENT, CHILD)
    assert jobcentre("upgrade", "child.yaml", "--dry-run")[0] == 0


@pytest.mark.parametrize("command", ["check", "show", "run", "sweep", "select", "staffing", "verify", "upgrade"])
def test_a_link_that_leads_to_itself_is_refused(jobcentre, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    Path("loop.yaml").symlink_to("loop.yaml")
    more = {"select": ("baseline", "--metric", "overloaded_share"), "staffing": ("--target", "overloaded_share<=0.1")}.get(command, ())
    assert jobcentre(command, "loop.yaml", *more)[0] == 2
