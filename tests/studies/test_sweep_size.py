"""Sweeps and ranges that are too large or leave a figure's limits: told before any scenario is made of them, and never in silence."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from jobcentre.commands.progress import checking
from jobcentre.runs import requests
from jobcentre.runs.requests import SweepRequest, VariedInput
from jobcentre.scenario import ScenarioError, load
from jobcentre.scenario.offices import Site, SiteTable
from jobcentre.scenario.schema_paths import all_figures, node_at, number_limits
from jobcentre.studies import sweep_plan, sweep_request
from jobcentre.studies.levers import KNOWN, lever_of, values_of
from jobcentre.studies.sweep_plan_file import read_plan
from jobcentre.studies.sweep_plan_options import plan_from_options
from jobcentre.studies.sweep_request import MOST_PLACES, MOST_PLANNED, nation_of, sweep_of

pytestmark = pytest.mark.rules

BASE = load("baseline")


def numeric_figures() -> list[str]:
    """The paths of all numbers of the schema, with the first row of the baseline for each `*`, and the levers."""
    found = [*KNOWN]
    for path, node in all_figures():
        keys: list[str] = []
        place: object = BASE.settings.model_dump()
        for key in path:
            rows = place if isinstance(place, dict) else {}
            keys.append(next(iter(rows), "any") if key == "*" else key)
            place = rows.get(keys[-1])
        ends = [*keys, "mean"] if node.kind == "distribution" else keys
        spot = node_at(ends)
        if spot is not None and spot.inner in (int, float) and spot.unit != "time" and number_limits(spot):
            found.append(".".join(ends))
    return found


def beyond(name: str) -> list[tuple[int, str]]:
    """Whole numbers just outside the limits of a figure, and the words that say so."""
    limits = [number_limits(node) for path in (KNOWN[name].paths if name in KNOWN else [name]) if (node := node_at(path.split(".")))]
    found = []
    for one in limits:
        found += [(math.floor(one["le"]) + 1, "at most")] if "le" in one else []
        found += [(math.ceil(one["ge"]) - 1, "at least")] if "ge" in one else []
        found += [(math.floor(one["gt"]), "above")] if "gt" in one else []
    return found


@pytest.fixture
def no_scenario_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a scenario was made")

    monkeypatch.setattr("jobcentre.studies.levers.vary", made)
    monkeypatch.setattr(sweep_plan, "at_point", made)
    monkeypatch.setattr(sweep_request, "at_point", made)


@pytest.mark.usefixtures("no_scenario_is_made")
def test_a_value_beyond_any_figures_limits_is_told_at_once_wherever_it_is_given(tmp_path: Path) -> None:
    names = numeric_figures()
    assert len(names) > 100
    for name in names:
        for number, words in beyond(name):
            low, high = sorted((number, number + 1 if words == "at most" else number - 1 if words == "at least" else number + 1))
            for text in (f"{low}:{high}", f"{low},{high}", f"[{low}, {high}]"):
                with pytest.raises(ScenarioError) as error:
                    plan_from_options(["baseline"], [f"{name}={text}"])
                (problem,) = error.value.problems
                assert problem.path == name
                assert words in problem.message
            (tmp_path / "p.yaml").write_text(f"title: A\nscenarios: [baseline]\nfigures: {{{name}: [{low}, {high}]}}\n", encoding="utf-8")
            with pytest.raises(ScenarioError) as error:
                read_plan(tmp_path / "p.yaml")
            assert all(words in one.message for one in error.value.problems)
            with pytest.raises(ScenarioError) as error:
                values_of(f"{low}:{high}", lever_of(name, None), BASE)
            assert words in error.value.problems[0].message


@pytest.mark.usefixtures("no_scenario_is_made")
@pytest.mark.parametrize(
    "sets",
    [
        ["coaches=5:100000"],
        ["coaches=5:100000:5"],
        ["changes.surge.over_days=1:3661"],
        ["coaches=5:4000", "admin.factor=0:1:0.01"],
        ["admin.factor=0:1:0.000001"],
    ],
)
def test_too_much_is_told_before_a_scenario_is_made(sets: list[str]) -> None:
    with pytest.raises(ScenarioError) as error:
        plan_from_options(["oxford_surge_step"], sets)
    assert any(words in str(error.value) for words in ("at most", "more than 100,000"))


@pytest.mark.usefixtures("no_scenario_is_made")
@pytest.mark.parametrize(
    ("points", "offices", "runs", "words"),
    [
        (100_000, 6, 1, "100,000 points × 6 offices make 600,000 places, more than 500,000"),
        (1001, 1, 10_000, "1,001 points × 10,000 runs make 10,010,000 runs, more than 10,000,000"),
        (100_000, 10_000, 100_000, "places"),
    ],
)
def test_places_and_runs_have_a_stated_limit(tmp_path: Path, points: int, offices: int, runs: int, words: str) -> None:
    plan = plan_from_options(
        ["baseline"], [f"admin.factor=0:1:{1 / (points - 1):.12g}"] if points < 2000 else ["admin.factor=0:0.99999:0.00001"], runs
    )
    sites = tuple(Site(f"o{number}", "r", 20, 20, {}, {}) for number in range(offices))
    table = SiteTable("t", "t.csv", (), (), sites) if offices > 1 else None
    assert len(plan.plan.points) == points
    with pytest.raises(ScenarioError, match=words.replace("(", ".")):
        sweep_of(plan.plan, {"baseline": BASE}, table, 1, tmp_path)
    assert MOST_PLACES == 500_000
    assert MOST_PLANNED == 10_000_000
    assert list(tmp_path.iterdir()) == []


def test_too_many_runs_of_a_nation_are_refused(tmp_path: Path) -> None:
    sites = tuple(Site(f"o{number}", "r", 20, 20, {}, {}) for number in range(1000))
    with pytest.raises(ScenarioError, match="1,000 offices × 10,001 runs make 10,001,000 runs"):
        nation_of({"baseline": BASE}, SiteTable("t", "t.csv", (), (), sites), 10_001, 1, tmp_path)


def test_what_does_not_fit_at_the_ends_is_found_first_and_not_counted_to_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """1,440 protected minutes are within the figure's limits, and fit into no day; of 4,000 points with them some 1,000 are looked at."""
    made: list[int] = []
    real = sweep_plan.at_point

    def counted(*arguments: object) -> object:
        made.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep_plan, "at_point", counted)
    monkeypatch.setattr(sweep_plan, "LOOKED_AT", 20)
    monkeypatch.setattr(sweep_request, "at_point", counted)
    plan = plan_from_options(["baseline"], ["admin.factor=0:1:0.01", "protected_admin_minutes=0,60,1440"]).plan
    with pytest.raises(ScenarioError) as error:
        sweep_of(plan, {"baseline": BASE}, None, 1, tmp_path)
    assert "longer than the bookable day" in str(error.value)
    assert "points or more" in str(error.value)
    assert len(made) < 50


def test_every_share_is_told(tmp_path: Path) -> None:
    plan = plan_from_options(["baseline"], ["admin.factor=0.9,1", "coaches=20,21"]).plan
    shares: list[float] = []
    sweep_of(plan, {"baseline": BASE, "oxford_before": load("oxford_before")}, None, 1, tmp_path, shares.append)
    assert shares == [number / 8 for number in range(1, 9)]


def test_a_request_of_many_points_asks_of_each_value_once_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again at each point, 4,000 values at 80,000 points take minutes."""
    asked: list[object] = []
    real = requests._is_number
    monkeypatch.setattr(requests, "_is_number", lambda value: bool(asked.append(value)) or real(value))
    values = list(range(500))
    axes = [VariedInput(name="a", label="A", unit="u", values=values), VariedInput(name="b", label="B", unit="u", values=["x", "y"])]
    points = [[value, name] for value in values for name in ("x", "y")]
    SweepRequest(
        title="A", question="", sampling="grid", sampling_seed=1, axes=axes, points=points, runs=1, metrics=["overloaded_share"], table=None
    )
    assert len(asked) <= 2 * len(points)
    with pytest.raises(ValueError, match=r"points\[3\]"):
        SweepRequest(
            title="A", question="", sampling="grid", sampling_seed=1, axes=axes, points=[*points[:3], [3, "z"]], runs=1,
            metrics=["overloaded_share"], table=None,
        )  # fmt: skip


@pytest.mark.parametrize(("terminal", "quiet", "lines"), [(False, False, 3), (True, False, 12), (False, True, 0), (True, True, 0)])
def test_a_long_check_is_told_from_two_seconds_on(monkeypatch, capsys, terminal: bool, quiet: bool, lines: int) -> None:
    """Ten steps of ten seconds: a line after 10 s, one a minute later, and the last; on a terminal at every step."""
    clock = iter([0.0, 1.0, *(10.0 * step for step in range(1, 11)), 101.0])
    monkeypatch.setattr("jobcentre.commands.progress.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    tell = checking(quiet, "9 points")
    for step in range(12):
        tell(step / 11)
    said = capsys.readouterr()
    assert said.out == ""
    shown = said.err.replace("\r", "\n").strip().splitlines() if terminal else said.err.splitlines()
    assert len([line for line in shown if line.strip()]) == (lines - 1 if terminal and lines else lines)


def test_a_short_check_is_silent(capsys) -> None:
    tell = checking(False, "9 points")
    for step in range(10):
        tell(step / 9)
    assert capsys.readouterr().err == ""
