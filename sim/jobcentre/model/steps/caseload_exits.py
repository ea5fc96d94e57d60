"""Ways out of a customer's group: each has a hazard that adds up day by day until it passes a threshold of its own.

Between two moments at which a hazard changes it is the same every day; so the day of the next exit is foreseen, and
nobody has to be looked at before it.
"""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.inputs import INTO_WORK, STOPS_CONTACT
from jobcentre.model.random_numbers import Stream, quantile
from jobcentre.model.rules.attendance import rapport_level
from jobcentre.model.rules.contact_plans import usual_contacts
from jobcentre.model.state import Office
from jobcentre.model.steps.primitives import DAY, draw, look_on

CONTACTS_COUNTED_DAYS = 28  # days after which contacts are counted anew, without a contact in between
LONGEST = 1 << 30  # days: an exit that far ahead never comes


@jit
def exit_threshold(office: Office, customer: int, i: int) -> float:
    """The unit-exponential threshold of one way out of the present group."""
    customers = office.customers
    return quantile(
        office.tables, 0, draw(office, Stream.EXIT_THRESHOLD, customers["who"][customer], customers["groups_entered"][customer] * 8 + i)
    )


@jit
def open_ways_out(office: Office, customer: int) -> None:
    """Thresholds of the group just entered; hazards add up from the next day on."""
    customers = office.customers
    for i in range(office.groups["n_exits"][0, customers["group"][customer]]):
        office.sums[customer, i], office.limits[customer, i] = 0.0, exit_threshold(office, customer, i)
    customers["added_until"][customer] = office.now["day"][0]
    for w in range(13):
        office.held[customer, w] = 0
    foresee_exit(office, customer)


@jit
def add_hazards(office: Office, customer: int, until: int) -> None:
    """Adds the hazards of all days up to `until` that are not yet in the sums."""
    customers = office.customers
    days = until - customers["added_until"][customer]
    if days <= 0:
        return
    group = customers["group"][customer]
    for i in range(office.groups["n_exits"][0, group]):
        office.sums[customer, i] += days * _hazard(office, customer, group, i)
    customers["added_until"][customer] = until


@jit
def foresee_exit(office: Office, customer: int) -> None:
    """Sets the first day on which a sum will have passed its threshold if nothing changes, or on which to look again."""
    customers = office.customers
    group, until = customers["group"][customer], customers["added_until"][customer]
    soonest = LONGEST
    for i in range(office.groups["n_exits"][0, group]):
        if office.exits["kind"][0, group, i] == INTO_WORK and office.fig["conversation_contact_elasticity"][0] > 0.0:
            soonest = min(soonest, CONTACTS_COUNTED_DAYS)
        left = office.limits[customer, i] - office.sums[customer, i]
        rate = _hazard(office, customer, group, i)
        if left < rate * soonest:
            days = int(left / rate)
            soonest = max(1, days + 1 if days * rate < left else days)
    customers["exit_day"][customer] = until + soonest
    look_on(office, customer, until + soonest)


@jit
def way_out(office: Office, customer: int, today: int) -> int:
    """The first way out whose sum has passed its threshold, or -1."""
    if office.customers["exit_day"][customer] > today:
        return -1
    add_hazards(office, customer, today)
    for i in range(office.groups["n_exits"][0, office.customers["group"][customer]]):
        if office.sums[customer, i] >= office.limits[customer, i]:
            return i
    foresee_exit(office, customer)
    return -1


@jit
def add_hazards_of_all(office: Office, until: int) -> None:
    """Adds everybody's hazards, because they are about to change."""
    for i in range(office.now["active"][0]):
        add_hazards(office, office.active[i], until)


@jit
def foresee_exits_of_all(office: Office) -> None:
    """Foresees everybody's exit anew, because hazards have changed."""
    for i in range(office.now["active"][0]):
        foresee_exit(office, office.active[i])


@jit
def _hazard(office: Office, customer: int, group: int, i: int) -> float:
    """Hazard of one way out on a day after those already added, as contact and rapport change it."""
    rate = office.exits["per_day"][0, group, i]
    kind = office.exits["kind"][0, group, i]
    if kind == INTO_WORK and office.fig["conversation_contact_elasticity"][0] > 0.0:
        return rate * _contact_effect(office, customer, group)
    if kind == STOPS_CONTACT:
        return rate * (1.0 + (office.fig["conversation_rapport_stops_factor"][0] - 1.0) * rapport_of(office, customer))
    return rate


@jit
def _contact_effect(office: Office, customer: int, group: int) -> float:
    """((contacts held in 13 weeks + 1) ÷ (usual number + 1)) ^ elasticity, between 0.5 and 1.5, from a table (G9, G10).

    It is worked out anew after each contact, and else every four weeks.
    """
    day, groups = office.customers["added_until"][customer], office.groups
    roll_weeks(office, customer, day // 7)
    held = 0
    for w in range(13):
        held += office.held[customer, w]
    weeks = min(day - office.customers["entered"][customer], day) / 7.0  # of contact before the run nothing is known
    usual = usual_contacts(max(weeks, 0.0), groups["usual_contacts_first_13_weeks"][0, group], groups["usual_contacts_13_weeks"][0, group])
    place = min((held + 1.0) / (usual + 1.0), 1.999) * 32.0
    cell = int(place)
    low = office.elastic[0, cell]
    return low + (place - cell) * (office.elastic[0, cell + 1] - low)


@jit
def rapport_of(office: Office, customer: int) -> float:
    """The customer's rapport from 0 to 1."""
    return rapport_level(office.customers["rapport"][customer], office.fig["conversation_rapport_full_after"][0])


@jit
def build_rapport(office: Office, post: int, customer: int, rushed: bool) -> None:
    """Rapport grows with unhurried appointments with the same coach and is lost when the coach changes (M14, M15)."""
    customers, coach = office.customers, office.coaches["id"][post]
    before = customers["rapport"][customer]
    after = 0 if customers["last_id"][customer] != coach else before
    if not rushed:
        after += 1
    customers["last_id"][customer] = coach
    full = office.fig["conversation_rapport_full_after"][0]
    if min(after, full) == min(before, full) or office.fig["conversation_rapport_stops_factor"][0] == 1.0:
        customers["rapport"][customer] = after  # no hazard changes
        return
    add_hazards(office, customer, office.now["day"][0])
    customers["rapport"][customer] = after
    foresee_exit(office, customer)


@jit
def count_contact(office: Office, customer: int, now: int) -> None:
    """Adds to the contacts of the last 13 weeks, on which the rate into work depends."""
    matters = office.fig["conversation_contact_elasticity"][0] > 0.0
    if matters:
        add_hazards(office, customer, now // DAY)
    week = now // (7 * DAY)
    roll_weeks(office, customer, week)
    office.held[customer, week % 13] += 1
    if matters:
        foresee_exit(office, customer)


@jit
def roll_weeks(office: Office, customer: int, week: int) -> None:
    """Empties the weeks that have left the 13-week window."""
    last = office.customers["held_week"][customer]
    for w in range(max(last + 1, week - 12), week + 1):
        office.held[customer, w % 13] = 0
    office.customers["held_week"][customer] = max(last, week)
