"""The manifest of a results folder and the tables beside it, read and checked again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn

from jobcentre.runs.batches import RunId
from jobcentre.runs.store import Key, RunLocation
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import did_you_mean, usage_error

Measured = Mapping[Key, tuple[float, float]]
COLUMNS = ("scenario", "point", "run", "group", "metric", "numerator", "denominator")
_HINT = "give the folder as the command wrote it"


class _Row(NamedTuple):
    """A row: the run, what was measured, and where in the file it begins."""

    run: RunId
    key: Key
    pair: tuple[float, float]
    begin: int


class KeptMetrics(NamedTuple):
    """A table of metrics, and from where to where the rows of each run stand in it."""

    path: Path | None
    parts: Mapping[RunId, tuple[int, int]]

    def of(self, run: RunId) -> Measured:
        """Numerators and denominators of a run; none of a run that the table does not have."""
        if self.path is None or run not in self.parts:
            return {}
        begin, end = self.parts[run]
        with self.path.open("rb") as file:
            header = file.readline()
            file.seek(begin)
            lines = [header, *file.read(end - begin).splitlines(keepends=True)]
        return {row.key: row.pair for row in _rows(lines, self.path)}


def kept_metrics(path: Path, wanted: Container[RunId]) -> KeptMetrics:
    """Reads the whole table once; ScenarioError where it is none."""
    parts: dict[RunId, tuple[int, int]] = {}
    end = path.stat().st_size
    with path.open("rb") as file:
        begun: RunId | None = None
        for row in _rows(file, path):
            if row.run == begun:
                continue
            if row.run in parts:
                raise usage_error(str(path), f"has the rows of run {row.run.run} of {row.run.scenario} in two places", _HINT)
            begun = row.run
            parts[begun] = (row.begin, end)
    begins = [begin for begin, _ in parts.values()] + [end]
    ends = dict(pairwise(begins))
    return KeptMetrics(path, {run: (begin, ends[begin]) for run, (begin, _) in parts.items() if run in wanted})


def _rows(lines: Iterable[bytes], path: Path) -> Iterator[_Row]:
    """The rows below the header, none of which goes over several lines."""
    place = number = 0

    def texts() -> Iterator[str]:
        nonlocal place, number
        for line in lines:
            place, number = place + len(line), number + 1
            yield line.decode("utf-8")

    reader = csv.reader(texts(), strict=True)
    try:
        header = next(reader, [])
        at = {name: header.index(name) for name in COLUMNS}
        begin = place
        for cells in reader:
            scenario, point, run, group, metric, top, bottom = (cells[at[name]] for name in COLUMNS)
            yield _Row(RunId(scenario, int(run), int(point)), (metric, group or None), (float(top), float(bottom)), begin)
            begin = place
    except (ValueError, IndexError, csv.Error) as error:
        raise ScenarioError([Problem(str(path), max(number, 1), "", f"is not a table of metrics ({error})", _HINT)]) from error


NAME = "manifest.json"
MOST_BYTES = 200_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_MOST_NUMBER = 2**32 - 1
_MOST_SEED = 2**64 - 1
#: What a folder may be of; one of `run` or `compare` does not say.
KINDS = (USUAL, SWEEP, NATION, *_) = ("comparison", "sweep", "nation", "staffing", "selection")


class Manifest(NamedTuple):
    """What a manifest says of runs and files; `digests` by what was played and run, versions None where they are not named."""

    file: Path
    kind: str
    seed: int
    model_version: str
    scenarios: Sequence[str]
    digests: Mapping[RunLocation, Mapping[int, str]]
    failed: int
    files: Mapping[str, str]
    tool: str | None
    python: str | None
    system: str | None
    packages: Mapping[str, str | None]
    commit: str | None  # with a remark if the source was not as committed


def read_manifest(place: Path) -> Manifest:
    """The manifest of a folder, or that file itself."""
    file = place / NAME if place.is_dir() else place
    content = _content(file)
    about = content.get("git") or {}
    if not isinstance(about, dict):
        _wrong(file, "git", "an object")
    commit = about.get("commit")
    kind = _kind(content, file)
    digests = _digests(content, kind in (SWEEP, NATION), file)
    return Manifest(
        file,
        kind,
        _number(content, "seed", _MOST_SEED, file),
        _text(content.get("model_version"), "model_version", file),
        list(content["digests"]),
        digests,
        len(_expect(content.get("failed", []), list, "failed", "a list", file)),
        _files(content, file),
        _version(_expect(content.get("tool", {}), dict, "tool", "an object", file).get("version"), "tool.version", file),
        _version(content.get("python"), "python", file),
        _version(content.get("system"), "system", file),
        {
            str(name): _version(value, f"packages.{name}", file)
            for name, value in _expect(content.get("packages", {}), dict, "packages", "an object", file).items()
        },
        None if commit is None else str(commit) + ("" if about.get("clean", True) else ", with changes that were not committed"),
    )


def _content(file: Path) -> dict[str, Any]:
    """The file as JSON, if it is an ordinary file with an object in it."""
    if not file.exists():
        raise usage_error(str(file), "there is no such file", f"give a results folder, or the {NAME} in it")
    if not file.is_file():
        raise usage_error(str(file), "is not an ordinary file", f"give a results folder, or the {NAME} in it")
    if file.stat().st_size > MOST_BYTES:
        raise usage_error(str(file), "is too large for a manifest", f"give a results folder, or the {NAME} in it")
    try:
        content = json.loads(file.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        line = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise usage_error(
            str(file), f"is not readable as JSON{line}: {reason}", f"give the {NAME} that `run` or `compare` wrote"
        ) from error
    if not isinstance(content, dict):
        raise usage_error(str(file), "is not a manifest: an object is expected", f"give the {NAME} that `run` or `compare` wrote")
    return content


def _kind(content: dict[str, Any], file: Path) -> str:
    kind = content.get("kind", USUAL)
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else None
        raise usage_error(str(file), "`kind` is none that this version knows", hint or "use the version that made the folder")
    return str(kind)


def _digests(content: dict[str, Any], of_offices: bool, file: Path) -> dict[RunLocation, dict[int, str]]:
    """Digests by scenario, office and point, in which the manifest has them."""
    points = _expect(content.get("points", {}), dict, "points", "an object", file)
    offices = _expect(content.get("offices", {}), dict, "offices", "an object", file) if of_offices else {}
    names = _expect(content.get("digests"), dict, "digests", "an object", file)
    found: dict[RunLocation, dict[int, str]] = {}
    for name, mine in names.items():
        path = f"digests.{name}"
        if not _is_inside(f"scenarios/{name}.yaml") or "/" in name or "\\" in name:
            _wrong(file, path, "the name of a scenario")
        found[name, "", 0] = _of_runs(mine, path, file)
        for point, others in _expect(points.get(name, {}), dict, f"points.{name}", "an object", file).items():
            path = f"points.{name}.{point}"
            found[name, "", _point(point, path, file)] = _of_runs(others, path, file)
        for key, others in _expect(offices.get(name, {}), dict, f"offices.{name}", "an object", file).items():
            path = f"offices.{name}.{key}"
            office, slash, point = key.partition("/")
            found[name, office, _point(point, path, file) if slash else 0] = _of_runs(others, path, file)
    for part, named in (("points", points), ("offices", offices)):
        for name in named:
            if name not in names:
                _wrong(file, f"{part}.{name}", "a scenario that `digests` names as well")
    return found


def _point(text: str, path: str, file: Path) -> int:
    if not _is_number(text):
        _wrong(file, path, "by number of the point")
    return int(text)


def _of_runs(value: Any, path: str, file: Path) -> dict[int, str]:
    """Digests by run."""
    found = {}
    for run, digest in _expect(value, dict, path, "an object", file).items():
        if not _is_number(run):
            _wrong(file, f"{path}.{run}", "by number of the run")
        found[int(run)] = _sha256(digest, f"{path}.{run}", file)
    return found


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,10}", text) is not None and int(text) <= _MOST_NUMBER


def _files(content: dict[str, Any], file: Path) -> dict[str, str]:
    found = {}
    for name, digest in _expect(content.get("files"), dict, "files", "an object", file).items():
        if not _is_inside(name):
            _wrong(file, f"files.{name}", "a file inside the folder")
        found[name] = _sha256(digest, f"files.{name}", file)
    return found


def _is_inside(name: str) -> bool:
    """Whether a name is that of a file below the folder, on any system."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not set(name) & set("\\:\0")


def _expect(value: Any, kind: type, path: str, words: str, file: Path) -> Any:
    if not isinstance(value, kind):
        _wrong(file, path, words, missing=value is None)
    return value


def _number(content: dict[str, Any], key: str, most: int, file: Path) -> int:
    value = content.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        _wrong(file, key, f"a whole number from 0 to {most}", missing=value is None)
    return int(value)


def _text(value: Any, path: str, file: Path) -> str:
    return str(_expect(value, str, path, "text", file))


def _version(value: Any, path: str, file: Path) -> str | None:
    return None if value is None else _text(value, path, file)


def _sha256(value: Any, path: str, file: Path) -> str:
    if not (isinstance(value, str) and _SHA256.match(value)):
        _wrong(file, path, "a SHA-256 of 64 hexadecimal digits")
    return str(value)


def _wrong(file: Path, path: str, words: str, missing: bool = False) -> NoReturn:
    message = f"`{path}` is missing" if missing else f"`{path}` should be {words}"
    raise usage_error(str(file), message, f"give the {NAME} that `run` or `compare` wrote, unchanged")
