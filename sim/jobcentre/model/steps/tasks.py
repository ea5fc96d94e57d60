"""Admin tasks: made, queued, worked on, moved, lapsed. First in first out per coach, urgent ones first."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import Event, LapseReason, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_admin, log_task_lapsed, log_task_made, log_task_moved
from jobcentre.model.random_numbers import Stream
from jobcentre.model.rules.admin import has_lapsed, left_of_task, planned_seconds
from jobcentre.model.state import TASKS_FULL, Office
from jobcentre.model.steps.primitives import DAY, add_working_days, draw, happens, seconds_drawn

FOLLOW_UP = 15  # address of a referral's follow-up, which is a task of kind REFERRAL
MOST_CALLS = 100  # follow-ups of failures of one customer that are counted as open
MESSAGES_A_DAY = 512  # most journal messages of one coach on one day


@jit
def is_urgent(kind: int) -> bool:
    """Safeguarding, and colleagues in training who wait, go before other admin."""
    return kind == Task.SAFEGUARDING or kind == Task.TRAINING_OTHERS


@jit
def make_task(office: Office, post: int, kind: Task, customer: int, now: int, which: int) -> None:
    """Puts a task on a coach's queue.

    `which` tells apart, for the random number's address, tasks of one kind: 0 or FOLLOW_UP for a customer's, day and
    number for messages, the newcomer's post for training others.
    """
    is_complex, referral_minutes = 0 if customer < 0 else office.customers["complex"][customer], 0.0
    if kind == Task.REFERRAL:
        referral_minutes = office.referrals["minutes"][0, office.customers["referred_to"][customer]]
    planned = planned_seconds(office.fig, kind, is_complex, referral_minutes)
    if planned <= 0 or post < 0:
        return
    if kind == Task.JOURNAL or kind == Task.CHASED:
        u = draw(office, Stream.JOURNAL_NEED, post, which)
    elif kind == Task.TRAINING_OTHERS:
        u = draw(office, Stream.TRAINER_NEED, which, now // DAY)
    else:
        u = draw(
            office,
            Stream.ADMIN,
            office.customers["who"][customer],
            office.customers["occasions"][customer] * 16 + (kind if which == 0 else which),
        )
    need = seconds_drawn(office, planned, office.fig["admin_table"][0], u)
    due_days = 1 if kind == Task.SAFEGUARDING else office.fig["admin_due_days"][0]
    due = add_working_days(office, now // DAY, due_days)
    _queue(office, post, kind, customer, now, due, planned, need)


@jit
def _queue(office: Office, post: int, kind: Task, customer: int, now: int, due: int, planned: int, need: int) -> None:
    state, tasks = office.now, office.tasks
    t = state["free_task"][0]
    if t < 0:
        state["failure"][0] = TASKS_FULL
        return
    state["free_task"][0] = tasks["next"][t]
    state["open_tasks"][0] += 1
    serial = state["next_task"][0]
    state["next_task"][0] = serial + 1
    tasks["serial"][t], tasks["kind"][t], tasks["customer"][t], tasks["made"][t] = serial, kind, customer, now
    tasks["due"][t], tasks["planned"][t], tasks["need"][t], tasks["done"][t], tasks["begun"][t] = due, planned, need, 0, 0
    append(office, post, t)
    if kind == Task.FAILED:
        office.customers["calls_open"][customer] = min(office.customers["calls_open"][customer] + 1, MOST_CALLS)
    log_task_made(office, now, t)


@jit
def append(office: Office, post: int, t: int) -> None:
    """Puts task `t` at the end of the coach's queue for its kind."""
    tasks, coaches = office.tasks, office.coaches
    tasks["post"][t], tasks["next"][t] = post, -1
    if is_urgent(tasks["kind"][t]):
        tail = coaches["urgent_tail"][post]
        coaches["urgent_tail"][post] = t
        if tail < 0:
            coaches["urgent_head"][post] = t
    else:
        tail = coaches["task_tail"][post]
        coaches["task_tail"][post] = t
        if tail < 0:
            coaches["task_head"][post] = t
    tasks["previous"][t] = tail
    if tail >= 0:
        tasks["next"][tail] = t
    coaches["backlog"][post] += left_of_task(tasks["planned"][t], tasks["done"][t])


@jit
def unlink(office: Office, t: int) -> None:
    """Takes task `t` out of its queue."""
    tasks, coaches = office.tasks, office.coaches
    post, before, after = tasks["post"][t], tasks["previous"][t], tasks["next"][t]
    urgent = is_urgent(tasks["kind"][t])
    if before >= 0:
        tasks["next"][before] = after
    elif urgent:
        coaches["urgent_head"][post] = after
    else:
        coaches["task_head"][post] = after
    if after >= 0:
        tasks["previous"][after] = before
    elif urgent:
        coaches["urgent_tail"][post] = before
    else:
        coaches["task_tail"][post] = before
    coaches["backlog"][post] -= left_of_task(tasks["planned"][t], tasks["done"][t])


@jit
def free_task(office: Office, t: int) -> None:
    """Gives the row of a finished or lapsed task back to the pool."""
    office.tasks["next"][t] = office.now["free_task"][0]
    office.now["free_task"][0] = t
    office.now["open_tasks"][0] -= 1


@jit
def work_on_task(office: Office, post: int, t: int, began: int, now: int) -> None:
    """Books a stretch of work on a task; a task whose need is met is done."""
    tasks = office.tasks
    before = left_of_task(tasks["planned"][t], tasks["done"][t])
    first = 1 - tasks["begun"][t]
    tasks["begun"][t] = 1
    tasks["done"][t] += now - began
    finished = 1 if tasks["done"][t] >= tasks["need"][t] else 0
    office.coaches["backlog"][post] += left_of_task(tasks["planned"][t], tasks["done"][t]) - before
    log_admin(office, now, t, began, finished, first)
    if finished == 1:
        if tasks["kind"][t] == Task.FAILED:
            if office.customers["calls_open"][tasks["customer"][t]] > 0:
                office.customers["calls_open"][tasks["customer"][t]] -= 1
            _refer_to_decision_maker(office, post, t, now)
        unlink(office, t)
        free_task(office, t)


@jit
def _refer_to_decision_maker(office: Office, post: int, t: int, now: int) -> None:
    """After a failure whose follow-up came too late, or without a good reason, a decision maker is asked (E6, E8, E10)."""
    fig, index = office.fig, office.days["index"]
    if fig["admin_decision_minutes"][0] <= 0.0:
        return
    customer = office.tasks["customer"][t]
    in_time = index[now // DAY] - index[office.tasks["made"][t] // DAY] <= fig["admin_decision_after_days"][0]
    who, k = office.customers["who"][customer], office.customers["occasions"][customer]
    if not in_time or happens(office, Stream.DECISION_REFERRAL, who, k, fig["admin_decision_share"][0]):
        make_task(office, post, Task.DECISION, customer, now, 0)


@jit
def lapse_task(office: Office, t: int, now: int, why: int) -> None:
    """Ends a task undone."""
    tasks = office.tasks
    log_task_lapsed(office, now, t, left_of_task(tasks["planned"][t], tasks["done"][t]), why)
    unlink(office, t)
    free_task(office, t)


@jit
def lapse_old_tasks(office: Office, post: int, now: int) -> None:
    """Lapses the tasks that were not begun long after they were due; safeguarding never lapses."""
    index = office.days["index"]
    today = index[office.now["day"][0]]
    in_hand = office.coaches["task"][post] if office.coaches["doing"][post] == Event.ADMIN else -1
    t = office.coaches["task_head"][post]
    while t >= 0:
        after = office.tasks["next"][t]
        past_due = today - index[office.tasks["due"][t]]
        if office.tasks["begun"][t] == 0 and t != in_hand and has_lapsed(past_due, office.fig["admin_lapse_days"][0]):
            if office.tasks["kind"][t] == Task.FAILED:
                _refer_to_decision_maker(office, post, t, now)
            lapse_task(office, t, now, LapseReason.TOO_OLD)
        t = after


@jit
def move_tasks(office: Office, post: int, customer: int, to: int, now: int) -> None:
    """Hands the tasks that concern a customer to another coach, in their order."""
    for queue in range(2):
        t = office.coaches["urgent_head"][post] if queue == 0 else office.coaches["task_head"][post]
        while t >= 0:
            after = office.tasks["next"][t]
            if office.tasks["customer"][t] == customer:
                unlink(office, t)
                append(office, to, t)
                log_task_moved(office, now, t, post)
            t = after


@jit
def lapse_all_tasks(office: Office, post: int, now: int) -> None:
    """Lapses what a leaver leaves behind that concerns no customer of theirs."""
    while office.coaches["urgent_head"][post] >= 0:
        lapse_task(office, office.coaches["urgent_head"][post], now, LapseReason.COACH_LEFT)
    while office.coaches["task_head"][post] >= 0:
        lapse_task(office, office.coaches["task_head"][post], now, LapseReason.COACH_LEFT)


@jit
def urgent_task(office: Office, post: int, room: int, with_safeguarding: bool) -> int:
    """The first urgent task that can be done now, in so many undisturbed seconds; -1: none."""
    tasks = office.tasks
    gap = seconds(office.fig["admin_safeguarding_gap_minutes"][0])
    t = office.coaches["urgent_head"][post]
    while t >= 0:
        if tasks["kind"][t] != Task.SAFEGUARDING:
            return t
        if with_safeguarding and room >= min(gap, left_of_task(tasks["planned"][t], tasks["done"][t])):
            return t
        t = tasks["next"][t]
    return -1


@jit
def next_task(office: Office, post: int, room: int, with_safeguarding: bool) -> int:
    """The task a coach does next in so many undisturbed seconds: urgent ones first, then the oldest; -1: none."""
    t = urgent_task(office, post, room, with_safeguarding)
    return t if t >= 0 else office.coaches["task_head"][post]
