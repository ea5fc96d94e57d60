"""Rewrites older scenario files in the present format: their text is edited, so that comments and layout stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from jobcentre.scenario.changes import Change
from jobcentre.scenario.document import FORMAT, ScenarioFile, read_chain, wrong_with_format
from jobcentre.scenario.errors import Problem, ScenarioError
from jobcentre.scenario.named_changes import SECTION, Layer, figures_of, free_name, read_changes
from jobcentre.scenario.yaml_file import Node, parse, plain, text_of_file


class Edit(NamedTuple):
    """A part of a text and what stands there instead."""

    start: int
    end: int
    text: str


class Rewritten(NamedTuple):
    """A file before and after."""

    path: Path
    before: str
    after: str
    encoding: str = "utf-8"


@dataclass(slots=True)
class Upgrade:
    """Files that are rewritten together, in the order in which they have to be read; parents come along."""

    files: dict[Path, Rewritten] = field(default_factory=dict)
    nodes: dict[Path, Node | None] = field(default_factory=dict)

    def add_scenario(self, path: Path) -> list[Change]:
        """Takes in a file and all it extends; gives the changes of the scenario as they are called then."""
        chain, problems = read_chain(path)
        if not chain:
            raise ScenarioError(problems)
        layers: list[Layer] = []
        for document in chain:
            place = Path(document.file)
            if place.resolve() not in self.nodes:
                self._add(place, document, layers)
            node = self.nodes[place.resolve()]
            layers += [Layer(document.name, node)] if node is not None else []
        return read_changes(layers, [])[0]

    def _add(self, path: Path, document: ScenarioFile, layers: Sequence[Layer]) -> None:
        inherited = read_changes(layers, [])[0]
        node = document.changes
        is_old = node is not None and (isinstance(node.value, tuple) or (node.value is None and bool(inherited)))
        if node is not None and is_old:
            node = Node(dict(_named(node, layers, inherited, document)), node.file, node.line)
        self.nodes[path.resolve()] = node
        names = {name: child.value is None for name, child in node.children.items()} if node is not None and is_old else None
        text, root = text_and_root(path)
        changes = None if names is None or node is None else plain(node)
        edits = [*format_edits(text), *(_change_edits(text, names) if names is not None else [])]
        self.add_text(path, text, edits, plain(root) | {"format": FORMAT} | ({SECTION: changes} if names is not None else {}))

    def add_text(self, path: Path, text: str, edits: Sequence[Edit], content: Mapping[str, Any]) -> None:
        """Takes in an edited text; ScenarioError if it does not say what it should."""
        after = edited(text, edits)
        root, problems = parse(after, str(path))
        if root is None or problems or repr(_sorted(plain(root))) != repr(_sorted(content)):
            message, hint = "cannot be rewritten with its layout kept", "write each change under a name by hand"
            raise ScenarioError([Problem(str(path), None, "", message, hint)])
        self.files[path.resolve()] = Rewritten(path, text, after)


def _sorted(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same in order of its keys; what stands below them keeps its order."""
    return {key: content[key] for key in sorted(content)}


def text_and_root(path: Path) -> tuple[str, Node]:
    """The text of a YAML file as it stands, and its content; ScenarioError if it cannot be read or is of a newer format."""
    text = text_of_file(path)
    if isinstance(text, Problem):
        raise ScenarioError([text])
    root, problems = parse(text, str(path))
    if root is None or problems:
        raise ScenarioError(problems)
    given = root.children.get("format")
    if given is not None and not (isinstance(given.value, int) and given.value < FORMAT):
        problems = wrong_with_format(root)
    if problems:
        raise ScenarioError(problems)
    return text, root


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with some parts replaced."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def composed(text: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Keys and values at the top of a YAML text, with their marks."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return {key.value: (key, value) for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}


def place_of(text: str, path: str) -> tuple[int, int] | None:
    """Where the value of a figure begins and ends in a scenario's text."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in (*path.split("."), "value"):
        pairs = {name.value: child for name, child in node.value} if isinstance(node, yaml.MappingNode) else {}
        if key == "value" and key not in pairs and isinstance(node, yaml.ScalarNode):
            break
        if key not in pairs:
            return None
        node = pairs[key]
    return (node.start_mark.index, node.end_mark.index) if node is not None else None


def format_edits(text: str) -> list[Edit]:
    """The present format, as the first key where none is given."""
    content = composed(text)
    if "format" in content:
        _, value = content["format"]
        return [Edit(value.start_mark.index, value.end_mark.index, str(FORMAT))]
    first = next(iter(content.values()))[0].start_mark
    in_braces = text[: first.index].rstrip().endswith("{")
    return [Edit(first.index, first.index, f"format: {FORMAT}" + (", " if in_braces else _line_end(text) + " " * first.column))]


def key_edits(text: str, section: str, names: Mapping[str, str]) -> list[Edit]:
    """The edits that give keys of a section other names."""
    _, value = composed(text)[section]
    pairs = value.value if isinstance(value, yaml.MappingNode) else []
    renamed = [key for key, _ in pairs if names.get(key.value, key.value) != key.value]
    spans = [(key.start_mark.index, key.end_mark.index, key.value) for key in renamed]
    return [Edit(begin, end, text[begin:end].replace(name, names[name])) for begin, end, name in spans]  # quotation marks stay


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _named(node: Node, layers: Sequence[Layer], inherited: Sequence[Change], document: ScenarioFile) -> Iterable[tuple[str, Node]]:
    """The changes of a list by name, with null for those of the parent that it leaves out.

    One that sets the same figures as a change of the parent has its name, if the file then says the same as before.
    """
    items = node.value if isinstance(node.value, tuple) else ()
    if wrong := next((item for item in items if not item.is_mapping), None):
        raise ScenarioError([Problem(wrong.file, wrong.line, SECTION, "a change should hold date, why and set", "correct it first")])
    own: dict[str, Node] = {}
    for partners in (inherited, ()):
        own = _names(items, partners, inherited)
        gone = {one.name: Node(None, node.file, node.line) for one in inherited if one.name not in own}
        merged, _ = read_changes([*layers, Layer(document.name, Node(gone | own, node.file, node.line))], [])
        alone, _ = read_changes([Layer(document.name, Node(own, node.file, node.line))], [])
        if [(one, [*one.set]) for one in merged] == [(one, [*one.set]) for one in alone]:
            return [*gone.items(), *own.items()]
    raise AssertionError("names that no parent has can override nothing")


def _names(items: Sequence[Node], partners: Sequence[Change], inherited: Sequence[Change]) -> dict[str, Node]:
    """The items of a list under names: that of a partner which sets the same figures, else one that is free."""
    named: dict[str, Node] = {}
    for item in items:
        figures = figures_of(item)
        same = (one.name for one in partners if sorted(one.set) == sorted(figures) and one.name not in named)
        named[next(same, None) or free_name(figures, {*named, *(one.name for one in inherited)})] = item
    return named


def _change_edits(text: str, names: Mapping[str, bool]) -> list[Edit]:
    """The edits that give the changes of a list their names; of each name whether the change is removed."""
    key, value = composed(text)[SECTION]
    removed = [f"{name}: null" for name, is_removed in names.items() if is_removed]
    own = [name for name, is_removed in names.items() if not is_removed]
    if not isinstance(value, yaml.SequenceNode) or not value.value:
        space = " " if value.start_mark.index == value.end_mark.index else ""
        return [Edit(value.start_mark.index, value.end_mark.index, f"{space}{{{', '.join(removed)}}}")]
    if value.flow_style:
        return _flow_edits(value, own, removed)
    return _block_edits(text, key, value, own, removed)


def _flow_edits(value: yaml.SequenceNode, own: Sequence[str], removed: Sequence[str]) -> list[Edit]:
    begin, end = value.start_mark.index, value.end_mark.index
    names = [Edit(item.start_mark.index, item.start_mark.index, f"{name}: ") for name, item in zip(own, value.value, strict=True)]
    return [Edit(begin, begin + 1, "{" + "".join(f"{one}, " for one in removed)), *names, Edit(end - 1, end, "}")]


def _block_edits(text: str, key: yaml.Node, value: yaml.SequenceNode, own: Sequence[str], removed: Sequence[str]) -> list[Edit]:
    """A name instead of each dash; lines of a list that is not indented below its key move to the right."""
    column, line_end = value.start_mark.column, _line_end(text)
    right = 2 if column == key.start_mark.column else 0
    indent = " " * (column + right)
    starts = [match.end() for match in re.finditer(r"\A|\r\n|\n|\r", text)]
    after_key = starts[key.start_mark.line + 1]
    edits = [Edit(after_key, after_key, "".join(f"{indent}{one}{line_end}" for one in removed))]
    dashes = [
        token.start_mark
        for token in yaml.scan(text, Loader=yaml.SafeLoader)
        if isinstance(token, yaml.BlockEntryToken)
        and token.start_mark.column == column
        and value.start_mark.index <= token.start_mark.index < value.end_mark.index
    ]
    for name, dash, item in zip(own, dashes, value.value, strict=True):
        at = item.start_mark
        beside = at.line == dash.line and not item.flow_style
        replaced = (at.index, line_end + " " * (at.column + right)) if beside else (dash.index + 1, "")
        edits.append(Edit(dash.index, replaced[0], f"{' ' * right}{name}:{replaced[1]}"))
    if right:
        lines = range(value.start_mark.line, value.end_mark.line + (value.end_mark.column > 0))
        named = {dash.line for dash in dashes}  # their edits move them
        rows = [line for line in lines if line not in named and re.match(r" *(-|[ ]\S)", text[starts[line] :])]
        edits += [Edit(starts[line], starts[line], " " * right) for line in rows]
    return edits
