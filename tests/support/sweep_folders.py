"""Folders of sweeps over made-up runs: quick to make, in the format in which `sweep` writes them."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json

import numpy as np
import pytest

from jobcentre.metrics import BY_NAME
from jobcentre.report.page import write_report
from jobcentre.runs.folder import csv_text, json_text
from jobcentre.runs.results import Summary, summarise, value_of
from jobcentre.runs.store import Run
from jobcentre.scenario import load, to_yaml

COACHES = {"name": "coaches", "label": "Work coaches", "unit": "coaches", "values": [20, 22, 24, 26, 28, 30]}
CAP = {"name": "appointments_per_day", "label": "Appointments a day at most", "unit": "appointments a day", "values": [17, 18, 19, 21, 23]}
FACTOR = {"name": "admin.factor", "label": "Factor on the minutes of every admin task", "unit": "ratio", "values": [0.8, 1.2]}
RESPONSE = {"name": "strain.response", "label": "Response to strain", "unit": "", "values": ["low", "central", "high"]}
METRICS = ("overloaded_share", "missed_share", "cost_per_year_pounds", "appointments_held_per_coach_day")
SIZES = {"cost_per_year_pounds": 1.0, "leaving_rate_per_year": 20.0}


def truth(metric, scenario, at):
    """A made-up answer surface: smooth, with trade-offs between metrics."""
    coaches, cap = float(at.get("coaches", 24)), float(at.get("appointments_per_day", 19))
    factor = float(at.get("admin.factor", 1.0)) + {"low": -0.1, "high": 0.1}.get(at.get("strain.response"), 0.0)
    load_ = factor * (9 if scenario == "oxford_surge_step" else 7.5) / coaches * cap**0.5 / 1.6
    share = 1 / (1 + np.exp(-9 * (load_ - 1)))
    if metric == "cost_per_year_pounds":
        return 46_000.0 * coaches + 9_000 * share
    if metric == "appointments_held_per_coach_day":
        return min(cap, 240 / coaches) * (1 - 0.2 * share)
    if metric == "missed_share":
        return 0.11 + 0.2 * share * (20 / cap) ** 2
    if BY_NAME[metric].share:
        return 0.9 * share
    return (1 + BY_NAME[metric].matters) * (0.2 + share)


def runs_of(scenario, number, at, runs, metrics, failed, value=truth):
    """Runs of one point: the truth, and luck that is the same at every point."""
    made = []
    for run in range(runs):
        if (scenario, number, run) in failed:
            made.append(Run(scenario, run, point=number, failure="the team is empty"))
            continue
        luck = np.random.default_rng(run).standard_normal()
        own = np.random.default_rng([number, run]).standard_normal(len(metrics))
        found = {}
        for metric, noise in zip(metrics, own, strict=True):
            size = SIZES.get(metric, 4000.0)
            middle = value(metric, scenario, at)
            told = middle * (1 + 0.06 * luck + 0.05 * noise)
            if BY_NAME[metric].share:
                told = min(max(told, 0.0), 1.0)
            if middle is not None:
                found[metric, None] = (round(told * size, 3), size)
                if metric == "missed_share":
                    found[metric, "searching"] = (round(told * size * 0.4, 3), size / 2)
        made.append(Run(scenario, run, metrics=found, point=number))
    return made


def grid(axes):
    return list(itertools.product(*(axis["values"] for axis in axes)))


def sampled(axes, count, seed=1):
    """Points scattered over ranges."""
    rng = np.random.default_rng(seed)
    columns = []
    for axis in axes:
        low, high = axis["values"]
        columns.append([float(f"{low + (high - low) * (place + rng.random()) / count:.10g}") for place in rng.permutation(count)])
    return list(zip(*columns, strict=True))


def sweep_folder(
    out, axes, points=None, *, sampling="grid", runs=50, scenarios=("oxford_surge_step",), metrics=METRICS, failed=(), sites=None,
    title="Coaches against appointments a day", question="How many coaches and appointments keep the office steady?", value=truth,
):  # fmt: skip
    points = grid(axes) if points is None else points
    folder = out / "sweep-0123456789"
    (folder / "scenarios").mkdir(parents=True)
    rows, summaries = [], []
    for name in scenarios:
        for number, values in enumerate(points, 1):
            at = dict(zip((axis["name"] for axis in axes), values, strict=True))
            mine = runs_of(name, number, at, runs, metrics, failed, value)
            summaries += summarise(name, mine, "fixed", number)
            for run in mine:
                if run.failure:
                    rows.append((name, number, run.run, None, "run_failed", 1.0, 1.0, 1.0))
                rows += [(name, number, run.run, group, metric, *pair, value_of(pair)) for (metric, group), pair in run.metrics.items()]
    told = [{"scenario": name, "point": point, "run": run, "message": "the team is empty"} for name, point, run in failed]
    request = {
        "kind": "sweep", "title": title, "question": question, "sampling": sampling, "sampling_seed": 0, "axes": list(axes), "points": points,
        "runs": runs, "metrics": list(metrics), "table": sites,
    }  # fmt: skip
    asked = {"format": 1, "name": "sweep", "digest": "0" * 64, "seed": 1, "scenarios": list(scenarios), "request": request}
    files = {f"scenarios/{name}.yaml": to_yaml(load(name).resolved(with_evidence=True)) for name in scenarios}
    files["metrics.csv"] = csv_text(("scenario", "point", "run", "group", "metric", "numerator", "denominator", "value"), rows)
    files["summary.csv"] = csv_text(Summary._fields, summaries)
    cells = [
        (number, axis["name"], value) for number, values in enumerate(points, 1) for axis, value in zip(axes, values, strict=True)
    ]  # fmt: skip
    files["points.csv"] = csv_text(("point", "figure", "value"), cells)
    files["experiment.json"] = json_text(asked)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    write_manifest(folder, scenarios, runs * len(points), told)
    write_report(folder)
    return folder


def write_manifest(folder, scenarios, runs, failed=()):
    digest = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.*"))}
    manifest = {
        "format": 2, "tool": {"name": "jobcentre", "version": "0.1.0"}, "git": None, "python": "3.11", "system": "Linux", "packages": {},
        "experiment": "0" * 64, "model_version": "0" * 16, "metrics_version": "0" * 16, "seed": 1, "scenarios": dict.fromkeys(scenarios, "0" * 64), "intervals": "fixed",
        "runs": dict.fromkeys(scenarios, runs), "digests": {name: {} for name in scenarios}, "points": {}, "offices": {},
        "failed": list(failed), "events": {}, "commands": [], "files": digest,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def change_request(folder, **changes):
    """Another request in experiment.json, with the manifest that belongs to it."""
    path = folder / "experiment.json"
    asked = json.loads(path.read_text(encoding="utf-8"))
    asked["request"] = {key: value for key, value in (asked["request"] | changes).items() if value is not ...}
    path.write_text(json_text(asked), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["experiment.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def rows_of(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TWO = ("oxford_surge_step", "surge_with_early_relief")
RANGES = (
    {"name": "admin.factor", "label": "Factor on the minutes of every admin task", "unit": "ratio", "values": [0.7, 1.4]},
    {"name": "hiring.days_to_hire.mean", "label": "Working days to hire, mean", "unit": "working days", "values": [20, 120]},
    {"name": "coaches", "label": "Work coaches", "unit": "coaches", "values": [20, 30]},
    {"name": "strain.backlog_counted_minutes", "label": "Most minutes of backlog counted", "unit": "minutes", "values": [30, 90]},
    {"name": "leaving.base_per_year", "label": "Leaving a year without strain", "unit": "share", "values": [0.05, 0.2]},
)
KINDS = {
    "line": lambda out: sweep_folder(out, [COACHES], scenarios=TWO, title="How many coaches?", failed=[(TWO[0], 2, 3)]),
    "map": lambda out: sweep_folder(out, [COACHES, CAP], scenarios=TWO),
    "many": lambda out: sweep_folder(out, [FACTOR, COACHES, CAP, RESPONSE], runs=10, title="Four figures at once"),
    "sample": lambda out: sweep_folder(out, RANGES, sampled(RANGES, 64), sampling="sobol", runs=6, scenarios=TWO, title="Doubt about figures"),
    "listed": lambda out: sweep_folder(
        out, [COACHES, CAP], [(20, 17), (24, 19), (30, 23)], sampling="list", runs=4, title="Three offers",
        sites={"name": "synthetic_646", "offices": 646, "notes": []},
    ),
}  # fmt: skip


@pytest.fixture(scope="session", params=KINDS)
def sweep(request, tmp_path_factory):
    """A folder of each kind of sweep; tests only read it."""
    return made_once(request.param, tmp_path_factory)


_MADE = {}


def made_once(kind, tmp_path_factory):
    if kind not in _MADE:
        _MADE[kind] = KINDS[kind](tmp_path_factory.mktemp(kind))
    return _MADE[kind]
