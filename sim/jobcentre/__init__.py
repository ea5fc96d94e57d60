"""Simulates the work coaches of a UK jobcentre: `import jobcentre as jc`, ten functions, described in docs/python.md."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobcentre import report as report
    from jobcentre.library import compare, load, measure, open_results, run, select, simulate, staffing, sweep

__all__ = ["compare", "load", "measure", "open_results", "report", "run", "select", "simulate", "staffing", "sweep"]


def __getattr__(name: str) -> Any:
    # numpy, pandas and numba take a second to load, which `jobcentre --help` does not have
    if name == "report":
        return importlib.import_module("jobcentre.report")
    if name in __all__:
        return getattr(importlib.import_module("jobcentre.library"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
