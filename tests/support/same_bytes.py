"""What must be equal byte for byte when the same is asked for again, elsewhere or after an interruption."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from jobcentre.runs import locks


def contents(folder: Path, but: Collection[str] = ("manifest.json", *locks.LOCKS)) -> dict[str, bytes]:
    """All files of results but the manifest, which tells times, and the locks."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name not in but}
