"""Every number of a report is worked out once more from the saved tables, by arithmetic of this file's own."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from collections import defaultdict
from functools import cached_property

import pytest

from support import count_steadiness
from support.report_folders import comparison, made, single, uncertain  # noqa: F401 - fixtures
from support.report_text import Page, reads_as, wilson

pytestmark = [pytest.mark.cli, pytest.mark.slow]

ORDER = ("low", "central", "high")
#: What a report may say in figures that is no result.
SAYINGS = (
    "per 1,000 customer-months",
    "95 % intervals",
    "95 % interval",
    "95 of 100",
    "there are none below 5",
    "Make 50 or more before a number is quoted",
)
CHANGES = ("change", "low", "high")


class Tables:
    """The saved tables, and what follows from them."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def names(self):
        return list(json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))["scenarios"])

    @cached_property
    def runs(self):
        """Numerator and denominator by scenario, point, metric, group and run."""
        found = defaultdict(dict)
        for row in self.rows("metrics.csv"):
            key = (row["scenario"], int(row["point"]), row["metric"], row["group"])
            found[key][int(row["run"])] = (float(row["numerator"]), float(row["denominator"]))
        return found

    @cached_property
    def weeks(self):
        """Numerator and denominator by scenario, metric and run, then by counted week."""
        found = defaultdict(dict)
        for row in self.rows("weekly.csv"):
            if int(row["week"]) >= 0:
                found[row["scenario"], row["metric"], int(row["run"])][int(row["week"])] = (
                    float(row["numerator"]),
                    float(row["denominator"]),
                )
        return found

    @cached_property
    def summary(self):
        return {(row["scenario"], row["metric"], row["group"]): row for row in self.rows("summary.csv")}

    @cached_property
    def differences(self):
        return {(row["option"], row["metric"]): row for row in self.rows("differences.csv")}

    @cached_property
    def windowed(self):
        return {(row["scenario"], row["window"], row["metric"]): row for row in self.rows("windows.csv")}

    def kept(self, name):
        """The scenario kept in the folder."""
        return count_steadiness.kept_scenario(self.folder, name)

    def start(self, name):
        kept = self.kept(name)["period"]["start"]
        return kept["value"] if isinstance(kept, dict) else kept

    @cached_property
    def responses(self):
        return {(row["response"], row["scenario"]): row for row in self.rows("responses.csv")}

    @cached_property
    def all_weeks(self):
        return count_steadiness.weekly(self.folder)

    @cached_property
    def steady(self):
        """What steadiness.csv says, by scenario and metric."""
        return {(row["scenario"], row["metric"]): row for row in self.rows("steadiness.csv")}

    def mean(self, name, metric, group="", point=0):
        pairs = self.runs[name, point, metric, group].values()
        return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs)

    def point(self, response):
        at = {row["value"]: int(row["point"]) for row in self.rows("points.csv") if row["figure"] == "strain.response"}
        return at.get(response, 0)

    def windows(self, name, weeks):
        """The largest overloaded share over so many weeks in a row, by run."""
        found = {}
        for (scenario, metric, run), by_week in self.weeks.items():
            if (scenario, metric) == (name, "overloaded_share"):
                ordered = [by_week[week] for week in sorted(by_week)]
                spans = [ordered[at : at + weeks] for at in range(len(ordered) - weeks + 1)]
                found[run] = max(sum(top for top, _ in span) / sum(bottom for _, bottom in span) for span in spans)
        return found

    def last(self, name, weeks):
        """The overloaded share of the last so many weeks, by run."""
        found = {}
        for (scenario, metric, run), by_week in self.weeks.items():
            if (scenario, metric) == (name, "overloaded_share"):
                span = [by_week[week] for week in sorted(by_week)[-weeks:]]
                found[run] = sum(top for top, _ in span) / sum(bottom for _, bottom in span)
        return found

    def block(self, name, metric, number):
        """Numerator and denominator by run in a block of four weeks; notices are added up from the first week."""
        found = {}
        for (scenario, this, run), by_week in self.weeks.items():
            if (scenario, this) == (name, metric):
                first = 0 if metric == "leavers" else 4 * number
                pairs = [pair for week, pair in by_week.items() if first <= week < 4 * (number + 1)]
                bottom = 1.0 if metric == "leavers" else sum(bottom for _, bottom in pairs)
                found[run] = (sum(top for top, _ in pairs), bottom)
        return found

    def figures(self, name, assumed):
        """Figures of a scenario of which something is known, dated ones too, or those of them that are assumed."""
        count = 0

        def walk(place):
            nonlocal count
            if isinstance(place, dict):
                if "value" in place and ("quality" in place or "why" in place):
                    count += place.get("quality") == "assumed" if assumed else 1
                    return
                for inner in place.values():
                    walk(inner)
            elif isinstance(place, list):
                for inner in place:
                    walk(inner)

        walk(self.kept(name))
        return count


def lower_median(values):
    return sorted(values)[(len(values) - 1) // 2]


def quantile(values, share):
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def of_window(tables, name, window, metric, stat):
    """A mean over whole weeks is that of the table by week; of other metrics, and of limits, the table of windows has the only value."""
    row = tables.windowed[name, window, metric]
    monday = dt.date.fromisoformat(str(tables.start(name)))
    first, end = ((dt.date.fromisoformat(row[key]) - monday).days + more for key, more in (("from", 0), ("to", 1)))
    by_week = [weeks for (scenario, this, _), weeks in tables.weeks.items() if (scenario, this) == (name, metric)]
    if stat != "mean" or not by_week or first % 7 or end % 7:
        return float(row[stat])
    pairs = [weeks[week] for weeks in by_week for week in range(first // 7, end // 7)]
    return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs)


def expected(tables, of):
    """What a number must be, from the words that say what it is of."""
    kind, *words = of.split("|")
    if kind in ("mean", "low", "high"):
        name, metric, group = words
        return tables.mean(name, metric, group) if kind == "mean" else float(tables.summary[name, metric, group][kind])
    if kind == "difference":
        option, metric = words
        return tables.mean(option, metric) - tables.mean(tables.names[0], metric)
    if kind == "less":
        return -expected(tables, "|".join(words))
    if kind in ("difference_low", "difference_high"):
        return float(tables.differences[tuple(words)][kind.removeprefix("difference_")])
    if kind == "uncertainty":
        return of_uncertainty(tables, *words)
    if kind == "window":
        return of_window(tables, *words)
    if kind == "response":
        return of_response(tables, *words)
    if kind == "period":
        return of_period(tables, *words)
    if kind in ("fortnight", "worst_fortnight", "leavers_in_run", "leavers_of_run"):
        return of_runs(tables, kind, *words)
    if kind == "followed":
        at = [bottom for _, bottom in tables.runs[words[0], 0, "leavers_of_start_share", ""].values()]
        return sum(at) / len(at)
    if kind in ("tipped", "quarter"):
        name, stat = words
        worst = (tables.windows(name, 13) if kind == "quarter" else tables.last(name, 13)).values()
        tipped = sum(share > 0.5 for share in worst)
        low, high = wilson(tipped, len(worst))
        return {"mean": tipped / len(worst), "low": 0.0 if tipped == 0 else low, "high": 1.0 if tipped == len(worst) else high}[stat]
    if kind in ("span", "settled", "steady"):
        return of_weeks(tables, kind, *words)
    if kind in ("figures", "assumed"):
        return tables.figures(words[0], kind == "assumed")
    return counted(tables, kind, words)


def of_uncertainty(tables, *words):
    """What uncertainty.json says, which a test of the study works out from the runs."""
    told = json.loads((tables.folder / "uncertainty.json").read_text(encoding="utf-8"))
    if len(words) == 1:
        return told[words[0]]
    metric = next(one for one in told["metrics"] if one["metric"] == words[0])
    if len(words) == 3:
        return next(row for row in metric["best"] if row["scenario"] == words[1])[words[2]]
    place = next(pair for pair in metric["pairs"] if (pair["first"], pair["second"]) == words[1:3])
    if len(words) == 4:
        return place[words[3]] if words[3] in ("same_order", "draws") else place["difference"][words[3]]
    place = next(one for one in place["inputs"] if one["path"] == words[3])
    for key in words[4:]:
        place = place[key]
    return place


def of_response(tables, response, name, stat):
    if stat in ("mean", "difference"):
        leavers = tables.mean(name, "leavers_of_start", "", tables.point(response))
        return leavers if stat == "mean" else leavers - tables.mean(tables.names[0], "leavers_of_start", "", tables.point(response))
    return float(tables.responses[response, name][stat])


def of_period(tables, name, metric, block, stat, end=None):
    assert end in (None, "end")
    pairs = tables.block(name, metric, int(block)).values()
    if stat == "mean":
        return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs)
    return quantile([top / bottom for top, bottom in pairs], {"low": 0.1, "high": 0.9}[stat])


def of_weeks(tables, kind, name, metric, *which):
    runs = tables.all_weeks[name, metric]
    warmup, end = count_steadiness.weeks_looked_at(tables.folder, name)
    if kind == "span":
        pairs = [run[week] for run in runs.values() for week in range(*map(int, which))]
        return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs)
    cut = count_steadiness.mser(runs, -warmup, end)
    if kind == "settled":
        return cut
    questions = 2 * len({metric for scenario, metric in tables.steady if scenario == name})
    weeks = max(week for week in next(iter(runs.values()))) + 1
    column = which[0]
    if column in CHANGES:
        return count_steadiness.with_limits(count_steadiness.rises(runs, weeks), questions)[CHANGES.index(column)]
    moved = count_steadiness.shifts(runs, cut - warmup, end)
    return count_steadiness.with_limits(moved, questions)[("shift", "shift_low", "shift_high").index(column)]


def of_runs(tables, kind, name, which):
    if kind in ("fortnight", "worst_fortnight"):
        values = tables.windows(name, 2)
    else:
        values = {run: top for run, (top, _) in tables.runs[name, 0, "leavers_of_start", ""].items()}
    if kind in ("worst_fortnight", "leavers_of_run"):
        return values[int(which)]
    return lower_median(values.values()) if which == "median" else max(values.values())


def counted(tables, kind, words):
    if kind == "runs":
        return len(tables.runs[tables.names[0], 0, "missed_share", ""])
    if kind == "of_options":
        return len(tables.names) - 1
    if kind == "headlines":
        return len({metric for _, metric in tables.differences})
    if kind == "options":
        metric, verdict = words
        return sum(row["verdict"] == verdict for (_, this), row in tables.differences.items() if this == metric)
    if kind == "verdicts":
        option, verdict = words
        return sum(row["verdict"] == verdict for (this, _), row in tables.differences.items() if this == option)
    if kind == "looked_at":
        return len({metric for _, metric in tables.steady})
    if kind in ("settling", "drifting"):
        column, wanted = ("settled", words[1]) if kind == "settling" else ("drifts", "yes")
        return sum(row[column] == wanted for (name, _), row in tables.steady.items() if name == words[0])
    raise AssertionError(f"nobody has said how to work out {kind}")


@pytest.fixture(params=["comparison", "single", "uncertain"])
def report(request):
    folder = request.getfixturevalue(request.param)
    return Page((folder / "report.html").read_text(encoding="utf-8")), Tables(folder)


def test_every_number_in_the_text_follows_from_the_saved_tables(report):
    page, tables = report
    assert len(page.numbers) > 100
    for of, value, _ in page.numbers:
        assert float(value) == pytest.approx(expected(tables, of), rel=1e-9, abs=1e-12), of


def test_every_number_is_written_as_it_is(report):
    page, _ = report
    for of, value, text in page.numbers:
        said, half = reads_as(text)
        # ends of intervals stand without the unit of their mean
        assert any(abs(said * scale - float(value)) <= half * scale * (1 + 1e-6) for scale in (1.0, 0.01)), (of, value, text)


def test_every_number_in_a_chart_follows_from_the_saved_tables(report):
    page, tables = report
    seen = seen_settled = 0
    for chart in page.charts:
        for trace in chart["data"]:
            if trace["ids"][0].startswith("settled|"):
                assert trace["x"] == [settled_on(tables, trace["ids"][0])] * 2
                seen_settled += 1
                continue
            axis = "y" if trace["ids"][0].startswith(("period|", "span|")) else "x"
            for place, (of, value) in enumerate(zip(trace["ids"], trace[axis], strict=True)):
                if of.startswith("label|"):
                    continue
                value += trace.get("base", 0.0)  # of a bar that does not begin at 0
                assert value == pytest.approx(expected(tables, of), rel=1e-9, abs=1e-12), of
                seen += 1
                if "error_x" in trace:
                    kind, *words = of.split("|")
                    ends = [f"{end}|{'|'.join(words)}" if kind == "mean" else "|".join((kind, *words[:-1], end)) for end in ("low", "high")]
                    if len(tables.runs[tables.names[0], 0, "missed_share", ""]) < 5 or value == 0:
                        assert (trace["error_x"]["arrayminus"][place], trace["error_x"]["array"][place]) == (None, None)
                        continue
                    low, high = (expected(tables, end) for end in ends)
                    assert value - trace["error_x"]["arrayminus"][place] == pytest.approx(low, abs=1e-9)
                    assert value + trace["error_x"]["array"][place] == pytest.approx(high, abs=1e-9)
    assert seen > 50
    assert seen_settled > 0


def settled_on(tables, of):
    """The Monday from which MSER-5 would count."""
    name = of.split("|")[1]
    warmup, _ = count_steadiness.weeks_looked_at(tables.folder, name)
    period = tables.kept(tables.names[0])["period"]
    start = dt.date.fromisoformat(str(period["start"]["value"]))
    return (start + dt.timedelta(weeks=expected(tables, of) - warmup)).isoformat()


def test_no_number_stands_outside(report):
    """All figures in the text are numbers of results, were given by a scenario, or belong to a fixed saying."""
    page, tables = report
    text = " ".join(" ".join(page.words).split())
    for name in tables.names:
        text = text.replace(tables.kept(name)["title"], "")
    for saying in SAYINGS:
        text = text.replace(saying, "")
    assert re.findall(r".{0,40}\d.{0,20}", text) == []


def test_the_table_of_the_best_says_what_the_saved_table_says(comparison):  # noqa: F811
    tables = Tables(comparison)
    letters = dict(zip(tables.names, ("Base", "A", "B"), strict=True))
    by_metric = defaultdict(list)
    for row in tables.rows("best.csv"):
        by_metric[row["metric"]].append(row)
    text = (comparison / "report.html").read_text(encoding="utf-8")
    table = text.rpartition("Which may be the best")[2].split("</table>")[0]
    told = [
        [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL)]
        for row in table.split("<tr")[2:]
    ]
    assert len(told) == len(by_metric) > 5
    assert any(others != "–" for _, _, others in told)
    for (_, best, others), rows in zip(told, by_metric.values(), strict=True):
        assert best.split(", ") == [letters[row["scenario"]] for row in rows if row["may_be_best"] == "True"]
        worse = [f"{letters[row['scenario']]} ({letters[row['worse_than']]} is better)" for row in rows if row["may_be_best"] == "False"]
        assert others == (", ".join(worse) or "–")


def test_whoever_is_not_the_best_has_a_worse_mean_than_the_one_named(comparison):  # noqa: F811
    tables = Tables(comparison)
    more_is_better = {"appointments_held_per_coach_day", "contact_minutes_share"}
    for row in tables.rows("best.csv"):
        assert (row["may_be_best"] == "True") == (row["worse_than"] == "")
        if row["worse_than"]:
            mine, other = (tables.mean(row[who], row["metric"]) for who in ("scenario", "worse_than"))
            assert (mine < other) == (row["metric"] in more_is_better)


def test_the_arithmetic_here_notices_a_wrong_number(comparison):  # noqa: F811
    tables = Tables(comparison)
    page = Page((comparison / "report.html").read_text(encoding="utf-8"))
    of, value, _ = next(one for one in page.numbers if one[0].startswith("mean|oxford_surge_step|overloaded_share"))
    assert float(value) * 1.001 != pytest.approx(expected(tables, of), rel=1e-9)


def test_the_same_results_give_the_same_bytes(comparison, tmp_path):  # noqa: F811
    again = made(tmp_path, Tables(comparison).names)
    assert (again / "report.html").read_bytes() == (comparison / "report.html").read_bytes()
