"""How often a comparison of two offices says something false, looked at once or while runs are being added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs.store import Key
from jobcentre.stats.comparisons import Difference, Measure, compare
from jobcentre.stats.exact import t_quantile
from jobcentre.stats.interim_looks import look
from jobcentre.stats.intervals import Floats, Kind, as_ratio, runs_and_level, spread_of, standard_error, wilson
from validation.statistics.pool import Pool

LOOKS = 5
HEADLINE_KEYS: tuple[Key, ...] = tuple((name, None) for name in HEADLINES)
#: Ten metrics beside the headlines, single groups and rare events among them.
OTHER_KEYS: tuple[Key, ...] = (
    ("load_mean", None), ("lunch_worked_share", None), ("admin_carried_hours_per_coach", None), ("failed_to_attend_share", None),
    ("same_coach_share", None), ("stress_spell_share_per_year", None), ("vacancy_share", None), ("missed_share", "lcw"),
    ("rearranged_share", "pre_wca"), ("into_work_per_month_share", "searching"),
)  # fmt: skip
KEYS = HEADLINE_KEYS + OTHER_KEYS

Columns = Mapping[Key, tuple[Floats, Floats]]


class Pairing(NamedTuple):
    """Where the runs of base and option come from; `together` means run i of both had the same random numbers."""

    base: Pool
    option: Pool
    together: bool


class Missed(NamedTuple):
    """How many tables had an interval that misses the truth: at any look, and at each look for the first time."""

    tables: int
    wrong: int
    first_at: tuple[int, ...]

    @property
    def share(self) -> float:
        """Share of tables with a wrong interval."""
        return self.wrong / self.tables

    @property
    def limits(self) -> tuple[float, float]:
        """Wilson's limits of that share, from the finite number of tables."""
        return wilson(self.wrong, self.tables)


#: Whether a table of so many runs has an interval that misses the truth; given base, option and the true differences.
IsWrong = Callable[[Columns, Columns, Mapping[Key, float], Kind], bool]


def false_tables(
    pairing: Pairing, keys: Sequence[Key], tables: int, seed: int, runs: Sequence[int], kind: Kind,
    truths: Mapping[Key, float] | None = None, wrong: IsWrong | None = None,
) -> Missed:  # fmt: skip
    """Tables of all keys at each of these numbers of runs; the true differences are 0 unless given."""
    true = truths or dict.fromkeys(keys, 0.0)
    first = [0] * len(runs)
    for base, option in draws(pairing, keys, tables, seed, runs[-1]):
        for number, n in enumerate(runs):
            if (wrong or table_is_wrong)(_all_of(base, n), _all_of(option, n), true, kind):
                first[number] += 1
                break
    return Missed(tables, sum(first), tuple(first))


def looks(count: int = LOOKS) -> tuple[int, ...]:
    """Runs of the permitted looks."""
    return tuple(look(number).runs for number in range(1, count + 1))


def table_is_wrong(base: Columns, option: Columns, true: Mapping[Key, float], kind: Kind) -> bool:
    """Whether any interval of the product's table misses the true difference; rows that say *identical* speak of these runs alone.

    No interval of the table is narrower than a single one with t. So the table is made only where some single one misses,
    which changes nothing and spares nearly all of the time.
    """
    keys = list(true)
    if not any(single_is_wrong(base[key], option[key], key, true[key], kind) for key in keys):
        return False
    measures = [Measure(_name(key), BY_NAME[key[0]].aggregation) for key in keys]
    base_columns, option_columns = ({_name(key): columns[key] for key in keys} for columns in (base, option))
    differences = compare(base_columns, {"option": option_columns}, measures, intervals=kind)
    return any(_misses(row, true[key]) for key, row in zip(keys, differences, strict=True))


def identical_by_chance(base: Columns, option: Columns, true: Mapping[Key, float], kind: Kind) -> bool:
    """Whether some metric is the same in all of these runs although there is a true difference."""
    return any(
        true[key] != 0 and (base[key][0] == option[key][0]).all() and ((base[key][1] == option[key][1]).all() or not base[key][0].any())
        for key in true
    )


def single_is_wrong(base: tuple[Floats, Floats], option: tuple[Floats, Floats], key: Key, true: float, kind: Kind) -> bool:
    """Whether the paired t interval of one metric, which looks at no other, misses the true difference."""
    aggregation = BY_NAME[key[0]].aggregation
    used, level = runs_and_level(len(base[0]), 0.95, kind)
    first, second = (spread_of(*(column[:used] for column in as_ratio(*both, aggregation))) for both in (base, option))
    if level is None or first is None or second is None or first.pseudo_values is None or second.pseudo_values is None:
        return False
    away = abs(second.estimate - first.estimate - true)
    return away > t_quantile(level, min(first.freedom, second.freedom)) * standard_error(second.pseudo_values - first.pseudo_values)


def stopped_early(pairing: Pairing, keys: Sequence[Key], tables: int, seed: int, runs: Sequence[int]) -> dict[Key, Missed]:
    """For each metric alone: how often a rule that stops when a 95 % interval excludes 0, looking at each of these numbers, does so."""
    first = {key: [0] * len(runs) for key in keys}
    for base, option in draws(pairing, keys, tables, seed, runs[-1]):
        for key in keys:
            for number, n in enumerate(runs):
                if single_is_wrong(_so_many(base[key], n), _so_many(option[key], n), key, 0.0, "fixed"):
                    first[key][number] += 1
                    break
    return {key: Missed(tables, sum(counts), tuple(counts)) for key, counts in first.items()}


def _so_many(both: tuple[Floats, Floats], runs: int) -> tuple[Floats, Floats]:
    return both[0][:runs], both[1][:runs]


def _all_of(columns: Columns, runs: int) -> Columns:
    return {key: _so_many(both, runs) for key, both in columns.items()}


def draws(pairing: Pairing, keys: Sequence[Key], tables: int, seed: int, runs: int) -> Iterator[tuple[Columns, Columns]]:
    """Runs of base and option for each table; from one pool they share no run unless they belong together."""
    rng = np.random.default_rng([seed, runs])
    base, option, together = pairing
    base_values, values_of_option = {key: base.of(key) for key in keys}, {key: option.of(key) for key in keys}
    for _ in range(tables):
        if together:
            chosen = chosen_of_option = rng.choice(min(base.runs, option.runs), runs, replace=False)
        elif base is option:
            both = rng.choice(base.runs, 2 * runs, replace=False)
            chosen, chosen_of_option = both[:runs], both[runs:]
        else:
            chosen, chosen_of_option = (rng.choice(pool.runs, runs, replace=False) for pool in (base, option))
        yield (
            {key: (top[chosen], bottom[chosen]) for key, (top, bottom) in base_values.items()},
            {key: (top[chosen_of_option], bottom[chosen_of_option]) for key, (top, bottom) in values_of_option.items()},
        )


def _misses(row: Difference, true: float) -> bool:
    return row.verdict != "identical" and row.low is not None and row.high is not None and not row.low <= true <= row.high


def _name(key: Key) -> str:
    return f"{key[0]} {key[1] or ''}".strip()
