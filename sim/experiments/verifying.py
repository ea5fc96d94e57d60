"""Both engines on the same runs: whether they write the same log and leave the same office, and where they part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, get_args

import numpy as np

from sim.experiments.replaying import DAY, differences, moment_before, office_at, play_through
from sim.model import Engine, Inputs, prepare
from sim.model import events as ev
from sim.parting import Parting, Played
from sim.scenario import Scenario, load

ENGINES: tuple[Engine, ...] = get_args(Engine)


class Verified(NamedTuple):
    """A scenario played by both engines."""

    scenario: str
    seed: int
    runs: int  # runs compared, up to the first that parts
    rows: int  # rows compared, each counted once
    digests: tuple[str, ...]
    stopped: tuple[str, ...]  # messages with which both engines stopped alike
    parting: Parting | None


def scenarios_to_verify(files: Iterable[str], weeks: int | None = None) -> list[Scenario]:
    """The scenarios of these files, over other counted weeks if wanted."""
    values = {} if weeks is None else {"period.weeks": weeks, "period.reference_date": None}
    return [load(file, values) for file in files]


def verify(scenario: Scenario, seed: int, runs: int, tell: Callable[[int], None] = lambda _: None) -> Verified:
    """Plays runs 0, 1, … on both engines, as far as they agree; `tell` hears of each run that is done."""
    inputs = prepare(scenario)
    rows, digests, stopped = 0, [], []
    parting = None
    for run in range(runs):
        played = {engine: play_through(inputs, seed, run, engine) for engine in ENGINES}
        rows += min(len(one.log.rows) for one in played.values())
        digests.append(played["compiled"].log.digest)
        parting = _parting(scenario.name, inputs, seed, run, played)
        tell(run + 1)
        if parting is not None:
            break
        stopped += [played["compiled"].stopped] if played["compiled"].stopped else []
    return Verified(scenario.name, seed, len(digests), rows, tuple(digests), tuple(stopped), parting)


def first_difference(one: np.ndarray, other: np.ndarray) -> int:
    """The first row at which two logs differ, or -1; where one goes on, the first row of the rest."""
    same = min(len(one), len(other))
    apart = np.flatnonzero((one[:same] != other[:same]).any(axis=1))
    if len(apart):
        return int(apart[0])
    return -1 if len(one) == len(other) else same


def _parting(name: str, inputs: Inputs, seed: int, run: int, played: dict[Engine, Played]) -> Parting | None:
    compiled, reference = played["compiled"], played["reference"]
    row = first_difference(compiled.log.rows, reference.log.rows)
    if row < 0:
        left = differences(compiled.office, reference.office)
        if not left and compiled.stopped == reference.stopped:
            return None
        return Parting(name, seed, run, -1, played, dict.fromkeys(ENGINES), tuple(left))
    day = min(int(one.log.rows[row, ev.TIME]) // DAY for one in played.values() if row < len(one.log.rows))
    before = [office_at(inputs, seed, run, engine, day) for engine in ("compiled", "reference")]  # type: ignore[arg-type]
    moments = {engine: moment_before(inputs, seed, run, engine, row) for engine in ENGINES}
    return Parting(name, seed, run, row, played, moments, tuple(differences(*before)))
