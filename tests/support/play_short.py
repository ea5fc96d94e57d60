"""Plays the short scenarios and prints what they visited, as JSON; run in a process of its own so that it can be plain or checked."""

from __future__ import annotations

import json
import sys
import time

import numba

from jobcentre.model import RunStopped, play, prepare
from jobcentre.model.rules.strain import load_of_day
from support.full_arrays import FULL, meeting_before_contacts, one_turn_at_an_instant, play_full
from support.short_scenarios import SHORT, visited


def main() -> None:
    """Digest, rows and kinds visited of each short scenario (of all, or of those named)."""
    begun = time.perf_counter()
    scenarios = {}
    for name in sys.argv[1:] or SHORT:
        log = play(prepare(SHORT[name]()), 1, 0)
        scenarios[name] = {"digest": log.digest, "rows": len(log.rows), "visited": visited(log)}
    stopped = {what: message_of(what) for what in FULL}
    settings = {"plain": bool(numba.config.DISABLE_JIT), "checked": bool(numba.config.BOUNDSCHECK)}
    moments = {
        "the team meeting goes before contacts": meeting_before_contacts(),
        "a coach has one turn at an instant": one_turn_at_an_instant(),
        "no contracted time, no load": load_of_day(100, 100, 100, 0) == 0.0,
    }
    seconds = round(time.perf_counter() - begun, 1)
    print(json.dumps({"settings": settings, "seconds": seconds, "scenarios": scenarios, "stopped": stopped, "moments": moments}))


def message_of(what: str) -> str:
    """The message with which a run stops whose array is full."""
    try:
        play_full(what)
    except RunStopped as stopped:
        return str(stopped)
    return "did not stop"


if __name__ == "__main__":
    main()
