"""The start of a run: drawn as if the office had been running for long, not empty."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import CameFrom
from jobcentre.model.log_writers import log_coach_in, log_office
from jobcentre.model.random_numbers import Stream, quantile
from jobcentre.model.rules.contact_plans import phase_ends
from jobcentre.model.state import TRAINED, Office
from jobcentre.model.steps.booking import prepare_next, search, wait_for_start
from jobcentre.model.steps.caseload import is_for_specialists, specialists, specialists_are_apart
from jobcentre.model.steps.customers import enter_group, group_in_line, join_caseload, new_customer, number_in_line, put_in_line
from jobcentre.model.steps.leave_and_courses import joined_in_pause, plan_time_off
from jobcentre.model.steps.management import use_period
from jobcentre.model.steps.primitives import add_working_days, draw, look_on, sort_first
from jobcentre.model.steps.staffing import move_in

LONGEST_AGE = 7300.0  # days in a group at the start: 20 years
BISECTIONS = 40
BEFORE_START = -1  # the day of arrival of all who are there at the start


@jit
def start_office(office: Office) -> None:
    """Fills the office before its first day: coaches, customers with their histories, and their bookings."""
    fig, now = office.fig, office.now
    use_period(office, 1)
    log_office(office, max(fig["office_coaches"][0], fig["office_establishment"][0]))
    now["leaving_here"][0] = quantile(office.tables, fig["leaving_office_table"][0], draw(office, Stream.OFFICE_LEAVING, 0, 0))
    for post in range(min(fig["office_coaches"][0], len(office.coaches))):
        _first_coach(office, post)
    n = 0
    for group in range(office.groups.shape[1]):
        n = put_in_line(office, n, group, BEFORE_START, 0, _stock(office, group))
    sort_first(office.scratch, n)
    for i in range(n):
        group, number = group_in_line(office, i), number_in_line(office, i)
        turn = number  # dealt out group by group, so that every coach has customers of all
        for other in range(group):
            turn += _stock(office, other)
        _first_customer(office, group, number, turn)
    for i in range(now["active"][0]):
        _first_booking(office, office.active[i])


@jit
def _stock(office: Office, group: int) -> int:
    """Customers of a group at the start."""
    return int(office.groups["stock_per_post"][0, group] * office.fig["demand_posts"][0] + 0.5)


@jit
def _first_coach(office: Office, post: int) -> None:
    """A coach of the start stock; a share has under a year's service on the date of the change."""
    coaches, fig = office.coaches, office.fig
    move_in(office, post, 0, 0)
    coaches["state"][post] = TRAINED
    who = post << 16
    u, v, change = draw(office, Stream.SERVICE, who, 0), draw(office, Stream.SERVICE, who, 1), fig["office_change_day"][0]
    if u < fig["office_first_year_share"][0]:
        coaches["service_day"][post] = -int(v * (364.0 - change))
    else:
        coaches["service_day"][post] = change - 365 - int(v * 3650.0)
    coaches["slow_strain"][post] = fig["strain_slow_at_start"][0] * coaches["sensitivity"][post]
    trained = draw(office, Stream.TRAINED, who, 0) < fig["hiring_mental_health_trained_share"][0]
    coaches["mental_health"][post] = 1 if trained and not joined_in_pause(office, post) else 0
    plan_time_off(office, post, 0)
    log_coach_in(office, 0, post, 1)


@jit
def _first_customer(office: Office, group: int, number: int, turn: int) -> None:
    """A customer of the start stock: time in the group, decision date and phase as in the steady state."""
    customers, groups = office.customers, office.groups
    customer = new_customer(office, group, BEFORE_START, number)
    if customer < 0:
        return
    who = customers["who"][customer]
    age = min(
        quantile(office.tables, groups["age_days_table"][0, group], draw(office, Stream.START_AGE, who, 0))
        * groups["age_days_mean"][0, group],
        LONGEST_AGE,
    )
    enter_group(office, customer, group, -int(age))
    if groups["decision_after_days_mean"][0, group] > 0.0:
        customers["decision_day"][customer] = _decision_after(office, group, age, draw(office, Stream.START_DECISION, who, 0))
        look_on(office, customer, customers["decision_day"][customer])
    _catch_up_plan(office, customer, age)
    coaches = min(office.fig["office_coaches"][0], len(office.coaches))
    first = 0
    if is_for_specialists(office, customer):
        coaches = min(coaches, specialists(office))
    elif specialists_are_apart(office):
        first = specialists(office)
    join_caseload(office, customer, first + turn % (coaches - first) if coaches > 0 else -1, BEFORE_START, number, CameFrom.START_STOCK, 0)


@jit
def _decision_after(office: Office, group: int, age: float, u: float) -> int:
    """The decision day of somebody who has waited `age` days without one: the waiting time given that it is longer."""
    groups, per_day = office.groups, office.now["open_share"][0]
    mean, table = groups["decision_after_days_mean"][0, group], groups["decision_after_days_table"][0, group]
    waited = age * per_day / mean
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        if quantile(office.tables, table, middle) < waited:
            low = middle
        else:
            high = middle
    total = quantile(office.tables, table, low + u * (1.0 - low))
    return add_working_days(office, 0, max(1, int((total - waited) * mean + 0.5)))


@jit
def _catch_up_plan(office: Office, customer: int, age: float) -> None:
    """Counts the meetings that the plan would have held so far, and sets the phase from them."""
    customers, rows, per_day = office.customers, office.phases, office.now["open_share"][0]
    group, plan = customers["group"][customer], customers["plan"][customer]
    day = office.fig["diary_first_due_days"][0] / per_day
    phase, held = 0, 0
    last = office.plans["n_phases"][0, group, plan] - 1
    while day <= age:
        held += 1
        while phase < last and phase_ends(
            held, rows["ends_after_appointments"][0, group, plan, phase], int(day), 7.0 * rows["ends_after_weeks"][0, group, plan, phase]
        ):
            phase += 1
            held = 0
        day += rows["every_days"][0, group, plan, phase] / per_day
    customers["phase"][customer], customers["in_phase"][customer] = phase, held


@jit
def _first_booking(office: Office, customer: int) -> None:
    """Books the first appointment by the ordinary rule, with a due day uniform over one interval."""
    customers = office.customers
    prepare_next(office, customer, 0)
    place = int(draw(office, Stream.START_DUE, customers["who"][customer], 0) * customers["every"][customer])
    customers["due"][customer] = add_working_days(office, 0, place)
    if not search(office, customer, 0, 0):
        wait_for_start(office, customer, 0)
