"""Commands on uncertain inputs: drawing them, fitting them to targets, and setting predictions beside what is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from jobcentre.commands.options import EnsembleFile, Execution, File, Quiet, Seed, Sets, command
from jobcentre.commands.output import CHECK_FAILED, DONE, print_expected, print_json
from jobcentre.commands.printing import print_err, print_line, print_prose, print_table

if TYPE_CHECKING:
    from jobcentre.runs.ensemble import Ensemble
    from jobcentre.scenario import Scenario
    from jobcentre.studies.targets import Target
    from jobcentre.studies.validation import Judged

Targets = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Targets as YAML, or an office's own year as CSV; else scenarios/targets/baseline.yaml."),
]


@command("jobcentre draw baseline --n 500")
def draw(
    file: File,
    number: Annotated[int, typer.Option("--n", min=1, max=100_000, help="Number of draws.")] = 500,
    sets: Sets = None,
    *,
    seed: Seed = 1,
    out: Annotated[Path, typer.Option(help="Folder that receives the file.")] = Path("outputs"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    quiet: Quiet = False,
) -> int:
    """Draws the uncertain inputs of a scenario from their ranges. Writes them as an ensemble file; every draw is a valid scenario."""
    from jobcentre.runs.draws import drawn_values, require_uncertain_inputs
    from jobcentre.runs.ensemble import Ensemble, write_ensemble

    scenario = _scenario(file, sets)
    inputs = list(require_uncertain_inputs(scenario))
    draws = [drawn_values(scenario, seed, one) for one in range(number)]
    members = [[values[path] for path in inputs] for values in draws]
    drawn = Ensemble(
        format=1,
        kind="ensemble",
        discrepancy=0.0,
        scenario=scenario.name,
        seed=seed,
        inputs=inputs,
        members=members,
        waves=[],
        targets=[],
        narrowed={},
        notes=[],
    )
    path = out / f"draws-{scenario.name}-seed{seed}-n{number}.json"
    write_ensemble(drawn, path)
    if as_json:
        print_json({"scenario": scenario.name, "seed": seed, "draws": number, "inputs": inputs, "file": str(path)})
    elif not quiet:
        print_line(f"{number:,} draws of {len(inputs)} uncertain inputs of {scenario.name}: {path}")
    return DONE


@command("jobcentre calibrate baseline")
def calibrate(
    file: File,
    targets: Targets = None,
    waves: Annotated[int, typer.Option(min=1, max=10, help="Waves of history matching.")] = 3,
    points: Annotated[int, typer.Option(min=50, max=10_000, help="Points of the design in each wave.")] = 300,
    runs: Annotated[int, typer.Option(min=2, max=1000, help="Runs at each point.")] = 3,
    screened: Annotated[int, typer.Option(min=1, max=100, help="Inputs that are fitted; the others keep their priors.")] = 30,
    members: Annotated[int, typer.Option(min=20, max=10_000, help="Members of the ensemble.")] = 200,
    discrepancy: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="How far the model itself may be wrong, as a share of each target (one s.d.).")
    ] = 0.05,
    sets: Sets = None,
    *,
    seed: Seed = 1,
    execution: Execution,
) -> int:
    """Fits uncertain inputs to targets by history matching. Writes an ensemble of values that the targets do not rule out."""
    from dataclasses import asdict

    from jobcentre.report.tables import with_interval
    from jobcentre.runs.draws import require_uncertain_inputs
    from jobcentre.runs.ensemble import write_ensemble
    from jobcentre.runs.folder import experiment
    from jobcentre.studies.calibration import Question, require_fits, run_calibration
    from jobcentre.studies.calibration import unit_of as unit
    from jobcentre.studies.validation import labelled

    scenario = _scenario(file, sets)
    wanted = _targets_of(scenario, targets)
    question = Question(wanted, waves, points, runs, screened, members, discrepancy)
    plan = asdict(question) | {"targets": [target._asdict() for target in wanted]}
    asked = experiment(f"calibrate-{scenario.name}", {scenario.name: scenario}, seed, execution.out, plan)
    at_most = points * runs * (waves + 1) + members
    require_uncertain_inputs(scenario)
    require_fits(question, scenario)
    if execution.dry_run and execution.as_json:
        print_json({"folder": str(asked.folder), "planned_at_most": at_most})
        return DONE
    if execution.dry_run:
        print_line(f"{at_most:,} runs: {points} points with {runs} runs in {waves} waves and once more, and one of each member")
        print_line(f"Folder: {asked.folder}")
        return DONE
    how = execution.options()
    found = run_calibration(asked, question, how, lambda text: None if execution.quiet else print_err(text))
    path = asked.folder / "ensemble.json"
    write_ensemble(found, path)
    if execution.as_json:
        print_json({"file": str(path), **{key: value for key, value in found.model_dump().items() if key not in ("members", "inputs")}})
        return DONE
    by_name = {target.name: target for target in wanted}
    rows = []
    for one in sorted(found.targets, key=lambda one: (one.use == "fit", -(one.implausibility or 0))):
        target = by_name[one.name]
        observed = with_interval(one.observed, one.low, one.high, unit(target))
        years = with_interval(one.mean, one.run_low, one.run_high, unit(target))
        apart = "–" if one.implausibility is None else f"{one.implausibility:.1f}"
        rows.append((labelled(target), one.use, observed, years, apart))
    header = ("target", "use", "observed", "members (95 of 100 years)", "standard deviations apart")
    print_table(f"An ensemble of {members} members of {scenario.name}", header, rows)
    if not execution.quiet:
        print_prose([_narrowed(found), f"Ensemble: {path}"])
    return DONE


@command("jobcentre validate baseline --runs 100")
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the bare name of one under scenarios/.")] = "baseline",
    targets: Targets = None,
    ensemble: EnsembleFile = None,
    runs: Annotated[int, typer.Option(min=5, max=100_000, help="Number of runs.")] = 100,
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 if a target is missed.")] = False,
    sets: Sets = None,
    *,
    seed: Seed = 1,
    execution: Execution,
) -> int:
    """Sets predictions beside published figures. Says which are missed and by how much, tests before those it was fitted to."""
    from jobcentre.runs.ensemble import read_ensemble
    from jobcentre.studies import validation

    scenario = _scenario(file, sets)
    wanted = _targets_of(scenario, targets)
    members = None if ensemble is None else read_ensemble(ensemble, [scenario])
    how = execution.options()
    about = {"scenario": scenario.name, "ensemble": str(ensemble) if ensemble else None, "runs": runs, "seed": seed}
    if execution.dry_run:
        work = validation.validation_work(scenario, members, runs, seed, [])
        return print_expected(work, how, about | {"folder": "none, nothing is kept"}, execution.as_json)
    judged = validation.validate(scenario, wanted, members, runs, seed, how)
    missed = [one for one in judged if not one.inside]
    if execution.as_json:
        print_json({**about, "targets": [one.row() for one in judged], "missed": len(missed)})
    else:
        for use, title in (
            ("test", "Tests: targets to which nothing was fitted"),
            ("fit", "Targets to which inputs were fitted, or may be"),
        ):
            own = [one for one in judged if one.target.use == use]
            if own:
                print_table(title, ("target", "published", "predicted", "one year in 95 of 100", "verdict"), _rows(own))
        if not execution.quiet:
            print_prose(
                [f"{len(judged) - len(missed)} of {len(judged)} targets are met. Predictions: means of {runs} runs with 95 % intervals."]
            )
    return CHECK_FAILED if missed and strict else DONE


def _scenario(file: str, sets: list[str] | None) -> Scenario:
    from jobcentre.scenario import load
    from jobcentre.studies.request import inputs_from_options

    return load(file, inputs_from_options(sets or ()))


def _targets_of(scenario: Scenario, file: Path | None) -> tuple[Target, ...]:
    """The targets of a file, or those of the baseline; refuses targets of groups that the scenario has not."""
    from jobcentre.scenario.errors import did_you_mean, usage_error
    from jobcentre.studies.targets import baseline_targets, read_targets

    targets = baseline_targets() if file is None else read_targets(file)
    groups = list(scenario.settings.groups)
    for target in targets:
        for group in target.groups:
            if group is not None and group not in groups:
                hint = did_you_mean(group, groups) or f"its groups are {', '.join(groups)}"
                raise usage_error(str(file or "targets"), f"`{scenario.name}` has no customer group `{group}` ({target.name})", hint)
    return targets


def _rows(judged: list[Judged]) -> list[tuple[str, ...]]:
    from jobcentre.metrics import BY_NAME
    from jobcentre.report.tables import format_value, with_interval
    from jobcentre.studies.validation import labelled

    rows: list[tuple[str, ...]] = []
    for one in judged:
        unit = BY_NAME[one.target.metric].unit
        missed = f"missed by {format_value(one.short, unit, signed=True)}{', within chance' * one.within_chance}"
        verdict = "no value" if one.short is None else "met" if one.inside else missed
        published = f"{format_value(one.target.low, unit)} to {format_value(one.target.high, unit)}"
        if one.target.low == one.target.high:
            published = format_value(one.target.low, unit)
        years = "–" if one.run_low is None else f"{format_value(one.run_low, unit)} to {format_value(one.run_high, unit)}"
        rows.append((labelled(one.target), published, with_interval(one.mean.mean, one.mean.low, one.mean.high, unit), years, verdict))
    return rows


def _narrowed(found: Ensemble) -> str:
    """Which inputs the targets say something about, in a sentence."""
    if not found.narrowed:
        return "The targets narrow none of the inputs: they keep their priors."
    told = ", ".join(f"{path} (to {100 * share:.0f}%)" for path, share in list(found.narrowed.items())[:8])
    return f"Inputs whose spread the targets narrow most: {told}. All others keep their priors: these targets say nothing of them."


@command("jobcentre sensitivity oxford_surge_step surge_with_early_relief --by quality")
def sensitivity(
    file: File,
    option: Annotated[str | None, typer.Argument(metavar="OPTION", help="A second scenario: the difference is looked at.")] = None,
    metric: Annotated[str, typer.Option(help="The metric whose variance is divided.")] = "expected_leaving_rate_per_year",
    by: Annotated[
        Literal["quality", "mechanism", "input"],
        typer.Option(help="By what it is divided: quality of evidence, mechanism, or input (after a screening)."),
    ] = "quality",
    points: Annotated[int, typer.Option(min=8, max=4096, help="Points of each of the two samples; a power of 2.")] = 64,
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Random seeds, each with a design of its own.")] = 4,
    trajectories: Annotated[int, typer.Option(min=4, max=400, help="Trajectories of the screening.")] = 8,
    sets: Sets = None,
    *,
    seed: Seed = 1,
    execution: Execution,
) -> int:
    """Divides the variance of an outcome among uncertain inputs, structure and chance. Sobol' indices, for each random seed apart."""
    from jobcentre.metrics import BY_NAME
    from jobcentre.report.tables import format_value
    from jobcentre.runs.draws import uncertain_inputs
    from jobcentre.runs.folder import experiment
    from jobcentre.scenario.errors import did_you_mean, usage_error
    from jobcentre.studies import sensitivity as study

    if metric not in BY_NAME:
        hint = did_you_mean(metric, BY_NAME) or "docs/reference/metrics.md lists them"
        raise usage_error("--metric", f"there is no metric `{metric}`", hint)
    scenarios = {one.name: one for one in (_scenario(name, sets) for name in (file, option) if name is not None)}
    question = study.SensitivityQuestion(metric, by, points, seeds, trajectories)
    study.require_answerable(scenarios.values(), question)
    asked = experiment("-".join(["sensitivity", *scenarios]), scenarios, seed, execution.out, question._asdict())
    if execution.dry_run:
        inputs = {one.address for scenario in scenarios.values() for one in uncertain_inputs(scenario).values()}
        number = study.runs_of_question(question, len(scenarios), len(inputs) if by == "input" else 20 if by == "mechanism" else 4)
        if execution.as_json:
            print_json({"folder": str(asked.folder), "planned_at_most": number})
            return DONE
        print_line(f"At most {number:,} runs")
        print_line(f"Folder: {asked.folder}")
        return DONE
    found = study.run_sensitivity(asked, question, execution.options(), lambda text: None if execution.quiet else print_err(text))
    if execution.as_json:
        print_json({"folder": str(asked.folder), **study.document(found)})
        return DONE
    unit = BY_NAME[metric].unit
    rows = [(one.name, f"{one.inputs}", _share(one.first), _share(one.total)) for one in found.factors]
    title = f"{BY_NAME[metric].label}{': ' + ' less '.join(list(scenarios)[::-1]) if option else ''}, shares of its variance within a seed"
    print_table(title, (by, "inputs", "alone", "with all it has a part in"), rows)
    if not execution.quiet:
        spread = f"{format_value(found.mean, unit)} on average over draws, standard deviation {format_value(found.spread, unit)}"
        print_prose(
            [
                f"{spread}; {100 * found.chance:.0f}% of all variance is chance: the same inputs with other random numbers.",
                f"Brackets: 95 % intervals over {seeds} seeds, each with a design of {points} points.",
                f"Results: {asked.folder}",
            ]
        )
    return DONE


def _share(index: Any) -> str:
    return f"{100 * index.mean:.0f}% ({100 * index.low:.0f} to {100 * index.high:.0f})"
