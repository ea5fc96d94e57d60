"""Makes runs on the workers of a Dask cluster. The library that talks to it is an extra, and is at home here."""

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
#: Seconds that a block should take: to hand one out costs some hundredths of a second here.
SECONDS = 3.0
#: Blocks on their way per worker: the next is there when one ends.
AHEAD = 2
#: Seconds between looks at how many workers there are: the scheduler tells much of each.
LOOK = 2.0
OPTION = "--cluster"
#: Packages that draw and write here; on a worker they decide nothing.
NOT_THERE = ("Jinja2", "MarkupSafe", "plotly", "pyarrow")
Versions = Mapping[str, str | None]


class ClusterLost(OSError):
    """The scheduler cannot be reached any more; finished runs are kept."""

    def __init__(self, address: str) -> None:
        super().__init__(
            None, f"the scheduler at {address} cannot be reached any more (finished runs are kept; start it and {SAME_COMMAND})"
        )


class OtherVersions(RuntimeError):
    """A worker has other versions than the command that asks it; the words say which."""


def workers_of(address: str) -> int:
    """How many workers a cluster has; refused where there is none, or where one would not give the same results."""
    with _connected(address) as client:
        there = _versions_there(client, address)
        here = versions()
        for worker, theirs in sorted(there.items()):
            if differs := difference(here, theirs):
                raise usage_error(
                    OPTION, f"the worker {worker} would not give the same: {differs}", "install the same versions on all workers"
                )
        return len(there)


def make_on_cluster(address: str, worlds: ScenarioProvider, todo: deque[RunId], how: WorkerOptions, on_runs: OnRuns) -> None:
    """Makes all there is to do on the workers of a cluster, in blocks; workers may come and go."""
    from distributed import as_completed

    with _connected(address) as client:
        parcel = pickle.dumps((worlds, how))
        name = hashlib.sha256(parcel).hexdigest()
        # as a task it is sent once, and made again when the worker that holds it dies
        held = client.submit(_unchanged, parcel, key=f"jobcentre-{name}")
        slots = _slots(client)
        blocks = BatchQueue(todo, slots, SECONDS)
        asked: dict[str, Batch] = {}
        suspects: deque[RunId] = deque()
        here = versions()

        def ask(block: Batch) -> Any:
            future = client.submit(make_there, name, held, block, here, key=f"jobcentre-{uuid4().hex}")
            asked[future.key] = block
            return future

        coming = as_completed([], loop=client.loop)
        looked_at = time.monotonic()

        def hand_out() -> None:
            nonlocal slots, looked_at
            raise_if_requested()
            if time.monotonic() - looked_at > LOOK:
                slots, looked_at = _slots(client), time.monotonic()
            while blocks and len(asked) < AHEAD * slots:
                coming.add(ask(blocks.next()))

        try:
            while blocks or suspects:
                hand_out()
                for future in coming:
                    block = asked.pop(future.key)
                    made = _made(future, address)
                    if made is None:
                        suspects.extend(block)
                    else:
                        blocks.took(block, made.seconds)
                        on_runs(made.runs)
                    hand_out()
                if suspects:  # with its worker a block takes others along that wait there: so each run by itself
                    one = suspects.popleft()
                    coming.add(ask((one,)))
                    for future in coming:
                        del asked[future.key]
                        alone = _made(future, address)
                        on_runs(alone.runs if alone is not None else [worker_lost_failure(one, "several workers")])
        except BaseException:
            client.cancel(list(coming.futures), force=True)
            raise


def _made(future: Any, address: str) -> BatchResult | None:
    """What came of a block; None if workers died over it, or over what else they had in hand."""
    from distributed import KilledWorker

    if future.status == "finished":
        made: BatchResult = future.result()
        return made
    if future.status != "error":  # cancelled or lost: nobody is there to ask
        raise ClusterLost(address)
    error = future.exception()
    if isinstance(error, OtherVersions):
        raise usage_error(OPTION, str(error), "install the same versions on all workers; finished runs are kept")
    if not isinstance(error, KilledWorker):
        raise error
    return None


def make_there(name: str, parcel: bytes, block: Batch, asked_with: Versions) -> BatchResult:
    """Makes the runs of a block on a worker; one block at a time in each process."""
    if differs := difference(asked_with, versions()):
        raise OtherVersions(f"the worker on {platform.node()} would not give the same: {differs}")
    with _one_at_a_time:
        return run_batch(_maker(name, parcel), block)


def versions() -> Versions:
    """What decides results, and what the cluster's messages depend on, by name."""
    names = [name for name in PACKAGES if name not in NOT_THERE] + ["dask", "distributed", "cloudpickle", "msgpack"]
    return {"model": model_version(), "metrics": metrics_version(), "Python": platform.python_version()} | {
        name: version_of(name) for name in names
    }


def difference(here: Versions, there: Versions) -> str:
    """What is another version there, in words; empty if nothing is."""
    return ", ".join(f"{what} is {there.get(what)}, here it is {mine}" for what, mine in here.items() if there.get(what) != mine)


_one_at_a_time = threading.Lock()
_kept: dict[str, Callable[[RunId], Run]] = {}


def _maker(name: str, parcel: bytes) -> Callable[[RunId], Run]:
    """What makes the runs of an experiment; kept for the last one asked for."""
    if name not in _kept:
        _kept.clear()
        worlds, how = pickle.loads(parcel)
        _kept[name] = run_function(worlds, how)
    return _kept[name]


def _unchanged(parcel: bytes) -> bytes:
    return parcel


def _slots(client: Any) -> int:
    """Workers there are at the moment; one at least, for one may come."""
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
        found: dict[str, Versions] = client.run(versions)
    except (ImportError, AttributeError) as error:
        words = f"a worker of {address} lacks this program: {error}"
        raise usage_error(OPTION, words, "install the same version of it on all workers") from error
    return found


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """A client of the scheduler; silent, for what goes wrong is told in our words."""
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
            why = " ".join(str(error).split()) or type(error).__name__
            raise usage_error(
                OPTION,
                f"no scheduler answers at `{address}`: {why}",
                "give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786",
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=2)
