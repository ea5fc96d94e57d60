"""From an event log to tidy metrics; each metric is declared once."""

from __future__ import annotations

from jobcentre.metrics.definitions import BY_NAME, HEADLINES, METRICS, Metric, is_total
from jobcentre.metrics.log_index import DAY_SECONDS, DayWindow, MeasureWith, UnitCosts
from jobcentre.metrics.measure import Measured, WindowMeasures, measure, measure_all, tidy, weekly
from jobcentre.metrics.windows import reference_date, windows_of
from jobcentre.scenario import Scenario, periods
from jobcentre.scenario.schema import Settings

__all__ = [
    "BY_NAME",
    "HEADLINES",
    "METRICS",
    "MeasureWith",
    "Measured",
    "Metric",
    "UnitCosts",
    "WindowMeasures",
    "is_total",
    "measure",
    "measure_all",
    "measure_with",
    "reference_date",
    "tidy",
    "weekly",
    "windows_of",
]


def measure_with(scenario: Scenario) -> MeasureWith:
    """The figures of a scenario that its metrics need beside the log.

    Backlog counted and crisis level are those at the start; money follows dated changes.
    """
    parts = periods(scenario)
    start, first_day = scenario.settings, parts[0][0]
    return MeasureWith(
        counted_backlog_seconds=60.0 * start.strain.backlog_counted_minutes,
        crisis_strain=start.strain.crisis_strain,
        money=tuple(_money(settings) for _, settings in parts),
        causes={name: tuple(group.exits) for name, group in start.groups.items()},
        decided=tuple(name for name, group in start.groups.items() if group.decision is not None),
        reference_second=DAY_SECONDS * (reference_date(scenario) - first_day).days,
        windows=tuple(DayWindow(one.name, (one.first - first_day).days, (one.last - first_day).days + 1) for one in windows_of(scenario)),
    )


def _money(settings: Settings) -> UnitCosts:
    money = settings.money
    reminder = money.reminder_pounds if settings.policies.reminders.on else 0.0
    return UnitCosts(money.salary_pounds, money.overtime_pounds_per_hour, money.hire_pounds, reminder)
