"""Pages on load: the baseline against targets, the surge and its variants, each mechanism off in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.metrics.windows import headline_window
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.results import columns
from jobcentre.runs.store import Run
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load, vary
from jobcentre.scenario.evidence import evidence_summary
from jobcentre.stats.comparisons import Measure, compare
from jobcentre.stats.intervals import Interval, interval
from jobcentre.stats.prediction import predict, probability_at_least
from jobcentre.studies.base_rates import runs_of
from jobcentre.studies.request import by_name
from jobcentre.studies.targets import baseline_targets
from validation.ablation import ablations, without
from validation.pages import SEED, number, table
from validation.targets import MIX_TARGETS

Made = Mapping[str, Sequence[Run]]

SURGE_METRICS = (
    "appointments_offered_per_coach_day", "appointments_booked_per_coach_day", "appointments_due_per_coach_day",
    "appointments_held_per_coach_day", "load_mean", "overloaded_share", "lunch_worked_share", "overtime_minutes_per_coach_day",
    "admin_carried_hours_per_coach", "rushed_share", "missed_share", "strain_mean", "crisis_share", "stress_spell_share_per_year",
    "leaving_rate_per_year", "leavers_of_start", "caseload_per_coach", "same_coach_share",
)  # fmt: skip
SURGE_SCENARIOS = (
    "oxford_before", "surge_cap_only", "surge_demand_only", "oxford_surge_step", "surge_with_protected_admin_60",
    "surge_with_protected_admin_90", "surge_with_protected_admin_120", "surge_with_early_relief", "surge_low_response", "surge_high_response",
)  # fmt: skip
ABLATION_METRICS = ("overloaded_share", "missed_share", "leavers_of_start")
OXFORD_LEAVERS, TEAM = 15, 23  # A5


def make(scenarios: Mapping[str, Scenario], runs: int) -> Made:
    """All runs of the scenarios on this machine's cores; raises when one failed."""
    return runs_of(scenarios, runs, SEED, ExecutionOptions(default_jobs(), "compiled"))


def of(runs: Sequence[Run], metric: str, group: str | None = None) -> Interval:
    """A metric over runs with its interval."""
    over, under = columns(runs, (metric, group))
    return interval(over, under, BY_NAME[metric].aggregation, share=BY_NAME[metric].share)


def interval_text(estimate: Interval, metric: str) -> str:
    """Mean and interval as printed."""
    percent = BY_NAME[metric].share or metric in {"leaving_rate_per_year", "stress_spell_share_per_year"}
    return _with_limits(estimate, percent)


def _with_limits(estimate: Interval, percent: bool) -> str:
    low, high = (number(end, percent).removesuffix(" %") for end in (estimate.low, estimate.high))
    return f"{number(estimate.mean, percent)} ({low} to {high})"


def baseline_page(runs: int) -> str:
    """Output beside target, with intervals, and how many figures rest on an assumption."""
    scenario = load("baseline")
    lifted = vary(scenario, {"diary.appointments_per_day": 40})
    runs_by_scenario = make({"baseline": scenario, "cap lifted to 40": lifted}, runs)
    rows: list[tuple[str, ...]] = []
    for target in baseline_targets():
        name = "cap lifted to 40" if target.metric == "appointments_per_coach_day" else "baseline"
        estimate = target.outcome(runs_by_scenario[name])
        met = (
            estimate.mean is not None
            and target.low <= estimate.mean <= target.high
            and estimate.low is not None
            and estimate.low <= target.high
        )
        percent = target.high < 1
        span = f"{number(target.low, percent)} to {number(target.high, percent)}"
        verdict = "met" if met else "**not met**"
        label = BY_NAME[target.metric].label
        rows.append((label, target.stated, span, _with_limits(estimate, percent), verdict, ", ".join(target.source), target.note))
    rows += _mix_rows(scenario, runs_by_scenario["baseline"])
    evidence = evidence_summary(scenario.evidence)
    counts = ", ".join(f"{count} {quality}" for quality, count in sorted(evidence.counts.items(), key=lambda item: -item[1]))
    comparisons = [
        (BY_NAME[name].label, interval_text(of(runs_by_scenario["baseline"], name), name), BY_NAME[name].definition) for name in _BESIDE
    ]
    return "\n\n".join([
        "# The baseline against what is known of ordinary load",
        f"{runs} runs, seed {SEED}, compiled engine; made by `make assurance`. Intervals (95 %) cover chance between runs only. A target is met when "
        "the mean lies in its range. The targets come from 2005 to 2024 and from different bodies of staff: meeting them shows that the figures are "
        "defensible together, not that they are right.",
        table(("metric", "known", "range allowed", "model", "", "evidence", "caveat"), rows),
        f"Of {evidence.total} figures of the baseline: {counts}. **{len(evidence.assumed)} rest on an assumption** (`jobcentre show baseline` names "
        "each with its range).",
        "## Other metrics of the baseline",
        table(("metric", "model", "definition"), comparisons),
    ]) + "\n"  # fmt: skip


_BESIDE = (
    "appointments_per_coach_day", "load_mean", "overloaded_share", "overtime_minutes_per_coach_day", "lunch_worked_share",
    "admin_carried_hours_per_coach", "missed_share", "rushed_share", "contact_minutes_share", "same_coach_share", "turned_away_share",
    "no_sickness_share", "vacancy_share", "coaches_in_post", "caseload_per_post", "cost_per_appointment_held_pounds",
)  # fmt: skip


def _mix_rows(scenario: Scenario, runs: Sequence[Run]) -> list[tuple[str, ...]]:
    posts = scenario.settings.demand.posts
    without_contact = {name: group.without_contact_per_post * posts for name, group in scenario.settings.groups.items()}
    people = {t.group: np.array(columns(runs, ("caseload_mean", t.group))) for t in MIX_TARGETS}
    total = sum(over / under + without_contact[group] for group, (over, under) in people.items())
    rows: list[tuple[str, ...]] = []
    for target in MIX_TARGETS:
        over, under = people[target.group]
        estimate = interval((over / under + without_contact[target.group]) / total, np.ones(len(over)), "mean")
        met = estimate.mean is not None and target.low <= estimate.mean <= target.high
        model = _with_limits(estimate, True)
        span = f"{100 * target.low:.0f} % to {100 * target.high:.0f} %"
        label, caveat = f"Share of health customers in `{target.group}`", "persons; those without contact are a constant"
        rows.append((label, target.stated, span, model, "met" if met else "**not met**", "F2, V21", caveat))
    return rows


def surge_page(runs: int) -> str:
    """The surge and its variants side by side, and where 15 of 23 falls."""
    scenarios = by_name(load(name) for name in SURGE_SCENARIOS)  # as `compare` does: with the window and date of the surge
    window = headline_window(scenarios["oxford_surge_step"])
    runs_by_scenario = make(scenarios, runs)
    rows = [
        (BY_NAME[metric].label, *(interval_text(of(runs_by_scenario[name], metric), metric) for name in SURGE_SCENARIOS))
        for metric in SURGE_METRICS
    ]
    spread = []
    for name in SURGE_SCENARIOS:
        counts = columns(runs_by_scenario[name], ("leavers_of_start", None))[0]
        prediction, at_least = predict(counts, (0.025, 0.5, 0.975)), probability_at_least(counts, OXFORD_LEAVERS)
        assert prediction is not None
        low, middle, high = (f"{value:.0f}" for _, value in prediction.quantiles)
        share = _with_limits(at_least, True)
        spread.append((f"`{name}`", interval_text(prediction.mean, "leavers_of_start"), middle, f"{low} to {high}", share))
    return "\n\n".join([
        "# The surge of 2021 and what might have helped",
        f"{runs} runs each, seed {SEED}, the same random numbers in every column, measured from the surge on, {window.first} to {window.last}; made by `make assurance`. "
        "Intervals (95 %) cover chance between runs only, not doubt about the figures.",
        table(("metric", *(f"`{name}`" for name in SURGE_SCENARIOS)), rows),
        f"## Leavers of the {TEAM}",
        f"Coaches in post on 1 November 2021 who give notice within 364 days. In Oxford {OXFORD_LEAVERS} of {TEAM} left (A5): one team, noticed because it "
        "was extreme, and never fitted to.",
        table(("scenario", "mean (interval)", "median", "95 % of runs", f"runs with {OXFORD_LEAVERS} or more (interval)"), spread),
        "Nothing known of ordinary load decides between the responses to strain (strain multiplies leaving by 1.5, 5 or 13 at most): each is set to the same baseline, and they "
        "differ only where strain is high, where nothing has been measured. `oxford_surge_step` has 5; read it together with `surge_low_response` "
        "and `surge_high_response`. The interval of each row is chance only; the difference between the rows is the larger doubt.",
    ]) + "\n"  # fmt: skip


def ablation_page(runs: int) -> str:
    """Each mechanism off in turn in the surge: paired differences, one simultaneous interval for all."""
    surge = load("oxford_surge_step")
    mechanisms = ablations(surge)
    runs_by_mechanism = make({"": surge} | {mechanism.name: without(surge, mechanism) for mechanism in mechanisms}, runs)
    measures = [Measure(name, BY_NAME[name].aggregation, BY_NAME[name].better, BY_NAME[name].matters) for name in ABLATION_METRICS]
    values = {
        name: {metric: columns(runs_of, (metric, None)) for metric in ABLATION_METRICS} for name, runs_of in runs_by_mechanism.items()
    }
    base = values.pop("")
    rows = []
    for mechanism in mechanisms:
        cells = []
        for difference in compare(base, {mechanism.name: values[mechanism.name]}, measures):
            share = BY_NAME[difference.metric].share
            if difference.verdict == "identical":
                cells.append("0 (identical)")
            else:
                points = " points" if share else ""
                scale = 100 if share else 1
                limits = [
                    value * scale if value is not None else float("nan")
                    for value in (difference.difference, difference.low, difference.high)
                ]
                cells.append(f"{limits[0]:+.2f}{points} ({limits[1]:+.2f} to {limits[2]:+.2f})")
        rows.append((mechanism.name, *cells, mechanism.why_none))
    surge_row = ", ".join(
        f"{BY_NAME[name].label.lower()} {interval_text(of(runs_by_mechanism[''], name), name)}" for name in ABLATION_METRICS
    )
    return "\n\n".join([
        "# Each mechanism off in turn",
        f"`oxford_surge_step`, {runs} runs with the same random numbers, seed {SEED}; made by `make assurance`. The full surge: {surge_row}. Each row is the "
        "paired difference when one mechanism is off, all else equal and base rates not derived anew; the 95 % intervals hold for the three metrics of a "
        "row together and cover chance only.",
        table(("mechanism off", *(f"{BY_NAME[name].label}, difference" for name in ABLATION_METRICS), "why none is expected"), rows),
    ]) + "\n"  # fmt: skip
