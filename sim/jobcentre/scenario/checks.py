"""Checks between figures that no single field can make."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from pydantic import BaseModel

from jobcentre.scenario.errors import Complaint, did_you_mean
from jobcentre.scenario.field_types import Distribution, clock
from jobcentre.scenario.groups import Group, Plan, parts_of_one
from jobcentre.scenario.movements import Movement
from jobcentre.scenario.schema import Office, Settings

Path = tuple[str, ...]

_ROW_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}\Z", re.ASCII)
_RESERVED = ("value", "why")
_DAY = 86_400
#: Most cv at which a symmetric distribution has no values below 0.
_MOST_CV = {"uniform": 1 / math.sqrt(3), "triangular": 1 / math.sqrt(6)}
_MOST_QUANTILE = 1e12
#: Whole numbers of the event log have 32 bits.
_MOST_COUNTED = 2**31
#: Standard deviations from the middle to the last row of the tables that durations are drawn from.
_FURTHEST = 7.43
#: Coaches have twelve bits in the order of what happens at one instant.
_MOST_COACHES = 4096
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
#: So many customers do not belong to one office, and would not fit into memory.
_MOST_CUSTOMERS = 2_000_000


def check(settings: Settings, at_start: bool = True) -> Iterator[Complaint]:
    """All that does not fit together; `at_start` is False for settings in force from a later date."""
    yield from _period(settings)
    yield from _office(settings, at_start)
    yield from _day(settings.office)
    yield from _rows(settings)
    for name, group in settings.groups.items():
        yield from _group(("groups", name), group, settings)
    yield from _coaches(settings)
    yield from _places_of_coaches(settings)
    for name, movement in settings.movements.items():
        yield from _movement(("movements", name), movement, settings)
    yield from _distributions(settings, ())
    yield from _policies(settings)


def is_round_the_clock(office: Office) -> bool:
    """Whether coaches work through the night, so that no day ever finishes."""
    return office.coach_start == 0 and office.coach_finish == _DAY


def bookable_stretches(office: Office) -> list[int]:
    """Seconds of the parts of the day in which customers can be booked: before and after lunch."""
    begin, end = max(office.opens, office.coach_start), min(office.closes, office.coach_finish)
    lunch = (office.lunch_start, office.lunch_start + 60 * office.lunch_minutes) if office.lunch_minutes else (end, end)
    parts = [(begin, min(end, lunch[0])), (max(begin, lunch[1]), end)]
    return [last - first for first, last in parts if last > first]


def _period(settings: Settings) -> Iterator[Complaint]:
    period = settings.period
    if period.start.weekday() != 0:
        yield Complaint(("period", "start"), f"{period.start} is a {period.start:%A}; counting starts on a Monday")
    if not _FIRST_YEAR <= period.start.year <= _LAST_YEAR:
        yield Complaint(("period", "start"), f"{period.start} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    dates = {name: getattr(period, name) for name in ("reference_date", "measured_from", "measured_to")}
    outside = {name: date for name, date in dates.items() if date is not None and not 0 <= (date - period.start).days < 7 * period.weeks}
    for name, date in outside.items():
        yield Complaint(("period", name), f"{date} lies outside the {period.weeks} counted weeks from {period.start}")
    if {"measured_from", "measured_to"} & set(outside):
        return  # their order is no mistake of its own
    if period.measured_from is not None and period.measured_to is not None and period.measured_from > period.measured_to:
        yield Complaint(("period", "measured_from"), f"{period.measured_from} comes after measured_to, {period.measured_to}")


def _office(settings: Settings, at_start: bool) -> Iterator[Complaint]:
    office, days = settings.office, len(settings.office.open_days)
    twice = [day for day, count in Counter(office.open_days).items() if count > 1]
    if not office.open_days:
        yield Complaint(("office", "open_days"), "names no day", "for example [mon, tue, wed, thu, fri]")
    if twice:
        yield Complaint(("office", "open_days"), f"names {', '.join(twice)} twice", "name each day once")
    if office.part_time_days > days:
        yield Complaint(("office", "part_time_days"), f"is {office.part_time_days} but the office is open on {days} days a week")
    if office.part_timers is not None and office.part_timers > office.coaches:
        yield Complaint(("office", "part_timers"), f"is {office.part_timers}, more than the {office.coaches} coaches at the start")
    if is_round_the_clock(office):
        yield from _round_the_clock(office)
    if at_start and office.establishment is not None and office.establishment < office.coaches:
        message = f"is {office.establishment}, fewer than the {office.coaches} coaches at the start"
        yield Complaint(("office", "establishment"), message, "to cut posts, change it from a date; nobody leaves because of it")


def _round_the_clock(office: Office) -> Iterator[Complaint]:
    """Coaches at work through the night need an office that never closes."""
    if len(set(office.open_days)) < 7:
        yield Complaint(("office", "open_days"), "an office open round the clock is open on all seven days", "name all seven")
    if office.bank_holidays != "none":
        yield Complaint(("office", "bank_holidays"), "an office open round the clock keeps no bank holidays", "write `bank_holidays: none`")
    if office.lunch_minutes:
        yield Complaint(("office", "lunch_minutes"), "an office open round the clock has no lunch", "write `lunch_minutes: 0`")
    if (office.opens, office.closes) != (0, _DAY):
        yield Complaint(("office", "opens"), "coaches at work round the clock need customers round the clock", "open 00:00 to 24:00")


def _day(office: Office) -> Iterator[Complaint]:
    """The hours of a day, in order."""
    if office.closes <= office.opens:
        yield Complaint(("office", "closes"), f"is {clock(office.closes)}, not after the opening at {clock(office.opens)}")
    if office.coach_finish <= office.coach_start:
        yield Complaint(("office", "coach_finish"), f"is {clock(office.coach_finish)}, not after the start at {clock(office.coach_start)}")
        return
    lunch_end = office.lunch_start + 60 * office.lunch_minutes
    if office.lunch_minutes and not (office.coach_start <= office.lunch_start and lunch_end <= office.coach_finish):
        hours = f"{clock(office.coach_start)} to {clock(office.coach_finish)}"
        message = f"{office.lunch_minutes} minutes of lunch from {clock(office.lunch_start)} lie outside the coaches' day, {hours}"
        yield Complaint(("office", "lunch_start"), message)
    contracted = office.coach_finish - office.coach_start - 60 * office.lunch_minutes
    if contracted <= 0:
        yield Complaint(("office", "lunch_minutes"), "leaves nothing of the coaches' day")
    elif 60 * office.meeting_minutes > contracted:
        yield Complaint(
            ("office", "meeting_minutes"), f"is {office.meeting_minutes:g} minutes, longer than the contracted day of {contracted // 60}"
        )
    if office.closes > office.opens and max(bookable_stretches(office), default=0) < 60 * office.slot_minutes:
        message = f"no slot of {office.slot_minutes} minutes fits between opening and closing while coaches are at work"
        yield Complaint(("office", "slot_minutes"), message)


def _rows(settings: Settings) -> Iterator[Complaint]:
    """Names of rows, and rows that name each other."""
    yield from _names(("groups",), settings.groups)
    yield from _names(("responses",), settings.responses)
    yield from _names(("referrals",), settings.referrals)
    yield from _names(("movements",), settings.movements)
    if settings.strain.response not in settings.responses:
        message = f"there is no row `{settings.strain.response}` in `responses`"
        hint = did_you_mean(settings.strain.response, settings.responses) or f"rows: {', '.join(settings.responses)}"
        yield Complaint(("strain", "response"), message, hint)
    customers = settings.demand.posts * sum(group.stock_per_post for group in settings.groups.values())
    if customers > _MOST_CUSTOMERS:
        message = f"{settings.demand.posts} posts have {customers:,.0f} customers at the start, more than {_MOST_CUSTOMERS:,}"
        yield Complaint(("demand", "posts"), message, "lower it, or `stock_per_post` of the groups")
    first: dict[int, str] = {}
    for name, group in settings.groups.items():
        if group.number in first:
            yield Complaint(
                ("groups", name, "number"),
                f"{group.number} is also the number of `{first[group.number]}`",
                "give each group its own number",
            )
        first.setdefault(group.number, name)


def _names(path: Path, rows: Iterable[str]) -> Iterator[Complaint]:
    for name in rows:
        if not _ROW_NAME.match(name):
            yield Complaint((*path, name), f"`{name}` cannot name a row", "use letters, digits, _ and -")
        elif name in _RESERVED:
            yield Complaint((*path, name), f"`{name}` has a meaning of its own and cannot name a row", "choose another name")


def _group(path: Path, group: Group, settings: Settings) -> Iterator[Complaint]:
    yield from _names((*path, "plans"), group.plans)
    yield from _names((*path, "exits"), group.exits)
    for parts in parts_of_one(group):
        yield from _add_to_one((*path, *parts.path), parts.shares)
        for name, share in parts.shares.items():
            if not 0 <= share <= 1:
                yield Complaint((*path, *parts.place(name)), f"is {share:g} but must be between 0 and 1 (share)")
    for name in () if group.decision is None else group.decision.to:
        yield from _is_group((*path, "decision", "to", name), name, settings)
    for name in group.referrals_to:
        if name not in settings.referrals:
            known = ", ".join(f"`{kind}`" for kind in settings.referrals) or "none"
            yield Complaint((*path, "referrals_to", name), f"no kind of referral is called `{name}`", f"`referrals` has {known}")
    for name, way in group.exits.items():
        if way.to is not None:
            yield from _is_group((*path, "exits", name, "to"), way.to, settings)
            if settings.groups.get(way.to) is group:
                yield Complaint(
                    (*path, "exits", name, "to"), "leads back to the group itself", "leave it out for those who leave the caseload"
                )
    planned = max((phase.minutes for plan in group.plans.values() for phase in plan.phases.values()), default=0.0)
    seconds = 60 * planned * max(settings.conversation.complex_need_factor, 1.0) * _longest(group.need)
    yield from _counted((*path, "need", "mean"), seconds, "seconds of an appointment")
    for name, plan in group.plans.items():
        yield from _names((*path, "plans", name, "phases"), plan.phases)
        yield from _phases((*path, "plans", name, "phases"), plan)
        yield from _lengths((*path, "plans", name, "phases"), plan, settings.office)
    if group.failed_share + group.rearranged_share > 1 + 1e-9:
        yield Complaint(
            (*path, "rearranged_share"),
            f"with failed_share it makes {group.failed_share + group.rearranged_share:g}, more than all bookings",
        )


def _coaches(settings: Settings) -> Iterator[Complaint]:
    """Strain, sickness, leaving and hiring."""
    leaving, hiring = settings.leaving, settings.hiring
    if leaving.contagion_peak_days is not None and leaving.contagion_peak_days >= leaving.contagion_days:
        message = f"is {leaving.contagion_peak_days}, not before the end of the window, `contagion_days` ({leaving.contagion_days})"
        yield Complaint(("leaving", "contagion_peak_days"), message)
    if settings.sickness.breakdown.mark is not None and settings.strain.slow_half_life_days is None:
        message = "is given, but there is no slow strain that could pass it"
        yield Complaint(("sickness", "breakdown", "mark"), message, "give `strain.slow_half_life_days`, or set the mark to null")
    begin, end = hiring.mental_health_course_paused_from, hiring.mental_health_course_paused_to
    if end is not None and (begin is None or begin > end):
        message = f"is {end}, but " + (
            "no date is given from which on it is paused" if begin is None else f"the pause begins later, on {begin}"
        )
        yield Complaint(("hiring", "mental_health_course_paused_to"), message)


def _places_of_coaches(settings: Settings) -> Iterator[Complaint]:
    """Posts and those who join beside them, of whom each has a place of their own in the order of an instant."""
    posts = max(settings.office.coaches, settings.office.establishment or 0)
    joining = {name: movement.join for name, movement in settings.movements.items() if movement.join}
    if posts + sum(joining.values()) > _MOST_COACHES:
        last = list(joining)[-1] if joining else ""
        path = ("movements", last, "join") if joining else ("office", "coaches")
        message = f"with it {posts:,} posts and {sum(joining.values()):,} who join are more than the {_MOST_COACHES:,} coaches that an office can have"
        yield Complaint(path, message, "let fewer join, or take fewer posts")


def _movement(path: Path, movement: Movement, settings: Settings) -> Iterator[Complaint]:
    """People move within the counted period, not more than there are, and come back after they have gone."""
    period, office = settings.period, settings.office
    last = period.start + dt.timedelta(weeks=period.weeks, days=-1)
    dates = {"date": movement.date, "until": movement.until}
    for key, date in dates.items():
        if date is not None and not period.start <= date <= last:
            hint = "leave it out for those who stay for good" if key == "until" and movement.join else None
            yield Complaint((*path, key), f"{date} lies outside the {period.weeks} counted weeks from {period.start}", hint)
    if movement.until is not None and movement.until < movement.date:
        yield Complaint((*path, "until"), f"is {movement.until}, before the date, {movement.date}")
    if movement.until is None and movement.absent:
        yield Complaint((*path, "until"), "is missing: whoever is away comes back", "give the last day away, or let them `leave`")
    if movement.until is not None and not (movement.join or movement.absent):
        yield Complaint((*path, "until"), "is given, but nobody joins or is away", "leave it out")
    for key, number in (("leave", movement.leave), ("absent", movement.absent)):
        if number > max(office.coaches, office.establishment or 0):
            yield Complaint((*path, key), f"is {number}, more than the office has coaches")
    for group, moved in movement.customers.items():
        yield from _is_group((*path, "customers", group), group, settings)
        if moved != int(moved) or abs(moved) > _MOST_CUSTOMERS:
            yield Complaint(
                (*path, "customers", group), f"is {moved:g} but must be a whole number of customers", "negative for those who go"
            )


def _add_to_one(path: Path, shares: Mapping[str, float]) -> Iterator[Complaint]:
    total = math.fsum(shares.values())
    if abs(total - 1) > 1e-9 * max(1, len(shares)):
        yield Complaint(
            path,
            f"the shares of {', '.join(shares) or 'no rows'} add to {total:.10g}, not 1",
            "shares are never rescaled; correct one of them",
        )


def _is_group(path: Path, name: str, settings: Settings) -> Iterator[Complaint]:
    if name not in settings.groups:
        yield Complaint(path, f"there is no group `{name}`", did_you_mean(name, settings.groups) or f"groups: {', '.join(settings.groups)}")


def _phases(path: Path, plan: Plan) -> Iterator[Complaint]:
    """Every phase but the last ends after appointments or at a week later than those before."""
    *earlier, (last, final) = plan.phases.items()
    if final.ends_after is not None:
        yield Complaint((*path, last, "ends_after"), "the last phase never ends", "delete `ends_after`, or add a phase behind it")
    week = 0.0
    for name, phase in earlier:
        end = phase.ends_after
        if end is None or (end.appointments is None) == (end.weeks is None):
            message = "a phase before the last ends after appointments or weeks, one of the two"
            yield Complaint((*path, name, "ends_after"), message, "for example `ends_after: {weeks: 13}`")
        elif end.weeks is not None:
            if end.weeks <= week:
                yield Complaint(
                    (*path, name, "ends_after", "weeks"), f"ends in week {end.weeks:g}, not after the phase before it (week {week:g})"
                )
            week = max(week, end.weeks)


def _lengths(path: Path, plan: Plan, office: Office) -> Iterator[Complaint]:
    """An appointment must fit into the longer part of the bookable day."""
    longest = max(bookable_stretches(office), default=0) // (60 * office.slot_minutes)
    for name, phase in plan.phases.items():
        if math.ceil(phase.minutes / office.slot_minutes) > longest > 0:
            most = longest * office.slot_minutes
            message = f"an appointment of {phase.minutes:g} minutes does not fit into the {most} minutes that can be booked in one piece"
            yield Complaint((*path, name, "minutes"), message)


def _distributions(part: BaseModel, path: Path) -> Iterator[Complaint]:
    """Every distribution below a section."""
    for key in type(part).model_fields:
        value = getattr(part, key)
        rows = value.items() if isinstance(value, dict) else [(None, value)]
        for name, inner in rows:
            below = (*path, key) if name is None else (*path, key, name)
            if isinstance(inner, Distribution):
                yield from _distribution(below, inner)
            elif isinstance(inner, BaseModel):
                yield from _distributions(inner, below)


def _longest(one: Distribution) -> float:
    """The longest value that can be drawn; for a lognormal one at least as long, and that is longest for gamma and the others too."""
    if one.family == "constant":
        return one.mean
    if one.family == "table":
        quantiles = one.quantiles or (1.0,)
        return one.mean * quantiles[-1] / max(math.fsum(quantiles) / len(quantiles), 1 / _MOST_QUANTILE) * 2
    spread = math.log1p((1.0 if one.family == "exponential" else one.cv) ** 2)
    return one.mean * math.exp(_FURTHEST * math.sqrt(spread) - spread / 2)


def _counted(path: Path, longest: float, what: str) -> Iterator[Complaint]:
    if longest >= _MOST_COUNTED:
        message = f"could be as long as {longest:.2g} {what}; the event log counts up to {_MOST_COUNTED:.2g}"
        yield Complaint(path, message, "lower the mean or the cv")


def _distribution(path: Path, one: Distribution) -> Iterator[Complaint]:
    in_minutes = "minutes" in path[-1]
    yield from _counted((*path, "mean"), _longest(one) * (60 if in_minutes else 1), "seconds" if in_minutes else "days")
    most = _MOST_CV.get(one.family)
    if most is not None and one.cv > most + 1e-12:
        yield Complaint(
            (*path, "cv"),
            f"is {one.cv:g}, but a {one.family} distribution with cv above {most:.4f} has values below 0",
            "use lognormal or gamma",
        )
    if one.family == "constant" and one.cv != 0:
        yield Complaint((*path, "cv"), f"is {one.cv:g}, but a constant does not vary", "write 0 or leave it out")
    if one.family == "exponential" and one.cv not in (0.0, 1.0):
        yield Complaint((*path, "cv"), f"is {one.cv:g}, but that of an exponential distribution is always 1", "leave it out, or use gamma")
    if one.family != "table":
        if one.quantiles is not None:
            yield Complaint(
                (*path, "quantiles"), f"are used by family `table` only, not `{one.family}`", "delete them or write `family: table`"
            )
        return
    quantiles = one.quantiles or ()
    if len(quantiles) < 2:
        yield Complaint((*path, "quantiles"), "family `table` needs at least two quantiles", "for example [1, 2, 5, 20]")
    elif quantiles[0] < 0 or any(later < earlier for earlier, later in pairwise(quantiles)):
        yield Complaint((*path, "quantiles"), "must not be below 0 and must not fall", "give them in order, the lowest first")
    elif sum(quantiles) <= 0:
        yield Complaint((*path, "quantiles"), "are all 0; their mean must be above 0")
    elif not 1 / _MOST_QUANTILE <= quantiles[-1] <= _MOST_QUANTILE:
        message = f"end at {quantiles[-1]:g}, which no computer can reckon with"
        yield Complaint((*path, "quantiles"), message, "give them in another scale: only their ratios count")


def _policies(settings: Settings) -> Iterator[Complaint]:
    """Protected time that fits into the day, and triggers in order."""
    office, diary, flexibilities = settings.office, settings.diary, settings.policies.flexibilities
    begin, end = max(office.opens, office.coach_start), min(office.closes, office.coach_finish)
    bookable = sum(bookable_stretches(office)) // 60
    start, minutes = diary.protected_admin_start, diary.protected_admin_minutes
    if minutes > bookable:
        yield Complaint(("diary", "protected_admin_minutes"), f"is {minutes} minutes, longer than the bookable day of {bookable}")
    elif start is not None and minutes and not (begin <= start and start + 60 * minutes <= end):
        message = f"{minutes} minutes from {clock(start)} lie outside the bookable day, {clock(begin)} to {clock(end)}"
        yield Complaint(("diary", "protected_admin_start"), message)
    if minutes and diary.protected_windows > 1:
        office, path = settings.office, ("diary", "protected_windows")
        lunch_end = office.lunch_start + 60 * office.lunch_minutes
        morning = (office.lunch_start - max(office.opens, office.coach_start + int(60 * office.meeting_minutes))) // 60
        shortest = min(morning, (min(office.closes, office.coach_finish) - lunch_end) // 60)
        if minutes > shortest:
            yield Complaint(
                path, f"{minutes} minutes do not fit between opening, lunch and closing: {shortest} at most", "protect less, or in 1 window"
            )
    if flexibilities.lower > flexibilities.upper:
        message = f"is {flexibilities.lower:g}, above `upper` ({flexibilities.upper:g})"
        yield Complaint(("policies", "flexibilities", "lower"), message, "the lower trigger ends what the upper one begins")
    outreach = settings.policies.outreach
    if outreach.coaches and outreach.days_per_week > len(office.open_days):
        message = f"is {outreach.days_per_week} but the office is open on {len(office.open_days)} days a week"
        yield Complaint(("policies", "outreach", "days_per_week"), message)
