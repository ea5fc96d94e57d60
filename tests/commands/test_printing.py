# ruff: noqa: F811 - a fixture of another file
"""What reaches the terminal: one module prints, it writes out what a terminal would obey, and its tables fit."""

from __future__ import annotations

import ast
import random
import re
import sys

import pytest

from jobcentre.commands import printing
from jobcentre.commands.progress import BETWEEN_LINES, compiling, progress
from support.fake_model import model  # noqa: F401 - a fixture
from support.places import ROOT

SOURCES = ROOT / "sim" / "jobcentre"
#: One of every kind: escape sequences, a window title, bell, carriage return, C1 controls, delete, and marks that turn text round.
HOSTILE = "\x1b[31m\x1b]0;title\x07\r\x9b2J\x7f\u202e\u2066\u200f\u061c\u2028"
FREE_OF = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printing_calls(source):
    """Lines of a source that write to the terminal themselves."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            if function in ("print", "pprint", "input") or re.search(
                r"(^|\.)(echo|secho|print_exc|print_exception|Console|console\.print)$", function
            ):
                yield node.lineno
            if re.search(r"(stdout|stderr|__stdout__|__stderr__)(\.buffer)?\.(write|writelines)$", function):
                yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "typer.echo(x)",
        "click.secho(x)",
        "sys.stdout.write(x)",
        "sys.stderr.buffer.write(x)",
        "console.print(x)",
        "traceback.print_exc()",
    ],
)
def test_the_lint_sees_every_way_to_print(source):
    assert list(printing_calls(source)) == [1]


def test_one_module_prints():
    found = {
        (str(file.relative_to(SOURCES)), line)
        for file in SOURCES.rglob("*.py")
        for line in printing_calls(file.read_text(encoding="utf-8"))
        if file != SOURCES / "commands" / "printing.py"
    }
    assert found == set()


@pytest.mark.parametrize("code", [*range(32), *range(127, 160), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)])
def test_every_way_to_print_writes_such_characters_out(capsys, code):
    text = f"a{chr(code)}b"
    printing.print_out(text)
    printing.print_err(text)
    printing.print_prose([text])
    printing.print_table(text, [text, text], [[text, text]])
    said = capsys.readouterr()
    assert not FREE_OF.search(said.out + said.err)
    printing.print_over(text, last=True)
    assert not FREE_OF.search(capsys.readouterr().err.removeprefix("\r"))


def quoted(text):
    return '"' + "".join(f"\\u{ord(one):04x}" if not one.isascii() or not one.isprintable() else one for one in text) + '"'


@pytest.fixture
def hostile(tmp_path):
    """A scenario whose every free text is hostile, a second one that extends it, and a file whose name is."""
    text = quoted(f"A {HOSTILE} b")
    first = tmp_path / "first.yaml"
    first.write_text(
        f"format: 2\ntitle: A title\nextends: oxford_before\nwhy: {text}\n"
        f"diary:\n  appointments_per_day: {{value: 20, quality: assumed, source: {text}, note: {text}}}\n",
        encoding="utf-8",
    )
    second = tmp_path / "second.yaml"
    second.write_text(
        f"format: 2\ntitle: Another\nextends: first\nquestion: {text}\ndiary:\n  appointments_per_day: {{value: 22, why: {text}}}\n",
        encoding="utf-8",
    )
    named = tmp_path / f"named{HOSTILE}.yaml"
    named.write_text(f"title: {text}\n{text}: 1\n", encoding="utf-8")
    for unusable, content in {"group": f"customer_groups: {{{text}: {{}}}}\n", "reason": f"title: A\nextends: {text}\n"}.items():
        (tmp_path / f"{unusable}.yaml").write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("scenarios",),
        *(("check", "--no-trial", f"{name}.yaml") for name in ("first", "second", "group", "reason", f"named{HOSTILE}")),
        *(("show", f"{name}.yaml") for name in ("first", "second", "group", f"named{HOSTILE}", f"absent{HOSTILE}")),
        ("show", "first.yaml", "diary"),
        ("show", "second.yaml", "--diff", "first.yaml"),
        ("show", "first.yaml", HOSTILE),
        ("show", "first.yaml", "--at", HOSTILE),
        *((command, "first.yaml", "--out", f"out{HOSTILE}", "--runs", "2", "--jobs", "0") for command in ("run", "sweep")),
        ("run", "first.yaml", "--set", f"{HOSTILE}=1"),
        ("run", "first.yaml", "--target", f"{HOSTILE}<1"),
        ("run", "first.yaml", "--sites", HOSTILE),
        ("run", f"first.yaml{HOSTILE}", "--dry-run"),
        ("run", "first.yaml", "--engine", HOSTILE),
        ("run", "first.yaml", f"--{HOSTILE}"),
        ("run", "first.yaml", "--runs", HOSTILE),
        (HOSTILE,),
        ("compare", "first.yaml", "second.yaml", "--out", f"out{HOSTILE}", "--runs", "2", "--jobs", "0"),
        ("sweep", "first.yaml", "--set", "coaches=20,22", "--out", f"out{HOSTILE}", "--runs", "2", "--jobs", "0"),
        ("sweep", "first.yaml", "--set", f"{HOSTILE}=1,2"),
        ("select", "first.yaml", "second.yaml", "--metric", "overloaded_share", "--max-runs", "25", "--jobs", "0", "--out", f"o{HOSTILE}"),
        ("staffing", "first.yaml", "--target", f"{HOSTILE}<1"),
        ("staffing", "first.yaml", "--target", "overloaded_share<=0.5", "--range", "20:22", "--runs", "5", "--jobs", "0", "--out", f"o{HOSTILE}"),
        *((command, f"folder{HOSTILE}") for command in ("report", "reproduce")),
        ("trace", f"{HOSTILE}.parquet", "--customer", "1"),
        ("trace", f"named{HOSTILE}.yaml", "--customer", "1"),
        ("diff-runs", f"{HOSTILE}.parquet", f"{HOSTILE}"),
        ("verify", f"named{HOSTILE}.yaml"),
        ("upgrade", f"named{HOSTILE}.yaml"),
        ("init", f"new{HOSTILE}"),
        ("init", "--answers", f"{HOSTILE}.csv"),
        ("doctor", "--out", f"out{HOSTILE}"),
    ],
    ids=lambda words: " ".join(words).encode("ascii", "backslashreplace").decode().encode("unicode_escape").decode()[:60],
)  # fmt: skip
def test_no_text_of_a_file_or_a_command_line_reaches_the_terminal_as_it_is(jobcentre, hostile, model, words):
    status, out, err = jobcentre(*words)
    assert status != 3
    assert out or err
    assert not FREE_OF.search(out + err)


def test_the_hostile_texts_are_shown_and_come_back(jobcentre, hostile):
    from jobcentre.scenario import load

    assert jobcentre("check", "--no-trial", "first.yaml", "second.yaml")[0] == 0
    status, out, _ = jobcentre("show", "second.yaml", "--diff", "first.yaml")
    assert status == 0
    assert r"\x1b" in out
    shown = jobcentre("show", "first.yaml")[1]
    (hostile / "again.yaml").write_text(shown, encoding="utf-8")
    assert load("again.yaml").resolved() == load("first.yaml").resolved()


@pytest.mark.parametrize(
    "error", [ValueError(HOSTILE), OSError(2, HOSTILE, HOSTILE), KeyError(HOSTILE)], ids=lambda error: type(error).__name__
)
def test_messages_of_exceptions_are_escaped(capsys, error):
    from jobcentre.commands.output import print_error

    print_error(error, as_json=False)
    assert not FREE_OF.search(capsys.readouterr().err)


# tables

WORD = re.compile(r"[^\s]+")


def table_of(random_source, scenarios):
    header = ["metric", *(f"scenario_{'long_' * random_source.randint(0, 7)}{number}" for number in range(scenarios))]
    rows = []
    for label in ("Overloaded coach-days", "Days lost to sickness (working days per coach-year)", "Cost a year (pounds per year)"):
        cells = []
        for _ in range(scenarios):
            mean, low, high = (random_source.choice([1, 100, 1e6]) * random_source.random() for _ in range(3))
            cells.append(
                random_source.choice(["", "\nclearly worse", "\nno difference that matters"]).join(
                    [f"{mean:,.2f} % ({low:,.1f} to {high:,.1f})", ""]
                )
            )
        rows.append([label, *cells])
    return header, rows


@pytest.mark.parametrize("scenarios", range(1, 9))
@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_table_fits_and_no_word_or_number_is_cut_or_lost(columns, scenarios):
    for seed in range(20):
        header, rows = table_of(random.Random(seed), scenarios)
        lines = printing.table_lines(header, rows, columns)
        assert max(map(len, lines)) <= columns
        text = "\n".join(lines)
        words = {word.rstrip(",") for word in WORD.findall(text)}
        for cell in [*header[1:], *(cell for row in rows for cell in row)]:
            assert {word.rstrip(",") for word in WORD.findall(cell)} <= words
        for row in rows:
            for cell in row[1:]:  # a number stays beside its interval
                number = cell.split("\n")[0]
                assert text.count(number) >= 1


@pytest.mark.parametrize("columns", [80, 100])
def test_a_folded_table_names_the_scenario_on_the_line_of_its_number(columns):
    header = ["metric", *(f"surge_with_protected_admin_{number}" for number in range(60, 64))]
    rows = [["Overloaded", *(f"{number}.5 % ({number} to {number + 1})" for number in range(60, 64))]]
    assert printing.table_lines(header, rows, columns) == [
        "Overloaded",
        *(f"  surge_with_protected_admin_{number}  {number}.5 % ({number} to {number + 1})" for number in range(60, 64)),
    ]


def test_several_columns_may_name_a_row():
    lines = printing.table_lines(["scenario", "coaches", "x" * 50], [["base", "20", "y" * 40]], 60, keys=2)
    assert lines == ["scenario base, coaches 20", "  " + "x" * 50, "    " + "y" * 40]


def test_a_number_that_names_a_row_is_named_itself():
    assert printing.table_lines(["coaches", "x" * 50], [["20", "y" * 40]], 50)[0] == "coaches 20"


def test_a_word_wider_than_the_terminal_stays_whole():
    assert "x" * 200 in "\n".join(printing.table_lines(["a", "b"], [["c", "x" * 200]], 80))


@pytest.mark.parametrize(("columns", "terminal", "width"), [("100", True, 100), ("140", True, 140), ("100", False, 80), ("300", False, 80)])
def test_a_pipe_is_narrow_whatever_the_terminal(monkeypatch, columns, terminal, width):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert printing.width() == width


@pytest.mark.parametrize("options", range(1, 8))
def test_piped_results_are_no_wider_than_80_columns(jobcentre, tmp_path, model, options):
    names = [f"surge_with_protected_admin_and_relief_{number}" for number in range(options)]
    for name in names:
        (tmp_path / f"{name}.yaml").write_text("title: A\nextends: oxford_before\n", encoding="utf-8")
    status, out, _ = jobcentre("compare", "oxford_before", *(f"{name}.yaml" for name in names), "--runs", "5", "--jobs", "0")
    assert status == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    assert out.isascii() or not re.search("[\u2500-\u257f]", out)


# long waits


def test_a_pipe_is_told_once_a_minute(monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr("jobcentre.commands.progress.time.monotonic", lambda: now)
    tell = progress(quiet=False)
    for done in range(1, 31):
        now += 20
        tell(done, 31)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 30 * 20 // BETWEEN_LINES
    assert all(re.fullmatch(r"\d+ of 31 runs, \S+ a second, about .* left", line) for line in lines)
    for done in range(32):
        progress(quiet=True)(done, 31)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kept", [True, False])
def test_once_is_said_of_compiling_only_where_code_is_kept(monkeypatch, capsys, kept):
    monkeypatch.setattr("jobcentre.model.precompile.can_keep", lambda: kept)
    compiling(quiet=False)(0.0)
    assert ("once" in capsys.readouterr().err) == kept


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("run",),
        ("show",),
        ("sweep",),
        ("reproduce",),
        ("report",),
        ("trace", "--customer", "1"),
        ("run", "baseline", "--sites"),
    ],
)
def test_a_name_ends_no_line(jobcentre, tmp_path, words):
    """A file that is not there, and one that is no scenario: the message is one line, in which the name's end of line is written out."""
    name = "no\nerror: all is well\t.yaml"
    for there in (False, True):
        if there:
            (tmp_path / name).write_text("x: 1\n", encoding="utf-8")
        status, out, err = jobcentre(*words, name)
        assert status == 2
        assert "no\\nerror: all is well\\t.yaml" in out + err
        assert "\nerror" not in out + err


def test_a_folder_ends_no_line(jobcentre, tmp_path):
    status, out, _ = jobcentre("init", "my\nnote: folder")
    assert status == 0
    assert "my\\nnote: folder" in out
    assert "\nnote: folder" not in out
