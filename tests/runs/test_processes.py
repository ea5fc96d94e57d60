"""Processes that make runs: what one that is killed takes along, and what is left when the command is interrupted."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobcentre.runs.batches import RunId
from jobcentre.runs.experiment import PlainScenarios
from jobcentre.runs.processes import PUT_BACK, Worker, WorkerTask, task_results
from jobcentre.runs.store import Run
from jobcentre.runs.worker import BatchResult, WorkerOptions, run_all
from jobcentre.scenario import load
from support.places import ROOT

pytestmark = [pytest.mark.cli, pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")]

MEGABYTE = 1_000_000


def nothing():
    """What a worker begins with here."""


def times_three(number):
    return 3 * number


def much(size):
    return b"x" * size


def dies_over_run_2(block):
    if 2 in [wanted.run for wanted in block]:
        own_death(None)
    return BatchResult([Run(wanted.scenario, wanted.run, "lived") for wanted in block], 0.001)


def own_death(_given):
    os.kill(os.getpid(), signal.SIGKILL)


def test_each_question_has_its_own_answer():
    workers = [Worker(nothing) for _ in range(2)]
    for number, worker in enumerate(workers * 3):
        worker.submit(WorkerTask(times_three, number))
    assert sorted(answer.value for answer in task_results(workers)) == [0, 3, 6, 9, 12, 15]
    for worker in workers:
        worker.end()
        assert worker.process.exitcode == 0


def test_a_worker_killed_while_it_writes_its_answer_holds_up_nobody():
    killed, other = Worker(nothing), Worker(nothing)
    killed.submit(WorkerTask(much, 50 * MEGABYTE))  # far more than a pipe holds: it stops in the middle until somebody reads
    killed.submit(WorkerTask(times_three, 1))
    while not killed.pipe.poll():
        time.sleep(0.01)
    killed.process.kill()
    killed.process.join()
    other.submit(WorkerTask(times_three, 7))
    heard = {answer.worker: answer for answer in task_results([killed, other])}
    assert (heard[other].value, heard[other].worker_lost) == (21, False)
    assert (heard[killed].value, heard[killed].worker_lost) == (None, True)
    assert [question.argument for question in killed.pending] == [1]
    other.end()


def preloaded(_given):
    """What the process from which this one was forked had imported and read, and how many threads there are besides that of the test."""
    from jobcentre.model import compiling

    inherited = {
        name
        for name in ("jobcentre.runs.worker", "jobcentre.model.compiled_engine", "pandas", "pyarrow", "scipy.special")
        if name in sys.modules
    }
    threads = [Path(f"/proc/{os.getppid()}/task"), Path("/proc/self/task")]
    loaded = list(compiling.CACHE.loaded) if compiling.CACHE else []
    return inherited, loaded, [len(list(one.iterdir())) for one in threads], dict(os.environ)


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked from a process that has imported the model on Linux only")
def test_a_worker_begins_with_the_model_imported_and_its_code_read():
    worker = Worker(nothing)
    worker.submit(WorkerTask(preloaded))
    (result,) = task_results([worker])
    worker.end()
    inherited, loaded, (of_server, of_worker), environment = result.value
    assert inherited == {"jobcentre.runs.worker", "jobcentre.model.compiled_engine"}
    assert "jobcentre.model.compiled_engine.play_days" in loaded
    for name in ("PYTHONPATH", "OPENBLAS_NUM_THREADS", PUT_BACK):  # as if nothing had been set for the process it is forked from
        assert environment.get(name) == os.environ.get(name)
    assert (of_server, of_worker) == (1, 2)  # a process with threads must not be forked; the worker has begun one since


def test_workers_run_the_program_that_began_them_wherever_another_is_installed(tmp_path):
    """A copy, run by a Python in which this program is installed."""
    for folder in ("sim", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "script.py").write_text(
        "import sys; sys.path.insert(0, 'sim')\n"
        "from jobcentre.runs.processes import PUT_BACK, Worker, WorkerTask, task_results\n"
        "from jobcentre.runs.worker import default_jobs\n"
        "import jobcentre.runs.preload as own, inspect\n"
        "worker = Worker(default_jobs)\n"
        "worker.submit(WorkerTask(inspect.getsourcefile, own.worker.run_all))\n"
        "print([result.value for result in task_results([worker])][0])\n"
    )
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=alone, capture_output=True, text=True, check=True)
    assert Path(ran.stdout.strip()) == tmp_path / "sim" / "jobcentre" / "runs" / "worker.py"


def test_asking_a_dead_worker_is_told_by_its_answer():
    worker = Worker(nothing)
    worker.process.kill()
    worker.process.join()
    worker.submit(WorkerTask(times_three, 1))
    assert [answer.worker_lost for answer in task_results([worker])] == [True]


def test_a_killed_worker_is_replaced_and_its_runs_made_again():
    scenario = load("diary", {"period.weeks": 2})
    wanted = [RunId("diary", run) for run in range(8)]
    alone, done = [], []
    provider = PlainScenarios({"diary": scenario}, 1)
    run_all(provider, wanted, WorkerOptions("compiled"), alone.extend, jobs=0)

    def keep(runs):
        before = len(done)
        done.extend(runs)
        if before < 3 <= len(done):
            multiprocessing.active_children()[0].kill()

    run_all(provider, wanted, WorkerOptions("compiled"), keep, jobs=2)
    assert [run.failure for run in done] == [None] * 8
    assert {run.run: run.digest for run in done} == {run.run: run.digest for run in alone}
    assert not multiprocessing.active_children()


def test_a_run_over_which_two_processes_died_has_failed_and_the_others_have_not(monkeypatch):
    monkeypatch.setattr("jobcentre.runs.worker.run_batch_in_worker", dies_over_run_2)
    done = []
    run_all(PlainScenarios({}, 1), [RunId("one", run) for run in range(50)], WorkerOptions("compiled"), done.extend, jobs=2)
    assert sorted(run.run for run in done) == list(range(50))
    (failed,) = (run for run in done if run.failure)
    assert (failed.run, "two processes died" in failed.failure) == (2, True)


@pytest.mark.parametrize("number", range(5))
def test_an_interruption_ends_all_workers_whatever_they_are_at(number):
    def interrupt(_answer):
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_all(PlainScenarios({}, number), [RunId("one", run) for run in range(20)], WorkerOptions("compiled"), interrupt, jobs=2)
    assert not multiprocessing.active_children()
    assert time.monotonic() - begun < 30
