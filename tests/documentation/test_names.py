"""Public names are the field's words: none of those in which the program once spoke to itself alone."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.places import ROOT

PACKAGE = ROOT / "sim" / "jobcentre"
#: docs/glossary.md has the words that replace them.
PRIVATE = re.compile(
    r"(^|_)(told|tells?|said|says?|asked|asking|wanted|played|parting|deadly|carry_out|in_turns|in_words|words|grounds|beside|mine|everyone|heard|worlds?)(_|$)"
)


def public_names(source: str) -> Iterator[str]:
    """Functions, classes, constants and fields of a module, and those of its classes."""
    bodies: list[list[ast.stmt]] = [ast.parse(source).body]
    for body in bodies:
        for node in body:
            match node:
                case ast.FunctionDef(name=name):
                    yield name
                case ast.ClassDef(name=name):
                    yield name
                    bodies.append(node.body)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name
                case ast.Assign(targets=targets):
                    yield from (target.id for target in targets if isinstance(target, ast.Name))


def private_words(source: str) -> list[str]:
    """Public names with a word of the list in them; CamelCase is taken apart."""
    apart = {name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in public_names(source) if not name.startswith("_")}
    return [name for name, words in apart.items() if PRIVATE.search(words)]


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_public_names_are_words_of_the_field(file: Path) -> None:
    assert not PRIVATE.search(file.stem)
    assert private_words(file.read_text(encoding="utf-8")) == []


def test_the_search_finds_what_it_is_there_for() -> None:
    source = "WORDS_ASKED = 1\nclass AsTold:\n    wanted: int\n    def _said(self): ...\ndef in_words(): ...\ndef forwards(): mine = 1\nx: int = 2\n"
    assert private_words(source) == ["WORDS_ASKED", "AsTold", "in_words", "wanted"]


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("__init__.py")), ids=lambda file: file.parent.relative_to(PACKAGE).as_posix())
def test_what_a_package_offers_exists(file: Path) -> None:
    module = importlib.import_module(".".join(file.parent.relative_to(PACKAGE.parent).parts))
    assert [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)] == []
