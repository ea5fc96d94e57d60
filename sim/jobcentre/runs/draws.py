"""Uncertain inputs, and scenarios in which they are drawn from their ranges or put at a place in them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from jobcentre.scenario import Evidence, Problem, Scenario, ScenarioError, vary
from jobcentre.scenario.groups import Group, parts_of_one
from jobcentre.scenario.schema_paths import node_at

#: What is drawn: inputs that nobody has published, and those worked out from what somebody has.
UNCERTAIN = ("assumed", "derived")
MOST_ROUNDS = 200
_NORMAL = NormalDist()
#: Share of a lognormal distribution that lies in the range; the rest is cut off.
_WITHIN = 0.95


class UncertainInput(NamedTuple):
    """An input that is drawn; of a distribution, its mean. `change` names the dated change that gives it, none: the start.

    Inputs with one `address` lie at the same place in their ranges.
    """

    path: str
    change: str
    value: float
    low: float
    high: float
    prior: str
    address: str
    quality: str

    @property
    def name(self) -> str:
        """How `vary` and tables call it."""
        return f"changes.{self.change}.set.{self.path}" if self.change else self.path

    @property
    def is_share(self) -> bool:
        """Whether it is one of shares that add to one."""
        keys = self.path.split(".")
        return keys[0] == "groups" and ("channels" in keys or "referrals_to" in keys or keys[-1] == "share" or "to" in keys)

    def at(self, place: float) -> float:
        """The value at a place between 0 and 1: the quantile of the prior. A whole number stays one."""
        if isinstance(self.value, int):
            low, high = math.ceil(self.low), math.floor(self.high)
            if self.prior == "uniform":  # each number alike, the ends too
                return min(high, low + int(place * (high - low + 1)))
            return min(high, max(low, round(self._quantile(place))))
        return self._quantile(place)

    def place_of(self, value: float) -> float:
        """The place of a value, to a millionth: the reverse of `at`."""
        low, high = 0.0, 1.0
        while high - low > 1e-6:
            middle = (low + high) / 2
            low, high = (middle, high) if self.at(middle) < value else (low, middle)
        return (low + high) / 2

    def _quantile(self, place: float) -> float:
        low, high = self.low, self.high
        if self.prior == "triangular" and high > low:
            rise, width = self.value - low, high - low
            if place * width <= rise:
                return low + math.sqrt(place * width * rise)
            return high - math.sqrt((1 - place) * width * (high - self.value))
        if self.prior == "lognormal":
            reach = _NORMAL.inv_cdf((1 + _WITHIN) / 2)
            place_in_all = (1 - _WITHIN) / 2 + _WITHIN * place
            middle, half = (math.log(high) + math.log(low)) / 2, (math.log(high) - math.log(low)) / 2
            return min(high, max(low, math.exp(middle + half * _NORMAL.inv_cdf(place_in_all) / reach)))
        return low + place * (high - low)


def uncertain_inputs(scenario: Scenario, qualities: Collection[str] = UNCERTAIN) -> dict[str, UncertainInput]:
    """Inputs of these qualities with a range that management does not decide, by name, those of dated changes last."""
    settings = scenario.settings.model_dump(mode="json")
    found = [_uncertain(path, "", _value(settings, path), evidence, qualities) for path, evidence in scenario.evidence.items()]
    for change in scenario.changes:
        found += [_uncertain(path, change.name, change.set.get(path), evidence, qualities) for path, evidence in change.evidence.items()]
    return {one.name: one._replace(address=_address(one.address, scenario.evidence)) for one in found if one is not None}


def _address(path: str, evidence: Mapping[str, Evidence]) -> str:
    """Where a chain of inputs that are drawn with each other ends; of a circle, its first name."""
    chain = [path]
    while path in evidence and evidence[path].drawn_with:
        path = evidence[path].drawn_with
        if path in chain:
            return min(chain[chain.index(path) :])
        chain.append(path)
    return path


def require_uncertain_inputs(scenario: Scenario) -> dict[str, UncertainInput]:
    """The uncertain inputs; ScenarioError where there are none."""
    found = uncertain_inputs(scenario)
    if not found:
        raise ScenarioError([Problem(scenario.file, None, "", "has no uncertain input", "give assumed inputs a range")])
    return found


def with_values(scenario: Scenario, values: Mapping[str, float], inputs: Mapping[str, UncertainInput]) -> Scenario:
    """The scenario with other values of uncertain inputs; shares are scaled to add to one. ScenarioError if they do not fit."""
    settings = scenario.settings.model_dump(mode="json")
    dated = {change.name: change for change in scenario.changes}
    changed: dict[str, Any] = {}
    for name, value in _adding_to_one(scenario.settings.groups, values, inputs).items():
        if name not in inputs:  # a share that makes room for those that are moved
            changed[name] = value
            continue
        one = inputs[name]
        before = dated[one.change].set[one.path] if one.change else _value(settings, one.path)
        changed[name] = {**before, "mean": value} if isinstance(before, Mapping) else value
    return vary(scenario, changed) if changed else scenario


def with_places(
    scenario: Scenario, places: Mapping[str, float], qualities: Collection[str] = UNCERTAIN
) -> tuple[dict[str, float], Scenario]:
    """The values of uncertain inputs at places in their ranges, by address, and the scenario with them, as near as they fit."""
    inputs = {name: one for name, one in uncertain_inputs(scenario, qualities).items() if one.address in places}
    return fitted(scenario, {name: one.at(places[one.address]) for name, one in inputs.items()}, inputs)


def fitted(scenario: Scenario, values: Mapping[str, float], inputs: Mapping[str, UncertainInput]) -> tuple[dict[str, float], Scenario]:
    """The values that fit together, and the scenario with them.

    Inputs that contradict others are moved half-way towards their present values until all fit; RuntimeError if they never do.
    """
    values = dict(values)
    for _ in range(MOST_ROUNDS):
        try:
            scaled = _adding_to_one(scenario.settings.groups, values, inputs)
            return {name: scaled[name] for name in values}, with_values(scenario, values, inputs)
        except ScenarioError as error:
            near = {name for name in values if any(name.startswith(section) for section in _sections(error))}
            if not near:
                raise
            for name in near:
                now = inputs[name].value
                half = (values[name] + now) / 2
                whole = math.floor(half) if half > now else math.ceil(half)  # towards the present value, or it might never come there
                values[name] = whole if isinstance(now, int) else half
    raise RuntimeError(f"uncertain inputs of {scenario.name} at these places never fit together")


def _sections(error: ScenarioError) -> set[str]:
    """The sections of what contradicts itself."""
    return {".".join(problem.path.split(".")[:-1]) + "." for problem in error.problems}


def with_drawn_inputs(scenario: Scenario, seed: int, number: int) -> Scenario:
    """Gives the scenario with the draw of this number; ScenarioError if no draw is consistent."""
    return _draw(scenario, seed, number)[1]


def drawn_values(scenario: Scenario, seed: int, number: int) -> dict[str, float]:
    """Gives the drawn inputs by name, as the scenario with this draw has them."""
    values, _ = _draw(scenario, seed, number)
    scaled = _adding_to_one(scenario.settings.groups, values, uncertain_inputs(scenario))
    return {name: scaled[name] for name in values}


def _draw(scenario: Scenario, seed: int, number: int) -> tuple[dict[str, float], Scenario]:
    inputs = uncertain_inputs(scenario)
    rounds = dict.fromkeys((one.address for one in inputs.values()), 0)
    for _ in range(MOST_ROUNDS):
        # each at an address of its own, so that no input moves another
        places = {address: place_of(seed, number, again, address) for address, again in rounds.items()}
        values = {name: one.at(places[one.address]) for name, one in inputs.items()}
        try:
            return values, with_values(scenario, values, inputs)
        except ScenarioError as error:
            # inputs in the section of the inconsistent one are redrawn, the others stay
            again = {one.address for name, one in inputs.items() if any(name.startswith(section) for section in _sections(error))}
            if not again:
                raise
            for address in again:
                rounds[address] += 1
    message = f"no draw of its uncertain inputs fits together after {MOST_ROUNDS} attempts"
    raise ScenarioError([Problem(scenario.file, None, "", message, "narrow the ranges of inputs that contradict each other")])


def place_of(seed: int, number: int, again: int, address: str) -> float:
    """A random place between 0 and 1 for an address."""
    return float(np.random.default_rng([seed, number, again, zlib.crc32(address.encode())]).random())


def _uncertain(path: str, change: str, value: Any, evidence: Evidence, qualities: Collection[str]) -> UncertainInput | None:
    if evidence.quality is None or evidence.quality not in qualities or evidence.range is None:
        return None
    number = value.get("mean") if isinstance(value, Mapping) else value
    spot = node_at(path.split("."))
    if not isinstance(number, int | float) or isinstance(number, bool) or spot is None or spot.decided:
        return None
    return UncertainInput(path, change, number, *evidence.range, evidence.prior, evidence.drawn_with or path, evidence.quality)


def _adding_to_one(groups: Mapping[str, Group], values: Mapping[str, float], inputs: Mapping[str, UncertainInput]) -> dict[str, float]:
    """Shares that must add to one do so: where all that are uncertain are given these are scaled, else the others make room."""
    scaled = dict(values)
    for group, settings in groups.items():
        for parts in parts_of_one(settings):
            shares = {".".join(("groups", group, *parts.place(name))): share for name, share in parts.shares.items()}
            given = [path for path in shares if path in values]
            others = {path: share for path, share in shares.items() if path not in values}
            total, rest = sum(values[path] for path in given), sum(others.values())
            if given and rest > 0 and (len(given) == 1 or len(given) < sum(path in inputs for path in shares)):
                most = min(total, 1.0)
                scaled |= {path: values[path] * most / total for path in given if total > 0}
                scaled |= {path: share * (1.0 - most) / rest for path, share in others.items()}
            elif given:
                left = 1.0 - rest
                scaled |= {path: left * values[path] / total if total > 0 else left / len(given) for path in given}
    return scaled


def _value(settings: Mapping[str, Any], path: str) -> Any:
    value: Any = settings
    for key in path.split("."):
        value = value[key]
    return value
