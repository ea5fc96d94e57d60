"""One coach's day or one customer's time on the caseload as a printed page, from the event log alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np

from jobcentre.diagnostics.event_text import activity_of, clock, duration, event_text, task_name
from jobcentre.model import events as ev
from jobcentre.model.events import Event, EventLog, Presence, SpellKind

DAY = 86_400
BANDS = ("contracted", "lunch", "overtime")
_CUSTOMER_PAGE = (
    Event.CUSTOMER_IN, Event.CUSTOMER_OUT, Event.CUSTOMER_MOVED, Event.ASSIGNED, Event.BOOKED, Event.CONVERSATION, Event.FAILED,
    Event.CANCELLED, Event.NOT_OFFERED, Event.REARRANGED, Event.NOT_NEEDED, Event.GIVEN_UP, Event.DIGITAL, Event.COVERED,
    Event.PAUSED, Event.TASK_LAPSED,
)  # fmt: skip
_COUNTED = {
    "appointments held": Event.CONVERSATION, "failed to attend": Event.FAILED, "cancelled by the office": Event.CANCELLED,
    "not offered": Event.NOT_OFFERED, "rearranged": Event.REARRANGED, "bookings no longer needed": Event.NOT_NEEDED,
}  # fmt: skip


class TraceError(ValueError):
    """A coach, customer or date that the run does not have."""


class TracePage(NamedTuple):
    """A page: a title, lines of facts, entries in the order of time, and totals."""

    title: str
    facts: dict[str, str]
    entries: tuple[dict[str, Any], ...]  # "from", "to", "text", and what the row holds
    totals: dict[str, Any]
    total_lines: tuple[str, ...]

    def as_text(self) -> str:
        """The page as plain text."""
        lines = [self.title, "=" * len(self.title), ""]
        lines += [f"{name}: {value}" for name, value in self.facts.items()]
        if self.entries:
            width = max(len(_span(entry)) for entry in self.entries)
            lines += ["", *(f"{_span(entry):<{width}}  {entry['text']}" for entry in self.entries)]
        return "\n".join([*lines, "", *self.total_lines]).rstrip() + "\n"

    def as_data(self) -> dict[str, Any]:
        """The page as values for JSON."""
        return {"title": self.title, "facts": self.facts, "entries": list(self.entries), "totals": self.totals}


def _span(entry: dict[str, Any]) -> str:
    return f"{entry['from']}–{entry['to']}" if entry["to"] else str(entry["from"])


def coach_day(log: EventLog, coach: int, date: dt.date) -> TracePage:
    """One coach's day: what was done when and with whom, the ledger of its minutes, and how it closed.

    Raises TraceError if the run has no such coach or day.
    """
    day = _day_number(log, date)
    close = _close(log, coach, day, date)
    rows = log.rows
    on_day = (rows[:, ev.TIME] > day * DAY) & (rows[:, ev.TIME] <= (day + 1) * DAY) | (rows[:, ev.START] // DAY == day)
    of_coach = rows[on_day & (rows[:, ev.COACH] == coach)]
    stretches = of_coach[np.isin(of_coach[:, ev.KIND], ev.STRETCHES)]
    outcomes = of_coach[
        np.isin(of_coach[:, ev.KIND], (Event.FAILED, Event.CANCELLED, Event.TRAINING, Event.POSTED, Event.COVERED))
        & (of_coach[:, ev.START] // DAY == day)
    ]
    rearranged = of_coach[(of_coach[:, ev.KIND] == Event.REARRANGED) & (of_coach[:, ev.START] // DAY == day) & (of_coach[:, ev.B] == 1)]
    entries = [_entry(log, row, day) for row in _in_order(np.concatenate([stretches, outcomes, rearranged]))]
    ledger = _ledger(rows[0], stretches, day)
    title = f"Coach {coach} on {_long_date(date)}"
    return TracePage(title, _day_facts(close, rows, coach, day), tuple(entries), _day_totals(close, ledger), _ledger_lines(ledger))


def customer_year(log: EventLog, customer: int) -> TracePage:
    """One customer's time on the caseload: bookings, outcomes, changes of coach and group, and what they add up to.

    Raises TraceError if the run has no such customer.
    """
    rows = log.rows
    of_customer = rows[rows[:, ev.CUSTOMER] == customer]
    listed = of_customer[np.isin(of_customer[:, ev.KIND], _CUSTOMER_PAGE)]
    arrived = listed[listed[:, ev.KIND] == Event.CUSTOMER_IN]
    if not len(arrived):
        numbers = rows[rows[:, ev.KIND] == Event.CUSTOMER_IN][:, ev.CUSTOMER]
        raise TraceError(f"there is no customer {customer} in this run; {_range('customers', numbers)}")
    first = dt.date.fromisoformat(log.first_day)
    entries = []
    for row in listed:
        moment = int(row[ev.TIME])
        when = f"{first + dt.timedelta(days=moment // DAY)} {clock(moment)}"
        entries.append({"from": when, "to": "", "text": event_text(row, log.group_names, first), **_values(row)})
    group = log.group_names[arrived[0, ev.GROUP]]
    facts = {
        "Group on arrival": group,
        "Complex": "yes" if arrived[0, ev.C] == 1 else "no",
        "Entered the group": str(first + dt.timedelta(days=int(arrived[0, ev.F]))),
    }
    totals = _customer_totals(of_customer)
    lines = tuple(f"{name}: {amount}" for name, amount in totals.items())
    return TracePage(f"Customer {customer}", facts, tuple(entries), totals, lines)


def _day_number(log: EventLog, date: dt.date) -> int:
    first = dt.date.fromisoformat(log.first_day)
    days = int(log.rows[0, ev.SERIAL]) // DAY
    day = (date - first).days
    if not 0 <= day < days:
        raise TraceError(f"{date} is not in this run, which goes from {first} to {first + dt.timedelta(days=days - 1)}")
    return day


def _close(log: EventLog, coach: int, day: int, date: dt.date) -> np.ndarray:
    """The row COACH_DAY of a coach's day."""
    rows = log.rows
    closes = rows[rows[:, ev.KIND] == Event.COACH_DAY]
    of_coach = closes[closes[:, ev.COACH] == coach]
    if not len(of_coach):
        raise TraceError(f"there is no coach {coach} in this run; {_range('coaches', closes[:, ev.COACH])}")
    of_day = of_coach[of_coach[:, ev.START] // DAY == day]
    if len(of_day):
        close: np.ndarray = of_day[0]
        return close
    if not np.any(closes[:, ev.START] // DAY == day):
        raise TraceError(f"{date} ({date:%A}) is not a working day")
    first = dt.date.fromisoformat(log.first_day)
    begin, end = (first + dt.timedelta(days=int(second) // DAY) for second in (of_coach[0, ev.START], of_coach[-1, ev.START]))
    raise TraceError(f"coach {coach} was not in post on {date}, but from {begin} to {end}")


def _range(what: str, numbers: np.ndarray) -> str:
    return f"{what} are numbered {numbers.min()} to {numbers.max()}" if len(numbers) else f"it has no {what}"


def _in_order(rows: np.ndarray) -> np.ndarray:
    """Rows by the second at which they began; what is known before comes before what lasts."""
    begin = np.where(
        np.isin(rows[:, ev.KIND], (Event.FAILED, Event.CANCELLED, Event.REARRANGED, Event.COVERED)), rows[:, ev.TIME], rows[:, ev.START]
    )
    ordered: np.ndarray = rows[np.lexsort((rows[:, ev.TIME], begin))]
    return ordered


def _entry(log: EventLog, row: np.ndarray, day: int) -> dict[str, Any]:
    first = dt.date.fromisoformat(log.first_day)
    lasts = row[ev.KIND] in ev.STRETCHES
    begin, end = (max(int(row[ev.START]), day * DAY), min(int(row[ev.TIME]), (day + 1) * DAY)) if lasts else (int(row[ev.TIME]), 0)
    until = ("24:00" if end == (day + 1) * DAY else clock(end)) if lasts else ""
    if row[ev.KIND] in (Event.TRAINING, Event.POSTED):
        begin, until = int(row[ev.START]), "end of day"
    return {"from": clock(begin), "to": until, "text": event_text(row, log.group_names, first), **_values(row)}


def _values(row: np.ndarray) -> dict[str, Any]:
    """The values of a row by name."""
    values: dict[str, Any] = {"kind": Event(row[ev.KIND]).name.lower()}
    for name, column in (("customer", ev.CUSTOMER), ("coach", ev.COACH), ("booking_or_task", ev.SERIAL)):
        if row[column] >= 0:
            values[name] = int(row[column])
    if row[ev.KIND] == Event.CONVERSATION:
        values |= {"planned_seconds": int(row[ev.A]), "needed_seconds": int(row[ev.B]), "unmet_seconds": int(row[ev.C])}
    return values


def _ledger(office: np.ndarray, stretches: np.ndarray, day: int) -> dict[str, dict[str, int]]:
    """Seconds of the day by activity and band."""
    ledger: dict[str, dict[str, int]] = {}
    round_the_clock = office[ev.GROUP] == 1
    lunch_start, lunch_end, finish = int(office[ev.E]), int(office[ev.E]) + max(0, int(office[ev.F])), int(office[ev.D])
    for row in stretches:
        begin, end = max(0, int(row[ev.START]) - day * DAY), min(DAY, int(row[ev.TIME]) - day * DAY)
        lunch = 0 if round_the_clock else max(0, min(end, lunch_end) - max(begin, lunch_start))
        overtime = 0 if round_the_clock else max(0, end - max(begin, finish))
        activity = activity_of(Event(row[ev.KIND]), int(row[ev.A]))
        bands = ledger.setdefault(activity, dict.fromkeys(BANDS, 0))
        for band, seconds in zip(BANDS, (end - begin - lunch - overtime, lunch, overtime), strict=True):
            bands[band] += seconds
    return ledger


def _ledger_lines(ledger: dict[str, dict[str, int]]) -> tuple[str, ...]:
    """The ledger as a table whose last line adds up the day."""
    if not ledger:
        return ()
    day = {band: sum(bands[band] for bands in ledger.values()) for band in BANDS}
    rows = [(activity, [*bands.values(), sum(bands.values())]) for activity, bands in (*ledger.items(), ("the day", day))]
    head = f"{'activity':<24}" + "".join(f"{name:>12}" for name in (*BANDS, "together"))
    return (
        "The ledger (minutes:seconds)",
        head,
        *(f"{name:<24}" + "".join(f"{duration(amount):>12}" for amount in seconds) for name, seconds in rows),
    )


def _day_facts(close: np.ndarray, rows: np.ndarray, coach: int, day: int) -> dict[str, str]:
    presence = Presence(close[ev.A])
    where = presence.name.lower().replace("_", " ")
    if presence == Presence.SICK and close[ev.GROUP] >= 0:
        where += f" ({SpellKind(close[ev.GROUP]).name.lower()} spell)"
    facts = {"Coach": where, "Post": str(close[ev.SERIAL])}
    if presence == Presence.PRESENT:
        facts |= {
            "Contracted": duration(int(close[ev.B])),
            "Work done": duration(int(close[ev.C])),
            "Most appointments": str(max(0, close[ev.CUSTOMER])),
            "Pressure of the day": f"{close[ev.F] / 1e6:.3f}",
        }
    tasks_made = rows[(rows[:, ev.KIND] == Event.TASK_MADE) & (rows[:, ev.COACH] == coach) & (rows[:, ev.TIME] // DAY == day)]
    if len(tasks_made):
        kinds, counts = np.unique(tasks_made[:, ev.A], return_counts=True)
        facts["Admin tasks that came in"] = ", ".join(
            f"{number} {task_name(int(kind))}" for kind, number in zip(kinds, counts, strict=True)
        )
    facts["Admin not done at the close"] = duration(int(close[ev.D]))
    if close[ev.G] > 0:
        facts["Safeguarding tasks past due"] = str(close[ev.G])
    facts["Strain at the close"] = f"{close[ev.E] / 1e6:.3f}"
    return facts


def _day_totals(close: np.ndarray, ledger: dict[str, dict[str, int]]) -> dict[str, Any]:
    return {
        "ledger_seconds": ledger,
        "day_seconds": sum(sum(bands.values()) for bands in ledger.values()),
        "contracted_seconds": int(close[ev.B]),
        "worked_seconds": int(close[ev.C]),
        "backlog_seconds": int(close[ev.D]),
        "strain": int(close[ev.E]) / 1e6,
        "pressure": int(close[ev.F]) / 1e6,
    }


def _customer_totals(rows: np.ndarray) -> dict[str, Any]:
    totals: dict[str, Any] = {name: int(np.sum(rows[:, ev.KIND] == kind)) for name, kind in _COUNTED.items()}
    held = rows[rows[:, ev.KIND] == Event.CONVERSATION]
    work = rows[rows[:, ev.KIND] == Event.ADMIN]
    totals["minutes held"] = round(int((held[:, ev.TIME] - held[:, ev.START]).sum()) / 60, 1)
    totals["minutes unmet"] = round(int(held[:, ev.C].sum()) / 60, 1)
    totals["coaches seen"] = len(np.unique(held[:, ev.COACH]))
    totals["admin minutes about this customer"] = round(int((work[:, ev.TIME] - work[:, ev.START]).sum()) / 60, 1)
    return totals


def _long_date(date: dt.date) -> str:
    return f"{date:%A} {date.day} {date:%B %Y}"
