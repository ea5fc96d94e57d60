"""Before many runs: how many processes make them, and what they will take."""

from __future__ import annotations

from typing import Any

from sim.console.printing import print_json


def workers_for(cluster: str | None, jobs: int) -> int:
    """How many processes make runs; a cluster must be there, with the same versions."""
    if cluster is None:
        return max(jobs, 1)
    from sim.experiments.cluster import workers_of

    return workers_of(cluster)


def print_expected(told: dict[str, Any], as_json: bool) -> None:
    """Says what a sweep would do."""
    if as_json:
        print_json(told)
        return
    each = "" if told["seconds_a_run"] is None else f", about {told['seconds_a_run']:.2f} s each"
    print(f"{told['planned']} runs: {told['done']} are there, {told['missing']} to make{each}")
    seconds = told["seconds"]
    how_long = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
    print(
        f"About {how_long} with {told['workers']} process{'es' * (told['workers'] > 1)}, from runs timed just now\nFolder: {told['folder']}"
    )
