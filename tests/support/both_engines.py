"""Runs that both engines must make alike."""

from __future__ import annotations

from jobcentre.diagnostics.divergence import Verification
from jobcentre.diagnostics.divergence_text import divergence_text
from jobcentre.diagnostics.verify import verify
from jobcentre.scenario import Scenario


def equal(scenario: Scenario, seed: int, runs: int = 1) -> Verification:
    """The scenario verified; fails with the words of the parting."""
    found = verify(scenario, seed, runs)
    assert found.divergence is None, divergence_text(found.divergence)
    return found
