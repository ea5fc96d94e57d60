"""The answers of studies as their folders keep them, as models: staffing.json, selection.json and uncertainty.json."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jobcentre.metrics import BY_NAME
from jobcentre.runs.documents import Count, Finite, JsonDocument, ScenarioName
from jobcentre.runs.manifest import FailedRun
from jobcentre.runs.requests import MetricName, Share
from jobcentre.runs.variants import POINT_OF_RESPONSE
from jobcentre.stats.comparisons import Better
from jobcentre.stats.reversal import sign_of

State = Literal["enough", "not_enough", "unclear"]


def _target(text: str) -> str:
    for sign in ("<=", ">=", "<", ">"):
        if sign in text:
            name, _, number = text.partition(sign)
            if name.partition("@")[0] in BY_NAME and abs(float(number)) < float("inf"):
                return text
    raise ValueError("should be a condition on a metric")


def _response(text: str) -> str:
    if text not in POINT_OF_RESPONSE:
        raise ValueError(f"should be one of {', '.join(POINT_OF_RESPONSE)}")
    return text


Target = Annotated[str, AfterValidator(_target)]
Word = Annotated[str, Field(min_length=1)]


class MetTarget(JsonDocument):
    """How a candidate meets one target."""

    target: Target
    met: Share
    mean: Finite | None
    low: Finite | None
    high: Finite | None
    without_value: Count


class CandidateRow(JsonDocument):
    """A value of the lever that was tried."""

    value: Finite
    runs: Count
    met: Count
    probability: Share
    low: Share
    high: Share
    level: Share
    state: State
    failed: Count
    targets: list[MetTarget]
    cost: Finite | None
    cost_low: Finite | None
    cost_high: Finite | None
    contact: Finite | None
    contact_low: Finite | None
    contact_high: Finite | None


class CostStep(JsonDocument):
    """What the first value that is enough costs beyond the last that is not."""

    value: Finite
    than: Finite
    more: Finite | None
    low: Finite | None
    high: Finite | None
    runs: Count


class ViolationRow(JsonDocument):
    """A more generous value that meets the targets less often."""

    value: Finite
    fewer_than: Finite
    p: Share


class StaffingAnswerDocument(JsonDocument):
    """The answer under one response to strain."""

    answer: Annotated[list[Finite | None], Field(min_length=2, max_length=2)]
    reachable: bool | None
    undecided: list[Finite]
    candidates: Annotated[list[CandidateRow], Field(min_length=1)]
    cost_step: CostStep | None
    violations: list[ViolationRow]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> StaffingAnswerDocument:
        states = {row.state for row in self.candidates}
        if len({row.value for row in self.candidates}) < len(self.candidates):
            raise ValueError("`candidates` should tell of each value once")
        if self.reachable and None in self.answer:
            raise ValueError("`answer` should be two numbers where `reachable` is true")
        if self.cost_step is not None and not {"enough", "not_enough"} <= states:
            raise ValueError("`cost_step` needs candidates that are enough and others that are not")
        return self


class DoubtRow(JsonDocument):
    """What doubt about the figures does to one value."""

    value: Finite
    share: Share
    low: Share
    high: Share
    mean: Share
    mean_low: Share
    mean_high: Share
    sets: Count


class Doubt(JsonDocument):
    """Sets of figures drawn from their ranges."""

    sets: Count
    runs_each: Count
    figures: Count
    values: list[DoubtRow]


class TakesRuns(JsonDocument):
    """Runs that it takes to show that a value is enough."""

    runs: Count
    max_runs: Count


class MeasuredWindow(JsonDocument):
    """The dates over which targets are judged."""

    name: Literal["whole", "from_change", "own"]
    first: Annotated[str, Field(alias="from")]
    last: Annotated[str, Field(alias="to")]


class StaffingDocument(StaffingAnswerDocument):
    """The answer to a staffing question, as staffing.json has it."""

    scenario: str
    lever: str
    unit: Annotated[list[Word], Field(min_length=2, max_length=2)]
    weeks: Count
    window: MeasuredWindow
    acts: str
    values: Annotated[list[Finite], Field(min_length=1)]
    more_is_generous: bool
    targets: Annotated[list[Target], Field(min_length=1)]
    probability: Share
    intervals: Literal["fixed", "anytime"]
    runs_requested: Annotated[Count | None, Field(alias="runs_asked")]
    seen_before: bool
    enough_takes: TakesRuns | None
    responses: dict[Annotated[str, AfterValidator(_response)], StaffingAnswerDocument]
    doubt: Doubt | None

    @model_validator(mode="after")
    def _answers_the_question(self) -> StaffingDocument:
        if self.values != sorted(set(self.values)):
            raise ValueError("`values` should rise")
        if self.seen_before and self.runs_requested is None:
            raise ValueError("`runs_asked` should be a number where `seen_before` is true")
        for answer in (self, *self.responses.values()):
            known = 0 if self.more_is_generous else 1
            if answer.reachable is None and answer.answer[known] is None:
                raise ValueError(f"`answer[{known}]` should be a number where `reachable` is null")
            for row in answer.candidates:
                if row.value not in self.values:
                    raise ValueError(f"`candidates` tell of {row.value:g}, which is none of `values`")
                if [one.target for one in row.targets] != self.targets:
                    raise ValueError(f"`candidates` should tell of each of `targets`, that of {row.value:g} too")
        return self


class SelectionRow(JsonDocument):
    """What became of one scenario."""

    scenario: ScenarioName
    runs: Count
    mean: Finite | None
    eliminated_at_run: Count | None
    eliminated_by: str | None
    left: bool


class SelectionDocument(JsonDocument):
    """The answer of a selection, as selection.json has it."""

    metric: MetricName
    better: Better
    indifference: Finite
    confidence: Share
    first_runs: Count
    max_runs: Count
    decided: bool
    selected: str | None
    left: list[str]
    runs: Count
    scenarios: Annotated[list[SelectionRow], Field(min_length=1)]
    failed: list[FailedRun]

    @model_validator(mode="after")
    def _tells_of_each_once(self) -> SelectionDocument:
        if len({row.scenario for row in self.scenarios}) < len(self.scenarios):
            raise ValueError("`scenarios` should tell of each scenario once")
        return self


class DifferenceOfMeans(JsonDocument):
    """How much larger the second of two scenarios is over paired runs, with its 95 % interval."""

    mean: Finite
    low: Finite | None
    high: Finite | None

    @property
    def sign(self) -> int:
        """Its sign if the interval decides it, else 0."""
        return sign_of(self.low, self.high)


Turns = Literal["yes", "perhaps", "no"]


class TriedInput(JsonDocument):
    """An uncertain input, or what moves with it, at both ends of its range, and what becomes of a difference there.

    `share` is that of the variance of the difference over draws.
    """

    path: Word
    quality: Word
    value: Finite
    low: Finite
    high: Finite
    share: Share
    at_low: DifferenceOfMeans
    at_high: DifferenceOfMeans
    turns: Turns
    switching_value: Finite | None

    @property
    def swing(self) -> float:
        """How far it moves the difference from one end to the other."""
        return abs(self.at_high.mean - self.at_low.mean)


class InputAtEnd(JsonDocument):
    """An uncertain input at an end of its range."""

    path: Word
    end: Literal["low", "high"]


class InputsTogether(JsonDocument):
    """Two inputs at the ends that speak most against an order."""

    inputs: Annotated[list[InputAtEnd], Field(min_length=2, max_length=2)]
    difference: DifferenceOfMeans
    turns: Turns


class OrderOfTwo(JsonDocument):
    """Two scenarios in one metric: their difference as they stand, over draws, and at the ends of single inputs.

    `same_order` counts the draws in which the order is that of the inputs as they stand; `from_inputs` is the share of the
    variance over draws that is more than chance, `find_out` the assumed input that moves the difference most.
    """

    first: ScenarioName
    second: ScenarioName
    difference: DifferenceOfMeans
    same_order: Count
    draws: Count
    same_order_low: Share
    same_order_high: Share
    from_inputs: Share | None
    inputs: list[TriedInput]
    worst_pair: InputsTogether | None
    find_out: Word | None

    @property
    def turned_by(self) -> list[TriedInput]:
        """The inputs that turn the order for certain, each alone."""
        return [one for one in self.inputs if one.turns == "yes"]

    @property
    def perhaps_turned_by(self) -> list[TriedInput]:
        """The inputs at an end of which the order cannot be told."""
        return [one for one in self.inputs if one.turns == "perhaps"]


class BestOverDraws(JsonDocument):
    """In how many draws a scenario is best or nearly so, and what it costs to have chosen it."""

    scenario: ScenarioName
    best: Count
    acceptable: Count
    draws: Count
    mean_regret: Finite
    worst_regret: Finite


class UncertaintyInMetric(JsonDocument):
    """What uncertain inputs do to the order of scenarios in one metric."""

    metric: MetricName
    best: list[BestOverDraws]
    pairs: Annotated[list[OrderOfTwo], Field(min_length=1)]


class UncertaintyDocument(JsonDocument):
    """What could reverse a comparison, as uncertainty.json has it."""

    ensemble: bool  # draws are members of one, not drawn from the ranges
    draws: Count
    runs_each: Count
    inputs: Count
    tried: list[Word]
    failed: Count
    metrics: Annotated[list[UncertaintyInMetric], Field(min_length=1)]
