"""What must be true of every event log, checked from the log; with the inputs of its run also who may see whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from jobcentre.model import events as ev
from jobcentre.model.choices import SeenBy
from jobcentre.model.events import Event, EventLog, Flag, Presence, Task
from jobcentre.model.inputs import Inputs
from support.log_state import state_at_close, states

__all__ = ["check_log", "state_at_close", "states"]

DAY = 86_400
ENDINGS = (Event.CONVERSATION, Event.FAILED, Event.WALKED_OUT, Event.CANCELLED, Event.REARRANGED, Event.NOT_NEEDED, Event.GIVEN_UP)
IN_CONTACT = (
    Event.BOOKED,
    Event.CONVERSATION,
    Event.FAILED,
    Event.WALKED_OUT,
    Event.CANCELLED,
    Event.NOT_OFFERED,
    Event.REARRANGED,
    Event.ASSIGNED,
    Event.CUSTOMER_MOVED,
)
NOT_WORK = (Event.LUNCH, Event.IDLE)
MOST_SHOWN = 5


def check_log(log: EventLog, inputs: Inputs | None = None) -> list[str]:
    """What is wrong with a log, in words; empty if nothing is. With the inputs also whether somebody waits beside an idle coach who may see them."""
    if len(log.rows) == 0 or log.rows[0, ev.KIND] != Event.OFFICE or np.sum(log.rows[:, ev.KIND] == Event.OFFICE) != 1:
        return ["the log does not begin with its one row OFFICE"]
    checks: tuple[Callable[[np.ndarray], Iterator[str]], ...] = (
        _time, _days, _stretches, _ledger, _whole_days, _bookings, _due_dates, _conversations, _customers, _coaches, _tasks, _chases, _contacts, _spells,
    )  # fmt: skip
    found = [problem for check in checks for problem in _first_few(check(log.rows))]
    if inputs is not None and not np.any(inputs.fig["diary_protected_admin_minutes"] > 0):  # in protected time idle coaches see nobody
        found += _first_few(_beside_idle_coaches(log.rows, bool(np.all(inputs.fig["diary_seen_by"] == SeenBy.WHOEVER_IS_FREE))))
    return found + list(_first_few(_backlogs(log)))


def _first_few(problems: Iterator[str]) -> Iterator[str]:
    for number, problem in enumerate(problems):
        if number == MOST_SHOWN:
            yield "… and more of the same"
            return
        yield problem


def _of(rows: np.ndarray, *kinds: Event) -> np.ndarray:
    return rows[np.isin(rows[:, ev.KIND], kinds)]


def _clock(second: int) -> str:
    return f"day {second // DAY} {second % DAY // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}"


def _time(rows: np.ndarray) -> Iterator[str]:
    for i in np.flatnonzero(np.diff(rows[:, ev.TIME]) < 0):
        yield f"time runs backwards after row {i}: {_clock(rows[i, ev.TIME])} then {_clock(rows[i + 1, ev.TIME])}"
    known = np.array([int(kind) for kind in Event])
    for kind in np.setdiff1d(rows[:, ev.KIND], known):
        yield f"unknown kind of event {kind}"


def _days(rows: np.ndarray) -> Iterator[str]:
    days = _of(rows, Event.DAY)
    if np.any(np.diff(days[:, ev.D]) != 1) or np.any(np.diff(days[:, ev.C]) != 1) or np.any(days[:, ev.TIME] != days[:, ev.D] * DAY):
        yield "the rows DAY do not follow one another day by day"


def _stretches(rows: np.ndarray) -> Iterator[str]:
    """A coach has at most one stretch at a time, and none lasts no time."""
    work = _by_coach(rows)
    for row in work[work[:, ev.TIME] <= work[:, ev.START]]:
        yield f"coach {row[ev.COACH]}: {Event(row[ev.KIND]).name} at {_clock(row[ev.START])} lasts no time"
    overlap = (work[1:, ev.COACH] == work[:-1, ev.COACH]) & (work[1:, ev.START] < work[:-1, ev.TIME])
    for i in np.flatnonzero(overlap):
        first, second = (Event(row[ev.KIND]).name for row in work[i : i + 2])
        yield f"coach {work[i, ev.COACH]} does {first} and {second} at once at {_clock(work[i + 1, ev.START])}"


def _by_coach(rows: np.ndarray) -> np.ndarray:
    work = _of(rows, *ev.STRETCHES)
    return work[np.lexsort((work[:, ev.START], work[:, ev.COACH]))]


def _split(work: np.ndarray) -> Iterator[tuple[int, int, int, int, int]]:
    """(coach, day, kind, begin, end) of stretches, cut at midnight."""
    for kind, coach, start, end in work[:, [ev.KIND, ev.COACH, ev.START, ev.TIME]].tolist():
        while start < end:
            day = start // DAY
            until = min(end, (day + 1) * DAY)
            yield coach, day, kind, start - day * DAY, until - day * DAY
            start = until


def _ledger(rows: np.ndarray) -> Iterator[str]:
    """The minutes of each coach-day present add up to the day; on other days there are none."""
    office = rows[0]
    begin, finish, lunch_seconds, round_the_clock = int(office[ev.A]), int(office[ev.D]), max(0, int(office[ev.F])), office[ev.GROUP] == 1
    inside: dict[tuple[int, int], int] = {}
    worked: dict[tuple[int, int], int] = {}
    work = _by_coach(rows)
    open_days = set(_of(rows, Event.DAY)[:, [ev.D, ev.A]][_of(rows, Event.DAY)[:, ev.A] == 1][:, 0].tolist())
    at_home: set[tuple[int, int]] = set()
    for coach, day, kind, start, end in _split(work):
        key = (coach, day)
        if day not in open_days and kind == Event.ADMIN and start >= finish:
            at_home.add(key)
        inside[key] = inside.get(key, 0) + max(0, min(end, finish) - max(start, begin))
        worked[key] = worked.get(key, 0) + (end - start if kind not in NOT_WORK else 0)
        if start < begin:
            yield f"coach {coach} does {Event(kind).name} on day {day} before the start of work"
        if end > finish and kind in NOT_WORK:
            yield f"coach {coach} has {Event(kind).name} on day {day} after finish"
    last = {int(coach): int(work[work[:, ev.COACH] == coach, ev.TIME].max()) // DAY for coach in np.unique(work[:, ev.COACH])}
    days = _of(rows, Event.COACH_DAY)
    present = {(coach, start // DAY) for coach, start in days[days[:, ev.A] == Presence.PRESENT][:, [ev.COACH, ev.START]].tolist()}
    for row in days:
        coach, day = int(row[ev.COACH]), int(row[ev.START]) // DAY
        key = (coach, day)
        if row[ev.A] != Presence.PRESENT:
            # open round the clock, absence acts only when the current piece of work ends
            if worked.get(key, 0) and not round_the_clock:
                yield f"coach {coach} works on day {day} although {Presence(row[ev.A]).name}"
            continue
        if round_the_clock and ({(coach, day - 1), (coach, day + 1)} - present or day >= last.get(coach, 0)):
            continue
        if inside.get(key, 0) != finish - begin:
            yield f"coach {coach}, day {day}: the ledger has {inside.get(key, 0)} seconds of {finish - begin}"
        if row[ev.C] != worked.get(key, 0):
            yield f"coach {coach}, day {day}: COACH_DAY says {row[ev.C]} seconds of work, the stretches {worked.get(key, 0)}"
        if row[ev.B] != finish - begin - lunch_seconds:
            yield f"coach {coach}, day {day}: {row[ev.B]} contracted seconds instead of {finish - begin - lunch_seconds}"
    closed = {(coach, start // DAY) for coach, start in days[:, [ev.COACH, ev.START]].tolist()}
    end_day = int(office[ev.SERIAL]) // DAY
    for coach, day in sorted(worked.keys() - closed - at_home):
        if day < end_day and not round_the_clock:
            yield f"coach {coach} works on day {day}, which has no close"


def _whole_days(rows: np.ndarray) -> Iterator[str]:
    """Days in training, on a course or posted elsewhere have one row each, of the contracted length."""
    days = _of(rows, Event.COACH_DAY)
    wanted = {Presence.IN_TRAINING: Event.TRAINING, Presence.COURSE: Event.TRAINING, Presence.POSTED: Event.POSTED}
    expected: dict[tuple[int, int, int], int] = {}
    for coach, start, presence, contracted in days[:, [ev.COACH, ev.START, ev.A, ev.B]].tolist():
        if presence in wanted:
            expected[coach, start // DAY, int(wanted[Presence(presence)])] = contracted
    seen: dict[tuple[int, int, int], int] = {}
    end_day = int(rows[0, ev.SERIAL]) // DAY
    for kind, coach, time, start, seconds in _of(rows, Event.TRAINING, Event.POSTED)[
        :, [ev.KIND, ev.COACH, ev.TIME, ev.START, ev.A]
    ].tolist():
        key = (coach, (start if start >= 0 else time) // DAY, kind)
        if key in seen:
            yield f"coach {coach} has two rows {Event(kind).name} on day {key[1]}"
        if key[1] < end_day:
            seen[key] = seconds
    for key in sorted(set(expected) | set(seen)):
        if expected.get(key) != seen.get(key):
            yield f"coach {key[0]}, day {key[1]}: {seen.get(key)} seconds of {Event(key[2]).name}, {expected.get(key)} expected"


def _bookings(rows: np.ndarray) -> Iterator[str]:
    """Each booking ends exactly once or is still to come when the log ends."""
    made: dict[int, tuple[int, int, int]] = {}
    ended: dict[int, int] = {}
    mine = _of(rows, Event.BOOKED, Event.COVERED, *ENDINGS)
    for time, kind, customer, start, serial in mine[:, [ev.TIME, ev.KIND, ev.CUSTOMER, ev.START, ev.SERIAL]].tolist():
        name = Event(kind).name
        if serial < 0:
            if kind != Event.NOT_NEEDED:
                yield f"{name} at {_clock(time)} names no booking"
        elif kind == Event.BOOKED:
            if serial in made:
                yield f"booking {serial} is made twice"
            if start < time:
                yield f"booking {serial} is made for a start that has passed"
            made[serial] = (customer, start, time)
        elif serial not in made:
            yield f"{name} of booking {serial}, which was never made"
        elif serial in ended:
            yield f"booking {serial} ends in {Event(ended[serial]).name} and then has {name}"
        else:
            if made[serial][0] != customer:
                yield f"booking {serial} was made for customer {made[serial][0]} but has {name} of customer {customer}"
            if kind != Event.COVERED:
                ended[serial] = kind
    end, round_the_clock = int(rows[0, ev.SERIAL]), rows[0, ev.GROUP] == 1
    for serial in made.keys() - ended.keys():
        if made[serial][1] < end and not round_the_clock:
            yield f"booking {serial} for {_clock(made[serial][1])} has no outcome"


def _due_dates(rows: np.ndarray) -> Iterator[str]:
    """A due date has one booking at a time, which ends with that due date; nobody is told twice on end that there is none, or goes with one."""
    standing: dict[int, tuple[int, int]] = {}  # by customer: booking and due day
    told: set[int] = set()
    for row in _of(rows, Event.BOOKED, *ENDINGS, Event.NOT_OFFERED, Event.CUSTOMER_OUT).tolist():
        kind, customer, serial, time = row[ev.KIND], row[ev.CUSTOMER], row[ev.SERIAL], _clock(row[ev.TIME])
        if kind in (Event.BOOKED, Event.NOT_OFFERED) and customer in standing:
            yield f"customer {customer} has {Event(kind).name} at {time} while booking {standing[customer][0]} stands"
        if kind == Event.BOOKED:
            standing[customer] = (serial, row[ev.C])
            told.discard(customer)
        elif kind == Event.NOT_OFFERED:
            if customer in told:
                yield f"customer {customer} is told twice that there is no start, at {time}"
            told.add(customer)
        elif kind == Event.CUSTOMER_OUT:
            told.discard(customer)
            if customer in standing:
                yield f"customer {customer} goes at {time} while booking {standing.pop(customer)[0]} stands"
        elif serial >= 0 and standing.get(customer, (serial,))[0] == serial:
            due = standing.pop(customer, (serial, row[ev.F]))[1]
            if due != row[ev.F]:
                yield f"booking {serial} was made for due day {due} and ends for {row[ev.F]}"


def _beside_idle_coaches(rows: np.ndarray, shared: bool) -> Iterator[str]:
    """Nobody waits while a coach is idle for as long as is planned for them, as whom the office has present.

    An idle stretch ends at the coach's next booking, lunch and finish: who is idle so long has the time. Booked customers are seen by
    others than their coach only where all coaches are `shared`.
    """
    idle, days = _of(rows, Event.IDLE), _of(rows, Event.COACH_DAY)
    present = set(map(tuple, days[days[:, ev.A] == Presence.PRESENT][:, [ev.COACH, ev.START]].tolist()))
    for name, since, until, planned in [*_walk_ins_who_wait(rows), *(_booked_who_wait(rows) if shared else [])]:
        there = np.maximum(idle[:, ev.START], since)
        for i in np.flatnonzero((there < until) & (idle[:, ev.TIME] - there >= planned)):
            coach = int(idle[i, ev.COACH])
            if (coach, int(there[i]) // DAY * DAY) in present:
                yield f"{name} waits at {_clock(int(there[i]))} while coach {coach} is idle"


def _walk_ins_who_wait(rows: np.ndarray) -> Iterator[tuple[str, int, int, int]]:
    """Name, since when, until when and planned seconds of unscheduled contacts that had to wait."""
    planned = dict(_of(rows, Event.CONTACT_IN)[:, [ev.SERIAL, ev.A]].tolist())
    for row in _of(rows, Event.UNSCHEDULED, Event.TURNED_AWAY, Event.ABANDONED).tolist():
        served = row[ev.KIND] == Event.UNSCHEDULED
        since, until = (row[ev.C], row[ev.START]) if served else (row[ev.START], row[ev.TIME])
        if since < until and row[ev.SERIAL] in planned:
            yield f"contact {row[ev.SERIAL]}", since, until, planned[row[ev.SERIAL]]


def _booked_who_wait(rows: np.ndarray) -> Iterator[tuple[str, int, int, int]]:
    """The same of booked customers; who is next while notes are put away waits no longer."""
    opened = {
        (customer, time): start for customer, time, start in _of(rows, Event.TURNAROUND)[:, [ev.CUSTOMER, ev.TIME, ev.START]].tolist()
    }
    for row in _of(rows, Event.CONVERSATION, Event.WALKED_OUT).tolist():
        if row[ev.KIND] == Event.CONVERSATION:
            since, until = row[ev.E] + max(0, row[ev.G]), opened.get((row[ev.CUSTOMER], row[ev.START]), row[ev.START])
        else:
            since, until = row[ev.TIME] - row[ev.B], row[ev.TIME]
        if since < until:
            yield f"booking {row[ev.SERIAL]}", since, until, row[ev.A]


def _conversations(rows: np.ndarray) -> Iterator[str]:
    """A customer is in one place, and the seconds of a conversation add up."""
    held = _of(rows, Event.CONVERSATION)
    held = held[np.lexsort((held[:, ev.START], held[:, ev.CUSTOMER]))]
    for i in np.flatnonzero((held[1:, ev.CUSTOMER] == held[:-1, ev.CUSTOMER]) & (held[1:, ev.START] < held[:-1, ev.TIME])):
        yield f"customer {held[i, ev.CUSTOMER]} is in two conversations at {_clock(held[i + 1, ev.START])}"
    wrong = held[:, ev.TIME] - held[:, ev.START] != held[:, ev.B] - held[:, ev.C]
    for row in held[wrong | (held[:, ev.C] < 0)]:
        yield f"booking {row[ev.SERIAL]}: seconds held are not seconds needed less those unmet"
    there = held[:, ev.E] + held[:, ev.G].clip(0)
    for row in held[held[:, ev.START] < there]:
        yield f"booking {row[ev.SERIAL]} is held before the customer is due or there"
    idle = _of(rows, Event.IDLE)
    own = held[:, ev.D] & Flag.COVER == 0  # who is taken over may have had no time for the whole of it before
    for coach in np.unique(idle[:, ev.COACH]):
        rest = idle[idle[:, ev.COACH] == coach]
        waits = own & (held[:, ev.COACH] == coach) & (held[:, ev.START] > there)
        until = np.searchsorted(rest[:, ev.START], held[waits][:, ev.START])  # stretches that began before the conversation
        for row, n, since in zip(held[waits], until, there[waits], strict=True):
            if n > 0 and rest[n - 1, ev.TIME] > since:
                yield f"booking {row[ev.SERIAL]} waits while coach {coach} is idle"


def _customers(rows: np.ndarray) -> Iterator[str]:
    """Customers come before they go, are in one group, and are seen only in between."""
    group_of: dict[int, int] = {}
    left: dict[int, int] = {}
    mine = _of(rows, Event.CUSTOMER_IN, Event.CUSTOMER_OUT, *IN_CONTACT)
    for time, kind, customer, group, former in mine[:, [ev.TIME, ev.KIND, ev.CUSTOMER, ev.GROUP, ev.C]].tolist():
        name = Event(kind).name
        if kind == Event.CUSTOMER_IN:
            if customer in group_of:
                yield f"customer {customer} comes while here"
            group_of[customer] = group
        elif customer not in group_of:
            if left.get(customer) != time:
                yield f"customer {customer} has {name} at {_clock(time)} while not here"
        elif kind == Event.CUSTOMER_MOVED:
            if former != group_of[customer]:
                yield f"customer {customer} moves from group {former} while in group {group_of[customer]}"
            group_of[customer] = group
        else:
            if group != group_of[customer]:
                yield f"customer {customer}, in group {group_of[customer]}, has {name} in group {group} at {_clock(time)}"
            if kind == Event.CUSTOMER_OUT:
                del group_of[customer]
                left[customer] = time


def _coaches(rows: np.ndarray) -> Iterator[str]:
    """Coaches come before they go, one to a post, work only in between and leave on the day they gave."""
    here: dict[int, int] = {}
    posts: dict[int, int] = {}
    last_day: dict[int, int] = {}
    known = (Event.COACH_IN, Event.COACH_OUT, Event.NOTICE, Event.COACH_DAY, Event.SICK)
    mine = _of(rows, *known, *ev.STRETCHES)
    for time, kind, coach, post, a, lent in mine[:, [ev.TIME, ev.KIND, ev.COACH, ev.SERIAL, ev.A, ev.G]].tolist():
        name = Event(kind).name
        if kind == Event.COACH_IN:
            if lent >= 0:
                last_day[coach] = lent
            if coach in here or post in posts:
                yield f"coach {coach} comes into post {post}, which is taken, or is already here"
            here[coach] = post
            posts[post] = coach
        elif coach not in here:
            yield f"coach {coach} has {name} at {_clock(time)} while not in post"
        elif kind == Event.NOTICE:
            if coach in last_day:
                yield f"coach {coach} gives notice twice"
            last_day[coach] = a
        elif kind == Event.COACH_OUT:
            if last_day.get(coach) != time // DAY:
                yield f"coach {coach} leaves on day {time // DAY}, not on the last day given, {last_day.get(coach)}"
            posts.pop(here.pop(coach), None)


def _spells(rows: np.ndarray) -> Iterator[str]:
    """Sickness spells begin and end in turn, and on working days sick a spell is open."""
    open_since: dict[int, int] = {}
    for time, kind, coach, start in _of(rows, Event.SICK, Event.RETURN)[:, [ev.TIME, ev.KIND, ev.COACH, ev.START]].tolist():
        if kind == Event.SICK:
            if coach in open_since:
                yield f"coach {coach} falls sick at {_clock(time)} while sick"
            open_since[coach] = time
        elif open_since.pop(coach, None) != start:
            yield f"coach {coach} returns at {_clock(time)} from a spell that did not begin at {_clock(start)}"


def _tasks(rows: np.ndarray) -> Iterator[str]:
    """Tasks are made, begun, worked on and finished in this order; what has lapsed is not worked on."""
    made: dict[int, tuple[int, int, int]] = {}
    begun: set[int] = set()
    over: dict[int, str] = {}
    mine = _of(rows, Event.TASK_MADE, Event.ADMIN, Event.TASK_LAPSED, Event.TASK_MOVED)
    for row in mine.tolist():
        serial, kind, name = row[ev.SERIAL], row[ev.KIND], Event(row[ev.KIND]).name
        if kind == Event.TASK_MADE:
            if serial in made:
                yield f"task {serial} is made twice"
            made[serial] = (row[ev.TIME], row[ev.A], row[ev.B])
            continue
        if serial not in made:
            yield f"{name} of task {serial}, which was never made"
            continue
        if serial in over:
            yield f"task {serial} is {over[serial]} and then has {name} at {_clock(row[ev.TIME])}"
        if kind == Event.ADMIN:
            if row[ev.START] < made[serial][0]:
                yield f"task {serial} is worked on before it is made"
            if (row[ev.C], row[ev.A], row[ev.E]) != made[serial]:
                yield f"task {serial} is not as it was made (time, kind, planned)"
            if (row[ev.F] == 1) == (serial in begun):
                yield f"task {serial} is begun twice or worked on without being begun"
            begun.add(serial)
            if row[ev.B] == 1:
                over[serial] = "finished"
        elif kind == Event.TASK_LAPSED:
            if row[ev.D] == 0 and row[ev.A] == Task.SAFEGUARDING:
                yield f"safeguarding task {serial} lapses"
            if row[ev.D] == 0 and serial in begun:
                yield f"task {serial} lapses although begun"
            over[serial] = "lapsed"


def _chases(rows: np.ndarray) -> Iterator[str]:
    """Whoever comes about overdue work has a task that was due on an earlier day and not ended when the day began."""
    owed: dict[int, dict[int, tuple[int, int]]] = {}  # by customer and task: due day, and the day on which it ended
    for row in _of(rows, Event.TASK_MADE, Event.ADMIN, Event.TASK_LAPSED, Event.CONTACT_IN).tolist():
        customer, serial, day = row[ev.CUSTOMER], row[ev.SERIAL], row[ev.TIME] // DAY
        if customer < 0:
            continue
        tasks = owed.setdefault(customer, {})
        if row[ev.KIND] == Event.TASK_MADE:
            tasks[serial] = (row[ev.C], 1 << 30)
        elif row[ev.KIND] == Event.TASK_LAPSED or (row[ev.KIND] == Event.ADMIN and row[ev.B] == 1):
            tasks[serial] = (tasks.get(serial, (0, 0))[0], day)
        elif row[ev.KIND] == Event.CONTACT_IN and not any(due < day <= ended for due, ended in tasks.values()):
            yield f"customer {customer} chases at {_clock(row[ev.TIME])}, and nothing about them is overdue"


def _contacts(rows: np.ndarray) -> Iterator[str]:
    """Each unscheduled contact is served or turned away, once, after it came."""
    came: dict[int, int] = {}
    over: set[int] = set()
    for row in _of(rows, Event.CONTACT_IN, Event.UNSCHEDULED, Event.TURNED_AWAY, Event.ABANDONED).tolist():
        serial = row[ev.SERIAL]
        if row[ev.KIND] == Event.CONTACT_IN:
            came[serial] = row[ev.TIME]
        elif serial not in came or serial in over:
            yield f"contact {serial} never came or ends twice"
        else:
            over.add(serial)
            if row[ev.KIND] == Event.UNSCHEDULED and (row[ev.START] < came[serial] or row[ev.C] != came[serial]):
                yield f"contact {serial} is served before it came, or its arrival differs"
    end, round_the_clock = int(rows[0, ev.SERIAL]), rows[0, ev.GROUP] == 1
    for serial in came.keys() - over:
        if came[serial] // DAY < end // DAY and not round_the_clock:
            yield f"contact {serial} of {_clock(came[serial])} is neither served nor turned away"


def _backlogs(log: EventLog) -> Iterator[str]:
    """The backlog that each close states is the one rebuilt from the tasks."""
    for state in states(log):
        for coach in state.closed:
            mine = state.coaches[coach]
            if mine.stated_backlog != mine.backlog:
                yield f"coach {coach}, close of day {state.day}: backlog stated {mine.stated_backlog}, rebuilt {mine.backlog}"
