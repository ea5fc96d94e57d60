"""The assurance file: every item of the checklist, every assumption and its source, what is empty, and what is past its date."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil

import pytest

from jobcentre.report.assurance import BY_HAND, EMPTY, FILE, TEXTS, ByHand, assurance, overdue, read_by_hand
from jobcentre.scenario import ScenarioError, load
from support.report_folders import SHORT, comparison, uncertain  # noqa: F401 - fixtures

#: The items of STRESS-DES (Monks et al. 2019), by number.
STRESS = (
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5", "3.1", "3.2", "3.3", "3.4",
    "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
)  # fmt: skip
NOTHING = ByHand({}, None, (), {})
WRITTEN = """
written: 2026-05-01
purpose: Whether to ease coaches early
commissioner: The district manager
analysts: Two analysts
approved_by: The head of analysis, 3 May 2026
limits: One office
access: On request
decisions:
  - {date: 2026-04-02, decision: 'The surge in one step', why: 'As told', review: 2026-10-01}
reviews: {A2: 2026-06-30, admin.factor: 2027-06-30}
"""


def rows(text, heading):
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [line.split(" | ") for line in part.splitlines() if line.startswith("| ")][2:]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("by_hand") / BY_HAND
    path.write_text(WRITTEN)
    return path


def test_every_item_of_the_checklist_has_an_answer(comparison, written):  # noqa: F811
    text = assurance(comparison, read_by_hand(written))
    items = {row[0].removeprefix("| ").split(" ")[0]: row[1] for row in rows(text, "STRESS-DES")}
    assert set(items) == set(STRESS)
    assert all(len(answer) > 5 for answer in items.values())
    assert EMPTY not in text


def test_what_people_have_not_written_is_marked(comparison):  # noqa: F811
    text = assurance(comparison, NOTHING)
    for heading in ("Decisions log",):
        assert EMPTY in text.partition(f"## {heading}")[2][:200]
    # purpose stands twice, then the five other texts, the date, and the decisions
    assert text.count(EMPTY) == 2 + (len(TEXTS) - 1) + 1 + 1


def test_the_registers_hold_every_input_of_the_first_scenario_with_its_source(comparison):  # noqa: F811
    text = assurance(comparison, NOTHING)
    base = load("oxford_before", SHORT)
    log = {row[1].strip("`") for row in rows(text, "Assumptions log") if row[0] == "| oxford_before"}
    assert log == {path for path, one in base.evidence.items() if one.quality == "assumed"}
    data = {row[1].strip("`"): row for row in rows(text, "Data log") if row[0] == "| oxford_before"}
    known = {path for path, one in base.evidence.items() if one.quality not in ("assumed", None)}
    assert set(data) == known
    assert "in2town" in data["office.coaches"][4]
    assert not [path for path, row in data.items() if "not in scenarios/sources.yaml" in row[4]]


def test_only_differences_of_other_scenarios_are_listed(comparison):  # noqa: F811
    text = assurance(comparison, NOTHING)
    surge = [row for row in rows(text, "Assumptions log") if row[0] == "| oxford_surge_step"]
    assert {row[1].strip("`") for row in surge} == {"demand.starts_factor", "diary.fill_notice_days", "admin.factor", "strain.support"}


def test_findings_on_uncertain_inputs_stand_in_the_test_plan(comparison, uncertain):  # noqa: F811
    assert "not tested" in assurance(comparison, NOTHING).partition("## Test plan")[2]
    text = assurance(uncertain, NOTHING).partition("## Test plan")[2]
    assert "not tested" not in text
    assert re.search(r"so it is in \d+ of 20 simulated years", text)


def test_dates_of_review(written):
    by_hand = read_by_hand(written)
    assert overdue(by_hand, dt.date(2026, 6, 30)) == []
    assert [text.split(" was")[0] for text in overdue(by_hand, dt.date(2026, 10, 2))] == ["A2", "the decision “The surge in one step”"]


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("purpose:", "purpos:", "did you mean `purpose`"),
        ("2026-06-30, admin", "30 June 2026, admin", "reviews.A2: '30 June 2026' is not a date"),
        ("date: 2026-04-02, ", "", "should hold date, decision"),
        ("decisions:\n", "decisions: none\nmore:\n", "should be a list"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_line(written, tmp_path, old, new, wrong):
    path = tmp_path / BY_HAND
    path.write_text(written.read_text().replace(old, new))
    with pytest.raises(ScenarioError, match=re.escape(wrong)):
        read_by_hand(path)


@pytest.mark.cli
def test_the_command_writes_a_file_to_be_filled_in_and_leaves_it_alone_afterwards(comparison, jobcentre, tmp_path):  # noqa: F811
    folder = tmp_path / "kept"
    shutil.copytree(comparison, folder)
    status, out, _ = jobcentre("assurance", str(folder), "--json")
    assert status == 0
    assert json.loads(out)["empty"] == 9
    (folder / BY_HAND).write_text(WRITTEN)
    status, out, err = jobcentre("assurance", str(folder))
    assert status == 0
    assert "warning: A2 was to be reviewed by 2026-06-30" in err
    assert (folder / BY_HAND).read_text() == WRITTEN
    assert "The district manager" in (folder / FILE).read_text()
    assert jobcentre("report", str(folder))[0] == 0  # the folder is still one of results


@pytest.mark.cli
def test_a_folder_without_results_gets_no_file(jobcentre, tmp_path):
    status, _, err = jobcentre("assurance", str(tmp_path))
    assert status == 2
    assert "no finished results" in err
    assert not list(tmp_path.iterdir())
