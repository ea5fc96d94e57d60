"""What the pages of docs/results have in common: where they stand, their seed, their tables, and how their making is followed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SEED = 1
FOLDER = Path(__file__).parents[1] / "docs" / "results"


def say(text: str) -> None:
    """Tells whoever waits for a page how far it is."""
    print(text, file=sys.stderr, flush=True)


def number(value: float | None, share: bool) -> str:
    """A number as printed: shares in per cent."""
    if value is None or not np.isfinite(value):
        return "–"
    return f"{100 * value:.1f} %" if share else f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
