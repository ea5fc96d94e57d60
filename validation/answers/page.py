"""The page docs/results/answers.md: how often answers to questions are wrong, and how much they tell."""

from __future__ import annotations

from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load
from jobcentre.studies.levers import COACHES as LEVER
from jobcentre.studies.levers import KNOWN, with_value
from validation.answers.choosing_part import best_part, select_part
from validation.answers.precision_part import MOST_RUNS, precision_part
from validation.answers.similar_options_part import Pair, alike_part
from validation.answers.staffing_part import staffing_part
from validation.pages import SEED, say
from validation.statistics.pool import COACHES, WARMUP_WEEKS, WEEKS, Pool, pool, small

RUNS = 2000
SURGE, ORDINARY = "oxford_surge_step", "baseline"
VALUES = tuple(float(coaches) for coaches in range(2, 11))
#: Two of them are nearly equal at the top in several metrics.
SCENARIOS = ("surge_demand_only", "surge_ramped_3_months", "surge_with_protected_admin_120", SURGE)
#: Bases and options whose tables of differences are judged; the first also at ordinary size, with so many runs made so many at a time.
COMPARED = ((0, 1), (1, 2), (3, 0))
ORDINARY_RUNS, BLOCK_OF_ORDINARY = 200, 50
FEWEST_RUNS = 1000
#: One sample for so many runs of a pool, and one of what takes long.
SAMPLE_FOR, TABLE_FOR = 2, 20


def answers_page(runs: int) -> str:
    """The page, from pools of so many runs; half as many samples, a quarter of `select`, and fewer where each takes long."""
    if runs < FEWEST_RUNS:
        raise ValueError(f"`select` draws up to {FEWEST_RUNS} runs at once: the page needs pools of at least as many, not {runs}")
    samples, tables = runs // SAMPLE_FOR, runs // TABLE_FOR
    values = {value: _pool(with_value(small(SURGE), KNOWN[LEVER], value), runs) for value in VALUES}
    scenarios = {name: _pool(small(name), runs) for name in SCENARIOS}
    single = {ORDINARY: _pool(small(ORDINARY), runs), SURGE: scenarios[SURGE]}
    compared = {name: scenarios[name] for name in SCENARIOS[:2]}
    pairs = [Pair(SCENARIOS[a], SCENARIOS[b], (scenarios[SCENARIOS[a]], scenarios[SCENARIOS[b]])) for a, b in COMPARED]
    ordinary = Pair(SCENARIOS[0], SCENARIOS[1], (_ordinary(SCENARIOS[0]), _ordinary(SCENARIOS[1])))
    return "\n\n".join([
        "# How often answers are wrong",
        f"Made by `python -m validation answers {runs}`, which is part of `make assurance`; seed {SEED}, compiled engine. How well intervals and tables hold stands in "
        "[statistics.md](statistics.md); here it is whole answers: how many coaches will do, which scenario may be the best, which one is selected, when "
        "there are runs enough, and tables of options that are much alike. Brackets after a share of samples are its 95 % limits from their finite number (Wilson). **Bold** is wrong more often than the 5 % promised, by "
        "more than these limits allow for.",
        f"**The pools.** {runs:,} runs each of `{SURGE}` with {VALUES[0]:g} to {VALUES[-1]:g} coaches, of the other scenarios named below, and of `{ORDINARY}`, all with posts for customers of "
        f"{COACHES} coaches, {WARMUP_WEEKS} weeks of warm-up and {WEEKS} weeks counted: the small office of [statistics.md](statistics.md), which is a hard case. Run i of every pool has the same "
        "random numbers, and a sample takes the same runs from all of them, so what comes of common random numbers is in it as in the program. The truth is the whole pool. Within a sample no run "
        f"is drawn twice. That makes large samples a little better than in truth: {MOST_RUNS} of {runs:,} runs scatter {100 * (1 - (1 - MOST_RUNS / runs) ** 0.5):.0f} % less, "
        f"100 of them {100 * (1 - (1 - 100 / runs) ** 0.5):.0f} % less.",
        "## How many coaches will do",
        *staffing_part(values, samples, say),
        "## Which scenarios may be the best",
        *best_part(scenarios, samples, tables, say),
        "## The one that is selected",
        *select_part(scenarios, samples // 2, say),
        "## Runs until it is precise",
        *precision_part(single, compared, samples, tables, say),
        "## Options that are much alike",
        *alike_part(pairs, ordinary, 2 * tables, say),
        "## What was not checked",
        "Doubt about the figures. Other offices, scenarios, levers and probabilities than those named; answers at the other responses to strain, which have their 95 % each by itself; `--uncertain`; the cost "
        "of a step and falls between neighbours, which `staffing` tells beside its answer; more scenarios than four; comparisons of more than one option with `--precision`; runs that fail. The truth of a "
        "pool is that of its runs, not of all runs there could be.",
    ]) + "\n"  # fmt: skip


def _pool(scenario: Scenario, runs: int) -> Pool:
    say(f"{runs} runs: small {scenario.name}")
    return pool(scenario, SEED, runs, default_jobs(), say)


def _ordinary(name: str) -> Pool:
    say(f"{ORDINARY_RUNS} runs: {name}, ordinary size")
    return pool(load(name), SEED, ORDINARY_RUNS, default_jobs(), say, BLOCK_OF_ORDINARY)
