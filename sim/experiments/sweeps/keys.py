"""The keys of one plan file as texts and numbers, and the problems found on the way."""

from __future__ import annotations

from pathlib import Path

from sim.scenario import Problem
from sim.scenario.nodes import Node, plain


class Keys:
    """The keys of one plan file and the problems found so far."""

    def __init__(self, file: Path, root: Node) -> None:
        self.file, self.content = str(file), root.children
        self.folder = file.parent
        self.problems: list[Problem] = []

    def at(self, key: str) -> tuple[str, int | None, str]:
        """File, line and path of a key; of one that is missing, where it is asked for."""
        node = self.content.get(key) or (self.content.get("sampling") if key == "points" else None)
        return self.file, node.line if node else 1, key

    def complain(self, path: str, message: str, suggestion: str | None = None, line: int | None = None) -> None:
        """Notes a problem, on the line of the key unless another is given."""
        file, at, _ = self.at(path.partition(".")[0])
        self.problems.append(Problem(file, line or at, path, message, suggestion))

    def text(self, key: str) -> str:
        """One text; empty if it is not given."""
        node = self.content.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not node.value.strip():
            self.complain(key, f"`{key}` should be text", "write it after the colon, in quotes if it looks like a number")
            return ""
        return node.value.strip()

    def texts(self, key: str) -> list[tuple[str, int | None]]:
        """One text or a list of them, each with its line; a text given twice is a problem."""
        node = self.content.get(key)
        if node is None:
            return []
        items = node.value if isinstance(node.value, tuple) else (node,)
        found: list[tuple[str, int | None]] = []
        for item in items:
            if not isinstance(item.value, str) or not item.value.strip():
                self.complain(key, "should be a name or a list of names", f"such as `{key}: [one, another]`", item.line)
            elif item.value.strip() in [name for name, _ in found]:
                self.complain(key, f"names `{item.value.strip()}` twice", "delete one of the two", item.line)
            else:
                found.append((item.value.strip(), item.line))
        if not items:
            self.complain(key, "names nothing", f"name one or several, or leave `{key}` out" if key == "metrics" else "name one or several")
        return found

    def whole(self, key: str, low: int, high: int) -> int | None:
        """One whole number; None if it is not given, or not usable."""
        node = self.content.get(key)
        if node is None:
            return None
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            shown = str(plain(node)) if isinstance(value, int | float | str) else "no number"
            self.complain(key, f"is {shown[:40]} but should be a whole number from {low:,} to {high:,}")
            return None
        return value
