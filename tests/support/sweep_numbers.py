"""The numbers of a sweep's report, worked out once more from its tables by arithmetic of this file's own."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from functools import cached_property

from support.sweep_folders import CAP, COACHES, RANGES, TWO, change_request, made_once, rows_of, sampled, sweep, sweep_folder  # noqa: F401

LOWER = {"overloaded_share", "missed_share", "rushed_share", "days_late_mean"}
HIGHER = {"appointments_held_per_coach_day", "contact_minutes_share"}
MATTERS = {"overloaded_share": 0.02, "missed_share": 0.01, "appointments_held_per_coach_day": 0.5}


class Tables:
    """The saved tables, and what follows from them."""

    def __init__(self, folder):
        self.folder = folder
        self.asked = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))["request"]

    @cached_property
    def runs(self):
        """Numerator and denominator of all customers together by scenario, point and metric, then by run."""
        found = defaultdict(dict)
        for row in rows_of(self.folder, "metrics.csv"):
            if not row["group"] and row["metric"] != "run_failed":
                found[row["scenario"], int(row["point"]), row["metric"]][row["run"]] = float(row["numerator"]), float(row["denominator"])
        return found

    @cached_property
    def summary(self):
        rows = [row for row in rows_of(self.folder, "summary.csv") if not row["group"]]
        return {(row["scenario"], int(row["point"]), row["metric"]): row for row in rows}

    @cached_property
    def points(self):
        """The values of each point by figure, as they are written."""
        found = defaultdict(dict)
        for row in rows_of(self.folder, "points.csv"):
            found[int(row["point"])][row["figure"]] = row["value"]
        return found

    def mean(self, scenario, point, metric):
        tops, bottoms = zip(*self.runs[scenario, point, metric].values(), strict=True)
        return sum(tops) / sum(bottoms)

    def end(self, scenario, point, metric, stat):
        text = self.summary[scenario, point, metric][stat]
        return float(text) if text else None

    def best(self, scenario, metric):
        """The first of the points with the best mean (the lowest where neither direction is better)."""
        sign = -1 if metric in HIGHER else 1
        return min(self.points, key=lambda point: (sign * self.mean(scenario, point, metric), point))

    def others(self, scenario, metric):
        best = self.best(scenario, metric)
        return best, [point for point in self.points if point != best]

    def where(self, **values):
        return [
            point for point, at in self.points.items() if all(same(at[name.replace("__", ".")], value) for name, value in values.items())
        ]

    def average(self, scenario, metric, points, stat="mean"):
        of = [self.mean(scenario, point, metric) if stat == "mean" else self.end(scenario, point, metric, stat) for point in points]
        return sum(of) / len(of)


def same(written, value):
    try:
        return float(written) == float(value)
    except ValueError:
        return written == value


def expected(tables, of):
    kind, *words = of.split("|")
    if kind == "at":
        scenario, point, metric, stat = words
        return tables.mean(scenario, int(point), metric) if stat == "mean" else tables.end(scenario, int(point), metric, stat)
    if kind == "average":
        scenario, metric, axis, value = words
        return tables.average(scenario, metric, tables.where(**{axis.replace(".", "__"): value}))
    if kind == "pair":
        scenario, metric, across, up, x, y, stat = words
        return tables.average(scenario, metric, tables.where(**{across.replace(".", "__"): x, up.replace(".", "__"): y}), stat)
    if kind == "rank":
        return of_ranks(tables, *words)
    if kind in ("close", "worse", "others", "alike"):
        return of_best(tables, kind, *words)
    if kind == "limit":
        scenario, metric, word = words
        found = [side(tables, scenario, point, metric) for point in tables.points]
        return len(found) if word == "all" else found.count(word)
    return {
        "points": len(tables.points),
        "fewest_runs": min(len(runs) for runs in tables.runs.values()),
        "failed": len([row for row in rows_of(tables.folder, "metrics.csv") if row["metric"] == "run_failed"]),
        "offices": (tables.asked["table"] or {}).get("offices"),
    }[kind]


def side(tables, scenario, point, metric):
    low, high = (tables.end(scenario, point, metric, stat) for stat in ("low", "high"))
    return "cannot be told" if low is None or low <= 0.5 <= high else "above" if low > 0.5 else "below"


def of_best(tables, kind, scenario, metric):
    best, others = tables.others(scenario, metric)
    if kind == "others":
        return len(others)
    if kind == "alike":
        return sum(tables.mean(scenario, point, metric) == tables.mean(scenario, best, metric) for point in others)
    low, high = (tables.end(scenario, best, metric, stat) for stat in ("low", "high"))
    ends = [(tables.end(scenario, point, metric, "low"), tables.end(scenario, point, metric, "high")) for point in others]
    if kind == "close":
        return sum(low is None or one[0] is None or (one[0] <= high and low <= one[1]) for one in ends)
    gaps = [low - one[1] if metric in HIGHER else one[0] - high for one in ends]
    return sum(gap > MATTERS[metric] for gap in gaps)


def ranked(values):
    """Ranks, equal values sharing the middle of theirs."""
    return [sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2 for value in values]


def of_ranks(tables, scenario, metric, axis, stat):
    x = ranked([float(at[axis]) for at in tables.points.values()])
    y = ranked([tables.mean(scenario, point, metric) for point in tables.points])
    n, middle = len(x), (len(x) + 1) / 2
    products = [sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True)) for one, other in ((x, y), (x, x), (y, y))]
    rho = products[0] / math.sqrt(products[1] * products[2])
    if stat == "rho":
        return rho
    half = 1.959963984540054 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return math.tanh(math.atanh(rho) + (half if stat == "high" else -half))
