"""Compiled code kept on disk: the second process compiles nothing, nothing stale is ever kept, and no folder can stop a run."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import time
from pathlib import Path

import pytest

from jobcentre.model.compiling import code_cache as cache
from jobcentre.model.compiling.code_cache import CHECKSUM, KEPT, UNFINISHED, CodeCache, source_hash
from support.copied_program import Copy
from support.small_processes import ASK, LEFT, RULE, ask, environment, obey_permissions, start, told

resource = pytest.importorskip("resource", reason="permissions and signals differ on Windows")
pytestmark = [pytest.mark.engines, pytest.mark.slow]
SAVED = {"left": LEFT, "loaded": [], "saved": [RULE]}
LOADED = {"left": LEFT, "loaded": [RULE], "saved": []}
NEITHER = {"left": LEFT, "loaded": [], "saved": []}


def work(found):
    return {name: found[name] for name in NEITHER}


def code_files(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def code(kept):
    """The file of the small rule, compiled."""
    assert work(ask(kept)) == SAVED
    (file,) = code_files(kept)
    return file


# --- kept and found again ---------------------------------------------------------------------------------------------


def test_the_second_process_compiles_nothing(kept, code):
    first = code.stat().st_mtime_ns
    assert work(ask(kept)) == LOADED
    assert code_files(kept) == [code]
    assert code.stat().st_mtime_ns == first


def test_another_signature_is_another_file(kept, code):
    assert work(ask(kept, "left_of_task(100.0, 30.0)")) == {"left": LEFT, "loaded": [RULE], "saved": [RULE]}
    assert len(code_files(kept)) == 2


def test_checked_code_is_kept_apart(kept, code):
    assert work(ask(kept, NUMBA_BOUNDSCHECK="1")) == SAVED
    assert {file.parent.name for file in code_files(kept)} == {code.parent.name, code.parent.name + "-checked"}


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_that_compile_at_once(kept, tmp_path, processes):
    """They wait for each other after their imports; each compiles three functions, one of them for two signatures."""
    wait = f"""
import os, pathlib, time
from jobcentre.model.rules.admin import lunch_is_worked, works_on
place = pathlib.Path({str(tmp_path)!r})
(place / f"ready-{{os.getpid()}}").touch()
while not (place / "go").exists():
    time.sleep(0.001)
assert lunch_is_worked(700, 60, 600) and not lunch_is_worked(600, 60, 600)
assert works_on(601, 600, 0, 60) and not works_on(601, 600, 60, 60)
assert left_of_task(100.0, 30.0) == 70.0
"""
    program = ASK.format(before=wait)
    running = [start(program, environment(kept)) for _ in range(processes)]
    begun = time.monotonic()
    while len(list(tmp_path.glob("ready-*"))) < processes:
        assert time.monotonic() - begun < 120
        time.sleep(0.01)
    (tmp_path / "go").touch()
    found = [told(process) for process in running]
    assert [one["left"] for one in found] == [LEFT] * processes
    functions = [file.name.rpartition("-")[0].rpartition(".")[2] for file in code_files(kept)]
    assert functions == ["left_of_task", "left_of_task", "lunch_is_worked", "works_on"]
    assert work(ask(kept)) == LOADED


# --- never stale ------------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path):
    """A copy of the program that can be edited."""
    return Copy(tmp_path)


def of_copy(program, kept, before=""):
    return ask(kept, before, cwd=program.root, root=program.root, PYTHONDONTWRITEBYTECODE=None, PYTHONPYCACHEPREFIX=None)


def test_a_change_in_any_source_file_is_another_folder(program):
    model = program.root / "sim" / "jobcentre" / "model"
    files = sorted(model.rglob("*.py"))
    say = "from jobcentre.model.compiling import code_cache as cache; from pathlib import Path; import json\n"
    say += "was = cache.source_hash(); seen = [was]\n"
    say += "for file in sorted(Path(cache.MODEL).rglob('*.py')):\n"
    say += "    text = file.read_bytes(); file.write_bytes(text + b'#'); seen.append(cache.source_hash()); file.write_bytes(text)\n"
    say += "assert cache.source_hash() == was\n"
    say += "(cache.MODEL / 'another.py').touch(); seen.append(cache.source_hash()); (cache.MODEL / 'another.py').unlink()\n"
    say += "(cache.MODEL / 'random_numbers.py').rename(cache.MODEL / 'drawn.py'); seen.append(cache.source_hash())\n"
    say += "print(json.dumps(seen))"
    seen = told(start(say, environment(None, root=program.root), program.root))
    assert len(seen) == len(set(seen)) == len(files) + 3
    assert seen[0] == source_hash()  # where the sources lie makes no difference


def test_another_kind_of_processor_is_another_folder(monkeypatch):
    here = source_hash()
    monkeypatch.setattr("llvmlite.binding.get_host_cpu_name", lambda: "another")
    another = source_hash()
    monkeypatch.undo()

    def not_known():
        raise RuntimeError("feature detection is not implemented here")

    monkeypatch.setattr("llvmlite.binding.get_host_cpu_features", not_known)
    assert len({here, another, source_hash()}) == 3


def test_an_edited_rule_is_compiled_anew(program, kept):
    assert work(of_copy(program, kept)) == SAVED
    program.edit("sim/jobcentre/model/rules/admin.py", "max(60, planned - done)", "max(90, planned - done)")
    assert work(of_copy(program, kept)) == SAVED | {"left": 90}
    program.edit("sim/jobcentre/model/rules/admin.py", "max(90, planned - done)", "max(60, planned - done)")
    assert work(of_copy(program, kept)) == LOADED  # the folder of the first version is still there


@pytest.mark.parametrize("change", ["write_text('# edited')", "unlink()"])
def test_nothing_is_kept_when_a_file_changed_after_the_process_began(program, kept, change):
    assert work(of_copy(program, kept, f"import pathlib; pathlib.Path('sim/jobcentre/model/steps/arrivals.py').{change}")) == NEITHER
    assert code_files(kept) == []


def test_nothing_is_kept_when_byte_code_is_stale(program, kept):
    """A file edited within the second, of the same length: Python goes on with the byte code of the old text."""
    rules = program.root / "sim/jobcentre/model/rules/admin.py"
    of_copy(program, kept)  # makes the byte code
    was = rules.stat()
    program.edit("sim/jobcentre/model/rules/admin.py", "max(60, planned - done)", "max(90, planned - done)")
    os.utime(rules, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert rules.stat().st_size == was.st_size
    files = code_files(kept)
    assert work(of_copy(program, kept)) == NEITHER  # 70: the old rule
    assert code_files(kept) == files
    os.utime(rules)
    assert work(of_copy(program, kept)) == SAVED | {"left": 90}


# --- bad files and bad folders ----------------------------------------------------------------------------------------


def _truncated(file):
    file.write_bytes(file.read_bytes()[:-100])


def _corrupted(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _of_something_else(file):
    data = pickle.dumps({"not": "code"})
    file.write_bytes(cache.hashlib.sha256(data).digest() + data)


def _not_a_pickle(file):
    file.write_bytes(cache.hashlib.sha256(b"text").digest() + b"text")


BAD = {"truncated": _truncated, "one bit": _corrupted, "empty": lambda file: file.write_bytes(b""), "foreign": lambda file: file.write_text("hello"),
       "only the checksum": lambda file: file.write_bytes(file.read_bytes()[:CHECKSUM]), "whole, but something else": _of_something_else,
       "whole, but no pickle": _not_a_pickle}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_replaced(kept, code, bad):
    good = code.read_bytes()
    BAD[bad](code)
    assert code.read_bytes() != good
    found = ask(kept)
    assert (found["left"], found["saved"]) == (LEFT, [RULE])
    assert work(ask(kept)) == LOADED
    assert code_files(kept) == [code]


def test_a_folder_in_the_place_of_a_file_stops_nothing(kept, code):
    code.unlink()
    code.mkdir()
    assert work(ask(kept)) == NEITHER
    assert code_files(kept) == []


CANNOT_WRITE = "try: open(CACHE.folder / 'tried', 'w')\nexcept OSError: pass\nelse: raise SystemExit('it can be written')"


def test_a_folder_that_can_only_be_read_is_read(kept, code):
    code.parent.chmod(0o555)
    try:
        found = ask(kept, CANNOT_WRITE, before_exec=obey_permissions)
        more = ask(kept, "assert left_of_task(100.0, 30.0) == 70", before_exec=obey_permissions)
    finally:
        code.parent.chmod(0o755)
    assert (work(found), found["folder"], found["writable"]) == (LOADED, str(code.parent), False)
    assert (work(more), code_files(kept)) == (LOADED, [code])  # what is not there is compiled, and not kept


def test_no_folder_at_all_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "below", "x" * 300, "/proc/nowhere"):
        found = ask(place)
        assert (work(found), found["folder"], found["writable"]) == (NEITHER, "None", False)


def test_the_home_of_somebody_else_stops_nothing(tmp_path):
    """As with sudo, or in a container: HOME leads to where this user may not even look. Another place is found."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    (home / ".cache").mkdir(parents=True)
    temporary.mkdir()
    (home / ".cache").chmod(0)
    try:
        found = ask(None, HOME=str(home), XDG_CACHE_HOME=None, TMPDIR=str(temporary), before_exec=obey_permissions)
    finally:
        (home / ".cache").chmod(0o755)
    assert work(found) == SAVED
    assert Path(found["folder"]).is_relative_to(temporary)


def test_nowhere_to_write_stops_nothing(tmp_path, monkeypatch):
    """Not even a temporary folder can be found, as on a full disk or a system that can only be read."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.delenv("JOBCENTRE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    def nowhere():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(cache.tempfile, "gettempdir", nowhere)
    assert CodeCache(source_hash()).folder is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert CodeCache(source_hash()).writable  # and it is not asked for where the first choice will do


def _too_large():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


FULL = "import pathlib, os\ndef full(*_): raise OSError(28, os.strerror(28))\n"


@pytest.mark.parametrize(
    ("before", "before_exec"),
    [("", _too_large), (FULL + "pathlib.Path.write_bytes = full", None), (FULL + "os.replace = full", None),
     ("import shutil; shutil.rmtree(CACHE.folder)", None)],
    ids=["too large for the system", "full disk while writing", "full disk while renaming", "the folder has gone"],
)  # fmt: skip
def test_what_cannot_be_written_stops_nothing_and_leaves_nothing(kept, before, before_exec):
    assert work(ask(kept, before, before_exec=before_exec)) == NEITHER
    assert code_files(kept) == []


def test_what_a_killed_process_leaves_is_removed_after_a_while(kept):
    killed = start(ASK.format(before="import os; os.replace = lambda *_: os.kill(os.getpid(), 9)"), environment(kept))
    assert killed.wait(timeout=120) == -signal.SIGKILL
    killed.communicate()
    (left,) = code_files(kept)
    assert left.suffix == ".tmp"
    assert work(ask(kept)) == SAVED
    assert left.exists()  # it may belong to a process that is still writing
    long_ago = time.time() - 2 * UNFINISHED
    os.utime(left, (long_ago, long_ago))
    ask(kept, "left_of_task(100.0, 30.0)")
    assert [file.suffix for file in code_files(kept)] == [".code", ".code"]


# --- where it is kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["with spaces", "Büro-Cache-日本", "a'b\"c$HOME;", "deep/er/still"])
def test_a_folder_of_any_name(tmp_path, name):
    assert work(ask(tmp_path / name)) == SAVED
    assert work(ask(tmp_path / name)) == LOADED


@pytest.mark.parametrize(
    ("chosen", "xdg", "home", "where"),
    [("", "{tmp}/xdg", "{tmp}/home", "xdg/jobcentre"), (None, None, "{tmp}/home", "home/.cache/jobcentre"), (None, "", "{tmp}/home", "home/.cache/jobcentre"),
     (None, "relative", "{tmp}/home", "home/.cache/jobcentre"), ("relative", None, None, "relative"), ("~/mine", None, "{tmp}/home", "home/mine"),
     (None, None, "no/home", "tmp/jobcentre-cache-{user}"), ("{tmp}/a", "{tmp}/xdg", "{tmp}/home", "a")],
)  # fmt: skip
def test_the_folder_is_that_which_is_named_first(tmp_path, monkeypatch, chosen, xdg, home, where):
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path / "tmp"))
    for name, value in {"JOBCENTRE_CACHE_DIR": chosen, "XDG_CACHE_HOME": xdg, "HOME": home}.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value.format(tmp=tmp_path))
    found = CodeCache("0" * 16)
    assert found.folder == tmp_path / where.format(user=os.getuid()) / "model-0000000000000000"
    assert found.writable


def test_without_home_the_user_still_has_one(tmp_path):
    found = ask(None, HOME=None, XDG_CACHE_HOME=None, cwd=tmp_path)
    assert found["left"] == LEFT
    assert Path(found["folder"]).is_absolute()
    assert list(tmp_path.iterdir()) == []


# --- old versions -----------------------------------------------------------------------------------------------------


def test_old_versions_are_removed_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBCENTRE_CACHE_DIR", str(tmp_path))
    mine = ["model-results", "model-2021", "model-0123456789abcdef.bak", "other"]
    old = [f"model-{version:016x}" + "-checked" * (version % 2) for version in range(KEPT + 4)]
    for age, name in enumerate(reversed(old + mine)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    (tmp_path / "model-of-something.txt").touch()
    kept = CodeCache(source_hash())
    kept.save("function", "key", [1, 2])
    assert kept.saved == ["function"]
    assert {path.name for path in tmp_path.iterdir()} == {*mine, *old[-KEPT:], "model-of-something.txt", kept.folder.name}
    assert kept.load("function", "key") == [1, 2]
    assert kept.load("function", "another key") is None


def test_a_version_that_another_process_removes_meanwhile_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBCENTRE_CACHE_DIR", str(tmp_path))
    kept = CodeCache(source_hash())
    files = cache._files

    def and_gone(folder, pattern):
        return [*files(folder, pattern), folder / "model-00000000000000ff"]

    monkeypatch.setattr(cache, "_files", and_gone)
    kept.save("function", "key", 1)
    assert kept.load("function", "key") == 1


def test_the_folder_is_warm_only_with_sound_code(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBCENTRE_CACHE_DIR", str(tmp_path))
    kept = CodeCache(source_hash())
    assert not kept.holds("function")
    kept.save("function", "key", list(range(1000)))
    assert kept.holds("function")
    assert not kept.holds("func")
    (file,) = kept.folder.iterdir()
    assert kept.size() == file.stat().st_size - CHECKSUM
    _truncated(file)
    assert (kept.holds("function"), kept.size()) == (False, 0)


def test_only_trusted_functions_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBCENTRE_CACHE_DIR", str(tmp_path))
    kept = CodeCache(source_hash())
    for name in ("one", "other"):
        kept.save(name, "key", name)
    kept.trusted = frozenset({"one"})
    assert (kept.load("one", "key"), kept.load("other", "key")) == ("one", None)
