"""Scenario files and what they extend, overrides, and all problems at once: a Scenario."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.scenario import evidence as ev
from jobcentre.scenario import files as find
from jobcentre.scenario.changes import NOT_GIVEN, Change, ChangeComplaint, last_day, timeline
from jobcentre.scenario.document import FORMAT, ScenarioFile, read_chain
from jobcentre.scenario.errors import Complaint, Problem, ScenarioError, did_you_mean
from jobcentre.scenario.evidence import Evidence
from jobcentre.scenario.files import NAMES, wrong_with_name
from jobcentre.scenario.named_changes import PREFIX, ChangeHistory, Layer, free_name, history, layers_of, named_items, read_changes
from jobcentre.scenario.numbers import how_to_write
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import ROOT, SchemaNode, node_at, step, suggest
from jobcentre.scenario.validate import build
from jobcentre.scenario.yaml_file import Node, NodePath, from_plain, nearest, plain, read, value_of


def overlay(parent: Node, variant: Node, problems: list[Problem], spot: SchemaNode | None = ROOT, path: NodePath = ()) -> Node:
    """The parent with the variant's values: mappings are merged, all else replaces; a row set to null is removed."""
    if not (parent.is_mapping and variant.is_mapping) or variant.whole:
        return variant
    if path and parent.children and not variant.children:
        hint = "name what in it is to change, or leave it out; a row is removed with `name: null`"
        problems.append(Problem(variant.file, variant.line, ".".join(path), "is empty, which changes nothing", hint))
    content = dict(parent.children)
    for key, child in variant.children.items():
        below = (*path, key)
        if child.value is None and spot is not None and spot.kind == "rows":
            if content.pop(key, None) is None:
                message = f"`{key}` is set to null, which removes it, but the parent scenario has no such row"
                problems.append(Problem(child.file, child.line, ".".join(below), message, did_you_mean(key, parent.children)))
        elif key in content:
            content[key] = overlay(content[key], child, problems, step(spot, key) if spot else None, below)
        else:
            content[key] = child
    return Node(content, variant.file, variant.line)


COMMAND_LINE = "--set"
SET = "set on the command line"
#: Of a name made from inputs, so that tables stay readable.
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world to simulate: settings at the start, dated changes, and what is known about the figures."""

    name: str
    file: str
    title: str
    question: str
    settings: Settings
    changes: tuple[Change, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    compared_with: str | None = None
    extends: tuple[str, ...] = ()
    context: str = ""
    catalogue: str = ""  # id of the scenario catalogue that this file answers

    def resolved(self, with_evidence: bool = False) -> dict[str, Any]:
        """All figures and changes as plain data, a complete scenario file without a parent.

        With evidence, a figure of which something is known is `{value, source, quality, range, note, why}`.
        """
        data: dict[str, Any] = {"format": FORMAT, "title": self.title, "catalogue": self.catalogue, "question": self.question}
        if self.context != self.question:
            data["context"] = self.context
        data |= {"compared_with": self.compared_with, "moves": dict(self.moves)}
        data = {key: value for key, value in data.items() if value} | self.settings.model_dump(mode="json")
        if self.changes:
            data["changes"] = {one.name: _change_as_data(one, with_evidence) for one in self.changes}
        for path, said in self.evidence.items() if with_evidence else []:
            *above, name = path.split(".")
            place = data
            for key in above:
                place = place[key]
            place[name] = ev.as_form(place[name], said)
        return data

    def with_inputs(self, values: Mapping[str, object], *, why: str, name: str | None = None) -> Scenario:
        """A copy with other inputs, by dotted path, under a name of its own; ScenarioError if they do not fit.

        An input is one at the start or, as `changes.surge.date` or `changes.surge.set.PATH`, one of a dated change.
        Without a name it is that of this scenario and the new values, or a hash of them where that is no name of a file.
        """
        varied = _varied(self, values, self.file, why)
        new = name or "-".join([self.name, *(f"{path.rpartition('.')[2]}-{value}" for path, value in values.items())])
        if name is None and (len(new) > LONGEST_NAME or wrong_with_name(new)):
            new = f"{self.name}-{hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:10]}"
        if wrong := wrong_with_name(new):
            raise ScenarioError([Problem(self.file, None, "", f"`{new}` cannot be the name of a scenario: it {wrong}", NAMES)])
        return replace(varied, name=new)


def load(name_or_path: str | Path, sets: Mapping[str, object] | None = None) -> Scenario:
    """The scenario of a file or bare name, with figures set on the command line; ScenarioError holds all problems."""
    scenario, problems = _examine(name_or_path, sets or {})
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario


def load_kept(file: Path) -> Scenario:
    """The scenario of a results folder, which is complete: what it was compared with need not be there.

    A folder from before format 2 has a list of changes, which is read too.
    """
    scenario, problems = _examine(file, {}, lists_too=True)
    problems = [one for one in problems if one.path != "compared_with"]
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario


def check_file(path: str | Path) -> list[Problem]:
    """All problems of a scenario file."""
    return _examine(path, {})[1]


def change_history(name_or_path: str | Path) -> list[ChangeHistory]:
    """From which files the changes of a scenario come, those that one of them removes included."""
    place = _place(name_or_path)
    return [] if isinstance(place, Problem) else history(_layers(read_chain(place)[0]))


class Listed(NamedTuple):
    """A scenario file as a list shows it."""

    name: str
    path: Path
    title: str
    catalogue: str


def find_scenarios() -> list[Listed]:
    """Every scenario file, in order of path; a name found twice counts where it is found first."""
    found: dict[str, Listed] = {}
    for folder in find.folders():
        for path in find.scenario_files(folder):
            found.setdefault(path.stem, _listed(path))
    return list(found.values())


def vary(scenario: Scenario, values: Mapping[str, object]) -> Scenario:
    """A copy with other figures at the start or in dated changes, by dotted path; ScenarioError if they do not fit."""
    return _varied(scenario, values, scenario.file, "varied")


def with_change(scenario: Scenario, change: Change) -> Scenario:
    """A copy with one more dated change, which is named after what it sets if it has no name; ScenarioError if it does not fit."""
    taken = [one.name for one in scenario.changes]
    if change.name in taken:
        raise ScenarioError([Problem(scenario.file, None, PREFIX + change.name, "is the name of another change", "choose another")])
    change = change if change.name else replace(change, name=free_name(change.set, taken))
    changes = tuple(sorted((*scenario.changes, change), key=lambda one: one.date))
    return _with_changes(replace(scenario, changes=changes))


def periods(scenario: Scenario) -> list[tuple[dt.date, Settings]]:
    """The settings in force from each date on; the first entry is the first simulated date."""
    entries, complaints = timeline(scenario.settings, scenario.changes)
    if complaints:
        raise ScenarioError(_change_problems(complaints, scenario))
    return entries


def in_force(scenario: Scenario, date: dt.date) -> Scenario:
    """The scenario with the inputs in force on a date and without changes; ScenarioError outside the simulated dates."""
    entries, last = periods(scenario), last_day(scenario.settings.period)
    if not entries[0][0] <= date <= last:
        fix = f"give one from {entries[0][0]} to {last}"
        raise ScenarioError([Problem(scenario.file, None, "", f"simulates no {date}", fix)])
    settings = next(settings for first, settings in reversed(entries) if first <= date)
    begun = {path: known for change in scenario.changes if change.date <= date for path, known in change.evidence.items()}
    return replace(scenario, settings=settings, changes=(), evidence={**scenario.evidence, **begun})


def _change_as_data(change: Change, with_evidence: bool) -> dict[str, Any]:
    values = dict(change.set)
    for path, said in change.evidence.items() if with_evidence else []:
        if path in values and said.source:
            values[path] = ev.as_form(values[path], said)
    return {"date": change.date.isoformat(), "over_days": change.over_days, "why": change.why or NOT_GIVEN, "set": values}


def _listed(path: Path) -> Listed:
    node, _ = read(path)
    texts = {key: child.value for key, child in node.children.items() if isinstance(child.value, str)} if node else {}
    return Listed(path.stem, path, str(texts.get("title", "")), str(texts.get("catalogue", "")))


def _place(name_or_path: str | Path) -> Path | Problem:
    """The file meant, or what is wrong."""
    return Path(name_or_path) if isinstance(name_or_path, Path) and name_or_path.suffix else find.locate(str(name_or_path))


def _layers(chain: Sequence[ScenarioFile]) -> list[Layer]:
    """What each file of a chain says of changes."""
    return [Layer(one.name, one.changes) for one in chain if one.changes is not None]


def _examine(name_or_path: str | Path, sets: Mapping[str, object], lists_too: bool = False) -> tuple[Scenario | None, list[Problem]]:
    """The scenario, if its figures can be used at all, and everything that is wrong with it."""
    place = _place(name_or_path)
    if isinstance(place, Problem):
        return None, [place]
    scenario, problems = _examine_file(place, sets, lists_too)
    return scenario, _without_words_of_others(problems, place)


def _examine_file(place: Path, sets: Mapping[str, object], lists_too: bool) -> tuple[Scenario | None, list[Problem]]:
    chain, problems = read_chain(place)
    if not chain:
        return None, problems
    tree, known = _combined(chain, problems)
    own = chain[-1]
    wrong = wrong_with_name(own.name)
    if wrong is not None:
        problems.append(Problem(own.file, None, "", f"the name of the file {wrong}: the names of results could not hold it", NAMES))
    layers = _layers(chain)
    if lists_too:
        layers = [one._replace(node=_named(one.node)) for one in layers]
    values: dict[str, object] = {}
    try:
        values = _typed(sets)
        layers += layers_of(_dated(values), COMMAND_LINE, own.name, SET)
    except ScenarioError as error:
        problems += error.problems
    changes, places = read_changes(layers, problems)
    built = build(plain(tree))
    problems += [_located(tree, one.path, one.message, one.suggestion) for one in built.complaints]
    if built.settings is None:
        return None, _by_cause(problems, chain, sets, lists_too)
    ancestors = tuple(one.name for one in reversed(chain[:-1]))
    scenario = Scenario(
        own.name, own.file, own.title, own.question, built.settings, (), known, own.moves, own.compared_with, ancestors, own.context,
        own.catalogue,
    )  # fmt: skip
    if start := _at_start(values):
        try:
            scenario = _varied(scenario, start, COMMAND_LINE, SET)
        except ScenarioError as error:
            return None, _in_order(problems + error.problems, own.file)
    _, complaints = timeline(scenario.settings, changes)
    for number, complaint in complaints:
        name = changes[number].name
        at = nearest(places[name], complaint.path[:1])
        problems.append(Problem(at.file, at.line, _change_path(name, complaint), complaint.message, complaint.suggestion))
    return replace(scenario, changes=tuple(changes)), _by_cause(problems, chain, sets, lists_too)


def _without_words_of_others(problems: Sequence[Problem], own: Path) -> list[Problem]:
    """Problems of which those in files that a scenario names outside its own and the known folders are only counted.

    A scenario from somebody else could name any file, and what is wrong in it would be shown line by line.
    """
    if all(one.file in (str(own), COMMAND_LINE) for one in problems):
        return list(problems)
    near = {above for above in own.resolve().parents if above.name == find.PACKAGE_SCENARIOS.name}
    near |= {own.resolve().parent, Path.cwd(), *(folder.resolve() for folder in find.folders())}
    told: list[Problem] = []
    elsewhere: dict[str, int] = {}
    for one in problems:
        file = Path(one.file).resolve()
        if one.file == COMMAND_LINE or file == own.resolve() or near & {*file.parents}:
            told.append(one)
        else:
            elsewhere[one.file] = elsewhere.get(one.file, 0) + 1
    for name, number in elsewhere.items():
        message = f"cannot be extended: {number} problem{'s' * (number > 1)} in it"
        told.append(Problem(name, None, "", message, f"it lies elsewhere; `jobcentre check {name}` says more"))
    return told


def _combined(chain: Sequence[ScenarioFile], problems: list[Problem]) -> tuple[Node, dict[str, Evidence]]:
    """The figures of a chain of files, the oldest first, and what is said about them."""
    tree = chain[0].figures
    known = dict(chain[0].evidence)
    for variant in chain[1:]:
        problems += _unexplained(tree, variant)
        tree = overlay(tree, variant.figures, problems)
        known = ev.merged(known, variant.evidence, tree)
    return tree, known


def _unexplained(parent: Node, variant: ScenarioFile) -> list[Problem]:
    """The figures that a variant changes without saying why."""
    hint = "write `{value: …, why: …}`, or add `why:` to the section"
    found = []
    for path, node in variant.bare:
        at = nearest(parent, path)
        if (at.is_mapping or node.is_mapping or repr(at.value) != repr(node.value)) and node_at(path) is not None:
            found.append(Problem(node.file, node.line, ".".join(path), "is changed without saying why", hint))
    return found


def _located(tree: Node, path: Sequence[str], message: str, suggestion: str | None) -> Problem:
    at = nearest(tree, path)
    return Problem(at.file, at.line, ".".join(path), message, suggestion)


def _by_cause(problems: Sequence[Problem], chain: Sequence[ScenarioFile], sets: Mapping[str, object], lists_too: bool) -> list[Problem]:
    """Problems in order: an inherited figure that is right in the file extended is told as a problem of the file that extends it."""
    own = chain[-1]
    others = [one for one in problems if one.file != own.file]
    if sets or not others or len(chain) == 1:
        return _in_order(problems, own.file)
    _, of_parent = _examine_file(Path(chain[-2].file), {}, lists_too)
    inherited = {(one.path, one.message): one for one in of_parent}
    kept = [inherited[one.path, one.message] for one in others if (one.path, one.message) in inherited]
    caused = [_caused(one, own) for one in others if (one.path, one.message) not in inherited]
    direct = [one for one in problems if one.file == own.file]  # first: they may be the reason of the rest
    return [*_in_order(direct, own.file), *_in_order(caused, own.file), *_in_order(kept, own.file)]


def _caused(problem: Problem, own: ScenarioFile) -> Problem:
    """A problem of an inherited figure, where the file that causes it says something nearest to that figure."""
    at = nearest(own.figures, problem.path.split("."))
    inherited = f"`{problem.path}` is inherited from {problem.file}" + (f":{problem.line}" if problem.line else "")
    hint = f"{problem.suggestion}; {inherited}" if problem.suggestion else inherited
    return problem._replace(file=own.file, line=None if at is own.figures else at.line, suggestion=hint)


def _in_order(problems: Sequence[Problem], own: str) -> list[Problem]:
    """Problems without repetition, those of the scenario's own file first, by file and line."""
    return sorted(dict.fromkeys(problems), key=lambda one: (one.file != own, one.file, one.line or 0))


def _typed(sets: Mapping[str, object]) -> dict[str, object]:
    """Values from a command line; text is read as YAML."""
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for path, value in sets.items():
        try:
            values[path] = value_of(value) if isinstance(value, str) else value
        except ValueError as error:
            problems.append(Problem(COMMAND_LINE, None, path, str(error)))
            continue
        problems += _several(path, values[path])
    if problems:
        raise ScenarioError(problems)
    return values


_SEVERAL = re.compile(r"[^,:]+(?:,[^,:]+)+|[-+0-9.eE ]+(?::[-+0-9.eE ]+){1,2}", re.ASCII)


def _several(path: str, value: object) -> list[Problem]:
    """Complains of what may be meant as several values, where a figure has one."""
    node = node_at(path.rpartition(".set.")[2].split("."))
    if node is None or node.kind != "figure" or typing.get_origin(node.inner) is tuple or node.inner is str:
        return []
    if not isinstance(value, tuple) and not (isinstance(value, str) and _SEVERAL.fullmatch(value)):
        return []
    if node.unit == "time" and isinstance(value, str) and "," not in value:
        return []
    kind = {int: "a whole number", float: "a number"}.get(node.inner, "one value")
    number = how_to_write(value, node.inner is int) if isinstance(value, str) and kind != "one value" else None
    shown = "a list" if isinstance(value, tuple) else repr(value) if len(str(value)) <= 60 else "a long text"
    hint = "`jobcentre sweep` tries several values" + (f"; as one number {number}" if number else "")
    return [Problem(COMMAND_LINE, None, path, f"is {shown} but must be {kind}", hint)]


def _dated(values: Mapping[str, object]) -> dict[str, object]:
    """What is given of dated changes."""
    return {path: value for path, value in values.items() if path.startswith(PREFIX)}


def _at_start(values: Mapping[str, object]) -> dict[str, object]:
    """What is given of the figures at the start."""
    return {path: value for path, value in values.items() if not path.startswith(PREFIX)}


def _named(changes: Node) -> Node:
    """Changes under names, which are made for those of a list."""
    return replace(changes, value=named_items(changes.value)) if isinstance(changes.value, tuple) else changes


def _varied(scenario: Scenario, values: Mapping[str, object], file: str, why: str) -> Scenario:
    """A validated copy with other figures at the start and in dated changes."""
    problems: list[Problem] = []
    if dated := _dated(values):
        changes, _ = read_changes(layers_of(dated, file, scenario.name, why), problems, scenario.changes)
        scenario, values = replace(scenario, changes=tuple(changes)), _at_start(values)
    tree = from_plain(scenario.settings.model_dump(mode="json"), scenario.file)
    said: dict[str, Evidence] = {}
    for dotted, value in values.items():
        path = tuple(dotted.split("."))
        if node_at(path) is None:
            problems.append(Problem(file, None, dotted, "there is no such figure", suggest(path)))
            continue
        node = from_plain(value, file)
        out = ev.SeparatedInputs(scenario.name)
        ev.strip(node, path, why, out)
        said |= out.evidence
        for key in reversed(path):
            node = Node({key: node}, file, None)
        tree = overlay(tree, node, problems)
    built = build(plain(tree)) if not problems else None
    if built is None or built.settings is None:
        complaints = built.complaints if built else []
        raise ScenarioError(problems + [Problem(file, None, ".".join(one.path), one.message, one.suggestion) for one in complaints])
    return _with_changes(replace(scenario, settings=built.settings, evidence=ev.merged(scenario.evidence, said, tree)))


def _with_changes(scenario: Scenario) -> Scenario:
    """The scenario, once its changes are known to fit its settings."""
    _, complaints = timeline(scenario.settings, scenario.changes)
    if complaints:
        raise ScenarioError(_change_problems(complaints, scenario))
    return scenario


def _change_problems(complaints: Sequence[ChangeComplaint], scenario: Scenario) -> list[Problem]:
    return [
        Problem(scenario.file, None, _change_path(scenario.changes[number].name, one), one.message, one.suggestion)
        for number, one in complaints
    ]


def _change_path(name: str, complaint: Complaint) -> str:
    """The path of a complaint about a change."""
    path = ".".join(complaint.path)
    return f"{PREFIX}{name}.{path}" if path in ("date", "over_days") else f"{PREFIX}{name}.set.{path}"
