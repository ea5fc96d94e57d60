"""What management may do: each policy off or on, with its figures; one of them says at which value it is off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from jobcentre.scenario.field_types import Number, Section, Whole, figure


class Flexibilities(Section):
    """Shorter or fewer appointments while caseload or delay is above a trigger, reviewed on Mondays (M12)."""

    trigger: Literal["off", "caseload", "delay"] = figure("What sets it off", "choice", off="off")
    upper: Number = figure(
        "On above this (customers per coach available, or mean working days booked late)", "as the trigger", low=0, high=10000, decided=True
    )
    lower: Number = figure("Off below this", "as the trigger", low=0, high=10000, decided=True)
    first_meeting_minutes: Number = figure("Length of a first meeting while on", "minutes", low=1, high=480, decided=True)
    interval_factor: Number = figure("Factor on the days between reviews while on", "ratio", low=1, high=10, decided=True)
    minutes_factor: Number = figure("Factor on the minutes of reviews while on", "ratio", above=0, high=1, decided=True)


class Relief(Section):
    """A smaller diary for a coach in difficulty (A11, M11)."""

    policy: Literal["none", "after_breakdown", "early_warning", "refused"] = figure(
        "None, a phased return after a stress spell, or also on early warning; refused: one that is promised and not given",
        "choice",
        off="none",
    )
    diary_share: Number = figure("Daily cap of a relieved coach ÷ ordinary cap", "share", low=0, high=1, decided=True)
    return_days: Whole = figure("Length of a phased return", "working days", low=0, high=260, decided=True)
    return_protection: Number = figure("Share of the after-effect of a stress spell that a phased return removes", "share", low=0, high=1)
    refused_factor: Number = figure(
        "Leaving after a stress spell when relief was promised and not given ÷ when none was promised", "ratio", low=0, high=20, default=1.0
    )
    strain_mark: Number = figure("Early warning: strain at which relief begins", "strain", above=0, high=20, decided=True)
    backlog_mark_minutes: Number = figure("Early warning: backlog at which relief begins", "minutes", above=0, high=1e6, decided=True)
    until_share: Number = figure("Relief ends when both are below this share of their marks", "share", low=0, high=1, decided=True)


class Digital(Section):
    """Low-need reviews without a coach."""

    share: Number = figure("Share of low-need reviews handled without a coach", "share", low=0, high=1, off=0.0, decided=True)
    minutes: Number = figure("Coach's minutes for such a review (as admin)", "minutes", low=0, high=60)


class Outreach(Section):
    """Coaches posted elsewhere on some days."""

    coaches: Whole = figure("Coaches posted elsewhere", "coaches", low=0, high=4000, off=0, decided=True)
    days_per_week: Whole = figure("Days a week on which they are", "days per week", low=0, high=7, decided=True)


class Training(Section):
    """Mental-health training of coaches not yet trained."""

    coaches_per_week: Whole = figure(
        "Coaches sent on the course each week; 0: off", "coaches per week", low=0, high=1000, off=0, decided=True
    )
    notice_days: Whole = figure("How far ahead the course day is set", "working days", low=1, high=120, decided=True)


class Reminders(Section):
    """Reminders before appointments (E11)."""

    on: bool = figure("Whether reminders are sent", "yes or no", off=False)
    failed_factor: Number = figure("Failed-to-attend share with reminders ÷ without", "ratio", low=0, high=2)


class Policies(Section):
    """All policies."""

    flexibilities: Flexibilities = Field(description="Shorter or fewer appointments under pressure")
    relief: Relief = Field(description="Smaller diaries for coaches in difficulty")
    digital: Digital = Field(description="Reviews without a coach")
    outreach: Outreach = Field(description="Coaches posted elsewhere")
    training: Training = Field(description="Mental-health training")
    reminders: Reminders = Field(description="Reminders")


def off_values() -> dict[str, dict[str, Any]]:
    """By the name of each policy, the path of the figure that switches it off and its value then."""
    return {name: dict(declared_off(f"policies.{name}", field.annotation)) for name, field in Policies.model_fields.items()}


def declared_off(path: str, section: Any) -> Iterator[tuple[str, Any]]:
    """The figures of a section that say at which value a policy or rule is off, by path, with that value."""
    for key, field in section.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "off" in extra:
            yield f"{path}.{key}", extra["off"]
