"""`run`, `compare` and `sweep` in every office of a table, with a model whose numbers can be added up by hand.

In run r of any office r of 10 coach-days are overloaded, one more in a scenario called `worse`; every other headline metric is 1 of 1.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli

TABLE = "office,region,posts,coaches\nMill Lane,west,10,9\nHigh Street,west,20,20\nQuay,east,5,6\n"
QUICK = ("--jobs", "0", "--runs", "5", "--json")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "worse.yaml").write_text("title: Worse\nextends: baseline\n", encoding="utf-8")
    return "ours.csv"


def rows(folder: str, name: str) -> list[dict[str, str]]:
    with (Path(folder) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pairs(folder: str, metric: str) -> dict[tuple[str, int, int], tuple[float, float]]:
    return {
        (row["scenario"], int(row["point"]), int(row["run"])): (float(row["numerator"]), float(row["denominator"]))
        for row in rows(folder, "metrics.csv")
        if row["metric"] == metric and not row["group"]
    }


def test_a_run_of_the_nation_is_that_run_of_every_office(jobcentre, table, model) -> None:  # noqa: F811
    status, out, err = jobcentre("run", "baseline", "--sites", table, *QUICK)
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert (told["planned"], told["done"], told["failed"], told["offices"]) == (15, 15, 0, 3)
    folder = told["folder"]
    assert pairs(folder, "overloaded_share") == {("baseline", 0, run): (3.0 * run, 30.0) for run in range(5)}
    # money is that of an office per year, and three offices cost three times as much
    assert pairs(folder, "cost_per_year_pounds") == {("baseline", 0, run): (3.0, 1.0) for run in range(5)}
    regional = {(row["region"], row["metric"]): row for row in rows(folder, "regions.csv") if not row["group"]}
    assert float(regional["west", "cost_per_year_pounds"]["mean"]) == pytest.approx(2.0)
    assert float(regional["east", "overloaded_share"]["mean"]) == pytest.approx((0 + 1 + 2 + 3 + 4) / 50)
    tails = {(row["region"], row["figure"]): row for row in rows(folder, "tails.csv")}
    # no office has more than 4 of 10 coach-days overloaded
    assert float(tails["", "offices_tip_over"]["value"]) == 0.0


def test_offices_have_random_numbers_of_their_own_the_same_in_every_scenario(jobcentre, table, model) -> None:  # noqa: F811
    seeds: dict[tuple[str, int], set[int]] = {}
    play = model.play

    def listen(scenario, seed, run, engine):
        seeds.setdefault((scenario.name, scenario.settings.demand.posts), set()).add(seed)
        return play(scenario, seed, run, engine)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobcentre.runs.worker.play", listen)
        assert jobcentre("compare", "baseline", "worse.yaml", "--sites", table, *QUICK)[0] == 0
    assert all(len(mine) == 1 for mine in seeds.values())
    assert len({seed for mine in seeds.values() for seed in mine}) == 3
    for posts in (10, 20, 5):
        assert seeds["baseline", posts] == seeds["worse", posts]


def test_what_tips_over_is_for_the_user_to_say(jobcentre, table, model) -> None:  # noqa: F811
    status, out, _ = jobcentre("run", "baseline", "--sites", table, "--tips-over", "overloaded_share>=30%", *QUICK)
    assert status == 0
    tails = {(row["region"], row["figure"]): row for row in rows(json.loads(out)["folder"], "tails.csv")}
    # runs 3 and 4 of 5 do, in all three offices
    assert float(tails["", "offices_tip_over"]["value"]) == pytest.approx(3 * 2 / 5)
    assert tails["", "offices_tip_over"]["metric"] == "overloaded_share>=0.3"


def test_differences_of_the_nation_are_paired_and_a_total_matters_as_often_as_there_are_offices(jobcentre, table, model) -> None:  # noqa: F811
    status, out, _ = jobcentre("compare", "baseline", "worse.yaml", "--sites", table, *QUICK)
    told = json.loads(out)
    assert status == 0
    found = {row["metric"]: row for row in told["differences"]}
    assert found["overloaded_share"]["difference"] == pytest.approx(3 / 30)
    assert found["overloaded_share"]["verdict"] == "worse"
    assert found["cost_per_year_pounds"]["verdict"] == "identical"
    assert (Path(told["folder"]) / "report.html").stat().st_size > 100_000


def test_a_run_in_which_an_office_failed_is_left_out_and_tried_again(jobcentre, table, model) -> None:  # noqa: F811
    model.failing = {2}
    status, out, _ = jobcentre("run", "baseline", "--sites", table, *QUICK)
    told = json.loads(out)
    assert (status, told["failed"]) == (1, 3)
    assert {run for _, _, run in pairs(told["folder"], "overloaded_share")} == {0, 1, 3, 4}
    failed = [row for row in rows(told["folder"], "metrics.csv") if row["metric"] == "run_failed"]
    assert [row["run"] for row in failed] == ["2"]
    manifest = json.loads((Path(told["folder"]) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == {"baseline": 4}
    assert {row["office"] for row in manifest["failed"]} == {"Mill Lane", "High Street", "Quay"}
    model.failing = set()
    status, out, _ = jobcentre("run", "baseline", "--sites", table, *QUICK)
    assert (status, json.loads(out)["made"]) == (0, 3)


def test_more_runs_and_the_same_command_make_only_what_is_missing(jobcentre, table, model) -> None:  # noqa: F811
    made = [json.loads(jobcentre("run", "baseline", "--sites", table, *QUICK[:3], runs, "--json")[1])["made"] for runs in ("5", "5", "7")]
    assert made == [15, 0, 6]


def test_a_sweep_in_offices_tells_the_nation_at_each_point(jobcentre, table, model) -> None:  # noqa: F811
    words = ("sweep", "baseline", "--set", "diary.appointments_per_day=18,20", "--sites", table, *QUICK)
    status, out, err = jobcentre(*words)
    told = json.loads(out)
    assert (status, err, told["planned"]) == (0, "", 2 * 3 * 5)
    assert pairs(told["folder"], "overloaded_share") == {
        ("baseline", point, run): (3.0 * run, 30.0) for point in (1, 2) for run in range(5)
    }  # fmt: skip
    assert json.loads((Path(told["folder"]) / "experiment.json").read_text(encoding="utf-8"))["request"]["table"] == {
        "name": "ours",
        "offices": 3,
        "notes": [],
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep", "baseline", "--set", "coaches=18,20", "--sites"), "which the table of offices says of each"),
        (("run", "baseline", "--precision", "5%", "--sites"), "--precision"),
        (("run", "baseline", "--tips-over", "overload>0.5", "--sites"), "no metric is called `overload`"),
    ],
)
def test_what_cannot_be_asked_of_a_table_is_refused(jobcentre, table, model, words, said) -> None:  # noqa: F811
    status, out, _ = jobcentre(*words, table, "--json", "--jobs", "0")
    assert status == 2
    assert said in json.loads(out)["error"]["message"]
    assert model.calls == []
    assert not Path("outputs").exists()


def test_what_is_for_a_table_is_refused_without_one(jobcentre, table, model) -> None:  # noqa: F811
    status, _, err = jobcentre("run", "baseline", "--tips-over", "overloaded_share>0.5")
    assert (status, "give --sites as well" in err) == (2, True)


def test_a_dry_run_says_how_many_and_writes_nothing(jobcentre, table, model) -> None:  # noqa: F811
    status, out, _ = jobcentre("run", "baseline", "--sites", table, "--dry-run", *QUICK)
    told = json.loads(out)
    assert (status, told["planned"], told["done"], told["missing"], told["workers"]) == (0, 15, 0, 15, 1)
    assert not Path("outputs").exists()


def test_a_dry_run_reckons_with_the_workers_of_the_cluster(jobcentre, table, model, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("jobcentre.runs.cluster.workers_of", lambda address, tls=None: {"tcp://there:8786": 7}[address])
    words = ("run", "baseline", "--sites", table, "--dry-run", *QUICK)
    alone, told = (json.loads(jobcentre(*words, *more)[1]) for more in ((), ("--cluster", "tcp://there:8786")))
    assert told["workers"] == 7
    assert told["seconds"] / told["seconds_a_run"] < alone["seconds"] / alone["seconds_a_run"] / 4
