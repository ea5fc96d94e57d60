"""What the baseline must come near, from what is known of ordinary load; Oxford's outcomes are not among it."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A range for one metric of the baseline, with the evidence it rests on."""

    metric: str
    group: str | None
    stated: str
    low: float
    high: float
    evidence: str
    caveat: str


BASELINE_TARGETS = (
    Target("leaving_rate_per_year", None, "8.5 %", 0.07, 0.10, "C1, V1", "the definition of turnover was not seen"),
    Target("sick_days_per_coach_year", None, "7.8–8.1 days", 6.0, 10.0, "D1, V7", "civil service, not DWP"),
    Target("stress_spell_share_per_year", None, "3.0–3.4 %", 0.02, 0.05, "D6, V9", "DWP, 2011–15"),
    Target("stress_days_per_spell", None, "21 days", 18.0, 25.0, "D7, D9, V10", "completed spells begun in the period"),
    Target("failed_to_attend_share", None, "14–17 %", 0.14, 0.17, "E1, V12", "2005–06, under older rules"),
    Target("conversation_time_share", None, "52 %", 0.45, 0.65, "B14, V18", "2005–06, the only value"),
    Target("decision_wait_weeks", "pre_wca", "about 22 weeks", 17.0, 28.0, "F11, V20", "derived there by Little's law, as here"),
    Target(
        "appointments_per_coach_day",
        None,
        "17–19",
        16.5,
        19.5,
        "A1, V17",
        "with the cap lifted to 40: out of demand and rules, not out of the cap",
    ),
)


class MixTarget(NamedTuple):
    """A range for a group's share of all customers of the health journey, those without contact included."""

    group: str
    stated: str
    low: float
    high: float


MIX_TARGETS = (
    MixTarget("pre_wca", "12–15 %", 0.08, 0.19),
    MixTarget("lcw", "18 %", 0.14, 0.22),
    MixTarget("lcwra", "67–71 %", 0.63, 0.75),
)  # F2 with V21's tolerance of 4 points
