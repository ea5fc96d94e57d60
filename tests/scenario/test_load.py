"""Loading scenarios: what a file says is what the settings hold."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobcentre.scenario import Change, ScenarioError, check_file, find_scenarios, load, periods, to_yaml, vary, with_change
from jobcentre.scenario.input_table import markdown
from jobcentre.scenario.yaml_file import parse, scalar, value_of
from support.scenario_texts import SMALL, variant, write

pytestmark = pytest.mark.rules


def problem_of(error: pytest.ExceptionInfo[ScenarioError]) -> str:
    assert len(error.value.problems) == 1, error.value
    return str(error.value.problems[0])


# --- what stands in a file -----------------------------------------------------------------------------------------


def test_figures_of_each_kind_are_read() -> None:
    small = load(SMALL)
    assert (small.name, small.title, small.question) == ("small", "A small office", "Does the small office load?")
    assert small.settings.period.start == dt.date(2023, 10, 2)
    assert small.settings.office.coaches == 4
    assert small.settings.office.opens == 9 * 3600
    assert small.settings.office.coach_finish == 17 * 3600 + 4 * 60
    assert small.settings.office.open_days == ("mon", "tue", "wed", "thu", "fri")
    assert small.settings.demand.starts_factor == 1.0
    assert small.settings.demand.unscheduled_minutes.cv == 0.6
    assert small.settings.policies.flexibilities.trigger == "off"
    assert list(small.settings.groups["searching"].plans["weekly"].phases) == ["first", "later"]
    assert small.settings.groups["searching"].exits["into_work"].to is None
    assert small.extends == ()


def test_evidence_is_kept_by_path() -> None:
    known = load(SMALL).evidence
    assert set(known) == {"office.coaches", "demand.unscheduled_minutes"}
    coaches = known["office.coaches"]
    assert (coaches.source, coaches.quality, coaches.range, coaches.note) == (("A1",), "reported", (2.0, 8.0), "Four are enough.")
    assert known["demand.unscheduled_minutes"].source == ("A1", "B2")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("12:30", "12:30"), ("1_000", "1_000"), ("1,000", "1,000"),
        ("2023-10-02", "2023-10-02"), ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("null", None), ("~", None), ("", None), ("nil", "nil"), ("10", 10), ("-3", -3), ("+4", 4), ("0", 0),
        ("0x1F", 31), ("0o17", 15), ("0b11", "0b11"), ("1e3", 1000.0), ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1.", 1.0), ("=", "="),
    ],
)  # fmt: skip
def test_plain_text_has_the_types_of_yaml_1_2(text: str, value: object) -> None:
    result = scalar(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", ["010", "-010", "00", "0777", "1" * 31])
def test_numbers_that_can_be_read_two_ways_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"begins with a zero|too long"):
        scalar(text)


def test_values_typed_on_a_command_line_may_be_lists() -> None:
    assert value_of("[mon, tue]") == ("mon", "tue")
    assert value_of("{mean: 3, cv: 0.5}") == {"mean": 3, "cv": 0.5}
    assert value_of(" 27 ") == 27


def test_loading_twice_gives_the_same() -> None:
    assert load(SMALL) == load(SMALL)


# --- variants ------------------------------------------------------------------------------------------------------


def test_a_variant_changes_only_what_it_says(tmp_path: Path) -> None:
    path = variant(tmp_path, "diary: {appointments_per_day: {value: 27, why: As announced.}}\n")
    small, changed = load(SMALL), load(path)
    assert changed.settings.diary.appointments_per_day == 27
    assert changed.extends == ("small",)
    assert changed.settings.diary.model_copy(update={"appointments_per_day": 22}) == small.settings.diary
    assert changed.settings.groups == small.settings.groups
    assert changed.question == ""


def test_evidence_is_inherited_and_replaced(tmp_path: Path) -> None:
    path = variant(tmp_path, "office: {coaches: {value: 5, why: One more.}}\n")
    known = load(path).evidence
    assert (known["office.coaches"].source, known["office.coaches"].why, known["office.coaches"].scenario) == ((), "One more.", "variant")
    assert known["demand.unscheduled_minutes"].source == ("A1", "B2")
    assert known["demand.unscheduled_minutes"].scenario == "small"


def test_the_why_of_a_section_covers_its_figures(tmp_path: Path) -> None:
    path = variant(tmp_path, "admin:\n  why: A heavier burden.\n  held_minutes: 8\n  failed_minutes: 12\n")
    known = load(path).evidence
    assert known["admin.held_minutes"].why == known["admin.failed_minutes"].why == "A heavier burden."


def test_a_figure_given_again_unchanged_needs_no_why(tmp_path: Path) -> None:
    assert check_file(variant(tmp_path, "diary: {appointments_per_day: 22}\n")) == []


def test_part_of_a_distribution_can_be_changed(tmp_path: Path) -> None:
    path = variant(tmp_path, "groups: {waiting: {decision: {after_days: {mean: {value: 150, why: Delays.}}}}}\n")
    after = load(path).settings.groups["waiting"].decision
    assert after is not None
    assert (after.after_days.mean, after.after_days.cv, after.after_days.family) == (150, 0.5, "gamma")


def test_a_distribution_given_as_a_form_replaces_the_whole(tmp_path: Path) -> None:
    path = variant(tmp_path, "groups: {waiting: {decision: {after_days: {value: {mean: 150}, why: Delays.}}}}\n")
    after = load(path).settings.groups["waiting"].decision
    assert after is not None
    assert (after.after_days.mean, after.after_days.cv, after.after_days.family) == (150, 0, "lognormal")


def test_null_removes_a_row_and_its_evidence(tmp_path: Path) -> None:
    body = "groups:\n  searching:\n    why: One plan.\n    plans: {weekly: null, fortnightly: {share: 1}}\n"
    group = load(variant(tmp_path, body)).settings.groups["searching"]
    assert list(group.plans) == ["fortnightly"]


def test_a_chain_of_three_names_its_ancestors_nearest_first(tmp_path: Path) -> None:
    variant(tmp_path, "diary: {appointments_per_day: {value: 27, why: As announced.}}\n")
    path = write(tmp_path, "title: Third\nextends: ./variant.yaml\nadmin: {factor: {value: 2, why: Twice.}}\n", "third.yaml")
    third = load(path)
    assert third.extends == ("variant", "small")
    assert (third.settings.diary.appointments_per_day, third.settings.admin.factor) == (27, 2)


def test_an_inherited_figure_that_no_longer_fits_is_told_of_the_file_that_changed_another(tmp_path: Path) -> None:
    """What a file says with others may be wrong where each is right by itself: the file to mend is the one that was added."""
    for name, text in {
        "first": "extends: baseline\npolicies:\n  flexibilities:\n    upper: {value: 1, why: W}\n",
        "second": "extends: first.yaml\noffice:\n  coaches: {value: 22, why: W}\n",
        "number": "extends: baseline\ngroups:\n  searching:\n    number: {value: 2, why: W}\n",
        "direct": "extends: baseline\npolicies:\n  flexibilities:\n    upper: {value: 1, why: W}\n    lower: {value: 2, why: W}\n",
        "dated": "extends: oxford_surge_step\nperiod:\n  why: W\n  weeks: 3\n  reference_date: null\n",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(f"format: 2\ntitle: T\n{text}", encoding="utf-8")

    def told(name: str) -> list[tuple[str, int | None, str]]:
        return [(Path(one.file).name, one.line, one.path) for one in check_file(tmp_path / f"{name}.yaml")]

    assert told("first") == [("first.yaml", 5, "policies.flexibilities.lower")]
    assert told("second") == told("first")
    assert told("number") == [("number.yaml", 4, "groups.pre_wca.number")]
    assert told("direct") == [("direct.yaml", 7, "policies.flexibilities.lower")]
    assert {file for file, _, _ in told("dated")} == {"dated.yaml"}
    assert "is inherited from" in str(check_file(tmp_path / "first.yaml")[0])


def test_changes_are_inherited_unless_the_variant_removes_them(tmp_path: Path) -> None:
    body = "changes: {more: {date: 2023-10-09, why: More., set: {diary.appointments_per_day: 27}}}\n"
    variant(tmp_path, body, "first.yaml")
    inherits = write(tmp_path, "title: Same\nextends: first\n", "inherits.yaml")
    none = write(tmp_path, "title: Without\nextends: first\nchanges: {more: null}\n", "none.yaml")
    assert [one.date for one in load(inherits).changes] == [dt.date(2023, 10, 9)]
    assert load(none).changes == ()


def test_what_stands_around_the_figures_is_read(tmp_path: Path) -> None:
    path = variant(tmp_path, "catalogue: S7\ncontext: Why we ask.\ncompared_with: small\nmoves: {overloaded_share: up, leavers: same}\n")
    loaded = load(path)
    assert loaded.catalogue == "S7"
    assert load(write(tmp_path, "title: Another\nextends: variant\n", "another.yaml")).catalogue == ""
    assert (loaded.question, loaded.compared_with, loaded.moves) == ("Why we ask.", "small", {"overloaded_share": "up", "leavers": "same"})


# --- names ---------------------------------------------------------------------------------------------------------


def test_a_bare_name_is_found_below_the_scenarios_folder_of_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios" / "deep").mkdir(parents=True)
    variant(tmp_path / "scenarios" / "deep", "", "ours.yaml")
    monkeypatch.chdir(tmp_path)
    assert load("ours").title == "A variant"
    assert ("ours", "A variant") in [(one.name, one.title) for one in find_scenarios()]


def test_plans_sites_and_sources_are_not_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("plans/grid.yaml", "sites/offices.yaml", "sources.yaml", ".hidden/copy.yaml"):
        path = tmp_path / "scenarios" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("title: Something else\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "Something else" not in [one.title for one in find_scenarios()]


def test_a_parent_is_sought_in_the_tree_of_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = tmp_path / "theirs" / "scenarios", tmp_path / "ours"
    (theirs / "theory").mkdir(parents=True)
    (ours / "scenarios").mkdir(parents=True)
    (ours / "scenarios" / "small.yaml").write_text("title: Another small\n", encoding="utf-8")
    monkeypatch.chdir(ours)
    path = theirs / "theory" / "queue.yaml"
    path.write_text("title: Queue\nextends: small\n", encoding="utf-8")
    (theirs / "small.yaml").write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    assert load(path).settings == load(SMALL).settings


def test_a_name_that_two_files_bear_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("a", "b"):
        (tmp_path / "scenarios" / place).mkdir(parents=True)
        variant(tmp_path / "scenarios" / place, "", "twin.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="2 files are called `twin`"):
        load("twin")


def test_a_mistyped_name_gets_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios").mkdir()
    variant(tmp_path / "scenarios", "", "ordinary.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=r"no scenario `ordinari`.*did you mean `ordinary`"):
        load("ordinari")


# --- overrides and variation ---------------------------------------------------------------------------------------


def test_sets_read_text_as_yaml_and_take_typed_values() -> None:
    sets: dict[str, object] = {"diary.appointments_per_day": "27", "office.opens": "08:30", "diary.cover": "false", "admin.factor": 1.5}
    loaded = load(SMALL, sets)
    assert loaded.settings.diary.appointments_per_day == 27
    assert loaded.settings.office.opens == 8 * 3600 + 30 * 60
    assert loaded.settings.diary.cover is False
    assert loaded.settings.admin.factor == 1.5
    assert loaded.evidence["admin.factor"].why == "set on the command line"


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ({"diary.apointments_per_day": "27"}, "there is no such figure (did you mean `appointments_per_day`?)"),
        ({"appointments_per_day": "27"}, "did you mean `diary.appointments_per_day`?"),
        ({"diary.appointments_per_day": "many"}, "must be a whole number"),
        ({"diary.appointments_per_day": "010"}, "begins with a zero"),
        ({"diary.appointments_per_day": "-1"}, "must be at least 0"),
        ({"diary.cover": "yes"}, "must be true or false"),
        ({"groups.serching.failed_share": "0.2"}, "did you mean `searching`?"),
        ({"": "1"}, "there is no such figure"),
        ({"office": "3"}, "must be a section"),
        ({"groups.searching.need": "3"}, "must be a distribution"),
    ],
)
def test_bad_sets_are_refused_with_a_hint(sets: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load(SMALL, sets)
    assert words in problem_of(error)
    assert error.value.problems[0].file == "--set"


def test_vary_gives_a_copy_and_leaves_the_original() -> None:
    small = load(SMALL)
    varied = vary(small, {"office.coaches": np.int64(6), "admin.factor": np.float64(1.25), "groups.searching.need.mean": 1.1})
    assert (varied.settings.office.coaches, varied.settings.admin.factor, varied.settings.groups["searching"].need.mean) == (6, 1.25, 1.1)
    assert (small.settings.office.coaches, small.settings.admin.factor) == (4, 1.0)
    assert varied.settings.groups["searching"].need.cv == 0.4
    assert "office.coaches" in small.evidence
    assert varied.evidence["office.coaches"].source == ()


def test_vary_can_remove_a_row_and_add_one() -> None:
    small = load(SMALL)
    shares = {"groups.searching.plans.weekly": None, "groups.searching.plans.fortnightly.share": 1.0}
    assert list(vary(small, shares).settings.groups["searching"].plans) == ["fortnightly"]
    gentle = small.settings.responses["central"].model_dump() | {"leaving_ceiling": 6}
    assert list(vary(small, {"responses.gentle": gentle}).settings.responses) == ["central", "gentle"]


def test_more_customers_than_one_office_can_have_are_refused() -> None:
    # 4,000 posts of 600 + 16 customers each are 2,464,000.
    with pytest.raises(ScenarioError, match="have 2,464,000 customers at the start"):
        vary(load(SMALL), {"demand.posts": 4000, "groups.searching.stock_per_post": 600})


def test_vary_reports_everything_at_once() -> None:
    with pytest.raises(ScenarioError) as error:
        vary(load(SMALL), {"office.coaches": -1, "admin.factor": float("nan"), "diary.template": "latest"})
    assert sorted(one.path for one in error.value.problems) == ["admin.factor", "diary.template", "office.coaches"]


def test_varied_settings_still_fit_the_changes() -> None:
    scenario = with_change(load(SMALL), Change(dt.date(2023, 10, 20), {"diary.appointments_per_day": 27}))
    with pytest.raises(ScenarioError, match="outside the simulated time"):
        vary(scenario, {"period.weeks": 2})


def test_a_scenario_survives_a_trip_to_another_process() -> None:
    small = load(SMALL)
    assert pickle.loads(pickle.dumps(small)) == small
    error = ScenarioError(check_file("nowhere.yaml"))
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


# --- there and back ------------------------------------------------------------------------------------------------


def back(scenario_text: str, folder: Path) -> Path:
    path = folder / "resolved.yaml"
    path.write_text(scenario_text, encoding="utf-8")
    return path


@pytest.mark.parametrize("dump", [to_yaml, lambda data: yaml.safe_dump(data, sort_keys=False)], ids=["ours", "safe_dump"])
def test_a_resolved_scenario_loads_as_itself(dump: object, tmp_path: Path) -> None:
    scenario = with_change(
        load(SMALL), Change(dt.date(2023, 10, 9), {"admin.factor": 2.0, "diary.protected_admin_start": "13:00"}, 3, "More.")
    )
    again = load(back(dump(scenario.resolved()), tmp_path))  # type: ignore[operator]
    assert again.settings == scenario.settings
    assert [(one.date, one.over_days, one.why, one.set) for one in again.changes] == [
        (one.date, one.over_days, one.why, one.set) for one in scenario.changes
    ]
    assert again.resolved() == scenario.resolved()


def test_a_resolved_scenario_can_carry_its_evidence(tmp_path: Path) -> None:
    body = """groups: {waiting: {channels: {why: More by telephone., face_to_face: 0.1, telephone: 0.9}}}
changes:
  more:
    date: 2023-10-09
    set: {diary.appointments_per_day: {value: 27, source: A2, quality: testimony, range: [24, 27], note: As asked.}}
"""
    scenario = load(variant(tmp_path, body))
    again = load(back(to_yaml(scenario.resolved(with_evidence=True)), tmp_path))
    assert again.settings == scenario.settings
    assert again.evidence["office.coaches"].range == (2.0, 8.0)
    assert again.evidence["demand.unscheduled_minutes"].source == ("A1", "B2")
    assert again.evidence["groups.waiting.channels.telephone"].why == "More by telephone."
    assert again.changes[0].evidence["diary.appointments_per_day"].source == ("A2",)
    assert again.changes[0].why == scenario.changes[0].why == "As asked."


def test_resolved_data_holds_times_and_dates_as_people_write_them() -> None:
    data = load(SMALL).resolved()
    assert data["office"]["opens"] == "09:00"
    assert data["period"]["start"] == "2023-10-02"


shares = st.floats(0, 1)
times = st.integers(0, 29).map(lambda n: f"{8 + n // 4:02d}:{15 * (n % 4):02d}")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    label=st.text(min_size=0, max_size=30).filter(lambda text: text.isprintable() or not text),
    failed=st.floats(0, 0.9),
    arrivals=st.none() | st.floats(0, 100),
    stock=st.floats(0, 2000),
    cv=st.floats(0, 3),
    reference=st.none() | st.integers(0, 27).map(lambda n: (dt.date(2023, 10, 2) + dt.timedelta(days=n)).isoformat()),
    start=st.none() | times,
    weekly=st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.7, 1.0]),
    target=st.floats(0, 10),
    days=st.integers(1, 20),
)
def test_any_scenario_survives_writing_and_reading(
    tmp_path: Path, label: str, failed: float, arrivals: float | None, stock: float, cv: float, reference: str | None,
    start: str | None, weekly: float, target: float, days: int,
) -> None:  # fmt: skip
    group = "groups.searching"
    scenario = vary(
        load(SMALL),
        {
            f"{group}.label": label, f"{group}.failed_share": failed, f"{group}.arrivals_per_post_day": arrivals,
            f"{group}.stock_per_post": stock, f"{group}.need.cv": cv, "period.reference_date": reference,
            "diary.protected_admin_start": start, f"{group}.plans.weekly.share": weekly, f"{group}.plans.fortnightly.share": 1 - weekly,
        },
    )  # fmt: skip
    scenario = with_change(scenario, Change(dt.date(2023, 10, 9), {"admin.factor": target}, days, "A test."))
    again = load(back(to_yaml(scenario.resolved()), tmp_path))
    assert again.settings == scenario.settings
    assert again.changes[0].set == {"admin.factor": target}
    assert periods(again) == periods(scenario)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_text_written_is_the_text_read(text: str) -> None:
    node, problems = parse(to_yaml({"note": text}), "note.yaml")
    assert problems == []
    assert node is not None
    assert node.children["note"].value == text


# --- the reference table --------------------------------------------------------------------------------------


def test_the_reference_table_states_meaning_unit_and_limits() -> None:
    text = markdown()
    assert "| `diary.appointments_per_day` | Most bookings of one coach on one day | appointments per coach-day | 0 to 400 |  |" in text
    assert "| `groups.*.plans.*.phases.*.minutes` | Planned minutes of an appointment | minutes | 1 to 480 |  |" in text
    assert "| `office.coaches` | Work coaches at the start | coaches | 0 to 4,000 | start |" in text
    assert "`replace`, `freeze`, `intake`" in text


def test_the_scenarios_that_come_with_the_program_load() -> None:
    listed = find_scenarios()
    assert {str(problem) for one in listed for problem in check_file(one.path)} == set()
