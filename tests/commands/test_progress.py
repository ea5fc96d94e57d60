"""What is told of runs while they are made: on a terminal only, and with the numbers right."""

from __future__ import annotations

import re
import time

import pytest

from jobcentre.commands.progress import all_done, progress, stop_lines, time_left


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((0, 40, 0.0), "0 of 40 runs"),
        ((10, 40, 5.0), "10 of 40 runs, 2 a second, about 15 s left"),
        ((10, 40, 5.0, 3), "10 of 40 runs, 2 a second, about 15 s left, 3 failed"),
        ((1, 1201, 2.0), "1 of 1201 runs, 0.5 a second, about 40 min left"),
        ((100, 100_100, 50.0), "100 of 100100 runs, 2 a second, about 13.9 h left"),
    ],
)
def test_the_line_says_how_far_how_fast_how_long_and_what_failed(given, told):
    assert time_left(*given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((200, 50.0, 0, 2), "200 runs on 2 cores in 50 s, one every 0.25 s"),
        ((1000, 5.0, 4, 1), "1000 runs on 1 core in 5 s, one every 5.0 ms, 4 failed"),
        ((1, 3.0, 0, 0), "1 run in 3 s, one every 3.00 s"),
    ],
)
def test_the_last_line_says_with_how_many_cores_and_how_long_a_run_took(given, told):
    assert all_done(*given) == told


@pytest.mark.parametrize(("terminal", "quiet", "lines"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_only_a_terminal_is_told(monkeypatch, capsys, terminal, quiet, lines):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    tell = progress(quiet, 2)
    for done in range(4):
        tell(done, 3, int(done == 3))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == lines
    assert ("1 failed" in said.err) == bool(lines)


def test_nothing_is_told_of_nothing(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    progress(False)(0, 0)
    assert capsys.readouterr().err == ""


def test_a_pipe_is_told_while_a_run_lasts_and_not_after_the_last(monkeypatch, capsys):
    """Nothing ends and nothing is told for five intervals: lines come all the same, and none once all is done."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    tell = progress(False, 2, between=0.1)
    tell(0, 2)
    tell(1, 2, 1)
    said, until = "", time.monotonic() + 20
    while said.count("\n") < 3 and time.monotonic() < until:
        time.sleep(0.02)
        said += capsys.readouterr().err
    assert said.count("\n") >= 3
    for line in said.splitlines():
        assert re.fullmatch(r"1 of 2 runs, .* left, 1 failed", line)
    tell(2, 2, 1)
    capsys.readouterr()
    time.sleep(0.3)
    assert capsys.readouterr().err == ""


def test_a_pipe_is_told_nothing_after_an_error(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    tell = progress(False, 2, between=0.1)
    tell(1, 2)
    stop_lines()  # as every command does when it ends
    time.sleep(0.3)
    assert capsys.readouterr().err == ""


def test_a_pipe_is_told_no_more_often(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    tell = progress(False, 2, between=60)
    for done in range(100):
        tell(done, 100)
    tell(100, 100)
    assert capsys.readouterr().err == ""
