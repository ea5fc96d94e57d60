"""The picture of the rooms: read from the layer contract and from the imports, drawn as SVG."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sim" / "jobcentre"
PURPOSES = {
    "scenario": "what is assumed",
    "model": "what happens: a run and its event log",
    "metrics": "what is counted",
    "stats": "what numbers can say",
    "runs": "making, keeping and collecting runs",
    "studies": "questions that people ask",
    "report": "how results are shown",
    "diagnostics": "is it right?",
    "commands": "the command line",
}
_WIDTH, _HEIGHT, _ROW, _COLUMN, _MARGIN = 340, 62, 104, 380, 20


class Box(NamedTuple):
    """Where a room stands."""

    left: int
    top: int
    width: int


def layers() -> list[list[str]]:
    """Rooms from the top down, those of one layer together, as the layer contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if "containers" not in one and one["type"] == "layers")
    found = [[room.strip().removeprefix("jobcentre.") for room in row.split("|")] for row in rows]
    return [row for row in found if row[0] in PURPOSES]


def imports() -> dict[str, set[str]]:
    """The other rooms that each room imports from."""
    found = {room: {other for file in (PACKAGE / room).rglob("*.py") for other in _imported(file)} for room in PURPOSES}
    return {room: (others & set(PURPOSES)) - {room} for room, others in found.items()}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        yield from (name.split(".")[1] for name in names if name.startswith("jobcentre."))


def shown(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Arrows without those that a longer way shows already."""
    below = {room: _reached(arrows, room) for room in arrows}
    return {room: {to for to in arrows[room] if not any(to in below[by] for by in arrows[room] - {to})} for room in arrows}


def _reached(arrows: Mapping[str, set[str]], room: str) -> set[str]:
    return arrows[room].union(*(_reached(arrows, to) for to in arrows[room]))


def _boxes(rows: list[list[str]], arrows: Mapping[str, set[str]]) -> dict[str, Box]:
    """Two columns; a room alone in its layer spans both where its arrows lead to both."""
    second = {row[1] for row in rows if len(row) > 1}
    boxes = {}
    for place, row in enumerate(rows):
        wide = len(row) == 1 and bool(arrows[row[0]] & second)
        for column, room in enumerate(row):
            boxes[room] = Box(_MARGIN + column * _COLUMN, _MARGIN + place * _ROW, _COLUMN + _WIDTH if wide else _WIDTH)
    return boxes


def _arrow(start: Box, end: Box) -> str:
    low, high = max(start.left, end.left), min(start.left + start.width, end.left + end.width)
    one, other = (start.left + start.width // 2, end.left + end.width // 2) if low >= high else ((low + high) // 2,) * 2
    return f'<line x1="{one}" y1="{start.top + _HEIGHT}" x2="{other}" y2="{end.top - 3}" marker-end="url(#head)"/>'


def layers_svg() -> str:
    """The picture of docs/architecture.md."""
    rows, arrows = layers(), shown(imports())
    boxes = _boxes(rows, arrows)
    wide, high = _COLUMN + _WIDTH + 2 * _MARGIN, (len(rows) - 1) * _ROW + _HEIGHT + 2 * _MARGIN
    lines = [_arrow(boxes[room], boxes[to]) for room in sorted(boxes) for to in sorted(arrows[room])]
    rooms = [
        f'<rect x="{box.left}" y="{box.top}" width="{box.width}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{box.left + 16}" y="{box.top + 26}" class="room">{room}</text>'
        f'<text x="{box.left + 16}" y="{box.top + 48}">{PURPOSES[room]}</text>'
        for room, box in boxes.items()
    ]
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img"',
        'aria-label="The nine rooms and what each imports">',
        "<style>text{font:15px sans-serif;fill:#333}.room{font-weight:bold;font-size:17px;fill:#111}",
        "rect{fill:#eef3f8;stroke:#456}line{stroke:#456;stroke-width:2}</style>",
        '<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0L10 5L0 10z" fill="#456"/></marker></defs>',
        f'<rect width="{wide}" height="{high}" style="fill:#fff;stroke:none"/>',
    ]
    return "\n".join([*head, *lines, *rooms, "</svg>"]) + "\n"
