"""What could reverse a comparison: how often each option is best when uncertain inputs are drawn, and which inputs turn an order."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
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
from jobcentre.runs.ensemble import Ensemble, with_member
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
    Floats,
    MeanDifference,
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
            return ResolvedScenario(with_member(self.scenarios[name], self.ensemble, point - self.first_draw), self.seed)
        if point < _FIRST_END:
            return ResolvedScenario(scenario_at_point(self.scenarios[name], point, self.seed), self.seed)
        scenario = self.scenarios[name]
        for moved in self.moved_at(point):
            scenario = self._at_end(name, scenario, moved)
        return ResolvedScenario(scenario, self.seed)

    def _at_end(self, name: str, scenario: Scenario, moved: Moved) -> Scenario:
        inputs = [one for one in self.inputs[name].values() if one.address == self.addresses[moved.address]]
        for way in _WAYS if inputs else ():
            try:
                return with_values(scenario, {one.name: _on_the_way(one, moved.end, way) for one in inputs}, self.inputs[name])
            except ScenarioError:  # it contradicts another input: as far as it can go
                continue
        return scenario


def _on_the_way(one: UncertainInput, end: int, way: float) -> float:
    value = one.value + way * (one.at(float(end)) - one.value)
    return round(value) if isinstance(one.value, int) else value


#: Two addresses at ends, or nothing.
Corner = tuple[Moved, ...]


def run_uncertainty(asked: Experiment, draws: int, how: ExecutionOptions, ensemble: Ensemble | None = None) -> UncertaintyDocument:
    """Makes the runs that are not there yet and writes the answer beside the comparison in its folder."""
    if len(asked.scenarios) < 2:
        raise usage_error("--uncertainty", "needs options whose order could turn", "compare two scenarios or more")
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
    return Work(provider, _answer(provider, kept, draws), kept, runs_at_most(len(asked.scenarios), draws))


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


def _answer(provider: UncertainScenarios, kept: KeptRuns, draws: int) -> Procedure[UncertaintyDocument]:
    """Draws of all inputs first, which say how often an order holds; then those that go with it most, each alone, and the worst pairs."""
    values = _Values(provider, kept)
    as_they_are = yield from values.make((0, run) for run in range(RUNS))
    drawn = yield from values.make((provider.first_draw + number, number) for number in range(draws))
    places = _places(provider, draws)
    pairs = list(combinations(values.names, 2))
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


def _places(provider: UncertainScenarios, draws: int) -> Floats:
    """Where each address lies in each draw: enough to look for what matters, so what was drawn again does not count."""
    if provider.ensemble is None:
        return np.array([[place_of(provider.seed, number, 0, address) for address in provider.addresses] for number in range(draws)])
    leaders = [_leader(provider, number).name for number in range(len(provider.addresses))]
    members = [provider.ensemble.values(number) for number in range(draws)]
    return np.array([[values.get(name, 0.0) for name in leaders] for values in members])


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
    chance = float(np.nanvar(base[pair[1]] - base[pair[0]], ddof=1))
    total = float(over_draws.var(ddof=1)) if len(over_draws) > 1 else 0.0
    tried = []
    for address, share in shares.items():
        low_end, high_end = (_differences(pair, at_ends[Moved(address, end)]) for end in (0, 1))
        tried.append(_tried(provider, address, before, float(share), low_end, high_end))
    tried.sort(key=lambda one: -one.swing)
    assumed = [one.path for one in tried if one.quality == "assumed" and one.swing > 0]
    return OrderOfTwo(
        first=pair[0],
        second=pair[1],
        difference=_told(before),
        same_order=same,
        draws=len(over_draws),
        same_order_low=low,
        same_order_high=high,
        from_inputs=max(0.0, 1.0 - chance / total) if total > 0 else None,
        inputs=tried,
        worst_pair=_together(provider, corner, before, _differences(pair, at_corners[corner])) if corner else None,
        find_out=next(iter(assumed), None),
    )


def _together(provider: UncertainScenarios, corner: Corner, before: MeanDifference, after: MeanDifference) -> InputsTogether:
    inputs = [InputAtEnd(path=_leader(provider, one.address).name, end=ENDS[one.end]) for one in corner]
    return InputsTogether(inputs=inputs, difference=_told(after), turns=turns(before, after))


def _tried(
    provider: UncertainScenarios, address: int, before: MeanDifference, share: float, at_low: MeanDifference, at_high: MeanDifference
) -> TriedInput:
    one = _leader(provider, address)
    low, high = float(one.at(0.0)), float(one.at(1.0))
    turned = {turns(before, after) for after in (at_low, at_high)}
    switching = None
    for end, after in ((low, at_low), (high, at_high)):
        way = switching_place(before.mean, after.mean) if before.sign else None
        if way is not None:
            switching = one.value + way * (end - one.value)
    return TriedInput(
        path=one.name,
        quality=one.quality,
        value=float(one.value),
        low=low,
        high=high,
        share=share,
        at_low=_told(at_low),
        at_high=_told(at_high),
        turns="yes" if "yes" in turned else "perhaps" if "perhaps" in turned else "no",
        switching_value=switching,
    )


def _told(one: MeanDifference) -> DifferenceOfMeans:
    return DifferenceOfMeans(**one._asdict())


def _leader(provider: UncertainScenarios, number: int) -> UncertainInput:
    """The input by whose name all that move together are told."""
    address = provider.addresses[number]
    inputs = provider.at_address(address)
    return next((one for one in inputs if one.change), next((one for one in inputs if one.name == address), inputs[0]))
