"""Rewrites files of before the present format: scenarios with all they extend, plans of sweeps, answers to the questionnaire."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from jobcentre.scenario import Problem, ScenarioError, load
from jobcentre.scenario import files as find
from jobcentre.scenario.changes import Change
from jobcentre.scenario.document import FORMAT
from jobcentre.scenario.upgrade import Rewritten, Upgrade, format_edits, key_edits, text_and_root
from jobcentre.scenario.yaml_file import plain
from jobcentre.studies.questionnaire import read_answers
from jobcentre.studies.sweep_plan import Keys
from jobcentre.studies.sweep_plan_file import is_plan, scenario_place

_NUMBERED = re.compile(r"changes\[([1-9][0-9]{0,3})\]\.(.+)\Z", re.DOTALL)


def upgraded(names: Sequence[str]) -> list[Rewritten]:
    """The files that change, rewritten, those that scenarios extend included; ScenarioError holds all that stands in the way."""
    upgrade, problems = Upgrade(), list[Problem]()
    for name in names:
        try:
            _add(upgrade, name)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return [file for file in upgrade.files.values() if file.after != file.before]


def difference(file: Rewritten) -> str:
    """What changes in a file, as a unified diff."""
    before, after = (text.splitlines(keepends=True) for text in (file.before, file.after))
    name = file.path.as_posix()
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in unified_diff(before, after, name, name, n=2))


def write(files: Sequence[Rewritten]) -> None:
    """Puts rewritten files in place of those of before, all or, where one cannot be written, none; a link stays a link."""
    places = [file.path.resolve() for file in files]
    # putting a file in its place asks for no right to write to it
    if protected := [file for file, place in zip(files, places, strict=True) if not place.stat().st_mode & stat.S_IWUSR]:
        raise ScenarioError(Problem(str(file.path), None, "", "is write-protected", "allow writing to it") for file in protected)
    drafts = [place.with_name(f".{place.name}.{os.getpid()}.new") for place in places]
    try:
        for file, place, draft in zip(files, places, drafts, strict=True):
            draft.write_bytes(file.after.encode(file.encoding))
            shutil.copymode(place, draft)
        for place, draft in zip(places, drafts, strict=True):
            os.replace(draft, place)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def _add(upgrade: Upgrade, name: str) -> None:
    if name.lower().endswith(".csv"):
        read_answers(Path(name), load("baseline").settings)  # its questions have kept their names, so there is nothing to rewrite
    elif is_plan(name):
        _add_plan(upgrade, _found(find.locate_plan(name)))
    else:
        upgrade.add_scenario(_found(name))


def _add_plan(upgrade: Upgrade, path: Path) -> None:
    """A plan of a sweep; what it varies in the change of a number it varies in the change of that number's name."""
    text, root = text_and_root(path)
    content = plain(root) | {"format": FORMAT}
    edits = format_edits(text)
    if any(_NUMBERED.match(key) for key in content.get("figures") or {}):
        keys = Keys(path, root)
        scenarios = [upgrade.add_scenario(_found(scenario_place(keys, name))) for name, _ in keys.texts("scenarios")]
        names = {key: _named(key, scenarios, path) for key in content["figures"]}
        edits += key_edits(text, "figures", names)
        content["figures"] = {names[key]: value for key, value in content["figures"].items()}
    upgrade.add_text(path, text, edits, content)


def _found(place: str | Path | Problem) -> Path:
    """The file of a scenario, which may also be given by its bare name."""
    place = find.locate(place) if isinstance(place, str) else place
    if isinstance(place, Problem):
        raise ScenarioError([place])
    return place


def _named(key: str, scenarios: Sequence[Sequence[Change]], path: Path) -> str:
    """A key of a plan that names a change by its name."""
    match = _NUMBERED.match(key)
    if match is None:
        return key
    names = {changes[int(match[1]) - 1].name if int(match[1]) <= len(changes) else None for changes in scenarios}
    name = names.pop() if len(names) == 1 else None
    if name is None:
        message = f"`{key}` is not the same change in all scenarios of the plan"
        raise ScenarioError([Problem(str(path), None, key, message, "write changes.NAME instead of the number")])
    return f"changes.{name}.{match[2]}"
