"""Ensembles: sets of values of uncertain inputs, as a file that commands take in place of draws from their ranges."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from jobcentre.runs.documents import Count, Finite, JsonDocument, ScenarioName, Seed, read_document
from jobcentre.runs.draws import UncertainInput, fitted, place_of, uncertain_inputs
from jobcentre.runs.folder import json_text
from jobcentre.runs.locks import write_atomically
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import usage_error
from jobcentre.scenario.schema_paths import node_at, suggest

MOST_MEMBERS = 100_000


class FittedTarget(JsonDocument):
    """A target and what the members give: the mean, and the range of 95 in 100 of their runs."""

    name: str
    use: Literal["fit", "test"]
    observed: Finite
    low: Finite
    high: Finite
    mean: Finite | None
    run_low: Finite | None
    run_high: Finite | None
    implausibility: Finite | None


class Wave(JsonDocument):
    """One wave of history matching: points played, runs of each, and the share of the ranges that was left after it."""

    points: Count
    runs_each: Count
    left: Annotated[float, Field(ge=0, le=1)]
    emulated: dict[str, Finite]  # error of prediction ÷ spread of each target, at points kept back


class Ensemble(JsonDocument):
    """Members with their values by input; each counts alike. Without targets they are draws from the ranges."""

    format: Literal[1]
    kind: Literal["ensemble"]
    scenario: ScenarioName
    seed: Seed
    inputs: Annotated[list[str], Field(min_length=1)]
    members: Annotated[list[list[Finite]], Field(min_length=1, max_length=MOST_MEMBERS)]
    discrepancy: Finite
    waves: list[Wave]
    targets: list[FittedTarget]
    #: The spread of an input among members ÷ that of its prior, where it is clearly below 1.
    narrowed: dict[str, Finite]
    notes: list[str]

    @model_validator(mode="after")
    def _is_whole(self) -> Ensemble:
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError("`inputs` should name each input once")
        wrong = next((number for number, member in enumerate(self.members) if len(member) != len(self.inputs)), None)
        if wrong is not None:
            raise ValueError(f"`members[{wrong}]` should have one value for each of `inputs`")
        return self

    def values(self, number: int) -> dict[str, float]:
        """The values of a member; numbers go round."""
        return dict(zip(self.inputs, self.members[number % len(self.members)], strict=True))


def read_ensemble(path: Path, scenarios: Iterable[Scenario]) -> Ensemble:
    """An ensemble for scenarios; ScenarioError with what is wrong with it, or where it has no uncertain input of one of them."""
    ensemble = read_document(path, Ensemble)
    for name in ensemble.inputs:
        inner = name.partition(".set.")[2] if name.startswith("changes.") else name
        if node_at(inner.split(".")) is None:
            raise usage_error(str(path), f"`{name}` is no input", suggest(inner.split(".")) or "make it again: jobcentre draw, calibrate")
    for scenario in scenarios:
        inputs = uncertain_inputs(scenario)
        if not set(ensemble.inputs) & set(inputs):
            raise usage_error(str(path), f"holds no uncertain input of {scenario.name}", "make one of this scenario: jobcentre draw")
        for place, name in enumerate(ensemble.inputs):
            one = inputs.get(name)
            if one is None or one.is_share:  # shares are scaled to add to one, and may leave their ranges
                continue
            wrong = next((k for k, member in enumerate(ensemble.members) if not _in_range(one, member[place])), None)
            if wrong is not None:
                message = f"`members[{wrong}]` has {ensemble.members[wrong][place]:g} for {name}, outside its range in {scenario.name}"
                raise usage_error(str(path), message, f"its range is {one.low:g} to {one.high:g}: is this ensemble of another scenario?")
    return ensemble


def _in_range(one: UncertainInput, value: float) -> bool:
    near = 1e-9 * max(1.0, abs(one.high))
    return one.low - near <= value <= one.high + near


def write_ensemble(ensemble: Ensemble, path: Path) -> None:
    """Writes the file, over one that was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json_text(ensemble.model_dump()).encode())


def member_places(scenario: Scenario, ensemble: Ensemble, number: int, seed: int) -> dict[str, float]:
    """Where a member puts each address in its range; an address that the ensemble has not is drawn from its prior."""
    values, inputs = ensemble.values(number), uncertain_inputs(scenario)
    known = {one.address: one.place_of(values[name]) for name, one in inputs.items() if name in values}
    return {one.address: known.get(one.address, place_of(seed, number, 0, one.address)) for one in inputs.values()}


def with_member(scenario: Scenario, ensemble: Ensemble, number: int, seed: int) -> Scenario:
    """The scenario with the values of a member; inputs of dated changes lie where those of the same address do."""
    values, inputs = ensemble.values(number), uncertain_inputs(scenario)
    places = member_places(scenario, ensemble, number, seed)
    wanted = {name: values.get(name, one.at(places[one.address])) for name, one in inputs.items()}
    wanted = {name: round(value) if isinstance(inputs[name].value, int) else value for name, value in wanted.items()}
    return fitted(scenario, wanted, inputs)[1]
