"""The part of the page on `--precision`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.studies.precision import looks_up_to, read_precision
from validation.answers.precision import Stopped, stops, truths
from validation.answers.resampling import as_runs
from validation.pages import SEED, table
from validation.statistics.pool import Pool, Say

MOST_RUNS = 400
SINGLE = (
    "matters", "overloaded_share=0.02", "contact_minutes_share=0.015", "sick_days_per_coach_year=2.5", "leaving_rate_per_year=0.1", "cost_per_year_pounds=1500",
)  # fmt: skip
COMPARED = "overloaded_share=0.03"


def precision_part(single: Mapping[str, Pool], compared: Mapping[str, Pool], samples: int, tables: int, say: Say) -> Iterator[str]:
    """Intervals of single scenarios where commands stop, and tables of differences of two."""
    keys = [(metric, None) for metric in HEADLINES]
    found: list[tuple[str, str, Stopped]] = []
    for name, pool in single.items():
        made, true = {name: as_runs(name, pool, keys)}, truths({name: pool}, HEADLINES)
        for wish in SINGLE:
            say(f"precision: {name}, {wish}")
            found.append((name, wish, stops(made, true, read_precision([wish], MOST_RUNS), samples, SEED)))
    yield (
        f"`jobcentre run --precision` looks at {', '.join(str(runs) for runs in looks_up_to(MOST_RUNS))} runs (`--max-runs {MOST_RUNS}`) and stops when the interval is narrow "
        f"enough, but not at the first look: 25 runs without a rare event look precise at the wrong place. At the end each interval, by itself, may miss the truth in at most 5 %. {samples:,} samples of each wish. Of `matters` the "
        "metric that misses most often, of others the metric that is waited for:"
    )
    yield table(
        ("scenario", "`--precision`", "reached", "mean runs", "stopped at", "interval that misses the truth"),
        [
            (f"`{name}`", f"`{wish}`", f"{100 * one.reached / samples:.0f} %", f"{one.runs:.0f}", _ends(one), _missed(wish, one))
            for name, wish, one in found
        ],
    )
    yield from _early(found)
    yield from _forecast(found)
    say("precision: a comparison")
    base, option = compared
    made = {name: as_runs(name, pool, keys) for name, pool in compared.items()}
    both = stops(made, truths(compared, HEADLINES), read_precision([COMPARED], MOST_RUNS), tables, SEED)
    most = waited_for(SINGLE[0], both)
    yield (
        f"`jobcentre compare {base} {option} --precision {COMPARED}` waits for one difference. In {tables:,} samples it took {both.runs:.0f} runs on average ({_ends(both)}), and the interval that was waited for "
        f"missed the truth in {both.wrong[waited_for(COMPARED, both)]}. All differences of the table should hold together; some row missed in {both.any_wrong} (rows that say *identical* speak of these runs alone and do not count), most often "
        f"{BY_NAME[most].label.lower()} in {both.wrong[most]}."
    )


def waited_for(wish: str, one: Stopped) -> str:
    """The metric that a wish waits for, or of all the one whose interval misses most often."""
    name = wish.partition("=")[0]
    return name if name in one.wrong else max(one.wrong, key=lambda metric: one.wrong[metric].wrong)


def _missed(wish: str, one: Stopped) -> str:
    metric = waited_for(wish, one)
    return f"{one.wrong[metric]}" + (f", {BY_NAME[metric].label.lower()}" if metric != wish.partition("=")[0] else "")


def _ends(one: Stopped) -> str:
    return ", ".join(f"{runs}: {100 * share:.0f} %" for runs, share in one.ended.items())


def _early(found: list[tuple[str, str, Stopped]]) -> Iterator[str]:
    """Where intervals miss too often: at which number of runs those stopped that miss."""
    rows = []
    for name, wish, one in found:
        metric = waited_for(wish, one)
        if one.wrong[metric].too_often:
            ends = (
                f"{100 * of[metric].share:.0f} % of {of[metric].samples}" if (of := one.at.get(runs)) else "–"
                for runs in looks_up_to(MOST_RUNS)
            )
            rows.append((f"`{name}`", f"`{wish}`", *ends))
    if not rows:
        yield "Wrong more often than promised: none."
        return
    yield (
        "**Wrong more often than promised** where the metric hangs on rare events. A sample of few runs of this small office without a leaver, or without a long spell of "
        "sickness, has a narrow interval at the wrong place ([results/statistics.md](statistics.md#which-fall-short-and-why)). A rule that stops because the interval is narrow "
        "picks just those samples, and so ends with them; one that goes on to a number chosen beforehand leaves them behind. Share of those that stopped at each number of "
        "runs whose interval misses the truth:"
    )
    yield table(("scenario", "`--precision`", *(f"{runs} runs" for runs in looks_up_to(MOST_RUNS))), rows)


def _forecast(found: list[tuple[str, str, Stopped]]) -> Iterator[str]:
    """What the first look said of the runs that would do."""
    total = {word: sum(one.said.get(word, 0) for _, wish, one in found if wish != SINGLE[0]) for word in ("as it came", "fewer", "more")}
    asked = sum(total.values())
    if asked:
        shares = {word: f"{100 * number / asked:.0f} %" for word, number in total.items()}
        yield (
            f"Where the precision of one metric was not reached at the first look, that look said how many runs would do. In {shares['as it came']} it was that number (or {MOST_RUNS}, "
            f"the most allowed, where more were forecast), in {shares['more']} fewer did, and in {shares['fewer']} it took more."
        )
