"""The report as a file: drawn from the folder alone, one size, nothing from elsewhere, clear words where it cannot be drawn."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil

import plotly.offline
import pytest

from jobcentre.report.comparison_text import _more_leavers
from jobcentre.report.page import PLOTLY, write_report
from jobcentre.report.saved import read_folder
from jobcentre.scenario import vary
from support.report_folders import comparison, made, single  # noqa: F401 - fixtures

pytestmark = pytest.mark.cli

MOST_BYTES = 2_000_000


@pytest.fixture
def copied(comparison, tmp_path):  # noqa: F811
    return shutil.copytree(comparison, tmp_path / "elsewhere")


def text_of(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def test_it_is_drawn_again_from_what_is_saved_alone(copied, comparison, jobcentre):  # noqa: F811
    for place in ("report.html", "runs.sqlite", "events"):
        path = copied / place
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    status, out, _ = jobcentre("report", str(copied), "--json")
    assert (status, json.loads(out)["report"]) == (0, str(copied / "report.html"))
    assert (copied / "report.html").read_bytes() == (comparison / "report.html").read_bytes()


def test_the_manifest_knows_the_report(comparison):  # noqa: F811
    files = json.loads((comparison / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert files["report.html"] == hashlib.sha256((comparison / "report.html").read_bytes()).hexdigest()
    assert files == dict(sorted(files.items()))


def test_it_is_one_small_file_that_names_nothing_outside(comparison, single):  # noqa: F811
    for folder in (comparison, single):
        text = text_of(folder)
        assert len(text.encode()) < MOST_BYTES
        page = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)  # plotly's own code names places, and never asks for them
        assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", page)
        assert "http" not in page.replace("http-equiv", "")
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
        assert "unsafe" not in policy
        assert "default-src &#39;none&#39;" in policy


def test_the_page_has_what_readers_with_a_screen_reader_need(comparison):  # noqa: F811
    text = re.sub(r"<script.*?</script>", "", text_of(comparison), flags=re.DOTALL)
    assert '<html lang="en-GB">' in text
    assert len(re.findall(r"<h1\b", text)) == 1
    for landmark in ("<header", "<nav", "<main", "<footer"):
        assert text.count(landmark) == 1 if landmark != "<header" else text.count("<header>") == 1
    for section in re.findall(r'<section id="[a-z]+".*?</section>', text, flags=re.DOTALL):
        assert "<figure" not in section or "<table" in section


def test_every_part_is_there(comparison, single):  # noqa: F811
    parts = ("answer", "scenarios", "time", "ledger", "missed", "leavers", "tail", "steady", "meaning", "assumed", "made")
    for folder, more in ((comparison, ("options", "reverse", "changes")), (single, ("figures",))):
        assert set(re.findall(r'<section id="([a-z]+)"', text_of(folder))) == {*parts, *more}


def test_the_bundle_is_of_the_version_that_the_package_speaks(comparison):  # noqa: F811
    assert PLOTLY == f"plotly-basic-{plotly.offline.get_plotlyjs_version()}.min.js"
    assert "plotly.js (basic - minified) v" + plotly.offline.get_plotlyjs_version() in text_of(comparison)


def test_results_without_other_responses_say_what_is_missing(copied):
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    (copied / "manifest.json").write_text(json.dumps(manifest | {"points": {}}), encoding="utf-8")
    write_report(copied)
    assert "make the results again without --no-responses" in text_of(copied)


def test_no_verdict_on_leavers_is_told_of_scenarios_that_differ_in_their_response(comparison):  # noqa: F811
    saved = read_folder(comparison)
    assert _more_leavers(saved, "surge_with_early_relief") != ""
    low = saved.scenarios["surge_with_early_relief"]
    other = dataclasses.replace(saved, scenarios=saved.scenarios | {low.name: vary(low, {"strain.response": "low"})})
    assert _more_leavers(other, "surge_with_early_relief") == ""


def test_a_table_cut_in_the_middle_is_refused(copied, jobcentre):
    path = copied / "metrics.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8", newline="")
    status, _, err = jobcentre("report", str(copied))
    assert (status, "metrics.csv: is not as it was written" in err) == (2, True)


def spoil(folder, name):
    path = folder / name
    if name.endswith(".json"):
        path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    elif name.endswith(".csv"):
        path.write_text("a,b\n1,2\n", encoding="utf-8")
    else:
        path.unlink()


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "experiment.json",
        "summary.csv",
        "metrics.csv",
        "weekly.csv",
        "steadiness.csv",
        "differences.csv",
        "responses.csv",
        "scenarios/oxford_before.yaml",
    ],
)
def test_a_spoilt_folder_is_refused_with_its_name_and_keeps_its_report(copied, jobcentre, name):
    before = text_of(copied)
    spoil(copied, name)
    status, _, err = jobcentre("report", str(copied))
    assert status == 2
    assert name.rpartition("/")[2] in err
    assert text_of(copied) == before


@pytest.mark.parametrize("kind", ["missing", "empty", "a file", "an empty manifest"])
def test_what_is_no_results_folder_is_refused(tmp_path, jobcentre, kind):
    place = tmp_path / "place"
    if kind == "empty":
        place.mkdir()
    elif kind == "a file":
        place.write_text("hello", encoding="utf-8")
    elif kind == "an empty manifest":
        place.mkdir()
        (place / "manifest.json").write_text("{}", encoding="utf-8")
    before = list(place.iterdir()) if place.is_dir() else []
    status, out, _ = jobcentre("report", str(place), "--json")
    error = json.loads(out)["error"]
    hint = "use the version that made it" if kind == "an empty manifest" else "jobcentre run, compare"
    assert (status, hint in error["message"]) == (2, True)
    assert (list(place.iterdir()) if place.is_dir() else []) == before


def test_tables_are_read_with_their_base_first(comparison):  # noqa: F811
    saved = read_folder(comparison)
    assert (saved.base, saved.options, saved.runs) == ("oxford_before", ["oxford_surge_step", "surge_with_early_relief"], 5)


def test_work_far_beyond_the_hours_stands_in_the_report(tmp_path):
    figures = {"demand.posts": 40, "admin.held_minutes": 90, "period.weeks": 2, "period.warmup_weeks": 1, "period.measured_from": None}
    asked = made(tmp_path, ("baseline",), 1, False, **figures)
    assert "the work asked for is about 6.3 times what contracted hours allow" in text_of(asked)
