"""What a scenario may say: every figure with its meaning, unit and limits, declared once.

The text beside each field is its documentation; the reference table, `jobcentre show` and the engines' numeric
records are generated from here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from jobcentre.scenario.coaches import Hiring, Leaving, Money, Response, Sickness, Strain
from jobcentre.scenario.field_types import Date, Distribution, Number, Section, TimeOfDay, Whole, figure
from jobcentre.scenario.groups import Group
from jobcentre.scenario.movements import Movement
from jobcentre.scenario.policies import Policies

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Period(Section):
    """Which weeks are simulated and which are counted."""

    start: Date = figure("First counted date (a Monday)", "date", fixed=True)
    warmup_weeks: Whole = figure("Weeks simulated before counting starts", "weeks", low=0, high=520, fixed=True, decided=True)
    weeks: Whole = figure("Counted weeks", "weeks", low=1, high=1040, fixed=True, decided=True)
    reference_date: Date | None = figure(
        "Date of the change: coaches in post then are followed for 364 days, headlines are taken from then on; none: the first dated change",
        "date",
        fixed=True,
        default=None,
    )
    measured_from: Date | None = figure("Headlines are taken from this date; none: from the change on", "date", fixed=True, default=None)
    measured_to: Date | None = figure(
        "Headlines are taken to this date, which is included; none: to the end", "date", fixed=True, default=None
    )


class Office(Section):
    """The office: its hours, its posts and its grain."""

    coaches: Whole = figure("Work coaches at the start", "coaches", low=0, high=4000, fixed=True, decided=True)
    establishment: Whole | None = figure(
        "Posts that may be filled; none: as many as coaches at the start", "posts", low=0, high=4000, default=None, decided=True
    )
    part_time_share: Number = figure(
        "Share of coaches who work part time (fewer days, full length), rounded to whole coaches",
        "share",
        low=0,
        high=1,
        fixed=True,
        decided=True,
    )
    part_timers: Whole | None = figure(
        "How many of the coaches at the start work part time; none: by `part_time_share`",
        "coaches",
        low=0,
        high=4000,
        fixed=True,
        default=None,
        decided=True,
    )
    part_time_days: Whole = figure("Days a week of a part-time coach", "days per week", low=1, high=7, fixed=True, decided=True)
    specialist_share: Number = figure(
        "Share of coaches who hold complex customers and groups with `to_specialists`; 0: everybody does",
        "share",
        low=0,
        high=1,
        fixed=True,
        off=0.0,
        default=0.0,
        decided=True,
    )
    first_year_share: Number = figure(
        "Share of coaches with under a year's service on `period.reference_date`, if that lies within a year, else at the start",
        "share",
        low=0,
        high=1,
        fixed=True,
    )
    open_days: tuple[Weekday, ...] = figure("Days of the week on which the office is open", "weekdays", fixed=True)
    bank_holidays: Literal["england", "none"] = figure("Whose bank holidays are kept", "choice", fixed=True)
    opens: TimeOfDay = figure("Customers are seen from", "time", fixed=True)
    closes: TimeOfDay = figure("Customers are seen until", "time", fixed=True)
    coach_start: TimeOfDay = figure("Coaches start work", "time", fixed=True)
    coach_finish: TimeOfDay = figure("Coaches finish work; start to finish less lunch is the contracted day", "time", fixed=True)
    lunch_start: TimeOfDay = figure("Unpaid lunch begins", "time", fixed=True)
    lunch_minutes: Whole = figure("Length of the unpaid lunch; 0: none", "minutes", low=0, high=240, fixed=True, decided=True)
    slot_minutes: Whole = figure("Length of a diary slot", "minutes", low=1, high=480, fixed=True, decided=True)
    meeting_minutes: Number = figure(
        "Team meeting and preparation at the start of each coach's day", "minutes", low=0, high=480, decided=True
    )


class Demand(Section):
    """Customers and contacts; it belongs to the office, not to its coaches."""

    posts: Whole = figure(
        "Posts that the demand stands for; scales stocks and arrivals", "posts", low=0, high=4000, fixed=True, decided=True
    )
    starts_factor: Number = figure("Factor on the starts of every group", "ratio", low=0, high=6)
    unscheduled_per_post_day: Number = figure("Walk-ins and urgent calls", "contacts per post and working day", low=0, high=600)
    unscheduled_patience_minutes: Number = figure(
        "How long a walk-in waits before giving up, mean; 0: until closing", "minutes", low=0, high=1440, off=0.0, default=0.0
    )
    unscheduled_patience_cv: Number = figure("Spread of that patience (lognormal)", "ratio", low=0, high=3, default=0.0)
    unscheduled_priority_share: Number = figure(
        "Share of walk-ins who go before the others, for example without food or home; 0: none",
        "share",
        low=0,
        high=1,
        off=0.0,
        default=0.0,
    )
    unscheduled_peak_factor: Number = figure(
        "Walk-ins an hour in the first two hours ÷ later; 1: the same all day", "ratio", above=0, high=20, off=1.0, default=1.0
    )
    unscheduled_monday_factor: Number = figure(
        "Walk-ins on a Monday ÷ on another day; 1: the same all week", "ratio", above=0, high=20, off=1.0, default=1.0
    )
    unscheduled_places: Whole | None = figure(
        "Places for walk-ins who wait; who finds none is turned away at once; none: no limit", "places", low=0, high=1000, default=None
    )
    unscheduled_minutes: Distribution = figure("Minutes an unscheduled contact needs; the mean is the planned time", "distribution")


class Diary(Section):
    """Booking rules."""

    appointments_per_day: Whole = figure(
        "Most bookings of one coach on one day", "appointments per coach-day", low=0, high=400, decided=True
    )
    template: Literal["spread", "earliest"] = figure("Order in which starts are offered", "choice")
    bookings_per_start: Whole = figure(
        "Bookings that one coach may have at one start; 2: the second is seen after the first, or instead",
        "appointments",
        low=1,
        high=4,
        fixed=True,
        off=1,
        default=1,
        decided=True,
    )
    seen_by: Literal["booked_coach", "whoever_is_free"] = figure(
        "Who sees a booked customer: the coach of the booking, or any coach who is free by then",
        "choice",
        off="booked_coach",
        default="booked_coach",
    )
    protected_admin_minutes: Whole = figure("Admin time of each day that takes no new bookings", "minutes", low=0, high=1440, decided=True)
    protected_admin_start: TimeOfDay | None = figure(
        "When protected admin time begins; none: at the end of the bookable day", "time", default=None
    )
    protected_windows: Whole = figure(
        "Times of day over which protected admin is spread, coach by coach; 1: the same for all", "windows", low=1, high=5, off=1, default=1
    )
    own_coach_tolerance_days: Whole = figure(
        "Days after the due day within which the own coach is sought first", "working days", low=0, high=260
    )
    booking_horizon_days: Whole = figure("Days after the due day beyond which nothing is booked", "working days", low=0, high=260)
    any_coach: bool = figure("Whether another coach may be booked when the own coach is full", "yes or no")
    first_due_days: Whole = figure("Whoever enters a group without a booking is due this much later", "working days", low=1, high=260)
    rebook_failed_days: Whole = figure("A failed appointment is due again this much later", "working days", low=1, high=260)
    cover: bool = figure("Whether present colleagues take the bookings of an absent coach", "yes or no")
    cover_extra_appointments: Whole = figure("Bookings above the daily cap a coach may take as cover", "appointments", low=0, high=100)
    absence_block_days: Whole = figure(
        "From this day of a sickness spell the diary is closed to new bookings", "working days", low=1, high=260
    )
    short_notice_days: Whole = figure(
        "A leaver's booking moved within this much of its day counts as cancelled by the office", "working days", low=0, high=260
    )
    fill_target_share: Number = figure(
        "Share of slots that managers want filled by calling customers in; 0: off", "share", low=0, high=1, decided=True
    )
    fill_spacing_days: Whole = figure(
        "Nobody is called in sooner than this after their last appointment", "working days", low=1, high=260, default=5
    )
    fill_notice_days: Whole = figure("How far ahead free slots are filled", "working days", low=1, high=60)


class Conversation(Section):
    """How an appointment goes."""

    wait_before_failed_minutes: Number = figure(
        "A customer not there this long after the start has failed to attend", "minutes", low=0, high=120
    )
    late_minutes: Distribution = figure("How late the late are", "distribution")
    grace_minutes: Number = figure("Most minutes a conversation runs into lunch or past finish", "minutes", low=0, high=480)
    overrun_limit_minutes: Number | None = figure(
        "Most minutes a conversation runs into the coach's next booking; none: as into lunch", "minutes", low=0, high=480, default=None
    )
    catch_up_share: Number = figure(
        "Share of a conversation's minutes that a coach who is behind leaves out; 0: none", "share", low=0, high=0.9, off=0.0, default=0.0
    )
    turnaround_minutes: Number = figure(
        "Notes opened and identity checked between two customers who follow each other; 0: none",
        "minutes",
        low=0,
        high=60,
        off=0.0,
        default=0.0,
    )
    patience_minutes: Number = figure(
        "How long a booked customer waits for the coach before walking out, mean; 0: for ever",
        "minutes",
        low=0,
        high=1440,
        off=0.0,
        default=0.0,
    )
    patience_cv: Number = figure("Spread of that patience (lognormal)", "ratio", low=0, high=3, default=0.0)
    first_meeting_need_cv: Number | None = figure(
        "Spread of the minutes that a first meeting needs; none: as of the group's other conversations",
        "ratio",
        low=0,
        high=3,
        default=None,
    )
    reading_in_minutes: Number = figure(
        "Minutes more that a customer's first conversation with another coach needs; 0: none",
        "minutes",
        low=0,
        high=120,
        off=0.0,
        default=0.0,
    )
    channel_kept_share: Number = figure(
        "Share of appointments in the customer's own channel; the others, and at 0 all, are drawn anew",
        "share",
        low=0,
        high=1,
        off=0.0,
        default=0.0,
    )
    shortest_minutes: Number = figure("A conversation is never cut below this", "minutes", above=0, high=480)
    rushed_share: Number = figure("Cut by more than this share of the need, a conversation is rushed", "share", low=0, high=1)
    complex_need_factor: Number = figure("Minutes a complex customer needs ÷ minutes of others", "ratio", above=0, high=10)
    attendance_cv: Number = figure(
        "Spread of customers' own propensity to fail (coefficient of variation)", "ratio", low=0, high=3, fixed=True
    )
    safeguarding_share_complex: Number = figure(
        "Share of a complex customer's conversations that raise a safeguarding concern", "share", low=0, high=1
    )
    safeguarding_share: Number = figure(
        "Share of other customers' conversations that raise one; 0: none", "share", low=0, high=1, off=0.0, default=0.0
    )
    rapport_failed_factor: Number = figure("Factor on failing to attend at full rapport; 1: no effect", "ratio", low=0, high=2, off=1.0)
    rapport_stops_factor: Number = figure("Factor on stopping contact at full rapport; 1: no effect", "ratio", low=0, high=2)
    rapport_full_after: Whole = figure("Unhurried appointments with the same coach until rapport is full", "appointments", low=1, high=100)
    contact_elasticity: Number = figure(
        "Exponent of contacts in 13 weeks ÷ the usual number in the into-work rate; 0: no effect", "exponent", low=0, high=3, off=0.0
    )
    referral_pause_days: Whole = figure("How long a programme pauses contact", "working days", low=1, high=260)
    referral_follow_up_days: Whole = figure("When a referral is followed up", "working days", low=1, high=260)


class Attendance(Section):
    """What makes a booked customer more or less likely to fail to attend: odds ratios, at 1 without effect."""

    waiting_ratio: Number = figure(
        "Seen ten working days later than the plan intends", "odds ratio", low=0.1, high=20, off=1.0, default=1.0
    )
    last_failed_ratio: Number = figure("Failed to attend the last time", "odds ratio", low=0.1, high=20, off=1.0, default=1.0)
    call_open_ratio: Number = figure("The follow-up of a failure is not done yet", "odds ratio", low=0.1, high=20, off=1.0, default=1.0)
    poor_meeting_ratio: Number = figure(
        "The last meeting was rushed or began more than five minutes late", "odds ratio", low=0.1, high=20, off=1.0, default=1.0
    )
    called_in_ratio: Number = figure("Called in at short notice to fill a slot", "odds ratio", low=0.1, high=20, off=1.0, default=1.0)
    new_coach_ratio: Number = figure("Another coach than the last time", "odds ratio", low=0.1, high=20, off=1.0, default=1.0)
    first_remote_ratio: Number = figure("The first appointment by telephone or video", "odds ratio", low=0.1, high=20, off=1.0, default=1.0)
    by_choice_ratio: Number = figure(
        "Contact is voluntary (`groups.*.compulsory` is no)", "odds ratio", low=0.1, high=20, off=1.0, default=1.0
    )
    ends_claim_after: Whole = figure(
        "Failures in a row after which the claim of somebody whose contact is compulsory ends; 0: never",
        "appointments",
        low=0,
        high=100,
        off=0,
        default=0,
        decided=True,
    )


class Admin(Section):
    """Admin work: what makes it and when it is done."""

    factor: Number = figure("Factor on the minutes of every admin task except journal messages", "ratio", low=0, high=10)
    cv: Number = figure("Spread of admin minutes (lognormal)", "ratio", low=0, high=3)
    held_minutes: Number = figure("After an appointment held", "minutes", low=0, high=480)
    first_meeting_minutes: Number = figure("After a first commitments meeting (instead of the above)", "minutes", low=0, high=480)
    failed_minutes: Number = figure("After a failure to attend: call and journal", "minutes", low=0, high=480)
    decision_minutes: Number = figure(
        "For a referral to a decision maker; 0: none is made", "minutes", low=0, high=480, off=0.0, default=0.0
    )
    decision_after_days: Whole = figure(
        "Called later than this after failing to attend, or not at all, a customer is referred", "working days", low=0, high=60, default=5
    )
    decision_share: Number = figure("Share referred of those called in time", "share", low=0, high=1, default=0.0)
    rearranged_minutes: Number = figure("For a rearranged appointment", "minutes", low=0, high=480)
    cancelled_minutes: Number = figure("For an appointment the office cancels", "minutes", low=0, high=480)
    new_claim_minutes: Number = figure("For a new customer", "minutes", low=0, high=480)
    referral_minutes: Number = figure("For a referral, and again for its follow-up", "minutes", low=0, high=480)
    safeguarding_minutes: Number = figure("For a safeguarding concern", "minutes", low=0, high=480)
    safeguarding_gap_minutes: Number = figure(
        "Undisturbed time that work on a safeguarding concern needs; 0: any gap", "minutes", low=0, high=240, off=0.0, default=0.0
    )
    safeguarding_first: bool = figure(
        "Whether safeguarding goes before walk-ins and is also done in overtime, when those who must be called have gone home",
        "yes or no",
        off=True,
        default=True,
    )
    chase_per_overdue_week: Number = figure(
        "Chance that a customer chases work about them that is overdue, a week; 0: nobody chases",
        "per week",
        low=0,
        high=5,
        off=0.0,
        default=0.0,
    )
    chase_calls_share: Number = figure("Share of those who chase who come or call, the others write", "share", low=0, high=1, default=0.0)
    journal_minutes: Number = figure("For a journal message or to-do", "minutes", low=0, high=480)
    complex_factor: Number = figure("Admin minutes of complex customers ÷ of others", "ratio", low=0, high=10)
    due_days: Whole = figure("Admin is due this much after it is made", "working days", low=0, high=60)
    lapse_days: Whole = figure("Not begun this long after its due day, admin lapses", "working days", low=1, high=520)
    shortest_useful_gap_minutes: Number = figure("Shortest gap that is used for admin", "minutes", low=0, high=240)
    lunch_worked_minutes: Number = figure("Minutes of lunch worked when too much is left", "minutes", low=0, high=240)
    lunch_threshold_minutes: Number = figure(
        "Backlog beyond the free minutes left today at which lunch is worked", "minutes", low=0, high=10000
    )
    overtime_threshold_minutes: Number = figure("Backlog at finish above which a coach works on", "minutes", low=0, high=10000)
    overtime_cap_minutes: Number = figure("Most overtime of one day in the office, mean over coaches", "minutes", low=0, high=600)
    overtime_cap_cv: Number = figure(
        "Spread of coaches' own limits on overtime and work at home (mean 1, lognormal); 0: the same for all",
        "ratio",
        low=0,
        high=3,
        fixed=True,
        off=0.0,
        default=0.0,
    )
    home_share: Number = figure(
        "Share of coaches who go on at home when too much admin is unfinished; 0: none",
        "share",
        low=0,
        high=1,
        fixed=True,
        off=0.0,
        default=0.0,
    )
    home_threshold_minutes: Number = figure("Backlog above which they do", "minutes", low=0, high=10000, default=0.0)
    home_evening_minutes: Number = figure("Most minutes at home after overtime in the office", "minutes", low=0, high=600, default=0.0)
    home_weekend_minutes: Number = figure(
        "Most minutes at home on a day on which the office is closed", "minutes", low=0, high=600, default=0.0
    )


class Referral(Section):
    """One kind of referral that conversations end with."""

    minutes: Number = figure("Admin for the referral, and again for its follow-up", "minutes", low=0, high=480)
    follow_up_days: Whole = figure("When it is followed up; 0: never", "working days", low=0, high=260, default=0)
    pauses_contact_share: Number = figure("Share of those referred whose contact pauses meanwhile", "share", low=0, high=1, default=0.0)
    pause_days: Whole = figure("How long it pauses", "working days", low=1, high=520, default=1)


class Settings(Section):
    """All figures of a scenario at its start."""

    period: Period
    office: Office
    demand: Demand
    groups: dict[str, Group] = Field(description="Customer groups by name", min_length=1, max_length=12)
    referrals: dict[str, Referral] = Field(
        description="Kinds of referral by name; groups say who is referred to what", default={}, max_length=12
    )
    diary: Diary
    conversation: Conversation
    attendance: Attendance = Field(default_factory=Attendance)
    admin: Admin
    strain: Strain
    responses: dict[str, Response] = Field(description="Responses to strain by name; `strain.response` chooses one", min_length=1)
    sickness: Sickness
    leaving: Leaving
    hiring: Hiring
    policies: Policies
    money: Money
    movements: dict[str, Movement] = Field(
        description="People who go, come or are away on a date, each under a name", default={}, max_length=60
    )

    @field_validator("groups", mode="after")
    @classmethod
    def _by_number(cls, groups: dict[str, Group]) -> dict[str, Group]:
        """Groups in the order of their numbers, so that their order in a file decides nothing."""
        return dict(sorted(groups.items(), key=lambda item: item[1].number))
