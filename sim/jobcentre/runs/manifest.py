"""The manifest of a results folder and the tables beside it, read and checked again."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from jobcentre.runs.batches import RunId
from jobcentre.runs.documents import (
    A_FOLDER,
    MOST,
    MOST_COUNT,
    MOST_MANIFEST_BYTES,
    Count,
    JsonDocument,
    LogDigest,
    ScenarioName,
    Seed,
    Sha256,
    read_document,
)
from jobcentre.runs.requests import FILE as EXPERIMENT
from jobcentre.runs.requests import ExperimentRecord, read_experiment
from jobcentre.runs.store import SAME_COMMAND, Key, RunLocation
from jobcentre.scenario import Problem, ScenarioError
from jobcentre.scenario.errors import usage_error

Measured = Mapping[Key, tuple[float, float]]
COLUMNS = ("scenario", "point", "run", "group", "metric", "numerator", "denominator")
#: Of one row.
_MOST_LINE = 100_000
#: Runs of a command from which on its time says how long one takes.
_A_FEW = 10
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
        keys: set[Key] = set()
        for row in _rows(iter(partial(file.readline, _MOST_LINE), b""), path):
            if row.run == begun:
                if row.key in keys:
                    raise usage_error(str(path), f"has {row.key[0]} of run {row.run.run} of {row.run.scenario} twice", _HINT)
                keys.add(row.key)
                continue
            keys = {row.key}
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
            pair = float(top), float(bottom)
            if not all(-MOST <= value <= MOST for value in pair):
                raise ValueError(f"{top} and {bottom} should be numbers from {-MOST:g} to {MOST:g}")
            yield _Row(RunId(scenario, _number(run), _number(point)), (metric, group or None), pair, begin)
            begin = place
    except (ValueError, IndexError, csv.Error) as error:
        raise ScenarioError([Problem(str(path), max(number, 1), "", f"is not a table of metrics ({error})", _HINT)]) from error


NAME = "manifest.json"


def _number(text: Any) -> Any:
    """A key of JSON as the number of a run or point."""
    if not (isinstance(text, str) and re.fullmatch(r"[0-9]{1,10}", text) and int(text) <= MOST_COUNT):
        raise ValueError("should be a number of a run or point")
    return int(text)


def _inside(name: Any) -> Any:
    """The name of a file below the folder, on any system; names of files need not be text that UTF-8 can hold, but bytes."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or set(name) & set("\\:\0"):
        raise ValueError("should be the name of a file inside the folder")
    name.encode(errors="surrogateescape")
    return name


def _office_and_point(text: str) -> str:
    _, slash, point = text.partition("/")
    if slash:
        _number(point)
    return text


def _scalar(value: Any) -> Any:
    """A number, text, true, false or null; texts of a command line need not be such that UTF-8 can hold them."""
    if not isinstance(value, str | int | float | None) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("should be a number, a text, true, false or null")
    return value


Scalar = Annotated[Any, AfterValidator(_scalar)]
Command = dict[str, Scalar | list[Scalar]]
Number = Annotated[int, BeforeValidator(_number)]
Digests = dict[Number, LogDigest]  # by number of the run


class FailedRun(JsonDocument):
    """A run that did not end well."""

    scenario: str
    point: Count
    run: Count
    office: str = ""
    message: str


class Tool(JsonDocument):
    """The program that made the runs."""

    name: str
    version: str | None


class SourceVersion(JsonDocument):
    """The commit of the source, and whether it was as committed, where that is known."""

    commit: str | None = None
    clean: bool | None = True


class Manifest(JsonDocument):
    """With what results were made, the digests of runs and files, and the commands that made them."""

    format: Literal[2]  # 1: with logs hashed by SHA-256
    tool: Tool
    git: SourceVersion | None
    python: str
    system: str
    packages: dict[str, str | None]
    experiment: Sha256
    model_version: str
    metrics_version: str
    seed: Seed
    scenarios: Annotated[dict[ScenarioName, Sha256], Field(min_length=1)]
    intervals: Literal["fixed", "anytime"]
    runs: dict[str, Count]  # that ended well
    digests: dict[ScenarioName, Digests]
    points: dict[str, dict[Number, Digests]]
    offices: dict[str, dict[Annotated[str, AfterValidator(_office_and_point)], Digests]]
    failed: list[FailedRun]
    events: dict[str, dict[str, Count | dict[str, Scalar]]]
    commands: list[Command]
    files: dict[Annotated[Any, AfterValidator(_inside)], Sha256]

    @model_validator(mode="after")
    def _tells_of_the_same_scenarios(self) -> Manifest:
        if set(self.runs) != set(self.scenarios) or set(self.digests) != set(self.scenarios):
            raise ValueError("`runs` and `digests` should name each of `scenarios`")
        if other := sorted({*self.points, *self.offices} - set(self.digests)):
            raise ValueError(f"`points` and `offices` should name none but `scenarios`, not `{other[0]}`")
        return self

    @cached_property
    def run_digests(self) -> Mapping[RunLocation, Mapping[int, str]]:
        """Digests by what was played and run, in the order of the manifest."""
        found: dict[RunLocation, Mapping[int, str]] = {}
        for name, digests in self.digests.items():
            found[name, "", 0] = digests
            found |= {(name, "", point): runs for point, runs in self.points.get(name, {}).items()}
            for key, runs in self.offices.get(name, {}).items():
                office, slash, point = key.partition("/")
                found[name, office, int(point) if slash else 0] = runs
        return found

    @property
    def seconds_a_run(self) -> float | None:
        """The clock time of a run, by the last command that made a few; None where none did."""
        for command in reversed(self.commands):
            runs, seconds = command.get("runs_made"), command.get("seconds")
            if isinstance(runs, int) and isinstance(seconds, int | float) and runs >= _A_FEW:
                return seconds / runs
        return None

    @property
    def commit(self) -> str | None:
        """The commit of the source, with a remark if the source was not as committed."""
        if self.git is None or self.git.commit is None:
            return None
        return self.git.commit + ("" if self.git.clean else ", with changes that were not committed")


def experiment_of(folder: Path, manifest: Manifest) -> ExperimentRecord:
    """What was asked of the experiment of which a manifest tells; ScenarioError where it is another's."""
    file = folder / EXPERIMENT
    if EXPERIMENT not in manifest.files:
        raise usage_error(str(file), f"is none of the files that {NAME} names", SAME_COMMAND)
    record = read_experiment(folder)
    if (record.digest, record.seed) != (manifest.experiment, manifest.seed) or not set(manifest.scenarios) <= set(record.scenarios):
        raise usage_error(str(file), f"is of another experiment than {NAME}", SAME_COMMAND)
    return record


def read_manifest(place: Path) -> Manifest:
    """The manifest of a folder, or that file itself."""
    file = place / NAME if place.is_dir() else place
    if not file.exists():
        raise usage_error(str(file), "is not there: the folder holds no finished results", A_FOLDER)
    return read_document(file, Manifest, MOST_MANIFEST_BYTES)
