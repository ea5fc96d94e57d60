# ruff: noqa: F811 - a fixture of another file
"""Interruptions from the keyboard that code written in C drops: no command goes on as if nobody had asked it to stop."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
import threading
import time

import pytest

from jobcentre.runs import interruption, locks, store
from jobcentre.runs.processes import Worker, WorkerTask, task_results
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")


def press():
    """Ctrl-C, in a place where it is lost."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
    except KeyboardInterrupt:
        pass


def fails(pressed):
    if pressed:
        press()
    raise ZeroDivisionError


def test_an_interruption_that_is_dropped_is_raised_again():
    with interruption.capture():
        interruption.raise_if_requested()
        press()
        with pytest.raises(KeyboardInterrupt):
            interruption.raise_if_requested()
    interruption.raise_if_requested()  # that was another command


def test_an_interruption_is_raised_where_it_comes_too():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruption.capture():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    interruption.raise_if_requested()


def test_an_error_that_an_interruption_led_to_is_told_as_one_and_others_are_not():
    for pressed, told in ((True, KeyboardInterrupt), (False, ZeroDivisionError)):
        with pytest.raises(told), interruption.capture():
            fails(pressed)


@pytest.mark.parametrize("block", [interruption.capture, interruption.shielded])
def test_a_job_that_is_to_ignore_interruptions_does(block):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with block():
            signal.raise_signal(signal.SIGINT)
            interruption.raise_if_requested()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_heard():
    found = []

    def inside():
        with interruption.capture():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]


@pytest.mark.cli
@pytest.mark.parametrize("words", [("run", "oxford_before"), ("sweep", "oxford_before", "--set", "coaches=20,22")])
def test_a_command_stops_although_its_interruption_was_dropped_and_keeps_no_run_that_came_of_it(
    jobcentre,
    tmp_path,
    model,
    monkeypatch,
    words,
):
    play = model.play

    def dropped(scenario, seed, run, engine):
        if run == 3:
            press()
            raise ValueError("half a run")
        return play(scenario, seed, run, engine)

    monkeypatch.setattr("jobcentre.runs.worker.play", dropped)
    status, out, err = jobcentre(*words, "--runs", "6", "--jobs", "0", "--json")
    assert (status, json.loads(out)["error"]["kind"], err) == (130, "interrupted", "")
    assert {run for _, run in model.calls} == {0, 1, 2}
    (file,) = tmp_path.rglob(store.FILE)
    with store.opened(file.parent) as opened:
        assert {tuple(row) for row in opened.execute("select run, failure from run")} == {(0, None), (1, None), (2, None)}


def slow(_given):
    threading.Event().wait(30)


def nothing():
    """How the worker begins."""


def test_nobody_waits_for_an_answer_after_a_dropped_interruption():
    worker = Worker(nothing)
    try:
        worker.submit(WorkerTask(slow))
        with interruption.capture():
            press()
            with pytest.raises(KeyboardInterrupt):
                list(task_results([worker]))
    finally:
        worker.kill()


@pytest.mark.cli
@pytest.mark.parametrize("words", [("run", "oxford_before"), ("sweep", "oxford_before", "--set", "coaches=20,22")])
def test_what_is_being_kept_is_kept_whole(jobcentre, tmp_path, model, monkeypatch, words):
    save, saved = store.save, []

    def interrupted(opened, run, *rest):
        signal.raise_signal(signal.SIGINT)
        save(opened, run, *rest)
        saved.append(run.run)

    monkeypatch.setattr(store, "save", interrupted)
    status, out, err = jobcentre(*words, "--runs", "4", "--jobs", "0", "--json")
    assert (status, json.loads(out)["error"]["kind"], err) == (130, "interrupted", "")
    (file,) = tmp_path.rglob(store.FILE)
    with store.opened(file.parent) as opened:
        assert opened.execute("select count(*) from run").fetchone() == (len(saved),)
    assert len(saved) == len(model.calls) > 0


@pytest.mark.cli
def test_a_folder_that_another_command_has_is_not_waited_for_after_an_interruption(jobcentre, tmp_path, model, monkeypatch):
    assert jobcentre("run", "oxford_before", "--runs", "2", "--jobs", "0", "--json")[0] == 0
    (file,) = tmp_path.rglob(store.FILE)
    monkeypatch.setattr(locks, "PATIENCE", 60)
    play = model.play
    with contextlib.ExitStack() as stack:

        def locked_from_now(*given):
            lock = stack.enter_context((file.parent / locks.LOCK).open("a+b"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            signal.raise_signal(signal.SIGINT)
            return play(*given)

        monkeypatch.setattr("jobcentre.runs.worker.play", locked_from_now)
        begun = time.monotonic()
        assert jobcentre("run", "oxford_before", "--runs", "3", "--jobs", "0", "--json")[0] == 130
        assert time.monotonic() - begun < 30


def test_an_interruption_that_waits_is_raised_at_the_end_of_the_outermost_block():
    done = []

    def both():
        with interruption.shielded():
            with interruption.shielded():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        both()
    assert done == ["inner", "outer"]
    with interruption.shielded():
        done.append("another")
    interruption.raise_if_requested()
