"""`jobcentre diff-runs`: the first event at which two runs differ."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobcentre.model import events as ev
from jobcentre.model import simulate
from jobcentre.model.events import Event, EventLog
from jobcentre.runs.event_logs import read_events, write_events
from jobcentre.scenario import load

pytestmark = pytest.mark.cli

START = "period: {start: 2023-10-02, warmup_weeks: 0, weeks: 3, reference_date: null, why: Short.}\n"
CHANGE = "changes:\n  less: {date: 2023-10-16, why: Less, set: {diary.appointments_per_day: 5}}\n"  # the third Monday


@pytest.fixture
def scenarios(tmp_path):
    """A short scenario, and the same with fewer appointments from its third Monday."""
    for name, more in (("plain", ""), ("fewer", CHANGE)):
        (tmp_path / f"{name}.yaml").write_text(f"title: A trial\nextends: oxford_before\n{START}{more}", encoding="utf-8")
    return "plain.yaml", "fewer.yaml"


@pytest.fixture
def log(scenarios, tmp_path):
    return simulate(load(tmp_path / "plain.yaml"), 1, 0)


def kept(path, log, **other):
    write_events(path, log._replace(**other))
    return path.name


def edited(log, row, column, value):
    rows = log.rows.copy()
    rows[row, column] = value
    return rows


def test_equal_runs_are_equal_made_or_kept(jobcentre, scenarios, log, tmp_path):
    name = kept(tmp_path / "one.parquet", log)
    for a, b in ((name, name), (name, "plain.yaml"), ("plain.yaml", "plain.yaml")):
        status, out, _ = jobcentre("diff-runs", a, b, "--json")
        document = json.loads(out)
        assert (status, document["equal"], document["row"]) == (0, True, None)
    assert document["runs"]["a"]["digest"] == log.digest
    assert jobcentre("diff-runs", name, name, "--quiet") == (0, "", "")


def test_runs_part_on_the_day_of_the_only_change(jobcentre, scenarios):
    status, out, _ = jobcentre("diff-runs", *scenarios, "--json")
    document = json.loads(out)
    assert status == 1
    assert document["runs"]["a"]["event"] == "Monday 16 October 2023, 00:00: day 14 begins, a working day"
    assert document["runs"]["b"]["event"].startswith("Monday 16 October 2023, 00:00: dated figures change")
    assert all(document["runs"][letter]["office"]["next step"] == "the calendar of a new day" for letter in "ab")
    assert len(document["before"]) == 5


def test_kept_logs_are_compared_without_an_office(jobcentre, log, tmp_path):
    row = int(np.flatnonzero(log.rows[:, ev.KIND] == Event.CONVERSATION)[40])
    coach, unmet = int(log.rows[row, ev.COACH]), int(log.rows[row, ev.C])
    a, b = kept(tmp_path / "a.parquet", log), kept(tmp_path / "b.parquet", log, rows=edited(log, row, ev.C, unmet + 60))
    status, out, _ = jobcentre("diff-runs", a, b, "--json")
    document = json.loads(out)
    assert (status, document["row"], document["runs"]["a"]["office"]) == (1, row, {})
    assert document["columns"] == [{"column": "c (seconds unmet)", "a": unmet, "b": unmet + 60}]
    assert all(f"coach {coach}" in text or "customer" in text for text in document["before"])
    text = jobcentre("diff-runs", a, b)[1]
    assert f"row {row:,} of the log" in text
    assert f"c (seconds unmet): {unmet} | {unmet + 60}" in text


def test_the_office_is_told_where_one_side_can_be_made_again(jobcentre, scenarios, log, tmp_path):
    row = int(np.flatnonzero(log.rows[:, ev.KIND] == Event.CONVERSATION)[40])
    b = kept(tmp_path / "b.parquet", log, rows=edited(log, row, ev.C, 9999))
    text = jobcentre("diff-runs", "plain.yaml", b)[1]
    assert "The office of A just before that row:" in text
    assert f"coach {log.rows[row, ev.COACH]}, strain" in text


def test_a_log_that_ends_early_is_told(jobcentre, log, tmp_path):
    a, b = kept(tmp_path / "a.parquet", log), kept(tmp_path / "b.parquet", log, rows=log.rows[:1000])
    status, out, _ = jobcentre("diff-runs", a, b, "--json")
    document = json.loads(out)
    assert (status, document["row"]) == (1, 1000)
    assert document["runs"]["b"]["event"] == "its log ends after 1,000 rows"


@pytest.mark.parametrize(
    ("other", "words"),
    [({"first_day": "2024-01-01"}, "begin on different days"), ({"group_names": ("w", "x", "y", "z")}, "customer groups differ")],
)
def test_equal_rows_of_another_calendar_or_other_groups_are_not_equal(jobcentre, log, tmp_path, other, words):
    a, b = kept(tmp_path / "a.parquet", log), kept(tmp_path / "b.parquet", log, **other)
    status, out, _ = jobcentre("diff-runs", a, b)
    assert status == 1
    assert words in out


def parquet(**columns):
    """A table as Parquet; by default that of an event log of two rows."""
    content = {name: pa.array([1, 1], pa.int32()) for name in ev.COLUMNS} | columns
    return pa.table({name: column for name, column in content.items() if column is not None})


ABOUT = {"group_names": '["a"]', "first_day": "2023-10-02"}
WRONG = {
    "of something else": lambda: pa.table({"x": [1]}),
    "without names": lambda: parquet(),
    "without a column": lambda: parquet(time=None).replace_schema_metadata(ABOUT),
    "of text": lambda: parquet(time=pa.array(["a", "b"])).replace_schema_metadata(ABOUT),
    "with a gap": lambda: parquet(time=pa.array([1, None], pa.int32())).replace_schema_metadata(ABOUT),
    "of large numbers": lambda: parquet(time=pa.array([1, 2**40])).replace_schema_metadata(ABOUT),
    "with names that are a number": lambda: parquet().replace_schema_metadata(ABOUT | {"group_names": "5"}),
    "with a date that is none": lambda: parquet().replace_schema_metadata(ABOUT | {"first_day": "soon"}),
    "with an unknown kind": lambda: parquet(kind=pa.array([1, 9999], pa.int32())).replace_schema_metadata(ABOUT),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_a_parquet_file_that_is_no_log_gives_2(jobcentre, tmp_path, make):
    pq.write_table(make(), tmp_path / "a.parquet")
    status, out, err = jobcentre("diff-runs", "a.parquet", "a.parquet", "--json")
    assert (status, err) == (2, "")
    assert json.loads(out)["error"]["file"] == "a.parquet"


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1" * 10])
def test_a_file_that_is_no_parquet_gives_2(jobcentre, tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    assert jobcentre("diff-runs", "a.parquet", "a.parquet", "--json")[0] == 2


@pytest.mark.parametrize("words", [("a.parquet", "b.parquet"), ("nothing", "diary"), ("diary",), ("diary", "diary", "--engine", "steam")])
def test_what_cannot_be_compared_gives_2(jobcentre, words):
    assert jobcentre("diff-runs", *words, "--json")[0] == 2


def test_a_log_keeps_its_names(tmp_path, log):
    kept(tmp_path / "a.parquet", log)
    again = read_events(tmp_path / "a.parquet")
    assert isinstance(again, EventLog)
    assert (again.group_names, again.first_day, again.digest) == (log.group_names, "2023-10-02", log.digest)
