"""Scenarios in every office of a table: makes the runs, adds them up, and prints the nation with what its mean hides."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.console.printing import CHECK_FAILED, DONE, print_json, print_table, say_judged

if TYPE_CHECKING:
    from sim.experiments.making import How
    from sim.experiments.sweeps.asking import Sweep
    from sim.experiments.sweeps.carry_out import Done
    from sim.scenario import Scenario


class NationAsked(NamedTuple):
    """What is asked of scenarios in the offices of a table."""

    sites: str
    tips_over: str | None
    targets: Sequence[str]
    fail_if: Sequence[str]
    strict: bool
    dry_run: bool
    workers: int
    as_json: bool
    quiet: bool


def run_nation(ask: NationAsked, scenarios: dict[str, Scenario], runs: int, seed: int, out: Path, how: How) -> int:
    """Makes the runs of all offices and prints what they add up to; everything is read and checked before anything is written."""
    from sim.console.expected import print_expected
    from sim.experiments.conditions import conditions_of, judge
    from sim.experiments.sweeps.asking import TIPS_OVER, nation_of
    from sim.experiments.sweeps.carry_out import carry_out_sweep
    from sim.experiments.sweeps.pilot import expected
    from sim.reporting.progress import tell_of_model
    from sim.reporting.report.page import FILE as REPORT
    from sim.reporting.report.page import write_report
    from sim.scenario.site import replaced
    from sim.scenario.sites import read_sites

    table = read_sites(ask.sites, list(scenarios.values()))
    tips_over = conditions_of([ask.tips_over], "--tips-over", scenarios)[0] if ask.tips_over else TIPS_OVER
    targets, forbidden = conditions_of(ask.targets, "--target", scenarios), conditions_of(ask.fail_if, "--fail-if", scenarios)
    first = next(iter(scenarios))
    name = f"{table.name}-{first}" if len(scenarios) == 1 else f"{table.name}-compare-{first}"
    wanted = nation_of(name, scenarios, table, runs, seed, out, tips_over)
    if not ask.quiet:
        for note in (*table.notes[:1], *(note for one in scenarios.values() for note in replaced(one))):
            print(f"note: {note}", file=sys.stderr)
    tell_of_model(ask.quiet)
    about = {"folder": str(wanted.experiment.folder), "runs": runs, "seed": seed, "engine": how.engine, "offices": len(table.sites)}
    if ask.dry_run:
        print_expected({**about, **expected(wanted, how, ask.workers)._asdict(), "workers": ask.workers}, ask.as_json)
        return DONE
    done = carry_out_sweep(wanted, how, write_report)
    report = wanted.experiment.folder / REPORT
    judged = judge(targets, forbidden, done.results.summaries())
    if ask.as_json:
        conditions = {"broken": [one.words for one in judged if one.broken], "unclear": [one.words for one in judged if one.unclear]}
        print_json({**about, "report": str(report), **conditions, **_document(wanted, done)})
    else:
        _print(wanted, done, runs, seed)
        if not ask.quiet:
            print("\n".join([*_notes(wanted, done, runs), f"Results: {wanted.experiment.folder}", f"Report: {report}"]))
    return CHECK_FAILED if say_judged(judged, ask.strict, ask.quiet) or done.failed else DONE


def _document(wanted: Sweep, done: Done) -> dict[str, Any]:
    base = next(iter(done.results.runs))
    return {
        "table": wanted.table.name if wanted.table else None,
        "tips_over_means": str(wanted.tips_over),
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
        "differences": [{"base": base, "group": None, **row.__dict__} for row in done.results.differences()],
    }


def _print(wanted: Sweep, done: Done, runs: int, seed: int) -> None:
    from sim.metrics import HEADLINES
    from sim.reporting.tables import different, measured, with_interval

    summaries = done.results.summaries()
    title = f"{len(wanted.sites)} offices together, {runs} run{'s' * (runs > 1)}, seed {seed}"
    print_table(title, ("metric", *summaries), measured(summaries, HEADLINES))
    base, *options = summaries
    if options:
        title = f"Difference from {base}, paired run by run; the intervals hold for the whole table together"
        print_table(title, ("metric", *options), different(done.results.differences(), options))
    rows = []
    tails = {name: {tail.figure: tail for tail in done.nations[name].tails() if tail.region is None} for name in summaries}
    for figure, words in (
        ("offices_tip_over", f"tip over ({wanted.tips_over})"),
        ("offices_ever_eased", "ease appointments at some time, by the rule"),
    ):
        cells = []
        for name in summaries:
            one, share = tails[name][figure], tails[name][f"share_of_{figure}"]
            percent = "" if share.value is None else f", {100 * share.value:.1f} % of offices"
            cells.append(with_interval(one.value, one.low, one.high, "offices") + percent)
        rows.append((words, *cells))
    print_table("Offices a year that", ("", *summaries), rows)


def _notes(wanted: Sweep, done: Done, runs: int) -> list[str]:
    said = ["Intervals: 95 %, for chance between runs only; doubt about the figures and the table is not in them."]
    if runs < 20:
        said.append(f"{runs} run{'s are' if runs > 1 else ' is'} few: below 20 an interval is rough, below 5 there is none.")
    said.append(f"That an office tips over means {wanted.tips_over} in its year: an assumption, which --tips-over changes.")
    if done.failed:
        said.append(f"{done.failed} runs of offices failed; a run of the nation in which one did is left out.")
    said.append("Coaches in the model are numbers: results must not be used to judge or predict a named member of staff.")
    return said
