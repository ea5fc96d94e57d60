"""The part of the page on tables of differences between options that are much alike in what is rare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jobcentre.metrics import BY_NAME
from validation.answers.similar_options import Tables, runs_with_half, tables_text, true_differences
from validation.pages import SEED, table
from validation.statistics.pool import Pool, Say

RUNS = (20, 50, 100, 200, 400)
ORDINARY_RUNS = (20,)


class Pair(NamedTuple):
    """A base and an option with the pools of both."""

    base: str
    option: str
    pools: tuple[Pool, Pool]

    @property
    def name(self) -> str:
        """Both in words."""
        return f"`{self.option}` against `{self.base}`"


def alike_part(pairs: Sequence[Pair], ordinary: Pair, tables: int, say: Say) -> Iterator[str]:
    """How often tables are wrong by number of runs, which rows are, why, and whether it is so in an office of ordinary size."""
    yield (
        "`jobcentre compare` promises that in at most 5 % of tables any interval misses the true difference. [statistics.md](statistics.md) measured that for the surge against ordinary load, "
        f"which differ in every run. Here are options that differ less, in the small office, with the ten headline metrics and the same random numbers; numbers of runs chosen beforehand, {tables:,} "
        "tables of each. A verdict is untrue where its direction is the wrong one, or where it says that nothing differs that matters and something does."
    )
    rows, before, rare = [], [], []
    for pair in pairs:
        for runs in RUNS:
            say(f"tables: {pair.name}, {runs} runs")
            told, alone = (tables_text(*pair.pools, runs, tables, SEED, for_unseen=guarded) for guarded in (True, False))
            rows.append((pair.name, str(runs), str(told.intervals), str(told.verdicts), _rows(told, tables)))
            before.append((pair.name, str(runs), str(alone.intervals), str(alone.verdicts), _rows(alone, tables)))
        rare.append((pair.name, *(f"{true_differences(*pair.pools)[name, None]:.2g}; {_share(pair, name)}" for name in _RARE)))
    yield table(_HEADER, rows)
    say(f"tables: {ordinary.name}, ordinary size")
    told_ordinary = [(runs, tables_text(*ordinary.pools, runs, tables, SEED)) for runs in ORDINARY_RUNS]
    found = "; ".join(
        f"with {runs} runs an interval misses in {told.intervals}, and a verdict is untrue in {told.verdicts} (rows that miss, in 100 tables: {_rows(told, tables)})"
        for runs, told in told_ordinary
    )
    yield (
        f"A run of an office of ordinary size holds some fifteen times as many years of coaches. {ordinary.name} at ordinary size, tables drawn from {ordinary.pools[0].runs} runs: {found}."
    )
    yield "### What would be said without allowing for what is not seen"
    yield (
        "The same coach draws the same luck under both options; so in most runs nobody leaves, or is away for long, under the one who does not under the other. A sample without such a run finds next to "
        "no difference, and scatter of next to nothing: an interval far too narrow around nearly zero. Resampling cannot show what no run shows. Intervals as narrow as the runs alone have them:"
    )
    yield table(_HEADER, before)
    yield "True difference, and the smallest share of runs that hold half of all that differs between the two (24 % where differences are normal around zero):"
    yield table(("tables of", *(BY_NAME[name].label for name in _RARE)), rare)
    yield (
        "So no interval of a difference is narrower than for an event that may have gone unseen in all runs and moves a run by one standard deviation between runs (`sim/jobcentre/stats/comparisons.py`). In a table of ten "
        "rows that changes nothing where the same random numbers leave more than about a quarter of that deviation at 50 runs, or a tenth at 400; where they leave less, the interval is wider than the runs alone "
        "would have it. An event that is rare and moves a run by far more than runs differ otherwise can still be missed."
    )


_HEADER = ("tables of", "runs", "an interval misses the truth", "a verdict is untrue", "rows that miss, in 100 tables")
_RARE = ("leaving_rate_per_year", "sick_days_per_coach_year", "overloaded_share")


def _share(pair: Pair, name: str) -> str:
    return f"{100 * runs_with_half(*pair.pools, (name, None)):.1f} % of runs"


def _rows(told: Tables, tables: int) -> str:
    most = sorted(told.by_metric.items(), key=lambda one: -one[1])
    return (
        ", ".join(f"{BY_NAME[name].label.lower()} {100 * number / tables:.0f}" for name, number in most if number / tables >= 0.01)
        or "none"
    )
