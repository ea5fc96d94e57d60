"""The section on what could reverse a comparison: how often orders hold over draws, and the inputs that move a difference most."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from jobcentre.metrics import BY_NAME
from jobcentre.report import charts
from jobcentre.report.elements import (
    Cell,
    Chart,
    Number,
    Panels,
    ReportSection,
    Table,
    as_input,
    interval,
    letters,
    of_metric,
    plain,
    scenario_label,
    sentence,
    whole,
)
from jobcentre.report.saved import Saved
from jobcentre.report.tables import named
from jobcentre.report.uncertainty_text import better_of, input_name, next_to_find_out, not_tested, short_name
from jobcentre.runs.answers import OrderOfTwo, TriedInput, UncertaintyDocument, UncertaintyInMetric

#: Of which metric the inputs are drawn, and how many of them.
DRAWN, BARS = "expected_leaving_rate_per_year", 8
#: Options of which the head of the page tells of every pair.
_FEW = 2


def could_reverse(saved: Saved) -> ReportSection:
    """What could reverse the order of the options; nothing for a single scenario."""
    heading = "What could reverse this"
    if not saved.options:
        return ReportSection("", "", "")
    found = saved.uncertainty
    if found is None:
        return ReportSection("reverse", heading, not_tested())
    lead = sentence(
        "{} inputs are assumed or derived and have a range. All were {} {} times, a run each, for every scenario alike; those "
        "that go with the differences most were then put at either end of their range, one at a time, with {} paired runs. "
        "An order holds in a draw if the same scenario is better. What the office decides is not drawn. Intervals hold one by one.",
        whole(found.inputs, "uncertainty", "inputs"),
        "taken from the members of an ensemble" if found.ensemble else "drawn from their ranges", whole(found.draws, "uncertainty", "draws"), whole(found.runs_each, "uncertainty", "runs_each"),
    )  # fmt: skip
    blocks = [_charts(saved, found), _orders(saved, found), _best(saved, found)]
    return ReportSection("reverse", heading, lead, [block for block in blocks if block is not None])


def in_a_sentence(saved: Saved) -> Markup:
    """Whether uncertain inputs could turn the order in leaving, and what to find out next, for the head of the page."""
    if saved.uncertainty is None:
        return sentence("{}", not_tested())
    one = next(one for one in saved.uncertainty.metrics if one.metric == DRAWN)
    parts = [
        sentence(
            "{} against {}: {} in {} of {} draws{}", letters(saved)[pair.second], _short(saved, pair.first), _way(one, pair),
            *_counts(one, pair), _turned(pair),
        )
        for pair in one.pairs
        if pair.first == saved.base or len(saved.options) <= _FEW
    ]  # fmt: skip
    next_one = next_to_find_out(saved.uncertainty)
    find_out = sentence(" Next to find out: {}.", as_input(input_name(next_one))) if next_one else ""
    return sentence("Leaving while uncertain inputs are drawn from their ranges – {}.{}", Markup("; ").join(parts), find_out)


def _short(saved: Saved, name: str) -> str:
    return letters(saved)[name].lower() if name == saved.base else letters(saved)[name]


def _way(one: UncertaintyInMetric, pair: OrderOfTwo) -> str:
    return "better" if better_of(one, pair) == pair.second else "worse"


def _counts(one: UncertaintyInMetric, pair: OrderOfTwo) -> tuple[Cell, Cell]:
    of = ("uncertainty", one.metric, pair.first, pair.second)
    return whole(pair.same_order, *of, "same_order"), whole(pair.draws, *of, "draws")


def _turned(pair: OrderOfTwo) -> str:
    if pair.difference.sign == 0:
        return " (not told apart as the inputs stand)"
    if pair.turned_by:
        return f"; {input_name(pair.turned_by[0].path)} alone turns it"
    if pair.perhaps_turned_by:
        return f"; {input_name(pair.perhaps_turned_by[0].path)} alone may turn it"
    return "; no input tried turns it alone"


def _orders(saved: Saved, found: UncertaintyDocument) -> Table:
    rows: list[list[Cell]] = []
    for one in found.metrics:
        for pair in one.pairs:
            of = ("uncertainty", one.metric, pair.first, pair.second)
            parts = [of_metric(getattr(pair.difference, stat), one.metric, *of, stat, signed=True) for stat in ("mean", "low", "high")]
            told = sentence("{} {}", parts[0], interval(parts[1], parts[2]))
            held = sentence("{} of {}", *_counts(one, pair))
            who = f"{letters(saved)[pair.second]} against {letters(saved)[pair.first]}"
            rows.append([named(one.metric), who, told, held, _turning(one, pair), _together(pair)])
    header = [
        "Figure",
        "Scenarios",
        "Difference as the inputs stand",
        "Same order in draws",
        "Turned by one input",
        "By the worst two together",
    ]
    return Table("Orders of two scenarios, and what turns them", header, rows, folded=True)


def _turning(one: UncertaintyInMetric, pair: OrderOfTwo) -> Cell:
    if pair.difference.sign == 0:
        return "too close to call"
    chosen = pair.turned_by or pair.perhaps_turned_by
    if not chosen:
        return "none tried"
    lead = "" if pair.turned_by else "perhaps "
    return Markup("; ").join(sentence("{}{}{}", lead, as_input(input_name(each.path)), _from(one, pair, each)) for each in chosen)


def _from(one: UncertaintyInMetric, pair: OrderOfTwo, each: TriedInput) -> Cell:
    if each.switching_value is None:
        return ""
    side = "above" if each.switching_value > each.value else "below"
    of = ("uncertainty", one.metric, pair.first, pair.second, each.path)
    return sentence(" {} {}", side, _of_input(each.switching_value, *of, "switching_value"))


def _of_input(value: float, *of: object) -> Number:
    """A value of an input to three digits, with what it is."""
    return Number(value, f"{value:.3g}", tuple(map(str, of)))


def _together(pair: OrderOfTwo) -> str:
    if pair.worst_pair is None:
        return "–"
    inputs = " and ".join(f"{short_name(one.path)} at its {one.end} end" for one in pair.worst_pair.inputs)
    return {"yes": f"{inputs}", "perhaps": f"perhaps {inputs}", "no": "not turned"}[pair.worst_pair.turns]


def _best(saved: Saved, found: UncertaintyDocument) -> Table:
    rows: list[list[Cell]] = []
    for one in found.metrics:
        cells: list[Cell] = [named(one.metric)]
        for row in one.best:
            of = ("uncertainty", one.metric, row.scenario)
            cells.append(
                sentence(
                    "{} of {}; {} within what matters", whole(row.best, *of, "best"), whole(row.draws, *of, "draws"),
                    whole(row.acceptable, *of, "acceptable"),
                )
            )  # fmt: skip
        rows.append(cells)
    header = ["Figure", *(scenario_label(saved, row.scenario) for row in found.metrics[0].best)]
    return Table("In how many draws each scenario is best, and nearly so", header, rows, folded=True)


def _charts(saved: Saved, found: UncertaintyDocument) -> Panels | None:
    """Inputs that move the difference in leaving most, for each option against the base."""
    one = next(one for one in found.metrics if one.metric == DRAWN)
    panels = []
    rows: list[Sequence[Cell]] = []
    for number, pair in enumerate(one.pairs):
        bars = [each for each in pair.inputs[:BARS] if each.swing > 0]
        if not bars:
            continue
        who = f"{letters(saved)[pair.second]} against {letters(saved)[pair.first]}"
        title = sentence("{}: {}", who, plain(_turned(pair)).lstrip("; "))
        about = "One bar per input: the difference in leaving with the input at the low and at the high end of its range."
        panels.append(
            Chart(f"reverse-{number}", title, charts.tornado(pair, bars, [short_name(each.path) for each in bars], one.metric), about)
        )
        for each in bars:
            of = ("uncertainty", one.metric, pair.first, pair.second, each.path)
            ends = [
                sentence("{} {}", parts[0], interval(parts[1], parts[2]))
                for end in ("at_low", "at_high")
                for parts in [
                    [
                        of_metric(getattr(getattr(each, end), stat), one.metric, *of, end, stat, signed=True)
                        for stat in ("mean", "low", "high")
                    ]
                ]
            ]
            span = as_input(f"{each.low:.3g} to {each.high:.3g}, now {each.value:.3g}")
            rows.append([sentence("{}: {}", who, as_input(input_name(each.path))), each.quality, span, *ends])
    if not panels:
        return None
    header = ["Input", "Quality", "Range", "Difference at the low end", "Difference at the high end"]
    label = BY_NAME[one.metric].label
    return Panels(
        f"Inputs that move the difference in {label.lower()} most",
        panels,
        Table(f"{label}: differences at the ends of inputs", header, rows, folded=True),
    )
