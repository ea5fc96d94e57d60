"""The command fit-base-rates."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jobcentre.commands.options import Execution, File, Seed, command
from jobcentre.commands.output import DONE, print_expected, print_json
from jobcentre.commands.printing import print_line, print_prose, print_table


@command("jobcentre fit-base-rates baseline")
def fit_base_rates(
    file: File,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="What the metrics are to be; else scenarios/targets/baseline.yaml.")
    ] = None,
    runs: Annotated[int, typer.Option(min=10, max=100_000, help="Runs of each round and row of responses.")] = 200,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How often the rates are moved.")] = 3,
    write: Annotated[bool, typer.Option("--write", help="Put the rates into the scenario's file; else they are only shown.")] = False,
    *,
    seed: Seed = 1,
    execution: Execution,
) -> int:
    """Sets base rates that nobody has published. Failing, leaving and stress spells then come out at their targets."""
    from jobcentre.metrics import BY_NAME
    from jobcentre.report.tables import format_value, with_interval
    from jobcentre.scenario import load
    from jobcentre.studies import base_rates as fitting
    from jobcentre.studies.targets import baseline_targets, read_targets
    from jobcentre.studies.upgrade_files import write as put_in_place

    scenario = load(file)
    wanted = baseline_targets() if targets is None else read_targets(targets)
    how = execution.options()
    about = {"scenario": scenario.name, "runs": runs, "rounds": rounds, "seed": seed}
    if execution.dry_run:
        return print_expected(fitting.expected_work(scenario, wanted, runs, rounds, seed), how, about, execution.as_json)
    fitted = fitting.fit_base_rates(scenario, wanted, runs, rounds, seed, how)
    after = fitting.rewritten(scenario, fitted) if write else None
    if after is not None:
        put_in_place([after])
    if execution.as_json:
        rows = [
            {"path": one.path, "before": one.before, "after": one.after, "metric": one.target.metric, "target": one.target.value}
            | asdict(one.outcome)
            for one in fitted
        ]
        print_json({**about, "rates": rows, "written": after is not None})
        return DONE
    for target in dict.fromkeys(one.target for one in fitted):
        declared = BY_NAME[target.metric]
        own = [one for one in fitted if one.target == target]
        table = [
            (
                one.path,
                f"{one.before:g}",
                f"{one.after:g}",
                with_interval(one.outcome.mean, one.outcome.low, one.outcome.high, declared.unit),
            )
            for one in own
        ]
        title = f"{declared.label}: {format_value(target.value, declared.unit)} is the target"
        print_table(title, ("base rate", "before", "after", "gives"), table)
    if not execution.quiet:
        print_prose(
            ["Intervals (95 %) are of chance between runs. The target's own uncertainty is its range, which is in the file of targets."]
        )
        print_line(f"Written: {scenario.file}" if after is not None else "Nothing was written; --write puts the rates into the file.")
    return DONE
