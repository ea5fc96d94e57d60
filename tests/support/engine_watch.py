"""Watches the steps of the model while an engine plays: what stands before `yield` sees the office before a step, the rest after it."""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jobcentre.model.compiling import COMPILES

DAY = 86_400
NO_GROUP = -1

Watcher = Callable[..., Iterator[None]]


class Tallies:
    """Amounts by name, day of the run and customer group."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int, int], float] = defaultdict(int)
        self._names: set[str] = set()

    def add(self, name: str, day: int, amount: float = 1, group: int = NO_GROUP) -> None:
        """Adds an amount to what is counted under a name."""
        self._names.add(name)
        self._sums[name, int(group), int(day)] += amount

    def by_day(self, name: str) -> dict[int, float]:
        """What is counted under a name, by day."""
        days: dict[int, float] = defaultdict(int)
        for (other, _, day), amount in self._sums.items():
            days[day] += amount if other == name else 0
        return days

    def lists(self) -> dict[str, list[tuple[int, int, float]]]:
        """(group, day, sum) of everything counted, by name."""
        found: dict[str, list[tuple[int, int, float]]] = {name: [] for name in sorted(self._names)}
        for (name, group, day), amount in self._sums.items():
            found[name].append((group, day, float(amount)))
        return found


@contextmanager
def watched(*watchers: object) -> Iterator[None]:
    """Puts every method of the watchers whose name is a step's around that step, wherever the model calls it."""
    if COMPILES:
        raise RuntimeError("compiled steps call each other unseen; set NUMBA_DISABLE_JIT=1")
    steps = _steps()
    for watcher in watchers:
        for name, method in inspect.getmembers(watcher, inspect.isgeneratorfunction):
            _around(name, steps[name][1], method)
    try:
        yield
    finally:
        for name, (step, modules) in steps.items():
            for module in modules:
                setattr(module, name, step)


def _steps() -> dict[str, tuple[Any, list[Any]]]:
    """Each step by name, with the modules that call it; no two have the same name."""
    steps: dict[str, tuple[Any, list[Any]]] = {}
    for module in [module for name, module in sorted(sys.modules.items()) if name.startswith("jobcentre.model.")]:
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__.startswith("jobcentre.model.steps."):
                step, places = steps.setdefault(name, (value, []))
                assert step is value, name
                places.append(module)
    return steps


def _around(name: str, modules: list[Any], watcher: Watcher) -> None:
    inner = getattr(modules[0], name)

    def seen(*given: Any) -> Any:
        watching = watcher(*given)
        next(watching)
        result = inner(*given)
        for _ in watching:
            raise AssertionError(f"what watches {name} yields more than once")
        return result

    for module in modules:
        setattr(module, name, seen)
