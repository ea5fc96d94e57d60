"""Hostile scenario files at the command line: the right answer to each stands in a row.

A bad file: exit status 2, one sentence with file, line and what is wrong, nothing written, nothing run. A file that is
only unusual: it runs. How single figures are refused stands in test_scenario_bad_figures.py.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from jobcentre.scenario import Problem
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli

HEAD = "title: A trial\nextends: oxford_before\n"
CHANGE = "changes:\n  first:\n    date: {date}\n    why: A trial.\n    over_days: {days}\n    set: {{admin.factor: 2}}\n"
OURS = "ours.yaml"


class Bad(NamedTuple):
    """What is given, and on which line what is told; line 0: nowhere in particular."""

    name: str
    content: str | bytes
    line: int
    words: str
    file: str = OURS


def body(name: str, text: str, line: int, words: str) -> Bad:
    """A variant of which the first line after its head is line 3."""
    return Bad(name, HEAD + text, line, words)


def change(name: str, date: str, days: object, line: int, words: str) -> Bad:
    return body(name, CHANGE.format(date=date, days=days), line, words)


BAD = [
    # not a scenario at all
    Bad("empty", b"", 1, "is empty"),
    Bad("only comments", "# one\n# two\n", 1, "is empty"),
    Bad("a list at the top", "- title: a\n- b\n", 1, "is not a scenario"),
    Bad("a number", "5\n", 1, "is not a scenario"),
    Bad("Latin-1", "title: caf\xe9\n".encode("latin-1"), 1, "not written in UTF-8"),
    Bad("UTF-16", HEAD.encode("utf-16"), 1, "UTF-16"),
    Bad("NUL", HEAD.encode() + b"question: a\x00b\n", 3, "NUL"),
    Bad("tab", HEAD + "diary:\n\tcover: false\n", 4, "a tab stands where YAML wants spaces"),
    Bad("two documents", HEAD + "---\n" + HEAD, 3, "a second document"),
    Bad("an object", HEAD + "question: !!python/object/apply:os.system ['touch owned']\n", 3, "the tag"),
    Bad("alias bomb", "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50)), 1, "the anchor &a"),
    Bad("deep", "title: " + "[" * 100_000, 1, "nested more than 20 levels"),
    Bad("open quote", HEAD + "question: 'what\n", 4, "not readable as YAML"),
    Bad("a merge key", HEAD + "diary:\n  <<: {cover: false}\n", 4, "merge keys"),
    # words
    body("section mistyped", "dairy: {cover: false, why: x}\n", 3, "did you mean `diary`?"),
    body("figure mistyped", "diary:\n  why: x\n  covr: false\n", 5, "did you mean `cover`?"),
    body("choice mistyped", "diary:\n  why: x\n  template: spred\n", 5, "did you mean `spread`?"),
    Bad("parent mistyped", "title: A\nextends: oxford_befor\n", 2, "did you mean `oxford_before`?"),
    body("given twice", "diary: {cover: false, why: x}\ndiary: {cover: true, why: y}\n", 4, "`diary` is given twice: on lines 3 and 4"),
    body("no reason", "diary: {cover: false}\n", 3, "is changed without saying why"),
    # values
    body("NO", "diary:\n  why: x\n  cover: NO\n", 5, "is 'NO' but must be true or false"),
    body("sexagesimal", "diary:\n  why: x\n  appointments_per_day: 12:30\n", 5, "is '12:30' but must be a whole number"),
    body("octal", "diary:\n  why: x\n  appointments_per_day: 010\n", 5, "begins with a zero"),
    body("not a number", "admin:\n  why: x\n  factor: .nan\n", 5, "is nan but must be"),
    body("infinite", "admin:\n  why: x\n  factor: -.inf\n", 5, "is -inf but must be"),
    body("in words", "admin:\n  why: x\n  factor: double\n", 5, "is 'double' but must be a number"),
    body("a list", "admin:\n  why: x\n  factor: [1, 2]\n", 5, "is a list but must be a number"),
    body("a section", "admin:\n  why: x\n  factor: {a: {b: 1}}\n", 5, "admin.factor"),
    body("nothing", "admin:\n  why: x\n  factor:\n", 5, "has no value"),
    body("date as number", "period:\n  why: x\n  start: 20210906\n", 5, "a date is written YYYY-MM-DD"),
    # at and beyond limits
    body("a million coaches", "office:\n  why: x\n  coaches: 1_000_000\n", 5, "is '1_000_000' but must be a whole number (coaches) (write 1000000)"),
    body("10^6 coaches", "office:\n  why: x\n  coaches: 1000000\n", 5, "is 1000000 but must be at most 4000"),
    body("fewer than none", "office:\n  why: x\n  coaches: -1\n", 5, "is -1 but must be at least 0"),
    body("half a coach", "office:\n  why: x\n  coaches: 22.5\n", 5, "is 22.5 but must be a whole number"),
    body("weeks without end", "period:\n  why: x\n  weeks: 1041\n", 5, "is 1041 but must be at most 1040"),
    body("thousand digits", f"admin:\n  why: x\n  factor: {'9' * 1000}\n", 5, "a number of 1000 characters is too long"),
    body("more than a float", "admin:\n  why: x\n  factor: 1e999\n", 5, "is inf but must be"),
    body("customers without end", "demand: {posts: 4000, why: x}\ngroups:\n  searching: {stock_per_post: 2000, why: x}\n", 3, "more than 2,000,000"),
    # dates
    body("30 February", "period:\n  why: x\n  start: 2021-02-30\n", 5, "there is no such date as 2021-02-30"),
    body("year 1", "period:\n  why: x\n  start: 0001-01-01\n", 5, "lies outside the years 1990 to 2100"),
    body("year 9999", "period:\n  why: x\n  start: 9999-12-27\n", 5, "lies outside the years 1990 to 2100"),
    body("year 10000", "period:\n  why: x\n  start: 10000-01-03\n", 5, "a date is written YYYY-MM-DD"),
    body("Arabic digits", "period:\n  why: x\n  start: ٢٠٢١-٠٩-٠٦\n", 5, "a date is written YYYY-MM-DD"),
    change("change before the start", "2020-01-01", 1, 5, "lies outside the simulated time"),
    change("change after the end", "2030-01-01", 1, 5, "lies outside the simulated time"),
    change("change in year 9999", "9999-12-31", 3660, 5, "lies outside the simulated time"),
    change("change on no date", "2021-02-30", 1, 5, "there is no such date"),
    change("ramp that ends before it begins", "2021-11-01", -5, 7, "whole number of calendar days from 1 to 3660"),
    change("ramp of no days", "2021-11-01", 0, 7, "whole number of calendar days"),
    change("ramp without end", "2021-11-01", 10**9, 7, "whole number of calendar days"),
    change("ramp of half a day", "2021-11-01", 1.5, 7, "whole number of calendar days"),
    body("two changes of one day", CHANGE.format(date="2021-11-01", days=1) + "  second:\n    date: 2021-11-01\n    why: y\n    set: {admin.factor: 3}\n", 12, "two changes of 2021-11-01 set it"),
    body("change within a ramp", CHANGE.format(date="2021-11-01", days=30) + "  second:\n    date: 2021-11-10\n    why: y\n    set: {admin.factor: 3}\n", 12, "an earlier change still moves it until 2021-11-30"),
    body("more changes than anybody reads", "changes:\n" + "".join(f"  c{number}: {{date: 2021-11-01, why: x, set: {{admin.factor: 2}}}}\n" for number in range(1001)), 304, "more than 300 keys in one place"),
    # extends
    Bad("extends itself", "title: A\nextends: ours\n", 2, "in a circle: ours → ours"),
    Bad("extends itself by path", "title: A\nextends: ./ours.yaml\n", 2, "in a circle"),
    Bad("extends nothing", "title: A\nextends: ''\n", 2, "`extends` should be text"),
    Bad("extends what is missing", "title: A\nextends: ../elsewhere/none.yaml\n", 2, "there is no file"),
    Bad("extends a folder", "title: A\nextends: ./\n", 2, "cannot extend `./`"),
    Bad("extends a folder called so", "title: A\nextends: folder.yaml\n", 2, "cannot extend `folder.yaml`"),
    Bad("extends two", "title: A\nextends: [oxford_before, baseline]\n", 2, "`extends` should be text"),
    # titles
    Bad("no title", "extends: oxford_before\n", 1, "`title` is missing"),
    Bad("title of 10,000 characters", f"title: {'x' * 10_000}\nextends: oxford_before\n", 1, "has 10000 characters, more than 200"),
    Bad("title of two lines", "title: |\n  one\n  two\nextends: oxford_before\n", 1, "has more than one line"),
    Bad("title that colours", 'title: "\\e[31mred"\nextends: oxford_before\n', 1, "holds the character U+001B"),
    Bad("title that turns round", 'title: "a\\u202Eb"\nextends: oxford_before\n', 1, "holds the character U+202E"),
    Bad("title as number", "title: 2024\nextends: oxford_before\n", 1, "`title` should be text"),
    Bad("key that colours", HEAD + '"\\e[31mred": 1\n', 3, "`\\x1b[31mred` is not known here"),
    # names of files: they become those of results
    Bad("name of an option", HEAD, 0, "begins with `-`", "-ours.yaml"),
    Bad("name of a formula", HEAD, 0, "begins with `=`", "=cmd().yaml"),
    Bad("name of a folder above", HEAD, 0, "begins with `.`", "...yaml"),
    Bad("name that is hidden", HEAD, 0, "begins with `.`", ".ours.yaml"),
    Bad("name of a space", HEAD, 0, "begins with ` `", " .yaml"),
    Bad("name that ends in a space", HEAD, 0, "ends with ` `", "ours .yaml"),
    Bad("name with a back stroke", HEAD, 0, "holds the character `\\`", "..\\ours.yaml"),
    Bad("name with a line end", HEAD, 0, "holds the character U+000A", "our\ns.yaml"),
    Bad("name that turns round", HEAD, 0, "holds the character U+202E", "our\u202es.yaml"),
    Bad("name with a quote", HEAD, 0, 'holds the character `"`', 'our"s.yaml'),
    Bad("name that is too long", HEAD, 0, "has 151 characters, too many", "x" * 151 + ".yaml"),
    Bad("name of a device", HEAD, 0, "Windows keeps for itself", "NUL.yaml"),
    Bad("name that is not UTF-8", HEAD, 0, "holds the character U+DCFF", "our\udcffs.yaml"),
]  # fmt: skip


@pytest.mark.parametrize("row", BAD, ids=[row.name for row in BAD])
def test_a_bad_file_is_told_with_its_line_and_nothing_is_written(jobcentre, model, tmp_path: Path, row: Bad) -> None:  # noqa: F811
    if row.file != OURS and not sys.platform.startswith("linux"):
        pytest.skip("this system cannot have such a file")
    (tmp_path / "folder.yaml").mkdir()
    path = tmp_path / row.file
    path.write_bytes(row.content if isinstance(row.content, bytes) else row.content.encode())
    before = everything(tmp_path)
    begun = time.monotonic()
    status, out, err = jobcentre("run", str(path), "--json")
    assert time.monotonic() - begun < 10
    error = json.loads(out)["error"]
    assert (status, err, error["kind"], error["file"], error["line"]) == (2, "", "scenario", str(path), row.line or None)
    assert row.words in error["message"]
    status, out, err = jobcentre("run", str(path))
    assert (status, out) == (2, "")
    assert row.words in err
    assert "Traceback" not in err
    assert not {character for character in err if ord(character) < 32} - {"\n"}, "nothing that a terminal would obey"
    status, out, _ = jobcentre("check", str(path), "--json")
    assert status == 2
    told = [Problem(*problem.values()) for problem in json.loads(out)["problems"]]
    assert [problem for problem in told if row.words in str(problem)]
    assert everything(tmp_path) == before
    assert model.calls == []


def everything(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_a_file_of_100_megabytes_is_refused_at_once(jobcentre, tmp_path) -> None:
    with (tmp_path / OURS).open("wb") as file:
        file.truncate(100_000_000)
    begun = time.monotonic()
    status, out, _ = jobcentre("run", OURS, "--json")
    assert time.monotonic() - begun < 2
    assert (status, "larger than 1 MB" in json.loads(out)["error"]["message"]) == (2, True)


GOOD = {
    "Windows line ends": (HEAD.replace("\n", "\r\n"), OURS),
    "a start mark and an end mark": (f"---\n{HEAD}...\n", OURS),
    "title with HTML": ("title: <script>alert(1)</script>\nextends: oxford_before\n", OURS),
    "title with a formula": ("title: =cmd()\nextends: oxford_before\n", OURS),
    "title with strokes": ("title: ../../a/b\\c\nextends: oxford_before\n", OURS),
    "title in Arabic": ("title: تجربة\nextends: oxford_before\n", OURS),
    "title of an emoji": ("title: 😀\nextends: oxford_before\n", OURS),
    "title with brackets that colour": ("title: '[red]a[/red] [bold'\nextends: oxford_before\n", OURS),
    "change on the last day": (HEAD + CHANGE.format(date="2022-10-30", days=3660), OURS),
    "change on a bank holiday": (HEAD + CHANGE.format(date="2021-12-27", days=1), OURS),
    "change on the first day": (HEAD + CHANGE.format(date="2021-09-06", days=1), OURS),
    "name with spaces and brackets": (HEAD, "our office (2).yaml"),
    "name with an apostrophe": (HEAD, "it's ours.yaml"),
    "name in another script": (HEAD, "bürö 办公室.yaml"),
    "name of an emoji": (HEAD, "😀.yaml"),
    "name with dots": (HEAD, "a..b.v2.yaml"),
    "name with a percent sign": (HEAD, "100%s {0}.yaml"),
    "name of 150 letters": (HEAD, "x" * 150 + ".yaml"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "file"), GOOD.values(), ids=GOOD)
def test_an_unusual_file_runs_and_its_results_stay_in_their_folder(jobcentre, model, tmp_path, content: str, file: str) -> None:  # noqa: F811
    (tmp_path / file).write_bytes(content.encode())
    status, out, err = jobcentre("run", file, "--runs", "5", "--jobs", "0", "--json")
    assert (status, err) == (0, "")
    document = json.loads(out)
    folder = tmp_path / document["folder"]
    assert folder.parent == tmp_path / "outputs"
    assert {path.name for path in tmp_path.iterdir()} == {file, "outputs"}
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == [folder.name]
    assert (folder / "scenarios" / file).is_file()
    assert (folder / "events" / f"{file.removesuffix('.yaml')}-run00000.parquet").is_file()
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as table:
        cells = {cell for row in csv.reader(table) for cell in row}
    assert not {cell for cell in cells if cell[:1] in "=+@" and cell[:1]}, "no cell is a formula"
    again, out, _ = jobcentre("run", str(folder / "scenarios" / file), "--runs", "5", "--jobs", "0", "--json")
    assert (again, json.loads(out)["folder"]) == (0, document["folder"])
    assert jobcentre("run", file, "--runs", "5", "--jobs", "0")[0] == 0


def test_names_that_some_systems_do_not_tell_apart_are_refused(jobcentre, model, tmp_path) -> None:  # noqa: F811
    for folder, name in (("one", "Ours"), ("two", "ours")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(HEAD, encoding="utf-8")
    status, out, _ = jobcentre("compare", "one/Ours.yaml", "two/ours.yaml", "--json")
    assert status == 2
    assert "a scenario called `ours` is given twice, and another `Ours`" in json.loads(out)["error"]["message"]
    assert model.calls == []
    assert not (tmp_path / "outputs").exists()


def test_a_path_outside_may_be_extended_and_is_only_read(jobcentre, model, tmp_path) -> None:  # noqa: F811
    (tmp_path / "above.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "inner.yaml").write_text("title: A\nextends: ../above.yaml\n", encoding="utf-8")
    assert jobcentre("run", "inner/inner.yaml", "--runs", "2", "--jobs", "0", "--quiet")[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"above.yaml", "inner", "outputs"}
    assert (tmp_path / "above.yaml").read_text(encoding="utf-8") == HEAD


def test_a_parent_that_is_no_scenario_is_told_by_its_own_name(jobcentre, tmp_path) -> None:
    (tmp_path / "words.txt").write_text("secret words\n", encoding="utf-8")
    (tmp_path / OURS).write_text("title: A\nextends: ./words.txt\n", encoding="utf-8")
    status, out, _ = jobcentre("run", OURS, "--json")
    error = json.loads(out)["error"]
    assert (status, error["file"], error["line"]) == (2, OURS, 2)
    assert "words.txt does not end in .yaml or .yml" in error["message"]
    assert "secret" not in error["message"]


def test_figures_that_move_for_a_lifetime_are_refused_at_once(jobcentre, tmp_path) -> None:
    ramp = "  ramp_{0}: {{date: {0}-11-01, why: x, over_days: 3650, set: {{admin.factor: 2}}}}\n"
    text = HEAD + "period: {weeks: 1040, why: x}\nchanges:\n" + ramp.format(2021) + ramp.format(2031)
    (tmp_path / OURS).write_text(text, encoding="utf-8")
    begun = time.monotonic()
    status, out, _ = jobcentre("run", OURS, "--json")
    assert time.monotonic() - begun < 5
    error = json.loads(out)["error"]
    assert (status, error["line"]) == (2, 6)
    assert "figures change on 7300 days in all, more than 3660" in error["message"]


def test_a_folder_of_hostile_files_can_be_listed(jobcentre, tmp_path) -> None:
    (tmp_path / "scenarios").mkdir()
    for number, row in enumerate(row for row in BAD if row.file == OURS):
        path = tmp_path / "scenarios" / f"hostile{number}.yaml"
        path.write_bytes(row.content if isinstance(row.content, bytes) else row.content.encode())
    (tmp_path / "scenarios" / "loop").symlink_to(".", target_is_directory=True)
    status, out, err = jobcentre("scenarios")
    assert (status, err) == (0, "")
    assert "oxford_before" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
