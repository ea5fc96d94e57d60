"""The close of a day: old admin lapses; load, pressure and strain are settled; hazards of the day are added up."""

from __future__ import annotations

from jobcentre.model.choices import ReliefPolicy
from jobcentre.model.compiling import jit
from jobcentre.model.events import Event, Presence, SpellKind, Task
from jobcentre.model.inputs import DAYS_AT_WORK_PER_YEAR, WORKING_DAYS_PER_YEAR, seconds
from jobcentre.model.log_writers import log_coach, log_coach_day, log_coach_week, log_whole_day
from jobcentre.model.random_numbers import Stream, coach_who
from jobcentre.model.rules.strain import (
    backlog_pressure,
    cause_of_leaving,
    contagion_factor,
    contagion_of,
    daily_leaving,
    effect,
    load_of_day,
    next_strain,
    pressure_of_day,
)
from jobcentre.model.state import FREE, OFF, SLEEPING, TRAINED, VACANT, Office
from jobcentre.model.steps.primitives import DAY, draw, ring_of
from jobcentre.model.steps.tasks import lapse_old_tasks
from jobcentre.model.steps.working_time import count_work


@jit
def close_day(office: Office, now: int) -> None:
    """Closes the day that ended at `now`."""
    state, coaches = office.now, office.coaches
    day = state["day"][0]
    state["recent_notices"][0] = _recent_notices(office, day)
    for post in range(len(coaches)):
        if coaches["state"][post] != VACANT:
            _close_coach(office, post, day, now)
    ring = ring_of(office, day)
    for post in range(len(coaches)):
        for slot in range(len(office.slots)):
            office.diary[ring, post, slot] = 0
        office.counts["booked"][ring, post] = 0


@jit
def _close_coach(office: Office, post: int, day: int, now: int) -> None:
    coaches = office.coaches
    doing = coaches["doing"][post]
    if doing != OFF and doing != FREE and doing != SLEEPING and doing != Event.LUNCH:
        count_work(office, post, coaches["began"][post], now)
    coaches["counted_from"][post] = now
    if office.days["open"][day] == 1:
        lapse_old_tasks(office, post, now)
    _count_urgent_late(office, post, day)
    pressure = _pressure(office, post)
    coaches["pressure"][post] = pressure
    coaches["strain"][post] = next_strain(coaches["strain"][post], pressure, office.fig["strain_kept_per_day"][0])
    coaches["slow_strain"][post] = next_strain(coaches["slow_strain"][post], pressure, office.fig["strain_slow_kept_per_day"][0])
    _watch_mark(office, post)
    if office.days["open"][day] == 1:
        _write_day(office, post, day, now)
        _add_hazards(office, post, day)
        _end_course(office, post, day, now)
    if day % 7 == 6:
        close_week(office, post, day, now)


@jit
def _watch_mark(office: Office, post: int) -> None:
    """Whose slow strain has passed their own mark breaks down on the next day at work, once until it has fallen well below (M30)."""
    coaches = office.coaches
    mark = coaches["mark"][post]
    if mark < 0.0:
        return
    if coaches["armed"][post] == 1 and coaches["slow_strain"][post] >= mark:
        coaches["breaks"][post], coaches["armed"][post] = 1, 0
    elif coaches["armed"][post] == 0 and coaches["slow_strain"][post] < mark * office.fig["sickness_breakdown_again_below_share"][0]:
        coaches["armed"][post] = 1


@jit
def close_week(office: Office, post: int, day: int, now: int) -> None:
    """Writes the hazards of the week, of which `day` is the last."""
    log_coach_week(office, now, post, day * DAY)
    office.coaches["week_leaving"][post], office.coaches["week_stress"][post] = 0.0, 0.0


@jit
def _count_urgent_late(office: Office, post: int, day: int) -> None:
    """Safeguarding tasks past their due day."""
    late = 0
    t = office.coaches["urgent_head"][post]
    while t >= 0:
        if office.tasks["due"][t] <= day and office.tasks["kind"][t] == Task.SAFEGUARDING:
            late += 1
        t = office.tasks["next"][t]
    office.coaches["urgent_late"][post] = late


@jit
def _pressure(office: Office, post: int) -> float:
    """Pressure of the coach's day; 0 on days without work. What was worked at home while the office was closed is felt on the next day."""
    fig, coaches = office.fig, office.coaches
    worked = coaches["worked"][post]
    if coaches["presence"][post] != Presence.PRESENT or coaches["state"][post] != TRAINED or worked <= 0:
        return 0.0
    load = load_of_day(worked, coaches["backlog"][post], seconds(fig["strain_backlog_counted_minutes"][0]), fig["contracted_seconds"][0])
    others = 0.0
    if coaches["lunch_worked"][post] > seconds(fig["conversation_grace_minutes"][0]):  # more than a conversation that ran over
        others += fig["strain_lunch_weight"][0]
    if coaches["held"][post] > 0:
        others += fig["strain_rushed_weight"][0] * coaches["rushed"][post] / coaches["held"][post]
    others += fig["strain_overtime_weight"][0] * coaches["overtime"][post] / 3600.0
    if coaches["urgent_late"][post] > 0:
        others += fig["strain_safeguarding_weight"][0]
    others += backlog_pressure(coaches["backlog"][post], fig["contracted_seconds"][0], fig["strain_backlog_weight"][0])
    return pressure_of_day(
        load,
        fig["strain_sustainable_load"][0],
        others,
        coaches["sensitivity"][post],
        fig["strain_support"][0],
        fig["strain_pressure_limit"][0],
    )


@jit
def _write_day(office: Office, post: int, day: int, now: int) -> None:
    coaches = office.coaches
    presence = coaches["presence"][post]
    contracted = 0 if presence == Presence.DAY_OFF else office.fig["contracted_seconds"][0]
    spell = coaches["spell"][post] if presence == Presence.SICK else -1
    log_coach_day(office, now, post, day * DAY, spell, contracted)
    if presence == Presence.IN_TRAINING or presence == Presence.COURSE:
        log_whole_day(office, now, Event.TRAINING, post, day * DAY, contracted)
    elif presence == Presence.POSTED:
        log_whole_day(office, now, Event.POSTED, post, day * DAY, contracted)


@jit
def _add_hazards(office: Office, post: int, day: int) -> None:
    """Leaving adds up on every working day in post, spells on days at work."""
    fig, coaches = office.fig, office.coaches
    strain = coaches["strain"][post]
    form, half = fig["response_form"][0], fig["response_half_effect"][0]
    if coaches["notice_day"][post] < 0:
        felt = coaches["slow_strain"][post] if fig["strain_slow_half_life_days"][0] > 0.0 else strain
        tenure = fig["leaving_first_year_factor"][0] if day - coaches["service_day"][post] < 365 else 1.0
        after = _after_stress(office, post, day)
        contagion = contagion_factor(
            office.now["recent_notices"][0], fig["leaving_contagion_per_leaver"][0], fig["leaving_contagion_most"][0]
        )
        by_strain = effect(felt, form, fig["response_leaving_ceiling"][0], half)
        leaving = daily_leaving(
            fig["response_base_leaving_per_year"][0] * office.now["leaving_here"][0],
            WORKING_DAYS_PER_YEAR, tenure, by_strain, contagion, after,
        )  # fmt: skip
        coaches["leave_sum"][post] += leaving
        coaches["week_leaving"][post] += leaving
        if coaches["leave_sum"][post] >= coaches["leave_limit"][post]:
            who = coach_who(post, coaches["holder"][post])
            coaches["cause"][post] = cause_of_leaving(draw(office, Stream.NOTICE_CAUSE, who, 0), by_strain, contagion, after)
    presence = coaches["presence"][post]
    if presence == Presence.PRESENT or presence == Presence.IN_TRAINING:
        own = coaches["frailty"][post] / DAYS_AT_WORK_PER_YEAR
        by_strain = effect(strain, form, fig["sickness_short_strain_ceiling"][0], half)
        coaches["short_sum"][post] += fig["sickness_short_per_year"][0] * own * by_strain
        coaches["long_sum"][post] += fig["sickness_long_per_year"][0] * own
        stress = (
            fig["response_base_stress_per_year"][0] / DAYS_AT_WORK_PER_YEAR * effect(strain, form, fig["response_stress_ceiling"][0], half)
        )
        coaches["stress_sum"][post] += stress
        coaches["week_stress"][post] += stress


@jit
def _after_stress(office: Office, post: int, day: int) -> float:
    """How many times as likely a coach leaves because of a stress spell, with the relief that was given or refused (A11, M11)."""
    fig, coaches = office.fig, office.coaches
    ill = coaches["spell"][post] == SpellKind.STRESS and fig["leaving_after_stress_at_once"][0] == 1
    if not ill and office.days["index"][day] > coaches["after_until"][post]:
        return 1.0
    after = fig["leaving_after_stress_factor"][0]
    if coaches["relieved"][post] == 1 and not ill:
        return 1.0 + (after - 1.0) * (1.0 - fig["policies_relief_return_protection"][0]) if after > 1.0 else after
    return after * fig["policies_relief_refused_factor"][0] if fig["policies_relief_policy"][0] == ReliefPolicy.REFUSED else after


@jit
def _recent_notices(office: Office, day: int) -> float:
    """Notices that count as contagious, each as far as it does by now."""
    today, fig = office.days["index"][day], office.fig
    count = 0.0
    for i in range(len(office.recent)):
        count += contagion_of(today - office.recent[i], fig["leaving_contagion_peak_days"][0], fig["leaving_contagion_days"][0])
    return count


@jit
def _end_course(office: Office, post: int, day: int, now: int) -> None:
    coaches = office.coaches
    if coaches["course_day"][post] == day and coaches["mental_health"][post] == 0:
        coaches["mental_health"][post] = 1
        log_coach(office, now, Event.COURSE_DONE, post)
