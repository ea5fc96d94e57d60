"""Whether the wide critical value of small tables is needed: the product's tables beside those of Bonferroni's t."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Key
from jobcentre.stats.comparisons import max_t_quantile
from jobcentre.stats.exact import t_quantile
from jobcentre.stats.intervals import Floats, as_ratio, spread_of, standard_error
from validation.statistics.tables import Columns, Pairing, draws

LEVEL = 0.95
EXPONENTIALS = 20


class Table(NamedTuple):
    """Differences of one table less their truth, in standard errors, with the degrees of freedom of each and its pseudo-values."""

    away: Floats
    freedom: Floats
    pseudo_values: Floats


class Held(NamedTuple):
    """Share of tables in which all intervals held, and the mean critical value, by the product's rule and by Bonferroni's."""

    tables: int
    product: float
    product_value: float
    bonferroni: float
    bonferroni_value: float


def held(draw: Callable[[], Table], tables: int) -> Held:
    """Tables by either rule; columns that do not vary are in neither."""
    totals = np.zeros(4)
    for _ in range(tables):
        away, freedom, pseudo_values = draw()
        m = len(away)
        single = np.array([t_quantile(LEVEL, free) for free in freedom])
        product = np.maximum(max_t_quantile(pseudo_values, LEVEL), single)
        bonferroni = np.array([t_quantile(1 - (1 - LEVEL) / m, free) for free in freedom])
        totals += (np.all(away <= product), product.mean(), np.all(away <= bonferroni), bonferroni.mean())
    return Held(tables, *(float(total) / tables for total in totals))


def from_pools(pairing: Pairing, true: dict[Key, float], runs: int, seed: int, tables: int) -> Callable[[], Table]:
    """Tables of so many runs from pools, given the true differences; as many as will be asked for."""
    drawn = draws(pairing, tuple(true), tables, seed, runs)
    return lambda: _table(*next(drawn), true)


def exponential(runs: int, seed: int) -> Callable[[], Table]:
    """Tables of twenty independent differences that are exponential: far more skewed than metrics are."""
    rng = np.random.default_rng([seed, runs])

    def draw() -> Table:
        values = rng.exponential(size=(runs, EXPONENTIALS))
        away = np.abs(values.mean(axis=0) - 1) / (values.std(axis=0, ddof=1) / np.sqrt(runs))
        return Table(away, np.full(EXPONENTIALS, runs - 1.0), values)

    return draw


def _table(base: Columns, option: Columns, true: dict[Key, float]) -> Table:
    away, freedom, pseudo_values = [], [], []
    for key, difference in true.items():
        first, second = (spread_of(*as_ratio(*columns[key], BY_NAME[key[0]].aggregation)) for columns in (base, option))
        if first is None or second is None or first.pseudo_values is None or second.pseudo_values is None:
            continue
        differences = second.pseudo_values - first.pseudo_values
        if np.ptp(differences) == 0:
            continue
        away.append(abs(second.estimate - first.estimate - difference) / standard_error(differences))
        freedom.append(min(first.freedom, second.freedom))
        pseudo_values.append(differences)
    return Table(np.array(away), np.array(freedom), np.column_stack(pseudo_values))
