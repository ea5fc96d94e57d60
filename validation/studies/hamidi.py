"""Hamidi and others 2018: who is burnt out at a survey and has left two years later."""

from __future__ import annotations

from validation.studies.effects import Effect, Finding, risk_ratio
from validation.studies.offices import Offices

BURNT_OUT = 0.26  # the share of those asked


def findings(offices: Offices) -> list[Finding]:
    """Leaving within two years of the quarter of coaches with the most strain ÷ of the others."""
    days = offices.days
    first = days["day"].min()
    people = days[days["day"].between(first, first + 4)].groupby(["office", "coach"])["strain"].first().rename("strain").reset_index()
    people["burnt_out"] = people["strain"] >= people["strain"].quantile(1 - BURNT_OUT)
    gone = set(map(tuple, offices.notices[["office", "coach"]].to_numpy().tolist()))
    left = people.apply(lambda row: (int(row["office"]), int(row["coach"])) in gone, axis=1)
    ours = risk_ratio(left, people[["burnt_out"]], people["office"], "burnt_out")
    return [Finding("Hamidi 2018", "D25", "among the 26 % most strained", "has left within two years", Effect(2.1, 1.3, 3.3), ours)]
