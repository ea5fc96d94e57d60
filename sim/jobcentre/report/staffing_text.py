"""The answer to a staffing question in sentences, from the document that a results folder keeps.

`told` is the part of the document for one response to strain; `response` names it, empty for the scenario as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.report.elements import Number, as_input, interval, number, of_metric, sentence, whole
from jobcentre.report.tables import PER_CENT

Doc = Mapping[str, Any]
COST = "cost_per_year_pounds"
CONTACT = "contact_minutes_share"
CONTACT_HELD = "Contact held of that planned"
STATES = {"enough": "enough", "not_enough": "not enough", "unclear": "cannot be told"}


def headline(doc: Doc, result: Doc | None = None) -> Markup:
    """The answer in one sentence."""
    result = result or doc
    requirement = sentence("at least {} of office-years have {}", as_input(percent(doc["probability"])), targets(doc))
    low, high = result["answer"]
    values = doc["values"]
    if result["reachable"] is False:
        return sentence(
            "Not reachable with {} to {}: with none of these {}.", as_input(f"{values[0]:g}"), amount(doc, values[-1]), requirement
        )
    if result["reachable"] is None:
        end, bound = (low, "at least") if doc["more_is_generous"] else (high, "at most")
        return sentence(
            "Not decided: if any number will do, it is {} {}; these runs do not show that with one from {} to {} {}.",
            bound, amount(doc, end), as_input(f"{values[0]:g}"), as_input(f"{values[-1]:g}"), requirement,
        )  # fmt: skip
    which = "highest" if not doc["more_is_generous"] else "fewest" if doc["lever"] == "coaches" else "lowest"
    end = low if doc["more_is_generous"] else high
    # nothing is known of values beyond the range: the first that is enough may lie there
    range_text = " of those asked about" if end == end_of(doc, 0) else ""
    answer = sentence("{}: the {}{} with which {}.", span(doc, result), which, range_text, requirement)
    if result is not doc or not doc["doubt"]:
        return answer
    row = next((one for one in doc["doubt"]["values"] if one["value"] == end), None)
    return answer if row is None else sentence("{} It is enough in {} of the draws of uncertain inputs.", answer, _enough_in(row))


def reasons(doc: Doc, result: Doc | None = None, response: str = "") -> list[Markup]:
    """Explains which values are shown to be enough or not, and which are unclear."""
    result = result or doc
    rows = result["candidates"] if doc["more_is_generous"] else list(reversed(result["candidates"]))
    enough = [row for row in rows if row["state"] == "enough"]
    short = [row for row in rows if row["state"] == "not_enough"]
    sentences = []
    if short:
        fewer = "" if short[-1]["value"] == end_of(doc, 0) else " and fewer" if doc["more_is_generous"] else " and more"
        sentences.append(sentence("Not enough: {}{}. With {}.", amount(doc, short[-1]["value"]), fewer, _met(doc, short[-1], response)))
    probability = as_input(percent(doc["probability"]))
    unclear = [row for row in rows if row["state"] == "unclear"]
    sentences += [sentence("Cannot be told from {}: with {}.", probability, _met(doc, row, response, limits=True)) for row in unclear]
    if unclear and unclear[-1]["met"] == unclear[-1]["runs"] and unclear[-1]["low"] < doc["probability"]:
        runs = _count(unclear[-1], "runs", response)
        sentences.append(sentence("So few runs cannot show it: even {} of {} office-years would not show {}.", runs, runs, probability))
    if enough:
        more = "" if enough[0]["value"] == end_of(doc, 1) else " and more" if doc["more_is_generous"] else " and fewer"
        sentences.append(sentence("Enough: {}{}. With {}.", amount(doc, enough[0]["value"]), more, _met(doc, enough[0], response)))
        if enough[0]["value"] == end_of(doc, 0):
            beyond = "fewer" if doc["more_is_generous"] else "more"
            sentences.append(
                sentence("That is the end of the range: {} than {} were not asked about.", beyond, amount(doc, enough[0]["value"]))
            )
    if result["reachable"] is False:
        sentences += _why_not(doc, rows, response)
    if result["cost_step"] is not None:
        sentences.append(_costs(doc, enough[0], result["cost_step"], response))
        sentences.append(_contact(doc, enough[0], short[-1], response))
    if result["reachable"] is None and doc.get("enough_takes"):
        sentences.append(
            sentence(
                "No value can be shown to be enough with so few office-years, even if all meet the targets: for {} it takes --runs {} or "
                "more, chosen before anything is seen, or --max-runs {} or more.",
                probability, *(as_input(f"{doc['enough_takes'][name]:,}") for name in ("runs", "max_runs")),
            )
        )  # fmt: skip
    sentences += _counted_as_not_met(doc, rows)
    for violation in result["violations"]:
        sentences.append(
            sentence(
                "Against expectation {} meet the targets in fewer of the same office-years than {} (p = {}): values between those tried "
                "need not lie between them.",
                amount(doc, violation["value"]), amount(doc, violation["fewer_than"]), as_input(f"{violation['p']:.2g}"),
            )
        )  # fmt: skip
    return sentences


def over_responses(doc: Doc) -> Markup | None:
    """The answers under each response to strain, in one sentence; none where there is one response only."""
    if len(doc["responses"]) < 2:
        return None
    parts = [sentence("{} at a {} response", span(doc, result), response) for response, result in doc["responses"].items()]
    return sentence("By how strongly strain makes coaches leave, which nobody has measured: {}.", Markup(", ").join(parts))


def uncertainty_sentences(doc: Doc) -> list[Markup]:
    """Writes the effect of uncertain inputs, one sentence a value."""
    about = doc["doubt"]
    if about is None:
        return []
    lead = sentence(
        "{} uncertain inputs were drawn from their ranges: {} sets with {} office-years each, the same sets for every value. Sets "
        "that would not give ordinary load are not taken out, so this is more doubt than is left once they are. Brackets hold with {}, "
        "each by itself, if probabilities differ smoothly between sets, as a beta distribution does. Where sets fall into camps, those of "
        "the share can be too low or too high.",
        *map(as_input, (about["figures"], about["sets"], about["runs_each"], "95 %")),
    )  # fmt: skip
    rows = [
        sentence(
            "With {} {} {} of the sets meet the targets in at least {} of office-years; over all sets {} {} of office-years do.",
            amount(doc, row["value"]), *_with_limits(row, "share", "low", "high", "doubt"), as_input(percent(doc["probability"])),
            *_with_limits(row, "mean", "mean_low", "mean_high", "doubt"),
        )
        for row in about["values"]
    ]  # fmt: skip
    return [lead, *rows]


def notes(doc: Doc) -> list[Markup]:
    """Writes the notes that go with the answer."""
    sentences = [
        sentence(
            "An office-year is the counted period of one run, {} weeks. What is said to be enough and not enough holds together with {} "
            "confidence, for chance between runs only{}",
            as_input(doc["weeks"]), as_input("95 %"),
            "." if doc["doubt"] else ". Not tested: which uncertain inputs could reverse this (--uncertain, some minutes).",
        ),
        sentence("Values that were not tried are taken to lie between their neighbours, which were compared on the same office-years."),
    ]  # fmt: skip
    if doc["intervals"] == "anytime":
        sentences.append(
            sentence("Only values that could still change the answer got more runs, at looks that share the error among them (anytime).")
        )
    if doc.get("seen_before"):
        sentences.append(_seen_before(doc))
    every = [row for result in (doc, *doc["responses"].values()) for row in result["candidates"]]
    levels = sorted({(row["runs"], row["level"]) for row in every})
    sentences.append(
        sentence(
            "Brackets after a share of office-years are exact limits that hold with {} office-years. Those of means "
            "and costs hold with {} ({}). Each holds by itself, and so does the answer of each response to strain, and of each further "
            "question asked of the same runs.",
            Markup(", ").join(sentence("{} from {}", as_input(_level(level)), as_input(f"{runs:,}")) for runs, level in levels),
            as_input("95 %"), as_input(doc["intervals"]),
        )
    )  # fmt: skip
    return sentences


def header(doc: Doc) -> list[object]:
    """Header of the table of candidates."""
    many = str(doc["unit"][1])
    return [
        many[0].upper() + many[1:],
        "Office-years",
        "All targets met",
        "That is",
        *(sentence("Met: {}", named(text)) for text in doc["targets"]),
        "Cost a year",
        CONTACT_HELD,
    ]


def row_of(row: Doc, response: str = "") -> list[object]:
    """One candidate as a row of the table."""
    value = f"{row['value']:g}"
    each = [_share(target["met"], "staffing", response, value, f"met_{number}") for number, target in enumerate(row["targets"], 1)]
    all_met = sentence("{} {}", *_with_limits(row, "probability", "low", "high", response))
    return [
        as_input(value),
        _count(row, "runs", response),
        all_met,
        STATES[row["state"]],
        *each,
        _cost_difference(row, COST, response),
        _cost_difference(row, CONTACT, response),
    ]


def means_header(doc: Doc) -> list[object]:
    """Header of the table of means."""
    return [header(doc)[0], *(sentence("Mean, target {}", named(text)) for text in doc["targets"]), "Cost a year", CONTACT_HELD]


def means_of(row: Doc, response: str = "") -> list[object]:
    """The means of one candidate with their intervals."""
    return [
        as_input(f"{row['value']:g}"),
        *(_mean(row, number, response) for number in range(1, len(row["targets"]) + 1)),
        *(_with_interval(row, metric, response) for metric in (COST, CONTACT)),
    ]


def targets(doc: Doc) -> Markup:
    """The targets in words."""
    texts = [named(text) for text in doc["targets"]]
    return texts[0] if len(texts) == 1 else sentence("{} and {}", Markup(", ").join(texts[:-1]), texts[-1])


def named(target: str) -> Markup:
    """One target in words: overloaded coach-days of at most 10 %."""
    for sign, word in (("<=", "at most"), (">=", "at least"), ("<", "below"), (">", "above")):
        if sign in target:
            name, number = target.split(sign)
            metric, _, group = name.partition("@")
            declared = BY_NAME[metric]
            label = f"{declared.label[0].lower()}{declared.label[1:]}" + (f" of {group}" if group else "")
            return sentence("{} {} {}", label, word, as_input(_exact(float(number), declared.unit)))
    raise ValueError(f"{target!r} is not a target")


def span(doc: Doc, result: Doc) -> Markup:
    """The answer as a value or a range of values."""
    low, high = result["answer"]
    if result["reachable"] is False:
        return sentence("not reachable")
    if result["reachable"] is None:
        end, bound = (low, "at least") if doc["more_is_generous"] else (high, "at most")
        return sentence("{} {}, not decided", bound, amount(doc, end))
    if low == high:
        return amount(doc, low)
    between = [value for value in doc["values"] if low <= value <= high]
    return sentence("{} {} {}", as_input(f"{low:g}"), "or" if len(between) == 2 else "to", amount(doc, high))


def amount(doc: Doc, value: float) -> Markup:
    """A value of the lever in words."""
    return as_input(f"{value:g} {doc['unit'][0 if value == 1 else 1]}")


def end_of(doc: Doc, end: int) -> float:
    """The least (0) or the most generous value (1)."""
    ends = doc["values"][0], doc["values"][-1]
    return float(ends[end] if doc["more_is_generous"] else ends[1 - end])


def percent(share: float) -> str:
    """A share in per cent; never a round 0 or 100 that is none."""
    number = 100 * share
    return f"{number:.1f} %" if 0 < number < 1 or 99 < number < 100 else f"{number:.0f} %"


def _exact(value: float, unit: str) -> str:
    """Marks an input, with all its digits."""
    if unit in PER_CENT:
        return f"{100 * value:.10g} %"
    return f"£{value:,.10g}" if "pound" in unit else f"{value:,.10g}"


def _met(doc: Doc, row: Doc, response: str, limits: bool = False) -> Markup:
    text = sentence(
        "{} {} of {} office-years meet the targets", amount(doc, row["value"]), _count(row, "met", response), _count(row, "runs", response)
    )
    if not limits:
        return text
    share = sentence("{} {}", *_with_limits(row, "probability", "low", "high", response))
    above, below = row["low"] >= doc["probability"], row["high"] < doc["probability"]
    alone = ""
    if above or below:
        alone = f": {'enough' if above else 'not enough'} by itself, but not shown of all that are {'more' if above else 'less'} generous"
    return sentence("{}, that is {}{}", text, share, alone)


def _seen_before(doc: Doc) -> Markup:
    runs_requested = as_input(f"{doc['runs_asked']:,}")
    text = sentence("The runs of this folder were seen before with another number than {} or with looks", runs_requested)
    if doc["intervals"] == "fixed":
        return sentence("{}: it was not chosen beforehand, so that what is said holds with less than {}.", text, as_input("95 %"))
    return sentence("{}: they count as looks, and those after the last look up to {} are not used.", text, runs_requested)


def _level(level: float) -> str:
    return f"{100 * level:.2f}".rstrip("0").rstrip(".") + " %"


def _counted_as_not_met(doc: Doc, rows: Sequence[Doc]) -> list[Markup]:
    """Office-years that do not meet the targets because they failed or have no value; "not enough" may rest on them."""
    sentences = []
    for row in rows:
        parts = [sentence("{} that failed", as_input(row["failed"]))] if row.get("failed") else []
        without = [target for target in row["targets"] if target.get("without_value")]
        parts += [sentence("{} without a value for {}", as_input(target["without_value"]), named(target["target"])) for target in without]
        if parts:
            sentences.append(
                sentence(
                    "Office-years with {} that count as not meeting the targets: {}.", amount(doc, row["value"]), Markup(", ").join(parts)
                )
            )
    return sentences


def _with_limits(row: Doc, mean: str, low: str, high: str, response: str) -> tuple[Number, Markup]:
    kind = "doubt" if response == "doubt" else "staffing"
    where = (kind, f"{row['value']:g}") if kind == "doubt" else (kind, response, f"{row['value']:g}")
    ends = [Number(float(row[name]), f"{100 * row[name]:.1f}", (*where, name)) for name in (low, high)]
    return _share(row[mean], *where, mean), interval(*ends)


def _enough_in(row: Doc) -> Number:
    return _share(row["share"], "doubt", f"{row['value']:g}", "share")


def _share(value: float, *of: str) -> Number:
    return Number(float(value), percent(value), of)


def _count(row: Doc, name: str, response: str) -> Number:
    return whole(row[name], "staffing", response, f"{row['value']:g}", name)


def _mean(row: Doc, number: int, response: str) -> Markup:
    """The mean of a target's metric with its interval."""
    target = row["targets"][number - 1]
    metric = target["target"].split("@")[0].split("<")[0].split(">")[0]
    mean, low, high = (
        of_metric(target[name], metric, "staffing", response, f"{row['value']:g}", f"{name}_{number}") for name in ("mean", "low", "high")
    )
    return sentence("{} {}", mean, interval(low, high))


def _cost_difference(row: Doc, metric: str, response: str, end: str = "") -> Number | str:
    """Cost or contact of a candidate, or an end of its interval."""
    name = ("cost" if metric == COST else "contact") + end
    return of_metric(row[name], metric, "staffing", response, f"{row['value']:g}", name)


def _with_interval(row: Doc, metric: str, response: str) -> Markup:
    ends = (_cost_difference(row, metric, response, end) for end in ("_low", "_high"))
    return sentence("{} {}", _cost_difference(row, metric, response), interval(*ends))


def _costs(doc: Doc, enough: Doc, step: Doc, response: str) -> Markup:
    """Compares the cost of the first value that is enough with the last that is not."""
    more, low, high = (
        number(step[name], "pounds per year", "staffing", response, f"{step['value']:g}", name, f"{step['than']:g}", signed=True)
        for name in ("more", "low", "high")
    )
    return sentence(
        "With {} the office costs {} a year, {} {} compared with {}, in the same office-years.",
        amount(doc, enough["value"]), _cost_difference(enough, COST, response), more, interval(low, high), amount(doc, step["than"]),
    )  # fmt: skip


def _contact(doc: Doc, enough: Doc, short: Doc, response: str) -> Markup:
    """Compares customers' contact at the first value that is enough with the last that is not."""
    less = enough["contact"] is not None and short["contact"] is not None and enough["contact"] < short["contact"]
    return sentence(
        "Contact held of that planned is {} with {}, and {} with {}{}.",
        _cost_difference(enough, CONTACT, response), amount(doc, enough["value"]), _cost_difference(short, CONTACT, response), amount(doc, short["value"]),
        ": part of the relief is less contact" if less else "",
    )  # fmt: skip


def _why_not(doc: Doc, rows: Sequence[Doc], response: str) -> list[Markup]:
    """Which targets are out of reach, by the most generous value, and how little the lever moves them."""
    return [
        sentence(
            "Out of reach: with {} {} of office-years have {}. The mean is {} there, and {} with {}.",
            amount(doc, rows[-1]["value"]), row_of(rows[-1], response)[3 + number], named(target["target"]),
            _mean(rows[-1], number, response), _mean(rows[0], number, response), amount(doc, rows[0]["value"]),
        )
        for number, target in enumerate(rows[-1]["targets"], 1)
        if target["met"] < doc["probability"]
    ]  # fmt: skip
