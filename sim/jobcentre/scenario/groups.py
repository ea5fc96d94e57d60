"""Customer groups and their contact plans, as rows of data: a new group or appointment length needs no code."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from jobcentre.scenario.field_types import Distribution, ListedNumber, Number, Section, Whole, figure


class PhaseEnd(Section):
    """When a phase of a contact plan ends; give one of the two."""

    appointments: Whole | None = figure("after this many appointments held in the phase", "appointments", low=1, high=1000, default=None)
    weeks: Number | None = figure("this many weeks after entering the group", "weeks", above=0, high=1000, default=None)


class Phase(Section):
    """One phase of a contact plan."""

    minutes: Number = figure("Planned minutes of an appointment", "minutes", low=1, high=480)
    every_days: Whole = figure(
        "Working days between appointments; the time before an appointment of this phase", "working days", low=1, high=260
    )
    ends_after: PhaseEnd | None = figure("When the phase ends; the last phase has none", "rows", fixed=True, default=None)
    first_meeting: bool = figure(
        "Whether this is the first commitments meeting (own admin, may be shortened)", "yes or no", fixed=True, default=False
    )
    low_need: bool = figure(
        "Whether a share of these reviews may be handled without a coach (`digital`)", "yes or no", fixed=True, default=False
    )


class Plan(Section):
    """A contact plan: phases in order, and the share of the group that follows it."""

    share: Number = figure("Share of the group's customers on this plan; the shares of a group add to one", "share", low=0, high=1)
    phases: dict[str, Phase] = Field(description="Phases in order, each with a name", min_length=1, max_length=6)


class Exit(Section):
    """One way out of a group, at a constant rate."""

    per_month: Number = figure("Rate per month (365.25 ÷ 12 days)", "share per month", low=0, high=5)
    to: str | None = figure("Group the customer moves to; none: leaves the caseload", "text", fixed=True, default=None)


class Decision(Section):
    """A Work Capability Assessment decision that ends the stay in a group."""

    after_days: Distribution = figure("Working days from entering the group to the decision", "distribution")
    to: dict[str, ListedNumber] = Field(description="Share of decisions that lead to each group; the shares add to one")


class Channels(Section):
    """How appointments are held; the shares add to one."""

    face_to_face: Number = figure("Share face to face", "share", low=0, high=1)
    telephone: Number = figure("Share by telephone", "share", low=0, high=1)
    video: Number = figure("Share by video", "share", low=0, high=1)
    failed_factor_telephone: Number = figure("Failed-to-attend share by telephone ÷ face to face", "ratio", low=0, high=5)
    failed_factor_video: Number = figure("Failed-to-attend share by video ÷ face to face", "ratio", low=0, high=5)


class Group(Section):
    """One customer group: how many, how long, how often seen, how they attend and what work they make."""

    number: Whole = figure(
        "The group's own number; it is part of each customer's identity for chance and never changes", "number", low=1, high=63, fixed=True
    )
    label: str = figure("Name for people to read", "text", fixed=True)
    health: bool = figure("Whether this is a health journey group", "yes or no", fixed=True)
    compulsory: bool = figure("Whether contact is compulsory (in `lcwra` it is voluntary)", "yes or no", fixed=True)
    stock_per_post: Number = figure("Customers in contact per post at the start", "customers per post", low=0, high=2000, fixed=True)
    without_contact_per_post: Number = figure(
        "Customers without contact per post, from whom volunteers come; a number, not simulated one by one",
        "customers per post",
        low=0,
        high=5000,
        default=0.0,
    )
    volunteers_per_month: Number = figure(
        "Share of those without contact who ask for contact", "share per month", low=0, high=1, default=0.0
    )
    arrivals_per_post_day: Number | None = figure(
        "Starts per post and working day; none: derived so that the expected stock is constant",
        "customers per post and working day",
        low=0,
        high=100,
        default=None,
    )
    keeps_contact_share: Number = figure(
        "Share of those who move into this group who stay in contact; the others leave the caseload", "share", low=0, high=1, default=1.0
    )
    exits: dict[str, Exit] = Field(
        description="Ways out at a constant rate: into_work, closes_claim, health_worsens, stops_contact or others", max_length=4
    )
    decision: Decision | None = figure("Decision that ends the stay, if any", "rows", fixed=True, default=None)
    plans: dict[str, Plan] = Field(description="Contact plans with their shares", min_length=1, max_length=4)
    booked_with: Literal["own_first", "own_only", "pooled"] = figure(
        "Whose diary is searched: the own coach's and then, if `diary.any_coach`, anyone's; only the own coach's; or at once anyone's",
        "choice",
        default="own_first",
    )
    promised_minutes_13_weeks: Number | None = figure(
        "Without effect: contacts count now, not minutes (`usual_contacts_13_weeks`)",
        "minutes",
        above=0,
        high=5000,
        fixed=True,
        default=None,
    )
    usual_contacts_first_13_weeks: Number = figure(
        "Appointments held in the first 13 weeks in the group under ordinary rules", "appointments", low=0, high=1000, default=0.0
    )
    usual_contacts_13_weeks: Number = figure("Appointments held in 13 weeks thereafter", "appointments", low=0, high=1000, default=0.0)
    need: Distribution = figure("Minutes a conversation needs, as a ratio to its planned minutes", "distribution")
    failed_share: Number = figure(
        "Share of booked appointments that a typical customer fails to attend while nothing bears on it", "share", low=0, high=1
    )
    rearranged_share: Number = figure("Share of bookings that the customer rearranges", "share", low=0, high=1)
    late_share: Number = figure("Share of those who attend who come late", "share", low=0, high=1)
    complex_share: Number = figure("Share of customers who are complex (on licence, safeguarding needs)", "share", low=0, high=1)
    messages_per_week: Number = figure("Journal messages and to-dos per customer on the caseload", "messages per week", low=0, high=100)
    referral_share: Number = figure("Share of conversations that end with a referral", "share", low=0, high=1)
    referrals_to: dict[str, ListedNumber] = Field(
        description="Share of referrals of each kind; the shares add to one; none: all of one kind, by `conversation` and `admin`",
        default={},
    )
    referral_pauses_contact_share: Number = figure(
        "Share of referrals to a programme that pauses contact; without effect where `referrals_to` is given", "share", low=0, high=1
    )
    to_specialists: bool = figure(
        "Whether this group is with the specialists (`office.specialist_share`), as complex customers are; they begin with no others then",
        "yes or no",
        default=False,
    )
    fills_gaps: bool = figure("Whether this group is called in to fill free slots (`diary.fill_target_share`)", "yes or no", default=False)
    channels: Channels = Field(description="How appointments are held")


class PartsOfOne(NamedTuple):
    """Shares that add to one: where they stand below the group, and each by its name and where it stands."""

    path: tuple[str, ...]
    shares: dict[str, float]
    last: tuple[str, ...] = ()

    def place(self, name: str) -> tuple[str, ...]:
        """Where the share of this name stands below the group."""
        return (*self.path, name, *self.last)


def parts_of_one(group: Group) -> list[PartsOfOne]:
    """Every set of a group's shares that add to one."""
    channels = group.channels
    parts = [
        PartsOfOne(("plans",), {name: plan.share for name, plan in group.plans.items()}, ("share",)),
        PartsOfOne(("channels",), {"face_to_face": channels.face_to_face, "telephone": channels.telephone, "video": channels.video}),
    ]
    if group.decision is not None:
        parts.append(PartsOfOne(("decision", "to"), group.decision.to))
    if group.referrals_to:
        parts.append(PartsOfOne(("referrals_to",), group.referrals_to))
    return parts
