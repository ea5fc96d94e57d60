"""Load, pressure, strain and what strain does."""

from __future__ import annotations

from jobcentre.model.choices import ResponseForm
from jobcentre.model.compiling import jit
from jobcentre.model.events import LeavingCause


@jit
def load_of_day(worked: int, backlog: int, backlog_counted: int, contracted: int) -> float:
    """Work done and backlog (up to a limit) ÷ contracted time; above 1 the day is overloaded."""
    if contracted <= 0:
        return 0.0
    return (worked + min(backlog, backlog_counted)) / contracted


@jit
def pressure_of_day(load: float, sustainable: float, others: float, sensitivity: float, support: float, limit: float) -> float:
    """Pressure of a day of work (M4, M5): load above the sustainable and the weighted signs, as this coach feels them."""
    return min((max(0.0, load - sustainable) + others) * sensitivity / support, limit)


@jit
def backlog_pressure(backlog: int, contracted: int, weight: float) -> float:
    """Pressure of unfinished admin, in proportion to the contracted days that it would take; without a limit of its own (A10)."""
    return weight * backlog / max(1, contracted)


@jit
def next_strain(strain: float, pressure: float, kept: float) -> float:
    """Moving average of pressure over calendar days (D16): bounded by the largest pressure."""
    return strain * kept + pressure * (1.0 - kept)


@jit
def effect(strain: float, form: int, ceiling: float, half_effect: float) -> float:
    """Factor of strain on a hazard: saturating (Hill) up to its ceiling, or linear with slope ceiling − 1; 1 at no strain."""
    if form == ResponseForm.LINEAR:
        return 1.0 + (ceiling - 1.0) * strain
    square = strain * strain
    return 1.0 + (ceiling - 1.0) * square / (half_effect * half_effect + square)


@jit
def daily_leaving(base_per_year: float, year: float, tenure: float, strain_effect: float, contagion: float, after_stress: float) -> float:
    """Hazard of giving notice on one working day in post (C1, C10, M7, M9, A11)."""
    return base_per_year / year * tenure * strain_effect * contagion * after_stress


@jit
def contagion_of(days: int, peak: int, window: int) -> float:
    """How far a notice given so many working days ago counts (D19): in full, or rising to the peak and fading to the end of the window."""
    if days >= window:
        return 0.0
    if peak < 0:
        return 1.0
    return days / peak if days <= peak else (window - days) / (window - peak)


@jit
def contagion_factor(notices: float, per_leaver: float, most: int) -> float:
    """Extra leaving after colleagues' notices (M9, D19)."""
    return 1.0 + per_leaver * min(notices, most)


@jit
def cause_of_leaving(u: float, strain_effect: float, contagion: float, after_stress: float) -> LeavingCause:
    """Which part of the chance made the difference, in proportion: strain, illness and contagion add to it one after the other."""
    passed = u * strain_effect * after_stress * contagion
    if passed < 1.0:
        return LeavingCause.ORDINARY
    if passed < strain_effect:
        return LeavingCause.STRAIN
    return LeavingCause.ILLNESS if passed < strain_effect * after_stress else LeavingCause.CONTAGION
