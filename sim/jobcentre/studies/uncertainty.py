"""What could reverse a comparison: how often each option is best when uncertain inputs are drawn, and which inputs turn an order."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs.answers import (
    BestOverDraws,
    DifferenceOfMeans,
    InputAtEnd,
    InputsTogether,
    OrderOfTwo,
    TriedInput,
    UncertaintyDocument,
    UncertaintyInMetric,
)
from jobcentre.runs.batches import RunId
from jobcentre.runs.documents import read_document
from jobcentre.runs.draws import UncertainInput, place_of, uncertain_inputs, with_values
from jobcentre.runs.ensemble import Ensemble, member_places, with_member
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Procedure, Work, execute
from jobcentre.runs.experiment import ResolvedScenario, scenario_at_point
from jobcentre.runs.folder import Experiment, add_to_manifest, json_text
from jobcentre.runs.locks import locked, write_atomically
from jobcentre.runs.manifest import read_manifest
from jobcentre.runs.results import value_of
from jobcentre.runs.store import Run, RunLocation, rewrite_canonically
from jobcentre.runs.variants import FIRST_DRAW
from jobcentre.scenario import Scenario, ScenarioError
from jobcentre.scenario.errors import usage_error
from jobcentre.stats.exact import clopper_pearson
from jobcentre.stats.reversal import (
    FEWEST_RUNS,
    LEVEL,
    Floats,
    MeanDifference,
    Turns,
    best_in_draws,
    explained,
    mean_difference,
    switching_place,
    turns,
)

FILE = "uncertainty.json"
#: Draws of all uncertain inputs together, each with a run of its own; inputs then tried alone, with so many paired runs.
DRAWS, INPUTS, RUNS = 200, 12, 10
MOST_DRAWS = 10_000
#: The expected rate has the mean of the notices and far less chance.
METRICS = tuple("expected_leaving_rate_per_year" if name == "leaving_rate_per_year" else name for name in HEADLINES if BY_NAME[name].better)
#: Points from which on one address, or two, are at ends of their ranges; below them are draws.
_FIRST_END, _FIRST_PAIR, _FIRST_MEMBER = 100_000, 1_000_000, 10_000_000
#: How far from the present value to the end inputs are moved: less where the whole way does not fit with the rest.
_WAYS = (1.0, 0.75, 0.5, 0.25)
#: Of which metric a first answer is given, as soon as all draws are there.
FIRST_METRIC = "expected_leaving_rate_per_year"
ENDS: tuple[Literal["low"], Literal["high"]] = ("low", "high")


class Moved(NamedTuple):
    """An address of uncertain inputs at an end of its range."""

    address: int
    end: int


@dataclass(frozen=True)
class UncertainScenarios:
    """The scenarios of a comparison at draws of their uncertain inputs, and with one or two of these at an end of their ranges."""

    scenarios: Mapping[str, Scenario]
    seed: int
    ensemble: Ensemble | None = None

    @cached_property
    def first_draw(self) -> int:
        """The point of the first draw; members of each ensemble have points of their own, of which 40,000 can be told apart."""
        if self.ensemble is None:
            return FIRST_DRAW
        return _FIRST_MEMBER + MOST_DRAWS * (zlib.crc32(self.ensemble.model_dump_json().encode()) % 40_000)

    @cached_property
    def inputs(self) -> dict[str, dict[str, UncertainInput]]:
        """The uncertain inputs of each scenario."""
        return {name: uncertain_inputs(scenario) for name, scenario in self.scenarios.items()}

    @cached_property
    def addresses(self) -> list[str]:
        """What moves together, of all scenarios, in the order in which points count them."""
        return sorted({one.address for inputs in self.inputs.values() for one in inputs.values()})

    def at_address(self, address: str) -> list[UncertainInput]:
        """The inputs that move together, of all scenarios."""
        found = {one.name: one for inputs in self.inputs.values() for one in inputs.values() if one.address == address}
        return list(found.values())

    def point_of(self, moved: Corner | Sequence[Moved]) -> int:
        """The point of one address at an end, or of two."""
        if len(moved) == 1:
            return _FIRST_END + 2 * moved[0].address + moved[0].end
        one, other = sorted(moved)
        return _FIRST_PAIR + 4 * (one.address * len(self.addresses) + other.address) + 2 * one.end + other.end

    def moved_at(self, point: int) -> list[Moved]:
        """The addresses at an end at a point."""
        if point < _FIRST_PAIR:
            address, end = divmod(point - _FIRST_END, 2)
            return [Moved(address, end)]
        rest, ends = divmod(point - _FIRST_PAIR, 4)
        first, second = divmod(rest, len(self.addresses))
        return [Moved(first, ends // 2), Moved(second, ends % 2)]

    def at(self, location: RunLocation) -> ResolvedScenario:
        """Resolves a scenario at a point."""
        name, _, point = location
        if self.ensemble is not None and point >= self.first_draw:
            return ResolvedScenario(with_member(self.scenarios[name], self.ensemble, point - self.first_draw, self.seed), self.seed)
        if point < _FIRST_END:
            return ResolvedScenario(scenario_at_point(self.scenarios[name], point, self.seed), self.seed)
        scenario = self.scenarios[name]
        for moved in self.moved_at(point):
            scenario = self._at_end(name, scenario, moved)
        return ResolvedScenario(scenario, self.seed)

    def _at_end(self, name: str, scenario: Scenario, moved: Moved) -> Scenario:
        inputs, way = self._inputs_of(name, moved), self.way_of(moved)
        values = {one.name: on_the_way(one, moved.end, way) for one in inputs}
        try:
            return with_values(scenario, values, self.inputs[name]) if inputs and way else scenario
        except ScenarioError:  # beside another that was moved
            return scenario

    def _inputs_of(self, name: str, moved: Moved) -> list[UncertainInput]:
        return [one for one in self.inputs[name].values() if one.address == self.addresses[moved.address]]

    @cached_property
    def _ways(self) -> dict[Moved, float]:
        return {}

    def way_of(self, moved: Moved) -> float:
        """How much of the way to its end an address can go in every scenario; 0 where it contradicts others at once."""
        if moved not in self._ways:
            self._ways[moved] = next((way for way in _WAYS if self._fits(moved, way)), 0.0)
        return self._ways[moved]

    def _fits(self, moved: Moved, way: float) -> bool:
        try:
            for name, scenario in self.scenarios.items():
                if inputs := self._inputs_of(name, moved):
                    with_values(scenario, {one.name: on_the_way(one, moved.end, way) for one in inputs}, self.inputs[name])
        except ScenarioError:
            return False
        return True


def on_the_way(one: UncertainInput, end: int, way: float) -> float:
    """The value of an input so much of the way to an end of its range."""
    value = one.value + way * (one.at(float(end)) - one.value)
    return round(value) if isinstance(one.value, int) else value


#: Two addresses at ends, or nothing.
Corner = tuple[Moved, ...]


def run_uncertainty(asked: Experiment, draws: int, how: ExecutionOptions, ensemble: Ensemble | None = None) -> UncertaintyDocument:
    """Makes the runs that are not there yet and writes the answer beside the comparison in its folder."""
    if len(asked.scenarios) < 2:
        raise usage_error("--uncertainty", "needs options whose order could turn", "compare two scenarios or more")
    if not any(uncertain_inputs(scenario) for scenario in asked.scenarios.values()):
        raise usage_error("--uncertainty", "there is no uncertain input in these scenarios", "give assumed inputs a range")
    how = how._replace(by_week=False, responses=False)
    _, found = execute(uncertainty_work(asked, draws, how, ensemble), how)
    rewrite_canonically(asked.folder)
    with locked(asked.folder):
        write_atomically(asked.folder / FILE, json_text(found.model_dump()).encode())
        add_to_manifest(asked.folder, asked.folder / FILE)
    return found


def uncertainty_of(folder: Path) -> UncertaintyDocument | None:
    """The answer that an earlier command has written in a folder, if there is one."""
    if not (folder / FILE).exists():
        return None
    return read_document(folder / FILE, UncertaintyDocument)


def uncertainty_work(asked: Experiment, draws: int, how: ExecutionOptions, ensemble: Ensemble | None = None) -> Work[UncertaintyDocument]:
    """The runs of the question."""
    provider = UncertainScenarios(asked.scenarios, asked.seed, ensemble)
    kept = KeptRuns(asked.folder, provider, how)
    return Work(provider, _answer(provider, kept, draws, how.note), kept, runs_at_most(len(asked.scenarios), draws))


def seconds_for_uncertainty(asked: Experiment) -> float | None:
    """How long the question would take, by the time of the runs in the folder; None where that is not known."""
    seconds_a_run = read_manifest(asked.folder).seconds_a_run
    return None if seconds_a_run is None else seconds_a_run * runs_at_most(len(asked.scenarios), DRAWS)


def runs_at_most(scenarios: int, draws: int) -> int:
    """The most runs that the question takes."""
    pairs = scenarios * (scenarios - 1) // 2
    return scenarios * (draws + RUNS * (1 + 2 * INPUTS + len(METRICS) * pairs))


class _Values:
    """Values of metrics by scenario, as they are asked for."""

    def __init__(self, provider: UncertainScenarios, kept: KeptRuns) -> None:
        self.names, self._kept = list(provider.scenarios), kept
        self.failed = 0

    def make(self, places: Iterable[tuple[int, int]]) -> Procedure[dict[str, dict[str, Floats]]]:
        """The values of every metric at points and runs, by metric and scenario; of failed runs none."""
        wanted = list(places)
        yield [RunId(name, run, point) for point, run in wanted for name in self.names]
        found: dict[str, dict[str, Floats]] = {metric: {} for metric in METRICS}
        for name in self.names:
            made: list[Run] = [self._kept.at(name, point)[run] for point, run in wanted]
            self.failed += sum(run.failure is not None for run in made)
            for metric in METRICS:
                pairs = [run.metrics.get((metric, None), (0.0, 0.0)) if run.failure is None else (0.0, 0.0) for run in made]
                values = [value_of(pair) for pair in pairs]
                found[metric][name] = np.array([np.nan if value is None else value for value in values])
        return found


def _answer(provider: UncertainScenarios, kept: KeptRuns, draws: int, note: Callable[[str], None]) -> Procedure[UncertaintyDocument]:
    """Draws of all inputs first, which say how often an order holds; then those that go with it most, each alone, and the worst pairs."""
    values = _Values(provider, kept)
    as_they_are = yield from values.make((0, run) for run in range(RUNS))
    drawn = yield from values.make((provider.first_draw + number, number) for number in range(draws))
    pairs = list(combinations(values.names, 2))
    note(_first_answer(pairs, drawn[FIRST_METRIC]))  # what follows takes as long again, or longer
    places = _places(provider, draws)
    shares = {
        (metric, pair): explained(places, drawn[metric][pair[1]] - drawn[metric][pair[0]])
        for metric in METRICS for pair in pairs
    }  # fmt: skip
    strongest = np.max(list(shares.values()), axis=0)
    tried = [int(one) for one in np.argsort(-strongest, kind="stable")[:INPUTS] if strongest[one] > 0]
    at_ends: dict[Moved, dict[str, dict[str, Floats]]] = {}
    ends = [Moved(address, end) for address in tried for end in (0, 1)]
    made = yield from values.make((provider.point_of([moved]), run) for moved in ends for run in range(RUNS))
    for number, moved in enumerate(ends):
        own = slice(number * RUNS, (number + 1) * RUNS)
        at_ends[moved] = {metric: {name: column[own] for name, column in made[metric].items()} for metric in METRICS}
    worst = {
        (metric, pair): _worst_ends(pair, as_they_are[metric], {moved: at_ends[moved][metric] for moved in ends})
        for metric in METRICS for pair in pairs
    }  # fmt: skip
    corners = list(dict.fromkeys(corner for corner in worst.values() if corner))
    made = yield from values.make((provider.point_of(corner), run) for corner in corners for run in range(RUNS))
    at_corners: dict[Corner, dict[str, dict[str, Floats]]] = {}
    for number, corner in enumerate(corners):
        own = slice(number * RUNS, (number + 1) * RUNS)
        at_corners[corner] = {metric: {name: column[own] for name, column in made[metric].items()} for metric in METRICS}
    metrics = []
    for metric in METRICS:
        declared = BY_NAME[metric]
        assert declared.better is not None
        table = np.column_stack([drawn[metric][name] for name in values.names])
        counts = best_in_draws(table, declared.better, declared.matters)
        best = [BestOverDraws(scenario=name, **one._asdict()) for name, one in zip(values.names, counts, strict=True)]
        alone = {one: at_ends[one][metric] for one in ends}
        together = {corner: at_corners[corner][metric] for corner in corners}
        told = [
            _pair(
                provider, pair, as_they_are[metric], drawn[metric], dict(zip(tried, shares[metric, pair][tried], strict=True)),
                alone, worst[metric, pair], together,
            )
            for pair in pairs
        ]  # fmt: skip
        metrics.append(UncertaintyInMetric(metric=metric, best=best, pairs=told))
    return UncertaintyDocument(
        ensemble=provider.ensemble is not None, draws=draws, runs_each=RUNS, inputs=len(provider.addresses),
        tried=[_leader(provider, one).name for one in tried], failed=values.failed, metrics=metrics,
    )  # fmt: skip


def _first_answer(pairs: Sequence[tuple[str, str]], drawn: Mapping[str, Floats]) -> str:
    """How often each scenario has the lower value over draws, as a first answer."""
    parts = [f"{second} lower than {first} in {int((drawn[second] < drawn[first]).sum())}" for first, second in pairs]
    return f"{BY_NAME[FIRST_METRIC].label} over {len(next(iter(drawn.values())))} draws: {'; '.join(parts)}"


def _places(provider: UncertainScenarios, draws: int) -> Floats:
    """Where each address lies in each draw: enough to look for what matters, so what was drawn again does not count."""
    if provider.ensemble is None:
        return np.array([[place_of(provider.seed, number, 0, address) for address in provider.addresses] for number in range(draws)])
    found = np.zeros((draws, len(provider.addresses)))
    for number in range(draws):
        places: dict[str, float] = {}
        for scenario in provider.scenarios.values():
            places = member_places(scenario, provider.ensemble, number, provider.seed) | places
        found[number] = [places[address] for address in provider.addresses]
    return found


def _differences(pair: tuple[str, str], values: Mapping[str, Floats]) -> MeanDifference:
    return mean_difference(values[pair[0]], values[pair[1]])


def _worst_ends(pair: tuple[str, str], base: Mapping[str, Floats], at_ends: Mapping[Moved, Mapping[str, Floats]]) -> Corner:
    """The ends of the two inputs that move a difference most against its sign; none where there is no order or fewer than two do."""
    before = _differences(pair, base)
    if before.sign == 0:
        return ()
    against = {moved: before.sign * (_differences(pair, values).mean - before.mean) for moved, values in at_ends.items()}
    chosen: dict[int, Moved] = {}
    for moved in sorted(against, key=lambda one: against[one]):
        if against[moved] < 0:
            chosen.setdefault(moved.address, moved)
    return tuple(sorted(list(chosen.values())[:2])) if len(chosen) > 1 else ()


def _pair(
    provider: UncertainScenarios,
    pair: tuple[str, str],
    base: Mapping[str, Floats],
    drawn: Mapping[str, Floats],
    shares: Mapping[int, float],
    at_ends: Mapping[Moved, Mapping[str, Floats]],
    corner: Corner,
    at_corners: Mapping[Corner, Mapping[str, Floats]],
) -> OrderOfTwo:
    before = _differences(pair, base)
    over_draws = drawn[pair[1]] - drawn[pair[0]]
    over_draws = over_draws[np.isfinite(over_draws)]
    sign = before.sign or (1 if before.mean > 0 else -1)
    same = int((sign * over_draws > 0).sum())
    low, high = clopper_pearson(same, len(over_draws)) if len(over_draws) else (0.0, 1.0)
    tried, sure = [], []
    for address, share in shares.items():
        one = _tried(provider, address, pair, base, float(share), [at_ends[Moved(address, end)] for end in (0, 1)])
        tried.append(one)
        if one.quality == "assumed" and any(_change(pair, base, at_ends[Moved(address, end)]).sign for end in (0, 1)):
            sure.append(one)
    return OrderOfTwo(
        first=pair[0],
        second=pair[1],
        difference=_told(before),
        same_order=same,
        draws=len(over_draws),
        same_order_low=low,
        same_order_high=high,
        from_inputs=_from_inputs(base[pair[1]] - base[pair[0]], over_draws),
        inputs=sorted(tried, key=lambda one: -one.swing),
        worst_pair=_together(provider, corner, pair, base, at_corners[corner]) if corner else None,
        find_out=max(sure, key=lambda one: one.swing).path if sure else None,
    )


def _from_inputs(by_chance: Floats, over_draws: Floats) -> float | None:
    """The share of the variance over draws that is more than chance; None where one of the two is not known."""
    known = by_chance[np.isfinite(by_chance)]
    if len(known) < FEWEST_RUNS or len(over_draws) < FEWEST_RUNS:
        return None
    chance, total = float(known.var(ddof=1)), float(over_draws.var(ddof=1))
    return max(0.0, 1.0 - chance / total) if chance > 0 and total > 0 else None


def _change(pair: tuple[str, str], base: Mapping[str, Floats], values: Mapping[str, Floats]) -> MeanDifference:
    """By how much a difference changes, run by run, at a level that counts all ends that are tried."""
    return mean_difference(base[pair[1]] - base[pair[0]], values[pair[1]] - values[pair[0]], 1 - (1 - LEVEL) / (2 * INPUTS))


def _turns(pair: tuple[str, str], base: Mapping[str, Floats], values: Mapping[str, Floats]) -> Turns:
    return turns(_differences(pair, base), _differences(pair, values), _change(pair, base, values))


def _together(
    provider: UncertainScenarios, corner: Corner, pair: tuple[str, str], base: Mapping[str, Floats], values: Mapping[str, Floats]
) -> InputsTogether:
    inputs = [InputAtEnd(path=_leader(provider, one.address).name, end=ENDS[one.end]) for one in corner]
    return InputsTogether(inputs=inputs, difference=_told(_differences(pair, values)), turns=_turns(pair, base, values))


def _tried(
    provider: UncertainScenarios,
    address: int,
    pair: tuple[str, str],
    base: Mapping[str, Floats],
    share: float,
    at_ends: Sequence[Mapping[str, Floats]],
) -> TriedInput:
    one, before = _leader(provider, address), _differences(pair, base)
    ends = [float(on_the_way(one, end, provider.way_of(Moved(address, end)))) for end in (0, 1)]
    turned = [_turns(pair, base, values) for values in at_ends]
    found: Turns = "yes" if "yes" in turned else "perhaps" if "perhaps" in turned else "no"
    switching = None
    if found != "no":
        end = turned.index(found)
        way = switching_place(before.mean, _differences(pair, at_ends[end]).mean)
        switching = None if way is None else one.value + way * (ends[end] - one.value)
    at_low, at_high = (_told(_differences(pair, values)) for values in at_ends)
    return TriedInput(
        path=one.name,
        quality=one.quality,
        value=float(one.value),
        low=ends[0],
        high=ends[1],
        share=share,
        at_low=at_low,
        at_high=at_high,
        turns=found,
        switching_value=switching,
    )


def _told(one: MeanDifference) -> DifferenceOfMeans:
    return DifferenceOfMeans(**one._asdict())


def _leader(provider: UncertainScenarios, number: int) -> UncertainInput:
    """The input by whose name all that move together are told."""
    address = provider.addresses[number]
    inputs = provider.at_address(address)
    return next((one for one in inputs if one.change), next((one for one in inputs if one.name == address), inputs[0]))
