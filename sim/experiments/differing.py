"""Where two runs first differ: event logs kept in files, or runs of scenarios made again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.experiments.asking import engine_of, log_of
from sim.experiments.replaying import moment_before, play_through
from sim.experiments.verifying import first_difference
from sim.experiments.words import figures_of, refused
from sim.model import Engine, EventLog, Inputs, prepare
from sim.model import events as ev
from sim.parting import Apart, Moment, Side
from sim.scenario import load

_KINDS = np.array([int(kind) for kind in ev.Event])


def runs_apart(sources: tuple[str, str], run: int, seed: int, engine: str, sets: Sequence[str] = ()) -> Apart:
    """The first row at which two runs differ.

    A source is a kept event log (.parquet) or a scenario, whose run of this number and seed is made; of such a run the
    office just before that row is known too.
    """
    chosen = engine_of(engine)
    inputs = [None if _is_log(source) else prepare(load(source, figures_of(sets))) for source in sources]
    logs: list[EventLog] = []
    ended: list[str] = []
    for source, given in zip(sources, inputs, strict=True):
        if given is None:
            logs.append(_known(source, log_of(source, run, seed, engine)))
            ended.append("")
        else:
            played = play_through(given, seed, run, chosen)
            logs.append(played.log)
            ended.append(played.stopped)
    row = first_difference(logs[0].rows, logs[1].rows)
    one, other = (
        Side(source, log, stopped, _moment(given, seed, run, chosen, row))
        for source, log, stopped, given in zip(sources, logs, ended, inputs, strict=True)
    )
    return Apart(row, one, other)


def _is_log(source: str) -> bool:
    return source.endswith(".parquet")


def _moment(inputs: Inputs | None, seed: int, run: int, engine: Engine, row: int) -> Moment | None:
    return None if inputs is None or row < 0 else moment_before(inputs, seed, run, engine, row)


def _known(source: str, log: EventLog) -> EventLog:
    """The log, if this version knows every kind of event in it."""
    unknown = np.setdiff1d(log.rows[:, ev.KIND], _KINDS)
    if len(unknown):
        message = f"holds events of a kind that is not known here ({unknown[0]})"
        raise refused(source, message, "it was kept by another version, or is no event log")
    return log
