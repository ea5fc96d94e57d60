"""What determines a run: the version of the model, the resolved inputs and the seed, as one hash; beside it the number of the run.

What is counted in its log has a version of its own: new metrics do not ask for a new run where its log is kept.
"""

from __future__ import annotations

import hashlib
import json
import tokenize
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from jobcentre.model.compiling import CACHE
from jobcentre.scenario import Scenario

_FSTRING_START, _FSTRING_END = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)
VERSION_BYTES = 8
_TEXT_ALONE = "\1"  # in front of a text with which a statement begins


def model_version() -> str:
    """Hash over the sources that decide what happens in a run; comments, docstrings and line breaks do not count."""
    return _version_of("scenario", "model")


def metrics_version() -> str:
    """The same of the sources that decide what is counted in the log of a run."""
    return _version_of("metrics")


@lru_cache(maxsize=2)  # of the sources as this process runs them
def _version_of(*rooms: str) -> str:
    root = Path(__file__).parents[1]
    files = sorted(file for room in rooms for file in (root / room).rglob("*.py"))
    sources = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
    # taking sources apart needs a third of a second, so what came of it is kept beside the compiled code
    kept = f"version-{_hash(sources)}"
    found = CACHE.read(kept) if CACHE is not None else None
    if found is not None and len(found) == VERSION_BYTES:
        return found.hex()
    version = _hash({name: meaning(source.decode()).encode() for name, source in sources.items()})
    if CACHE is not None:
        CACHE.write(kept, bytes.fromhex(version))
    return version


def _hash(texts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, text in texts.items():
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[: 2 * VERSION_BYTES]


def meaning(source: str) -> str:
    """The tokens of a module that decide what it does, the same under every version of Python."""
    lines = source.splitlines(keepends=True)
    kept: list[str] = []
    fstring: list[tuple[int, int]] = []  # where those begin that are not closed yet; before Python 3.12 each is one token
    statement_begins = True
    for token in tokenize.generate_tokens(iter(lines).__next__):
        kind, text = token.type, token.string
        if kind == _FSTRING_START:
            fstring.append(token.start)
            continue
        if kind == _FSTRING_END:
            begin = fstring.pop()
            kind, text = tokenize.STRING, _between(lines, begin, token.end)
        if fstring or kind in (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING):
            continue
        if kind == tokenize.NEWLINE and kept and kept[-1].startswith(_TEXT_ALONE):
            kept.pop()  # a docstring
            statement_begins = True
            continue
        mark = _TEXT_ALONE if kind == tokenize.STRING and statement_begins else ""
        kept.append(mark + {tokenize.INDENT: "indent", tokenize.DEDENT: "dedent", tokenize.NEWLINE: "newline"}.get(kind, text))
        statement_begins = kind in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT) or (statement_begins and not kept[-1])
    return "\0".join(kept)


def _between(lines: Sequence[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    """The text from one place to another; lines count from 1."""
    if begin[0] == end[0]:
        return lines[begin[0] - 1][begin[1] : end[1]]
    return "".join([lines[begin[0] - 1][begin[1] :], *lines[begin[0] : end[0] - 1], lines[end[0] - 1][: end[1]]])


def run_key(scenario: Scenario, seed: int) -> str:
    """Hash of all that decides the runs of a scenario; titles, reasons and sources do not."""
    changes = [[change.date.isoformat(), change.over_days, dict(change.set)] for change in scenario.changes]
    asked = {"model": model_version(), "seed": seed, "figures": scenario.settings.model_dump(mode="json"), "changes": changes}
    # in the order in which they are written, which may decide something: rather a run made twice than a wrong one taken
    return hashlib.sha256(json.dumps(asked, separators=(",", ":"), default=str).encode()).hexdigest()[:32]
