"""The answer to a staffing question in sentences, from the document that a results folder keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.metrics import BY_NAME
from sim.reporting.tables import shown

Doc = Mapping[str, Any]


def headline(doc: Doc, told: Doc | None = None) -> str:
    """The answer in one sentence; `told` is that for another response."""
    told = told or doc
    wanted = f"{targets(doc)} in at least {share(doc['probability'])} of office-years"
    low, high = told["answer"]
    values = doc["values"]
    if told["reachable"] is False:
        return f"Not reachable from {amount(doc, values[0])} to {values[-1]:g}: no number of them meets {wanted}."
    if told["reachable"] is None:
        end = low if doc["more_is_generous"] else high
        bound = "at least" if doc["more_is_generous"] else "at most"
        return f"Not decided: if any, it takes {bound} {amount(doc, end)} to meet {wanted}; these runs do not show that any of the range is enough."
    few = "fewest" if _counted(doc) else "lowest"
    which = few if doc["more_is_generous"] else "highest"
    said = amount(doc, low) if low == high else f"{low:g} or {high:g} {unit(doc, high)}" if len(_from_to(told)) == 2 else f"{low:g} to {high:g} {unit(doc, high)}"
    return f"{said[0].upper()}{said[1:]}: the {which} with which the office meets {wanted}."


def reasons(doc: Doc, told: Doc | None = None) -> list[str]:
    """What is shown about the values, and what is not."""
    told = told or doc
    rows = told["candidates"] if doc["more_is_generous"] else list(reversed(told["candidates"]))
    enough = [row for row in rows if row["state"] == "enough"]
    short = [row for row in rows if row["state"] == "not_enough"]
    said = []
    if short:
        said.append(f"Not enough: {_up_to(doc, short, rows)}; with {_of(doc, short[-1])}.")
    if enough:
        said.append(f"Enough: {_from(doc, enough, rows)}; with {_of(doc, enough[0])}.")
    said += [f"Cannot be told from {share(doc['probability'])}: {_of(doc, row)} ({share(row['low'])} to {share(row['high'])})."
             for row in rows if row["state"] == "unclear"]  # fmt: skip
    if told["reachable"] is False:
        said += _why_not(doc, rows)
    if enough and short:
        more = enough[0]["cost"] - short[-1]["cost"]
        said.append(f"{amount(doc, enough[0]['value']).capitalize()} cost {shown(enough[0]['cost'], 'pounds')} a year, "
                    f"{shown(abs(more), 'pounds')} {'more' if more >= 0 else 'less'} than {amount(doc, short[-1]['value'])}.")  # fmt: skip
    for one in told["violations"]:
        said.append(
            f"Against expectation {amount(doc, one['value'])} meet the targets in fewer of the same office-years than {amount(doc, one['fewer_than'])} "
            f"(p = {one['p']:.2g}): values between those tried need not lie between them."
        )
    return said


def range_over_responses(doc: Doc) -> str | None:
    """The answers under each response to strain, in one sentence; none where there is one response only."""
    if len(doc["responses"]) < 2:
        return None
    parts = [f"{_short(doc, told)} at a {response} response to strain" for response, told in doc["responses"].items()]
    return f"{', '.join(parts)}. Which response is right is not known."


def doubt(doc: Doc) -> list[str]:
    """What doubt about the assumed figures does, one sentence a value."""
    if doc["doubt"] is None:
        return []
    about = doc["doubt"]
    lead = (
        f"{about['figures']} assumed figures drawn evenly from their ranges, {about['sets']} sets with {about['runs_each']} office-years each, the same sets "
        "for every value; sets that would not give ordinary load are not taken out."
    )
    rows = [
        f"With {amount(doc, row['value'])} {share(row['share'])} of the sets ({share(row['low'])} to {share(row['high'])}) meet the targets in at least "
        f"{share(doc['probability'])} of office-years; over all sets {share(row['mean'])} of office-years do."
        for row in about["values"]
    ]
    return [lead, *rows]


def notes(doc: Doc) -> list[str]:
    """What must be said with the answer."""
    said = [
        "An office-year is the counted period of one run. Enough and not enough hold together with 95 % confidence, for chance between runs only; "
        "doubt about the figures is not in it" + ("." if doc["doubt"] else " (--uncertain shows what it does)."),
        "Values between those tried are taken to lie between them: neighbours were compared on the same office-years.",
    ]
    if doc["intervals"] == "anytime":
        said.append("Values that were not decided got more runs, at looks that share the 5 % among them.")
    said.append("Coaches in the model are numbers: results must not be used to judge or predict a named member of staff.")
    return said


def columns_of(doc: Doc) -> list[str]:
    """Header of the table of candidates."""
    head = [doc["lever"].replace("_", " "), "office-years", "all targets met (limits)", "that is"]
    return [*head, *(f"{named(row['target'])}: met, mean" for row in doc["candidates"][0]["targets"]), "cost a year"]


def row_of(row: Doc) -> list[str]:
    """One candidate as a row of the table."""
    state = {"enough": "enough", "not_enough": "not enough", "unclear": "cannot be told"}[row["state"]]
    cells = [f"{row['value']:g}", str(row["runs"]), f"{share(row['probability'])} ({share(row['low'])} to {share(row['high'])})", state]
    cells += [f"{share(one['met'])}, {mean_of(one)}" for one in row["targets"]]
    return [*cells, shown(row["cost"], "pounds")]


def targets(doc: Doc) -> str:
    """The targets in words."""
    said = [named(text) for text in doc["targets"]]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def named(target: str) -> str:
    """One target in words: overloaded coach-days of at most 10 %."""
    for sign, word in (("<=", "at most"), (">=", "at least"), ("<", "below"), (">", "above")):
        if sign in target:
            name, number = target.split(sign)
            metric, _, group = name.partition("@")
            declared = BY_NAME[metric]
            of_group = f" of `{group}`" if group else ""
            return f"{declared.label[0].lower()}{declared.label[1:]}{of_group} {word} {shown(float(number), declared.unit)}"
    return target


def mean_of(one: Doc) -> str:
    """The mean of a target's metric."""
    metric = one["target"].split("@")[0].split("<")[0].split(">")[0]
    return shown(one["mean"], BY_NAME[metric].unit)


def amount(doc: Doc, value: float) -> str:
    """A value of the lever in words."""
    return f"{value:g} {unit(doc, value)}"


def unit(doc: Doc, value: float) -> str:
    """What the lever counts."""
    return str(doc["unit"][0 if value == 1 else 1])


def share(value: float) -> str:
    """A probability as people read it; never a round 0 or 100 that is none."""
    percent = 100 * value
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{percent:.1f} %"
    return f"{percent:.0f} %"


def _counted(doc: Doc) -> bool:
    return str(doc["lever"]) == "coaches"


def _from_to(told: Doc) -> Sequence[float]:
    low, high = told["answer"]
    return [row["value"] for row in told["candidates"] if low <= row["value"] <= high]


def _of(doc: Doc, row: Doc) -> str:
    return f"{amount(doc, row['value'])} {row['met']} of {row['runs']} office-years meet all targets"


def _up_to(doc: Doc, short: Sequence[Doc], rows: Sequence[Doc]) -> str:
    last = short[-1]["value"]
    if len(short) == 1 and short[0] is rows[0]:
        return amount(doc, last)
    return f"{amount(doc, last)} and {'fewer' if doc['more_is_generous'] else 'more'}"


def _from(doc: Doc, enough: Sequence[Doc], rows: Sequence[Doc]) -> str:
    first, last = enough[0]["value"], rows[-1]["value"]
    if first == last:
        return amount(doc, first)
    return f"{amount(doc, first)} and {'more' if doc['more_is_generous'] else 'fewer'}, as far as {last:g}"


def _why_not(doc: Doc, rows: Sequence[Doc]) -> list[str]:
    """Which targets are out of reach, by the most generous value, and how little the lever moves them."""
    said = []
    for number, one in enumerate(rows[-1]["targets"]):
        if one["met"] < doc["probability"]:
            first = rows[0]["targets"][number]
            said.append(
                f"Out of reach: {named(one['target'])} is met in {share(one['met'])} of office-years with {amount(doc, rows[-1]['value'])}: "
                f"the mean is {mean_of(one)} there, and {mean_of(first)} with {amount(doc, rows[0]['value'])}."
            )
    return said


def _short(doc: Doc, told: Doc) -> str:
    low, high = told["answer"]
    if told["reachable"] is False:
        return "not reachable"
    if told["reachable"] is None:
        return f"not decided ({'at least' if doc['more_is_generous'] else 'at most'} {low if doc['more_is_generous'] else high:g})"
    return f"{low:g}" if low == high else f"{low:g} or {high:g}" if len(_from_to(told)) == 2 else f"{low:g} to {high:g}"
