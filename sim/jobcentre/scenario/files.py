"""Finds scenarios, plans and tables of offices by name or path; names that every system can hold."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from jobcentre.scenario.errors import Problem, did_you_mean, visible

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


_PACKAGE = Path(__file__).resolve().parents[1]
#: Inside the package where it is installed from a wheel; at the top of a clone.
PACKAGE_SCENARIOS = next(folder for folder in (_PACKAGE / "scenarios", _PACKAGE.parents[1] / "scenarios") if folder.is_dir())
SUFFIXES = (".yaml", ".yml")
#: Folders and files under `scenarios/` that hold something else.
PLANS = "plans"
SITES, TABLE = "sites", ".csv"
TARGETS = "targets"
NOT_SCENARIOS = (PLANS, SITES, TARGETS)
SOURCES = "sources"
LONGEST_NAME = 1000


def folders() -> list[Path]:
    """The folders in which bare names are looked up: that of the current directory first, then the program's own."""
    here = Path("scenarios")
    found = [here] if here.is_dir() else []
    if PACKAGE_SCENARIOS.is_dir() and (not found or here.resolve() != PACKAGE_SCENARIOS):
        found.append(PACKAGE_SCENARIOS)
    return found


def scenario_files(folder: Path) -> Iterator[Path]:
    """The scenario files in a folder and below it, in order of path."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.suffix in SUFFIXES and path.stem != SOURCES and not hidden and not set(parts[:-1]) & set(NOT_SCENARIOS) and path.is_file():
            yield path


def is_bare_name(name: str) -> bool:
    """Whether a name is that of a scenario rather than a path."""
    return not name.endswith(SUFFIXES) and "/" not in name and "\\" not in name


def _unusable(name: str) -> Problem | None:
    """Why something names no file, whatever is there; a message begins with the name, so that an empty one is shown in quotes."""
    hint = "give a bare name or a path"
    if not name.strip():
        return Problem(f"'{name}'", None, "", "an empty name is none of a file", hint)
    if len(name) > LONGEST_NAME:
        return Problem(name[:40] + "…", None, "", f"a name of {len(name)} characters is too long", hint)
    return None


def locate(name: str, beside: Path | None = None) -> Path | Problem:
    """The file of a scenario by path or bare name, or what is wrong.

    `beside` is the folder of the file that names it: looked in first, then the `scenarios` folder above it.
    """
    if (unusable := _unusable(name)) is not None:
        return unusable
    if not is_bare_name(name):
        return Path(name) if beside is None else beside / name
    if beside is not None:
        for suffix in SUFFIXES:
            if os.path.isfile(beside / (name + suffix)):
                return beside / (name + suffix)
    known: set[str] = set()
    around = [above for above in ([beside, *beside.resolve().parents] if beside else []) if above.name == PACKAGE_SCENARIOS.name]
    for folder in [*around[:1], *folders()]:
        files = list(scenario_files(folder))
        known.update(path.stem for path in files)
        found = [path for path in files if path.stem == name]
        if len(found) > 1:
            listed = ", ".join(str(path) for path in found)
            return Problem(str(folder), None, "", f"{len(found)} files are called `{name}`: {listed}", "give the path of one of them")
        if found:
            return found[0]
    if (other := _of_another_kind(name, beside, "scenario", SUFFIXES)) is not None:
        return other
    if not known:
        return Problem(name, None, "", f"there is no scenario `{name}`", "give the path of a .yaml file")
    hint = did_you_mean(name, known) or "`jobcentre scenarios` lists them"
    return Problem(name, None, "", f"there is no scenario `{name}`", hint)


def _of_another_kind(name: str, beside: Path | None, kind: str, suffixes: tuple[str, ...]) -> Problem | None:
    """What is wrong with a file or folder that is there, but not called as a file of this kind must be."""
    place = os.path.join(beside or "", name)
    if not name or not os.path.exists(place):
        return None
    file = str(Path(place))
    if os.path.isdir(place):
        return Problem(file, None, "", f"is a folder, not a {kind}", f"name a {suffixes[0]} file in it")
    stem, suffix = os.path.splitext(name)
    hint = f"rename it to {stem}{suffix.lower() if suffix.lower() in suffixes else suffixes[0]}"
    return Problem(file, None, "", f"is no {kind}: its name does not end in {' or '.join(suffixes)}", hint)


def plan_files() -> list[Path]:
    """Every plan file, in order of path; of a name found twice the first."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted((folder / PLANS).glob("*")):
            if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file():
                found.setdefault(path.stem, path)
    return list(found.values())


def locate_plan(name: str) -> Path | Problem:
    """The file of a plan by path or bare name, or what is wrong."""
    if (unusable := _unusable(name)) is not None:
        return unusable
    if not is_bare_name(name):
        return Path(name)
    known = {path.stem: path for path in plan_files()}
    if name in known:
        return known[name]
    if (other := _of_another_kind(name, None, "plan", SUFFIXES)) is not None:
        return other
    hint = did_you_mean(name, known) or "give the path of a .yaml file, or the bare name of one under scenarios/plans/"
    return Problem(name, None, "", f"there is no plan `{name}`", hint)


def locate_sites(name: str, beside: Path | None = None) -> Path | Problem:
    """The table of offices of a path or of a bare name under `scenarios/sites/`, or what is wrong.

    `beside` is the folder of the file that names it, where a relative path is looked for first.
    """
    if (unusable := _unusable(name)) is not None:
        return unusable
    if name.endswith(TABLE) or "/" in name or "\\" in name:
        return beside / name if beside is not None and os.path.isfile(beside / name) else Path(name)
    known: set[str] = set()
    for folder in folders():
        for path in sorted((folder / SITES).glob(f"*{TABLE}")):
            if path.stem == name:
                return path
            known.add(path.stem)
    for place in dict.fromkeys((beside, None)):
        if (other := _of_another_kind(name, place, "table of offices", (TABLE,))) is not None:
            return other
    hint = did_you_mean(name, known) or (f"there are {', '.join(sorted(known))}" if known else "give the path of a .csv file")
    return Problem(name, None, "", f"there is no table of offices `{name}`", hint)
