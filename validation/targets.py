"""The mix of groups that the baseline must come near; the other targets stand in scenarios/targets/baseline.yaml."""

from __future__ import annotations

from typing import NamedTuple


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
