"""Options against a base on the same random numbers: paired differences, simultaneous intervals, verdicts.

All metrics × options given in one call share one critical value, so that with 95 % no interval of the table is wrong.

Where the same random numbers leave next to no scatter, what differs may be so rare that no run shows it, and no resampling of
these runs can. An event in a share q of runs goes unseen in n of them with a chance of (1 − q)^n (from which comes the rule of
three). If it moves a run by as much as runs of one scenario differ from each other, their standard deviation, the mean is off by
that times q; so no interval is narrower than for the largest q of which that chance is left (docs/results/answers.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from jobcentre.stats.exact import t_quantile
from jobcentre.stats.intervals import FEWEST_RUNS, ROUNDING, Aggregation, Floats, Kind, as_ratio, runs_and_level, spread_of, standard_error

Better = Literal["lower", "higher"]
Verdict = Literal[
    "better", "worse", "better_size_unsure", "worse_size_unsure", "no_material_difference", "unclear",
    "higher", "lower", "higher_size_unsure", "lower_size_unsure", "identical", "not_tested",
]  # fmt: skip
RunValues = tuple[ArrayLike, ArrayLike]

_TEXT: dict[str, str] = {
    "better": "clearly better",
    "worse": "clearly worse",
    "better_size_unsure": "better, perhaps by less than matters",
    "worse_size_unsure": "worse, perhaps by less than matters",
    "no_material_difference": "no difference that matters",
    "unclear": "too close to call",
    "higher": "clearly higher",
    "lower": "clearly lower",
    "higher_size_unsure": "higher, perhaps by less than matters",
    "lower_size_unsure": "lower, perhaps by less than matters",
    "identical": "identical",
}
METHOD = "paired over runs, simultaneous max-|t| by bootstrap, no narrower than for what may be unseen"
RESAMPLES = 20_000  # of ten runs 4,000 leave the reach of an interval uncertain by 1 to 3 %, these by less than 1 %
SEED = 20240229
CHUNK = 500
SMALLEST_SCALE = 0.25


@dataclass(frozen=True)
class Measure:
    """A metric to compare: its better direction (None: neither) and the smallest difference that matters."""

    metric: str
    aggregation: Aggregation
    better: Better | None = None
    smallest_difference: float = 0.0


@dataclass(frozen=True)
class Difference:
    """Option minus base in one metric, in the metric's unit; `low` and `high` are simultaneous over the whole table.

    `better_text` is the verdict in words for the reader.
    """

    option: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    better_text: str
    n: int
    level: float
    method: str
    kind: Kind


@dataclass(frozen=True)
class Pair:
    """Option minus base in one metric; `pseudo_values` are the jackknife's for the difference, None where it has no interval.

    `deviation` is the standard deviation between runs of one scenario, the larger of the two; 0 where all runs differ alike.
    """

    option: str
    measure: Measure
    difference: float | None
    identical: bool
    pseudo_values: Floats | None
    freedom: float
    deviation: float = 0.0


def compare(
    base: Mapping[str, RunValues],
    options: Mapping[str, Mapping[str, RunValues]],
    measures: Sequence[Measure],
    level: float = 0.95,
    intervals: Kind = "fixed",
    *,
    for_unseen: bool = True,
) -> list[Difference]:
    """Compares each option with the base, in the order of the options and within each in that of the metrics.

    `base` and each option map a metric to its (numerators, denominators), one value per run; run i of every scenario
    must have used the same random numbers. Raises ValueError where runs or metrics do not match. Without `for_unseen`
    intervals may be as narrow as the runs alone have them.
    """
    named = {"the base": base, **{f"option {option!r}": values for option, values in options.items()}}
    runs = number_of_runs(named, measures)
    used, inner_level = runs_and_level(runs, level, intervals)
    pairs = [paired(option, values, base, measure, used) for option, values in options.items() for measure in measures]
    critical = _critical_value(pairs, inner_level) if inner_level is not None else 0.0
    differing = sum(not pair.identical for pair in pairs)
    unseen = unseen_share(used, inner_level, differing) if for_unseen and differing and inner_level is not None else 0.0
    rows = []
    for pair in pairs:
        limits = None if inner_level is None else _limits(pair, critical, inner_level, unseen)
        verdict = _verdict_of(pair, limits)
        low, high = limits or (None, None)
        name = pair.measure.metric
        text = verdict_text(verdict, used)
        rows.append(Difference(pair.option, name, pair.difference, low, high, verdict, text, used, level, METHOD, intervals))
    return rows


def without_verdict(row: Difference, reason: str) -> Difference:
    """The same difference without a verdict, unless it is the same in every run."""
    if row.verdict in ("identical", "not_tested"):
        return row
    return replace(row, verdict="not_tested", better_text=verdict_text("not_tested", row.n, reason))


def verdict_text(verdict: str, runs: int, untested: str = "") -> str:
    """A verdict from so many runs in words; `untested` is why there is none, if it is not for the number of runs."""
    if verdict == "not_tested" and untested and runs >= FEWEST_RUNS:
        return f"not tested: {untested}"
    if verdict == "not_tested":
        return f"not tested: fewer than {FEWEST_RUNS} runs" if runs < FEWEST_RUNS else "not tested: too few runs for an interval"
    return _TEXT[verdict]


def verdict(low: float, high: float, smallest_difference: float, better: Better | None) -> Verdict:
    """Classifies the interval for option minus base, given the smallest difference that matters.

    Three things can be sure: that a difference does not matter (all of the interval is smaller), its sign (all on one side of 0),
    and that it matters (all at least as large as the smallest that does).
    """
    if -smallest_difference < low and high < smallest_difference:
        return "no_material_difference"
    if better == "lower":
        low, high = -high, -low
    if low > 0:
        if low >= smallest_difference:
            return "better" if better else "higher"
        return "better_size_unsure" if better else "higher_size_unsure"
    if high < 0:
        if -high >= smallest_difference:
            return "worse" if better else "lower"
        return "worse_size_unsure" if better else "lower_size_unsure"
    return "unclear"


def max_t_quantile(pseudo_values: Floats, level: float) -> float:
    """The level's quantile of the largest |t| over columns, by resampling runs; `pseudo_values[run, column]`."""
    largest = np.concatenate([np.abs(values).max(axis=1) for values in resampled_t(pseudo_values, level)])
    return float(np.quantile(largest, level, method="higher"))


def resampled_t(pseudo_values: Floats, level: float) -> Iterator[Floats]:
    """Yields t of every column in bootstrap resamples of runs, block by block: enough for a quantile at that level.

    Deterministic: the resamples come from a fixed seed. A resample's own standard error is not taken below a quarter of
    the original's: where few runs differ at all, resamples without them would otherwise give boundless t, while a floor
    of a half lowered the coverage of ten runs of exponential differences from 94 to 79 %.
    """
    runs = len(pseudo_values)
    centred = pseudo_values - pseudo_values.mean(axis=0)
    scale = centred.std(axis=0, ddof=1)
    standard = centred / scale
    squares = standard**2
    resamples = max(RESAMPLES, round(50 / (1 - level)))
    rng = np.random.default_rng(SEED)
    for start in range(0, resamples, CHUNK):
        counts = rng.multinomial(runs, np.full(runs, 1 / runs), size=min(CHUNK, resamples - start)).astype(np.float64)
        means = counts @ standard / runs
        variances = (counts @ squares / runs - means**2) * runs / (runs - 1)
        yield means / np.sqrt(np.maximum(variances, SMALLEST_SCALE**2)) * np.sqrt(runs)


def number_of_runs(scenarios: Mapping[str, Mapping[str, RunValues]], measures: Sequence[Measure]) -> int:
    """Counts the runs that all scenarios have in all metrics; ValueError where they do not match."""
    lengths: set[int] = set()
    for name, scenario in scenarios.items():
        for measure in measures:
            if measure.metric not in scenario:
                raise ValueError(f"{name} has no metric {measure.metric!r}")
            lengths.update(len(np.asarray(values)) for values in scenario[measure.metric])
    if len(lengths) > 1:
        raise ValueError(f"a paired comparison needs the same runs everywhere, not {sorted(lengths)} runs")
    return lengths.pop() if lengths else 0


def paired(option: str, values: Mapping[str, RunValues], base: Mapping[str, RunValues], measure: Measure, runs: int) -> Pair:
    """The difference of one option from its base, run by run over the first so many runs."""
    top, bottom = (column[:runs] for column in as_ratio(*values[measure.metric], measure.aggregation))
    base_top, base_bottom = (column[:runs] for column in as_ratio(*base[measure.metric], measure.aggregation))
    spread, base_spread = spread_of(top, bottom), spread_of(base_top, base_bottom)
    if spread is None or base_spread is None:
        return Pair(option, measure, None, False, None, 1.0)
    same = bool((top == base_top).all())
    # Nothing out of 100 and nothing out of 120 is the same result.
    identical = same and (bool((bottom == base_bottom).all()) or not top.any())
    difference = 0.0 if identical else spread.estimate - base_spread.estimate
    pseudo_values, deviation = None, 0.0
    if min(spread.runs, base_spread.runs) >= FEWEST_RUNS and spread.pseudo_values is not None and base_spread.pseudo_values is not None:
        pseudo_values = spread.pseudo_values - base_spread.pseudo_values
        noise = ROUNDING * max(np.abs(spread.pseudo_values).max(), np.abs(base_spread.pseudo_values).max())
        if identical or np.ptp(pseudo_values) <= noise:
            pseudo_values = np.full(runs, difference)
        else:
            deviation = max(float(values.std(ddof=1)) for values in (spread.pseudo_values, base_spread.pseudo_values))
    return Pair(option, measure, difference, identical, pseudo_values, min(spread.freedom, base_spread.freedom), deviation)


def _critical_value(pairs: Sequence[Pair], level: float) -> float:
    """One critical value for all pairs that vary from run to run (0 when none does)."""
    varying = [pair.pseudo_values for pair in pairs if pair.pseudo_values is not None and np.ptp(pair.pseudo_values) > 0]
    return max_t_quantile(np.column_stack(varying), level) if varying else 0.0


def _limits(pair: Pair, critical: float, level: float, unseen: float) -> tuple[float, float] | None:
    if pair.pseudo_values is None or pair.difference is None:
        return None
    half = max(critical, t_quantile(level, pair.freedom)) * standard_error(pair.pseudo_values)
    half = max(half, unseen * pair.deviation)
    return pair.difference - half, pair.difference + half


def unseen_share(runs: int, level: float, rows: int = 1) -> float:
    """Gives the upper limit of the share of runs with an event that none of these runs has, either way in any row, at the level."""
    return float(1 - ((1 - level) / (2 * rows)) ** (1 / runs))


def _verdict_of(pair: Pair, limits: tuple[float, float] | None) -> Verdict:
    if pair.identical:
        return "identical"
    if limits is None:
        return "not_tested"
    return verdict(*limits, pair.measure.smallest_difference, pair.measure.better)
