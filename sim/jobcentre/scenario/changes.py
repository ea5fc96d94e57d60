"""Dated changes, and the settings in force from each date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jobcentre.scenario.errors import Complaint, did_you_mean
from jobcentre.scenario.evidence import Evidence
from jobcentre.scenario.schema import Period, Settings
from jobcentre.scenario.schema_paths import node_at, suggest
from jobcentre.scenario.validate import build, wrong_values

DAY = dt.timedelta(days=1)
MOST_DAYS = 3660
NOT_GIVEN = "not said"


@dataclass(frozen=True, slots=True)
class Change:
    """Figures that change from a date, at once or linearly over a number of calendar days (1: at once).

    `set` holds the new value of each single figure by dotted path, times of day as HH:MM; `name` is that of the change in files.
    """

    date: dt.date
    set: Mapping[str, Any]
    over_days: int = 1
    why: str = NOT_GIVEN
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    name: str = ""

    @property
    def last_day(self) -> dt.date:
        """The day on which the new values are reached."""
        return dt.date.fromordinal(min(self.date.toordinal() + self.over_days - 1, dt.date.max.toordinal()))


class ChangeComplaint(NamedTuple):
    """What is wrong with the change of this number, at a path of its `set` (empty: the change as a whole)."""

    change: int
    complaint: Complaint


def first_day(period: Period) -> dt.date:
    """The first simulated date."""
    return period.start - DAY * 7 * period.warmup_weeks


def last_day(period: Period) -> dt.date:
    """The last simulated date."""
    return period.start + DAY * (7 * period.weeks - 1)


def timeline(settings: Settings, changes: Sequence[Change]) -> tuple[list[tuple[dt.date, Settings]], list[ChangeComplaint]]:
    """The settings in force from each date on, and what is wrong; `changes` are in order of date."""
    complaints = list(_misplaced(settings, changes))
    misplaced = {one.change for one in complaints}
    complaints += _wrong_beside(settings, changes, complaints)
    usable = [(number, change) for number, change in enumerate(changes) if number not in misplaced]
    first, last = first_day(settings.period), last_day(settings.period)
    start: dict[str, Any] = settings.model_dump()
    days = {one.date + DAY * n for _, one in usable for n in range(_length(one))}
    if len(days) > MOST_DAYS:
        last_number = max((one.date, number) for number, one in usable)[1]
        message = f"figures change on {len(days)} days in all, more than {MOST_DAYS}"
        return [], [ChangeComplaint(last_number, Complaint(("over_days",), message, "shorten `over_days`"))]
    entries = [(first, settings)]
    current: dict[str, Any] = {}
    origins: dict[tuple[int, str], Any] = {}
    for day in sorted(one for one in days if one <= last):
        before = dict(current)
        for number, change in usable:
            if change.date <= day <= change.last_day:
                for path, target in change.set.items():
                    origin = origins.setdefault((number, path), before.get(path, _value(start, path)))
                    current[path] = _on_day(path, origin, target, (day - change.date).days + 1, change.over_days)
        built = build(_with(start, current), at_start=False)
        if built.settings is None:
            complaints += [_blame(one, usable, day) for one in built.complaints]
            continue
        if day == first:
            entries.clear()
        entries.append((day, built.settings))
    once = {(one.change, one.complaint.path): one for one in reversed(complaints)}
    return ([], list(reversed(once.values()))) if complaints else (entries, [])


def _length(change: Change) -> int:
    """On how many days a change makes new settings: more than one only where a number moves."""
    return change.over_days if any(_moves(path, value) for path, value in change.set.items()) else 1


def _moves(path: str, value: Any) -> bool:
    """Whether a figure is a number that can move linearly; times of day, choices and yes or no change at once."""
    spot = node_at(path.split("."))
    return (
        spot is not None
        and spot.inner in (int, float)
        and spot.unit != "time"
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _on_day(path: str, origin: Any, target: Any, day: int, days: int) -> Any:
    """The value on a day of a change, day 1 being its date; whole numbers are rounded half up."""
    if day >= days or not (_moves(path, target) and _moves(path, origin)):
        return target
    spot = node_at(path.split("."))
    if spot is not None and spot.inner is int:
        return (2 * (int(origin) * days + (int(target) - int(origin)) * day) + days) // (2 * days)
    return origin + (target - origin) * day / days


def _misplaced(settings: Settings, changes: Sequence[Change]) -> Iterator[ChangeComplaint]:
    """Changes outside the simulated span, of figures that do not exist or cannot change, or that overlap."""
    first, last = first_day(settings.period), last_day(settings.period)
    data = settings.model_dump()
    moving: dict[str, Change] = {}
    latest: dict[str, Any] = {}
    for number, change in enumerate(changes):
        if not first <= change.date <= last:
            yield ChangeComplaint(number, Complaint(("date",), f"{change.date} lies outside the simulated time, {first} to {last}"))
        if not 1 <= change.over_days <= MOST_DAYS:
            yield ChangeComplaint(
                number, Complaint(("over_days",), f"is {change.over_days} but must be between 1 and {MOST_DAYS} calendar days")
            )
        for path, value in change.set.items():
            for complaint in _cannot_change(path, value, data):
                yield ChangeComplaint(number, complaint)
            earlier = moving.get(path)
            if earlier is not None and change.date == earlier.date:
                yield ChangeComplaint(number, Complaint((path,), f"two changes of {change.date} set it", "keep one of them"))
            elif earlier is not None and change.date <= earlier.last_day:
                message = f"an earlier change still moves it until {earlier.last_day}"
                yield ChangeComplaint(
                    number, Complaint((path,), message, "let this change begin later, or shorten `over_days` of the other")
                )
            elif change.over_days > 1 and _moves(path, value) and latest.get(path, _value(data, path)) is None:
                yield ChangeComplaint(number, Complaint((path,), "has no value from which it could move", "leave `over_days` out"))
            moving[path], latest[path] = change, value


def _wrong_beside(settings: Settings, changes: Sequence[Change], found: Sequence[ChangeComplaint]) -> list[ChangeComplaint]:
    """Values that no scenario could have, in changes of which something else is wrong, so that they never come into force."""
    start = settings.model_dump()
    blamed = {(one.change, one.complaint.path) for one in found}
    wrong = []
    for number in sorted({one.change for one in found}):
        values = {path: value for path, value in changes[number].set.items() if (number, (path,)) not in blamed}
        for one in wrong_values(_with(start, values)):
            key = next((path for path in values if (*path.split("."),) == one.path), None)
            if key is not None:
                wrong.append(ChangeComplaint(number, one._replace(path=(key,))))
    return wrong


def _cannot_change(path: str, value: Any, data: dict[str, Any]) -> Iterator[Complaint]:
    keys = path.split(".")
    spot = node_at(keys)
    if spot is None:
        yield Complaint((path,), "there is no such figure", suggest(keys))
    elif spot.kind != "figure":
        hint = f"set `{path}.mean`" if spot.kind == "distribution" else "set one figure of it"
        yield Complaint((path,), "is not a single figure", hint)
    elif _value(data, path) is _ABSENT:
        yield Complaint((path,), "this scenario has no such row", _rows_hint(keys, data))
    elif not spot.changeable:
        yield Complaint((path,), "cannot change from a date", _nearest(path, value, data))


_ABSENT = object()


def _nearest(path: str, value: Any, data: dict[str, Any]) -> str:
    """What comes nearest to a change that cannot be."""
    if path != "office.coaches":
        return "give it at the start, in its section, instead of under `changes`"
    now = data["office"]["coaches"]
    if isinstance(value, int) and value > now:
        return f"for more coaches from a date set `office.establishment: {value}`: newcomers are then hired and trained"
    away = now - value if isinstance(value, int) and 0 <= value < now else "N"
    return (
        "nobody leaves on a given date here: coaches leave by chance, under strain more often. For fewer at work, post some elsewhere: "
        f"`policies.outreach.coaches: {away}` with `policies.outreach.days_per_week: 5`; they stay in post, are paid and are no leavers. "
        "So that nobody is hired: `hiring.policy: freeze`. Posts empty from the start: `office.coaches` in its section"
    )


def _value(data: dict[str, Any], path: str) -> Any:
    place: Any = data
    for key in path.split("."):
        if not isinstance(place, dict) or key not in place:
            return _ABSENT
        place = place[key]
    return place


def _rows_hint(keys: Sequence[str], data: dict[str, Any]) -> str | None:
    place: Any = data
    for key in keys:
        if not isinstance(place, dict) or key not in place:
            return did_you_mean(key, place) if isinstance(place, dict) else None
        place = place[key]
    return None


def _with(start: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as plain values with some of them replaced."""
    data = dict(start)
    for path, value in values.items():
        *above, name = path.split(".")
        place = data
        for key in above:
            place[key] = dict(place[key])
            place = place[key]
        place[name] = value
    return data


def _blame(complaint: Complaint, changes: Sequence[tuple[int, Change]], day: dt.date) -> ChangeComplaint:
    """The latest change up to a day that set a figure at, below or beside the path complained of."""
    path = ".".join(complaint.path)
    acted = [(number, change) for number, change in changes if change.date <= day]
    section = ".".join(complaint.path[:-1])
    for prefix in (path, section):
        for number, change in reversed(acted):
            for key in change.set:
                if key == prefix or key.startswith(prefix + "."):
                    return ChangeComplaint(number, Complaint((key,), complaint.message, complaint.suggestion))
    return ChangeComplaint(acted[-1][0], complaint)
