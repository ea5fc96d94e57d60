"""Dall'Ora and others 2025: an episode of sickness after seven days in which colleagues are missing."""

from __future__ import annotations

from validation.studies.effects import Effect, Finding, odds_ratio
from validation.studies.offices import Offices

WINDOW = 7  # calendar days
MOST = 1.0  # mean load: in an office that loses its coaches everything has a trend


def findings(offices: Offices) -> list[Finding]:
    """Odds that a spell begins on a day at work, by the share of the office's usual staff missing in the week before; ordinary offices."""
    load = offices.days[offices.days["present"]].groupby("office")["load"].mean()
    days = offices.days[offices.days["office"].isin(load.index[load < MOST])]
    present = days.groupby(["office", "day"])["present"].sum().unstack(fill_value=0).T
    share = present.div(present.mean())
    before = share.rolling(WINDOW - 2, min_periods=WINDOW - 2).mean().shift(1)  # five working days
    missing = (10 * (1 - before)).stack().dropna().rename("missing").reset_index()
    at_work = days[days["present"]].merge(missing, on=["office", "day"])
    begun = offices.spells.assign(next=True)[["office", "coach", "day", "next"]]
    begun["day"] -= 1  # a spell begins in the morning: the day before was the last at work
    at_work = at_work.merge(begun, on=["office", "coach", "day"], how="left")
    event = at_work["next"].notna()
    ours = odds_ratio(event, at_work[["missing"]], at_work["office"], "missing")
    return [Finding("Dall'Ora 2025", "D23", "10 % of colleagues missing over seven days", "a spell begins", Effect(1.02, 1.01, 1.03), ours)]
