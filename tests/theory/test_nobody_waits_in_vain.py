"""Nobody waits beside a coach who is idle and may see them: days in which two things happen at one instant, on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jobcentre.model import events as ev
from jobcentre.model import simulate
from jobcentre.model.events import Event
from jobcentre.scenario import Scenario, load, vary

pytestmark = pytest.mark.theory

DAY, HOUR = 86_400, 3600
ENGINES = ("compiled", "simpy")
#: One start a day for two coaches with two customers each; half of them do not come, which is known at the start.
TWO_OF_FOUR: dict[str, Any] = {"groups.pre_wca.failed_share": 0.5, "conversation.wait_before_failed_minutes": 0}


def day_on_which_only_one_is_asked_for(scenario: Scenario, idle: int) -> int:
    """A run on whose first day only the two come who are booked with the coach who is not `idle`."""
    for run in range(400):
        rows = simulate(scenario, seed=1, run=run).rows
        rows = rows[rows[:, ev.TIME] < DAY]
        booked = rows[(rows[:, ev.KIND] == Event.BOOKED) & (rows[:, ev.START] < DAY)]
        with_whom = dict(zip(booked[:, ev.CUSTOMER].tolist(), booked[:, ev.COACH].tolist(), strict=True))
        held = rows[rows[:, ev.KIND] == Event.CONVERSATION]
        if len(held) == 2 and {with_whom[customer] for customer in held[:, ev.CUSTOMER].tolist()} == {1 - idle}:
            return run
    pytest.fail("in none of 400 runs does the day go so")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("idle", [0, 1])
@pytest.mark.parametrize("opens", [9, 10])
def test_the_second_of_two_is_seen_at_once_by_a_colleague(opens: int, idle: int, engine: str) -> None:
    """Two come at one start to one coach and nobody to the other: each is seen at once, whichever coach is asked first.

    With the start at nine both coaches come in at that instant; with the start at ten both have been idle for an hour.
    """
    hours = {"office.opens": f"{opens:02d}:00", "office.closes": f"{opens:02d}:30"}
    scenario = vary(load("whoever_is_free"), TWO_OF_FOUR | hours)
    rows = simulate(scenario, seed=1, run=day_on_which_only_one_is_asked_for(scenario, idle), engine=engine).rows
    held = rows[(rows[:, ev.KIND] == Event.CONVERSATION) & (rows[:, ev.TIME] < DAY)]
    assert held[:, ev.START].tolist() == [opens * HOUR] * 2
    assert sorted(held[:, ev.COACH].tolist()) == [0, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_walk_ins_are_seen_as_soon_as_protected_time_is_over(engine: str) -> None:
    """Whoever comes in the coach's protected hour waits, and is seen at its end, though nobody comes in then to wake the coach.

    Walk-ins of a minute, few enough that the coach is idle at two and has seen all who waited before others come.
    """
    scenario = vary(load("mm1"), {
        "period.warmup_weeks": 0, "period.weeks": 4, "office.opens": "09:00", "office.closes": "17:00", "office.coach_start": "09:00",
        "office.coach_finish": "17:00", "office.lunch_start": "12:00", "office.lunch_minutes": 60, "demand.unscheduled_per_post_day": 6,
        "demand.unscheduled_minutes": {"mean": 1, "cv": 0, "family": "constant"},
        "diary.protected_admin_minutes": 60, "diary.protected_admin_start": "14:00",
    })  # fmt: skip
    rows = simulate(scenario, seed=1, run=0, engine=engine).rows
    served = rows[rows[:, ev.KIND] == Event.UNSCHEDULED]
    came, began = served[:, ev.C], served[:, ev.START]
    in_the_hour = (came % DAY > 14 * HOUR - 60) & (came % DAY < 15 * HOUR)
    assert in_the_hour.sum() > 10
    for day in np.unique(came[in_the_hour] // DAY):
        queue = began[in_the_hour & (came // DAY == day)]
        assert queue.tolist() == [day * DAY + 15 * HOUR + 60 * place for place in range(len(queue))]
