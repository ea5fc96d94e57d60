"""The assignment of customers to coaches: new customers, a leaver's customers, a newcomer's share."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import AssignedBy
from jobcentre.model.log_writers import log_assigned
from jobcentre.model.state import HERE, TRAINED, Office

NO_COACH = -1


@jit
def takes_customers(office: Office, post: int) -> bool:
    """Trained, not on notice and with an open diary."""
    coaches = office.coaches
    return coaches["state"][post] == TRAINED and coaches["notice_day"][post] < 0 and coaches["diary_closed"][post] == 0


@jit
def specialists(office: Office) -> int:
    """How many posts, the first, hold the complex customers: all where there are no specialists."""
    share = office.fig["office_specialist_share"][0]
    if share <= 0.0:
        return len(office.coaches)
    return max(1, int(share * office.fig["office_coaches"][0] + 0.5))  # not of posts that are to come


@jit
def is_for_specialists(office: Office, customer: int) -> bool:
    """Whether specialists hold the customer: complex, or of a group that is theirs."""
    customers = office.customers
    return customers["complex"][customer] == 1 or office.groups["to_specialists"][0, customers["group"][customer]] == 1


@jit
def specialists_are_apart(office: Office) -> bool:
    """Whether a group is theirs, so that they begin with no others."""
    for group in range(office.groups.shape[1]):
        if office.groups["to_specialists"][0, group] == 1:
            return specialists(office) < min(office.fig["office_coaches"][0], len(office.coaches))
    return False


@jit
def coach_for(office: Office, customer: int) -> int:
    """The coach with the smallest caseload ÷ ramp among those who take such customers, or NO_COACH.

    Customers for specialists go to anybody where no specialist takes customers.
    """
    best = _least_loaded_of(office, specialists(office) if is_for_specialists(office, customer) else len(office.coaches))
    return _least_loaded_of(office, len(office.coaches)) if best == NO_COACH else best


@jit
def _least_loaded_of(office: Office, posts: int) -> int:
    coaches = office.coaches
    best, least = NO_COACH, 0.0
    for post in range(posts):
        if takes_customers(office, post):
            share = coaches["caseload"][post] / coaches["ramp"][post]
            if best < 0 or share < least:
                best, least = post, share
    return best


@jit
def assign(office: Office, customer: int, post: int, why: AssignedBy, now: int) -> None:
    """Gives a customer to a coach (or to none); bookings made stay."""
    customers, coaches = office.customers, office.coaches
    former = customers["coach"][customer]
    if former >= 0:
        coaches["caseload"][former] -= 1
    customers["coach"][customer] = post
    if post >= 0:
        coaches["caseload"][post] += 1
    log_assigned(office, now, post, customer, why, former)


@jit
def place_those_without_coach(office: Office, now: int) -> None:
    """Customers without a coach are placed, by number, once there is one."""
    placed = 0
    for post in range(len(office.coaches)):
        placed += office.coaches["caseload"][post]
    if placed == office.now["active"][0] or _least_loaded_of(office, len(office.coaches)) == NO_COACH:
        return
    for i in range(office.now["active"][0]):
        customer = office.active[i]
        if office.customers["coach"][customer] == NO_COACH and office.customers["status"][customer] == HERE:
            assign(office, customer, coach_for(office, customer), AssignedBy.PLACED, now)


@jit
def _mean_share(office: Office) -> float:
    """Mean caseload ÷ ramp of the coaches who take customers."""
    total, count = 0.0, 0
    for post in range(len(office.coaches)):
        if takes_customers(office, post):
            total += office.coaches["caseload"][post] / office.coaches["ramp"][post]
            count += 1
    return total / count if count > 0 else 0.0


@jit
def _most_loaded(office: Office, apart: int) -> int:
    coaches = office.coaches
    best, most = NO_COACH, 0.0
    for post in range(len(coaches)):
        if post != apart and coaches["state"][post] == TRAINED and coaches["caseload"][post] > 0:
            share = coaches["caseload"][post] / coaches["ramp"][post]
            if best < 0 or share > most:
                best, most = post, share
    return best


@jit
def give_newcomer_customers(office: Office, post: int, now: int) -> None:
    """Moves customers, the newest of the largest caseload ÷ ramp one at a time, until the newcomer's reaches the mean."""
    coaches, customers = office.coaches, office.customers
    n = office.now["active"][0]
    while takes_customers(office, post) and (coaches["caseload"][post] + 1) / coaches["ramp"][post] <= _mean_share(office):
        giver, i = _most_loaded(office, post), n - 1
        while customers["coach"][office.active[i]] != giver:
            i -= 1
        if post >= specialists(office) and giver < specialists(office):  # whose own customers stay with them
            while i >= 0 and (customers["coach"][office.active[i]] != giver or is_for_specialists(office, office.active[i])):
                i -= 1
            if i < 0:
                return
        assign(office, office.active[i], post, AssignedBy.NEWCOMER, now)
