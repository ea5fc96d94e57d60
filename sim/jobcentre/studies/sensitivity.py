"""Which uncertain inputs an outcome, or a difference, depends on: shares of variance by quality, by mechanism or by input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from jobcentre.runs.batches import RunId
from jobcentre.runs.draws import require_uncertain_inputs, uncertain_inputs
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Work, execute, fixed_set
from jobcentre.runs.experiment import PlacedScenarios, Switch
from jobcentre.runs.folder import Experiment, json_text
from jobcentre.runs.locks import make_folder, write_atomically
from jobcentre.runs.results import value_of
from jobcentre.scenario import Scenario, ScenarioError, vary
from jobcentre.scenario.errors import usage_error
from jobcentre.stats.sensitivity import Effect, Floats, Index, effects, morris, over_seeds, saltelli, share_of_chance

FILE = "sensitivity.json"
By = Literal["quality", "mechanism", "input"]
PUBLISHED = ("measured", "reported", "testimony", "policy")
#: What the model might be otherwise: the inputs that say so, and their values; the first is the model as it is.
STRUCTURE: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "form of response": ({}, {"strain.response": "low"}, {"strain.response": "high"}),
    "two memories": ({}, {"sickness.breakdown.mark": None, "strain.slow_half_life_days": None}),
    "contagion": ({}, {"leaving.contagion_per_leaver": 0}),
    "offices alike": ({}, {"leaving.office_cv": 0}),
}
MOST_FACTORS = 12


class Factor(NamedTuple):
    """What is varied together, under one name; `places` are columns of the design."""

    name: str
    places: tuple[int, ...]


class FactorShare(NamedTuple):
    """The share of variance within a seed that goes with a factor alone, and with all in which it has a part."""

    name: str
    inputs: int
    first: Index
    total: Index


class Sensitivity(NamedTuple):
    """The shares of one outcome; `screened` holds what Morris's screening said of every input, where it was asked for."""

    metric: str
    scenarios: Sequence[str]
    chance: float
    factors: Sequence[FactorShare]
    screened: Mapping[str, Effect]
    mean: float
    spread: float


class SensitivityQuestion(NamedTuple):
    """What is asked: of which metric, by what, and with how many points, seeds and trajectories."""

    metric: str
    by: By
    points: int
    seeds: int
    trajectories: int


def switches_of(scenarios: Sequence[Scenario]) -> list[Switch]:
    """The structural switches that every scenario can be put to."""
    return [Switch(name, choices) for name, choices in STRUCTURE.items() if all(_fits(scenario, choices) for scenario in scenarios)]


def _fits(scenario: Scenario, choices: Sequence[Mapping[str, object]]) -> bool:
    try:
        for values in choices:
            vary(scenario, values)
    except ScenarioError:
        return False
    return True


def require_answerable(scenarios: Iterable[Scenario], question: SensitivityQuestion) -> None:
    """ScenarioError where the design cannot be made, or there is nothing to vary."""
    if question.points & (question.points - 1):
        raise usage_error("--points", f"is {question.points}, which is no power of 2", f"take {1 << question.points.bit_length() - 1}")
    for scenario in scenarios:
        require_uncertain_inputs(scenario)


def run_sensitivity(asked: Experiment, question: SensitivityQuestion, how: ExecutionOptions, tell: Callable[[str], None]) -> Sensitivity:
    """Makes the runs that are not there yet and writes the answer into the folder; interrupted, it keeps what is finished."""
    require_answerable(asked.scenarios.values(), question)
    scenarios = list(asked.scenarios.values())
    qualities = ("assumed", "derived", *PUBLISHED) if question.by == "quality" else ("assumed", "derived")
    inputs = {one.name: one for scenario in scenarios for one in uncertain_inputs(scenario, qualities).values()}
    addresses = sorted({one.address for one in inputs.values()})
    switches = switches_of(scenarios)
    outcomes = _Outcomes(asked, addresses, switches, qualities, question, how)
    make_folder(asked.folder)
    factors = _factors(question.by, addresses, {one.address: one.quality for one in inputs.values()}, switches)
    screened: dict[str, Effect] = {}
    if len(factors) > MOST_FACTORS:
        screened = _screened(outcomes, factors, question, asked.seed)
        kept = sorted(factors, key=lambda one: -screened[one.name].absolute)[:MOST_FACTORS]
        tell(f"screened {len(factors)} {'inputs' if question.by == 'input' else 'mechanisms'}, {len(kept)} are looked at closely")
        factors = kept
    columns = len(addresses) + len(switches)
    first, total, chance, means, variances = [], [], [], [], []
    for seed in range(question.seeds):
        design = saltelli(columns, [factor.places for factor in factors], question.points, asked.seed * 1000 + seed)
        if screened:  # what is left out of the close look stays as it is
            free = sorted(set(range(columns)) - {place for factor in factors for place in factor.places})
            for table in (design.first, design.second, *design.mixed):
                table[:, free] = np.nan
        values = outcomes.at(design.points, seed)
        again = outcomes.at(design.first, question.seeds + seed)
        one, all_parts = design.indices(values)
        first.append(one)
        total.append(all_parts)
        chance.append(share_of_chance(values[: question.points], again))
        means.append(float(values.mean()))
        variances.append(float(values.var(ddof=1)))
    shares = [
        FactorShare(factor.name, len(factor.places), *both)
        for factor, *both in zip(factors, over_seeds(np.array(first)), over_seeds(np.array(total)), strict=True)
    ]
    found = Sensitivity(
        question.metric, list(asked.scenarios), float(np.mean(chance)), sorted(shares, key=lambda one: -one.total.mean), screened,
        float(np.mean(means)), float(np.sqrt(np.mean(variances))),
    )  # fmt: skip
    write_atomically(asked.folder / FILE, json_text(document(found)).encode())
    return found


def runs_of_question(question: SensitivityQuestion, scenarios: int, inputs: int) -> int:
    """The most runs that a question takes."""
    factors = min(MOST_FACTORS, inputs)
    close = question.seeds * question.points * (factors + 3)
    return scenarios * (close + (question.trajectories * (inputs + 1) if inputs > MOST_FACTORS else 0))


class _Outcomes:
    """Values of the metric, or of the difference in it, at points of a design."""

    def __init__(
        self,
        asked: Experiment,
        addresses: Sequence[str],
        switches: Sequence[Switch],
        qualities: Sequence[str],
        question: SensitivityQuestion,
        how: ExecutionOptions,
    ) -> None:
        self._asked, self._addresses, self._switches, self._qualities = asked, addresses, switches, qualities
        self._metric, self._how = question.metric, how._replace(by_week=False, responses=False)

    def at(self, points: Floats, runs: int | Sequence[int]) -> Floats:
        """The values at points, with the random numbers of one run or of one for each."""
        number_of = [runs] * len(points) if isinstance(runs, int) else list(runs)
        provider = PlacedScenarios(
            self._asked.scenarios, self._asked.seed, tuple(self._addresses), points, tuple(self._switches), tuple(self._qualities)
        )
        first = provider.first
        kept = KeptRuns(self._asked.folder, provider, self._how)
        wanted = [RunId(name, run, first + place) for place, run in enumerate(number_of) for name in self._asked.scenarios]
        execute(Work(provider, fixed_set(wanted), kept, len(wanted)), self._how)
        columns = [[self._value(kept, name, first + place, run) for place, run in enumerate(number_of)] for name in self._asked.scenarios]
        base, *options = (np.array(column) for column in columns)
        values = options[0] - base if options else base
        if not np.isfinite(values).any():
            raise usage_error("--metric", f"`{self._metric}` has no value in any run", "take one that these weeks tell of")
        if not np.isfinite(values).all():  # a draw in which the metric has no value says nothing of it
            values = np.where(np.isfinite(values), values, np.nanmean(values))
        return values

    def _value(self, kept: KeptRuns, name: str, point: int, number: int) -> float:
        run = kept.at(name, point)[number]
        value = value_of(run.metrics.get((self._metric, None), (0.0, 0.0))) if run.failure is None else None
        return float("nan") if value is None else value


def _factors(by: By, addresses: Sequence[str], qualities: Mapping[str, str], switches: Sequence[Switch]) -> list[Factor]:
    """What is varied together; structure is a factor of its own, and each switch one where inputs are looked at one by one."""
    structural = {switch.name: (len(addresses) + number,) for number, switch in enumerate(switches)}
    if by == "input":
        return [Factor(address, (number,)) for number, address in enumerate(addresses)] + [
            Factor(name, places) for name, places in structural.items()
        ]
    groups: dict[str, list[int]] = {}
    for number, address in enumerate(addresses):
        quality = qualities[address]
        name = (quality if quality in ("assumed", "derived") else "published") if by == "quality" else mechanism_of(address)
        groups.setdefault(name, []).append(number)
    if structural:
        groups["structure"] = [place for places in structural.values() for place in places]
    return [Factor(name, tuple(places)) for name, places in groups.items()]


def mechanism_of(address: str) -> str:
    """The part of the model that an input belongs to: its section, and of customers their group."""
    keys = address.split(".")
    return ".".join(keys[:2]) if keys[0] == "groups" else keys[0]


def _screened(outcomes: _Outcomes, factors: Sequence[Factor], question: SensitivityQuestion, seed: int) -> dict[str, Effect]:
    """Morris's effect of each factor, whose inputs move together; every trajectory has a run of its own."""
    points, moved = morris(len(factors), question.trajectories, seed)
    columns = max(place for factor in factors for place in factor.places) + 1
    spread = np.zeros((len(points), columns))
    for number, factor in enumerate(factors):
        spread[:, list(factor.places)] = points[:, [number]]
    runs = [number for number in range(question.trajectories) for _ in range(len(factors) + 1)]
    found = effects(points, moved, outcomes.at(spread, runs))
    return {factor.name: effect for factor, effect in zip(factors, found, strict=True)}


def document(found: Sensitivity) -> dict[str, object]:
    """The answer as the JSON document that scripts read."""
    return {
        "metric": found.metric,
        "scenarios": list(found.scenarios),
        "mean": found.mean,
        "standard_deviation": found.spread,
        "share_of_chance": found.chance,
        "factors": [
            {"name": one.name, "inputs": one.inputs, "first": one.first._asdict(), "total": one.total._asdict()} for one in found.factors
        ],
        "screened": {
            name: {**effect._asdict(), "beyond_noise": effect.beyond_noise}
            for name, effect in sorted(found.screened.items(), key=lambda item: -item[1].absolute)
        },
    }
