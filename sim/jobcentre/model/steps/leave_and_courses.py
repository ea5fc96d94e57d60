"""Time off that is known beforehand – leave, courses, days posted elsewhere – and where a coach is on a day."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import Presence
from jobcentre.model.inputs import WORKING_DAYS_PER_YEAR
from jobcentre.model.random_numbers import Stream, coach_who
from jobcentre.model.state import IN_TRAINING, VACANT, Office
from jobcentre.model.steps.primitives import add_working_days, draw

WEEK = 7
ELSEWHERE = int(Presence.POSTED)
LENT = 7  # in office.leave: away by a movement, which the log has as posted elsewhere
DAY_OFF, ON_LEAVE, SICK, TRAINING = int(Presence.DAY_OFF), int(Presence.LEAVE), int(Presence.SICK), int(Presence.IN_TRAINING)


@jit
def presence_on(office: Office, post: int, day: int) -> int:
    """The presence of the post's coach on a working day, as known now."""
    coaches = office.coaches
    if coaches["state"][post] == VACANT or (coaches["weekdays"][post] >> office.days["weekday"][day]) & 1 == 0:
        return DAY_OFF
    if office.leave[post, day] == ON_LEAVE:
        return ON_LEAVE
    if coaches["spell"][post] >= 0:
        return SICK
    if coaches["state"][post] == IN_TRAINING:
        return TRAINING
    return ELSEWHERE if office.leave[post, day] == LENT else int(office.leave[post, day])


@jit
def plan_time_off(office: Office, post: int, first: int) -> None:
    """Draws the holder's leave for the whole horizon, and sets a newcomer's course."""
    fig = office.fig
    who = coach_who(post, office.coaches["holder"][post])
    each_day = fig["hiring_leave_days_per_year"][0] / WORKING_DAYS_PER_YEAR
    whole_week = each_day * fig["hiring_leave_in_weeks_share"][0]
    single = (each_day - whole_week) / (1.0 - whole_week) if whole_week < 1.0 else 0.0
    for day in range(first, len(office.days)):
        office.leave[post, day] = 0
        off = draw(office, Stream.LEAVE_WEEK, who, day // WEEK) < whole_week or draw(office, Stream.LEAVE_DAY, who, day) < single
        if off and office.days["open"][day] == 1:
            office.leave[post, day] = Presence.LEAVE
    if office.coaches["holder"][post] > 0 and not joined_in_pause(office, post):
        set_course(office, post, first + WEEK * fig["hiring_mental_health_course_week"][0])
    _post_elsewhere(office, post, first)


@jit
def joined_in_pause(office: Office, post: int) -> bool:
    """Whether the coach joined while the mental-health course was paused."""
    day = office.coaches["service_day"][post]
    return office.fig["hiring_pause_from"][0] <= day <= office.fig["hiring_pause_to"][0]


@jit
def set_course(office: Office, post: int, earliest: int) -> None:
    """Reserves the days of the mental-health course, from the first day on which the coach is there."""
    coaches = office.coaches
    left = office.fig["hiring_mental_health_course_days"][0]
    day = earliest
    while left > 0 and day < len(office.days):
        works = (coaches["weekdays"][post] >> office.days["weekday"][day]) & 1 == 1
        if office.days["open"][day] == 1 and works and office.leave[post, day] == 0:
            office.leave[post, day] = Presence.COURSE
            coaches["course_day"][post] = day
            left -= 1
        day += 1


@jit
def post_elsewhere(office: Office, first: int) -> None:
    """Marks the days on which coaches are posted elsewhere, from a day on, by the policy in force."""
    for post in range(len(office.coaches)):
        _post_elsewhere(office, post, first)


@jit
def _post_elsewhere(office: Office, post: int, first: int) -> None:
    fig = office.fig
    goes = post < fig["policies_outreach_coaches"][0]
    for day in range(first, len(office.days)):
        if office.leave[post, day] == Presence.POSTED:
            office.leave[post, day] = 0
        weekday = office.days["weekday"][day]
        posted = goes and weekday < 5 and (weekday + post) % 5 < fig["policies_outreach_days_per_week"][0]
        if posted and office.days["open"][day] == 1 and office.leave[post, day] == 0:
            office.leave[post, day] = Presence.POSTED


@jit
def send_on_course(office: Office, now_day: int) -> None:
    """Each week some coaches who are not yet trained get a date for the mental-health course (C8)."""
    fig, coaches = office.fig, office.coaches
    left = fig["policies_training_coaches_per_week"][0]
    for post in range(len(coaches)):
        if left > 0 and coaches["state"][post] != VACANT and coaches["mental_health"][post] == 0 and coaches["course_day"][post] < 0:
            set_course(office, post, add_working_days(office, now_day, fig["policies_training_notice_days"][0]))
            left -= 1
