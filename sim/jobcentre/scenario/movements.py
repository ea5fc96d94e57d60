"""People who go, come or are away on a date: coaches who leave, join or are lent, and customers who move in or out together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobcentre.scenario.field_types import Date, ListedNumber, Section, Whole, figure


class Movement(Section):
    """What happens to people on one date, or on the next working day; nobody knows of it before."""

    date: Date = figure("The date", "date", fixed=True)
    leave: Whole = figure("Coaches who leave for good that day", "coaches", low=0, high=4000, fixed=True, default=0)
    service: Literal["any", "under_a_year", "over_a_year"] = figure(
        "Which coaches leave: any, or those with so much service", "choice", fixed=True, default="any"
    )
    contagious: bool = figure("Whether their leaving makes colleagues leave, as a notice does", "yes or no", fixed=True, default=False)
    join: Whole = figure("Coaches who come beside those of the posts", "coaches", low=0, high=1000, fixed=True, default=0)
    trained: bool = figure(
        "Whether they are trained and at full capacity; else they are trained first", "yes or no", fixed=True, default=True
    )
    absent: Whole = figure(
        "Coaches of the office who are away, for one lent to another office", "coaches", low=0, high=4000, fixed=True, default=0
    )
    until: Date | None = figure(
        "The last day of those who come or are away; none: those who come stay for good", "date", fixed=True, default=None
    )
    customers: dict[str, ListedNumber] = Field(
        description="Customers of each group who move in that day, or out where the number is negative", default={}
    )
