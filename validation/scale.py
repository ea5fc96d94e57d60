"""How costs grow with coaches, runs and offices, and how many cores one command can keep busy: part of the page on speed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.tasks import at_scale, coach_days
from benchmarks.timing import clocked
from jobcentre.model import play, prepare
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import load
from jobcentre.scenario.files import PACKAGE_SCENARIOS, SITES
from validation.memory import Peak, peak_of
from validation.pages import SEED, say, table

COACHES = (5, 23, 100, 230, 1000, 2300)
RUNS = (10, 100, 1000, 10_000)
OFFICES = (10, 100, 646)
WEEKS = 10
CORES, NATION_RUNS = 64, 30
#: Characters of the longest bar.
WIDTH = 30
TABLE = PACKAGE_SCENARIOS / SITES / "synthetic_646.csv"
#: Put before the program of a command: its workers answer with a recorded run, so many seconds each.
RECORDED = "from validation.recorded import answer_with_recorded; answer_with_recorded({seconds!r})\n"


class Row(NamedTuple):
    """One size, its cost, and the words beside it."""

    size: str
    cost: float
    shown: str
    beside: str


def scale_sections() -> list[str]:
    """Sections of the page."""
    offices = [of_offices(number) for number in OFFICES]
    each = offices[-1].seconds * default_jobs() / OFFICES[-1]
    return [
        "## As the work grows",
        "Bars are in proportion within a table.",
        _drawn(("coaches in an office", "a coach-day", "", "a run of a year of them"), [_of_coaches(number) for number in COACHES]),
        "`jobcentre run baseline --no-responses --runs N`; workers answer with a recorded run, so that what is shown is the command's own work, "
        "with tables, logs and report:",
        _drawn(("runs", "the command's processor time a run", "", "peak memory"), [_of_runs(number) for number in RUNS]),
        f"`jobcentre run baseline --sites`, one run of each of the first offices of `{TABLE.name}`, really made on {default_jobs()} cores:",
        _drawn(
            ("offices", "clock an office", "", "in all"),
            [
                Row(f"{number:,}", peak.seconds / number, f"{1000 * peak.seconds / number:.0f} ms", f"{peak.seconds:.0f} s, {peak.bytes / 1e6:,.0f} MB")
                for number, peak in zip(OFFICES, offices, strict=True)
            ],
        ),
        f"## {CORES} cores",
        _pool(each),
    ]  # fmt: skip


def _pool(each: float) -> str:
    """Offices and runs answered at the rate of many cores, `each` being a core's seconds for a run."""
    say(f"{CORES} cores")
    runs = OFFICES[-1] * NATION_RUNS
    ideal = runs * each / CORES
    peak = of_offices(OFFICES[-1], NATION_RUNS, each / CORES * default_jobs())
    return (
        f"{runs:,} office-years ({OFFICES[-1]} offices, {NATION_RUNS} runs each) at {1000 * each:.0f} ms of a core each would take {CORES} cores {ideal:.0f} s. "
        f"With {default_jobs()} workers that answer at the rate of {CORES}, each with a recorded run, the command took {peak.seconds:.0f} s from its start to the "
        f"finished folder: **{100 * ideal / peak.seconds:.0f} %** of those cores' time would have been used. It worked for {peak.processor:.1f} s itself, "
        f"{1000 * peak.processor / runs:.2f} ms a run and {100 * peak.processor / (peak.processor + runs * each):.1f} % of all processor time; "
        f"its peak memory was {peak.bytes / 1e6:,.0f} MB. What a real pool adds, such as the start of {CORES} processes and their share of memory bandwidth, is not in it."
    )


def of_offices(number: int, runs: int = 1, recorded: float | None = None) -> Peak:
    """The cost of runs of the first offices of the table, or of answers with a recorded run that take so many seconds each."""
    say(f"{number} offices, {runs} runs")
    lines = TABLE.read_text(encoding="utf-8").splitlines(keepends=True)
    head = next(place for place, line in enumerate(lines) if not line.startswith("#"))
    with tempfile.TemporaryDirectory() as folder:
        offices = Path(folder) / "offices.csv"
        offices.write_text("".join(lines[: head + 1 + number]), encoding="utf-8")
        asked = ("run", "baseline", "--sites", str(offices), "--no-responses", "--runs", str(runs), "--quiet", "--json")
        return peak_of(asked, number * runs, RECORDED.format(seconds=recorded) if recorded is not None else "")


def _of_runs(number: int) -> Row:
    say(f"{number} runs")
    asked = ("run", "baseline", "--no-responses", "--runs", str(number), "--quiet", "--json")
    peak = peak_of(asked, number, RECORDED.format(seconds=0.0))
    return Row(f"{number:,}", peak.processor / number, f"{1000 * peak.processor / number:.1f} ms", f"{peak.bytes / 1e6:,.0f} MB")


def _of_coaches(number: int) -> Row:
    say(f"{number} coaches")
    inputs = prepare(at_scale(load("baseline"), number, WEEKS))
    if number == COACHES[0]:
        play(inputs, SEED, 0)
    times = [clocked(lambda: play(inputs, SEED, 0))[0] for _ in range(3)]
    each = min(times) / coach_days(number, WEEKS)
    year = each * coach_days(number, 52)
    return Row(f"{number:,}", each, f"{1e6 * each:.1f} µs", f"{year:.2f} s")


def _drawn(head: Sequence[str], rows: Sequence[Row]) -> str:
    longest = max(row.cost for row in rows)
    return table(head, [(row.size, row.shown, "█" * max(1, round(WIDTH * row.cost / longest)), row.beside) for row in rows])


if __name__ == "__main__":
    begun = time.monotonic()
    print("\n\n".join(scale_sections()))
    say(f"{time.monotonic() - begun:.0f} s")
