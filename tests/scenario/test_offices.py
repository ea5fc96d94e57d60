"""Tables of offices: what a row means as figures, and what is said of a table that cannot be used."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobcentre.metrics import reference_date
from jobcentre.model import prepare, simulate
from jobcentre.model.events import Event
from jobcentre.scenario import Change, Scenario, ScenarioError, load, vary, with_change
from jobcentre.scenario.files import PACKAGE_SCENARIOS
from jobcentre.scenario.offices import Site, SiteTable, at_site, read_sites, replaced, seed_of
from support.places import ROOT

BASE = load(PACKAGE_SCENARIOS / "baseline.yaml")
HEAD = "office,region,posts,coaches,searching\n"


def table(folder: Path, text: str | bytes, *scenarios: Scenario) -> SiteTable:
    file = folder / "ours.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sites(str(file), scenarios or [BASE])


def wrong(folder: Path, text: str | bytes, *scenarios: Scenario) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ScenarioError) as found:
        table(folder, text, *scenarios)
    assert {one.file for one in found.value.problems} == {str(folder / "ours.csv")}
    return [(one.line, one.path, f"{one.message} ({one.suggestion})") for one in found.value.problems]


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_table_gives_its_offices_in_order_with_notes_and_regions(tmp_path: Path) -> None:
    text = (
        "# Ours, counted by hand.\n\n#Second note\n"
        + "office,region,posts,coaches,searching,lcw,hiring.days_to_hire.mean,office.bank_holidays\n"
    )
    found = table(tmp_path, text + "Mill Lane,west,20,18,1900,,70,\nHigh Street,east,30,30,,500,,none\n")
    assert (found.name, found.notes, found.regions) == ("ours", ("Ours, counted by hand.", "Second note"), ("west", "east"))
    assert found.columns == ("office", "region", "posts", "coaches", "searching", "lcw", "hiring.days_to_hire.mean", "office.bank_holidays")
    assert found.sites == (
        Site("Mill Lane", "west", 20, 18, {"searching": 1900}, {"hiring.days_to_hire.mean": 70}, 5),
        Site("High Street", "east", 30, 30, {"lcw": 500}, {"office.bank_holidays": "none"}, 6),
    )


def test_the_table_shown_in_the_documentation_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "offices.md").read_text(encoding="utf-8")
    shown = "".join(line[4:] for line in page.splitlines(keepends=True) if line.startswith("    "))
    found = table(tmp_path, shown)
    assert [(site.office, site.posts, site.coaches, site.customers.get("lcwra"), dict(site.figures)) for site in found.sites] == [
        ("Mill Lane", 24, 21, 50, {}),
        ("High Street", 40, 40, 85, {"hiring.days_to_hire.mean": 70}),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfoffice,region,posts,coaches,searching\r\na,west,20,18,1900\r\n",
        "\ufeffoffice;region;posts;coaches;searching\na;west;20;18;1\u202f900\n".encode("utf-16-le"),
        b"sep=;\nOffice;Region;Posts;Coaches;searching;;\na;west;20,0;18;1 900;;\n;;;;;;\n",
        b"office\tregion\tposts\tcoaches\tsearching\na\twest\t20\t18\t1900\n",
        b'"# Notes, in quotes",,,,\noffice,region,posts,coaches,searching\na,west,20,18,"1 900"\n',
    ],
    ids=["a mark and ends of lines of Windows", "UTF-16 with semicolons", "sep= and empty columns", "tabs", "a quoted comment"],
)
def test_what_spreadsheets_save_is_read(tmp_path: Path, text: bytes) -> None:
    (site,) = table(tmp_path, text).sites
    assert replace(site, line=0) == Site("a", "west", 20, 18, {"searching": 1900}, {})


def test_a_table_is_found_by_bare_name_beside_a_file_and_under_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios" / "sites").mkdir(parents=True)
    (tmp_path / "scenarios" / "sites" / "mine.csv").write_text(HEAD + "a,west,20,18,1900\n")
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "near.csv").write_text(HEAD + "b,west,20,18,1900\n")
    assert read_sites("mine", [BASE]).sites[0].office == "a"
    assert read_sites("near.csv", [BASE], tmp_path / "plans").sites[0].office == "b"
    with pytest.raises(ScenarioError, match="did you mean `synthetic_646`"):
        read_sites("synthetic_64", [BASE])
    with pytest.raises(ScenarioError, match="no such file"):
        read_sites("near.csv", [BASE])


# --- what is refused --------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once_with_line_column_and_fix(tmp_path: Path) -> None:
    text = HEAD + "a,west,20,0,1900\nb,,many,18,1900\na ,east,20,18,1\nc/d,east,20,18,40001\nA,east,5000,18,1.5\nf,east,20,18,9,9\n"
    found = wrong(tmp_path, text)
    assert [(line, column) for line, column, _ in found] == [
        (2, "coaches"), (3, "region"), (3, "posts"), (5, "office"), (5, "searching"), (6, "posts"), (6, "searching"), (7, ""),
    ]  # fmt: skip
    said = [words for _, _, words in found]
    assert "is 0 and must be between 1 and 4,000 (leave out an office that is closed)" in said[0]
    assert "is empty" in said[1]
    assert "`many` is not a whole number" in said[2]
    assert "`/`" in said[3]
    assert "is 40,001 and must be between 0 and 40,000 (2,000 for each post)" in said[4]
    assert "`1.5` is not a whole number" in said[6]
    assert "has 6 cells, the line of column names 5" in said[7]


def test_offices_that_a_file_system_may_not_tell_apart_are_doubled(tmp_path: Path) -> None:
    found = wrong(tmp_path, HEAD + "Caf\u00e9,west,20,18,1\nb,west,20,18,1\nCAFE\u0301,west,20,18,1\n")
    assert [(line, column) for line, column, _ in found] == [(4, "office")]
    assert "is also on line 2" in found[0][2]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("serching", "did you mean `searching`?"),
        ("hiring.days_to_hire.meen", "did you mean `mean`?"),
        ("groups.lwc.failed_share", "did you mean `lcw`?"),
        ("hiring", "no figure"),
        ("policies.relief", "there is no such figure"),
        ("demand.posts", "use the column `posts`"),
        ("groups.lcw.stock_per_post", "use the column `lcw`"),
        ("period.weeks", "must be the same in every office"),
        ("searching", "two columns have this name"),
        ("", "no figure"),
    ],
)
def test_columns_that_mean_nothing_are_refused_with_what_was_meant(tmp_path: Path, column: str, says: str) -> None:
    (found,) = wrong(tmp_path, HEAD.replace("\n", f",{column},lcw\n") + "a,west,20,18,1900,1,2\n")
    assert found[:2] == (1, column)
    assert says in found[2]


def test_missing_columns_an_empty_table_and_too_many_offices_are_refused(tmp_path: Path) -> None:
    assert [path for _, path, _ in wrong(tmp_path, "office,posts\na,3\n")] == ["region", "coaches"]
    assert "no office" in wrong(tmp_path, HEAD)[0][2]
    assert "has no rows" in wrong(tmp_path, "# nothing\n")[0][2]
    rows = "".join(f"o{place},west,20,18,1900\n" for place in range(10_001))
    assert "10,001 offices, more than 10,000" in wrong(tmp_path, HEAD + rows)[0][2]
    assert "workbook" in wrong(tmp_path, b"PK\x03\x04")[0][2]
    assert "not readable as CSV" in wrong(tmp_path, HEAD + 'a,"west,1,1,1\n')[0][2]


def test_values_that_do_not_fit_the_scenario_are_told_with_their_column(tmp_path: Path) -> None:
    head = "office,region,posts,coaches,diary.appointments_per_day,office.establishment\n"
    found = wrong(tmp_path, head + "a,west,20,18,-3,\nb,west,20,18,,many\nc,west,20,18,,\n")
    assert [(line, column) for line, column, _ in found] == [(2, "diary.appointments_per_day"), (3, "office.establishment")]
    found = wrong(tmp_path, head + 'a,west,20,18,"12,5",\n')
    assert "it reads as 12.5: write a whole number" in found[0][2]


def test_a_group_that_one_of_the_scenarios_lacks_is_refused(tmp_path: Path) -> None:
    theory = load(PACKAGE_SCENARIOS / "theory" / "mm1.yaml")
    (found,) = wrong(tmp_path, "office,region,posts,coaches,lcw\na,west,1,1,5\n", BASE, theory)
    assert found[1] == "lcw"
    assert "`mm1` has no customer group" in found[2]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["", "a", "b", "west", "3", "-1", "1e9", "1,5", "=1+1", "[1", "{", "~", "nan", '"', "é", "#", "true"]),
            max_size=7,
        ),
        max_size=4,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_no_table_does_anything_but_be_read_or_be_refused_in_words(rows: list[list[str]], delimiter: str) -> None:
    head = ["office", "region", "posts", "coaches", "searching", "diary.appointments_per_day", "policies.flexibilities.trigger"]
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(delimiter.join(row) for row in [head, *rows])
        try:
            read, told = len(table(Path(folder), text).sites), []
        except ScenarioError as error:
            read, told = 0, [one.message for one in error.problems]
    rows_told = sum(any(cell.strip() for cell in row) for row in rows)
    assert all(told)
    assert bool(told) == (read == 0)
    assert read in (0, rows_told)


# --- what a row means as figures --------------------------------------------------------------------------------------


def test_an_office_has_its_posts_coaches_and_customers_and_else_the_scenarios_figures() -> None:
    site = Site("a", "west", 40, 40, {"searching": 3880, "lcw": 0}, {"hiring.days_to_hire.mean": 70.0, "office.bank_holidays": "none"})
    there = at_site(BASE, site)
    settings = there.settings
    assert (there.name, there.changes) == ("baseline", ())
    assert (settings.demand.posts, settings.office.coaches, settings.office.establishment) == (40, 40, None)
    assert (settings.groups["searching"].stock_per_post, settings.groups["lcw"].stock_per_post) == (97, 0)
    assert settings.groups["pre_wca"] == BASE.settings.groups["pre_wca"]
    assert (settings.hiring.days_to_hire.mean, settings.office.bank_holidays) == (70, "none")
    assert BASE.settings.demand.posts == 23


def test_empty_posts_may_be_filled_from_the_first_counted_day() -> None:
    there = at_site(BASE, Site("a", "west", 40, 35, {}, {}))
    assert there.settings.office.establishment is None
    assert [(change.date, dict(change.set)) for change in there.changes] == [(BASE.settings.period.start, {"office.establishment": 40})]
    log = simulate(vary(there, {"period.warmup_weeks": 2, "period.weeks": 1, "hiring.days_to_hire.mean": 1000}), 1, 0)
    opened = log.rows[log.rows[:, 1] == Event.VACANCY_OPEN]
    assert (opened[:, 0] // 86_400 >= 14).sum() >= 5
    assert at_site(BASE, Site("a", "west", 40, 35, {}, {"office.establishment": 37})).changes[0].set == {"office.establishment": 37}


def test_more_coaches_than_posts_stay_and_none_is_put_in_the_place_of_empty_unfunded_posts() -> None:
    more = at_site(BASE, Site("a", "west", 20, 24, {}, {}))
    assert (more.settings.demand.posts, more.settings.office.coaches, more.settings.office.establishment, more.changes) == (
        20,
        24,
        None,
        (),
    )
    unfunded = at_site(BASE, Site("a", "west", 30, 24, {}, {"office.establishment": 24}))
    assert (unfunded.settings.office.establishment, unfunded.changes) == (None, ())


def test_filling_posts_does_not_move_the_date_from_which_coaches_are_followed() -> None:
    surge = load(PACKAGE_SCENARIOS / "oxford_surge_step.yaml")
    there = at_site(surge, Site("a", "west", 40, 35, {}, {}))
    assert reference_date(there) == reference_date(surge) == dt.date(2021, 11, 1)
    assert len(there.changes) == len(surge.changes) + 1


def test_a_scenario_that_changes_its_posts_at_a_date_does_not_fit_a_table(tmp_path: Path) -> None:
    cut = with_change(BASE, Change(dt.date(2024, 1, 1), {"office.establishment": 20}, why="A freeze."))
    with pytest.raises(ScenarioError, match="cannot be right for every office"):
        at_site(cut, Site("a", "west", 40, 35, {}, {}))
    with pytest.raises(ScenarioError) as found:
        table(tmp_path, HEAD + "a,west,20,18,1900\nb,west,20,18,1900\n", BASE, cut)
    assert [(one.file, one.path) for one in found.value.problems] == [(cut.file, "office.establishment")]  # once, not for each office


def test_a_scenario_whose_own_shortage_a_table_replaces_says_so() -> None:
    assert replaced(BASE) == []
    (said,) = replaced(load(PACKAGE_SCENARIOS / "national_shortfall_10_9.yaml"))
    assert "41 coaches for 46 posts" in said


def test_the_smallest_and_most_uneven_offices_can_be_prepared() -> None:
    for site in (Site("a", "r", 1, 1, {}, {}), Site("b", "r", 3, 1, {"searching": 0, "pre_wca": 0, "lcw": 0, "lcwra": 0}, {})):
        assert prepare(at_site(BASE, site)).settings[0].demand.posts == site.posts


# --- each office has its own stream -----------------------------------------------------------------------------------


def test_the_seed_of_an_office_depends_on_the_seed_and_its_name_alone() -> None:
    names = [f"office {place}" for place in range(10_000)]
    seeds = {seed_of(seed, name) for seed in (0, 1, 2**64 - 1) for name in names}
    assert len(seeds) == 30_000
    assert all(0 <= one < 2**64 for one in seeds)
    assert [seed_of(1, name) for name in reversed(names)] == list(reversed([seed_of(1, name) for name in names]))
    # written down once, so that a later version cannot move an office to another stream unseen: sha256 of the bytes "0", 0, "a"
    assert seed_of(0, "a") == 0x5F1AA0C8DAD9DC73
    assert seed_of(1, "1") != seed_of(11, "")


def test_two_offices_of_one_kind_have_different_luck_and_one_has_the_same_in_two_scenarios() -> None:
    short = vary(BASE, {"period.warmup_weeks": 0, "period.weeks": 1})
    first, second = (simulate(at_site(short, Site(name, "r", 5, 5, {}, {})), seed_of(1, name), 0).digest for name in ("a", "b"))
    again = simulate(at_site(short, Site("a", "r", 5, 5, {}, {})), seed_of(1, "a"), 0).digest
    assert first != second
    assert first == again
