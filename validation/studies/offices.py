"""Many offices with different loads, as tables of coach-days, spells and notices: what the studies were made of, in the model."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, LeavingCause, Presence
from jobcentre.runs.worker import default_jobs
from jobcentre.scenario import load, vary
from validation.pages import SEED

DAY = 86_400
WARMUP_WEEKS, WEEKS = 78, 104  # long enough for slow strain to settle, and for two years of leaving
COACHES = 23
#: Posts whose customers 23 coaches have: from an easy office to one that is a third beyond its number.
POSTS = tuple(range(18, 36))


class Offices(NamedTuple):
    """Tables over all offices; days count from the first that is followed."""

    days: pd.DataFrame  # office, coach, day, present, sick, load, strain
    spells: pd.DataFrame  # office, coach, day, working days lost (0: not ended)
    notices: pd.DataFrame  # office, coach, day
    caseloads: pd.DataFrame  # office, customers per coach in post


def offices(number: int, posts: Sequence[int] = POSTS, **figures: Any) -> Offices:
    """So many offices of each load, each with two years that are followed."""
    asked = [(load, run, figures) for run in range(number) for load in posts]
    with ProcessPoolExecutor(default_jobs(), get_context("spawn")) as pool:
        parts = list(pool.map(_office, asked, chunksize=4))
    return Offices(*(pd.concat([part[place].assign(office=i) for i, part in enumerate(parts)], ignore_index=True) for place in range(4)))


def _office(asked: tuple[int, int, dict[str, Any]]) -> tuple[pd.DataFrame, ...]:
    posts, run, figures = asked
    scenario = vary(load("baseline"), {"demand.posts": posts, "period.warmup_weeks": WARMUP_WEEKS, "period.weeks": WEEKS, **figures})
    inputs = prepare(scenario)
    rows = play(inputs, SEED, run).rows
    first = int(rows[0, ev.START]) // DAY
    contracted = float(inputs.fig["contracted_seconds"][0])
    counted = 60 * scenario.settings.strain.backlog_counted_minutes
    closes = _of(rows, Event.COACH_DAY)
    day = closes[:, ev.START] // DAY - first
    days = pd.DataFrame({
        "coach": closes[:, ev.COACH], "day": day, "present": closes[:, ev.A] == Presence.PRESENT, "sick": closes[:, ev.A] == Presence.SICK,
        "load": (closes[:, ev.C] + np.minimum(closes[:, ev.D], counted)) / contracted, "strain": closes[:, ev.E] / 1e6,
    })  # fmt: skip
    sick, given = _of(rows, Event.SICK), _of(rows, Event.NOTICE)
    given = given[given[:, ev.C] != LeavingCause.MOVEMENT]
    ended = {(int(row[ev.COACH]), int(row[ev.START]) // DAY): int(row[ev.B]) for row in _of(rows, Event.RETURN)}
    spells = pd.DataFrame({"coach": sick[:, ev.COACH], "day": sick[:, ev.TIME] // DAY - first})
    spells["lost"] = [ended.get((coach, day + first), 0) for coach, day in zip(spells["coach"], spells["day"], strict=True)]
    notices = pd.DataFrame({"coach": given[:, ev.COACH], "day": given[:, ev.TIME] // DAY - first})
    here, gone = _of(rows, Event.CUSTOMER_IN), _of(rows, Event.CUSTOMER_OUT)
    customers = int(np.sum(here[:, ev.TIME] // DAY <= first)) - int(np.sum(gone[:, ev.TIME] // DAY <= first))
    in_post = days[days["day"] == days.loc[days["day"] >= 0, "day"].min()]["coach"].nunique()
    caseloads = pd.DataFrame({"caseload": [customers / max(1, in_post)]})
    return days[days["day"] >= 0], spells[spells["day"] >= 0], notices[notices["day"] >= 0], caseloads


def _of(rows: np.ndarray, kind: Event) -> np.ndarray:
    return rows[rows[:, ev.KIND] == kind]
