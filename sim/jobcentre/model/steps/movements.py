"""Movements on a date: coaches who leave, join or are away, and customers who move in or out together."""

from __future__ import annotations

from jobcentre.model.choices import MovedService
from jobcentre.model.compiling import jit
from jobcentre.model.events import CameFrom, ExitCause, LeavingCause
from jobcentre.model.inputs import YEAR_DAYS
from jobcentre.model.log_writers import log_coach_in, log_notice
from jobcentre.model.random_numbers import Stream, coach_who
from jobcentre.model.state import HERE, IN_TRAINING, TRAINED, VACANT, Office
from jobcentre.model.steps.customers import arrive, leave_caseload
from jobcentre.model.steps.leave_and_courses import LENT, plan_time_off
from jobcentre.model.steps.primitives import DAY, add_working_days, draw
from jobcentre.model.steps.staffing import move_in

WHO_LEAVES, WHO_IS_AWAY = 0, 1  # addresses of a coach
MOVED_NUMBERS = 1 << 21  # numbers of a day of those who move in begin here, so that starts do not shift them
EXPERIENCE = 730  # days of service of those who come trained
NEVER = 1e30  # a threshold that nothing passes


@jit
def movements_of_day(office: Office, now: int) -> None:
    """Coaches who leave, join or are away from today, and customers who move out."""
    moves, today = office.movements, now // DAY
    for m in range(len(moves)):
        if moves["day"][m] == today:
            for group in range(office.moved.shape[1]):
                for _ in range(-office.moved[m, group]):
                    _customer_moves_out(office, group, now)
            for _ in range(moves["leave"][m]):
                _coach_leaves(office, m, now)
            for i in range(moves["join"][m]):
                _coach_joins(office, m, moves["first_row"][m] + i, now)
            for _ in range(moves["absent"][m]):
                _coach_is_away(office, m, now)
    for post in range(office.now["posts"][0], len(office.coaches)):
        _hand_back_in_time(office, post, now)


@jit
def customers_move_in(office: Office, now: int) -> None:
    """Those who come together today, as anybody else who starts."""
    moves, today = office.movements, now // DAY
    for m in range(len(moves)):
        if moves["day"][m] == today:
            for group in range(office.moved.shape[1]):
                for i in range(office.moved[m, group]):
                    arrive(office, group, today, MOVED_NUMBERS + moves["first_number"][m] + i, CameFrom.MOVEMENT, now)


@jit
def _customer_moves_out(office: Office, group: int, now: int) -> None:
    """Of a group, whoever has drawn the lowest number."""
    customers = office.customers
    best, lowest = -1, 2.0
    for i in range(office.now["active"][0]):
        customer = office.active[i]
        seen_now = 0 <= customers["booked_day"][customer] < now // DAY  # still, in an office open round the clock
        if customers["status"][customer] == HERE and customers["group"][customer] == group and not seen_now:
            u = draw(office, Stream.CUSTOMER_MOVES, customers["who"][customer], 0)
            if u < lowest:
                best, lowest = customer, u
    if best >= 0:
        leave_caseload(office, best, ExitCause.MOVEMENT, now)


@jit
def _chosen(office: Office, address: int, service: int, today: int) -> int:
    """The post of whoever has drawn the lowest number among those of so much service, not on notice and not away already; -1: none."""
    coaches = office.coaches
    best, lowest = -1, 2.0
    for post in range(office.now["posts"][0]):
        new = today - coaches["service_day"][post] < YEAR_DAYS
        fits = service == MovedService.ANY or (service == MovedService.UNDER_A_YEAR) == new
        here = coaches["state"][post] != VACANT and coaches["notice_day"][post] < 0
        if here and fits and not (address == WHO_IS_AWAY and office.leave[post, today] == LENT):
            u = draw(office, Stream.COACH_MOVES, coach_who(post, coaches["holder"][post]), address)
            if u < lowest:
                best, lowest = post, u
    return best


@jit
def _coach_leaves(office: Office, m: int, now: int) -> None:
    """Leaves this morning; the step for last days hands on customers, tasks and bookings."""
    coaches, state, today = office.coaches, office.now, now // DAY
    post = _chosen(office, WHO_LEAVES, office.movements["service"][m], today)
    if post < 0:
        return
    coaches["notice_day"][post], coaches["last_day"][post], coaches["cause"][post] = today, today, LeavingCause.MOVEMENT
    if office.movements["contagious"][m] == 1:
        office.recent[state["notices"][0] % len(office.recent)] = office.days["index"][today]
        state["notices"][0] += 1
    log_notice(office, now, post)


@jit
def _coach_joins(office: Office, m: int, post: int, now: int) -> None:
    """Takes a row behind all posts, so that nobody who follows in a post is somebody else."""
    coaches, fig, moves, today = office.coaches, office.fig, office.movements, now // DAY
    trained = moves["trained"][m]
    move_in(office, post, 1 - trained, now)
    if trained == 1:
        coaches["state"][post], coaches["service_day"][post], coaches["train_end"][post] = TRAINED, today - EXPERIENCE, today
        share = fig["hiring_mental_health_trained_share"][0]
        coaches["mental_health"][post] = 1 if draw(office, Stream.TRAINED, coach_who(post, 0), 0) < share else 0
    else:
        coaches["state"][post], coaches["service_day"][post] = IN_TRAINING, today
        coaches["train_end"][post] = add_working_days(office, today, fig["hiring_taught_days"][0] + fig["hiring_consolidation_days"][0])
    coaches["ramp_from"][post] = office.days["index"][coaches["train_end"][post]]
    if moves["until"][m] >= 0:
        coaches["last_day"][post], coaches["leave_limit"][post] = moves["until"][m] + 1, NEVER
    plan_time_off(office, post, today)
    log_coach_in(office, now, post, trained)


@jit
def _coach_is_away(office: Office, m: int, now: int) -> None:
    today = now // DAY
    post = _chosen(office, WHO_IS_AWAY, MovedService.ANY, today)
    if post < 0:
        return
    for day in range(today, min(office.movements["until"][m] + 1, len(office.days))):
        if office.leave[post, day] == 0 or day == today:
            office.leave[post, day] = LENT


@jit
def _hand_back_in_time(office: Office, post: int, now: int) -> None:
    """Whoever was lent gets no new customers in the time of a notice before the last day."""
    coaches, index = office.coaches, office.days["index"]
    last = coaches["last_day"][post]
    if coaches["state"][post] == VACANT or last < 0 or coaches["notice_day"][post] >= 0:
        return
    if index[min(last, len(index) - 1)] - index[now // DAY] <= office.fig["leaving_notice_days"][0]:
        coaches["notice_day"][post] = now // DAY
