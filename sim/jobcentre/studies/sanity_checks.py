"""Notes on a scenario without errors: work and hours, drifting stocks, posts and coaches, how often the cap is reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from jobcentre.metrics import BY_NAME, measure, measure_with
from jobcentre.metrics.log_index import DAY_SECONDS, LogIndex
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event
from jobcentre.model.inputs import DAYS_PER_MONTH, derived_arrivals, stays
from jobcentre.runs.demanded_work import work_notes
from jobcentre.runs.memory import jobs_that_fit
from jobcentre.scenario import Scenario, periods
from jobcentre.scenario.plausibility import doubts
from jobcentre.scenario.schema import Settings
from jobcentre.stats.intervals import t_quantile

DRIFT_NOTED = 0.01  # of a stock in a year
SETTLING_WEEKS = 8


def notes(scenario: Scenario, trial: bool = True) -> list[str]:
    """Notes on a scenario, in words; with a trial of one run (seed 1, run 0)."""
    return doubts(scenario) + drifts(scenario) + post_notes(scenario) + work_notes(scenario) + (cap_notes(scenario) if trial else [])


#: Answers of an office beside what its scenario gives: what they are called, the metric, and how many of its unit make one of the answer's.
ANSWERED = {
    "leavers_last_year": ("{:.0f} coaches leave in a year", "leavers", 1.0),
    "appointments_held": ("{:.1f} appointments a coach-day are held", "appointments_held_per_coach_day", 1.0),
    "sick_days": ("{:.1f} days a coach are lost to sickness in a year", "sick_days_per_coach_year", 1.0),
    "missed_percent": ("{:.1f} of 100 appointments are failed", "failed_to_attend_share", 0.01),
}
YEARS_TRIED = 12


def disagreements(scenario: Scenario, answers: Mapping[str, object]) -> list[str]:
    """Answers of an office that lie outside 95 of 100 of its years in the model, by twelve runs."""
    asked = {key: float(value) for key, value in answers.items() if key in ANSWERED and isinstance(value, int | float)}
    if not asked:
        return []
    inputs, given = prepare(scenario), measure_with(scenario)
    years = [measure(play(inputs, 1, run), given) for run in range(YEARS_TRIED)]
    weeks = scenario.settings.period.weeks
    found = []
    for key, answer in asked.items():
        words, metric, unit = ANSWERED[key]
        counted = BY_NAME[metric].under is None
        pairs = [year.get((metric, None), (0.0, 0.0)) for year in years]
        values = np.array([over * 52 / weeks if counted else over / under for over, under in pairs if counted or under]) / unit
        if len(values) < 2:
            continue
        half = t_quantile(0.95, len(values) - 1) * float(values.std(ddof=1)) * (1 + 1 / len(values)) ** 0.5
        low, high = max(0.0, float(values.mean()) - half), float(values.mean()) + half
        if not low - 1e-9 <= answer <= high + 1e-9:
            said, means = words.format(answer), words.format(float(values.mean())).split()[0]
            found.append(f"{said} by the office's answer, {means} in the model ({low:.1f} to {high:.1f} in 95 of 100 years): {WHY[key]}")
    return found


WHY = {
    "leavers_last_year": "either it was an unusual year, or something drives coaches away that is not in the model; no figure is set by it",
    "appointments_held": "the office sees its customers more or less often than the plans of the baseline say (`groups.*.plans`)",
    "sick_days": "overload in this office may add to what was answered, or the answer already has it in it (`sickness`)",
    "missed_percent": "what bears on attendance in this office is not what it is in the baseline (`groups.*.failed_share`, `attendance`)",
}


def post_notes(scenario: Scenario) -> list[str]:
    """Notes where no coach is at work, and where there are fewer posts than coaches, which makes no coach leave."""
    start = scenario.settings.office.coaches
    offices = periods(scenario)
    notes = []
    if start == 0:
        hires = any(_posts(period) > 0 and period.hiring.policy != "freeze" for _, period in offices)
        until = "0 coaches at the start: nobody is there to work until newcomers are hired and trained"
        notes.append(f"{scenario.name}: {until if hires else '0 coaches: nobody is there to work'}")
    most = before = start
    moving = [change for change in scenario.changes if "office.establishment" in change.set]
    for date, settings in offices:
        if any(change.date <= date < change.last_day for change in moving):
            continue
        posts = _posts(settings)
        if posts < before:
            notes.append(
                f"{scenario.name}: {posts} posts from {date}, but up to {most} coaches: nobody leaves because of this; "
                f"posts that fall empty are not filled while more than {posts} are in post"
            )
        most, before = max(most, posts), posts
    return notes


def _posts(settings: Settings) -> int:
    """Posts that may be filled."""
    posts = settings.office.establishment
    return settings.office.coaches if posts is None else posts


def drifts(scenario: Scenario) -> list[str]:
    """Gives the groups whose expected stock drifts under the inputs at the start."""
    settings = scenario.settings
    inputs = prepare(scenario)
    open_share = float(np.mean(inputs.days["open"][: inputs.run_days]))
    derived = derived_arrivals(settings, open_share)
    notes = []
    for index, (name, group) in enumerate(settings.groups.items()):
        stay, _ = stays(group, open_share)
        if group.stock_per_post <= 0 or not np.isfinite(stay):
            continue
        surplus = (float(inputs.groups["starts_mean"][1, index]) - derived[name]) * open_share
        yearly = surplus * stay * (1.0 - np.exp(-12 * DAYS_PER_MONTH / stay)) / group.stock_per_post
        if abs(yearly) >= DRIFT_NOTED:
            notes.append(
                f"{scenario.name}: the stock of `{name}` drifts by {100 * yearly:+.0f} % in the first year, by the figures at the start"
            )
    return notes


def cap_notes(scenario: Scenario) -> list[str]:
    """On which share of coach-days the daily cap is reached, in one run, after the last change has settled."""
    jobs_that_fit({scenario.name: scenario})
    inputs = prepare(scenario)
    first_date, settings = periods(scenario)[-1]
    log = play(inputs, 1, 0)
    facts = LogIndex(log, measure_with(scenario))
    settled = (first_date - dt.date.fromisoformat(log.first_day)).days + 7 * SETTLING_WEEKS if scenario.changes else 0
    first = max(facts.start_day, min(settled, facts.end_day - 7))
    caps, booked = _caps_and_bookings(facts, first)
    if not len(caps):
        return []
    reached = float(np.mean(booked >= caps))
    since = f" from {dt.date.fromisoformat(log.first_day) + dt.timedelta(days=first)} on" if scenario.changes else ""
    return [f"{scenario.name}: in a trial run{since} the daily cap of {settings.diary.appointments_per_day} is {_how_often(reached)}"]


def _caps_and_bookings(facts: LogIndex, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Gives cap and bookings of every bookable coach-day from a day on; a newcomer's or relieved coach's cap is smaller."""
    days = facts.coach_days
    counted = (days[ev.CUSTOMER] > 0) & (days.start_day >= first) & (days.start_day < facts.end_day)
    held, failed, rearranged = (facts.of(kind) for kind in (Event.CONVERSATION, Event.FAILED, Event.REARRANGED))
    lost = rearranged.only(rearranged[ev.B] == 1)
    coaches = np.concatenate([rows[ev.COACH] for rows in (held, failed, lost)]).astype(np.int64)
    starts = np.concatenate([held[ev.E], failed[ev.START], lost[ev.START]])
    keys, counts = np.unique(coaches * facts.end_day + starts // DAY_SECONDS, return_counts=True)
    coach_days = days[ev.COACH][counted].astype(np.int64) * facts.end_day + days.start_day[counted]
    row = np.searchsorted(keys, coach_days)
    row[row == len(keys)] = 0
    booked = np.where(keys[row] == coach_days, counts[row], 0) if len(keys) else np.zeros(len(coach_days), dtype=np.int64)
    return days[ev.CUSTOMER][counted], booked


def _how_often(reached: float) -> str:
    """Writes a share of coach-days, never rounding a few to none or to all."""
    if reached in (0, 1):
        return "reached on every coach-day" if reached else "reached on no coach-day"
    percent = "less than 1" if reached < 0.01 else "more than 99" if reached > 0.99 else f"{100 * reached:.0f}"
    return f"reached on {percent} % of coach-days; on the others fewer are booked that day than it allows"
