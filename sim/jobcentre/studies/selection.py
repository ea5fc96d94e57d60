"""Selects the best scenario in one metric: runs only for those still in question, until one is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs import store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Procedure, Work, command_record, execute
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import Experiment, begin, csv_text, experiment, json_ready, json_text, write_folder
from jobcentre.runs.locks import StoreError
from jobcentre.runs.machine import provenance
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.runs.requests import SelectionRequest
from jobcentre.runs.results import RunResults, value_of
from jobcentre.runs.store import Run
from jobcentre.scenario import Scenario
from jobcentre.scenario.errors import did_you_mean, usage_error
from jobcentre.stats.comparisons import Better
from jobcentre.stats.kn import FEWEST_FIRST_RUNS, KnState, select
from jobcentre.studies.request import refuse_too_few_weeks

FILE = "selection.json"
#: Runs of each turn after the first: so many, or this share of those before, so that several processes have work.
TURN_RUNS, TURN_SHARE = 10, 0.25


RunsByScenario = Mapping[str, Mapping[int, Run]]  # by name, then by number


class SelectionQuestion(NamedTuple):
    """What is asked: the best in a metric, or one within the indifference of it, with this confidence."""

    metric: str
    better: Better
    indifference: float
    confidence: float
    first_runs: int

    @property
    def plan(self) -> dict[str, object]:
        """What decides which runs are made, beside how many at most."""
        return self._asdict()


class ScenarioOutcome(NamedTuple):
    """What became of one scenario; `runs` are those that entered the decision, `mean` that of their values."""

    scenario: str
    runs: int
    mean: float | None
    eliminated_at_run: int | None
    eliminated_by: str | None
    left: bool


class Selected(NamedTuple):
    """The answer: scenarios left, one if it is decided, after so many runs; `failed` are runs that did not end well."""

    question: SelectionQuestion
    decided: bool
    left: list[str]
    runs: int
    rows: list[ScenarioOutcome]
    failed: list[Run]


def question_of(
    metric: str, scenarios: int, indifference: float | None, confidence: float, first_runs: int, max_runs: int
) -> SelectionQuestion:
    """What a command line asks; without an indifference the smallest difference that matters."""
    declared = BY_NAME.get(metric)
    if declared is None:
        raise usage_error(
            "--metric", f"no metric is called `{metric}`", did_you_mean(metric, BY_NAME) or "summary.csv of any results lists them"
        )
    if declared.better is None:
        such_as = next(name for name in HEADLINES if BY_NAME[name].better)
        fix = f"choose one with a better direction, such as {such_as}"
        raise usage_error("--metric", f"of `{metric}` neither more nor less is better", fix)
    zone = declared.matters if indifference is None else indifference
    if not (np.isfinite(zone) and zone > 0):
        raise usage_error(
            "--indifference", f"{zone:g} is not above 0", f"such as {declared.matters:g}, the smallest difference that matters"
        )
    if declared.share and zone >= 1:
        raise usage_error(
            "--indifference", f"{zone:g} is no difference of shares", f"shares are fractions of one: {zone / 100:g} is {zone:g} points"
        )
    if not 1 / scenarios < confidence < 1:
        raise usage_error("--confidence", f"{confidence:g} does not lie between 1/{scenarios}, a blind choice, and 1", "such as 0.95")
    if first_runs < FEWEST_FIRST_RUNS:
        raise usage_error(
            "--first-runs", f"{first_runs} are too few to judge the spread by", f"give {FEWEST_FIRST_RUNS} or more, better 20"
        )
    if max_runs < first_runs:
        raise usage_error("--max-runs", f"{max_runs} are fewer than the {first_runs} of --first-runs", "give more")
    return SelectionQuestion(metric, declared.better, float(zone), confidence, first_runs)


def select_best(asked: Experiment, question: SelectionQuestion, max_runs: int, how: ExecutionOptions) -> Selected:
    """Makes the runs that are not there yet, writes the folder and gives the answer; interrupted, it keeps what is finished."""
    begun = dt.datetime.now(dt.UTC)
    how = how._replace(by_week=False, jobs=jobs_that_fit(asked.scenarios, question.first_runs, how.jobs))
    request = SelectionRequest(**question._asdict(), max_runs=max_runs)
    begin(asked, request)
    made, _ = execute(selection_work(asked, question, max_runs, how), how)
    store.rewrite_canonically(asked.folder)
    # what is written must be what is stored: nobody may add a run in between
    with store.opened(asked.folder) as opened:
        found = {name: {run.run: run.without_tables() for run in store.read(opened, name)} for name in asked.scenarios}
        wanted = _wanted(list(found), question, max_runs, found.__getitem__)
        if any(run.run not in found[run.scenario] for turn in wanted for run in turn):
            taken = "finished runs have been taken away while this command ran"
            raise StoreError(asked.folder / store.FILE, taken, store.SAME_COMMAND)
        answer, used = answer_of(found, question, max_runs)
        # they stop when the results say so: only intervals that allow for looks hold
        results = RunResults(used, "anytime")
        about = {**provenance(), "command": command_record(how, begun, made)}
        files = {FILE: [json_text(document(answer, max_runs))], "selection.csv": [csv_text(ScenarioOutcome._fields, answer.rows)]}
        write_folder(asked, request, results, files, about)
    return answer


def document(answer: Selected, max_runs: int) -> dict[str, Any]:
    """The answer as the JSON document that scripts and the report read."""
    return {
        **answer.question.plan,
        "max_runs": max_runs,
        "decided": answer.decided,
        "selected": answer.left[0] if answer.decided else None,
        "left": answer.left,
        "runs": answer.runs,
        "scenarios": json_ready(answer.rows),
        "failed": [{"scenario": run.scenario, "point": run.point, "run": run.run, "message": run.failure} for run in answer.failed],
    }


def selection_of(scenarios: Mapping[str, Scenario], question: SelectionQuestion, seed: int, out: Path) -> Experiment:
    """The experiment of a selection, and its folder below `out`."""
    refuse_too_few_weeks(scenarios.values())
    return experiment(f"select-{next(iter(scenarios))}", scenarios, seed, out, question.plan)


def selection_work(asked: Experiment, question: SelectionQuestion, max_runs: int, how: ExecutionOptions) -> Work[None]:
    """The runs of a selection."""
    provider, names = PlainScenarios(asked.scenarios, asked.seed), list(asked.scenarios)
    kept = KeptRuns(asked.folder, provider, how)
    return Work(provider, _wanted(names, question, max_runs, kept.at), kept, max_runs * len(names))


def _wanted(
    names: Sequence[str], question: SelectionQuestion, max_runs: int, runs_of: Callable[[str], Mapping[int, Run]]
) -> Procedure[None]:
    """First so many runs of all, then some more of those left, until one is left or the runs are at an end.

    Where this ends depends on the numbers of runs alone, so neither processes nor interruptions change what is made.
    """
    left, runs = names, question.first_runs
    while True:
        yield [RunId(name, run) for run in range(runs) for name in left]
        selection = _decision({name: runs_of(name) for name in names}, question, runs)
        if _is_over(selection, question, runs, max_runs):
            return
        left = [names[place] for place in selection.left]
        runs = _next(runs, max_runs)


def _runs_looked_at(found: RunsByScenario, question: SelectionQuestion, max_runs: int) -> int:
    """After how many runs the turns end."""
    runs = question.first_runs
    while not _is_over(_decision(found, question, runs), question, runs, max_runs):
        runs = _next(runs, max_runs)
    return runs


def _next(runs: int, max_runs: int) -> int:
    return min(runs + max(TURN_RUNS, round(TURN_SHARE * runs)), max_runs)


def _is_over(selection: KnState, question: SelectionQuestion, runs: int, max_runs: int) -> bool:
    """Whether nothing is left to do, or a whole first stage gave no value: then the metric has none here."""
    return selection.decided or runs >= max_runs or (runs == question.first_runs and max(selection.used) == 0)


def _decision(found: RunsByScenario, question: SelectionQuestion, runs: int) -> KnState:
    """The procedure over the first so many runs; a run that is not there or failed gives no value."""
    values = np.full((runs, len(found)), np.nan)
    for place, mine in enumerate(found.values()):
        for run in mine.values():
            if run.run < runs and run.failure is None:
                value = value_of(run.metrics.get((question.metric, None), (0.0, 0.0)))
                values[run.run, place] = np.nan if value is None else value
    return select(values, question.indifference, question.better, question.confidence, question.first_runs)


def answer_of(found: RunsByScenario, question: SelectionQuestion, max_runs: int) -> tuple[Selected, dict[str, list[Run]]]:
    """The answer once all turns are made, and of each scenario the runs on which it rests."""
    selection, names = _decision(found, question, _runs_looked_at(found, question, max_runs)), list(found)
    rows, used = [], {}
    for place, name in enumerate(names):
        gone = selection.eliminated.get(place)
        last = gone.runs if gone else selection.runs
        used[name] = [found[name][run] for run in range(last)]
        at, by = (gone.runs, names[gone.by]) if gone else (None, None)
        rows.append(ScenarioOutcome(name, selection.used[place], selection.means[place], at, by, gone is None))
    failed = [run for mine in used.values() for run in mine if run.failure is not None]
    return Selected(question, selection.decided, [names[place] for place in selection.left], selection.runs, rows, failed), used
