"""One wrong figure in a complete scenario: named with its line, its path and a reason in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobcentre.scenario import ScenarioError, check_file, load
from support.scenario_texts import SMALL, only, replaced, variant

pytestmark = pytest.mark.rules

OPEN = "open_days: [mon, tue, wed, thu, fri]"
STRESS = "  stress_days: {mean: 21, cv: 0.8}"
PHASES = "phases: {only: {minutes: 20, every_days: 20}}"
PROTECTED = "  protected_admin_minutes: 0"
EARLY_END = "groups.searching.plans.fortnightly.phases.early.ends_after"
LATE = "{mean: 5, family: exponential}"
LATE_CV = "conversation.late_minutes.cv"
QUANTILES = "conversation.late_minutes.quantiles"

ONE_WRONG = [
    ("  posts: 4", "  posts: -1", "demand.posts", "is -1 but must be at least 0 (posts)"),
    ("  posts: 4", "  posts: 4001", "demand.posts", "is 4001 but must be at most 4000"),
    ("  posts: 4", "  posts: 4.5", "demand.posts", "is 4.5 but must be a whole number"),
    ("  posts: 4", "  posts: true", "demand.posts", "yes/no given where a whole number is expected"),
    ("  posts: 4", "  posts: '4'", "demand.posts", "is '4' but must be a whole number"),
    ("  posts: 4", "  posts: four", "demand.posts", "is 'four' but must be a whole number"),
    ("  posts: 4", "  posts: 1_0", "demand.posts", "is '1_0' but must be a whole number"),
    ("  posts: 4", "  posts: .nan", "demand.posts", "is nan but must be a whole number"),
    ("  posts: 4", "  posts:", "demand.posts", "has no value"),
    ("  posts: 4", "  posts: [4]", "demand.posts", "is a list but must be a whole number"),
    ("  posts: 4", "  posts: 04", "", "begins with a zero"),
    ("  posts: 4", "  posts: 99999999999999999999999999999999999", "", "too long"),
    ("  starts_factor: 1", "  starts_factor: .inf", "demand.starts_factor", "is inf but must be"),
    ("  starts_factor: 1", "  starts_factor: .nan", "demand.starts_factor", "is nan but must be"),
    ("  starts_factor: 1", "  starts_factor: 12:30", "demand.starts_factor", "is '12:30' but must be a number (ratio)"),
    ("  starts_factor: 1", "  starts_factor: yes", "demand.starts_factor", "is 'yes' but must be a number"),
    ("  starts_factor: 1", "  starts_factor: true", "demand.starts_factor", "yes/no given where a number is expected"),
    ("  starts_factor: 1", "  starts_factor: 1e999", "demand.starts_factor", "is inf but must be"),
    ("  starts_factor: 1", "  start_factor: 1", "demand.start_factor", "`start_factor` is not known here"),
    ("  any_coach: true", "  any_coach: yes", "diary.any_coach", "is 'yes' but must be true or false"),
    ("  any_coach: true", "  any_coach: 1", "diary.any_coach", "is 1 but must be true or false"),
    ("  template: spread", "  template: spred", "diary.template", "is 'spred' but must be one of spread, earliest"),
    ("  opens: 09:00", "  opens: 9am", "office.opens", "'9am' is not a time of day"),
    ("  opens: 09:00", "  opens: 540", "office.opens", "a time of day is written"),
    ("  opens: 09:00", "  opens: 24:01", "office.opens", "is not a time of day"),
    ("    label: Looking for work", "    label: 5", "groups.searching.label", "is 5 but must be text"),
    ("  long: {per_year: 0.05, days: {mean: 30, cv: 0.8}}", "  long: 5", "sickness.long", "is 5 but must be a section"),
    (STRESS, "  stress_days: 21", "sickness.stress_days", "must be a distribution"),
    (STRESS, "  stress_days: {mean: 0}", "sickness.stress_days.mean", "must be above 0"),
    (STRESS, "  stress_days: {mean: 21, cv: -1}", "sickness.stress_days.cv", "must be at least 0"),
    (STRESS, "  stress_days: {mean: 21, famly: gamma}", "sickness.stress_days.famly", "is not known here"),
    ("start: 2023-10-02", "start: 2023-10-03", "period.start", "is a Tuesday; counting starts on a Monday"),
    ("start: 2023-10-02", "start: 2023-13-02", "period.start", "there is no such date as 2023-13-02"),
    ("start: 2023-10-02", "start: 2 October", "period.start", "a date is written YYYY-MM-DD"),
    ("start: 2023-10-02", "start: 20231002", "period.start", "a date is written YYYY-MM-DD"),
    ("start: 2023-10-02", "start: 0001-01-01", "period.start", "lies outside the years 1990 to 2100"),
    ("weeks: 4}", "weeks: 4, reference_date: 2023-10-30}", "period.reference_date", "lies outside the 4 counted weeks"),
    (OPEN, "open_days: []", "office.open_days", "names no day"),
    (OPEN, "open_days: [mon, mon, wed]", "office.open_days", "names mon twice"),
    (OPEN, "open_days: [mon, tues, wed]", "office.open_days", "item 2 is 'tues' but must be one of mon"),
    (OPEN, "open_days: mon", "office.open_days", "is 'mon' but must be a list"),
    (OPEN, "open_days: [mon, tue]", "office.part_time_days", "open on 2 days"),
    ("  part_time_days: 3", "  part_time_days: 6", "office.part_time_days", "is 6 but the office is open on 5 days"),
    ("  closes: 17:00", "  closes: 09:00", "office.closes", "is 09:00, not after the opening"),
    ("  coach_finish: 17:04", "  coach_finish: 08:00", "office.coach_finish", "is 08:00, not after the start"),
    ("  lunch_start: 12:00", "  lunch_start: 16:30", "office.lunch_start", "outside the coaches' day, 08:40 to 17:04"),
    ("  meeting_minutes: 20", "  meeting_minutes: 450", "office.meeting_minutes", "longer than the contracted day of 444"),
    ("  slot_minutes: 5", "  slot_minutes: 300", "office.slot_minutes", "no slot of 300 minutes fits"),
    ("{value: 4, source: A1", "{value: 9, source: A1", "office.coaches.range", "the value 9 lies outside its range 2 to 8"),
    ("range: [2, 8]", "range: [8, 2]", "office.coaches.range", "two numbers, the lower first"),
    ("range: [2, 8]", "range: 8", "office.coaches.range", "two numbers, the lower first"),
    ("quality: reported", "quality: guessed", "office.coaches.quality", "should be one of measured, reported"),
    ("range: [2, 8]", "range: [2, 8], prior: gaussian", "office.coaches.prior", "should be one of uniform, triangular, lognormal"),
    ("range: [2, 8]", "prior: triangular", "office.coaches.prior", "is of no use without a range"),
    ("range: [2, 8]", "range: [], prior: lognormal", "office.coaches.prior", "is of no use without a range"),
    ("range: [2, 8]", "range: [0, 8], prior: lognormal", "office.coaches.prior", "needs a range above 0"),
    ("range: [2, 8]", "range: [2, 8], drawn_with: office.coaches", "office.coaches.drawn_with", "is not the path of another figure"),
    ("range: [2, 8]", "range: [2, 8], drawn_with: office.coachs", "office.coaches.drawn_with", "is not the path of another figure"),
    ("range: [2, 8]", "range: [-2, 8]", "office.coaches.range", "-2 is no value that this input may have"),
    ("range: [5, 20]", "range: [0, 20]", "demand.unscheduled_minutes.range", "0 is no value that this input may have"),
    ("source: A1, quality: reported", "source: 1, quality: reported", "office.coaches.source", "should be an id such as A1"),
    ("source: A1, quality: reported", "sauce: A1, quality: reported", "office.coaches.sauce", "`sauce` is not known beside a value"),
    ("note: Four are enough.", "note: Four, they say, are enough.", "office.coaches.they say", "is not known beside a value"),
    ("{value: 4, source: A1", "{source: A1", "office.coaches", "has no `value`"),
    ("        share: 0.25", "        share: 0.2", "groups.searching.plans", "the shares of weekly, fortnightly add to 0.95, not 1"),
    ("      to: {searching: 1}", "      to: {searching: 0.9}", "groups.waiting.decision.to", "add to 0.9, not 1"),
    ("      to: {searching: 1}", "      to: {serching: 1}", "groups.waiting.decision.to.serching", "there is no group `serching`"),
    ("to: waiting}", "to: wating}", "groups.searching.exits.health_worsens.to", "there is no group `wating`"),
    ("to: waiting}", "to: searching}", "groups.searching.exits.health_worsens.to", "leads back to the group itself"),
    ("face_to_face: 0.2, telephone: 0.8", "face_to_face: 0.3, telephone: 0.8", "groups.waiting.channels", "add to 1.1, not 1"),
    ("    number: 2", "    number: 1", "groups.waiting.number", "1 is also the number of `searching`"),
    ("    number: 2", "    number: 64", "groups.waiting.number", "must be at most 63"),
    (
        "first: {minutes: 50, every_days: 1, first_meeting: true, ends_after: {appointments: 1}}",
        "first: {minutes: 50, every_days: 1, first_meeting: true}",
        "groups.searching.plans.weekly.phases.first.ends_after",
        "a phase before the last ends after appointments or weeks",
    ),
    ("ends_after: {weeks: 13}", "ends_after: {weeks: 13, appointments: 2}", EARLY_END, "one of"),
    ("ends_after: {weeks: 13}", "ends_after: {}", EARLY_END, "one of the two"),
    (
        PHASES,
        "phases: {only: {minutes: 20, every_days: 20, ends_after: {weeks: 3}}}",
        "groups.waiting.plans.only.phases.only.ends_after",
        "the last phase never ends",
    ),
    (PHASES, "phases: {}", "groups.waiting.plans.only.phases", "has no entries"),
    ("only: {minutes: 20,", "only: {minutes: 300,", "groups.waiting.plans.only.phases.only.minutes", "does not fit into the 240 minutes"),
    ("only: {minutes: 20,", "a.b: {minutes: 20,", "groups.waiting.plans.only.phases.a.b", "cannot name a row"),
    ("  response: central", "  response: centrl", "strain.response", "there is no row `centrl` in `responses`"),
    ("upper: 120, lower: 100", "upper: 100, lower: 120", "policies.flexibilities.lower", "is 120, above `upper` (100)"),
    ("{coaches: 0, days_per_week: 1}", "{coaches: 1, days_per_week: 6}", "policies.outreach.days_per_week", "open on 5 days"),
    (PROTECTED, "  protected_admin_minutes: 421", "diary.protected_admin_minutes", "longer than the bookable day of 420"),
    (
        "  protected_admin_minutes: 0",
        "  protected_admin_start: 16:30\n  protected_admin_minutes: 60",
        "diary.protected_admin_start",
        "60 minutes from 16:30 lie outside the bookable day, 09:00 to 17:00",
    ),
    (LATE, "{mean: 5, family: exponential, cv: 0.5}", LATE_CV, "is always 1"),
    (LATE, "{mean: 5, family: constant, cv: 0.5}", LATE_CV, "a constant does not vary"),
    (LATE, "{mean: 5, family: uniform, cv: 0.58}", LATE_CV, "above 0.5774 has values below 0"),
    (LATE, "{mean: 5, family: triangular, cv: 0.41}", LATE_CV, "above 0.4082"),
    (LATE, "{mean: 5, family: normal, cv: 0.4}", "conversation.late_minutes.family", "must be one of constant"),
    (LATE, "{mean: 5, family: table}", QUANTILES, "needs at least two quantiles"),
    (LATE, "{mean: 5, family: table, quantiles: [1]}", QUANTILES, "at least two"),
    (LATE, "{mean: 5, family: table, quantiles: [2, 1]}", QUANTILES, "must not fall"),
    (LATE, "{mean: 5, family: table, quantiles: [-1, 1]}", QUANTILES, "must not be below 0"),
    (LATE, "{mean: 5, family: table, quantiles: [0, 0]}", QUANTILES, "are all 0"),
    (LATE, "{mean: 5, quantiles: [1, 2]}", QUANTILES, "are used by family `table` only"),
    (LATE, "{mean: 5, family: table, quantiles: [1, x]}", QUANTILES, "item 2 is 'x'"),
    ("  part_time_share: 0.0", "  part_time_share: 0.0\n  establishment: 3", "office.establishment", "fewer than the 4 coaches"),
]  # fmt: skip

#: Where the figure complained of does not stand on the line that was edited: how many lines below it.
LINES_AWAY = {
    ("groups.searching.plans", "        share: 0.2"): -2,
    ("office.part_time_days", "open_days: [mon, tue]"): -2,
    ("office.establishment", "  part_time_share: 0.0\n  establishment: 3"): 1,
}


@pytest.mark.parametrize(("old", "new", "path", "words"), ONE_WRONG, ids=[new.strip()[:40] for _, new, _, _ in ONE_WRONG])
def test_one_wrong_figure_is_named_with_line_path_and_reason(tmp_path: Path, old: str, new: str, path: str, words: str) -> None:
    file, line = replaced(tmp_path, old, new)
    found = [one for one in check_file(file) if one.path == path]
    assert found, check_file(file)
    assert words in found[0].message
    assert found[0].file == str(file)
    assert found[0].line == line + LINES_AWAY.get((path, new), 0)
    with pytest.raises(ScenarioError):
        load(file)


def test_all_problems_of_a_file_are_reported_together(tmp_path: Path) -> None:
    text = SMALL.read_text(encoding="utf-8")
    for old, new in [("  posts: 4", "  posts: -1"), ("  any_coach: true", "  any_coach: yes"), ("  factor: 1", "  facter: 1")]:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "three.yaml"
    path.write_text(text + "dairy: {}\nmoney: {}\n", encoding="utf-8")
    found = {(one.path, one.suggestion) for one in check_file(path)}
    assert {name for name, _ in found} == {"demand.posts", "diary.any_coach", "admin.facter", "admin.factor", "dairy", "money"}
    assert ("dairy", "did you mean `diary`?") in found
    assert ("admin.facter", "did you mean `factor`?") in found


def test_a_key_given_twice_names_both_lines(tmp_path: Path) -> None:
    file, line = replaced(tmp_path, "  posts: 4", "  posts: 4\n  posts: 5")
    problem = only(check_file(file))
    assert (problem.line, problem.message) == (line + 1, f"`posts` is given twice: on lines {line} and {line + 1}")


def test_a_missing_figure_says_what_it_means(tmp_path: Path) -> None:
    file, line = replaced(tmp_path, "  posts: 4\n", "")
    problem = only(check_file(file))
    assert (problem.path, problem.line) == ("demand.posts", line - 1)
    assert "`posts` is missing (posts that the demand stands for" in problem.message


def test_a_new_row_with_a_mistyped_name_is_one_problem(tmp_path: Path) -> None:
    path = variant(tmp_path, "groups:\n  why: Later.\n  serching:\n    failed_share: 0.2\n")
    problem = only(check_file(path))
    assert (problem.line, problem.path, problem.suggestion) == (5, "groups.serching", "did you mean `searching`?")
    assert "lacks number, label" in problem.message


ROUND_THE_CLOCK = """office:
  why: Never closes.
  coaches: 4
  open_days: [mon, tue, wed, thu, fri, sat, sun]
  bank_holidays: none
  opens: 00:00
  closes: 24:00
  coach_start: 00:00
  coach_finish: 24:00
  lunch_minutes: 0
"""


def test_an_office_open_round_the_clock_can_be_said(tmp_path: Path) -> None:
    assert check_file(variant(tmp_path, ROUND_THE_CLOCK)) == []


@pytest.mark.parametrize(
    ("old", "new", "path", "line"),
    [
        ("[mon, tue, wed, thu, fri, sat, sun]", "[mon, tue, wed, thu, fri]", "office.open_days", 6),
        ("none", "england", "office.bank_holidays", 7),
        ("lunch_minutes: 0", "lunch_minutes: 60", "office.lunch_minutes", 12),
        ("opens: 00:00", "opens: 08:00", "office.opens", 8),
    ],
)
def test_round_the_clock_means_every_day_without_a_break(tmp_path: Path, old: str, new: str, path: str, line: int) -> None:
    problem = only(check_file(variant(tmp_path, ROUND_THE_CLOCK.replace(old, new))))
    assert (problem.path, problem.line) == (path, line)
