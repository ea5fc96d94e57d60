"""Sentences of a comparison: the answer, and the effect of each option."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.metrics.windows import untested_reason
from jobcentre.report.elements import (
    DASH,
    Number,
    as_input,
    followed_for,
    followed_from,
    interval,
    letters,
    number,
    of_metric,
    scenario_label,
    sentence,
    title,
    whole,
)
from jobcentre.report.saved import Saved
from jobcentre.report.tables import FOLLOWED, head_count
from jobcentre.stats.comparisons import verdict_text

OVERLOADED, MISSED, LEAVING = "overloaded_share", "missed_share", "leavers_of_start"
#: Columns of a difference, and the labels of their numbers.
DIFFERENCE = {"difference": "difference", "low": "difference_low", "high": "difference_high"}
#: Metrics described for each option in sentences.
EFFECTS = (OVERLOADED, MISSED, "appointments_held_per_coach_day", "contact_minutes_share")
#: Verdicts on leavers.
MORE_LEAVERS = {
    "better": "clearly fewer",
    "worse": "clearly more",
    "better_size_unsure": "fewer, perhaps by less than matters",
    "worse_size_unsure": "more, perhaps by less than matters",
    "no_material_difference": "no difference that matters",
    "unclear": "too close to call",
    "identical": "the same in every run",
}
#: Options that the answer calls by their titles; more only by their letters.
MOST_NAMED = 3
FEW_RUNS = 20
SIGNS = {
    "better": "▲", "worse": "▼", "better_size_unsure": "△", "worse_size_unsure": "▽", "no_material_difference": "=", "identical": "=",
    "unclear": "?", "not_tested": "?", "higher": "↑", "lower": "↓", "higher_size_unsure": "↑", "lower_size_unsure": "↓",
}  # fmt: skip


def mean(saved: Saved, name: str, metric: str, stat: str = "mean", group: str = "") -> Number | str:
    """The mean (or an end of its interval) of a metric of a scenario."""
    return of_metric(saved.means.get((name, metric, group), {}).get(stat), metric, stat, name, metric, group)


def with_interval(saved: Saved, name: str, metric: str, group: str = "") -> Markup:
    """A mean and its interval."""
    low, high = (mean(saved, name, metric, end, group) for end in ("low", "high"))
    middle = mean(saved, name, metric, group=group)
    if isinstance(middle, Number) and middle.value == 0 and BY_NAME[metric].share:  # an interval from whole runs would frighten for nothing
        return sentence("{} (none in {})", middle, runs(saved))
    return sentence("{} {}", mean(saved, name, metric, group=group), interval(low, high))


def difference(saved: Saved, option: str, metric: str) -> dict[str, Any]:
    """The entry of an option's difference from the base; there is none where no run ended well in all scenarios."""
    table = saved.differences
    assert table is not None
    rows = table[(table["option"] == option) & (table["metric"] == metric)]
    return {"verdict": "not_tested", "n": 0, **dict.fromkeys(DIFFERENCE)} if rows.empty else dict(rows.iloc[0].to_dict())


def change(saved: Saved, option: str, metric: str) -> Markup:
    """The change against the base with its interval, signed, or that it is identical."""
    row = difference(saved, option, metric)
    if row.get("verdict") == "identical":
        return Markup("no change")
    middle, low, high = (of_metric(row.get(stat), metric, of, option, metric, signed=True) for stat, of in DIFFERENCE.items())
    return sentence("{} {}", middle, interval(low, high))


def verdict(saved: Saved, option: str, metric: str) -> str:
    """The verdict on a headline metric in words."""
    row = difference(saved, option, metric)
    return verdict_text(row["verdict"], row["n"], untested_reason(saved.scenarios))


def answer(saved: Saved) -> Markup:
    """The answer in one sentence."""
    base = saved.base
    of_those = sentence("{} coaches in post {}", about_followed(saved, base), as_input(followed_from(saved)))
    if not saved.options:
        return sentence(
            "In {} of “{}”, {} of coach-days are overloaded and {} of appointments are missed; of {}, on average {} give notice {}.",
            runs(saved), title(saved.scenarios[base]), with_interval(saved, base, OVERLOADED), with_interval(saved, base, MISSED),
            of_those, leaving(saved, base), as_input(followed_for(saved)),
        )  # fmt: skip
    if all(mean(saved, name, OVERLOADED) == DASH for name in saved.scenarios):
        return Markup("No coach was there to work on any day that was counted.")
    effects = Markup("; ").join(
        sentence("{} {}, {}", _who(saved, option), mean(saved, option, OVERLOADED), verdict(saved, option, OVERLOADED))
        for option in saved.options
    )
    left = Markup("; ").join(
        sentence("{} {}{}", letters(saved)[option], leaving(saved, option), _more_leavers(saved, option)) for option in saved.options
    )
    return sentence(
        "Overloaded coach-days: base {}; {}.<br>Coaches who give notice {}, on average: base {} of {}; {}.",
        mean(saved, base, OVERLOADED), effects, as_input(followed_for(saved)), leaving(saved, base), of_those, left,
    )  # fmt: skip


def caution(saved: Saved) -> Markup:
    """Writes the cautions that go with the answer."""
    sentences = []
    if saved.runs < FEW_RUNS:
        sentences.append(
            sentence("{} are few: intervals are rough, and there are none below 5. Make 50 or more before a number is quoted.", runs(saved))
        )
    if saved.responses is not None:
        sentences.append(
            Markup(
                "Leavers are given at a low / central / high response to strain: nobody knows which is right. Brackets hold 95 % intervals."
            )
        )
    return Markup(" ").join(sentences)


def runs(saved: Saved) -> Markup:
    """Writes the number of runs."""
    return sentence("{} {}", whole(saved.runs, "runs"), "run" if saved.runs == 1 else "runs")


def followed(saved: Saved, name: str) -> Number | str:
    """Coaches in post on the reference date, mean over runs."""
    counts = _in_post(saved, name)
    return number(counts.mean() if len(counts) else None, "coaches", "followed", name)


def about_followed(saved: Saved, name: str) -> Markup | str:
    """The same as a head count, for a sentence: runs differ by a coach or two in who is there on that day."""
    counts = _in_post(saved, name)
    if counts.empty:
        return DASH
    about, text = head_count(list(counts))
    return sentence("{}{}", about, Number(float(counts.mean()), text, ("followed", name)))


def _in_post(saved: Saved, name: str) -> pd.Series:
    rows = saved.metrics[(saved.metrics["scenario"] == name) & (saved.metrics["metric"] == FOLLOWED) & (saved.metrics["point"] == 0)]
    return rows["denominator"]


def effect(saved: Saved, option: str) -> Markup:
    """Writes the effect of an option on coaches and customers as a sentence."""
    effects = Markup("; ").join(_effect_on(saved, option, metric) for metric in EFFECTS)
    return sentence(
        "<b>{}</b>: {}; coaches in post {} who give notice {}: {} instead of {}{}.",
        scenario_label(saved, option), effects, as_input(followed_from(saved)), as_input(followed_for(saved)), leaving(saved, option),
        leaving(saved, saved.base), _more_leavers(saved, option),
    )  # fmt: skip


def _who(saved: Saved, option: str) -> str:
    """An option's letter, with its title where there are few."""
    return f"{scenario_label(saved, option).replace(': ', ' – ', 1)}:" if len(saved.options) <= MOST_NAMED else letters(saved)[option]


def _by_response(saved: Saved, name: str) -> list[dict[str, Any]]:
    if saved.responses is None:
        return []
    rows = saved.responses[saved.responses["scenario"] == name]
    return [row for row in rows.to_dict("records") if not pd.isna(row["mean"])]


def leaving(saved: Saved, name: str) -> Markup:
    """Leavers under a low, a central and a high response to strain, or as the scenario is where only that was made."""
    rows = _by_response(saved, name)
    if not rows:
        return sentence("{}", mean(saved, name, LEAVING))
    values = [of_metric(row["mean"], LEAVING, "response", row["response"], name, "mean") for row in rows]
    return Markup(" / ").join(sentence("{}", value) for value in values)


def _more_leavers(saved: Saved, option: str) -> Markup:
    """Compares leavers with the base at each scenario's own response to strain; nothing where the responses differ."""
    own = saved.scenarios[option].settings.strain.response
    if saved.scenarios[saved.base].settings.strain.response != own:  # the tables compare like with like
        return Markup()
    verdicts = [row["verdict"] for row in _by_response(saved, option) if row["response"] == own]
    return sentence(", {}", MORE_LEAVERS[verdicts[0]]) if verdicts and verdicts[0] in MORE_LEAVERS else Markup()


def _effect_on(saved: Saved, option: str, metric: str) -> Markup:
    row = difference(saved, option, metric)
    label = BY_NAME[metric].label.lower()
    before, after = mean(saved, saved.base, metric), mean(saved, option, metric)
    if DASH in (before, after):
        return sentence("{}: none counted", label)
    if row["verdict"] == "identical":
        return sentence("{} {} in every run as in the base", label, before)
    return sentence("{} from {} to {}, {}, {}", label, before, after, _up_or_down(saved, option, metric), verdict(saved, option, metric))


def _up_or_down(saved: Saved, option: str, metric: str) -> Markup:
    """Writes the change as up or down where the whole interval has one sign, else with signs."""
    row = difference(saved, option, metric)
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or pd.isna(low) or low <= 0 <= high:
        return sentence("change {}", change(saved, option, metric))
    sign, less = (1, ()) if low > 0 else (-1, ("less",))
    ends = [of_metric(sign * row[stat], metric, *less, of, option, metric, signed=True) for stat, of in DIFFERENCE.items()]
    middle, *limits = (one._replace(text=one.text.lstrip("+")) for one in ends if isinstance(one, Number))
    return sentence("{} by {} {}", "up" if low > 0 else "down", middle, interval(*limits[::sign]))
