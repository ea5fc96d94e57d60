"""A file's content as a tree in which every value knows its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Scalar = None | bool | int | float | str
Path = tuple[str, ...]


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
    if isinstance(value, dict):
        return Node({str(key): from_plain(child, file, line) for key, child in value.items()}, file, line)
    if isinstance(value, list | tuple):
        return Node(tuple(from_plain(child, file, line) for child in value), file, line)
    if hasattr(value, "isoformat"):
        return Node(value.isoformat(), file, line)
    if hasattr(value, "tolist"):
        return from_plain(value.tolist(), file, line)
    return Node(value, file, line)


def nearest(node: Node, path: Sequence[str]) -> Node:
    """The node at a path, or the deepest one above it that exists."""
    for key in path:
        if key not in node.children:
            return node
        node = node.children[key]
    return node


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every scalar, list and empty mapping with its path."""
    if not node.children:
        yield path, node
    for key, child in node.children.items():
        yield from leaves(child, (*path, key))
