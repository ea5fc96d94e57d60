"""The state rebuilt from the log alone equals the engine's at every day's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jobcentre.model.compiled_engine import play_day
from jobcentre.model.inputs import make_inputs
from jobcentre.model.run import RunInProgress
from jobcentre.model.state import HERE, VACANT, Arrays
from jobcentre.model.steps.office_day import begin_day
from support.log_state import OfficeState, states
from support.short_scenarios import SHORT

pytestmark = [pytest.mark.invariants, pytest.mark.slow]

DAY = 86_400


@pytest.mark.parametrize("name", SHORT)
def test_the_log_tells_the_state_at_each_close(name: str) -> None:
    inputs = make_inputs(SHORT[name]())
    run = RunInProgress(inputs, 1, 0)
    kept = 0.5 ** (1.0 / inputs.settings[0].strain.half_life_days)
    snapshots = list(closes(run))
    compared = 0
    for snapshot, rebuilt in zip(snapshots, states(run.log()), strict=True):
        same_coaches(snapshot["coaches"], rebuilt, kept)
        same_customers(snapshot["customers"], rebuilt)
        compared += len(rebuilt.coaches) + len(rebuilt.customers)
    assert compared > 0
    print(f"{name}: {len(snapshots)} closes, {compared:,} coaches and customers compared")


def closes(run: RunInProgress) -> Iterator[dict[str, Any]]:
    """The engine's state at each day's close: when its last second is over, before the calendar brings the next day.

    What the close itself does (old admin lapses, strain is settled) comes with the first step of the next day; its results
    are taken from a copy of the office that is closed and thrown away.
    """
    heap = np.zeros(2 * run.posts + 8, np.int64)
    size = 0
    for day in range(run.days):
        run.make_room()
        size = play_day(run.office, heap, size, day * DAY)
        yield closed(run)
    run.make_room()
    begin_day(run.office, run.days * DAY)


def closed(run: RunInProgress) -> dict[str, Any]:
    """Coaches and customers after the close of the day that has just been played."""
    from jobcentre.model.compiling.handle import handle_of
    from jobcentre.model.steps.end_of_day import close_day

    copy = Arrays(*(array.copy() for array in run.state))
    close_day(handle_of(copy), (int(copy.now["day"][0]) + 1) * DAY)
    posts = [post for post in range(len(copy.coaches)) if copy.coaches["state"][post] != VACANT]
    here = [one for one in copy.active[: int(copy.now["active"][0])].tolist() if copy.customers["status"][one] == HERE]
    ids = copy.coaches["id"]
    return {
        "coaches": {
            int(ids[post]): {key: copy.coaches[key][post].item() for key in ("caseload", "backlog", "strain")} | {"post": post}
            for post in posts
        },
        "customers": {
            one: (
                int(copy.customers["group"][one]),
                int(ids[copy.customers["coach"][one]]) if copy.customers["coach"][one] >= 0 else -1,
                int(copy.customers["booking"][one]) if copy.customers["booked_day"][one] >= 0 else -1,
                int(copy.customers["start"][one]) if copy.customers["booked_day"][one] >= 0 else -1,
                int(ids[copy.customers["with"][one]]) if copy.customers["booked_day"][one] >= 0 else -1,
            )
            for one in here
        },
    }


def same_coaches(engine: dict[int, dict[str, Any]], rebuilt: OfficeState, kept: float) -> None:
    """Caseload and backlog exactly; strain as the last close wrote it, and decayed since then on closed days."""
    assert engine.keys() == rebuilt.coaches.keys()
    for coach, mine in engine.items():
        theirs = rebuilt.coaches[coach]
        assert (mine["post"], mine["caseload"], mine["backlog"]) == (theirs.post, theirs.caseload, theirs.backlog), (rebuilt.day, coach)
        if coach in rebuilt.closed:
            assert mine["strain"] == pytest.approx(theirs.strain, abs=0.6e-6), (rebuilt.day, coach)
        else:  # no row is written on a day when the office is closed, and strain decays
            theirs.strain *= kept
            assert mine["strain"] == pytest.approx(theirs.strain, abs=5e-6), (rebuilt.day, coach)


def same_customers(engine: dict[int, tuple[int, ...]], rebuilt: OfficeState) -> None:
    """Group, coach and open booking of everybody on the caseload."""
    theirs = {number: (one.group, one.coach, one.booking, one.booked_start, one.booked_with) for number, one in rebuilt.customers.items()}
    assert engine.keys() == theirs.keys(), (rebuilt.day, engine.keys() ^ theirs.keys())
    apart = {number: (engine[number], theirs[number]) for number in engine if engine[number] != theirs[number]}
    assert apart == {}, rebuilt.day
