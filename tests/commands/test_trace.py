"""Pages for reviewers: every clock time and total is worked out by hand from the rows of the log."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from jobcentre.diagnostics.trace import TraceError, coach_day, customer_year
from jobcentre.model.events import AssignedBy, Event, EventLog, Flag, Presence, SpellKind, Task
from support.logs import CONTRACTED, DAY, LogBuilder, at

pytestmark = pytest.mark.rules

PHASE = ", phase 1 of the plan (every 5 working days)"
MONDAY = dt.date(2023, 9, 4)


def full_day() -> EventLog:
    """A coach's Monday: a conversation into lunch, admin in lunch and after finish, a failure, an absence on Tuesday."""
    log = LogBuilder(days=7, posts=2)
    log.day(0).coach_in(0).coach_in(1, trained=0).customer_in(0).customer_in(1, group=1)
    log.booked(0, at(0, 11, 50), 1, planned=900, late=2).booked(0, at(0, 15), 2, customer=1, group=1).booked(
        0, at(1, 9), 3, customer=1, group=1
    )
    log.task(at(0, 9), 1, Task.SAFEGUARDING, 3600, due=0, customer=0, group=0)
    log.admin(at(0, 9), at(0, 10), 1, Task.SAFEGUARDING, at(0, 9), 0, 3600, customer=0, group=0)
    log.stretch(Event.IDLE, at(0, 10), at(0, 11, 52))
    log.held(
        at(0, 11, 52),
        at(0, 12, 10),
        1,
        planned=900,
        needed=1500,
        unmet=420,
        booked=at(0, 11, 50),
        late=120,
        flags=Flag.RUSHED | Flag.TELEPHONE,
    )
    log.task(at(0, 12, 10), 2, Task.HELD, 1800, due=1, customer=0, group=0).task(at(0, 12, 10), 3, Task.JOURNAL, 600, due=1)
    log.admin(at(0, 12, 10), at(0, 12, 25, 30), 2, Task.HELD, at(0, 12, 10), 1, 1800, finished=0, customer=0, group=0)
    log.stretch(Event.LUNCH, at(0, 12, 25, 30), at(0, 13)).stretch(Event.IDLE, at(0, 13), at(0, 15))
    log.stretch(Event.WAITING, at(0, 15), at(0, 15, 10)).failed(at(0, 15, 10), at(0, 15), 2, customer=1, group=1)
    log.admin(at(0, 15, 10), at(0, 17, 20), 2, Task.HELD, at(0, 12, 10), 1, 1800, begun=0, customer=0, group=0)
    log.add(Event.TRAINING, at(0, 17), coach=1, serial=1, start=at(0, 9), a=CONTRACTED)
    log.close(0, worked=60 * (60 + 18 + 10 + 130) + 930, backlog=600, strain=0.125, pressure=0.5).close(
        0, coach=1, presence=Presence.IN_TRAINING
    )
    log.add(Event.SICK, at(1, 0), coach=0, serial=0, a=SpellKind.LONG, b=1)
    log.add(Event.CANCELLED, at(1, 0), coach=0, customer=1, group=1, serial=3, start=at(1, 9), a=600, b=0, f=1)
    log.add(Event.ASSIGNED, at(1, 0), customer=1, coach=1, group=1, a=AssignedBy.LEAVER, b=0)
    log.add(Event.CUSTOMER_MOVED, at(1, 0), customer=1, group=0, a=8, b=0, c=1)
    log.add(Event.NOT_OFFERED, at(1, 0), customer=1, coach=1, group=0, f=1)
    log.close(1, presence=Presence.SICK, spell=SpellKind.LONG, backlog=600)
    return log.log()


def test_a_coachs_day_tells_when_what_and_with_whom() -> None:
    page = coach_day(full_day(), 0, MONDAY)
    text = page.as_text()
    assert text.startswith("Coach 0 on Monday 4 September 2023\n")
    assert [(entry["from"], entry["to"]) for entry in page.entries] == [
        ("09:00", "10:00"), ("10:00", "11:52"), ("11:52", "12:10"), ("12:10", "12:25:30"), ("12:25:30", "13:00"),
        ("13:00", "15:00"), ("15:00", "15:10"), ("15:10", ""), ("15:10", "17:20"),
    ]  # fmt: skip
    assert "for a safeguarding concern, customer 0 (searching): planned 60 min, made Mon 2023-09-04 09:00, finished" in text
    conversation = page.entries[2]["text"]
    for part in (
        "by telephone",
        "held 18 min",
        "planned 15 min",
        "needed 25 min",
        "cut by 7 min (rushed)",
        "booked for 11:50",
        "customer 2 min late",
        "overran by 5 min",
    ):
        assert part in conversation
    assert "customer 1 (lcw) failed to attend the appointment of 15:00" in text
    assert "continued, finished" in text
    assert "Admin tasks that came in: 1 after an appointment held, 1 for a safeguarding concern, 1 for journal messages" in text


def test_the_ledger_of_a_day_adds_up() -> None:
    totals = coach_day(full_day(), 0, MONDAY).totals
    assert totals["ledger_seconds"] == {
        "safeguarding": {"contracted": 3600, "lunch": 0, "overtime": 0},
        "idle": {"contracted": 60 * (112 + 120), "lunch": 0, "overtime": 0},
        "conversation": {"contracted": 8 * 60, "lunch": 600, "overtime": 0},
        "admin": {"contracted": 110 * 60, "lunch": 930, "overtime": 20 * 60},
        "lunch": {"contracted": 0, "lunch": 2070, "overtime": 0},
        "waiting for a customer": {"contracted": 600, "lunch": 0, "overtime": 0},
    }
    assert totals["day_seconds"] == 8 * 3600 + 20 * 60
    assert (totals["backlog_seconds"], totals["strain"], totals["pressure"]) == (600, 0.125, 0.5)


def test_the_printed_ledger_ends_with_the_day() -> None:
    lines = coach_day(full_day(), 0, MONDAY).as_text().splitlines()
    assert lines[-1].split() == ["the", "day", "420:00", "60:00", "20:00", "500:00"]


def test_a_day_away_says_where_and_what_was_cancelled() -> None:
    page = coach_day(full_day(), 0, MONDAY + dt.timedelta(days=1))
    assert page.facts["Coach"] == "sick (long spell)"
    assert page.totals["day_seconds"] == 0
    assert [entry["text"] for entry in page.entries] == [
        "appointment of customer 1 (lcw) on Tue 2023-09-05 09:00 cancelled by the office: the coach was absent"
    ]


def test_a_day_in_training_is_one_entry() -> None:
    page = coach_day(full_day(), 1, MONDAY)
    assert page.facts["Coach"] == "in training"
    assert [entry["text"] for entry in page.entries] == ["in training or on a course, 420 min"]


def test_an_office_open_round_the_clock_shows_each_day_its_own_part() -> None:
    log = LogBuilder(days=2, round_the_clock=True)
    log.coach_in(0).customer_in(0).held(at(0, 22), at(1, 2), 1).close(0, contracted=DAY).close(1, contracted=DAY)
    first, second = (coach_day(log.log(), 0, MONDAY + dt.timedelta(days=day)) for day in (0, 1))
    assert [(entry["from"], entry["to"]) for entry in (*first.entries, *second.entries)] == [("22:00", "24:00"), ("00:00", "02:00")]
    assert (first.totals["day_seconds"], second.totals["day_seconds"]) == (2 * 3600, 2 * 3600)


def test_a_customers_page_follows_bookings_outcomes_coaches_and_groups() -> None:
    page = customer_year(full_day(), 1)
    texts = [entry["text"] for entry in page.entries]
    assert texts == [
        "joins the caseload in group lcw (already here at the start), plan 1",
        "is with coach 0 (from the start)",
        "booked for Mon 2023-09-04 15:00 with coach 0 (with the own coach): 10 min, due Mon 2023-09-04" + PHASE,
        "booked for Tue 2023-09-05 09:00 with coach 0 (with the own coach): 10 min, due Tue 2023-09-05" + PHASE,
        "customer 1 (lcw) failed to attend the appointment of 15:00 with coach 0",
        "appointment of customer 1 (lcw) on Tue 2023-09-05 09:00 cancelled by the office: the coach was absent",
        "is with coach 1 (because the former coach left), before with coach 0",
        "moves from group lcw to searching (decision), plan 1",
        "no start found for the appointment due Tue 2023-09-05: not offered",
    ]
    assert page.totals["failed to attend"] == 1
    assert page.totals["cancelled by the office"] == 1
    assert page.totals["not offered"] == 1
    assert page.totals["appointments held"] == 0


def test_a_customers_totals_add_minutes_held_unmet_and_admin() -> None:
    totals = customer_year(full_day(), 0).totals
    assert (totals["appointments held"], totals["minutes held"], totals["minutes unmet"], totals["coaches seen"]) == (1, 18.0, 7.0, 1)
    assert totals["admin minutes about this customer"] == 60 + 15.5 + 130


def test_the_data_of_a_page_is_json() -> None:
    for page in (coach_day(full_day(), 0, MONDAY), customer_year(full_day(), 1)):
        data = json.loads(json.dumps(page.as_data()))
        assert data["title"] == page.title
        assert len(data["entries"]) == len(page.entries)


@pytest.mark.parametrize(
    ("coach", "date", "message"),
    [
        (7, MONDAY, "no coach 7 in this run; coaches are numbered 0 to 1"),
        (0, dt.date(2024, 1, 1), "2024-01-01 is not in this run, which goes from 2023-09-04 to 2023-09-10"),
        (0, dt.date(2023, 9, 9), "2023-09-09 (Saturday) is not a working day"),
        (1, dt.date(2023, 9, 5), "coach 1 was not in post on 2023-09-05, but from 2023-09-04 to 2023-09-04"),
    ],
)
def test_an_unknown_coach_or_date_is_an_error_that_says_what_there_is(coach: int, date: dt.date, message: str) -> None:
    with pytest.raises(TraceError) as error:
        coach_day(full_day(), coach, date)
    assert message in str(error.value)


def test_an_unknown_customer_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(TraceError, match="no customer 99 in this run; customers are numbered 0 to 1"):
        customer_year(full_day(), 99)
