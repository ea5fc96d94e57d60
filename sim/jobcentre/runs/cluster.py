"""Makes runs on the workers of a Dask cluster; only this module imports the optional Dask packages."""

from __future__ import annotations

import hashlib
import logging
import pickle
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from jobcentre.runs.batches import Batch, BatchQueue, RunId, worker_lost_failure
from jobcentre.runs.experiment import ScenarioProvider
from jobcentre.runs.interruption import raise_if_requested
from jobcentre.runs.machine import PACKAGES, version_of
from jobcentre.runs.run_key import metrics_version, model_version
from jobcentre.runs.store import SAME_COMMAND, Run
from jobcentre.runs.worker import BatchResult, OnRuns, WorkerOptions, run_batch, run_function
from jobcentre.scenario.errors import usage_error

#: Seconds to wait for a scheduler to answer, and for a first worker to be there.
PATIENCE = 10
#: Seconds that a batch should take: sending one to a cluster costs some hundredths of a second.
SECONDS = 3.0
#: Batches per worker, running and queued.
AHEAD = 2
#: Seconds between counts of the workers: the scheduler's answer is long.
LOOK = 2.0
OPTION = "--cluster"
#: Packages that only reports use: on a worker their versions do not matter.
NOT_THERE = ("Jinja2", "MarkupSafe", "plotly", "pyarrow")
Versions = Mapping[str, str | None]


class ClusterLost(OSError):
    """The scheduler cannot be reached any more; finished runs are kept."""

    def __init__(self, address: str) -> None:
        super().__init__(
            None, f"the scheduler at {address} cannot be reached any more (finished runs are kept; start it and {SAME_COMMAND})"
        )


class OtherVersions(RuntimeError):
    """A worker has other versions than the command; the message names them."""


def workers_of(address: str) -> int:
    """Counts the workers of a cluster; a usage error if there is none, or if a worker has other versions."""
    with _connected(address) as client:
        worker_versions = _versions_there(client, address)
        own_versions = versions()
        for worker, other_versions in sorted(worker_versions.items()):
            if differs := difference(own_versions, other_versions):
                raise usage_error(
                    OPTION, f"the worker {worker} would not give the same: {differs}", "install the same versions on all workers"
                )
        return len(worker_versions)


def make_on_cluster(address: str, provider: ScenarioProvider, todo: deque[RunId], options: WorkerOptions, on_runs: OnRuns) -> None:
    """Makes all queued runs in batches on the workers of a cluster; workers may join and leave."""
    from distributed import as_completed

    with _connected(address) as client:
        pickled = pickle.dumps((provider, options))
        name = hashlib.sha256(pickled).hexdigest()
        # as a task it is sent once, and made again when the worker that holds it dies
        scattered = client.submit(_unchanged, pickled, key=f"jobcentre-{name}")
        slots = _slots(client)
        batches = BatchQueue(todo, slots, SECONDS)
        submitted: dict[str, Batch] = {}
        suspects: deque[RunId] = deque()
        own_versions = versions()

        def ask(batch: Batch) -> Any:
            future = client.submit(make_there, name, scattered, batch, own_versions, key=f"jobcentre-{uuid4().hex}")
            submitted[future.key] = batch
            return future

        futures = as_completed([], loop=client.loop)
        counted_at = time.monotonic()

        def hand_out() -> None:
            nonlocal slots, counted_at
            raise_if_requested()
            if time.monotonic() - counted_at > LOOK:
                slots, counted_at = _slots(client), time.monotonic()
            while batches and len(submitted) < AHEAD * slots:
                futures.add(ask(batches.next()))

        try:
            while batches or suspects:
                hand_out()
                for future in futures:
                    batch = submitted.pop(future.key)
                    batch_result = _batch_result(future, address)
                    if batch_result is None:
                        suspects.extend(batch)
                    else:
                        batches.record_duration(batch, batch_result.seconds)
                        on_runs(batch_result.runs)
                    hand_out()
                if suspects:  # a lost worker also loses the batches queued there: so each run by itself
                    run_id = suspects.popleft()
                    futures.add(ask((run_id,)))
                    for future in futures:
                        del submitted[future.key]
                        batch_result_of_one = _batch_result(future, address)
                        on_runs(
                            batch_result_of_one.runs
                            if batch_result_of_one is not None
                            else [worker_lost_failure(run_id, "several workers")]
                        )
        except BaseException:
            client.cancel(list(futures.futures), force=True)
            raise


def _batch_result(future: Any, address: str) -> BatchResult | None:
    """Gives the result of a batch; None if its workers were lost."""
    from distributed import KilledWorker

    if future.status == "finished":
        batch_result: BatchResult = future.result()
        return batch_result
    if future.status != "error":  # cancelled or lost: the scheduler is gone
        raise ClusterLost(address)
    error = future.exception()
    if isinstance(error, OtherVersions):
        raise usage_error(OPTION, str(error), "install the same versions on all workers; finished runs are kept")
    if not isinstance(error, KilledWorker):
        raise error
    return None


def make_there(name: str, pickled: bytes, batch: Batch, own_versions: Versions) -> BatchResult:
    """Makes the runs of a batch on a worker; one batch at a time in each process."""
    if differs := difference(own_versions, versions()):
        raise OtherVersions(f"the worker on {platform.node()} would not give the same: {differs}")
    with _one_at_a_time:
        return run_batch(_run_function(name, pickled), batch)


def versions() -> Versions:
    """Gives the versions on which results and the cluster's messages depend, by name."""
    names = [name for name in PACKAGES if name not in NOT_THERE] + ["dask", "distributed", "cloudpickle", "msgpack"]
    return {"model": model_version(), "metrics": metrics_version(), "Python": platform.python_version()} | {
        name: version_of(name) for name in names
    }


def difference(here: Versions, there: Versions) -> str:
    """Names the versions that differ on the other machine; empty if none does."""
    return ", ".join(f"{name} is {there.get(name)}, here it is {version}" for name, version in here.items() if there.get(name) != version)


_one_at_a_time = threading.Lock()
_run_functions: dict[str, Callable[[RunId], Run]] = {}


def _run_function(name: str, pickled: bytes) -> Callable[[RunId], Run]:
    """Gives the run function of an experiment; the last one is cached."""
    if name not in _run_functions:
        _run_functions.clear()
        provider, options = pickle.loads(pickled)
        _run_functions[name] = run_function(provider, options)
    return _run_functions[name]


def _unchanged(pickled: bytes) -> bytes:
    return pickled


def _slots(client: Any) -> int:
    """Counts the workers at the moment; at least 1, because one may join."""
    return max(1, len(client.scheduler_info(n_workers=-1)["workers"]))


def _versions_there(client: Any, address: str) -> dict[str, Versions]:
    """The versions of each worker."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise usage_error(
            OPTION, f"the scheduler at {address} has no workers", f"start some: dask worker {address} --nthreads 1"
        ) from error
    try:
        worker_versions: dict[str, Versions] = client.run(versions)
    except (ImportError, AttributeError) as error:
        message = f"a worker of {address} lacks this program: {error}"
        raise usage_error(OPTION, message, "install the same version of it on all workers") from error
    return worker_versions


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connects a client to the scheduler; its own log messages are suppressed, because errors are explained here."""
    try:
        import dask
        from distributed import Client
        from distributed.comm.addressing import parse_address
        from distributed.comm.registry import get_backend
    except ImportError as error:
        hint = "python -m pip install --require-hashes -r requirements-cluster.txt"
        raise usage_error(OPTION, f"the library for clusters is not installed ({error.name})", hint) from error
    for library in (*(name for name in logging.root.manager.loggerDict if name.startswith("distributed")), "tornado", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    with dask.config.set({"distributed.comm.timeouts.connect": f"{PATIENCE}s", "distributed.comm.retry.count": 0}):
        try:
            if not address:  # a client would start a cluster of its own
                raise ValueError("the address is empty")
            get_backend(parse_address(address)[0])  # a client that cannot be made complains for 20 seconds
            client = Client(address, timeout=PATIENCE, set_as_default=False, direct_to_workers=False)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise usage_error(
                OPTION,
                f"no scheduler answers at `{address}`: {reason}",
                "give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786",
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=2)
