"""Rauhala and others 2007: sickness of nurses on wards whose workload is 30 % and more above the optimum."""

from __future__ import annotations

import pandas as pd

from validation.studies.effects import Effect, Finding, rate_ratio
from validation.studies.offices import Offices

OPTIMUM = 0.9  # `strain.sustainable_load`, which stands for the optimum of a ward
HIGH, ORDINARY = 1.3, (0.9, 1.1)  # times the optimum
YEAR, SELF_CERTIFIED = 364, 3  # days


def findings(offices: Offices) -> list[Finding]:
    """Absences of up to three days, which nurses certify themselves, and longer ones, in a year, by the office's mean load of that year."""
    days = offices.days[offices.days["day"] < YEAR]
    at_work = days[days["present"]]
    load = at_work.groupby("office")["load"].mean() / OPTIMUM
    high = load.index[load >= HIGH]
    ordinary = load.index[load.between(*ORDINARY)]
    people = at_work.groupby(["office", "coach"]).size().rename("time").reset_index()
    people = people[people["office"].isin(high.union(ordinary))]
    people["high"] = people["office"].isin(high)
    spells = offices.spells[offices.spells["day"] < YEAR]
    found = []
    for outcome, chosen, published in (
        ("absences of up to three days", spells["lost"].between(1, SELF_CERTIFIED), Effect(1.44, 1.13, 1.83)),
        ("longer absences", ~spells["lost"].between(1, SELF_CERTIFIED), Effect(1.49, 1.10, 2.03)),
    ):
        count = spells[chosen].groupby(["office", "coach"]).size()
        events = pd.Series([count.get((row.office, row.coach), 0) for row in people.itertuples()], index=people.index)
        ours = rate_ratio(events, people[["high"]], people["time"], people["office"], "high")
        fitted = outcome.startswith("absences")
        found.append(Finding("Rauhala 2007", "D22", "load of 1.3 times the optimum and more", outcome, published, ours, fitted))
    return found


def days_more(offices: Offices) -> tuple[float, int, int]:
    """Days of sickness a coach-year more in offices of high load than of ordinary load, and how many there are of each."""
    days = offices.days[offices.days["day"] < YEAR]
    load = days[days["present"]].groupby("office")["load"].mean() / OPTIMUM
    lost = days.groupby("office")["sick"].sum() / days.groupby("office")["coach"].size() * 253
    high, ordinary = load >= HIGH, load.between(*ORDINARY)
    return float(lost[high].mean() - lost[ordinary].mean()), int(high.sum()), int(ordinary.sum())
