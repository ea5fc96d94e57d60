"""Every number of a sweep's report is worked out once more from the saved runs, by arithmetic of the tests' own."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import defaultdict
from itertools import pairwise

import pytest
import yaml

from jobcentre.metrics import HEADLINES
from jobcentre.report.page import write_report
from jobcentre.scenario import ScenarioError
from support.report_text import Page, reads_as
from support.sweep_folders import CAP, COACHES, RANGES, TWO, change_request, made_once, rows_of, sampled, sweep, sweep_folder  # noqa: F401
from support.sweep_numbers import HIGHER, LOWER, MATTERS, Tables, expected, of_best, of_ranks, ranked, same, side  # noqa: F401

pytestmark = pytest.mark.cli

MOST_BYTES = 2_000_000


@pytest.fixture
def report(sweep):  # noqa: F811
    return Page((sweep / "report.html").read_text(encoding="utf-8")), Tables(sweep)


def test_every_number_in_the_text_follows_from_the_saved_runs(report):
    page, tables = report
    assert len(page.numbers) > 30  # three points without intervals have the fewest
    for of, value, _ in page.numbers:
        assert float(value) == pytest.approx(expected(tables, of), rel=1e-9, abs=1e-12), of


def test_every_number_is_written_as_it_is(report):
    page, _ = report
    for of, value, text in page.numbers:
        said, half = reads_as(text)
        assert any(abs(said * scale - float(value)) <= half * scale * (1 + 1e-6) for scale in (1.0, 0.01)), (of, value, text)


def test_no_number_stands_outside(report):
    page, tables = report
    text = " ".join(" ".join(page.words).split())
    for path in (tables.folder / "scenarios").iterdir():
        text = text.replace(yaml.safe_load(path.read_text(encoding="utf-8"))["title"], "")
    for metric in ("a load above 1",):  # from definitions
        text = text.replace(metric, "")
    assert re.findall(r".{0,40}\d.{0,20}", text) == []


def values_across(tables, chart, trace):
    """What each mark of a chart says, and where it ought to stand: by its id, from the saved tables."""
    kind, *words = trace["meta"].split("|")
    for place, one in enumerate(trace["ids"]):
        if kind == "pair":
            scenario, metric, across, up = words
            x, y = one.split("|")
            points = tables.where(**{across.replace(".", "__"): x, up.replace(".", "__"): y})
            yield place, tables.average(scenario, metric, points), (across, x), (up, y), None
        else:
            scenario, metric = words
            at = tables.points[int(one)]
            yield place, tables.mean(scenario, int(one), metric), at, at, (scenario, int(one), metric)


def test_every_mark_in_a_chart_is_where_its_point_is_and_says_its_mean(report):
    page, tables = report
    axes = {axis["name"]: axis for axis in tables.asked["axes"]}
    seen = defaultdict(int)
    for chart in page.charts:
        form = chart["id"].split("-")[1]
        for trace in chart["data"]:
            if trace["meta"].startswith(("label|", "best|", "close|")):
                continue
            for place, mean, x, y, key in values_across(tables, chart, trace):
                seen[form] += 1
                if form == "map":
                    assert trace["customdata"][place] == pytest.approx(mean, rel=1e-4)
                    column, row = trace["x"][place], trace["base"][place]
                    for axis, where in (("xaxis", column), ("yaxis", row)):
                        text = chart["layout"][axis]["ticktext"][int(where)]
                        name, value = next((n, v) for n, v in both(x, y) if axes[n]["label"] in titled(chart, axis))
                        assert same(text, value), name
                    continue
                assert trace["y"][place] == pytest.approx(mean, rel=1e-4)
                axis = next(name for name, one in axes.items() if one["label"] in titled(chart, "xaxis"))
                assert trace["x"][place] == pytest.approx(float(x[axis]), rel=1e-4)
                if form == "line":
                    low, high = (tables.end(*key, stat) for stat in ("low", "high"))
                    assert mean - trace["error_y"]["arrayminus"][place] == pytest.approx(low, abs=1e-4 * mean)
                    assert mean + trace["error_y"]["array"][place] == pytest.approx(high, abs=1e-4 * mean)
    scenarios, metrics = len({scenario for scenario, *_ in tables.runs}), len(tables.asked["metrics"])
    if "line" in seen or (len(axes) == 2 and "map" in seen):
        assert sum(seen.values()) == scenarios * metrics * len(tables.points)
    else:
        assert sum(seen.values()) >= scenarios * metrics


def both(x, y):
    return [*x.items(), *y.items()] if isinstance(x, dict) else [x, y]


def titled(chart, axis):
    return chart["layout"][axis]["title"]["text"].replace("<br>", " ")


def test_the_best_cell_and_those_that_cannot_be_told_from_it_are_marked(tmp_path_factory):
    folder = made_once("map", tmp_path_factory)
    page, tables = Page((folder / "report.html").read_text(encoding="utf-8")), Tables(folder)
    seen = 0
    for chart in page.charts:
        scenario, metric = chart["data"][0]["meta"].split("|")[1:]
        marked = defaultdict(list)
        for trace in chart["data"]:
            marked[trace["meta"].split("|")[0]] += trace["ids"]  # dots are dark on pale cells and white on dark ones
        assert marked["best"] == [str(tables.best(scenario, metric))]
        assert len(marked["close"]) == of_best(tables, "close", scenario, metric)
        seen += len(marked["close"])
    assert seen > 3


def test_colours_mean_the_same_in_all_scenarios(tmp_path_factory):
    folder = made_once("map", tmp_path_factory)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    shades = defaultdict(list)
    for chart in page.charts:
        for trace in chart["data"]:
            if trace["meta"].startswith("at|"):
                shades[trace["meta"].split("|")[2], trace["marker"]["color"]].append((min(trace["customdata"]), max(trace["customdata"])))
    by_metric = defaultdict(list)
    for (metric, hue), spans in shades.items():
        by_metric[metric].append((min(low for low, _ in spans), max(high for _, high in spans), hue))
    assert len(by_metric) == 4
    for spans in by_metric.values():
        ordered = sorted(spans)
        assert all(a[1] < b[0] for a, b in pairwise(ordered))  # no value has two colours
        greys = [sum(int(hue[at : at + 2], 16) * weight for at, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722))) for _, _, hue in ordered]
        assert greys == sorted(greys, reverse=True)  # the higher, the darker, in grey too


def text_of(kind, tmp_path_factory):
    return " ".join(
        re.sub(r"<[^>]+>", "", (made_once(kind, tmp_path_factory) / "report.html").read_text(encoding="utf-8").split("<script")[0]).split()
    )


def test_what_must_be_known_stands_beside_the_answer(tmp_path_factory):
    for kind in ("line", "map", "many", "sample", "listed"):
        text = text_of(kind, tmp_path_factory)
        answer = text.partition("The answer")[2].partition("Best and worst, metric by metric Means over")[0]
        assert "Each interval is for itself: of 100 about 5 miss" in answer
        assert "They cover chance between runs only" in answer
        assert "the best looks better than it is" in answer
        assert ("runs a point are few" in answer) == (kind in ("many", "sample", "listed"))


def test_failed_runs_are_told(tmp_path_factory):
    text = text_of("line", tmp_path_factory)
    assert "1 run failed and is left out." in text
    assert f"Run 3 at point 2 of {TWO[0]} failed and is left out: the team is empty." in text


def test_a_table_of_offices_is_told(tmp_path_factory):
    assert "All numbers are of the nation as a whole: 646 offices of the table synthetic_646 added up." in text_of(
        "listed", tmp_path_factory
    )
    assert "nation" not in text_of("map", tmp_path_factory)


def test_a_list_claims_nothing_of_single_figures(tmp_path_factory):
    text = text_of("listed", tmp_path_factory)
    assert "The figures of a list change together: what each of them does by itself cannot be told from it." in text
    assert "Moved most by" not in text
    assert "Goes most with" not in text


def made_up(metric, scenario, at):
    """Whole hundredths, so that the expected words can be written by hand."""
    return {20.0: 0.70, 22.0: 0.60, 24.0: 0.50, 26.0: 0.30, 28.0: 0.10, 30.0: 0.10}[float(at["coaches"])]


def test_one_figure_in_words(tmp_path):
    folder = sweep_folder(tmp_path, [COACHES], metrics=["overloaded_share"], value=made_up)
    text = " ".join(re.sub(r"<[^>]+>", "", (folder / "report.html").read_text(encoding="utf-8").split("<script")[0]).split())
    limits = "above with 20 to 22 coaches; below with 26 to 30 coaches; cannot be told with 24 coaches"
    assert f"Half of coach-days: {limits}." in text
    assert "more than 2 percentage points worse than the best with 20 to 26 coaches." in text
    assert "with 20 coaches." in text.partition("worst (the highest)")[2][:60]


def words_beside(metric, scenario, at):
    return {"12": 0.1, "9:30": 0.2, "true": 0.4}[str(at["kind"]).lower()]


def test_words_that_look_like_numbers_stay_words(tmp_path):
    kind = {"name": "kind", "label": "Kind of day", "unit": "", "values": ["12", "9:30", True]}
    folder = sweep_folder(tmp_path, [kind], metrics=["missed_share"], runs=6, value=words_beside)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.charts[0]["layout"]["xaxis"]["ticktext"] == ["12", "9:30", "true"]
    assert [round(mean, 1) for mean in page.charts[0]["data"][0]["y"]] == [0.1, 0.2, 0.4]


def test_a_list_of_choices_is_drawn(tmp_path):
    kind = {"name": "kind", "label": "Kind of day", "unit": "", "values": ["12", "9:30"]}
    folder = sweep_folder(
        tmp_path, [kind, COACHES], [("9:30", 20), ("12", 24)], sampling="list", metrics=["missed_share"], runs=6, value=words_beside
    )
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.charts[0]["layout"]["xaxis"]["ticktext"] == ["12", "9:30"]
    assert page.charts[0]["data"][0]["x"] == [1, 0]


def flat(metric, scenario, at):
    return 0.2 if metric == "overloaded_share" else 0.1 + 0.0001 * float(at["coaches"]) + 0.01 * (float(at["appointments_per_day"]) - 17)


def test_what_runs_cannot_tell_is_not_claimed(tmp_path):
    folder = sweep_folder(tmp_path, [COACHES, CAP], metrics=["overloaded_share", "missed_share"], runs=5, value=flat)
    text = " ".join(re.sub(r"<[^>]+>", "", (folder / "report.html").read_text(encoding="utf-8").split("<script")[0]).split())
    first, _, rest = text.partition("The answer")[2].partition("Missed appointments:")
    assert "These runs cannot tell the two apart." in first
    assert "It is moved most" not in first
    assert "It is moved most by appointments a day at most" in rest


def constant(metric, scenario, at):
    return 0.0


def test_a_metric_that_is_the_same_everywhere_has_no_best_point(tmp_path):
    folder = sweep_folder(tmp_path, [COACHES, CAP], metrics=["rushed_share"], value=constant)
    text = " ".join(re.sub(r"<[^>]+>", "", (folder / "report.html").read_text(encoding="utf-8").split("<script")[0]).split())
    assert "the same at all points with a value" in text
    assert "at every point." in text
    assert "Best (" not in text


def test_a_point_without_runs_is_left_blank(tmp_path):
    failed = [(TWO[0], 4, run) for run in range(6)]
    folder = sweep_folder(tmp_path, [COACHES, CAP], metrics=["missed_share"], runs=6, failed=failed)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    drawn = [one for trace in page.charts[0]["data"] if trace["meta"].startswith("at|") for one in trace["ids"]]
    assert "4" not in drawn
    assert len(drawn) == 29
    assert "not judged: some points have no value" in " ".join(page.words)


def check_places(charts, tables):
    """Cells of large maps carry no number of their point: their place must say which it is."""
    at = {(int(one["appointments_per_day"]), int(one["coaches"])): point for point, one in tables.points.items()}
    for chart in charts[::7]:
        layout, seen = chart["layout"], 0
        ends = [[float(text) for text in layout[axis]["ticktext"][:2]] for axis in ("xaxis", "yaxis")]
        steps = [layout[axis]["tickvals"][1] - layout[axis]["tickvals"][0] for axis in ("xaxis", "yaxis")]
        for trace in chart["data"]:
            if not trace["meta"].startswith("at|"):
                continue
            _, scenario, metric = trace["meta"].split("|")
            for column, row, value in zip(trace["x"], trace["base"], trace["customdata"], strict=True):
                x, y = (low + where * (high - low) / step for (low, high), step, where in zip(ends, steps, (column, row), strict=True))
                assert value == pytest.approx(tables.mean(scenario, at[round(x), round(y)], metric), rel=1e-4)
                seen += 1
        assert seen == len(tables.points)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["map", "line", "sample", "many"])
def test_a_thousand_points_of_ten_metrics_and_two_scenarios_stay_one_small_file(tmp_path, form):
    axes = {
        "map": [COACHES | {"values": list(range(10, 50))}, CAP | {"values": list(range(3, 28))}],
        "line": [COACHES | {"values": list(range(10, 1010))}],
        "sample": list(RANGES),
        "many": [
            COACHES | {"values": list(range(10, 30))},
            CAP | {"values": list(range(10, 20))},
            RANGES[0] | {"values": [0.7, 0.8, 0.9, 1, 1.1]},
        ],
    }[form]
    points = sampled(axes, 1000) if form == "sample" else None
    folder = sweep_folder(
        tmp_path, axes, points, sampling="sobol" if form == "sample" else "grid", runs=5, scenarios=TWO, metrics=HEADLINES
    )  # fmt: skip
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "summary.csv holds" in text
    charts = Page(text).charts
    assert len(charts) >= 10
    if form == "map":
        check_places(charts, Tables(folder))


def test_the_same_results_give_the_same_bytes(tmp_path):
    one, other = (sweep_folder(tmp_path / name, [COACHES, CAP], runs=5) for name in ("a", "b"))
    assert (one / "report.html").read_bytes() == (other / "report.html").read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": ...}, {"axes": []}, {"axes": [3]}, {"axes": [{"name": "coaches", "label": "x", "values": []}]}, {"metrics": ["nothing"]}, {"metrics": []},
        {"sampling": "wild"}, {"points": 7}, {"points": []}, {"points": [["many"]]}, {"points": [[20, 21]]}, {"table": {"name": "x"}},
        {"axes": [COACHES, COACHES]}, {"kind": "voyage"}, {"kind": ...},
    ],
)  # fmt: skip
def test_a_request_that_is_none_of_ours_is_refused_in_words(tmp_path, changes):
    folder = sweep_folder(tmp_path, [COACHES], runs=5, metrics=["missed_share"])
    before = (folder / "report.html").read_bytes()
    change_request(folder, **changes)
    with pytest.raises(ScenarioError, match=r"experiment\.json"):
        write_report(folder)
    assert (folder / "report.html").read_bytes() == before


@pytest.mark.parametrize("name", ["summary.csv", "experiment.json"])
def test_a_spoilt_file_is_refused_with_its_name(tmp_path, name):
    folder = sweep_folder(tmp_path, [COACHES], runs=5, metrics=["missed_share"])
    path = folder / name
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ScenarioError, match=re.escape(name)):
        write_report(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(name)):
        write_report(folder)


def test_the_command_draws_it_again(tmp_path, jobcentre):
    folder = sweep_folder(tmp_path, [COACHES], runs=5)
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    shutil.copy(folder / "experiment.json", folder / "experiment.json.kept")
    status, _, _ = jobcentre("report", str(folder), "--json")
    assert (status, (folder / "report.html").read_bytes()) == (0, before)
