"""Makes and prints the runs of run and compare, in one office or in those of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobcentre.commands.options import RunOptions
from jobcentre.commands.output import (
    CHECK_FAILED,
    DONE,
    print_also_worse,
    print_expected,
    print_gate_results,
    print_json,
    print_results,
)
from jobcentre.commands.printing import print_err, print_prose, print_table
from jobcentre.commands.progress import checking

if TYPE_CHECKING:
    from pathlib import Path

    from jobcentre.runs.ensemble import Ensemble
    from jobcentre.runs.execute import ExecutionOptions
    from jobcentre.scenario import Scenario
    from jobcentre.studies.precision import Precision
    from jobcentre.studies.sweep import SweepResult
    from jobcentre.studies.sweep_request import Sweep


def _run_in_offices(options: RunOptions, scenarios: dict[str, Scenario], runs: int, execution: ExecutionOptions) -> int:
    """Makes the runs of all offices and prints their totals; everything is read and checked before anything is written."""
    from jobcentre.metrics.windows import headline_window
    from jobcentre.report.page import FILE as REPORT
    from jobcentre.report.page import write_report
    from jobcentre.scenario.offices import read_sites, replaced
    from jobcentre.studies.conditions import conditions_of, evaluate_conditions
    from jobcentre.studies.sweep import run_sweep, sweep_work
    from jobcentre.studies.sweep_request import TIPS_OVER, nation_of

    seed = options.seed
    table = read_sites(str(options.sites), list(scenarios.values()))
    tips_over = conditions_of([options.tips_over], "--tips-over", scenarios)[0] if options.tips_over else TIPS_OVER
    targets = conditions_of(options.target or [], "--target", scenarios)
    forbidden = conditions_of(options.fail_if or [], "--fail-if", scenarios)
    tell = checking(options.quiet, f"{len(table.sites):,} offices")
    sweep = nation_of(scenarios, table, runs, seed, options.out, tips_over, tell)
    if not options.quiet:
        for note in (*table.notes[:1], *(note for scenario in scenarios.values() for note in replaced(scenario))):
            print_err(f"note: {note}")
    about = {"folder": str(sweep.experiment.folder), "runs": runs, "seed": seed, "engine": execution.engine, "offices": len(table.sites)}
    if options.dry_run:
        return print_expected(sweep_work(sweep, execution), execution, about, options.as_json)
    done = run_sweep(sweep, execution, write_report)
    report = sweep.experiment.folder / REPORT
    judged = evaluate_conditions(targets, forbidden, done.results.summaries(), done.results.untested)
    if options.as_json:
        conditions = {
            "broken": [check.text for check in judged if check.broken],
            "unclear": [check.text for check in judged if check.unclear],
        }
        window = headline_window(next(iter(scenarios.values()))).document
        print_json({**about, "window": window, "report": str(report), **conditions, **_document(sweep, done)})
    else:
        _print(sweep, done, runs, seed)
        if not options.quiet:
            print_prose([*_notes(sweep, done, runs), f"Results: {sweep.experiment.folder}", f"Report: {report}"])
    return CHECK_FAILED if print_gate_results(judged, options.strict, options.quiet) or done.failed else DONE


def _document(sweep: Sweep, done: SweepResult) -> dict[str, Any]:
    from jobcentre.report.json_documents import difference_documents

    return {
        "table": sweep.table.name if sweep.table else None,
        "tips_over_means": str(sweep.tips_over),
        "planned": done.planned,
        "done": done.planned - done.failed,
        "failed": done.failed,
        "made": done.made,
        "intervals": done.kind,
        "scenarios": {
            name: {
                "metrics": [row._asdict() for row in rows],
                "tails": [tail._asdict() for tail in done.nations[name].tails() if tail.region is None],
            }
            for name, rows in done.results.summaries().items()
        },
        **difference_documents(done.results),
    }


def _print(sweep: Sweep, done: SweepResult, runs: int, seed: int) -> None:
    from jobcentre.metrics import HEADLINES
    from jobcentre.report.tables import different, measured, with_interval

    summaries = done.results.summaries()
    title = f"{len(sweep.sites)} offices together, {runs} run{'s' * (runs > 1)}, seed {seed}"
    print_table(title, ("metric", *summaries), measured(summaries, HEADLINES))
    base, *options = summaries
    if options:
        title = f"Difference from {base}, paired run by run; the intervals hold for the whole table together"
        print_table(title, ("metric", *options), different(done.results.differences(), options))
        print_also_worse(done.results, summaries)
    rows = []
    tails = {name: {tail.figure: tail for tail in done.nations[name].tails() if tail.region is None} for name in summaries}
    for figure, label in (
        ("offices_tip_over", f"tip over ({sweep.tips_over})"),
        ("offices_ever_eased", "ease appointments at some time, by the rule"),
    ):
        cells = []
        for name in summaries:
            count, share = tails[name][figure], tails[name][f"share_of_{figure}"]
            percent = "" if share.value is None else f", {100 * share.value:.1f} % of offices"
            cells.append(with_interval(count.value, count.low, count.high, "offices") + percent)
        rows.append((label, *cells))
    print_table("Offices a year that", ("", *summaries), rows)


def _notes(sweep: Sweep, done: SweepResult, runs: int) -> list[str]:
    from jobcentre.report.tables import STAFF_NOTE

    notes = ["Intervals: 95 %, for chance between runs only; doubt about the figures and the table is not in them."]
    if runs < 20:
        notes.append(f"{runs} run{'s are' if runs > 1 else ' is'} few: below 20 an interval is rough, below 5 there is none.")
    notes.append(f"That an office tips over means {sweep.tips_over} in its year: an assumption, which --tips-over changes.")
    if done.failed:
        notes.append(f"{done.failed} runs of offices failed; a run of the nation in which one did is left out.")
    notes.append(STAFF_NOTE)
    return notes


def make_runs(files: list[str], options: RunOptions, draws: int = 0, ensemble: Path | None = None) -> int:
    """Makes the runs and prints them, with draws also what could reverse the order; all is read and checked before anything is written."""
    from jobcentre.runs.ensemble import read_ensemble
    from jobcentre.scenario.errors import usage_error
    from jobcentre.studies.precision import number_of_runs
    from jobcentre.studies.request import scenarios_of

    number, precision = number_of_runs(options.runs, options.precision or [], options.max_runs)
    scenarios = scenarios_of(files, options.sets or (), options.weeks, options.window)
    if options.sites is None and options.tips_over:
        raise usage_error("--tips-over", "is for a table of offices", "give --sites as well")
    if options.sites is not None and precision is not None:
        raise usage_error("--precision", "is not there for a table of offices", "give --runs")
    if options.sites is not None and draws:
        raise usage_error("--uncertainty", "is not there for a table of offices", "leave out --sites")
    if ensemble is not None and not draws:
        raise usage_error("--ensemble", "is for the draws of --uncertainty", "give that as well")
    members = read_ensemble(ensemble, scenarios.values()) if ensemble is not None else None
    execution = options.options(options.responses)
    if options.sites is None:
        return _run_in_own_office(options, scenarios, number, precision, execution, draws, members)
    return _run_in_offices(options, scenarios, number, execution)


def _run_in_own_office(
    options: RunOptions,
    scenarios: dict[str, Scenario],
    number: int,
    precision: Precision | None,
    execution: ExecutionOptions,
    draws: int,
    members: Ensemble | None,
) -> int:
    from jobcentre.metrics.windows import headline_window
    from jobcentre.runs.results import steadiness
    from jobcentre.studies.compare import comparison_of, comparison_work, run_comparison
    from jobcentre.studies.conditions import conditions_of, evaluate_conditions
    from jobcentre.studies.precision import precision_status, precision_text
    from jobcentre.studies.uncertainty import run_uncertainty, uncertainty_of

    seed = options.seed
    targets = conditions_of(options.target or [], "--target", scenarios)
    forbidden = conditions_of(options.fail_if or [], "--fail-if", scenarios)
    comparison = comparison_of(scenarios, seed, options.out)
    if options.dry_run:
        about = {"folder": str(comparison.folder), "runs": number, "seed": seed, "engine": execution.engine}
        return print_expected(comparison_work(comparison, number, execution, precision), execution, about, options.as_json)
    results = run_comparison(comparison, number, execution, precision)
    tested = run_uncertainty(comparison, draws, execution, members) if draws else uncertainty_of(comparison.folder)
    runs = len(next(iter(results.runs.values())))
    # the packages that draw are imported after the runs: one or two may take no longer than that
    from jobcentre.report.json_documents import comparison_document, run_document, run_facts
    from jobcentre.report.page import write_report
    from jobcentre.report.uncertainty_text import uncertainty_document

    drawn = write_report(comparison.folder)
    summaries, steady = results.summaries(), steadiness(results, scenarios)
    judged = evaluate_conditions(targets, forbidden, summaries, results.untested)
    reached = precision_status(results, precision) if precision else []
    if options.as_json:
        facts = run_facts(comparison.folder, drawn, runs, seed, execution.engine, results, judged, steady)
        facts["window"] = headline_window(next(iter(scenarios.values()))).document
        document = run_document if len(scenarios) == 1 else comparison_document
        facts |= {"precision": reached} if precision else {}
        facts |= {"uncertainty": uncertainty_document(tested)} if len(scenarios) > 1 else {}
        print_json(document(results, summaries, facts))
    else:
        print_results(comparison, drawn, results, summaries, steady, runs, seed, options.quiet, tested)
        if precision and not options.quiet:
            print_prose([precision_text(reached, runs, precision.most_runs)])
    return CHECK_FAILED if print_gate_results(judged, options.strict, options.quiet) or results.failed else DONE
