"""Offices added up to regions and the nation, against numbers worked out by hand."""

from __future__ import annotations

import csv
import io
import tracemalloc
from typing import Any

import pytest

from jobcentre.metrics import BY_NAME, METRICS, is_total
from jobcentre.runs.results import summarise
from jobcentre.runs.store import Run
from jobcentre.scenario import load, vary
from jobcentre.scenario.files import PACKAGE_SCENARIOS
from jobcentre.scenario.offices import Site, SiteTable, at_site, seed_of
from jobcentre.studies.conditions import read_condition
from jobcentre.studies.nation import TIPS_OVER, Nation, offices_csv, regions_csv, sites_csv, tails_csv
from support.counted_metrics import COUNTS, of

TIPS = read_condition(TIPS_OVER, "--tips-over")
A, B, C = Site("a", "west", 4, 4, {}, {}), Site("b", "east", 10, 9, {}, {}), Site("c", "west", 6, 6, {}, {})
SHOWN = ("overloaded_share", "cost_per_year_pounds")

#: Of each office by run: overloaded coach-days, coach-days, coach-calendar-days of 7 days, pounds, leavers, days eased.
HAND: dict[str, list[tuple[float, ...]]] = {
    "a": [(6, 10, 28, 1000, 0, 0), (5, 10, 28, 1000, 1, 7), (0, 0, 28, 1000, 0, 0)],
    "b": [(10, 40, 63, 3000, 2, 7), (30, 40, 63, 3000, 0, 7), (20, 40, 56, 2500, 1, 0)],
    "c": [(1, 20, 42, 1500, 0, 0), (3, 20, 42, 1500, 0, 0), (2, 20, 42, 1500, 0, 0)],
}


def metrics_of(row: tuple[float, ...]) -> dict[tuple[str, str | None], tuple[float, float]]:
    overloaded, coach_days, in_post, pounds, leavers, eased = row
    return {
        ("overloaded_share", None): (overloaded, coach_days),
        ("coaches_in_post", None): (in_post, 7.0),
        ("caseload_mean", "lcw"): (10 * in_post, 7.0),
        ("cost_per_year_pounds", None): (pounds, 0.5),
        ("leavers", None): (leavers, 1.0),
        ("flexibility_share", None): (eased, 7.0),
    }


def hand_runs(office: str, failing: tuple[int, ...] = (), **more: Any) -> list[Run]:
    return [
        Run("base", run, failure="the office vanished", **more)
        if run in failing
        else Run("base", run, f"{office}{run}", metrics_of(row), **more)
        for run, row in enumerate(HAND[office])
    ]


def added(failing: dict[str, tuple[int, ...]] | None = None, sites: tuple[Site, ...] = (A, B, C)) -> Nation:
    nation = Nation(sites, 3, TIPS, metrics=SHOWN)
    for site in sites:
        nation.add(site, hand_runs(site.office, (failing or {}).get(site.office, ())))
    return nation


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- what adds up -----------------------------------------------------------------------------------------------------


def test_totals_are_counts_and_amounts_of_an_office_per_time_and_nothing_else() -> None:
    by_hand = {
        "leavers", "leavers_of_start", "stress_spells", "starts", "coaches_in_post", "caseload_mean", "cost_per_year_pounds",
        "salary_cost_per_year_pounds", "overtime_cost_per_year_pounds", "hiring_cost_per_year_pounds", "sickness_cost_per_year_pounds",
        "training_cost_per_year_pounds", "missed_per_week", "left_by_movement",
    }  # fmt: skip
    assert {metric.name for metric in METRICS if is_total(metric)} == by_hand
    # the same from what tests count: divided by nothing or by days of the run, but no share of days
    days = {name for name, (_, under) in COUNTS.items() if under is None or under.names == of("days").names}
    assert days - by_hand == {"flexibility_share"}
    assert BY_NAME["flexibility_share"].share


def test_the_nation_is_numerators_over_denominators_and_what_is_per_time_a_total() -> None:
    first, second, third = added().national_runs()
    assert first.metrics == {
        ("overloaded_share", None): (17, 70),
        ("coaches_in_post", None): (133, 7),
        ("caseload_mean", "lcw"): (1330, 7),
        ("cost_per_year_pounds", None): (5500, 0.5),
        ("leavers", None): (2, 1),
        ("flexibility_share", None): (7, 21),
    }
    assert second.metrics["overloaded_share", None] == (38, 70)
    assert third.metrics["overloaded_share", None] == (22, 60)
    assert (first.scenario, first.run, third.run, first.failure, first.point) == ("base", 0, 2, None, 0)
    means = {row.metric: row.mean for row in summarise("base", [first, second, third], "fixed")}
    assert means["overloaded_share"] == (17 + 38 + 22) / 200
    assert means["coaches_in_post"] == pytest.approx((133 + 133 + 126) / 21)  # 19, 19 and 18 coaches
    assert means["cost_per_year_pounds"] == pytest.approx(2 * (5500 + 5500 + 5000) / 3)
    assert means["leavers"] == pytest.approx(4 / 3)
    assert means["flexibility_share"] == pytest.approx(21 / 63)


def test_regions_are_added_up_in_the_same_way_in_the_order_of_the_table() -> None:
    regions = added().regional_runs()
    assert list(regions) == ["west", "east"]
    assert regions["west"][0].metrics["overloaded_share", None] == (7, 30)
    assert regions["west"][0].metrics["coaches_in_post", None] == (70, 7)
    assert regions["east"][1].metrics == metrics_of(HAND["b"][1])


def test_a_run_in_which_an_office_failed_has_failed_with_the_reason_and_only_there() -> None:
    nation = added({"a": (1,), "c": (1,), "b": (2,)})
    first, second, third = nation.national_runs()
    assert first.failure is None
    assert second.failure == "`a`: the office vanished, and 1 more office"
    assert (third.failure, third.metrics, third.digest) == ("`b`: the office vanished", {}, None)
    regions = nation.regional_runs()
    assert [run.failure is None for run in regions["west"]] == [True, False, True]
    assert [run.failure is None for run in regions["east"]] == [True, True, False]
    assert [(one.office, one.runs, one.failed) for one in nation.offices] == [("a", 2, 1), ("b", 2, 1), ("c", 2, 1)]


def test_the_digest_of_a_national_run_depends_on_every_office() -> None:
    ours = [run.digest for run in added().national_runs()]
    assert len(set(ours)) == 3
    other = Nation((A, B, C), 3, TIPS, metrics=SHOWN)
    for site in (A, B, C):
        other.add(site, [run._replace(digest="other") if (site, run.run) == (C, 1) else run for run in hand_runs(site.office)])
    assert [mine == theirs for mine, theirs in zip(ours, (run.digest for run in other.national_runs()), strict=True)] == [True, False, True]


def test_offices_come_in_the_order_of_the_table_with_all_their_runs() -> None:
    nation = Nation((A, B), 3, TIPS)
    with pytest.raises(ValueError, match="`b` is not office 1"):
        nation.add(B, hand_runs("b"))
    with pytest.raises(ValueError, match="needs runs 0 to 2"):
        nation.add(A, hand_runs("a")[:2])
    with pytest.raises(ValueError, match="one scenario"):
        nation.add(A, [*hand_runs("a")[:2], hand_runs("a")[2]._replace(scenario="other")])
    nation.add(A, list(reversed(hand_runs("a"))))
    with pytest.raises(ValueError, match="1 of 2 offices"):
        nation.national_runs()
    with pytest.raises(ValueError, match="one scenario"):
        nation.add(B, hand_runs("b", point=3))
    nation.add(B, hand_runs("b"))
    assert nation.national_runs()[0].metrics["overloaded_share", None] == (16, 50)
    with pytest.raises(ValueError, match="`b` is not office 3"):
        nation.add(B, hand_runs("b"))


def test_offices_counted_over_different_times_are_not_added_up() -> None:
    nation = Nation((A, B), 3, TIPS, metrics=SHOWN)
    nation.add(A, hand_runs("a"))
    longer = [run._replace(metrics=run.metrics | {("coaches_in_post", None): (28.0, 14.0)}) for run in hand_runs("b")]
    with pytest.raises(ValueError, match="another time"):
        nation.add(B, longer)


# --- what the mean hides ----------------------------------------------------------------------------------------------


def test_an_office_tips_over_in_the_runs_that_meet_the_condition() -> None:
    a, b, c = added().offices
    assert (a.values["overloaded_share"], b.values["overloaded_share"], c.values["overloaded_share"]) == (11 / 20, 60 / 120, 6 / 60)
    assert a.values["cost_per_year_pounds"] == 2000
    # a: 0.6, 0.5 (not more than half), no value; b: 0.25, 0.75, 0.5; c: never
    assert (a.tips_over.mean, b.tips_over.mean, c.tips_over.mean) == (1 / 3, 1 / 3, 0)
    assert a.tips_over.low is None  # three runs are too few
    assert (a.flexibility_share, b.flexibility_share, c.flexibility_share) == (7 / 21, 14 / 21, 0)
    assert (a.ever_eased.mean, b.ever_eased.mean, c.ever_eased.mean) == (1 / 3, 2 / 3, 0)


def many(values: list[list[float]], intervals: str = "fixed") -> Nation:
    """Offices of one region whose overloaded share in each run is given, with a condition that can be met."""
    sites = [Site(f"o{place}", "all", 1, 1, {}, {}) for place in range(len(values))]
    nation = Nation(sites, len(values[0]), TIPS, intervals, ("overloaded_share",))  # type: ignore[arg-type]
    for site, row in zip(sites, values, strict=True):
        nation.add(
            site,
            [
                Run("base", run, "x", {("overloaded_share", None): (value, 1.0), ("flexibility_share", None): (0.0, 7.0)})
                for run, value in enumerate(row)
            ],
        )
    return nation


def test_offices_have_wilsons_limits() -> None:
    (office,) = many([[0.9] * 4 + [0.1] * 6]).offices
    # Wilson for 4 of 10: (4 + 1.9207) ÷ 13.8415 ± 1.96 × √(4 × 6 ÷ 10 + 0.9604) ÷ 13.8415
    assert (office.tips_over.mean, office.tips_over.low, office.tips_over.high) == pytest.approx((0.4, 0.16818, 0.68733), abs=1e-4)


def test_tails_count_offices_in_each_run_and_take_each_run_as_one_value() -> None:
    # three of four offices tip over in run 0, two in run 1, one in run 2, two in runs 3 and 4: 2.0 on average, spread √(2 ÷ 4)
    up, down = 0.8, 0.2
    tails = {
        tail.figure: tail
        for tail in many([[up] * 5, [up, up, down, up, up], [up, down, down, down, down], [down] * 5]).tails()
        if tail.region is None
    }
    number, share = tails["offices_tip_over"], tails["share_of_offices_tip_over"]
    assert (number.value, share.value, number.n, number.metric, number.unit) == (2.0, 0.5, 5, "overloaded_share>0.5", "offices")
    # on the logit scale: 0 ± 2.7764 × (0.70711 ÷ √5 ÷ 4) ÷ 0.25 = ± 0.87797, and 1 ÷ (1 + e^0.87797) = 0.29360
    assert (share.low, share.high) == pytest.approx((0.29360, 0.70640), abs=1e-4)
    assert (number.low, number.high) == pytest.approx((4 * 0.29360, 4 * 0.70640), abs=1e-3)
    never = tails["share_of_offices_ever_eased"]
    assert (never.value, never.low, never.metric) == (0, 0, "flexibility_share>0")
    assert never.high == pytest.approx(3.8415 / (20 + 3.8415), abs=1e-4)  # Wilson for 0 of 4 × 5 office-years
    assert never.method == "Wilson over office-years"


def test_quantiles_are_those_of_the_offices_own_values() -> None:
    tails = [
        tail
        for tail in many([[value / 10] * 2 for value in range(11)]).tails()
        if tail.figure.startswith("quantile") and tail.region is None
    ]
    assert [(tail.figure, tail.n, tail.low) for tail in tails] == [(f"quantile_{percent:02}", 11, None) for percent in (5, 25, 50, 75, 95)]
    assert [tail.value for tail in tails] == pytest.approx([0.05, 0.25, 0.5, 0.75, 0.95])


def test_tails_leave_out_failed_runs_and_say_nothing_where_all_failed() -> None:
    nation = added({"a": (0,), "b": (0, 1, 2)})
    tails = {(tail.region, tail.figure): tail for tail in nation.tails()}
    assert (tails["west", "offices_ever_eased"].value, tails["west", "offices_ever_eased"].n) == (0.5, 2)
    assert (tails[None, "offices_tip_over"].value, tails[None, "offices_tip_over"].n) == (None, 0)
    assert (tails["east", "quantile_50"].value, tails["east", "quantile_50"].n) == (None, 0)


def test_anytime_intervals_say_so() -> None:
    nation = many([[0.8, 0.2] * 10], "anytime")
    assert nation.tails()[0].low is None  # no look before 25 runs
    assert (nation.tails()[0].kind, nation.offices[0].tips_over.kind, nation.offices[0].tips_over.low) == ("anytime", "anytime", None)


# --- tables -----------------------------------------------------------------------------------------------------------


def test_the_tables_hold_what_was_added_up() -> None:
    nations = {"base": added(), "other": added({"a": (0,)})}
    regions = rows_of(regions_csv(nations))
    (row,) = [one for one in regions if (one["scenario"], one["region"], one["metric"]) == ("base", "east", "overloaded_share")]
    assert (float(row["mean"]), row["low"], row["n"], row["unit"], row["group"]) == (0.5, "", "3", "share", "")
    offices = rows_of(offices_csv(nations))
    assert len(offices) == 6
    assert (offices[1]["office"], offices[1]["region"], offices[1]["posts"], offices[1]["coaches"]) == ("b", "east", "10", "9")
    assert (offices[1]["overloaded_share"], offices[1]["tips_over_means"], offices[3]["failed"]) == ("0.5", "overloaded_share>0.5", "1")
    tails = rows_of(tails_csv(nations))
    assert {row["region"] for row in tails} == {"", "west", "east"}
    assert len(tails) == 2 * 3 * (4 + 2 * 5)


def test_the_table_of_offices_is_written_as_it_was_read() -> None:
    columns = ("office", "posts", "region", "coaches", "lcw", "hiring.days_to_hire.mean")
    sites = (Site("a", "west", 4, 3, {"lcw": 80}, {}), Site("b, c", "east", 4, 4, {}, {"hiring.days_to_hire.mean": 70.5}))
    assert sites_csv(SiteTable("t", "t.csv", ("Ours.", "Counted, by hand"), columns, sites)) == (
        '# Ours.\n# Counted, by hand\noffice,region,posts,coaches,lcw,hiring.days_to_hire.mean\na,west,4,3,80,\n"b, c",east,4,4,,70.5\n'
    )


# --- with the model ---------------------------------------------------------------------------------------------------


def test_three_small_offices_of_the_real_model_add_up() -> None:
    from jobcentre.metrics import measure, measure_with
    from jobcentre.model import simulate

    short = vary(load(PACKAGE_SCENARIOS / "baseline.yaml"), {"period.warmup_weeks": 1, "period.weeks": 2})
    nation = Nation((A, B, C), 2, TIPS)
    held = caseload = 0.0
    for site in (A, B, C):
        there = at_site(short, site)
        logs = [simulate(there, seed_of(1, site.office), run) for run in (0, 1)]
        measured = [measure(log, measure_with(there)) for log in logs]
        nation.add(site, [Run(there.name, run, log.digest, found) for run, (log, found) in enumerate(zip(logs, measured, strict=True))])
        held += measured[0]["failed_to_attend_share", None][1]
        caseload += measured[0]["caseload_mean", None][0] / 14
    run = nation.national_runs()[0]
    assert set(run.metrics) == set(measured[0])
    assert run.metrics["failed_to_attend_share", None][1] == held
    top, bottom = run.metrics["caseload_mean", None]
    assert top / bottom == pytest.approx(caseload)
    assert caseload == pytest.approx(20 * 137, rel=0.1)  # 137 customers for each of 20 posts


def test_memory_does_not_grow_with_offices_times_runs() -> None:
    def kept(offices: int) -> int:
        tracemalloc.start()
        many([[0.1] * 200] * offices)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, more = kept(20), kept(220)
    assert (more - few) / 200 < 8 * 200  # bytes for each further office: less than one number for each of its runs
