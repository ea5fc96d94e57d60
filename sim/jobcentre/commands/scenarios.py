"""Commands about scenario files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jobcentre.commands.options import AsJson, File, Quiet, command
from jobcentre.commands.output import DONE, REFUSED, print_json
from jobcentre.commands.printing import print_err, print_line, print_out, print_table
from jobcentre.terminal_text import in_one_line


@command("jobcentre scenarios")
def scenarios(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Lists the scenario files."""
    from jobcentre.scenario import find_scenarios

    files = find_scenarios()
    if as_json:
        print_json({"scenarios": [file._asdict() | {"path": str(file.path)} for file in files]})
    else:
        print_table("", ("scenario", "catalogue", "what it is"), [(file.name, file.catalogue, file.title) for file in files])
    return DONE


@command("jobcentre init --office --answers our_answers.csv")
def init(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder for the files; else `scenarios` here (in a clone: `my_scenarios`).")
    ] = None,
    office: Annotated[bool, typer.Option("--office", help="Ask ten questions and write the scenario of this office.")] = False,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Answers to the questions: columns question and answer. Implies --office.")
    ] = None,
    template: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write an empty file of answers, and nothing else.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Writes scenario files to begin with. Starters with comments, or the scenario of an office from ten answers (--office)."""
    from jobcentre.scenario import load
    from jobcentre.scenario.errors import usage_error
    from jobcentre.studies import starter as writing
    from jobcentre.studies.questionnaire import ask_questions, doubts, read_answers

    if template is not None and (office or answers is not None):
        raise usage_error("--template", "is given with --office or --answers", "first write the template, then fill it in")
    if office and answers is None and not sys.stdin.isatty():
        raise usage_error(
            "--office", "there is no terminal to ask at", "give --answers FILE.csv; --template FILE.csv writes one to fill in"
        )
    target = writing.folder_for(folder)
    if template is not None:
        done = writing.write_template(template, load("baseline").settings, force)
    elif office or answers is not None:
        base = load("baseline").settings
        if answers is None:
            writing.check_room_for_office(target, force)
        answer_values = read_answers(answers, base) if answers is not None else ask_questions(base, _read, _say)
        done = writing.write_office(target, answer_values, base, force)
        if answers is not None:
            done = done._replace(notes=[*doubts(answer_values, base), *done.notes])
    else:
        done = writing.write_starters(target, force)
    if as_json:
        print_json(done._asdict())
    elif not quiet:
        for name in done.written:
            print_line(f"{'replaced' if name in done.replaced else 'written'}: {done.folder / name}")
        if not done.written:
            print_line(f"nothing to write: all files are in {done.folder} already")
        for note in done.notes:
            print_line(f"note: {note}")
        if scenario := next((name for name in done.written if name.endswith(".yaml")), None):
            print_line(f"Next: jobcentre check {done.folder / scenario}")
    return DONE


def _read() -> str:
    """A line of the terminal; its end before the last answer is no answer."""
    from jobcentre.scenario.errors import usage_error

    line = sys.stdin.readline()
    if not line:
        raise usage_error("--office", "the answers ended before the last question", "nothing was written; begin again, or give --answers")
    return line


def _say(text: str) -> None:
    print_err(text, end="")


@command("jobcentre check scenarios/oxford_before.yaml")
def check(
    files: Annotated[list[str], typer.Argument(help="Files of scenarios or plans, or bare names of some under scenarios/.")],
    trial: Annotated[bool, typer.Option(help="Also run each once, and say on which share of coach-days the daily cap is reached.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Says what is wrong with files of scenarios and plans. All problems at once: file, line, path, and what was probably meant."""
    from jobcentre.commands.progress import checking
    from jobcentre.report.evidence import change_text
    from jobcentre.scenario import change_history, check_file, load
    from jobcentre.studies.sweep_plan_file import check_plan_file, is_plan

    plans = [file for file in files if is_plan(file)]
    tell = checking(quiet, "the points of a plan")
    problems = [problem for file in files for problem in (check_plan_file(file, tell) if file in plans else check_file(file))]
    notes: list[str] = []
    if not problems and not quiet and len(plans) < len(files):
        from jobcentre.commands.progress import announce_compiling
        from jobcentre.studies.sanity_checks import notes as notes_on

        announce_compiling(not trial)
        notes = [note for file in files if file not in plans for note in notes_on(load(file), trial)]
    if not problems and not quiet:
        from jobcentre.studies.sweep_plan import notes as notes_on_plan
        from jobcentre.studies.sweep_plan_file import read_plan, scenarios_of

        notes += [note for plan in map(read_plan, plans) for note in notes_on_plan(plan, scenarios_of(plan))]
    histories = {file: change_history(file) for file in files if file not in plans and not problems}
    inherited = {file: changes for file, changes in histories.items() if any(change.scenario != Path(file).stem for change in changes)}
    if as_json:
        print_json({"problems": problems, "notes": notes, "changes": histories})
    else:
        for line in [*problems, *(f"note: {note}" for note in notes)]:
            print_line(str(line))
        for file, changes in inherited.items() if not quiet else ():
            print_out("\n  ".join([in_one_line(f"Changes of {file}:"), *(in_one_line(change_text(change)) for change in changes)]))
        if not problems and not quiet:
            print_out(f"{len(files)} file{'s' * (len(files) > 1)} checked, nothing wrong")
    return REFUSED if problems else DONE


@command("jobcentre show oxford_before diary.appointments_per_day")
def show(
    file: File,
    path: Annotated[str | None, typer.Argument(help="One figure, such as diary.appointments_per_day, or a section.")] = None,
    diff: Annotated[str | None, typer.Option(metavar="OTHER", help="Show what differs from this scenario, and why.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="YYYY-MM-DD", help="Show the figures in force on this date.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Shows the figures of a scenario. All of them, one with its dates, source, quality and range, or what differs from another."""
    from jobcentre.report.evidence import change_text, difference_cells, difference_rows, figure_cells, figure_rows
    from jobcentre.scenario import change_history, in_force, load
    from jobcentre.scenario.errors import usage_error
    from jobcentre.scenario.schema_paths import suggest
    from jobcentre.scenario.yaml_file import to_yaml
    from jobcentre.studies.request import date_of

    scenario = load(file)
    if at is not None:
        scenario = in_force(scenario, date_of(at, "--at"))
    if diff is not None:
        scenario_to_compare = load(diff) if at is None else in_force(load(diff), date_of(at, "--at"))
        if as_json:
            print_json({"differences": difference_rows(scenario, scenario_to_compare, path)})
        else:
            table = difference_cells(scenario, scenario_to_compare, path)
            print_table(f"{scenario.name} beside {diff}", ("figure", diff, scenario.name, "why"), table)
    elif path is not None:
        figures = figure_rows(scenario, path)
        if not figures:
            raise usage_error(scenario.file, f"has no figure `{path}`", suggest(path.split(".")))
        if as_json:
            print_json({"scenario": scenario.name, "figures": figures})
        else:
            header = ("figure", "from", "value", "unit", "quality", "source", "range", "why or note")
            print_table(scenario.name, header, figure_cells(scenario, path, "the start" if at is None else f"in force on {at}"))
    elif as_json:
        print_json(scenario.resolved())
    else:
        for change in change_history(file) if at is None else ():
            print_out(f"# change {change_text(change)}")
        print_out(to_yaml(scenario.resolved()), end="")
    return DONE


@command("jobcentre upgrade our_office.yaml our_surge.yaml")
def upgrade(
    files: Annotated[list[str], typer.Argument(help="Files of scenarios, plans or answers; what a scenario extends comes along.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Rewrites files of an earlier format. Comments and layout stay, the difference is shown, and scenarios mean what they meant."""
    from jobcentre.studies.upgrade_files import difference, upgraded, write

    rewritten = upgraded(files)
    if not dry_run:
        write(rewritten)
    if as_json:
        changed = [{"path": str(file.path), "difference": difference(file)} for file in rewritten]
        print_json({"files": changed, "written": bool(rewritten) and not dry_run})
    elif not quiet:
        for file in rewritten:
            print_out(difference(file), end="")
        count = f"{len(rewritten)} file{'s' * (len(rewritten) != 1)}"
        print_out(f"{count} {'would be ' * dry_run}rewritten" if rewritten else "Nothing to change: all files are of the present format")
    return DONE


@command("jobcentre schema > scenario.schema.json")
def schema(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Prints the JSON Schema of scenario files. An editor that has it offers names, shows units and limits, and marks mistakes."""
    from jobcentre.scenario.json_schema import json_schema

    print_json(json_schema())
    return DONE
