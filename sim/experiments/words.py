"""Words of a command line as values; what is wrong with one is told as a problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Sequence

from sim.scenario import Problem, ScenarioError


def refused(option: str, message: str, suggestion: str | None = None) -> ScenarioError:
    """What is wrong with one word of the command line."""
    return ScenarioError([Problem(option, None, "", message, suggestion)])


def figures_of(sets: Sequence[str], weeks: int | None = None) -> dict[str, object]:
    """Values by path from words such as `diary.appointments_per_day=27`."""
    values: dict[str, object] = {}
    for text in sets:
        path, equals, value = (part.strip() for part in text.partition("="))
        if not (path and equals and value):
            raise refused("--set", f"`{text}` is not a figure and its value", "write path=value, such as diary.appointments_per_day=27")
        if path in values:
            raise refused("--set", f"`{path}` is set twice")
        values[path] = value
    if weeks is not None:
        if "period.weeks" in values:
            raise refused("--weeks", "`period.weeks` is set as well", "give one of them")
        values["period.weeks"] = weeks
    return values


def told_of_weeks(problems: Sequence[Problem], also_set: Container[str] = ()) -> list[Problem]:
    """Problems of a scenario that counts the weeks of --weeks; what they led to is told of that option unless it was set as well."""
    found = []
    for one in problems:
        if one.path in {"period.weeks", "period.reference_date"} and one.path not in also_set:
            another = "count more weeks, or give another date: --set period.reference_date=YYYY-MM-DD"
            one = one._replace(file="--weeks", line=None, suggestion=another if one.path.endswith("date") else one.suggestion)
        found.append(one)
    return found


def date_of(text: str) -> dt.date:
    """The date of an option."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise refused("--date", f"`{text}` is not a date", "write it as YYYY-MM-DD") from error
