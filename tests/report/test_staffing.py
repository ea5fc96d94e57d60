"""Every number of a staffing report is worked out once more from the saved runs, by arithmetic of this file's own."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections import defaultdict
from functools import cached_property

import numpy as np
import pytest
import yaml
from scipy import stats

from jobcentre.report.page import write_report
from jobcentre.scenario import ScenarioError
from support.report_folders import out_of_reach, staffed, staffing  # noqa: F401 - fixtures
from support.report_text import Page, reads_as

pytestmark = [pytest.mark.cli, pytest.mark.slow]

SIGNS = {"<=": lambda value, wanted: value <= wanted, ">=": lambda value, wanted: value >= wanted}
COST = ("cost_per_year_pounds", "")
CONTACT = ("contact_minutes_share", "")


class Tables:
    """The runs of a folder, and what follows from them; of its answer only what was asked is read."""

    def __init__(self, folder):
        self.folder = folder
        self.asked = json.loads((folder / "staffing.json").read_text(encoding="utf-8"))

    def rows(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def runs(self):
        """Numerator and denominator by value, point, metric and group, and run."""
        found = defaultdict(dict)
        for row in self.rows("metrics.csv"):
            value = row["scenario"].rpartition("-")[2]
            pair = float(row["numerator"]), float(row["denominator"])
            found[value, int(row["point"]), (row["metric"], row["group"])][int(row["run"])] = pair
        return found

    @cached_property
    def points(self):
        """The point of each response that has one of its own."""
        return (
            {row["value"]: int(row["point"]) for row in self.rows("points.csv") if row["figure"] == "strain.response"}
            if (self.folder / "points.csv").exists()
            else {}
        )

    @cached_property
    def summary(self):
        """What the table of summaries says, by value, metric and group."""
        return {(row["scenario"].rpartition("-")[2], (row["metric"], row["group"])): row for row in self.rows("summary.csv")}

    def of(self, value, response, key):
        return self.runs[value, self.points.get(response, 0), key]

    @cached_property
    def targets(self):
        found = []
        for text in self.asked["targets"]:
            name, sign, number = re.fullmatch(r"([\w@]+)([<>]=)([\d.]+)", text).groups()
            metric, _, group = name.partition("@")
            found.append(((metric, group), SIGNS[sign], float(number)))
        return found

    def met(self, value, point, which=None):
        """Whether each run of a value meets all targets, or one of them, by run."""
        wanted = self.targets if which is None else [self.targets[which]]
        every = sorted(self.runs[value, point, COST])
        pairs = {key: self.runs[value, point, key] for key, _, _ in wanted}
        return {run: all(holds(pairs[key][run][0] / pairs[key][run][1], number) for key, holds, number in wanted) for run in every}


def expected(tables, of):
    kind, *words = of.split("|")
    if kind == "doubt":
        return of_doubt(tables, *words)
    assert kind == "staffing", f"nobody has said how to work out {kind}"
    response, value, name, *than = words
    point = tables.points.get(response, 0)
    if than:
        return of_step(tables, value, than[0], name, point)
    met = tables.met(value, point)
    if name in ("runs", "met"):
        return len(met) if name == "runs" else sum(met.values())
    if name == "probability":
        return sum(met.values()) / len(met)
    if name in ("low", "high"):
        limits = stats.binomtest(sum(met.values()), len(met)).proportion_ci(0.95, method="exact")
        return getattr(limits, name)
    if name in ("cost", "contact"):
        tops, bottoms = zip(*tables.of(value, response, COST if name == "cost" else CONTACT).values(), strict=True)
        return sum(tops) / sum(bottoms)
    if name.startswith(("cost_", "contact_")):
        assert point == 0  # of other responses no limits are told
        kind, end = name.split("_")
        return float(tables.summary[value, COST if kind == "cost" else CONTACT][end])
    column, _, place = name.rpartition("_")
    if column == "met":
        each = tables.met(value, point, int(place) - 1)
        return sum(each.values()) / len(each)
    key, _, _ = tables.targets[int(place) - 1]
    if column == "mean":
        tops, bottoms = zip(*tables.of(value, response, key).values(), strict=True)
        return sum(tops) / sum(bottoms)
    assert point == 0  # of other responses no means are told
    return float(tables.summary[value, key][column])


def differences_of_step(tables, value, than, point):
    """Paired over the same office-years; a year of each run counts the same."""
    mine, base = (tables.runs[one, point, COST] for one in (value, than))
    return np.array([mine[run][0] / mine[run][1] - base[run][0] / base[run][1] for run in sorted(set(mine) & set(base))])


def student_reach(more):
    return stats.t.ppf(0.975, len(more) - 1)


def resampled_reach(more):
    """The 95 % quantile of |t| when the runs are drawn again with replacement; differences of few runs may be skewed."""
    drawn = np.random.default_rng(11).choice(more, (200_000, len(more)))
    errors = np.maximum(drawn.std(axis=1, ddof=1), more.std(ddof=1) / 4) / len(more) ** 0.5
    return np.quantile(np.abs(drawn.mean(axis=1) - more.mean()) / errors, 0.95)


def of_step(tables, value, than, name, point):
    """The mean, or an end of the interval: as far as Student's, or as the resampled one where that is farther."""
    more = differences_of_step(tables, value, than, point)
    if name == "more":
        return more.mean()
    half = max(student_reach(more), resampled_reach(more)) * more.std(ddof=1) / len(more) ** 0.5
    return more.mean() + (half if name == "high" else -half)


def of_doubt(tables, value, name):
    """The most likely beta distribution, found by a search of this file's own; its limits are looked at apart."""
    points = sorted({point for one, point, _ in tables.runs if point >= 1000 and one == value})
    counts = np.array([sum(tables.met(value, point).values()) for point in points])
    means, spreads = np.linspace(0.0005, 0.9995, 400)[:, None], np.linspace(0.002, 0.995, 150)[None, :]
    total = 1 / spreads - 1
    a, b = means * total, (1 - means) * total
    likelihood = sum(stats.betabinom.logpmf(count, 5, a, b) for count in counts)
    likely = likelihood >= likelihood.max() - stats.norm.ppf(0.975) ** 2 / 2
    best = np.unravel_index(likelihood.argmax(), likelihood.shape)
    of = np.broadcast_to(means, likelihood.shape) if name.startswith("mean") else stats.beta.sf(tables.asked["probability"], a, b)
    if name in ("low", "mean_low"):
        return of[likely].min()
    return of[likely].max() if name in ("high", "mean_high") else of[best]


@pytest.fixture(params=["staffing", "out_of_reach"])
def report(request):
    folder = request.getfixturevalue(request.param)
    return Page((folder / "report.html").read_text(encoding="utf-8")), Tables(folder)


def about(of, tables):
    """How near two searches on a grid, and two resamplings of the same runs, must come; all else is exact."""
    if of.startswith("doubt|"):
        return {"abs": 0.03}
    response, value, name, *than = of.split("|")[1:]
    if than and name != "more":
        more = differences_of_step(tables, value, than[0], tables.points.get(response, 0))
        if resampled_reach(more) > student_reach(more):
            return {"abs": 0.03 * resampled_reach(more) * more.std(ddof=1) / len(more) ** 0.5}
    return {"rel": 1e-9, "abs": 1e-12}


def test_every_number_in_the_text_follows_from_the_saved_runs(report):
    page, tables = report
    kinds = {of.split("|")[0] for of, _, _ in page.numbers}
    assert "staffing" in kinds
    assert len(page.numbers) > 30
    for of, value, _ in page.numbers:
        assert float(value) == pytest.approx(expected(tables, of), **about(of, tables)), of


def test_all_that_is_promised_is_told(staffing):  # noqa: F811
    page = Page((staffing / "report.html").read_text(encoding="utf-8"))
    told = {of for of, _, _ in page.numbers}
    tables = Tables(staffing)
    assert {row["state"] for row in tables.asked["candidates"]} >= {"enough", "not_enough"}
    for row in tables.asked["candidates"]:
        value = f"{row['value']:g}"
        for name in ("runs", "probability", "low", "high", "cost", "met_1", "met_2", "mean_1", "mean_2", "low_1", "high_2"):
            assert f"staffing||{value}|{name}" in told
    assert any(of.startswith("staffing|high|") for of in told)
    assert any(re.fullmatch(r"staffing\|\|\d+\|more\|\d+", of) for of in told)
    assert sum(of.startswith("doubt|") and of.endswith("|share") for of in told) == len(tables.asked["doubt"]["values"])


def test_every_number_is_written_as_it_is(report):
    page, _ = report
    for of, value, text in page.numbers:
        said, half = reads_as(text)
        assert any(abs(said * scale - float(value)) <= half * scale * (1 + 1e-6) for scale in (1.0, 0.01)), (of, value, text)


def test_every_number_in_a_chart_follows_from_the_saved_runs(report):
    page, tables = report
    assert {chart["id"].rpartition("-")[0] for chart in page.charts} == {"chart", "chart-trade-off"}
    seen = 0
    for chart in page.charts:
        for trace in chart["data"]:
            for place, of in enumerate(trace["ids"]):
                assert trace["y"][place] == pytest.approx(expected(tables, of), rel=1e-9, abs=1e-12), of
                value = of.split("|")[2]
                costs = chart["id"].startswith("chart-trade-off")
                across = expected(tables, f"staffing||{value}|cost") if costs else float(value)
                assert trace["x"][place] == pytest.approx(across, rel=1e-9)
                if costs:
                    assert trace["text"][place] == value
                else:
                    low, high = (expected(tables, f"staffing||{value}|{end}") for end in ("low", "high"))
                    assert trace["y"][place] - trace["error_y"]["arrayminus"][place] == pytest.approx(low, abs=1e-9)
                    assert trace["y"][place] + trace["error_y"]["array"][place] == pytest.approx(high, abs=1e-9)
                seen += 1
        line = chart["layout"]["shapes"][0]["y0"]
        wanted = tables.asked["probability"] if chart["id"] == "chart-chances" else tables.targets[int(chart["id"][-1])][2]
        assert line == wanted
    assert seen == len(tables.asked["candidates"]) * (1 + len(tables.targets))


def test_no_number_stands_outside(report):
    page, tables = report
    text = " ".join(" ".join(page.words).split())
    for path in (tables.folder / "scenarios").iterdir():
        text = text.replace(yaml.safe_load(path.read_text(encoding="utf-8"))["title"], "")
    assert re.findall(r".{0,40}\d.{0,20}", text) == []


def test_what_is_called_enough_follows_from_the_limits(report):
    """The chains once more: enough from the most generous value downwards, not enough from the least generous upwards."""
    _, tables = report
    values = [f"{row['value']:g}" for row in tables.asked["candidates"]]
    order = values if tables.asked["more_is_generous"] else values[::-1]
    enough, short = set(), set()
    for value in reversed(order):
        if expected(tables, f"staffing||{value}|low") < tables.asked["probability"]:
            break
        enough.add(value)
    for value in order:
        if expected(tables, f"staffing||{value}|high") >= tables.asked["probability"]:
            break
        short.add(value)
    states = {f"{row['value']:g}": row["state"] for row in tables.asked["candidates"]}
    assert {value for value, state in states.items() if state == "enough"} == enough
    assert {value for value, state in states.items() if state == "not_enough"} == short


def test_the_arithmetic_here_notices_a_wrong_number(staffing):  # noqa: F811
    tables = Tables(staffing)
    page = Page((staffing / "report.html").read_text(encoding="utf-8"))
    of, value, _ = next(one for one in page.numbers if one[0].endswith("|cost"))
    assert float(value) * 1.001 != pytest.approx(expected(tables, of), rel=1e-9)


def test_the_same_question_gives_the_same_bytes(out_of_reach, tmp_path):  # noqa: F811
    again = staffed(tmp_path, "10:22:6", "appointments_per_day", ("overloaded_share<=0.01",), sets=0, responses=False)
    assert again.name == out_of_reach.name
    assert (again / "report.html").read_bytes() == (out_of_reach / "report.html").read_bytes()


@pytest.mark.parametrize("content", ['{"lever": 3}', "[]", "null", "{", '{"values": 3}'])
def test_a_document_that_is_none_of_ours_is_refused_in_words(staffing, tmp_path, content):  # noqa: F811
    folder = tmp_path / "copy"
    shutil.copytree(staffing, folder)
    (folder / "staffing.json").write_text(content, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["staffing.json"] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"staffing\.json"):
        write_report(folder)
