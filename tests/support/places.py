"""Where the repository's files lie, and how a process of its own finds them."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
FROZEN = ROOT / "tests" / "frozen"
SMALL = ROOT / "tests" / "data" / "small.yaml"

#: The digest of no log.
OTHER_DIGEST = "xxh3-128:" + "0" * 32


def python_path(*before: Path, root: Path = ROOT) -> str:
    """PYTHONPATH of a process that runs the program of a checkout, whatever is installed."""
    return os.pathsep.join(map(str, [*before, root / "sim", root, ROOT / "tests"]))
