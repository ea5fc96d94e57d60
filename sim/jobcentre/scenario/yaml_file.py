"""YAML 1.2 with the line of every value; refuses what invites mistakes."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from jobcentre.scenario.errors import Problem, visible
from jobcentre.scenario.numbers import MOST_DIGITS, PointNumber, unmistakable

Scalar = None | bool | int | float | str
NodePath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a tuple of nodes or a mapping of nodes, with the file and the line (from 1) it was written on.

    `whole` marks a mapping that replaces that of a parent scenario instead of being merged into it.
    """

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    file: str
    line: int | None
    whole: bool = False

    @property
    def children(self) -> dict[str, Node]:
        """The nodes of a mapping by key; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def is_mapping(self) -> bool:
        """Whether there are keys, or could be."""
        return isinstance(self.value, dict)


def plain(node: Node) -> Any:
    """The content without lines: scalars, tuples and dicts."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return tuple(plain(child) for child in node.value)
    return node.value


def from_plain(value: Any, file: str, line: int | None = None) -> Node:
    """A tree from Python values, as if all of it stood on one line."""
    if value is None or type(value) in (str, int, bool):  # most are
        return Node(value, file, line)
    if isinstance(value, dict):
        return Node({str(key): from_plain(child, file, line) for key, child in value.items()}, file, line)
    if isinstance(value, list | tuple):
        return Node(tuple(from_plain(child, file, line) for child in value), file, line)
    if hasattr(value, "isoformat"):
        return Node(value.isoformat(), file, line)
    if hasattr(value, "tolist"):
        return from_plain(value.tolist(), file, line)
    if isinstance(value, float):
        return Node(value if value else 0.0, file, line)  # -0.0 is 0
    return Node(value, file, line)


def nearest(node: Node, path: Sequence[str]) -> Node:
    """The node at a path, or the deepest one above it that exists."""
    for key in path:
        if key not in node.children:
            return node
        node = node.children[key]
    return node


def leaves(node: Node, path: NodePath = ()) -> Iterator[tuple[NodePath, Node]]:
    """Every scalar, list and empty mapping with its path."""
    if not node.children:
        yield path, node
    for key, child in node.children.items():
        yield from leaves(child, (*path, key))


MOST_BYTES = 1_000_000
MOST_LEVELS = 20
MOST_KEYS = 300
TOO_DEEP = (f"nested more than {MOST_LEVELS} levels deep", "no scenario needs so many levels; are brackets not closed?")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)\Z")
_NAN = re.compile(r"\.(?:nan|NaN|NAN)\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+\Z")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class _UnusableError(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.line, self.message, self.suggestion = line, message, suggestion


def read(path: Path) -> tuple[Node | None, list[Problem]]:
    """The content of a file and what is wrong with it; the content is None when it cannot be read at all."""
    text = text_of_file(path)
    return (None, [text]) if isinstance(text, Problem) else parse(text, str(path))


@lru_cache(maxsize=64)
def _parsed(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    unreadable = _UNREADABLE.search(text)
    if unreadable:
        line = text.count("\n", 0, unreadable.start()) + 1
        code = f"U+{ord(unreadable.group()):04X}"
        return None, (Problem(file, line, "", f"holds the character {code}, which cannot stand in a text file", "delete that character"),)
    try:
        return _document(_Loader(text), file, problems), tuple(problems)
    except _UnusableError as refused:
        problems.append(Problem(file, refused.line, "", refused.message, refused.suggestion))
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax(error, text, file))
    return None, tuple(problems)


def parse(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The content of a text and what is wrong with it; the content is None when it cannot be read at all."""
    node, problems = _parsed(text, file)
    return node, list(problems)


def scalar(text: str) -> Scalar:
    """The value of plain text under the core schema of YAML 1.2; ValueError where people would read it two ways."""
    if _LEADING_ZERO.match(text):
        raise ValueError(f"`{text}` begins with a zero, which some read as octal")
    if len(text) > MOST_DIGITS and (_INT.match(text) or _BASED.match(text) or _FLOAT.match(text)):
        raise ValueError(f"a number of {len(text)} characters is too long")
    if _NULL.match(text):
        return None
    if _TRUE.match(text) or _FALSE.match(text):
        return bool(_TRUE.match(text))
    if _INT.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return PointNumber.of(text)
    infinite = _INFINITE.match(text)
    if infinite:
        return -math.inf if infinite[1] == "-" else math.inf
    return math.nan if _NAN.match(text) else text


def value_of(text: str) -> Any:
    """A value typed on a command line: a scalar, or a list or mapping in brackets; ValueError if it cannot be read."""
    if text.strip()[:1] not in ("[", "{"):
        return scalar(text.strip())
    node, problems = parse(text, "")
    if node is None or problems:
        raise ValueError(problems[0].message)
    return plain(node)


def text_of_file(path: Path) -> str | Problem:
    """The text of an ordinary file in UTF-8, or why there is none."""
    file = str(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            return Problem(file, None, "", "is a folder, not a file", "name a .yaml file in it")
        if not stat.S_ISREG(status.st_mode):
            return Problem(file, None, "", "is not an ordinary file (a pipe or a device)", "save the scenario to a .yaml file first")
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Problem(file, None, "", "there is no such file", "check the name and the folder")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Problem(file, None, "", f"cannot be read: {reason}", "check the name and your right to read it")
    if len(data) > MOST_BYTES:
        return Problem(file, None, "", "is larger than 1 MB, too large for a scenario or plan", "is it the right file?")
    return _decoded(data, file)


def _decoded(data: bytes, file: str) -> str | Problem:
    """Text from bytes that must be UTF-8, with a byte order mark or without."""
    resave = "save the file as UTF-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(file, 1, "", "is written in UTF-16", resave)
    data = data.removeprefix(b"\xef\xbb\xbf")
    nul = data.find(b"\x00")
    if nul >= 0:
        return Problem(file, data.count(b"\n", 0, nul) + 1, "", "holds a NUL byte; it is not a text file", resave)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(file, line, "", f"is not written in UTF-8 (byte {data[error.start]:#04x})", resave)


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """A parser's complaint in words that help."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    lines = text.split("\n")
    row = lines[mark.line] if mark and mark.line < len(lines) else ""
    if mark and ("\t" in row[mark.column : mark.column + 1] or "\t" in row[: len(row) - len(row.lstrip())]):
        return Problem(file, line, "", "a tab stands where YAML wants spaces", "replace the tab by spaces")
    detail = (error.problem or "not understood").strip()
    if "nesting depth" in detail:  # the fast parser's own limit, from PyYAML 6.0.4 on
        return Problem(file, line, "", *TOO_DEEP)
    where = f" ({error.context.strip()})" if error.context else ""
    hint = "look at this line and the one above: indentation, a colon without a space after it, quotes or brackets not closed"
    return Problem(file, line, "", f"not readable as YAML: {detail}{where}", hint)


def _document(loader: Any, file: str, problems: list[Problem]) -> Node:
    """The one document of a file."""
    try:
        loader.get_event()
        start = loader.get_event()
        if isinstance(start, yaml.StreamEndEvent):
            raise _UnusableError(
                1, "is empty", "a scenario needs at least `title` and `extends`; a plan `title`, `scenarios` and `figures`"
            )
        if start.version not in (None, (1, 2)) or start.tags:
            raise _UnusableError(1, "directives other than `%YAML 1.2` are not used here", "delete the lines that begin with %")
        root = _node(loader, loader.get_event(), file, problems, 1, None)
        loader.get_event()
        extra = loader.get_event()
        if not isinstance(extra, yaml.StreamEndEvent):
            raise _UnusableError(
                extra.start_mark.line + 1, "a second document begins here; a file holds one", "put it in a file of its own"
            )
        return root
    finally:
        loader.dispose()


def _node(loader: Any, event: Any, file: str, problems: list[Problem], level: int, line: int | None) -> Node:
    """The node that begins with an event; `line` is that of its key."""
    here = event.start_mark.line + 1
    line = line or here
    if isinstance(event, yaml.AliasEvent):
        raise _UnusableError(
            here, f"the alias *{event.anchor} is not allowed", "write the value out, or put it in a parent file (`extends`)"
        )
    if event.anchor:
        raise _UnusableError(here, f"the anchor &{event.anchor} is not allowed", "delete it and write the value out where it is needed")
    if event.tag is not None:
        raise _UnusableError(here, f"the tag {event.tag} is not allowed", "delete it; plain values are enough")
    if level > MOST_LEVELS:
        raise _UnusableError(here, *TOO_DEEP)
    if isinstance(event, yaml.MappingStartEvent):
        return Node(_mapping(loader, file, problems, level), file, line)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(inner := loader.get_event(), yaml.SequenceEndEvent):
            items.append(_node(loader, inner, file, problems, level + 1, None))
        return Node(tuple(items), file, line)
    return Node(_scalar(event, file, problems), file, line)


def _scalar(event: Any, file: str, problems: list[Problem]) -> Scalar:
    if event.style not in (None, ""):
        return str(event.value)
    try:
        return scalar(event.value)
    except ValueError as error:
        bare = "-" * event.value.startswith("-") + (event.value.lstrip("+-0") or "0")
        hint = (
            f"write {bare} for the number, or '{event.value}' in quotes for text" if len(bare) < MOST_DIGITS else "is it a number at all?"
        )
        problems.append(Problem(file, event.start_mark.line + 1, "", str(error), hint))
        return 0


def _mapping(loader: Any, file: str, problems: list[Problem], level: int) -> dict[str, Node]:
    """Keys and values; the first of two equal keys is kept and the second is reported."""
    content: dict[str, Node] = {}
    while not isinstance(event := loader.get_event(), yaml.MappingEndEvent):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or not isinstance(event, yaml.ScalarEvent):
            raise _UnusableError(line, "a key must be a single word", "brackets or braces not in quotes?")
        if event.anchor or event.tag is not None:
            raise _UnusableError(line, "anchors and tags are not allowed on keys", "delete them")
        key = str(event.value)
        if key == "<<" and event.style in (None, ""):
            raise _UnusableError(line, "merge keys (`<<`) are not allowed", "put common figures in a parent file and use `extends`")
        value = _node(loader, loader.get_event(), file, problems, level + 1, line)
        if len(content) == MOST_KEYS:
            raise _UnusableError(line, f"more than {MOST_KEYS} keys in one place", "is it the right file?")
        if not key:
            problems.append(Problem(file, line, "", "a key is missing before the colon", "name the figure"))
        elif key in content:
            message = f"`{key}` is given twice: on lines {content[key].line} and {line}"
            problems.append(Problem(file, line, key, message, "delete one of the two"))
        else:
            content[key] = value
    return content


class _Dumper(yaml.SafeDumper):
    """Writes text so that both YAML 1.1 and 1.2 read it as text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted_if_needed(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if _UNREADABLE.search(text) or visible(text) != text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    try:
        ambiguous = not isinstance(scalar(text), str)
    except ValueError:
        ambiguous = True
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if ambiguous else None)


def _written_out(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    node = dumper.represent_float(float(number))
    return dumper.represent_scalar(node.tag, unmistakable(node.value))


_Dumper.add_representer(str, _quoted_if_needed)
_Dumper.add_representer(float, _written_out)
_Dumper.add_multi_representer(float, _written_out)


def to_yaml(data: Any) -> str:
    """Plain data as YAML in the order given, which YAML 1.1 and 1.2 read alike."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
