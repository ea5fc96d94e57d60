"""Elements of a page: sections, tables, charts, numbers and names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from string import ascii_uppercase
from textwrap import wrap
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup, escape

from jobcentre.metrics import BY_NAME, reference_date
from jobcentre.report.saved import Saved
from jobcentre.report.tables import format_value
from jobcentre.scenario import Scenario

LABEL_WIDTH = 18
LONGEST_TITLE = 120
YEAR_WEEKS = 52


def letters(saved: Saved) -> dict[str, str]:
    """Gives the short name of each scenario: Base, A, B …; a single one has no letter."""
    return letters_of(saved.base, saved.options)


def letters_of(base: str, options: Sequence[str]) -> dict[str, str]:
    """Gives the short names of scenarios."""
    if not options:
        return {base: ""}
    many = [*ascii_uppercase, *(a + b for a in ascii_uppercase for b in ascii_uppercase)]
    return {base: "Base"} | dict(zip(options, many, strict=False))


def title(scenario: Scenario) -> str:
    """The title of a scenario, or its name; one that is very long is cut."""
    text = " ".join(scenario.title.split()) or scenario.name
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def scenario_label(saved: Saved, name: str) -> str:
    """Letter and title of a scenario."""
    letter = letters(saved)[name]
    text = title(saved.scenarios[name])
    if sum(title(other_scenario) == text for other_scenario in saved.scenarios.values()) > 1:
        text = f"{text} ({name})"
    return f"{letter}: {text}" if letter else text


def label(text: str, width: int = LABEL_WIDTH) -> str:
    """Words on lines short enough for the edge of a chart, without anything that plotly would read as markup."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(wrap(safe, width)[:4])


def dates_of(scenario: Scenario) -> list[tuple[dt.date, list[str]]]:
    """Gives the dates of dated changes, each with its reasons."""
    ordered = sorted(scenario.changes, key=lambda change: change.date)
    return [(date, [change.why for change in changes]) for date, changes in groupby(ordered, key=lambda change: change.date)]


def followed_from(saved: Saved) -> str:
    """The date from which coaches in post are followed, after "in post"."""
    dates = {reference_date(scenario) for scenario in saved.scenarios.values()}
    return f"on {day(min(dates))}" if len(dates) == 1 else "at the reference date"


def followed_for(saved: Saved) -> str:
    """Gives the follow-up time: a year, or as long as the run counts."""
    weeks = min(_weeks_followed(scenario) for scenario in saved.scenarios.values())
    return "within a year" if weeks >= YEAR_WEEKS else f"in the {weeks} weeks that are counted from then on"


def _weeks_followed(scenario: Scenario) -> int:
    period = scenario.settings.period
    return max(0, (period.start + dt.timedelta(weeks=period.weeks) - reference_date(scenario)).days // 7)


def day(date: dt.date) -> str:
    """A date in words."""
    return f"{date.day} {date:%B %Y}"


DASH = "–"


class Number(NamedTuple):
    """A value, its text, and the entry of the saved tables that it comes from, so that a test can trace it."""

    value: float
    text: str
    of: tuple[str, ...]

    def __html__(self) -> Markup:
        return Markup('<data value="{}" data-of="{}">{}</data>').format(repr(self.value), "|".join(self.of), self.text)


def number(value: float | None, unit: str, *of: object, signed: bool = False) -> Number | str:
    """A number in its unit; a dash where there is none."""
    if value is None or pd.isna(value):
        return DASH
    return Number(float(value), format_value(float(value), unit, signed=signed), tuple(map(str, of)))


def whole(value: int, *of: object) -> Number:
    """A count."""
    return Number(int(value), f"{value:,}", tuple(map(str, of)))


def of_metric(value: float | None, metric: str, *of: object, signed: bool = False) -> Number | str:
    """A value of a metric in the metric's unit."""
    return number(value, BY_NAME[metric].unit, *of, signed=signed)


def interval(low: Number | str, high: Number | str) -> Markup:
    """Writes an interval in brackets, or that there is none."""
    if DASH in (low, high):
        return Markup("(no interval)")
    return sentence('<span class="interval">({} to {})</span>', *(end if isinstance(end, str) else bare(end) for end in (low, high)))


def bare(number: Number) -> Number:
    """Writes a number without its unit, where the mean beside it has the unit."""
    return number._replace(text=number.text.removesuffix(" points").removesuffix(" %"))


def sentence(text: str, *parts: object, **named: object) -> Markup:
    """Fills numbers into a sentence; all other values are escaped as plain text."""
    return Markup(text).format(*parts, **named)


def as_input(text: object) -> Markup:
    """Marks text whose dates or numbers are inputs, not results."""
    return sentence('<span class="given">{}</span>', text)


def plain(part: object) -> str:
    """The words of a sentence without markup."""
    return Markup(escape(part)).striptags()


Cell = object  # a number, a sentence with numbers, or plain words


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names it. A folded one opens on demand and in print."""

    caption: str | Markup
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False
    long: bool = False  # too long for print


@dataclass(frozen=True)
class Chart:
    """A chart with its headline and its description."""

    id: str
    title: Cell
    figure: go.Figure
    about: str


@dataclass(frozen=True)
class Panels:
    """Small charts of one kind, side by side."""

    heading: str
    charts: Sequence[Chart]
    table: Table


@dataclass(frozen=True)
class ReportSection:
    """One part of a report."""

    id: str
    heading: str
    lead: Cell
    blocks: Sequence[Markup | Table | Chart | Panels] = field(default_factory=tuple)


@dataclass(frozen=True)
class Page:
    """A whole report: its heading, the question, the answer with its cautions, and its sections."""

    heading: Markup
    question: str
    answer: Markup
    caution: Markup | str
    sections: Sequence[ReportSection]
