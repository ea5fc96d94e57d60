"""The made-up table of 646 offices: made again byte for byte, with the published totals."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from jobcentre.scenario import load
from jobcentre.scenario.evidence import load_sources
from jobcentre.scenario.files import PACKAGE_SCENARIOS
from jobcentre.scenario.offices import SiteTable, read_sites
from jobcentre.studies.nation import sites_csv
from validation.synthetic_offices import FILE, main, shared_out

HEALTH = ("pre_wca", "lcw", "lcwra")
WITHOUT = "groups.lcwra.without_contact_per_post"


@pytest.fixture(scope="module")
def table() -> SiteTable:
    return read_sites("synthetic_646", [load(PACKAGE_SCENARIOS / "baseline.yaml")])


def test_the_program_that_made_it_makes_the_same_bytes(tmp_path: Path) -> None:
    main(tmp_path / "sites" / "again.csv")
    assert (tmp_path / "sites" / "again.csv").read_bytes() == FILE.read_bytes()


def test_its_totals_are_those_published(table: SiteTable) -> None:
    sites = table.sites
    assert len(sites) == 646
    assert sum(site.coaches for site in sites) == 17_160
    assert sum(site.posts for site in sites) == 17_160 + 1_400
    assert 17_600 <= sum(site.figures["office.establishment"] for site in sites) <= 18_000
    totals = {group: sum(site.customers[group] for site in sites) for group in ("searching", *HEALTH)}
    assert totals["searching"] == 1_662_380
    assert (totals["pre_wca"], totals["lcw"]) == (2_100_000 * 13 // 100, 2_100_000 * 18 // 100)
    assert totals["lcwra"] == 2 * 17_160
    without = sum(site.figures[WITHOUT] * site.posts for site in sites)
    assert totals["lcwra"] + without == pytest.approx(2_100_000 * 0.69, rel=1e-4)


def test_five_of_seven_regions_are_short_of_coaches_and_together_as_many_as_published(table: SiteTable) -> None:
    short = Counter(dict.fromkeys(table.regions, 0))
    for site in table.sites:
        assert 0 <= site.posts - site.coaches <= site.posts / 2
        assert site.coaches <= site.figures["office.establishment"] <= site.posts
        short[site.region] += site.posts - site.coaches
    assert sorted(short) == [f"region {number}" for number in range(1, 8)]
    assert sum(number > 0 for number in short.values()) == 5
    assert sum(short.values()) == 1_400


def test_shares_with_a_health_condition_lie_within_those_published(table: SiteTable) -> None:
    people = Fraction(7_200_000, 17_160 + 1_400)  # on Universal Credit for each needed post
    sick = [sum(site.customers[group] for group in HEALTH) / site.posts + site.figures[WITHOUT] for site in table.sites]
    shares = [one / float(people) for one in sick]
    assert min(shares) == pytest.approx(0.24, abs=0.02)  # small offices: whole customers
    assert max(shares) == pytest.approx(0.52, abs=0.02)
    weighed = sum(share * site.posts for share, site in zip(shares, table.sites, strict=True)) / 18_560
    assert weighed == pytest.approx(2_100_000 / 7_200_000, abs=0.001)


def test_it_says_at_its_top_that_it_is_synthetic_from_what_and_how(table: SiteTable) -> None:
    text = " ".join(table.notes)
    assert table.notes[0].startswith("SYNTHETIC")
    given = {name for source in load_sources().values() for name in source.gives}
    cited = {"B1", "B2", "B4", "B8", "B9", "F2", "F3"}
    assert all(f"{name}" in text for name in cited)
    assert cited <= given
    sizes = [site.posts for site in table.sites]
    assert f"from {min(sizes)} to {max(sizes)} posts" in text
    assert "validation.synthetic_offices" in text
    assert all(site.office.startswith("synthetic ") for site in table.sites)


def test_what_a_folder_keeps_of_a_table_is_the_same_table(table: SiteTable, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(sites_csv(table), encoding="utf-8")
    again = read_sites(str(tmp_path / "sites.csv"), [load(PACKAGE_SCENARIOS / "baseline.yaml")])
    assert (again.sites, again.notes, again.columns) == (table.sites, table.notes, table.columns)


def test_whole_numbers_are_shared_out_by_largest_remainder() -> None:
    assert shared_out(10, [1, 1, 1]) == [4, 3, 3]
    assert shared_out(7, [0.5, 0.25, 0.25]) == [3, 2, 2]  # 3.5, 1.75, 1.75: the two larger rests first
    assert shared_out(3, [0, 1]) == [0, 3]
