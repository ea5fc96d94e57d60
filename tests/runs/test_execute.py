"""The one loop: what a procedure wants and is missing is made once, kept, and there when the procedure goes on."""

from __future__ import annotations

import pytest

from jobcentre.model import play
from jobcentre.runs import locks, store
from jobcentre.runs.batches import RunId
from jobcentre.runs.execute import ExecutionOptions, KeptRuns, PassedOnRuns, Work, execute, fixed_set, keep_logs
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.folder import events_file
from jobcentre.runs.run_key import run_key
from jobcentre.scenario import load
from support.fake_model import model  # noqa: F401

HERE = ExecutionOptions(0, "compiled")


@pytest.fixture
def provider():
    return PlainScenarios({name: load("baseline") for name in ("calm", "busy")}, 1)


def made_by(procedure, provider, kept, how=HERE):
    return execute(Work(provider, procedure, kept, 100), how)


def ids(name, *runs):
    return [RunId(name, run) for run in runs]


def test_runs_wanted_twice_or_there_already_are_made_once(provider, tmp_path, model) -> None:  # noqa: F811
    assert made_by(fixed_set([*ids("calm", 0, 1), *ids("calm", 1, 2)]), provider, KeptRuns(tmp_path, provider, HERE)) == (3, None)
    assert made_by(fixed_set(ids("calm", 0, 1, 2, 3)), provider, KeptRuns(tmp_path, provider, HERE)) == (1, None)
    assert [run for _, run in model.calls] == [0, 1, 2, 3]


def test_all_that_was_wanted_is_there_when_the_procedure_goes_on(provider, tmp_path, model) -> None:  # noqa: F811
    kept = KeptRuns(tmp_path, provider, HERE)
    seen = []

    def procedure():
        for runs in (2, 2, 5):
            yield [*ids("calm", *range(runs)), *ids("busy", *range(runs))]
            seen.append([list(kept.at(name)) for name in ("calm", "busy")])
        yield ids("busy", 9)
        return list(kept.at("busy"))

    assert made_by(procedure(), provider, kept) == (11, [0, 1, 2, 3, 4, 9])
    assert seen == [[[0, 1]] * 2, [[0, 1]] * 2, [[0, 1, 2, 3, 4]] * 2]


def test_a_procedure_that_wants_nothing_gives_its_answer_and_nothing_is_written(provider, tmp_path, model) -> None:  # noqa: F811
    assert made_by(fixed_set([]), provider, KeptRuns(tmp_path / "none", provider, HERE)) == (0, None)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("retry", [True, False])
def test_a_failed_run_is_tried_once_by_each_command_if_it_is_to_be_tried_again(provider, tmp_path, model, retry) -> None:  # noqa: F811
    how = HERE._replace(retry_failed=retry)
    model.failing = {1}

    def looking_three_times():
        for _ in range(3):
            yield ids("calm", 0, 1)

    for command in (1, 2):
        made_by(looking_three_times(), provider, KeptRuns(tmp_path, provider, how), how)
        assert model.calls.count(("baseline", 1)) == (command if retry else 1)
    assert model.calls.count(("baseline", 0)) == 1
    kept = KeptRuns(tmp_path, provider, how)
    assert [run.failure is not None for run in kept.at("calm").values()] == [False, True]


def test_a_run_known_by_its_key_is_made_once_for_all_its_names(provider, tmp_path, model) -> None:  # noqa: F811
    places = [("calm", "", 0), ("busy", "", 0)]
    keys = dict.fromkeys(places, "one key")
    kept = KeptRuns(tmp_path, provider, HERE, keys)
    assert made_by(fixed_set([*ids("calm", 0), *ids("busy", 0)]), provider, kept)[0] == 1


def test_runs_of_a_shared_store_are_taken_before_the_procedure_goes_on(provider, tmp_path, model) -> None:  # noqa: F811
    shared = HERE._replace(shared=tmp_path / "shared")
    locks.make_folder(tmp_path / "first")
    made_by(fixed_set(ids("calm", 0, 1, 2)), provider, KeptRuns(tmp_path / "first", provider, shared), shared)
    locks.make_folder(tmp_path / "second")
    kept = KeptRuns(tmp_path / "second", provider, shared)

    def procedure():
        yield ids("calm", 0, 1)
        first = list(kept.at("calm"))
        yield ids("calm", 0, 1, 2, 3)
        return first, list(kept.at("calm"))

    assert made_by(procedure(), provider, kept, shared) == (1, ([0, 1], [0, 1, 2, 3]))


def test_progress_is_told_of_all_turns_together(provider, tmp_path, model) -> None:  # noqa: F811
    told = []
    how = HERE._replace(progress=lambda *counts: told.append(counts))

    def procedure():
        yield ids("calm", 0, 1)
        yield ids("calm", 0, 1, 2, 3, 4)

    made_by(procedure(), provider, KeptRuns(tmp_path, provider, how), how)
    assert told[0] == (0, 2)
    assert told[-1] == (5, 5, 0)


def test_runs_may_be_passed_on_instead_of_being_kept(provider, model) -> None:  # noqa: F811
    heard = []
    assert made_by(fixed_set(ids("calm", 0, 1)), provider, PassedOnRuns(heard.extend)) == (2, None)
    assert [(run.scenario, run.run, run.digest is not None) for run in heard] == [("calm", 0, True), ("calm", 1, True)]


def test_an_interruption_keeps_what_is_finished_and_does_not_ask_for_more(provider, tmp_path, model) -> None:  # noqa: F811
    model.interrupt_at = 2
    went_on = []

    def procedure():
        yield ids("calm", 0, 1, 2, 3)
        went_on.append(True)

    with pytest.raises(KeyboardInterrupt):
        made_by(procedure(), provider, KeptRuns(tmp_path, provider, HERE))
    assert (list(KeptRuns(tmp_path, provider, HERE).at("calm")), went_on) == ([0, 1], [])
    with store.opened(tmp_path) as opened:
        assert store.locations(opened) == {("calm", "", 0): f"baseline {run_key(provider.scenarios['calm'], 1)}"}


@pytest.fixture
def new_metrics(monkeypatch):
    """Another version of the metrics, as of the next command."""

    def change(version="another version"):
        monkeypatch.setattr("jobcentre.runs.store.metrics_version", lambda: version)

    return change


def small_office():
    return PlainScenarios({"diary": load("diary", {"period.weeks": 2})}, 1)


def test_runs_of_other_metrics_are_measured_anew_from_kept_logs_and_made_again_without(tmp_path, new_metrics, monkeypatch) -> None:
    provider, notes = small_office(), []
    how = HERE._replace(note=notes.append)
    made_by(fixed_set(ids("diary", 0, 1, 2)), provider, KeptRuns(tmp_path, provider, how), how)
    before = KeptRuns(tmp_path, provider, how).at("diary")
    keep_logs(tmp_path, provider, {RunId("diary", 1): before[1].digest}, how)
    assert notes == []
    new_metrics()
    played = []
    monkeypatch.setattr(
        "jobcentre.runs.worker.play", lambda inputs, seed, run, engine: played.append(run) or play(inputs, seed, run, engine)
    )
    kept = KeptRuns(tmp_path, provider, how)
    assert kept.at("diary") == {}  # their values are those of other metrics
    assert made_by(fixed_set(ids("diary", 0, 1)), provider, kept, how)[0] == 2
    assert played == [0]
    assert KeptRuns(tmp_path, provider, HERE).at("diary") == {0: before[0], 1: before[1]}
    assert notes[0].startswith("3 stored runs were measured by another version of the metrics: 1 can be measured anew")


def test_a_kept_log_that_is_not_the_one_of_the_run_is_not_measured(tmp_path, new_metrics, monkeypatch) -> None:
    provider = small_office()
    made_by(fixed_set(ids("diary", 0, 1)), provider, KeptRuns(tmp_path, provider, HERE))
    before = KeptRuns(tmp_path, provider, HERE).at("diary")
    keep_logs(tmp_path, provider, {RunId("diary", 1): before[1].digest}, HERE)
    events_file(tmp_path, "diary", 1).rename(events_file(tmp_path, "diary", 0))
    new_metrics()
    assert made_by(fixed_set(ids("diary", 0, 1)), provider, KeptRuns(tmp_path, provider, HERE))[0] == 2
    assert KeptRuns(tmp_path, provider, HERE).at("diary") == before


def test_a_folder_can_still_be_used_when_a_metric_in_it_is_gone(tmp_path, new_metrics, model, provider) -> None:  # noqa: F811
    made_by(fixed_set(ids("calm", 0, 1)), provider, KeptRuns(tmp_path, provider, HERE))
    with store.opened(tmp_path) as opened:
        opened.execute("update quantity set metric = 'gone_metric' where metric = 'missed_share'")
    new_metrics()
    assert made_by(fixed_set(ids("calm", 0)), provider, KeptRuns(tmp_path, provider, HERE))[0] == 1
    assert list(KeptRuns(tmp_path, provider, HERE).at("calm")) == [0]
