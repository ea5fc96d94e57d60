"""Names of scenarios: they become names of files, on systems of every kind, and stand first in rows of tables."""

from __future__ import annotations

import re
import unicodedata

from sim.visible import visible

#: Bytes of a name: with what is added to it, 255 are the most that a file's name may have.
MOST_BYTES = 150
_OF_PATHS = '/\\:*?"<>|'
_OF_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE | re.ASCII)
#: What a spreadsheet takes for a formula, a command for an option, and a system for a hidden file.
_NOT_FIRST = "=+-@. "
_NOT_LAST = ". "

NAMES = "rename it, for example to our_office.yaml"

MOST_IN_TITLE = 200


def wrong_with_name(name: str) -> str | None:
    """Why a scenario cannot be called so, if it cannot."""
    bad = next((one for one in name if one in _OF_PATHS or unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), None)
    if bad is not None:
        return f"holds the character {_shown(bad)}"
    if len(name.encode()) > MOST_BYTES:
        return f"has {len(name)} characters, too many"
    if name[:1] in _NOT_FIRST:  # an empty name too
        return f"begins with `{name[:1]}`"
    if name[-1] in _NOT_LAST:
        return f"ends with `{name[-1]}`"
    return "is one that Windows keeps for itself" if _OF_WINDOWS.match(name) else None


def wrong_with_title(title: str) -> str | None:
    """Why a title cannot be shown in one line, if it cannot."""
    if len(title) > MOST_IN_TITLE:
        return f"has {len(title)} characters, more than {MOST_IN_TITLE}"
    bad = next((one for one in title if one in "\n\t" or visible(one) != one), None)
    if bad is None:
        return None
    return "has more than one line" if bad == "\n" else f"holds the character {_shown(bad)}, which cannot be shown"


def _shown(character: str) -> str:
    return f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
