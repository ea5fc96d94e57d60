"""Scenarios whose runs are counted inside the engine as well: with a warm-up, so that what belongs to which day is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobcentre.scenario import Scenario, vary
from support.short_scenarios import FALLS_ILL, LEAVES_SOON, SHORT
from support.shortened import FOLDER, shortened

SMALLER = {"office.coaches": 8, "office.establishment": 8, "demand.posts": 8}
WARM_UP = {"period.warmup_weeks": 2}
MAIN = ("baseline", "oxford_surge_step", "oxford_surge_step, coaches come and go", "managed", "coaches come and go")


def _file(name: str, **values: Any) -> Callable[[], Scenario]:
    return lambda: vary(shortened(FOLDER / f"{name}.yaml", 2, 3), SMALLER | values)


def _short(name: str) -> Callable[[], Scenario]:
    return lambda: vary(SHORT[name](), WARM_UP)


def _decisions(**more: Any) -> Scenario:
    """Decisions that leave customers in their group or end contact, and a group for which none comes in time."""
    values: dict[str, Any] = {
        "groups.pre_wca.decision.to": {"searching": 0.2, "lcw": 0.0, "lcwra": 0.5, "pre_wca": 0.3},
        "groups.lcwra.decision": {"after_days": {"mean": 2000, "cv": 0}, "to": {"lcw": 1.0}},
        "strain.crisis_strain": 0.01,
    }
    return vary(SHORT["busy customers"](), WARM_UP | values | more)


#: Each scenario by name, made when asked for.
COUNTED: dict[str, Callable[[], Scenario]] = {
    "baseline": _file("baseline"),
    "oxford_surge_step": _file("oxford_surge_step"),
    "oxford_surge_step, coaches come and go": _file("oxford_surge_step", **LEAVES_SOON, **FALLS_ILL),
    "managed": _short("managed"),
    "coaches come and go": _short("coaches come and go"),
    "part time, intake": _short("part time, intake"),
    "decisions": _decisions,
    "all groups, digital": _short("all groups, digital"),
    "overloaded": _short("overloaded"),
    "safeguarding": _short("safeguarding"),
    "late at finish": _short("late at finish"),
    "work until midnight": _short("work until midnight"),
    "round the clock": _short("round the clock"),
    "round the clock, quiet": _short("round the clock, quiet"),
    "movements": _short("movements"),
    "breakdowns and refusals": _short("breakdowns and refusals"),
    "no warm-up": SHORT["ordinary"],
}

#: Seeds with which each is played.
SEEDS: dict[str, tuple[int, ...]] = {name: (1, 2) if name in MAIN else (1,) for name in COUNTED}

#: A way out of a group that waits for a decision, into one in which not everybody keeps contact; no scenario file has one.
UNSUPPORTED_MOVES: dict[str, Callable[[], Scenario]] = {
    "unsupported moves": lambda: _decisions(
        **{
            "period.weeks": 1,
            "groups.pre_wca.exits": {"health_worsens": {"per_month": 2.0, "to": "lcwra"}, "into_work": {"per_month": 0.5}},
        }
    )
}
