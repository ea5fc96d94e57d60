"""What is asked of an experiment, as experiment.json has it: the same bytes for the same request, wherever and whenever it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from jobcentre.metrics import BY_NAME
from jobcentre.runs.documents import MOST, MOST_COUNT, Count, Finite, JsonDocument, ScenarioName, Seed, Sha256, read_document
from jobcentre.stats.comparisons import Better

FILE = "experiment.json"


def _value(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("should be a number, a text, true or false")
    if isinstance(value, str):
        value.encode()
    elif not -MOST <= value <= MOST:
        raise ValueError(f"should be from {-MOST:g} to {MOST:g}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _metric(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError("should be the name of a metric")
    return name


Value = Annotated[Any, AfterValidator(_value)]
MetricName = Annotated[str, AfterValidator(_metric)]
Runs = Annotated[int, Field(ge=1, le=MOST_COUNT)]
Share = Annotated[float, Field(ge=0, le=1)]


class RequestedPrecision(JsonDocument):
    """Half-widths that intervals must come down to: half of what matters, a share of the mean, or those of single metrics."""

    matters: bool
    relative: Finite | None
    own: dict[MetricName, Finite]
    most_runs: Runs


class ComparisonRequest(JsonDocument):
    """Scenarios beside each other: so many runs, or as many as a precision takes."""

    kind: Literal["comparison"] = "comparison"
    runs: Runs | None
    precision: RequestedPrecision | None
    responses: bool


class OfficeTable(JsonDocument):
    """The table of offices of sites.csv: what it is called, how many it holds, and what it says of itself."""

    name: str
    offices: Runs
    notes: list[str]


class NationRequest(JsonDocument):
    """Scenarios in every office of a table."""

    kind: Literal["nation"] = "nation"
    runs: Runs
    table: OfficeTable
    tips_over: str


class VariedInput(JsonDocument):
    """One axis: all values of a grid or list in rising order, or the ends of a range of which samples are drawn."""

    name: str
    label: str
    unit: str
    values: Annotated[list[Value], Field(min_length=1)]

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return all(map(_is_number, self.values))

    def lacks(self, values: Iterable[Any]) -> Iterator[bool]:
        """Whether a point may not have a value, for each of many."""
        is_numeric = self.is_numeric  # asked once: of thousands of values at thousands of points it would take minutes
        return (not (_is_number(value) if is_numeric else value in self.values) for value in values)


class SweepRequest(JsonDocument):
    """Scenarios at points; each point has a value for each axis."""

    kind: Literal["sweep"] = "sweep"
    title: str
    question: str
    sampling: Literal["grid", "list", "latin_hypercube", "sobol"]
    sampling_seed: Count
    axes: Annotated[list[VariedInput], Field(min_length=1)]
    points: Annotated[list[list[Value]], Field(min_length=1)]
    runs: Runs
    metrics: Annotated[list[MetricName], Field(min_length=1)]
    table: OfficeTable | None

    @model_validator(mode="after")
    def _each_point_is_whole(self) -> SweepRequest:
        if len({axis.name for axis in self.axes}) < len(self.axes):
            raise ValueError("`axes` should name each figure once")
        wrong = {number for number, values in enumerate(self.points) if len(values) != len(self.axes)}
        if not wrong:
            for axis, values in zip(self.axes, zip(*self.points, strict=True), strict=True):
                wrong |= {number for number, lacks in enumerate(axis.lacks(values)) if lacks}
        if wrong:
            raise ValueError(f"`points[{min(wrong)}]` should have one of its values for each of the axes")
        return self


class SelectionRequest(JsonDocument):
    """The best of several scenarios in a metric."""

    kind: Literal["selection"] = "selection"
    metric: MetricName
    better: Better
    indifference: Finite
    confidence: Share
    first_runs: Runs
    max_runs: Runs


class StaffingRequest(JsonDocument):
    """The value of a lever with which all targets are met; `runs` is None where values get as many as it takes to decide."""

    kind: Literal["staffing"] = "staffing"
    scenario: str
    lever: str
    more_is_generous: bool
    values: list[Finite]
    targets: list[str]
    probability: Share
    runs: Runs | None
    max_runs: Runs
    draws: Count
    runs_each: Runs
    responses: bool


Request = ComparisonRequest | NationRequest | SweepRequest | SelectionRequest | StaffingRequest


class ExperimentRecord(JsonDocument):
    """An experiment as asked for; `digest` is that of what decides its folder."""

    format: Literal[1]
    name: str
    digest: Sha256
    seed: Seed
    scenarios: Annotated[list[ScenarioName], Field(min_length=1)]
    request: Annotated[Request, Field(discriminator="kind")]


def read_experiment(folder: Path) -> ExperimentRecord:
    """What is asked of the experiment in a folder."""
    return read_document(folder / FILE, ExperimentRecord)
