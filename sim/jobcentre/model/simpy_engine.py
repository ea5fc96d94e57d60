"""The SimPy engine. One process for each post's coach and one for the office's day; they wait, and call steps.

At one instant, always in this order; ties by post number, and inside a step by customer and task number:

1. the calendar, at the first second of each day (steps/office_day.py says in which order);
2. work that ends now ends, makes its admin and books the next appointment;
3. the door: customers due now turn up or do not, unscheduled contacts arrive, the clock strikes;
4. free coaches take work.

The priority of every event is made of step and post number, so nothing depends on the order of scheduling.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from jobcentre.model.run import RunInProgress
from jobcentre.model.steps.arrivals import NOTHING, open_door
from jobcentre.model.steps.coach_day import ASLEEP, end_work, take_work
from jobcentre.model.steps.office_day import begin_day
from jobcentre.model.steps.primitives import DAY

POSTS = 4096  # posts are numbered below this
CALENDAR, WORK_ENDS, DOOR, TAKES_WORK = 0, POSTS, 2 * POSTS, 3 * POSTS

Wait = Generator[simpy.Event, None, None]


class Turn(simpy.Event):
    """An event at a given second and a given place in the order of the instant."""

    def __init__(self, env: simpy.Environment, at: int, order: int) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, order, at - env.now)  # type: ignore[arg-type]


class Bell(simpy.Event):
    """The event that wakes a sleeping coach."""

    def ring(self, order: int) -> None:
        """Wakes the coach at this instant, in the coach's place in the order."""
        self._ok = True
        self._value = None
        self.env.schedule(self, order)  # type: ignore[arg-type]


def office_days(env: simpy.Environment, run: RunInProgress, bells: list[Bell]) -> Wait:
    """The office opens each day, and its door is minded until the evening."""
    for day in range(run.days + 1):
        yield Turn(env, day * DAY, CALENDAR)
        run.make_room()
        at = begin_day(run.office, day * DAY)
        wake_coaches(run, bells)
        while at != NOTHING and at < (day + 1) * DAY:
            yield Turn(env, at, DOOR)
            at = open_door(run.office, at)
            wake_coaches(run, bells)


def wake_coaches(run: RunInProgress, bells: list[Bell]) -> None:
    """Rings for each coach who has a turn at this instant."""
    for post in run.woken():
        bells[post].ring(TAKES_WORK + post)


def coach_at_work(env: simpy.Environment, run: RunInProgress, bells: list[Bell], post: int) -> Wait:
    """A coach sleeps until woken, then works stretch after stretch until there is nothing to do."""
    while True:
        yield bells[post]
        bells[post] = Bell(env)
        now = int(env.now)
        until = take_work(run.office, post, now)
        while until != ASLEEP:
            now = until
            yield Turn(env, now, WORK_ENDS + post)
            end_work(run.office, post, now)
            if env.peek() == now:  # others act at this instant: wait for one's place in its order
                yield Turn(env, now, TAKES_WORK + post)
            until = take_work(run.office, post, now)


def play(run: RunInProgress) -> None:
    """Plays the whole run."""
    env = simpy.Environment()
    bells = [Bell(env) for _ in range(run.posts)]
    for post in range(run.posts):
        env.process(coach_at_work(env, run, bells, post))
    env.run(until=env.process(office_days(env, run, bells)))
