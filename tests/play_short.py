"""Plays the short scenarios and prints what they visited, as JSON; run in a process of its own so that it can be plain or checked."""

from __future__ import annotations

import json
import sys
import time

import numba

from sim.model import play, prepare
from tests.short_scenarios import SHORT, visited


def main() -> None:
    """Digest, rows and kinds visited of each short scenario (of all, or of those named)."""
    begun = time.perf_counter()
    scenarios = {}
    for name in sys.argv[1:] or SHORT:
        log = play(prepare(SHORT[name]()), 1, 0)
        scenarios[name] = {"digest": log.digest, "rows": len(log.rows), "visited": visited(log)}
    settings = {"plain": bool(numba.config.DISABLE_JIT), "checked": bool(numba.config.BOUNDSCHECK)}
    print(json.dumps({"settings": settings, "seconds": round(time.perf_counter() - begun, 1), "scenarios": scenarios}))


if __name__ == "__main__":
    main()
