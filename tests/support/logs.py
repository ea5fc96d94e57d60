"""Builds small event logs by hand, row by row, for tests that need no engine."""

from __future__ import annotations

import datetime as dt

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.events import Event, EventLog, Presence

DAY = 86_400
FIRST = dt.date(2023, 9, 4)  # a Monday
START, OPENS, CLOSES, FINISH = 9 * 3600, 9 * 3600, 17 * 3600, 17 * 3600
LUNCH, LUNCH_SECONDS = 12 * 3600, 3600
CONTRACTED = 7 * 3600


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """A second of the run."""
    return day * DAY + hour * 3600 + minute * 60 + second


class LogBuilder:
    """Rows in the order in which they are added; hours are 09:00 to 17:00 with lunch from 12:00 to 13:00."""

    def __init__(
        self,
        days: int = 7,
        counted_from: int = 0,
        posts: int = 1,
        groups: tuple[str, ...] = ("searching", "lcw"),
        round_the_clock: bool = False,
    ) -> None:
        self.rows: list[list[int]] = []
        self.groups = groups
        self.days = days
        hours = (0, 0, DAY, DAY, 0, 0) if round_the_clock else (START, OPENS, CLOSES, FINISH, LUNCH, LUNCH_SECONDS)
        self.add(
            Event.OFFICE,
            0,
            customer=posts,
            group=int(round_the_clock),
            start=counted_from * DAY,
            serial=days * DAY,
            **dict(zip("abcdef", hours, strict=True)),
            g=300,
        )

    def add(self, kind: Event, time: int, **fields: int) -> LogBuilder:
        """One row; fields not given hold -1."""
        row = [-1] * ev.WIDTH
        row[ev.TIME], row[ev.KIND] = time, int(kind)
        for name, value in fields.items():
            row[ev.COLUMNS.index(name)] = int(value)
        self.rows.append(row)
        return self

    def day(self, day: int, figures: int = 0) -> LogBuilder:
        """The row that opens a day; Monday to Friday are worked."""
        date = FIRST + dt.timedelta(days=day)
        return self.add(Event.DAY, day * DAY, a=int(date.weekday() < 5), b=figures, c=date.toordinal(), d=day)

    def coach_in(
        self, coach: int, day: int = 0, post: int | None = None, service: int = -1000, weekdays: int = 0b11111, trained: int = 1
    ) -> LogBuilder:
        """A coach comes into post."""
        return self.add(
            Event.COACH_IN, day * DAY, coach=coach, serial=coach if post is None else post, a=service, b=0, c=trained, d=weekdays, e=0
        )

    def customer_in(self, customer: int, group: int = 0, coach: int = 0, day: int = 0, came: int = 0) -> LogBuilder:
        """A customer joins the caseload of a coach."""
        self.add(Event.CUSTOMER_IN, day * DAY, customer=customer, group=group, coach=coach, a=came, b=0, c=0, d=day, e=customer, f=day)
        return self.add(Event.ASSIGNED, day * DAY, customer=customer, group=group, coach=coach, a=0)

    def booked(
        self,
        time: int,
        start: int,
        booking: int,
        customer: int = 0,
        coach: int = 0,
        group: int = 0,
        planned: int = 600,
        every: int = 5,
        due: int | None = None,
        how: int = 0,
        late: int = 0,
    ) -> LogBuilder:
        """A booking."""
        due = start // DAY if due is None else due
        return self.add(
            Event.BOOKED,
            time,
            coach=coach,
            customer=customer,
            group=group,
            start=start,
            serial=booking,
            a=planned,
            b=every,
            c=due,
            d=0,
            e=how,
            f=late,
            g=0,
        )

    def held(
        self,
        start: int,
        end: int,
        booking: int,
        customer: int = 0,
        coach: int = 0,
        group: int = 0,
        planned: int = 600,
        needed: int | None = None,
        unmet: int = 0,
        flags: int = 0,
        booked: int | None = None,
        late: int = 0,
    ) -> LogBuilder:
        """A conversation held."""
        booked = start if booked is None else booked
        needed = end - start + unmet if needed is None else needed
        return self.add(
            Event.CONVERSATION,
            end,
            coach=coach,
            customer=customer,
            group=group,
            start=start,
            serial=booking,
            a=planned,
            b=needed,
            c=unmet,
            d=flags,
            e=booked,
            f=booked // DAY,
            g=late,
        )

    def failed(self, time: int, start: int, booking: int, customer: int = 0, coach: int = 0, group: int = 0) -> LogBuilder:
        """A failure to attend."""
        return self.add(Event.FAILED, time, coach=coach, customer=customer, group=group, start=start, serial=booking, a=600, f=start // DAY)

    def task(
        self, time: int, serial: int, kind: int, planned: int, due: int, coach: int = 0, customer: int = -1, group: int = -1
    ) -> LogBuilder:
        """A task comes into being."""
        return self.add(Event.TASK_MADE, time, coach=coach, customer=customer, group=group, serial=serial, a=kind, b=planned, c=due)

    def admin(
        self,
        start: int,
        end: int,
        serial: int,
        kind: int,
        made: int,
        due: int,
        planned: int,
        finished: int = 1,
        begun: int = 1,
        coach: int = 0,
        customer: int = -1,
        group: int = -1,
    ) -> LogBuilder:
        """A stretch of work on a task."""
        return self.add(
            Event.ADMIN,
            end,
            coach=coach,
            customer=customer,
            group=group,
            start=start,
            serial=serial,
            a=kind,
            b=finished,
            c=made,
            d=due,
            e=planned,
            f=begun,
        )

    def stretch(self, kind: Event, start: int, end: int, coach: int = 0) -> LogBuilder:
        """Idle time, lunch, waiting or a meeting."""
        return self.add(kind, end, coach=coach, start=start)

    def close(
        self,
        day: int,
        coach: int = 0,
        presence: Presence = Presence.PRESENT,
        contracted: int = CONTRACTED,
        worked: int = 0,
        backlog: int = 0,
        strain: float = 0.0,
        pressure: float = 0.0,
        cap: int = 22,
        spell: int = -1,
    ) -> LogBuilder:
        """The close of a coach's working day, written at the first second of the next."""
        return self.add(
            Event.COACH_DAY,
            (day + 1) * DAY,
            coach=coach,
            serial=coach,
            start=day * DAY,
            customer=cap,
            group=spell,
            a=presence,
            b=contracted,
            c=worked,
            d=backlog,
            e=round(strain * 1e6),
            f=round(pressure * 1e6),
            g=0,
        )

    def log(self) -> EventLog:
        """The log so far."""
        return EventLog(np.array(self.rows, dtype=np.int32), self.groups, FIRST.isoformat())
