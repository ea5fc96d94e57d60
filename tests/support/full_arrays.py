"""Runs in which one array is full at once, because it was cut or filled up beforehand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jobcentre.model import prepare
from jobcentre.model.compiled_engine import play_day
from jobcentre.model.compiling.handle import handle_of
from jobcentre.model.random_numbers import K_LIMIT, NUMBER_LIMIT
from jobcentre.model.run import RunInProgress
from jobcentre.model.state import (
    AGENDA_FULL,
    CONTACTS_FULL,
    CUSTOMERS_FULL,
    DIARY_FULL,
    LOG_FULL,
    MESSAGES_FULL,
    NUMBERS_FULL,
    SLEEPING,
    TASKS_FULL,
    Arrays,
    new_office,
)
from jobcentre.model.steps.customers import new_customer, put_in_line
from jobcentre.model.steps.office_day import begin_day
from jobcentre.model.steps.primitives import give_turn
from jobcentre.model.steps.start import start_office
from jobcentre.model.steps.walk_ins import contact_arrives
from support.short_scenarios import ordinary


def _log(state: Arrays) -> Arrays:
    state.now["rows"] = 0
    return state._replace(log=state.log[:40].copy())


def _tasks(state: Arrays) -> Arrays:
    state.now["free_task"] = -1
    return state


def _messages(state: Arrays) -> Arrays:
    state.groups["message_mean"], state.groups["message_none"] = 100.0, 0.0
    return state


def _arrivals(state: Arrays) -> Arrays:
    state.now["customers"] = len(state.customers)
    return state


def _occasions(state: Arrays) -> Arrays:
    state.customers["occasions"] = K_LIMIT
    return state


def _number_of_the_day(state: Arrays) -> Arrays:
    assert new_customer(handle_of(state), 0, 0, NUMBER_LIMIT) == -1
    return state


def _in_line(state: Arrays) -> Arrays:
    assert put_in_line(handle_of(state), 0, 0, 0, 0, len(state.scratch) + 1) == 0
    return state


def _start(state: Arrays) -> Arrays:
    """An office with room for three customers is filled."""
    inputs = prepare(ordinary())
    small = new_office(inputs, 1, 0)._replace(customers=state.customers[:3].copy())
    start_office(handle_of(small))
    state.now["failure"] = small.now["failure"]
    return state


def _diary(state: Arrays) -> Arrays:
    state.now["ring_mask"] = 0  # of a single day
    return state


#: What is full, the number of the failure, and how the state is made so.
FULL: dict[str, tuple[int, Callable[[Arrays], Arrays]]] = {
    "the log": (LOG_FULL, _log),
    "tasks": (TASKS_FULL, _tasks),
    "messages of a day": (MESSAGES_FULL, _messages),
    "customers who arrive": (CUSTOMERS_FULL, _arrivals),
    "customers at the start": (CUSTOMERS_FULL, _start),
    "customers of a day": (CUSTOMERS_FULL, _in_line),
    "contacts": (CONTACTS_FULL, lambda state: state._replace(contacts=state.contacts[:1].copy())),
    "agendas": (AGENDA_FULL, lambda state: state._replace(agenda=np.full((len(state.agenda), 2), -1, np.int64))),
    "the door": (AGENDA_FULL, lambda state: state._replace(door=state.door[:5].copy())),
    "the diary": (DIARY_FULL, _diary),
    "numbers of occasions": (NUMBERS_FULL, _occasions),
    "numbers of a day's arrivals": (NUMBERS_FULL, _number_of_the_day),
}


def play_full(what: str) -> None:
    """Plays a day of a run in which one array is full; raises RunStopped with the message of the failure."""
    run = RunInProgress(prepare(ordinary(**{"groups.searching.arrivals_per_post_day": 5})), 1, 0)
    run.make_room()
    run.state = FULL[what][1](run.state)
    run.office = handle_of(run.state)
    play_day(run.office, np.zeros(2 * run.posts + 8, np.int64), 0, 0)
    run.make_room()


def one_turn_at_an_instant() -> bool:
    """Whether a coach who is given a turn twice at one instant stands in the list once."""
    run = RunInProgress(prepare(ordinary()), 1, 0)
    for post in (1, 0, 1):
        give_turn(run.office, post, 60)
    return int(run.state.now["turns"][0]) == 2


def meeting_before_contacts() -> bool:
    """Whether a coach who sleeps, and has not been to the team meeting yet, is passed over for a contact that arrives at ten."""
    run = RunInProgress(prepare(ordinary(**{"office.coaches": 1, "demand.posts": 1})), 1, 0)
    run.make_room()
    begin_day(run.office, 0)
    state, ten = run.state, 10 * 3600
    state.coaches["doing"], state.coaches["agenda_n"], state.coaches["urgent_head"] = SLEEPING, 0, -1
    state.contacts["arrived"][0], state.contacts["planned"][0] = ten, 60
    state.lists["asleep"][0], state.lists["asleep_listed"][0], state.now["asleep"] = 0, 1, 1
    before = contact_arrives(run.office, 0, ten)
    state.coaches["met"] = 1
    return (before, contact_arrives(run.office, 0, ten)) == (-1, 0)
