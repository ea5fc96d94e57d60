"""Specialists hold the customers who are theirs: complex ones, and whole groups that are given to them."""

from __future__ import annotations

from typing import Any

import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import AssignedBy, Event
from support.log_checks import check_log
from support.short_scenarios import ordinary

pytestmark = pytest.mark.rules

#: Six coaches whom nobody leaves: two of them are specialists.
SIX = {"period.weeks": 6, "office.coaches": 6, "demand.posts": 6, "office.specialist_share": 0.34, "strain.response": "central",
       "responses.central.base_leaving_per_year": 0, "groups.waiting.complex_share": 0}  # fmt: skip


def coaches_of(group: str, at_start: bool | None = None, **values: Any) -> set[int]:
    """The first coaches of a group's customers: of all, of those there at the start, or of those who came later."""
    scenario = ordinary(**SIX, **values)
    log = play(prepare(scenario), 1, 0)
    assert check_log(log) == []
    rows = log.rows[(log.rows[:, ev.KIND] == Event.ASSIGNED) & (log.rows[:, ev.A] == AssignedBy.START)]
    rows = rows[rows[:, ev.GROUP] == list(scenario.settings.groups).index(group)]
    if at_start is not None:
        rows = rows[(rows[:, ev.TIME] == log.rows[0, ev.TIME]) == at_start]
    assert len(rows) > 10
    return set(rows[:, ev.COACH].tolist())


def test_complex_customers_are_with_specialists_and_others_with_everybody() -> None:
    assert coaches_of("searching", **{"groups.searching.complex_share": 1}) == {0, 1}
    assert coaches_of("searching", **{"groups.searching.complex_share": 0}) == {0, 1, 2, 3, 4, 5}


def test_a_group_of_the_specialists_is_with_them_from_the_start_and_as_it_grows() -> None:
    theirs = {"groups.waiting.to_specialists": True, "groups.searching.complex_share": 0}
    assert coaches_of("waiting", **theirs) == {0, 1}
    assert coaches_of("searching", at_start=True, **theirs) == {2, 3, 4, 5}
    assert coaches_of("waiting", at_start=True) == coaches_of("searching", at_start=True) == {0, 1, 2, 3, 4, 5}


def test_who_comes_later_goes_to_the_smallest_caseload_a_specialists_too() -> None:
    theirs = {"groups.waiting.to_specialists": True, "groups.waiting.stock_per_post": 0, "groups.searching.complex_share": 0}
    assert coaches_of("searching", at_start=False, **theirs) >= {0, 1}
