"""Borritz and others 2006: burnout at a survey and sickness of the year after it, among people who work for people."""

from __future__ import annotations

from validation.studies.effects import Effect, Finding, rate_ratio
from validation.studies.offices import Offices

SURVEY, YEAR = 0, 364


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
        ("spells in a year", "spells", Effect(1.09, 1.02, 1.17)),
    ]
    return [
        Finding(
            "Borritz 2006", "D24", "a standard deviation of burnout more", outcome, published,
            rate_ratio(people[column], people[["burnout"]], people["size"], people["office"], "burnout"),
        )
        for outcome, column, published in of
    ]  # fmt: skip
