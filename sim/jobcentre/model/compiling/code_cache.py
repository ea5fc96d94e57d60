"""Compiled code kept on disk: never stale, safe with any number of processes at once, and never needed.

The folder's name holds a hash over every source file of the model, because numba's own cache does not notice a change in
a function of another file. One file per function and signature, written beside and renamed, with a checksum in front:
what cannot be read is compiled anew. Nothing is written when the files are no longer those that this process runs.
Code is run, so nothing is read that others can have written (sim/jobcentre/model/compiling/ownership.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import platform
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from importlib.abc import InspectLoader
from pathlib import Path
from typing import Any

from jobcentre.model.compiling.ownership import Exposed, exposed_file, exposed_folder, read_own

MODEL = Path(__file__).parents[1]
CHECKSUM = 32  # bytes in front of the code
KEPT = 6  # folders of other versions of the model that are kept
FOLDER = re.compile("model-[0-9a-f]{16}(-checked)?")  # anything else in the place chosen is not ours to remove
UNFINISHED = 3600  # seconds after which a file that was never finished belongs to a process that died


def source_hash() -> str:
    """Hash over the model's source files and all else that decides what its functions are compiled to."""
    python = f"{sys.implementation.cache_tag}{getattr(sys, 'abiflags', '')}"
    versions = "/".join([python, _processor(), *(metadata.version(name) for name in ("numba", "llvmlite", "numpy"))])
    digest = hashlib.sha256(versions.encode())
    for file in sorted(MODEL.rglob("*.py")):
        digest.update(file.relative_to(MODEL).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _processor() -> str:
    """The kind of processor that code is made for: computers of several kinds may share a home."""
    from llvmlite import binding

    try:
        return f"{platform.machine()} {binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    except RuntimeError:  # not known for every kind
        return platform.machine()


def bases() -> Iterator[Path]:
    """Folders in which compiled code may be kept, the first choice first."""
    chosen = os.environ.get("JOBCENTRE_CACHE_DIR")
    if chosen:
        yield Path(os.path.abspath(os.path.expanduser(chosen)))
        return
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = named if os.path.isabs(named) else os.path.expanduser("~/.cache")
    if os.path.isabs(home):  # a user without a home has none
        yield Path(home) / "jobcentre"
    # asked for last: finding it writes files and fails where nothing can be written
    yield Path(tempfile.gettempdir()) / f"jobcentre-cache-{os.getuid() if hasattr(os, 'getuid') else 'all'}"


def _vouched() -> bool:
    """Whether the user answers for all who can write in the folder that JOBCENTRE_CACHE_DIR names."""
    return bool(os.environ.get("JOBCENTRE_CACHE_DIR")) and os.environ.get("JOBCENTRE_CACHE_TRUSTED") == "1"


class CodeCache:
    """Compiled functions of one version of the model."""

    def __init__(self, version: str, kind: str = "") -> None:
        self.version = version
        self.folder: Path | None = None  # where code is read, and written if that is possible
        self.writable = False
        self.loaded: list[str] = []  # functions read from disk by this process
        self.saved: list[str] = []
        self.trusted: frozenset[str] | None = None  # functions whose code may be read; none given: all
        self.vouched = _vouched()
        self._refused: list[Exposed] = []
        self._agrees: bool | None = None
        with contextlib.suppress(OSError):  # nowhere at all
            for base in bases():
                if self._use(base, f"model-{version}{kind}"):
                    break

    def _use(self, base: Path, name: str) -> bool:
        """Whether code can be written in a folder, or at least is there to be read."""
        try:
            folder = Path(os.path.realpath(base / name))  # where a link leads may be changed later
            if self._refuses(folder, complete=False):
                return False
            with contextlib.suppress(OSError):
                _make(folder, 0o777 if self.vouched else 0o755 if os.environ.get("JOBCENTRE_CACHE_DIR") else 0o700)
            if self._refuses(folder):  # somebody may have made it meanwhile
                return False
        except OSError:
            return False
        try:
            with tempfile.TemporaryFile(dir=folder):
                self.writable = True
        except OSError:
            if not _files(folder, "*.code"):
                return False
        self.folder = folder
        return True

    def _refuses(self, folder: Path, *, complete: bool = True) -> bool:
        exposed = None if self.vouched else exposed_folder(folder, complete=complete)
        if exposed is not None:
            self._refused.append(exposed)
        return exposed is not None

    def not_used(self) -> list[Exposed]:
        """The folders and files with code that is not run, because others can have written it."""
        files = [] if self.vouched or self.folder is None else _files(self.folder, "*")
        foreign = []
        for file in files:
            with contextlib.suppress(OSError):  # another process has removed it
                foreign.append(exposed_file(file))
        return self._refused + [one for one in foreign if one is not None]

    def read(self, name: str) -> bytes | None:
        """Reads a file of the folder that `write` wrote; None where it is not there, damaged or somebody else's."""
        if self.folder is None:
            return None
        try:
            written = read_own(self.folder / name, vouched=self.vouched) or b""
        except OSError:
            return None
        return written[CHECKSUM:] if hashlib.sha256(written[CHECKSUM:]).digest() == written[:CHECKSUM] else None

    def write(self, name: str, data: bytes) -> bool:
        """Writes a file of the folder with a checksum in front; false where that is not possible."""
        if self.folder is None or not self.writable:
            return False
        file = self.folder / name
        beside = file.with_suffix(f".{secrets.token_hex(8)}.tmp")  # processes of two containers may have one number
        try:
            beside.touch(mode=0o644, exist_ok=False)  # whatever the usual rights of new files are
            beside.write_bytes(hashlib.sha256(data).digest() + data)
            os.replace(beside, file)
        except OSError:  # a full disk, or the folder has gone: the run goes on without
            return False
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        return True

    def holds(self, function: str) -> bool:
        """Whether sound compiled code of a function is there, whatever the signature."""
        return self.folder is not None and any(self.read(file.name) is not None for file in _files(self.folder, f"{function}-*.code"))

    def size(self) -> int:
        """Bytes of compiled code in the folder."""
        return 0 if self.folder is None else sum(len(self.read(file.name) or b"") for file in _files(self.folder, "*.code"))

    def load(self, function: str, key: str) -> Any:
        """The code saved for a function and a signature, or None."""
        if self.folder is None or (self.trusted is not None and function not in self.trusted):
            return None
        data = self.read(_name(function, key))
        if data is None:
            return None
        try:
            entry = pickle.loads(data)
        except Exception:  # whatever is wrong with it, it can be compiled again
            return None
        self.loaded.append(function)
        return entry

    def save(self, function: str, key: str, code: Any) -> None:
        """Writes what `load` is to give; does nothing where that is not possible."""
        if self.folder is None or not self.writable:
            return
        try:
            if not self._files_are_what_runs():
                return
        except OSError:  # a source file has gone
            return
        if not self.write(_name(function, key), _dumps(code)):
            return
        if not self.saved:
            _forget_old(self.folder)
        self.saved.append(function)

    def _files_are_what_runs(self) -> bool:
        """Whether the source files are as when this process began, and its byte code is theirs.

        Somebody may edit a file between its import and the end of a compilation; and Python takes a file for unchanged
        that was edited twice within a second and kept its size.
        """
        if source_hash() != self.version:
            return False
        if self._agrees is None:
            self._agrees = all(_byte_code_is_of_source(name) for name in sorted(sys.modules) if name.startswith("jobcentre.model"))
        return self._agrees


def _byte_code_is_of_source(name: str) -> bool:
    spec = sys.modules[name].__spec__
    if spec is None or spec.origin is None or not isinstance(spec.loader, InspectLoader):
        return False
    try:
        written = compile(Path(spec.origin).read_bytes(), spec.origin, "exec", dont_inherit=True)
        return bool(spec.loader.get_code(name) == written)
    except (SyntaxError, ValueError):  # edited in this very moment
        return False


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:  # it belongs to another user, or its name is too long
        return []


def _name(function: str, key: str) -> str:
    return f"{function}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.code"


def _make(folder: Path, mode: int) -> None:
    """Makes a folder and those above it; a mask of rights, as 002, may let a group write in what is made without a mode."""
    for place in (*reversed(folder.parents), folder):
        place.mkdir(mode=mode, exist_ok=True)


def _dumps(code: Any) -> bytes:
    from numba.core.serialize import dumps

    return bytes(dumps(code))


def _forget_old(folder: Path) -> None:
    """Removes the code of versions of the model long not used, and what processes that died left unfinished."""
    others = [version for version in _files(folder.parent, "model-*") if version != folder and FOLDER.fullmatch(version.name)]
    for version in sorted(others, key=_changed, reverse=True)[KEPT:]:
        shutil.rmtree(version, ignore_errors=True)
    for left in _files(folder, "*.tmp"):
        if _changed(left) < time.time() - UNFINISHED:
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    """When a file or folder was changed last; long ago if another process has removed it meanwhile."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
