"""Arrays that can fill grow, or stop the run with a message; they never wrap. Each failure is forced once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jobcentre.model import compiled_engine, play, prepare
from jobcentre.model.compiling.handle import handle_of
from jobcentre.model.run import RunInProgress, RunStopped
from jobcentre.model.state import FAILURES, NO_FAILURE
from jobcentre.scenario import load, vary
from support.full_arrays import FULL, play_full
from support.log_checks import check_log
from support.short_scenarios import ROUND_THE_CLOCK, ordinary

pytestmark = pytest.mark.invariants


@pytest.mark.parametrize("what", [pytest.param(what, marks=[pytest.mark.slow] * (what == "the log")) for what in FULL])
def test_a_full_array_stops_the_run_with_its_message(what: str) -> None:
    with pytest.raises(RunStopped, match=FAILURES[FULL[what][0]]):
        play_full(what)


def test_every_failure_is_forced() -> None:
    assert {failure for failure, _ in FULL.values()} == set(range(NO_FAILURE + 1, len(FAILURES)))


ABSURD: dict[str, tuple[str, dict[str, Any]]] = {
    "a queue that only grows": (
        "too many unscheduled contacts in one day", ROUND_THE_CLOCK | {"demand.unscheduled_per_post_day": 60, "office.coaches": 0},
    ),
    "messages beyond counting": (
        "more than 512 messages to one coach in one day", {"groups.searching.messages_per_week": 100, "groups.searching.stock_per_post": 2000},
    ),
}  # fmt: skip


@pytest.mark.parametrize("absurd", ABSURD)
@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_absurd_figures_stop_the_run(absurd: str, engine) -> None:
    message, values = ABSURD[absurd]
    with pytest.raises(RunStopped, match=message):
        play(prepare(ordinary(**values)), 1, 0, engine)


def test_customers_grow_without_changing_the_run() -> None:
    """More starts than the first arrays hold: made anew on the way or large from the beginning, the run is the same."""
    inputs = prepare(
        ordinary(**{"period.weeks": 30, "groups.searching.arrivals_per_post_day": 15, "groups.searching.messages_per_week": 0})
    )
    run, roomy = RunInProgress(inputs, 1, 0), RunInProgress(inputs, 1, 0)
    grown = {
        name: np.concatenate([array, np.zeros((3 * len(array), *array.shape[1:]), array.dtype)])
        for name in ("customers", "sums", "limits", "held", "active", "next_look", "scratch")
        for array in [getattr(roomy.state, name)]
    }
    roomy.state = roomy.state._replace(**grown)
    roomy.office = handle_of(roomy.state)
    room = len(run.state.customers)
    compiled_engine.play(run)
    compiled_engine.play(roomy)
    assert room < int(run.state.now["customers"][0]) < len(roomy.state.customers) == 4 * room
    assert run.log().digest == roomy.log().digest


def test_tasks_grow_without_changing_the_run() -> None:
    """Far too few coaches for the caseload: the tasks outgrow the first array, and the run is that of an array large at once."""
    inputs = prepare(ordinary(**{"period.weeks": 6, "office.coaches": 1, "demand.posts": 30, "office.establishment": 1}))
    run, roomy = RunInProgress(inputs, 1, 0), RunInProgress(inputs, 1, 0)
    room, made = len(run.state.tasks), int(run.state.now["open_tasks"][0])
    for _ in range(5):
        roomy.state.now["open_tasks"] = len(roomy.state.tasks)
        roomy.make_room()
    roomy.state.now["open_tasks"] = made
    assert len(roomy.state.tasks) == 32 * room
    compiled_engine.play(run)
    compiled_engine.play(roomy)
    assert room < len(run.state.tasks) < 32 * room
    assert run.log().digest == roomy.log().digest
    assert check_log(run.log()) == []


#: Long pauses beside short horizons and intervals.
FAR_AHEAD: dict[str, dict[str, Any]] = {
    "a kind of referral": {"diary.booking_horizon_days": 21, "conversation.referral_pause_days": 24, "diary.own_coach_tolerance_days": 2},
    "filling and reviews": {
        "diary.booking_horizon_days": 60, "referrals.restart.pause_days": 253, "groups.lcw.need": {"mean": 1.0, "cv": 0.4},
        "policies.flexibilities.interval_factor": 4,
    },
}  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("what", FAR_AHEAD)
def test_a_booking_behind_the_longest_pause_is_none_of_another_day(what: str, engine) -> None:
    """A diary too short for it would show the booking among those of a day a year before, which then never ends."""
    scenario = vary(load("baseline"), {**FAR_AHEAD[what], "period.warmup_weeks": 30, "period.weeks": 2})
    assert check_log(play(prepare(scenario), 1, 0, engine)) == []
