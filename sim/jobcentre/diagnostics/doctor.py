"""Checks of this machine: one for each thing that the tool uses."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from jobcentre.runs.machine import PACKAGES, RUN_BYTES, free_memory, version_of

# Whatever is broken here must not break the findings: nothing of the model is imported before it is looked at.
OLDEST_PYTHON = (3, 11)
PROJECT = "jobcentre-simulation"
MODULES = {"PyYAML": "yaml"}  # where the module's name is not the package's
ONLY_FOR_SPEED = ("llvmlite", "numba")  # without them the model runs as plain Python
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FREE_BYTES = 100_000_000  # what a folder of results with some event logs takes
SHOWN = 3  # files or folders with one fault
OK, MISSING, LIMITED, NOT_HERE = "works", "missing", "limited", "not here"


class Check(NamedTuple):
    """The result of one check."""

    what: str
    state: str  # works; missing: runs need it; limited: runs go on, but slower or fewer at once; not here: something else needs it
    text: str
    advice: str = ""  # what to do about it


def checks(out: Path = Path("outputs")) -> list[Check]:
    """All checks, the most important for runs first; `out` is the folder for results."""
    checks: list[Check] = []
    looks: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("Python", _python), ("packages", _packages), ("processor cores", _cores), ("memory", _memory), ("results", lambda: _results(out)),
        ("model", _model), ("compiled code", _compiled_code), ("C compiler", _c_compiler), ("browser", _browser), ("cluster", _cluster),
    ]  # fmt: skip
    for what, look in looks:
        try:
            checks += look()
        except Exception as error:  # what is broken is what a doctor is there to tell
            checks.append(Check(what, MISSING, _in_words(error), "install the tool anew, as the README says"))
    return checks


def works(checks: list[Check]) -> bool:
    """Whether nothing is missing that runs need."""
    return all(check.state != MISSING for check in checks)


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _python() -> Iterator[Check]:
    words = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= OLDEST_PYTHON:
        yield Check("Python", OK, words)
    else:
        yield Check("Python", MISSING, words, "install Python 3.11 or later")


def _packages() -> Iterator[Check]:
    oldest = _oldest_versions()
    sound = []
    for package in (*PACKAGES, "rich", "typer"):
        version, problem = version_of(package), ""
        try:
            importlib.import_module(MODULES.get(package, package.lower()))
        except Exception as error:
            problem = f"cannot be used ({_in_words(error)})"
        if not problem and version and _numbers(version) < _numbers(oldest.get(package.lower(), "0")):
            problem = f"{version} is older than {oldest[package.lower()]}"
        if problem:
            state = LIMITED if package in ONLY_FOR_SPEED else MISSING
            yield Check(package, state, problem, "python -m pip install --require-hashes -r requirements.txt")
        else:
            sound.append(f"{package} {version or '(version not told)'}")
    yield Check("packages", OK, ", ".join(sound))


def _oldest_versions() -> dict[str, str]:
    """The oldest versions that will do, where the tool was installed and not only copied."""
    try:
        lines = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        return {}
    return {found[1].lower(): found[2] for line in lines if (found := re.match(r"([\w-]+)>=([\d.]+)", line))}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:3])


def _cores() -> Iterator[Check]:
    from jobcentre.runs.worker import default_jobs

    cores, all_cores = default_jobs(), os.cpu_count() or 1
    yield Check("processor cores", OK, f"{cores} usable" + (f" of {all_cores}" if cores < all_cores else ""))


def _memory() -> Iterator[Check]:
    free = free_memory()
    if free is None:
        yield Check("memory", OK, "free memory is not told here")
        return
    at_once = free // RUN_BYTES
    if at_once:
        yield Check("memory", OK, f"{_size(free)} free, enough for {at_once} runs at once of 23 coaches over a year")
    else:
        words = f"{_size(free)} free; a run of 23 coaches over a year may take {_size(RUN_BYTES)}"
        yield Check("memory", LIMITED, words, "close other programs")


def _results(out: Path) -> Iterator[Check]:
    try:
        folder = out.resolve()
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free
        with tempfile.TemporaryFile(dir=there) as tried:
            tried.write(b"x")
            tried.flush()
    except OSError as error:
        yield Check("results", MISSING, f"nothing can be written to {out} ({error.strerror})", "choose another folder with --out")
        return
    words = f"{_size(free)} free in {folder}"
    if free < FREE_BYTES:
        yield Check("results", MISSING, f"only {words}", f"free {_size(FREE_BYTES)}, or choose another folder with --out")
    else:
        yield Check("results", OK, words)


def _model() -> Iterator[Check]:
    from jobcentre.model.compiling import WHY_PLAIN

    if not WHY_PLAIN:
        yield Check("model", OK, "can be compiled")
        return
    advice = "unset NUMBA_DISABLE_JIT" if "NUMBA_DISABLE_JIT" in WHY_PLAIN else "install numba for this Python"
    yield Check("model", LIMITED, f"runs as plain Python, with the same results but much slower: {WHY_PLAIN}", advice)


def _compiled_code() -> Iterator[Check]:
    from jobcentre.model import ENGINES
    from jobcentre.model.compiling import CACHE
    from jobcentre.model.precompile import can_keep, is_precompiled
    from jobcentre.scenario.errors import visible

    if CACHE is None:
        return
    if not_used := CACHE.not_used()[:SHOWN]:
        reasons, advice = ("; ".join(dict.fromkeys(texts)) for texts in zip(*((one.reason, one.advice) for one in not_used), strict=True))
        where = f"{CACHE.folder} is used" if CACHE.folder is not None else "each process compiles anew"
        words = f"code that others can have written is not run: {reasons}; {where}"
        yield Check("compiled code", LIMITED, visible(words), visible(advice))
        return
    if CACHE.folder is None:
        advice = "let JOBCENTRE_CACHE_DIR name a folder that can be written"
        yield Check("compiled code", LIMITED, "can be kept nowhere: each process compiles anew", advice)
        return
    cold = [engine for engine in ENGINES if not is_precompiled(engine)]
    ready = ", ".join(f"{engine} engine {'not compiled yet' if engine in cold else 'ready'}" for engine in ENGINES)
    words = f"{CACHE.folder} ({'writable' if can_keep() else 'read only'}, {_size(CACHE.size())}): {ready}"
    if not cold:
        yield Check("compiled code", OK, words)
    elif can_keep():
        yield Check("compiled code", OK, words, "jobcentre doctor --warm compiles ahead; otherwise the first run does")
    else:
        yield Check("compiled code", LIMITED, words, "let JOBCENTRE_CACHE_DIR name a folder that can be written")


def _c_compiler() -> Iterator[Check]:
    yield _program("C compiler", ("cc", "gcc"), "`jobcentre bench` leaves out the program in C", "install gcc or clang")


def _browser() -> Iterator[Check]:
    yield _program("browser", BROWSERS, "not needed for runs; pages cannot be tried in a real browser", "install chromium")


def _program(what: str, names: tuple[str, ...], without: str, advice: str) -> Check:
    path = next((path for name in names if (path := shutil.which(name))), None)
    return Check(what, OK, path) if path else Check(what, NOT_HERE, without, advice)


def _cluster() -> Iterator[Check]:
    if importlib.util.find_spec("distributed") is not None:
        yield Check("cluster", OK, f"distributed {version_of('distributed') or ''}".strip())
    else:
        words = "the package distributed (of dask) is not installed; runs are made on this machine"
        advice = "python -m pip install --require-hashes -r requirements-cluster.txt, if you have a cluster"
        yield Check("cluster", NOT_HERE, words, advice)


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
