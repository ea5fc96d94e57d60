"""Memory of event logs: used again, but never under a log, or a part of one, that somebody still holds; and a log that must grow."""

from __future__ import annotations

import errno
import json
import mmap
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jobcentre.model import capacity as log_memory
from jobcentre.model import capacity as sizes
from jobcentre.model import play, prepare
from jobcentre.model import run as running
from jobcentre.model import state as states
from jobcentre.model.capacity import room_for
from jobcentre.model.events import WIDTH
from support.places import ROOT
from support.short_scenarios import SHORT, ordinary

pytestmark = pytest.mark.engines


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Memory kept by other tests is set aside."""
    monkeypatch.setattr(log_memory, "_free", [])


@pytest.fixture(scope="module")
def inputs():
    return prepare(ordinary())


def test_room_is_as_large_as_asked():
    for rows in (0, 1, 7, 100_000):
        room = room_for(rows)
        assert room.dtype == np.int32
        assert room.shape[1] == WIDTH
        assert len(room) >= max(1, rows)
        assert room.flags.writeable
        assert room.flags.c_contiguous


def test_two_logs_alive_never_share_memory(inputs):
    logs = [play(inputs, 1, run) for run in range(4)]
    pairs = [(a, b) for a in range(4) for b in range(a)]
    assert not any(np.shares_memory(logs[a].rows, logs[b].rows) for a, b in pairs)
    assert len({log.digest for log in logs}) == 4


def test_a_later_run_does_not_change_an_earlier_log(inputs):
    first = play(inputs, 1, 0)
    rows, digest = first.rows.copy(), first.digest
    for run in range(1, 4):
        play(inputs, 1, run)
    assert np.array_equal(first.rows, rows)
    assert play(inputs, 1, 0).digest == digest


def test_memory_is_used_again_when_the_log_is_gone(inputs):
    log = play(inputs, 1, 0)
    address, digest = log.rows.ctypes.data, log.digest
    del log
    again = play(inputs, 1, 0)
    assert again.rows.ctypes.data == address
    assert again.digest == digest  # what the run before left there shows nowhere


@pytest.mark.parametrize(
    "part_of",
    [lambda rows: rows[:5], lambda rows: rows[::2, 1], lambda rows: rows.T, lambda rows: rows.view(np.uint8), lambda rows: memoryview(rows),
     lambda rows: np.asarray(rows).reshape(-1), lambda rows: rows[3], lambda rows: np.frombuffer(rows, np.int32), lambda rows: rows.view(np.recarray)],
    ids=["slice", "column", "transposed", "bytes", "memoryview", "flat", "row", "buffer", "subclass"],
)  # fmt: skip
def test_a_part_keeps_the_memory_from_being_used_again(part_of):
    room = room_for(100)
    room[:] = 7
    part = part_of(room)
    was = np.array(part)
    del room
    other = room_for(100)
    other[:] = 9
    assert np.array_equal(np.array(part), was)
    del part, other
    assert len(log_memory._free) == 1  # and then it is free


def test_a_smaller_piece_stays_for_a_smaller_log():
    small = room_for(10)
    address = small.ctypes.data
    del small
    large = room_for(100_000)
    assert len(large) >= 100_000
    assert room_for(10).ctypes.data == address


def test_not_more_than_one_piece_is_kept_and_no_huge_one(monkeypatch):
    first, second = room_for(10), room_for(10)
    del first, second
    assert len(log_memory._free) == 1
    log_memory._free.clear()
    monkeypatch.setattr(log_memory, "KEPT_BYTES", 10 * log_memory.ROW_BYTES)
    at_most, more = room_for(10), room_for(11)
    del more
    assert log_memory._free == []
    del at_most
    assert len(log_memory._free) == 1


def test_a_kernel_without_large_pages_will_do(monkeypatch, inputs):
    digest = play(inputs, 1, 0).digest
    log_memory._free.clear()
    asked = []

    class NoLargePages(mmap.mmap):
        def madvise(self, *words):
            asked.append(words)
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(mmap, "mmap", NoLargePages)
    assert play(inputs, 1, 0).digest == digest
    assert bool(asked) == hasattr(mmap, "MADV_HUGEPAGE")


def test_threads_may_play_at_once(inputs):
    alone = [play(inputs, 1, run).digest for run in range(24)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda run: play(inputs, 1, run).digest, range(24))) == alone


FORKED = """
import json, os, sys
from jobcentre.model import play, prepare
from jobcentre.model.capacity import room_for
from support.short_scenarios import ordinary

inputs = prepare(ordinary())
play(inputs, 1, 9)  # leaves its memory to the next log
kept, gone = play(inputs, 1, 0), room_for(50)
gone[:] = 1
before = kept.digest
if os.fork() == 0:  # the child uses what both have kept, and writes into what both hold
    gone[:] = 2
    kept.rows[:] = 3
    theirs = [play(inputs, 1, run).digest for run in range(5)]
    os.write(1, (json.dumps({"child": theirs}) + "\\n").encode())
    os._exit(0)
mine = [play(inputs, 1, run).digest for run in range(5)]
os.wait()
os.write(1, (json.dumps({"parent": mine, "kept": [before, kept.digest], "gone": gone.min().item() == gone.max().item() == 1}) + "\\n").encode())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_has_memory_of_its_own(inputs):
    alone = [play(inputs, 1, run).digest for run in range(5)]
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, check=True, cwd=ROOT)
    found = {name: value for line in done.stdout.splitlines() for name, value in json.loads(line).items()}
    assert found == {"child": alone, "parent": alone, "kept": [alone[0], alone[0]], "gone": True}


# --- a log that grows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("name", ["ordinary for a quarter", "coaches come and go"])
def test_a_log_that_grows_is_the_same(monkeypatch, name, engine):
    inputs = prepare(ordinary(**{"period.weeks": 13}) if name == "ordinary for a quarter" else SHORT[name]())
    wide = play(inputs, 1, 0, engine)
    log_memory._free.clear()
    monkeypatch.setattr(sizes, "MOST_ROWS_AHEAD", 0)
    with_room, lengths = states.with_room, []

    def counted(office):
        lengths.append(len(office.log))
        return with_room(office)

    monkeypatch.setattr(running, "with_room", counted)
    narrow = play(inputs, 1, 0, engine)
    print(name, engine, "rows:", len(narrow.rows), "rooms:", lengths)
    assert len(set(lengths)) >= 2  # it has grown, and has grown again
    assert narrow.digest == wide.digest
    assert np.array_equal(narrow.rows, wide.rows)
