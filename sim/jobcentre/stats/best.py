"""Which scenarios cannot be distinguished from the best in each metric, by multiple comparisons with the best.

Multiple comparisons with the best (Hsu 1981, 1984), on common random numbers (Nelson and Matejcik 1995). Suppose scenario
b is truly the best in a metric. It is missing from the set only if some j seems better than b by more than the critical
value c(b) of the comparisons of all others with b, though in truth it is not better: only if the largest over j of
t(j − b) exceeds c(b). So one one-sided comparison of all others with each candidate is enough, c(b) being the quantile
of that largest t. Nobody knows which candidate is b, but each is judged by its own c, so that does not matter; nor does
it matter how many of the others are nearly as good. Comparing all pairs with one common c would hold too, and be wider:
it also covers errors about scenarios that are not the best. Over metrics the error is shared out evenly (Bonferroni):
which scenario is best in each is unknown, and may differ. So the chance that every metric's best is in its set is at
least the level, as far as the bootstrap gives the quantiles. Of a skewed t the heavier tail is taken on both sides: each
side's own tail held 92 to 94 % where single scenarios were skewed. tests/stats/test_best.py measures what is left; ten runs of
one exponential scenario among others that hardly vary held 93 %.

Nelson and Matejcik take c from the multivariate t, for which the scatter of all differences must be of one kind
(sphericity). Here each difference has its own standard error and c comes from resampling runs, scenarios together, which
keeps whatever the random numbers in common have made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from jobcentre.stats.comparisons import Measure, Pair, RunValues, number_of_runs, paired, resampled_t
from jobcentre.stats.exact import t_quantile
from jobcentre.stats.intervals import Floats, Kind, runs_and_level, standard_error

METHOD = "multiple comparisons with the best, one-sided max-t by bootstrap, error shared over metrics"


@dataclass(frozen=True)
class NotDistinguishable:
    """Whether one scenario may be the best in one metric.

    `worse_than` is the scenario that beats it by the largest multiple of what had to be shown, None where none does.
    `judged` is False where nothing could be shown: too few runs, or no value.
    """

    metric: str
    scenario: str
    may_be_best: bool
    worse_than: str | None
    judged: bool
    n: int
    level: float
    method: str
    kind: Kind


def indistinguishable_from_best(
    scenarios: Mapping[str, Mapping[str, RunValues]], measures: Sequence[Measure], level: float = 0.95, intervals: Kind = "fixed"
) -> list[NotDistinguishable]:
    """Metric by metric, which scenarios may be the best; with this level the best one is in the set of every metric at once.

    Metrics without a better direction are left out. Each scenario maps a metric to its (numerators, denominators), one
    value per run; run i of every scenario must have used the same random numbers.
    """
    directed = [measure for measure in measures if measure.better]
    runs = number_of_runs({f"scenario {name!r}": values for name, values in scenarios.items()}, directed)
    used, inner_level = runs_and_level(runs, level, intervals)
    rows = []
    for measure in directed:
        pairs = {
            (first, second): paired(first, scenarios[first], scenarios[second], measure, used)
            for first, second in combinations(scenarios, 2)
        }
        shared_out = None if inner_level is None else 1 - (1 - inner_level) / len(directed)
        beaten = {} if shared_out is None else _beaten(list(scenarios), pairs, measure, shared_out)
        unjudged = _unjudged(list(scenarios), pairs) if shared_out is not None else set(scenarios)
        for name in scenarios:
            better = beaten.get(name)
            judged = name not in unjudged
            rows.append(NotDistinguishable(measure.metric, name, better is None, better, judged, used, level, METHOD, intervals))
    return rows


def _beaten(names: Sequence[str], pairs: Mapping[tuple[str, str], Pair], measure: Measure, level: float) -> dict[str, str]:
    """The scenarios shown to be worse than another, with the one that shows it best."""
    worse_is_more = 1.0 if measure.better == "lower" else -1.0
    known = {which: pair.pseudo_values for which, pair in pairs.items() if pair.pseudo_values is not None}
    critical = _critical_values(names, known, level)
    beaten: dict[str, tuple[float, str]] = {}
    for (first, second), values in known.items():
        difference = pairs[first, second].difference
        assert difference is not None  # where there are pseudo-values there is a difference
        worse, better = (first, second) if worse_is_more * difference > 0 else (second, first)
        least = max(critical[worse], t_quantile(2 * level - 1, pairs[first, second].freedom)) * standard_error(values)
        if abs(difference) > least:
            beaten[worse] = max(
                beaten.get(worse, (0.0, "")), (abs(difference) / least if least else np.inf, better), key=lambda first: first[0]
            )
    return {worse: better for worse, (_, better) in beaten.items()}


def _critical_values(names: Sequence[str], known: Mapping[tuple[str, str], Floats], level: float) -> dict[str, float]:
    """For each candidate the quantile of the largest one-sided t of the others against it, of the heavier tail (0: nothing varies)."""
    varying = {which: values for which, values in known.items() if np.ptp(values) > 0}
    if not varying:
        return dict.fromkeys(names, 0.0)
    pairs_of_scenario = {name: [index for index, which in enumerate(varying) if name in which] for name in names}
    # t of the candidate minus each other one
    signs = {name: np.array([1.0 if which[0] == name else -1.0 for which in varying if name in which]) for name in names}
    largest: dict[str, list[Floats]] = {name: [] for name in names}
    for values in resampled_t(np.column_stack(list(varying.values())), level):
        for name in names:
            if pairs_of_scenario[name]:
                t = signs[name] * values[:, pairs_of_scenario[name]]
                largest[name].append(np.column_stack([t.max(axis=1), -t.min(axis=1)]))
    return {
        name: float(np.quantile(np.concatenate(of), level, axis=0, method="higher").max()) if of else 0.0 for name, of in largest.items()
    }


def _unjudged(names: Sequence[str], pairs: Mapping[tuple[str, str], Pair]) -> set[str]:
    """The scenarios that could be compared with no other."""
    return {name for name in names if all(pair.pseudo_values is None for which, pair in pairs.items() if name in which)}
