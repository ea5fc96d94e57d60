"""A scenario as numeric records, one row per period in which figures are constant, generated from the schema.

Row 0 of every array is *today's* figures; the calendar step copies the row of the period into it. A figure keeps its name
and unit: the path in the schema joined with `_`. Rules and steps read minutes as whole seconds through `seconds`. Choices
and yes/no become whole numbers, a distribution becomes its mean and the row of its quantile table. Everything that needs
exp or a power is made here once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import numpy as np

from jobcentre.model.compiling import jit_inline
from jobcentre.model.random_numbers import TABLE_WIDTH, probabilities, quantile_table
from jobcentre.scenario import Scenario, periods
from jobcentre.scenario.field_types import Distribution, Section
from jobcentre.scenario.groups import Group
from jobcentre.scenario.schema import WEEK, Settings
from jobcentre.scenario.working_days import Calendar

MAX_EXITS, MAX_PLANS, MAX_PHASES = 4, 4, 6
DAYS_PER_MONTH = 365.25 / 12.0
YEAR_DAYS = 365
NEVER = 1_000_000  # a day after every run
WORKING_DAYS_PER_YEAR = 253.0  # 52.18 weeks of five days less eight bank holidays
DAYS_AT_WORK_PER_YEAR = 225.0  # as evidence B13 and E2 count
ELASTICITY_POINTS = 65  # contacts ÷ the usual number from 0 to 2 in steps of 1/32
WAITING_DAYS = 10  # working days later than planned to which attendance.waiting_ratio belongs
PLAIN, INTO_WORK, STOPS_CONTACT = 0, 1, 2  # kinds of exit that a rule acts on

SECTIONS = ("office", "demand", "diary", "conversation", "attendance", "admin", "strain", "sickness", "leaving", "hiring", "policies")
WHOLE_UNITS = {"working days", "posts", "coaches", "appointments", "days per week", "weeks", "notices", "coaches per week"}


class Inputs(NamedTuple):
    """All figures of a scenario as arrays; K periods (row 0 is today's), G groups."""

    fig: np.ndarray  # (1+K,) record of every scalar figure
    groups: np.ndarray  # (1+K, G)
    exits: np.ndarray  # (1+K, G, MAX_EXITS)
    plans: np.ndarray  # (1+K, G, MAX_PLANS)
    phases: np.ndarray  # (1+K, G, MAX_PLANS, MAX_PHASES)
    decide: np.ndarray  # (1+K, G, G) cumulative shares of decisions
    referral_shares: np.ndarray  # (1+K, G, 1+R) cumulative shares of kinds of referral; 1 in the first place where none is told apart
    referrals: np.ndarray  # (1+K, 1+R) kinds of referral; the first is that of groups that tell none apart
    tables: np.ndarray  # (T, TABLE_WIDTH); row 0 is the exponential, row 1 the propensity to fail, row 2 sensitivity
    days: np.ndarray  # (D,) open, index, period, weekday, ordinal
    day_of: np.ndarray  # (N,) day number of each working day
    slots: np.ndarray  # (S,) the slots of a day
    elastic: np.ndarray  # (1+K, ELASTICITY_POINTS)
    movements: np.ndarray  # (M,) movements of the scenario, in the order of their days and names
    moved: np.ndarray  # (M, G) customers who move in, or out where negative
    settings: tuple[Settings, ...]
    calendar: Calendar
    group_names: tuple[str, ...]
    run_days: int  # simulated days; the run ends at the first second of day `run_days`
    counted_from: int  # day number of the first counted day
    first_day: dt.date


@jit_inline
def seconds(minutes: float) -> int:
    """The whole seconds nearest to some minutes."""
    return int(minutes * 60 + 0.5)


class Tables:
    """Collects the quantile tables a scenario needs; equal shapes share a row."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def row(self, family: str, cv: float, quantiles: tuple[float, ...] | None = None) -> int:
        """The row of a distribution's table."""
        key = (family, round(cv, 9), quantiles)
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(quantile_table(family, cv, quantiles))
        return self._known[key]

    def array(self) -> np.ndarray:
        """All tables, shape (T, TABLE_WIDTH)."""
        return np.array(self.rows).reshape(-1, TABLE_WIDTH)


def make_inputs(scenario: Scenario) -> Inputs:
    """Turns a scenario into arrays."""
    parts = periods(scenario)
    first = parts[0][0]
    start = scenario.settings
    counted_from = 7 * start.period.warmup_weeks
    run_days = counted_from + 7 * start.period.weeks
    calendar = Calendar(first, run_days + 800, start.office.open_days, start.office.bank_holidays)
    names = tuple(start.groups)
    if not names:
        raise ValueError("a scenario needs at least one customer group (its stock and starts may be 0)")
    tables = Tables()
    for family, cv in (("exponential", 1.0), ("gamma", start.conversation.attendance_cv), ("lognormal", start.strain.sensitivity_cv)):
        tables.rows.append(quantile_table(family, cv))
    settings = tuple(part for _, part in parts)
    open_share = float(np.mean(calendar.is_open[:run_days]))
    fig = _stack([figures_of(part, tables) for part in settings])
    derived = derived_arrivals(start, open_share)  # by the figures at the start: what changes later does not change who comes
    groups = _stack_groups([group_rows(part, tables, open_share, derived) for part in settings])
    days = _days(calendar, [(day - first).days for day, _ in parts], run_days, first)
    exits, plans, phases, decide = (
        _repeat_first(np.stack(list(rows))) for rows in zip(*(_nested(part, names) for part in settings), strict=True)
    )
    referral_shares, referrals = (
        _repeat_first(np.stack(list(rows))) for rows in zip(*(_referrals(part) for part in settings), strict=True)
    )
    return Inputs(
        fig, groups, exits, plans, phases, decide, referral_shares, referrals, tables.array(), days, calendar.day_of.astype(np.int64),
        _slots(start), _repeat_first(np.stack([elasticity(part) for part in settings])),
        *_movements(start, calendar, first, posts_of(start, fig)), settings, calendar, names, run_days, counted_from, first,
    )  # fmt: skip


# --- scalar figures ---------------------------------------------------------------------------------------------------


def leaves(section: Section, prefix: str = "") -> Iterator[tuple[str, str, Any, Any]]:
    """(name, unit, value, field) of each figure below a section; names join the path with `_`."""
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        name = f"{prefix}_{key}" if prefix else key
        if isinstance(value, Section) and not isinstance(value, Distribution):
            yield from leaves(value, name)
        else:
            extra = field.json_schema_extra
            yield name, str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else "rows", value, field


def _number(name: str, unit: str, value: Any, field: Any, tables: Tables) -> Iterator[tuple[str, float | int]]:
    """The record fields that one figure becomes."""
    if isinstance(value, Distribution):
        yield f"{name}_mean", value.mean
        yield f"{name}_table", tables.row(value.family, value.cv, value.quantiles)
    elif unit == "choice":
        yield name, _options(field).index(value)
    elif unit == "yes or no":
        yield name, int(value)
    elif unit == "time":
        yield name, -1 if value is None else int(value)
    elif unit == "minutes":
        if value is not None:
            yield name, float(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, value
    elif isinstance(value, float):
        yield name, value


def _options(field: Any) -> tuple[Any, ...]:
    return get_args(field.annotation)


def figures_of(settings: Settings, tables: Tables) -> dict[str, float | int]:
    """Every scalar figure of the settings, with those made from them."""
    # first, so that the record is of one type whether the figure is given or not
    record: dict[str, float | int] = {
        "office_establishment": settings.office.coaches,
        "conversation_overrun_limit_minutes": settings.conversation.grace_minutes,
        "conversation_first_meeting_need_cv": -1.0,
        "demand_unscheduled_places": -1,
        "strain_slow_half_life_days": 0.0,
        "sickness_breakdown_mark": -1.0,
        "office_part_timers": -1,
        "leaving_contagion_peak_days": -1,
        "hiring_at_once": -1,
    }
    for section in SECTIONS:
        for name, unit, value, field in leaves(getattr(settings, section), section):
            record.update(_number(name, unit, value, field, tables))
    response = settings.responses[settings.strain.response]
    for name, unit, value, field in leaves(response, "response"):
        record.update(_number(name, unit, value, field, tables))
    first_day = settings.period.start - dt.timedelta(weeks=settings.period.warmup_weeks)
    paused = settings.hiring.mental_health_course_paused_from, settings.hiring.mental_health_course_paused_to
    record["hiring_pause_from"], record["hiring_pause_to"] = ((date - first_day).days if date else NEVER for date in paused)
    change = (settings.period.reference_date or first_day) - first_day
    record["office_change_day"] = change.days if change.days < YEAR_DAYS else 0  # nobody there by now is new a year later
    office = settings.office
    by_number = office.part_time_share if office.part_timers is None else office.part_timers / max(1, office.coaches)
    record["office_part_time_of_posts"] = by_number
    record["office_round_the_clock"] = int(settings.office.coach_start == 0 and settings.office.coach_finish == 86400)
    record["office_lunch_end"] = settings.office.lunch_start + 60 * settings.office.lunch_minutes
    record["contracted_seconds"] = settings.office.coach_finish - settings.office.coach_start - 60 * settings.office.lunch_minutes
    record["admin_overtime_cap_table"] = tables.row("lognormal", settings.admin.overtime_cap_cv)
    first = settings.conversation.first_meeting_need_cv
    record["conversation_first_need_table"] = -1 if first is None else tables.row("lognormal", first)
    record["conversation_patience_table"] = tables.row("lognormal", settings.conversation.patience_cv)
    record["attendance_waiting_each_day"] = float(np.round(settings.attendance.waiting_ratio ** (1.0 / WAITING_DAYS), 12))
    record["demand_unscheduled_patience_table"] = tables.row("lognormal", settings.demand.unscheduled_patience_cv)
    record["admin_table"] = tables.row("lognormal", settings.admin.cv)
    slow = settings.strain.slow_half_life_days
    record["strain_slow_kept_per_day"] = 1.0 if slow is None else float(np.round(0.5 ** (1.0 / slow), 12))
    record["sickness_frailty_table"] = tables.row("gamma", settings.sickness.frailty_cv)
    marks = settings.sickness.breakdown
    record["sickness_mark_table"] = tables.row("lognormal", marks.mark_cv)
    record["sickness_mark_mean"] = -1.0 if marks.mark is None or slow is None else _mean_of_median(marks.mark, marks.mark_cv)
    record["leaving_office_table"] = tables.row("gamma", settings.leaving.office_cv)
    record["strain_kept_per_day"] = float(np.round(0.5 ** (1.0 / settings.strain.half_life_days), 12))
    for day, factor in (("unscheduled", 1.0), ("unscheduled_monday", settings.demand.unscheduled_monday_factor)):
        mean = settings.demand.unscheduled_per_post_day * factor / _mean_of_week(settings)
        record[f"{day}_mean"], record[f"{day}_none"] = mean, float(np.exp(-mean))
    return record


def _mean_of_median(median: float, cv: float) -> float:
    """The mean of a lognormal distribution with this median."""
    return float(np.round(median * np.sqrt(1.0 + cv * cv), 12))


def _mean_of_week(settings: Settings) -> float:
    """Walk-ins of a day on average over the days of a week ÷ on a day that is no Monday."""
    days = settings.office.open_days
    return (len(days) - 1 + settings.demand.unscheduled_monday_factor) / len(days) if WEEK[0] in days else 1.0


def elasticity(settings: Settings) -> np.ndarray:
    """Factor on the into-work rate at contacts ÷ the usual number from 0 to 2, between 0.5 and 1.5; shape (ELASTICITY_POINTS,)."""
    ratio = np.arange(ELASTICITY_POINTS) / 32.0
    return np.round(np.clip(ratio**settings.conversation.contact_elasticity, 0.5, 1.5), 12)


def _stack(rows: list[dict[str, float | int]]) -> np.ndarray:
    """Records of all periods, with a copy of the first in front."""
    dtype = np.dtype([(name, "i8" if isinstance(value, int) else "f8") for name, value in rows[0].items()], align=True)
    out = np.zeros(len(rows) + 1, dtype)
    for i, row in enumerate([rows[0], *rows]):
        for name, value in row.items():
            out[name][i] = value
    return out


# --- groups -----------------------------------------------------------------------------------------------------------


def group_rows(settings: Settings, tables: Tables, open_share: float, derived: Mapping[str, float]) -> list[dict[str, float | int]]:
    """One record per group; where no arrivals are given they are those derived for a constant stock."""
    rows = []
    for name, group in settings.groups.items():
        record: dict[str, float | int] = {}
        for field_name, unit, value, field in leaves(group):
            if field_name not in {
                "arrivals_per_post_day",
                "decision",
                "referrals_to",
                "promised_minutes_13_weeks",
            } and not field_name.startswith("decision_"):
                record.update(_number(field_name, unit, value, field, tables))
        rate = derived[name] if group.arrivals_per_post_day is None else group.arrivals_per_post_day
        rate = max(0.0, rate) * settings.demand.starts_factor
        volunteers = group.without_contact_per_post * group.volunteers_per_month / DAYS_PER_MONTH / open_share
        record["starts_mean"], record["starts_none"] = rate, float(np.exp(-rate))
        record["volunteers_mean"], record["volunteers_none"] = volunteers, float(np.exp(-volunteers))
        record["message_none"] = float(np.round(np.exp(-group.messages_per_week / 7.0 / open_share), 15))
        record["message_mean"] = group.messages_per_week / 7.0 / open_share
        record["decision_after_days_mean"] = group.decision.after_days.mean if group.decision else 0.0
        record["decision_after_days_table"] = (
            tables.row(group.decision.after_days.family, group.decision.after_days.cv, group.decision.after_days.quantiles)
            if group.decision
            else 0
        )
        record["age_days_mean"], record["age_days_table"] = ages(group, tables, open_share)
        record["n_exits"], record["n_plans"] = len(group.exits), len(group.plans)
        rows.append(record)
    return rows


def _stack_groups(periods_rows: list[list[dict[str, float | int]]]) -> np.ndarray:
    return np.stack([_stack(list(rows))[1:] for rows in [periods_rows[0], *periods_rows]])


def stays(group: Group, open_share: float) -> tuple[float, float]:
    """Mean stay in calendar days, and the share of stays that end with the decision."""
    return _stays(_rate(group), group.decision.after_days if group.decision else None, open_share)


def _rate(group: Group) -> float:
    """Exits a day."""
    return sum(out.per_month for out in group.exits.values()) / DAYS_PER_MONTH


@lru_cache(maxsize=256)  # the offices of a table share these, as below
def _stays(rate: float, decision: Distribution | None, open_share: float) -> tuple[float, float]:
    if decision is None:
        return (1.0 / rate if rate > 0 else float("inf")), 0.0
    u = (np.arange(4000) + 0.5) / 4000
    table = quantile_table(decision.family, decision.cv, decision.quantiles)
    after = np.interp(u, 1.0 - probabilities(), table) * decision.mean / open_share
    decided = float(np.mean(np.exp(-rate * after)))
    return ((1.0 - decided) / rate if rate > 0 else float(np.mean(after))), decided


def ages(group: Group, tables: Tables, open_share: float) -> tuple[float, int]:
    """Time in the group, in days, of those found in it in the steady state: its mean and the row of its table."""
    if group.decision is None:
        stay, _ = stays(group, open_share)
        return (stay if np.isfinite(stay) else 365.0), 0
    mean, quantiles = _ages(_rate(group), group.decision.after_days, open_share)
    return mean, tables.row("table", 0.0, quantiles)


@lru_cache(maxsize=256)
def _ages(rate: float, decision: Distribution, open_share: float) -> tuple[float, tuple[float, ...]]:
    """Their mean, and their equally spaced quantiles ÷ the mean."""
    table = quantile_table(decision.family, decision.cv, decision.quantiles) * decision.mean / open_share
    days = np.linspace(0.0, float(table[-1]), 8001)
    survival = (1.0 - np.interp(days, table, 1.0 - probabilities(), right=1.0)) * np.exp(-rate * days)
    area = np.concatenate([[0.0], np.cumsum(np.diff(days) * (survival[1:] + survival[:-1]) / 2.0)])
    at = np.interp((np.arange(1001)) / 1000.0, area / area[-1], days)
    mean = float(np.mean((at[1:] + at[:-1]) / 2.0))
    return mean, tuple(float(x) for x in np.round(at / mean, 9))


def derived_arrivals(settings: Settings, open_share: float) -> dict[str, float]:
    """Starts per post and working day of each group that keep its expected stock constant, moves included."""
    outflow: dict[str, float] = {}
    into: dict[str, float] = dict.fromkeys(settings.groups, 0.0)
    for name, group in settings.groups.items():
        stay, decided = stays(group, open_share)
        outflow[name] = group.stock_per_post / stay
        kept = {other: settings.groups[other].keeps_contact_share for other in settings.groups}
        for out in group.exits.values():
            if out.to is not None:
                into[out.to] += group.stock_per_post * out.per_month / DAYS_PER_MONTH * kept[out.to]
        if group.decision is not None:
            for other, share in group.decision.to.items():
                into[other] += outflow[name] * decided * share * kept[other]
        into[name] += group.without_contact_per_post * group.volunteers_per_month / DAYS_PER_MONTH
    return {name: (outflow[name] - into[name]) / open_share for name in settings.groups}


def _nested(settings: Settings, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Exits, plans, phases and decisions of one period."""
    count = len(names)
    exits = np.zeros((count, MAX_EXITS), np.dtype([("per_day", "f8"), ("to", "i8"), ("kind", "i8")], align=True))
    plans = np.zeros((count, MAX_PLANS), np.dtype([("cumulative_share", "f8"), ("n_phases", "i8")], align=True))
    phases = np.zeros(
        (count, MAX_PLANS, MAX_PHASES),
        np.dtype(
            [
                ("minutes", "f8"),
                ("every_days", "i8"),
                ("ends_after_appointments", "i8"),
                ("ends_after_weeks", "f8"),
                ("first_meeting", "i8"),
                ("low_need", "i8"),
            ],
            align=True,
        ),
    )
    decide = np.ones((count, max(count, 1)))
    for g, name in enumerate(names):
        group = settings.groups[name]
        for i, (label, out) in enumerate(group.exits.items()):
            kind = {"into_work": INTO_WORK, "stops_contact": STOPS_CONTACT}.get(label, PLAIN)
            exits[g, i] = (out.per_month / DAYS_PER_MONTH, -1 if out.to is None else names.index(out.to), kind)
        upto = 0.0
        for i, plan in enumerate(group.plans.values()):
            upto += plan.share
            plans[g, i] = (2.0 if i == len(group.plans) - 1 else upto, len(plan.phases))
            for j, phase in enumerate(plan.phases.values()):
                end = phase.ends_after
                phases[g, i, j] = (
                    phase.minutes,
                    phase.every_days,
                    (end and end.appointments) or 0,
                    (end and end.weeks) or 0.0,
                    phase.first_meeting,
                    phase.low_need,
                )
        if group.decision is not None:
            shares = [group.decision.to.get(other, 0.0) for other in names]
            decide[g] = np.round(np.cumsum(shares), 12)
            decide[g, max(i for i, share in enumerate(shares) if share > 0) :] = 2.0
    return exits, plans, phases, decide


def _referrals(settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Shares of kinds of referral by group, and the kinds, of one period."""
    referral_shares = np.zeros((len(settings.groups), 1 + len(settings.referrals)))
    for g, group in enumerate(settings.groups.values()):
        shares = [group.referrals_to.get(kind, 0.0) for kind in settings.referrals]
        if any(shares):
            referral_shares[g, 1:] = np.round(np.cumsum(shares), 12)
            referral_shares[g, 1 + max(i for i, share in enumerate(shares) if share > 0) :] = 2.0
        else:
            referral_shares[g, 0] = 1.0
    fields = [("minutes", "f8"), ("follow_up_days", "i8"), ("pauses_contact_share", "f8"), ("pause_days", "i8")]
    kinds = np.zeros(1 + len(settings.referrals), np.dtype(fields, align=True))
    conversation = settings.conversation
    kinds[0] = (settings.admin.referral_minutes, conversation.referral_follow_up_days, 0.0, conversation.referral_pause_days)
    for i, kind in enumerate(settings.referrals.values(), 1):
        kinds[i] = (kind.minutes, kind.follow_up_days, kind.pauses_contact_share, kind.pause_days)
    return referral_shares, kinds


def posts_of(settings: Settings, fig: np.ndarray) -> int:
    """Posts that may ever be filled."""
    return int(max(settings.office.coaches, fig["office_establishment"].max(), 1))


def _movements(settings: Settings, calendar: Calendar, first: dt.date, posts: int) -> tuple[np.ndarray, np.ndarray]:
    """Movements, each on its date or the next working day, and the customers of each; rows of those who join follow one another."""
    fields = ("day", "leave", "service", "contagious", "join", "trained", "absent", "until", "first_row", "first_number")
    named = sorted(settings.movements.values(), key=lambda one: one.date)
    rows = np.zeros(len(named), np.dtype([(name, "i8") for name in fields], align=True))
    moved = np.array([[int(one.customers.get(group, 0)) for group in settings.groups] for one in named], np.int64)
    row, number = posts, 0
    for m, one in enumerate(named):
        day = (one.date - first).days
        day += int(np.argmax(calendar.is_open[day:]))
        until = -1 if one.until is None else (one.until - first).days
        service = _options(type(one).model_fields["service"]).index(one.service)
        rows[m] = (day, one.leave, service, one.contagious, one.join, one.trained, one.absent, until, row, number)
        row += one.join
        number += int(moved[m].clip(0).sum())
    return rows, moved.reshape(len(named), len(settings.groups))


def _repeat_first(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows[:1], rows])


# --- days and slots ---------------------------------------------------------------------------------------------------


def _days(calendar: Calendar, starts: list[int], run_days: int, first: dt.date) -> np.ndarray:
    count = len(calendar.is_open)
    days = np.zeros(count, np.dtype([("open", "i8"), ("index", "i8"), ("period", "i8"), ("weekday", "i8"), ("ordinal", "i8")], align=True))
    days["open"], days["index"] = calendar.is_open, calendar.index[:count]
    days["period"] = np.searchsorted(np.asarray(starts), np.arange(count), side="right")  # row 1 is the first period
    days["ordinal"] = first.toordinal() + np.arange(count)
    days["weekday"] = (first.weekday() + np.arange(count)) % len(WEEK)
    return days


def _slots(settings: Settings) -> np.ndarray:
    """The slots of a day: when each starts, whether it can ever be booked, and its place in both templates.

    `spread` takes starts in odd half-hours of the bookable day first, then in even ones.
    """
    office = settings.office
    begin, end = max(office.opens, office.coach_start), min(office.closes, office.coach_finish)
    length = 60 * office.slot_minutes
    starts = np.arange(begin, end - length + 1, length)
    slots = np.zeros(
        len(starts), np.dtype([(name, "i8") for name in ("second", "usable", "bookable", "end", "spread", "by_start")], align=True)
    )
    slots["second"], slots["end"] = starts, len(starts)
    lunch_end = office.lunch_start + 60 * office.lunch_minutes
    slots["usable"] = (starts + length <= office.lunch_start) | (starts >= lunch_end) if office.lunch_minutes else 1
    half_hour = (starts - begin) // 1800
    slots["spread"] = np.lexsort((starts, half_hour % 2))
    return _repeat_slots(slots, settings.diary.bookings_per_start)


def _repeat_slots(slots: np.ndarray, times: int) -> np.ndarray:
    """The slots once for each booking that a start takes; both templates come to the second when no start is left for a first."""
    repeated = np.tile(slots, times)
    first = np.repeat(np.arange(times) * len(slots), len(slots))  # that of the same repetition
    for name in ("end", "spread"):
        repeated[name] += first
    repeated["by_start"] = np.argsort(repeated["second"], kind="stable")
    return repeated
