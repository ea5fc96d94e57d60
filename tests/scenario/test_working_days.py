"""Working days against the bank holidays that GOV.UK lists for England and Wales."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobcentre.scenario.working_days import WEEKDAYS, Calendar, bank_holidays

pytestmark = pytest.mark.rules

FIVE = WEEKDAYS[:5]

#: Bank holidays that fall on Monday to Friday, as published on GOV.UK.
PUBLISHED = {
    2021: ["01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"],
    2022: ["01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26", "12-27"],
    2023: ["01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26"],
    2024: ["01-01", "03-29", "04-01", "05-06", "05-27", "08-26", "12-25", "12-26"],
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_closed_weekdays_of_a_year_are_the_published_bank_holidays(year: int) -> None:
    days = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    calendar = Calendar(dt.date(year, 1, 1), days, FIVE)
    closed = [calendar.date(day) for day in np.flatnonzero(~calendar.is_open)]
    assert [f"{one:%m-%d}" for one in closed if one.weekday() < 5] == PUBLISHED[year]


@pytest.mark.parametrize("date", ["2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08"])
def test_one_off_bank_holidays_are_closed(date: str) -> None:
    calendar = Calendar(dt.date(2022, 1, 1), 730, FIVE)
    assert not calendar.is_open[calendar.number(dt.date.fromisoformat(date))]


def test_the_spring_holiday_of_2022_was_moved_so_its_usual_monday_is_open() -> None:
    calendar = Calendar(dt.date(2022, 5, 30), 1, FIVE)
    assert calendar.is_open[0]


def test_counting_over_the_platinum_jubilee_by_hand() -> None:
    # Mon 30 May to Wed 8 June 2022: Thursday and Friday of the first week are bank holidays.
    calendar = Calendar(dt.date(2022, 5, 30), 10, FIVE)
    assert calendar.is_open.tolist() == [True, True, True, False, False, False, False, True, True, True]
    assert calendar.index.tolist() == [0, 1, 2, 3, 3, 3, 3, 3, 4, 5, 6]
    assert calendar.day_of.tolist() == [0, 1, 2, 7, 8, 9]
    assert calendar.add(1, 1) == 2
    assert calendar.add(2, 1) == 7
    assert calendar.add(4, 0) == 7, "a closed day counts as the working day that follows it"
    assert calendar.add(4, 1) == 8
    assert calendar.add(7, -1) == 2
    assert calendar.between(0, 10) == 6


def test_without_bank_holidays_only_the_days_of_the_week_count() -> None:
    calendar = Calendar(dt.date(2022, 6, 2), 7, ("thu", "sat"), "none")
    assert calendar.day_of.tolist() == [0, 2]


def test_an_office_open_every_day_never_closes() -> None:
    assert Calendar(dt.date(2023, 12, 20), 20, WEEKDAYS, "none").is_open.all()


def test_holidays_may_be_given_as_dates() -> None:
    calendar = Calendar(dt.date(2023, 10, 2), 3, FIVE, {dt.date(2023, 10, 3), dt.date(2030, 1, 1)})
    assert calendar.is_open.tolist() == [True, False, True]


@pytest.mark.parametrize(("day", "n"), [(0, 7), (-1, 1), (10, 0), (0, -1)])
def test_leaving_the_calendar_is_an_error_and_never_wraps(day: int, n: int) -> None:
    with pytest.raises(IndexError, match="outside the calendar"):
        Calendar(dt.date(2022, 5, 30), 10, FIVE).add(day, n)


@pytest.mark.parametrize("wrong", [(), ("monday",)])
def test_open_days_must_be_days_of_the_week(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="open days are some of"):
        Calendar(dt.date(2023, 1, 2), 5, wrong)


def test_other_countries_are_refused() -> None:
    with pytest.raises(ValueError, match="scotland"):
        bank_holidays(dt.date(2023, 1, 1), 10, "scotland")


@given(
    first=st.dates(dt.date(2015, 1, 1), dt.date(2030, 1, 1)),
    days=st.integers(30, 200),
    open_days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    data=st.data(),
)
def test_adding_n_working_days_passes_exactly_n_of_them(first: dt.date, days: int, open_days: set[str], data: st.DataObject) -> None:
    calendar = Calendar(first, days, open_days, "none")
    day = data.draw(st.integers(0, 9))
    n = data.draw(st.integers(0, len(calendar.day_of) - 1 - int(calendar.index[day])))
    there = calendar.add(day, n)
    assert calendar.is_open[there]
    assert sum(calendar.date(one).weekday() in {WEEKDAYS.index(name) for name in open_days} for one in range(day, there)) == n
    assert calendar.number(calendar.date(there)) == there
