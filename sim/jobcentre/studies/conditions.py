"""Conditions on metrics, such as `overloaded_share<=0.10`: as the target of an office-year, and as a gate on results."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from jobcentre.metrics import BY_NAME
from jobcentre.runs.results import Summary
from jobcentre.runs.store import Key
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import did_you_mean, usage_error
from jobcentre.scenario.numbers import number_of

_FORM = re.compile(r"^\s*(\w+)\s*(?:@\s*(\w+?)\s*)?(>=|<=|>|<)\s*(\S+?)\s*(%?)\s*$")
_HOLDS: dict[str, Callable[[float, float], bool]] = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}

State = Literal["holds", "fails", "unclear"]


class Condition(NamedTuple):
    """A condition on a metric, of one customer group or of all together."""

    metric: str
    group: str | None
    sign: str
    value: float

    @property
    def key(self) -> Key:
        """The metric and group of the condition."""
        return self.metric, self.group

    def __str__(self) -> str:
        group = f"@{self.group}" if self.group else ""
        above_all = BY_NAME[self.metric].is_proportion and self.value > 1  # as a bare number it would be refused
        limit = f"{100 * self.value:.12g}%" if above_all else f"{self.value:.12g}"
        return f"{self.metric}{group}{self.sign}{limit}"

    def met_by(self, value: float | None) -> bool:
        """Whether a value meets it; where there is no value nothing shows that it is met."""
        return value is not None and _HOLDS[self.sign](value, self.value)


class GateResult(NamedTuple):
    """A condition evaluated on results: one that must hold (`target`) or must not (`fail_if`)."""

    scenario: str
    option: Literal["target", "fail_if"]
    condition: Condition
    mean: float | None
    low: float | None
    high: float | None
    state: State
    untested: str = ""  # why it is not judged

    @property
    def broken(self) -> bool:
        """Whether the results go against it for certain, or have no value that could be judged."""
        return (self.mean is None and not self.untested) or self.state == ("fails" if self.option == "target" else "holds")

    @property
    def unclear(self) -> bool:
        """Whether the results cannot tell."""
        return not self.broken and self.state == "unclear"

    @property
    def text(self) -> str:
        """The result as text."""
        name = f"{self.scenario}: {self.condition.metric}" + (f"@{self.condition.group}" if self.condition.group else "")
        requirement = f"target {self.condition}" if self.option == "target" else f"limit {self.condition}"
        if self.untested and self.mean is not None:
            return f"{name} is {self.mean:.4g}; the {requirement} is not judged: {self.untested}"
        if self.mean is None:
            return f"{name} has no value by which the {requirement} could be judged"
        if self.low is None or self.high is None:
            return f"{name} is {self.mean:.4g}, from too few runs to judge the {requirement}"
        observed = f"{name} is {self.mean:.4g} (95 % interval {self.low:.4g} to {self.high:.4g})"
        if self.unclear:
            return f"{observed}: these runs cannot tell on which side of the {requirement} it lies"
        if self.option == "target":
            return f"{observed}: the {requirement} is {'missed' if self.broken else 'met'}"
        return f"{observed}: the {requirement} is {'passed' if self.broken else 'kept'}"


def read_condition(text: str, option: str) -> Condition:
    """The condition written in an option of the command line."""
    match = _FORM.match(text)
    value, fix = math.nan, ""
    try:
        value = number_of(match[4]) if match else math.nan
    except ValueError as error:
        fix = f"{error}; "
    if match is None or not math.isfinite(value):
        example = f"{fix}write it like overloaded_share<=0.10 or missed_share@pre_wca<=15%"
        raise usage_error(option, f"`{text}` is not a condition: a metric, a sign (<=, >=, < or >) and a number are expected", example)
    if match[1] not in BY_NAME:
        raise usage_error(
            option, f"no metric is called `{match[1]}`", did_you_mean(match[1], BY_NAME) or "docs/reference/metrics.md lists them"
        )
    declared = BY_NAME[match[1]]
    if match[2] and not declared.by_group:
        raise usage_error(option, f"`{match[1]}` is not told by customer group", f"leave out `@{match[2]}`")
    condition = Condition(match[1], match[2], match[3], value / 100 if match[5] else value)
    _refuse_impossible(condition, text, option, in_per_cent=bool(match[5]))
    return condition


def _refuse_impossible(condition: Condition, text: str, option: str, *, in_per_cent: bool) -> None:
    """Refuses a limit that is outside what the metric can be: the condition would say nothing of any result."""
    metric, limit = BY_NAME[condition.metric], condition.value
    if in_per_cent and not metric.is_proportion:
        raise usage_error(option, f"`{text}`: `{metric.name}` is measured in {metric.unit}, not in per cent", "leave out the %")
    if metric.is_proportion and limit > 1 and not (in_per_cent and metric.largest > 1):
        if in_per_cent:
            raise usage_error(option, f"`{text}`: a share is never above 100 %", f"did you mean {limit:g}%?")
        raise usage_error(option, f"`{text}` means {100 * limit:,g} %", f"write {limit:g}% or {limit / 100:g}")
    if len(ends := {_HOLDS[condition.sign](end, limit) for end in (0.0, metric.largest)}) == 1:
        known = f"between 0 and {metric.largest:g}" if math.isfinite(metric.largest) else "0 or more"
        who = "every result meets it" if ends.pop() else "no result can meet it"
        raise usage_error(option, f"`{text}` says nothing: {who}", f"`{metric.name}` is always {known} ({metric.unit})")


def conditions_of(texts: Sequence[str], option: str, scenarios: Mapping[str, Scenario]) -> list[Condition]:
    """The conditions of an option, on groups that every scenario has."""
    conditions = [read_condition(text, option) for text in texts]
    for condition in conditions:
        for scenario in scenarios.values():
            groups = list(scenario.settings.groups)
            if condition.group and condition.group not in groups:
                hint = did_you_mean(condition.group, groups) or f"its groups are {', '.join(groups)}"
                raise usage_error(option, f"`{scenario.name}` has no customer group `{condition.group}`", hint)
    return conditions


def evaluate_conditions(
    targets: Sequence[Condition], forbidden: Sequence[Condition], summaries: Mapping[str, Sequence[Summary]], untested: str = ""
) -> list[GateResult]:
    """Evaluates the intervals of every scenario against its targets and its failure conditions; none with a reason not to."""
    judged = []
    for name, rows in summaries.items():
        rows_by_name = {(row.metric, row.group): row for row in rows}
        judged += [_judged(name, "target", condition, rows_by_name.get(condition.key)) for condition in targets]
        judged += [_judged(name, "fail_if", condition, rows_by_name.get(condition.key)) for condition in forbidden]
    return [gate._replace(state="unclear", untested=untested) for gate in judged] if untested else judged


def _judged(name: str, option: Literal["target", "fail_if"], condition: Condition, row: Summary | None) -> GateResult:
    mean, low, high = (row.mean, row.low, row.high) if row else (None, None, None)
    return GateResult(name, option, condition, mean, low, high, _state(condition, low, high))


def _state(condition: Condition, low: float | None, high: float | None) -> State:
    """Whether a condition holds on the whole interval, on none of it, or on a part."""
    if low is None or high is None:
        return "unclear"
    holds = {_HOLDS[condition.sign](end, condition.value) for end in (low, high)}
    return "unclear" if len(holds) > 1 else "holds" if holds.pop() else "fails"
