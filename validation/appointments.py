"""The page on appointments that respond: the surge month by month, what each rule does, how far its sizes carry, and what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

import numpy as np

from jobcentre.metrics import BY_NAME, measure_with
from jobcentre.metrics.log_index import DayWindow
from jobcentre.metrics.measure import measure_all
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Flag
from jobcentre.report.tables import format_value
from jobcentre.runs.store import Run
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load, vary
from jobcentre.stats.comparisons import Measure, compare
from jobcentre.stats.intervals import interval
from validation.ablation import MECHANISMS, Mechanism, without
from validation.baseline import columns, make, of
from validation.pages import SEED, say, table

SURGE, BEFORE = "oxford_surge_step", "oxford_before"
STEP = dt.date(2021, 11, 1)
MONTH, MONTHS_BEFORE, MONTHS = 28, 2, 13
BY_MONTH = (
    "missed_share", "missed_per_coach_day", "failed_to_attend_share", "walked_out_share", "late_start_share", "rushed_share",
    "chases_per_coach_day", "safeguarding_late_share", "admin_carried_hours_per_coach", "hours_beyond_contract_per_week",
)  # fmt: skip
OF_RULES = (
    "missed_share", "walked_out_share", "late_start_share", "rushed_share", "chases_per_coach_day", "safeguarding_late_share",
    "admin_carried_hours_per_coach", "leavers_of_start",
)  # fmt: skip
#: The rules in the order in which they came, with what else was set with them.
RULES: dict[str, tuple[str, ...]] = {
    "overtime without one limit, work at home": ("admin.overtime_cap_cv", "admin.home_share", "strain.backlog_weight"),
    "delay: overruns, brevity, turnaround, walking out": (
        "conversation.overrun_limit_minutes", "conversation.catch_up_share", "conversation.turnaround_minutes",
        "conversation.patience_minutes", "conversation.first_meeting_need_cv",
    ),
    "safeguarding that can be late, specialists": (
        "conversation.safeguarding_share", "conversation.safeguarding_share_complex", "admin.safeguarding_gap_minutes",
        "admin.safeguarding_first", "office.specialist_share",
    ),
    "walk-ins with patience and priority": ("demand.unscheduled_patience_minutes", "demand.unscheduled_priority_share"),
    "attendance: six conditions and the first remote appointment": tuple(
        f"attendance.{name}_ratio" for name in ("waiting", "last_failed", "call_open", "poor_meeting", "called_in", "new_coach", "first_remote")
    ),
    "chasing of overdue admin": ("admin.chase_per_overdue_week",),
    "reading in, own channels, decision makers, walk-ins' hours": (
        "conversation.reading_in_minutes", "conversation.channel_kept_share", "admin.decision_minutes", "admin.failed_minutes",
        "demand.unscheduled_peak_factor", "demand.unscheduled_monday_factor",
    ),
    "contacts on moves into work": ("conversation.contact_elasticity",),
    "minutes of need and of admin after a meeting": (
        *(f"groups.{group}.need.mean" for group in ("searching", "pre_wca", "lcw", "lcwra")), "admin.held_minutes",
    ),
}  # fmt: skip
#: Figures of the model before these rules that are not said at the input.
OLD: dict[str, Any] = {
    "conversation.overrun_limit_minutes": None, "conversation.first_meeting_need_cv": None, "conversation.safeguarding_share_complex": 0.05,
    "admin.held_minutes": 4, "admin.failed_minutes": 9, "admin.safeguarding_first": True,
    **{f"groups.{group}.need.mean": 1.1 for group in ("searching", "pre_wca", "lcw", "lcwra")},
}  # fmt: skip
RATIOS = RULES["attendance: six conditions and the first remote appointment"]
#: What managers may do, beside what it is compared with.
OPTIONS = {
    SURGE: ("surge_with_protected_admin_60", "surge_with_protected_admin_90", "surge_with_early_relief"),
    "baseline": ("continuity_protected", "remote_first", "reminders"),
}
TRADED = (
    "missed_share", "walked_out_share", "late_start_share", "contact_minutes_share", "safeguarding_late_share", "abandoned_share",
    "turned_away_share", "overloaded_share", "hours_beyond_contract_per_week", "admin_carried_hours_per_coach", "strain_mean",
    "leavers_of_start", "into_work_per_month_share",
)  # fmt: skip


def appointments_page(runs: int) -> str:
    """The page; parts beside the months have a fifth of the runs."""
    fewer = max(runs // 5, 2)
    return "\n\n".join([
        "# Appointments that respond",
        f"Made by `python -m validation appointments`; seed {SEED}, central response to strain. Intervals (95 %) cover chance between runs only. No input "
        "was moved for a direction: sizes were set before, most of them are assumed, and whatever comes out stands here.",
        "## The surge against the team before, month by month",
        f"{runs} paired runs. Months are blocks of {MONTH} days from the step of 1 November 2021 on; two before it.",
        *months(runs, BY_MONTH),
        "## Which rule makes how much of it",
        f"The surge with one rule off, less the surge with all, {fewer} paired runs; a rule that is off in the surge is off before it as well.",
        _of_rules(fewer),
        "## How far the sizes carry",
        f"Missed share of the surge less that of the team before, with each odds ratio of attendance at either end of its range, {fewer} paired runs; "
        "base shares were not fitted anew, which hardly moves a difference.",
        _ends(fewer),
        "## From the numbers of before to those of now",
        f"Rules added one after the other to the model without them, {fewer} runs each. Contact plans and kinds of referral are data of the scenario, "
        "not rules, and are those of now all along. Base rates are those of now too, so that the "
        "first rows are not the numbers that were published; what fitting them did is in the change from those to the first row.",
        _bridge(fewer),
        "## What is published, and the model",
        _published(fewer),
        "## What managers may do: customers and coaches",
        f"Paired differences, {fewer} runs, simultaneous within a column.",
        *[_trade_offs(base, options, fewer) for base, options in OPTIONS.items()],
    ]) + "\n"  # fmt: skip


@cache
def _ready(name: str) -> tuple[Any, Any]:
    scenario = load(name)
    inputs = prepare(scenario)
    step = (STEP - inputs.first_day).days
    months = [DayWindow(str(k), step + MONTH * k, step + MONTH * (k + 1)) for k in range(-MONTHS_BEFORE, MONTHS)]
    return inputs, measure_with(scenario)._replace(windows=(DayWindow("all", months[0].first, months[-1].end), *months))


def _month_values(asked: tuple[str, int, Sequence[str]]) -> dict[tuple[str, str], tuple[float, float]]:
    """Numerators and denominators by month and metric of one run."""
    inputs, given = _ready(asked[0])
    _, windows, _ = measure_all(play(inputs, SEED, asked[1]), given)
    return {(month, metric): windows[month, metric] for month, metric in windows if metric in asked[2]}


def months(runs: int, metrics: Sequence[str]) -> Iterable[str]:
    """The surge and the team before, month by month in these metrics: a title and a table each."""
    with ProcessPoolExecutor(default_jobs(), get_context("spawn")) as pool:
        found = {
            name: list(pool.map(_month_values, [(name, run, metrics) for run in range(runs)], chunksize=10)) for name in (BEFORE, SURGE)
        }
    head = ("month", *(BY_NAME[metric].label for metric in metrics))
    for name, title in ((SURGE, "The surge"), (BEFORE, "The team before")):
        say(f"months of {name}")
        rows = []
        for month in range(-MONTHS_BEFORE, MONTHS):
            cells = []
            for metric in metrics:
                over, under = zip(*(run[str(month), metric] for run in found[name]), strict=True)
                cells.append(
                    cell(interval(np.array(over), np.array(under), BY_NAME[metric].aggregation, share=BY_NAME[metric].share), metric)
                )
            rows.append((f"{month + 1:+d}" if month >= 0 else f"{month}", *cells))
        yield f"**{title}**"
        yield table(head, rows)


def cell(estimate: Any, metric: str) -> str:
    """A mean with half its interval, in the metric's unit."""
    if estimate.mean is None:
        return "–"
    half = (estimate.high - estimate.low) / 2 if estimate.low is not None and estimate.high is not None else None
    unit = BY_NAME[metric].unit
    return format_value(estimate.mean, unit) + (f" ± {format_value(half, unit).removesuffix(' %')}" if half is not None else "")


def _without_all(scenario: Scenario, paths: Sequence[str]) -> Scenario:
    off = {path: value for one in MECHANISMS for path, value in one.off.items()} | OLD
    return without(scenario, Mechanism("", {path: off[path] for path in paths}, tuple(paths)))


def _of_rules(runs: int) -> str:
    surge = load(SURGE)
    scenarios = {"all": surge} | {rule: _without_all(surge, paths) for rule, paths in RULES.items()}
    made = make(scenarios, runs)
    return difference_table(made, "all", list(RULES), OF_RULES, "rule off")


def difference_table(made: Mapping[str, Sequence[Run]], base: str, options: Sequence[str], metrics: Sequence[str], head: str) -> str:
    """A row for each option: its differences from the base."""
    measures = [Measure(name, BY_NAME[name].aggregation, BY_NAME[name].better, BY_NAME[name].matters) for name in metrics]
    values = {name: {metric: columns(made[name], (metric, None)) for metric in metrics} for name in (base, *options)}
    rows = []
    for option in options:
        differences = compare(values[base], {option: values[option]}, measures)
        rows.append((option, *(_difference(one) for one in differences)))
    return table((head, *(BY_NAME[name].label for name in metrics)), rows)


def _difference(one: Any) -> str:
    unit = BY_NAME[one.metric].unit
    if one.verdict == "identical":
        return "0"
    text = format_value(one.difference, unit, signed=True).removesuffix(" points")
    low, high = (format_value(end, unit, signed=True).removesuffix(" points") for end in (one.low, one.high))
    return f"{text} ({low} to {high})"


def _ends(runs: int) -> str:
    surge, before = load(SURGE), load(BEFORE)
    variants: dict[str, dict[str, float]] = {"as they are": {}}
    lows, highs = {}, {}
    for path in RATIOS:
        span = surge.evidence[path].range
        assert span is not None
        lows[path], highs[path] = span
        variants[f"{path.split('.')[1].removesuffix('_ratio').replace('_', ' ')} at {span[0]:g}"] = {path: span[0]}
        variants[f"{path.split('.')[1].removesuffix('_ratio').replace('_', ' ')} at {span[1]:g}"] = {path: span[1]}
    variants |= {"all at the low end": lows, "all at the high end": highs}
    scenarios = {
        f"{side} {name}": vary(base, values) for name, values in variants.items() for side, base in (("surge", surge), ("before", before))
    }
    made = make(scenarios, runs)
    measure = [Measure("missed_share", BY_NAME["missed_share"].aggregation, "lower", 0.01)]
    rows = []
    for name in variants:
        sides = {side: {"missed_share": columns(made[f"{side} {name}"], ("missed_share", None))} for side in ("surge", "before")}
        (one,) = compare(sides["before"], {"surge": sides["surge"]}, measure)
        shares = [cell(of(made[f"{side} {name}"], "missed_share"), "missed_share") for side in ("before", "surge")]
        rows.append((name, *shares, _difference(one)))
    return table(("odds ratio", "missed before", "missed in the surge", "difference, points"), rows)


def _bridge(runs: int) -> str:
    metrics = (
        "missed_share",
        "overloaded_share",
        "load_mean",
        "rushed_share",
        "admin_carried_hours_per_coach",
        "expected_leaving_rate_per_year",
    )
    scenarios: dict[str, Scenario] = {}
    left = list(RULES)
    steps = ["none of the rules"]
    for number in range(len(RULES) + 1):
        if number:
            steps.append(f"+ {left.pop(0)}")
        paths = [path for rule in left for path in RULES[rule]]
        for name in (BEFORE, SURGE):
            scenarios[f"{name} {number}"] = _without_all(load(name), paths)
    made = make(scenarios, runs)
    rows = []
    for number, step in enumerate(steps):
        for name in (BEFORE, SURGE):
            cells = [cell(of(made[f"{name} {number}"], metric), metric) for metric in metrics]
            rows.append((step if name == BEFORE else "", name, *cells))
    return table(("rules", "scenario", *(BY_NAME[metric].label for metric in metrics)), rows)


def _published(runs: int) -> str:
    """Failing by what is known beforehand, in the baseline, beside what is published."""
    inputs = prepare(load("baseline"))
    groups = load("baseline").settings.groups
    compulsory = np.array([group.compulsory for group in groups.values()])
    counts: dict[str, np.ndarray] = {}  # held and failed by run
    for run in range(runs):
        log = play(inputs, SEED, run).rows
        booked = log[log[:, ev.KIND] == Event.BOOKED]
        late = np.zeros(int(booked[:, ev.SERIAL].max()) + 1, np.int64)
        late[booked[:, ev.SERIAL]] = booked[:, ev.F]
        for kind, failed in ((Event.CONVERSATION, 0), (Event.FAILED, 1)):
            own = log[log[:, ev.KIND] == kind]
            flags, days = own[:, ev.D], late[own[:, ev.SERIAL]]
            remote = flags & (Flag.TELEPHONE | Flag.VIDEO) != 0
            chosen = {
                "last failed": flags & Flag.LAST_FAILED != 0,
                "last held": flags & (Flag.LAST_FAILED | Flag.HAS_LAST) == Flag.HAS_LAST,
                "on time": days <= 0,
                "1 to 5 days late": (days > 0) & (days <= 5),
                "more than 5 days late": days > 5,
                "face to face": ~remote,
                "first remote": flags & Flag.FIRST_REMOTE != 0,
                "later remote": remote & (flags & Flag.FIRST_REMOTE == 0),
                "must come": compulsory[own[:, ev.GROUP]],
                "by choice": ~compulsory[own[:, ev.GROUP]],
                "first meeting": flags & Flag.FIRST_MEETING != 0,
                **{f"group {name}": own[:, ev.GROUP] == number for number, name in enumerate(groups)},
            }
            for name, marked in chosen.items():
                counts.setdefault(name, np.zeros((2, runs)))[failed, run] = marked.sum()
    known = {
        "last failed": "odds ratio 1.79 for more than 60 % failed (E25)", "first remote": "12.5 %, in person 9.2 % (E26)",
        "later remote": "10.4 %, in person 10.7 % (E26)", "more than 5 days late": "odds ratio 2.38 for more than 21 days (E25)",
        "group searching": "14 to 17 % of all (E1)", "first meeting": "27 % of health groups' firsts (E5)",
    }  # fmt: skip
    rows = [
        (
            name,
            f"{both.sum():,.0f}",
            cell(interval(both[1], both.sum(axis=0), "ratio", share=True), "failed_to_attend_share"),
            known.get(name, ""),
        )
        for name, both in counts.items()
    ]
    after_failing, after_meeting = counts["last failed"], counts["last held"]
    ratio = interval(after_failing[1] / after_failing.sum(axis=0) / (after_meeting[1] / after_meeting.sum(axis=0)), np.ones(runs), "mean")
    odds = interval(after_failing[1] / after_failing[0] / (after_meeting[1] / after_meeting[0]), np.ones(runs), "mean")
    return "\n\n".join([
        f"{runs} runs of the baseline. After a failure customers fail {_times(ratio)} times as often as after a meeting, "
        f"an odds ratio of {_times(odds)}: "
        "who they are and what happened together. Health care is not a jobcentre, so that nothing here is a target.",
        table(("bookings", "number", "failed to attend", "published"), rows),
    ])  # fmt: skip


def _times(estimate: Any) -> str:
    return f"{estimate.mean:.2f}" + (f" ({estimate.low:.2f} to {estimate.high:.2f})" if estimate.low is not None else "")


def _trade_offs(base: str, options: Sequence[str], runs: int) -> str:
    made = make({name: load(name) for name in (base, *options)}, runs)
    measures = [Measure(name, BY_NAME[name].aggregation, BY_NAME[name].better, BY_NAME[name].matters) for name in TRADED]
    values = {name: {metric: columns(made[name], (metric, None)) for metric in TRADED} for name in (base, *options)}
    cells = {option: compare(values[base], {option: values[option]}, measures) for option in options}
    rows = [
        (BY_NAME[metric].label, cell(of(made[base], metric), metric), *(_difference(cells[option][place]) for option in options))
        for place, metric in enumerate(TRADED)
    ]
    return table(("metric", f"`{base}`", *(f"`{option}`" for option in options)), rows)
