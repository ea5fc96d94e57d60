"""Makes the runs of a staffing question, for each response to strain and for doubt about the figures, and writes its folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.metrics import HEADLINES
from jobcentre.metrics.windows import headline_window
from jobcentre.runs import requests, store
from jobcentre.runs.batches import RunId
from jobcentre.runs.draws import drawn_values, uncertain_inputs
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, Procedure, Work, command_record, execute
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import Experiment, begin, csv_text, experiment, json_text, write_folder
from jobcentre.runs.machine import provenance
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.runs.results import RunResults
from jobcentre.runs.store import Run
from jobcentre.runs.variants import FIRST_DRAW, points_by_response
from jobcentre.scenario import Scenario
from jobcentre.stats.beta_binomial import ShareOfSets, share_of_sets
from jobcentre.stats.interim_looks import FIRST_LOOK_RUNS
from jobcentre.studies.levers import since, with_value
from jobcentre.studies.request import refuse_too_few_weeks
from jobcentre.studies.staffing_search import LookPlan, StaffingAnswer, StaffingQuestion, all_met, near, plan_of, search, takes_for_enough

FILE, TABLE = "staffing.json", "staffing.csv"
#: Values for which doubt about the figures is played out.
DOUBTED = 6


@dataclass(frozen=True)
class StaffingStudy:
    """A staffing question with the folder that receives it; `scenarios` are those of all values, in order of generosity."""

    question: StaffingQuestion
    base: Scenario
    experiment: Experiment
    scenarios: Sequence[Scenario]

    @property
    def names(self) -> list[str]:
        """Names of the scenarios in order of generosity."""
        return [scenario.name for scenario in self.scenarios]


@dataclass(frozen=True)
class UncertaintyResult:
    """What doubt about the assumed figures does: the share of sets of figures with which a value is enough, by value."""

    sets: int
    runs: int
    figures: int
    shares: Sequence[tuple[float, ShareOfSets]]


@dataclass(frozen=True)
class StaffingResult:
    """The answer as the scenario stands, with each response to strain, and under doubt."""

    request: StaffingStudy
    plan: LookPlan
    answer: StaffingAnswer
    by_response: Mapping[str, StaffingAnswer]
    doubt: UncertaintyResult | None
    failed: int  # runs, which count as not meeting the targets


def staffing_request(question: StaffingQuestion, base: Scenario, seed: int, out: Path) -> StaffingStudy:
    """The experiment of a question; the folder does not depend on targets, so that other targets use the same runs."""
    refuse_too_few_weeks([base])
    scenarios = [with_value(base, question.lever, value) for value in question.values]
    lever = question.lever.name.split(".")[-1]
    asked = experiment(f"staffing-{base.name}-{lever}", {one.name: one for one in scenarios}, seed, out)
    return StaffingStudy(question, base, asked, scenarios)


def run_staffing(
    asked: StaffingStudy, runs: int | None, most_runs: int, sets: int, runs_each: int, how: ExecutionOptions
) -> StaffingResult:
    """Makes the runs that the question needs and are not there yet, and writes the folder."""
    begun = dt.datetime.now(dt.UTC)
    how = how._replace(by_week=False)
    ends = {one.name: one for one in (asked.scenarios[0], asked.scenarios[-1])}
    how = how._replace(jobs=jobs_that_fit(ends, runs or most_runs, how.jobs))
    folder = asked.experiment.folder
    question = asked.question
    request = requests.StaffingRequest(
        scenario=question.scenario, lever=question.lever.name, more_is_generous=question.lever.more_is_generous,
        values=sorted(question.values), targets=[str(target) for target in question.targets], probability=question.probability,
        runs=runs, max_runs=most_runs, draws=sets, runs_each=runs_each, responses=how.responses,
    )  # fmt: skip
    begin(asked.experiment, request)
    plan = _plan(folder, runs, most_runs)
    made, (answer, by_response, doubt, used) = execute(staffing_work(asked, plan, sets, runs_each, how), how)
    found = StaffingResult(asked, plan, answer, by_response, doubt, sum(run.failure is not None for run in used.runs.values()))
    _write(found, request, used, command_record(how, begun, made))
    return found


def document(found: StaffingResult) -> dict[str, Any]:
    """The answer as the JSON document that scripts and the report read."""
    question = found.request.question
    takes = takes_for_enough(found.plan, question.probability)
    return {
        "scenario": question.scenario,
        "lever": question.lever.name,
        "unit": [question.lever.one, question.lever.many],
        "weeks": found.request.base.settings.period.weeks,
        "window": headline_window(found.request.base).document,
        "acts": since(found.request.base, question.lever),
        "values": sorted(question.values),
        "more_is_generous": question.lever.more_is_generous,
        "targets": [str(target) for target in question.targets],
        "probability": question.probability,
        "intervals": found.plan.kind,
        "runs_asked": found.plan.runs_requested,
        "seen_before": found.plan.seen,
        "enough_takes": None if takes is None else {"runs": takes[0], "max_runs": takes[1]},
        **_told(found.answer, question),
        "responses": {response: _told(answer, question) for response, answer in found.by_response.items()},
        "doubt": None if found.doubt is None else _doubt_told(found.doubt),
    }


class Answers(NamedTuple):
    """The answers to a staffing question, and the runs on which they rest."""

    answer: StaffingAnswer
    by_response: dict[str, StaffingAnswer]
    doubt: UncertaintyResult | None
    used: UsedRuns


def staffing_work(asked: StaffingStudy, plan: LookPlan, sets: int, runs_each: int, how: ExecutionOptions) -> Work[Answers]:
    """The runs of a staffing question."""
    provider = PlainScenarios(asked.experiment.scenarios, asked.experiment.seed)
    kept = KeptRuns(asked.experiment.folder, provider, how)
    points = max(1, len(points_by_response(asked.base))) if how.responses else 1
    at_most = plan.looks[-1][0] * points * len(asked.scenarios) + sets * runs_each * min(DOUBTED, len(asked.scenarios))
    return Work(provider, _answers(asked, plan, UsedRuns(asked, kept), sets, runs_each, how.responses), kept, at_most)


def _answers(asked: StaffingStudy, plan: LookPlan, used: UsedRuns, sets: int, runs_each: int, responses: bool) -> Procedure[Answers]:
    """The search as the scenario stands, then that with each response to strain, then doubt about the figures."""
    answer = yield from search(asked.question, plan, used.first)
    by_response: dict[str, StaffingAnswer] = {}
    for response, point in (points_by_response(asked.base) if responses else {}).items():
        at_point = partial(used.first, point=point)
        by_response[response] = (yield from search(asked.question, plan, at_point, near(asked.question, answer))) if point else answer
    doubt = (yield from _doubt(asked, answer, used, sets, runs_each)) if sets else None
    return Answers(answer, by_response, doubt, used)


class UsedRuns:
    """The runs on which the answers of a question rest, by scenario, point and run."""

    def __init__(self, asked: StaffingStudy, kept: KeptRuns) -> None:
        self.asked, self.kept = asked, kept
        self.runs: dict[tuple[str, int, int], Run] = {}

    def first(self, places: Sequence[int], number: int, point: int = 0) -> Procedure[dict[int, Sequence[Run]]]:
        """The first so many runs of each value at a point."""
        return self.take(places, [(point, run) for run in range(number)])

    def take(self, places: Sequence[int], wanted: Sequence[tuple[int, int]]) -> Procedure[dict[int, Sequence[Run]]]:
        """These runs, given as point and number, of each value."""
        names = [self.asked.scenarios[place].name for place in places]
        yield [RunId(name, run, point) for point, run in wanted for name in names]
        for name in names:
            runs_at = {point: self.kept.at(name, point) for point in dict.fromkeys(point for point, _ in wanted)}
            self.runs |= {(name, point, run): runs_at[point][run] for point, run in wanted}
        return {place: [self.runs[name, point, run] for point, run in wanted] for place, name in zip(places, names, strict=True)}

    def results(self, plan: LookPlan) -> RunResults:
        """All runs used, by scenario and point, with headline metrics and those of targets: there are too many for all metrics."""
        told = {(metric, None) for metric in HEADLINES} | {target.key for target in self.asked.question.targets}
        found: dict[int, dict[str, list[Run]]] = {}
        for name, point, number in sorted(self.runs):
            run = self.runs[name, point, number]
            metrics = {key: pair for key, pair in run.metrics.items() if key in told}
            found.setdefault(point, {}).setdefault(name, []).append(run._replace(metrics=metrics))
        names = [name for name in self.asked.names if any(name in mine for mine in found.values())]
        runs = {point: {name: mine.get(name, []) for name in names} for point, mine in found.items()}
        return RunResults(runs[0], plan.kind, {str(point): runs[point] for point in sorted(runs) if point})


def _plan(folder: Path, runs: int | None, most_runs: int) -> LookPlan:
    """The looks; a number of runs chosen beforehand is *fixed* only in a folder whose results nobody has seen with another."""
    with store.opened(folder) as opened:
        store.record_look(opened, 0 if runs is None else runs)
        seen = store.looks(opened)
    fixed = runs is not None and (seen == [runs] or runs < FIRST_LOOK_RUNS)
    plan = plan_of(runs, runs) if runs is not None and fixed else plan_of(None, most_runs if runs is None else runs)
    return plan._replace(runs_requested=runs, seen=runs is not None and seen != [runs])


def _doubt(asked: StaffingStudy, answer: StaffingAnswer, used: UsedRuns, sets: int, runs_each: int) -> Procedure[UncertaintyResult]:
    """Sets of figures drawn from their ranges, the same for every value; each set has runs of its own."""
    question = asked.question
    places = _doubted(question, answer)
    wanted = [(FIRST_DRAW + number, number * runs_each + run) for number in range(sets) for run in range(runs_each)]
    shares = []
    taken = yield from used.take(places, wanted)
    for place, runs in taken.items():
        met = [all_met(run, question.targets) for run in runs]
        counts = [sum(met[start : start + runs_each]) for start in range(0, len(met), runs_each)]
        shares.append((question.values[place], share_of_sets(counts, runs_each, question.probability)))
    return UncertaintyResult(sets, runs_each, len(uncertain_inputs(asked.scenarios[0])), shares)


def _doubted(question: StaffingQuestion, answer: StaffingAnswer) -> list[int]:
    """The values for which doubt is played out: those of the answer, and more generous ones that were tried."""
    tried = [question.values.index(one.value) for one in answer.candidates]
    first = question.values.index(answer.low) if answer.low is not None else tried[-1]
    chosen = [place for place in tried if place >= first]
    if len(chosen) <= DOUBTED:
        return chosen
    step = (len(chosen) - 1) / (DOUBTED - 1)
    return sorted({chosen[round(number * step)] for number in range(DOUBTED)})


def _write(found: StaffingResult, request: requests.StaffingRequest, used: UsedRuns, command: dict[str, Any]) -> None:
    asked = found.request
    results = used.results(found.plan)
    store.rewrite_canonically(asked.experiment.folder)
    files = {FILE: [json_text(document(found))], TABLE: [_table(found)]}
    if points := _points(found):
        files["points.csv"] = [csv_text(("point", "figure", "value"), points)]
    with store.opened(asked.experiment.folder):
        write_folder(asked.experiment, request, results, files, {**provenance(), "command": command})


def _points(found: StaffingResult) -> list[tuple[int, str, Any]]:
    asked = found.request
    points = points_by_response(asked.base) if found.by_response else {}
    rows: list[tuple[int, str, Any]] = [(point, "strain.response", response) for response, point in points.items() if point]
    for number in range(found.doubt.sets if found.doubt else 0):
        rows += [
            (FIRST_DRAW + number, path, value) for path, value in drawn_values(asked.scenarios[0], asked.experiment.seed, number).items()
        ]
    return rows


def _table(found: StaffingResult) -> str:
    targets = found.request.question.targets
    header = ["response", "value", "runs", "met", "probability", "low", "high", "level", "state"]
    for number in range(1, len(targets) + 1):
        header += [f"target_{number}", f"met_{number}", f"mean_{number}", f"low_{number}", f"high_{number}"]
    header += ["cost", "cost_low", "cost_high", "contact", "contact_low", "contact_high"]
    rows: list[list[Any]] = []
    for response, answer in _by_response(found):
        for one in answer.candidates:
            row: list[Any] = [response, one.value, one.runs, one.met, one.probability, one.low, one.high, one.level, one.state]
            for target, each, mean in zip(targets, one.each, one.means, strict=True):
                row += [str(target), each, mean.mean, mean.low, mean.high]
            rows.append([*row, *(end for found in (one.cost, one.contact) for end in (found.mean, found.low, found.high))])
    return csv_text(header, rows)


def _by_response(found: StaffingResult) -> Iterator[tuple[str, StaffingAnswer]]:
    """The answer as the scenario stands (no response named), then those of the other responses."""
    yield "", found.answer
    yield from ((response, answer) for response, answer in found.by_response.items() if answer is not found.answer)


def _told(answer: StaffingAnswer, question: StaffingQuestion) -> dict[str, Any]:
    generous = question.lever.more_is_generous
    ends = [answer.low, answer.high] if generous else [answer.high, answer.low]
    rows = [
        {
            "value": one.value, "runs": one.runs, "met": one.met, "probability": one.probability, "low": one.low, "high": one.high,
            "level": one.level, "state": one.state, "failed": one.failed,
            "targets": [
                {"target": str(target), "met": each, "mean": mean.mean, "low": mean.low, "high": mean.high, "without_value": without}
                for target, each, mean, without in zip(question.targets, one.each, one.means, one.without, strict=True)
            ],
            "cost": one.cost.mean, "cost_low": one.cost.low, "cost_high": one.cost.high,
            "contact": one.contact.mean, "contact_low": one.contact.low, "contact_high": one.contact.high,
        }
        for one in answer.candidates
    ]  # fmt: skip
    return {
        "answer": ends,
        "reachable": answer.reachable,
        "undecided": list(answer.undecided),
        "candidates": sorted(rows, key=lambda row: row["value"]),
        "cost_step": None if answer.step is None else answer.step._asdict(),
        "violations": [{"value": one.value, "fewer_than": one.better_than, "p": one.p} for one in answer.violations],
    }


def _doubt_told(doubt: UncertaintyResult) -> dict[str, Any]:
    values = [{"value": value, **share._asdict()} for value, share in doubt.shares]
    return {"sets": doubt.sets, "runs_each": doubt.runs, "figures": doubt.figures, "values": sorted(values, key=lambda row: row["value"])}
