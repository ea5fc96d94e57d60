"""Coaches come and go: last days, joiners, training, vacancies, sickness, notices."""

from __future__ import annotations

from jobcentre.model.choices import HiringPolicy, ReliefPolicy
from jobcentre.model.compiling import jit
from jobcentre.model.events import AssignedBy, CancelReason, Event, Presence, ReliefReason, SpellKind
from jobcentre.model.log_writers import (
    log_cancelled,
    log_coach,
    log_coach_in,
    log_given_up,
    log_notice,
    log_relief_on,
    log_return,
    log_sick,
    log_vacancy_filled,
    log_vacancy_open,
)
from jobcentre.model.random_numbers import Stream, coach_who, quantile
from jobcentre.model.rules.contact_plans import ramp_share
from jobcentre.model.state import HERE, IN_TRAINING, TRAINED, VACANT, Office
from jobcentre.model.steps.booking import book_again, release
from jobcentre.model.steps.caseload import assign, coach_for, give_newcomer_customers
from jobcentre.model.steps.coach_day import stop_work
from jobcentre.model.steps.end_of_day import close_week
from jobcentre.model.steps.leave_and_courses import plan_time_off, presence_on
from jobcentre.model.steps.primitives import DAY, add_working_days, days_drawn, draw, happens
from jobcentre.model.steps.tasks import lapse_all_tasks, move_tasks

NO_SPELL = -1
NOT_BEGUN = -1  # coaches["hire_day"]: the vacancy waits for others
BREAKDOWN = 3  # beside the kinds of spell, where the length of one is drawn


@jit
def who_is(office: Office, post: int) -> int:
    """The coach's identity for chance."""
    return coach_who(post, office.coaches["holder"][post])


@jit
def threshold(office: Office, stream: Stream, who: int, k: int) -> float:
    """A unit-exponential threshold that a summed hazard must pass."""
    return quantile(office.tables, 0, draw(office, stream, who, k))


@jit
def set_thresholds(office: Office, post: int) -> None:
    """The thresholds of the coach's next spells and of leaving."""
    coaches, who = office.coaches, who_is(office, post)
    coaches["leave_limit"][post] = threshold(office, Stream.NOTICE_THRESHOLD, who, 0)
    coaches["short_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, coaches["spells_short"][post] * 4 + SpellKind.SHORT)
    coaches["long_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, coaches["spells_long"][post] * 4 + SpellKind.LONG)
    coaches["stress_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, coaches["spells_stress"][post] * 4 + SpellKind.STRESS)


@jit
def move_in(office: Office, post: int, holder: int, now: int) -> None:
    """A coach takes up the post: all of the row is theirs from now on."""
    state, coaches = office.now, office.coaches
    vacancies, hired = coaches["vacancies"][post], coaches["vacant_since"][post]
    coaches[post] = office.blank[0]
    coaches["id"][post], coaches["holder"][post], coaches["vacancies"][post], coaches["vacant_since"][post] = (
        state["next_coach"][0],
        holder,
        vacancies,
        -1,
    )
    state["next_coach"][0] += 1
    who = coach_who(post, holder)
    coaches["frailty"][post] = quantile(office.tables, office.fig["sickness_frailty_table"][0], draw(office, Stream.FRAILTY, who, 0))
    coaches["mark"][post], coaches["armed"][post] = -1.0, 1
    if office.fig["sickness_mark_mean"][0] >= 0.0:
        own_mark = quantile(office.tables, office.fig["sickness_mark_table"][0], draw(office, Stream.MARK, who, 0))
        coaches["mark"][post] = office.fig["sickness_mark_mean"][0] * own_mark
    coaches["sensitivity"][post] = quantile(office.tables, 2, draw(office, Stream.SENSITIVITY, who, 0))
    own = quantile(office.tables, office.fig["admin_overtime_cap_table"][0], draw(office, Stream.OVERTIME_CAP, who, 0))
    coaches["own_overtime"][post] = own
    coaches["own_home"][post] = own if happens(office, Stream.HOME, who, 0, office.fig["admin_home_share"][0]) else 0.0
    coaches["counted_from"][post] = now
    coaches["weekdays"][post] = _weekdays(office, post, who)
    set_thresholds(office, post)
    if hired >= 0:
        log_vacancy_filled(office, now, post, hired * DAY)


@jit
def _weekdays(office: Office, post: int, who: int) -> int:
    """Bits of the weekdays a coach works; whoever has a part-time post has fixed days.

    Part-time posts lie evenly among all, so that of the first so many always the rounded share is part time.
    """
    fig, open_bits = office.fig, office.now["open_days"][0]
    share = fig["office_part_time_of_posts"][0]
    if int((post + 1) * share + 0.5) == int(post * share + 0.5):
        return open_bits
    bits, chosen = 0, 0
    first = int(draw(office, Stream.PART_TIME, who, 1) * 7.0)
    for i in range(7):
        bit = 1 << ((first + i) % 7)
        if open_bits & bit and chosen < fig["office_part_time_days"][0]:
            bits |= bit
            chosen += 1
    return bits


@jit
def leavers_go(office: Office, now: int) -> None:
    """Last days: the post falls vacant, customers and their tasks go to colleagues, later bookings are searched again."""
    coaches = office.coaches
    today = now // DAY
    for post in range(len(coaches)):
        if coaches["state"][post] != VACANT and coaches["last_day"][post] == today:
            if coaches["spell"][post] != NO_SPELL:
                _end_spell(office, post, now, 1)
            _leave(office, post, now)


@jit
def _leave(office: Office, post: int, now: int) -> None:
    state, coaches, customers = office.now, office.coaches, office.customers
    stop_work(office, post, now)
    coaches["state"][post] = VACANT
    for i in range(state["active"][0]):
        customer = office.active[i]
        if customers["coach"][customer] == post and customers["status"][customer] == HERE:  # not those whose claim ended yesterday
            to = coach_for(office, customer)
            assign(office, customer, to, AssignedBy.LEAVER, now)
            if to >= 0:
                move_tasks(office, post, customer, to, now)
    lapse_all_tasks(office, post, now)
    close_week(office, post, now // DAY - 1, now)
    log_coach(office, now, Event.COACH_OUT, post)
    for i in range(state["active"][0]):
        customer = office.active[i]
        if customers["with"][customer] == post and customers["booked_day"][customer] > now // DAY:
            _search_again(office, customer, post, now)
    coaches["presence"][post], coaches["cap"][post], coaches["backlog"][post] = Presence.DAY_OFF, 0, 0


@jit
def _search_again(office: Office, customer: int, post: int, now: int) -> None:
    """A leaver's booking is searched again from its booked day; inside the short notice it counts as cancelled."""
    customers, index = office.customers, office.days["index"]
    day, due = customers["booked_day"][customer], customers["due"][customer]
    short = index[day] - index[now // DAY] < office.fig["diary_short_notice_days"][0]
    if short:
        log_cancelled(office, now, post, customer, CancelReason.LEAVER)
    else:
        log_given_up(office, now, post, customer)
    release(office, customer, False)
    book_again(office, customer, max(day, due) if short else max(due, now // DAY), now, day)


@jit
def joiners_and_training(office: Office, now: int) -> None:
    """Vacancies are filled; training ends; spells end."""
    coaches = office.coaches
    today = now // DAY
    for post in range(len(coaches)):
        if office.now["working"][0] == 1 and _may_join(office, post, today):
            _join(office, post, now)
        if coaches["state"][post] == IN_TRAINING and today >= coaches["train_end"][post]:
            coaches["state"][post] = TRAINED
            coaches["ramp_from"][post] = office.days["index"][coaches["train_end"][post]]
            log_coach(office, now, Event.TRAINED, post)
        if coaches["state"][post] != VACANT and coaches["spell"][post] != NO_SPELL and today >= coaches["spell_return"][post]:
            _end_spell(office, post, now, 0)


@jit
def set_ramps(office: Office, today: int) -> None:
    """Each coach's capacity as a share of a full one."""
    coaches, fig = office.coaches, office.fig
    for post in range(len(coaches)):
        since = office.days["index"][today] - coaches["ramp_from"][post]
        coaches["ramp"][post] = (
            ramp_share(since, fig["hiring_ramp_days"][0], fig["hiring_ramp_from"][0]) if coaches["holder"][post] > 0 else 1.0
        )


@jit
def _open_vacancies(office: Office, now: int) -> None:
    """A vacancy opens for each post on notice or empty while establishment and recruitment policy allow."""
    coaches, fig = office.coaches, office.fig
    if fig["hiring_policy"][0] == HiringPolicy.FREEZE:
        return
    filled, posts = 0, office.now["posts"][0]
    for post in range(posts):
        stays = coaches["state"][post] != VACANT and coaches["notice_day"][post] < 0
        if stays or coaches["vacant_since"][post] >= 0:
            filled += 1
    for post in range(posts):
        stays = coaches["state"][post] != VACANT and coaches["notice_day"][post] < 0
        if filled < fig["office_establishment"][0] and not stays and coaches["vacant_since"][post] < 0:
            coaches["vacant_since"][post], coaches["hire_day"][post] = now // DAY, NOT_BEGUN
            log_vacancy_open(office, now, post)
            filled += 1
    while _begin_hiring(office, now):
        pass


@jit
def _begin_hiring(office: Office, now: int) -> bool:
    """Begins to select and vet for the vacancy that has waited longest, where as many as may be are not under way (`hiring.at_once`)."""
    coaches, fig = office.coaches, office.fig
    first, under_way = -1, 0
    for post in range(len(coaches)):
        if coaches["vacant_since"][post] >= 0 and coaches["hire_day"][post] == NOT_BEGUN:
            if first < 0 or coaches["vacant_since"][post] < coaches["vacant_since"][first]:
                first = post
        elif coaches["vacant_since"][post] >= 0 and coaches["hire_day"][post] > now // DAY:
            under_way += 1
    if first < 0 or (fig["hiring_at_once"][0] >= 0 and under_way >= fig["hiring_at_once"][0]):
        return False
    u = draw(office, Stream.HIRE_DAYS, first, coaches["vacancies"][first])
    coaches["vacancies"][first] += 1
    days = days_drawn(office, fig["hiring_days_to_hire_mean"][0], fig["hiring_days_to_hire_table"][0], u)
    coaches["hire_day"][first] = add_working_days(office, now // DAY, days)
    return True


@jit
def _may_join(office: Office, post: int, today: int) -> bool:
    coaches, fig = office.coaches, office.fig
    if (
        coaches["state"][post] != VACANT
        or coaches["vacant_since"][post] < 0
        or coaches["hire_day"][post] == NOT_BEGUN
        or today < coaches["hire_day"][post]
        or coaches["until"][post] > today * DAY  # work that the leaver had in hand, open round the clock, was to last until then
        or fig["hiring_policy"][0] == HiringPolicy.FREEZE
    ):
        return False
    return fig["hiring_policy"][0] != HiringPolicy.INTAKE or (today // 7) % fig["hiring_intake_every_weeks"][0] == 0


@jit
def _join(office: Office, post: int, now: int) -> None:
    """A newcomer's first day: training, later the mental-health course (C5, C7)."""
    fig, coaches = office.fig, office.coaches
    today = now // DAY
    move_in(office, post, coaches["holder"][post] + 1, now)
    coaches["state"][post], coaches["service_day"][post] = IN_TRAINING, today
    coaches["train_end"][post] = add_working_days(office, today, fig["hiring_taught_days"][0] + fig["hiring_consolidation_days"][0])
    coaches["ramp_from"][post] = office.days["index"][coaches["train_end"][post]]
    plan_time_off(office, post, today)
    log_coach_in(office, now, post, 0)


@jit
def newcomers_get_customers(office: Office, now: int, monday: bool) -> None:
    """On the first day after training and each Monday of the ramp."""
    coaches = office.coaches
    today = now // DAY
    for post in range(len(coaches)):
        if coaches["state"][post] == TRAINED and (coaches["holder"][post] > 0 or post >= office.now["posts"][0]):
            first = coaches["train_end"][post] == today
            if first or (monday and coaches["ramp"][post] < 1.0):
                give_newcomer_customers(office, post, now)


@jit
def _end_spell(office: Office, post: int, now: int, by_leaving: int) -> None:
    coaches, fig = office.coaches, office.fig
    index = office.days["index"]
    kind, first = coaches["spell"][post], coaches["spell_start"][post]
    lost = index[now // DAY] - index[first]
    log_return(office, now, post, first * DAY, kind, lost, by_leaving)
    coaches["spell"][post], coaches["diary_closed"][post] = NO_SPELL, 0
    coaches["mental_spell"][post], coaches["broken"][post] = 0, 0
    if kind == SpellKind.STRESS and by_leaving == 0:
        coaches["relieved"][post] = 0
        coaches["after_until"][post] = index[now // DAY] + fig["leaving_after_stress_days"][0] - 1
        if (
            fig["policies_relief_policy"][0] != ReliefPolicy.NONE
            and fig["policies_relief_policy"][0] != ReliefPolicy.REFUSED
            and fig["policies_relief_return_days"][0] > 0
            and coaches["relief"][post] == ReliefReason.NONE
        ):
            coaches["relief"][post] = ReliefReason.PHASED_RETURN
            coaches["relief_until"][post] = index[now // DAY] + fig["policies_relief_return_days"][0]
            log_relief_on(office, now, post)
        coaches["relieved"][post] = 1 if coaches["relief"][post] != ReliefReason.NONE else 0


@jit
def sickness_and_notices(office: Office, now: int) -> None:
    """Summed hazards that have passed their thresholds become spells and notices, on working days; vacancies open."""
    coaches = office.coaches
    today = now // DAY
    for post in range(len(coaches)):
        if coaches["state"][post] == VACANT:
            continue
        presence = presence_on(office, post, today)
        if coaches["spell"][post] == NO_SPELL and (presence == Presence.PRESENT or presence == Presence.IN_TRAINING):
            _fall_sick(office, post, now)
        if coaches["notice_day"][post] < 0 and coaches["leave_sum"][post] >= coaches["leave_limit"][post]:
            _give_notice(office, post, now)
    _open_vacancies(office, now)


@jit
def _fall_sick(office: Office, post: int, now: int) -> None:
    """Begins the first spell that is due; what else is due waits until the return."""
    coaches, fig, who = office.coaches, office.fig, who_is(office, post)
    if coaches["breaks"][post] == 1:
        number = coaches["spells_broken"][post]
        coaches["spells_broken"][post] += 1
        coaches["breaks"][post], coaches["broken"][post] = 0, 1
        mean, table = fig["sickness_breakdown_days_mean"][0], fig["sickness_breakdown_days_table"][0]
        _begin_spell(office, post, SpellKind.STRESS, number, mean, table, now)
    elif coaches["short_sum"][post] >= coaches["short_limit"][post]:
        number = coaches["spells_short"][post]
        coaches["spells_short"][post] += 1
        coaches["short_sum"][post] = 0.0
        coaches["short_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, (number + 1) * 4 + SpellKind.SHORT)
        _begin_spell(office, post, SpellKind.SHORT, number, fig["sickness_short_days_mean"][0], fig["sickness_short_days_table"][0], now)
    elif coaches["long_sum"][post] >= coaches["long_limit"][post]:
        number = coaches["spells_long"][post]
        coaches["spells_long"][post] += 1
        coaches["long_sum"][post] = 0.0
        coaches["long_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, (number + 1) * 4 + SpellKind.LONG)
        _begin_spell(office, post, SpellKind.LONG, number, fig["sickness_long_days_mean"][0], fig["sickness_long_days_table"][0], now)
    elif coaches["stress_sum"][post] >= coaches["stress_limit"][post]:
        number = coaches["spells_stress"][post]
        coaches["spells_stress"][post] += 1
        coaches["stress_sum"][post] = 0.0
        coaches["stress_limit"][post] = threshold(office, Stream.SPELL_THRESHOLD, who, (number + 1) * 4 + SpellKind.STRESS)
        _begin_spell(office, post, SpellKind.STRESS, number, fig["sickness_stress_days_mean"][0], fig["sickness_stress_days_table"][0], now)


@jit
def _begin_spell(office: Office, post: int, kind: SpellKind, number: int, mean: float, table: int, now: int) -> None:
    """A spell begins; its length is drawn at the number of those like it."""
    coaches, who = office.coaches, who_is(office, post)
    today = now // DAY
    address = BREAKDOWN if coaches["broken"][post] == 1 else kind
    days = days_drawn(office, mean, table, draw(office, Stream.SPELL_DAYS, who, number * 4 + address))
    mental = kind == SpellKind.LONG and happens(office, Stream.MENTAL_SPELL, who, number, office.fig["sickness_long_mental_share"][0])
    coaches["mental_spell"][post] = 1 if kind == SpellKind.STRESS or mental else 0
    coaches["spell"][post], coaches["spell_start"][post] = kind, today
    coaches["spell_return"][post] = add_working_days(office, today, days)
    log_sick(office, now, post, kind, number)


@jit
def _give_notice(office: Office, post: int, now: int) -> None:
    coaches, state = office.coaches, office.now
    today = now // DAY
    coaches["notice_day"][post] = today
    coaches["last_day"][post] = add_working_days(office, today, office.fig["leaving_notice_days"][0])
    office.recent[state["notices"][0] % len(office.recent)] = office.days["index"][today]
    state["notices"][0] += 1
    log_notice(office, now, post)
