"""Every scenario file over a few weeks, with its dated changes inside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from jobcentre.scenario import Scenario, load, vary
from support.places import SCENARIOS

FOLDER = SCENARIOS
FILES = sorted(path for folder in (FOLDER, FOLDER / "theory") for path in folder.glob("*.yaml") if path.stem != "sources")


def shortened(file: Path, warmup_weeks: int = 2, weeks: int = 3) -> Scenario:
    """The scenario over so many weeks; where it has changes or movements, the first comes in the first counted week."""
    whole = load(file)
    values: dict[str, object] = {"period.warmup_weeks": warmup_weeks, "period.weeks": weeks, "period.reference_date": None}
    movements = whole.settings.movements
    dates = [one.date for one in (*whole.changes, *movements.values())]
    if not dates:
        return vary(whole, values)
    first = min(dates)
    start = first - dt.timedelta(days=first.weekday())
    last = start + dt.timedelta(days=7 * weeks - 1)
    values |= {"period.start": start.isoformat()}
    values |= {f"movements.{name}": None for name, one in movements.items() if one.date > last}
    values |= {f"movements.{name}.until": last for name, one in movements.items() if one.date <= last and one.until and one.until > last}
    return vary(replace(whole, changes=tuple(one for one in whole.changes if one.date <= last)), values)
