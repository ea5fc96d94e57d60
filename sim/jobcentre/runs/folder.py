"""What an experiment's folder contains, and how it is written: every file beside and renamed at the end.

Nothing but the manifest holds a time of day, a place or a number of workers; all else is equal byte for byte when the
scenarios, the seed, the model and the runs are.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from jobcentre.runs.documents import sha256_of
from jobcentre.runs.locks import locked, make_folder, write_atomically
from jobcentre.runs.manifest import NAME as MANIFEST
from jobcentre.runs.manifest import read_manifest
from jobcentre.runs.requests import FILE as EXPERIMENT
from jobcentre.runs.requests import ExperimentRecord, Request, read_experiment
from jobcentre.runs.results import (
    Leavers,
    RunResults,
    Steadiness,
    Summary,
    by_window,
    chosen_for_events,
    metric_keys,
    steadiness,
    value_of,
)
from jobcentre.runs.run_key import metrics_version, model_version
from jobcentre.runs.store import FILE as STORE
from jobcentre.runs.variants import POINT_OF_RESPONSE
from jobcentre.scenario import Scenario, ScenarioError
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.yaml_file import to_yaml
from jobcentre.stats.best import NotDistinguishable

#: What this tool makes in a folder, beside scenarios and logs: what else lies there is none of its business.
OWN_FILES = (
    EXPERIMENT, STORE, "metrics.csv", "metrics.parquet", "summary.csv", "weekly.csv", "windows.csv",
    "steadiness.csv", "differences.csv", "best.csv",
    "points.csv", "responses.csv", "regions.csv", "offices.csv", "tails.csv", "sites.csv", "staffing.csv", "staffing.json", "selection.csv",
    "selection.json", "uncertainty.json", "report.html",
)  # fmt: skip
_LOG = re.compile(r".+-run\d{5,}\.parquet")


@dataclass(frozen=True)
class Experiment:
    """Scenarios on the same random numbers, and the folder that receives their results; `digest` names what was asked."""

    folder: Path
    scenarios: Mapping[str, Scenario]
    seed: int
    digest: str

    def record(self, request: Request) -> ExperimentRecord:
        """What experiment.json says of it."""
        name = self.folder.name.removesuffix(f"-{self.digest[:10]}")
        return ExperimentRecord(format=1, name=name, digest=self.digest, seed=self.seed, scenarios=list(self.scenarios), request=request)


def experiment(name: str, scenarios: Mapping[str, Scenario], seed: int, out: Path, plan: Mapping[str, Any] | None = None) -> Experiment:
    """What is asked and where its results belong: the same for any number of runs, workers, any engine and place.

    `plan` is what else decides which runs are made.
    """
    asked = {"scenarios": {key: value.resolved() for key, value in scenarios.items()}, "seed": seed, "model": model_version()}
    if plan is not None:
        asked["plan"] = dict(plan)
    digest = _sha256(_json(asked).encode())
    return Experiment(out / f"{name}-{digest[:10]}", scenarios, seed, digest)


def begin(asked: Experiment, request: Request) -> None:
    """Makes the folder and says in it what is asked, before any run is made; results that are there keep the request they answer.

    ScenarioError where the folder holds another experiment.
    """
    make_folder(asked.folder)
    with locked(asked.folder):
        try:
            there = read_experiment(asked.folder).digest
        except ScenarioError:  # none, or spoiled: it is known anew
            there = asked.digest
        if there != asked.digest:
            raise usage_error(str(asked.folder), f"holds another experiment ({there[:10]})", "rename that folder, or choose another --out")
        if not (asked.folder / MANIFEST).exists():
            _write_experiment(asked, request)


def _write_experiment(asked: Experiment, request: Request) -> None:
    write_atomically(asked.folder / EXPERIMENT, json_text(asked.record(request).model_dump()).encode())


def events_file(folder: Path, scenario: str, run: int, point: int = 0, site: str = "") -> Path:
    """Where the log of a run is kept."""
    which = (f"-{site}" if site else "") + (f"-point{point:05d}" if point else "")
    return folder / "events" / f"{scenario}{which}-run{run:05d}.parquet"


def delete_logs(folder: Path, places: Iterable[tuple[str, str, int]]) -> None:
    """Takes away the logs of scenarios, offices and points, under whose names others stand from now on."""
    gone = {events_file(folder, scenario, 0, point, site).name.rpartition("-run")[0] for scenario, site, point in places}
    for file in folder.glob("events/*.parquet"):
        if file.name.rpartition("-run")[0] in gone:
            file.unlink(missing_ok=True)


def to_parquet(table: Path) -> Path:
    """The same table as Parquet beside it, made piece by piece."""
    import pyarrow as pa  # here: two tenths of a second, and hardly any command needs it
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    path = table.with_suffix(".parquet")
    types = {"scenario": pa.string(), "group": pa.string(), "metric": pa.string(), "point": pa.int64(), "run": pa.int64()}
    types |= dict.fromkeys(("numerator", "denominator", "value"), pa.float64())
    options = pacsv.ConvertOptions(column_types=types, strings_can_be_null=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with pacsv.open_csv(table, convert_options=options) as rows, pq.ParquetWriter(new, rows.schema, compression="zstd") as writer:
            for batch in rows:
                writer.write_batch(batch)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    return path


def write_results(asked: Experiment, request: Request, results: RunResults, about: dict[str, Any], parquet: bool = False) -> None:
    """Writes everything but the store and the logs, the manifest last; `about` is what it says of versions and this command."""
    files: dict[str, Iterable[str]] = {"weekly.csv": _weekly_lines(results)}
    files["steadiness.csv"] = [csv_text(Steadiness._fields, steadiness(results, asked.scenarios))]
    files["windows.csv"] = [_windows_csv(results, asked.scenarios)]
    if len(results.runs) > 1:
        files["differences.csv"] = [differences_csv(results)]
    if best := results.best():
        files["best.csv"] = [best_csv(best)]
    if results.by_response:
        files["points.csv"] = [_points_csv(results)]
        files["responses.csv"] = [csv_text(Leavers._fields, results.leavers())]
    write_folder(asked, request, results, files, about, parquet)


def write_folder(
    asked: Experiment,
    request: Request,
    results: RunResults,
    tables: Mapping[str, Iterable[str]],
    about: dict[str, Any],
    parquet: bool = False,
) -> None:
    """Writes what every folder has, scenarios, metrics and their summary, beside these tables in pieces, the manifest last."""
    files: dict[str, Iterable[str]] = {
        f"scenarios/{name}.yaml": [to_yaml(asked.scenarios[name].resolved(with_evidence=True))] for name in results.runs
    }
    files["metrics.csv"] = _metrics_lines(results)
    files["summary.csv"] = [csv_text(Summary._fields, [row for rows in results.summaries().values() for row in rows])]
    files |= tables
    delete_unfinished(asked.folder)
    for name, pieces in files.items():
        with atomic_writer(asked.folder / name) as file:
            file.writelines(pieces)
    if parquet:
        to_parquet(asked.folder / "metrics.csv")
    _write_manifest(asked, request, results, about)


def delete_unfinished(folder: Path) -> None:
    """Takes away what a command that was killed left half written; whoever calls it has the folder to itself."""
    for left in folder.rglob(".*.new"):
        left.unlink(missing_ok=True)


@contextmanager
def atomic_writer(path: Path) -> Iterator[TextIO]:
    """A text to be written piece by piece beside a file's place, which it takes when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as text:
            yield text
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def csv_text(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV: nothing where there is no value, numbers in the shortest form that keeps every bit."""
    return csv_lines([header, *rows])


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Rows of such a table."""
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows(rows)
    return sink.getvalue()


def json_ready(value: Any) -> Any:
    """The same with dataclasses and tuples as JSON has them, and null for what is no number."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    elif hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): json_ready(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(inner) for inner in value]
    if isinstance(value, (dt.date, dt.time, Path)):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _metrics_lines(results: RunResults) -> Iterator[str]:
    """The table of metrics, run by run."""
    yield csv_text(("scenario", "point", "run", "group", "metric", "numerator", "denominator", "value"), ())
    for name, mine in results.by_point().items():
        keys = metric_keys(mine)
        for run in mine:
            rows: list[tuple[Any, ...]] = []
            if run.failure is not None:
                rows.append((name, run.point, run.run, None, "run_failed", 1.0, 1.0, 1.0))
            present = [(key, run.metrics[key]) for key in keys if key in run.metrics]
            rows += [(name, run.point, run.run, group, metric, *pair, value_of(pair)) for (metric, group), pair in present]
            yield csv_lines(rows)


def _points_csv(results: RunResults) -> str:
    """What is changed at each point; point 0 is the scenario as it is."""
    met = {run.point for mine in results.by_point().values() for run in mine}
    rows = [(point, "strain.response", response) for response, point in POINT_OF_RESPONSE.items() if point in met]
    return csv_text(("point", "figure", "value"), rows)


def _windows_csv(results: RunResults, scenarios: Mapping[str, Scenario]) -> str:
    columns = ("metric", "mean", "low", "high", "unit", "n", "level", "method", "kind")
    rows = [
        (row.scenario, window.name, window.first, window.last, *(getattr(row, column) for column in columns))
        for window, row in by_window(results, scenarios)
    ]
    return csv_text(("scenario", "window", "from", "to", *columns), rows)


def _weekly_lines(results: RunResults) -> Iterator[str]:
    """The tables by week, run by run; nothing where no run has one."""
    begun = False
    for name in results.runs:
        for run in results.with_tables(name):
            if run.weekly:
                header, *rows = run.weekly.text().splitlines()
                if not begun:
                    yield f"scenario,point,run,{header}\n"
                begun = True
                yield "".join([f"{name},0,{run.run},{row}\n" for row in rows])


def best_csv(rows: Iterable[NotDistinguishable]) -> str:
    """Which scenarios may be the best in each headline metric."""
    return csv_text(list(NotDistinguishable.__dataclass_fields__), (asdict(row).values() for row in rows))


def differences_csv(results: RunResults) -> str:
    """Differences from the first scenario: the intervals of the headlines hold together, and so do those of the other metrics."""
    base = next(iter(results.runs))
    columns = ("metric", "difference", "low", "high", "verdict", "n", "level", "method", "kind")
    header = ("base", "option", "group", *columns, "headline")
    rows = [
        (base, row.option, None, *(getattr(row, column) for column in columns), headline)
        for headline, family in ((True, results.differences()), (False, results.other_differences()))
        for row in family
    ]
    return csv_text(header, rows)


def _write_manifest(asked: Experiment, request: Request, results: RunResults, about: dict[str, Any]) -> None:
    runs = results.runs
    told = {
        "intervals": results.kind,
        "runs": {name: sum(run.failure is None for run in mine) for name, mine in runs.items()},
        "digests": {name: {str(run.run): run.digest for run in mine if run.failure is None} for name, mine in runs.items()},
        "points": _digests_by_point(results),
        "offices": {},
        "failed": [{"scenario": run.scenario, "point": run.point, "run": run.run, "message": run.failure} for run in results.failed],
        "events": {name: chosen_for_events(mine) for name, mine in runs.items()},
    }
    write_manifest(asked, request, told, about)


def write_manifest(asked: Experiment, request: Request, told: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Writes the request and then the manifest, when all other files are there.

    `told` is what the manifest says of the runs, `about` of versions and this command.
    """
    path = asked.folder / MANIFEST
    try:
        earlier = read_manifest(path).commands
    except (OSError, ScenarioError):  # none, or spoiled: all but the commands of before is known anew
        earlier = []
    _write_experiment(asked, request)
    manifest = {
        "format": 2,
        **{key: value for key, value in about.items() if key != "command"},
        "experiment": asked.digest,
        "model_version": model_version(),
        "metrics_version": metrics_version(),
        "seed": asked.seed,
        "scenarios": {name: _sha256(_json(asked.scenarios[name].resolved()).encode()) for name in told["runs"]},
        **told,
        "commands": [*earlier, about["command"]],
        "files": {file.relative_to(asked.folder).as_posix(): sha256_of(file) for file in sorted(_own_files(asked))},
    }
    write_atomically(path, _manifest_text(manifest))


def _own_files(asked: Experiment) -> Iterator[Path]:
    """The files in a folder that this tool has made, logs of an earlier command too; links are none of them."""
    own = [*OWN_FILES, *(f"scenarios/{name}.yaml" for name in asked.scenarios)]
    files = [*(asked.folder / name for name in own), *(file for file in asked.folder.glob("events/*.parquet") if _LOG.fullmatch(file.name))]
    yield from (file for file in files if file.is_file() and not (file.is_symlink() or file.parent.is_symlink()))


def _digests_by_point(results: RunResults) -> dict[str, Any]:
    """Digests of the runs at points beside the scenarios as they are."""
    found: dict[str, Any] = {}
    for name, mine in results.by_point().items():
        for run in mine:
            if run.point and run.failure is None:
                found.setdefault(name, {}).setdefault(str(run.point), {})[str(run.run)] = run.digest
    return found


def add_to_manifest(folder: Path, file: Path) -> None:
    """Puts a file made after the others into the manifest's list."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"] = dict(sorted((manifest["files"] | {file.relative_to(folder).as_posix(): sha256_of(file)}).items()))
    write_atomically(path, _manifest_text(manifest))


def json_text(value: Any) -> str:
    """A JSON document for people and programs."""
    return json.dumps(json_ready(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _manifest_text(manifest: Mapping[str, Any]) -> bytes:
    return json_text(manifest).encode(errors="backslashreplace")  # names of files need not be text


def _json(value: Any) -> str:
    return json.dumps(json_ready(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
