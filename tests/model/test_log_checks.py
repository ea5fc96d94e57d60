"""The checks of event logs find what they are for, and the state rebuilt from a log is the one worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import prepare
from jobcentre.model.events import Event, EventLog, Presence, Task
from jobcentre.scenario import load, vary
from support.log_checks import check_log
from support.log_state import state_at_close
from support.logs import CONTRACTED, DAY, LogBuilder, at

pytestmark = pytest.mark.invariants


def good_log() -> EventLog:
    """Two coaches, one of them in training, two customers and one day, without a fault."""
    log = LogBuilder(days=1, posts=2)
    log.day(0).coach_in(0).coach_in(1, trained=0).customer_in(0).customer_in(1, group=1)
    log.booked(0, at(0, 9, 30), 1).booked(0, at(0, 11), 2, customer=1, group=1)
    log.task(at(0, 9), 1, Task.JOURNAL, 1800, due=1)
    log.admin(at(0, 9), at(0, 9, 30), 1, Task.JOURNAL, at(0, 9), 1, 1800)
    log.held(at(0, 9, 30), at(0, 9, 45), 1).booked(at(0, 9, 45), at(4, 10), 3)
    log.task(at(0, 9, 45), 2, Task.HELD, 1200, due=1, customer=0, group=0)
    log.admin(at(0, 9, 45), at(0, 10), 2, Task.HELD, at(0, 9, 45), 1, 1200, finished=0, customer=0, group=0)
    log.stretch(Event.IDLE, at(0, 10), at(0, 11)).stretch(Event.WAITING, at(0, 11), at(0, 11, 10)).failed(
        at(0, 11, 10), at(0, 11), 2, customer=1, group=1
    )
    log.add(Event.CONTACT_IN, at(0, 11, 30), serial=1, a=600)
    log.stretch(Event.IDLE, at(0, 11, 10), at(0, 12)).stretch(Event.LUNCH, at(0, 12), at(0, 13))
    log.add(Event.UNSCHEDULED, at(0, 13, 10), coach=0, start=at(0, 13), serial=1, a=600, c=at(0, 11, 30))
    log.task(at(0, 16), 3, Task.JOURNAL, 30, due=1)
    log.stretch(Event.IDLE, at(0, 13, 10), at(0, 17)).add(Event.TRAINING, at(0, 17), coach=1, start=at(0, 9), serial=1, a=CONTRACTED)
    log.close(0, worked=(30 + 15 + 15 + 10 + 10) * 60, backlog=300 + 60, strain=0.25)
    log.close(0, coach=1, presence=Presence.IN_TRAINING)
    return log.log()


def changed(change: Callable[[np.ndarray], np.ndarray | None]) -> list[str]:
    """What is found wrong in the good log after a change to its rows."""
    log = good_log()
    rows = log.rows.copy()
    result = change(rows)
    return check_log(log._replace(rows=rows if result is None else result))


def setting(kind: Event, column: int, value: int, number: int = 0) -> Callable[[np.ndarray], None]:
    """Sets one field of the first (or n-th) row of a kind."""

    def change(rows: np.ndarray) -> None:
        rows[np.flatnonzero(rows[:, ev.KIND] == kind)[number], column] = value

    return change


def idle_beside_a_customer(rows: np.ndarray) -> None:
    """The customer of the conversation was there at nine, and the coach idle until half past."""
    held, idle = (np.flatnonzero(rows[:, ev.KIND] == kind)[0] for kind in (Event.CONVERSATION, Event.IDLE))
    rows[held, ev.E], rows[idle, ev.START], rows[idle, ev.TIME] = at(0, 9), at(0, 9), at(0, 9, 30)


def without(kind: Event, number: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """Leaves out the first (or n-th) row of a kind."""
    return lambda rows: np.delete(rows, np.flatnonzero(rows[:, ev.KIND] == kind)[number], axis=0)


def twice(kind: Event, number: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """Repeats the first (or n-th) row of a kind."""

    def change(rows: np.ndarray) -> np.ndarray:
        i = np.flatnonzero(rows[:, ev.KIND] == kind)[number]
        return np.insert(rows, i, rows[i], axis=0)

    return change


def test_a_faultless_log_passes() -> None:
    assert check_log(good_log()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without(Event.OFFICE), "does not begin"),
        (setting(Event.FAILED, ev.TIME, 5), "time runs backwards"),
        (setting(Event.FAILED, ev.F, 1), "was made for due day 0 and ends for 1"),
        (setting(Event.BOOKED, ev.CUSTOMER, 0, 1), "has BOOKED at day 0 00:00:00 while booking 1 stands"),
        (setting(Event.IDLE, ev.KIND, 99), "unknown kind"),
        (twice(Event.DAY), "do not follow one another"),
        (setting(Event.CONVERSATION, ev.START, at(0, 9, 20)), "at once"),
        (setting(Event.IDLE, ev.START, at(0, 11)), "lasts no time"),
        (without(Event.IDLE), "the ledger has"),
        (setting(Event.IDLE, ev.START, at(0, 13, 11), 2), "the ledger has"),
        (setting(Event.ADMIN, ev.START, at(0, 8, 50)), "before the start of work"),
        (setting(Event.IDLE, ev.TIME, at(0, 17, 1), 2), "after finish"),
        (setting(Event.COACH_DAY, ev.C, 1), "COACH_DAY says 1 seconds of work"),
        (setting(Event.COACH_DAY, ev.B, 1), "contracted seconds"),
        (setting(Event.COACH_DAY, ev.A, Presence.LEAVE), "although LEAVE"),
        (without(Event.COACH_DAY), "has no close"),
        (without(Event.TRAINING), "None seconds of TRAINING"),
        (twice(Event.TRAINING), "two rows TRAINING"),
        (setting(Event.TRAINING, ev.A, 60), "60 seconds of TRAINING"),
        (without(Event.FAILED), "has no outcome"),
        (twice(Event.CONVERSATION), "ends in CONVERSATION and then has CONVERSATION"),
        (without(Event.BOOKED), "which was never made"),
        (setting(Event.CONVERSATION, ev.CUSTOMER, 1), "was made for customer 0"),
        (setting(Event.CONVERSATION, ev.C, 60), "less those unmet"),
        (setting(Event.CONVERSATION, ev.E, at(0, 9, 40)), "before the customer is due"),
        (without(Event.CUSTOMER_IN), "while not here"),
        (twice(Event.CUSTOMER_IN), "comes while here"),
        (setting(Event.CONVERSATION, ev.GROUP, 1), "has CONVERSATION in group 1"),
        (without(Event.COACH_IN), "while not in post"),
        (setting(Event.COACH_IN, ev.SERIAL, 0, 1), "which is taken"),
        (setting(Event.TASK_MADE, ev.TIME, at(0, 9, 10)), "worked on before it is made"),
        (without(Event.TASK_MADE), "ADMIN of task 1, which was never made"),
        (twice(Event.ADMIN), "is finished and then has ADMIN"),
        (setting(Event.ADMIN, ev.F, 0), "worked on without being begun"),
        (setting(Event.ADMIN, ev.E, 1), "not as it was made"),
        (without(Event.CONTACT_IN), "never came"),
        (setting(Event.UNSCHEDULED, ev.SERIAL, 2), "never came"),
        (without(Event.UNSCHEDULED), "the ledger has"),
        (setting(Event.CONTACT_IN, ev.CUSTOMER, 0), "nothing about them is overdue"),
        (idle_beside_a_customer, "waits while coach 0 is idle"),
        (setting(Event.COACH_DAY, ev.D, 300), "backlog stated 300, rebuilt 360"),
    ],
)  # fmt: skip
def test_each_fault_is_found(change: Callable[[np.ndarray], np.ndarray | None], expected: str) -> None:
    assert any(expected in problem for problem in changed(change))


def test_nobody_goes_with_a_booking_or_is_told_twice_that_there_is_no_start() -> None:
    log = LogBuilder(days=9)
    log.coach_in(0).customer_in(0).customer_in(1)
    log.booked(0, at(8, 10), 1).add(Event.CUSTOMER_OUT, 60, customer=0, group=0, a=0)
    log.add(Event.NOT_OFFERED, 60, customer=1, coach=0, group=0, f=3).add(Event.NOT_OFFERED, DAY, customer=1, coach=0, group=0, f=3)
    log.booked(2 * DAY, at(8, 10), 2, customer=1).add(Event.NOT_OFFERED, 3 * DAY, customer=1, coach=0, group=0, f=8)
    found = check_log(log.log())
    assert "customer 0 goes at day 0 00:01:00 while booking 1 stands" in found
    assert "customer 1 is told twice that there is no start, at day 1 00:00:00" in found
    assert "customer 1 has NOT_OFFERED at day 3 00:00:00 while booking 2 stands" in found


def idle_beside(*, contact: bool, protected: int = 0, seen_by: str = "whoever_is_free", planned: int = 600) -> list[str]:
    """What is found of a coach idle from ten to noon while a walk-in, or a colleague's booked customer, waits from half past ten to eleven."""
    log = LogBuilder(days=1, posts=2)
    log.day(0).coach_in(0).coach_in(1).customer_in(0, coach=1).booked(0, at(0, 10, 30), 1, coach=1)
    if contact:
        log.add(Event.CONTACT_IN, at(0, 10, 30), serial=1, a=planned)
        log.add(Event.UNSCHEDULED, at(0, 11, 10), coach=1, start=at(0, 11), serial=1, a=planned, c=at(0, 10, 30))
    else:
        row = {"customer": 0, "group": 0, "serial": 1, "a": planned, "b": 600, "c": 0, "d": 0, "e": at(0, 10, 30), "f": 0, "g": 0}
        log.add(Event.CONVERSATION, at(0, 11, 10), coach=1, start=at(0, 11), **row)
    log.stretch(Event.IDLE, at(0, 10), at(0, 12)).close(0).close(0, coach=1)
    figures = {"diary.seen_by": seen_by, "diary.protected_admin_minutes": protected}
    return [problem for problem in check_log(log.log(), prepare(vary(load("everything_off"), figures))) if "is idle" in problem]


def test_whoever_waits_beside_an_idle_coach_is_found() -> None:
    """The coach is idle for 90 minutes from half past ten on: whom that is too short for waits for others."""
    assert idle_beside(contact=True) == ["contact 1 waits at day 0 10:30:00 while coach 0 is idle"]
    assert idle_beside(contact=False) == ["booking 1 waits at day 0 10:30:00 while coach 0 is idle"]
    assert idle_beside(contact=True, planned=90 * 60 + 1) == idle_beside(contact=False, planned=90 * 60 + 1) == []


def test_a_coach_may_be_idle_in_protected_time_and_beside_the_customers_of_others() -> None:
    assert idle_beside(contact=True, protected=60) == []
    assert idle_beside(contact=False, seen_by="booked_coach") == []


def test_a_lapsed_task_is_not_worked_on_and_safeguarding_never_lapses() -> None:
    log = LogBuilder(days=1)
    log.task(0, 1, Task.SAFEGUARDING, 600, due=0)
    log.add(Event.TASK_LAPSED, 60, coach=0, serial=1, a=Task.SAFEGUARDING, b=600, c=0, d=0)
    log.coach_in(0).admin(at(0, 9), at(0, 9, 10), 1, Task.SAFEGUARDING, 0, 0, 600)
    found = check_log(log.log())
    assert "safeguarding task 1 lapses" in found
    assert any("is lapsed and then has ADMIN" in problem for problem in found)


def test_coaches_leave_on_the_day_they_gave_and_spells_end_where_they_began() -> None:
    log = LogBuilder(days=40)
    log.coach_in(0).add(Event.SICK, at(1, 0), coach=0, serial=0, a=0, b=1)
    log.add(Event.RETURN, at(3, 0), coach=0, serial=0, start=at(2, 0), a=0, b=2, c=0)
    log.add(Event.NOTICE, at(5, 0), coach=0, serial=0, a=25, b=0).add(Event.COACH_OUT, at(26, 0), coach=0, serial=0)
    found = check_log(log.log())
    assert any("not on the last day given, 25" in problem for problem in found)
    assert any("from a spell that did not begin" in problem for problem in found)
    assert len(found) == 2


def test_a_fault_that_repeats_is_shown_a_few_times_only() -> None:
    log = LogBuilder(days=1)
    log.coach_in(0)
    for minute in range(20):
        log.stretch(Event.IDLE, at(0, 9, minute), at(0, 9, minute))
    found = [problem for problem in check_log(log.log()) if "lasts no time" in problem]
    assert len(found) == 5


def test_the_state_at_close_is_rebuilt_with_tasks_left_for_at_least_a_minute() -> None:
    state = state_at_close(good_log(), 0)
    coach = state.coaches[0]
    assert (coach.caseload, coach.backlog, coach.strain) == (2, 300 + 60, 0.25)
    assert state.customers[0].booking == 3
    assert state.customers[0].booked_start == at(4, 10)
    assert (state.customers[1].booking, state.customers[1].group) == (-1, 1)


def test_the_state_at_close_leaves_out_what_the_next_day_begins_with() -> None:
    log = LogBuilder(days=2)
    log.day(0).coach_in(0).coach_in(1).customer_in(0).customer_in(1)
    log.task(at(0, 10), 1, Task.HELD, 600, due=1, customer=0, group=0)
    log.booked(at(0, 10), at(1, 10), 1).booked(at(0, 10), at(1, 11), 2, customer=1)
    log.close(0, backlog=600).close(0, coach=1).day(1)
    log.add(Event.ASSIGNED, DAY, customer=0, coach=1, group=0, a=2, b=0).add(
        Event.TASK_MOVED, DAY, coach=1, customer=0, group=0, serial=1, a=0, b=0
    )
    log.add(Event.COVERED, DAY, customer=0, coach=1, group=0, serial=1, start=at(1, 10), a=0)
    log.add(Event.CUSTOMER_MOVED, DAY, customer=0, group=1, a=1, b=0, c=0).add(Event.CUSTOMER_OUT, DAY, customer=1, group=0, a=0)
    log.close(1).close(1, coach=1, backlog=600)
    made = log.log()
    first = state_at_close(made, 0)
    assert (first.coaches[0].caseload, first.coaches[0].backlog, first.customers[0].group, first.customers[0].booked_with) == (2, 600, 0, 0)
    second = state_at_close(made, 1)
    assert (second.coaches[0].caseload, second.coaches[0].backlog) == (0, 0)
    assert (second.coaches[1].caseload, second.coaches[1].backlog) == (1, 600)
    assert (second.customers[0].group, second.customers[0].coach, second.customers[0].booked_with) == (1, 1, 1)
    assert 1 not in second.customers


def test_there_is_no_state_beyond_the_end_of_the_log() -> None:
    with pytest.raises(ValueError, match="no close of day 9"):
        state_at_close(good_log(), 9)
