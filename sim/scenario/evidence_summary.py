"""How well the figures of a scenario are supported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.scenario.evidence import QUALITIES, Evidence


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """Figures by quality, and the paths of those that nobody has published or for which only a reason is given."""

    counts: Mapping[str, int]
    assumed: tuple[str, ...]
    reason_only: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many figures there are."""
        return sum(self.counts.values()) + len(self.reason_only)


def evidence_summary(evidence: Mapping[str, Evidence]) -> EvidenceSummary:
    """The summary of what is said about figures, by dotted path."""
    by_quality = {quality: [path for path, said in evidence.items() if said.quality == quality] for quality in QUALITIES}
    return EvidenceSummary(
        counts={quality: len(paths) for quality, paths in by_quality.items()},
        assumed=tuple(by_quality["assumed"]),
        reason_only=tuple(path for path, said in evidence.items() if said.quality is None),
    )
