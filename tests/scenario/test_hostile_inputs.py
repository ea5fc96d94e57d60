"""Every figure at its limits and just beyond them, memory foreseen, and hostile words of a command line."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le

from jobcentre.model import RunStopped, play, prepare
from jobcentre.model.capacity import expected_rows
from jobcentre.model.inputs import quantile_table
from jobcentre.model.state import new_office, office_bytes
from jobcentre.runs import memory
from jobcentre.scenario import ScenarioError, load, vary
from jobcentre.scenario import checks as consistency
from jobcentre.scenario.field_types import Distribution
from jobcentre.scenario.schema_paths import all_figures
from support.fake_model import model  # noqa: F401 - a fixture
from support.log_checks import check_log
from support.short_scenarios import SHORT, SMALL, TINY

pytestmark = pytest.mark.cli

# --- figures at their limits ------------------------------------------------------------------------------------------

ROWS = {
    "groups": "searching",
    "responses": "central",
    "plans": "weekly",
    "phases": "later",
    "exits": "into_work",
    "referrals": "programme",
    "movements": "some",
}
MOST_CHECKED = 100_000  # rows: more take long to check
OFFICE = vary(load(SMALL), TINY | {"period.weeks": 1})


OPTIONAL: dict[str, bool] = {}  # whether a figure may be left out, which means something else


def limited() -> dict[str, tuple[Any, Any, bool]]:
    """Lowest and highest allowed value of every number that the small office has, and whether it is whole."""
    found = {}
    for path, spot in all_figures():
        if (
            spot.kind != "figure"
            or spot.inner not in (int, float)
            or spot.unit == "time"
            or path[-2] in ("to", "referrals_to", "customers")
        ):
            continue
        keys = [ROWS.get(path[place - 1], key) if key == "*" else key for place, key in enumerate(path)]
        limits = {type(one): one for one in spot.field.metadata}
        low = limits[Ge].ge if Ge in limits else math.nextafter(limits[Gt].gt, math.inf)
        OPTIONAL[".".join(keys)] = not spot.field.is_required() and spot.field.default is None
        found[".".join(keys)] = (low, limits[Le].le, spot.inner is int)
    return found


LIMITED = limited()


def test_every_number_has_both_limits() -> None:
    assert len(LIMITED) > 100
    assert all(math.isfinite(low) and math.isfinite(high) and low < high for low, high, _ in LIMITED.values())


@pytest.mark.parametrize("path", LIMITED)
def test_a_figure_at_its_limits_runs_or_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Never a crash: the run ends well and its log is in order, or the figure is refused, or the run stops with its reason."""
    monkeypatch.setattr(memory, "free_bytes", lambda: 400_000_000)
    low, high, whole = LIMITED[path]
    for value in (low, high):
        try:
            scenario = vary(OFFICE, {path: int(value) if whole else float(value)})
            memory.jobs_that_fit({"one": scenario})
        except ScenarioError:
            continue
        try:
            log = play(prepare(scenario), 1, 0)
        except RunStopped:
            continue
        assert len(log.rows) > MOST_CHECKED or check_log(log) == []


DURATIONS = [".".join(ROWS.get(path[place - 1], key) if key == "*" else key for place, key in enumerate(path))
             for path, spot in all_figures() if spot.kind == "distribution"]  # fmt: skip


@pytest.mark.parametrize("path", [path for path in DURATIONS if "decision" not in path])
def test_a_duration_at_its_limits_runs_or_is_refused_in_words(path: str) -> None:
    for mean in (math.nextafter(0, 1), 1e-3, 1e6):
        for shape in (
            {"cv": 5},
            {"cv": 5, "family": "gamma"},
            {"cv": 0},
            {"family": "exponential"},
            {"family": "table", "quantiles": [0, 1e12]},
            {"family": "table", "quantiles": [0, 1e-12]},
        ):
            try:
                scenario = vary(OFFICE, {path: {"mean": mean} | shape})
            except ScenarioError:
                continue
            try:
                log = play(prepare(scenario), 1, 0)
            except RunStopped:
                continue
            assert check_log(log) == []


def test_the_longest_value_foreseen_is_that_of_the_table() -> None:
    for family, cv in (
        ("lognormal", 5),
        ("lognormal", 0.5),
        ("gamma", 5),
        ("gamma", 0.3),
        ("exponential", 1),
        ("uniform", 0.5),
        ("triangular", 0.4),
    ):
        drawn = float(quantile_table(family, float(cv), None).max())
        assert drawn <= consistency._longest(Distribution(mean=1, cv=cv, family=family)) * 1.001
    for quantiles in ((0, 1), (1, 2, 50), (0, 0, 0, 1)):
        drawn = float(quantile_table("table", 0.0, quantiles).max())
        assert drawn <= consistency._longest(Distribution(mean=1, family="table", quantiles=quantiles))


@pytest.mark.parametrize("path", LIMITED)
def test_a_figure_beyond_its_limits_is_refused(path: str) -> None:
    low, high, whole = LIMITED[path]
    step = 1 if whole else 1e-3
    for value in (low - step, high + step, math.nan, math.inf, "1", True, None, [1]):
        if value is None and OPTIONAL[path]:
            continue
        with pytest.raises(ScenarioError) as refused:
            vary(OFFICE, {path: value})
        assert all(problem.path and problem.message for problem in refused.value.problems)


@pytest.mark.parametrize("shares", [(2, -1), (math.nan, 1), (math.inf, -math.inf), (1.5, -0.5), (0.5, 0.4)])
def test_shares_of_a_decision_are_shares(shares) -> None:
    with pytest.raises(ScenarioError):
        vary(load(SMALL), {"groups.waiting.decision.to": dict(zip(("searching", "waiting"), shares, strict=True))})


@pytest.mark.parametrize(
    "quantiles", [(1, math.nan), (0, math.inf), (math.nan, math.nan), (1, 10**400), (0, 1e308), (0, 5e-324), ("1", "2"), ({}, 3)]
)
def test_quantiles_are_ordinary_numbers(quantiles) -> None:
    with pytest.raises(ScenarioError, match=r"conversation\.late_minutes\.quantiles"):
        vary(load(SMALL), {"conversation.late_minutes": {"mean": 5, "family": "table", "quantiles": quantiles}})


# --- memory -----------------------------------------------------------------------------------------------------------

HUGE = {
    "4000 coaches, a minute a slot, 20 years": {"office.coaches": 4000, "demand.posts": 4000, "office.slot_minutes": 1, "period.weeks": 1040},
    "two million customers with a hundred messages a week": {
        "demand.posts": 4000, "groups.searching.stock_per_post": 400, "groups.searching.messages_per_week": 100, "period.weeks": 520,
    },
    "half a million contacts a day for 20 years": {"demand.posts": 4000, "demand.unscheduled_per_post_day": 120, "period.weeks": 1040},
    "starts without end": {"demand.posts": 4000, "groups.searching.arrivals_per_post_day": 100, "demand.starts_factor": 6},
    "days that last for years": {"office.coaches": 4000, "diary.booking_horizon_days": 260, "diary.own_coach_tolerance_days": 260,
                                 "conversation.referral_pause_days": 260, "office.slot_minutes": 1},
}  # fmt: skip


@pytest.mark.parametrize("figures", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("command", ["run", "trace", "check", "verify"])
def test_more_than_memory_holds_is_refused_before_anything_is_made(jobcentre, monkeypatch, tmp_path, figures, command) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 8_000_000_000)
    monkeypatch.setattr("jobcentre.model.run.new_office", lambda *_: pytest.fail("memory was taken"))
    size = {"office.establishment": figures["office.coaches"]} if "office.coaches" in figures else {}
    text = "".join(f"{_nested(path, value)}\n" for path, value in _sections(figures | size).items())
    file = tmp_path / "huge.yaml"
    file.write_text(f"title: Huge\nextends: {SMALL}\n{text}", encoding="utf-8")
    words = {"trace": ("--customer", "1"), "run": ("--jobs", "2", "--out", "results")}.get(command, ())
    status, out, err = jobcentre(command, str(file), *words, "--json")
    error = json.loads(out)["error"]
    assert (status, err, error["file"]) == (2, "", str(file))
    assert "one run takes about" in error["message"]
    assert "8.0 GB are free" in error["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["huge.yaml"]


def _sections(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path, value in figures.items():
        section, _, rest = path.partition(".")
        found.setdefault(section, {})[rest] = value
    return found


def _nested(section: str, figures: dict[str, Any]) -> str:
    inner: dict[str, Any] = {"why": "A trial."}
    for path, value in figures.items():
        *above, name = path.split(".")
        place = inner
        for key in above:
            place = place.setdefault(key, {})
        place[name] = value
    return f"{section}: {json.dumps(inner)}"


def test_tables_of_too_many_runs_are_refused(jobcentre, model, monkeypatch, tmp_path) -> None:  # noqa: F811
    monkeypatch.setattr(memory, "free_bytes", lambda: 8_000_000_000)
    status, out, _ = jobcentre("run", "oxford_before", "--runs", "100000", "--json")
    assert (status, "the tables of 100000 runs take about" in json.loads(out)["error"]["message"]) == (2, True)
    assert (model.calls, list(tmp_path.iterdir())) == ([], [])


def test_no_more_processes_than_memory_and_runs_allow(monkeypatch) -> None:
    scenario = {"one": OFFICE}
    one = memory.run_bytes(OFFICE)
    monkeypatch.setattr(memory, "free_bytes", lambda: memory.PROCESS_BYTES + 3 * one + one // 2)
    assert [memory.jobs_that_fit(scenario, 100, jobs) for jobs in (0, 1, 3, 4, 1000)] == [0, 1, 3, 3, 3]
    assert memory.jobs_that_fit(scenario, 2, 1000) == 2
    monkeypatch.setattr(memory, "free_bytes", lambda: one + 1)
    assert memory.jobs_that_fit(scenario, 100, 8) == 1
    monkeypatch.setattr(memory, "free_bytes", lambda: one - 1)
    with pytest.raises(ScenarioError, match="one run takes about"):
        memory.jobs_that_fit(scenario, 100, 8)


SIZES = {
    "small": {},
    "many slots": {"office.slot_minutes": 1},
    "many coaches": {"office.coaches": 300, "demand.posts": 300},
    "posts to come": {"office.establishment": 200},
    "many customers": {"groups.searching.stock_per_post": 2000, "groups.searching.messages_per_week": 1},
    "many contacts": {"demand.unscheduled_per_post_day": 500},
}  # fmt: skip


@pytest.mark.parametrize("figures", SIZES.values(), ids=SIZES)
def test_the_memory_of_an_office_is_foreseen_to_the_byte_nearly(figures) -> None:
    inputs = prepare(vary(OFFICE, figures))
    office = new_office(inputs, 1, 0)
    copied = (
        "fig",
        "groups",
        "exits",
        "plans",
        "phases",
        "decide",
        "tables",
        "days",
        "day_of",
        "slots",
        "elastic",
        "now",
        "recent",
        "blank",
    )
    real = sum(array.nbytes for name, array in office._asdict().items() if name not in (*copied, "log"))
    assert office_bytes(inputs) == pytest.approx(real, rel=0.01)


@pytest.mark.parametrize("name", ["baseline", "oxford_surge_step", "diary", "mmc", "cap_full"])
def test_the_rows_of_a_log_are_foreseen_within_a_factor_of_two(name) -> None:
    inputs = prepare(replace(scenario := load(name), changes=scenario.changes))
    rows = len(play(inputs, 1, 0).rows)
    assert rows / 2 < expected_rows(inputs) < 2 * rows


def test_no_short_scenario_has_many_more_rows_than_foreseen() -> None:
    for name, make in SHORT.items():
        inputs = prepare(make())
        assert len(play(inputs, 1, 0).rows) < 5 * expected_rows(inputs) + 10_000, name


# --- words ------------------------------------------------------------------------------------------------------------

RUN = ("run", "oxford_before")
WORDS = {
    "a thousand million runs": ((*RUN, "--runs", "1000000000"), "--runs"),
    "runs as a float": ((*RUN, "--runs", "1e3"), "--runs"),
    "fewer than no runs": ((*RUN, "--runs", "-5"), "--runs"),
    "runs in another script": ((*RUN, "--runs", "½"), "--runs"),
    "a hundred thousand processes": ((*RUN, "--jobs", "100000"), "--jobs"),
    "processes in words": ((*RUN, "--jobs", "all"), "--jobs"),
    "seed in words": ((*RUN, "--seed", "lucky"), "--seed"),
    "seed of 65 bits": ((*RUN, "--seed", str(2**64)), "--seed"),
    "weeks in words": ((*RUN, "--weeks", "year"), "--weeks"),
    "fewer than no weeks": ((*RUN, "--weeks", "-3"), "--weeks"),
    "weeks without end": ((*RUN, "--weeks", "1000000000000000000000"), "at most 1040"),
    "weeks that end before the changes": (("run", "oxford_surge_step", "--weeks", "1"), "lies outside"),
    "engine with a blank": ((*RUN, "--engine", "compiled "), "there is no engine"),
    "engine in capitals": ((*RUN, "--engine", "COMPILED"), "there is no engine"),
    "figure without end": ((*RUN, "--set", "admin.factor=" + "9" * 10_000), "too long"),
    "figure infinite": ((*RUN, "--set", "admin.factor=.inf"), "is inf but must be"),
    "figure nan": ((*RUN, "--set", "admin.factor=.nan"), "is nan but must be"),
    "figure nan as Python says": ((*RUN, "--set", "admin.factor=nan"), "is 'nan' but must be a number"),
    "figure with a leading zero": ((*RUN, "--set", "diary.appointments_per_day=010"), "begins with a zero"),
    "figure of a clock": ((*RUN, "--set", "diary.appointments_per_day=12:30"), "must be a whole number"),
    "figure NO": ((*RUN, "--set", "diary.cover=NO"), "must be true or false"),
    "figure of a tag": ((*RUN, "--set", "admin.factor=[!!python/object:os.system x]"), "the tag"),
    "figure of brackets": ((*RUN, "--set", "admin.factor=" + "[" * 50_000), "nested more than 20 levels"),
    "figure without a name": ((*RUN, "--set", "=3"), "is not a figure and its value"),
    "figure of dots": ((*RUN, "--set", "...=3"), "there is no such figure"),
    "figure that is a section": ((*RUN, "--set", "admin=3"), "must be a section"),
    "figure of another class": ((*RUN, "--set", "admin.__class__=3"), "there is no such figure"),
    "figure that colours": ((*RUN, "--set", "\x1b[31m=3"), "there is no such figure"),
    "condition nan": ((*RUN, "--fail-if", "overloaded_share>nan"), "is not a condition"),
    "condition of two": ((*RUN, "--fail-if", "overloaded_share>0.2>0.1"), "is not a condition"),
    "condition without sign": ((*RUN, "--fail-if", "overloaded_share"), "is not a condition"),
    "condition empty": ((*RUN, "--fail-if", ""), "is not a condition"),
    "condition mistyped": ((*RUN, "--fail-if", "overloadd_share>1"), "did you mean `overloaded_share`?"),
    "file without a name": (("run", ""), "'': an empty name"),
    "file of a space": (("upgrade", "oxford_before", " "), "' ': an empty name"),
    "plan without a name": (("sweep", ""), "'': an empty name"),
    "table without a name": ((*RUN, "--sites", ""), "'': an empty name"),
    "file of a million letters": (("run", "x" * 100_000), "too long"),
    "file that is an option": (("run", "--", "-x"), "there is no scenario `-x`"),
    "file of dots": (("run", ".."), "is a folder, not a scenario"),
    "file with a star": (("run", "oxford_*"), "there is no scenario"),
    "file above all": (("run", "../../../../../../etc/passwd.yaml"), "there is no such file"),
    "file with NUL": (("run", "a\0b.yaml"), "cannot be read"),
    "place with NUL": ((*RUN, "--out", "a\0b"), ""),
    "place too long": ((*RUN, "--out", "x" * 300), "choose a shorter name"),
    "a year of customers": (("trace", "oxford_before", "--customer", "-1"), "--customer"),
    "run beyond counting": (("trace", "oxford_before", "--customer", "1", "--run", str(2**32)), "--run"),
    "day of no month": (("trace", "oxford_before", "--coach", "1", "--date", "2021-02-30"), "is not a date"),
    "day of another time": (("trace", "oxford_before", "--coach", "1", "--date", "9999-12-31"), ""),
    "show nothing": (("show", "oxford_before", ""), ""),
    "show beside nothing": (("show", "oxford_before", "--diff", "nobody"), "there is no scenario"),
    "rounds without end": (("bench", "--rounds", "0"), "--rounds"),
    "verify nothing": (("verify",), "which scenarios"),
    "log that is a folder": (("trace", "folder.parquet", "--customer", "1"), "there is no such file"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "told"), WORDS.values(), ids=WORDS)
def test_hostile_words_are_refused_and_nothing_is_written(jobcentre, model, tmp_path: Path, words, told) -> None:  # noqa: F811
    (tmp_path / "folder.parquet").mkdir()
    status, out, err = jobcentre(words[0], "--json", *words[1:])
    error = json.loads(out)["error"]
    assert (status, err) == (2, ""), error
    assert told in error["message"]
    assert error["message"]
    status, out, err = jobcentre(*words)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["folder.parquet"]
    assert model.calls == []


def test_the_smallest_and_largest_words_that_are_allowed_run(jobcentre, model) -> None:  # noqa: F811
    for words in (
        ("--runs", "1"),
        ("--weeks", "1"),
        ("--seed", "0"),
        ("--seed", str(2**64 - 1)),
        ("--set", "office.coaches=0"),
        ("--set", "admin.factor=0x3"),
    ):
        status, out, _ = jobcentre("run", "diary", *(() if "--runs" in words else ("--runs", "2")), "--jobs", "0", *words, "--json")
        assert status == 0, out


def test_a_figure_may_stand_beside_spaces(jobcentre, model) -> None:  # noqa: F811
    status, out, _ = jobcentre(*RUN, "--runs", "2", "--jobs", "0", "--set", " admin.factor = 2 ", "--json")
    assert status == 0
    assert np.isfinite(json.loads(out)["metrics"][0]["mean"])
