"""The kinds of value a scenario figure can have, and how a figure states its unit and limits."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from jobcentre.scenario.numbers import PointNumber

Family = Literal["constant", "exponential", "lognormal", "gamma", "triangular", "uniform", "table"]


class Section(BaseModel):
    """A frozen part of a scenario; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def figure(
    doc: str,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    fixed: bool = False,
    decided: bool = False,
    off: Any = None,
    default: Any = ...,
) -> Any:
    """Declares one figure: what it means, its unit and its limits.

    `low` and `high` are allowed values, `above` is an exclusive lower limit; `fixed` figures (the grain of the
    office, the start, the period) cannot be changed from a date. Management knows what is `decided`: no doubt about it is drawn.
    `off` is the value at which a policy or rule does nothing.
    """
    extra: dict[str, Any] = {"unit": unit, "changeable": not fixed, "decided": decided}
    if off is not None:
        extra["off"] = off
    declared = Field(
        default,
        description=doc,
        ge=low,
        le=high,
        gt=above,
        allow_inf_nan=False if unit not in _NOT_NUMBERS else None,
        json_schema_extra=extra,
    )
    if unit not in _NOT_NUMBERS:
        limits = {"low": low if low is not None else above, "high": high}
        declared.metadata.append(
            BeforeValidator(partial(_one_reading, **{key: value for key, value in limits.items() if value is not None}))
        )
    return declared


def _one_reading(value: Any, **limits: float) -> Any:
    if isinstance(value, PointNumber) and (wrong := value.refused(whole=False, **limits)):
        raise ValueError(wrong)
    return value


_NOT_NUMBERS = {"choice", "text", "yes or no", "date", "weekdays", "time", "distribution", "rows"}


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("yes/no given where a number is expected")
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            raise ValueError("the number is too large") from None
    if isinstance(value, float) and not math.isfinite(value):  # also in rows, which have no limits of their own
        raise ValueError(f"is {value:g} but must be an ordinary number")
    if isinstance(value, PointNumber):
        return value  # whether its text has two readings is for the limits of the figure to say
    return value + 0.0 if isinstance(value, float) else value  # -0.0 is 0


def whole_number(value: Any) -> Any:
    """The whole number of a value such as 23.0, and any other value as it is; ValueError where it can be read in two ways."""
    if isinstance(value, bool):
        raise ValueError("yes/no given where a whole number is expected")
    if isinstance(value, PointNumber):
        raise ValueError(value.refused(whole=True))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})$", re.ASCII)


def seconds_of_day(value: Any) -> Any:
    """Seconds after midnight of a time written `HH:MM`; 24:00 is the end of the day."""
    if not isinstance(value, str):
        raise ValueError("a time of day is written in quotes or plainly as HH:MM, for example 10:30")
    match = _CLOCK.match(value.strip())
    if not match or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 24 * 60:
        raise ValueError(f"{value!r} is not a time of day (HH:MM between 00:00 and 24:00)")
    return int(match[1]) * 3600 + int(match[2]) * 60


def clock(second: int) -> str:
    """`HH:MM` of a second of the day."""
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)


def date_of(value: Any) -> dt.date:
    """The date written `YYYY-MM-DD`."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("a date is written YYYY-MM-DD, for example 2023-09-04")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"there is no such date as {value}") from None


Number = Annotated[float, BeforeValidator(_number), AfterValidator(float)]
#: A number of a list or mapping: it has no limits that leave it one reading.
ListedNumber = Annotated[Number, BeforeValidator(_one_reading)]
Whole = Annotated[int, BeforeValidator(whole_number)]
Date = Annotated[dt.date, BeforeValidator(date_of)]
TimeOfDay = Annotated[int, BeforeValidator(seconds_of_day), PlainSerializer(clock, return_type=str)]


class Distribution(Section):
    """A duration by its mean and coefficient of variation, in the unit of the figure that holds it."""

    mean: Number = figure("Mean", "as the figure", above=0, high=1e6)
    cv: Number = figure("Coefficient of variation: standard deviation ÷ mean", "ratio", low=0, high=5, default=0.0)
    family: Family = figure("Shape of the distribution", "choice", fixed=True, default="lognormal")
    quantiles: tuple[ListedNumber, ...] | None = figure(
        "For family `table`: equally spaced quantiles (0 to 1), in any scale; the mean is set by `mean`",
        "rows",
        fixed=True,
        default=None,
    )
