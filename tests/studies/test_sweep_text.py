"""What `sweep`, `run --sites` and `--store` say to a first-time user whose files or words are wrong: status 2, where, and nothing written."""

from __future__ import annotations

import json

import pytest

from jobcentre.scenario import load
from jobcentre.scenario.offices import read_sites
from jobcentre.studies.nation import sites_csv

pytestmark = pytest.mark.cli

PLAN = "title: Ours\nscenarios: [baseline]\nfigures:\n  admin.factor: [0.8, 1.2]\n"
FILES = {
    "a misspelt plan": ("plan.yaml", PLAN.replace("scenarios", "scenario").replace("figures", "figure"), 1, "`scenarios` is missing"),
    "a plan that is no YAML": ("plan.yaml", PLAN.replace("[baseline]", "[baseline"), 3, "not readable as YAML"),
    "an empty plan": ("plan.yaml", "", 1, "is empty"),
    "a plan whose table is not there": ("plan.yaml", PLAN + "sites: ours.csv\n", 5, "`ours.csv` is not there"),
    "a plan whose table is a folder": ("plan.yaml", PLAN + "sites: ../folder.csv\n", 5, "is a folder"),
    "a plan whose table has no such name": ("plan.yaml", PLAN + "sites: synthetic_64\n", 5, "did you mean `synthetic_646`?"),
    "no file": ("other.yaml", PLAN, None, "there is no such file"),
}


@pytest.mark.parametrize(("name", "text", "line", "words"), FILES.values(), ids=FILES)
def test_a_plan_that_cannot_be_read_is_told_as_such(jobcentre, tmp_path, name, text, line, words):
    (tmp_path / "here").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "here" / name).write_text(text, encoding="utf-8")
    status, out, _ = jobcentre("sweep", "here/plan.yaml", "--json")
    error = json.loads(out)["error"]
    assert (status, error["file"], error["line"]) == (2, "here/plan.yaml", line)
    assert words in error["message"]
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("first_swep", "did you mean `first_sweep`?"),
        ("oxford_befor", "did you mean `oxford_before`?"),
        ("qqqq", "there is no plan and no scenario `qqqq`"),
        ("folder.yaml", "is a folder"),
    ],
)
def test_a_name_that_is_nothing_is_told_as_such(jobcentre, tmp_path, name, words):
    (tmp_path / "folder.yaml").mkdir()
    status, _, err = jobcentre("sweep", name)
    assert status == 2
    assert words in err


@pytest.mark.parametrize("words", [("sweep", "baseline", "--set", "coaches=20,24"), ("run", "baseline")])
def test_a_store_in_a_file_is_refused_before_anything_is_written(jobcentre, tmp_path, words):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    status, _, err = jobcentre(*words, "--store", "taken/store", "--weeks", "1", "--runs", "1", "--jobs", "0")
    assert status == 2
    assert "--store: `taken` is not a folder" in err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_an_office_for_which_a_figure_is_nothing_is_kept_so(tmp_path):
    """`null` and an empty cell are not the same: nobody is hired, or the empty posts are filled."""
    scenario = load("baseline")
    (tmp_path / "ours.csv").write_text("office,region,posts,coaches,office.establishment\nA,w,5,4,null\nB,w,5,4,\n", encoding="utf-8")
    first = read_sites(tmp_path / "ours.csv", [scenario])
    (tmp_path / "kept.csv").write_text(sites_csv(first), encoding="utf-8")
    again = read_sites(tmp_path / "kept.csv", [scenario])
    assert [site.figures for site in again.sites] == [{"office.establishment": None}, {}] == [site.figures for site in first.sites]
