# ruff: noqa: F811 - a fixture of another file
"""Interruptions from the keyboard that code written in C drops: no command goes on as if nobody had asked it to stop."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

import pytest
from fake_model import model  # noqa: F401 - a fixture

from sim import interruption, store
from sim.experiments.workers import Question, Worker, answers

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
    with interruption.heard():
        interruption.insist()
        press()
        with pytest.raises(KeyboardInterrupt):
            interruption.insist()
    interruption.insist()  # that was another command


def test_an_interruption_is_raised_where_it_comes_too():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruption.heard():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    interruption.insist()


def test_an_error_that_an_interruption_led_to_is_told_as_one_and_others_are_not():
    for pressed, told in ((True, KeyboardInterrupt), (False, ZeroDivisionError)):
        with pytest.raises(told), interruption.heard():
            fails(pressed)


def test_in_another_thread_nothing_is_heard():
    found = []

    def inside():
        with interruption.heard():
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

    monkeypatch.setattr("sim.experiments.runners.play", dropped)
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
        worker.ask(Question(slow))
        with interruption.heard():
            press()
            with pytest.raises(KeyboardInterrupt):
                list(answers([worker]))
    finally:
        worker.kill()
