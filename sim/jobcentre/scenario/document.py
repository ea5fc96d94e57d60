"""One scenario file and those it extends, split into figures and what stands around them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from jobcentre.scenario import files as find
from jobcentre.scenario.errors import Problem, did_you_mean
from jobcentre.scenario.evidence import Evidence, SeparatedInputs, strip
from jobcentre.scenario.files import wrong_with_title
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import belongs, node_at
from jobcentre.scenario.yaml_file import Node, read
from jobcentre.scenario.yaml_file import NodePath as Keys

AROUND = ("format", "title", "catalogue", "question", "context", "extends", "compared_with", "moves", "changes", "why")
DIRECTIONS = ("up", "down", "same")
LONGEST_CHAIN = 20
#: Of files of scenarios, plans and answers; what does not say its format is understood to have this one.
FORMAT = 2
CATALOGUE_ID = "S[0-9]{1,2}[a-z]?"


@dataclass(slots=True)
class ScenarioFile:
    """What one file says by itself; `figures` holds its plain figures, `bare` those without a reason."""

    name: str
    file: str
    figures: Node
    title: str = ""
    catalogue: str = ""
    question: str = ""
    context: str = ""
    extends: str | None = None
    compared_with: str | None = None
    moves: dict[str, str] = field(default_factory=dict)
    changes: Node | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict)
    bare: list[tuple[Keys, Node]] = field(default_factory=list)


def read_chain(path: Path) -> tuple[list[ScenarioFile], list[Problem]]:
    """A file and all it extends, the oldest first, with their problems; empty if one of them cannot be read."""
    chain: list[ScenarioFile] = []
    problems: list[Problem] = []
    seen: list[Path] = []
    while True:
        document, found = read_document(path)
        problems += found
        if document is None:
            return [], problems
        chain.insert(0, document)
        seen.append(path.resolve())
        if document.extends is None:
            said_wrongly = any(one.path == "extends" for one in found)  # then all its figures would seem to be missing
            return ([] if said_wrongly else chain), problems
        parent = _parent(path, document, problems)
        if parent is None:
            return [], problems
        if parent.resolve() in seen or len(seen) > LONGEST_CHAIN:
            names = " → ".join([one.name for one in reversed(chain)] + [parent.stem])
            circle = "scenarios extend each other in a circle"
            what = circle if parent.resolve() in seen else f"more than {LONGEST_CHAIN} scenarios extend each other"
            line = _line(document, "extends")
            return [], [*problems, Problem(document.file, line, "extends", f"{what}: {names}", "let the oldest extend nothing")]
        path = parent


def read_document(path: Path) -> tuple[ScenarioFile | None, list[Problem]]:
    """One file by itself, None if it cannot be read, and its problems."""
    root, problems = read(path)
    if root is None:
        return None, problems
    if not root.is_mapping:
        return None, [
            *problems,
            Problem(str(path), root.line, "", "is not a scenario: a file of `name: value` lines is expected", "begin with `title: …`"),
        ]
    out = SeparatedInputs(path.stem)
    content = root.children
    problems += wrong_with_format(root)
    why = _text(content, "why", problems)
    named = {key: child for key, child in content.items() if key in Settings.model_fields}
    figures = strip(Node(named, str(path), 1), (), why, out)
    for key, child in content.items():
        if key not in named and key not in AROUND:
            hint = _outline(key) or belongs(key) or did_you_mean(key, [*AROUND, *Settings.model_fields])
            problems.append(Problem(child.file, child.line, key, f"`{key}` is not known here", hint))
    question, context = _text(content, "question", problems), _text(content, "context", problems)
    document = ScenarioFile(
        path.stem,
        str(path),
        figures,
        title=_title(content, str(path), problems),
        catalogue=_catalogue(content, problems),
        question=question or context,
        context=context,
        extends=_text(content, "extends", problems) or None,
        compared_with=_text(content, "compared_with", problems) or None,
        moves=_moves(content, problems),
        changes=content.get("changes"),
        evidence=out.evidence,
        bare=out.bare,
    )
    return document, problems + out.problems + _no_comparison(path, document, content)


def wrong_with_format(root: Node) -> list[Problem]:
    """What is wrong with the format that a file says it has."""
    node = root.children.get("format")
    if node is None or (node.value == FORMAT and isinstance(node.value, int)):
        return []
    older = isinstance(node.value, int) and node.value < FORMAT
    hint = (
        f"run `jobcentre upgrade {node.file}`"
        if older
        else f"write `format: {FORMAT}`; a newer format needs a newer version of the program"
    )
    said = node.value if isinstance(node.value, int | float | str) else "no number"
    return [Problem(node.file, node.line, "format", f"is {said}, and format {FORMAT} is the one that is read", hint)]


def _outline(key: str) -> str | None:
    """How a dotted path is written at the start of a scenario."""
    keys = key.split(".")
    if len(keys) < 2 or node_at(keys) is None:
        return None
    return "write " + ": {".join(keys) + ": …" + "}" * (len(keys) - 1) + "; dotted paths stand under `set:` of a change"


def _parent(path: Path, document: ScenarioFile, problems: list[Problem]) -> Path | None:
    """The file a document extends; None, with a problem, if there is none."""
    name = document.extends or ""
    place = find.locate(name, path.parent)
    if isinstance(place, Path) and os.path.isfile(place):
        if place.suffix in find.SUFFIXES:
            return place
        place = Problem(str(place), None, "", f"{place} does not end in {' or '.join(find.SUFFIXES)}", "name a scenario file")
    hint = place.suggestion if isinstance(place, Problem) else "give a bare name, or a path from this file's folder"
    reason = place.message if isinstance(place, Problem) else f"there is no file {place}"
    problems.append(Problem(document.file, _line(document, "extends"), "extends", f"cannot extend `{name}`: {reason}", hint))
    return None


def _line(document: ScenarioFile, key: str) -> int | None:
    root, _ = read(Path(document.file))
    return root.children[key].line if root and key in root.children else None


def _text(content: dict[str, Node], key: str, problems: list[Problem]) -> str:
    node = content.get(key)
    if node is None:
        return ""
    if not isinstance(node.value, str) or not node.value.strip():
        problems.append(
            Problem(node.file, node.line, key, f"`{key}` should be text", "write it after the colon, in quotes if it looks like a number")
        )
        return ""
    return node.value.strip()


def _title(content: dict[str, Node], file: str, problems: list[Problem]) -> str:
    if "title" not in content:
        problems.append(
            Problem(file, 1, "title", "`title` is missing", "add a line `title: …` that says in a few words what this scenario is")
        )
    title = _text(content, "title", problems)
    wrong = wrong_with_title(title)
    if wrong is not None:
        problems.append(Problem(file, content["title"].line, "title", wrong, "write one short line; the rest can stand under `question`"))
    return title


def _catalogue(content: dict[str, Node], problems: list[Problem]) -> str:
    text = _text(content, "catalogue", problems)
    if not text or re.fullmatch(CATALOGUE_ID, text):
        return text
    node = content["catalogue"]
    message = f"`{text}` is not an id of the scenario catalogue"
    problems.append(Problem(node.file, node.line, "catalogue", message, "write an id such as S13, or leave the line out"))
    return ""


def _moves(content: dict[str, Node], problems: list[Problem]) -> dict[str, str]:
    node = content.get("moves")
    if node is None:
        return {}
    if not node.is_mapping:
        problems.append(Problem(node.file, node.line, "moves", "should name metrics, each with up, down or same"))
        return {}
    for metric, child in node.children.items():
        if child.value not in DIRECTIONS:
            problems.append(
                Problem(child.file, child.line, f"moves.{metric}", "should be up, down or same", did_you_mean(str(child.value), DIRECTIONS))
            )
    return {metric: str(child.value) for metric, child in node.children.items() if child.value in DIRECTIONS}


def _no_comparison(path: Path, document: ScenarioFile, content: dict[str, Node]) -> list[Problem]:
    if document.compared_with is None:
        return []
    place = find.locate(document.compared_with, path.parent)
    if isinstance(place, Path) and os.path.isfile(place):
        return []
    hint = place.suggestion if isinstance(place, Problem) else None
    line = content["compared_with"].line
    return [Problem(str(path), line, "compared_with", f"there is no scenario `{document.compared_with}` to compare with", hint)]
