"""Results as the JSON documents that scripts rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobcentre.report.warmup import warnings
from jobcentre.runs.folder import json_ready
from jobcentre.runs.results import RunResults, Steadiness, Summary


def run_document(results: RunResults, summaries: Mapping[str, Sequence[Summary]], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the document of `run --json`; `facts` are those of the command."""
    ((name, rows),) = summaries.items()
    leavers = json_ready(results.leavers()) if results.by_response else []
    return {"scenario": name, **facts, **_of_scenario(results, name, rows), "responses": leavers, "failed": _failed(results)}


def comparison_document(results: RunResults, summaries: Mapping[str, Sequence[Summary]], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the document of `compare --json`; `facts` are those of the command."""
    return {
        **facts,
        "base": next(iter(results.runs)),
        "scenarios": {name: {"scenario": name, **_of_scenario(results, name, rows)} for name, rows in summaries.items()},
        "responses": json_ready(results.leavers()) if results.by_response else [],
        **difference_documents(results),
        "best": _best(results),
        "failed": _failed(results),
    }


def difference_documents(results: RunResults) -> dict[str, Any]:
    """Gives the headline differences from the base, and other metrics in which an option is clearly worse."""
    base = next(iter(results.runs))
    families = {"differences": results.differences(), "also_worse": results.also_worse()}
    return {name: [{"base": base, "group": None, **json_ready(row)} for row in rows] for name, rows in families.items()}


def run_facts(
    folder: Path, report: Path, runs: int, seed: int, engine: str, results: RunResults, judged: Sequence[Any], steady: Sequence[Steadiness]
) -> dict[str, Any]:
    """Gives the part on the command that both documents share; `judged` are the evaluated conditions, `steady` the rows on
    warm-up and drift."""
    return {
        "runs": runs,
        "seed": seed,
        "engine": engine,
        "folder": str(folder),
        "report": str(report),
        "intervals": results.kind,
        "conditions": [
            json_ready(gate) | {"condition": str(gate.condition), "broken": gate.broken, "unclear": gate.unclear} for gate in judged
        ],
        "broken": [gate.text for gate in judged if gate.broken],
        "unclear": [gate.text for gate in judged if gate.unclear],
        "steadiness": json_ready(steady),
        "warnings": warnings(steady),
    }


def _of_scenario(results: RunResults, name: str, rows: Sequence[Summary]) -> dict[str, Any]:
    metrics = [{key: value for key, value in row._asdict().items() if key not in ("scenario", "point")} for row in rows]
    return {"digests": [run.digest for run in results.runs[name]], "metrics": json_ready(metrics)}


def _best(results: RunResults) -> list[dict[str, Any]]:
    """The scenarios that may be the best, by metric."""
    rows = results.best()
    return [
        {
            "metric": metric,
            "scenarios": [row.scenario for row in rows if row.metric == metric and row.may_be_best],
            "judged": any(row.judged for row in rows if row.metric == metric),
            **{key: value for key, value in json_ready(first).items() if key in ("n", "level", "method", "kind")},
        }
        for metric, first in {row.metric: row for row in rows}.items()
    ]


def _failed(results: RunResults) -> list[dict[str, Any]]:
    return [{"scenario": run.scenario, "point": run.point, "run": run.run, "message": run.failure} for run in results.failed]
