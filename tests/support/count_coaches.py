"""Counts coaches while the engine plays: load, strain, tasks, sickness, notices, vacancies, from the office's arrays day by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobcentre.model.inputs import Inputs
from support.count_hours import COURSE, IN_TRAINING, PRESENT, SAFEGUARDING, SICK, Hours
from support.engine_watch import DAY, Tallies

VACANT = 0  # coaches["state"]
LEAVE = 1  # office.leave
SHORT, STRESS = 0, 2  # coaches["spell"]
CAUSES = ("ordinary", "strain", "illness", "contagion")  # coaches["cause"]
LENT = 1e29  # coaches["leave_limit"]
AT_LEAST = 60  # seconds that an unfinished task still counts
FOLLOWED, FORTNIGHT, NEW = 364, 10, 365
POSTED = 5
TASKS_COUNTED = {0: "notes", 1: "notes", 2: "calls", 8: "messages", 11: "messages"}

Coach = tuple[int, int]  # post and holder


class Coaches:
    """Who is in post each day, and what each close of a day finds."""

    def __init__(self, tallies: Tallies, inputs: Inputs, hours: Hours, reference_day: int) -> None:
        self.tallies, self.inputs, self.hours = tallies, inputs, hours
        self.reference_day = reference_day
        self.in_post: dict[Coach, list[int]] = {}  # days
        self.notice: dict[Coach, int] = {}
        self.stress_spells: dict[Coach, list[int]] = {}  # days on which they began
        self.spell: dict[Coach, tuple[int, int, int]] = {}  # running: kind, first day, whether of mental ill-health
        self.sick_on: dict[Coach, list[int]] = {}
        self.strain: dict[Coach, list[tuple[int, float]]] = {}
        self.loads: dict[Coach, list[tuple[int, float]]] = {}
        self.vacant_since: dict[int, int] = {}
        self.posts: set[int] = set()
        self.beside: set[int] = set()
        self.open = inputs.days["open"]
        self.safeguarding: dict[int, tuple[int, int]] = {}  # due day and group of tasks not ended

    # --- the first second of a day ------------------------------------------------------------------------------------

    def begin_day(self, office: Any, now: int) -> Iterator[None]:
        yield
        if now >= office.now["end"][0]:
            return
        today, here = now // DAY, set()
        for post in range(len(office.coaches)):
            row = {name: int(office.coaches[name][post]) for name in ("state", "holder", "vacant_since", "service_day")}
            if row["state"] != VACANT:
                coach = (post, row["holder"])
                here.add(coach)
                self._in_post(office, coach, row, today)
            elif post in self.posts or row["vacant_since"] >= 0:
                self.tallies.add("vacant days", today)
            if post >= office.now["posts"][0]:  # beside the posts, by a movement
                self.beside.add(post)
                self.tallies.add("post days", today, int(row["state"] != VACANT))
            elif row["state"] != VACANT or row["vacant_since"] >= 0:
                self.posts.add(post)
            if row["vacant_since"] >= 0:
                self.vacant_since.setdefault(post, today)
        self.tallies.add("post days", today, len(self.posts))
        for coach in [one for one in self.spell if one not in here]:
            self._end_spell(coach, today)  # cut by leaving

    def _in_post(self, office: Any, coach: Coach, row: dict[str, int], today: int) -> None:
        post, coaches, add = coach[0], office.coaches, self.tallies.add
        if coach not in self.in_post and today > 0 and post in self.vacant_since:
            add("vacancies filled", today)
            add("days to fill", today, today - self.vacant_since.pop(post))
        self.in_post.setdefault(coach, []).append(today)
        add("coach days in post", today)
        if today < row["service_day"] + NEW:
            add("new coach days", today)
        weekdays = bin(int(coaches["weekdays"][post])).count("1")
        add("full-time coaches", today, min(1.0, weekdays / len(self.inputs.settings[0].office.open_days)))
        signs = int(coaches["mental_spell"][post]), int(coaches["broken"][post])
        self._spells(coach, int(coaches["spell"][post]), int(coaches["spell_start"][post]), signs, today)
        own = coaches["leave_limit"][post] < LENT  # who was lent goes on the day that was said, without notice
        if coach not in self.notice and coaches["notice_day"][post] >= 0 and own:
            self.notice[coach] = today
            add("notices", today)
            add("notices after stress", today, int(coach in self.stress_spells))
            add(f"notices by {CAUSES[int(coaches['cause'][post])]}", today)

    def _end_spell(self, coach: Coach, today: int) -> None:
        kind, first, mental = self.spell.pop(coach)
        if kind != SHORT:
            lost = int(self.open[first:today].sum())
            self.tallies.add("long spell days", first, lost)
            self.tallies.add("long spell days, mental", first, lost * mental)

    def _spells(self, coach: Coach, kind: int, first: int, signs: tuple[int, int], today: int) -> None:
        known = self.spell.get(coach)
        if known is not None and (kind < 0 or first == today):
            if known[0] == STRESS:
                self.tallies.add("stress spells completed", known[1])
                self.tallies.add("stress spell days", known[1], int(self.open[known[1] : today].sum()))
            self._end_spell(coach, today)
        if kind >= 0 and coach not in self.spell:
            assert first == today
            self.spell[coach] = (kind, today, signs[0])
            self.tallies.add("breakdowns", today, signs[1])
            assert signs[1] <= int(kind == STRESS) <= signs[0]
            if kind == STRESS:
                self.tallies.add("stress spells", today)
                self.stress_spells.setdefault(coach, []).append(today)

    # --- the close of a day -------------------------------------------------------------------------------------------

    def close_day(self, office: Any, now: int) -> Iterator[None]:
        yield
        day = now // DAY - 1
        if not self.open[day]:
            return
        self.tallies.add("working days", day)
        missing = 0
        for post in sorted(self.posts | self.beside):
            row = office.coaches[post]
            missing += post in self.posts and row["state"] == VACANT
            missing += row["state"] != VACANT and row["presence"] in (SICK, IN_TRAINING, COURSE, POSTED)
            if row["state"] != VACANT:
                self._close(office, (post, int(row["holder"])), day)
        posts = len(self.posts) + sum(office.coaches["state"][post] != VACANT for post in self.beside)
        self.tallies.add("days short of staff", day, int(100 * missing > 15 * posts))

    def _coach_leaves(self, office: Any, m: int, now: int) -> Iterator[None]:
        before = int((office.coaches["notice_day"] >= 0).sum())
        yield
        self.tallies.add("left by movement", now // DAY, int((office.coaches["notice_day"] >= 0).sum()) - before)

    def close_week(self, office: Any, post: int, day: int, now: int) -> Iterator[None]:
        for name, field in (("notices", "week_leaving"), ("stress spells", "week_stress")):
            self.tallies.add(f"expected {name} in millionths", day, round(float(office.coaches[field][post]) * 1e6))
        self.tallies.add("slow strain in millionths", day, round(float(office.coaches["slow_strain"][post]) * 1e6))
        self.tallies.add("coach weeks closed", day)
        yield

    def _close(self, office: Any, coach: Coach, day: int) -> None:
        post, coaches, add = coach[0], office.coaches, self.tallies.add
        strain, presence = float(coaches["strain"][post]), int(coaches["presence"][post])
        self.strain.setdefault(coach, []).append((day, strain))
        add("coach days", day)
        add("strain", day, strain)
        add("strain in millionths", day, round(strain * 1e6))
        self._away(office, coach, presence, day)
        if presence != PRESENT:
            return
        contracted = self.hours.contracted
        backlog = sum(max(AT_LEAST, planned - done) for planned, done in queue(office, post))
        counted = 60.0 * self.inputs.settings[self._period(day)].strain.backlog_counted_minutes
        load = (self.hours.seconds_worked(post, coach[1], day) + min(backlog, counted)) / contracted
        self.loads.setdefault(coach, []).append((day, load))
        add("coach days present", day)
        add("contracted seconds", day, contracted)
        add("offered", day, int(coaches["cap"][post]))
        add("backlog seconds", day, backlog)
        add("load", day, load)
        add("overloaded", day, int(load > 1))

    def _away(self, office: Any, coach: Coach, presence: int, day: int) -> None:
        post, add = coach[0], self.tallies.add
        works = bool(int(office.coaches["weekdays"][post]) >> int(office.days["weekday"][day]) & 1)
        at_leave = int(office.leave[post, day]) == LEAVE
        spell = self.spell.get(coach)
        sick = works and not at_leave and spell is not None
        assert sick == (presence == SICK)
        if sick and spell is not None:
            add("sick days", day)
            add("sick days of stress" if spell[0] == STRESS else "ordinary sick days", day)
            add("short sick days" if spell[0] == SHORT else "long sick days", day)
            self.sick_on.setdefault(coach, []).append(day)
        if presence in (IN_TRAINING, COURSE):
            add("training days", day)

    def _period(self, day: int) -> int:
        return int(self.inputs.days["period"][day]) - 1

    # --- tasks --------------------------------------------------------------------------------------------------------

    def _queue(self, office: Any, post: int, kind: int, customer: int, now: int, due: int, planned: int, need: int) -> Iterator[None]:
        serial = int(office.now["next_task"][0])
        yield
        if kind == SAFEGUARDING:
            tomorrow = now // DAY + 1
            while not self.open[tomorrow]:
                tomorrow += 1
            assert due == tomorrow or not self.open[now // DAY]
            self.safeguarding[serial] = (due, int(office.customers["group"][customer]))

    def work_on_task(self, office: Any, post: int, t: int, began: int, now: int) -> Iterator[None]:
        serial, done = int(office.tasks["serial"][t]), int(office.tasks["done"][t]) + now - began
        if done >= office.tasks["need"][t]:
            self.tallies.add("tasks finished", now // DAY)
            self._end_task(int(office.tasks["kind"][t]), now, (now - 1) // DAY > office.tasks["due"][t])
            self._end_safeguarding(serial, (now - 1) // DAY)  # the last second of a day belongs to it
        yield

    def lapse_task(self, office: Any, t: int, now: int, why: int) -> Iterator[None]:
        serial = int(office.tasks["serial"][t])
        self.tallies.add("tasks lapsed", now // DAY)
        self._end_task(int(office.tasks["kind"][t]), now, True)
        if now // DAY <= self.safeguarding.get(serial, (0, 0))[0]:
            del self.safeguarding[serial]  # not due yet when it was no longer needed
        self._end_safeguarding(serial, now // DAY)
        yield

    def _end_task(self, kind: int, now: int, late: bool) -> None:
        for name in ("all", TASKS_COUNTED.get(kind)):
            if name is not None:
                self.tallies.add(f"{name} ended", now // DAY)
                self.tallies.add(f"{name} late", now // DAY, int(late))

    def _end_safeguarding(self, serial: int, day: int) -> None:
        if serial in self.safeguarding:
            due, group = self.safeguarding.pop(serial)
            self.tallies.add("safeguarding due", due, 1, group)
            self.tallies.add("safeguarding late", due, int(day > due), group)

    # --- the end of the run -------------------------------------------------------------------------------------------

    def finish_counting(self) -> None:
        """What is counted once for each coach."""
        first, end = self.inputs.counted_from, self.inputs.run_days
        add = self.tallies.add
        crisis = self.inputs.settings[0].strain.crisis_strain
        for serial in list(self.safeguarding):
            self._end_safeguarding(serial, end)
        for coach, days in self.in_post.items():
            if self.reference_day in days and coach[0] not in self.beside:
                add("coaches of the start", first)
                given = self.notice.get(coach, -1)
                add("leavers of the start", first, int(self.reference_day <= given < self.reference_day + FOLLOWED))
                ill = any(self.reference_day <= day < self.reference_day + FOLLOWED for day in self.stress_spells.get(coach, ()))
                add("ill of the start", first, int(ill))
            if days[0] <= first and days[-1] == end - 1:
                add("coaches throughout", first)
                add("never sick", first, int(not any(day >= first for day in self.sick_on.get(coach, ()))))
            closes = [(day, strain) for day, strain in self.strain.get(coach, ()) if day >= first]
            if closes:
                add("coaches seen", closes[0][0])
            high = [day for day, strain in closes if strain > crisis]
            if high:
                add("coaches in crisis", high[0])
            years = {(day - first) // FOLLOWED: day for day in reversed(self.stress_spells.get(coach, ())) if day >= first}
            for day in years.values():
                add("coaches with a stress spell", day)
            self._worst_fortnight(coach, first)
            self._sustained_overload(coach)

    def _sustained_overload(self, coach: Coach) -> None:
        weeks: dict[int, list[tuple[int, float]]] = {}
        for day, load in self.loads.get(coach, ()):
            weeks.setdefault(day // 7, []).append((day, load))
        in_a_row = 0
        for _, days in sorted(weeks.items()):
            in_a_row = in_a_row + 1 if sum(load for _, load in days) > 1.1 * len(days) else 0
            self.tallies.add("coach weeks", days[0][0])
            self.tallies.add("weeks of sustained overload", days[0][0], int(in_a_row >= 4))

    def _worst_fortnight(self, coach: Coach, first: int) -> None:
        counted = [(day, load) for day, load in self.loads.get(coach, ()) if day >= first]
        means = [sum(load for _, load in counted[i : i + FORTNIGHT]) / FORTNIGHT for i in range(len(counted) - FORTNIGHT + 1)]
        if means:
            self.tallies.add("coaches with a fortnight", counted[0][0])
            self.tallies.add("worst fortnight", counted[0][0], max(means))


def queue(office: Any, post: int) -> Iterator[tuple[int, int]]:
    """Planned and done seconds of each task that waits for a coach."""
    for head in ("urgent_head", "task_head"):
        t = int(office.coaches[head][post])
        while t >= 0:
            yield int(office.tasks["planned"][t]), int(office.tasks["done"][t])
            t = int(office.tasks["next"][t])
