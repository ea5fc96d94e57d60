"""One handle for all arrays of an office, so that a step takes one argument instead of two dozen."""

from __future__ import annotations

from typing import Any

from jobcentre.model.compiling import COMPILES
from jobcentre.model.state import Arrays


def handle_of(arrays: Arrays) -> Any:
    """What steps take: where the arrays lie, or where nothing is compiled the arrays themselves; fields read the same."""
    if not COMPILES:
        return arrays
    from jobcentre.model.compiling.arrays import Handle

    return Handle(arrays)
