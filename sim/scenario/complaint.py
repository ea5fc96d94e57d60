"""What is wrong at a path of the settings, before it is known in which file and line that path was written."""

from __future__ import annotations

from typing import NamedTuple


class Complaint(NamedTuple):
    """A path, what is wrong there, and what was probably meant."""

    path: tuple[str, ...]
    message: str
    suggestion: str | None = None
