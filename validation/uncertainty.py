"""The page on uncertainty: whether calibration recovers a known truth, what it leaves of the baseline, and what could reverse a decision."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.report.tables import format_value, named
from jobcentre.report.uncertainty_text import finding, short_name
from jobcentre.runs.draws import drawn_values, uncertain_inputs, with_values
from jobcentre.runs.ensemble import Ensemble
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import experiment
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load, vary
from jobcentre.stats.exact import clopper_pearson
from jobcentre.studies.base_rates import runs_of
from jobcentre.studies.calibration import Question, run_calibration
from jobcentre.studies.compare import comparison_of, run_comparison
from jobcentre.studies.targets import Target, baseline_targets
from jobcentre.studies.uncertainty import run_uncertainty
from jobcentre.studies.validation import labelled
from validation.pages import SEED, table

#: A small office: inputs that nobody is sure of, and what its year tells.
UNSURE = {
    "demand.unscheduled_per_post_day": (1.0, 6.0),
    "groups.searching.failed_share": (0.05, 0.4),
    "groups.searching.need": (0.8, 1.4),
    "sickness.short.per_year": (0.4, 3.0),
    "money.hire_pounds": (1000.0, 9000.0),
}
SEEN = (
    ("failed_to_attend_share", "searching"),
    ("unscheduled_minutes_per_coach_day", None),
    ("conversation_time_share", None),
    ("sick_days_short_per_coach_year", None),
)
WIDTH = 0.90
SURGE = "oxford_surge_step"
OPTIONS = ("surge_demand_only", "surge_with_early_relief", "surge_with_protected_admin_90")
HIRED = 4
DRAWS, RUNS = 60, 20


class Recovered(NamedTuple):
    """Of one repeat: by input whether the members' middle nine tenths hold the truth, and their width as a share of the prior's."""

    held: tuple[bool, ...]
    width: tuple[float, ...]


def uncertainty_page(repeats: int) -> str:
    """Writes the page; one calibration of a small office for each repeat."""
    ensemble = _of_baseline()
    return "\n".join([*_recovery(repeats), *_baseline(ensemble), *_decision(ensemble)])


def _office() -> Scenario:
    from jobcentre.scenario import Evidence

    office = vary(load("baseline"), {"office.coaches": 6, "demand.posts": 6, "period.warmup_weeks": 8, "period.weeks": 26})
    evidence = {path: Evidence(("assumed",), "assumed", ends, note="a trial") for path, ends in UNSURE.items()}
    return replace(office, name="small", evidence=evidence)


def recover(number: int) -> Recovered:
    """One repeat: a truth drawn from the ranges, a year of it, and a calibration that does not know it."""
    office, how = _office(), ExecutionOptions(jobs=0, engine="compiled")
    truth = drawn_values(office, 1000 + SEED, number)
    year = runs_of({"small": with_values(office, truth, uncertain_inputs(office))}, 1, 5000 + number, how)["small"][0]
    targets = []
    for metric, group in SEEN:
        over, under = year.metrics[metric, group]
        value = over / under
        targets.append(Target(metric, metric, (group,), "", value, value, ("a year",), "", value, (), "fit", one_year=True))
    question = Question(tuple(targets), waves=2, points=64, runs=3, screened=len(UNSURE), members=200, discrepancy=0.0)
    with tempfile.TemporaryDirectory() as folder:
        found = run_calibration(experiment("recover", {"small": office}, number, Path(folder)), question, how, lambda _: None)
    held, width = [], []
    for path in UNSURE:
        values = np.array([member[found.inputs.index(path)] for member in found.members])
        low, high = np.quantile(values, ((1 - WIDTH) / 2, (1 + WIDTH) / 2))
        one = uncertain_inputs(office)[path]
        held.append(bool(low <= truth[path] <= high))
        width.append(float((high - low) / (WIDTH * (one.high - one.low))))
    return Recovered(tuple(held), tuple(width))


def _recovery(repeats: int) -> list[str]:
    with ProcessPoolExecutor(default_jobs(), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(recover, range(repeats)))
    rows = []
    for column, path in enumerate(UNSURE):
        held = sum(one.held[column] for one in found)
        low, high = clopper_pearson(held, repeats)
        width = float(np.median([one.width[column] for one in found]))
        rows.append((f"`{path}`", f"{held} of {repeats}", f"{100 * low:.0f} to {100 * high:.0f} %", f"{100 * width:.0f} %"))
    return [
        "# What uncertain inputs do to answers",
        "",
        "Made by `python -m validation uncertainty`, which is part of `make assurance`. What the words mean: "
        "[what could reverse it](../how-to/what-could-reverse-it.md).",
        "",
        "## Does calibration recover a known truth?",
        "",
        f"{repeats} times the inputs below were drawn from their ranges for a small office of six coaches, a year of it was simulated, and four of its "
        "metrics were given to `calibrate`, which knew the ranges alone. How often do the middle nine tenths of the members hold the truth? "
        "Nine in ten is promised; the brackets hold 95 %.",
        "",
        table(("input", "truth held", "which may be", "width left of the range (median)"), rows),
        "",
        "A width of 100 % means that the year tells nothing of the input: it keeps its prior, and the truth is held as often as the prior holds it.",
        "",
    ]


def _of_baseline() -> Ensemble:
    """The ensemble of the baseline, calibrated as the command does it."""
    baseline = load("baseline")
    question = Question(baseline_targets(), waves=3, points=300, runs=3, screened=30, members=200, discrepancy=0.05)
    how = ExecutionOptions(jobs=default_jobs(), engine="compiled")
    with tempfile.TemporaryDirectory() as folder:
        asked = experiment("calibrate-baseline", {"baseline": baseline}, SEED, Path(folder))
        return run_calibration(asked, question, how, print)


def _baseline(found: Ensemble) -> list[str]:
    by_name = {target.name: target for target in baseline_targets()}
    rows = []
    for one in sorted(found.targets, key=lambda one: (one.use == "fit", -(one.implausibility or 0))):
        target = by_name[one.name]
        unit = BY_NAME[target.metric].unit
        span = f"{format_value(one.low, unit)} to {format_value(one.high, unit)}"
        years = f"{format_value(one.run_low, unit)} to {format_value(one.run_high, unit)}"
        inside = one.mean is not None and one.low <= one.mean <= one.high
        rows.append((labelled(target), one.use, span, format_value(one.mean, unit), years, "inside" if inside else "outside"))
    left = "; ".join(f"after wave {number} {100 * wave.left:.3g} %" for number, wave in enumerate(found.waves, 1))
    errors = ", ".join(f"{name} {error:.2f}" for name, error in found.waves[-1].emulated.items())
    narrowed = ", ".join(f"`{path}` ({100 * share:.0f} %)" for path, share in list(found.narrowed.items())[:15]) or "none"
    return [
        "## What known ordinary load leaves of the baseline's inputs",
        "",
        f"`jobcentre calibrate baseline`: {len(found.waves)} waves of {found.waves[0].points} points with {found.waves[0].runs_each} runs each. Of the ranges "
        f"all targets to fit leave this share: {left}. Error of the emulators at points kept back, as a share of the spread: {errors}.",
        "",
        table(("target", "use", "published", "mean of members", "95 of 100 simulated years", "verdict"), rows),
        "",
        f"Spread of inputs among members, as a share of that of the range, where it is clearly less: {narrowed}. The targets say nothing of all others. "
        + " ".join(found.notes),
        "",
    ]  # fmt: skip


def _decision(ensemble: Ensemble) -> list[str]:
    """What to do about a surge, from question to what could reverse the answer."""
    surge = load(SURGE)
    hired = surge.with_inputs(
        {"office.coaches": 23 + HIRED, "office.establishment": 23 + HIRED}, why="Four more coaches.", name="surge_with_4_more_coaches"
    )  # fmt: skip
    scenarios = {SURGE: surge, **{name: load(name) for name in OPTIONS}, hired.name: hired}
    how = ExecutionOptions(jobs=default_jobs(), engine="compiled", responses=False)
    lines = [
        "## Protect admin, cap appointments, ease coaches early, or hire?",
        "",
        f"An office faces the surge of 2021. `jobcentre compare {SURGE} {' '.join(OPTIONS)} surge_with_4_more_coaches.yaml --uncertainty`, once with inputs drawn "
        "from their ranges and once with the members of the ensemble above. `surge_demand_only` keeps the cap of 22 a day.",
        "",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        asked = comparison_of(scenarios, SEED, Path(folder))
        run_comparison(asked, RUNS, how)
        for title, members in (("Inputs drawn from their ranges", None), ("Members of the calibrated ensemble", ensemble)):
            found = run_uncertainty(asked, DRAWS, how, members)
            lines += [f"### {title}", "", f"In how many of {DRAWS} draws each is best (and nearly as good as the best):", ""]
            names = [row.scenario for row in found.metrics[0].best]
            rows: list[Sequence[str]] = [
                (named(one.metric), *(f"{row.best} ({row.acceptable})" for row in one.best)) for one in found.metrics
            ]
            lines += [table(("figure", *(f"`{name}`" for name in names)), rows), ""]
            leaving = next(one for one in found.metrics if one.metric == "expected_leaving_rate_per_year")
            lines += [f"- {finding(leaving, pair)}" for pair in leaving.pairs if SURGE in (pair.first, pair.second)]
            lines += [f"- {finding(leaving, pair)}" for pair in leaving.pairs if SURGE not in (pair.first, pair.second)]
            lines += ["", f"Tried one at a time: {', '.join(f'`{short_name(path)}`' for path in found.tried)}.", ""]
    return lines
