"""Makes runs on the workers of a Dask cluster; only this module imports the optional Dask packages."""

from __future__ import annotations

import hashlib
import logging
import pickle
import platform
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
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
#: Seconds without any worker after which that is said, and after which the command gives up.
SAID_AFTER, GIVEN_UP_AFTER = 30.0, 600.0
OPTION, TLS_OPTION = "--cluster", "--cluster-tls"
#: Bytes of a file with certificates that are read; all authorities of a browser take a quarter of it.
MOST_PEM = 1_000_000
_TLS_ORDER = "three files in PEM form: the authority, your certificate, its key"
#: Packages that only reports use: on a worker their versions do not matter.
NOT_THERE = ("Jinja2", "MarkupSafe", "plotly", "pyarrow")
Versions = Mapping[str, str | None]
Note = Callable[[str], None]


class TlsFiles(NamedTuple):
    """Files in PEM form with which a client and a scheduler know each other: authority, own certificate, own key."""

    authority: Path
    certificate: Path
    key: Path


class ClusterLost(OSError):
    """The scheduler cannot be reached any more; finished runs are kept."""

    def __init__(self, address: str) -> None:
        super().__init__(
            None, f"the scheduler at {address} cannot be reached any more (finished runs are kept; start it and {SAME_COMMAND})"
        )


class WorkersLost(OSError):
    """There were no workers for too long; finished runs are kept."""

    def __init__(self, address: str) -> None:
        minutes = f"{GIVEN_UP_AFTER / 60:.0f} minutes" if GIVEN_UP_AFTER >= 60 else f"{GIVEN_UP_AFTER:.0f} seconds"
        super().__init__(
            None, f"the scheduler at {address} has had no workers for {minutes} (finished runs are kept; start some and {SAME_COMMAND})"
        )


class OtherVersions(RuntimeError):
    """A worker has other versions than the command; the message names them."""


def workers_of(address: str, tls: TlsFiles | None = None) -> int:
    """Counts the workers of a cluster; a usage error if there is none, or if a worker has other versions."""
    with _connected(address, tls) as client:
        worker_versions = _versions_there(client, address)
        own_versions = versions()
        for worker, other_versions in sorted(worker_versions.items()):
            if differs := difference(own_versions, other_versions):
                raise usage_error(
                    OPTION, f"the worker {worker} would not give the same: {differs}", "install the same versions on all workers"
                )
        return len(worker_versions)


def make_on_cluster(
    address: str, provider: ScenarioProvider, todo: deque[RunId], options: WorkerOptions, on_runs: OnRuns,
    tls: TlsFiles | None = None, note: Note = lambda _text: None,
) -> None:  # fmt: skip
    """Makes all queued runs in batches on the workers of a cluster; workers may join and leave.

    Without any worker the runs wait, which is noted; WorkersLost if none comes for long.
    """
    from distributed import as_completed

    with _connected(address, tls) as client:
        pickled = pickle.dumps((provider, options))
        name = hashlib.sha256(pickled).hexdigest()
        # as a task it is sent once, and made again when the worker that holds it dies
        scattered = client.submit(_unchanged, pickled, key=f"jobcentre-{name}")
        workers = _Workers(client, address, note)
        batches = BatchQueue(todo, workers.slots, SECONDS)
        submitted: dict[str, Batch] = {}
        suspects: deque[RunId] = deque()
        own_versions = versions()

        def ask(batch: Batch) -> Any:
            future = client.submit(make_there, name, scattered, batch, own_versions, key=f"jobcentre-{uuid4().hex}")
            submitted[future.key] = batch
            return future

        futures = as_completed([], loop=client.loop)

        def hand_out() -> None:
            workers.look()
            while batches and len(submitted) < AHEAD * workers.slots:
                futures.add(ask(batches.next()))

        try:
            while batches or suspects:
                hand_out()
                for future in _completed(futures, workers):
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
                    for future in _completed(futures, workers):
                        del submitted[future.key]
                        batch_result_of_one = _batch_result(future, address)
                        on_runs(
                            batch_result_of_one.runs
                            if batch_result_of_one is not None
                            else [worker_lost_failure(run_id, "several workers")]
                        )
        except BaseException:
            with suppress(OSError):  # a scheduler that is gone has nothing to cancel, and that is no reason to give
                client.cancel(list(futures.futures), force=True)
            raise


def _batch_result(future: Any, address: str) -> BatchResult | None:
    """Gives the result of a batch; None if its workers were lost."""
    from distributed import KilledWorker

    if future.status == "finished":
        try:
            batch_result: BatchResult = future.result()
        except OSError as lost:  # it ended well, and the scheduler is gone while its result is fetched
            raise ClusterLost(address) from lost
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


class _Workers:
    """How many workers there are, counted now and then while runs are awaited."""

    def __init__(self, client: Any, address: str, note: Note) -> None:
        self._client, self._address, self._note = client, address, note
        self._number = self._count()
        self._counted_at = self._seen_at = time.monotonic()
        self._said = False

    @property
    def slots(self) -> int:
        """The workers to reckon with: at least 1, because one may join."""
        return max(1, self._number)

    def look(self) -> None:
        """Counts again if it is time; notes when all are gone and when some are back, WorkersLost when none was there for long."""
        raise_if_requested()
        now = time.monotonic()
        if now - self._counted_at <= LOOK:
            return
        self._number, self._counted_at = self._count(), time.monotonic()
        if self._number:
            if self._said:
                self._note(f"the scheduler at {self._address} has workers again")
            self._seen_at, self._said = now, False
        elif now - self._seen_at > GIVEN_UP_AFTER:
            raise WorkersLost(self._address)
        elif now - self._seen_at > SAID_AFTER and not self._said:
            left = GIVEN_UP_AFTER - (now - self._seen_at)
            self._note(
                f"the scheduler at {self._address} has no workers any more; waiting {left:.0f} s for new ones, finished runs are kept"
            )
            self._said = True

    def _count(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])


def _completed(futures: Any, workers: _Workers) -> Iterator[Any]:
    """The futures as they complete, which waits for ever where nobody works on them; so the workers are looked at meanwhile."""
    while True:
        while not futures.has_ready():
            if futures.is_empty():
                return
            workers.look()
            with futures.thread_condition:
                futures.thread_condition.wait(timeout=0.1)
        yield next(futures)


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


def tls_files(authority: Path, certificate: Path, key: Path) -> TlsFiles:
    """Checks the files for TLS before anything is connected; a usage error names what is wrong with which."""
    for file, label in ((authority, b"CERTIFICATE"), (certificate, b"CERTIFICATE"), (key, b"PRIVATE KEY")):
        if file.exists() and not file.is_file():  # a pipe would be waited for
            raise usage_error(TLS_OPTION, f"{file} is no file", _TLS_ORDER)
        try:
            with file.open("rb") as opened:
                text = opened.read(MOST_PEM)
        except OSError as error:
            raise usage_error(TLS_OPTION, f"{file} cannot be read: {error.strerror}", _TLS_ORDER) from error
        if label + b"-----" not in text:
            raise usage_error(TLS_OPTION, f"{file} holds no {label.decode().lower()} in PEM form", _TLS_ORDER)
        if b"ENCRYPTED" in text:
            raise usage_error(
                TLS_OPTION, f"{file} is locked with a password, which Dask cannot give", "openssl pkey -in KEY -out PLAIN_KEY"
            )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(authority)
    except (ssl.SSLError, OSError) as error:
        raise usage_error(TLS_OPTION, f"{authority} is damaged: {_reason(error)}", _TLS_ORDER) from error
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise usage_error(TLS_OPTION, f"{certificate} and {key} do not belong together: {_reason(error)}", _TLS_ORDER) from error
    return TlsFiles(authority, certificate, key)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _security(address: str, protocol: str, tls: TlsFiles | None) -> Any:
    """What a client shows and asks for; a usage error where the address and the files do not fit."""
    from distributed.security import Security

    if tls is not None:
        if protocol != "tls":
            raise usage_error(TLS_OPTION, f"is for an address that begins with tls://, not `{address}`", "--cluster tls://HOST:8786")
        authority, certificate, key = map(str, tls)
        return Security(tls_ca_file=authority, tls_client_cert=certificate, tls_client_key=key, require_encryption=True)
    security: Any = Security()  # as Dask's own configuration has it
    if protocol == "tls" and not (security.tls_ca_file and security.tls_client_cert):
        advice = "give --cluster-tls CA CERT KEY, or set distributed.comm.tls in Dask's configuration"
        raise usage_error(OPTION, f"`{address}` is encrypted, and there is no certificate to show", advice)
    return security


@contextmanager
def _connected(address: str, tls: TlsFiles | None) -> Iterator[Any]:
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
            protocol = parse_address(address)[0]
            get_backend(protocol)  # a client that cannot be made complains for 20 seconds
            security = _security(address, protocol, tls)
            client = Client(address, timeout=PATIENCE, security=security, set_as_default=False, direct_to_workers=False)
        except (OSError, ValueError) as error:
            raise usage_error(
                OPTION,
                f"no scheduler answers at `{address}`: {_reason(error)}",
                "give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786",
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=2)
