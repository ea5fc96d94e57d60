"""Scenario files to begin with: starters with comments, or the scenario of an office."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jobcentre.scenario import ScenarioError, check_file, load
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.files import PACKAGE_SCENARIOS
from jobcentre.scenario.json_schema import json_schema
from jobcentre.scenario.schema import Settings
from jobcentre.studies import office_scenario as office
from jobcentre.studies.questionnaire import Answers, template
from jobcentre.studies.sanity_checks import disagreements, drifts

_OFFICE = """\
# A scenario says what differs from another one, and why. `jobcentre check our_office.yaml` finds mistakes.
format: 2
title: Our office
question: How overloaded are our coaches, which appointments are missed, and how many coaches leave?

# All figures that are not given here are those of the baseline: an ordinary team of 23 posts. `jobcentre show baseline`
# lists them with source and range; another parent can be named by its bare name or by a path.
extends: baseline

office:
  # A figure with its reason. Without `why` the file is refused.
  coaches: {value: 20, why: Twenty coaches are in post.}
  part_timers: {value: 3, why: Three of the twenty work three days a week.}

demand:
  # Customers belong to the office and not to its coaches: they stay when a coach leaves.
  posts: {value: 20, why: The office is funded for twenty posts.}

diary:
  # One reason for all figures of a section. Figures of a new office are often somebody's estimate: then say so.
  why: Our own booking rules.
  appointments_per_day: 20
  protected_admin_minutes: 30
"""

_SHORT = """\
# An option beside our office: only what is different stands here.
format: 2
title: Our office with three posts empty
question: What do three empty posts do to the coaches who are there?
extends: our_office
compared_with: our_office

# What you expect before you look. Results are never bent to it; it keeps everybody honest.
moves:
  load_mean: up
  overloaded_share: up

office:
  coaches: {value: 17, why: Three of twenty posts are empty.}
hiring:
  # freeze: leavers are not replaced either. `jobcentre show baseline hiring.policy` shows the choices' source.
  policy: {value: freeze, why: Recruitment is stopped.}
"""

_SURGE = """\
# Figures that change from a date, at once or over some days.
format: 2
title: Our office with a surge of new claims
question: How long do our coaches need to recover from three months with a third more starts?
extends: our_office
compared_with: our_office
moves:
  load_mean: up

changes:
  # A name of your own: `--set changes.redundancies.date=2024-02-05` varies it, and a file that extends this one can override it.
  redundancies:
    date: 2024-01-08
    why: A large employer closes; the size is our estimate.
    set:
      demand.starts_factor: 1.33
  back_to_ordinary:
    date: 2024-04-08
    # Day by day over four weeks.
    over_days: 28
    why: The last of those made redundant have claimed.
    set:
      demand.starts_factor: 1.0
"""

STARTERS = {"our_office": _OFFICE, "our_office_three_posts_empty": _SHORT, "our_office_surge": _SURGE}


SCHEMA_FILE = "scenario.schema.json"
FIRST_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"


class Written(NamedTuple):
    """Files written and files replaced; `notes` on the scenario of an office."""

    folder: Path
    written: list[str]
    replaced: list[str]
    notes: list[str]


def folder_for(named: Path | None) -> Path:
    """The folder that receives files: `scenarios` here, where bare names are looked up, unless that is the program's own."""
    own = PACKAGE_SCENARIOS.resolve()
    if named is None:
        return Path("my_scenarios") if Path("scenarios").resolve() == own else Path("scenarios")
    if named.resolve() == own or own in named.resolve().parents:
        raise usage_error(str(named), "belongs to the program", "name a folder of your own, such as my_scenarios")
    return named


def write_starters(folder: Path, force: bool) -> Written:
    """The starter scenarios and the schema for editors."""
    texts = {f"{name}.yaml": f"{FIRST_LINE}\n{text}" for name, text in STARTERS.items()}
    return write_all(folder, texts | _schema(), force)


def check_room_for_office(folder: Path, force: bool) -> None:
    """Refuses an existing file before the ten questions are asked."""
    _refuse_to_replace(folder, _there(folder, {f"{office.NAME}.yaml": ""} | _schema()), force)


def write_office(folder: Path, answers: Answers, base: Settings, force: bool) -> Written:
    """Gives the scenario of an office that passes `check`, with notes on drifting stocks and on answers that the model does not give."""
    text = office.scenario_text(answers, base, FIRST_LINE)
    name = f"{office.NAME}.yaml"
    with tempfile.TemporaryDirectory() as trial:
        file = Path(trial) / name
        file.write_text(text, encoding="utf-8")
        problems = check_file(file)
        if problems:
            raise ScenarioError([problem._replace(file=str(folder / name)) for problem in problems])
        scenario = load(file)
        notes = [*drifts(scenario), *disagreements(scenario, answers)]
    return write_all(folder, {name: text} | _schema(), force)._replace(notes=notes)


def write_template(file: Path, base: Settings, force: bool) -> Written:
    """An empty file of answers."""
    return write_all(file.parent, {file.name: template(base)}, force)


def write_all(folder: Path, texts: Mapping[str, str], force: bool) -> Written:
    """Writes all files or none; leaves equal files alone and refuses to replace others without `force`."""
    existing = _there(folder, texts)
    _refuse_to_replace(folder, existing, force)
    todo = {name: text for name, text in texts.items() if name in existing or not os.path.lexists(folder / name)}
    new_folders = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    temporary = {name: folder / f".{name}.{os.getpid()}.new" for name in todo}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in todo.items():
            temporary[name].write_text(text, encoding="utf-8", newline="\n")
        for name in todo:
            os.replace(temporary[name], folder / name)
    except BaseException:
        for path in temporary.values():
            path.unlink(missing_ok=True)
        for path in new_folders:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise
    return Written(folder, list(todo), existing, [])


def _refuse_to_replace(folder: Path, existing: Sequence[str], force: bool) -> None:
    if existing and not force:
        listed = ", ".join(str(folder / name) for name in existing)
        raise usage_error(str(folder), f"holds already: {listed}", "--force replaces them; or name another folder")


def _there(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Lists the existing files that would be replaced by different text."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise usage_error(str(folder), "is not a folder", "name a folder, or a name that is still free")
    existing = []
    for name, text in texts.items():
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            raise usage_error(str(path), "is a folder", "move it away, or name another folder")
        if os.path.lexists(path) and not (path.is_file() and not path.is_symlink() and path.read_bytes() == text.encode()):
            existing.append(name)
    return existing


def _schema() -> dict[str, str]:
    return {SCHEMA_FILE: json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"}
