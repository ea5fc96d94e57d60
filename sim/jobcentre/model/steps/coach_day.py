"""A coach's work: what a free coach takes next, and what the end of work brings."""

from __future__ import annotations

from jobcentre.model.choices import SeenBy
from jobcentre.model.compiling import jit
from jobcentre.model.events import REFERRAL_SHIFT, Event, Flag, Presence, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_conversation, log_stretch, log_turnaround, log_unscheduled, log_waiting
from jobcentre.model.random_numbers import Stream, quantile
from jobcentre.model.rules.admin import lunch_is_worked, works_on
from jobcentre.model.rules.conversation import brief_seconds, conversation_seconds, is_rushed
from jobcentre.model.state import FREE, GONE, OFF, SEEN, SLEEPING, Office
from jobcentre.model.steps.attendance import flags_beforehand, walk_out
from jobcentre.model.steps.booking import book_after_held
from jobcentre.model.steps.caseload_exits import build_rapport, count_contact
from jobcentre.model.steps.primitives import DAY, add_working_days, draw, give_turn, happens, look_on
from jobcentre.model.steps.tasks import make_task, next_task, urgent_task, work_on_task
from jobcentre.model.steps.walk_ins import SERVED, contact_for, take_over, waits_for_colleague
from jobcentre.model.steps.working_time import (
    NEVER,
    attendance_known_at,
    awaited,
    count_work,
    first_there,
    free_seconds_today,
    next_break,
    next_start,
    next_stop,
    second_of_day,
)

ASLEEP = -1
LATE_START = 300  # seconds a customer waits before a meeting counts as begun late


@jit
def take_work(office: Office, post: int, now: int) -> int:
    """Starts the coach's next stretch of work and says when it ends; ASLEEP: nothing to do until woken."""
    coaches = office.coaches
    coaches["turn"][post] = -1
    if coaches["doing"][post] == SLEEPING and coaches["began"][post] < now:
        log_stretch(office, now, Event.IDLE, post, coaches["began"][post])
    if coaches["ready_for"][post] >= 0:
        return _begin_conversation(office, post, coaches["ready_for"][post], now)
    if office.now["working"][0] == 0:
        return _at_weekend(office, post, now)
    if coaches["presence"][post] != Presence.PRESENT:
        return _go_home(office, post)
    customer = first_there(office, post, now)
    if customer >= 0:
        return _see(office, post, customer, now)
    if office.fig["office_round_the_clock"][0] == 1:
        return _fill_gap(office, post, now)
    second = second_of_day(office, now)
    if second < office.fig["office_coach_start"][0]:
        return _go_home(office, post)
    if coaches["met"][post] == 0 and seconds(office.fig["office_meeting_minutes"][0]) > 0:
        coaches["met"][post] = 1
        return _begin(office, post, Event.MEETING, now, now + seconds(office.fig["office_meeting_minutes"][0]))
    if office.fig["office_lunch_start"][0] <= second < office.fig["office_lunch_end"][0]:
        return _lunch(office, post, now)
    if second >= office.fig["office_coach_finish"][0]:
        return _after_finish(office, post, now, second)
    return _fill_gap(office, post, now)


@jit
def _see(office: Office, post: int, customer: int, now: int) -> int:
    """Sees a booked customer who is there, as soon as the notes of the one before are put away."""
    coaches = office.coaches
    office.customers["today"][customer] = SEEN  # from now on nobody waits in vain
    _move_on(office, post)
    ready = coaches["talk_ended"][post] + seconds(office.fig["conversation_turnaround_minutes"][0])
    if coaches["talk_ended"][post] >= 0 and now < ready and second_of_day(office, now) < office.fig["office_coach_finish"][0]:
        coaches["ready_for"][post] = customer
        return _begin(office, post, Event.TURNAROUND, now, ready)
    return _begin_conversation(office, post, customer, now)


@jit
def _begin(office: Office, post: int, doing: int, now: int, until: int) -> int:
    coaches = office.coaches
    coaches["doing"][post], coaches["began"][post], coaches["until"][post] = doing, now, until
    return until


@jit
def _go_home(office: Office, post: int) -> int:
    office.coaches["doing"][post] = OFF
    return ASLEEP


@jit
def _sleep(office: Office, post: int, now: int) -> int:
    coaches, state = office.coaches, office.now
    coaches["doing"][post], coaches["began"][post] = SLEEPING, now
    if office.lists["asleep_listed"][post] != 1:
        office.lists["asleep_listed"][post] = 1
        office.lists["asleep"][state["asleep"][0]] = post
        state["asleep"][0] += 1
    return ASLEEP


@jit
def _begin_conversation(office: Office, post: int, customer: int, now: int) -> int:
    fig, customers, coaches = office.fig, office.customers, office.coaches
    group = customers["group"][customer]
    coaches["ready_for"][post] = -1
    table = office.groups["need_table"][0, group]
    if customers["first"][customer] == 1 and fig["conversation_first_need_table"][0] >= 0:
        table = fig["conversation_first_need_table"][0]
    ratio = quantile(office.tables, table, draw(office, Stream.NEED, customers["who"][customer], customers["occasions"][customer]))
    need = customers["planned"][customer] * office.groups["need_mean"][0, group] * ratio
    if customers["complex"][customer] == 1:
        need = need * fig["conversation_complex_need_factor"][0]
    if coaches["mental_health"][post] == 1 and office.groups["health"][0, group] == 1:
        need = need * (1.0 - fig["hiring_mental_health_effect"][0])
    whole = max(1, int(need + 0.5))
    if customers["last_id"][customer] >= 0 and customers["last_id"][customer] != coaches["id"][post]:
        whole += seconds(fig["conversation_reading_in_minutes"][0])
    booked = customers["start"][customer]  # what follows is what was booked after it: others may be waiting by now
    following = next_start(office, post, booked)
    brief = brief_seconds(whole, following - now < customers["planned"][customer], fig["conversation_catch_up_share"][0])
    length = conversation_seconds(
        brief, following - now, seconds(fig["conversation_overrun_limit_minutes"][0]), seconds(fig["conversation_shortest_minutes"][0])
    )
    length = conversation_seconds(
        length,
        next_break(office, booked) - now,
        seconds(fig["conversation_grace_minutes"][0]),
        seconds(fig["conversation_shortest_minutes"][0]),
    )
    coaches["need"][post], coaches["cut"][post], coaches["customer"][post] = whole, brief - length, customer
    return _begin(office, post, Event.CONVERSATION, now, now + length)


@jit
def _move_on(office: Office, post: int) -> None:
    """Moves the agenda's pointer past customers who are dealt with."""
    coaches = office.coaches
    while (
        coaches["agenda_i"][post] < coaches["agenda_n"][post]
        and office.customers["today"][office.agenda[post, coaches["agenda_i"][post]]] >= GONE
    ):
        coaches["agenda_i"][post] += 1


@jit
def _begin_task(office: Office, post: int, t: int, now: int, stop: int) -> int:
    """Works on a task until its need is met or the stop, whichever comes first."""
    left = office.tasks["need"][t] - office.tasks["done"][t]
    office.coaches["task"][post] = t
    return _begin(office, post, Event.ADMIN, now, min(now + left, stop))


@jit
def _fill_gap(office: Office, post: int, now: int) -> int:
    """Chooses the coach's work between bookings."""
    late = awaited(office, post, now)
    stop = next_stop(office, post, now)
    if late >= 0:
        stop = min(stop, attendance_known_at(office, late))
    useful = late >= 0 or stop - now >= seconds(office.fig["admin_shortest_useful_gap_minutes"][0])
    before_all = office.fig["admin_safeguarding_first"][0] == 1
    urgent = urgent_task(office, post, stop - now, before_all)
    if urgent >= 0 and useful:
        return _begin_task(office, post, urgent, now, stop)
    if late < 0:
        if office.fig["diary_seen_by"][0] == SeenBy.WHOEVER_IS_FREE:
            customer = waits_for_colleague(office, post, now)
            if customer >= 0:
                take_over(office, post, customer, now)
                return _see(office, post, customer, now)
        contact = contact_for(office, post, now)
        if contact >= 0:
            return _serve(office, post, contact, now)
    t = next_task(office, post, stop - now, True)
    if t >= 0 and useful:
        return _begin_task(office, post, t, now, stop)
    if late >= 0:
        office.coaches["customer"][post] = late
        return _begin(office, post, Event.WAITING, now, stop)
    return _sleep(office, post, now)


@jit
def _serve(office: Office, post: int, contact: int, now: int) -> int:
    fig, coaches = office.fig, office.coaches
    office.contacts["state"][contact] = SERVED
    coaches["contact"][post] = office.contacts["serial"][contact]
    coaches["contact_arrived"][post], coaches["contact_planned"][post] = (
        office.contacts["arrived"][contact],
        office.contacts["planned"][contact],
    )
    coaches["contacts"][post] += 1
    coaches["need"][post] = office.contacts["need"][contact]
    stop = next_stop(office, post, now)
    length = office.contacts["need"][contact]
    if stop < NEVER:
        length = conversation_seconds(
            length, stop - now, seconds(fig["conversation_grace_minutes"][0]), seconds(fig["conversation_shortest_minutes"][0])
        )
    return _begin(office, post, Event.UNSCHEDULED, now, now + length)


@jit
def _lunch(office: Office, post: int, now: int) -> int:
    """Begins or works part of lunch; the coach decides once, when first free in it."""
    fig, coaches = office.fig, office.coaches
    midnight = office.now["day"][0] * DAY
    lunch_end = midnight + fig["office_lunch_end"][0]
    if coaches["lunch_until"][post] < 0:
        worked = lunch_is_worked(
            coaches["backlog"][post], free_seconds_today(office, post, now), seconds(fig["admin_lunch_threshold_minutes"][0])
        )
        coaches["lunch_until"][post] = min(lunch_end, now + seconds(fig["admin_lunch_worked_minutes"][0])) if worked else now
    late = awaited(office, post, now)
    stop = lunch_end if late < 0 else min(lunch_end, attendance_known_at(office, late))
    worked_until = min(stop, coaches["lunch_until"][post])
    t = next_task(office, post, worked_until - now, True)
    if now < coaches["lunch_until"][post] and t >= 0:
        return _begin_task(office, post, t, now, worked_until)
    return _begin(office, post, Event.LUNCH, now, stop)


@jit
def _after_finish(office: Office, post: int, now: int, second: int) -> int:
    """After finish: the last customers, then overtime while too much is left, then home, where some go on."""
    fig, coaches = office.fig, office.coaches
    most = int(seconds(fig["admin_overtime_cap_minutes"][0]) * coaches["own_overtime"][post] + 0.5)
    if coaches["backlog"][post] > seconds(fig["admin_home_threshold_minutes"][0]):
        most += int(seconds(fig["admin_home_evening_minutes"][0]) * coaches["own_home"][post] + 0.5)
    past = second - fig["office_coach_finish"][0]
    t = next_task(office, post, NEVER, fig["admin_safeguarding_first"][0] == 1)
    late = awaited(office, post, now)
    stop = min(now - past + most, (office.now["day"][0] + 1) * DAY)
    if late >= 0:
        stop = min(stop, attendance_known_at(office, late)) if past < most else attendance_known_at(office, late)
    if t >= 0 and works_on(coaches["backlog"][post], seconds(fig["admin_overtime_threshold_minutes"][0]), past, most):
        return _begin_task(office, post, t, now, stop)
    if late >= 0:
        coaches["customer"][post] = late
        return _begin(office, post, Event.WAITING, now, attendance_known_at(office, late))
    return _go_home(office, post)


@jit
def _at_weekend(office: Office, post: int, now: int) -> int:
    """Some work at home on a day on which the office is closed, while too much is left; the log has it after finish (A10)."""
    fig, coaches = office.fig, office.coaches
    finish = office.now["day"][0] * DAY + fig["office_coach_finish"][0]
    most = int(seconds(fig["admin_home_weekend_minutes"][0]) * coaches["own_home"][post] + 0.5)
    t = next_task(office, post, NEVER, fig["admin_safeguarding_first"][0] == 1)
    if t >= 0 and now >= finish and works_on(coaches["backlog"][post], seconds(fig["admin_home_threshold_minutes"][0]), now - finish, most):
        return _begin_task(office, post, t, now, min(finish + most, (office.now["day"][0] + 1) * DAY))
    return _go_home(office, post)


@jit
def wake(office: Office, post: int, now: int) -> None:
    """Gives a coach who sleeps or comes in a turn at this instant."""
    coaches = office.coaches
    if coaches["turn"][post] == now:
        return
    if coaches["doing"][post] == OFF:
        coaches["doing"][post] = FREE
    give_turn(office, post, now)
    office.wake[office.now["woken"][0]] = post
    office.now["woken"][0] += 1


@jit
def end_work(office: Office, post: int, now: int) -> None:
    """Ends the coach's stretch of work; the coach is free and takes work later in this instant."""
    coaches = office.coaches
    doing, began = coaches["doing"][post], coaches["began"][post]
    if doing == OFF:
        return  # it ended when the coach left
    coaches["doing"][post] = FREE
    give_turn(office, post, now)
    if doing == Event.LUNCH:
        log_stretch(office, now, Event.LUNCH, post, began)
        return
    count_work(office, post, began, now)
    if doing == Event.CONVERSATION:
        _end_conversation(office, post, began, now)
    elif doing == Event.ADMIN:
        work_on_task(office, post, coaches["task"][post], began, now)
    elif doing == Event.UNSCHEDULED:
        coaches["talk_ended"][post] = now
        log_unscheduled(office, now, post, began)
    elif doing == Event.TURNAROUND:
        log_turnaround(office, now, post, coaches["ready_for"][post], began)
    elif doing == Event.WAITING:
        log_waiting(office, now, post, coaches["customer"][post], began)
    else:
        log_stretch(office, now, Event.MEETING, post, began)


@jit
def stop_work(office: Office, post: int, now: int) -> None:
    """Ends what a leaver is doing at this instant; only in an office open round the clock is there anything."""
    coaches = office.coaches
    if coaches["doing"][post] == SLEEPING and coaches["began"][post] < now:
        log_stretch(office, now, Event.IDLE, post, coaches["began"][post])
    elif coaches["doing"][post] > SLEEPING and coaches["began"][post] < now:
        end_work(office, post, now)
        if coaches["ready_for"][post] >= 0:  # whoever was to be next has come in vain
            walk_out(office, post, coaches["ready_for"][post], now)
            coaches["ready_for"][post] = -1
    coaches["doing"][post] = OFF


@jit
def _end_conversation(office: Office, post: int, began: int, now: int) -> None:
    fig, coaches, customers = office.fig, office.coaches, office.customers
    customer = coaches["customer"][post]
    group, who, k = customers["group"][customer], customers["who"][customer], customers["occasions"][customer]
    need = coaches["need"][post]
    unmet = need - (now - began)
    rushed = is_rushed(coaches["cut"][post], need, fig["conversation_rushed_share"][0])
    coaches["talk_ended"][post] = now
    coaches["held"][post] += 1
    customers["seen_day"][customer] = now // DAY
    referral = happens(office, Stream.REFERRAL, who, k, office.groups["referral_share"][0, group])
    of_complex, of_others = fig["conversation_safeguarding_share_complex"][0], fig["conversation_safeguarding_share"][0]
    share = of_complex if customers["complex"][customer] == 1 else of_others
    concern = happens(office, Stream.CONCERN, who, k, share)
    flags = flags_beforehand(office, post, customer)
    if rushed:
        flags |= Flag.RUSHED
    if customers["lateness"][customer] > 0:
        flags |= Flag.LATE
    kind = 0
    if referral:
        kind = _kind_of_referral(office, group, who, k)
        flags |= Flag.REFERRAL | (kind << REFERRAL_SHIFT)
    if concern:
        flags |= Flag.SAFEGUARDING
    log_conversation(office, now, post, customer, began, need, unmet, flags)
    if rushed:
        coaches["rushed"][post] += 1
    waited = began - customers["start"][customer] - customers["lateness"][customer]
    customers["failed_in_a_row"][customer], customers["calls_open"][customer] = 0, 0
    customers["last_poor"][customer] = 1 if rushed or waited > LATE_START else 0
    if flags & (Flag.TELEPHONE | Flag.VIDEO):
        customers["remote"][customer] = 1
    build_rapport(office, post, customer, rushed)
    count_contact(office, customer, now)
    make_task(office, post, Task.FIRST_MEETING if customers["first"][customer] == 1 else Task.HELD, customer, now, 0)
    if concern:
        make_task(office, post, Task.SAFEGUARDING, customer, now, 0)
    pause = 0
    if referral:
        kinds = office.referrals
        customers["referred_to"][customer] = kind
        make_task(office, post, Task.REFERRAL, customer, now, 0)
        if kinds["follow_up_days"][0, kind] > 0:
            customers["follow_up_day"][customer] = add_working_days(office, now // DAY, kinds["follow_up_days"][0, kind])
            look_on(office, customer, customers["follow_up_day"][customer])
        pauses = kinds["pauses_contact_share"][0, kind] if kind > 0 else office.groups["referral_pauses_contact_share"][0, group]
        if happens(office, Stream.REFERRAL_PAUSES, who, k, pauses):
            pause = kinds["pause_days"][0, kind]
    book_after_held(office, customer, now, pause)


@jit
def _kind_of_referral(office: Office, group: int, who: int, k: int) -> int:
    """The kind of referral, by the group's shares; 0 where the scenario tells none apart."""
    if office.referral_shares[0, group, 0] >= 1.0:
        return 0
    u, kind = draw(office, Stream.REFERRAL_KIND, who, k), 1
    while u >= office.referral_shares[0, group, kind]:
        kind += 1
    return kind
