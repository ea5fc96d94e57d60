"""What came of making the runs of a results folder again, in words and as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim.experiments.manifest import Manifest
from sim.experiments.reproducing import Other, Reproduced

MOST_TOLD = 20


def versions_in_words(manifest: Manifest, others: Sequence[Other]) -> list[str]:
    """What was another version then, and what that means."""
    lines = [f"{one.what}: {one.then} then, {one.now or 'not installed'} now" for one in others]
    if any(one.what == "model" for one in others):
        made = f"; these runs were made from commit {manifest.commit}" if manifest.commit else ""
        lines.append(f"The model has changed since: other results are to be expected, and are no error{made}.")
    return lines


def in_words(found: Reproduced, manifest: Manifest) -> Iterator[str]:
    """What is not as it was, then a line on runs and one on files."""
    for run in found.other_runs[:MOST_TOLD]:
        digests = f" (then {run.then[:12]}, now {run.now[:12]})" if run.now and run.now != run.then else ""
        place = (f" in {run.office}" if run.office else "") + (f" at point {run.point}" if run.point else "")
        yield f"run {run.run} of {run.scenario}{place}: {run.message}{digests}"
    if len(found.other_runs) > MOST_TOLD:
        yield f"... and {len(found.other_runs) - MOST_TOLD} runs more"
    yield from (f"{one.file} {one.message}" for one in found.other_files)
    yield from (f"{name}: not made again, {file} is not the one that was run" for name, file in found.left_out.items())
    if found.runs:
        yield f"{found.runs - len(found.other_runs)} of {found.runs} runs gave the same event log and metrics"
    if manifest.failed:
        yield f"{manifest.failed} runs that failed then were not made again"
    yield f"{found.files - len(found.other_files)} of {found.files} files are as they were written"


def as_document(found: Reproduced, manifest: Manifest, others: Sequence[Other], engine: str) -> dict[str, Any]:
    """What `reproduce --json` prints."""
    return {
        "folder": manifest.file.parent, "seed": manifest.seed, "engine": engine, "equal": found.equal,
        "versions": list(others), "commit": manifest.commit,
        "runs": {"made": found.runs, "equal": found.runs - len(found.other_runs), "different": found.other_runs},
        "files": {"checked": found.files, "different": found.other_files},
        "left_out": list(found.left_out),
    }  # fmt: skip
