"""The staffing command with the real model, in an office so small that a run takes no time."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest

from jobcentre.commands import app
from support.places import OTHER_DIGEST, SMALL
from support.same_bytes import contents

pytestmark = pytest.mark.cli

REAL = ("staffing", str(SMALL), "--target", "overloaded_share<=0.4", "--range", "2:6", "--weeks", "2", "--set", "period.warmup_weeks=0",
        "--set", "demand.posts=3", "--runs", "8", "--json")  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Folders made in this process and with one and two others; tests only read them."""
    found = {}
    for jobs in ("0", "1", "2"):
        out = tmp_path_factory.mktemp("real")
        said = io.StringIO()
        with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as ended:
            app.main([*REAL, "--jobs", jobs, "--out", str(out)])
        assert ended.value.code == 0
        found[jobs] = json.loads(said.getvalue())
    return found


def test_results_do_not_depend_on_the_number_of_processes(real):
    here, *others = (contents(Path(found["folder"])) for found in real.values())
    assert {"staffing.json", "staffing.csv", "metrics.csv", "report.html", "runs.sqlite"} <= set(here)
    assert all(other == here for other in others)


def test_more_coaches_are_less_overloaded_and_cost_more(real):
    rows = real["0"]["candidates"]
    assert [row["value"] for row in rows] == [2, 3, 4, 5, 6]
    means = [row["targets"][0]["mean"] for row in rows]
    assert means == sorted(means, reverse=True)
    assert [row["cost"] for row in rows] == sorted(row["cost"] for row in rows)
    assert rows[0]["probability"] < rows[-1]["probability"]


def test_the_reports_of_a_folder_can_be_drawn_again(real, jobcentre, tmp_path):
    copied = shutil.copytree(real["0"]["folder"], tmp_path / "elsewhere")
    (copied / "report.html").unlink()
    (copied / "runs.sqlite").unlink()
    status, out, _ = jobcentre("report", str(copied), "--json")
    assert (status, json.loads(out)["report"]) == (0, str(copied / "report.html"))
    assert (copied / "report.html").read_bytes() == Path(real["0"]["report"]).read_bytes()


@pytest.mark.parametrize("name", ["staffing.json", "metrics.csv", "staffing.csv"])
def test_a_spoilt_folder_is_refused_with_its_name(real, jobcentre, tmp_path, name):
    copied = shutil.copytree(real["0"]["folder"], tmp_path / "elsewhere")
    (copied / name).write_text("{}", encoding="utf-8")
    status, _, err = jobcentre("report", str(copied))
    assert (status, name in err) == (2, True)


def test_the_runs_can_be_made_again(real, jobcentre):
    status, out, _ = jobcentre("reproduce", str(Path(real["0"]["folder"], "manifest.json")), "--jobs", "0", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["runs"]["equal"] == found["runs"]["made"] >= 5 * 8


def test_a_folder_of_another_run_notices_a_changed_metric(real, jobcentre, tmp_path):
    copied = shutil.copytree(real["0"]["folder"], tmp_path / "elsewhere")
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    name, digests = next(iter(manifest["digests"].items()))
    digests["0"] = OTHER_DIGEST
    (copied / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    status, out, _ = jobcentre("reproduce", str(copied / "manifest.json"), "--jobs", "0", "--runs", "1", "--json")
    assert status == 1
    assert name in out
