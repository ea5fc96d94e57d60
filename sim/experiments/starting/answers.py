"""Reads the answers about an office from a CSV file, and writes an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.experiments.starting.questions import Answers, Value, far_off, misfit, questions, read_answer, usual
from sim.outputs import csv_text
from sim.scenario import Problem, ScenarioError
from sim.scenario.csv_file import refused, rows_of, tells_separator, text_of
from sim.scenario.problems import did_you_mean
from sim.scenario.schema import Settings

MOST_BYTES = 1_000_000
_TEMPLATE = "`jobcentre init --template FILE` writes one to fill in"


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
    for line, name, text in _rows(text_of(file, MOST_BYTES, _TEMPLATE), file, problems):
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


def _rows(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    """Line, question and answer of every row that is filled in."""
    head_line = next((row for row in text.splitlines() if "question" in row.lower()), "")
    rows = list(rows_of(text, file, head_line))
    if rows and tells_separator(rows[0].cells[0]):
        del rows[0]
    if not rows:
        raise refused(file, 1, "is empty", _TEMPLATE)
    (line, head), *rest = rows
    names = [name.strip().lower() for name in head]
    if names.count("question") != 1 or names.count("answer") != 1:
        message = f"the first line should name the columns question and answer, and is `{','.join(head)[:60]}`"
        raise refused(file, line, message, _TEMPLATE)
    for line, cells in rest:
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            message = f"has {len(cells)} cells, the first line {len(names)}"
            problems.append(Problem(str(file), line, "", message, "a comma inside an answer? write 14.5, or put the answer in quotes"))
            continue
        full = [*cells, *[""] * (len(names) - len(cells))]
        yield line, full[names.index("question")], full[names.index("answer")]
