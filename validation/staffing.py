"""The staffing question for the Oxford surge: a manager's answer, its range over the responses to strain, and brute force beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jobcentre.report import staffing_text as words
from jobcentre.report.elements import plain
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Work, execute, fixed_set
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import load
from jobcentre.stats.exact import clopper_pearson
from jobcentre.stats.fixed_sequence import sequence_result
from jobcentre.stats.share_at_looks import bounds
from jobcentre.studies.conditions import read_condition
from jobcentre.studies.levers import lever_of, values_of
from jobcentre.studies.staffing import StaffingStudy, document, run_staffing, staffing_request
from jobcentre.studies.staffing_search import StaffingQuestion, all_met, state_of
from validation.pages import SEED, table

SCENARIO = "oxford_surge_step"
PROBABILITY = 0.9
#: Where runs are kept, so that the page can be made again, or gone on with, without new ones.
OUT = Path("outputs")
RANGE = "20:46"
WITHIN_REACH = ("overloaded_share<=0.25", "missed_share<=0.175")
OUT_OF_REACH = ("overloaded_share<=0.10", "missed_share<=0.15")
BRUTE_RUNS, SETS, RUNS_EACH, MOST_RUNS = 100, 30, 5, 200
LEVEL = 0.95


def staffing_page(runs: int = BRUTE_RUNS) -> str:
    """The page; brute force gives every value so many runs."""
    request, options = _request("coaches", RANGE, WITHIN_REACH), _how(responses=True)
    result = document(run_staffing(request, None, MOST_RUNS, SETS, RUNS_EACH, options))
    beyond = _request("coaches", RANGE, OUT_OF_REACH)
    never = document(run_staffing(beyond, None, MOST_RUNS, 0, 0, _how(responses=False)))
    caps = document(run_staffing(_request("appointments_per_day", "8:27", WITHIN_REACH[:1]), None, MOST_RUNS, 0, 0, _how(responses=False)))
    return "\n\n".join([
        "# How many coaches would the Oxford surge take?",
        f"`{SCENARIO}`, seed {SEED}; made by `make assurance`. Each office-year is the counted period of one run. Every value meets the "
        "same customers with the same luck. Intervals cover chance between runs only, but for the section on doubt. What happened in "
        "Oxford was not used.",
        "## Targets within reach", _command("coaches", RANGE, WITHIN_REACH, " --uncertain --draws 30"), *_answer(result),
        "## The range over the three responses to strain", *_over_responses(result),
        "## Doubt about the assumed figures", *_items(words.uncertainty_sentences(result)),
        "## Targets out of reach", _command("coaches", RANGE, OUT_OF_REACH, " --no-responses"), *_answer(never),
        "## Fewer appointments instead", _command("appointments_per_day", "8:27", WITHIN_REACH[:1], " --no-responses"), *_answer(caps),
        "## Checked by brute force", *_brute(request, result, runs, options),
    ]) + "\n"  # fmt: skip


def _request(lever: str, span: str, targets: Sequence[str]) -> StaffingStudy:
    base, chosen = load(SCENARIO), lever_of(lever, None)
    values = values_of(span, chosen, base)
    in_order = values if chosen.more_is_generous else values[::-1]
    question = StaffingQuestion(SCENARIO, chosen, in_order, [read_condition(condition, "--target") for condition in targets], PROBABILITY)
    return staffing_request(question, base, SEED, OUT)


def _how(responses: bool) -> ExecutionOptions:
    return ExecutionOptions(default_jobs(), "compiled", command_line=("make assurance",), responses=responses)


def _command(lever: str, span: str, targets: Sequence[str], more: str) -> str:
    targets_text = " ".join(f'--target "{target}"' for target in targets)
    turned = "" if lever == "coaches" else f" --lever {lever}"
    return f"    jobcentre staffing {SCENARIO} {targets_text} --probability {PROBABILITY}{turned} --range {span}{more}"


def _answer(result: dict[str, Any]) -> Iterator[str]:
    yield f"**{plain(words.headline(result))}**"
    yield "\n".join(f"- {plain(reason)}" for reason in words.reasons(result))
    yield _table(words.header(result), [words.row_of(row) for row in result["candidates"]])
    yield _table(words.means_header(result), [words.means_of(row) for row in result["candidates"]])


def _over_responses(result: dict[str, Any]) -> Iterator[str]:
    over = words.over_responses(result)
    yield plain(over) if over else ""
    for response, answer in result["responses"].items():
        response_name = "" if answer["candidates"] == result["candidates"] else response
        yield f"At a {response} response: {plain(words.headline(result, answer))}"
        yield "\n".join(f"- {plain(reason)}" for reason in words.reasons(result, answer, response_name))


def _items(items: Sequence[Any]) -> Iterator[str]:
    yield plain(items[0])
    yield "\n".join(f"- {plain(item)}" for item in items[1:])


def _brute(request: StaffingStudy, result: dict[str, Any], runs: int, options: ExecutionOptions) -> Iterator[str]:
    """Every value with the same number of runs, beside what the search said."""
    question = request.question
    met = _met_by_all(request, runs, options)
    share = [met[place][0] / met[place][1] for place in range(len(met))]
    from_here = [place for place in range(len(share)) if min(share[place:]) >= PROBABILITY]
    first = f"{question.values[from_here[0]]:g}" if from_here else "none"
    low, high = (f"{end:g}" if end is not None else "–" for end in result["answer"])
    used = sum(row["runs"] for row in result["candidates"])
    yield (
        f"All {len(share)} values with {runs} runs each, their number chosen beforehand. The smallest value from which on at least "
        f"{PROBABILITY:.0%} of these runs meet the targets is {first}; the search, with {used} runs instead of {len(share) * runs}, "
        f"answered {low} to {high}."
    )
    falls = [f"{question.values[place + 1]:g}" for place in range(len(share) - 1) if share[place + 1] < share[place]]
    yield f"More coaches meeting the targets in fewer of the same runs: {', '.join(falls) or 'at no value'}."
    (bound,) = bounds(((runs, LEVEL),), PROBABILITY)
    reached = {place: True if count >= bound.reached else False if count <= bound.missed else None for place, (count, _) in met.items()}
    shown = sequence_result(reached)
    states = {row["value"]: words.STATES[row["state"]] for row in result["candidates"]}
    rows = []
    for place, value in enumerate(question.values):
        ends = clopper_pearson(*met[place], LEVEL)
        limits = f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f} %"
        own = words.STATES[state_of(place, shown)]
        rows.append([f"{value:g}", f"{met[place][0]} of {met[place][1]}", limits, own, states.get(value, "not tried")])
    yield _table(["coaches", "met", "limits", "brute force says", "the search says"], rows)


def _met_by_all(request: StaffingStudy, runs: int, options: ExecutionOptions) -> dict[int, tuple[int, int]]:
    """Counts the runs of each value that meet the targets, and all its runs."""
    provider, options = PlainScenarios(request.experiment.scenarios, request.experiment.seed), options._replace(by_week=False)
    run_ids = [RunId(name, run) for run in range(runs) for name in request.names]
    execute(Work(provider, fixed_set(run_ids), KeptRuns(request.experiment.folder, provider, options), len(run_ids)), options)
    met = {}
    with store.opened(request.experiment.folder) as opened:
        for place, name in enumerate(request.names):
            good_runs = [run for run in store.read(opened, name) if run.run < runs]
            met[place] = sum(all_met(run, request.question.targets) for run in good_runs), len(good_runs)
    return met


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    return table([plain(cell) for cell in head], [[plain(cell) for cell in row] for row in rows])
