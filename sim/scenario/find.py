"""Finds files of scenarios, plans and tables of offices by path or bare name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sim.scenario.problems import Problem, did_you_mean

PACKAGE_SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SUFFIXES = (".yaml", ".yml")
#: Folders and files under `scenarios/` that hold something else.
PLANS = "plans"
SITES, TABLE = "sites", ".csv"
NOT_SCENARIOS = (PLANS, SITES)
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


def locate(name: str, beside: Path | None = None) -> Path | Problem:
    """The file of a scenario by path or bare name, or what is wrong.

    `beside` is the folder of the file that names it: looked in first, then the `scenarios` folder above it.
    """
    if len(name) > LONGEST_NAME:
        return Problem(name[:40] + "…", None, "", f"a name of {len(name)} characters is too long", "give a bare name or a path")
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
    if not known:
        return Problem(name, None, "", f"there is no scenario `{name}`", "give the path of a .yaml file")
    hint = did_you_mean(name, known) or "`jobcentre scenarios` lists them"
    return Problem(name, None, "", f"there is no scenario `{name}`", hint)


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
    if len(name) > LONGEST_NAME:
        return Problem(name[:40] + "…", None, "", f"a name of {len(name)} characters is too long", "give a bare name or a path")
    if not is_bare_name(name):
        return Path(name)
    known = {path.stem: path for path in plan_files()}
    if name in known:
        return known[name]
    hint = did_you_mean(name, known) or "give the path of a .yaml file, or the bare name of one under scenarios/plans/"
    return Problem(name, None, "", f"there is no plan `{name}`", hint)


def locate_sites(name: str, beside: Path | None = None) -> Path | Problem:
    """The table of offices of a path or of a bare name under `scenarios/sites/`, or what is wrong.

    `beside` is the folder of the file that names it, where a relative path is looked for first.
    """
    if len(name) > LONGEST_NAME:
        return Problem(name[:40] + "…", None, "", f"a name of {len(name)} characters is too long", "give a bare name or a path")
    if name.endswith(TABLE) or "/" in name or "\\" in name:
        return beside / name if beside is not None and os.path.isfile(beside / name) else Path(name)
    known: set[str] = set()
    for folder in folders():
        for path in sorted((folder / SITES).glob(f"*{TABLE}")):
            if path.stem == name:
                return path
            known.add(path.stem)
    hint = did_you_mean(name, known) or (f"there are {', '.join(sorted(known))}" if known else "give the path of a .csv file")
    return Problem(name, None, "", f"there is no table of offices `{name}`", hint)
