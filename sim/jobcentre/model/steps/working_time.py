"""A coach's working time: what stops the current stretch, and how its minutes are counted."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.inputs import seconds
from jobcentre.model.state import EXPECTED, THERE, Office
from jobcentre.model.steps.primitives import DAY

NEVER = 1 << 60


@jit
def second_of_day(office: Office, now: int) -> int:
    """Seconds since midnight of the current day."""
    return now - office.now["day"][0] * DAY


@jit
def first_there(office: Office, post: int, now: int) -> int:
    """The booked customer who is there and has waited longest by booked start; -1: none."""
    coaches, customers = office.coaches, office.customers
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        customer = office.agenda[post, i]
        if customers["today"][customer] == THERE:
            return customer
        if customers["today"][customer] == EXPECTED and customers["start"][customer] > now:
            return -1  # the agenda is in order of start, and nobody is there before it
    return -1


@jit
def awaited(office: Office, post: int, now: int) -> int:
    """A booked customer whose start has come and who is not there yet; -1: none."""
    coaches, customers = office.coaches, office.customers
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        customer = office.agenda[post, i]
        if customers["today"][customer] == EXPECTED:  # of others, `start` is already that of their next booking
            return customer if customers["start"][customer] <= now else -1
    return -1


@jit
def next_start(office: Office, post: int, now: int) -> int:
    """Start of the coach's next booking after now; NEVER: none."""
    coaches, customers = office.coaches, office.customers
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        customer = office.agenda[post, i]
        if customers["today"][customer] <= THERE and customers["start"][customer] > now:
            return customers["start"][customer]
    return NEVER


@jit
def attendance_known_at(office: Office, customer: int) -> int:
    """The second at which a late customer comes or an absent one has failed to attend."""
    customers = office.customers
    if customers["comes"][customer] == 1:
        return customers["start"][customer] + customers["lateness"][customer]
    return customers["start"][customer] + seconds(office.fig["conversation_wait_before_failed_minutes"][0])


@jit
def next_stop(office: Office, post: int, now: int) -> int:
    """When the coach must be free again, as booked: the next booking, lunch or finish."""
    return min(next_start(office, post, now), next_break(office, now))


@jit
def next_break(office: Office, now: int) -> int:
    """Lunch or finish, whichever comes first after now; NEVER: none."""
    fig, stop = office.fig, NEVER
    if fig["office_round_the_clock"][0] == 1:
        return stop
    midnight = office.now["day"][0] * DAY
    lunch = midnight + fig["office_lunch_start"][0]
    if now < lunch and fig["office_lunch_end"][0] > fig["office_lunch_start"][0]:
        stop = min(stop, lunch)
    finish = midnight + fig["office_coach_finish"][0]
    return min(stop, finish) if now < finish else stop


@jit
def count_work(office: Office, post: int, began: int, now: int) -> None:
    """Adds a stretch of work to the day's totals: all of it, what lies in lunch, what lies after finish."""
    fig, coaches = office.fig, office.coaches
    coaches["worked"][post] += now - max(began, coaches["counted_from"][post])
    if fig["office_round_the_clock"][0] == 1:
        return
    midnight = office.now["day"][0] * DAY
    lunch, lunch_end = midnight + fig["office_lunch_start"][0], midnight + fig["office_lunch_end"][0]
    coaches["lunch_worked"][post] += max(0, min(now, lunch_end) - max(began, lunch))
    coaches["overtime"][post] += max(0, now - max(began, midnight + fig["office_coach_finish"][0]))


@jit
def free_seconds_today(office: Office, post: int, now: int) -> int:
    """Contracted seconds left today without lunch, less the planned time of bookings."""
    fig, coaches, customers = office.fig, office.coaches, office.customers
    midnight = office.now["day"][0] * DAY
    lunch_end, finish = midnight + fig["office_lunch_end"][0], midnight + fig["office_coach_finish"][0]
    free = max(0, finish - max(now, lunch_end))
    for i in range(coaches["agenda_i"][post], coaches["agenda_n"][post]):
        customer = office.agenda[post, i]
        if customers["today"][customer] <= THERE and customers["start"][customer] >= lunch_end:
            free -= customers["planned"][customer]
    return max(0, free)
