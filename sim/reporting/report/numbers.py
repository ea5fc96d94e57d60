"""Numbers as a report shows them: each carries its exact value and says which entry of the saved tables it is."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from markupsafe import Markup, escape

from sim.metrics import BY_NAME
from sim.reporting.tables import shown

DASH = "–"


class Number(NamedTuple):
    """A value, how it is written, and what it is of: words that a test can follow back to the tables."""

    value: float
    text: str
    of: tuple[str, ...]

    def __html__(self) -> Markup:
        return Markup('<data value="{}" data-of="{}">{}</data>').format(repr(self.value), "|".join(self.of), self.text)


def number(value: float | None, unit: str, *of: object, signed: bool = False) -> Number | str:
    """A number in its unit; a dash where there is none."""
    if value is None or pd.isna(value):
        return DASH
    return Number(float(value), shown(float(value), unit, signed=signed), tuple(map(str, of)))


def whole(value: int, *of: object) -> Number:
    """A count."""
    return Number(int(value), f"{value:,}", tuple(map(str, of)))


def of_metric(value: float | None, metric: str, *of: object, signed: bool = False) -> Number | str:
    """A value of a metric in the metric's unit."""
    return number(value, BY_NAME[metric].unit, *of, signed=signed)


def interval(low: Number | str, high: Number | str) -> Markup:
    """An interval in brackets; says so where there is none."""
    if DASH in (low, high):
        return Markup("(no interval)")
    return say("({} to {})", *(end if isinstance(end, str) else bare(end) for end in (low, high)))


def bare(number: Number) -> Number:
    """A number without its unit, which stands beside the mean already."""
    return number._replace(text=number.text.removesuffix(" points").removesuffix(" %"))


def say(text: str, *parts: object, **named: object) -> Markup:
    """A sentence with numbers in it; all else that is filled in is written as plain text."""
    return Markup(text).format(*parts, **named)


def plain(part: object) -> str:
    """The words of a sentence without markup."""
    return Markup(escape(part)).striptags()
