"""Work that ends now: it is recorded, makes its admin, and books the next appointment."""

from __future__ import annotations

from sim.model.draws import Stream
from sim.model.events import Event, Flag, Task
from sim.model.jit import jit
from sim.model.rules.conversation import is_rushed
from sim.model.state import FREE, OFF, SLEEPING, Office
from sim.model.steps.booking import book_after_held
from sim.model.steps.common import DAY, add_working_days, details, draw, give_turn, happens, record
from sim.model.steps.exits import build_rapport, count_contact
from sim.model.steps.hours import count_work
from sim.model.steps.tasks import make_task, work_on_task

TELEPHONE, VIDEO = 1, 2


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
        record(office, now, Event.LUNCH, coaches["id"][post], -1, -1, began, -1)
        return
    count_work(office, post, began, now)
    if doing == Event.CONVERSATION:
        _end_conversation(office, post, began, now)
    elif doing == Event.ADMIN:
        work_on_task(office, post, coaches["task"][post], began, now)
    elif doing == Event.UNSCHEDULED:
        record(office, now, Event.UNSCHEDULED, coaches["id"][post], -1, -1, began, coaches["contact"][post])
        details(office, coaches["contact_planned"][post], -1, coaches["contact_arrived"][post], -1, -1, -1, -1)
    elif doing == Event.WAITING:
        record(office, now, Event.WAITING, coaches["id"][post], coaches["customer"][post], -1, began, -1)
    else:
        record(office, now, Event.MEETING, coaches["id"][post], -1, -1, began, -1)


@jit
def stop_work(office: Office, post: int, now: int) -> None:
    """Ends what a leaver is doing at this instant; only in an office open round the clock is there anything."""
    coaches = office.coaches
    if coaches["doing"][post] == SLEEPING and coaches["began"][post] < now:
        record(office, now, Event.IDLE, coaches["id"][post], -1, -1, coaches["began"][post], -1)
    elif coaches["doing"][post] > SLEEPING and coaches["began"][post] < now:
        end_work(office, post, now)
    coaches["doing"][post] = OFF


@jit
def channel_of(office: Office, customer: int) -> int:
    """How this appointment is held: 0 face to face, 1 telephone, 2 video (M16)."""
    customers, groups = office.customers, office.groups
    group = customers["group"][customer]
    telephone, video = groups["channels_telephone"][0, group], groups["channels_video"][0, group]
    if telephone + video <= 0.0:
        return 0
    u = draw(office, Stream.CHANNEL, customers["who"][customer], customers["occasions"][customer])
    if u < telephone:
        return TELEPHONE
    return VIDEO if u < telephone + video else 0


@jit
def _end_conversation(office: Office, post: int, began: int, now: int) -> None:
    fig, coaches, customers = office.fig, office.coaches, office.customers
    customer = coaches["customer"][post]
    group, who, k = customers["group"][customer], customers["who"][customer], customers["occasions"][customer]
    need = coaches["need"][post]
    unmet = need - (now - began)
    rushed = is_rushed(unmet, need, fig["conversation_rushed_share"][0])
    coaches["held"][post] += 1
    customers["seen_day"][customer] = now // DAY
    referral = happens(office, Stream.REFERRAL, who, k, office.groups["referral_share"][0, group])
    share = fig["conversation_safeguarding_share_complex"][0] if customers["complex"][customer] == 1 else 0.0
    concern = happens(office, Stream.CONCERN, who, k, share)
    flags = _flags(office, post, customer, rushed)
    if referral:
        flags |= Flag.REFERRAL
    if concern:
        flags |= Flag.SAFEGUARDING
    record(office, now, Event.CONVERSATION, coaches["id"][post], customer, group, began, customers["booking"][customer])
    details(
        office,
        customers["planned"][customer],
        need,
        unmet,
        flags,
        customers["start"][customer],
        customers["due"][customer],
        customers["lateness"][customer],
    )
    if rushed:
        coaches["rushed"][post] += 1
    build_rapport(office, post, customer, rushed)
    count_contact(office, customer, now, now - began)
    make_task(office, post, Task.FIRST_MEETING if customers["first"][customer] == 1 else Task.HELD, customer, now, 0)
    if concern:
        make_task(office, post, Task.SAFEGUARDING, customer, now, 0)
    pause = 0
    if referral:
        make_task(office, post, Task.REFERRAL, customer, now, 0)
        customers["follow_up_day"][customer] = add_working_days(office, now // DAY, fig["conversation_referral_follow_up_days"][0])
        if happens(office, Stream.REFERRAL_PAUSES, who, k, office.groups["referral_pauses_contact_share"][0, group]):
            pause = fig["conversation_referral_pause_days"][0]
    book_after_held(office, customer, now, pause)


@jit
def _flags(office: Office, post: int, customer: int, rushed: bool) -> int:
    customers = office.customers
    flags = 0
    if rushed:
        flags |= Flag.RUSHED
    if customers["cover"][customer] == 1:
        flags |= Flag.COVER
    if customers["last_id"][customer] >= 0:
        flags |= Flag.HAS_LAST
        if customers["last_id"][customer] == office.coaches["id"][post]:
            flags |= Flag.SAME_COACH
    if customers["first"][customer] == 1:
        flags |= Flag.FIRST_MEETING
    if customers["complex"][customer] == 1:
        flags |= Flag.COMPLEX
    if customers["lateness"][customer] > 0:
        flags |= Flag.LATE
    channel = channel_of(office, customer)
    if channel == TELEPHONE:
        flags |= Flag.TELEPHONE
    elif channel == VIDEO:
        flags |= Flag.VIDEO
    return flags
