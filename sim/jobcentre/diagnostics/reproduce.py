"""Makes the runs of a results folder again and compares them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.model import Engine
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, PassedOnRuns, Progress, Work, execute, fixed_set, silent
from jobcentre.runs.experiment import PlainScenarios, ScenarioProvider
from jobcentre.runs.machine import provenance
from jobcentre.runs.manifest import NAME, NATION, SWEEP, KeptMetrics, Manifest, Measured, kept_metrics
from jobcentre.runs.run_key import model_version
from jobcentre.runs.store import Run, RunLocation
from jobcentre.scenario import Problem, Scenario, ScenarioError, csv_file, load_kept
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.offices import OFFICE, Site, read_sites
from jobcentre.scenario.yaml_file import scalar
from jobcentre.studies.levers import Axis, InvalidAxis, Value, axis_of, value_on
from jobcentre.studies.sweep_plan import at_point
from jobcentre.studies.sweep_request import SweepScenarios

DOCUMENT, POINTS, SITES = "sweep.json", "points.csv", "sites.csv"
COLUMNS = ["point", "figure", "value"]
MOST_BYTES = 500_000_000
MOST_PROBLEMS = 20
_HINT = "put back the file that the command wrote, or give the same command again"


def files_of(manifest: Manifest) -> Sequence[str]:
    """The files that say, beside those of the scenarios, what was played."""
    points = (DOCUMENT, POINTS) if manifest.kind == SWEEP else ()
    return (*points, SITES) if any(site for _, site, _ in manifest.digests) else points


def scenarios_at_points(manifest: Manifest, scenarios: Mapping[str, Scenario], places: Collection[RunLocation]) -> ScenarioProvider:
    """The worlds of a folder; ScenarioError where its files do not say what was played at one of the places."""
    folder = manifest.file.parent
    if manifest.kind not in (SWEEP, NATION):
        return PlainScenarios(scenarios, manifest.seed)
    axes, table = _axes(folder / DOCUMENT) if manifest.kind == SWEEP else [], _Points({}, {})
    if manifest.kind == SWEEP:
        table = _points(folder / POINTS, axes)
    names = [axis.name for axis in axes]
    if problems := list(_wrong_points(folder / POINTS, names, table, scenarios, places)):
        raise ScenarioError(problems[:MOST_PROBLEMS])
    offices = list(dict.fromkeys(site for _, site, _ in places if site))
    sites = _sites(folder / SITES, scenarios, offices) if offices else {}
    return SweepScenarios(scenarios, manifest.seed, names, [table.values[point] for point in sorted(table.values)], sites)


class _Points(NamedTuple):
    """The values of each point, and the line on which it begins."""

    values: Mapping[int, tuple[Value, ...]]
    lines: Mapping[int, int]


def _axes(path: Path) -> list[Axis]:
    """The inputs that the sweep varied."""
    text = csv_file.text_of(path, MOST_BYTES, _HINT)
    try:
        names = [one["name"] for one in json.loads(text)["axes"]]
    except json.JSONDecodeError as error:
        raise ScenarioError([Problem(str(path), error.lineno, "", f"is not readable as JSON: {error.msg}", _HINT)]) from error
    except (KeyError, TypeError, ValueError, RecursionError):
        names = []
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise usage_error(str(path), "does not say under `axes` which figures were varied, each once by its `name`", _HINT)
    axes, problems = [], []
    for name in names:
        try:
            axes.append(axis_of(name))
        except InvalidAxis as unfit:
            line = next((number for number, one in enumerate(text.splitlines(), start=1) if f'"name": {json.dumps(name)}' in one), None)
            problems.append(Problem(str(path), line, name, unfit.message, unfit.suggestion or _HINT))
    if problems:
        raise ScenarioError(problems)
    return axes


def _points(path: Path, axes: Sequence[Axis]) -> _Points:
    """The table of points; its values have their type again."""
    by_name = {axis.name: axis for axis in axes}
    points: dict[int, dict[str, Value]] = {}
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
                raise InvalidAxis(f"is none of the figures that {DOCUMENT} names")
            if name in points.setdefault(point, {}):
                raise InvalidAxis(f"is given twice at point {point}")
            lines.setdefault(point, line)
            points[point][name] = _value(by_name[name], text)
        except ValueError as error:
            message, about = (str(error), cells[1]) if isinstance(error, InvalidAxis) else ("a row should be point, figure and value", "")
            problems.append(Problem(str(path), line, about, message, _HINT))
    if not problems:
        for place, point in enumerate(sorted(points), start=1):
            if point != place:
                problems.append(Problem(str(path), lines[point], "", f"has point {point} but not point {place}", _HINT))
                break
            if missing := [name for name in by_name if name not in points[point]]:
                problems.append(Problem(str(path), lines[point], missing[0], f"is not given at point {point}", _HINT))
    if problems:
        raise ScenarioError(problems[:MOST_PROBLEMS])
    return _Points({point: tuple(values[name] for name in by_name) for point, values in points.items()}, lines)


def _value(axis: Axis, text: str) -> Value:
    """A value of a table as its axis has it."""
    try:
        return value_on(axis, scalar(text) if axis.is_number or axis.kind == "yes or no" else text)
    except InvalidAxis as unfit:
        raise InvalidAxis(unfit.message) from None
    except ValueError as error:
        raise InvalidAxis(str(error)) from None


def _wrong_points(
    path: Path, axes: Sequence[str], table: _Points, scenarios: Mapping[str, Scenario], places: Collection[RunLocation]
) -> Iterator[Problem]:
    """Problems with points that have runs but no values, or values that do not fit."""
    for name, point in dict.fromkeys((name, point) for name, _, point in places if point):
        if point not in table.values:
            yield Problem(str(path), None, "", f"has no point {point}, of which {NAME} has runs of `{name}`", _HINT)
            continue
        try:
            at_point(scenarios[name], axes, table.values[point])
        except ScenarioError as error:
            for problem in error.problems:
                yield Problem(str(path), table.lines[point], problem.path, f"`{name}` cannot be at point {point}: {problem.message}", _HINT)


def _sites(path: Path, scenarios: Mapping[str, Scenario], offices: Sequence[str]) -> dict[str, Site]:
    """The offices by name."""
    table = read_sites(path, list(scenarios.values()))
    sites = {site.office: site for site in table.sites}
    if missing := [office for office in offices if office not in sites]:
        raise ScenarioError(
            Problem(str(path), None, OFFICE, f"has no row of `{office}`, of which {NAME} has runs", _HINT)
            for office in missing[:MOST_PROBLEMS]
        )
    return sites


_BLOCK = 1 << 20
_METRICS = "metrics.csv"
_TOLD = 3


class VersionDifference(NamedTuple):
    """A version that was another when the runs were made."""

    what: str
    then: str | None
    now: str | None


class FileDifference(NamedTuple):
    """A file that is not what the manifest says, and how."""

    file: str
    message: str


class RunDifference(NamedTuple):
    """A run that did not come out as it was; `now` is None if it failed."""

    scenario: str
    office: str
    point: int
    run: int
    then: str
    now: str | None
    message: str


class Reproduction(NamedTuple):
    """The comparison of a folder with its runs made again; `left_out` names each scenario not run, with its changed file."""

    files: int
    other_files: list[FileDifference]
    runs: int
    other_runs: list[RunDifference]
    left_out: Mapping[str, str]

    @property
    def equal(self) -> bool:
        """Whether all is as it was."""
        return not (self.other_files or self.other_runs or self.left_out)


def version_differences(manifest: Manifest) -> list[VersionDifference]:
    """Versions that differ from those of the original runs; a different model is a likely cause of different results."""
    now = provenance()
    pairs: list[tuple[str, str | None, str | None]] = [("model", manifest.model_version, model_version())]
    pairs += [("tool", manifest.tool, now["tool"]["version"]), ("Python", manifest.python, now["python"])]
    pairs += [("system", manifest.system, now["system"])]
    pairs += [(name, manifest.packages.get(name), version) for name, version in now["packages"].items()]
    return [VersionDifference(what, then, current) for what, then, current in pairs if then is not None and then != current]


def reproduce(
    manifest: Manifest,
    most: int | None,
    jobs: int,
    engine: Engine,
    progress: Progress = silent,
) -> Reproduction:
    """Checks all files and makes the runs again, the first so many of each scenario if a number is given; writes nothing."""
    other_files = _other_files(manifest)
    wrong = {one.file for one in other_files}
    decisive = {
        name: next((file for file in [_scenario_file(name), *files_of(manifest)] if file in wrong), "") for name in manifest.scenarios
    }
    left_out = {name: file for name, file in decisive.items() if file}
    scenarios = _scenarios(manifest, [name for name in manifest.scenarios if name not in left_out])
    digests = {
        RunId(name, run, point, site): digest
        for (name, site, point), mine in manifest.digests.items()
        if name in scenarios
        for run, digest in mine.items()
        if most is None or run < most
    }
    if not digests:
        if not left_out:
            raise usage_error(
                str(manifest.file), "names no finished run to make again", "give more `--runs`, or the folder of finished runs"
            )
        return Reproduction(len(manifest.files), other_files, 0, [], left_out)
    worlds = scenarios_at_points(manifest, scenarios, dict.fromkeys(one.place for one in digests))
    by_run = _METRICS in manifest.files and _METRICS not in wrong and not any(one.site for one in digests)
    measured = kept_metrics(manifest.file.parent / _METRICS, digests) if by_run else KeptMetrics(None, {})
    other_runs: list[RunDifference] = []

    def look_at(runs: Sequence[Run]) -> None:
        for run in runs:
            which = RunId(run.scenario, run.run, run.point, run.site)
            message = _difference(run, digests[which], measured.of(which))
            if message:
                other_runs.append(RunDifference(run.scenario, run.site, run.point, run.run, digests[which], run.digest, message))

    places = {place: number for number, place in enumerate(manifest.digests)}
    wanted = fixed_set(sorted(digests, key=lambda run: _turn(run, places)))
    execute(Work(worlds, wanted, PassedOnRuns(look_at), len(digests)), ExecutionOptions(jobs, engine, progress=progress))
    in_order = sorted(other_runs, key=lambda one: (places[one.scenario, one.office, one.point], one.run))
    return Reproduction(len(manifest.files), other_files, len(digests), in_order, left_out)


def _turn(one: RunId, places: Mapping[RunLocation, int]) -> tuple[int, ...]:
    """When a run is made: point by point; those of one office behind each other, for there are many of them."""
    return (one.point, places[one.place], one.run) if one.site else (one.point, one.run, places[one.place])


def _difference(run: Run, then: str, measured: Measured) -> str:
    """The difference of a run from its original; empty if there is none. A metric added since is no difference."""
    if run.failure:
        return f"failed: {run.failure}"
    if run.digest != then:
        return "another event log"
    other = list(dict.fromkeys(metric for (metric, group), pair in measured.items() if run.metrics.get((metric, group)) != pair))
    more = f" and {len(other) - _TOLD} more" if len(other) > _TOLD else ""
    return f"the same event log, but other values of {', '.join(other[:_TOLD])}{more}" if other else ""


def _scenario_file(name: str) -> str:
    return f"scenarios/{name}.yaml"


def _scenarios(manifest: Manifest, names: list[str]) -> Mapping[str, Scenario]:
    """The scenarios as they were run; all that is wrong with them is told together."""
    scenarios: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            scenarios[name] = load_kept(manifest.file.parent / _scenario_file(name))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return scenarios


def _other_files(manifest: Manifest) -> list[FileDifference]:
    folder = manifest.file.parent
    differences = []
    for name, then in manifest.files.items():
        try:
            now = _sha256(folder / name)
        except FileNotFoundError:
            differences.append(FileDifference(name, "is missing"))
        except OSError as error:
            differences.append(FileDifference(name, f"cannot be read: {error.strerror}"))
        else:
            if now != then:
                differences.append(FileDifference(name, "is not as it was written"))
    return differences


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise OSError(0, "it is not an ordinary file")
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


MOST_LISTED = 20


def versions_text(manifest: Manifest, others: Sequence[VersionDifference]) -> list[str]:
    """Lines on the versions that differ and their consequence."""
    lines = [f"{version.what}: {version.then} then, {version.now or 'not installed'} now" for version in others]
    if any(version.what == "model" for version in others):
        made = f"; these runs were made from commit {manifest.commit}" if manifest.commit else ""
        lines.append(f"The model has changed since: other results are to be expected, and are no error{made}.")
    return lines


def reproduction_text(reproduction: Reproduction, manifest: Manifest) -> Iterator[str]:
    """Each difference, then one line on runs and one on files."""
    for run in reproduction.other_runs[:MOST_LISTED]:
        digests = f" (then {run.then[:12]}, now {run.now[:12]})" if run.now and run.now != run.then else ""
        place = (f" in {run.office}" if run.office else "") + (f" at point {run.point}" if run.point else "")
        yield f"run {run.run} of {run.scenario}{place}: {run.message}{digests}"
    if len(reproduction.other_runs) > MOST_LISTED:
        yield f"... and {len(reproduction.other_runs) - MOST_LISTED} runs more"
    yield from (f"{difference.file} {difference.message}" for difference in reproduction.other_files)
    yield from (f"{name}: not made again, {file} is not the one that was run" for name, file in reproduction.left_out.items())
    if reproduction.runs:
        yield f"{reproduction.runs - len(reproduction.other_runs)} of {reproduction.runs} runs gave the same event log and metrics"
    if manifest.failed:
        yield f"{manifest.failed} runs that failed then were not made again"
    yield f"{reproduction.files - len(reproduction.other_files)} of {reproduction.files} files are as they were written"


def as_document(reproduction: Reproduction, manifest: Manifest, others: Sequence[VersionDifference], engine: str) -> dict[str, Any]:
    """The document that `reproduce --json` prints."""
    return {
        "folder": manifest.file.parent, "seed": manifest.seed, "engine": engine, "equal": reproduction.equal,
        "versions": list(others), "commit": manifest.commit,
        "runs": {
            "made": reproduction.runs, "equal": reproduction.runs - len(reproduction.other_runs), "different": reproduction.other_runs,
        },
        "files": {"checked": reproduction.files, "different": reproduction.other_files},
        "left_out": list(reproduction.left_out),
    }  # fmt: skip
