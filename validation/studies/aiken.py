"""Aiken and others 2002: burnout of nurses with one patient more each."""

from __future__ import annotations

from validation.studies.effects import Effect, Finding, odds_ratio
from validation.studies.offices import Offices

PATIENTS = 5.7  # of a nurse on average: one more is a caseload of 1 + 1 ÷ 5.7
BURNT_OUT = 0.43  # the share of nurses above the norm


def findings(offices: Offices) -> list[Finding]:
    """Odds of being among the most strained for a caseload that is larger by as much as one patient more is for a nurse."""
    days = offices.days
    first = days["day"].min()
    people = days[days["day"].between(first, first + 4)].groupby(["office", "coach"])["strain"].first().rename("strain").reset_index()
    people = people.merge(offices.caseloads, on="office")
    people["patients"] = (people["caseload"] / people["caseload"].mean() - 1) * PATIENTS
    burnt_out = people["strain"] >= people["strain"].quantile(1 - BURNT_OUT)
    ours = odds_ratio(burnt_out, people[["patients"]], people["office"], "patients")
    return [Finding("Aiken 2002", "D26", "one patient more, of 5.7", "burnt out, as 43 % are", Effect(1.23, 1.13, 1.34), ours)]
