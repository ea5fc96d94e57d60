"""Makes the runs of a results folder again and compares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.model import Engine
from jobcentre.runs.batches import RunId
from jobcentre.runs.documents import kept_file, sha256_of
from jobcentre.runs.execute import ExecutionOptions, PassedOnRuns, Progress, Work, execute, fixed_set, silent
from jobcentre.runs.experiment import PlainScenarios, ScenarioProvider
from jobcentre.runs.machine import provenance
from jobcentre.runs.manifest import NAME as MANIFEST
from jobcentre.runs.manifest import KeptMetrics, Manifest, Measured, experiment_of, kept_metrics
from jobcentre.runs.requests import FILE as EXPERIMENT
from jobcentre.runs.requests import ExperimentRecord, NationRequest, SweepRequest
from jobcentre.runs.run_key import metrics_version, model_version
from jobcentre.runs.store import Run, RunLocation
from jobcentre.scenario import Problem, Scenario, ScenarioError, load_kept
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.offices import OFFICE, Site, read_sites
from jobcentre.studies.levers import InvalidAxis, axis_of, value_on
from jobcentre.studies.sweep_request import SweepScenarios, scenarios_of_request

SITES = "sites.csv"
MOST_PROBLEMS = 20
_HINT = "put back the file that the command wrote, or give the same command again"


def scenarios_again(
    folder: Path, experiment: ExperimentRecord, scenarios: Mapping[str, Scenario], wanted: Iterable[RunId]
) -> ScenarioProvider:
    """The provider of the original runs, made by the same function; ScenarioError where a file does not fit the wanted runs."""
    request = experiment.request
    if not isinstance(request, NationRequest | SweepRequest):
        return PlainScenarios(scenarios, experiment.seed)
    locations = dict.fromkeys(run.location for run in wanted)
    offices = list(dict.fromkeys(site for _, site, _ in locations if site))
    provider = scenarios_of_request(request, scenarios, experiment.seed, _sites(folder / SITES, scenarios, offices) if offices else ())
    if problems := list(_wrong_points(folder / EXPERIMENT, provider, locations)):
        raise ScenarioError(problems[:MOST_PROBLEMS])
    return provider


def _wrong_points(file: Path, provider: SweepScenarios, locations: Iterable[RunLocation]) -> Iterator[Problem]:
    """Problems with points that have runs but no values, or values that do not fit."""
    for name, point in dict.fromkeys((name, point) for name, _, point in locations if point):
        if point > len(provider.points):
            yield Problem(str(file), None, "request.points", f"has no point {point}, of which {MANIFEST} has runs of `{name}`", _HINT)
            continue
        try:
            for axis, value in zip(provider.axes, provider.points[point - 1], strict=True):
                value_on(axis_of(axis), value)
            provider.at((name, "", point))
        except InvalidAxis as unfit:
            yield Problem(str(file), None, f"request.points[{point - 1}]", f"{axis}: {unfit.message}", _HINT)
        except ScenarioError as error:
            for problem in error.problems:
                message = f"`{name}` cannot be there: {problem.path} {problem.message}"
                yield Problem(str(file), None, f"request.points[{point - 1}]", message, _HINT)


def _sites(path: Path, scenarios: Mapping[str, Scenario], offices: Sequence[str]) -> Sequence[Site]:
    """The sites of the table; ScenarioError where one of the offices is missing."""
    sites = read_sites(path, list(scenarios.values())).sites
    there = {site.office for site in sites}
    if missing := [office for office in offices if office not in there]:
        raise ScenarioError(
            Problem(str(path), None, OFFICE, f"has no row of `{office}`, of which {MANIFEST} has runs", _HINT)
            for office in missing[:MOST_PROBLEMS]
        )
    return sites


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

    folder: Path
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
    pairs += [
        ("metrics", manifest.metrics_version, metrics_version()),
        ("tool", manifest.tool.version, now["tool"]["version"]),
        ("Python", manifest.python, now["python"]),
    ]
    pairs += [("system", manifest.system, now["system"])]
    pairs += [(name, manifest.packages.get(name), version) for name, version in now["packages"].items()]
    return [VersionDifference(what, then, current) for what, then, current in pairs if then is not None and then != current]


def reproduce(folder: Path, manifest: Manifest, most: int | None, jobs: int, engine: Engine, progress: Progress = silent) -> Reproduction:
    """Checks all files and makes the runs again, the first so many of each scenario if a number is given; writes nothing."""
    other_files = _other_files(folder, manifest)
    wrong = {one.file for one in other_files}
    decisive = {name: [_scenario_file(name), EXPERIMENT, SITES] for name in manifest.scenarios}
    left_out = {name: next(file for file in files if file in wrong) for name, files in decisive.items() if wrong.intersection(files)}
    if other := [file for name in manifest.scenarios if (file := _scenario_file(name)) not in manifest.files]:
        raise usage_error(str(folder / other[0]), f"is none of the files that {MANIFEST} names", _HINT)
    scenarios = _scenarios(folder, [name for name in manifest.scenarios if name not in left_out])
    digests = {
        RunId(name, run, point, site): digest
        for (name, site, point), mine in manifest.run_digests.items()
        if name in scenarios
        for run, digest in mine.items()
        if most is None or run < most
    }
    if not digests:
        if not left_out:
            raise usage_error(
                str(folder / MANIFEST), "names no finished run to make again", "give more `--runs`, or the folder of finished runs"
            )
        return Reproduction(folder, len(manifest.files), other_files, 0, [], left_out)
    provider = scenarios_again(folder, experiment_of(folder, manifest), scenarios, digests)
    by_run = _METRICS in manifest.files and _METRICS not in wrong and not any(one.site for one in digests)
    measured = kept_metrics(folder / _METRICS, digests) if by_run else KeptMetrics(None, {})
    other_runs: list[RunDifference] = []

    def look_at(runs: Sequence[Run]) -> None:
        for run in runs:
            which = RunId(run.scenario, run.run, run.point, run.site)
            message = _difference(run, digests[which], measured.of(which))
            if message:
                other_runs.append(RunDifference(run.scenario, run.site, run.point, run.run, digests[which], run.digest, message))

    locations = {place: number for number, place in enumerate(manifest.run_digests)}
    wanted = fixed_set(sorted(digests, key=lambda run: _turn(run, locations)))
    execute(Work(provider, wanted, PassedOnRuns(look_at), len(digests)), ExecutionOptions(jobs, engine, progress=progress))
    in_order = sorted(other_runs, key=lambda one: (locations[one.scenario, one.office, one.point], one.run))
    return Reproduction(folder, len(manifest.files), other_files, len(digests), in_order, left_out)


def _turn(one: RunId, locations: Mapping[RunLocation, int]) -> tuple[int, ...]:
    """When a run is made: point by point; those of one office behind each other, for there are many of them."""
    return (one.point, locations[one.location], one.run) if one.site else (one.point, one.run, locations[one.location])


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


def _scenarios(folder: Path, names: list[str]) -> Mapping[str, Scenario]:
    """The scenarios as they were run; all that is wrong with them is told together."""
    scenarios: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            scenarios[name] = load_kept(folder / _scenario_file(name))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return scenarios


def _other_files(folder: Path, manifest: Manifest) -> list[FileDifference]:
    differences = []
    for name, then in manifest.files.items():
        try:
            now = sha256_of(kept_file(folder, name))
        except ScenarioError as error:
            differences.append(FileDifference(name, error.problems[0].message))
        except OSError as error:
            differences.append(FileDifference(name, f"cannot be read: {error.strerror}"))
        else:
            if now != then:
                differences.append(FileDifference(name, "is not as it was written"))
    return differences


MOST_LISTED = 20


def versions_text(manifest: Manifest, others: Sequence[VersionDifference]) -> list[str]:
    """Lines on the versions that differ and their consequence."""
    lines = [f"{version.what}: {version.then} then, {version.now or 'not installed'} now" for version in others]
    if any(version.what == "model" for version in others):
        made = f"; these runs were made from commit {manifest.commit}" if manifest.commit else ""
        lines.append(f"The model has changed since: other results are to be expected, and are no error{made}.")
    return lines


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12]


def reproduction_text(reproduction: Reproduction, manifest: Manifest) -> Iterator[str]:
    """Each difference, then one line on runs and one on files."""
    for run in reproduction.other_runs[:MOST_LISTED]:
        digests = f" (then {_short(run.then)}, now {_short(run.now)})" if run.now and run.now != run.then else ""
        place = (f" in {run.office}" if run.office else "") + (f" at point {run.point}" if run.point else "")
        yield f"run {run.run} of {run.scenario}{place}: {run.message}{digests}"
    if len(reproduction.other_runs) > MOST_LISTED:
        yield f"... and {len(reproduction.other_runs) - MOST_LISTED} runs more"
    yield from (f"{difference.file} {difference.message}" for difference in reproduction.other_files)
    yield from (f"{name}: not made again, {file} is not the one that was run" for name, file in reproduction.left_out.items())
    if reproduction.runs:
        yield f"{reproduction.runs - len(reproduction.other_runs)} of {reproduction.runs} runs gave the same event log and metrics"
    if manifest.failed:
        yield f"{len(manifest.failed)} runs that failed then were not made again"
    yield f"{reproduction.files - len(reproduction.other_files)} of {reproduction.files} files are as they were written"


def as_document(reproduction: Reproduction, manifest: Manifest, others: Sequence[VersionDifference], engine: str) -> dict[str, Any]:
    """The document that `reproduce --json` prints."""
    return {
        "folder": reproduction.folder, "seed": manifest.seed, "engine": engine, "equal": reproduction.equal,
        "versions": list(others), "commit": manifest.commit,
        "runs": {
            "made": reproduction.runs, "equal": reproduction.runs - len(reproduction.other_runs), "different": reproduction.other_runs,
        },
        "files": {"checked": reproduction.files, "different": reproduction.other_files},
        "left_out": list(reproduction.left_out),
    }  # fmt: skip
