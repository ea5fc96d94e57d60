"""The choices of a scenario that a rule or step acts on, as they stand in the arrays: numbered in the schema's order.

They are written out here because what is compiled must depend on the model's sources alone, not on the schema; a test
holds names and order to the schema's.
"""

from __future__ import annotations

from enum import IntEnum


class ResponseForm(IntEnum):
    """`responses.*.form`."""

    HILL = 0
    LINEAR = 1


class DiaryTemplate(IntEnum):
    """`diary.template`."""

    SPREAD = 0
    EARLIEST = 1


class SeenBy(IntEnum):
    """`diary.seen_by`."""

    BOOKED_COACH = 0
    WHOEVER_IS_FREE = 1


class BookedWith(IntEnum):
    """`groups.*.booked_with`."""

    OWN_FIRST = 0
    OWN_ONLY = 1
    POOLED = 2


class HiringPolicy(IntEnum):
    """`hiring.policy`."""

    REPLACE = 0
    FREEZE = 1
    INTAKE = 2


class FlexibilitiesTrigger(IntEnum):
    """`policies.flexibilities.trigger`."""

    OFF = 0
    CASELOAD = 1
    DELAY = 2


class MovedService(IntEnum):
    """`movements.*.service`."""

    ANY = 0
    UNDER_A_YEAR = 1
    OVER_A_YEAR = 2


class ReliefPolicy(IntEnum):
    """`policies.relief.policy`."""

    NONE = 0
    AFTER_BREAKDOWN = 1
    EARLY_WARNING = 2
    REFUSED = 3
