"""The parts of the page on intervals of single metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs.store import Key
from jobcentre.stats.intervals import wilson
from validation.pages import SEED, table
from validation.statistics.coverage import (
    ENOUGH,
    LOOKS,
    RUNS,
    Covered,
    coverage,
    coverage_of_all_looks,
    missed_by_events,
    product,
    runs_needed,
    student,
    truth,
)
from validation.statistics.pool import Pool

KEYS: tuple[Key, ...] = tuple((name, None) for name in HEADLINES)
BEFORE = (20, 50)
PERCENT = f"{100 * ENOUGH:.0f} %"
#: Shares that so many of the runs show are rare enough that samples of few runs show none.
RARE = (0.005, 0.15)
Say = Callable[[str], object]


def coverage_part(pools: Mapping[str, Pool], samples: int, say: Say) -> Iterator[str]:
    """Coverage in the small office, what fails, and what lengthening for skewness changed."""
    most = max(RUNS)
    yield (
        f"{samples:,} samples of each number of runs are drawn from a pool, without replacement within a sample. A cell is the share of samples whose "
        f"95 % interval holds the value of the whole pool, which is taken for the truth. **Bold** is below {PERCENT}. The column *all looks* is "
        f"the share of {samples:,} sequences in which none of the {LOOKS} *anytime* intervals (25 to {25 * 2 ** (LOOKS - 1)} runs) is wrong. The last column is "
        f"the fewest of these numbers of runs from which on {PERCENT} are reached."
    )
    failing: list[str] = []
    for name, pool in pools.items():
        rows = [row for n in RUNS for row in coverage(pool, KEYS, n, samples, SEED)]
        say(f"coverage of {name}")
        looked = coverage_of_all_looks(pool, KEYS, samples, SEED)
        yield f"### {name.capitalize()}\n\n" + table(
            ("metric", *(f"{n} runs" for n in RUNS), "all looks", "runs needed"),
            [
                (BY_NAME[key[0]].label, *(cell(row) for row in (*rows, *looked) if row.key == key), _needed(runs_needed(rows, key), most))
                for key in KEYS
            ],
        )
        short = [(key, runs_needed(rows, key)) for key in KEYS if runs_needed(rows, key) != min(RUNS)]
        failing += [f"{BY_NAME[key[0]].label.lower()} on {name}: {_needed(needed, most)} runs" for key, needed in short]
    yield "### Which fall short, and why\n\n" + (
        "All headline metrics reach it from 20 runs on." if not failing else
        f"Below {PERCENT} at 20 runs; the number is that of the runs they need: " + "; ".join(failing) + ". "
        "Rare events rule them: a coach who leaves, or is away for months, changes the cost, the sickness and the contact of an office of few coaches "
        "for the rest of the time counted. A sample that holds no such event, or one, does not show how much there is to be unsure of. The table tells "
        "how many samples miss by how many of their runs hold the event. Such samples need more runs of such an office, not another formula."
    )  # fmt: skip
    yield _events_table(pools["baseline"], min(RUNS), samples)
    yield from _before_part(pools, samples, say)


def ordinary_part(pools: Mapping[str, Pool], runs: Sequence[int], samples: int) -> Iterator[str]:
    """Coverage where a run has as many coaches and weeks as people use."""
    size = min(pool.runs for pool in pools.values())
    kind = {n: 100 * (2 * NormalDist().cdf(1.96 / (1 - n / size) ** 0.5) - 1.95) for n in runs}
    yield (
        f"The same with the scenarios as they are: 23 coaches, a year or more counted. These pools have {size} runs only. A sample is part of what it is held "
        f"against, which makes the cells too kind: by {' and '.join(f'{more:.1f} points at {n} runs' for n, more in kind.items())}, if t is exact."
    )
    rows = {name: [row for n in runs for row in coverage(pool, KEYS, n, samples, SEED)] for name, pool in pools.items()}
    yield table(
        ("metric", *(f"{name}, {n} runs" for name in pools for n in runs)),
        [(BY_NAME[key[0]].label, *(cell(row) for pool_rows in rows.values() for row in pool_rows if row.key == key)) for key in KEYS],
    )


def zero_part(pool: Pool, runs: int, samples: int) -> Iterator[str]:
    """What the limits mean of a share that is 0 in every run, with the rare shares of a pool as a trial."""
    trials = (20, 50, 100, 400)
    yield (
        "When no run shows the event, nothing is known of how events cluster, so each run counts as one observation: the interval goes from 0 to Wilson's "
        "upper limit for none of so many runs. This is a bound on the share *of runs* in which anything happens. The share of customers or days cannot "
        "be larger than that, as long as runs weigh about the same: at worst all that happens in a run happens to everybody. So the limit is safe, and "
        "usually far too high. It says how little was seen, not how large the share might be: quote it as *not seen in so many runs*."
    )
    yield table(
        ("runs, none with the event", "upper limit", "chance of seeing none although the share of runs is at the limit"),
        [(str(n), f"{100 * wilson(0, n)[1]:.1f} %", f"{100 * (1 - wilson(0, n)[1]) ** n:.1f} %") for n in trials],
    )
    rows = [row for key in pool.keys if (row := _seen_in_none(pool, key, runs, samples)) is not None]
    yield f"Rare shares of the small office on baseline, in samples of {runs} runs that show none:\n\n" + table(
        ("share", "of the pool", "runs that show it", "samples that show none", "of these, limit above the pool's share"), rows
    )


def cell(row: Covered) -> str:
    """A share of samples with its limits, bold where it is not enough."""
    low, high = (f"{100 * limit:.1f}" for limit in row.limits)
    text = f"{100 * row.share:.1f} % ({low} to {high})"
    return f"**{text}**" if row.share < ENOUGH else text


def _before_part(pools: Mapping[str, Pool], samples: int, say: Say) -> Iterator[str]:
    yield (
        "### What lengthening for skewness does\n\n"
        "Student's t misses skewed metrics on one side: a sample without the rare large value has too small a mean and too small a scatter at once. Hall "
        "(1992, J. R. Statist. Soc. B 54, 221–228) takes the skewness out of t by a transformation that needs no resampling. The program uses it on the side "
        "of the long tail and keeps Student's limit on the other, because a skewness from few runs may come from one of them. Counts (the leaving rate) have "
        "limits of their own. Misses are samples whose whole interval lies below, or above, the truth."
    )
    cells: dict[Key, list[str]] = {key: [] for key in KEYS}
    for name, pool in pools.items():
        for n in BEFORE:
            say(f"with and without skewness, {name}, {n} runs")
            plain, now = (coverage(pool, KEYS, n, samples, SEED, find) for find in (student, product))
            for before, after in zip(plain, now, strict=True):
                missed = " → ".join(
                    f"{100 * row.share:.1f} % ({100 * row.too_low / samples:.1f}, {100 * row.too_high / samples:.1f})"
                    for row in (before, after)
                )
                cells[before.key].append(f"{missed}; {after.width / before.width:.2f}")
    yield (
        table(("metric", *(f"{name}, {n} runs" for name in pools for n in BEFORE)), [(BY_NAME[key[0]].label, *cells[key]) for key in KEYS])
        + "\n\nEach cell: held by t (missed below, above) → held now (missed below, above), all in %; mean width now ÷ with t."
    )


def _events_table(pool: Pool, runs: int, samples: int) -> str:
    leaver, sick = pool.of(("leavers", None))[0] > 0, pool.of(("sick_days_per_coach_year", None))[0]
    long = sick > np.quantile(sick, 0.9)
    rows = []
    for metric, event, what in (
        ("cost_per_year_pounds", leaver, "a coach leaves"),
        ("contact_minutes_share", leaver, "a coach leaves"),
        ("days_late_mean", leaver, "a coach leaves"),
        ("sick_days_per_coach_year", long, "sickness is among the highest tenth"),
    ):
        found = missed_by_events(pool, (metric, None), event, runs, samples, SEED)
        cells = (f"{100 * missed / n:.0f} % of {100 * n / samples:.0f} %" if n else "–" for n, missed in found)
        rows.append((BY_NAME[metric].label, what, *cells))
    head = ("metric, baseline", "event", *(f"in {n} of the {runs} runs" for n in ("none", "1", "2", "3 or more")))
    return table(head, rows) + "\n\nEach cell: share missed, of the share of all samples."


def _needed(runs: int | None, most: int) -> str:
    return f"over {most}" if runs is None else str(runs)


def _seen_in_none(pool: Pool, key: Key, runs: int, samples: int) -> tuple[str, ...] | None:
    top, bottom = pool.of(key)
    shown = float((top > 0).mean())
    if not BY_NAME[key[0]].share or not RARE[0] < shown < RARE[1] or not (bottom > 0).all():
        return None
    true, none, held = truth(pool, key), 0, 0
    rng = np.random.default_rng([SEED, runs])
    for _ in range(samples):
        chosen = rng.choice(pool.runs, runs, replace=False)
        if not top[chosen].any():
            high = product(key)(top[chosen], bottom[chosen]).high
            none, held = none + 1, held + (high is not None and high >= true)
    label = BY_NAME[key[0]].label + (f", `{key[1]}`" if key[1] else "")
    return (
        label,
        f"{100 * true:.2f} %",
        f"{100 * shown:.1f} %",
        f"{100 * none / samples:.0f} %",
        f"{100 * held / none:.1f} %" if none else "–",
    )
