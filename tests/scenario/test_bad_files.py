"""Bad scenario files: each problem is one clear sentence with file, line and path, and nothing hangs or crashes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobcentre.scenario import ScenarioError, check_file, load
from jobcentre.scenario import yaml_file as yaml12
from support.scenario_texts import SMALL, only, replaced, variant, write
from support.small_processes import environment, obey_permissions, start, told

pytestmark = pytest.mark.rules


# --- files that cannot be read at all ------------------------------------------------------------------------------

UNREADABLE: list[tuple[str, bytes, int | None, str]] = [
    ("empty", b"", 1, "is empty"),
    ("only a comment", b"# nothing\n", 1, "is empty"),
    ("a list", b"- a\n- b\n", 1, "is not a scenario"),
    ("a word", b"hello\n", 1, "is not a scenario"),
    ("UTF-16", "title: a\n".encode("utf-16"), 1, "UTF-16"),
    ("UTF-16 without a mark", "title: a\n".encode("utf-16-le"), 1, "NUL"),
    ("Latin-1", b"title: a\nquestion: caf\xe9\n", 2, "not written in UTF-8 (byte 0xe9)"),
    ("NUL", b"title: a\nquestion: b\x00c\n", 2, "NUL"),
    ("control character", b"title: a\n\nquestion: b\x07\n", 3, "U+0007"),
    ("line separator", "title: a\u2028b\n".encode(), 1, "U+2028"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", 3, "NUL"),
    ("tab as indentation", b"title: a\noffice:\n\tcoaches: 3\n", 3, "a tab stands where YAML wants spaces"),
    ("open quote", b"title: 'a\nquestion: b\n", 3, "not readable as YAML"),
    ("open bracket", b"title: [a\nquestion: b\n", 2, "not readable as YAML"),
    ("colon twice", b"title: a\nquestion: what: now\n", 2, "mapping values are not allowed"),
    ("wrong indentation", b"title: a\n  question: b\n", 2, "not readable as YAML"),
    ("two documents", b"title: a\n---\ntitle: b\n", 2, "a second document begins here"),
    ("anchor", b"title: a\noffice: &o\n  coaches: 3\n", 2, "the anchor &o is not allowed"),
    ("alias", b"title: a\noffice: *o\n", 2, "the alias *o is not allowed"),
    ("alias bomb", b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", 1, "the anchor &a is not allowed"),
    ("merge key", b"title: a\noffice:\n  <<: {coaches: 3}\n", 3, "merge keys"),
    ("tag", b"title: !!python/object:os.system a\n", 1, "the tag"),
    ("local tag", b"title: a\noffice: !include office.yaml\n", 2, "the tag !include"),
    ("old version", b"%YAML 1.1\n---\ntitle: a\n", 1, "directives"),
    ("list as key", b"title: a\n? [a, b]\n: c\n", 2, "a key must be a single word"),
    ("mapping as key", b"title: a\n{a: b}: c\n", 2, "a key must be a single word"),
    ("deep brackets", b"title: " + b"[" * 200_000, 1, "nested more than 20 levels"),
    ("deep braces", b"title: " + b"{a: " * 100_000, 1, "nested more than 20 levels"),
    ("deep list", b"- " * 100_000, 1, "nested more than 20 levels"),
    ("many keys", b"".join(b"k%d: 1\n" % n for n in range(400)), 301, "more than 300 keys"),
    ("too large", b"# " + b"x" * 1_000_000, None, "larger than 1 MB"),
]


@pytest.mark.parametrize("loader", [yaml12._Loader, yaml.SafeLoader], ids=["fast parser", "plain parser"])
@pytest.mark.parametrize(("data", "line", "words"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_a_file_that_cannot_be_read_is_one_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, line: int | None, words: str, loader: type
) -> None:
    monkeypatch.setattr(yaml12, "_Loader", loader)
    path = tmp_path / "bad.yaml"
    path.write_bytes(data)
    begun = time.perf_counter()
    problem = only(check_file(path))
    assert time.perf_counter() - begun < 5, "reading must not hang"
    assert (problem.file, problem.line) == (str(path), line)
    assert words in problem.message
    assert problem.suggestion


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    problem = only(check_file(tmp_path / "nowhere.yaml"))
    assert (problem.line, problem.message) == (None, "there is no such file")


def test_a_folder_is_one_problem(tmp_path: Path) -> None:
    assert "is a folder" in only(check_file(tmp_path)).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not an ordinary file" in only(check_file(tmp_path / "pipe.yaml")).message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no devices under /dev")
def test_a_device_does_not_hang() -> None:
    assert "not an ordinary file" in only(check_file("/dev/zero")).message


CHECK = """
import json
from jobcentre.scenario import check_file
print(json.dumps([problem.message for problem in check_file({path!r})]))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no rights to read that a file could lack")
def test_a_file_without_right_to_read_is_one_problem(tmp_path: Path) -> None:
    """In a process that permissions hold for, whoever runs the tests."""
    path = tmp_path / "secret.yaml"
    path.write_text("title: a\n", encoding="utf-8")
    path.chmod(0)
    (message,) = told(start(CHECK.format(path=str(path)), environment(tmp_path), before_exec=obey_permissions))
    assert "cannot be read" in message


def test_a_name_with_a_nul_is_one_problem() -> None:
    assert "cannot be read" in only(check_file("a\0b.yaml")).message


def test_a_very_long_name_is_one_problem() -> None:
    assert "too long" in only(check_file("x" * 5000)).message
    assert only(check_file("x" * 500 + ".yaml")).message


def test_windows_line_ends_and_a_leading_marker_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_bytes(b"---\r\n" + SMALL.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path).settings == load(SMALL).settings


# --- variants ------------------------------------------------------------------------------------------------------

CHANGE = "changes:\n  trial:\n    date: 2023-10-09\n    why: x\n"
VARIANTS = [
    ("diary: {appointments_per_day: 27}", 3, "diary.appointments_per_day", "is changed without saying why", "add `why:`"),
    ("diary:\n  cover: {value: false, source: A1}", 4, "diary.cover", "is changed without saying why", "why: …"),
    ("diary.cover: false", 3, "diary.cover", "is not known here", "write diary: {cover: …}"),
    ("dairy: {cover: false}", 3, "dairy", "is not known here", "did you mean `diary`?"),
    ("groups: {searching: {plans: {wekly: null}}, why: x}", 3, "groups.searching.plans.wekly", "has no such row", "did you mean `weekly`?"),
    ("diary: {cover: null, why: x}", 3, "diary.cover", "has no value", "delete the line to inherit it"),
    ("diary: {value: 3, why: x}", 3, "diary", "is 3 but must be a section", "with appointments_per_day"),
    ("diary: {cover: {value: false, why: 5}}", 3, "diary.cover.why", "should be a sentence", "in words"),
    ("moves: {load_mean: upp}", 3, "moves.load_mean", "should be up, down or same", "did you mean `up`?"),
    ("moves: up", 3, "moves", "should name metrics, each with up, down or same", ""),
    ("compared_with: nobody", 3, "compared_with", "there is no scenario `nobody` to compare with", ""),
    ("catalogue: thirteen", 3, "catalogue", "`thirteen` is not an id of the scenario catalogue", "such as S13"),
    ("question: 5", 3, "question", "`question` should be text", "in quotes"),
    ("diary: {why: x, appointments_per_day: {value: {value: 3}}}", 3, "diary.appointments_per_day", "second `value:` within the first", "itself"),
    ("changes: [{date: 2023-10-09}]", 3, "changes", "is a list", "jobcentre upgrade"),
    ("changes:\n  trial: 2023-10-09", 4, "changes.trial", "should hold date, why and set", ""),
    ("changes:\n  trial:\n    why: x\n    set: {admin.factor: 2}", 4, "changes.trial.date", "`date` is missing", "YYYY-MM-DD"),
    ("changes:\n  trial:\n    date: 2023-10-32\n    why: x\n    set: {admin.factor: 2}", 5, "changes.trial.date", "there is no such date", ""),
    ("changes:\n  trial:\n    date: 2023-10-09\n    set: {admin.factor: 2}", 4, "changes.trial.why", "does not say why", "why: …"),
    (CHANGE, 4, "changes.trial.set", "names no figure", "set:"),
    (CHANGE + "    set: {}", 7, "changes.trial.set", "names no figure", "set:"),
    (CHANGE + "    over_days: 0\n    set: {admin.factor: 2}", 7, "changes.trial.over_days", "whole number of calendar days", "leave it out"),
    (CHANGE + "    overdays: 2\n    set: {admin.factor: 2}", 7, "changes.trial.overdays", "is not known here", "did you mean `over_days`?"),
    (CHANGE + "    set:\n      admin.facter: 2", 8, "changes.trial.set.admin.facter", "there is no such figure", "did you mean `factor`?"),
    (CHANGE + "    set:\n      admin.factor: lots", 8, "changes.trial.set.admin.factor", "is 'lots' but must be a number", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line", "path", "words", "hint"), VARIANTS, ids=[row[0][-40:] for row in VARIANTS])
def test_a_problem_of_a_variant_is_found_in_its_own_lines(tmp_path: Path, body: str, line: int, path: str, words: str, hint: str) -> None:
    file = variant(tmp_path, body + "\n")
    problem = only(check_file(file))
    assert (problem.file, problem.line, problem.path) == (str(file), line, path)
    assert words in problem.message
    assert hint in (problem.suggestion or "")


def test_a_problem_of_the_parent_is_found_in_the_parent(tmp_path: Path) -> None:
    file = variant(tmp_path, "")
    parent, line = replaced(tmp_path, "  posts: 4", "  posts: -4")
    problem = only(check_file(file))
    assert (problem.file, problem.line) == (str(parent), line)


def test_a_title_is_required(tmp_path: Path) -> None:
    problem = only(check_file(write(tmp_path, "extends: small\n")))
    assert (problem.line, problem.path, problem.message) == (1, "title", "`title` is missing")


@pytest.mark.parametrize("name", ["nobody", "./nobody.yaml", "../", "small\\x", "5", "n" * 300, "n" * 3000])
def test_a_parent_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    problem = only(check_file(write(tmp_path, f"title: Orphan\nextends: '{name}'\n")))
    assert (problem.line, problem.path) == (2, "extends")
    assert f"cannot extend `{name[:20]}" in problem.message


def test_a_circle_is_refused_and_named(tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        file = write(tmp_path, f"title: {name}\nextends: {parent}\n", f"{name}.yaml")
    problem = only(check_file(file))
    assert problem.message == "scenarios extend each other in a circle: c → a → b → c"
    assert (problem.file, problem.line, problem.path) == (str(tmp_path / "b.yaml"), 2, "extends")


def test_a_scenario_cannot_extend_itself(tmp_path: Path) -> None:
    problem = only(check_file(write(tmp_path, "title: Me\nextends: me\n", "me.yaml")))
    assert problem.message.endswith("in a circle: me → me")


def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    for number in range(40):
        file = write(tmp_path, f"title: Number {number}\nextends: n{number - 1}\n", f"n{number}.yaml")
    assert "more than 20 scenarios extend each other" in only(check_file(file)).message


# --- anything at all -----------------------------------------------------------------------------------------------

LINES = SMALL.read_text(encoding="utf-8").splitlines()
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ": ", "- ", "null", "true", ".nan", "-1", "1e400", "'", '"', "&a ", "*a", "!x ", "\t", "value: ", "why: 3", "\n"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, 60), PIECES), min_size=1, max_size=4))
def test_no_damage_to_a_file_makes_the_check_fail(tmp_path: Path, edits: list[tuple[int, int, str]]) -> None:
    lines = list(LINES)
    for number, column, piece in edits:
        lines[number] = lines[number][:column] + piece + lines[number][column:]
    path = tmp_path / "damaged.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    problems = check_file(path)
    assert all(one.message and one.file == str(path) and (one.line is None or 1 <= one.line <= len(lines) + 20) for one in problems)
    if problems:
        with pytest.raises(ScenarioError):
            load(path)
    else:
        assert load(path).settings.office.coaches >= 0


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_check_fail(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(data)
    assert check_file(path), "no 200 bytes are a whole scenario"
