"""The machine: versions with which results are made, and the memory that is free. Loads nothing that may be missing."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "holidays", "Jinja2", "llvmlite", "MarkupSafe", "numba", "numpy", "pandas", "plotly", "pyarrow", "pydantic", "PyYAML", "scipy", "simpy",
)  # fmt: skip


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
