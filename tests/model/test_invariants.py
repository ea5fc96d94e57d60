"""What is true of every log, of random scenarios as far from ordinary as the schema lets them be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobcentre.diagnostics.divergence_text import divergence_text
from jobcentre.diagnostics.verify import verify
from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, EventLog
from support.log_checks import check_log
from support.strategies import scenarios

pytestmark = [pytest.mark.invariants, pytest.mark.slow]

EXAMPLES = 150
#: The only reason for which an absurd scenario may stop: an array of bounded size is full, and says so.
MAY_STOP = ("too many admin tasks at once", "too many unscheduled contacts in one day", "or too many customers chase unfinished admin")


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), seed=st.sampled_from([0, 1, 2**64 - 1]))
def test_every_log_is_in_order_and_both_engines_write_it(scenario, seed: int) -> None:
    found = verify(scenario, seed, 1)
    assert found.divergence is None, divergence_text(found.divergence)
    if found.stopped:
        assert all(message.endswith(MAY_STOP) for message in found.stopped)
        return
    inputs = prepare(scenario)
    log = play(inputs, seed, 0)
    assert log.digest == found.digests[0]
    assert check_log(log, inputs) == []
    assert double_bookings(log) == []
    assert out_of_hours(log) == []
    assert before_due(log) == []


def double_bookings(log: EventLog) -> list[str]:
    """Bookings of one coach that stand at the same time; a booking covers its planned time in whole slots."""
    slot = int(log.rows[0, ev.G])
    standing: dict[int, tuple[int, int, int]] = {}
    kinds = (Event.BOOKED, Event.COVERED, Event.GIVEN_UP, Event.NOT_NEEDED, Event.CANCELLED, Event.REARRANGED)
    rows = log.rows[np.isin(log.rows[:, ev.KIND], kinds) & (log.rows[:, ev.SERIAL] >= 0)]
    for row in rows.tolist():
        serial = row[ev.SERIAL]
        if row[ev.KIND] == Event.BOOKED:
            standing[serial] = (row[ev.COACH], row[ev.START], row[ev.START] + -(-row[ev.A] // slot) * slot)
        elif row[ev.KIND] == Event.COVERED:
            standing[serial] = (row[ev.COACH], *standing[serial][1:])
        else:
            standing.pop(serial)
    ordered = sorted(standing.values())
    return [f"coach {one[0]} has two bookings at {two[1]}" for one, two in pairwise(ordered) if one[0] == two[0] and two[1] < one[2]]


def out_of_hours(log: EventLog) -> list[str]:
    """Bookings of a day out of office hours or over lunch."""
    office = log.rows[0].tolist()
    opens, closes = max(office[ev.A], office[ev.B]), min(office[ev.C], office[ev.D])
    lunch, lunch_end, slot = office[ev.E], office[ev.E] + office[ev.F], office[ev.G]
    wrong = []
    for row in log.rows[log.rows[:, ev.KIND] == Event.BOOKED].tolist():
        start = row[ev.START] % 86400
        end = start + -(-row[ev.A] // slot) * slot
        if start < opens or end > closes or (office[ev.F] > 0 and start < lunch_end and end > lunch):
            wrong.append(f"booking {row[ev.SERIAL]} from {start} to {end} of the day")
    return wrong


def before_due(log: EventLog) -> list[str]:
    """Bookings before the day on which they are due."""
    booked = log.rows[log.rows[:, ev.KIND] == Event.BOOKED]
    early = booked[(booked[:, ev.START] // 86400 < booked[:, ev.C]) | (booked[:, ev.F] < 0)]
    return [f"booking {row[ev.SERIAL]} lies before it is due" for row in early.tolist()]
