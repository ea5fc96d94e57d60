"""Numbers as people write them: all that a text can mean, and how to write it so that it means one thing."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

MOST_DIGITS = 30

_SPACE = "[ \u00a0\u2009\u202f'\u2019_]"
_FORMS = [
    re.compile(
        rf"([-+]?)([0-9]+|[1-9][0-9]{{0,2}}(?:(?:{thousands}[0-9]{{3}})+|(?:{_SPACE}[0-9]{{3}})+))(?:{decimal}([0-9]+))?",
        re.ASCII,
    )
    for thousands, decimal in ((",", r"\."), (r"\.", ","))
]
_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
#: A decimal point where others put the mark of thousands.
_OF_THREE = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}\Z", re.ASCII)


class PointNumber(float):
    """A number such as 2.625, of which the point may be meant to part thousands; it keeps how it was written."""

    text: str

    def refused(self, *, whole: bool, low: float = -math.inf, high: float = math.inf) -> str | None:
        """What is wrong and how to write it, where a figure with these limits can have both readings; a whole number has always two."""
        small, large = sorted(readings(self.text), key=abs)
        if not whole and not low <= large <= high:
            return None
        fix = how_to_write(self.text, whole=True) if whole else f"write {unmistakable(repr(float(small)))} or {written(large)}"
        return f"`{self.text}` can be read in two ways, as {written(small)} and as {written(large)}: {fix}"

    @staticmethod
    def of(text: str) -> float:
        """The number of a text of YAML, with its text if that can be read in two ways."""
        if not _OF_THREE.match(text):
            return float(text) + 0.0  # -0.0 is 0
        number = PointNumber(text)
        number.text = text
        return number


def readings(text: str) -> tuple[Decimal, ...]:
    """All numbers that a text can mean, rising: points and commas part decimals or thousands, spaces and apostrophes thousands."""
    text = text.strip()
    matches = [form.fullmatch(text) for form in _FORMS] if len(text) <= MOST_DIGITS else []
    found = {
        Decimal(f"{match[1]}{re.sub('[^0-9]', '', match[2])}.{match[3] or 0}") + 0  # adding 0 makes -0 a 0
        for match in matches
        if match is not None
    }
    return tuple(sorted(found))


def number_of(text: str) -> float:
    """The only number that a text of the command line can mean, in digits 0 to 9; ValueError says how to write it."""
    text = text.strip()
    if len(text) > MOST_DIGITS or not _PLAIN.fullmatch(text):
        raise ValueError(how_to_write(text, whole=False) or f"`{text[:MOST_DIGITS]}` is not a number")
    number = PointNumber.of(text)
    if isinstance(number, PointNumber):
        raise ValueError(number.refused(whole=False))
    return number


def written(number: Decimal) -> str:
    """The number with a point and without thousands."""
    return format(number.normalize(), "f")


def unmistakable(text: str) -> str:
    """A decimal number so that no reader takes its point for a mark of thousands: 2.6250 for 2.625."""
    return f"{text}0" if _OF_THREE.match(text) else text


def how_to_write(text: str, whole: bool) -> str | None:
    """How to write a number so that it means one thing; None if it is no number in any way of writing."""
    digits = _in_plain_digits(text)
    found = readings(digits)
    numbers = [written(one) for one in found if not whole or one == one.to_integral_value()]
    others = [written(one) for one in found if written(one) not in numbers]
    if not found:
        return None
    if not numbers:
        return f"it reads as {' or '.join(others)}: write a whole number"
    return f"write {' or '.join(numbers)}" + (f", or a whole number instead of {others[0]}" if others else "")


def in_other_digits(text: str) -> str | None:
    """How to write a number in the digits 0 to 9, where a text is one in other digits or with `_` between them, which Python reads."""
    plain = _in_plain_digits(text).replace("_", "")
    return f"write {plain}" if plain != text and _PLAIN.fullmatch(plain) else None


def _in_plain_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)
