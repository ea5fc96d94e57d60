"""Makes the runs of a results folder again and compares them: event logs and files with the manifest, metrics with the table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.experiments.blocks import Wanted
from sim.experiments.kept_metrics import KeptMetrics, Measured, kept_metrics
from sim.experiments.making import Progress, silent
from sim.experiments.manifest import Manifest
from sim.experiments.played import files_of, worlds_of
from sim.experiments.provenance import provenance
from sim.experiments.runners import Make, run_many
from sim.experiments.warming import warm_for_workers
from sim.experiments.words import refused
from sim.identity import model_version
from sim.model import Engine
from sim.scenario import Problem, Scenario, ScenarioError, load_kept
from sim.store import Place, Run

_BLOCK = 1 << 20
_METRICS = "metrics.csv"
_TOLD = 3


class Other(NamedTuple):
    """A version that was another when the runs were made."""

    what: str
    then: str | None
    now: str | None


class OtherFile(NamedTuple):
    """A file that is not what the manifest says, and how."""

    file: str
    message: str


class OtherRun(NamedTuple):
    """A run that did not come out as it was; `now` is None if it failed."""

    scenario: str
    office: str
    point: int
    run: int
    then: str
    now: str | None
    message: str


class Reproduced(NamedTuple):
    """What came of making the runs again; `left_out` are scenarios that were not, with the file that is not as it was."""

    files: int
    other_files: list[OtherFile]
    runs: int
    other_runs: list[OtherRun]
    left_out: Mapping[str, str]

    @property
    def equal(self) -> bool:
        """Whether all is as it was."""
        return not (self.other_files or self.other_runs or self.left_out)


def other_versions(manifest: Manifest) -> list[Other]:
    """What was another version when the runs were made; another model is a likely cause of other results."""
    now = provenance()
    pairs: list[tuple[str, str | None, str | None]] = [("model", manifest.model_version, model_version())]
    pairs += [("tool", manifest.tool, now["tool"]["version"]), ("Python", manifest.python, now["python"])]
    pairs += [("system", manifest.system, now["system"])]
    pairs += [(name, manifest.packages.get(name), version) for name, version in now["packages"].items()]
    return [Other(what, then, current) for what, then, current in pairs if then is not None and then != current]


def reproduce(
    manifest: Manifest,
    most: int | None,
    jobs: int,
    engine: Engine,
    progress: Progress = silent,
) -> Reproduced:
    """Checks all files and makes the runs again, the first so many of each scenario if a number is given; writes nothing."""
    other_files = _other_files(manifest)
    wrong = {one.file for one in other_files}
    decisive = {
        name: next((file for file in [_scenario_file(name), *files_of(manifest)] if file in wrong), "") for name in manifest.scenarios
    }
    left_out = {name: file for name, file in decisive.items() if file}
    scenarios = _scenarios(manifest, [name for name in manifest.scenarios if name not in left_out])
    digests = {
        Wanted(name, run, point, site): digest
        for (name, site, point), mine in manifest.digests.items()
        if name in scenarios
        for run, digest in mine.items()
        if most is None or run < most
    }
    if not digests:
        if not left_out:
            raise refused(str(manifest.file), "names no finished run to make again", "give more `--runs`, or the folder of finished runs")
        return Reproduced(len(manifest.files), other_files, 0, [], left_out)
    worlds = worlds_of(manifest, scenarios, dict.fromkeys(one.place for one in digests))
    by_run = _METRICS in manifest.files and _METRICS not in wrong and not any(one.site for one in digests)
    measured = kept_metrics(manifest.file.parent / _METRICS, digests) if by_run else KeptMetrics(None, {})
    other_runs: list[OtherRun] = []
    done = 0

    def look_at(runs: Sequence[Run]) -> None:
        nonlocal done
        for run in runs:
            which = Wanted(run.scenario, run.run, run.point, run.site)
            message = _difference(run, digests[which], measured.of(which))
            if message:
                other_runs.append(OtherRun(run.scenario, run.site, run.point, run.run, digests[which], run.digest, message))
        done += len(runs)
        progress(done, len(digests))

    warm_for_workers(worlds.at(next(iter(digests)).place).scenario, jobs, engine)
    progress(0, len(digests))
    places = {place: number for number, place in enumerate(manifest.digests)}
    run_many(worlds, sorted(digests, key=lambda one: _turn(one, places)), Make(engine), look_at, jobs=jobs)
    in_order = sorted(other_runs, key=lambda one: (places[one.scenario, one.office, one.point], one.run))
    return Reproduced(len(manifest.files), other_files, len(digests), in_order, left_out)


def _turn(one: Wanted, places: Mapping[Place, int]) -> tuple[int, ...]:
    """When a run is made: point by point; those of one office behind each other, for there are many of them."""
    return (one.point, places[one.place], one.run) if one.site else (one.point, one.run, places[one.place])


def _difference(run: Run, then: str, measured: Measured) -> str:
    """How a run differs from what it was; empty if it does not. A metric that there was not then is no difference."""
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
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            found[name] = load_kept(manifest.file.parent / _scenario_file(name))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


def _other_files(manifest: Manifest) -> list[OtherFile]:
    folder = manifest.file.parent
    found = []
    for name, then in manifest.files.items():
        try:
            now = _sha256(folder / name)
        except FileNotFoundError:
            found.append(OtherFile(name, "is missing"))
        except OSError as error:
            found.append(OtherFile(name, f"cannot be read: {error.strerror}"))
        else:
            if now != then:
                found.append(OtherFile(name, "is not as it was written"))
    return found


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise OSError(0, "it is not an ordinary file")
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
