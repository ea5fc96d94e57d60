"""The machine: versions with which results are made, and the memory that is free. Loads nothing that may be missing."""

from __future__ import annotations

import errno
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "holidays", "Jinja2", "llvmlite", "MarkupSafe", "numba", "numpy", "pandas", "plotly", "pyarrow", "pydantic", "PyYAML", "scipy", "simpy",
)  # fmt: skip

#: Bytes that each process which makes runs takes at most for a year of 23 coaches.
RUN_BYTES = 400_000_000
#: Bytes of addresses that a process needs, with two cores and for each more: its libraries fail or hang where they get less (measured).
ADDRESS_SPACE, ADDRESS_SPACE_A_CORE = 1_100_000_000, 50_000_000


class TooLittleMemory(MemoryError):
    """There is too little memory; the message says for what."""


class AddressSpaceLimit(TooLittleMemory):
    """A limit is too low for anything to be loaded; the message says what it should be."""


def provenance() -> dict[str, Any]:
    """Versions of the tool, of Python and of the packages, and the commit of the source if it is a git checkout."""
    return {
        "tool": {"name": "jobcentre-simulation", "version": version_of("jobcentre-simulation")},
        "git": _git(Path(__file__).resolve().parents[3]),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: version_of(name) for name in PACKAGES},
    }


def version_of(package: str) -> str | None:
    """The installed version of a package, if it is there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(root: Path) -> dict[str, Any] | None:
    if not (root / ".git").exists():
        return None
    commit = _git_output(root, "rev-parse", "HEAD")
    changed = _git_output(root, "status", "--porcelain")
    return {"commit": commit, "clean": changed == "" if changed is not None else None}


def _git_output(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def free_memory(system: Path = Path("/")) -> int | None:
    """Bytes this process may still take: the machine's, or less where its control group has a limit."""
    try:
        text = (system / "proc/meminfo").read_text()
        free = 1024 * int(re.findall(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)[0])
    except (OSError, IndexError):
        return None
    try:
        group = system / "sys/fs/cgroup"
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no such group, or its limit is the word `max`
        return free
    return min(free, max(limit - used, 0))


def address_limit() -> int | None:
    """Bytes of addresses that this process may have (`ulimit -v`); None without a limit."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def address_space() -> int:
    """Bytes of addresses that a process needs before its first run: libraries take some for each core."""
    return ADDRESS_SPACE + ADDRESS_SPACE_A_CORE * max((os.cpu_count() or 1) - 2, 0)


def require_address_space() -> None:
    """AddressSpaceLimit where a limit is so low that libraries would fail, or hang, while they are loaded."""
    limit, needed = address_limit(), address_space()
    if limit is not None and limit < needed:
        raise AddressSpaceLimit(
            f"the limit of {limit / 1e9:.2f} GB of address space is too low: this program takes about {needed / 1e9:.2f} GB"
            f" (raise the limit: ulimit -v {(needed + RUN_BYTES) // 1024})"
        )


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, says that the system gave no memory, or no thread."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        text = str(error).lower()
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        if isinstance(error, RuntimeError | SystemError | ImportError) and any(words in text for words in _LACK):
            return True
        error = error.__cause__ or error.__context__
    return False


_LACK = ("can't start new thread", "cannot allocate memory", "failed to map segment", "out of memory", "unable to allocate")
