"""Whether what a command says when it refuses is told by the product itself, and a list of cases tried."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from typer.exceptions import TyperException

from jobcentre.runs.machine import TooLittleMemory
from jobcentre.scenario import ScenarioError


def own(error: BaseException) -> bool:
    """Whether an error is one that the product raises on purpose, with a place and a reason."""
    if isinstance(error, ScenarioError):
        return bool(error.problems) and all(problem.file and problem.message for problem in error.problems)
    if isinstance(error, OSError):
        return bool(error.filename and error.strerror)
    return isinstance(error, TyperException | TooLittleMemory)


def noted(kind: str, case: str, status: object, seconds: float, what: Sequence[str]) -> None:
    """Adds a case to the file that HOSTILE_LOG names: kind, case, status, seconds, most memory in MB so far, words."""
    if log := os.environ.get("HOSTILE_LOG"):
        import resource  # Windows has none

        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{kind}\t{case}\t{status}\t{seconds:.2f}\t{memory}\t{[word[:80] for word in what]!r}\n")
