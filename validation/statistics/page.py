"""The page docs/results/statistics.md: whether intervals and tables mean what they say, and what pairing is worth."""

from __future__ import annotations

from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import load
from validation.pages import SEED, say
from validation.statistics.interval_parts import coverage_part, ordinary_part, zero_part
from validation.statistics.pool import COACHES, WARMUP_WEEKS, WEEKS, Pool, pool, renumbered, small
from validation.statistics.table_parts import critical_part, pairing_part, tables_part
from validation.statistics.tables import looks

SCENARIOS = {"baseline": "baseline", "surge": "oxford_surge_step"}
#: Runs of offices of ordinary size, each of which takes ten times as long, and how many are made at a time.
ORDINARY, PAIRS, BLOCK_OF_ORDINARY = 400, 200, 50
ORDINARY_RUNS = (20, 50)
RUNS_OF_ZEROS = 20
FEWEST_RUNS = 1000
COMPARED = (
    ("oxford_before", "oxford_surge_step"), ("oxford_surge_step", "surge_with_early_relief"),
    ("oxford_surge_step", "surge_with_protected_admin_90"),
)  # fmt: skip


def statistics_page(runs: int) -> str:
    """The page, from pools of so many runs; a tenth as many samples, a twentieth as many tables."""
    if runs < FEWEST_RUNS:
        raise ValueError(f"two samples of {looks()[-1]} runs cannot be drawn from {runs} runs: the page needs at least {FEWEST_RUNS}")
    samples, tables = max(runs // 10, 1), max(runs // 20, 1)
    pools = {name: _pool(f"small {file}", runs) for name, file in SCENARIOS.items()}
    other_fates = _pool("renumbered baseline", runs // 2)
    covered, zeros = list(coverage_part(pools, samples, say)), list(zero_part(pools["baseline"], RUNS_OF_ZEROS, samples))
    compared, critical = list(tables_part(pools, other_fates, tables, say)), list(critical_part(pools, max(tables // 2, 1), say))
    ordinary = {name: _pool(file, ORDINARY) for name, file in SCENARIOS.items()}
    pairs = {(base, option): (_pool(base, PAIRS), _pool(option, PAIRS)) for base, option in COMPARED}
    return "\n\n".join([
        "# Whether the numbers mean what they say",
        f"Made by `python -m validation statistics {runs}`, which is part of `make assurance`; seed {SEED}, compiled engine. The runs are kept "
        "in the folder `pools` of the cache (`JOBCENTRE_CACHE_DIR`, or else `~/.cache/jobcentre`), named after scenario, seed and model, so that the page "
        "can be made again without new runs. Brackets after a share of samples are its 95 % limits from their finite number (Wilson).",
        f"**The office.** {runs:,} runs each of `baseline` and of `oxford_surge_step`, with {COACHES} coaches and posts in place of 23, {WARMUP_WEEKS} weeks of "
        f"warm-up in place of 26 and {WEEKS} weeks counted in place of a year or more; the surge begins after eight of them. All else is as in the scenario "
        f"files. This is a hard case: the fewer coaches and weeks, the fewer leavers and long spells of sickness in a run, and the more skewed all that hangs on "
        f"them. Twenty such runs hold {20 * COACHES * WEEKS / 52:.0f} years of coaches, about as many as one or two runs of an ordinary office.",
        "## Do intervals hold the truth?",
        *covered,
        "## Offices of ordinary size",
        *ordinary_part(ordinary, ORDINARY_RUNS, samples),
        "## A share that no run shows",
        *zeros,
        "## How many tables are false?",
        *compared,
        "## Is the critical value of few runs too wide?",
        *critical,
        "## What the same random numbers are worth",
        *pairing_part(pairs),
        "## What was not checked",
        "Doubt about the figures, which no interval here covers. Scenarios other than those named; more than five looks; more than one option in a table; "
        "levels other than 95 %; intervals of single metrics beside the headlines; the predictive distribution of leavers. Answers of `staffing` and "
        "`select`, which scenarios may be the best, and where `--precision` stops: [answers.md](answers.md). The truth of a pool is itself known only as well as its runs tell.",
    ]) + "\n"  # fmt: skip


def _pool(what: str, runs: int) -> Pool:
    """Runs of a scenario by name: `small NAME`, `renumbered NAME` (which is small too) or as it is."""
    kind, _, name = what.rpartition(" ")
    say(f"{runs} runs: {what}")
    if not kind:
        return pool(load(name), SEED, runs, default_jobs(), say, BLOCK_OF_ORDINARY)
    return pool(small(name) if kind == "small" else renumbered(small(name)), SEED, runs, default_jobs(), say)
