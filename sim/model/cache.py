"""Compiled code kept on disk: never stale, safe with any number of processes at once, and never needed.

The folder's name holds a hash over every source file of the model, because numba's own cache does not notice a change in
a function of another file. One file per function and signature, written beside and renamed, with a checksum in front:
what cannot be read is compiled anew. Nothing is written when the files are no longer those that this process runs.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import sys
import tempfile
from importlib import metadata
from importlib.abc import InspectLoader
from pathlib import Path
from typing import Any

MODEL = Path(__file__).parent
CHECKSUM = 32  # bytes in front of the code
KEPT = 6  # folders of other versions of the model that are kept


def source_hash() -> str:
    """Hash over the model's source files and all else that decides what its functions are compiled to."""
    versions = "/".join([sys.implementation.cache_tag or "", *(metadata.version(name) for name in ("numba", "llvmlite", "numpy"))])
    digest = hashlib.sha256(versions.encode())
    for file in sorted(MODEL.rglob("*.py")):
        digest.update(file.relative_to(MODEL).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def bases() -> list[Path]:
    """Folders in which compiled code may be kept, the first choice first."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    chosen = os.environ.get("JOBCENTRE_CACHE_DIR")
    return [Path(chosen)] if chosen else [Path(home) / "jobcentre", Path(tempfile.gettempdir()) / f"jobcentre-cache-{_user()}"]


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "all"


class CodeCache:
    """Compiled functions of one version of the model."""

    def __init__(self, version: str, kind: str = "") -> None:
        self.version = version
        self.folder: Path | None = None  # where code is read, and written if that is possible
        self.writable = False
        self.loaded: list[str] = []  # functions read from disk by this process
        self.saved: list[str] = []
        self.trusted: frozenset[str] | None = None  # functions whose code may be read; none given: all
        self._agrees: bool | None = None
        name = f"model-{version}{kind}"
        for base in bases():
            if self._use(base / name):
                break

    def _use(self, folder: Path) -> bool:
        """Whether code can be written in a folder, or at least is there to be read."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                self.folder, self.writable = folder, True
        except OSError:
            if self.folder is None and any(folder.glob("*.code")):
                self.folder = folder
        return self.writable or self.folder is not None

    def holds(self, function: str) -> bool:
        """Whether compiled code of a function is there, whatever the signature."""
        return self.folder is not None and any(self.folder.glob(f"{function}-*.code"))

    def load(self, function: str, key: str) -> Any:
        """What was saved for a function and a signature, or None."""
        if self.folder is None or (self.trusted is not None and function not in self.trusted):
            return None
        try:
            written = self._file(function, key).read_bytes()
            if hashlib.sha256(written[CHECKSUM:]).digest() != written[:CHECKSUM]:
                return None
            found = pickle.loads(written[CHECKSUM:])
        except Exception:  # whatever is wrong with it, it can be compiled again
            return None
        self.loaded.append(function)
        return found

    def save(self, function: str, key: str, code: Any) -> None:
        """Writes what `load` is to give; does nothing where that is not possible."""
        if self.folder is None or not self.writable or not self._files_are_what_runs():
            return
        file = self._file(function, key)
        beside = file.with_suffix(f".{os.getpid()}.tmp")
        try:
            data = _dumps(code)
            beside.write_bytes(hashlib.sha256(data).digest() + data)
            os.replace(beside, file)
        except OSError:  # a full disk, or the folder has gone: the run goes on without
            beside.unlink(missing_ok=True)
            return
        if not self.saved:
            _forget_old(self.folder)
        self.saved.append(function)

    def _file(self, function: str, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{function}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.code"

    def _files_are_what_runs(self) -> bool:
        """Whether the source files are as when this process began, and its byte code is theirs.

        Somebody may edit a file between its import and the end of a compilation; and Python takes a file for unchanged
        that was edited twice within a second and kept its size.
        """
        if source_hash() != self.version:
            return False
        if self._agrees is None:
            self._agrees = all(_byte_code_is_of_source(name) for name in sorted(sys.modules) if name.startswith("sim.model"))
        return self._agrees


def _byte_code_is_of_source(name: str) -> bool:
    spec = sys.modules[name].__spec__
    if spec is None or spec.origin is None or not isinstance(spec.loader, InspectLoader):
        return False
    written = compile(Path(spec.origin).read_bytes(), spec.origin, "exec", dont_inherit=True)
    return bool(spec.loader.get_code(name) == written)


def _dumps(code: Any) -> bytes:
    from numba.core.serialize import dumps

    return bytes(dumps(code))


def _forget_old(folder: Path) -> None:
    """Removes the code of versions of the model long not used."""
    others = [other for other in folder.parent.glob("model-*") if other != folder and other.is_dir()]
    for other in sorted(others, key=lambda one: one.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(other, ignore_errors=True)
