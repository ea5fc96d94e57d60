"""Attendance: failure to attend on the odds scale, and rapport."""

from __future__ import annotations

from jobcentre.model.compiling import jit

#: Working days later than planned beyond which waiting makes no further difference.
MOST_LATE_DAYS = 20


@jit
def failed_chance(group_share: float, ratios: float) -> float:
    """Chance that a customer fails to attend: the group's share, its odds multiplied by what bears on it (E1, E5, E11, E25, E26, M14)."""
    if group_share >= 1.0:
        return 1.0
    odds = group_share / (1.0 - group_share) * ratios
    return odds / (1.0 + odds)


@jit
def waiting_ratio(late_days: int, each_day: float) -> float:
    """Odds ratio of being seen so many working days later than planned (E25)."""
    ratio = 1.0
    for _ in range(min(late_days, MOST_LATE_DAYS)):
        ratio = ratio * each_day
    return ratio


@jit
def rapport_level(unhurried: int, full_after: int) -> float:
    """Rapport from 0 to 1 after so many unhurried appointments with the same coach (M14, M15)."""
    if unhurried >= full_after:
        return 1.0
    return unhurried / full_after
