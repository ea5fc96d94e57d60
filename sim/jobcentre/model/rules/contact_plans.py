"""Contact plans: when a phase ends and when the next appointment is due."""

from __future__ import annotations

from jobcentre.model.compiling import jit


@jit
def phase_ends(held_in_phase: int, appointments: int, days_in_group: int, days: float) -> bool:
    """Whether a phase has ended: after so many appointments held, or so many days since entering the group; 0: no such end."""
    if appointments > 0 and held_in_phase >= appointments:
        return True
    return days > 0.0 and days_in_group >= days


@jit
def next_due_index(due_index: int, held_index: int, every: int, tolerance: int) -> int:
    """Working-day index on which the next appointment is due.

    Held within the tolerance, the rhythm of due days is kept, but at least half the interval (rounded up) lies after the
    day held; else it counts from the day held, so that a full diary shows as lateness.
    """
    if held_index - due_index > tolerance:
        return held_index + every
    earliest = held_index + (every + 1) // 2
    return max(due_index + every, earliest)


@jit
def usual_contacts(weeks: float, first: float, later: float) -> float:
    """Appointments usually held in the last 13 weeks by somebody so many weeks in the group: `first` in the first 13, then `later`."""
    if weeks < 13.0:
        return first * weeks / 13.0
    if weeks < 26.0:
        return (first * (26.0 - weeks) + later * (weeks - 13.0)) / 13.0
    return later


@jit
def slots_needed(planned_seconds: int, slot_seconds: int) -> int:
    """Consecutive slots an appointment takes."""
    return max(1, (planned_seconds + slot_seconds - 1) // slot_seconds)


@jit
def cap_of_day(appointments: int, ramp: float, relief: float) -> int:
    """Most bookings of a coach on a day: the office's cap times ramp and relief, rounded down, but at least 1 if the cap is."""
    if appointments <= 0:
        return 0
    return max(1, int(appointments * ramp * relief + 1e-9))


@jit
def ramp_share(days_since_training: int, ramp_days: int, ramp_from: float) -> float:
    """Capacity of a newcomer so many working days after training (M10, C5)."""
    if ramp_days <= 0 or days_since_training >= ramp_days:
        return 1.0
    return ramp_from + (1.0 - ramp_from) * days_since_training / ramp_days
