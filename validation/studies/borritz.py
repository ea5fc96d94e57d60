"""Borritz and others 2006: burnout at a survey and sickness of the year after it, among people who work for people."""

from __future__ import annotations

from validation.studies.effects import Effect, Finding, rate_ratio
from validation.studies.offices import Offices

YEAR = 364
#: Of spells only the lower limit was read: the upper is taken to lie as far above on a logarithmic scale.
SPELLS, SPELLS_LOW = 1.09, 1.02


def findings(offices: Offices) -> list[Finding]:
    """Days and spells of the next year for each standard deviation of strain, over coaches of all offices."""
    days = offices.days
    first = days["day"].min()
    asked = days[days["day"].between(first, first + 4)].groupby(["office", "coach"])["strain"].first().rename("strain").reset_index()
    asked["burnout"] = (asked["strain"] - asked["strain"].mean()) / asked["strain"].std()
    year = days[days["day"] < YEAR]
    lost = year.groupby(["office", "coach"])["sick"].agg(["sum", "size"]).reset_index()
    spells = offices.spells[offices.spells["day"] < YEAR].groupby(["office", "coach"]).size().rename("spells").reset_index()
    people = asked.merge(lost, on=["office", "coach"]).merge(spells, on=["office", "coach"], how="left").fillna({"spells": 0})
    of = [
        ("days of absence in a year", "sum", Effect(1.21, 1.11, 1.32)),
        ("spells in a year", "spells", Effect(SPELLS, SPELLS_LOW, SPELLS**2 / SPELLS_LOW)),
    ]
    return [
        Finding(
            "Borritz 2006", "D24", "a standard deviation of burnout more", outcome, published,
            rate_ratio(people[column], people[["burnout"]], people["size"], people["office"], "burnout"),
        )
        for outcome, column, published in of
    ]  # fmt: skip
