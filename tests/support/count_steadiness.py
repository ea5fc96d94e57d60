"""MSER-5 and straight lines by arithmetic of the tests' own: plain loops over the rows of `weekly.csv`."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections import defaultdict
from functools import cache

import scipy.stats
import yaml

#: Days of a coach-year; a leaving rate by week is notices ÷ coach-years in post.
DAYS_OF_A_YEAR = 365.25


def weekly(folder):
    """Numerator and denominator by scenario and metric, then run, then week; the leaving rate made of its parts."""
    found = defaultdict(lambda: defaultdict(dict))
    with (folder / "weekly.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["scenario"], row["metric"]][int(row["run"])][int(row["week"])] = (float(row["numerator"]), float(row["denominator"]))
    for name in {name for name, _ in found}:
        for run, by_week in found[name, "leavers"].items():
            days = found[name, "coaches_in_post"][run]
            found[name, "leaving_rate_per_year"][run] = {week: (top, days[week][0] / DAYS_OF_A_YEAR) for week, (top, _) in by_week.items()}
    return found


@cache
def kept_scenario(folder, name):
    """The scenario kept in a folder, as the plain values of its file: it takes a second to read."""
    return yaml.safe_load((folder / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8"))


def weeks_looked_at(folder, name):
    """The first week, and the one before which MSER looks: the first dated change if it is counted, else the end; with the warm-up's length."""
    scenario = kept_scenario(folder, name)

    def plain(figure):
        return figure["value"] if isinstance(figure, dict) else figure

    period = scenario["period"]
    start, weeks, warmup = (plain(period[key]) for key in ("start", "weeks", "warmup_weeks"))
    dates = [dt.date.fromisoformat(str(change["date"])) for change in (scenario.get("changes") or {}).values()]
    end = weeks
    if dates:
        before = (min(dates) - dt.date.fromisoformat(str(start))).days // 7
        if 0 <= before < weeks and warmup + before >= 10:
            end = before
    return warmup, end


def mser(runs, first, end):
    """The cut that makes the sum of squares ÷ square of the weight smallest; None when it lies in the second half."""
    weeks = list(range(first, end))
    top = [sum(run[week][0] for run in runs.values()) for week in weeks]
    bottom = [sum(run[week][1] for run in runs.values()) for week in weeks]
    if sum(one > 0 for one in bottom) < 10:
        return None
    best = None
    for cut in range(len(weeks)):
        left = [(a, b) for a, b in zip(top[cut:], bottom[cut:], strict=True) if b > 0]
        if len(left) < 5:
            break
        weight = math.fsum(b for _, b in left)
        mean = math.fsum(a for a, _ in left) / weight
        statistic = math.fsum(b * (a / b - mean) ** 2 for a, b in left) / weight**2
        if best is None or statistic < best[0] * (1 - 1e-9):
            best = (statistic, cut)
    return best[1] if best[1] <= len(weeks) / 2 else None


def rises(runs, weeks):
    """Rise of each run's weighted least-squares line over the counted weeks."""
    weight = [math.fsum(run[week][1] for run in runs.values()) for week in range(weeks)]
    found = []
    for run in runs.values():
        points = [(week, run[week][0] / run[week][1], weight[week]) for week in range(weeks) if run[week][1] > 0]
        total = math.fsum(w for _, _, w in points)
        x0, y0 = math.fsum(w * x for x, _, w in points) / total, math.fsum(w * y for _, y, w in points) / total
        slope = math.fsum(w * (x - x0) * (y - y0) for x, y, w in points) / math.fsum(w * (x - x0) ** 2 for x, _, w in points)
        found.append(slope * weeks)
    return found


def shifts(runs, first, end):
    """How much each run's figure moves when its first counted weeks are left out."""

    def ratio(run, begin):
        return math.fsum(run[week][0] for week in range(begin, end)) / math.fsum(run[week][1] for week in range(begin, end))

    return [ratio(run, first) - ratio(run, 0) for run in runs.values()]


def with_limits(values, questions):
    """Mean and Student limits that hold for so many questions together at 95 % (no limits below five runs)."""
    mean = math.fsum(values) / len(values)
    if len(values) < 5:
        return mean, None, None
    error = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values))
    half = float(scipy.stats.t.ppf(1 - 0.025 / questions, len(values) - 1)) * error
    return mean, mean - half, mean + half
