"""Management: Monday reviews, relief, and the consequences of dated changes."""

from __future__ import annotations

from jobcentre.model.choices import FlexibilitiesTrigger, ReliefPolicy
from jobcentre.model.compiling import jit
from jobcentre.model.events import Event, Presence, ReliefReason, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_change, log_coach, log_flexibility, log_relief_on
from jobcentre.model.state import IN_TRAINING, TRAINED, VACANT, Office
from jobcentre.model.steps.caseload_exits import add_hazards_of_all, foresee_exits_of_all
from jobcentre.model.steps.leave_and_courses import post_elsewhere, send_on_course
from jobcentre.model.steps.primitives import DAY
from jobcentre.model.steps.tasks import make_task
from jobcentre.model.steps.walk_ins import protected_from


@jit
def change_figures(office: Office, now: int) -> None:
    """Puts the figures of today's period in force."""
    state = office.now
    period = office.days["period"][now // DAY]
    if period == state["period"][0]:
        return
    first = state["period"][0] == 0
    state["period"][0] = period
    if not first:
        log_change(office, now, period)
        add_hazards_of_all(office, now // DAY - 1)
    use_period(office, period)
    if not first:
        foresee_exits_of_all(office)
        post_elsewhere(office, now // DAY)


@jit
def use_period(office: Office, period: int) -> None:
    """Copies a period's figures into row 0 and settles which slots may be booked."""
    office.fig[0] = office.fig[period]
    for g in range(office.groups.shape[1]):
        office.groups[0, g] = office.groups[period, g]
        for i in range(office.exits.shape[2]):
            office.exits[0, g, i] = office.exits[period, g, i]
        for p in range(office.plans.shape[2]):
            office.plans[0, g, p] = office.plans[period, g, p]
            for j in range(office.phases.shape[3]):
                office.phases[0, g, p, j] = office.phases[period, g, p, j]
        for to in range(office.decide.shape[2]):
            office.decide[0, g, to] = office.decide[period, g, to]
        for kind in range(office.referral_shares.shape[2]):
            office.referral_shares[0, g, kind] = office.referral_shares[period, g, kind]
    for kind in range(office.referrals.shape[1]):
        office.referrals[0, kind] = office.referrals[period, kind]
    for i in range(office.elastic.shape[1]):
        office.elastic[0, i] = office.elastic[period, i]
    _open_slots(office)


@jit
def _open_slots(office: Office) -> None:
    """A slot takes bookings unless it overlaps lunch, the team meeting or the protected admin time of a window: a bit for each."""
    fig, slots = office.fig, office.slots
    length = seconds(fig["office_slot_minutes"][0])
    meeting_end = fig["office_coach_start"][0] + seconds(fig["office_meeting_minutes"][0])
    for i in range(len(slots)):
        second = slots["second"][i]
        slots["bookable"][i] = 0
        for window in range(fig["diary_protected_windows"][0]):
            begin = protected_from(office, window)
            protected = second + length > begin and second < begin + seconds(fig["diary_protected_admin_minutes"][0])
            if slots["usable"][i] == 1 and not protected and second >= meeting_end:
                slots["bookable"][i] |= 1 << window


@jit
def reviews(office: Office, now: int) -> None:
    """The reviews of the first working day of each week."""
    _review_flexibilities(office, now)
    if office.fig["policies_relief_policy"][0] == ReliefPolicy.EARLY_WARNING:
        _watch_for_strain(office, now)
    send_on_course(office, now // DAY)


@jit
def _review_flexibilities(office: Office, now: int) -> None:
    """Shorter or fewer appointments while the trigger is above its upper mark, until it is below the lower (M12, B6)."""
    fig, state = office.fig, office.now
    trigger = fig["policies_flexibilities_trigger"][0]
    value = _trigger_value(office, trigger)
    state["late_days"][0], state["late_bookings"][0] = 0, 0
    if trigger == FlexibilitiesTrigger.OFF or (state["flexible"][0] == 1 and value < fig["policies_flexibilities_lower"][0]):
        if state["flexible"][0] == 1:
            state["flexible"][0] = 0
            log_flexibility(office, now, Event.FLEXIBILITY_OFF, value)
    elif state["flexible"][0] == 0 and value > fig["policies_flexibilities_upper"][0]:
        state["flexible"][0] = 1
        log_flexibility(office, now, Event.FLEXIBILITY_ON, value)


@jit
def _trigger_value(office: Office, trigger: int) -> float:
    """Customers per coach available, or mean working days by which last week's bookings were late."""
    state, coaches = office.now, office.coaches
    if trigger == FlexibilitiesTrigger.DELAY:
        return state["late_days"][0] / state["late_bookings"][0] if state["late_bookings"][0] > 0 else 0.0
    available = 0
    for post in range(len(coaches)):
        if coaches["state"][post] == TRAINED and coaches["diary_closed"][post] == 0:
            available += 1
    return state["active"][0] / max(1, available)


@jit
def _watch_for_strain(office: Office, now: int) -> None:
    """Early warning: a smaller diary from a mark of strain or backlog on, until both are well below (M11)."""
    fig, coaches = office.fig, office.coaches
    strain_mark, backlog_mark = fig["policies_relief_strain_mark"][0], seconds(fig["policies_relief_backlog_mark_minutes"][0])
    until = fig["policies_relief_until_share"][0]
    for post in range(len(coaches)):
        if coaches["state"][post] != TRAINED:
            continue
        strain, backlog = coaches["strain"][post], coaches["backlog"][post]
        if coaches["relief"][post] == ReliefReason.NONE and (strain >= strain_mark or backlog >= backlog_mark):
            coaches["relief"][post] = ReliefReason.EARLY_WARNING
            log_relief_on(office, now, post)
        elif coaches["relief"][post] == ReliefReason.EARLY_WARNING and strain < strain_mark * until and backlog < backlog_mark * until:
            _end_relief(office, post, now)


@jit
def end_phased_returns(office: Office, now: int) -> None:
    """A phased return lasts so many working days; early-warning relief ends when the policy does."""
    coaches = office.coaches
    today, policy = office.days["index"][now // DAY], office.fig["policies_relief_policy"][0]
    for post in range(len(coaches)):
        if coaches["state"][post] == VACANT:
            continue
        over = coaches["relief"][post] == ReliefReason.PHASED_RETURN and today >= coaches["relief_until"][post]
        withdrawn = coaches["relief"][post] == ReliefReason.EARLY_WARNING and policy != ReliefPolicy.EARLY_WARNING
        if over or withdrawn:
            _end_relief(office, post, now)


@jit
def _end_relief(office: Office, post: int, now: int) -> None:
    office.coaches["relief"][post] = ReliefReason.NONE
    log_coach(office, now, Event.RELIEF_OFF, post)


@jit
def give_trainers_work(office: Office, now: int) -> None:
    """Each newcomer in training costs a colleague time today: the present coach with the smallest backlog (M10)."""
    coaches = office.coaches
    for post in range(len(coaches)):
        if coaches["state"][post] == IN_TRAINING and coaches["presence"][post] == Presence.IN_TRAINING:
            best = -1
            for q in range(len(coaches)):
                free = coaches["state"][q] == TRAINED and coaches["presence"][q] == Presence.PRESENT
                if free and (best < 0 or coaches["backlog"][q] < coaches["backlog"][best]):
                    best = q
            make_task(office, best, Task.TRAINING_OTHERS, -1, now, post)
