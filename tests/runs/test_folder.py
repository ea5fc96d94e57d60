"""What an experiment's folder holds, whoever writes it, in whatever order and however often."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing

import numpy as np
import pytest

from jobcentre.metrics import HEADLINES, METRICS
from jobcentre.model import events as ev
from jobcentre.model.events import EventLog
from jobcentre.report.json_documents import difference_documents
from jobcentre.report.tables import also_worse, named
from jobcentre.runs import locks, store
from jobcentre.runs.event_logs import read_events, read_log, write_events
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import differences_csv, events_file, experiment, json_ready
from jobcentre.runs.locks import write_atomically
from jobcentre.runs.manifest import read_manifest
from jobcentre.runs.results import RunResults, Summary, chosen_for_events
from jobcentre.runs.store import PackedText, Run
from jobcentre.scenario import ScenarioError, load
from jobcentre.studies.compare import run_comparison
from support.fake_model import model  # noqa: F401 - a fixture
from support.same_bytes import contents

HERE = ExecutionOptions(jobs=0, engine="compiled")


def asked(out, *names, seed=1):
    from dataclasses import replace

    base = load("oxford_before")
    return experiment("test", {name: replace(base, name=name) for name in names or ("one",)}, seed, out)


def run_with(number, overloaded, name="one"):
    return Run(name, number, f"digest {number}", {("overloaded_share", None): (overloaded, 10.0)}, PackedText.of("week,value\n0,1\n"))


def table(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_holds_what_is_promised(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path, "one", "worse")
    run_comparison(ask, 5, HERE)
    assert set(contents(ask.folder, ())) >= {
        "experiment.json", "manifest.json", "runs.sqlite", "metrics.csv", "summary.csv", "weekly.csv", "differences.csv", "steadiness.csv",
        "scenarios/one.yaml", "scenarios/worse.yaml",
    }  # fmt: skip
    assert not list(ask.folder.rglob("*.new"))


def test_metrics_are_one_row_per_run_group_and_metric(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path, "one", "worse")
    run_comparison(ask, 5, HERE)
    rows = {(row["scenario"], row["run"], row["group"], row["metric"]): row for row in table(ask.folder, "metrics.csv")}
    assert len(rows) == 2 * 5 * 11  # ten headlines, and one of them for a group as well
    found = rows["worse", "3", "", "overloaded_share"]
    assert (found["point"], found["numerator"], found["denominator"], found["value"]) == ("0", "4.0", "10.0", "0.4")
    assert rows["one", "0", "health", "missed_share"]["value"] == "0.25"


def test_summaries_are_sum_over_sum_with_limits(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 5, HERE)
    rows = {(row["metric"], row["group"]): row for row in table(ask.folder, "summary.csv")}
    overloaded = rows["overloaded_share", ""]
    assert float(overloaded["mean"]) == pytest.approx((0 + 1 + 2 + 3 + 4) / 50)
    assert float(overloaded["low"]) < 0.2 < float(overloaded["high"])
    assert (overloaded["n"], overloaded["level"], overloaded["kind"]) == ("5", "0.95", "fixed")


def test_differences_are_paired(tmp_path, model):  # noqa: F811
    results = run_comparison(asked(tmp_path, "one", "worse"), 6, HERE)
    found = {row.metric: row for row in results.differences()}
    assert found["overloaded_share"].difference == pytest.approx(0.1)
    assert found["overloaded_share"].verdict == "worse"
    assert found["missed_share"].verdict == "identical"


def test_harm_outside_the_headlines_is_shown_wherever_it_is():
    """Every metric with a better direction, made worse by ten times what matters in an option, is found; no other is."""
    others = [metric for metric in METRICS if metric.better and metric.name not in HEADLINES]
    for harmed in others:
        factor = 10 if harmed.better == "lower" else -10
        base = {(metric.name, None): (50.0 * metric.matters, 1.0) for metric in METRICS}
        base |= {(metric.name, None): (0.5, 1.0) for metric in METRICS if metric.share}
        option = base | {(harmed.name, None): (base[harmed.name, None][0] + factor * harmed.matters, 1.0)}
        runs = {name: [Run(name, run, f"{name} {run}", mine) for run in range(6)] for name, mine in (("one", base), ("two", option))}
        results = RunResults(runs, "fixed")
        assert [(row.option, row.metric, row.verdict) for row in results.also_worse()] == [("two", harmed.name, "worse")]
        rows = csv.DictReader(io.StringIO(differences_csv(results)))
        assert [(row["metric"], row["headline"]) for row in rows if row["verdict"] == "worse"] == [(harmed.name, "False")]
        (told,) = difference_documents(results)["also_worse"]
        assert (told["base"], told["option"], told["metric"]) == ("one", "two", harmed.name)
    means = {name: [Summary(name, 0, None, harmed.name, mine[harmed.name, None][0], None, None, harmed.unit, 6, 0.95, "", "fixed")]
             for name, mine in (("one", base), ("two", option))}  # fmt: skip
    ((label, which, *_),) = also_worse(results.also_worse(), means)
    assert (label, which) == (named(harmed.name), "two")


def test_the_same_command_again_makes_nothing(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 5, HERE)
    before, made = contents(ask.folder), len(model.calls)
    run_comparison(ask, 5, HERE)
    assert len(model.calls) == made
    assert contents(ask.folder) == before


def test_more_runs_make_only_those_that_are_missing(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    first = run_comparison(ask, 5, HERE)
    model.calls.clear()
    more = run_comparison(ask, 8, HERE)
    logs_kept_anew = 2  # the median and the worst of eight are others than of five
    assert sorted(model.calls[:3]) == [("one", 5), ("one", 6), ("one", 7)]
    assert len(model.calls) == 3 + logs_kept_anew
    assert [run.digest for run in more.runs["one"]][:5] == [run.digest for run in first.runs["one"]]
    assert len(more.runs["one"]) == 8


def test_runs_added_after_a_look_make_the_intervals_anytime(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    assert run_comparison(ask, 5, HERE).kind == "fixed"
    assert run_comparison(ask, 5, HERE).kind == "fixed"
    assert run_comparison(ask, 8, HERE).kind == "anytime"
    assert json.loads((ask.folder / "manifest.json").read_text(encoding="utf-8"))["intervals"] == "anytime"


def test_asking_for_fewer_runs_gives_the_first_ones(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 8, HERE)
    assert [run.run for run in run_comparison(ask, 3, HERE).runs["one"]] == [0, 1, 2]


def test_all_but_the_manifest_is_equal_wherever_and_however_it_is_made(tmp_path, model):  # noqa: F811
    here, there = asked(tmp_path / "here", "one", "worse"), asked(tmp_path / "there", "one", "worse")
    run_comparison(here, 6, HERE)
    model.interrupt_at = 4
    with pytest.raises(KeyboardInterrupt):
        run_comparison(there, 6, HERE)
    model.interrupt_at = None
    run_comparison(there, 6, HERE._replace(engine="simpy"))
    assert here.folder.name == there.folder.name
    assert contents(here.folder) == contents(there.folder)


def test_the_store_does_not_remember_the_order(tmp_path):
    runs = [run_with(number, number / 3) for number in range(40)]
    for name, order in (("up", runs), ("down", runs[::-1])):
        (tmp_path / name).mkdir()
        for run in order:
            with store.opened(tmp_path / name) as opened:
                store.save(opened, run)
        store.rewrite_canonically(tmp_path / name)
    assert (tmp_path / "up" / store.FILE).read_bytes() == (tmp_path / "down" / store.FILE).read_bytes()


def test_the_store_gives_back_every_bit(tmp_path):
    kept = Run(
        "one",
        3,
        "abc",
        {("load_mean", None): (0.1 + 0.2, 1e-300), ("load_mean", "health"): (-0.0, 3.0)},
        PackedText.of("week\n0\n"),
        run_key="a hash",
    )
    with store.opened(tmp_path) as opened:
        store.save(opened, kept)
    with store.opened(tmp_path) as opened:
        assert store.read(opened, "one") == [kept]
        assert store.read(opened, "another") == []


def test_a_block_that_fails_stores_nothing(tmp_path):
    def cut_short():
        with store.opened(tmp_path) as opened:
            store.save(opened, run_with(0, 1.0))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        cut_short()
    with store.opened(tmp_path) as opened:
        assert store.digests(opened) == {}


def _write_many(folder, first):
    for number in range(first, first + 25):
        with store.opened(folder) as opened:
            store.save(opened, run_with(number, 1.0))
        if number % 5 == 0:
            store.rewrite_canonically(folder)


def test_processes_on_one_folder_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, first)) for first in (0, 20, 40)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with store.opened(tmp_path) as opened:
        assert [run.run for run in store.read(opened, "one")] == list(range(65))
        assert opened.execute("pragma integrity_check").fetchone() == ("ok",)


def test_interrupted_runs_are_kept_and_no_table_is_written(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    model.interrupt_at = 3
    with pytest.raises(KeyboardInterrupt):
        run_comparison(ask, 6, HERE)
    with store.opened(ask.folder) as opened:
        assert [run.run for run in store.read(opened, "one")] == [0, 1, 2]
    assert set(contents(ask.folder)) == {"experiment.json", "runs.sqlite"}
    model.interrupt_at = None
    model.calls.clear()
    run_comparison(ask, 6, HERE)
    assert model.calls[:3] == [("one", 3), ("one", 4), ("one", 5)]


def request_in(folder):
    return json.loads((folder / "experiment.json").read_text(encoding="utf-8"))["request"]


def test_an_interrupted_folder_says_what_was_asked_and_results_keep_their_request(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    model.interrupt_at = 3
    with pytest.raises(KeyboardInterrupt):
        run_comparison(ask, 6, HERE)
    assert request_in(ask.folder) == {"kind": "comparison", "runs": 6, "precision": None, "responses": False}
    with pytest.raises(KeyboardInterrupt):
        run_comparison(ask, 5, HERE)
    assert request_in(ask.folder)["runs"] == 5
    model.interrupt_at = None
    run_comparison(ask, 5, HERE)
    model.interrupt_at = 7
    with pytest.raises(KeyboardInterrupt):
        run_comparison(ask, 9, HERE)
    assert request_in(ask.folder)["runs"] == 5  # the tables are those of five runs
    model.interrupt_at = None
    run_comparison(ask, 9, HERE)
    assert request_in(ask.folder)["runs"] == 9


def test_a_folder_of_another_experiment_is_refused_and_left_alone(tmp_path, model):  # noqa: F811
    ask, other = asked(tmp_path), asked(tmp_path, seed=2)
    run_comparison(other, 3, HERE)
    other.folder.rename(ask.folder)
    before = contents(ask.folder, locks.LOCKS)
    with pytest.raises(ScenarioError, match="holds another experiment"):
        run_comparison(ask, 3, HERE)
    assert contents(ask.folder, locks.LOCKS) == before


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"digest": 3}'])
def test_a_spoilt_request_is_known_anew(tmp_path, model, spoilt):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 3, HERE)
    before = contents(ask.folder)
    (ask.folder / "experiment.json").write_text(spoilt, encoding="utf-8")
    run_comparison(ask, 3, HERE)
    assert contents(ask.folder) == before


def test_a_folder_of_before_is_refused_with_what_to_do(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 3, HERE)
    path = ask.folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(
        json.dumps({key: value for key, value in manifest.items() if key not in ("format", "offices")} | {"kind": "comparison"}),
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match=r"manifest\.json: format: is missing \(give the command .* again, or use the version") as error:
        read_manifest(ask.folder)
    assert len(error.value.problems) == 1


def test_a_failed_run_is_a_row_and_is_tried_again(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    model.failing = {2}
    results = run_comparison(ask, 6, HERE)
    assert [(run.run, run.failure) for run in results.failed] == [(2, "ZeroDivisionError: the office vanished")]
    failed = [row for row in table(ask.folder, "metrics.csv") if row["run"] == "2"]
    assert [(row["metric"], row["value"]) for row in failed] == [("run_failed", "1.0")]
    assert table(ask.folder, "summary.csv")[0]["n"] == "5"
    manifest = json.loads((ask.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["failed"] == [{"scenario": "one", "point": 0, "run": 2, "message": "ZeroDivisionError: the office vanished"}]
    model.failing = set()
    assert run_comparison(ask, 6, HERE).failed == []
    assert not [row for row in table(ask.folder, "metrics.csv") if row["metric"] == "run_failed"]


def test_pairs_leave_out_a_run_that_failed_in_one_scenario(tmp_path):
    good = {name: [run_with(number, float(number), name) for number in range(7)] for name in ("one", "two")}
    for runs in good.values():
        for place, run in enumerate(runs):
            whole = {(metric, None): (1.0, 1.0) for metric in ("overtime_minutes_per_coach_day", "missed_share", "rushed_share",
                     "leaving_rate_per_year", "sick_days_per_coach_year", "cost_per_year_pounds")}  # fmt: skip
            runs[place] = run._replace(metrics=run.metrics | whole)
    good["two"][6] = Run("two", 6, failure="died")
    found = {row.metric: row for row in RunResults(good, "fixed").differences()}
    assert (found["overloaded_share"].n, found["overloaded_share"].verdict) == (6, "identical")


def test_the_manifest_names_every_file_with_its_hash(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 5, HERE._replace(command_line=("jobcentre", "run", "one")))
    manifest = json.loads((ask.folder / "manifest.json").read_text(encoding="utf-8"))
    files = contents(ask.folder)
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert manifest["commands"][0]["command_line"] == ["jobcentre", "run", "one"]
    assert manifest["commands"][0]["runs_made"] == 5
    assert manifest["seed"] == 1
    assert manifest["packages"]["numpy"] == np.__version__
    assert manifest["digests"]["one"]["4"] == model.play(ask.scenarios["one"], 1, 4, "compiled").digest


def test_the_folder_is_named_after_figures_and_seed_only(tmp_path):
    from jobcentre.scenario import vary

    base = load("oxford_before")
    names = {
        experiment("x", {"one": base}, 1, tmp_path).folder.name,
        experiment("x", {"one": base}, 2, tmp_path).folder.name,
        experiment("x", {"one": vary(base, {"diary.appointments_per_day": 27})}, 1, tmp_path).folder.name,
    }
    assert len(names) == 3
    assert experiment("x", {"one": load("oxford_before")}, 1, tmp_path / "elsewhere").folder.name in names


def test_the_first_the_median_and_the_worst_run_are_chosen():
    shares = [3.0, 1.0, 9.0, 9.0, 2.0, 5.0]
    runs = [run_with(number, share) for number, share in enumerate(shares)]
    # in order 1 2 3 5 9 9: the lower of the two middle values is 3, that of run 0
    assert chosen_for_events(runs) == {"first": 0, "median": 0, "worst": 2}
    assert chosen_for_events([Run("one", 0, failure="died"), *runs[1:]]) == {"first": 1, "median": 5, "worst": 2}
    assert chosen_for_events([]) == {}


@pytest.mark.parametrize(("every", "expected"), [(False, {0, 2, 5}), (True, {0, 1, 2, 3, 4, 5})])
def test_logs_are_kept(tmp_path, model, every, expected):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 6, HERE._replace(all_events=every))
    assert set((ask.folder / "events").iterdir()) == {events_file(ask.folder, "one", run) for run in expected}


def test_a_log_that_differs_when_made_again_is_an_error(tmp_path, model, monkeypatch):  # noqa: F811
    ask = asked(tmp_path)
    with monkeypatch.context() as without_logs:
        without_logs.setattr("jobcentre.studies.compare._keep_events", lambda asked, how: None)
        run_comparison(ask, 3, HERE)
    model.salt = 7
    with pytest.raises(RuntimeError, match="not the same when made again"):
        run_comparison(ask, 3, HERE)


def test_a_log_comes_back_from_its_file(tmp_path):
    rows = np.random.default_rng(5).integers(-(2**31), 2**31, size=(200, ev.WIDTH)).astype(np.int32)
    log = EventLog(rows, ("searching", "héalth"), "2021-09-06")
    write_events(tmp_path / "log.parquet", log)
    back = read_log(tmp_path / "log.parquet")
    assert (back.digest, back.group_names, back.first_day) == (log.digest, log.group_names, log.first_day)
    again = tmp_path / "again.parquet"
    write_events(again, log)
    assert again.read_bytes() == (tmp_path / "log.parquet").read_bytes()


def test_a_file_that_is_no_log_is_refused(tmp_path):
    (tmp_path / "log.parquet").write_bytes(b"not a log")
    with pytest.raises(ValueError, match="is not an event log"):
        read_events(tmp_path / "log.parquet")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    write_atomically(tmp_path / "file", b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jobcentre.runs.folder.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_a_damaged_store_is_an_error_not_an_empty_result(tmp_path):
    (tmp_path / store.FILE).write_bytes(b"x" * 5000)
    with pytest.raises(locks.StoreError, match="is damaged, or none of ours"), store.opened(tmp_path):
        pass


def test_json_has_null_for_what_is_no_number():
    assert json_ready({"a": (1.5, float("nan"), float("inf"))}) == {"a": [1.5, None, None]}


def test_leavers_are_told_under_a_low_central_and_high_response(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path, "one", "worse")
    results = run_comparison(ask, 6, HERE._replace(responses=True))
    assert sorted(model.calls[:12]) == sorted((name, run) for name in ("one", "worse") for run in range(6))  # what was asked comes first
    assert {(row["scenario"], row["point"]) for row in table(ask.folder, "metrics.csv")} == {
        (name, str(point)) for name in ("one", "worse") for point in (0, 1, 3)
    }
    assert [(row["point"], row["value"]) for row in table(ask.folder, "points.csv")] == [("1", "low"), ("3", "high")]
    assert [(row["response"], row["scenario"]) for row in table(ask.folder, "responses.csv")] == [
        (response, name) for response in ("low", "central", "high") for name in ("one", "worse")
    ]  # fmt: skip
    assert {row["point"] for row in table(ask.folder, "summary.csv")} == {"0"}
    assert len(results.runs["one"]) == 6
    made = len(model.calls)
    run_comparison(ask, 6, HERE._replace(responses=True))
    assert len(model.calls) == made


def test_without_other_responses_nothing_is_said_of_them(tmp_path, model):  # noqa: F811
    ask = asked(tmp_path)
    run_comparison(ask, 5, HERE)
    assert not (ask.folder / "responses.csv").exists()
    assert {row["point"] for row in table(ask.folder, "metrics.csv")} == {"0"}
