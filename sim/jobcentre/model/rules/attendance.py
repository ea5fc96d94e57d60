"""Attendance: failure to attend and lateness."""

from __future__ import annotations

from jobcentre.model.compiling import jit


@jit
def failed_share(
    group_share: float,
    propensity: float,
    channel_factor: float,
    reminder_factor: float,
    rapport: float,
    rapport_factor: float,
    training_effect: float,
) -> float:
    """Chance that a customer fails to attend (E1, E5, E11, M14), at most 0.95.

    `rapport` runs from 0 to 1; `training_effect` is the share by which the coach's mental-health training lowers it.
    """
    share = group_share * propensity * channel_factor * reminder_factor
    share = share * (1.0 + (rapport_factor - 1.0) * rapport) * (1.0 - training_effect)
    return min(share, 0.95)


@jit
def rapport_level(unhurried: int, full_after: int) -> float:
    """Rapport from 0 to 1 after so many unhurried appointments with the same coach (M14, M15)."""
    if unhurried >= full_after:
        return 1.0
    return unhurried / full_after
