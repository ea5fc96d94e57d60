"""Problems with file, line, path and fix; text that is safe to print."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from jobcentre.terminal_text import in_one_line
from jobcentre.terminal_text import visible as visible


class Problem(NamedTuple):
    """One thing that is wrong; `line` counts from 1 and is None where there is no line, `path` is dotted."""

    file: str
    line: int | None
    path: str
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        path = f" {self.path}:" if self.path else ""
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return in_one_line(f"{place}:{path} {self.message}{hint}")


class ScenarioError(Exception):
    """A scenario cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A question naming the known word nearest to a mistyped one."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


class Complaint(NamedTuple):
    """A path, what is wrong there, and what was probably meant."""

    path: tuple[str, ...]
    message: str
    suggestion: str | None = None


def usage_error(option: str, message: str, suggestion: str | None = None) -> ScenarioError:
    """What is wrong with one word of the command line."""
    return ScenarioError([Problem(option, None, "", message, suggestion)])
