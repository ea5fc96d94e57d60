"""Reads the answers about an office from a CSV file, and writes an empty one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sim.experiments.starting.questions import Answers, Value, far_off, misfit, questions, read_answer, usual
from sim.outputs import csv_text
from sim.scenario import Problem, ScenarioError
from sim.scenario.problems import did_you_mean
from sim.scenario.schema import Settings

MOST_BYTES = 1_000_000
_DELIMITERS = (",", ";", "\t")
_RESAVE = "save it from the spreadsheet as `CSV UTF-8`"


def template(base: Settings) -> str:
    """A file with every question and no answer."""
    rows = [(one.key, "", f"{one.text} ({one.help})", f"the baseline's: {usual(one.key, {}, base)}") for one in questions(base)]
    return csv_text(("question", "answer", "what is asked", "if left empty"), rows)


def read_answers(file: Path, base: Settings) -> dict[str, Value]:
    """The answers that a file gives; ScenarioError holds all that is wrong, each with its line."""
    problems: list[Problem] = []
    known = {one.key: one for one in questions(base)}
    answers: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for line, name, text in _rows(_text(file), file, problems):
        key = name.strip().lower().replace(" ", "_")
        if key not in known:
            hint = did_you_mean(key, known) or "known: " + ", ".join(known)
            problems.append(Problem(str(file), line, "", f"there is no question `{name.strip()[:40]}`", hint))
        elif key in lines:
            problems.append(Problem(str(file), line, key, f"is answered twice: on lines {lines[key]} and {line}", "delete one of them"))
        else:
            lines[key] = line
            if text.strip():
                try:
                    answers[key] = read_answer(text, known[key], answers)
                except ValueError as error:
                    problems.append(Problem(str(file), line, key, str(error)))
    for key in answers:
        wrong = misfit(key, answers, base)
        if wrong is not None:
            problems.append(Problem(str(file), lines[key], key, wrong, "correct one of the two"))
    if problems:
        raise ScenarioError(sorted(problems, key=lambda one: one.line or 0))
    return {one: answers[one] for one in known if one in answers}


def doubts(answers: Answers, base: Settings) -> list[str]:
    """Answers so far from what is usual that they may be slips."""
    far = {key: far_off(key, answers, base) for key in answers}
    return [f"{key}: {words}. Is it right?" for key, words in far.items() if words is not None]


def _text(file: Path) -> str:
    """The text of an ordinary file, in UTF-8 or, as some spreadsheets save it, UTF-16 with its mark."""
    if not file.exists():
        raise _refused(file, None, "there is no such file", "`jobcentre init --template FILE` writes one to fill in")
    if not file.is_file():
        raise _refused(file, None, "is not an ordinary file", "give a CSV file")
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _refused(file, None, "is larger than 1 MB, too large for these answers", "is it the right file?")
    if data.startswith(b"PK"):
        raise _refused(file, None, "is a workbook and not CSV", _RESAVE)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if marked else data.count(b"\n", 0, error.start) + 1
        raise _refused(file, line, "is not written in UTF-8", _RESAVE) from error
    if "\0" in text:
        raise _refused(file, text.count("\n", 0, text.index("\0")) + 1, "holds a NUL; it is not a text file", _RESAVE)
    return text


def _rows(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    """Line, question and answer of every row that is filled in."""
    rows = list(_parsed(text, file))
    if rows and rows[0][1][0].strip().lower().startswith("sep="):  # which spreadsheets write for themselves
        del rows[0]
    if not rows:
        raise _refused(file, 1, "is empty", "`jobcentre init --template FILE` writes one to fill in")
    (line, head), *rest = rows
    names = [name.strip().lower() for name in head]
    if names.count("question") != 1 or names.count("answer") != 1:
        message = f"the first line should name the columns question and answer, and is `{','.join(head)[:60]}`"
        raise _refused(file, line, message, "`jobcentre init --template FILE` writes one to fill in")
    for line, cells in rest:
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            message = f"has {len(cells)} cells, the first line {len(names)}"
            problems.append(Problem(str(file), line, "", message, "a comma inside an answer? write 14.5, or put the answer in quotes"))
            continue
        full = [*cells, *[""] * (len(names) - len(cells))]
        yield line, full[names.index("question")], full[names.index("answer")]


def _parsed(text: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they end on, without empty ones; the separator is that of the line that names the columns."""
    head = next((row for row in text.splitlines() if "question" in row.lower()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise _refused(file, reader.line_num, f"is not readable as CSV: {error}", "look for a quotation mark that is not closed") from error


def _refused(file: Path, line: int | None, message: str, suggestion: str) -> ScenarioError:
    return ScenarioError([Problem(str(file), line, "", message, suggestion)])
