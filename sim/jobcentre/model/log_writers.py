"""One writer for each kind of event, or for kinds of one shape: what a step says by name goes into the log's columns.

A coach is given by post, a customer by row, a task by row; -1 where there is none. What the office's arrays hold about
them at that moment is read here.
"""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import COACH, CUSTOMER, GROUP, KIND, NONE, SERIAL, START, TIME, A, B, C, D, E, Event, F, G
from jobcentre.model.inputs import seconds
from jobcentre.model.state import LOG_FULL, Office


@jit
def new_row(office: Office, at: int, kind: Event, coach: int, customer: int, group: int, start: int, serial: int) -> int:
    """Writes one row of the log without its columns `a` to `g`; returns its number. When the log is full the run stops with a message."""
    n = office.now["rows"][0]
    if n >= len(office.log):
        office.now["failure"][0] = LOG_FULL
        return n - 1
    row = office.log[n]
    row[TIME], row[KIND], row[COACH], row[CUSTOMER], row[GROUP], row[START], row[SERIAL] = at, kind, coach, customer, group, start, serial
    row[A], row[B], row[C], row[D], row[E], row[F], row[G] = NONE, NONE, NONE, NONE, NONE, NONE, NONE
    office.now["rows"][0] = n + 1
    return n


@jit
def _id(office: Office, post: int) -> int:
    return office.coaches["id"][post] if post >= 0 else NONE


@jit
def _coach_row(office: Office, at: int, kind: Event, post: int, start: int) -> int:
    return new_row(office, at, kind, office.coaches["id"][post], NONE, NONE, start, post)


@jit
def _customer_row(office: Office, at: int, kind: Event, post: int, customer: int, start: int, serial: int) -> int:
    group = office.customers["group"][customer] if customer >= 0 else NONE
    return new_row(office, at, kind, _id(office, post), customer, group, start, serial)


@jit
def _booking_row(office: Office, at: int, kind: Event, post: int, customer: int) -> int:
    """A row about the booking that the customer has."""
    customers = office.customers
    n = _customer_row(office, at, kind, post, customer, customers["start"][customer], customers["booking"][customer])
    office.log[n, F] = customers["due"][customer]
    return n


# --- the office -------------------------------------------------------------------------------------------------------


@jit
def log_office(office: Office, posts: int) -> None:
    """The first row: the hours."""
    fig, now = office.fig, office.now
    n = new_row(office, 0, Event.OFFICE, NONE, posts, fig["office_round_the_clock"][0], now["counted_from"][0], now["end"][0])
    row = office.log[n]
    row[A], row[B], row[C] = fig["office_coach_start"][0], fig["office_opens"][0], fig["office_closes"][0]
    row[D], row[E] = fig["office_coach_finish"][0], fig["office_lunch_start"][0]
    row[F], row[G] = fig["office_lunch_end"][0] - fig["office_lunch_start"][0], seconds(fig["office_slot_minutes"][0])


@jit
def log_day(office: Office, at: int) -> None:
    """A day begins."""
    now = office.now
    day = now["day"][0]
    row = office.log[new_row(office, at, Event.DAY, NONE, NONE, NONE, NONE, NONE)]
    row[A], row[B], row[C], row[D] = now["working"][0], now["period"][0], office.days["ordinal"][day], day


@jit
def log_change(office: Office, at: int, period: int) -> None:
    """Figures of another period are in force."""
    office.log[new_row(office, at, Event.CHANGE, NONE, NONE, NONE, NONE, NONE), A] = period


@jit
def log_flexibility(office: Office, at: int, kind: Event, trigger: float) -> None:
    """FLEXIBILITY_ON or FLEXIBILITY_OFF, with the value that decided it."""
    office.log[new_row(office, at, kind, NONE, NONE, NONE, NONE, NONE), A] = int(trigger * 1000.0 + 0.5)


# --- coaches ----------------------------------------------------------------------------------------------------------


@jit
def log_coach(office: Office, at: int, kind: Event, post: int) -> None:
    """TRAINED, COACH_OUT, RELIEF_OFF or COURSE_DONE, which say nothing more."""
    _coach_row(office, at, kind, post, NONE)


@jit
def log_coach_in(office: Office, at: int, post: int, trained: int) -> None:
    """A coach takes up the post."""
    coaches = office.coaches
    row = office.log[_coach_row(office, at, Event.COACH_IN, post, NONE)]
    row[A], row[B], row[C] = coaches["service_day"][post], coaches["holder"][post], trained
    row[D], row[E] = coaches["weekdays"][post], coaches["mental_health"][post]
    row[F] = 1 if post >= office.now["posts"][0] else 0
    row[G] = coaches["last_day"][post]


@jit
def log_vacancy_open(office: Office, at: int, post: int) -> None:
    """A vacancy opens for the post."""
    new_row(office, at, Event.VACANCY_OPEN, NONE, NONE, NONE, NONE, post)


@jit
def log_vacancy_filled(office: Office, at: int, post: int, opened: int) -> None:
    """The coach who has just moved in fills a vacancy that opened at that second."""
    _coach_row(office, at, Event.VACANCY_FILLED, post, opened)


@jit
def log_sick(office: Office, at: int, post: int, spell: int, number: int) -> None:
    """A spell begins."""
    row = office.log[_coach_row(office, at, Event.SICK, post, NONE)]
    row[A], row[B] = spell, number
    row[C], row[D] = office.coaches["broken"][post], office.coaches["mental_spell"][post]


@jit
def log_return(office: Office, at: int, post: int, began: int, spell: int, lost_days: int, by_leaving: int) -> None:
    """A spell that began at that second ends."""
    row = office.log[_coach_row(office, at, Event.RETURN, post, began)]
    row[A], row[B], row[C], row[D] = spell, lost_days, by_leaving, office.coaches["mental_spell"][post]


@jit
def log_notice(office: Office, at: int, post: int) -> None:
    """The coach gives notice."""
    row = office.log[_coach_row(office, at, Event.NOTICE, post, NONE)]
    coaches = office.coaches
    row[A], row[B], row[C] = (
        coaches["last_day"][post],
        coaches["spells_stress"][post] + coaches["spells_broken"][post],
        coaches["cause"][post],
    )


@jit
def log_relief_on(office: Office, at: int, post: int) -> None:
    """The coach's diary becomes smaller."""
    office.log[_coach_row(office, at, Event.RELIEF_ON, post, NONE), A] = office.coaches["relief"][post]


@jit
def log_coach_day(office: Office, at: int, post: int, day_began: int, spell: int, contracted: int) -> None:
    """Close of a coach's working day."""
    coaches = office.coaches
    row = office.log[_coach_row(office, at, Event.COACH_DAY, post, day_began)]
    row[CUSTOMER], row[GROUP] = coaches["cap"][post], spell
    row[A], row[B], row[C], row[D] = coaches["presence"][post], contracted, coaches["worked"][post], coaches["backlog"][post]
    row[E], row[F] = int(coaches["strain"][post] * 1e6 + 0.5), int(coaches["pressure"][post] * 1e6 + 0.5)
    row[G] = coaches["urgent_late"][post]


@jit
def log_coach_week(office: Office, at: int, post: int, last_day_began: int) -> None:
    """Close of a coach's week, with the hazards added up since the one before."""
    coaches = office.coaches
    row = office.log[_coach_row(office, at, Event.COACH_WEEK, post, last_day_began)]
    row[A], row[B] = int(coaches["week_leaving"][post] * 1e6 + 0.5), int(coaches["week_stress"][post] * 1e6 + 0.5)
    row[C] = int(coaches["slow_strain"][post] * 1e6 + 0.5)


@jit
def log_whole_day(office: Office, at: int, kind: Event, post: int, day_began: int, contracted: int) -> None:
    """TRAINING or POSTED: a day without work in the office."""
    office.log[_coach_row(office, at, kind, post, day_began), A] = contracted


@jit
def log_stretch(office: Office, at: int, kind: Event, post: int, began: int) -> None:
    """A stretch of IDLE, LUNCH or MEETING."""
    new_row(office, at, kind, office.coaches["id"][post], NONE, NONE, began, NONE)


@jit
def log_waiting(office: Office, at: int, post: int, customer: int, began: int) -> None:
    """A coach has waited for a booked customer."""
    new_row(office, at, Event.WAITING, office.coaches["id"][post], customer, NONE, began, NONE)


@jit
def log_turnaround(office: Office, at: int, post: int, customer: int, began: int) -> None:
    """A coach has got ready for the next customer, who is there."""
    new_row(office, at, Event.TURNAROUND, office.coaches["id"][post], customer, NONE, began, NONE)


# --- customers and bookings -------------------------------------------------------------------------------------------


@jit
def log_customer_in(office: Office, at: int, post: int, customer: int, came_from: int, day: int, number: int) -> None:
    """A customer joins the caseload; day and number are the customer's identity."""
    customers = office.customers
    row = office.log[_customer_row(office, at, Event.CUSTOMER_IN, post, customer, NONE, NONE)]
    row[A], row[B], row[C] = came_from, customers["plan"][customer], customers["complex"][customer]
    row[D], row[E], row[F] = day, number, customers["entered"][customer]


@jit
def log_customer_out(office: Office, at: int, post: int, customer: int, cause: int) -> None:
    """A customer leaves the caseload."""
    office.log[_customer_row(office, at, Event.CUSTOMER_OUT, post, customer, NONE, NONE), A] = cause


@jit
def log_customer_moved(office: Office, at: int, post: int, customer: int, cause: int, former_group: int) -> None:
    """A customer has moved to another group."""
    row = office.log[_customer_row(office, at, Event.CUSTOMER_MOVED, post, customer, NONE, NONE)]
    row[A], row[B], row[C] = cause, office.customers["plan"][customer], former_group


@jit
def log_assigned(office: Office, at: int, post: int, customer: int, why: int, former_post: int) -> None:
    """A customer has another coach."""
    row = office.log[_customer_row(office, at, Event.ASSIGNED, post, customer, NONE, NONE)]
    row[A], row[B] = why, _id(office, former_post)


@jit
def log_booked(office: Office, at: int, post: int, customer: int, how: int, late_days: int) -> None:
    """The booking just entered in the diary."""
    customers = office.customers
    row = office.log[_customer_row(office, at, Event.BOOKED, post, customer, customers["start"][customer], customers["booking"][customer])]
    row[A], row[B], row[C] = customers["planned"][customer], customers["every"][customer], customers["due"][customer]
    row[D], row[E], row[F] = customers["phase"][customer], how, late_days


@jit
def log_conversation(office: Office, at: int, post: int, customer: int, began: int, need: int, unmet: int, flags: int) -> None:
    """Outcome of a booking: held."""
    customers = office.customers
    row = office.log[_customer_row(office, at, Event.CONVERSATION, post, customer, began, customers["booking"][customer])]
    row[A], row[B], row[C], row[D] = customers["planned"][customer], need, unmet, flags
    row[E], row[F], row[G] = customers["start"][customer], customers["due"][customer], customers["lateness"][customer]


@jit
def log_failed(office: Office, at: int, post: int, customer: int, chance: float, flags: int) -> None:
    """Outcome of a booking: failed to attend, which had that chance."""
    row = office.log[_booking_row(office, at, Event.FAILED, post, customer)]
    row[A], row[B] = office.customers["planned"][customer], int(chance * 1e6 + 0.5)
    row[C], row[D] = office.customers["late_days"][customer], flags


@jit
def log_walked_out(office: Office, at: int, post: int, customer: int, waited: int) -> None:
    """Outcome of a booking: the customer came and did not wait for the coach."""
    row = office.log[_booking_row(office, at, Event.WALKED_OUT, post, customer)]
    row[A], row[B] = office.customers["planned"][customer], waited


@jit
def log_cancelled(office: Office, at: int, post: int, customer: int, why: int) -> None:
    """Outcome of a booking: cancelled by the office."""
    row = office.log[_booking_row(office, at, Event.CANCELLED, post, customer)]
    row[A], row[B] = office.customers["planned"][customer], why


@jit
def log_rearranged(office: Office, at: int, post: int, customer: int, on_the_day: int) -> None:
    """Outcome of a booking: rearranged by the customer."""
    row = office.log[_booking_row(office, at, Event.REARRANGED, post, customer)]
    row[A], row[B] = office.customers["planned"][customer], on_the_day


@jit
def log_given_up(office: Office, at: int, post: int, customer: int) -> None:
    """A booking is released by the office in good time."""
    _booking_row(office, at, Event.GIVEN_UP, post, customer)


@jit
def log_covered(office: Office, at: int, colleague: int, customer: int, former_post: int) -> None:
    """A booking is handed to a present colleague."""
    customers = office.customers
    start, booking = customers["start"][customer], customers["booking"][customer]
    office.log[_customer_row(office, at, Event.COVERED, colleague, customer, start, booking), A] = _id(office, former_post)


@jit
def log_not_needed(office: Office, at: int, post: int, customer: int, start: int) -> None:
    """The customer no longer needs the appointment; start -1: it was only due."""
    customers = office.customers
    n = _customer_row(office, at, Event.NOT_NEEDED, post, customer, start, customers["booking"][customer])
    office.log[n, F] = customers["due"][customer]


@jit
def log_due(office: Office, at: int, kind: Event, customer: int) -> None:
    """NOT_OFFERED or DIGITAL: what becomes of an appointment that is due and not booked."""
    customers = office.customers
    n = _customer_row(office, at, kind, customers["coach"][customer], customer, NONE, NONE)
    office.log[n, F] = customers["due"][customer]


@jit
def log_paused(office: Office, at: int, customer: int, due: int) -> None:
    """A programme pauses contact until a day."""
    office.log[_customer_row(office, at, Event.PAUSED, office.customers["coach"][customer], customer, NONE, NONE), A] = due


# --- tasks and unscheduled contacts -----------------------------------------------------------------------------------


@jit
def _task_row(office: Office, at: int, kind: Event, t: int, start: int) -> int:
    """A row about a task of the coach who has it."""
    tasks = office.tasks
    n = _customer_row(office, at, kind, tasks["post"][t], tasks["customer"][t], start, tasks["serial"][t])
    office.log[n, A] = tasks["kind"][t]
    return n


@jit
def log_task_made(office: Office, at: int, t: int) -> None:
    """A task is on a coach's queue."""
    row = office.log[_task_row(office, at, Event.TASK_MADE, t, NONE)]
    row[B], row[C] = office.tasks["planned"][t], office.tasks["due"][t]


@jit
def log_admin(office: Office, at: int, t: int, began: int, finished: int, begun_here: int) -> None:
    """A stretch of work on a task."""
    tasks = office.tasks
    row = office.log[_task_row(office, at, Event.ADMIN, t, began)]
    row[B], row[C], row[D], row[E], row[F] = finished, tasks["made"][t], tasks["due"][t], tasks["planned"][t], begun_here


@jit
def log_task_lapsed(office: Office, at: int, t: int, left: int, why: int) -> None:
    """A task ends undone."""
    row = office.log[_task_row(office, at, Event.TASK_LAPSED, t, NONE)]
    row[B], row[C], row[D] = left, office.tasks["due"][t], why


@jit
def log_task_moved(office: Office, at: int, t: int, former_post: int) -> None:
    """A task has gone to another coach with its customer."""
    office.log[_task_row(office, at, Event.TASK_MOVED, t, NONE), B] = _id(office, former_post)


@jit
def log_contact_in(office: Office, at: int, contact: int) -> None:
    """An unscheduled contact arrives."""
    contacts = office.contacts
    n = new_row(office, at, Event.CONTACT_IN, NONE, contacts["customer"][contact], NONE, NONE, contacts["serial"][contact])
    office.log[n, A], office.log[n, B] = contacts["planned"][contact], contacts["priority"][contact]


@jit
def log_unscheduled(office: Office, at: int, post: int, began: int) -> None:
    """The contact that the coach has just served."""
    coaches = office.coaches
    row = office.log[new_row(office, at, Event.UNSCHEDULED, coaches["id"][post], NONE, NONE, began, coaches["contact"][post])]
    row[A], row[C] = coaches["contact_planned"][post], coaches["contact_arrived"][post]


@jit
def log_not_served(office: Office, at: int, kind: Event, contact: int, no_place: int) -> None:
    """TURNED_AWAY at closing or for want of a place, or ABANDONED: what became of a waiting contact."""
    contacts = office.contacts
    n = new_row(office, at, kind, NONE, contacts["customer"][contact], NONE, contacts["arrived"][contact], contacts["serial"][contact])
    office.log[n, A], office.log[n, B] = contacts["priority"][contact], no_place
