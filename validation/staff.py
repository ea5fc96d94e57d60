"""The page on coaches who fall ill and leave: the surge month by month, relief, sustained load, spread between teams, and Oxford."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from jobcentre.metrics import BY_NAME
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Presence
from jobcentre.runs.store import Run
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import Scenario, load, vary
from jobcentre.stats.intervals import interval
from jobcentre.stats.prediction import probability_at_least
from validation.ablation import MECHANISMS, without
from validation.appointments import BEFORE, SURGE, cell, difference_table, months
from validation.baseline import OXFORD_LEAVERS, TEAM, columns, make, of
from validation.pages import SEED, table

BY_MONTH = (
    "load_mean", "strain_mean", "slow_strain_mean", "stress_spells", "breakdowns_per_coach_year", "sick_days_per_coach_year", "leavers",
    "expected_leaving_rate_per_year", "coaches_in_post",
)  # fmt: skip
RELIEF = {
    "none": "surge_without_relief",
    "refused": "surge_with_refused_relief",
    "after a breakdown": SURGE,
    "early": "surge_with_early_relief",
}
BY_RELIEF = (
    "leavers_of_start", "expected_leaving_rate_per_year", "ill_of_start_share", "breakdowns_per_coach_year", "sick_days_long_per_coach_year",
    "appointments_held_per_coach_day", "missed_share",
)  # fmt: skip
RESPONSES = ("low", "central", "high")
#: Posts whose customers 23 coaches have, so that load comes to about 1.0, 1.1, 1.2 and 1.3 and stays there.
SUSTAINED = (26, 30, 36, 46)
SUPPORT = {1.0: "1 to 4, median 1.8", 0.7: "1.5 to 8, median 3"}
#: The rules in the order in which they came, by the names of the mechanisms that switch them off, or by figures.
RULES: dict[str, dict[str, Any]] = {
    "unequal proneness, strain on short spells": {"sickness.frailty_cv": 0, "sickness.short_strain_ceiling": 1},
    "slow strain decides leaving": {"strain.slow_half_life_days": None, "sickness.breakdown.mark": None},
    "breakdowns": {"sickness.breakdown.mark": None},
    "what a stress spell does: at once, half a year, less with relief": {
        "leaving.after_stress_at_once": False, "leaving.after_stress_days": 60, "policies.relief.return_protection": 0,
    },
    "contagion that builds up and fades": {"leaving.contagion_peak_days": None, "leaving.contagion_days": 40, "leaving.contagion_per_leaver": 0.1},
    "offices that differ": {"leaving.office_cv": 0},
    "weaker responses": {"responses.central.leaving_ceiling": 12, "responses.central.stress_ceiling": 8},
}  # fmt: skip
BRIDGED = (
    "expected_leaving_rate_per_year", "leavers_of_start", "leavers_with_stress_share", "ill_of_start_share", "no_sickness_share",
    "sick_days_short_per_coach_year", "sick_days_long_per_coach_year",
)  # fmt: skip
#: What one would have to believe, one thing after the other.
BELIEFS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("the high response", {"strain.response": "high"}),
    ("+ support of 0.5, the low end", {"strain.support": 0.5}),
    ("+ relief that was refused", {"policies.relief.policy": "refused"}),
    ("+ six contracts that ended", {}),
)
#: Which figures were set by what, and when.
SET_BY = (
    (
        "`sickness.frailty_cv`, `sickness.*.per_year`, `sickness.long_mental_share`",
        "days lost, never sick and the mental share of the civil service (D1, D3, D21)",
        "2026-11-29",
    ),
    (
        "`responses.*.base_leaving_per_year`, `responses.*.base_stress_per_year`",
        "turnover (C1) and stress spells (D6) of the baseline, by `fit-base-rates`",
        "2026-11-29",
    ),
    ("`strain.slow_half_life_days`", "half a year and more in one register study; assumed", "2026-11-29"),
    ("`sickness.breakdown`", "assumed in a trial before; held against D22", "2026-11-29"),
    ("`sickness.short_strain_ceiling`", "D22", "2026-11-29"),
    ("`leaving.contagion_*`", "D27, reported", "2026-11-29"),
    ("`leaving.after_stress_*`, `policies.relief.*`, `leaving.office_cv`", "assumed", "2026-11-29"),
    (
        "`responses.*.leaving_ceiling`",
        "what was thought likely at a sustained load of 1.2, by D14, D15 and D25; the high one from 20 to 13 after a first page showed 5.6 at support 1",
        "2026-11-29",
    ),
    ("the surge itself: cap, demand, admin, support", "A2, A4, A8, A11, B18, M13; sizes assumed before", "2026-11-22"),
)
JOBCENTRES = 746
DAY, YEAR = 86_400, 364
DAYS_LOST = ((0, 0), (1, 5), (6, 20), (21, 60), (61, 260))


def staff_page(runs: int) -> str:
    """The page; its parts beside the months have fewer runs."""
    fewer = max(runs // 4, 2)
    return "\n\n".join([
        "# Coaches who fall ill and leave",
        f"Made by `python -m validation staff`; seed {SEED}. Intervals (95 %) cover chance between runs only. Nothing was set by what is told of Oxford; which figure "
        "rests on what stands in [all inputs with their evidence](../reference/assumptions.md), and the studies that sizes were held against in [virtual studies](studies.md).",
        "## The surge against the team before, month by month",
        f"{runs} paired runs. Months are blocks of 28 days from the step of 1 November 2021 on; two before it.",
        *months(runs, BY_MONTH),
        "## Causes of leaving",
        f"{runs} runs, central response: shares of the notices given; the rest are ordinary. Spells before notice: at least 8 of 15 in Oxford (A6; 30 to 75 %).",
        _causes(runs),
        "## Days lost, coach by coach",
        "Coaches in post throughout the counted year, by the working days that they lose to sickness in it. In the civil service 49 % lose none (D21); how the days of the "
        "others are spread was not found.",
        _days_lost(fewer),
        "## Relief",
        f"{runs} paired runs of the surge; differences from no relief hold together within a column. Early relief gives half a diary from a mark of strain on: its "
        "price is in the last two rows.",
        _relief(runs),
        "## A load that stays",
        f"The baseline with more customers for its 23 coaches all through, after a year and a half; {fewer} runs each. Expected leaving ÷ that of the baseline under the "
        "same response, the geometric mean of the ratios run by run. What was thought likely before at a load of 1.2: "
        + "; ".join(f"support {support:g}: {prior}" for support, prior in SUPPORT.items()) + ".",
        _sustained(fewer),
        "## Between teams",
        f"Leavers within a year of the {TEAM} there at the step, variance over {runs} runs ÷ that of a binomial with the same mean; intervals as for normal counts, so rough.",
        _spread(runs),
        "## Oxford",
        f"What is told of one team beside what the model says of {runs} such teams under each response. It is one team of {JOBCENTRES} jobcentres, noticed because it was "
        "extreme.",
        _oxford(runs),
        f"What one would have to believe for {OXFORD_LEAVERS} of {TEAM}, one thing after the other ({fewer} runs each). Contracts that ended are counted among the leavers there.",
        _beliefs(fewer),
        "## What was set by what",
        "On the dates of their commits. Nothing of what is told of Oxford (A2, A5, A6, A7) is among it: what comes out of the surge was seen in trials on the way, and no figure was moved for it.",
        table(("figures", "set by", "on"), SET_BY),
        "## From the numbers of before to those of now",
        f"Rules added one after the other to the model without them, base rates as they are now, {fewer} runs each.",
        _bridge(fewer),
    ]) + "\n"  # fmt: skip


def _causes(runs: int) -> str:
    made = make({name: load(name) for name in ("baseline", BEFORE, SURGE)}, runs)
    metrics = ("leavers_by_strain_share", "leavers_by_illness_share", "leavers_by_contagion_share", "leavers_with_stress_share")
    return table(
        ("scenario", *(BY_NAME[one].label for one in metrics)),
        [(f"`{name}`", *(cell(of(mine, one), one) for one in metrics)) for name, mine in made.items()],
    )


def _days_lost(runs: int) -> str:
    with ProcessPoolExecutor(default_jobs(), get_context("spawn")) as pool:
        asked = [(name, run) for name in ("baseline", SURGE) for run in range(runs)]
        lost = list(pool.map(_days_of_each, asked, chunksize=4))
    rows = []
    for place, name in enumerate(("baseline", SURGE)):
        mine = lost[place * runs : (place + 1) * runs]
        cells = []
        for low, high in DAYS_LOST:
            within = np.array([np.sum((days >= low) & (days <= high)) for days in mine], dtype=float)
            cells.append(
                cell(interval(within, np.array([len(days) for days in mine], dtype=float), "ratio", share=True), "no_sickness_share")
            )
        rows.append((f"`{name}`", *cells))
    return table(("scenario", *(f"{low:g} days" if low == high else f"{low:g} to {high:g}" for low, high in DAYS_LOST)), rows)


def _days_of_each(asked: tuple[str, int]) -> np.ndarray:
    """Working days lost by each coach in post throughout the counted year, or the year from the surge on."""
    name, run = asked
    scenario = load(name)
    inputs = prepare(scenario)
    log = play(inputs, SEED, run).rows
    closes = log[log[:, ev.KIND] == Event.COACH_DAY]
    first = ((scenario.settings.period.reference_date or scenario.settings.period.start) - inputs.first_day).days
    year = closes[(closes[:, ev.START] // DAY >= first) & (closes[:, ev.START] // DAY < first + YEAR)]
    days = {int(coach): year[year[:, ev.COACH] == coach] for coach in np.unique(year[:, ev.COACH])}
    whole = max(len(own) for own in days.values())
    return np.array([np.sum(own[:, ev.A] == Presence.SICK) for own in days.values() if len(own) == whole])


def _relief(runs: int) -> str:
    made = make({policy: load(name) for policy, name in RELIEF.items()}, runs)
    base = tuple(cell(of(made["none"], metric), metric) for metric in BY_RELIEF)
    head = ("relief", *(BY_NAME[metric].label for metric in BY_RELIEF))
    rest = difference_table(made, "none", [policy for policy in RELIEF if policy != "none"], BY_RELIEF, "less no relief")
    return table(head, [("none", *base)]) + "\n\n" + rest


def _sustained(runs: int) -> str:
    baseline = vary(load("baseline"), {"period.warmup_weeks": 78})
    scenarios: dict[str, Scenario] = {}
    for response in RESPONSES:
        scenarios[f"{response} {TEAM} 1"] = vary(baseline, {"strain.response": response})
        for posts in SUSTAINED:
            for support in SUPPORT:
                figures = {"strain.response": response, "demand.posts": posts, "strain.support": support}
                scenarios[f"{response} {posts} {support:g}"] = vary(baseline, figures)
    made = make(scenarios, runs)
    rows = []
    for posts in SUSTAINED:
        for support in SUPPORT:
            found = [made[f"{response} {posts} {support:g}"] for response in RESPONSES]
            loads = of(found[1], "load_mean")
            ratios = [_ratio(mine, made[f"{response} {TEAM} 1"]) for response, mine in zip(RESPONSES, found, strict=True)]
            rows.append((f"{loads.mean:.2f}", f"{support:g}", *ratios))
    return table(("load", "support", *RESPONSES), rows)


def _ratio(mine: Sequence[Run], base: Sequence[Run]) -> str:
    """Expected leaving ÷ that of the base, paired run by run; its interval is that of the mean of logarithms."""
    rates = [np.divide(*map(np.array, columns(runs, ("expected_leaving_rate_per_year", None)))) for runs in (mine, base)]
    logs = np.log(rates[0] / rates[1])
    found = interval(logs, np.ones(len(logs)), "mean")
    assert found.mean is not None
    if found.low is None or found.high is None:
        return f"{np.exp(found.mean):.2f}"
    return f"{np.exp(found.mean):.2f} ({np.exp(found.low):.2f} to {np.exp(found.high):.2f})"


def _spread(runs: int) -> str:
    surge = load(SURGE)
    off = {one.name: one for one in MECHANISMS}
    variants = {
        "as it is": surge,
        "without contagion": without(surge, off["contagion of notices"]),
        "offices alike": without(surge, off["offices that differ in leaving"]),
        "neither": without(without(surge, off["contagion of notices"]), off["offices that differ in leaving"]),
    }
    made = make(variants, runs)
    rows = []
    for name, mine in made.items():
        leavers = np.array(columns(mine, ("leavers_of_start", None))[0])
        share = leavers.mean() / TEAM
        ratio = leavers.var(ddof=1) / (TEAM * share * (1 - share))
        error = ratio * (2 / (len(leavers) - 1)) ** 0.5
        rows.append((name, cell(of(mine, "leavers_of_start"), "leavers_of_start"), f"{ratio:.2f} ± {1.96 * error:.2f}"))
    return table(("the surge", "leavers of the start", "variance ÷ binomial"), rows)


def _oxford(runs: int) -> str:
    made = make({response: vary(load(SURGE), {"strain.response": response}) for response in RESPONSES}, runs)
    rows: list[tuple[str, ...]] = [
        ("appointments booked a coach-day (A2)", "27", *(cell(of(made[one], "appointments_booked_per_coach_day"), "appointments_booked_per_coach_day") for one in RESPONSES)),
        (f"leavers of {TEAM} in a year (A5)", f"{OXFORD_LEAVERS}", *(_leavers(made[one]) for one in RESPONSES)),
        ("of leavers, ill from stress before (A6)", "at least 8 of 15", *(cell(of(made[one], "leavers_with_stress_share"), "leavers_with_stress_share") for one in RESPONSES)),
        ("of the team, in crisis or ill (A7)", "more than a third", *(cell(of(made[one], "ill_of_start_share"), "ill_of_start_share") for one in RESPONSES)),
        (f"teams of {JOBCENTRES} with {OXFORD_LEAVERS} leavers or more", "1 known", *(_teams(made[one]) for one in RESPONSES)),
    ]  # fmt: skip
    return table(("", "told", *RESPONSES), rows)


def _leavers(runs: Sequence[Run]) -> str:
    leavers = np.array(columns(runs, ("leavers_of_start", None))[0])
    low, high = np.quantile(leavers, [0.025, 0.975], method="nearest")
    return f"{leavers.mean():.1f} (95 % of teams: {low:.0f} to {high:.0f})"


def _teams(runs: Sequence[Run]) -> str:
    share, low, high = _reached(columns(runs, ("leavers_of_start", None))[0])
    return f"{JOBCENTRES * share:.0f} ({JOBCENTRES * low:.0f} to {JOBCENTRES * high:.0f})"


def _reached(leavers: Sequence[float]) -> tuple[float, float, float]:
    """The share of teams with as many leavers as Oxford, with its interval."""
    found = probability_at_least(leavers, OXFORD_LEAVERS)
    return tuple(0.0 if one is None else one for one in (found.mean, found.low, found.high))  # type: ignore[return-value]


def _beliefs(runs: int) -> str:
    scenarios: dict[str, Scenario] = {}
    figures: dict[str, Any] = {}
    for number, (belief, more) in enumerate(BELIEFS):
        figures |= more
        surge = load(SURGE)
        dated = {path: value for path, value in figures.items() if path in ("strain.support", "policies.relief.policy")}
        plain = {path: value for path, value in figures.items() if path not in dated}
        changed = {f"changes.support.set.{path}": value for path, value in dated.items()}
        if number == len(BELIEFS) - 1:
            ends = load("fixed_term_contracts_end")
            changed |= {f"movements.{name}": one.model_dump(mode="json") for name, one in ends.settings.movements.items()}
        scenarios[belief] = vary(surge, plain | changed)
    made = make(scenarios, runs)
    rows = []
    for belief, mine in made.items():
        gone = np.array(columns(mine, ("leavers_of_start", None))[0]) + np.array(columns(mine, ("left_by_movement", None))[0])
        found = interval(gone, np.ones(len(gone)), "mean")
        share, low, high = _reached(gone.tolist())
        rows.append((belief, cell(found, "leavers_of_start"), f"{100 * share:.0f} % ({100 * low:.0f} to {100 * high:.0f})"))
    return table(("believed", "leavers", f"teams with {OXFORD_LEAVERS} or more"), rows)


def _bridge(runs: int) -> str:
    scenarios: dict[str, Scenario] = {}
    left = list(RULES)
    steps = ["none of the rules"]
    for number in range(len(RULES) + 1):
        if number:
            steps.append(f"+ {left.pop(0)}")
        off: dict[str, Any] = {}
        for rule in reversed(left):
            off |= RULES[rule]
        for name in ("baseline", SURGE):
            scenarios[f"{name} {number}"] = vary(load(name), off)
    made = make(scenarios, runs)
    rows = []
    for number, step in enumerate(steps):
        rows += [
            (step if name == "baseline" else "", name, *(cell(of(made[f"{name} {number}"], one), one) for one in BRIDGED))
            for name in ("baseline", SURGE)
        ]
    return table(("rules", "scenario", *(BY_NAME[one].label for one in BRIDGED)), rows)
