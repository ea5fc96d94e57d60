"""Working days: weekends, bank holidays, and counting over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import holidays
import numpy as np
import numpy.typing as npt

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def bank_holidays(first: dt.date, days: int, whose: str = "england") -> frozenset[dt.date]:
    """Bank holidays from a date on; `whose` is `england` (England and Wales) or `none`."""
    if whose == "none":
        return frozenset()
    if whose != "england":
        raise ValueError(f"bank holidays are those of `england` or `none`, not {whose!r}")
    last = first + dt.timedelta(days=max(days, 1) - 1)
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1)))


class Calendar:
    """The days from a first date on, numbered from 0, and which of them are working days.

    `is_open[d]`: whether day d is a working day, shape (days,). `index[d]`: working days before day d, shape (days + 1,).
    `day_of[i]`: number of the i-th working day, from 0.
    """

    def __init__(
        self, first: dt.date, days: int, open_days: Collection[str], bank_holidays_kept: str | Collection[dt.date] = "england"
    ) -> None:
        unknown = sorted(set(open_days) - set(WEEKDAYS))
        if unknown or not open_days:
            raise ValueError(f"open days are some of {', '.join(WEEKDAYS)}, not {', '.join(unknown) or 'none at all'}")
        if days < 1:
            raise ValueError("a calendar needs at least one day")
        closed = bank_holidays(first, days, bank_holidays_kept) if isinstance(bank_holidays_kept, str) else frozenset(bank_holidays_kept)
        self.first = first
        self.days = days
        weekday = (first.weekday() + np.arange(days)) % 7
        self.is_open: npt.NDArray[np.bool_] = np.isin(weekday, [WEEKDAYS.index(name) for name in open_days])
        self.is_open[[day for day in (self.number(date) for date in closed) if 0 <= day < days]] = False
        self.index: npt.NDArray[np.int64] = np.concatenate(([0], np.cumsum(self.is_open, dtype=np.int64)))
        self.day_of: npt.NDArray[np.int64] = np.flatnonzero(self.is_open).astype(np.int64)

    def number(self, date: dt.date) -> int:
        """The day number of a date, negative before the first."""
        return (date - self.first).days

    def date(self, day: int) -> dt.date:
        """The date of a day number."""
        return self.first + dt.timedelta(days=int(day))

    def add(self, day: int, n: int) -> int:
        """The day n working days after a day; a closed day counts as the working day that follows it.

        IndexError outside the calendar.
        """
        if not 0 <= day < self.days or not 0 <= self.index[day] + n < len(self.day_of):
            raise IndexError(f"{n} working days from day {day} lie outside the calendar of {self.days} days")
        return int(self.day_of[self.index[day] + n])

    def between(self, start: int, end: int) -> int:
        """Working days from a day (included) to another (not included)."""
        return int(self.index[end] - self.index[start])
