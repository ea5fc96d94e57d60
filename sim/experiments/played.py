"""What was played in a results folder at each point and in each office, read from the files in which it is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.experiments.manifest import NAME, NATION, SWEEP, Manifest
from sim.experiments.points import AsAsked, Worlds
from sim.experiments.sweeps.axes import Axis, Unfit, Value, axis_of, value_on
from sim.experiments.sweeps.plan import at_point
from sim.experiments.sweeps.worlds import Swept
from sim.experiments.words import refused
from sim.scenario import Problem, Scenario, ScenarioError, csv_file
from sim.scenario.site import Site
from sim.scenario.sites import OFFICE, read_sites
from sim.scenario.yaml12 import scalar
from sim.store import Place

DOCUMENT, POINTS, SITES = "sweep.json", "points.csv", "sites.csv"
COLUMNS = ["point", "figure", "value"]
MOST_BYTES = 500_000_000
MOST_PROBLEMS = 20
_HINT = "put back the file that the command wrote, or give the same command again"


def files_of(manifest: Manifest) -> Sequence[str]:
    """The files that say, beside those of the scenarios, what was played."""
    points = (DOCUMENT, POINTS) if manifest.kind == SWEEP else ()
    return (*points, SITES) if any(site for _, site, _ in manifest.digests) else points


def worlds_of(manifest: Manifest, scenarios: Mapping[str, Scenario], places: Collection[Place]) -> Worlds:
    """The worlds of a folder; ScenarioError where its files do not say what was played at one of the places."""
    folder = manifest.file.parent
    if manifest.kind not in (SWEEP, NATION):
        return AsAsked(scenarios, manifest.seed)
    axes, table = _axes(folder / DOCUMENT) if manifest.kind == SWEEP else [], _Points({}, {})
    if manifest.kind == SWEEP:
        table = _points(folder / POINTS, axes)
    names = [axis.name for axis in axes]
    if problems := list(_wrong_points(folder / POINTS, names, table, scenarios, places)):
        raise ScenarioError(problems[:MOST_PROBLEMS])
    offices = list(dict.fromkeys(site for _, site, _ in places if site))
    sites = _sites(folder / SITES, scenarios, offices) if offices else {}
    return Swept(scenarios, manifest.seed, names, [table.values[point] for point in sorted(table.values)], sites)


class _Points(NamedTuple):
    """The values of each point, and the line on which it begins."""

    values: Mapping[int, tuple[Value, ...]]
    lines: Mapping[int, int]


def _axes(path: Path) -> list[Axis]:
    """What was varied."""
    text = csv_file.text_of(path, MOST_BYTES, _HINT)
    try:
        names = [one["name"] for one in json.loads(text)["axes"]]
    except json.JSONDecodeError as error:
        raise ScenarioError([Problem(str(path), error.lineno, "", f"is not readable as JSON: {error.msg}", _HINT)]) from error
    except (KeyError, TypeError, ValueError, RecursionError):
        names = []
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise refused(str(path), "does not say under `axes` which figures were varied, each once by its `name`", _HINT)
    found, problems = [], []
    for name in names:
        try:
            found.append(axis_of(name))
        except Unfit as unfit:
            line = next((number for number, one in enumerate(text.splitlines(), start=1) if f'"name": {json.dumps(name)}' in one), None)
            problems.append(Problem(str(path), line, name, unfit.message, unfit.suggestion or _HINT))
    if problems:
        raise ScenarioError(problems)
    return found


def _points(path: Path, axes: Sequence[Axis]) -> _Points:
    """The table of points; its values have their type again."""
    by_name = {axis.name: axis for axis in axes}
    found: dict[int, dict[str, Value]] = {}
    lines: dict[int, int] = {}
    problems: list[Problem] = []
    rows = csv_file.rows_of(csv_file.text_of(path, MOST_BYTES, _HINT), path, ",".join(COLUMNS))
    if (head := next(rows, None)) is None or head.cells != COLUMNS:
        raise ScenarioError([Problem(str(path), head.line if head else 1, "", f"should begin with {','.join(COLUMNS)}", _HINT)])
    for line, cells in rows:
        try:
            number, name, text = cells
            point = int(number)
            if name not in by_name:
                raise Unfit(f"is none of the figures that {DOCUMENT} names")
            if name in found.setdefault(point, {}):
                raise Unfit(f"is given twice at point {point}")
            lines.setdefault(point, line)
            found[point][name] = _value(by_name[name], text)
        except ValueError as error:
            message, about = (str(error), cells[1]) if isinstance(error, Unfit) else ("a row should be point, figure and value", "")
            problems.append(Problem(str(path), line, about, message, _HINT))
    if not problems:
        for place, point in enumerate(sorted(found), start=1):
            if point != place:
                problems.append(Problem(str(path), lines[point], "", f"has point {point} but not point {place}", _HINT))
                break
            if missing := [name for name in by_name if name not in found[point]]:
                problems.append(Problem(str(path), lines[point], missing[0], f"is not given at point {point}", _HINT))
    if problems:
        raise ScenarioError(problems[:MOST_PROBLEMS])
    return _Points({point: tuple(mine[name] for name in by_name) for point, mine in found.items()}, lines)


def _value(axis: Axis, text: str) -> Value:
    """A value of a table as its axis has it."""
    try:
        return value_on(axis, scalar(text) if axis.is_number or axis.kind == "yes or no" else text)
    except Unfit as unfit:
        raise Unfit(unfit.message) from None
    except ValueError as error:
        raise Unfit(str(error)) from None


def _wrong_points(
    path: Path, axes: Sequence[str], table: _Points, scenarios: Mapping[str, Scenario], places: Collection[Place]
) -> Iterator[Problem]:
    """Points of which there are runs and no values, or whose values do not fit."""
    for name, point in dict.fromkeys((name, point) for name, _, point in places if point):
        if point not in table.values:
            yield Problem(str(path), None, "", f"has no point {point}, of which {NAME} has runs of `{name}`", _HINT)
            continue
        try:
            at_point(scenarios[name], axes, table.values[point])
        except ScenarioError as error:
            for one in error.problems:
                yield Problem(str(path), table.lines[point], one.path, f"`{name}` cannot be at point {point}: {one.message}", _HINT)


def _sites(path: Path, scenarios: Mapping[str, Scenario], offices: Sequence[str]) -> dict[str, Site]:
    """The offices by name."""
    table = read_sites(path, list(scenarios.values()))
    found = {site.office: site for site in table.sites}
    if missing := [office for office in offices if office not in found]:
        raise ScenarioError(
            Problem(str(path), None, OFFICE, f"has no row of `{office}`, of which {NAME} has runs", _HINT)
            for office in missing[:MOST_PROBLEMS]
        )
    return found
