"""A run played again up to a chosen moment, so that the office can be looked at as it was then."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from jobcentre.diagnostics.divergence import EngineRun, FieldDifference, Snapshot
from jobcentre.model import Engine, Inputs, RunStopped
from jobcentre.model.run import RunInProgress
from jobcentre.model.state import Arrays

DAY = 86_400
NOT_COMPARED = ("log", "scratch")  # what is written there is passed on at once
MOST_DIFFERENCES = 12


class _Enough(Exception):
    """The moment that was asked for is reached."""


def play_through(inputs: Inputs, seed: int, run: int, engine: Engine) -> EngineRun:
    """The whole run, up to its message if it stops."""
    run_in_progress = RunInProgress(inputs, seed, run)
    return _finish(run_in_progress, lambda: _engine(engine).play(run_in_progress))


def office_at(inputs: Inputs, seed: int, run: int, engine: Engine, day: int) -> Arrays:
    """The office at the last second before a day, as the engine itself leaves it."""
    run_in_progress = _RunUntil(inputs, seed, run)
    run_in_progress.last = day
    if engine == "compiled":  # which does not ask for room every day
        run_in_progress.days = day - 1
    return _finish(run_in_progress, lambda: _engine(engine).play(run_in_progress)).office


def moment_before(inputs: Inputs, seed: int, run: int, engine: Engine, row: int) -> Snapshot | None:
    """The office just before the step that writes a row; None if the row is one of those of setting up the office.

    The engine's source is played in plain Python, with the same compiled steps: first to count the steps until the row is
    written, then again to stop before the last of them.
    """
    counted = _replayed(inputs, seed, run, engine, stop_after_row=row)
    if counted.steps == 0:
        return None
    if counted.written <= row:  # the log ends before
        return Snapshot("", -1, counted.now, counted.run.state, None)
    stopped = _replayed(inputs, seed, run, engine, stop_before_step=counted.steps)
    written = counted.run.state.log[row].copy()
    return Snapshot(counted.step, counted.post, counted.now, stopped.run.state, written)


#: How many instants wait in the compiled engine's own heap: nothing of the office.
HEAP = "now.pending"


def differences(compiled: Arrays, simpy: Arrays) -> list[FieldDifference]:
    """The first fields, in the order of the state, that two offices hold differently."""
    differing: list[FieldDifference] = []
    for name in compiled._fields:
        if name in NOT_COMPARED:
            continue
        compiled_array, simpy_array = getattr(compiled, name), getattr(simpy, name)
        if compiled_array.shape != simpy_array.shape:
            differing.append(FieldDifference(f"{name} (rows)", (), len(compiled_array), len(simpy_array)))
            continue
        for field in compiled_array.dtype.names or ("",):
            compiled_values, simpy_values = (compiled_array[field], simpy_array[field]) if field else (compiled_array, simpy_array)
            what = f"{name}.{field}" if field else name
            if what == HEAP:
                continue
            for place in np.argwhere(compiled_values != simpy_values)[:MOST_DIFFERENCES]:
                where = tuple(int(index) for index in place)
                differing.append(FieldDifference(what, where, compiled_values[where].item(), simpy_values[where].item()))
    return differing[:MOST_DIFFERENCES]


def _engine(engine: Engine) -> ModuleType:
    return importlib.import_module(f"jobcentre.model.{engine}_engine")


def _finish(run: RunInProgress, play: Callable[[], object]) -> EngineRun:
    stopped = ""
    try:
        play()
        log = run.log()
    except _Enough:
        log = run.log()
    except RunStopped as error:
        stopped = str(error)
        run.state.now["failure"][0] = 0  # its log up to there is wanted all the same
        log = run.log()
    return EngineRun(log, stopped, run.state)


class _RunUntil(RunInProgress):
    """A run that ends before a day begins."""

    last = -1

    def make_room(self) -> None:
        """As for any run, until the last day is over."""
        if int(self.state.now["day"][0]) + 1 >= self.last >= 0:
            raise _Enough
        super().make_room()


class _Replay:
    """A run whose steps are counted; it stops after the step that writes a row, or before a step."""

    def __init__(self, run: RunInProgress, stop_after_row: int, stop_before_step: int) -> None:
        self.run = run
        self.stop_after_row, self.stop_before_step = stop_after_row, stop_before_step
        self.steps = 0
        self.step, self.post, self.now = "", -1, 0
        self.over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)

    @property
    def office(self) -> Arrays:
        """The arrays themselves: plain Python cannot read a compiled handle."""
        return self.run.state

    @property
    def written(self) -> int:
        """Rows written so far."""
        return int(self.run.state.now["rows"][0])

    def watched(self, step: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The step, counted when it is given the office."""

        def call(*given: Any) -> Any:
            if not any(one is self.run.state for one in given):
                return step(*given)
            if len(given) == 1:  # a question, not a step
                return step(self.run.office)
            if self.over or self.steps + 1 == self.stop_before_step:
                self.over = True
                raise _Enough
            self.steps += 1
            self.step, self.post, self.now = name, int(given[1]) if len(given) > 2 else -1, int(given[-1])
            result = step(*(self.run.office if one is self.run.state else one for one in given))
            if 0 <= self.stop_after_row < self.written:
                self.over = True
                raise _Enough
            return result

        return call


def _replayed(inputs: Inputs, seed: int, run: int, engine: Engine, stop_after_row: int = -1, stop_before_step: int = -1) -> _Replay:
    replay = _Replay(RunInProgress(inputs, seed, run), stop_after_row, stop_before_step)
    if 0 <= stop_after_row < replay.written:
        return replay
    with contextlib.suppress(_Enough, RunStopped):
        _in_plain_python(_engine(engine), replay)["play"](replay)
    return replay


def _in_plain_python(engine: ModuleType, replay: _Replay) -> dict[str, Any]:
    """The engine's own functions uncompiled, calling each other and the watched steps."""
    space = dict(vars(engine))
    for name, value in vars(engine).items():
        plain = getattr(value, "py_func", value)
        if not isinstance(plain, FunctionType):
            continue
        if plain.__module__ == engine.__name__:
            space[name] = FunctionType(plain.__code__, space, name, plain.__defaults__, plain.__closure__)
        else:
            space[name] = replay.watched(value, name)
    return space
