"""Eight questions about an office, and the answers to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from jobcentre.runs.folder import csv_text
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.csv_file import csv_error, is_separator_line, rows_of, text_of, value_of
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.schema import Settings

Kind = Literal["whole", "number", "date"]
Value = int | float | dt.date
Answers = Mapping[str, Value]

#: Share of the working days of spells that count as lost: leave inside one does not. In the baseline (8.1 − 0.7) ÷ 8.73.
COUNTED_SHARE = 0.85
#: Days of stress sickness a year in the baseline, a result of the model and no input (note of `sickness.long`).
STRESS_DAYS = 0.7
#: Failed appointments in a run ÷ those the inputs imply: what `attendance` adds, and that who fails is booked again sooner.
#: In the baseline 16.5 % ÷ 14.9 %.
FAILED_MORE = 1.11
CUSTOMERS = "customers_"
#: Answers that are no inputs: share of coaches who leave in a year and appointments held a coach-day, as they come out of the baseline.
COMPARED = ("leavers_last_year", "appointments_held")
LEAVE, HELD = 0.085, 14.2
#: So many times more or less than usual that it may be a slip (assumed); the size of an office can be anything.
FAR = 5
_SIZE = ("coaches", "part_time_coaches", "vacancies")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MOST_PER_POST = 2000


class Question(NamedTuple):
    """A line of the ten questions; a question about customers has a line for each group."""

    number: str
    key: str
    text: str
    help: str
    kind: Kind
    low: float = 0
    high: float = 0


def questions(base: Settings) -> list[Question]:
    """Gives the questions in their order."""
    groups = [
        Question(f"4{chr(ord('a') + index)}", CUSTOMERS + name, f"Customers in contact with a coach today: {group.label}",
                 "all who have appointments, also those of empty posts", "whole", 0, 2_000_000)
        for index, (name, group) in enumerate(base.groups.items())
    ]  # fmt: skip
    return [
        Question("1", "coaches", "Work coaches in post today", "people; a part-timer counts as one", "whole", 1, 2000),
        Question("2", "part_time_coaches", "How many of them work part time",
                 f"they are taken to work {base.office.part_time_days} days a week", "whole", 0, 2000),
        Question("3", "vacancies", "Funded posts that are empty today",
                 "customers belong to funded posts, so the coaches in post carry those of empty ones", "whole", 0, 2000),
        *groups,
        Question("5", "appointments_per_day", "The most appointments that may be booked for one coach on one day",
                 "the limit in the diary, not the number that take place", "whole", 1, 400),
        Question("6", "missed_percent", "Of 100 booked appointments, how many do customers fail to attend",
                 "without those that customers rearrange and those that the office cancels", "number", 0, 60),
        Question("7", "sick_days", "Working days lost to sickness in a year by a full-time coach, on average",
                 "all sickness, long absence too", "number", 1, 60),
        Question("8", "start_date", "The first day that is counted", "a Monday, as YYYY-MM-DD", "date"),
        Question("9", "leavers_last_year", "Coaches who left in the last twelve months",
                 "for whatever reason; it sets nothing, but is compared with what the model says", "whole", 0, 2000),
        Question("10", "appointments_held", "Appointments that one coach holds on a day at work, on average",
                 "without those that customers fail to attend; compared too", "number", 0, 60),
    ]  # fmt: skip


def usual(key: str, answers: Answers, base: Settings) -> Value:
    """Gives the baseline's answer for an office of the size answered so far."""
    coaches = int(answers.get("coaches", base.office.coaches))  # type: ignore[arg-type]
    if key.startswith(CUSTOMERS):
        return round(base.groups[key.removeprefix(CUSTOMERS)].stock_per_post * posts_of(answers, base))
    known: dict[str, Value] = {
        "coaches": base.office.coaches,
        "part_time_coaches": round(base.office.part_time_share * coaches),
        "vacancies": 0,
        "appointments_per_day": base.diary.appointments_per_day,
        "missed_percent": round(100 * usual_failed_share(answers, base), 1),
        "sick_days": round(ordinary_sick_days(base) + STRESS_DAYS, 1),
        "start_date": base.period.start,
        "leavers_last_year": round(LEAVE * coaches),
        "appointments_held": HELD,
    }
    return known[key]


def read_answer(text: str, question: Question, answers: Answers) -> Value:
    """Reads the value of an answer; ValueError explains what is wrong and how to write it."""
    value = value_of(text, question.kind)
    if isinstance(value, dt.date):
        return _start(value)
    if not question.low <= value <= question.high:
        hint = "; write 14.5 for 14.5 %, not 0.145" if question.key == "missed_percent" else ""
        raise ValueError(f"{value:,} is not between {question.low:,} and {question.high:,}{hint}")
    if question.key == "missed_percent" and 0 < value < 1:
        raise ValueError(f"{value} would be less than one in a hundred: write 14.5 for 14.5 %, not 0.145")
    return value


def misfit(key: str, answers: Answers, base: Settings) -> str | None:
    """Gives the conflict of an answer with the others, if any."""
    coaches = int(answers.get("coaches", base.office.coaches))  # type: ignore[arg-type]
    value = answers[key]
    if isinstance(value, dt.date):
        return None
    if key == "part_time_coaches" and value > coaches:
        return f"{value:,} part-time coaches are more than the {coaches:,} coaches in post"
    posts = posts_of(answers, base)
    if key.startswith(CUSTOMERS) and value > _MOST_PER_POST * posts:
        return f"{value:,} customers are more than {_MOST_PER_POST:,} for each of {posts:,} posts"
    return None


def posts_of(answers: Answers, base: Settings) -> int:
    """Counts funded posts, filled and empty."""
    return int(answers.get("coaches", base.office.coaches)) + int(answers.get("vacancies", 0))  # type: ignore[arg-type]


def usual_failed_share(answers: Answers, base: Settings) -> float:
    """Gives the share of appointments, held or failed, that customers fail to attend under the baseline's inputs.

    A group counts by its customers divided by the working days between appointments in the last phase of its plans. What
    customers rearrange is neither held nor failed.
    """
    weights = {}
    for name, group in base.groups.items():
        stock = answers.get(CUSTOMERS + name, group.stock_per_post * posts_of(answers, base))
        every_day = sum(plan.share / list(plan.phases.values())[-1].every_days for plan in group.plans.values())
        weights[name] = float(stock) * every_day  # type: ignore[arg-type]
    if not any(weights.values()):
        weights = dict.fromkeys(base.groups, 1.0)
    failed = {name: group.failed_share / (1 - group.rearranged_share) for name, group in base.groups.items()}
    return FAILED_MORE * sum(weights[name] * failed[name] for name in weights) / sum(weights.values())


def ordinary_sick_days(base: Settings) -> float:
    """Working days a year that the baseline's short and long spells cost a coach, without stress."""
    spells = (base.sickness.short, base.sickness.long)
    return COUNTED_SHARE * sum(spell.per_year * spell.days.mean for spell in spells)


def ask_questions(base: Settings, read: Callable[[], str], say: Callable[[str], None]) -> dict[str, Value]:
    """Asks all questions, each until its answer can be used; an empty answer takes the baseline's and is left out."""
    answers: dict[str, Value] = {}
    for question in questions(base):
        instead = usual(question.key, answers, base)
        while True:
            say(f"{question.number} of 10. {question.text}\n        ({question.help})\n        Enter alone takes {instead}: ")
            text = read().strip()
            if not text:
                break
            try:
                value = read_answer(text, question, answers)
            except ValueError as error:
                say(f"        {error}\n")
                continue
            wrong = misfit(question.key, answers | {question.key: value}, base)
            if wrong is None:
                far = far_off(question.key, answers | {question.key: value}, base)
                if far is not None and not _confirmed(far, read, say):
                    continue
                answers[question.key] = value
                break
            say(f"        {wrong}\n")
    return answers


def _confirmed(far: str, read: Callable[[], str], say: Callable[[str], None]) -> bool:
    say(f"        {far}. Is it right? [y/N] ")
    return read().strip().lower() in ("y", "yes")


def far_off(key: str, answers: Answers, base: Settings) -> str | None:
    """In words, how far an answer is from the baseline's in an office of this size, if that is so far that it may be a slip."""
    value, instead = answers[key], usual(key, answers, base)
    if isinstance(value, dt.date) or isinstance(instead, dt.date) or key in _SIZE or instead <= 0:
        return None
    if instead / FAR < value < instead * FAR:
        return None
    size = f"{instead:,}, what an office of this size has in the baseline"
    if value == 0:
        return f"0 is far from {size}"
    return f"{value:,} is {value / instead:.0f} times {size}" if value > instead else f"{value:,} is 1/{instead / value:.0f} of {size}"


def _start(date: dt.date) -> dt.date:
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        raise ValueError(f"{date} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    if date.weekday():
        before = date - dt.timedelta(days=date.weekday())
        raise ValueError(f"{date} is a {date:%A}; counting starts on a Monday, such as {before} or {before + dt.timedelta(days=7)}")
    return date


MOST_BYTES = 1_000_000
_TEMPLATE = "`jobcentre init --template FILE` writes one to fill in"


def template(base: Settings) -> str:
    """A file with every question and no answer."""
    rows = [
        (question.key, "", f"{question.text} ({question.help})", f"the baseline's: {usual(question.key, {}, base)}")
        for question in questions(base)
    ]
    return csv_text(("question", "answer", "what is asked", "if left empty"), rows)


def read_answers(file: Path, base: Settings) -> dict[str, Value]:
    """The answers that a file gives; ScenarioError holds all that is wrong, each with its line."""
    problems: list[Problem] = []
    known = {question.key: question for question in questions(base)}
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
        raise ScenarioError(sorted(problems, key=lambda question: question.line or 0))
    return {question: answers[question] for question in known if question in answers}


def doubts(answers: Answers, base: Settings) -> list[str]:
    """Gives answers so unusual that they may be slips."""
    far = {key: far_off(key, answers, base) for key in answers}
    return [f"{key}: {text}. Is it right?" for key, text in far.items() if text is not None]


def _rows(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    """Line, question and answer of every row that is filled in."""
    head_line = next((row for row in text.splitlines() if "question" in row.lower()), "")
    rows = list(rows_of(text, file, head_line))
    if rows and is_separator_line(rows[0].cells[0]):
        del rows[0]
    if not rows:
        raise csv_error(file, 1, "is empty", _TEMPLATE)
    (line, head), *rest = rows
    names = [name.strip().lower() for name in head]
    if names.count("question") != 1 or names.count("answer") != 1:
        message = f"the first line should name the columns question and answer, and is `{','.join(head)[:60]}`"
        raise csv_error(file, line, message, _TEMPLATE)
    for line, cells in rest:
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            message = f"has {len(cells)} cells, the first line {len(names)}"
            problems.append(Problem(str(file), line, "", message, "a comma inside an answer? write 14.5, or put the answer in quotes"))
            continue
        full = [*cells, *[""] * (len(names) - len(cells))]
        yield line, full[names.index("question")], full[names.index("answer")]
