"""What scenarios are called in a report: the base, and options by letter; their titles; their dated changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from string import ascii_uppercase
from textwrap import wrap

from sim.metrics import reference_date
from sim.reporting.report.saved import Saved
from sim.scenario import Scenario

LABEL_WIDTH = 18
LONGEST_TITLE = 120
YEAR_WEEKS = 52


def letters(saved: Saved) -> dict[str, str]:
    """What each scenario is called for short: Base, A, B …; a single one has no letter."""
    return letters_of(saved.base, saved.options)


def letters_of(base: str, options: Sequence[str]) -> dict[str, str]:
    """What scenarios are called for short."""
    if not options:
        return {base: ""}
    many = [*ascii_uppercase, *(a + b for a in ascii_uppercase for b in ascii_uppercase)]
    return {base: "Base"} | dict(zip(options, many, strict=False))


def title(scenario: Scenario) -> str:
    """The title of a scenario, or its name; one that is very long is cut."""
    text = " ".join(scenario.title.split()) or scenario.name
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def called(saved: Saved, name: str) -> str:
    """Letter and title of a scenario."""
    letter = letters(saved)[name]
    text = title(saved.scenarios[name])
    if sum(title(one) == text for one in saved.scenarios.values()) > 1:
        text = f"{text} ({name})"
    return f"{letter}: {text}" if letter else text


def label(text: str, width: int = LABEL_WIDTH) -> str:
    """Words on lines short enough for the edge of a chart, without anything that plotly would read as markup."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(wrap(safe, width)[:4])


def dates_of(scenario: Scenario) -> list[tuple[dt.date, list[str]]]:
    """The dates on which figures change, each with the reasons given."""
    ordered = sorted(scenario.changes, key=lambda change: change.date)
    return [(date, [change.why for change in changes]) for date, changes in groupby(ordered, key=lambda change: change.date)]


def followed_from(saved: Saved) -> str:
    """The date from which coaches in post are followed, after "in post"."""
    dates = {reference_date(scenario) for scenario in saved.scenarios.values()}
    return f"on {day(min(dates))}" if len(dates) == 1 else "at the reference date"


def followed_for(saved: Saved) -> str:
    """How long they are followed: a year, or as long as the run counts."""
    weeks = min(_weeks_followed(scenario) for scenario in saved.scenarios.values())
    return "within a year" if weeks >= YEAR_WEEKS else f"in the {weeks} weeks that are counted from then on"


def _weeks_followed(scenario: Scenario) -> int:
    period = scenario.settings.period
    return max(0, (period.start + dt.timedelta(weeks=period.weeks) - reference_date(scenario)).days // 7)


def day(date: dt.date) -> str:
    """A date in words."""
    return f"{date.day} {date:%B %Y}"
