"""Small scenario files for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobcentre.scenario import Problem
from support.places import SMALL


def write(folder: Path, text: str, name: str = "variant.yaml") -> Path:
    """Writes a file beside a copy of the small scenario."""
    (folder / "small.yaml").write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def variant(folder: Path, body: str, name: str = "variant.yaml") -> Path:
    """A scenario that extends the small one; the body begins on line 3."""
    return write(folder, f"title: A variant\nextends: small\n{body}", name)


def replaced(folder: Path, old: str, new: str) -> tuple[Path, int]:
    """The small scenario with one piece of text replaced, and the line it stands on."""
    text = SMALL.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} must occur once in the small scenario"
    path = folder / "small.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


def only(problems: Sequence[Problem]) -> Problem:
    """The one problem there is."""
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def as_json(value: Any) -> Any:
    """What YAML gives, with lists as JSON has them."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, tuple) else value
