"""What scenarios are called in a report: the base, and options by letter; their titles; their dated changes."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from string import ascii_uppercase
from textwrap import wrap

from sim.reporting.report.saved import Saved
from sim.scenario import Scenario

LABEL_WIDTH = 18
LONGEST_TITLE = 120


def letters(saved: Saved) -> dict[str, str]:
    """What each scenario is called for short: Base, A, B …; a single one has no letter."""
    if not saved.options:
        return {saved.base: ""}
    many = [*ascii_uppercase, *(a + b for a in ascii_uppercase for b in ascii_uppercase)]
    return {saved.base: "Base"} | dict(zip(saved.options, many, strict=False))


def title(scenario: Scenario) -> str:
    """The title of a scenario, or its name; one that is very long is cut."""
    text = " ".join(scenario.title.split()) or scenario.name
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def called(saved: Saved, name: str) -> str:
    """Letter and title of a scenario."""
    letter = letters(saved)[name]
    text = title(saved.scenarios[name])
    return f"{letter}: {text}" if letter else text


def label(text: str) -> str:
    """Words on lines short enough for the edge of a chart, without anything that plotly would read as markup."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(wrap(safe, LABEL_WIDTH)[:4])


def dates_of(scenario: Scenario) -> list[tuple[dt.date, list[str]]]:
    """The dates on which figures change, each with the reasons given."""
    ordered = sorted(scenario.changes, key=lambda change: change.date)
    return [(date, [change.why for change in changes]) for date, changes in groupby(ordered, key=lambda change: change.date)]


def day(date: dt.date) -> str:
    """A date in words."""
    return f"{date.day} {date:%B %Y}"
