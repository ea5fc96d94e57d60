"""Counts coaches' time while the engine plays: what each coach is seen doing after every step, second for second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from jobcentre.model.inputs import Inputs
from support.engine_watch import DAY, Tallies

# what coaches["doing"] says
OFF, FREE, SLEEPING, CONVERSATION, ADMIN, UNSCHEDULED, WAITING, MEETING, LUNCH, TURNAROUND = 0, 1, 2, 35, 51, 55, 60, 61, 62, 66
SAFEGUARDING, TRAINING_OTHERS = 7, 10
ACTIVITY = {
    SLEEPING: "idle",
    CONVERSATION: "conversation",
    UNSCHEDULED: "unscheduled",
    WAITING: "waiting",
    MEETING: "meeting",
    TURNAROUND: "turnaround",
}
NOT_WORK = (OFF, FREE, SLEEPING, LUNCH)
PRESENT, SICK, IN_TRAINING, COURSE = 0, 2, 4, 6
FULL_FIVE_MINUTES = 300


class Stretch(NamedTuple):
    """What one coach is doing, since when, with what was known when it began."""

    doing: int = OFF
    since: int = 0
    who: tuple[int, int] = (-1, -1)  # post and holder
    customer: int = -1
    need: int = 0
    contact: int = -1
    task_kind: int = -1


class Hours:
    """Every stretch of every coach's time, put into days, activities and bands."""

    def __init__(self, tallies: Tallies, inputs: Inputs) -> None:
        self.tallies, self.inputs = tallies, inputs
        self.now: dict[int, Stretch] = defaultdict(Stretch)
        self.worked: dict[tuple[tuple[int, int], int], int] = defaultdict(int)  # seconds by coach and day
        self.at_lunch: dict[tuple[tuple[int, int], int], int] = defaultdict(int)
        office = inputs.settings[0].office
        self.finish, self.lunch, self.lunch_end = office.coach_finish, office.lunch_start, office.lunch_start + 60 * office.lunch_minutes
        self.contracted = office.coach_finish - office.coach_start - 60 * office.lunch_minutes

    def begin_day(self, office: Any, now: int) -> Iterator[None]:
        yield
        for post in range(len(office.coaches)):
            self._look(office, post, now)

    def open_door(self, office: Any, now: int) -> Iterator[None]:
        yield
        for post in range(len(office.coaches)):
            self._look(office, post, now)

    def take_work(self, office: Any, post: int, now: int) -> Iterator[None]:
        yield
        self._look(office, post, now)

    def end_work(self, office: Any, post: int, now: int) -> Iterator[None]:
        yield
        self._look(office, post, now)

    def _look(self, office: Any, post: int, now: int) -> None:
        coaches, before = office.coaches, self.now[post]
        doing = int(coaches["doing"][post])
        if doing == before.doing:
            return
        self._count(before, now)
        self.now[post] = Stretch(
            doing,
            now,
            (post, int(coaches["holder"][post])),
            int(coaches["customer"][post]),
            int(coaches["need"][post]),
            int(coaches["contact"][post]),
            int(office.tasks["kind"][coaches["task"][post]]) if doing == ADMIN else -1,
        )

    def _count(self, stretch: Stretch, until: int) -> None:
        if stretch.doing in (OFF, FREE, LUNCH):
            return
        begin = stretch.since
        while begin < until:
            day = begin // DAY
            end = min(until, (day + 1) * DAY)
            self._count_in_day(stretch, day, begin - day * DAY, end - day * DAY)
            begin = end

    def _count_in_day(self, stretch: Stretch, day: int, begin: int, end: int) -> None:
        add, activity = self.tallies.add, activity_of(stretch)
        seconds = range(begin, end)
        lunch = len(range(max(begin, self.lunch), min(end, self.lunch_end)))
        overtime = len(range(max(begin, self.finish), end))
        add(f"{activity} contracted seconds", day, len(seconds) - lunch - overtime)
        if activity == "conversation":
            add("conversation seconds", day, len(seconds))
        if activity != "idle":
            add("worked seconds", day, len(seconds))
            add("overtime seconds", day, overtime)
            add("lunch worked seconds", day, lunch)
            self.worked[stretch.who, day] += len(seconds)
            self.at_lunch[stretch.who, day] += lunch

    def seconds_worked(self, post: int, holder: int, day: int) -> int:
        """Seconds that a coach has worked on a day that is over, what is still in hand included."""
        running, seconds = self.now[post], self.worked[(post, holder), day]
        if running.doing not in NOT_WORK and running.who == (post, holder):
            seconds += (day + 1) * DAY - max(running.since, day * DAY)
        return seconds

    def finish_counting(self) -> None:
        """Days on which more than five minutes of lunch were worked."""
        for (_, day), seconds in self.at_lunch.items():
            if seconds > FULL_FIVE_MINUTES:
                self.tallies.add("lunches worked", day)


def activity_of(stretch: Stretch) -> str:
    """The ledger's name for what a coach does."""
    if stretch.doing != ADMIN:
        return ACTIVITY[stretch.doing]
    return {SAFEGUARDING: "safeguarding", TRAINING_OTHERS: "training others"}.get(stretch.task_kind, "admin")
