"""The parts of the page on tables that compare offices, and on the same random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from jobcentre.metrics import BY_NAME
from jobcentre.runs.store import Key
from validation.pages import SEED, number, table
from validation.statistics.coverage import truth
from validation.statistics.critical import EXPONENTIALS, Held, exponential, from_pools, held
from validation.statistics.pairing import Reduction, reduction
from validation.statistics.pool import Pool
from validation.statistics.tables import (
    HEADLINE_KEYS,
    KEYS,
    LOOKS,
    OTHER_KEYS,
    Missed,
    Pairing,
    false_tables,
    identical_by_chance,
    looks,
    stopped_early,
)

FIXED_RUNS = (10, 20, 50)
PROMISED = 0.05
Say = Callable[[str], object]


def tables_part(pools: Mapping[str, Pool], other_fates: Pool, tables: int, say: Say) -> Iterator[str]:
    """How many tables say something false where there is no difference, and where there is one."""
    baseline, surge = pools["baseline"], pools["surge"]
    others = ", ".join(_label(key).lower() for key in OTHER_KEYS)
    yield (
        f"{tables:,} tables of one option and {len(KEYS)} metrics: the {len(HEADLINE_KEYS)} headlines and {others}. Each is looked at {LOOKS} times, at "
        f"{', '.join(map(str, looks()))} runs (*anytime* intervals), and counts as false when at any look any of its intervals misses the true "
        "difference. At most 5 % should be; more is **bold**. Beside it, tables made once from few runs (*fixed*)."
    )
    true = {key: truth(surge, key) - truth(baseline, key) for key in KEYS}
    cases: dict[str, tuple[Pairing, dict[Key, float]]] = {
        "baseline against itself, other random numbers": (Pairing(baseline, baseline, False), dict.fromkeys(KEYS, 0.0)),
        "surge against itself, other random numbers": (Pairing(surge, surge, False), dict.fromkeys(KEYS, 0.0)),
        "baseline against the same with groups renumbered, same random numbers": (
            Pairing(baseline, other_fates, True),
            dict.fromkeys(KEYS, 0.0),
        ),
        "surge against baseline, other random numbers; the truth is not 0": (Pairing(baseline, surge, False), true),
    }
    rows = []
    for name, (pairing, truths) in cases.items():
        say(f"tables: {name}")
        results = [false_tables(pairing, KEYS, tables, SEED, looks(), "anytime", truths)]
        results += [false_tables(pairing, KEYS, tables, SEED, (n,), "fixed", truths) for n in FIXED_RUNS]
        rows.append((name, *map(_missed, results)))
    yield table(("base and option", f"at any of {LOOKS} looks", *(f"one look at {n} runs" for n in FIXED_RUNS)), rows)
    yield (
        "*Other random numbers*: base and option are drawn from one pool without a common run, as two seeds would give them; nothing is paired. "
        "*Renumbered*: each customer group has another `number`. It is part of the address of a customer's random numbers and of nothing else, so it "
        "matters to no metric, but every customer has another fate, while coaches keep theirs. Runs are paired as the program pairs them, differences are "
        "small and some metrics differ in few runs only, which is hard for any table, and true differences are exactly nil."
    )
    say("identical by chance")
    pairing = Pairing(baseline, surge, False)
    unseen = [false_tables(pairing, KEYS, tables, SEED, (n,), "fixed", true, identical_by_chance).share for n in FIXED_RUNS]
    yield (
        "A row that says *identical* tells that the number is the same in every run, and its limits are 0 and 0. That is true of the runs and no more: of "
        f"tables of {', '.join(map(str, FIXED_RUNS))} runs of surge against baseline {', '.join(f'{100 * share:.1f} %' for share in unseen)} have such a row for a "
        "rare event (mostly stress spells) that was seen in neither office, though the truth differs. These rows are not counted as false above. Read "
        "*identical* as *no difference seen* where the metric is 0 in all runs."
    )
    say("the rule that stops early")
    alone = stopped_early(Pairing(baseline, baseline, False), HEADLINE_KEYS, tables, SEED, looks())
    shares = sorted(results.share for results in alone.values())
    yield (
        f"For comparison, a rule without such care looks at one metric at the same {LOOKS} numbers of runs and stops as soon as an ordinary 95 % interval "
        f"excludes 0. On baseline against itself it says something false in {100 * shares[0]:.0f} to {100 * shares[-1]:.0f} % of {tables:,} trials, "
        f"depending on the headline metric (median {100 * (shares[4] + shares[5]) / 2:.0f} %), for *one* metric. Normal data give 17 %."
    )


def critical_part(pools: Mapping[str, Pool], tables: int, say: Say) -> Iterator[str]:
    """The product's critical value beside Bonferroni's."""
    baseline, surge = pools["baseline"], pools["surge"]
    yield (
        f"From few runs the critical value is much larger than Bonferroni's t, which asks of each of {len(KEYS)} intervals a level of {1 - 0.05 / len(KEYS):.4f}. "
        f"Share of {tables:,} tables (one look, *fixed*) in which all intervals hold, with the mean critical value:"
    )
    rows: list[tuple[str, ...]] = []
    for n in FIXED_RUNS:
        say(f"critical values, {n} runs")
        nil, true = dict.fromkeys(KEYS, 0.0), {key: truth(surge, key) - truth(baseline, key) for key in KEYS}
        rows += [
            ("baseline against itself", str(n), *_held(held(from_pools(Pairing(baseline, baseline, False), nil, n, SEED, tables), tables))),
            ("surge against baseline", str(n), *_held(held(from_pools(Pairing(baseline, surge, False), true, n, SEED, tables), tables))),
            (f"{EXPONENTIALS} exponential differences", str(n), *_held(held(exponential(n, SEED), tables))),
        ]
    yield table(
        ("differences", "runs", "all hold, as the program does it", "critical value", "all hold, Bonferroni's t", "critical value"), rows
    )
    yield (
        "Where there is no difference, base and option are skewed alike, it cancels, and Bonferroni would do. Where there is one it does not cancel, and "
        "Bonferroni's tables of few runs hold less often than promised, those of very skewed differences far less. The bootstrap learns the skewness "
        "from the runs. So the wide value of few runs is kept. It is the price of few runs, and shrinks fast with more."
    )


def pairing_part(pools: Mapping[tuple[str, str], tuple[Pool, Pool]]) -> Iterator[str]:
    """Variance of paired differences in shares of that of independent runs."""
    runs = {pool.runs for both in pools.values() for pool in both}
    yield (
        f"Scenarios at ordinary size, {min(runs)} runs each. Variance of the paired difference ÷ variance of a difference between independent runs, "
        "with a 95 % interval (bootstrap of runs), and how many times as many runs would be needed without the same random numbers for an interval as wide."
    )
    head = ("metric", *(f"`{option}` against `{base}`" for base, option in pools))
    reductions = {key: [reduction(*both, key, SEED) for both in pools.values()] for key in HEADLINE_KEYS}
    yield table(head, [(_label(key), *map(_reduced, row)) for key, row in reductions.items()])
    cells = [reduced for row in reductions.values() for reduced in row if reduced is not None]
    yield (
        f"Below 1 the same random numbers help, above 1 they would do harm. In {sum(reduced.high < 1 for reduced in cells)} of {len(cells)} cells the whole interval "
        f"lies below 1, in {sum(reduced.low > 1 for reduced in cells)} above it. Most is spared in days lost to sickness, much of which each coach brings along from the "
        "same random numbers whatever the option; least where the option itself changes what happens to most customers, so that everything after is "
        "another story."
    )


def _label(key: Key) -> str:
    return BY_NAME[key[0]].label + (f" (`{key[1]}`)" if key[1] else "")


def _missed(missed: Missed) -> str:
    low, high = (f"{100 * limit:.1f}" for limit in missed.limits)
    text = f"{100 * missed.share:.1f} % ({low} to {high})"
    return f"**{text}**" if missed.share > PROMISED else text


def _held(held: Held) -> tuple[str, ...]:
    return (
        f"{100 * held.product:.1f} %",
        number(held.product_value, False),
        f"{100 * held.bonferroni:.1f} %",
        number(held.bonferroni_value, False),
    )


def _reduced(reduction: Reduction | None) -> str:
    if reduction is None:
        return "–"
    return f"{reduction.ratio:.2f} ({reduction.low:.2f} to {reduction.high:.2f}); {reduction.runs_spared:.1f} times"
