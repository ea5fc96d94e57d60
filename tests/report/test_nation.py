"""Every number of the report of a table of offices is worked out once more from the runs of the single offices."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.report.page import write_report
from jobcentre.scenario import ScenarioError, load
from jobcentre.scenario.offices import Site
from support.nation_folders import ABOUT, NAMES, PLACES, RUNS, SITES, TOTALS, folder_of, made_up, one, two  # noqa: F401 - fixtures
from support.report_text import Page, reads_as, wilson


@pytest.fixture(params=["one", "two"])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def pairs(name: str, metric: str, which: list[Site]) -> list[list[tuple[float, float]]]:
    """Numerator and denominator of each office, by run."""
    return [[made_up(name, site)[run].metrics[metric, None] for site in which] for run in range(RUNS)]


def together(name: str, metric: str, which: list[Site]) -> float:
    """The mean of some offices together."""
    if metric in TOTALS:
        return sum(top / bottom for row in pairs(name, metric, which) for top, bottom in row) / RUNS
    every = [pair for row in pairs(name, metric, which) for pair in row]
    return sum(top for top, _ in every) / sum(bottom for _, bottom in every)


def in_region(region: str) -> list[Site]:
    return [site for site in SITES if region in ("", site.region)]


def saved(folder: Path, table: str, **wanted: str) -> dict[str, str]:
    with (folder / table).open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if all(row[column] == value for column, value in wanted.items())]
    return row


def tipping(name: str, site: Site) -> int:
    return sum(pair[0] / pair[1] > 0.5 for (pair,) in pairs(name, "overloaded_share", [site]))


def expected(folder: Path, of: str) -> float:
    kind, *words = of.split("|")
    if kind in ("nation", "region"):
        name, metric, stat = words[0], words[-2], words[-1]
        region = words[1] if kind == "region" else ""
        if stat == "mean":
            return together(name, metric, in_region(region))
        where = {"region": region} if region else {}
        return float(saved(folder, "regions.csv" if region else "summary.csv", scenario=name, metric=metric, group="", **where)[stat])
    if kind == "change":
        name, metric, stat = words
        if stat == "difference":
            return together(name, metric, SITES) - together(NAMES[0], metric, SITES)
        return float(saved(folder, "differences.csv", option=name, metric=metric)[stat])
    if kind == "tail":
        name, region, figure, stat = words
        metric, mark = ("overloaded_share", 0.5) if figure == "offices_tip_over" else ("flexibility_share", 0.0)
        if stat == "value":
            return sum(top / bottom > mark for row in pairs(name, metric, in_region(region)) for top, bottom in row) / RUNS
        return float(saved(folder, "tails.csv", scenario=name, region=region, figure=figure)[stat])
    if kind == "quantile":
        name, metric, figure = words
        return float(np.percentile([together(name, metric, [site]) for site in SITES], int(figure[-2:])))
    if kind == "office":
        return of_office(*words)
    counts = {
        "offices": lambda: len(SITES),
        "runs": lambda: RUNS,
        "offices_of": lambda: len(in_region(words[0])),
        "posts": lambda: sum(site.posts for site in in_region(words[0])),
        "coaches": lambda: sum(site.coaches for site in in_region(words[0])),
    }
    return counts[kind]()


def of_office(name: str, office: str, column: str) -> float:
    (site,) = [site for site in SITES if site.office == office]
    if column in ("posts", "coaches"):
        return float(getattr(site, column))
    if column.startswith("tips_over"):
        tips = tipping(name, site)
        ends = wilson(tips, RUNS)
        limits = {"_low": ends[0] if tips else 0.0, "_high": ends[1] if tips < RUNS else 1.0, "": tips / RUNS}
        return limits[column.removeprefix("tips_over")]
    return together(name, column, [site])


def test_every_number_in_the_text_follows_from_the_runs_of_single_offices(folder: Path) -> None:
    page = page_of(folder)
    kinds = {of.split("|")[0] for of, _, _ in page.numbers}
    assert kinds >= {"nation", "region", "tail", "quantile", "office", "offices", "posts"}
    assert len(page.numbers) > 150
    for of, value, text in page.numbers:
        assert float(value) == pytest.approx(expected(folder, of), rel=1e-9, abs=1e-12), of
        said, half = reads_as(text)
        assert any(abs(said * scale - float(value)) <= half * scale * (1 + 1e-6) for scale in (1.0, 0.01)), (of, value, text)


def test_every_number_in_a_chart_follows_from_the_runs_of_single_offices(folder: Path) -> None:
    names = NAMES if (folder / "differences.csv").exists() else NAMES[:1]
    seen = []
    for chart in page_of(folder).charts:
        for trace in chart["data"]:
            for place, (of, value) in enumerate(zip(trace["ids"], trace["x"], strict=True)):
                kind, *words = of.split("|")
                if kind == "label":
                    continue
                name, which = words[0], words[-1]
                sites = [site for site in SITES if which in (site.office, site.region)]
                assert value == pytest.approx(together(name, "overloaded_share", sites)), of
                seen.append((name, which))
                if kind == "mean":
                    row = saved(folder, "regions.csv", scenario=name, region=which, metric="overloaded_share", group="")
                    assert value + trace["error_x"]["array"][place] == pytest.approx(float(row["high"]))
                    assert value - trace["error_x"]["arrayminus"][place] == pytest.approx(float(row["low"]))
    offices = [site.office for site in SITES]
    assert sorted(seen) == sorted((name, which) for name in names for which in [*offices, "north", "south", "east"])


def test_no_number_stands_outside(folder: Path) -> None:
    text = " ".join(" ".join(page_of(folder).words).split())
    text = re.sub(r"Offices that tip over most: .*? Office ", "", text)
    for name in NAMES:
        text = text.replace(load(name).title, "")
    assert re.findall(r".{0,40}\d.{0,20}", text) == []


def test_the_answer_names_the_worst_and_best_region_the_spread_and_what_tipping_over_means(two: Path) -> None:  # noqa: F811
    means = {region: together(NAMES[0], "overloaded_share", in_region(region)) for region in ("north", "south", "east")}
    text = re.sub(r"<.*?>", "", (two / "report.html").read_text(encoding="utf-8").partition('id="answer"')[2].partition("</section>")[0])
    ordered = sorted(means, key=lambda region: means[region])
    assert re.search(rf"range from .* in {ordered[0]} to .* in {ordered[-1]}\.", text)
    for words in (
        "offices tip over in a year",
        "one office in twenty",
        "overloaded_share&gt;0.5; that mark is assumed",
        "no office or region in it is a real one",
    ):
        assert words in text
    assert text.count("tip over in a year") == 2  # each scenario


def test_offices_that_tip_over_most_come_first(one: Path) -> None:  # noqa: F811
    page = (one / "report.html").read_text(encoding="utf-8").partition('id="offices-list"')[2].partition("</section>")[0]
    listed = re.findall(r"office \d", re.sub(r"<data.*?>", "", page))
    ranked = sorted(SITES, key=lambda site: (-tipping(NAMES[0], site), -together(NAMES[0], "overloaded_share", [site])))
    assert listed == [site.office for site in ranked if tipping(NAMES[0], site)]
    assert 0 < len(listed) < len(SITES)


def test_totals_have_a_verdict_like_all_others(two: Path) -> None:  # noqa: F811
    page = (two / "report.html").read_text(encoding="utf-8").partition('id="nation"')[2].partition("</section>")[0]
    rows = {re.sub(r"<.*?>", "", row).strip().split("\n")[0]: row for row in page.split("<tr>")[2:]}
    money = next(row for name, row in rows.items() if name.startswith("Cost a year"))
    assert "change" in money
    assert "verdict" in money
    assert sum("verdict" in row for row in rows.values()) == len(HEADLINES)


def test_a_table_that_does_not_call_itself_synthetic_is_not_called_so(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, NAMES[:1], notes=("Counted on the spot.",))
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "synthetic" not in text
    assert "Counted on the spot." in text


def test_offices_and_regions_may_be_called_by_numbers(tmp_path: Path) -> None:
    numbered = [Site("007", "1", 10, 4, {}, {}), Site("7", "NA", 10, 10, {}, {}), Site("1e3", "01", 10, 9, {}, {})]
    folder = folder_of(tmp_path, NAMES[:1], sites=numbered)
    told = [of.split("|")[2] for of, _, _ in page_of(folder).numbers if of.startswith(("region|", "office|"))]
    assert set(told) == {"1", "NA", "01", "007"}


def test_names_of_offices_cannot_write_into_the_page(tmp_path: Path) -> None:
    hostile = [
        Site("a <b>bold</b> office & co", "the {0} <i>north</i>", 10, 4, {}, {}),
        Site("quiet", "the {0} <i>north</i>", 10, 10, {}, {}),
    ]
    folder = folder_of(tmp_path, NAMES[:1], sites=hostile)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<b>bold" not in text
    assert "<i>north" not in text
    assert "the {0} &lt;i&gt;north" in text


def test_the_same_results_give_the_same_bytes(one: Path, tmp_path: Path) -> None:  # noqa: F811
    assert (folder_of(tmp_path, NAMES[:1]) / "report.html").read_bytes() == (one / "report.html").read_bytes()


@pytest.mark.parametrize("name", ["offices.csv", "tails.csv", "regions.csv"])
def test_a_table_that_is_none_of_ours_is_refused_in_words(one: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    folder = tmp_path / "copy"
    shutil.copytree(one, folder)
    (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="not as it was written"):
        write_report(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(name)):
        write_report(folder)
