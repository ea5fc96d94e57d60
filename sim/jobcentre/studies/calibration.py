"""Calibration by history matching: what values of uncertain inputs are not ruled out by targets, as a weighted ensemble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from jobcentre.metrics import BY_NAME
from jobcentre.runs.batches import RunId
from jobcentre.runs.draws import require_uncertain_inputs, uncertain_inputs, with_places
from jobcentre.runs.ensemble import Ensemble, FittedTarget, Wave
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Work, execute, fixed_set
from jobcentre.runs.experiment import PlacedScenarios
from jobcentre.runs.folder import Experiment
from jobcentre.runs.locks import make_folder
from jobcentre.runs.store import Run
from jobcentre.scenario import Problem, Scenario, ScenarioError
from jobcentre.stats.emulator import CUT, Emulator, Prediction, implausibility, resampled
from jobcentre.stats.reversal import explained
from jobcentre.studies.targets import REACH, Target

Floats = NDArray[np.float64]
#: Points among which those not ruled out are looked for, and the fewest that a wave goes on with before it looks near the best.
CANDIDATES, FEWEST_LEFT = 8_000, 400
#: Points of each wave by which its emulators are judged and on which they are not fitted.
KEPT_BACK = 0.1
_ERRORS, _FEWEST_CARRIED = 4.0, 0.25
_LEAST_WEIGHT, _FEWEST_RUNS, _FEWEST_POINTS = 0.01, 2, 20
#: How near to 0, or a share to 1, an outcome is taken to be at most.
_EDGE = 0.002


@dataclass(frozen=True)
class Question:
    """What is asked of a calibration; the discrepancy of the model is a share of what was observed."""

    targets: tuple[Target, ...]
    waves: int
    points: int
    runs: int
    screened: int
    members: int
    discrepancy: float


class Matched(NamedTuple):
    """What is known after some waves: points played with what came of them, and the emulators of each target."""

    places: Floats
    outcomes: dict[str, tuple[Floats, Floats]]  # mean and variance of the runs at each point, by target
    screened: NDArray[np.intp]
    emulators: dict[str, Emulator]


def addresses_of(scenario: Scenario) -> tuple[str, ...]:
    """What is placed in its range, in alphabetical order."""
    return tuple(sorted({one.address for one in uncertain_inputs(scenario).values()}))


def run_calibration(asked: Experiment, question: Question, how: ExecutionOptions, tell: Callable[[str], None]) -> Ensemble:
    """Makes the runs of all waves that are not there yet and gives the ensemble; interrupted, it keeps what is finished."""
    ((name, scenario),) = asked.scenarios.items()
    fitted = [target for target in question.targets if target.use == "fit"]
    require_fits(question, scenario)
    addresses, how = addresses_of(scenario), how._replace(by_week=False, responses=False)
    require_uncertain_inputs(scenario)
    make_folder(asked.folder)
    places = _sobol(len(addresses), question.points, asked.seed)
    matched: Matched | None = None
    waves: list[Wave] = []
    candidates = places
    for wave in range(1, question.waves + 1):
        outcomes = _play(asked, name, places, addresses, question, how)
        matched, judged = _fit(places, outcomes, fitted, question, matched)
        candidates, left = _not_ruled_out(matched, fitted, question, len(addresses), asked.seed + wave)
        waves.append(Wave(points=len(places), runs_each=question.runs, left=left, emulated=judged))
        tell(f"wave {wave}: {len(places)} points, {100 * left:.3g}% of the ranges not ruled out")
        places = candidates[: question.points]
    assert matched is not None
    # what is left is played once more: members are points with runs of their own
    outcomes = _play(asked, name, places, addresses, question, how)
    matched = _joined(matched, places, outcomes)
    chosen, weight, carried = _members(matched, fitted, question)
    return _told(asked, name, scenario, addresses, chosen, (weight, carried), waves, question, how)


def require_fits(question: Question, scenario: Scenario) -> None:
    """ScenarioError where nothing is to be fitted to."""
    if all(target.use == "test" for target in question.targets):
        raise ScenarioError([Problem(scenario.file, None, "targets", "none is to be fitted to", "give `fit` as the use of one at least")])


def _sobol(dimensions: int, number: int, seed: int) -> Floats:
    """The first points of a scrambled Sobol sequence."""
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    return np.asarray(sequence.random_base2((number - 1).bit_length()))[:number]


def _play(
    asked: Experiment, name: str, places: Floats, addresses: tuple[str, ...], question: Question, how: ExecutionOptions
) -> dict[str, tuple[Floats, Floats]]:
    """Mean and variance of the runs at each point, by target; each point has luck of its own, as emulators take it to be."""
    provider = PlacedScenarios(asked.scenarios, asked.seed, addresses, places)
    runs = range(question.runs)
    wanted = [RunId(name, number * question.runs + run, provider.first + number) for number in range(len(places)) for run in runs]
    made = _runs(asked, provider, wanted, how)
    found = {}
    for target in question.targets:
        values = np.array([_value(target, run) for run in made]).reshape(len(places), question.runs)
        known = np.isfinite(values).sum(axis=1) >= _FEWEST_RUNS
        mean, variance = np.full(len(values), np.nan), np.full(len(values), np.nan)
        mean[known], variance[known] = np.nanmean(values[known], axis=1), np.nanvar(values[known], axis=1, ddof=1)
        found[target.name] = (mean, variance)
    return found


def _runs(asked: Experiment, provider: PlacedScenarios, wanted: Sequence[RunId], how: ExecutionOptions) -> list[Run]:
    """The runs at points, those that are not there yet being made."""
    kept = KeptRuns(asked.folder, provider, how)
    execute(Work(provider, fixed_set(wanted), kept, len(wanted)), how)
    return [kept.at(one.scenario, one.point)[one.run] for one in wanted]


def _value(target: Target, run: Run) -> float:
    """The target's metric in a run; no number where it has none, or where the run failed."""
    pairs = [run.metrics.get((target.metric, group), (0.0, 0.0)) for group in target.groups] if run.failure is None else []
    under = sum(bottom for _, bottom in pairs)
    return sum(top for top, _ in pairs) / under if under else float("nan")


def _fit(
    places: Floats, outcomes: dict[str, tuple[Floats, Floats]], fitted: Sequence[Target], question: Question, before: Matched | None
) -> tuple[Matched, dict[str, float]]:
    """Emulators from the points of all waves; those of the first choose the inputs. Judged at points of this wave that were kept back."""
    means = {target.name: outcomes[target.name][0] for target in fitted}
    if before is None:
        strongest = np.max([explained(places, mean) for mean in means.values()], axis=0)
        screened = np.sort(np.argsort(-strongest, kind="stable")[: question.screened])
        joined_places, joined = places, outcomes
    else:
        both = _joined(before, places, outcomes)
        screened, joined_places, joined = both.screened, both.places, both.outcomes
    emulators, judged = {}, {}
    for target in fitted:
        mean, variance = joined[target.name]
        usable = np.isfinite(mean) & np.isfinite(variance)
        x = joined_places[usable][:, screened]
        y, v = _scaled(target, mean[usable], variance[usable])
        if len(y) < _FEWEST_POINTS:
            message = f"has a value at {len(y)} of {len(usable)} points, too few to fit inputs to it"
            raise ScenarioError(
                [Problem(target.source[0] if target.source else "", None, target.name, message, "leave it out, or call it a test")]
            )
        last = max(1, round(KEPT_BACK * len(places)))
        trial = Emulator(x[:-last], y[:-last], v[:-last], question.runs)
        spread = float(y.std()) or 1.0
        judged[target.name] = float(np.sqrt(np.mean((trial.predict(x[-last:]).mean - y[-last:]) ** 2))) / spread
        emulators[target.name] = Emulator(x, y, v, question.runs, like=trial)
    return Matched(joined_places, joined, screened, emulators), judged


def _joined(before: Matched, places: Floats, outcomes: dict[str, tuple[Floats, Floats]]) -> Matched:
    """The same with more points."""
    joined = {
        name: (np.concatenate([old[0], new[0]]), np.concatenate([old[1], new[1]]))
        for name in outcomes
        for old, new in [(before.outcomes[name], outcomes[name])]
    }
    return before._replace(places=np.concatenate([before.places, places]), outcomes=joined)


def _scaled(target: Target, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """The same where proportions count: the log odds of a share, the logarithm of an amount, with variances to first order."""
    declared = BY_NAME[target.metric]
    if declared.share:
        inside = np.clip(means, _EDGE, 1 - _EDGE)
        return np.log(inside / (1 - inside)), variances / (inside * (1 - inside)) ** 2
    above = np.maximum(means, _EDGE * (abs(target.observed) or 1.0))
    return np.log(above), variances / above**2


def _observed(target: Target, question: Question) -> tuple[float, float, float]:
    """What was observed on that scale, with the variances of the observation and of the model."""
    ends = np.array([target.observed, target.low, target.high])
    (observed, low, high), (of_model, *_) = _scaled(target, ends, (question.discrepancy * ends) ** 2)
    return float(observed), float(((high - low) / (2 * REACH)) ** 2), float(of_model)


def _worst(matched: Matched, fitted: Sequence[Target], question: Question, places: Floats) -> tuple[Floats, Floats]:
    """The largest implausibility of each place, and the sum of squares over targets."""
    each = []
    for target in fitted:
        predicted = matched.emulators[target.name].predict(places[:, matched.screened])
        observed, of_observation, of_model = _observed(target, question)
        each.append(implausibility(observed, predicted, of_observation, of_model, target.one_year))
    table = np.array(each)
    return table.max(axis=0), (table**2).sum(axis=0)


def _not_ruled_out(
    matched: Matched, fitted: Sequence[Target], question: Question, dimensions: int, seed: int
) -> tuple[Floats, float]:  # fmt: skip
    """Places that no target rules out, and which share of all they are; near the best where hardly any is found."""
    rng = np.random.default_rng([seed, 1])
    candidates = rng.random((CANDIDATES, dimensions))
    worst, _ = _worst(matched, fitted, question, candidates)
    share = float((worst < CUT).mean())
    kept = candidates[worst < CUT]
    near, step = candidates[np.argsort(worst)[:FEWEST_LEFT]], 0.15
    for _ in range(6):  # towards what is not ruled out, in smaller and smaller steps
        if len(kept) >= max(FEWEST_LEFT, question.points):
            break
        moved = rng.random((CANDIDATES, dimensions))  # what is not fitted keeps its prior
        from_here = near[rng.integers(len(near), size=CANDIDATES)][:, matched.screened]
        reached = from_here + rng.normal(0, step, from_here.shape)
        moved[:, matched.screened] = np.clip(1 - np.abs(1 - np.abs(reached)), 0, 1)  # reflected into the range
        worst, _ = _worst(matched, fitted, question, moved)
        kept = np.concatenate([kept, moved[worst < CUT]])
        near, step = moved[np.argsort(worst)[:FEWEST_LEFT]], step * 0.8
    return (kept if len(kept) >= FEWEST_LEFT else np.unique(np.concatenate([kept, near]), axis=0)), share


def _members(matched: Matched, fitted: Sequence[Target], question: Question) -> tuple[Floats, float, float]:
    """Members among all points played, in proportion to how well their own runs meet the targets; emulators have no say any more.

    Also the weight that targets were given, and how many points carry that of the members.
    """
    squares = np.zeros(len(matched.places))
    for target in fitted:
        predicted = matched.emulators[target.name].predict(matched.places[:, matched.screened])
        mean, variance = matched.outcomes[target.name]
        known = np.isfinite(mean)
        scaled, _ = _scaled(target, mean[known], variance[known])
        observed, of_observation, of_model = _observed(target, question)
        own = Prediction(scaled, predicted.of_one_run[known] / question.runs, predicted.of_one_run[known])
        squares[known] += implausibility(observed, own, of_observation, of_model, target.one_year) ** 2
        squares[~known] = np.inf
    share = 1.0
    while True:  # where a few would have all the weight, targets weigh less: members are to be many
        weights = np.exp(-0.5 * share * (squares - squares.min()))
        carried = float(weights.sum() ** 2 / (weights**2).sum())
        if carried >= min(question.members, len(squares)) * _FEWEST_CARRIED or share < _LEAST_WEIGHT:
            break
        share *= 0.8
    chosen = np.array(resampled(weights, question.members))
    np.random.default_rng(question.members).shuffle(chosen)  # the first so many are as good as any others
    return np.asarray(matched.places[chosen]), share, carried


def _told(
    asked: Experiment,
    name: str,
    scenario: Scenario,
    addresses: tuple[str, ...],
    chosen: Floats,
    weight: tuple[float, float],
    waves: list[Wave],
    question: Question,
    how: ExecutionOptions,
) -> Ensemble:
    """The ensemble with what its members give, a run of each being made."""
    provider = PlacedScenarios(asked.scenarios, asked.seed, addresses, chosen)
    made = _runs(asked, provider, [RunId(name, number, provider.first + number) for number in range(len(chosen))], how)
    values = [with_places(scenario, dict(zip(addresses, map(float, row), strict=True)))[0] for row in chosen]
    inputs = list(values[0])
    share, carried = weight
    spread = chosen.std(axis=0) * np.sqrt(12)
    surely = 1 - _ERRORS / np.sqrt(2 * carried)  # so many standard errors of a standard deviation below that of the prior
    narrowed = {address: float(one) for address, one in zip(addresses, spread, strict=True) if one < surely}
    return Ensemble(
        format=1,
        kind="ensemble",
        scenario=name,
        seed=asked.seed,
        inputs=inputs,
        members=[[member[path] for path in inputs] for member in values],
        discrepancy=question.discrepancy,
        waves=waves,
        targets=[_target(target, np.array([_value(target, run) for run in made]), question) for target in question.targets],
        narrowed=dict(sorted(narrowed.items(), key=lambda item: item[1])),
        notes=[
            f"Members are points that were played, weighed by their own runs; {carried:.0f} of them carry the weight.",
            *([f"Targets were given {100 * share:.0f}% of their weight: else a few members would be there many times."] * (share < 1)),
        ],
    )


def _target(target: Target, values: Floats, question: Question) -> FittedTarget:
    kept = values[np.isfinite(values)]
    mean = float(kept.mean()) if len(kept) else None
    variance = target.variance + (question.discrepancy * target.observed) ** 2
    variance += float(kept.var(ddof=1)) if target.one_year and len(kept) > 1 else 0.0
    return FittedTarget(
        name=target.name,
        use="fit" if target.use == "fit" else "test",
        observed=target.observed,
        low=target.low,
        high=target.high,
        mean=mean,
        run_low=float(np.quantile(kept, 0.025)) if len(kept) else None,
        run_high=float(np.quantile(kept, 0.975)) if len(kept) else None,
        implausibility=None if mean is None or not variance else abs(mean - target.observed) / float(np.sqrt(variance)),
    )


def unit_of(target: Target) -> str:
    """The unit of a target's metric."""
    return BY_NAME[target.metric].unit
