"""Tidy tables for the charts, out of the saved ones: no text, no colour."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from jobcentre.metrics import BY_NAME
from jobcentre.report.saved import Saved
from jobcentre.stats.intervals import Interval
from jobcentre.stats.prediction import probability_at_least

BLOCK_WEEKS = 4
FORTNIGHT_WEEKS = 2
#: A run has tipped over when more than this share of coach-days is overloaded in its last so many weeks.
TIPPED_SHARE, TIPPED_WEEKS = 0.5, 13
SPREAD = (0.1, 0.9)
#: Points of a chart by week, all scenarios together.
MOST_POINTS = 800


def over_time(saved: Saved, metric: str) -> pd.DataFrame:
    """A metric in blocks of four counted weeks: scenario, block, from, until, mean (sum ÷ sum), low and high.

    A tenth of the runs lies below low, a tenth above high. A count is added up from the first counted week on.
    """
    weekly = saved.weekly[(saved.weekly["metric"] == metric) & (saved.weekly["week"] >= 0)]
    blocks = weekly.assign(block=weekly["week"] // BLOCK_WEEKS)
    by_run = blocks.groupby(["scenario", "run", "block"])[["numerator", "denominator"]].sum()
    if BY_NAME[metric].aggregation == "count":
        by_run["numerator"] = by_run.groupby(["scenario", "run"])["numerator"].cumsum()
        by_run["denominator"] = 1.0
    rows = []
    for (name, block), runs in by_run.groupby(["scenario", "block"]):
        below = runs["denominator"].sum()
        if below:
            good = runs[runs["denominator"] > 0]
            low, high = np.quantile(good["numerator"] / good["denominator"], SPREAD, method="inverted_cdf")
            starts, until = (first_date(saved, int(block) + more) for more in (0, 1))
            rows.append((name, block, starts, until, runs["numerator"].sum() / below, low, high))
    return pd.DataFrame(rows, columns=["scenario", "block", "from", "until", "mean", "low", "high"])


def by_week(saved: Saved, metric: str) -> pd.DataFrame:
    """A metric's mean over runs (sum ÷ sum) by week, including the warm-up: scenario, first, until (weeks), from (date), mean.

    Where there are more weeks than a chart can show, some of them together are one point.
    """
    weekly = saved.weekly[saved.weekly["metric"] == metric]
    points = len(weekly[["scenario", "week"]].drop_duplicates())
    step = -(-points // MOST_POINTS) or 1
    sums = weekly.assign(first=weekly["week"] // step * step).groupby(["scenario", "first"])[["numerator", "denominator"]].sum()
    rows = []
    for (name, first), row in sums[sums["denominator"] > 0].iterrows():
        rows.append((name, first, first + step, week_date(saved, first), row["numerator"] / row["denominator"]))
    return pd.DataFrame(rows, columns=["scenario", "first", "until", "from", "mean"])


def week_date(saved: Saved, week: int) -> dt.date:
    """The Monday on which a week begins; the first counted week is 0."""
    return first_date(saved, 0) + dt.timedelta(weeks=int(week))


def first_date(saved: Saved, block: int) -> dt.date:
    """The Monday on which a block of counted weeks begins."""
    start: dt.date = saved.scenarios[saved.base].settings.period.start
    return start + dt.timedelta(weeks=block * BLOCK_WEEKS)


def minutes(saved: Saved, activities: list[str]) -> pd.DataFrame:
    """Gives minutes of a coach-day by scenario and activity, including those beyond contracted hours: scenario, metric, mean."""
    rows = saved.summary[saved.summary["metric"].isin(activities) & (saved.summary["group"] == "")]
    return rows[["scenario", "metric", "mean"]]


def by_group(saved: Saved, metric: str) -> pd.DataFrame:
    """A metric of each customer group with something to tell: scenario, group, mean, low, high."""
    rows = saved.summary[(saved.summary["metric"] == metric) & (saved.summary["group"] != "")]
    return rows[rows["mean"].notna()][["scenario", "group", "mean", "low", "high"]]


def worst_windows(saved: Saved, weeks: int) -> pd.DataFrame:
    """The largest share of overloaded coach-days over so many consecutive counted weeks of each run: scenario, run, worst."""
    selected = saved.weekly[(saved.weekly["metric"] == "overloaded_share") & (saved.weekly["week"] >= 0)]
    rows = []
    for (name, run), weekly in selected.groupby(["scenario", "run"]):
        ordered = weekly.sort_values("week")
        tops, bottoms = (np.convolve(ordered[column], np.ones(weeks), "valid") for column in ("numerator", "denominator"))
        if len(ordered) >= weeks and (bottoms > 0).any():
            rows.append((name, run, float((tops[bottoms > 0] / bottoms[bottoms > 0]).max())))
    return pd.DataFrame(rows, columns=["scenario", "run", "worst"])


def last_weeks(saved: Saved, weeks: int) -> pd.DataFrame:
    """The share of overloaded coach-days in the last counted weeks of each run: scenario, run, share."""
    rows = saved.weekly[(saved.weekly["metric"] == "overloaded_share") & (saved.weekly["week"] >= 0)]
    late = rows[rows["week"] > rows["week"].max() - weeks]
    sums = late.groupby(["scenario", "run"])[["numerator", "denominator"]].sum().reset_index()
    sums["share"] = sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
    return sums.dropna(subset=["share"])[["scenario", "run", "share"]]


def above(saved: Saved, shares: pd.Series) -> Interval | None:
    """Gives the share of runs above the threshold at which an office does not cope, with its interval; none without runs."""
    if shares.empty:
        return None
    return probability_at_least((shares.to_numpy() > TIPPED_SHARE).astype(float), 1.0, intervals=saved.manifest.intervals)


def leavers_by_run(saved: Saved) -> pd.DataFrame:
    """Leavers of the start in each run of each scenario as it is: scenario, run, leavers."""
    rows = saved.metrics[(saved.metrics["metric"] == "leavers_of_start") & (saved.metrics["point"] == 0)]
    return rows.rename(columns={"numerator": "leavers"})[["scenario", "run", "leavers"]]
