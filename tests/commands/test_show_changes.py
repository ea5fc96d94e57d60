"""What show and check say of dated changes; expected values are those of the scenario files, dates worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CAP = "diary.appointments_per_day"
#: The surge of oxford_surge_step (22 to 27 on 2021-11-01) over 91 days, so until 2022-01-30.
RAMP = "surge_ramped_3_months"


def test_a_figure_is_shown_at_the_start_and_from_each_date(jobcentre):
    status, out, _ = jobcentre("show", RAMP, CAP, "--json")
    rows = [(row["value"], row["date"], row["reached"], row["change"], row["source"]) for row in json.loads(out)["figures"]]
    assert (status, rows) == (0, [(22, None, None, "", "assumed"), (27, "2021-11-01", "2022-01-30", "surge", "A2")])
    text = " ".join(jobcentre("show", RAMP, CAP)[1].split())
    assert "the start" in text
    assert "2021-11-01 day by day until 2022-01-30 (surge)" in text.replace("│ ", "")


@pytest.mark.parametrize(
    ("date", "value"),
    [
        ("2021-10-31", 22),
        ("2021-11-01", 22),  # 22 + 5 × 1 ÷ 91 = 22.05
        ("2021-12-16", 25),  # the 46th day: 22 + 5 × 46 ÷ 91 = 24.53
        ("2022-01-30", 27),
        ("2022-06-01", 27),
    ],
)
def test_what_is_in_force_on_a_date(jobcentre, date, value):
    status, out, _ = jobcentre("show", RAMP, CAP, "--at", date, "--json")
    (row,) = json.loads(out)["figures"]
    assert (status, row["value"]) == (0, value)


@pytest.mark.parametrize(("date", "said"), [("2031-01-01", "simulates no 2031-01-01"), ("2021-02-30", "is not a date")])
def test_a_date_that_is_not_simulated_is_refused(jobcentre, date, said):
    status, _, err = jobcentre("show", RAMP, CAP, "--at", date)
    assert (status, said in err) == (2, True)


@pytest.fixture
def child(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ours.yaml").write_text(
        "title: Ours\nextends: oxford_surge_step\nchanges:\n"
        "  surge: {date: 2022-01-03, why: Later.}\n  admin: null\n"
        "  relief: {date: 2022-02-01, why: Relief., set: {policies.relief.policy: early_warning}}\n",
        encoding="utf-8",
    )


def test_check_says_what_is_inherited_overridden_and_removed(jobcentre, child):
    status, out, _ = jobcentre("check", "ours.yaml", "--no-trial")
    lines = [line.strip() for line in out.splitlines()]
    assert status == 0
    assert lines[lines.index("Changes of ours.yaml:") + 1 : -1] == [
        "surge: from oxford_surge_step; ours overrides date",
        "demand: from oxford_surge_step",
        "support: from oxford_surge_step",
        "relief: from ours",
        "admin: from oxford_surge_step; ours removes it",
    ]


def test_show_begins_with_where_changes_come_from(jobcentre, child):
    out = jobcentre("show", "ours.yaml")[1]
    assert out.startswith("# change surge: from oxford_surge_step; ours overrides date\n")
    assert "# change admin: from oxford_surge_step; ours removes it\n" in out
    assert "# change" not in jobcentre("show", "ours.yaml", "--at", "2022-03-01")[1]


def test_a_scenario_without_inherited_changes_is_checked_as_before(jobcentre):
    assert "Changes of" not in jobcentre("check", "oxford_surge_step", "--no-trial")[1]
