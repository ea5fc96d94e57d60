"""How often tables of differences between two options are wrong, row by row, in their intervals and in their verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Key
from jobcentre.stats.comparisons import Difference, Measure, Verdict, compare
from validation.answers.resampling import Wrong
from validation.statistics.coverage import truth
from validation.statistics.pool import Pool
from validation.statistics.tables import HEADLINE_KEYS, Pairing, draws, single_is_wrong


class Tables(NamedTuple):
    """Tables in which some interval misses the true difference, or some verdict is not so; and in how many each metric does."""

    intervals: Wrong
    verdicts: Wrong
    by_metric: Mapping[str, int]


def true_differences(base: Pool, option: Pool) -> dict[Key, float]:
    """Option less base in the headline metrics, over the whole pools."""
    return {key: truth(option, key) - truth(base, key) for key in HEADLINE_KEYS}


def tables_text(base: Pool, option: Pool, runs: int, tables: int, seed: int, *, for_unseen: bool = True) -> Tables:
    """Tables of so many runs as the program makes them, or with intervals as narrow as the runs alone have them.

    Rows that say *identical* speak of these runs alone and are never wrong.
    """
    true, by_metric = true_differences(base, option), Counter[str]()
    intervals = verdicts = 0
    for mine, theirs in draws(Pairing(base, option, True), HEADLINE_KEYS, tables, seed, runs):
        # no interval of the table is narrower than a single one
        if not any(single_is_wrong(mine[key], theirs[key], key, true[key], "fixed") for key in HEADLINE_KEYS):
            continue
        columns, others = ({metric: of[metric, group] for metric, group in HEADLINE_KEYS} for of in (mine, theirs))
        rows = compare(columns, {"option": others}, [_measure(metric) for metric, _ in HEADLINE_KEYS], for_unseen=for_unseen)
        missed = [row for row in rows if misses(row, true[row.metric, None])]
        by_metric.update(row.metric for row in missed)
        intervals += bool(missed)
        verdicts += any(is_untrue(row.verdict, true[row.metric, None], _measure(row.metric)) for row in rows)
    return Tables(Wrong(intervals, tables), Wrong(verdicts, tables), dict(by_metric))


def misses(row: Difference, true: float) -> bool:
    """Whether a row's interval misses the true difference."""
    return row.verdict != "identical" and row.low is not None and row.high is not None and not row.low <= true <= row.high


def is_untrue(verdict: Verdict, true: float, measure: Measure) -> bool:
    """Whether a verdict is not so: the wrong direction, less than matters where it is said to matter, or the reverse."""
    if verdict == "no_material_difference":
        return abs(true) >= measure.smallest_difference
    direction, _, size = verdict.partition("_")
    signed = -true if measure.better == "lower" else true
    least = 0.0 if size else measure.smallest_difference  # a smaller one is wrong where it is said to matter
    if direction in ("better", "higher"):
        return signed <= 0 or signed < least
    if direction in ("worse", "lower"):
        return signed >= 0 or -signed < least
    return False


def runs_with_half(base: Pool, option: Pool, key: Key) -> float:
    """The smallest share of runs that hold half of all that differs between the two, counted without sign."""
    (top, _), (other, _) = base.of(key), option.of(key)
    apart = np.sort(np.abs(other - top))[::-1]
    if apart.sum() == 0:
        return 1.0
    return float(np.searchsorted(apart.cumsum(), apart.sum() / 2) + 1) / len(apart)


def _measure(metric: str) -> Measure:
    declared = BY_NAME[metric]
    return Measure(metric, declared.aggregation, declared.better, declared.matters)
