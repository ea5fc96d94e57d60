"""Compiles the model for both engines, so that no later run has to wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.model import Engine, prepare
from sim.model.warm import can_keep, is_warm, tell_of_compiling, warm
from sim.parting import ENGINES
from sim.scenario import Scenario, load


def warm_all(tell: Callable[[float], None]) -> dict[str, Any]:
    """Compiles what is not there yet; gives seconds, which engines were compiled, where the code is kept, why there is none."""
    tell_of_compiling(tell)
    inputs = prepare(load("baseline"))
    found = {engine: warm(inputs, engine) for engine in ENGINES}
    compiled = [engine for engine, one in found.items() if one.compiled]
    last = list(found.values())[-1]
    seconds = sum(one.seconds for one in found.values())
    return {"seconds": round(seconds, 3), "compiled": compiled, "kept_in": last.kept_in, "why_plain": last.why_plain}


def warm_for_workers(scenario: Scenario, jobs: int, engine: Engine) -> None:
    """Compiles before several processes begin, where they can read what was compiled: else each would compile for itself."""
    if jobs and not is_warm(engine) and can_keep():
        warm(prepare(scenario), engine)


def warmed_words(found: dict[str, Any]) -> str:
    """What was done, in a sentence."""
    if found["why_plain"]:
        return f"Nothing was compiled: {found['why_plain']}"
    if not found["compiled"]:
        return "Nothing had to be compiled: all was there already"
    engines = " and ".join(found["compiled"])
    where = f"kept in {found['kept_in']}" if found["kept_in"] else "not kept: no folder can be written"
    return f"Compiled for the {engines} engine{'s' * (len(found['compiled']) > 1)} in {found['seconds']:.0f} s; {where}"
