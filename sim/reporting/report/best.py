"""Which scenarios may be the best, in a table and in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from sim.metrics import BY_NAME
from sim.reporting.report.blocks import Table
from sim.reporting.report.names import letters
from sim.reporting.report.numbers import say
from sim.reporting.report.saved import Saved

#: Metrics of which a sentence is said; the table has all.
SAID = ("overloaded_share", "missed_share")


def best_blocks(saved: Saved) -> list[Markup | Table]:
    """A paragraph and a table; nothing where there are too few scenarios."""
    if saved.best is None:
        return []
    found = {metric: mine for metric in dict.fromkeys(saved.best["metric"]) if len(mine := saved.best[saved.best["metric"] == metric])}
    rows = [[BY_NAME[metric].label, *_cells(saved, mine)] for metric, mine in found.items()]
    said = Markup(" ").join(_sentence(saved, metric, found[metric]) for metric in SAID if metric in found)
    about = say(
        "<p>Options are also compared with each other: a scenario may be the best in a figure unless another is shown to be better, "
        "by however little. "
        "In about 95 of 100 such tables the best is named in every row. {}</p>",
        said,
    )
    return [about, Table("Which may be the best", ["Figure", "May be the best", "Shown not to be, with one that is better"], rows)]


def _cells(saved: Saved, mine: pd.DataFrame) -> tuple[str, str]:
    if not mine["judged"].any():
        return "any: too few runs, or no value", "–"
    short = letters(saved)
    others = mine[~mine["may_be_best"]]
    told = (f"{short[row['scenario']]} ({short[row['worse_than']]} is better)" for row in others.to_dict("records"))
    return ", ".join(short[name] for name in mine[mine["may_be_best"]]["scenario"]), ", ".join(told) or "–"


def _sentence(saved: Saved, metric: str, mine: pd.DataFrame) -> str:
    """What a table's row says, as a sentence."""
    label = BY_NAME[metric].label.lower()
    good, others = (_listed(saved, list(mine[mine["may_be_best"] == may]["scenario"])) for may in (True, False))
    if not mine["judged"].any():
        return f"On {label} these runs cannot tell which is the best."
    if not others:
        return f"On {label} {good} cannot be told apart."
    if mine["may_be_best"].sum() == 1:
        return f"On {label} {good} is the best."
    return f"On {label} {good} cannot be told apart; {others} {'is' if (~mine['may_be_best']).sum() == 1 else 'are'} not the best."


def _listed(saved: Saved, names: Sequence[str]) -> str:
    words = ["the base" if name == saved.base else letters(saved)[name] for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
