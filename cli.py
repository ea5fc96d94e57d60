"""The command line: each command parses its words, calls one function and prints what that gives."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from sim.console.options import AsJson, Engine, Events, FailIf, File, Jobs, Out, Quiet, Runs, Seed, Sets, Weeks, accepts_more
from sim.console.printing import CHECK_FAILED, DONE, INTERRUPTED, REFUSED, print_json, print_results, print_table, say_error
from sim.console.streams import flush, ready_streams

# Heavy imports stand inside the commands: `jobcentre --help` has to answer at once.
EXAMPLES = {
    "jobcentre": "jobcentre compare oxford_before oxford_surge_step --runs 20",
    "run": "jobcentre run oxford_before --runs 50 --set diary.appointments_per_day=27",
    "compare": "jobcentre compare oxford_before oxford_surge_step surge_with_early_relief --runs 50",
    "check": "jobcentre check scenarios/oxford_before.yaml",
    "show": "jobcentre show oxford_before diary.appointments_per_day",
    "scenarios": "jobcentre scenarios",
    "trace": "jobcentre trace oxford_before --run 0 --coach 3 --date 2021-11-08",
    "verify": "jobcentre verify oxford_before oxford_surge_step --runs 2",
    "bench": "jobcentre bench --rounds 12 --full",
    "doctor": "jobcentre doctor --warm",
}


class _Command(TyperCommand):
    """A command whose help page begins with an example."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write(f"Example: {EXAMPLES[self.name or 'jobcentre']}\n\n")
        super().format_usage(ctx, formatter)


class _Group(TyperGroup):
    """The list of commands, which begins with an example."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write(f"Example: {EXAMPLES['jobcentre']}\n\n")
        super().format_usage(ctx, formatter)


app = typer.Typer(
    cls=_Group,
    help="Simulates the work coaches of a UK jobcentre: load, missed appointments, sickness and leaving.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
command = app.command


@command("run", cls=_Command)
def run(
    file: File,
    runs: Runs = 50,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    sets: Sets = None,
    weeks: Weeks = None,
    events: Events = False,
    fail_if: FailIf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Runs one scenario. Shows its headline metrics with intervals and keeps all of them in a folder."""
    from sim.reporting.documents import run_document

    ask = _Ask([file], runs, seed, jobs, engine, out, sets, weeks, events, fail_if, as_json, quiet)
    return _make(ask, run_document)


@command("compare", cls=_Command)
def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The scenario that the others are compared with.")],
    options: Annotated[list[str], typer.Argument(metavar="OPTION...", help="Scenarios to compare with it.")],
    runs: Runs = 50,
    seed: Seed = 1,
    jobs: Jobs = None,
    engine: Engine = "compiled",
    out: Out = Path("outputs"),
    sets: Sets = None,
    weeks: Weeks = None,
    events: Events = False,
    fail_if: FailIf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Compares options with a base. All use the same random numbers: paired differences and verdicts."""
    from sim.reporting.documents import comparison_document

    ask = _Ask([base, *options], runs, seed, jobs, engine, out, sets, weeks, events, fail_if, as_json, quiet)
    return _make(ask, comparison_document)


@command("check", cls=_Command)
@accepts_more
def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files, or bare names of some under scenarios/.")],
    trial: Annotated[bool, typer.Option(help="Also run each once, and say whether demand reaches the daily cap.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Says what is wrong with scenario files. All problems at once: file, line, path, and what was probably meant."""
    from sim.scenario import check_file, load

    problems = [problem for file in files for problem in check_file(file)]
    notes: list[str] = []
    if not problems and not quiet:
        from sim.experiments.trial import notes as notes_on
        from sim.reporting.progress import tell_of_model

        tell_of_model(not trial)
        notes = [note for file in files for note in notes_on(load(file), trial)]
    if as_json:
        print_json({"problems": problems, "notes": notes})
    else:
        for line in [*problems, *(f"note: {note}" for note in notes)]:
            print(line)
        if not problems and not quiet:
            print(f"{len(files)} file{'s' * (len(files) > 1)} checked, nothing wrong")
    return REFUSED if problems else DONE


@command("scenarios", cls=_Command)
@accepts_more
def scenarios(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Lists the scenario files."""
    from sim.scenario import find_scenarios

    found = find_scenarios()
    if as_json:
        print_json({"scenarios": [{"name": name, "path": str(path), "title": title} for name, path, title in found]})
    else:
        print_table("", ("scenario", "what it is"), [(name, title) for name, _, title in found])
    return DONE


@command("show", cls=_Command)
@accepts_more
def show(
    file: File,
    path: Annotated[str | None, typer.Argument(help="One figure, such as diary.appointments_per_day, or a section.")] = None,
    diff: Annotated[str | None, typer.Option(metavar="OTHER", help="Show what differs from this scenario, and why.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Shows the figures of a scenario. All of them, one with source, quality and range, or what differs from another."""
    from sim.experiments.words import refused
    from sim.reporting.pages import difference_rows, figure_rows
    from sim.scenario import load
    from sim.scenario.paths import suggest
    from sim.scenario.yaml12 import to_yaml

    scenario = load(file)
    if diff is not None:
        rows = difference_rows(scenario, load(diff), path)
        if as_json:
            print_json({"differences": rows})
        else:
            table = [(row["path"], row["other"], row["value"], row["why"]) for row in rows]
            print_table(f"{scenario.name} beside {diff}", ("figure", diff, scenario.name, "why"), table)
    elif path is not None:
        figures = figure_rows(scenario, path)
        if not figures:
            raise refused(scenario.file, f"has no figure `{path}`", suggest(path.split(".")))
        if as_json:
            print_json({"scenario": scenario.name, "figures": figures})
        else:
            header = ("figure", "value", "unit", "quality", "source", "range", "why or note")
            print_table(scenario.name, header, [tuple(str(row[key]) for key in row) for row in figures])
    elif as_json:
        print_json(scenario.resolved())
    else:
        print(to_yaml(scenario.resolved()), end="")
    return DONE


@command("trace", cls=_Command)
@accepts_more
def trace(
    source: Annotated[str, typer.Argument(metavar="RUN", help="An event log kept in a run folder (.parquet), or a scenario.")],
    coach: Annotated[int | None, typer.Option(min=0, help="A coach by number; with --date.")] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day to show.")] = None,
    customer: Annotated[int | None, typer.Option(min=0, help="A customer by number: a year of appointments.")] = None,
    number: Annotated[int, typer.Option("--run", min=0, help="Which run of a scenario.")] = 0,
    seed: Seed = 1,
    engine: Engine = "compiled",
    sets: Sets = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Shows a coach's day or a customer's year. It is read from the event log of a run."""
    from sim.experiments.asking import log_of
    from sim.experiments.words import date_of, refused
    from sim.reporting.progress import tell_of_model
    from sim.reporting.trace import TraceError, coach_day, customer_year

    if customer is not None and coach is None and date is None:
        page_of = functools.partial(customer_year, customer=customer)
    elif customer is None and coach is not None and date is not None:
        page_of = functools.partial(coach_day, coach=coach, date=date_of(date))
    else:
        raise refused("--coach", "what is to be shown?", "give --coach with --date, or --customer")
    if not source.endswith(".parquet"):
        tell_of_model(quiet)
    log = log_of(source, number, seed, engine, sets or ())
    try:
        page = page_of(log)
    except TraceError as error:
        raise refused(source, str(error)) from error
    if as_json:
        print_json({"digest": log.digest, **page.as_data()})
    else:
        print(page.as_text(), end="")
    return DONE


@command("verify", cls=_Command)
@accepts_more
def verify(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="Scenario files, or bare names of some.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All scenario files.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Number of runs of each scenario.")] = 2,
    seed: Seed = 1,
    weeks: Annotated[int | None, typer.Option(min=1, help="Counted weeks; later changes are left out.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Plays runs on both engines and compares the logs row by row. Where they part it tells the first event and both offices."""
    from sim.experiments.verifying import scenarios_to_verify, verified
    from sim.reporting.parting_words import in_text, outcome, verify_document
    from sim.reporting.progress import progress, tell_of_model

    scenarios = scenarios_to_verify(files or (), every, weeks)
    tell_of_model(quiet)
    found = []
    for one in verified(scenarios, seed, runs, progress(quiet)):
        found.append(one)
        if one.parting is not None and not as_json:
            print(in_text(one.parting))
        elif not (as_json or quiet):
            print(outcome(one), flush=True)
    if as_json:
        print_json(verify_document(found, seed))
    return CHECK_FAILED if any(one.parting for one in found) else DONE


@command("bench", cls=_Command)
@accepts_more
def bench(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The scenario whose year is timed.")] = "baseline",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in which all take their turn; 6 are the fewest for a verdict.")] = 6,
    full: Annotated[bool, typer.Option("--full", help="Also plain SimPy, two processes, 230 and 2,300 coaches: minutes.")] = False,
    seed: Seed = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Measures the speed on this machine. Both engines beside programs in C and SimPy, as ratios with intervals."""
    from sim.experiments import bench as timed
    from sim.reporting.progress import tell_of_model
    from sim.scenario import load

    scenario = load(file)
    tell_of_model(quiet)
    found = timed.bench(scenario, rounds, seed, full, lambda text: None if quiet else print(text, file=sys.stderr))
    if as_json:
        print_json(found)
    else:
        header = ("what", "ratio", "interval", "rounds", "target", "verdict")
        print_table(f"Speed as ratios: {found['scenario']}, seed {seed}", header, timed.ratio_rows(found))
        print_table("Median times", ("what", "time"), timed.second_rows(found))
        if not quiet:
            print("\n".join(timed.notes(found)))
    return DONE


@command("doctor", cls=_Command)
@accepts_more
def doctor(
    warm: Annotated[bool, typer.Option("--warm", help="Also compile the model for both engines now.")] = False,
    out: Out = Path("outputs"),
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what does not work.")] = False,
) -> int:
    """Says what works on this machine and what does not. Exit status 1 if something is missing that runs need."""
    from sim.experiments.doctor import OK, findings, works
    from sim.reporting.progress import compiling

    found = findings(out)
    warmed, said = None, ""
    if warm and works(found):
        from sim.experiments.warming import warm_all, warmed_words

        warmed = warm_all(compiling(quiet))
        found, said = findings(out), warmed_words(warmed)
    if as_json:
        # not print_json, which needs packages that may be missing
        print(json.dumps({"works": works(found), "findings": [one._asdict() for one in found], "warmed": warmed}, indent=2))
    else:
        for one in found:
            if one.state != OK or not quiet:
                print(f"{one.what:<16}{one.state:<10}{one.words}" + (f"; to do: {one.advice}" if one.advice else ""))
        if said and not quiet:
            print(said)
    return DONE if works(found) else CHECK_FAILED


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    given = list(sys.argv[1:] if words is None else words)
    try:
        ready_streams()
        status = app(args=given or ["--help"], prog_name="jobcentre", standalone_mode=False)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        status = say_error(error, "--json" in given)
    sys.exit(status or DONE)


class _Ask(NamedTuple):
    """What `run` and `compare` were asked."""

    files: list[str]
    runs: int
    seed: int
    jobs: int | None
    engine: str
    out: Path
    sets: list[str] | None
    weeks: int | None
    events: bool
    fail_if: list[str] | None
    as_json: bool
    quiet: bool


def _make(ask: _Ask, document: Callable[..., dict[str, Any]]) -> int:
    """Makes the runs and prints them; everything is read and checked before anything is written."""
    from sim.experiments.asking import engine_of, limits_of, scenarios_of
    from sim.experiments.carry_out import How, carry_out
    from sim.experiments.limits import holding
    from sim.experiments.runners import default_jobs
    from sim.outputs import experiment
    from sim.reporting.documents import facts_of
    from sim.reporting.progress import progress, tell_of_model

    limits, scenarios = limits_of(ask.fail_if or ()), scenarios_of(ask.files, ask.sets or (), ask.weeks)
    first = next(iter(scenarios))
    asked = experiment(first if len(scenarios) == 1 else f"compare-{first}", scenarios, ask.seed, ask.out)
    tell_of_model(ask.quiet)
    jobs = default_jobs() if ask.jobs is None else ask.jobs
    how = How(jobs, engine_of(ask.engine), ask.events, ["jobcentre", *sys.argv[1:]], progress(ask.quiet))
    results = carry_out(asked, ask.runs, how)
    summaries = results.summaries()
    broken = holding(limits, summaries)
    if ask.as_json:
        print_json(document(results, summaries, facts_of(asked.folder, ask.runs, ask.seed, ask.engine, results, broken)))
    else:
        print_results(asked, results, summaries, ask.runs, ask.seed, ask.quiet)
    for text in broken:
        print(f"failed: {text}", file=sys.stderr)
    return CHECK_FAILED if broken or results.failed else DONE


if __name__ == "__main__":
    main()
