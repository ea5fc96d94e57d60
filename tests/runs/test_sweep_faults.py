# ruff: noqa: F811 - fixtures of other files
"""What may befall a sweep besides being killed: full disks, interruptions, two commands at once; and more of it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from jobcentre.runs import locks, store
from jobcentre.runs.event_logs import read_log
from support.fake_model import model  # noqa: F401 - a fixture
from support.same_bytes import contents
from support.small_disk import small_disk  # noqa: F401 - a fixture
from support.sweep_commands import (  # noqa: F401
    AXIS,
    COACHES,
    FAKE,
    ROOT,
    SHORT,
    ended,
    made_by,
    refusal,
    rows,
    start,
    stored,
    stored_runs,
    the_folder,
    varied,
    wait_for,
)

pytestmark = [
    pytest.mark.cli,
    pytest.mark.skipif(sys.platform != "linux", reason="signals, locks and disks are those of Linux"),
    pytest.mark.slow,
]

# --- the same bytes, wherever runs are made ----------------------------------------------------------------------------


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_bytes(jobcentre, tmp_path):
    found = {}
    for jobs in ("0", "1", "2"):
        status, _, err = jobcentre(*SHORT, *varied(100, 104), "--runs", "25", "--jobs", jobs, "--events", "--out", jobs)
        assert (status, err) == (0, "")
        found[jobs] = contents(tmp_path / jobs)
    assert found["0"] == found["1"] == found["2"]
    assert len([name for name in found["0"] if name.endswith(".parquet")]) == 50


# --- more of it --------------------------------------------------------------------------------------------------------


def test_more_runs_and_more_points_make_only_what_is_missing(jobcentre, tmp_path, model):
    made = []
    for words in (
        ("--set", "coaches=20,22", "--runs", "3"),
        ("--set", "coaches=20,22", "--runs", "5"),
        ("--set", "coaches=20,22,24", "--runs", "5"),
        ("--set", "coaches=24,21,20", "--runs", "4"),
        ("--set", "coaches=20,22", "--runs", "3"),
    ):
        status, out, _ = jobcentre(*FAKE, *words)
        assert status == 0, out
        made.append(json.loads(out)["made"])
    assert made == [6, 4, 5, 4, 0]
    folder = the_folder(tmp_path)
    assert made_by(folder) == made
    assert len({*model.calls}) <= 5
    assert {(row["point"], row["value"]) for row in rows(folder, "points.csv")} == {("1", "20"), ("2", "22")}
    assert {row["run"] for row in rows(folder, "metrics.csv")} == {"0", "1", "2"}


def test_a_grid_with_an_added_value_uses_all_runs_there_are(jobcentre, tmp_path, model):
    grid = ("--set", "appointments_per_day=20,24", "--runs", "3")
    assert jobcentre(*FAKE, "--set", "coaches=20,22", *grid)[0] == 0
    before = stored(the_folder(tmp_path))
    status, out, _ = jobcentre(*FAKE, "--set", "coaches=20,21,22", *grid)
    assert (status, json.loads(out)["made"]) == (0, 6)
    after = stored(the_folder(tmp_path))
    # points 3 and 4 (22 coaches) are now 5 and 6
    moved = {1: 1, 2: 2, 3: 5, 4: 6}
    assert {(name, moved[point], run): digest for (name, point, run), digest in before.items()}.items() <= after.items()
    assert len(after) == 18


def test_more_runs_give_the_tables_of_as_many_at_once_but_for_the_kind_of_interval(jobcentre, tmp_path, model):
    for words in (("--runs", "3", "--out", "turns"), ("--runs", "8", "--out", "turns"), ("--runs", "8", "--out", "once")):
        assert jobcentre(*FAKE, *COACHES, *words)[0] == 0
    turns, once = the_folder(tmp_path / "turns"), the_folder(tmp_path / "once")
    assert (turns / "metrics.csv").read_bytes() == (once / "metrics.csv").read_bytes()
    assert {row["kind"] for row in rows(once, "summary.csv")} == {"fixed"}
    assert {row["kind"] for row in rows(turns, "summary.csv")} == {"anytime"}  # results were looked at before


def test_a_log_is_never_that_of_another_point_that_had_its_number_before(jobcentre, tmp_path, model):
    """Of points 20, 22 the second is the worst; of 20, 21, 22 point 2 is another one."""
    for values in ("20,22", "20,21,22", "21,22,23", "20,22"):
        assert jobcentre(*FAKE, "--set", f"coaches={values}", "--runs", "3", "--events")[0] == 0
        folder = the_folder(tmp_path)
        kept = {path.name: read_log(path).digest for path in folder.glob("events/*.parquet")}
        points = range(1, len(values.split(",")) + 1)
        digests = stored(folder)
        assert kept == {
            f"oxford_before-point{point:05d}-run{run:05d}.parquet": digests["oxford_before", point, run]
            for point in points
            for run in range(3)
        }


def test_a_log_is_that_of_the_point_in_the_real_model(jobcentre, tmp_path):
    seen = set()
    for values in ((100, 108), (100, 104, 108)):
        assert jobcentre(*SHORT, *varied(*values), "--runs", "2", "--jobs", "0", "--events")[0] == 0
        folder = the_folder(tmp_path)
        digests = stored(folder)
        for path in folder.glob("events/*.parquet"):
            point, run = (int(word) for word in re.fullmatch(r"mg1-point(\d+)-run(\d+)\.parquet", path.name).groups())
            assert read_log(path).digest == digests["mg1", point, run]
            seen.add(read_log(path).digest)
    assert len(seen) == 6


# --- interrupted -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["0", "2"])
@pytest.mark.parametrize("after", [0, 30])
def test_ctrl_c_stops_at_once_with_nothing_half_written(tmp_path, jobs, after):
    words = ("sweep", "mg1", "--weeks", "2", *varied(100, 104), "--runs", "4000", "--jobs", jobs, "--json")
    process = start(*words, cwd=tmp_path)
    try:
        wait_for(lambda: stored_runs(tmp_path) >= after)
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        status, out, err = ended(process)  # comes back only when no process holds the pipes any more
        assert time.monotonic() - begun < 4  # the database would wait for five where an interrupted commit was left open
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (status, err) == (130, "")
    assert json.loads(out)["error"]["kind"] == "interrupted"
    assert stored_runs(tmp_path) >= after
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {store.FILE, locks.LOCK, "experiment.json"}


def test_an_interruption_keeps_what_is_finished(jobcentre, tmp_path, model):
    model.interrupt_at = 3
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "5")
    assert (status, json.loads(out)["error"]["kind"]) == (130, "interrupted")
    assert not list(tmp_path.rglob("*.csv"))
    model.interrupt_at = None
    status, out, _ = jobcentre(*FAKE, *COACHES, "--runs", "5")
    assert (status, json.loads(out)["made"]) == (0, 7)
    gone_on = contents(tmp_path / "outputs")
    assert jobcentre(*FAKE, *COACHES, "--runs", "5", "--out", "anew")[0] == 0
    assert contents(tmp_path / "anew") == gone_on


# --- two commands at once ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_equal_commands_at_once_share_a_folder(jobcentre, tmp_path):
    words = (*SHORT, *varied(100, 104), "--runs", "40")
    both = [start(*words, "--jobs", jobs, "--out", "shared", cwd=tmp_path) for jobs in ("1", "2")]
    assert [ended(process)[::2] for process in both] == [(0, ""), (0, "")]
    assert jobcentre(*words, "--jobs", "0", "--out", "alone")[0] == 0
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")
    assert len(made_by(the_folder(tmp_path / "shared"))) == 2


OTHERS = {
    "other points": ((*varied(100, 104), "--runs", "40"), (*varied(104, 108), "--runs", "40")),
    "other numbers of runs": ((*varied(100, 104), "--runs", "40"), (*varied(100, 104), "--runs", "20")),
}


@pytest.mark.slow
@pytest.mark.parametrize("which", OTHERS)
def test_two_commands_with_different_questions_at_once_share_a_folder(jobcentre, tmp_path, which):
    both = [start(*SHORT, *words, "--jobs", "1", "--out", "shared", cwd=tmp_path) for words in OTHERS[which]]
    assert [ended(process)[::2] for process in both] == [(0, ""), (0, "")]
    folder = the_folder(tmp_path / "shared")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    last = manifest["commands"][-1]["command_line"]
    assert len(manifest["commands"]) == 2
    # what is there is wholly that of the command that ended last, the report too
    (words,) = [words for words in OTHERS[which] if all(word in last for word in words)]
    assert jobcentre(*SHORT, *words, "--jobs", "0", "--out", "alone")[0] == 0
    alone = the_folder(tmp_path / "alone")
    mine, its = contents(folder), contents(alone)
    if which == "other points":  # where there are no more runs than asked for before, intervals are as they are alone
        assert {name: mine[name] for name in its if name != store.FILE} == {name: its[name] for name in its if name != store.FILE}
    assert mine["metrics.csv"] == its["metrics.csv"]
    assert stored(alone).items() <= stored(folder).items()
    assert json.loads(mine["experiment.json"])["request"]["runs"] == manifest["runs"]["mg1"] / 2
    assert jobcentre("report", str(folder))[0] == 0, "tables and manifest belong together"
    # nothing is lost: either command finds all its runs, and puts its own tables there
    for words in OTHERS[which]:
        status, _, err = jobcentre(*SHORT, *words, "--jobs", "0", "--out", "shared")
        assert (status, err) == (0, "")
        assert made_by(folder)[-1] == 0
        assert jobcentre(*SHORT, *words, "--jobs", "0", "--out", "-".join(words[1:]))[0] == 0
        assert (folder / "metrics.csv").read_bytes() == (the_folder(tmp_path / "-".join(words[1:])) / "metrics.csv").read_bytes()


@pytest.mark.slow
def test_a_command_puts_no_tables_where_another_is_writing_its_own(jobcentre, tmp_path, monkeypatch):
    """Else each could undo what the other wrote, for ever. Meanwhile its runs are made and kept."""
    from jobcentre.studies import sweep as study

    keep_logs, others = study.keep_logs, []
    mine, its = (*SHORT, *varied(100, 104), "--runs", "3"), (*SHORT, *varied(104, 108), "--runs", "5")

    def keep(folder, *rest):
        if not others:
            before = contents(folder)
            others.append(start(*its, "--jobs", "0", "--out", "shared", cwd=tmp_path))
            wait_for(lambda: stored_runs(folder) == 3 + 3 + 2 + 5)
            time.sleep(1)  # in which it would write
            assert others[0].poll() is None
            now = contents(folder)
            # a folder without finished results says what was asked last; who ends says again what it asked
            assert {name for name in before if before[name] != now[name]} == {store.FILE, "experiment.json"}
            assert now.keys() == before.keys()
        keep_logs(folder, *rest)

    monkeypatch.setattr(study, "keep_logs", keep)
    assert jobcentre(*mine, "--jobs", "0", "--out", "shared")[0] == 0
    assert ended(others[0])[::2] == (0, "")
    folder = the_folder(tmp_path / "shared")
    assert made_by(folder) == [6, 7]
    assert jobcentre(*its, "--jobs", "0", "--out", "alone")[0] == 0
    alone = the_folder(tmp_path / "alone")
    assert (folder / "metrics.csv").read_bytes() == (alone / "metrics.csv").read_bytes()
    assert jobcentre("report", str(folder))[0] == 0


def test_a_turn_to_write_that_never_comes_is_told_and_loses_nothing(jobcentre, tmp_path, model, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_FOR_TURN", 0.2)
    assert jobcentre(*FAKE, *COACHES, "--runs", "3")[0] == 0
    with (the_folder(tmp_path) / locks.TURN).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        message = refusal(jobcentre(*FAKE, *COACHES, "--runs", "5"))
    assert "another command has been writing this folder" in message
    assert "end that command" in message
    assert stored_runs(tmp_path) == 10
    assert made_by(the_folder(tmp_path)) == [6]
    assert jobcentre(*FAKE, *COACHES, "--runs", "5")[0] == 0
    assert made_by(the_folder(tmp_path)) == [6, 0]


@pytest.mark.parametrize("name", locks.LOCKS)
def test_a_folder_in_place_of_a_lock_is_told_with_what_to_do(jobcentre, tmp_path, model, name):
    assert jobcentre(*FAKE, *COACHES, "--runs", "3")[0] == 0
    lock = the_folder(tmp_path) / name
    lock.unlink()
    lock.mkdir()
    message = refusal(jobcentre(*FAKE, *COACHES, "--runs", "5"))
    assert str(lock.relative_to(tmp_path)) in message
    assert "delete it" in message
    lock.rmdir()
    assert jobcentre(*FAKE, *COACHES, "--runs", "5")[0] == 0


# --- a disk that fills -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_disk_stops_a_sweep_and_room_lets_it_go_on(jobcentre, small_disk, tmp_path):
    words = ("sweep", "mg1", "--weeks", "2", *varied(100, 104), "--runs", "400", "--jobs", "2", "--json")
    status, out, err = ended(start(*words, "--out", str(small_disk / "outputs"), cwd=tmp_path))
    assert (status, err) == (2, ""), out
    assert "make room and give the same command again" in json.loads(out)["error"]["message"]
    kept = stored_runs(small_disk / "outputs")
    assert 0 < kept
    assert not list(small_disk.rglob("*.new"))
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    status, out, err = ended(start(*words, "--out", str(small_disk / "outputs"), cwd=tmp_path))
    assert (status, err) == (0, "")
    assert json.loads(out)["made"] == 800 - kept
    assert jobcentre(*words, "--out", "alone")[0] == 0
    assert contents(small_disk / "outputs") == contents(tmp_path / "alone")
