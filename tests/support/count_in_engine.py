"""Plays scenarios in plain Python on the simpy engine, counting while they play, and prints the counts as JSON.

Nothing here reads the event log, and nothing shares code with what reads it; the log's digest is handed on so that the
counts can be set beside the metrics of the same run.
"""

from __future__ import annotations

import json
from typing import Any

from jobcentre.model import prepare, simpy_engine
from jobcentre.model.inputs import Inputs
from jobcentre.model.run import RunInProgress
from jobcentre.scenario import Scenario
from support.count_appointments import Appointments
from support.count_coaches import Coaches
from support.count_customers import Customers
from support.count_hours import Hours
from support.counted_scenarios import COUNTED, UNSUPPORTED_MOVES
from support.engine_watch import Tallies, watched

YEAR = 365.25
PAID = ("full-time coaches", "overtime seconds", "vacancies filled", "booked", "sick days", "training days")


def counted(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Digest and counts of one run."""
    inputs, tallies = prepare(scenario), Tallies()
    hours, customers = Hours(tallies, inputs), Customers(tallies, inputs)
    coaches = Coaches(tallies, inputs, hours, reference_day(scenario, inputs))
    with watched(hours, Appointments(tallies, inputs, hours), coaches, customers):
        run = RunInProgress(inputs, seed, 0)
        simpy_engine.play(run)
    for one in (hours, coaches, customers):
        one.finish_counting()
    count_money(tallies, inputs)
    return {"digest": run.log().digest, "counts": tallies.lists()}


def reference_day(scenario: Scenario, inputs: Inputs) -> int:
    """Day of the date given, else of the first change, else of the start of counting."""
    period = inputs.settings[0].period
    date = period.reference_date or min((change.date for change in scenario.changes), default=period.start)
    return (date - inputs.first_day).days


def count_money(tallies: Tallies, inputs: Inputs) -> None:
    """Pounds of each day at the prices then in force."""
    week = len(inputs.settings[0].office.open_days)
    counted = {name: dict(tallies.by_day(name)) for name in PAID}
    for day in range(inputs.run_days):
        settings = inputs.settings[int(inputs.days["period"][day]) - 1]
        money = settings.money
        working_day = money.salary_pounds / (week * YEAR / 7)
        pounds = {
            "salaries": counted["full-time coaches"].get(day, 0) * money.salary_pounds / YEAR,
            "overtime pounds": counted["overtime seconds"].get(day, 0) / 3600 * money.overtime_pounds_per_hour,
            "hiring pounds": counted["vacancies filled"].get(day, 0) * money.hire_pounds,
            "reminders pounds": counted["booked"].get(day, 0) * money.reminder_pounds * settings.policies.reminders.on,
            "sickness pounds": counted["sick days"].get(day, 0) * working_day,
            "training pounds": counted["training days"].get(day, 0) * working_day,
        }
        for name, amount in pounds.items():
            tallies.add(name, day, amount)


def main(name: str, seeds: tuple[int, ...]) -> None:
    """Counts these runs of a scenario."""
    scenario = (COUNTED | UNSUPPORTED_MOVES)[name]()
    print(json.dumps([{"seed": seed} | counted(scenario, seed) for seed in seeds]))
