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
    """The scenario over so many weeks; where it has changes, the first comes in the first counted week."""
    whole = load(file)
    values = {"period.warmup_weeks": warmup_weeks, "period.weeks": weeks, "period.reference_date": None}
    if not whole.changes:
        return vary(whole, values)
    first = whole.changes[0].date
    start = first - dt.timedelta(days=first.weekday())
    last = start + dt.timedelta(days=7 * weeks - 1)
    return vary(
        replace(whole, changes=tuple(one for one in whole.changes if one.date <= last)), values | {"period.start": start.isoformat()}
    )
