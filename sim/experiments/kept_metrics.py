"""The metrics of runs as a folder's long table gives them; only where each run begins is kept in memory, for there are many."""

from __future__ import annotations

import csv
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sim.experiments.blocks import Wanted
from sim.experiments.words import refused
from sim.scenario import Problem, ScenarioError
from sim.store import Key

Measured = Mapping[Key, tuple[float, float]]
COLUMNS = ("scenario", "point", "run", "group", "metric", "numerator", "denominator")
_HINT = "give the folder as the command wrote it"


class _Row(NamedTuple):
    """A row: the run, what was measured, and where in the file it begins."""

    run: Wanted
    key: Key
    pair: tuple[float, float]
    begin: int


class KeptMetrics(NamedTuple):
    """A table of metrics, and from where to where the rows of each run stand in it."""

    path: Path | None
    parts: Mapping[Wanted, tuple[int, int]]

    def of(self, run: Wanted) -> Measured:
        """Numerators and denominators of a run; none of a run that the table does not have."""
        if self.path is None or run not in self.parts:
            return {}
        begin, end = self.parts[run]
        with self.path.open("rb") as file:
            header = file.readline()
            file.seek(begin)
            lines = [header, *file.read(end - begin).splitlines(keepends=True)]
        return {row.key: row.pair for row in _rows(lines, self.path)}


def kept_metrics(path: Path, wanted: Container[Wanted]) -> KeptMetrics:
    """Reads the whole table once; ScenarioError where it is none."""
    parts: dict[Wanted, tuple[int, int]] = {}
    end = path.stat().st_size
    with path.open("rb") as file:
        begun: Wanted | None = None
        for row in _rows(file, path):
            if row.run == begun:
                continue
            if row.run in parts:
                raise refused(str(path), f"has the rows of run {row.run.run} of {row.run.scenario} in two places", _HINT)
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
            yield _Row(Wanted(scenario, int(run), int(point)), (metric, group or None), (float(top), float(bottom)), begin)
            begin = place
    except (ValueError, IndexError, csv.Error) as error:
        raise ScenarioError([Problem(str(path), max(number, 1), "", f"is not a table of metrics ({error})", _HINT)]) from error
