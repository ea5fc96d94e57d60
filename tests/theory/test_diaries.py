"""Diaries and caseloads as ordinary scenarios: every row by hand where nothing varies, Little's law where arrivals do.

Intervals are at 99.9 % over independent runs with one seed.
"""

from __future__ import annotations

import datetime as dt
import functools
import math

import numpy as np
import pytest
from scipy import stats

from jobcentre.metrics import measure, measure_with
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, How
from jobcentre.scenario import load, vary

pytestmark = pytest.mark.theory

SEED = 5
DAY, MINUTE = 86_400, 60
FIRST = {"diary": dt.date(2023, 9, 4), "full_diary": dt.date(2023, 4, 3)}  # 4 and 26 weeks before 2 October 2023

# 09:00 to 17:00 without lunch from 12:00 to 13:00, meetings of 20 minutes. First those that start in the 1st, 3rd, 5th …
# half-hour of the day: two fit, the second running on into the next half-hour. Then one in what is left of each hour.
STARTS = [
    h * 60 + m for h in (9, 10, 11, 13, 14, 15, 16) for m in (0, 20)
] + [h * 60 + 40 for h in (9, 10, 11, 13, 14, 15, 16)]  # fmt: skip
MEETING, ADMIN, STEP = 20, 5, 5
LUNCH, FINISH = range(12 * 60, 13 * 60), 17 * 60
SEEN_BEFORE = ev.Flag.HAS_LAST | ev.Flag.SAME_COACH


def of(rows: np.ndarray, kind: Event) -> np.ndarray:
    return rows[rows[:, ev.KIND] == kind]


def check(values: list[float], expected: float, narrow: float) -> None:
    """The 99.9 % t interval over runs holds the expected value and is no wider, each way, than `narrow` of it."""
    half = float(stats.t.ppf(0.9995, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
    assert half <= narrow * expected, "the test has lost its power"
    assert abs(float(np.mean(values)) - expected) <= half, (float(np.mean(values)), half, expected)


# --- one diary, to the second -----------------------------------------------------------------------------------------


class Diary:
    """One coach's diary on paper: meetings of 20 minutes, 5 minutes of admin after each, weekly, as far as a cap allows."""

    def __init__(self, cap: int, tolerance: int) -> None:
        self.cap, self.tolerance = cap, tolerance
        self.booked: dict[int, list[tuple[int, int, int, int]]] = {}  # day -> (start, customer, booking, due)
        self.rows: list[list[int]] = []
        self.bookings = self.tasks = 0
        self.seen: set[int] = set()

    def write(self, time: int, kind: Event, customer: int, group: int, start: int, serial: int, *rest: int, coach: int = 0) -> None:
        self.rows.append([time, int(kind), coach, customer, group, start, serial, *rest, *[-1] * (7 - len(rest))])

    def book(self, customer: int, due: int, now: int) -> None:
        """The first working day from the due day on with room, at the next start of the template."""
        day = due
        while len(self.booked.setdefault(day, [])) >= min(self.cap, len(STARTS)):
            day += 1
        start = second(day, STARTS[len(self.booked[day])])
        self.booked[day].append((start, customer, self.bookings, due))
        how = How.OWN if day - due <= self.tolerance else How.OWN_LATE
        self.write(now, Event.BOOKED, customer, 0, start, self.bookings, 1200, 5, calendar(due), 0, how, day - due)
        self.bookings += 1

    def work(self, day: int) -> None:
        """A day in steps of five minutes: whoever is booked, else admin, else nothing; lunch in between."""
        today = {start: rest for start, *rest in self.booked.get(day, [])}
        queue: list[tuple[int, int, int]] = []  # task, customer, made
        worked, minute, idle_from = 0, 9 * 60, -1
        while minute < FINISH:
            now = second(day, minute)
            busy = now in today or minute in LUNCH or bool(queue)
            if busy and idle_from >= 0:
                self.write(now, Event.IDLE, -1, -1, idle_from, -1)
                idle_from = -1
            if now in today:
                customer, booking, due = today[now]
                queue.append((self.tasks, customer, now + MEETING * MINUTE))
                self.meet(day, now, customer, booking, due)
                minute, worked = minute + MEETING, worked + MEETING
            elif minute in LUNCH:
                minute = LUNCH.stop
                self.write(second(day, minute), Event.LUNCH, -1, -1, now, -1)
            elif queue:
                task, customer, made = queue.pop(0)
                self.write(now + ADMIN * MINUTE, Event.ADMIN, customer, 0, now, task, 0, 1, made, calendar(day + 1), 300, 1)
                minute, worked = minute + ADMIN, worked + ADMIN
            else:
                idle_from = now if idle_from < 0 else idle_from
                minute += STEP
        if idle_from >= 0:
            self.write(second(day, FINISH), Event.IDLE, -1, -1, idle_from, -1)
        assert not queue
        assert worked <= 0.9 * 420  # so that load stays sustainable and leaves no strain
        self.closing = [(calendar(day) + 1) * DAY, int(Event.COACH_DAY), 0, self.cap, -1, calendar(day) * DAY, 0]
        self.closing += [0, 420 * MINUTE, worked * MINUTE, 0, 0, 0, 0]

    def meet(self, day: int, now: int, customer: int, booking: int, due: int) -> None:
        """A conversation, its admin, and the next booking: a week after the due day, or after the day held if that was late."""
        end = now + MEETING * MINUTE
        flags = SEEN_BEFORE if customer in self.seen else 0
        self.seen.add(customer)
        self.write(end, Event.CONVERSATION, customer, 0, now, booking, 1200, 1200, 0, flags, now, calendar(due), 0)
        self.write(end, Event.TASK_MADE, customer, 0, -1, self.tasks, 0, 300, calendar(day + 1))
        self.tasks += 1
        self.book(customer, due + 5 if day - due <= self.tolerance else day + 5, end)


def calendar(working_day: int) -> int:
    """The day of the run of a working day: five a week from a Monday on."""
    return working_day // 5 * 7 + working_day % 5


def second(working_day: int, minute: int) -> int:
    return calendar(working_day) * DAY + minute * MINUTE


def expected_rows(first_due: list[int], weeks: int, first_date: dt.date, cap: int, tolerance: int) -> list[list[int]]:
    """All rows of a run from the first booking on."""
    diary = Diary(cap, tolerance)
    for customer, due in enumerate(first_due):
        diary.book(customer, due, 0)
    for day in range(7 * weeks):
        works = day % 7 < 5
        diary.write(day * DAY, Event.DAY, -1, -1, -1, -1, int(works), 1, first_date.toordinal() + day, day, coach=-1)
        if works:
            diary.work(day // 7 * 5 + day % 7)
            diary.rows.append(diary.closing)
        if day % 7 == 6:
            diary.write((day + 1) * DAY, Event.COACH_WEEK, -1, -1, day * DAY, 0, 0, 0, 0)
    return diary.rows


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize(("name", "customers", "weeks", "cap", "tolerance"), [("diary", 40, 16, 22, 5), ("full_diary", 100, 38, 10, 0)])
def test_every_row_of_a_diary_is_as_worked_out_by_hand(
    name: str, customers: int, weeks: int, cap: int, tolerance: int, engine: str
) -> None:
    """Only the first due days are drawn; from them on, every row of every day follows, in its order and to the second."""
    log = play(prepare(load(name)), SEED, 0, engine)  # type: ignore[arg-type]
    begin = int(np.flatnonzero(log.rows[:, ev.KIND] == Event.BOOKED)[0])
    first = of(log.rows, Event.BOOKED)[:customers]
    assert list(first[:, ev.CUSTOMER]) == list(range(customers))
    due = [int(day) for day in first[:, ev.C]]
    assert set(due) == {0, 1, 2, 3, 4}
    expected = expected_rows(due, weeks, FIRST[name], cap, tolerance)
    found = log.rows[begin:].tolist()
    for row, wanted in zip(found, expected, strict=False):
        assert row == wanted
    assert len(found) == len(expected)


def test_first_due_days_are_spread_evenly_over_one_interval() -> None:
    inputs = prepare(load("diary"))
    due = np.concatenate([of(play(inputs, SEED, run).rows, Event.BOOKED)[:40, ev.C] for run in range(40)])
    assert stats.chisquare(np.bincount(due, minlength=5)).pvalue > 0.001


def test_a_diary_at_ease_has_the_load_worked_out_by_hand() -> None:
    """40 customers a week are 8 a day: 8 × (20 + 5) ÷ 420 minutes."""
    scenario = load("diary")
    measured = measure(play(prepare(scenario), SEED, 0), measure_with(scenario))
    over, under = measured["load_mean", None]
    assert over / under == pytest.approx(8 * 25 / 420, abs=1e-12)
    assert measured["missed_share", None][0] == 0


def test_a_full_diary_stretches_intervals() -> None:
    """100 customers, 10 a day: each is seen every 10 days instead of 5, always 5 late, and the coach's load is that of 10."""
    scenario = load("full_diary")
    log = play(prepare(scenario), SEED, 0)
    booked = of(log.rows, Event.BOOKED)
    booked = booked[booked[:, ev.TIME] >= log.rows[0, ev.START]]
    assert set(booked[:, ev.F]) == {5}
    held = of(log.rows, Event.CONVERSATION)
    held = held[held[:, ev.START] >= 14 * DAY]
    for customer in range(100):
        days = held[held[:, ev.CUSTOMER] == customer, ev.START] // DAY
        assert set(np.diff(days)) == {14}
    measured = measure(log, measure_with(scenario))
    for name, value in (("days_late_mean", 5.0), ("offered_late_share", 1.0), ("load_mean", 10 * 25 / 420)):
        over, under = measured[name, None]
        assert over / under == pytest.approx(value, abs=1e-12)


# --- the brake: what does not grow when coaches are fewer -------------------------------------------------------------


def work_of_coach_days(coaches: int, seed: int, run: int, **figures: object) -> np.ndarray:
    """Seconds of work of each coach-day after the warm-up, with the customers of ten posts."""
    rows = play(prepare(vary(load("cap_full"), {"office.coaches": coaches, **figures})), seed, run).rows
    closes = of(rows, Event.COACH_DAY)
    return closes[closes[:, ev.START] >= rows[0, ev.START], ev.C]


@pytest.mark.parametrize("coaches", [4, 6, 8, 10])
def test_with_the_cap_full_and_nothing_beside_it_load_does_not_depend_on_coaches(coaches: int) -> None:
    """10 × (20 + 5) minutes on every single coach-day, whether 100 or 250 customers share a coach."""
    for run in range(3):
        assert set(work_of_coach_days(coaches, SEED, run)) == {10 * 25 * MINUTE}


@pytest.mark.parametrize("coaches", [4, 6, 10])
def test_the_journal_follows_the_caseload_and_not_the_diary(coaches: int) -> None:
    """A message a fortnight is 0.1 a working day: 2 minutes × 0.1 × 1,000 customers ÷ coaches on top of the full diary."""
    work = [
        float(np.mean(work_of_coach_days(coaches, SEED, run, **{"groups.searching.messages_per_week": 0.5, "admin.journal_minutes": 2})))
        for run in range(12)
    ]
    extra = 120 * 0.1 * 1000 / coaches
    check([seconds - 15_000 for seconds in work], extra, 0.03)


# --- Little's law for caseloads ---------------------------------------------------------------------------------------

CASELOAD_RUNS, POSTS, ARRIVALS = 60, 23, 0.5
EXIT = 0.15 / (365.25 / 12)  # hazard a day
STAY = 1 / (1 - math.exp(-EXIT))  # days: exits come in the morning, on the day the summed hazard passes its threshold


@functools.cache
def caseloads() -> tuple[list[float], list[float], list[float]]:
    """Per run, after the warm-up: mean number of customers, arrivals a day, exits per customer-day."""
    stock, arrivals, exits = [], [], []
    inputs = prepare(load("caseload"))
    for run in range(CASELOAD_RUNS):
        rows = play(inputs, SEED, run).rows
        begin, end = (int(second) // DAY for second in (rows[0, ev.START], rows[0, ev.SERIAL]))
        came = np.bincount(of(rows, Event.CUSTOMER_IN)[:, ev.TIME] // DAY, minlength=end)
        went = np.bincount(of(rows, Event.CUSTOMER_OUT)[:, ev.TIME] // DAY, minlength=end)
        here = np.cumsum(came - went)  # at the close of each day
        stock.append(float(np.mean(here[begin:])))
        arrivals.append(float(np.mean(came[begin:])))
        exits.append(float(went[begin:].sum() / here[begin - 1 : -1].sum()))
    return stock, arrivals, exits


def test_the_mean_caseload_is_arrivals_times_the_mean_stay() -> None:
    """Little's law: 23 × 0.5 arrivals a day × 203.4 days = 2,339; an error of 2 % would fail."""
    check(caseloads()[0], POSTS * ARRIVALS * STAY, 0.01)


def test_arrivals_and_exits_are_as_given() -> None:
    _, arrivals, exits = caseloads()
    check(arrivals, POSTS * ARRIVALS, 0.01)
    check(exits, 1 - math.exp(-EXIT), 0.01)


def test_stays_are_geometric() -> None:
    """Whole days from arrival to exit of those who came at least 300 days before the end, to 300 days, by chi-square."""
    rows = play(prepare(load("caseload")), SEED, 0).rows
    end = int(rows[0, ev.SERIAL]) // DAY
    came, went = of(rows, Event.CUSTOMER_IN), of(rows, Event.CUSTOMER_OUT)
    day_out = dict(zip(went[:, ev.CUSTOMER].tolist(), (went[:, ev.TIME] // DAY).tolist(), strict=True))
    new = came[(came[:, ev.TIME] > 0) & (came[:, ev.TIME] < (end - 300) * DAY)]
    stays = np.array([day_out.get(customer, end + 999) - time // DAY for customer, time in new[:, [ev.CUSTOMER, ev.TIME]].tolist()])
    assert len(stays) > 2500
    edges = np.arange(0, 301, 20)
    seen = np.append(np.histogram(stays, bins=edges + 0.5)[0], np.sum(stays > 300))
    chances = np.append(-np.diff(np.exp(-EXIT * edges)), math.exp(-EXIT * 300))
    assert stays.min() >= 1
    assert stats.chisquare(seen, chances * len(stays)).pvalue > 0.001
