"""The answers of studies as their folders keep them, read as models: staffing.json and selection.json."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jobcentre.metrics import BY_NAME
from jobcentre.runs.documents import Count, Finite, JsonDocument, ScenarioName
from jobcentre.runs.manifest import FailedRun
from jobcentre.runs.requests import MetricName, Share
from jobcentre.runs.variants import POINT_OF_RESPONSE
from jobcentre.stats.comparisons import Better

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
