"""What `run` and `compare` were asked, and how it is done: in the scenarios' own office, or in those of a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.console.printing import CHECK_FAILED, DONE, print_json, print_results, say_judged

if TYPE_CHECKING:
    from sim.experiments.making import How
    from sim.experiments.precision import Precision
    from sim.scenario import Scenario


class HowMany(NamedTuple):
    """How many runs: a number, or as many as a precision takes."""

    number: int | None
    precision: list[str]
    most: int


class Gate(NamedTuple):
    """Conditions that decide the exit status."""

    targets: list[str]
    fail_if: list[str]
    strict: bool


class Where(NamedTuple):
    """Where and how runs are made and kept; none of it changes a result."""

    jobs: int | None
    engine: str
    out: Path
    cluster: str | None
    shared: Path | None
    parquet: bool


class Table(NamedTuple):
    """A table of offices, if scenarios are to be played in all of them."""

    sites: str | None
    tips_over: str | None
    dry_run: bool


class Ask(NamedTuple):
    """What `run` and `compare` were asked."""

    files: list[str]
    runs: HowMany
    seed: int
    where: Where
    sets: list[str] | None
    weeks: int | None
    events: bool
    responses: bool
    gate: Gate
    table: Table
    as_json: bool
    quiet: bool


def make(ask: Ask, document: Callable[..., dict[str, Any]]) -> int:
    """Makes the runs and prints them; everything is read and checked before anything is written."""
    from sim.console.expected import workers_for
    from sim.experiments.asking import engine_of, scenarios_of, store_of
    from sim.experiments.making import How
    from sim.experiments.precision import number_of_runs
    from sim.experiments.runners import default_jobs
    from sim.reporting.progress import progress

    engine, (number, precision) = engine_of(ask.where.engine), number_of_runs(*ask.runs)
    scenarios = scenarios_of(ask.files, ask.sets or (), ask.weeks)
    shared = store_of(ask.where.shared)
    jobs = default_jobs() if ask.where.jobs is None else ask.where.jobs
    workers = workers_for(ask.where.cluster, jobs)
    how = How(
        jobs, engine, ask.events, ["jobcentre", *sys.argv[1:]], progress(ask.quiet, workers), ask.responses,
        cluster=ask.where.cluster, shared=shared, retry_failed=True, parquet=ask.where.parquet,
    )  # fmt: skip
    if ask.table.sites is not None:
        return _make_nation(ask, scenarios, number if precision is None else None, how, workers)
    if ask.table.tips_over or ask.table.dry_run:
        from sim.experiments.words import refused

        raise refused("--tips-over" if ask.table.tips_over else "--dry-run", "is for a table of offices", "give --sites as well")
    return _make_office(ask, scenarios, number, precision, how, document)


def _make_nation(ask: Ask, scenarios: dict[str, Scenario], number: int | None, how: How, workers: int) -> int:
    from sim.console.nation_run import NationAsked, run_nation
    from sim.experiments.words import refused

    if number is None:
        raise refused("--precision", "is not there for a table of offices", "give --runs")
    sites, tips_over, dry_run = ask.table
    gate = ask.gate
    asked = NationAsked(str(sites), tips_over, gate.targets, gate.fail_if, gate.strict, dry_run, workers, ask.as_json, ask.quiet)
    return run_nation(asked, scenarios, number, ask.seed, ask.where.out, how)


def _make_office(
    ask: Ask, scenarios: dict[str, Scenario], number: int, precision: Precision | None, how: How, document: Callable[..., dict[str, Any]]
) -> int:
    from sim.experiments.carry_out import carry_out
    from sim.experiments.conditions import conditions_of, judge
    from sim.experiments.precision import how_far, words
    from sim.outputs import experiment
    from sim.reporting.documents import facts_of
    from sim.reporting.progress import tell_of_model
    from sim.reporting.report.page import write_report
    from sim.settled import steadiness

    targets = conditions_of(ask.gate.targets, "--target", scenarios)
    forbidden = conditions_of(ask.gate.fail_if, "--fail-if", scenarios)
    first = next(iter(scenarios))
    asked = experiment(first if len(scenarios) == 1 else f"compare-{first}", scenarios, ask.seed, ask.where.out)
    tell_of_model(ask.quiet)
    results = carry_out(asked, number, how, precision)
    runs = len(next(iter(results.runs.values())))
    drawn = write_report(asked.folder)
    summaries, steady = results.summaries(), steadiness(results, scenarios)
    judged = judge(targets, forbidden, summaries)
    reached = how_far(results, precision) if precision else []
    if ask.as_json:
        facts = facts_of(asked.folder, drawn, runs, ask.seed, how.engine, results, judged, steady)
        print_json(document(results, summaries, facts | ({"precision": reached} if precision else {})))
    else:
        print_results(asked, drawn, results, summaries, steady, runs, ask.seed, ask.quiet)
        if precision and not ask.quiet:
            print(words(reached, runs, precision.most_runs))
    return CHECK_FAILED if say_judged(judged, ask.gate.strict, ask.quiet) or results.failed else DONE
