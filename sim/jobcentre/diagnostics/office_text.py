"""The state of an office at one moment as text: its coaches, its customers and its queues."""

from __future__ import annotations

import datetime as dt

import numpy as np

from jobcentre.diagnostics.event_text import ACTIVITIES, clock, minutes, moment_of
from jobcentre.model import state as st
from jobcentre.model.events import Event, Presence
from jobcentre.model.state import Arrays

_STEPS = {
    "begin_day": "the calendar of a new day",
    "open_door": "the door",
    "end_work": "work of the coach in post {post} ends",
    "take_work": "the coach in post {post} takes work",
}
_DOING = {st.OFF: "not at work", st.FREE: "free, about to take work", st.SLEEPING: "nothing to do"}
_TODAY = {st.EXPECTED: "expected today", st.THERE: "there", st.GONE: "not expected today", st.SEEN: "seen today"}
_STATUS = {st.NOBODY: "not on the caseload yet", st.HERE: "on the caseload", st.AWAY: "has left"}
_STATE = {st.VACANT: "vacant", st.IN_TRAINING: "in training", st.TRAINED: "trained"}


def step_text(step: str, post: int) -> str:
    """The engine's next step as text; a step without a text of its own keeps its name."""
    return _STEPS.get(step, step + (" (post {post})" if post >= 0 else "")).format(post=post)


def office_facts(office: Arrays, coaches: list[int], customers: list[int], groups: tuple[str, ...], first: dt.date) -> dict[str, str]:
    """Facts on the office, these coaches and these customers, by name."""
    facts = _office(office)
    for coach in coaches:
        posts = np.flatnonzero((office.coaches["id"] == coach) & (office.coaches["state"] != st.VACANT))
        facts |= _coach(office, coach, int(posts[0]), first) if len(posts) else {f"coach {coach}": "not in post"}
    for customer in customers:
        known = customer < int(office.now["customers"][0])
        facts |= _customer(office, customer, groups, first) if known else {f"customer {customer}": "not on the caseload yet"}
    return facts


def _office(office: Arrays) -> dict[str, str]:
    doing = office.coaches["doing"]
    waiting = int(np.sum((office.customers["today"] == st.THERE) & (office.customers["status"] == st.HERE)))
    contacts = office.contacts["state"][: int(office.now["contacts_n"][0])]
    busy, free, asleep = (int(np.sum(which)) for which in (doing > st.SLEEPING, doing == st.FREE, doing == st.SLEEPING))
    at_door = int(office.now["door_n"][0]) - int(office.now["door_i"][0])
    return {
        "coaches at work": f"{busy} busy, {free} free, {asleep} with nothing to do",
        "booked customers who are there": str(waiting),
        "unscheduled contacts waiting": str(np.sum(contacts == 1)),
        "open admin tasks": str(office.now["open_tasks"][0]),
        "events to come": f"{busy} ends of work, {at_door} instants at the door, {office.now['woken'][0]} coaches just woken",
    }


def _coach(office: Arrays, coach: int, post: int, first: dt.date) -> dict[str, str]:
    row = office.coaches[post]
    doing = int(row["doing"])
    what = _DOING.get(doing) or ACTIVITIES[Event(doing)]
    if doing >= st.SLEEPING:
        what += f" since {clock(int(row['began']))}"
    if doing > st.SLEEPING:
        what += f", until {clock(int(row['until']))}"
        what += f", with customer {row['customer']}" if doing == Event.CONVERSATION else ""
    name = f"coach {coach}"
    return {
        f"{name}, post": f"{post}, {_STATE[int(row['state'])]}, {Presence(int(row['presence'])).name.lower().replace('_', ' ')}",
        f"{name}, now": what,
        f"{name}, today": f"{row['agenda_n'] - row['agenda_i']} of {row['agenda_n']} bookings to come, {row['held']} held, "
        f"{minutes(int(row['worked']))} worked",
        f"{name}, backlog": minutes(int(row["backlog"])),
        f"{name}, strain": f"{row['strain']:.9f}",
        f"{name}, caseload": str(row["caseload"]),
    }


def _customer(office: Arrays, customer: int, groups: tuple[str, ...], first: dt.date) -> dict[str, str]:
    row = office.customers[customer]
    name = f"customer {customer}"
    held_by = "no coach" if row["coach"] < 0 else f"coach {office.coaches['id'][row['coach']]}"
    facts = {
        f"{name}, who": f"{groups[row['group']]}, {_STATUS[int(row['status'])]}, with {held_by}",
        f"{name}, due": _day(int(row["due"]), first),
        f"{name}, booking": "none",
    }
    if row["booked_day"] >= 0:
        when = moment_of(int(row["start"]), first)
        with_whom = int(row["with"])
        facts[f"{name}, booking"] = f"{row['booking']} on {when}, {minutes(int(row['planned']))}, with the coach in post {with_whom}"
        facts[f"{name}, today"] = _TODAY[int(row["today"])]
    return facts


def _day(day: int, first: dt.date) -> str:
    date = first + dt.timedelta(days=day)
    return f"{date:%a} {date}" if day >= 0 else "not set"
