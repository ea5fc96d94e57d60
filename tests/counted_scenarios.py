"""Scenarios whose runs are counted inside the engine as well: with a warm-up, so that what belongs to which day is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.scenario import Scenario, vary
from tests.short_scenarios import FALLS_ILL, LEAVES_SOON, SHORT
from tests.shortened import FOLDER, shortened

SMALLER = {"office.coaches": 10, "office.establishment": 10, "demand.posts": 10}
WARM_UP = {"period.warmup_weeks": 2}


def _file(name: str, **values: Any) -> Callable[[], Scenario]:
    return lambda: vary(shortened(FOLDER / f"{name}.yaml", 2, 3), SMALLER | values)


def _short(name: str) -> Callable[[], Scenario]:
    return lambda: vary(SHORT[name](), WARM_UP)


#: Each scenario by name, made when asked for.
COUNTED: dict[str, Callable[[], Scenario]] = {
    "baseline": _file("baseline"),
    "oxford_surge_step": _file("oxford_surge_step"),
    "oxford_surge_step, coaches come and go": _file("oxford_surge_step", **LEAVES_SOON, **FALLS_ILL),
    "managed": _short("managed"),
    "coaches come and go": _short("coaches come and go"),
    "part time, intake": _short("part time, intake"),
    "busy customers": _short("busy customers"),
    "overloaded": _short("overloaded"),
    "safeguarding": _short("safeguarding"),
    "late at finish": _short("late at finish"),
    "round the clock": _short("round the clock"),
    "no warm-up": SHORT["ordinary"],
}
