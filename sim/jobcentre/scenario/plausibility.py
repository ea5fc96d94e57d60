"""Notes on figures that no rule forbids and few people mean: far outside their range, out of proportion, or without any effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from jobcentre.scenario.evidence import Evidence
from jobcentre.scenario.field_types import Section
from jobcentre.scenario.load import Scenario, load, periods

#: Coaches for each post, or posts for each coach, from which on one of the two is probably mistyped.
OUT_OF_PROPORTION = 3


def doubts(scenario: Scenario) -> list[str]:
    """What of a scenario is probably not meant, a sentence each."""
    kinds = (_out_of_range, _out_of_proportion, _never_left, _without_effect)
    return [f"{scenario.name}: {text}" for kind in kinds for text in kind(scenario)]


def _out_of_range(scenario: Scenario) -> Iterator[str]:
    """Figures further outside the range of their evidence than it is wide, unless a source of their own is given."""
    known = {**load("baseline").evidence, **{path: said for path, said in scenario.evidence.items() if said.range or said.source}}
    plain = scenario.settings.model_dump(mode="json")
    for path, said in known.items():
        yield from _outside(path, _at(plain, path), said, "")
    for change in scenario.changes:
        for path, value in change.set.items():
            own = change.evidence.get(path, Evidence())
            yield from _outside(path, value, own if own.range or own.source else known.get(path, own), f" from {change.date} on")


def _at(plain: Any, path: str) -> Any:
    for key in path.split("."):
        plain = plain.get(key) if isinstance(plain, Mapping) else None
    return plain


def _outside(path: str, value: Any, said: Evidence, when: str) -> Iterator[str]:
    number = value.get("mean") if isinstance(value, Mapping) else value
    # 0 switches something off, and is meant
    if said.range is None or isinstance(number, bool) or not isinstance(number, int | float) or number == 0:
        return
    low, high = said.range
    width = high - low or abs(high) / 2
    if not low - width <= number <= high + width:
        yield f"{path} is {number:g}{when}, far outside the range of its evidence, {low:g} to {high:g}"


def _out_of_proportion(scenario: Scenario) -> Iterator[str]:
    coaches, posts = scenario.settings.office.coaches, scenario.settings.demand.posts
    if coaches > OUT_OF_PROPORTION * posts or posts > OUT_OF_PROPORTION * coaches > 0:
        yield f"office.coaches is {coaches} for the customers of {posts} posts (demand.posts): is one of the two mistyped?"


def _never_left(scenario: Scenario) -> Iterator[str]:
    """Groups that somebody is in or comes to, and nobody leaves."""
    groups = scenario.settings.groups
    entered = {way.to for group in groups.values() for way in group.exits.values()}
    entered |= {to for group in groups.values() if group.decision is not None for to in group.decision.to}
    for name, group in groups.items():
        leaves = group.decision is not None or any(way.per_month > 0 for way in group.exits.values())
        if not leaves and (group.stock_per_post or group.arrivals_per_post_day or group.volunteers_per_month or name in entered):
            yield f"groups.{name} has no way out: whoever is in it stays to the end"


def _without_effect(scenario: Scenario) -> Iterator[str]:
    """Figures of a policy that are not those of the baseline while the policy is off at all times."""
    usual, in_force = load("baseline").settings.policies, [settings.policies for _, settings in periods(scenario)]
    for name in type(usual).model_fields:
        section = getattr(usual, name)
        if not isinstance(section, Section):
            continue
        offs = {key: off for key, field in type(section).model_fields.items() if (off := _off(field)) is not None}
        if len(offs) != 1:
            continue
        ((switch, off),) = offs.items()
        if any(getattr(getattr(policies, name), switch) != off for policies in in_force):
            continue
        for key in type(section).model_fields:
            if key != switch and any(getattr(getattr(policies, name), key) != getattr(section, key) for policies in in_force):
                yield f"policies.{name}.{key} has no effect: policies.{name}.{switch} is {str(off).lower()} at all times"


def _off(field: FieldInfo) -> Any:
    """The value at which a policy does nothing; None where the figure says none."""
    extra = field.json_schema_extra
    return extra.get("off") if isinstance(extra, dict) else None
