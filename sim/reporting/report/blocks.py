"""What a report is made of: sections with sentences, tables and charts, each chart with a table of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go
from markupsafe import Markup

Cell = object  # a number, a sentence with numbers, or plain words


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names it. A folded one opens on demand and in print."""

    caption: str
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False
    long: bool = False  # too long for print


@dataclass(frozen=True)
class Chart:
    """A chart with its headline and, in words, what it shows."""

    id: str
    title: Cell
    figure: go.Figure
    about: str


@dataclass(frozen=True)
class Panels:
    """Small charts of one kind beside each other."""

    heading: str
    charts: Sequence[Chart]
    table: Table


@dataclass(frozen=True)
class Section:
    """One part of a report."""

    id: str
    heading: str
    lead: Cell
    blocks: Sequence[Markup | Table | Chart | Panels] = field(default_factory=tuple)


@dataclass(frozen=True)
class Page:
    """A whole report: its heading, the question, the answer with what must be known beside it, and its sections."""

    heading: Markup
    question: str
    answer: Markup
    caution: Markup | str
    sections: Sequence[Section]
