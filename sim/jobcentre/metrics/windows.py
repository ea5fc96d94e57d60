"""Over which dates metrics are taken together: all that are counted, those from the change on, and the last thirteen weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from jobcentre.scenario import Scenario

WHOLE, FROM_CHANGE, LAST, OWN = "whole", "from_change", "last_13_weeks", "own"
LAST_WEEKS = 13
#: Weeks from the change on below which the headlines do not describe the time after it alone.
FEWEST_WEEKS = 26


class Window(NamedTuple):
    """Dates taken together, the last included."""

    name: str
    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    @property
    def document(self) -> dict[str, str]:
        """The window as JSON has it."""
        return {"name": self.name, "from": self.first.isoformat(), "to": self.last.isoformat()}


def first_change(scenarios: Iterable[Scenario]) -> dt.date | None:
    """The first date inside the counted period on which anything changes in any of the scenarios; none without one."""
    dates = [change.date for scenario in scenarios for change in scenario.changes if _is_counted(scenario, change.date)]
    return min(dates, default=None)


def reference_date(scenario: Scenario) -> dt.date:
    """The date of the change: that given, else the first counted one on which anything changes, else the start of counting.

    Coaches in post then are followed, and headlines are taken from then on.
    """
    period = scenario.settings.period
    return period.reference_date or first_change([scenario]) or period.start


def with_reference_date(scenario: Scenario, date: dt.date) -> Scenario:
    """The same scenario with a date of the change."""
    period = scenario.settings.period.model_copy(update={"reference_date": date})
    return replace(scenario, settings=scenario.settings.model_copy(update={"period": period}))


def windows_of(scenario: Scenario) -> tuple[Window, ...]:
    """The windows over which each run is measured, that of the headlines first."""
    period = scenario.settings.period
    start, last = period.start, _last(scenario)
    windows = [Window(WHOLE, start, last), Window(LAST, max(start, last - dt.timedelta(weeks=LAST_WEEKS, days=-1)), last)]
    if (change := reference_date(scenario)) > start:
        windows.insert(0 if _is_long(scenario, change) else 1, Window(FROM_CHANGE, change, last))
    if period.measured_from is not None or period.measured_to is not None:
        windows.insert(0, Window(OWN, period.measured_from or start, period.measured_to or last))
    return tuple(windows)


def headline_window(scenario: Scenario) -> Window:
    """The window over which headlines are taken, and conditions are judged."""
    return windows_of(scenario)[0]


def too_few_weeks(scenario: Scenario) -> str:
    """Why the headlines get no verdict: they would mix the time before a change with a short one after it. Empty where they do not."""
    period, change = scenario.settings.period, reference_date(scenario)
    if period.measured_from is not None or period.measured_to is not None or change <= period.start or _is_long(scenario, change):
        return ""
    return f"fewer than {FEWEST_WEEKS} weeks from the change on {change}"


def untested_reason(scenarios: Mapping[str, Scenario]) -> str:
    """Why differences between scenarios get no verdict; empty where they do."""
    return next((reason for scenario in scenarios.values() if (reason := too_few_weeks(scenario))), "")


def _is_long(scenario: Scenario, change: dt.date) -> bool:
    return (_last(scenario) - change).days + 1 >= 7 * FEWEST_WEEKS


def _last(scenario: Scenario) -> dt.date:
    period = scenario.settings.period
    return period.start + dt.timedelta(weeks=period.weeks, days=-1)


def _is_counted(scenario: Scenario, date: dt.date) -> bool:
    return scenario.settings.period.start <= date <= _last(scenario)
