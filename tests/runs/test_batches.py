"""How runs are cut into blocks, and what becomes of those over which a process died."""

from __future__ import annotations

from collections import deque

import pytest

from jobcentre.runs.batches import MOST_RUNS, BatchQueue, RunId


def todo(number, place="one"):
    return deque(RunId(place, run) for run in range(number))


def numbers(block):
    return [one.run for one in block]


def test_the_first_block_is_one_run_for_nobody_knows_how_long_it_takes():
    assert numbers(BatchQueue(todo(1000), 2).next()) == [0]


@pytest.mark.parametrize(("seconds", "runs"), [(0.1, 10), (0.5, 2), (0.4, 2), (1.5, 1), (60.0, 1), (1e-5, MOST_RUNS), (0.0, MOST_RUNS)])
def test_a_block_takes_about_a_second(seconds, runs):
    blocks = BatchQueue(todo(1000), 2)
    first = blocks.next()
    blocks.record_duration(first, seconds)
    assert numbers(blocks.next()) == list(range(1, 1 + runs))


def test_of_what_several_workers_share_none_takes_more_than_half_its_part():
    blocks = BatchQueue(todo(41), 4)
    blocks.record_duration(blocks.next(), 0.001)
    assert len(blocks.next()) == 40 // 8


def test_times_that_change_are_followed():
    blocks = BatchQueue(todo(1000), 1)
    blocks.record_duration(blocks.next(), 0.1)
    for _ in range(6):
        block = blocks.next()
        blocks.record_duration(block, 0.5 * len(block))
    assert len(blocks.next()) == 2


def test_each_run_is_handed_out_once_in_its_order():
    blocks, seen = BatchQueue(todo(500), 3), []
    while blocks:
        block = blocks.next()
        blocks.record_duration(block, 0.02 * len(block))
        seen += numbers(block)
    assert seen == list(range(500))


def test_a_block_over_which_a_process_died_is_made_run_by_run():
    blocks = BatchQueue(todo(200), 1)
    blocks.record_duration(blocks.next(), 0.1)
    lost = blocks.next()
    assert len(lost) == 10
    assert blocks.retry_lost(lost) is None
    assert [numbers(blocks.next()) for _ in range(10)] == [[run] for run in numbers(lost)]
    assert len(blocks.next()) == 10  # what never was in such company goes on as before


def test_a_run_has_failed_when_the_second_process_dies_over_it():
    blocks = BatchQueue(todo(3), 1)
    first = blocks.next()
    assert blocks.retry_lost(first) is None
    again = blocks.next()
    assert again == first
    failed = blocks.retry_lost(again)
    assert failed is not None
    assert (failed.run, "two processes died" in failed.failure) == (0, True)
    assert numbers(blocks.todo) == [1, 2]


def test_one_deadly_run_among_many_is_the_only_one_that_fails():
    blocks, done, failed = BatchQueue(todo(300), 2), [], []
    while blocks:
        block = blocks.next()
        if 77 in numbers(block):
            one = blocks.retry_lost(block)
            failed += [one.run] if one else []
        else:
            blocks.record_duration(block, 0.02 * len(block))
            done += numbers(block)
    assert (sorted(done), failed) == ([run for run in range(300) if run != 77], [77])


def test_what_was_not_begun_comes_back_in_its_order():
    blocks = BatchQueue(todo(20), 1)
    block = blocks.next()
    blocks.put_back(block)
    assert numbers(blocks.todo) == list(range(20))
