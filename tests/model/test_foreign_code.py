"""Code that others can have put into the folder of compiled code is not run: whichever folder above it is theirs, and whoever named it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest

from jobcentre.diagnostics import doctor
from jobcentre.model import compiling
from jobcentre.model.compiling import code_cache as cache
from jobcentre.model.compiling.code_cache import CodeCache
from jobcentre.runs import run_key
from support.places import ROOT
from support.small_processes import LEFT, RULE, ask, environment

pytest.importorskip("resource", reason="Windows keeps the rights to a file elsewhere")
pytestmark = pytest.mark.engines
VERSION = "0" * 16
ANOTHER = 12345  # number of a user who is neither this one nor root
LEVELS = 4  # folders of the test's own above the code, and that with the code


class Planted:
    """What makes a file when it is read."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Folders one in the other, all of this user's, with planted code in the last: asks whether it is run and what the doctor says."""

    class Place:
        def __init__(self):
            self.run = tmp_path / "it was run"
            self.chain = list(accumulate((tmp_path / "a", "b", "jobcentre", f"model-{VERSION}"), Path.joinpath))
            self.base = self.chain[-2]
            self.code = self.chain[-1] / f"function-{hashlib.sha256(b'key').hexdigest()[:16]}.code"

        def name(self, base, named):
            for variable in ("JOBCENTRE_CACHE_DIR", "JOBCENTRE_CACHE_TRUSTED", "XDG_CACHE_HOME"):
                monkeypatch.delenv(variable, raising=False)
            monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: "/proc/nowhere")
            monkeypatch.setenv(*(("JOBCENTRE_CACHE_DIR", str(base)) if named else ("XDG_CACHE_HOME", str(base.parent))))

        def ask(self):
            found = CodeCache(VERSION)
            found.load("function", "key")
            monkeypatch.setattr(compiling, "CACHE", found)
            monkeypatch.setattr("jobcentre.model.precompile.CACHE", found)
            (said,) = doctor._compiled_code()
            return self.run.exists(), said, found

    place = Place()
    for folder in place.chain:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    data = pickle.dumps(Planted(place.run))
    place.code.write_bytes(hashlib.sha256(data).digest() + data)
    place.code.chmod(0o644)
    place.name(place.base, named=True)
    return place


def belongs_to_another(path, monkeypatch):
    """Gives a file or folder to another user, or has the system say so."""
    if os.geteuid() == 0:
        os.lchown(path, ANOTHER, -1)
        return
    for name, is_it in (
        ("lstat", lambda one: os.fspath(one) == str(path)),
        ("fstat", lambda one: os.readlink(f"/proc/self/fd/{one}") == str(path)),
    ):
        real = getattr(os, name)

        def found(one, *more, real=real, is_it=is_it, **how):
            seen = real(one, *more, **how)
            return os.stat_result((*seen[:4], ANOTHER, *seen[5:])) if is_it(one) else seen

        monkeypatch.setattr(cache.os, name, found)


FAULTS = {
    "another's": lambda path, monkeypatch: belongs_to_another(path, monkeypatch),
    "its group writes": lambda path, _: path.chmod(0o775),
    "everybody writes": lambda path, _: path.chmod(0o777),
    "everybody but its group writes": lambda path, _: path.chmod(0o757),
}
SAID = {
    "another's": "belongs to another user",
    "its group writes": "can be written by its group",
    "everybody writes": "can be written by everybody",
    "everybody but its group writes": "can be written by everybody",
}


@pytest.mark.parametrize("named", [True, False], ids=["JOBCENTRE_CACHE_DIR", "the usual place"])
def test_code_in_folders_of_ours_is_run(planted, named):
    """Else the tests below would prove nothing."""
    planted.name(planted.base, named)
    was_run, said, found = planted.ask()
    assert was_run
    assert (found.folder, found.writable, found.loaded, found.not_used()) == (planted.chain[-1], True, ["function"], [])
    assert "not run" not in said.text


@pytest.mark.parametrize("named", [True, False], ids=["JOBCENTRE_CACHE_DIR", "the usual place"])
@pytest.mark.parametrize("level", range(LEVELS))
@pytest.mark.parametrize("fault", FAULTS)
def test_code_below_a_folder_of_others_is_not_run(planted, monkeypatch, fault, level, named):
    planted.name(planted.base, named)
    place = planted.chain[level]
    FAULTS[fault](place, monkeypatch)
    was_run, said, found = planted.ask()
    assert not was_run
    assert (found.folder, found.writable) == (None, False)
    assert not found.holds("function")
    assert said.state == doctor.LIMITED
    assert f"{place} {SAID[fault]}" in said.text
    assert said.advice.startswith("let JOBCENTRE_CACHE_DIR name" if fault == "another's" else f"chmod go-w {place}")
    assert "docs/security.md" in said.advice
    if fault != "another's":  # the advice helps
        place.chmod(place.stat().st_mode & ~0o022)
        assert planted.ask()[0]


@pytest.mark.parametrize("level", range(LEVELS))
@pytest.mark.parametrize("mode", [0o1777, 0o1775])
def test_with_the_sticky_bit_a_folder_may_stand_above_but_not_hold_code(planted, level, mode):
    planted.chain[level].chmod(mode)
    was_run, said, _ = planted.ask()
    assert was_run == (level < LEVELS - 1)
    assert ("can be written by" in said.text) == (level == LEVELS - 1)


@pytest.mark.parametrize("level", range(LEVELS))
def test_a_sticky_folder_of_another_is_no_better(planted, monkeypatch, level):
    planted.chain[level].chmod(0o1777)
    belongs_to_another(planted.chain[level], monkeypatch)
    was_run, said, _ = planted.ask()
    assert not was_run
    assert "belongs to another user" in said.text


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("level", range(LEVELS))
def test_a_link_is_followed_before_it_is_judged(planted, tmp_path, monkeypatch, level, fault):
    """The link is ours and stands in a folder of ours; what it leads to counts, and all above that."""
    link = tmp_path / "linked"
    link.symlink_to(planted.base)
    planted.name(link, named=True)
    assert planted.ask()[0]
    planted.run.unlink()
    FAULTS[fault](planted.chain[level], monkeypatch)
    was_run, said, _ = planted.ask()
    assert not was_run
    assert str(planted.chain[level]) in said.text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_link_inside_to_a_folder_of_others(planted, tmp_path, monkeypatch, fault):
    inner, foreign = planted.chain[-1], tmp_path / "foreign"
    inner.rename(foreign)
    inner.symlink_to(foreign)
    FAULTS[fault](foreign, monkeypatch)
    was_run, said, _ = planted.ask()
    assert not was_run
    assert f"{foreign} {SAID[fault]}" in said.text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_of_others_inside_is_not_run_and_replaced(planted, monkeypatch, fault):
    FAULTS[fault](planted.code, monkeypatch)
    was_run, said, found = planted.ask()
    assert not was_run
    assert not found.holds("function")
    assert found.size() == 0
    assert f"{planted.code} {SAID[fault]}" in said.text
    monkeypatch.setattr(found, "_files_are_what_runs", lambda: True)
    found.save("function", "key", "compiled anew")
    if os.geteuid() == 0 or fault != "another's":
        assert found.load("function", "key") == "compiled anew"
        assert found.not_used() == []


def test_a_link_in_the_place_of_a_file_is_not_followed(planted, tmp_path):
    planted.code.rename(tmp_path / "elsewhere.code")
    planted.code.symlink_to(tmp_path / "elsewhere.code")
    was_run, said, _ = planted.ask()
    assert not was_run
    assert f"{planted.code} is a link" in said.text


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(planted):
    planted.code.unlink()
    os.mkfifo(planted.code)
    assert not planted.ask()[0]


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
def test_what_is_made_here_is_used_again_whatever_the_mask_of_rights(planted, tmp_path, mask, monkeypatch):
    planted.name(tmp_path / "new" / "and" / "deep", named=True)
    before = os.umask(mask)
    try:
        first = CodeCache(VERSION)
        monkeypatch.setattr(CodeCache, "_files_are_what_runs", lambda self: True)
        first.save("function", "key", 1)
    finally:
        os.umask(before)
    again = CodeCache(VERSION)
    assert again.load("function", "key") == 1
    assert again.not_used() == []


@pytest.mark.parametrize(("value", "vouched"), [("1", True), ("", False), ("0", False), ("yes", False)])
@pytest.mark.parametrize("fault", FAULTS)
def test_who_names_a_folder_can_vouch_for_it(planted, monkeypatch, fault, value, vouched):
    FAULTS[fault](planted.base, monkeypatch)
    monkeypatch.setenv("JOBCENTRE_CACHE_TRUSTED", value)
    assert planted.ask()[0] == vouched


@pytest.mark.parametrize("fault", FAULTS)
def test_nobody_vouches_for_a_folder_that_was_not_named(planted, monkeypatch, fault):
    planted.name(planted.base, named=False)
    FAULTS[fault](planted.base, monkeypatch)
    monkeypatch.setenv("JOBCENTRE_CACHE_TRUSTED", "1")
    assert not planted.ask()[0]


@pytest.mark.parametrize("level", range(LEVELS))
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_made_below_a_folder_of_others(planted, monkeypatch, fault, level):
    place = planted.chain[level]
    planted.name(place / "x" / "y", named=True)
    FAULTS[fault](place, monkeypatch)
    assert planted.ask()[2].folder is None
    assert not (place / "x").exists()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_version_of_the_model_is_not_taken_from_a_file_of_others(planted, monkeypatch, fault):
    planted.ask()
    assert run_key.CACHE is not compiling.CACHE
    monkeypatch.setattr(run_key, "CACHE", compiling.CACHE)
    right = run_key._version_of.__wrapped__("metrics")
    (file,) = planted.chain[-1].glob("version-*")
    wrong = bytes(run_key.VERSION_BYTES)
    file.write_bytes(hashlib.sha256(wrong).digest() + wrong)
    assert run_key._version_of.__wrapped__("metrics") == wrong.hex()  # from a file of ours it is
    FAULTS[fault](file, monkeypatch)
    assert run_key._version_of.__wrapped__("metrics") == right


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o755, 0o775, 0o777])
def test_a_process_runs_its_own_code_and_says_so(tmp_path, mode):
    """Real machine code: the second process compiles for itself when others could have written it meanwhile."""
    kept = tmp_path / "kept"
    first = ask(kept)
    assert (first["left"], first["saved"]) == (LEFT, [RULE])
    kept.chmod(mode)
    again = ask(kept)
    assert again["left"] == LEFT
    assert again["loaded"] == ([RULE] if mode == 0o755 else [])
    words = [sys.executable, str(ROOT / "cli.py"), "doctor", "--json"]
    document = json.loads(subprocess.run(words, env=environment(kept), cwd=tmp_path, capture_output=True, check=True).stdout)
    (said,) = (one for one in document["findings"] if one["what"] == "compiled code")
    assert (f"{kept} can be written by" in said["text"]) == (mode != 0o755)
