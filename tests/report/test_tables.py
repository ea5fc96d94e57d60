"""Tables of a results folder, read whole and in pieces."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from jobcentre.metrics import BY_NAME
from jobcentre.report import declared
from jobcentre.report.comparison import OVER_TIME
from jobcentre.report.declared import TABLES, read_table
from jobcentre.report.saved import SHOWN_BY_RUN, SHOWN_BY_WEEK
from jobcentre.report.warmup import DRAWN
from jobcentre.scenario import ScenarioError
from support.report_folders import NAMES, comparison  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli


@pytest.mark.parametrize("rows", [1000, 10**9])
@pytest.mark.parametrize(("name", "metrics"), [("metrics", SHOWN_BY_RUN), ("weekly", SHOWN_BY_WEEK)])
def test_a_table_in_pieces_has_the_rows_of_its_metrics(comparison, monkeypatch, name, metrics, rows):  # noqa: F811
    monkeypatch.setattr(declared, "ROWS", rows)
    file = comparison / f"{name}.csv"
    whole = read_table(file, TABLES[name], NAMES)
    expected = whole[[metric in metrics for metric in whole["metric"]]].reset_index(drop=True)
    assert 0 < len(expected) < len(whole)
    assert len(whole) > 1000
    pd.testing.assert_frame_equal(read_table(file, TABLES[name], NAMES, metrics).reset_index(drop=True), expected)


def test_what_is_wrong_in_a_later_piece_is_told_by_its_line(comparison, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(declared, "ROWS", 100)
    lines = (comparison / "weekly.csv").read_text(encoding="utf-8").splitlines()
    lines[345] = lines[345].rpartition(",")[0] + ",many"
    shutil.copy(comparison / "weekly.csv", tmp_path / "weekly.csv")
    (tmp_path / "weekly.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as told:
        read_table(tmp_path / "weekly.csv", TABLES["weekly"], NAMES, ())
    assert [(problem.line, problem.path) for problem in told.value.problems] == [(346, "denominator")]


def test_a_row_that_is_there_twice_is_told_in_whatever_piece(comparison, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(declared, "ROWS", 100)
    lines = (comparison / "weekly.csv").read_text(encoding="utf-8").splitlines()
    first = next(place for place, line in enumerate(lines) if ",overloaded_share," in line)
    (tmp_path / "weekly.csv").write_text("\n".join([*lines, lines[first]]) + "\n", encoding="utf-8")
    assert len(lines) - first > 100
    with pytest.raises(ScenarioError) as told:
        read_table(tmp_path / "weekly.csv", TABLES["weekly"], NAMES, SHOWN_BY_WEEK)
    assert [(problem.line, "a second time" in problem.message) for problem in told.value.problems] == [(len(lines) + 1, True)]


def test_a_table_in_pieces_may_have_no_rows(tmp_path):
    (tmp_path / "weekly.csv").write_text("scenario,point,run,week,metric,numerator,denominator\n", encoding="utf-8")
    assert read_table(tmp_path / "weekly.csv", TABLES["weekly"], NAMES, SHOWN_BY_WEEK).empty


def test_every_metric_that_a_report_draws_by_week_is_kept():
    assert {*OVER_TIME, *DRAWN} <= {*SHOWN_BY_WEEK}
    assert all(BY_NAME[metric].weekly for metric in SHOWN_BY_WEEK)
