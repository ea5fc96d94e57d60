"""Who comes to a booked appointment: what bears on it, and its outcome when nobody comes or nobody waits."""

from __future__ import annotations

from jobcentre.model.compiling import jit
from jobcentre.model.events import ExitCause, Flag, Task
from jobcentre.model.inputs import seconds
from jobcentre.model.log_writers import log_failed, log_walked_out
from jobcentre.model.random_numbers import Stream
from jobcentre.model.rules.attendance import failed_chance, waiting_ratio
from jobcentre.model.state import EXPECTED, GONE, Office
from jobcentre.model.steps.booking import book_again, forget_booking
from jobcentre.model.steps.caseload_exits import rapport_of
from jobcentre.model.steps.customers import leave_caseload
from jobcentre.model.steps.primitives import DAY, add_working_days, draw, happens, seconds_drawn
from jobcentre.model.steps.tasks import make_task

TELEPHONE, VIDEO = 1, 2
OWN_CHANNEL = 0  # address of the customer's own, before any booking
MOST_IN_A_ROW = 100  # failures in a row that are counted
NEVER_LEAVES = -1  # customers["leaves_at"]


@jit
def _draw_channel(office: Office, customer: int) -> int:
    """The channel of this appointment, mostly the customer's own: 0 face to face, 1 telephone, 2 video (M16)."""
    customers, groups = office.customers, office.groups
    group, who = customers["group"][customer], customers["who"][customer]
    telephone, video = groups["channels_telephone"][0, group], groups["channels_video"][0, group]
    if telephone + video <= 0.0:
        return 0
    u, kept = draw(office, Stream.CHANNEL, who, customers["occasions"][customer]), office.fig["conversation_channel_kept_share"][0]
    u = draw(office, Stream.CHANNEL, who, OWN_CHANNEL) if u < kept else (u - kept) / (1.0 - kept)
    if u < telephone:
        return TELEPHONE
    return VIDEO if u < telephone + video else 0


@jit
def flags_beforehand(office: Office, post: int, customer: int) -> int:
    """Flag bits of what is known before an appointment begins."""
    customers = office.customers
    flags = 0
    if customers["cover"][customer] == 1:
        flags |= Flag.COVER
    if customers["last_id"][customer] >= 0:
        flags |= Flag.HAS_LAST
        if customers["last_id"][customer] == office.coaches["id"][post]:
            flags |= Flag.SAME_COACH
    if customers["first"][customer] == 1:
        flags |= Flag.FIRST_MEETING
    if customers["complex"][customer] == 1:
        flags |= Flag.COMPLEX
    if customers["failed_in_a_row"][customer] > 0:
        flags |= Flag.LAST_FAILED
    if customers["calls_open"][customer] > 0:
        flags |= Flag.CALL_OPEN
    if customers["last_poor"][customer] == 1:
        flags |= Flag.LAST_POOR
    if customers["called_in"][customer] == 1:
        flags |= Flag.CALLED_IN
    channel = customers["channel"][customer]
    if channel == TELEPHONE:
        flags |= Flag.TELEPHONE
    elif channel == VIDEO:
        flags |= Flag.VIDEO
    if channel != 0 and customers["remote"][customer] == 0:
        flags |= Flag.FIRST_REMOTE
    return flags


@jit
def chance_of_failing(office: Office, post: int, customer: int, flags: int) -> float:
    """Chance that the customer fails to attend this appointment, on the odds scale."""
    fig, groups, customers = office.fig, office.groups, office.customers
    group = customers["group"][customer]
    ratios = customers["propensity"][customer]
    if flags & Flag.FIRST_REMOTE:
        ratios = ratios * fig["attendance_first_remote_ratio"][0]
    elif flags & Flag.TELEPHONE:
        ratios = ratios * groups["channels_failed_factor_telephone"][0, group]
    elif flags & Flag.VIDEO:
        ratios = ratios * groups["channels_failed_factor_video"][0, group]
    if fig["policies_reminders_on"][0] == 1:
        ratios = ratios * fig["policies_reminders_failed_factor"][0]
    ratios = ratios * (1.0 + (fig["conversation_rapport_failed_factor"][0] - 1.0) * rapport_of(office, customer))
    if office.coaches["mental_health"][post] == 1 and groups["health"][0, group] == 1:
        ratios = ratios * (1.0 - fig["hiring_mental_health_effect"][0])
    ratios = ratios * waiting_ratio(customers["late_days"][customer], fig["attendance_waiting_each_day"][0])
    if flags & Flag.LAST_FAILED:
        ratios = ratios * fig["attendance_last_failed_ratio"][0]
    if flags & Flag.CALL_OPEN:
        ratios = ratios * fig["attendance_call_open_ratio"][0]
    if flags & Flag.LAST_POOR:
        ratios = ratios * fig["attendance_poor_meeting_ratio"][0]
    if flags & Flag.CALLED_IN:
        ratios = ratios * fig["attendance_called_in_ratio"][0]
    if flags & Flag.HAS_LAST and not flags & Flag.SAME_COACH:
        ratios = ratios * fig["attendance_new_coach_ratio"][0]
    if groups["compulsory"][0, group] == 0:
        ratios = ratios * fig["attendance_by_choice_ratio"][0]
    return failed_chance(groups["failed_share"][0, group], ratios)


@jit
def draw_attendance(office: Office, post: int, customer: int) -> None:
    """Draws whether the customer comes today, how late, and until when they wait for the coach."""
    fig, customers = office.fig, office.customers
    group, who, k = customers["group"][customer], customers["who"][customer], customers["occasions"][customer]
    customers["channel"][customer] = _draw_channel(office, customer)
    chance = chance_of_failing(office, post, customer, flags_beforehand(office, post, customer))
    customers["today"][customer], customers["lateness"][customer], customers["leaves_at"][customer] = EXPECTED, 0, NEVER_LEAVES
    customers["comes"][customer] = 0 if happens(office, Stream.ATTEND, who, k, chance) else 1
    if customers["comes"][customer] == 0:
        return
    if happens(office, Stream.LATE, who, k, office.groups["late_share"][0, group]):
        late = seconds_drawn(
            office,
            60.0 * fig["conversation_late_minutes_mean"][0],
            fig["conversation_late_minutes_table"][0],
            draw(office, Stream.LATE_BY, who, k),
        )
        if late >= seconds(fig["conversation_wait_before_failed_minutes"][0]):
            customers["comes"][customer] = 0
            return
        customers["lateness"][customer] = late
    if fig["conversation_patience_minutes"][0] > 0.0:
        patience = seconds_drawn(
            office,
            60.0 * fig["conversation_patience_minutes"][0],
            fig["conversation_patience_table"][0],
            draw(office, Stream.PATIENCE, who, k),
        )
        customers["leaves_at"][customer] = customers["start"][customer] + customers["lateness"][customer] + patience


@jit
def fail_to_attend(office: Office, post: int, customer: int, now: int) -> None:
    """Nobody came: a follow-up call is to be made, and the appointment is due again unless the claim ends with this failure."""
    customers, most = office.customers, office.fig["attendance_ends_claim_after"][0]
    flags = flags_beforehand(office, post, customer)
    log_failed(office, now, post, customer, chance_of_failing(office, post, customer, flags), flags)
    customers["today"][customer], customers["seen_day"][customer] = GONE, now // DAY
    customers["failed_in_a_row"][customer] = min(customers["failed_in_a_row"][customer] + 1, MOST_IN_A_ROW)
    if 0 < most <= customers["failed_in_a_row"][customer] and office.groups["compulsory"][0, customers["group"][customer]] == 1:
        forget_booking(office, customer)
        leave_caseload(office, customer, ExitCause.FAILED_TO_ATTEND, now)
        return
    make_task(office, post, Task.FAILED, customer, now, 0)
    _due_again(office, customer, now)


@jit
def walk_out(office: Office, post: int, customer: int, now: int) -> None:
    """The customer has waited long enough: missed by the office's fault, and due again; what became of the last one stays."""
    customers = office.customers
    waited = now - customers["start"][customer] - customers["lateness"][customer]
    log_walked_out(office, now, post, customer, waited)
    customers["today"][customer], customers["seen_day"][customer] = GONE, now // DAY
    make_task(office, post, Task.CANCELLED, customer, now, 0)
    _due_again(office, customer, now)


@jit
def _due_again(office: Office, customer: int, now: int) -> None:
    today = now // DAY
    book_again(office, customer, add_working_days(office, today, office.fig["diary_rebook_failed_days"][0]), now, today + 1)
