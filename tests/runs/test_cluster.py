"""Runs on a Dask cluster with real processes on this machine: the same bytes, and what becomes of a sweep when parts of the cluster die."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobcentre.runs import store
from jobcentre.runs.cluster import ClusterLost, _batch_result
from jobcentre.scenario import ScenarioError
from support.copied_program import Copy
from support.places import ROOT, python_path
from support.same_bytes import contents
from validation.crash_recovery import children_of

pytest.importorskip("distributed", reason="the extra `cluster` is not installed: without it nothing can be tested of clusters")

pytestmark = [pytest.mark.cli, pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc are those of Linux")]

AXIS = "demand.unscheduled_per_post_day"
SWEEP = ("sweep", "mg1", "--weeks", "2", "--set", f"{AXIS}=100,104")
SMALL, LARGE = (*SWEEP, "--runs", "20"), (*SWEEP, "--runs", "300")
#: Of a run that takes a hundredth of a second: a process that dies over it is soon replaced.
QUICK = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON__OMP_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
}


def environment(root=ROOT, **more):
    return os.environ | {"PYTHONPATH": python_path(root=root), "NO_COLOR": "1"} | QUICK | more


class Cluster:
    """A scheduler and workers, each a process of its own, on the loopback."""

    def __init__(self, folder, tls=()):
        self.folder, self.processes = folder, []
        self.tls = [
            word for option, file in zip(("--tls-ca-file", "--tls-cert", "--tls-key"), tls, strict=False) for word in (option, str(file))
        ]
        protocol = ("--protocol", "tls") if tls else ()
        words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show", *protocol, *self.tls)
        self.scheduler = self._start("scheduler", *words)
        self.address = self._said(self.scheduler, r"Scheduler at:\s+(t(?:cp|ls)://\S+)")

    def add(self, number=2, nanny=True, root=ROOT, **more):
        """Workers of one thread each; with a nanny those that die are replaced."""
        words = (
            "--nthreads",
            "1",
            "--nworkers",
            str(number),
            "--no-dashboard",
            "--memory-limit",
            "0",
            "--local-directory",
            str(self.folder),
            *self.tls,
        )
        worker = self._start("worker", self.address, *words, "--nanny" if nanny else "--no-nanny", given=environment(root, **more))
        self._said(worker, r"Registered to:", number)
        return worker

    def workers(self):
        """Processes that make runs."""
        found = [child for process in self.processes[1:] if process.poll() is None for child in children_of(process.pid)]
        return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def end(self):
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)

    def _start(self, *words, given=None):
        log = self.folder / f"{words[0]}{len(self.processes)}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=self.folder, env=given or environment(), stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        process.log = log
        self.processes.append(process)
        return process

    def _said(self, process, pattern, times=1):
        def found():
            assert process.poll() is None, process.log.read_text()
            return re.findall(pattern, process.log.read_text())

        wait_for(lambda: len(found()) >= times, 120)
        return found()[0]


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler without workers."""
    place = tmp_path / "cluster"
    place.mkdir()
    made = Cluster(place)
    yield made
    made.end()


@pytest.fixture
def cluster(scheduler):
    """A scheduler with two workers."""
    scheduler.add(2)
    return scheduler


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The bytes of the same sweeps made in one process."""
    found = {}
    for words in (SMALL, LARGE):
        place = tmp_path_factory.mktemp("alone")
        status, _, err = ended(start(*words, "--jobs", "0", "--json", cwd=place))
        assert (status, err) == (0, "")
        found[words] = contents(place / "outputs")
    return found


def start(*words, cwd, **more):
    pipe = subprocess.PIPE
    command = [sys.executable, str(ROOT / "cli.py"), *words]
    return subprocess.Popen(command, cwd=cwd, env=environment(**more), text=True, stdout=pipe, stderr=pipe, start_new_session=True)


def impatient(*words, cwd, **patience):
    """The program with other constants for how long it waits."""
    constants = "".join(f"cluster.{name} = {seconds}\n" for name, seconds in patience.items())
    program = f"from jobcentre.runs import cluster\n{constants}from jobcentre.commands.app import main\nmain()\n"
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=cwd, env=environment(), text=True, stdout=pipe, stderr=pipe, start_new_session=True
    )


def ended(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def stored_runs(place):
    for file in (place / "outputs").rglob(store.FILE):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection, contextlib.suppress(sqlite3.Error):
            return int(connection.execute("select count(*) from run").fetchone()[0])
    return -1


def wait_for(happened, seconds=120):
    begun = time.monotonic()
    while not happened():
        assert time.monotonic() - begun < seconds, "it did not happen"
        time.sleep(0.01)


def on(cluster):
    return "--cluster", cluster.address, "--json"


def refusal(process):
    status, out, err = ended(process)
    assert (status, err) == (2, ""), out
    return json.loads(out)["error"]["message"]


def goes_on(place, alone, *where):
    """Some runs are kept and no table; the same command makes the others, and then there is what a whole command gives."""
    kept = stored_runs(place)
    assert 10 <= kept < 600
    assert not list(place.rglob("*.csv"))
    status, out, err = ended(start(*LARGE, *where, cwd=place))
    assert (status, err, json.loads(out)["made"]) == (0, "", 600 - kept)
    assert contents(place / "outputs") == alone[LARGE]


def test_a_cluster_gives_the_bytes_of_one_process(cluster, tmp_path, alone):
    status, out, err = ended(start(*SMALL, *on(cluster), cwd=tmp_path))
    assert (status, err) == (0, ""), out
    assert json.loads(out)["made"] == 40
    assert contents(tmp_path / "outputs") == alone[SMALL]
    # the same cluster again, for more
    status, out, err = ended(start(*SMALL[:-1], "23", *on(cluster), cwd=tmp_path))
    assert (status, err, json.loads(out)["made"]) == (0, "", 6)


@pytest.mark.parametrize(
    "words",
    [
        ("select", "mg1", "mg1_sweep", "--metric", "overloaded_share", "--indifference", "0.001", "--first-runs", "5", "--max-runs", "40"),
        ("staffing", "mg1", "--target", "overloaded_share<=0.1", "--range", "1:3", "--max-runs", "50"),
    ],
    ids=lambda words: words[0],
)
def test_runs_that_results_ask_for_are_made_on_a_cluster_too(cluster, tmp_path, words):
    (tmp_path / "mg1_sweep.yaml").write_text(
        f"title: A little more\nextends: mg1\n{AXIS.replace('.', ': {')}: {{value: 104, why: to have two}}}}\n", encoding="utf-8"
    )
    command = [word.replace("mg1_sweep", "mg1_sweep.yaml") for word in words] + ["--weeks", "2"]
    status, out, err = ended(start(*command, *on(cluster), "--out", "there", cwd=tmp_path))
    assert (status, err) == (0, ""), out
    status, out, err = ended(start(*command, "--jobs", "0", "--json", "--out", "here", cwd=tmp_path))
    assert (status, err) == (0, ""), out
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_killed_worker_takes_nothing_along(cluster, tmp_path, alone):
    process = start(*LARGE, *on(cluster), cwd=tmp_path)
    wait_for(lambda: stored_runs(tmp_path) >= 10)
    os.kill(cluster.workers()[0], signal.SIGKILL)
    status, out, err = ended(process)
    assert (status, err) == (0, ""), out
    assert (json.loads(out)["made"], json.loads(out)["failed"]) == (600, 0)
    assert contents(tmp_path / "outputs") == alone[LARGE]


def test_a_killed_scheduler_is_told_and_the_same_command_goes_on_here(cluster, tmp_path, alone):
    process = start(*LARGE, *on(cluster), cwd=tmp_path)
    wait_for(lambda: stored_runs(tmp_path) >= 10)
    os.kill(cluster.scheduler.pid, signal.SIGKILL)
    message = refusal(process)
    assert cluster.address in message
    assert "finished runs are kept" in message
    goes_on(tmp_path, alone, "--jobs", "2", "--json")


def test_ctrl_c_stops_at_once_and_leaves_the_cluster_free(cluster, tmp_path, alone):
    process = start(*LARGE, *on(cluster), cwd=tmp_path)
    wait_for(lambda: stored_runs(tmp_path) >= 10)
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    status, out, err = ended(process)
    assert time.monotonic() - begun < 5
    assert (status, err, json.loads(out)["error"]["kind"]) == (130, "", "interrupted")
    goes_on(tmp_path, alone, *on(cluster))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", "nonsense://here", ""])
def test_no_scheduler_at_the_address(tmp_path, address):
    message = refusal(impatient(*SMALL, "--cluster", address, "--json", cwd=tmp_path, PATIENCE=2))
    assert "--cluster" in message
    assert not (tmp_path / "outputs").exists()


def test_a_scheduler_without_workers(scheduler, tmp_path):
    message = refusal(impatient(*SMALL, *on(scheduler), cwd=tmp_path, PATIENCE=3))
    assert "has no workers" in message
    assert f"dask worker {scheduler.address}" in message
    assert not (tmp_path / "outputs").exists()


def test_a_worker_with_another_version_is_refused_with_the_reason(scheduler, tmp_path):
    scheduler.add(1)
    copy = Copy(tmp_path)
    with (copy.root / "sim/jobcentre/model/rules/admin.py").open("a", encoding="utf-8") as file:
        file.write("\nANOTHER_VERSION = True\n")
    scheduler.add(1, root=copy.root)
    message = refusal(start(*SMALL, *on(scheduler), cwd=tmp_path))
    assert "would not give the same: model is " in message
    assert "install the same versions on all workers" in message
    assert not (tmp_path / "outputs").exists()


# --- without workers ---------------------------------------------------------------------------------------------------


def all_workers_end(cluster):
    for process in cluster.processes[1:]:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def test_the_patience_is_as_documented():
    from jobcentre.runs import cluster

    assert (cluster.PATIENCE, cluster.SAID_AFTER, cluster.GIVEN_UP_AFTER) == (10, 30, 600)


def test_when_all_workers_are_gone_that_is_said_and_the_command_ends(cluster, tmp_path, alone):
    process = impatient(*LARGE, "--cluster", cluster.address, cwd=tmp_path, SAID_AFTER=2, GIVEN_UP_AFTER=6)
    wait_for(lambda: stored_runs(tmp_path) >= 10)
    all_workers_end(cluster)
    status, _, err = ended(process)
    assert status == 2, err
    assert err.count("has no workers any more") == 1
    assert "has had no workers for 6 seconds" in err
    assert "Traceback" not in err
    goes_on(tmp_path, alone, "--jobs", "2", "--json")


def test_when_workers_come_back_the_command_goes_on(cluster, tmp_path, alone):
    process = impatient(*LARGE, "--cluster", cluster.address, cwd=tmp_path, SAID_AFTER=1, GIVEN_UP_AFTER=300)
    wait_for(lambda: stored_runs(tmp_path) >= 10)
    all_workers_end(cluster)
    time.sleep(6)  # longer than it waits before it says so
    cluster.processes[1:] = []
    cluster.add(2)
    status, _, err = ended(process)
    assert status == 0, err
    assert err.index("has no workers any more") < err.index("has workers again")
    assert contents(tmp_path / "outputs") == alone[LARGE]


# --- TLS ---------------------------------------------------------------------------------------------------------------


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def pem(tmp_path_factory):
    """An authority with a certificate of its own hand, another that nobody knows, and files that are none of it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    place = tmp_path_factory.mktemp("pem")
    for name in ("ca", "other"):
        openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            cwd=place,
        )
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "mine.key", "-out", "mine.csr", "-subj", "/CN=mine", cwd=place)
    openssl(
        "x509",
        "-req",
        "-in",
        "mine.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-out",
        "mine.pem",
        cwd=place,
    )
    openssl("pkey", "-in", "mine.key", "-aes256", "-passout", "pass:x", "-out", "locked.key", cwd=place)
    (place / "text.pem").write_text("no certificate")
    (place / "empty.pem").touch()
    (place / "damaged.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (place / "damaged.key").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (place / "folder.pem").mkdir()
    os.mkfifo(place / "pipe.pem")
    return place


def certificates(pem, authority="ca.pem", certificate="mine.pem", key="mine.key"):
    return [str(pem / name) for name in (authority, certificate, key)]


@pytest.fixture
def encrypted(tmp_path, pem):
    """A scheduler with two workers that speak only to those with a certificate of the authority."""
    place = tmp_path / "cluster"
    place.mkdir()
    made = Cluster(place, certificates(pem))
    try:
        made.add(2)
        yield made
    finally:
        made.end()


def test_an_encrypted_cluster_gives_the_same_bytes_to_those_it_knows_and_nothing_to_others(encrypted, pem, tmp_path, alone):
    assert encrypted.address.startswith("tls://")
    message = refusal(start(*SMALL, *on(encrypted), cwd=tmp_path))
    assert "there is no certificate to show" in message
    assert "--cluster-tls CA CERT KEY" in message
    plain = encrypted.address.replace("tls://", "tcp://")
    assert "no scheduler answers" in refusal(start(*SMALL, "--cluster", plain, "--json", cwd=tmp_path))
    strangers = certificates(pem, "other.pem", "other.pem", "other.key")
    assert "no scheduler answers" in refusal(start(*SMALL, *on(encrypted), "--cluster-tls", *strangers, cwd=tmp_path))
    assert not (tmp_path / "outputs").exists()
    status, out, err = ended(start(*SMALL, *on(encrypted), "--cluster-tls", *certificates(pem), cwd=tmp_path))
    assert (status, err) == (0, ""), out
    assert contents(tmp_path / "outputs") == alone[SMALL]
    # the same by Dask's own settings
    settings = dict(zip(("CA_FILE", "CLIENT__CERT", "CLIENT__KEY"), certificates(pem), strict=True))
    given = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": file for name, file in settings.items()}
    status, out, err = ended(start(*SMALL, *on(encrypted), "--out", "again", cwd=tmp_path, **given))
    assert (status, err) == (0, ""), out
    assert contents(tmp_path / "again") == alone[SMALL]


WRONG = [
    ({role: file}, file)
    for role in ("authority", "certificate", "key")
    for file in ("not there.pem", "text.pem", "empty.pem", "folder.pem", "pipe.pem", "damaged.key" if role == "key" else "damaged.pem")
] + [({"key": "other.key"}, "other.key"), ({"key": "locked.key"}, "locked.key"), ({"certificate": "other.pem"}, "other.pem"), ({"key": "mine.pem"}, "mine.pem"),
     ({"authority": "mine.key"}, "mine.key")]  # fmt: skip


@pytest.mark.parametrize(("given", "named"), WRONG, ids=lambda value: "-".join(value) if isinstance(value, dict) else value)
def test_wrong_files_are_named_before_anything_is_connected(jobcentre, pem, tmp_path, monkeypatch, given, named):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("jobcentre.runs.cluster._connected", None)
    status, out, _ = jobcentre(*SMALL, "--cluster", "tls://127.0.0.1:9", "--cluster-tls", *certificates(pem, **given), "--json")
    message = json.loads(out)["error"]["message"]
    assert status == 2
    assert message.startswith("--cluster-tls: ")
    assert str(pem / named) in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9", None])
def test_files_for_tls_need_an_address_for_tls(jobcentre, pem, tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    status, out, _ = jobcentre(*SMALL, *(("--cluster", address) if address else ()), "--cluster-tls", *certificates(pem), "--json")
    message = json.loads(out)["error"]["message"]
    assert (status, message.startswith("--cluster-tls: ")) == (2, True)
    assert "--cluster tls://HOST:8786" in message
    assert list(tmp_path.iterdir()) == []


def test_a_script_gives_the_files_too(pem):
    import jobcentre as jc

    with pytest.raises(ScenarioError, match=r"text\.pem holds no certificate"):
        jc.run("mg1", runs=2, cluster="tls://127.0.0.1:9", cluster_tls=certificates(pem, "text.pem"), folder=None)
    with pytest.raises(ScenarioError, match="there is no certificate to show"):
        jc.run("mg1", runs=2, cluster="tls://127.0.0.1:9", folder=None)


DIES = """
import os, signal
from jobcentre.runs import worker
made = worker.run_function
def run_function(provider, how):
    make = made(provider, how)
    def dies(wanted):
        if (wanted.point, wanted.run) == (2, 7):
            os.kill(os.getpid(), signal.SIGKILL)
        return make(wanted)
    return dies
from jobcentre.runs import cluster
cluster.run_function = run_function
"""


def test_a_run_over_which_workers_die_again_and_again_has_failed_alone(scheduler, tmp_path, alone):
    """The workers load a program that kills them over run 7 of point 2; all else is as ever."""
    (tmp_path / "deadly.py").write_text(DIES, encoding="utf-8")
    scheduler.add(2, DASK_DISTRIBUTED__WORKER__PRELOAD=str(tmp_path / "deadly.py"))
    status, out, err = ended(start(*SMALL, *on(scheduler), cwd=tmp_path))
    assert (status, err) == (1, ""), out
    assert (json.loads(out)["done"], json.loads(out)["failed"]) == (39, 1)
    (folder,) = (tmp_path / "outputs").iterdir()
    (failed,) = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["failed"]
    assert (failed["point"], failed["run"]) == (2, 7)
    assert "died over this run" in failed["message"]
    status, out, err = ended(start(*SMALL, "--jobs", "0", "--retry-failed", "--json", cwd=tmp_path))
    assert (status, err, json.loads(out)["made"]) == (0, "", 1)
    mine = contents(tmp_path / "outputs")
    assert {name: mine[name] for name in alone[SMALL]} == alone[SMALL]


def test_a_result_that_cannot_be_fetched_any_more_tells_of_the_scheduler():
    """The scheduler may go between the end of a batch and the fetching of its result, which Dask tells as an error of the connection."""
    from distributed.comm import CommClosedError

    class Finished:
        status = "finished"

        def result(self):
            raise CommClosedError("in <TCP (closed)>: ConnectionResetError")

    with pytest.raises(ClusterLost, match=r"tcp://here:1.*finished runs are kept"):
        _batch_result(Finished(), "tcp://here:1")
