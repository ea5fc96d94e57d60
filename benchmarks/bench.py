"""How fast the model is on this machine: its targets as ratios to yardsticks timed in the same rounds."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import tasks as turns
from benchmarks.timing import Ratio, Target, Times, Turn, ratio_text, taken_in_turn
from benchmarks.yardsticks import HEAP, PLAIN, TUNED, NotHere, peer_turn
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load, vary

WORKLOAD = "reference_workload"
WEEKS, SCALE_WEEKS = 52, 10
ON_WORKLOAD, BY_SIMPY = "compiled, workload", "simpy, workload"
LOG, LOG_ROW = "log of the workload", "log of the workload, per row"
YEAR, WHOLE, YEAR_BY_SIMPY = "year", "whole run", "year by the simpy engine"
METRICS, ALL, MADE = "log and metrics", "all that a worker does", "what is made of the log"
ONE, TWO = "runs in one process", "as many in each of two"
COACHES = (23, 230, 2300)
SIZES = {number: f"{number:,} coaches, per coach and day" for number in COACHES}

RATIOS = (
    Ratio("workload with its log ÷ C heap", ON_WORKLOAD, HEAP, Target("at most", 2)),
    Ratio("writing the log ÷ workload with its log", LOG, ON_WORKLOAD),
    Ratio("year, log and metrics ÷ C heap on the workload", f"{YEAR}, {METRICS}", HEAP, Target("at most", 5)),
    Ratio("year, log only ÷ C heap on the workload", YEAR, HEAP),
    Ratio("year, all that a worker does ÷ C heap on the workload", f"{YEAR}, {ALL}", HEAP),
    Ratio("whole run, log and metrics ÷ C heap on the workload", f"{WHOLE}, {METRICS}", HEAP),
    Ratio("simpy engine ÷ compiled, year", YEAR_BY_SIMPY, YEAR, Target("at least", 15)),
    Ratio("all that a worker does ÷ compiled engine, year", f"{YEAR}, {ALL}", YEAR, Target("at most", 1.25)),
    Ratio("what is made of the log ÷ compiled engine, year", f"{YEAR}, {MADE}", YEAR, Target("at most", 0.25)),
    Ratio("metrics and table by week ÷ compiled engine, year", f"{YEAR}: metrics and table by week", YEAR),
    Ratio("digest ÷ compiled engine, year", f"{YEAR}: digest", YEAR),
    Ratio("compiled engine ÷ tuned SimPy, workload", ON_WORKLOAD, TUNED),
    Ratio("simpy engine ÷ tuned SimPy, workload", BY_SIMPY, TUNED),
    Ratio("compiled engine ÷ plain SimPy, workload", ON_WORKLOAD, PLAIN),
    Ratio("simpy engine ÷ plain SimPy, workload", BY_SIMPY, PLAIN),
    Ratio("two processes ÷ one, runs in a second", ONE, TWO, Target("at least", 1.8), 2.0),
    Ratio("coach-day of 230 ÷ of 23 coaches", SIZES[230], SIZES[23], Target("at most", 1.25)),
)
AT_2300 = Ratio("coach-day of 2,300 ÷ of 23 coaches", SIZES[2300], SIZES[23], Target("at most", 2.5))

Say = Callable[[str], object]


def bench(scenario: Scenario, rounds: int, seed: int, full: bool, say: Say = lambda _: None) -> dict[str, Any]:
    """Ratios, seconds, memory, and what could not be timed and why; `full` adds what takes longer."""
    skipped: list[str] = []
    workload, year = load(WORKLOAD), vary(scenario, turns.weeks_in_all(WEEKS))
    with tempfile.TemporaryDirectory() as folder:
        say("getting ready")
        timed = [
            turns.engine_turn(ON_WORKLOAD, workload, seed),
            turns.engine_turn(BY_SIMPY, workload, seed, "simpy"),
            turns.engine_turn(YEAR_BY_SIMPY, year, seed, "simpy"),
            turns.log_turn(LOG, workload, seed),
            turns.measured_turn(YEAR, year, seed),
            turns.measured_turn(WHOLE, scenario, seed),
            *_peers((HEAP, TUNED, PLAIN) if full else (HEAP, TUNED), Path(folder), seed, skipped),
        ]
        taken = taken_in_turn(timed, rounds, _counting(say, "engines and yardsticks", rounds))
    measured = _found(taken)
    measured["peak_megabytes"], by_workers = _in_workers(year, seed, rounds, full, skipped, say)
    _add(measured, by_workers)
    if full:
        _add(measured, _at_scale(scenario, seed, rounds, COACHES[:2], say))
        _add(measured, _at_scale(scenario, seed, 1, COACHES[::2], say), AT_2300)
    else:
        skipped.append("plain SimPy, two processes and more coaches: only with --full")
    measured["seconds"] = dict(sorted(measured["seconds"].items()))
    return {"scenario": scenario.name, "rounds": rounds, "seed": seed, **measured, "skipped": skipped}


def _peers(names: tuple[str, ...], folder: Path, seed: int, skipped: list[str]) -> list[Turn]:
    ready = []
    for name in names:
        try:
            ready.append(peer_turn(name, folder, seed))
        except NotHere as reason:
            skipped.append(str(reason))
    return ready


def _in_workers(year: Scenario, seed: int, rounds: int, full: bool, skipped: list[str], say: Say) -> tuple[float | None, Times]:
    """Peak memory of a worker and, of two, the seconds of the same runs in one and in both."""
    two = full and default_jobs() >= 2
    if full and not two:
        skipped.append("two processes: there is one core")
    with turns.workers(year, seed, 2 if two else 1) as begun:
        peak = turns.peak_megabytes(begun[0])
        turn = turns.workers_turn(ONE, TWO, begun, year)
        return peak, taken_in_turn([turn], rounds, _counting(say, "processes", rounds)) if two else {}


def _at_scale(scenario: Scenario, seed: int, rounds: int, sizes: tuple[int, ...], say: Say) -> Times:
    timed = [
        turns.engine_turn(SIZES[number], turns.at_scale(scenario, number, SCALE_WEEKS), seed, per=turns.coach_days(number, SCALE_WEEKS))
        for number in sizes
    ]
    return taken_in_turn(timed, rounds, _counting(say, f"{sizes[-1]:,} coaches", rounds))


def _found(taken: Times, ratios: tuple[Ratio, ...] = RATIOS) -> dict[str, Any]:
    rows = [row for ratio in ratios if (row := ratio_text(ratio, taken)) is not None]
    return {"ratios": rows, "seconds": {name: statistics.median(times) for name, times in taken.items()}}


def _add(measured: dict[str, Any], taken: Times, *ratios: Ratio) -> None:
    more = _found(taken, ratios or RATIOS)
    measured["ratios"] += more["ratios"]
    measured["seconds"] = more["seconds"] | measured["seconds"]


def _counting(say: Say, what: str, rounds: int) -> Callable[[int], object]:
    return lambda number: say(f"{what}: round {number + 1} of {rounds}")


def ratio_rows(measured: dict[str, Any]) -> list[tuple[str, ...]]:
    """Rows of the table of ratios, in words."""
    return [
        (
            row["what"],
            f"{row['ratio']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g} ({100 * row['confidence']:.0f} %)" if row["rounds"] > 1 else "",
            str(row["rounds"]),
            row["target"] or "",
            row["verdict"] or "",
        )
        for row in measured["ratios"]
    ]


def second_rows(measured: dict[str, Any]) -> list[tuple[str, str]]:
    """Rows of the table of median times: in seconds, or in millionths where they are that short."""
    return [(name, f"{seconds:.4f} s" if seconds >= 0.001 else f"{1e6 * seconds:.3g} µs") for name, seconds in measured["seconds"].items()]


def notes(measured: dict[str, Any]) -> list[str]:
    """Writes the notes on the tables."""
    peak = measured["peak_megabytes"]
    return [
        f"The workload is {WORKLOAD}; the year is {measured['scenario']} for {WEEKS} weeks, all counted, and the whole run its own period.",
        "A ratio is the median of ratios within rounds; order is shuffled in each. Brackets: order statistics, with their confidence.",
        "The log: its rows written again by the engine's own functions, into memory used before; reading them back is included.",
        f"Peak memory of a worker after two runs of the year: {'not told by this system' if peak is None else f'{peak:.0f} MB'}.",
        *(f"Not timed: {reason}." for reason in measured["skipped"]),
    ]
