"""`jobcentre init`: starters that work, files that are never replaced unasked, and nothing half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from jobcentre.scenario import check_file, load
from jobcentre.scenario.files import PACKAGE_SCENARIOS
from jobcentre.scenario.yaml_file import plain, read
from jobcentre.studies import starter as writing
from support.scenario_texts import as_json
from support.small_processes import ROOT, environment, obey_permissions

pytestmark = pytest.mark.cli

STARTERS = ["our_office", "our_office_three_posts_empty", "our_office_surge"]
SCHEMA = "scenario.schema.json"


def tree(folder):
    """Every place below a folder with its content."""
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_starters_are_written_where_bare_names_find_them(jobcentre, tmp_path):
    status, out, err = jobcentre("init", "--json")
    document = json.loads(out)
    assert (status, err, document["folder"], document["replaced"]) == (0, "", "scenarios", [])
    assert sorted(document["written"]) == sorted([*(f"{name}.yaml" for name in STARTERS), SCHEMA])
    assert sorted(path.name for path in (tmp_path / "scenarios").iterdir()) == sorted(document["written"])
    for name in STARTERS:
        assert check_file(name) == []
        assert len(load(name).extends) >= 1


def test_starters_say_what_the_schema_beside_them_allows(jobcentre, tmp_path):
    jobcentre("init", "elsewhere", "--quiet")
    schema = json.loads((tmp_path / "elsewhere" / SCHEMA).read_text(encoding="utf-8"))
    for name in STARTERS:
        path = tmp_path / "elsewhere" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA}"
        assert text.count("#") >= 3
        jsonschema.Draft202012Validator(schema).validate(as_json(plain(read(path)[0])))
        assert check_file(path) == []


def test_a_file_that_is_there_is_never_replaced_unasked(jobcentre, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "our_office.yaml").write_text("title: Mine\n", encoding="utf-8")
    (folder / "notes.txt").write_text("keep\n", encoding="utf-8")
    before = tree(folder)
    status, out, _ = jobcentre("init", "mine", "--json")
    assert status == 2
    assert "our_office.yaml" in json.loads(out)["error"]["message"]
    assert tree(folder) == before
    status, out, _ = jobcentre("init", "mine", "--force", "--json")
    assert (status, json.loads(out)["replaced"]) == (0, ["our_office.yaml"])
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "keep\n"
    assert check_file(folder / "our_office.yaml") == []


def test_the_same_again_changes_nothing(jobcentre, tmp_path):
    jobcentre("init", "mine")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").iterdir()}
    status, out, _ = jobcentre("init", "mine")
    assert (status, out.strip()) == (0, "nothing to write: all files are in mine already")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").iterdir()} == before


def test_force_replaces_a_link_and_not_what_it_leads_to(jobcentre, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "precious.yaml").write_text("title: Precious\n", encoding="utf-8")
    (tmp_path / "mine" / "our_office.yaml").symlink_to(tmp_path / "precious.yaml")
    assert jobcentre("init", "mine")[0] == 2
    assert jobcentre("init", "mine", "--force")[0] == 0
    assert (tmp_path / "precious.yaml").read_text(encoding="utf-8") == "title: Precious\n"
    assert not (tmp_path / "mine" / "our_office.yaml").is_symlink()


def test_a_linked_folder_is_a_folder(jobcentre, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert jobcentre("init", "link")[0] == 0
    assert len(list((tmp_path / "real").iterdir())) == 4


BAD = {
    "a file": lambda folder: (folder / "place").write_text("mine", encoding="utf-8"),
    "a link to nowhere": lambda folder: (folder / "place").symlink_to("nowhere"),
    "a pipe": lambda folder: os.mkfifo(folder / "place"),
    "a folder in place of a file": lambda folder: (folder / "place" / "our_office.yaml").mkdir(parents=True),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_place_that_cannot_hold_files_gives_2(jobcentre, tmp_path, make, force):
    make(tmp_path)
    before = set(tmp_path.rglob("*"))
    status, out, err = jobcentre("init", "place", *force, "--json")
    assert (status, err, set(json.loads(out))) == (2, "", {"error"})
    assert set(tmp_path.rglob("*")) == before


def test_a_folder_below_a_file_gives_2(jobcentre, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert jobcentre("init", "file/below/it", "--json")[0] == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="rights are taken away as Linux has them")
def test_a_folder_without_right_to_write_gives_2_and_stays_as_it_is(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    for place in ("locked", "locked/new"):
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "init", place, "--json"],
            cwd=tmp_path, env=environment(None), capture_output=True, text=True, preexec_fn=obey_permissions, check=False,
        )  # fmt: skip
        assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "file")
    assert list(folder.iterdir()) == []


def test_nothing_is_left_when_a_file_cannot_be_written(tmp_path, monkeypatch):
    before = {"a.yaml": "a", "b.yaml": "b"}
    real = Path.write_text

    def full(path, text, **how):
        if path.name.startswith(".b.yaml"):
            raise OSError(28, "No space left on device", str(path))
        return real(path, text, **how)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        writing.write_all(tmp_path / "new" / "deep", before, force=False)
    assert list(tmp_path.rglob("*")) == []


def test_the_programs_own_folder_is_left_alone(jobcentre, monkeypatch):
    for place in (PACKAGE_SCENARIOS, PACKAGE_SCENARIOS / "mine", PACKAGE_SCENARIOS / ".." / "scenarios"):
        status, out, _ = jobcentre("init", str(place), "--json")
        assert (status, json.loads(out)["error"]["file"]) == (2, str(place))
    monkeypatch.chdir(PACKAGE_SCENARIOS.parent)
    assert writing.folder_for(None) == Path("my_scenarios")
