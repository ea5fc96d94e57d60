"""What could reverse a comparison, in words: for the screen, JSON and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from jobcentre.metrics import BY_NAME
from jobcentre.report.tables import format_value, named
from jobcentre.runs.answers import InputsTogether, OrderOfTwo, TriedInput, UncertaintyDocument, UncertaintyInMetric
from jobcentre.scenario.schema_paths import figure_path, node_at

_DATED = "changes."
#: Options of which every pair is listed on the screen; of more, only those with the base.
_FEW = 3


def not_tested(seconds: float | None = None) -> str:
    """The sentence that stands where nobody has asked what could reverse the order, and how long it would take."""
    number = max(1, round((seconds or 0) / 60))
    minutes = f", about {number} minute{'s' * (number > 1)}" if seconds else ""
    return f"Not tested: which uncertain inputs could reverse the order of these scenarios (--uncertainty{minutes})."


def uncertainty_document(found: UncertaintyDocument | None) -> dict[str, Any] | None:
    """The answer with its sentences; None where nobody has asked."""
    if found is None:
        return None
    told = found.model_dump()
    for one, entry in zip(found.metrics, told["metrics"], strict=True):
        for pair, row in zip(one.pairs, entry["pairs"], strict=True):
            row["finding"] = finding(one, pair)
    return told


def finding(one: UncertaintyInMetric, pair: OrderOfTwo) -> str:
    """In a sentence or two: how often the order holds over draws, which input alone turns it, and what to find out next."""
    label = BY_NAME[one.metric].label.lower()
    if not pair.draws:
        return f"{pair.first} and {pair.second} have no {label} to compare."
    better = better_of(one, pair)
    other = pair.first if better == pair.second else pair.second
    share = f"{pair.same_order} of {pair.draws} simulated years with inputs drawn"
    if pair.difference.sign == 0:
        return f"The paired runs do not tell {pair.first} and {pair.second} apart in {label}; {better} is better in {share}."
    limits = f"({_percent(pair.same_order_low)} to {_percent(pair.same_order_high)})"
    parts = [f"{better} is better than {other} in {label}, and so it is in {share} {limits}."]
    if turned := pair.turned_by:
        parts.append(f"{_listed([_switch(each) for each in turned])} alone turns it round.")
    elif perhaps := pair.perhaps_turned_by:
        parts.append(f"{_listed([_with_range(each) for each in perhaps[:_FEW]])} alone may turn it round.")
    else:
        parts.append(f"None of the {len(pair.inputs)} inputs tried turns it round alone.")
        if pair.worst_pair is not None and pair.worst_pair.turns != "no":
            may = "turn" if pair.worst_pair.turns == "yes" else "may turn"
            parts.append(f"{_both(pair.worst_pair)} together {may} it round.")
    if pair.find_out:
        parts.append(f"Next to find out: {input_name(pair.find_out)}.")
    return " ".join(parts)


def order_table(found: UncertaintyDocument) -> tuple[list[str], list[tuple[str, ...]]]:
    """A header and a row for each metric: how often the order of two scenarios holds, and what turns it."""
    first = found.metrics[0].pairs
    scenarios = {name for pair in first for name in (pair.first, pair.second)}
    shown = [number for number, pair in enumerate(first) if len(scenarios) <= _FEW or pair.first == first[0].first]
    header = ["metric", *(f"{first[number].second} against {first[number].first}" for number in shown)]
    rows = [(named(one.metric), *(_cell(one, one.pairs[number]) for number in shown)) for one in found.metrics]
    return header, rows


def notes(found: UncertaintyDocument) -> list[str]:
    """What the table means, and what is to be found out next."""
    how = "taken from the members of an ensemble" if found.ensemble else "drawn"
    lines = [
        f"{found.inputs} uncertain inputs (assumed or derived, each with a range) were {how} {found.draws} times, a run each; the "
        f"{len(found.tried)} that go with the differences most were then put at either end of their range, with {found.runs_each} paired runs."
    ]
    if path := next_to_find_out(found):
        lines.append(f"Next to find out: {input_name(path)}, assumed, which is most often what moves a difference furthest.")
    if found.failed:
        lines.append(f"{found.failed} of these runs failed and are left out.")
    return lines


def next_to_find_out(found: UncertaintyDocument) -> str | None:
    """The assumed input that is most often what moves a difference furthest: the next thing to find out."""
    wanted = Counter(pair.find_out for one in found.metrics for pair in one.pairs if pair.find_out)
    return wanted.most_common(1)[0][0] if wanted else None


def input_name(path: str) -> str:
    """An input in words, with its path."""
    change, inner = _change_and_path(path)
    keys = figure_path(tuple(inner.split(".")))
    spot = node_at(keys)
    words = (spot.field.description or "") if spot is not None and spot.field is not None else ""
    words = words.partition(";")[0].partition(" (")[0].strip()
    words = words[:1].lower() + words[1:]
    dated = f" in the change “{change}”" if change else ""
    return f"{words}{dated} ({inner})" if words else f"{inner}{dated}"


def short_name(path: str) -> str:
    """An input by its path, with the change that gives it."""
    change, inner = _change_and_path(path)
    return f"{inner} (change {change})" if change else inner


def _change_and_path(path: str) -> tuple[str, str]:
    if not path.startswith(_DATED):
        return "", path
    change, _, inner = path.removeprefix(_DATED).partition(".set.")
    return change, inner


def better_of(one: UncertaintyInMetric, pair: OrderOfTwo) -> str:
    """The better of two scenarios as the inputs stand."""
    second_is_better = (pair.difference.mean > 0) == (BY_NAME[one.metric].better == "higher")
    return pair.second if second_is_better else pair.first


def _cell(one: UncertaintyInMetric, pair: OrderOfTwo) -> str:
    unit = BY_NAME[one.metric].unit
    change = format_value(pair.difference.mean, unit, signed=True)
    if pair.difference.sign == 0:
        return f"{change}: too close to call"
    lines = [f"{change}: holds in {pair.same_order} of {pair.draws} draws"]
    lines += [f"turned by {_short(each)}" for each in pair.turned_by[:2]]
    if not pair.turned_by:
        lines += [f"perhaps turned by {short_name(each.path)}" for each in pair.perhaps_turned_by[:1]]
    return "\n".join(lines)


def _short(one: TriedInput) -> str:
    return short_name(one.path) if one.switching_value is None else f"{short_name(one.path)} {_side(one)} {one.switching_value:.3g}"


def _side(one: TriedInput) -> str:
    """On which side of the value at which the order turns the other order lies."""
    return "above" if one.switching_value is not None and one.switching_value > one.value else "below"


def _switch(one: TriedInput) -> str:
    """An input with the value at which it turns an order."""
    if one.switching_value is None:
        return _with_range(one)
    return f"{input_name(one.path)} {_side(one)} about {one.switching_value:.3g} (now {one.value:.3g}, {one.quality}, {one.low:.3g} to {one.high:.3g})"


def _with_range(one: TriedInput) -> str:
    return f"{input_name(one.path)} (now {one.value:.3g}, {one.quality}, {one.low:.3g} to {one.high:.3g})"


def _both(pair: InputsTogether) -> str:
    return " and ".join(f"{input_name(one.path)} at its {one.end} end" for one in pair.inputs)


def _listed(parts: Sequence[str]) -> str:
    text = ", or ".join(parts)
    return text[:1].upper() + text[1:]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
