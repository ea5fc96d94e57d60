"""The first second of a day: everything the calendar brings, in one order."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.log_writers import log_day
from jobcentre.model.state import Office
from jobcentre.model.steps.absence import cover_or_cancel, know_absence
from jobcentre.model.steps.arrivals import NOTHING, next_at_door, prepare_door
from jobcentre.model.steps.caseload import place_those_without_coach
from jobcentre.model.steps.customers import journeys, new_customers
from jobcentre.model.steps.end_of_day import close_day
from jobcentre.model.steps.management import change_figures, end_phased_returns, give_trainers_work, reviews
from jobcentre.model.steps.movements import customers_move_in, movements_of_day
from jobcentre.model.steps.primitives import DAY
from jobcentre.model.steps.staffing import joiners_and_training, leavers_go, newcomers_get_customers, set_ramps, sickness_and_notices
from jobcentre.model.steps.waiting_list import fill_slots, try_waiting
from jobcentre.model.steps.walk_ins import draw_contacts


@jit
def begin_day(office: Office, now: int) -> int:
    """Closes the day before and opens this one; returns the first instant at the door, or NOTHING."""
    state, days = office.now, office.days
    day = now // DAY
    if state["day"][0] >= 0:
        close_day(office, now)
    if now >= state["end"][0]:
        return NOTHING
    working = days["open"][day]
    # no working day lies between this week's Monday and today
    first_of_week = working == 1 and days["index"][day] == days["index"][day - days["weekday"][day]]
    state["day"][0], state["working"][0] = day, working
    change_figures(office, now)
    log_day(office, now)
    movements_of_day(office, now)
    leavers_go(office, now)
    joiners_and_training(office, now)
    end_phased_returns(office, now)
    set_ramps(office, day)
    if working == 1:
        sickness_and_notices(office, now)
    journeys(office, now)
    if working == 1:
        new_customers(office, now)
        customers_move_in(office, now)
        place_those_without_coach(office, now)
        newcomers_get_customers(office, now, first_of_week)
    if first_of_week:
        reviews(office, now)
    know_absence(office, now)
    cover_or_cancel(office, now)
    if working == 1:
        give_trainers_work(office, now)
        try_waiting(office, now)
        fill_slots(office, now)
    draw_contacts(office, now)
    prepare_door(office, now)
    return next_at_door(office)
