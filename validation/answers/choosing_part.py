"""The parts of the page on which scenarios may be the best, and on `select`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jobcentre.metrics import BY_NAME
from jobcentre.studies.selection import SelectionQuestion, question_of
from validation.answers.best import METRICS, LeftOut, gap, left_out, sizes, true_order
from validation.answers.resampling import as_runs
from validation.answers.selection import MAX_RUNS, Chosen, how_far_behind, selections, true_means
from validation.pages import SEED, table
from validation.statistics.pool import Pool, Say
from validation.statistics.tables import looks

FIXED_RUNS = (20, 50)
CONFIDENCE, FIRST_RUNS = 0.95, 20
#: Metrics of which the indifference is the smallest difference that matters, and those of which it is just below the true lead.
AS_USUAL = ("overloaded_share", "overtime_minutes_per_coach_day", "sick_days_per_coach_year", "leaving_rate_per_year")
HARD = ("overloaded_share", "missed_share", "rushed_share", "days_late_mean")
OF_THE_LEAD = 0.99


def best_part(pools: Mapping[str, Pool], samples: int, tables: int, say: Say) -> Iterator[str]:
    """How often the best is left out, and how many are left in; of the latter so many tables."""
    results: list[tuple[str, LeftOut]] = []
    for runs in FIXED_RUNS:
        say(f"which may be the best: {runs} runs")
        results.append((f"{runs}, *fixed*", left_out(pools, [runs], "fixed", samples, SEED)))
    say("which may be the best: looks")
    at_looks = left_out(pools, looks(), "anytime", samples, SEED)
    results.append((f"{looks()[0]} to {looks()[-1]}, any of {len(looks())} looks", at_looks))
    in_set = {}
    for runs in FIXED_RUNS:
        say(f"which may be the best: how many, {runs} runs")
        in_set[runs] = sizes(pools, runs, tables, SEED)
    yield (
        f"Of {len(pools)} scenarios ({', '.join(f'`{name}`' for name in pools)}) the table of `jobcentre compare` names those that may be the best in each of the "
        f"{len(METRICS)} headline metrics with a better direction. In at most 5 % of tables may the truly best one be missing from any row. {samples:,} tables of each kind:"
    )
    yield table(
        ("runs", "tables without the best in some row", "rows without it, by metric"),
        [(name, str(one.tables), _by_metric(one)) for name, one in results],
    )
    yield (
        "The error is shared out evenly over the rows, and in most rows the best leads so clearly that its share is not used. So tables are wrong less often than "
        f"they may be. Lead of the truly best over the second, and the mean number of scenarios named, over {tables:,} tables:"
    )
    rows = []
    for metric in METRICS:
        order = true_order(pools, metric)
        means = (f"{in_set[runs][metric]:.1f} of {len(pools)}" for runs in FIXED_RUNS)
        rows.append(
            (BY_NAME[metric].label, f"`{order[0][0]}`", f"`{order[1][0]}`", f"{gap(order):.3g}", f"{BY_NAME[metric].matters:g}", *means)
        )
    yield table(("metric", "best", "second", "lead", "difference that matters", *(f"named, {runs} runs" for runs in FIXED_RUNS)), rows)


def select_part(pools: Mapping[str, Pool], samples: int, say: Say) -> Iterator[str]:
    """How often the selected scenario is too far behind, and what it costs."""
    rows, too_many = [], []
    made = {name: as_runs(name, pool, [(metric, None) for metric in METRICS]) for name, pool in pools.items()}
    for metric, hard in [*((metric, False) for metric in AS_USUAL), *((metric, True) for metric in HARD)]:
        say(f"select: {metric}")
        true = true_means(made, metric)
        question = _question(metric, len(pools), None)
        behind = sorted(how_far_behind(true, question).values())
        if hard:
            question = _question(metric, len(pools), OF_THE_LEAD * behind[1])
        chosen = selections(made, question, samples, SEED)
        label = BY_NAME[metric].label
        rows.append((label, f"{question.indifference:.3g}", ", ".join(f"{one:.3g}" for one in behind[1:]), *_chosen(chosen, samples)))
        too_many += [f"{label} ({question.indifference:.3g})"] if chosen.wrong.too_often else []
    yield (
        f"`jobcentre select` of the same scenarios with {FIRST_RUNS} first runs, at most {MAX_RUNS:,}, and a confidence of {100 * CONFIDENCE:.0f} %. The answer is wrong where the one "
        f"selected is farther behind the best than the indifference; an answer that leaves several is not wrong. First the smallest differences that matter as "
        f"indifference, then the hard case: one just below the lead of the best ({100 * OF_THE_LEAD:.0f} % of it), so that only the best itself is right. {samples:,} samples of each:"
    )
    head = (
        "metric",
        "indifference",
        "the others are behind by",
        "wrong",
        "the best selected",
        "undecided",
        "runs in all",
        "of the longest",
    )
    yield table(head, rows)
    yield (
        f"Wrong more often than promised: {', '.join(too_many) or 'none'}. Where several scenarios lie within the indifference any of them is right. "
        "The procedure decides on the safe side: it is built for others that are exactly the indifference behind, and shares the error out over all of them."
    )


def _question(metric: str, scenarios: int, indifference: float | None) -> SelectionQuestion:
    return question_of(metric, scenarios, indifference, CONFIDENCE, FIRST_RUNS, MAX_RUNS)


def _chosen(chosen: Chosen, samples: int) -> tuple[str, ...]:
    shares = (f"{100 * number / samples:.0f} %" for number in (chosen.best, chosen.undecided))
    return str(chosen.wrong), *shares, f"{chosen.runs:,.0f}", f"{chosen.longest:,.0f}"


def _by_metric(one: LeftOut) -> str:
    return ", ".join(f"{BY_NAME[metric].label.lower()} {number}" for metric, number in one.by_metric.items() if number) or "none"
