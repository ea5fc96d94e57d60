"""`jobcentre reproduce` of sweeps and of tables of offices: whole, changed, broken."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model.events import EventLog
from jobcentre.runs.run_key import run_key
from support.fake_model import FakeModel
from support.fake_model import model as model
from support.places import OTHER_DIGEST

pytestmark = pytest.mark.cli

AGAIN = ("--jobs", "0", "--json")
TABLE = "office,region,posts,coaches,searching,hiring.days_to_hire.mean\nMill Lane,west,8,7,800,50\nHigh Street,east,6,6,,\n"
SWEEP = (
    "sweep", "oxford_surge_step", "oxford_before", "--set", "coaches=20,24", "--set", "hiring.days_to_hire.mean=40,60.5,71.25",
    "--set", "office.opens=[09:00, 09:30, 09:45]", "--set", "office.bank_holidays=england,none,none",
    "--set", "groups.lcwra.fills_gaps=true,false,true", "--sampling", "list",
)  # fmt: skip
ASKED = {
    "sweep": tuple(word.replace("coaches=20,24", "coaches=20,22,24") for word in SWEEP),
    "nation": ("compare", "oxford_surge_step", "oxford_before", "--sites", "two.csv"),
    "sweep of offices": ("sweep", "oxford_surge_step", "oxford_before", "--sites", "two.csv", "--set", "admin.factor=0.8,1.25"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folders that were made once, by kind."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def folders(jobcentre, model, monkeypatch, tmp_path, made):
    """Gives results folders of a model whose logs hold what determines a run."""
    usual = FakeModel.play

    def play(self, scenario, seed, run, engine):
        rows = usual(self, scenario, seed, run, engine).rows
        row_of_key = np.full((1, ev.WIDTH), int(run_key(scenario, seed)[:7], 16), dtype=np.int32)
        return EventLog(np.concatenate([rows, row_of_key]), ("searching", "health"), "2023-01-02")

    monkeypatch.setattr("jobcentre.runs.worker.play", play.__get__(model))

    def make(kind):
        if not (made / kind).exists():
            made_now(kind)
        return shutil.copytree(made / kind, tmp_path / "kept", copy_function=shutil.copy2)

    def made_now(kind):
        (tmp_path / "two.csv").write_text(TABLE, encoding="utf-8")
        status, out, err = jobcentre(*ASKED[kind], "--seed", "9", "--jobs", "0", "--runs", "3", "--json", "--quiet")
        assert (status, err) == (0, ""), out
        model.calls.clear()
        shutil.copytree(tmp_path / json.loads(out)["folder"], made / kind)

    return make


def contents(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def write_manifest(folder, manifest):
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def rewritten(folder, name, old, new, told=True):
    """A file with another text; the manifest says so if it is told."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    if told:
        manifest = manifest_of(folder)
        manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
        write_manifest(folder, manifest)


@pytest.mark.parametrize(("kind", "runs"), [("sweep", 2 * 3 * 3), ("nation", 2 * 2 * 3), ("sweep of offices", 2 * 2 * 2 * 3)])
def test_an_untouched_folder_gives_the_same_again(jobcentre, model, folders, kind, runs):
    folder = folders(kind)
    before = contents(folder)
    status, out, err = jobcentre("reproduce", str(folder), *AGAIN)
    document = json.loads(out)
    assert (status, err, document["equal"]) == (0, "", True)
    assert document["runs"] == {"made": runs, "equal": runs, "different": []}
    assert len(model.calls) == runs
    assert contents(folder) == before
    model.calls.clear()
    assert json.loads(jobcentre("reproduce", str(folder), "--runs", "1", *AGAIN)[1])["runs"]["made"] == runs // 3
    assert {run for _, run in model.calls} == {0}


def test_values_keep_their_type_in_the_table_of_points(folders):
    rows = (folders("sweep") / "points.csv").read_text(encoding="utf-8").splitlines()
    assert {"1,coaches,20", "2,hiring.days_to_hire.mean,60.5", "1,office.opens,09:00", "1,office.bank_holidays,england"} <= set(rows)


@pytest.mark.parametrize(
    ("kind", "where", "told", "words"),
    [
        ("sweep", ("points", "oxford_before", "2"), ("", 2), "run 1 of oxford_before at point 2: another event log"),
        ("nation", ("offices", "oxford_before", "Mill Lane"), ("Mill Lane", 0), "run 1 of oxford_before in Mill Lane: another event log"),
        (
            "sweep of offices", ("offices", "oxford_before", "High Street/2"), ("High Street", 2),
            "run 1 of oxford_before in High Street at point 2: another event log",
        ),
    ],
)  # fmt: skip
def test_the_run_that_differs_is_named(jobcentre, folders, kind, where, told, words):
    folder = folders(kind)
    manifest = manifest_of(folder)
    part = manifest
    for key in where:
        part = part[key]
    part["1"] = OTHER_DIGEST
    write_manifest(folder, manifest)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    (one,) = json.loads(out)["runs"]["different"]
    assert (status, one["scenario"], one["office"], one["point"], one["run"]) == (1, "oxford_before", *told, 1)
    assert words in jobcentre("reproduce", str(folder), "--jobs", "0")[1]


CHANGED = [
    ("sweep", "experiment.json", "        22,\n        60.5,", "        23,\n        60.5,"),
    ("nation", "sites.csv", "Mill Lane,west,8,7", "Mill Lane,west,8,6"),
]


@pytest.mark.parametrize(("kind", "file", "old", "new"), CHANGED)
def test_a_changed_value_is_told_and_nothing_is_run(jobcentre, model, folders, kind, file, old, new):
    folder = folders(kind)
    rewritten(folder, file, old, new, told=False)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    document = json.loads(out)
    assert (status, document["equal"], document["left_out"], model.calls) == (1, False, ["oxford_surge_step", "oxford_before"], [])
    assert document["files"]["different"] == [{"file": file, "message": "is not as it was written"}]
    assert f"oxford_surge_step: not made again, {file} is not the one that was run" in jobcentre("reproduce", str(folder), "--jobs", "0")[1]


@pytest.mark.parametrize(("kind", "file", "old", "new"), CHANGED)
def test_a_changed_value_that_the_manifest_knows_gives_other_runs(jobcentre, folders, kind, file, old, new):
    folder = folders(kind)
    rewritten(folder, file, old, new)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    different = json.loads(out)["runs"]["different"]
    at = ("", 2) if kind == "sweep" else ("Mill Lane", 0)
    assert (status, {(one["office"], one["point"]) for one in different}, len(different)) == (1, {at}, 2 * 3)
    assert {one["message"] for one in different} == {"another event log"}


def test_other_metrics_at_a_point_are_told(jobcentre, folders):
    folder = folders("sweep")
    rewritten(folder, "metrics.csv", "oxford_before,3,2,,overloaded_share,2.0,10.0,0.2", "oxford_before,3,2,,overloaded_share,3.0,10.0,0.3")
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    (one,) = json.loads(out)["runs"]["different"]
    assert (status, one["scenario"], one["point"], one["run"]) == (1, "oxford_before", 3, 2)
    assert one["message"] == "the same event log, but other values of overloaded_share"


BROKEN = {
    "a value that is no number": ("sweep", "experiment.json", "        22,\n        60.5,", '        "many",\n        60.5,', None),
    "half a coach": ("sweep", "experiment.json", "        22,\n        60.5,", "        22.5,\n        60.5,", None),
    "a value out of bounds": ("sweep", "experiment.json", "        22,\n        60.5,", "        -1,\n        60.5,", None),
    "a value that is nothing": ("sweep", "experiment.json", "        22,\n        60.5,", "        null,\n        60.5,", None),
    "a value that is no value": ("sweep", "experiment.json", "        22,\n        60.5,", "        [22],\n        60.5,", None),
    "a value that was not varied": ("sweep", "experiment.json", '        "none",', '        "scotland",', None),
    "neither true nor false": ("sweep", "experiment.json", "        false\n", '        "perhaps"\n', None),
    "a value too many": ("sweep", "experiment.json", "        22,\n        60.5,", "        22,\n        23,\n        60.5,", None),
    "a value not given": ("sweep", "experiment.json", "        22,\n        60.5,", "        60.5,", None),
    "an unknown axis": ("sweep", "experiment.json", '"name": "coaches"', '"name": "coches"', None),
    "an axis without a name": ("sweep", "experiment.json", '"name": "coaches"', '"nome": "coaches"', None),
    "an axis given twice": ("sweep", "experiment.json", '"name": "hiring.days_to_hire.mean"', '"name": "coaches"', None),
    "no axes": ("sweep", "experiment.json", '"axes"', '"axis"', None),
    "an unknown kind of sampling": ("sweep", "experiment.json", '"sampling": "list"', '"sampling": "wild"', None),
    "an unknown kind": ("sweep", "experiment.json", '"kind": "sweep"', '"kind": "voyage"', None),
    "another kind": ("sweep", "experiment.json", '"kind": "sweep"', '"kind": "comparison"', None),
    "another seed": ("sweep", "experiment.json", '"seed": 9', '"seed": 8', None),
    "seed of text": ("sweep", "experiment.json", '"seed": 9', '"seed": "9"', None),
    "seed too large": ("sweep", "experiment.json", '"seed": 9', '"seed": 18446744073709551616', None),
    "seed that is true": ("sweep", "experiment.json", '"seed": 9', '"seed": true', None),
    "runs that are infinite": ("sweep", "experiment.json", '"runs": 3', '"runs": Infinity', None),
    "another experiment": ("sweep", "experiment.json", '"digest": "', '"digest": "0', None),
    "a scenario outside": ("sweep", "experiment.json", '"oxford_before"', '"../oxford_before"', None),
    "another format": ("sweep", "experiment.json", '"format": 1', '"format": 2', None),
    "no JSON": ("sweep", "experiment.json", '"title":', '"title"', "somewhere"),
    "no office": ("nation", "sites.csv", "High Street,east,6,6,,\n", "", None),
    "another office": ("nation", "sites.csv", "High Street", "Low Street", None),
    "an office without coaches": ("nation", "sites.csv", "High Street,east,6,6", "High Street,east,6,0", 3),
    "a row missing in a sweep": ("sweep of offices", "sites.csv", "High Street,east,6,6,,\n", "", None),
    "a figure of an office out of bounds": ("nation", "sites.csv", ",800,50", ",800,-50", 2),
    "no table of metrics": ("sweep", "metrics.csv", "oxford_before,1,0,,", "oxford_before,one,0,,", "somewhere"),
    "a run in two places": ("sweep", "metrics.csv", "\noxford_surge_step,1,2,,", "\noxford_surge_step,1,0,,", None),
}


@pytest.mark.parametrize(("kind", "file", "old", "new", "line"), BROKEN.values(), ids=BROKEN)
def test_files_that_do_not_say_what_was_played_give_2(jobcentre, model, folders, kind, file, old, new, line):
    folder = folders(kind)
    rewritten(folder, file, old, new)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    error = json.loads(out)["error"]
    assert (status, model.calls, error["kind"]) == (2, [], "scenario"), error
    assert error["file"] == str(folder / file)
    assert error["line"] == line if line != "somewhere" else error["line"] > 1


@pytest.mark.parametrize("kind", ASKED)
def test_points_and_offices_that_only_the_manifest_has_give_2(jobcentre, model, folders, kind):
    folder = folders(kind)
    manifest = manifest_of(folder)
    part, key = {"sweep": ("points", "7"), "nation": ("offices", "Low Street"), "sweep of offices": ("offices", "Mill Lane/7")}[kind]
    manifest[part]["oxford_surge_step"][key] = {"0": OTHER_DIGEST}
    write_manifest(folder, manifest)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, model.calls) == (2, [])
    assert ("Low Street" if kind == "nation" else "no point 7") in json.loads(out)["error"]["message"]


def test_a_table_of_points_that_was_changed_is_told_and_decides_nothing(jobcentre, model, folders):
    folder = folders("sweep")
    rewritten(folder, "points.csv", "2,coaches,22", "2,coaches,23", told=False)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    document = json.loads(out)
    assert (status, document["runs"]["equal"], document["runs"]["different"]) == (1, 2 * 3 * 3, [])
    assert document["files"]["different"] == [{"file": "points.csv", "message": "is not as it was written"}]


def test_where_a_document_is_wrong_is_told_by_path(jobcentre, folders):
    folder = folders("sweep")
    rewritten(folder, "experiment.json", '"unit": "coaches"', '"unit": 3')
    message = json.loads(jobcentre("reproduce", str(folder), *AGAIN)[1])["error"]["message"]
    assert "experiment.json: request.axes[0].unit: should be a valid string" in message
    assert "give the same command again" in message


@pytest.mark.parametrize(("kind", "file"), [("sweep", "experiment.json"), ("nation", "experiment.json"), ("nation", "sites.csv")])
def test_a_file_that_is_gone_is_told(jobcentre, model, folders, kind, file):
    folder = folders(kind)
    (folder / file).unlink()
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    document = json.loads(out)
    assert (status, model.calls, document["files"]["different"]) == (1, [], [{"file": file, "message": "is missing"}])
    manifest = manifest_of(folder)
    del manifest["files"][file]
    write_manifest(folder, manifest)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, json.loads(out)["error"]["file"]) == (2, str(folder / file))


SPOILED = {
    "an unknown kind": lambda manifest: manifest | {"kind": "voyage"},
    "a kind that is a list": lambda manifest: manifest | {"kind": ["nation"]},
    "offices of text": lambda manifest: manifest | {"offices": "all"},
    "an office without runs": lambda manifest: manifest | {"offices": {"oxford_surge_step": {"Mill Lane": "all"}}},
    "a point that is no number": lambda manifest: manifest | {"offices": {"oxford_surge_step": {"Mill Lane/first": {}}}},
    "offices of a scenario that is not there": lambda manifest: manifest | {"offices": {"elsewhere": {}}},
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_manifest_of_offices_that_cannot_be_used_gives_2(jobcentre, model, folders, spoil):
    folder = folders("nation")
    write_manifest(folder, spoil(manifest_of(folder)))
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, model.calls, json.loads(out)["error"]["file"]) == (2, [], str(folder / "manifest.json"))


def test_kept_logs_of_points_and_offices_are_shown(jobcentre, tmp_path):
    """Their names hold points, and offices with spaces."""
    (tmp_path / "two.csv").write_text(TABLE, encoding="utf-8")
    words = ("sweep", "baseline", "--sites", "two.csv", "--set", "admin.factor=0.8,1.25", "--weeks", "1", "--runs", "1", "--jobs", "0")
    status, out, _ = jobcentre(*words, "--events", "--json")
    logs = [tmp_path / json.loads(out)["folder"] / "events" / f"baseline-Mill Lane-point0000{point}-run00000.parquet" for point in (1, 2)]
    assert status == 0
    status, out, _ = jobcentre("trace", str(logs[0]), "--customer", "0", "--json")
    assert (status, json.loads(out)["digest"]) == (0, manifest_of(logs[0].parents[1])["offices"]["baseline"]["Mill Lane/1"]["0"])
    status, out, _ = jobcentre("diff-runs", *map(str, logs))
    assert status == 1
    assert f"A: {logs[0]}" in out
