"""`jobcentre reproduce`: a results folder made again, moved, changed, broken."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from support.fake_model import model  # noqa: F401 - a fixture
from support.places import OTHER_DIGEST

pytestmark = pytest.mark.cli

AGAIN = ("--jobs", "0", "--json")


@pytest.fixture
def folder(jobcentre, model, tmp_path):  # noqa: F811
    """A results folder of two scenarios, three runs each; one is compared with a scenario that only its author has."""
    for name, text in (("ours", ""), ("theirs", "compared_with: ours\nmoves: {missed_share: same}\n")):
        (tmp_path / f"{name}.yaml").write_text(f"title: Another\nextends: oxford_before\n{text}", encoding="utf-8")
    status, out, _ = jobcentre(
        "compare", "oxford_before", "theirs.yaml", "--jobs", "0", "--runs", "3", "--seed", "9", "--no-responses", "--json"
    )
    assert status == 0
    model.calls.clear()
    return tmp_path / json.loads(out)["folder"]


def contents(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def changed(folder, **values):
    """The manifest with other values; None takes one away."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps({key: value for key, value in manifest.items() if value is not None}), encoding="utf-8")


@pytest.mark.parametrize("named", ["the folder", "the manifest"])
def test_a_folder_gives_the_same_again_elsewhere_and_is_only_read(jobcentre, model, folder, tmp_path, named):  # noqa: F811
    moved = tmp_path / "an archive" / "kept"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    (tmp_path / "ours.yaml").unlink()  # what it was compared with stays at home
    before = contents(moved)
    status, out, err = jobcentre("reproduce", str(moved / "manifest.json" if named == "the manifest" else moved), *AGAIN)
    document = json.loads(out)
    assert (status, err, document["equal"], document["seed"]) == (0, "", True, 9)
    assert document["runs"] == {"made": 6, "equal": 6, "different": []}
    assert document["files"]["checked"] == len(before) - 2  # the manifest and the lock
    assert sorted(set(model.calls)) == [(name, run) for name in ("oxford_before", "theirs") for run in range(3)]
    assert contents(moved) == before


def test_only_the_first_runs_if_asked(jobcentre, model, folder):  # noqa: F811
    status, out, _ = jobcentre("reproduce", str(folder), "--runs", "2", *AGAIN)
    assert (status, json.loads(out)["runs"]["made"]) == (0, 4)
    assert {run for _, run in model.calls} == {0, 1}


def test_runs_under_other_responses_to_strain_are_made_again_too(jobcentre, model, tmp_path):  # noqa: F811
    _, out, _ = jobcentre("run", "oxford_before", "--jobs", "0", "--runs", "3", "--json")
    folder = tmp_path / json.loads(out)["folder"]
    points = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["points"]
    assert {point: list(mine) for point, mine in points["oxford_before"].items()} == {"1": ["0", "1", "2"], "3": ["0", "1", "2"]}
    assert json.loads(jobcentre("reproduce", str(folder), *AGAIN)[1])["runs"] == {"made": 9, "equal": 9, "different": []}
    points["oxford_before"]["3"]["2"] = OTHER_DIGEST
    changed(folder, points=points)
    text = jobcentre("reproduce", str(folder), "--jobs", "0")[1]
    assert "run 2 of oxford_before at point 3: another event log" in text
    assert "8 of 9 runs gave the same event log and metrics" in text


def test_the_run_that_differs_is_named(jobcentre, model, folder):  # noqa: F811
    digests = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["digests"]
    digests["theirs"]["1"] = OTHER_DIGEST
    changed(folder, digests=digests)
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    (one,) = json.loads(out)["runs"]["different"]
    assert (status, one["scenario"], one["run"], one["then"]) == (1, "theirs", 1, OTHER_DIGEST)
    text = jobcentre("reproduce", str(folder), "--jobs", "0")[1]
    assert "run 1 of theirs: another event log" in text
    assert "5 of 6 runs gave the same event log and metrics" in text


def rewritten(folder, old, new):
    """The table of metrics with another text, and a manifest that says so."""
    path = folder / "metrics.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    changed(folder, files=files | {"metrics.csv": hashlib.sha256(path.read_bytes()).hexdigest()})


def test_other_metrics_of_the_same_log_are_told(jobcentre, model, folder):  # noqa: F811
    rewritten(folder, "theirs,0,2,,overloaded_share,2.0,10.0,0.2", "theirs,0,2,,overloaded_share,3.0,10.0,0.3")
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    (one,) = json.loads(out)["runs"]["different"]
    assert (status, one["scenario"], one["run"], one["then"]) == (1, "theirs", 2, one["now"])
    assert one["message"] == "the same event log, but other values of overloaded_share"


def test_a_table_of_metrics_that_is_none_gives_2(jobcentre, model, folder):  # noqa: F811
    rewritten(folder, "numerator", "counted")
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, model.calls) == (2, [])
    assert json.loads(out)["error"]["file"].endswith("metrics.csv")


def test_runs_that_fail_now_are_told(jobcentre, model, folder):  # noqa: F811
    model.failing = {2}
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert status == 1
    assert [(one["scenario"], one["run"], one["now"]) for one in json.loads(out)["runs"]["different"]] == [
        ("oxford_before", 2, None),
        ("theirs", 2, None),
    ]


def test_files_that_changed_or_went_are_named(jobcentre, model, folder):  # noqa: F811
    (folder / "summary.csv").write_text("another\n", encoding="utf-8")
    (folder / "weekly.csv").unlink()
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    document = json.loads(out)
    assert status == 1
    assert {one["file"]: one["message"] for one in document["files"]["different"]} == {
        "summary.csv": "is not as it was written",
        "weekly.csv": "is missing",
    }
    assert document["runs"]["equal"] == 6


def test_a_scenario_file_changed_since_is_not_run(jobcentre, model, folder):  # noqa: F811
    path = folder / "scenarios" / "theirs.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("appointments_per_day:\n    value: 22\n", "appointments_per_day:\n    value: 23\n"),
        encoding="utf-8",
    )
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, json.loads(out)["left_out"]) == (1, ["theirs"])
    assert {name for name, _ in model.calls} == {"oxford_before"}


def test_other_versions_are_told_first_and_are_no_error(jobcentre, model, folder):  # noqa: F811
    packages = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["packages"] | {"numpy": "1.0"}
    changed(folder, model_version="0123456789abcdef", packages=packages, git={"commit": "cafe", "clean": False})
    status, out, _ = jobcentre("reproduce", str(folder), "--jobs", "0")
    assert status == 0
    lines = out.splitlines()
    assert lines[0].startswith("model: 0123456789abcdef then, ")
    assert lines[1].startswith("numpy: 1.0 then, ")
    assert "commit cafe, with changes that were not committed" in lines[2]
    told = json.loads(jobcentre("reproduce", str(folder), *AGAIN)[1])["versions"]
    assert [one["what"] for one in told] == ["model", "numpy"]


def test_quiet_says_nothing_when_all_is_equal(jobcentre, model, folder):  # noqa: F811
    changed(folder, model_version="0123456789abcdef")
    assert jobcentre("reproduce", str(folder), "--jobs", "0", "--quiet") == (0, "", "")


BROKEN = {
    "no JSON": lambda text: text[: len(text) // 2],
    "nothing": lambda _: "",
    "a list": lambda _: "[]",
    "too deep": lambda _: "[" * 100_000,
    "no text": lambda _: "\udcff",
    "no seed": lambda text: text.replace('"seed"', '"sead"'),
    "seed of text": lambda text: text.replace('"seed": 9', '"seed": "9"'),
    "seed too large": lambda text: text.replace('"seed": 9', f'"seed": {2**64}'),
    "no digests": lambda text: text.replace('"digests"', '"digest"'),
    "no files": lambda text: text.replace('"files"', '"file"'),
    "the format of version 0.2": lambda text: text.replace('"format": 2', '"format": 1'),
    "a digest of version 0.2": lambda text: text.replace('"digests": {', '"digests": {"x": {"0": "' + "0" * 64 + '"}, '),
    "a digest that is none": lambda text: text.replace('"digests": {', '"digests": {"x": {"0": "abc"}, '),
    "a run that is no number": lambda text: text.replace('"digests": {', '"digests": {"x": {"first": "' + OTHER_DIGEST + '"}, '),
    "a scenario outside": lambda text: text.replace('"digests": {', '"digests": {"../../x": {}, '),
    "a file outside": lambda text: text.replace('"files": {', '"files": {"../../secret": "' + "0" * 64 + '", '),
    "a file of the root": lambda text: text.replace('"files": {', '"files": {"/etc/passwd": "' + "0" * 64 + '", '),
    "no run": lambda text: json.dumps(json.loads(text) | {"digests": {}}),
    "packages of text": lambda text: json.dumps(json.loads(text) | {"packages": "numpy"}),
    "a scenario it has no file of": lambda text: text.replace('"digests": {', '"digests": {"x": {"0": "' + OTHER_DIGEST + '"}, '),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_manifest_that_cannot_be_used_gives_2(jobcentre, model, folder, spoil):  # noqa: F811
    path = folder / "manifest.json"
    path.write_bytes(spoil(path.read_text(encoding="utf-8")).encode("utf-8", "surrogateescape"))
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, set(json.loads(out)["error"])) == (2, {"kind", "message", "file", "line"})
    assert model.calls == []


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: None, lambda path: path.symlink_to("nowhere"), os.mkfifo])
def test_a_place_without_a_manifest_gives_2(jobcentre, tmp_path, make):
    make(tmp_path / "place")
    status, out, _ = jobcentre("reproduce", "place", *AGAIN)
    assert (status, json.loads(out)["error"]["kind"]) == (2, "scenario")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(jobcentre, model, folder):  # noqa: F811
    (folder / "summary.csv").unlink()
    os.mkfifo(folder / "summary.csv")
    status, out, _ = jobcentre("reproduce", str(folder), *AGAIN)
    assert (status, json.loads(out)["files"]["different"][0]["message"]) == (1, "is not an ordinary file")
