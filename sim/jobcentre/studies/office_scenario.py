"""The scenario of an office from its answers: each answer as inputs, with those that follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from jobcentre.scenario.document import FORMAT
from jobcentre.scenario.schema import Settings
from jobcentre.studies.questionnaire import (
    COMPARED,
    COUNTED_SHARE,
    CUSTOMERS,
    FAILED_MORE,
    STRESS_DAYS,
    Answers,
    ordinary_sick_days,
    posts_of,
    questions,
    usual_failed_share,
)

NAME = "this_office"
SOURCE = "this office"

Figure = tuple[str, str]  # dotted path, and the form that is written there


def scenario_text(answers: Answers, base: Settings, first_line: str) -> str:
    """Writes a scenario file that extends the baseline; every input has the office's answer, or its derivation, as its source."""
    figures = list(_figures(answers, base))
    unanswered = [question.key for question in questions(base) if question.key not in (*answers, *COMPARED)]
    lines = [
        first_line,
        "# Written by `jobcentre init --office` from the office's own answers. Figures not given here are those of the baseline.",
        *([f"# Not answered, so as in the baseline: {', '.join(unanswered)}."] if unanswered else []),
        f"format: {FORMAT}",
        "title: This office",
        "question: How overloaded are the coaches of this office, which appointments are missed, and how many coaches leave?",
        "extends: baseline",
        *_nested(figures),
        *_changes(answers, base),
    ]
    return "\n".join(lines) + "\n"


def _figures(answers: Answers, base: Settings) -> Iterator[Figure]:
    if "start_date" in answers:
        yield "period.start", _form(answers["start_date"], "reported", "The first day that this office wants counted.")
    yield from _posts(answers, base)
    yield from _customers(answers, base)
    if "appointments_per_day" in answers:
        reason = "The most that this office books for one coach on one day."
        yield "diary.appointments_per_day", _form(answers["appointments_per_day"], "reported", reason)
    if "sick_days" in answers:
        yield from _sickness(_number(answers["sick_days"]), base)


def _posts(answers: Answers, base: Settings) -> Iterator[Figure]:
    coaches, posts = int(_number(answers.get("coaches", base.office.coaches))), posts_of(answers, base)
    if "coaches" in answers:
        yield "office.coaches", _form(coaches, "reported", "Coaches in post in this office, by its own answer.")
    if "part_time_coaches" in answers:
        part = int(_number(answers["part_time_coaches"]))
        reason = f"{part} of {coaches} coaches of this office work part time."
        if part != round(base.office.part_time_share * coaches):
            yield "office.part_timers", _form(part, "reported", reason)
    if posts != base.demand.posts:
        reason = "The funded posts of this office, empty ones too: customers belong to the office and not to the coaches in post."
        yield "demand.posts", _form(posts, "derived", reason, f"{coaches} coaches in post + {posts - coaches} empty posts.")


def _customers(answers: Answers, base: Settings) -> Iterator[Figure]:
    """Stocks per post; and failed shares, all multiplied by one factor so that their mean is the answer."""
    posts = posts_of(answers, base)
    share = _number(answers["missed_percent"]) / 100 if "missed_percent" in answers else None
    mean = usual_failed_share(answers, base)
    for name, group in base.groups.items():
        if CUSTOMERS + name in answers:
            count = int(_number(answers[CUSTOMERS + name]))
            note = f"{count:,} ÷ {posts} posts. Starts follow from it, so that the stock stays the same where that is possible."
            form = _form(count / posts, "derived", f"{count:,} customers of this office are in this group.", note)
            yield f"groups.{name}.stock_per_post", form
        if share is not None:
            note = (
                f"{group.failed_share:g} × {share:g} ÷ {mean:.4g}: the baseline's differences between groups are kept. {mean:.4g} is what "
                "its figures give here: groups weighed by customers ÷ working days between appointments, bookings that are rearranged left "
                f"out, and {FAILED_MORE:g} times as many because who fails is booked again sooner."
            )
            value = group.failed_share * share / mean if mean else share
            yield (
                f"groups.{name}.failed_share",
                _form(value, "derived", f"Customers of this office fail {100 * share:g} % of bookings.", note),
            )


def _sickness(days: float, base: Settings) -> Iterator[Figure]:
    """Spells of both ordinary kinds, multiplied by one factor; stress sickness comes out of the model."""
    usual = ordinary_sick_days(base)
    factor = (days - STRESS_DAYS) / usual if usual else 0.0
    for kind, spell in (("short", base.sickness.short), ("long", base.sickness.long)):
        note = (
            f"{spell.per_year:g} × ({days:g} − {STRESS_DAYS:g}) ÷ {usual:.3g}. {STRESS_DAYS:g} days of stress are left to the model; "
            f"{usual:.3g} is what the baseline's spells cost, {100 * COUNTED_SHARE:g} % of their days counted."
        )
        reason = f"A full-time coach of this office loses {days:g} working days a year to sickness."
        yield f"sickness.{kind}.per_year", _form(spell.per_year * factor, "derived", reason, note)


def _changes(answers: Answers, base: Settings) -> list[str]:
    """Empty posts stay empty until the first counted day: filled in the weeks before it they would not be empty then."""
    empty = int(_number(answers.get("vacancies", 0)))
    if not empty:
        return []
    start = answers.get("start_date", base.period.start)
    posts = posts_of(answers, base)
    note = f"{posts - empty} coaches + {empty} empty posts; how fast they are filled is hiring.policy and hiring.days_to_hire."
    reason = f"{empty} funded posts of this office are empty at the start and may be filled from then on."
    figure = f"office.establishment: {_form(posts, 'derived', reason, note)}"
    return ["", "changes:", "  empty_posts:", f"    date: {start}", "    set:", f"      {figure}"]


def _nested(figures: list[Figure]) -> Iterator[str]:
    """Dotted paths as sections, in their order."""
    tree: dict[str, Any] = {}
    for path, form in figures:
        *above, name = path.split(".")
        node = tree
        for key in above:
            node = node.setdefault(key, {})
        node[name] = form
    for name, content in tree.items():
        yield ""
        yield f"{name}:"
        yield from _lines(content, "  ")


def _lines(tree: dict[str, Any], indent: str) -> Iterator[str]:
    for name, content in tree.items():
        if isinstance(content, str):
            yield f"{indent}{name}: {content}"
        else:
            yield f"{indent}{name}:"
            yield from _lines(content, indent + "  ")


def _form(value: object, quality: str, reason: str, note: str = "") -> str:
    """Writes an input with its evidence on one line."""
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    more = f", note: {_quoted(note)}" if note else ""
    return f"{{value: {shown}, source: {SOURCE}, quality: {quality}, why: {_quoted(reason)}{more}}}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _number(value: int | float | dt.date) -> float:
    assert not isinstance(value, dt.date)
    return value
