"""Conditions such as `overloaded_share>0.2` that decide whether a command fails."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sim.metrics import BY_NAME
from sim.results import Summary
from sim.scenario.problems import did_you_mean

_FORM = re.compile(r"^\s*(\w+)\s*(?:\[\s*([^\]]+?)\s*\])?\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*$")
_HOLDS: dict[str, Callable[[float, float], bool]] = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


class Limit(NamedTuple):
    """A condition on the mean of a metric, of one customer group or of all together, that must not hold."""

    metric: str
    group: str | None
    sign: str
    value: float


def read_limit(text: str) -> Limit:
    """The condition written in a text; raises ValueError in words where there is none."""
    match = _FORM.match(text)
    try:
        value = float(match[4]) if match else None
    except ValueError:
        value = None
    if match is None or value is None:
        raise ValueError(f"{text!r} is not a condition: write it like overloaded_share>0.2 or missed_share[health]>=0.1")
    if match[1] not in BY_NAME:
        raise ValueError(f"no metric is called `{match[1]}`; {did_you_mean(match[1], BY_NAME) or 'summary.csv of any run lists them'}")
    return Limit(match[1], match[2], match[3], value)


def holding(limits: Sequence[Limit], summaries: Mapping[str, Sequence[Summary]]) -> list[str]:
    """In words, the conditions that hold in some scenario; one that cannot be judged counts as holding."""
    said = []
    for name, rows in summaries.items():
        means = {(row.metric, row.group): row.mean for row in rows}
        for limit in limits:
            mean = means.get((limit.metric, limit.group))
            metric = f"{limit.metric}[{limit.group}]" if limit.group else limit.metric
            if mean is None:
                said.append(f"{name}: {metric} has no value to judge")
            elif _HOLDS[limit.sign](mean, limit.value):
                said.append(f"{name}: {metric} is {mean:.6g}, {limit.sign} {limit.value:g}")
    return said
