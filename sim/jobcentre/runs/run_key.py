"""What determines a run: the version of the model, the resolved inputs and the seed, as one hash; beside it the number of the run."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from jobcentre.scenario import Scenario


def model_version() -> str:
    """Hash over the sources that decide what a run gives."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(f for part in ("scenario", "model", "metrics") for f in (root / part).rglob("*.py")):
        # line ends differ between systems, what they give does not
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def world_of(scenario: Scenario, seed: int) -> str:
    """Hash of all that decides the runs of a scenario; titles, reasons and sources do not."""
    changes = [[change.date.isoformat(), change.over_days, dict(change.set)] for change in scenario.changes]
    asked = {"model": _version(), "seed": seed, "figures": scenario.settings.model_dump(mode="json"), "changes": changes}
    # in the order in which they are written, which may decide something: rather a run made twice than a wrong one taken
    return hashlib.sha256(json.dumps(asked, separators=(",", ":"), default=str).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _version() -> str:
    """That of the sources as this process runs them."""
    return model_version()
