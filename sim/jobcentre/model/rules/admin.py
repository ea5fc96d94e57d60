"""Admin: how much each occasion makes, and when a coach works through lunch or past finish."""

from __future__ import annotations

import numpy as np

from jobcentre.model.compiling import jit
from jobcentre.model.events import Task
from jobcentre.model.inputs import seconds


@jit
def planned_seconds(fig: np.ndarray, kind: int, is_complex: int, referral_minutes: float) -> int:
    """Planned seconds of a task of this kind (M2, E9, E10, A8), a referral's by its own minutes; 0: the occasion makes none."""
    if kind == Task.JOURNAL or kind == Task.CHASED:
        return seconds(fig["admin_journal_minutes"][0])
    if kind == Task.TRAINING_OTHERS:
        return seconds(fig["hiring_trainer_minutes_per_day"][0])
    if kind == Task.HELD:
        minutes = fig["admin_held_minutes"][0]
    elif kind == Task.FIRST_MEETING:
        minutes = fig["admin_first_meeting_minutes"][0]
    elif kind == Task.FAILED:
        minutes = fig["admin_failed_minutes"][0]
    elif kind == Task.REARRANGED:
        minutes = fig["admin_rearranged_minutes"][0]
    elif kind == Task.CANCELLED:
        minutes = fig["admin_cancelled_minutes"][0]
    elif kind == Task.NEW_CLAIM:
        minutes = fig["admin_new_claim_minutes"][0]
    elif kind == Task.REFERRAL:
        minutes = referral_minutes
    elif kind == Task.SAFEGUARDING:
        minutes = fig["admin_safeguarding_minutes"][0]
    elif kind == Task.DECISION:
        minutes = fig["admin_decision_minutes"][0]
    else:
        minutes = fig["policies_digital_minutes"][0]
    factor = fig["admin_factor"][0]
    if is_complex == 1:
        factor = factor * fig["admin_complex_factor"][0]
    return int(seconds(minutes) * factor + 0.5)


@jit
def left_of_task(planned: int, done: int) -> int:
    """Planned seconds left of an unfinished task; at least a minute, since how long it really needs is not known."""
    return max(60, planned - done)


@jit
def lunch_is_worked(backlog: int, free_today: int, threshold: int) -> bool:
    """Whether more is left than the rest of the day's free time and a threshold (A10)."""
    return backlog > free_today + threshold


@jit
def works_on(backlog: int, threshold: int, past_finish: int, most: int) -> bool:
    """Whether a coach works (on) past finish: the backlog is above the threshold and the day's most is not reached (A10)."""
    return backlog > threshold and past_finish < most


@jit
def chase_chance(per_week: float) -> float:
    """Chance that a customer chases on one working day on which something about them is overdue and they have not this week."""
    return min(1.0, per_week / 5.0)


@jit
def has_lapsed(working_days_past_due: int, lapse_days: int) -> bool:
    """Whether a task not begun has become pointless."""
    return working_days_past_due >= lapse_days
