"""What a report says in sentences: the answer, and what each option does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
from markupsafe import Markup

from sim.metrics import BY_NAME, HEADLINES
from sim.reporting.report.names import called, letters, title
from sim.reporting.report.numbers import DASH, Number, bare, interval, of_metric, say, whole
from sim.reporting.report.saved import Saved
from sim.stats.comparisons import VERDICT_WORDS

OVERLOADED, MISSED, LEAVING = "overloaded_share", "missed_share", "leavers_of_start"
#: Columns of a difference, and what their numbers are called.
DIFFERENCE = {"difference": "difference", "low": "difference_low", "high": "difference_high"}
#: Order in which verdicts are counted up.
ORDER = ("better", "worse", "no_material_difference", "identical", "unclear", "higher", "lower")
#: A verdict after "is" or "are".
IS = {
    "better": "clearly better", "worse": "clearly worse", "no_material_difference": "without a difference that matters",
    "identical": "identical", "unclear": "too close to call", "higher": "higher", "lower": "lower",
}  # fmt: skip
SIGNS = {"better": "▲", "worse": "▼", "no_material_difference": "=", "identical": "=", "unclear": "?", "higher": "↑", "lower": "↓"}


def mean(saved: Saved, name: str, metric: str, stat: str = "mean", group: str = "") -> Number | str:
    """The mean (or an end of its interval) of a metric of a scenario."""
    return of_metric(_entry(saved.summary, scenario=name, metric=metric, group=group).get(stat), metric, stat, name, metric, group)


def with_interval(saved: Saved, name: str, metric: str, group: str = "") -> Markup:
    """A mean and its interval."""
    low, high = (mean(saved, name, metric, end, group) for end in ("low", "high"))
    return say("{} {}", mean(saved, name, metric, group=group), interval(low, high))


def difference(saved: Saved, option: str, metric: str) -> dict[str, Any]:
    """The entry of an option's difference from the base."""
    assert saved.differences is not None
    return _entry(saved.differences, option=option, metric=metric)


def change(saved: Saved, option: str, metric: str) -> Markup:
    """The change against the base with its interval, signed, or that it is identical."""
    row = difference(saved, option, metric)
    if row.get("verdict") == "identical":
        return Markup("no change")
    middle, low, high = (of_metric(row.get(stat), metric, of, option, metric, signed=True) for stat, of in DIFFERENCE.items())
    return say("{} {}", middle, interval(low, high))


def verdict(saved: Saved, option: str, metric: str) -> str:
    """The verdict on a headline metric in words."""
    return VERDICT_WORDS[difference(saved, option, metric)["verdict"]]


def answer(saved: Saved) -> Markup:
    """The answer in one sentence."""
    if not saved.options:
        return say(
            "In {} runs of “{}”, {} of coach-days are overloaded, {} of appointments are missed, "
            "and {} of the coaches in post at the reference date give notice within a year.",
            whole(saved.runs, "runs"), title(saved.scenarios[saved.base]), with_interval(saved, saved.base, OVERLOADED),
            with_interval(saved, saved.base, MISSED), with_interval(saved, saved.base, LEAVING),
        )  # fmt: skip
    if len(saved.options) == 1:
        return say("{} {}.", effect(saved, saved.options[0]), tally(saved, saved.options[0]))
    by = Counter(difference(saved, option, OVERLOADED)["verdict"] for option in saved.options)
    return say(
        "{} on overloaded coach-days: {}, against {} in the base; coaches of the start who give notice within a year: {}, against {}.",
        _counted(by, len(saved.options)), _each(saved, OVERLOADED), mean(saved, saved.base, OVERLOADED),
        _each(saved, LEAVING), mean(saved, saved.base, LEAVING),
    )  # fmt: skip


def effect(saved: Saved, option: str) -> Markup:
    """What an option does to overload, missed appointments and leavers, as a sentence without its end."""
    parts = [_told(saved, option, OVERLOADED), _told(saved, option, MISSED)]
    leavers = say(
        "coaches of the start who leave within a year: {} instead of {}", mean(saved, option, LEAVING), mean(saved, saved.base, LEAVING)
    )
    return say("{}: {}; {}; {}.", called(saved, option), parts[0], parts[1], leavers)


def tally(saved: Saved, option: str) -> Markup:
    """How many headline metrics got which verdict."""
    by = Counter(difference(saved, option, metric)["verdict"] for metric in HEADLINES)
    told = [say("{} {}", VERDICT_WORDS[one], whole(by[one], "verdicts", option, one)) for one in ORDER if by[one]]  # type: ignore[index]
    return say("Of the {} headline figures: {}", whole(len(HEADLINES), "headlines"), Markup(", ").join(told))


def _told(saved: Saved, option: str, metric: str) -> Markup:
    row = difference(saved, option, metric)
    label = BY_NAME[metric].label.lower()
    before, after = mean(saved, saved.base, metric), mean(saved, option, metric)
    if DASH in (before, after):
        return say("{}: none counted", label)
    if row["verdict"] == "identical":
        return say("{} stay at {} in every run", label, before)
    return say("{} from {} to {} ({}, {})", label, before, after, _more_or_less(saved, option, metric), verdict(saved, option, metric))


def _more_or_less(saved: Saved, option: str, metric: str) -> Markup:
    """The change in words: so much more or less where the whole interval says so, else signed."""
    row = difference(saved, option, metric)
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or pd.isna(low) or low <= 0 <= high:
        return say("change {}", change(saved, option, metric))
    if low > 0:
        ends = [of_metric(row[stat], metric, of, option, metric, signed=True) for stat, of in DIFFERENCE.items()]
        told = [one._replace(text=one.text.lstrip("+")) for one in ends if isinstance(one, Number)]
        return say("{} more, 95 % interval {} to {}", told[0], *map(bare, told[1:]))
    ends = [of_metric(-row[stat], metric, "less", of, option, metric, signed=True) for stat, of in DIFFERENCE.items()]
    told = [one._replace(text=one.text.lstrip("+")) for one in ends if isinstance(one, Number)]
    return say("{} fewer, 95 % interval {} to {}", told[0], bare(told[2]), bare(told[1]))


def _each(saved: Saved, metric: str) -> Markup:
    """A metric of each option with its letter."""
    return Markup(", ").join(say("{} {}", letters(saved)[option], mean(saved, option, metric)) for option in saved.options)


def _counted(by: Counter[str], of: int) -> Markup:
    """How many options got which verdict."""
    if len(by) == 1:
        ((one, _),) = by.items()
        return say("All {} options are {}", whole(of, "of_options"), IS[one])
    told = [
        say("{} {} {}", whole(by[one], "options", OVERLOADED, one), "is" if by[one] == 1 else "are", IS[one]) for one in ORDER if by[one]
    ]
    return say("Of {} options {}", whole(of, "of_options"), Markup(", ").join(told))


def _entry(table: pd.DataFrame, **which: str) -> dict[str, Any]:
    mine = table
    for column, value in which.items():
        mine = mine[mine[column] == value]
    return {} if mine.empty else mine.iloc[0].to_dict()
