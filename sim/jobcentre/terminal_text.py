"""Text that is safe to print; loads nothing, so that `doctor` can say what is missing."""

from __future__ import annotations

_WRITTEN_OUT = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
#: Marks that turn the order of letters round, so that a reader sees another text than the computer, and line separators.
_WRITTEN_OUT |= {code: f"\\u{code:04x}" for code in (0x61C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


_IN_ONE_LINE = _WRITTEN_OUT | {9: "\\t", 10: "\\n"}


def visible(text: str) -> str:
    """Text that moves no cursor, sets no colour and turns nothing round: such characters are written out."""
    return text.translate(_WRITTEN_OUT)


def in_one_line(text: object) -> str:
    """The same of what stands inside a line, as the name of a file does: ends of lines and tabs are written out as well."""
    return str(text).translate(_IN_ONE_LINE)
