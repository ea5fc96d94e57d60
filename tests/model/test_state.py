"""The tables of an office: narrow fields hold all that may be written into them, and rows lie as the processor fetches them."""

from __future__ import annotations

import numpy as np
import pytest

from jobcentre.model import prepare
from jobcentre.model.compiling import COMPILES
from jobcentre.model.events import Event, Presence
from jobcentre.model.state import BYTE, CACHE_LINE, COACH, CUSTOMER, SHORT, new_office
from jobcentre.scenario import load
from jobcentre.scenario.groups import Group, Plan
from jobcentre.scenario.schema import Settings

pytestmark = pytest.mark.engines
MINUTES_OF_A_DAY = 24 * 60


def most(of, field):
    """The most entries that the schema lets a field have."""
    return next(limit.max_length for limit in of.model_fields[field].metadata if hasattr(limit, "max_length"))


def test_narrow_fields_hold_what_they_are_for():
    byte, short = np.iinfo(BYTE).max, np.iinfo(SHORT).max
    assert max(Event) <= byte  # what a coach does
    assert max(Presence) <= byte
    assert (1 << 7) - 1 <= byte  # a bit for each day of the week
    assert MINUTES_OF_A_DAY <= short  # slots of a minute: the schema has no shorter ones
    assert Settings.model_fields["office"].annotation.model_fields["slot_minutes"].metadata[0].ge == 1
    assert most(Group, "plans") <= short
    assert most(Plan, "phases") <= short
    weeks = sum(Settings.model_fields["period"].annotation.model_fields[name].metadata[1].le for name in ("warmup_weeks", "weeks"))
    assert 7 * weeks + 800 <= short  # days of the run, and those beyond it that are planned for
    assert 7300 <= short  # days in a group before the start
    assert 120 * 60 <= short  # seconds late: the longest that anybody is waited for


@pytest.mark.skipif(not COMPILES, reason="plain Python reckons with 64 bits everywhere")
def test_rows_fill_lines_of_the_cache():
    office = new_office(prepare(load("baseline")), 1, 0)
    assert CUSTOMER.itemsize == 2 * CACHE_LINE
    assert COACH.itemsize % (CACHE_LINE // 2) == 0
    assert office.customers.ctypes.data % CACHE_LINE == office.coaches.ctypes.data % CACHE_LINE == 0
